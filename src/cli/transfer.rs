//! `petterm send` and `petterm recv`: a session that is one file transfer.
//!
//! The link, telnet, the codec and inversion are those of any session to the target. Everything that can be refused is
//! refused before the link is opened: files are read, folders opened, names checked. Progress goes to stderr, a bar on a
//! terminal and a line a second elsewhere; `--json` is one report on stdout, however it ends.

mod meter;
mod report;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{self, Sender};
use std::time::Duration;

use super::args::Invocation;
use super::debug_log;
use super::exit::{Exit, Problem, say};
use super::plan::{self, SessionPlan, Setup};
use super::session::{ending, log_file, log_format};
use super::values::OneOf;
use crate::engine::{Command, Event, Mode, Outcome, Session, Severity, TransferReport, TransferRequest};
use crate::files::FileTrouble;
use crate::link::cargo;
use crate::link::runner::Running;
use crate::prg;
use crate::time::Stamp;
use crate::transfer::{FileKind, Keeper, LeadingGoo, Options, OutgoingFile, Protocol};

use self::meter::Meter;
use self::report::{Report, reported};

/// `petterm send`.
#[derive(clap::Args, Clone, Debug, PartialEq)]
pub struct SendArgs {
    /// The files, and where to: a target as in a session
    #[arg(value_name = "FILE... TARGET", num_args = 1.., required = true)]
    pub words: Vec<OsString>,
    /// punter, multi-punter, xmodem, xmodem-crc, xmodem-1k, petterm, ymodem or text
    #[arg(long, value_name = "P", value_parser = protocols(), hide_possible_values = true)]
    pub protocol: Protocol,
    /// Punter, text: what the files are, and are announced as; by their names unless given
    #[arg(long = "type", value_name = "prg|seq|usr", value_parser = kinds(), hide_possible_values = true)]
    pub kind: Option<FileKind>,
    /// Punter: bytes of a block, its head included (8-255; 40-255 is usual; 255 unless given)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(8..))]
    pub block_size: Option<u8>,
    /// Punter: cut blocks as the C64 does, even if the last holds a single byte, which some programs drop
    #[arg(long)]
    pub exact_blocks: bool,
    /// Punter: whether we say GOO first (if-silent unless given)
    #[arg(long, value_name = "if-silent|always|never", value_parser = leading_goos(), hide_possible_values = true)]
    pub leading_goo: Option<LeadingGoo>,
    /// Move a BASIC program to this address, such as 0401, and rebuild its line links
    #[arg(long, value_name = "ADDR", value_parser = super::prg::address)]
    pub relocate_basic: Option<u16>,
    /// petterm, text: send what would be refused, a program that does not fit the PET, a text without what the wire has
    /// no code for
    #[arg(long)]
    pub force: bool,
    /// A report on stdout at the end
    #[arg(long)]
    pub json: bool,
}

/// `petterm recv`.
#[derive(clap::Args, Clone, Debug, PartialEq)]
pub struct RecvArgs {
    /// Where from: a target as in a session
    #[arg(value_name = "TARGET")]
    pub target: OsString,
    /// punter, multi-punter, xmodem, xmodem-crc, xmodem-1k, petterm, ymodem or text
    #[arg(long, value_name = "P", value_parser = protocols(), hide_possible_values = true)]
    pub protocol: Protocol,
    /// Keep the file as this new one
    #[arg(short, long, value_name = "FILE", conflicts_with = "dir")]
    pub output: Option<PathBuf>,
    /// Keep files in this folder, under names that are free; the current one unless given
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// XMODEM and its kin, YMODEM where the far end tells no length (petterm does so anyway): cut the padding off
    #[arg(long)]
    pub trim: bool,
    /// A report on stdout at the end
    #[arg(long)]
    pub json: bool,
}

fn protocols() -> OneOf<Protocol> {
    OneOf::new(Protocol::ALL.map(Protocol::name), protocol)
}

fn protocol(name: &str) -> Result<Protocol, String> {
    let known = || Protocol::ALL.map(Protocol::name).join(", ");
    Protocol::from_name(name).ok_or_else(|| format!("there are {}", known()))
}

fn kinds() -> OneOf<FileKind> {
    OneOf::new(["prg", "seq", "usr"], kind)
}

fn kind(name: &str) -> Result<FileKind, String> {
    FileKind::from_extension(name).ok_or_else(|| "prg, seq or usr is expected".to_owned())
}

fn leading_goos() -> OneOf<LeadingGoo> {
    OneOf::new(["if-silent", "always", "never"], leading_goo)
}

fn leading_goo(word: &str) -> Result<LeadingGoo, String> {
    match word {
        "if-silent" => Ok(LeadingGoo::IfSilent),
        "always" => Ok(LeadingGoo::Always),
        "never" => Ok(LeadingGoo::Never),
        _ => Err("if-silent, always or never is expected".to_owned()),
    }
}

impl SendArgs {
    /// The target, which is the last word.
    pub(super) fn target(&self) -> Option<&OsString> {
        self.words.last()
    }

    fn files(&self) -> &[OsString] {
        self.words.split_last().map_or(&[], |(_, files)| files)
    }
}

const PUNTER: &[Protocol] = &[Protocol::Punter, Protocol::MultiPunter];
/// Those that tell a file's type, and text, where it says whose code the file is in.
const TYPED: &[Protocol] = &[Protocol::Punter, Protocol::MultiPunter, Protocol::Text];
/// YMODEM's far end need not tell a length.
const PADDED: &[Protocol] =
    &[Protocol::Xmodem, Protocol::XmodemCrc, Protocol::Xmodem1k, Protocol::Petterm, Protocol::Ymodem];
const DOUBTING: &[Protocol] = &[Protocol::Petterm, Protocol::Text];

/// Refuses an option that was given and means nothing to the protocol.
fn means(given: bool, option: &str, protocol: Protocol, to: &[Protocol]) -> Result<(), Problem> {
    if !given || to.contains(&protocol) {
        return Ok(());
    }
    let names: Vec<&str> = to.iter().map(|protocol| protocol.name()).collect();
    let (names, protocol) = (names.join(", "), protocol.name());
    Err(Problem::usage(format!("{option} is for {names}, and means nothing to {protocol}; leave it out")))
}

/// Sends files.
///
/// # Errors
/// What cannot be sent, or did not arrive, with its exit code.
pub(super) fn send(args: &SendArgs, invocation: &Invocation) -> anyhow::Result<Exit> {
    let target = args.target().map(OsString::as_os_str);
    reported(args.json, (args.protocol, true), target, |report| {
        let request = what_to_send(args)?;
        run(request, None, &planned(invocation)?, report)
    })
}

fn what_to_send(args: &SendArgs) -> anyhow::Result<TransferRequest> {
    let protocol = args.protocol;
    if args.files().is_empty() {
        return Err(Problem::usage("name at least one file, and the target behind them").into());
    }
    if args.files().len() > 1 && !protocol.is_batch() {
        let what = format!(
            "{} sends one file, and {} were named; multi-punter and ymodem send several",
            protocol.name(),
            args.files().len()
        );
        return Err(Problem::usage(what).into());
    }
    means(args.block_size.is_some(), "--block-size", protocol, PUNTER)?;
    means(args.exact_blocks, "--exact-blocks", protocol, PUNTER)?;
    means(args.leading_goo.is_some(), "--leading-goo", protocol, PUNTER)?;
    means(args.kind.is_some(), "--type", protocol, TYPED)?;
    means(args.kind == Some(FileKind::Prg), "--type prg", protocol, PUNTER)?;
    means(args.force, "--force", protocol, DOUBTING)?;
    let usual = Options::default();
    let options = Options {
        block_size: args.block_size.unwrap_or(usual.block_size),
        avoid_one_byte_block: !args.exact_blocks,
        leading_goo: args.leading_goo.unwrap_or(usual.leading_goo),
        force: args.force,
        ..usual
    };
    let mut files = cargo::read(args.files(), args.kind).map_err(Problem::unfit)?;
    if let Some(to) = args.relocate_basic {
        for file in &mut files {
            relocate(file, to)?;
        }
    }
    Ok(cargo::upload(files, protocol, options).map_err(Problem::unfit)?)
}

/// Receives files.
///
/// # Errors
/// What cannot be received, with its exit code.
pub(super) fn receive(args: &RecvArgs, invocation: &Invocation) -> anyhow::Result<Exit> {
    reported(args.json, (args.protocol, false), Some(&args.target), |report| {
        means(args.trim, "--trim", args.protocol, PADDED)?;
        let plan = planned(invocation)?;
        let timeout = plan.start.as_ref().map(|start| start.session.timeout);
        let options = Options { trim: args.trim, quiet: timeout, ..Options::default() };
        let (request, keeper) = place(args, options).map_err(Problem::file)?;
        run(request, keeper, &plan, report)
    })
}

/// Where files are kept. Whatever is wrong here is wrong with a place on this disk.
fn place(args: &RecvArgs, options: Options) -> Result<cargo::Prepared, String> {
    let folder = args.dir.as_deref().unwrap_or(Path::new("."));
    match &args.output {
        // A folder that exists is none that could be made new.
        Some(path) if path.is_dir() => {
            return Err(format!("{} is a folder; --dir keeps files in it", path.display()));
        }
        Some(path) if path == Path::new("-") => {
            return Err(
                "stdout cannot be taken back where a file is not complete; name a new file".to_owned()
            );
        }
        Some(path) if path.as_os_str().to_string_lossy().ends_with(std::path::is_separator) => {
            return Err(format!(
                "{} names a folder that is not there; make it and use --dir",
                path.display()
            ));
        }
        Some(path) => cargo::download(path, args.protocol, options),
        None if folder.exists() && !folder.is_dir() => {
            return Err(FileTrouble::NotAFolder(folder.to_owned()).to_string());
        }
        None if !folder.is_dir() => return Err(FileTrouble::NotFound(folder.to_owned()).to_string()),
        None => cargo::download(folder, args.protocol, options),
    }
    .map_err(|unfit| unfit.to_string())
}

fn planned(invocation: &Invocation) -> anyhow::Result<SessionPlan> {
    let plan = plan::plan(&invocation.args, Setup::read(invocation)?)?;
    debug_log::start(&plan.output)?;
    Ok(plan)
}

/// Moves a BASIC program, and says what may break by it.
fn relocate(file: &mut OutgoingFile, to: u16) -> anyhow::Result<()> {
    let moved = prg::relocate_basic(&file.data, to).map_err(|error| {
        Problem::new(Exit::Line, format!("{} cannot be moved to ${to:04X}: {error}", file.name))
    })?;
    for doubt in prg::relocation_doubts(&file.data, to) {
        say(&format!("{}: {doubt}", file.name));
    }
    file.data = Arc::from(moved);
    Ok(())
}

enum Happening {
    Picture,
    Told(Severity, String),
    Ended(Box<TransferReport>),
    Finished(Outcome),
    Signal(i32),
}

fn run(
    request: TransferRequest,
    keeper: Option<Box<dyn Keeper>>,
    plan: &SessionPlan,
    report: &mut Report,
) -> anyhow::Result<Exit> {
    let Some(start) = &plan.start else {
        return Err(Problem::usage("a transfer needs a target").into());
    };
    let target = start.session.target.clone();
    report.of(&target);
    let mut session =
        Session::new(start.session.clone(), Mode::Transfer, Stamp::ZERO).map_err(Problem::usage)?;
    session.transfer_first(request).map_err(Problem::unfit)?;
    for note in &start.notes {
        say(note);
    }
    let (sender, happenings) = mpsc::channel();
    let (pictures, events) = (sender.clone(), sender.clone());
    let running = Running::start(
        session,
        log_format(plan),
        move || {
            // Whoever waited may be gone; so in the others.
            let _ = pictures.send(Happening::Picture);
        },
        move |_, event| {
            let happening = match event {
                Event::Told(notice) => Happening::Told(notice.severity, notice.text),
                Event::TransferEnded(report) => Happening::Ended(report),
                Event::Finished(outcome) => Happening::Finished(outcome),
                _ => return,
            };
            let _ = events.send(happening);
        },
    );
    if let Some(file) = log_file(plan) {
        running.log(Some(file)).map_err(Problem::file)?;
    }
    if let Some(file) = plan.record.clone() {
        running.record(file).map_err(Problem::file)?;
    }
    if let Some(keeper) = keeper {
        running.keep(keeper);
    }
    watch_signals(sender)?;
    running.command(Command::Connect);
    let mut meter = Meter::new();
    let mut cancelled = false;
    let ended = loop {
        let Ok(happening) = happenings.recv() else {
            return Err(anyhow::anyhow!("the session's thread ended too early"));
        };
        match happening {
            Happening::Picture => meter.show(&running.snapshot()),
            // What failed is told at the end.
            Happening::Told(Severity::Error, _) => {}
            Happening::Told(_, text) => meter.aside(|| say(&text)),
            Happening::Ended(ended) => {
                meter.end();
                report.transfer = Some(ended);
            }
            Happening::Finished(outcome) => break Ok(outcome),
            // The first Ctrl-C is a wish, the second an order.
            Happening::Signal(INTERRUPT) if !cancelled => {
                cancelled = true;
                meter.aside(|| say("cancelling; once more ends at once"));
                running.command(Command::CancelTransfer);
            }
            Happening::Signal(number) => break Err(number),
        }
    };
    meter.end();
    running.finish();
    for happening in happenings.try_iter() {
        match happening {
            // What became of the file.
            Happening::Told(Severity::Info | Severity::Warning, text) => say(&text),
            Happening::Ended(ended) => report.transfer = Some(ended),
            _ => {}
        }
    }
    match ended {
        Ok(outcome) => ending(&outcome, &target),
        Err(number) => Err(Problem::new(Exit::Signal(number), ended_by(number)).into()),
    }
}

const INTERRUPT: i32 = 2;

fn ended_by(signal: i32) -> String {
    match signal {
        INTERRUPT => "ended at once by a second Ctrl-C; the far end may not know".to_owned(),
        1 => "ended by HUP".to_owned(),
        3 => "ended by QUIT".to_owned(),
        15 => "ended by TERM".to_owned(),
        number => format!("ended by signal {number}"),
    }
}

/// INT, TERM, HUP and QUIT are told; a process that cannot act on one that ends it within two seconds is ended.
#[cfg(unix)]
fn watch_signals(tell: Sender<Happening>) -> anyhow::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};

    let mut signals = signal_hook::iterator::Signals::new([SIGTERM, SIGHUP, SIGINT, SIGQUIT])
        .map_err(|error| anyhow::anyhow!("cannot watch signals: {error}"))?;
    std::thread::spawn(move || {
        let mut interrupted = false;
        for number in signals.forever() {
            let _ = tell.send(Happening::Signal(number));
            if number != SIGINT || std::mem::replace(&mut interrupted, true) {
                #[expect(clippy::disallowed_methods, reason = "the watchdog of a process that shall end")]
                std::thread::sleep(Duration::from_secs(2));
                std::process::exit(128 + number);
            }
        }
    });
    Ok(())
}

/// Elsewhere the system ends the process itself.
#[cfg(not(unix))]
fn watch_signals(_tell: Sender<Happening>) -> anyhow::Result<()> {
    Ok(())
}
