//! Uploads and downloads: their dialogs, their gauge, and how they are cancelled.

use crossterm::event::KeyCode;

use super::support::*;
use crate::engine::{Command, StatusLink, TransferView};
use crate::time::Span;
use crate::transfer::{Progress, Protocol};
use crate::ui::front::{Look, Start, TransferOrder, TransferWay};

fn under_way(progress: Progress) -> TransferView {
    TransferView {
        sending: false,
        protocol: Protocol::Punter,
        transport: None,
        progress,
        elapsed: Span::from_secs(61),
        rate: 27.4,
        left: Some(Span::from_secs(5)),
    }
}

#[test]
fn a_file_is_chosen_marked_and_sent() {
    let place = tempfile::tempdir().unwrap();
    for name in ["one.prg", "two.seq"] {
        std::fs::write(place.path().join(name), b"123").unwrap();
    }
    let folder = place.path().canonicalize().unwrap();
    let (fake, shell) = (Fake::new(snapshot()), Shell::new());
    let look = Look { directory: place.path().to_owned(), ..look() };
    let mut desk = Desk::with(&fake, &shell, look, Start::Session, (80, 25));
    desk.prefix('u');
    desk.sees("send which files?");
    desk.sees("one.prg");
    desk.sees("3 bytes");
    desk.keys("o");
    desk.code(KeyCode::Enter);
    desk.sees("upload");
    desk.sees("file       one.prg");
    desk.sees("< punter >");
    // Back to the list, and both of them.
    desk.code(KeyCode::Esc);
    desk.keys("o  ");
    desk.sees("2 files are marked");
    desk.code(KeyCode::Enter);
    desk.sees("one.prg and 1 more");
    desk.sees("< multi-punter >");
    desk.code(KeyCode::Enter);
    let way = TransferWay::Send { files: vec![folder.join("one.prg"), folder.join("two.seq")], kind: None };
    assert_eq!(fake.ordered.take(), [TransferOrder { protocol: Protocol::MultiPunter, way }]);
    desk.sees("row 23 begins");
    desk.sees_no("send which files?");
    assert_eq!(fake.take(), [], "keys of the dialogs stay in them");
}

#[test]
fn what_cannot_begin_leaves_the_form_open_and_says_why() {
    let mut fake = Fake::new(snapshot());
    fake.refuse = true;
    let shell = Shell::new();
    let mut desk = Desk::new(&fake, &shell);
    desk.prefix('d');
    desk.sees("download");
    desk.code(KeyCode::Enter);
    desk.sees("the line carries 7 bits");
    desk.sees("another line format");
    desk.code(KeyCode::Esc);
    desk.sees_no("the line carries 7 bits");
}

#[test]
fn without_a_link_there_is_nothing_to_transfer_over() {
    let (fake, shell) = (Fake::new(snapshot()), Shell::new());
    fake.show(|snap| snap.status.link = StatusLink::Down);
    let mut desk = Desk::new(&fake, &shell);
    for key in ['u', 'd'] {
        desk.prefix(key);
        desk.sees("nothing is connected");
    }
    assert_eq!(fake.ordered.take(), []);
}

#[test]
fn the_gauge_shows_how_it_goes_and_escape_asks_before_it_cancels() {
    let (fake, shell) = (Fake::new(snapshot()), Shell::new());
    let progress = Progress {
        doing: "receiving",
        name: "wave.prg".into(),
        bytes: 248,
        length: Some(496),
        blocks: 2,
        resends: 1,
        errors: 1,
        last_error: Some("block 2 was damaged".into()),
        file: 1,
        ..Progress::default()
    };
    fake.show(|snap| snap.transfer = Some(under_way(progress.clone())));
    let mut desk = Desk::with(&fake, &shell, look(), Start::Session, (80, 25));
    for wanted in [
        "download by punter",
        "wave.prg",
        " 50 %",
        "248 of 496 bytes, block 2, 1 sent again, 1 error",
        "receiving: 27 bytes/s, 1:01 so far, 0:05 left",
        "last error: block 2 was damaged",
    ] {
        desk.sees(wanted);
    }
    desk.prefix('u');
    desk.sees("a transfer is under way");
    desk.code(KeyCode::Esc);
    desk.sees("cancel the transfer? It goes on meanwhile. y/n");
    desk.keys("n");
    assert_eq!(fake.take(), []);
    desk.code(KeyCode::Esc);
    desk.keys("y");
    assert_eq!(fake.take(), [Command::CancelTransfer]);
    // Of unknown length, hostile names and all, in terminals of every size.
    let hostile = Progress { name: "a\u{1b}[2Jb".repeat(40), length: None, file: 3, ..progress };
    fake.show(|snap| snap.transfer = Some(under_way(hostile)));
    for size in [(1, 1), (3, 2), (20, 5), (40, 8), (200, 60)] {
        desk.terminal.backend_mut().resize(size.0, size.1);
        desk.draw();
    }
    desk.sees("file 3: a?[2Jb");
}
