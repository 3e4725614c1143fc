//! What every link on a file descriptor shares: the reading thread and the bounded write.
//!
//! The descriptor is non-blocking; both directions wait in poll(2), the reader also for a pipe that closes
//! when the link ends. A closed link never reads another byte: the same device may be open again before
//! the old reading thread is gone, and must not lose bytes to it. A descriptor whose far end vanished
//! (end of file, EIO, hang-up) ends the thread at once, so that nothing spins.

use std::io::{self, PipeReader, PipeWriter};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::{Cancel, EventSink};
use crate::engine::{Failure, LinkEvent, Mark, Trouble};
use crate::time::{Span, Stamp};

/// The longest that a reader or a writer waits before it looks at its [`Cancel`] again.
const PATIENCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };
/// Bytes in one event at most.
const BATCH: usize = 64 * 1024;
/// How often a reader that has something to watch (modem lines, counters) looks at it.
const WATCH_EVERY: Span = Span::from_secs(1);

/// A descriptor that is shared by a reading thread and a writer and can be shut for good.
pub(super) struct Gate {
    fd: OwnedFd,
    shut: Mutex<bool>,
}

impl Gate {
    /// Takes over a descriptor that is already non-blocking.
    pub(super) fn new(fd: OwnedFd) -> Arc<Gate> {
        Arc::new(Gate { fd, shut: Mutex::new(false) })
    }

    /// Shuts the gate: no read or write happens from now on. Says whether it was open until now.
    pub(super) fn shut(&self) -> bool {
        !std::mem::replace(&mut *self.lock(), true)
    }

    /// Reads what is there, unless the gate is shut (`None`).
    fn read(&self, into: &mut [u8]) -> Option<Result<usize, Errno>> {
        let shut = self.lock();
        if *shut { None } else { Some(rustix::io::read(&self.fd, into)) }
    }

    /// Writes some of `bytes`, waiting for room for at most 100 ms.
    ///
    /// # Errors
    /// `TimedOut`, `WouldBlock` and `Interrupted` mean that nothing was taken; any other error that the
    /// far end is gone.
    pub(super) fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut fds = [PollFd::new(&self.fd, PollFlags::OUT)];
        if poll(&mut fds, Some(&PATIENCE))? == 0 {
            return Err(io::ErrorKind::TimedOut.into());
        }
        if fds[0].revents().intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let shut = self.lock();
        if *shut {
            return Err(io::ErrorKind::NotConnected.into());
        }
        Ok(rustix::io::write(&self.fd, bytes)?)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, bool> {
        self.shut.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AsFd for Gate {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// What a reader does with the octets and beside them.
pub(super) trait Watch: Send {
    /// Turns what the driver gave into octets and marks.
    fn decode(&mut self, raw: &[u8], bytes: &mut Vec<u8>, marks: &mut Vec<Mark>);

    /// Called about once a second; answers what changed.
    fn look(&mut self, _fd: BorrowedFd<'_>) -> Vec<LinkEvent> {
        Vec::new()
    }

    /// Why the link is closed when its far end vanished; `after` is how long it was open.
    fn gone(&self, after: Span) -> Trouble;
}

/// Starts the reading thread. Dropping the returned pipe wakes and ends it.
///
/// # Errors
/// When the system has no thread or pipe left.
pub(super) fn start_reader(
    gate: &Arc<Gate>,
    thread_name: String,
    sink: EventSink,
    cancel: &Cancel,
    watch: impl Watch + 'static,
) -> io::Result<PipeWriter> {
    let (wake, waker) = io::pipe()?;
    let reader =
        Reader { gate: Arc::clone(gate), wake, opened: sink.now(), sink, cancel: cancel.clone(), watch };
    thread::Builder::new().name(thread_name).spawn(move || reader.run())?;
    Ok(waker)
}

struct Reader<W> {
    gate: Arc<Gate>,
    wake: PipeReader,
    opened: Stamp,
    sink: EventSink,
    cancel: Cancel,
    watch: W,
}

impl<W: Watch> Reader<W> {
    fn run(mut self) {
        if let Some(trouble) = self.read_until_the_end() {
            self.sink.send(LinkEvent::Closed(trouble));
        }
    }

    /// Reads until the link ends; `None` if nobody wants to hear why.
    fn read_until_the_end(&mut self) -> Option<Trouble> {
        let mut raw = vec![0; BATCH];
        let mut looked = None;
        loop {
            let mut fds = [PollFd::new(&self.gate.fd, PollFlags::IN), PollFd::new(&self.wake, PollFlags::IN)];
            match poll(&mut fds, Some(&PATIENCE)) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => return Some(self.broken(error)),
            }
            let (ready, woken) = (fds[0].revents(), fds[1].revents());
            if !woken.is_empty() || self.cancel.is_set() {
                return None;
            }
            if !ready.is_empty() {
                let (length, end) = self.fill(&mut raw)?;
                if length > 0 && !self.deliver(&raw[..length]) {
                    return None;
                }
                let hung_up =
                    length == 0 && ready.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL);
                match end {
                    Some(Errno::AGAIN | Errno::INTR) if !hung_up => {}
                    Some(Errno::AGAIN | Errno::INTR | Errno::IO | Errno::NODEV | Errno::NXIO) => {
                        return Some(self.watch.gone(self.sink.now().since(self.opened)));
                    }
                    Some(error) => return Some(self.broken(error)),
                    None => {}
                }
            }
            let now = self.sink.now();
            if looked.is_none_or(|last| now.since(last) >= WATCH_EVERY) {
                looked = Some(now);
                for event in self.watch.look(self.gate.fd.as_fd()) {
                    if !self.sink.send(event) {
                        return None;
                    }
                }
            }
        }
    }

    /// Reads until the batch is full or nothing is left. Answers the number of bytes and why it stopped;
    /// the end of file counts as an input/output error. `None` if the gate is shut.
    fn fill(&self, raw: &mut [u8]) -> Option<(usize, Option<Errno>)> {
        let mut length = 0;
        while length < raw.len() {
            match self.gate.read(&mut raw[length..])? {
                Ok(0) => return Some((length, Some(Errno::IO))),
                Ok(n) => length += n,
                Err(error) => return Some((length, Some(error))),
            }
        }
        Some((length, None))
    }

    fn deliver(&mut self, raw: &[u8]) -> bool {
        let (mut bytes, mut marks) = (Vec::with_capacity(raw.len()), Vec::new());
        self.watch.decode(raw, &mut bytes, &mut marks);
        if bytes.is_empty() && marks.is_empty() {
            return true;
        }
        self.sink.send(LinkEvent::Rx { at: self.sink.now(), bytes, marks })
    }

    fn broken(&self, error: Errno) -> Trouble {
        let what = self.watch.gone(Span::ZERO).what;
        Trouble::new(Failure::Io, format!("{what}: {}", io::Error::from(error)), "")
    }
}

/// Makes a descriptor non-blocking, keeping its other flags.
pub(super) fn set_nonblocking(fd: impl AsFd) -> Result<(), Errno> {
    let flags = rustix::fs::fcntl_getfl(&fd)?;
    rustix::fs::fcntl_setfl(&fd, flags | rustix::fs::OFlags::NONBLOCK)
}
