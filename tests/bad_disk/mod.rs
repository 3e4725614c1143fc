//! A disk whose n-th call goes wrong, over a real folder.

#![allow(dead_code, reason = "not every test that includes it needs all of it")]

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use petterm::files::Folder;
use petterm::files::disk::{About, Disk, DiskFile};

/// What goes wrong.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wrong {
    /// This error instead of the call.
    Error(rustix::io::Errno),
    /// The call is made, and its good answer is replaced by this error.
    Lost(rustix::io::Errno),
    /// A write takes half of the bytes; other calls are not touched.
    Short,
    /// A write takes none.
    Nothing,
    /// The disk gets full: this write takes half of the bytes, and later ones find no room.
    Full,
    /// Somebody does this before the call.
    Somebody(fn(&Path)),
}

/// Which calls go wrong, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// The first one, from 0.
    pub(crate) at: usize,
    /// All behind it, too.
    pub(crate) for_ever: bool,
    pub(crate) wrong: Option<Wrong>,
    /// This system has no rename that spares what is there, or no links either.
    pub(crate) without: Without,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Without {
    Nothing,
    Rename,
    RenameAndLinks,
}

impl Plan {
    pub(crate) fn good(without: Without) -> Plan {
        Plan { at: usize::MAX, for_ever: false, wrong: None, without }
    }
}

/// What was called.
pub(crate) type Calls = Arc<Mutex<Vec<&'static str>>>;

/// Such a disk.
#[derive(Debug)]
pub(crate) struct BadDisk {
    folder: Folder,
    hand: Hand,
}

#[derive(Clone, Debug)]
struct Hand {
    path: PathBuf,
    plan: Plan,
    calls: Calls,
}

impl Hand {
    /// Counts a call; what goes wrong with it.
    fn call(&self, name: &'static str) -> Option<Wrong> {
        let mut calls = self.calls.lock().unwrap();
        let n = calls.len();
        calls.push(name);
        let hit = n == self.plan.at || self.plan.for_ever && n > self.plan.at;
        match self.plan.wrong {
            Some(Wrong::Full) if n > self.plan.at && name == "write" => {
                Some(Wrong::Error(rustix::io::Errno::NOSPC))
            }
            wrong => wrong.filter(|_| hit),
        }
    }

    fn act<T>(&self, name: &'static str, call: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        match self.call(name) {
            Some(Wrong::Error(error)) => Err(error.into()),
            Some(Wrong::Lost(error)) => call().and_then(|_| Err(error.into())),
            Some(Wrong::Somebody(does)) => {
                does(&self.path);
                call()
            }
            _ => call(),
        }
    }
}

impl BadDisk {
    pub(crate) fn new(path: &Path, plan: Plan) -> (BadDisk, Calls) {
        let calls = Calls::default();
        let hand = Hand { path: path.to_owned(), plan, calls: Arc::clone(&calls) };
        (BadDisk { folder: Folder::open(path).unwrap(), hand }, calls)
    }
}

impl Disk for BadDisk {
    fn create(&mut self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        let file = self.hand.act("create", || self.folder.create(name))?;
        Ok(Box::new(BadFile { file, hand: self.hand.clone() }))
    }

    fn about(&mut self, name: &str) -> io::Result<Option<About>> {
        self.hand.act("about", || self.folder.about(name))
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        let none = self.hand.plan.without != Without::Nothing;
        self.hand.act("rename", || {
            if none { Err(io::ErrorKind::Unsupported.into()) } else { self.folder.rename(from, to) }
        })
    }

    fn link(&mut self, from: &str, to: &str) -> io::Result<()> {
        let none = self.hand.plan.without == Without::RenameAndLinks;
        self.hand.act("link", || {
            if none { Err(io::ErrorKind::Unsupported.into()) } else { self.folder.link(from, to) }
        })
    }

    fn rename_over(&mut self, from: &str, to: &str) -> io::Result<()> {
        self.hand.act("rename_over", || self.folder.rename_over(from, to))
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        self.hand.act("remove", || self.folder.remove(name))
    }

    fn sync(&mut self) -> io::Result<()> {
        // That the bytes are on the disk is nothing that a test here looks at.
        self.hand.act("sync folder", || Ok(()))
    }
}

#[derive(Debug)]
struct BadFile {
    file: Box<dyn DiskFile>,
    hand: Hand,
}

impl DiskFile for BadFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.hand.call("write") {
            Some(Wrong::Error(error) | Wrong::Lost(error)) => Err(error.into()),
            Some(Wrong::Short | Wrong::Full) => self.file.write(&bytes[..bytes.len().div_ceil(2)]),
            Some(Wrong::Nothing) => Ok(0),
            Some(Wrong::Somebody(does)) => {
                does(&self.hand.path);
                self.file.write(bytes)
            }
            None => self.file.write(bytes),
        }
    }

    fn set_len(&mut self, length: u64) -> io::Result<()> {
        self.hand.act("set_len", || self.file.set_len(length))
    }

    fn sync(&mut self) -> io::Result<()> {
        self.hand.act("sync", || Ok(()))
    }

    fn about(&mut self) -> io::Result<About> {
        self.hand.act("about file", || self.file.about())
    }
}
