//! The immutable picture of a session that front ends draw.

use std::sync::Arc;

use super::{
    Counters, Echo, Flow, Identity, ModemLines, Outcome, Scrollback, Target, TransferEnd, Wire, WireView,
};
use crate::line::LineFormat;
use crate::petscii::CharSet;
use crate::screen::{Behaviour, Cell, ScreenKind};
use crate::telnet::Transport;
use crate::time::{Span, Stamp};
use crate::transfer::{Progress, Protocol};

/// A session at one moment.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// When it was taken.
    pub at: Stamp,
    /// The screen.
    pub screen: ScreenView,
    /// What left the screen at the top.
    pub scrollback: Scrollback,
    /// Everything the status line shows.
    pub status: Status,
    /// The latest notices, oldest first, at most 100.
    pub notices: Vec<Notice>,
    /// A hint that stands until its cause is gone (nothing heard, many errors, looks like PETSCII).
    pub hint: Option<String>,
    /// Bells rung so far; a front end rings when it grows.
    pub bells: u64,
    /// The latest bytes on the link, oldest first, at most 1,024.
    pub recent: Vec<HexByte>,
    /// The recent past of both lines, where they are seen, or watched.
    pub wire: Option<WireView>,
    /// Progress of what is being sent, if anything is queued.
    pub paste: Option<PasteProgress>,
    /// The file transfer that is under way.
    pub transfer: Option<TransferView>,
    /// What became of the last transfer, until another begins.
    pub transfer_end: Option<Arc<TransferEnd>>,
    /// Set once the session is over.
    pub outcome: Option<Outcome>,
}

/// A file transfer at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct TransferView {
    /// Files go to the far end.
    pub sending: bool,
    /// By which protocol.
    pub protocol: Protocol,
    /// What the link is taken for, on a network link.
    pub transport: Option<Transport>,
    /// Where it stands.
    pub progress: Progress,
    /// Since it began.
    pub elapsed: Span,
    /// Bytes of files in a second: since the first were through, or else since it began.
    pub rate: f64,
    /// Time left for the file at hand, where its length is known.
    pub left: Option<Span>,
}

/// The screen's cells and how to read them.
#[derive(Clone, Debug, PartialEq)]
pub struct ScreenView {
    /// Whose screen.
    pub kind: ScreenKind,
    /// ROM-exact or board.
    pub behaviour: Behaviour,
    /// Columns.
    pub cols: u8,
    /// Rows.
    pub rows: u8,
    /// Row by row, `cols * rows` of them.
    pub cells: Vec<Cell>,
    /// Cursor row and column.
    pub cursor: (u8, u8),
    /// Whether the far end lets the cursor show.
    pub cursor_visible: bool,
    /// The set in force on a Commodore screen.
    pub charset: CharSet,
    /// Background and border of a colour screen, as a number in its palette.
    pub background: Option<u8>,
    /// Only the left 40 columns are to be shown.
    pub view40: bool,
}

/// What the status line shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    /// The target.
    pub target: Target,
    /// What the link calls itself once open.
    pub link_name: Option<String>,
    /// The adapter behind a serial port.
    pub adapter: Option<String>,
    /// How to know the device again.
    pub identity: Option<Identity>,
    /// Where the link stands.
    pub link: StatusLink,
    /// Telnet or raw, on a network link.
    pub transport: Option<Transport>,
    /// Speed and frame; meaningful on serial and simulated lines.
    pub line: LineFormat,
    /// Whether `line` means anything on this link.
    pub has_line: bool,
    /// Flow control.
    pub flow: Flow,
    /// Which code travels.
    pub wire: Wire,
    /// The host's charset.
    pub charset: String,
    /// Echo.
    pub echo: Echo,
    /// Bytes received.
    pub rx_bytes: u64,
    /// Bytes sent.
    pub tx_bytes: u64,
    /// Time of the last received byte, for the RX lamp.
    pub last_rx: Option<Stamp>,
    /// Time of the last sent byte, for the TX lamp.
    pub last_tx: Option<Stamp>,
    /// Errors on the line since it was opened.
    pub errors: Counters,
    /// Share of bad frames among the last two seconds' bytes, 0 to 1.
    pub error_rate: f32,
    /// Modem lines, where the port reports them.
    pub lines: ModemLines,
    /// DTR as we drive it.
    pub dtr: bool,
    /// RTS as we drive it.
    pub rts: bool,
    /// Screen text is being captured.
    pub capturing: bool,
    /// Session time since the link was opened.
    pub connected_for: Option<Span>,
}

/// Where a link stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatusLink {
    /// No link was asked for yet.
    Idle,
    /// Opening.
    Connecting,
    /// Open.
    Up,
    /// The device was unplugged; waiting for it to come back.
    Waiting,
    /// Closed; the reason is the latest notice.
    Down,
}

/// How serious a notice is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Severity {
    /// For information.
    Info,
    /// Something to do.
    Warning,
    /// Something failed.
    Error,
}

/// A line that tells the user something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// When.
    pub at: Stamp,
    /// How serious.
    pub severity: Severity,
    /// The text, without line ends.
    pub text: String,
}

/// A byte of the hex view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HexByte {
    /// The byte on the link.
    pub byte: u8,
    /// Sent by us.
    pub sent: bool,
    /// Something was wrong with its frame.
    pub bad: bool,
}

/// How far a paste has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasteProgress {
    /// Bytes sent.
    pub sent: u64,
    /// Bytes in all.
    pub total: u64,
    /// Estimated time left.
    pub left: Span,
    /// Sending waits for an echo or a prompt.
    pub waiting: bool,
}
