//! `petterm scope`: recorded or simulated lines on one ruler, as text, as a picture, or to look around in.
//!
//! A live line on a terminal is a session that begins with its scope; without a terminal a simulated one is played
//! in virtual time and drawn.
//!
//! Of a long recording only a part is held, from `--at` on, and that is said. Lines of one file share its time;
//! a line of another file is laid so that its first frame begins where that of the first line does. Facts:
//! `docs/scope.md`.

mod live;

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::args::Invocation;
use super::exit::{Exit, Problem, say};
use super::plan::{self, SessionPlan, Setup};
use super::probe::{recorded, report};
use super::recording::{RecordingArgs, explain};
use super::settings::{FIELDS, PartialSettings};
use super::to_stdout;
use super::values::Columns;
use super::{Next, debug_log, front, input};
use crate::line::{LineFormat, Polarity};
use crate::ui::render::png;
use crate::ui::render::scope::{Begin, PageOptions, Scope, Window, figure, figure_picture, figure_svg, page};
use crate::ui::tui;
use crate::wave::scope::{Line, Reader, View, bit_nanos, pieces, signed};
use crate::wave::{Event, Recording, Segment, Timebase, Trace};

/// `petterm scope`.
#[derive(clap::Args, Clone, Debug, PartialEq)]
pub struct ScopeArgs {
    /// Recordings, FILE for all its lines or FILE#CHANNEL for one; or a live line, such as demo:
    #[arg(value_name = "FILE|TARGET", required = true)]
    pub what: Vec<OsString>,
    /// How the recordings are read.
    #[command(flatten)]
    pub recording: RecordingArgs,
    /// Begin at this time, such as 12.5ms, or at the frame of this number, such as #3
    #[arg(long, value_name = "TIME|#N", value_parser = At::parse, allow_hyphen_values = true)]
    pub at: Option<At>,
    /// Show so many bits
    #[arg(long, value_name = "BITS", value_parser = bits, allow_negative_numbers = true)]
    pub span: Option<f64>,
    /// Draw into a new SVG picture; - is stdout
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,
    /// Draw into a new PNG picture; - is stdout
    #[arg(long, value_name = "FILE")]
    pub png: Option<PathBuf>,
    /// Print it, as without a terminal
    #[arg(long)]
    pub text: bool,
}

/// Where to begin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum At {
    /// At this time of the recording, in nanoseconds.
    Time(i64),
    /// At the frame of this number, from 1.
    Frame(usize),
}

impl At {
    fn parse(text: &str) -> Result<At, String> {
        if let Some(number) = text.strip_prefix('#') {
            return match number.parse() {
                Ok(number @ 1..) => Ok(At::Frame(number)),
                _ => Err("frames are numbered from 1, as in #3".to_owned()),
            };
        }
        let units = [("ns", 1.0), ("us", 1e3), ("ms", 1e6), ("s", 1e9)];
        let time = units.iter().find_map(|(unit, nanos)| {
            let number = text.strip_suffix(unit)?.trim_end().parse::<f64>().ok()?;
            let time = number * nanos;
            // Half of what fits, so that nothing near it overflows.
            (time.abs() < 4e18).then_some(At::Time(time.round() as i64))
        });
        time.ok_or_else(|| {
            "a time with its unit, such as 12.5ms or 3s, or a frame such as #3 is expected".to_owned()
        })
    }
}

fn bits(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(bits) if (0.1..=1e9).contains(&bits) => Ok(bits),
        _ => Err("a number from 0.1 to 1000000000 is expected".to_owned()),
    }
}

/// Edges of a line that are held at most.
const MOST_EDGES: usize = 250_000;
/// Lines of a recording that are shown unless they are chosen.
const MOST_LINES: usize = 8;
/// Lines of a recording that are looked at for what moves.
const MOST_LOOKED_AT: usize = 64;
/// Before the wanted time so much is read that the receiver is in step.
const RUN_UP: f64 = 400.0;

/// Draws lines, or shows them; the scope of a live line on a terminal is a session, which comes back.
///
/// # Errors
/// If a file cannot be read or is damaged or does not tell its line format, a target cannot be shown like this, or an
/// output cannot be written.
pub(super) fn start(args: &ScopeArgs, invocation: &Invocation) -> anyhow::Result<Next> {
    let pictures = [&args.svg, &args.png].into_iter().flatten();
    let to_stdout_too = pictures.clone().filter(|file| *file == Path::new("-")).count();
    if to_stdout_too + usize::from(args.text) > 1 {
        return Err(Problem::usage("only one of --svg, --png and --text can have stdout; name files").into());
    }
    let interactive = pictures.count() == 0 && !args.text && is_interactive();
    let setup = Setup::read(invocation)?;
    let settings = setup.layers(None)?.merged();
    let shown = if args.what.iter().any(|word| is_target(word)) {
        if args.what.len() > 1 {
            let what = "a live line has the scope to itself; give one target, or recordings";
            return Err(Problem::usage(what).into());
        }
        if args.recording != RecordingArgs::default() {
            let what = "--channel, --rate and the like are for files; write play:FILE#CHANNEL for one line of a file";
            return Err(Problem::usage(what).into());
        }
        if interactive {
            refuse(
                args.at.is_some() || args.span.is_some(),
                "--at and --span",
                "the scope of a live line on a terminal",
            )?;
            return session(invocation, setup).map(|plan| Next::Session(Box::new(plan)));
        }
        let record = invocation.args.record.is_some();
        refuse(record, "--record", "the scope of a target without a terminal")?;
        refuse(invocation.flags.log.is_some(), "--log", "the scope of a target without a terminal")?;
        live::capture(&session(invocation, setup)?)?
    } else {
        for option in FIELDS.iter().filter(|field| !OF_RECORDINGS.contains(field)) {
            let only = invocation.flags.clone().filtered(|field| field == *option);
            refuse(
                only != PartialSettings::default(),
                &format!("--{}", option.replace('_', "-")),
                RECORDING,
            )?;
        }
        refuse(invocation.args.script.is_some(), "--script", RECORDING)?;
        refuse(invocation.args.record.is_some(), "--record", RECORDING)?;
        load(args, invocation.args.settings.line)?
    };
    show(args, shown, interactive, &settings)
}

/// Settings that mean something where a recording is shown.
const OF_RECORDINGS: &[&str] = &["line", "cols", "glyphs", "theme"];
const RECORDING: &str = "the scope of a recording";

fn refuse(given: bool, option: &str, whom: &str) -> Result<(), Problem> {
    if given {
        Err(Problem::usage(format!("{option} means nothing to {whom}; leave it out")))
    } else {
        Ok(())
    }
}

/// Whether a word names something live: no file of that name, and a scheme, a port or a device.
fn is_target(word: &OsStr) -> bool {
    let (path, _) = split(word);
    match path.metadata() {
        Ok(metadata) => !metadata.is_file() && !metadata.is_dir(),
        Err(_) => word == "-" || word.to_string_lossy().contains(':'),
    }
}

fn session(invocation: &Invocation, setup: Setup) -> anyhow::Result<SessionPlan> {
    let plan = plan::plan(&invocation.args, setup)?;
    debug_log::start(&plan.output)?;
    Ok(plan)
}

fn show(
    args: &ScopeArgs,
    shown: Shown,
    interactive: bool,
    settings: &PartialSettings,
) -> anyhow::Result<Next> {
    let window = shown.window(args)?;
    if interactive {
        return front::scope(shown.lines, shown.clock, window, settings).map(|exit| match exit {
            Exit::Done => Next::Done,
            exit => Next::Ended(exit),
        });
    }
    let drawing = || figure(&shown.scope(window.of_figure(&shown.lines)));
    if let Some(file) = &args.svg {
        write_new(file, figure_svg(&drawing()).as_bytes())?;
    }
    if let Some(file) = &args.png {
        let picture = png(&figure_picture(&drawing())).map_err(|error| Problem::other(error.to_string()))?;
        write_new(file, &picture)?;
    }
    if args.text || (args.svg.is_none() && args.png.is_none()) {
        let text = shown.text(&window, settings);
        to_stdout(|out| Ok(out.write_all(text.as_bytes())?))?;
    }
    Ok(Next::Done)
}

fn is_interactive() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// Writes a picture to a new file or to stdout.
fn write_new(file: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    if file == Path::new("-") {
        return to_stdout(|out| Ok(out.write_all(bytes)?));
    }
    let mut out = File::create_new(file).map_err(|error| input::not_written(file, &error))?;
    Ok(out.write_all(bytes).map_err(|error| input::not_written(file, &error))?)
}

/// What is shown.
struct Shown {
    lines: Vec<Line>,
    clock: i64,
}

impl Shown {
    fn scope(&self, view: View) -> Scope<'_> {
        Scope { lines: &self.lines, view, clock: self.clock }
    }

    fn text(&self, window: &Window, settings: &PartialSettings) -> String {
        let width = match settings.cols {
            Some(Columns::Forty) => 40,
            Some(Columns::Eighty) => 80,
            None => tui::columns().map_or(80, usize::from),
        };
        let tier = settings.glyphs.unwrap_or_default();
        let options = PageOptions { width, tier, wrong: true, legend: true, cursors: [None; 2] };
        page(&self.scope(window.of_page(&self.lines, width)), &options).text()
    }

    /// The window that is asked for.
    fn window(&self, args: &ScopeArgs) -> Result<Window, Problem> {
        let at = match args.at {
            None => None,
            Some(At::Time(time)) => Some(Begin::Moment(time.saturating_sub(self.clock))),
            Some(At::Frame(number)) => {
                let frames = self.lines.first().map_or(&[][..], |line| line.frames(Reader::Right));
                let mut frames = frames.iter().filter(|frame| !frame.is_break);
                let frame = frames.clone().nth(number - 1).ok_or_else(|| {
                    let count = frames.by_ref().count();
                    let frames = if count == 1 { "frame" } else { "frames" };
                    Problem::usage(format!("--at #{number}: the first line has {count} {frames}"))
                })?;
                Some(Begin::Frame(signed(frame.start)))
            }
        };
        Ok(Window { at, bits: args.span })
    }

    /// Moves the lines of a further file so that its first frame begins where that of the first line does. What
    /// is too early moves, for nothing can be before the zero.
    fn lay(&mut self, lines: &mut [Line]) {
        let first = |lines: &[Line]| {
            let start = |line: &Line| {
                line.frames(Reader::Right).iter().find(|frame| !frame.is_break).map(|frame| frame.start)
            };
            lines.iter().filter_map(start).min().map(signed)
        };
        let there = first(self.lines.get(..1).unwrap_or_default());
        let (Some(there), Some(here)) = (there, first(lines)) else { return };
        if there > here {
            for line in lines {
                line.shift((there - here).unsigned_abs());
            }
        } else {
            for line in &mut self.lines {
                line.shift((here - there).unsigned_abs());
            }
            self.clock = self.clock.saturating_sub(here - there);
        }
    }
}

/// Reads every line that is asked for.
fn load(args: &ScopeArgs, line: Option<LineFormat>) -> Result<Shown, Problem> {
    let format = match line {
        Some(line) => line,
        None => find_out(args)?,
    };
    let wanted_from = match args.at {
        Some(At::Time(time)) => Some(time.saturating_sub((RUN_UP * bit_nanos(&format)) as i64)),
        _ => None,
    };
    let several = args.what.len() > 1;
    let mut shown = Shown { lines: Vec::new(), clock: 0 };
    for (index, what) in args.what.iter().enumerate() {
        let (path, channel) = split(what);
        let mut recording = args.recording.clone();
        if channel.is_some() {
            recording.channel = channel;
        }
        let names = names(&recording, &path)?;
        let mut traces: Vec<Held> = Vec::new();
        for (at, name) in names.iter().enumerate() {
            let one = RecordingArgs { channel: Some(name.clone()), ..recording.clone() };
            let (opened, number) =
                if at == 0 { one.open_channel(&path)? } else { one.reopen_channel(&path)? };
            let (trace, note) = hold(opened, number, wanted_from).map_err(|error| explain(&path, &error))?;
            traces.push((name.clone(), trace, note));
        }
        leave_out_still(&path, &mut traces)?;
        let origin =
            traces.iter().flat_map(|(_, trace, _)| &trace.segments).map(|s| s.start).min().unwrap_or(0);
        let file = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let mut lines = Vec::new();
        for (name, trace, note) in traces {
            let far = || {
                let what = "a time is over 292 years from the start";
                Problem::new(Exit::Line, format!("{}: {what}", path.display()))
            };
            let pieces = pieces(&trace, origin).ok_or_else(far)?;
            let name = if several { format!("{file}#{name}") } else { name };
            let mut line = match format.rx {
                Polarity::IdleLow => Line::new(name, format, pieces),
                Polarity::IdleHigh => Line::of_unknown_polarity(name, format, pieces),
            };
            line.note = note;
            if index == 0 {
                shown.clock = nanos(trace.timebase, origin).ok_or_else(far)?;
            }
            lines.push(line);
        }
        if index > 0 {
            shown.lay(&mut lines);
        }
        shown.lines.append(&mut lines);
    }
    Ok(shown)
}

/// A line of a recording: its name, what is held of it, and what to say if that is not all.
type Held = (String, Trace, Option<String>);

/// Lines that never change are not shown beside others that do.
fn leave_out_still(path: &Path, traces: &mut Vec<Held>) -> Result<(), Problem> {
    let moves = |(_, trace, _): &Held| trace.segments.iter().any(|segment| !segment.edges.is_empty());
    let all = traces.len();
    if traces.iter().any(moves) {
        traces.retain(moves);
    }
    let still = all - traces.len();
    if still > 0 {
        let what = if still == 1 { "line that never changes is" } else { "lines that never change are" };
        say(&format!("{}: {still} {what} left out; FILE#CHANNEL shows one", path.display()));
    }
    if traces.len() > MOST_LINES {
        let names: Vec<&str> = traces.iter().map(|(name, ..)| name.as_str()).collect();
        let what = format!(
            "{} lines are too many for one picture; name them as FILE#CHANNEL: {}",
            names.len(),
            names.join(", ")
        );
        return Err(Problem::usage(format!("{}: {what}", path.display())));
    }
    Ok(())
}

/// The line format that a survey finds: on the first of the lines that says enough, else the best guess. It is told
/// on stderr. Which way up each line is, is found for each.
fn find_out(args: &ScopeArgs) -> Result<LineFormat, Problem> {
    let mut guess = None;
    let mut doubts = Vec::new();
    for what in &args.what {
        let (path, channel) = split(what);
        let mut recording = args.recording.clone();
        recording.channel = channel.or(recording.channel);
        for name in names(&recording, &path)? {
            let one = RecordingArgs { channel: Some(name.clone()), ..recording.clone() };
            let (opened, number) = one.reopen_channel(&path)?;
            let verdict = recorded::survey(opened, number).verdict(&path)?;
            let named = |words: String| format!("{}: {name}: {words}", path.display());
            match (report::doubt(&verdict), verdict.best) {
                (None, Some(best)) => {
                    say(&named(report::brief(&verdict)));
                    return Ok(upright(best.line));
                }
                (doubt, best) => {
                    let doubt = named(doubt.unwrap_or_default());
                    if let (None, Some(best)) = (guess, best.filter(|best| best.characters > 0)) {
                        guess = Some(upright(best.line));
                        say(&format!("{doubt}; drawn so; --line draws it as you say"));
                    }
                    doubts.push(doubt);
                }
            }
        }
    }
    let doubt = doubts.first().cloned().unwrap_or_default();
    guess.ok_or_else(|| Problem::new(Exit::Line, format!("{doubt}; --line BAUD-8N1 draws it as you say")))
}

/// The format without the polarity.
fn upright(line: LineFormat) -> LineFormat {
    LineFormat { tx: Polarity::IdleHigh, rx: Polarity::IdleHigh, ..line }
}

/// `FILE#CHANNEL` in its parts; a file of that whole name wins.
fn split(what: &OsStr) -> (PathBuf, Option<String>) {
    let whole = PathBuf::from(what);
    if whole.exists() {
        return (whole, None);
    }
    match what.to_str().and_then(|what| what.rsplit_once('#')) {
        Some((file, channel)) if !file.is_empty() && !channel.is_empty() => {
            (PathBuf::from(file), Some(channel.to_owned()))
        }
        _ => (whole, None),
    }
}

/// The lines of a recording that are asked for: the one that is named, or all.
fn names(recording: &RecordingArgs, path: &Path) -> Result<Vec<String>, Problem> {
    if let Some(name) = &recording.channel {
        return Ok(vec![name.clone()]);
    }
    let opened = recording.reopen(path)?;
    let names: Vec<String> = opened.channels().into_iter().map(str::to_owned).collect();
    if names.is_empty() || names.len() > MOST_LOOKED_AT {
        // Says which there are.
        opened.channel(None).map_err(|error| explain(path, &error))?;
    }
    Ok(names)
}

/// Reads a line from a time on, as much as is held; and what to say if that is not all.
fn hold(
    recording: Recording<File>,
    channel: usize,
    from: Option<i64>,
) -> Result<(Trace, Option<String>), crate::wave::WaveError> {
    let base = recording.timebase();
    let mut trace = Trace { timebase: base, segments: Vec::new(), cut: false };
    let (mut held, mut skipped) = (0, false);
    recording.read(channel, &mut |event| {
        match event {
            Event::Start { at, level } => {
                trace.segments.push(Segment { start: at, level, edges: Vec::new(), end: at });
            }
            Event::Edge { at, level } => {
                if held == MOST_EDGES {
                    trace.cut = true;
                    return ControlFlow::Break(());
                }
                let early = from.is_some_and(|from| nanos(base, at).is_none_or(|time| time < from));
                let Some(segment) = trace.segments.last_mut() else { return ControlFlow::Continue(()) };
                segment.end = at;
                if early {
                    skipped = true;
                    (segment.start, segment.level) = (at, Some(level));
                } else {
                    held += 1;
                    segment.edges.push((at, level));
                }
            }
            Event::End { at } => {
                if let Some(segment) = trace.segments.last_mut() {
                    segment.end = at;
                }
            }
        }
        ControlFlow::Continue(())
    })?;
    if skipped {
        // Stretches that are over before there is anything to show.
        let last = trace.segments.len().saturating_sub(1);
        let mut index = 0;
        trace.segments.retain(|segment| {
            index += 1;
            index > last || !segment.edges.is_empty()
        });
    }
    let note = match (trace.cut, skipped) {
        (true, false) => Some(format!("only the first {MOST_EDGES} edges are held, --at shows later ones")),
        (true, true) => Some(format!("only {MOST_EDGES} edges from there on are held")),
        (false, _) => None,
    };
    Ok((trace, note))
}

/// A tick as nanoseconds from the recording's zero, if it is within 292 years of it.
fn nanos(base: Timebase, at: i64) -> Option<i64> {
    if at >= 0 {
        i64::try_from(base.stamp(0, at)?.0).ok()
    } else {
        i64::try_from(base.stamp(at, 0)?.0).ok().map(|time| -time)
    }
}
