//! Questions: a line of text, or yes and no.

use super::field::Field;

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    /// A file for the log.
    Log,
    /// A file for the capture.
    Capture,
    /// A file for the screen.
    Dump,
    /// A charset.
    Charset,
    /// A line format.
    Line,
    /// Where to go.
    Address,
    /// The name of a new entry of the phone book.
    EntryName,
    /// Its address.
    EntryAddress {
        /// Its name.
        name: String,
    },
    /// What to search for.
    Search,
}

impl Ask {
    /// The title of the question.
    pub(super) fn title(&self) -> &'static str {
        match self {
            Ask::Log => "log received bytes to (appended)",
            Ask::Capture => "capture screen text to (a new file)",
            Ask::Dump => "write the screen to (a new file)",
            Ask::Charset => "charset, such as cp437, utf-8, koi8-r",
            Ask::Line => "line format, such as 300, 1200-7E1 or 300-8N1-inv",
            Ask::Address => "address: HOST:PORT, /dev/ttyUSB0, demo: ...",
            Ask::EntryName => "name of the new entry",
            Ask::EntryAddress { .. } => "its address",
            Ask::Search => "search the scrollback for",
        }
    }
}

/// A question with a line to type.
#[derive(Clone, Debug)]
pub(super) struct Prompt {
    pub(super) ask: Ask,
    pub(super) field: Field,
    /// What was wrong with the last answer.
    pub(super) error: Option<String>,
}

impl Prompt {
    /// A question with a proposed answer.
    pub(super) fn new(ask: Ask, proposal: &str) -> Prompt {
        Prompt { ask, field: Field::with(proposal), error: None }
    }
}

/// A question that is answered by yes or no.
#[derive(Clone, Debug)]
pub(super) enum Confirm {
    /// Remove this entry of the phone book?
    Remove(String),
    /// Give the transfer up that is under way?
    Transfer(GiveUp),
}

/// How a transfer is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GiveUp {
    /// By the protocol's own word.
    Cancel,
    /// A text that comes, of which only its receiver can say that it is all.
    Enough,
    /// With the connection.
    HangUp,
    /// With petterm.
    Quit,
}
