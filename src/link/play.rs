//! `play:FILE#CHANNEL`: a recording, opened and made ready to be heard.
//!
//! It is held in memory: a million edges of it, which are hours at 300 baud; what is beyond them is
//! left out, and that is said.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::path::Path;

use super::sim::{Playback, Stretch};
use crate::engine::{Failure, Target, Trouble};
use crate::line::{Edge, Level};
use crate::wave::{Reading, Recording, Segment, Timebase, Trace, WaveError};

/// Edges that are kept.
const MOST: usize = 1_000_000;

/// Reads one line of a recording; with it come remarks for the user.
///
/// # Errors
/// If it is no recording, is damaged, or has no such line.
pub fn load(file: &Path, channel: Option<&str>) -> Result<(Playback, Vec<String>), Trouble> {
    let source = File::open(file).map_err(|error| not_opened(file, channel, &error))?;
    if source.metadata().is_ok_and(|metadata| !metadata.is_file()) {
        let what = format!("{} is no file", file.display());
        return Err(Trouble::new(
            Failure::NotADevice,
            what,
            "play: wants a recording, such as play:hello.vcd",
        ));
    }
    let explain = |error: WaveError| trouble(file, &error);
    let recording = Recording::open(source, &Reading::default()).map_err(explain)?;
    let mut remarks: Vec<String> =
        recording.notes().iter().map(|note| format!("{}: {note}", file.display())).collect();
    let index = recording.channel(channel).map_err(explain)?;
    let trace = Trace::read(recording, index, MOST).map_err(explain)?;
    if trace.cut {
        remarks.push(format!("{} is long: its first {MOST} edges are played", file.display()));
    }
    let origin = trace.segments.first().map_or(0, |segment| segment.start);
    let known =
        trace.segments.into_iter().filter_map(|segment| first_level(&segment).map(|level| (segment, level)));
    let stretches: Option<Vec<Stretch>> =
        known.map(|(segment, level)| stretch(&segment, level, trace.timebase, origin)).collect();
    let stretches = stretches.ok_or_else(|| {
        let what = format!("{}: its times reach over 584 years", file.display());
        Trouble::new(Failure::Setting, what, "is it whole?")
    })?;
    Ok((Playback::new(stretches), remarks))
}

/// The level at which a segment begins, where anything is known of it.
fn first_level(segment: &Segment) -> Option<Level> {
    let before = |level| if level == Level::Low { Level::High } else { Level::Low };
    segment.level.or_else(|| segment.edges.first().map(|(_, level)| before(*level)))
}

/// A segment in nanoseconds, if its times fit into them.
fn stretch(segment: &Segment, level: Level, timebase: Timebase, origin: i64) -> Option<Stretch> {
    let stamp = |at| timebase.stamp(origin, at);
    let edge = |&(at, level): &(i64, Level)| stamp(at).map(|at| Edge { at, level });
    let edges = segment.edges.iter().map(edge).collect::<Option<VecDeque<Edge>>>()?;
    Some(Stretch { start: stamp(segment.start)?, level, edges, end: stamp(segment.end)? })
}

fn not_opened(file: &Path, channel: Option<&str>, error: &io::Error) -> Trouble {
    // The `#` may belong to the name of the file.
    let mut whole = file.as_os_str().to_owned();
    whole.push("#");
    whole.push(channel.unwrap_or_default());
    if channel.is_some() && Path::new(&whole).is_file() {
        let what = format!("there is no recording {}", file.display());
        let whole = Target::Play { file: whole.into(), channel: None };
        return Trouble::new(
            Failure::NotFound,
            what,
            format!("a file with a # in its name ends in one: {whole}"),
        );
    }
    let (failure, what) = match error.kind() {
        io::ErrorKind::NotFound => (Failure::NotFound, format!("there is no recording {}", file.display())),
        io::ErrorKind::PermissionDenied => {
            (Failure::Permission, format!("{} may not be read", file.display()))
        }
        _ => (Failure::Io, format!("{} cannot be read: {error}", file.display())),
    };
    Trouble::new(failure, what, "play: wants a recording, such as play:hello.vcd")
}

fn trouble(file: &Path, error: &WaveError) -> Trouble {
    let failure = match error {
        WaveError::Channel { .. } | WaveError::NoRate | WaveError::NeedlessRate => Failure::NotADevice,
        WaveError::Io(_) => Failure::Io,
        _ => Failure::Setting,
    };
    let target =
        |channel: &str| Target::Play { file: file.to_owned(), channel: Some(channel.to_owned()) }.to_string();
    match error {
        WaveError::Channel { wanted, known } => {
            let names = known.join(", ");
            let what = match wanted {
                Some(wanted) => format!("{} has no channel '{wanted}'; it has {names}", file.display()),
                None => format!("{} has several channels: {names}", file.display()),
            };
            let next = known.first().map_or(String::new(), |first| format!("say which: {}", target(first)));
            Trouble::new(failure, what, next)
        }
        WaveError::NoRate => {
            let what = format!("{} does not tell its rate, and play: cannot be told one", file.display());
            Trouble::new(failure, what, "'petterm decode' with --rate reads it")
        }
        other => Trouble::new(failure, format!("{}: {other}", file.display()), ""),
    }
}
