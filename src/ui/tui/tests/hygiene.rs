//! Whatever a session holds, what reaches the host is one allowed character a cell.

use super::support::*;
use crate::engine::{Target, Wire};
use crate::screen::ScreenKind;
use crate::ui::front::{BookLine, PortLine, Start};
use crate::ui::hygiene::allowed;

const HOSTILE: &str = "a\x1b]0;t\x07\u{9b}31m\u{202e}\u{200b}\u{301}\u{2066}漢\r\n\0\x7f\u{feff}z";

#[track_caller]
fn check(desk: &mut Desk<'_>, what: &str) {
    for cell in &desk.draw().content {
        let mut symbol = cell.symbol().chars();
        let (first, second) = (symbol.next(), symbol.next());
        assert!(first.is_some_and(allowed) && second.is_none(), "{what}: {:?}", cell.symbol());
    }
}

#[test]
fn random_cells_never_put_a_control_on_the_host() {
    for seed in 0..40 {
        let mut random = Random(seed);
        let (fake, shell) = (Fake::new(snapshot()), Shell::new());
        fake.show(|s| {
            s.screen.kind = ScreenKind::ALL[random.below(9) as usize];
            s.screen.cells.iter_mut().for_each(|cell| *cell = any_cell(random.next()));
            for _ in 0..40 {
                let row = (0..80).map(|_| any_cell(random.next())).collect();
                s.scrollback.push(past_row(row, s.screen.kind, s.screen.charset));
            }
        });
        let mut desk = Desk::new(&fake, &shell);
        check(&mut desk, &format!("screen, seed {seed}"));
        desk.prefix('/');
        desk.keys("a");
        desk.code(crossterm::event::KeyCode::Enter);
        check(&mut desk, &format!("scrollback, seed {seed}"));
    }
}

#[test]
fn names_and_texts_from_elsewhere_are_made_safe() {
    let (fake, mut shell) = (Fake::new(snapshot()), Shell::new());
    shell.ports = vec![PortLine { device: HOSTILE.into(), adapter: HOSTILE.into(), state: HOSTILE.into() }];
    shell
        .book
        .borrow_mut()
        .insert(0, BookLine { name: HOSTILE.into(), address: HOSTILE.into(), detail: HOSTILE.into() });
    fake.show(|s| {
        s.status.target = Target::Tcp { host: HOSTILE.into(), port: 1, scheme: None };
        s.status.charset = HOSTILE.into();
        s.notices.push(notice(HOSTILE));
        s.hint = Some(HOSTILE.into());
        s.recent = (0..=255)
            .map(|byte| crate::engine::HexByte { byte, sent: byte % 3 == 0, bad: byte % 5 == 0 })
            .collect();
    });
    for wire in [Wire::Ascii, Wire::Petscii] {
        fake.show(|s| s.status.wire = wire);
        for start in [Start::Session, Start::Chooser] {
            let mut desk = Desk::with(&fake, &shell, look(), start, (120, 40));
            check(&mut desk, "start");
            for key in ["x", "y", "p", "?", "s", "l"] {
                for c in key.chars() {
                    desk.prefix(c);
                }
                desk.event(crossterm::event::Event::Paste(HOSTILE.into()));
                check(&mut desk, key);
            }
            desk.prefix('p');
            desk.keys("d");
            check(&mut desk, "confirm");
        }
    }
}
