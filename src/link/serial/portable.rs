//! A serial port where the system is not Linux, through the `serialport` crate: no bad octets, no counters.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use serialport::{ClearBuffer, DataBits, ErrorKind, FlowControl, SerialPort};

use super::frame;
use crate::engine::{Abilities, Failure, Flow, LinkEvent, LinkInfo, Medium, OpenRequest, Target, Trouble};
use crate::line::{LineFormat, Parity, StopBits};
use crate::link::{Cancel, Endpoint, EventSink, OpenLink, inversion, ports};
use crate::time::Span;

/// How long a read or write waits at most.
const PATIENCE: Duration = Duration::from_millis(100);
/// How late an octet may be: a USB adapter's latency timer, and this machine's.
const LATENESS: Span = Span::from_millis(26);
/// Octets in one event at most.
const BATCH: usize = 64 * 1024;

/// Modem lines are driven by hand under Linux alone.
///
/// # Errors
/// Always.
#[cfg(not(target_os = "linux"))]
pub fn open_lines(
    request: &OpenRequest,
    _: crate::engine::OutputPin,
    _: crate::engine::InputPin,
    _: EventSink,
    _: &Cancel,
) -> Result<OpenLink, Trouble> {
    Err(Trouble::new(
        Failure::Setting,
        format!("the modem lines of {} are driven by hand under Linux only", request.target),
        "use an inverter, or --invert=shift",
    ))
}

/// Opens the port of a [`Target::Serial`].
///
/// # Errors
/// As on Linux, with less to say about who holds a port.
#[cfg_attr(target_os = "linux", expect(unreachable_pub, reason = "Linux only tests it"))]
pub fn open(request: &OpenRequest, sink: EventSink, cancel: &Cancel) -> Result<OpenLink, Trouble> {
    let Target::Serial(path) = &request.target else {
        return Err(Trouble::new(Failure::Io, format!("'{}' is not a serial port", request.target), ""));
    };
    frame::check(&request.native)?;
    let present = ports::list();
    let path = match &request.identity {
        Some(identity) => match ports::find(&present, identity) {
            Some(port) => port.device.clone(),
            None => {
                return Err(Trouble::new(
                    Failure::NotFound,
                    format!("the adapter that was {} is not plugged in", path.display()),
                    ports::present(&present),
                ));
            }
        },
        None => path.clone(),
    };
    let name = path.display().to_string();
    if std::fs::metadata(&path).is_ok_and(|status| status.is_file() || status.is_dir()) {
        return Err(Trouble::new(Failure::NotADevice, format!("{name} is not a serial device"), ""));
    }
    let flow = flow_control(request.flow);
    let builder = serialport::new(&name, request.native.baud).flow_control(flow).timeout(PATIENCE);
    // Windows opens a port for one program alone in any case.
    #[cfg(unix)]
    let builder = builder.exclusive(request.lock);
    let mut port = builder.open().map_err(|error| open_trouble(&name, &error, &present))?;
    configure(port.as_mut(), &name, &request.native)?;
    let reader =
        port.try_clone().map_err(|error| Trouble::new(Failure::Io, format!("{name}: {error}"), ""))?;
    let closed = Arc::new(AtomicBool::new(false));
    let pump =
        Pump { port: reader, name: name.clone(), sink, cancel: cancel.clone(), closed: Arc::clone(&closed) };
    thread::Builder::new()
        .name(format!("rx {name}"))
        .spawn(move || pump.run())
        .map_err(|error| Trouble::new(Failure::Io, format!("no thread to read {name}: {error}"), ""))?;
    let found = present.iter().find(|port| port.device == path);
    let mut remarks = Vec::new();
    if request.low_latency {
        remarks.push(format!("{name} cannot be asked to deliver at once on this system"));
    }
    let info = LinkInfo {
        medium: Medium::Serial,
        name: name.clone(),
        identity: found.and_then(ports::Port::identity),
        adapter: found.map(|port| port.adapter.clone()),
        remarks,
        abilities: Abilities { holds_break: None, marks: false, lateness: Some(LATENESS) },
    };
    inversion::check_break(request.inversion, info.abilities, &name)?;
    Ok((Box::new(Portable { port, name, native: request.native, held: false, closed }), info))
}

/// Sets the frame and the rate and reads them back.
fn configure(port: &mut dyn SerialPort, name: &str, native: &LineFormat) -> Result<(), Trouble> {
    let (data_bits, parity, stop) = frame_of(native).ok_or_else(|| {
        Trouble::new(
            Failure::Setting,
            format!("{name} cannot run {} on this system", frame::name(native)),
            "8N1, 7N2, 7E1, 7O1, 7M1 and 7S1 work on any port",
        )
    })?;
    let set = port
        .set_data_bits(data_bits)
        .and_then(|()| port.set_parity(parity))
        .and_then(|()| port.set_stop_bits(stop))
        .and_then(|()| port.set_baud_rate(native.baud));
    let taken = set.is_ok()
        && port.data_bits().ok() == Some(data_bits)
        && port.parity().ok() == Some(parity)
        && port.stop_bits().ok() == Some(stop);
    let rate = port.baud_rate().ok();
    if taken && rate == Some(native.baud) {
        return Ok(());
    }
    let gave = rate.map_or(String::new(), |rate| format!(", it runs at {rate} baud"));
    Err(Trouble::new(
        Failure::Setting,
        format!("{name} did not take {} at {} baud{gave}", frame::name(native), native.baud),
        "8N1 at a standard rate such as 300, 1200 or 9600 works on any port",
    ))
}

fn flow_control(flow: Flow) -> FlowControl {
    match flow {
        Flow::None => FlowControl::None,
        Flow::Soft => FlowControl::Software,
        Flow::Hard => FlowControl::Hardware,
    }
}

fn frame_of(line: &LineFormat) -> Option<(DataBits, serialport::Parity, serialport::StopBits)> {
    let data_bits = match line.data_bits {
        5 => DataBits::Five,
        6 => DataBits::Six,
        7 => DataBits::Seven,
        8 => DataBits::Eight,
        _ => return None,
    };
    let parity = match line.parity {
        Parity::None => serialport::Parity::None,
        Parity::Odd => serialport::Parity::Odd,
        Parity::Even => serialport::Parity::Even,
        Parity::Mark | Parity::Space => return None,
    };
    let stop = match line.stop {
        StopBits::One => serialport::StopBits::One,
        StopBits::Two => serialport::StopBits::Two,
        StopBits::OneAndHalf => return None,
    };
    Some((data_bits, parity, stop))
}

fn open_trouble(name: &str, error: &serialport::Error, present: &[ports::Port]) -> Trouble {
    match error.kind() {
        ErrorKind::Io(io::ErrorKind::NotFound) => {
            Trouble::new(Failure::NotFound, format!("no such port: {name}"), ports::present(present))
        }
        ErrorKind::Io(io::ErrorKind::PermissionDenied) => Trouble::new(
            Failure::Permission,
            format!("you may not open {name}, or another program has it"),
            "",
        ),
        ErrorKind::NoDevice => Trouble::new(
            Failure::Busy,
            format!("{name} is in use by another program, or it is gone"),
            "end that program, or name another port",
        ),
        _ => Trouble::new(Failure::Io, format!("cannot open {name}: {error}"), ports::present(present)),
    }
}

struct Pump {
    port: Box<dyn SerialPort>,
    name: String,
    sink: EventSink,
    cancel: Cancel,
    closed: Arc<AtomicBool>,
}

impl Pump {
    fn run(mut self) {
        let mut buffer = vec![0; BATCH];
        while !self.cancel.is_set() && !self.closed.load(Ordering::Acquire) {
            match self.port.read(&mut buffer) {
                Ok(length) if length > 0 => {
                    let event = LinkEvent::Rx {
                        at: self.sink.now(),
                        bytes: buffer[..length].to_vec(),
                        marks: Vec::new(),
                    };
                    if !self.sink.send(event) {
                        return;
                    }
                }
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
                    ) => {}
                Ok(_) | Err(_) => {
                    if !self.closed.load(Ordering::Acquire) {
                        let what = format!("{} was unplugged", self.name);
                        self.sink.send(LinkEvent::Closed(Trouble::new(Failure::Unplugged, what, "")));
                    }
                    return;
                }
            }
        }
    }
}

struct Portable {
    port: Box<dyn SerialPort>,
    name: String,
    native: LineFormat,
    held: bool,
    closed: Arc<AtomicBool>,
}

impl Portable {
    fn refused(&self, what: &str, error: &serialport::Error) -> Trouble {
        Trouble::new(Failure::Setting, format!("{} did not {what}: {error}", self.name), "")
    }
}

impl Endpoint for Portable {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.closed.load(Ordering::Acquire) {
            return Err(io::ErrorKind::NotConnected.into());
        }
        self.port.write(bytes)
    }

    fn set_lines(&mut self, dtr: Option<bool>, rts: Option<bool>) -> Result<(), Trouble> {
        if let Some(on) = dtr {
            self.port.write_data_terminal_ready(on).map_err(|error| self.refused("set DTR", &error))?;
        }
        if let Some(on) = rts {
            self.port.write_request_to_send(on).map_err(|error| self.refused("set RTS", &error))?;
        }
        Ok(())
    }

    #[expect(clippy::disallowed_methods, reason = "a break lasts as long as its sender waits")]
    fn send_break(&mut self, length: Span) -> Result<(), Trouble> {
        self.port.set_break().map_err(|error| self.refused("send a break", &error))?;
        thread::sleep(length.as_duration());
        self.port.clear_break().map_err(|error| self.refused("end the break", &error))
    }

    fn hold(&mut self, on: bool) -> Result<(), Trouble> {
        let done = if on {
            self.port.flush().map_err(serialport::Error::from).and_then(|()| self.port.set_break())
        } else {
            self.port.clear_break()
        };
        done.map_err(|error| self.refused("hold its line by a break", &error))?;
        self.held = on;
        Ok(())
    }

    fn reconfigure(&mut self, native: &LineFormat) -> Result<Vec<String>, Trouble> {
        frame::check(native)?;
        if let Err(trouble) = configure(self.port.as_mut(), &self.name, native) {
            // The old settings were taken before.
            let _ = configure(self.port.as_mut(), &self.name, &self.native);
            return Err(trouble);
        }
        self.native = *native;
        Ok(Vec::new())
    }

    fn set_flow(&mut self, flow: Flow) -> Result<(), Trouble> {
        self.port
            .set_flow_control(flow_control(flow))
            .map_err(|error| self.refused("change its flow control", &error))
    }

    fn close(&mut self) {
        if !self.closed.swap(true, Ordering::AcqRel) {
            if self.held {
                let _ = self.port.clear_break();
            }
            let _ = self.port.clear(ClearBuffer::Input);
        }
    }
}

impl Drop for Portable {
    fn drop(&mut self) {
        self.close();
    }
}

#[cfg(test)]
mod tests;
