//! The asynchronous receiver and transmitter: octets to edges and back, in time that is passed in.
//!
//! ```text
//!  mark  ------+     +-----+-- ... --+-----+------------
//!              |start| d0  |  d1..   |par. | stop (1, 1.5 or 2)
//!  space       +-----+-----+-- ... --+-----+
//! ```
//!
//! The two halves share no state and no clock: an [`Encoder`]'s edges may be played into any receiver, and a
//! [`Decoder`] takes edges from anywhere, a recording included. Both work for every [`LineFormat`]; the
//! encoder drives `tx`, the decoder hears `rx`. Facts: `docs/line.md`.
//!
//! [`LineFormat`]: crate::line::LineFormat

mod decoder;
mod encoder;
mod pace;
mod reading;

pub use decoder::{Decoder, Frame, GivenUp, Policy};
pub use encoder::{Encoder, Slot};
