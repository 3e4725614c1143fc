//! What a session is asked to be, after flags, environment, profile and file were merged.

use super::{Flow, Inverting, Target};
use crate::line::LineFormat;
use crate::screen::{Behaviour, ScreenKind};
use crate::time::Span;

/// Which character code travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wire {
    /// Commodore codes.
    Petscii,
    /// ASCII, or the host's charset above 7F.
    Ascii,
}

/// What is done with typed characters besides sending them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Echo {
    /// Nothing: the far end echoes.
    #[default]
    Off,
    /// They are shown.
    Local,
    /// They are shown, and what arrives is echoed back: a chat with a PET.
    Both,
}

/// Telnet or raw on a network link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum TelnetPolicy {
    /// Telnet on port 23, or once a whole known IAC command is among the first 256 bytes or 5 s.
    #[default]
    Auto,
    /// Always telnet.
    Telnet,
    /// Never telnet.
    Raw,
}

/// How slowly text is sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pacing {
    /// After each character.
    pub character: Span,
    /// After each line, besides `character`.
    pub line: Span,
    /// Wait for each character's echo.
    pub wait_echo: bool,
    /// After each line wait for this text.
    pub wait_prompt: Option<String>,
}

/// A session's settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionConfig {
    /// Where to.
    pub target: Target,
    /// Speed and frame.
    pub line: LineFormat,
    /// What is done where the far end's line rests at the other level than the adapter's.
    pub inverting: Inverting,
    /// Received bytes lose bit 7.
    pub strip7: bool,
    /// Sent bytes get bit 7.
    pub set7: bool,
    /// Flow control.
    pub flow: Flow,
    /// Whose screen.
    pub screen: ScreenKind,
    /// ROM-exact or as boards expect.
    pub behaviour: Behaviour,
    /// Show 40 columns of an 80-column screen.
    pub view40: bool,
    /// Which code travels.
    pub wire: Wire,
    /// The host's charset on an ASCII wire: a label of `encoding_rs`, or `cp437`.
    pub charset: String,
    /// Telnet or raw.
    pub telnet: TelnetPolicy,
    /// Offer telnet options without being asked first.
    pub telnet_open: bool,
    /// On telnet without BINARY, send NUL after CR.
    pub cr_nul: bool,
    /// In a file transfer too, send NUL after CR on telnet without BINARY, and take it away on receipt.
    pub transfer_cr_nul: bool,
    /// Ask for BINARY both ways once the far end speaks telnet.
    pub binary: bool,
    /// Echo.
    pub echo: Echo,
    /// Pacing of what is sent.
    pub pacing: Pacing,
    /// Open the same device again after it was unplugged.
    pub reconnect: bool,
    /// Connecting, and each wait of a script, may take this long.
    pub timeout: Span,
    /// Take a serial port for us alone.
    pub lock: bool,
    /// Ask the driver to deliver at once.
    pub low_latency: bool,
    /// The script to play, in the words of the command line.
    pub script: Option<String>,
}

impl SessionConfig {
    /// A session with nothing special about it: nothing echoed, paced or stripped, telnet found out, no script.
    pub fn new(target: Target, line: LineFormat, screen: ScreenKind, wire: Wire) -> SessionConfig {
        SessionConfig {
            target,
            line,
            inverting: Inverting::default(),
            strip7: false,
            set7: false,
            flow: Flow::None,
            screen,
            behaviour: screen.default_behaviour(),
            view40: false,
            wire,
            charset: "cp437".to_owned(),
            telnet: TelnetPolicy::Auto,
            telnet_open: false,
            cr_nul: true,
            transfer_cr_nul: false,
            binary: false,
            echo: Echo::Off,
            pacing: Pacing::default(),
            reconnect: true,
            timeout: Span::from_secs(15),
            lock: true,
            low_latency: false,
            script: None,
        }
    }
}
