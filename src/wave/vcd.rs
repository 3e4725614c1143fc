//! VCD (IEEE 1364): the dialects of sigrok, `PulseView`, `GTKWave`, Verilator and Icarus.
//!
//! Words, not lines, are what counts: `#6224 0!` on one line is sigrok's way, one word a line everyone
//! else's. Channels are the variables of one bit; several names may stand for one line. Without a
//! `$timescale` a tick is taken to be 1 ns, and that is said. Times with a fraction, as Migen writes them, make
//! ticks a thousand times finer. From `$dumpoff` to `$dumpon` nothing is known of the line: a gap. The last
//! time, with a change or without, is the end of the recording. Facts: `docs/waveforms.md`.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read};

use super::text::{BYTE_ORDER_MARK, Words, decimal, shown};
use super::track::{Step, Track};
use super::{Channel, Place, Recording, Source, Timebase, WaveError};
use crate::line::Level;

/// More variables than this are damage.
const MOST_CHANNELS: usize = 100_000;
/// The same of scopes in each other.
const MOST_SCOPES: usize = 1_000;
/// Bytes of all names with their scopes.
const MOST_NAMES: usize = 16 << 20;

/// The value changes of a VCD file.
#[derive(Debug)]
pub(super) struct Body<R> {
    words: Words<R>,
    /// The identifier code of each line.
    codes: Vec<Vec<u8>>,
    /// Decimal places of times.
    places: i32,
}

/// Whether a file that begins so has times with a fraction.
pub(super) fn is_fractional(head: &[u8]) -> bool {
    const BEGIN: &[u8] = b"$enddefinitions";
    let begin = head.windows(BEGIN.len()).position(|part| part == BEGIN);
    let mut words =
        head.get(begin.unwrap_or(head.len())..).unwrap_or_default().split(u8::is_ascii_whitespace);
    words.any(|word| word.starts_with(b"#") && word.contains(&b'.'))
}

pub(super) fn open<R: Read>(source: BufReader<R>, fractional: bool) -> Result<Recording<R>, WaveError> {
    let mut words = Words::new(source);
    let mut scopes: Vec<String> = Vec::new();
    let mut known: HashMap<Vec<u8>, usize> = HashMap::new();
    let (mut channels, mut codes, mut timebase) = (Vec::new(), Vec::new(), None);
    let mut names = 0;
    loop {
        if !words.advance()? {
            return Err(WaveError::bad(words.place(), "the file ends before $enddefinitions"));
        }
        let place = words.place();
        let keyword = words.word();
        let keyword = keyword.strip_prefix(BYTE_ORDER_MARK).unwrap_or(keyword).to_vec();
        if !keyword.starts_with(b"$") {
            let found = shown(&keyword);
            return Err(WaveError::bad(place, format!("a $ keyword was expected, {found} was found")));
        }
        let content = section(&mut words, matches!(&keyword[..], b"$comment" | b"$version" | b"$date"))?;
        match &keyword[..] {
            b"$enddefinitions" => break,
            b"$timescale" => timebase = Some(timescale(&content.concat(), place)?),
            b"$scope" if scopes.len() == MOST_SCOPES => {
                return Err(WaveError::bad(place, "there are over 1,000 scopes in each other"));
            }
            b"$scope" => scopes.push(content.get(1).cloned().unwrap_or_default()),
            b"$upscope" => {
                scopes.pop();
            }
            b"$var" => {
                let [kind, width, code, name, index @ ..] = &content[..] else {
                    return Err(WaveError::bad(place, "$var needs a type, a width, a code and a name"));
                };
                let Ok(width) = width.parse::<u32>() else {
                    return Err(WaveError::bad(place, format!("'{width}' is no width of a $var")));
                };
                if width != 1 || matches!(kind.as_str(), "parameter" | "real" | "realtime" | "string") {
                    continue;
                }
                if channels.len() == MOST_CHANNELS {
                    return Err(WaveError::bad(place, "there are over 100,000 variables"));
                }
                let index_of = known.len();
                let index_of = *known.entry(code.clone().into_bytes()).or_insert_with(|| {
                    codes.push(code.clone().into_bytes());
                    index_of
                });
                // sigrok's names have blanks; an index such as [3] belongs to the name.
                let mut name = name.clone();
                for word in index {
                    if !word.starts_with('[') {
                        name.push(' ');
                    }
                    name.push_str(word);
                }
                names += name.len() + scopes.iter().map(|scope| scope.len() + 1).sum::<usize>();
                if names > MOST_NAMES {
                    return Err(WaveError::bad(place, "there are over 16 MiB of names with their scopes"));
                }
                let full = scopes.iter().chain([&name]).cloned().collect::<Vec<_>>().join(".");
                channels.push(Channel { name, full, index: index_of });
            }
            _ => {}
        }
    }
    let mut notes = Vec::new();
    let mut timebase = timebase.unwrap_or_else(|| {
        notes.push("there is no $timescale; a tick is taken to be 1 ns".to_owned());
        Timebase::of_rate(1_000_000_000)
    });
    let places = if fractional { 3 } else { 0 };
    timebase.parts *= 10_u64.pow(places);
    let source = Source::Vcd(Body { words, codes, places: places as i32 });
    Ok(Recording { source, channels, timebase, threshold: None, notes })
}

/// The words up to `$end`; of texts that nobody needs, none are kept.
fn section<R: BufRead>(words: &mut Words<R>, skip: bool) -> Result<Vec<String>, WaveError> {
    const MOST_WORDS: usize = 64;
    let mut content = Vec::new();
    let place = words.place();
    loop {
        if !words.advance()? {
            return Err(WaveError::bad(place, "the file ends before this section's $end"));
        }
        if words.word() == b"$end" {
            return Ok(content);
        }
        if !skip {
            if content.len() == MOST_WORDS {
                return Err(WaveError::bad(place, "$end was expected within 64 words"));
            }
            content.push(String::from_utf8_lossy(words.word()).into_owned());
        }
    }
}

fn timescale(text: &str, place: Place) -> Result<Timebase, WaveError> {
    let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let unit = unit.to_ascii_lowercase();
    let seconds = match number {
        "1" => 1,
        "10" => 10,
        "100" => 100,
        _ => 0,
    };
    let parts = match unit.as_str() {
        "s" => 1,
        "ms" => 1_000,
        "us" => 1_000_000,
        "ns" => 1_000_000_000,
        "ps" => 1_000_000_000_000,
        "fs" => 1_000_000_000_000_000,
        _ => 0,
    };
    if seconds == 0 || parts == 0 {
        let found = shown(text.as_bytes());
        return Err(WaveError::bad(place, format!("a $timescale is 1, 10 or 100 and s to fs, not {found}")));
    }
    Ok(Timebase { seconds, parts })
}

impl<R: BufRead> Body<R> {
    pub(super) fn read(mut self, index: usize, track: &mut Track) -> Step {
        let code = self.codes.get(index).cloned().unwrap_or_default();
        let places = self.places;
        let words = &mut self.words;
        // The time, while the dump is off too.
        let (mut now, mut off) = (0, false);
        loop {
            if places == 0 && !off {
                quickly(words, &code, track, &mut now)?;
            }
            if !words.advance()? {
                break;
            }
            let word = words.word();
            match word.first() {
                Some(b'#') => {
                    let Some(at) = time(&word[1..], places) else {
                        let found = shown(word);
                        let what = format!("# and a whole number below 2^63 was expected, not {found}");
                        return Err(WaveError::bad(words.place(), what).into());
                    };
                    now = at;
                    if !off {
                        track.time(at, || words.place())?;
                    }
                }
                Some(value) if is_value(*value) && word.len() > 1 => {
                    if word[1..] == code[..] && !off {
                        set(*value, track);
                    }
                }
                Some(b'b' | b'B' | b'r' | b'R' | b's' | b'S') => {
                    let (kind, value) = (word[0], word.last().copied().unwrap_or_default());
                    let place = words.place();
                    if !words.advance()? {
                        return Err(WaveError::bad(place, "the file ends before the value's code").into());
                    }
                    if matches!(kind, b'b' | b'B') && words.word() == code && !off {
                        set(value, track);
                    }
                }
                Some(b'$') => {
                    if word == b"$comment" {
                        section(words, true)?;
                    } else if word == b"$dumpoff" {
                        off = true;
                        track.end()?;
                    } else if word == b"$dumpon" {
                        off = false;
                        track.time(now, || words.place())?;
                    } else if !matches!(word, b"$end" | b"$dumpvars" | b"$dumpall") {
                        let what = format!("{} is unknown here", shown(word));
                        return Err(WaveError::bad(words.place(), what).into());
                    }
                }
                _ => {
                    let what = format!("#TIME or a value and a code was expected, not {}", shown(word));
                    return Err(WaveError::bad(words.place(), what).into());
                }
            }
        }
        track.end()
    }
}

/// A time in ticks, of which there are 10^`places` in the file's own.
fn time(text: &[u8], places: i32) -> Option<i64> {
    if text.starts_with(b"+") {
        return None;
    }
    if places > 0 {
        return decimal(text, places);
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// Takes times and values of one bit as long as they are in memory, which is nearly all of a recording.
/// Whatever else there is, a word that is not whole included, is left where it is.
fn quickly<R: BufRead>(words: &mut Words<R>, code: &[u8], track: &mut Track, now: &mut i64) -> Step {
    let line = words.place();
    let ahead = words.ahead()?;
    let (mut done, mut lines) = (0, 0);
    let result = loop {
        let mut rest = ahead.get(done..).unwrap_or_default();
        while let [blank @ (b' ' | b'\n' | b'\r' | b'\t'), after @ ..] = rest {
            lines += u64::from(*blank == b'\n');
            rest = after;
        }
        done = ahead.len() - rest.len();
        match rest {
            [b'#', digits @ ..] => {
                // Eighteen digits are below 2^63; longer ones are looked at one by one.
                let (mut at, mut length) = match digits.first_chunk().copied().and_then(eight_digits) {
                    Some(eight) => (eight, 8),
                    None => (0_i64, 0),
                };
                while let Some(digit @ b'0'..=b'9') = digits.get(length)
                    && length < 18
                {
                    at = at * 10 + i64::from(digit - b'0');
                    length += 1;
                }
                if length == 0 || !digits.get(length).is_some_and(u8::is_ascii_whitespace) {
                    break Ok(());
                }
                let place = || match &line {
                    Place::Line(line) => Place::Line(line + lines),
                    other => other.clone(),
                };
                if let Err(stop) = track.time(at, place) {
                    break Err(stop);
                }
                *now = at;
                done += 1 + length;
                // Nearly always one value of a code of one character is next.
                if let (Some(&[blank, value @ (b'0' | b'1'), first, after]), [code]) =
                    (digits.get(length..).and_then(<[u8]>::first_chunk), code)
                    && first == *code
                    && after.is_ascii_whitespace()
                {
                    lines += u64::from(blank == b'\n') + u64::from(after == b'\n');
                    track.level(if value == b'1' { Level::High } else { Level::Low });
                    done += 4;
                }
            }
            [value @ (b'0' | b'1'), word @ ..] => {
                let ours = match (code, word) {
                    // Nearly always the code is one character.
                    ([code], [first, after, ..]) => first == code && after.is_ascii_whitespace(),
                    _ => word
                        .strip_prefix(code)
                        .is_some_and(|after| after.first().is_some_and(u8::is_ascii_whitespace)),
                };
                if ours {
                    track.level(if *value == b'1' { Level::High } else { Level::Low });
                    done += 1 + code.len();
                } else {
                    // Another line's value.
                    match word.iter().position(u8::is_ascii_whitespace) {
                        Some(length) if length > 0 => done += 1 + length,
                        _ => break Ok(()),
                    }
                }
            }
            _ => break Ok(()),
        }
    };
    words.skip(done, lines);
    result
}

/// The number that eight digits are: neighbours are put together in pairs, those in pairs, and those too.
fn eight_digits(digits: [u8; 8]) -> Option<i64> {
    const EVEN_BYTES: u64 = 0x00FF_00FF_00FF_00FF;
    const EVEN_WORDS: u64 = 0x0000_FFFF_0000_FFFF;
    let values = u64::from_le_bytes(digits) ^ 0x3030_3030_3030_3030;
    // A digit is below ten: with 118 more it stays below 128, and anything else does not.
    if (values.wrapping_add(0x7676_7676_7676_7676) | values) & 0x8080_8080_8080_8080 != 0 {
        return None;
    }
    let twos = (values & EVEN_BYTES) * 10 + (values >> 8 & EVEN_BYTES);
    let fours = (twos & EVEN_WORDS) * 100 + (twos >> 16 & EVEN_WORDS);
    Some(((fours & 0xFFFF_FFFF) * 10_000 + (fours >> 32)) as i64)
}

/// The four values of Verilog, and those of VHDL that GHDL adds: weak low and high, and kinds of unknown.
const fn is_value(value: u8) -> bool {
    matches!(value, b'0' | b'1' | b'x' | b'X' | b'z' | b'Z' | b'L' | b'H' | b'U' | b'W' | b'-')
}

fn set(value: u8, track: &mut Track) {
    match value {
        b'0' | b'L' => track.level(Level::Low),
        b'1' | b'H' => track.level(Level::High),
        _ => track.unclear(1),
    }
}
