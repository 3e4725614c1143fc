//! Receivers: each program's as far as its habits are known.

use petterm::time::{Span, Stamp, Wake};
use petterm::transfer::{Kept, Out, Progress, Transfer};

use super::{ACK, BAD, GOO, Mouth, SB, SYN, ms, sums};

/// How a receiver behaves.
#[derive(Clone, Debug)]
pub(crate) struct ReceiverHabits {
    /// For a code; every byte starts it anew.
    pub(crate) code_timeout: Span,
    /// GOO and BAD are said again after so many time-outs.
    pub(crate) timeouts_to_repeat: u32,
    pub(crate) byte_timeout: Span,
    /// Before whatever it says.
    pub(crate) pause: Span,
    pub(crate) needs_idle: bool,
    pub(crate) tries: u32,
    pub(crate) bad_blocks: u32,
    /// After the type block GOO is said twice, and each waits for ACK.
    pub(crate) double_goo: bool,
    /// A block of eight bytes or less has nothing to store.
    pub(crate) drops_tiny: bool,
    /// GOO where ACK is due is taken for an echo.
    pub(crate) stops_on_goo: bool,
    /// Codes read behind the S/B that ends a phase, whatever they are, without a word of its own.
    pub(crate) blind_codes: u32,
    /// Each GOO is said so often in one go.
    pub(crate) goo_times: usize,
    /// Stands before every code.
    pub(crate) rubbish: &'static [u8],
}

impl ReceiverHabits {
    pub(crate) fn ccgms() -> ReceiverHabits {
        ReceiverHabits {
            // Behind each there is the pause, in which what comes is lost where something is said then.
            code_timeout: ms(890),
            timeouts_to_repeat: 2,
            byte_timeout: ms(750),
            pause: ms(320),
            needs_idle: true,
            // It tries for ever; its user does not.
            tries: 300,
            bad_blocks: u32::MAX,
            double_goo: false,
            drops_tiny: false,
            stops_on_goo: false,
            blind_codes: 0,
            goo_times: 1,
            rubbish: b"",
        }
    }

    pub(crate) fn cgterm17() -> ReceiverHabits {
        ReceiverHabits {
            code_timeout: ms(1_000),
            timeouts_to_repeat: 1,
            byte_timeout: ms(5_500),
            pause: Span::ZERO,
            needs_idle: false,
            tries: 10,
            bad_blocks: 10,
            double_goo: true,
            drops_tiny: true,
            stops_on_goo: true,
            ..ReceiverHabits::ccgms()
        }
    }

    pub(crate) fn cgterm30() -> ReceiverHabits {
        ReceiverHabits {
            code_timeout: ms(3_000),
            byte_timeout: ms(60_000),
            tries: 20,
            drops_tiny: false,
            stops_on_goo: false,
            ..ReceiverHabits::cgterm17()
        }
    }

    pub(crate) fn testpunter() -> ReceiverHabits {
        ReceiverHabits { stops_on_goo: false, blind_codes: 2, byte_timeout: ms(1_000), ..Self::cgterm17() }
    }

    pub(crate) fn repeats_goo() -> ReceiverHabits {
        ReceiverHabits { goo_times: 3, double_goo: false, drops_tiny: false, ..Self::cgterm17() }
    }

    pub(crate) fn shifted() -> ReceiverHabits {
        ReceiverHabits { rubbish: b"OGO CKA /BS\0", double_goo: false, drops_tiny: false, ..Self::cgterm17() }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Reading {
    Ack,
    Block,
    Syn,
    LastSb,
    Blind(u32),
}

/// A receiver.
pub(crate) struct PeerReceiver {
    habits: ReceiverHabits,
    mouth: Mouth,
    state: Reading,
    verdict: [u8; 3],
    data: bool,
    ending: bool,
    /// The second GOO behind the type block is still to be said.
    again: bool,
    size: usize,
    block: Vec<u8>,
    tries: u32,
    bad: u32,
    syns: u32,
    pub(crate) kind: Option<u8>,
    pub(crate) file: Vec<u8>,
    pub(crate) complete: bool,
}

impl PeerReceiver {
    pub(crate) fn new(habits: ReceiverHabits, octet: Span) -> PeerReceiver {
        PeerReceiver::from(Stamp::ZERO, habits, octet)
    }

    pub(crate) fn from(now: Stamp, habits: ReceiverHabits, octet: Span) -> PeerReceiver {
        let mut peer = PeerReceiver {
            mouth: Mouth::new(octet, habits.needs_idle),
            habits,
            state: Reading::Ack,
            verdict: GOO,
            data: false,
            ending: false,
            again: false,
            size: 8,
            block: Vec::new(),
            tries: 0,
            bad: 0,
            syns: 0,
            kind: None,
            file: Vec::new(),
            complete: false,
        };
        peer.ask(now, GOO);
        peer
    }

    fn say(&mut self, now: Stamp, code: [u8; 3], timeout: Span) {
        let times = if code == GOO { self.habits.goo_times } else { 1 };
        let bytes = [self.habits.rubbish, &code.repeat(times)].concat();
        self.mouth.timeout = timeout;
        self.mouth.say(now + self.habits.pause, &bytes);
        self.mouth.speak(now);
    }

    fn ask(&mut self, now: Stamp, verdict: [u8; 3]) {
        (self.verdict, self.state) = (verdict, Reading::Ack);
        self.say(now, verdict, self.habits.code_timeout);
    }

    fn read(&mut self, now: Stamp) {
        self.block.clear();
        if self.ending {
            self.state = Reading::Syn;
            self.say(now, SB, self.habits.code_timeout);
        } else {
            self.state = Reading::Block;
            self.say(now, SB, self.habits.byte_timeout);
        }
    }

    fn code(&mut self, now: Stamp, code: [u8; 3]) {
        match (self.state, code) {
            (Reading::Ack, ACK) => {
                self.tries = 0;
                if std::mem::take(&mut self.again) {
                    return self.ask(now, GOO);
                }
                self.read(now);
            }
            (Reading::Ack, GOO) if self.habits.stops_on_goo => self.mouth.end(Err("an echo")),
            (Reading::Syn, SYN) => {
                (self.state, self.syns) = (Reading::LastSb, 1);
                self.say(now, SYN, self.habits.code_timeout);
            }
            (Reading::LastSb, SB) => self.blind(now, self.habits.blind_codes),
            (Reading::Blind(left), _) => self.blind(now, left - 1),
            _ => {}
        }
    }

    fn blind(&mut self, now: Stamp, left: u32) {
        if left > 0 {
            self.state = Reading::Blind(left);
            return self.mouth.wait(now, ms(2_500));
        }
        if self.data {
            self.complete = true;
            return self.mouth.end(Ok(()));
        }
        (self.data, self.ending, self.size) = (true, false, 7);
        self.ask(now, GOO);
    }

    fn judge(&mut self, now: Stamp) {
        let block = std::mem::take(&mut self.block);
        if block.is_empty() || block == ACK {
            self.tries += 1;
            if self.tries > self.habits.tries {
                return self.mouth.end(Err("no block"));
            }
            return self.read(now);
        }
        let good = block.len() == self.size
            && block[..4] == sums(&block[4..])
            && (block[6] == 0xFF || block[4] >= 7);
        if !good {
            self.bad += 1;
            if self.bad > self.habits.bad_blocks {
                return self.mouth.end(Err("damaged"));
            }
            return self.ask(now, BAD);
        }
        self.ending = block[6] == 0xFF;
        self.size = block[4].into();
        if !self.data {
            (self.kind, self.again) = (Some(block[7]), self.habits.double_goo);
        } else if block.len() > if self.habits.drops_tiny { 8 } else { 7 } {
            self.file.extend(&block[7..]);
        }
        self.ask(now, GOO);
    }
}

impl Transfer for PeerReceiver {
    fn receive(&mut self, now: Stamp, bytes: &[u8]) {
        for &byte in bytes {
            if self.mouth.over || self.mouth.speaks.is_some() {
                continue;
            }
            if self.state == Reading::Block {
                self.mouth.wait(now, self.habits.byte_timeout);
                self.block.push(byte);
                if self.block.len() == self.size {
                    self.judge(now);
                }
            } else if let Some(code) = self.mouth.code(now, byte) {
                self.code(now, code);
            }
        }
    }

    fn timeout(&mut self, now: Stamp) {
        if self.mouth.over || self.mouth.speak(now) {
            return;
        }
        if let Some(code) = self.mouth.idle_code(now) {
            return self.code(now, code);
        }
        if self.mouth.until > now || self.mouth.speaks.is_some() {
            return;
        }
        self.tries = self.tries.saturating_add(1);
        if self.tries > self.habits.tries && self.state != Reading::LastSb {
            return self.mouth.end(Err("no code"));
        }
        match self.state {
            Reading::Ack if !self.tries.is_multiple_of(self.habits.timeouts_to_repeat) => {
                self.mouth.wait(now, self.habits.pause + self.habits.code_timeout);
                self.mouth.timeout = self.habits.code_timeout;
            }
            Reading::Ack => self.ask(now, self.verdict),
            Reading::Block => {
                self.tries -= 1;
                self.judge(now);
            }
            Reading::Syn => self.read(now),
            Reading::LastSb if self.syns < 10 => {
                self.syns += 1;
                self.say(now, SYN, self.habits.code_timeout);
            }
            Reading::LastSb => self.blind(now, 0),
            // It has nothing to say again.
            Reading::Blind(_) => self.mouth.end(Err("crashed")),
        }
    }

    fn sent(&mut self, _now: Stamp) {}
    fn stored(&mut self, _now: Stamp, _outcome: Result<Kept, String>) {}
    fn cancel(&mut self, _now: Stamp) {}
    fn hung_up(&mut self, _now: Stamp) {
        self.mouth.end(Err("hung up"));
    }
    fn poll(&mut self) -> Option<Out> {
        self.mouth.outs.pop_front()
    }
    fn wake(&self) -> Wake {
        self.mouth.wake()
    }
    fn progress(&self) -> Progress {
        Progress::default()
    }
}
