//! How sessions end: nothing that was sent is lost, nothing hangs, and no trouble is kept quiet.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]
#![allow(clippy::disallowed_methods, reason = "an end-to-end test waits for other processes")]

mod common;

use std::fs::{self, File};
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ExitStatus, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use common::{Terminal, command, directory, eventually, text};

fn listener() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let target = format!("tcp://{}", listener.local_addr().expect("its address"));
    (listener, target)
}

/// Answers every call with as much as it takes, until dropped.
struct Flood(Arc<AtomicBool>);

impl Flood {
    fn start(listener: TcpListener) -> Flood {
        let going = Arc::new(AtomicBool::new(true));
        let theirs = Arc::clone(&going);
        thread::spawn(move || {
            for call in listener.incoming() {
                let Ok(mut call) = call else { return };
                let _ = call.set_write_timeout(Some(Duration::from_millis(200)));
                let chunk = b"a flood of words that never ends\r\n".repeat(500);
                while theirs.load(Ordering::Relaxed) {
                    match call.write(&chunk) {
                        Ok(_) => {}
                        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                        }
                        Err(_) => break,
                    }
                }
            }
        });
        Flood(going)
    }
}

impl Drop for Flood {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

fn ends(mut child: Child) -> ExitStatus {
    let mut status = None;
    eventually(|| {
        status = child.try_wait().expect("a child");
        status.is_some()
    });
    let _ = child.kill();
    status.expect("it hangs")
}

#[test]
fn a_quit_in_the_middle_of_a_flood_ends() {
    let (listener, target) = listener();
    let _flood = Flood::start(listener);
    for _ in 0..4 {
        let mut terminal = Terminal::start(&[&target], 100, 32);
        terminal.wait_for("flood");
        terminal.send(&[b'k'; 160]);
        terminal.send(b"\x1dq");
        assert_eq!(terminal.exit_code(), Some(0), "{}", terminal.text());
    }
}

#[test]
fn the_timeout_ends_an_unwatched_session_that_never_falls_silent() {
    let (listener, target) = listener();
    let _flood = Flood::start(listener);
    let child = command()
        .args([&target, "--timeout", "1", "--dump", "text"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .expect("the program runs");
    assert!(ends(child).success());
}

#[test]
fn what_a_script_sends_last_arrives() {
    for script in [r"send:HELLO\r", r"send:HELLO\r quit", r"key:H send:ELLO\r"] {
        let (listener, target) = listener();
        let child = command()
            .args([&target, "--script", script, "--dump", "text"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("the program runs");
        let (mut far, _) = listener.accept().expect("a call");
        let mut heard = String::new();
        far.read_to_string(&mut heard).expect("all of it");
        assert_eq!(heard, "HELLO\r", "{script}");
        assert!(ends(child).success(), "{script}");
    }
}

#[test]
fn a_script_sends_bytes_and_says_what_it_could_not_open() {
    let (listener, target) = listener();
    let script = r"send:aA\x41\x80\xff\r\n";
    let child = command()
        .args([&target, "--wire", "petscii", "--script", script, "--dump", "text"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .expect("the program runs");
    let (mut far, _) = listener.accept().expect("a call");
    let mut heard = Vec::new();
    far.read_to_end(&mut heard).expect("all of it");
    assert_eq!(heard, [0x41, 0xC1, 0x41, 0x80, 0xFF, 0x0D, 0x0A]);
    assert!(ends(child).success());
    for (target, code) in [("/dev/ttyNOPE", 3), ("/dev/null", 2), ("127.0.0.1:1", 7)] {
        for script in ["quit", "send:hello", "sleep:50 quit"] {
            let output = command().args([target, "--script", script]).stdin(Stdio::null()).output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(code), "{target} {script}: {said}");
            assert_eq!(said.lines().count(), 1, "{target} {script}: {said}");
        }
    }
}

#[test]
fn an_echo_that_never_comes_is_a_time_out() {
    let (listener, target) = listener();
    let mut child = command()
        .args([&target, "--wait-echo", "--timeout", "0.5"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program runs");
    let (_far, _) = listener.accept().expect("a call");
    child.stdin.take().expect("its stdin").write_all(b"AB\r").expect("stdin taken");
    assert_eq!(ends(child).code(), Some(7));
}

#[test]
fn a_listener_that_nobody_calls_gives_up_when_nobody_watches() {
    for script in [&["--script", "wait:x"][..], &[]] {
        let mut args = vec!["listen://127.0.0.1:0", "--timeout", "0.5"];
        args.extend(script);
        let output = command().args(&args).stdin(Stdio::null()).output().expect("the program runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(7), "{said}");
        assert!(said.contains("nobody called"), "{said}");
    }
}

#[test]
fn virtual_time_without_anything_to_show_is_refused() {
    for target in ["loop:", "demo:"] {
        let output =
            command().args([target, "--fast"]).stdin(Stdio::null()).output().expect("the program runs");
        assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn a_key_before_a_quit_arrives() {
    for _ in 0..10 {
        let (listener, target) = listener();
        let mut terminal = Terminal::start(&[&target], 100, 32);
        let (mut far, _) = listener.accept().expect("a call");
        terminal.wait_for("connected");
        terminal.send(b"k\x1dq");
        let mut heard = Vec::new();
        far.read_to_end(&mut heard).expect("all of it");
        assert_eq!(heard, b"k");
        assert_eq!(terminal.exit_code(), Some(0));
    }
}

fn fed(args: &[&str], stdout: Stdio, bytes: &[u8]) -> Output {
    let (listener, target) = listener();
    let child = command()
        .args([&[target.as_str()], args].concat())
        .stdin(Stdio::null())
        .stdout(stdout)
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let (mut far, _) = listener.accept().expect("a call");
    let _ = far.write_all(bytes);
    drop(far);
    child.wait_with_output().expect("it ends")
}

#[test]
fn row_21_a_full_disk_is_said_and_has_its_exit_code() {
    let full = || File::options().write(true).open("/dev/full").expect("/dev/full");
    for (args, stdout) in [
        (&["--timeout", "2"][..], Stdio::from(full())),
        (&["--timeout", "2", "--dump", "text"], Stdio::from(full())),
        (&["--timeout", "2", "--log=/dev/full"], Stdio::null()),
    ] {
        let output = fed(args, stdout, &b"bytes that have nowhere to go\r\n".repeat(10_000));
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(6), "{args:?}: {said}");
        assert!(said.contains("No space left"), "{args:?}: {said}");
    }
}

#[test]
fn row_32_a_reset_has_its_own_words_and_exit_code() {
    let (listener, target) = listener();
    let child = command()
        .args([&target, "--dump", "text"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let (mut far, _) = listener.accept().expect("a call");
    far.write_all(b"seen before the reset").expect("bytes");
    thread::sleep(Duration::from_millis(300));
    socket2::SockRef::from(&far).set_linger(Some(Duration::ZERO)).expect("a reset on close");
    drop(far);
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(7), "{said}");
    assert!(said.contains("reset"), "{said}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("seen before the reset"));
}

#[test]
fn row_17_a_raw_server_on_port_23_is_found_to_be_raw() {
    let Ok(listener) = TcpListener::bind("127.0.0.23:23") else {
        eprintln!("SKIPPED: only root may listen on port 23");
        return;
    };
    let terminal = Terminal::start(&["127.0.0.23", "--screen", "8032-safe", "--wire", "petscii"], 120, 32);
    let (mut far, _) = listener.accept().expect("a call");
    terminal.wait_for("telnet?");
    far.write_all(&b"\x93PETSCII AND NO TELNET AT ALL ".repeat(10)).expect("a greeting");
    terminal.wait_for("petscii and no telnet");
    terminal.wait_gone("telnet?");
    terminal.wait_for("raw");
}

/// Types over the name that a prompt offers.
fn name(terminal: &mut Terminal, file: &str) {
    terminal.send(&[0x7F; 40]);
    terminal.send(file.as_bytes());
    terminal.send(b"\r");
}

fn call(far_says: &[u8]) -> (Terminal, TcpStream) {
    let (listener, target) = listener();
    let terminal = Terminal::start(&[&target], 120, 32);
    let (mut far, _) = listener.accept().expect("a call");
    far.write_all(far_says).expect("bytes");
    (terminal, far)
}

#[test]
fn row_20_dumps_and_captures_never_overwrite() {
    let directory = directory();
    let taken = directory.path().join("taken.txt");
    fs::write(&taken, "precious").expect("a file");
    let link = directory.path().join("link.txt");
    std::os::unix::fs::symlink(&taken, &link).expect("a link");
    let (mut terminal, mut far) = call(b"on the screen");
    terminal.wait_for("on the screen");
    for key in [b's', b'c'] {
        for refused in [&taken, &link, &directory.path().join("nowhere/file.txt")] {
            terminal.send(&[0x1D, key]);
            terminal.wait_for(".txt");
            name(&mut terminal, text(refused));
            assert!(
                eventually(|| {
                    let seen = terminal.text();
                    seen.contains("exists") || seen.contains("No such file") || seen.contains("cannot")
                }),
                "{}",
                terminal.text()
            );
            terminal.send(b"\x1b");
            terminal.wait_gone("Enter");
        }
    }
    assert_eq!(fs::read_to_string(&taken).expect("the file"), "precious");
    let capture = directory.path().join("capture.txt");
    terminal.send(b"\x1dc");
    terminal.wait_for(".txt");
    name(&mut terminal, text(&capture));
    assert!(eventually(|| capture.exists()), "no capture:\n{}", terminal.text());
    far.write_all(b"\r\ncaptured words\r\n").expect("bytes");
    terminal.wait_for("captured words");
    terminal.send(b"\x1dc");
    assert!(
        eventually(|| fs::read_to_string(&capture).is_ok_and(|text| text.contains("captured words"))),
        "{}",
        terminal.text()
    );
    let screen = directory.path().join("screen.txt");
    terminal.send(b"\x1ds");
    terminal.wait_for(".txt");
    name(&mut terminal, text(&screen));
    assert!(eventually(|| fs::read_to_string(&screen).is_ok_and(|text| text.contains("on the screen"))));
}
