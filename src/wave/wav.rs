//! WAV files: a line at a sound card's input, each channel of the sound a line.
//!
//! A sound card lets no direct current through, so that a level is not a voltage there: it falls back to zero,
//! quickly or slowly. What remains are the steps. How far a sample falls until the next is measured over the
//! whole recording; a step is what a sample differs by from that. Steps of less than half the usual size are
//! noise. An edge is at the middle of its step, between two samples if need be. Sound that does let direct
//! current through is the case in which nothing falls.
//!
//! The level before the first edge is the other one.
//!
//! The chunks of the file are found here: some are of odd length, and who writes to a pipe does not know how
//! long the sound will be. Facts: `docs/waveforms.md`.

use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::ops::ControlFlow;

use hound::{SampleFormat, WavReader};

use super::analog::{Histogram, PARTS, Samples};
use super::track::{Step, Stop, Track};
use super::{Channel, Event, Place, Recording, Source, Threshold, WaveError, analog};
use crate::line::Level;

/// More channels than this are damage.
const MOST_CHANNELS: u16 = 64;
/// A smaller step is none, as a share of full scale; a sound of 8 bits has steps of 0.008.
const QUIETEST: f64 = 1e-3;
/// A step of noise is smaller than this share of an edge.
const NOISE: f64 = 1.0 / 16.0;

/// The sound.
#[derive(Debug)]
pub(super) struct Body<R> {
    source: BufReader<R>,
    place: Data,
}

/// Where the samples are, and a head that tells of nothing else.
#[derive(Clone, Debug)]
struct Data {
    head: Vec<u8>,
    offset: u64,
    length: u64,
}

impl Data {
    fn find<R: Read + Seek>(source: &mut R) -> Result<Data, WaveError> {
        /// Longer than any head of a format.
        const MOST_FORMAT: u64 = 4_096;
        /// More chunks before the sound are damage.
        const MOST_CHUNKS: usize = 1_000;
        let mut form = [0; 4];
        source.seek(SeekFrom::Start(8))?;
        source.read_exact(&mut form).map_err(|error| of_io(error, Place::Offset(8)))?;
        if form != *b"WAVE" {
            return Err(WaveError::bad(Place::Offset(8), "this RIFF file is no sound, which says WAVE here"));
        }
        let (mut at, mut format) = (12, Vec::new());
        for _ in 0..MOST_CHUNKS {
            let early = |error| of_io(error, Place::Offset(at));
            source.seek(SeekFrom::Start(at))?;
            let (mut name, mut length) = ([0; 4], [0; 4]);
            source.read_exact(&mut name).map_err(early)?;
            source.read_exact(&mut length).map_err(early)?;
            let length = u64::from(u32::from_le_bytes(length));
            at += 8;
            match &name {
                b"fmt " if length <= MOST_FORMAT => {
                    format.clear();
                    source.by_ref().take(length).read_to_end(&mut format)?;
                }
                b"data" if format.is_empty() => {
                    return Err(WaveError::bad(Place::Offset(at - 8), "the format is missing in a WAV file"));
                }
                b"data" => return Data::new(&format, at, length, source.seek(SeekFrom::End(0))?),
                _ => {}
            }
            // Chunks begin at even places.
            at += length + length % 2;
        }
        Err(WaveError::bad(Place::Offset(at), "no sound among the first 1,000 chunks of a WAV file"))
    }

    fn new(format: &[u8], offset: u64, told: u64, end: u64) -> Result<Data, WaveError> {
        if format.get(14..16) == Some(&[64, 0]) {
            let what = "this sound has 64 bits a sample; save it with 32 or fewer";
            return Err(WaveError::Unsupported(what.to_owned()));
        }
        let there = end.saturating_sub(offset);
        let frame = match format.get(12..14) {
            Some([low, high]) => u64::from(u16::from_le_bytes([*low, *high])).max(1),
            _ => 1,
        };
        // Who writes to a pipe tells one of these, and the sound ends where the file does.
        let is_open = matches!(told, 0 | 0x7FFF_F000 | 0x7FFF_FFFF | 0x8000_0000 | 0xFFFF_FFFF)
            && told > there
            || told == 0;
        let length = if is_open { (there - there % frame).min(0xFFFF_FFF0 / frame * frame) } else { told };
        let word = |value: u64| u32::try_from(value).unwrap_or(u32::MAX).to_le_bytes();
        let mut head = b"RIFF\0\0\0\0WAVEfmt ".to_vec();
        head.extend(word(format.len() as u64));
        head.extend(format);
        head.extend(b"data");
        head.extend(word(length));
        Ok(Data { head, offset, length })
    }

    fn reader<'s, R: Read + Seek>(
        &'s self,
        source: &'s mut R,
    ) -> Result<WavReader<impl Read + 's>, WaveError> {
        source.seek(SeekFrom::Start(self.offset))?;
        WavReader::new(self.head.as_slice().chain(source.take(self.length)))
            .map_err(|error| of_hound(error, Place::Offset(0)))
    }
}

pub(super) fn open<R: Read + Seek>(mut source: BufReader<R>) -> Result<Recording<R>, WaveError> {
    let place = Data::find(&mut source)?;
    let spec = place.reader(&mut source)?.spec();
    if spec.channels > MOST_CHANNELS {
        let what = format!("up to {MOST_CHANNELS} channels were expected, not {}", spec.channels);
        return Err(WaveError::bad(Place::Offset(22), what));
    }
    let timebase = analog::timebase(u64::from(spec.sample_rate))?;
    let channels = (0..spec.channels)
        .map(|index| {
            let name = (index + 1).to_string();
            Channel { full: name.clone(), name, index: usize::from(index) }
        })
        .collect();
    Ok(Recording {
        source: Source::Wav(Body { source, place }),
        channels,
        timebase,
        threshold: None,
        notes: Vec::new(),
    })
}

fn of_hound(error: hound::Error, place: Place) -> WaveError {
    match error {
        hound::Error::IoError(error) => of_io(error, place),
        hound::Error::FormatError(what) => WaveError::bad(place, format!("{what} in a WAV file")),
        hound::Error::Unsupported => {
            WaveError::Unsupported("this sound is compressed; save it as PCM".to_owned())
        }
        error => WaveError::bad(place, format!("{error} in a WAV file")),
    }
}

fn of_io(error: io::Error, place: Place) -> WaveError {
    // hound makes an end of the file that it did not expect an error of its own.
    match error.kind() {
        io::ErrorKind::UnexpectedEof | io::ErrorKind::Other => {
            WaveError::bad(place, "the file ends too early; its head tells of more")
        }
        _ => WaveError::Io(error),
    }
}

/// One channel's samples, from -1 to 1.
struct Sound<'s, R> {
    source: &'s mut BufReader<R>,
    place: &'s Data,
    channel: usize,
}

impl<R: Read + Seek> Samples for Sound<'_, R> {
    fn pass(&mut self, each: &mut dyn FnMut(i64, f64, u64) -> Step) -> Result<i64, Stop> {
        // Begun anew each time: hound's own way back counts from a sample that failed.
        let mut reader = self.place.reader(self.source)?;
        let spec = reader.spec();
        match spec.sample_format {
            SampleFormat::Float => {
                through(reader.samples::<f32>().map(|one| one.map(f64::from)), self.channel, &spec, each)
            }
            SampleFormat::Int => {
                let full = 2_f64.powi(i32::from(spec.bits_per_sample.min(32)) - 1);
                through(
                    reader.samples::<i32>().map(|one| one.map(|one| f64::from(one) / full)),
                    self.channel,
                    &spec,
                    each,
                )
            }
        }
    }
}

fn through(
    samples: impl Iterator<Item = Result<f64, hound::Error>>,
    channel: usize,
    spec: &hound::WavSpec,
    each: &mut dyn FnMut(i64, f64, u64) -> Step,
) -> Result<i64, Stop> {
    let channels = usize::from(spec.channels);
    let (mut at, mut of) = (0, 0);
    for sample in samples {
        let sample = sample.map_err(|error| of_hound(error, Place::Sample((at / PARTS as i64) as u64)))?;
        if of == channel {
            each(at, sample, 1)?;
        }
        of += 1;
        if of == channels {
            (at, of) = (at + PARTS as i64, 0);
        }
    }
    Ok(at)
}

impl<R: Read + Seek> Body<R> {
    pub(super) fn read(mut self, index: usize, given: Option<Threshold>, track: &mut Track) -> Step {
        let mut sound = Sound { source: &mut self.source, place: &self.place, channel: index };
        if given.is_some() {
            return analog::read(&mut sound, given, track);
        }
        let Some(steps) = Steps::measure(&mut sound)? else {
            // Of damaged sound, the damage is the better reason.
            sound.pass(&mut |_, _, _| Ok(()))?;
            return Err(WaveError::NoLevels("nothing in the sound stands out as an edge".to_owned()).into());
        };
        // The first edge tells what was before it.
        let mut first = None;
        let mut find = |event| match event {
            Event::Edge { level, .. } => {
                first = Some(level);
                ControlFlow::Break(())
            }
            _ => ControlFlow::Continue(()),
        };
        match steps.edges(&mut sound, None, &mut Track::new(&mut find)) {
            Err(Stop::Failed(error)) if first.is_none() => return Err(error.into()),
            _ => {}
        }
        steps.edges(&mut sound, first.map(opposite), track)
    }
}

const fn opposite(level: Level) -> Level {
    match level {
        Level::Low => Level::High,
        Level::High => Level::Low,
    }
}

/// How the steps of a recording are told.
#[derive(Clone, Copy)]
struct Steps {
    /// What remains of a sample after its time.
    remains: f64,
    /// Changes below this are none.
    noise: f64,
    /// A step of at least this size is an edge.
    least: f64,
}

impl Steps {
    /// `None` if nothing stands out.
    fn measure(sound: &mut dyn Samples) -> Result<Option<Steps>, Stop> {
        let mut sizes = Histogram::new();
        pass(sound, &mut |value| sizes.add(value.abs()))?;
        let loud = sizes.top() / 4.0;
        let mut ratios = Histogram::new();
        let mut last = 0.0_f64;
        pass(sound, &mut |value| {
            if last.abs() > loud {
                ratios.add((value / last).clamp(-1.0, 2.0));
            }
            last = value;
        })?;
        // More samples lie within a level than at edges, so the median is the fall.
        let remains = if ratios.total == 0 { 1.0 } else { ratios.median().clamp(0.0, 1.0) };
        let remains = if remains > 0.995 { 1.0 } else { remains };
        let mut changes = Histogram::new();
        let mut last = None;
        pass(sound, &mut |value| {
            if let Some(last) = last.replace(value) {
                changes.add((value - remains * last).abs());
            }
        })?;
        let noise = changes.top() * NOISE;
        let mut sizes = Histogram::new();
        let mut runs = Runs::new(Steps { remains, noise, least: 0.0 });
        pass(sound, &mut |value| {
            if let Some((_, size)) = runs.take(0.0, value) {
                sizes.add(size.abs());
            }
        })?;
        if sizes.total == 0 || changes.total == 0 {
            return Ok(None);
        }
        let size = sizes.top();
        // Of a line, steps are of one size or tiny, and for a good part of the time nothing changes.
        let clear = sizes.between(size * 0.35, size * 0.65) * 4 < sizes.between(size * 0.65, size * 2.0);
        let rests = changes.between(0.0, noise) * 4 >= changes.total;
        Ok((clear && rests && size > QUIETEST).then_some(Steps { remains, noise, least: size / 2.0 }))
    }

    fn edges(self, sound: &mut dyn Samples, before: Option<Level>, track: &mut Track) -> Step {
        let mut runs = Runs::new(self);
        let mut begun = false;
        let end = sound.pass(&mut |at, value, _| {
            if !value.is_finite() {
                track.unclear(1);
                return Ok(());
            }
            if !begun {
                begun = true;
                track.time(at, || Place::Offset(0))?;
                if let Some(level) = before {
                    track.level(level);
                }
            }
            match runs.take(at as f64, value) {
                Some((place, size)) if size.abs() >= self.least => {
                    // A step between two samples shows half a sample late.
                    let place = (place - PARTS as f64 / 2.0).max(0.0).round() as i64;
                    track.time(place, || Place::Offset(0))?;
                    track.level(if size > 0.0 { Level::High } else { Level::Low });
                }
                _ => {}
            }
            Ok(())
        })?;
        track.time(end, || Place::Offset(0))?;
        track.end()
    }
}

/// A pass that is not stopped; damage behind the first samples is met again when edges are read.
fn pass(sound: &mut dyn Samples, each: &mut dyn FnMut(f64)) -> Result<(), Stop> {
    let mut any = false;
    let passed = sound.pass(&mut |_, value, _| {
        any = true;
        if value.is_finite() {
            each(value);
        }
        Ok(())
    });
    match passed {
        Err(stop) if !any => Err(stop),
        _ => Ok(()),
    }
}

/// Changes in the same direction, one sample after the other, are one step.
struct Runs {
    steps: Steps,
    last: Option<f64>,
    /// Sum of the changes at hand, and of each times its place.
    sum: f64,
    moment: f64,
}

impl Runs {
    const fn new(steps: Steps) -> Runs {
        Runs { steps, last: None, sum: 0.0, moment: 0.0 }
    }

    /// Takes a sample; a step that is over is told with its middle and its size.
    fn take(&mut self, at: f64, value: f64) -> Option<(f64, f64)> {
        let last = self.last.replace(value)?;
        let change = value - self.steps.remains * last;
        let goes_on =
            change.abs() > self.steps.noise && (self.sum == 0.0 || (change > 0.0) == (self.sum > 0.0));
        if goes_on {
            self.sum += change;
            self.moment += change * at;
            return None;
        }
        let (sum, moment) = (self.sum, self.moment);
        (self.sum, self.moment) =
            if change.abs() > self.steps.noise { (change, change * at) } else { (0.0, 0.0) };
        (sum != 0.0).then(|| (moment / sum, sum))
    }
}
