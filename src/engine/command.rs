//! Everything a user can do, and what a session reports besides its picture.

use super::{Echo, Notice, SessionConfig, TransferReport, TransferRequest, Trouble, Unfit, Way, Wire};
use crate::line::{Edge, LineFormat};
use crate::petscii::keyboard::Key;
use crate::screen::{Behaviour, ScreenKind};
use crate::transfer::{self, Kept, Protocol, Store};

/// What a user can do; spoken by the terminal front end, headless runs and tests alike.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// A key was pressed.
    Key(Key),
    /// Text is sent as if typed, with the session's pacing; queued behind an earlier one.
    Paste(String),
    /// These octets are sent as they are (telnet and parity still apply), queued like a paste.
    SendRaw(Vec<u8>),
    /// Nothing more will be sent: without a person the session ends after `timeout` of silence.
    EndOfInput,
    /// What is left of the paste queue is thrown away.
    CancelPaste,
    /// Begin a session with these settings in place of the current one.
    Call(Box<SessionConfig>),
    /// Open the current target (again).
    Connect,
    /// Hang up; the session stays on the screen.
    HangUp,
    /// Another screen; what is shown is cleared.
    SetScreen(ScreenKind),
    /// ROM-exact or board behaviour.
    SetBehaviour(Behaviour),
    /// Another code on the wire.
    SetWire(Wire),
    /// Another host charset.
    SetCharset(String),
    /// Echo.
    SetEcho(Echo),
    /// Another speed or frame.
    SetLine(LineFormat),
    /// Show 40 columns of 80, or all.
    SetView40(bool),
    /// Hold the line at space for a quarter of a second.
    Break,
    /// Drive DTR and RTS.
    SetLines {
        /// DTR.
        dtr: Option<bool>,
        /// RTS.
        rts: Option<bool>,
    },
    /// A colour key of the C64 layer, 0-15: sends that colour's byte.
    Colour(u8),
    /// Screen text is captured from now on, or no longer.
    Capture(bool),
    /// Edges are kept for the picture from now on, or no longer, on links of which only octets are seen; where a
    /// line is seen they always are.
    WatchWire(bool),
    /// The edges of both lines are told as [`Event::Edges`] from the next opening on, or no longer.
    RecordWire(bool),
    /// Tell the user something, in the session's notices.
    Note(String),
    /// The same, as a warning.
    Warn(String),
    /// The log, the capture or standard output can no longer be written; what and why.
    FileTrouble(String),
    /// Begin a file transfer.
    Transfer(Box<TransferRequest>),
    /// How the shell did what [`Event::Store`] wished.
    Stored(Result<Kept, String>),
    /// Give the transfer up.
    CancelTransfer,
    /// The transfer that the script wants cannot begin.
    NoTransfer(Unfit),
    /// End the session.
    Quit,
}

/// What the shell must do, or report.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// Application bytes as received, in a session that shows no screen.
    Received(Vec<u8>),
    /// In a session that shows no screen: the link is open and everything queued has been handed on.
    Ready,
    /// In a session without a person: what a person would be told.
    Told(Notice),
    /// A line of screen text that scrolled off or was left behind, for the capture file.
    Captured(String),
    /// While the wire is recorded: a link was opened, and what follows is the life of its lines.
    WireBegins {
        /// Only octets are seen: edges are computed from them, from when they came and from the format.
        reconstructed: bool,
        /// How the lines are driven and heard.
        line: LineFormat,
    },
    /// While the wire is recorded: what a line did. Over all of these events time never runs backwards.
    Edges {
        /// On which line.
        way: Way,
        /// The changes of its level.
        edges: Vec<Edge>,
    },
    /// The script wants a transfer: the shell reads files, opens folders, and answers by [`Command::Transfer`], or by
    /// [`Command::NoTransfer`].
    TransferWanted {
        /// Files go to the far end.
        sending: bool,
        /// The file as the script names it.
        file: String,
        /// By which protocol.
        protocol: Protocol,
    },
    /// A transfer wishes this of the shell's files; answered by [`Command::Stored`] before anything else.
    Store(Store),
    /// A transfer cannot begin; why and what to do.
    TransferRefused(String),
    /// A transfer is over.
    TransferEnded(Box<TransferReport>),
    /// The script asked for a dump of the screen at this point.
    Dump,
    /// The session is over.
    Finished(Outcome),
}

/// How a session ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// As the user, the script or the far end wished.
    Done,
    /// The script waited in vain for this text.
    ScriptTimeout {
        /// The text.
        wanted: String,
    },
    /// A file of the session could not be written any more; what and why.
    File(String),
    /// A transfer that it was for, or that its script wanted, cannot begin.
    Unfit(Unfit),
    /// The transfer that it was for did not end well.
    Transfer(transfer::Failure),
    /// The link could not be opened, or broke.
    Link(Trouble),
}
