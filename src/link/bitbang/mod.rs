//! Lines that petterm makes and watches itself, level by level, where no UART does it: by the modem lines of a
//! serial port, or by the pins of an FTDI chip in bit-bang mode. Polarity is real here, in both directions.
//!
//! ```text
//! session --octets--> Encoder --edges--> pins --wire--> PET
//! session <--octets-- Decoder <--edges-- pins <--wire-- PET
//! ```
//!
//! Guarantees: the line rests while nothing is sent, from the moment it is opened until it is closed; the
//! speed of the pins is measured at opening, and a rate that they cannot hold is refused. What sends the
//! levels is behind a trait, and the tests put devices of their own there: no hardware was at hand. Facts:
//! `docs/inversion.md`.

#[cfg(all(feature = "ftdi", target_os = "linux"))]
pub mod eeprom;
#[cfg(all(feature = "ftdi", target_os = "linux"))]
pub mod ftdi;
pub mod hand;
#[cfg(target_os = "linux")]
pub mod modem_lines;
pub mod sampled;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::engine::{
    Abilities, Failure, LinkEvent, LinkInfo, Mark, MarkKind, Medium, OpenRequest, Trouble, Way,
};
use crate::line::uart::{Decoder, Frame};
use crate::line::{Edge, LineFormat};
use crate::link::{Cancel, Endpoint, EventSink, OpenLink};
use crate::time::{Span, Stamp};

/// Octets that may wait for the line; more stay with the session, which paces itself by them.
const ROOM: usize = 32;
/// How long a write waits for room.
const PATIENCE: Duration = Duration::from_millis(100);

/// What the line is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Job {
    /// Send an octet.
    Octet(u8),
    /// Hold the line at space.
    Break(Span),
}

/// A line that is made and watched: it does jobs and hears frames, a turn at a time.
pub trait Line: Send {
    /// Whether a job can begin now.
    fn is_free(&self) -> bool;
    /// Begins a job; only called when the line is free.
    fn begin(&mut self, job: Job);
    /// Lives for a moment, a few milliseconds at most.
    ///
    /// # Errors
    /// When the device is gone.
    fn turn(&mut self) -> io::Result<()>;
    /// The next frame that was heard.
    fn heard(&mut self) -> Option<Frame>;
    /// The next change of level that was made or seen, by the clock of [`Line::now`]; at the beginning and after
    /// a change of format also the levels at which the lines rest.
    fn changed(&mut self) -> Option<(Way, Edge)>;
    /// The line's time now.
    fn now(&mut self) -> Stamp;
    /// Runs another format from now on; the line is free.
    ///
    /// # Errors
    /// When the pins cannot hold its rate; the line then runs as before.
    fn reconfigure(&mut self, format: &LineFormat) -> Result<(), Trouble>;
    /// Leaves the device as it was found.
    fn release(&mut self);
}

/// What the session's thread and the line's thread share.
#[derive(Default)]
struct Desk {
    jobs: VecDeque<Job>,
    format: Option<LineFormat>,
    answer: Option<Result<(), Trouble>>,
    closing: bool,
    gone: bool,
}

struct Shared {
    desk: Mutex<Desk>,
    changed: Condvar,
}

impl Shared {
    fn desk(&self) -> std::sync::MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The session's half of a line that is made by hand.
struct BitBang {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

/// Starts a line's thread.
///
/// # Errors
/// If the system has no thread to give.
pub fn start(
    line: Box<dyn Line>,
    name: String,
    remarks: Vec<String>,
    request: &OpenRequest,
    sink: EventSink,
    cancel: &Cancel,
) -> Result<OpenLink, Trouble> {
    let shared = Arc::new(Shared { desk: Mutex::default(), changed: Condvar::new() });
    let (theirs, cancel, what) = (Arc::clone(&shared), cancel.clone(), name.clone());
    let thread = thread::Builder::new()
        .name(format!("line {name}"))
        .spawn(move || live(line, &theirs, &sink, &cancel, &what))
        .map_err(|error| Trouble::new(Failure::Io, format!("no thread to drive {name}: {error}"), ""))?;
    let info = LinkInfo {
        medium: Medium::Edges,
        name,
        identity: request.identity.clone(),
        adapter: None,
        remarks,
        abilities: Abilities::default(),
    };
    Ok((Box::new(BitBang { shared, thread: Some(thread) }), info))
}

/// The line's thread: jobs to the line, frames to the session, until it is closed or the device is gone.
fn live(mut line: Box<dyn Line>, shared: &Shared, sink: &EventSink, cancel: &Cancel, name: &str) {
    let mut changes = [Vec::new(), Vec::new()];
    let zero = (sink.now(), line.now());
    loop {
        {
            let mut desk = shared.desk();
            if line.is_free() {
                if let Some(job) = desk.jobs.pop_front() {
                    line.begin(job);
                    shared.changed.notify_all();
                } else if let Some(format) = desk.format.take() {
                    desk.answer = Some(line.reconfigure(&format));
                    shared.changed.notify_all();
                } else if desk.closing {
                    break;
                }
            }
            if cancel.is_set() && desk.jobs.is_empty() && line.is_free() {
                break;
            }
        }
        if let Err(error) = line.turn() {
            let mut desk = shared.desk();
            desk.gone = true;
            shared.changed.notify_all();
            drop(desk);
            line.release();
            let what = format!("{name} went away: {error}");
            sink.send(LinkEvent::Closed(Trouble::new(Failure::Unplugged, what, "")));
            return;
        }
        while let Some((way, edge)) = line.changed() {
            // The line's clock has a zero of its own.
            let at = zero.0 + edge.at.since(zero.1);
            changes[usize::from(way == Way::ToUs)].push(Edge { at, ..edge });
        }
        for (way, edges) in [Way::FromUs, Way::ToUs].into_iter().zip(&mut changes) {
            if !edges.is_empty() {
                sink.send(LinkEvent::Edges { way, edges: std::mem::take(edges) });
            }
        }
        let (mut bytes, mut marks) = (Vec::new(), Vec::new());
        while let Some(frame) = line.heard() {
            octet(&frame, &mut bytes, &mut marks);
        }
        if (!bytes.is_empty() || !marks.is_empty())
            && !sink.send(LinkEvent::Rx { at: sink.now(), bytes, marks })
        {
            break;
        }
    }
    line.release();
    shared.desk().gone = true;
    shared.changed.notify_all();
}

/// A frame as the session hears it: an octet with its marks, or a break without one.
fn octet(frame: &Frame, bytes: &mut Vec<u8>, marks: &mut Vec<Mark>) {
    let offset = bytes.len();
    if frame.is_break {
        marks.push(Mark { offset, kind: MarkKind::Break });
        return;
    }
    bytes.push(frame.data as u8);
    if !frame.framing_ok {
        marks.push(Mark { offset, kind: MarkKind::Framing });
    } else if !frame.parity_ok {
        marks.push(Mark { offset, kind: MarkKind::Parity });
    }
}

impl BitBang {
    /// Waits until `done` says so, the line is gone, or the patience is over; says whether it was done.
    fn wait(&self, mut done: impl FnMut(&mut Desk) -> bool) -> io::Result<bool> {
        let mut desk = self.shared.desk();
        if done(&mut desk) {
            return Ok(true);
        }
        if desk.gone {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let waited = self.shared.changed.wait_timeout(desk, PATIENCE);
        let (mut desk, _) = waited.unwrap_or_else(PoisonError::into_inner);
        Ok(done(&mut desk))
    }
}

impl Endpoint for BitBang {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut count = 0;
        self.wait(|desk| {
            count = bytes.len().min(ROOM.saturating_sub(desk.jobs.len()));
            desk.jobs.extend(bytes[..count].iter().map(|byte| Job::Octet(*byte)));
            count > 0
        })?;
        if count == 0 { Err(io::ErrorKind::TimedOut.into()) } else { Ok(count) }
    }

    fn send_break(&mut self, length: Span) -> Result<(), Trouble> {
        self.shared.desk().jobs.push_back(Job::Break(length));
        Ok(())
    }

    fn reconfigure(&mut self, native: &LineFormat) -> Result<Vec<String>, Trouble> {
        let mut desk = self.shared.desk();
        (desk.format, desk.answer) = (Some(*native), None);
        drop(desk);
        loop {
            let mut answer = None;
            let answered = self.wait(|desk| {
                answer = desk.answer.take();
                answer.is_some()
            });
            match (answered, answer) {
                (_, Some(answer)) => return answer.map(|()| Vec::new()),
                (Ok(_), None) => {}
                (Err(_), None) => {
                    return Err(Trouble::new(Failure::Unplugged, "the line is gone", ""));
                }
            }
        }
    }

    fn close(&mut self) {
        self.shared.desk().closing = true;
        if let Some(thread) = self.thread.take() {
            // Its panic, if any, was reported by the panic hook.
            let _ = thread.join();
        }
    }
}

impl Drop for BitBang {
    fn drop(&mut self) {
        self.close();
    }
}

/// Frames out of a decoder, the latest included.
fn frames(decoder: &mut Decoder, into: &mut VecDeque<Frame>) {
    into.extend(std::iter::from_fn(|| decoder.poll()));
}

/// What is said of a rate that pins cannot hold.
fn too_quick(name: &str, baud: u32, highest: u32, why: &str) -> Trouble {
    let next = if highest < 50 {
        "this port is too slow for any rate; use an inverter, or --invert=shift".to_owned()
    } else {
        format!("ask the PET for {highest} baud or less, or use an inverter, or --invert=shift")
    };
    Trouble::new(Failure::Setting, format!("{name} cannot hold {baud} baud by hand: {why}"), next)
}
