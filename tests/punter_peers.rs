//! Punter with every known program as the far end, as far as its habits are described, with the same options for all.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::indexing_slicing,
    reason = "tests fail loudly"
)]

mod punter_peer;
mod transfer_line;

use std::sync::Arc;

use petterm::time::{Span, Stamp};
use petterm::transfer::{self, FileKind, Options, OutgoingFile, Protocol};
use punter_peer::{PeerReceiver, PeerSender, ReceiverHabits, SenderHabits, ms};
use transfer_line::{Fault, Run, Setup, run};

const LENGTHS: [usize; 9] = [1, 2, 248, 249, 300, 496, 497, 600, 5_000];

fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 7 + at / 251) as u8).collect()
}

/// Our sender and a peer.
fn send_to(habits: &ReceiverHabits, data: &[u8], setup: &Setup) -> (Run, PeerReceiver) {
    let options = Options { octet: setup.octet, ..Options::default() };
    let file = OutgoingFile { name: "x.seq".into(), kind: FileKind::Seq, data: Arc::from(data) };
    let (mut ours, _) = transfer::send(Protocol::Punter, vec![file], &options, Stamp::ZERO).unwrap();
    let mut peer = PeerReceiver::new(habits.clone(), setup.octet);
    let run = run(ours.as_mut(), &mut peer, setup);
    (run, peer)
}

/// A peer and our receiver.
fn receive_from(habits: &SenderHabits, data: &[u8], setup: &Setup) -> Run {
    let options = Options { octet: setup.octet, ..Options::default() };
    let mut peer = PeerSender::new(habits.clone(), setup.octet, data);
    let mut ours = transfer::receive(Protocol::Punter, &options, Stamp::ZERO);
    run(&mut peer, ours.as_mut(), setup)
}

fn receivers() -> Vec<(&'static str, ReceiverHabits)> {
    vec![
        ("CCGMS", ReceiverHabits::ccgms()),
        ("CGTerm 1.7", ReceiverHabits::cgterm17()),
        ("CGTerm 3.0", ReceiverHabits::cgterm30()),
        ("testpunter", ReceiverHabits::testpunter()),
        ("one that says GOO three times", ReceiverHabits::repeats_goo()),
        ("one with rubbish before its codes", ReceiverHabits::shifted()),
    ]
}

fn senders() -> Vec<(&'static str, SenderHabits)> {
    vec![
        ("CCGMS", SenderHabits::ccgms()),
        ("RetroBBS", SenderHabits::retrobbs()),
        ("CBMTerm3", SenderHabits::cbmterm3()),
        ("CGTerm 3.0", SenderHabits::cgterm30()),
        ("EGW", SenderHabits::egw()),
        ("one with rubbish", SenderHabits { rubbish: b"CKA KAC\r\n", ..SenderHabits::cgterm30() }),
    ]
}

#[test]
fn every_receiver_gets_every_length_with_the_same_options() {
    for (name, habits) in receivers() {
        for length in LENGTHS {
            for one_way in [0, 100, 200] {
                let what = format!("{length} bytes to {name}, {one_way} ms one way");
                let data = bytes(length);
                let (run, peer) = send_to(&habits, &data, &Setup::new(9_600, ms(one_way)));
                assert!(run.is_well() && peer.complete, "{what}: {:?}", run.ended);
                // Nothing helps a file of one byte with those that store nothing of a block of eight.
                let kept = if habits.drops_tiny && length == 1 { &[][..] } else { &data };
                assert_eq!(peer.file, kept, "{what}");
                assert_eq!(peer.kind, Some(2));
            }
        }
    }
}

#[test]
fn every_sender_gives_every_length() {
    for (name, habits) in senders() {
        for length in LENGTHS.into_iter().chain([0]) {
            for one_way in [0, 100, 200] {
                let what = format!("{length} bytes from {name}, {one_way} ms one way");
                let data = bytes(length);
                let run = receive_from(&habits, &data, &Setup::new(9_600, ms(one_way)));
                assert!(run.is_well(), "{what}: {:?}", run.ended);
                assert_eq!(run.file(1), Some(&data[..]), "{what}");
            }
        }
    }
}

#[test]
fn the_6502_program_works_at_three_tenths_of_a_second_one_way() {
    let data = bytes(600);
    let setup = Setup::new(9_600, ms(300));
    let (run, peer) = send_to(&ReceiverHabits::ccgms(), &data, &setup);
    assert!(run.is_well() && peer.file == data, "{:?}", run.ended);
    let run = receive_from(&SenderHabits::ccgms(), &data, &setup);
    assert!(run.is_well() && run.file(1) == Some(&data[..]), "{:?}", run.ended);
}

#[test]
fn where_the_line_is_too_slow_for_the_6502_program_it_fails_cleanly() {
    let data = bytes(600);
    for one_way in [450, 700] {
        let setup = Setup::new(9_600, ms(one_way));
        let (run, peer) = send_to(&ReceiverHabits::ccgms(), &data, &setup);
        let (at, result) = run.ended[0].clone().expect("it ends");
        assert!(at < Stamp(1_800_000_000_000), "{at:?}");
        // With 0.7 s an answer may fall between two of its deaf times, with 0.45 s it never does.
        assert!(result.is_err() || (one_way > 450 && peer.file == data), "{one_way} ms one way: {result:?}");
        let run = receive_from(&SenderHabits::ccgms(), &data, &setup);
        let (at, result) = run.ended[1].clone().expect("it ends");
        assert!(at < Stamp(1_800_000_000_000), "{at:?}");
        assert_eq!(result.is_ok(), run.file(1) == Some(&data[..]), "{one_way} ms one way");
        assert!(result.is_err() || one_way > 450, "{one_way} ms one way: {result:?}");
    }
}

/// Runs a flip, a drop and a duplicate of every byte of either way; each ends within ten minutes. At least so many of
/// 1,000 end with the file.
fn every_fault(name: &str, least: usize, go: impl Fn(&Setup) -> (Run, usize, Option<Vec<u8>>), data: &[u8]) {
    let (clean, ours, _) = go(&Setup::new(9_600, ms(5)));
    let (mut well, mut all) = (0, 0);
    for way in 0..2 {
        for at in 0..clean.sent[way].len() {
            for fault in
                [Fault::Flip { at, bit: (at % 8) as u8 }, Fault::Drop { at }, Fault::Duplicate { at }]
            {
                let mut setup = Setup::new(9_600, ms(5));
                setup.faults[way] = vec![fault.clone()];
                let (run, _, file) = go(&setup);
                let (ended, result) = run.ended[ours].clone().expect("it ends");
                assert!(ended < Stamp(600_000_000_000));
                let has_it = file.as_deref() == Some(data);
                assert!(has_it || file.is_none(), "{name}, {fault:?} on way {way}: {file:?}");
                assert!(has_it || result.is_err(), "{name}, {fault:?} on way {way}: {result:?}");
                if !has_it || result.is_err() {
                    eprintln!("{name}, {fault:?} on way {way}: {result:?} at {ended:?}");
                }
                well += usize::from(has_it && result.is_ok());
                all += 1;
            }
        }
    }
    eprintln!("{name}: {well} of {all}");
    assert!(well * 1_000 >= all * least, "{name}: {well} of {all}");
}

#[test]
fn the_same_faults_with_peers_leave_no_wrong_file() {
    let data = bytes(85);
    for (name, habits) in receivers() {
        let go = |setup: &Setup| {
            let (run, peer) = send_to(&habits, &data, setup);
            // It has the whole file before it has said so for the last time.
            (run, 0, (peer.complete || peer.file == data).then_some(peer.file))
        };
        every_fault(name, 960, go, &data);
    }
    for (name, habits) in senders() {
        let go = |setup: &Setup| {
            let run = receive_from(&habits, &data, setup);
            let file = run.file(1).map(<[u8]>::to_vec);
            (run, 1, file)
        };
        every_fault(name, 960, go, &data);
    }
}

#[test]
fn a_receiver_that_takes_goo_for_an_echo_is_not_led() {
    let data = bytes(300);
    let (run, peer) = send_to(&ReceiverHabits::cgterm17(), &data, &Setup::new(9_600, Span::ZERO));
    assert!(!run.sent[0].windows(3).any(|code| code == b"GOO"), "it said GOO where GOO was heard");
    assert_eq!(peer.file, data);
}
