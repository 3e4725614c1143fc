//! The command line.
//!
//! Every flag here does what it says; a flag whose capability this version lacks is refused with a word
//! about it, never parsed and ignored. An option with an optional value takes it only with `=`, so that
//! `petterm --log /dev/ttyUSB0` opens the port. Line and session options may stand before or after a
//! command, and are refused by commands they mean nothing to.

mod command;
mod explain;

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use clap::parser::ValueSource;
use clap::{FromArgMatches, Parser, Subcommand};

use self::command::refuse_strangers;
pub use self::command::{command, command_as_shown};
pub(super) use self::explain::nearest;
pub use self::explain::nearest_command;
use self::explain::{LATER_COMMANDS, LINE_AUTO, explain, is_line_auto, later_command, without_line_auto};
use super::decode::ReceiverArgs;
use super::probe::ProbeArgs;
use super::recording::RecordingArgs;
use super::scope::ScopeArgs;
use super::settings::PartialSettings;
use super::transfer::{RecvArgs, SendArgs};
use super::values::{Dump, Phrase};

const SESSION: &str = "Session";
const SETUP: &str = "Set-up";
const TROUBLE: &str = "When something is wrong";

const EXAMPLES: &str = "\
Examples:
  petterm                             start screen: ports, phone book, demo
  petterm demo                        a board to look at, no hardware needed
  petterm /dev/ttyUSB0 --baud 300     a PET at the end of a USB-TTL adapter
  petterm bbs.fozztexx.com:23         call a board
  petterm ports                       which serial ports there are";

/// The desktop end of a Commodore PET's serial cable
#[derive(Parser, Debug)]
#[command(
    name = "petterm",
    bin_name = "petterm",
    version,
    before_help = EXAMPLES,
    override_usage = "petterm [OPTIONS] [TARGET]\n       petterm [OPTIONS] COMMAND",
    max_term_width = 100,
    disable_help_subcommand = true,
    subcommand_help_heading = "Commands",
    after_help = "--help tells the rest; --strip7=no turns a switch off again.",
    after_long_help = "\
A switch is turned off again with =no, as in --strip7=no. Every line, screen, network and session setting is also \
a variable, PETTERM_BAUD for --baud, and a line in the config file, baud = 300. Flags go before variables, those \
before the phone book entry, the profile, the config file and the defaults.

Targets: /dev/ttyUSB0 or COM3, HOST[:PORT] (port 23 unless given), telnet://HOST[:PORT], tcp://HOST:PORT, \
listen://[ADDRESS]:PORT, pty:PATH (makes a pseudo-terminal and links PATH to it), - (stdin and stdout), demo: and \
loop: (simulated lines), play:FILE or play:FILE#CHANNEL (a recorded line), or the name of a phone book entry.

Exit codes: 0 done, 1 other, 2 usage or bad value, 3 not found, 4 busy or no permission, 5 line, protocol or bad \
data, 6 local file trouble, 7 time-out or refused, 128+n ended by signal n."
)]
pub struct Args {
    /// Port, HOST:PORT, phone book entry, demo: ... (none: start screen)
    ///
    /// An existing path wins, then a scheme, then the phone book, then a host.
    #[arg(value_name = "TARGET")]
    pub target: Option<OsString>,

    /// What to do besides a session.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// Settings of the line, the screen, the network and the session.
    #[command(flatten)]
    pub settings: PartialSettings,

    /// Play a script (words, or @FILE) in place of a user
    ///
    /// Words separated by blanks: wait:TEXT, send:TEXT (with \r \n \t \xHH \\ and \s for a blank), key:NAME,
    /// sleep:MS, upload:FILE,PROTOCOL, download:FILE,PROTOCOL, dump:text, quit. A wait in vain ends with exit code 7
    /// and shows the screen.
    #[arg(long, value_name = "TEXT|@FILE", help_heading = SESSION)]
    pub script: Option<Phrase>,
    /// Print the screen at the end: text, ansi or json
    #[arg(long, value_name = "HOW", help_heading = SESSION)]
    pub dump: Option<Dump>,
    /// Record both lines into a new VCD file
    ///
    /// The channels are TX and RX, as petterm sees them. On demo:, loop: and play: they are what was on the line; on a link
    /// of which only bytes are seen they are drawn anew from the line's format, and the file says so.
    #[arg(long, value_name = "FILE.vcd", help_heading = SESSION, hide_short_help = true)]
    pub record: Option<PathBuf>,
    /// Virtual time, for demo:, loop: and play:
    #[arg(long, help_heading = SESSION, hide_short_help = true)]
    pub fast: bool,

    /// A named bundle of settings; petterm config lists them
    #[arg(long, value_name = "NAME", help_heading = SETUP)]
    pub profile: Option<Phrase>,
    /// Read this config file in place of your own
    #[arg(long, value_name = "FILE", help_heading = SETUP, hide_short_help = true)]
    pub config: Option<PathBuf>,
    /// Read no config file
    #[arg(long, help_heading = SETUP, hide_short_help = true)]
    pub no_config: bool,
    /// Tell everything on stderr, not only warnings
    #[arg(short, long, help_heading = TROUBLE, hide_short_help = true)]
    pub verbose: bool,
}

/// The commands.
#[derive(Subcommand, Clone, Debug, PartialEq)]
pub enum Command {
    /// The built-in board, no hardware needed
    Demo,
    /// Which serial ports there are, and who has them
    Ports {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// What a byte stream looks like on a screen
    View(ViewArgs),
    /// Text between PETSCII and the host's encodings
    Convert(ConvertArgs),
    /// What a recorded line says
    ///
    /// Recordings: VCD, sigrok .sr, Saleae binary and CSV, oscilloscope and sigrok CSV, OLS, WAV, raw samples.
    Decode(DecodeArgs),
    /// What is on a wire, and the command to use
    ///
    /// Rate, polarity, frame and code of a live port or a recorded line, with the next best guess.
    Probe(ProbeArgs),
    /// Bytes as a recorded line, clean or damaged
    Encode(EncodeArgs),
    /// Which wire goes where, and what to know before
    Wiring(super::wiring::WiringArgs),
    /// What is in a PRG file; BASIC as text, and text as BASIC
    #[command(arg_required_else_help = false)]
    Prg {
        /// What to do with it.
        #[command(subcommand)]
        action: super::prg::PrgAction,
    },
    /// Lines on one ruler: levels, bits, sample points, values
    ///
    /// Recorded lines, or simulated ones. Each is also shown as a receiver of the other polarity reads it. Without
    /// --svg, --png or --text, on a terminal: to look around in; ? lists the keys.
    Scope(ScopeArgs),
    /// Send files by a transfer protocol
    ///
    /// Punter, XMODEM and its kin, or text; the last word is the target, as in a session. Exit code 0 means that the far end
    /// has acknowledged everything the protocol acknowledges.
    Send(SendArgs),
    /// Receive files by a transfer protocol
    ///
    /// Files go to the current folder, to --dir or to -o; nothing is overwritten, and what is not complete is called .part.
    Recv(RecvArgs),
    /// Names, addresses and how to show them
    #[command(arg_required_else_help = false)]
    Phonebook {
        /// What to do with the book.
        #[command(subcommand)]
        action: BookAction,
    },
    /// The settings in effect and where each comes from
    Config {
        /// What to do with the config file; none: show the settings.
        #[command(subcommand)]
        action: Option<ConfigAction>,
    },
    /// The manual page, for man -l -
    Man,
    /// Completions for a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
}

/// `petterm view`.
#[derive(clap::Args, Clone, Debug, PartialEq)]
pub struct ViewArgs {
    /// The bytes; - is stdin
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Draw the screen into a new SVG picture; - is stdout
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,
    /// Draw it into a new PNG picture; - is stdout
    #[arg(long, value_name = "FILE")]
    pub png: Option<PathBuf>,
}

/// `petterm convert`.
#[derive(clap::Args, Clone, Debug, PartialEq)]
pub struct ConvertArgs {
    /// What it is: petscii, petscii-c64-graphics, cp437, ascii, utf-8, ...
    #[arg(long, value_name = "ENCODING")]
    pub from: String,
    /// What it shall be
    #[arg(long, value_name = "ENCODING")]
    pub to: String,
    /// Replace what has no counterpart, rather than stop there
    #[arg(long)]
    pub lossy: bool,
    /// The text; - or nothing is stdin
    #[arg(value_name = "FILE", default_value = "-")]
    pub file: PathBuf,
}

/// `petterm decode`.
#[derive(clap::Args, Clone, Debug, PartialEq)]
pub struct DecodeArgs {
    /// The recording
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// How the recording is read.
    #[command(flatten)]
    pub recording: RecordingArgs,
    /// An object a line for each frame
    #[arg(long, group = "how")]
    pub json: bool,
    /// The data as they are, as without any of these; shown safely on a terminal
    #[arg(long, group = "how")]
    pub text: bool,
    /// The data in hexadecimal, 16 a line
    #[arg(long, group = "how")]
    pub hex: bool,
    /// Write the data to a new file
    #[arg(short, long, value_name = "FILE", group = "how")]
    pub output: Option<PathBuf>,
    /// How the receiver listens.
    #[command(flatten)]
    pub receiver: ReceiverArgs,
}

/// `petterm encode`.
#[derive(clap::Args, Clone, Debug, PartialEq)]
pub struct EncodeArgs {
    /// The bytes; - is stdin
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Rest so many bits between frames
    #[arg(long, value_name = "BITS", default_value = "0", value_parser = within::<0, 1_000_000>)]
    pub gap: f64,
    /// Send so many per cent too fast; below 0 too slow
    #[arg(long, value_name = "%", default_value = "0", allow_negative_numbers = true, value_parser = within::<-50, 50>)]
    pub baud_error: f64,
    /// Move each edge at random by this standard deviation
    #[arg(long, value_name = "BITS", default_value = "0", value_parser = within::<0, 1>)]
    pub jitter: f64,
    /// Strew so many pulses of a tenth of a bit
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=1_000_000))]
    pub glitches: u32,
    /// Where the random numbers begin
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Samples a second of a .sr or .wav (48000 for sound, else 50 or more a bit); of a .csv, a row for each
    #[arg(long, value_name = "HZ", value_parser = clap::value_parser!(u64).range(1..=100_000_000_000))]
    pub rate: Option<u64>,
    /// The new recording: NAME.vcd, .csv, .sr or .wav
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
}

/// A number within limits.
fn within<const LEAST: i32, const MOST: i32>(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number >= f64::from(LEAST) && number <= f64::from(MOST) => Ok(number),
        _ => Err(format!("a number from {LEAST} to {MOST} is expected")),
    }
}

/// `petterm phonebook`.
#[derive(Subcommand, Clone, Debug, PartialEq)]
pub enum BookAction {
    /// Print the book
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Add an entry; --screen, --wire, --cols, --charset, --line, --telnet and the like are kept with it
    Add(AddArgs),
    /// Remove an entry
    Remove {
        /// Its name, upper or lower case
        name: String,
    },
    /// Add the entries of a file; nothing is added if a name is there already
    Import {
        /// A file that export wrote; - is stdin
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Write the book to a new file
    Export {
        /// The file; - is stdout
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

/// `petterm phonebook add`.
#[derive(clap::Args, Clone, Debug, PartialEq)]
pub struct AddArgs {
    /// What to call it
    pub name: String,
    /// A target, such as HOST:PORT
    pub address: String,
    /// A number to dial it by; digits and - ( ) + * # blanks
    #[arg(long)]
    pub number: Option<String>,
    /// Anything worth knowing
    #[arg(long)]
    pub note: Option<String>,
    /// Whether to ask for telnet BINARY both ways
    #[arg(long, value_name = "yes|no")]
    pub binary: Option<super::values::Switch>,
}

/// `petterm config`.
#[derive(Subcommand, Clone, Debug, PartialEq, Eq)]
pub enum ConfigAction {
    /// Print where the config file and the phone book are
    Path,
    /// Check both files
    Check,
    /// Print a config file to begin with
    Example,
}

/// A parsed command line, with the settings of the flags and of the environment apart.
#[derive(Debug)]
pub struct Invocation {
    /// Everything but the settings; [`Args::settings`] holds flags and environment together.
    pub args: Args,
    /// Settings given as flags.
    pub flags: PartialSettings,
    /// Settings given as variables `PETTERM_*`.
    pub environment: PartialSettings,
}

/// What came of the command line.
#[derive(Debug)]
pub enum Parsed {
    /// Something to do.
    Run(Box<Invocation>),
    /// Help or the version was asked for: this text, for stdout.
    Say(String),
}

/// Reads a command line, program name first, and the environment's `PETTERM_*`.
///
/// # Errors
/// One line that says what is wrong and what to do; the exit code is 2.
pub fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Parsed, String> {
    let words: Vec<OsString> = words.into_iter().collect();
    let mut line_is_auto = false;
    let matches = match command().try_get_matches_from(&words) {
        Err(error) if is_line_auto(&error) => {
            line_is_auto = true;
            command().try_get_matches_from(without_line_auto(&words))
        }
        matches => matches,
    };
    let matches = match matches {
        Ok(matches) if line_is_auto && !matches!(matches.subcommand_name(), Some("decode" | "scope")) => {
            return Err(LINE_AUTO.to_owned());
        }
        Ok(matches) => matches,
        Err(error) if !error.use_stderr() => return Ok(Parsed::Say(error.render().to_string())),
        Err(error) => return Err(explain(&error, &words)),
    };
    let mut args = Args::from_arg_matches(&matches).map_err(|error| explain(&error, &words))?;
    if line_is_auto {
        // What the flag says goes before a variable.
        args.settings.line = None;
    }
    if let Some(word) = args.target.as_deref().and_then(OsStr::to_str) {
        if LATER_COMMANDS.contains(&word) {
            return Err(format!("{}; for a host of that name write {word}:23", later_command(word)));
        }
        if args.command.is_some() {
            return Err(format!("'{word}' and a command after it are too much; give a target or a command"));
        }
    }
    refuse_strangers(&matches)?;
    let from = |source: ValueSource| {
        args.settings.clone().filtered(|field| matches.value_source(field) == Some(source))
    };
    let flags = from(ValueSource::CommandLine);
    let environment = from(ValueSource::EnvVariable);
    Ok(Parsed::Run(Box::new(Invocation { args, flags, environment })))
}
