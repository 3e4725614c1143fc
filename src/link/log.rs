//! The log of a session: what came, as it came, or as JSON lines with time and direction.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::Clock;
use crate::time::Stamp;

/// How a log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// Received bytes as they are.
    #[default]
    Raw,
    /// JSON lines with time, direction and hex.
    Json(TimeFormat),
}

/// How a log's time stamps look; times of day are UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimeFormat {
    /// `12:34:56.789`.
    #[default]
    Clock,
    /// `2026-01-31T12:34:56.789Z`.
    Iso8601,
    /// `0.269`: seconds since the session began.
    Relative,
}

impl TimeFormat {
    /// The stamp of a moment, given the time since 1970-01-01T00:00:00Z and since the session began.
    pub fn stamp(self, since_epoch: Duration, since_start: Duration) -> String {
        let (seconds, ms) = (since_epoch.as_secs(), since_epoch.subsec_millis());
        let of_day = seconds % 86_400;
        let clock = format!("{:02}:{:02}:{:02}.{ms:03}", of_day / 3_600, of_day / 60 % 60, of_day % 60);
        match self {
            TimeFormat::Clock => clock,
            TimeFormat::Iso8601 => {
                let (year, month, day) = civil_date(seconds / 86_400);
                format!("{year:04}-{month:02}-{day:02}T{clock}Z")
            }
            TimeFormat::Relative => format!("{}.{:03}", since_start.as_secs(), since_start.subsec_millis()),
        }
    }
}

/// Year, month and day of a number of days since 1970-01-01, in the Gregorian calendar. Years begin in March
/// here, so that the leap day is the last of its year.
fn civil_date(days: u64) -> (u64, u64, u64) {
    let since_march_0 = days + 719_468;
    let (era, day_of_era) = (since_march_0 / 146_097, since_march_0 % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = 400 * era + year_of_era + u64::from(month <= 2);
    (year, month, day_of_year - (153 * month_from_march + 2) / 5 + 1)
}

/// An open log.
pub(super) struct Log {
    file: BufWriter<File>,
    pub(super) path: PathBuf,
    format: LogFormat,
    clock: Clock,
}

impl Log {
    pub(super) fn open(path: &Path, format: LogFormat, clock: Clock) -> Result<Log, String> {
        let file = OpenOptions::new().append(true).create(true).open(path).map_err(|error| {
            format!("cannot write the log {}: {error}; choose another name", path.display())
        })?;
        Ok(Log { file: BufWriter::with_capacity(65_536, file), path: path.to_owned(), format, clock })
    }

    pub(super) fn received(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self.format {
            LogFormat::Raw => self.file.write_all(bytes),
            LogFormat::Json(time) => self.line(time, "rx", bytes),
        }
    }

    pub(super) fn sent(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self.format {
            LogFormat::Raw => Ok(()),
            LogFormat::Json(time) => self.line(time, "tx", bytes),
        }
    }

    #[expect(clippy::disallowed_methods, reason = "a log says when, in the world's time")]
    fn line(&mut self, time: TimeFormat, direction: &str, bytes: &[u8]) -> io::Result<()> {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let since_start = self.clock.now().since(Stamp::ZERO).as_duration();
        let time = time.stamp(since_epoch, since_start);
        write!(self.file, "{{\"time\":\"{time}\",\"dir\":\"{direction}\",\"hex\":\"")?;
        for byte in bytes {
            write!(self.file, "{byte:02x}")?;
        }
        self.file.write_all(b"\"}\n")
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_are_read_off_the_calendar() {
        assert_eq!(civil_date(0), (1970, 1, 1));
        assert_eq!(civil_date(11_016), (2000, 2, 29));
        let moment = Duration::from_millis(1_795_501_800_269);
        let since_start = Duration::from_millis(1_005);
        assert_eq!(TimeFormat::Iso8601.stamp(moment, since_start), "2026-11-24T06:30:00.269Z");
        assert_eq!(TimeFormat::Clock.stamp(moment, since_start), "06:30:00.269");
        assert_eq!(TimeFormat::Relative.stamp(moment, since_start), "1.005");
    }
}
