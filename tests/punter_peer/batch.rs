//! Peers of Multi-Punter: a line with a name in any of the forms in use, and a transfer for each.

use std::collections::VecDeque;

use petterm::time::{Span, Stamp, Wake};
use petterm::transfer::{Failure, Kept, Out, Progress, Transfer};

use super::{PeerReceiver, PeerSender, ReceiverHabits, SenderHabits};

/// How a board sends a batch.
#[derive(Clone)]
pub(crate) struct BatchHabits {
    pub(crate) c1: SenderHabits,
    /// The line of each file as it stands on the wire, and the file.
    pub(crate) files: Vec<(Vec<u8>, Vec<u8>)>,
    pub(crate) between: Span,
    pub(crate) farewell: Vec<u8>,
    /// It waits for any key before it begins.
    pub(crate) wants_key: bool,
}

enum Sending {
    Key,
    Between(Stamp),
    File(Box<PeerSender>),
    Over,
}

/// A sender of a batch.
pub(crate) struct PeerBatchSender {
    habits: BatchHabits,
    octet: Span,
    state: Sending,
    next: usize,
    outs: VecDeque<Out>,
}

impl PeerBatchSender {
    pub(crate) fn new(habits: BatchHabits, octet: Span) -> PeerBatchSender {
        let state = if habits.wants_key { Sending::Key } else { Sending::Between(Stamp(500_000_000)) };
        PeerBatchSender { habits, octet, state, next: 0, outs: VecDeque::new() }
    }

    fn begin(&mut self, now: Stamp) {
        let Some((line, file)) = self.habits.files.get(self.next) else {
            self.outs.push_back(Out::Tx(self.habits.farewell.clone()));
            return self.end(Ok(()));
        };
        self.next += 1;
        self.outs.push_back(Out::Tx(line.clone()));
        self.state = Sending::File(Box::new(PeerSender::from(now, self.habits.c1.clone(), self.octet, file)));
        self.drain(now);
    }

    fn end(&mut self, result: Result<(), Failure>) {
        self.state = Sending::Over;
        self.outs.push_back(Out::Ended(result));
    }

    fn drain(&mut self, now: Stamp) {
        while let Sending::File(sender) = &mut self.state {
            match sender.poll() {
                None => return,
                Some(Out::Ended(Ok(()))) => self.state = Sending::Between(now + self.habits.between),
                Some(Out::Ended(failed)) => self.end(failed),
                Some(out) => self.outs.push_back(out),
            }
        }
    }
}

impl Transfer for PeerBatchSender {
    fn receive(&mut self, now: Stamp, bytes: &[u8]) {
        match &mut self.state {
            Sending::Key => self.state = Sending::Between(now + Span::from_millis(10)),
            Sending::File(sender) => {
                sender.receive(now, bytes);
                self.drain(now);
            }
            Sending::Between(_) | Sending::Over => {}
        }
    }
    fn timeout(&mut self, now: Stamp) {
        match &mut self.state {
            Sending::Between(at) if *at <= now => self.begin(now),
            Sending::File(sender) => {
                sender.timeout(now);
                self.drain(now);
            }
            _ => {}
        }
    }
    fn sent(&mut self, _now: Stamp) {}
    fn stored(&mut self, _now: Stamp, _outcome: Result<Kept, String>) {}
    fn cancel(&mut self, _now: Stamp) {}
    fn hung_up(&mut self, _now: Stamp) {
        self.end(Err(Failure::LinkLost));
    }
    fn poll(&mut self) -> Option<Out> {
        self.outs.pop_front()
    }
    fn wake(&self) -> Wake {
        match &self.state {
            _ if !self.outs.is_empty() => Wake::Now,
            Sending::Between(at) => Wake::At(*at),
            Sending::File(sender) => sender.wake(),
            Sending::Key | Sending::Over => Wake::OnInput,
        }
    }
    fn progress(&self) -> Progress {
        Progress::default()
    }
}

/// A receiver of a batch as the C64 program is: it waits for one 09, skips further 09 and 00, and takes at most 18
/// bytes up to 0D.
pub(crate) struct PeerBatchReceiver {
    habits: ReceiverHabits,
    octet: Span,
    tab: bool,
    line: Vec<u8>,
    c1: Option<Box<PeerReceiver>>,
    pub(crate) files: Vec<(Vec<u8>, Vec<u8>)>,
    outs: VecDeque<Out>,
    over: bool,
}

impl PeerBatchReceiver {
    pub(crate) fn new(habits: ReceiverHabits, octet: Span) -> PeerBatchReceiver {
        PeerBatchReceiver {
            habits,
            octet,
            tab: false,
            line: Vec::new(),
            c1: None,
            files: Vec::new(),
            outs: VecDeque::new(),
            over: false,
        }
    }

    fn end(&mut self, result: Result<(), Failure>) {
        if !std::mem::replace(&mut self.over, true) {
            self.outs.push_back(Out::Ended(result));
        }
    }

    fn byte(&mut self, now: Stamp, byte: u8) {
        match byte {
            0x09 => self.tab = true,
            _ if !self.tab || byte == 0 => {}
            0x04 if self.line.is_empty() => self.end(Ok(())),
            0x0D => {
                self.tab = false;
                match self.line.as_slice() {
                    [.., b',', b'P' | b'S' | b'U'] => {
                        let peer = PeerReceiver::from(now, self.habits.clone(), self.octet);
                        self.c1 = Some(Box::new(peer));
                    }
                    line => self.outs.push_back(Out::Note(format!("no name: {line:02X?}"))),
                }
            }
            _ if self.line.len() == 18 => {
                self.end(Err(Failure::Protocol("a name that is too long".into())));
            }
            _ => self.line.push(byte),
        }
    }

    fn drain(&mut self) {
        while let Some(out) = self.c1.as_mut().and_then(|peer| peer.poll()) {
            match out {
                Out::Ended(result) => {
                    let Some(peer) = self.c1.take() else { return };
                    self.files.push((std::mem::take(&mut self.line), peer.file));
                    if let Err(failure) = result {
                        self.end(Err(failure));
                    }
                }
                out => self.outs.push_back(out),
            }
        }
    }
}

impl Transfer for PeerBatchReceiver {
    fn receive(&mut self, now: Stamp, bytes: &[u8]) {
        for &byte in bytes {
            match &mut self.c1 {
                Some(peer) => peer.receive(now, &[byte]),
                None => self.byte(now, byte),
            }
            self.drain();
        }
    }
    fn timeout(&mut self, now: Stamp) {
        if let Some(peer) = &mut self.c1 {
            peer.timeout(now);
        }
        self.drain();
    }
    fn sent(&mut self, _now: Stamp) {}
    fn stored(&mut self, _now: Stamp, _outcome: Result<Kept, String>) {}
    fn cancel(&mut self, _now: Stamp) {}
    fn hung_up(&mut self, _now: Stamp) {
        self.end(Err(Failure::LinkLost));
    }
    fn poll(&mut self) -> Option<Out> {
        self.outs.pop_front()
    }
    fn wake(&self) -> Wake {
        match &self.c1 {
            _ if !self.outs.is_empty() => Wake::Now,
            Some(peer) => peer.wake(),
            None => Wake::OnInput,
        }
    }
    fn progress(&self) -> Progress {
        Progress::default()
    }
}
