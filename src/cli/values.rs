//! The values of settings: one parser and one spelling for flags, environment, config file and phone book.
//!
//! Every type here says what it expects in words, reads exactly one spelling of each value and prints it
//! back the same, so that `petterm config` shows what can be pasted into the file. A value out of range is
//! refused before anything is opened.

use std::ffi::OsStr;
use std::marker::PhantomData;
use std::path::PathBuf;

use clap::builder::{PossibleValue, TypedValueParser, ValueParserFactory};

use crate::engine::{Cable, Echo, Flow, InputPin, Mechanism, ModemLine, OutputPin, Wire};
use crate::line::{LineFormat, LineFormatError, Parity, Resting, StopBits};
use crate::link::runner::TimeFormat;
use crate::petscii::GlyphTier;
use crate::petscii::host::{CharsetError, HostCharset};
use crate::screen::ScreenKind;
use crate::time::Span;
use crate::ui::front::Theme;

/// A parser of a few words that also tells them, so that the shells can complete them.
#[derive(Clone)]
pub(super) struct OneOf<T> {
    words: Vec<&'static str>,
    parse: fn(&str) -> Result<T, String>,
}

impl<T> OneOf<T> {
    /// The words, and what reads them and says what is expected.
    pub(super) fn new<const N: usize>(
        words: [&'static str; N],
        parse: fn(&str) -> Result<T, String>,
    ) -> OneOf<T> {
        OneOf { words: words.to_vec(), parse }
    }
}

impl<T: Clone + Send + Sync + 'static> TypedValueParser for OneOf<T> {
    type Value = T;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<T, clap::Error> {
        self.parse.parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.words.iter().map(PossibleValue::new)))
    }
}

/// What a config file may hold for a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `true` or `false`.
    Switch,
    /// A number, whole or with a fraction.
    Number,
    /// A string.
    Text,
}

impl Kind {
    /// As a config file's reader is told.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Switch => "true or false",
            Kind::Number => "a number",
            Kind::Text => "a string",
        }
    }
}

/// A value of a setting.
pub trait Setting: Sized + Clone + Send + Sync + 'static {
    /// The kinds a config file may use for it.
    const KINDS: &'static [Kind];

    /// The spellings, where there is a fixed list.
    fn names() -> Vec<&'static str> {
        Vec::new()
    }

    /// Reads the one spelling.
    ///
    /// # Errors
    /// What is expected instead, in words.
    fn parse(text: &str) -> Result<Self, String>;

    /// The spelling that [`Setting::parse`] reads.
    fn show(&self) -> String;
}

/// Reads a setting for clap, with its list of values for help and completions.
#[derive(Clone, Debug)]
pub struct SettingParser<T>(PhantomData<T>);

impl<T: Setting> TypedValueParser for SettingParser<T> {
    type Value = T;

    fn parse_ref(
        &self,
        cmd: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<T, clap::Error> {
        TypedValueParser::parse_ref(&(|text: &str| T::parse(text)), cmd, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let names = T::names();
        (!names.is_empty())
            .then(|| Box::new(names.into_iter().map(PossibleValue::new)) as Box<dyn Iterator<Item = _>>)
    }
}

macro_rules! clap_reads {
    ($($type:ty),+ $(,)?) => { $(
        impl ValueParserFactory for $type {
            type Parser = SettingParser<$type>;
            fn value_parser() -> Self::Parser {
                SettingParser(PhantomData)
            }
        }
    )+ };
}

clap_reads!(
    Baud,
    DataBits,
    Parity,
    StopBits,
    Flow,
    LineFormat,
    Switch,
    Millis,
    Phrase,
    ScreenChoice,
    WireChoice,
    Columns,
    Charset,
    Echo,
    TimeFormat,
    Theme,
    GlyphTier,
    Dump,
    Timeout,
    LogLevel,
    Invert,
    InvertRx,
    InvertTx,
    Cable,
);

macro_rules! choices {
    ($type:ty, $kinds:expr, $($name:literal => $value:expr),+ $(,)?) => {
        impl Setting for $type {
            const KINDS: &'static [Kind] = $kinds;

            fn names() -> Vec<&'static str> {
                vec![$($name),+]
            }

            fn parse(text: &str) -> Result<Self, String> {
                let values = [$(($name, $value)),+];
                values
                    .into_iter()
                    .find(|(name, _)| name.eq_ignore_ascii_case(text))
                    .map(|(_, value)| value)
                    .ok_or_else(|| format!("one of {} is needed", Self::names().join(", ")))
            }

            fn show(&self) -> String {
                let values = [$(($name, $value)),+];
                values.iter().find(|(_, value)| value == self).map_or("", |(name, _)| name).to_owned()
            }
        }
    };
}

choices!(Parity, &[Kind::Text],
    "none" => Parity::None, "even" => Parity::Even, "odd" => Parity::Odd,
    "mark" => Parity::Mark, "space" => Parity::Space);
choices!(StopBits, &[Kind::Number, Kind::Text],
    "1" => StopBits::One, "1.5" => StopBits::OneAndHalf, "2" => StopBits::Two);
choices!(Flow, &[Kind::Text], "none" => Flow::None, "soft" => Flow::Soft, "hard" => Flow::Hard);
choices!(Echo, &[Kind::Text], "off" => Echo::Off, "local" => Echo::Local, "both" => Echo::Both);
choices!(Theme, &[Kind::Text],
    "green" => Theme::Green, "amber" => Theme::Amber, "white" => Theme::White, "colour" => Theme::Colour);
choices!(GlyphTier, &[Kind::Text],
    "unicode" => GlyphTier::Unicode, "box" => GlyphTier::Box, "ascii" => GlyphTier::Ascii);

choices!(Cable, &[Kind::Text], "plain" => Cable::Plain, "inverter" => Cable::Inverter);

/// Whether the far end's line rests low, and what inverts it; the name of the option alone is `auto`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invert(pub Option<Mechanism>);

/// The same for the line that we drive, with what a shifted line does between characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvertTx(pub Option<Mechanism>);

/// The same for the line that we hear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvertRx(pub Option<Mechanism>);

const fn by_output(pin: OutputPin) -> Mechanism {
    Mechanism::Lines(Some(ModemLine::Output(pin)))
}

const fn by_input(pin: InputPin) -> Mechanism {
    Mechanism::Lines(Some(ModemLine::Input(pin)))
}

choices!(Invert, &[Kind::Switch, Kind::Text],
    "auto" => Invert(Some(Mechanism::Auto)), "adapter" => Invert(Some(Mechanism::Adapter)),
    "shift" => Invert(Some(Mechanism::Shift(None))), "ftdi" => Invert(Some(Mechanism::Ftdi)),
    "lines" => Invert(Some(Mechanism::Lines(None))), "no" => Invert(None),
    "true" => Invert(Some(Mechanism::Auto)), "yes" => Invert(Some(Mechanism::Auto)), "false" => Invert(None));
choices!(InvertRx, &[Kind::Switch, Kind::Text],
    "auto" => InvertRx(Some(Mechanism::Auto)), "adapter" => InvertRx(Some(Mechanism::Adapter)),
    "shift" => InvertRx(Some(Mechanism::Shift(None))), "ftdi" => InvertRx(Some(Mechanism::Ftdi)),
    "lines" => InvertRx(Some(Mechanism::Lines(None))),
    "lines-cts" => InvertRx(Some(by_input(InputPin::Cts))), "lines-dsr" => InvertRx(Some(by_input(InputPin::Dsr))),
    "lines-dcd" => InvertRx(Some(by_input(InputPin::Dcd))), "lines-ri" => InvertRx(Some(by_input(InputPin::Ri))),
    "no" => InvertRx(None), "true" => InvertRx(Some(Mechanism::Auto)), "yes" => InvertRx(Some(Mechanism::Auto)),
    "false" => InvertRx(None));
choices!(InvertTx, &[Kind::Switch, Kind::Text],
    "auto" => InvertTx(Some(Mechanism::Auto)), "adapter" => InvertTx(Some(Mechanism::Adapter)),
    "shift" => InvertTx(Some(Mechanism::Shift(Some(Resting::High)))),
    "fill" => InvertTx(Some(Mechanism::Shift(Some(Resting::Fill)))),
    "rest" => InvertTx(Some(Mechanism::Shift(Some(Resting::Break)))),
    "ftdi" => InvertTx(Some(Mechanism::Ftdi)), "lines" => InvertTx(Some(Mechanism::Lines(None))),
    "lines-rts" => InvertTx(Some(by_output(OutputPin::Rts))), "lines-dtr" => InvertTx(Some(by_output(OutputPin::Dtr))),
    "lines-break" => InvertTx(Some(by_output(OutputPin::Break))),
    "no" => InvertTx(None), "true" => InvertTx(Some(Mechanism::Auto)), "yes" => InvertTx(Some(Mechanism::Auto)),
    "false" => InvertTx(None));

/// A number in a range, the ends included.
fn number<T: std::str::FromStr + PartialOrd + std::fmt::Display + Copy>(
    text: &str,
    least: T,
    most: T,
) -> Result<T, String> {
    match text.parse::<T>() {
        Ok(n) if n >= least && n <= most => Ok(n),
        _ => Err(format!("a whole number from {least} to {most} is needed")),
    }
}

/// Bits a second, 1 to 4,000,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Baud(pub u32);

impl Setting for Baud {
    const KINDS: &'static [Kind] = &[Kind::Number];

    fn parse(text: &str) -> Result<Baud, String> {
        number(text, 1, 4_000_000).map(Baud)
    }

    fn show(&self) -> String {
        self.0.to_string()
    }
}

/// Data bits of a frame, 5 to 9.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataBits(pub u8);

impl Setting for DataBits {
    const KINDS: &'static [Kind] = &[Kind::Number];

    fn parse(text: &str) -> Result<DataBits, String> {
        number(text, 5, 9).map(DataBits)
    }

    fn show(&self) -> String {
        self.0.to_string()
    }
}

impl Setting for LineFormat {
    const KINDS: &'static [Kind] = &[Kind::Text];

    fn parse(text: &str) -> Result<LineFormat, String> {
        text.parse().map_err(|error: LineFormatError| error.to_string())
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

/// A setting that is on or off. On the command line the name alone switches it on, `=no` off again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Switch(pub bool);

impl Setting for Switch {
    const KINDS: &'static [Kind] = &[Kind::Switch];

    fn names() -> Vec<&'static str> {
        vec!["yes", "no"]
    }

    fn parse(text: &str) -> Result<Switch, String> {
        match text.to_ascii_lowercase().as_str() {
            "yes" | "true" | "on" | "1" => Ok(Switch(true)),
            "no" | "false" | "off" | "0" => Ok(Switch(false)),
            _ => Err("yes or no is needed".to_owned()),
        }
    }

    fn show(&self) -> String {
        self.0.to_string()
    }
}

/// A delay of 0 to 10,000 ms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Millis(pub u16);

impl Setting for Millis {
    const KINDS: &'static [Kind] = &[Kind::Number];

    fn parse(text: &str) -> Result<Millis, String> {
        number(text, 0, 10_000)
            .map(Millis)
            .map_err(|expected| expected.replace("a whole number", "a whole number of milliseconds"))
    }

    fn show(&self) -> String {
        self.0.to_string()
    }
}

/// A text that is not empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phrase(pub String);

impl Setting for Phrase {
    const KINDS: &'static [Kind] = &[Kind::Text];

    fn parse(text: &str) -> Result<Phrase, String> {
        if text.is_empty() { Err("a text is needed".to_owned()) } else { Ok(Phrase(text.to_owned())) }
    }

    fn show(&self) -> String {
        self.0.clone()
    }
}

/// A screen by name, or `auto`: what the target calls for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScreenChoice(pub Option<ScreenKind>);

impl Setting for ScreenChoice {
    const KINDS: &'static [Kind] = &[Kind::Text];

    fn names() -> Vec<&'static str> {
        std::iter::once("auto").chain(ScreenKind::ALL.into_iter().map(ScreenKind::name)).collect()
    }

    fn parse(text: &str) -> Result<ScreenChoice, String> {
        if text.eq_ignore_ascii_case("auto") {
            return Ok(ScreenChoice(None));
        }
        text.parse()
            .map(|kind| ScreenChoice(Some(kind)))
            .map_err(|_| format!("one of {} is needed", ScreenChoice::names().join(", ")))
    }

    fn show(&self) -> String {
        self.0.map_or("auto", ScreenKind::name).to_owned()
    }
}

/// A wire code by name, or `auto`: what the target and the screen call for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WireChoice(pub Option<Wire>);

choices!(WireChoice, &[Kind::Text],
    "auto" => WireChoice(None), "petscii" => WireChoice(Some(Wire::Petscii)),
    "ascii" => WireChoice(Some(Wire::Ascii)));

/// How many columns of the screen are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Columns {
    /// 40.
    Forty,
    /// 80.
    Eighty,
}

choices!(Columns, &[Kind::Number], "40" => Columns::Forty, "80" => Columns::Eighty);

/// A host charset, by the label that petterm calls it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charset(pub String);

impl Setting for Charset {
    const KINDS: &'static [Kind] = &[Kind::Text];

    fn parse(text: &str) -> Result<Charset, String> {
        text.parse()
            .map(|charset: HostCharset| Charset(charset.label().to_owned()))
            .map_err(|error: CharsetError| error.to_string())
    }

    fn show(&self) -> String {
        self.0.clone()
    }
}

choices!(TimeFormat, &[Kind::Text],
    "24hour" => TimeFormat::Clock, "iso8601" => TimeFormat::Iso8601, "relative" => TimeFormat::Relative);

/// Where the raw log goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogChoice {
    /// There is none.
    Off,
    /// A file that petterm names.
    Auto,
    /// This file, appended to.
    File(PathBuf),
}

impl LogChoice {
    /// From a flag or a variable: yes (or nothing at all), no, or a file's name.
    pub(super) fn from_os(text: std::ffi::OsString) -> LogChoice {
        match text.to_str() {
            Some("" | "yes" | "true" | "1") => LogChoice::Auto,
            Some("no" | "false" | "0") => LogChoice::Off,
            _ => LogChoice::File(PathBuf::from(text)),
        }
    }
}

impl Setting for LogChoice {
    const KINDS: &'static [Kind] = &[Kind::Switch, Kind::Text];

    fn parse(text: &str) -> Result<LogChoice, String> {
        Ok(match text {
            "true" => LogChoice::Auto,
            "false" => LogChoice::Off,
            path => LogChoice::from_os(path.into()),
        })
    }

    fn show(&self) -> String {
        match self {
            LogChoice::Off => "false".to_owned(),
            LogChoice::Auto => "true".to_owned(),
            LogChoice::File(path) => path.display().to_string(),
        }
    }
}

impl Setting for PathBuf {
    const KINDS: &'static [Kind] = &[Kind::Text];

    fn parse(text: &str) -> Result<PathBuf, String> {
        if text.is_empty() { Err("a file name is needed".to_owned()) } else { Ok(PathBuf::from(text)) }
    }

    fn show(&self) -> String {
        self.display().to_string()
    }
}

/// How a screen is written at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dump {
    /// UTF-8 text, trailing blanks cut.
    Text,
    /// Text with colours and attributes as ANSI sequences that petterm makes itself.
    Ansi,
    /// An object with screen codes, colours, cursor and modes.
    Json,
}

choices!(Dump, &[Kind::Text], "text" => Dump::Text, "ansi" => Dump::Ansi, "json" => Dump::Json);

/// A length of time from 0.001 to 86,400 seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeout(pub Span);

impl Setting for Timeout {
    const KINDS: &'static [Kind] = &[Kind::Number];

    fn parse(text: &str) -> Result<Timeout, String> {
        match text.parse::<f64>() {
            Ok(seconds) if (0.001..=86_400.0).contains(&seconds) => {
                Ok(Timeout(Span::from_millis((seconds * 1000.0).round() as u64)))
            }
            _ => Err("a number of seconds from 0.001 to 86400 is needed".to_owned()),
        }
    }

    fn show(&self) -> String {
        format!("{}", self.0.as_millis() as f64 / 1000.0)
    }
}

/// How much the debug log holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogLevel {
    /// What failed.
    Error,
    /// And what looks wrong.
    Warn,
    /// And what was done.
    Info,
    /// And why.
    Debug,
    /// Everything.
    Trace,
}

choices!(LogLevel, &[Kind::Text],
    "error" => LogLevel::Error, "warn" => LogLevel::Warn, "info" => LogLevel::Info,
    "debug" => LogLevel::Debug, "trace" => LogLevel::Trace);

#[cfg(test)]
mod tests;
