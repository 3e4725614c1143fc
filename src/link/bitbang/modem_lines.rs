//! The modem lines of a serial port as pins: RTS, DTR or a break for the output, CTS, DSR, DCD or RI for the
//! input.
//!
//! On a TTL adapter an asserted line is low (the pins are called RTS# and CTS#), and a break holds TXD low.

use std::io;
use std::os::fd::AsFd;

use super::hand::Pins;
use crate::engine::{InputPin, OutputPin};
use crate::line::Level;
use crate::link::{Clock, sys};
use crate::time::{Span, Stamp};

/// What is left of a wait is spent looking at the clock: sleeping ends late.
const SPIN: Span = Span::from_micros(120);

/// The modem lines of an open port.
pub struct ModemPins<F: AsFd> {
    port: F,
    output: OutputPin,
    input: InputPin,
    clock: Clock,
}

impl<F: AsFd> ModemPins<F> {
    /// Uses these lines of a port; nothing is driven yet.
    pub fn new(port: F, output: OutputPin, input: InputPin) -> ModemPins<F> {
        ModemPins { port, output, input, clock: Clock::start() }
    }

    fn assert(&self, on: bool) -> io::Result<()> {
        let port = self.port.as_fd();
        Ok(match self.output {
            OutputPin::Rts => sys::drive_modem_bits(port, sys::RTS, on),
            OutputPin::Dtr => sys::drive_modem_bits(port, sys::DTR, on),
            OutputPin::Break => sys::hold_break(port, on),
        }?)
    }
}

impl<F: AsFd + Send> Pins for ModemPins<F> {
    fn drive(&mut self, level: Level) -> io::Result<()> {
        self.assert(level == Level::Low)
    }

    fn sense(&mut self) -> io::Result<Level> {
        let bit = match self.input {
            InputPin::Cts => sys::CTS,
            InputPin::Dsr => sys::DSR,
            InputPin::Dcd => sys::DCD,
            InputPin::Ri => sys::RI,
        };
        let asserted = sys::modem_bits(self.port.as_fd())? & bit != 0;
        Ok(if asserted { Level::Low } else { Level::High })
    }

    fn now(&mut self) -> Stamp {
        self.clock.now()
    }

    fn wait(&mut self, until: Stamp) {
        let left = until.since(self.clock.now());
        if left > SPIN {
            #[expect(clippy::disallowed_methods, reason = "an edge is put out when its time has come")]
            std::thread::sleep(Span(left.0 - SPIN.0).as_duration());
        }
        while self.clock.now() < until {
            std::hint::spin_loop();
        }
    }

    fn release(&mut self) {
        // Deasserted, and no break: as a port is that nobody has open. What fails here fails because it is gone.
        let _ = self.assert(false);
    }
}
