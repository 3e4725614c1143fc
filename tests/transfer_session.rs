//! A transfer inside a session: who gets the bytes, what the link is told, what telnet does.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test's helper fails by panicking")]

use petterm::engine::{
    Abilities, Cargo, Command, Event, Flow, LinkCommand, LinkEvent, LinkInfo, Medium, Mode, Output, Session,
    SessionConfig, TransferEnd, TransferRequest, Wire,
};
use petterm::line::LineFormat;
use petterm::petscii::keyboard::{Key, KeyCode};
use petterm::screen::{ScreenKind, dump};
use petterm::time::{Span, Stamp, Wake};
use petterm::transfer::{self, FileKind, Kept, Options, Out, OutgoingFile, Protocol, Transfer};

struct Bench {
    session: Session,
    now: Stamp,
}

impl Bench {
    fn new(target: &str, medium: Medium, change: impl FnOnce(&mut SessionConfig)) -> Bench {
        let mut config = SessionConfig::new(
            target.parse().unwrap(),
            LineFormat::new(9600),
            ScreenKind::Cbm8032,
            Wire::Ascii,
        );
        change(&mut config);
        let session = Session::new(config, Mode::Attended, Stamp::ZERO).unwrap();
        let mut bench = Bench { session, now: Stamp::ZERO };
        bench.session.command(bench.now, Command::Connect);
        bench.commands();
        let info = LinkInfo {
            medium,
            name: "far".into(),
            identity: None,
            adapter: None,
            remarks: Vec::new(),
            abilities: Abilities::default(),
        };
        bench.session.link(bench.now, LinkEvent::Opened(Box::new(info)));
        bench
    }

    fn begin(&mut self, protocol: Protocol, cargo: Cargo) {
        let request = TransferRequest { protocol, cargo, options: Options::default() };
        self.session.command(self.now, Command::Transfer(Box::new(request)));
    }

    /// What the link was told since the last time; what is sent has left at once.
    fn commands(&mut self) -> Vec<LinkCommand> {
        let mut told = Vec::new();
        while let Some(output) = self.session.poll() {
            if let Output::Link(command) = output {
                if let LinkCommand::Tx(bytes) = &command {
                    self.session.link(self.now, LinkEvent::TxDrained { bytes: bytes.len() });
                }
                told.push(command);
            }
        }
        told
    }

    fn sent(&mut self) -> Vec<u8> {
        self.commands()
            .into_iter()
            .flat_map(|command| if let LinkCommand::Tx(bytes) = command { bytes } else { Vec::new() })
            .collect()
    }

    /// Lets time pass, waking the session as it asks; what was sent meanwhile.
    fn pass(&mut self, span: Span) -> Vec<u8> {
        let until = self.now + span;
        let mut sent = self.sent();
        loop {
            match self.session.wake() {
                Wake::Now => {}
                Wake::At(at) if at <= until => self.now = self.now.max(at),
                _ => break,
            }
            self.session.timeout(self.now);
            sent.extend(self.sent());
        }
        self.now = until;
        sent
    }

    fn hear(&mut self, bytes: &[u8]) {
        self.session.link(self.now, LinkEvent::Rx { at: self.now, bytes: bytes.to_vec(), marks: Vec::new() });
    }

    /// Downloads a file by Punter from our own sender; whether it came well.
    fn download(&mut self) -> bool {
        self.begin(Protocol::Punter, Cargo::Receive);
        let Cargo::Send(files) = file() else { return false };
        let (mut far, _) = transfer::send(Protocol::Punter, files, &Options::default(), self.now).unwrap();
        let mut result = None;
        for _ in 0..2_000 {
            self.now += Span::from_millis(10);
            self.session.timeout(self.now);
            far.timeout(self.now);
            while let Some(out) = far.poll() {
                if let Out::Tx(bytes) = out {
                    self.hear(&bytes);
                    far.sent(self.now);
                }
            }
            while let Some(output) = self.session.poll() {
                match output {
                    Output::Link(LinkCommand::Tx(bytes)) => {
                        self.session.link(self.now, LinkEvent::TxDrained { bytes: bytes.len() });
                        far.receive(self.now, &bytes);
                    }
                    Output::Event(Event::Store(_)) => {
                        self.session.command(self.now, Command::Stored(Ok(Kept::default())));
                    }
                    Output::Event(Event::TransferEnded(report)) => result = Some(report.result),
                    _ => {}
                }
            }
            if let Some(result) = result {
                return result.is_ok();
            }
        }
        false
    }

    fn screen(&self) -> String {
        dump::text(self.session.screen())
    }

    fn notices(&self) -> String {
        let notices = self.session.snapshot(self.now).notices;
        notices.iter().map(|notice| notice.text.clone() + "\n").collect()
    }
}

fn said_by(far: &mut dyn Transfer) -> Vec<u8> {
    let outs = std::iter::from_fn(|| far.poll());
    outs.flat_map(|out| if let Out::Tx(bytes) = out { bytes } else { Vec::new() }).collect()
}

fn file() -> Cargo {
    Cargo::Send(vec![OutgoingFile { name: "a.prg".into(), kind: FileKind::Prg, data: vec![7; 100].into() }])
}

#[test]
fn xon_xoff_rests_for_a_file_and_comes_back() {
    let mut bench = Bench::new("/dev/ttyUSB0", Medium::Serial, |config| config.flow = Flow::Soft);
    bench.commands();
    bench.begin(Protocol::XmodemCrc, Cargo::Receive);
    let told = bench.commands();
    assert_eq!(told, [LinkCommand::SetFlow(Flow::None), LinkCommand::Tx(b"C".to_vec())]);
    bench.session.command(bench.now, Command::CancelTransfer);
    let told = bench.commands();
    assert_eq!(told.last(), Some(&LinkCommand::SetFlow(Flow::Soft)), "{told:?}");
    // Text has no 11 and 13 that mean anything else.
    bench.begin(Protocol::Text, Cargo::Receive);
    assert_eq!(bench.commands(), []);
    let mut hard = Bench::new("/dev/ttyUSB0", Medium::Serial, |config| config.flow = Flow::Hard);
    hard.commands();
    hard.begin(Protocol::XmodemCrc, Cargo::Receive);
    assert_eq!(hard.commands(), [LinkCommand::Tx(b"C".to_vec())], "RTS/CTS stays");
}

#[test]
fn what_a_protocol_says_is_not_shown_and_what_comes_behind_its_end_is() {
    let mut bench = Bench::new("tcp://far:1", Medium::Net, |_| {});
    bench.hear(b"READY\r\n");
    bench.begin(Protocol::XmodemCrc, file());
    bench.hear(b"C");
    assert_eq!(bench.sent().len(), 133);
    bench.session.command(bench.now, Command::Key(Key::plain(KeyCode::Char('k'))));
    assert_eq!(bench.sent(), b"", "a key would be a part of the file");
    assert!(bench.notices().contains("keys are not sent"), "{}", bench.notices());
    bench.pass(Span::from_millis(10));
    bench.hear(b"\x06");
    assert_eq!(bench.pass(Span::from_millis(10)), [4]);
    // As receivers do: a lone EOT may be noise.
    bench.hear(b"\x15");
    assert_eq!(bench.pass(Span::from_secs(1)), [4]);
    bench.hear(b"\x06THANK YOU");
    assert_eq!(bench.screen().trim(), "READY\nTHANK YOU", "{}", bench.notices());
    assert!(bench.session.snapshot(bench.now).transfer.is_none());
    bench.session.command(bench.now, Command::Key(Key::plain(KeyCode::Char('k'))));
    assert_eq!(bench.sent(), b"k");
}

#[test]
fn the_last_codes_of_a_punter_sender_are_not_shown_and_what_only_begins_like_one_is() {
    let mut bench = Bench::new("tcp://far:1", Medium::Net, |_| {});
    assert!(bench.download(), "{}", bench.notices());
    bench.hear(b"S/B");
    bench.pass(Span::from_millis(1_200));
    bench.hear(b"S/BS/");
    assert_eq!(bench.screen().trim(), "");
    bench.pass(Span::from_secs(1));
    assert_eq!(bench.screen().trim(), "S/");
    bench.hear(b"S/B");
    assert_eq!(bench.screen().trim(), "S/S/B");
}

#[test]
fn the_block_that_was_due_at_a_cancel_is_not_shown_and_every_other_octet_is() {
    for (protocol, dialogue) in [
        (Protocol::XmodemCrc, [b"C".as_slice()].as_slice()),
        (Protocol::Punter, &[b"GOO", b"S/B"]),
        (Protocol::MultiPunter, &[b"GOO", b"S/B"]),
    ] {
        let Cargo::Send(files) = file() else { unreachable!("it is sent") };
        let options = Options::default();
        let (mut far, _) = transfer::send(protocol, files, &options, Stamp::ZERO).unwrap();
        let mut before = said_by(far.as_mut());
        let mut block = Vec::new();
        for words in dialogue {
            before.append(&mut block);
            far.receive(Stamp::ZERO, words);
            block = said_by(far.as_mut());
        }
        let cancelled_at = |came: usize, rest: &[&[u8]]| -> String {
            let mut bench = Bench::new("tcp://far:1", Medium::Net, |_| {});
            bench.begin(protocol, Cargo::Receive);
            bench.sent();
            bench.hear(&before);
            bench.sent();
            bench.hear(&block[..came]);
            bench.session.command(bench.now, Command::CancelTransfer);
            bench.sent();
            for piece in rest {
                bench.hear(piece);
                bench.pass(Span::from_millis(320));
            }
            bench.pass(Span::from_millis(500));
            bench.screen().trim().to_owned()
        };
        for came in [0, 1, 4, block.len() - 1] {
            let (this, rest) = (format!("{protocol:?}, {came}"), &block[came..]);
            assert_eq!(cancelled_at(came, &[b"", rest, b"MENU"]), "MENU", "{this}");
            assert_eq!(cancelled_at(came, &[&[rest, b"MENU"].concat()]), "MENU", "{this}");
            // One that stops in the middle and speaks at once, briefly or at length.
            let long = "MENU".repeat(60);
            for words in ["MENU", &long] {
                let shown = cancelled_at(came, &[words.as_bytes()]).replace('\n', "");
                assert_eq!(shown, words, "{this}");
            }
        }
    }
}

#[test]
fn seven_bits_are_refused_before_a_byte_is_sent_and_text_is_not() {
    for change in [
        (|config| config.strip7 = true) as fn(&mut SessionConfig),
        |config| config.set7 = true,
        |config| config.line = "9600-7E1".parse().unwrap(),
        |config| config.line = "9600-8N1-inv".parse().unwrap(),
    ] {
        let mut bench = Bench::new("/dev/ttyUSB0", Medium::Serial, change);
        bench.pass(Span::from_secs(1));
        bench.begin(Protocol::Punter, file());
        let outputs: Vec<Output> = std::iter::from_fn(|| bench.session.poll()).collect();
        let refused = |output: &Output| matches!(output, Output::Event(Event::TransferRefused(_)));
        assert!(outputs.iter().any(refused), "{outputs:?}");
        assert!(!outputs.iter().any(|output| matches!(output, Output::Link(LinkCommand::Tx(_)))));
        assert!(bench.notices().contains("needs all eight bits"), "{}", bench.notices());
        bench.begin(Protocol::Text, Cargo::Receive);
        assert!(bench.session.snapshot(bench.now).transfer.is_some());
    }
}

#[test]
fn binary_that_is_taken_back_in_a_transfer_is_asked_for_again_but_not_for_ever() {
    let mut bench = Bench::new("telnet://far:23", Medium::Net, |_| {});
    bench.hear(b"\xFF\xFB\x03");
    bench.sent();
    bench.begin(Protocol::XmodemCrc, Cargo::Receive);
    assert_eq!(bench.sent(), b"\xFF\xFD\x00\xFF\xFB\x00");
    bench.hear(b"\xFF\xFB\x00\xFF\xFD\x00");
    assert_eq!(bench.sent(), b"C", "both agreed, so it begins");
    for _ in 0..3 {
        bench.hear(b"\xFF\xFC\x00");
        assert_eq!(bench.sent(), b"\xFF\xFE\x00\xFF\xFD\x00", "DONT, and DO once more");
        bench.hear(b"\xFF\xFB\x00");
        assert_eq!(bench.sent(), b"");
    }
    bench.hear(b"\xFF\xFC\x00");
    assert_eq!(bench.sent(), b"\xFF\xFE\x00");
}

#[test]
fn refused_or_unanswered_binary_is_warned_of_and_the_transfer_begins() {
    for answer in [&b"\xFF\xFC\x00\xFF\xFE\x00"[..], b""] {
        let mut bench = Bench::new("telnet://far:23", Medium::Net, |_| {});
        bench.hear(b"\xFF\xFB\x03");
        bench.sent();
        bench.begin(Protocol::XmodemCrc, file());
        bench.hear(answer);
        bench.pass(Span::from_millis(3_100));
        bench.hear(b"C");
        assert_eq!(bench.sent().len(), 133, "{answer:?}");
        assert!(bench.notices().contains("BINARY is not agreed to and from"), "{}", bench.notices());
    }
}

#[test]
fn the_rate_counts_from_the_first_block_and_not_from_the_beginning() {
    let mut bench = Bench::new("tcp://far:1", Medium::Net, |_| {});
    let data = vec![7; 1_280].into();
    bench.begin(
        Protocol::XmodemCrc,
        Cargo::Send(vec![OutgoingFile { name: "a.prg".into(), kind: FileKind::Prg, data }]),
    );
    // A person finds the menu of the far end meanwhile.
    bench.pass(Span::from_secs(40));
    bench.hear(b"C");
    for _ in 0..3 {
        bench.pass(Span::from_secs(1));
        bench.hear(b"\x06");
    }
    let view = bench.session.snapshot(bench.now).transfer.unwrap();
    assert_eq!((view.progress.bytes, view.rate.round()), (384, 128.0), "{view:?}");
    let left = view.left.unwrap();
    assert_eq!((view.elapsed, left.as_millis()), (Span::from_secs(43), 7_000), "{view:?}");
}

#[test]
fn nothing_but_the_protocol_reaches_the_far_end_in_the_middle_of_a_file() {
    let mut bench = Bench::new("/dev/ttyUSB0", Medium::Serial, |_| {});
    bench.begin(Protocol::XmodemCrc, file());
    bench.hear(b"C");
    bench.pass(Span::from_millis(500));
    for command in [
        Command::Key(Key::plain(KeyCode::Escape)),
        Command::Paste("text".into()),
        Command::Colour(1),
        Command::SendRaw(vec![3]),
        Command::Break,
        Command::SetLine("300-8N1".parse().unwrap()),
    ] {
        bench.session.command(bench.now, command.clone());
        assert_eq!(bench.commands(), [], "{command:?}");
    }
}

#[test]
fn the_picture_keeps_what_became_of_a_transfer_until_another_begins() {
    let mut bench = Bench::new("tcp://far:1", Medium::Net, |_| {});
    let end = |bench: &Bench| bench.session.snapshot(bench.now).transfer_end;
    assert_eq!(end(&bench), None);
    // Refused by the engine itself.
    let file = |data: Vec<u8>| OutgoingFile { name: "a.prg".into(), kind: FileKind::Prg, data: data.into() };
    bench.begin(Protocol::Petterm, Cargo::Send(vec![file(vec![])]));
    let refused = end(&bench).unwrap();
    assert!(matches!(refused.as_ref(), TransferEnd::Refused(why) if why.contains("a.prg")), "{refused:?}");
    bench.begin(Protocol::XmodemCrc, Cargo::Receive);
    assert_eq!(end(&bench), None);
    bench.pass(Span::from_secs(1));
    bench.session.command(bench.now, Command::CancelTransfer);
    bench.pass(Span::from_secs(1));
    let over = end(&bench).unwrap();
    let TransferEnd::Over(report) = over.as_ref() else { panic!("{over:?}") };
    assert_eq!(report.began + report.elapsed, Stamp::ZERO + Span::from_secs(1));
    assert!(report.result.is_err() && !report.sending);
    bench.pass(Span::from_secs(60));
    assert_eq!(end(&bench), Some(over));
}

#[test]
fn what_was_pasted_before_leaves_before_a_transfer_begins() {
    let mut bench = Bench::new("/dev/ttyX", Medium::Serial, |_| {});
    bench.session.command(bench.now, Command::Paste("HELLO".into()));
    // Nothing has left yet: the link has not drained.
    bench.begin(Protocol::Punter, Cargo::Receive);
    let mut sent = Vec::new();
    while let Some(output) = bench.session.poll() {
        if let Output::Link(LinkCommand::Tx(bytes)) = output {
            sent.extend(bytes);
        }
    }
    assert!(!sent.windows(3).any(|code| code == b"GOO"), "{sent:02X?}");
    let mut rest = sent.len();
    while rest > 0 {
        bench.session.link(bench.now, LinkEvent::TxDrained { bytes: rest });
        rest = 0;
        while let Some(output) = bench.session.poll() {
            if let Output::Link(LinkCommand::Tx(bytes)) = output {
                rest += bytes.len();
                sent.extend(bytes);
            }
        }
    }
    assert!(sent.ends_with(b"GOO"), "{sent:02X?}");
    assert_eq!(sent.windows(3).filter(|code| code == b"GOO").count(), 1);
}
