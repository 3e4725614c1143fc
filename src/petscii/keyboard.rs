//! PC keys to the bytes that a Commodore keyboard would send, or a host's terminal.
//!
//! One table (in `table.rs`) holds every key that is not plain text; [`encode`] looks keys up in it and
//! [`help`] lists it, so that the help overlay can show nothing that does not work. A key that means nothing
//! is `None` and sends nothing. Facts: `docs/petscii.md`.

mod table;
#[cfg(test)]
mod tests;

use super::host::HostCharset;
use super::{CharSet, Machine, Petscii, ascii};
use table::{HOST_KEYS, PETSCII_KEYS, Row, When};

pub use table::Group;

/// A key as a front end reports it, without any terminal library's types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyCode {
    /// A printable character, shift already applied.
    Char(char),
    /// RETURN.
    Enter,
    /// Esc.
    Escape,
    /// The PC's Backspace: the PET's DEL.
    Backspace,
    /// The PC's Insert: the PET's INST.
    Insert,
    /// The PC's Delete.
    Delete,
    /// Tab.
    Tab,
    /// Home: HOME, with shift CLR.
    Home,
    /// End: CLR.
    End,
    /// Cursor up.
    Up,
    /// Cursor down.
    Down,
    /// Cursor left.
    Left,
    /// Cursor right.
    Right,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// A function key, 1-12.
    F(u8),
}

/// A key with its modifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// Which key.
    pub code: KeyCode,
    /// Shift is held (for [`KeyCode::Char`] the character says so already).
    pub shift: bool,
    /// Ctrl is held.
    pub ctrl: bool,
    /// Alt is held: the C= key's graphics layer.
    pub alt: bool,
}

impl Key {
    /// The key alone.
    pub const fn plain(code: KeyCode) -> Key {
        Key { code, shift: false, ctrl: false, alt: false }
    }

    /// The key with shift.
    #[must_use]
    pub const fn shifted(code: KeyCode) -> Key {
        Key { code, shift: true, ctrl: false, alt: false }
    }

    /// A character with Ctrl.
    pub const fn ctrl(c: char) -> Key {
        Key { code: KeyCode::Char(c), shift: false, ctrl: true, alt: false }
    }

    /// The key with Alt.
    pub const fn alt(code: KeyCode) -> Key {
        Key { code, shift: false, ctrl: false, alt: true }
    }
}

/// Which code travels on the wire, as far as the keyboard cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// Commodore codes.
    Petscii,
    /// ASCII, and this charset for what is not.
    Host(HostCharset),
}

/// What a key's bytes depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Which code travels.
    pub code: Code,
    /// Whose keyboard; on a host's wire it does not matter.
    pub machine: Machine,
    /// The set on the screen: which graphics can be typed as characters.
    pub set: CharSet,
    /// The machine has colour keys.
    pub colours: bool,
    /// On a host's wire, keys that ASCII has no code for send ANSI sequences. False for a plain ASCII
    /// screen, true for an ANSI screen and for a Commodore screen (PETTERM understands them).
    pub ansi: bool,
}

impl Layout {
    /// A PETSCII wire; colour keys are there unless the machine is a PET.
    pub const fn petscii(machine: Machine, set: CharSet) -> Layout {
        Layout { code: Code::Petscii, machine, set, colours: !matches!(machine, Machine::Pet), ansi: false }
    }

    /// A host's wire.
    pub const fn host(charset: HostCharset, ansi: bool) -> Layout {
        Layout { code: Code::Host(charset), machine: Machine::Pet, set: CharSet::Text, colours: false, ansi }
    }
}

/// The bytes of one key: one to eight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keystroke {
    bytes: [u8; 8],
    len: u8,
}

impl Keystroke {
    /// As a slice.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    /// `None` when there is nothing to send, or more than a keystroke holds.
    fn new(sent: &[u8]) -> Option<Keystroke> {
        let mut bytes = [0; 8];
        bytes.get_mut(..sent.len())?.copy_from_slice(sent);
        (!sent.is_empty()).then_some(Keystroke { bytes, len: sent.len() as u8 })
    }
}

impl AsRef<[u8]> for Keystroke {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

/// What a key sends, `None` if it means nothing in this layout.
///
/// ```
/// use petterm::petscii::keyboard::{Key, KeyCode, Layout, encode};
/// use petterm::petscii::host::HostCharset;
/// use petterm::petscii::{CharSet, Machine};
///
/// let pet = Layout::petscii(Machine::Pet, CharSet::Text);
/// let sent = |key, layout| encode(key, layout).map(|stroke| stroke.as_bytes().to_vec());
/// assert_eq!(sent(Key::plain(KeyCode::Char('a')), pet), Some(vec![0x41]));
/// assert_eq!(sent(Key::plain(KeyCode::Home), pet), Some(vec![0x13]));
/// assert_eq!(sent(Key::plain(KeyCode::PageUp), pet), None);
///
/// let ansi = Layout::host(HostCharset::CP437, true);
/// assert_eq!(sent(Key::plain(KeyCode::Up), ansi), Some(b"\x1B[A".to_vec()));
/// ```
pub fn encode(key: Key, layout: Layout) -> Option<Keystroke> {
    let key = normal(key);
    let rows = rows(layout);
    if let Some(row) = rows.iter().find(|row| row.key == key && row.when.holds(layout)) {
        return Keystroke::new(row.bytes);
    }
    match (key.code, layout.code) {
        (KeyCode::Char(c), Code::Petscii) => Keystroke::new(&[petscii_char(c, key, layout)?]),
        (KeyCode::Char(c), Code::Host(charset)) => host_char(c, key, charset, layout.ansi),
        // Shift changes nothing on a key that has no shifted meaning of its own.
        _ if key.shift => encode(Key { shift: false, ..key }, layout),
        _ => None,
    }
}

/// The byte of a colour key, 0-15 in the order of the C64's palette (0-7 on a VIC-20); `None` beyond, and on
/// a PET.
///
/// ```
/// use petterm::petscii::keyboard::colour;
/// use petterm::petscii::{Machine, Petscii};
///
/// assert_eq!(colour(1, Machine::C64), Some(Petscii(0x05)));
/// assert_eq!(colour(8, Machine::Vic20), None);
/// ```
pub fn colour(number: u8, machine: Machine) -> Option<Petscii> {
    let known = match machine {
        Machine::Pet => 0,
        Machine::C64 => 16,
        Machine::Vic20 => 8,
    };
    table::COLOURS[..known].get(usize::from(number)).map(|byte| Petscii(*byte))
}

/// A line of the help overlay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HelpLine {
    /// What kind of key.
    pub group: Group,
    /// The PC's key, as "Shift-Home".
    pub pc: String,
    /// What it is on a Commodore, or on a terminal.
    pub meaning: &'static str,
    /// The bytes it sends, in hex.
    pub bytes: String,
}

/// Every key that works in a layout, text keys summed up.
///
/// ```
/// use petterm::petscii::keyboard::{Layout, help};
/// use petterm::petscii::{CharSet, Machine};
///
/// let lines = help(Layout::petscii(Machine::Pet, CharSet::Text));
/// assert!(lines.iter().any(|line| line.pc == "Shift-Home" && line.bytes == "93"));
/// ```
pub fn help(layout: Layout) -> Vec<HelpLine> {
    let text: &[(&str, &str, [Key; 2])] = match layout.code {
        Code::Petscii => &[
            ("a-z", "letters", [Key::plain(KeyCode::Char('a')), Key::plain(KeyCode::Char('z'))]),
            ("A-Z", "shifted letters", [Key::plain(KeyCode::Char('A')), Key::plain(KeyCode::Char('Z'))]),
            ("Ctrl-A..Z", "control codes", [Key::ctrl('a'), Key::ctrl('z')]),
        ],
        Code::Host(_) => &[("Ctrl-A..Z", "control codes", [Key::ctrl('a'), Key::ctrl('z')])],
    };
    let ranges = text.iter().filter_map(|(pc, meaning, [first, last])| {
        let (first, last) = (encode(*first, layout)?, encode(*last, layout)?);
        Some(HelpLine {
            group: Group::Text,
            pc: (*pc).to_owned(),
            meaning,
            bytes: format!("{}-{}", hex(first.as_bytes()), hex(last.as_bytes())),
        })
    });
    let keys = rows(layout).iter().filter(|row| row.when.holds(layout)).map(|row| HelpLine {
        group: row.group,
        pc: row.key.to_string(),
        meaning: row.meaning,
        bytes: hex(row.bytes),
    });
    ranges.chain(keys).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(" ")
}

fn rows(layout: Layout) -> &'static [Row] {
    match layout.code {
        Code::Petscii => PETSCII_KEYS,
        Code::Host(_) => HOST_KEYS,
    }
}

impl When {
    fn holds(self, layout: Layout) -> bool {
        match self {
            When::Always => true,
            When::Pet => layout.machine == Machine::Pet,
            When::NotPet => layout.machine != Machine::Pet,
            When::Colours => layout.colours,
            When::Colours16 => layout.colours && layout.machine != Machine::Vic20,
            When::Ansi => layout.ansi,
        }
    }
}

/// The key as the table spells it: Ctrl and Alt letters small, and no shift on characters, which say it
/// themselves, except on the space bar and on Ctrl-C, whose shifted forms are keys of their own.
fn normal(key: Key) -> Key {
    let KeyCode::Char(c) = key.code else { return key };
    if key.ctrl && key.alt && !c.is_ascii_alphanumeric() {
        // Windows reports AltGr, which types @ and { on many keyboards, as Ctrl and Alt.
        return Key::plain(key.code);
    }
    let command = key.ctrl || key.alt;
    let small = if command { c.to_ascii_lowercase() } else { c };
    let keeps_shift = c == ' ' && !command || small == 'c' && key.ctrl;
    let shift = keeps_shift && (key.shift || key.ctrl && c == 'C');
    Key { code: KeyCode::Char(small), shift, ..key }
}

fn petscii_char(c: char, key: Key, layout: Layout) -> Option<u8> {
    match (key.ctrl, key.alt) {
        (false, false) => ascii::typed(c, layout.machine, layout.set).map(|code| code.0),
        (true, false) if c.is_ascii_lowercase() => Some(c as u8 & 0x1F),
        _ => None,
    }
}

fn host_char(c: char, key: Key, charset: HostCharset, ansi: bool) -> Option<Keystroke> {
    let mut sent = Vec::with_capacity(8);
    if key.alt {
        // Meta: the character behind an Esc.
        if !ansi {
            return None;
        }
        sent.push(0x1B);
    }
    if key.ctrl {
        sent.push(control(c)?);
    } else if !charset.encode_to(c, &mut sent) {
        return None;
    }
    Keystroke::new(&sent)
}

/// ASCII control codes by their keys; the digits are those of the VT220, and what a terminal without better
/// knowledge reports in their place.
fn control(c: char) -> Option<u8> {
    Some(match c {
        'a'..='z' => c as u8 & 0x1F,
        '@' | ' ' | '2' => 0x00,
        '[' | '3' => 0x1B,
        '\\' | '4' => 0x1C,
        ']' | '5' => 0x1D,
        '^' | '6' => 0x1E,
        '_' | '/' | '7' => 0x1F,
        '?' | '8' => 0x7F,
        _ => return None,
    })
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (held, name) in [(self.ctrl, "Ctrl-"), (self.alt, "Alt-"), (self.shift, "Shift-")] {
            if held {
                f.write_str(name)?;
            }
        }
        let name = match self.code {
            KeyCode::Char(' ') => "Space",
            KeyCode::Char(c) if self.ctrl || self.alt => return write!(f, "{}", c.to_ascii_uppercase()),
            KeyCode::Char(c) => return write!(f, "{c}"),
            KeyCode::F(number) => return write!(f, "F{number}"),
            KeyCode::Enter => "Enter",
            KeyCode::Escape => "Esc",
            KeyCode::Backspace => "Backspace",
            KeyCode::Insert => "Insert",
            KeyCode::Delete => "Delete",
            KeyCode::Tab => "Tab",
            KeyCode::Home => "Home",
            KeyCode::End => "End",
            KeyCode::Up => "Up",
            KeyCode::Down => "Down",
            KeyCode::Left => "Left",
            KeyCode::Right => "Right",
            KeyCode::PageUp => "PageUp",
            KeyCode::PageDown => "PageDown",
        };
        f.write_str(name)
    }
}
