//! Lines of the wrong polarity: what a UART makes of them, and what misframe-RX makes of that.
//!
//! The wire, the senders and the UART here are drawn bit by bit and share no code with the library.
//! `PETTERM_SEED` moves all random numbers to another place. Facts: `docs/inversion.md`.

#![allow(clippy::print_stdout, reason = "the figures of docs/inversion.md")]

mod bit_wire;
mod ceiling;

use bit_wire::{Frame, Policy, Random, Wire, draw, hex, line, stamp, typed, uart};
use ceiling::Ceiling;
use petterm::line::{Finding, Meaning, Misframe, MisframeOut, Timing};
use petterm::time::{Span, Wake};

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
    /// Those before which the pause was long enough as well, and those of them that are shown.
    free: usize,
    free_read: usize,
    /// Those that nothing but the character itself would explain, and those that it explains better than all else.
    known: usize,
    free_known: usize,
    best: usize,
    /// What is certain or likely, and not what was sent.
    wrongly_certain: usize,
    wrongly_likely: usize,
}

impl Shown {
    fn add(&mut self, other: Shown) {
        self.due += other.due;
        self.read += other.read;
        self.certain += other.certain;
        self.free += other.free;
        self.free_read += other.free_read;
        self.known += other.known;
        self.free_known += other.free_known;
        self.best += other.best;
        self.wrongly_certain += other.wrongly_certain;
        self.wrongly_likely += other.wrongly_likely;
    }

    fn percent(&self) -> f64 {
        self.share(self.read)
    }

    fn share(&self, part: usize) -> f64 {
        100.0 * part as f64 / self.due.max(1) as f64
    }

    fn tell(&self, setting: &str) {
        let free = |part: usize| 100.0 * part as f64 / self.free.max(1) as f64;
        let (due, shown, certain) = (self.due, self.percent(), self.share(self.certain));
        let (wrong, likely) = (self.wrongly_certain, self.wrongly_likely);
        println!(
            "{setting}: {due} due, shown {shown:.1} (certain {certain:.1}), wrong {wrong} certain, {likely} likely"
        );
        let (known, best) = (self.share(self.known), self.share(self.best));
        let (free_shown, free_known) = (free(self.free_read), free(self.free_known));
        if self.best > 0 {
            println!("    of all readers: {known:.1} known, {best:.1} more likely than not");
            println!("    with a pause before as well: shown {free_shown:.1}, known {free_known:.1}");
        }
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
    let frames = uart(&typed(&text, &gaps), policy);
    let heard = hear(&frames, timing, marks);
    let (along, extra) = align(&text, &heard.meanings);
    let mut sum = Shown::default();
    // Its bits are whole ones.
    let ceiling = (timing == EXACT && parts == 1).then(|| {
        let clear = bit7 == BitSeven::PerStream && !stream;
        Ceiling::of(&frames, marks, policy == Policy::Resync, clear)
    });
    let (mut free, mut stop) = (true, 20.0 + 9.0);
    for ((&sent, gap), meaning) in text.iter().zip(&gaps).zip(&along) {
        let enough = *gap >= f64::from(sent.trailing_zeros());
        let due = sent < 0x80 && enough;
        if let (Some(ceiling), true) = (&ceiling, due) {
            let likely = ceiling.likely(sent, stop as usize);
            let known = likely > 1.0 - 1e-9;
            sum.known += usize::from(known);
            sum.free_known += usize::from(known && free);
            sum.best += usize::from(likely > 0.5);
        }
        sum.free += usize::from(due && free);
        sum.free_read += usize::from(due && free && meaning.character() == Some(sent));
        (free, stop) = (enough, stop + 10.0 + gap);
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
    sum.tell(&setting);
    sum
}

#[test]
fn of_random_pauses_nothing_wrong_is_shown_and_nearly_all_that_can_be_read() {
    for (policy, marks, least) in [
        (Policy::WaitForMark, true, 94.0),
        (Policy::WaitForMark, false, 89.0),
        (Policy::Resync, true, 99.5),
        (Policy::Resync, false, 99.0),
    ] {
        let shown = random_streams(60, BitSeven::PerStream, 1, EXACT, marks, policy);
        assert!(shown.percent() >= least, "{:.1}", shown.percent());
        // Of what is missing, other characters would have made the same octets at the same times.
        assert!(shown.read * 1_000 >= shown.known * 996, "{shown:?}");
        assert!(shown.best * 1_000 <= shown.known * 1_002, "a guess would hardly ever be right: {shown:?}");
        assert!(shown.free_read * 100 >= shown.free * 95, "{shown:?}");
    }
}

/// There nothing but the character itself can show its bit 7.
#[test]
fn where_every_character_has_another_bit_7_what_is_certain_is_right() {
    for (policy, marks, least) in [
        (Policy::WaitForMark, true, 30.0),
        (Policy::WaitForMark, false, 18.0),
        (Policy::Resync, true, 94.0),
        (Policy::Resync, false, 91.0),
    ] {
        let shown = random_streams(60, BitSeven::PerCharacter, 1, EXACT, marks, policy);
        assert!(shown.percent() >= least, "{:.1}", shown.percent());
        assert!(shown.read * 1_000 >= shown.known * 996, "{shown:?}");
        // Laying the texts along each other is off by a character now and then.
        assert!(shown.certain * 1_000 <= shown.known * 1_004, "{shown:?}");
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

/// Bit 7 clear at first and set later, typed by hand: nobody can know at once.
#[test]
fn a_sender_that_begins_to_set_bit_7_is_found_out_within_sixteen_characters() {
    for seed in 0..40 {
        let mut random = Random::new(seed);
        let text: Vec<u8> =
            (0..100).map(|at| (random.below(95) + 32) as u8 | if at < 50 { 0 } else { 0x80 }).collect();
        for (timing, marks) in [(EXACT, true), (Timing::Within(Span::from_millis(26)), false)] {
            let heard = hear(&uart(&typed(&text, &[60.0; 100]), Policy::WaitForMark), timing, marks);
            assert!(heard.findings.contains(&Finding::BitSevenSet), "seed {seed}: {:?}", heard.findings);
            let certain = |meaning: &&Meaning| matches!(meaning, Meaning::Certain(_));
            assert!(heard.meanings[50..].iter().all(|meaning| !certain(&meaning)), "seed {seed}");
            let wrong = heard.meanings[50..].iter().filter(|meaning| meaning.character().is_some()).count();
            assert!(wrong <= 12, "seed {seed}: {wrong}");
        }
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
