//! What a real line does to clean edges: a rate that is off, edges that jitter, glitches.
//!
//! Everything random follows from the seed. What comes out still grows strictly and alternates.

use std::collections::VecDeque;

use crate::line::{Edge, Level};
use crate::time::{Span, Stamp};

/// How a line is damaged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Damage {
    /// The sender's rate is off by this share: 0.02 is two per cent fast. Over -1.
    pub rate: f64,
    /// Standard deviation of an edge's place, in nanoseconds, normally distributed.
    pub jitter: f64,
    /// How many glitches there are, spread evenly at random.
    pub glitches: u32,
    /// Length of a glitch.
    pub glitch: Span,
    /// Where everything random comes from.
    pub seed: u64,
}

/// Edges in, damaged edges out.
#[derive(Clone, Debug)]
pub struct Impair {
    damage: Damage,
    random: u64,
    level: Level,
    last: Stamp,
    /// Places of the glitches that are still to come, latest first.
    places: Vec<u64>,
    edges: VecDeque<Edge>,
}

impl Impair {
    /// A line at `level` from zero on, whose traffic, undamaged, ends at `end`.
    pub fn new(damage: Damage, level: Level, end: Stamp) -> Impair {
        let mut new = Impair {
            damage,
            random: damage.seed,
            level,
            last: Stamp::ZERO,
            places: Vec::new(),
            edges: VecDeque::new(),
        };
        let end = new.scaled(end).0;
        let mut places: Vec<u64> =
            (0..damage.glitches).map(|_| (new.uniform() * end as f64) as u64).collect();
        places.sort_unstable_by(|a, b| b.cmp(a));
        new.places = places;
        new
    }

    /// Takes the next clean edge.
    pub fn push(&mut self, edge: Edge) {
        let jitter = if self.damage.jitter > 0.0 { self.normal() * self.damage.jitter } else { 0.0 };
        let at = (self.scaled(edge.at).0 as f64 + jitter).round().max(0.0) as u64;
        let at = at.max(self.last.0 + 1);
        while self.glitch_before(Some(at)) {}
        self.put(Stamp(at), edge.level);
    }

    /// The traffic is over, the line rests; says when everything is over at the earliest.
    pub fn finish(&mut self, end: Stamp) -> Stamp {
        while self.glitch_before(None) {}
        self.scaled(end).max(self.last + Span(1))
    }

    /// The next edge.
    pub fn poll(&mut self) -> Option<Edge> {
        self.edges.pop_front()
    }

    /// Puts the next glitch where it belongs, if there is room for it before the next edge. One without
    /// room waits for the next stretch of line.
    fn glitch_before(&mut self, edge: Option<u64>) -> bool {
        let Some(&place) = self.places.last() else { return false };
        let length = self.damage.glitch.0.max(1);
        let at = place.max(self.last.0 + length);
        if edge.is_some_and(|edge| at + 2 * length > edge) {
            return false;
        }
        self.places.pop();
        let level = self.level;
        self.put(Stamp(at), opposite(level));
        self.put(Stamp(at + length), level);
        true
    }

    fn put(&mut self, at: Stamp, level: Level) {
        if level != self.level {
            (self.level, self.last) = (level, at);
            self.edges.push_back(Edge { at, level });
        }
    }

    fn scaled(&self, at: Stamp) -> Stamp {
        if self.damage.rate == 0.0 {
            return at;
        }
        Stamp((at.0 as f64 / (1.0 + self.damage.rate)).round() as u64)
    }

    /// `SplitMix64`, as 53 bits of a fraction.
    fn uniform(&mut self) -> f64 {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut x = self.random;
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        x ^= x >> 31;
        (x >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Twelve uniform numbers make a normal one.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}

const fn opposite(level: Level) -> Level {
    match level {
        Level::Low => Level::High,
        Level::High => Level::Low,
    }
}
