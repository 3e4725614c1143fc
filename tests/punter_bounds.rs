//! Punter against far ends that never finish, and files that look like the protocol itself.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail loudly"
)]

mod transfer_line;

use std::sync::Arc;

use petterm::time::{Span, Stamp, Wake};
use petterm::transfer::{
    self, Failure, FileKind, Kept, Options, Out, OutgoingFile, Protocol, Store, Transfer,
};
use transfer_line::{Setup, run};

/// A block, made of the protocol's description and not of the engine.
fn block(next: u8, number: u16, payload: &[u8]) -> Vec<u8> {
    let mut rest = vec![next];
    rest.extend(number.to_le_bytes());
    rest.extend(payload);
    let (mut sum, mut cyclic) = (0_u16, 0_u16);
    for &byte in &rest {
        sum = sum.wrapping_add(byte.into());
        cyclic = (cyclic ^ u16::from(byte)).rotate_left(1);
    }
    [sum.to_le_bytes().to_vec(), cyclic.to_le_bytes().to_vec(), rest].concat()
}

fn sender(data: Vec<u8>) -> Box<dyn Transfer> {
    let file = OutgoingFile { name: "x.prg".into(), kind: FileKind::Prg, data: Arc::from(data) };
    transfer::send(Protocol::Punter, vec![file], &Options::default(), Stamp::ZERO).unwrap().0
}

fn receiver() -> Box<dyn Transfer> {
    transfer::receive(Protocol::Punter, &Options::default(), Stamp::ZERO)
}

/// What an end said, kept and ended with.
#[derive(Default)]
struct Seen {
    said: Vec<Vec<u8>>,
    kept: Vec<u8>,
    ended: Option<Result<(), Failure>>,
}

impl Seen {
    fn drain(&mut self, end: &mut dyn Transfer, now: Stamp) {
        while let Some(out) = end.poll() {
            match out {
                Out::Tx(bytes) => self.said.push(bytes),
                Out::Store(wish) => {
                    if let Store::Write(bytes) = wish {
                        self.kept.extend(bytes);
                    }
                    end.stored(now, Ok(Kept { name: "x".into() }));
                }
                Out::Ended(result) => self.ended = Some(result),
                _ => {}
            }
        }
    }

    /// Says something to it; its answer, or what it says when it has waited for more in vain. Nothing once it is over.
    fn hear_out(&mut self, end: &mut dyn Transfer, bytes: &[u8]) -> Vec<u8> {
        self.hear(end, bytes);
        while self.said.is_empty() && self.ended.is_none() {
            let Wake::At(now) = end.wake() else { panic!("it waits for nothing") };
            end.timeout(now);
            self.drain(end, now);
        }
        self.said.concat()
    }

    /// Says something to it; its answer.
    fn hear(&mut self, end: &mut dyn Transfer, bytes: &[u8]) -> Vec<u8> {
        self.drain(end, Stamp::ZERO);
        self.said.clear();
        for &byte in bytes {
            end.receive(Stamp::ZERO, &[byte]);
            self.drain(end, Stamp::ZERO);
        }
        self.said.concat()
    }
}

/// A receiver behind the first, empty block of a file.
fn in_the_file(next: u8) -> (Box<dyn Transfer>, Seen) {
    let (mut end, mut seen) = (receiver(), Seen::default());
    for (said, answer) in [
        (b"ACK".to_vec(), b"S/B"),
        (block(4, 0xFFFF, &[1]), b"GOO"),
        (b"ACK".to_vec(), b"S/B"),
        (b"SYN".to_vec(), b"SYN"),
        (b"S/B".to_vec(), b"GOO"),
        (b"ACK".to_vec(), b"S/B"),
        (block(next, 0, &[]), b"GOO"),
    ] {
        assert_eq!(seen.hear(end.as_mut(), &said), answer, "{said:02X?}");
    }
    (end, seen)
}

#[test]
fn a_block_that_ends_in_the_bytes_of_the_block_before_is_no_repetition() {
    let mut data: Vec<u8> = (0..241).collect();
    data.extend(block(255, 0, &[]));
    data.extend([0x55; 300]);
    let (mut from, mut to) = (sender(data.clone()), receiver());
    let run = run(from.as_mut(), to.as_mut(), &Setup::new(9_600, Span::ZERO));
    assert!(run.is_well(), "{:?}", run.ended);
    assert_eq!(run.file(1), Some(&data[..]));
}

#[test]
fn a_type_block_that_lost_one_ff_of_two_again_and_again_is_a_telnet_matter() {
    let whole = block(4, 0xFFFF, &[1]);
    let mut lost = whole.clone();
    lost.remove(5);
    let (mut end, mut seen) = (receiver(), Seen::default());
    for said in 1..=3 {
        assert_eq!(seen.hear(end.as_mut(), b"ACK"), b"S/B");
        seen.hear_out(end.as_mut(), &lost);
        // Once or twice it is a byte that was lost.
        assert_eq!(seen.ended.is_some(), said == 3);
    }
    let why = seen.ended.unwrap().unwrap_err().to_string();
    assert!(why.contains("--raw"), "{why}");
}

#[test]
fn a_damaged_block_that_ends_in_the_bytes_of_the_block_before_is_bad() {
    let empty = block(255, 0, &[]);
    let first = block(255, 1, &[&[0x33; 241], &empty[..]].concat());
    let second = block(4, 0xFF02, &[&[0x44; 3], &first[..]].concat()[..248]);
    let (mut end, mut seen) = in_the_file(255);
    for (due, next) in [(first, b"GOO"), (second, b"GOO")] {
        let mut damaged = due.clone();
        damaged[9] ^= 1;
        for (bytes, verdict) in [(damaged, b"BAD"), (due, next)] {
            assert_eq!(seen.hear(end.as_mut(), b"ACK"), b"S/B");
            assert_eq!(seen.hear_out(end.as_mut(), &bytes), verdict);
        }
    }
    assert_eq!(seen.kept.len(), 2 * 248);
}

/// GOO is said twice between two blocks, the second of which is the last; the remark on the file.
fn behind_two_goos(last: u16) -> Option<String> {
    let (mut end, mut seen) = in_the_file(17);
    assert_eq!(seen.hear(end.as_mut(), b"ACK"), b"S/B");
    assert_eq!(seen.hear(end.as_mut(), &block(17, 1, &[7; 10])), b"GOO");
    assert_eq!(seen.hear_out(end.as_mut(), b""), b"GOO");
    assert_eq!(seen.hear(end.as_mut(), b"ACK"), b"S/B");
    assert_eq!(seen.hear(end.as_mut(), &block(4, last, &[8; 10])), b"GOO");
    seen.hear(end.as_mut(), b"ACK");
    seen.hear(end.as_mut(), b"SYN");
    seen.hear(end.as_mut(), b"S/B");
    assert_eq!(seen.ended, Some(Ok(())));
    end.progress().done[0].remark.clone()
}

#[test]
fn a_last_block_without_a_number_behind_a_word_said_twice_is_remarked() {
    for last in [0xFFFF, 0xFF00] {
        let remark = behind_two_goos(last).expect("a remark");
        assert!(remark.starts_with("its last block has no number"), "{remark}");
    }
    assert_eq!(behind_two_goos(0xFF02), None);
}

#[test]
fn a_repeated_block_is_not_stored_again_whatever_looks_like_a_block_in_it() {
    for at in [0, 100, 196] {
        let inner = block(4, 0xFF02, &[0x77; 45]);
        let mut payload = vec![0x33; 248];
        payload[at..at + inner.len()].copy_from_slice(&inner);
        let first = block(52, 1, &payload);
        let (mut end, mut seen) = in_the_file(255);
        assert_eq!(seen.hear(end.as_mut(), b"ACK"), b"S/B");
        assert_eq!(seen.hear(end.as_mut(), &first), b"GOO");
        assert_eq!(seen.hear(end.as_mut(), b"ACK"), b"S/B");
        assert_eq!(seen.hear_out(end.as_mut(), &first), b"GOO", "a block at {at}");
        assert_eq!(seen.kept, payload, "a block at {at}");
        assert_eq!(seen.ended, None);
    }
}

/// Repeats what a far end says, each time `every` later; when the engine has enough of it.
fn for_ever(end: &mut dyn Transfer, says: &[Vec<u8>], every: Span) -> Option<Stamp> {
    let mut seen = Seen::default();
    let mut now = Stamp::ZERO;
    let end_of_it = Stamp::ZERO + Span::from_secs(3 * 3_600);
    for said in says.iter().cycle() {
        seen.drain(end, now);
        if !seen.said.is_empty() {
            end.sent(now);
        }
        let next = now + every;
        while let Wake::At(at) = end.wake()
            && at <= next
        {
            end.timeout(at);
            seen.drain(end, at);
        }
        now = next;
        if seen.ended.is_some() {
            return Some(now);
        }
        if now > end_of_it {
            return None;
        }
        end.receive(now, said);
        seen.said.clear();
    }
    None
}

#[test]
fn it_ends_whatever_a_far_end_repeats_for_ever() {
    let words: Vec<Vec<u8>> = vec![
        b"GOO".to_vec(),
        b"BAD".to_vec(),
        b"ACK".to_vec(),
        b"S/B".to_vec(),
        b"SYN".to_vec(),
        vec![0xAA],
        block(4, 0xFFFF, &[1]),
        block(7, 0, &[]),
        block(7, 1, &[]),
    ];
    let mut longest = Stamp::ZERO;
    for every in [100, 900, 2_400].map(Span::from_millis) {
        for a in &words {
            for b in &words {
                for c in &words {
                    let says = [a.clone(), b.clone(), c.clone()];
                    for mut end in [sender(vec![1; 600]), receiver()] {
                        let at = for_ever(end.as_mut(), &says, every);
                        let at = at.unwrap_or_else(|| panic!("{says:02X?} every {every:?} goes on for ever"));
                        longest = longest.max(at);
                    }
                }
            }
        }
    }
    eprintln!("the longest took {} s", longest.since(Stamp::ZERO).0 / 1_000_000_000);
}

#[test]
fn it_ends_behind_every_state_when_one_word_is_repeated() {
    // As far as a good transfer goes, then the same word for ever.
    let start = [
        b"ACK".to_vec(),
        block(4, 0xFFFF, &[1]),
        b"ACK".to_vec(),
        b"SYN".to_vec(),
        b"S/B".to_vec(),
        b"ACK".to_vec(),
        block(255, 0, &[]),
        b"ACK".to_vec(),
    ];
    let answers: [&[u8]; 12] =
        [b"GOO", b"S/B", b"GOO", b"S/B", b"SYN", b"GOO", b"S/B", b"GOO", b"S/B", b"GOO", b"S/B", b"SYN"];
    let words: [&[u8]; 6] = [b"GOO", b"BAD", b"ACK", b"S/B", b"SYN", b"x"];
    for word in words {
        for every in [20, 400, 950].map(Span::from_millis) {
            for upto in 0..=answers.len() {
                let mut seen = Seen::default();
                let mut end = sender(vec![1; 10]);
                for answer in &answers[..upto] {
                    seen.hear(end.as_mut(), answer);
                }
                let at = for_ever(end.as_mut(), &[word.to_vec()], every);
                assert!(at.is_some(), "the sender behind {upto} answers: {word:02X?} every {every:?}");
            }
            for upto in 0..=start.len() {
                let mut seen = Seen::default();
                let mut end = receiver();
                for said in &start[..upto] {
                    seen.hear(end.as_mut(), said);
                }
                let at = for_ever(end.as_mut(), &[word.to_vec()], every);
                assert!(at.is_some(), "the receiver behind {upto} words: {word:02X?} every {every:?}");
            }
        }
    }
}
