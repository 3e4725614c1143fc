//! A listing as a program: what typing it in at the machine would give, with a word about what looks wrong.
//!
//! A line is a number and a text, as in a magazine. What the machine would drop or take for something else without a
//! word is an error here, with row and column; what it would take and a reader would not mean is a warning. Rows and
//! columns count from 1, columns in characters.

use std::collections::BTreeSet;
use std::fmt;

use super::HIGHEST_LINE;
use super::chars::{self, Reading};
use super::check;
use super::data::{self, DataSums};
use super::token::{Basic, Crunched, Key, PRINT, QUOTE, REM, Typed, crunch};
use crate::petscii::CharSet;

/// How a listing is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MakeOptions {
    /// The load address.
    pub at: u16,
    /// Which BASIC's words.
    pub basic: Basic,
    /// Which set the listing's characters are of; none: text where most words are in small letters.
    pub set: Option<CharSet>,
}

impl Default for MakeOptions {
    fn default() -> MakeOptions {
        MakeOptions { at: 0x0401, basic: Basic::Four, set: None }
    }
}

/// Something about a place in a listing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Remark {
    /// The row, from 1.
    pub row: usize,
    /// The character in the row, from 1.
    pub column: usize,
    /// What, and what was expected or may be meant.
    pub what: String,
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.row, self.column, self.what)
    }
}

/// A program made from a listing.
#[derive(Clone, Debug, PartialEq)]
pub struct Made {
    /// The PRG file.
    pub file: Vec<u8>,
    /// How many lines it has.
    pub lines: usize,
    /// The set that was taken.
    pub set: CharSet,
    /// What its DATA come to.
    pub data: DataSums,
    /// What looks wrong, in the order of the listing.
    pub warnings: Vec<Remark>,
}

/// A listing that is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// Why, in the order of the listing; at least one.
    pub errors: Vec<Remark>,
    /// What looks wrong besides.
    pub warnings: Vec<Remark>,
}

/// Link, number, text and zero of a line: more cannot be linked by the ROM.
const LONGEST_LINE: usize = 255;
/// Link, number and zero.
const AROUND_TEXT: usize = 5;
/// What fits into the screen editor's line.
const LONGEST_TYPED: usize = 80;

/// Errors and warnings as they are found.
#[derive(Debug, Default)]
struct Notes {
    errors: Vec<Remark>,
    warnings: Vec<Remark>,
}

impl Notes {
    fn error(&mut self, row: usize, column: usize, what: impl Into<String>) {
        self.errors.push(Remark { row, column, what: what.into() });
    }

    fn warn(&mut self, row: usize, column: usize, what: impl Into<String>) {
        self.warnings.push(Remark { row, column, what: what.into() });
    }
}

/// A line's text, key by key, and the column of each.
#[derive(Debug, Default)]
struct Keys {
    typed: Vec<Typed>,
    columns: Vec<usize>,
}

impl Keys {
    fn push(&mut self, typed: Typed, column: usize) {
        self.typed.push(typed);
        self.columns.push(column);
    }

    fn extend(&mut self, typed: Vec<Typed>, column: usize) {
        self.columns.extend(typed.iter().map(|_| column));
        self.typed.extend(typed);
    }
}

/// A line, kept.
struct Kept {
    row: usize,
    number: u16,
    crunched: Crunched,
    columns: Vec<usize>,
}

impl Kept {
    /// The column of a kept byte, or of the place behind the last one.
    fn column(&self, at: usize) -> usize {
        let column = |from: &usize| self.columns.get(*from).copied();
        let behind = || self.columns.last().map_or(1, |last| last + 1);
        self.crunched.from.get(at).and_then(column).unwrap_or_else(behind)
    }
}

/// Makes a program of a listing in UTF-8.
///
/// # Errors
/// Everything that keeps it from being one, with rows and columns.
///
/// ```
/// use petterm::prg::{MakeOptions, make};
///
/// let made = make(b"10 PRINT \"{clr}HELLO\"\n20 GOTO 10\n", &MakeOptions::default()).unwrap();
/// assert_eq!(made.file[..8], [0x01, 0x04, 0x10, 0x04, 0x0A, 0x00, 0x99, 0x20]);
///
/// let rejected = make(b"10 PRINT \"{clear}HELLO\n2O GOTO 10\n", &MakeOptions::default()).unwrap_err();
/// assert_eq!((rejected.errors[0].row, rejected.errors[0].column), (2, 1));
/// ```
pub fn make(listing: &[u8], options: &MakeOptions) -> Result<Made, Rejected> {
    let mut notes = Notes::default();
    let rows = rows(listing, &mut notes);
    let set = options.set.unwrap_or_else(|| guess_set(rows.iter().map(|(_, row)| *row)));
    let mut lines: Vec<Kept> = Vec::new();
    for (row, text) in rows {
        if let Some(line) = read_row(row, text, set, options.basic, lines.last(), &mut notes) {
            lines.push(line);
        }
    }
    if lines.is_empty() && notes.errors.is_empty() {
        notes.error(1, 1, "there is no line in it; lines such as 10 PRINT \"HELLO\" are expected");
    }
    let data = look_at_all(&lines, options.basic, &mut notes);
    let file = assemble(&lines, options.at, &mut notes);
    notes.errors.sort();
    notes.warnings.sort();
    let Notes { errors, warnings } = notes;
    if errors.is_empty() {
        Ok(Made { file, lines: lines.len(), set, data, warnings })
    } else {
        Err(Rejected { errors, warnings })
    }
}

/// The rows of a text, which end with LF, CR LF or CR.
fn split_rows(listing: &[u8]) -> Vec<&[u8]> {
    let mut out = Vec::new();
    let mut rest = listing;
    while let Some(at) = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n')) {
        let Some((row, end)) = rest.split_at_checked(at) else { break };
        out.push(row);
        rest = end.strip_prefix(b"\r\n").or_else(|| end.get(1..)).unwrap_or_default();
    }
    out.push(rest);
    out
}

/// The rows that hold something, numbered from 1.
fn rows<'a>(listing: &'a [u8], notes: &mut Notes) -> Vec<(usize, &'a str)> {
    let listing = listing.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(listing);
    let mut out = Vec::new();
    for (index, bytes) in split_rows(listing).into_iter().enumerate() {
        match std::str::from_utf8(bytes) {
            Ok(text) if text.trim().is_empty() => {}
            Ok(text) => out.push((index + 1, text)),
            Err(error) => {
                let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
                let byte = bytes.get(error.valid_up_to()).copied().unwrap_or_default();
                let column = String::from_utf8_lossy(good).chars().count() + 1;
                let what = format!(
                    "byte {byte:02X} is no UTF-8; save the listing as UTF-8, or list a .prg with 'petterm prg list'"
                );
                notes.error(index + 1, column, what);
            }
        }
    }
    out
}

/// The set of a listing: small letters where most words outside of quotes, braces and remarks are in small letters.
pub(super) fn guess_set<'a>(rows: impl Iterator<Item = &'a str>) -> CharSet {
    let (mut small, mut capital) = (0_usize, 0_usize);
    for row in rows {
        let (mut quoted, mut braced) = (false, false);
        let mut last = ['\0'; 2];
        for c in row.chars() {
            match c {
                '"' | '“' | '”' => quoted = !quoted,
                '{' => braced = true,
                '}' => braced = false,
                _ if quoted || braced => {}
                'a'..='z' => small += 1,
                'A'..='Z' => capital += 1,
                _ => {}
            }
            if matches!((last, c), (['r', 'e'], 'm') | (['R', 'E'], 'M')) && !quoted {
                break;
            }
            last = [last[1], c];
        }
    }
    if small > capital { CharSet::Text } else { CharSet::Graphics }
}

/// Reads a row, tells what is wrong with it, and returns what can be kept.
fn read_row(
    row: usize,
    text: &str,
    set: CharSet,
    basic: Basic,
    before: Option<&Kept>,
    notes: &mut Notes,
) -> Option<Kept> {
    let blanks = text.chars().take_while(|c| c.is_whitespace()).count();
    let column = blanks + 1;
    let (number, text) = read_number(row, column, text.trim_start(), before, notes)?;
    let begins = column + number.1;
    let keys = read_keys(row, begins, text, set, notes);
    if keys.typed.is_empty() {
        let what = format!("line {} has no text; typed in, that deletes the line", number.0);
        notes.error(row, column, what);
        return None;
    }
    let typed = number.0.to_string().len() + 1 + keys.typed.len();
    if typed > LONGEST_TYPED {
        let what = format!(
            "{typed} characters are more than the {LONGEST_TYPED} that can be typed at the machine without abbreviations"
        );
        notes.warn(row, column, what);
    }
    let crunched = crunch(&keys.typed, basic);
    for at in &crunched.dropped {
        let byte = keys.typed.get(*at).map_or(0, |typed| typed.byte);
        let shown = chars::glyph(byte, set).map_or_else(
            || format!("{{{}}}", chars::name(byte).map_or_else(|| format!("${byte:02x}"), str::to_owned)),
            |c| c.to_string(),
        );
        let at = keys.columns.get(*at).copied().unwrap_or(column);
        notes.error(
            row,
            at,
            format!("'{shown}' means nothing outside of quotes; is a \" missing before it?"),
        );
    }
    let length = crunched.bytes.len() + AROUND_TEXT;
    if length > LONGEST_LINE {
        let what =
            format!("line {} takes {length} bytes, and {LONGEST_LINE} are the most; split it", number.0);
        notes.error(row, column, what);
    }
    Some(Kept { row, number: number.0, crunched, columns: keys.columns })
}

/// The number of a line with its width in characters, blanks behind it counted, and the text behind it.
fn read_number<'a>(
    row: usize,
    column: usize,
    text: &'a str,
    before: Option<&Kept>,
    notes: &mut Notes,
) -> Option<((u16, usize), &'a str)> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, rest) = text.split_at_checked(digits)?;
    let word: String = text.chars().take_while(char::is_ascii_alphanumeric).collect();
    // With nothing behind the word, and a number that is too low as it is, that is what to tell.
    let too_low = || {
        let last = before.map_or(-1, |line| i64::from(line.number));
        text.trim_end().len() == word.len() && number.parse().is_ok_and(|number: i64| number <= last)
    };
    // A number with letters that look like digits, and a blank or the end behind it.
    let guess = check::as_digits(&word)
        .filter(|_| word.len() > digits && word.bytes().any(|byte| byte.is_ascii_digit() || word.len() == 1))
        .filter(|_| !too_low())
        .filter(|_| {
            !text.get(word.len()..).is_some_and(|rest| rest.trim_start().starts_with(['=', '(', '$', '%']))
        });
    if let Some(guess) = &guess {
        notes.error(row, column, format!("a line number is expected, and not '{word}'; is {guess} meant?"));
        return None;
    }
    if digits == 0 {
        let begin: String = text.chars().take(12).collect();
        let what = format!(
            "a line number is expected, and not '{begin}'; if it belongs to the line above, join the two"
        );
        notes.error(row, column, what);
        return None;
    }
    let number = match number.parse::<u16>() {
        Ok(value) if value <= HIGHEST_LINE => value,
        _ => {
            notes.error(row, column, format!("line {number}: numbers go from 0 to {HIGHEST_LINE}"));
            return None;
        }
    };
    if let Some(last) = before.map(|line| line.number).filter(|last| *last >= number) {
        let what = if last == number {
            format!("line {number} is there twice; the machine would keep the second one only")
        } else {
            format!(
                "line {number} comes after {last}; is the number right, or is this the end of line {last}, to be joined to it?"
            )
        };
        notes.error(row, column, what);
    }
    let text = rest.trim_start_matches(|c: char| c.is_whitespace());
    let blanks = rest.chars().count() - text.chars().count();
    if blanks > 0 && text.starts_with(|c: char| c.is_ascii_digit()) {
        let what = format!(
            "a digit behind line number {number}; the machine would read it as a part of the number, so write it without the blank or remove it"
        );
        notes.error(row, column + digits + blanks, what);
    }
    Some(((number, digits + blanks), text))
}

/// The text of a line, key by key. Blanks at its end are dropped, as the screen editor does.
fn read_keys(row: usize, begins: usize, text: &str, set: CharSet, notes: &mut Notes) -> Keys {
    let text: Vec<char> = text.trim_end().chars().collect();
    let mut keys = Keys::default();
    let (mut at, mut quoted, mut small) = (0, false, false);
    while let Some(c) = text.get(at).copied() {
        let column = begins + at;
        at += 1;
        let behind = text.get(at..).unwrap_or_default();
        let closing = |close: char| behind.iter().take(40).position(|c| *c == close);
        let inside = |length: usize| behind.iter().take(length).collect::<String>();
        if c == '{' {
            let Some(length) = closing('}') else {
                notes.error(row, column, "a } is expected behind the name of a control character");
                break;
            };
            match chars::braces(&inside(length)) {
                Ok(bytes) => keys.extend(bytes, column),
                Err(why) => notes.error(row, column, why),
            }
            at += length + 1;
            continue;
        }
        if let Some(length) = closing(']').filter(|_| c == '[' && quoted)
            && chars::is_bracketed_name(&inside(length))
            && let Ok(bytes) = chars::braces(&inside(length))
        {
            let name = inside(length);
            let what = format!("[{name}] is taken for {{{name}}}; if it is text, write {{$5b}}{name}]");
            notes.warn(row, column, what);
            keys.extend(bytes, column);
            at += length + 1;
            continue;
        }
        let Some((byte, reading)) = chars::typed(c, set) else {
            notes.error(row, column, unknown(c, set));
            continue;
        };
        match reading {
            Reading::As(meant) => {
                notes.warn(row, column, format!("{} is taken for '{meant}'", shown(c)));
            }
            Reading::Capital if quoted && !small => {
                small = true;
                let what = "small letters in quotes become capitals, since this listing is in capitals; --set text \
                    keeps both, with words in small letters";
                notes.warn(row, column, what);
            }
            Reading::Capital | Reading::Exact => {}
        }
        quoted ^= byte == QUOTE;
        keys.push(Typed { byte, key: Key::Typed }, column);
    }
    keys
}

/// What to say of a character that no key gives.
fn unknown(c: char, set: CharSet) -> String {
    let other = CharSet::ALL.into_iter().find(|other| *other != set && chars::typed(c, *other).is_some());
    if let Some(other) = other {
        let (set, other) = (set.name(), other.name());
        return format!("{} is of the {other} set, and this listing of the {set} set; see --set", shown(c));
    }
    let instead = match c {
        '|' => "write │, or {$dd}",
        '`' => "is ' meant?",
        '}' => "is a { missing before it?",
        _ => "write its number in braces, such as {$93}",
    };
    format!("no key of the machine gives {}; {instead}", shown(c))
}

/// A character for a message.
fn shown(c: char) -> String {
    let plain = !c.is_control() && !c.is_whitespace();
    if plain { format!("'{c}'") } else { format!("U+{:04X}", u32::from(c)) }
}

/// Looks at the program as a whole: jumps, statements, DATA.
fn look_at_all(lines: &[Kept], basic: Basic, notes: &mut Notes) -> DataSums {
    let known: BTreeSet<u32> = lines.iter().map(|line| u32::from(line.number)).collect();
    let mut sums = DataSums::default();
    let mut numbers = Vec::new();
    for line in lines {
        let text = &line.crunched.bytes;
        let checked = check::check(text, basic);
        for (at, what) in checked.hints {
            notes.warn(line.row, line.column(at), what);
        }
        for (target, at) in checked.jumps {
            if !known.contains(&target) {
                notes.warn(line.row, line.column(at), format!("there is no line {target} to jump to"));
            }
        }
        if let Some(at) = print_file(text) {
            let what =
                "?# is PRINT and #, not PRINT#, which has no such abbreviation; a SYNTAX ERROR when it runs";
            notes.warn(line.row, line.column(at), what);
        }
        let items = data::items(text);
        for (at, what) in check::items(&items) {
            notes.warn(line.row, line.column(at), what);
        }
        for item in &items {
            if let Some(number) = item.number {
                numbers.push((number, (line.row, line.column(item.at))));
            }
        }
        if let Some(at) = sums.add(line.number, &items) {
            let what = "the sum of the DATA is above 1.70141183E38 from here on, an OVERFLOW ERROR when it is added up";
            notes.warn(line.row, line.column(at), what);
        }
    }
    for (number, (row, column)) in check::no_bytes(&numbers) {
        let what = format!(
            "{number} is no byte, as nearly all numbers of DATA here are; is a comma missing or a stop?"
        );
        notes.warn(*row, *column, what);
    }
    sums
}

/// Where PRINT and # stand together, outside of quotes and remarks.
fn print_file(text: &[u8]) -> Option<usize> {
    let mut quoted = false;
    for (at, pair) in text.windows(2).enumerate() {
        match pair {
            [QUOTE, _] => quoted = !quoted,
            [REM, _] if !quoted => return None,
            // Written out it would be one word.
            [PRINT, b'#'] if !quoted => return Some(at),
            _ => {}
        }
    }
    None
}

/// The file: load address, linked lines, and the end of the chain.
fn assemble(lines: &[Kept], at: u16, notes: &mut Notes) -> Vec<u8> {
    let mut file = at.to_le_bytes().to_vec();
    for line in lines {
        let text = &line.crunched.bytes;
        let next = usize::from(at) + file.len() - 2 + text.len() + AROUND_TEXT;
        if next + 2 > 0x1_0000 {
            let what =
                format!("the program ends behind $FFFF here; begin below ${at:04X}, or make it shorter");
            notes.error(line.row, 1, what);
            break;
        }
        file.extend((next as u16).to_le_bytes());
        file.extend(line.number.to_le_bytes());
        file.extend(text);
        file.push(0);
    }
    file.extend([0, 0]);
    file
}

/// What a row of a listing would be kept as, if nothing is wrong with it.
pub(super) fn one_line(row: &str, set: CharSet, basic: Basic) -> Option<(u16, Vec<u8>)> {
    let mut notes = Notes::default();
    let line = read_row(1, row, set, basic, None, &mut notes)?;
    notes.errors.is_empty().then_some((line.number, line.crunched.bytes))
}
