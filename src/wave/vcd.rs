//! VCD (IEEE 1364): the dialects of sigrok, `PulseView`, `GTKWave`, Verilator and Icarus.
//!
//! Words, not lines, are what counts: `#6224 0!` on one line is sigrok's way, one word a line everyone
//! else's. Channels are the variables of one bit; several names may stand for one line. Without a
//! `$timescale` a tick is taken to be 1 ns, and that is said. The last time, with a change or without, is
//! the end of the recording. Facts: `docs/waveforms.md`.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read};

use super::text::{Words, shown};
use super::track::{Step, Track};
use super::{Channel, Place, Recording, Source, Timebase, WaveError};
use crate::line::Level;

/// More variables than this are damage.
const MOST_CHANNELS: usize = 100_000;

/// The value changes of a VCD file.
#[derive(Debug)]
pub(super) struct Body<R> {
    words: Words<R>,
    /// The identifier code of each line.
    codes: Vec<Vec<u8>>,
}

pub(super) fn open<R: Read>(source: BufReader<R>) -> Result<Recording<R>, WaveError> {
    let mut words = Words::new(source);
    let mut scopes: Vec<String> = Vec::new();
    let mut known: HashMap<Vec<u8>, usize> = HashMap::new();
    let (mut channels, mut codes, mut timebase) = (Vec::new(), Vec::new(), None);
    loop {
        if !words.advance()? {
            return Err(WaveError::bad(words.place(), "the file ends before $enddefinitions"));
        }
        let place = words.place();
        let keyword = words.word().to_vec();
        if !keyword.starts_with(b"$") {
            let found = shown(&keyword);
            return Err(WaveError::bad(place, format!("a $ keyword was expected, {found} was found")));
        }
        let content = section(&mut words, matches!(&keyword[..], b"$comment" | b"$version" | b"$date"))?;
        match &keyword[..] {
            b"$enddefinitions" => break,
            b"$timescale" => timebase = Some(timescale(&content.concat(), place)?),
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
                let name = format!("{name}{}", index.concat());
                let full = scopes.iter().chain([&name]).cloned().collect::<Vec<_>>().join(".");
                channels.push(Channel { name, full, index: index_of });
            }
            _ => {}
        }
    }
    let mut notes = Vec::new();
    let timebase = timebase.unwrap_or_else(|| {
        notes.push("there is no $timescale; a tick is taken to be 1 ns".to_owned());
        Timebase::of_rate(1_000_000_000)
    });
    Ok(Recording { source: Source::Vcd(Body { words, codes }), channels, timebase, notes })
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
    let seconds = match number {
        "1" => 1,
        "10" => 10,
        "100" => 100,
        _ => 0,
    };
    let parts = match unit {
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
        let words = &mut self.words;
        while words.advance()? {
            let word = words.word();
            match word.first() {
                Some(b'#') => {
                    let time = std::str::from_utf8(&word[1..]).ok().filter(|text| !text.starts_with('+'));
                    let Some(at) = time.and_then(|text| text.parse::<i64>().ok()) else {
                        let found = shown(word);
                        let what = format!("# and a whole number below 2^63 was expected, not {found}");
                        return Err(WaveError::bad(words.place(), what).into());
                    };
                    track.time(at, || words.place())?;
                }
                Some(value @ (b'0' | b'1' | b'x' | b'X' | b'z' | b'Z')) if word.len() > 1 => {
                    if word[1..] == code[..] {
                        set(*value, track);
                    }
                }
                Some(b'b' | b'B' | b'r' | b'R' | b's' | b'S') => {
                    let (kind, value) = (word[0], word.last().copied().unwrap_or_default());
                    let place = words.place();
                    if !words.advance()? {
                        return Err(WaveError::bad(place, "the file ends before the value's code").into());
                    }
                    if matches!(kind, b'b' | b'B') && words.word() == code {
                        set(value, track);
                    }
                }
                Some(b'$') => {
                    if word == b"$comment" {
                        section(words, true)?;
                    } else if !matches!(word, b"$end" | b"$dumpvars" | b"$dumpall" | b"$dumpon" | b"$dumpoff")
                    {
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

fn set(value: u8, track: &mut Track) {
    match value {
        b'0' => track.level(Level::Low),
        b'1' => track.level(Level::High),
        _ => track.unclear(),
    }
}
