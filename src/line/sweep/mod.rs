//! What is on a line whose UART the operating system owns: found by listening at one rate after another.
//!
//! Such a port shows octets and, with some drivers, bad stop bits; never the level at which the line rests.
//! So the port is tuned to 300, 1200, 600 and 2400 baud in turn, a few seconds each, and what arrives is
//! compared with what every kind of program would have made arrive there, upright and idle low:
//!
//! ```text
//! keys --coding--> codes --rate, polarity--> line --a UART at the swept rate--> octets and marks
//! ```
//!
//! A [`Sweep`] does no input or output: it is told what was heard and the time, and says which rate to tune
//! to and when it is done. Guarantees: it ends when its patience is over; it keeps a bounded amount of what
//! it heard; it says that it does not know rather than guess. Facts: `docs/probe.md`.

mod finding;
mod judge;
mod keys;
mod model;

use std::collections::VecDeque;

use judge::{Dwell, Judge, RUN_GAP};

pub use finding::{Candidate, Finding, RateStatistics, Verdict};
pub use keys::Coding;
pub use model::Heard;

use crate::time::{Span, Stamp, Wake};

/// The rates that are tuned to, in this order.
const ORDER: [u32; 4] = [300, 1200, 600, 2400];
/// What arrives so soon after a change of rate is left out: half a character, or the line's resting level.
const SETTLE: Span = Span::from_millis(150);
/// How long one rate is listened to.
const DWELL: Span = Span::from_secs(3);
/// Octets at which a dwell is long enough.
const FULL: usize = 160;
/// All octets that are kept; a sweep that heard so many is over.
const MOST: usize = 4096;
/// So long after the last octet a character is complete.
const QUIET: Span = Span::from_millis(250);
/// The fewest octets of a run that may be a chime.
const RUN_LEAST: usize = 6;
/// A longer one is no chime; at the rate of a program it should have been read.
const CHIME: Span = Span::from_millis(500);
/// A run whose octets are less likely than this on average, for every program, is not from a program.
const RUN_UNLIKELY: f64 = -6.5;

/// What a sweep shall do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SweepSettings {
    /// What is typed at the far end again and again; empty if that is not known. Only printable ASCII counts, and
    /// at most 40 characters of it.
    pub typed: Vec<u8>,
    /// How long to listen at most.
    pub patience: Span,
}

/// What a sweep wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Let the port run this rate at 8N1, and say so with [`Sweep::tuned`] or [`Sweep::refused`].
    Tune(u32),
    /// It is over.
    Done,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Begin,
    Tuning(u32),
    Listening { since: Stamp },
    Done,
}

/// Listens at one rate after another; see the module.
pub struct Sweep {
    settings: SweepSettings,
    judge: Judge,
    state: State,
    steps: VecDeque<Step>,
    begun: Option<Stamp>,
    last: Option<Stamp>,
    now: Stamp,
    rates: Vec<u32>,
    visits: Vec<u32>,
    dwell: Dwell,
    /// Octets of `dwell` that have been judged.
    judged: usize,
    /// Dwells that are over, cleaned.
    past: Vec<Dwell>,
    /// Scores of the dwells that are over.
    totals: Vec<f64>,
    heard: Vec<RateStatistics>,
    octets: usize,
    discarded: usize,
    /// Octets of long runs that nothing explains, and the rates at which they were heard.
    unread: Vec<(u32, usize)>,
    /// Whether what came as the rate was set was one 00 and nothing else.
    opening: Option<bool>,
    opened_low: u32,
    refused: Vec<u32>,
}

impl Sweep {
    /// A sweep that has not begun; the first [`Step`] is there at once.
    pub fn new(settings: SweepSettings) -> Sweep {
        let printable = |byte: &u8| byte.is_ascii_graphic() || *byte == b' ';
        let typed: Vec<u8> = settings.typed.iter().copied().filter(printable).take(40).collect();
        let judge = Judge::new(&typed);
        let totals = judge.hypotheses.iter().map(judge::Hypothesis::prior).collect();
        let mut sweep = Sweep {
            settings,
            judge,
            state: State::Begin,
            steps: VecDeque::new(),
            begun: None,
            last: None,
            now: Stamp::ZERO,
            rates: ORDER.to_vec(),
            visits: Vec::new(),
            dwell: Dwell { rate: 0, octets: Vec::new(), at: Vec::new() },
            judged: 0,
            past: Vec::new(),
            totals,
            heard: Vec::new(),
            octets: 0,
            discarded: 0,
            unread: Vec::new(),
            opening: None,
            opened_low: 0,
            refused: Vec::new(),
        };
        sweep.tune();
        sweep
    }

    /// What is to be done next.
    pub fn poll(&mut self) -> Option<Step> {
        self.steps.pop_front()
    }

    /// When it wants to be told the time.
    pub fn wake(&self) -> Wake {
        if !self.steps.is_empty() {
            return Wake::Now;
        }
        match self.state {
            State::Listening { since } => {
                let full = since + SETTLE + DWELL;
                // A character that is on its way is waited for, but not for ever.
                let mut wake = match self.last {
                    Some(last) if last + QUIET > full => (last + QUIET).min(full + QUIET + QUIET),
                    _ => full,
                };
                if let Some(last) = self.last
                    && self.judged < self.dwell.octets.len()
                {
                    wake = wake.min(last + QUIET);
                }
                wake = self.deadline().map_or(wake, |deadline| wake.min(deadline));
                Wake::At(wake.max(self.now))
            }
            State::Tuning(_) => self.deadline().map_or(Wake::OnInput, Wake::At),
            State::Begin | State::Done => Wake::OnInput,
        }
    }

    /// The port runs the rate of the last [`Step::Tune`].
    pub fn tuned(&mut self, now: Stamp) {
        self.now = self.now.max(now);
        if let State::Tuning(rate) = self.state {
            self.begun.get_or_insert(self.now);
            self.dwell = Dwell { rate, octets: Vec::new(), at: Vec::new() };
            self.judged = 0;
            self.last = None;
            self.visits.push(rate);
            self.state = State::Listening { since: self.now };
        }
    }

    /// The port cannot run the rate of the last [`Step::Tune`]; it runs the one before, or is not open yet.
    pub fn refused(&mut self, now: Stamp) {
        self.now = self.now.max(now);
        if let State::Tuning(rate) = self.state {
            self.refused.push(rate);
            self.rates.retain(|&known| known != rate);
            self.tune();
        }
    }

    /// Octets arrived.
    pub fn heard(&mut self, now: Stamp, octets: &[Heard]) {
        self.timeout(now);
        let State::Listening { since } = self.state else { return };
        if self.now.since(since) < SETTLE {
            // A line that is low gives one 00 and nothing more; what was waiting in the driver, or the key of
            // somebody who types just then, is no sign of it.
            let zero_alone = matches!(octets, [heard] if heard.octet == 0);
            self.opening = Some(self.opening.is_none() && zero_alone);
            return;
        }
        self.octets += octets.len();
        // What is more than a dwell takes is left out; there is enough of it.
        let room = (2 * FULL).saturating_sub(self.dwell.octets.len());
        for &heard in octets.iter().take(room) {
            self.dwell.octets.push(heard);
            self.dwell.at.push(self.now);
        }
        self.last = Some(self.now);
        if self.dwell.octets.len() >= FULL {
            self.end_dwell();
        }
    }

    /// Time passed.
    pub fn timeout(&mut self, now: Stamp) {
        self.now = self.now.max(now);
        let over = self.deadline().is_some_and(|deadline| self.now >= deadline);
        match self.state {
            State::Tuning(_) if over => self.done(),
            State::Listening { since } => {
                let full = self.now >= since + SETTLE + DWELL;
                let quiet = self.last.is_none_or(|last| self.now.since(last) >= QUIET);
                if over || (full && quiet) || self.now >= since + SETTLE + DWELL + QUIET + QUIET {
                    self.end_dwell();
                } else if quiet && self.judged < self.dwell.octets.len() {
                    self.judged = self.dwell.octets.len();
                    if self.settled() {
                        self.end_dwell();
                    }
                }
            }
            _ => {}
        }
    }

    /// Ends the sweep with what is known so far.
    pub fn stop(&mut self, now: Stamp) {
        self.now = self.now.max(now);
        if self.state != State::Done {
            self.keep();
            self.done();
        }
    }

    /// The rate that is listened to, and the octets heard there since it was tuned to.
    pub fn listening(&self) -> Option<(u32, usize)> {
        matches!(self.state, State::Listening { .. }).then_some((self.dwell.rate, self.dwell.octets.len()))
    }

    /// Octets heard so far.
    pub fn octets(&self) -> usize {
        self.octets
    }

    fn deadline(&self) -> Option<Stamp> {
        self.begun.map(|begun| begun + self.settings.patience)
    }

    fn done(&mut self) {
        self.state = State::Done;
        self.steps.push_back(Step::Done);
    }

    fn end_dwell(&mut self) {
        let settled = self.settled();
        self.keep();
        let over = self.deadline().is_some_and(|deadline| self.now >= deadline);
        if settled || over || self.past.iter().map(|dwell| dwell.octets.len()).sum::<usize>() >= MOST {
            self.done();
        } else {
            self.tune();
        }
    }

    /// Puts the present dwell to the others.
    fn keep(&mut self) {
        let (clean, dropped, unread) = self.sort_out();
        self.discarded += dropped;
        self.opened_low += u32::from(self.opening.take() == Some(true));
        self.unread.push((self.dwell.rate, unread));
        self.totals = self.totals_with(&clean);
        self.heard = self.statistics();
        self.dwell.octets.clear();
        self.dwell.at.clear();
        self.judged = 0;
        if !clean.octets.is_empty() {
            self.past.push(clean);
        }
    }

    /// Chooses the next rate: the one that is likeliest, if it was not listened to just now; else the one
    /// that was listened to least.
    fn tune(&mut self) {
        let latest = self.visits.last().copied();
        let count = |rate: u32| self.visits.iter().filter(|&&visited| visited == rate).count();
        let leader = if self.past.is_empty() {
            None
        } else {
            self.senders(&self.totals).first().and_then(|(sender, _)| sender.rate())
        };
        let dwells: Vec<&Dwell> = self.past.iter().collect();
        let closer = self.looked_closer(leader.filter(|leader| Some(*leader) == latest), &dwells);
        let leader = closer
            .or(leader)
            .filter(|rate| Some(*rate) != latest && !self.refused.contains(rate) && count(*rate) < 8);
        let order = self.rates.iter().copied().min_by_key(|&rate| count(rate));
        match leader.or(order) {
            Some(rate) => {
                self.state = State::Tuning(rate);
                self.steps.push_back(Step::Tune(rate));
            }
            None => self.done(),
        }
    }

    /// The present dwell without bursts that no program sends, and how many octets those had.
    fn clean(&self) -> (Dwell, usize) {
        let (clean, dropped, _) = self.sort_out();
        (clean, dropped)
    }

    /// The same, and how many octets of those are of long runs.
    fn sort_out(&self) -> (Dwell, usize, usize) {
        let mut unread = 0;
        let mut clean = Dwell { rate: self.dwell.rate, octets: Vec::new(), at: Vec::new() };
        let mut begin = 0;
        for end in 1..=self.dwell.octets.len() {
            let goes_on = self.dwell.at.get(end).zip(self.dwell.at.get(end - 1));
            if goes_on.is_some_and(|(next, last)| next.since(*last) <= RUN_GAP) {
                continue;
            }
            let run = Dwell {
                rate: self.dwell.rate,
                octets: self.dwell.octets[begin..end].to_vec(),
                at: self.dwell.at[begin..end].to_vec(),
            };
            begin = end;
            if !self.is_chime(&run) {
                clean.octets.extend(run.octets);
                clean.at.extend(run.at);
            } else if run
                .at
                .last()
                .zip(run.at.first())
                .is_some_and(|(last, first)| last.since(*first) > CHIME)
            {
                unread += run.octets.len();
            }
        }
        let dropped = self.dwell.octets.len() - clean.octets.len();
        (clean, dropped, unread)
    }

    /// A run of octets that repeat, or that no program would send.
    fn is_chime(&self, run: &Dwell) -> bool {
        if run.octets.len() < RUN_LEAST {
            return false;
        }
        let octet = |i: usize| run.octets.get(i).map(|heard| heard.octet);
        let repeats = (2..run.octets.len()).filter(|&i| octet(i) == octet(i - 1) || octet(i) == octet(i - 2));
        if repeats.count() * 10 >= (run.octets.len() - 2) * 7 {
            return true;
        }
        let best = self.judge.scores(run).into_iter().fold(f64::NEG_INFINITY, f64::max);
        best / (run.octets.len() as f64) < RUN_UNLIKELY
    }

    fn totals_with(&self, dwell: &Dwell) -> Vec<f64> {
        if dwell.octets.is_empty() {
            return self.totals.clone();
        }
        self.totals.iter().zip(self.judge.scores(dwell)).map(|(total, score)| total + score).collect()
    }
}
