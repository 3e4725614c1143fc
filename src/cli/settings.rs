//! Every setting of the line, the screen, the network and the session, all optional until they are merged.
//!
//! [`PartialSettings`] is at once the options of the command line, the variables `PETTERM_*`, a profile, a
//! phone book entry and the config file: the long option's name is the name everywhere. Its doc comments
//! are the help. [`Layers`] orders them: flags, then environment, then the phone book entry, then the
//! profile, then the config file; what nobody says is up to [`resolve`](super::resolve::resolve).

use std::path::PathBuf;

use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser};

use super::values::{
    Baud, Charset, Columns, DataBits, Invert, InvertRx, InvertTx, Kind, LogChoice, LogLevel, Millis, Phrase,
    ScreenChoice, Setting, Switch, Timeout, WireChoice,
};
use crate::engine::{Cable, Echo, Flow, Mechanism};
use crate::line::{LineFormat, Parity, Polarity, StopBits};
use crate::link::runner::TimeFormat;
use crate::petscii::GlyphTier;
use crate::ui::front::Theme;

const LINE: &str = "Line";
const SCREEN: &str = "Screen";
const NETWORK: &str = "Network";
const SESSION: &str = "Session";
const TROUBLE: &str = "When something is wrong";

/// Settings of one layer; `None` leaves the setting to the layers below.
#[derive(Args, Clone, Debug, Default, PartialEq)]
pub struct PartialSettings {
    /// Bits a second, 1 to 4000000 (default 300; demo 1200)
    #[arg(short, long, alias = "baudrate", value_name = "N", help_heading = LINE)]
    pub baud: Option<Baud>,
    /// Data bits, 5 to 9 (default 8)
    #[arg(short, long, value_name = "N", help_heading = LINE, hide_short_help = true)]
    pub databits: Option<DataBits>,
    /// none (default), even, odd, mark or space
    #[arg(short, long, value_name = "PARITY", help_heading = LINE, hide_short_help = true)]
    pub parity: Option<Parity>,
    /// 1 (default), 1.5 or 2
    #[arg(short, long, value_name = "N", help_heading = LINE, hide_short_help = true)]
    pub stopbits: Option<StopBits>,
    /// none (default), soft (XON/XOFF) or hard (RTS/CTS)
    ///
    /// `soft` is refused on a petscii wire, where 11 and 13 (hex) are cursor keys.
    #[arg(short, long, value_name = "FLOW", help_heading = LINE, hide_short_help = true)]
    pub flow: Option<Flow>,
    /// All of it at once, such as 300-8N1 or 1200-7E1
    ///
    /// The single options above override their part of it.
    #[arg(long, value_name = "BAUD-8N1", help_heading = LINE)]
    pub line: Option<LineFormat>,
    /// The PET's program idles low (McTerm): auto, shift, ...
    ///
    /// auto (the option alone) and shift work on any adapter and carry text: shift-TX, and misframe-RX. adapter: the
    /// chip inverts, set up beforehand. lines: RTS and CTS in place of the data lines, slow. ftdi: the chip's pins bit by
    /// bit. no: it idles high, whatever a profile says. The session says what works in each direction; -inv in --line means the same.
    #[arg(long, value_name = "HOW", help_heading = LINE,
        num_args = 0..=1, require_equals = true, default_missing_value = "auto")]
    pub invert: Option<Invert>,
    /// The same for the line from the PET alone
    ///
    /// lines-cts, lines-dsr, lines-dcd, lines-ri: which modem line is watched.
    #[arg(long, value_name = "HOW", help_heading = LINE, hide_short_help = true,
        num_args = 0..=1, require_equals = true, default_missing_value = "auto")]
    pub invert_rx: Option<InvertRx>,
    /// The same for the line to the PET alone; shift, fill or rest: how it rests
    ///
    /// rest: a break holds it low between characters, where the driver's break holds. fill: NULs without a gap.
    /// shift: high. lines-rts, lines-dtr, lines-break: which modem line is driven.
    #[arg(long, value_name = "HOW", help_heading = LINE, hide_short_help = true,
        num_args = 0..=1, require_equals = true, default_missing_value = "auto")]
    pub invert_tx: Option<InvertTx>,
    /// plain (default), or inverter: one in each data line
    #[arg(long, value_name = "CABLE", help_heading = LINE, hide_short_help = true)]
    pub cable: Option<Cable>,
    /// Received bytes lose bit 7 (McTerm sets it)
    #[arg(long, value_name = "no", help_heading = LINE, hide_short_help = true)]
    pub strip7: Option<Switch>,
    /// Sent bytes get bit 7
    #[arg(long, value_name = "no", help_heading = LINE, hide_short_help = true)]
    pub set7: Option<Switch>,
    /// Wait after each character sent, 0 to 10000 ms
    #[arg(short, long, value_name = "MS", help_heading = LINE, hide_short_help = true)]
    pub output_delay: Option<Millis>,
    /// Wait after each line sent, 0 to 10000 ms
    #[arg(short = 'O', long, value_name = "MS", help_heading = LINE, hide_short_help = true)]
    pub line_delay: Option<Millis>,
    /// Wait for each character's echo before the next is sent
    #[arg(long, value_name = "no", help_heading = LINE, hide_short_help = true)]
    pub wait_echo: Option<Switch>,
    /// After each line sent, wait for this text
    #[arg(long, value_name = "TEXT", help_heading = LINE, hide_short_help = true)]
    pub wait_prompt: Option<Phrase>,
    /// Ask the driver to deliver received bytes at once
    #[arg(long, value_name = "no", help_heading = LINE, hide_short_help = true)]
    pub low_latency: Option<Switch>,
    /// Share the port with other programs
    #[arg(long, value_name = "no", help_heading = LINE, hide_short_help = true)]
    pub no_lock: Option<Switch>,
    /// Do not open the device again after it was unplugged
    #[arg(short, long, value_name = "no", help_heading = LINE, hide_short_help = true)]
    pub no_reconnect: Option<Switch>,

    /// Whose screen: auto (default), 8032, c64, ansi, ...
    ///
    /// auto, 8032-safe, 8032, 4032, 2001-n, c64, c128-80, vic20, ansi or ascii. auto is for serial ports 8032, for
    /// demo: 8032-safe, for TCP ports 64 and 6400 c64, for 128 c128-80 and for other hosts ansi.
    #[arg(long, value_name = "SCREEN", help_heading = SCREEN)]
    pub screen: Option<ScreenChoice>,
    /// ROM-exact: quote mode, linked lines (default of 8032, 4032, 2001-n)
    #[arg(long, value_name = "no", help_heading = SCREEN, hide_short_help = true)]
    pub strict: Option<Switch>,
    /// As bulletin boards expect it (default of the other screens)
    #[arg(long, value_name = "no", help_heading = SCREEN, hide_short_help = true)]
    pub board: Option<Switch>,
    /// 40 or 80 columns of an 80-column screen
    #[arg(long, value_name = "N", help_heading = SCREEN, hide_short_help = true)]
    pub cols: Option<Columns>,
    /// Which code travels: auto (default), petscii or ascii
    #[arg(long, value_name = "WIRE", help_heading = SCREEN)]
    pub wire: Option<WireChoice>,
    /// Host charset on an ascii wire: cp437, ascii, utf-8, ...
    #[arg(long, value_name = "LABEL", help_heading = SCREEN, hide_short_help = true)]
    pub charset: Option<Charset>,
    /// green (default), amber, white or colour
    #[arg(long, value_name = "THEME", help_heading = SCREEN, hide_short_help = true)]
    pub theme: Option<Theme>,
    /// unicode (default), box or ascii: what your terminal's font has
    #[arg(long, value_name = "TIER", help_heading = SCREEN, hide_short_help = true)]
    pub glyphs: Option<GlyphTier>,
    /// Flash the bezel in place of a sound
    #[arg(long, value_name = "no", help_heading = SCREEN, hide_short_help = true)]
    pub visual_bell: Option<Switch>,

    /// Always telnet
    #[arg(long, value_name = "no", help_heading = NETWORK)]
    pub telnet: Option<Switch>,
    /// Never telnet
    #[arg(long, value_name = "no", help_heading = NETWORK, hide_short_help = true)]
    pub raw: Option<Switch>,
    /// Offer telnet options without being asked first
    #[arg(long, value_name = "no", help_heading = NETWORK, hide_short_help = true)]
    pub telnet_open: Option<Switch>,
    /// Send a bare CR on telnet, not CR NUL
    #[arg(long, value_name = "no", help_heading = NETWORK, hide_short_help = true)]
    pub no_cr_nul: Option<Switch>,
    /// Seconds for a connect and for each wait of a script (default 15)
    #[arg(long, value_name = "S", help_heading = NETWORK, hide_short_help = true)]
    pub timeout: Option<Timeout>,

    /// Show what you type (as --echo local)
    #[arg(short = 'e', long, value_name = "no", help_heading = SESSION, hide_short_help = true)]
    pub local_echo: Option<Switch>,
    /// off (default), local, or both: echo back as well
    #[arg(long, value_name = "ECHO", help_heading = SESSION)]
    pub echo: Option<Echo>,
    /// Append received bytes to a log
    #[arg(
        short = 'L', long, value_name = "FILE", help_heading = SESSION,
        num_args = 0..=1, require_equals = true, default_missing_value = "",
        value_parser = OsStringValueParser::new().map(LogChoice::from_os),
    )]
    pub log: Option<LogChoice>,
    /// Log as JSON lines with 24hour, iso8601 or relative stamps
    #[arg(
        short, long, value_name = "FORMAT", help_heading = SESSION,
        num_args = 0..=1, require_equals = true, default_missing_value = "24hour", hide_short_help = true)]
    pub timestamp: Option<TimeFormat>,

    /// How much --debug-log holds: error, warn, info (default), debug or trace
    #[arg(long, value_name = "LEVEL", help_heading = TROUBLE, hide_short_help = true)]
    pub log_level: Option<LogLevel>,
    /// Write petterm's own doings to a file
    #[arg(long, value_name = "FILE", help_heading = TROUBLE, hide_short_help = true)]
    pub debug_log: Option<PathBuf>,
}

/// A value as a file or a variable holds it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Raw<'a> {
    /// `true` or `false`.
    Switch(bool),
    /// A number, in its own spelling.
    Number(&'a str),
    /// A string.
    Text(&'a str),
}

/// Why a value was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No setting has this name.
    Unknown,
    /// Another kind of value is needed.
    Kind(String),
    /// The value is out of range; what is needed.
    Value(String),
}

fn take<T: Setting>(slot: &mut Option<T>, raw: Raw<'_>) -> Result<(), Refusal> {
    let (kind, text) = match raw {
        Raw::Switch(true) => (Kind::Switch, "true"),
        Raw::Switch(false) => (Kind::Switch, "false"),
        Raw::Number(text) => (Kind::Number, text),
        Raw::Text(text) => (Kind::Text, text),
    };
    if !T::KINDS.contains(&kind) {
        let kinds: Vec<_> = T::KINDS.iter().map(|kind| kind.name()).collect();
        return Err(Refusal::Kind(kinds.join(" or ")));
    }
    *slot = Some(T::parse(text).map_err(Refusal::Value)?);
    Ok(())
}

/// Calls a macro with all fields in the order of the help.
macro_rules! with_fields {
    ($then:ident) => {
        $then!(
            baud databits parity stopbits flow line invert invert_rx invert_tx cable strip7 set7 output_delay line_delay wait_echo wait_prompt
            low_latency no_lock no_reconnect screen strict board cols wire charset theme glyphs visual_bell
            telnet raw telnet_open no_cr_nul timeout local_echo echo log timestamp log_level debug_log
        );
    };
}

macro_rules! field_functions {
    ($($field:ident)+) => {
        /// The names of all settings, as clap and the environment spell them (with `_`).
        pub(super) const FIELDS: &[&str] = &[$(stringify!($field)),+];

        impl PartialSettings {
            /// Sets a setting by its long option's name.
            ///
            /// # Errors
            /// If there is no such setting or the value is not one of its values.
            pub fn set(&mut self, name: &str, raw: Raw<'_>) -> Result<(), Refusal> {
                match name.replace('-', "_").as_str() {
                    // A `_` is clap's spelling, not the user's.
                    _ if name.contains('_') => Err(Refusal::Unknown),
                    $(stringify!($field) => take(&mut self.$field, raw),)+
                    _ => Err(Refusal::Unknown),
                }
            }

            /// What is set, in the order of the help: long name, kind to write it as, and value.
            pub fn entries(&self) -> Vec<(String, Kind, String)> {
                let mut out = Vec::new();
                $(if let Some(value) = &self.$field {
                    out.push((stringify!($field).replace('_', "-"), written_as(value), value.show()));
                })+
                out
            }

            /// Only the settings whose names (with `_`) the filter lets through.
            #[must_use]
            pub(super) fn filtered(mut self, keep: impl Fn(&str) -> bool) -> PartialSettings {
                $(if !keep(stringify!($field)) { self.$field = None; })+
                self
            }

            fn or(self, below: &PartialSettings) -> PartialSettings {
                PartialSettings { $($field: self.$field.or_else(|| below.$field.clone())),+ }
            }
        }
    };
}
with_fields!(field_functions);

/// How a value is written in a file: a switch or a number bare, the rest in quotes.
fn written_as<T: Setting>(value: &T) -> Kind {
    let shown = value.show();
    if T::KINDS.contains(&Kind::Switch) && matches!(shown.as_str(), "true" | "false") {
        Kind::Switch
    } else if T::KINDS.contains(&Kind::Number) {
        Kind::Number
    } else {
        Kind::Text
    }
}

/// The long names of all settings that a config file may hold.
pub fn names() -> Vec<String> {
    FIELDS.iter().map(|field| field.replace('_', "-")).collect()
}

/// Which layer a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The command line.
    Flag,
    /// A variable `PETTERM_*`.
    Environment,
    /// A phone book entry.
    Entry(String),
    /// A profile.
    Profile(String),
    /// The config file.
    File(PathBuf),
    /// Nobody said anything.
    Default,
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Source::Flag => f.write_str("command line"),
            Source::Environment => f.write_str("environment"),
            Source::Entry(name) => write!(f, "phone book entry '{name}'"),
            Source::Profile(name) => write!(f, "profile {name}"),
            Source::File(path) => write!(f, "{}", path.display()),
            Source::Default => f.write_str("default"),
        }
    }
}

/// Settings that exclude each other within one layer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{first} and {second} exclude each other ({source_name}); leave one out")]
pub struct Conflict {
    /// The one.
    pub first: &'static str,
    /// The other.
    pub second: &'static str,
    /// Where they stand.
    pub source_name: String,
}

/// All layers, highest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layers(Vec<(Source, PartialSettings)>);

impl Layers {
    /// No layers: all defaults.
    pub fn new() -> Layers {
        Layers::default()
    }

    /// Adds a layer below those that are there. Settings that are two spellings of one thing are brought to
    /// one: `line` to its parts, `local-echo` to `echo`, `raw` and `board` to the one of the pair that is
    /// on, so that a higher layer's word replaces the whole of a lower one's.
    ///
    /// # Errors
    /// If the layer contradicts itself.
    pub fn push(&mut self, source: Source, settings: PartialSettings) -> Result<(), Conflict> {
        let settings = canonical(settings).map_err(|(first, second)| Conflict {
            first,
            second,
            source_name: source.to_string(),
        })?;
        self.0.push((source, settings));
        Ok(())
    }

    /// The settings of all layers: the highest layer that says something about a setting decides it.
    pub fn merged(&self) -> PartialSettings {
        self.0.iter().fold(PartialSettings::default(), |merged, (_, layer)| merged.or(layer))
    }

    /// Which layer decides the setting of this long name.
    pub fn source(&self, name: &str) -> Source {
        self.0
            .iter()
            .find(|(_, layer)| layer.entries().iter().any(|(known, _, _)| known == name))
            .map_or(Source::Default, |(source, _)| source.clone())
    }
}

/// Brings two spellings of one thing to one.
fn canonical(mut s: PartialSettings) -> Result<PartialSettings, (&'static str, &'static str)> {
    if let Some(line) = s.line {
        s.baud = s.baud.or(Some(Baud(line.baud)));
        s.databits = s.databits.or(Some(DataBits(line.data_bits)));
        s.parity = s.parity.or(Some(line.parity));
        s.stopbits = s.stopbits.or(Some(line.stop));
    }
    if let Some(Invert(how)) = s.invert {
        s.invert_rx = s.invert_rx.or(Some(InvertRx(how)));
        s.invert_tx = s.invert_tx.or(Some(InvertTx(how)));
    }
    if let Some(line) = s.line {
        let auto = Some(Mechanism::Auto);
        if line.rx == Polarity::IdleLow && s.invert_rx.get_or_insert(InvertRx(auto)).0.is_none()
            || line.tx == Polarity::IdleLow && s.invert_tx.get_or_insert(InvertTx(auto)).0.is_none()
        {
            return Err(("-inv in --line", "--invert=no"));
        }
    }
    if s.local_echo.is_some() && s.echo.is_some() {
        return Err(("--local-echo", "--echo"));
    }
    if let Some(Switch(on)) = s.local_echo.take() {
        s.echo = Some(if on { Echo::Local } else { Echo::Off });
    }
    let on = Some(Switch(true));
    if s.telnet == on && s.raw == on {
        return Err(("--telnet", "--raw"));
    }
    if s.telnet.is_some() || s.raw.is_some() {
        s.telnet = s.telnet.or(Some(Switch(false)));
        s.raw = s.raw.or(Some(Switch(false)));
    }
    match (s.strict.take(), s.board.take()) {
        (Some(Switch(true)), Some(Switch(true))) => return Err(("--strict", "--board")),
        (Some(Switch(true)), _) | (None, Some(Switch(false))) => s.strict = on,
        (_, Some(Switch(true))) | (Some(Switch(false)), None) => s.strict = Some(Switch(false)),
        (Some(Switch(false)), Some(Switch(false))) | (None, None) => {}
    }
    Ok(s)
}

#[cfg(test)]
mod tests;
