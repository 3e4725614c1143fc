//! Drives a link for a state machine that is no session: opens it, tells what happens and the time, and shows
//! on stderr how far it is.

use std::io::{self, IsTerminal, Write};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

use crate::cli::exit::{one_line, say};
use crate::cli::session::signals;
use crate::engine::{LinkCommand, LinkEvent, Trouble};
use crate::link::driver::Driver;
use crate::link::runner::Links;
use crate::link::{Clock, LinkMessage};
use crate::time::{Span, Stamp, Wake};

/// Messages that may wait; a link that is quicker waits.
const QUEUE: usize = 64;
/// Progress is looked at so often.
const LOOK: Duration = Duration::from_millis(200);

/// What is driven: link events and time in, link commands out.
pub(super) trait Machine {
    /// Something happened on the link; never [`LinkEvent::Closed`].
    fn event(&mut self, now: Stamp, event: LinkEvent);
    /// Time passed.
    fn timeout(&mut self, now: Stamp);
    /// What the link shall do.
    fn poll(&mut self) -> Option<LinkCommand>;
    /// When it wants to be told the time.
    fn wake(&self) -> Wake;
    /// It wants no more.
    fn is_done(&self) -> bool;
    /// What it is at, and how far.
    fn progress(&self) -> (String, String);
}

/// How it ended.
pub(super) enum End {
    /// The machine was done.
    Done,
    /// A signal came.
    Signal(i32),
    /// The link could not be opened, or closed.
    Trouble(Trouble),
}

enum Message {
    Link(LinkMessage),
    Signal(i32),
}

/// Drives a machine to its end; answers how it ended, and when.
///
/// # Errors
/// If the system cannot watch signals.
pub(super) fn drive(machine: &mut dyn Machine) -> anyhow::Result<(End, Stamp)> {
    let clock = Clock::start();
    let (sender, messages) = sync_channel(QUEUE);
    let signalled = sender.clone();
    let driver = Driver::new(clock, move |message| sender.send(Message::Link(message)).is_ok());
    let mut links = Links::with_driver(driver);
    signals(move |number| {
        // Whoever listened may be at its end.
        let _ = signalled.send(Message::Signal(number));
    })?;
    let mut progress = Progress::new();
    let end = 'run: loop {
        let now = clock.now();
        links.advance(now);
        while let Some(event) = links.poll() {
            if let LinkEvent::Closed(trouble) = event {
                break 'run End::Trouble(trouble);
            }
            machine.event(now, event);
        }
        machine.timeout(now);
        let mut any = false;
        while let Some(command) = machine.poll() {
            any = true;
            links.command(now, command);
        }
        if machine.is_done() {
            break End::Done;
        }
        if any {
            continue;
        }
        let (what, detail) = machine.progress();
        progress.show(&what, &detail);
        let wait = match machine.wake().earliest(links.wake()) {
            Wake::Now => Duration::ZERO,
            Wake::At(at) => at.since(clock.now()).as_duration().min(LOOK),
            Wake::OnInput => LOOK,
        };
        match messages.recv_timeout(wait) {
            Ok(Message::Signal(number)) => break End::Signal(number),
            Ok(Message::Link(message)) if links.is_current(&message) => match message.event {
                LinkEvent::Closed(trouble) => break End::Trouble(trouble),
                event => machine.event(clock.now(), event),
            },
            Ok(Message::Link(_)) | Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break End::Done,
        }
    };
    progress.clear();
    let now = clock.now();
    // A link that waits to tell something must not wait for ever.
    drop(messages);
    links.finish();
    Ok((end, now))
}

/// A line on stderr that is written over on a terminal; elsewhere a line for each new thing.
struct Progress {
    terminal: bool,
    shown: String,
    what: String,
}

impl Progress {
    fn new() -> Progress {
        Progress { terminal: io::stderr().is_terminal(), shown: String::new(), what: String::new() }
    }

    fn show(&mut self, what: &str, detail: &str) {
        if !self.terminal {
            if what != self.what && !what.is_empty() {
                say(what);
            }
            what.clone_into(&mut self.what);
            return;
        }
        let line = one_line(&format!("{what} {detail}"));
        if line != self.shown {
            self.write(&line);
        }
    }

    fn clear(&mut self) {
        if self.terminal && !self.shown.is_empty() {
            self.write("");
            let _ = write!(io::stderr().lock(), "\r");
        }
    }

    /// Blanks cover what was there: not every terminal knows how to clear a line.
    fn write(&mut self, line: &str) {
        let line: String = line.chars().take(78).collect();
        let width = self.shown.chars().count();
        // Whether anyone sees it is not our trouble.
        let _ = write!(io::stderr().lock(), "\r{line:<width$}");
        let _ = io::stderr().lock().flush();
        self.shown = line;
    }
}

/// How long to listen where `--timeout` says nothing.
pub(super) const PATIENCE: Span = Span::from_secs(60);
