//! The session's pure half: link events, commands and time in; link commands, events and snapshots out.
//!
//! The shell around it opens links, reads the clock, writes files and draws; the engine decides.

mod capture;
mod command;
mod config;
mod endpoint;
mod inversion;
pub mod jumper;
mod reconnect;
pub mod script;
mod scrollback;
mod session;
mod snapshot;
mod tap;
mod target;
mod transfer;
mod translate;
mod transmit;
mod watch;

pub use crate::telnet::Transport;
pub use command::{Command, Event, Outcome};
pub use config::{Echo, Pacing, SessionConfig, TelnetPolicy, Wire};
pub use endpoint::{
    Abilities, Counters, Failure, Flow, Identity, InputPin, LinkCommand, LinkEvent, LinkInfo, Mark, MarkKind,
    Medium, ModemLines, OpenRequest, OutputPin, Trouble, Way,
};
pub use inversion::{ByHand, Cable, Inversion, Inverting, Mechanism, ModemLine};
pub use scrollback::{PastRow, Scrollback};
pub use session::{Mode, Output, Session};
pub use snapshot::{
    HexByte, Notice, PasteProgress, ScreenView, Severity, Snapshot, Status, StatusLink, TransferView,
};
pub use tap::{WirePast, WireView};
pub use target::{Target, TargetError, TcpScheme};
pub use transfer::{Cargo, TransferEnd, TransferReport, TransferRequest, Unfit};
