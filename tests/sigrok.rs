//! sigrok-cli as a second opinion: it reads what `petterm encode` writes, and what the hand-drawn lines of the
//! decoder's tests say.

#![cfg(all(feature = "serial", feature = "tui"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test helpers fail loudly")]

mod common;
#[path = "common/generator.rs"]
mod generator;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use common::{command, directory, peer, text};
use generator::{Random, Shape, Signal};

/// What sigrok's UART decoder makes of a file; `options` as `baudrate=9600:parity=even`.
fn sigrok(program: &Path, file: &Path, channel: &str, options: &str) -> Vec<u8> {
    let mut sigrok = Command::new(program);
    if file.extension().is_some_and(|extension| extension == "vcd") {
        sigrok.args(["-I", "vcd"]);
    }
    let decoder = format!("uart:rx={channel}:{options}");
    let output = sigrok
        .args(["-i", text(file), "-P", &decoder, "-B", "uart=rx"])
        .stdin(Stdio::null())
        .output()
        .expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

const LINES: [(&str, &str); 6] = [
    ("1000000-8N1", "baudrate=1000000"),
    ("500000-7E1", "baudrate=500000:data_bits=7:parity=even"),
    ("500000-8O1-msb", "baudrate=500000:parity=odd:bit_order=msb-first"),
    ("1000000-5N1", "baudrate=1000000:data_bits=5"),
    ("1000000-8N1-inv", "baudrate=1000000:invert_rx=yes"),
    ("921600-6M1", "baudrate=921600:data_bits=6:parity=one"),
];

#[test]
fn sigrok_reads_what_encode_writes() {
    let Some(program) = peer(&["sigrok-cli"]) else { return };
    let directory = directory();
    for (line, options) in LINES {
        let bits = line.split('-').nth(1).unwrap()[..1].parse::<u32>().unwrap();
        let bytes: Vec<u8> = (0..=255_u8).filter(|byte| u32::from(*byte) < 1 << bits).collect();
        let source = directory.path().join("bytes");
        fs::write(&source, &bytes).unwrap();
        let mut formats = Vec::new();
        for format in ["vcd", "sr"] {
            let file = directory.path().join(format!("{line}.{format}"));
            let encode = ["encode", text(&source), "--line", line, "-o", text(&file), "--gap", "1.5"];
            let output = command().args(encode).stdin(Stdio::null()).output().expect("it runs");
            if output.status.code() == Some(2) {
                // Not a format that is written.
                continue;
            }
            assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
            assert_eq!(sigrok(&program, &file, "TX", options), bytes, "{line}, .{format}");
            formats.push(format);
        }
        assert!(formats.contains(&"vcd"), "{formats:?}");
    }
}

#[test]
fn sigrok_reads_damaged_lines_as_encode_says() {
    let Some(program) = peer(&["sigrok-cli"]) else { return };
    let directory = directory();
    let (source, file) = (directory.path().join("bytes"), directory.path().join("a.vcd"));
    let bytes: Vec<u8> = (0..=255).collect();
    fs::write(&source, &bytes).unwrap();
    let encode = ["encode", text(&source), "--line", "500000-8N1", "-o", text(&file), "--baud-error", "2.5"];
    let status = command().args(encode).args(["--jitter", "0.02"]).status().expect("it runs");
    assert!(status.success());
    assert_eq!(sigrok(&program, &file, "TX", "baudrate=500000"), bytes);
}

/// Else the figures beside ours would say nothing.
#[test]
fn sigrok_reads_the_lines_of_our_proof_when_they_are_clean() {
    let Some(program) = peer(&["sigrok-cli"]) else { return };
    let directory = directory();
    let file = directory.path().join("a.vcd");
    for (shape, options) in [
        (Shape::new(9600.0), "baudrate=9600"),
        (
            Shape { data_bits: 7, parity: 'E', idles_low: true, ..Shape::new(2400.0) },
            "baudrate=2400:data_bits=7:parity=even:invert_rx=yes",
        ),
    ] {
        let mut signal = Signal::new(shape, 0.0);
        signal.rest(20.0);
        let data = Random(1).text(100);
        signal.frames(&data, 0.5);
        signal.rest(20.0);
        fs::write(&file, signal.vcd(true)).unwrap();
        let bytes: Vec<u8> = data.iter().map(|value| *value as u8).collect();
        assert_eq!(sigrok(&program, &file, "RX", options), bytes, "{}", shape.name());
        let decode = ["decode", text(&file), "--line", &shape.name(), "--text"];
        assert_eq!(command().args(decode).output().unwrap().stdout, bytes, "{}", shape.name());
    }
}
