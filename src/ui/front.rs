//! What a front end is given: a session to command and look at, and the services of the shell around it.

use std::path::PathBuf;
use std::sync::Arc;

use crate::engine::{Command, SessionConfig, Snapshot, Target, Wire};
use crate::line::LineFormat;
use crate::petscii::GlyphTier;
use crate::screen::ScreenKind;
use crate::transfer::{FileKind, Protocol};

/// A running session, as a front end holds it.
pub trait Session {
    /// Tells the session to do something; never blocks for long.
    fn command(&self, command: Command);

    /// The latest picture.
    fn snapshot(&self) -> Arc<Snapshot>;

    /// Starts a log of received bytes (appended), or stops it with `None`.
    ///
    /// # Errors
    /// What went wrong and what to do, in one line.
    fn log(&self, file: Option<PathBuf>) -> Result<(), String>;

    /// Starts a capture of screen text (a new file), or stops it with `None`.
    ///
    /// # Errors
    /// What went wrong and what to do, in one line.
    fn capture(&self, file: Option<PathBuf>) -> Result<(), String>;

    /// The log being written, if there is one.
    fn log_file(&self) -> Option<PathBuf>;

    /// Begins a file transfer; the picture shows how it goes.
    ///
    /// # Errors
    /// Why it cannot begin and what to do, in one line: files that cannot be read, a folder that cannot be written,
    /// a line that cannot carry the protocol.
    fn transfer(&self, order: TransferOrder) -> Result<(), String>;
}

/// A transfer that the user asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferOrder {
    /// By which protocol.
    pub protocol: Protocol,
    /// Which way, and what.
    pub way: TransferWay,
}

/// Which way a transfer goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransferWay {
    /// These files go to the far end.
    Send {
        /// Several only with a batch protocol.
        files: Vec<PathBuf>,
        /// What they are announced as; none: as their names say.
        kind: Option<FileKind>,
    },
    /// The far end sends.
    Receive {
        /// Where files are kept.
        place: Place,
        /// XMODEM: padding is cut off.
        trim: bool,
    },
}

/// Where received files are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In this folder, under the names that the far end gives.
    Folder(PathBuf),
    /// As this new file.
    File(PathBuf),
    /// As this new file, with the extension of the type that comes over the wire.
    Untyped(PathBuf),
}

/// What the shell around a front end can look up and store.
pub trait Services {
    /// The serial ports present.
    fn ports(&self) -> Vec<PortLine>;

    /// The phone book, in the user's order.
    ///
    /// # Errors
    /// Why it cannot be read, in one line.
    fn phone_book(&self) -> Result<Vec<BookLine>, String>;

    /// The settings of a session to what the user chose.
    ///
    /// # Errors
    /// What is wrong with the choice, in one line.
    fn session_for(&self, choice: &Choice) -> Result<SessionConfig, String>;

    /// Adds an entry to the phone book and saves it.
    ///
    /// # Errors
    /// What went wrong and what to do, in one line.
    fn add_to_phone_book(&self, name: &str, config: &SessionConfig) -> Result<(), String>;

    /// Removes an entry by name and saves the book.
    ///
    /// # Errors
    /// What went wrong and what to do, in one line.
    fn remove_from_phone_book(&self, name: &str) -> Result<(), String>;

    /// Reads a line format as the command line spells it: `300`, `300-8N1-inv`.
    ///
    /// # Errors
    /// What is wrong with it, in one line.
    fn line_format(&self, text: &str) -> Result<LineFormat, String>;

    /// The keys of the far end's keyboard on this screen and wire, for the help overlay.
    fn keyboard_help(&self, kind: ScreenKind, wire: Wire) -> Vec<KeyLine>;
}

/// A key of the far end's keyboard and what it sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyLine {
    /// The PC's key.
    pub key: String,
    /// What it is on the Commodore, or what it sends.
    pub meaning: String,
}

/// What a front end shows first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// The session that is running.
    Session,
    /// The scope of the wire, over the session that is running.
    Scope,
    /// The choice of where to go.
    Chooser,
}

/// A serial port on the start screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortLine {
    /// Device path.
    pub device: String,
    /// Adapter name.
    pub adapter: String,
    /// "free", or who has it.
    pub state: String,
}

/// An entry of the phone book on the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookLine {
    /// Its name.
    pub name: String,
    /// Its address.
    pub address: String,
    /// Screen, mode and note in a few words.
    pub detail: String,
}

/// What a user chose to connect to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// A port or anything else that the target grammar names, with the defaults for it.
    Target(Target),
    /// What the user typed.
    Text(String),
    /// A phone book entry by name.
    Entry(String),
}

/// Colours of the picture tube.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// 41 FF 00.
    #[default]
    Green,
    /// FF A8 00.
    Amber,
    /// FF FF FF.
    White,
    /// The screen's own palette.
    Colour,
}

/// How a front end is to look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// Theme.
    pub theme: Theme,
    /// Glyphs that the host's font has.
    pub glyphs: GlyphTier,
    /// No colour at all (`NO_COLOR`).
    pub no_colour: bool,
    /// Flash the bezel in place of a sound.
    pub visual_bell: bool,
    /// Directory for dumps, captures and logs named by the program.
    pub directory: PathBuf,
}
