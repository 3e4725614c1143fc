//! The built program against a PET that rests low, played on the other side of a pseudo-terminal: what its UART
//! would deliver is drawn here as levels, bit by bit, and what the program sends is read back as levels.
#![cfg(all(target_os = "linux", feature = "serial", feature = "tui"))]
#![expect(clippy::disallowed_methods, reason = "an end-to-end test waits for the program")]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test's helper fails by panicking")]

mod common;

use std::io::Write;
use std::os::fd::OwnedFd;
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::{command, directory, eventually, text};
use rustix::pty::{OpenptFlags, openpt, ptsname, unlockpt};

/// The adapter: a pseudo-terminal, and what the program has sent to it.
struct Adapter {
    master: Arc<OwnedFd>,
    path: String,
    sent: Arc<Mutex<Vec<u8>>>,
}

impl Adapter {
    fn new() -> Adapter {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        unlockpt(&master).unwrap();
        let path = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
        let (master, sent) = (Arc::new(master), Arc::new(Mutex::new(Vec::new())));
        let (theirs, heard) = (Arc::clone(&master), Arc::clone(&sent));
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            loop {
                match rustix::io::read(&*theirs, &mut buffer) {
                    Ok(count) if count > 0 => heard.lock().unwrap().extend_from_slice(&buffer[..count]),
                    // Nobody has the other side open.
                    _ => std::thread::sleep(Duration::from_millis(5)),
                }
            }
        });
        Adapter { master, path, sent }
    }

    /// A PET that rests low sends text, a key at a time; the UART between delivers what it takes for frames.
    fn pet_types(&self, characters: &[u8]) {
        for character in characters {
            rustix::io::write(&*self.master, &[misread(*character)]).unwrap();
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// What a PET that rests low reads of everything that was sent, NULs left out.
    fn pet_reads(&self) -> String {
        // One level for each bit time: the line rests high, frames follow each other.
        let mut levels = vec![true; 5];
        for octet in self.sent.lock().unwrap().iter() {
            levels.push(false);
            levels.extend((0..8).map(|bit| octet >> bit & 1 == 1));
            levels.push(true);
        }
        levels.extend([true; 12]);
        let (mut read, mut at) = (String::new(), 1);
        while at + 9 < levels.len() {
            if levels[at] && !levels[at - 1] {
                let byte = (0..8).fold(0_u8, |byte, bit| byte | u8::from(!levels[at + 1 + bit]) << bit);
                if byte != 0 {
                    read.push(char::from(byte));
                }
                at += 9;
            } else {
                at += 1;
            }
        }
        read
    }
}

/// A lone character of a sender that rests low, as a UART that rests high reads it.
fn misread(character: u8) -> u8 {
    let mut levels = vec![false, false, true];
    levels.extend((0..8).map(|bit| character >> bit & 1 == 0));
    levels.extend([false; 20]);
    let fall = (1..levels.len()).find(|&at| levels[at - 1] && !levels[at]).unwrap();
    (0..8).fold(0, |value, bit| value | u8::from(levels[fall + 1 + bit]) << bit)
}

fn start(adapter: &Adapter, options: &[&str], input: Stdio) -> Child {
    command()
        .arg(&adapter.path)
        .args(options)
        .stdin(input)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs")
}

#[test]
fn the_drawn_uart_is_the_one_of_the_tables() {
    assert_eq!(b"HELLO\r a".map(misread), [0x0B, 0x5D, 0x16, 0x16, 0x58, 0x79, 0x03, 0x4F]);
}

#[test]
fn a_script_talks_with_a_pet_that_rests_low() {
    for resting in ["shift", "fill"] {
        let adapter = Adapter::new();
        let tx = format!("--invert-tx={resting}");
        let options = [
            "--invert",
            &tx,
            "--baud",
            "1200",
            "--timeout",
            "20",
            "--dump",
            "text",
            "--script",
            r"send:LOAD\r wait:READY send:RUN\r",
        ];
        let child = start(&adapter, &options, Stdio::null());
        assert!(eventually(|| adapter.pet_reads().contains("LOAD\r")), "{resting}: {}", adapter.pet_reads());
        adapter.pet_types(b"\rREADY.\r");
        let output = child.wait_with_output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{resting}: {errors}");
        assert!(String::from_utf8_lossy(&output.stdout).contains("READY"), "{resting}");
        assert!(errors.contains("to the PET: shift-TX, 7-bit text"), "{resting}: {errors}");
        assert!(errors.contains("from the PET: misframe-RX"), "{resting}: {errors}");
        assert!(
            eventually(|| adapter.pet_reads().contains("LOAD\rRUN\r")),
            "{resting}: {}",
            adapter.pet_reads()
        );
    }
}

#[test]
fn bytes_go_through_pipes_and_the_log_keeps_what_arrived() {
    let adapter = Adapter::new();
    let directory = directory();
    let log = directory.path().join("log");
    let log_option = format!("--log={}", text(&log));
    let options = ["--profile", "transactor", "--baud", "1200", "--timeout", "1", &log_option];
    let mut child = start(&adapter, &options, Stdio::piped());
    child.stdin.take().unwrap().write_all(b"hello\xC1\r").unwrap();
    assert!(eventually(|| adapter.pet_reads() == "hello\r"), "{:?}", adapter.pet_reads());
    adapter.pet_types(b"OK A\r");
    let output = child.wait_with_output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "OK A\r", "{errors}");
    assert!(errors.contains("1 byte has bit 7 set"), "{errors}");
    assert_eq!(std::fs::read(&log).unwrap(), b"OK A\r".map(misread), "the log is raw");
}

#[test]
fn what_no_link_can_do_is_refused_with_alternatives() {
    let adapter = Adapter::new();
    for (option, word) in
        [("--invert=ftdi", "FTDI"), ("--invert=lines", "modem lines"), ("--invert-tx=rest", "does not hold")]
    {
        let output = start(&adapter, &[option, "--dump", "text"], Stdio::null()).wait_with_output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        // With the feature, a port that is no FTDI chip's is the wrong word for one.
        let wrong_port = cfg!(feature = "ftdi") && option == "--invert=ftdi";
        assert_eq!(output.status.code(), Some(if wrong_port { 2 } else { 5 }), "{option}: {errors}");
        assert!(errors.contains(word) && (wrong_port || errors.contains("shift")), "{option}: {errors}");
    }
    let output = command().args(["127.0.0.1:1", "--invert"]).stdin(Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(adapter.sent.lock().unwrap().is_empty());
}

/// A pseudo-terminal takes 7E1 and runs 8N1; petterm does the parity itself.
#[test]
fn parity_on_a_pseudo_terminal_is_never_silently_none() {
    let adapter = Adapter::new();
    let options = ["--line", "1200-7E1", "--timeout", "1"];
    let mut child = start(&adapter, &options, Stdio::piped());
    child.stdin.take().unwrap().write_all(b"CA").unwrap();
    assert!(eventually(|| *adapter.sent.lock().unwrap() == [0xC3, 0x41]));
    child.wait().unwrap();
}
