//! The terminal front end: the far end's screen in a host terminal, with a status line, menus and lists.
//!
//! What it guarantees: the host's terminal is given back as it was found, whatever ends the program; only
//! characters of [`hygiene`](super::hygiene) reach it; a slow terminal never holds up the session, because
//! the picture comes from a mailbox in which the latest wins; nothing is drawn unless something changed, and
//! at most 30 times a second.

mod app;
mod canvas;
mod convert;
mod dialog;
mod draw;
mod events;
mod field;
mod files;
mod layout;
mod lists;
mod lookback;
mod output;
mod picker;
mod terminal;
mod tty;

use std::io::{self, Write};
use std::mem::ManuallyDrop;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;

use super::front::{Look, Services, Session, Start};
use super::theme::Depth;
use crate::time::{Span, Stamp};

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
    // Signals first: from here on nothing ends the program without giving the terminal back.
    let Events { sender, receiver } = events;
    events::start_watch(sender.clone())?;
    let guard = terminal::Guard::enter()?;
    let (output, way) = Output::start(tty::open_writer()?, notifier(sender.clone()))?;
    // Never dropped: the library would write to a terminal that the guard has given back, or that is gone,
    // and complain about it on standard error.
    let mut screen = ManuallyDrop::new(Terminal::new(CrosstermBackend::new(output))?);
    events::start_keyboard(sender)?;

    let variable = |name| std::env::var(name).ok();
    let depth = Depth::detect(variable("COLORTERM").as_deref(), variable("TERM").as_deref());
    let clock = Clock::start();
    let mut app = app::App::new(session, services, look, depth, guard.enhanced(), start);
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
                app.event(event, clock.now());
                for event in receiver.try_iter().take(BATCH) {
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
    app: &mut app::App<'_>,
    bell: bool,
    now: Stamp,
) -> io::Result<()> {
    if bell {
        screen.backend_mut().write_all(b"\x07")?;
    }
    screen.draw(|frame| draw::draw(app, frame.buffer_mut(), now))?;
    app.was_drawn(now);
    Ok(())
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
