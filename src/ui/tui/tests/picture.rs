//! What the session's picture shows: screen, bezel, status, messages, cursor, lamps, colours.

use ratatui::style::{Color, Modifier};

use super::support::*;
use crate::engine::{Counters, Echo, HexByte, PasteProgress, StatusLink, Target, Transport, Wire};
use crate::line::{LineFormat, Polarity};
use crate::petscii::GlyphTier;
use crate::screen::ScreenKind;
use crate::time::{Span, Stamp};
use crate::ui::front::{Look, Start, Theme};

#[test]
fn the_screen_stands_in_the_middle_of_its_bezel() {
    let (fake, shell) = (Fake::new(snapshot()), Shell::new());
    let rows = Desk::new(&fake, &shell).rows();
    assert!(rows[0].contains("╭─ petterm ─"), "{}", rows[0]);
    assert!(rows[0].contains(" 8032 "), "{}", rows[0]);
    for row in 0..25 {
        let line = &rows[row + 1];
        let inner: String = line.chars().skip(9).take(82).collect();
        assert!(inner.starts_with(&format!("│row {row:02} begins")), "{line}");
        assert!(inner.ends_with("end│"), "{line}");
    }
    assert!(rows[26].contains('╰'));
}

#[test]
fn the_status_line_shows_target_line_polarity_and_the_three_axes() {
    let (fake, shell) = (Fake::new(snapshot()), Shell::new());
    fake.show(|s| {
        s.status.line = LineFormat { rx: Polarity::IdleLow, tx: Polarity::IdleLow, ..LineFormat::new(300) }
    });
    let mut desk = Desk::new(&fake, &shell);
    desk.sees("/dev/ttyUSB0  up  300-8N1 idle low  8032 strict  ascii cp437");
    desk.sees("RX ○ 1,234  TX ○ 56  Ctrl-] or F9, then ? for help");
    fake.show(|s| {
        s.status.target = Target::Tcp { host: "bbs.example".into(), port: 6400, scheme: None };
        s.status.has_line = false;
        s.status.transport = Some(Transport::Raw);
        s.status.wire = Wire::Petscii;
        s.status.echo = Echo::Both;
        s.screen = view(ScreenKind::Safe8032);
    });
    desk.sees("bbs.example:6400  up  raw  8032-safe board  petscii  echo both");
}

#[test]
fn errors_log_capture_and_modem_lines_show_when_there_are_any() {
    let (fake, shell) = (Fake::new(snapshot()), Shell::new());
    let mut desk = Desk::new(&fake, &shell);
    desk.sees_no("errors");
    desk.sees_no("LOG");
    *fake.log.borrow_mut() = Some("x.log".into());
    fake.show(|s| {
        s.status.errors = Counters { framing: 40, parity: 2, overrun: 0, breaks: 1 };
        s.status.error_rate = 0.35;
        s.status.capturing = true;
        s.status.lines.cts = Some(true);
        s.status.lines.dcd = Some(false);
    });
    desk.sees("errors 42 (35 %)  breaks 1  LOG  CAPTURE  CTS");
    desk.sees_no("DCD");
    desk.sees("wrong baud or polarity?");
}

#[test]
fn a_lamp_is_lit_for_a_moment_after_a_byte() {
    let (fake, shell) = (Fake::new(snapshot()), Shell::new());
    let mut desk = Desk::new(&fake, &shell);
    desk.sees("RX ○");
    fake.show(|s| s.status.last_rx = Some(s.at));
    desk.sees("RX ● 1,234  TX ○");
    assert_eq!(desk.app.next_change(desk.now), Some(desk.now + Span::from_millis(150)));
    desk.pass(Span::from_millis(149));
    desk.sees("RX ●");
    desk.pass(Span::from_millis(1));
    assert!(desk.app.wants_drawing(desk.now));
    desk.sees("RX ○");
}

#[test]
fn a_notice_stands_for_six_seconds_and_a_hint_until_it_is_gone() {
    let (fake, shell) = (Fake::new(snapshot()), Shell::new());
    let mut desk = Desk::new(&fake, &shell);
    fake.show(|s| {
        s.notices.push(notice("the adapter runs at 302 baud"));
        s.hint = Some("nothing heard: check wiring, baud and echo at both ends".into());
    });
    desk.sees("the adapter runs at 302 baud");
    desk.pass(Span::from_secs(6));
    desk.sees_no("302");
    desk.sees("nothing heard: check wiring");
    fake.show(|s| s.hint = None);
    desk.sees_no("nothing heard");
}

#[test]
fn the_cursor_blinks_three_times_in_two_seconds_and_rests_while_nobody_looks() {
    let (fake, shell) = (Fake::new(snapshot()), Shell::new());
    let mut desk = Desk::new(&fake, &shell);
    let lit = |desk: &mut Desk<'_>| desk.draw()[(10, 1)].modifier.contains(Modifier::REVERSED);
    assert!(lit(&mut desk));
    let mut turns = Vec::new();
    for _ in 0..6 {
        let at = desk.app.next_change(desk.now).unwrap();
        assert!(!desk.app.wants_drawing(Stamp(at.0 - 1)), "drawn without need");
        desk.now = at;
        assert!(desk.app.wants_drawing(at));
        turns.push(lit(&mut desk));
    }
    assert_eq!(turns, [false, true, false, true, false, true]);
    assert!((1_990_000_000..=2_000_000_000).contains(&desk.now.0), "{:?}", desk.now);
    desk.event(crossterm::event::Event::FocusLost);
    assert!(lit(&mut desk));
    assert_eq!(desk.app.next_change(desk.now), None, "an idle session without focus wakes nobody");
}

#[test]
fn a_printed_character_lights_the_cursor_at_once() {
    let (fake, shell) = (Fake::new(snapshot()), Shell::new());
    let mut desk = Desk::new(&fake, &shell);
    desk.draw();
    desk.pass(Span::from_millis(400));
    assert!(!desk.app.moment(desk.now).cursor_lit);
    fake.show(|s| s.screen.cursor = (0, 1));
    desk.draw();
    assert!(desk.app.moment(desk.now).cursor_lit);
    fake.show(|s| s.screen.cursor_visible = false);
    assert!(!desk.draw()[(11, 1)].modifier.contains(Modifier::REVERSED));
}

#[test]
fn a_paste_shows_how_far_it_is_and_how_to_stop_it() {
    let (fake, shell) = (Fake::new(snapshot()), Shell::new());
    fake.show(|s| {
        s.paste =
            Some(PasteProgress { sent: 16_384, total: 65_536, left: Span::from_secs(1638), waiting: false });
    });
    let mut desk = Desk::new(&fake, &shell);
    desk.sees("sending ████░░░░░░░░░░░░ 16,384 of 65,536 bytes, 27 min 18 s left, Esc cancels");
    fake.show(|s| s.paste.as_mut().unwrap().waiting = true);
    desk.sees("waiting for the far end");
}

#[test]
fn the_hex_view_tells_received_from_sent_and_marks_bad_bytes() {
    let (fake, shell) = (Fake::new(snapshot()), Shell::new());
    let byte = |byte, sent, bad| HexByte { byte, sent, bad };
    fake.show(|s| {
        s.recent = vec![byte(b'H', false, false), byte(0xC8, false, true), byte(0x0d, true, false)];
    });
    let mut desk = Desk::new(&fake, &shell);
    desk.prefix('x');
    desk.sees("< 48 C8!");
    desk.sees("> 0D ");
    desk.sees("H.");
    desk.prefix('x');
    desk.sees_no("< 48");
    desk.terminal.backend_mut().resize(140, 30);
    desk.prefix('x');
    let rows = desk.rows();
    assert!(
        rows[1].contains("row 00 begins") && rows[1].contains("< 48 C8!"),
        "beside the screen: {}",
        rows[1]
    );
}

#[test]
fn forty_columns_show_of_eighty() {
    let (fake, shell) = (Fake::new(snapshot()), Shell::new());
    fake.show(|s| s.screen.view40 = true);
    let mut desk = Desk::new(&fake, &shell);
    let rows = desk.rows();
    assert_eq!(rows[1].trim().chars().count(), 42);
    desk.sees("8032 strict 40 columns");
}

#[test]
fn the_end_says_what_to_press() {
    let (fake, shell) = (Fake::new(snapshot()), Shell::new());
    fake.show(|s| {
        s.notices.push(notice("the far end closed the connection"));
        s.status.link = StatusLink::Down;
    });
    let mut desk = Desk::new(&fake, &shell);
    desk.sees("h reconnects, q quits; the far end closed");
    desk.pass(Span::from_secs(10));
    desk.sees("row 00 begins");
    desk.sees("h reconnects, q quits; the far end closed the connection");
}

#[test]
fn without_colour_no_cell_has_any() {
    let (fake, shell) = (Fake::new(snapshot()), Shell::new());
    let mut random = Random(7);
    fake.show(|s| {
        s.screen.kind = ScreenKind::C64;
        s.screen.cells.iter_mut().for_each(|cell| *cell = any_cell(random.next()));
        s.notices.push(notice("hello"));
    });
    for theme in [Theme::Green, Theme::Colour] {
        let look = Look { no_colour: true, theme, ..look() };
        let mut desk = Desk::with(&fake, &shell, look, Start::Session, (100, 30));
        for key in ["", "?", "p", "m", "x"] {
            for c in key.chars() {
                desk.prefix(c);
            }
            for cell in &desk.draw().content {
                assert_eq!((cell.fg, cell.bg), (Color::Reset, Color::Reset));
            }
        }
    }
}

#[test]
fn phosphor_is_green_and_reverse_is_an_attribute() {
    let (fake, shell) = (Fake::new(snapshot()), Shell::new());
    let mut desk = Desk::new(&fake, &shell);
    let cell = &desk.draw()[(11, 1)];
    assert_eq!((cell.fg, cell.bg), (Color::Rgb(0x41, 0xff, 0), Color::Rgb(0, 0, 0)));
    assert_eq!(desk.draw()[(10, 1)].modifier, Modifier::REVERSED, "the cursor");
    desk.prefix('t');
    assert_eq!(desk.draw()[(11, 1)].fg, Color::Rgb(0xff, 0xa8, 0));
}

#[test]
fn plain_ascii_is_plain_ascii() {
    let (fake, shell) = (Fake::new(snapshot()), Shell::new());
    fake.show(|s| {
        s.screen.cells[100..106].copy_from_slice(&cells("┌─█│♥é"));
        s.paste = Some(PasteProgress { sent: 1, total: 2, left: Span::ZERO, waiting: false });
    });
    let look = Look { glyphs: GlyphTier::Ascii, ..look() };
    let mut desk = Desk::with(&fake, &shell, look, Start::Session, (100, 30));
    for key in ["", "?", "p", "m", "x", "s"] {
        for c in key.chars() {
            desk.prefix(c);
        }
        let text = desk.text();
        assert!(text.chars().all(|c| c == '\n' || (' '..='~').contains(&c)), "{key}\n{text}");
    }
}

#[test]
fn bells_ring_at_most_ten_times_a_second() {
    let (fake, shell) = (Fake::new(snapshot()), Shell::new());
    let mut desk = Desk::new(&fake, &shell);
    let mut rung = 0;
    for _ in 0..1000 {
        fake.show(|s| s.bells += 3);
        desk.app.refresh(desk.now);
        rung += u32::from(desk.app.bell(desk.now));
        desk.pass(Span::from_millis(1));
    }
    assert_eq!(rung, 10);
    // The last of them is not lost: the front end wakes for it.
    desk.draw();
    let due = desk.app.next_change(desk.now).unwrap();
    assert!(due.since(desk.now) <= Span::from_millis(100));
    assert!(desk.app.bell(due));
    assert!(!desk.app.bell(due + Span::from_secs(1)), "a bell rings once");
}

#[test]
fn a_visual_bell_flashes_the_bezel_and_makes_no_sound() {
    let (fake, shell) = (Fake::new(snapshot()), Shell::new());
    let look = Look { visual_bell: true, ..look() };
    let mut desk = Desk::with(&fake, &shell, look, Start::Session, (100, 30));
    fake.show(|s| s.bells = 1);
    desk.app.refresh(desk.now);
    assert!(!desk.app.bell(desk.now));
    assert!(desk.draw()[(9, 0)].modifier.contains(Modifier::REVERSED));
    desk.pass(Span::from_millis(150));
    assert!(desk.app.wants_drawing(desk.now));
    assert!(!desk.draw()[(9, 0)].modifier.contains(Modifier::REVERSED));
}
