//! File transfer, sans I/O: bytes, time and a store's answers in; bytes, wishes to a store and an end out.
//!
//! What every engine here guarantees:
//!
//! - A file that it says is complete is byte for byte what the far end sent, as far as the protocol's own sums
//!   can tell; what is not complete is never said to be.
//! - It ends by itself in bounded time, whatever arrives and whatever does not, and at once when the link is
//!   gone or the user cancels.
//! - A remote name is a hint that goes to the store as it came; no engine knows a path.
//! - Nothing is acknowledged before the store has it.
//! - Memory is bounded by one block and the file that is sent.
//!
//! The contract is that of the crate: one input call with `now`, then [`Transfer::poll`] until `None`, then
//! [`Transfer::wake`]. After [`Out::Store`] there is nothing more until [`Transfer::stored`] has answered it.
//!
//! ```text
//! link -> receive() ->  engine  -> Out::Tx    -> link
//! time -> timeout() ->          -> Out::Store -> store -> stored() ->
//! ```

mod due;
pub mod name;
mod offer;
pub mod petterm;
mod progress;
mod punter;
mod start;
pub mod text;
mod words;
pub mod xmodem;
pub mod ymodem;

pub use due::{DueBlock, Part};
pub use offer::{FileKind, Kept, Offer, OutgoingFile, Partial, Store};
pub use progress::{FileDone, Progress};
pub use start::{receive, send};
pub use words::{bytes, bytes_of, clock, counted, thousands};

use crate::time::{Span, Stamp, Wake};

/// What an engine wants, drained by [`Transfer::poll`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Out {
    /// Bytes for the far end as they are, in one write: no pacing, no echo, no translation.
    Tx(Vec<u8>),
    /// Bytes of the wire's code for the far end, with the pacing of a paste.
    Type(Vec<u8>),
    /// Something is to be done with a file. Answered by [`Transfer::stored`].
    Store(Store),
    /// Something that the user should know, in one line.
    Note(String),
    /// The transfer is over, and nothing more comes.
    Ended(Result<(), Failure>),
}

/// Why a transfer did not end well.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// The user cancelled.
    #[error("cancelled")]
    Cancelled,
    /// The far end cancelled.
    #[error("the far end cancelled the transfer; its screen may say why")]
    CancelledByPeer,
    /// Nothing came within the time that the protocol gives; what was waited for.
    #[error("{0}")]
    TimedOut(String),
    /// Too many damaged blocks, or bytes that no state of the protocol allows; what and why.
    #[error("{0}")]
    Protocol(String),
    /// The store could not keep what came.
    #[error("{0}")]
    Store(String),
    /// The link ended in the middle.
    #[error("the link ended before the transfer did; call again and begin it anew")]
    LinkLost,
}

/// An engine that is ready to begin, and what the user should know before.
pub type Started = (Box<dyn Transfer>, Vec<String>);

/// Where an engine's files are kept; what answers [`Out::Store`].
pub trait Keeper: Send {
    /// Does what is wished.
    ///
    /// # Errors
    /// Why it cannot be done and what to do, in one line. Nothing more is wished of this file then.
    fn answer(&mut self, wish: Store) -> Result<Kept, String>;

    /// What the last answer, or the close, leaves to say: each a line that the user should know. Asked for after each.
    fn notes(&mut self) -> Vec<String> {
        Vec::new()
    }

    /// The transfer is over: what is left of a file that is not complete is made safe.
    fn close(&mut self) -> Option<Partial>;
}

/// What cannot be sent, told before a byte is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}; {next}")]
pub struct Refusal {
    /// What and why.
    pub what: String,
    /// What to do instead.
    pub next: String,
}

/// One file transfer.
pub trait Transfer: Send {
    /// Bytes of the far end's, of any number.
    fn receive(&mut self, now: Stamp, bytes: &[u8]);

    /// Time has passed.
    fn timeout(&mut self, now: Stamp);

    /// Everything given out by [`Out::Tx`] and [`Out::Type`] so far has left for the far end: waiting counts from
    /// here. Where a link cannot tell, it is called as soon as the bytes are written; the engine then adds their
    /// line time, see [`Options::octet`].
    fn sent(&mut self, now: Stamp);

    /// How the last [`Out::Store`] went.
    fn stored(&mut self, now: Stamp, outcome: Result<Kept, String>);

    /// The user gives up. The far end is told where the protocol can; [`Out::Ended`] comes within seconds.
    fn cancel(&mut self, now: Stamp);

    /// The link is gone.
    fn hung_up(&mut self, now: Stamp);

    /// The next wish, until `None`.
    fn poll(&mut self) -> Option<Out>;

    /// When [`Transfer::timeout`] shall be called if nothing happens before.
    fn wake(&self) -> Wake;

    /// What came behind the end and is not the protocol's: the far end's next words. Asked for once, after
    /// [`Out::Ended`].
    fn leftover(&mut self) -> Vec<u8> {
        Vec::new()
    }

    /// The block that is due, where one is. Behind a cancel it comes all the same.
    fn due_block(&self) -> Option<DueBlock> {
        None
    }

    /// Where it stands, for gauges and reports; also after the end.
    fn progress(&self) -> Progress;
}

/// The protocols, by the names of the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// Punter C1, one file.
    Punter,
    /// Multi-Punter: names and a C1 transfer for each.
    MultiPunter,
    /// XMODEM with the check that the far end asks for; as receiver CRC first, then the sum.
    Xmodem,
    /// XMODEM with CRC-16 and nothing else.
    XmodemCrc,
    /// XMODEM with CRC-16 and blocks of 1,024 bytes.
    Xmodem1k,
    /// XMODEM as the PET program PETTERM speaks it.
    Petterm,
    /// YMODEM batch.
    Ymodem,
    /// Text as it is, with the session's pacing and no check.
    Text,
}

impl Protocol {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Protocol; 8] = [
        Protocol::Punter,
        Protocol::MultiPunter,
        Protocol::Xmodem,
        Protocol::XmodemCrc,
        Protocol::Xmodem1k,
        Protocol::Petterm,
        Protocol::Ymodem,
        Protocol::Text,
    ];

    /// Its name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Protocol::Punter => "punter",
            Protocol::MultiPunter => "multi-punter",
            Protocol::Xmodem => "xmodem",
            Protocol::XmodemCrc => "xmodem-crc",
            Protocol::Xmodem1k => "xmodem-1k",
            Protocol::Petterm => "petterm",
            Protocol::Ymodem => "ymodem",
            Protocol::Text => "text",
        }
    }

    /// What it is called in a sentence.
    pub const fn title(self) -> &'static str {
        match self {
            Protocol::Punter => "Punter",
            Protocol::MultiPunter => "Multi-Punter",
            Protocol::Xmodem | Protocol::XmodemCrc | Protocol::Xmodem1k => "XMODEM",
            Protocol::Petterm => "PETTERM",
            Protocol::Ymodem => "YMODEM",
            Protocol::Text => "text",
        }
    }

    /// The protocol of a name of the command line.
    pub fn from_name(name: &str) -> Option<Protocol> {
        Protocol::ALL.into_iter().find(|protocol| protocol.name() == name)
    }

    /// Whether several files can go in one transfer.
    pub const fn is_batch(self) -> bool {
        matches!(self, Protocol::MultiPunter | Protocol::Ymodem)
    }

    /// Whether all 256 byte values must pass: everything but text.
    pub const fn needs_eight_bits(self) -> bool {
        !matches!(self, Protocol::Text)
    }
}

/// What may be chosen about a transfer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Punter: the size of a block, header included, 8-255.
    pub block_size: u8,
    /// Punter: the block before a last block of one byte is made one byte shorter, since some receivers drop that
    /// byte.
    pub avoid_one_byte_block: bool,
    /// Punter: whether a sender says GOO first.
    pub leading_goo: LeadingGoo,
    /// XMODEM: padding is cut off at the end of what is received.
    pub trim: bool,
    /// A doubtful file is sent all the same.
    pub force: bool,
    /// Line time of one octet; zero where the line is not a serial one and it is not known.
    pub octet: Span,
    /// Text: a receiver is done after this much silence, which before the first byte is a failure; none: when the
    /// link ends.
    pub quiet: Option<Span>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            block_size: 255,
            avoid_one_byte_block: true,
            leading_goo: LeadingGoo::IfSilent,
            trim: false,
            force: false,
            octet: Span::ZERO,
            quiet: None,
        }
    }
}

/// Whether a Punter sender says GOO before the receiver does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LeadingGoo {
    /// Once, when no GOO was heard for 3 s: boards that wait for it get it, and receivers that take it for an echo
    /// of their own do not.
    #[default]
    IfSilent,
    /// At once.
    Always,
    /// Not at all.
    Never,
}
