//! Recordings in tests: events in short, what a reader promises, files made by hand, numbers from a seed.

#![allow(dead_code, unreachable_pub, reason = "each test program uses some of it")]

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};
use std::ops::ControlFlow;

use petterm::line::Level;
use petterm::wave::{Event, Reading, Recording, Timebase, WaveError};

pub fn events(bytes: &[u8], channel: Option<&str>, reading: &Reading) -> Result<Vec<Event>, WaveError> {
    let mut events = Vec::new();
    let recording = Recording::open(Cursor::new(bytes), reading)?;
    let index = recording.channel(channel)?;
    let read = recording.read(index, &mut |event| {
        events.push(event);
        ControlFlow::Continue(())
    });
    check(&events, read.is_ok());
    read.map(|_| events)
}

/// What a reader promises; what it read before an error may lack its end.
fn check(events: &[Event], complete: bool) {
    let (mut last, mut at_level, mut open) = (i64::MIN, None, false);
    for event in events {
        match *event {
            Event::Start { at, level } => {
                assert!(!open && at >= last, "{events:?}");
                (last, at_level, open) = (at, level, true);
            }
            Event::Edge { at, level } => {
                assert!(open && at > last && at_level != Some(level), "{events:?}");
                (last, at_level) = (at, Some(level));
            }
            Event::End { at } => {
                assert!(open && at >= last, "{events:?}");
                (last, open) = (at, false);
            }
        }
    }
    assert!(!open || !complete, "{events:?}");
}

/// Events in short: `0H 5L 9.`, with `?` for an unknown level and `.` for an end.
pub fn short(events: &[Event]) -> String {
    let mut text = String::new();
    for event in events {
        let (at, sign) = match *event {
            Event::Start { at, level: None } => (at, '?'),
            Event::Start { at, level: Some(level) } | Event::Edge { at, level } => {
                (at, if level == Level::High { 'H' } else { 'L' })
            }
            Event::End { at } => (at, '.'),
        };
        let _ = write!(text, "{}{at}{sign}", if text.is_empty() { "" } else { " " });
    }
    text
}

/// A file's only line in short.
#[track_caller]
pub fn line(bytes: &[u8]) -> String {
    short(&events(bytes, None, &Reading::default()).unwrap())
}

/// The error of a file.
#[track_caller]
pub fn error(bytes: &[u8], channel: Option<&str>, reading: &Reading) -> String {
    events(bytes, channel, reading).expect_err("an error").to_string()
}

pub fn timebase(bytes: &[u8], reading: &Reading) -> Timebase {
    Recording::open(Cursor::new(bytes), reading).unwrap().timebase()
}

/// A ZIP archive of these members.
pub fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in members {
        let options =
            zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
        zip.start_file(*name, options).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// How sound is stored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sound {
    /// PCM of so many bits; 8 of them are unsigned.
    Pcm(u16),
    Float,
    /// PCM with the long head.
    Extensible(u16),
}

/// A WAV file, every sample the same in all channels but the last, which has none.
pub fn wav(sound: Sound, channels: u16, rate: u32, samples: &[f64]) -> Vec<u8> {
    let (tag, bits) = match sound {
        Sound::Pcm(bits) => (1_u16, bits),
        Sound::Float => (3, 32),
        Sound::Extensible(bits) => (0xFFFE, bits),
    };
    let one = |value: f64| -> Vec<u8> {
        let scaled = |bits: u16| (value * (2_f64.powi(i32::from(bits) - 1) - 1.0)).round() as i64;
        match (sound, bits) {
            (Sound::Float, _) => (value as f32).to_le_bytes().to_vec(),
            (_, 8) => vec![(scaled(8) + 128) as u8],
            (_, bits) => scaled(bits).to_le_bytes()[..usize::from(bits / 8)].to_vec(),
        }
    };
    let mut data = Vec::new();
    for sample in samples {
        for channel in 0..channels {
            let value = if channel + 1 == channels && channels > 1 { 0.0 } else { *sample };
            data.extend(one(value));
        }
    }
    let align = channels * bits / 8;
    let mut format = [tag.to_le_bytes(), channels.to_le_bytes()].concat();
    format.extend(rate.to_le_bytes());
    format.extend((rate * u32::from(align)).to_le_bytes());
    format.extend([align.to_le_bytes(), bits.to_le_bytes()].concat());
    if tag == 0xFFFE {
        format.extend([22_u16.to_le_bytes(), bits.to_le_bytes()].concat());
        format.extend([0, 0, 0, 0]);
        format.extend(b"\x01\0\0\0\0\0\x10\0\x80\0\0\xAA\0\x38\x9B\x71");
    }
    let chunk = |name: &[u8; 4], content: &[u8]| {
        [name.as_slice(), &(content.len() as u32).to_le_bytes(), content].concat()
    };
    let body = [b"WAVE".to_vec(), chunk(b"fmt ", &format), chunk(b"LIST", b"INFO"), chunk(b"data", &data)];
    chunk(b"RIFF", &body.concat())
}

/// A sampled line: `levels` are the samples at which it changes, from a low beginning; each sample is 0 or 1.
pub fn samples(changes: &[usize], length: usize) -> Vec<u8> {
    (0..length).map(|at| (changes.iter().filter(|change| **change <= at).count() % 2) as u8).collect()
}

/// Random numbers, `SplitMix64`.
pub struct Random(pub u64);

impl Random {
    pub fn number(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (x ^ (x >> 31)) % below.max(1)
    }

    /// From -1 to 1.
    pub fn noise(&mut self) -> f64 {
        self.number(2_000_001) as f64 / 1e6 - 1.0
    }
}
