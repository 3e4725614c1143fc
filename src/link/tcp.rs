//! A TCP connection that we make, and the two halves of any connected socket.
//!
//! Opening resolves the name and tries its addresses in turn, each with a fair share of the time allowed;
//! both in a helper thread, since neither can be interrupted. What goes wrong is told apart: no such name,
//! refused, unreachable, no answer. Once connected, each write goes out as it is given (`TCP_NODELAY`: a
//! transfer protocol's answers are a few bytes long, and Nagle's algorithm delays each by some 40 ms), and a
//! peer that vanished without a word is noticed by keep-alive within about two minutes.

use std::fmt::Write as _;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};

use super::endpoint::{Cancel, Clock, Endpoint, EventSink, OpenLink};
use crate::engine::{Failure, LinkEvent, LinkInfo, Medium, OpenRequest, Target, Trouble};
use crate::time::Span;

/// How long a blocking call may keep us from looking at [`Cancel`].
const TICK: Duration = Duration::from_millis(100);
/// Bytes read at once.
const READ_BUFFER: usize = 16 * 1024;
/// Addresses tried at most.
const MOST_ADDRESSES: usize = 16;
/// No address gets less than this, as long as any time is left.
const LEAST_SHARE: Span = Span::from_millis(250);
/// A silent connection is probed after this time,
const KEEPALIVE_TIME: Duration = Duration::from_secs(60);
/// and again each time this has passed.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(15);
/// Unanswered probes until it counts as dead.
#[cfg(not(windows))]
const KEEPALIVE_RETRIES: u32 = 4;

/// Connects to a [`Target::Tcp`]. Tells [`LinkEvent::Progress`] where a name has several addresses.
///
/// # Errors
/// [`Failure::NotFound`] when the name has no address, [`Failure::Refused`] when the host refused or cannot
/// be reached, [`Failure::TimedOut`] when nothing answered within `request.timeout`, [`Failure::Local`] when
/// `cancel` was set.
pub fn open(request: &OpenRequest, sink: EventSink, cancel: &Cancel) -> Result<OpenLink, Trouble> {
    let Target::Tcp { host, port, .. } = &request.target else {
        return Err(Trouble::new(
            Failure::Io,
            format!("{} is not a network host", request.target),
            "write HOST:PORT",
        ));
    };
    let call = Call { host: host.clone(), port: *port, timeout: request.timeout };
    let (sender, receiver) = channel();
    let (given_up, for_thread) = (Arc::new(AtomicBool::new(false)), call.clone());
    let flag = Arc::clone(&given_up);
    thread::Builder::new()
        .name("dial".into())
        .spawn(move || dial(&for_thread, &flag, &sender))
        .map_err(|error| no_thread(&error))?;
    let result = wait_for(&receiver, &sink, cancel, &call);
    given_up.store(true, Ordering::Release);
    let (stream, peer) = result?;
    let endpoint = attach(stream, call.name(), sink, cancel).map_err(|error| broken(&call.name(), &error))?;
    Ok((
        endpoint,
        LinkInfo {
            medium: Medium::Net,
            name: peer.to_string(),
            identity: None,
            adapter: None,
            remarks: Vec::new(),
            abilities: crate::engine::Abilities::default(),
        },
    ))
}

/// Whom to call.
#[derive(Clone)]
struct Call {
    host: String,
    port: u16,
    timeout: Span,
}

impl Call {
    fn name(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

/// What the helper thread tells.
enum Dialled {
    Trying { number: usize, of: usize, address: SocketAddr },
    Connected(TcpStream, SocketAddr),
    Failed(Trouble),
}

/// Resolves and connects; blocks for as long as the system likes, which nobody has to wait for.
fn dial(call: &Call, given_up: &AtomicBool, sender: &Sender<Dialled>) {
    let clock = Clock::start();
    let result = match (call.host.as_str(), call.port).to_socket_addrs() {
        Err(error) => Dialled::Failed(no_such_host(&call.host, Some(&error))),
        Ok(found) => match distinct(found) {
            none if none.is_empty() => Dialled::Failed(no_such_host(&call.host, None)),
            addresses => try_each(call, &addresses, clock, given_up, sender),
        },
    };
    // A receiver that is gone has given up.
    let _ = sender.send(result);
}

/// Connects to the first of some addresses that lets us.
fn try_each(
    call: &Call,
    addresses: &[SocketAddr],
    clock: Clock,
    given_up: &AtomicBool,
    sender: &Sender<Dialled>,
) -> Dialled {
    let of = addresses.len();
    let mut failures = Vec::new();
    for (index, address) in addresses.iter().enumerate() {
        let left = Span(call.timeout.0.saturating_sub(clock.now().0));
        if left == Span::ZERO || given_up.load(Ordering::Acquire) {
            break;
        }
        if of > 1 {
            let _ = sender.send(Dialled::Trying { number: index + 1, of, address: *address });
        }
        match TcpStream::connect_timeout(address, share(left, of - index).as_duration()) {
            Ok(stream) => return Dialled::Connected(stream, *address),
            Err(error) => failures.push((*address, error)),
        }
    }
    Dialled::Failed(not_connected(call, &failures))
}

/// Each address once, in the order of the resolver, which is the system's preference.
fn distinct(found: impl Iterator<Item = SocketAddr>) -> Vec<SocketAddr> {
    let mut addresses = Vec::new();
    for address in found {
        if !addresses.contains(&address) && addresses.len() < MOST_ADDRESSES {
            addresses.push(address);
        }
    }
    addresses
}

/// The time that the next of `addresses` may take when `left` is left for all.
fn share(left: Span, addresses: usize) -> Span {
    Span(left.0 / addresses.max(1) as u64).max(LEAST_SHARE).min(left)
}

fn wait_for(
    receiver: &Receiver<Dialled>,
    sink: &EventSink,
    cancel: &Cancel,
    call: &Call,
) -> Result<(TcpStream, SocketAddr), Trouble> {
    let clock = Clock::start();
    // The dialling thread keeps the time itself; this is for a resolver that does not come back.
    let limit = call.timeout + Span::from_secs(1);
    let mut resolved = false;
    loop {
        match receiver.recv_timeout(TICK) {
            Ok(Dialled::Trying { number, of, address }) => {
                resolved = true;
                if !sink.send(LinkEvent::Progress(format!("trying {number} of {of}: {address}"))) {
                    return Err(ended());
                }
            }
            Ok(Dialled::Connected(stream, address)) if !cancel.is_set() => return Ok((stream, address)),
            Ok(Dialled::Failed(trouble)) if !cancel.is_set() => return Err(trouble),
            Err(RecvTimeoutError::Disconnected) => return Err(ended()),
            Ok(_) | Err(RecvTimeoutError::Timeout) => {}
        }
        if cancel.is_set() {
            return Err(ended());
        }
        if clock.now().0 >= limit.0 {
            return Err(if resolved { not_connected(call, &[]) } else { slow_resolver(call) });
        }
    }
}

/// Starts the reading half of a connected socket and yields the writing half. `peer` names the far end in
/// messages.
pub(super) fn attach(
    stream: TcpStream,
    peer: String,
    sink: EventSink,
    cancel: &Cancel,
) -> io::Result<Box<dyn Endpoint>> {
    stream.set_nonblocking(false)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(TICK))?;
    stream.set_write_timeout(Some(TICK))?;
    let keepalive = TcpKeepalive::new().with_time(KEEPALIVE_TIME).with_interval(KEEPALIVE_INTERVAL);
    #[cfg(not(windows))]
    let keepalive = keepalive.with_retries(KEEPALIVE_RETRIES);
    SockRef::from(&stream).set_tcp_keepalive(&keepalive)?;
    let end = Arc::new(End::default());
    let reader =
        Reader { stream: stream.try_clone()?, peer, sink, cancel: cancel.clone(), end: Arc::clone(&end) };
    thread::Builder::new().name("tcp reader".into()).spawn(move || reader.run())?;
    Ok(Box::new(Socket { stream, end }))
}

/// What the writing half knows of the connection's end.
#[derive(Default)]
struct End {
    /// We close it.
    closing: AtomicBool,
    /// A write failed. The system tells a reset once: after that a read ends as if the peer had closed.
    failed: OnceLock<io::ErrorKind>,
}

/// The writing half.
struct Socket {
    stream: TcpStream,
    end: Arc<End>,
}

impl Endpoint for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let error = match self.stream.write(bytes) {
            Ok(0) if !bytes.is_empty() => io::ErrorKind::WriteZero.into(),
            Err(error) if !is_temporary(&error) => error,
            result => return result,
        };
        // Never the kind that asks for another try.
        let kind = match error.kind() {
            io::ErrorKind::TimedOut => io::ErrorKind::ConnectionAborted,
            kind => kind,
        };
        self.end.failed.get_or_init(|| error.kind());
        let _ = self.stream.shutdown(Shutdown::Both);
        Err(io::Error::new(kind, error))
    }

    fn close(&mut self) {
        self.end.closing.store(true, Ordering::Release);
        // The reader comes back from its read; an error means that the peer was faster.
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.close();
    }
}

/// The reading half, a thread.
struct Reader {
    stream: TcpStream,
    peer: String,
    sink: EventSink,
    cancel: Cancel,
    end: Arc<End>,
}

impl Reader {
    fn run(mut self) {
        let mut buffer = vec![0; READ_BUFFER];
        loop {
            let result = self.stream.read(&mut buffer);
            if self.cancel.is_set() {
                return;
            }
            let end = match result {
                Ok(0) | Err(_) if self.end.closing.load(Ordering::Acquire) => ended(),
                Ok(0) => match self.end.failed.get() {
                    Some(kind) => broken(&self.peer, &(*kind).into()),
                    None => {
                        Trouble::new(Failure::PeerClosed, format!("{} closed the connection", self.peer), "")
                    }
                },
                Ok(count) => {
                    let bytes = buffer.get(..count).unwrap_or_default().to_vec();
                    if !self.sink.send(LinkEvent::Rx { at: self.sink.now(), bytes, marks: Vec::new() }) {
                        return;
                    }
                    continue;
                }
                Err(error) if is_temporary(&error) => continue,
                Err(error) => broken(&self.peer, &error),
            };
            self.sink.send(LinkEvent::Closed(end));
            return;
        }
    }
}

/// Whether nothing happened but that time passed. On Unix that is EAGAIN, and ETIMEDOUT is what keep-alive
/// found out; Windows has one error for both.
fn is_temporary(error: &io::Error) -> bool {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted => true,
        io::ErrorKind::TimedOut => cfg!(windows),
        _ => false,
    }
}

// --- messages ------------------------------------------------------------------------------------------

/// We ended it ourselves.
pub(super) fn ended() -> Trouble {
    Trouble::new(Failure::Local, "closed", "")
}

pub(super) fn no_thread(error: &io::Error) -> Trouble {
    Trouble::new(
        Failure::Io,
        format!("the system gives no thread for the connection ({error})"),
        "end other programs and try again",
    )
}

/// A connection that worked has failed.
fn broken(peer: &str, error: &io::Error) -> Trouble {
    match error.kind() {
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe => {
            Trouble::new(
                Failure::Io,
                format!("the connection was reset by {peer} or on the way there"),
                "what arrived before is kept; connect again",
            )
        }
        io::ErrorKind::TimedOut => Trouble::new(
            Failure::TimedOut,
            format!("{peer} no longer answers"),
            "what arrived before is kept; connect again",
        ),
        _ => Trouble::new(Failure::Io, format!("the connection to {peer} failed: {error}"), "connect again"),
    }
}

fn no_such_host(host: &str, error: Option<&io::Error>) -> Trouble {
    let mut what = format!("no address is known for '{host}'");
    if let Some(error) = error {
        // The resolver's words come after the library's.
        let text = error.to_string();
        let reason = text.rsplit(": ").next().unwrap_or(&text);
        let _ = write!(what, " ({reason})");
    }
    let next = if host.contains(['.', ':']) {
        "check the spelling, and whether this machine is on the network"
    } else {
        "check the spelling; a host's name usually has a dot in it, and `petterm --help` lists the commands"
    };
    Trouble::new(Failure::NotFound, what, next)
}

fn slow_resolver(call: &Call) -> Trouble {
    Trouble::new(
        Failure::TimedOut,
        format!("the address of '{}' could not be found in {}", call.host, seconds(call.timeout)),
        "the name server does not answer: check the network, or give the address in numbers",
    )
}

/// What to say when no address could be connected to; the gravest reason is silence, since only there the
/// port may be blocked on the way.
fn not_connected(call: &Call, failures: &[(SocketAddr, io::Error)]) -> Trouble {
    let name = call.name();
    let count = |wanted: Reason| failures.iter().filter(|(_, error)| reason(error) == wanted).count();
    let (refused, unreachable, other) =
        (count(Reason::Refused), count(Reason::Unreachable), count(Reason::Other));
    let silent = failures.len() - refused - unreachable - other;
    let tried = match failures.len() {
        0 | 1 => String::new(),
        all => {
            let parts: Vec<String> = [(silent, "silent"), (refused, "refused"), (unreachable, "unreachable")]
                .into_iter()
                .filter(|(count, _)| *count > 0 && *count < all)
                .map(|(count, what)| format!("{count} {what}"))
                .collect();
            if parts.is_empty() {
                format!(" ({all} addresses tried)")
            } else {
                format!(" ({all} addresses tried: {})", parts.join(", "))
            }
        }
    };
    if silent > 0 || failures.is_empty() {
        let next = if call.port == 23 {
            "some networks block port 23 since January 2026; try another port that the board lists"
        } else {
            "check the port, and whether the host is up; a firewall may be in between"
        };
        let what = format!("{name} did not answer in {}{tried}", seconds(call.timeout));
        return Trouble::new(Failure::TimedOut, what, next);
    }
    if refused > 0 {
        return Trouble::new(
            Failure::Refused,
            format!("{name} refused the connection{tried}"),
            "the host is there, but nothing listens on that port: check the port that the board lists",
        );
    }
    if unreachable > 0 {
        return Trouble::new(
            Failure::Refused,
            format!("{name} cannot be reached from here{tried}"),
            "check the network connection of this machine",
        );
    }
    let error = failures.last().map(|(_, error)| error.to_string()).unwrap_or_default();
    Trouble::new(Failure::Io, format!("{name} could not be connected to: {error}{tried}"), "")
}

/// Why an address could not be connected to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reason {
    Silent,
    Refused,
    Unreachable,
    Other,
}

fn reason(error: &io::Error) -> Reason {
    match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Reason::Silent,
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset => Reason::Refused,
        io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkDown
        | io::ErrorKind::AddrNotAvailable => Reason::Unreachable,
        _ => Reason::Other,
    }
}

fn seconds(span: Span) -> String {
    let ms = span.as_millis();
    if ms.is_multiple_of(1000) {
        format!("{} s", ms / 1000)
    } else {
        format!("{}.{} s", ms / 1000, ms % 1000 / 100)
    }
}

#[cfg(test)]
mod tests;
