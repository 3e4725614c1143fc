//! The terminal device below the terminal library: settings saved and put back, writes that cannot hang.

#[cfg(unix)]
pub(super) use unix::{Saved, open_writer, write_within};

#[cfg(unix)]
mod unix {
    use std::fs::File;
    use std::io::{self, Write};
    use std::os::fd::AsFd;
    use std::sync::mpsc::sync_channel;
    use std::thread;
    use std::time::Duration;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::termios::{OptionalActions, QueueSelector, Termios, tcflush, tcgetattr, tcsetattr};

    /// The settings of the terminal on standard input.
    #[derive(Clone)]
    pub(in crate::ui::tui) struct Saved(Termios);

    impl Saved {
        /// The settings now; `None` if standard input is no terminal.
        pub(in crate::ui::tui) fn take() -> Option<Saved> {
            tcgetattr(io::stdin()).ok().map(Saved)
        }

        /// Puts the settings back at once, without waiting for output.
        pub(in crate::ui::tui) fn put_back(&self) {
            // A terminal that is gone cannot be told anything.
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
        }
    }

    /// Writes, but waits for the terminal at most `patience` and a little: a terminal that takes nothing loses
    /// what was on its way, and the end of the program never waits for it. A thread of its own writes,
    /// because another thread that is blocked in a write holds up everybody's.
    pub(in crate::ui::tui) fn write_within(bytes: Vec<u8>, patience: Duration) {
        let (done, finished) = sync_channel(1);
        let writer = thread::Builder::new().name("restore".into()).spawn(move || {
            let out = io::stdout();
            if !writable(out.as_fd(), patience) {
                let _ = tcflush(&out, QueueSelector::OFlush);
            }
            let mut rest = bytes.as_slice();
            while let Ok(taken @ 1..) = rustix::io::write(&out, rest) {
                rest = rest.get(taken..).unwrap_or_default();
                if rest.is_empty() {
                    break;
                }
            }
            let _ = done.send(());
        });
        if writer.is_ok() {
            let _ = finished.recv_timeout(patience + Duration::from_millis(100));
        }
    }

    fn writable(fd: std::os::fd::BorrowedFd<'_>, patience: Duration) -> bool {
        let mut fds = [PollFd::from_borrowed_fd(fd, PollFlags::OUT)];
        let limit =
            Timespec { tv_sec: patience.as_secs() as i64, tv_nsec: i64::from(patience.subsec_nanos()) };
        poll(&mut fds, Some(&limit)).is_ok_and(|ready| ready > 0) && fds[0].revents().contains(PollFlags::OUT)
    }

    /// A writer of its own to the terminal, without the standard library's line buffer.
    pub(in crate::ui::tui) fn open_writer() -> io::Result<Box<dyn Write + Send>> {
        let fd = io::stdout().as_fd().try_clone_to_owned()?;
        Ok(Box::new(Patient(File::from(fd))))
    }

    /// Waits where the terminal is non-blocking and full: whoever shares it may have made it so.
    struct Patient(File);

    impl Write for Patient {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            loop {
                match self.0.write(bytes) {
                    Err(e) if e.kind() == io::ErrorKind::WouldBlock => {
                        let mut fds = [PollFd::new(&self.0, PollFlags::OUT)];
                        poll(&mut fds, None)?;
                    }
                    other => return other,
                }
            }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
}

#[cfg(not(unix))]
pub(super) use other::{Saved, open_writer, write_within};

#[cfg(not(unix))]
mod other {
    use std::io::{self, Write};
    use std::time::Duration;

    /// The console's settings are the terminal library's business here.
    #[derive(Clone)]
    pub(in crate::ui::tui) struct Saved;

    impl Saved {
        pub(in crate::ui::tui) fn take() -> Option<Saved> {
            Some(Saved)
        }

        pub(in crate::ui::tui) fn put_back(&self) {}
    }

    pub(in crate::ui::tui) fn write_within(bytes: Vec<u8>, _patience: Duration) {
        let mut out = io::stdout();
        let _ = out.write_all(&bytes).and_then(|()| out.flush());
    }

    pub(in crate::ui::tui) fn open_writer() -> io::Result<Box<dyn Write + Send>> {
        Ok(Box::new(io::stdout()))
    }
}
