//! Runs a session: before a terminal, without one, between two pipes, or in virtual time.
//!
//! | stdin and stdout | script or dump | the session |
//! | --- | --- | --- |
//! | both a terminal | no dump | the screen; a script is played on it |
//! | anything else | either | played without a person; the dump, if asked for, on stdout |
//! | anything else | neither | raw bytes both ways; onto a terminal, text without control codes |

use std::io::{self, IsTerminal, Read, Write};
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;

use super::exit::{Exit, Problem, say};
use super::plan::{SessionPlan, host_hint};
use super::values::{Dump, LogChoice};
use crate::engine::{Command, Event, Failure, Mode, Outcome, Session, SessionConfig, Severity, Target, Wire};
use crate::link::cargo;
use crate::link::record::Recorder;
use crate::link::runner::{LogFormat, Running, run_virtual};
use crate::petscii::{CharSet, Machine, Petscii};
use crate::screen::dump;
use crate::time::Stamp;

/// The script of a demo that nobody watches: welcome, a menu choice, goodbye.
pub(super) const VISIT: &str = r"wait:choice? key:3 wait:any\skey key:space wait:choice? key:g wait:CARRIER";

/// Runs the session of a plan.
///
/// # Errors
/// What went wrong, with its exit code.
pub fn run(plan: SessionPlan) -> anyhow::Result<Exit> {
    let terminal = io::stdin().is_terminal() && io::stdout().is_terminal();
    let Some(start) = &plan.start else {
        if !terminal {
            return Err(Problem::usage(
                "the start screen needs a terminal on stdin and stdout; give a target, such as demo: or HOST:PORT",
            )
            .into());
        }
        return super::front::run(plan);
    };
    let mut config = start.session.clone();
    let unwatched = plan.fast || plan.dump.is_some() || (!terminal && config.script.is_some());
    if plan.fast && plan.dump.is_none() && config.script.is_none() {
        let what = "--fast is for runs that nobody watches: add --script, or --dump text to see the screen at the end";
        return Err(Problem::usage(what).into());
    }
    if unwatched {
        tell_notes(&plan);
        if config.script.is_none() && config.target == Target::Demo {
            config.script = Some(VISIT.to_owned());
        }
        return if plan.fast { play_fast(config, &plan) } else { play(config, &plan) };
    }
    if terminal {
        return super::front::run(plan);
    }
    tell_notes(&plan);
    pipe(config, &plan)
}

fn tell_notes(plan: &SessionPlan) {
    for note in plan.start.iter().flat_map(|start| &start.notes) {
        say(note);
    }
}

/// The log's file, where one is asked for; a log without a name is `petterm.log` here.
pub(super) fn log_file(plan: &SessionPlan) -> Option<PathBuf> {
    match &plan.output.log {
        LogChoice::Off => None,
        LogChoice::Auto => Some(PathBuf::from("petterm.log")),
        LogChoice::File(path) => Some(path.clone()),
    }
}

/// How the log's lines look.
pub(super) fn log_format(plan: &SessionPlan) -> LogFormat {
    plan.output.timestamp.map_or(LogFormat::Raw, LogFormat::Json)
}

/// How the program ends after a session, with what there is to say about it.
///
/// # Errors
/// If the session did not end as wished.
pub(super) fn ending(outcome: &Outcome, target: &Target) -> anyhow::Result<Exit> {
    let mut ended = Exit::from_outcome(outcome, target);
    if let (Err(problem), Outcome::Link(trouble), Target::Tcp { host, .. }) = (&mut ended, outcome, target)
        && trouble.failure == Failure::NotFound
        && let Some(hint) = host_hint(host)
    {
        problem.message = format!("{}; {hint}", problem.message);
    }
    Ok(ended?)
}

// ---- without a person ---------------------------------------------------------------------------------

fn play_fast(config: SessionConfig, plan: &SessionPlan) -> anyhow::Result<Exit> {
    if plan.setup.flags.timestamp.is_some() {
        return Err(Problem::usage("--timestamp is for the log, which --fast has not; leave it out").into());
    }
    if log_file(plan).is_some() {
        let what = "--log needs a line in the world's time; leave --fast or --log out";
        return Err(Problem::usage(what).into());
    }
    let mut session = Session::new(config, Mode::Unattended, Stamp::ZERO).map_err(Problem::usage)?;
    cargo::check_script(&session).map_err(Problem::unfit)?;
    let mut outcome = Outcome::Done;
    let mut recorder = plan.record.as_deref().map(Recorder::create).transpose().map_err(Problem::file)?;
    session.command(Stamp::ZERO, Command::RecordWire(recorder.is_some()));
    let end = run_virtual(&mut session, None, |session, event| {
        if let Some(recorder) = &mut recorder {
            match &event {
                Event::WireBegins { reconstructed, line } => recorder.begins(*reconstructed, line),
                Event::Edges { way, edges } => recorder.edges(*way, edges),
                _ => Ok(()),
            }
            .map_err(io::Error::other)?;
        }
        match event {
            Event::Dump => print(&dump::text(session.screen()))?,
            Event::Told(notice) => tell(plan, notice.severity, &notice.text),
            Event::Finished(how) => outcome = how,
            Event::Received(_)
            | Event::Ready
            | Event::Captured(_)
            | Event::WireBegins { .. }
            | Event::Edges { .. }
            | Event::Store(_)
            | Event::TransferWanted { .. }
            | Event::TransferRefused(_)
            | Event::TransferEnded(_) => {}
        }
        Ok(())
    })?;
    if let Some(recorder) = recorder {
        recorder.finish(end).map_err(Problem::file)?;
    }
    finish(&outcome, &session, plan)
}

enum Happening {
    Dump(String),
    Told(Severity, String),
    Ready,
    Finished(Outcome),
    Signal(i32),
    /// The session's thread is gone, whether it said how it ended or not.
    Gone,
}

/// Tells when the session's thread ends, be it by a panic.
struct Farewell(Sender<Happening>);

impl Drop for Farewell {
    fn drop(&mut self) {
        // Whoever waited may be gone as well.
        let _ = self.0.send(Happening::Gone);
    }
}

fn play(config: SessionConfig, plan: &SessionPlan) -> anyhow::Result<Exit> {
    let (sender, happenings) = mpsc::channel();
    let session = Session::new(config, Mode::Unattended, Stamp::ZERO).map_err(Problem::usage)?;
    cargo::check_script(&session).map_err(Problem::unfit)?;
    let running = start(session, plan, sender.clone(), |_| Ok(()))?;
    signals(move |number| {
        let _ = sender.send(Happening::Signal(number));
    })?;
    running.command(Command::Connect);
    let outcome = wait(&happenings, plan, |happening| {
        if let Happening::Dump(text) = happening {
            print(&text)?;
        }
        Ok(())
    });
    let session = running.finish();
    tell_rest(&happenings, plan);
    match (outcome?, session) {
        (Ended::Outcome(outcome), Some(session)) => finish(&outcome, &session, plan),
        (Ended::Signal(number), _) => Ok(Exit::Signal(number)),
        (Ended::Outcome(_), None) => Err(anyhow::anyhow!("the session's thread ended too early")),
    }
}

enum Ended {
    Outcome(Outcome),
    Signal(i32),
}

/// Starts a session whose events become happenings; received bytes go to `received` in the session's thread, so
/// that a slow stdout holds up the line and loses nothing.
fn start(
    session: Session,
    plan: &SessionPlan,
    sender: Sender<Happening>,
    mut received: impl FnMut(&[u8]) -> io::Result<()> + Send + 'static,
) -> anyhow::Result<Running> {
    let sender = Farewell(sender);
    let running = Running::start(
        session,
        log_format(plan),
        || {},
        move |session, event| {
            let Farewell(sender) = &sender;
            let happening = match event {
                Event::Received(bytes) => match received(&bytes) {
                    Ok(()) => return,
                    Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                        Happening::Finished(Outcome::Done)
                    }
                    Err(error) => Happening::Finished(Outcome::File(stdout_trouble(&error))),
                },
                Event::Captured(_)
                | Event::WireBegins { .. }
                | Event::Edges { .. }
                | Event::Store(_)
                | Event::TransferWanted { .. }
                | Event::TransferRefused(_)
                | Event::TransferEnded(_) => return,
                Event::Ready => Happening::Ready,
                Event::Dump => Happening::Dump(dump::text(session.screen())),
                Event::Told(notice) => Happening::Told(notice.severity, notice.text),
                Event::Finished(outcome) => Happening::Finished(outcome),
            };
            // Whoever waited may have been ended by a signal.
            let _ = sender.send(happening);
        },
    );
    if let Some(file) = log_file(plan) {
        running.log(Some(file)).map_err(Problem::file)?;
    }
    if let Some(file) = plan.record.clone() {
        running.record(file).map_err(Problem::file)?;
    }
    Ok(running)
}

fn wait(
    happenings: &Receiver<Happening>,
    plan: &SessionPlan,
    mut on: impl FnMut(Happening) -> io::Result<()>,
) -> anyhow::Result<Ended> {
    for happening in happenings {
        match happening {
            Happening::Finished(outcome) => return Ok(Ended::Outcome(outcome)),
            Happening::Signal(number) => return Ok(Ended::Signal(number)),
            Happening::Gone => break,
            Happening::Told(severity, text) => tell(plan, severity, &text),
            other => match on(other) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                    return Ok(Ended::Outcome(Outcome::Done));
                }
                Err(error) => return Err(Problem::file(stdout_trouble(&error)).into()),
            },
        }
    }
    Err(anyhow::anyhow!("the session's thread ended too early"))
}

fn finish(outcome: &Outcome, session: &Session, plan: &SessionPlan) -> anyhow::Result<Exit> {
    let (screen, target) = (session.screen(), &session.config().target);
    let picture = match plan.dump {
        Some(Dump::Text) => Some(dump::text(screen)),
        Some(Dump::Ansi) => Some(dump::ansi(screen)),
        Some(Dump::Json) => Some(dump::json(screen) + "\n"),
        None => None,
    };
    if let Some(picture) = &picture {
        print(picture)?;
    }
    if matches!(outcome, Outcome::ScriptTimeout { .. }) && picture.is_none() {
        super::exit::show(&dump::text(screen));
    }
    ending(outcome, target)
}

fn stdout_trouble(error: &io::Error) -> String {
    format!("standard output cannot be written: {error}; what was to go there is lost")
}

fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Errors are told at the end; the rest as it happens. Where others have to find us, everything is told.
fn tell(plan: &SessionPlan, severity: Severity, text: &str) {
    let found_by_others = plan
        .start
        .as_ref()
        .is_some_and(|start| matches!(start.session.target, Target::Listen { .. } | Target::Pty(_)));
    match severity {
        Severity::Error => {}
        Severity::Info if !plan.verbose && !found_by_others => {}
        Severity::Info | Severity::Warning => say(text),
    }
}

/// What was told behind the end: what became of a file that came.
fn tell_rest(happenings: &Receiver<Happening>, plan: &SessionPlan) {
    for happening in happenings.try_iter() {
        if let Happening::Told(severity, text) = happening {
            tell(plan, severity, &text);
        }
    }
}

/// TERM, HUP, INT and QUIT are told; a process that cannot act on one within two seconds is ended.
#[cfg(unix)]
pub(super) fn signals(tell: impl FnOnce(i32) + Send + 'static) -> anyhow::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};

    let mut signals = signal_hook::iterator::Signals::new([SIGTERM, SIGHUP, SIGINT, SIGQUIT])
        .map_err(|error| anyhow::anyhow!("cannot watch signals: {error}"))?;
    thread::spawn(move || {
        if let Some(number) = signals.forever().next() {
            tell(number);
            #[expect(clippy::disallowed_methods, reason = "the watchdog of a process that shall end")]
            thread::sleep(std::time::Duration::from_secs(2));
            std::process::exit(128 + number);
        }
    });
    Ok(())
}

/// Elsewhere the system ends the process itself.
#[cfg(not(unix))]
pub(super) fn signals(_tell: impl FnOnce(i32) + Send + 'static) -> anyhow::Result<()> {
    Ok(())
}

// ---- between two pipes --------------------------------------------------------------------------------

fn pipe(config: SessionConfig, plan: &SessionPlan) -> anyhow::Result<Exit> {
    if config.target == Target::Stdio {
        let what = "between two pipes '-' would talk to itself; add --dump text to see what arrives on stdin";
        return Err(Problem::usage(what).into());
    }
    let target = config.target.clone();
    let filter = io::stdout().is_terminal().then_some(config.wire);
    let (sender, happenings) = mpsc::channel();
    let session = Session::new(config, Mode::Raw, Stamp::ZERO).map_err(Problem::usage)?;
    let running = Arc::new(start(session, plan, sender.clone(), move |bytes| match filter {
        None => {
            let mut out = io::stdout().lock();
            out.write_all(bytes)?;
            out.flush()
        }
        Some(wire) => print(&plain_text(bytes, wire)),
    })?);
    signals(move |number| {
        let _ = sender.send(Happening::Signal(number));
    })?;
    let room = Arc::new(Room::default());
    feed_stdin(Arc::clone(&running), Arc::clone(&room));
    running.command(Command::Connect);
    let ended = wait(&happenings, plan, |happening| {
        if matches!(happening, Happening::Ready) {
            room.open();
        }
        Ok(())
    })?;
    running.command(Command::Quit);
    match ended {
        Ended::Outcome(outcome) => {
            // The stdin thread cannot be woken; the session's own thread is what must be waited for.
            running.join();
            ending(&outcome, &target)
        }
        Ended::Signal(number) => {
            running.join();
            tell_rest(&happenings, plan);
            Ok(Exit::Signal(number))
        }
    }
}

/// Lets one chunk of stdin through whenever the session has handed on the last.
#[derive(Default)]
struct Room {
    free: Mutex<bool>,
    changed: Condvar,
}

impl Room {
    fn open(&self) {
        *self.free.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_one();
    }

    fn take(&self) {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        while !*free {
            free = self.changed.wait(free).unwrap_or_else(PoisonError::into_inner);
        }
        *free = false;
    }
}

fn feed_stdin(running: Arc<Running>, room: Arc<Room>) {
    thread::spawn(move || {
        let mut stdin = io::stdin().lock();
        let mut chunk = vec![0; 16_384];
        loop {
            room.take();
            match stdin.read(&mut chunk) {
                Ok(0) => break,
                Ok(count) => running.command(Command::SendRaw(chunk[..count].to_vec())),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => room.open(),
                Err(error) => {
                    say(&format!("stdin ended: {error}"));
                    break;
                }
            }
        }
        running.command(Command::EndOfInput);
    });
}

/// Received bytes as text for a terminal: line ends and printable characters, nothing that moves or colours.
fn plain_text(bytes: &[u8], wire: Wire) -> String {
    bytes
        .iter()
        .filter_map(|&byte| match (wire, byte) {
            (Wire::Ascii, b'\n') | (Wire::Petscii, 0x0D | 0x8D) => Some('\n'),
            (Wire::Ascii, b'\t') => Some('\t'),
            (Wire::Ascii, b' '..=b'~') => Some(char::from(byte)),
            (Wire::Petscii, _) => {
                let code = Petscii(byte).as_board().screen_code(Machine::C64)?;
                Some(code.unicode(Machine::C64, CharSet::Text))
            }
            (Wire::Ascii, _) => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_gets_no_control_codes() {
        assert_eq!(plain_text(b"\x1b]0;x\x07Hi\r\nthere\x9b", Wire::Ascii), "]0;xHi\nthere");
        assert_eq!(plain_text(b"\x93\x1b\xc8I\r", Wire::Petscii), "Hi\n");
    }
}
