//! `petterm probe`: what is on a wire, and the command to use.
//!
//! A serial port is listened to at one rate after another; where the edges of a line are seen (`demo:`, `play:`)
//! they are surveyed, as those of recordings. With `--loopback` an adapter is tested with its TXD wired to its RXD.
//! A recording is surveyed channel by channel, each to a bounded number of edges. What was found goes to stdout
//! as text or, with `--json`, as one object a line for each channel; where no channel has said enough the exit
//! code is 5. How it is decided: `docs/probe.md`.

mod drive;
mod heard;
mod live;
mod loopback;
pub(super) mod recorded;
pub(super) mod report;

use std::path::{Path, PathBuf};

use super::exit::{Exit, Problem};
use super::plan::Setup;
use super::recording::{RecordingArgs, explain};
use super::to_stdout;
use super::values::Switch;
use crate::engine::Target;
use crate::time::Span;
use report::Report;

/// What owners can find out in a minute.
const TESTS: &str = "\
A port is listened to at 300, 1200, 600 and 2400 baud in turn until it is clear
what is there, for at most 60 seconds or what --timeout says. Have the program
on the PET running and press keys: at READY the line rests high, whatever the
program does later.

Before a PET is blamed, wire the adapter's TXD to its RXD: petterm probe PORT --loopback

One-minute tests, with the program running:
A  Measure the PET's TX pin against ground while the program waits:
   about 0 V is idle low, 4 to 5 V is idle high.
B  Type 0 1 2 SPACE RETURN a A and look at the bytes (petterm PORT, prefix, x):
   B0 B1 B2 A0 8D E1 C1 is ASCII with bit 7 set (mark parity),
   30 31 32 20 0D 41 C1 is PETSCII,
   30 31 32 20 0D 61 41 is ASCII with bit 7 clear.
C  Send 41, then C1: the same letter twice means that the program masks bit 7.
D  Lift pin F while text arrives: if it stops at once, F is carrier detect;
   if it turns to garbage, F is receive data.
E  Type with the far end silent: letters that appear are the program's own echo.

McTerm needs no inverter: with sysa+36 in place of sysa in its line 1070 it idles high.

Exit codes: 0 found, 5 not enough evidence or a line in trouble, 7 nothing heard.";

/// `petterm probe`.
#[derive(clap::Args, Clone, Debug, PartialEq)]
#[command(after_help = "--help tells the owner's one-minute tests.", after_long_help = TESTS)]
pub struct ProbeArgs {
    /// A port, a recording of the line, demo: or play:FILE
    #[arg(value_name = "TARGET|FILE")]
    pub target: PathBuf,
    /// What you type on the PET again and again, such as HELLO
    #[arg(long, value_name = "TEXT", value_parser = typed)]
    pub typed: Option<String>,
    /// Test the adapter, its TXD wired to its RXD: rates, bytes, break, error marks, delay
    #[arg(long, conflicts_with = "typed")]
    pub loopback: bool,
    /// How a recording is read.
    #[command(flatten)]
    pub recording: RecordingArgs,
    /// As JSON; of a recording an object a line for each channel
    #[arg(long)]
    pub json: bool,
}

/// Channels of one recording that are looked at.
const MOST_CHANNELS: usize = 64;

/// A text that somebody types: it must tell something.
fn typed(text: &str) -> Result<String, String> {
    if text.len() <= 40 && !text.is_empty() && text.bytes().all(|byte| matches!(byte, 0x20..=0x7E)) {
        Ok(text.to_owned())
    } else {
        Err("1 to 40 letters, digits and signs of ASCII are expected, such as HELLO".to_owned())
    }
}

/// A live line, and how it is opened.
#[derive(Clone, Debug)]
struct Port {
    target: Target,
    /// Take it for us alone.
    lock: bool,
    low_latency: bool,
    /// How long to listen.
    patience: Span,
}

/// Probes and reports.
///
/// # Errors
/// If there is nothing to probe, it cannot be read or opened, or it has not said enough.
pub(super) fn run(args: &ProbeArgs, setup: &Setup) -> anyhow::Result<Exit> {
    let path = &args.target;
    if is_recording(path) {
        for (given, option) in [(args.typed.is_some(), "--typed"), (args.loopback, "--loopback")] {
            if given {
                let what = format!("{option} is for live ports; {} is a recording", path.display());
                return Err(Problem::usage(what).into());
            }
        }
        return recording(path, args);
    }
    let target = match path.to_str() {
        Some(word) => Target::parse(word, Path::exists)?,
        None => Target::Serial(path.clone()),
    };
    for (given, option) in
        [(args.recording.channel.is_some(), "--channel"), (args.recording.rate.is_some(), "--rate")]
    {
        if given {
            let what = format!("{option} is for recordings; {target} is a live line");
            return Err(Problem::usage(what).into());
        }
    }
    let settings = setup.layers(None)?.merged();
    let port = Port {
        lock: settings.no_lock != Some(Switch(true)),
        low_latency: settings.low_latency == Some(Switch(true)),
        patience: settings.timeout.map_or(drive::PATIENCE, |timeout| timeout.0),
        target,
    };
    match (&port.target, args.loopback) {
        (Target::Serial(_) | Target::Loop, true) => loopback::run(args, &port),
        (_, true) => {
            Err(Problem::usage(format!("--loopback tests a serial port (or loop:); {} is none", port.target))
                .into())
        }
        (Target::Serial(_), false) => live::port(args, &port),
        (Target::Loop, false) => Err(Problem::usage(
            "loop: is silent unless somebody sends; add --loopback to test it as an adapter",
        )
        .into()),
        (Target::Demo | Target::Play { .. }, false) if args.typed.is_some() => Err(Problem::usage(format!(
            "--typed is for serial ports; on {} the line itself is seen",
            port.target
        ))
        .into()),
        (Target::Demo | Target::Play { .. }, false) => live::edges(args, &port),
        _ => Err(Problem::usage(format!(
            "{} has no line to probe; give a serial port, a recording, demo: or play:FILE",
            port.target
        ))
        .into()),
    }
}

/// A file, or a name that only a recording has.
fn is_recording(path: &Path) -> bool {
    const EXTENSIONS: [&str; 6] = ["sr", "vcd", "csv", "bin", "wav", "raw"];
    let extension = path.extension().and_then(|extension| extension.to_str());
    path.is_file()
        || extension.is_some_and(|extension| EXTENSIONS.contains(&extension))
            && path.to_str().is_none_or(|word| !word.starts_with("play:"))
}

fn recording(path: &Path, args: &ProbeArgs) -> anyhow::Result<Exit> {
    let reports = of_recording(path, &args.recording)?;
    to_stdout(|out| {
        report::write(out, &reports, args.json)?;
        Ok(())
    })?;
    if reports.iter().any(|report| report.verdict.doubt.is_none()) {
        return Ok(Exit::Done);
    }
    let which = if reports.len() > 1 { " on any channel" } else { "" };
    let what = format!("{}: not enough evidence{which}; the report says why", path.display());
    Err(Problem::new(Exit::Line, what).into())
}

/// A report for each channel of a recording, or for the one that is asked for.
fn of_recording(path: &Path, args: &RecordingArgs) -> Result<Vec<Report>, Problem> {
    let recording = args.open(path)?;
    let names: Vec<String> = recording.channels().into_iter().map(str::to_owned).collect();
    let wanted = match &args.channel {
        Some(name) => vec![name.clone()],
        None if names.len() > MOST_CHANNELS => {
            let what = format!("{} has {} channels; say which --channel", path.display(), names.len());
            return Err(Problem::usage(what));
        }
        None => names.clone(),
    };
    if wanted.is_empty() {
        // The recording says itself what is missing.
        recording.channel(None).map_err(|error| explain(path, &error))?;
    }
    wanted
        .into_iter()
        .map(|name| {
            let recording = args.reopen(path)?;
            let index = recording.channel(Some(&name)).map_err(|error| explain(path, &error))?;
            let surveyed = recorded::survey(recording, index);
            let verdict = surveyed.verdict(path)?;
            let channel = (names.len() > 1).then_some(name);
            Ok(Report { target: path.display().to_string(), channel, is_recording: true, verdict })
        })
        .collect()
}
