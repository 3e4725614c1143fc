//! What is written is read again, by our readers within each format's resolution and by sigrok-cli.

#![cfg(all(feature = "serial", feature = "tui"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test helpers fail loudly")]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

mod common;
#[path = "common/recording.rs"]
mod recording;

use std::fs;
use std::io::Cursor;
use std::process::{Command, Stdio};

use common::{command, directory, peer, text};
use petterm::line::{Edge, Level};
use petterm::time::Stamp;
use petterm::wave::{Event, FileKind, Reading, Recording, Writer};
use recording::{Random, events};
use rstest::rstest;

/// A channel's level at zero, and its edges.
type Line = (Level, Vec<Edge>);

const fn opposite(level: Level) -> Level {
    match level {
        Level::Low => Level::High,
        Level::High => Level::Low,
    }
}

/// Lines whose edges are `least` to ten times that apart, every line with one at least; and when all is over.
fn lines(random: &mut Random, channels: usize, least: u64) -> (Vec<Line>, Vec<(usize, Edge)>, Stamp) {
    let mut lines: Vec<Line> = (0..channels)
        .map(|_| (if random.number(2) == 0 { Level::Low } else { Level::High }, Vec::new()))
        .collect();
    let (mut at, mut all) = (0, Vec::new());
    for number in 0..channels + 200 {
        at += least + random.number(least * 9);
        let channel = if number < channels { number } else { random.number(channels as u64) as usize };
        let (first, edges) = &mut lines[channel];
        let level = opposite(edges.last().map_or(*first, |edge: &Edge| edge.level));
        edges.push(Edge { at: Stamp(at), level });
        all.push((channel, Edge { at: Stamp(at), level }));
    }
    (lines, all, Stamp(at + least * 5))
}

/// Each kind, the shortest distance between edges, and how far from its place an edge may be read, in ns.
#[rstest]
#[case(FileKind::Vcd, 1, 0.0)]
#[case(FileKind::Csv, 1, 0.0)]
#[case(FileKind::Rows { rate: 1_000_000 }, 2_000, 501.0)]
#[case(FileKind::Rows { rate: 44_100 }, 50_000, 11_340.0)]
#[case(FileKind::Sr { rate: 1_000_000 }, 2_000, 501.0)]
#[case(FileKind::Sr { rate: 3_579_545 }, 600, 141.0)]
#[case(FileKind::Sr { rate: 1_000_000_000_000 }, 1, 0.0)]
#[case(FileKind::Wav { rate: 48_000 }, 90_000, 1_500.0)]
#[case(FileKind::Wav { rate: 8_000 }, 600_000, 9_000.0)]
#[case(FileKind::Wav { rate: 100_000_000 }, 50, 1.0)]
fn every_kind_gives_its_edges_back(#[case] kind: FileKind, #[case] least: u64, #[case] within: f64) {
    for seed in 1..=12 {
        let mut random = Random(seed);
        let channels = 1 + random.number(12) as usize;
        let (lines, all, end) = lines(&mut random, channels, least);
        // Sound has no names, only numbers.
        let prefix = if matches!(kind, FileKind::Wav { .. }) { "" } else { "D" };
        let names: Vec<String> = (1..=channels).map(|number| format!("{prefix}{number}")).collect();
        let begin: Vec<(&str, Level)> =
            names.iter().zip(&lines).map(|(name, line)| (name.as_str(), line.0)).collect();
        let mut writer = Writer::begin(Cursor::new(Vec::new()), kind, &begin).unwrap();
        for (channel, edge) in &all {
            writer.edge(*channel, *edge).unwrap();
        }
        let file = writer.end(end).unwrap().into_inner();
        let base = Recording::open(Cursor::new(&file), &Reading::default()).unwrap().timebase();
        for (name, (level, edges)) in names.iter().zip(&lines) {
            let what = format!("{kind:?}, seed {seed}, channel {name} of {channels}");
            let read = events(&file, Some(name), &Reading::default()).expect(&what);
            assert_eq!(read[0], Event::Start { at: 0, level: Some(*level) }, "{what}");
            assert_eq!(read.len(), edges.len() + 2, "{what}");
            let near = |at: i64, wanted: Stamp| {
                let at = base.stamp(0, at).unwrap().0 as f64;
                assert!((at - wanted.0 as f64).abs() <= within, "{what}: {at}, not {wanted:?}");
            };
            for (event, edge) in read[1..].iter().zip(edges) {
                match *event {
                    Event::Edge { at, level } => {
                        assert_eq!(level, edge.level, "{what}");
                        near(at, edge.at);
                    }
                    _ => panic!("{what}: {event:?}"),
                }
            }
            let half = kind.rate().map_or(0.0, |rate| 5.01e8 / rate as f64 + 1.0);
            match read.last() {
                Some(Event::End { at }) => {
                    let at = base.stamp(0, *at).unwrap().0 as f64;
                    assert!((at - end.0 as f64).abs() <= half, "{what}: it ends at {at}, not {end:?}");
                }
                other => panic!("{what}: {other:?}"),
            }
        }
    }
}

#[test]
fn a_long_session_is_in_chunks() {
    let names: Vec<String> = (0..9).map(|number| format!("D{number}")).collect();
    let begin: Vec<(&str, Level)> = names.iter().map(|name| (name.as_str(), Level::High)).collect();
    let kind = FileKind::Sr { rate: 100_000_000 };
    let mut writer = Writer::begin(Cursor::new(Vec::new()), kind, &begin).unwrap();
    for (channel, at, level) in
        [(8, 30_000_000, Level::Low), (0, 41_943_040, Level::Low), (8, 50_000_000, Level::High)]
    {
        writer.edge(channel, Edge { at: Stamp(at), level }).unwrap();
    }
    // Channels that are not there are none of ours.
    writer.edge(9, Edge { at: Stamp(50_000_000), level: Level::Low }).unwrap();
    let file = writer.end(Stamp(60_000_000)).unwrap().into_inner();
    let of = |name: &str| recording::short(&events(&file, Some(name), &Reading::default()).unwrap());
    assert_eq!(of("D8"), "0H 3000000L 5000000H 6000000.");
    assert_eq!(of("D0"), "0H 4194304L 6000000.");
    let mut archive = zip::ZipArchive::new(Cursor::new(&file)).unwrap();
    let sizes: Vec<u64> = (1..=3).map(|n| archive.by_name(&format!("logic-1-{n}")).unwrap().size()).collect();
    assert_eq!(sizes, [4 << 20, 4 << 20, 12_000_000 - (8 << 20)]);
}

#[test]
fn more_than_a_format_holds_is_refused_while_it_is_written() {
    for kind in [FileKind::Sr { rate: 1_000_000_000_000 }, FileKind::Rows { rate: 1_000_000_000_000 }] {
        let mut writer = Writer::begin(Cursor::new(Vec::new()), kind, &[("A", Level::High)]).unwrap();
        let late = Edge { at: Stamp(kind.longest().0 + 1_000), level: Level::Low };
        let error = writer.edge(0, late).unwrap_err().to_string();
        assert!(error.contains("4 GiB") && error.contains("lower rate"), "{error}");
    }
}

/// What sigrok-cli's UART makes of a file.
fn sigrok(file: &std::path::Path, input: Option<&str>, options: &str) -> Option<Vec<u8>> {
    let program = peer(&["sigrok-cli"])?;
    let mut sigrok = Command::new(program);
    sigrok.args(["-i", text(file)]);
    if let Some(input) = input {
        sigrok.args(["-I", input]);
    }
    let output = sigrok
        .args(["-P", &format!("uart:rx=TX:{options}"), "-B", "uart=rx"])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(output.stdout)
}

#[rstest]
#[case("a.vcd", &[], Some("vcd:downsample=1000"))]
#[case("b.sr", &[], None)]
#[case("c.sr", &["--rate", "230400", "--gap", "3.5"], None)]
#[case("d.csv", &["--rate", "1000000"], Some("csv:samplerate=1000000:header=yes:column_formats=l"))]
#[case("e.sr", &["--baud-error", "3"], None)]
fn sigrok_reads_what_encode_writes(#[case] name: &str, #[case] extra: &[&str], #[case] input: Option<&str>) {
    let directory = directory();
    let source = directory.path().join("bytes");
    let bytes: Vec<u8> = (0..=255).collect();
    fs::write(&source, &bytes).unwrap();
    for (line, options) in [
        ("9600-8N1", "baudrate=9600"),
        ("19200-8E1-inv", "baudrate=19200:parity=even:invert_rx=yes"),
        ("38400-8O2-msb", "baudrate=38400:parity=odd:bit_order=msb-first"),
    ] {
        let file = directory.path().join(format!("{line}-{name}"));
        let args = ["encode", text(&source), "--line", line, "-o", text(&file)];
        let output = command().args([&args[..], extra].concat()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let Some(read) = sigrok(&file, input, options) else { return };
        assert_eq!(read, bytes, "{name} {line}");
    }
}

/// What sigrok-cli writes of our session, in each of its formats that we read.
#[rstest]
#[case("vcd", &[])]
#[case("csv", &[])]
#[case("ols", &["--channel", "0"])]
#[case("srzip", &[])]
#[case("binary", &["--samples", "1", "--rate", "1000000", "--channel", "0"])]
fn what_sigrok_converts_is_read(#[case] format: &str, #[case] extra: &[&str]) {
    let Some(program) = peer(&["sigrok-cli"]) else { return };
    let directory = directory();
    let path = |name: &str| directory.path().join(name);
    fs::write(path("bytes"), b"Hello, PET\r\n").unwrap();
    let encode =
        ["encode", text(&path("bytes")), "--line", "9600-8N1", "-o", text(&path("a.sr"))].map(str::to_owned);
    assert!(command().args(encode).status().unwrap().success());
    let to = path("converted");
    let status = Command::new(program)
        .args(["-i", text(&path("a.sr")), "-O", format, "-o", text(&to)])
        .stdin(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
    let args = ["decode", text(&to), "--line", "9600-8N1", "--text"];
    let output = command().args([&args[..], extra].concat()).output().unwrap();
    assert_eq!(output.stdout, b"Hello, PET\r\n", "{format}: {}", String::from_utf8_lossy(&output.stderr));
}
