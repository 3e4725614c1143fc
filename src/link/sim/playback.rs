//! A recorded line as the far end's: the edges of a recording arrive at its own pace.
//!
//! What was recorded is heard as it was, damaged frames and all. Where the recording has a gap the receiver starts
//! anew: no frame reaches over it. It hears nothing.

use std::collections::VecDeque;

use super::wire::Wire;
use crate::line::{Edge, Level};
use crate::time::{Span, Stamp, Wake};

/// Edges of a recording are looked at this often, together; what they mean is stamped as it was all the same.
const LOOK: Span = Span::from_millis(5);

/// A stretch of a recorded line without gaps. Times count from the recording's beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// When it begins.
    pub start: Stamp,
    /// The level from then on.
    pub level: Level,
    /// The changes of level, in order of time.
    pub edges: VecDeque<Edge>,
    /// Up to when the line is known.
    pub end: Stamp,
}

/// A recorded line, ready to be heard once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Playback {
    stretches: VecDeque<Stretch>,
    /// The moment of the recording's beginning.
    origin: Stamp,
    /// The level of the line now.
    level: Option<Level>,
    /// The first stretch has begun.
    begun: bool,
    /// When the line is known no more.
    end: Stamp,
}

impl Playback {
    /// The stretches in order of time.
    pub fn new(stretches: impl IntoIterator<Item = Stretch>) -> Playback {
        let stretches: VecDeque<Stretch> = stretches.into_iter().collect();
        let end = stretches.back().map_or(Stamp::ZERO, |last| last.end);
        Playback { stretches, origin: Stamp::ZERO, level: None, begun: false, end }
    }

    /// It begins now.
    pub(super) fn start(&mut self, now: Stamp) {
        self.origin = now;
    }

    /// The level of the line now, once it is known.
    pub(super) const fn level(&self) -> Option<Level> {
        self.level
    }

    /// Lets what happened until `now` arrive on a wire.
    pub(super) fn play(&mut self, now: Stamp, wire: &mut Wire) {
        let origin = self.origin;
        let at = |stamp: Stamp| origin + stamp.since(Stamp::ZERO);
        while let Some(stretch) = self.stretches.front_mut() {
            if !self.begun {
                if at(stretch.start) > now {
                    return;
                }
                self.begun = true;
                self.level = Some(stretch.level);
                wire.restart(at(stretch.start), stretch.level);
            }
            while let Some(&edge) = stretch.edges.front()
                && at(edge.at) <= now
            {
                stretch.edges.pop_front();
                self.level = Some(edge.level);
                wire.arrive(Edge { at: at(edge.at), ..edge });
            }
            if !stretch.edges.is_empty() || at(stretch.end) > now {
                return;
            }
            wire.advance(at(stretch.end));
            if self.stretches.len() == 1 {
                // The line may well have rested on.
                self.stretches.clear();
            } else {
                self.stretches.pop_front();
                self.begun = false;
            }
        }
    }

    /// When the recording is over, `rest` after its last word, so that a last character can be told.
    pub(super) fn over_at(&self, rest: Span) -> Stamp {
        self.origin + self.end.since(Stamp::ZERO) + rest
    }

    /// Everything has been heard.
    pub(super) fn is_over(&self, now: Stamp, rest: Span) -> bool {
        self.stretches.is_empty() && now >= self.over_at(rest)
    }

    /// When [`Playback::play`] has something, or the recording is over.
    pub(super) fn wake(&self, now: Stamp, rest: Span) -> Wake {
        let Some(stretch) = self.stretches.front() else { return Wake::At(self.over_at(rest)) };
        let next = match stretch.edges.front() {
            _ if !self.begun => stretch.start,
            Some(edge) => edge.at,
            None => stretch.end,
        };
        Wake::At((self.origin + next.since(Stamp::ZERO)).max(now + LOOK))
    }
}
