//! Uploads and downloads: their dialogs, their gauge, and how they are cancelled.

use crossterm::event::KeyCode;

use super::support::*;
use std::sync::Arc;

use crate::engine::{
    Command, Notice, PasteProgress, Severity, StatusLink, TransferEnd, TransferReport, TransferView,
    Transport,
};
use crate::petscii::keyboard::{Key, KeyCode as PetKey};
use crate::time::{Span, Stamp};
use crate::transfer::{Failure, FileDone, Progress, Protocol};
use crate::ui::front::{Look, Place, Start, TransferOrder, TransferWay};

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
        "248 of 496 bytes, block 2, 1 retry, 1 error",
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
    for (key, question, answer) in [
        ('h', "hang up in the middle of the transfer?", Command::HangUp),
        ('q', "quit in the middle of the transfer?", Command::Quit),
    ] {
        desk.prefix(key);
        desk.sees(question);
        desk.keys("n");
        assert_eq!(fake.take(), []);
        // Said twice it is meant.
        desk.prefix(key);
        desk.prefix(key);
        assert_eq!(fake.take(), [answer]);
        desk.code(KeyCode::Esc);
    }
    for key in ['b', 'g', 'k'] {
        desk.prefix(key);
        desk.sees("a transfer is under way, and its line stays as it is");
        assert_eq!(fake.take(), []);
        desk.pass(Span::from_secs(7));
        desk.sees_no("its line stays");
    }
    desk.prefix('p');
    desk.code(KeyCode::Enter);
    desk.sees("a transfer is under way; hang up before another is called");
    assert_eq!(fake.take(), []);
    desk.code(KeyCode::Esc);
    // Of unknown length, hostile names and all, in terminals of every size.
    let hostile = Progress { name: "a\u{1b}[2Jb".repeat(40), length: None, file: 3, ..progress };
    fake.show(|snap| snap.transfer = Some(under_way(hostile)));
    for size in [(1, 1), (3, 2), (20, 5), (40, 8), (200, 60)] {
        desk.terminal.backend_mut().resize(size.0, size.1);
        desk.draw();
    }
    desk.sees("file 3:");
    desk.sees("a?[2Jba?[2Jb");
}

/// A report of a transfer that ended now, 10 s behind its beginning.
fn ended(result: Result<(), Failure>, progress: Progress) -> TransferReport {
    TransferReport {
        protocol: Protocol::Punter,
        sending: false,
        result,
        progress,
        began: Stamp(snapshot().at.0 - 10_000_000_000),
        elapsed: Span::from_secs(10),
        partial: None,
    }
}

/// What the session tells of a transfer that is over.
fn end(fake: &Fake, report: &TransferReport) {
    fake.show(|snap| {
        snap.transfer = None;
        snap.notices.push(notice(&report.to_string()));
        snap.transfer_end = Some(Arc::new(TransferEnd::Over(Box::new(report.clone()))));
    });
}

fn warning(text: &str) -> Notice {
    Notice { severity: Severity::Warning, ..notice(text) }
}

#[test]
fn the_report_stands_until_a_key_which_goes_nowhere_else() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().canonicalize().unwrap();
    let (fake, shell) = (Fake::new(snapshot()), Shell::new());
    let look = Look { directory: place.path().to_owned(), ..look() };
    let mut desk = Desk::with(&fake, &shell, look, Start::Session, (80, 25));
    // The end of an earlier one that nobody ordered here, such as a script's, is not shown.
    end(&fake, &ended(Ok(()), Progress::default()));
    desk.sees_no("download by punter");

    desk.prefix('d');
    desk.code(KeyCode::Enter);
    let place = Place::Untyped(folder.join("download"));
    let way = TransferWay::Receive { place, trim: false };
    assert_eq!(fake.ordered.take(), [TransferOrder { protocol: Protocol::Punter, way }]);
    desk.sees_no("download");
    fake.show(|snap| {
        snap.transfer = Some(under_way(Progress::default()));
        snap.notices.push(warning("telnet BINARY is not agreed"));
    });
    desk.sees("telnet BINARY is not agreed");
    desk.code(KeyCode::Esc);
    desk.sees("cancel the transfer?");
    let done = FileDone { name: "wave.prg".into(), bytes: 536, remark: Some("an empty last block".into()) };
    let progress = Progress {
        done: vec![done],
        resends: 1,
        errors: 2,
        last_error: Some("noise".into()),
        ..Progress::default()
    };
    end(&fake, &ended(Ok(()), progress));
    // The question is too late.
    desk.sees_no("cancel the transfer?");
    desk.pass(Span::from_secs(3_600));
    for wanted in [
        "download by punter is complete",
        "received wave.prg: 536 bytes (an empty last block)",
        &format!("in {}", crate::ui::hygiene::clip(&folder.to_string_lossy(), 59)),
        "0:10, 54 bytes/s, 1 retry, 2 errors",
        "last error: noise",
        "telnet BINARY is not agreed",
        "any key goes on",
    ] {
        desk.sees(wanted);
    }
    desk.keys("x");
    desk.sees_no("any key goes on");
    assert_eq!(fake.take(), []);
    desk.keys("x");
    assert_eq!(fake.take(), [Command::Key(Key::plain(PetKey::Char('x')))]);
}

#[test]
fn a_failed_download_says_why_and_what_is_left_of_it() {
    let (fake, shell) = (Fake::new(snapshot()), Shell::new());
    for (size, failed) in [((80, 25), "download by punter failed"), ((40, 25), "download by punter failed")] {
        let mut desk = Desk::with(&fake, &shell, look(), Start::Session, size);
        desk.prefix('d');
        desk.code(KeyCode::Enter);
        let progress =
            Progress { name: "x.prg".into(), bytes: 248, length: Some(500), file: 1, ..Progress::default() };
        let report = ended(Err(Failure::LinkLost), progress);
        end(&fake, &report);
        // It is told behind the end.
        fake.show(|snap| snap.notices.push(notice("kept x.prg.part with 248 bytes of x.prg")));
        for wanted in [
            failed,
            "the link ended before the transfer",
            "248 of 500 bytes of x.prg were",
            "kept x.prg.part with 248 bytes of",
            "any key",
        ] {
            desk.sees(wanted);
        }
        // Another action than a key of the far end's puts it away as well.
        desk.prefix('x');
        desk.sees_no("any key goes on");
    }
}

#[test]
fn what_is_refused_after_all_brings_the_dialogs_back_as_they_were() {
    let place = tempfile::tempdir().unwrap();
    for name in ["one.prg", "two.prg"] {
        std::fs::write(place.path().join(name), b"123").unwrap();
    }
    let (fake, shell) = (Fake::new(snapshot()), Shell::new());
    let look = Look { directory: place.path().to_owned(), ..look() };
    let mut desk = Desk::with(&fake, &shell, look, Start::Session, (40, 25));
    desk.prefix('u');
    desk.keys("o");
    desk.code(KeyCode::Enter);
    desk.code(KeyCode::Right);
    desk.code(KeyCode::Right);
    desk.code(KeyCode::Enter);
    desk.sees_no("upload");
    let why = "xmodem needs all eight bits and 300-7E1 carries 7 bits; use a line such as 300-8N1, or \
               --protocol text";
    fake.show(|snap| snap.transfer_end = Some(Arc::new(TransferEnd::Refused(why.into()))));
    for wanted in
        ["upload", "file       one.prg", "< xmodem >", "300-7E1 carries 7 bits", "or --protocol text"]
    {
        desk.sees(wanted);
    }
    // The protocol is remembered, and Esc goes back to the files.
    desk.code(KeyCode::Esc);
    desk.sees("send which files?");
    desk.code(KeyCode::Esc);
    desk.prefix('d');
    desk.sees("< xmodem >");
    assert_eq!(fake.take(), []);
}

#[test]
fn the_folders_of_the_last_transfers_are_proposed_again() {
    let place = tempfile::tempdir().unwrap();
    std::fs::create_dir(place.path().join("sub")).unwrap();
    std::fs::write(place.path().join("sub/inner.prg"), b"1").unwrap();
    let (fake, shell) = (Fake::new(snapshot()), Shell::new());
    let look = Look { directory: place.path().to_owned(), ..look() };
    let mut desk = Desk::with(&fake, &shell, look, Start::Session, (80, 25));
    desk.prefix('u');
    desk.keys("s");
    desk.code(KeyCode::Enter);
    desk.keys("i");
    desk.code(KeyCode::Enter);
    desk.code(KeyCode::Enter);
    desk.prefix('u');
    desk.sees("inner.prg");
    desk.code(KeyCode::Esc);
    desk.prefix('d');
    for _ in 0..3 {
        desk.code(KeyCode::Down);
    }
    desk.press(KeyCode::Char('u'), crossterm::event::KeyModifiers::CONTROL);
    desk.keys("sub");
    desk.code(KeyCode::Enter);
    desk.prefix('d');
    desk.sees("folder     sub ");
    let orders = fake.ordered.take();
    let TransferWay::Receive { place: Place::Untyped(path), .. } = &orders[1].way else {
        panic!("{orders:?}")
    };
    assert!(path.ends_with("sub/download"), "{path:?}");
}

#[test]
fn several_files_show_what_a_far_end_will_call_them() {
    let place = tempfile::tempdir().unwrap();
    for name in ["a program of mine, the first.prg", "a program of mine, the second.prg", "B.seq"] {
        std::fs::write(place.path().join(name), b"123").unwrap();
    }
    let (fake, shell) = (Fake::new(snapshot()), Shell::new());
    let look = Look { directory: place.path().to_owned(), ..look() };
    let mut desk = Desk::with(&fake, &shell, look, Start::Session, (80, 25));
    desk.prefix('u');
    desk.code(KeyCode::Down);
    desk.keys("   ");
    desk.code(KeyCode::Enter);
    for wanted in
        ["named      a program of min", "two names are the same: one may replace the other", "           b"]
    {
        desk.sees(wanted);
    }
    desk.code(KeyCode::Right);
    desk.sees("< ymodem >");
    desk.sees_no("names are the same");
}

#[test]
fn escape_in_a_text_that_is_sent_asks_for_the_whole_transfer() {
    let (fake, shell) = (Fake::new(snapshot()), Shell::new());
    fake.show(|snap| {
        let view = under_way(Progress { bytes: 5, length: Some(10), ..Progress::default() });
        snap.transfer = Some(TransferView { sending: true, protocol: Protocol::Text, ..view });
        snap.paste = Some(PasteProgress { sent: 5, total: 10, left: Span::ZERO, waiting: false });
    });
    let mut desk = Desk::with(&fake, &shell, look(), Start::Session, (80, 25));
    desk.sees("upload by text");
    desk.sees_no("Esc cancels");
    desk.code(KeyCode::Esc);
    assert_eq!(fake.take(), []);
    desk.keys("y");
    assert_eq!(fake.take(), [Command::CancelTransfer]);
}

#[test]
fn a_narrow_screen_shows_all_of_the_gauge_and_of_the_question() {
    let (fake, shell) = (Fake::new(snapshot()), Shell::new());
    let progress = Progress {
        doing: "receiving",
        name: "a name that is longer than such a screen is wide.prg".into(),
        bytes: 12_345,
        length: Some(65_432),
        blocks: 50,
        resends: 12,
        errors: 14,
        last_error: Some("block 49 was damaged, and so it was asked for once more".into()),
        ..Progress::default()
    };
    let view = TransferView { transport: Some(Transport::TelnetBinary), ..under_way(progress) };
    fake.show(|snap| snap.transfer = Some(view));
    let mut desk = Desk::with(&fake, &shell, look(), Start::Session, (40, 25));
    for wanted in [
        "download by punter, telnet+bin",
        "wide.prg",
        "block 50",
        "retries, 14 errors",
        "27 bytes/s",
        "0:05 left",
        "once more",
    ] {
        desk.sees(wanted);
    }
    desk.code(KeyCode::Esc);
    desk.sees("cancel the transfer? It goes on");
    desk.sees("meanwhile. y/n");
    // Where not even that fits, the way out is still named.
    desk.code(KeyCode::Esc);
    desk.terminal.backend_mut().resize(40, 6);
    desk.sees("whether to cancel");
}
