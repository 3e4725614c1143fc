//! The script language: `wait:TEXT send:TEXT key:NAME sleep:MS dump:text quit`, words separated by blanks.
//!
//! One language for headless runs and tests. The parser says which word it does not understand and what it
//! would; the player is a state machine of the session: it is told the time and what the screen shows.

use crate::petscii::keyboard::{Key, KeyCode};
use crate::time::{Span, Stamp, Wake};
use crate::transfer::Protocol;

/// One word of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// This text must appear in cells painted since the last `send` or `key`.
    Wait(String),
    /// Type this.
    Send(Vec<Piece>),
    /// Press this key.
    Key(Key),
    /// Wait this long.
    Sleep(Span),
    /// Transfer a file.
    Transfer {
        /// It goes to the far end.
        sending: bool,
        /// The file; the folder or name for what is received.
        file: String,
        /// By which protocol.
        protocol: Protocol,
    },
    /// Show the screen.
    Dump,
    /// End the session.
    Quit,
}

/// A part of what a script sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Characters, translated to the wire's code.
    Text(String),
    /// A byte of the wire, as it is: `\r`, `\n`, `\t` and `\xHH`.
    Byte(u8),
}

/// Why a script cannot be played.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScriptError {
    /// A word with an unknown name.
    #[error(
        "word {at}, '{word}': unknown; a script has wait:TEXT, send:TEXT, key:NAME, sleep:MS, upload:FILE,PROTOCOL, download:FILE,PROTOCOL, dump:text and \
         quit"
    )]
    Unknown {
        /// Its place, from 1.
        at: usize,
        /// The word.
        word: String,
    },
    /// A word whose argument is missing or wrong.
    #[error("word {at}, '{word}': {why}")]
    Argument {
        /// Its place, from 1.
        at: usize,
        /// The word.
        word: String,
        /// What is wrong and what would be right.
        why: String,
    },
}

/// Reads a script.
///
/// ```
/// use petterm::engine::script::{parse, Word};
/// assert_eq!(parse(r"wait:HELLO\sPET quit").unwrap(), [Word::Wait("HELLO PET".into()), Word::Quit]);
/// assert!(parse("wiat:X").is_err());
/// ```
///
/// # Errors
/// Names the first word that is not understood.
pub fn parse(text: &str) -> Result<Vec<Word>, ScriptError> {
    text.split_whitespace().enumerate().map(|(index, word)| parse_word(index + 1, word)).collect()
}

fn parse_word(at: usize, word: &str) -> Result<Word, ScriptError> {
    let unknown = || ScriptError::Unknown { at, word: word.to_owned() };
    let wrong = |why: String| ScriptError::Argument { at, word: word.to_owned(), why };
    if word == "quit" {
        return Ok(Word::Quit);
    }
    let (name, argument) = word.split_once(':').ok_or_else(unknown)?;
    match name {
        "wait" | "send" => {
            let pieces = unescape(argument).map_err(wrong)?;
            if pieces.is_empty() {
                return Err(wrong("the text is empty; a blank is written \\s".to_owned()));
            }
            Ok(if name == "wait" { Word::Wait(shown(&pieces)) } else { Word::Send(pieces) })
        }
        "key" => key_by_name(argument).map(Word::Key).ok_or_else(|| {
            wrong(format!(
                "no key is called '{argument}'; keys are {}, f1-f12 or one character",
                KEYS.map(|k| k.0).join(", ")
            ))
        }),
        "sleep" => match argument.parse::<u64>() {
            Ok(ms) if ms <= 3_600_000 => Ok(Word::Sleep(Span::from_millis(ms))),
            _ => Err(wrong("give milliseconds, 0 to 3600000".to_owned())),
        },
        "upload" | "download" => {
            let known = || Protocol::ALL.map(Protocol::name).join(", ");
            let (file, protocol) = argument
                .rsplit_once(',')
                .filter(|(file, _)| !file.is_empty())
                .ok_or_else(|| wrong(format!("write {name}:FILE,PROTOCOL; protocols are {}", known())))?;
            let protocol = Protocol::from_name(protocol)
                .ok_or_else(|| wrong(format!("no protocol is called '{protocol}'; there are {}", known())))?;
            let file = shown(&unescape(file).map_err(wrong)?);
            Ok(Word::Transfer { sending: name == "upload", file, protocol })
        }
        "dump" if argument == "text" => Ok(Word::Dump),
        "dump" => Err(wrong("only dump:text is known".to_owned())),
        _ => Err(unknown()),
    }
}

/// `\r \n \t \xHH` are bytes, `\s \\` characters.
fn unescape(text: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let piece = match c {
            '\\' => match chars.next() {
                Some('r') => Err(b'\r'),
                Some('n') => Err(b'\n'),
                Some('t') => Err(b'\t'),
                Some('s') => Ok(' '),
                Some('\\') => Ok('\\'),
                Some('x') => {
                    let digits: String = chars.by_ref().take(2).collect();
                    let value = u8::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == 2);
                    Err(value.ok_or("\\x needs two hex digits")?)
                }
                _ => return Err("a backslash is followed by r, n, t, s, xHH or another backslash".to_owned()),
            },
            c => Ok(c),
        };
        match (piece, pieces.last_mut()) {
            (Ok(c), Some(Piece::Text(text))) => text.push(c),
            (Ok(c), _) => pieces.push(Piece::Text(c.into())),
            (Err(byte), _) => pieces.push(Piece::Byte(byte)),
        }
    }
    Ok(pieces)
}

/// The characters of a text that is waited for; a byte is the character of that number.
fn shown(pieces: &[Piece]) -> String {
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(part) => text.push_str(part),
            Piece::Byte(byte) => text.push(char::from(*byte)),
        }
    }
    text
}

const KEYS: [(&str, KeyCode, bool); 19] = [
    ("return", KeyCode::Enter, false),
    ("shift-return", KeyCode::Enter, true),
    ("enter", KeyCode::Enter, false),
    ("esc", KeyCode::Escape, false),
    ("tab", KeyCode::Tab, false),
    ("space", KeyCode::Char(' '), false),
    ("del", KeyCode::Backspace, false),
    ("backspace", KeyCode::Backspace, false),
    ("inst", KeyCode::Insert, false),
    ("delete", KeyCode::Delete, false),
    ("home", KeyCode::Home, false),
    ("clr", KeyCode::End, false),
    ("up", KeyCode::Up, false),
    ("down", KeyCode::Down, false),
    ("left", KeyCode::Left, false),
    ("right", KeyCode::Right, false),
    ("pageup", KeyCode::PageUp, false),
    ("pagedown", KeyCode::PageDown, false),
    ("stop", KeyCode::Char('c'), false),
];

fn key_by_name(name: &str) -> Option<Key> {
    let lower = name.to_ascii_lowercase();
    if let Some((_, code, shift)) = KEYS.iter().find(|(known, ..)| *known == lower) {
        return Some(Key { code: *code, shift: *shift, ctrl: lower == "stop", alt: false });
    }
    if let Some(ctrl) = lower.strip_prefix("ctrl-") {
        let c = only_char(ctrl)?;
        return Some(Key { ctrl: true, ..Key::plain(KeyCode::Char(c)) });
    }
    if let Some(alt) = name.strip_prefix("alt-").or_else(|| name.strip_prefix("Alt-")) {
        return Some(Key { alt: true, ..Key::plain(KeyCode::Char(only_char(alt)?)) });
    }
    if let Some(number) = lower.strip_prefix('f').and_then(|n| n.parse::<u8>().ok()) {
        return (1..=12).contains(&number).then_some(Key::plain(KeyCode::F(number)));
    }
    only_char(name).map(|c| Key::plain(KeyCode::Char(c)))
}

fn only_char(s: &str) -> Option<char> {
    let mut chars = s.chars();
    let c = chars.next()?;
    chars.next().is_none().then_some(c)
}

/// What the player wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Type this.
    Send(Vec<Piece>),
    /// Press this.
    Key(Key),
    /// Transfer this; nothing more comes until [`Player::transferred`].
    Transfer { sending: bool, file: String, protocol: Protocol },
    /// Show the screen.
    Dump,
    /// The script said `quit`.
    Quit,
    /// The last word is done.
    End,
    /// The wait for this text took too long.
    TimedOut(String),
}

/// Plays a script.
#[derive(Debug)]
pub(super) struct Player {
    words: std::vec::IntoIter<Word>,
    state: State,
    patience: Span,
}

#[derive(Debug)]
enum State {
    /// Take the next word.
    Ready,
    Waiting {
        text: String,
        until: Stamp,
    },
    Sleeping(Stamp),
    Transferring,
    Over,
}

impl Player {
    /// A player that gives each wait `patience`.
    pub(super) fn new(words: Vec<Word>, patience: Span) -> Player {
        Player { words: words.into_iter(), state: State::Ready, patience }
    }

    /// The text it waits for, if it waits.
    pub(super) fn wanted(&self) -> Option<&str> {
        match &self.state {
            State::Waiting { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The text it waited for is on the screen.
    pub(super) fn found(&mut self) {
        if matches!(self.state, State::Waiting { .. }) {
            self.state = State::Ready;
        }
    }

    /// The transfer that it asked for is over.
    pub(super) fn transferred(&mut self) {
        if matches!(self.state, State::Transferring) {
            self.state = State::Ready;
        }
    }

    /// The next thing to do at `now`, if there is one.
    pub(super) fn poll(&mut self, now: Stamp) -> Option<Step> {
        loop {
            match &self.state {
                State::Over | State::Transferring => return None,
                State::Waiting { text, until } if now >= *until => {
                    let text = text.clone();
                    self.state = State::Over;
                    return Some(Step::TimedOut(text));
                }
                State::Waiting { .. } => return None,
                State::Sleeping(until) if now < *until => return None,
                State::Sleeping(_) => self.state = State::Ready,
                State::Ready => match self.words.next() {
                    None => {
                        self.state = State::Over;
                        return Some(Step::End);
                    }
                    Some(Word::Wait(text)) => {
                        self.state = State::Waiting { text, until: now + self.patience };
                        return None;
                    }
                    Some(Word::Sleep(span)) => self.state = State::Sleeping(now + span),
                    Some(Word::Send(pieces)) => return Some(Step::Send(pieces)),
                    Some(Word::Key(key)) => return Some(Step::Key(key)),
                    Some(Word::Transfer { sending, file, protocol }) => {
                        self.state = State::Transferring;
                        return Some(Step::Transfer { sending, file, protocol });
                    }
                    Some(Word::Dump) => return Some(Step::Dump),
                    Some(Word::Quit) => {
                        self.state = State::Over;
                        return Some(Step::Quit);
                    }
                },
            }
        }
    }

    /// When to poll again without input.
    pub(super) fn wake(&self) -> Wake {
        match &self.state {
            State::Over | State::Transferring => Wake::OnInput,
            State::Ready => Wake::Now,
            State::Waiting { until, .. } | State::Sleeping(until) => Wake::At(*until),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_with_their_escapes() {
        assert_eq!(
            parse(r"wait:A\sB send:B\x41\r\\ key:shift-return sleep:20 dump:text quit").unwrap(),
            [
                Word::Wait("A B".into()),
                Word::Send(vec![
                    Piece::Text("B".into()),
                    Piece::Byte(0x41),
                    Piece::Byte(b'\r'),
                    Piece::Text("\\".into()),
                ]),
                Word::Key(Key { shift: true, ..Key::plain(KeyCode::Enter) }),
                Word::Sleep(Span::from_millis(20)),
                Word::Dump,
                Word::Quit,
            ]
        );
    }

    #[test]
    fn a_transfer_has_a_file_and_a_protocol() {
        assert_eq!(
            parse(r"upload:a\sb,c.prg,punter download:x,xmodem-1k").unwrap(),
            [
                Word::Transfer { sending: true, file: "a b,c.prg".into(), protocol: Protocol::Punter },
                Word::Transfer { sending: false, file: "x".into(), protocol: Protocol::Xmodem1k },
            ]
        );
        let mut player = Player::new(parse("upload:a,text quit").unwrap(), Span::from_secs(1));
        assert!(matches!(player.poll(Stamp(0)), Some(Step::Transfer { sending: true, .. })));
        assert_eq!((player.poll(Stamp(0)), player.wake()), (None, Wake::OnInput));
        player.transferred();
        assert_eq!(player.poll(Stamp(0)), Some(Step::Quit));
    }

    #[test]
    fn a_wrong_word_is_named_with_its_place() {
        let message = parse("wait:A snd:B").unwrap_err().to_string();
        assert!(message.starts_with("word 2, 'snd:B'"), "{message}");
        for bad in [
            "wait:",
            r"send:\q",
            r"send:\x4",
            "sleep:-1",
            "sleep:x",
            "key:nope",
            "dump:json",
            "upload:a",
            "upload:,punter",
            "download:a,kermit",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn stop_and_chords_are_keys() {
        assert_eq!(key_by_name("stop"), Some(Key { ctrl: true, ..Key::plain(KeyCode::Char('c')) }));
        assert_eq!(key_by_name("alt-A"), Some(Key { alt: true, ..Key::plain(KeyCode::Char('A')) }));
        assert_eq!(key_by_name("F8"), Some(Key::plain(KeyCode::F(8))));
        assert_eq!(key_by_name("f"), Some(Key::plain(KeyCode::Char('f'))));
        assert_eq!(key_by_name("f13"), None);
    }

    #[test]
    fn a_wait_ends_with_its_text_or_its_patience() {
        let mut player = Player::new(parse("wait:X send:Y wait:Z").unwrap(), Span::from_secs(15));
        assert_eq!(player.poll(Stamp(0)), None);
        assert_eq!(player.wanted(), Some("X"));
        player.found();
        assert_eq!(player.poll(Stamp(5)), Some(Step::Send(vec![Piece::Text("Y".into())])));
        assert_eq!(player.poll(Stamp(5)), None);
        let late = Stamp(5) + Span::from_secs(15);
        assert_eq!(player.wake(), Wake::At(late));
        assert_eq!(player.poll(late), Some(Step::TimedOut("Z".into())));
        assert_eq!(player.poll(late), None);
    }
}
