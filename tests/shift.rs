//! shift-TX at receivers that rest low, each drawn bit by bit and sharing no code with the library.
//!
//! `PETTERM_SEED` moves all random numbers to another place. Facts: `docs/inversion.md`.

mod bit_wire;

use bit_wire::{BAUD, Policy, Random, Wire, draw, hex, line, stamp, typed, uart};
use petterm::line::{Resting, ShiftOut, ShiftTx};
use petterm::time::{Span, Stamp, Wake};

#[derive(Clone, Copy, Debug)]
enum Start {
    /// At a rise.
    Edge,
    /// Whenever the line is high; busy for so many bits after a start.
    Level(f64),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Stop {
    Ignored,
    /// A bad one loses the character.
    Drops,
    /// After a bad one it waits for mark, and shows the character only then.
    Waits,
}

/// A program on a PET that rests low: mark is low, space is high.
#[derive(Clone, Copy, Debug)]
struct Receiver {
    start: Start,
    stop: Stop,
}

impl Receiver {
    fn hear(self, wire: &Wire) -> Vec<u8> {
        self.hear_from(wire, 0.0)
    }

    /// What it receives after a moment; it has listened before.
    fn hear_from(self, wire: &Wire, first: f64) -> Vec<u8> {
        self.hear_at(wire, 0.0, first)
    }

    /// The same of one that looks at the line from a moment on.
    fn hear_at(self, wire: &Wire, mut from: f64, first: f64) -> Vec<u8> {
        let mut heard = Vec::new();
        let end = wire.end() + 40.0;
        while from < end {
            let start = match self.start {
                Start::Edge => {
                    let Some(low) = wire.reaches(from, false) else { break };
                    wire.reaches(low, true)
                }
                Start::Level(_) => wire.reaches(from, true),
            };
            let Some(start) = start else { break };
            let byte =
                (0..8).fold(0, |byte, bit| byte | u8::from(!wire.level(start + 1.5 + f64::from(bit))) << bit);
            let stop_ok = !wire.level(start + 9.5);
            let shown = match self.stop {
                Stop::Ignored => true,
                Stop::Drops => stop_ok,
                Stop::Waits => stop_ok || wire.reaches(start + 9.5, false).is_some(),
            };
            if shown && start >= first {
                heard.push(byte);
            }
            from = match self.start {
                Start::Level(busy) => start + busy,
                Start::Edge => start + 9.5,
            };
        }
        heard
    }
}

/// What a UART sends of octets that are handed to it at some times, without a gap while it has some.
fn sent(octets: &[(Stamp, u8)], holds: &[(Stamp, bool)]) -> Wire {
    let bits = |at: Stamp| at.0 as f64 * BAUD as f64 / 1e9;
    let mut wire = Wire::resting(true);
    let mut holds = holds.iter().peekable();
    let mut free = 0.0_f64;
    let mut hold_until = |wire: &mut Wire, at: f64| {
        while let Some((from, low)) = holds.next_if(|(from, _)| bits(*from) <= at) {
            wire.set(bits(*from), !low);
        }
    };
    for (at, octet) in octets {
        let start = bits(*at).max(free);
        hold_until(&mut wire, start);
        free = draw(&mut wire, start, *octet, true, 1.0);
    }
    hold_until(&mut wire, f64::INFINITY);
    wire
}

/// Types characters with random pauses; answers them and the wire that comes of them.
fn typing(resting: Resting, seed: u64, with_filler: bool) -> (Vec<u8>, Wire) {
    let mut random = Random::new(seed);
    let text: Vec<u8> = (0..60).map(|_| (random.below(127) + 1) as u8).collect();
    let (mut octets, mut holds) = (Vec::new(), Vec::new());
    let mut now = Stamp::ZERO;
    let mut tx = ShiftTx::new(&line(), resting, now);
    let mut take = |tx: &mut ShiftTx, now: Stamp| {
        while let Some(out) = tx.poll() {
            match out {
                ShiftOut::Send(mut bytes) => {
                    if !with_filler {
                        bytes.pop();
                    }
                    octets.extend(bytes.into_iter().map(|byte| (now, byte)));
                }
                ShiftOut::Fill(bytes) => octets.extend(bytes.into_iter().map(|byte| (now, byte))),
                ShiftOut::Hold(low) => {
                    holds.push((now, low));
                    tx.held(now, low);
                }
            }
        }
    };
    take(&mut tx, now);
    let pass =
        |tx: &mut ShiftTx, now: &mut Stamp, until: Stamp, take: &mut dyn FnMut(&mut ShiftTx, Stamp)| {
            while let Wake::At(at) = tx.wake()
                && at <= until
            {
                *now = (*now).max(at);
                tx.timeout(*now);
                take(tx, *now);
            }
            *now = until;
        };
    pass(&mut tx, &mut now, stamp(400.0), &mut take);
    for character in &text {
        let pause = random.below(60_000) as f64 / 1e3;
        let until = now + Span(stamp(pause).0);
        pass(&mut tx, &mut now, until, &mut take);
        tx.send(now, &[*character]);
        take(&mut tx, now);
    }
    let until = now + Span(stamp(200.0).0);
    pass(&mut tx, &mut now, until, &mut take);
    (text, sent(&octets, &holds))
}

const SEEDS: u64 = 40;

/// Of [`SEEDS`] runs, those in which all characters arrive in order; NULs are nothing.
fn exact(receiver: Receiver, resting: Resting, with_filler: bool) -> u64 {
    (0..SEEDS)
        .filter(|&seed| {
            let (text, wire) = typing(resting, seed, with_filler);
            let heard: Vec<u8> =
                receiver.hear_from(&wire, 390.0).into_iter().filter(|byte| *byte != 0).collect();
            heard == text
        })
        .count() as u64
}

const EDGE: Receiver = Receiver { start: Start::Edge, stop: Stop::Ignored };
const DROPS: Receiver = Receiver { start: Start::Edge, stop: Stop::Drops };
const WAITS: Receiver = Receiver { start: Start::Edge, stop: Stop::Waits };

/// Turning over bytes repairs neither direction.
#[test]
fn turning_over_bytes_is_no_inversion() {
    for (typed_one, arrives, turned, sent_turned) in [
        (b'a', 0x4F, 0xB0, 0x18),
        (b'A', 0x5F, 0xA0, 0x10),
        (b'h', 0x09, 0xF6, 0x34),
        (b'0', 0x06, 0xF9, 0x18),
    ] {
        let value = uart(&typed(&[typed_one], &[30.0]), Policy::WaitForMark)[0].value;
        assert_eq!((value, !value), (arrives, turned));
        assert_ne!(turned, typed_one);
        let mut wire = Wire::resting(true);
        draw(&mut wire, 20.0, !typed_one, true, 1.0);
        let receiver = Receiver { start: Start::Edge, stop: Stop::Ignored };
        assert_eq!(receiver.hear(&wire), [sent_turned]);
    }
    assert_eq!(ShiftTx::frame(b'a'), 0x3D, "shift-TX is none of these");
}

#[test]
fn shift_tx_is_exact_for_every_receiver_that_starts_at_an_edge() {
    for receiver in [EDGE, DROPS, WAITS] {
        for resting in [Resting::High, Resting::Fill, Resting::Break] {
            assert_eq!(exact(receiver, resting, true), SEEDS, "{receiver:?} {resting:?}");
        }
    }
}

/// Why a burst is followed by a frame of FF.
#[test]
fn without_the_frame_behind_it_a_burst_loses_its_end() {
    assert_eq!(exact(DROPS, Resting::High, false), 0);
    assert_eq!(exact(EDGE, Resting::High, false), SEEDS);
    // A receiver that waits shows each character only when the next one lets the line fall.
    let (text, wire) = typing(Resting::High, 1, false);
    assert_eq!(WAITS.hear(&wire), text[..text.len() - 1]);
    let (text, wire) = typing(Resting::High, 1, true);
    let heard: Vec<u8> = WAITS.hear(&wire).into_iter().filter(|byte| *byte != 0).collect();
    assert_eq!(heard, text);
}

/// The figures of `docs/inversion.md`: a receiver that looks at the level, not at edges.
#[test]
fn a_receiver_that_polls_the_level_is_published_and_not_claimed() {
    let figures = |resting| {
        [9.0, 9.5, 10.0]
            .map(|busy| exact(Receiver { start: Start::Level(busy), stop: Stop::Ignored }, resting, true))
    };
    let got = [Resting::High, Resting::Fill, Resting::Break].map(figures);
    println!("high {:?}, fill {:?}, break {:?} of {SEEDS}", got[0], got[1], got[2]);
    assert_eq!((got[0], got[2]), ([0; 3], [0; 3]));
    assert_eq!((got[1][0], got[1][2]), (SEEDS, SEEDS));
}

/// Of [`SEEDS`] runs, those that a poller reads whole which has long been polling, at any phase, when the preamble
/// begins; `frames` of plain filler lie between the preamble and the text, and up to 6 between characters.
fn polled_after(busy: f64, frames: u64) -> usize {
    let run = |seed: u64| {
        let mut random = Random::new(seed + 1_000);
        let (mut wire, mut at) = (Wire::resting(true), 40.0);
        for _ in 0..24 {
            at = draw(&mut wire, at, 0xFF, true, 1.0) + 1.0;
        }
        let fill =
            |wire: &mut Wire, at: f64, frames| (0..frames).fold(at, |at, _| draw(wire, at, 0xFF, true, 1.0));
        at = fill(&mut wire, at, frames);
        let (first, mut text) = (at, Vec::new());
        for _ in 0..60 {
            at = fill(&mut wire, at, random.below(7));
            text.push((random.below(127) + 1) as u8);
            at = draw(&mut wire, at, ShiftTx::frame(text[text.len() - 1]), true, 1.0);
        }
        fill(&mut wire, at, 10);
        // A start before the text, which reads into it, is the poller's fault as well.
        let receiver = Receiver { start: Start::Level(busy), stop: Stop::Ignored };
        let phase = random.below(10_000) as f64 / 1e3;
        let heard = receiver.hear_at(&wire, phase, first - 0.01);
        heard.into_iter().filter(|byte| *byte != 0).eq(text)
    };
    (0..SEEDS).filter(|&seed| run(seed)).count()
}

/// Why text waits for twenty frames of filler: after fewer, a poller of 9.5 bits has not always found its place.
#[test]
fn a_poller_needs_twenty_frames_of_filler_to_find_its_place() {
    let figures = |frames| [9.0, 9.5, 10.0].map(|busy| polled_after(busy, frames));
    let all = SEEDS as usize;
    let got = [0, 4, 12, 20].map(figures);
    println!("after 0, 4, 12, 20 frames: {got:?}");
    assert!(got[0][0] < all && got[0][1] < all && got[0][2] == all, "{got:?}");
    assert!(got[2][0] == all && got[2][1] < all && got[2][2] == all, "{got:?}");
    assert_eq!(got[3], [all; 3]);
}

#[test]
fn fill_lets_twenty_frames_pass_before_text() {
    let mut tx = ShiftTx::new(&line(), Resting::Fill, Stamp::ZERO);
    tx.send(Stamp::ZERO, b"A");
    let (mut now, mut filler) = (Stamp::ZERO, 0);
    loop {
        match tx.poll() {
            Some(ShiftOut::Fill(frames)) => filler += frames.len(),
            Some(ShiftOut::Send(frames)) => break assert_eq!(frames, [ShiftTx::frame(b'A')]),
            Some(other) => panic!("{other:?}"),
            None => {
                let Wake::At(at) = tx.wake() else { panic!("it sleeps") };
                now = now.max(at);
                tx.timeout(now);
            }
        }
    }
    assert!((44..=52).contains(&filler), "{filler}");
}

#[test]
fn shift_tx_sends_what_the_table_says() {
    let mut tx = ShiftTx::new(&line(), Resting::High, Stamp::ZERO);
    tx.send(Stamp::ZERO, b"hello\r");
    assert_eq!(tx.poll(), Some(ShiftOut::Send(hex("2F 35 27 27 21 E5 FF"))));
    assert_eq!(ShiftTx::frame(0), 0xFF);
    assert!((0..0x80).all(ShiftTx::carries) && !(0x80..=0xFF).any(ShiftTx::carries));
}

#[test]
fn shift_tx_is_exact_at_any_gap() {
    let mut random = Random::new(9);
    for gap in [0.0, 1.0, 3.0, 7.0, 20.0] {
        let text: Vec<u8> = (0..2_000).map(|_| (random.below(127) + 1) as u8).collect();
        let mut wire = Wire::resting(true);
        let mut at = 20.0;
        for character in &text {
            at = draw(&mut wire, at, ShiftTx::frame(*character), true, 1.0) + gap;
        }
        assert_eq!(EDGE.hear(&wire), text, "gap {gap}");
    }
}

/// `rest`: the break goes off, the line is high for more than ten bits, the burst and a NUL go without a gap, and
/// the break is on again, in this order and not before the burst is over.
#[test]
fn rest_holds_the_line_low_but_for_bursts() {
    let mut tx = ShiftTx::new(&line(), Resting::Break, Stamp::ZERO);
    assert_eq!(tx.poll(), Some(ShiftOut::Hold(true)));
    tx.held(Stamp::ZERO, true);
    assert_eq!((tx.poll(), tx.wake()), (None, Wake::OnInput));
    let key = stamp(100.0);
    tx.send(key, b"A");
    assert_eq!(tx.poll(), Some(ShiftOut::Hold(false)));
    assert_eq!(tx.wake(), Wake::OnInput, "the link has not said that the line is let go");
    tx.held(key, false);
    let Wake::At(at) = tx.wake() else { panic!("no time for the burst") };
    assert!(at >= key + Span(stamp(10.0).0), "{at:?}");
    tx.timeout(at);
    assert_eq!(tx.poll(), Some(ShiftOut::Send(vec![ShiftTx::frame(b'A'), 0xFF])));
    let Wake::At(over) = tx.wake() else { panic!("no time for the hold") };
    assert!(over >= at + Span(stamp(20.0).0));
    tx.send(over, b"B");
    assert_eq!(tx.poll(), Some(ShiftOut::Send(vec![ShiftTx::frame(b'B'), 0xFF])), "it joins the burst");
    let Wake::At(over) = tx.wake() else { panic!("no time for the hold") };
    tx.timeout(over);
    assert_eq!((tx.poll(), tx.poll()), (Some(ShiftOut::Hold(true)), None));
    tx.send(over, b"C");
    assert_eq!(tx.poll(), None, "the hold comes first");
    tx.held(over, true);
    let Wake::At(low) = tx.wake() else { panic!("no time to let go") };
    tx.timeout(low);
    assert_eq!(tx.poll(), Some(ShiftOut::Hold(false)));
}

/// Filler is never more than a key can wait for, and never runs out.
#[test]
fn fill_keeps_a_little_under_way() {
    let mut tx = ShiftTx::new(&line(), Resting::Fill, Stamp::ZERO);
    let (mut now, mut frames) = (Stamp::ZERO, 0_u64);
    // The preamble's frames are a bit longer; what is sent then is over so late.
    let over = |frames: u64| stamp(frames as f64 * 10.0 + frames.min(24) as f64);
    while now < Stamp::ZERO + Span::from_secs(30) {
        while let Some(out) = tx.poll() {
            let ShiftOut::Fill(bytes) = out else { panic!("{out:?}") };
            assert!(bytes.iter().all(|byte| *byte == 0xFF));
            frames += bytes.len() as u64;
        }
        assert!(over(frames).since(now) < Span::from_millis(200));
        let Wake::At(at) = tx.wake() else { panic!("it sleeps") };
        assert!(at > now);
        if frames > 24 {
            assert!(over(frames) > at, "a gap");
        }
        now = at;
        tx.timeout(now);
    }
    assert!((880..=905).contains(&frames), "{frames} in 30 s");
}

/// Two clocks part: after a minute of silence the filling stops, until the line is certainly quiet, and begins anew.
#[test]
fn fill_begins_anew_now_and_then_but_not_in_the_midst_of_text() {
    let anew = |text: bool| {
        let mut tx = ShiftTx::new(&line(), Resting::Fill, Stamp::ZERO);
        let (mut now, mut pauses) = (Stamp::ZERO, 0);
        let mut typed = 0;
        while now < Stamp::ZERO + Span::from_secs(200) {
            while tx.poll().is_some() {}
            let Wake::At(at) = tx.wake() else { panic!("it sleeps") };
            pauses += u32::from(at.since(now) > Span::from_millis(150));
            now = at;
            tx.timeout(now);
            if text && now.0 / 500_000_000 > typed {
                typed = now.0 / 500_000_000;
                tx.send(now, b"x");
            }
        }
        pauses
    };
    assert_eq!(anew(false), 3);
    assert_eq!(anew(true), 0);
}
