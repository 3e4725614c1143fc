//! The terminal front end: the far end's screen in a host terminal, with a status line, menus and lists.
//!
//! What it guarantees: the host's terminal is given back as it was found, whatever ends the program; only
//! characters of [`hygiene`](super::hygiene) reach it; a slow terminal never holds up the session, because
//! the picture comes from a mailbox in which the latest wins; nothing is drawn unless something changed, and
//! at most 30 times a second.

mod app;
mod bench;
mod browse;
mod canvas;
mod convert;
mod dialog;
mod draw;
mod events;
mod field;
mod files;
mod form;
mod layout;
mod lists;
mod lookback;
mod output;
mod picker;
mod terminal;
mod tty;
mod viewer;
mod wire;

use std::io::{self, IsTerminal, Write};
use std::mem::ManuallyDrop;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::buffer::Buffer;

use super::front::{Look, Services, Session, Start};
use super::render::scope::Window;
use super::theme::Depth;
use crate::time::{Span, Stamp};
use crate::wave::scope::Line;

use events::notifier;
pub use events::{Events, UiEvent};
use output::Output;

/// Between two pictures.
const FRAME: Span = Span(33_333_333);
/// At least this often it is looked whether the terminal is still ours.
const LOOK: Duration = Duration::from_secs(1);
/// Events taken before the picture is looked at again.
const BATCH: usize = 256;

/// Why the front end ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exit {
    /// The user quit, or the session is over; how it ended is in its last snapshot.
    Quit,
    /// A signal asked for it.
    Signal(i32),
    /// The terminal is gone.
    TerminalGone,
}

/// Why the front end could not go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UiError {
    /// The terminal did not take a setting or a write.
    #[error("the terminal cannot be used: {0}")]
    Terminal(#[from] io::Error),
    /// Another part of the program failed and gave the terminal back with its message.
    #[error("the session failed; the message above says where")]
    Fault,
}

/// Runs the front end until the user quits, a signal comes or the terminal is gone. Standard input and
/// output must be a terminal; it is given back before this returns.
///
/// # Errors
/// When the terminal cannot be set up or written to, or another thread of the program panicked.
pub fn run(
    session: &dyn Session,
    services: &dyn Services,
    look: Look,
    events: Events,
    start: Start,
) -> Result<Exit, UiError> {
    show_front(events, |depth, enhanced| app::App::new(session, services, look, depth, enhanced, start))
}

/// Shows recorded lines until the user has seen enough, a signal comes or the terminal is gone. `clock` is what
/// the recording calls the lines' zero, in nanoseconds.
///
/// # Errors
/// As [`run`].
pub fn scope(lines: Vec<Line>, clock: i64, window: Window, look: &Look) -> Result<Exit, UiError> {
    let bench = bench::Bench::new(lines, clock, window);
    show_front(Events::new(), |depth, _| viewer::Viewer::new(bench, look, depth))
}

/// The columns of the terminal on standard output, if it is one.
pub fn columns() -> Option<u16> {
    let terminal = io::stdout().is_terminal();
    terminal
        .then(|| crossterm::terminal::size().ok())
        .flatten()
        .map(|(columns, _)| columns)
        .filter(|n| *n > 0)
}

/// A front end: events and the time come in, pictures go out.
trait Front {
    /// Looks whether there is something new.
    fn refresh(&mut self, _now: Stamp) {}

    /// Set once it is done.
    fn exit(&self) -> Option<Exit>;

    /// Whether the host's bell is to be rung now.
    fn bell(&mut self, _now: Stamp) -> bool {
        false
    }

    /// Takes an event.
    fn event(&mut self, event: UiEvent, now: Stamp);

    /// Whether something must be drawn.
    fn wants_drawing(&self, now: Stamp) -> bool;

    /// Draws everything.
    fn draw(&mut self, buffer: &mut Buffer, now: Stamp);

    /// It was drawn as of `now`.
    fn was_drawn(&mut self, now: Stamp);

    /// When something changes by itself, at the earliest.
    fn next_change(&self, _now: Stamp) -> Option<Stamp> {
        None
    }
}

fn show_front<F: Front>(events: Events, make: impl FnOnce(Depth, bool) -> F) -> Result<Exit, UiError> {
    // Signals first: from here on nothing ends the program without giving the terminal back.
    let Events { sender, receiver } = events;
    events::start_watch(sender.clone())?;
    let mut guard = terminal::Guard::enter()?;
    let (output, way) = Output::start(tty::open_writer()?, notifier(sender.clone()))?;
    // Never dropped: the library would write to a terminal that the guard has given back, or that is gone,
    // and complain about it on standard error.
    let mut screen = ManuallyDrop::new(Terminal::new(CrosstermBackend::new(output))?);
    events::start_keyboard(sender)?;

    let variable = |name| std::env::var(name).ok();
    let depth = Depth::detect(variable("COLORTERM").as_deref(), variable("TERM").as_deref());
    let clock = Clock::start();
    let mut app = make(depth, guard.enhanced());
    let mut next_frame = Stamp::ZERO;
    loop {
        let now = clock.now();
        app.refresh(now);
        if let Some(exit) = app.exit() {
            return Ok(exit);
        }
        if !terminal::holds() {
            return Err(UiError::Fault);
        }
        match way.failure() {
            None => {}
            Some(error) if gone(&error) => return Ok(Exit::TerminalGone),
            Some(error) => return Err(error.into()),
        }
        // While a picture is on its way to the terminal, its arrival is waited for and not the next frame.
        let idle = way.is_clear();
        let bell = idle && app.bell(now);
        if bell || (idle && app.wants_drawing(now) && now >= next_frame) {
            show(&mut screen, &mut app, bell, now)?;
            next_frame = now + FRAME;
        }
        let wake = match app.wants_drawing(now) {
            true if idle => Some(next_frame),
            true => None,
            false => app.next_change(now),
        };
        // Now and then it is looked whether another part of the program has failed.
        let wait = wake.map_or(LOOK, |at| at.max(next_frame).since(now).as_duration().min(LOOK));
        match receiver.recv_timeout(wait) {
            Ok(event) => {
                for event in std::iter::once(event).chain(receiver.try_iter().take(BATCH)) {
                    if matches!(event, UiEvent::Suspend) {
                        guard = guard.lend()?;
                        // The alternate screen is empty now; the next picture is drawn whole.
                        screen.swap_buffers();
                    }
                    app.event(event, clock.now());
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok(Exit::TerminalGone),
        }
    }
}

/// Draws, and rings the bell once if it is due.
fn show<W: Write>(
    screen: &mut Terminal<CrosstermBackend<W>>,
    app: &mut impl Front,
    bell: bool,
    now: Stamp,
) -> io::Result<()> {
    if bell {
        screen.backend_mut().write_all(b"\x07")?;
    }
    screen.draw(|frame| app.draw(frame.buffer_mut(), now))?;
    app.was_drawn(now);
    Ok(())
}

impl Front for app::App<'_> {
    fn refresh(&mut self, now: Stamp) {
        app::App::refresh(self, now);
    }

    fn exit(&self) -> Option<Exit> {
        app::App::exit(self)
    }

    fn bell(&mut self, now: Stamp) -> bool {
        app::App::bell(self, now)
    }

    fn event(&mut self, event: UiEvent, now: Stamp) {
        app::App::event(self, event, now);
    }

    fn wants_drawing(&self, now: Stamp) -> bool {
        app::App::wants_drawing(self, now)
    }

    fn draw(&mut self, buffer: &mut Buffer, now: Stamp) {
        draw::draw(self, buffer, now);
    }

    fn was_drawn(&mut self, now: Stamp) {
        app::App::was_drawn(self, now);
    }

    fn next_change(&self, now: Stamp) -> Option<Stamp> {
        app::App::next_change(self, now)
    }
}

/// Whether an error of the terminal says that it is no longer there.
fn gone(error: &io::Error) -> bool {
    // A terminal that was hung up answers EIO.
    const EIO: i32 = 5;
    error.kind() == io::ErrorKind::BrokenPipe || (cfg!(unix) && error.raw_os_error() == Some(EIO))
}

/// The front end's clock; it counts from its own start.
struct Clock(Instant);

impl Clock {
    #[expect(clippy::disallowed_methods, reason = "the front end's one clock")]
    fn start() -> Clock {
        Clock(Instant::now())
    }

    fn now(&self) -> Stamp {
        Stamp::ZERO + Span::from(self.0.elapsed())
    }
}

#[cfg(test)]
mod tests;
