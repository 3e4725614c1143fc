//! XMODEM and YMODEM: against peers that know nothing of `transfer`, against each other, and on a bad line.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "tests fail loudly and tell figures"
)]

mod xmodem_line;

use petterm::time::{Stamp, Wake};
use petterm::transfer::xmodem::Variant;
use petterm::transfer::{Failure, Options, Transfer, xmodem, ymodem};
use xmodem_line::{End, Fault, Kind, Line, Ours, PeerReceiver, PeerSender, Random, SECOND, file, options};

/// 9600 baud, 8N1.
const OCTET: u64 = 1_041_667;
const LENGTHS: [usize; 11] = [0, 1, 127, 128, 129, 1023, 1024, 1025, 5000, 65_536, 256];
const HOUR: u64 = 3600 * SECOND;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Sum,
    Crc,
    OneK,
    Ymodem,
}

const WAYS: [Way; 4] = [Way::Sum, Way::Crc, Way::OneK, Way::Ymodem];

fn sender(way: Way, data: &[u8], octet: u64) -> Ours {
    let files = vec![file("game.prg", data)];
    let options = options(octet);
    let (engine, _) = match way {
        Way::Sum => xmodem::send(Variant::Any, files, &options, Stamp::ZERO),
        Way::Crc => xmodem::send(Variant::Crc, files, &options, Stamp::ZERO),
        Way::OneK => xmodem::send(Variant::OneK, files, &options, Stamp::ZERO),
        Way::Ymodem => ymodem::send(files, &options, Stamp::ZERO),
    }
    .unwrap();
    Ours::new(engine)
}

fn receiver(way: Way, octet: u64) -> Ours {
    let options = Options { trim: false, ..options(octet) };
    let engine: Box<dyn Transfer> = match way {
        Way::Sum => xmodem::receive(Variant::Any, &options, Stamp::ZERO),
        Way::Crc => xmodem::receive(Variant::Crc, &options, Stamp::ZERO),
        Way::OneK => xmodem::receive(Variant::OneK, &options, Stamp::ZERO),
        Way::Ymodem => ymodem::receive(&options, Stamp::ZERO),
    };
    Ours::new(engine)
}

/// The file as it must arrive: whole blocks, save with YMODEM.
fn padded(way: Way, data: &[u8]) -> Vec<u8> {
    let mut data = data.to_vec();
    if way != Way::Ymodem {
        let whole = if way == Way::OneK {
            let rest = data.len() % 1024;
            data.len() - rest + if rest > 896 { 1024 } else { rest.next_multiple_of(128) }
        } else {
            data.len().next_multiple_of(128)
        };
        data.resize(whole, 0x1A);
    }
    data
}

/// A receiver that asks for the sum at once: the line throws its first `C` away.
struct Deaf<'a>(&'a mut Ours);

impl End for Deaf<'_> {
    fn wake(&self) -> Option<u64> {
        self.0.wake()
    }
    fn timeout(&mut self, now: u64) {
        self.0.timeout(now);
    }
    fn receive(&mut self, now: u64, byte: u8) {
        self.0.receive(now, byte);
    }
    fn say(&mut self, now: u64) -> Vec<u8> {
        let mut said = self.0.say(now);
        said.retain(|byte| *byte != b'C');
        said
    }
    fn is_over(&self) -> bool {
        self.0.is_over()
    }
}

fn run(way: Way, line: &mut Line, from: &mut Ours, to: &mut Ours) {
    if way == Way::Sum { line.run(&mut [from, &mut Deaf(to)], HOUR) } else { line.run(&mut [from, to], HOUR) }
}

#[test]
fn every_length_arrives_between_our_own_ends() {
    for way in WAYS {
        for length in LENGTHS {
            let data = Random(1 + length as u64).bytes(length);
            let (mut from, mut to) = (sender(way, &data, OCTET), receiver(way, OCTET));
            run(way, &mut Line::new(OCTET), &mut from, &mut to);
            assert!(from.is_good() && to.is_good(), "{way:?} {length}: {:?} {:?}", from.ended, to.ended);
            assert!(to.files == [padded(way, &data)], "{way:?} {length}");
            assert_eq!(from.progress().resends, 0, "{way:?} {length}");
        }
    }
}

#[test]
fn every_length_arrives_at_a_plain_receiver() {
    for (way, start) in [(Way::Sum, 0x15), (Way::Sum, b'C'), (Way::Crc, b'C'), (Way::OneK, b'C')] {
        for length in LENGTHS {
            let data = Random(7 + length as u64).bytes(length);
            let (mut from, mut to) = (sender(way, &data, OCTET), PeerReceiver::new(start, SECOND));
            Line::new(OCTET).run(&mut [&mut from, &mut to], HOUR);
            assert!(from.is_good() && to.done, "{way:?} {length}: {:?}", from.ended);
            assert!(to.data == padded(way, &data), "{way:?} {length}");
        }
    }
}

#[test]
fn every_length_comes_from_a_plain_sender_an_old_one_included() {
    for old in [false, true] {
        for length in LENGTHS {
            let data = Random(3 + length as u64).bytes(length);
            let (mut from, mut to) = (PeerSender::new(&data, old), receiver(Way::Sum, OCTET));
            Line::new(OCTET).run(&mut [&mut from, &mut to], HOUR);
            assert!(from.done && to.is_good(), "old {old}, {length}: {:?}", to.ended);
            assert!(to.files == [padded(Way::Crc, &data)], "old {old}, {length}");
        }
    }
}

#[test]
fn a_batch_arrives_with_an_empty_file_in_it() {
    let files: Vec<Vec<u8>> = [300, 0, 5000].map(|length| Random(9).bytes(length)).to_vec();
    let out = files.iter().enumerate().map(|(i, data)| file(&format!("f{i}"), data)).collect();
    let (engine, _) = ymodem::send(out, &options(OCTET), Stamp::ZERO).unwrap();
    let (mut from, mut to) = (Ours::new(engine), receiver(Way::Ymodem, OCTET));
    Line::new(OCTET).run(&mut [&mut from, &mut to], HOUR);
    assert!(from.is_good() && to.is_good(), "{:?} {:?}", from.ended, to.ended);
    assert!(to.files == files);
    assert_eq!((from.progress().done.len(), to.progress().done.len()), (3, 3));
}

/// Bytes of a transfer of three blocks, the long one among them where the protocol has it.
fn three_blocks(way: Way) -> Vec<u8> {
    let mut data = Random(42).bytes(if way == Way::OneK || way == Way::Ymodem { 1024 + 256 } else { 384 });
    // Bytes that lines make two of, and codes of the protocol, stand in each block.
    for start in (0..data.len()).step_by(128) {
        data[start + 10..start + 20].copy_from_slice(&[0xFF, 0x0D, 0, 0x0D, 0x0A, 4, 0x18, 0x18, 1, 0x15]);
    }
    data
}

#[derive(Default, Debug, PartialEq, Eq)]
struct Tally {
    exact: usize,
    failed: usize,
    silent: usize,
    /// The receiver has the file and says so, the sender cannot know it; or the other way round.
    apart: usize,
}

fn matrix(way: Way) {
    let data = three_blocks(way);
    let mut clean = Line::new(OCTET);
    let (mut from, mut to) = (sender(way, &data, OCTET), receiver(way, OCTET));
    run(way, &mut clean, &mut from, &mut to);
    let counts = [clean.count(0), clean.count(1)];
    let mut all = Tally::default();
    let (mut single, mut healed) = (0, 0);
    let mut silent = Vec::new();
    let mut apart = Vec::new();
    for (direction, count) in counts.into_iter().enumerate() {
        for at in 0..count {
            let kinds = (0..8).map(Kind::Flip).chain([
                Kind::Drop,
                Kind::Insert(0x55),
                Kind::Insert(6),
                Kind::Insert(4),
                Kind::Duplicate,
                Kind::Swap,
                Kind::Delay,
                Kind::Truncate,
                Kind::Expand,
            ]);
            for kind in kinds {
                // Long blocks: two bits of a byte of data stand for its eight.
                if count > 1000 && at % 133 > 6 && matches!(kind, Kind::Flip(1..=6)) {
                    continue;
                }
                let (mut from, mut to) = (sender(way, &data, OCTET), receiver(way, OCTET));
                let mut line = Line::new(OCTET);
                let fault = Fault { way: direction, at, kind };
                line.fault = Some(fault);
                run(way, &mut line, &mut from, &mut to);
                assert!(from.is_over() && to.is_over(), "{way:?} {fault:?}: no end");
                let right = to.files == [padded(way, &data)];
                match (to.is_good(), right) {
                    (true, true) => all.exact += 1,
                    (true, false) => {
                        all.silent += 1;
                        silent.push(fault);
                    }
                    (false, _) => all.failed += 1,
                }
                if from.is_good() != to.is_good() {
                    all.apart += 1;
                    if from.is_good() && !right {
                        apart.push((fault, to.ended.clone()));
                    }
                }
                if matches!(kind, Kind::Flip(_) | Kind::Drop | Kind::Duplicate) {
                    single += 1;
                    if to.is_good() && right && from.progress().resends <= 5 {
                        healed += 1;
                    }
                }
            }
        }
    }
    eprintln!(
        "{way:?}: {all:?}, flips, drops and doubles healed: {healed} of {single}; {apart:?}; silent {silent:?}"
    );
    assert!(healed * 100 >= single * 95, "{way:?}: {healed} of {single}");
    if way == Way::Sum {
        // What a sum cannot see: two bytes of one block that changed places.
        assert!(silent.iter().all(|fault| fault.kind == Kind::Swap && fault.way == 0), "{silent:?}");
        assert!(!silent.is_empty());
    } else {
        assert!(silent.is_empty(), "{way:?}: {silent:?}");
    }
    // A sender that says "complete" is right.
    assert!(apart.is_empty(), "{way:?}: {apart:?}");
}

#[test]
fn one_fault_anywhere_is_healed_or_told_with_the_sum() {
    matrix(Way::Sum);
}

#[test]
fn one_fault_anywhere_is_healed_or_told_with_crc() {
    matrix(Way::Crc);
}

#[test]
fn one_fault_anywhere_is_healed_or_told_with_long_blocks() {
    matrix(Way::OneK);
}

#[test]
fn one_fault_anywhere_is_healed_or_told_in_a_batch() {
    matrix(Way::Ymodem);
}

#[test]
fn noise_never_makes_a_wrong_file_and_costs_this_much() {
    use std::fmt::Write as _;
    let data = Random(5).bytes(4096);
    let mut table = String::from("protocol   baud  RTT ms  error rate  bytes/s  resends\n");
    for (way, name) in [(Way::Crc, "crc"), (Way::OneK, "1k")] {
        for baud in [300u64, 1200, 2400, 9600] {
            for rtt in [0u64, 50, 200] {
                for (rate, word) in [(0.0, "0"), (1e-4, "1e-4"), (1e-3, "1e-3"), (1e-2, "1e-2")] {
                    let octet = 10 * SECOND / baud;
                    let seed = baud * 1000 + rtt + 1;
                    let (mut from, mut to) = (sender(way, &data, octet), receiver(way, octet));
                    let mut line = Line::new(octet);
                    line.delay = rtt * SECOND / 2000;
                    line.noise = Some((rate, Random(seed)));
                    run(way, &mut line, &mut from, &mut to);
                    assert!(from.is_over() && to.is_over(), "seed {seed}: no end");
                    let cell = if to.is_good() {
                        assert!(to.files == [padded(way, &data)], "{name} {baud} {rtt} {word}, seed {seed}");
                        format!("{:7.1}", 4096.0 * SECOND as f64 / line.now as f64)
                    } else {
                        "failed".to_owned()
                    };
                    let resends = from.progress().resends;
                    writeln!(table, "{name:8} {baud:6} {rtt:7} {word:>11} {cell:>8} {resends:8}").unwrap();
                }
            }
        }
    }
    insta::assert_snapshot!("xmodem_noise", table);
}

#[test]
fn junk_does_not_keep_a_receiver_alive() {
    struct Junk(u64, bool);
    impl End for Junk {
        fn wake(&self) -> Option<u64> {
            Some(self.0)
        }
        fn timeout(&mut self, now: u64) {
            self.0 = now + SECOND / 10;
            self.1 = true;
        }
        fn receive(&mut self, _: u64, _: u8) {}
        fn say(&mut self, _: u64) -> Vec<u8> {
            if std::mem::take(&mut self.1) { vec![b'x'] } else { vec![] }
        }
        fn is_over(&self) -> bool {
            false
        }
    }
    for way in WAYS {
        let mut to = receiver(way, OCTET);
        Line::new(OCTET).run(&mut [&mut Junk(0, false), &mut to], 300 * SECOND);
        assert!(matches!(to.ended, Some(Err(Failure::TimedOut(_)))), "{way:?}: {:?}", to.ended);
        let mut from = sender(way, b"abc", OCTET);
        Line::new(OCTET).run(&mut [&mut from, &mut Junk(0, false)], 300 * SECOND);
        assert!(matches!(from.ended, Some(Err(Failure::TimedOut(_)))), "{way:?}: {:?}", from.ended);
    }
}

#[test]
fn a_lost_link_ends_it_at_once() {
    for way in WAYS {
        for mut end in [sender(way, b"abc", OCTET), receiver(way, OCTET)] {
            end.engine.hung_up(Stamp::ZERO);
            end.say(0);
            assert_eq!(end.ended, Some(Err(Failure::LinkLost)));
            assert_eq!(end.engine.wake(), Wake::OnInput);
        }
    }
}

/// Answers our sender's blocks, and says when each of its bytes has left: the line is a port that is waited for.
fn answered(ours: &mut Ours, now: &mut u64, octet: u64, answer: &[u8]) {
    let said = ours.say(*now);
    *now += said.len() as u64 * octet;
    ours.engine.sent(Stamp(*now));
    *now += 2 * octet;
    ours.engine.receive(Stamp(*now), answer);
}

#[test]
fn the_line_time_of_a_block_counts_once_where_a_port_tells_when_it_has_left() {
    // 300 baud: a block takes 4.4 s.
    let octet = 33_333_333;
    let mut ours = sender(Way::Sum, &[7; 256], octet);
    let mut now = 0;
    ours.engine.receive(Stamp(now), b"C");
    answered(&mut ours, &mut now, octet, &[0x15]);
    // The NAK of a block that has left is heard at once, and no answer in 10 s from there is none.
    let again = ours.engine.progress().resends;
    assert_eq!(again, 1);
    let said = ours.say(now);
    now += said.len() as u64 * octet;
    ours.engine.sent(Stamp(now));
    assert_eq!((said.len(), ours.wake()), (133, Some(now + 10 * SECOND)));
    let mut ours = sender(Way::Sum, &[7; 256], octet);
    ours.engine.receive(Stamp(now), b"C");
    for _ in 0..3 {
        answered(&mut ours, &mut now, octet, &[6]);
    }
    // No answer came too soon, so the end is believed after a second.
    ours.timeout(now + SECOND);
    ours.say(now + SECOND);
    assert!(ours.is_good(), "{:?}", ours.ended);
}

#[test]
fn a_link_that_ends_behind_the_last_block_is_told_for_what_it_is() {
    let at_its_end = |way: Way, answers: &[&[u8]]| {
        let mut ours = sender(way, b"abc", 0);
        for answer in answers {
            ours.say(0);
            ours.engine.receive(Stamp(1), answer);
        }
        ours.say(1);
        ours.engine.hung_up(Stamp(2));
        ours.say(2);
        (ours.ended.clone().unwrap(), ours.progress().done.len(), ours.notes.clone())
    };
    let unconfirmed = "all blocks were acknowledged, but the end was not confirmed: the link ended";
    let (ended, done, _) = at_its_end(Way::Crc, &[b"C", &[6]]);
    assert!(matches!(&ended, Err(Failure::Protocol(why)) if why.starts_with(unconfirmed)), "{ended:?}");
    assert_eq!(done, 0);
    // EOT was acknowledged, and the receiver left at once.
    assert_eq!(at_its_end(Way::Crc, &[b"C", &[6], &[6]]), (Ok(()), 1, vec![]));
    // A block is on its way.
    assert_eq!(at_its_end(Way::Crc, &[b"C"]).0, Err(Failure::LinkLost));
    let header_and_file: [&[u8]; 4] = [b"C", &[6], b"C", &[6]];
    let (ended, ..) = at_its_end(Way::Ymodem, &header_and_file);
    assert!(matches!(&ended, Err(Failure::Protocol(why)) if why.starts_with(unconfirmed)), "{ended:?}");
    let (ended, done, notes) = at_its_end(Way::Ymodem, &[&header_and_file[..], &[&[0x15], &[6]]].concat());
    assert_eq!((ended, done), (Ok(()), 1));
    assert!(notes[0].contains("every file was acknowledged; the link ended"), "{notes:?}");
}

#[test]
fn an_end_that_nobody_answers_is_said_three_times_and_told_for_what_it_is() {
    let mut from = sender(Way::Crc, b"abc", 0);
    for answer in [b'C', 6, 0x15] {
        from.say(0);
        from.engine.receive(Stamp(1), &[answer]);
    }
    let mut said = vec![from.say(1)];
    let mut now = 1;
    while from.ended.is_none() {
        let Wake::At(at) = from.engine.wake() else { panic!("it waits for nothing") };
        now = at.0;
        from.timeout(now);
        said.push(from.say(now));
    }
    // The first of them is behind the NAK.
    assert_eq!(said, [vec![4], vec![4], vec![4], vec![]]);
    let ended = from.ended.clone().unwrap();
    assert!(
        matches!(&ended, Err(Failure::TimedOut(why)) if why.starts_with("all blocks were acknowledged")),
        "{ended:?}"
    );
    assert!(now <= 31 * SECOND, "{now}");
}

#[test]
fn a_name_that_is_sent_again_is_counted() {
    let (mut from, mut to) = (sender(Way::Ymodem, &[1; 300], OCTET), receiver(Way::Ymodem, OCTET));
    let mut line = Line::new(OCTET);
    line.fault = Some(Fault { way: 0, at: 50, kind: Kind::Flip(3) });
    run(Way::Ymodem, &mut line, &mut from, &mut to);
    assert!(from.is_good() && to.files == [vec![1; 300]]);
    assert_eq!(from.progress().resends, 1);
}

#[test]
fn a_length_that_is_none_is_told_and_the_file_kept_as_it_came() {
    let mut to = receiver(Way::Ymodem, 0);
    let block = |number: u8, data: &[u8]| {
        let mut data = data.to_vec();
        data.resize(128, 0);
        [&[1, number, !number][..], &data, &xmodem_line::crc(&data)].concat()
    };
    let lone_eot = |to: &mut Ours, now: &mut u64| {
        to.engine.receive(Stamp(*now), &[4]);
        *now += SECOND;
        to.timeout(*now);
        to.say(*now)
    };
    to.say(0);
    let mut now = 1;
    to.engine.receive(Stamp(now), &block(0, b"big.prg\x00999999999999999999999999 0 0"));
    assert_eq!(to.say(now), [6, b'C']);
    assert!(to.notes[0].contains("big.prg") && to.notes[0].contains("no length"), "{:?}", to.notes);
    to.engine.receive(Stamp(now), &block(1, b"data"));
    to.say(now);
    assert_eq!((lone_eot(&mut to, &mut now), lone_eot(&mut to, &mut now)), (vec![0x15], vec![6, b'C']));
    to.engine.receive(Stamp(now), &block(0, b""));
    to.say(now);
    assert!(to.is_good(), "{:?}", to.ended);
    assert_eq!((to.files[0].len(), &to.files[0][..4]), (128, &b"data"[..]));
}

#[test]
fn what_comes_behind_an_announced_length_is_told_where_it_is_no_padding() {
    for (announced, blocks, remark) in [
        (100, 1, None),
        (129, 2, None),
        (100, 2, Some("156 bytes came behind the announced length and are not kept")),
        (128, 3, Some("256 bytes came behind")),
        (0, 1, Some("128 bytes came behind")),
    ] {
        let mut to = receiver(Way::Ymodem, 0);
        let block = |number: u8, data: &[u8]| {
            let mut data = data.to_vec();
            data.resize(128, 0x55);
            [&[1, number, !number][..], &data, &xmodem_line::crc(&data)].concat()
        };
        to.say(0);
        to.engine.receive(Stamp(1), &block(0, format!("a.prg\0{announced}\0").as_bytes()));
        to.say(1);
        for number in 1..=blocks {
            to.engine.receive(Stamp(1), &block(number, b"x"));
            to.say(1);
        }
        for second in 1..=2 {
            to.engine.receive(Stamp(second * SECOND), &[4]);
            to.timeout(second * SECOND + SECOND / 2 + 100);
            to.say(second * SECOND + SECOND / 2 + 100);
        }
        let progress = to.progress();
        let [done] = &progress.done[..] else { panic!("{announced}: {progress:?}") };
        assert_eq!(done.bytes, announced);
        match remark {
            Some(remark) => assert!(done.remark.as_ref().unwrap().starts_with(remark), "{done:?}"),
            None => assert_eq!(done.remark, None),
        }
    }
}

#[test]
fn silence_between_blocks_is_answered_by_nak_and_never_by_ack() {
    let mut to = receiver(Way::Crc, 0);
    assert_eq!(to.say(0), b"C");
    let mut peer = PeerSender::new(&[7; 256], false);
    peer.receive(0, b'C');
    for byte in peer.say(0) {
        to.receive(1, byte);
    }
    assert_eq!(to.say(1), [6]);
    let at = to.wake().unwrap();
    assert_eq!(at, 1 + 10 * SECOND);
    to.timeout(at);
    assert_eq!(to.say(at), [0x15]);
}

#[test]
fn a_full_disk_cancels_at_the_far_end() {
    let data = [1; 300];
    for way in WAYS {
        let mut steps = 0;
        for n in 1.. {
            let (mut from, mut to) = (sender(way, &data, OCTET), receiver(way, OCTET));
            to.fails_at = Some(n);
            run(way, &mut Line::new(OCTET), &mut from, &mut to);
            if to.is_good() {
                break;
            }
            steps = n;
            assert_eq!(to.ended, Some(Err(Failure::Store("no space left on the disk".to_owned()))));
            assert_eq!(from.ended, Some(Err(Failure::CancelledByPeer)), "{way:?} {n}");
            assert!(from.progress().done.is_empty());
        }
        assert!(steps >= 4, "{way:?}: name, blocks and end each went wrong once");
    }
}

#[test]
fn either_end_can_cancel() {
    for way in WAYS {
        for who in 0..2 {
            let (mut from, mut to) = (sender(way, &[1; 3000], OCTET), receiver(way, OCTET));
            let mut line = Line::new(OCTET);
            let stop = 12 * SECOND;
            if way == Way::Sum {
                line.run(&mut [&mut from, &mut Deaf(&mut to)], stop);
            } else {
                line.run(&mut [&mut from, &mut to], SECOND);
            }
            if from.is_over() {
                continue;
            }
            let now = Stamp(line.now);
            if who == 0 {
                from.engine.cancel(now);
            } else {
                to.engine.cancel(now);
            }
            run(way, &mut line, &mut from, &mut to);
            let ends = if who == 0 { (&from, &to) } else { (&to, &from) };
            assert_eq!(ends.0.ended, Some(Err(Failure::Cancelled)), "{way:?}");
            assert_eq!(ends.1.ended, Some(Err(Failure::CancelledByPeer)), "{way:?}");
            assert!(to.files.is_empty());
        }
    }
}

#[test]
fn the_wrong_protocol_is_named() {
    let (mut from, mut to) = (sender(Way::Ymodem, b"abc", OCTET), receiver(Way::Crc, OCTET));
    Line::new(OCTET).run(&mut [&mut from, &mut to], HOUR);
    assert!(to.ended.unwrap().unwrap_err().to_string().contains("use the protocol ymodem"));
    let (mut from, mut to) = (sender(Way::Crc, b"abc", OCTET), receiver(Way::Ymodem, OCTET));
    Line::new(OCTET).run(&mut [&mut from, &mut to], HOUR);
    assert!(to.ended.unwrap().unwrap_err().to_string().contains("use the protocol xmodem"));
}

#[test]
fn padding_goes_when_it_is_asked_for_and_is_named() {
    let data = Random(8).bytes(300);
    let mut from = PeerSender::new(&data, false);
    let mut to =
        Ours::new(xmodem::receive(Variant::Any, &Options { trim: true, ..options(OCTET) }, Stamp::ZERO));
    Line::new(OCTET).run(&mut [&mut from, &mut to], HOUR);
    assert!(to.files == [data]);
    let done = &to.progress().done[0];
    assert_eq!((done.bytes, done.remark.as_deref()), (300, Some("cut 84 bytes of padding (1A) at its end")));
}
