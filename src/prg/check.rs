//! What a typed-in or scanned line most likely has wrong: hints, never a reason to refuse it.
//!
//! BASIC itself takes any line and complains when it runs. Here are looked at: how statements begin, which lines are
//! jumped to, letters in numbers, and items of DATA that are not like the others.

use super::chars::distance;
use super::data::Item;
use super::token::{self, Basic, DATA, EQUALS, GO, GOSUB, GOTO, PI, QUOTE, REM, RUN, THEN, TO};

/// A hint and the place in the line's kept bytes that it is about.
pub(super) type Hint = (usize, String);

/// What was seen in a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Checked {
    /// Numbers of lines that it jumps to.
    pub(super) jumps: Vec<(u32, usize)>,
    /// Hints.
    pub(super) hints: Vec<Hint>,
}

/// Looks at a line's kept bytes.
pub(super) fn check(text: &[u8], basic: Basic) -> Checked {
    let mut out = Checked::default();
    let (mut at, mut begins) = (0, true);
    while let Some(byte) = text.get(at).copied() {
        let start = at;
        at += 1;
        match byte {
            b' ' => continue,
            b':' => {
                begins = true;
                continue;
            }
            REM => break,
            _ if begins => statement(text, start, basic, &mut out.hints),
            _ => {}
        }
        let began = std::mem::take(&mut begins);
        match byte {
            QUOTE => at = string(text, start, &mut out.hints),
            DATA => at = end_of_data(text, at),
            GOTO | GOSUB | THEN | RUN => at = jumps(text, start, &mut out),
            GO => {
                let blanks = text.iter().skip(at).take_while(|byte| **byte == b' ').count();
                if text.get(at + blanks) == Some(&TO) {
                    if !began {
                        let what =
                            "GO TO in two words is taken where a statement begins, and not here; write GOTO";
                        out.hints.push((start, what.to_owned()));
                    }
                    at = jumps(text, at + blanks, &mut out);
                }
            }
            b'A'..=b'Z' => at += run(text, at, u8::is_ascii_alphanumeric),
            b'0'..=b'9' | b'.' => at = number(text, start, &mut out.hints),
            _ => {}
        }
        if byte == THEN {
            let behind = text.iter().skip(start + 1).find(|byte| **byte != b' ');
            begins = !behind.is_some_and(u8::is_ascii_digit);
        }
    }
    out
}

fn run(text: &[u8], at: usize, mut wanted: impl FnMut(&u8) -> bool) -> usize {
    text.iter().skip(at).take_while(|byte| wanted(byte)).count()
}

/// The place behind a string. One that is not closed ends with the line, which is good BASIC; what a colon in it
/// promises does not happen.
fn string(text: &[u8], at: usize, hints: &mut Vec<Hint>) -> usize {
    let length = run(text, at + 1, |byte| *byte != QUOTE);
    let end = at + 1 + length;
    if end < text.len() {
        return end + 1;
    }
    let inside = text.get(at + 1..).unwrap_or_default();
    if inside.windows(3).any(|three| matches!(three, [b':', b'A'..=b'Z', b'A'..=b'Z'])) {
        hints.push((at, "the quote is not closed, so all that follows is text; is a \" missing?".to_owned()));
    }
    end
}

fn end_of_data(text: &[u8], at: usize) -> usize {
    let mut quoted = false;
    let length = run(text, at, |byte| quoted_now(&mut quoted, *byte) || *byte != b':');
    at + length
}

/// Whether a byte is inside quotes, or is one.
fn quoted_now(quoted: &mut bool, byte: u8) -> bool {
    let before = *quoted;
    *quoted ^= byte == QUOTE;
    before || *quoted
}

/// Reads the line numbers behind a word that jumps.
fn jumps(text: &[u8], word: usize, out: &mut Checked) -> usize {
    let wants_one = matches!(text.get(word), Some(&(GOTO | GOSUB | TO)));
    let mut at = word + 1;
    loop {
        at += run(text, at, |byte| *byte == b' ');
        let digits = run(text, at, u8::is_ascii_digit);
        if digits == 0 {
            let next = text.get(at).copied();
            if wants_one && matches!(next, Some(b'A'..=b'Z')) {
                let what = excerpt(text, at);
                let guess =
                    as_digits(&what).map_or_else(String::new, |digits| format!("; is {digits} meant?"));
                out.hints.push((at, format!("a line number is expected, and not '{what}'{guess}")));
                at += run(text, at, u8::is_ascii_alphanumeric);
            }
            return at;
        }
        let end = number(text, at, &mut out.hints);
        if end == at + digits {
            let digits: String = text.iter().skip(at).take(digits).map(|byte| char::from(*byte)).collect();
            out.jumps.push((digits.parse().unwrap_or(u32::MAX), at));
        }
        at = end + run(text, end, |byte| *byte == b' ');
        if text.get(at) != Some(&b',') || !wants_one {
            return at;
        }
        at += 1;
    }
}

/// The place behind a number; a letter in it is one that a scanner took for a digit.
fn number(text: &[u8], at: usize, hints: &mut Vec<Hint>) -> usize {
    let end = at + run(text, at, |byte| byte.is_ascii_digit() || *byte == b'.');
    let letters = run(text, end, u8::is_ascii_alphanumeric);
    let first = text.get(end).copied().unwrap_or(0);
    if matches!(first, b'O' | b'I' | b'L' | b'S' | b'B' | b'Z') {
        let whole: String =
            text.iter().skip(at).take(end + letters - at).map(|byte| char::from(*byte)).collect();
        if let Some(digits) = as_digits(&whole) {
            hints.push((end, format!("a letter in the number {whole}; is {digits} meant?")));
            return end + letters;
        }
    }
    end
}

/// A word that is a number once letters are taken for the digits that they look like.
pub(super) fn as_digits(word: &str) -> Option<String> {
    let digits: Option<String> = word
        .chars()
        .map(|c| match c.to_ascii_uppercase() {
            'O' | 'Q' => Some('0'),
            'I' | 'L' | '!' => Some('1'),
            'Z' => Some('2'),
            'S' => Some('5'),
            'B' => Some('8'),
            '0'..='9' => Some(c),
            _ => None,
        })
        .collect();
    digits.filter(|digits| !digits.is_empty())
}

/// How a statement begins: with a word for one, or a variable that something is assigned to.
fn statement(text: &[u8], at: usize, basic: Basic, hints: &mut Vec<Hint>) {
    let Some(first) = text.get(at).copied() else { return };
    let good = match first {
        0x80..=0xA2 => true,
        GO => text.iter().skip(at + 1).find(|byte| **byte != b' ') == Some(&TO),
        0xCC..=0xDA => basic == Basic::Four,
        // A line number behind THEN.
        b'0'..=b'9' => text.iter().take(at).rev().find(|byte| **byte != b' ') == Some(&THEN),
        b'A'..=b'Z' => {
            let name = run(text, at, u8::is_ascii_alphanumeric);
            let mut behind = at + name + run(text, at + name, |byte| *byte == b' ');
            behind += usize::from(matches!(text.get(behind), Some(b'$' | b'%')));
            behind += run(text, behind, |byte| *byte == b' ');
            // A name such as F0RI is good BASIC, and not what was meant.
            let letters = text.get(at..at + name).unwrap_or_default();
            let misread = letters.windows(2).any(|two| matches!(two, [b'0'..=b'9', b'A'..=b'Z']));
            matches!(text.get(behind), Some(&(b'(' | EQUALS)))
                && !(misread && meant(&excerpt(text, at)).is_some())
        }
        // By its number, on purpose.
        _ => !first.is_ascii_graphic(),
    };
    if !good {
        let what = excerpt(text, at);
        let word = meant(&what);
        // What stands between its letters is told by itself, and keeps it from being read as the word.
        if word.is_some_and(|word| what.starts_with(word)) {
            return;
        }
        let why = word.map_or_else(|| hidden_word(text, at, basic), |word| format!("; is {word} meant?"));
        hints.push((at, format!("no statement begins like '{what}'{why}")));
    }
}

/// The word that a name must not hold.
fn hidden_word(text: &[u8], at: usize, basic: Basic) -> String {
    let name = run(text, at, u8::is_ascii_alphanumeric);
    let word = text.get(at + name).and_then(|byte| token::word(*byte, basic));
    match word.filter(|word| word.starts_with(|c: char| c.is_ascii_alphabetic())) {
        Some(word) => format!("; BASIC reads the word {word} in it"),
        None => String::new(),
    }
}

/// The statement as it is listed, as far as it helps.
fn excerpt(text: &[u8], at: usize) -> String {
    let mut out = String::new();
    let end = run(text, at + 1, |byte| !matches!(*byte, b':' | QUOTE)) + 1;
    for byte in text.iter().skip(at).take(end) {
        match token::word(*byte, Basic::Four) {
            Some(word) => out.push_str(word),
            None if byte.is_ascii_graphic() || *byte == b' ' => out.push(char::from(*byte)),
            None => out.push('?'),
        }
        if out.len() >= 12 {
            break;
        }
    }
    out.trim_end().to_owned()
}

/// The word that a statement's beginning is a misreading of.
fn meant(what: &str) -> Option<&'static str> {
    let statements = || token::WORDS.iter().take(0x23).copied();
    let letters = |l: char| -> String {
        what.chars()
            .map(|c| match c {
                '0' => 'O',
                '1' => 'I',
                '3' => 'E',
                '4' => 'A',
                '5' => 'S',
                '6' => 'G',
                '8' => 'B',
                'L' => l,
                _ => c,
            })
            .collect()
    };
    for read in [letters('L'), letters('I')] {
        let longest = statements().filter(|word| read.starts_with(word)).max_by_key(|word| word.len());
        if longest.is_some() {
            return longest;
        }
    }
    let name: String = what.chars().take_while(char::is_ascii_alphabetic).collect();
    if name.len() < 3 {
        return None;
    }
    let most = if name.len() < 6 { 1 } else { 2 };
    statements()
        .filter(|word| word.len() > 3)
        .map(|word| (distance(&name, word), word))
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// Hints about the items of a line of DATA.
pub(super) fn items(items: &[Item]) -> Vec<Hint> {
    let mut hints = Vec::new();
    let numbers = items.iter().filter(|item| item.number.is_some() && !item.text.is_empty()).count();
    // A loader in hexadecimal has letters in its numbers.
    let is_hex = |item: &Item| {
        item.text.iter().all(u8::is_ascii_hexdigit)
            && item.text.iter().any(|byte| matches!(byte, b'A' | b'C'..=b'F'))
    };
    let hex = items.iter().any(|item| item.number.is_none() && is_hex(item));
    let all_empty = items.iter().all(|item| item.text.is_empty());
    for item in items {
        let text: String =
            item.text.iter().map(|byte| if *byte == PI { 'π' } else { char::from(*byte) }).collect();
        if text.is_empty() && item.number.is_some() && (all_empty || numbers * 2 >= items.len()) {
            hints.push((item.at, "an empty item is read as 0; is a number missing?".to_owned()));
        } else if item.overflows {
            hints.push((
                item.at,
                format!("'{text}' is above 1.70141183E38, an OVERFLOW ERROR when it is read"),
            ));
        } else if item.number.is_none() && !hex && numbers * 2 + 1 >= items.len() {
            let looks =
                text.bytes().any(|byte| byte.is_ascii_digit()) || matches!(text.as_str(), "O" | "I" | "L");
            if let Some(digits) =
                as_digits(&text).filter(|_| looks && text.bytes().all(|byte| byte.is_ascii_alphanumeric()))
            {
                hints.push((item.at, format!("'{text}' is no number among numbers; is {digits} meant?")));
            } else if let Some(value) =
                text.strip_prefix('$').and_then(|digits| u16::from_str_radix(digits, 16).ok())
            {
                let what =
                    format!("'{text}' is no number for READ, which takes decimal ones; is {value} meant?");
                hints.push((item.at, what));
            } else if item.text.contains(&PI) {
                hints.push((item.at, format!("'{text}' is no number for READ, and no part of the sum")));
            }
        } else if item.number.is_some() && text.contains(' ') {
            let read: String = text.chars().filter(|c| *c != ' ').collect();
            hints.push((item.at, format!("'{text}' is read as {read}; is a comma missing?")));
        }
    }
    hints
}

/// Fewer numbers than this are no loader's.
const A_LOADER: usize = 16;

/// The few numbers of a machine code loader that are no bytes, by their places; empty where there are many, or where
/// the numbers are no loader's.
pub(super) fn no_bytes<T>(numbers: &[(f64, T)]) -> Vec<&(f64, T)> {
    let is_byte = |number: f64| (0.0..=255.0).contains(&number) && number.fract() == 0.0;
    let odd: Vec<&(f64, T)> = numbers.iter().filter(|(number, _)| !is_byte(*number)).collect();
    if numbers.len() >= A_LOADER && odd.len() * 16 <= numbers.len() { odd } else { Vec::new() }
}
