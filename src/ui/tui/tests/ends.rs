//! How a session and the front end end.

use crossterm::event::KeyCode;

use super::super::Exit;
use super::super::events::UiEvent;
use super::support::*;
use crate::engine::{Command, Failure, Outcome, StatusLink, Trouble};

#[test]
fn once_the_far_end_is_gone_its_keys_are_ours() {
    let (fake, shell) = (Fake::new(snapshot()), Shell::new());
    fake.show(|s| s.status.link = StatusLink::Down);
    let mut desk = Desk::new(&fake, &shell);
    desk.keys("xyz");
    assert_eq!(fake.take(), []);
    desk.keys("h");
    assert_eq!(fake.take(), [Command::Connect]);
    desk.keys("p");
    desk.sees("phone book");
    desk.code(KeyCode::Esc);
    desk.keys("q");
    assert_eq!(fake.take(), [Command::Quit]);
    assert_eq!(desk.app.exit(), Some(Exit::Quit));
}

#[test]
fn a_session_that_is_over_ends_the_front_end() {
    let trouble = Trouble::new(Failure::NotFound, "no such port: /dev/ttyNOPE", "");
    for outcome in [Outcome::Done, Outcome::Link(trouble), Outcome::File("full".into())] {
        let (fake, shell) = (Fake::new(snapshot()), Shell::new());
        let mut desk = Desk::new(&fake, &shell);
        desk.draw();
        fake.show(|s| s.outcome = Some(outcome));
        desk.draw();
        assert_eq!(desk.app.exit(), Some(Exit::Quit));
        assert_eq!(fake.take(), [], "it ended by itself");
    }
}

#[test]
fn signals_and_a_lost_terminal_end_the_front_end() {
    let (fake, shell) = (Fake::new(snapshot()), Shell::new());
    for (event, exit) in
        [(UiEvent::Signal(15), Exit::Signal(15)), (UiEvent::TerminalGone, Exit::TerminalGone)]
    {
        let mut desk = Desk::new(&fake, &shell);
        desk.app.event(event, desk.now);
        assert_eq!(desk.app.exit(), Some(exit));
    }
}

#[test]
fn an_idle_front_end_draws_for_the_cursor_alone() {
    let (fake, shell) = (Fake::new(snapshot()), Shell::new());
    let mut desk = Desk::new(&fake, &shell);
    desk.draw();
    let mut drawn = 0;
    while desk.now.0 < 60_000_000_000 {
        let Some(next) = desk.app.next_change(desk.now) else { break };
        assert!(next > desk.now, "it must never spin");
        desk.now = next;
        if desk.app.wants_drawing(desk.now) {
            desk.draw();
            drawn += 1;
        }
    }
    assert_eq!(drawn, 181, "three times a second");
}
