//! `play:` without a word about the line: the recording itself is asked.

use std::fs::File;
use std::path::Path;

use super::probe::recorded;
use crate::engine::{SessionConfig, Target, Wire};
use crate::line::detect::{Sign, Verdict};
use crate::wave::{Reading, Recording};

/// Sets the line as the recording was found to be, and says so; or says that too little is on it, and leaves the
/// line. The level at which it rests is left as it is where the user `says_polarity`. Where bit 7 is always set on an ASCII wire it is stripped, if `may_strip`. A recording that cannot be opened
/// tells that itself, when it is played.
pub(super) fn settle(session: &mut SessionConfig, may_strip: bool, says_polarity: bool) -> Option<String> {
    let Target::Play { file, channel } = &session.target else { return None };
    let (target, line) = (session.target.clone(), &mut session.line);
    let verdict = survey(file, channel.as_deref())?;
    let Some(best) = verdict.best.filter(|_| verdict.doubt.is_none()) else {
        return Some(format!(
            "{target} holds too little to tell what line it is: it is read at {line}; --line BAUD-8N1 says otherwise"
        ));
    };
    let said = (line.tx, line.rx);
    *line = best.measured_line();
    let found = line.to_string();
    if says_polarity {
        (line.tx, line.rx) = said;
    }
    let against = if line.rx == best.measured_line().rx {
        String::new()
    } else {
        format!(", and is read at {line} as you say")
    };
    let next = verdict.runner_up.map_or(String::new(), |next| {
        format!(" (score {:.2}; the next best is {} with {:.2})", best.score, next.line, next.score)
    });
    let strip = may_strip && session.wire == Wire::Ascii && verdict.signs.contains(&Sign::Bit7Set);
    session.strip7 |= strip;
    let bit_7 = if strip { "; bit 7 is always set there, and stripped" } else { "" };
    Some(format!("{target} looks like {found}{next}{against}{bit_7}; --line BAUD-8N1 says otherwise"))
}

fn survey(file: &Path, channel: Option<&str>) -> Option<Verdict> {
    let source = File::open(file).ok().filter(|source| source.metadata().is_ok_and(|data| data.is_file()))?;
    let recording = Recording::open(source, &Reading::default()).ok()?;
    let index = recording.channel(channel).ok()?;
    recorded::survey(recording, index).verdict(file).ok()
}
