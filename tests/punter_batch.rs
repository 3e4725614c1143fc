//! Multi-Punter with the forms of it that boards use, and with names that nobody should use.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail loudly"
)]

mod punter_peer;
mod transfer_line;

use std::sync::Arc;

use petterm::time::{Span, Stamp};
use petterm::transfer::{self, FileKind, Options, OutgoingFile, Protocol};
use punter_peer::batch::{BatchHabits, PeerBatchReceiver, PeerBatchSender};
use punter_peer::{ReceiverHabits, SenderHabits, ms};
use transfer_line::{Fault, Run, Setup, run};

fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 5 + at / 200) as u8).collect()
}

fn receive(habits: BatchHabits) -> Run {
    receive_and_what_is_behind(habits).0
}

fn receive_and_what_is_behind(habits: BatchHabits) -> (Run, Vec<u8>) {
    let (run, mut ours) = receive_by_ours(habits);
    let behind = [ours.leftover(), run.unread[1].clone()].concat();
    (run, behind)
}

fn receive_by_ours(habits: BatchHabits) -> (Run, Box<dyn transfer::Transfer>) {
    let setup = Setup::new(9_600, ms(20));
    let options = Options { octet: setup.octet, ..Options::default() };
    let mut ours = transfer::receive(Protocol::MultiPunter, &options, Stamp::ZERO);
    let run = run(&mut PeerBatchSender::new(habits, setup.octet), ours.as_mut(), &setup);
    (run, ours)
}

fn line(tabs: usize, name: &[u8], end: &[u8]) -> Vec<u8> {
    [&[9].repeat(tabs), name, end].concat()
}

fn ccgms() -> BatchHabits {
    BatchHabits {
        c1: SenderHabits::ccgms(),
        files: vec![
            (line(16, b"FIRST,P", b"\r"), bytes(300)),
            (line(16, b"A, B,S", b"\r"), bytes(248)),
            (line(16, b"SIXTEEN LETTERS!,U", b"\r"), bytes(1)),
        ],
        between: ms(1_830),
        farewell: [&[9].repeat(16)[..], &[4].repeat(16), b"\r"].concat(),
        wants_key: false,
    }
}

#[test]
fn every_form_gives_three_files() {
    let kinds = [Some(FileKind::Prg), Some(FileKind::Seq), Some(FileKind::Usr)];
    let one_tab = |name: &[u8]| line(1, name, b"\r");
    let forms = [
        ("CCGMS", ccgms()),
        ("RetroBBS", BatchHabits { c1: SenderHabits::retrobbs(), between: ms(1_500), ..ccgms() }),
        (
            "CBMTerm3",
            BatchHabits { c1: SenderHabits { leading_goo: true, ..SenderHabits::cbmterm3() }, ..ccgms() },
        ),
        (
            "C*Base",
            BatchHabits {
                c1: SenderHabits::egw(),
                files: ccgms()
                    .files
                    .into_iter()
                    .map(|(line, file)| (one_tab(&line[16..line.len() - 1]), file))
                    .collect(),
                farewell: vec![9, 4],
                wants_key: true,
                ..ccgms()
            },
        ),
        (
            "one with 00 and 0A",
            BatchHabits {
                files: ccgms()
                    .files
                    .into_iter()
                    .map(|(line, file)| ([&[9, 0, 9, 0], &line[16..line.len() - 1], b"\n"].concat(), file))
                    .collect(),
                ..ccgms()
            },
        ),
    ];
    for (name, habits) in forms {
        let files: Vec<Vec<u8>> = habits.files.iter().map(|(_, file)| file.clone()).collect();
        let run = receive(habits);
        assert!(run.is_well(), "{name}: {:?}", run.ended);
        let got: Vec<Vec<u8>> = run.stores[1].iter().map(|file| file.data.clone()).collect();
        assert_eq!(got, files, "{name}");
        assert!(run.stores[1].iter().all(|file| file.finished && file.offer.petscii));
        let names: Vec<&[u8]> = run.stores[1].iter().map(|file| &file.offer.name[..]).collect();
        assert_eq!(names, [&b"FIRST"[..], b"A, B", b"SIXTEEN LETTERS!"], "{name}");
        assert_eq!(run.stores[1].iter().map(|file| file.offer.kind).collect::<Vec<_>>(), kinds, "{name}");
    }
}

#[test]
fn a_name_without_a_letter_is_a_name_and_the_type_block_tells_the_kind() {
    let habits = BatchHabits { files: vec![(line(10, b"NOTES", b"\r"), bytes(20))], ..ccgms() };
    let c1 = SenderHabits { type_byte: 2, ..SenderHabits::retrobbs() };
    let run = receive(BatchHabits { c1, ..habits });
    assert!(run.is_well());
    assert_eq!(run.stores[1][0].offer.name, b"NOTES");
    assert_eq!(run.stores[1][0].offer.kind, Some(FileKind::Seq));
}

#[test]
fn hostile_names_go_to_the_store_as_they_came_and_long_ones_cut() {
    let all: Vec<u8> = (0x20..=0xFF).collect();
    for name in [b"../../.BASHRC,S".to_vec(), b"/ETC/X,P".to_vec(), b"CON,P".to_vec(), b",P".to_vec(), all] {
        let habits = BatchHabits { files: vec![(line(16, &name, b"\r"), bytes(20))], ..ccgms() };
        let run = receive(habits);
        assert!(run.is_well(), "{name:02X?}: {:?}", run.ended);
        assert_eq!(run.file(1), Some(&bytes(20)[..]));
        let offered = &run.stores[1][0].offer.name;
        assert!(name.starts_with(offered), "{name:02X?}: {offered:02X?}");
    }
    for length in [254, 255, 256, 300, 10_000] {
        let name = [vec![b'A'; length], b",S".to_vec()].concat();
        let habits = BatchHabits { files: vec![(line(16, &name, b"\r"), bytes(20))], ..ccgms() };
        let run = receive(habits);
        assert!(run.is_well(), "{length}: {:?}", run.ended);
        let offer = &run.stores[1][0].offer;
        assert_eq!((&offer.name[..], offer.kind), ([b'A'; 253].as_slice(), Some(FileKind::Seq)), "{length}");
    }
}

#[test]
fn the_6502_program_takes_three_files_of_ours() {
    for (what, habits) in [("CCGMS", ReceiverHabits::ccgms()), ("CGTerm 3.0", ReceiverHabits::cgterm30())] {
        let setup = Setup::new(9_600, ms(20));
        let options = Options { octet: setup.octet, ..Options::default() };
        let file = |name: &str, kind, length| OutgoingFile {
            name: name.into(),
            kind,
            data: Arc::from(bytes(length)),
        };
        let files = vec![
            file("first.prg", FileKind::Prg, 300),
            file("a name that is longer than a disk's.seq", FileKind::Seq, 249),
            file("u.usr", FileKind::Usr, 2),
        ];
        let (mut ours, _) = transfer::send(Protocol::MultiPunter, files, &options, Stamp::ZERO).unwrap();
        let mut peer = PeerBatchReceiver::new(habits, setup.octet);
        let run = run(ours.as_mut(), &mut peer, &setup);
        assert!(run.is_well(), "{what}: {:?} {:?}", run.ended, run.notes);
        let files: Vec<&[u8]> = peer.files.iter().map(|(_, file)| &file[..]).collect();
        assert_eq!(files, [&bytes(300)[..], &bytes(249), &bytes(2)], "{what}");
        assert_eq!(peer.files[0].0, b"FIRST,P");
        assert!(peer.files[1].0.ends_with(b",S") && peer.files[2].0 == b"U,U");
        assert_eq!(ours.progress().done.len(), 3);
    }
}

#[test]
fn between_two_own_ends_three_files_keep_their_names_kinds_and_bytes() {
    let setup = Setup::new(2_400, Span::ZERO);
    let options = Options { octet: setup.octet, ..Options::default() };
    let files: Vec<OutgoingFile> = [("one.prg", FileKind::Prg, 0), ("two.seq", FileKind::Seq, 496)]
        .into_iter()
        .chain([("three.usr", FileKind::Usr, 700)])
        .map(|(name, kind, length)| OutgoingFile { name: name.into(), kind, data: Arc::from(bytes(length)) })
        .collect();
    let (mut sender, _) = transfer::send(Protocol::MultiPunter, files, &options, Stamp::ZERO).unwrap();
    let mut receiver = transfer::receive(Protocol::MultiPunter, &options, Stamp::ZERO);
    let run = run(sender.as_mut(), receiver.as_mut(), &setup);
    assert!(run.is_well(), "{:?}", run.ended);
    let lengths: Vec<usize> = run.stores[1].iter().map(|file| file.data.len()).collect();
    assert_eq!(lengths, [0, 496, 700]);
    let kinds: Vec<_> = run.stores[1].iter().map(|file| file.offer.kind.unwrap()).collect();
    assert_eq!(kinds, [FileKind::Prg, FileKind::Seq, FileKind::Usr]);
}

#[test]
fn the_names_that_are_announced_are_told_and_so_are_those_that_become_one() {
    let file = |name: &str, kind| OutgoingFile { name: name.into(), kind, data: Arc::from(bytes(9)) };
    let files = vec![
        file("Letters of May.seq", FileKind::Seq),
        file("a name that is long, first.prg", FileKind::Prg),
        file("a name that is long, second.seq", FileKind::Seq),
    ];
    let setup = Setup::new(9_600, Span::ZERO);
    let options = Options { octet: setup.octet, ..Options::default() };
    let (mut sender, warnings) = transfer::send(Protocol::MultiPunter, files, &options, Stamp::ZERO).unwrap();
    let [warning] = warnings.as_slice() else { panic!("{warnings:?}") };
    assert!(warning.contains("first.prg") && warning.contains("second.seq"), "{warning}");
    let mut receiver = transfer::receive(Protocol::MultiPunter, &options, Stamp::ZERO);
    let run = run(sender.as_mut(), receiver.as_mut(), &setup);
    assert!(run.is_well());
    assert_eq!(
        run.notes[0],
        [
            r#"Letters of May.seq is announced as "Letters of May", S"#,
            r#"a name that is long, first.prg is announced as "a name that is l", P"#,
            r#"a name that is long, second.seq is announced as "a name that is l", S"#,
        ]
    );
}

#[test]
fn a_fault_anywhere_in_a_batch_leaves_no_wrong_file() {
    let data = bytes(45);
    // A flipped bit makes the end of the batch of a D: alone in its place, or in the first two.
    let files = ["d", "adda.seq"].map(|name| OutgoingFile {
        name: name.into(),
        kind: FileKind::Prg,
        data: Arc::from(&data[..]),
    });
    let go = |setup: &Setup| {
        let options = Options { octet: setup.octet, block_size: 40, ..Options::default() };
        let (mut sender, _) =
            transfer::send(Protocol::MultiPunter, files.to_vec(), &options, Stamp::ZERO).unwrap();
        let mut receiver = transfer::receive(Protocol::MultiPunter, &options, Stamp::ZERO);
        run(sender.as_mut(), receiver.as_mut(), setup)
    };
    let clean = go(&Setup::new(9_600, ms(5)));
    let (mut exact, mut all) = (0, 0);
    for way in 0..2 {
        for at in 0..clean.sent[way].len() {
            let flips = (0..8).map(|bit| Fault::Flip { at, bit });
            let others =
                [Fault::Drop { at }, Fault::Duplicate { at }, Fault::Swap { at }, Fault::Truncate { at }];
            for fault in flips.chain(others) {
                let mut setup = Setup::new(9_600, ms(5));
                setup.faults[way] = vec![fault.clone()];
                let run = go(&setup);
                assert!(run.ended.iter().all(Option::is_some), "{fault:?} on way {way} goes on for ever");
                for file in run.stores[1].iter().filter(|file| file.finished) {
                    assert!(file.data == data, "{fault:?} on way {way}: a wrong file");
                }
                let whole = run.stores[1].iter().filter(|file| file.finished).count();
                if let Some((_, Ok(()))) = run.ended[1] {
                    assert_eq!(whole, 2, "{fault:?} on way {way}: a file is missing, and it ends well");
                }
                let counts = !matches!(fault, Fault::Swap { .. } | Fault::Truncate { .. });
                all += usize::from(counts);
                exact += usize::from(counts && whole == 2 && run.is_well());
            }
        }
    }
    assert!(exact * 100 >= all * 95, "{exact} of {all}");
}

/// Two files of ours, and what each end says of a link that is gone, or of a cancel, at each moment of the batch.
#[test]
fn a_link_that_ends_or_a_cancel_ends_a_batch_at_any_moment() {
    let files = || {
        ["a.prg", "b.prg"]
            .map(|name| OutgoingFile { name: name.into(), kind: FileKind::Prg, data: Arc::from(bytes(60)) })
            .to_vec()
    };
    let setup = Setup::new(9_600, ms(5));
    let options = Options { octet: setup.octet, ..Options::default() };
    let make = || {
        let (sender, _) = transfer::send(Protocol::MultiPunter, files(), &options, Stamp::ZERO).unwrap();
        (sender, transfer::receive(Protocol::MultiPunter, &options, Stamp::ZERO))
    };
    let (mut sender, mut receiver) = make();
    let whole = run(sender.as_mut(), receiver.as_mut(), &setup).ended[0].clone().unwrap().0;
    for at in (0..whole.0).step_by(20_000_000) {
        for cancels in [false, true] {
            let (mut sender, mut receiver) = make();
            let mut setup = setup.clone();
            (setup.hang_up, setup.cancels) = (Some(Stamp(at)), cancels);
            let run = run(sender.as_mut(), receiver.as_mut(), &setup);
            for (end, ended) in run.ended.iter().enumerate() {
                let (when, _) = ended.as_ref().unwrap_or_else(|| panic!("{at}, {cancels}: {end} lives on"));
                assert!(when.0 <= at + 5_000_000_000, "{at}, {cancels}: {end} lives on until {when:?}");
            }
            let through = run.stores[1].iter().filter(|file| file.finished).count();
            let said = sender.progress().done.len();
            assert!(said <= through, "{at}: {said} are said to be there, and {through} are");
        }
    }
}

#[test]
fn a_receiver_that_comes_late_asks_for_the_name_and_gets_it() {
    let file = OutgoingFile { name: "x.prg".into(), kind: FileKind::Prg, data: Arc::from(bytes(60)) };
    let (mut sender, _) =
        transfer::send(Protocol::MultiPunter, vec![file], &Options::default(), Stamp::ZERO).unwrap();
    let said = |sender: &mut dyn transfer::Transfer| -> Vec<transfer::Out> {
        std::iter::from_fn(|| sender.poll()).filter(|out| matches!(out, transfer::Out::Tx(_))).collect()
    };
    let header = said(sender.as_mut());
    assert_eq!(header.len(), 1);
    sender.receive(Stamp(1_000_000_000), b"\r");
    sender.timeout(Stamp(2_000_000_000));
    assert_eq!(said(sender.as_mut()), header);
    sender.receive(Stamp(2_000_000_000), b"READY FOR X");
    sender.timeout(Stamp(11_000_000_000));
    assert!(said(sender.as_mut()).contains(&header[0]));
    sender.receive(Stamp(12_000_000_000), b"GOO");
    assert_eq!(said(sender.as_mut()), [transfer::Out::Tx(b"ACK".to_vec())]);
}

#[test]
fn an_end_of_one_byte_is_an_end_and_what_a_board_says_behind_it_is_its_own() {
    for (behind, left) in [
        (&b""[..], &b""[..]),
        (b"\r", b""),
        (b"BYE\r", b"BYE\r"),
        (b"Pick A,B\rY", b"Pick A,B\rY"),
        (b"Continue Y,N", b"Continue Y,N"),
        (&[4; 15], b""),
    ] {
        let farewell = [&[9, 4], behind].concat();
        let (run, rest) = receive_and_what_is_behind(BatchHabits { farewell, ..ccgms() });
        assert!(run.is_well(), "{behind:02X?}: {:?}", run.ended);
        assert_eq!(run.stores[1].len(), 3);
        assert_eq!(rest, left, "{behind:02X?}");
    }
    // What is damaged and a name all the same.
    let files =
        vec![(line(16, b"\x04RAGON,P", b"\r"), bytes(20)), (line(16, b"A\x04DER,S", b"\r"), bytes(30))];
    let run = receive(BatchHabits { files, ..ccgms() });
    assert!(run.is_well(), "{:?}", run.ended);
    assert_eq!(run.stores[1].iter().map(|file| file.data.len()).collect::<Vec<_>>(), [20, 30]);
}

/// Whatever form of name: no flipped bit, and no 04 before it, ends a batch well before its files are there. What is not
/// told from an end is a name of one letter without its kind, since a single 04 is an end; and a name without its kind
/// behind one or two 09 is an end in doubt, which is said.
#[test]
fn one_fault_in_any_name_hides_no_file() {
    for (tabs, name) in [
        (16, b"DEMO".as_slice()),
        (16, b"$D"),
        (16, b"DD"),
        (16, b"DEMO,P "),
        (16, b"DEMO,P,S"),
        (16, b"DAAAAAAAAAAAAAAAAA,P"),
        (16, b"D,U"),
        (3, b"DIDA"),
        (2, b"DEMO,P"),
        (2, b"DEMO"),
        (1, b"DEMO,P"),
        (1, b"DEMO"),
    ] {
        let named = line(tabs, name, b"\r");
        let flips = (0..named.len() * 8).map(|bit| {
            let mut flipped = named.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            flipped
        });
        let inserted = (0..named.len()).map(|at| [&named[..at], &[4], &named[at..]].concat());
        for damaged in flips.chain(inserted) {
            let shown = damaged.escape_ascii().to_string();
            let files = vec![(line(16, b"ONE,P", b"\r"), bytes(20)), (damaged, bytes(30))];
            let (run, ours) = receive_by_ours(BatchHabits { files, ..ccgms() });
            let files = run.stores[1].iter().filter(|file| file.finished);
            let lengths: Vec<usize> = files.map(|file| file.data.len()).collect();
            if matches!(run.ended[1], Some((_, Ok(())))) {
                let done = ours.progress().done;
                let mut remarks = done.iter().filter_map(|file| file.remark.as_ref());
                let said = remarks.any(|remark| remark.contains("compare with what was offered"));
                assert!(lengths == [20, 30] || (said && tabs < 3), "{shown}: {lengths:?}");
            }
        }
    }
}

#[test]
fn nothing_of_a_farewell_is_left_for_the_screen() {
    let (mut sender, mut receiver) = {
        let file = OutgoingFile { name: "x.prg".into(), kind: FileKind::Prg, data: Arc::from(bytes(60)) };
        let options = Options::default();
        let (sender, _) = transfer::send(Protocol::MultiPunter, vec![file], &options, Stamp::ZERO).unwrap();
        (sender, transfer::receive(Protocol::MultiPunter, &options, Stamp::ZERO))
    };
    let run = run(sender.as_mut(), receiver.as_mut(), &Setup::new(9_600, ms(5)));
    assert!(run.is_well());
    assert!(run.unread[1].is_empty(), "{:02X?}", run.unread[1]);
}
