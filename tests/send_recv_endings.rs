//! How `petterm send` and `petterm recv` end when something breaks in the middle: a line that is gone, a signal, a
//! machine that slept, a user who has enough.

#![cfg(all(target_os = "linux", feature = "serial", feature = "tui"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]
#![allow(clippy::disallowed_methods, reason = "an end-to-end test waits for other processes")]

mod common;
mod transfers;

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use common::{Terminal, directory, eventually, petterm, text};
use portable_pty::CommandBuilder;
use rustix::pty::{OpenptFlags, openpt, ptsname, unlockpt};
use transfers::{Ended, Run, assert_same, hard_bytes, names, write};

/// A block of XMODEM with its sum.
fn block(number: u8, data: &[u8; 128]) -> Vec<u8> {
    let sum = data.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte));
    [&[1, number, !number], &data[..], &[sum]].concat()
}

/// The far end of a line, played by hand: a sender of XMODEM with sums that stops after some blocks.
struct Hand<T>(T);

impl<T: Read + Write> Hand<T> {
    /// Waits for one of these bytes.
    fn wait(&mut self, wanted: &[u8]) {
        let mut byte = [0];
        loop {
            self.0.read_exact(&mut byte).expect("an answer");
            if wanted.contains(&byte[0]) {
                return;
            }
        }
    }

    /// Sends so many blocks, each of its own number, each acknowledged.
    fn send_blocks(&mut self, count: u8) {
        // Whoever does not answer a C is asked for sums by and by.
        self.wait(&[0x15]);
        for number in 1..=count {
            self.0.write_all(&block(number, &[number; 128])).expect("a block");
            self.wait(&[6]);
        }
    }
}

fn blocks(count: u8) -> Vec<u8> {
    (1..=count).flat_map(|number| [number; 128]).collect()
}

fn pty() -> (OwnedFd, PathBuf) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    unlockpt(&master).unwrap();
    let path = ptsname(&master, Vec::new()).unwrap().into_string().unwrap().into();
    (master, path)
}

#[track_caller]
fn assert_partial(ended: &Ended, folder: &Path, count: u8) {
    assert_eq!(names(folder), ["kept.prg.part"], "{ended:?}");
    let part = folder.join("kept.prg.part");
    assert_same(&part, &blocks(count), false, &format!("{ended:?}"));
    assert_eq!(fs::metadata(&part).unwrap().permissions().mode() & 0o777, 0o600);
    let bytes = u32::from(count) * 128;
    let said =
        format!("kept {} ({count} verified blocks, {bytes} bytes); XMODEM cannot resume", part.display());
    assert!(ended.said.contains(&said), "{ended:?}");
    let report = ended.report();
    assert_eq!(report["ok"], false, "{ended:?}");
    assert_eq!(report["bytes"], bytes, "{ended:?}");
    let partial = serde_json::json!({ "path": text(&part), "bytes": bytes, "blocks": count });
    assert_eq!(report["partial"], partial, "{ended:?}");
}

#[test]
fn row_8_an_adapter_that_is_unplugged_in_the_middle_leaves_what_was_acknowledged() {
    let folder = directory();
    let (master, path) = pty();
    let kept = folder.path().join("kept.prg");
    let ours = Run::start(&[
        "recv",
        text(&path),
        "--baud",
        "115200",
        "--protocol",
        "xmodem",
        "-o",
        text(&kept),
        "--json",
    ]);
    let mut far = Hand(fs::File::from(master));
    far.send_blocks(3);
    drop(far);
    let ended = ours.end();
    assert_eq!(ended.code, Some(5), "{ended:?}");
    assert_partial(&ended, folder.path(), 3);
}

/// A receiver of ours that is called by hand and has got so many blocks.
fn called_by_hand(kept: &Path, count: u8) -> (Run, Hand<std::net::TcpStream>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = format!("tcp://{}", listener.local_addr().unwrap());
    let ours = Run::start(&["recv", &target, "--protocol", "xmodem", "-o", text(kept), "--json"]);
    let mut far = Hand(listener.accept().unwrap().0);
    far.send_blocks(count);
    (ours, far)
}

#[test]
fn a_far_end_that_hangs_up_in_the_middle_leaves_what_was_acknowledged() {
    let folder = directory();
    let (ours, far) = called_by_hand(&folder.path().join("kept.prg"), 2);
    drop(far);
    let ended = ours.end();
    assert!(matches!(ended.code, Some(5 | 7)), "{ended:?}");
    assert_partial(&ended, folder.path(), 2);
}

#[test]
fn row_22_a_signal_leaves_what_was_acknowledged_and_its_exit_code() {
    for (signal, code) in [("TERM", 143), ("HUP", 129), ("QUIT", 131)] {
        let folder = directory();
        let (ours, far) = called_by_hand(&folder.path().join("kept.prg"), 2);
        ours.signal(signal);
        let ended = ours.end();
        assert_eq!(ended.code, Some(code), "{signal}: {ended:?}");
        assert_partial(&ended, folder.path(), 2);
        assert_eq!(ended.report()["error"], format!("ended by {signal}"), "{ended:?}");
        assert!(ended.said.ends_with(&format!("petterm: ended by {signal}\n")), "{ended:?}");
        drop(far);
    }
}

#[test]
fn ctrl_c_tells_the_far_end_and_says_what_is_left() {
    let folder = directory();
    let (ours, mut far) = called_by_hand(&folder.path().join("kept.prg"), 2);
    ours.signal("INT");
    // CAN twice: the far end need not wait for its own patience.
    far.wait(&[0x18]);
    far.wait(&[0x18]);
    let ended = ours.end();
    assert_eq!(ended.code, Some(130), "{ended:?}");
    assert_partial(&ended, folder.path(), 2);
}

#[test]
fn a_second_ctrl_c_ends_at_once_even_where_a_protocol_cannot_be_stopped() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = format!("tcp://{}", listener.local_addr().unwrap());
    let folder = directory();
    let file = write(folder.path(), "a.prg", &hard_bytes());
    let ours = Run::start(&["send", text(&file), &target, "--protocol", "petterm", "--force", "--json"]);
    let (_far, _) = listener.accept().unwrap();
    ours.wait_for("waiting");
    ours.signal("INT");
    ours.wait_for("once more");
    ours.signal("INT");
    let ended = ours.end();
    assert_eq!(ended.code, Some(130));
    let error = ended.report()["error"].as_str().unwrap().to_owned();
    assert!(error.starts_with("ended at once by a second Ctrl-C"), "{ended:?}");
    assert!(ended.said.ends_with(&format!("petterm: {error}\n")), "{ended:?}");
}

#[test]
fn a_transfer_that_never_began_is_reported_too() {
    let folder = directory();
    let listen =
        ["recv", "listen://127.0.0.1:0", "--protocol", "xmodem", "--json", "--dir", text(folder.path())];
    for (signal, code, why) in [("INT", 130, "cancelled"), ("TERM", 143, "ended by TERM")] {
        let ours = Run::start(&listen);
        ours.address();
        ours.signal(signal);
        let ended = ours.end();
        assert_eq!(ended.code, Some(code), "{ended:?}");
        assert!(ended.report()["error"].as_str().is_some_and(|said| said.starts_with(why)), "{ended:?}");
    }
    // Nobody listens on the port of discards.
    let ended = Run::start(&["recv", "tcp://127.0.0.1:9", "--protocol", "xmodem", "--json"]).end();
    assert_eq!(ended.code, Some(7), "{ended:?}");
    assert_eq!((&ended.report()["ok"], &ended.report()["partial"]), (&false.into(), &().into()), "{ended:?}");
    let ended =
        Run::start(&["send", "/no/such", "tcp://127.0.0.1:9", "--protocol", "ymodem", "--json"]).end();
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.report()["error"].as_str().is_some_and(|said| said.contains("/no/such")), "{ended:?}");
}

#[test]
fn the_report_keeps_off_a_wire_that_is_standard_output() {
    let folder = directory();
    let words = ["recv", "-", "--protocol", "xmodem", "--json", "--dir", text(folder.path())];
    // Nobody is there: its standard input is empty.
    let ended = Run::start(&words).end();
    assert_eq!((ended.code, &*ended.printed), (Some(5), "C"), "{ended:?}");
    let report = ended.said.lines().find(|line| line.starts_with('{')).expect("a report");
    let report: serde_json::Value = serde_json::from_str(report).unwrap();
    assert_eq!((&report["ok"], &report["protocol"]), (&false.into(), &"xmodem".into()), "{ended:?}");
    // Nor is a refusal a word to the far end.
    let ended = Run::start(&["recv", "-", "--protocol", "xmodem", "--json", "--dir", "/no/such"]).end();
    assert_eq!((ended.code, &*ended.printed), (Some(6), ""), "{ended:?}");
    assert!(ended.said.contains(r#""ok":false"#), "{ended:?}");
}

#[test]
fn text_of_which_nothing_ever_comes_ends_with_7_and_keeps_nothing() {
    let folder = directory();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = format!("tcp://{}", listener.local_addr().unwrap());
    let kept = folder.path().join("kept");
    let ours = Run::start(&[
        "recv",
        &target,
        "--raw",
        "--protocol",
        "text",
        "-o",
        text(&kept),
        "--timeout",
        "1",
        "--json",
    ]);
    let _far = listener.accept().unwrap();
    let ended = ours.end();
    assert_eq!(ended.code, Some(7), "{ended:?}");
    assert!(ended.said.contains("nothing came within") && ended.said.contains("--timeout"), "{ended:?}");
    assert_eq!((&ended.report()["ok"], &ended.report()["bytes"]), (&false.into(), &0.into()), "{ended:?}");
    assert_eq!(names(folder.path()), [""; 0]);
}

#[test]
fn ctrl_c_in_a_text_says_how_much_of_it_was_sent() {
    let folder = directory();
    let file = write(folder.path(), "long.txt", &[b'x'; 3_000]);
    let ours = Run::start(&["send", text(&file), "demo:", "--protocol", "text", "--json"]);
    ours.wait_for("of 3,000 bytes");
    assert!(eventually(|| ours.said().matches("of 3,000 bytes").count() > 1), "{}", ours.said());
    ours.signal("INT");
    let ended = ours.end();
    assert_eq!(ended.code, Some(130), "{ended:?}");
    let bytes = ended.report()["bytes"].as_u64();
    assert!(bytes.is_some_and(|bytes| bytes > 0 && bytes < 3_000), "{ended:?}");
}

#[test]
fn row_33_a_machine_that_slept_in_the_middle_goes_on() {
    for protocol in ["punter", "xmodem-crc"] {
        for sleeper_receives in [true, false] {
            let folder = directory();
            let sent = hard_bytes().repeat(40);
            let file = write(folder.path(), "a.prg", &sent);
            let kept = folder.path().join("kept.prg");
            let receiver = Run::start(&[
                "recv",
                "listen://127.0.0.1:0",
                "--raw",
                "--protocol",
                protocol,
                "-o",
                text(&kept),
            ]);
            let target = format!("tcp://{}", receiver.address());
            let sender = Run::start(&["send", text(&file), &target, "--protocol", protocol]);
            let part = folder.path().join("kept.prg.part");
            assert!(
                eventually(|| fs::metadata(&part).is_ok_and(|part| part.len() > 1_000)),
                "{}",
                receiver.said()
            );
            let sleeper = if sleeper_receives { &receiver } else { &sender };
            sleeper.signal("STOP");
            // Longer than every wait within a block, and than the waits for a codeword.
            std::thread::sleep(Duration::from_secs(4));
            assert!(part.exists(), "the transfer was over before it slept");
            sleeper.signal("CONT");
            let (sender, receiver) = (sender.end(), receiver.end());
            assert_eq!((sender.code, receiver.code), (Some(0), Some(0)), "{sender:?} {receiver:?}");
            let why = format!("{protocol}, the receiver slept: {sleeper_receives}");
            assert_same(&kept, &sent, protocol != "punter", &why);
        }
    }
}

#[test]
fn row_22_the_terminal_is_as_it_was_after_a_transfer_in_it() {
    for signal in ["TERM", "HUP", "INT"] {
        let folder = directory();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let script = format!(
            "stty -a >before; {} recv tcp://{} --protocol xmodem -o kept.prg; echo code $?; stty -a >after; echo over",
            text(&petterm()),
            listener.local_addr().unwrap()
        );
        let mut shell = CommandBuilder::new("/bin/sh");
        shell.args(["-c", &script]);
        shell.cwd(folder.path());
        // The shell itself is not to be ended by what is meant for its child.
        let terminal = Terminal::run(shell, 100, 32, &[]);
        let mut far = Hand(listener.accept().unwrap().0);
        far.send_blocks(2);
        terminal.wait_for("256 bytes");
        let pid = child_of(terminal.pid());
        let done = std::process::Command::new("kill").args([&format!("-{signal}"), &pid]).status();
        assert!(done.unwrap().success());
        terminal.wait_for("over");
        let settings = |name| fs::read_to_string(folder.path().join(name)).unwrap();
        assert_eq!(settings("before"), settings("after"), "{signal}");
        assert!(terminal.look(|screen| !screen.hide_cursor() && !screen.alternate_screen()), "{signal}");
        assert_same(&folder.path().join("kept.prg.part"), &blocks(2), false, signal);
    }
}

/// The one child of a process.
fn child_of(pid: u32) -> String {
    let path = format!("/proc/{pid}/task/{pid}/children");
    let mut children = String::new();
    assert!(eventually(|| {
        children = fs::read_to_string(&path).unwrap_or_default();
        !children.trim().is_empty()
    }));
    children.trim().to_owned()
}
