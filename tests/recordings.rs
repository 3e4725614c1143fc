//! The recordings in `assets/`: drawn here by code that shares nothing with petterm's own transmitter, equal to what
//! the repository holds, and read by the program.
//!
//! `PETTERM_BLESS=1 cargo test --test recordings` writes them anew; look at the difference before it is kept.

#![cfg(all(feature = "serial", feature = "tui"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test helpers fail loudly")]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

mod common;
mod draw;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use common::command;
use draw::{Line, vcd};
use rstest::rstest;

const ALPHABET: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
const DIAL: &[u8] = b"ATDT bbs.fozztexx.com:23\r";
const HELLO: &[u8] = b"HELLO, PET\r\nTHIS IS THE FAR END OF A CABLE.\r\nREADY.\r\n";
const TYPED: &[u8] = b"typed on a pet, 300 baud\r";

fn set(text: &[u8]) -> Vec<u8> {
    text.iter().map(|byte| byte | 0x80).collect()
}

/// Every recording: its name and its text.
fn all() -> Vec<(&'static str, String)> {
    let upright = Line { name: "upright", baud: 300.0, idle_low: false };
    let inverted = Line { name: "inverted", idle_low: true, ..upright };
    let line = Line { name: "line", ..upright };
    let low = Line { name: "line", ..inverted };
    // A PET's VIA at 1 MHz counts two cycles more than its latch says: $0D05 is 3335 microseconds.
    let counted = Line { name: "CB2", baud: 1e6 / 3335.0, idle_low: false };
    vec![
        (
            "zero.vcd",
            vcd(
                "the character 0 (hex 30) at 300-8N1, as it is and on a line that rests low",
                &[upright.text(b"0", |_| 0), inverted.text(b"0", |_| 0)],
            ),
        ),
        ("hello.vcd", vcd("300-8N1, no pauses", &[line.text(HELLO, |_| 0)])),
        (
            "alphabet-inverted.vcd",
            vcd(
                "a to z typed by hand at 300-8N1 on a line that rests low, bit 7 clear",
                &[low.text(ALPHABET, draw::typing)],
            ),
        ),
        (
            "alphabet-inverted-bit7.vcd",
            vcd(
                "a to z typed by hand at 300-8N1 on a line that rests low, bit 7 set",
                &[low.text(&set(ALPHABET), draw::typing)],
            ),
        ),
        (
            "mcterm-dial.vcd",
            vcd(
                "ATDT bbs.fozztexx.com:23 and RETURN as McTerm is reported to send them: 300 baud, resting low, bit 7 set",
                &[low.text(&set(DIAL), draw::typing)],
            ),
        ),
        (
            "counted-6502.vcd",
            vcd(
                "300-8N1 as a loop of a 6502 at 1 MHz drives it: 3335 us a bit, every edge up to 9 us late, one in eight 50 to 300 us late",
                &[counted.text(TYPED, draw::typing).late(draw::interrupts)],
            ),
        ),
    ]
}

fn assets() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets")
}

#[test]
fn the_recordings_are_what_is_drawn_here() {
    for (name, text) in all() {
        let path = assets().join(name);
        if std::env::var_os("PETTERM_BLESS").is_some() {
            fs::write(&path, &text).expect("a recording is written");
        }
        let kept = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(kept == text, "{name} differs from what is drawn here");
    }
}

fn run(args: &[&str]) -> Output {
    command()
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(args)
        .stdin(Stdio::null())
        .output()
        .expect("the program runs")
}

#[track_caller]
fn out(args: &[&str]) -> Vec<u8> {
    let output = run(args);
    assert_eq!(output.status.code(), Some(0), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

#[rstest]
#[case("zero.vcd", &["--channel", "upright", "--line", "300-8N1"], b"0".to_vec())]
#[case("zero.vcd", &["--channel", "inverted", "--line", "300-8N1-inv"], b"0".to_vec())]
#[case("hello.vcd", &["--line", "300-8N1"], HELLO.to_vec())]
#[case("alphabet-inverted.vcd", &["--line", "300-8N1-inv"], ALPHABET.to_vec())]
#[case("alphabet-inverted-bit7.vcd", &["--line", "300-8N1-inv"], set(ALPHABET))]
#[case("alphabet-inverted-bit7.vcd", &["--line", "300-7M1-inv"], ALPHABET.to_vec())]
#[case("mcterm-dial.vcd", &["--line", "300-8N1-inv"], set(DIAL))]
#[case("mcterm-dial.vcd", &["--line", "300-7N2-inv"], DIAL.to_vec())]
#[case("counted-6502.vcd", &["--line", "300-8N1"], TYPED.to_vec())]
fn decode_reads_each_recording(#[case] name: &str, #[case] line: &[&str], #[case] expected: Vec<u8>) {
    let path = format!("assets/{name}");
    assert_eq!(out(&[&["decode", &path], line].concat()), expected);
}

/// The screen at the end of a session with a recording as its far end, in virtual time.
fn screen(args: &[&str]) -> Vec<String> {
    let shown = out(&[args, &["--fast", "--dump", "text"]].concat());
    String::from_utf8(shown).unwrap().lines().map(str::to_owned).collect()
}

#[rstest]
#[case(&["play:assets/zero.vcd#upright"], &["0"])]
#[case(&["play:assets/zero.vcd#inverted", "--line", "300-8N1-inv"], &["0"])]
#[case(&["play:assets/hello.vcd"], &["HELLO, PET", "THIS IS THE FAR END OF A CABLE.", "READY."])]
#[case(&["play:assets/hello.vcd", "--baud", "300"], &["HELLO, PET"])]
#[case(&["play:assets/alphabet-inverted.vcd", "--line", "300-8N1-inv"], &["abcdefghijklmnopqrstuvwxyz"])]
#[case(&["play:assets/alphabet-inverted-bit7.vcd", "--line", "300-8N1-inv", "--strip7"], &["abcdefghijklmnopqrstuvwxyz"])]
#[case(&["play:assets/mcterm-dial.vcd", "--line", "300-7M1-inv"], &["ATDT bbs.fozztexx.com:23"])]
#[case(&["play:assets/alphabet-inverted.vcd"], &["abcdefghijklmnopqrstuvwxyz"])]
#[case(&["play:assets/alphabet-inverted-bit7.vcd"], &["abcdefghijklmnopqrstuvwxyz"])]
#[case(&["play:assets/mcterm-dial.vcd"], &["ATDT bbs.fozztexx.com:23"])]
#[case(&["play:assets/counted-6502.vcd"], &["typed on a pet, 300 baud"])]
fn a_session_shows_the_text_of_a_recording(#[case] args: &[&str], #[case] expected: &[&str]) {
    let shown = screen(args);
    assert_eq!(shown.iter().take(expected.len()).collect::<Vec<_>>(), expected, "{shown:?}");
}

#[test]
fn how_a_recording_is_read_is_found_out_and_said_unless_somebody_says_it() {
    let said = |args: &[&str]| {
        let output = run(&[args, &["--fast", "--dump", "text"]].concat());
        String::from_utf8(output.stderr).unwrap()
    };
    let found = said(&["play:assets/mcterm-dial.vcd"]);
    assert!(found.contains("looks like 300-8N1-inv") && found.contains("bit 7 is always set"), "{found}");
    let doubt = said(&["play:assets/zero.vcd#inverted"]);
    assert!(doubt.contains("too little") && doubt.contains("300-8N1"), "{doubt}");
    assert_eq!(said(&["play:assets/mcterm-dial.vcd", "--baud", "300"]), "");
    let against = said(&["play:assets/hello.vcd", "--invert"]);
    assert!(
        against.contains("looks like 300-8N1 ") && against.contains("is read at 300-8N1-inv as you say"),
        "{against}"
    );
    let agreed = said(&["play:assets/mcterm-dial.vcd", "--invert"]);
    assert!(agreed.contains("looks like 300-8N1-inv") && !agreed.contains("as you say"), "{agreed}");
    let kept = said(&["play:assets/mcterm-dial.vcd", "--strip7=no"]);
    assert!(!kept.contains("stripped"), "{kept}");
}

#[test]
fn a_recording_is_played_at_its_own_pace_to_whoever_has_no_screen() {
    let said = run(&["play:assets/zero.vcd#upright", "-v"]);
    assert_eq!((said.status.code(), said.stdout.as_slice()), (Some(0), b"0".as_slice()));
    let stderr = String::from_utf8(said.stderr).unwrap();
    assert!(stderr.contains("the recording is over"), "{stderr}");
}

#[test]
fn what_is_typed_to_a_recording_goes_nowhere_and_that_is_said_once() {
    let args =
        ["play:assets/hello.vcd", "--fast", "-v", "--script", "wait:HELLO send:abc send:def wait:READY."];
    let said = run(&args);
    let stderr = String::from_utf8(said.stderr).unwrap();
    assert_eq!(said.status.code(), Some(0), "{stderr}");
    assert_eq!(stderr.matches("what is typed goes nowhere").count(), 1, "{stderr}");
}

#[rstest]
#[case("play:assets/nope.vcd", 3, "assets/nope.vcd")]
#[case("play:assets/zero.vcd", 2, "play:assets/zero.vcd#upright")]
#[case("play:assets/zero.vcd#nope", 2, "'nope'")]
#[case("play:assets/README.md", 5, "no recording")]
#[case("play:assets", 2, "no file")]
#[case("play:", 2, "play: needs a recording")]
fn a_recording_that_cannot_be_played_is_refused(#[case] target: &str, #[case] code: i32, #[case] word: &str) {
    for more in [&["--fast", "--dump", "text"][..], &[]] {
        let output = run(&[&[target, "--line", "300-8N1"], more].concat());
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{stderr}");
        assert!(stderr.contains(word), "{stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
    }
}
