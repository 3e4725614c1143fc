//! The session's pure half: link events, commands and time in; link commands, events and snapshots out.
//!
//! The shell around it opens links, reads the clock, writes files and draws; the engine decides.

mod capture;
mod command;
mod config;
mod endpoint;
mod reconnect;
pub mod script;
mod scrollback;
mod session;
mod snapshot;
mod target;
mod translate;
mod transmit;
mod watch;

pub use crate::telnet::Transport;
pub use command::{Command, Event, Outcome};
pub use config::{Echo, Pacing, SessionConfig, TelnetPolicy, Wire};
pub use endpoint::{
    Counters, Failure, Flow, Identity, LinkCommand, LinkEvent, LinkInfo, Mark, MarkKind, Medium, ModemLines,
    OpenRequest, Trouble,
};
pub use scrollback::{PastRow, Scrollback};
pub use session::{Mode, Output, Session};
pub use snapshot::{HexByte, Notice, PasteProgress, ScreenView, Severity, Snapshot, Status, StatusLink};
pub use target::{Target, TargetError, TcpScheme};
