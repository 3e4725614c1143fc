//! `--record`: what was on both lines of a session, read back by receivers that are not petterm's.

#![cfg(all(feature = "serial", feature = "tui"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test helpers fail loudly")]
#![allow(clippy::disallowed_methods, reason = "an end-to-end test waits for other processes")]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

mod common;
mod draw;

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;

use common::{Terminal, command, directory, eventually, text};
use draw::Drawn;

fn run(args: &[&str]) -> Output {
    command().args(args).stdin(Stdio::null()).output().expect("the program runs")
}

#[track_caller]
fn out(args: &[&str]) -> String {
    let output = run(args);
    assert_eq!(output.status.code(), Some(0), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A channel of a VCD in nanoseconds, read with nothing of petterm's. An inverted line is turned over, so that the
/// receiver of the tests, which knows lines that rest high only, can hear it.
fn channel(file: &Path, name: &str, inverted: bool) -> Drawn {
    let vcd = fs::read_to_string(file).unwrap();
    let (head, body) = vcd.split_once("$enddefinitions $end").unwrap();
    assert!(head.contains("$timescale 1 ns $end"), "{head}");
    let mut words = head.split_whitespace().skip_while(|word| *word != "$var");
    let code = loop {
        let declared: Vec<&str> = words.by_ref().take(6).collect();
        assert!(declared.len() == 6, "no channel {name} in {head}");
        if declared[4] == name {
            break declared[3];
        }
    };
    let (mut now, mut end) = (0, 0);
    let (mut rest, mut level) = (None, false);
    let mut edges = Vec::new();
    for word in body.split_whitespace() {
        if let Some(at) = word.strip_prefix('#') {
            let at: i64 = at.parse().unwrap();
            assert!(at >= now, "time runs backwards at {at}");
            now = at;
            end = at;
        } else if &word[1..] == code {
            let high = word.starts_with('1') != inverted;
            if rest.is_none() {
                rest = Some(high);
            } else {
                assert_ne!(high, level, "no change at {now}");
                edges.push((now / 1_000, high));
            }
            level = high;
        }
    }
    Drawn { name: "", rest: rest.unwrap(), edges, end: end / 1_000 }
}

/// What an ordinary UART reads on a channel; every stop bit must be right.
#[track_caller]
fn heard(file: &Path, name: &str, inverted: bool, baud: f64) -> Vec<u8> {
    let frames = draw::receive(&channel(file, name, inverted), baud);
    assert!(frames.iter().all(|(_, ok)| *ok), "{frames:?}");
    frames.into_iter().map(|(byte, _)| byte).collect()
}

/// PETSCII that was received, as far as it is plain text.
fn letters(bytes: &[u8]) -> String {
    let letter = |&byte: &u8| match byte {
        0x41..=0x5A => char::from(byte | 0x20),
        0xC1..=0xDA => char::from(byte & 0x7F),
        0x20..=0x40 => char::from(byte),
        _ => '\n',
    };
    bytes.iter().map(letter).collect()
}

#[test]
fn a_recorded_demo_holds_the_words_on_the_screen_in_both_directions() {
    let directory = directory();
    let file = directory.path().join("demo.vcd");
    let script =
        r"wait:choice? key:3 wait:any\skey key:space wait:choice? key:2 wait:test. send:petterm sleep:2000";
    let screen = out(&["demo", "--fast", "--script", script, "--dump", "text", "--record", text(&file)]);
    // What we sent, and what the board made of it: the line rests low at 1200 baud.
    let sent = letters(&heard(&file, "TX", true, 1200.0));
    assert_eq!(sent, "3 2petterm");
    assert!(screen.contains("p 50  e 45  t 54  t 54  e 45  r 52"), "{screen}");
    let received = letters(&heard(&file, "RX", true, 1200.0));
    let words: Vec<&str> =
        screen.split_whitespace().filter(|word| word.chars().all(char::is_alphabetic)).collect();
    assert!(words.len() > 5, "{screen}");
    for word in words {
        assert!(received.contains(word), "'{word}' of the screen is not on the line:\n{received}");
    }
}

#[test]
fn sigrok_reads_what_was_recorded() {
    let Some(sigrok) = common::peer(&["sigrok-cli"]) else { return };
    let directory = directory();
    let file = directory.path().join("loop.vcd");
    out(&[
        "loop:",
        "--line",
        "1200-8N1-inv",
        "--fast",
        "--script",
        r"send:CABLE wait:CABLE",
        "--dump",
        "text",
        "--record",
        text(&file),
    ]);
    for way in ["tx", "rx"] {
        // A microsecond is enough for it; at nanoseconds it takes minutes.
        let output = Command::new(&sigrok)
            .args(["-I", "vcd:downsample=1000", "-i", text(&file), "-P"])
            .arg("uart:rx=RX:tx=TX:baudrate=1200:invert_rx=yes:invert_tx=yes")
            .args(["-B", &format!("uart={way}")])
            .output()
            .expect("sigrok-cli runs");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "CABLE", "{way}");
    }
}

#[test]
fn a_recorded_loop_plays_back_as_the_same_text_and_the_same_recording() {
    let directory = directory();
    let (first, second) = (directory.path().join("loop.vcd"), directory.path().join("again.vcd"));
    let line = "300-7E1-invtx";
    let script = r"send:the\sway\sout\sand\sback wait:back";
    out(&["loop:", "--line", line, "--fast", "--script", script, "--dump", "text", "--record", text(&first)]);
    for channel in ["RX", "TX"] {
        let target = format!("play:{}#{channel}", text(&first));
        let line = if channel == "RX" { "300-7E1" } else { "300-7E1-invrx" };
        let again: &[&str] = if channel == "RX" { &["--record", text(&second)] } else { &[] };
        let screen = out(&[&[target.as_str(), "--line", line, "--fast", "--dump", "text"], again].concat());
        assert_eq!(screen.lines().next(), Some("the way out and back"), "{channel}");
    }
    let edges = |file: &Path| {
        let edges = channel(file, "RX", false).edges;
        let first = edges[0].0;
        edges.into_iter().map(|(at, level)| (at - first, level)).collect::<Vec<_>>()
    };
    assert_eq!(edges(&first), edges(&second));
}

#[test]
fn a_link_of_which_only_bytes_are_seen_is_drawn_anew_and_says_so() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = format!("tcp://{}", listener.local_addr().unwrap());
    let far = thread::spawn(move || {
        let (mut call, _) = listener.accept().unwrap();
        call.write_all(b"far end\r\n").unwrap();
        let mut said = [0; 5];
        std::io::Read::read_exact(&mut call, &mut said).unwrap();
        said
    });
    let directory = directory();
    let file = directory.path().join("net.vcd");
    let screen =
        out(&[&target, "--script", r"wait:end send:hello", "--dump", "text", "--record", text(&file)]);
    assert!(screen.starts_with("far end"), "{screen}");
    assert_eq!(&far.join().unwrap(), b"hello");
    let head = fs::read_to_string(&file).unwrap();
    assert!(head.starts_with("$comment reconstructed:"), "{head}");
    assert_eq!(heard(&file, "RX_reconstructed", false, 115_200.0), b"far end\r\n");
    assert_eq!(heard(&file, "TX_reconstructed", false, 115_200.0), b"hello");
}

#[test]
fn a_recording_is_complete_when_a_signal_ends_the_session() {
    let directory = directory();
    for (signal, code) in [("TERM", 143), ("HUP", 129)] {
        let file = directory.path().join(format!("{signal}.vcd"));
        let mut terminal = Terminal::start(&["demo", "--record", text(&file)], 80, 26);
        terminal.wait_for("choice?");
        terminal.kill(signal);
        assert_eq!(terminal.exit_code(), Some(code));
        let received = letters(&heard(&file, "RX", true, 1200.0));
        assert!(received.contains("choice?"), "{received}");
        let last = fs::read_to_string(&file).unwrap();
        assert!(last.ends_with('\n') && last.lines().last().unwrap().starts_with('#'), "no end stamp");
    }
}

#[test]
fn a_file_is_new_or_nothing_begins_and_none_is_left_for_nothing() {
    let directory = directory();
    let file = directory.path().join("kept.vcd");
    fs::write(&file, "precious").unwrap();
    for args in [&["demo", "--fast", "--dump", "text"][..], &["demo", "--dump", "text"], &["loop:"]] {
        let output = run(&[args, &["--record", text(&file)]].concat());
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(6), "{stderr}");
        assert!(stderr.contains("kept.vcd exists"), "{stderr}");
        assert_eq!(fs::read(&file).unwrap(), b"precious");
    }
    let output = run(&["demo", "--dump", "text", "--fast", "--record", "x.sr"]);
    assert_eq!(output.status.code(), Some(2));
    let fresh = directory.path().join("fresh.vcd");
    assert_eq!(run(&["/dev/ttyNOPE", "--record", text(&fresh)]).status.code(), Some(3));
    assert!(!fresh.exists(), "no link, no recording");
}

#[cfg(unix)]
#[test]
fn a_recording_that_cannot_be_written_any_more_is_said() {
    let directory = directory();
    let file = directory.path().join("cut.vcd");
    // A limit of the system in place of a full disk: 8 blocks of 512 or 1024 bytes.
    for fast in ["--fast", "--verbose"] {
        let _ = fs::remove_file(&file);
        let output = Command::new("sh")
            .args(["-c", r#"trap '' XFSZ; ulimit -f 8; exec "$@""#, "sh", text(&common::petterm())])
            .args(["demo", fast, "--dump", "text", "--record", text(&file)])
            .env("PETTERM_NO_CONFIG", "1")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(6), "{stderr}");
        assert!(stderr.contains("cut.vcd ended") && stderr.contains("lost"), "{stderr}");
    }
}

#[test]
fn a_session_before_a_person_is_recorded_too() {
    let directory = directory();
    let file = directory.path().join("seen.vcd");
    let mut terminal = Terminal::start(&["loop:", "--record", text(&file)], 80, 26);
    terminal.wait_for("loop");
    terminal.send(b"pet");
    assert!(eventually(|| terminal.look(|screen| screen.contents().contains("pet"))));
    terminal.send(&[0x1D]);
    terminal.send(b"q");
    assert_eq!(terminal.exit_code(), Some(0));
    assert_eq!(heard(&file, "TX", false, 300.0), b"pet");
    assert_eq!(heard(&file, "RX", false, 300.0), b"pet");
}
