//! Serial ports: a UART that the operating system owns.
//!
//! On Linux the port is driven through termios and the ioctls of the driver, because a terminal for
//! misbehaving lines needs what no portable crate gives: octets with a bad stop bit, error counters, the
//! settings that were there before. Elsewhere the `serialport` crate drives it, with less to tell.
//! What is guaranteed on Linux:
//!
//! - Nothing is written to and no setting is changed on anything that is not a serial device, or that
//!   another program holds.
//! - Settings are read back: a port that did not take them is refused, never run with others.
//! - The settings that were there before are put back when the port is closed or dropped.
//! - A device that was unplugged gives one [`LinkEvent::Closed`](crate::engine::LinkEvent::Closed).
//! - A reconnect opens the same device, whatever its name is now, and never another one.
//!
//! Facts: `docs/serial.md`.

#[cfg(target_os = "linux")]
mod device;
mod frame;
#[cfg(target_os = "linux")]
mod holder;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(any(not(target_os = "linux"), test))]
mod portable;
#[cfg(target_os = "linux")]
mod settings;

#[cfg(target_os = "linux")]
pub(super) use holder::Holders;
#[cfg(target_os = "linux")]
pub use linux::{open, open_lines};
#[cfg(not(target_os = "linux"))]
pub use portable::{open, open_lines};
