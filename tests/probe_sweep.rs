//! The sweep against lines with programs on them: whoever types, whatever the chip, it says what is there or
//! says that it does not know.
//!
//! Nothing here is shared with what is tested: keys become codes, codes edges, and edges octets by a UART that
//! looks sixteen times a bit and votes, with all of its rates, phases, latencies and ways with a bad stop bit.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]
#![allow(clippy::print_stderr, reason = "the figures of docs/probe.md")]

mod pet_line;

use pet_line::{Chip, Keys, Line, PROGRAMS, Policy, Program, Random, Uart, code};
use petterm::line::Polarity;
use petterm::line::sweep::{Coding, Finding, Heard, Step, Sweep, SweepSettings, Verdict};
use petterm::time::{Span, Stamp, Wake};

/// What somebody does at the keyboard.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Typing {
    /// HELLO and RETURN, again and again.
    Hello,
    /// hello, in the case that the keys give unshifted.
    Small,
    /// Words of a text, with capitals, digits and RETURN.
    Words,
}

const WORDS: &str = "The quick brown fox jumps over the lazy dog\rLoad 8 programs, list 10 and run\rPET 4032 with \
    BASIC 4.0\rdear friend, how are you today? I am fine\r";

fn keys(typing: Typing, random: &mut Random, count: usize) -> Vec<u8> {
    let text = match typing {
        Typing::Hello => "HELLO\r".to_owned(),
        Typing::Small => "hello\r".to_owned(),
        Typing::Words => WORDS.to_owned(),
    };
    let begin = random.below(text.len() as u64) as usize;
    text.bytes().cycle().skip(begin).take(count).collect()
}

struct World {
    program: Program,
    chip: Chip,
    typing: Typing,
    /// Keys a second.
    speed: f64,
    typed: bool,
    chimes: bool,
    patience: u64,
}

fn typed_line(world: &World, random: &mut Random) -> Line {
    let mut line = Line { rest: !world.program.idle_low, edges: Vec::new() };
    let bit = 1.0 / (world.program.rate * random.between(0.985, 1.01));
    let mut time = random.between(0.0, 2.0);
    let count = (world.patience as f64 * world.speed) as usize + 4;
    for (n, key) in keys(world.typing, random, count).into_iter().enumerate() {
        line.draw(time, code(world.program.keys, key), bit, world.program.idle_low, random);
        let pause = random.between(0.6, 1.4) / world.speed;
        time += pause.max(10.5 * bit);
        if world.chimes && n % 12 == 11 {
            for _ in 0..2 {
                let hertz = random.between(500.0, 4000.0);
                line.chime(time, 0.06, hertz);
                time += 0.07;
            }
            time += 0.1;
        }
    }
    line
}

/// Lets a sweep listen to the line; what it found, and after how many seconds.
fn sweep(world: &World, seed: u64) -> (Finding, f64) {
    let mut random = Random(seed.wrapping_mul(0x0123_4567_89AB_CDEF) ^ 0x5EED);
    let line = typed_line(world, &mut random);
    listen(world, &line, &mut random)
}

fn listen(world: &World, line: &Line, random: &mut Random) -> (Finding, f64) {
    let typed = if world.typed { b"HELLO".to_vec() } else { Vec::new() };
    let mut sweep = Sweep::new(SweepSettings { typed, patience: Span::from_secs(world.patience) });
    let stamp = |seconds: f64| Stamp((seconds * 1e9).round() as u64);
    let mut now = 0.0;
    let mut uart: Option<Uart<'_>> = None;
    let mut coming: Option<(f64, Heard)> = None;
    loop {
        while let Some(step) = sweep.poll() {
            match step {
                Step::Tune(rate) => {
                    now += 0.01;
                    let mut tuned = Uart::new(line, world.chip, rate, now, random);
                    coming = tuned.next(random);
                    uart = Some(tuned);
                    sweep.tuned(stamp(now));
                }
                Step::Done => return (sweep.finding(), now),
            }
        }
        let delivered =
            coming.map(|(at, heard)| ((at / world.chip.latency).ceil() * world.chip.latency, heard));
        let wake = match sweep.wake() {
            Wake::Now => now,
            Wake::At(at) => at.0 as f64 / 1e9,
            Wake::OnInput => f64::INFINITY,
        };
        match delivered {
            Some((at, heard)) if at <= wake => {
                now = now.max(at);
                let heard = Heard { bad: heard.bad && world.chip.marks, ..heard };
                sweep.heard(stamp(now), &[heard]);
                coming = uart.as_mut().and_then(|uart| uart.next(random));
            }
            _ => {
                now = now.max(wake);
                sweep.timeout(stamp(now));
            }
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Outcome {
    Right,
    /// The rate and polarity are right, the coding is another.
    WrongCoding,
    /// It says that it does not know.
    Unknown,
    Wrong,
}

fn judge(program: &Program, finding: &Finding) -> Outcome {
    let Some(best) = finding.best.as_ref().filter(|_| finding.verdict == Verdict::Found) else {
        return Outcome::Unknown;
    };
    let idle = if program.idle_low { Polarity::IdleLow } else { Polarity::IdleHigh };
    if best.rate != Some(program.rate as u32) || best.idle != idle {
        return Outcome::Wrong;
    }
    let coding = match program.keys {
        Keys::Ascii => Coding::Clear,
        Keys::AsciiBit7 => Coding::Set,
        Keys::Petscii => Coding::Petscii,
    };
    if best.coding == coding || best.also.contains(&coding) { Outcome::Right } else { Outcome::WrongCoding }
}

const CHIPS: [Chip; 4] = [
    // An FTDI: tells, delivers every 16 ms.
    Chip { marks: true, policy: Policy::WaitsForMark, latency: 0.016, hears_low: true },
    // A 16550: tells, at once, takes the bad stop bit for a start.
    Chip { marks: true, policy: Policy::TakesItForAStart, latency: 0.001, hears_low: false },
    // A CH340: tells nothing.
    Chip { marks: false, policy: Policy::WaitsForMark, latency: 0.004, hears_low: true },
    Chip { marks: false, policy: Policy::TakesItForAStart, latency: 0.016, hears_low: false },
];

/// Runs every chip, typing and speed with these seeds and prints a row; the counts are right, wrong coding,
/// unknown, wrong, and the seconds until the answer.
fn table(program: Program, marks: bool, typed: bool, seeds: std::ops::Range<u64>, patience: u64) -> [u32; 4] {
    let mut counts = [0; 4];
    let mut seconds = Vec::new();
    for chip in CHIPS.into_iter().filter(|chip| chip.marks == marks) {
        for typing in [Typing::Hello, Typing::Small, Typing::Words] {
            if typed && typing == Typing::Words {
                continue;
            }
            for speed in [1.5, 3.0, 6.0] {
                for seed in seeds.clone() {
                    let world = World { program, chip, typing, speed, typed, chimes: false, patience };
                    let (finding, after) = sweep(&world, seed);
                    let outcome = judge(&program, &finding);
                    counts[outcome as usize] += 1;
                    seconds.push(after);
                    assert!(
                        outcome != Outcome::Wrong,
                        "{} {chip:?} {typing:?} {speed} typed {typed} seed {seed}: {finding:?}",
                        program.name
                    );
                }
            }
        }
    }
    seconds.sort_by(f64::total_cmp);
    eprintln!(
        "| {} | {} | {} | {} | {} | {} | {} | {:.0} s | {:.0} s |",
        program.name,
        if marks { "yes" } else { "no" },
        if typed { "yes" } else { "no" },
        counts[0],
        counts[1],
        counts[2],
        counts[3],
        seconds[seconds.len() / 2],
        seconds[seconds.len() * 9 / 10],
    );
    counts
}

/// How many seeds each row has; the figures of docs/probe.md were made with `PROBE_SEEDS=20`.
fn seeds() -> u64 {
    std::env::var("PROBE_SEEDS").ok().and_then(|n| n.parse().ok()).unwrap_or(1)
}

#[test]
fn every_program_is_told_with_and_without_marks_and_known_text() {
    let mut sum = [0; 4];
    for program in PROGRAMS {
        for marks in [true, false] {
            for typed in [true, false] {
                for (sum, count) in sum.iter_mut().zip(table(program, marks, typed, 0..seeds(), 60)) {
                    *sum += count;
                }
            }
        }
    }
    let all: u32 = sum.iter().sum();
    eprintln!("right, wrong coding, unknown, wrong: {sum:?} of {all}");
    assert_eq!(sum[3], 0, "a rate or polarity that is not true");
    assert!(sum[1] * 200 <= all, "too often another coding is named: {sum:?}");
    assert!(sum[0] * 100 >= all * 98, "too often it does not know: {sum:?}");
}

fn world(program: Program, chip: Chip) -> World {
    World { program, chip, typing: Typing::Words, speed: 2.0, typed: false, chimes: false, patience: 40 }
}

#[test]
fn a_chime_on_pin_m_is_left_out() {
    let mut left_out = 0;
    for seed in 0..3 * seeds() {
        for program in [PROGRAMS[3], PROGRAMS[5], PROGRAMS[6]] {
            for chip in CHIPS {
                let world = World { chimes: true, typed: false, ..world(program, chip) };
                let (finding, _) = sweep(&world, seed);
                assert_ne!(
                    judge(&program, &finding),
                    Outcome::Wrong,
                    "{program:?} {chip:?} seed {seed}: {finding:?}"
                );
                left_out += finding.discarded;
            }
        }
    }
    assert!(left_out > 0);
}

#[test]
fn a_chime_alone_is_never_a_program() {
    for seed in 0..3 * seeds() {
        for chip in CHIPS {
            let mut random = Random(seed);
            let mut line = Line { rest: true, edges: Vec::new() };
            let mut time = 1.0;
            while time < 40.0 {
                let hertz = random.between(500.0, 4000.0);
                line.chime(time, 0.08, hertz);
                time += random.between(0.1, 1.0);
            }
            let (finding, _) = listen(&world(PROGRAMS[3], chip), &line, &mut random);
            assert_ne!(finding.verdict, Verdict::Found, "{chip:?} seed {seed}: {finding:?}");
        }
    }
}

#[test]
fn noise_is_never_a_program() {
    for seed in 0..5 * seeds() {
        for chip in CHIPS {
            let mut random = Random(seed ^ 0xABCD);
            let mut line = Line { rest: true, edges: Vec::new() };
            let mut time = 1.0;
            while time < 40.0 {
                // Bursts of pulses of any length, as of a wire that hangs in the air.
                for _ in 0..random.below(12) {
                    let level = !line.level(time);
                    line.to(time, level);
                    time += random.between(0.0001, 0.02);
                }
                line.to(time, true);
                time += random.between(0.05, 0.8);
            }
            let (finding, _) = listen(&world(PROGRAMS[3], chip), &line, &mut random);
            assert_ne!(finding.verdict, Verdict::Found, "{chip:?} seed {seed}: {finding:?}");
        }
    }
}

#[test]
fn silence_and_a_few_keys_are_not_enough() {
    for program in PROGRAMS {
        for chip in CHIPS {
            let silent = Line { rest: !program.idle_low, edges: Vec::new() };
            let world = world(program, chip);
            let (finding, after) = listen(&world, &silent, &mut Random(1));
            assert_eq!(finding.verdict, Verdict::Nothing, "{program:?} {chip:?}");
            assert!(after >= 39.9, "it gave up after {after} s");
            // One and the same key, however often.
            let mut random = Random(7);
            let mut line = Line { rest: !program.idle_low, edges: Vec::new() };
            for n in 0..60 {
                let key = code(program.keys, b'e');
                line.draw(1.0 + f64::from(n) * 0.5, key, 1.0 / program.rate, program.idle_low, &mut random);
            }
            let (finding, _) = listen(&world, &line, &mut random);
            assert_ne!(finding.verdict, Verdict::Found, "{program:?} {chip:?}: {finding:?}");
        }
    }
}

/// A program that sends a whole text without a pause.
fn stream(program: Program, random: &mut Random) -> Line {
    let mut line = Line { rest: !program.idle_low, edges: Vec::new() };
    let bit = 1.0 / program.rate;
    let mut time = 0.5;
    for key in WORDS.bytes().cycle() {
        if time > 38.0 {
            break;
        }
        line.draw(time, code(program.keys, key), bit, program.idle_low, random);
        time += 10.0 * bit;
    }
    line
}

#[test]
fn a_text_without_pauses_is_told_where_it_can_be_read_and_never_wrongly() {
    for seed in 0..seeds() {
        for program in PROGRAMS {
            for chip in [CHIPS[0], CHIPS[1], CHIPS[3]] {
                let mut random = Random(seed);
                let line = stream(program, &mut random);
                let (finding, _) = listen(&world(program, chip), &line, &mut random);
                let outcome = judge(&program, &finding);
                // At 2400 baud there may be no time to look closer.
                if program.idle_low || program.rate > 2000.0 {
                    assert!(
                        matches!(outcome, Outcome::Right | Outcome::Unknown),
                        "{program:?} {chip:?}: {finding:?}"
                    );
                } else {
                    assert_eq!(outcome, Outcome::Right, "{program:?} {chip:?}: {finding:?}");
                }
            }
        }
    }
}

#[test]
fn rates_beyond_the_sweep_are_told_too() {
    for (rate, keys) in
        [(110.0, Keys::Ascii), (9600.0, Keys::Ascii), (4800.0, Keys::Petscii), (150.0, Keys::AsciiBit7)]
    {
        for chip in CHIPS {
            let program = Program { name: "another rate", rate, idle_low: false, keys };
            let (finding, _) = sweep(&world(program, chip), 3);
            assert_eq!(judge(&program, &finding), Outcome::Right, "{rate} {chip:?}: {finding:?}");
        }
    }
}

#[test]
fn a_pseudo_terminal_says_the_same_at_every_rate_and_that_is_told() {
    let mut sweep = Sweep::new(SweepSettings { typed: Vec::new(), patience: Span::from_secs(60) });
    let mut now = Stamp(0);
    let mut keys = WORDS.bytes().cycle();
    for _ in 0..100_000 {
        match sweep.poll() {
            Some(Step::Tune(_)) => sweep.tuned(now),
            Some(Step::Done) => {
                let finding = sweep.finding();
                let best = finding.best.as_ref().unwrap();
                assert_eq!((finding.verdict, best.rate), (Verdict::Found, None), "{finding:?}");
                return;
            }
            None => {}
        }
        now += Span::from_millis(120);
        sweep.heard(now, &[Heard { octet: keys.next().unwrap(), bad: false }]);
    }
    panic!("it never ends");
}

#[test]
fn feeding_octets_one_at_a_time_equals_feeding_them_whole() {
    let octets: Vec<Heard> = b"HELLO WORLD".iter().map(|&octet| Heard { octet, bad: false }).collect();
    let feed = |parts: &[&[Heard]]| {
        let mut sweep = Sweep::new(SweepSettings { typed: Vec::new(), patience: Span::from_secs(9) });
        assert_eq!(sweep.poll(), Some(Step::Tune(300)));
        sweep.tuned(Stamp(0));
        for part in parts {
            sweep.heard(Stamp(1_000_000_000), part);
        }
        sweep.stop(Stamp(2_000_000_000));
        assert_eq!(sweep.poll(), Some(Step::Done));
        assert_eq!(sweep.poll(), None);
        sweep.finding()
    };
    let one: Vec<&[Heard]> = octets.chunks(1).collect();
    assert_eq!(feed(&[&octets]), feed(&one));
}

/// A line that is low gives one 00 when a rate is set. Zeros that waited in the driver, and a slow key that falls into
/// that moment, are no sign of a line that rests low.
#[test]
fn only_a_zero_alone_says_that_the_line_was_low() {
    for (opening, low) in
        [(&[&[0_u8][..]][..], 1), (&[&[0, 0, 0]], 0), (&[&[0], &[0x80]], 0), (&[&[0x48]], 0), (&[], 0)]
    {
        let mut sweep = Sweep::new(SweepSettings { typed: Vec::new(), patience: Span::from_secs(60) });
        assert!(matches!(sweep.poll(), Some(Step::Tune(_))));
        sweep.tuned(Stamp::ZERO);
        for octets in opening {
            let heard: Vec<Heard> = octets.iter().map(|&octet| Heard { octet, bad: false }).collect();
            sweep.heard(Stamp::ZERO + Span::from_millis(20), &heard);
        }
        sweep.stop(Stamp::ZERO + Span::from_secs(1));
        assert_eq!(sweep.finding().opened_low, low, "{opening:X?}");
    }
}

#[test]
fn a_port_that_refuses_rates_is_swept_at_the_others() {
    let mut sweep = Sweep::new(SweepSettings { typed: Vec::new(), patience: Span::from_secs(30) });
    let mut tuned = Vec::new();
    let mut now = Stamp(0);
    loop {
        match sweep.poll() {
            Some(Step::Tune(600)) => sweep.refused(now),
            Some(Step::Tune(rate)) => {
                tuned.push(rate);
                sweep.tuned(now);
            }
            Some(Step::Done) => break,
            None => match sweep.wake() {
                Wake::At(at) => {
                    now = now.max(at);
                    sweep.timeout(now);
                }
                other => panic!("{other:?}"),
            },
        }
    }
    assert_eq!(&tuned[..4], &[300, 1200, 2400, 300]);
    let finding = sweep.finding();
    assert_eq!((finding.verdict, &finding.refused[..]), (Verdict::Nothing, &[600][..]));
}
