//! The thread that opens and writes one link at a time.
//!
//! The engine's loop hands every [`LinkCommand`] to a [`Driver`]. Each opening gets a number, a [`Cancel`] and a
//! thread of its own that opens, then writes; the link's reader is another thread that the link starts. A new
//! opening first waits for the old thread, so that a port is given back before it is taken again.

use std::io;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::{Cancel, Clock, EventSink, LinkMessage, OpenLink, inversion, listen, pty, serial, stdio, tcp};
use crate::engine::{ByHand, Failure, LinkCommand, LinkEvent, OpenRequest, Target, Trouble};
use crate::time::Span;

/// What the link may take for octets that are on their way when a session ends.
const GRACE: Span = Span::from_secs(1);

type Deliver = Arc<dyn Fn(LinkMessage) -> bool + Send + Sync>;

/// Drives the links of a session, one after another.
pub struct Driver {
    clock: Clock,
    deliver: Deliver,
    opening: u64,
    current: Option<Current>,
}

struct Current {
    commands: Sender<LinkCommand>,
    cancel: Cancel,
    thread: JoinHandle<()>,
}

impl Driver {
    /// A driver whose links deliver to `deliver`.
    pub fn new(clock: Clock, deliver: impl Fn(LinkMessage) -> bool + Send + Sync + 'static) -> Driver {
        Driver { clock, deliver: Arc::new(deliver), opening: 0, current: None }
    }

    /// The number of the latest opening: events of earlier ones are stale.
    pub fn opening(&self) -> u64 {
        self.opening
    }

    /// Does what the engine wants of the link.
    pub fn command(&mut self, command: LinkCommand) {
        match command {
            LinkCommand::Open(request) => self.open(*request),
            LinkCommand::Close => {
                self.opening += 1;
                if let Some(current) = &self.current {
                    current.cancel.set();
                    // A thread that waits for commands ends when it hears of the close.
                    let _ = current.commands.send(LinkCommand::Close);
                }
            }
            other => {
                if let Some(current) = &self.current {
                    // A link that is gone has told so itself; what was meant for it is moot.
                    let _ = current.commands.send(other);
                }
            }
        }
    }

    fn open(&mut self, request: OpenRequest) {
        self.opening += 1;
        let before = self.current.take().map(|current| {
            current.cancel.set();
            let _ = current.commands.send(LinkCommand::Close);
            current.thread
        });
        let (commands, receiver) = mpsc::channel();
        let cancel = Cancel::default();
        let deliver = Arc::clone(&self.deliver);
        let ours = EventSink::new(self.opening, self.clock, move |message| deliver(message));
        let deliver = Arc::clone(&self.deliver);
        let gate = Arc::new(Gate::default());
        let readers_gate = Arc::clone(&gate);
        // A reader may be quicker than the news that the link is open.
        let readers = EventSink::new(self.opening, self.clock, move |message| {
            if !matches!(message.event, LinkEvent::Progress(_)) {
                readers_gate.wait();
            }
            deliver(message)
        });
        let theirs = cancel.clone();
        let thread = thread::spawn(move || {
            if let Some(before) = before {
                // Its panic, if any, was reported by the panic hook.
                let _ = before.join();
            }
            run(&request, &receiver, &ours, readers, &gate, &theirs);
            gate.open();
        });
        self.current = Some(Current { commands, cancel, thread });
    }

    /// Closes the link once it has taken what was sent, but waits no longer than a second for that. Nobody may
    /// wait to deliver any more: what `deliver` hands events to must be closed before.
    pub fn finish(mut self) {
        if let Some(current) = self.current.take() {
            let _ = current.commands.send(LinkCommand::Close);
            let deadline = self.clock.now() + GRACE;
            while !current.thread.is_finished() && self.clock.now() < deadline {
                #[expect(clippy::disallowed_methods, reason = "a thread has no join with a time limit")]
                thread::sleep(Duration::from_millis(2));
            }
            current.cancel.set();
            let _ = current.thread.join();
        }
    }
}

/// Shut until the engine has been told that the link is open.
#[derive(Default)]
struct Gate {
    is_open: Mutex<bool>,
    changed: Condvar,
}

impl Gate {
    fn open(&self) {
        *self.is_open.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_all();
    }

    fn wait(&self) {
        let mut is_open = self.is_open.lock().unwrap_or_else(PoisonError::into_inner);
        while !*is_open {
            is_open = self.changed.wait(is_open).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

fn run(
    request: &OpenRequest,
    commands: &Receiver<LinkCommand>,
    sink: &EventSink,
    readers: EventSink,
    gate: &Gate,
    cancel: &Cancel,
) {
    if cancel.is_set() {
        return;
    }
    let (mut link, info) = match open(request, readers, cancel) {
        Ok(opened) => opened,
        Err(trouble) => {
            sink.send(LinkEvent::Closed(trouble));
            return;
        }
    };
    sink.send(LinkEvent::Opened(Box::new(info)));
    gate.open();
    while let Ok(command) = commands.recv() {
        match command {
            LinkCommand::Tx(octets) => match write_all(link.as_mut(), &octets, cancel) {
                Ok(written) => {
                    sink.send(LinkEvent::TxDrained { bytes: written });
                }
                Err(error) => {
                    tracing::debug!("write: {error}");
                    // The reader tells why a link ended; it knows more than a failed write does.
                    sink.send(LinkEvent::TxDrained { bytes: octets.len() });
                }
            },
            LinkCommand::SetLines { dtr, rts } => match link.set_lines(dtr, rts) {
                Ok(()) => {
                    sink.send(LinkEvent::LinesSet { dtr, rts });
                }
                Err(trouble) => refused(sink, trouble),
            },
            LinkCommand::Break(span) => match link.send_break(span) {
                Ok(()) => {
                    sink.send(LinkEvent::Progress("a break was sent".to_owned()));
                }
                Err(trouble) => refused(sink, trouble),
            },
            LinkCommand::Hold(on) => {
                sink.send(LinkEvent::Held(link.hold(on).map(|()| on)));
            }
            LinkCommand::Reconfigure(native) => {
                sink.send(LinkEvent::Reconfigured(link.reconfigure(&native)));
            }
            LinkCommand::SetFlow(flow) => {
                if let Err(trouble) = link.set_flow(flow) {
                    refused(sink, trouble);
                }
            }
            LinkCommand::Open(_) | LinkCommand::Close => break,
        }
    }
    cancel.set();
    link.close();
}

/// Writes everything, or what can be written until the link is cancelled.
fn write_all(link: &mut dyn super::Endpoint, octets: &[u8], cancel: &Cancel) -> io::Result<usize> {
    let mut done = 0;
    while done < octets.len() && !cancel.is_set() {
        match link.write(&octets[done..]) {
            Ok(count) => done += count,
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
                ) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}

fn refused(sink: &EventSink, trouble: Trouble) {
    let line = match trouble.next.as_str() {
        "" => trouble.what,
        next => format!("{}; {next}", trouble.what),
    };
    sink.send(LinkEvent::Progress(line));
}

fn open(request: &OpenRequest, sink: EventSink, cancel: &Cancel) -> Result<OpenLink, Trouble> {
    let hand = inversion::by_hand(request.inversion, &request.target)?;
    match &request.target {
        Target::Serial(_) => match hand {
            None => {
                let remark = inversion::check_adapter(request.inversion, &request.target)?;
                let (link, mut info) = serial::open(request, sink, cancel)?;
                info.remarks.extend(remark);
                Ok((link, info))
            }
            Some(ByHand::Lines(output, input)) => serial::open_lines(request, output, input, sink, cancel),
            #[cfg(all(feature = "ftdi", target_os = "linux"))]
            Some(ByHand::FtdiPins) => super::bitbang::ftdi::open(request, sink, cancel),
            #[cfg(not(all(feature = "ftdi", target_os = "linux")))]
            Some(ByHand::FtdiPins) => {
                Err(Trouble::new(Failure::Setting, "there is no FTDI bit-bang here", ""))
            }
        },
        Target::Tcp { .. } => tcp::open(request, sink, cancel),
        Target::Listen { .. } => listen::open(request, sink, cancel),
        Target::Pty(_) => pty::open(request, sink, cancel),
        Target::Stdio => stdio::open(request, sink, cancel),
        Target::Demo | Target::Loop | Target::Play { .. } => Err(Trouble::new(
            Failure::NotADevice,
            format!("{} is a simulated line and has no device to open", request.target),
            "it runs inside the session",
        )),
    }
}
