//! A serial port under Linux.

use std::fs;
use std::io::{self, PipeWriter};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use rustix::fs::{FlockOperation, Mode, OFlags, flock};
use rustix::io::Errno;
use rustix::termios::{OptionalActions, QueueSelector, Termios};
use rustix::termios::{ioctl_tiocexcl, ioctl_tiocnxcl, tcdrain, tcflush, tcgetattr, tcsetattr};

use super::device::{Kind, busy, examine, find_again, no_permission, nothing_behind};
use super::frame;
use super::holder::{self, Holders};
use super::settings::{self, Verdict};
use crate::engine::{
    Abilities, Counters, Failure, Flow, InputPin, LinkEvent, LinkInfo, Mark, MarkKind, Medium, ModemLines,
    OpenRequest, OutputPin, Target, Trouble,
};
use crate::line::{LineFormat, Parity};
use crate::link::bitbang;
use crate::link::bitbang::hand::Hand;
use crate::link::bitbang::modem_lines::ModemPins;
use crate::link::fd::{self, Gate, Watch};
use crate::link::parmrk::Unmark;
use crate::link::{Cancel, Endpoint, EventSink, OpenLink, inversion, ports, sys};
use crate::time::Span;

/// How long a device that was just plugged in may take to get its owner.
const PERMISSION_PATIENCE: u32 = 20;
/// One wait: for permissions, for a break, for output.
const STEP: Duration = Duration::from_millis(50);
/// Output that made no progress for so many waits is given up.
const STUCK_STEPS: u32 = 20;
/// How late an octet may be told: a USB adapter's latency timer of 16 ms, and this machine's own moments.
const LATE: Span = Span::from_millis(26);
/// The same where the driver delivers at once.
const PROMPT: Span = Span::from_millis(4);
/// A device that goes away sooner than this after it was opened was taken by another program.
const TAKEN_AWAY: Span = Span::from_secs(2);

/// Opens the port of a [`Target::Serial`], or on a reconnect the device with the request's identity.
///
/// # Errors
/// [`Failure::NotFound`], [`Failure::Permission`], [`Failure::NotADevice`], [`Failure::Busy`] before anything
/// was changed or written; [`Failure::Setting`] when the port cannot run this line, after its old settings
/// were put back; [`Failure::Io`] otherwise.
pub fn open(request: &OpenRequest, sink: EventSink, cancel: &Cancel) -> Result<OpenLink, Trouble> {
    frame::check(&request.native)?;
    let Found { fd, name, kind, device } = find(request, cancel)?;
    let found = device
        .file_name()
        .and_then(|file| ports::describe(Path::new("/sys"), Path::new("/dev"), file.to_str()?));

    let driver = found.as_ref().and_then(|port| port.driver.as_deref());
    let mut abilities = abilities(kind, driver);
    inversion::check_break(request.inversion, abilities, &name)?;

    let mut port = Port::take_over(fd, &name, kind, request)?;
    let mut remarks = port.configure(&request.native)?;
    if request.low_latency {
        match port.ask_for_low_latency(&device) {
            None => abilities.lateness = abilities.lateness.map(|_| PROMPT),
            remark => remarks.extend(remark),
        }
    }
    let watch = Line {
        name: name.clone(),
        unmark: (kind == Kind::Uart).then(|| Unmark::new(MarkKind::Framing)),
        parity: Arc::clone(&port.checks_parity),
        pty: kind == Kind::Pty,
        since: sys::counters(port.gate.as_fd()).ok(),
        told: Counters::default(),
        lines: None,
    };
    let thread_name = format!("rx {}", device.strip_prefix("/dev").unwrap_or(&device).display());
    let waker = fd::start_reader(&port.gate, thread_name, sink, cancel, watch)
        .map_err(|error| Trouble::new(Failure::Io, format!("no thread to read {name}: {error}"), ""))?;
    let info = LinkInfo {
        medium: Medium::Serial,
        name,
        identity: found.as_ref().and_then(ports::Port::identity),
        adapter: found.map(|port| match port.driver {
            Some(driver) => format!("{} ({driver})", port.adapter),
            None => port.adapter,
        }),
        remarks,
        abilities,
    };
    Ok((Box::new(Serial { port, cancel: cancel.clone(), waker: Some(waker) }), info))
}

/// Opens the port of a [`Target::Serial`] as a line that petterm makes by its modem lines.
///
/// # Errors
/// As [`open`]; [`Failure::Setting`] when the lines are too slow for the rate, or there are none.
pub fn open_lines(
    request: &OpenRequest,
    output: OutputPin,
    input: InputPin,
    sink: EventSink,
    cancel: &Cancel,
) -> Result<OpenLink, Trouble> {
    let Found { fd, name, kind, .. } = find(request, cancel)?;
    let mut port = Port::take_over(fd, &name, kind, request)?;
    // The port's own UART is idle; it only must not echo what it may hear.
    port.configure(&LineFormat::new(9_600))?;
    let line = request.inversion.at_the_pins(&request.native);
    let hand = Hand::open(ModemPins::new(port, output, input), &name, &line)?;
    let pace = hand.pace();
    let remarks = vec![format!(
        "{output} makes the line and {input} is watched, up to {} baud; this was never tested on hardware",
        pace.highest_baud()
    )];
    bitbang::start(Box::new(hand), name, remarks, request, sink, cancel)
}

/// A port that was opened, and of which nothing was changed yet.
struct Found {
    fd: OwnedFd,
    name: String,
    kind: Kind,
    /// Its device file, without links.
    device: PathBuf,
}

/// Finds and opens the port of a request.
fn find(request: &OpenRequest, cancel: &Cancel) -> Result<Found, Trouble> {
    let Target::Serial(path) = &request.target else {
        return Err(Trouble::new(Failure::Io, format!("'{}' is not a serial port", request.target), ""));
    };
    let path = match &request.identity {
        Some(identity) => find_again(path, identity)?,
        None => path.clone(),
    };
    let name = path.display().to_string();
    let kind = examine(&path)?;
    let device = fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
    let fd = open_device(&path, &device, request, cancel)?;
    Ok(Found { fd, name, kind, device })
}

/// What a driver is known to do. Sources: the Linux drivers of these names, `docs/serial.md`.
fn abilities(kind: Kind, driver: Option<&str>) -> Abilities {
    if kind == Kind::Pty {
        return Abilities { holds_break: Some(false), marks: false, lateness: None };
    }
    let driver = driver.unwrap_or_default();
    let (holds_break, marks) = match driver {
        "ftdi_sio" | "cp210x" | "pl2303" => (Some(true), true),
        // Some clones send one NUL in place of a break.
        _ if driver.starts_with("ch341") => (Some(false), false),
        "cdc_acm" => (None, false),
        _ if driver.contains("8250") || driver == "serial" || driver.contains("pl011") => (Some(true), true),
        _ => (None, true),
    };
    Abilities { holds_break, marks, lateness: Some(LATE) }
}

/// Opens the device if it is free and a terminal; changes and writes nothing.
fn open_device(
    path: &Path,
    device: &Path,
    request: &OpenRequest,
    cancel: &Cancel,
) -> Result<OwnedFd, Trouble> {
    let shown = path.display();
    if request.lock
        && let Some(holder) = holder::lock_file_holder(device)
    {
        return Err(busy(path, Some(holder)));
    }
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let mut patience = if request.identity.is_some() { PERMISSION_PATIENCE } else { 0 };
    let fd = loop {
        match rustix::fs::open(path, flags, Mode::empty()) {
            Ok(fd) => break fd,
            Err(Errno::ACCESS | Errno::PERM) if patience > 0 && !cancel.is_set() => {
                patience -= 1;
                pause();
            }
            Err(Errno::INTR) => {}
            Err(Errno::ACCESS | Errno::PERM) => return Err(no_permission(path)),
            Err(Errno::BUSY) => return Err(busy(path, Holders::scan().of(device))),
            Err(Errno::NOENT | Errno::NXIO | Errno::NODEV | Errno::IO) => {
                return Err(nothing_behind(path));
            }
            Err(error) => {
                return Err(Trouble::new(
                    Failure::Io,
                    format!("cannot open {shown}: {}", io::Error::from(error)),
                    "",
                ));
            }
        }
    };
    match tcgetattr(&fd) {
        Ok(_) => {}
        Err(Errno::IO | Errno::NODEV | Errno::NXIO) => return Err(nothing_behind(path)),
        Err(_) => {
            return Err(Trouble::new(
                Failure::NotADevice,
                format!("{shown} is not a serial device"),
                "see `petterm ports` for the ports of this machine",
            ));
        }
    }
    Ok(fd)
}

#[expect(clippy::disallowed_methods, reason = "the shell waits for a driver that cannot say when it is done")]
fn pause() {
    thread::sleep(STEP);
}

/// An open port: its settings, and those that were there before.
struct Port {
    gate: Arc<Gate>,
    name: String,
    kind: Kind,
    flow: Flow,
    locked: bool,
    /// A break holds the line.
    held: bool,
    before: Termios,
    latency_before: Option<sys::SerialSettings>,
    native: Option<LineFormat>,
    checks_parity: Arc<AtomicBool>,
}

impl Port {
    /// Locks the device and notes its settings.
    fn take_over(fd: OwnedFd, name: &str, kind: Kind, request: &OpenRequest) -> Result<Port, Trouble> {
        let path = Path::new(name);
        let before = tcgetattr(&fd).map_err(|error| io_trouble(name, error))?;
        if request.lock {
            let device = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
            if flock(&fd, FlockOperation::NonBlockingLockExclusive).is_err() {
                return Err(busy(path, Holders::scan().of(&device)));
            }
            if kind == Kind::Uart {
                // The kernel lets root in all the same; the one who took it is respected nevertheless.
                if sys::is_exclusive(fd.as_fd()) == Ok(true) {
                    let holders = Holders::scan();
                    if holders.others_hold(&device) {
                        return Err(busy(path, holders.of(&device)));
                    }
                }
                ioctl_tiocexcl(&fd).map_err(|error| io_trouble(name, error))?;
            }
        }
        Ok(Port {
            gate: Gate::new(fd),
            name: name.to_owned(),
            kind,
            flow: request.flow,
            locked: request.lock,
            held: false,
            before,
            latency_before: None,
            native: None,
            checks_parity: Arc::default(),
        })
    }

    /// Runs this line; answers remarks. If the port does not take it, it runs as before.
    fn configure(&mut self, native: &LineFormat) -> Result<Vec<String>, Trouble> {
        let old = self.termios()?;
        let asked = settings::apply(&self.before, native, self.flow, self.kind == Kind::Uart);
        let outcome = match tcsetattr(&self.gate, OptionalActions::Now, &asked) {
            Ok(()) => settings::judge(&self.name, &asked, &self.termios()?, native),
            Err(Errno::INVAL | Errno::RANGE) => Verdict::WrongRate(0),
            Err(error) => return Err(io_trouble(&self.name, error)),
        };
        let trouble = match outcome {
            Verdict::Taken | Verdict::Remark(_) => {
                self.native = Some(*native);
                self.checks_parity.store(native.parity != Parity::None, Ordering::Relaxed);
                return Ok(match outcome {
                    Verdict::Remark(text) => vec![text],
                    _ => Vec::new(),
                });
            }
            Verdict::Refused(trouble) => trouble,
            Verdict::WrongRate(gave) => {
                let nearest = settings::nearest_rates(native.baud, |rate| self.takes_rate(&asked, rate));
                settings::rate_trouble(&self.name, native.baud, (gave != 0).then_some(gave), &nearest)
            }
        };
        // The port that refuses is left as it was; if it is gone meanwhile, the reader says so.
        let _ = tcsetattr(&self.gate, OptionalActions::Now, &old);
        Err(trouble)
    }

    fn takes_rate(&self, asked: &Termios, rate: u32) -> bool {
        let mut trial = asked.clone();
        let gave = trial
            .set_speed(rate)
            .and_then(|()| tcsetattr(&self.gate, OptionalActions::Now, &trial))
            .and_then(|()| tcgetattr(&self.gate));
        gave.is_ok_and(|gave| {
            matches!(
                settings::judge(&self.name, &trial, &gave, &LineFormat::new(rate)),
                Verdict::Taken | Verdict::Remark(_)
            )
        })
    }

    fn termios(&self) -> Result<Termios, Trouble> {
        tcgetattr(&self.gate).map_err(|error| io_trouble(&self.name, error))
    }

    /// Asks the driver to deliver at once; answers what there is to say if it cannot.
    fn ask_for_low_latency(&mut self, device: &Path) -> Option<String> {
        if self.kind == Kind::Pty {
            return None;
        }
        let fd = self.gate.as_fd();
        if let Ok(before) = sys::settings(fd) {
            let mut wanted = before;
            wanted.flags |= sys::ASYNC_LOW_LATENCY;
            if sys::set_settings(fd, wanted).is_ok() {
                self.latency_before = Some(before);
                return None;
            }
        }
        let timer = Path::new("/sys/class/tty").join(device.file_name()?).join("device/latency_timer");
        if timer.exists() && fs::write(&timer, "1").is_ok() {
            return None;
        }
        Some(format!("{} cannot be asked to deliver at once; it works, with its usual delay", self.name))
    }

    /// Waits until what was written is on the wire, as long as that makes progress: settings must not
    /// change under octets that wait. What is stuck (flow control) is thrown away.
    fn settle(&self) {
        let (mut stuck, mut last) = (0, u32::MAX);
        while let Ok(unsent) = sys::unsent(self.gate.as_fd()) {
            if unsent == 0 {
                if self.flow == Flow::None {
                    // The adapter's own buffer; bounded, as nothing holds it back.
                    let _ = tcdrain(&self.gate);
                }
                return;
            }
            stuck = if unsent < last { 0 } else { stuck + 1 };
            if stuck >= STUCK_STEPS {
                let _ = tcflush(&self.gate, QueueSelector::OFlush);
                return;
            }
            last = unsent;
            pause();
        }
    }

    /// Puts everything back as it was and lets go of the device. What fails here fails because the device is gone.
    fn release(&mut self) {
        if !self.gate.shut() {
            return;
        }
        if self.native.take().is_some() {
            self.settle();
        }
        if std::mem::take(&mut self.held) {
            let _ = sys::hold_break(self.gate.as_fd(), false);
        }
        if let Some(latency) = self.latency_before.take() {
            let _ = sys::set_settings(self.gate.as_fd(), latency);
        }
        let _ = tcsetattr(&self.gate, OptionalActions::Now, &self.before);
        if self.locked {
            if self.kind == Kind::Uart {
                let _ = ioctl_tiocnxcl(&self.gate);
            }
            let _ = flock(&self.gate, FlockOperation::Unlock);
        }
    }
}

impl AsFd for Port {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.gate.as_fd()
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        self.release();
    }
}

fn io_trouble(name: &str, error: Errno) -> Trouble {
    match error {
        Errno::IO | Errno::NODEV | Errno::NXIO => {
            Trouble::new(Failure::Unplugged, format!("{name} went away"), "")
        }
        _ => Trouble::new(
            Failure::Io,
            format!("{name} did not answer its driver: {}", io::Error::from(error)),
            "",
        ),
    }
}

struct Serial {
    port: Port,
    cancel: Cancel,
    waker: Option<PipeWriter>,
}

impl Endpoint for Serial {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.port.gate.write(bytes)
    }

    fn set_lines(&mut self, dtr: Option<bool>, rts: Option<bool>) -> Result<(), Trouble> {
        for (bit, name, wish) in [(sys::DTR, "DTR", dtr), (sys::RTS, "RTS", rts)] {
            let Some(on) = wish else { continue };
            sys::drive_modem_bits(self.port.gate.as_fd(), bit, on).map_err(|error| match error {
                Errno::NOTTY | Errno::INVAL => Trouble::new(
                    Failure::Setting,
                    format!("{} has no {name}", self.port.name),
                    "a pseudo-terminal carries octets alone",
                ),
                error => io_trouble(&self.port.name, error),
            })?;
        }
        Ok(())
    }

    fn send_break(&mut self, length: Span) -> Result<(), Trouble> {
        self.port.settle();
        let hold = |on| {
            sys::hold_break(self.port.gate.as_fd(), on).map_err(|error| io_trouble(&self.port.name, error))
        };
        hold(true)?;
        let mut left = length.as_duration();
        while !left.is_zero() && !self.cancel.is_set() {
            let step = left.min(STEP);
            hold_for(step);
            left -= step;
        }
        hold(false)
    }

    fn hold(&mut self, on: bool) -> Result<(), Trouble> {
        if on {
            self.port.settle();
        }
        sys::hold_break(self.port.gate.as_fd(), on).map_err(|error| match error {
            Errno::NOTTY | Errno::INVAL => Trouble::new(
                Failure::Setting,
                format!("{}'s driver has no break that holds", self.port.name),
                "",
            ),
            error => io_trouble(&self.port.name, error),
        })?;
        self.port.held = on;
        Ok(())
    }

    fn reconfigure(&mut self, native: &LineFormat) -> Result<Vec<String>, Trouble> {
        frame::check(native)?;
        self.port.settle();
        self.port.configure(native)
    }

    fn set_flow(&mut self, flow: Flow) -> Result<(), Trouble> {
        let Some(native) = self.port.native else { return Ok(()) };
        // No octet that waits is sent otherwise by it, so nothing has to settle; what XOFF held goes on.
        let before = std::mem::replace(&mut self.port.flow, flow);
        self.port.configure(&native).map(drop).inspect_err(|_| self.port.flow = before)
    }

    fn close(&mut self) {
        self.port.release();
        self.waker = None;
    }
}

impl Drop for Serial {
    fn drop(&mut self) {
        self.close();
    }
}

#[expect(clippy::disallowed_methods, reason = "a break lasts as long as its sender waits")]
fn hold_for(step: Duration) {
    thread::sleep(step);
}

/// What the reading thread knows of the line.
struct Line {
    name: String,
    unmark: Option<Unmark>,
    parity: Arc<AtomicBool>,
    pty: bool,
    /// The driver's counters when the port was opened; `None` where it has none.
    since: Option<sys::DriverCounters>,
    told: Counters,
    lines: Option<ModemLines>,
}

impl Watch for Line {
    fn decode(&mut self, raw: &[u8], bytes: &mut Vec<u8>, marks: &mut Vec<Mark>) {
        match &mut self.unmark {
            Some(unmark) => {
                let parity = self.parity.load(Ordering::Relaxed);
                unmark.set_bad(if parity { MarkKind::Parity } else { MarkKind::Framing });
                unmark.push(raw, bytes, marks);
            }
            None => bytes.extend_from_slice(raw),
        }
    }

    fn look(&mut self, fd: BorrowedFd<'_>) -> Vec<LinkEvent> {
        let mut events = Vec::new();
        if let Some(since) = &self.since
            && let Ok(now) = sys::counters(fd)
        {
            let counters = difference(since, &now);
            if counters != self.told {
                self.told = counters;
                events.push(LinkEvent::Counters(counters));
            }
        }
        if !self.pty
            && let Ok(bits) = sys::modem_bits(fd)
        {
            let lines = modem_lines(bits);
            if self.lines != Some(lines) {
                self.lines = Some(lines);
                events.push(LinkEvent::Lines(lines));
            }
        }
        events
    }

    fn gone(&self, after: Span) -> Trouble {
        if self.pty {
            return Trouble::new(Failure::Unplugged, format!("the far end of {} is gone", self.name), "");
        }
        let next = if after < TAKEN_AWAY {
            "if it goes away soon after each plugging in, brltty may take it: see docs/serial.md"
        } else {
            ""
        };
        Trouble::new(Failure::Unplugged, format!("{} was unplugged", self.name), next)
    }
}

/// What was counted between two readings, of which the driver's numbers may have run over.
fn difference(since: &sys::DriverCounters, now: &sys::DriverCounters) -> Counters {
    let counted = |from: i32, to: i32| u64::from(to.wrapping_sub(from).cast_unsigned());
    Counters {
        framing: counted(since.framing, now.framing),
        parity: counted(since.parity, now.parity),
        overrun: counted(since.overrun, now.overrun) + counted(since.buffer_overrun, now.buffer_overrun),
        breaks: counted(since.breaks, now.breaks),
    }
}

fn modem_lines(bits: u32) -> ModemLines {
    let line = |bit| Some(bits & bit != 0);
    ModemLines { cts: line(sys::CTS), dsr: line(sys::DSR), dcd: line(sys::DCD), ri: line(sys::RI) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_that_is_taken_at_once_names_the_usual_suspect() {
        let line = |pty| Line {
            name: "/dev/ttyUSB0".into(),
            unmark: None,
            parity: Arc::default(),
            pty,
            since: None,
            told: Counters::default(),
            lines: None,
        };
        assert!(line(false).gone(Span::from_millis(500)).next.contains("brltty"));
        assert_eq!(line(false).gone(Span::from_secs(60)).next, "");
        assert_eq!(line(true).gone(Span::ZERO).next, "");
    }

    #[test]
    fn drivers_are_known_for_their_break() {
        for (driver, holds, marks) in [
            ("ftdi_sio", Some(true), true),
            ("ch341-uart", Some(false), false),
            ("serial8250", Some(true), true),
            ("cdc_acm", None, false),
            ("someone_s", None, true),
        ] {
            let known = abilities(Kind::Uart, Some(driver));
            assert_eq!(
                (known.holds_break, known.marks, known.lateness),
                (holds, marks, Some(LATE)),
                "{driver}"
            );
        }
        assert_eq!(abilities(Kind::Pty, None).lateness, None);
        assert_eq!(abilities(Kind::Pty, None).holds_break, Some(false));
    }

    #[test]
    fn modem_bits_are_told_apart() {
        let lines = modem_lines(0x120);
        let expected = ModemLines { cts: Some(true), dsr: Some(true), dcd: Some(false), ri: Some(false) };
        assert_eq!(lines, expected);
    }
}
