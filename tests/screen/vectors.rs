//! Byte streams and the states they left three original editor ROMs in: 8032 901474-03, C64 901227-03 and
//! VIC-20 901486-07. Each state was measured by running the ROM; every field must match.

use petterm::petscii::CharSet;
use petterm::screen::{Behaviour, Screen, ScreenKind, dump};
use serde_json::Value;

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).expect("hex")).collect()
}

/// The differences between a screen and the state expected of it.
fn differences(screen: &Screen, expect: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut check = |what: &str, got: Value, wanted: &Value| {
        if got != *wanted {
            wrong.push(format!("{what}: got {got}, expected {wanted}"));
        }
    };
    let cols = usize::from(screen.size().0);
    let codes = screen.codes().expect("a Commodore screen");
    for (row, got) in codes.chunks(cols).enumerate() {
        let mut got = got.to_vec();
        while got.last() == Some(&0x20) {
            got.pop();
        }
        let wanted = expect["rows"].get(row.to_string()).and_then(Value::as_str).unwrap_or_default();
        check(&format!("row {row}"), got.into(), &bytes(wanted).into());
    }
    if let Some(rows) = expect.get("colours").and_then(Value::as_object) {
        let colours = screen.colours().expect("a colour screen");
        for (row, wanted) in rows {
            let start = row.parse::<usize>().expect("row") * cols;
            let wanted: Vec<_> =
                wanted.as_str().expect("digits").chars().map(|digit| digit.to_digit(16)).collect();
            let got = colours[start..start + wanted.len()].to_vec();
            check(&format!("colours of row {row}"), got.into(), &wanted.into());
        }
    }
    let state = screen.state();
    let set = match screen.char_set() {
        CharSet::Text => "text",
        CharSet::Graphics => "graphics",
    };
    let (row, col) = screen.cursor();
    for (field, got) in [
        ("cursor", serde_json::json!([row, col])),
        ("reverse", state.reverse.into()),
        ("quote", state.quote.into()),
        ("insert", state.insert.into()),
        ("window", serde_json::json!(state.window)),
        ("charset", set.into()),
        ("bells", state.bells.into()),
        ("colour", state.colour.into()),
        ("logical_col", state.logical_col.into()),
        ("shift_lock", state.shift_lock.into()),
    ] {
        if let Some(wanted) = expect.get(field) {
            check(field, got, wanted);
        }
    }
    wrong
}

fn replay(kind: ScreenKind, vectors: &str, count: usize) {
    let mut failed = Vec::new();
    for line in vectors.lines() {
        let vector: Value = serde_json::from_str(line).expect("a JSON line");
        let input = bytes(vector["input"].as_str().expect("input"));
        let mut whole = Screen::new(kind, Behaviour::Strict);
        whole.feed(&input);
        let mut single = Screen::new(kind, Behaviour::Strict);
        for byte in &input {
            single.feed(&[*byte]);
        }
        let mut wrong = differences(&whole, &vector["expect"]);
        if dump::json(&whole) != dump::json(&single) {
            wrong.push("one byte at a time gives another screen".into());
        }
        if !wrong.is_empty() {
            failed.push(format!("{} ({}):\n  {}", vector["name"], vector["input"], wrong.join("\n  ")));
        }
    }
    assert!(failed.is_empty(), "{} vectors fail:\n{}", failed.len(), failed.join("\n"));
    assert_eq!(vectors.lines().count(), count);
}

#[test]
fn the_8032_follows_its_rom() {
    replay(ScreenKind::Cbm8032, include_str!("screen8032.jsonl"), 96);
}

#[test]
fn the_c64_follows_its_rom() {
    replay(ScreenKind::C64, include_str!("screen_c64.jsonl"), 48);
}

#[test]
fn the_vic20_follows_its_rom() {
    replay(ScreenKind::Vic20, include_str!("screen_vic20.jsonl"), 18);
}
