//! What reading an archive may cost.
//!
//! A few megabytes can say four gigabytes of samples that change with each one, which is minutes of work. Idle
//! lines compress a thousandfold, so a ratio says nothing; what is bounded is the work: a unit for each byte
//! that is inflated, more for each change. What a small archive may cost is a second or so on any machine of
//! today, and that is enough for an hour of samples a microsecond apart, with traffic in them. What a larger
//! one may cost grows with it: characters that differ cannot be compressed much.

use super::{Place, WaveError};

/// Units that any archive may cost: more than its most samples.
const LEAST: u64 = 5 << 30;
/// Units for each byte of the samples as they are in the archive. Random characters at 9600 baud in samples a
/// microsecond apart have ten bytes a character there, and cost 230 units a byte.
const PER_BYTE: u64 = 256;
/// Noise in voltages compresses less than it costs.
const PER_VOLT_BYTE: u64 = 512;
/// Units of a change of a level. It costs what two hundred bytes cost that say nothing new.
pub(super) const CHANGE: u64 = 200;
/// The same of a voltage that is another than the one before.
pub(super) const VOLTAGE: u64 = 80;

/// What is left to be spent.
pub(super) struct Work {
    left: u64,
    archived: u64,
}

impl Work {
    /// For levels in so many bytes of an archive.
    pub(super) fn for_levels(archived: u64) -> Work {
        Work { left: LEAST.max(archived.saturating_mul(PER_BYTE)), archived }
    }

    /// For voltages in so many bytes of an archive.
    pub(super) fn for_voltages(archived: u64) -> Work {
        Work { left: LEAST.max(archived.saturating_mul(PER_VOLT_BYTE)), archived }
    }

    /// Spends so many units.
    ///
    /// # Errors
    /// If there are not so many left.
    pub(super) fn spend(&mut self, units: u64) -> Result<(), WaveError> {
        match self.left.checked_sub(units) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(WaveError::bad(
                Place::Archive,
                format!(
                    "{} bytes of it say more changes than a recorded line has; read a part of it",
                    self.archived
                ),
            )),
        }
    }
}
