//! `petterm decode`: a recorded line as characters.
//!
//! Frames are written as they are found, so a recording's length costs no memory. What was found before a
//! damaged place is written, then the place is told and the exit code is 5. Results go to stdout or to a new
//! file; counts and advice go to stderr. Facts: `docs/waveforms.md`.

mod later;

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::ops::ControlFlow;
use std::path::Path;

use super::args::DecodeArgs;
use super::exit::{Exit, Problem, say};
use super::input;
use super::probe::{recorded, report};
use super::recording::explain;
use crate::line::uart::{Decoder, Frame, GivenUp, Policy};
use crate::line::{Bit, Edge, LineFormat, Polarity};
use crate::time::{Stamp, Wake};
use crate::wave::{Event, Recording, Timebase};
use later::Later;

/// How a receiver listens to a recorded line.
#[derive(clap::Args, Clone, Debug, PartialEq)]
pub struct ReceiverArgs {
    /// Pulses shorter than this share of a bit start no character
    #[arg(long, value_name = "SHARE", default_value_t = 0.125, value_parser = share)]
    pub glitch: f64,
    /// After a framing error, take the bad stop bit for the next start bit, as a 16550 does
    #[arg(long)]
    pub resync: bool,
    /// Say on stderr at which rate the line really runs and how sure the worst character is
    #[arg(long)]
    pub report: bool,
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(share) if (0.02..=0.5).contains(&share) => Ok(share),
        _ => Err("a share of a bit is a number from 0.02 to 0.5".to_owned()),
    }
}

impl ReceiverArgs {
    fn set(&self, decoder: Decoder) -> Decoder {
        let policy = if self.resync { Policy::Resync } else { Policy::WaitForMark };
        decoder.with_glitch(self.glitch).with_policy(policy)
    }
}

/// Decodes a channel and writes what it says.
///
/// # Errors
/// If the file cannot be read or is damaged, does not tell its line format, or the output cannot be written.
pub(super) fn run(args: &DecodeArgs, line: Option<LineFormat>) -> Result<(), Problem> {
    let (mut recording, channel) = args.recording.open_channel(&args.file)?;
    let line = if let Some(line) = line {
        line
    } else {
        let again = args.recording.reopen(&args.file)?;
        find_out(&args.file, std::mem::replace(&mut recording, again), channel)?
    };
    let base = recording.timebase();
    let most_vain = if recording.is_archive() { MOST_VAIN } else { u64::MAX };
    let mut sink = Sink::new(args, &line)?;
    let mut receiver = Receiver::new(line, base, &args.receiver);
    receiver.most_vain = most_vain;
    let read = recording.read(channel, &mut |event| receiver.take(event, &mut sink));
    sink.finish()?;
    let summary = read.map_err(|error| explain(&args.file, &error))?;
    if receiver.far {
        let what = "a time is over 584 years from the start";
        return Err(Problem::new(Exit::Line, format!("{}: {what}", args.file.display())));
    }
    if receiver.hopeless {
        let file = args.file.display();
        let what = "most of what it tells is no character; is the line at another rate, or inverted?";
        return Err(Problem::new(Exit::Line, format!("{file}: {what} 'petterm probe {file}' tells")));
    }
    if let Some(words) = sink.counts.words(&receiver, summary.unknown) {
        say(&format!("{}: {words}", args.file.display()));
    }
    Ok(())
}

/// The line format that a survey of the channel's beginning finds; it is told on stderr.
fn find_out(file: &Path, recording: Recording<File>, channel: usize) -> Result<LineFormat, Problem> {
    let verdict = recorded::survey(recording, channel).verdict(file)?;
    let named = |words: String| format!("{}: {words}", file.display());
    match (report::doubt(&verdict), verdict.best) {
        (None, Some(best)) => {
            say(&named(report::brief(&verdict)));
            Ok(best.measured_line())
        }
        (doubt, _) => {
            let words = doubt.unwrap_or_default();
            Err(Problem::new(Exit::Line, named(format!("{words}; --line BAUD-8N1 decodes it as you say"))))
        }
    }
}

/// An archive can hold hours of what takes long to look at and is no character. So many looks in vain are
/// enough, if they are more than the characters that were found.
const MOST_VAIN: u64 = 1 << 15;

/// From events in ticks to frames.
struct Receiver {
    line: LineFormat,
    base: Timebase,
    /// Whole nanoseconds of a tick, if it has them.
    tick: Option<u64>,
    /// The tick that is the decoder's zero: the recording's own, or its begin if that is earlier.
    origin: Option<i64>,
    args: ReceiverArgs,
    decoder: Decoder,
    /// The sender's rate by its edges, in baud.
    measured: Option<f64>,
    /// The line is at mark.
    rests: bool,
    since: Stamp,
    /// The last edge.
    changed: Stamp,
    /// Nanoseconds at mark and at space.
    mark: Time,
    space: Time,
    /// Frames that the end of a segment cut.
    cut: u64,
    /// The segment began at space.
    at_space: bool,
    /// Segments that begin inside a character or a break.
    inside: u64,
    /// Stretches of edges that fit no frame, and the longest of them.
    given_up: GivenUp,
    /// What the line may be after it went wrong.
    later: Later,
    /// A time did not fit.
    far: bool,
    most_vain: u64,
    /// Too much was looked at in vain.
    hopeless: bool,
}

impl Receiver {
    fn new(line: LineFormat, base: Timebase, args: &ReceiverArgs) -> Receiver {
        Receiver {
            line,
            base,
            tick: base.whole_nanos(),
            origin: None,
            args: args.clone(),
            decoder: args.set(Decoder::new(&line)),
            measured: None,
            rests: true,
            since: Stamp::ZERO,
            changed: Stamp::ZERO,
            mark: Time::default(),
            space: Time::default(),
            cut: 0,
            at_space: false,
            inside: 0,
            given_up: GivenUp::default(),
            later: Later::new(),
            far: false,
            most_vain: u64::MAX,
            hopeless: false,
        }
    }

    fn take(&mut self, event: Event, sink: &mut Sink) -> ControlFlow<()> {
        let (Event::Start { at, .. } | Event::Edge { at, .. } | Event::End { at }) = event;
        let origin = *self.origin.get_or_insert(at.min(0));
        // Every edge comes by here, and a division for each is what this costs most.
        let nanos = self.tick.and_then(|tick| u64::try_from(at.checked_sub(origin)?).ok()?.checked_mul(tick));
        let Some(stamp) = nanos.map(Stamp).or_else(|| self.base.stamp(origin, at)) else {
            self.far = true;
            return ControlFlow::Break(());
        };
        if !matches!(event, Event::Start { .. }) {
            let passed = stamp.since(self.since).0;
            let time = if self.rests { &mut self.mark } else { &mut self.space };
            time.all = time.all.saturating_add(passed);
            time.longest = time.longest.max(passed);
        }
        self.since = stamp;
        if let Event::Start { level: Some(level), .. } | Event::Edge { level, .. } = event {
            self.rests = self.line.rx.bit(level) == Bit::Mark;
        }
        self.later.take(event, stamp);
        match event {
            Event::Start { level: Some(level), .. } => {
                self.at_space = !self.rests;
                self.decoder = self.args.set(Decoder::listening(&self.line, stamp, level));
            }
            Event::Start { level: None, .. } => self.decoder = self.args.set(Decoder::new(&self.line)),
            Event::Edge { level, .. } => {
                self.changed = stamp;
                self.decoder.push(Edge { at: stamp, level });
            }
            Event::End { .. } => {
                self.decoder.advance(stamp);
                self.decoder.close();
                self.complete(stamp);
                self.measured = self.decoder.measured_baud().or(self.measured);
                self.inside += u64::from(self.decoder.began_inside() || self.at_space);
                self.given_up.join(self.decoder.given_up());
                self.at_space = false;
            }
        }
        while let Some(frame) = self.decoder.poll() {
            // A tick before the recording's zero is a time below it.
            let zero = self.base.stamp(origin, 0).unwrap_or_default();
            self.later.frame(&frame);
            sink.frame(&frame, zero)?;
        }
        let vain = self.decoder.looked_in_vain();
        self.later.gave_up(vain, stamp);
        if vain > self.most_vain && vain > sink.counts.frames - sink.counts.guesses {
            self.hopeless = true;
            return ControlFlow::Break(());
        }
        if matches!(event, Event::End { .. })
            && (self.decoder.begun().is_some() || self.decoder.held_since().is_some())
        {
            self.cut += 1;
        }
        ControlFlow::Continue(())
    }
}

impl Receiver {
    /// A moment as seconds from the recording's own zero.
    fn time(&self, at: Stamp) -> String {
        let zero = self.base.stamp(self.origin.unwrap_or(0), 0).unwrap_or_default();
        let nanos = i128::from(at.0) - i128::from(zero.0);
        format!("{:.6} s", nanos as f64 / 1e9)
    }

    /// A recording may end in the second half of the last stop bit, as one does that ends with the
    /// instrument's memory: the frame is whole nevertheless, if the line rests. A list of changes ends with the
    /// last one; where that comes behind the data bits, nothing of them is missing.
    fn complete(&mut self, end: Stamp) {
        let halves = u64::from(self.line.half_bits()) - 1;
        let behind_data = 2 * (1 + u64::from(self.line.data_bits));
        let is_change = self.changed == end;
        let early = self.line.span(1);
        // Twice for a frame that the decoder must look at for longer.
        for _ in 0..2 {
            let seen = |start| {
                let last = self.line.edge_at(start, behind_data);
                self.line.edge_at(start, halves) <= end || is_change && last <= end + early
            };
            let (true, Some(true), Wake::At(at)) =
                (self.rests, self.decoder.begun().map(seen), self.decoder.wake())
            else {
                return;
            };
            self.decoder.advance(at);
        }
    }
}

/// How long a line was at a level, in nanoseconds: in all, and at a stretch.
#[derive(Clone, Copy, Default)]
struct Time {
    all: u64,
    longest: u64,
}

/// What was found.
#[derive(Default)]
struct Counts {
    frames: u64,
    parity: u64,
    framing: u64,
    breaks: u64,
    /// Frames whose margin is below [`GUESS`].
    guesses: u64,
    /// The least margin of all frames, if there are any.
    worst: Option<f32>,
}

/// A margin below this is a guess.
const GUESS: f32 = 0.2;
/// A sender that is off by this share is told of.
const OFF: f64 = 0.025;

impl Counts {
    /// What the user should know, `None` if everything was well.
    fn words(&self, receiver: &Receiver, unknown: u64) -> Option<String> {
        let mut parts = Vec::new();
        let mut count = |number: u64, one: &str, many: &str| {
            if number > 0 {
                parts.push(format!("{number} {}", if number == 1 { one } else { many }));
            }
        };
        count(self.parity, "parity error", "parity errors");
        count(self.framing, "framing error", "framing errors");
        count(self.breaks, "break", "breaks");
        count(receiver.cut, "frame or break cut by the end", "frames or breaks cut by an end");
        count(unknown, "unknown level", "unknown levels");
        count(self.guesses, "uncertain character", "uncertain characters");
        count(
            receiver.given_up.stretches,
            "stretch of edges that fit no frame",
            "stretches of edges that fit no frame",
        );
        count(receiver.inside, "beginning inside a character or a break", "beginnings inside one");
        if self.frames == 0 {
            parts.insert(0, "no frame".to_owned());
        }
        let asked = f64::from(receiver.line.baud);
        let off = receiver.measured.map_or(0.0, |measured| measured / asked - 1.0);
        if parts.is_empty() && off.abs() < OFF && !receiver.args.report {
            return None;
        }
        let mut words = match parts.join(", ") {
            parts if parts.is_empty() => plural(self.frames),
            parts if self.frames == 0 => parts,
            parts => format!("{parts} in {}", plural(self.frames)),
        };
        if let (Some(measured), Some(worst)) = (receiver.measured, self.worst) {
            let percent = off * 100.0;
            let _ = write!(words, "; measured {measured:.0} baud ({percent:+.1} %), worst margin {worst:.2}");
        }
        if let Some((from, to)) = receiver.given_up.longest {
            let which = if receiver.given_up.stretches == 1 { "it is" } else { "the longest is" };
            let _ = write!(words, "; {which} from {} to {}", receiver.time(from), receiver.time(to));
        }
        if let Some((from, fit)) = receiver.later.other_line(&receiver.line) {
            let (line, score) = (fit.measured_line(), fit.score);
            let from = receiver.time(from);
            let _ = write!(words, "; from about {from} on it looks like {line} (score {score:.2})");
            return Some(words);
        }
        // An end that cuts a character is no sign by itself, unless nothing else was heard.
        let doubtful = self.framing + self.breaks > 0 || self.frames == 0 && receiver.cut > 0;
        let (mark, space) = (receiver.mark, receiver.space);
        // At a wrong rate there are long spaces as well, and longer rests.
        if space.all > mark.all && space.longest > mark.longest && doubtful {
            let cure = match receiver.line.rx {
                Polarity::IdleHigh => "Add -inv to --line",
                Polarity::IdleLow => "Take -inv out of --line",
            };
            let _ = write!(words, "; the line is at space most of the time, is it inverted? {cure}");
        } else if (self.framing + self.breaks) * 2 > self.frames && self.framing > 0 {
            words.push_str("; is the line at another rate, or inverted (-inv)?");
        }
        Some(words)
    }
}

fn plural(frames: u64) -> String {
    if frames == 1 { "1 frame".to_owned() } else { format!("{frames} frames") }
}

/// How a frame is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    Json,
    Hex,
    Data,
    /// Data for a terminal, which must not obey them.
    Shown,
}

struct Sink {
    out: Box<dyn Write>,
    /// What to say of trouble with `out`.
    name: String,
    how: How,
    data_bits: u8,
    column: u32,
    counts: Counts,
    failed: Option<io::Error>,
}

impl Sink {
    fn new(args: &DecodeArgs, line: &LineFormat) -> Result<Sink, Problem> {
        let how = match () {
            () if args.json => How::Json,
            () if args.hex => How::Hex,
            () if args.output.is_none() && io::stdout().is_terminal() => How::Shown,
            () => How::Data,
        };
        let (out, name): (Box<dyn Write>, _) = match &args.output {
            Some(path) => {
                let file = File::create_new(path).map_err(|error| input::not_written(path, &error))?;
                (Box::new(BufWriter::new(file)), path.display().to_string())
            }
            None => (Box::new(BufWriter::new(io::stdout().lock())), "stdout".to_owned()),
        };
        let (data_bits, counts) = (line.data_bits, Counts::default());
        Ok(Sink { out, name, how, data_bits, column: 0, counts, failed: None })
    }

    fn frame(&mut self, frame: &Frame, zero: Stamp) -> ControlFlow<()> {
        self.counts.frames += u64::from(!frame.is_break);
        self.counts.breaks += u64::from(frame.is_break);
        self.counts.parity += u64::from(!frame.is_break && !frame.parity_ok);
        self.counts.framing += u64::from(!frame.is_break && !frame.framing_ok);
        if !frame.is_break {
            self.counts.guesses += u64::from(frame.margin < GUESS);
            self.counts.worst = Some(self.counts.worst.map_or(frame.margin, |worst| worst.min(frame.margin)));
        }
        match self.write(frame, zero) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.failed = Some(error);
                ControlFlow::Break(())
            }
        }
    }

    fn write(&mut self, frame: &Frame, zero: Stamp) -> io::Result<()> {
        let wide = self.data_bits > 8;
        if self.how == How::Json {
            let t = i128::from(frame.start.0) - i128::from(zero.0);
            return writeln!(
                self.out,
                "{{\"t_ns\":{t},\"data\":{},\"parity_ok\":{},\"framing_ok\":{},\"break\":{},\"margin\":{:.3}}}",
                frame.data, frame.parity_ok, frame.framing_ok, frame.is_break, frame.margin
            );
        }
        if frame.is_break {
            return Ok(());
        }
        let bytes = frame.data.to_be_bytes();
        let bytes = if wide { &bytes[..] } else { &bytes[1..] };
        match self.how {
            How::Hex => {
                let between = match self.column {
                    0 => "",
                    column if column.is_multiple_of(16) => "\n",
                    _ => " ",
                };
                self.column += 1;
                if self.column == 17 {
                    self.column = 1;
                }
                if wide {
                    write!(self.out, "{between}{:03X}", frame.data)
                } else {
                    write!(self.out, "{between}{:02X}", frame.data)
                }
            }
            How::Shown => bytes.iter().try_for_each(|byte| match byte {
                b'\n' | b'\t' | b' '..=b'~' => self.out.write_all(&[*byte]),
                b'\r' => Ok(()),
                _ => write!(self.out, "\\x{byte:02X}"),
            }),
            How::Data | How::Json => self.out.write_all(bytes),
        }
    }

    /// Whoever closes stdout has seen enough: that is success.
    fn finish(&mut self) -> Result<(), Problem> {
        let end = match self.failed.take() {
            Some(error) => Err(error),
            None if self.how == How::Hex && self.column > 0 => writeln!(self.out),
            None => Ok(()),
        };
        match end.and_then(|()| self.out.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(Problem::file(format!("{} cannot be written: {error}", self.name)))
            }
            _ => Ok(()),
        }
    }
}
