//! `pty:PATH`: makes a pseudo-terminal and links PATH to its slave, for another program to open.
//!
//! The slave starts raw, and we hold it open ourselves, so that the far end may come and go. PATH is never
//! overwritten: only a symbolic link that leads nowhere, or to the very slave that was just made, is taken for one that an
//! earlier run left behind. The link is removed when we close.
//!
//! Octets that are sent while nobody reads wait in the kernel's buffer and are read by whoever comes next;
//! when it is full, writing waits. What is there when we close would be lost, so whoever reads it is given a moment. A pseudo-terminal has no speed, no modem lines and no break.

#[cfg(unix)]
pub use unix::open;

/// Pseudo-terminals exist on Unix alone.
///
/// # Errors
/// Always.
#[cfg(not(unix))]
pub fn open(
    _request: &crate::engine::OpenRequest,
    _sink: super::EventSink,
    _cancel: &super::Cancel,
) -> Result<super::OpenLink, crate::engine::Trouble> {
    Err(crate::engine::Trouble::new(
        crate::engine::Failure::NotADevice,
        "this system has no pseudo-terminals",
        "use listen://127.0.0.1:PORT instead",
    ))
}

#[cfg(unix)]
mod unix {
    use std::ffi::OsStr;
    use std::fs;
    use std::io::{self, PipeWriter};
    use std::os::fd::{AsFd, OwnedFd};
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;
    use std::path::{Path, PathBuf};
    use std::sync::Arc;
    use std::time::Duration;

    use rustix::fs::{Mode, OFlags};
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

    use crate::engine::{Abilities, Failure, LinkInfo, Mark, Medium, OpenRequest, Target, Trouble};
    use crate::link::fd::{self, Gate};
    use crate::link::{Cancel, Endpoint, EventSink, OpenLink, inversion};
    use crate::time::Span;

    /// Between two looks at what the far end has not read.
    const STEP: Duration = Duration::from_millis(5);
    /// Looks without progress after which nobody reads.
    const STUCK_STEPS: u32 = 40;

    /// Makes a pseudo-terminal and links the path of a [`Target::Pty`] to its slave.
    ///
    /// # Errors
    /// [`Failure::Busy`] when something is at PATH already, [`Failure::NotFound`] when its directory does not
    /// exist, [`Failure::Permission`] when we may not write there, [`Failure::Io`] when the system has no
    /// pseudo-terminal left.
    pub fn open(request: &OpenRequest, sink: EventSink, cancel: &Cancel) -> Result<OpenLink, Trouble> {
        let Target::Pty(path) = &request.target else {
            return Err(Trouble::new(Failure::Io, format!("'{}' is not pty:PATH", request.target), ""));
        };
        let abilities = Abilities { holds_break: Some(false), ..Abilities::default() };
        inversion::check_break(request.inversion, abilities, &request.target.to_string())?;
        let (master, slave, slave_path) = make_pair()
            .map_err(|error| Trouble::new(Failure::Io, format!("no pseudo-terminal: {error}"), ""))?;
        place_link(path, &slave_path)?;
        let link = PlacedLink { path: path.clone(), slave: slave_path.clone() };
        let name = format!("pty:{}", path.display());
        let gate = Gate::new(master);
        let waker =
            fd::start_reader(&gate, thread_name(&slave_path), sink, cancel, Plain { name: name.clone() })
                .map_err(|error| {
                    Trouble::new(Failure::Io, format!("no thread to read {name}: {error}"), "")
                })?;
        let info = LinkInfo {
            medium: Medium::Pipe,
            name,
            identity: None,
            adapter: None,
            remarks: vec![format!(
                "the far end may open {} (now {}), again and again",
                path.display(),
                slave_path.display()
            )],
            abilities,
        };
        Ok((Box::new(Pty { gate, slave, link: Some(link), waker: Some(waker) }), info))
    }

    fn make_pair() -> io::Result<(OwnedFd, OwnedFd, PathBuf)> {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
        rustix::io::fcntl_setfd(&master, rustix::io::FdFlags::CLOEXEC)?;
        grantpt(&master)?;
        unlockpt(&master)?;
        let name = ptsname(&master, Vec::new())?;
        let slave_path = PathBuf::from(OsStr::from_bytes(name.as_bytes()));
        let slave =
            rustix::fs::open(&slave_path, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty())?;
        let mut raw = tcgetattr(&slave)?;
        raw.make_raw();
        tcsetattr(&slave, OptionalActions::Now, &raw)?;
        fd::set_nonblocking(master.as_fd())?;
        Ok((master, slave, slave_path))
    }

    fn thread_name(slave: &Path) -> String {
        format!("rx {}", slave.strip_prefix("/dev").unwrap_or(slave).display())
    }

    /// Links `path` to `slave`, replacing nothing but a stale link.
    pub(super) fn place_link(path: &Path, slave: &Path) -> Result<(), Trouble> {
        let first = symlink(slave, path);
        let second = match first {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && is_stale(path, slave) => {
                fs::remove_file(path).and_then(|()| symlink(slave, path))
            }
            other => other,
        };
        second.map_err(|error| {
            let shown = path.display();
            match error.kind() {
                io::ErrorKind::AlreadyExists => Trouble::new(
                    Failure::Busy,
                    format!("{shown} exists already and is not overwritten"),
                    "give another path, or remove it if nothing uses it",
                ),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Trouble::new(
                    Failure::NotFound,
                    format!("the directory of {shown} does not exist"),
                    "make it first, or give another path such as pty:/tmp/pet",
                ),
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Trouble::new(
                    Failure::Permission,
                    format!("you may not make {shown}"),
                    "give a path that you may write to, such as pty:/tmp/pet",
                ),
                _ => Trouble::new(Failure::Io, format!("cannot make {shown}: {error}"), ""),
            }
        })
    }

    /// Whether `path` is a link that an earlier run left: to a terminal that is gone, or to ours, which
    /// was made a moment ago and so cannot have been linked by anyone who is still there.
    fn is_stale(path: &Path, slave: &Path) -> bool {
        fs::read_link(path).is_ok_and(|to| {
            to == slave || (slave.parent() == to.parent() && fs::symlink_metadata(&to).is_err())
        })
    }

    /// A link that is removed when this is dropped, if it is still ours.
    struct PlacedLink {
        path: PathBuf,
        slave: PathBuf,
    }

    impl Drop for PlacedLink {
        fn drop(&mut self) {
            if fs::read_link(&self.path).is_ok_and(|to| to == self.slave) {
                // Nobody is left to be told, and the next run takes a stale link away.
                let _ = fs::remove_file(&self.path);
            }
        }
    }

    struct Pty {
        gate: Arc<Gate>,
        slave: OwnedFd,
        link: Option<PlacedLink>,
        waker: Option<PipeWriter>,
    }

    impl Pty {
        /// Waits until the far end has read what was written, as long as that makes progress: a pseudo-terminal that is
        /// closed throws it away, where a cable would not.
        fn settle(&self) {
            let (mut empty, mut stuck, mut last) = (0, 0, u64::MAX);
            // Octets are between the two ends for a moment and counted at neither, hence a second look.
            while empty < 2 && stuck < STUCK_STEPS {
                match rustix::io::ioctl_fionread(&self.slave) {
                    Ok(0) => empty += 1,
                    Ok(unread) => {
                        empty = 0;
                        stuck = if unread < last { 0 } else { stuck + 1 };
                        last = unread;
                    }
                    Err(_) => return,
                }
                pause();
            }
        }
    }

    #[expect(clippy::disallowed_methods, reason = "nobody tells when a far end has read")]
    fn pause() {
        std::thread::sleep(STEP);
    }

    impl Endpoint for Pty {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.gate.write(bytes)
        }

        fn close(&mut self) {
            if self.link.is_some() {
                self.settle();
            }
            self.gate.shut();
            self.link = None;
            self.waker = None;
        }
    }

    impl Drop for Pty {
        fn drop(&mut self) {
            self.close();
        }
    }

    struct Plain {
        name: String,
    }

    impl fd::Watch for Plain {
        fn decode(&mut self, raw: &[u8], bytes: &mut Vec<u8>, _marks: &mut Vec<Mark>) {
            bytes.extend_from_slice(raw);
        }

        fn gone(&self, _after: Span) -> Trouble {
            Trouble::new(Failure::PeerClosed, format!("{} was taken away", self.name), "")
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        fn scratch() -> tempfile::TempDir {
            tempfile::tempdir().unwrap()
        }

        #[test]
        fn a_file_is_never_overwritten() {
            let dir = scratch();
            let path = dir.path().join("precious");
            fs::write(&path, "keep me").unwrap();
            let trouble = place_link(&path, Path::new("/dev/pts/999999")).unwrap_err();
            assert_eq!(trouble.failure, Failure::Busy);
            assert_eq!(fs::read(&path).unwrap(), b"keep me");
        }

        #[test]
        fn a_link_to_something_else_is_kept_even_if_it_leads_nowhere() {
            let dir = scratch();
            let path = dir.path().join("link");
            symlink("/nowhere/at/all", &path).unwrap();
            assert_eq!(place_link(&path, Path::new("/dev/pts/999999")).unwrap_err().failure, Failure::Busy);
            assert_eq!(fs::read_link(&path).unwrap(), Path::new("/nowhere/at/all"));
        }

        #[test]
        fn a_stale_link_to_a_terminal_that_is_gone_is_replaced() {
            let dir = scratch();
            let path = dir.path().join("link");
            symlink("/dev/pts/999998", &path).unwrap();
            place_link(&path, Path::new("/dev/pts/999999")).unwrap();
            assert_eq!(fs::read_link(&path).unwrap(), Path::new("/dev/pts/999999"));
        }

        #[test]
        fn a_missing_directory_is_named() {
            let dir = scratch();
            let path = dir.path().join("no/such/dir");
            let trouble = place_link(&path, Path::new("/dev/pts/1")).unwrap_err();
            assert_eq!(trouble.failure, Failure::NotFound);
            assert!(trouble.what.contains("no/such/dir"), "{}", trouble.what);
        }

        #[test]
        fn a_link_that_someone_else_took_over_is_not_removed() {
            let dir = scratch();
            let path = dir.path().join("link");
            symlink("/dev/pts/7", &path).unwrap();
            drop(PlacedLink { path: path.clone(), slave: "/dev/pts/8".into() });
            assert!(fs::symlink_metadata(&path).is_ok());
            drop(PlacedLink { path: path.clone(), slave: "/dev/pts/7".into() });
            assert!(fs::symlink_metadata(&path).is_err());
        }
    }
}
