//! Punter's ends against what no honest far end does, and against stores and links that fail at every moment.

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
use petterm::transfer::{self, Failure, FileKind, Options, Out, OutgoingFile, Protocol, Transfer};
use punter_peer::{PeerReceiver, PeerSender, ReceiverHabits, SenderHabits, block, ms};
use transfer_line::{Fault, Run, Setup, Sleep, run};

fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 7 + at / 251) as u8).collect()
}

fn file(data: &[u8]) -> OutgoingFile {
    OutgoingFile { name: "x".into(), kind: FileKind::Prg, data: Arc::from(data) }
}

fn ours(data: &[u8], setup: &Setup) -> Run {
    let options = Options { octet: setup.octet, block_size: 40, ..Options::default() };
    let (mut sender, _) = transfer::send(Protocol::Punter, vec![file(data)], &options, Stamp::ZERO).unwrap();
    let mut receiver = transfer::receive(Protocol::Punter, &options, Stamp::ZERO);
    run(sender.as_mut(), receiver.as_mut(), setup)
}

fn receive_from(habits: SenderHabits, data: &[u8]) -> Run {
    let setup = Setup::new(9_600, ms(5));
    let options = Options { octet: setup.octet, ..Options::default() };
    let mut peer = PeerSender::new(habits, setup.octet, data);
    let mut ours = transfer::receive(Protocol::Punter, &options, Stamp::ZERO);
    run(&mut peer, ours.as_mut(), &setup)
}

#[test]
fn the_size_of_blocks_may_change_at_every_block() {
    let data = bytes(20_000);
    for sizes in [(8..=255).collect(), vec![255, 8], vec![40, 254, 64, 9, 200], (8..=255).rev().collect()] {
        let run = receive_from(SenderHabits { sizes, ..SenderHabits::retrobbs() }, &data);
        assert!(run.is_well(), "{:?}", run.ended);
        assert_eq!(run.file(1), Some(&data[..]));
    }
}

#[test]
fn a_block_that_leaves_no_room_for_the_next_is_refused_and_said_again() {
    let data = bytes(600);
    for next in 0..7 {
        for (at, payload) in [(0, &[][..]), (1, &data[..248]), (2, &data[248..496])] {
            let instead = Some((at, block(next, at as u16, payload)));
            let run = receive_from(SenderHabits { instead, ..SenderHabits::egw() }, &data);
            assert!(run.is_well(), "{next} in block {at}: {:?}", run.ended);
            assert_eq!(run.file(1), Some(&data[..]), "{next} in block {at}");
            assert_eq!(run.sent[1].windows(3).filter(|code| code == b"BAD").count(), 1);
        }
    }
}

#[test]
fn a_wrong_number_loses_nothing() {
    let data = bytes(600);
    for number in [0, 1, 2, 77, 0xFEFF] {
        let instead = Some((2, block(111, number, &data[248..496])));
        let run = receive_from(SenderHabits { instead, ..SenderHabits::egw() }, &data);
        assert!(run.is_well(), "{number}: {:?}", run.ended);
        assert_eq!(run.file(1), Some(&data[..]), "{number}");
    }
}

#[test]
fn a_raw_line_that_doubles_ff_is_told_at_the_first_block() {
    let mut setup = Setup::new(9_600, ms(5));
    setup.faults[0] = vec![Fault::Expand { byte: 0xFF, into: vec![0xFF, 0xFF] }];
    let run = ours(&bytes(85), &setup);
    let (at, result) = run.ended[1].clone().expect("the receiver ends");
    assert!(at < Stamp(5_000_000_000), "{at:?}");
    let Err(Failure::Protocol(why)) = result else { panic!("{result:?}") };
    assert!(why.contains("--telnet"), "{why}");
}

#[test]
fn a_block_that_the_sender_leaves_out_is_missed() {
    // Six full blocks, so that no size gives it away; RetroBBS has an empty one behind them.
    let data = bytes(6 * 248);
    for (sender, habits, skipped) in [
        ("CCGMS", SenderHabits::ccgms(), 1..=5),
        // It begins at 0, so that a 1 in its first place is none too few.
        ("RetroBBS", SenderHabits::retrobbs(), 2..=5),
        // FFFF says of its last block that nothing else is known of it.
        ("EGW", SenderHabits::egw(), 1..=4),
    ] {
        let last = *skipped.end() + 1;
        for skips in skipped.flat_map(|at| [at..at + 1, at..last]) {
            let at = skips.start;
            let run = receive_from(SenderHabits { skips, ..habits.clone() }, &data);
            let (_, result) = run.ended[1].clone().expect("the receiver ends");
            let Err(Failure::Protocol(why)) = result else { panic!("{sender}, {at}: {result:?}") };
            assert!(why.contains("never came"), "{sender}, {at}: {why}");
            assert_eq!(run.file(1), None, "{sender}, {at}");
            assert_eq!(run.sent[1].windows(3).filter(|code| code == b"BAD").count(), 1, "{sender}, {at}");
        }
    }
}

#[test]
fn no_type_decides_whether_bytes_are_kept() {
    let data = bytes(30);
    for type_byte in 0..=255 {
        let run = receive_from(SenderHabits { type_byte, ..SenderHabits::retrobbs() }, &data);
        assert!(run.is_well());
        assert_eq!(run.file(1), Some(&data[..]), "type {type_byte}");
        let kind = match type_byte {
            0 | 1 => Some(FileKind::Prg),
            2 => Some(FileKind::Seq),
            3 => Some(FileKind::Usr),
            _ => None,
        };
        assert_eq!(run.stores[1][0].offer.kind, kind, "type {type_byte}");
        let [note] = run.notes[1].as_slice() else { panic!("type {type_byte}: {:?}", run.notes[1]) };
        assert!(note.contains(&format!("type {type_byte}, ")), "{note}");
        assert_eq!(note.contains("no name"), kind.is_none(), "{note}");
    }
}

#[test]
fn a_store_that_fails_at_any_answer_fails_the_transfer_at_both_ends() {
    let data = bytes(85);
    // Begin, three blocks, the end.
    for n in 0..6 {
        let mut setup = Setup::new(9_600, ms(5));
        setup.store_fails[1] = Some(n);
        let run = ours(&data, &setup);
        let (at, sender) = run.ended[0].clone().expect("the sender ends");
        let (_, receiver) = run.ended[1].clone().expect("the receiver ends");
        assert!(at < Stamp(120_000_000_000), "{at:?}");
        if n < 5 {
            assert!(matches!(receiver, Err(Failure::Store(_))), "{n}: {receiver:?}");
            assert!(sender.is_err(), "{n}: the sender believes in a file that is not there");
            assert_eq!(run.file(1), None);
        } else {
            assert!(run.is_well());
        }
    }
}

#[test]
fn a_link_that_ends_at_any_moment_leaves_the_file_or_an_error() {
    let data = bytes(300);
    let end = ours(&data, &Setup::new(2_400, ms(20))).ended[0].clone().unwrap().0;
    for at in (0..end.0).step_by(50_000_000) {
        let mut setup = Setup::new(2_400, ms(20));
        setup.hang_up = Some(Stamp(at));
        let run = ours(&data, &setup);
        for (end, ended) in run.ended.iter().enumerate() {
            let (when, result) = ended.clone().expect("it ends");
            assert!(when <= Stamp(at), "end {end} lives on behind the link's end");
            if end == 1 {
                assert_eq!(result.is_ok(), run.file(1) == Some(&data[..]), "at {at}");
            }
            assert!(result.is_err() || run.file(1) == Some(&data[..]), "at {at}, end {end}");
        }
    }
}

fn outs(transfer: &mut dyn Transfer) -> Vec<Out> {
    std::iter::from_fn(|| transfer.poll()).collect()
}

/// The next of a row of numbers that looks like chance.
fn chance(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

#[test]
fn bytes_at_once_and_bytes_one_by_one_are_the_same() {
    let words: [&[u8]; 9] =
        [b"GOO", b"BAD", b"ACK", b"S/B", b"SYN", b"G", b"\0", b"CKA", &block(4, 0xFFFF, &[2])];
    let data = bytes(300);
    let make = |which: u64| -> Box<dyn Transfer> {
        let options = Options::default();
        match which {
            0 => transfer::receive(Protocol::Punter, &options, Stamp::ZERO),
            1 => transfer::send(Protocol::Punter, vec![file(&data)], &options, Stamp::ZERO).unwrap().0,
            _ => transfer::receive(Protocol::MultiPunter, &options, Stamp::ZERO),
        }
    };
    for seed in 0..2_000 {
        let mut state = seed;
        let (mut whole, mut single) = (make(seed % 3), make(seed % 3));
        let mut now = Stamp::ZERO;
        assert_eq!(outs(whole.as_mut()), outs(single.as_mut()));
        for _ in 0..40 {
            now += Span(chance(&mut state) % 2_000_000_000);
            let line: Vec<u8> = (0..chance(&mut state) % 4)
                .flat_map(|_| words[chance(&mut state) as usize % 9].to_vec())
                .collect();
            whole.receive(now, &line);
            for &byte in &line {
                single.receive(now, &[byte]);
            }
            let said = outs(whole.as_mut());
            assert_eq!(said, outs(single.as_mut()), "seed {seed}: {line:02X?}");
            assert_eq!((whole.wake(), whole.progress()), (single.wake(), single.progress()), "seed {seed}");
            if said.iter().any(|out| matches!(out, Out::Store(_) | Out::Ended(_))) {
                break;
            }
            whole.timeout(now);
            single.timeout(now);
            assert_eq!(outs(whole.as_mut()), outs(single.as_mut()), "seed {seed}");
        }
    }
}

#[test]
fn a_machine_that_sleeps_at_any_word_of_a_transfer_spoils_no_file() {
    let data = bytes(800);
    let pairs: [(&str, Option<ReceiverHabits>, Option<SenderHabits>); 7] = [
        ("ours", None, None),
        ("to CCGMS", Some(ReceiverHabits::ccgms()), None),
        ("to CGTerm 1.7", Some(ReceiverHabits::cgterm17()), None),
        ("to CGTerm 3.0", Some(ReceiverHabits::cgterm30()), None),
        ("from CCGMS", None, Some(SenderHabits::ccgms())),
        ("from RetroBBS", None, Some(SenderHabits::retrobbs())),
        ("from EGW", None, Some(SenderHabits::egw())),
    ];
    for (pair, receiver, sender) in pairs {
        let (mut well, mut all) = (0, 0);
        for end in 0..2 {
            for at in 0..40 {
                for (seconds, way) in (0..4).flat_map(|way| [1, 4, 9].map(|seconds| (seconds, way))) {
                    let mut setup = Setup::new(9_600, ms(5));
                    let options = Options { octet: setup.octet, ..Options::default() };
                    let mut peer = receiver.clone().map(|habits| PeerReceiver::new(habits, setup.octet));
                    let mut own = transfer::receive(Protocol::Punter, &options, Stamp::ZERO);
                    let receiving: &mut dyn Transfer = match &mut peer {
                        Some(peer) => peer,
                        None => own.as_mut(),
                    };
                    let mut sending: Box<dyn Transfer> = match &sender {
                        Some(habits) => Box::new(PeerSender::new(habits.clone(), setup.octet, &data)),
                        None => {
                            transfer::send(Protocol::Punter, vec![file(&data)], &options, Stamp::ZERO)
                                .unwrap()
                                .0
                        }
                    };
                    setup.sleep = Some(Sleep {
                        end,
                        at,
                        span: Span::from_secs(seconds),
                        before_it_left: way & 1 == 0,
                        clock_first: way & 2 == 0,
                    });
                    let run = run(sending.as_mut(), receiving, &setup);
                    all += 1;
                    let kept = match &peer {
                        Some(peer) => peer.complete.then_some(&peer.file[..]),
                        None => run.file(1),
                    };
                    assert!(
                        kept.is_none_or(|file| file == data),
                        "{pair}: a wrong file by {:?}",
                        setup.sleep
                    );
                    well += usize::from(run.is_well());
                }
            }
        }
        eprintln!("{pair}: {well} of {all} end well");
        assert!(well * 100 >= all * 90, "{pair}: {well} of {all}");
    }
}
