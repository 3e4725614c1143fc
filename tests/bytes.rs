//! Every byte arrives: between two pipes and a pseudo-terminal, a socket, telnet with and without BINARY.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]
#![allow(clippy::disallowed_methods, reason = "an end-to-end test waits for other processes")]

mod common;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use common::{command, directory, text};
use portable_pty::{PtySize, native_pty_system};

/// Every value before and after every kind of neighbour that telnet or a terminal driver might treat as special.
fn all_bytes() -> Vec<u8> {
    let mut bytes: Vec<u8> = (0..=255).collect();
    for special in [0xFF, 0x0D, 0x0A, 0x00, 0x11, 0x13, 0x18, 0x1B, 0x03, 0x04, 0x7F] {
        for other in [0xFF, 0x0D, 0x0A, 0x00, 0x11, 0x13, 0xF0, 0xFA, 0xFB, 0xFD, b'A'] {
            bytes.extend([special, other]);
        }
    }
    bytes
}

fn start(args: &[&str]) -> Child {
    command()
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("the program runs")
}

fn listener() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let target = listener.local_addr().expect("its address").to_string();
    (listener, target)
}

fn read_exactly(from: &mut impl Read, count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    from.read_exact(&mut bytes).expect("every byte");
    bytes
}

#[test]
fn row_16_serial_both_ways() {
    let size = PtySize { rows: 25, cols: 80, pixel_width: 0, pixel_height: 0 };
    let pair = native_pty_system().openpty(size).expect("a pseudo-terminal");
    let near = pair.master.tty_name().expect("its name");
    let mut reader = pair.master.try_clone_reader().expect("a reader");
    let mut writer = pair.master.take_writer().expect("a writer");
    let mut child = start(&[text(&near)]);
    let mut stdin = child.stdin.take().expect("its stdin");
    let mut stdout = child.stdout.take().expect("its stdout");
    stdin.write_all(&all_bytes()).expect("stdin takes it");
    assert_eq!(read_exactly(&mut reader, all_bytes().len()), all_bytes(), "stdin to the line");
    // The line is raw by now: what the far end sends is neither echoed nor changed.
    writer.write_all(&all_bytes()).expect("the line takes it");
    assert_eq!(read_exactly(&mut stdout, all_bytes().len()), all_bytes(), "the line to stdout");
    child.kill().expect("the end");
    child.wait().expect("the end");
}

#[test]
fn row_16_raw_tcp_both_ways_and_no_flip_to_telnet_after_the_window() {
    let (listener, target) = listener();
    let mut child = start(&[&target]);
    let (mut far, _) = listener.accept().expect("a call");
    // Past the first 256 bytes nothing is a command any more.
    let mut payload = vec![b'A'; 300];
    for verb in 0xFB..=0xFE {
        for option in 0..=255 {
            payload.extend([0xFF, verb, option]);
        }
    }
    payload.extend(all_bytes());
    far.write_all(&payload).expect("bytes");
    let mut stdout = child.stdout.take().expect("its stdout");
    assert!(read_exactly(&mut stdout, payload.len()) == payload, "the far end to stdout");
    let mut stdin = child.stdin.take().expect("its stdin");
    stdin.write_all(&payload).expect("stdin takes it");
    assert!(read_exactly(&mut far, payload.len()) == payload, "stdin to the far end, nothing added");
    drop(far);
    assert!(child.wait().expect("the end").success());
}

/// What a telnet peer makes of application bytes, and back; its own code, a few lines.
fn escaped(bytes: &[u8], binary: bool) -> Vec<u8> {
    let mut out = Vec::new();
    let mut bytes = bytes.iter().peekable();
    while let Some(&byte) = bytes.next() {
        out.push(byte);
        if byte == 0xFF {
            out.push(0xFF);
        }
        if byte == 0x0D && !binary && bytes.peek() != Some(&&0x0A) {
            out.push(0);
        }
    }
    out
}

fn unescaped(from: &mut TcpStream, count: usize, binary: bool) -> Vec<u8> {
    let mut out = Vec::new();
    let mut next = || read_exactly(from, 1)[0];
    while out.len() < count {
        let byte = next();
        match byte {
            0xFF => match next() {
                0xFF => out.push(0xFF),
                0xFB..=0xFE => {
                    next();
                }
                other => panic!("IAC {other:02X} within data"),
            },
            0x0D if !binary => {
                out.push(0x0D);
                match next() {
                    0 => {}
                    other => out.push(other),
                }
            }
            _ => out.push(byte),
        }
    }
    out
}

#[test]
fn row_16_telnet_with_and_without_binary() {
    // A bare CR LF pair inside the data is one thing that NVT text cannot carry apart from CR NUL LF, so the
    // text form sends CR NUL for every CR that petterm is given alone.
    for binary in [true, false] {
        let (listener, target) = listener();
        let mut child = start(&[&target]);
        let (mut far, _) = listener.accept().expect("a call");
        if binary {
            far.write_all(b"\xFF\xFB\x00\xFF\xFD\x00").expect("an offer");
            assert_eq!(read_exactly(&mut far, 6).len(), 6, "both answers");
        } else {
            far.write_all(b"\xFF\xFB\x03").expect("an offer");
            assert_eq!(read_exactly(&mut far, 3), b"\xFF\xFD\x03");
        }
        let payload = all_bytes();
        far.write_all(&escaped(&payload, binary)).expect("bytes");
        let mut stdout = child.stdout.take().expect("its stdout");
        assert_eq!(read_exactly(&mut stdout, payload.len()), payload, "binary {binary}: to stdout");
        let mut stdin = child.stdin.take().expect("its stdin");
        stdin.write_all(&payload).expect("stdin takes it");
        assert_eq!(unescaped(&mut far, payload.len(), binary), payload, "binary {binary}: from stdin");
        drop(far);
        assert!(child.wait().expect("the end").success());
    }
}

#[test]
fn row_15_the_environment_is_never_on_the_wire() {
    let (listener, target) = listener();
    let mut child = command()
        .env("USER", "sesame-user")
        .env("PETTERM_SECRET_THING", "sesame-secret")
        .args([&target])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("the program runs");
    let (mut far, _) = listener.accept().expect("a call");
    far.write_all(
        b"\xFF\xFD\x27\xFF\xFA\x27\x01\xFF\xF0\xFF\xFD\x24\xFF\xFA\x24\x01\xFF\xF0\xFF\xFD\x23\xFF\xFD\x20",
    )
    .expect("requests");
    far.write_all(b"\xFF\xFD\x03").expect("a last one");
    let mut answer = Vec::new();
    while !answer.ends_with(b"\xFF\xFB\x03") {
        answer.extend(read_exactly(&mut far, 1));
    }
    assert_eq!(answer, b"\xFF\xFC\x27\xFF\xFC\x24\xFF\xFC\x23\xFF\xFC\x20\xFF\xFB\x03");
    drop(far);
    child.wait().expect("the end");
}

#[test]
fn the_demos_line_takes_the_time_that_its_bytes_need() {
    let directory = directory();
    let log = directory.path().join("log");
    let start = Instant::now();
    let output = command()
        .args(["demo", "--baud", "2400", "--dump", "text", &format!("--log={}", text(&log))])
        .stdin(Stdio::null())
        .output()
        .expect("the program runs");
    let took = start.elapsed();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let bytes = std::fs::read(&log).expect("the log").len();
    assert!(bytes > 300, "{bytes} bytes");
    let least = Duration::from_secs_f64(bytes as f64 * 10.0 / 2400.0);
    assert!(took >= least, "{bytes} bytes in {took:?}, which 2400 baud cannot do");
}

#[test]
fn row_11_a_burst_while_the_terminal_is_slow_loses_nothing_and_the_keys_work() {
    let directory = directory();
    let log = directory.path().join("log");
    let (listener, target) = listener();
    let pair = native_pty_system()
        .openpty(PtySize { rows: 50, cols: 200, pixel_width: 0, pixel_height: 0 })
        .expect("a pseudo-terminal");
    let mut program = portable_pty::CommandBuilder::new(common::petterm());
    program.args([&target, "--raw", &format!("--log={}", text(&log))]);
    program.env("TERM", "xterm-256color");
    program.env("PETTERM_NO_CONFIG", "1");
    let mut child = pair.slave.spawn_command(program).expect("the program starts");
    drop(pair.slave);
    let mut reader = pair.master.try_clone_reader().expect("a reader");
    thread::spawn(move || {
        // Some 25 kB a second, less than a picture at full rate needs.
        let mut little = [0; 512];
        while reader.read(&mut little).is_ok_and(|count| count > 0) {
            thread::sleep(Duration::from_millis(20));
        }
    });
    let (mut far, _) = listener.accept().expect("a call");
    let mut payload: Vec<u8> =
        (0..20_000).flat_map(|n| format!("line {n:>6} of a long burst\r\n").into_bytes()).collect();
    payload.resize(1 << 20, b'.');
    let sent = payload.clone();
    let mut theirs = far.try_clone().expect("a handle");
    let sender = thread::spawn(move || theirs.write_all(&sent).expect("bytes"));
    let size = || std::fs::metadata(&log).map_or(0, |data| data.len());
    assert!(common::eventually(|| size() == payload.len() as u64), "{} of {} bytes", size(), payload.len());
    assert!(std::fs::read(&log).expect("the log") == payload, "the log differs");
    sender.join().expect("the sender");
    let mut writer = pair.master.take_writer().expect("a writer");
    writer.write_all(b"k").expect("a key");
    assert_eq!(read_exactly(&mut far, 1), b"k");
    writer.write_all(b"\x1dq").expect("a quit");
    let ended = || child.try_wait().expect("a child").is_some();
    assert!(common::eventually(ended), "it does not end");
}

#[test]
fn row_11_a_burst_loses_nothing_and_its_last_line_is_shown() {
    let directory = directory();
    let log = directory.path().join("log");
    let (listener, target) = listener();
    let terminal = common::Terminal::start(&[&target, "--raw", &format!("--log={}", text(&log))], 100, 32);
    let (mut far, _) = listener.accept().expect("a call");
    let mut payload: Vec<u8> =
        (0..20_000).flat_map(|n| format!("line {n:>6} of a long burst\r\n").into_bytes()).collect();
    payload.resize(1 << 20, b'.');
    payload.extend(b"\r\nthe very last line");
    let sent = payload.clone();
    let sender = thread::spawn(move || {
        far.write_all(&sent).expect("bytes");
        far
    });
    terminal.wait_for("the very last line");
    let size = || std::fs::metadata(&log).map_or(0, |data| data.len());
    assert!(common::eventually(|| size() == payload.len() as u64), "{} of {} bytes", size(), payload.len());
    assert!(std::fs::read(&log).expect("the log") == payload, "the log differs");
    sender.join().expect("the far end");
}
