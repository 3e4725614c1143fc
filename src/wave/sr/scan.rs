//! Changes of one bit in samples, and nothing else of them.

use super::work::{CHANGE, Work};
use super::{Place, Step, Stop, Track};
use crate::line::Level;

/// Samples that change nothing are skipped in blocks of so many words of eight bytes.
const BLOCK: usize = 8;

/// Looks for changes of one bit in samples.
pub(super) struct Scan {
    unit: usize,
    byte: usize,
    mask: u8,
    /// Samples so far.
    pub(super) sample: i64,
    high: Option<bool>,
    /// The bit in a word of eight bytes, once for each sample; `None` if samples do not fit into one.
    word: Option<u64>,
    work: Work,
}

impl Scan {
    /// For one bit of samples of `unit` bytes.
    pub(super) fn new(unit: usize, bit: usize, work: Work) -> Scan {
        let (byte, mask) = (bit / 8, 1 << (bit % 8));
        let word = matches!(unit, 1 | 2 | 4 | 8).then(|| {
            let place = |sample: usize| u64::from(mask) << (8 * (sample * unit + byte));
            (0..8 / unit).fold(0, |word, sample| word | place(sample))
        });
        Scan { unit, byte, mask, sample: 0, high: None, word, work }
    }

    /// Takes whole samples.
    pub(super) fn feed(&mut self, bytes: &[u8], track: &mut Track) -> Step {
        self.work.spend(bytes.len() as u64)?;
        let Some(mask) = self.word else {
            return self.by_comparing(bytes, track);
        };
        // The first sample says what the others are compared with.
        let first = if self.high.is_none() { self.unit.min(bytes.len()) } else { 0 };
        let (first, bytes) = bytes.split_at(first);
        self.one_by_one(first, track)?;
        let Some(mut high) = self.high else { return Ok(()) };
        let (words, rest) = bytes.as_chunks::<8>();
        let (blocks, last) = words.as_chunks::<BLOCK>();
        let mut sample = self.sample;
        // A division for each block would cost as much as looking at it.
        let per_block = (8 * BLOCK / self.unit) as i64;
        for block in blocks {
            let expected = if high { mask } else { 0 };
            let changed = block
                .iter()
                .fold(0, |changed, word| changed | ((u64::from_le_bytes(*word) & mask) ^ expected));
            if changed != 0 {
                high = self.words(block, mask, sample, high, track)?;
            }
            sample += per_block;
        }
        high = self.words(last, mask, sample, high, track)?;
        self.sample = sample + (8 * last.len() / self.unit) as i64;
        self.high = Some(high);
        self.one_by_one(rest, track)
    }

    /// Words of eight bytes, the first of which begins with this sample; the result is the level at their end.
    fn words(
        &mut self,
        words: &[[u8; 8]],
        mask: u64,
        mut sample: i64,
        mut high: bool,
        track: &mut Track,
    ) -> Result<bool, Stop> {
        let (per_word, bits) = ((8 / self.unit) as i64, (8 * self.unit).trailing_zeros());
        for bytes in words {
            // Where the bit is other than it was; from there on, where it is other than that, and so on.
            let mut changed = (u64::from_le_bytes(*bytes) & mask) ^ if high { mask } else { 0 };
            while changed != 0 {
                let place = changed.trailing_zeros();
                high = !high;
                self.work.spend(CHANGE)?;
                tell(sample + i64::from(place >> bits), high, track)?;
                changed ^= mask & (u64::MAX << place);
            }
            sample += per_word;
        }
        Ok(high)
    }

    /// Samples that do not fit into words: blocks whose samples are all as the one before them are skipped.
    fn by_comparing(&mut self, bytes: &[u8], track: &mut Track) -> Step {
        const SAMPLES: usize = 64;
        let mut last: Option<&[u8]> = None;
        for block in bytes.chunks(SAMPLES * self.unit) {
            let (head, tail) = (block.get(..self.unit), block.get(self.unit..).unwrap_or_default());
            let same = block.starts_with(tail) && last.is_some() && head == last;
            if same {
                self.sample += (block.len() / self.unit) as i64;
            } else {
                self.one_by_one(block, track)?;
                last = block.len().checked_sub(self.unit).and_then(|at| block.get(at..));
            }
        }
        Ok(())
    }

    fn one_by_one(&mut self, bytes: &[u8], track: &mut Track) -> Step {
        for sample in bytes.chunks_exact(self.unit) {
            let high = sample.get(self.byte).is_some_and(|byte| byte & self.mask != 0);
            if self.high != Some(high) {
                self.high = Some(high);
                self.work.spend(CHANGE)?;
                tell(self.sample, high, track)?;
            }
            self.sample += 1;
        }
        Ok(())
    }
}

fn tell(at: i64, high: bool, track: &mut Track) -> Step {
    track.time(at, || Place::Archive)?;
    track.level(if high { Level::High } else { Level::Low });
    Ok(())
}
