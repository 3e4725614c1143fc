//! The network links end to end: our sockets and our telnet against peers of the standard library, and
//! against telnet servers in use where they are installed.
//!
//! A missing server is skipped with a line on stderr, or fails the test where `PETTERM_REQUIRE_PEERS=1`.
//! `PETTERM_PYTHON` names a Python that has telnetlib3, if `python3` has not.
#![cfg(feature = "shell")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "the helpers of a test fail as the test does"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use petterm::engine::{Failure, LinkEvent, LinkInfo, OpenRequest, Target, Trouble};
use petterm::line::LineFormat;
use petterm::link::{Cancel, Clock, Endpoint, EventSink, LinkMessage, listen, tcp};
use petterm::telnet::{Event, Policy, Side, Telnet, TelnetConfig, Transport};
use petterm::time::{Span, Stamp, Wake};

/// No test waits longer than this for what must come.
const BUDGET: Span = Span::from_secs(20);
const AUTO: Policy = Policy::Auto { port23: false };

fn request(target: &str, timeout: Span) -> OpenRequest {
    OpenRequest { timeout, ..OpenRequest::new(target.parse().unwrap(), LineFormat::new(300)) }
}

/// An open link with its telnet half, as the engine would drive it.
struct Session {
    endpoint: Box<dyn Endpoint>,
    info: LinkInfo,
    events: Receiver<LinkMessage>,
    clock: Clock,
    telnet: Telnet,
    app: Vec<u8>,
    closed: Option<Trouble>,
}

fn open(request: &OpenRequest, policy: Policy) -> Result<Session, Trouble> {
    open_with(request, policy, &Cancel::default())
}

fn open_with(request: &OpenRequest, policy: Policy, cancel: &Cancel) -> Result<Session, Trouble> {
    let clock = Clock::start();
    let (sender, events) = sync_channel(64);
    let sink = EventSink::to_channel(1, clock, sender);
    let (endpoint, info) = match request.target {
        Target::Listen { .. } => listen::open(request, sink, cancel)?,
        _ => tcp::open(request, sink, cancel)?,
    };
    let telnet = Telnet::new(TelnetConfig {
        policy,
        terminal_types: vec!["PETSCII", "ANSI"],
        size: (80, 25),
        cr_nul: true,
        open_actively: false,
    });
    Ok(Session { endpoint, info, events, clock, telnet, app: Vec::new(), closed: None })
}

fn call(address: SocketAddr, policy: Policy) -> Session {
    open(&request(&format!("127.0.0.1:{}", address.port()), Span::from_secs(10)), policy).unwrap()
}

impl Session {
    /// Drives the link until `done`, or until it is closed, and says how long that took.
    fn until(&mut self, what: &str, done: impl Fn(&Session) -> bool) -> Span {
        let start = self.clock.now();
        while !done(self) {
            let now = self.clock.now();
            assert!(now.since(start) < BUDGET, "waited in vain for {what}; got {:02x?}", self.app);
            let limit = match self.telnet.wake() {
                Wake::Now => Span::ZERO,
                Wake::At(at) => at.since(now),
                Wake::OnInput => Span::from_millis(200),
            };
            match self.events.recv_timeout(limit.min(Span::from_millis(200)).as_duration()) {
                Ok(message) => match message.event {
                    LinkEvent::Rx { at, bytes, marks } => {
                        assert!(!bytes.is_empty() && marks.is_empty());
                        self.telnet.receive(at, &bytes, &mut self.app);
                    }
                    LinkEvent::Closed(trouble) => {
                        assert!(self.closed.is_none(), "closed twice");
                        self.telnet.finish(&mut self.app);
                        self.closed = Some(trouble);
                    }
                    LinkEvent::Progress(_) => {}
                    other => panic!("unexpected {other:?}"),
                },
                Err(RecvTimeoutError::Timeout) => {
                    let now = self.clock.now();
                    self.telnet.timeout(now, &mut self.app);
                }
                Err(RecvTimeoutError::Disconnected) => {
                    assert!(self.closed.is_some(), "the reader ended without a word");
                    assert!(done(self), "the link closed before {what}; got {:02x?}", self.app);
                }
            }
            while let Some(event) = self.telnet.poll() {
                if let Event::Send(bytes) = event {
                    self.write(&bytes);
                }
            }
        }
        self.clock.now().since(start)
    }

    fn send(&mut self, bytes: &[u8]) {
        let mut wire = Vec::new();
        self.telnet.send(bytes, &mut wire);
        self.write(&wire);
    }

    fn write(&mut self, mut bytes: &[u8]) {
        let start = self.clock.now();
        while !bytes.is_empty() {
            assert!(self.clock.now().since(start) < BUDGET, "writing got stuck");
            match self.endpoint.write(bytes) {
                Ok(count) => bytes = &bytes[count..],
                Err(error) if is_temporary(&error) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }

    fn closed(&mut self) -> Trouble {
        self.until("the end", |session| session.closed.is_some());
        self.closed.clone().unwrap()
    }
}

fn is_temporary(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
    matches!(error.kind(), Interrupted | TimedOut | WouldBlock)
}

/// A server for one caller, in a thread.
fn serve(peer: impl FnOnce(TcpStream) + Send + 'static) -> (SocketAddr, thread::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let thread = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        drop(listener);
        stream.set_read_timeout(Some(BUDGET.as_duration())).unwrap();
        peer(stream);
    });
    (address, thread)
}

fn read_exactly(stream: &mut TcpStream, count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    stream.read_exact(&mut bytes).unwrap();
    bytes
}

/// Every byte, and every byte after CR and after FF.
fn all_values() -> Vec<u8> {
    (0..=255u8).chain((0..=255).flat_map(|n| [b'\r', n, 0xFF, n])).collect()
}

fn doubled(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().flat_map(|byte| if *byte == 0xFF { vec![0xFF, 0xFF] } else { vec![*byte] }).collect()
}

// --- bytes ---------------------------------------------------------------------------------------------

#[test]
fn all_values_cross_a_raw_connection() {
    let (address, peer) = serve(|mut stream| {
        let bytes = read_exactly(&mut stream, all_values().len());
        assert_eq!(bytes, all_values());
        stream.write_all(&bytes).unwrap();
    });
    // The bytes hold telnet commands from the 1,000th on, when the window has closed.
    let mut session = call(address, Policy::Raw);
    session.send(&all_values());
    assert_eq!(session.closed().failure, Failure::PeerClosed);
    assert_eq!(session.app, all_values());
    peer.join().unwrap();
}

#[test]
fn a_raw_stream_stays_raw_after_its_beginning() {
    let (address, peer) = serve(|mut stream| {
        stream.write_all(&[b'.'; 256]).unwrap();
        let bytes = read_exactly(&mut stream, all_values().len());
        assert_eq!(bytes, all_values());
        stream.write_all(&bytes).unwrap();
    });
    let mut session = call(address, AUTO);
    session.until("the beginning", |session| session.app.len() == 256);
    session.app.clear();
    session.send(&all_values());
    assert_eq!(session.closed().failure, Failure::PeerClosed);
    assert_eq!(session.app, all_values());
    assert_eq!(session.telnet.transport(), Transport::Raw);
    peer.join().unwrap();
}

#[test]
fn all_values_cross_telnet_without_binary() {
    let (address, peer) = serve(|mut stream| {
        stream.write_all(b"\xFF\xFB\x01").unwrap();
        assert_eq!(read_exactly(&mut stream, 3), b"\xFF\xFD\x01");
        // CR is CR NUL unless LF follows, FF is doubled.
        let mut wire = Vec::new();
        let bytes = all_values();
        for (i, byte) in bytes.iter().enumerate() {
            wire.push(*byte);
            match byte {
                0xFF => wire.push(0xFF),
                b'\r' if bytes.get(i + 1) != Some(&b'\n') => wire.push(0),
                _ => {}
            }
        }
        assert_eq!(read_exactly(&mut stream, wire.len()), wire);
        stream.write_all(&wire).unwrap();
    });
    let mut session = call(address, AUTO);
    session.until("ECHO", |session| session.telnet.remote_echo());
    session.send(&all_values());
    session.closed();
    assert_eq!(session.app, all_values());
    assert_eq!(session.telnet.transport(), Transport::Telnet);
    peer.join().unwrap();
}

#[test]
fn all_values_cross_telnet_with_binary() {
    let (address, peer) = serve(|mut stream| {
        stream.write_all(b"\xFF\xF1").unwrap();
        assert_eq!(read_exactly(&mut stream, 6), b"\xFF\xFD\x00\xFF\xFB\x00");
        stream.write_all(b"\xFF\xFB\x00\xFF\xFD\x00").unwrap();
        let wire = doubled(&all_values());
        assert_eq!(read_exactly(&mut stream, wire.len()), wire);
        stream.write_all(&wire).unwrap();
    });
    let mut session = call(address, AUTO);
    session.until("telnet", |session| session.telnet.transport() == Transport::Telnet);
    session.telnet.request_binary();
    session.send(b"");
    session.until("BINARY", |session| session.telnet.transport() == Transport::TelnetBinary);
    session.send(&all_values());
    session.closed();
    assert_eq!(session.app, all_values());
    peer.join().unwrap();
}

#[test]
fn nothing_is_lost_when_both_ends_are_slow() {
    // A small generator with a fixed seed; the peer echoes in odd pieces.
    let mut seed = 0x2001_u64;
    let data: Vec<u8> = std::iter::repeat_with(|| {
        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (seed >> 56) as u8
    })
    .take(1 << 20)
    .collect();
    let expected = data.clone();
    let (address, peer) = serve(move |mut stream| {
        let mut out = stream.try_clone().unwrap();
        let mut buffer = [0; 777];
        let mut left = data.len();
        while left > 0 {
            let count = stream.read(&mut buffer).unwrap();
            out.write_all(&buffer[..count]).unwrap();
            left -= count;
        }
    });
    let mut session = call(address, Policy::Raw);
    for block in expected.chunks(10_000) {
        session.send(block);
        session.until("some progress", |_| true);
        while let Ok(message) = session.events.try_recv() {
            if let LinkEvent::Rx { bytes, .. } = message.event {
                session.app.extend(bytes);
            }
        }
    }
    session.until("all of it", |session| session.app.len() >= expected.len());
    assert!(session.app == expected, "the bytes came back changed");
    peer.join().unwrap();
}

// --- ends and failures ---------------------------------------------------------------------------------

#[test]
fn what_arrived_before_the_peer_closed_is_delivered() {
    let (address, peer) = serve(|mut stream| stream.write_all(b"BYE\xFF").unwrap());
    let mut session = call(address, AUTO);
    assert_eq!(session.info.name, address.to_string());
    let trouble = session.closed();
    assert_eq!(trouble.failure, Failure::PeerClosed);
    assert!(trouble.what.contains(&address.to_string()), "{}", trouble.what);
    assert_eq!(session.app, b"BYE\xFF");
    peer.join().unwrap();
}

fn reset(stream: &TcpStream) {
    socket2::SockRef::from(stream).set_linger(Some(Duration::ZERO)).unwrap();
}

#[test]
fn a_reset_is_no_ordinary_end() {
    let (address, peer) = serve(|mut stream| {
        assert_eq!(read_exactly(&mut stream, 1), b"x");
        reset(&stream);
    });
    let mut session = call(address, AUTO);
    session.send(b"x");
    let trouble = session.closed();
    assert_eq!(trouble.failure, Failure::Io);
    assert!(trouble.what.contains("reset"), "{}", trouble.what);
    peer.join().unwrap();
}

#[test]
fn a_reset_is_one_whichever_half_meets_it() {
    let (address, peer) = serve(|mut stream| {
        assert_eq!(read_exactly(&mut stream, 1), b"x");
        reset(&stream);
    });
    let mut session = call(address, AUTO);
    session.send(b"x");
    peer.join().unwrap();
    let start = session.clock.now();
    while session.endpoint.write(b"x").is_ok_and(|count| count == 1) {
        assert!(session.clock.now().since(start) < BUDGET, "writes into nothing succeed");
    }
    assert_eq!(session.closed().failure, Failure::Io);
}

#[test]
fn closing_ends_the_reader() {
    let (address, peer) = serve(|mut stream| {
        assert_eq!(stream.read(&mut [0; 16]).unwrap(), 0, "the end was not seen");
    });
    let mut session = call(address, AUTO);
    session.endpoint.close();
    assert_eq!(session.closed().failure, Failure::Local);
    peer.join().unwrap();

    // Once cancelled it ends silently, and so does a dropped endpoint.
    let (address, peer) = serve(|mut stream| assert_eq!(stream.read(&mut [0; 16]).unwrap(), 0));
    let cancel = Cancel::default();
    let request = request(&address.to_string(), Span::from_secs(10));
    let session = open_with(&request, AUTO, &cancel).unwrap();
    cancel.set();
    drop(session.endpoint);
    let end = session.events.recv_timeout(BUDGET.as_duration());
    assert_eq!(end.err(), Some(RecvTimeoutError::Disconnected));
    peer.join().unwrap();
}

#[test]
fn a_peer_that_reads_nothing_does_not_block_a_write_for_long() {
    let (finish, finished) = sync_channel::<()>(0);
    let (address, peer) = serve(move |stream| {
        let _ = finished.recv();
        drop(stream);
    });
    let mut session = call(address, AUTO);
    let block = vec![0x55; 1 << 20];
    let mut written = 0;
    let error = loop {
        let start = session.clock.now();
        let result = session.endpoint.write(&block);
        assert!(session.clock.now().since(start) < Span::from_secs(5), "a write hung");
        match result {
            Ok(count) => written += count,
            Err(error) => break error,
        }
        assert!(written < 1 << 28, "the system takes everything");
    };
    assert!(is_temporary(&error), "{error}");
    session.endpoint.close();
    assert_eq!(session.closed().failure, Failure::Local);
    drop(finish);
    peer.join().unwrap();
}

#[test]
fn a_closed_port_refuses() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let trouble = open(&request(&address.to_string(), Span::from_secs(10)), AUTO).err().unwrap();
    assert_eq!(trouble.failure, Failure::Refused);
    assert_eq!(trouble.what, format!("{address} refused the connection"));
}

#[test]
fn an_unknown_name_is_told() {
    let trouble = open(&request("no-such-host.invalid", Span::from_secs(10)), AUTO).err().unwrap();
    // A resolver without a network may take longer than we wait.
    assert!(matches!(trouble.failure, Failure::NotFound | Failure::TimedOut), "{trouble:?}");
    assert!(trouble.what.contains("no-such-host.invalid"), "{}", trouble.what);
}

/// A port whose queue of callers is full: further ones get no answer at all. The queue lasts as long as
/// what is returned.
#[cfg(target_os = "linux")]
fn silent_port() -> (SocketAddr, impl Sized) {
    use socket2::{Domain, Socket, Type};
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    socket.listen(0).unwrap();
    let address = socket.local_addr().unwrap().as_socket().unwrap();
    let mut callers = Vec::new();
    while let Ok(caller) = TcpStream::connect_timeout(&address, Duration::from_millis(300)) {
        callers.push(caller);
        assert!(callers.len() < 100, "the queue does not fill");
    }
    (address, (socket, callers))
}

#[cfg(target_os = "linux")]
#[test]
fn a_host_that_does_not_answer_times_out() {
    let (address, _queue) = silent_port();
    let trouble = open(&request(&address.to_string(), Span::from_millis(500)), AUTO).err().unwrap();
    assert_eq!(trouble.failure, Failure::TimedOut);
    assert_eq!(trouble.what, format!("{address} did not answer in 0.5 s"));
}

#[cfg(target_os = "linux")]
#[test]
fn dialling_can_be_cancelled() {
    let (address, _queue) = silent_port();
    let cancel = Cancel::default();
    let from_elsewhere = cancel.clone();
    let request = request(&address.to_string(), Span::from_secs(3600));
    let dialling = thread::spawn(move || open_with(&request, AUTO, &cancel).err().unwrap());
    from_elsewhere.set();
    assert_eq!(dialling.join().unwrap().failure, Failure::Local);
}

// --- listening -----------------------------------------------------------------------------------------

/// Starts to listen in a thread; gives the port and the session once a caller is in.
fn listening(target: &str, cancel: &Cancel) -> (u16, thread::JoinHandle<Result<Session, Trouble>>) {
    let clock = Clock::start();
    let (sender, events) = sync_channel(64);
    let (told, hears) = sync_channel(1);
    let sink = EventSink::new(1, clock, move |message| {
        if let LinkEvent::Progress(text) = &message.event {
            told.send(text.clone()).unwrap();
        }
        sender.send(message).is_ok()
    });
    let (request, cancel) = (request(target, Span::from_secs(1)), cancel.clone());
    let thread = thread::spawn(move || {
        let (endpoint, info) = listen::open(&request, sink, &cancel)?;
        let telnet = Telnet::new(TelnetConfig {
            policy: AUTO,
            terminal_types: vec!["PETSCII"],
            size: (80, 25),
            cr_nul: true,
            open_actively: false,
        });
        Ok(Session { endpoint, info, events, clock, telnet, app: Vec::new(), closed: None })
    });
    let text = hears.recv_timeout(BUDGET.as_duration()).unwrap();
    let port = text.strip_prefix("listening on ").unwrap().rsplit(':').next().unwrap().parse().unwrap();
    (port, thread)
}

#[test]
fn one_caller_is_let_in_and_others_are_refused() {
    for target in ["listen://127.0.0.1:0", "listen://:0"] {
        let (port, thread) = listening(target, &Cancel::default());
        let mut caller = TcpStream::connect(("127.0.0.1", port)).unwrap();
        let mut session = thread.join().unwrap().ok().unwrap();
        assert_eq!(session.info.name, caller.local_addr().unwrap().to_string());
        assert_eq!(session.info.remarks.len(), 1);
        assert!(TcpStream::connect(("127.0.0.1", port)).is_err(), "a second caller got in");
        // A telnet client that opens actively: its offers are refused, the rest is agreed to.
        caller.write_all(b"\xFF\xFB\x18\xFF\xFB\x1F\xFF\xFD\x01\xFF\xFB\x03\xFF\xFD\x03HI\r\0").unwrap();
        session.until("the greeting", |session| session.app == b"HI\r");
        let answer = b"\xFF\xFE\x18\xFF\xFE\x1F\xFF\xFC\x01\xFF\xFD\x03\xFF\xFB\x03";
        assert_eq!(read_exactly(&mut caller, answer.len()), answer);
        session.send(b"OK\r");
        assert_eq!(read_exactly(&mut caller, 4), b"OK\r\0");
        session.endpoint.close();
        assert_eq!(session.closed().failure, Failure::Local);
        assert_eq!(caller.read(&mut [0; 16]).unwrap(), 0);
        // The same port serves the next caller.
        let again = format!("listen://127.0.0.1:{port}");
        let (same, thread) = listening(&again, &Cancel::default());
        assert_eq!(same, port);
        drop(TcpStream::connect(("127.0.0.1", port)).unwrap());
        assert_eq!(thread.join().unwrap().ok().unwrap().closed().failure, Failure::PeerClosed);
    }
}

#[test]
fn waiting_for_a_caller_can_be_cancelled() {
    let cancel = Cancel::default();
    let (port, thread) = listening("listen://127.0.0.1:0", &cancel);
    cancel.set();
    assert_eq!(thread.join().unwrap().err().unwrap().failure, Failure::Local);
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
}

#[test]
fn a_port_in_use_and_a_foreign_address_are_told() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let fail = |target: &str| open(&request(target, Span::from_secs(1)), AUTO).err().unwrap();
    let trouble = fail(&format!("listen://127.0.0.1:{port}"));
    assert_eq!(trouble.failure, Failure::Busy);
    assert_eq!(trouble.what, format!("port {port} is in use by another program"));
    assert_eq!(fail("listen://192.0.2.7:0").failure, Failure::NotFound);
}

// --- servers in use ------------------------------------------------------------------------------------

fn missing(what: &str) {
    assert!(
        std::env::var_os("PETTERM_REQUIRE_PEERS").is_none_or(|value| value != "1"),
        "{what} is not installed, but PETTERM_REQUIRE_PEERS=1"
    );
    eprintln!("SKIPPED: {what} is not installed");
}

fn contains(haystack: &[u8], needle: &str) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle.as_bytes())
}

// Its terminal database knows no PETSCII: it asks on, and takes the next name if there is one.
#[cfg(unix)]
#[rstest::rstest]
#[case(&["PETSCII", "ANSI"], "TERM=ansi ")]
#[case(&["PETSCII"], "TERM=petscii ")]
fn inetutils_telnetd_shows_its_banner(#[case] names: &[&'static str], #[case] term: &str) {
    use std::os::fd::OwnedFd;
    use std::os::unix::fs::PermissionsExt;

    let found = ["/usr/sbin/telnetd", "/usr/sbin/inetutils-telnetd", "/usr/libexec/telnetd"]
        .into_iter()
        .find(|path| Path::new(path).exists());
    let Some(server) = found else { return missing("telnetd of inetutils") };
    let folder = tempfile::tempdir().unwrap();
    let login = folder.path().join("login");
    // Raw, so that the bytes are the program's own and the terminal is not in the way.
    let script = "#!/bin/sh\nstty raw -echo\nprintf 'Hello FROM Telnetd\\r\\n'\n\
                  printf 'TERM=%s ' \"$TERM\"; stty size; printf '\\377\\376pi\\r\\n'\n\
                  dd bs=1 count=11 2>/dev/null | od -An -tx1\necho bye\n\
                  dd bs=1 count=1 >/dev/null 2>&1\n";
    std::fs::write(&login, script).unwrap();
    std::fs::set_permissions(&login, std::fs::Permissions::from_mode(0o755)).unwrap();
    let (address, peer) = serve(move |stream| {
        let fd: OwnedFd = stream.try_clone().unwrap().into();
        let mut child = Command::new(server)
            .arg("-h")
            .arg(format!("--exec-login={}", login.display()))
            .stdin(Stdio::from(fd))
            .stdout(Stdio::from(OwnedFd::from(stream.try_clone().unwrap())))
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        child.wait().unwrap();
        let _ = stream.shutdown(Shutdown::Both);
    });
    let mut session = call(address, AUTO);
    session.telnet.set_terminal_types(names.to_vec());
    let delay = session.until("the banner", |session| contains(&session.app, "Hello FROM Telnetd\r\n"));
    eprintln!("telnetd's banner came after {delay}");
    assert!(delay < Span::from_secs(5), "the banner took {delay}: an option was not answered");
    session.until("pi", |session| contains(&session.app, "pi\r\n"));
    let text = String::from_utf8_lossy(&session.app).into_owned();
    assert!(text.contains(term), "{text}");
    assert!(text.contains("25 80"), "{text}");
    assert!(session.app.windows(2).any(|pair| pair == [0xFF, 0xFE]), "FF was lost: {text}");
    assert_ne!(session.telnet.transport(), Transport::Raw);
    // It asks for BINARY from us alone; all of this must come through as it is.
    assert!(session.telnet.is_binary(Side::Ours));
    session.send(b"\xFF\xFE\xFF\xFF\x00\r\x93\xC1\x1B\x11a");
    session.until("the bytes", |session| contains(&session.app, "bye"));
    let text = String::from_utf8_lossy(&session.app).into_owned();
    assert!(text.contains("ff fe ff ff 00 0d 93 c1 1b 11 61"), "{text}");
    // The program ends only now: telnetd throws away what it has not read from one that has ended.
    session.send(b".");
    session.closed();
    peer.join().unwrap();
}

#[test]
fn telnetlib3_gets_its_answers() {
    const SERVER: &str = r"
import asyncio, telnetlib3
async def shell(reader, writer):
    writer.write('Hello FROM telnetlib3 TTYPE=%r %r\r\n' % (
        writer.get_extra_info('TERM'), (writer.get_extra_info('cols'), writer.get_extra_info('rows'))))
    line = await reader.readline()
    writer.write('GOT %r\r\n' % line)
    await writer.drain()
    writer.close()
async def main():
    server = await telnetlib3.create_server(host='127.0.0.1', port=0, shell=shell)
    inner = getattr(server, '_server', None) or server
    print(inner.sockets[0].getsockname()[1], flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
";
    let python = std::env::var("PETTERM_PYTHON").unwrap_or_else(|_| "python3".into());
    let has_it = Command::new(&python)
        .args(["-c", "import telnetlib3"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !has_it {
        return missing("telnetlib3");
    }
    let mut server = Command::new(&python)
        .args(["-c", SERVER])
        .stdout(Stdio::piped())
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    let mut port = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut port).unwrap();
    let address = SocketAddr::from(([127, 0, 0, 1], port.trim().parse().unwrap()));
    let mut session = call(address, AUTO);
    // It takes the last name that it is told.
    session.telnet.set_terminal_types(vec!["PETSCII"]);
    let delay = session.until("the banner", |session| contains(&session.app, "\r\n"));
    eprintln!("telnetlib3's banner came after {delay}");
    assert!(delay < Span::from_secs(5), "the banner took {delay}: an option was not answered");
    let text = String::from_utf8_lossy(&session.app).into_owned();
    assert!(text.starts_with("Hello FROM telnetlib3"), "{text}");
    assert!(text.contains("PETSCII") && text.contains("(80, 25)"), "{text}");
    session.until("BINARY", |session| session.telnet.transport() == Transport::TelnetBinary);
    session.send(b"Bob\r\n");
    session.until("an answer", |session| contains(&session.app, "Bob"));
    server.kill().unwrap();
    server.wait().unwrap();
}

/// Stamps of the links start where the session's clock does.
#[test]
fn received_bytes_carry_the_sessions_time() {
    let (address, peer) = serve(|mut stream| stream.write_all(b"x").unwrap());
    let session = call(address, AUTO);
    let message = session.events.recv_timeout(BUDGET.as_duration()).unwrap();
    assert_eq!(message.opening, 1);
    let LinkEvent::Rx { at, bytes, .. } = message.event else { panic!("{:?}", message.event) };
    assert_eq!(bytes, b"x");
    assert!(at > Stamp::ZERO && at <= session.clock.now());
    peer.join().unwrap();
}
