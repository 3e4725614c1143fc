//! The numbers of DATA lines: read as READ does, counted and added up, so that a typed-in loader can be checked.

use super::token::{DATA, QUOTE, REM};

/// The highest number of the machine; one above it is an OVERFLOW ERROR.
const HIGHEST_NUMBER: f64 = 1.701_411_83E38;

/// What a program's DATA come to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DataSums {
    /// How many numbers there are.
    pub numbers: usize,
    /// How many items are no numbers.
    pub texts: usize,
    /// The sum of the numbers.
    pub sum: f64,
    /// Line number, numbers and their sum for each line that has DATA.
    pub lines: Vec<(u16, usize, f64)>,
}

/// An item of a DATA statement.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Item {
    /// Where it begins in the line's text.
    pub(super) at: usize,
    /// Without the blanks around it.
    pub(super) text: Vec<u8>,
    /// What READ makes of it for a number, if it is one. Nothing at all is a zero.
    pub(super) number: Option<f64>,
    /// Whether it is a number above the machine's highest, and so none.
    pub(super) overflows: bool,
}

/// The items of a line's text.
pub(super) fn items(text: &[u8]) -> Vec<Item> {
    let mut out = Vec::new();
    let mut begin = None;
    let mut quoted = false;
    let mut close = |begin: usize, end: usize| {
        let raw = text.get(begin..end).unwrap_or_default();
        let blanks = raw.iter().take_while(|byte| **byte == b' ').count();
        let item = raw.trim_ascii().to_vec();
        let at = if item.is_empty() { begin } else { begin + blanks };
        let value = number(&item);
        let fits = |value: &f64| value.abs() <= HIGHEST_NUMBER;
        out.push(Item {
            at,
            number: value.filter(fits),
            overflows: value.is_some_and(|value| !fits(&value)),
            text: item,
        });
    };
    for (at, byte) in text.iter().enumerate() {
        match *byte {
            QUOTE => quoted = !quoted,
            _ if quoted => {}
            REM if begin.is_none() => break,
            DATA if begin.is_none() => begin = Some(at + 1),
            b',' | b':' => {
                if let Some(start) = begin {
                    close(start, at);
                    begin = (*byte == b',').then_some(at + 1);
                }
            }
            _ => {}
        }
    }
    if let Some(start) = begin {
        close(start, text.len());
    }
    out
}

/// A number as READ takes it: blanks do not count, and an empty item is zero.
fn number(item: &[u8]) -> Option<f64> {
    let digits: String = item.iter().filter(|byte| **byte != b' ').map(|byte| char::from(*byte)).collect();
    if digits.is_empty() {
        return Some(0.0);
    }
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'E'));
    let value: f64 = digits.parse().ok()?;
    plain.then_some(value)
}

/// Adds two numbers; what is left of decimal ones that cancel out is no sum but the noise of binary ones.
fn plus(a: f64, b: f64) -> f64 {
    let sum = a + b;
    if sum.abs() < a.abs().max(b.abs()) * 1e-14 { 0.0 } else { sum }
}

/// A sum as the machine would print it, rounded to nine digits; whole ones keep all of theirs.
#[must_use]
pub fn shown_sum(sum: f64) -> String {
    const MOST_WHOLE: f64 = 1e15;
    if sum.fract() == 0.0 && sum.abs() < MOST_WHOLE {
        return sum.to_string();
    }
    let rounded: f64 = format!("{sum:.8e}").parse().unwrap_or(sum);
    if (1e-9..MOST_WHOLE).contains(&rounded.abs()) { rounded.to_string() } else { format!("{rounded:E}") }
}

impl DataSums {
    /// Adds a line. Where in it the sum of all goes above what the machine can hold, if it does.
    pub(super) fn add(&mut self, number: u16, items: &[Item]) -> Option<usize> {
        if items.is_empty() {
            return None;
        }
        let mut so_far = self.sum;
        let too_high = items.iter().find(|item| {
            let before = so_far.abs();
            so_far = plus(so_far, item.number.unwrap_or_default());
            before <= HIGHEST_NUMBER && so_far.abs() > HIGHEST_NUMBER
        });
        let values = || items.iter().filter_map(|item| item.number);
        let (count, sum) = (values().count(), values().fold(0.0, plus));
        self.numbers += count;
        self.texts += items.len() - count;
        self.sum = plus(self.sum, sum);
        self.lines.push((number, count, sum));
        too_high.map(|item| item.at)
    }
}
