//! The puzzle: somebody types the alphabet on a PET whose program rests its line low, and an ordinary adapter
//! makes "the alphabet backwards with other letters between" of it.
//!
//! The tables were computed bit by bit before this program existed. Here the lines are drawn, and an independent
//! receiver, petterm's own and the program itself all read what the tables say.

#![cfg(all(feature = "serial", feature = "tui"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test helpers fail loudly")]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

mod common;
mod draw;

use draw::{Drawn, Line, receive};
use petterm::line::uart::Decoder;
use petterm::line::{Edge, Level, LineFormat};
use petterm::time::Stamp;
use rstest::rstest;

const INVERTED: Line = Line { name: "inverted", baud: 300.0, idle_low: true };

/// Bytes in hexadecimal; a star behind one says that its stop bit was not at mark.
fn table(text: &str) -> Vec<(u8, bool)> {
    text.split_whitespace()
        .map(|word| {
            let digits = word.trim_end_matches('*');
            (u8::from_str_radix(digits, 16).unwrap(), digits.len() == word.len())
        })
        .collect()
}

/// petterm's receiver, set for a line that rests high. That the line rests at what it takes for space it tells as
/// breaks. One that begins within a character is that character's end; one by itself is what an ordinary UART
/// calls a zero with a bad stop bit.
fn decoded(line: &Drawn) -> Vec<(u8, bool)> {
    let level = |high: bool| if high { Level::High } else { Level::Low };
    let mut uart = Decoder::with_level(&LineFormat::new(300), Stamp::ZERO, level(line.rest));
    for &(at, high) in &line.edges {
        uart.push(Edge { at: Stamp(at as u64 * 1_000), level: level(high) });
    }
    uart.advance(Stamp(line.end as u64 * 1_000));
    let mut heard = Vec::new();
    // The line was at space when the receiver was switched on.
    let mut busy_until = Stamp(1);
    while let Some(frame) = uart.poll() {
        if !frame.is_break {
            heard.push((frame.data as u8, frame.framing_ok));
        } else if frame.start >= busy_until {
            heard.push((0, false));
        }
        busy_until = frame.end;
    }
    // A break that still lasts is told when it ends.
    if uart.held_since().is_some_and(|since| since >= busy_until) {
        heard.push((0, false));
    }
    heard
}

/// `text` in both senses of bit 7.
fn with_bit_7(text: &[u8], set: bool) -> Vec<u8> {
    text.iter().map(|byte| if set { byte | 0x80 } else { *byte }).collect()
}

const LOWER: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
const UPPER: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ";

#[rstest]
#[case(LOWER, false, "4F 27 4E 13 4D 26 4C 09 4B 25 4A 12 49 24 48 04 47 23 46 11 45 22 44 08 43 21")]
#[case(LOWER, true, "0F 07 0E 03 0D 06 0C 01 0B 05 0A 02 09 04 08 00 07 03 06 01 05 02 04 00 03 01")]
#[case(UPPER, false, "5F 2F 5E 17 5D 2E 5C 0B 5B 2D 5A 16 59 2C 58 05 57 2B 56 15 55 2A 54 0A 53 29")]
#[case(UPPER, true, "1F 0F 1E 07 1D 0E 1C 03 1B 0D 1A 06 19 0C 18 01 17 0B 16 05 15 0A 14 02 13 09")]
#[case(b"0123456789", false, "06 67 33 66 19 65 32 64 0C 63")]
#[case(b"0123456789", true, "02 27 13 26 09 25 12 24 04 23")]
#[case(b"\r\n ", false, "79 3D 03")]
#[case(b"\r\n ", true, "39 1D 01")]
#[case(b"HELLO", false, "0B 5D 16 16 58")]
#[case(b"HELLO", true, "03 1D 06 06 18")]
fn typed_by_hand(#[case] text: &[u8], #[case] bit_7: bool, #[case] expected: &str) {
    // Every one of them has a bad stop bit.
    let expected: Vec<(u8, bool)> = table(expected).into_iter().map(|(byte, _)| (byte, false)).collect();
    let bytes = with_bit_7(text, bit_7);
    for pause in [&draw::typing as &dyn Fn(usize) -> i64, &|_| 7 * 10_000 / 3] {
        let line = INVERTED.text(&bytes, pause);
        assert_eq!(receive(&line, 300.0), expected, "an ordinary UART");
        assert_eq!(decoded(&line), expected, "petterm's");
    }
}

#[rstest]
#[case(LOWER, false, "4F A7* BA AA 9A 8A 7A 6A 5A 4A 3A 2A 1A 0A FA* 1D 1B 19 17 15 13 11 0F 0D 0B 00*")]
#[case(LOWER, true, "0F 87* B8 A8 98 88 78 68 58 48 38 28 18 08 F8* 07 83* 70 50 30 10 F0* 03 01*")]
#[case(UPPER, false, "5F AF* DD D5 CD C5 BD B5 AD A5 9D 95 8D 85 7D 75 6D 65 5D 55 4D 45 3D 35 2D 01*")]
#[case(UPPER, true, "1F 8F* DC D4 CC C4 BC B4 AC A4 9C 94 8C 84 7C 74 6C 64 5C 54 4C 44 3C 34 2C 00*")]
#[case(b"0123456789", false, "D6 B6 96 76 56 36 16 F6* 8D 00*")]
#[case(b"0123456789", true, "D2 B2 92 72 52 32 12 F2* 1A 00*")]
#[case(b"\r\n ", false, "79 BD 03*")]
#[case(b"\r\n ", true, "39 9D 01*")]
fn sent_without_pauses(#[case] text: &[u8], #[case] bit_7: bool, #[case] expected: &str) {
    let line = INVERTED.text(&with_bit_7(text, bit_7), |_| 0);
    assert_eq!(receive(&line, 300.0), table(expected), "an ordinary UART");
    assert_eq!(decoded(&line), table(expected), "petterm's");
}

#[test]
fn typed_letters_follow_a_rule_that_no_change_of_bits_undoes() {
    for byte in 0..=255_u8 {
        let first_one = byte.trailing_zeros();
        let value = ((!u32::from(byte) & 0xFF) >> (first_one + 1)) as u8;
        assert_eq!(receive(&INVERTED.text(&[byte], |_| 0), 300.0), [(value, false)], "{byte:02X}");
        assert!(byte >= 0x80 || !value != byte, "{byte:02X}: XOR repairs nothing");
    }
}

#[test]
fn the_program_shows_the_puzzle_and_its_answer() {
    let out = |name: &str, line: &str| {
        let output = common::command()
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args(["decode", &format!("assets/{name}"), "--line", line, "--hex"])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0));
        let hex = String::from_utf8(output.stdout).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
        (hex, String::from_utf8(output.stderr).unwrap())
    };
    let (hex, said) = out("alphabet-inverted.vcd", "300-8N1");
    assert_eq!(hex, "4F 27 4E 13 4D 26 4C 09 4B 25 4A 12 49 24 48 04 47 23 46 11 45 22 44 08 43 21");
    assert!(said.contains("26 framing errors") && said.contains("-inv"), "{said}");
    let (hex, said) = out("alphabet-inverted.vcd", "300-8N1-inv");
    assert_eq!(hex, "61 62 63 64 65 66 67 68 69 6A 6B 6C 6D 6E 6F 70 71 72 73 74 75 76 77 78 79 7A");
    assert_eq!(said, "");
    // p and x leave nothing but the line at rest: breaks, which are no data.
    let (hex, said) = out("alphabet-inverted-bit7.vcd", "300-8N1");
    assert_eq!(hex, "0F 07 0E 03 0D 06 0C 01 0B 05 0A 02 09 04 08 07 03 06 01 05 02 04 03 01");
    assert!(said.contains("24 framing errors"), "{said}");
    let (hex, _) = out("alphabet-inverted-bit7.vcd", "300-8N1-inv");
    assert!(hex.starts_with("E1 E2 E3") && hex.ends_with("F9 FA"), "{hex}");
}
