//! The session against hand-made links.

use super::*;
use crate::engine::{
    Abilities, Echo, Failure, Mark, MarkKind, Medium, PasteProgress, Status, Transport, Trouble,
};
use crate::line::LineFormat;
use crate::petscii::keyboard::{Key, KeyCode};
use crate::screen::{ScreenKind, dump};

fn config(target: &str, screen: ScreenKind, wire: Wire) -> SessionConfig {
    SessionConfig::new(target.parse().unwrap(), LineFormat::new(300), screen, wire)
}

fn serial() -> SessionConfig {
    config("/dev/ttyUSB0", ScreenKind::Cbm8032, Wire::Ascii)
}

struct Bench {
    session: Session,
    now: Stamp,
}

impl Bench {
    fn attended(config: SessionConfig) -> Bench {
        Bench::new(config, Mode::Attended)
    }

    fn new(config: SessionConfig, mode: Mode) -> Bench {
        Bench { session: Session::new(config, mode, Stamp::ZERO).unwrap(), now: Stamp::ZERO }
    }

    /// Opens the link on this medium.
    fn up(mut self, medium: Medium) -> Bench {
        self.command(Command::Connect);
        assert!(matches!(self.link_commands().as_slice(), [LinkCommand::Open(_)]));
        self.opened(medium);
        self
    }

    fn opened(&mut self, medium: Medium) {
        let identity = (medium == Medium::Serial).then(|| Identity {
            usb: Some("0403:6001".into()),
            serial: Some("A1".into()),
            ..Identity::default()
        });
        self.event(LinkEvent::Opened(Box::new(LinkInfo {
            medium,
            name: "far end".into(),
            identity,
            adapter: None,
            remarks: Vec::new(),
            abilities: Abilities::default(),
        })));
    }

    fn command(&mut self, command: Command) {
        self.session.command(self.now, command);
    }

    fn event(&mut self, event: LinkEvent) {
        self.session.link(self.now, event);
    }

    fn rx(&mut self, bytes: &[u8]) {
        let (at, bytes) = (self.now, bytes.to_vec());
        self.event(LinkEvent::Rx { at, bytes, marks: Vec::new() });
    }

    fn key(&mut self, code: KeyCode) {
        self.command(Command::Key(Key::plain(code)));
    }

    fn outputs(&mut self) -> Vec<Output> {
        std::iter::from_fn(|| self.session.poll()).collect()
    }

    fn link_commands(&mut self) -> Vec<LinkCommand> {
        self.outputs()
            .into_iter()
            .filter_map(|output| match output {
                Output::Link(command) => Some(command),
                Output::Event(_) => None,
            })
            .collect()
    }

    fn sent(&mut self) -> Vec<u8> {
        self.link_commands()
            .into_iter()
            .flat_map(|command| match command {
                LinkCommand::Tx(bytes) => bytes,
                other => panic!("{other:?} besides sending"),
            })
            .collect()
    }

    fn pass(&mut self, span: Span) {
        self.now += span;
        self.session.timeout(self.now);
    }

    fn notices(&self) -> String {
        let notices = self.session.snapshot(self.now).notices;
        notices.iter().map(|notice| notice.text.clone() + "\n").collect()
    }

    fn screen(&self) -> String {
        dump::text(self.session.screen())
    }

    fn status(&self) -> Status {
        self.session.snapshot(self.now).status
    }
}

fn trouble(failure: Failure) -> LinkEvent {
    LinkEvent::Closed(Trouble::new(failure, "it ended", ""))
}

#[test]
fn what_arrives_is_shown_and_what_is_typed_is_sent() {
    let mut bench = Bench::attended(serial()).up(Medium::Serial);
    bench.rx(b"Hello\r\nPET");
    assert!(bench.screen().starts_with("Hello\nPET\n"), "{}", bench.screen());
    bench.key(KeyCode::Char('a'));
    bench.key(KeyCode::Enter);
    assert_eq!(bench.sent(), b"a\r");
    assert_eq!((bench.status().rx_bytes, bench.status().tx_bytes), (10, 2));
}

#[test]
fn bit_7_is_stripped_for_a_program_that_sets_it() {
    let mut mcterm = serial();
    mcterm.strip7 = true;
    let mut bench = Bench::attended(mcterm).up(Medium::Serial);
    bench.rx(&b"ATDT bbs\r".map(|byte| byte | 0x80));
    assert!(bench.screen().starts_with("ATDT bbs\n"), "{}", bench.screen());
}

#[test]
fn parity_is_done_here_and_its_errors_are_counted() {
    let mut even = serial();
    even.line = "300-7E1".parse().unwrap();
    let mut bench = Bench::attended(even);
    bench.command(Command::Connect);
    let commands = bench.link_commands();
    let [LinkCommand::Open(request)] = commands.as_slice() else { panic!("{commands:?}") };
    assert_eq!(request.native.to_string(), "300-8N1");
    bench.opened(Medium::Serial);
    bench.key(KeyCode::Char('C'));
    assert_eq!(bench.sent(), [0xC3]);
    bench.rx(&[0x41, 0xC3, 0xC1]);
    assert!(bench.screen().starts_with("ACA"));
    assert_eq!(bench.status().errors.parity, 1);
    let recent = bench.session.snapshot(bench.now).recent;
    assert_eq!(recent.iter().map(|byte| byte.bad).collect::<Vec<_>>(), [false, false, false, true]);
}

#[test]
fn a_key_that_needs_bit_7_is_refused_on_a_7_bit_line() {
    let mut seven = config("/dev/ttyUSB0", ScreenKind::Safe8032, Wire::Petscii);
    seven.line = "300-7M1".parse().unwrap();
    let mut bench = Bench::attended(seven).up(Medium::Serial);
    bench.key(KeyCode::Char('A'));
    assert_eq!(bench.sent(), b"");
    assert!(bench.notices().contains("7 bits"), "{}", bench.notices());
}

#[test]
fn local_echo_shows_what_is_typed_and_both_answers_as_well() {
    let mut chat = serial();
    chat.echo = Echo::Both;
    let mut bench = Bench::attended(chat).up(Medium::Serial);
    bench.rx(b"hi\r");
    assert_eq!(bench.sent(), b"hi\r\n");
    bench.key(KeyCode::Char('y'));
    bench.key(KeyCode::Enter);
    assert_eq!(bench.sent(), b"y\r\n");
    assert!(bench.screen().starts_with("hi\ny\n"), "{}", bench.screen());
    let mut local = serial();
    local.echo = Echo::Local;
    let mut bench = Bench::attended(local).up(Medium::Serial);
    bench.key(KeyCode::Char('x'));
    bench.rx(b"z");
    assert_eq!(bench.sent(), b"x");
    assert!(bench.screen().starts_with("xz\n"), "{}", bench.screen());
}

#[test]
fn keys_before_the_link_is_up_are_refused_aloud() {
    let mut bench = Bench::attended(serial());
    bench.key(KeyCode::Char('a'));
    bench.key(KeyCode::Char('b'));
    assert!(bench.outputs().is_empty());
    assert_eq!(bench.notices().matches("not sent").count(), 1);
}

#[test]
fn an_unplugged_device_is_waited_for_by_its_identity_without_a_spin() {
    let mut bench = Bench::attended(serial()).up(Medium::Serial);
    bench.rx(b"before\r");
    bench.event(trouble(Failure::Unplugged));
    assert_eq!(bench.status().link, StatusLink::Waiting);
    let mut tries = 0;
    for _ in 0..1_000 {
        let Wake::At(at) = bench.session.wake() else { panic!("no time to try again") };
        if at > Stamp::ZERO + Span::from_secs(10) {
            break;
        }
        assert!(at > bench.now, "a spin");
        bench.now = at;
        bench.session.timeout(at);
        for command in bench.link_commands() {
            let LinkCommand::Open(request) = command else { panic!("{command:?}") };
            assert_eq!(request.identity.unwrap().serial.as_deref(), Some("A1"));
            tries += 1;
            bench.event(trouble(Failure::NotFound));
            assert_eq!(bench.status().link, StatusLink::Waiting);
        }
    }
    assert!((10..=25).contains(&tries), "{tries} tries in 10 s");
    bench.opened(Medium::Serial);
    assert_eq!(bench.status().link, StatusLink::Up);
    bench.rx(b"after");
    assert!(bench.screen().starts_with("before\nafter"), "{}", bench.screen());
    assert!(bench.notices().contains("back: far end"), "{}", bench.notices());
}

#[test]
fn a_listener_is_opened_once_while_it_waits_for_the_next_caller() {
    let mut bench = Bench::attended(config("listen://:6400", ScreenKind::C64, Wire::Petscii)).up(Medium::Net);
    bench.event(trouble(Failure::PeerClosed));
    let mut opens = 0;
    for _ in 0..50 {
        bench.pass(Span::from_millis(100));
        opens += bench.link_commands().len();
    }
    assert_eq!((opens, bench.status().link), (1, StatusLink::Waiting));
    bench.opened(Medium::Net);
    assert_eq!(bench.status().link, StatusLink::Up);
}

#[test]
fn a_line_that_the_port_refuses_stays_as_it_was() {
    let mut bench = Bench::attended(serial()).up(Medium::Serial);
    for (asked, answer, then) in [
        ("600-8E1", Err(Trouble::new(Failure::Setting, "asked 8E1, the port gave 8N1", "")), "300-8N1"),
        ("600-7E1", Ok(Vec::new()), "600-7E1"),
    ] {
        bench.command(Command::SetLine(asked.parse().unwrap()));
        assert!(matches!(bench.link_commands().as_slice(), [LinkCommand::Reconfigure(_)]));
        bench.event(LinkEvent::Reconfigured(answer));
        assert_eq!(bench.status().line.to_string(), then);
    }
    assert!(bench.notices().contains("stays at 300-8N1"), "{}", bench.notices());
}

#[test]
fn dtr_is_shown_as_the_port_drives_it() {
    let mut bench = Bench::attended(serial()).up(Medium::Serial);
    bench.command(Command::SetLines { dtr: Some(false), rts: None });
    assert!(bench.status().dtr, "not yet");
    bench.event(LinkEvent::LinesSet { dtr: Some(false), rts: None });
    assert!(!bench.status().dtr);
    bench.event(trouble(Failure::PeerClosed));
    bench.command(Command::Connect);
    bench.opened(Medium::Serial);
    assert!(bench.status().dtr, "a port raises DTR when it is opened");
}

#[test]
fn row_33_a_machine_that_slept_goes_on() {
    let mut bench = Bench::attended(serial()).up(Medium::Serial);
    bench.outputs();
    bench.command(Command::Paste("y".repeat(100)));
    let before = bench.sent().len();
    bench.event(LinkEvent::TxDrained { bytes: before });
    bench.pass(Span::from_secs(8 * 3_600));
    assert_eq!(bench.sent().len(), 3, "no burst after the sleep");
    bench.rx(b"awake");
    assert!(bench.screen().starts_with("awake"));
    assert_eq!(bench.status().link, StatusLink::Up);
}

#[test]
fn keys_pass_a_paste_that_waits_for_its_echo() {
    let mut paced = serial();
    paced.pacing.wait_echo = true;
    let mut bench = Bench::attended(paced).up(Medium::Serial);
    bench.command(Command::Paste("LIST".into()));
    assert_eq!(bench.sent(), b"L");
    bench.command(Command::Key(Key { ctrl: true, ..Key::plain(KeyCode::Char('c')) }));
    assert_eq!(bench.sent(), [3], "STOP");
}

#[test]
fn without_a_person_a_lost_device_ends_the_session() {
    let mut bench = Bench::new(serial(), Mode::Raw).up(Medium::Serial);
    bench.event(trouble(Failure::Unplugged));
    assert!(matches!(bench.session.outcome(), Some(Outcome::Link(_))));
}

#[test]
fn a_paste_at_300_baud_is_queued_estimated_and_cancelled_with_a_count() {
    let mut bench = Bench::attended(serial()).up(Medium::Serial);
    bench.outputs();
    bench.command(Command::Paste("x".repeat(65_536)));
    let PasteProgress { sent, total, left, .. } = bench.session.snapshot(bench.now).paste.unwrap();
    assert_eq!((sent, total), (3, 65_536));
    assert!((2_100..2_300).contains(&(left.0 / 1_000_000_000)), "{left}");
    let mut all = bench.sent().len();
    for _ in 0..30 {
        bench.event(LinkEvent::TxDrained { bytes: 3 });
        bench.pass(Span::from_millis(100));
        all += bench.sent().len();
    }
    assert!((80..=100).contains(&all), "{all} bytes in 3 s");
    bench.command(Command::CancelPaste);
    assert!(
        bench.notices().contains(&format!("{all} bytes of the paste were sent, {} were not", 65_536 - all))
    );
    bench.pass(Span::from_secs(10));
    assert_eq!(bench.sent(), b"");
}

#[test]
fn characters_without_a_code_are_named() {
    let mut bench = Bench::attended(serial()).up(Medium::Serial);
    bench.command(Command::Paste("a\u{2603}b".into()));
    assert_eq!(bench.sent(), b"ab");
    assert!(bench.notices().contains("\u{2603}"), "{}", bench.notices());
}

#[test]
fn telnet_is_answered_and_shown_and_ff_survives() {
    let mut bench = Bench::attended(config("h:23", ScreenKind::Ansi, Wire::Ascii)).up(Medium::Net);
    assert_eq!(bench.status().transport, Some(Transport::Undecided));
    assert_eq!(bench.sent(), b"", "nothing is sent before the peer speaks telnet");
    bench.rx(b"\xFF\xFD\x18");
    assert_eq!(bench.sent(), b"\xFF\xFB\x18");
    assert_eq!(bench.status().transport, Some(Transport::Telnet));
    bench.rx(b"\xFF\xFA\x18\x01\xFF\xF0");
    assert_eq!(bench.sent(), b"\xFF\xFA\x18\x00ANSI\xFF\xF0");
    bench.command(Command::SendRaw(vec![0xFF, 0x0D]));
    assert_eq!(bench.sent(), b"\xFF\xFF\x0D\x00");
}

#[test]
fn a_screen_that_changes_its_size_tells_the_server() {
    let mut bench = Bench::attended(config("h:23", ScreenKind::Ansi, Wire::Ascii)).up(Medium::Net);
    bench.rx(b"\xFF\xFD\x1F");
    assert_eq!(bench.sent(), b"\xFF\xFB\x1F\xFF\xFA\x1F\x00\x50\x00\x19\xFF\xF0");
    bench.now += Span::from_secs(1);
    bench.command(Command::SetScreen(ScreenKind::C64));
    assert_eq!(bench.sent(), b"\xFF\xFA\x1F\x00\x28\x00\x19\xFF\xF0");
}

#[test]
fn strip7_leaves_telnet_commands_alone() {
    let mut strip = config("h:23", ScreenKind::Ansi, Wire::Ascii);
    strip.strip7 = true;
    let mut bench = Bench::attended(strip).up(Medium::Net);
    bench.rx(b"\xFF\xFB\x01\xC8\xE9");
    assert_eq!(bench.sent(), b"\xFF\xFD\x01");
    assert!(bench.screen().starts_with("Hi"), "{}", bench.screen());
}

#[test]
fn a_lone_pi_from_a_raw_board_is_shown_in_time() {
    let mut bench = Bench::attended(config("h:6400", ScreenKind::Safe8032, Wire::Petscii)).up(Medium::Net);
    bench.rx(b"\xFF");
    if let Wake::At(at) = bench.session.wake() {
        bench.now = at;
        bench.session.timeout(at);
    }
    assert!(bench.screen().starts_with('\u{1FB95}'), "{}", bench.screen());
    assert_eq!(bench.status().transport, Some(Transport::Raw));
}

#[test]
fn replies_of_an_ansi_screen_are_few() {
    let mut bench = Bench::attended(config("h:23", ScreenKind::Ansi, Wire::Ascii)).up(Medium::Net);
    for _ in 0..100 {
        bench.rx(b"\x1b[6n");
    }
    assert_eq!(bench.sent(), b"\x1b[1;1R".repeat(10));
    bench.pass(Span::from_secs(1));
    bench.rx(b"\x1b[6n");
    assert_eq!(bench.sent(), b"\x1b[1;1R");
}

#[test]
fn many_bad_frames_bring_a_hint() {
    let mut bench = Bench::attended(serial()).up(Medium::Serial);
    for _ in 0..100 {
        bench.now += Span::from_millis(33);
        let at = bench.now;
        let marks = vec![Mark { offset: 0, kind: MarkKind::Framing }];
        bench.event(LinkEvent::Rx { at, bytes: vec![0x4F], marks });
    }
    let hint = bench.session.snapshot(bench.now).hint.unwrap();
    assert!(hint.contains("wrong baud or polarity"), "{hint}");
    assert_eq!(bench.status().errors.framing, 100);
}

#[test]
fn silence_brings_a_hint_and_the_first_byte_takes_it_away() {
    let mut bench = Bench::attended(serial()).up(Medium::Serial);
    bench.pass(Span::from_secs(19));
    assert_eq!(bench.session.snapshot(bench.now).hint, None);
    bench.pass(Span::from_secs(1));
    assert!(bench.session.snapshot(bench.now).hint.unwrap().contains("nothing heard"));
    bench.rx(b"x");
    assert_eq!(bench.session.snapshot(bench.now).hint, None);
}

#[test]
fn a_break_is_told_once_and_adds_no_byte() {
    let mut bench = Bench::attended(serial()).up(Medium::Serial);
    let at = bench.now;
    let marks = vec![Mark { offset: 1, kind: MarkKind::Break }];
    bench.event(LinkEvent::Rx { at, bytes: b"A".to_vec(), marks });
    assert_eq!(bench.notices().matches("break received").count(), 1);
    assert_eq!((bench.status().rx_bytes, bench.status().errors.breaks), (1, 1));
    assert!(bench.screen().starts_with("A\n"));
}

#[test]
fn a_script_waits_types_and_ends() {
    let mut scripted = serial();
    scripted.script = Some(r"wait:NAME send:FRED\r wait:HI\sFRED dump:text".into());
    let mut bench = Bench::new(scripted, Mode::Unattended).up(Medium::Serial);
    bench.outputs();
    bench.rx(b"NA");
    assert!(bench.outputs().is_empty());
    bench.rx(b"ME? ");
    bench.pass(Span::from_secs(1));
    let mut sent = bench.sent();
    for _ in 0..10 {
        bench.event(LinkEvent::TxDrained { bytes: 3 });
        bench.pass(Span::from_secs(1));
        sent.extend(bench.sent());
    }
    assert_eq!(sent, b"FRED\r");
    bench.rx(b"HI FRED\r");
    let outputs = bench.outputs();
    assert!(outputs.contains(&Output::Event(Event::Dump)), "{outputs:?}");
    assert_eq!(bench.session.outcome(), Some(&Outcome::Done));
}

#[test]
fn a_script_does_not_take_old_text_for_new() {
    let mut scripted = serial();
    scripted.script = Some("wait:X send:Y wait:X".into());
    let mut bench = Bench::new(scripted, Mode::Unattended).up(Medium::Serial);
    bench.rx(b"X");
    bench.pass(Span::from_secs(1));
    assert_eq!(bench.session.outcome(), None);
    bench.rx(b"X");
    assert_eq!(bench.session.outcome(), None, "what was sent is still on its way");
    bench.event(LinkEvent::TxDrained { bytes: 1 });
    assert_eq!(bench.session.outcome(), Some(&Outcome::Done));
}

#[test]
fn a_script_sees_text_that_is_painted_over_in_the_same_delivery() {
    let mut scripted = config("/dev/ttyUSB0", ScreenKind::Safe8032, Wire::Petscii);
    scripted.script = Some("wait:press".into());
    let mut bench = Bench::new(scripted, Mode::Unattended).up(Medium::Serial);
    bench.rx(b"PRESS\x93");
    assert_eq!(bench.session.outcome(), Some(&Outcome::Done));
}

#[test]
fn a_wait_in_vain_names_its_text() {
    let mut scripted = serial();
    scripted.script = Some("wait:NEVER".into());
    let mut bench = Bench::new(scripted, Mode::Unattended).up(Medium::Serial);
    bench.pass(Span::from_secs(15));
    assert_eq!(bench.session.outcome(), Some(&Outcome::ScriptTimeout { wanted: "NEVER".into() }));
}

#[test]
fn a_capture_has_each_row_once_whether_scrolled_cleared_or_left() {
    let mut bench =
        Bench::attended(config("/dev/ttyUSB0", ScreenKind::Safe8032, Wire::Petscii)).up(Medium::Serial);
    bench.rx(b"BEFORE\r");
    bench.command(Command::Capture(true));
    bench.rx(b"ONE\r\x93TWO\r");
    bench.rx(&b"\r".repeat(30));
    bench.rx(b"LAST");
    bench.command(Command::Capture(false));
    let lines: Vec<String> = bench
        .outputs()
        .into_iter()
        .filter_map(|output| match output {
            Output::Event(Event::Captured(line)) if !line.is_empty() => Some(line),
            _ => None,
        })
        .collect();
    assert_eq!(lines, ["before", "one", "two", "last"]);
}

#[test]
fn a_call_replaces_the_session() {
    let mut bench = Bench::attended(serial()).up(Medium::Serial);
    bench.rx(b"old");
    bench.command(Command::Call(Box::new(config("h:6400", ScreenKind::C64, Wire::Petscii))));
    let commands = bench.link_commands();
    assert!(matches!(commands.as_slice(), [LinkCommand::Close, LinkCommand::Open(_)]), "{commands:?}");
    bench.opened(Medium::Net);
    assert_eq!(bench.screen().trim(), "");
    assert_eq!(bench.status().rx_bytes, 0);
}

#[test]
fn feeding_bytes_one_at_a_time_equals_feeding_them_whole() {
    let text: Vec<u8> = (0..2_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    for (screen, wire) in [
        (ScreenKind::Cbm8032, Wire::Ascii),
        (ScreenKind::Safe8032, Wire::Petscii),
        (ScreenKind::Ansi, Wire::Ascii),
        (ScreenKind::Ascii, Wire::Petscii),
    ] {
        let mut whole = Bench::attended(config("/dev/ttyUSB0", screen, wire)).up(Medium::Serial);
        let mut single = Bench::attended(config("/dev/ttyUSB0", screen, wire)).up(Medium::Serial);
        whole.rx(&text);
        for byte in &text {
            single.rx(std::slice::from_ref(byte));
        }
        let (a, b) = (whole.session.snapshot(whole.now), single.session.snapshot(single.now));
        assert_eq!(a.screen, b.screen, "{screen} over {wire:?}");
        assert_eq!((a.bells, a.recent), (b.bells, b.recent));
        assert_eq!(whole.sent(), single.sent());
        assert!(whole.session.poll().is_none(), "draining twice is empty");
    }
}
