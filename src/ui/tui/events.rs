//! What wakes the front end: keys, snapshots, signals and the loss of the terminal.
//!
//! Two threads feed one bounded queue. The keyboard thread blocks in the terminal library and cannot be
//! woken, so it is detached. The watch thread polls a pipe for each signal and the terminal for its loss;
//! if the main thread does not end within two seconds of either (it may be blocked writing to a terminal
//! that takes nothing), or a second signal comes, the watch thread restores the terminal and ends the
//! process itself.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use crossterm::event::Event;

/// Something happened.
#[derive(Debug)]
pub enum UiEvent {
    /// A key, a paste, a new size, a change of focus.
    Input(Event),
    /// There is a new snapshot.
    Snapshot,
    /// A signal that ends the program arrived.
    Signal(i32),
    /// The terminal is to be lent to the shell for a while, as job control has it.
    Suspend,
    /// The terminal is gone.
    TerminalGone,
}

/// The queue between the threads and the front end.
pub struct Events {
    pub(super) sender: SyncSender<UiEvent>,
    pub(super) receiver: Receiver<UiEvent>,
}

impl Events {
    /// An empty queue.
    pub fn new() -> Events {
        let (sender, receiver) = sync_channel(256);
        Events { sender, receiver }
    }

    /// What a snapshot mailbox calls when there is something new. A full queue loses nothing: the front end
    /// looks at the mailbox after every event.
    pub fn notifier(&self) -> impl Fn() + Clone + Send + Sync + 'static {
        notifier(self.sender.clone())
    }
}

/// Wakes the front end, which then looks at everything that may have changed.
pub(super) fn notifier(sender: SyncSender<UiEvent>) -> impl Fn() + Clone + Send + Sync + 'static {
    move || {
        let _ = sender.try_send(UiEvent::Snapshot);
    }
}

impl Default for Events {
    fn default() -> Events {
        Events::new()
    }
}

/// Starts the thread that reads the keyboard.
pub(super) fn start_keyboard(sender: SyncSender<UiEvent>) -> std::io::Result<()> {
    thread::Builder::new().name("keyboard".into()).spawn(move || {
        loop {
            let event = match crossterm::event::read() {
                Ok(event) => UiEvent::Input(event),
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(_) => UiEvent::TerminalGone,
            };
            let last = matches!(event, UiEvent::TerminalGone);
            if sender.send(event).is_err() || last {
                return;
            }
        }
    })?;
    Ok(())
}

#[cfg(unix)]
pub(super) use watch::start as start_watch;

/// Without Unix signals there is nothing to watch: the console ends the process itself.
#[cfg(not(unix))]
pub(super) fn start_watch(_sender: SyncSender<UiEvent>) -> std::io::Result<()> {
    Ok(())
}

#[cfg(unix)]
mod watch {
    use std::io::{self, Read};
    use std::os::unix::net::UnixStream;
    use std::sync::mpsc::{SyncSender, TrySendError};
    use std::thread;
    use std::time::{Duration, Instant};

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP};

    use super::UiEvent;
    use crate::ui::tui::terminal;

    /// How long the main thread has to end in good order.
    const PATIENCE: Duration = Duration::from_secs(2);

    struct Pipe {
        signal: i32,
        reader: UnixStream,
    }

    /// Starts the thread.
    pub(in crate::ui::tui) fn start(sender: SyncSender<UiEvent>) -> io::Result<()> {
        let mut pipes = Vec::new();
        for signal in [SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGTSTP] {
            let (reader, writer) = UnixStream::pair()?;
            reader.set_nonblocking(true)?;
            signal_hook::low_level::pipe::register(signal, writer)?;
            pipes.push(Pipe { signal, reader });
        }
        thread::Builder::new().name("watch".into()).spawn(move || watch(&sender, pipes))?;
        Ok(())
    }

    #[expect(clippy::disallowed_methods, reason = "the shell's deadline for a stuck main thread")]
    fn now() -> Instant {
        Instant::now()
    }

    fn watch(sender: &SyncSender<UiEvent>, mut pipes: Vec<Pipe>) {
        let stdin = io::stdin();
        let mut terminal_there = true;
        let mut end: Option<(Instant, i32)> = None;
        let mut signalled = false;
        loop {
            let mut fds: Vec<PollFd<'_>> =
                pipes.iter().map(|pipe| PollFd::new(&pipe.reader, PollFlags::IN)).collect();
            if terminal_there {
                fds.push(PollFd::new(&stdin, PollFlags::empty()));
            }
            let limit = end.map(|(deadline, _)| {
                let left = deadline.saturating_duration_since(now());
                Timespec { tv_sec: left.as_secs() as i64, tv_nsec: i64::from(left.subsec_nanos()) }
            });
            // An interrupted poll has told nothing; the loop looks again.
            let polled = poll(&mut fds, limit.as_ref()).is_ok();
            let flags: Vec<PollFlags> = fds.iter().map(PollFd::revents).collect();
            drop(fds);
            if let Some((deadline, code)) = end
                && now() >= deadline
            {
                end_by_force(code);
            }
            if !polled {
                continue;
            }
            for (pipe, _) in pipes.iter_mut().zip(&flags).filter(|(_, flags)| flags.contains(PollFlags::IN)) {
                while pipe.reader.read(&mut [0; 64]).is_ok_and(|n| n > 0) {}
                if pipe.signal == SIGTSTP {
                    let _ = sender.try_send(UiEvent::Suspend);
                    continue;
                }
                let code = 128 + pipe.signal;
                let told = sender.try_send(UiEvent::Signal(pipe.signal));
                if signalled || matches!(told, Err(TrySendError::Disconnected(_))) {
                    end_by_force(code);
                }
                signalled = true;
                end = Some((now() + PATIENCE, code));
            }
            if terminal_there && let Some(flags) = flags.last() {
                // NVAL comes from systems whose poll does not know terminals.
                if flags.intersects(PollFlags::HUP | PollFlags::ERR) {
                    let _ = sender.try_send(UiEvent::TerminalGone);
                    end = end.or(Some((now() + PATIENCE, 128 + SIGHUP)));
                }
                terminal_there = !flags.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL);
            }
        }
    }

    fn end_by_force(code: i32) -> ! {
        terminal::give_back(Duration::from_millis(500));
        std::process::exit(code)
    }
}
