//! What a line is, found out from its edges: drawn lines of every kind, public captures, and lines that cannot
//! be told. The lines are drawn by code that shares nothing with the encoder.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test helpers fail loudly")]
#![allow(clippy::print_stderr, reason = "a skipped test says so, and figures are shown")]

use std::collections::BTreeMap;
use std::f64::consts::TAU;

use petterm::line::detect::{Doubt, Sign, Survey, Verdict, standard_rate};
use petterm::line::{BitOrder, Edge, Level, LineFormat, Parity, Polarity, StopBits};
use petterm::time::Stamp;
use rstest::rstest;

const ENGLISH: &str = "The quick brown fox jumps over the lazy dog. A PET 2001 from 1977 still answers at 300 baud,\r\n\
    if its user port is wired well: pins A to N, five volts, and never twelve! Type RUN and press RETURN.\r\n";

/// A generator of numbers; equal seeds give equal lines.
#[derive(Clone)]
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// From 0 up to 1.
    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        let (a, b) = (self.share().max(1e-12), self.share());
        (-2.0 * a.ln()).sqrt() * (TAU * b).cos()
    }
}

/// Pauses between characters, in bits.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Gap {
    Tight,
    Random(f64),
    Typed,
}

/// How a line is drawn.
#[derive(Clone, Debug)]
struct Drawing {
    line: LineFormat,
    baud: f64,
    gap: Gap,
    /// Samples a bit; none: nanoseconds.
    samples: Option<f64>,
    jitter: f64,
    /// Rising edges come so much later, in bits.
    late: f64,
    /// Start bits are so much shorter.
    short_start: f64,
    /// So many pulses of a tenth of a bit, on edges never.
    glitches: usize,
    /// Every so many characters the line is held at space for 30 bits; 0: never.
    break_every: usize,
    /// The line rests so many bits before and after.
    rest: f64,
    seed: u64,
}

impl Drawing {
    fn new(line: &str) -> Drawing {
        let line: LineFormat = line.parse().unwrap();
        let baud = f64::from(line.baud);
        Drawing {
            line,
            baud,
            gap: Gap::Tight,
            samples: None,
            jitter: 0.0,
            late: 0.0,
            short_start: 0.0,
            glitches: 0,
            break_every: 0,
            rest: 30.0,
            seed: 1,
        }
    }

    /// Times in nanoseconds at which the line changes, from its level of rest, and its end.
    fn draw(&self, data: &[u16]) -> (Vec<f64>, f64) {
        let line = &self.line;
        let mut dice = Dice(self.seed);
        let mut marks: Vec<(f64, bool)> = Vec::new();
        let mut at = self.rest;
        for (i, &datum) in data.iter().enumerate() {
            if self.break_every > 0 && i % self.break_every == self.break_every - 1 {
                marks.extend([(at, false), (at + 30.0, true)]);
                at += 45.0;
            }
            let mut bits = vec![false];
            for i in 0..line.data_bits {
                let bit = if line.order == BitOrder::LsbFirst { i } else { line.data_bits - 1 - i };
                bits.push(datum >> bit & 1 == 1);
            }
            let ones = (datum & ((1 << line.data_bits) - 1)).count_ones() % 2 == 1;
            match line.parity {
                Parity::None => {}
                Parity::Even => bits.push(ones),
                Parity::Odd => bits.push(!ones),
                Parity::Mark => bits.push(true),
                Parity::Space => bits.push(false),
            }
            for (i, bit) in bits.iter().enumerate() {
                let late = if i == 0 { self.short_start } else { 0.0 };
                marks.push((at + i as f64 + late, *bit));
            }
            at += bits.len() as f64;
            marks.push((at, true));
            at += match line.stop {
                StopBits::One => 1.0,
                StopBits::OneAndHalf => 1.5,
                StopBits::Two => 2.0,
            };
            at += match self.gap {
                Gap::Tight => 0.0,
                Gap::Random(most) => dice.share() * most,
                Gap::Typed => 20.0 + dice.share() * 60.0,
            };
        }
        let bit = 1e9 / self.baud;
        let mut changes = Vec::new();
        let mut now = true;
        let rises_to_mark = line.rx == Polarity::IdleHigh;
        for (when, mark) in marks {
            if mark == now {
                continue;
            }
            now = mark;
            let late = if mark == rises_to_mark { self.late } else { 0.0 };
            changes.push((when + late + dice.normal() * self.jitter) * bit);
        }
        let end = (at + self.rest) * bit;
        for _ in 0..self.glitches {
            let (from, length) = (dice.share() * end, 0.1 * bit);
            let clear = |time: &f64| (time - from).abs() > 2.0 * length;
            if changes.iter().all(clear) {
                changes.extend([from, from + length]);
            }
        }
        changes.sort_by(f64::total_cmp);
        if let Some(samples) = self.samples {
            let tick = bit / samples;
            let phase = dice.share();
            for time in &mut changes {
                *time = ((*time / tick + phase).ceil() - phase) * tick;
            }
        }
        // What is sampled in one place is no pulse.
        let mut kept: Vec<f64> = Vec::new();
        for time in changes {
            match kept.last() {
                Some(last) if time - last < 1.0 => {
                    kept.pop();
                }
                _ => kept.push(time),
            }
        }
        (kept, end)
    }

    fn survey(&self, data: &[u16]) -> Survey {
        let (changes, end) = self.draw(data);
        survey(self.line.rx, &changes, end)
    }

    fn verdict(&self, data: &[u16]) -> Verdict {
        self.survey(data).verdict()
    }
}

fn levels(polarity: Polarity) -> (Level, Level) {
    match polarity {
        Polarity::IdleHigh => (Level::High, Level::Low),
        Polarity::IdleLow => (Level::Low, Level::High),
    }
}

fn survey(polarity: Polarity, changes: &[f64], end: f64) -> Survey {
    let (rest, other) = levels(polarity);
    let mut survey = Survey::new();
    survey.start(Stamp(0), Some(rest));
    for (i, time) in changes.iter().enumerate() {
        let level = if i % 2 == 0 { other } else { rest };
        survey.edge(Edge { at: Stamp(time.round() as u64), level });
    }
    survey.end(Stamp(end.round() as u64));
    survey
}

fn bytes(text: &str) -> Vec<u16> {
    text.bytes().map(u16::from).collect()
}

/// Data of a kind, as many as are wanted.
fn data(kind: &str, bits: u8, count: usize, seed: u64) -> Vec<u16> {
    let mask = (1_u16 << bits) - 1;
    let mut dice = Dice(seed ^ 0xDA7A);
    let text = ENGLISH.as_bytes();
    let begin = dice.next() as usize % text.len();
    let of = |i: usize, dice: &mut Dice| match kind {
        "english" => u16::from(text[(begin + i) % text.len()]),
        "mark" => u16::from(text[(begin + i) % text.len()]) | 0x80,
        "petscii" => match text[(begin + i) % text.len()] {
            byte @ b'a'..=b'z' => u16::from(byte - 0x20),
            byte @ b'A'..=b'Z' => u16::from(byte + 0x80),
            byte => u16::from(byte),
        },
        "random" => dice.next() as u16,
        "digits" => match i % 12 {
            10 => 13,
            11 => 10,
            _ => 0x30 + dice.next() as u16 % 10,
        },
        "CC" => 0xCC,
        "55" => 0x55,
        "counting" => i as u16,
        _ => unreachable!("{kind}"),
    };
    (0..count).map(|i| of(i, &mut dice) & mask).collect()
}

/// How a verdict stands to the truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Grade {
    /// Best.
    Right,
    /// Named as fitting also.
    Also,
    /// Said not to be known.
    Doubt,
    Wrong,
}

fn grade(drawing: &Drawing, verdict: &Verdict) -> Grade {
    let Some(best) = verdict.best else { return Grade::Doubt };
    if verdict.doubt.is_some() {
        return Grade::Doubt;
    }
    // Where there are pauses, nobody can tell how much of them belongs to the frame.
    let plain = |line: &LineFormat| match drawing.gap {
        Gap::Tight => *line,
        _ => LineFormat { stop: StopBits::One, ..*line },
    };
    let truth = plain(&LineFormat { baud: best.line.baud, ..drawing.line });
    if (best.raw_baud / drawing.baud - 1.0).abs() > 0.02 {
        return Grade::Wrong;
    }
    match () {
        () if plain(&best.line) == truth => Grade::Right,
        () if verdict.also.iter().any(|line| plain(line) == truth) => Grade::Also,
        () => Grade::Wrong,
    }
}

const KINDS: [&str; 6] = ["english", "mark", "petscii", "random", "digits", "counting"];

/// Every frame there is, in both polarities and with every kind of pause; all of `kinds` that fit into it.
fn matrix(kinds: &[&str], count: usize) -> Vec<(String, Drawing, Vec<u16>)> {
    let mut lines = Vec::new();
    let all = std::env::var_os("PETTERM_ALL_LINES").is_some();
    for kind in kinds {
        let least = match *kind {
            "mark" | "petscii" => 8,
            "english" | "digits" => 7,
            _ => 5,
        };
        for bits in least..=9_u8 {
            for parity in ["N", "E", "O", "M", "S"] {
                for stop in ["1", "1.5", "2"] {
                    for suffix in ["", "-inv"] {
                        for (g, gap) in [Gap::Tight, Gap::Random(4.0), Gap::Typed].into_iter().enumerate() {
                            let (rate, samples) = [(300, 1000.0), (1200, 52.0), (9600, 8.68)]
                                [(g + usize::from(bits) + stop.len()) % 3];
                            let number = lines.len() as u64;
                            let name = format!("{rate}-{bits}{parity}{stop}{suffix}");
                            let samples = Some(samples);
                            let drawing =
                                Drawing { gap, samples, seed: number, jitter: 0.02, ..Drawing::new(&name) };
                            lines.push(((*kind).to_owned(), drawing, data(kind, bits, count, number)));
                        }
                    }
                }
            }
        }
    }
    // One in nineteen is enough for every day; that is in step with nothing above.
    lines.into_iter().enumerate().filter(|(i, _)| all || i % 19 == 3).map(|(_, line)| line).collect()
}

fn told(drawing: &Drawing, verdict: &Verdict) -> String {
    let fit =
        |fit: &petterm::line::detect::Fit| format!("{} at {:.1} ({:.3})", fit.line, fit.raw_baud, fit.score);
    format!(
        "{} at {} baud, {:?}, seed {}: {:?}, doubt {:?}, also {:?}, next {:?}",
        drawing.line,
        drawing.baud,
        drawing.gap,
        drawing.seed,
        verdict.best.as_ref().map(fit),
        verdict.doubt,
        verdict.also.iter().map(ToString::to_string).collect::<Vec<_>>(),
        verdict.runner_up.as_ref().map(fit),
    )
}

#[test]
fn every_frame_is_named_or_is_among_those_that_are_the_same_waveform() {
    let mut table: BTreeMap<(String, Grade), u32> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (kind, drawing, data) in matrix(&KINDS, 120) {
        let verdict = drawing.verdict(&data);
        let grade = grade(&drawing, &verdict);
        *table.entry((kind.clone(), grade)).or_default() += 1;
        let off = verdict.best.map_or(1.0, |best| (best.raw_baud / drawing.baud - 1.0).abs());
        if !matches!(grade, Grade::Right | Grade::Also) || off > 0.005 {
            wrong.push(format!("{kind}: {}", told(&drawing, &verdict)));
        }
    }
    eprintln!("{table:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn one_character_again_and_again_is_no_evidence() {
    let (mut doubted, mut all) = (0, 0);
    for (_, drawing, data) in matrix(&["CC", "55"], 120) {
        all += 1;
        doubted += u32::from(drawing.verdict(&data).doubt.is_some());
    }
    eprintln!("{doubted} of {all} doubted");
    // A few lines of nine bits or of one and a half stop bits look like text at another rate.
    assert!(all - doubted <= 1 + all / 300, "{doubted} of {all}");
}

const LINES: [&str; 6] = ["1200-8N1", "1200-8N1-inv", "1200-7E1", "1200-8N2-inv", "1200-7O1", "1200-8E1"];

/// A line of each frame in use, for text or for any data, with each kind of pause; changed as is asked.
#[track_caller]
fn named(share: f64, count: usize, change: impl Fn(&mut Drawing)) {
    let (mut all, mut right, mut wrong) = (0, 0, Vec::new());
    for (i, line) in LINES.into_iter().enumerate() {
        for (k, kind) in ["english", "random"].into_iter().enumerate() {
            for (g, gap) in [Gap::Tight, Gap::Random(4.0), Gap::Typed].into_iter().enumerate() {
                if (i + k + g) % 2 == 1 {
                    continue;
                }
                let mut drawing = Drawing { gap, seed: i as u64, ..Drawing::new(line) };
                change(&mut drawing);
                let data = data(kind, drawing.line.data_bits, count, drawing.seed);
                let verdict = drawing.verdict(&data);
                all += 1;
                match grade(&drawing, &verdict) {
                    Grade::Right | Grade::Also => right += 1,
                    _ => wrong.push(format!("{kind}: {}", told(&drawing, &verdict))),
                }
            }
        }
    }
    assert!(f64::from(right) >= share * f64::from(all), "{right} of {all}\n{}", wrong.join("\n"));
}

#[rstest]
#[case(2.6, 0.9)]
#[case(3.2, 1.0)]
#[case(4.0, 1.0)]
#[case(5.5, 1.0)]
#[case(8.68, 1.0)]
fn few_samples_a_bit_are_enough(#[case] samples: f64, #[case] share: f64) {
    named(share, 200, |drawing| drawing.samples = Some(samples));
}

#[test]
fn two_samples_a_bit_are_too_few_and_that_is_said() {
    for kind in ["english", "random"] {
        for gap in [Gap::Tight, Gap::Random(4.0), Gap::Typed] {
            let drawing = Drawing { gap, samples: Some(2.08), ..Drawing::new("1200-8N1") };
            let verdict = drawing.verdict(&data(kind, 8, 200, 1));
            let is_few = |doubt| matches!(doubt, Doubt::FewSamples(18..=23));
            assert!(verdict.doubt.is_some_and(is_few), "{kind}: {}", told(&drawing, &verdict));
        }
    }
}

#[test]
fn the_usual_frame_is_named_first_where_one_character_repeats() {
    for character in *b"Z \r@0" {
        let drawing = Drawing { gap: Gap::Typed, ..Drawing::new("1200-8N1") };
        let verdict = drawing.verdict(&[u16::from(character); 20]);
        let is_same = |doubt| matches!(doubt, Doubt::SameCharacter | Doubt::FewLengths(_));
        assert!(verdict.doubt.is_some_and(is_same), "{character:02X}: {:?}", verdict.doubt);
        assert_eq!(verdict.best.unwrap().line.to_string(), "1200-8N1", "{character:02X}");
    }
}

#[test]
fn a_clock_and_noise_are_no_characters() {
    let survey = |length: &mut dyn FnMut() -> u64| {
        let (mut survey, mut at) = (Survey::new(), 0);
        survey.start(Stamp(0), Some(Level::High));
        for i in 0..2_000 {
            at += length();
            survey.edge(nanos(at, if i % 2 == 0 { Level::Low } else { Level::High }));
        }
        survey.verdict().doubt
    };
    assert_eq!(survey(&mut || 1_000_000), Some(Doubt::FewLengths(1)));
    let mut dice = Dice(7);
    let noise = survey(&mut || 1 + (-dice.share().max(1e-9).ln() * 1e6) as u64);
    assert_eq!(noise, Some(Doubt::NoFit), "seed 7");
}

#[rstest]
#[case(0.05)]
#[case(0.1)]
fn jitter_is_borne(#[case] jitter: f64) {
    named(1.0, 150, |drawing| drawing.jitter = jitter);
}

#[rstest]
#[case(0.2)]
#[case(0.45)]
fn late_rising_edges_are_borne(#[case] late: f64) {
    named(1.0, 150, |drawing| drawing.late = late);
}

#[rstest]
#[case(45.45)]
#[case(50.0)]
#[case(333.0)]
#[case(725.0)]
#[case(2083.0)]
#[case(4000.0)]
#[case(1_000_000.0)]
fn rates_off_the_list_stand_as_measured(#[case] baud: f64) {
    named(1.0, 100, |drawing| drawing.baud = baud);
    let drawing = Drawing { baud, ..Drawing::new("1200-8N1") };
    let best = drawing.verdict(&bytes(ENGLISH)).best.unwrap();
    assert!((best.raw_baud / baud - 1.0).abs() < 0.001, "{best:?}");
    assert_eq!(best.standard, standard_rate(baud));
}

#[rstest]
#[case(0.0)]
#[case(0.5)]
#[case(3.0)]
#[case(1000.0)]
fn a_line_may_rest_for_long_or_not_at_all(#[case] rest: f64) {
    named(1.0, 100, |drawing| drawing.rest = rest);
}

#[test]
fn short_start_bits_glitches_and_breaks_are_borne() {
    named(1.0, 120, |drawing| drawing.short_start = 0.3);
    named(1.0, 120, |drawing| drawing.glitches = 60);
    named(1.0, 120, |drawing| drawing.break_every = 20);
}

fn nanos(at: u64, level: Level) -> Edge {
    Edge { at: Stamp(at), level }
}

#[test]
fn hello_typed_at_a_pet_that_idles_low_is_mcterm() {
    let drawing = Drawing { gap: Gap::Typed, jitter: 0.03, ..Drawing::new("300-8N1-inv") };
    let typed: Vec<u16> = b"HELLO".iter().map(|byte| u16::from(*byte | 0x80)).collect();
    let verdict = drawing.verdict(&typed);
    assert_eq!(verdict.doubt, None, "{}", told(&drawing, &verdict));
    assert_eq!(verdict.best.unwrap().line.to_string(), "300-8N1-inv");
    assert!(
        verdict.signs.contains(&Sign::IdleLow) && verdict.signs.contains(&Sign::Bit7Set),
        "{:?}",
        verdict.signs
    );
    assert_eq!(verdict.idle, Some(Level::Low));
    assert!(verdict.also.contains(&"300-7M1-inv".parse().unwrap()), "{:?}", verdict.also);
    // The same keys with bit 7 clear are another matter.
    let verdict = drawing.verdict(&bytes("HELLO"));
    assert_eq!(verdict.best.unwrap().line.to_string(), "300-8N1-inv", "{}", told(&drawing, &verdict));
    assert!(!verdict.signs.contains(&Sign::Bit7Set), "{:?}", verdict.signs);
}

#[test]
fn the_next_best_is_another_reading_and_not_another_name() {
    let drawing = Drawing::new("1200-7E1");
    let verdict = drawing.verdict(&bytes(ENGLISH));
    let (best, next) = (verdict.best.unwrap(), verdict.runner_up.unwrap());
    assert_eq!((best.line.to_string(), next.line.to_string()), ("1200-7E1".into(), "1200-8N1".into()));
    assert!(best.score > 0.95 && next.score < best.score - 0.1, "{}", told(&drawing, &verdict));
    // Bit 7 set, 7M1 and 7N2 are one waveform.
    let drawing = Drawing::new("300-7M1");
    let verdict = drawing.verdict(&bytes(ENGLISH));
    assert_eq!(verdict.best.unwrap().line.to_string(), "300-8N1");
    for line in ["300-7M1", "300-7N2"] {
        assert!(verdict.also.contains(&line.parse().unwrap()), "{}", told(&drawing, &verdict));
    }
    assert!(verdict.runner_up.is_none_or(|next| next.line.to_string() != "300-7N2"));
}

#[test]
fn a_slice_out_of_dense_text_begins_inside_a_character() {
    for line in LINES {
        for (seed, cut) in [(1, 7), (2, 12), (3, 33)] {
            let drawing = Drawing { seed, ..Drawing::new(line) };
            let (changes, _) = drawing.draw(&data("english", drawing.line.data_bits, 120, seed));
            let (rest, other) = levels(drawing.line.rx);
            let mut survey = Survey::new();
            let level = |i: usize| if i.is_multiple_of(2) { other } else { rest };
            survey.start(Stamp(changes[cut] as u64 - 100_000), Some(level(cut - 1)));
            let until = changes.len() - 9;
            for (i, time) in changes.iter().enumerate().take(until).skip(cut) {
                survey.edge(nanos(time.round() as u64, level(i)));
            }
            survey.end(Stamp(changes[until] as u64 - 1));
            let verdict = survey.verdict();
            assert!(
                matches!(grade(&drawing, &verdict), Grade::Right | Grade::Also),
                "cut {cut}: {}",
                told(&drawing, &verdict)
            );
        }
    }
}

#[test]
fn a_chime_beside_the_text_is_left_out() {
    for (line, seed) in [("300-8N1", 1), ("300-8N1-inv", 2), ("1200-8N1", 3), ("1200-7E1", 4)] {
        let drawing = Drawing { gap: Gap::Typed, seed, ..Drawing::new(line) };
        let (mut changes, end) = drawing.draw(&bytes("READY FOR THE NEXT LINE"));
        // Four trains while the line rests: 4 kHz down to 500 Hz.
        let mut at = end;
        for half in [125_000.0, 250_000.0, 500_000.0, 1_000_000.0] {
            changes.extend((0..80).map(|i| at + f64::from(i) * half));
            at += 80.0 * half + 40_000_000.0;
        }
        let verdict = survey(drawing.line.rx, &changes, at).verdict();
        assert!(
            matches!(grade(&drawing, &verdict), Grade::Right | Grade::Also),
            "{}",
            told(&drawing, &verdict)
        );
        assert!(verdict.signs.contains(&Sign::Tones(4)), "{:?}", verdict.signs);
    }
}

#[test]
fn what_has_not_spoken_is_doubted() {
    assert_eq!(Survey::new().verdict().doubt, Some(Doubt::Nothing));
    for level in [Level::Low, Level::High] {
        let mut survey = Survey::new();
        survey.start(Stamp(5), Some(level));
        survey.end(Stamp(5_000_000_000));
        let verdict = survey.verdict();
        assert_eq!((verdict.doubt, verdict.idle), (Some(Doubt::Still(level)), Some(level)));
        assert_eq!(verdict.best, None);
    }
    let one = Drawing::new("9600-8N1").verdict(&[0x0A]);
    assert_eq!(one.doubt, Some(Doubt::OneCharacter));
    assert_eq!(one.best.unwrap().line.to_string(), "9600-8N1");
    let same = Drawing::new("9600-8N1").verdict(&[u16::from(b'U'); 50]);
    assert!(matches!(same.doubt, Some(Doubt::SameCharacter | Doubt::FewLengths(_))), "{same:?}");
    // A single edge, and one that says what was known.
    let mut survey = Survey::new();
    survey.edge(nanos(10, Level::Low));
    survey.edge(nanos(20, Level::Low));
    assert_eq!((survey.edges(), survey.verdict().doubt), (1, Some(Doubt::OneCharacter)));
}

#[test]
fn a_survey_holds_so_many_edges_and_no_more() {
    let mut survey = Survey::new();
    let drawing = Drawing::new("1200-8N1");
    let (changes, _) = drawing.draw(&data("random", 8, 8_000, 1));
    assert!(changes.len() > 2 * Survey::MOST_EDGES);
    survey.start(Stamp(0), Some(Level::High));
    for (i, time) in changes.iter().enumerate() {
        let level = if i % 2 == 0 { Level::Low } else { Level::High };
        survey.edge(nanos(*time as u64, level));
    }
    assert_eq!(survey.edges(), Survey::MOST_EDGES);
    assert!(survey.is_full());
    assert_eq!(survey.verdict().best.unwrap().line.to_string(), "1200-8N1");
}

#[test]
fn no_line_at_all_makes_it_panic() {
    for seed in 0..60 {
        let mut dice = Dice(seed);
        let mut survey = Survey::new();
        let mut at = dice.next() >> (dice.next() % 64);
        for _ in 0..dice.next() % 300 {
            match dice.next() % 40 {
                0 => survey.start(Stamp(at), None),
                1 => survey.start(Stamp(at), Some(Level::High)),
                2 => survey.end(Stamp(at)),
                3 => at = at.saturating_sub(dice.next() % 1_000),
                number => {
                    let level = if number % 2 == 0 { Level::Low } else { Level::High };
                    survey.edge(nanos(at, level));
                }
            }
            at = at.saturating_add(dice.next() >> (4 + dice.next() % 60));
        }
        let verdict = survey.verdict();
        let again = survey.verdict();
        assert_eq!(verdict, again, "seed {seed}");
        for fit in verdict.best.iter().chain(&verdict.runner_up) {
            assert!((0.0..=1.0).contains(&fit.score) && fit.raw_baud > 0.0, "seed {seed}: {fit:?}");
        }
    }
}
