//! What is told of a line: for people, and as JSON.
//!
//! ```text
//! best fit:    300 baud, 8N1, idle low, bit 7 always set   score 0.97   214 characters, no errors
//! next:        300 baud, 7N1, idle low                     score 0.71
//! also fits:   300-7N2-inv, 300-7M1-inv
//! measured:    299.80 baud (-0.07 % of 300)
//! try:         petterm PORT --profile mcterm  (= --line 300-8N1-inv --strip7)
//! ```
//!
//! Causes are named where a program is known for them. Facts: `docs/probe.md`.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::cli::exit::one_line;
use crate::line::detect::{Doubt, Fit, Sign, Verdict};
use crate::line::{Level, LineFormat, Polarity};

/// A verdict on a line, and where the line was.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Report {
    /// File or link.
    pub(in crate::cli) target: String,
    /// Which line of a recording, where it has several.
    pub(in crate::cli) channel: Option<String>,
    /// The target is a file.
    pub(in crate::cli) is_recording: bool,
    /// What was found.
    pub(in crate::cli) verdict: Verdict,
}

/// Writes reports, as text or as an object a line. In a text, channels of a recording that never change and
/// are not asked for alone are told together.
///
/// # Errors
/// As the output.
pub(in crate::cli) fn write(out: &mut dyn Write, reports: &[Report], as_json: bool) -> io::Result<()> {
    if as_json {
        return reports.iter().try_for_each(|report| writeln!(out, "{}", report.json()));
    }
    let is_still = |report: &&Report| {
        reports.len() > 1 && matches!(report.verdict.doubt, Some(Doubt::Still(_) | Doubt::Nothing))
    };
    for (i, report) in reports.iter().filter(|report| !is_still(report)).enumerate() {
        if i > 0 {
            writeln!(out)?;
        }
        if let Some(channel) = &report.channel {
            row(out, "channel", channel)?;
        }
        report.text(out)?;
    }
    for doubt in [Doubt::Still(Level::High), Doubt::Still(Level::Low), Doubt::Nothing] {
        let of = |report: &&Report| report.verdict.doubt == Some(doubt);
        let names: Vec<&str> = reports
            .iter()
            .filter(is_still)
            .filter(of)
            .filter_map(|report| report.channel.as_deref())
            .collect();
        if !names.is_empty() {
            let level = match doubt {
                Doubt::Still(level) => level_name(level),
                _ => "unknown",
            };
            row(out, &format!("{level} always"), &names.join(", "))?;
        }
    }
    Ok(())
}

fn row(out: &mut dyn Write, name: &str, words: &str) -> io::Result<()> {
    writeln!(out, "{:<12} {}", format!("{name}:"), one_line(words))
}

/// A verdict in one line, for stderr: best, next, and what else.
pub(in crate::cli) fn brief(verdict: &Verdict) -> String {
    use std::fmt::Write as _;
    let Some(best) = &verdict.best else { return String::new() };
    let mut words = format!("{}, {}, score {:.2}", best.line, measured(best), best.score);
    if let Some(next) = &verdict.runner_up {
        let _ = write!(words, "; next {} {:.2}", next.line, next.score);
    }
    if !verdict.also.is_empty() {
        let _ = write!(words, "; also fits {}", lines(&verdict.also));
    }
    if verdict.signs.contains(&Sign::BeginsInside) {
        words.push_str("; it begins inside a character");
    }
    words
}

/// Why a verdict is in doubt, and what to do.
pub(in crate::cli) fn doubt(verdict: &Verdict) -> Option<String> {
    use std::fmt::Write as _;
    let doubt = verdict.doubt?;
    let mut words = format!("not enough evidence: {doubt}");
    // Where nearly any rate fits, an odd one is no help.
    let is_vague = matches!(
        doubt,
        Doubt::OneCharacter
            | Doubt::SameCharacter
            | Doubt::FewLengths(_)
            | Doubt::FewSamples(_)
            | Doubt::Slow
    );
    let is_told = |best: &Fit| best.characters > 0 && (best.standard.is_some() || !is_vague);
    if let Some(best) = verdict.best.filter(is_told) {
        let _ = write!(words, "; {} would fit (score {:.2})", best.line, best.score);
    }
    words.push_str(match doubt {
        Doubt::Nothing | Doubt::Still(Level::High) => "; type something at the far end",
        Doubt::Still(Level::Low) => {
            "; the far end is off, holds a break, or idles low and is silent: start its program and type"
        }
        Doubt::OneCharacter | Doubt::SameCharacter | Doubt::FewCharacters(_) | Doubt::FewLengths(_) => {
            "; a line of different characters tells more"
        }
        Doubt::FewSamples(_) => "; record it at ten times its rate or more",
        Doubt::Slow => "; are the times of the recording in the right unit?",
        Doubt::NoFit => "; is it a serial line, sampled often enough?",
    });
    Some(words)
}

impl Report {
    fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        let verdict = &self.verdict;
        if let Some(words) = doubt(verdict) {
            row(out, "doubt", &words)?;
        }
        if let Some(best) = &verdict.best {
            let name = if verdict.doubt.is_some() { "would fit" } else { "best fit" };
            let shown = [Some(best), verdict.runner_up.as_ref()];
            let width = shown.iter().flatten().map(|fit| self.fit_words(fit).len()).max().unwrap_or(0);
            let words =
                format!("{:<width$}   score {:.2}   {}", self.fit_words(best), best.score, errors(best));
            row(out, name, &words)?;
            if let Some(next) = &verdict.runner_up {
                row(out, "next", &format!("{:<width$}   score {:.2}", self.fit_words(next), next.score))?;
            }
            if !verdict.also.is_empty() {
                row(out, "also fits", &lines(&verdict.also))?;
            }
            row(out, "measured", &measured(best))?;
        }
        for sign in &verdict.signs {
            row(out, "seen", &sign_words(*sign))?;
        }
        for command in self.commands() {
            row(out, "try", &command)?;
        }
        Ok(())
    }

    fn fit_words(&self, fit: &Fit) -> String {
        let is_best = self.verdict.best.is_some_and(|best| best == *fit);
        let bit7 =
            if is_best && self.verdict.signs.contains(&Sign::Bit7Set) { ", bit 7 always set" } else { "" };
        format!("{} baud, {}, {}{bit7}", fit.line.baud, frame(&fit.line), fit.line.rx.name())
    }

    /// Commands that use what was found.
    fn commands(&self) -> Vec<String> {
        let verdict = &self.verdict;
        let Some(best) = verdict.best.filter(|_| verdict.doubt.is_none()) else { return Vec::new() };
        let mut commands = Vec::new();
        let target = if self.is_recording {
            let channel = self.channel.as_ref().map(|name| format!(" --channel {}", quoted(name)));
            commands.push(format!(
                "petterm decode {}{} --line {}",
                quoted(&self.target),
                channel.unwrap_or_default(),
                best.line
            ));
            "PORT".to_owned()
        } else {
            quoted(&self.target)
        };
        let bit7 = verdict.signs.contains(&Sign::Bit7Set);
        let strip = if bit7 { " --strip7" } else { "" };
        let meant = format!("--line {}{strip}", best.line);
        let is_300 = best.line.baud == 300 && frame(&best.line) == "8N1";
        let profile = match (is_300, best.line.rx, bit7) {
            (true, Polarity::IdleLow, true) => Some("mcterm"),
            (true, Polarity::IdleHigh, true) => Some("mcterm-36"),
            (true, Polarity::IdleLow, false) if !verdict.signs.contains(&Sign::Bit7Mixed) => {
                Some("transactor")
            }
            _ => None,
        };
        commands.push(match profile {
            Some(profile) => format!("petterm {target} --profile {profile}  (= {meant})"),
            None => format!("petterm {target} {meant}"),
        });
        commands
    }

    /// As JSON.
    fn json(&self) -> Value {
        let verdict = &self.verdict;
        let names = |lines: &[LineFormat]| lines.iter().map(LineFormat::to_string).collect::<Vec<_>>();
        json!({
            "target": self.target,
            "channel": self.channel,
            "edges": verdict.edges,
            "doubt": verdict.doubt.map(|doubt| doubt.to_string()),
            "idle": verdict.idle.map(level_name),
            "best": verdict.best.as_ref().map(fit_json),
            "next": verdict.runner_up.as_ref().map(fit_json),
            "also": names(&verdict.also),
            "bit7_always_set": verdict.signs.contains(&Sign::Bit7Set),
            "seen": verdict.signs.iter().map(|sign| sign_words(*sign)).collect::<Vec<_>>(),
            "try": self.commands(),
        })
    }
}

fn fit_json(fit: &Fit) -> Value {
    json!({
        "line": fit.line.to_string(),
        "baud_measured": (fit.raw_baud * 100.0).round() / 100.0,
        "baud_standard": fit.standard,
        "polarity": fit.line.rx.name(),
        "score": (fit.score * 1000.0).round() / 1000.0,
        "characters": fit.characters,
        "framing_errors": fit.framing_errors,
        "parity_errors": fit.parity_errors,
        "breaks": fit.breaks,
    })
}

/// `8N1`, as in a line's name.
fn frame(line: &LineFormat) -> String {
    let upright = LineFormat { tx: Polarity::IdleHigh, rx: Polarity::IdleHigh, ..*line };
    let name = upright.to_string();
    name.split_once('-').map_or(name.clone(), |(_, frame)| frame.to_owned())
}

fn lines(lines: &[LineFormat]) -> String {
    lines.iter().map(LineFormat::to_string).collect::<Vec<_>>().join(", ")
}

fn measured(fit: &Fit) -> String {
    let decimals = if fit.raw_baud < 1000.0 { 2 } else { 1 };
    let rate = format!("{:.decimals$} baud", fit.raw_baud);
    match fit.standard {
        Some(standard) => {
            // Zero is added lest it be negative.
            let off = (fit.raw_baud / standard * 10_000.0 - 10_000.0).round() / 100.0 + 0.0;
            format!("{rate} ({off:+.2} % of {standard})")
        }
        None => format!("{rate}, no standard rate"),
    }
}

fn errors(fit: &Fit) -> String {
    let mut parts = vec![counted(fit.characters, "character", "characters")];
    let mut count = |number: u64, one: &str, many: &str| {
        if number > 0 {
            parts.push(counted(number, one, many));
        }
    };
    count(fit.framing_errors, "framing error", "framing errors");
    count(fit.parity_errors, "parity error", "parity errors");
    if parts.len() == 1 {
        parts.push("no errors".to_owned());
    }
    parts.join(", ")
}

pub(super) fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

pub(super) fn sign_words(sign: Sign) -> String {
    match sign {
        Sign::IdleLow => {
            "it idles low, as McTerm and Transactor's Terminal do: McTerm's line 1070 with sysa+36 \
                          turns it, else one inverter in each data line"
                .to_owned()
        }
        Sign::Bit7Set => {
            "bit 7 is always set: 7 data bits and mark parity, as McTerm sends; --strip7 clears it".to_owned()
        }
        Sign::Bit7Mixed => "bit 7 is set in some characters: 8-bit data, or PETSCII's capitals".to_owned(),
        Sign::Breaks(number) => format!("{}, the line held at space", counted(number, "break", "breaks")),
        Sign::Glitches(number) => {
            format!("{} much shorter than a bit, not counted", counted(number, "pulse", "pulses"))
        }
        Sign::Tones(number) => {
            format!("{} of equal pulses left out: a PET's chime?", counted(number, "train", "trains"))
        }
        Sign::BeginsInside => "it begins inside a character".to_owned(),
    }
}

const fn level_name(level: Level) -> &'static str {
    match level {
        Level::Low => "low",
        Level::High => "high",
    }
}

/// A word for a shell.
pub(super) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=+,@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}
