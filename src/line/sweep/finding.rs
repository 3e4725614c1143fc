//! What a sweep came to: who explains what was heard, and how sure that is.
//!
//! Guarantees: an answer rests on enough characters, different ones, leads every other sender and pure chance,
//! and explains nearly all that was heard; where it does not, the finding says which of these is missing. The
//! bars are those of `docs/probe.md`.

use super::Sweep;
use super::judge::{Dwell, Explained, Hypothesis, Judge, OWN_ENOUGH, Sender, add_logs};
use super::keys::Coding;
use super::model::RATES;
use crate::line::Polarity;

/// Before a sweep ends early: the lead over every other sender, as a natural logarithm.
const LEAD_TO_STOP: f64 = 12.0;
/// At the end: the least lead of an answer.
const LEAD_TO_TELL: f64 = 6.0;
/// The fewest characters, and different ones among them, that an answer rests on.
const CHARACTERS: usize = 5;
const DIFFERENT: usize = 3;
/// A character that comes more rarely, as a share of all, is one that was misheard.
const RARE: f64 = 0.04;
/// The least share of the octets that an answer explains.
const FITS: f64 = 0.8;
/// The same at the sender's own rate, where nothing is between its characters and the octets, one octet aside.
const FITS_OWN: f64 = 0.93;
/// A coding that leads another by so much, as a natural logarithm, excludes it.
const CODING_SURE: f64 = 5.0;
/// After so many characters a coding that is still open stays open.
const CODING_PATIENCE: usize = 20;

/// What octets of one rate look like.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RateStatistics {
    /// The rate.
    pub rate: u32,
    /// Octets heard.
    pub octets: usize,
    /// Those with a bad stop bit, breaks among them.
    pub bad: usize,
    /// Share of printable ASCII and RETURN.
    pub printable: f64,
    /// Share of letters of PETSCII: 41-5A and C1-DA.
    pub letters: f64,
    /// Different values.
    pub different: usize,
    /// Share of 00 and FF.
    pub extremes: f64,
    /// Share of values above 7F.
    pub high: f64,
    /// Complete passes through the known text that the likeliest sender explains.
    pub passes: u32,
}

/// A sender that explains what was heard.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Its rate; `None` for one that answers at every rate alike, as a pseudo-terminal does.
    pub rate: Option<u32>,
    /// How its line rests.
    pub idle: Polarity,
    /// Its likeliest coding.
    pub coding: Coding,
    /// Codings that explain it nearly as well.
    pub also: Vec<Coding>,
    /// Its share of everything that may be, 0 to 1.
    pub share: f64,
    /// The share of the octets that it explains, 0 to 1.
    pub fits: f64,
    /// It explains them as well as a sender must.
    pub fits_well: bool,
    /// Characters that it explains.
    pub characters: usize,
    /// Different ones that are not rare.
    pub different: usize,
    /// The characters, `None` for an octet that it does not explain. A line that rests low with bit 7 set
    /// cannot be read, and these are then only the likeliest.
    pub codes: Vec<Option<u8>>,
    /// Complete passes through the known text.
    pub passes: u32,
    /// Letters of the known text that arrived in the other case, and those that arrived as given.
    pub swapped: (u32, u32),
}

/// What a sweep came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What it says.
    pub verdict: Verdict,
    /// The likeliest sender, and the one behind it.
    pub best: Option<Candidate>,
    /// The likeliest sender of another rate or polarity.
    pub next: Option<Candidate>,
    /// What was heard at each rate, in ascending order; rates without an octet are left out.
    pub rates: Vec<RateStatistics>,
    /// Octets heard, discarded ones included.
    pub octets: usize,
    /// Octets in bursts that no program sends: a PET's chime on pin M, a loose wire.
    pub discarded: usize,
    /// Times that the line was low when a rate was tuned to.
    pub opened_low: u32,
    /// Rates that the port refused.
    pub refused: Vec<u32>,
}

/// How sure a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing was heard.
    Nothing,
    /// The best candidate is what is on the line.
    Found,
    /// Too few characters, or too few different ones.
    TooLittle,
    /// Two senders explain it about as well.
    Open,
    /// No sender explains it.
    Unexplained,
}

impl Sweep {
    /// What is known so far.
    pub fn finding(&self) -> Finding {
        let (clean, dropped) = self.clean();
        let mut dwells: Vec<&Dwell> = self.past.iter().collect();
        dwells.extend(Some(&clean).filter(|dwell| !dwell.octets.is_empty()));
        let totals = self.totals_with(&clean);
        let (best, next) = self.candidates(&totals, &dwells);
        let mut finding = Finding {
            verdict: Verdict::Nothing,
            best: None,
            next: None,
            rates: self.statistics(),
            octets: self.octets,
            discarded: self.discarded + dropped,
            opened_low: self.opened_low,
            refused: self.refused.clone(),
        };
        let Some(best) = best.filter(|_| !dwells.is_empty()) else {
            if self.octets > 0 {
                finding.verdict = Verdict::Unexplained;
            }
            return finding;
        };
        for (rate, passes) in best.1 {
            if let Some(statistics) = finding.rates.iter_mut().find(|statistics| statistics.rate == rate) {
                statistics.passes += passes;
            }
        }
        let (best, next) = (best.0, next.map(|next| next.0));
        let over_nobody =
            self.ranked(&totals, &dwells).first().map_or(0.0, |(_, score)| score - Judge::nobody(&dwells));
        let unseen = self.looked_closer(best.rate, &dwells).is_some();
        finding.verdict = match verdict(&best, next.as_ref()) {
            Verdict::Found if over_nobody < LEAD_TO_TELL => Verdict::Unexplained,
            Verdict::Found if unseen => Verdict::Open,
            verdict => verdict,
        };
        finding.best = Some(best);
        finding.next = next;
        finding
    }

    pub(super) fn statistics(&self) -> Vec<RateStatistics> {
        let mut all = self.heard.clone();
        let octets = &self.dwell.octets;
        if octets.is_empty() {
            return all;
        }
        let total = octets.len() as f64;
        let share =
            |wanted: fn(u8) -> bool| octets.iter().filter(|heard| wanted(heard.octet)).count() as f64 / total;
        let mut seen = [false; 256];
        for heard in octets {
            seen[usize::from(heard.octet)] = true;
        }
        let new = RateStatistics {
            rate: self.dwell.rate,
            octets: octets.len(),
            bad: octets.iter().filter(|heard| heard.bad).count(),
            printable: share(|octet| matches!(octet, 0x20..=0x7E | 0x0D)),
            letters: share(|octet| matches!(octet, 0x41..=0x5A | 0xC1..=0xDA)),
            different: seen.iter().filter(|&&seen| seen).count(),
            extremes: share(|octet| matches!(octet, 0x00 | 0xFF)),
            high: share(|octet| octet > 0x7F),
            passes: 0,
        };
        match all.iter_mut().find(|known| known.rate == new.rate) {
            Some(known) => {
                let (old, more) = (known.octets as f64, new.octets as f64);
                let mean = |a: f64, b: f64| (a * old + b * more) / (old + more);
                *known = RateStatistics {
                    octets: known.octets + new.octets,
                    bad: known.bad + new.bad,
                    printable: mean(known.printable, new.printable),
                    letters: mean(known.letters, new.letters),
                    different: known.different.max(new.different),
                    extremes: mean(known.extremes, new.extremes),
                    high: mean(known.high, new.high),
                    ..*known
                };
            }
            None => all.push(new),
        }
        all.sort_by_key(|known| known.rate);
        all
    }

    /// Whether more of the line would change nothing.
    pub(super) fn settled(&self) -> bool {
        let (clean, _) = self.clean();
        let mut dwells: Vec<&Dwell> = self.past.iter().collect();
        dwells.extend(Some(&clean).filter(|dwell| !dwell.octets.is_empty()));
        if dwells.is_empty() {
            return false;
        }
        let totals = self.totals_with(&clean);
        let ranked = self.ranked(&totals, &dwells);
        let [(_, first), (_, second), ..] = ranked[..] else { return false };
        let lead = first - second.max(Judge::nobody(&dwells));
        let (Some((best, _)), _) = self.candidates(&totals, &dwells) else { return false };
        // The answer itself was listened to, or the port cannot run it.
        let confirmed = match best.rate {
            Some(rate) => dwells.iter().any(|dwell| dwell.rate == rate) || self.refused.contains(&rate),
            None => dwells.iter().map(|dwell| dwell.rate).any(|rate| rate != dwells[0].rate),
        };
        let confirmed = confirmed && self.looked_closer(best.rate, &dwells).is_none();
        lead >= LEAD_TO_STOP
            && confirmed
            && best.fits_well
            && best.characters >= CHARACTERS
            && best.different >= DIFFERENT
            && (best.also.is_empty() || best.characters >= CODING_PATIENCE)
    }

    /// A line without pauses that rests low can look upright at its own rate, shifted by some bits; at a higher
    /// one it cannot. Where that is still to be seen, the answer is that rate.
    pub(super) fn looked_closer(&self, rate: Option<u32>, dwells: &[&Dwell]) -> Option<u32> {
        let rate = rate.filter(|_| dwells.iter().any(|dwell| dwell.is_gapless()))?;
        if dwells.iter().any(|dwell| dwell.rate > rate) {
            return None;
        }
        let can = |factor: &u32| RATES.contains(&(rate * factor)) && !self.refused.contains(&(rate * factor));
        [4, 2].into_iter().find(can).map(|factor| rate * factor)
    }

    /// Every sender with the logarithm of its likelihood, the likeliest first.
    pub(super) fn senders(&self, totals: &[f64]) -> Vec<(Sender, f64)> {
        let mut senders: Vec<(Sender, f64)> = Vec::new();
        for (hypothesis, &total) in self.judge.hypotheses.iter().zip(totals) {
            match senders.iter_mut().find(|(sender, _)| *sender == hypothesis.sender) {
                Some((_, sum)) => *sum = add_logs(*sum, total),
                None => senders.push((hypothesis.sender, total)),
            }
        }
        senders.sort_by(|a, b| b.1.total_cmp(&a.1));
        senders
    }

    /// The senders; without the one that pays no heed to rates where one rate cannot be read as the others can.
    fn ranked(&self, totals: &[f64], dwells: &[&Dwell]) -> Vec<(Sender, f64)> {
        let mut senders = self.senders(totals);
        let reads_all = || {
            let best = self
                .judge
                .hypotheses
                .iter()
                .zip(totals)
                .filter(|(hypothesis, _)| hypothesis.sender == Sender::AnyRate)
                .max_by(|a, b| a.1.total_cmp(b.1));
            best.is_some_and(|(hypothesis, _)| {
                dwells.iter().filter(|dwell| dwell.octets.len() >= CHARACTERS).all(|dwell| {
                    let explained = self.judge.explain(hypothesis, dwell).octets;
                    explained as f64 >= dwell.octets.len() as f64 * FITS_OWN - 1.0
                })
            })
        };
        let any = |(sender, _): &(Sender, f64)| *sender == Sender::AnyRate;
        let gapless = dwells.iter().any(|dwell| dwell.is_gapless());
        if senders.first().is_some_and(any) && (gapless || !reads_all()) {
            senders.retain(|entry| !any(entry));
        }
        senders
    }

    /// The likeliest sender and the next, with their passes through the known text at each rate.
    pub(super) fn candidates(&self, totals: &[f64], dwells: &[&Dwell]) -> (Option<Ranked>, Option<Ranked>) {
        let senders = self.ranked(totals, dwells);
        let all = senders.iter().fold(f64::NEG_INFINITY, |sum, (_, score)| add_logs(sum, *score));
        let mut ranked = senders
            .iter()
            .take(2)
            .map(|&(sender, score)| self.candidate(sender, (score - all).exp(), totals, dwells));
        (ranked.next().flatten(), ranked.next().flatten())
    }

    fn candidate(&self, sender: Sender, share: f64, totals: &[f64], dwells: &[&Dwell]) -> Option<Ranked> {
        let mut codings: Vec<(Hypothesis, f64)> = Vec::new();
        for coding in 0..Coding::ALL.len() {
            let of_coding =
                |hypothesis: &&Hypothesis| hypothesis.sender == sender && hypothesis.coding == coding;
            let hypotheses = self.judge.hypotheses.iter().zip(totals);
            let best = hypotheses
                .filter(|(hypothesis, _)| of_coding(hypothesis))
                .max_by(|a, b| a.1.total_cmp(b.1))
                .map(|(hypothesis, _)| *hypothesis);
            if let Some(hypothesis) = best {
                let weight = self.judge.coding_weight(&hypothesis, dwells);
                codings.push((hypothesis, weight));
            }
        }
        codings.sort_by(|a, b| b.1.total_cmp(&a.1));
        let &(hypothesis, weight) = codings.first()?;
        let also = codings.iter().skip(1).filter(|(_, other)| weight - other < CODING_SURE);
        let also = also.map(|(hypothesis, _)| hypothesis.coding()).collect();

        let mut whole = Explained::default();
        let mut passes = Vec::new();
        let unread = self.unread.iter().filter(|(rate, _)| sender.rate() == Some(*rate));
        let mut own = (0, unread.map(|(_, octets)| octets).sum::<usize>());
        for dwell in dwells {
            let part = self.judge.explain(&hypothesis, dwell);
            if sender.rate().is_none_or(|rate| rate == dwell.rate) {
                own = (own.0 + part.octets, own.1 + dwell.octets.len());
            }
            passes.push((dwell.rate, part.passes));
            whole.codes.extend(part.codes);
            whole.octets += part.octets;
            whole.passes += part.passes;
            whole.swapped += part.swapped;
            whole.as_typed += part.as_typed;
        }
        let octets: usize = dwells.iter().map(|dwell| dwell.octets.len()).sum();
        let fits = whole.octets as f64 / octets.max(1) as f64;
        let candidate = Candidate {
            rate: sender.rate(),
            idle: sender.idle(),
            coding: hypothesis.coding(),
            also,
            share,
            fits,
            fits_well: fits >= FITS && (own.1 < OWN_ENOUGH || (own.0 + 1) as f64 >= own.1 as f64 * FITS_OWN),
            characters: whole.codes.iter().flatten().count(),
            different: self.judge.different(&hypothesis, dwells, RARE),
            codes: whole.codes,
            passes: whole.passes,
            swapped: (whole.swapped, whole.as_typed),
        };
        Some((candidate, passes))
    }
}

/// A candidate, and the passes through the known text of each dwell.
type Ranked = (Candidate, Vec<(u32, u32)>);

fn verdict(best: &Candidate, next: Option<&Candidate>) -> Verdict {
    let lead = next.map_or(f64::INFINITY, |next| best.share.ln() - next.share.ln());
    if best.characters < CHARACTERS || best.different < DIFFERENT {
        Verdict::TooLittle
    } else if !best.fits_well {
        Verdict::Unexplained
    } else if lead < LEAD_TO_TELL {
        Verdict::Open
    } else {
        Verdict::Found
    }
}
