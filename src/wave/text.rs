//! What the readers of text share: lines, words, sample rates, exact decimal times.

use std::io::{BufRead, Read};

use super::{Place, WaveError};

/// Said of a file that is none of the known formats.
pub(super) const UNKNOWN: &str = "this is no recording that petterm reads: VCD, sigrok .sr, Saleae binary \
    or CSV, CSV of oscilloscopes or sigrok, OLS, WAV; for samples without a head say --samples";

/// A longer line or word is damage, not data.
const MOST: usize = 1 << 16;

/// What some programs write before UTF-8.
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// A field without blanks and quotation marks around it.
pub(super) fn bare(field: &[u8]) -> &[u8] {
    let field = field.trim_ascii();
    let inner = field.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\""));
    inner.map_or(field, <[u8]>::trim_ascii)
}

/// Lines with their numbers, without their ends.
#[derive(Debug)]
pub(super) struct Lines<R> {
    source: R,
    line: Vec<u8>,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    pub(super) const fn new(source: R) -> Lines<R> {
        Lines { source, line: Vec::new(), number: 0 }
    }

    /// The next line is there; false at the end.
    pub(super) fn advance(&mut self) -> Result<bool, WaveError> {
        self.line.clear();
        self.number += 1;
        self.source.by_ref().take(MOST as u64 + 1).read_until(b'\n', &mut self.line)?;
        if self.line.len() > MOST {
            return Err(WaveError::bad(self.place(), "the line is longer than 64 KiB"));
        }
        let read = !self.line.is_empty();
        while self.line.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r' | b' ')) {
            self.line.pop();
        }
        Ok(read)
    }

    pub(super) fn line(&self) -> &[u8] {
        &self.line
    }

    pub(super) fn place(&self) -> Place {
        Place::Line(self.number)
    }
}

/// Words between white space, with the line of each.
#[derive(Debug)]
pub(super) struct Words<R> {
    source: R,
    word: Vec<u8>,
    line: u64,
}

impl<R: BufRead> Words<R> {
    pub(super) const fn new(source: R) -> Words<R> {
        Words { source, word: Vec::new(), line: 1 }
    }

    /// The next word is there; false at the end.
    pub(super) fn advance(&mut self) -> Result<bool, WaveError> {
        self.word.clear();
        loop {
            let bytes = self.source.fill_buf()?;
            if bytes.is_empty() {
                return Ok(!self.word.is_empty());
            }
            let mut used = 0;
            if self.word.is_empty() {
                for byte in bytes {
                    if !byte.is_ascii_whitespace() {
                        break;
                    }
                    self.line += u64::from(*byte == b'\n');
                    used += 1;
                }
            }
            let rest = &bytes[used..];
            let end = rest.iter().position(u8::is_ascii_whitespace);
            let part = &rest[..end.unwrap_or(rest.len())];
            self.word.extend_from_slice(part);
            used += part.len();
            self.source.consume(used);
            if self.word.len() > MOST {
                return Err(WaveError::bad(self.place(), "a word is longer than 64 KiB"));
            }
            if end.is_some() && !self.word.is_empty() {
                return Ok(true);
            }
        }
    }

    pub(super) fn word(&self) -> &[u8] {
        &self.word
    }

    /// What comes next, as far as it is in memory; empty at the end.
    pub(super) fn ahead(&mut self) -> Result<&[u8], WaveError> {
        Ok(self.source.fill_buf()?)
    }

    /// So many bytes of what comes next are done with, and so many line ends among them.
    pub(super) fn skip(&mut self, bytes: usize, lines: u64) {
        self.source.consume(bytes);
        self.line += lines;
    }

    pub(super) fn place(&self) -> Place {
        Place::Line(self.line)
    }
}

/// A few bytes of a file for a message.
pub(super) fn shown(bytes: &[u8]) -> String {
    const MOST_SHOWN: usize = 40;
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(MOST_SHOWN)]);
    let more = if bytes.len() > MOST_SHOWN { "..." } else { "" };
    format!("'{text}{more}'")
}

/// A sample rate such as `625 kHz`, `2.5 MHz`, `1.25MSa/s` or `1000000`, in hertz; `None` if it is none.
pub(super) fn rate(text: &str) -> Option<u64> {
    let text = text.trim();
    let split = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let zeros = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "hz" | "sa/s" => 0,
        "khz" | "ksa/s" => 3,
        "mhz" | "msa/s" => 6,
        "ghz" | "gsa/s" => 9,
        _ => return None,
    };
    let exact = decimal(number.as_bytes(), zeros)?;
    u64::try_from(exact).ok()
}

/// A moment such as `2025-03-01T10:00:00.25+01:00`, in picoseconds since 1970; `None` if it is none.
pub(super) fn moment(text: &[u8]) -> Option<i128> {
    let text = std::str::from_utf8(text).ok()?;
    let (date, time) = text.split_once(['T', ' '])?;
    let number = |text: &str| text.parse::<u32>().ok().map(i64::from);
    let [year, month, day] = date.split('-').map(number).collect::<Option<Vec<_>>>()?[..] else {
        return None;
    };
    let (time, zone) = match time.find(['+', '-']) {
        Some(at) => time.split_at(at),
        None => (time.trim_end_matches('Z'), ""),
    };
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let [hour, minute, second] = time.split(':').map(number).collect::<Option<Vec<_>>>()?[..] else {
        return None;
    };
    let known = (1970..=9999).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    if !known || hour > 24 || minute > 59 || second > 60 {
        return None;
    }
    let east = match zone.split_at_checked(1) {
        None => 0,
        Some((sign, zone)) => {
            let (hours, minutes) = zone.split_once(':').or_else(|| zone.split_at_checked(2))?;
            let minutes = number(hours)? * 60 + if minutes.is_empty() { 0 } else { number(minutes)? };
            if sign == "-" { -minutes } else { minutes }
        }
    };
    // A year that begins in March has its odd day at its end.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - 719_468;
    let seconds = ((days * 24 + hour) * 60 + minute - east) * 60 + second;
    let fraction = decimal(format!("0.{fraction}").as_bytes(), 12)?;
    Some(i128::from(seconds) * 1_000_000_000_000 + i128::from(fraction))
}

/// A decimal number times 10^`zeros`, rounded to the nearest whole; `None` if it is no number or too large.
pub(super) fn decimal(text: &[u8], zeros: i32) -> Option<i64> {
    let (negative, text) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let (mantissa, exponent) = match text.iter().position(|byte| matches!(byte, b'e' | b'E')) {
        Some(at) => (&text[..at], std::str::from_utf8(&text[at + 1..]).ok()?.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let mut shift = zeros.checked_add(exponent)?;
    let (mut value, mut digits, mut point, mut half) = (0_i64, 0, false, None);
    for byte in mantissa {
        match byte {
            b'.' if !point => point = true,
            b'0'..=b'9' => {
                digits += 1;
                let digit = i64::from(byte - b'0');
                if !point {
                    if half.is_some() {
                        return None;
                    }
                    value = value.checked_mul(10)?.checked_add(digit)?;
                } else if shift > 0 {
                    value = value.checked_mul(10)?.checked_add(digit)?;
                    shift -= 1;
                } else {
                    half.get_or_insert(digit >= 5);
                }
            }
            _ => return None,
        }
    }
    if digits == 0 {
        return None;
    }
    while shift > 0 && value != 0 {
        value = value.checked_mul(10)?;
        shift -= 1;
    }
    // A negative shift is an exponent such as 1e-20: places before the point go as well.
    while shift < 0 && (value != 0 || half.is_some()) {
        half = (value != 0).then_some(value % 10 >= 5);
        value /= 10;
        shift += 1;
    }
    value += i64::from(half == Some(true));
    Some(if negative { -value } else { value })
}
