//! How a line that rests at the wrong level is dealt with, each direction by a named mechanism.
//!
//! Which level the far end's program rests at is a fact of that program, an inverter is a fact of the cable; what the
//! adapter sees is the two together. Where that is an idle-low line, something has to be done, and what is done
//! here is named and never a change of polarity of bytes. Facts: `docs/inversion.md`.

use super::{InputPin, OutputPin, Target};
use crate::line::{LineFormat, Parity, Polarity, Resting};

const BOTH: &str = "ftdi and lines make the lines of both directions: say --invert=ftdi or --invert=lines";

/// What is in the data lines between the adapter and the far end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Cable {
    /// Wire.
    #[default]
    Plain,
    /// An inverter in each of them.
    Inverter,
}

/// How a direction is inverted where the cable does not do it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mechanism {
    /// What works on every adapter: shift-TX, and misframe-RX.
    #[default]
    Auto,
    /// The adapter's chip inverts, set up beforehand.
    Adapter,
    /// shift-TX and misframe-RX; how the line that we drive rests, if that was said.
    Shift(Option<Resting>),
    /// FTDI bit-bang.
    Ftdi,
    /// Modem lines in place of the data lines; which one, if that was said.
    Lines(Option<ModemLine>),
}

/// A line of a serial port that takes the place of a data line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ModemLine {
    /// In place of the one that we drive.
    Output(OutputPin),
    /// In place of the one that we hear.
    Input(InputPin),
}

/// A line that petterm makes and watches itself, in place of the port's UART.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ByHand {
    /// By the port's modem lines.
    Lines(OutputPin, InputPin),
    /// By the pins of an FTDI chip.
    FtdiPins,
}

/// What is wanted of each direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Inverting {
    /// What is in the cable.
    pub cable: Cable,
    /// How what we send is inverted, should it be needed.
    pub tx: Mechanism,
    /// How what we hear is inverted, should it be needed.
    pub rx: Mechanism,
}

/// What a link has to invert; `None` where the adapter sees an ordinary line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Inversion {
    /// To the far end.
    pub tx: Option<Mechanism>,
    /// From the far end.
    pub rx: Option<Mechanism>,
}

impl Inverting {
    /// What a link to this target has to invert: where petterm sees edges, and on a network, nothing.
    pub fn needed_at(&self, target: &Target, line: &LineFormat) -> Inversion {
        match target {
            Target::Serial(_) | Target::Pty(_) => self.needed(line),
            _ => Inversion::default(),
        }
    }

    /// What has to be done where a program with this line is at the far end.
    pub fn needed(&self, line: &LineFormat) -> Inversion {
        let needed = |polarity| match (polarity, self.cable) {
            (Polarity::IdleLow, Cable::Plain) | (Polarity::IdleHigh, Cable::Inverter) => true,
            (Polarity::IdleHigh, Cable::Plain) | (Polarity::IdleLow, Cable::Inverter) => false,
        };
        Inversion { tx: needed(line.tx).then_some(self.tx), rx: needed(line.rx).then_some(self.rx) }
    }
}

impl Inversion {
    /// Whether octets that are sent go through shift-TX, and how the line rests if that was said.
    pub const fn shifts(&self) -> Option<Option<Resting>> {
        match self.tx {
            Some(Mechanism::Auto) => Some(None),
            Some(Mechanism::Shift(resting)) => Some(resting),
            _ => None,
        }
    }

    /// Whether octets that arrive go through misframe-RX.
    pub const fn misframes(&self) -> bool {
        matches!(self.rx, Some(Mechanism::Auto | Mechanism::Shift(_)))
    }

    /// What shift-TX or misframe-RX lacks for frames of this line, if anything: both leave the eighth data bit clear.
    pub fn unfit(&self, line: &LineFormat, set7: bool) -> Option<&'static str> {
        let clear = matches!((line.data_bits, line.parity), (8, Parity::None) | (7, Parity::Space));
        let shifts = self.shifts().is_some();
        if !(shifts || self.misframes()) {
            None
        } else if !clear || !line.fits_8n1() {
            Some("shift-TX and misframe-RX carry 8N1 with bit 7 clear, or 7S1, and no other frames")
        } else if set7 && shifts {
            Some("shift-TX cannot set bit 7")
        } else {
            None
        }
    }

    /// Whether a direction is done by this mechanism.
    pub fn uses(&self, mechanism: Mechanism) -> bool {
        self.tx == Some(mechanism) || self.rx == Some(mechanism)
    }

    /// Who makes the lines, if not the port's UART; nobody can make one of them alone.
    ///
    /// # Errors
    /// A word about it, if the other direction is to be inverted by something else.
    pub fn by_hand(&self) -> Result<Option<ByHand>, &'static str> {
        let hand = |mechanism: Option<Mechanism>| match mechanism {
            Some(Mechanism::Ftdi) => Some(None),
            Some(Mechanism::Lines(pin)) => Some(Some(pin)),
            _ => None,
        };
        let (tx, rx) = match (hand(self.tx), hand(self.rx)) {
            (None, None) => return Ok(None),
            (Some(_), None) if self.rx.is_some() => return Err(BOTH),
            (None, Some(_)) if self.tx.is_some() => return Err(BOTH),
            pair => pair,
        };
        match (tx, rx) {
            (Some(None), None | Some(None)) | (None, Some(None)) => Ok(Some(ByHand::FtdiPins)),
            (Some(Some(_)), Some(None)) | (Some(None), Some(Some(_))) => Err(BOTH),
            (tx, rx) => {
                let output = match tx.flatten().flatten() {
                    Some(ModemLine::Output(pin)) => pin,
                    _ => OutputPin::default(),
                };
                let input = match rx.flatten().flatten() {
                    Some(ModemLine::Input(pin)) => pin,
                    _ => InputPin::default(),
                };
                Ok(Some(ByHand::Lines(output, input)))
            }
        }
    }

    /// The line as the pins have it: low at rest where something has to invert.
    #[must_use]
    pub fn at_the_pins(&self, native: &LineFormat) -> LineFormat {
        let rest = |inverted: bool| if inverted { Polarity::IdleLow } else { Polarity::IdleHigh };
        LineFormat { tx: rest(self.tx.is_some()), rx: rest(self.rx.is_some()), ..*native }
    }
}
