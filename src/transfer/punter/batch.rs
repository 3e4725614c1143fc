//! Multi-Punter: names, and a C1 transfer for each.
//!
//! ```text
//!   a file:  09 x16  NAME (1-16 PETSCII)  2C  P S or U  0D      then C1
//!   the end: 09 x16  04 x16  0D
//! ```
//!
//! There are several forms of it. Sent is the one above, as the C64 sends it; taken are one 09 or more, a name without
//! a letter, and 0A or 00 for the end of the line.

mod header;

use std::collections::{BTreeMap, VecDeque};

use self::header::{Header, Line};
use super::receiver::Receiver;
use super::sender::Sender;
use super::{PATIENCE, block};
use crate::time::{Span, Stamp, Wake};
use crate::transfer::{
    DueBlock, Failure, Kept, Options, Out, OutgoingFile, Progress, Refusal, Transfer, counted, name,
};

const TAB: u8 = 0x09;
const END: u8 = 0x04;
const RETURN: u8 = 0x0D;
/// Between two files; the C64 reads its directory meanwhile.
const BETWEEN: Span = Span::from_millis(1_800);
/// A name that nobody answers is told again after this.
const AGAIN: Span = Span::from_secs(8);
/// Or after this, when a key asks for it.
const SOON: Span = Span::from_secs(1);
/// A board that waits for any key before it begins gets one after this.
const NUDGE: Span = Span::from_secs(3);

fn name_of(file: &OutgoingFile) -> Vec<u8> {
    name::on_disk(&file.name, file.kind)
}

/// Files whose names become one: a Commodore disk knows each name once, whatever the kind.
pub(super) fn doubles(files: &[OutgoingFile]) -> Vec<String> {
    let mut seen: BTreeMap<Vec<u8>, &str> = BTreeMap::new();
    let mut doubles = Vec::new();
    for file in files {
        let name = name_of(file);
        let shown = name::shown(&name);
        if let Some(before) = seen.insert(name, &file.name) {
            doubles.push(format!(
                "{before} and {} are both announced as \"{shown}\"; the far end may keep one of them",
                file.name
            ));
        }
    }
    doubles
}

/// The line that announces a file.
fn header(file: &OutgoingFile) -> Vec<u8> {
    let mut line = vec![TAB; 16];
    line.extend(name_of(file));
    line.extend([b',', file.kind.letter(), RETURN]);
    line
}

fn farewell() -> Vec<u8> {
    let mut line = vec![TAB; 16];
    line.extend([END; 16]);
    line.push(RETURN);
    line
}

/// Joins what one file's engine says with what the files before it came to.
fn joined(before: &Progress, at_hand: Progress) -> Progress {
    Progress {
        resends: before.resends.saturating_add(at_hand.resends),
        errors: before.errors.saturating_add(at_hand.errors),
        last_error: at_hand.last_error.or_else(|| before.last_error.clone()),
        done: before.done.iter().cloned().chain(at_hand.done).collect(),
        file: before.done.len() + 1,
        files: before.files,
        ..at_hand
    }
}

enum Sending {
    /// The next name is told then.
    Between(Stamp),
    /// A name was told, and its transfer is under way; until it is heard of, the name is told again then.
    File(Box<Sender>, Option<Stamp>),
    Over,
}

/// The sender of a batch.
pub(super) struct BatchSender {
    options: Options,
    files: VecDeque<OutgoingFile>,
    state: Sending,
    header: Vec<u8>,
    outs: VecDeque<Out>,
    before: Progress,
}

impl BatchSender {
    pub(super) fn new(
        files: Vec<OutgoingFile>,
        options: &Options,
        now: Stamp,
    ) -> Result<BatchSender, Refusal> {
        for file in &files {
            block::cut(file, options)?;
        }
        let before = Progress { files: Some(files.len()), doing: "sending", ..Progress::default() };
        let mut sender = BatchSender {
            options: options.clone(),
            files: files.into(),
            state: Sending::Between(now),
            header: Vec::new(),
            outs: VecDeque::new(),
            before,
        };
        sender.next(now);
        Ok(sender)
    }

    fn next(&mut self, now: Stamp) {
        let Some(file) = self.files.pop_front() else {
            self.outs.push_back(Out::Tx(farewell()));
            return self.end(Ok(()));
        };
        self.header = header(&file);
        let (shown, letter) = (name::shown(&name_of(&file)), char::from(file.kind.letter()));
        self.outs.push_back(Out::Note(format!("{} is announced as \"{shown}\", {letter}", file.name)));
        self.outs.push_back(Out::Tx(self.header.clone()));
        match Sender::new(file, &self.options, now) {
            Ok(sender) => self.state = Sending::File(Box::new(sender), Some(now + AGAIN)),
            // It was cut before; this is for whoever changes that.
            Err(refusal) => self.end(Err(Failure::Protocol(refusal.to_string()))),
        }
        self.drain(now);
    }

    fn end(&mut self, result: Result<(), Failure>) {
        self.state = Sending::Over;
        self.before.doing = "over";
        self.outs.push_back(Out::Ended(result));
    }

    /// Whether the far end has every file, and nothing but the farewell is left.
    fn is_through(&self) -> bool {
        matches!(self.state, Sending::Between(_)) && self.files.is_empty()
    }

    /// Ends, where the file at hand was through and has not ended the batch.
    fn stop(&mut self, failure: Failure) {
        if !matches!(self.state, Sending::Over) {
            self.end(Err(failure));
        }
    }

    /// Takes what the file's engine has to say.
    fn drain(&mut self, now: Stamp) {
        while let Sending::File(sender, _) = &mut self.state {
            match sender.poll() {
                None => return,
                Some(Out::Ended(result)) => {
                    self.before = joined(&self.before, sender.progress());
                    match result {
                        Ok(()) => self.state = Sending::Between(now + BETWEEN),
                        Err(failure) => self.end(Err(failure)),
                    }
                }
                Some(out) => self.outs.push_back(out),
            }
        }
    }

    fn drive(&mut self, now: Stamp, act: impl FnOnce(&mut Sender)) {
        if let Sending::File(sender, _) = &mut self.state {
            act(sender);
            self.drain(now);
        }
    }
}

impl Transfer for BatchSender {
    fn receive(&mut self, now: Stamp, bytes: &[u8]) {
        self.drive(now, |sender| sender.receive(now, bytes));
        if let Sending::File(sender, again) = &mut self.state {
            *again = again.filter(|_| !sender.has_begun()).map(|at| {
                // Who waits for a name says so by a key.
                if bytes.contains(&RETURN) { at.min(now + SOON) } else { at }
            });
        }
    }

    fn timeout(&mut self, now: Stamp) {
        match &mut self.state {
            Sending::Between(at) if *at <= now => self.next(now),
            Sending::File(_, Some(again)) if *again <= now => {
                *again = now + AGAIN;
                self.outs.push_back(Out::Tx(self.header.clone()));
            }
            _ => {}
        }
        self.drive(now, |sender| sender.timeout(now));
    }

    fn sent(&mut self, now: Stamp) {
        self.drive(now, |sender| sender.sent(now));
    }

    fn stored(&mut self, _now: Stamp, _outcome: Result<Kept, String>) {}

    fn cancel(&mut self, now: Stamp) {
        self.drive(now, |sender| sender.cancel(now));
        if self.is_through() {
            return self.next(now);
        }
        self.stop(Failure::Cancelled);
    }

    fn hung_up(&mut self, now: Stamp) {
        self.drive(now, |sender| sender.hung_up(now));
        if self.is_through() {
            return self.end(Ok(()));
        }
        self.stop(Failure::LinkLost);
    }

    fn poll(&mut self) -> Option<Out> {
        self.outs.pop_front()
    }

    fn wake(&self) -> Wake {
        match &self.state {
            _ if !self.outs.is_empty() => Wake::Now,
            Sending::Between(at) => Wake::At(*at),
            Sending::File(sender, again) => sender.wake().earliest(again.map_or(Wake::OnInput, Wake::At)),
            Sending::Over => Wake::OnInput,
        }
    }

    fn progress(&self) -> Progress {
        match &self.state {
            Sending::File(sender, _) => joined(&self.before, sender.progress()),
            _ => self.before.clone(),
        }
    }
}

enum Receiving {
    /// A line with a name is due, or a farewell.
    Header(Header),
    File(Box<Receiver>),
    Over,
}

/// The receiver of a batch.
pub(super) struct BatchReceiver {
    options: Options,
    state: Receiving,
    /// Nothing is waited for longer.
    until: Stamp,
    /// A key is sent then to a board that waits for one.
    nudge: Option<Stamp>,
    outs: VecDeque<Out>,
    /// What came behind the farewell.
    behind: Vec<u8>,
    before: Progress,
}

impl BatchReceiver {
    pub(super) fn new(options: &Options, now: Stamp) -> BatchReceiver {
        BatchReceiver {
            options: options.clone(),
            state: Receiving::Header(Header::default()),
            until: now + PATIENCE,
            nudge: Some(now + NUDGE),
            outs: VecDeque::new(),
            behind: Vec::new(),
            before: Progress { doing: "waiting for a name", ..Progress::default() },
        }
    }

    fn end(&mut self, result: Result<(), Failure>) {
        if matches!(self.state, Receiving::Over) {
            return;
        }
        self.state = Receiving::Over;
        self.before.doing = "over";
        self.outs.push_back(Out::Ended(result));
    }

    fn stop(&mut self, failure: Failure) {
        let line = match &mut self.state {
            Receiving::Header(header) => header.broken_off(),
            _ => None,
        };
        match line {
            Some(Line::Farewell { behind, doubt }) => self.farewell(&behind, doubt),
            _ => self.end(Err(failure)),
        }
    }

    /// The batch is over, unless this was a name.
    fn farewell(&mut self, behind: &[u8], doubt: Option<Vec<u8>>) {
        self.behind.extend(behind);
        let Some(name) = doubt else { return self.end(Ok(())) };
        let what = format!(
            "a byte 04 and \"{}\" came, the end of the batch or the damaged name of one more file: compare with what was offered",
            name::shown(&name)
        );
        match self.before.done.last_mut() {
            Some(last) => {
                let before = last.remark.take().map_or_else(String::new, |remark| remark + "; ");
                last.remark = Some(format!("{before}behind it {what}"));
                self.end(Ok(()));
            }
            None => self.end(Err(Failure::Protocol(what))),
        }
    }

    fn byte(&mut self, now: Stamp, byte: u8) {
        let Receiving::Header(header) = &mut self.state else { return };
        let line = header.byte(now, byte);
        if header.has_begun() {
            self.nudge = None;
        }
        self.line(now, line);
    }

    /// A line came, if it did.
    fn line(&mut self, now: Stamp, line: Option<Line>) {
        match line {
            Some(Line::Name { offer, behind }) => {
                let mut receiver = Receiver::new(offer, &self.options, now);
                receiver.receive(now, &behind);
                self.state = Receiving::File(Box::new(receiver));
                self.drain(now);
            }
            Some(Line::Farewell { behind, doubt }) => self.farewell(&behind, doubt),
            None => {}
        }
    }

    fn drain(&mut self, now: Stamp) {
        while let Receiving::File(receiver) = &mut self.state {
            match receiver.poll() {
                None => return,
                Some(Out::Ended(result)) => {
                    self.before = joined(&self.before, receiver.progress());
                    match result {
                        Ok(()) => {
                            self.state = Receiving::Header(Header::default());
                            self.until = now + PATIENCE;
                            self.before.doing = "waiting for a name";
                        }
                        Err(failure) => self.end(Err(failure)),
                    }
                }
                Some(out) => self.outs.push_back(out),
            }
        }
    }

    fn drive(&mut self, now: Stamp, act: impl FnOnce(&mut Receiver)) {
        if let Receiving::File(receiver) = &mut self.state {
            act(receiver);
            self.drain(now);
        }
    }
}

impl Transfer for BatchReceiver {
    fn receive(&mut self, now: Stamp, bytes: &[u8]) {
        let mut bytes = bytes;
        // A header that came whole is followed by nothing until it is answered, but a file's end may be by a header.
        while let Some((&byte, rest)) = bytes.split_first() {
            match self.state {
                Receiving::Header(_) => self.byte(now, byte),
                Receiving::File(_) => self.drive(now, |receiver| receiver.receive(now, &[byte])),
                Receiving::Over => self.behind.push(byte),
            }
            bytes = rest;
        }
    }

    fn timeout(&mut self, now: Stamp) {
        if let Receiving::Header(header) = &mut self.state {
            let line = header.silence(now);
            if line.is_some() {
                return self.line(now, line);
            }
            if self.nudge.is_some_and(|at| at <= now) {
                self.nudge = None;
                self.outs.push_back(Out::Tx(vec![RETURN]));
            }
            if self.until <= now {
                let what = match self.before.done.len() {
                    0 => "the far end announced no file; start its Multi-Punter sender".to_owned(),
                    count => format!(
                        "after {} the far end neither announced another nor said that it was done; look there whether that is all",
                        counted(count as u64, "file", "files")
                    ),
                };
                self.end(Err(Failure::TimedOut(what)));
            }
        }
        self.drive(now, |receiver| receiver.timeout(now));
    }

    fn sent(&mut self, now: Stamp) {
        self.drive(now, |receiver| receiver.sent(now));
    }

    fn stored(&mut self, now: Stamp, outcome: Result<Kept, String>) {
        self.drive(now, |receiver| receiver.stored(now, outcome));
    }

    fn cancel(&mut self, now: Stamp) {
        self.drive(now, |receiver| receiver.cancel(now));
        self.stop(Failure::Cancelled);
    }

    fn hung_up(&mut self, now: Stamp) {
        self.drive(now, |receiver| receiver.hung_up(now));
        self.stop(Failure::LinkLost);
    }

    fn due_block(&self) -> Option<DueBlock> {
        match &self.state {
            Receiving::File(receiver) => receiver.due_block(),
            _ => None,
        }
    }

    fn leftover(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.behind)
    }

    fn poll(&mut self) -> Option<Out> {
        self.outs.pop_front()
    }

    fn wake(&self) -> Wake {
        match &self.state {
            _ if !self.outs.is_empty() => Wake::Now,
            Receiving::Header(header) => {
                Wake::At([header.due(), self.nudge].into_iter().flatten().fold(self.until, Stamp::min))
            }
            Receiving::File(receiver) => receiver.wake(),
            Receiving::Over => Wake::OnInput,
        }
    }

    fn progress(&self) -> Progress {
        match &self.state {
            Receiving::File(receiver) => joined(&self.before, receiver.progress()),
            _ => self.before.clone(),
        }
    }
}
