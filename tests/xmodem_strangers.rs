//! XMODEM and YMODEM against a second implementation that shares no code with ours, on a line with one fault.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail loudly")]

mod xmodem_line;
mod xmodem_peer;

use petterm::time::Stamp;
use petterm::transfer::xmodem::Variant;
use petterm::transfer::{Options, xmodem, ymodem};
use rstest::rstest;
use xmodem_line::{End, Fault, Kind, Line, Ours, Random, SECOND, file, options};
use xmodem_peer::{Dialect, Receiver, Sender};

/// 9600 baud, 8N1.
const OCTET: u64 = 1_041_667;
const HOUR: u64 = 3600 * SECOND;

fn our_sender(dialect: Dialect, data: &[u8]) -> Ours {
    let (files, options) = (vec![file("game.prg", data)], options(OCTET));
    let (engine, _) = match dialect {
        Dialect::Sum => xmodem::send(Variant::Any, files, &options, Stamp::ZERO),
        Dialect::Crc => xmodem::send(Variant::Crc, files, &options, Stamp::ZERO),
        Dialect::Ymodem => ymodem::send(files, &options, Stamp::ZERO),
    }
    .unwrap();
    Ours::new(engine)
}

fn our_receiver(dialect: Dialect) -> Ours {
    let options = Options { trim: false, ..options(OCTET) };
    Ours::new(match dialect {
        Dialect::Sum => xmodem::receive(Variant::Any, &options, Stamp::ZERO),
        Dialect::Crc => xmodem::receive(Variant::Crc, &options, Stamp::ZERO),
        Dialect::Ymodem => ymodem::receive(&options, Stamp::ZERO),
    })
}

/// Three blocks, the last one not full; codes of the protocol are among the data.
fn data(dialect: Dialect) -> Vec<u8> {
    let mut data = Random(77).bytes(if dialect == Dialect::Ymodem { 1024 + 128 + 60 } else { 2 * 128 + 60 });
    for start in (0..data.len()).step_by(128) {
        data[start..start + 10].copy_from_slice(&[4, 0x18, 0x18, 1, 2, 0x15, 6, b'C', 0xFF, 4]);
    }
    data
}

fn padded(dialect: Dialect, data: &[u8]) -> Vec<u8> {
    let mut data = data.to_vec();
    if dialect != Dialect::Ymodem {
        data.resize(data.len().next_multiple_of(128), 0x1A);
    }
    data
}

/// Every byte of both directions is once flipped in a bit, lost, and doubled.
fn faults(counts: [usize; 2], mut run: impl FnMut(Fault)) {
    for (way, count) in counts.into_iter().enumerate() {
        for at in 0..count {
            for kind in [Kind::Flip(at as u8 % 8), Kind::Drop, Kind::Duplicate] {
                run(Fault { way, at, kind });
            }
        }
    }
}

/// What a sum cannot see: a byte is doubled, the data end one byte late, and their last byte happens to be the sum of
/// the rest. One in 256 is expected.
fn is_beyond_a_sum(dialect: Dialect, fault: Fault) -> bool {
    dialect == Dialect::Sum && fault.way == 0 && fault.kind == Kind::Duplicate
}

#[rstest]
fn what_we_send_arrives_whole_or_both_ends_say_that_it_failed(
    #[values(Dialect::Sum, Dialect::Crc, Dialect::Ymodem)] dialect: Dialect,
    #[values(false, true)] careful: bool,
) {
    let data = data(dialect);
    let send = |fault: Option<Fault>| {
        let (mut ours, mut peer) = (our_sender(dialect, &data), Receiver::new(dialect, careful));
        let mut line = Line::new(OCTET);
        line.fault = fault;
        line.run(&mut [&mut ours, &mut peer], HOUR);
        (ours, peer, [line.count(0), line.count(1)])
    };
    let (ours, peer, counts) = send(None);
    assert!(ours.is_good() && peer.over == Some(true), "{:?}", ours.ended);
    let name = if dialect == Dialect::Ymodem { "game.prg" } else { "" };
    let exact = [(name.to_owned(), padded(dialect, &data))];
    assert!(peer.files == exact);
    let (mut all, mut healed, mut unseen) = (0, 0, 0);
    faults(counts, |fault| {
        let (ours, peer, _) = send(Some(fault));
        assert!(ours.is_over(), "{fault:?}: no end");
        all += 1;
        if is_beyond_a_sum(dialect, fault) && !peer.files.is_empty() && peer.files != exact {
            unseen += 1;
            return;
        }
        assert!(peer.files.is_empty() || peer.files == exact, "{fault:?}: a wrong file");
        assert!(!ours.is_good() || peer.files == exact, "{fault:?}: said to be complete");
        healed += usize::from(ours.is_good() && ours.progress().resends <= 5);
    });
    println!("{dialect:?}, careful {careful}: sent {healed} of {all}, unseen {unseen}");
    assert!(healed * 100 >= all * 95, "{healed} of {all}");
    assert!(unseen * 100 <= all, "{unseen} of {all}");
}

#[rstest]
fn what_we_receive_is_whole_or_said_to_have_failed(
    #[values(Dialect::Sum, Dialect::Crc, Dialect::Ymodem)] dialect: Dialect,
) {
    let data = data(dialect);
    let receive = |fault: Option<Fault>| {
        let (mut peer, mut ours) = (Sender::new(dialect, &[("game.prg", &data)]), our_receiver(dialect));
        let mut line = Line::new(OCTET);
        line.fault = fault;
        line.run(&mut [&mut peer, &mut ours], HOUR);
        (peer, ours, [line.count(0), line.count(1)])
    };
    let (peer, ours, counts) = receive(None);
    assert!(ours.is_good() && peer.over == Some(true), "{:?}", ours.ended);
    let exact = [padded(dialect, &data)];
    assert!(ours.files == exact);
    let (mut all, mut healed, mut unseen) = (0, 0, 0);
    faults(counts, |fault| {
        let (_, ours, _) = receive(Some(fault));
        assert!(ours.is_over(), "{fault:?}: no end");
        all += 1;
        if is_beyond_a_sum(dialect, fault) && !ours.files.is_empty() && ours.files != exact {
            unseen += 1;
            return;
        }
        assert!(ours.files.is_empty() || ours.files == exact, "{fault:?}: a wrong file");
        assert!(!ours.is_good() || ours.files == exact, "{fault:?}: said to be complete");
        healed += usize::from(ours.is_good() && ours.progress().resends <= 5);
    });
    println!("{dialect:?}: received {healed} of {all}, unseen {unseen}");
    assert!(healed * 100 >= all * 95, "{healed} of {all}");
    assert!(unseen * 100 <= all, "{unseen} of {all}");
}

#[test]
fn a_batch_goes_both_ways() {
    let files = [("a.prg", &[7; 300][..]), ("none", &[]), ("b.seq", &[9; 1024])];
    let out = files.iter().map(|(name, data)| file(name, data)).collect();
    let (engine, _) = ymodem::send(out, &options(OCTET), Stamp::ZERO).unwrap();
    let (mut ours, mut peer) = (Ours::new(engine), Receiver::new(Dialect::Ymodem, true));
    Line::new(OCTET).run(&mut [&mut ours, &mut peer], HOUR);
    assert!(ours.is_good(), "{:?}", ours.ended);
    assert!(peer.files.iter().map(|(name, data)| (name.as_str(), data.as_slice())).eq(files));
    let (mut peer, mut ours) = (Sender::new(Dialect::Ymodem, &files), our_receiver(Dialect::Ymodem));
    Line::new(OCTET).run(&mut [&mut peer, &mut ours], HOUR);
    assert!(ours.is_good() && peer.over == Some(true), "{:?}", ours.ended);
    assert!(ours.files.iter().map(Vec::as_slice).eq(files.map(|(_, data)| data)));
}
