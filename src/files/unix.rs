//! A folder by its handle.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{self, Access, AtFlags, FileType, Mode, OFlags, Stat};
use rustix::io::{Errno, retry_on_intr};

use super::disk::{About, Disk, DiskFile};

/// An open folder.
#[derive(Debug)]
pub struct Folder {
    folder: OwnedFd,
}

impl Folder {
    /// Opens a folder in which files can be made. It may be named by a link.
    ///
    /// # Errors
    /// If it does not exist, is no folder, or nothing can be made in it.
    pub fn open(path: &Path) -> io::Result<Folder> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = retry_on_intr(|| fs::open(path, flags, Mode::empty()))?;
        retry_on_intr(|| fs::accessat(&folder, ".", Access::WRITE_OK | Access::EXEC_OK, AtFlags::empty()))?;
        Ok(Folder { folder })
    }
}

/// Opens a file for reading, without waiting for whatever is behind it.
pub(super) fn open_to_read(path: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    Ok(File::from(retry_on_intr(|| fs::open(path, flags, Mode::empty()))?))
}

#[allow(clippy::unnecessary_cast, reason = "these fields have other types on other systems")]
fn about(stat: &Stat) -> About {
    let kind = FileType::from_raw_mode(stat.st_mode);
    About {
        identity: Some((stat.st_dev as u64, stat.st_ino as u64)),
        length: u64::try_from(stat.st_size).unwrap_or(0),
        is_file: kind == FileType::RegularFile,
        is_link: kind == FileType::Symlink,
    }
}

impl DiskFile for File {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Write::write(self, bytes)
    }

    fn set_len(&mut self, length: u64) -> io::Result<()> {
        File::set_len(self, length)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_all()
    }

    fn about(&mut self) -> io::Result<About> {
        Ok(about(&fs::fstat(&*self)?))
    }
}

impl Disk for Folder {
    fn create(&mut self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = fs::openat(&self.folder, name, flags, Mode::RUSR | Mode::WUSR)?;
        Ok(Box::new(File::from(file)))
    }

    fn about(&mut self, name: &str) -> io::Result<Option<About>> {
        match fs::statat(&self.folder, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(about(&stat))),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    #[cfg(target_os = "linux")]
    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        match fs::renameat_with(&self.folder, from, &self.folder, to, fs::RenameFlags::NOREPLACE) {
            // Kernels and file systems that do not know it.
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => Err(io::ErrorKind::Unsupported.into()),
            result => Ok(result?),
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn rename(&mut self, _from: &str, _to: &str) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn link(&mut self, from: &str, to: &str) -> io::Result<()> {
        match fs::linkat(&self.folder, from, &self.folder, to, AtFlags::empty()) {
            Err(Errno::PERM | Errno::OPNOTSUPP | Errno::NOSYS | Errno::MLINK) => {
                Err(io::ErrorKind::Unsupported.into())
            }
            result => Ok(result?),
        }
    }

    fn rename_over(&mut self, from: &str, to: &str) -> io::Result<()> {
        Ok(fs::renameat(&self.folder, from, &self.folder, to)?)
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        Ok(fs::unlinkat(&self.folder, name, AtFlags::empty())?)
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(fs::fsync(&self.folder)?)
    }
}
