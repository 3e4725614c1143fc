//! How the program ends: exit codes, and one line on stderr that says what, why and what next.
//!
//! | code | means |
//! | --- | --- |
//! | 0 | done |
//! | 1 | something else |
//! | 2 | usage or a bad value, in the config file too |
//! | 3 | not found |
//! | 4 | busy, or no permission |
//! | 5 | line, protocol or bad data |
//! | 6 | trouble with a local file |
//! | 7 | time-out or refused |
//! | 128+n | ended by signal n |

use std::io::{self, Write};
use std::process::ExitCode;

use super::profile::UnknownProfile;
use super::resolve::SettingsError;
use super::settings::Conflict;
use super::toml_file::FileError;
use crate::engine::{Failure, Outcome, Target, TargetError, Trouble, Unfit};
use crate::transfer;

/// An exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Exit {
    /// Done.
    Done,
    /// Something else.
    Other,
    /// Usage or a bad value.
    Usage,
    /// Not found.
    NotFound,
    /// Busy, or no permission.
    Busy,
    /// Line, protocol or bad data.
    Line,
    /// Trouble with a local file.
    File,
    /// Time-out or refused.
    TimedOut,
    /// Ended by this signal.
    Signal(i32),
}

impl Exit {
    /// The number.
    pub const fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Other => 1,
            Exit::Usage => 2,
            Exit::NotFound => 3,
            Exit::Busy => 4,
            Exit::Line => 5,
            Exit::File => 6,
            Exit::TimedOut => 7,
            // Signals go up to 64.
            Exit::Signal(signal) => 128 + (signal & 0x7F) as u8,
        }
    }

    /// Of a link that ended or could not be opened. A host that is not found is a network matter (7), a
    /// device that is not found is 3.
    pub fn of_trouble(trouble: &Trouble, target: &Target) -> Exit {
        let network = matches!(target, Target::Tcp { .. } | Target::Listen { .. });
        match trouble.failure {
            Failure::Local | Failure::PeerClosed => Exit::Done,
            Failure::NotFound if network => Exit::TimedOut,
            Failure::NotFound => Exit::NotFound,
            Failure::Busy | Failure::Permission => Exit::Busy,
            Failure::NotADevice => Exit::Usage,
            Failure::Setting | Failure::Unplugged => Exit::Line,
            Failure::Refused | Failure::TimedOut => Exit::TimedOut,
            Failure::Io if network => Exit::TimedOut,
            Failure::Io => Exit::Line,
        }
    }

    /// Of a file transfer that did not end well.
    pub fn of_transfer(failure: &transfer::Failure) -> Exit {
        match failure {
            transfer::Failure::Cancelled => Exit::Signal(2),
            transfer::Failure::TimedOut(_) => Exit::TimedOut,
            transfer::Failure::Store(_) => Exit::File,
            _ => Exit::Line,
        }
    }

    /// Of a session that is over.
    ///
    /// # Errors
    /// If it did not end as somebody wished.
    pub fn from_outcome(outcome: &Outcome, target: &Target) -> Result<Exit, Problem> {
        match outcome {
            Outcome::Done => Ok(Exit::Done),
            Outcome::ScriptTimeout { wanted } => {
                let what = format!(
                    "'{wanted}' did not appear in time; the screen shows what did, --timeout gives it longer"
                );
                Err(Problem::new(Exit::TimedOut, what))
            }
            Outcome::File(what) => Err(Problem::file(what)),
            Outcome::Unfit(unfit) => Err(Problem::unfit(unfit.clone())),
            Outcome::Transfer(failure) => Err(Problem::new(Exit::of_transfer(failure), failure.to_string())),
            Outcome::Link(trouble) => match Exit::of_trouble(trouble, target) {
                Exit::Done => Ok(Exit::Done),
                _ => Err(Problem::trouble(trouble, target)),
            },
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(status: Exit) -> ExitCode {
        ExitCode::from(status.code())
    }
}

/// An error that knows its exit code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Problem {
    /// How the program ends.
    pub status: Exit,
    /// What, why and what next, in one line.
    pub message: String,
}

impl Problem {
    /// An error with an exit code.
    pub fn new(status: Exit, message: impl Into<String>) -> Problem {
        Problem { status, message: message.into() }
    }

    /// Usage or a bad value.
    pub fn usage(message: impl Into<String>) -> Problem {
        Problem::new(Exit::Usage, message)
    }

    /// Trouble with a local file.
    pub fn file(message: impl Into<String>) -> Problem {
        Problem::new(Exit::File, message)
    }

    /// Of a transfer that cannot begin.
    pub fn unfit(unfit: Unfit) -> Problem {
        let (status, why) = match unfit {
            Unfit::NotFound(why) => (Exit::NotFound, why),
            Unfit::File(why) => (Exit::File, why),
            Unfit::Data(why) => (Exit::Line, why),
            Unfit::Line(why) => (Exit::Usage, why),
        };
        Problem::new(status, why)
    }

    /// Anything else.
    pub fn other(message: impl Into<String>) -> Problem {
        Problem::new(Exit::Other, message)
    }

    /// Of a link.
    pub fn trouble(trouble: &Trouble, target: &Target) -> Problem {
        let message = match trouble.next.as_str() {
            "" => trouble.what.clone(),
            next => format!("{}; {next}", trouble.what),
        };
        Problem::new(Exit::of_trouble(trouble, target), message)
    }
}

/// The exit code of an error: that of the outermost cause that has one.
pub fn status_of(error: &anyhow::Error) -> Exit {
    for cause in error.chain() {
        if let Some(error) = cause.downcast_ref::<Problem>() {
            return error.status;
        }
        if cause.is::<SettingsError>()
            || cause.is::<Conflict>()
            || cause.is::<UnknownProfile>()
            || cause.is::<FileError>()
            || cause.is::<TargetError>()
        {
            return Exit::Usage;
        }
        if let Some(error) = cause.downcast_ref::<io::Error>() {
            return match error.kind() {
                // Whoever read our output has seen enough.
                io::ErrorKind::BrokenPipe => Exit::Done,
                _ => Exit::File,
            };
        }
    }
    Exit::Other
}

/// Prints an error as one line on stderr and returns how to end. A closed stdout is no error.
pub fn report(error: &anyhow::Error) -> Exit {
    let status = status_of(error);
    if status != Exit::Done {
        say(&format!("{error:#}"));
    }
    status
}

/// Prints one line on stderr, `petterm: ` before it; whether anyone reads it is not our trouble.
pub fn say(line: &str) {
    let line = one_line(line);
    let _ = writeln!(io::stderr().lock(), "petterm: {line}");
}

/// Shows a screen's text on stderr, as it is.
pub fn show(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// A text without line ends and control characters: a file name or a host may hold some.
pub(super) fn one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push(' '),
            '\r' => {}
            c if c.is_control() || is_unseen(c) => out.extend(c.escape_default()),
            c => out.push(c),
        }
    }
    out
}

/// Characters that have no picture of their own but change the order of others or where a word ends: with them a
/// file's name can look like another one.
fn is_unseen(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}
