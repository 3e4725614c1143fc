//! How much a line may be damaged and still be read: the bars of `docs/performance.md`, on lines that
//! `common/generator.rs` draws. Each figure is a mean over twenty fixed seeds. `cargo bench --bench wave`
//! prints the whole table, with sigrok's figures for the same files beside it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "test helpers fail loudly"
)]

#[path = "common/generator.rs"]
mod generator;

use generator::{Fault, Random, Shape, Signal, right};
use petterm::line::uart::{Decoder, Frame, Policy};
use petterm::line::{Edge, Level, LineFormat};
use petterm::time::Stamp;
use rstest::rstest;

const SEEDS: u64 = 20;
const CHARACTERS: usize = 200;

fn level(high: bool) -> Level {
    if high { Level::High } else { Level::Low }
}

fn decode_with(decoder: Decoder, signal: &Signal) -> (Vec<Frame>, Decoder) {
    let mut decoder = decoder;
    let mut frames = Vec::new();
    for (at, high) in signal.levels() {
        decoder.push(Edge { at: Stamp(at), level: level(high) });
        frames.extend(std::iter::from_fn(|| decoder.poll()));
    }
    decoder.advance(Stamp(signal.at as u64));
    decoder.close();
    frames.extend(std::iter::from_fn(|| decoder.poll()));
    (frames, decoder)
}

fn decode(shape: &Shape, signal: &Signal) -> Vec<Frame> {
    let line: LineFormat = shape.name().parse().unwrap();
    decode_with(Decoder::with_level(&line, Stamp::ZERO, level(signal.is_high(true))), signal).0
}

fn read(frames: &[Frame]) -> Vec<(f64, u16)> {
    frames.iter().filter(|frame| !frame.is_break).map(|frame| (frame.start.0 as f64, frame.data)).collect()
}

/// Random text, drawn, damaged and read: the share that is right.
fn share_right(
    seed: u64,
    shape: Shape,
    off: f64,
    gap: f64,
    damage: &dyn Fn(&mut Signal, &mut Random),
) -> f64 {
    let mut random = Random(seed * 7919 + 1);
    let mut signal = Signal::new(shape, off);
    signal.rest(20.0);
    signal.frames(&random.text(CHARACTERS), gap);
    signal.rest(20.0);
    damage(&mut signal, &mut random);
    let frames = decode(&shape, &signal);
    right(&signal.sent, &read(&frames), 1e9 / shape.baud) as f64 / CHARACTERS as f64
}

/// The mean over all seeds, in per cent.
fn mean(gap: f64, damage: &dyn Fn(&mut Signal, &mut Random)) -> f64 {
    let sum: f64 = (0..SEEDS).map(|seed| share_right(seed, Shape::new(9600.0), 0.0, gap, damage)).sum();
    100.0 * sum / SEEDS as f64
}

#[test]
fn a_sender_seven_per_cent_off_is_read_without_an_error() {
    for baud in [300.0, 1200.0, 2400.0, 9600.0] {
        for gap in [0.0, 3.0] {
            for off in [-0.07, -0.06, -0.05, -0.04, -0.03, -0.02, 0.0, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07] {
                let share = share_right(baud as u64, Shape::new(baud), off, gap, &|_, _| {});
                assert!(share >= 1.0, "{baud} baud, off by {off}, gap {gap}: {share}");
            }
        }
    }
}

#[rstest]
#[case(0.02, 100.0)]
#[case(0.05, 100.0)]
#[case(0.10, 100.0)]
#[case(0.15, 99.0)]
#[case(0.20, 92.0)]
fn gaussian_jitter(#[case] sigma: f64, #[case] bar: f64) {
    let share = mean(0.0, &|signal, random| signal.gaussian(random, sigma));
    assert!(share >= bar, "sigma {sigma}: {share:.2} %");
    // Pauses say less of where a character begins.
    let share = mean(3.0, &|signal, random| signal.gaussian(random, sigma));
    assert!(share >= bar - 3.0 * f64::from(bar < 100.0), "sigma {sigma} with pauses: {share:.2} %");
}

#[rstest]
#[case(0.2, 100.0)]
#[case(0.3, 99.9)]
#[case(0.4, 95.0)]
fn uniform_jitter(#[case] most: f64, #[case] bar: f64) {
    let share = mean(0.0, &|signal, random| signal.uniform(random, most));
    assert!(share >= bar, "{most}: {share:.2} %");
}

#[test]
fn edges_that_are_late_in_one_direction_change_nothing() {
    for skew in [0.0, 0.2, 0.45] {
        let share = mean(0.0, &|signal, _| signal.skew(skew));
        assert!(share >= 100.0, "{skew}: {share:.2} %");
    }
}

#[rstest]
#[case(9.0, 100.0)]
#[case(20.0, 100.0)]
#[case(40.0, 100.0)]
#[case(80.0, 97.0)]
fn a_sender_that_polls_a_clock(#[case] turn: f64, #[case] bar: f64) {
    let share = mean(0.0, &|signal, random| signal.poll_loop(random, turn));
    assert!(share >= bar, "{turn} us: {share:.2} %");
}

#[test]
fn a_thousand_glitches_of_a_tenth_of_a_bit_change_nothing() {
    // A thousand in 600 characters, and as many in a third of the time.
    for (count, length) in [(50, 2.0), (333, 2.0), (333, 10.0), (1000, 10.0)] {
        let share = mean(0.0, &|signal, random| signal.glitches(random, count, length));
        assert!(share >= if count > 333 { 99.5 } else { 100.0 }, "{count} x {length} us: {share:.2} %");
    }
}

#[rstest]
#[case(9600.0 * 2.08)]
#[case(9600.0 * 3.1)]
#[case(9600.0 * 3.2)]
#[case(9600.0 * 8.68)]
#[case(9600.0 * 104.17)]
#[case(9600.0 * 3333.3)]
fn two_samples_a_bit_are_enough(#[case] hertz: f64) {
    let share = mean(0.0, &|signal, _| signal.sampled(hertz));
    assert!(share >= 100.0, "{hertz} samples a second: {share:.2} %");
}

#[test]
fn every_frame_is_read_in_every_order_and_polarity_with_noise_on_it() {
    for shape in Shape::every(2400.0) {
        let mut random = Random(u64::from(shape.data_bits));
        let mut signal = Signal::new(shape, 0.03);
        signal.rest(10.0);
        let data: Vec<u16> = (0..60).map(|_| random.below(1 << shape.data_bits) as u16).collect();
        signal.frames(&data, 0.0);
        signal.rest(10.0);
        signal.uniform(&mut random, 0.1);
        let frames = decode(&shape, &signal);
        let values: Vec<u16> = frames.iter().map(|frame| frame.data).collect();
        assert_eq!(values, data, "{}", shape.name());
        assert!(frames.iter().all(|frame| frame.parity_ok && frame.framing_ok), "{}", shape.name());
    }
}

#[test]
fn every_damaged_frame_is_told_and_no_other() {
    for seed in 0..SEEDS {
        for (parity, gap) in [('E', 1.0), ('O', 2.0), ('M', 0.4), ('E', 15.0)] {
            let mut random = Random(seed);
            let shape = Shape { data_bits: 7, parity, ..Shape::new(1200.0) };
            let mut signal = Signal::new(shape, 0.01);
            signal.rest(20.0);
            for _ in 0..400 {
                let fault = match random.below(20) {
                    0 => Fault::Parity,
                    1 => Fault::Stop,
                    _ => Fault::None,
                };
                // Not nothing but space: that is a break.
                signal.damaged(1 + random.below(127) as u16, fault);
                signal.rest(gap);
            }
            signal.gaussian(&mut random, 0.03);
            let frames = decode(&shape, &signal);
            assert_eq!(frames.len(), signal.sent.len(), "seed {seed}, {parity}, gap {gap}");
            for (frame, sent) in frames.iter().zip(&signal.sent) {
                let told = match (frame.parity_ok, frame.framing_ok) {
                    (true, true) => Fault::None,
                    (false, true) => Fault::Parity,
                    (_, false) => Fault::Stop,
                };
                assert_eq!((frame.data, told), (sent.data, sent.fault), "seed {seed}, {parity}, gap {gap}");
            }
        }
    }
}

/// Of characters read wrong and right, those with a margin below 0.2, at one jitter.
#[derive(Debug, Default)]
struct Margins {
    wrong: usize,
    wrong_low: usize,
    right: usize,
    right_low: usize,
}

fn margins(seeds: std::ops::Range<u64>, sigma: f64, gap: f64) -> Margins {
    let mut sum = Margins::default();
    for seed in seeds {
        let shape = Shape::new(9600.0);
        let mut random = Random(seed * 31 + 7);
        let mut signal = Signal::new(shape, 0.0);
        signal.rest(20.0);
        signal.frames(&random.text(300), gap);
        signal.rest(20.0);
        signal.gaussian(&mut random, sigma);
        let near = 1.5e9 / shape.baud;
        for frame in decode(&shape, &signal) {
            let at = frame.start.0 as f64;
            let low = usize::from(frame.margin < 0.2);
            if signal.sent.iter().any(|sent| (sent.start - at).abs() < near && sent.data == frame.data) {
                (sum.right, sum.right_low) = (sum.right + 1, sum.right_low + low);
            } else {
                (sum.wrong, sum.wrong_low) = (sum.wrong + 1, sum.wrong_low + low);
            }
        }
    }
    sum
}

/// At each jitter for itself, with pauses and without; and a right character is not doubted where the line is good.
#[test]
fn what_is_read_wrong_is_known_to_be_a_guess() {
    for gap in [0.0, 3.0] {
        for sigma in [0.05, 0.1, 0.13, 0.15, 0.17, 0.2, 0.25] {
            let seeds = if sigma < 0.18 { SEEDS * 4 } else { SEEDS };
            let got = margins(0..seeds, sigma, gap);
            let low = 100.0 * got.right_low as f64 / got.right as f64;
            println!("gap {gap}, sigma {sigma}: {got:?}, {low:.1} % of the right ones are doubted");
            assert!(got.wrong_low * 10 >= got.wrong * 9, "gap {gap}, sigma {sigma}: {got:?}");
            let most = if sigma < 0.08 { 1.0 } else { 12.0 };
            assert!(
                sigma > 0.11 || low < most,
                "gap {gap}, sigma {sigma}: a margin that doubts all says nothing"
            );
        }
    }
}

#[test]
fn the_senders_rate_is_measured() {
    for (off, skew) in [(-0.06, 0.0), (-0.011, 0.3), (0.0, 0.45), (0.004, 0.0), (0.025, 0.2), (0.06, 0.0)] {
        let shape = Shape::new(1200.0);
        let mut random = Random(3);
        let mut signal = Signal::new(shape, off);
        signal.rest(20.0);
        signal.frames(&random.text(CHARACTERS), 1.3);
        signal.rest(20.0);
        signal.skew(skew);
        signal.gaussian(&mut random, 0.02);
        let line: LineFormat = shape.name().parse().unwrap();
        let (_, decoder) = decode_with(Decoder::with_level(&line, Stamp::ZERO, Level::High), &signal);
        let measured = decoder.measured_baud().unwrap() / 1200.0 - 1.0;
        assert!((measured - off).abs() < 0.002, "{off} with skew {skew}: {measured}");
    }
    let decoder = Decoder::new(&"300-8N1".parse().unwrap());
    assert_eq!(decoder.measured_baud(), None);
}

#[test]
fn a_rate_that_changes_is_found_again() {
    for (first, then) in [(0.05, -0.05), (-0.06, 0.06), (0.0, 0.07), (1.0, 0.0), (-0.5, 0.0)] {
        let shape = Shape::new(1200.0);
        let mut random = Random(11);
        let mut signal = Signal::new(shape, first);
        signal.rest(20.0);
        signal.frames(&random.text(100), 0.0);
        signal.rest(12.0);
        signal.set_off(then);
        let before = signal.sent.len();
        signal.frames(&random.text(100), 0.0);
        signal.rest(20.0);
        let frames = read(&decode(&shape, &signal));
        // Some characters to find the new rate.
        let rest = &signal.sent[before + 30..];
        assert_eq!(right(rest, &frames, 1e9 / shape.baud), rest.len(), "{first} to {then}");
    }
}

#[test]
fn listening_may_begin_in_the_middle_of_a_character() {
    let shape = Shape::new(1200.0);
    let line: LineFormat = shape.name().parse().unwrap();
    let mut inside = 0;
    for seed in 0..40 {
        let mut random = Random(seed);
        let mut whole = Signal::new(shape, 0.0);
        whole.rest(3.0);
        whole.frames(&random.text(60), 0.0);
        whole.rest(20.0);
        // From somewhere in the first characters on.
        let cut = (3.0 + random.unit() * 30.0) * 1e9 / shape.baud;
        let mark = whole.edges.iter().take_while(|edge| edge.0 <= cut).last().is_none_or(|edge| edge.1);
        let mut signal = whole.clone();
        signal.edges.retain(|edge| edge.0 > cut);
        let sent: Vec<_> = whole.sent.iter().filter(|sent| sent.start > cut).copied().collect();
        let decoder = Decoder::listening(&line, Stamp(cut as u64), level(mark));
        let (frames, decoder) = decode_with(decoder, &signal);
        inside += u32::from(decoder.began_inside());
        let bits = 1e9 / shape.baud;
        // Text may look well-framed for a while from another edge; never for long.
        assert!(right(&sent, &read(&frames), bits) + 1 >= sent.len(), "seed {seed}");
        assert!(frames.len() <= sent.len() + 1, "seed {seed}");
    }
    assert!(inside > 30, "{inside}");
    // The first character is whole, however short the rest before it.
    for rest in [0.1, 1.0, 9.0, 30.0] {
        let mut signal = Signal::new(shape, 0.0);
        signal.rest(rest);
        signal.frames(&Random(5).text(40), 0.0);
        signal.rest(0.3);
        let (frames, decoder) = decode_with(Decoder::listening(&line, Stamp::ZERO, Level::High), &signal);
        assert!(!decoder.began_inside(), "{rest}");
        assert_eq!(right(&signal.sent[..39], &read(&frames), 1e9 / shape.baud), 39, "{rest}");
    }
}

#[test]
fn a_bad_stop_bit_may_be_the_next_start_bit() {
    let shape = Shape::new(1200.0);
    let line: LineFormat = shape.name().parse().unwrap();
    let mut signal = Signal::new(shape, 0.0);
    signal.rest(20.0);
    signal.frame(0x41);
    // A character whose stop bit is the start bit of the next one.
    signal.hold(false, 1.0);
    signal.hold(true, 8.0);
    signal.frame(0x55);
    signal.rest(20.0);
    let new = || Decoder::with_level(&line, Stamp::ZERO, Level::High);
    let data = |frames: &[Frame]| frames.iter().map(|f| (f.data, f.framing_ok)).collect::<Vec<_>>();
    let resync = data(&decode_with(new().with_policy(Policy::Resync), &signal).0);
    let waiting = data(&decode_with(new(), &signal).0);
    assert_eq!(resync, [(0x41, true), (0xFF, false), (0x55, true)]);
    assert_eq!(waiting[..2], [(0x41, true), (0xFF, false)]);
    assert_ne!(waiting, resync);
}

#[test]
fn the_shortest_start_bit_can_be_set() {
    let shape = Shape::new(1000.0);
    let line: LineFormat = shape.name().parse().unwrap();
    let mut signal = Signal::new(shape, 0.0);
    signal.rest(20.0);
    signal.hold(false, 0.45);
    signal.rest(20.0);
    signal.frame(0x0F);
    signal.rest(20.0);
    for (share, expected) in [(0.5, 1), (0.4, 2)] {
        let decoder = Decoder::with_level(&line, Stamp::ZERO, Level::High).with_glitch(share);
        assert_eq!(decode_with(decoder, &signal).0.len(), expected, "{share}");
    }
}

#[test]
fn lines_with_nothing_to_read_give_nothing() {
    let shape = Shape::new(1200.0);
    let bit = 1e9 / shape.baud;
    let empty = Signal::new(shape, 0.0);
    assert!(decode(&shape, &empty).is_empty());
    let mut stuck = Signal::new(shape, 0.0);
    stuck.rest(5.0);
    stuck.hold(false, 5_000.0);
    assert!(decode(&shape, &stuck).is_empty(), "a break that has no end");
    for value in [0x00, 0xFF, 0x55, 0xCC] {
        let mut signal = Signal::new(shape, 0.02);
        signal.rest(15.0);
        signal.frames(&[value; 50], 0.0);
        signal.rest(15.0);
        assert_eq!(right(&signal.sent, &read(&decode(&shape, &signal)), bit), 50, "{value:02X}");
    }
}
