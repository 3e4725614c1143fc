//! Other people's terminal programs at the far end of our links, all 256 octets both ways.
//!
//! picocom, tio, minicom and ser2net run as they are, under a pseudo-terminal of their own. A program that
//! is not installed is skipped with a loud line, unless `PETTERM_REQUIRE_PEERS=1` makes that a failure.
#![cfg(all(target_os = "linux", feature = "serial"))]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test's helper fails by panicking")]
#![expect(clippy::print_stderr, reason = "a skipped test says so")]
#![expect(clippy::disallowed_methods, reason = "these tests wait for other programs")]

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use petterm::engine::{LinkEvent, OpenRequest, Target};
use petterm::line::LineFormat;
use petterm::link::{Cancel, Clock, Endpoint, EventSink, LinkMessage, pty, serial};
use portable_pty::{Child, CommandBuilder, PtyPair, PtySize, native_pty_system};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

/// The longest that any test waits for another program.
const PATIENCE: Duration = Duration::from_secs(30);

fn all_octets() -> Vec<u8> {
    (0..=255).collect()
}

/// Whether the program can be run; a missing one is said loudly.
fn installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .chain(["/usr/sbin".into(), "/sbin".into()])
        .any(|directory: PathBuf| directory.join(program).is_file());
    if !found {
        assert!(
            std::env::var_os("PETTERM_REQUIRE_PEERS").is_none_or(|value| value != "1"),
            "{program} is missing"
        );
        eprintln!(
            "\n*** SKIPPED: {program} is not installed; set PETTERM_REQUIRE_PEERS=1 to make that a failure\n"
        );
    }
    found
}

/// Our end of a link, and the path that the peer opens at the other.
struct Ours {
    endpoint: Box<dyn Endpoint>,
    events: Receiver<LinkMessage>,
    peer_path: PathBuf,
    _bridge: Option<Bridge>,
    _directory: tempfile::TempDir,
}

impl Ours {
    /// `pty:PATH`: the peer opens what we made.
    fn pty() -> Ours {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("line");
        Ours::open(Target::Pty(path.clone()), path, None, directory)
    }

    /// A serial link on one pseudo-terminal, the peer on another, a cable of threads between.
    fn serial() -> Ours {
        let bridge = Bridge::new();
        let (ours, theirs) = (bridge.paths[0].clone(), bridge.paths[1].clone());
        Ours::open(Target::Serial(ours), theirs, Some(bridge), tempfile::tempdir().unwrap())
    }

    fn open(
        target: Target,
        peer_path: PathBuf,
        bridge: Option<Bridge>,
        directory: tempfile::TempDir,
    ) -> Ours {
        let opener = if matches!(target, Target::Pty(_)) { pty::open } else { serial::open };
        let request = OpenRequest::new(target, LineFormat::new(300));
        let (sender, events) = sync_channel(1000);
        let sink = EventSink::to_channel(0, Clock::start(), sender);
        let (endpoint, _) = opener(&request, sink, &Cancel::default()).unwrap();
        Ours { endpoint, events, peer_path, _bridge: bridge, _directory: directory }
    }

    fn send(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            match self.endpoint.write(bytes) {
                Ok(written) => bytes = &bytes[written..],
                Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::TimedOut),
            }
        }
    }

    fn hear(&self, count: usize) -> Vec<u8> {
        let mut heard = Vec::new();
        while heard.len() < count {
            match self.events.recv_timeout(PATIENCE).map(|message| message.event) {
                Ok(LinkEvent::Rx { bytes, .. }) => heard.extend(bytes),
                other => panic!("{other:?} after {heard:02x?}"),
            }
        }
        heard
    }
}

/// Two pseudo-terminals whose masters are wired together.
struct Bridge {
    paths: [PathBuf; 2],
    stop: Arc<AtomicBool>,
    _slaves: [OwnedFd; 2],
}

impl Bridge {
    fn new() -> Bridge {
        let make = || {
            let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
            unlockpt(&master).unwrap();
            let path: PathBuf = ptsname(&master, Vec::new()).unwrap().into_string().unwrap().into();
            let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
            let slave = rustix::fs::open(&path, flags, Mode::empty()).unwrap();
            let mut raw = tcgetattr(&slave).unwrap();
            raw.make_raw();
            tcsetattr(&slave, OptionalActions::Now, &raw).unwrap();
            (Arc::new(master), path, slave)
        };
        let ((left, left_path, left_slave), (right, right_path, right_slave)) = (make(), make());
        let stop = Arc::new(AtomicBool::new(false));
        for (from, to) in [(Arc::clone(&left), Arc::clone(&right)), (right, left)] {
            let stop = Arc::clone(&stop);
            thread::spawn(move || copy(&from, &to, &stop));
        }
        Bridge { paths: [left_path, right_path], stop, _slaves: [left_slave, right_slave] }
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

fn copy(from: &OwnedFd, to: &OwnedFd, stop: &AtomicBool) {
    let mut buffer = [0; 4096];
    while !stop.load(Ordering::Relaxed) {
        let mut fds = [PollFd::new(from, PollFlags::IN)];
        if poll(&mut fds, Some(&Timespec { tv_sec: 0, tv_nsec: 50_000_000 })) != Ok(1) {
            continue;
        }
        let Ok(length) = rustix::io::read(from, &mut buffer) else { return };
        let mut sent = 0;
        while sent < length {
            match rustix::io::write(to, &buffer[sent..length]) {
                Ok(written) => sent += written,
                Err(_) => return,
            }
        }
    }
}

/// Another program under a pseudo-terminal of its own.
struct Peer {
    child: Box<dyn Child + Send + Sync>,
    keyboard: Box<dyn Write + Send>,
    screen: Receiver<Vec<u8>>,
    seen: Vec<u8>,
    _pair: PtyPair,
}

impl Peer {
    fn start(program: &str, arguments: &[&str], home: &Path) -> Peer {
        let pair = native_pty_system().openpty(PtySize::default()).unwrap();
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.env("TERM", "vt100");
        command.env("HOME", home);
        command.env("LC_ALL", "C");
        let child = pair.slave.spawn_command(command).unwrap();
        let mut output = pair.master.try_clone_reader().unwrap();
        let (sender, screen) = channel();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(length) = output.read(&mut buffer) {
                if length == 0 || sender.send(buffer[..length].to_vec()).is_err() {
                    return;
                }
            }
        });
        let keyboard = pair.master.take_writer().unwrap();
        Peer { child, keyboard, screen, seen: Vec::new(), _pair: pair }
    }

    fn more(&mut self) {
        match self.screen.recv_timeout(PATIENCE) {
            Ok(bytes) => self.seen.extend(bytes),
            Err(error) => panic!("{error} after {:?}", String::from_utf8_lossy(&self.seen)),
        }
    }

    /// Waits for a line that contains `text` and forgets everything up to its end.
    fn wait_for_line(&mut self, text: &str) {
        loop {
            let at = self.seen.windows(text.len()).position(|window| window == text.as_bytes());
            let end =
                at.and_then(|at| Some(at + self.seen[at..].iter().position(|&byte| byte == b'\n')? + 1));
            if let Some(end) = end {
                self.seen.drain(..end);
                return;
            }
            self.more();
        }
    }

    fn show(&mut self, count: usize) -> Vec<u8> {
        while self.seen.len() < count {
            self.more();
        }
        self.seen.clone()
    }

    fn type_in(&mut self, bytes: &[u8]) {
        self.keyboard.write_all(bytes).unwrap();
        self.keyboard.flush().unwrap();
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn talk_with_picocom(mut ours: Ours) {
    let home = tempfile::tempdir().unwrap();
    let path = ours.peer_path.display().to_string();
    let arguments = ["--baud", "300", "--no-escape", "--omap", "", "--imap", "", &path];
    let mut peer = Peer::start("picocom", &arguments, home.path());
    peer.wait_for_line("Terminal ready");
    ours.send(&all_octets());
    assert_eq!(peer.show(256), all_octets());
    peer.type_in(&all_octets());
    assert_eq!(ours.hear(256), all_octets());
}

#[test]
fn picocom_exchanges_all_octets_with_a_serial_link() {
    if installed("picocom") {
        talk_with_picocom(Ours::serial());
    }
}

#[test]
fn picocom_exchanges_all_octets_with_a_pty_link() {
    if installed("picocom") {
        talk_with_picocom(Ours::pty());
    }
}

fn talk_with_tio(mut ours: Ours) {
    let home = tempfile::tempdir().unwrap();
    let path = ours.peer_path.display().to_string();
    let mut peer = Peer::start("tio", &["-b", "300", "-n", "--color", "none", &path], home.path());
    peer.wait_for_line("Connected");
    ours.send(&all_octets());
    assert_eq!(peer.show(256), all_octets());
    // Ctrl-T is its escape; twice it sends itself.
    let typed: Vec<u8> = all_octets()
        .into_iter()
        .flat_map(|octet| if octet == 0x14 { vec![0x14, 0x14] } else { vec![octet] })
        .collect();
    peer.type_in(&typed);
    assert_eq!(ours.hear(256), all_octets());
}

#[test]
fn tio_exchanges_all_octets_with_a_serial_link() {
    if installed("tio") {
        talk_with_tio(Ours::serial());
    }
}

#[test]
fn tio_exchanges_all_octets_with_a_pty_link() {
    if installed("tio") {
        talk_with_tio(Ours::pty());
    }
}

/// minicom draws what it hears and edits what is typed, so its script language moves the octets between
/// the line and files.
fn talk_with_minicom(mut ours: Ours) {
    let home = tempfile::tempdir().unwrap();
    let file = |name: &str| home.path().join(name).display().to_string();
    let path = ours.peer_path.display().to_string();
    fs::write(file("all"), all_octets()).unwrap();
    fs::write(file(".minirc.dfl"), "pu rtscts No\npu xonxoff No\npu baudrate 300\n").unwrap();
    let script = format!(
        "timeout 60\nverbose off\n! head -c 256 > {got}.part && mv {got}.part {got}\n!< cat {all}\nsleep 30\n",
        got = file("got"),
        all = file("all")
    );
    fs::write(file("script"), script).unwrap();
    let mut peer = Peer::start("minicom", &["-o", "-D", &path, "-S", &file("script")], home.path());
    peer.wait_for_line("Welcome to minicom");
    ours.send(&all_octets());
    assert_eq!(ours.hear(256), all_octets());
    assert_eq!(fs::read(file("got")).unwrap(), all_octets());
}

#[test]
fn minicom_exchanges_all_octets_with_a_serial_link() {
    if installed("minicom") {
        talk_with_minicom(Ours::serial());
    }
}

#[test]
fn minicom_exchanges_all_octets_with_a_pty_link() {
    if installed("minicom") {
        talk_with_minicom(Ours::pty());
    }
}

#[test]
fn ser2net_carries_all_octets_between_a_raw_tcp_port_and_a_pty_link() {
    if !installed("ser2net") {
        return;
    }
    let mut ours = Ours::pty();
    let home = tempfile::tempdir().unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let configuration = home.path().join("ser2net.yaml");
    let device = fs::canonicalize(&ours.peer_path).unwrap();
    fs::write(
        &configuration,
        format!(
            "%YAML 1.1\n---\nconnection: &line\n    accepter: tcp,127.0.0.1,{port}\n    \
             connector: serialdev,{},300n81,local\n",
            device.display()
        ),
    )
    .unwrap();
    let arguments = ["-d", "-u", "-c", configuration.to_str().unwrap()];
    let _peer = Peer::start("ser2net", &arguments, home.path());
    let deadline = Instant::now() + PATIENCE;
    let mut caller = loop {
        match TcpStream::connect(("127.0.0.1", port)) {
            Ok(stream) => break stream,
            Err(error) => assert!(Instant::now() < deadline, "{error}"),
        }
        thread::sleep(Duration::from_millis(20));
    };
    caller.set_read_timeout(Some(PATIENCE)).unwrap();
    caller.write_all(&all_octets()).unwrap();
    assert_eq!(ours.hear(256), all_octets());
    ours.send(&all_octets());
    let mut heard = vec![0; 256];
    caller.read_exact(&mut heard).unwrap();
    assert_eq!(heard, all_octets());
}
