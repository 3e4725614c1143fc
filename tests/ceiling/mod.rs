//! What the best of all readers could know of a line that rests low, from what a UART told of it: for each
//! character how likely it is, of all rows of characters that make the same octets at the same times. Forwards and
//! backwards over every bit of the line, as with any hidden Markov chain; it shares no code with the library.
#![allow(unreachable_pub, reason = "a module of tests")]

use std::collections::BTreeMap;

use crate::bit_wire::Frame;

/// What the UART saw of one bit of the line.
#[derive(Clone, Copy, PartialEq)]
enum Seen {
    Low,
    /// Low, and high right before.
    Fall,
    High,
    /// The first, or another, bit of a stretch that is low and then high, nobody knows from where on.
    Rise {
        first: bool,
    },
}

/// Bits of a character that are over, as a 1 above them (0: the line rests), and whether the line has risen.
type State = (u16, bool);

pub struct Ceiling {
    forwards: Vec<BTreeMap<State, f64>>,
    backwards: Vec<BTreeMap<State, f64>>,
}

impl Ceiling {
    /// `marks`: the stop bits are told; `restarts`: the UART took low ones for a start, and so shows them;
    /// `clear`: it is known of the sender that bit 7 is never set.
    pub fn of(frames: &[Frame], marks: bool, restarts: bool, clear: bool) -> Ceiling {
        let seen = seen(frames, marks, restarts);
        let mut forwards = vec![BTreeMap::from([((0, false), 1.0)])];
        for &seen in &seen {
            let mut next = BTreeMap::new();
            for (&state, weight) in &forwards[forwards.len() - 1] {
                for (to, share) in moves(seen, state, clear) {
                    *next.entry(to).or_insert(0.0) += weight * share;
                }
            }
            forwards.push(scaled(next));
        }
        let mut backwards = vec![forwards[seen.len()].keys().map(|&state| (state, 1.0)).collect()];
        for (place, &seen) in seen.iter().enumerate().rev() {
            let after: &BTreeMap<State, f64> = &backwards[backwards.len() - 1];
            let worth = |&state: &State| -> f64 {
                let ways = moves(seen, state, clear);
                ways.iter().map(|(to, share)| share * after.get(to).copied().unwrap_or(0.0)).sum()
            };
            let before = forwards[place].keys().map(|state| (*state, worth(state))).collect();
            backwards.push(scaled(before));
        }
        backwards.reverse();
        Ceiling { forwards, backwards }
    }

    /// How likely it is that this character's stop bit is the one at that place.
    pub fn likely(&self, character: u8, place: usize) -> f64 {
        let weight = |state: &State| {
            let weight = |all: &[BTreeMap<State, f64>]| all[place].get(state).copied().unwrap_or(0.0);
            weight(&self.forwards) * weight(&self.backwards)
        };
        let all: f64 = self.forwards[place].keys().map(weight).sum();
        let state = 0x100 | u16::from(character);
        (weight(&(state, false)) + weight(&(state, true))) / all
    }
}

fn scaled(mut weights: BTreeMap<State, f64>) -> BTreeMap<State, f64> {
    let sum: f64 = weights.values().sum();
    assert!(sum > 0.0, "nothing explains what was seen");
    weights.retain(|_, weight| *weight > 0.0);
    for weight in weights.values_mut() {
        *weight /= sum;
    }
    weights
}

fn seen(frames: &[Frame], marks: bool, restarts: bool) -> Vec<Seen> {
    // A frame is told in the midst of its stop bit.
    let start = |frame: &Frame| (frame.at - 9.5).round() as usize;
    let rise = |count: usize| (0..count).map(|at| Seen::Rise { first: at == 0 });
    let mut seen: Vec<Seen> = rise(frames.first().map_or(0, start)).collect();
    for (at, frame) in frames.iter().enumerate() {
        let restarted = seen.len() > start(frame);
        if !restarted {
            seen.push(Seen::Fall);
        }
        seen.extend((0..8).map(|bit| if frame.value >> bit & 1 == 1 { Seen::High } else { Seen::Low }));
        let Some(next) = frames.get(at + 1).map(start) else { break };
        let until = next - seen.len();
        let restarts_next = until == 0;
        if restarts_next {
            seen.push(Seen::Low);
        } else if marks && frame.bad {
            seen.push(Seen::Low);
            seen.extend(rise(until - 1));
        } else if marks || restarts && frame.value != 0 {
            seen.extend(vec![Seen::High; until]);
        } else {
            seen.extend(rise(until));
        }
    }
    // It rests in the end.
    seen.extend([Seen::Low; 20]);
    seen
}

/// Where a bit of the line may lead, and how likely each bit is there; a pause ends in half of all bits.
fn moves(seen: Seen, (over, risen): State, clear: bool) -> Vec<(State, f64)> {
    let next = |low: bool| {
        let top = over.checked_ilog2();
        let (to, share) = match (top, low) {
            (None, true) => (0, 0.5),
            (None, false) => (1, 0.5),
            (Some(8), true) => (0, 1.0),
            (Some(8), false) => return None,
            (Some(7), true) if clear => return None,
            (Some(top), low) => (over + (1 << top) + if low { 1 << top } else { 0 }, 0.5),
        };
        Some(((to, !low), share))
    };
    let (low, high) = match seen {
        Seen::Low => (true, false),
        Seen::Fall => (risen, false),
        Seen::High => (false, true),
        Seen::Rise { first } => (first || !risen, true),
    };
    let ways = [low.then(|| next(true)), high.then(|| next(false))];
    ways.into_iter().flatten().flatten().collect()
}
