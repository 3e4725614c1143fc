//! Files made to hurt: the program says what is wrong, in a line, with little memory and little time.

#![cfg(all(target_os = "linux", feature = "serial", feature = "tui"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test helpers fail loudly")]

mod common;
#[path = "common/recording.rs"]
mod recording;

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use common::{directory, petterm, text};
use recording::{Sound, archive, wav};
use rstest::rstest;

/// Decodes with at most 64 MiB of memory that is written to, and 20 seconds of work.
fn decode(file: &Path, extra: &[&str]) -> Output {
    decode_as(file, "300-8N1", 20, extra)
}

fn decode_as(file: &Path, line: &str, seconds: u32, extra: &[&str]) -> Output {
    let limits = format!("ulimit -d 65536 && ulimit -t {seconds} && exec \"$0\" \"$@\"");
    Command::new("sh")
        .args(["-c", &limits, text(&petterm())])
        .env("PETTERM_NO_CONFIG", "1")
        .args(["decode", text(file), "--line", line])
        .args(extra)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

#[track_caller]
fn fails(bytes: &[u8], extra: &[&str], code: i32, words: &[&str]) {
    let directory = directory();
    let file = directory.path().join("bomb");
    fs::write(&file, bytes).unwrap();
    check(&decode(&file, extra), code, words);
}

#[track_caller]
fn check(output: &Output, code: i32, words: &[&str]) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    for word in words {
        assert!(stderr.contains(word), "'{word}' is not in: {stderr}");
    }
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
}

const METADATA: &str = "[device 1]\ncapturefile=logic-1\nsamplerate=1 MHz\nprobe1=A\nunitsize=1\n";

fn session(metadata: &str, samples: &[u8]) -> Vec<u8> {
    archive(&[("version", b"2"), ("metadata", metadata.as_bytes()), ("logic-1-1", samples)])
}

/// An archive of stored members whose directory tells these sizes, in 64 bits.
fn archive_that_says(members: &[(&str, &[u8], u64)]) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for (name, content, size) in members {
        let offset = file.len() as u32;
        let crc = crc32(content);
        let sizes = |size: u32| {
            [crc.to_le_bytes(), (content.len() as u32).to_le_bytes(), size.to_le_bytes()].concat()
        };
        let names = |extra: u16| [(name.len() as u16).to_le_bytes(), extra.to_le_bytes()].concat();
        file.extend(b"PK\x03\x04\x2D\0\0\0\0\0\0\0\x21\0");
        file.extend(sizes(content.len() as u32));
        file.extend(names(0));
        file.extend(name.as_bytes());
        file.extend(*content);
        directory.extend(b"PK\x01\x02\x2D\0\x2D\0\0\0\0\0\0\0\x21\0");
        directory.extend(sizes(u32::MAX));
        directory.extend(names(12));
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(name.as_bytes());
        directory.extend(b"\x01\0\x08\0");
        directory.extend(size.to_le_bytes());
    }
    let (at, count) = (file.len() as u32, members.len() as u16);
    let size = directory.len() as u32;
    file.extend(directory);
    file.extend(b"PK\x05\x06\0\0\0\0");
    file.extend([count.to_le_bytes(), count.to_le_bytes()].concat());
    file.extend([size.to_le_bytes(), at.to_le_bytes()].concat());
    file.extend([0, 0]);
    file
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(
            crc ^ u32::from(*byte),
            |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 },
        )
    };
    !bytes.iter().fold(u32::MAX, step)
}

#[test]
fn an_archive_made_by_hand_is_one() {
    let file = archive_that_says(&[
        ("metadata", METADATA.as_bytes(), METADATA.len() as u64),
        ("logic-1", &[1; 900], 900),
    ]);
    let directory = directory();
    let path = directory.path().join("good.sr");
    fs::write(&path, file).unwrap();
    check(&decode(&path, &[]), 0, &["no frame"]);
}

#[rstest]
#[case(1 << 33)]
#[case(1 << 63)]
#[case(u64::MAX)]
fn samples_that_are_said_to_be_too_many_are_refused_before_they_are_inflated(#[case] size: u64) {
    let metadata = (METADATA.as_bytes(), METADATA.len() as u64);
    let file = archive_that_says(&[("metadata", metadata.0, metadata.1), ("logic-1", &[0; 900], size)]);
    fails(&file, &[], 5, &["member logic-1", "4 GiB"]);
    let analog = "[device 1]\nsamplerate=1 MHz\ntotal analog=1\nanalog1=A\n";
    let file = archive_that_says(&[
        ("metadata", analog.as_bytes(), analog.len() as u64),
        ("analog-1-1-1", &[0; 900], 900),
        ("analog-1-1-2", &[0; 900], size),
    ]);
    fails(&file, &[], 5, &["member analog-1-1-2", "4 GiB"]);
}

#[test]
fn samples_that_are_more_than_is_said_are_refused() {
    let metadata = (METADATA.as_bytes(), METADATA.len() as u64);
    let file = archive_that_says(&[("metadata", metadata.0, metadata.1), ("logic-1", &[0; 900], 5)]);
    fails(&file, &[], 5, &["member logic-1", "larger than its declared"]);
}

#[test]
fn a_deep_archive_costs_no_memory() {
    // Compressed a thousandfold, as real captures are.
    let file = session(METADATA, &vec![1; 48 << 20]);
    assert!(file.len() < 60_000);
    let directory = directory();
    let path = directory.path().join("deep.sr");
    fs::write(&path, file).unwrap();
    check(&decode(&path, &[]), 0, &["no frame"]);
    let file = session(&format!("{METADATA}{}", " ".repeat(48 << 20)), &[1; 9]);
    fails(&file, &[], 5, &["member metadata", "1 MiB"]);
}

#[test]
fn a_frame_of_millions_of_changes_costs_no_memory() {
    // A start bit, and before the frame is over a change with each sample.
    let metadata = METADATA.replace("1 MHz", "1 GHz");
    let mut samples = vec![1; 1_000_000];
    samples.extend(vec![0; 1_000_000]);
    samples.extend([0, 1].repeat(8_000_000));
    samples.extend(vec![1; 40_000_000]);
    let directory = directory();
    let path = directory.path().join("flood.sr");
    fs::write(&path, session(&metadata, &samples)).unwrap();
    check(&decode(&path, &[]), 0, &["no frame"]);
}

/// An archive of so many members that are all this one; it is deflated once.
fn repeated(metadata: &str, name: &str, block: &[u8], times: usize) -> Vec<u8> {
    let one = archive(&[("it", block)]);
    let mut from = zip::ZipArchive::new(std::io::Cursor::new(one)).unwrap();
    let mut to = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    to.start_file("metadata", options).unwrap();
    to.write_all(metadata.as_bytes()).unwrap();
    for number in 1..=times {
        to.raw_copy_file_rename(from.by_index(0).unwrap(), format!("{name}-{number}")).unwrap();
    }
    to.finish().unwrap().into_inner()
}

/// Some MB that are 4 GiB, and minutes of work.
#[rstest]
#[case::every_sample("logic-1", &[0, 1], "more changes")]
#[case::every_tenth("logic-1", &[[0; 10], [1; 10]].concat(), "more changes")]
#[case::voltages("analog-1-1", &[0, 0, 0, 0, 0, 0, 0x80, 0x3F], "more changes")]
#[case::noise("logic-1", &[[0; 150], [1; 150]].concat(), "is no character")]
fn samples_that_are_too_much_work_are_told(#[case] name: &str, #[case] motif: &[u8], #[case] word: &str) {
    let block = motif.repeat((4 << 20) / motif.len());
    let metadata = match name {
        "logic-1" => METADATA,
        _ => "[device 1]\nsamplerate=1 MHz\ntotal analog=1\nanalog1=A\n",
    };
    let directory = directory();
    let path = directory.path().join("work.sr");
    fs::write(&path, repeated(metadata, name, &block, 1_000)).unwrap();
    check(&decode_as(&path, "9600-8N1", 200, &[]), 5, &[word]);
}

#[test]
fn names_of_vcd_cost_little() {
    let vars = |count: usize| -> String {
        (0..count).fold(String::new(), |text, n| text + &format!("$var wire 1 a{n} n{n} $end\n"))
    };
    let many = format!("$timescale 1 ns $end\n{}$enddefinitions $end\n#0\n", vars(99_999));
    fails(many.as_bytes(), &[], 2, &["--channel", "more"]);
    let scopes = format!("$scope module {} $end\n", "a".repeat(20_000)).repeat(100);
    fails(format!("{scopes}{}", vars(2_000)).as_bytes(), &[], 5, &["16 MiB"]);
    fails("$scope module a $end\n".repeat(2_000).as_bytes(), &[], 5, &["1,000 scopes"]);
}

#[test]
fn an_archive_of_many_members_is_refused() {
    let names: Vec<String> = (0..1_100).map(|number| format!("logic-1-{number}")).collect();
    let mut members: Vec<(&str, &[u8])> = vec![("metadata", METADATA.as_bytes())];
    members.extend(names.iter().map(|name| (name.as_str(), [0].as_slice())));
    fails(&archive(&members), &[], 5, &["1024 members", "1101"]);
    let mut many = session(METADATA, &[1; 9]);
    let end = many.len() - 22;
    many[end + 8..end + 12].fill(0xFF);
    fails(&many, &[], 5, &["1024 members", "65535"]);
}

#[rstest]
#[case("samplerate=1 MHz", "samplerate=9223372036854775808 Hz", "no samplerate", 5)]
#[case("samplerate=1 MHz", "samplerate=99999999999999999999 GHz", "samplerate", 5)]
#[case("samplerate=1 MHz", "samplerate=9999 GHz", "1 THz", 5)]
#[case("samplerate=1 MHz", "samplerate=0", "--rate", 2)]
#[case("samplerate=1 MHz\n", "", "--rate", 2)]
#[case("unitsize=1", "unitsize=18446744073709551615", "unitsize", 5)]
#[case("unitsize=1", "unitsize=-1", "unitsize", 5)]
#[case("probe1=A\n", "", "no line", 2)]
#[case("capturefile=logic-1\n", "", "capturefile", 5)]
#[case("capturefile=logic-1", "capturefile=../../etc/passwd", "is missing", 5)]
fn metadata_that_cannot_be_right_are_told(
    #[case] from: &str,
    #[case] to: &str,
    #[case] word: &str,
    #[case] code: i32,
) {
    fails(&session(&METADATA.replace(from, to), &[1; 900]), &[], code, &[word]);
}

#[test]
fn a_session_without_metadata_or_of_another_channel_is_told() {
    fails(&archive(&[("version", b"2"), ("logic-1-1", &[0; 9])]), &[], 5, &["metadata"]);
    fails(&session(METADATA, &[1; 9]), &["--channel", "CTS"], 2, &["'CTS'", "'A'"]);
    fails(&session(METADATA, &[1; 9])[..60], &[], 5, &["is the file complete?"]);
}

#[test]
fn counts_that_the_file_does_not_hold_are_told_where_it_ends() {
    let count = u64::MAX.to_le_bytes();
    let zeros = [0; 16];
    let v0 = [b"<SALEAE>\0\0\0\0\0\0\0\0\0\0\0\0".as_slice(), &zeros, &count].concat();
    fails(&v0, &[], 5, &["byte 44", "too early"]);
    let v1 = [b"<SALEAE>\x01\0\0\0\0\0\0\0".as_slice(), &count].concat();
    fails(&v1, &[], 5, &["byte 24", "too early"]);
    let analog = [
        b"<SALEAE>\0\0\0\0\x01\0\0\0".as_slice(),
        &[0; 8],
        &1_u64.to_le_bytes(),
        &1_u64.to_le_bytes(),
        &count,
    ];
    fails(&analog.concat(), &[], 5, &["byte 48", "too early"]);
    let mut sound = wav(Sound::Pcm(16), 1, 48_000, &[0.5; 100]);
    let at = sound.len() - 204;
    sound[at..at + 4].copy_from_slice(&0xFFFF_FFFE_u32.to_le_bytes());
    fails(&sound, &[], 5, &["sample 100", "too early"]);
}

/// A file of some hundred MB, most of it a hole.
#[rstest]
#[case::line_of_csv(b"Time [s],A\n0,1\n0.5,", &[], "64 KiB")]
#[case::line_of_a_table(b"Time(s),CH1V\n0,1.5\n1,2.5\n2,0.5\n3,1.5\n4,2.5\n", &[], "64 KiB")]
#[case::word_of_vcd(b"$timescale 1 ns $end $var wire 1 ! a $end $enddefinitions $end #0 1! #", &[], "64 KiB")]
#[case::comment_of_vcd(b"$comment ", &[], "64 KiB")]
#[case::ols(b";Rate: 1000\n0@0\n1@5\n", &["--channel", "0"], "64 KiB")]
#[case::archive(b"PK\x03\x04", &[], "directory")]
#[case::binary(b"\x01\x02", &[], "no recording")]
fn a_hole_costs_no_memory(#[case] head: &[u8], #[case] extra: &[&str], #[case] word: &str) {
    let directory = directory();
    let path = directory.path().join("hole");
    let mut file = File::create(&path).unwrap();
    file.write_all(head).unwrap();
    // Zeros in the first few hundred bytes are no text.
    file.write_all(&[b'1'; 1_000]).unwrap();
    file.set_len(400 << 20).unwrap();
    drop(file);
    check(&decode(&path, extra), 5, &[word]);
}

#[rstest]
#[case(&[], 5, "empty")]
#[case(b"Time [s],A\n", 5, "line 2")]
#[case(b"Time(s),CH1V\n0,1.5\n", 5, "1.5")]
#[case(b"$timescale 1 ns $end $enddefinitions $end", 2, "no line")]
#[case(b";Rate: 1000\n0@0\n1@9223372036854775806\n2@9223372036854775807\n", 2, "--channel")]
fn little_is_told_as_well(#[case] bytes: &[u8], #[case] code: i32, #[case] word: &str) {
    fails(bytes, &[], code, &[word]);
}

#[test]
fn a_recording_of_ages_is_told() {
    let ols = b";Rate: 1\n0@0\n1@9223372036854775806\n0@9223372036854775807\n";
    fails(ols, &["--channel", "0"], 5, &["584 years"]);
    fails(b"Time(s),CH1V\n0,1.5\n1e300,5\n2e300,0\n", &[], 5, &["106 days"]);
    fails(&[0; 900], &["--samples", "1", "--rate", "0", "--channel", "0"], 2, &["--rate"]);
    fails(&[0; 900], &["--samples", "3"], 2, &["--samples", "1, 2, 4 or 8"]);
    fails(&[0; 900], &["--threshold", "3,2"], 2, &["--threshold", "lower one first"]);
}
