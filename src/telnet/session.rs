//! A telnet session: the two directions, the options' consequences, and what is told of them.

use std::collections::VecDeque;

use super::code::{AYT, DO, IAC, NOP, SB, SE, WILL, WONT};
use super::decide::{Hunt, Verdict};
use super::option::{BINARY, ECHO, NAWS, Options, SGA, State, TTYPE};
use super::parser::{Parser, Token};
use crate::time::{Span, Stamp, Wake};

/// Requests answered within [`PERIOD`].
const REQUESTS: u32 = 64;
/// The time in which [`REQUESTS`] are counted.
const PERIOD: Span = Span::from_secs(1);
/// Least time between two reports of the window's size.
const SIZE_PERIOD: Span = Span::from_millis(250);

/// How often BINARY is asked for again in one transfer.
const ASK_AGAIN: u8 = 3;

/// RFC 1091's IS.
const TTYPE_IS: u8 = 0;
/// RFC 1091's SEND.
const TTYPE_SEND: u8 = 1;

/// Telnet or raw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// The received bytes decide: telnet once a whole IAC command (IAC and a plain verb, IAC WILL, WONT, DO
    /// or DONT and an option, IAC SB to IAC SE) is seen within the first 256 bytes and 5 s, else raw. On
    /// port 23 a negotiation of an assigned option is believed later, too.
    Auto {
        /// The peer was called on port 23, where telnet is expected.
        port23: bool,
    },
    /// Telnet from the first byte, though still silent until spoken to.
    Telnet,
    /// Every byte is data.
    Raw,
}

/// What a session is asked to be.
#[derive(Clone, Debug)]
pub struct TelnetConfig {
    /// Telnet or raw.
    pub policy: Policy,
    /// Names told in answer to TTYPE SEND, in this order, the last one twice, then from the first again.
    /// Names are fixed words of the program, so that nothing of the host can get into them. Without any,
    /// `UNKNOWN` is told, as RFC 1091 wants.
    pub terminal_types: Vec<&'static str>,
    /// Columns and rows told by NAWS.
    pub size: (u16, u16),
    /// Send NUL after CR on telnet without BINARY, as RFC 854 wants; some boards do not strip it.
    pub cr_nul: bool,
    /// Offer SGA, TTYPE and NAWS and ask for SGA and ECHO at once. Makes [`Policy::Auto`] telnet.
    pub open_actively: bool,
}

/// Who does what an option names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// We: the peer says DO and DONT, we say WILL and WONT.
    Ours,
    /// The peer: it says WILL and WONT, we say DO and DONT.
    Theirs,
}

/// What the stream is taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    /// Port 23, where telnet is expected, but no command was seen yet.
    Undecided,
    /// Bytes as they are.
    Raw,
    /// Telnet.
    Telnet,
    /// Telnet with BINARY agreed both ways.
    TelnetBinary,
}

impl Transport {
    /// As shown in a status line.
    pub const fn name(self) -> &'static str {
        match self {
            Transport::Undecided => "telnet?",
            Transport::Raw => "raw",
            Transport::Telnet => "telnet",
            Transport::TelnetBinary => "telnet+bin",
        }
    }
}

/// What a session has to say, drained by [`Telnet::poll`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Send these bytes as they are.
    Send(Vec<u8>),
    /// The peer echoes from now on, or no longer.
    Echo(bool),
    /// The stream is taken for something else than before.
    Transport(Transport),
    /// The peer refused BINARY that [`Telnet::request_binary`] asked for, for what this side sends.
    BinaryRefused(Side),
}

#[derive(Debug)]
enum Mode {
    Hunting(Hunt),
    Raw,
    Telnet,
}

/// One connection's telnet half: [`Telnet::receive`] and [`Telnet::send`] translate, [`Telnet::poll`] is
/// drained after each call.
///
/// ```
/// use petterm::telnet::{Event, Policy, Telnet, TelnetConfig};
/// use petterm::time::Stamp;
///
/// let mut telnet = Telnet::new(TelnetConfig {
///     policy: Policy::Auto { port23: true },
///     terminal_types: vec!["PETSCII"],
///     size: (80, 25),
///     cr_nul: true,
///     open_actively: false,
/// });
/// let mut screen = Vec::new();
/// telnet.receive(Stamp::ZERO, b"\xFF\xFD\x18HELLO", &mut screen); // DO TTYPE
/// assert_eq!(screen, b"HELLO");
/// assert!(std::iter::from_fn(|| telnet.poll()).any(|e| e == Event::Send(b"\xFF\xFB\x18".to_vec())));
/// ```
#[derive(Debug)]
pub struct Telnet {
    mode: Mode,
    parser: Parser,
    options: Options,
    /// The peer has sent a command, so CR NUL is safe.
    heard: bool,
    cr_nul: bool,
    /// The last data byte received was CR.
    after_cr: bool,
    /// CR is a byte like any other, in a file transfer.
    transparent: bool,
    /// How often BINARY may be asked for once more, should the peer take it back in a transfer.
    ask_again: u8,
    terminal_types: Vec<&'static str>,
    /// Which name is told next; the number of names means the last one once more.
    next_type: usize,
    size: (u16, u16),
    sent_size: Option<(Stamp, (u16, u16))>,
    /// Requests since the stamp.
    requests: (Stamp, u32),
    reported: Transport,
    events: VecDeque<Event>,
}

impl Telnet {
    /// A session on a connection just made.
    pub fn new(config: TelnetConfig) -> Telnet {
        let active = config.open_actively && config.policy != Policy::Raw;
        let mode = match config.policy {
            Policy::Auto { port23 } if !active => Mode::Hunting(Hunt::new(port23)),
            Policy::Raw => Mode::Raw,
            Policy::Auto { .. } | Policy::Telnet => Mode::Telnet,
        };
        let mut telnet = Telnet {
            mode,
            parser: Parser::default(),
            options: Options::default(),
            heard: false,
            cr_nul: config.cr_nul,
            after_cr: false,
            transparent: false,
            ask_again: 0,
            terminal_types: config.terminal_types,
            next_type: 0,
            size: config.size,
            sent_size: None,
            requests: (Stamp::ZERO, 0),
            reported: Transport::Raw,
            events: VecDeque::new(),
        };
        telnet.reported = telnet.transport();
        if active {
            for (side, option) in [
                (Side::Ours, SGA),
                (Side::Theirs, SGA),
                (Side::Theirs, ECHO),
                (Side::Ours, TTYPE),
                (Side::Ours, NAWS),
            ] {
                telnet.ask(side, option);
            }
        }
        telnet
    }

    /// Takes bytes from the wire and appends the application's to `app`.
    pub fn receive(&mut self, now: Stamp, bytes: &[u8], app: &mut Vec<u8>) {
        self.timeout(now, app);
        let mut rest = bytes;
        while let Mode::Hunting(hunt) = &mut self.mode {
            let Some((byte, after)) = rest.split_first() else { break };
            rest = after;
            let verdict = hunt.push(now, *byte, app);
            self.settle(now, verdict, app);
        }
        match self.mode {
            Mode::Telnet => {
                for byte in rest {
                    self.telnet_byte(now, *byte, app);
                }
            }
            Mode::Raw | Mode::Hunting(_) => app.extend_from_slice(rest),
        }
        self.report();
    }

    /// Time has passed: what was held back may be due to `app`.
    pub fn timeout(&mut self, now: Stamp, app: &mut Vec<u8>) {
        if let Mode::Hunting(hunt) = &mut self.mode {
            let verdict = hunt.timeout(now, app);
            self.settle(now, verdict, app);
        }
        if self.size_due().is_some_and(|due| due <= now) {
            self.tell_size(now);
        }
        self.report();
    }

    /// The connection has ended: what was held back is data.
    pub fn finish(&mut self, app: &mut Vec<u8>) {
        if let Mode::Hunting(hunt) = &mut self.mode {
            hunt.release(app);
        }
    }

    /// Appends what has to go on the wire for `bytes` of the application's, after any reply that was not
    /// polled yet. On telnet `FF` is doubled, and CR becomes CR NUL (unless LF follows in the same call)
    /// where the peer has spoken telnet, did not agree to BINARY from us, and the configuration allows it.
    /// On port 23, before anything is settled, `FF` is doubled and CR stays alone.
    pub fn send(&mut self, bytes: &[u8], wire: &mut Vec<u8>) {
        self.events.retain(|event| match event {
            Event::Send(reply) => {
                wire.extend_from_slice(reply);
                false
            }
            _ => true,
        });
        let double = match &self.mode {
            Mode::Telnet => true,
            Mode::Hunting(hunt) => hunt.expects_telnet(),
            Mode::Raw => false,
        };
        if !double {
            wire.extend_from_slice(bytes);
            return;
        }
        let nul = self.cr_nul && self.heard && !self.transparent && !self.is_binary(Side::Ours);
        let mut bytes = bytes.iter().copied().peekable();
        while let Some(byte) = bytes.next() {
            wire.push(byte);
            match byte {
                IAC => wire.push(IAC),
                b'\r' if nul && bytes.peek() != Some(&b'\n') => wire.push(0),
                _ => {}
            }
        }
    }

    /// The next event, oldest first.
    pub fn poll(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// When [`Telnet::timeout`] wants to be called.
    pub fn wake(&self) -> Wake {
        let hunting = match &self.mode {
            Mode::Hunting(hunt) => hunt.deadline(),
            Mode::Raw | Mode::Telnet => None,
        };
        let at = |stamp: Option<Stamp>| stamp.map_or(Wake::OnInput, Wake::At);
        at(hunting).earliest(at(self.size_due()))
    }

    /// What the stream is taken for.
    pub fn transport(&self) -> Transport {
        match &self.mode {
            Mode::Hunting(hunt) if hunt.expects_telnet() => Transport::Undecided,
            Mode::Hunting(_) | Mode::Raw => Transport::Raw,
            Mode::Telnet if self.is_binary(Side::Ours) && self.is_binary(Side::Theirs) => {
                Transport::TelnetBinary
            }
            Mode::Telnet => Transport::Telnet,
        }
    }

    /// Whether the peer echoes what we send.
    pub fn remote_echo(&self) -> bool {
        self.options.state(Side::Theirs, ECHO) == State::Yes
    }

    /// Whether BINARY is agreed for what `side` sends.
    pub fn is_binary(&self, side: Side) -> bool {
        self.options.state(side, BINARY) == State::Yes
    }

    /// Asks for BINARY both ways, where it is neither agreed nor asked for; only on telnet. The answers show
    /// as [`Event::Transport`] or [`Event::BinaryRefused`].
    pub fn request_binary(&mut self) {
        if matches!(self.mode, Mode::Telnet) {
            self.ask(Side::Theirs, BINARY);
            self.ask(Side::Ours, BINARY);
        }
    }

    /// Whether the first command is still waited for.
    pub fn is_undecided(&self) -> bool {
        matches!(self.mode, Mode::Hunting(_))
    }

    /// Whether an answer to [`Telnet::request_binary`] is still to come.
    pub fn is_asking_binary(&self) -> bool {
        [Side::Ours, Side::Theirs].into_iter().any(|side| self.options.state(side, BINARY) == State::WantYes)
    }

    /// A file transfer begins: what the stream is taken for is settled now and stays, since a file's bytes must not
    /// change it, and no NUL is sent after CR nor taken away behind one unless `nul`. BINARY that the peer takes back is
    /// asked for again. What was held back goes to
    /// `app`.
    pub fn begin_transfer(&mut self, nul: bool, app: &mut Vec<u8>) {
        if let Mode::Hunting(hunt) = &mut self.mode {
            hunt.release(app);
            self.mode = if hunt.expects_telnet() { Mode::Telnet } else { Mode::Raw };
        }
        self.transparent = !nul;
        self.ask_again = ASK_AGAIN;
        // A negotiation that would have come later was expected all along.
        self.heard |= nul;
        self.report();
    }

    /// The transfer is over.
    pub fn end_transfer(&mut self) {
        self.transparent = false;
        self.ask_again = 0;
    }

    /// The screen has another size; told to a peer that asked for it, at most four times a second, the
    /// latest size winning.
    pub fn set_size(&mut self, now: Stamp, size: (u16, u16)) {
        self.size = size;
        if self.size_due().is_some_and(|due| due <= now) {
            self.tell_size(now);
        }
    }

    /// Other names for TTYPE, told from the first.
    pub fn set_terminal_types(&mut self, names: Vec<&'static str>) {
        self.terminal_types = names;
        self.next_type = 0;
    }

    fn settle(&mut self, now: Stamp, verdict: Verdict, app: &mut Vec<u8>) {
        match verdict {
            Verdict::Open => {}
            Verdict::Raw => self.mode = Mode::Raw,
            Verdict::Telnet => {
                if let Mode::Hunting(hunt) = std::mem::replace(&mut self.mode, Mode::Telnet) {
                    self.report();
                    for byte in hunt.into_command() {
                        self.telnet_byte(now, byte, app);
                    }
                }
            }
        }
        self.report();
    }

    fn telnet_byte(&mut self, now: Stamp, byte: u8, app: &mut Vec<u8>) {
        match self.parser.push(byte) {
            None => {}
            Some(Token::Data(byte)) => self.data(byte, app),
            Some(Token::Stray(byte)) => {
                self.data(IAC, app);
                self.data(byte, app);
            }
            Some(Token::Command(verb)) => {
                self.heard = true;
                if verb == AYT && self.may_answer(now) {
                    self.reply(&[IAC, NOP]);
                }
            }
            Some(Token::Negotiate(verb, option)) => {
                self.heard = true;
                self.negotiate(now, verb, option);
            }
            Some(Token::Sub) => {
                self.heard = true;
                if self.parser.sub() == [TTYPE, TTYPE_SEND] {
                    self.tell_type(now);
                }
            }
        }
    }

    fn data(&mut self, byte: u8, app: &mut Vec<u8>) {
        let folded = byte == 0 && self.after_cr && !self.transparent && !self.is_binary(Side::Theirs);
        self.after_cr = byte == b'\r';
        if !folded {
            app.push(byte);
        }
    }

    fn negotiate(&mut self, now: Stamp, verb: u8, option: u8) {
        let (side, on) = match verb {
            WILL => (Side::Theirs, true),
            WONT => (Side::Theirs, false),
            DO => (Side::Ours, true),
            _ => (Side::Ours, false),
        };
        // Switching off is always heeded: it cannot happen more often than switching on.
        if on && !self.may_answer(now) {
            return;
        }
        let change = self.options.received(side, option, on);
        if let Some(answer) = change.answer {
            self.reply(&[IAC, answer, option]);
        }
        match (side, option, change.now) {
            (Side::Theirs, ECHO, Some(on)) => self.events.push_back(Event::Echo(on)),
            (Side::Ours, TTYPE, Some(_)) => self.next_type = 0,
            (Side::Ours, NAWS, Some(true)) => self.tell_size(now),
            (Side::Ours, NAWS, Some(false)) => self.sent_size = None,
            // telnetd agrees, then sets its terminal up anew and takes BINARY back.
            (_, BINARY, Some(false)) if self.ask_again > 0 => {
                self.ask_again -= 1;
                self.ask(side, BINARY);
            }
            (_, BINARY, None) if change.refused => self.events.push_back(Event::BinaryRefused(side)),
            _ => {}
        }
        self.report();
    }

    fn ask(&mut self, side: Side, option: u8) {
        if let Some(verb) = self.options.ask(side, option) {
            self.reply(&[IAC, verb, option]);
        }
    }

    fn tell_type(&mut self, now: Stamp) {
        if self.options.state(Side::Ours, TTYPE) == State::No || !self.may_answer(now) {
            return;
        }
        let last = self.terminal_types.len().saturating_sub(1);
        let name = self.terminal_types.get(self.next_type.min(last)).copied().unwrap_or("UNKNOWN");
        self.next_type = if self.next_type > last { 0 } else { self.next_type + 1 };
        let mut message = vec![IAC, SB, TTYPE, TTYPE_IS];
        message.extend(name.bytes().filter(u8::is_ascii_graphic));
        message.extend([IAC, SE]);
        self.reply(&message);
    }

    /// When the size has to be told, if it has to.
    fn size_due(&self) -> Option<Stamp> {
        let (at, size) = self.sent_size?;
        (size != self.size).then_some(at + SIZE_PERIOD)
    }

    fn tell_size(&mut self, now: Stamp) {
        self.sent_size = Some((now, self.size));
        let mut message = vec![IAC, SB, NAWS];
        for byte in [self.size.0.to_be_bytes(), self.size.1.to_be_bytes()].into_iter().flatten() {
            message.push(byte);
            if byte == IAC {
                message.push(IAC);
            }
        }
        message.extend([IAC, SE]);
        self.reply(&message);
    }

    /// Counts a request; `false` once there are too many.
    fn may_answer(&mut self, now: Stamp) -> bool {
        let (since, count) = &mut self.requests;
        if now.since(*since) >= PERIOD {
            (*since, *count) = (now, 0);
        }
        *count = count.saturating_add(1);
        *count <= REQUESTS
    }

    fn reply(&mut self, bytes: &[u8]) {
        match self.events.back_mut() {
            Some(Event::Send(reply)) => reply.extend_from_slice(bytes),
            _ => self.events.push_back(Event::Send(bytes.to_vec())),
        }
    }

    fn report(&mut self) {
        let transport = self.transport();
        if transport != self.reported {
            self.reported = transport;
            self.events.push_back(Event::Transport(transport));
        }
    }
}

#[cfg(test)]
impl Telnet {
    /// Bytes kept between two calls.
    pub(super) fn held(&self) -> usize {
        self.parser.sub().len()
    }
}
