//! How near `petterm send` and `petterm recv` come to what a line carries: two ends on two pseudo-terminals, with a
//! pacer between them that lets octets through at the rate of a line.
//!
//! `cargo bench --bench transfer` prints a table beside the bound of each protocol; nothing is asserted but that the
//! files are equal. The same in virtual time, and asserted, is in `tests/punter.rs`.
#![allow(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
#![allow(missing_docs, reason = "a program")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a benchmark that fails, fails loudly"
)]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "its results")]

#[path = "../tests/common/mod.rs"]
mod common;

use std::fs;
use std::io::{Read, Write};
use std::thread;
use std::time::{Duration, Instant};

use common::{command, directory, line, text};
use portable_pty::MasterPty;

fn main() {
    // `cargo test --benches` only wants to know that this builds.
    if std::env::args().any(|arg| arg == "--test") {
        return;
    }
    println!(
        "{:<14} {:>6} {:>7} {:>9} {:>9} {:>7}",
        "protocol", "baud", "bytes", "seconds", "bound", "share"
    );
    for (protocol, baud, length) in [
        ("punter", 1_200, 3_000),
        ("punter", 9_600, 20_000),
        ("xmodem-crc", 9_600, 20_000),
        ("xmodem-1k", 9_600, 20_000),
    ] {
        measure(protocol, baud, length);
    }
}

/// Octets of both ways that a transfer without errors costs; one after the other, since all wait for answers.
fn octets(protocol: &str, length: usize) -> usize {
    match protocol {
        "punter" => length + 16 * length.div_ceil(248) + 69,
        "xmodem-crc" => length.div_ceil(128) * 134 + 4,
        _ => length.div_ceil(1_024) * 1_030 + 4,
    }
}

fn measure(protocol: &str, baud: u32, length: usize) {
    let folder = directory();
    let (from, to) = (folder.path().join("from.prg"), folder.path().join("to.prg"));
    let data: Vec<u8> = (0..length).map(|at| (at * 7 + at / 251) as u8).collect();
    fs::write(&from, &data).unwrap();
    let (ours, our_name) = line();
    let (theirs, their_name) = line();
    pace(ours.as_ref(), theirs.as_ref(), baud);
    pace(theirs.as_ref(), ours.as_ref(), baud);
    let rate = baud.to_string();
    let receiver = command()
        .args(["recv", &their_name, "--baud", &rate, "--protocol", protocol, "--json", "-o", text(&to)])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let sender = command()
        .args(["send", text(&from), &our_name, "--baud", &rate, "--protocol", protocol, "--json"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let (sender, receiver) = (sender.wait_with_output().unwrap(), receiver.wait_with_output().unwrap());
    assert!(sender.status.success() && receiver.status.success(), "{protocol} at {baud}: {receiver:?}");
    let kept = fs::read(&to).unwrap();
    assert_eq!(kept.get(..length), Some(&data[..]), "{protocol} at {baud}");
    let report: serde_json::Value = serde_json::from_slice(&receiver.stdout).unwrap();
    let seconds = report["seconds"].as_f64().unwrap();
    let bound = octets(protocol, length) as f64 * 10.0 / f64::from(baud);
    println!(
        "{protocol:<14} {baud:>6} {length:>7} {seconds:>9.2} {bound:>9.2} {:>6.1} %",
        bound / seconds * 100.0
    );
}

/// Lets octets through at the rate of 8N1; what comes while the line is free goes at once.
fn pace(from: &dyn MasterPty, to: &dyn MasterPty, baud: u32) {
    let mut reader = from.try_clone_reader().unwrap();
    let mut writer = Box::new(to.take_writer().unwrap());
    let octet = Duration::from_nanos(10_000_000_000 / u64::from(baud));
    thread::spawn(move || {
        let mut free_at = Instant::now();
        let mut buffer = [0; 4_096];
        while let Ok(count @ 1..) = reader.read(&mut buffer) {
            free_at = free_at.max(Instant::now());
            for byte in buffer.iter().take(count) {
                // It is there when its last bit is.
                free_at += octet;
                thread::sleep(free_at.saturating_duration_since(Instant::now()));
                if writer.write_all(std::slice::from_ref(byte)).is_err() {
                    return;
                }
            }
        }
    });
}
