//! The scope: of recordings, and of the wire of a session.

use std::collections::VecDeque;
use std::sync::Arc;

use crossterm::event::KeyCode as Host;

use super::super::bench::{Bench, Reply};
use super::super::canvas::{Canvas, Manner};
use super::super::draw;
use super::support::*;
use crate::engine::{Command, WirePast, WireView};
use crate::line::uart::Encoder;
use crate::line::{Edge, Level, LineFormat, Polarity};
use crate::petscii::GlyphTier;
use crate::petscii::keyboard::{Key, KeyCode};
use crate::time::{Span, Stamp};
use crate::ui::front::{Start, Theme};
use crate::ui::render::scope::Window;
use crate::ui::theme::Depth;
use crate::wave::scope::{Line, Piece};

/// The edges of a text on a line at 300 baud, from 100 ms on.
fn edges(format: &LineFormat, text: &[u8]) -> (Vec<Edge>, Stamp) {
    let mut uart = Encoder::new(format);
    let mut at = Stamp(100_000_000);
    for byte in text {
        at = uart.send(u16::from(*byte), at).end;
    }
    (std::iter::from_fn(|| uart.poll()).collect(), at + Span::from_millis(100))
}

fn recorded(text: &[u8]) -> Bench {
    let format = LineFormat::new(300);
    let (edges, end) = edges(&format, text);
    let line = Line::new("TX", format, vec![Piece::of_edges(Some(Level::High), Stamp(0), edges, end)]);
    Bench::new(vec![line], 0, Window::default())
}

fn drawn(bench: &mut Bench, width: u16, height: u16) -> String {
    let area = ratatui::layout::Rect::new(0, 0, width, height);
    let mut buffer = ratatui::buffer::Buffer::empty(area);
    let manner = Manner { theme: Theme::Green, tier: GlyphTier::Unicode, depth: Depth::None };
    draw::bench::draw(&mut Canvas::new(&mut buffer, manner), bench, "");
    let rows = buffer.content.chunks(usize::from(width).max(1));
    rows.map(|row| row.iter().map(ratatui::buffer::Cell::symbol).collect::<String>() + "\n").collect()
}

fn press(bench: &mut Bench, keys: &str) {
    for c in keys.chars() {
        let code = if c == '\r' { KeyCode::Enter } else { KeyCode::Char(c) };
        assert_eq!(bench.key(Key::plain(code)), Reply::Done, "{c}");
        drawn(bench, 80, 24);
    }
}

#[test]
fn frames_are_visited_one_after_the_other_and_back() {
    let mut bench = recorded(b"HELLO");
    drawn(&mut bench, 80, 24);
    // The frame in the middle is the second.
    press(&mut bench, "zF");
    for c in ["'H'", "'E'", "'L'", "'L'", "'O'"] {
        let text = drawn(&mut bench, 80, 24);
        assert!(text.contains("ASCII") && text.contains(&format!("ASCII {c}")), "{c}:\n{text}");
        press(&mut bench, "f");
    }
    assert!(drawn(&mut bench, 80, 24).contains("no frame that way"));
    press(&mut bench, "FFFF");
    assert!(drawn(&mut bench, 80, 24).contains("ASCII 'H'"), "{}", drawn(&mut bench, 80, 24));
}

#[test]
fn two_cursors_measure_a_bit() {
    let mut bench = recorded(b"U");
    drawn(&mut bench, 80, 24);
    // All bits of 55 hex have an edge at both ends.
    press(&mut bench, "ab.");
    let text = drawn(&mut bench, 80, 24);
    assert!(text.contains("dt 3.333 ms  1.00 bit  1/dt 300.0  1 edge"), "{text}");
    press(&mut bench, ".");
    assert!(drawn(&mut bench, 80, 24).contains("2.00 bit  1/dt 150.0  2 edges"));
    press(&mut bench, "c");
    assert!(!drawn(&mut bench, 80, 24).contains("1/dt"));
}

#[test]
fn a_search_goes_on_from_the_begin() {
    let mut bench = recorded(b"PET PET");
    drawn(&mut bench, 80, 24);
    press(&mut bench, "/T\r");
    let first = drawn(&mut bench, 80, 24);
    press(&mut bench, "r");
    let second = drawn(&mut bench, 80, 24);
    assert_ne!(first, second);
    press(&mut bench, "r");
    assert!(drawn(&mut bench, 80, 24).contains("from the begin again"));
    press(&mut bench, "/nowhere\r");
    assert!(drawn(&mut bench, 80, 24).contains("'nowhere' is not on this line"));
}

#[test]
fn zooming_out_and_in_comes_back_and_nothing_is_lost_by_moving_away() {
    let mut bench = recorded(b"HELLO");
    let before = drawn(&mut bench, 80, 24);
    for _ in 0..12 {
        press(&mut bench, "-");
    }
    for _ in 0..12 {
        press(&mut bench, "+");
    }
    let after = drawn(&mut bench, 80, 24);
    assert_eq!(before.matches('S').count(), after.matches('S').count(), "{after}");
    for _ in 0..100 {
        bench.key(Key::plain(KeyCode::PageDown));
        drawn(&mut bench, 80, 24);
    }
    assert!(drawn(&mut bench, 80, 24).contains(']'), "the map still has the window on it");
    bench.key(Key::plain(KeyCode::Home));
    press(&mut bench, "fF");
    assert!(drawn(&mut bench, 80, 24).contains("'H'"));
}

#[test]
fn any_keys_at_any_size_never_panic() {
    const KEYS: &[u8] = b"+-0zfFnp/rab,.<>cwe ?hello\r";
    for seed in 0..15 {
        let mut random = Random(seed);
        let text: Vec<u8> = (0..random.below(30)).map(|_| random.next() as u8).collect();
        let mut bench = recorded(&text);
        for _ in 0..120 {
            let code = match random.below(12) {
                0 => KeyCode::PageUp,
                1 => KeyCode::PageDown,
                2 => KeyCode::Home,
                3 => KeyCode::End,
                4 => KeyCode::Left,
                5 => KeyCode::Up,
                _ => match KEYS[random.below(KEYS.len() as u64) as usize] {
                    b'\r' => KeyCode::Enter,
                    c => KeyCode::Char(char::from(c)),
                },
            };
            bench.key(Key::plain(code));
            let (width, height) = (1 + random.below(130) as u16, 1 + random.below(50) as u16);
            drawn(&mut bench, width, height);
        }
    }
}

/// A session's wire with something sent and something heard.
fn wire(polarity: Polarity, reconstructed: bool) -> WireView {
    let line = LineFormat { tx: polarity, rx: polarity, ..LineFormat::new(300) };
    let past = |text| {
        let (edges, _) = edges(&line, text);
        let before = polarity.level(crate::line::Bit::Mark);
        WirePast { before, edges: Arc::new(VecDeque::from(edges)) }
    };
    let until = Stamp(2_000_000_000);
    WireView { reconstructed, line, tx: past(b"W"), rx: past(b"PET"), since: Stamp(0), until }
}

#[test]
fn the_wire_of_a_session_shows_and_is_held() {
    let (fake, shell) = (Fake::new(snapshot()), Shell::new());
    fake.show(|snap| snap.wire = Some(wire(Polarity::IdleLow, false)));
    let mut desk = Desk::with(&fake, &shell, look(), Start::Session, (100, 30));
    desk.prefix('w');
    assert_eq!(fake.take(), [Command::WatchWire(true)]);
    desk.sees("RX, what we hear  idle low");
    desk.sees("'T'");
    desk.code(Host::Char(' '));
    desk.sees("HELD");
    fake.show(|snap| snap.wire = Some(wire(Polarity::IdleHigh, false)));
    desk.sees("idle low");
    desk.code(Host::Char(' '));
    fake.show(|snap| snap.wire = Some(wire(Polarity::IdleHigh, true)));
    desk.sees("idle high");
    desk.sees("reconstructed");
    desk.code(Host::Esc);
    assert_eq!(fake.take(), [Command::WatchWire(false)]);
    desk.sees("row 00");
}

#[test]
fn a_link_without_a_wire_says_so() {
    let (fake, shell) = (Fake::new(snapshot()), Shell::new());
    let mut desk = Desk::new(&fake, &shell);
    desk.prefix('w');
    desk.sees("nothing is known of the wire yet");
    desk.prefix('w');
    desk.sees("row 00");
}
