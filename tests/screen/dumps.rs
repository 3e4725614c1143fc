//! The three dumps, letter by letter.

use petterm::screen::{Behaviour, Screen, ScreenKind, dump};
use serde_json::{Value, json};

fn fed(kind: ScreenKind, behaviour: Behaviour, bytes: &[u8]) -> Screen {
    let mut screen = Screen::new(kind, behaviour);
    screen.feed(bytes);
    screen
}

fn parsed(screen: &Screen) -> Value {
    serde_json::from_str(&dump::json(screen)).expect("valid JSON")
}

#[test]
fn text_is_every_row_with_trailing_blanks_cut() {
    let screen = fed(ScreenKind::Cbm8032, Behaviour::Strict, b"  \xc8\x45\x4c\x4c\x4f \xa0\r\r\x12RVS");
    assert_eq!(dump::text(&screen), format!("  Hello\n\nrvs\n{}", "\n".repeat(22)));
    let screen = fed(ScreenKind::Vic20, Behaviour::Board, b"\xff");
    assert_eq!(dump::text(&screen), format!("\u{3C0}{}", "\n".repeat(23)));
    let screen = fed(ScreenKind::Ansi, Behaviour::Board, b"\xb0\x9b \x1b[7mx");
    assert_eq!(dump::text(&screen).lines().next(), Some("░¢ x"));
}

#[test]
fn ansi_has_colours_reverse_and_a_reset_at_each_line_end() {
    let first = |screen: &Screen| dump::ansi(screen).lines().next().map(str::to_owned).unwrap();
    let screen = fed(ScreenKind::Cbm8032, Behaviour::Strict, b"A\x12B\x92C");
    assert_eq!(first(&screen), "\x1b[0ma\x1b[0;7mb\x1b[0mc\x1b[0m");
    assert_eq!(dump::ansi(&screen).lines().count(), 25);
    let screen = fed(ScreenKind::C64, Behaviour::Board, b"\x1cA\x12\x05B");
    let line = first(&screen);
    assert!(
        line.starts_with("\x1b[0;38;2;150;40;46;48;2;0;0;0mA\x1b[0;7;38;2;255;255;255;48;2;0;0;0mB"),
        "{line}"
    );
    assert!(line.ends_with("  \x1b[0m"), "the background fills the row");
    let screen = fed(ScreenKind::Ansi, Behaviour::Board, b"\x1b[1;31;44mX\x1b[0m \x1b[38;2;255;0;0;4mY");
    assert_eq!(first(&screen), "\x1b[0;1;38;5;1;48;5;4mX\x1b[0m \x1b[0;4;38;5;196mY\x1b[0m");
    let screen = fed(ScreenKind::C128, Behaviour::Board, b"\x02\x0f\x9eY");
    assert!(first(&screen).starts_with("\x1b[0;4;5;38;2;255;255;85;48;2;0;0;0my"));
}

#[test]
fn json_has_codes_colours_and_state() {
    let screen = fed(ScreenKind::Cbm8032, Behaviour::Strict, b"\x07A\x12B\x22\x94");
    let got = parsed(&screen);
    let mut rows = vec!["20".repeat(80); 25];
    rows[0].replace_range(..8, "0182a2d4");
    assert_eq!(
        got,
        json!({
            "cols": 80, "rows": 25, "screen": rows, "colours": null, "cursor": [0, 4],
            "reverse": true, "quote": true, "insert": 0, "window": [0, 0, 24, 79],
            "charset": "text", "bells": 1,
        })
    );
    let screen = fed(ScreenKind::C64, Behaviour::Strict, b"\x08\x1cA\x9bB");
    let got = parsed(&screen);
    assert_eq!(got["colours"][0].as_str().unwrap().len(), 40);
    assert!(got["colours"][0].as_str().unwrap().starts_with("2f"));
    assert_eq!(got["charset"], "graphics");
    assert_eq!(
        (&got["colour"], &got["logical_col"], &got["shift_lock"]),
        (&json!(15), &json!(2), &json!(true))
    );
    let screen = fed(ScreenKind::Ascii, Behaviour::Board, b"say \"\\o/\"");
    let got = parsed(&screen);
    assert_eq!(got["text"][0], format!("{:80}", "say \"\\o/\""));
    assert_eq!((&got["colours"], got.get("screen"), got.get("colour")), (&Value::Null, None, None));
}
