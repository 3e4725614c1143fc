//! Which part of time shows at first.

use super::figure::figure_view;
use super::page::{page_columns, page_view};
use crate::line::LineFormat;
use crate::line::uart::Frame;
use crate::wave::scope::{Line, Reader, View, bit_nanos, signed};

/// Bits that rest before the first frame, and after the last.
const BEFORE: f64 = 2.0;
const AFTER: f64 = 1.0;
/// Bits of a drawing that is not asked for more, at most.
const FIGURE_BITS: f64 = 40.0;

/// What is asked for of a window; what is not is found.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Window {
    /// Where it begins.
    pub at: Option<Begin>,
    /// How many bits it shows.
    pub bits: Option<f64>,
}

/// Where a window begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    /// At this moment.
    Moment(i64),
    /// Shortly before a frame that begins at this moment.
    Frame(i64),
}

impl Window {
    /// The window of a page: as much as there is, if two columns a bit are enough for it.
    pub fn of_page(&self, lines: &[Line], width: usize) -> View {
        let most = (page_columns(width) as f64 / 2.0).max(1.0);
        let (at, before, bits) = self.settle(lines, most);
        page_view(width, &format(lines), at, before, bits)
    }

    /// The window of a drawing.
    pub fn of_figure(&self, lines: &[Line]) -> View {
        let (at, before, bits) = self.settle(lines, FIGURE_BITS);
        figure_view(&format(lines), at, before, bits)
    }

    /// A moment, how many bits before it to begin, and how many bits to show.
    fn settle(&self, lines: &[Line], most: f64) -> (i64, f64, f64) {
        let format = format(lines);
        let bit = bit_nanos(&format);
        let spoken = lines.iter().filter_map(spoken).reduce(union);
        let held = lines.iter().filter_map(Line::extent).map(|(from, to)| (signed(from), signed(to)));
        let (held_from, held_to) = held.reduce(union).unwrap_or((0, 1));
        // Where room is short, a bit of rest is enough.
        let rest = if most < 20.0 { AFTER } else { BEFORE };
        let (at, before) = match self.at {
            Some(Begin::Moment(at)) => (at, 0.0),
            Some(Begin::Frame(at)) => (at, rest),
            None => spoken.map_or((held_from, 0.0), |(start, _)| (start, rest)),
        };
        let last = spoken.map_or(held_to as f64, |(_, end)| end as f64 + AFTER * bit);
        let all = (last - at as f64) / bit + before;
        let least = f64::from(format.half_bits()) / 2.0 + BEFORE + AFTER;
        (at, before, self.bits.unwrap_or_else(|| all.clamp(least.min(most), most)))
    }
}

/// The format that counts the bits of the ruler.
pub(super) fn format(lines: &[Line]) -> LineFormat {
    lines.first().map_or_else(|| LineFormat::new(300), |line| line.format)
}

fn union(a: (i64, i64), b: (i64, i64)) -> (i64, i64) {
    (a.0.min(b.0), a.1.max(b.1))
}

/// From the first frame to the last; what the other receiver makes of that may last longer.
fn spoken(line: &Line) -> Option<(i64, i64)> {
    let is_frame = |frame: &&Frame| !frame.is_break;
    let frames = line.frames(Reader::Right);
    let first = frames.iter().find(is_frame).or(frames.first())?;
    let last = signed(frames.last()?.end);
    let wrong = line.frames(Reader::Wrong).iter().rev().find(is_frame);
    Some((signed(first.start), wrong.map_or(last, |frame| last.max(signed(frame.end)))))
}
