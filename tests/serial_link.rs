//! Serial and pseudo-terminal links against the kernel's own ptys: octets, locks, refusals, unplugging and
//! what is left behind.
#![cfg(all(target_os = "linux", feature = "serial"))]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test's helper fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "these tests wait for the system")]

use std::fs;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use petterm::engine::{
    Failure, Flow, Identity, LinkEvent, LinkInfo, MarkKind, Medium, OpenRequest, Target, Trouble,
};
use petterm::line::{LineFormat, Parity, StopBits};
use petterm::link::{Cancel, Clock, Endpoint, EventSink, LinkMessage, OpenLink, pty, serial};
use petterm::time::Span;
use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, openpt, ptsname, unlockpt};
use rustix::termios::{InputModes, OptionalActions, Termios, tcgetattr, tcsetattr};

/// The longest that any test waits for something to happen.
const PATIENCE: Duration = Duration::from_secs(20);

/// A pseudo-terminal whose master plays the far end.
struct FarEnd {
    master: OwnedFd,
    path: PathBuf,
}

impl FarEnd {
    fn new() -> FarEnd {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        unlockpt(&master).unwrap();
        let path = ptsname(&master, Vec::new()).unwrap().into_string().unwrap().into();
        FarEnd { master, path }
    }

    fn say(&self, bytes: &[u8]) {
        write_all(&self.master, bytes);
    }

    fn hear(&self, count: usize) -> Vec<u8> {
        read_exactly(&self.master, count)
    }

    /// The slave's settings as another program sees them.
    fn settings(&self) -> Termios {
        tcgetattr(open_tty(&self.path)).unwrap()
    }
}

fn open_tty(path: &Path) -> OwnedFd {
    rustix::fs::open(path, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty()).unwrap()
}

fn write_all(fd: &OwnedFd, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        let written = rustix::io::write(fd, bytes).unwrap();
        bytes = &bytes[written..];
    }
}

fn read_exactly(fd: &OwnedFd, count: usize) -> Vec<u8> {
    let (mut heard, mut length) = (vec![0; count], 0);
    while length < count {
        length += rustix::io::read(fd, &mut heard[length..]).unwrap();
    }
    heard
}

fn request(target: Target) -> OpenRequest {
    OpenRequest::new(target, LineFormat::new(300))
}

fn serial_request(path: &Path) -> OpenRequest {
    request(Target::Serial(path.to_owned()))
}

/// An open link and what it says.
struct Open {
    endpoint: Box<dyn Endpoint>,
    info: LinkInfo,
    events: Receiver<LinkMessage>,
    cancel: Cancel,
}

type Opener = fn(&OpenRequest, EventSink, &Cancel) -> Result<OpenLink, Trouble>;

impl Open {
    fn with(opener: Opener, request: &OpenRequest) -> Result<Open, Trouble> {
        let (sender, events) = sync_channel(1000);
        let cancel = Cancel::default();
        let sink = EventSink::to_channel(7, Clock::start(), sender);
        let (endpoint, info) = opener(request, sink, &cancel)?;
        Ok(Open { endpoint, info, events, cancel })
    }

    fn serial(path: &Path) -> Result<Open, Trouble> {
        Open::with(serial::open, &serial_request(path))
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
            match self.events.recv_timeout(PATIENCE).unwrap().event {
                LinkEvent::Rx { bytes, marks, .. } => {
                    assert_eq!(marks, vec![]);
                    heard.extend(bytes);
                }
                other => panic!("{other:?}"),
            }
        }
        heard
    }

    fn closed(&self) -> Trouble {
        match self.events.recv_timeout(PATIENCE).unwrap().event {
            LinkEvent::Closed(trouble) => trouble,
            other => panic!("{other:?}"),
        }
    }

    /// Waits for the reading thread to end; fails if it says anything more.
    fn silent_to_the_end(&self) {
        match self.events.recv_timeout(PATIENCE) {
            Err(RecvTimeoutError::Disconnected) => {}
            other => panic!("{other:?}"),
        }
    }
}

fn refused(request: &OpenRequest) -> Trouble {
    Open::with(serial::open, request).err().unwrap()
}

fn all_octets() -> Vec<u8> {
    (0..=255).collect()
}

#[test]
fn all_octets_pass_both_ways() {
    let far = FarEnd::new();
    let mut link = Open::serial(&far.path).unwrap();
    assert_eq!(link.info.medium, Medium::Serial);
    assert_eq!(link.info.name, far.path.display().to_string());
    assert_eq!(link.info.identity, None);
    link.send(&all_octets());
    assert_eq!(far.hear(256), all_octets());
    far.say(&all_octets());
    assert_eq!(link.hear(256), all_octets());
}

#[test]
fn a_burst_arrives_whole_and_in_few_events() {
    let far = FarEnd::new();
    let link = Open::serial(&far.path).unwrap();
    let burst: Vec<u8> = (0..300_000_u32).map(|n| (n * 7 + n / 251) as u8).collect();
    let heard = thread::scope(|scope| {
        scope.spawn(|| far.say(&burst));
        link.hear(burst.len())
    });
    assert!(heard == burst, "the burst differs");
}

#[test]
fn a_second_open_is_refused_and_names_the_holder() {
    let far = FarEnd::new();
    let first = Open::serial(&far.path).unwrap();
    let trouble = refused(&serial_request(&far.path));
    assert_eq!(trouble.failure, Failure::Busy);
    let us = format!("(pid {})", std::process::id());
    assert!(trouble.what.contains(&us), "{}", trouble.what);
    assert!(!trouble.next.is_empty());

    // Without locks it opens, and closing the first lets the next one in.
    let unlocked = OpenRequest { lock: false, ..serial_request(&far.path) };
    assert!(Open::with(serial::open, &unlocked).is_ok());
    drop(first);
    assert!(Open::serial(&far.path).is_ok());
}

#[test]
fn another_program_s_lock_is_honoured() {
    let far = FarEnd::new();
    let before = far.settings();
    // flock(1) holds the lock while it runs sleep(1).
    let mut other = std::process::Command::new("flock")
        .args(["--exclusive", far.path.to_str().unwrap(), "sleep", "60"])
        .spawn()
        .unwrap();
    let trouble = loop {
        match Open::serial(&far.path) {
            Err(trouble) => break trouble,
            Ok(open) => drop(open),
        }
        thread::sleep(Duration::from_millis(20));
    };
    assert_eq!(trouble.failure, Failure::Busy);
    assert!(trouble.what.contains("flock (pid") || trouble.what.contains("sleep (pid"), "{}", trouble.what);
    assert_eq!(debug(&far.settings()), debug(&before), "nothing was changed");
    other.kill().unwrap();
    other.wait().unwrap();
}

#[test]
fn a_killed_holder_leaves_no_lock() {
    let far = FarEnd::new();
    let mut other = std::process::Command::new("flock")
        .args(["--exclusive", "--no-fork", far.path.to_str().unwrap(), "sleep", "60"])
        .spawn()
        .unwrap();
    while Open::serial(&far.path).is_ok() {
        thread::sleep(Duration::from_millis(20));
    }
    other.kill().unwrap();
    other.wait().unwrap();
    assert!(Open::serial(&far.path).is_ok());
}

#[test]
fn the_far_end_s_end_is_told_once_and_the_reader_does_not_spin() {
    let far = FarEnd::new();
    let path = far.path.clone();
    let mut link = Open::serial(&path).unwrap();
    drop(far);
    let trouble = link.closed();
    assert_eq!(trouble.failure, Failure::Unplugged);
    assert!(trouble.what.contains(&path.display().to_string()), "{}", trouble.what);
    link.silent_to_the_end();
    assert_ne!(link.endpoint.write(b"x").unwrap_err().kind(), std::io::ErrorKind::TimedOut);
}

#[test]
fn an_idle_link_uses_next_to_no_processor_time() {
    let far = FarEnd::new();
    let link = Open::serial(&far.path).unwrap();
    let name = format!("rx {}", far.path.strip_prefix("/dev").unwrap().display());
    let spent = |deadline: Instant| {
        loop {
            match thread_ticks(&name) {
                Some(ticks) => return ticks,
                None => assert!(Instant::now() < deadline, "no thread {name}"),
            }
        }
    };
    let before = spent(Instant::now() + PATIENCE);
    thread::sleep(Duration::from_secs(1));
    let after = spent(Instant::now() + PATIENCE);
    assert!(after - before <= 5, "{} of 100 ticks", after - before);
    drop(link);
}

/// Processor time, in hundredths of a second, of our thread with this name.
fn thread_ticks(name: &str) -> Option<u64> {
    fs::read_dir("/proc/self/task").unwrap().flatten().find_map(|task| {
        let comm = fs::read_to_string(task.path().join("comm")).ok()?;
        if comm.trim() != name {
            return None;
        }
        let stat = fs::read_to_string(task.path().join("stat")).ok()?;
        let fields: Vec<&str> = stat.rsplit(')').next()?.split_whitespace().collect();
        Some(fields[11].parse::<u64>().ok()? + fields[12].parse::<u64>().ok()?)
    })
}

fn debug(termios: &Termios) -> String {
    format!("{termios:?}")
}

#[test]
fn the_settings_before_are_put_back_after_close_and_after_drop() {
    let far = FarEnd::new();
    let before = debug(&far.settings());
    for explicit in [true, false] {
        let mut link = Open::serial(&far.path).unwrap();
        assert_ne!(debug(&far.settings()), before);
        if explicit {
            link.endpoint.close();
            assert_eq!(debug(&far.settings()), before);
            assert!(link.endpoint.write(b"late").is_err());
            link.silent_to_the_end();
        }
        drop(link);
        assert_eq!(debug(&far.settings()), before);
    }
}

#[test]
fn a_closed_link_takes_no_octet_from_the_next_one() {
    let far = FarEnd::new();
    for round in 0..50_u8 {
        let mut link = Open::serial(&far.path).unwrap();
        let message = [round, b'x', b'y'];
        far.say(&message);
        assert_eq!(link.hear(3), message);
        link.endpoint.close();
    }
}

#[test]
fn cancelling_ends_the_reader_silently() {
    let far = FarEnd::new();
    let link = Open::serial(&far.path).unwrap();
    link.cancel.set();
    link.silent_to_the_end();
}

#[test]
fn a_frame_that_the_port_does_not_take_is_refused_and_nothing_is_left_changed() {
    let far = FarEnd::new();
    let before = debug(&far.settings());
    let native = LineFormat { data_bits: 7, parity: Parity::Even, ..LineFormat::new(300) };
    let trouble = refused(&OpenRequest { native, ..serial_request(&far.path) });
    assert_eq!(trouble.failure, Failure::Setting);
    assert_eq!(trouble.what, format!("asked 7E1, {} gave 8N1", far.path.display()));
    assert_eq!(debug(&far.settings()), before);
}

#[test]
fn a_frame_that_no_uart_has_is_refused_before_anything_is_opened() {
    for (data_bits, stop) in [(9, StopBits::One), (8, StopBits::OneAndHalf)] {
        let native = LineFormat { data_bits, stop, ..LineFormat::new(300) };
        let request = OpenRequest { native, ..serial_request(Path::new("/dev/ttyNOPE")) };
        assert_eq!(refused(&request).failure, Failure::Setting);
    }
}

#[test]
fn a_refused_change_leaves_the_line_as_it_was() {
    let far = FarEnd::new();
    let mut link = Open::serial(&far.path).unwrap();
    let at_300 = debug(&far.settings());
    let native = LineFormat { data_bits: 7, parity: Parity::Even, ..LineFormat::new(1200) };
    assert_eq!(link.endpoint.reconfigure(&native).unwrap_err().failure, Failure::Setting);
    assert_eq!(debug(&far.settings()), at_300);
    assert_eq!(link.endpoint.reconfigure(&LineFormat::new(1220)), Ok(vec![]));
    assert_eq!(far.settings().output_speed(), 1220);
    far.say(b"still here");
    assert_eq!(link.hear(10), b"still here");
}

#[test]
fn flow_control_is_set_where_it_is_asked_for() {
    let far = FarEnd::new();
    let soft = OpenRequest { flow: Flow::Soft, ..serial_request(&far.path) };
    let _link = Open::with(serial::open, &soft).unwrap();
    assert!(far.settings().input_modes.contains(InputModes::IXON | InputModes::IXOFF));
}

#[test]
fn flow_control_rests_and_comes_back_while_a_port_is_open() {
    let far = FarEnd::new();
    let soft = OpenRequest { flow: Flow::Soft, ..serial_request(&far.path) };
    let mut link = Open::with(serial::open, &soft).unwrap();
    link.endpoint.set_flow(Flow::None).unwrap();
    assert!(!far.settings().input_modes.intersects(InputModes::IXON | InputModes::IXOFF));
    far.say(b"\x11\x13\x11data");
    assert_eq!(link.hear(7), b"\x11\x13\x11data");
    link.send(b"not held by the XOFF");
    assert_eq!(far.hear(20), b"not held by the XOFF");
    link.endpoint.set_flow(Flow::Soft).unwrap();
    assert!(far.settings().input_modes.contains(InputModes::IXON | InputModes::IXOFF));
    assert_eq!(far.settings().output_speed(), 300);
}

#[test]
fn what_is_no_serial_device_is_refused_and_untouched() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("game.prg");
    fs::write(&file, b"\x01\x04precious").unwrap();
    let socket = dir.path().join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    for path in [file.as_path(), dir.path(), Path::new("/dev/null"), Path::new("/dev/tty"), &socket] {
        let trouble = refused(&serial_request(path));
        assert_eq!(trouble.failure, Failure::NotADevice, "{}", path.display());
        assert!(trouble.what.contains("not a serial device"), "{}", trouble.what);
    }
    assert_eq!(fs::read(&file).unwrap(), b"\x01\x04precious");
}

#[test]
fn a_missing_port_is_named_with_those_present() {
    let trouble = refused(&serial_request(Path::new("/dev/ttyNOPE")));
    assert_eq!(trouble.failure, Failure::NotFound);
    assert_eq!(trouble.what, "no such port: /dev/ttyNOPE");
    assert!(trouble.next.contains("port"), "{}", trouble.next);
}

#[test]
fn on_a_reconnect_only_the_same_device_will_do() {
    let far = FarEnd::new();
    let identity =
        Identity { usb: Some("0403:6001".into()), serial: Some("NOT-HERE".into()), ..Identity::default() };
    let trouble = refused(&OpenRequest { identity: Some(identity), ..serial_request(&far.path) });
    assert_eq!(trouble.failure, Failure::NotFound);
    assert!(trouble.what.contains("0403:6001") && trouble.what.contains("NOT-HERE"), "{}", trouble.what);
}

#[test]
fn a_pseudo_terminal_has_no_modem_lines_and_swallows_a_break() {
    let far = FarEnd::new();
    let mut link = Open::serial(&far.path).unwrap();
    assert_eq!(link.endpoint.set_lines(Some(true), None).unwrap_err().failure, Failure::Setting);
    assert_eq!(link.endpoint.set_lines(None, None), Ok(()));
    assert_eq!(link.endpoint.send_break(Span::from_millis(10)), Ok(()));
    link.send(b"after");
    assert_eq!(far.hear(5), b"after");
}

#[test]
fn the_kernel_doubles_ff_as_the_decoder_expects() {
    let far = FarEnd::new();
    let slave = open_tty(&far.path);
    let mut marked = tcgetattr(&slave).unwrap();
    marked.make_raw();
    marked.input_modes |= InputModes::INPCK | InputModes::PARMRK;
    tcsetattr(&slave, OptionalActions::Now, &marked).unwrap();
    far.say(&all_octets());
    let raw = read_exactly(&slave, 257);
    assert_eq!(raw[254..], [0xFE, 0xFF, 0xFF]);
    let (mut bytes, mut marks) = (Vec::new(), Vec::new());
    petterm::link::parmrk::Unmark::new(MarkKind::Framing).push(&raw, &mut bytes, &mut marks);
    assert_eq!((bytes, marks), (all_octets(), vec![]));
}

#[test]
fn a_pty_link_serves_one_far_end_after_another_and_removes_its_path() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pet");
    let mut link = Open::with(pty::open, &request(Target::Pty(path.clone()))).unwrap();
    assert_eq!(link.info.medium, Medium::Pipe);
    for _ in 0..3 {
        let far = open_tty(&path);
        write_all(&far, &all_octets());
        assert_eq!(link.hear(256), all_octets());
        link.send(&all_octets());
        assert_eq!(read_exactly(&far, 256), all_octets());
    }
    let second = Open::with(pty::open, &request(Target::Pty(path.clone())));
    assert_eq!(second.err().unwrap().failure, Failure::Busy);
    link.endpoint.close();
    assert!(fs::symlink_metadata(&path).is_err());
    link.silent_to_the_end();
}

#[test]
fn a_pty_link_that_nobody_reads_makes_its_writer_wait_and_not_hang() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pet");
    let mut link = Open::with(pty::open, &request(Target::Pty(path.clone()))).unwrap();
    let mut sent: Vec<u8> = Vec::new();
    loop {
        let chunk: Vec<u8> = (0..1000_usize).map(|n| (sent.len() + n) as u8).collect();
        match link.endpoint.write(&chunk) {
            Ok(written) => sent.extend(&chunk[..written]),
            Err(error) => {
                assert!(matches!(
                    error.kind(),
                    std::io::ErrorKind::TimedOut | std::io::ErrorKind::WouldBlock
                ));
                break;
            }
        }
        assert!(sent.len() < 10_000_000, "it takes without end");
    }
    let far = open_tty(&path);
    assert!(read_exactly(&far, sent.len()) == sent, "what was taken is delivered");
    link.send(b"on");
    assert_eq!(read_exactly(&far, 2), b"on");
    drop(link);
    // A read that waits when the master goes fails; one that comes later finds the end.
    assert!(matches!(rustix::io::read(far.as_fd(), &mut [0; 1]), Ok(0) | Err(rustix::io::Errno::IO)));
}
