//! From layers of settings and a target to what a session is asked to be.
//!
//! This is the one place that knows what `auto` means and which settings do not go together. A contradiction
//! is refused; a setting that the target has no use for is said to have no effect if it was typed.
//!
//! | target | screen | wire | baud | charset |
//! | --- | --- | --- | --- | --- |
//! | serial port, `pty:`, `-`, `loop:`, `play:` | 8032 | ascii | 300 | ascii |
//! | `demo:` | 8032-safe | petscii | 1200 | ascii |
//! | TCP port 64 or 6400, connecting or listening | c64 | petscii | | cp437 |
//! | TCP port 128 | c128-80 | petscii | | cp437 |
//! | any other host or port | ansi | ascii | | cp437 |
//!
//! One axis that is said moves another that is not: on the network a Commodore screen calls for a petscii
//! wire, `ansi` and `ascii` for an ascii one, a petscii wire for a `c64` screen and an ascii one for `ansi`;
//! elsewhere the screens of boards (`8032-safe`, `c64`, `c128-80`, `vic20`) call for a petscii wire.

use super::settings::{Layers, PartialSettings, Source};
use super::values::{
    Charset, Columns, InvertRx, InvertTx, LogChoice, LogLevel, ScreenChoice, Switch, WireChoice,
};
use crate::engine::{Cable, Flow, Inverting, Pacing, SessionConfig, Target, TelnetPolicy, Wire};
use crate::line::{LineFormat, Polarity};
use crate::link::runner::TimeFormat;
use crate::petscii::GlyphTier;
use crate::screen::{Behaviour, ScreenKind};
use crate::time::Span;
use crate::ui::front::Theme;

/// A session's settings, and what the user should be told about them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The settings.
    pub session: SessionConfig,
    /// A line each: settings without effect.
    pub notes: Vec<String>,
}

/// Settings that do not go together, or not with the target.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// XON/XOFF where 11 and 13 are data.
    #[error(
        "flow control 'soft' ({0}) cannot go with a petscii wire, where 11 and 13 (hex) are cursor keys; use --flow none or hard, or --wire ascii"
    )]
    SoftFlow(Source),
    /// A line without bit 7 where bit 7 is data.
    #[error(
        "{setting} ({from}) cannot go with a petscii wire, where bit 7 is half of the characters; leave it out or use --wire ascii"
    )]
    Bit7 {
        /// Which setting.
        setting: &'static str,
        /// Where it was set.
        from: Source,
    },
    /// A screen without a ROM to be strict about.
    #[error("the screen {0} has no strict form ({1}); use --board, or a screen such as 8032")]
    NoStrict(ScreenKind, Source),
    /// A number of columns that the screen cannot show.
    #[error("the screen {screen} has {has} columns, it cannot show {wanted} ({from}); leave --cols out")]
    Columns {
        /// Whose.
        screen: ScreenKind,
        /// How many it has.
        has: u8,
        /// How many were asked for.
        wanted: u8,
        /// Where.
        from: Source,
    },
    /// An inversion of what is no line.
    #[error("{0} is no line that could idle low ({1}); leave --invert, --cable and -inv out")]
    Inversion(Target, Source),
    /// A frame that the mechanisms do not carry.
    #[error("{why}; use --line {baud}-8N1, or an inverter in the cable and --cable inverter")]
    InversionFrame {
        /// What it lacks.
        why: &'static str,
        /// The line's rate.
        baud: u32,
    },
    /// Seven bits of a code that needs eight.
    #[error(
        "shift-TX and misframe-RX carry 7 bits, and on a petscii wire capital letters and colours have bit 7 set; use \
         --wire ascii, or an inverter in the cable and --cable inverter"
    )]
    InversionCode,
    /// Virtual time with a real link.
    #[error("--fast is virtual time, which {0} cannot follow; it goes with demo:, loop: and play: only")]
    Fast(Target),
}

/// What `auto` means for a target.
struct Auto {
    screen: ScreenKind,
    wire: Wire,
    baud: u32,
    charset: &'static str,
}

fn auto(target: &Target) -> Auto {
    let (screen, wire) = match target {
        Target::Demo => (ScreenKind::Safe8032, Wire::Petscii),
        Target::Tcp { port, .. } | Target::Listen { port, .. } => match port {
            64 | 6400 => (ScreenKind::C64, Wire::Petscii),
            128 => (ScreenKind::C128, Wire::Petscii),
            _ => (ScreenKind::Ansi, Wire::Ascii),
        },
        Target::Serial(_) | Target::Pty(_) | Target::Stdio | Target::Loop | Target::Play { .. } => {
            (ScreenKind::Cbm8032, Wire::Ascii)
        }
    };
    Auto {
        screen,
        wire,
        baud: if *target == Target::Demo { 1200 } else { 300 },
        charset: if is_network(target) { "cp437" } else { "ascii" },
    }
}

fn is_network(target: &Target) -> bool {
    matches!(target, Target::Tcp { .. } | Target::Listen { .. })
}

/// Screen and wire, each as said or as the target and the other call for.
fn axes(target: &Target, auto: &Auto, screen: Option<ScreenKind>, wire: Option<Wire>) -> (ScreenKind, Wire) {
    let host_screen = |screen| matches!(screen, ScreenKind::Ansi | ScreenKind::Ascii);
    let board_screen =
        |screen: ScreenKind| !host_screen(screen) && screen.default_behaviour() == Behaviour::Board;
    match (screen, wire) {
        (Some(screen), Some(wire)) => (screen, wire),
        (None, None) => (auto.screen, auto.wire),
        (Some(screen), None) if is_network(target) => {
            (screen, if host_screen(screen) { Wire::Ascii } else { Wire::Petscii })
        }
        (Some(screen), None) => (screen, if board_screen(screen) { Wire::Petscii } else { auto.wire }),
        (None, Some(wire)) if is_network(target) && wire != auto.wire => {
            (if wire == Wire::Petscii { ScreenKind::C64 } else { ScreenKind::Ansi }, wire)
        }
        (None, Some(wire)) => (auto.screen, wire),
    }
}

/// Settles every setting of a session.
///
/// # Errors
/// If settings contradict each other or the target.
pub fn resolve(target: &Target, layers: &Layers) -> Result<Resolved, SettingsError> {
    let s = layers.merged();
    let auto = auto(target);
    let on = |switch: Option<Switch>| switch == Some(Switch(true));
    let wanted_screen = s.screen.and_then(|ScreenChoice(kind)| kind);
    let wanted_wire = s.wire.and_then(|WireChoice(wire)| wire);
    let (screen, wire) = axes(target, &auto, wanted_screen, wanted_wire);

    let behaviour = behaviour(screen, s.strict, layers)?;
    let view40 = view40(screen, s.cols, layers)?;
    let line = line_format(target, &auto, &s);
    let inverting = inverting(target, &line, &s, layers)?;
    if wire == Wire::Petscii {
        refuse_on_petscii(target, &s, &line, layers)?;
        let needed = inverting.needed_at(target, &line);
        if needed.shifts().is_some() || needed.misframes() {
            return Err(SettingsError::InversionCode);
        }
    }
    let telnet = match (s.telnet, s.raw) {
        (Some(Switch(true)), _) => TelnetPolicy::Telnet,
        (_, Some(Switch(true))) => TelnetPolicy::Raw,
        _ => TelnetPolicy::Auto,
    };
    let ms = |delay: Option<super::values::Millis>| Span::from_millis(u64::from(delay.map_or(0, |d| d.0)));
    Ok(Resolved {
        notes: without_effect(target, layers)
            .into_iter()
            .chain(inverts_for_nothing(target, &line, inverting))
            .collect(),
        session: SessionConfig {
            target: target.clone(),
            line,
            inverting,
            strip7: on(s.strip7),
            set7: on(s.set7),
            flow: s.flow.unwrap_or_default(),
            screen,
            behaviour,
            view40,
            wire,
            charset: s.charset.map_or_else(|| auto.charset.to_owned(), |Charset(label)| label),
            telnet,
            telnet_open: on(s.telnet_open),
            cr_nul: !on(s.no_cr_nul),
            // Said aloud, CR NUL holds in transfers as well.
            transfer_cr_nul: s.no_cr_nul == Some(Switch(false)),
            binary: false,
            echo: s.echo.unwrap_or_default(),
            pacing: Pacing {
                character: ms(s.output_delay),
                line: ms(s.line_delay),
                wait_echo: on(s.wait_echo),
                wait_prompt: s.wait_prompt.map(|prompt| prompt.0),
            },
            reconnect: !on(s.no_reconnect),
            timeout: s.timeout.map_or(Span::from_secs(15), |timeout| timeout.0),
            lock: !on(s.no_lock),
            low_latency: on(s.low_latency),
            script: None,
        },
    })
}

/// Refuses virtual time where the far end lives in real time.
///
/// # Errors
/// If the target is not simulated.
pub fn check_fast(target: &Target) -> Result<(), SettingsError> {
    match target {
        Target::Demo | Target::Loop | Target::Play { .. } => Ok(()),
        other => Err(SettingsError::Fast(other.clone())),
    }
}

/// ROM-exact or board, as said or as the screen is by default.
pub(super) fn behaviour(
    screen: ScreenKind,
    strict: Option<Switch>,
    layers: &Layers,
) -> Result<Behaviour, SettingsError> {
    match strict {
        None => Ok(screen.default_behaviour()),
        Some(Switch(false)) => Ok(Behaviour::Board),
        Some(Switch(true)) => match screen {
            ScreenKind::Safe8032 => Err(SettingsError::NoStrict(screen, layers.source("strict"))),
            _ => Ok(Behaviour::Strict),
        },
    }
}

/// Whether 40 columns of 80 are shown.
pub(super) fn view40(
    screen: ScreenKind,
    cols: Option<Columns>,
    layers: &Layers,
) -> Result<bool, SettingsError> {
    let (has, _) = screen.size();
    let wanted = match cols {
        None => return Ok(false),
        Some(Columns::Forty) => 40,
        Some(Columns::Eighty) => 80,
    };
    // A config file's word about 80-column screens does not stand in the way of the others.
    if wanted > has && matches!(layers.source("cols"), Source::File(_)) {
        return Ok(false);
    }
    if wanted > has {
        return Err(SettingsError::Columns { screen, has, wanted, from: layers.source("cols") });
    }
    Ok(wanted < has)
}

fn line_format(target: &Target, auto: &Auto, s: &PartialSettings) -> LineFormat {
    let mut line = s.line.unwrap_or_else(|| LineFormat::new(auto.baud));
    line.baud = s.baud.map_or(line.baud, |baud| baud.0);
    line.data_bits = s.databits.map_or(line.data_bits, |bits| bits.0);
    line.parity = s.parity.unwrap_or(line.parity);
    line.stop = s.stopbits.unwrap_or(line.stop);
    let low = |low| if low { Polarity::IdleLow } else { Polarity::IdleHigh };
    line.tx = low(matches!(s.invert_tx, Some(InvertTx(Some(_)))) && !sees_no_line(target));
    line.rx = low(matches!(s.invert_rx, Some(InvertRx(Some(_)))) && !sees_no_line(target));
    if *target == Target::Demo {
        // A fact of that line, and its ends know it.
        (line.tx, line.rx) = (Polarity::IdleLow, Polarity::IdleLow);
    }
    line
}

/// Networks and pipes carry octets, and there is no line of which we would know.
fn sees_no_line(target: &Target) -> bool {
    is_network(target) || *target == Target::Stdio
}

/// What is done about a line that rests low, or refused.
fn inverting(
    target: &Target,
    line: &LineFormat,
    s: &PartialSettings,
    layers: &Layers,
) -> Result<Inverting, SettingsError> {
    if sees_no_line(target) {
        let wanted = [
            ("invert-tx", matches!(s.invert_tx, Some(InvertTx(Some(_))))),
            ("invert-rx", matches!(s.invert_rx, Some(InvertRx(Some(_))))),
            ("cable", s.cable == Some(Cable::Inverter)),
        ];
        for (name, wanted) in wanted {
            let from = layers.source(name);
            // A profile or a config file speaks of the PET on the desk.
            if wanted && !matches!(from, Source::Profile(_) | Source::File(_)) {
                return Err(SettingsError::Inversion(target.clone(), from));
            }
        }
        return Ok(Inverting::default());
    }
    let inverting = Inverting {
        cable: s.cable.unwrap_or_default(),
        tx: s.invert_tx.and_then(|invert| invert.0).unwrap_or_default(),
        rx: s.invert_rx.and_then(|invert| invert.0).unwrap_or_default(),
    };
    match inverting.needed_at(target, line).unfit(line, s.set7 == Some(Switch(true))) {
        Some(why) => Err(SettingsError::InversionFrame { why, baud: line.baud }),
        None => Ok(inverting),
    }
}

/// A cable that inverts what was not inverted.
fn inverts_for_nothing(target: &Target, line: &LineFormat, inverting: Inverting) -> Option<String> {
    let upright = line.tx == Polarity::IdleHigh || line.rx == Polarity::IdleHigh;
    (matches!(target, Target::Serial(_)) && inverting.cable == Cable::Inverter && upright).then(|| {
        "the cable inverts a line that idles high: say --invert if the PET's program idles low, else take the inverter \
         out"
            .to_owned()
    })
}

/// Whether any layer says something about the line.
pub fn says_line(layers: &Layers) -> bool {
    let s = layers.merged();
    s.line.is_some() || s.baud.is_some() || s.databits.is_some() || s.parity.is_some() || s.stopbits.is_some()
}

/// Whether the user says at which level this line rests; a profile or a config file speaks of the PET on the desk.
pub fn says_polarity(layers: &Layers) -> bool {
    ["invert", "invert-rx", "invert-tx"]
        .iter()
        .any(|name| matches!(layers.source(name), Source::Flag | Source::Environment))
}

fn refuse_on_petscii(
    target: &Target,
    s: &PartialSettings,
    line: &LineFormat,
    layers: &Layers,
) -> Result<(), SettingsError> {
    if s.flow == Some(Flow::Soft) && target.has_line() {
        return Err(SettingsError::SoftFlow(layers.source("flow")));
    }
    for (setting, name, value) in [("--strip7", "strip7", s.strip7), ("--set7", "set7", s.set7)] {
        if value == Some(Switch(true)) {
            return Err(SettingsError::Bit7 { setting, from: layers.source(name) });
        }
    }
    if line.data_bits < 8 && target.has_line() {
        let from = layers.source("databits");
        return Err(SettingsError::Bit7 { setting: "a line of fewer than 8 data bits", from });
    }
    Ok(())
}

/// Settings typed on the command line that the target has no use for.
fn without_effect(target: &Target, layers: &Layers) -> Vec<String> {
    const LINE: &[&str] = &["baud", "databits", "parity", "stopbits", "line"];
    const PORT: &[&str] = &["flow", "low-latency", "no-lock", "no-reconnect"];
    const INVERT: &[&str] = &["invert", "invert-rx", "invert-tx"];
    const NET: &[&str] = &["telnet", "raw", "telnet-open", "no-cr-nul"];
    let mut idle: Vec<&str> = Vec::new();
    if !target.has_line() {
        idle.extend(LINE);
    }
    if !matches!(target, Target::Serial(_)) {
        idle.extend(PORT);
    }
    if !is_network(target) {
        idle.extend(NET);
    }
    if *target == Target::Demo {
        idle.extend(INVERT);
    }
    if !matches!(target, Target::Serial(_) | Target::Pty(_)) {
        idle.push("cable");
    }
    // A layer's word about telnet or raw sets both, and a line sets its parts: tell of what was typed.
    let raw = layers.merged().raw == Some(Switch(true));
    let whole_line = layers.source("line") == Source::Flag;
    // As does a word about both directions, or a line that is said to be inverted.
    let both = layers.source("invert") == Source::Flag;
    idle.into_iter()
        .filter(|name| layers.source(name) == Source::Flag)
        .filter(|name| *name != if raw { "telnet" } else { "raw" })
        .filter(|name| *name == "line" || !(whole_line && LINE.contains(name)))
        .filter(|name| *name == "invert" || !((both || whole_line) && INVERT.contains(name)))
        .map(|name| format!("--{name} has no effect on {target}"))
        .collect()
}

/// What a session shows and writes besides its screen.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// Colours of the tube.
    pub theme: Theme,
    /// What the host's font has.
    pub glyphs: GlyphTier,
    /// Flash in place of a sound.
    pub visual_bell: bool,
    /// The raw log.
    pub log: LogChoice,
    /// JSON lines with these stamps in place of raw bytes.
    pub timestamp: Option<TimeFormat>,
    /// How much petterm tells about itself.
    pub log_level: LogLevel,
    /// The file it tells it to.
    pub debug_log: Option<std::path::PathBuf>,
}

/// Settles everything that does not depend on the target.
pub fn output(layers: &Layers) -> Output {
    let s = layers.merged();
    Output {
        theme: s.theme.unwrap_or_default(),
        glyphs: s.glyphs.unwrap_or_default(),
        visual_bell: s.visual_bell == Some(Switch(true)),
        log: s.log.unwrap_or(LogChoice::Off),
        timestamp: s.timestamp,
        log_level: s.log_level.unwrap_or(LogLevel::Info),
        debug_log: s.debug_log,
    }
}

#[cfg(test)]
mod tests;
