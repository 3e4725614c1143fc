//! `petterm probe PORT --loopback`: an adapter tested with its TXD wired to its RXD.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::drive::{End, Machine, drive};
use super::report::counted;
use super::{Port, ProbeArgs};
use crate::cli::exit::{Exit, Problem, one_line, say};
use crate::cli::to_stdout;
use crate::engine::jumper::{Jumper, JumperReport, RateTest, Told};
use crate::engine::{LinkCommand, LinkEvent};
use crate::time::{Span, Stamp, Wake};

/// A measured rate that is this far off, as a share, is told.
const PACE: f64 = 0.05;
/// Deliveries come in lumps of up to this many seconds.
const LUMP: f64 = 0.032;
/// A break that lasts so much longer than asked is not the driver's to hold.
const HELD_TOO_LONG: Span = Span::from_millis(160);
const HELD_TOO_SHORT: Span = Span::from_millis(70);

/// Tests an adapter and reports.
///
/// # Errors
/// If the port cannot be opened or is lost, nothing comes back, or not what was sent.
pub(super) fn run(args: &ProbeArgs, port: &Port) -> anyhow::Result<Exit> {
    let mut testing = Testing { jumper: Jumper::new(), port: port.clone(), asked: false, adapter: None };
    let (end, _) = drive(&mut testing)?;
    let report = testing.jumper.report();
    let told = Tested { target: port.target.to_string(), adapter: testing.adapter.clone(), report };
    if !report.rates.is_empty() {
        to_stdout(|out| Ok(told.write(out, args.json)?))?;
    }
    match end {
        End::Signal(number) => Ok(Exit::Signal(number)),
        End::Trouble(trouble) => Err(Problem::trouble(&trouble, &port.target).into()),
        End::Done => match told.trouble() {
            None => Ok(Exit::Done),
            Some(what) => Err(Problem::new(Exit::Line, format!("{}: {what}", port.target)).into()),
        },
    }
}

struct Testing {
    jumper: Jumper,
    port: Port,
    asked: bool,
    adapter: Option<String>,
}

impl Machine for Testing {
    fn event(&mut self, now: Stamp, event: LinkEvent) {
        if let LinkEvent::Opened(info) = &event {
            say(
                "its TXD must be wired to its RXD, and nothing else to them; this takes about twelve seconds",
            );
            self.adapter.clone_from(&info.adapter);
        }
        self.jumper.event(now, &event);
    }

    fn timeout(&mut self, now: Stamp) {
        self.jumper.timeout(now);
    }

    fn poll(&mut self) -> Option<LinkCommand> {
        if !std::mem::replace(&mut self.asked, true) {
            return Some(LinkCommand::Open(Box::new(self.port.request(300))));
        }
        self.jumper.poll()
    }

    fn wake(&self) -> Wake {
        if self.asked { self.jumper.wake() } else { Wake::Now }
    }

    fn is_done(&self) -> bool {
        self.jumper.is_done()
    }

    fn progress(&self) -> (String, String) {
        (self.jumper.at(), "...".to_owned())
    }
}

struct Tested<'a> {
    target: String,
    adapter: Option<String>,
    report: &'a JumperReport,
}

impl Tested<'_> {
    /// Why the adapter did not pass, and what to do.
    fn trouble(&self) -> Option<String> {
        let report = self.report;
        if report.passes() {
            return None;
        }
        if !report.has_echo() && report.rates.iter().any(|test| test.refused.is_none()) {
            return Some("nothing came back: is pin TXD tied to RXD?".to_owned());
        }
        let wrong: usize =
            report.rates.iter().map(|test| test.lost + test.wrong + test.extra + test.bad).sum();
        Some(if report.noise > 0 {
            format!(
                "what came back is not what was sent ({} at fault), and something was heard before: is anything else \
                 wired to RXD?",
                counted(wrong as u64, "byte", "bytes")
            )
        } else if wrong > 0 {
            format!(
                "what came back is not what was sent ({} at fault): check the jumper, try another USB socket or \
                 adapter",
                counted(wrong as u64, "byte", "bytes")
            )
        } else if report.missed > 0 {
            format!("{} never came back", counted(report.missed as u64, "single byte", "single bytes"))
        } else {
            "the port runs none of the rates".to_owned()
        })
    }

    fn write(&self, out: &mut dyn Write, as_json: bool) -> io::Result<()> {
        if as_json {
            return writeln!(out, "{}", self.json());
        }
        let report = self.report;
        let mut row =
            |name: &str, words: &str| writeln!(out, "{:<13}{}", format!("{name}:"), one_line(words));
        if let Some(adapter) = &self.adapter {
            row("adapter", adapter)?;
        }
        if report.noise > 0 {
            let bytes = counted(report.noise as u64, "byte", "bytes");
            row("before", &format!("{bytes} heard although nothing was sent"))?;
        }
        for test in &report.rates {
            row(&format!("{} baud", test.rate), &rate_words(test))?;
        }
        if report.has_echo() {
            row("delay", &self.delay_words())?;
            row("break", &self.break_words())?;
            row("bad stop", framing_words(report.framing))?;
            row("parity", "not told by a jumper, whose two ends agree; petterm checks parity itself")?;
            row("lines", &self.lines_words())?;
        }
        row("verdict", if report.passes() { "the adapter works" } else { "the adapter or the jumper fails" })
    }

    fn delay_words(&self) -> String {
        let report = self.report;
        let ms = |span: Span| format!("{:.1} ms", span.as_secs_f64() * 1e3);
        match (report.percentile(50), report.percentile(99)) {
            (Some(half), Some(most)) => {
                let advice = if half >= Span::from_millis(8) { "; --low-latency may shorten it" } else { "" };
                format!(
                    "{} for half of {}, {} for 99 of 100, beyond the frame's own time at {} baud{advice}",
                    ms(half),
                    counted(report.delays.1.len() as u64, "byte", "bytes"),
                    ms(most),
                    report.delays.0
                )
            }
            _ => "not measured, no rate is without errors".to_owned(),
        }
    }

    fn break_words(&self) -> String {
        let how = match self.report.breaks {
            Told::Mark => "arrives as a break",
            Told::Byte => "arrives as a byte 00: this driver tells of no breaks",
            Told::Nothing => {
                return "none arrives: a pseudo-terminal, or a driver that sends none".to_owned();
            }
            Told::Unknown => return "not told".to_owned(),
        };
        let held = match self.report.held {
            Some(held) if held > HELD_TOO_LONG => {
                format!(
                    "; asked for 100 ms it took {} ms: simulated by the chip, it cannot hold a line",
                    held.as_millis()
                )
            }
            Some(held) if held < HELD_TOO_SHORT => {
                format!("; asked for 100 ms it took {} ms: it does not hold", held.as_millis())
            }
            Some(held) => format!("; held for {} ms of 100", held.as_millis()),
            None => String::new(),
        };
        format!("{how}{held}")
    }

    fn lines_words(&self) -> String {
        let lines = &self.report.lines;
        if !lines.known {
            return "this port tells of no modem lines".to_owned();
        }
        let follows = |name: &str, inputs: &[&str]| match inputs {
            [] => format!("nothing follows {name}"),
            [one] => format!("{one} follows {name}"),
            more => format!("{} follow {name}", more.join(" and ")),
        };
        format!(
            "{}, {} (only where these are wired together too)",
            follows("RTS", &lines.rts),
            follows("DTR", &lines.dtr)
        )
    }

    fn json(&self) -> Value {
        let report = self.report;
        let ms = |span: Option<Span>| span.map(|span| (span.as_secs_f64() * 1e5).round() / 100.0);
        let rates: Vec<Value> = report.rates.iter().map(rate_json).collect();
        json!({
            "target": self.target,
            "adapter": self.adapter,
            "passes": report.passes(),
            "doubt": self.trouble(),
            "noise": report.noise,
            "rates": rates,
            "delay_ms": { "baud": report.delays.0, "p50": ms(report.percentile(50)), "p99": ms(report.percentile(99)),
                          "bytes": report.delays.1.len(), "missed": report.missed },
            "break": told_name(report.breaks),
            "break_held_ms": ms(report.held),
            "bad_stop_bit": told_name(report.framing),
            "lines": report.lines.known.then(|| json!({
                "follow_rts": report.lines.rts, "follow_dtr": report.lines.dtr,
            })),
        })
    }
}

fn rate_words(test: &RateTest) -> String {
    if let Some(refused) = &test.refused {
        return format!("not run: {refused}");
    }
    let mut words = format!("{} of {} bytes came back", test.heard.min(test.sent), test.sent);
    if test.is_right() {
        words.push_str(", all right");
    }
    for (number, what) in
        [(test.lost, "lost"), (test.wrong, "wrong"), (test.extra, "too many"), (test.bad, "called bad")]
    {
        if number > 0 {
            put(&mut words, format_args!(", {number} {what}"));
        }
    }
    if let Some((sent, heard)) = test.first_wrong {
        put(&mut words, format_args!(" (the first: {sent:02X} came as {heard:02X})"));
    }
    match pace(test) {
        Pace::Right(measured, off) => put(&mut words, format_args!("; {measured:.1} bytes/s ({off:+.1} %)")),
        Pace::Off(measured, off) => put(
            &mut words,
            format_args!("; {measured:.1} bytes/s ({off:+.1} %): pauses between bytes, or another rate"),
        ),
        Pace::Unpaced => words.push_str("; far too quick for a line, so its rate is not told"),
        Pace::Unknown => {}
    }
    words
}

enum Pace {
    /// Bytes a second, and how many per cent they are off.
    Right(f64, f64),
    Off(f64, f64),
    /// Nothing paces this port.
    Unpaced,
    Unknown,
}

fn pace(test: &RateTest) -> Pace {
    let Some((measured, nominal)) = test.bytes_a_second() else {
        return if test.heard > 8 { Pace::Unpaced } else { Pace::Unknown };
    };
    let off = measured / nominal - 1.0;
    let seconds = test.heard as f64 / nominal;
    if off > 1.0 {
        Pace::Unpaced
    } else if off.abs() <= PACE + LUMP / seconds {
        Pace::Right(measured, off * 100.0)
    } else {
        Pace::Off(measured, off * 100.0)
    }
}

fn rate_json(test: &RateTest) -> Value {
    let (measured, paced) = match pace(test) {
        Pace::Right(measured, _) => (Some(measured), Some(true)),
        Pace::Off(measured, _) => (Some(measured), Some(false)),
        Pace::Unpaced | Pace::Unknown => (None, None),
    };
    json!({
        "baud": test.rate,
        "refused": test.refused,
        "sent": test.sent,
        "heard": test.heard,
        "lost": test.lost,
        "wrong": test.wrong,
        "extra": test.extra,
        "bad": test.bad,
        "bytes_per_second": measured.map(|measured| (measured * 10.0).round() / 10.0),
        "pace_right": paced,
    })
}

const fn framing_words(framing: Told) -> &'static str {
    match framing {
        Told::Mark => "the driver tells of it",
        Told::Byte => {
            "arrives as a plain byte: this driver tells of none (the probe then goes by bytes alone)"
        }
        Told::Nothing | Told::Unknown => {
            "not told: it is made of two short breaks, which this port did not send so"
        }
    }
}

const fn told_name(told: Told) -> Option<&'static str> {
    match told {
        Told::Mark => Some("mark"),
        Told::Byte => Some("byte"),
        Told::Nothing => Some("nothing"),
        Told::Unknown => None,
    }
}

/// Appends to a string, which does not fail.
fn put(words: &mut String, what: std::fmt::Arguments<'_>) {
    let _ = std::fmt::Write::write_fmt(words, what);
}
