//! From one place on a line to another: edges, frames, errors, bytes.

use super::{Line, Reader, signed};
use crate::line::uart::Frame;

/// What is searched for: some bytes, one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query(Vec<u16>);

impl Query {
    /// Reads `$41`, `0x41` or `$0D 0A` as bytes and anything else as text; `None` for nothing.
    pub fn parse(text: &str) -> Option<Query> {
        let hex = text.strip_prefix('$').or_else(|| text.strip_prefix("0x"));
        let bytes = hex.and_then(|hex| {
            hex.split_whitespace()
                .map(|word| u16::from_str_radix(word, 16).ok().filter(|value| *value < 0x200))
                .collect::<Option<Vec<u16>>>()
        });
        let wanted = bytes.unwrap_or_else(|| text.bytes().map(u16::from).collect());
        (!wanted.is_empty()).then_some(Query(wanted))
    }

    /// Whether it is what a line says from a frame on. Bit 7 of a frame may be set where the query's is not.
    fn matches(&self, frames: &[Frame]) -> bool {
        let same = |wanted: &u16, frame: &Frame| {
            !frame.is_break && (frame.data == *wanted || frame.data == wanted | 0x80)
        };
        frames.len() >= self.0.len() && self.0.iter().zip(frames).all(|(wanted, frame)| same(wanted, frame))
    }
}

/// Something went wrong with a frame, or it is none.
pub(super) fn is_bad(frame: &Frame) -> bool {
    frame.is_break || !frame.framing_ok || !frame.parity_ok
}

impl Line {
    /// The edge nearest to a moment, if there is one within `reach` nanoseconds.
    pub fn nearest_edge(&self, at: i64, reach: u64) -> Option<i64> {
        let (from, to) = (at.saturating_sub_unsigned(reach), at.saturating_add_unsigned(reach));
        // The nearest is the last before or the first after.
        let before = self.edges(from, at).next_back();
        let after = self.edges(at, to.saturating_add(1)).next();
        let near = [before, after].into_iter().flatten().map(|edge| signed(edge.at));
        near.min_by_key(|edge| edge.abs_diff(at))
    }

    /// The edge after a moment, or the one before it.
    pub fn next_edge(&self, at: i64, forward: bool) -> Option<i64> {
        let edge = if forward {
            self.edges(at.saturating_add(1), i64::MAX).next()
        } else {
            self.edges(i64::MIN, at).next_back()
        };
        edge.map(|edge| signed(edge.at))
    }

    /// The first frame of the right reading that starts after a moment, or the last that starts before it.
    pub fn next_frame(&self, at: i64, forward: bool) -> Option<&Frame> {
        self.next(at, forward, |_| true)
    }

    /// The same among frames that went wrong and breaks.
    pub fn next_error(&self, at: i64, forward: bool) -> Option<&Frame> {
        self.next(at, forward, |frames| frames.first().is_some_and(is_bad))
    }

    /// The same among the places where what is searched for begins.
    pub fn find(&self, query: &Query, at: i64, forward: bool) -> Option<&Frame> {
        self.next(at, forward, |frames| query.matches(frames))
    }

    fn next(&self, at: i64, forward: bool, wanted: impl Fn(&[Frame]) -> bool) -> Option<&Frame> {
        let frames = self.frames(Reader::Right);
        let hit = |index: &usize| frames.get(*index..).is_some_and(&wanted);
        let found = if forward {
            (frames.partition_point(|frame| signed(frame.start) <= at)..frames.len()).find(hit)
        } else {
            (0..frames.partition_point(|frame| signed(frame.start) < at)).rev().find(hit)
        };
        frames.get(found?)
    }
}
