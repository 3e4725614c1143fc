//! Puts a session before a person: the terminal front end over a running session.

use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};

use super::exit::{Exit, Problem, say};
use super::plan::SessionPlan;
use super::services::Shell;
use super::session::{ending, log_file, log_format};
use super::settings::PartialSettings;
use crate::engine::{Command, Event, Mode, Outcome, Session, Severity, Snapshot, Target, Unfit};
use crate::files::FileTrouble;
use crate::link::cargo;
use crate::link::runner::Running;
use crate::petscii::GlyphTier;
use crate::time::Stamp;
use crate::transfer::Options;
use crate::ui::front::{self, Look, Place, Start, TransferOrder, TransferWay};
use crate::ui::render::scope::Window;
use crate::ui::tui::{self, Events};
use crate::wave::scope::Line;

/// Runs the session of a plan, or the start screen, in the terminal on stdin and stdout.
///
/// # Errors
/// If the terminal is none that can show a screen, or the session cannot begin.
pub(super) fn run(plan: SessionPlan) -> anyhow::Result<Exit> {
    refuse_poor_terminals()?;
    if plan.start.as_ref().is_some_and(|start| start.session.target == Target::Stdio) {
        let what =
            "'-' is stdin and stdout, which are this terminal; pipe something in, or name another target";
        return Err(Problem::usage(what).into());
    }
    let (config, start) = match &plan.start {
        Some(resolved) if plan.scope => (resolved.session.clone(), Start::Scope),
        Some(resolved) => (resolved.session.clone(), Start::Session),
        // The start screen stands before a session that has not begun.
        None => (plan.setup.resolve(&Target::Demo, None)?.session, Start::Chooser),
    };
    let look = Look {
        theme: plan.output.theme,
        glyphs: if locale_is_utf_8() { plan.output.glyphs } else { GlyphTier::Ascii },
        no_colour: no_colour(),
        visual_bell: plan.output.visual_bell,
        directory: PathBuf::new(),
    };
    let session = Session::new(config, Mode::Attended, Stamp::ZERO).map_err(Problem::usage)?;
    cargo::check_script(&session).map_err(Problem::unfit)?;
    let events = Events::new();
    let (sender, told) = mpsc::channel();
    let running = Running::start(session, log_format(&plan), events.notifier(), move |_, event| {
        if let Event::Told(notice) = event {
            // Whoever waited may be gone.
            let _ = sender.send(notice);
        }
    });
    if let Some(file) = log_file(&plan) {
        front::Session::log(&running, Some(file)).map_err(Problem::file)?;
    }
    if let Some(file) = plan.record.clone() {
        running.record(file).map_err(Problem::file)?;
    }
    for note in plan.start.iter().flat_map(|start| &start.notes) {
        running.command(Command::Note(note.clone()));
    }
    if start != Start::Chooser {
        running.command(Command::Connect);
    }
    let services = Shell { setup: plan.setup };
    let exit = tui::run(&running, &services, look, events, start);
    // It was on the screen.
    told.try_iter().for_each(drop);
    let session = running.finish();
    for notice in told.try_iter().filter(|notice| notice.severity != Severity::Info) {
        say(&notice.text);
    }
    match exit? {
        tui::Exit::Signal(number) => Ok(Exit::Signal(number)),
        // As after the hang-up that comes with it where the terminal is the controlling one.
        tui::Exit::TerminalGone => Ok(Exit::Signal(1)),
        tui::Exit::Quit => match session.as_ref().map(|session| (session.outcome(), session.config())) {
            Some((Some(outcome @ (Outcome::ScriptTimeout { .. } | Outcome::Link(_))), config)) => {
                ending(outcome, &config.target)
            }
            _ => Ok(Exit::Done),
        },
    }
}

/// Shows recorded lines in the terminal on stdin and stdout.
///
/// # Errors
/// If the terminal is none that can show a screen.
pub(super) fn scope(
    lines: Vec<Line>,
    clock: i64,
    window: Window,
    settings: &PartialSettings,
) -> anyhow::Result<Exit> {
    refuse_poor_terminals()?;
    let glyphs = settings.glyphs.unwrap_or_default();
    let look = Look {
        theme: settings.theme.unwrap_or_default(),
        glyphs: if locale_is_utf_8() { glyphs } else { GlyphTier::Ascii },
        no_colour: no_colour(),
        visual_bell: false,
        directory: PathBuf::new(),
    };
    Ok(match tui::scope(lines, clock, window, &look)? {
        tui::Exit::Quit => Exit::Done,
        tui::Exit::Signal(number) => Exit::Signal(number),
        tui::Exit::TerminalGone => Exit::Signal(1),
    })
}

fn no_colour() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

/// Whether the terminal takes UTF-8, as the locale says (POSIX: `LC_ALL` before `LC_CTYPE` before `LANG`). Where
/// none is set, or on Windows, where consoles do, it is taken to.
fn locale_is_utf_8() -> bool {
    let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set);
    cfg!(windows)
        || locale.is_none_or(|locale| {
            let charset = locale.to_ascii_lowercase().replace('-', "");
            charset.contains("utf8")
        })
}

fn refuse_poor_terminals() -> Result<(), Problem> {
    let term = std::env::var("TERM").unwrap_or_default();
    if term == "dumb" || (term.is_empty() && cfg!(unix)) {
        return Err(Problem::usage(
            "this terminal (TERM=dumb or unset) cannot show a screen; pipe stdin or stdout for plain bytes, \
             add --dump text for a picture at the end, or set TERM to what the terminal is, such as xterm",
        ));
    }
    Ok(())
}

impl front::Session for Running {
    fn command(&self, command: Command) {
        Running::command(self, command);
    }

    fn snapshot(&self) -> Arc<Snapshot> {
        Running::snapshot(self)
    }

    fn log(&self, file: Option<PathBuf>) -> Result<(), String> {
        Running::log(self, file.as_deref().map(Path::to_owned))
    }

    fn capture(&self, file: Option<PathBuf>) -> Result<(), String> {
        Running::capture(self, file)
    }

    fn log_file(&self) -> Option<PathBuf> {
        Running::log_file(self)
    }

    fn transfer(&self, order: TransferOrder) -> Result<(), String> {
        let prepared = match order.way {
            TransferWay::Send { files, kind } => {
                let files = cargo::read(&files, kind).map_err(|unfit| unfit.to_string())?;
                cargo::upload(files, order.protocol, Options::default()).map(|request| (request, None))
            }
            TransferWay::Receive { place, trim } => {
                let options = Options { trim, ..Options::default() };
                match place {
                    // A folder that is not there is no file that could be made.
                    Place::Folder(folder) if !folder.is_dir() => {
                        Err(Unfit::NotFound(FileTrouble::NotFound(folder).to_string()))
                    }
                    Place::Folder(path) | Place::File(path) => {
                        cargo::download(&path, order.protocol, options)
                    }
                    Place::Untyped(path) => cargo::untyped_download(&path, order.protocol, options),
                }
            }
        };
        let (request, keeper) = prepared.map_err(|unfit| unfit.to_string())?;
        if let Some(keeper) = keeper {
            self.keep(keeper);
        }
        Running::command(self, Command::Transfer(Box::new(request)));
        Ok(())
    }
}
