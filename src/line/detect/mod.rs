//! What a line is: its rate, polarity and frame, found out from its edges alone.
//!
//! A [`Survey`] takes edges as they come, from a recording or from a live line, and keeps so many of them and
//! no more. [`Survey::verdict`] looks at them: bit times that the lengths between edges speak for, each in
//! both polarities, each with every frame from 5 to 10 bits, parity included; what explains most of the line
//! with the fewest assumptions is best. The next best is named with its score, and so are frames that are the
//! same waveform and can never be told apart. Where the line has not said enough, the verdict says why, and
//! what would fit.
//!
//! Guarantees: memory is bounded, no sequence of edges panics, equal edges give equal verdicts. Facts:
//! `docs/probe.md`.

mod frame;
mod path;
mod rate;
mod read;

use std::collections::BTreeSet;
use std::fmt;

pub use rate::standard_rate;

use super::{BitOrder, Edge, Level, LineFormat, Parity, Polarity, StopBits};
use crate::time::{Span, Stamp};
use frame::Candidate;
use path::Path;
use read::Reading;

/// Below this score nothing fits.
const LEAST_SCORE: f64 = 0.5;
/// Frames that fit this much as well as the best one fit also.
const ALSO: f64 = 0.985;
/// With fewer different characters than this, a near runner-up is a doubt.
const FEW: usize = 6;
/// A reading at another rate with this share of the best score is near.
const NEAR: f64 = 0.96;
/// The most of them that are told.
const MOST_ALSO: usize = 6;
/// Lengths between edges that must be there.
const LEAST_LENGTHS: usize = 3;
/// Edges of two characters, about: more of them without any frame are no single character.
const FEW_EDGES: u64 = 24;
/// With fewer samples a bit than this, wrong rates fit as well as the right one.
const LEAST_SAMPLES: f64 = 2.4;
/// Where a character repeats, the usual frame is named if it has this share of the best score.
const USUAL: f64 = 0.85;

/// A stretch of line without gaps.
#[derive(Clone, Debug)]
struct Stretch {
    start: Stamp,
    level: Option<Level>,
    edges: Vec<Edge>,
    end: Stamp,
}

/// Edges of a line, to be judged.
///
/// ```
/// use petterm::line::detect::Survey;
/// use petterm::line::uart::Encoder;
/// use petterm::line::{Level, LineFormat};
/// use petterm::time::Stamp;
///
/// let mut tx = Encoder::new(&LineFormat::new(300));
/// let mut survey = Survey::new();
/// survey.start(Stamp(0), Some(Level::High));
/// for byte in b"The quick brown fox" {
///     tx.send(u16::from(*byte), Stamp(10_000_000));
/// }
/// while let Some(edge) = tx.poll() {
///     survey.edge(edge);
/// }
/// survey.end(tx.idle_at());
/// let verdict = survey.verdict();
/// assert!(verdict.doubt.is_none());
/// assert_eq!(verdict.best.map(|best| best.line.to_string()).as_deref(), Some("300-8N1"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Survey {
    stretches: Vec<Stretch>,
    held: usize,
    /// The line is known from the last stretch's start to now.
    open: bool,
    /// How long the line was at each level.
    low: Span,
    high: Span,
}

/// A frame at a rate that explains a line, more or less.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit {
    /// The line, at the standard rate that is meant, else at the measured one in whole bauds. Both directions
    /// have the polarity of the one that was heard.
    pub line: LineFormat,
    /// Bits a second as measured.
    pub raw_baud: f64,
    /// The standard rate within 2.5 % of it.
    pub standard: Option<f64>,
    /// 0 to 1: the share of the edges that it explains, less for each assumption.
    pub score: f64,
    /// Characters that it finds.
    pub characters: u64,
    /// Characters without a stop bit.
    pub framing_errors: u64,
    /// Characters with a wrong parity bit.
    pub parity_errors: u64,
    /// Times that the line was held at space.
    pub breaks: u64,
}

impl Fit {
    /// The line at the rate that was measured, for reading it; at the standard rate if that is as good.
    pub fn measured_line(&self) -> LineFormat {
        // A hundredth costs a receiver a tenth of a bit at a frame's end.
        let near = (f64::from(self.line.baud) / self.raw_baud).ln().abs() < 0.01;
        if near { self.line } else { LineFormat { baud: whole_baud(self.raw_baud), ..self.line } }
    }
}

/// Why a line's verdict is in doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// Nothing is known of the line, not even its level.
    Nothing,
    /// It never changed.
    Still(Level),
    /// One character at most.
    OneCharacter,
    /// One and the same character again and again.
    SameCharacter,
    /// So many different lengths between edges; three are needed.
    FewLengths(usize),
    /// So few different characters that the next best reading is nearly as good.
    FewCharacters(usize),
    /// So many tenths of a sample a bit; with so few, other rates fit as well as the right one.
    FewSamples(u32),
    /// A bit would last over a second.
    Slow,
    /// No frame explains it.
    NoFit,
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Doubt::Nothing => f.write_str("nothing was heard"),
            Doubt::Still(Level::High) => f.write_str("the line is high all the time"),
            Doubt::Still(Level::Low) => f.write_str("the line is low all the time"),
            Doubt::OneCharacter => f.write_str("there is one character at most"),
            Doubt::SameCharacter => f.write_str("it is one and the same character all the time"),
            Doubt::FewLengths(0 | 1) => {
                f.write_str("all pulses have one length; three different ones are needed")
            }
            Doubt::FewLengths(n) => write!(f, "pulses have {n} different lengths; three are needed"),
            Doubt::FewCharacters(n) => {
                write!(f, "{n} different characters suit another reading nearly as well")
            }
            Doubt::FewSamples(tenths) => {
                write!(f, "{}.{} samples a bit are too few to tell the rate", tenths / 10, tenths % 10)
            }
            Doubt::Slow => f.write_str("a bit would last over a second"),
            Doubt::NoFit => f.write_str("no frame explains it"),
        }
    }
}

/// What a line's user may want to know besides its format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// It rests low.
    IdleLow,
    /// Bit 7 is always set: seven bits and mark parity.
    Bit7Set,
    /// Bit 7 is set sometimes.
    Bit7Mixed,
    /// It was held at space so often.
    Breaks(u64),
    /// So many pulses were much shorter than a bit.
    Glitches(u64),
    /// So many trains of equal pulses were left out.
    Tones(u64),
    /// It begins inside a character.
    BeginsInside,
}

/// What was found out.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// What fits best, in doubt as well.
    pub best: Option<Fit>,
    /// The next best that is another reading, not another name of the same.
    pub runner_up: Option<Fit>,
    /// Frames that this line cannot tell from the best one.
    pub also: Vec<LineFormat>,
    /// Why `best` must not be relied on.
    pub doubt: Option<Doubt>,
    /// The level at which the line rests, as far as it shows.
    pub idle: Option<Level>,
    /// What else is to be seen.
    pub signs: Vec<Sign>,
    /// Edges that were looked at.
    pub edges: u64,
}

impl Survey {
    /// So many edges are kept, some two thousand characters.
    pub const MOST_EDGES: usize = 16_384;
    /// So many gaps are kept.
    const MOST_STRETCHES: usize = 1_024;

    /// An empty survey.
    pub fn new() -> Survey {
        Survey::default()
    }

    /// The line is known from now on; at this level, if that is known.
    pub fn start(&mut self, at: Stamp, level: Option<Level>) {
        if self.is_full() {
            self.open = false;
            return;
        }
        self.stretches.push(Stretch { start: at, level, edges: Vec::new(), end: at });
        self.open = true;
    }

    /// The line changes. Without a start before it, its level was not known.
    pub fn edge(&mut self, edge: Edge) {
        if !self.open {
            self.start(edge.at, None);
        }
        let full = self.held >= Survey::MOST_EDGES;
        let Some(stretch) = self.stretches.last_mut().filter(|_| self.open) else { return };
        let level = stretch.edges.last().map(|last| last.level).or(stretch.level);
        if level == Some(edge.level) {
            return;
        }
        passed(stretch, edge.at, &mut self.low, &mut self.high);
        if full {
            self.open = false;
            return;
        }
        stretch.edges.push(edge);
        self.held += 1;
    }

    /// The line is known up to now; it may go on.
    pub fn end(&mut self, at: Stamp) {
        if let Some(stretch) = self.stretches.last_mut().filter(|_| self.open) {
            passed(stretch, at, &mut self.low, &mut self.high);
        }
    }

    /// There is no room for more; a verdict cannot become better.
    pub fn is_full(&self) -> bool {
        self.held >= Survey::MOST_EDGES || self.stretches.len() >= Survey::MOST_STRETCHES
    }

    /// Edges that are kept.
    pub fn edges(&self) -> usize {
        self.held
    }

    /// Judges what was surveyed so far.
    pub fn verdict(&self) -> Verdict {
        let (paths, tones) = path::paths(&self.stretches);
        let edges: u64 = paths.iter().map(|path| path.times.len() as u64).sum();
        let mut judged = Judged { tick: rate::tick(&paths), ..Judged::default() };
        for bit in rate::candidates(&paths) {
            judged.judge(&paths, edges, bit);
        }
        judged.verdict(self, edges, tones)
    }

    fn still(&self) -> Doubt {
        let level = self.stretches.iter().rev().find_map(|stretch| stretch.level);
        level.map_or(Doubt::Nothing, Doubt::Still)
    }
}

/// Time passes up to `at`.
fn passed(stretch: &mut Stretch, at: Stamp, low: &mut Span, high: &mut Span) {
    let span = at.since(stretch.end);
    match stretch.edges.last().map(|last| last.level).or(stretch.level) {
        Some(Level::Low) => *low = *low + span,
        Some(Level::High) => *high = *high + span,
        None => {}
    }
    stretch.end = stretch.end.max(at);
}

/// All that was held against a line.
#[derive(Default)]
struct Judged {
    /// The time between two samples, zero if it is not known.
    tick: f64,
    candidates: Vec<Candidate>,
    readings: Vec<Reading>,
    /// The bit times that were read, and the paths as they were read.
    cleaned: Vec<(f64, Vec<Path>)>,
}

/// The paths without pulses that are too short for this bit time.
fn clean(paths: &[Path], bit: f64) -> Vec<Path> {
    paths.iter().map(|path| path.without(bit * rate::NOISE)).collect()
}

impl Judged {
    fn judge(&mut self, paths: &[Path], edges: u64, bit: f64) {
        let cleaned = clean(paths, bit);
        for bit in rate::tune(&cleaned, bit) {
            self.judge_near(paths, edges, rate::refine(&cleaned, bit));
        }
    }

    /// Reads the paths with a bit time, made exact by what is read.
    fn judge_near(&mut self, paths: &[Path], edges: u64, mut bit: f64) {
        let off = |one: f64, other: f64| (one / other).ln().abs();
        // Once more with the bit time that the frames themselves have: pauses are not whole bits.
        for last in [false, false, false, true] {
            if !bit.is_finite() || self.cleaned.iter().any(|(known, _)| off(*known, bit) < 0.01) {
                return;
            }
            let cleaned = clean(paths, bit);
            let (_, is_multiple) = rate::lengths(&cleaned, bit);
            let readings = self.readings.len();
            let mut found = Vec::new();
            for polarity in [Polarity::IdleHigh, Polarity::IdleLow] {
                let readings = &mut self.readings;
                found.extend(frame::candidates(
                    &cleaned,
                    edges,
                    bit,
                    polarity,
                    is_multiple,
                    self.tick,
                    readings,
                ));
            }
            let best = found.iter().max_by(|a, b| a.score.total_cmp(&b.score));
            let better = best.map_or(bit, |best| self.bit_of_frames(best, &cleaned));
            if !last && off(better, bit) > 0.0005 && off(better, bit) < 0.08 {
                bit = better;
                self.readings.truncate(readings);
                continue;
            }
            for candidate in &mut found {
                candidate.paths = self.cleaned.len();
            }
            self.candidates.extend(found);
            self.cleaned.push((bit, cleaned));
            return;
        }
    }

    /// The bit time that the frames of a reading have.
    fn bit_of_frames(&self, candidate: &Candidate, paths: &[Path]) -> f64 {
        let frames: Vec<&[f64]> = self
            .reading(candidate)
            .iter()
            .flat_map(|reading| &reading.frames)
            .filter_map(|(path, from, to)| paths.get(*path)?.times.get(*from..*to))
            .collect();
        rate::refine_frames(&frames, candidate.bit)
    }

    fn cleaned(&self, candidate: &Candidate) -> &[Path] {
        self.cleaned.get(candidate.paths).map_or(&[], |(_, paths)| paths.as_slice())
    }

    fn reading(&self, candidate: &Candidate) -> Option<&Reading> {
        self.readings.get(candidate.reading)
    }

    fn verdict(mut self, survey: &Survey, edges: u64, tones: u64) -> Verdict {
        // A stable sort: of equals, the one that was tried first, least bits and idle high.
        self.candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
        self.put_usual_first();
        let Some(best) = self.candidates.first() else {
            let doubt = match edges {
                0 => survey.still(),
                1..=FEW_EDGES => Doubt::OneCharacter,
                _ => Doubt::NoFit,
            };
            let idle = match doubt {
                Doubt::Still(level) => Some(level),
                _ => survey.longer(),
            };
            let (signs, also) = (Vec::new(), Vec::new());
            return Verdict { best: None, runner_up: None, also, doubt: Some(doubt), idle, signs, edges };
        };
        let cleaned = self.cleaned(best);
        let best_fit = self.fit(best, cleaned);
        let is_same_line =
            |one: &Candidate| one.polarity == best.polarity && (one.bit / best.bit).ln().abs() < 0.02;
        let is_twin = |one: &Candidate| {
            let told = |parity| !matches!(parity, Parity::Even | Parity::Odd);
            is_same_line(one)
                && one.fit >= ALSO * best.fit
                && (told(one.parity) && told(best.parity) || one.parity == best.parity)
        };
        // With pauses, any frame may have two stop bits; that is told of the best one alone.
        let is_news = |one: &Candidate| {
            !one.stop_is_open
                || one.stop == StopBits::One
                || (one.data_bits, one.parity) == (best.data_bits, best.parity)
        };
        let mut also: Vec<LineFormat> = Vec::new();
        for one in self.candidates.iter().skip(1).filter(|one| is_twin(one) && is_news(one)) {
            let line = LineFormat { baud: best_fit.line.baud, ..self.fit(one, cleaned).line };
            if also.len() < MOST_ALSO && !also.contains(&line) {
                also.push(line);
            }
        }
        let runner_up = self.candidates.iter().skip(1).find(|one| !is_twin(one));
        let runner_up = runner_up.map(|one| self.fit(one, self.cleaned(one)));

        let doubt = self.doubt(best, &best_fit);
        let mut signs = self.signs(best, edges, tones);
        if matches!(doubt, Some(Doubt::FewLengths(_) | Doubt::FewSamples(_) | Doubt::NoFit)) {
            // What the bits are is not known.
            signs.retain(|sign| !matches!(sign, Sign::Bit7Set | Sign::Bit7Mixed));
        }
        let idle = match doubt {
            None => Some(best.polarity.level(super::Bit::Mark)),
            Some(_) => survey.longer(),
        };
        Verdict { best: Some(best_fit), runner_up, also, doubt, idle, signs, edges }
    }

    /// Why the best reading must not be relied on.
    fn doubt(&self, best: &Candidate, fit: &Fit) -> Option<Doubt> {
        let (lengths, _) = rate::lengths(self.cleaned(best), best.bit);
        match self.few_characters(best) {
            _ if fit.characters < 2 => Some(Doubt::OneCharacter),
            _ if lengths < 2 => Some(Doubt::FewLengths(lengths)),
            _ if self.may_be_one_character(best) => Some(Doubt::SameCharacter),
            _ if lengths < LEAST_LENGTHS => Some(Doubt::FewLengths(lengths)),
            _ if fit.raw_baud < 0.9 => Some(Doubt::Slow),
            Some(few) => Some(Doubt::FewCharacters(few)),
            None if best.score < LEAST_SCORE => Some(Doubt::NoFit),
            None => self.few_samples(best),
        }
    }

    /// How many samples a bit has, if they are too few. A line that was not sampled may have a tick as well:
    /// its bit, or half of it where stop bits or pauses are so long.
    fn few_samples(&self, best: &Candidate) -> Option<Doubt> {
        let samples = best.bit / self.tick;
        let may_be_half = best.stop == StopBits::OneAndHalf || standard_rate(1e9 / best.bit).is_some();
        let is_half = (samples - 2.0).abs() < 0.02 && may_be_half;
        let is_sampled = self.tick > 0.0 && samples > 1.05 && !is_half;
        (is_sampled && samples < LEAST_SAMPLES).then(|| Doubt::FewSamples((samples * 10.0).round() as u32))
    }

    /// One character that repeats fits at many rates, some of them odd. The frame that nearly every line has is
    /// named first, if it fits about as well as the best.
    fn put_usual_first(&mut self) {
        let Some(best) = self.candidates.first() else { return };
        if !self.may_be_one_character(best) {
            return;
        }
        let least = USUAL * best.score;
        let is_usual = |one: &Candidate| {
            one.score >= least
                && standard_rate(1e9 / one.bit).is_some()
                && (one.data_bits, one.parity, one.order) == (8, Parity::None, BitOrder::LsbFirst)
        };
        if let Some(usual) = self.candidates.iter().position(is_usual)
            && let Some(better) = self.candidates.get_mut(..=usual)
        {
            better.rotate_right(1);
        }
    }

    /// Whether one and the same character explains the line as well.
    fn may_be_one_character(&self, best: &Candidate) -> bool {
        let alignment = |one: &Candidate| self.reading(one).map_or(0.0, |reading| reading.alignment);
        let is_as_good = |one: &&Candidate| {
            // A quicker line would be one of zeros, in any stretch of quiet.
            one.bit >= 0.9 * best.bit
                && one.fit >= 0.97 * best.fit
                && alignment(one) >= alignment(best) - 0.05
        };
        let is_one = |one: &Candidate| self.reading(one).is_some_and(|reading| is_one_word(&reading.words));
        self.candidates.iter().filter(is_as_good).any(is_one)
    }

    /// How many different characters there are, if that is too few to tell the best rate from another.
    fn few_characters(&self, best: &Candidate) -> Option<usize> {
        let different: BTreeSet<u16> = self.reading(best)?.words.iter().copied().collect();
        let is_near =
            |one: &Candidate| one.score > NEAR * best.score && (one.bit / best.bit).ln().abs() > 0.02;
        (different.len() < FEW && self.candidates.iter().any(is_near)).then_some(different.len())
    }

    fn fit(&self, candidate: &Candidate, paths: &[Path]) -> Fit {
        let empty = Reading::default();
        let reading = self.reading(candidate).unwrap_or(&empty);
        let raw_baud = 1e9 / self.bit_of_frames(candidate, paths);
        let standard = standard_rate(raw_baud);
        let line = LineFormat {
            baud: whole_baud(standard.unwrap_or(raw_baud)),
            data_bits: candidate.data_bits,
            parity: candidate.parity,
            stop: candidate.stop,
            order: candidate.order,
            tx: candidate.polarity,
            rx: candidate.polarity,
        };
        let mask = (1_u16 << candidate.data_bits) - 1;
        let wrong =
            |word: &&u16| candidate.parity.bit(**word & mask).is_some_and(|bit| bit != (**word & !mask != 0));
        Fit {
            line,
            raw_baud,
            standard,
            score: candidate.score,
            characters: reading.words.len() as u64,
            framing_errors: reading.bad,
            parity_errors: reading.words.iter().filter(wrong).count() as u64,
            breaks: reading.breaks,
        }
    }

    fn signs(&self, best: &Candidate, edges: u64, tones: u64) -> Vec<Sign> {
        let mut signs = Vec::new();
        if best.polarity == Polarity::IdleLow {
            signs.push(Sign::IdleLow);
        }
        let left: u64 = self.cleaned(best).iter().map(|path| path.times.len() as u64).sum();
        let glitches = edges.saturating_sub(left) / 2;
        let Some(reading) = self.reading(best) else { return signs };
        if (best.data_bits, best.parity, best.order) == (8, Parity::None, BitOrder::LsbFirst) {
            let set = reading.words.iter().filter(|word| *word & 0x80 != 0).count();
            if set > 0 && set == reading.words.len() {
                signs.push(Sign::Bit7Set);
            } else if set > 0 {
                signs.push(Sign::Bit7Mixed);
            }
        }
        let counted = [
            (reading.breaks, Sign::Breaks(reading.breaks)),
            (glitches, Sign::Glitches(glitches)),
            (tones, Sign::Tones(tones)),
            (u64::from(reading.begins_inside), Sign::BeginsInside),
        ];
        signs.extend(counted.into_iter().filter(|(count, _)| *count > 0).map(|(_, sign)| sign));
        signs
    }
}

impl Survey {
    /// The level that the line was at for much longer than at the other.
    fn longer(&self) -> Option<Level> {
        let (low, high) = (self.low.0 as f64, self.high.0 as f64);
        match () {
            () if high > 1.5 * low => Some(Level::High),
            () if low > 1.5 * high => Some(Level::Low),
            () => None,
        }
    }
}

fn is_one_word(words: &[u16]) -> bool {
    words.windows(2).all(|pair| matches!(pair, [a, b] if a == b))
}

fn whole_baud(rate: f64) -> u32 {
    rate.round().clamp(1.0, f64::from(LineFormat::MAX_BAUD)) as u32
}
