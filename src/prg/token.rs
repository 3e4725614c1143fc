//! BASIC's words and how the ROM finds them: the keyword table, and the routine that the manuals call CRUNCH.
//!
//! The routine is that of Microsoft's BASIC for the 6502, which every PET has, down to its quirks: the first word of
//! the table that fits is taken, a shifted letter ends a word early, DATA and REM and quotes are left alone, and
//! shifted characters anywhere else are dropped. The table is in the order of the tokens, 80 up; the words from CC up
//! are BASIC 4's. Facts: the ROMs' sources, `docs/prg.md`.

/// Which BASIC: what it takes for words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Basic {
    /// The first PETs': no GO, and blanks inside words do not matter.
    One,
    /// Upgrade PETs', VIC-20 and C64: GO is a word.
    Two,
    /// BASIC 4: fifteen words for disks.
    #[default]
    Four,
}

impl Basic {
    /// All of them, newest first.
    pub const ALL: [Basic; 3] = [Basic::Four, Basic::Two, Basic::One];

    /// The number by which it is known.
    pub const fn number(self) -> u8 {
        match self {
            Basic::One => 1,
            Basic::Two => 2,
            Basic::Four => 4,
        }
    }

    /// How many words it knows.
    pub(super) const fn words(self) -> usize {
        match self {
            Basic::One => 75,
            Basic::Two => 76,
            Basic::Four => 91,
        }
    }
}

/// The words, token 80 first.
#[rustfmt::skip]
pub(super) const WORDS: [&str; 91] = [
    "END", "FOR", "NEXT", "DATA", "INPUT#", "INPUT", "DIM", "READ", // 80
    "LET", "GOTO", "RUN", "IF", "RESTORE", "GOSUB", "RETURN", "REM", // 88
    "STOP", "ON", "WAIT", "LOAD", "SAVE", "VERIFY", "DEF", "POKE", // 90
    "PRINT#", "PRINT", "CONT", "LIST", "CLR", "CMD", "SYS", "OPEN", // 98
    "CLOSE", "GET", "NEW", "TAB(", "TO", "FN", "SPC(", "THEN", // A0
    "NOT", "STEP", "+", "-", "*", "/", "^", "AND", // A8
    "OR", ">", "=", "<", "SGN", "INT", "ABS", "USR", // B0
    "FRE", "POS", "SQR", "RND", "LOG", "EXP", "COS", "SIN", // B8
    "TAN", "ATN", "PEEK", "LEN", "STR$", "VAL", "ASC", "CHR$", // C0
    "LEFT$", "RIGHT$", "MID$", "GO", "CONCAT", "DOPEN", "DCLOSE", "RECORD", // C8
    "HEADER", "COLLECT", "BACKUP", "COPY", "APPEND", "DSAVE", "DLOAD", "CATALOG", // D0
    "RENAME", "SCRATCH", "DIRECTORY", // D8
];

const TABLE_LENGTH: usize = {
    let (mut length, mut word) = (0, 0);
    while word < WORDS.len() {
        length += WORDS[word].len();
        word += 1;
    }
    length
};

/// The table as it stands in the ROM: the last letter of each word has bit 7 set.
const TABLE: [u8; TABLE_LENGTH] = {
    let mut table = [0; TABLE_LENGTH];
    let (mut at, mut word) = (0, 0);
    while word < WORDS.len() {
        let letters = WORDS[word].as_bytes();
        let mut letter = 0;
        while letter < letters.len() {
            table[at] = letters[letter];
            at += 1;
            letter += 1;
        }
        table[at - 1] |= 0x80;
        word += 1;
    }
    table
};

pub(super) const DATA: u8 = 0x83;
pub(super) const GOTO: u8 = 0x89;
pub(super) const RUN: u8 = 0x8A;
pub(super) const GOSUB: u8 = 0x8D;
pub(super) const REM: u8 = 0x8F;
pub(super) const WAIT: u8 = 0x92;
pub(super) const POKE: u8 = 0x97;
pub(super) const PRINT: u8 = 0x99;
pub(super) const SYS: u8 = 0x9E;
pub(super) const TO: u8 = 0xA4;
pub(super) const THEN: u8 = 0xA7;
pub(super) const EQUALS: u8 = 0xB2;
pub(super) const PEEK: u8 = 0xC2;
pub(super) const GO: u8 = 0xCB;
pub(super) const FIRST_DISK_WORD: u8 = 0xCC;
/// The one byte from DB up that BASIC knows.
pub(super) const PI: u8 = 0xFF;
pub(super) const QUOTE: u8 = b'"';

/// The word of a token.
pub(super) fn word(token: u8, basic: Basic) -> Option<&'static str> {
    let index = usize::from(token).checked_sub(0x80)?;
    WORDS.get(..basic.words())?.get(index).copied()
}

/// How a byte got into a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// A key was typed.
    Typed,
    /// A control character by its name: good in quotes and remarks only.
    Named,
    /// A byte by its number: it is never part of a word.
    Raw,
}

/// A byte of a line as it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Typed {
    pub(super) byte: u8,
    pub(super) key: Key,
}

/// A line's text as BASIC keeps it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Crunched {
    /// The bytes.
    pub(super) bytes: Vec<u8>,
    /// For each, which of the typed ones it comes from, the first one where it is a word.
    pub(super) from: Vec<usize>,
    /// The typed ones that BASIC drops: shifted characters, and control characters by name, outside of quotes.
    pub(super) dropped: Vec<usize>,
}

impl Crunched {
    fn keep(&mut self, byte: u8, from: usize) {
        self.bytes.push(byte);
        self.from.push(from);
    }
}

/// What the ROM makes of a line behind its number.
pub(super) fn crunch(line: &[Typed], basic: Basic) -> Crunched {
    let mut out = Crunched::default();
    let (mut at, mut in_data) = (0, false);
    while let Some(&Typed { byte, key }) = line.get(at) {
        let mut next = at + 1;
        let mut kept = byte;
        match (byte, key) {
            (QUOTE, _) => {
                out.keep(byte, at);
                while let Some(inside) = line.get(next) {
                    out.keep(inside.byte, next);
                    next += 1;
                    if inside.byte == QUOTE {
                        break;
                    }
                }
                at = next;
                continue;
            }
            (_, Key::Raw) | (b' ' | PI, _) => {}
            (0x80.., _) | (_, Key::Named) => {
                out.dropped.push(at);
                at = next;
                continue;
            }
            _ if in_data => {}
            (b'?', _) => kept = PRINT,
            (b'0'..=b';', _) => {}
            _ => {
                if let Some((token, behind)) = find(line, at, basic) {
                    (kept, next) = (token, behind);
                }
            }
        }
        out.keep(kept, at);
        at = next;
        match kept {
            b':' => in_data = false,
            DATA => in_data = true,
            REM => {
                for (index, rest) in line.iter().enumerate().skip(at) {
                    out.keep(rest.byte, index);
                }
                break;
            }
            _ => {}
        }
    }
    out
}

/// The word that begins here, as the ROM looks for it: byte by byte through the table. What is left when a table
/// byte is taken from a typed one is 80 at the last letter of a word, and at a shifted letter before it.
fn find(line: &[Typed], start: usize, basic: Basic) -> Option<(u8, usize)> {
    let length: usize = WORDS.iter().take(basic.words()).map(|word| word.len()).sum();
    let table = TABLE.get(..length)?;
    let mut token = 0x80_u8;
    let mut at = 0;
    loop {
        let mut here = start;
        loop {
            let typed = match line.get(here) {
                Some(Typed { byte, key: Key::Typed }) => *byte,
                _ => 0,
            };
            if basic == Basic::One && typed == b' ' {
                here += 1;
                continue;
            }
            match typed.wrapping_sub(*table.get(at)?) {
                0 => {
                    at += 1;
                    here += 1;
                }
                0x80 => return Some((token, here + 1)),
                _ => break,
            }
        }
        token += 1;
        while *table.get(at)? < 0x80 {
            at += 1;
        }
        at += 1;
    }
}
