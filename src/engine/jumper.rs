//! The jumper test: what an adapter does when its TXD is wired to its RXD.
//!
//! ```text
//! open - quiet? - [ tune - send, hear ] per rate - single bytes: delay - break, then a byte -
//!   a character with a bad stop bit, made of two breaks - RTS, DTR
//!
//! made of two breaks, at 300 baud (a bit is 3.3 ms, a frame ends at 33 ms):
//!   mark  ‾‾|8 ms|‾‾ 16 ms ‾‾|  20 ms   |‾‾‾     start, d0, d1 low; d2-d6 high; d7 and the stop bit low
//! ```
//!
//! Both ends of a jumper run the same rate and parity, so no other frame error can be made. A [`Jumper`] is
//! told events and the time and says what the link shall do; it claims nothing that it did not hear.
//! Facts: `docs/probe.md`.

use std::collections::VecDeque;

use super::{LinkCommand, LinkEvent, MarkKind, ModemLines};
use crate::line::LineFormat;
use crate::time::{Span, Stamp, Wake};

/// Rates, and how many bytes are sent at each. Every value from 00 to FF is among those of 1200.
const RATES: [(u32, usize); 4] = [(300, 32), (1200, 256), (2400, 256), (9600, 512)];
/// After opening nothing should be heard for so long.
const QUIET: Span = Span::from_millis(300);
/// After a change of rate what arrives so soon is left out.
const SETTLE: Span = Span::from_millis(100);
/// When so long no byte comes, none will.
const SILENCE: Span = Span::from_millis(1500);
/// Single bytes for the delay.
const TRIPS: usize = 40;
/// The longest delay of a byte that still counts.
const TRIP: Span = Span::from_millis(1000);
/// The break that is sent, and the byte after it.
const BREAK: Span = Span::from_millis(100);
const AFTER_BREAK: u8 = 0x55;
/// The two breaks that make a bad stop bit, and when the second begins.
const FIRST_LOW: Span = Span::from_millis(8);
const SECOND_AFTER: Span = Span::from_millis(24);
const SECOND_LOW: Span = Span::from_millis(20);
/// A reader looks at the modem lines once a second.
const LINES: Span = Span::from_millis(1300);
/// What is kept beyond what was sent.
const EXTRA: usize = 256;

/// What came of one rate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RateTest {
    /// The rate.
    pub rate: u32,
    /// Why the port did not run it.
    pub refused: Option<String>,
    /// Bytes sent.
    pub sent: usize,
    /// Bytes heard.
    pub heard: usize,
    /// Bytes that never came.
    pub lost: usize,
    /// Bytes that nobody sent.
    pub extra: usize,
    /// Bytes that came as others, and the first of them: sent, heard.
    pub wrong: usize,
    /// The first wrong one.
    pub first_wrong: Option<(u8, u8)>,
    /// Bytes that the driver called bad.
    pub bad: usize,
    /// Bytes after the first delivery, and how long after it the last came.
    pub pace: Option<(usize, Span)>,
}

impl RateTest {
    /// Everything came back as it was sent.
    pub fn is_right(&self) -> bool {
        self.refused.is_none() && self.lost + self.extra + self.wrong + self.bad == 0 && self.heard > 0
    }

    /// Bytes a second as measured, and as they should be.
    pub fn bytes_a_second(&self) -> Option<(f64, f64)> {
        let (bytes, span) = self.pace?;
        Some((bytes as f64 / span.as_secs_f64().max(1e-6), f64::from(self.rate) / 10.0))
    }
}

/// What is heard of something that was sent to find out what the driver tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Told {
    /// It was not tried, or what came does not say.
    #[default]
    Unknown,
    /// As what it is.
    Mark,
    /// As a plain byte.
    Byte,
    /// Not at all.
    Nothing,
}

/// What the modem inputs do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Followers {
    /// The port tells of modem lines.
    pub known: bool,
    /// Inputs that follow RTS.
    pub rts: Vec<&'static str>,
    /// Inputs that follow DTR.
    pub dtr: Vec<&'static str>,
}

/// What the test found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JumperReport {
    /// Bytes heard before anything was sent.
    pub noise: usize,
    /// Each rate that was tried.
    pub rates: Vec<RateTest>,
    /// The rate of the single bytes, and how long each was under way beyond the time of its frame, ascending.
    pub delays: (u32, Vec<Span>),
    /// Single bytes that never came.
    pub missed: usize,
    /// How a break arrives.
    pub breaks: Told,
    /// How long the line was held, as far as the byte after it tells.
    pub held: Option<Span>,
    /// How a bad stop bit arrives.
    pub framing: Told,
    /// Modem lines.
    pub lines: Followers,
}

impl JumperReport {
    /// A byte came back at some rate.
    pub fn has_echo(&self) -> bool {
        self.rates.iter().any(|test| test.heard > 0)
    }

    /// What was sent came back, at every rate that the port has.
    pub fn passes(&self) -> bool {
        let mut ran = self.rates.iter().filter(|test| test.refused.is_none()).peekable();
        ran.peek().is_some() && ran.all(RateTest::is_right) && self.missed == 0
    }

    /// The delay that so many per cent of the single bytes do not exceed.
    pub fn percentile(&self, percent: usize) -> Option<Span> {
        let delays = &self.delays.1;
        let index = (delays.len() * percent).div_ceil(100).saturating_sub(1);
        delays.get(index).copied()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Bulk(usize),
    Trips,
    Break,
    Framing,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Phase {
    Opening,
    Quiet { until: Stamp },
    Tuning(Next),
    Settling { until: Stamp, next: Next },
    Bulk { index: usize, sent: Vec<u8>, until: Stamp },
    Trips { sent: Stamp, until: Stamp },
    Break { sent: Stamp, until: Stamp },
    Framing { sent: Stamp, second: bool, until: Stamp },
    Lines { step: usize, until: Stamp },
    Done,
}

/// The jumper test; the port is opened by whoever drives it, at 300-8N1.
pub struct Jumper {
    phase: Phase,
    commands: VecDeque<LinkCommand>,
    now: Stamp,
    /// Bytes of the present phase, and when the first and the last delivery came.
    heard: Vec<u8>,
    marks: Vec<MarkKind>,
    first: Option<(Stamp, usize)>,
    last: Option<Stamp>,
    trips: usize,
    lines: Option<ModemLines>,
    seen: Vec<Option<ModemLines>>,
    report: JumperReport,
}

impl Default for Jumper {
    fn default() -> Jumper {
        Jumper::new()
    }
}

impl Jumper {
    /// A test that waits for the port to be open.
    pub fn new() -> Jumper {
        Jumper {
            phase: Phase::Opening,
            commands: VecDeque::new(),
            now: Stamp::ZERO,
            heard: Vec::new(),
            marks: Vec::new(),
            first: None,
            last: None,
            trips: 0,
            lines: None,
            seen: Vec::new(),
            report: JumperReport::default(),
        }
    }

    /// Something happened on the link.
    pub fn event(&mut self, now: Stamp, event: &LinkEvent) {
        self.timeout(now);
        match event {
            LinkEvent::Opened(_) if self.phase == Phase::Opening => {
                self.phase = Phase::Quiet { until: self.now + QUIET };
            }
            LinkEvent::Reconfigured(result) => {
                if let Phase::Tuning(next) = self.phase {
                    match (result, next) {
                        (Ok(_), _) => {
                            self.phase = Phase::Settling { until: self.now + SETTLE, next };
                        }
                        (Err(trouble), Next::Bulk(index)) => {
                            let (rate, _) = RATES[index];
                            let refused = Some(trouble.what.clone());
                            self.report.rates.push(RateTest { rate, refused, ..RateTest::default() });
                            self.after_bulk(index);
                        }
                        // What runs now is as good as anything for the rest.
                        (Err(_), _) => self.phase = Phase::Settling { until: self.now + SETTLE, next },
                    }
                }
            }
            LinkEvent::Rx { at, bytes, marks } => {
                let at = (*at).max(self.first.map_or(Stamp::ZERO, |(first, _)| first));
                let room = (RATES.iter().map(|rate| rate.1).max().unwrap_or(0) + EXTRA)
                    .saturating_sub(self.heard.len());
                self.heard.extend(bytes.iter().take(room));
                self.marks.extend(marks.iter().take(EXTRA).map(|mark| mark.kind));
                if !bytes.is_empty() {
                    self.first.get_or_insert((at, bytes.len()));
                    self.last = Some(at);
                }
                self.listen();
            }
            LinkEvent::Lines(lines) => self.lines = Some(*lines),
            _ => {}
        }
    }

    /// Time passed.
    pub fn timeout(&mut self, now: Stamp) {
        self.now = self.now.max(now);
        self.listen();
    }

    /// What the link shall do next.
    pub fn poll(&mut self) -> Option<LinkCommand> {
        self.commands.pop_front()
    }

    /// When it wants to be told the time.
    pub fn wake(&self) -> Wake {
        if !self.commands.is_empty() {
            return Wake::Now;
        }
        match self.phase {
            Phase::Opening | Phase::Tuning(_) | Phase::Done => Wake::OnInput,
            Phase::Framing { sent, second: false, .. } => Wake::At(sent + SECOND_AFTER),
            Phase::Bulk { until, .. } => Wake::At(self.bulk_end(until)),
            Phase::Quiet { until }
            | Phase::Settling { until, .. }
            | Phase::Trips { until, .. }
            | Phase::Break { until, .. }
            | Phase::Framing { until, .. }
            | Phase::Lines { until, .. } => Wake::At(until),
        }
    }

    /// It is over.
    pub fn is_done(&self) -> bool {
        self.phase == Phase::Done
    }

    /// What it is at, in a few words.
    pub fn at(&self) -> String {
        match &self.phase {
            Phase::Opening | Phase::Quiet { .. } => "listening before anything is sent".to_owned(),
            Phase::Tuning(Next::Bulk(index))
            | Phase::Settling { next: Next::Bulk(index), .. }
            | Phase::Bulk { index, .. } => format!("sending at {} baud", RATES[*index].0),
            Phase::Tuning(Next::Trips) | Phase::Settling { next: Next::Trips, .. } | Phase::Trips { .. } => {
                "measuring the delay".to_owned()
            }
            Phase::Tuning(Next::Break) | Phase::Settling { next: Next::Break, .. } | Phase::Break { .. } => {
                "sending a break".to_owned()
            }
            Phase::Tuning(Next::Framing)
            | Phase::Settling { next: Next::Framing, .. }
            | Phase::Framing { .. } => "sending a bad stop bit".to_owned(),
            Phase::Lines { .. } => "driving RTS and DTR".to_owned(),
            Phase::Done => String::new(),
        }
    }

    /// What was found so far.
    pub fn report(&self) -> &JumperReport {
        &self.report
    }

    // ---- phases ---------------------------------------------------------------------------------------

    fn bulk_end(&self, until: Stamp) -> Stamp {
        self.last.map_or(until, |last| until.min((last + SILENCE).max(self.now)))
    }

    /// Goes on where the present phase has what it waits for, or waited long enough.
    fn listen(&mut self) {
        match &self.phase {
            &Phase::Quiet { until } if self.now >= until => {
                self.report.noise = self.heard.len();
                self.begin(Next::Bulk(0));
            }
            &Phase::Settling { until, next } if self.now >= until => self.begin(next),
            Phase::Bulk { index, sent, until } => {
                let silent = self.last.is_some_and(|last| self.now.since(last) >= SILENCE);
                if self.heard.len() >= sent.len() || self.now >= *until || silent {
                    let (index, sent) = (*index, sent.clone());
                    self.end_bulk(index, &sent);
                }
            }
            &Phase::Trips { sent, until } => {
                if let Some((at, _)) = self.first {
                    let frame = LineFormat::new(self.report.delays.0).span(20);
                    self.report.delays.1.push(Span(at.since(sent).0.saturating_sub(frame.0)));
                    self.trip();
                } else if self.now >= until {
                    self.report.missed += 1;
                    self.trip();
                }
            }
            &Phase::Break { sent, until } if self.heard.last() == Some(&AFTER_BREAK) || self.now >= until => {
                self.end_break(sent);
            }
            &Phase::Framing { sent, second: false, until } if self.now >= sent + SECOND_AFTER => {
                self.commands.push_back(LinkCommand::Break(SECOND_LOW));
                self.phase = Phase::Framing { sent, second: true, until };
            }
            &Phase::Framing { until, .. } if self.now >= until => self.end_framing(),
            &Phase::Lines { step, until } if self.now >= until => {
                self.seen.push(self.lines);
                self.drive_lines(step + 1);
            }
            _ => {}
        }
    }

    /// Forgets what was heard.
    fn clear(&mut self) {
        self.heard.clear();
        self.marks.clear();
        self.first = None;
        self.last = None;
    }

    fn tune(&mut self, rate: u32, next: Next) {
        self.phase = Phase::Tuning(next);
        self.commands.push_back(LinkCommand::Reconfigure(LineFormat::new(rate)));
    }

    fn begin(&mut self, next: Next) {
        self.clear();
        match next {
            Next::Bulk(index) => {
                let (rate, count) = RATES[index];
                // Every 00 to FF in turn; of the few at 300 baud no two are neighbours.
                let step = if count < 256 { 37 } else { 1 };
                let sent: Vec<u8> = (0..count).map(|i| (i * step) as u8).collect();
                let nominal = LineFormat::new(rate).span(20 * count as u64);
                self.commands.push_back(LinkCommand::Tx(sent.clone()));
                let until = self.now + nominal + nominal + SILENCE;
                self.phase = Phase::Bulk { index, sent, until };
            }
            Next::Trips => {
                self.trips = 0;
                self.trip();
            }
            Next::Break => {
                self.commands.push_back(LinkCommand::Break(BREAK));
                self.commands.push_back(LinkCommand::Tx(vec![AFTER_BREAK]));
                self.phase = Phase::Break { sent: self.now, until: self.now + SILENCE };
            }
            Next::Framing => {
                self.commands.push_back(LinkCommand::Break(FIRST_LOW));
                let until = self.now + Span::from_millis(700);
                self.phase = Phase::Framing { sent: self.now, second: false, until };
            }
        }
    }

    fn end_bulk(&mut self, index: usize, sent: &[u8]) {
        let mut test = compare(sent, &self.heard);
        test.rate = RATES[index].0;
        test.bad = self.marks.len();
        test.pace = self.first.zip(self.last).and_then(|((first, count), last)| {
            (self.heard.len() > count).then(|| (self.heard.len() - count, last.since(first)))
        });
        let silent = test.heard == 0;
        self.report.rates.push(test);
        if silent {
            // No jumper: nothing else can be told.
            self.phase = Phase::Done;
        } else {
            self.after_bulk(index);
        }
    }

    fn after_bulk(&mut self, index: usize) {
        if let Some((rate, _)) = RATES.get(index + 1) {
            self.tune(*rate, Next::Bulk(index + 1));
            return;
        }
        let quickest = self.report.rates.iter().rev().find(|test| test.is_right()).map(|test| test.rate);
        match quickest {
            Some(rate) => {
                self.report.delays.0 = rate;
                self.tune(rate, Next::Trips);
            }
            None => self.tune(RATES[0].0, Next::Break),
        }
    }

    fn trip(&mut self) {
        self.clear();
        if self.trips == TRIPS || self.report.missed >= 3 {
            self.report.delays.1.sort_unstable();
            self.tune(RATES[0].0, Next::Break);
            return;
        }
        self.commands.push_back(LinkCommand::Tx(vec![0x30 + self.trips as u8]));
        self.trips += 1;
        self.phase = Phase::Trips { sent: self.now, until: self.now + TRIP };
    }

    fn end_break(&mut self, sent: Stamp) {
        let zeros = self.heard.iter().take_while(|&&byte| byte != AFTER_BREAK).any(|&byte| byte == 0);
        self.report.breaks = if self.marks.contains(&MarkKind::Break) {
            Told::Mark
        } else if zeros {
            Told::Byte
        } else if self.heard.last() == Some(&AFTER_BREAK) {
            Told::Nothing
        } else {
            Told::Unknown
        };
        if matches!(self.report.breaks, Told::Mark | Told::Byte)
            && let Some(last) = self.last.filter(|_| self.heard.last() == Some(&AFTER_BREAK))
        {
            let frame = LineFormat::new(RATES[0].0).span(20);
            let delay = self.report.percentile(50).unwrap_or_default();
            self.report.held = Some(Span(last.since(sent).0.saturating_sub(frame.0 + delay.0)));
        }
        match self.report.breaks {
            // Where a break is no break, two of them make no bad stop bit.
            Told::Nothing | Told::Unknown => self.begin_lines(),
            Told::Mark | Told::Byte => {
                self.phase = Phase::Settling { until: self.now + SETTLE, next: Next::Framing };
            }
        }
    }

    fn end_framing(&mut self) {
        // Only a character whose last bit is low has its stop bit in the second break.
        let made = self.heard.iter().any(|&byte| byte != 0 && byte < 0x80);
        self.report.framing = match (made, self.marks.contains(&MarkKind::Framing)) {
            (true, true) => Told::Mark,
            (true, false) => Told::Byte,
            (false, _) => Told::Unknown,
        };
        self.begin_lines();
    }

    fn begin_lines(&mut self) {
        self.seen.clear();
        self.drive_lines(0);
    }

    fn drive_lines(&mut self, step: usize) {
        // Both off, then RTS alone, then both, as a port is that was just opened.
        let (dtr, rts) = match step {
            0 => (false, false),
            1 => (false, true),
            2 => (true, true),
            _ => {
                self.end_lines();
                return;
            }
        };
        self.commands.push_back(LinkCommand::SetLines { dtr: Some(dtr), rts: Some(rts) });
        self.phase = Phase::Lines { step, until: self.now + LINES };
    }

    fn end_lines(&mut self) {
        if let [Some(off), Some(rts), Some(both)] = self.seen[..] {
            let rose = |a: ModemLines, b: ModemLines| -> Vec<&'static str> {
                [("CTS", a.cts, b.cts), ("DSR", a.dsr, b.dsr), ("DCD", a.dcd, b.dcd), ("RI", a.ri, b.ri)]
                    .into_iter()
                    .filter(|(_, a, b)| *a != Some(true) && *b == Some(true))
                    .map(|(name, ..)| name)
                    .collect()
            };
            self.report.lines = Followers { known: true, rts: rose(off, rts), dtr: rose(rts, both) };
        }
        self.phase = Phase::Done;
    }
}

/// Holds what was heard against what was sent, past lost and added bytes.
fn compare(sent: &[u8], heard: &[u8]) -> RateTest {
    /// How far a byte is looked for.
    const AHEAD: usize = 8;
    let mut test = RateTest { sent: sent.len(), heard: heard.len(), ..RateTest::default() };
    let (mut sent, mut heard) = (sent, heard);
    loop {
        match (sent, heard) {
            ([], rest) => {
                test.extra += rest.len();
                return test;
            }
            (rest, []) => {
                test.lost += rest.len();
                return test;
            }
            ([a, next_sent @ ..], [b, next_heard @ ..]) => {
                if a != b {
                    let lost = sent.iter().take(AHEAD).position(|byte| byte == b);
                    let added = heard.iter().take(AHEAD).position(|byte| byte == a);
                    // Where the next ones agree again, it was the byte that changed.
                    let changed = next_sent.first() == next_heard.first();
                    match (lost, added) {
                        (Some(lost), _) if !changed => {
                            test.lost += lost;
                            sent = sent.get(lost..).unwrap_or_default();
                            continue;
                        }
                        (_, Some(added)) if !changed => {
                            test.extra += added;
                            heard = heard.get(added..).unwrap_or_default();
                            continue;
                        }
                        _ => {
                            test.wrong += 1;
                            test.first_wrong.get_or_insert((*a, *b));
                        }
                    }
                }
                (sent, heard) = (next_sent, next_heard);
            }
        }
    }
}

#[cfg(test)]
mod tests;
