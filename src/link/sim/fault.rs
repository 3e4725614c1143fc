//! A disturbance on a simulated line: it changes levels, never octets.

use crate::engine::Way;
use crate::line::{Edge, Level, LineFormat};
use crate::time::Stamp;

/// One bit of one character that has the other level on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fault {
    /// On which wire; a loop has only the one that we drive.
    pub way: Way,
    /// In which character since the line was opened or its format changed, counted from 0.
    pub frame: u64,
    /// In which bit of the frame: 0 is the start bit, 1 the first data bit.
    pub bit: u8,
}

impl Fault {
    /// Flips the level of a bit of the `frame`-th character; see [`Fault::bit`] for how bits are counted.
    pub const fn flip(way: Way, frame: u64, bit: u8) -> Fault {
        Fault { way, frame, bit }
    }

    /// Disturbs the edges of a frame that starts at `start` on a line that was at `before`.
    pub(super) fn disturb(
        &self,
        edges: &mut Vec<Edge>,
        frame: u64,
        start: Stamp,
        before: Level,
        line: &LineFormat,
    ) {
        if frame != self.frame || u32::from(self.bit) * 2 >= line.half_bits() {
            return;
        }
        // A level that is flipped for a time changes where it did not, and does not where it did, at the
        // beginning and at the end of that time.
        let from = 2 * u64::from(self.bit);
        for half_bits in [from, (from + 2).min(u64::from(line.half_bits()))] {
            let at = line.edge_at(start, half_bits);
            // The transmitter counts from the start of a run of frames, so its rounding may differ by 1 ns.
            match edges.iter().position(|edge| edge.at >= Stamp(at.0.saturating_sub(1))) {
                Some(index) if edges.get(index).is_some_and(|edge| edge.at.0.abs_diff(at.0) <= 1) => {
                    edges.remove(index);
                }
                Some(index) => edges.insert(index, Edge { at, level: before }),
                None => edges.push(Edge { at, level: before }),
            }
        }
        // The moments are right; the levels follow from them.
        let mut level = before;
        for edge in edges {
            level = match level {
                Level::Low => Level::High,
                Level::High => Level::Low,
            };
            edge.level = level;
        }
    }
}
