//! The few calls by which received files reach a disk, one method each, so that a test can let any of them fail.
//!
//! Guarantees of an implementation: no call follows a link in the last part of a name, none replaces what exists but
//! [`Disk::rename_over`], and none tries again. `patient` does that for all of them.

use std::fmt;
use std::io;

/// Tries of a call that was interrupted, or of one that would have had to wait, before that counts as a failure.
const PATIENCE: usize = 64;

/// What a name stands for, or an open file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct About {
    /// The same for all names of one file, and for no other file as long as it is open; none where the system does
    /// not tell.
    pub identity: Option<(u64, u64)>,
    /// Bytes of it.
    pub length: u64,
    /// It is a plain file.
    pub is_file: bool,
    /// It is a symbolic link.
    pub is_link: bool,
}

impl About {
    /// Whether it is that plain file under another name, or under the same; where the system does not tell, any plain
    /// file may be.
    pub fn is_same_file(&self, other: &About) -> bool {
        self.is_file && other.is_file && self.identity == other.identity
    }
}

/// A file that is written.
pub trait DiskFile: fmt::Debug + Send {
    /// Writes some of the bytes; how many it took.
    ///
    /// # Errors
    /// If none can be written.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize>;

    /// Cuts it to a length.
    ///
    /// # Errors
    /// If it cannot be.
    fn set_len(&mut self, length: u64) -> io::Result<()>;

    /// Makes it safe against a power cut.
    ///
    /// # Errors
    /// If it is not.
    fn sync(&mut self) -> io::Result<()>;

    /// What it is, by its handle.
    ///
    /// # Errors
    /// If the system does not say.
    fn about(&mut self) -> io::Result<About>;
}

/// A folder. Names are single parts of a path.
pub trait Disk: fmt::Debug + Send {
    /// Makes a new file, readable by its owner alone and never executable.
    ///
    /// # Errors
    /// `AlreadyExists` if anything has the name.
    fn create(&mut self, name: &str) -> io::Result<Box<dyn DiskFile>>;

    /// What has this name, if anything has. Links are not followed.
    ///
    /// # Errors
    /// If the system does not say.
    fn about(&mut self, name: &str) -> io::Result<Option<About>>;

    /// Gives a file another name if nothing has that.
    ///
    /// # Errors
    /// `AlreadyExists` if something has it; `Unsupported` where the system cannot do this in one step.
    fn rename(&mut self, from: &str, to: &str) -> io::Result<()>;

    /// Gives a file a second name if nothing has that.
    ///
    /// # Errors
    /// `AlreadyExists` if something has it; `Unsupported` where files have one name.
    fn link(&mut self, from: &str, to: &str) -> io::Result<()>;

    /// Gives a file the name of another one, which is gone then. Only ever used on a file that was made for it.
    ///
    /// # Errors
    /// If it cannot be done.
    fn rename_over(&mut self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a name.
    ///
    /// # Errors
    /// If it cannot be done.
    fn remove(&mut self, name: &str) -> io::Result<()>;

    /// Makes the names safe against a power cut.
    ///
    /// # Errors
    /// If they are not.
    fn sync(&mut self) -> io::Result<()>;
}

/// Does a call, again if a signal interrupted it or it would have had to wait, and not for ever.
pub(super) fn patient<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    for _ in 1..PATIENCE {
        match call() {
            Err(error) if matches!(error.kind(), io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock) => {}
            result => return result,
        }
    }
    call()
}

/// Why a file did not get its name.
#[derive(Debug)]
pub(super) enum Unnamed {
    /// Something has it.
    Taken,
    /// The old name no longer stands for our file, or the new one does not although it should.
    Swapped,
    /// The system does not do it.
    Trouble(io::Error),
}

impl From<io::Error> for Unnamed {
    fn from(error: io::Error) -> Unnamed {
        match error.kind() {
            io::ErrorKind::AlreadyExists => Unnamed::Taken,
            _ => Unnamed::Trouble(error),
        }
    }
}

/// Whether this name stands for our file.
pub(super) fn is_ours(disk: &mut dyn Disk, name: &str, ours: &About) -> io::Result<bool> {
    Ok(patient(|| disk.about(name))?.is_some_and(|about| about.is_same_file(ours)))
}

/// Whether this name stands for our file beyond doubt.
fn is_surely_ours(disk: &mut dyn Disk, name: &str, ours: &About) -> bool {
    ours.identity.is_some() && is_ours(disk, name, ours).unwrap_or(false)
}

/// Gives our file its name; whatever has it by now is left alone. The good answer may be something to tell.
pub(super) fn give_name(
    disk: &mut dyn Disk,
    ours: &About,
    from: &str,
    to: &str,
) -> Result<Option<String>, Unnamed> {
    if !is_ours(disk, from, ours)? {
        return Err(Unnamed::Swapped);
    }
    match patient(|| disk.rename(from, to)) {
        Ok(()) => return confirm(disk, ours, to).map(|()| None),
        Err(error) if error.kind() == io::ErrorKind::Unsupported => {}
        // An answer that got lost is no reason to doubt what is there.
        Err(_) if is_surely_ours(disk, to, ours) => return Ok(None),
        Err(error) => return Err(error.into()),
    }
    let linked = match patient(|| disk.link(from, to)) {
        Err(error) if error.kind() == io::ErrorKind::Unsupported => false,
        Err(_) if is_surely_ours(disk, to, ours) => true,
        Err(error) => return Err(error.into()),
        Ok(()) => true,
    };
    if linked {
        confirm(disk, ours, to)?;
        // It has both names now, and the second to go does not take the file along.
        let gone = match is_ours(disk, from, ours) {
            Ok(true) => patient(|| disk.remove(from)),
            Ok(false) => Ok(()),
            Err(error) => Err(error),
        };
        return Ok(gone.err().map(|error| format!("{to} is complete, and {from} is a second name of it that cannot be removed: {error}; remove that name")));
    }
    // Neither: the name is claimed by an empty file of ours, and only that one is replaced.
    let mut claim = patient(|| disk.create(to))?;
    let stands = patient(|| claim.about()).and_then(|claimed| is_ours(disk, to, &claimed));
    let renamed = match stands {
        Ok(true) => patient(|| disk.rename_over(from, to)),
        Ok(false) => return Err(Unnamed::Swapped),
        Err(error) => Err(error),
    };
    match renamed {
        Ok(()) => confirm(disk, ours, to).map(|()| None),
        Err(_) if is_surely_ours(disk, to, ours) => Ok(None),
        Err(error) => {
            let removed = match (patient(|| claim.about()), patient(|| disk.about(to))) {
                (Ok(claimed), Ok(Some(there))) if there.is_same_file(&claimed) && there.length == 0 => {
                    patient(|| disk.remove(to)).is_ok()
                }
                (Ok(_), Ok(_)) => true,
                _ => false,
            };
            if !removed {
                let left = format!("{error}, and an empty {to} that holds the name may be left");
                return Err(Unnamed::Trouble(io::Error::new(error.kind(), left)));
            }
            Err(error.into())
        }
    }
}

/// The name was given; whether it was given to our file.
fn confirm(disk: &mut dyn Disk, ours: &About, name: &str) -> Result<(), Unnamed> {
    match is_ours(disk, name, ours) {
        Ok(false) => Err(Unnamed::Swapped),
        // The system said that it did it; that it does not say more is no sign of harm.
        Ok(true) | Err(_) => Ok(()),
    }
}
