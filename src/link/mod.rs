//! The ends of links.
//!
//! A link is told [`LinkCommand`](crate::engine::LinkCommand)s and tells
//! [`LinkEvent`](crate::engine::LinkEvent)s. Simulated lines are pure; everything that touches the
//! operating system is behind the feature `shell` or `serial`.

#[cfg(feature = "serial")]
pub mod bitbang;
#[cfg(feature = "serial")]
pub mod cargo;
pub mod demo;
#[cfg(feature = "serial")]
pub mod driver;
#[cfg(feature = "shell")]
mod endpoint;
#[cfg(all(feature = "shell", unix))]
mod fd;
#[cfg(feature = "shell")]
mod inversion;
#[cfg(feature = "shell")]
pub mod listen;
#[cfg(feature = "serial")]
mod log;
#[cfg(feature = "serial")]
mod mailbox;
#[cfg(all(feature = "serial", target_os = "linux"))]
pub mod parmrk;
#[cfg(feature = "serial")]
pub mod play;
#[cfg(feature = "serial")]
pub mod ports;
#[cfg(feature = "shell")]
pub mod pty;
#[cfg(feature = "serial")]
pub mod record;
#[cfg(feature = "serial")]
pub mod runner;
#[cfg(feature = "serial")]
pub mod serial;
pub mod sim;
#[cfg(feature = "shell")]
pub mod stdio;
#[cfg(all(feature = "serial", target_os = "linux"))]
mod sys;
#[cfg(feature = "shell")]
pub mod tcp;

#[cfg(feature = "shell")]
pub use endpoint::{Cancel, Clock, Endpoint, EventSink, LinkMessage, OpenLink};
