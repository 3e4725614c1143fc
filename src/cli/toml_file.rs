//! Reading the user's TOML files: whole or not at all, with line and column of what is wrong.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::settings::Raw;

/// Files above this size are refused.
const MOST_BYTES: u64 = 1 << 20;

/// What is wrong with a file, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct FileError {
    /// The file, as the user knows it.
    pub path: PathBuf,
    /// Line and column, from 1; a column is a character.
    pub at: Option<(usize, usize)>,
    /// What and what to do, in one line.
    pub what: String,
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        if let Some((line, column)) = self.at {
            write!(f, ":{line}:{column}")?;
        }
        write!(f, ": {}", self.what)
    }
}

impl FileError {
    pub(super) fn new(path: &Path, what: impl Into<String>) -> FileError {
        FileError { path: path.to_owned(), at: None, what: what.into() }
    }
}

/// A file's text, and how to speak of places in it.
#[derive(Clone, Debug)]
pub(super) struct Document {
    /// The file.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
}

impl Document {
    /// Reads a file; `None` if there is none.
    pub(super) fn read(path: &Path) -> Result<Option<Document>, FileError> {
        if fs::metadata(path).is_ok_and(|data| !data.is_file()) {
            return Err(FileError::new(path, "cannot be read: it is no regular file"));
        }
        match File::open(path) {
            Ok(file) => Document::from_reader(path, file).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(FileError::new(path, format!("cannot be read: {error}"))),
        }
    }

    /// Reads from anything; `path` is its name in messages.
    pub(super) fn from_reader(path: &Path, reader: impl Read) -> Result<Document, FileError> {
        let mut bytes = Vec::new();
        reader
            .take(MOST_BYTES + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| FileError::new(path, format!("cannot be read: {error}")))?;
        if bytes.len() as u64 > MOST_BYTES {
            return Err(FileError::new(
                path,
                "is over 1 MiB, which no such file needs; is it the right one?",
            ));
        }
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Document { path: path.to_owned(), text }),
            Err(error) => {
                let good = error.utf8_error().valid_up_to();
                let text = String::from_utf8_lossy(&error.as_bytes()[..good]).into_owned();
                let document = Document { path: path.to_owned(), text };
                Err(document.error(good..good, "is not UTF-8 from here on; save it as UTF-8"))
            }
        }
    }

    /// The document as a table, read whole.
    pub(super) fn table(&self) -> Result<DeTable<'_>, FileError> {
        DeTable::parse(&self.text).map(Spanned::into_inner).map_err(|error| {
            let end = self.text.len();
            let what = error.message().replace('\n', ", ");
            self.error(error.span().unwrap_or(end..end), format!("is not TOML here: {what}"))
        })
    }

    /// An error about a place in the text.
    pub(super) fn error(&self, span: Range<usize>, what: impl Into<String>) -> FileError {
        let before = self.text.get(..span.start).unwrap_or(&self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        FileError { path: self.path.clone(), at: Some((line, column)), what: what.into() }
    }
}

/// A value as a setting reads it; `None` for arrays, tables and dates.
pub(super) fn raw<'a>(value: &'a DeValue<'_>) -> Option<Raw<'a>> {
    match value {
        DeValue::Boolean(on) => Some(Raw::Switch(*on)),
        DeValue::String(text) => Some(Raw::Text(text)),
        // Numbers in hexadecimal and the like are spelled out by nobody; `as_str` would lose the base.
        DeValue::Integer(number) if number.radix() == 10 => Some(Raw::Number(number.as_str())),
        DeValue::Float(number) => Some(Raw::Number(number.as_str())),
        _ => None,
    }
}

/// What kind of thing a value is, in words.
pub(super) fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::Boolean(_) => "true or false",
        DeValue::String(_) => "a string",
        DeValue::Integer(number) if number.radix() != 10 => "a number that is not decimal",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// A string as TOML writes it.
pub(super) fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
