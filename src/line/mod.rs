//! How bytes ride a wire: levels, bits, frames and what an operating system's UART leaves to us.
//!
//! A [`Level`] is volts on a pin, a [`Bit`] is meaning, and a [`Polarity`] is the only thing that turns
//! one into the other, once per direction. Nothing in petterm inverts a byte to repair a line.
//!
//! ```text
//! octets --Codec--> octets of an 8N1 port          a serial port: the system owns the UART
//! octets --Codec--> frames --Encoder--> edges      a line that we see ourselves
//! octets <--Codec-- frames <--Decoder-- edges
//! ```
//!
//! Where a port's UART rests high and the far end's line low, [`ShiftTx`] and [`Misframe`] stand between octets
//! and port. Facts: `docs/line.md`, `docs/inversion.md`.

mod codec;
pub mod detect;
mod format;
mod level;
mod misframe;
mod shift;
pub mod sweep;
pub mod uart;

pub use codec::Codec;
pub use format::{BitOrder, LineFormat, LineFormatError, Parity, StopBits};
pub use level::{Bit, Edge, Level, Polarity};
pub use misframe::{Finding, Meaning, Misframe, MisframeOut, Timing};
pub use shift::{Resting, ShiftOut, ShiftTx};

#[cfg(test)]
mod tests;
