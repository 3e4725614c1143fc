//! `petterm prg`: what a person sees, what is written, and how it ends.

#![cfg(all(feature = "serial", feature = "tui"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test helpers fail loudly")]

mod common;

use std::fs;
use std::io::Write as _;
use std::process::{Output, Stdio};

use common::command;

const LISTING: &str = "10 PRINT \"{CLEAR}HELLO\"\n20 DATA 1,2,3\n30 DATA 4.5\n";
const FILE: &[u8] = b"\x01\x04\x10\x04\x0A\x00\x99 \"\x93HELLO\"\x00\x1C\x04\x14\x00\x83 1,2,3\x00\x26\x04\x1E\x00\x83 4.5\x00\0\0";

fn run(args: &[&str], stdin: &[u8]) -> Output {
    let mut child = command()
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    // Who does not read it has closed it.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    child.wait_with_output().unwrap()
}

fn said(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_listing_goes_to_a_program_and_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    fs::write(path("in.txt"), LISTING).unwrap();
    let made = said(&run(&["prg", "make", &path("in.txt"), "-o", &path("out.prg"), "--verbose"], b""));
    assert_eq!((made.0, made.2.as_str()), (0, ""));
    assert!(made.1.contains("3 lines, 39 bytes at $0401-$0427"), "{}", made.1);
    assert!(made.1.contains("DATA: 4 numbers, sum 10.5\nDATA in line 20: 3 numbers, sum 6\n"), "{}", made.1);
    assert_eq!(fs::read(path("out.prg")).unwrap(), FILE);

    let listed = said(&run(&["prg", "list", &path("out.prg")], b""));
    assert_eq!(listed, (0, LISTING.replace("CLEAR", "clr"), String::new()));
    let listed = said(&run(&["prg", "list", "-", "-o", &path("list.txt")], FILE));
    assert_eq!(listed, (0, String::new(), String::new()));
    assert_eq!(fs::read_to_string(path("list.txt")).unwrap(), LISTING.replace("CLEAR", "clr"));
}

#[test]
fn a_dash_is_stdout_and_carries_the_file_alone() {
    let made = run(&["prg", "make", "-", "-o", "-"], LISTING.as_bytes());
    assert_eq!((made.status.code(), made.stdout.as_slice()), (Some(0), FILE));
    let told = said(&made).2;
    assert!(told.contains("stdout: 3 lines, 39 bytes") && told.contains("sum 10.5"), "{told}");
    let listed = said(&run(&["prg", "list", "-", "-o", "-"], FILE));
    assert_eq!(listed, (0, LISTING.replace("CLEAR", "clr"), String::new()));
}

#[test]
fn a_program_without_a_line_is_said_to_be_one() {
    let (code, out, err) = said(&run(&["prg", "list", "-"], &[0x01, 0x04, 0, 0]));
    assert_eq!((code, out.as_str()), (0, ""));
    assert!(err.contains("without a line") && err.lines().count() == 1, "{err}");
}

#[test]
fn no_file_is_written_over_and_none_is_left_of_a_bad_listing() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    fs::write(path("kept"), "kept").unwrap();
    for args in [&["prg", "make", "-", "-o", &path("kept")][..], &["prg", "list", "-", "-o", &path("kept")]] {
        let input = if args[1] == "make" { LISTING.as_bytes() } else { FILE };
        let (code, out, err) = said(&run(args, input));
        assert_eq!((code, out.as_str()), (6, ""));
        assert!(err.contains("exists") && err.lines().count() == 1, "{err}");
        assert_eq!(fs::read_to_string(path("kept")).unwrap(), "kept");
    }
    let (code, out, err) = said(&run(&["prg", "make", "-", "-o", &path("none")], b"10 PRINT\nPRINT\n"));
    assert_eq!((code, out.as_str()), (5, ""));
    assert!(err.contains("stdin:2:1: error: a line number is expected"), "{err}");
    assert!(!folder.path().join("none").exists());
}

#[test]
fn what_is_no_program_is_refused_in_one_line() {
    for (args, input, code, word) in [
        (&["prg", "list", "-"][..], &b"\x00\x90\x4C\x00\x90"[..], 5, "$9000"),
        (&["prg", "info", "-"], b"\x01", 5, "1 byte is"),
        (&["prg", "info", "/nonexistent.prg"], b"", 3, "/nonexistent.prg"),
        (&["prg", "make", "-", "-o", "/nonexistent/x", "--at", "zz"], b"", 2, "hexadecimal"),
        (&["prg", "make", "-", "-o", "/nonexistent/x", "--basic", "3"], b"", 2, "1, 2 or 4"),
        (&["prg", "list", "-", "--set", "ascii"], b"", 2, "graphics or text"),
        (&["prg", "make", "-", "-o", "/nonexistent/x"], b"10 END", 6, "/nonexistent/x"),
        (&["prg", "list", "-", "--baud", "300"], b"", 2, "means nothing"),
    ] {
        let (status, out, err) = said(&run(args, input));
        assert_eq!((status, out.as_str()), (code, ""), "{args:?}: {err}");
        assert!(err.contains(word) && err.lines().count() == 1, "{args:?}: {err}");
    }
}

#[test]
fn info_as_json_says_the_same() {
    let (code, out, err) = said(&run(&["prg", "info", "-", "--json"], FILE));
    assert_eq!((code, err.as_str()), (0, ""));
    let info: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (info["load"].as_u64(), info["last"].as_u64(), info["lines"].as_u64()),
        (Some(0x0401), Some(0x0427), Some(3))
    );
    assert_eq!((info["content"].as_str(), info["links"].as_str()), (Some("basic"), Some("right")));
    assert_eq!(info["fits"][0]["machine"].as_str(), Some("PET 4K"));
    let (_, out, _) = said(&run(&["prg", "info", "-"], FILE));
    assert!(out.contains("loads at   $0401-$0427, 39 bytes\nlines      3, 10 to 30\n"), "{out}");
}

#[test]
fn a_listing_shows_no_control_character_on_a_terminal() {
    let mut file = vec![0x01, 0x04, 0x06, 0x05, 10, 0, 0x8F];
    file.extend(1..=255);
    file.extend([0, 0, 0]);
    let (code, out, _) = said(&run(&["prg", "list", "-"], &file));
    assert_eq!(code, 0);
    assert!(out.trim_end().chars().all(|c| !c.is_control()), "{out:?}");
}

#[test]
fn sums_of_decimal_numbers_are_told_without_binary_noise() {
    let sum = |data: &str| {
        let (code, _, told) =
            said(&run(&["prg", "make", "-", "-o", "-"], format!("10 DATA {data}\n").as_bytes()));
        assert_eq!(code, 0, "{told}");
        told.split("sum ").nth(1).unwrap_or_else(|| panic!("{told}")).trim().to_owned()
    };
    assert_eq!(sum(".1,.2"), "0.3");
    assert_eq!(sum("1.5,1.25,.1,.2"), "3.05");
    assert_eq!(sum(".1,.2,-.3"), "0");
    assert_eq!(sum("12345678901,1"), "12345678902");
    assert_eq!(sum("1E38"), "1E38");
}

#[test]
fn the_same_wrong_address_is_told_in_the_same_words() {
    let make = said(&run(&["prg", "make", "-", "-o", "-", "--at", "zz"], b"")).2;
    let send =
        said(&run(&["send", "--protocol", "punter", "--relocate-basic", "zz", "a.prg", "demo:"], b"")).2;
    for told in [make, send] {
        assert!(told.contains("an address of up to four hexadecimal digits is expected"), "{told}");
    }
}

#[test]
fn every_shell_completes_the_values_of_transfers_and_programs() {
    for shell in ["bash", "zsh", "fish"] {
        let script = said(&run(&["completions", shell], b"")).1;
        for word in ["multi-punter", "if-silent", "usr", "graphics"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    let wrong = said(&run(&["prg", "list", "-", "--set", "zz"], b""));
    assert!(wrong.0 == 2 && wrong.2.contains("graphics or text is expected"), "{wrong:?}");
    assert_ne!(said(&run(&["prg", "list", "-", "--set", "TEXT"], FILE)).0, 2);
}
