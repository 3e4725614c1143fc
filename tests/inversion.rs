//! Lines of the wrong polarity: what a UART makes of them, and what shift-TX and misframe-RX make of that.
//!
//! The wire, the senders and the receivers here are drawn bit by bit and share no code with the library.
//! `PETTERM_SEED` moves all random numbers to another place. Facts: `docs/inversion.md`.
#![expect(clippy::unwrap_used, reason = "a test's helper fails by panicking")]

use petterm::line::{
    Finding, LineFormat, Meaning, Misframe, MisframeOut, Resting, ShiftOut, ShiftTx, Timing,
};
use petterm::time::{Span, Stamp, Wake};

const BAUD: u64 = 300;

// ---- Random numbers --------------------------------------------------------------------------------------

struct Random(u64);

impl Random {
    fn new(seed: u64) -> Random {
        let moved = std::env::var("PETTERM_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(0_u64);
        Random(seed.wrapping_add(moved.wrapping_mul(1_000_003)).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

// ---- The wire --------------------------------------------------------------------------------------------

/// Levels over time, in bits of the nominal rate: the level before all, then changes.
#[derive(Default)]
struct Wire {
    first: bool,
    changes: Vec<(f64, bool)>,
}

impl Wire {
    fn resting(level: bool) -> Wire {
        Wire { first: level, changes: Vec::new() }
    }

    fn level(&self, at: f64) -> bool {
        let before = self.changes.partition_point(|change| change.0 <= at);
        before.checked_sub(1).map_or(self.first, |index| self.changes[index].1)
    }

    fn set(&mut self, at: f64, level: bool) {
        while self.changes.last().is_some_and(|change| change.0 >= at) {
            self.changes.pop();
        }
        if self.changes.last().map_or(self.first, |change| change.1) != level {
            self.changes.push((at, level));
        }
    }

    /// The next change to `level` at or after `at`, or `at` itself if it is there already.
    fn reaches(&self, at: f64, level: bool) -> Option<f64> {
        if self.level(at) == level {
            return Some(at);
        }
        self.changes.iter().find(|change| change.0 >= at && change.1 == level).map(|change| change.0)
    }

    fn end(&self) -> f64 {
        self.changes.last().map_or(0.0, |change| change.0)
    }
}

/// A frame of eight data bits from `at` on; `mark` is the level of a 1. Bits are `length` long.
fn draw(wire: &mut Wire, at: f64, byte: u8, mark: bool, length: f64) -> f64 {
    wire.set(at, !mark);
    for bit in 0..8 {
        wire.set(at + length * f64::from(bit + 1), (byte >> bit & 1 == 1) == mark);
    }
    wire.set(at + length * 9.0, mark);
    at + length * 10.0
}

// ---- A UART that rests high -------------------------------------------------------------------------------

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Policy {
    /// After a bad stop bit it waits for mark.
    WaitForMark,
    /// It takes a low stop bit for the next start bit.
    Resync,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Frame {
    at: f64,
    value: u8,
    bad: bool,
}

/// An ordinary 8N1 receiver, which is told that the line was low before anything.
fn uart(wire: &Wire, policy: Policy) -> Vec<Frame> {
    let mut frames = Vec::new();
    let mut from = 0.0;
    let mut at_once = false;
    loop {
        let fall = if at_once {
            from
        } else {
            let Some(high) = wire.reaches(from, true) else { break };
            let Some(fall) = wire.reaches(high, false) else { break };
            fall
        };
        let value =
            (0..8).fold(0, |value, bit| value | u8::from(wire.level(fall + 1.5 + f64::from(bit))) << bit);
        let bad = !wire.level(fall + 9.5);
        frames.push(Frame { at: fall + 9.5, value, bad });
        // Where nothing will ever change again, a receiver that starts at once would start for ever.
        at_once = bad && policy == Policy::Resync && value != 0 && fall + 9.5 <= wire.end() + 30.0;
        from = if at_once { fall + 9.0 } else { fall + 9.5 };
    }
    frames
}

/// What a program that rests low puts on the wire, with pauses after each character.
fn typed(characters: &[u8], pauses: &[f64]) -> Wire {
    let mut wire = Wire::resting(false);
    let mut at = 20.0;
    for (&character, pause) in characters.iter().zip(pauses) {
        at = draw(&mut wire, at, character, false, 1.0) + pause;
    }
    wire
}

fn stamp(bits: f64) -> Stamp {
    Stamp((bits * 1e9 / BAUD as f64) as u64)
}

fn line() -> LineFormat {
    LineFormat::new(BAUD as u32)
}

struct Heard {
    meanings: Vec<Meaning>,
    findings: Vec<Finding>,
}

impl Heard {
    /// What is shown, certain or likely.
    fn shown(&self) -> Vec<u8> {
        self.meanings.iter().filter_map(|meaning| meaning.character()).collect()
    }
}

/// Feeds frames as they come, waking up as asked.
fn hear(frames: &[Frame], timing: Timing, marks: bool) -> Heard {
    let mut rx = Misframe::new(&line(), timing, marks);
    let mut heard = Heard { meanings: Vec::new(), findings: Vec::new() };
    let mut take = |rx: &mut Misframe| {
        while let Some(out) = rx.poll() {
            match out {
                MisframeOut::Read(meaning) => heard.meanings.push(meaning),
                MisframeOut::Found(finding) => heard.findings.push(finding),
            }
        }
    };
    for frame in frames {
        while let Wake::At(at) = rx.wake()
            && at < stamp(frame.at)
        {
            rx.timeout(at);
            take(&mut rx);
        }
        rx.push(stamp(frame.at), frame.value, marks.then_some(frame.bad));
        take(&mut rx);
    }
    while let Wake::At(at) = rx.wake() {
        rx.timeout(at);
        take(&mut rx);
    }
    heard
}

const EXACT: Timing = Timing::Within(Span::ZERO);

// ---- The tables of the wrong polarity --------------------------------------------------------------------

fn hex(text: &str) -> Vec<u8> {
    text.split_whitespace().map(|word| u8::from_str_radix(word, 16).unwrap()).collect()
}

/// What was typed, and what arrives of it with bit 7 clear and set.
const ALONE: [(&[u8], &str, &str); 7] = [
    (
        b"abcdefghijklmnopqrstuvwxyz",
        "4F 27 4E 13 4D 26 4C 09 4B 25 4A 12 49 24 48 04 47 23 46 11 45 22 44 08 43 21",
        "0F 07 0E 03 0D 06 0C 01 0B 05 0A 02 09 04 08 00 07 03 06 01 05 02 04 00 03 01",
    ),
    (
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "5F 2F 5E 17 5D 2E 5C 0B 5B 2D 5A 16 59 2C 58 05 57 2B 56 15 55 2A 54 0A 53 29",
        "1F 0F 1E 07 1D 0E 1C 03 1B 0D 1A 06 19 0C 18 01 17 0B 16 05 15 0A 14 02 13 09",
    ),
    (b"0123456789", "06 67 33 66 19 65 32 64 0C 63", "02 27 13 26 09 25 12 24 04 23"),
    (b"\r", "79", "39"),
    (b"\n", "3D", "1D"),
    (b" ", "03", "01"),
    (b"HELLO", "0B 5D 16 16 58", "03 1D 06 06 18"),
];

/// The table of characters that stand alone; every one of them has a bad stop bit.
#[test]
fn a_uart_reads_an_idle_low_line_as_the_tables_say() {
    for (text, clear, set) in ALONE {
        for (bit7, expected) in [(0x00, clear), (0x80, set)] {
            let characters: Vec<u8> = text.iter().map(|c| c | bit7).collect();
            let frames = uart(&typed(&characters, &vec![30.0; characters.len()]), Policy::WaitForMark);
            let values: Vec<u8> = frames.iter().map(|frame| frame.value).collect();
            assert_eq!(values, hex(expected), "{text:?} {bit7:02X}");
            assert!(frames.iter().all(|frame| frame.bad));
        }
    }
}

#[test]
fn back_to_back_frames_merge_as_the_tables_say() {
    for (text, bit7, expected) in [
        (
            "abcdefghijklmnopqrstuvwxyz",
            0x00,
            "4F A7* BA AA 9A 8A 7A 6A 5A 4A 3A 2A 1A 0A FA* 1D 1B 19 17 15 13 11 0F 0D 0B 00*",
        ),
        (
            "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
            0x00,
            "5F AF* DD D5 CD C5 BD B5 AD A5 9D 95 8D 85 7D 75 6D 65 5D 55 4D 45 3D 35 2D 01*",
        ),
        ("0123456789", 0x00, "D6 B6 96 76 56 36 16 F6* 8D 00*"),
        ("\r\n ", 0x00, "79 BD 03*"),
        (
            "abcdefghijklmnopqrstuvwxyz",
            0x80,
            "0F 87* B8 A8 98 88 78 68 58 48 38 28 18 08 F8* 07 83* 70 50 30 10 F0* 03 01*",
        ),
        (
            "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
            0x80,
            "1F 8F* DC D4 CC C4 BC B4 AC A4 9C 94 8C 84 7C 74 6C 64 5C 54 4C 44 3C 34 2C 00*",
        ),
        ("0123456789", 0x80, "D2 B2 92 72 52 32 12 F2* 1A 00*"),
        ("\r\n ", 0x80, "39 9D 01*"),
    ] {
        let characters: Vec<u8> = text.bytes().map(|c| c | bit7).collect();
        let frames = uart(&typed(&characters, &vec![0.0; characters.len()]), Policy::WaitForMark);
        let got: Vec<String> =
            frames.iter().map(|f| format!("{:02X}{}", f.value, if f.bad { "*" } else { "" })).collect();
        assert_eq!(got.join(" "), expected, "{text:?} {bit7:02X}");
    }
}

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

// ---- misframe-RX -----------------------------------------------------------------------------------------

#[test]
fn every_code_comes_back_exactly_with_idle_gaps() {
    let codes: Vec<u8> = (1..0x80).collect();
    for policy in [Policy::WaitForMark, Policy::Resync] {
        for marks in [false, true] {
            let frames = uart(&typed(&codes, &vec![40.0; codes.len()]), policy);
            let heard = hear(&frames, EXACT, marks);
            assert_eq!(heard.shown(), codes, "{policy:?}, marks {marks}");
            assert_eq!(heard.meanings.len(), codes.len());
            assert_eq!(heard.findings, []);
        }
    }
    let values: Vec<u8> = uart(&typed(&codes, &vec![40.0; codes.len()]), Policy::WaitForMark)
        .iter()
        .map(|frame| Misframe::inverse(frame.value).unwrap())
        .collect();
    assert_eq!(values, codes, "from byte values alone");
    assert!((0x80..=0xFF).chain([0]).all(|value| Misframe::inverse(value).is_none()));
}

/// Each code, before each other, at each gap: right beyond its gap, and never wrong below it.
#[test]
fn a_gap_of_k_bits_is_enough_and_a_shorter_one_is_flagged() {
    for first in 1..0x80_u8 {
        let k = first.trailing_zeros();
        for gap in 0..9 {
            for second in [b'a', b'@', b'x', 0x7F, b' ', first] {
                let text = [b'a', first, second, b'a'];
                let frames = uart(&typed(&text, &[40.0, f64::from(gap), 40.0, 40.0]), Policy::WaitForMark);
                let heard = hear(&frames, EXACT, true);
                let at = format!("{first:02X} {second:02X} gap {gap}: {:?} of {frames:02X?}", heard.meanings);
                if gap >= k {
                    assert_eq!(heard.shown(), text, "{at}");
                } else {
                    // The first is taken apart from what began too early; that one is lost or right.
                    assert_ne!(Misframe::inverse(frames[1].value), Some(first), "{at}");
                    assert_subsequence(&heard.shown(), &text, &at);
                    assert_ne!(heard.findings, [Finding::Upright], "{at}");
                }
            }
        }
    }
}

#[track_caller]
fn assert_subsequence(part: &[u8], whole: &[u8], at: &str) {
    let mut rest = whole.iter();
    assert!(
        part.iter().all(|one| rest.any(|other| other == one)),
        "{part:02X?} is not in {whole:02X?}: {at}"
    );
}

/// How a sender has bit 7.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BitSeven {
    /// Always clear, or always set.
    PerStream,
    /// One or the other, for each character.
    PerCharacter,
}

#[derive(Clone, Copy, Debug, Default)]
struct Shown {
    /// Characters with bit 7 clear whose own pause is long enough, and those of them that are shown.
    due: usize,
    read: usize,
    certain: usize,
    /// What is certain or likely, and not what was sent.
    wrongly_certain: usize,
    wrongly_likely: usize,
}

impl Shown {
    fn add(&mut self, other: Shown) {
        self.due += other.due;
        self.read += other.read;
        self.certain += other.certain;
        self.wrongly_certain += other.wrongly_certain;
        self.wrongly_likely += other.wrongly_likely;
    }

    fn percent(&self) -> f64 {
        100.0 * self.read as f64 / self.due.max(1) as f64
    }
}

/// What was read of each character of a text, and what was read that was never sent: the cheapest way to lay the
/// one along the other. An unknown stands for any character.
fn align(text: &[u8], read: &[Meaning]) -> (Vec<Meaning>, Vec<Meaning>) {
    #[derive(Clone, Copy, PartialEq)]
    enum Step {
        Both,
        Sent,
        Read,
    }
    // They are never further apart than that, and the rest is left out.
    const BAND: usize = 50;
    let width = text.len() + 1;
    let mut costs = vec![(u32::MAX / 2, Step::Both); (read.len() + 1) * width];
    for row in 0..=read.len() {
        let middle = row * text.len() / read.len().max(1);
        for column in middle.saturating_sub(BAND)..=(middle + BAND).min(text.len()) {
            let mut best = if (row, column) == (0, 0) { (0, Step::Both) } else { (u32::MAX / 2, Step::Both) };
            let mut way = |row: usize, column: usize, cost: u32, step| {
                let cost = costs[row * width + column].0 + cost;
                if cost < best.0 {
                    best = (cost, step);
                }
            };
            if row > 0 && column > 0 {
                let differs = read[row - 1].character().is_some_and(|one| one != text[column - 1]);
                way(row - 1, column - 1, if differs { 4 } else { 0 }, Step::Both);
            }
            if column > 0 {
                way(row, column - 1, 1, Step::Sent);
            }
            if row > 0 {
                way(row - 1, column, if read[row - 1] == Meaning::Unknown { 1 } else { 4 }, Step::Read);
            }
            costs[row * width + column] = best;
        }
    }
    let (mut row, mut column) = (read.len(), text.len());
    let (mut along, mut extra) = (vec![Meaning::Unknown; text.len()], Vec::new());
    while (row, column) != (0, 0) {
        match costs[row * width + column].1 {
            Step::Both => {
                (row, column) = (row - 1, column - 1);
                along[column] = read[row];
            }
            Step::Sent => column -= 1,
            Step::Read => {
                row -= 1;
                extra.push(read[row]);
            }
        }
    }
    (along, extra)
}

/// Random codes, random pauses of 0 to 9 bits, or of such parts of a bit: how much is shown, and is it right?
fn random_stream(
    seed: u64,
    bit7: BitSeven,
    parts: u64,
    timing: Timing,
    marks: bool,
    policy: Policy,
) -> Shown {
    let mut random = Random::new(seed);
    let stream = random.below(2) == 1;
    let text: Vec<u8> = (0..300)
        .map(|_| {
            let set = match bit7 {
                BitSeven::PerStream => stream,
                BitSeven::PerCharacter => random.below(2) == 1,
            };
            (random.below(127) + 1) as u8 | if set { 0x80 } else { 0 }
        })
        .collect();
    let gaps: Vec<f64> = text.iter().map(|_| random.below(9 * parts + 1) as f64 / parts as f64).collect();
    let heard = hear(&uart(&typed(&text, &gaps), policy), timing, marks);
    let (along, extra) = align(&text, &heard.meanings);
    let mut sum = Shown::default();
    for ((&sent, gap), meaning) in text.iter().zip(&gaps).zip(&along) {
        let due = sent < 0x80 && *gap >= f64::from(sent.trailing_zeros());
        sum.due += usize::from(due);
        sum.read += usize::from(due && meaning.character() == Some(sent));
        sum.certain += usize::from(due && *meaning == Meaning::Certain(sent));
        sum.wrongly_certain += usize::from(matches!(meaning, Meaning::Certain(read) if *read != sent));
        sum.wrongly_likely += usize::from(matches!(meaning, Meaning::Likely(read) if *read != sent));
    }
    sum.wrongly_certain += extra.iter().filter(|meaning| matches!(meaning, Meaning::Certain(_))).count();
    sum.wrongly_likely += extra.iter().filter(|meaning| matches!(meaning, Meaning::Likely(_))).count();
    sum
}

/// Many streams; nothing that is certain is wrong, nor is what is likely where a sender keeps its bit 7.
#[track_caller]
fn random_streams(
    seeds: u64,
    bit7: BitSeven,
    parts: u64,
    timing: Timing,
    marks: bool,
    policy: Policy,
) -> Shown {
    let mut sum = Shown::default();
    let setting = format!("{bit7:?}, pauses of 1/{parts}, {timing:?}, marks {marks}, {policy:?}");
    for seed in 0..seeds {
        let shown = random_stream(seed, bit7, parts, timing, marks, policy);
        assert_eq!(shown.wrongly_certain, 0, "seed {seed}: {setting}");
        if bit7 != BitSeven::PerCharacter {
            assert_eq!(shown.wrongly_likely, 0, "seed {seed}: {setting}");
        }
        sum.add(shown);
    }
    sum
}

#[test]
fn of_random_pauses_nothing_wrong_is_shown_and_nearly_all_that_can_be_read() {
    // Without an inverter nobody can do better than the first: of what is missing, other characters would have
    // made the same octets at the same times.
    for (policy, marks, least) in [
        (Policy::WaitForMark, true, 94.0),
        (Policy::WaitForMark, false, 86.0),
        (Policy::Resync, true, 99.5),
        (Policy::Resync, false, 98.0),
    ] {
        let shown = random_streams(60, BitSeven::PerStream, 1, EXACT, marks, policy);
        assert!(shown.percent() >= least, "{:.1}", shown.percent());
    }
}

/// There nothing but the character itself can show its bit 7.
#[test]
fn where_every_character_has_another_bit_7_what_is_certain_is_right() {
    for (policy, marks, least) in [
        (Policy::WaitForMark, true, 30.0),
        (Policy::WaitForMark, false, 18.0),
        (Policy::Resync, true, 95.0),
        (Policy::Resync, false, 60.0),
    ] {
        let shown = random_streams(60, BitSeven::PerCharacter, 1, EXACT, marks, policy);
        assert!(shown.percent() >= least, "{:.1}", shown.percent());
        // What was taken for likely before the first bit 7 was seen.
        assert!(shown.wrongly_likely < 150, "{shown:?}");
    }
}

#[test]
fn pauses_need_not_be_whole_bits() {
    for bit7 in [BitSeven::PerStream, BitSeven::PerCharacter] {
        for policy in [Policy::WaitForMark, Policy::Resync] {
            for marks in [true, false] {
                let shown = random_streams(12, bit7, 97, EXACT, marks, policy);
                assert!(shown.read > 0);
            }
        }
    }
}

#[test]
fn with_late_times_less_is_shown_and_nothing_wrong() {
    for (millis, marks) in [(3, true), (3, false), (26, true), (26, false)] {
        for bit7 in [BitSeven::PerStream, BitSeven::PerCharacter] {
            let timing = Timing::Within(Span::from_millis(millis));
            random_streams(60, bit7, 1, timing, marks, Policy::WaitForMark);
        }
    }
}

/// No octets at no times trouble it, and after a pause it reads again.
#[test]
fn noise_is_forgotten_after_a_pause() {
    for seed in 400..440 {
        let mut random = Random::new(seed);
        let mut at = 20.0;
        let noise = (0..200).map(|_| {
            at += 9.0 + random.below(1_600) as f64 / 100.0;
            Frame { at, value: random.below(256) as u8, bad: random.below(2) == 0 }
        });
        let mut frames: Vec<Frame> = noise.collect();
        let text = b"AaAaAaAaAaAaAaAaAaAaAaAaAaAaAaAaAaAaHELLO";
        let typed = uart(&typed(text, &vec![40.0; text.len()]), Policy::WaitForMark);
        frames.extend(typed.iter().map(|frame| Frame { at: frame.at + at + 40.0, ..*frame }));
        for marks in [true, false] {
            let shown = hear(&frames, EXACT, marks).meanings;
            let last: Vec<_> = shown.iter().rev().take(5).rev().map(|meaning| meaning.character()).collect();
            assert_eq!(last, b"HELLO".map(Some), "seed {seed}, marks {marks}");
        }
    }
}

/// Typed by hand, told late and by a driver without marks.
#[test]
fn hand_typed_text_is_whole_though_the_adapter_is_late() {
    let text = b"10 PRINT \"HELLO, WORLD\"\r20 GOTO 10\r";
    for seed in 300..340 {
        let mut random = Random::new(seed);
        let gaps: Vec<f64> = text.iter().map(|_| 30.0 + random.below(100) as f64).collect();
        for policy in [Policy::WaitForMark, Policy::Resync] {
            let mut frames = uart(&typed(text, &gaps), policy);
            for frame in &mut frames {
                // Up to 16 ms late, but in order: no pause is as short as that.
                frame.at += random.below(1_000) as f64 / 1_000.0 * 4.8;
            }
            let heard = hear(&frames, Timing::Within(Span::from_millis(26)), false);
            let lost = if policy == Policy::Resync { 16 } else { 0 };
            let shown = heard.shown();
            assert!(shown.len() + lost >= text.len(), "seed {seed}: {:?}", heard.meanings);
            assert_subsequence(&shown, text, &format!("seed {seed}"));
            assert_eq!(heard.findings, [], "seed {seed}");
        }
    }
}

#[test]
fn values_alone_are_read_as_if_typed_with_pauses() {
    let frames = uart(&typed(b"HELLO\r", &[30.0; 6]), Policy::WaitForMark);
    let heard = hear(&frames, Timing::Unknown, false);
    assert_eq!(heard.meanings, b"HELLO\r".map(Meaning::Likely));
    // Of a stream without pauses the values above 7F and what follows each are not.
    let frames = uart(&typed(b"abcdefgh", &[0.0; 8]), Policy::WaitForMark);
    let heard = hear(&frames, Timing::Unknown, false);
    assert_eq!(heard.findings, [Finding::BackToBack]);
    assert_eq!(heard.meanings[1..], [Meaning::Unknown; 8][..heard.meanings.len() - 1]);
}

#[test]
fn a_sender_that_sets_bit_7_is_told_and_nothing_wrong_is_shown() {
    let text: Vec<u8> = b"THE QUICK BROWN FOX JUMPS OVER THE LAZY DOG\r".iter().map(|c| c | 0x80).collect();
    for (pause, timing) in [(40.0, EXACT), (3.0, EXACT), (40.0, Timing::Unknown)] {
        let heard = hear(&uart(&typed(&text, &vec![pause; text.len()]), Policy::WaitForMark), timing, false);
        assert!(heard.findings.contains(&Finding::BitSevenSet), "{pause} {timing:?}: {:?}", heard.findings);
        // But for those that touch another, and are read bit by bit with bit 7.
        assert_subsequence(&heard.shown(), &text, &format!("{pause} {timing:?}"));
        assert!(pause < 10.0 || heard.shown().is_empty());
    }
}

#[test]
fn blanks_alone_say_nothing_of_bit_7() {
    let mut text = vec![b' '; 40];
    text.extend(b"a b");
    let heard = hear(&uart(&typed(&text, &vec![40.0; text.len()]), Policy::WaitForMark), EXACT, true);
    assert_eq!(heard.findings, []);
    assert_eq!(heard.shown().last_chunk(), Some(b"a b"));
}

#[test]
fn an_upright_line_is_told() {
    let text = b"Hello from an upright PET\r";
    let mut wire = Wire::resting(true);
    let mut at = 20.0;
    for character in text {
        at = draw(&mut wire, at, *character, true, 1.0) + 40.0;
    }
    let frames = uart(&wire, Policy::WaitForMark);
    assert_eq!(frames.iter().map(|frame| frame.value).collect::<Vec<_>>(), text);
    let heard = hear(&frames, EXACT, true);
    assert_eq!(heard.findings, [Finding::Upright]);
    assert_eq!(heard.shown(), [] as [u8; 0], "with marks nothing of it is taken for misframed");
    for timing in [EXACT, Timing::Unknown] {
        assert!(hear(&frames, timing, false).findings.contains(&Finding::Upright), "{timing:?}, from values");
    }
}

// ---- Receivers that rest low -----------------------------------------------------------------------------

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
        let (mut heard, mut from) = (Vec::new(), 0.0);
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
