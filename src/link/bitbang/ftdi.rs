//! FTDI chips in synchronous bit-bang mode: TXD and RXD are pins, whatever the level at which the line rests.
//!
//! The kernel's driver is detached while this runs and comes back afterwards; until then the port has no
//! device file. Which chip it is, is found by where the port is plugged. Sources: FTDI AN_232R-01 (bit-bang
//! modes of the FT232R); the crate `ftdi-nusb`. Not tested on hardware.

use std::io;
use std::path::Path;
use std::time::Duration;

use ftdi_nusb::blocking::FtdiDevice;
use ftdi_nusb::{BitMode, Interface};

use super::sampled::{Sampled, Sampler};
use crate::engine::{Failure, OpenRequest, Target, Trouble};
use crate::link::{Cancel, Clock, EventSink, OpenLink, ports};
use crate::time::Stamp;

/// TXD is the only output.
const OUTPUTS: u8 = 0x01;
/// The crate multiplies the rate by this in bit-bang mode.
const MULTIPLIER: u32 = 4;
const LATENCY_MS: u8 = 1;
const PATIENCE: Duration = Duration::from_millis(500);
/// Answers without samples after which nothing comes any more.
const EMPTY_ANSWERS: u32 = 200;

/// A chip in bit-bang mode.
struct Chip {
    device: FtdiDevice,
    clock: Clock,
}

impl Sampler for Chip {
    fn put(&mut self, states: &[u8]) -> io::Result<()> {
        self.device.write_all(states).map_err(io::Error::other)
    }

    fn take(&mut self, states: &mut [u8]) -> io::Result<()> {
        let (mut done, mut empty) = (0, 0);
        while done < states.len() {
            match self.device.read_data(&mut states[done..]).map_err(io::Error::other)? {
                0 if empty == EMPTY_ANSWERS => return Err(io::ErrorKind::TimedOut.into()),
                0 => empty += 1,
                count => (done, empty) = (done + count, 0),
            }
        }
        Ok(())
    }

    fn set_rate(&mut self, hertz: u32) -> io::Result<()> {
        self.device.set_baudrate(hertz / MULTIPLIER).map_err(io::Error::other)?;
        self.device.flush_all().map_err(io::Error::other)
    }

    fn now(&mut self) -> Stamp {
        self.clock.now()
    }

    fn release(&mut self) {
        // What fails here fails because the chip is gone.
        let _ = self.device.disable_bitbang();
    }
}

/// Opens the port of a serial target as pins of its FTDI chip.
///
/// # Errors
/// If it is no FTDI chip, may not be taken from the kernel's driver, or cannot hold the rate.
pub fn open(request: &OpenRequest, sink: EventSink, cancel: &Cancel) -> Result<OpenLink, Trouble> {
    let name = request.target.to_string();
    let info = find(&request.target)?;
    let failed = |error: &dyn std::fmt::Display| {
        Trouble::new(
            Failure::Permission,
            format!("{name}: its FTDI chip cannot be taken over: {error}"),
            "a udev rule for vendor 0403 gives the permission, see docs/inversion.md",
        )
    };
    let mut device = FtdiDevice::from_device_info(info, Interface::Any).map_err(|error| failed(&error))?;
    device.set_read_timeout(PATIENCE);
    device.set_write_timeout(PATIENCE);
    device.set_latency_timer(LATENCY_MS).map_err(|error| failed(&error))?;
    device.set_bitmode(OUTPUTS, BitMode::SyncBB).map_err(|error| failed(&error))?;
    let chip = Chip { device, clock: Clock::start() };
    let line = Sampled::open(chip, &name, &request.inversion.at_the_pins(&request.native))?;
    let remarks = vec![format!(
        "the pins of the FTDI chip make the line, {} samples a second; this was never tested on hardware",
        line.rate()
    )];
    super::start(Box::new(line), name, remarks, request, sink, cancel)
}

/// The USB device behind a serial port.
pub(super) fn find(target: &Target) -> Result<nusb::DeviceInfo, Trouble> {
    use nusb::MaybeFuture as _;

    let Target::Serial(path) = target else {
        let what = format!("{target} is no serial port");
        return Err(Trouble::new(Failure::NotADevice, what, "name the port of an FTDI adapter"));
    };
    let device = std::fs::canonicalize(path).unwrap_or_else(|_| path.clone());
    let port = device
        .file_name()
        .and_then(|file| ports::describe(Path::new("/sys"), Path::new("/dev"), file.to_str()?));
    let Some(place) =
        port.filter(|port| port.driver.as_deref() == Some("ftdi_sio")).and_then(|port| port.topology)
    else {
        let what = format!("{} is not the port of an FTDI chip", path.display());
        return Err(Trouble::new(
            Failure::NotADevice,
            what,
            "see `petterm ports` for the drivers of the ports",
        ));
    };
    let failed = |error: &dyn std::fmt::Display| {
        Trouble::new(Failure::Io, format!("the USB devices cannot be listed: {error}"), "")
    };
    nusb::list_devices()
        .wait()
        .map_err(|error| failed(&error))?
        .find(|info| info.sysfs_path().file_name().is_some_and(|name| name.to_str() == Some(place.as_str())))
        .ok_or_else(|| Trouble::new(Failure::NotFound, format!("{} was unplugged", path.display()), ""))
}
