//! The characters of a listing: PETSCII as UTF-8 with names in braces, and back.
//!
//! A byte is shown as its glyph where that glyph leads back to it, a control character by its name, `{clr}`, and all
//! else as its number, `{$de}`. Read are the spellings of magazines and other programs too: `{CLEAR}`, `{3 DOWN}`,
//! `{DOWN*3}`, `{147}`, `{CHR$(147)}`, `{SHIFT A}`, `{C= A}`. Pi is FF, as the keyboard has it. The names are those of
//! the keys and of `docs/petscii.md`; glyphs are the PET's in every program.

use super::token::{Key, PI, Typed};
use crate::petscii::{CharSet, Machine, Petscii};

/// The names that are written: each byte once.
const NAMES: [(u8, &str); 46] = [
    (0x03, "stop"),
    (0x05, "wht"),
    (0x07, "bell"),
    (0x08, "lock"),
    (0x09, "tab"),
    (0x0D, "return"),
    (0x0E, "text"),
    (0x0F, "set top"),
    (0x11, "down"),
    (0x12, "rvs on"),
    (0x13, "home"),
    (0x14, "del"),
    (0x15, "del line"),
    (0x16, "erase end"),
    (0x19, "scroll up"),
    (0x1B, "esc"),
    (0x1C, "red"),
    (0x1D, "right"),
    (0x1E, "grn"),
    (0x1F, "blu"),
    (0x20, "space"),
    (0x81, "orng"),
    (0x83, "run"),
    (0x85, "f1"),
    (0x86, "f3"),
    (0x88, "f7"),
    (0x8A, "f4"),
    (0x8B, "f6"),
    (0x8C, "f8"),
    (0x8D, "shift return"),
    (0x8E, "graphics"),
    (0x8F, "set bottom"),
    (0x90, "blk"),
    (0x91, "up"),
    (0x92, "rvs off"),
    (0x93, "clr"),
    (0x94, "inst"),
    (0x95, "ins line"),
    (0x96, "erase begin"),
    (0x97, "gry1"),
    (0x98, "gry2"),
    (0x99, "scroll down"),
    (0x9C, "pur"),
    (0x9D, "left"),
    (0x9F, "cyn"),
    (0xA0, "shift space"),
];

/// More names that are read, without blanks and signs.
#[rustfmt::skip]
const SPELLINGS: [(u8, &[&str]); 43] = [
    (0x03, &["runstop"]),
    (0x05, &["white"]),
    (0x07, &["beep", "chime"]),
    (0x08, &["dish", "locks"]),
    (0x09, &["ensh"]),
    (0x0D, &["ret"]),
    (0x0E, &["swlc", "lower", "lowercase", "lc"]),
    (0x11, &["crsrdown", "cursordown", "crsrdn", "dn", "dwn", "cd", "crsrd"]),
    (0x12, &["rvson", "rvs", "rvon", "reverse", "reverseon", "revon", "rev", "reverson", "ron"]),
    (0x13, &["hom", "crsrhome", "cursorhome", "clrhome"]),
    (0x14, &["delete", "backspace"]),
    (0x15, &["deleteline", "delline"]),
    (0x16, &["eraseend", "eraseeol"]),
    (0x19, &["scrollup"]),
    (0x1B, &["escape"]),
    (0x1D, &["crsrright", "cursorright", "crsrrt", "rght", "rgt", "rt", "crsrr", "rite"]),
    (0x1E, &["green"]),
    (0x1F, &["blue"]),
    (0x20, &["spc", "sp", "spaces", "blank", "blanks"]),
    (0x81, &["orange"]),
    (0x87, &["f5"]),
    (0x89, &["f2"]),
    (0x8D, &["sret", "stret", "shiftret", "sreturn"]),
    (0x8E, &["swuc", "upper", "uppercase", "uc"]),
    (0x90, &["black"]),
    (0x91, &["crsrup", "cursorup", "cu", "crsru"]),
    (0x92, &["rvsoff", "rvof", "rvoff", "rvsof", "reverseoff", "revoff", "off", "roff"]),
    (0x93, &["clear", "clrscr", "cls", "clearscreen", "shifthome", "shclrhome", "shiftclrhome", "shclr", "home/clr", "clearhome"]),
    (0x94, &["inst/del", "insert", "ins", "instdel", "shiftdel", "shiftinstdel"]),
    (0x95, &["insertline", "brn", "brown"]),
    (0x96, &["erasebegin", "erasestart", "lred", "lightred", "pink"]),
    (0x97, &["gray1", "grey1", "darkgrey", "darkgray"]),
    (0x98, &["gray2", "grey2", "grey", "gray", "mediumgrey"]),
    (0x99, &["scrolldown", "lgrn", "lightgreen"]),
    (0x9A, &["lblu", "lightblue"]),
    (0x9B, &["gry3", "gray3", "grey3", "lightgrey", "lightgray", "shiftesc"]),
    (0x9C, &["purple"]),
    (0x9D, &["crsrleft", "cursorleft", "lft", "lt", "cl", "crsrl"]),
    (0x9E, &["yel", "yellow"]),
    (0x9F, &["cyan"]),
    (0xA0, &["shiftspace", "shspace", "sspace", "shiftsp", "shsp"]),
    (0xFF, &["pi"]),
    (0x5F, &["leftarrow", "backarrow"]),
];

/// What the C= key makes of letters, A first: the graphics on the left of the keys.
const COMMODORE: [u8; 26] = [
    0xB0, 0xBF, 0xBC, 0xAC, 0xB1, 0xBB, 0xA5, 0xB4, 0xA2, 0xB5, 0xA1, 0xB6, 0xA7, 0xAA, 0xB9, 0xAF, 0xAB,
    0xB2, 0xAE, 0xA3, 0xB8, 0xBE, 0xB3, 0xBD, 0xB7, 0xAD,
];

/// The most that a name in braces may repeat: no line is longer.
const MOST_REPEATS: usize = 255;

/// The name of a control character, without braces.
pub(super) fn name(byte: u8) -> Option<&'static str> {
    NAMES.iter().find(|(named, _)| *named == byte).map(|(_, name)| *name)
}

/// The glyph of a byte, where it leads back to that byte and is no name's brace or shifted blank.
pub(super) fn glyph(byte: u8, set: CharSet) -> Option<char> {
    if byte == PI {
        return Some('π');
    }
    let c = Petscii(byte).unicode(Machine::Pet, set)?;
    let (back, _) = typed(c, set)?;
    (back == byte && c != '\u{A0}').then_some(c)
}

/// How a character of a listing was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// As it stands.
    Exact,
    /// As the character that was surely meant.
    As(char),
    /// A small letter as a capital, since the set has no small ones.
    Capital,
}

/// The byte of a character, none if no key has it.
pub(super) fn typed(c: char, set: CharSet) -> Option<(u8, Reading)> {
    let exact = |byte| Some((byte, Reading::Exact));
    match (c, set) {
        (' '..='@' | '[' | ']', _) => exact(c as u8),
        ('\\' | '£', _) => exact(0x5C),
        ('↑' | '^', _) => exact(0x5E),
        ('←', _) => exact(0x5F),
        ('_', _) => Some((0x5F, Reading::As('←'))),
        // A tilde is what petcat writes.
        ('π' | '~', _) | ('\u{1FB95}', CharSet::Text) => exact(PI),
        ('A'..='Z', CharSet::Graphics) | ('a'..='z', CharSet::Text) => exact(c.to_ascii_uppercase() as u8),
        ('a'..='z', CharSet::Graphics) => Some((c.to_ascii_uppercase() as u8, Reading::Capital)),
        ('A'..='Z', CharSet::Text) => exact(c as u8 | 0x80),
        ('{' | '}', _) => None,
        ('\u{A0}' | '\u{2002}'..='\u{200A}' | '\u{202F}' | '\u{3000}' | '\t', _) => {
            Some((b' ', Reading::As(' ')))
        }
        ('“' | '”' | '„' | '″' | '«' | '»', _) => Some((b'"', Reading::As('"'))),
        ('‘' | '’' | '‚' | '′', _) => Some((b'\'', Reading::As('\''))),
        ('‐'..='―' | '−', _) => Some((b'-', Reading::As('-'))),
        _ => Petscii::from_unicode(c, Machine::Pet, set).map(|Petscii(byte)| (byte, Reading::Exact)),
    }
}

/// What braces hold: bytes, or why they are not understood.
pub(super) fn braces(inside: &str) -> Result<Vec<Typed>, String> {
    let inside = inside.trim();
    // A number alone is a byte, and no count of nothing.
    let (count, what) = if one(inside).is_some() { (1, inside) } else { counted(inside) };
    let Some(typed) = one(what) else {
        let hint = match nearest(&squeezed(what)) {
            Some(name) => format!("is {{{name}}} meant?"),
            None => {
                "names are such as {clr}, {down} and {rvs on}, numbers such as {$93} and {147}".to_owned()
            }
        };
        return Err(format!("{{{inside}}} is no control character; {hint}"));
    };
    if typed.byte == 0 {
        return Err("{$00} would end the line; no text of BASIC holds it".to_owned());
    }
    if count == 0 || count > MOST_REPEATS {
        return Err(format!("{{{inside}}}: 1 to {MOST_REPEATS} times are expected"));
    }
    Ok(vec![typed; count])
}

/// Whether square brackets hold the name of a control character that moves, clears or reverses; `[RETURN]` and the
/// like are more often what a program tells its user.
pub(super) fn is_bracketed_name(inside: &str) -> bool {
    let (_, what) = counted(inside.trim());
    matches!(named(&squeezed(what)), Some(0x11 | 0x12 | 0x13 | 0x1D | 0x91 | 0x92 | 0x93 | 0x9D))
}

/// A count before or behind a name: `3 DOWN`, `DOWN 3`, `DOWN*3`, `3xDOWN`.
fn counted(inside: &str) -> (usize, &str) {
    let sign = |c: char| matches!(c, ' ' | '*' | 'x' | 'X' | '×' | ',' | ':');
    let digits = inside.len() - inside.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    if let Some((number, name)) = inside.split_at_checked(digits)
        && let Ok(count) = number.parse()
        && !name.is_empty()
    {
        let name = name.trim_start();
        return (
            count,
            name.strip_prefix(['*', 'x', 'X', '×'])
                .filter(|_| named(&squeezed(name)).is_none())
                .unwrap_or(name)
                .trim(),
        );
    }
    let without = inside.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = inside.get(without.len()..).and_then(|number| number.parse().ok());
    match number {
        Some(count) if without.ends_with(sign) => (count, without.trim_end_matches(sign)),
        _ => (1, inside),
    }
}

/// Lower case, without blanks and signs.
fn squeezed(name: &str) -> String {
    name.chars()
        .filter(|c| !matches!(c, ' ' | '-' | '_' | '/' | '.' | '+'))
        .flat_map(char::to_lowercase)
        .collect()
}

fn named(squeezed_name: &str) -> Option<u8> {
    let written = NAMES.iter().find(|(_, name)| squeezed(name) == squeezed_name).map(|(byte, _)| *byte);
    let read =
        || SPELLINGS.iter().find(|(_, names)| names.iter().any(|name| squeezed(name) == squeezed_name));
    written.or_else(|| read().map(|(byte, _)| *byte))
}

/// One name or number.
fn one(what: &str) -> Option<Typed> {
    if let Some(byte) = number(what) {
        return Some(Typed { byte, key: Key::Raw });
    }
    let name = squeezed(what);
    if let Some(byte) = named(&name) {
        let key = match byte {
            b' ' => Key::Raw,
            PI | 0x5F => Key::Typed,
            _ => Key::Named,
        };
        return Some(Typed { byte, key });
    }
    let lower = what.trim().to_lowercase();
    if let Some(letter @ 'a'..='z') = ["ctrl", "control"].iter().find_map(|word| key_behind(&lower, word)) {
        return Some(Typed { byte: letter as u8 & 0x1F, key: Key::Named });
    }
    // A key with SHIFT or C=, as petcat and magazines write it; the sign itself may be one that is squeezed out.
    let (shifted, rest) =
        if let Some(rest) = ["shift", "sh", "s"].iter().find_map(|word| key_behind(&lower, word)) {
            (true, rest)
        } else {
            (false, ["cbm", "c=", "commodore", "c", "g"].iter().find_map(|word| key_behind(&lower, word))?)
        };
    let byte = match (rest, shifted) {
        ('a'..='z', true) => rest as u8 - b'a' + 0xC1,
        ('a'..='z', false) => *COMMODORE.get(usize::from(rest as u8 - b'a'))?,
        ('+', true) => 0xDB,
        ('-', true) => 0xDD,
        ('@', true) => 0xBA,
        ('*', true) => 0xC0,
        ('£' | '\\', true) => 0xA9,
        ('^' | '↑', true) => PI,
        ('+', false) => 0xA6,
        ('-', false) => 0xDC,
        ('@', false) => 0xA4,
        ('*', false) => 0xDF,
        ('£' | '\\', false) => 0xA8,
        _ => return None,
    };
    Some(Typed { byte, key: Key::Typed })
}

/// The single key behind a word: `shift-a`, `shift a`, `shifta`; a word of one letter keeps its blank or sign.
fn key_behind(lower: &str, word: &str) -> Option<char> {
    let rest = lower.strip_prefix(word)?;
    let apart = rest.strip_prefix(['-', ' ', '+', '_']).filter(|rest| !rest.is_empty());
    let rest = apart.or_else(|| (word.len() > 1).then_some(rest))?;
    if rest.trim() == "pound" {
        return Some('£');
    }
    let mut chars = rest.trim().chars();
    let key = chars.next()?;
    chars.next().is_none().then_some(key)
}

/// `$93`, `0x93`, `147`, `chr$(147)`.
fn number(what: &str) -> Option<u8> {
    let lower = what.trim().to_ascii_lowercase();
    if let Some(hex) = lower.strip_prefix('$').or_else(|| lower.strip_prefix("0x")) {
        let plain = hex.len() <= 2 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        return plain.then(|| u8::from_str_radix(hex, 16).ok()).flatten();
    }
    let decimal = match lower.strip_prefix("chr$(").or_else(|| lower.strip_prefix("chr(")) {
        Some(rest) => rest.strip_suffix(')')?,
        None => lower.as_str(),
    };
    let plain = decimal.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| decimal.parse().ok()).flatten()
}

/// The name nearest to one that is none, at most two letters off.
fn nearest(name: &str) -> Option<&'static str> {
    let most = if name.len() < 5 { 1 } else { 2 };
    NAMES
        .iter()
        .map(|(_, known)| (distance(name, &squeezed(known)), *known))
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

/// How many letters must be changed, put in, left out or exchanged with the next to make one of the other.
pub(super) fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let at = |row: &[usize], place: usize| row.get(place).copied().unwrap_or(usize::MAX / 2);
            let mut least =
                (at(&above, j) + usize::from(x != y)).min(at(&above, j + 1) + 1).min(at(&row, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if swapped {
                least = least.min(at(&before, j - 1) + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut above, row);
    }
    above.last().copied().unwrap_or(0)
}
