//! A program as a listing: as LIST shows it, and such that [`make`](super::make()) gives the same bytes again.
//!
//! Two things differ from LIST: remarks and strings show the characters that were typed, where LIST shows words for
//! shifted ones in remarks; and what no listing can hold otherwise stands as `{$xx}`. Every line is made again before
//! it is handed out, and what would not come out the same is said.

use super::chars;
use super::make::{guess_set, one_line};
use super::program::{Line, Links, Program};
use super::token::{self, Basic, DATA, PI, QUOTE, REM};
use super::{HIGHEST_LINE, PrgError, one_or};
use crate::petscii::CharSet;

/// A program's listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// The listing in UTF-8, a row for each line.
    pub text: String,
    /// The set it is in.
    pub set: CharSet,
    /// The BASIC whose words it has.
    pub basic: Basic,
    /// The load address.
    pub load: u16,
    /// What `make` would not reproduce, or only when told to, a line for each.
    pub remarks: Vec<String>,
}

/// So many lines of one kind are named; the rest are counted.
const MOST_NAMED: usize = 8;

/// Lists a program, in a set or the one that its strings look like, with the words of a BASIC or the one that suits it.
///
/// # Errors
/// If it is no BASIC program.
///
/// ```
/// use petterm::prg::{MakeOptions, list, make};
///
/// let made = make("10 PRINT \"{clr}♥\"\n20 GOTO 10\n".as_bytes(), &MakeOptions::default()).unwrap();
/// let listing = list(&made.file, None, None).unwrap();
/// assert_eq!(listing.text, "10 PRINT \"{clr}♥\"\n20 GOTO 10\n");
/// assert!(listing.remarks.is_empty());
/// ```
pub fn list(file: &[u8], set: Option<CharSet>, basic: Option<Basic>) -> Result<Listing, PrgError> {
    let program = Program::read(file)?;
    let set = set.unwrap_or_else(|| looks_like(&program));
    let basic = basic.unwrap_or_else(|| suiting(&program, set));
    let mut text = String::new();
    let (mut spelled, mut lost) = (Vec::new(), Vec::new());
    for line in &program.lines {
        let mut row = show(line, set, basic, Spelling::Plain);
        if !is_same(&row, line, set, basic) {
            let mut spellings =
                [Spelling::Letters, Spelling::Words].map(|how| show(line, set, basic, how)).into_iter();
            if let Some(exact) = spellings.find(|row| is_same(row, line, set, basic)) {
                row = exact;
                spelled.push(line.number);
            } else if !line.text.is_empty() && line.number <= HIGHEST_LINE {
                // The others are told of below.
                lost.push(line.number);
            }
        }
        text.push_str(&row);
        text.push('\n');
    }
    let mut remarks = Vec::new();
    if guess_set(text.lines()) != set {
        remarks.push(format!("make it with --set {}, which cannot be told from the listing", set.name()));
    }
    if program.load != 0x0401 {
        remarks.push(format!(
            "make it with --at {:04X}; it does not load where a PET's programs do",
            program.load
        ));
    }
    if basic != Basic::Four
        && lines(&program, |line| !is_same(&show(line, set, basic, Spelling::Plain), line, set, Basic::Four))
            > 0
    {
        remarks.push(format!(
            "make it with --basic {}, since it has names that are words of BASIC 4",
            basic.number()
        ));
    }
    if !spelled.is_empty() {
        let what = "bytes that typing would not give stand as {$xx}, from which make gives them again";
        remarks.push(format!("{}: {what}", numbered(&spelled)));
    }
    if !lost.is_empty() {
        remarks.push(format!("{} would not be made the same again", numbered(&lost)));
    }
    remarks.extend(structure(&program));
    // The ROM looks at the second byte alone.
    if let Some(low) = program.end.and_then(|end| file.get(end - 2)).filter(|low| **low != 0) {
        remarks.push(format!("its end is {low:02X} 00 and not two zeros; make writes zeros"));
    }
    Ok(Listing { text, set, basic, load: program.load, remarks })
}

fn lines(program: &Program<'_>, wanted: impl Fn(&Line<'_>) -> bool) -> usize {
    program.lines.iter().filter(|line| wanted(line)).count()
}

/// "line 10", or "lines 10, 20, 30 and 4 more".
fn numbered(numbers: &[u16]) -> String {
    let named: Vec<String> = numbers.iter().take(MOST_NAMED).map(u16::to_string).collect();
    let more = numbers.len() - named.len();
    let plural = if numbers.len() == 1 { "line" } else { "lines" };
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{plural} {}{rest}", named.join(", "))
}

/// What of the file's structure no listing holds.
fn structure(program: &Program<'_>) -> Vec<String> {
    let mut out = Vec::new();
    match program.links {
        Links::Right => {}
        Links::For(start) => {
            out.push(format!("its links are those of a program at ${start:04X}; make gives new ones"));
        }
        Links::Broken(count) => {
            out.push(format!("{} nowhere; make gives right ones", one_or(count, "link leads", "links lead")));
        }
    }
    let picked = |wanted: &dyn Fn(&Line<'_>) -> bool| -> Vec<u16> {
        program.lines.iter().filter(|line| wanted(line)).map(|line| line.number).collect()
    };
    let empty = picked(&|line| line.text.is_empty());
    if !empty.is_empty() {
        out.push(format!("without text: {}; make refuses that", numbered(&empty)));
    }
    let high = picked(&|line| line.number > HIGHEST_LINE);
    if !high.is_empty() {
        out.push(format!("over {HIGHEST_LINE}: {}; make refuses that", numbered(&high)));
    }
    let pairs = program.lines.windows(2);
    let falling: Vec<u16> = pairs
        .filter_map(|pair| match pair {
            [before, line] if line.number <= before.number => Some(line.number),
            _ => None,
        })
        .collect();
    if !falling.is_empty() {
        out.push(format!("not higher than the one before: {}; make refuses that", numbered(&falling)));
    }
    if program.end.is_none() {
        out.push("it is cut off: the two zeros at the end are missing; make adds them".to_owned());
    }
    if !program.behind.is_empty() {
        out.push(format!(
            "{} not listed, and make does not add them",
            one_or(
                program.behind.len(),
                "byte behind the end of BASIC is",
                "bytes behind the end of BASIC are"
            )
        ));
    }
    out
}

fn is_same(row: &str, line: &Line<'_>, set: CharSet, basic: Basic) -> bool {
    one_line(row, set, basic).is_some_and(|(number, text)| number == line.number && text == line.text)
}

/// The BASIC that suits a program: the newest in which most lines come out the same.
fn suiting(program: &Program<'_>, set: CharSet) -> Basic {
    // At other addresses are other machines; their words from CC up are not a PET's.
    let candidates = if program.load == 0x0401 { &Basic::ALL[..] } else { &Basic::ALL[1..] };
    let wrong = |basic: Basic| {
        lines(program, |line| !is_same(&show(line, set, basic, Spelling::Plain), line, set, basic))
    };
    let uses = |basic: Basic| program.tokens().any(|token| token::word(token, basic).is_none());
    candidates.iter().copied().min_by_key(|basic| (uses(*basic), wrong(*basic))).unwrap_or_default()
}

/// The set that a program's strings and remarks look like: text where shifted letters begin words of unshifted ones
/// more often than not.
fn looks_like(program: &Program<'_>) -> CharSet {
    let (mut capitals, mut graphics) = (0_usize, 0_usize);
    for line in &program.lines {
        let (mut quoted, mut remark) = (false, false);
        let mut word: Vec<u8> = Vec::new();
        for byte in line.text.iter().copied().chain([0]) {
            let is_letter = matches!(byte, 0x41..=0x5A | 0xC1..=0xDA) && (quoted || remark);
            if is_letter {
                word.push(byte);
            } else {
                let shifted = word.iter().filter(|byte| **byte >= 0xC1).count();
                match word.as_slice() {
                    [0xC1..=0xDA, rest @ ..] if !rest.is_empty() && rest.iter().all(|byte| *byte < 0xC1) => {
                        capitals += 1;
                    }
                    _ => graphics += shifted,
                }
                word.clear();
            }
            match byte {
                QUOTE if !remark => quoted = !quoted,
                REM if !quoted => remark = true,
                _ => {}
            }
        }
    }
    if capitals > graphics { CharSet::Text } else { CharSet::Graphics }
}

/// What the next byte of a line is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Code,
    Data,
    Remark,
}

/// How much of a line is spelled out in numbers, so that it makes no words that are not there.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Spelling {
    /// What no key gives.
    Plain,
    /// Letters outside of words, and what looks like a name in brackets.
    Letters,
    /// Words too.
    Words,
}

/// A line as a row.
fn show(line: &Line<'_>, set: CharSet, basic: Basic, spelling: Spelling) -> String {
    let spelled = spelling >= Spelling::Letters;
    let mut out = line.number.to_string();
    out.push(' ');
    let (mut place, mut quoted) = (Place::Code, false);
    let text = line.text;
    let blank = |byte: &&u8| **byte == b' ';
    let first = text.iter().take_while(blank).count();
    let last = text.len() - text.iter().rev().take_while(blank).count();
    let mut at = 0;
    while let Some(byte) = text.get(at).copied() {
        let mut length = 1;
        let typed_out = place == Place::Remark || quoted;
        if byte == b' ' && (at < first || at >= last) {
            // Typing drops these.
            out.push_str("{space}");
        } else if byte == QUOTE {
            out.push('"');
        } else if typed_out && spelled && byte == b'[' {
            // Where brackets hold what make takes for a name.
            numeric(byte, &mut out);
        } else if typed_out {
            length = character(byte, text.get(at..).unwrap_or_default(), set, &mut out);
        } else if byte >= 0x80 && byte != PI {
            match token::word(byte, basic).filter(|_| place == Place::Code && spelling < Spelling::Words) {
                Some(word) => word_as_listed(word, set, &mut out),
                None => numeric(byte, &mut out),
            }
        } else {
            let becomes_a_word =
                place == Place::Code && matches!(byte, b'+' | b'-' | b'*' | b'/' | b'^' | b'<'..=b'?');
            let is_number = at == 0 && byte.is_ascii_digit();
            let hidden = spelled && place == Place::Code && byte.is_ascii_uppercase();
            match chars::glyph(byte, set).filter(|_| !becomes_a_word && !is_number && !hidden) {
                Some(c) => out.push(c),
                None => numeric(byte, &mut out),
            }
        }
        match byte {
            QUOTE if place != Place::Remark => quoted = !quoted,
            _ if quoted || place == Place::Remark => {}
            REM => place = Place::Remark,
            DATA => place = Place::Data,
            b':' => place = Place::Code,
            _ => {}
        }
        at += length;
    }
    out
}

fn numeric(byte: u8, out: &mut String) {
    use std::fmt::Write as _;
    let _ = write!(out, "{{${byte:02x}}}");
}

/// A character of a string or a remark; how many bytes it stands for, since names are counted.
fn character(byte: u8, rest: &[u8], set: CharSet, out: &mut String) -> usize {
    use std::fmt::Write as _;
    if let Some(c) = chars::glyph(byte, set) {
        out.push(c);
        return 1;
    }
    let Some(name) = chars::name(byte) else {
        numeric(byte, out);
        return 1;
    };
    let count = rest.iter().take_while(|next| **next == byte).count();
    let _ = if count == 1 { write!(out, "{{{name}}}") } else { write!(out, "{{{count} {name}}}") };
    count
}

fn word_as_listed(word: &str, set: CharSet, out: &mut String) {
    for c in word.chars() {
        out.push(match (c, set) {
            ('^', _) => '↑',
            (_, CharSet::Text) => c.to_ascii_lowercase(),
            _ => c,
        });
    }
}
