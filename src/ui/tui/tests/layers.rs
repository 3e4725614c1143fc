//! What lies over the session and what the keys there do.

use crossterm::event::{Event, KeyCode, KeyModifiers};

use super::super::Exit;
use super::support::*;
use crate::engine::{Command, Echo, Target, Wire};
use crate::line::LineFormat;
use crate::petscii::CharSet;
use crate::petscii::keyboard::{Key, KeyCode as PetKey};
use crate::screen::{Behaviour, ScreenKind};
use crate::time::Span;
use crate::ui::action::BINDINGS;
use crate::ui::front::{Look, Start};

fn session_key(code: PetKey) -> Command {
    Command::Key(Key::plain(code))
}

#[test]
fn keys_go_to_the_far_end_control_c_among_them() {
    let (fake, shell) = (Fake::new(snapshot()), Shell::new());
    let mut desk = Desk::new(&fake, &shell);
    desk.keys("aQ?");
    desk.press(KeyCode::Char('c'), KeyModifiers::CONTROL);
    desk.press(KeyCode::Char('z'), KeyModifiers::CONTROL);
    desk.press(KeyCode::Home, KeyModifiers::SHIFT);
    let ctrl = |c| Command::Key(Key { ctrl: true, ..Key::plain(PetKey::Char(c)) });
    let clear = Command::Key(Key { shift: true, ..Key::plain(PetKey::Home) });
    assert_eq!(
        fake.take(),
        [
            session_key(PetKey::Char('a')),
            session_key(PetKey::Char('Q')),
            session_key(PetKey::Char('?')),
            ctrl('c'),
            ctrl('z'),
            clear
        ]
    );
    assert_eq!(desk.app.exit(), None);
}

#[test]
fn the_prefix_shows_what_may_follow_and_twice_sends_itself() {
    let (fake, shell) = (Fake::new(snapshot()), Shell::new());
    let mut desk = Desk::new(&fake, &shell);
    // What a host terminal without the enhanced protocol makes of Ctrl-].
    desk.press(KeyCode::Char('5'), KeyModifiers::CONTROL);
    desk.sees("prefix: ? help  q quit");
    desk.press(KeyCode::Char('5'), KeyModifiers::CONTROL);
    assert_eq!(fake.take(), [Command::Key(Key { ctrl: true, ..Key::plain(PetKey::Char(']')) })]);
    desk.prefix('j');
    desk.sees("nothing is on that key");
    assert_eq!(fake.take(), []);
    desk.prefix('q');
    assert_eq!(fake.take(), [Command::Quit]);
    assert_eq!(desk.app.exit(), Some(Exit::Quit));
}

#[test]
fn help_lists_every_key_that_works_and_scrolls() {
    let (fake, shell) = (Fake::new(snapshot()), Shell::new());
    let mut desk = Desk::with(&fake, &shell, look(), Start::Session, (80, 60));
    desk.prefix('?');
    for binding in BINDINGS {
        desk.sees(&format!("  {:<10} {}", binding.label, binding.help));
    }
    desk.sees("Shift-Home               CLR");
    desk.code(KeyCode::Esc);
    desk.sees("row 24 begins");
    desk.terminal.backend_mut().resize(60, 12);
    desk.prefix('?');
    desk.sees("After the prefix");
    desk.sees_no("CLR");
    for _ in 0..9 {
        desk.code(KeyCode::PageDown);
        desk.draw();
    }
    desk.sees("CLR");
    assert_eq!(fake.take(), [], "keys of the overlay stay in it");
}

#[test]
fn screen_wire_echo_and_line_are_chosen_from_lists() {
    let (fake, shell) = (Fake::new(snapshot()), Shell::new());
    let mut desk = Desk::new(&fake, &shell);
    desk.prefix('m');
    desk.sees("* 8032 ");
    desk.sees("strict: exact to the ROM");
    desk.code(KeyCode::Up);
    desk.code(KeyCode::Enter);
    assert_eq!(fake.take(), [Command::SetScreen(ScreenKind::Safe8032)]);
    desk.prefix('m');
    desk.code(KeyCode::End);
    desk.code(KeyCode::Enter);
    assert_eq!(fake.take(), [Command::SetBehaviour(Behaviour::Board)]);
    desk.prefix('y');
    desk.code(KeyCode::Home);
    desk.code(KeyCode::Enter);
    assert_eq!(fake.take(), [Command::SetWire(Wire::Petscii)]);
    desk.prefix('y');
    desk.code(KeyCode::End);
    desk.code(KeyCode::Enter);
    desk.press(KeyCode::Char('u'), KeyModifiers::CONTROL);
    desk.keys("koi8-r");
    desk.code(KeyCode::Enter);
    assert_eq!(fake.take(), [Command::SetCharset("koi8-r".into())]);
    desk.prefix('e');
    desk.code(KeyCode::Down);
    desk.code(KeyCode::Enter);
    assert_eq!(fake.take(), [Command::SetEcho(Echo::Local)]);
    desk.prefix('b');
    desk.code(KeyCode::Down);
    desk.code(KeyCode::Enter);
    assert_eq!(fake.take(), [Command::SetLine(LineFormat::new(600))]);
    desk.prefix('b');
    desk.code(KeyCode::Esc);
    desk.prefix('g');
    desk.sees("DTR is on: turn it off");
    desk.code(KeyCode::Enter);
    assert_eq!(fake.take(), [Command::SetLines { dtr: Some(false), rts: None }]);
}

#[test]
fn a_wrong_line_format_leaves_the_question_open_and_says_why() {
    let (fake, shell) = (Fake::new(snapshot()), Shell::new());
    let mut desk = Desk::new(&fake, &shell);
    desk.prefix('b');
    desk.code(KeyCode::End);
    desk.code(KeyCode::Enter);
    desk.sees("300-8N1");
    desk.press(KeyCode::Char('u'), KeyModifiers::CONTROL);
    desk.keys("fast");
    desk.code(KeyCode::Enter);
    desk.sees("'fast' is not a line format");
    assert_eq!(fake.take(), []);
    desk.press(KeyCode::Char('u'), KeyModifiers::CONTROL);
    desk.event(Event::Paste("1220\n".into()));
    desk.code(KeyCode::Enter);
    assert_eq!(fake.take(), [Command::SetLine(LineFormat::new(1220))]);
}

#[test]
fn keys_without_a_dialog_command_the_session() {
    let (fake, shell) = (Fake::new(snapshot()), Shell::new());
    let mut desk = Desk::new(&fake, &shell);
    for c in "kvh390".chars() {
        desk.prefix(c);
    }
    desk.code(KeyCode::F(9));
    desk.press(KeyCode::Char('1'), KeyModifiers::ALT);
    desk.code(KeyCode::F(9));
    desk.code(KeyCode::Enter);
    let ctrl = |c| Command::Key(Key { ctrl: true, ..Key::plain(PetKey::Char(c)) });
    assert_eq!(
        fake.take(),
        [
            Command::Break,
            Command::SetView40(true),
            Command::HangUp,
            Command::Colour(2),
            ctrl('9'),
            ctrl('0'),
            Command::Colour(8),
            Command::Key(Key { shift: true, ..Key::plain(PetKey::Enter) }),
        ]
    );
    fake.show(|s| s.status.link = crate::engine::StatusLink::Down);
    desk.prefix('h');
    assert_eq!(fake.take(), [Command::Connect]);
}

#[test]
fn a_paste_goes_to_the_far_end_and_escape_cancels_it() {
    let (fake, shell) = (Fake::new(snapshot()), Shell::new());
    let mut desk = Desk::new(&fake, &shell);
    desk.event(Event::Paste("10 PRINT\n20 GOTO 10\n".into()));
    assert_eq!(fake.take(), [Command::Paste("10 PRINT\n20 GOTO 10\n".into())]);
    desk.code(KeyCode::Esc);
    assert_eq!(fake.take(), [session_key(PetKey::Escape)], "without a paste Esc is a key");
    fake.show(|s| {
        s.paste = Some(crate::engine::PasteProgress { sent: 0, total: 9, left: Span::ZERO, waiting: false });
    });
    desk.code(KeyCode::Esc);
    assert_eq!(fake.take(), [Command::CancelPaste]);
}

#[test]
fn the_start_screen_offers_ports_book_address_and_demo() {
    let (fake, shell) = (Fake::new(snapshot()), Shell::new());
    let book = shell.book.take();
    let mut desk = Desk::with(&fake, &shell, look(), Start::Chooser, (80, 24));
    for wanted in ["/dev/ttyUSB0", "FTDI FT232R, free", "demo:", "the built-in board", "an address"] {
        desk.sees(wanted);
    }
    desk.code(KeyCode::End);
    desk.code(KeyCode::Enter);
    assert_eq!(fake.take(), [Command::Call(Box::new(config(Target::Demo)))]);
    desk.sees("row 00 begins");
    shell.book.replace(book);
    let mut desk = Desk::with(&fake, &shell, look(), Start::Chooser, (80, 24));
    desk.sees("bbs.fozztexx.com:23");
    desk.sees_no("the built-in board");
    desk.code(KeyCode::Enter);
    assert_eq!(fake.take(), [Command::Call(Box::new(config(Target::Serial("/dev/ttyUSB0".into()))))]);
}

#[test]
fn an_address_can_be_typed_and_a_wrong_one_says_why() {
    let (fake, shell) = (Fake::new(snapshot()), Shell::new());
    let mut desk = Desk::with(&fake, &shell, look(), Start::Chooser, (80, 24));
    desk.keys("a");
    desk.keys("no host");
    desk.code(KeyCode::Enter);
    desk.sees("'no host' is not a host name");
    for _ in 0..5 {
        desk.code(KeyCode::Backspace);
    }
    desk.code(KeyCode::Enter);
    assert!(matches!(&fake.take()[..], [Command::Call(config)] if config.target.to_string() == "no:23"));
    let mut desk = Desk::with(&fake, &shell, look(), Start::Chooser, (80, 24));
    desk.keys("q");
    assert_eq!(desk.app.exit(), Some(Exit::Quit));
}

#[test]
fn the_phone_book_calls_adds_and_removes() {
    let (fake, shell) = (Fake::new(snapshot()), Shell::new());
    let mut desk = Desk::new(&fake, &shell);
    desk.prefix('p');
    desk.sees("Level 29");
    desk.keys("a");
    desk.keys("Mine");
    desk.code(KeyCode::Enter);
    desk.press(KeyCode::Char('u'), KeyModifiers::CONTROL);
    desk.keys("pet.example");
    desk.code(KeyCode::Enter);
    desk.sees("Mine is in the phone book");
    desk.sees("pet.example:23");
    desk.code(KeyCode::Home);
    desk.keys("d");
    desk.sees("remove Level 29 from the phone book? y/n");
    desk.keys("n");
    assert_eq!(shell.book.borrow().len(), 3);
    desk.keys("dy");
    assert_eq!(shell.book.borrow().len(), 2);
    desk.sees("Level 29 is removed");
    desk.sees("Demo board");
    desk.code(KeyCode::Enter);
    assert_eq!(fake.take(), [Command::Call(Box::new(config(Target::Demo)))]);
    desk.prefix('p');
    desk.code(KeyCode::Esc);
    desk.sees("row 00 begins");
}

#[test]
fn log_and_capture_ask_for_a_name_and_stop_on_the_same_key() {
    let (fake, shell) = (Fake::new(snapshot()), Shell::new());
    let mut desk = Desk::new(&fake, &shell);
    let directory = look().directory;
    desk.prefix('l');
    desk.sees("petterm-001.log");
    desk.code(KeyCode::Enter);
    assert_eq!(*fake.log.borrow(), Some(directory.join("petterm-001.log")));
    desk.sees("LOG");
    desk.prefix('l');
    assert_eq!(*fake.log.borrow(), None);
    desk.sees_no("LOG");
    desk.prefix('c');
    desk.code(KeyCode::Enter);
    assert_eq!(*fake.capture.borrow(), Some(directory.join("capture-001.txt")));
    desk.sees("CAPTURE");
    desk.prefix('c');
    assert_eq!(*fake.capture.borrow(), None);
}

#[test]
fn a_log_that_cannot_be_written_says_why() {
    let (mut fake, shell) = (Fake::new(snapshot()), Shell::new());
    fake.refuse = true;
    let mut desk = Desk::new(&fake, &shell);
    desk.prefix('l');
    desk.code(KeyCode::Enter);
    desk.sees("the disk is full; choose another place");
    desk.code(KeyCode::Esc);
    desk.sees_no("LOG");
}

#[test]
fn a_dump_is_the_screen_as_text_and_never_overwrites() {
    let directory = tempfile::tempdir().unwrap();
    let (fake, shell) = (Fake::new(snapshot()), Shell::new());
    let look = Look { directory: directory.path().into(), ..look() };
    let mut desk = Desk::with(&fake, &shell, look, Start::Session, (160, 30));
    desk.prefix('s');
    desk.code(KeyCode::Enter);
    let file = directory.path().join("screen-001.txt");
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(text.lines().count(), 25);
    assert!(text.starts_with("row 00 begins") && text.ends_with("end\n"));
    desk.prefix('s');
    desk.sees("screen-002.txt");
    desk.press(KeyCode::Char('u'), KeyModifiers::CONTROL);
    desk.keys("screen-001.txt");
    desk.code(KeyCode::Enter);
    desk.sees("exists already");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
}

fn with_history(fake: &Fake, rows: usize) {
    fake.show(|s| {
        for n in 0..rows {
            let text = if n % 10 == 0 { format!("past {n} needle") } else { format!("past {n}") };
            s.scrollback.push(past_row(cells(&text), ScreenKind::Ansi, CharSet::Text));
        }
    });
}

#[test]
fn the_scrollback_stays_where_it_is_while_rows_arrive() {
    let (fake, shell) = (Fake::new(snapshot()), Shell::new());
    with_history(&fake, 500);
    let mut desk = Desk::new(&fake, &shell);
    desk.press(KeyCode::PageUp, KeyModifiers::SHIFT);
    desk.draw();
    desk.code(KeyCode::PageUp);
    let before = desk.rows()[..29].to_vec();
    assert!(before[0].starts_with("past 4"), "{}", before[0]);
    with_history(&fake, 300);
    assert_eq!(desk.rows()[..29], before[..]);
    desk.code(KeyCode::End);
    desk.sees("row 24 begins");
    desk.code(KeyCode::Home);
    desk.sees("past 0 needle");
    desk.sees("rows 1-29 of 825");
    desk.code(KeyCode::Esc);
    desk.sees("row 24 begins");
    assert_eq!(fake.take(), []);
}

#[test]
fn a_search_finds_older_and_newer_matches_and_marks_them() {
    let (fake, shell) = (Fake::new(snapshot()), Shell::new());
    with_history(&fake, 500);
    let mut desk = Desk::new(&fake, &shell);
    desk.prefix('/');
    desk.keys("NEEDLE");
    desk.code(KeyCode::Enter);
    desk.sees("past 490 needle");
    let marked = |desk: &mut Desk<'_>| {
        let buffer = desk.draw();
        let row = |y: u16| {
            (0..20).map(|x| buffer[(x, y)].symbol().to_owned()).collect::<String>().trim().to_owned()
        };
        let hit = |y: &u16| buffer[(10, *y)].modifier.contains(ratatui::style::Modifier::UNDERLINED);
        (0..29).filter(hit).map(row).collect::<Vec<_>>()
    };
    assert_eq!(marked(&mut desk), ["past 490 needle"]);
    desk.keys("nn");
    assert_eq!(marked(&mut desk), ["past 470 needle"]);
    desk.keys("N");
    assert_eq!(marked(&mut desk), ["past 480 needle"]);
    desk.keys("NN");
    desk.sees("nothing more is found");
    desk.pass(Span::from_secs(7));
    desk.keys("/row 03");
    desk.code(KeyCode::Enter);
    desk.sees("row 03 begins");
}

#[test]
fn an_eight_digit_needle_that_is_nowhere_is_not_found() {
    let (fake, shell) = (Fake::new(snapshot()), Shell::new());
    let mut desk = Desk::new(&fake, &shell);
    desk.prefix('/');
    desk.keys("12345678");
    desk.code(KeyCode::Enter);
    desk.sees("nothing more is found");
}
