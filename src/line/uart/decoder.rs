//! Edges to frames.
//!
//! The rule, per frame:
//!
//! 1. An edge to space while the line is free is a candidate for a start bit; a pulse shorter than an eighth
//!    of a bit is noise.
//! 2. Where each edge lies within 0.3 bit of a boundary of its own, and so leaves the middles of the bits
//!    alone, the edges say the bits.
//! 3. Otherwise the frame is tried at phases from half a bit early to half a bit late. At each, every edge is
//!    given the boundary that makes the sum of squares least, no boundary twice, and pulses that are too
//!    narrow may be left out at a price; the cheapest reading of all phases wins (`reading`).
//! 4. A start bit that is mark for the most part is none, and the next edge to space is tried.
//! 5. The line is free again 0.6 bit before the end of the frame, so that a fast sender's next start bit is
//!    seen; a stop bit at space is a framing error, after which only a new edge from mark starts a frame, or
//!    the bad stop bit does ([`Policy`]).
//! 6. Space for a whole frame or longer is a break, and reported once, when it ends.
//!
//! What is known from one frame to the next is how long the sender's bit is (`pace`), and how well frames
//! have begun where the ones before them ended: a sender without pauses may be held to that.
//!
//! Guarantees: frames come in order; the cost follows the edges and not the time; no sequence of edges
//! panics. The decoder knows nothing of who made the edges. Facts: `docs/line.md`.

use std::collections::VecDeque;

use super::pace::Pace;
use super::reading::{Change, Expected, FARTHEST_PHASE, RELEASE, Reading, Shape, Strip};
use crate::line::{Bit, Edge, Level, LineFormat};
use crate::time::{Span, Stamp, Wake};

/// What was found between two marks: a character, or a break.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    /// The edge to space.
    pub start: Stamp,
    /// The end of the stop element, or the next frame's start if that came earlier; a break's edge to mark.
    pub end: Stamp,
    /// The data bits, errors or not; zero for a break.
    pub data: u16,
    /// The parity bit was right, or there is none.
    pub parity_ok: bool,
    /// Every stop bit was mark.
    pub framing_ok: bool,
    /// The line was held at space for at least a whole frame.
    pub is_break: bool,
    /// How sure the reading is: 1 where every edge was in its place, 0 where another reading is as good. Less
    /// than 0.2 is a guess.
    pub margin: f32,
}

/// Stretches of at least a frame's length in which no edge to space began a frame: another rate, or noise. What
/// is given up between two frames is one stretch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GivenUp {
    /// How many there were.
    pub stretches: u64,
    /// The longest of them.
    pub longest: Option<(Stamp, Stamp)>,
    /// The one that may go on: from, to, and whether it was counted.
    open: Option<(Stamp, Stamp, bool)>,
}

/// A pulse shorter than this share of a bit is not a start bit, unless something else is asked for.
const GLITCH: f64 = 0.125;
/// How far from where the last frame ended, in bits, a start edge may be to have been expected.
const NEAR: f64 = 0.6;
/// What an expectation is worth that is never kept: the mean square of a start anywhere within [`NEAR`].
const ANYWHERE: f64 = 0.12;
/// The mean square follows the last so many.
const MOST_SLIPS: u32 = 9;
/// The worth of an expectation over its mean square, and its limit, in squared half bits a squared bit.
const WORTH: f64 = 0.25;
const MOST_WORTH: f64 = 24.0;
/// A frame with a smaller margin is a guess.
const GUESS: f64 = 0.2;
/// What noise takes off a margin, and how quickly it is known.
const NOISE: f64 = 2.0;
const NOISE_STEP: f64 = 0.05;
/// What is left of a doubt after a frame, and the doubt after a framing error.
const DOUBT_LEFT: f64 = 0.8;
/// The doubt after a fall that began no frame on a line that is not clear: it may have been the true start.
const DOUBT_PASSED_OVER: f64 = 0.6;
/// After so many framing errors in a row the rate is no longer followed.
const MOST_BAD: u32 = 3;
/// Frames that are looked at to find out where a recording that begins in the middle has its first, and
/// places where that may be.
const OPENING: u64 = 16;
const MOST_OPENINGS: usize = 24;
/// Changes that are held back for that, or for a frame that is not over, at most.
const MOST_HELD: usize = 1 << 14;
/// Changes that are no longer needed are dropped so many at a time.
const SPENT: usize = 512;

/// What a receiver does after a stop bit at space.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Policy {
    /// A new edge from mark to space starts the next frame.
    #[default]
    WaitForMark,
    /// The bad stop bit is taken for the start bit of the next frame, as a 16550 does.
    Resync,
}

/// The receiving half of a UART.
///
/// ```
/// use petterm::line::uart::{Decoder, Encoder};
/// use petterm::line::LineFormat;
/// use petterm::time::Stamp;
///
/// let line: LineFormat = "300-7E1".parse()?;
/// let (mut tx, mut rx) = (Encoder::new(&line), Decoder::new(&line));
/// tx.send(0x41, Stamp(0));
/// while let Some(edge) = tx.poll() {
///     rx.push(edge);
/// }
/// rx.advance(tx.idle_at());
/// let frame = rx.poll().expect("the frame is over");
/// assert_eq!((frame.data, frame.parity_ok, frame.framing_ok), (0x41, true, true));
/// # Ok::<(), petterm::line::LineFormatError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Decoder {
    format: LineFormat,
    shape: Shape,
    policy: Policy,
    /// A pulse shorter than this share of a bit is not a start bit.
    glitch: f64,
    pace: Pace,
    lengths: Lengths,
    /// The line is known up to here, exclusive.
    now: Stamp,
    /// What is still needed of the past, and what has not been looked at.
    changes: Vec<Change>,
    /// Index of the first change that has not been looked at.
    next: usize,
    /// A start bit without an edge: a bad stop bit that is taken for one.
    resync: Option<Stamp>,
    /// Nothing can be decided before this moment.
    due: Stamp,
    /// The candidate was not clear and waits for a bit more of the line.
    unclear: bool,
    /// A start edge that was none, though the line was not clear there.
    passed_over: Option<Stamp>,
    /// The line may have begun inside a frame: since when it is known.
    opening: Option<Stamp>,
    began_inside: bool,
    /// Where the last frame ended.
    expected: Option<Stamp>,
    /// The mean square, in bits, of how far frames began from where the ones before them ended.
    slip: f64,
    /// How many that is the mean of.
    slips: u32,
    /// How unclear bits were lately, in the mean of squares.
    noise: f64,
    /// How doubtful it is that frames are read from their starts, 0 to 1.
    doubt: f64,
    /// Framing errors in a row.
    bad: u32,
    strip: Strip,
    /// Frames that were looked at closely, and how often that led to nothing, or to a guess.
    close: u64,
    vain: u64,
    given_up: GivenUp,
    frames: VecDeque<Frame>,
}

/// Lengths of time that are needed for every frame, at the rate that is followed.
#[derive(Clone, Copy, Debug)]
struct Lengths {
    per_nano: f64,
    glitch: Span,
    frame: Span,
    /// Where a frame that is not clear is decided.
    late: Span,
}

impl Decoder {
    /// A receiver that hears the line with `format.rx`. What the line was before the first edge is taken
    /// from that edge.
    pub fn new(format: &LineFormat) -> Decoder {
        let (shape, pace) = (Shape::new(format), Pace::new(format.baud));
        Decoder {
            format: *format,
            shape,
            policy: Policy::default(),
            glitch: GLITCH,
            lengths: Lengths::new(format, &shape, &pace, GLITCH),
            pace,
            now: Stamp::ZERO,
            changes: Vec::new(),
            next: 0,
            resync: None,
            due: Stamp::ZERO,
            unclear: false,
            passed_over: None,
            opening: None,
            began_inside: false,
            expected: None,
            slip: ANYWHERE,
            slips: 0,
            noise: 0.0,
            doubt: 0.0,
            bad: 0,
            strip: Strip::default(),
            close: 0,
            vain: 0,
            given_up: GivenUp::default(),
            frames: VecDeque::new(),
        }
    }

    /// A receiver that knows the level of the line from `at` on, before any edge, and that no frame was under
    /// way then.
    pub fn with_level(format: &LineFormat, at: Stamp, level: Level) -> Decoder {
        let mut decoder = Decoder::new(format);
        decoder.now = at;
        decoder.changes.push(Change { at, bit: format.rx.bit(level) });
        decoder.next = 1;
        decoder
    }

    /// A receiver that begins to listen at `at`, perhaps in the middle of a frame. Where the line does not
    /// rest for a frame at first, the first edges are held back until it is seen from which of them on the
    /// frames are whole; [`Decoder::close`] tells that no more will come.
    pub fn listening(format: &LineFormat, at: Stamp, level: Level) -> Decoder {
        let mut decoder = Decoder::with_level(format, at, level);
        decoder.opening = Some(at);
        decoder
    }

    /// What to do after a stop bit at space.
    #[must_use]
    pub const fn with_policy(mut self, policy: Policy) -> Decoder {
        self.policy = policy;
        self
    }

    /// Pulses to space that are shorter than this share of a bit, 0.02 to 0.5, start no frame.
    #[must_use]
    pub fn with_glitch(mut self, share: f64) -> Decoder {
        self.glitch = if share.is_finite() { share.clamp(0.02, 0.5) } else { GLITCH };
        self.set_lengths();
        self
    }

    /// Takes the next edge, which also says what the line was until then. An edge that is earlier than what
    /// was known already counts as one that comes now; one that changes nothing is ignored.
    pub fn push(&mut self, edge: Edge) {
        let at = edge.at.max(self.now);
        self.now = at;
        if at >= self.due {
            self.decide();
        }
        let bit = self.format.rx.bit(edge.level);
        if self.changes.last().is_some_and(|last| last.bit == bit) {
            return;
        }
        let waiting = self.changes.len() - self.next;
        self.changes.push(Change { at, bit });
        match waiting {
            // The start of a frame, as nearly all edges on a free line are: nothing is decided before its time.
            0 if bit == Bit::Space && self.resync.is_none() && self.opening.is_none() => {
                self.due = at + self.lengths.frame;
            }
            // One of the edges in it.
            1.. if self.resync.is_none()
                && self.opening.is_none()
                && waiting < MOST_HELD
                && (waiting > 1 || !self.is_glitch(at)) => {}
            _ => self.decide(),
        }
    }

    /// An edge here ends a pulse that is too short for a start bit.
    fn is_glitch(&self, at: Stamp) -> bool {
        self.changes.get(self.next).is_none_or(|start| at < start.at + self.lengths.glitch)
    }

    /// The line kept its level until `to`.
    pub fn advance(&mut self, to: Stamp) {
        self.now = self.now.max(to);
        if self.now >= self.due {
            self.decide();
        }
    }

    /// The next frame or break, in order.
    pub fn poll(&mut self) -> Option<Frame> {
        self.frames.pop_front()
    }

    /// When [`Decoder::advance`] can decide something that no edge has decided.
    pub fn wake(&self) -> Wake {
        match self.begun() {
            Some(start) => Wake::At(start + self.decided_after()),
            None => Wake::OnInput,
        }
    }

    /// Since when the line has been at space, if that is long enough for a break.
    pub fn held_since(&self) -> Option<Stamp> {
        let last = self.changes.last()?;
        (last.bit == Bit::Space && self.is_break(self.now.since(last.at))).then_some(last.at)
    }

    /// The start of a frame that has begun and is not decided yet.
    pub fn begun(&self) -> Option<Stamp> {
        self.resync.or_else(|| self.changes.get(self.next).map(|candidate| candidate.at))
    }

    /// The sender's rate by the edges of the frames that were read without an error, in baud; `None` before
    /// there are any.
    pub fn measured_baud(&self) -> Option<f64> {
        self.pace.measured().map(|ratio| f64::from(self.format.baud) / ratio)
    }

    /// How many frames were not clear at a glance. They are what costs most.
    pub const fn looked_closely(&self) -> u64 {
        self.close
    }

    /// Where edges were that fit no frame.
    pub const fn given_up(&self) -> GivenUp {
        self.given_up
    }

    /// How often what looked like a frame was no frame, or one that can only be guessed, after a close look.
    pub const fn looked_in_vain(&self) -> u64 {
        self.vain
    }

    /// The line began inside a frame, which was left out.
    pub const fn began_inside(&self) -> bool {
        self.began_inside
    }

    /// No more will come of the line: what was held back is decided.
    pub fn close(&mut self) {
        if self.opening.is_some() {
            self.open();
            self.decide();
        }
    }

    fn decide(&mut self) {
        if let Some(since) = self.opening {
            if !self.is_opened(since) {
                return;
            }
            self.open();
        }
        self.due = Stamp(u64::MAX);
        loop {
            let done = match (self.resync, self.changes.get(self.next).copied()) {
                (Some(start), _) => self.candidate(start, self.next),
                (None, None) => break,
                (None, Some(change)) if change.bit == Bit::Mark => self.end_of_space(change),
                (None, Some(change)) => self.candidate(change.at, self.next + 1),
            };
            if !done {
                break;
            }
        }
        self.forget();
    }

    /// Enough is known to find the first frame: the line rested, or some frames have passed.
    fn is_opened(&self, since: Stamp) -> bool {
        let rests = |from: Stamp, to: Stamp| to.since(from) >= self.lengths.frame;
        match self.changes.get(1) {
            None => rests(since, self.now),
            Some(first) if rests(since, first.at) => true,
            Some(_) => {
                let last = self.changes.last().map_or(since, |last| last.at);
                self.changes.len() > MOST_HELD
                    || rests(last, self.now)
                    || self.now.since(since) >= Span(self.lengths.frame.0.saturating_mul(OPENING))
            }
        }
    }

    /// Finds the edge from which on there are the fewest errors.
    fn open(&mut self) {
        let Some(since) = self.opening.take() else { return };
        let at_mark = self.changes.first().is_some_and(|first| first.bit == Bit::Mark);
        let quiet = self.changes.get(1).is_none_or(|first| first.at.since(since) >= self.lengths.frame);
        if quiet {
            return;
        }
        let late = since + self.lengths.late;
        let starts = self.changes.iter().enumerate().skip(1);
        let starts =
            starts.filter(|(_, change)| change.bit == Bit::Space).take_while(|(_, change)| change.at <= late);
        let errors = |start: usize| {
            let mut trial = self.clone();
            trial.next = start;
            trial.decide();
            trial.frames.iter().filter(|frame| !frame.framing_ok || !frame.parity_ok).count()
        };
        let tried = starts.take(MOST_OPENINGS).map(|(index, _)| (errors(index), index)).min();
        let Some((_, start)) = tried else { return };
        // The first edge is to space on a line at mark, the second on one at space.
        self.began_inside = !at_mark || start > 1;
        self.next = start;
    }

    /// An edge to mark while no frame is being read: only the end of a break is news.
    fn end_of_space(&mut self, change: Change) -> bool {
        let before = self.next.checked_sub(1).and_then(|i| self.changes.get(i));
        if let Some(space) = before
            && self.is_break(change.at.since(space.at))
        {
            self.expected = None;
            self.frames.push_back(Frame {
                start: space.at,
                end: change.at,
                data: 0,
                parity_ok: true,
                framing_ok: false,
                is_break: true,
                margin: 1.0,
            });
        }
        self.next += 1;
        true
    }

    /// A start while no frame is being read, with the index of the first change after it; `false` while too
    /// little is known of the line.
    fn candidate(&mut self, start: Stamp, after: usize) -> bool {
        let until = self.changes.get(after).map(|change| change.at);
        if until.is_some_and(|end| end < start + self.lengths.glitch) {
            return self.reject(after);
        }
        let due = start + self.decided_after();
        if self.now < due {
            if self.changes.len() > self.next + MOST_HELD {
                // So many changes in one frame are noise, and would fill the memory.
                self.given_up.add(start, self.now, self.lengths.frame);
                return self.reject(after);
            }
            self.due = due;
            return false;
        }
        if until.is_none_or(|at| at >= start + self.lengths.frame) {
            // Nothing but space: its end will tell the break.
            return self.reject(after);
        }
        let ahead = self.changes.get(after..).unwrap_or_default();
        let reading = match self.shape.clear(ahead, start, self.lengths.per_nano) {
            None if !self.unclear => {
                self.unclear = true;
                return self.candidate(start, after);
            }
            None => {
                let expected = self.expected(start);
                self.close += 1;
                self.strip.lay(&self.shape, ahead, start, self.lengths.per_nano);
                self.strip.read(&self.shape, expected)
            }
            clear => clear,
        };
        if let Some(reading) = reading {
            return self.accept(start, after, &reading);
        }
        self.vain += 1;
        self.doubt = self.doubt.max(DOUBT_PASSED_OVER);
        self.passed_over = Some(start);
        self.given_up.add(start, until.unwrap_or(self.now), self.lengths.frame);
        self.reject(after)
    }

    /// Where a frame with this start edge begins if it begins at the end of the last one.
    fn expected(&self, start: Stamp) -> Option<Expected> {
        let place = (self.expected?.0 as f64 - start.0 as f64) * self.lengths.per_nano;
        (place.abs() < NEAR).then(|| Expected { place, worth: (WORTH / self.slip).min(MOST_WORTH) })
    }

    fn accept(&mut self, start: Stamp, after: usize, reading: &Reading) -> bool {
        if let Some(expected) = self.expected(start) {
            let slip = reading.phase - expected.place;
            // Quickly at first: the first frames are read without an expectation.
            self.slips = (self.slips + 1).min(MOST_SLIPS);
            self.slip += (slip * slip - self.slip) / f64::from(1 + self.slips);
        }
        let bit = self.pace.bit();
        let moved = (reading.phase * bit).round() as i64;
        let over = Stamp((start + self.lengths.frame).0.saturating_add_signed(moved));
        let end = if self.unclear { over } else { start + self.lengths.frame };
        let resume = Stamp(over.0.saturating_sub((RELEASE * bit) as u64));
        self.next = after + reading.used as usize;
        while self.changes.get(self.next).is_some_and(|change| change.at < resume) {
            self.next += 1;
        }
        let following = self.changes.get(self.next).filter(|change| change.bit == Bit::Space);
        let end = end.min(following.map_or(end, |change| change.at)).max(start);
        let margin = self.confidence(start, reading);
        self.vain += u64::from(self.unclear && margin < GUESS);
        self.frames.push_back(Frame {
            start,
            end,
            data: reading.data,
            parity_ok: reading.parity == self.format.parity.bit(reading.data),
            framing_ok: reading.bad_stop.is_none(),
            is_break: false,
            margin: margin as f32,
        });
        self.expected = Some(over);
        self.given_up.open = None;
        self.unclear = false;
        self.resync = None;
        if let Some(stop) = reading.bad_stop {
            self.after_error(start, reading.phase, stop);
        } else {
            (self.doubt, self.bad) = (self.doubt * DOUBT_LEFT, 0);
            if self.pace.take(reading.slope) {
                self.set_lengths();
            }
        }
        true
    }

    /// How sure a reading is: its least clear bit counts for less on a line that is noisy now or was so lately,
    /// and where it is doubtful that frames are read from their starts.
    fn confidence(&mut self, start: Stamp, reading: &Reading) -> f64 {
        self.noise += (reading.unclear - self.noise) * NOISE_STEP;
        let quiet = (1.0 - NOISE * reading.unclear.max(self.noise).sqrt()).max(0.0);
        let inside = self.passed_over.take().is_some_and(|passed| start < passed + self.lengths.frame);
        let sure = if self.unclear || inside { 1.0 - self.doubt } else { 1.0 };
        reading.least * quiet * sure
    }

    fn after_error(&mut self, start: Stamp, phase: f64, stop: u32) {
        (self.doubt, self.bad) = (DOUBT_LEFT, self.bad.saturating_add(1));
        if self.bad >= MOST_BAD && self.pace.forget() {
            self.set_lengths();
        }
        if self.policy == Policy::Resync {
            let bits = phase + f64::from(self.shape.stop_at() + stop);
            let at = start + Span((bits * self.pace.bit()).round() as u64);
            let after = self.changes.partition_point(|change| change.at <= at);
            let at_space =
                after.checked_sub(1).and_then(|i| self.changes.get(i)).is_some_and(|c| c.bit == Bit::Space);
            if at_space {
                (self.resync, self.next) = (Some(at), after);
            }
        }
    }

    /// There is no frame here.
    fn reject(&mut self, after: usize) -> bool {
        (self.next, self.resync, self.unclear) = (after, None, false);
        true
    }

    fn set_lengths(&mut self) {
        self.lengths = Lengths::new(&self.format, &self.shape, &self.pace, self.glitch);
    }

    /// Forgets what no later decision needs: all but the change before the next candidate.
    fn forget(&mut self) {
        if self.next >= SPENT {
            self.changes.drain(..self.next - 1);
            self.next = 1;
        }
    }

    /// How long after its start edge a candidate can be decided.
    const fn decided_after(&self) -> Span {
        if self.unclear { self.lengths.late } else { self.lengths.frame }
    }

    fn is_break(&self, space: Span) -> bool {
        space >= self.format.span(u64::from(self.format.half_bits()))
    }
}

impl GivenUp {
    /// What another receiver gave up counts as well.
    pub fn join(&mut self, other: GivenUp) {
        let length = |(from, to): (Stamp, Stamp)| to.since(from);
        self.stretches += other.stretches;
        self.longest = self.longest.into_iter().chain(other.longest).max_by_key(|longest| length(*longest));
    }

    /// A start that led to no frame, up to the end of its pulse.
    fn add(&mut self, start: Stamp, end: Stamp, frame: Span) {
        let (since, counted) = match self.open {
            Some((since, until, counted)) if start <= until + frame => (since, counted),
            _ => (start, false),
        };
        let is_long = end.since(since) >= frame;
        self.stretches += u64::from(is_long && !counted);
        self.open = Some((since, end, is_long));
        if is_long && self.longest.is_none_or(|(from, to)| end.since(since) > to.since(from)) {
            self.longest = Some((since, end));
        }
    }
}

impl Lengths {
    fn new(format: &LineFormat, shape: &Shape, pace: &Pace, glitch: f64) -> Lengths {
        let bit = pace.bit();
        let nanos = |bits: f64| Span((bits * bit) as u64);
        let frame =
            if pace.is_right() { format.span(u64::from(format.half_bits())) } else { nanos(shape.length) };
        Lengths { per_nano: 1.0 / bit, glitch: nanos(glitch), frame, late: frame + nanos(FARTHEST_PHASE) }
    }
}
