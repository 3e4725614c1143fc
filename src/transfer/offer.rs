//! What is said of files between an engine and a store: no paths, only hints and bytes.

use std::sync::Arc;

/// What a file is on a Commodore disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// A program: two bytes of load address and its bytes.
    #[default]
    Prg,
    /// A sequential file.
    Seq,
    /// A user file.
    Usr,
}

impl FileKind {
    /// The extension of its files on the host, without the dot.
    pub const fn extension(self) -> &'static str {
        match self {
            FileKind::Prg => "prg",
            FileKind::Seq => "seq",
            FileKind::Usr => "usr",
        }
    }

    /// The kind that an extension stands for, in any case.
    pub fn from_extension(extension: &str) -> Option<FileKind> {
        [FileKind::Prg, FileKind::Seq, FileKind::Usr]
            .into_iter()
            .find(|kind| kind.extension().eq_ignore_ascii_case(extension))
    }

    /// The letter that a directory and Multi-Punter show: P, S or U.
    pub const fn letter(self) -> u8 {
        match self {
            FileKind::Prg => b'P',
            FileKind::Seq => b'S',
            FileKind::Usr => b'U',
        }
    }
}

/// A file to send, whole: it was read before anything was announced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutgoingFile {
    /// Its name on the host, without a folder.
    pub name: String,
    /// What it is announced as.
    pub kind: FileKind,
    /// Its bytes.
    pub data: Arc<[u8]>,
}

/// What the far end, or the protocol, says of a file that is about to come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offer {
    /// The name as it came, in the far end's code; empty where the protocol carries none.
    pub name: Vec<u8>,
    /// The name is PETSCII; otherwise ASCII or UTF-8.
    pub petscii: bool,
    /// What it is said to be; none where the protocol does not say.
    pub kind: Option<FileKind>,
    /// Its length in bytes where the protocol says it.
    pub length: Option<u64>,
}

/// What a store shall do with the file at hand. Every one is answered by `stored`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Store {
    /// A file begins; the answer says under which name it will be kept.
    Begin(Offer),
    /// These bytes come next in it.
    Write(Vec<u8>),
    /// It is complete: cut to this many bytes (never more than were written), made safe on the disk, and given
    /// its name.
    Finish {
        /// Its length in bytes.
        length: u64,
    },
}

/// A store's good answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// The name on the host, after [`Store::Begin`] and [`Store::Finish`]; it may be another than was offered.
    pub name: String,
}

/// What is left of a file that is not complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partial {
    /// Where it is on the host.
    pub path: String,
    /// Bytes of it.
    pub bytes: u64,
}
