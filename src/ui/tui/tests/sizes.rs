//! From 1x1 to 500x200, in any order, with anything on the screen.

use crossterm::event::{Event, KeyCode};

use super::support::*;
use crate::engine::{Notice, Severity};
use crate::screen::ScreenKind;
use crate::time::Span;
use crate::ui::front::Start;

/// Every view there is.
const VIEWS: [&str; 13] = ["", "?", "m", "y", "e", "b", "g", "s", "p", "/", "x", "v", "w"];

#[test]
fn no_view_panics_at_any_small_size() {
    let (fake, shell) = (Fake::new(snapshot()), Shell::new());
    for start in [Start::Session, Start::Chooser] {
        for view in VIEWS {
            let mut desk = Desk::with(&fake, &shell, look(), start, (1, 1));
            for c in view.chars() {
                desk.prefix(c);
            }
            for width in (1..=12).chain([39, 40, 41, 79, 80, 81, 82, 83, 130]) {
                for height in (1..=12).chain([23, 24, 25, 26, 27, 28, 29, 30, 31]) {
                    desk.terminal.backend_mut().resize(width, height);
                    desk.draw();
                }
            }
        }
    }
}

#[test]
fn a_storm_of_sizes_never_panics_and_the_cursor_always_shows() {
    for seed in 0..6 {
        let mut random = Random(seed);
        let (fake, shell) = (Fake::new(snapshot()), Shell::new());
        let mut desk = Desk::new(&fake, &shell);
        for step in 0..200 {
            let (width, height) = match random.below(40) {
                0 => (1, 1),
                1 => (500, 200),
                _ => (1 + random.below(140) as u16, 1 + random.below(60) as u16),
            };
            desk.terminal.backend_mut().resize(width, height);
            desk.event(Event::Resize(width, height));
            fake.show(|s| {
                let kind = ScreenKind::ALL[random.below(9) as usize];
                s.screen = view(kind);
                // A cursor outside the screen is the engine's mistake and still no panic.
                s.screen.cursor = (random.below(30) as u8, random.below(90) as u8);
                s.screen.view40 = random.below(4) == 0;
            });
            match random.below(12) {
                0 => desk.prefix(VIEWS[1 + random.below(12) as usize].chars().next().unwrap()),
                1..=4 => desk.code(KeyCode::Esc),
                5 => desk.code(KeyCode::PageDown),
                6 => desk.code(KeyCode::Up),
                7 => desk.keys("n"),
                _ => {}
            }
            desk.draw();
            let cursor = fake.snap.borrow().screen.cursor;
            let cols = fake.snap.borrow().screen.cols;
            let rows = fake.snap.borrow().screen.rows;
            let on_screen = cursor.0 < rows && cursor.1 < cols && !fake.snap.borrow().screen.view40;
            if desk.app.layers.is_empty() && on_screen {
                let (row, col) = desk.app.pan;
                assert!(
                    u16::from(cursor.0) >= row && u16::from(cursor.1) >= col,
                    "seed {seed} step {step}: cursor {cursor:?} pan {:?}",
                    desk.app.pan
                );
            }
        }
    }
}

#[test]
fn eighty_by_twenty_four_follows_the_cursor() {
    let (fake, shell) = (Fake::new(snapshot()), Shell::new());
    let mut desk = Desk::with(&fake, &shell, look(), Start::Session, (80, 24));
    assert!(desk.rows()[0].starts_with("row 00"));
    fake.show(|s| s.screen.cursor = (24, 0));
    let rows = desk.rows();
    assert!(rows[0].starts_with("row 02") && rows[22].starts_with("row 24"), "{}", rows.join("\n"));
    assert_eq!(
        rows[23].trim_end(),
        "/dev/ttyUSB0  up  300-8N1 idle high  8032 strict  ascii cp437  RX ○  F9 ? help"
    );
    fake.show(|s| s.notices.push(notice("heard")));
    assert!(desk.rows()[23].starts_with("/dev/ttyUSB0"), "mere news leaves the only status line alone");
    fake.show(|s| s.notices.push(Notice { severity: Severity::Warning, ..notice("unplugged") }));
    assert!(desk.rows()[23].starts_with("unplugged"), "what matters takes it");
}

#[test]
fn warnings_of_one_moment_are_told_whole_above_one_another() {
    let (fake, shell) = (Fake::new(snapshot()), Shell::new());
    let mut desk = Desk::with(&fake, &shell, look(), Start::Session, (40, 24));
    let warning = |text: &str| Notice { severity: Severity::Warning, ..notice(text) };
    fake.show(|s| {
        s.notices.push(notice("news"));
        s.notices.push(warning("the first warning is longer than a row of forty"));
        s.notices.push(warning("and the second is too, so that it takes two of them"));
    });
    let rows = desk.rows();
    let below: Vec<&str> = rows[20..].iter().map(|row| row.trim_end()).collect();
    let told = [
        "the first warning is longer than a row",
        "of forty",
        "and the second is too, so that it takes",
        "two of them",
    ];
    assert_eq!(below, told);
    desk.pass(Span::from_secs(7));
    desk.sees_no("of forty");
}

#[test]
fn one_cell_shows_the_character_at_the_cursor() {
    let (fake, shell) = (Fake::new(snapshot()), Shell::new());
    fake.show(|s| s.screen.cursor = (7, 78));
    let mut desk = Desk::with(&fake, &shell, look(), Start::Session, (1, 1));
    assert_eq!(desk.text(), "n");
}
