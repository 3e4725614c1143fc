//! What is told of a port that was swept: for people, and as JSON. The shape is that of [`report`](super::report).
//!
//! ```text
//! best fit:    300 baud, 8N1, idle low, bit 7 always set   fits 100 % of 24 bytes   share 100.0 %
//! next:       600 baud, 8N1, idle high                    fits  31 % of 24 bytes   share 0.0 %
//! typed:      HELLO came 4 times
//! at 300:     24 bytes, 24 with a bad stop bit, 6 different; 46 % printable, 4 % 00 or FF, 0 % above 7F
//! seen:       it idles low ...
//! try:        petterm /dev/ttyUSB0 --profile mcterm-36  (with sysa+36 in McTerm's line 1070)
//! ```

use std::io::{self, Write};

use serde_json::{Value, json};

use super::report::{counted, quoted, sign_words};
use crate::cli::exit::one_line;
use crate::line::detect::Sign;
use crate::line::sweep::{Candidate, Coding, Finding, RateStatistics, Verdict};
use crate::line::{LineFormat, Parity, Polarity};

/// A finding, and what is known besides.
pub(super) struct Told {
    pub(super) target: String,
    /// The adapter and its driver, where known.
    pub(super) adapter: Option<String>,
    /// What was said to be typed.
    pub(super) typed: Option<String>,
    /// How long it was listened.
    pub(super) seconds: f64,
    pub(super) finding: Finding,
}

/// Writes what was found, as text or as an object.
///
/// # Errors
/// As the output.
pub(super) fn write(out: &mut dyn Write, told: &Told, as_json: bool) -> io::Result<()> {
    if as_json { writeln!(out, "{}", told.json()) } else { told.text(out) }
}

impl Told {
    /// Why the finding is none, and what to do.
    pub(super) fn doubt(&self) -> String {
        let finding = &self.finding;
        let what = match finding.verdict {
            Verdict::Found => return String::new(),
            Verdict::Nothing if finding.discarded > 0 => {
                "nothing but bursts that no program sends was heard; the chime on pin M, or a loose wire? Start \
                 the program on the PET and press keys"
                    .to_owned()
            }
            Verdict::Nothing => format!(
                "nothing was heard in {:.0} s; is the program on the PET running, was a key pressed, does the \
                 PET's TX go to the adapter's RXD, and ground to ground?",
                self.seconds
            ),
            Verdict::TooLittle => {
                let (characters, different) =
                    finding.best.as_ref().map_or((0, 0), |best| (best.characters, best.different));
                format!(
                    "not enough evidence: {}, {different} different; press more keys, different ones",
                    counted(characters as u64, "character", "characters")
                )
            }
            Verdict::Open => "not enough evidence: two readings fit about as well; press more different keys, \
                one at a time, or say with --typed what you type"
                .to_owned(),
            Verdict::Unexplained => "not enough evidence: no program at a usual rate sends what was heard; press \
                single keys rather than send a text, and check ground and the plug"
                .to_owned(),
        };
        format!("{}: {what}", self.target)
    }

    fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        let finding = &self.finding;
        let mut row =
            |name: &str, words: &str| writeln!(out, "{:<13}{}", format!("{name}:"), one_line(words));
        let found = finding.verdict == Verdict::Found;
        let shown = [finding.best.as_ref(), finding.next.as_ref()];
        let width = shown.iter().flatten().map(|candidate| name(candidate).len()).max().unwrap_or(0);
        let octets: usize = finding.octets - finding.discarded;
        for (candidate, label) in
            shown.into_iter().zip([if found { "best fit" } else { "would fit" }, "next"])
        {
            if let Some(candidate) = candidate {
                row(
                    label,
                    &format!(
                        "{:<width$}   fits {:>3.0} % of {}   share {}",
                        name(candidate),
                        candidate.fits * 100.0,
                        counted(octets as u64, "byte", "bytes"),
                        share(candidate.share)
                    ),
                )?;
            }
        }
        if let Some(read) = finding.best.as_ref().filter(|_| found).and_then(readable) {
            row("reads", &read)?;
        }
        if let (Some(typed), Some(best)) = (&self.typed, &finding.best) {
            row("typed", &typed_words(typed, best))?;
        }
        for statistics in &finding.rates {
            row(&format!("at {}", statistics.rate), &statistics_words(statistics, self.typed.as_deref()))?;
        }
        for words in self.seen() {
            row("seen", &words)?;
        }
        for command in self.commands() {
            row("try", &command)?;
        }
        Ok(())
    }

    /// Causes, and what else there is to know.
    fn seen(&self) -> Vec<String> {
        let finding = &self.finding;
        let mut seen = Vec::new();
        if let Some(best) = finding.best.as_ref().filter(|_| finding.verdict == Verdict::Found) {
            if best.rate.is_none() {
                seen.push(
                    "it says the same at every rate: a pseudo-terminal, or a port that pays no heed to rates; what \
                     rate the line runs cannot be told here"
                        .to_owned(),
                );
            }
            if best.idle == Polarity::IdleLow {
                seen.push(sign_words(Sign::IdleLow));
                if best.coding == Coding::Set {
                    seen.push(
                        "bit 7 is always set: without an inverter what arrives cannot be read at all, whatever the \
                         rate (D, b and q arrive as the same byte)"
                            .to_owned(),
                    );
                }
                if finding.rates.iter().all(|statistics| statistics.bad == 0) {
                    seen.push(
                        "the driver tells of no bad stop bits, as the CH340's; the bytes alone say it"
                            .to_owned(),
                    );
                }
            } else if best.coding == Coding::Set {
                seen.push(sign_words(Sign::Bit7Set));
            }
            match (best.coding, &best.also[..]) {
                (Coding::Petscii, []) => {
                    seen.push("PETSCII: letters at 41-5A and C1-DA, bit 7 of the rest clear".to_owned());
                }
                (_, []) => {}
                (coding, also) => {
                    let names: Vec<&str> = also.iter().map(|coding| coding.name()).collect();
                    seen.push(format!(
                        "{} or {}: these keys do not tell; type 0 1 2 SPACE RETURN a A",
                        coding.name(),
                        names.join(" or ")
                    ));
                }
            }
        }
        if finding.discarded > 0 {
            seen.push(format!(
                "{} in bursts that no program sends, left out: the chime on pin M?",
                counted(finding.discarded as u64, "byte", "bytes")
            ));
        }
        // Whoever is known to rest high was not there yet, or the 00 was no line at rest.
        let rests_high = finding.verdict == Verdict::Found
            && finding.best.as_ref().is_some_and(|best| best.idle == Polarity::IdleHigh);
        if finding.opened_low > 0 && !rests_high {
            seen.push(
                "the line was low when the port was set: it rests low, or nothing drives it".to_owned(),
            );
        }
        if !finding.refused.is_empty() {
            let rates: Vec<String> = finding.refused.iter().map(u32::to_string).collect();
            seen.push(format!("the port cannot run at {} baud", rates.join(", ")));
        }
        seen
    }

    /// Commands that use what was found, the cheapest cure first.
    fn commands(&self) -> Vec<String> {
        let Some(best) = self.finding.best.as_ref().filter(|_| self.finding.verdict == Verdict::Found) else {
            return Vec::new();
        };
        let target = quoted(&self.target);
        let Some(rate) = best.rate else { return vec![format!("petterm {target}")] };
        let line = line(best, rate);
        let strip = if best.coding == Coding::Set { " --strip7" } else { "" };
        match (best.idle, best.coding, rate) {
            (Polarity::IdleLow, Coding::Set, 300) => vec![
                format!(
                    "McTerm needs no inverter: in its line 1070 write sysa+36 for sysa, then petterm {target} \
                     --profile mcterm-36"
                ),
                format!("petterm {target} --profile mcterm  (= --line {line} --strip7)"),
            ],
            (Polarity::IdleLow, Coding::Clear, 300) => {
                vec![format!("petterm {target} --profile transactor  (= --line {line})")]
            }
            (Polarity::IdleHigh, Coding::Set, 300) => {
                vec![format!("petterm {target} --profile mcterm-36  (= --line {line} --strip7)")]
            }
            (Polarity::IdleHigh, Coding::Petscii, _) => {
                vec![format!("petterm {target} --line {line} --wire petscii --screen c64")]
            }
            (Polarity::IdleHigh, Coding::Clear, 1200) => vec![
                format!("petterm {target} --line {line}"),
                format!("petterm {target} --profile petterm  (if it is PETTERM, which wants 1220)"),
            ],
            _ => vec![format!("petterm {target} --line {line}{strip}")],
        }
    }

    /// As JSON.
    fn json(&self) -> Value {
        let finding = &self.finding;
        let found = finding.verdict == Verdict::Found;
        let rates: Vec<Value> = finding.rates.iter().map(rate_json).collect();
        json!({
            "target": self.target,
            "adapter": self.adapter,
            "doubt": (!found).then(|| self.doubt()),
            "seconds": rounded(self.seconds),
            "bytes": finding.octets,
            "discarded": finding.discarded,
            "best": finding.best.as_ref().map(candidate_json),
            "next": finding.next.as_ref().map(candidate_json),
            "bit7_always_set": found && finding.best.as_ref().is_some_and(|best| best.coding == Coding::Set),
            "rates": rates,
            "refused": finding.refused,
            "seen": self.seen(),
            "try": self.commands(),
        })
    }
}

fn candidate_json(candidate: &Candidate) -> Value {
    json!({
        "line": candidate.rate.map(|rate| line(candidate, rate).to_string()),
        "baud": candidate.rate,
        "polarity": candidate.idle.name(),
        "coding": candidate.coding.name(),
        "also": candidate.also.iter().map(|coding| coding.name()).collect::<Vec<_>>(),
        "share": candidate.share,
        "fits": rounded(candidate.fits),
        "characters": candidate.characters,
        "different": candidate.different,
        "typed": candidate.passes,
    })
}

fn rate_json(statistics: &RateStatistics) -> Value {
    json!({
        "baud": statistics.rate,
        "bytes": statistics.octets,
        "bad_stop_bits": statistics.bad,
        "different": statistics.different,
        "printable": rounded(statistics.printable),
        "letters": rounded(statistics.letters),
        "00_or_ff": rounded(statistics.extremes),
        "above_7f": rounded(statistics.high),
        "typed": statistics.passes,
    })
}

fn rounded(share: f64) -> f64 {
    (share * 1000.0).round() / 1000.0
}

/// The line that a candidate runs; both directions have the polarity of the one that was heard.
fn line(candidate: &Candidate, rate: u32) -> LineFormat {
    let (data_bits, parity) = match candidate.coding {
        Coding::Even => (7, Parity::Even),
        Coding::Odd => (7, Parity::Odd),
        Coding::Clear | Coding::Set | Coding::Petscii => (8, Parity::None),
    };
    LineFormat { data_bits, parity, tx: candidate.idle, rx: candidate.idle, ..LineFormat::new(rate) }
}

fn name(candidate: &Candidate) -> String {
    let frame = match candidate.coding {
        Coding::Even => "7E1",
        Coding::Odd => "7O1",
        Coding::Clear | Coding::Set | Coding::Petscii => "8N1",
    };
    let coding = match candidate.coding {
        Coding::Set => ", bit 7 always set",
        Coding::Petscii if candidate.also.is_empty() => ", PETSCII",
        _ => "",
    };
    match candidate.rate {
        Some(rate) => format!("{rate} baud, {frame}, {}{coding}", candidate.idle.name()),
        None => format!("any rate{coding}"),
    }
}

/// So many characters are shown.
const SHOWN: usize = 48;

/// What the characters say, where they can be read.
fn readable(best: &Candidate) -> Option<String> {
    if best.idle == Polarity::IdleLow && best.coding == Coding::Set {
        return None;
    }
    let skipped = best.codes.len().saturating_sub(SHOWN);
    let text: String = best
        .codes
        .iter()
        .skip(skipped)
        .map(|code| match code.and_then(|code| best.coding.ascii(code)) {
            Some(b'\r') => ' ',
            Some(ascii) => char::from(ascii),
            None => '?',
        })
        .collect();
    Some(if skipped > 0 { format!("... {text}") } else { text })
}

fn typed_words(typed: &str, best: &Candidate) -> String {
    let times = match best.passes {
        0 if best.characters < 2 * typed.len() => {
            format!("too few characters came to find {typed} among them")
        }
        0 => format!("{typed} was not found"),
        1 => format!("{typed} came once"),
        passes => format!("{typed} came {passes} times"),
    };
    let (swapped, as_given) = best.swapped;
    if swapped > as_given && best.passes > 0 {
        format!("{times}, its letters in the other case")
    } else {
        times
    }
}

fn statistics_words(statistics: &RateStatistics, typed: Option<&str>) -> String {
    let percent = |share: f64| format!("{:.0} %", share * 100.0);
    let mut words = counted(statistics.octets as u64, "byte", "bytes");
    if statistics.bad > 0 {
        put(&mut words, format_args!(", {} with a bad stop bit", statistics.bad));
    }
    put(
        &mut words,
        format_args!(
            ", {} different; {} printable, {} PETSCII letters, {} 00 or FF, {} above 7F",
            statistics.different,
            percent(statistics.printable),
            percent(statistics.letters),
            percent(statistics.extremes),
            percent(statistics.high)
        ),
    );
    if let Some(typed) = typed.filter(|_| statistics.passes > 0) {
        put(&mut words, format_args!("; {typed} {}", counted(u64::from(statistics.passes), "time", "times")));
    }
    words
}

/// A share in per cent; no share of an uncertain thing is everything or nothing.
fn share(share: f64) -> String {
    match share * 100.0 {
        percent if percent > 99.9 => "over 99.9 %".to_owned(),
        percent if percent < 0.1 => "under 0.1 %".to_owned(),
        percent => format!("{percent:.1} %"),
    }
}

/// Appends to a string, which does not fail.
fn put(words: &mut String, what: std::fmt::Arguments<'_>) {
    let _ = std::fmt::Write::write_fmt(words, what);
}
