//! A link whose line is simulated: our octets become edges on a wire, and a UART at its other end reads
//! them; back alike.
//!
//! ```text
//!              Encoder --edges--> [fault] --edges--> Decoder
//!   engine                                                     far end: a board, a script
//!              Decoder <--edges-- [fault] <--edges-- Encoder
//!
//!   loop:      Encoder --edges--> [fault] --edges--> Decoder   (one wire, from our TX to our RX)
//!   play:      Decoder <--edges-- recording
//! ```
//!
//! No octet takes another way, so speed, framing errors, breaks and a flipped bit look as they do on a real
//! line. The link is pure: it lives in the time it is told. It may be led from [`SimLink::wake`] to
//! [`SimLink::wake`] (virtual time) or looked at now and then (wall time); what the far end and the engine
//! see is the same, and stamped with the moment at which it happened on the wire. Facts: `docs/line.md`.

mod fault;
mod playback;
mod wire;

pub use fault::Fault;
pub use playback::{Playback, Stretch};

use std::collections::VecDeque;

use self::wire::Wire;
use super::demo::Board;
use crate::engine::{
    Failure, LinkCommand, LinkEvent, LinkInfo, Mark, MarkKind, Medium, ModemLines, OpenRequest, Trouble, Way,
};
use crate::line::uart::Frame;
use crate::line::{Bit, Edge, LineFormat, Polarity};
use crate::time::{Span, Stamp, Wake};

/// What sits at the far end of a simulated line. All times are those of the wire; none runs backwards.
pub trait FarEnd {
    /// The line was opened in this format, as the far end sees it; whatever was before is over.
    fn connect(&mut self, now: Stamp, line: &LineFormat);
    /// The near end changed the format, and this end with it.
    fn reconfigure(&mut self, now: Stamp, line: &LineFormat);
    /// A character arrived; `ok` is whether parity and stop bits were right.
    fn rx(&mut self, now: Stamp, byte: u8, ok: bool);
    /// A break ended.
    fn rx_break(&mut self, now: Stamp);
    /// Time passed.
    fn advance(&mut self, now: Stamp);
    /// The next octet to send; asked when the transmitter is free.
    fn poll(&mut self) -> Option<u8>;
    /// When it wants to be asked again without any input.
    fn wake(&self) -> Wake;
    /// Why it hangs up, once it wants to; what was polled before still arrives.
    fn hangs_up(&self) -> Option<&str>;
}

/// The most octets that one [`LinkEvent::Rx`] holds.
const RX_CHUNK: usize = 4096;

/// What waits for our transmitter.
#[derive(Debug)]
enum Queued {
    Octet(u8),
    Break(Span),
}

/// A simulated link: told [`LinkCommand`]s and the time, tells [`LinkEvent`]s.
///
/// ```
/// use petterm::engine::{LinkCommand, LinkEvent, OpenRequest, Target};
/// use petterm::line::LineFormat;
/// use petterm::link::sim::SimLink;
/// use petterm::time::{Stamp, Wake};
///
/// let mut link = SimLink::loopback();
/// let open = OpenRequest::new(Target::Loop, LineFormat::new(1200));
/// link.command(Stamp::ZERO, LinkCommand::Open(Box::new(open)));
/// link.command(Stamp::ZERO, LinkCommand::Tx(b"HI".to_vec()));
/// let (mut now, mut heard) = (Stamp::ZERO, Vec::new());
/// loop {
///     while let Some(event) = link.poll() {
///         if let LinkEvent::Rx { bytes, .. } = event {
///             heard.extend(bytes);
///         }
///     }
///     match link.wake() {
///         Wake::At(at) => now = at,
///         _ => break,
///     }
///     link.advance(now);
/// }
/// assert_eq!(heard, b"HI");
/// assert_eq!(now, Stamp(20_000_000_000 / 1200));
/// ```
pub struct SimLink {
    name: String,
    /// Who sits at the far end; nobody where our wire comes back to us, or where a recording is played.
    far: Option<Box<dyn FarEnd + Send>>,
    /// The recording that is the far end.
    playback: Option<Playback>,
    /// It was said that a recording hears nothing.
    told_deaf: bool,
    remarks: Vec<String>,
    /// The level at which the line rests whatever the format says.
    rest: Option<Polarity>,
    fault: Option<Fault>,
    /// Our wire; present while the link is open.
    out: Option<Wire>,
    /// The far end's wire; present while the link is open and has a far end.
    back: Option<Wire>,
    queue: VecDeque<Queued>,
    /// A new format, which waits until the line is quiet.
    pending: Option<LineFormat>,
    /// Ends of our frames that have not been told as drained.
    in_flight: VecDeque<Stamp>,
    events: VecDeque<LinkEvent>,
    now: Stamp,
}

impl SimLink {
    /// A line to the demo board. It rests low in both directions whatever the format says: that is a fact of
    /// this line, and both its ends know it.
    pub fn demo(board: Board) -> SimLink {
        let mut link = SimLink::new(Box::new(board), "demo board");
        link.rest = Some(Polarity::IdleLow);
        link
    }

    /// A line to `far`, which rests as the format of the request says.
    pub fn new(far: Box<dyn FarEnd + Send>, name: impl Into<String>) -> SimLink {
        SimLink::with_far_end(Some(far), name.into())
    }

    /// Our transmitter wired to our receiver. Where the format says that the two lines rest at different
    /// levels, an inverter sits in that wire. DTR drives DSR and DCD, RTS drives CTS.
    pub fn loopback() -> SimLink {
        SimLink::with_far_end(None, "loop".to_owned())
    }

    /// A recorded line, which we hear once; what we drive goes nowhere.
    pub fn playing(playback: Playback, name: impl Into<String>) -> SimLink {
        SimLink { playback: Some(playback), ..SimLink::with_far_end(None, name.into()) }
    }

    /// The same link with something to tell the user when it is opened.
    #[must_use]
    pub fn with_remarks(mut self, remarks: Vec<String>) -> SimLink {
        self.remarks = remarks;
        self
    }

    /// The same link with a disturbance on its line.
    #[must_use]
    pub fn with_fault(mut self, fault: Fault) -> SimLink {
        self.fault = Some(fault);
        self
    }

    fn with_far_end(far: Option<Box<dyn FarEnd + Send>>, name: String) -> SimLink {
        SimLink {
            name,
            far,
            playback: None,
            told_deaf: false,
            remarks: Vec::new(),
            rest: None,
            fault: None,
            out: None,
            back: None,
            queue: VecDeque::new(),
            pending: None,
            in_flight: VecDeque::new(),
            events: VecDeque::new(),
            now: Stamp::ZERO,
        }
    }

    /// Takes a command. Only [`LinkCommand::Open`] does anything while the link is closed.
    pub fn command(&mut self, now: Stamp, command: LinkCommand) {
        self.advance(now);
        if let LinkCommand::Open(request) = command {
            self.open(&request);
        } else if self.out.is_some() {
            match command {
                LinkCommand::Open(_) => {}
                LinkCommand::Tx(octets) => {
                    if self.playback.is_some() && !self.told_deaf {
                        self.told_deaf = true;
                        let what = "the far end is a recording: what is typed goes nowhere";
                        self.emit(LinkEvent::Warning(what.to_owned()));
                    }
                    self.queue.extend(octets.into_iter().map(Queued::Octet));
                }
                LinkCommand::Break(length) => {
                    self.queue.push_back(Queued::Break(length));
                    self.emit(LinkEvent::Progress("a break is being sent".to_owned()));
                }
                LinkCommand::SetLines { dtr, rts } => {
                    self.emit(LinkEvent::LinesSet { dtr, rts });
                    self.set_lines(dtr, rts);
                }
                // Its polarity is real, so nobody has to hold it; and nothing else would.
                LinkCommand::Hold(_) => self.emit(LinkEvent::Held(Err(Trouble::new(
                    Failure::Setting,
                    format!("{} holds no break", self.name),
                    "",
                )))),
                LinkCommand::Reconfigure(format) => self.pending = Some(format),
                // There is none here.
                LinkCommand::SetFlow(_) => {}
                LinkCommand::Close => {
                    self.close(Trouble::new(Failure::Local, format!("{} was closed here", self.name), ""));
                }
            }
        }
        self.settle();
    }

    /// Lets the line live until `now`.
    pub fn advance(&mut self, now: Stamp) {
        while let Wake::At(at) = self.next()
            && at <= now
        {
            self.now = self.now.max(at);
            self.settle();
        }
        self.now = self.now.max(now);
        self.settle();
    }

    /// The next event.
    pub fn poll(&mut self) -> Option<LinkEvent> {
        self.events.pop_front()
    }

    /// When the next thing happens on the line.
    pub fn wake(&self) -> Wake {
        if self.events.is_empty() { self.next() } else { Wake::Now }
    }

    fn open(&mut self, request: &OpenRequest) {
        self.queue.clear();
        self.in_flight.clear();
        self.pending = None;
        self.wire_up(&request.native);
        let line = self.resting(&request.native);
        if let Some(far) = &mut self.far {
            far.connect(self.now, &line.far_end());
        }
        if let Some(playback) = &mut self.playback {
            playback.start(self.now);
        }
        self.emit(LinkEvent::Opened(Box::new(LinkInfo {
            medium: Medium::Edges,
            name: self.name.clone(),
            identity: None,
            adapter: None,
            remarks: self.remarks.clone(),
            abilities: crate::engine::Abilities::default(),
        })));
        self.tell_rest(&line);
    }

    /// Says at which levels the lines rest.
    fn tell_rest(&mut self, line: &LineFormat) {
        for (way, polarity) in [(Way::FromUs, line.tx), (Way::ToUs, line.rx)] {
            let edges = vec![Edge { at: self.now, level: polarity.level(Bit::Mark) }];
            self.emit(LinkEvent::Edges { way, edges });
        }
    }

    fn resting(&self, format: &LineFormat) -> LineFormat {
        match self.rest {
            Some(rest) => LineFormat { tx: rest, rx: rest, ..*format },
            None => *format,
        }
    }

    /// Puts UARTs of this format at both ends of every wire.
    fn wire_up(&mut self, format: &LineFormat) {
        let ours = self.resting(format);
        let fault = |way| self.fault.filter(|fault| fault.way == way);
        // On a loop our receiver hears our transmitter, and `Wire` inverts where their polarities differ.
        let hears = if self.is_loop() { ours } else { ours.far_end() };
        self.out = Some(Wire::new(&ours, &hears, fault(Way::FromUs), self.now));
        self.back = (!self.is_loop()).then(|| Wire::new(&hears, &ours, fault(Way::ToUs), self.now));
        if let (Some(back), Some(level)) = (&mut self.back, self.playback.as_ref().and_then(Playback::level))
        {
            back.restart(self.now, level);
        }
    }

    fn is_loop(&self) -> bool {
        self.far.is_none() && self.playback.is_none()
    }

    fn set_lines(&mut self, dtr: Option<bool>, rts: Option<bool>) {
        if self.is_loop() {
            self.emit(LinkEvent::Lines(ModemLines { cts: rts, dsr: dtr, dcd: dtr, ri: None }));
        } else if dtr == Some(false) {
            // As a modem: no DTR, no call.
            let what = format!("{} hung up because DTR was dropped", self.name);
            self.close(Trouble::new(Failure::PeerClosed, what, ""));
        }
    }

    fn close(&mut self, trouble: Trouble) {
        self.out = None;
        self.back = None;
        self.queue.clear();
        self.in_flight.clear();
        self.pending = None;
        self.emit(LinkEvent::Closed(trouble));
    }

    /// Does everything that can be done at `self.now`.
    fn settle(&mut self) {
        if self.out.is_none() {
            return;
        }
        self.carry();
        self.reconfigure_when_quiet();
        if self.pending.is_none() {
            self.transmit();
        }
        self.carry();
        self.hang_up_when_quiet();
    }

    /// Lets what is on the wires arrive.
    fn carry(&mut self) {
        let now = self.now;
        let Some(out) = &mut self.out else { return };
        out.advance(now);
        let mut heard = Vec::new();
        if let Some(far) = &mut self.far {
            while let Some(frame) = out.poll() {
                if frame.is_break {
                    far.rx_break(frame.end);
                } else {
                    far.rx(frame.end, frame.data as u8, frame.parity_ok && frame.framing_ok);
                }
            }
            far.advance(now);
        }
        if let (Some(playback), Some(back)) = (&mut self.playback, &mut self.back) {
            // Nobody hears what we drive.
            while out.poll().is_some() {}
            playback.play(now, back);
        }
        // What a far end did not take comes back to us.
        let to_us = self.back.as_mut().unwrap_or(out);
        to_us.advance(now);
        heard.extend(std::iter::from_fn(|| to_us.poll()));
        self.tap();
        for frame in heard {
            self.hear(&frame);
        }
        let mut bytes = 0;
        while self.in_flight.front().is_some_and(|&end| end <= now) {
            self.in_flight.pop_front();
            bytes += 1;
        }
        if bytes > 0 {
            self.emit(LinkEvent::TxDrained { bytes });
        }
    }

    /// Tells the edges that arrived on both wires, in one order of time.
    fn tap(&mut self) {
        let Some(out) = &mut self.out else { return };
        let driven = out.tapped();
        let (from_us, to_us) = match &mut self.back {
            Some(back) => (driven, back.tapped()),
            None => (driven.iter().map(|&edge| out.other_side(edge)).collect(), driven),
        };
        let (mut from_us, mut to_us) = (from_us.as_slice(), to_us.as_slice());
        while let Some(first) = from_us.first().into_iter().chain(to_us.first()).map(|edge| edge.at).min() {
            let (way, edges, other) = match from_us.first() {
                Some(edge) if edge.at == first => (Way::FromUs, &mut from_us, to_us.first()),
                _ => (Way::ToUs, &mut to_us, from_us.first()),
            };
            let run = edges.iter().take_while(|edge| other.is_none_or(|other| edge.at <= other.at)).count();
            let (run, rest) = edges.split_at(run);
            self.events.push_back(LinkEvent::Edges { way, edges: run.to_vec() });
            *edges = rest;
        }
    }

    /// Gives idle transmitters something to do.
    fn transmit(&mut self) {
        let now = self.now;
        if let Some(out) = &mut self.out
            && out.is_free(now)
        {
            match self.queue.pop_front() {
                Some(Queued::Octet(octet)) => self.in_flight.push_back(out.send(octet, now)),
                Some(Queued::Break(length)) => out.send_break(length, now),
                None => {}
            }
        }
        if let (Some(far), Some(back)) = (&mut self.far, &mut self.back)
            && back.is_free(now)
            && let Some(octet) = far.poll()
        {
            back.send(octet, now);
        }
    }

    /// A format is changed between frames, as a driver does that lets its transmitter run dry first.
    fn reconfigure_when_quiet(&mut self) {
        if let Some(format) = self.pending
            && (self.is_quiet() || self.playback.is_some())
        {
            self.pending = None;
            self.wire_up(&format);
            let line = self.resting(&format).far_end();
            if let Some(far) = &mut self.far {
                far.reconfigure(self.now, &line);
            }
            self.emit(LinkEvent::Reconfigured(Ok(Vec::new())));
            self.tell_rest(&self.resting(&format));
        }
    }

    /// A frame and a little after a recording's end its last character is told.
    fn rest_after(&self) -> Span {
        self.back.as_ref().map_or(Span::ZERO, Wire::longest_wait)
    }

    fn hang_up_when_quiet(&mut self) {
        if self.playback.as_ref().is_some_and(|playback| playback.is_over(self.now, self.rest_after())) {
            self.playback = Some(Playback::new([]));
            self.close(Trouble::new(Failure::PeerClosed, "the recording is over", ""));
            return;
        }
        if let (Some(far), Some(back)) = (&self.far, &self.back)
            && let Some(reason) = far.hangs_up()
            && back.is_quiet(self.now)
        {
            let trouble = Trouble::new(Failure::PeerClosed, reason, "");
            self.close(trouble);
        }
    }

    fn is_quiet(&self) -> bool {
        [&self.out, &self.back].into_iter().flatten().all(|wire| wire.is_quiet(self.now))
    }

    /// The next moment at which something happens; always later than `self.now`.
    fn next(&self) -> Wake {
        if self.out.is_none() {
            return Wake::OnInput;
        }
        let far = match &self.far {
            Some(far) => far.wake(),
            None => Wake::OnInput,
        };
        // What it wanted until now it has been asked for.
        let far = if matches!(far, Wake::At(at) if at > self.now) { far } else { Wake::OnInput };
        let far = match &self.playback {
            Some(playback) => playback.wake(self.now, self.rest_after()),
            None => far,
        };
        let wires = [&self.out, &self.back].into_iter().flatten();
        wires.fold(far, |wake, wire| wake.earliest(wire.wake(self.now)))
    }

    fn hear(&mut self, frame: &Frame) {
        let mut kinds = Vec::new();
        if frame.is_break {
            kinds.push(MarkKind::Break);
        } else {
            if !frame.framing_ok {
                kinds.push(MarkKind::Framing);
            }
            if !frame.parity_ok {
                kinds.push(MarkKind::Parity);
            }
        }
        let marks = kinds.into_iter().map(|kind| Mark { offset: 0, kind }).collect();
        let bytes = if frame.is_break { Vec::new() } else { vec![frame.data as u8] };
        self.emit(LinkEvent::Rx { at: frame.end, bytes, marks });
    }

    /// Queues an event; octets that nobody fetched yet are told together.
    fn emit(&mut self, event: LinkEvent) {
        match (self.events.back_mut(), event) {
            (
                Some(LinkEvent::Rx { at, bytes, marks }),
                LinkEvent::Rx { at: later, bytes: more, marks: more_marks },
            ) if bytes.len() < RX_CHUNK => {
                let shift = bytes.len();
                *at = later;
                bytes.extend(more);
                marks.extend(more_marks.into_iter().map(|mark| Mark { offset: mark.offset + shift, ..mark }));
            }
            (Some(LinkEvent::TxDrained { bytes }), LinkEvent::TxDrained { bytes: more }) => *bytes += more,
            (_, event) => self.events.push_back(event),
        }
    }
}
