//! Where a session goes: the one grammar for every place where a link is named.
//!
//! ```text
//! /dev/ttyUSB0   COM3   ./path         a serial device; any existing path is one
//! HOST[:PORT]   [V6][:PORT]   V6       port 23 unless given
//! telnet://HOST[:PORT]                 telnet, whatever the port
//! tcp://HOST:PORT                      raw, whatever the port
//! listen://[ADDRESS]:PORT              wait for a caller; port 0 lets the system choose
//! pty:PATH   demo:   loop:   -
//! play:FILE[#CHANNEL]                  a recorded line; FILE# where FILE has a # of its own
//! ```
//!
//! A word is a path, a scheme or a host, in this order. What [`Target`] prints reads back as the same
//! target. No target holds a control character, so that one may be printed on a terminal.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};
use std::str::FromStr;

#[cfg(test)]
mod tests;

/// A named end of a link.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// A serial device: `/dev/ttyUSB0`, `COM3`, or a pseudo-terminal's slave.
    Serial(PathBuf),
    /// A TCP host: `HOST[:PORT]`, `telnet://` or `tcp://`.
    Tcp {
        /// Name or address, without brackets.
        host: String,
        /// Port, 23 unless given.
        port: u16,
        /// Telnet or raw, when the scheme says so.
        scheme: Option<TcpScheme>,
    },
    /// `listen://[A]:P`: wait for a caller.
    Listen {
        /// Address to bind; `None` is every address.
        address: Option<String>,
        /// Port; 0 lets the system choose.
        port: u16,
    },
    /// `pty:PATH`: make a pseudo-terminal and link PATH to its slave.
    Pty(PathBuf),
    /// `-`: standard input and output.
    Stdio,
    /// `demo:`: the built-in board at the far end of a simulated line.
    Demo,
    /// `loop:`: our TX wired to our RX through a simulated line.
    Loop,
    /// `play:FILE#CHANNEL`: a recorded line as the far end.
    Play {
        /// The recording.
        file: PathBuf,
        /// Which of its lines; may be left out where there is one.
        channel: Option<String>,
    },
}

/// A scheme that settles telnet or raw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TcpScheme {
    /// `telnet://`
    Telnet,
    /// `tcp://`
    Raw,
}

/// Why a word is not a target.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// Nothing was given.
    #[error("the target is empty; give a device such as /dev/ttyUSB0, a HOST:PORT, or demo:")]
    Empty,
    /// A scheme that this version does not carry.
    #[error(
        "'{0}' is not a kind of target that this version can open; it knows HOST:PORT, telnet://, tcp://, listen://, pty:PATH, demo:, loop:, play:FILE and -"
    )]
    Scheme(String),
    /// The port is not a number from 1 to 65535.
    #[error("'{0}' is not a port; ports go from 1 to 65535")]
    Port(String),
    /// This kind of target needs a port.
    #[error("'{0}' has no port; write {1}")]
    MissingPort(String, &'static str),
    /// `demo:` or `loop:` with something behind it.
    #[error("'{0}': {1}: stands alone; write tcp://{0} if it is a host")]
    StandsAlone(String, &'static str),
    /// There is a control character in it.
    #[error("the target '{0}' has a control character in it")]
    Control(String),
    /// The host is missing or has characters that no host name has.
    #[error("'{0}' is not a host name; write HOST:PORT, such as bbs.fozztexx.com:23")]
    Host(String),
    /// `pty:` without a path.
    #[error("pty: needs a path for the link to make, such as pty:/tmp/pet")]
    PtyPath,
    /// `play:` without a file.
    #[error(
        "play: needs a recording, such as play:hello.vcd, or play:zero.vcd#upright for one line of several"
    )]
    PlayFile,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Serial(path) => write!(f, "{}", path.display()),
            Target::Tcp { host, port, scheme } => {
                let scheme = match scheme {
                    None => "",
                    Some(TcpScheme::Telnet) => "telnet://",
                    Some(TcpScheme::Raw) => "tcp://",
                };
                if host.contains(':') {
                    write!(f, "{scheme}[{host}]:{port}")
                } else {
                    write!(f, "{scheme}{host}:{port}")
                }
            }
            Target::Listen { address, port } => {
                let address = address.as_deref().unwrap_or("");
                if address.contains(':') {
                    write!(f, "listen://[{address}]:{port}")
                } else {
                    write!(f, "listen://{address}:{port}")
                }
            }
            Target::Pty(path) => write!(f, "pty:{}", path.display()),
            Target::Stdio => f.write_str("-"),
            Target::Demo => f.write_str("demo:"),
            Target::Loop => f.write_str("loop:"),
            Target::Play { file, channel } => {
                let file = file.display().to_string();
                let mark = if channel.is_some() || file.contains('#') { "#" } else { "" };
                write!(f, "play:{file}{mark}{}", channel.as_deref().unwrap_or(""))
            }
        }
    }
}

/// The port of telnet, taken where none is given.
const TELNET_PORT: u16 = 23;

/// Kinds of target that have a colon after their name but no `//`, and that this version cannot open.
const ELSEWHERE: [&str; 3] = ["pet", "rfc2217", "ip232"];

impl Target {
    /// Whether this is a line with a rate and a frame.
    pub const fn has_line(&self) -> bool {
        matches!(self, Target::Serial(_) | Target::Demo | Target::Loop | Target::Play { .. })
    }

    /// Reads a target; `exists` says whether there is such a path, which then wins.
    ///
    /// # Errors
    /// When the word is no target that this version can open.
    pub fn parse(word: &str, exists: impl Fn(&Path) -> bool) -> Result<Target, TargetError> {
        if word.trim().is_empty() {
            return Err(TargetError::Empty);
        }
        if word.chars().any(char::is_control) {
            return Err(TargetError::Control(word.escape_debug().to_string()));
        }
        if word == "-" {
            return Ok(Target::Stdio);
        }
        if looks_like_path(word) {
            return Ok(Target::Serial(PathBuf::from(word)));
        }
        if exists(Path::new(word)) {
            // "./" keeps it a path when it is read back where it does not exist.
            return Ok(Target::Serial(Path::new(".").join(word)));
        }
        if let Some(name) = com_port(word) {
            return Ok(Target::Serial(PathBuf::from(name)));
        }
        if let Some(target) = parse_scheme(word)? {
            return Ok(target);
        }
        let (host, port) = host_port(word)?;
        Ok(Target::Tcp { host, port: port.unwrap_or(TELNET_PORT), scheme: None })
    }
}

impl FromStr for Target {
    type Err = TargetError;

    /// As [`Target::parse`] where no path exists.
    fn from_str(word: &str) -> Result<Target, TargetError> {
        Target::parse(word, |_| false)
    }
}

/// Whether a word names a device even if there is none now.
fn looks_like_path(word: &str) -> bool {
    word.starts_with(['/', '\\']) || word.starts_with("./") || word.starts_with("../")
}

/// `com3` and `COM3:` are `COM3`.
fn com_port(word: &str) -> Option<String> {
    let word = word.strip_suffix(':').unwrap_or(word);
    let (com, number) = word.split_at_checked(3)?;
    let number: u16 = digits(number)?;
    (com.eq_ignore_ascii_case("COM") && (1..=256).contains(&number)).then(|| format!("COM{number}"))
}

fn parse_scheme(word: &str) -> Result<Option<Target>, TargetError> {
    let Some((scheme, rest)) = word.split_once(':') else {
        return Ok(None);
    };
    let lower = scheme.to_ascii_lowercase();
    if let Some(rest) = rest.strip_prefix("//") {
        // A link on a web page ends in a slash.
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        return match lower.as_str() {
            "telnet" => {
                let (host, port) = host_port(rest)?;
                let port = port.unwrap_or(TELNET_PORT);
                Ok(Some(Target::Tcp { host, port, scheme: Some(TcpScheme::Telnet) }))
            }
            "tcp" => {
                let (host, port) = host_port(rest)?;
                let port =
                    port.ok_or_else(|| TargetError::MissingPort(word.to_owned(), "tcp://HOST:PORT"))?;
                Ok(Some(Target::Tcp { host, port, scheme: Some(TcpScheme::Raw) }))
            }
            "listen" => parse_listen(word, rest).map(Some),
            _ => Err(TargetError::Scheme(format!("{scheme}://"))),
        };
    }
    match lower.as_str() {
        "pty" if rest.is_empty() => Err(TargetError::PtyPath),
        "pty" => Ok(Some(Target::Pty(PathBuf::from(rest)))),
        "demo" if rest.is_empty() => Ok(Some(Target::Demo)),
        "demo" => Err(TargetError::StandsAlone(word.to_owned(), "demo")),
        "loop" if rest.is_empty() => Ok(Some(Target::Loop)),
        "loop" => Err(TargetError::StandsAlone(word.to_owned(), "loop")),
        "play" => parse_play(rest).map(Some),
        other if ELSEWHERE.contains(&other) => Err(TargetError::Scheme(format!("{scheme}:"))),
        _ => Ok(None),
    }
}

/// `FILE`, `FILE#CHANNEL`, or `FILE#` for a file with a `#` in its name.
fn parse_play(rest: &str) -> Result<Target, TargetError> {
    let (file, channel) = match rest.rsplit_once('#') {
        Some((file, "")) => (file, None),
        Some((file, channel)) => (file, Some(channel.to_owned())),
        None => (rest, None),
    };
    if file.is_empty() {
        return Err(TargetError::PlayFile);
    }
    Ok(Target::Play { file: PathBuf::from(file), channel })
}

fn parse_listen(word: &str, rest: &str) -> Result<Target, TargetError> {
    let missing = || TargetError::MissingPort(word.to_owned(), "listen://:6400 or listen://ADDRESS:PORT");
    let (address, port) = rest.rsplit_once(':').ok_or_else(missing)?;
    if address.contains(':') && !address.starts_with('[') {
        return Err(missing());
    }
    let port = digits(port).ok_or_else(|| TargetError::Port(port.to_owned()))?;
    let address = match address {
        "" => None,
        _ => match host_port(address)? {
            (host, None) => Some(host),
            (_, Some(_)) => return Err(missing()),
        },
    };
    Ok(Target::Listen { address, port })
}

/// Host and port of `HOST`, `HOST:PORT`, `[V6]`, `[V6]:PORT` and `V6`.
fn host_port(word: &str) -> Result<(String, Option<u16>), TargetError> {
    let bad = || TargetError::Host(word.to_owned());
    if is_ipv6(word) {
        return Ok((word.to_owned(), None));
    }
    let (host, port) = if let Some(rest) = word.strip_prefix('[') {
        let (host, port) = rest.split_once(']').ok_or_else(bad)?;
        if !is_ipv6(host) {
            return Err(bad());
        }
        match port.strip_prefix(':') {
            Some(port) => (host, Some(port)),
            None if port.is_empty() => (host, None),
            None => return Err(bad()),
        }
    } else {
        let (host, port) = match word.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (word, None),
        };
        if !is_host(host) {
            return Err(bad());
        }
        (host, port)
    };
    let port = match port {
        None => None,
        Some(text) => {
            Some(digits(text).filter(|port| *port > 0).ok_or_else(|| TargetError::Port(text.to_owned()))?)
        }
    };
    Ok((host.to_owned(), port))
}

/// An IPv6 address, with the name of an interface where it is link-local (`fe80::1%eth0`).
fn is_ipv6(word: &str) -> bool {
    let (address, zone) = match word.split_once('%') {
        Some((address, zone)) => (address, Some(zone)),
        None => (word, None),
    };
    let zone_is_fine = zone.is_none_or(|zone| {
        !zone.is_empty() && zone.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
    });
    zone_is_fine && address.parse::<Ipv6Addr>().is_ok()
}

/// A host name (RFC 1123, underscores tolerated) or an IPv4 address of four numbers. Other numbers would be
/// taken for addresses by the resolver: `300` for 0.0.1.44.
fn is_host(word: &str) -> bool {
    let name = word.strip_suffix('.').unwrap_or(word);
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    let last_is_number = name.rsplit('.').next().is_some_and(|last| {
        last.bytes().all(|b| b.is_ascii_digit()) || last.starts_with("0x") || last.starts_with("0X")
    });
    name.len() <= 253 && name.split('.').all(label) && (!last_is_number || word.parse::<Ipv4Addr>().is_ok())
}

/// A decimal number without sign or blanks.
fn digits(text: &str) -> Option<u16> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}
