//! What a link of the operating system is to the thread that drives it.
//!
//! Opening blocks (in the link's own thread) and yields the writing half, an [`Endpoint`]; the reading half
//! is a thread that the link starts itself and that tells the engine what arrives through an [`EventSink`].
//! A reader ends by sending one [`LinkEvent::Closed`], or silently once [`EventSink::send`] says that
//! nobody listens or [`Cancel`] is set.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;
use std::time::Instant;

use crate::engine::{Flow, LinkEvent, LinkInfo, Trouble};
use crate::line::LineFormat;
use crate::time::{Span, Stamp};

/// The wall clock of a run: stamps count from its start and never run backwards.
#[derive(Clone, Copy, Debug)]
pub struct Clock(Instant);

impl Clock {
    /// A clock that starts at zero now.
    #[expect(clippy::disallowed_methods, reason = "the shell's one clock")]
    pub fn start() -> Clock {
        Clock(Instant::now())
    }

    /// The time now.
    pub fn now(&self) -> Stamp {
        Stamp::ZERO + Span::from(self.0.elapsed())
    }
}

/// Set once the link shall end; a link looks at it at least every 100 ms while it blocks.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Asks the link to end.
    pub fn set(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether the link shall end.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// An event of a link, with the number of the opening it belongs to: events of an earlier one are stale.
#[derive(Debug)]
pub struct LinkMessage {
    /// Counts the openings of a session.
    pub opening: u64,
    /// What happened.
    pub event: LinkEvent,
}

/// Where a link's events go: a bounded queue, so that a link waits for an engine that is behind.
#[derive(Clone)]
pub struct EventSink {
    opening: u64,
    clock: Clock,
    deliver: Arc<dyn Fn(LinkMessage) -> bool + Send + Sync>,
}

impl EventSink {
    /// A sink for the `opening`-th link of a session, which hands every message to `deliver`; that returns
    /// whether anyone still listens.
    pub fn new(
        opening: u64,
        clock: Clock,
        deliver: impl Fn(LinkMessage) -> bool + Send + Sync + 'static,
    ) -> EventSink {
        EventSink { opening, clock, deliver: Arc::new(deliver) }
    }

    /// A sink into a bounded channel.
    pub fn to_channel(opening: u64, clock: Clock, sender: SyncSender<LinkMessage>) -> EventSink {
        EventSink::new(opening, clock, move |message| sender.send(message).is_ok())
    }

    /// Delivers an event; `false` says that nobody listens any more and the link shall end.
    pub fn send(&self, event: LinkEvent) -> bool {
        (self.deliver)(LinkMessage { opening: self.opening, event })
    }

    /// The time now, for [`LinkEvent::Rx`].
    pub fn now(&self) -> Stamp {
        self.clock.now()
    }
}

/// The writing half of an open link.
pub trait Endpoint: Send {
    /// Hands on some of `bytes` and says how many. May block for at most about 100 ms; an error of kind
    /// `TimedOut`, `WouldBlock` or `Interrupted` means that nothing was taken and it may be tried again.
    ///
    /// # Errors
    /// Any other error means that the link is dead.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize>;

    /// Drives DTR and RTS; a link without them says so.
    ///
    /// # Errors
    /// When the link has no such lines or the driver refused.
    fn set_lines(&mut self, _dtr: Option<bool>, _rts: Option<bool>) -> Result<(), Trouble> {
        Err(no_such_thing("DTR and RTS"))
    }

    /// Holds the line at space for this long, blocking.
    ///
    /// # Errors
    /// When the link has no break or the driver refused.
    fn send_break(&mut self, _length: Span) -> Result<(), Trouble> {
        Err(no_such_thing("a break"))
    }

    /// Holds the line at space from now on, after everything that was written is on it, or lets it go. What is held
    /// when the link closes is let go.
    ///
    /// # Errors
    /// When the link has no break or the driver refused.
    fn hold(&mut self, _on: bool) -> Result<(), Trouble> {
        Err(no_such_thing("a break"))
    }

    /// Changes the port's own format; returns remarks for the user.
    ///
    /// # Errors
    /// When the driver did not take it; the port then runs as before.
    fn reconfigure(&mut self, _native: &LineFormat) -> Result<Vec<String>, Trouble> {
        Ok(Vec::new())
    }

    /// Changes the flow control; a link without any has nothing to change.
    ///
    /// # Errors
    /// When the driver did not take it; the port then runs as before.
    fn set_flow(&mut self, _flow: Flow) -> Result<(), Trouble> {
        Ok(())
    }

    /// Ends the link: the reader must come back from whatever blocks it.
    fn close(&mut self);
}

/// An opened link: the writing half and what it is.
pub type OpenLink = (Box<dyn Endpoint>, LinkInfo);

fn no_such_thing(what: &str) -> Trouble {
    Trouble::new(
        crate::engine::Failure::Setting,
        format!("this link has no way to send {what}"),
        "only serial ports have it",
    )
}
