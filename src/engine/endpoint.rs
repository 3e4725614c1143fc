//! The seam between the engine and a link: a pair of enums, not a `Read + Write`.
//!
//! A link is told [`LinkCommand`]s and tells [`LinkEvent`]s. It never reopens itself: whether, when and
//! what to open again is the engine's decision. The same pair serves a serial port, a socket, a
//! pseudo-terminal, a simulated line and a script.

use std::fmt;

use super::{Inversion, Target};
use crate::line::{Edge, LineFormat};
use crate::time::{Span, Stamp};

/// What the engine tells a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkCommand {
    /// Open this; answered by [`LinkEvent::Opened`] or [`LinkEvent::Closed`].
    Open(Box<OpenRequest>),
    /// Send these octets in order; answered by [`LinkEvent::TxDrained`] once they were handed on.
    Tx(Vec<u8>),
    /// Drive DTR and RTS; `None` leaves a line as it is. Answered by [`LinkEvent::LinesSet`].
    SetLines {
        /// DTR.
        dtr: Option<bool>,
        /// RTS.
        rts: Option<bool>,
    },
    /// Hold the line at space for this long.
    Break(Span),
    /// Hold the line at space from now on, or no longer, once everything before was sent; answered by
    /// [`LinkEvent::Held`].
    Hold(bool),
    /// Change the format that the port itself runs; answered by [`LinkEvent::Reconfigured`].
    Reconfigure(LineFormat),
    /// Another flow control from now on, for what is sent after it. Where there is none nothing happens, and where
    /// the driver refuses it says so by [`LinkEvent::Progress`].
    SetFlow(Flow),
    /// Close; answered by [`LinkEvent::Closed`] unless it was closed already.
    Close,
}

/// What a link tells the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkEvent {
    /// A line for the user: what opening is at (`listening on 0.0.0.0:6400`, `trying 2 of 3: 192.0.2.7:23`), or
    /// why a break or a line could not be sent.
    Progress(String),
    /// The same of something that is lost, or does not go as the user may think.
    Warning(String),
    /// It is open.
    Opened(Box<LinkInfo>),
    /// Octets arrived.
    Rx {
        /// When the last of them was read.
        at: Stamp,
        /// The octets, escapes of the driver already undone.
        bytes: Vec<u8>,
        /// What was wrong with some of them, by offset, ascending.
        marks: Vec<Mark>,
    },
    /// What a line did, on links of which the edges are seen. Edges of one direction come in order of time, and
    /// no event holds an edge that is earlier than one of an earlier event. One that changes nothing says at
    /// which level the line rests: so it is at every opening and change of format.
    Edges {
        /// On which line.
        way: Way,
        /// The changes of its level.
        edges: Vec<Edge>,
    },
    /// This many octets of earlier [`LinkCommand::Tx`] have been handed on.
    TxDrained {
        /// How many.
        bytes: usize,
    },
    /// The port took [`LinkCommand::Reconfigure`], with remarks for the user, or runs on as before.
    Reconfigured(Result<Vec<String>, Trouble>),
    /// The line is held at space, or no longer, as [`LinkCommand::Hold`] said; or the port cannot do it.
    Held(Result<bool, Trouble>),
    /// The port drives DTR and RTS as [`LinkCommand::SetLines`] said.
    LinesSet {
        /// DTR.
        dtr: Option<bool>,
        /// RTS.
        rts: Option<bool>,
    },
    /// The modem lines changed.
    Lines(ModemLines),
    /// The driver's error counters moved.
    Counters(Counters),
    /// It is closed, or could not be opened.
    Closed(Trouble),
}

/// A direction of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Way {
    /// What the far end drives and we hear: RX.
    ToUs,
    /// What we drive: TX.
    FromUs,
}

/// Something wrong with the received octet at `offset`; a break stands before the octet at `offset` and
/// has no octet of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Index into the `bytes` of the same event; may equal their number.
    pub offset: usize,
    /// What.
    pub kind: MarkKind,
}

/// What a driver or decoder can say of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MarkKind {
    /// The stop bit was space.
    Framing,
    /// The parity bit was wrong.
    Parity,
    /// The line was held at space.
    Break,
    /// Octets were lost before this one.
    Overrun,
}

/// Hardware and driver error counters since the link was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Framing errors.
    pub framing: u64,
    /// Parity errors.
    pub parity: u64,
    /// Overruns.
    pub overrun: u64,
    /// Breaks.
    pub breaks: u64,
}

/// Modem lines as the port reports them; `None` where it cannot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ModemLines {
    /// Clear to send.
    pub cts: Option<bool>,
    /// Data set ready.
    pub dsr: Option<bool>,
    /// Data carrier detect.
    pub dcd: Option<bool>,
    /// Ring indicator.
    pub ri: Option<bool>,
}

/// Flow control of a serial port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Flow {
    /// None.
    #[default]
    None,
    /// XON/XOFF: 11 and 13 (hex) are not data.
    Soft,
    /// RTS/CTS.
    Hard,
}

/// How a device is known again after it was unplugged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Identity {
    /// USB vendor and product numbers, `0403:6001`.
    pub usb: Option<String>,
    /// USB serial number.
    pub serial: Option<String>,
    /// Interface number of the USB device, `00`.
    pub interface: Option<String>,
    /// Where it is plugged (bus path such as `1-2.3`); decides only when there is no serial number.
    pub topology: Option<String>,
}

/// An output of a serial port that can make a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OutputPin {
    /// RTS.
    #[default]
    Rts,
    /// DTR.
    Dtr,
    /// TXD, held by a break.
    Break,
}

/// An input of a serial port that can be watched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum InputPin {
    /// CTS.
    #[default]
    Cts,
    /// DSR.
    Dsr,
    /// DCD.
    Dcd,
    /// RI.
    Ri,
}

impl fmt::Display for OutputPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            OutputPin::Rts => "RTS",
            OutputPin::Dtr => "DTR",
            OutputPin::Break => "break",
        })
    }
}

impl fmt::Display for InputPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            InputPin::Cts => "CTS",
            InputPin::Dsr => "DSR",
            InputPin::Dcd => "DCD",
            InputPin::Ri => "RI",
        })
    }
}

/// Everything a link needs in order to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenRequest {
    /// What to open.
    pub target: Target,
    /// The format the port itself shall run: 8N1 where parity and bit 7 are done in software.
    pub native: LineFormat,
    /// Flow control.
    pub flow: Flow,
    /// Take the port for us alone, and honour other programs' locks.
    pub lock: bool,
    /// Ask the driver to deliver at once.
    pub low_latency: bool,
    /// How long connecting may take.
    pub timeout: Span,
    /// On a reconnect: only this device will do, whatever its name is now.
    pub identity: Option<Identity>,
    /// What has to be inverted, and how. A link that has no such mechanism refuses to open.
    pub inversion: Inversion,
}

impl OpenRequest {
    /// A first opening with nothing special about it: no flow control, the port for us alone, 15 s to connect.
    pub fn new(target: Target, native: LineFormat) -> OpenRequest {
        OpenRequest {
            target,
            native,
            flow: Flow::None,
            lock: true,
            low_latency: false,
            timeout: Span::from_secs(15),
            identity: None,
            inversion: Inversion::default(),
        }
    }
}

/// What a link is, once open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkInfo {
    /// Which medium.
    pub medium: Medium,
    /// For the status line: `/dev/ttyUSB0`, `192.0.2.7:23`, the caller's address.
    pub name: String,
    /// How to know the device again, where that is possible.
    pub identity: Option<Identity>,
    /// The adapter: driver and product name, where known.
    pub adapter: Option<String>,
    /// Things the user should know at once, a line each (a rate that differs, a setting the driver lacks).
    pub remarks: Vec<String>,
    /// What the port can do besides carrying octets.
    pub abilities: Abilities,
}

/// What a port can do besides carrying octets; what is no port can do nothing of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Abilities {
    /// Whether a break holds the line for as long as it is asked to; `None` where that is not known.
    pub holds_break: Option<bool>,
    /// Octets with a bad stop bit are marked.
    pub marks: bool,
    /// How late an octet may be told after it was over; `None` where arrival says nothing about the line.
    pub lateness: Option<Span>,
}

/// Who owns the UART.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Medium {
    /// A serial port: the operating system owns the UART.
    Serial,
    /// A network connection.
    Net,
    /// A pseudo-terminal or a pair of pipes.
    Pipe,
    /// A line whose edges we see (demo, loop).
    Edges,
}

/// What kind of end a link came to; it decides the exit code and whether a reconnect makes sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Failure {
    /// We closed it.
    Local,
    /// The far end closed.
    PeerClosed,
    /// There is no such device or host.
    NotFound,
    /// Another program has it.
    Busy,
    /// We may not open it.
    Permission,
    /// It is not what the target says (a regular file as a serial port).
    NotADevice,
    /// The driver did not take a setting.
    Setting,
    /// The device went away.
    Unplugged,
    /// The far end refused.
    Refused,
    /// No answer in time.
    TimedOut,
    /// The connection was reset or the system reported an error.
    Io,
}

/// Why a link is closed: what happened, and what to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The kind.
    pub failure: Failure,
    /// What and why, without a full stop at the end: `/dev/ttyUSB0 is in use by picocom (pid 4121)`.
    pub what: String,
    /// What to do next; may be empty.
    pub next: String,
}

impl Trouble {
    /// A trouble with something to do about it.
    pub fn new(failure: Failure, what: impl Into<String>, next: impl Into<String>) -> Trouble {
        Trouble { failure, what: what.into(), next: next.into() }
    }
}
