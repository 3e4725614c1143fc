//! A folder by its path, where the standard library is all there is.
//!
//! The standard library does not tell one file from another here: every plain file counts as ours. A name is still
//! never taken from anything, by a link or by a claim.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::disk::{About, Disk, DiskFile};

/// A folder.
#[derive(Debug)]
pub struct Folder {
    folder: PathBuf,
}

impl Folder {
    /// Takes a folder in which files can be made.
    ///
    /// # Errors
    /// If it does not exist, or nothing can be made in it.
    pub fn open(path: &Path) -> io::Result<Folder> {
        // A folder that is moved meanwhile is another folder; its absolute path at least does not depend on ours.
        let folder = fs::canonicalize(path)?;
        let about = fs::metadata(&folder)?;
        if !about.is_dir() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        if about.permissions().readonly() {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        Ok(Folder { folder })
    }
}

/// Opens a file for reading.
pub(super) fn open_to_read(path: &Path) -> io::Result<File> {
    File::open(path)
}

fn about(metadata: &fs::Metadata) -> About {
    About {
        identity: None,
        length: metadata.len(),
        is_file: metadata.is_file(),
        is_link: metadata.is_symlink(),
    }
}

/// A file of such a folder.
#[derive(Debug)]
struct PlainFile(File);

impl DiskFile for PlainFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Write::write(&mut self.0, bytes)
    }

    fn set_len(&mut self, length: u64) -> io::Result<()> {
        self.0.set_len(length)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.sync_all()
    }

    fn about(&mut self) -> io::Result<About> {
        Ok(about(&self.0.metadata()?))
    }
}

impl Disk for Folder {
    fn create(&mut self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        let file = OpenOptions::new().write(true).create_new(true).open(self.folder.join(name))?;
        Ok(Box::new(PlainFile(file)))
    }

    fn about(&mut self, name: &str) -> io::Result<Option<About>> {
        match fs::symlink_metadata(self.folder.join(name)) {
            Ok(metadata) => Ok(Some(about(&metadata))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn rename(&mut self, _from: &str, _to: &str) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn link(&mut self, from: &str, to: &str) -> io::Result<()> {
        match fs::hard_link(self.folder.join(from), self.folder.join(to)) {
            Err(error)
                if matches!(error.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::Interrupted) =>
            {
                Err(error)
            }
            // Why a file system has no links has many names; the claim that follows finds out what is really wrong.
            result => result.map_err(|_| io::ErrorKind::Unsupported.into()),
        }
    }

    fn rename_over(&mut self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.folder.join(from), self.folder.join(to))
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        fs::remove_file(self.folder.join(name))
    }

    /// Folders are not synced here.
    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}
