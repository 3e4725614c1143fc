//! Which sender explains what was heard.
//!
//! A hypothesis is a sender's rate, its resting level, its coding, and whether the driver tells of bad stop
//! bits. Each dwell is cut into characters in the likeliest way that the hypothesis allows; octets that no
//! character of it gives count as noise. Where a text is known that is typed again and again, following it is
//! likelier than anything else. The scores are natural logarithms of likelihoods and add up over dwells.

use std::collections::{HashMap, HashSet};

use super::keys::Coding;
use super::model::{Ear, Heard, LONGEST, POLARITIES, RATES, Source, sender_index};
use crate::line::Polarity;
use crate::time::{Span, Stamp};

/// Octets that follow each other faster are one run.
pub(super) const RUN_GAP: Span = Span::from_millis(40);
/// How likely an octet is that no hypothesis explains: disturbance, or a chip unlike the model.
const NOISE: f64 = 0.02 / 256.0;
/// How sure a driver that tells of bad stop bits is of each.
const MARK_RIGHT: f64 = 0.96;
/// A driver that tells of none told of one nevertheless.
const MARK_IMPOSSIBLE: f64 = 0.001;
/// Octets of one character lie no farther apart than this.
const WITHIN: Span = Span::from_millis(200);

/// So many octets at the sender's own rate are enough to tell its coding.
pub(super) const OWN_ENOUGH: usize = 8;

/// So many are enough to see that they differ.
const OWN_LEAST: usize = 3;

/// Steps through a known text: to the next character, back to the first one, out of it.
const NEXT: f64 = 0.90;
const AGAIN: f64 = 0.03;
const OUT: f64 = 0.07;
/// After the last character: again from the first one, or something else, such as RETURN.
const END_AGAIN: f64 = 0.6;
const END_OUT: f64 = 0.4;
/// From outside of the text: to its first character, to any, or to none.
const IN_FIRST: f64 = 0.3;
const IN_ANY: f64 = 0.2;
const STAY_OUT: f64 = 0.5;
/// A dwell begins anywhere in the text, or outside.
const BEGIN_IN: f64 = 0.8;

/// What was heard at one rate.
#[derive(Clone, Debug)]
pub(super) struct Dwell {
    pub(super) rate: u32,
    pub(super) octets: Vec<Heard>,
    /// When each was read.
    pub(super) at: Vec<Stamp>,
}

impl Dwell {
    /// Most of it came without a pause, so that where a character begins is anybody's guess.
    pub(super) fn is_gapless(&self) -> bool {
        /// Fewer octets are what one character becomes at a higher rate.
        const LEAST: usize = 12;
        // A UART that lost its place waits for up to a frame.
        let frame = 10.0 / f64::from(self.rate);
        let (mut gapless, mut begin) = (0, 0);
        for end in 1..=self.at.len() {
            let goes_on = self.at.get(end).is_some_and(|next| {
                next.since(self.at[end - 1]).as_secs_f64() <= (frame * 2.5).max(RUN_GAP.as_secs_f64())
            });
            if !goes_on {
                let octets = end - begin;
                let lasted = self.at[end - 1].since(self.at[begin]).as_secs_f64();
                if octets >= LEAST && lasted <= frame * 2.0 * octets as f64 {
                    gapless += octets;
                }
                begin = end;
            }
        }
        gapless * 2 > self.octets.len()
    }
}

/// Who sends: an index into [`RATES`] and one into [`POLARITIES`], or something that pays no heed to rates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sender {
    Line { rate: usize, idle: usize },
    AnyRate,
}

impl Sender {
    pub(super) fn rate(self) -> Option<u32> {
        match self {
            Sender::Line { rate, .. } => RATES.get(rate).copied(),
            Sender::AnyRate => None,
        }
    }

    pub(super) fn idle(self) -> Polarity {
        match self {
            Sender::Line { idle, .. } => POLARITIES.get(idle).copied().unwrap_or_default(),
            Sender::AnyRate => Polarity::IdleHigh,
        }
    }

    fn prior(self) -> f64 {
        match self {
            Sender::Line { .. } => match self.rate() {
                Some(300) => 0.3,
                Some(1200) => 0.2,
                Some(600 | 2400) => 0.14,
                Some(9600) => 0.1,
                _ => 0.04,
            },
            Sender::AnyRate => 0.02,
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Hypothesis {
    pub(super) sender: Sender,
    /// Index into [`Coding::ALL`].
    pub(super) coding: usize,
    /// The driver tells of bad stop bits.
    marks: bool,
}

impl Hypothesis {
    pub(super) fn coding(&self) -> Coding {
        Coding::ALL.get(self.coding).copied().unwrap_or(Coding::Clear)
    }

    /// How likely the marks are that were observed among so many octets.
    fn marked(&self, source: &Source, observed: u8, octets: usize) -> f64 {
        if self.marks {
            let wrong = (source.bad ^ observed).count_ones() as i32;
            MARK_RIGHT.powi(octets as i32 - wrong) * (1.0 - MARK_RIGHT).powi(wrong)
        } else {
            MARK_IMPOSSIBLE.powi(observed.count_ones() as i32)
        }
    }

    /// The logarithm of its likelihood before anything was heard.
    pub(super) fn prior(&self) -> f64 {
        (self.sender.prior() * self.coding().prior() * 0.5).ln()
    }
}

/// A dwell as one hypothesis explains it.
#[derive(Clone, Debug, Default)]
pub(super) struct Explained {
    /// The characters in order; `None` is an octet that nothing explains.
    pub(super) codes: Vec<Option<u8>>,
    /// Of how many octets each is made.
    lengths: Vec<usize>,
    /// Octets that are part of a character.
    pub(super) octets: usize,
    /// Complete passes through the known text.
    pub(super) passes: u32,
    /// Letters of the known text that came in the other case.
    pub(super) swapped: u32,
    /// Letters of the known text that came as they were given.
    pub(super) as_typed: u32,
}

impl Explained {
    /// The characters, each with the number of its octets.
    fn characters(&self) -> impl Iterator<Item = (Option<u8>, usize)> + '_ {
        self.codes.iter().copied().zip(self.lengths.iter().copied())
    }
}

pub(super) struct Judge {
    text: Vec<u8>,
    likelihoods: Vec<[f64; 256]>,
    pub(super) hypotheses: Vec<Hypothesis>,
}

/// A point in a dwell, after some octets: how well it can be reached, and from where.
#[derive(Clone, Copy, Debug)]
struct Cell {
    score: f64,
    from: (usize, usize),
    code: Option<u8>,
}

const NOWHERE: Cell = Cell { score: f64::NEG_INFINITY, from: (0, 0), code: None };

impl Judge {
    /// A judge; `text` is what is typed again and again, empty if that is not known.
    pub(super) fn new(text: &[u8]) -> Judge {
        let lines = (0..RATES.len())
            .flat_map(|rate| (0..POLARITIES.len()).map(move |idle| Sender::Line { rate, idle }));
        let hypotheses = lines
            .chain([Sender::AnyRate])
            .flat_map(|sender| (0..Coding::ALL.len()).map(move |coding| (sender, coding)))
            .flat_map(|(sender, coding)| [true, false].map(|marks| Hypothesis { sender, coding, marks }))
            .collect();
        Judge {
            text: text.to_vec(),
            likelihoods: Coding::ALL.iter().map(|coding| coding.likelihoods()).collect(),
            hypotheses,
        }
    }

    /// The score of every hypothesis, in their order.
    pub(super) fn scores(&self, dwell: &Dwell) -> Vec<f64> {
        let best = |hypothesis: &Hypothesis| {
            let cells = self.walk(hypothesis, dwell);
            cells.last().map_or(0.0, |last| best_of(last).0)
        };
        self.hypotheses.iter().map(best).collect()
    }

    /// How one hypothesis explains a dwell.
    pub(super) fn explain(&self, hypothesis: &Hypothesis, dwell: &Dwell) -> Explained {
        let cells = self.walk(hypothesis, dwell);
        let mut steps = Vec::new();
        let mut place = (cells.len().saturating_sub(1), cells.last().map_or(0, |last| best_of(last).1));
        while place.0 > 0 {
            let Some(cell) = cells.get(place.0).and_then(|row| row.get(place.1)) else { break };
            steps.push((place.1, cell.code, place.0 - cell.from.0));
            place = cell.from;
        }
        steps.reverse();
        let mut explained = Explained::default();
        let mut run = 0;
        for (state, code, octets) in steps {
            explained.codes.push(code);
            explained.lengths.push(octets);
            explained.octets += if code.is_some() { octets } else { 0 };
            run = match state {
                0 => 0,
                1 => 1,
                state if run + 1 == state => state,
                _ => 0,
            };
            if run > 0 && run == self.text.len() {
                explained.passes += 1;
                run = 0;
            }
            if let (Some(code), Some(&typed)) = (code, state.checked_sub(1).and_then(|i| self.text.get(i))) {
                let [same, other] = hypothesis.coding().typed(typed);
                explained.as_typed += u32::from(code == same && same != other);
                explained.swapped += u32::from(code == other && same != other);
            }
        }
        explained
    }

    /// The score of nobody: every octet is as likely as every other.
    pub(super) fn nobody(dwells: &[&Dwell]) -> f64 {
        let octets = dwells.iter().flat_map(|dwell| &dwell.octets);
        let some_bad = dwells.iter().any(|dwell| dwell.octets.iter().any(|heard| heard.bad));
        let each = if some_bad { 1.0 / 512.0 } else { 1.0 / 256.0_f64 };
        octets.count() as f64 * each.ln()
    }

    /// Different groups of octets that make a character, at the sender's own rate where enough was heard there,
    /// else at the rate at which there are most of them; one that makes up less than `rare` of the characters there was misheard and does not count.
    pub(super) fn different(&self, hypothesis: &Hypothesis, dwells: &[&Dwell], rare: f64) -> usize {
        let mut rates: HashMap<u32, HashMap<&[Heard], usize>> = HashMap::new();
        for dwell in dwells {
            let groups = rates.entry(dwell.rate).or_default();
            let mut rest = &dwell.octets[..];
            for (code, length) in self.explain(hypothesis, dwell).characters() {
                let Some((octets, behind)) = rest.split_at_checked(length) else { break };
                rest = behind;
                if code.is_some() {
                    *groups.entry(octets).or_default() += 1;
                }
            }
        }
        let count = |groups: &HashMap<&[Heard], usize>| {
            let least = groups.values().sum::<usize>() as f64 * rare;
            groups.values().filter(|&&times| times as f64 >= least).count()
        };
        let own = hypothesis.sender.rate().and_then(|rate| rates.get(&rate));
        match own.filter(|groups| groups.values().sum::<usize>() >= OWN_LEAST) {
            Some(groups) => count(groups),
            None => rates.values().map(count).max().unwrap_or(0),
        }
    }

    /// How likely a coding is. Every group of octets counts once, however often it came: HELLO said ten times
    /// says no more about the code of an A than HELLO said once. For the same reason one rate decides: the
    /// sender's own where enough was heard there, else the one at which most was.
    pub(super) fn coding_weight(&self, hypothesis: &Hypothesis, dwells: &[&Dwell]) -> f64 {
        let heard_at = |rate: u32| -> usize {
            dwells.iter().filter(|dwell| dwell.rate == rate).map(|dwell| dwell.octets.len()).sum()
        };
        let most = dwells.iter().map(|dwell| dwell.rate).max_by_key(|&rate| heard_at(rate));
        let own = hypothesis.sender.rate().filter(|&rate| heard_at(rate) >= OWN_ENOUGH);
        let mut seen = HashSet::new();
        let mut weight = hypothesis.coding().prior().ln();
        for dwell in dwells.iter().filter(|dwell| Some(dwell.rate) == own.or(most)) {
            let mut rest = &dwell.octets[..];
            for (code, length) in self.explain(hypothesis, dwell).characters() {
                let Some((octets, behind)) = rest.split_at_checked(length) else { break };
                rest = behind;
                if !seen.insert(octets) {
                    continue;
                }
                let sources = Ear::at(dwell.rate)
                    .filter(|_| code.is_some())
                    .map_or(&[][..], |ear| ear.sources(table_of(hypothesis.sender, dwell.rate), octets));
                weight += self.emission(hypothesis, octets, sources).0.max(NOISE).ln();
            }
        }
        weight
    }

    /// The likeliest ways through a dwell. State 0 is outside of the known text, state *i* is behind its *i*-th
    /// character.
    fn walk(&self, hypothesis: &Hypothesis, dwell: &Dwell) -> Vec<Vec<Cell>> {
        let states = self.text.len() + 1;
        let mut first = vec![NOWHERE; states];
        first[0].score = 0.0;
        let mut cells = vec![first];
        let mut entries = vec![self.entries(&cells[0], true)];
        let Some(ear) = Ear::at(dwell.rate) else { return cells };
        let sender = table_of(hypothesis.sender, dwell.rate);
        for end in 1..=dwell.octets.len() {
            let mut row = vec![NOWHERE; states];
            for length in 1..=LONGEST.min(end) {
                let begin = end - length;
                if length > 1 && dwell.at[begin + 1].since(dwell.at[begin]) > WITHIN {
                    break;
                }
                let octets = &dwell.octets[begin..end];
                let sources = ear.sources(sender, octets);
                if !sources.is_empty() {
                    self.emit(hypothesis, octets, sources, &entries[begin], begin, &mut row);
                }
            }
            let (score, from) = best_of(&cells[end - 1]);
            let heard = dwell.octets[end - 1];
            let mark = match (hypothesis.marks, heard.bad) {
                (true, _) => 0.5,
                (false, true) => MARK_IMPOSSIBLE,
                (false, false) => 1.0,
            };
            improve(
                &mut row[0],
                Cell { score: score + (NOISE * mark).ln(), from: (end - 1, from), code: None },
            );
            entries.push(self.entries(&row, false));
            cells.push(row);
        }
        cells
    }

    /// Lets a character end here that is made of these octets.
    fn emit(
        &self,
        hypothesis: &Hypothesis,
        octets: &[Heard],
        sources: &[Source],
        entries: &[(f64, usize)],
        begin: usize,
        row: &mut [Cell],
    ) {
        let (sum, likeliest) = self.emission(hypothesis, octets, sources);
        if sum > 0.0 {
            let score = entries[0].0 + sum.ln();
            improve(&mut row[0], Cell { score, from: (begin, entries[0].1), code: Some(likeliest) });
        }
        let observed = mask(octets);
        for (i, &typed) in self.text.iter().enumerate() {
            let variants = hypothesis.coding().typed(typed);
            let (mut sum, mut likeliest) = (0.0, (0.0, 0));
            for source in sources.iter().filter(|source| variants.contains(&source.code)) {
                let half = if variants[0] == variants[1] { 1.0 } else { 0.5 };
                let share = half * source.weight * hypothesis.marked(source, observed, octets.len());
                sum += share;
                if share > likeliest.0 {
                    likeliest = (share, source.code);
                }
            }
            if sum > 0.0 {
                let (before, from) = entries[i + 1];
                let cell = Cell { score: before + sum.ln(), from: (begin, from), code: Some(likeliest.1) };
                improve(&mut row[i + 1], cell);
            }
        }
    }

    /// How likely these octets are when any key is pressed, and the likeliest code behind them.
    fn emission(&self, hypothesis: &Hypothesis, octets: &[Heard], sources: &[Source]) -> (f64, u8) {
        let likelihoods = &self.likelihoods[hypothesis.coding];
        let observed = mask(octets);
        let (mut sum, mut likeliest) = (0.0, (0.0, 0));
        for source in sources {
            let marked = hypothesis.marked(source, observed, octets.len());
            let share = likelihoods[usize::from(source.code)] * source.weight * marked;
            sum += share;
            if share > likeliest.0 {
                likeliest = (share, source.code);
            }
        }
        (sum, likeliest.1)
    }

    /// How each state is best entered from a row of cells: the score, and the state before.
    fn entries(&self, row: &[Cell], begins: bool) -> Vec<(f64, usize)> {
        let text = self.text.len();
        let outside = row[0].score;
        if text == 0 {
            return vec![(outside, 0)];
        }
        let any = text as f64;
        let mut entries = Vec::with_capacity(text + 1);
        if begins {
            entries.push((outside + (1.0 - BEGIN_IN).ln(), 0));
            entries.extend((0..text).map(|_| (outside + (BEGIN_IN / any).ln(), 0)));
            return entries;
        }
        let (inside, last_inside) = best_of(&row[1..text]);
        let last_inside = last_inside + 1;
        let last = row[text].score;
        let mut out = (outside + STAY_OUT.ln(), 0);
        better(&mut out, (inside + OUT.ln(), last_inside));
        better(&mut out, (last + END_OUT.ln(), text));
        entries.push(out);
        for i in 1..=text {
            let mut entry = (outside + (IN_ANY / any).ln(), 0);
            if i == 1 {
                better(&mut entry, (outside + IN_FIRST.ln(), 0));
                better(&mut entry, (inside + AGAIN.ln(), last_inside));
                better(&mut entry, (last + END_AGAIN.ln(), text));
            } else {
                better(&mut entry, (row[i - 1].score + NEXT.ln(), i - 1));
            }
            entries.push(entry);
        }
        entries
    }
}

/// The table of a sender at a UART of this rate.
fn table_of(sender: Sender, ear: u32) -> usize {
    match sender {
        Sender::Line { rate, idle } => sender_index(rate, idle),
        Sender::AnyRate => sender_index(RATES.iter().position(|&rate| rate == ear).unwrap_or(0), 0),
    }
}

/// Which octets are bad, the first in bit 0.
fn mask(octets: &[Heard]) -> u8 {
    octets.iter().rev().fold(0, |mask, heard| mask << 1 | u8::from(heard.bad))
}

fn better(entry: &mut (f64, usize), other: (f64, usize)) {
    if other.0 > entry.0 {
        *entry = other;
    }
}

fn improve(cell: &mut Cell, other: Cell) {
    if other.score > cell.score {
        *cell = other;
    }
}

/// The best score of a row and its state.
fn best_of(row: &[Cell]) -> (f64, usize) {
    row.iter().enumerate().fold((f64::NEG_INFINITY, 0), |best, (state, cell)| {
        if cell.score > best.0 { (cell.score, state) } else { best }
    })
}

/// The logarithm of the sum of two likelihoods.
pub(super) fn add_logs(a: f64, b: f64) -> f64 {
    let (high, low) = if a > b { (a, b) } else { (b, a) };
    if low == f64::NEG_INFINITY { high } else { high + (low - high).exp().ln_1p() }
}
