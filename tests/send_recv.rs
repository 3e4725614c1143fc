//! `petterm send` and `petterm recv`, each a process of its own, over a raw and a telnet connection and a serial line.

#![cfg(all(target_os = "linux", feature = "serial", feature = "tui"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]
#![allow(clippy::disallowed_methods, reason = "an end-to-end test waits for other processes")]

mod common;
mod transfers;

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::thread;

use common::{directory, eventually, text};
use transfers::{Run, assert_same, hard_bytes, names, word, write};

/// How two ends meet.
#[derive(Clone, Copy, Debug)]
enum Way {
    Raw,
    Telnet,
    Serial,
}

/// A receiver and a sender of these words, until both have ended well; what they said and printed.
#[track_caller]
fn carry(way: Way, folder: &Path, receive: &[&str], send: &[&str]) -> (transfers::Ended, transfers::Ended) {
    let line = folder.join("line");
    let (listen, options): (String, &[&str]) = match way {
        Way::Raw => ("listen://127.0.0.1:0".into(), &["--raw"]),
        Way::Telnet => ("listen://127.0.0.1:0".into(), &["--telnet"]),
        // 11 and 13 are in the file, and XON/XOFF must rest for it.
        Way::Serial => (format!("pty:{}", text(&line)), &["--baud", "115200"]),
    };
    let receiver = Run::start(&[&["recv", &listen], options, receive].concat());
    let target = match way {
        Way::Raw | Way::Telnet => format!("tcp://{}", receiver.address()),
        Way::Serial => {
            assert!(eventually(|| line.exists()), "{}", receiver.said());
            word(&line)
        }
    };
    // A scheme of its own would overrule the option.
    let target = target.replace("tcp://", if matches!(way, Way::Telnet) { "telnet://" } else { "tcp://" });
    let soft: &[&str] = if matches!(way, Way::Serial) { &["--flow", "soft"] } else { &[] };
    let options = if matches!(way, Way::Serial) { options } else { &[] };
    let sender = Run::start(&[&["send"], send, &[&target], options, soft].concat());
    let sender = sender.end();
    assert!(sender.code == Some(0), "{sender:?}; the receiver said: {}", receiver.said());
    let receiver = receiver.end();
    assert_eq!(receiver.code, Some(0), "{receiver:?}; {sender:?}");
    (receiver, sender)
}

fn carries_every_byte(way: Way) {
    let sent = hard_bytes();
    let protocols = ["punter", "multi-punter", "xmodem", "xmodem-crc", "xmodem-1k", "petterm", "ymodem"];
    let runs: Vec<_> = protocols
        .into_iter()
        .map(|protocol| {
            let sent = sent.clone();
            thread::spawn(move || {
                let folder = directory();
                let file = write(folder.path(), "hard.prg", &sent);
                let kept = folder.path().join("kept.prg");
                let protocol_words = ["--protocol", protocol];
                // What does not fit a PET is sent nevertheless.
                let force: &[&str] = if protocol == "petterm" { &["--force"] } else { &[] };
                let (receiver, sender) = carry(
                    way,
                    folder.path(),
                    &[&["-o", text(&kept), "--json"], &protocol_words[..]].concat(),
                    &[&[text(&file), "--json"], force, &protocol_words[..]].concat(),
                );
                let why = format!("{protocol}, {way:?}: {receiver:?} {sender:?}");
                let padded = protocol.starts_with("xmodem") || protocol == "petterm";
                assert_same(&kept, &sent, padded, &why);
                for ended in [&receiver, &sender] {
                    let report = ended.report();
                    assert_eq!(report["ok"], true, "{why}");
                    assert_eq!(report["protocol"], protocol, "{why}");
                    assert_eq!(report["resends"], 0, "nothing was damaged; {why}");
                }
                assert!(receiver.said.contains("kept.prg"), "{why}");
            })
        })
        .collect();
    for run in runs {
        run.join().expect("every protocol");
    }
}

#[test]
fn row_16_every_protocol_carries_every_byte_over_a_raw_connection() {
    carries_every_byte(Way::Raw);
}

#[test]
fn row_16_every_protocol_carries_every_byte_over_telnet() {
    carries_every_byte(Way::Telnet);
}

#[test]
fn row_16_every_protocol_carries_every_byte_over_a_serial_line_with_xon_xoff() {
    carries_every_byte(Way::Serial);
}

#[test]
fn a_batch_keeps_names_and_overwrites_nothing() {
    for protocol in ["ymodem", "multi-punter"] {
        let folder = directory();
        let one = write(folder.path(), "one.prg", &[1; 700]);
        let two = write(folder.path(), "two.seq", b"HELLO\r");
        let into = folder.path().join("into");
        fs::create_dir(&into).unwrap();
        write(&into, "one.prg", b"mine");
        let (receiver, _) = carry(
            Way::Raw,
            folder.path(),
            &["--dir", text(&into), "--protocol", protocol],
            &[text(&one), text(&two), "--protocol", protocol],
        );
        assert_eq!(names(&into), ["one-1.prg", "one.prg", "two.seq"], "{protocol}: {receiver:?}");
        assert_eq!(fs::read(into.join("one.prg")).unwrap(), b"mine");
        assert_same(&into.join("one-1.prg"), &[1; 700], false, protocol);
        assert_same(&into.join("two.seq"), b"HELLO\r", false, protocol);
        assert!(receiver.said.contains("the file will be one-1.prg"), "{protocol}: {receiver:?}");
    }
}

#[test]
fn text_goes_translated_or_as_it_is_and_ends_with_the_link() {
    let folder = directory();
    let seq = write(folder.path(), "note.seq", b"\xC8ELLO\r\xFF");
    let note = write(folder.path(), "note.txt", "Hello\n".as_bytes());
    for (file, wire, expected) in [
        (&seq, "ascii", &b"\xC8ELLO\r\xFF"[..]),
        (&note, "petscii", b"\xC8ELLO\r"),
        (&note, "ascii", b"Hello\r"),
    ] {
        let kept = folder.path().join("kept");
        let (receiver, sender) = carry(
            Way::Raw,
            folder.path(),
            &["-o", text(&kept), "--protocol", "text"],
            &[text(file), "--protocol", "text", "--wire", wire],
        );
        assert_same(&kept, expected, false, &format!("{receiver:?} {sender:?}"));
        fs::remove_file(&kept).unwrap();
    }
}

#[test]
fn padding_is_cut_off_where_it_is_asked_for() {
    let folder = directory();
    let file = write(folder.path(), "a.seq", b"HELLO, PET");
    let kept = folder.path().join("kept");
    let words = ["-o", text(&kept), "--protocol", "xmodem", "--trim"];
    let (receiver, _) = carry(Way::Raw, folder.path(), &words, &[text(&file), "--protocol", "xmodem"]);
    assert_same(&kept, b"HELLO, PET", false, &format!("{receiver:?}"));
}

#[test]
fn a_script_uploads_in_the_middle_of_a_session() {
    let folder = directory();
    let file = write(folder.path(), "a.prg", &hard_bytes());
    let kept = folder.path().join("kept");
    let receiver =
        Run::start(&["recv", "listen://127.0.0.1:0", "--raw", "-o", text(&kept), "--protocol", "ymodem"]);
    let target = format!("tcp://{}", receiver.address());
    let script = format!("upload:{},ymodem quit", text(&file));
    let sender = Run::start(&[&target, "--script", &script, "--dump", "text"]);
    receiver.end_well();
    let sender = sender.end_well();
    assert_same(&kept, &hard_bytes(), false, &sender.said);
    assert_eq!(sender.printed.trim(), "", "what the protocol said is not shown");
}

// ---- refused before anything is sent ------------------------------------------------------------------

/// A far end that counts as called when anybody connects.
struct Far(TcpListener);

impl Far {
    fn new() -> Far {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        Far(listener)
    }

    fn target(&self) -> String {
        format!("tcp://{}", self.0.local_addr().unwrap())
    }

    fn was_called(&self) -> bool {
        self.0.accept().is_ok()
    }
}

#[test]
fn what_cannot_be_kept_or_sent_is_refused_before_anybody_is_called() {
    let folder = directory();
    let there = write(folder.path(), "there", b"mine");
    let other = write(folder.path(), "other", b"other");
    let missing = folder.path().join("missing");
    let far = Far::new();
    let target = far.target();
    let (there, other, missing, folder) = (text(&there), text(&other), text(&missing), text(folder.path()));
    let part = format!("{folder}/a.PART");
    let slash = format!("{folder}/new/");
    let cases: [(&[&str], i32, &str); 11] = [
        (&["recv", &target, "--protocol", "xmodem", "-o", there], 6, "exists already"),
        (&["recv", &target, "--protocol", "xmodem", "-o", folder], 6, "is a folder"),
        (&["recv", &target, "--protocol", "xmodem", "--dir", missing], 6, "there is no"),
        (&["recv", &target, "--protocol", "xmodem", "--dir", there], 6, "is not a folder"),
        (&["recv", &target, "--protocol", "xmodem", "-o", "-"], 6, "stdout"),
        (&["recv", &target, "--protocol", "xmodem", "-o", &slash], 6, "names a folder"),
        (&["recv", &target, "--protocol", "xmodem", "-o", &part], 6, "would look unfinished"),
        (&["send", missing, &target, "--protocol", "xmodem"], 3, "there is no"),
        (&["send", there, other, &target, "--protocol", "xmodem"], 2, "one file"),
        (&["send", folder, &target, "--protocol", "ymodem"], 6, "plain file"),
        (&["send", there, &target, "--protocol", "kermit"], 2, "punter"),
    ];
    for (words, code, why) in cases {
        let ended = Run::start(words).end();
        assert_eq!(ended.code, Some(code), "{words:?}: {ended:?}");
        assert!(ended.said.contains(why), "{words:?}: {ended:?}");
        assert_eq!(ended.said.lines().count(), 1, "{words:?}: {ended:?}");
        assert!(!far.was_called(), "{words:?}");
    }
    assert_eq!(fs::read(there).unwrap(), b"mine");
}

#[test]
fn options_that_mean_nothing_to_a_protocol_are_refused_though_they_say_what_is_usual() {
    let folder = directory();
    let file = write(folder.path(), "a.seq", b"HELLO");
    let far = Far::new();
    let target = far.target();
    let send = ["send", text(&file), &target];
    let receive = ["recv", &target, "--dir", text(folder.path())];
    let cases: [(&[&str], &str, &[&str]); 8] = [
        (&send, "xmodem", &["--block-size", "255"]),
        (&send, "ymodem", &["--exact-blocks"]),
        (&send, "petterm", &["--leading-goo", "if-silent"]),
        (&send, "xmodem-1k", &["--type", "prg"]),
        (&send, "text", &["--type", "prg"]),
        (&send, "punter", &["--force"]),
        (&receive, "multi-punter", &["--trim"]),
        (&receive, "text", &["--trim"]),
    ];
    for (words, protocol, option) in cases {
        let ended = Run::start(&[words, &["--protocol", protocol], option].concat()).end();
        assert_eq!(ended.code, Some(2), "{protocol} {option:?}: {ended:?}");
        let says = format!("and means nothing to {protocol}; leave it out");
        assert!(ended.said.contains(option[0]) && ended.said.contains(&says), "{ended:?}");
        assert!(!far.was_called(), "{protocol} {option:?}");
    }
}

#[test]
fn what_a_protocol_or_the_wire_cannot_carry_is_refused_before_anybody_is_called() {
    let folder = directory();
    let c64 = write(folder.path(), "c64.prg", &[1, 8, 7, 8, 10, 0, 0x80, 0, 0, 0]);
    let code = write(folder.path(), "code.prg", &[0, 0xC0, 0x60]);
    let large = write(folder.path(), "large.prg", &vec![0; 65_536]);
    let note = write(folder.path(), "note.txt", "one\r\ntwo \u{6f22}\u{6f22}\n".as_bytes());
    let far = Far::new();
    let target = far.target();
    let cases: [(&Path, &[&str], &[&str]); 4] = [
        (&c64, &["petterm"], &["$0801", "--relocate-basic 0401", "--force"]),
        (&code, &["petterm"], &["$C000", "--force"]),
        (&large, &["punter", "--block-size", "8"], &["65,536", "larger blocks"]),
        (&note, &["text"], &["line 2, column 5", "U+6F22", "1 more", "--force"]),
    ];
    for (file, options, words) in cases {
        let ended = Run::start(&[&["send", text(file), &target, "--protocol"], options].concat()).end();
        assert_eq!(ended.code, Some(5), "{ended:?}");
        assert!(words.iter().all(|word| ended.said.contains(word)), "{words:?}: {ended:?}");
        assert!(!ended.said.contains("relocate") || file == c64, "{ended:?}");
        assert_eq!(ended.said.lines().count(), 1, "{ended:?}");
        assert!(!far.was_called(), "{file:?}");
        // The same in a script, which has no --force.
        if options.len() == 1 {
            let script = format!("upload:{},{} quit", text(file), options[0]);
            let ended = Run::start(&[&target, "--script", &script, "--dump", "text"]).end();
            assert_eq!(ended.code, Some(5), "{ended:?}");
            assert!(!far.was_called(), "{file:?}");
        }
    }
    // Moved, it fits.
    let words = ["send", text(&c64), &target, "--protocol", "petterm", "--relocate-basic", "0401"];
    let run = Run::start(&words);
    assert!(eventually(|| far.was_called()), "{}", run.said());
}

#[test]
fn what_the_wire_has_no_code_for_is_left_out_by_force_and_not_counted() {
    let folder = directory();
    let note = write(folder.path(), "note.txt", "A\u{6f22}B\n".as_bytes());
    let kept = folder.path().join("kept");
    let (_, sender) = carry(
        Way::Raw,
        folder.path(),
        &["-o", text(&kept), "--protocol", "text"],
        &[text(&note), "--protocol", "text", "--force", "--json"],
    );
    assert_same(&kept, b"AB\r", false, &format!("{sender:?}"));
    assert!(sender.said.contains("left out by force: note.txt, line 1, column 2"), "{sender:?}");
    let report = sender.report();
    assert_eq!((&report["bytes"], &report["files"][0]["bytes"]), (&3.into(), &3.into()), "{sender:?}");
}

#[test]
fn a_script_without_its_file_or_on_a_line_of_seven_bits_calls_nobody() {
    let folder = directory();
    let missing = folder.path().join("missing");
    let line = folder.path().join("line");
    let (missing, line) = (text(&missing), text(&line));
    let ended = Run::start(&["demo", "--script", &format!("upload:{missing},punter quit")]).end();
    assert_eq!(ended.code, Some(3), "{ended:?}");
    let target = format!("pty:{line}");
    for (script, code) in [(format!("upload:{missing},punter"), 3), ("download:x,xmodem".to_owned(), 2)] {
        let words = [&target, "--script", &script, "--dump", "text", "--strip7"];
        let ended = Run::start(&words).end();
        assert_eq!(ended.code, Some(code), "{ended:?}");
        assert_eq!(ended.said.lines().count(), 1, "{ended:?}");
    }
    // What a download may bring is looked for in its turn.
    let script = format!("wait:COMMAND sleep:100 download:{missing},xmodem upload:{missing}-2,xmodem quit");
    let ended = Run::start(&["demo", "--script", &script, "--timeout", "1"]).end();
    assert_eq!(ended.code, Some(7), "{ended:?}");
}

#[test]
fn a_line_of_seven_bits_carries_text_alone_and_says_so() {
    let folder = directory();
    let file = write(folder.path(), "a.seq", b"HELLO\r");
    for (options, why) in [
        (&["--line", "9600-7E1"][..], "9600-7E1 carries 7 bits"),
        (&["--strip7", "--baud", "9600"], "bit 7"),
        (&["--line", "9600-8N1-inv"], "inver"),
    ] {
        let line = folder.path().join("line");
        // Whoever makes the line hears nothing of what is refused.
        let far = Run::start(&[&format!("pty:{}", text(&line)), "--timeout", "60", "--dump", "text"]);
        assert!(eventually(|| line.exists()), "{}", far.said());
        let words = [&["send", text(&file), text(&line), "--protocol", "xmodem"], options].concat();
        let ended = Run::start(&words).end();
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(!ended.said.contains("connected"), "{ended:?}");
        assert!(ended.said.contains(why) && ended.said.contains("--protocol text"), "{ended:?}");
        let words = [&["send", text(&file), text(&line), "--protocol", "text"], options].concat();
        Run::start(&words).end_well();
        drop(far);
        let _ = fs::remove_file(&line);
    }
}
