//! The keys that are not plain text, on a Commodore's wire and on a host's.
//!
//! Many terminals cannot tell Shift-Enter, Ctrl-9 or Shift-Backspace from the plain key. Everything that
//! needs such a key has a second one that every terminal reports: Alt with a character, or a function key.
//! F9 is missing on purpose: it is the terminal's own prefix key.

use super::{Key, KeyCode};

/// A kind of key, for the order and the headings of the help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// Letters and control codes, summed up.
    Text,
    /// RETURN, DEL, HOME, STOP and the cursor.
    Editing,
    /// Function keys.
    Function,
    /// Colours.
    Colour,
    /// The C= and shift layers of the keyboard: graphics.
    Graphics,
}

/// On which keyboards a key exists.
#[derive(Clone, Copy, Debug)]
pub(super) enum When {
    Always,
    /// A PET has no function keys; they stand in for keys that a PC lacks.
    Pet,
    NotPet,
    Colours,
    /// A VIC-20 has the first eight only.
    Colours16,
    /// On a host's wire, where sequences are understood.
    Ansi,
}

/// One key.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) group: Group,
    pub(super) when: When,
    pub(super) key: Key,
    pub(super) bytes: &'static [u8],
    pub(super) meaning: &'static str,
}

const fn row(group: Group, when: When, key: Key, bytes: &'static [u8], meaning: &'static str) -> Row {
    Row { group, when, key, bytes, meaning }
}

const fn ctrl(c: char) -> Key {
    Key::ctrl(c)
}

const fn alt(c: char) -> Key {
    Key::alt(KeyCode::Char(c))
}

const fn plain(code: KeyCode) -> Key {
    Key::plain(code)
}

const fn shift(code: KeyCode) -> Key {
    Key::shifted(code)
}

/// Colour codes in the order of the C64's palette.
pub(super) const COLOURS: [u8; 16] =
    [0x90, 0x05, 0x1C, 0x9F, 0x9C, 0x1E, 0x1F, 0x9E, 0x81, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9A, 0x9B];

use Group::{Colour, Editing, Function, Graphics};
use KeyCode::{Backspace, Delete, Down, End, Enter, Escape, F, Home, Insert, Left, PageDown, PageUp, Right};
use KeyCode::{Char, Tab, Up};
use When::{Always, Ansi, Colours, Colours16, NotPet, Pet};

/// A Commodore's wire. The first key for a code is the nearest in place or name; those behind it are the
/// second ways.
#[rustfmt::skip]
pub(super) const PETSCII_KEYS: &[Row] = &[
    row(Editing, Always, plain(Enter),               &[0x0D], "RETURN"),
    row(Editing, Always, shift(Enter),               &[0x8D], "shift RETURN"),
    row(Editing, Always, Key::alt(Enter),            &[0x8D], "shift RETURN"),
    row(Editing, Always, plain(Backspace),           &[0x14], "DEL"),
    row(Editing, Always, plain(Delete),              &[0x14], "DEL"),
    row(Editing, Always, shift(Backspace),           &[0x94], "INST"),
    row(Editing, Always, plain(Insert),              &[0x94], "INST"),
    row(Editing, Always, plain(Home),                &[0x13], "HOME"),
    row(Editing, Always, shift(Home),                &[0x93], "CLR"),
    row(Editing, Always, plain(End),                 &[0x93], "CLR"),
    row(Editing, Always, plain(Up),                  &[0x91], "cursor up"),
    row(Editing, Always, plain(Down),                &[0x11], "cursor down"),
    row(Editing, Always, plain(Left),                &[0x9D], "cursor left"),
    row(Editing, Always, plain(Right),               &[0x1D], "cursor right"),
    row(Editing, Always, plain(Tab),                 &[0x09], "TAB"),
    row(Editing, Always, shift(Tab),                 &[0x89], "shift TAB"),
    row(Editing, Always, plain(Escape),              &[0x1B], "ESC"),
    row(Editing, Always, shift(Escape),              &[0x9B], "shift ESC"),
    row(Editing, Always, Key::alt(Escape),           &[0x9B], "shift ESC"),
    row(Editing, Always, ctrl('c'),                  &[0x03], "STOP"),
    row(Editing, Always, Key { shift: true, ..ctrl('c') }, &[0x83], "shift STOP"),
    row(Editing, Always, plain(F(10)),               &[0x83], "shift STOP"),
    row(Editing, Always, ctrl('9'),                  &[0x12], "RVS ON"),
    row(Editing, Always, alt('9'),                   &[0x12], "RVS ON"),
    row(Editing, Always, plain(F(11)),               &[0x12], "RVS ON"),
    row(Editing, Always, ctrl('0'),                  &[0x92], "RVS OFF"),
    row(Editing, Always, alt('0'),                   &[0x92], "RVS OFF"),
    row(Editing, Always, plain(F(12)),               &[0x92], "RVS OFF"),

    row(Function, Pet, plain(F(1)),                  &[0x12], "RVS ON"),
    row(Function, Pet, plain(F(2)),                  &[0x92], "RVS OFF"),
    row(Function, Pet, plain(F(3)),                  &[0x03], "STOP"),
    row(Function, Pet, plain(F(4)),                  &[0x83], "shift STOP"),
    row(Function, Pet, plain(F(5)),                  &[0x93], "CLR"),
    row(Function, Pet, plain(F(6)),                  &[0x94], "INST"),
    row(Function, Pet, plain(F(7)),                  &[0x8D], "shift RETURN"),
    row(Function, Pet, plain(F(8)),                  &[0x9B], "shift ESC"),
    row(Function, NotPet, plain(F(1)),               &[0x85], "f1"),
    row(Function, NotPet, plain(F(2)),               &[0x89], "f2"),
    row(Function, NotPet, plain(F(3)),               &[0x86], "f3"),
    row(Function, NotPet, plain(F(4)),               &[0x8A], "f4"),
    row(Function, NotPet, plain(F(5)),               &[0x87], "f5"),
    row(Function, NotPet, plain(F(6)),               &[0x8B], "f6"),
    row(Function, NotPet, plain(F(7)),               &[0x88], "f7"),
    row(Function, NotPet, plain(F(8)),               &[0x8C], "f8"),

    row(Colour, Colours, ctrl('1'),                  &[0x90], "black"),
    row(Colour, Colours, ctrl('2'),                  &[0x05], "white"),
    row(Colour, Colours, ctrl('3'),                  &[0x1C], "red"),
    row(Colour, Colours, ctrl('4'),                  &[0x9F], "cyan"),
    row(Colour, Colours, ctrl('5'),                  &[0x9C], "purple"),
    row(Colour, Colours, ctrl('6'),                  &[0x1E], "green"),
    row(Colour, Colours, ctrl('7'),                  &[0x1F], "blue"),
    row(Colour, Colours, ctrl('8'),                  &[0x9E], "yellow"),
    row(Colour, Colours16, alt('1'),                 &[0x81], "orange"),
    row(Colour, Colours16, alt('2'),                 &[0x95], "brown"),
    row(Colour, Colours16, alt('3'),                 &[0x96], "light red"),
    row(Colour, Colours16, alt('4'),                 &[0x97], "dark grey"),
    row(Colour, Colours16, alt('5'),                 &[0x98], "medium grey"),
    row(Colour, Colours16, alt('6'),                 &[0x99], "light green"),
    row(Colour, Colours16, alt('7'),                 &[0x9A], "light blue"),
    row(Colour, Colours16, alt('8'),                 &[0x9B], "light grey"),

    row(Graphics, Always, alt('a'),                  &[0xB0], "C= A"),
    row(Graphics, Always, alt('b'),                  &[0xBF], "C= B"),
    row(Graphics, Always, alt('c'),                  &[0xBC], "C= C"),
    row(Graphics, Always, alt('d'),                  &[0xAC], "C= D"),
    row(Graphics, Always, alt('e'),                  &[0xB1], "C= E"),
    row(Graphics, Always, alt('f'),                  &[0xBB], "C= F"),
    row(Graphics, Always, alt('g'),                  &[0xA5], "C= G"),
    row(Graphics, Always, alt('h'),                  &[0xB4], "C= H"),
    row(Graphics, Always, alt('i'),                  &[0xA2], "C= I"),
    row(Graphics, Always, alt('j'),                  &[0xB5], "C= J"),
    row(Graphics, Always, alt('k'),                  &[0xA1], "C= K"),
    row(Graphics, Always, alt('l'),                  &[0xB6], "C= L"),
    row(Graphics, Always, alt('m'),                  &[0xA7], "C= M"),
    row(Graphics, Always, alt('n'),                  &[0xAA], "C= N"),
    row(Graphics, Always, alt('o'),                  &[0xB9], "C= O"),
    row(Graphics, Always, alt('p'),                  &[0xAF], "C= P"),
    row(Graphics, Always, alt('q'),                  &[0xAB], "C= Q"),
    row(Graphics, Always, alt('r'),                  &[0xB2], "C= R"),
    row(Graphics, Always, alt('s'),                  &[0xAE], "C= S"),
    row(Graphics, Always, alt('t'),                  &[0xA3], "C= T"),
    row(Graphics, Always, alt('u'),                  &[0xB8], "C= U"),
    row(Graphics, Always, alt('v'),                  &[0xBE], "C= V"),
    row(Graphics, Always, alt('w'),                  &[0xB3], "C= W"),
    row(Graphics, Always, alt('x'),                  &[0xBD], "C= X"),
    row(Graphics, Always, alt('y'),                  &[0xB7], "C= Y"),
    row(Graphics, Always, alt('z'),                  &[0xAD], "C= Z"),
    row(Graphics, Always, alt('+'),                  &[0xA6], "C= +"),
    row(Graphics, Always, alt('-'),                  &[0xDC], "C= -"),
    row(Graphics, Always, alt('@'),                  &[0xA4], "C= @"),
    row(Graphics, Always, alt('*'),                  &[0xDF], "C= *"),
    row(Graphics, Always, alt('£'),                  &[0xA8], "C= pound"),
    row(Graphics, Always, alt('\\'),                 &[0xA8], "C= pound"),
    // A PC's shift already makes + and @ what they are, so the C64's shifted keys sit on neighbours.
    row(Graphics, Always, alt('='),                  &[0xDB], "shift +"),
    row(Graphics, Always, alt('_'),                  &[0xDD], "shift -"),
    row(Graphics, Always, alt('\''),                 &[0xBA], "shift @"),
    row(Graphics, Always, alt(','),                  &[0xC0], "shift *"),
    row(Graphics, Always, alt('#'),                  &[0xA9], "shift pound"),
    row(Graphics, Always, alt('^'),                  &[0xDE], "shift up arrow"),
    row(Graphics, Always, shift(Char(' ')),          &[0xA0], "shift space"),
    row(Graphics, Always, alt(' '),                  &[0xA0], "shift space"),
    row(Graphics, Always, plain(Char('~')),          &[0x5F], "left arrow"),
    row(Graphics, Always, plain(Char('^')),          &[0x5E], "up arrow"),
    row(Graphics, NotPet, plain(Char('\\')),         &[0x5C], "pound"),

    row(Editing, Always, ctrl('['),                  &[0x1B], "ctrl ["),
    row(Editing, Always, ctrl(']'),                  &[0x1D], "ctrl ]"),
    row(Editing, NotPet, ctrl(':'),                  &[0x1B], "ctrl :"),
    row(Editing, NotPet, ctrl(';'),                  &[0x1D], "ctrl ;"),
    row(Editing, NotPet, ctrl('='),                  &[0x1F], "ctrl ="),
    row(Editing, NotPet, ctrl('^'),                  &[0x1E], "ctrl up arrow"),
    row(Editing, NotPet, ctrl('↑'),                  &[0x1E], "ctrl up arrow"),
    row(Editing, NotPet, ctrl('~'),                  &[0x06], "ctrl left arrow"),
    row(Editing, NotPet, ctrl('←'),                  &[0x06], "ctrl left arrow"),
];

/// A host's wire: ASCII, and the sequences of ECMA-48 and xterm.
#[rustfmt::skip]
pub(super) const HOST_KEYS: &[Row] = &[
    row(Editing, Always, plain(Enter),               b"\r",       "CR"),
    row(Editing, Always, plain(Backspace),           b"\x08",     "BS"),
    row(Editing, Always, plain(Delete),              b"\x7F",     "DEL"),
    row(Editing, Always, plain(Tab),                 b"\t",       "TAB"),
    row(Editing, Ansi,   shift(Tab),                 b"\x1B[Z",   "back tab"),
    row(Editing, Always, plain(Escape),              b"\x1B",     "ESC"),
    row(Editing, Ansi,   plain(Up),                  b"\x1B[A",   "cursor up"),
    row(Editing, Ansi,   plain(Down),                b"\x1B[B",   "cursor down"),
    row(Editing, Ansi,   plain(Right),               b"\x1B[C",   "cursor right"),
    row(Editing, Ansi,   plain(Left),                b"\x1B[D",   "cursor left"),
    row(Editing, Ansi,   plain(Home),                b"\x1B[H",   "home"),
    row(Editing, Ansi,   plain(End),                 b"\x1B[F",   "end"),
    row(Editing, Ansi,   plain(Insert),              b"\x1B[2~",  "insert"),
    row(Editing, Ansi,   plain(PageUp),              b"\x1B[5~",  "page up"),
    row(Editing, Ansi,   plain(PageDown),            b"\x1B[6~",  "page down"),
    row(Function, Ansi,  plain(F(1)),                b"\x1BOP",   "F1"),
    row(Function, Ansi,  plain(F(2)),                b"\x1BOQ",   "F2"),
    row(Function, Ansi,  plain(F(3)),                b"\x1BOR",   "F3"),
    row(Function, Ansi,  plain(F(4)),                b"\x1BOS",   "F4"),
    row(Function, Ansi,  plain(F(5)),                b"\x1B[15~", "F5"),
    row(Function, Ansi,  plain(F(6)),                b"\x1B[17~", "F6"),
    row(Function, Ansi,  plain(F(7)),                b"\x1B[18~", "F7"),
    row(Function, Ansi,  plain(F(8)),                b"\x1B[19~", "F8"),
    row(Function, Ansi,  plain(F(10)),               b"\x1B[21~", "F10"),
    row(Function, Ansi,  plain(F(11)),               b"\x1B[23~", "F11"),
    row(Function, Ansi,  plain(F(12)),               b"\x1B[24~", "F12"),
];
