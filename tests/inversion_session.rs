//! A session with a PET whose line rests low, through an adapter that rests high: what is sent, shown and said.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test's helper fails by panicking")]

use petterm::engine::{
    Abilities, Command, Event, Failure, Inverting, LinkCommand, LinkEvent, LinkInfo, Mark, MarkKind,
    Mechanism, Medium, Mode, Output, Session, SessionConfig, Trouble, Wire,
};
use petterm::line::{LineFormat, Resting};
use petterm::petscii::keyboard::{Key, KeyCode};
use petterm::screen::{ScreenKind, dump};
use petterm::time::{Span, Stamp, Wake};

struct Bench {
    session: Session,
    now: Stamp,
}

/// An FTDI adapter.
const REAL: Abilities =
    Abilities { holds_break: Some(true), marks: true, lateness: Some(Span::from_millis(26)) };

impl Bench {
    fn new(tx: Mechanism, mode: Mode, abilities: Abilities) -> Bench {
        let line: LineFormat = "300-8N1-inv".parse().unwrap();
        let target = "/dev/ttyUSB0".parse().unwrap();
        let mut config = SessionConfig::new(target, line, ScreenKind::Cbm8032, Wire::Ascii);
        config.inverting = Inverting { tx, ..Inverting::default() };
        let mut bench = Bench { session: Session::new(config, mode, Stamp::ZERO).unwrap(), now: Stamp::ZERO };
        bench.session.command(bench.now, Command::Connect);
        let commands = bench.commands();
        let [LinkCommand::Open(request)] = commands.as_slice() else { panic!("{commands:?}") };
        assert_eq!(request.native.to_string(), "300-8N1", "the port itself rests high");
        assert_eq!(request.inversion.tx, Some(tx));
        let info = LinkInfo {
            medium: Medium::Serial,
            name: "/dev/ttyUSB0".into(),
            identity: None,
            adapter: None,
            remarks: Vec::new(),
            abilities,
        };
        bench.session.link(bench.now, LinkEvent::Opened(Box::new(info)));
        bench
    }

    fn outputs(&mut self) -> Vec<Output> {
        std::iter::from_fn(|| self.session.poll()).collect()
    }

    fn commands(&mut self) -> Vec<LinkCommand> {
        self.outputs()
            .into_iter()
            .filter_map(|output| match output {
                Output::Link(command) => Some(command),
                Output::Event(_) => None,
            })
            .collect()
    }

    /// Lets time pass, waking the session as it asks; answers what the link was told.
    fn pass(&mut self, span: Span) -> Vec<LinkCommand> {
        let until = self.now + span;
        let mut commands = self.commands();
        loop {
            match self.session.wake() {
                Wake::Now => {}
                Wake::At(at) if at <= until => self.now = self.now.max(at),
                _ => break,
            }
            self.session.timeout(self.now);
            for command in self.commands() {
                match &command {
                    LinkCommand::Hold(on) => self.session.link(self.now, LinkEvent::Held(Ok(*on))),
                    LinkCommand::Tx(bytes) => {
                        self.session.link(self.now, LinkEvent::TxDrained { bytes: bytes.len() });
                    }
                    _ => {}
                }
                commands.push(command);
            }
        }
        self.now = until;
        self.session.timeout(until);
        commands
    }

    fn key(&mut self, key: char) {
        self.session.command(self.now, Command::Key(Key::plain(KeyCode::Char(key))));
    }

    fn rx(&mut self, value: u8) {
        let marks = vec![Mark { offset: 0, kind: MarkKind::Framing }];
        self.session.link(self.now, LinkEvent::Rx { at: self.now, bytes: vec![value], marks });
    }

    fn notices(&self) -> String {
        let notices = self.session.snapshot(self.now).notices;
        notices.iter().map(|notice| notice.text.clone() + "\n").collect()
    }

    fn screen(&self) -> String {
        dump::text(self.session.screen())
    }
}

#[test]
fn a_key_is_sent_in_a_burst_between_two_holds() {
    let mut bench = Bench::new(Mechanism::Auto, Mode::Attended, REAL);
    assert!(bench.notices().contains("to the PET: shift-TX, 7-bit text, the line rests low by a break"));
    assert!(
        bench.notices().contains("from the PET: misframe-RX, text with bit 7 clear"),
        "{}",
        bench.notices()
    );
    assert_eq!(bench.commands(), [LinkCommand::Hold(true)]);
    bench.session.link(bench.now, LinkEvent::Held(Ok(true)));
    bench.pass(Span::from_secs(1));
    bench.key('h');
    let commands = bench.commands();
    assert_eq!(commands, [LinkCommand::Hold(false)]);
    bench.session.link(bench.now, LinkEvent::Held(Ok(false)));
    let commands = bench.pass(Span::from_secs(1));
    assert_eq!(commands, [LinkCommand::Tx(vec![0x2F, 0xFF]), LinkCommand::Hold(true)]);
}

#[test]
fn where_no_break_holds_the_line_rests_high_and_the_user_is_told() {
    let fake = Abilities { holds_break: Some(false), ..REAL };
    let mut bench = Bench::new(Mechanism::Auto, Mode::Attended, fake);
    bench.key('h');
    bench.key('e');
    assert_eq!(bench.commands(), [LinkCommand::Tx(vec![0x2F, 0xFF]), LinkCommand::Tx(vec![0x35, 0xFF])]);
    assert!(bench.notices().contains("your adapter rests high"), "{}", bench.notices());
    // A driver that says so only when it is asked.
    let mut bench = Bench::new(Mechanism::Shift(Some(Resting::Break)), Mode::Attended, REAL);
    bench.key('h');
    assert_eq!(bench.commands(), [LinkCommand::Hold(true)]);
    let trouble = Trouble::new(Failure::Setting, "it has no break", "");
    bench.session.link(bench.now, LinkEvent::Held(Err(trouble)));
    assert_eq!(bench.commands(), [LinkCommand::Tx(vec![0x2F, 0xFF])], "what waited is not lost");
    assert!(bench.notices().contains("it has no break; the line rests high"), "{}", bench.notices());
}

#[test]
fn filling_is_no_traffic_of_the_user_s() {
    let mut bench = Bench::new(Mechanism::Shift(Some(Resting::Fill)), Mode::Attended, REAL);
    let commands = bench.pass(Span::from_secs(3));
    assert!(
        commands.len() > 24
            && commands.iter().all(|command| {
                matches!(command, LinkCommand::Tx(bytes) if bytes.iter().all(|byte| *byte == 0xFF))
            })
    );
    assert_eq!(bench.session.snapshot(bench.now).status.tx_bytes, 0);
    bench.key('h');
    let commands = bench.commands();
    assert!(commands.contains(&LinkCommand::Tx(vec![0x2F])), "{commands:?}");
}

#[test]
fn what_has_bit_7_is_refused_aloud() {
    let mut bench = Bench::new(Mechanism::Shift(Some(Resting::High)), Mode::Attended, REAL);
    bench.session.command(bench.now, Command::SendRaw(vec![b'a', 0xC1, b'b', 0x80]));
    let sent: Vec<u8> = bench
        .pass(Span::from_secs(2))
        .into_iter()
        .flat_map(|command| match command {
            LinkCommand::Tx(bytes) => bytes,
            other => panic!("{other:?}"),
        })
        .filter(|byte| *byte != 0xFF)
        .collect();
    assert_eq!(sent, [0x3D, 0x3B]);
    assert!(bench.notices().contains("2 bytes have bit 7 set"), "{}", bench.notices());
    bench.session.command(bench.now, Command::Break);
    assert_eq!(bench.commands(), []);
    assert!(bench.notices().contains("no break"), "{}", bench.notices());
}

#[test]
fn typed_text_is_read_and_what_cannot_be_is_shaded() {
    let mut bench = Bench::new(Mechanism::Auto, Mode::Attended, REAL);
    for value in [0x0B, 0x5D, 0x16, 0x16, 0x58] {
        bench.pass(Span::from_millis(300));
        bench.rx(value);
    }
    bench.pass(Span::from_secs(1));
    assert!(bench.screen().starts_with("HELLO\n"), "{}", bench.screen());
    // Two that touch: the times of an adapter do not tell them apart.
    bench.rx(0x4F);
    bench.pass(Span::from_millis(36));
    bench.rx(0xA7);
    bench.pass(Span::from_secs(1));
    assert!(bench.screen().starts_with("HELLO\u{2592}\u{2592}\n"), "{}", bench.screen());
    let status = bench.session.snapshot(bench.now).status;
    assert_eq!((status.errors.framing, status.rx_bytes), (0, 7), "a bad stop bit is the rule there");
}

#[test]
fn a_break_that_the_driver_makes_of_a_zero_is_none() {
    let mut bench = Bench::new(Mechanism::Auto, Mode::Attended, REAL);
    let at = bench.now;
    let marks = vec![Mark { offset: 0, kind: MarkKind::Break }];
    bench.session.link(at, LinkEvent::Rx { at, bytes: Vec::new(), marks });
    bench.pass(Span::from_secs(1));
    assert!(!bench.notices().contains("break received"), "{}", bench.notices());
    assert_eq!(bench.screen().trim(), "");
}

#[test]
fn bit_7_and_an_upright_line_are_told_once_with_what_to_do() {
    let mut bench = Bench::new(Mechanism::Auto, Mode::Attended, REAL);
    for value in [0x03, 0x1D, 0x06, 0x06, 0x18, 0x0F, 0x07, 0x0E, 0x01].repeat(3) {
        bench.pass(Span::from_millis(300));
        bench.rx(value);
    }
    bench.pass(Span::from_secs(2));
    assert_eq!(bench.notices().matches("sysa+36").count(), 1, "{}", bench.notices());
    assert!(bench.notices().contains("--invert-tx alone"));
    assert!(bench.screen().starts_with(&"\u{2592}".repeat(27)), "{}", bench.screen());

    let mut bench = Bench::new(Mechanism::Auto, Mode::Attended, REAL);
    for value in *b"HELLO" {
        bench.pass(Span::from_millis(300));
        let at = bench.now;
        bench.session.link(at, LinkEvent::Rx { at, bytes: vec![value], marks: Vec::new() });
    }
    bench.pass(Span::from_secs(2));
    assert!(bench.notices().contains("already upright: drop --invert or use --cable inverter"));
    assert!(!bench.screen().contains('o'), "{}", bench.screen());
}

#[test]
fn without_a_screen_an_unknown_octet_is_a_substitute() {
    let mut bench = Bench::new(Mechanism::Shift(Some(Resting::High)), Mode::Raw, REAL);
    let mut received = Vec::new();
    for value in [0x5D, 0x5D, 0x4F, 0x0B] {
        let until = bench.now + Span::from_millis(if value == 0x4F { 36 } else { 300 });
        while bench.now < until {
            bench.now += Span::from_millis(4);
            bench.session.timeout(bench.now);
        }
        bench.rx(value);
    }
    for _ in 0..500 {
        bench.now += Span::from_millis(4);
        bench.session.timeout(bench.now);
        for output in bench.outputs() {
            if let Output::Event(Event::Received(bytes)) = output {
                received.extend(bytes);
            }
        }
    }
    assert_eq!(received, [b'E', 0x1A, 0x1A, b'H']);
}

#[test]
fn another_rate_begins_anew_and_another_frame_is_refused() {
    let mut bench = Bench::new(Mechanism::Auto, Mode::Attended, REAL);
    assert_eq!(bench.commands(), [LinkCommand::Hold(true)]);
    bench.session.command(bench.now, Command::SetLine("300-7E1-inv".parse().unwrap()));
    assert_eq!(bench.commands(), []);
    assert!(bench.notices().contains("8N1 with bit 7 clear"), "{}", bench.notices());
    bench.session.command(bench.now, Command::SetLine("600-8N1-inv".parse().unwrap()));
    assert_eq!(bench.commands(), [LinkCommand::Reconfigure(LineFormat::new(600))]);
    bench.session.link(bench.now, LinkEvent::Reconfigured(Ok(Vec::new())));
    assert_eq!(bench.commands(), [LinkCommand::Hold(true)]);
}
