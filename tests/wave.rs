//! Recordings: every dialect gives its edges, damage gives an error with its place, what is written is read.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test helpers fail loudly")]

#[path = "common/recording.rs"]
mod recording;

use std::io::{Cursor, Write};
use std::ops::ControlFlow;

use petterm::line::{Edge, Level};
use petterm::time::{Span, Stamp};
use petterm::wave::{Damage, Event, FileKind, Impair, Reading, Recording, WaveError, Writer};
use rstest::rstest;

fn events_at(bytes: &[u8], channel: Option<&str>, rate: Option<u64>) -> Result<Vec<Event>, WaveError> {
    recording::events(bytes, channel, &Reading { rate, ..Reading::default() })
}

/// Events in short: `0H 5L 9.`, with `?` for an unknown level and `.` for an end.
fn short(bytes: &[u8], channel: Option<&str>, rate: Option<u64>) -> String {
    recording::short(&events_at(bytes, channel, rate).unwrap())
}

fn error(bytes: &[u8], channel: Option<&str>, rate: Option<u64>) -> String {
    events_at(bytes, channel, rate).expect_err("an error").to_string()
}

const SIGROK: &str = "$date Thu $end\n$version libsigrok $end\n$comment\n  Acquisition with 2/8 channels at 625 kHz\n\
    $end\n$timescale 100 ns $end\n$scope module libsigrok $end\n$var wire 1 ! RX $end\n$var wire 1 \" TX $end\n\
    $upscope $end\n$enddefinitions $end\n#0 1! 0\"\n#6224 0!\n#6240 1\"\n#9000 1! 0\"\n#9100\n";

const VERILATOR: &str = "$version x $end\r\n$timescale\r\n\t1ps\r\n$end\r\n$scope module top $end\r\n\
    $scope module uart $end\r\n$var wire 1 a tx $end\r\n$var wire 8 c data [7:0] $end\r\n$upscope $end\r\n\
    $var wire 1 a pin $end\r\n$var reg 1 b flag [3] $end\r\n$var parameter 32 d WIDTH $end\r\n$upscope $end\r\n\
    $enddefinitions $end\r\n$dumpvars\r\nxa\r\nbxxxx c\r\n0b\r\n$end\r\n#0\r\nb1 a\r\nb0101 c\r\n#10\r\n0a\r\n1a\r\n\
    #20\r\n0a\r\nza\r\n$comment 1a #3 $end\r\n#30\r\nr1.5 d\r\n1a\r\n#30\r\n0a\r\n#40\r\n1a\r\n";

#[test]
fn vcd_in_the_dialects_of_sigrok_and_verilator() {
    assert_eq!(short(SIGROK.as_bytes(), Some("RX"), None), "0H 6224L 9000H 9100.");
    assert_eq!(short(SIGROK.as_bytes(), Some("TX"), None), "0L 6240H 9000L 9100.");
    // Two names, one line; no pulse without length; z keeps the level.
    for name in ["tx", "pin", "top.uart.tx", "top.pin"] {
        assert_eq!(short(VERILATOR.as_bytes(), Some(name), None), "0H 20L 40H 40.");
    }
    assert_eq!(short(VERILATOR.as_bytes(), Some("flag[3]"), None), "0L 40.");
    let recording = Recording::open(Cursor::new(VERILATOR), &Reading::default()).unwrap();
    assert_eq!(recording.channels(), ["tx", "pin", "flag[3]"]);
    assert_eq!(recording.timebase().stamp(0, 1_500), Some(Stamp(2)));
    let index = recording.channel(Some("tx")).unwrap();
    let summary = recording.read(index, &mut |_| ControlFlow::Continue(())).unwrap();
    assert_eq!(summary.unknown, 2);
}

#[test]
fn vcd_without_a_first_value_or_a_timescale() {
    let text = "$var wire 1 ! a $end $enddefinitions $end #5 x! #8 1! #9 0! #12";
    assert_eq!(short(text.as_bytes(), None, None), "5? 8H 9L 12.");
    let recording = Recording::open(Cursor::new(text), &Reading::default()).unwrap();
    assert_eq!(recording.notes().len(), 1);
    assert_eq!(recording.timebase().stamp(0, 7), Some(Stamp(7)));
}

#[test]
fn vcd_times_may_have_fractions() {
    let text = "$timescale 1 us $end $var wire 1 ! a $end $enddefinitions $end\n#0 1! #3.2 0! #4.0005 1! #9";
    assert_eq!(short(text.as_bytes(), None, None), "0H 3200L 4001H 9000.");
    let recording = Recording::open(Cursor::new(text), &Reading::default()).unwrap();
    assert_eq!(recording.timebase().stamp(0, 3_200), Some(Stamp(3_200)));
    // A fraction in a comment is none.
    let text = text.replace("3.2", "3").replace("4.0005", "4").replace("$var", "$comment #1.5 $end $var");
    assert_eq!(short(text.as_bytes(), None, None), "0H 3L 4H 9.");
}

#[test]
fn vcd_of_ghdl_and_of_editors() {
    let text = "\u{FEFF}$timescale 1 NS $end $var reg 1 ! rx $end $var reg 1 \" st $end $enddefinitions $end\n\
        #0\nU\"\nH!\n#5\nL!\n-\"\n#7\nW!\n#9\n1!\n";
    assert_eq!(short(text.as_bytes(), Some("rx"), None), "0H 5L 9H 9.");
}

#[test]
fn vcd_whose_dump_is_off_has_a_gap() {
    let text = "$var wire 1 ! a $end $enddefinitions $end #0 1! #5 0! #7 $dumpoff x! $end #8 1! #9 \
        $dumpon 0! $end #12 1! #13 $dumpall 1! $end #14";
    assert_eq!(short(text.as_bytes(), None, None), "0H 5L 7. 9L 12H 14.");
    assert_eq!(short(text.replace("$dumpon 0! $end", "").as_bytes(), None, None), "0H 5L 7.");
}

#[test]
fn vcd_names_may_have_blanks() {
    let text =
        "$var wire 1 ! MAX3232E DIN1 $end $var wire 1 \" bus [3] $end $enddefinitions $end #0 1! 0\" #5";
    let recording = Recording::open(Cursor::new(text), &Reading::default()).unwrap();
    assert_eq!(recording.channels(), ["MAX3232E DIN1", "bus[3]"]);
}

#[rstest]
#[case("$timescale 1 ns $end", "line 1", "$enddefinitions")]
#[case("$timescale 3 ns $end $enddefinitions $end", "line 1", "1, 10 or 100")]
#[case("$var wire 1 $end $enddefinitions $end", "line 1", "$var")]
#[case("$var wire one ! a $end $enddefinitions $end", "line 1", "width")]
#[case("$enddefinitions $end", "no line", "")]
#[case("$var wire 1 ! a $end\n$enddefinitions $end\n#3.2.1 1!", "line 3", "whole number")]
#[case("$var wire 1 ! a $end\n$enddefinitions $end\n#9223372036854775808 1!", "line 3", "2^63")]
#[case("$var wire 1 ! a $end\n$enddefinitions $end\n#5 1!\n#4 0!", "line 4", "backwards")]
#[case("$var wire 1 ! a $end\n$enddefinitions $end\n#5 q!", "line 3", "'q!'")]
#[case("$var wire 1 ! a $end\n$enddefinitions $end\n#5 b1", "line 3", "code")]
#[case("$var wire 1 ! a $end\n$enddefinitions $end\n#5 $what", "line 3", "$what")]
#[case("$date never ends", "line 1", "$end")]
fn damaged_vcd_is_told_with_its_line(#[case] text: &str, #[case] place: &str, #[case] what: &str) {
    let error = error(text.as_bytes(), None, None);
    assert!(error.contains(place) && error.contains(what), "{error}");
}

#[test]
fn channels_are_named_and_must_be_there() {
    let missing = error(SIGROK.as_bytes(), Some("CTS"), None);
    assert!(missing.contains("'CTS'") && missing.contains("'RX', 'TX'"), "{missing}");
    let none = error(SIGROK.as_bytes(), None, None);
    assert!(none.contains("--channel") && none.contains("'RX', 'TX'"), "{none}");
    let twice = "$scope module a $end $var wire 1 ! tx $end $upscope $end $scope module b $end \
        $var wire 1 \" tx $end $upscope $end $enddefinitions $end #0 1! 0\" #5 0! #6";
    assert!(error(twice.as_bytes(), Some("tx"), None).contains("'a.tx', 'b.tx'"));
    assert_eq!(short(twice.as_bytes(), Some("a.tx"), None), "0H 5L 6.");
}

/// A ZIP archive of these members.
fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in members {
        let options =
            zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
        zip.start_file(*name, options).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

const METADATA: &str = "[global]\nsigrok version=0.6\n\n[device 1]\ncapturefile=logic-1\ntotal probes=8\n\
    samplerate=1 MHz\nprobe1=A\nprobe3=C D\nunitsize=1\n";

#[test]
fn sigrok_sessions_in_chunks_and_whole() {
    let one = [1; 200];
    let mut two = [0; 130];
    two[100..].fill(5);
    let chunks = archive(&[
        ("version", b"2"),
        ("metadata", METADATA.as_bytes()),
        ("logic-1-2", &two),
        ("logic-1-1", &one),
    ]);
    assert_eq!(short(&chunks, Some("A"), None), "0H 200L 300H 330.");
    assert_eq!(short(&chunks, Some("C D"), None), "0L 300H 330.");
    let metadata = METADATA.replace('=', " = ").replace("samplerate", " samplerate");
    let whole = archive(&[("version", b"1"), ("metadata", metadata.as_bytes()), ("logic-1", &two)]);
    assert_eq!(short(&whole, Some("A"), None), "0L 100H 130.");
}

#[rstest]
#[case(2)]
#[case(3)]
#[case(8)]
fn sigrok_samples_of_several_bytes_that_chunks_cut(#[case] unit: usize) {
    let metadata = METADATA
        .replace("unitsize=1", &format!("unitsize={unit}"))
        .replace("probe3", &format!("probe{}", unit * 8));
    let mut samples = vec![0; unit * 1_000];
    for sample in 400..700 {
        samples[sample * unit + unit - 1] = 0x80;
    }
    let (first, second) = samples.split_at(unit * 500 + 1);
    let file = archive(&[("metadata", metadata.as_bytes()), ("logic-1-1", first), ("logic-1-2", second)]);
    assert_eq!(short(&file, Some("C D"), None), "0L 400H 700L 1000.");
    let cut = archive(&[("metadata", metadata.as_bytes()), ("logic-1", first)]);
    assert!(error(&cut, Some("A"), None).contains("inside a sample"));
}

#[test]
fn a_sample_rate_is_asked_for_only_where_it_is_missing() {
    for missing in ["", "samplerate=0\n"] {
        let metadata = METADATA.replace("samplerate=1 MHz\n", missing);
        let file = archive(&[("metadata", metadata.as_bytes()), ("logic-1", &[0, 1])]);
        assert!(error(&file, Some("A"), None).contains("--rate"));
        assert_eq!(short(&file, Some("A"), Some(1_000)), "0L 1H 2.");
    }
    let file = archive(&[("metadata", METADATA.as_bytes()), ("logic-1", &[0, 1])]);
    assert_eq!(short(&file, Some("A"), Some(1_000_000)), "0L 1H 2.");
    for bytes in [file.as_slice(), SIGROK.as_bytes(), b"Time [s],A\n0,1\n"] {
        assert!(error(bytes, Some("A"), Some(1_000)).contains("leave out --rate"));
    }
}

#[test]
fn damaged_sessions_are_told() {
    let good = archive(&[("metadata", METADATA.as_bytes()), ("logic-1", &[0; 5_000])]);
    for length in 0..good.len() {
        // A cut archive has no directory; whatever is left, it is an error and no panic.
        assert!(events_at(&good[..length], Some("A"), None).is_err(), "{length}");
    }
    for at in 0..good.len() {
        let mut bent = good.clone();
        bent[at] ^= 0x55;
        let _ = events_at(&bent, Some("A"), None);
    }
    let with = |metadata: &str| archive(&[("metadata", metadata.as_bytes()), ("logic-1", &[0; 9])]);
    for (file, word) in [
        (archive(&[("version", b"2"), ("logic-1", &[0])]), "metadata"),
        (archive(&[("metadata", METADATA.as_bytes())]), "logic-1-1"),
        (archive(&[("meta.json", b"{}")]), "export"),
        (archive(&[("header", b"")]), "export"),
        (with(&METADATA.replace("unitsize=1", "unitsize=0")), "unitsize"),
        (with(&METADATA.replace("unitsize=1", "unitsize=70000")), "unitsize"),
        (with(&METADATA.replace("1 MHz", "quick")), "'quick'"),
        (with(&METADATA.replace("capturefile=logic-1\n", "")), "analog"),
        (with("nonsense"), "line 1"),
        (with(&"[device 1]\n".repeat(100_000)), "1 MiB"),
    ] {
        let error = error(&file, Some("A"), Some(1_000_000));
        assert!(error.contains(word), "{word}: {error}");
    }
}

#[test]
fn csv_of_saleae_with_times_and_gaps() {
    let text = "Time [s],Channel 0,Channel 1\r\n-0.000000001000,1,0\r\n0.5,0,0\r\n0.5000000001,0,1\r\n\
        0.75,X,1\r\n0.8,1,1\r\n0.9,0,1\r\n";
    assert_eq!(
        short(text.as_bytes(), Some("Channel 0"), None),
        "-1000H 500000000000L 750000000000. 800000000000H 900000000000L 900000000000."
    );
    // No segment without a level; and none before the last.
    assert_eq!(short(b"Time [s],A\n0,X\n1e-12,X\n2e-12,1\n4e-12,X\n5e-12,X\n", None, None), "2H 4.");
    assert!(error(b"Time [s],A\n5,1\n6,X\n4,1\n", None, None).contains("line 4: time runs backwards"));
    let text = "Time [us],TX\n0,0\n1.5,1\n";
    assert_eq!(short(text.as_bytes(), None, None), "0L 1500000H 1500000.");
}

#[rstest]
#[case::quoted("\"Time [us]\",\"0\"\n\"0\",\"1\"\n\"1.5\",\"0\"\n")]
#[case::semicolons("Zeit [us];0\n0;1\n1,5;0\n")]
#[case::tabs("\u{FEFF}Time [us]\t0\r\n0\t1\r\n1,5\t0\r\n\r\n")]
#[case::dsview("; CSV, generated by libsigrok4DSL\n; Sample rate: 2 MHz\nTime(s), 0\n0,1\n0.0000015,0\n")]
#[case::dates("Time [s],0\n2024-02-29T23:59:59.9999995Z,1\n2024-03-01T00:00:00.000001Z,0\n")]
#[case::zones("Timestamp,0\n2024-02-29T23:59:59.9999995+01:00,1\n2024-02-29T17:30:00.000001-05:30,0\n")]
fn csv_of_changes_in_the_ways_of_other_programs(#[case] text: &str) {
    assert_eq!(short(text.as_bytes(), Some("0"), None), "0H 1500000L 1500000.");
}

#[test]
fn csv_of_sigrok_a_row_a_sample() {
    let text = "; CSV generated by libsigrok\n; Channels (2/8): RX, TX\n; Samplerate: 625 kHz\nlogic,logic\n\
        1,0\n1,1\n0,1\n0,1\n";
    assert_eq!(short(text.as_bytes(), Some("RX"), None), "0H 2L 4.");
    assert_eq!(short(text.as_bytes(), Some("TX"), None), "0L 1H 4.");
    let recording = Recording::open(Cursor::new(text), &Reading::default()).unwrap();
    assert_eq!(recording.timebase().stamp(0, 625), Some(Stamp(1_000_000)));
    // Without a heading the first row is a sample.
    assert_eq!(short(b"1\n0\n0\n1\n", None, Some(1_000)), "0H 1L 3H 4.");
}

#[rstest]
#[case("Time [s],A\n0,1\n0.5,q\n", "line 3", "'q'")]
#[case("Time [s],A\n0,1\n0.5\n", "line 3", "column 2")]
#[case("Time [s],A\n2024-01-01T00:00:00,1\n2024-01-01T25:00:00,0\n", "line 3", "time")]
#[case("Time [s],A\n2024-13-01T00:00:00,1\n", "line 2", "time")]
#[case("Time [s],A\n2024-01-01T00:00:00,1\n2029-01-01T00:00:00,1\n", "line 3", "106 days")]
#[case("Time [s],A\n5,1\n4,0\n", "line 3", "backwards")]
#[case("Time [s],A\n99999999,1\n", "line 2", "106 days")]
#[case("; Samplerate: often\n", "line 1", "'often'")]
#[case("; Samplerate: 1 MHz\n; nothing else\n", "line 3", "ends before")]
#[case("1\n0\n", "--rate", "")]
#[case("Dear PET\n", "line 1", "no recording")]
#[case("name,type,start_time,duration,data\n", "raw data", "")]
#[case("Time [s],Value,Parity Error,Framing Error\n", "raw data", "")]
#[case("", "empty", "")]
fn damaged_csv_is_told_with_its_line(#[case] text: &str, #[case] place: &str, #[case] what: &str) {
    let error = error(text.as_bytes(), None, None);
    assert!(error.contains(place) && error.contains(what), "{error}");
}

#[test]
fn a_line_without_end_costs_no_memory() {
    let mut text = b"Time [s],A\n".to_vec();
    text.resize(1 << 20, b'1');
    assert!(error(&text, None, None).contains("64 KiB"));
    let mut text = b"$var wire 1 ! a $end $enddefinitions $end #".to_vec();
    text.resize(1 << 20, b'1');
    assert!(error(&text, None, None).contains("64 KiB"));
}

fn saleae_head(version: u32, kind: u32) -> Vec<u8> {
    [b"<SALEAE>".as_slice(), &version.to_le_bytes(), &kind.to_le_bytes()].concat()
}

fn doubles(values: &[f64]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

#[test]
fn saleae_binary_of_both_versions() {
    let v0 = [
        saleae_head(0, 0),
        1_u32.to_le_bytes().to_vec(),
        doubles(&[-0.5, 2.0]),
        2_u64.to_le_bytes().to_vec(),
        doubles(&[0.25, 1.5]),
    ]
    .concat();
    assert_eq!(short(&v0, None, None), "-500000000000H 250000000000L 1500000000000H 2000000000000.");
    let chunk = |state: u32, begin: f64, end: f64, edges: &[f64]| {
        let count = (edges.len() as u64).to_le_bytes().to_vec();
        [state.to_le_bytes().to_vec(), doubles(&[1e6, begin, end]), count, doubles(edges)].concat()
    };
    let v1 = [
        saleae_head(1, 0),
        3_u64.to_le_bytes().to_vec(),
        chunk(1, 0.0, 1e-9, &[5e-10]),
        chunk(0, 1e-9, 2e-9, &[]),
        chunk(1, 3e-9, 4e-9, &[]),
    ]
    .concat();
    assert_eq!(short(&v1, None, None), "0H 500L 2000. 3000H 4000.");
    for file in [&v0, &v1] {
        for length in 0..file.len() {
            assert!(events_at(&file[..length], None, None).is_err(), "{length}");
        }
    }
}

#[rstest]
#[case(saleae_head(2, 0), "version 0 or 1")]
#[case(saleae_head(0, 1), "too early")]
#[case(saleae_head(1, 1), "analog")]
#[case(saleae_head(0, 9), "type 0")]
#[case([saleae_head(0, 0), 7_u32.to_le_bytes().to_vec()].concat(), "initial state")]
#[case([saleae_head(0, 0), vec![0; 4], doubles(&[f64::NAN, 0.0]), vec![0; 8]].concat(), "106 days")]
#[case([saleae_head(0, 0), vec![0; 4], doubles(&[1e300, 0.0]), vec![0; 8]].concat(), "106 days")]
#[case([saleae_head(0, 0), vec![0; 4], doubles(&[0.0, 1.0]), vec![0xFF; 8]].concat(), "too early")]
#[case([saleae_head(0, 0), vec![0; 4], doubles(&[1.0, 0.0]), vec![0; 8]].concat(), "backwards")]
fn damaged_saleae_files_are_told_with_their_byte(#[case] file: Vec<u8>, #[case] word: &str) {
    let error = error(&file, None, None);
    assert!(error.contains(word), "{error}");
}

#[test]
fn what_is_no_recording_is_refused() {
    for bytes in [b"\x7FELF\0\0\0\0".as_slice(), b"RIFF\0\0\0\0WAVE", b"PK"] {
        assert!(events_at(bytes, None, None).is_err());
    }
}

#[test]
fn what_is_written_is_read() {
    let edges: Vec<Edge> = [(7, Level::Low), (1_000_000_000, Level::High), (3_000_000_001, Level::Low)]
        .map(|(at, level)| Edge { at: Stamp(at), level })
        .to_vec();
    for (kind, scale) in [(FileKind::Vcd, 1), (FileKind::Csv, 1_000)] {
        let mut writer = Writer::begin(Cursor::new(Vec::new()), kind, &[("a line, b", Level::High)]).unwrap();
        for edge in &edges {
            writer.edge(0, *edge).unwrap();
        }
        let file = writer.end(Stamp(4_000_000_000)).unwrap().into_inner();
        let mut wanted = vec![Event::Start { at: 0, level: Some(Level::High) }];
        wanted
            .extend(edges.iter().map(|edge| Event::Edge { at: edge.at.0 as i64 * scale, level: edge.level }));
        wanted.push(Event::End { at: 4_000_000_000 * scale });
        assert_eq!(events_at(&file, Some("a_line__b"), None).unwrap(), wanted);
    }
}

#[test]
fn damage_follows_from_its_seed_and_stays_a_line() {
    let clean: Vec<Edge> = (1..=1_000_u64)
        .map(|n| Edge { at: Stamp(n * 1_000), level: if n % 2 == 1 { Level::Low } else { Level::High } })
        .collect();
    let run = |damage: Damage| {
        let mut wire = Impair::new(damage, Level::High, Stamp(1_001_000));
        for edge in &clean {
            wire.push(*edge);
        }
        let end = wire.finish(Stamp(1_001_000));
        let edges: Vec<Edge> = std::iter::from_fn(|| wire.poll()).collect();
        assert!(edges.windows(2).all(|pair| pair[0].at < pair[1].at && pair[0].level != pair[1].level));
        assert!(edges.last().unwrap().at < end);
        edges
    };
    let none = Damage { rate: 0.0, jitter: 0.0, glitches: 0, glitch: Span(100), seed: 1 };
    assert_eq!(run(none), clean);
    let fast = run(Damage { rate: 0.25, ..none });
    assert_eq!(fast[999].at, Stamp(800_000));
    // Each glitch is two edges, however crowded.
    assert_eq!(run(Damage { glitches: 500, ..none }).len(), 2_000);
    assert_eq!(run(Damage { glitches: 5_000, ..none }).len(), 11_000);
    let jittered = Damage { jitter: 50.0, ..none };
    assert_eq!(run(jittered), run(jittered));
    assert_ne!(run(jittered), run(Damage { seed: 2, ..jittered }));
    let (mut sum, mut most) = (0.0, 0.0_f64);
    for (edge, moved) in clean.iter().zip(run(jittered)) {
        let by = moved.at.0 as f64 - edge.at.0 as f64;
        sum += by * by;
        most = most.max(by.abs());
    }
    let deviation = (sum / 1_000.0_f64).sqrt();
    assert!((45.0..55.0).contains(&deviation) && most < 250.0, "{deviation} {most}");
}

/// Text that is nearly a recording: whatever is done to it, the reader keeps its promises or says why not.
#[test]
fn bent_text_never_breaks_a_promise() {
    const CSV: &str = "Time [s],A\n0,1\n0.5,0\n1e0,X\n2,1\n";
    const SAMPLES: &str = "; Samplerate: 1 kHz\n; Channels (1/1): A\nlogic\n1\n0\n";
    const SPARE: &[u8] = b"01xz#$b .,;eE-\n9\xFF";
    for text in [SIGROK, VERILATOR, CSV, SAMPLES] {
        for at in 0..text.len() {
            for spare in SPARE {
                let mut bent = text.as_bytes().to_vec();
                bent[at] = *spare;
                for channel in [None, Some("A"), Some("TX"), Some("tx")] {
                    let _ = events_at(&bent, channel, None);
                }
            }
            let _ = events_at(&text.as_bytes()[..at], Some("TX"), None);
        }
    }
}

/// Times of every length, more than a buffer of them, with other lines and comments between.
#[test]
fn times_of_every_length_are_read_across_buffers() {
    let mut state = 1_u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    let mut times: Vec<i64> = (0..18).map(|digits| 10_i64.pow(digits)).collect();
    times.extend((0..30_000).map(|_| 1 + (random() * random() % 4_000_000_000_000) as i64));
    times.push(1_234_567_890_123_456_789);
    times.sort_unstable();
    times.dedup();
    let mut text = "$var wire 1 ! a $end $var wire 1 !! b $end $enddefinitions $end\n#0 1!\n".to_owned();
    let mut wanted = vec![Event::Start { at: 0, level: Some(Level::High) }];
    for (index, at) in times.iter().enumerate() {
        let high = index % 2 == 1;
        let blank = ["\n", " ", "\r\n", "\t "][index % 4];
        text.extend([format!("#{at}{blank}0!!{blank}{}!{blank}", u8::from(high))]);
        if index % 1_000 == 0 {
            text.push_str("$comment 1! #7 $end x!!\n");
        }
        wanted.push(Event::Edge { at: *at, level: if high { Level::High } else { Level::Low } });
    }
    wanted.push(Event::End { at: *times.last().unwrap() });
    assert!(text.len() > 1 << 18);
    assert!(events_at(text.as_bytes(), Some("a"), None).unwrap() == wanted);

    let head = [saleae_head(0, 0), 1_u32.to_le_bytes().to_vec(), doubles(&[0.0, 1e6])].concat();
    let few: Vec<i64> = times.iter().copied().filter(|at| *at < 1_000_000_000_000_000).collect();
    let seconds: Vec<f64> = few.iter().map(|at| *at as f64 / 1e12).collect();
    let file = [head, (few.len() as u64).to_le_bytes().to_vec(), doubles(&seconds)].concat();
    let events = events_at(&file, None, None).unwrap();
    let read: Vec<i64> = events
        .iter()
        .filter_map(|event| match event {
            Event::Edge { at, .. } => Some(*at),
            _ => None,
        })
        .collect();
    assert!(read == few);
    let error = error(&file[..file.len() - 3], None, None);
    assert!(error.contains(&format!("byte {}", file.len() - 8)), "{error}");
}

/// Every channel of samples of every size, with bits of other channels changing all the time.
#[test]
fn samples_of_every_size_are_read_as_one_reads_them_singly() {
    let mut state = 7_u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    for unit in [1, 2, 3, 4, 5, 8] {
        // Long runs of the channel that is read, noise in all others.
        let bit = unit * 8 - 3;
        let (mut high, mut wanted, mut samples) = (false, Vec::new(), Vec::new());
        for sample in 0..20_000_i64 {
            let quick = sample % 4_000 < 200;
            if random() < if quick { 128 } else { 2 } {
                high = !high;
            }
            let mut bytes: Vec<u8> = (0..unit).map(|_| random()).collect();
            bytes[bit / 8] = bytes[bit / 8] & !(1 << (bit % 8)) | u8::from(high) << (bit % 8);
            samples.extend(bytes);
            let level = if high { Level::High } else { Level::Low };
            match wanted.last() {
                None => wanted.push(Event::Start { at: 0, level: Some(level) }),
                Some(Event::Start { level: Some(last), .. } | Event::Edge { level: last, .. })
                    if *last != level =>
                {
                    wanted.push(Event::Edge { at: sample, level });
                }
                _ => {}
            }
        }
        wanted.push(Event::End { at: 20_000 });
        let metadata = METADATA
            .replace("unitsize=1", &format!("unitsize={unit}"))
            .replace("probe3", &format!("probe{}", bit + 1));
        let (first, second) = samples.split_at(samples.len() / 3 + 1);
        let file = archive(&[("metadata", metadata.as_bytes()), ("logic-1-1", first), ("logic-1-2", second)]);
        assert!(events_at(&file, Some("C D"), None).unwrap() == wanted, "unitsize {unit}");
    }
}
