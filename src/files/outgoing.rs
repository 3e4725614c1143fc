//! Files that are sent: read whole, before anything is said of them.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::system::open_to_read;
use crate::transfer::{FileKind, OutgoingFile};

/// Bytes of a file that is sent; what serial lines and boards carry is far below.
pub(super) const LARGEST: u64 = 64 << 20;

/// Why a file or a folder cannot be used: what, why, and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileTrouble {
    /// It does not exist.
    #[error("there is no {0}; look for a slip in its name, or for the folder it is in")]
    NotFound(PathBuf),
    /// It cannot be read.
    #[error("{path} cannot be read: {error}; see that you may read it, or send a copy")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// It is larger than anything that is sent.
    #[error("{path} has {length} bytes or more, and a transfer takes up to {LARGEST}; send it in parts")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its length in bytes, as far as it was read.
        length: u64,
    },
    /// It is no plain file.
    #[error("{0} is not a file that can be sent; name a plain file")]
    NotAFile(PathBuf),
    /// It is no folder.
    #[error("{0} is not a folder; name one, or a new file by -o")]
    NotAFolder(PathBuf),
    /// Its name is that of a file that is not complete.
    #[error(
        "{0} would look unfinished: .part is what a file is called until it is complete; choose another name"
    )]
    LooksUnfinished(PathBuf),
    /// Its name cannot be told to anybody.
    #[error("{0} has no name in UTF-8; name or rename the file")]
    Nameless(PathBuf),
    /// Its name is too long for the name that it has while it comes.
    #[error("{0} has a name that is too long; choose one of up to 200 bytes")]
    LongName(PathBuf),
    /// It exists, and nothing is overwritten.
    #[error("{0} exists already; choose another name or remove it first")]
    Exists(PathBuf),
    /// Nothing can be written there.
    #[error("nothing can be written in {path}: {error}; choose another folder")]
    Unwritable {
        /// The folder.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

impl FileTrouble {
    /// Whether something that was named is not there.
    pub fn is_not_found(&self) -> bool {
        matches!(self, FileTrouble::NotFound(_))
    }
}

/// Reads a file that is to be sent, whole, before anything is said of it. Without a kind its extension decides, and
/// PRG stands for everything else.
///
/// # Errors
/// If it is not a plain file that can be read, or too large.
pub fn read_outgoing(path: &Path, kind: Option<FileKind>) -> Result<OutgoingFile, FileTrouble> {
    let unreadable = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => FileTrouble::NotFound(path.to_owned()),
        _ => FileTrouble::Unreadable { path: path.to_owned(), error },
    };
    // A device is not even opened; and what is opened is looked at once more, since it may be another thing by then.
    if !fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(FileTrouble::NotAFile(path.to_owned()));
    }
    let name = path.file_name().and_then(|name| name.to_str());
    let name = name.ok_or_else(|| FileTrouble::Nameless(path.to_owned()))?;
    let file = open_to_read(path).map_err(unreadable)?;
    let about = file.metadata().map_err(unreadable)?;
    if !about.is_file() {
        return Err(FileTrouble::NotAFile(path.to_owned()));
    }
    let too_large = |length| FileTrouble::TooLarge { path: path.to_owned(), length };
    if about.len() > LARGEST {
        return Err(too_large(about.len()));
    }
    let mut data = Vec::new();
    // It may grow while it is read.
    file.take(LARGEST + 1).read_to_end(&mut data).map_err(unreadable)?;
    if data.len() as u64 > LARGEST {
        return Err(too_large(data.len() as u64));
    }
    let by_name =
        path.extension().and_then(|extension| extension.to_str()).and_then(FileKind::from_extension);
    Ok(OutgoingFile {
        name: name.to_owned(),
        kind: kind.or(by_name).unwrap_or_default(),
        data: Arc::from(data),
    })
}
