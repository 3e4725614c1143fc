//! sigrok's session files, `.sr`: a ZIP archive of a metadata file and logic samples.
//!
//! Both versions: the samples are in one member, or in chunks `NAME-1`, `NAME-2` and so on. Samples are
//! `unitsize` bytes, least significant first; probe N is bit N-1. Members are inflated as they are read.
//! Metadata and the work for samples are bounded; a ratio of compression is not, for idle lines compress a
//! thousandfold. Facts: `docs/waveforms.md`.

use std::io::{self, Read, Seek};

use zip::ZipArchive;
use zip::result::ZipError;

use super::text::rate as parse_rate;
use super::track::{Step, Track};
use super::{Channel, Place, Recording, Source, WaveError, settle_rate};
use crate::line::Level;

const MOST_METADATA: u64 = 1 << 20;
/// Most inflated bytes: an hour at some millions of samples a second.
const MOST_SAMPLES: u64 = 1 << 35;
const LARGEST_UNIT: usize = 64;
/// Samples that change nothing are skipped in blocks of so many bytes.
const BLOCK: usize = 64;

/// The samples of a session file.
#[derive(Debug)]
pub(super) struct Body<R> {
    archive: ZipArchive<R>,
    unit: usize,
    members: Vec<String>,
}

/// What the metadata say.
#[derive(Default)]
struct Metadata {
    capture: Option<String>,
    rate: Option<u64>,
    unit: Option<usize>,
    probes: Vec<(usize, String)>,
}

pub(super) fn open<R: Read + Seek>(source: R, rate: Option<u64>) -> Result<Recording<R>, WaveError> {
    let mut archive = ZipArchive::new(source).map_err(|error| of_zip(error, Place::Archive))?;
    if archive.index_for_name("metadata").is_none() {
        return Err(stranger(&archive));
    }
    let place = || Place::Member("metadata".to_owned());
    let mut text = Vec::new();
    let member = archive.by_name("metadata").map_err(|error| of_zip(error, place()))?;
    member.take(MOST_METADATA + 1).read_to_end(&mut text).map_err(|error| of_io(error, place()))?;
    if text.len() as u64 > MOST_METADATA {
        return Err(WaveError::bad(place(), "it is over 1 MiB"));
    }
    let metadata = parse(&String::from_utf8_lossy(&text))?;
    let Some(capture) = metadata.capture else {
        return Err(WaveError::Unsupported(
            "the recording has analog channels only, or no capturefile; export its logic".to_owned(),
        ));
    };
    let timebase = settle_rate(metadata.rate.filter(|rate| *rate > 0), rate)?;
    let unit = metadata.unit.unwrap_or(1);
    if unit == 0 || unit > LARGEST_UNIT {
        return Err(WaveError::bad(place(), format!("unitsize is 1 to {LARGEST_UNIT}, not {unit}")));
    }
    let mut members = Vec::new();
    if archive.index_for_name(&capture).is_some() {
        members.push(capture);
    } else {
        members.extend(
            (1..=archive.len())
                .map(|chunk| format!("{capture}-{chunk}"))
                .take_while(|name| archive.index_for_name(name).is_some()),
        );
        if members.is_empty() {
            return Err(WaveError::bad(
                Place::Archive,
                format!("the member {capture} or {capture}-1 is missing"),
            ));
        }
    }
    let channels = metadata
        .probes
        .into_iter()
        .filter(|(number, _)| (1..=unit * 8).contains(number))
        .map(|(number, name)| Channel { full: name.clone(), name, index: number - 1 })
        .collect();
    let body = Box::new(Body { archive, unit, members });
    Ok(Recording { source: Source::Sr(body), channels, timebase, notes: Vec::new() })
}

fn parse(text: &str) -> Result<Metadata, WaveError> {
    let mut metadata = Metadata::default();
    let mut in_device = false;
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        let bad = |what: String| {
            WaveError::bad(Place::Member("metadata".to_owned()), format!("line {}: {what}", number + 1))
        };
        if line.starts_with('[') {
            in_device = line == "[device 1]";
            continue;
        }
        let Some((key, value)) = line.split_once('=') else {
            if line.is_empty() || line.starts_with(['#', ';']) {
                continue;
            }
            return Err(bad("NAME=VALUE was expected".to_owned()));
        };
        let (key, value) = (key.trim(), value.trim());
        if !in_device {
            continue;
        }
        match key {
            "capturefile" => metadata.capture = Some(value.to_owned()),
            "samplerate" => {
                let rate = parse_rate(value).ok_or_else(|| bad(format!("'{value}' is no samplerate")))?;
                metadata.rate = Some(rate);
            }
            "unitsize" => {
                let unit = value.parse().map_err(|_| bad(format!("'{value}' is no unitsize")))?;
                metadata.unit = Some(unit);
            }
            _ => {
                if let Some(number) = key.strip_prefix("probe").and_then(|number| number.parse().ok()) {
                    metadata.probes.push((number, value.to_owned()));
                }
            }
        }
    }
    Ok(metadata)
}

/// What a ZIP archive without metadata is.
fn stranger<R: Read + Seek>(archive: &ZipArchive<R>) -> WaveError {
    let has = |name: &str| archive.index_for_name(name).is_some();
    if has("meta.json") {
        return WaveError::Unsupported("this is Logic 2's own format; export it as CSV or binary".to_owned());
    }
    if has("header") {
        return WaveError::Unsupported(
            "this is DSView's own format; export it as .sr, VCD or CSV".to_owned(),
        );
    }
    WaveError::bad(Place::Archive, "the member metadata of a sigrok session is missing")
}

fn of_zip(error: ZipError, place: Place) -> WaveError {
    match error {
        ZipError::Io(error) => of_io(error, place),
        error => WaveError::bad(place, format!("{error}; is the file complete?")),
    }
}

/// Trouble in the data is the recording's, anything else the file's.
fn of_io(error: io::Error, place: Place) -> WaveError {
    match error.kind() {
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof => {
            WaveError::bad(place, format!("{error}; is the file complete?"))
        }
        io::ErrorKind::Other => WaveError::bad(place, error.to_string()),
        _ => WaveError::Io(error),
    }
}

impl<R: Read + Seek> Body<R> {
    pub(super) fn read(mut self, bit: usize, track: &mut Track) -> Step {
        let mut scan = Scan::new(self.unit, bit);
        // A whole number of samples of every size, and of blocks.
        let mut buffer = vec![0; self.unit * BLOCK * 256];
        let (mut held, mut total) = (0, 0_u64);
        for name in &self.members {
            let place = || Place::Member(name.clone());
            let mut member = self.archive.by_name(name).map_err(|error| of_zip(error, place()))?;
            loop {
                let read = member.read(&mut buffer[held..]).map_err(|error| of_io(error, place()))?;
                if read == 0 {
                    break;
                }
                total += read as u64;
                if total > MOST_SAMPLES {
                    return Err(WaveError::bad(place(), "there are over 32 GiB of samples").into());
                }
                held += read;
                let whole = held - held % self.unit;
                scan.feed(&buffer[..whole], track)?;
                buffer.copy_within(whole..held, 0);
                held -= whole;
            }
        }
        if held > 0 {
            let last = self.members.last().cloned().unwrap_or_default();
            return Err(WaveError::bad(Place::Member(last), "it ends inside a sample").into());
        }
        track.time(scan.sample, || Place::Archive)?;
        track.end()
    }
}

/// Looks for changes of one bit in samples.
struct Scan {
    unit: usize,
    byte: usize,
    mask: u8,
    sample: i64,
    high: Option<bool>,
    /// The last sample over and over.
    pattern: [u8; BLOCK],
}

impl Scan {
    fn new(unit: usize, bit: usize) -> Scan {
        Scan { unit, byte: bit / 8, mask: 1 << (bit % 8), sample: 0, high: None, pattern: [0; BLOCK] }
    }

    /// Takes whole samples.
    fn feed(&mut self, bytes: &[u8], track: &mut Track) -> Step {
        if !BLOCK.is_multiple_of(self.unit) {
            return self.slowly(bytes, track);
        }
        let mut blocks = bytes.chunks_exact(BLOCK);
        for block in &mut blocks {
            if self.high.is_some() && block == self.pattern {
                self.sample += (BLOCK / self.unit) as i64;
                continue;
            }
            self.slowly(block, track)?;
            let last = &block[BLOCK - self.unit..];
            self.pattern.chunks_exact_mut(self.unit).for_each(|one| one.copy_from_slice(last));
        }
        let rest = blocks.remainder();
        self.slowly(rest, track)?;
        if let Some(last) = rest.chunks_exact(self.unit).next_back() {
            self.pattern.chunks_exact_mut(self.unit).for_each(|one| one.copy_from_slice(last));
        }
        Ok(())
    }

    fn slowly(&mut self, bytes: &[u8], track: &mut Track) -> Step {
        for sample in bytes.chunks_exact(self.unit) {
            let high = sample[self.byte] & self.mask != 0;
            if self.high != Some(high) {
                self.high = Some(high);
                track.time(self.sample, || Place::Archive)?;
                track.level(if high { Level::High } else { Level::Low });
            }
            self.sample += 1;
        }
        Ok(())
    }
}
