//! `-`: the far end is our own standard input and output.
//!
//! The end of standard input closes the link. The reading thread cannot be woken while standard input is
//! silent: it is left behind, and says nothing any more once the link was cancelled.

use std::io::{self, IsTerminal, Read};
use std::thread;

use super::{Cancel, Endpoint, EventSink, OpenLink};
use crate::engine::{Failure, LinkEvent, LinkInfo, Medium, OpenRequest, Trouble};

/// Octets in one event at most.
const BATCH: usize = 64 * 1024;

/// Opens standard input and output as a link.
///
/// # Errors
/// [`Failure::NotADevice`] when standard input is a terminal: a person types there, not a far end.
pub fn open(_request: &OpenRequest, sink: EventSink, cancel: &Cancel) -> Result<OpenLink, Trouble> {
    if io::stdin().is_terminal() {
        return Err(Trouble::new(
            Failure::NotADevice,
            "standard input is a terminal, so there is no far end to read from",
            "pipe something in, such as `some-program | petterm -`, or name a port or host instead of -",
        ));
    }
    let cancel = cancel.clone();
    thread::Builder::new()
        .name("rx stdin".into())
        .spawn(move || pump(&mut io::stdin().lock(), &sink, &cancel))
        .map_err(|error| Trouble::new(Failure::Io, format!("no thread for standard input: {error}"), ""))?;
    let info = LinkInfo {
        medium: Medium::Pipe,
        name: "-".into(),
        identity: None,
        adapter: None,
        remarks: Vec::new(),
        abilities: crate::engine::Abilities::default(),
    };
    Ok((Box::new(Stdout { closed: false }), info))
}

/// Hands on what `input` gives until it ends, fails, or nobody listens.
fn pump(input: &mut dyn Read, sink: &EventSink, cancel: &Cancel) {
    let mut buffer = vec![0; BATCH];
    loop {
        let event = match input.read(&mut buffer) {
            Ok(0) => LinkEvent::Closed(Trouble::new(Failure::PeerClosed, "standard input ended", "")),
            Ok(length) => {
                LinkEvent::Rx { at: sink.now(), bytes: buffer[..length].to_vec(), marks: Vec::new() }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => LinkEvent::Closed(Trouble::new(
                Failure::Io,
                format!("standard input cannot be read: {error}"),
                "",
            )),
        };
        let last = matches!(event, LinkEvent::Closed(_));
        if cancel.is_set() || !sink.send(event) || last {
            return;
        }
    }
}

struct Stdout {
    closed: bool,
}

impl Endpoint for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.closed {
            return Err(io::ErrorKind::NotConnected.into());
        }
        write_some(bytes)
    }

    fn close(&mut self) {
        self.closed = true;
    }
}

/// Writes some of `bytes` to standard output, waiting for room for at most 100 ms. Where poll(2) reports
/// room, a pipe takes at least a page without blocking.
#[cfg(unix)]
fn write_some(bytes: &[u8]) -> io::Result<usize> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    const PAGE: usize = 4096;
    let stdout = io::stdout();
    let mut fds = [PollFd::new(&stdout, PollFlags::OUT)];
    if poll(&mut fds, Some(&Timespec { tv_sec: 0, tv_nsec: 100_000_000 }))? == 0 {
        return Err(io::ErrorKind::TimedOut.into());
    }
    Ok(rustix::io::write(&stdout, &bytes[..bytes.len().min(PAGE)])?)
}

#[cfg(not(unix))]
fn write_some(bytes: &[u8]) -> io::Result<usize> {
    use std::io::Write;
    let mut stdout = io::stdout();
    let written = stdout.write(bytes)?;
    stdout.flush()?;
    Ok(written)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;

    use super::*;
    use crate::link::{Clock, LinkMessage};

    fn pumped(input: &mut dyn Read, cancel: &Cancel) -> Vec<LinkEvent> {
        let (sender, receiver) = sync_channel::<LinkMessage>(1000);
        pump(input, &EventSink::to_channel(0, Clock::start(), sender), cancel);
        receiver.into_iter().map(|message| message.event).collect()
    }

    fn octets(events: &[LinkEvent]) -> Vec<u8> {
        let rx = |event: &LinkEvent| match event {
            LinkEvent::Rx { bytes, .. } => bytes.clone(),
            _ => Vec::new(),
        };
        events.iter().flat_map(rx).collect()
    }

    #[test]
    fn all_octets_arrive_and_the_end_of_input_is_one_closed() {
        let all: Vec<u8> = (0..=255).collect();
        let events = pumped(&mut all.as_slice(), &Cancel::default());
        assert_eq!(octets(&events), all);
        let closed: Vec<_> = events.iter().filter(|event| matches!(event, LinkEvent::Closed(_))).collect();
        assert_eq!(closed.len(), 1);
        assert!(matches!(closed[0], LinkEvent::Closed(trouble) if trouble.failure == Failure::PeerClosed));
    }

    #[test]
    fn a_cancelled_link_says_nothing() {
        let cancel = Cancel::default();
        cancel.set();
        assert_eq!(pumped(&mut &b"late"[..], &cancel), vec![]);
    }
}
