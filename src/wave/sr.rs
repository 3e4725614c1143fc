//! sigrok's session files, `.sr`: a ZIP archive of a metadata file and logic samples.
//!
//! Both versions: the samples are in one member, or in chunks `NAME-1`, `NAME-2` and so on. Samples are
//! `unitsize` bytes, least significant first; probe N is bit N-1. Analog channels are members of their own.
//! Members are inflated as they are read. Metadata and the work for samples are bounded (`work`); a ratio of
//! compression is not, for idle lines compress a thousandfold. Facts: `docs/waveforms.md`.

mod analog;
mod scan;
mod work;

use std::io::{self, Read, Seek, SeekFrom};

use zip::ZipArchive;
use zip::result::ZipError;

use super::text::rate as parse_rate;
use super::track::{Step, Stop, Track};
use super::{Channel, Place, Recording, Source, Threshold, WaveError, settle_rate};
use scan::Scan;
use work::Work;

const MOST_METADATA: u64 = 1 << 20;
/// Most inflated bytes of a channel's samples: an hour at a million a second.
const MOST_SAMPLES: u64 = 1 << 32;
/// More members are damage: sigrok's are of 4 MiB.
const MOST_MEMBERS: usize = 1_024;
/// Numbers of analog channels begin here.
const ANALOG: usize = LARGEST_UNIT * 8;
const LARGEST_UNIT: usize = 64;
/// Samples that are inflated at a time: much less costs as many copies of what inflate looks back at, much
/// more does not stay in the processor's cache.
const AT_A_TIME: usize = 1 << 18;

/// The samples of a session file.
#[derive(Debug)]
pub(super) struct Body<R> {
    archive: ZipArchive<R>,
    unit: usize,
    members: Vec<String>,
    /// The begin of the members' names of each analog channel.
    analog: Vec<String>,
}

/// What the metadata say.
#[derive(Default)]
struct Metadata {
    capture: Option<String>,
    rate: Option<u64>,
    unit: Option<usize>,
    probes: Vec<(usize, String)>,
    analog: Vec<(usize, String)>,
}

pub(super) fn open<R: Read + Seek>(mut source: R, rate: Option<u64>) -> Result<Recording<R>, WaveError> {
    look_at_directory(&mut source)?;
    let mut archive = ZipArchive::new(source).map_err(|error| of_zip(error, Place::Archive))?;
    if archive.len() > MOST_MEMBERS {
        return Err(too_many(archive.len()));
    }
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
    if metadata.capture.is_none() && metadata.analog.is_empty() {
        return Err(WaveError::bad(place(), "it tells neither a capturefile nor an analog channel"));
    }
    let own = metadata.rate.filter(|rate| *rate > 0);
    let timebase = if metadata.analog.is_empty() {
        settle_rate(own, rate)?
    } else {
        super::analog::timebase(settle_rate(own, rate)?.parts)?
    };
    let unit = metadata.unit.unwrap_or(1);
    if unit == 0 || unit > LARGEST_UNIT {
        return Err(WaveError::bad(place(), format!("unitsize is 1 to {LARGEST_UNIT}, not {unit}")));
    }
    let members = match &metadata.capture {
        Some(capture) => {
            let members = members(&archive, capture);
            if members.is_empty() {
                let what = format!("the member {capture} or {capture}-1 is missing");
                return Err(WaveError::bad(Place::Archive, what));
            }
            members
        }
        None => Vec::new(),
    };
    let (there, lost): (Vec<_>, Vec<_>) = metadata
        .probes
        .into_iter()
        .partition(|(number, _)| !members.is_empty() && (1..=unit * 8).contains(number));
    let mut notes = Vec::new();
    if let Some((_, name)) = lost.first() {
        let more = if lost.len() > 1 { format!(" and {} more", lost.len() - 1) } else { String::new() };
        notes.push(format!("there are no samples of {name}{more}: unitsize is {unit}"));
    }
    let mut channels: Vec<Channel> =
        there.into_iter().map(|(number, name)| channel(name, number - 1)).collect();
    let analog: Vec<String> =
        metadata.analog.iter().map(|(number, _)| format!("analog-1-{number}")).collect();
    channels.extend(
        metadata.analog.into_iter().enumerate().map(|(index, (_, name))| channel(name, ANALOG + index)),
    );
    let body = Box::new(Body { archive, unit, members, analog });
    Ok(Recording { source: Source::Sr(body), channels, timebase, threshold: None, notes })
}

fn channel(name: String, index: usize) -> Channel {
    Channel { full: name.clone(), name, index }
}

/// The member of this name, or its chunks.
fn members<R: Read + Seek>(archive: &ZipArchive<R>, name: &str) -> Vec<String> {
    if archive.index_for_name(name).is_some() {
        return vec![name.to_owned()];
    }
    (1..=archive.len())
        .map(|chunk| format!("{name}-{chunk}"))
        .take_while(|name| archive.index_for_name(name).is_some())
        .collect()
}

/// Adds up what members say to be inflated: too much is refused before any of it is. One that is larger than
/// it says is an error of `zip`'s. The result is how many bytes of the archive they are.
fn limit<R: Read + Seek>(archive: &mut ZipArchive<R>, names: &[String]) -> Result<u64, WaveError> {
    let (mut total, mut archived) = (0_u64, 0_u64);
    for name in names {
        let place = || Place::Member(name.clone());
        let index = archive.index_for_name(name).unwrap_or_default();
        let member = archive.by_index_raw(index).map_err(|error| of_zip(error, place()))?;
        total = total.saturating_add(member.size());
        archived = archived.saturating_add(member.compressed_size());
        if total > MOST_SAMPLES {
            return Err(WaveError::bad(
                place(),
                "with it there are over 4 GiB of samples; read a part of it",
            ));
        }
    }
    // Members may overlap, and then are fewer bytes than they say.
    Ok(archived.min(archive.offset().saturating_add(archive.central_directory_start())))
}

/// The directory's end tells how many members there are; that is looked at before any of them is.
fn look_at_directory<R: Read + Seek>(source: &mut R) -> Result<(), WaveError> {
    // The end's own 22 bytes, and a comment of 16 bits.
    const REACH: i64 = 22 + 0xFFFF;
    let length = source.seek(SeekFrom::End(0))?;
    source.seek(SeekFrom::End(-REACH.min(length as i64)))?;
    let mut tail = Vec::new();
    source.by_ref().take(REACH as u64).read_to_end(&mut tail)?;
    source.seek(SeekFrom::Start(0))?;
    let word = |at: usize| u16::from_le_bytes([tail[at], tail[at + 1]]);
    let mut ends =
        (0..tail.len().saturating_sub(21)).filter(|at| tail[*at..].starts_with(b"PK\x05\x06")).peekable();
    if ends.peek().is_none() {
        return Err(WaveError::bad(
            Place::Archive,
            "its directory is missing at the end; is the file complete?",
        ));
    }
    // Which of several counts is not decided here: none may be too large.
    match ends.map(|at| usize::from(word(at + 10).max(word(at + 8)))).max() {
        Some(most) if most > MOST_MEMBERS => Err(too_many(most)),
        _ => Ok(()),
    }
}

fn too_many(members: usize) -> WaveError {
    WaveError::bad(Place::Archive, format!("up to {MOST_MEMBERS} members were expected, not {members}"))
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
                let number = |kind: &str| key.strip_prefix(kind).and_then(|number| number.parse().ok());
                let most = "there are over 1,024 channels";
                if metadata.probes.len() + metadata.analog.len() > MOST_MEMBERS {
                    return Err(bad(most.to_owned()));
                }
                if let Some(number) = number("probe") {
                    metadata.probes.push((number, value.to_owned()));
                } else if let Some(number) = number("analog") {
                    metadata.analog.push((number, value.to_owned()));
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
        io::ErrorKind::Other | io::ErrorKind::Unsupported => WaveError::bad(place, error.to_string()),
        _ => WaveError::Io(error),
    }
}

impl<R: Read + Seek> Body<R> {
    /// Ticks in a sample of this channel, the digital ones in a recording with analog ones told coarsely.
    pub(super) fn scale(&self, index: usize) -> u64 {
        if self.analog.is_empty() || index >= ANALOG { 1 } else { super::analog::PARTS }
    }

    /// Whether there are analog channels.
    pub(super) fn has_analog(&self) -> bool {
        !self.analog.is_empty()
    }

    pub(super) fn read(mut self, index: usize, given: Option<Threshold>, track: &mut Track) -> Step {
        let Some(name) = index.checked_sub(ANALOG).and_then(|index| self.analog.get(index)) else {
            return self.logic(index, track);
        };
        let members = members(&self.archive, name);
        if members.is_empty() {
            let what = format!("the member {name} or {name}-1 is missing");
            return Err(WaveError::bad(Place::Archive, what).into());
        }
        let work = Work::for_voltages(limit(&mut self.archive, &members)?);
        let mut volts = analog::Volts { archive: &mut self.archive, members, work };
        super::analog::read(&mut volts, given, track)
    }

    fn logic(mut self, bit: usize, track: &mut Track) -> Step {
        let work = Work::for_levels(limit(&mut self.archive, &self.members)?);
        let mut scan = Scan::new(self.unit, bit, work);
        let mut buffer = vec![0; AT_A_TIME - AT_A_TIME % self.unit];
        let mut held = 0;
        for name in &self.members {
            let place = || Place::Member(name.clone());
            let mut member = self.archive.by_name(name).map_err(|error| of_zip(error, place()))?;
            loop {
                let read = member.read(&mut buffer[held..]).map_err(|error| of_io(error, place()))?;
                if read == 0 {
                    break;
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
