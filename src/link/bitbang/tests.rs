use std::collections::VecDeque;
use std::io;

use super::hand::{Hand, Pins};
use super::sampled::{HIGHEST_BAUD, PORTION, Sampled, Sampler};
use super::{Job, Line};
use crate::engine::Failure;
use crate::line::{Edge, Level, LineFormat};
use crate::time::{Span, Stamp};

/// Pins whose output is tied to their input, in time of their own: each operation takes a while.
struct Jumper {
    now: Stamp,
    cost: Span,
    /// Added to every seventh operation.
    hiccup: Span,
    operations: u64,
    /// An operation fails once there were so many.
    until: u64,
    level: Level,
    released: bool,
}

impl Jumper {
    fn new(cost_us: u64, hiccup_us: u64) -> Jumper {
        Jumper {
            now: Stamp(1_000_000_000),
            cost: Span::from_micros(cost_us),
            hiccup: Span::from_micros(hiccup_us),
            operations: 0,
            until: u64::MAX,
            level: Level::Low,
            released: false,
        }
    }

    fn operate(&mut self) -> io::Result<()> {
        self.operations += 1;
        self.now += self.cost;
        if self.operations.is_multiple_of(7) {
            self.now += self.hiccup;
        }
        if self.operations > self.until { Err(io::ErrorKind::BrokenPipe.into()) } else { Ok(()) }
    }
}

impl Pins for Jumper {
    fn drive(&mut self, level: Level) -> io::Result<()> {
        self.operate()?;
        self.level = level;
        Ok(())
    }
    fn sense(&mut self) -> io::Result<Level> {
        self.operate()?;
        Ok(self.level)
    }
    fn now(&mut self) -> Stamp {
        self.now
    }
    fn wait(&mut self, until: Stamp) {
        self.now = self.now.max(until);
    }
    fn release(&mut self) {
        self.released = true;
    }
}

fn line(name: &str) -> LineFormat {
    name.parse().unwrap()
}

/// Sends jobs and says what came back: octets, `None` for a break, and whether every frame was well.
fn echo(line: &mut dyn Line, jobs: impl IntoIterator<Item = Job>) -> (Vec<Option<u8>>, bool) {
    let mut jobs = jobs.into_iter().peekable();
    let (mut heard, mut well) = (Vec::new(), true);
    let mut rest = 0;
    while rest < 2_000 {
        if line.is_free() {
            match jobs.next() {
                Some(job) => line.begin(job),
                None => rest += 1,
            }
        }
        line.turn().unwrap();
        let now = line.now();
        while let Some((_, edge)) = line.changed() {
            assert!(edge.at <= now, "a change that lies ahead");
        }
        while let Some(frame) = line.heard() {
            well &= frame.is_break || (frame.framing_ok && frame.parity_ok);
            heard.push((!frame.is_break).then_some(frame.data as u8));
        }
    }
    (heard, well)
}

fn every_octet() -> impl Iterator<Item = Job> {
    (0..=255).map(Job::Octet)
}

#[test]
fn pins_that_are_quick_carry_every_octet_at_either_polarity() {
    for format in ["300-8N1", "300-8N1-inv", "1200-8N1-inv", "2400-8E2-inv"] {
        let mut hand = Hand::open(Jumper::new(20, 10), "port", &line(format)).unwrap();
        let (heard, well) = echo(&mut hand, every_octet());
        assert!(heard.into_iter().eq((0..=255).map(Some)) && well, "{format}");
    }
}

#[test]
fn a_usb_adapter_s_millisecond_carries_110_baud_and_is_refused_300() {
    let mut hand = Hand::open(Jumper::new(1_000, 300), "port", &line("110-7E1-inv")).unwrap();
    let (heard, well) = echo(&mut hand, (0..128).map(Job::Octet));
    assert!(heard.into_iter().eq((0..128).map(Some)) && well);
    let refused = hand.reconfigure(&line("300-8N1-inv")).unwrap_err();
    assert_eq!(refused.failure, Failure::Setting);
    assert!(
        refused.what.contains("cannot hold 300 baud by hand: an edge takes 2.0 ms there, 2.3 ms"),
        "{}",
        refused.what
    );
    assert!(refused.next.contains("130 baud or less"), "{}", refused.next);
    // It runs on as before.
    let (heard, _) = echo(&mut hand, [Job::Octet(0x41)]);
    assert_eq!(heard, [Some(0x41)]);
}

#[test]
fn a_port_that_is_refused_is_released() {
    let error = Hand::open(Jumper::new(50_000, 0), "port", &line("300-8N1")).err().unwrap();
    assert!(error.next.contains("too slow for any rate"), "{}", error.next);
    let mut gone = Jumper::new(20, 0);
    gone.until = 30;
    let error = Hand::open(gone, "port", &line("300-8N1")).err().unwrap();
    assert!(error.what.contains("cannot be driven"), "{}", error.what);
}

#[test]
fn a_break_is_made_and_heard() {
    let mut hand = Hand::open(Jumper::new(20, 0), "port", &line("300-8N1-inv")).unwrap();
    let jobs = [Job::Octet(0x55), Job::Break(Span::from_millis(250)), Job::Octet(0xAA)];
    let (heard, _) = echo(&mut hand, jobs);
    assert_eq!(heard, [Some(0x55), None, Some(0xAA)]);
}

#[test]
fn a_device_that_goes_away_ends_the_line() {
    let mut pins = Jumper::new(20, 0);
    pins.until = 1_000;
    let mut hand = Hand::open(pins, "port", &line("300-8N1")).unwrap();
    assert!((0..2_000).any(|_| hand.turn().is_err()));
}

#[test]
fn a_pet_that_sends_while_we_do_is_heard() {
    /// The PET's wire, drawn beforehand, and ours, noted.
    struct Wires {
        pins: Jumper,
        edges: Vec<Edge>,
        ours: Vec<Edge>,
    }
    impl Pins for Wires {
        fn drive(&mut self, level: Level) -> io::Result<()> {
            self.pins.operate()?;
            if self.ours.last().is_none_or(|edge| edge.level != level) {
                self.ours.push(Edge { at: self.pins.now, level });
            }
            Ok(())
        }
        fn sense(&mut self) -> io::Result<Level> {
            self.pins.operate()?;
            let past = self.edges.iter().rev().find(|edge| edge.at <= self.pins.now);
            Ok(past.map_or(Level::Low, |edge| edge.level))
        }
        fn now(&mut self) -> Stamp {
            self.pins.now
        }
        fn wait(&mut self, until: Stamp) {
            self.pins.wait(until);
        }
        fn release(&mut self) {}
    }

    let format = line("300-8N1-inv");
    let bit = 10_000_000_000 / 3_000;
    // "HI" from an idle-low PET, drawn by hand: start high, then inverted data, low stop.
    let mut edges = Vec::new();
    let (mut at, mut level) = (1_500_000_000_u64, Level::Low);
    for octet in *b"HI" {
        let bits = (0..10).map(|slot| match slot {
            0 => Level::High,
            9 => Level::Low,
            n if octet >> (n - 1) & 1 == 1 => Level::Low,
            _ => Level::High,
        });
        for next in bits {
            if next != level {
                level = next;
                edges.push(Edge { at: Stamp(at), level });
            }
            at += bit;
        }
        at += 7 * bit / 3;
    }
    let wires = Wires { pins: Jumper::new(60, 40), edges, ours: Vec::new() };
    let mut hand = Hand::open(wires, "port", &format).unwrap();
    let (heard, well) = echo(&mut hand, b"answers while it listens".map(Job::Octet));
    assert_eq!(heard, [Some(b'H'), Some(b'I')]);
    assert!(well);
}

/// A device with a small buffer and a clock of its own, its output tied to its input.
struct Chip {
    now: Stamp,
    /// Samples a second for each that was asked for, in quarters.
    factor: u64,
    rate: u64,
    buffer: VecDeque<u8>,
    /// Samples that the clock waited for us.
    dry: u64,
    away: Span,
    last: u8,
    released: bool,
}

impl Chip {
    fn new(factor: u64, away_us: u64) -> Chip {
        Chip {
            now: Stamp(5),
            factor,
            rate: 1,
            buffer: VecDeque::new(),
            dry: 0,
            away: Span::from_micros(away_us),
            last: 0,
            released: false,
        }
    }
}

impl Sampler for Chip {
    fn put(&mut self, states: &[u8]) -> io::Result<()> {
        assert!(self.buffer.len() + states.len() <= 2 * PORTION, "more than the smallest chip holds");
        self.buffer.extend(states);
        self.now += self.away;
        Ok(())
    }
    fn take(&mut self, states: &mut [u8]) -> io::Result<()> {
        for state in states.iter_mut() {
            let Some(next) = self.buffer.pop_front() else {
                return Err(io::ErrorKind::TimedOut.into());
            };
            // The pins are read before the next state is put out.
            *state = self.last << 1;
            self.last = next;
        }
        let length = states.len() as u64 * 4_000_000_000 / (self.rate * self.factor);
        if self.buffer.is_empty() {
            self.dry += 1;
        }
        self.now += Span(length - self.away.0.min(length));
        Ok(())
    }
    fn set_rate(&mut self, hertz: u32) -> io::Result<()> {
        self.rate = u64::from(hertz);
        Ok(())
    }
    fn now(&mut self) -> Stamp {
        self.now
    }
    fn release(&mut self) {
        self.released = true;
    }
}

#[test]
fn a_chip_carries_every_octet_whatever_its_clock_counts() {
    for (factor, format) in [(4, "300-8N1-inv"), (16, "300-8N1"), (1, "1200-8N1-inv"), (4, "2400-7O2-inv")] {
        let mut line = Sampled::open(Chip::new(factor, 200), "chip", &line(format)).unwrap();
        assert_eq!(
            line.rate(),
            format[..format.find('-').unwrap()].parse::<u32>().unwrap() * 2 * factor as u32
        );
        let last = if format.contains("-7") { 127 } else { 255 };
        let (heard, well) = echo(&mut line, (0..=last).map(Job::Octet));
        assert!(heard.into_iter().eq((0..=last).map(Some)) && well, "{format}");
    }
}

#[test]
fn a_chip_hears_a_break_and_changes_its_rate() {
    let mut line_ = Sampled::open(Chip::new(4, 200), "chip", &line("300-8N1-inv")).unwrap();
    let (heard, _) = echo(&mut line_, [Job::Octet(1), Job::Break(Span::from_millis(100)), Job::Octet(2)]);
    assert_eq!(heard, [Some(1), None, Some(2)]);
    line_.reconfigure(&line("1200-8N1-inv")).unwrap();
    let (heard, _) = echo(&mut line_, [Job::Octet(3)]);
    assert_eq!(heard, [Some(3)]);
    let refused = line_.reconfigure(&line("9600-8N1-inv")).unwrap_err();
    assert!(refused.next.contains(&format!("{HIGHEST_BAUD} baud or less")), "{}", refused.next);
    let (heard, _) = echo(&mut line_, [Job::Octet(4)]);
    assert_eq!(heard, [Some(4)]);
}

#[test]
fn a_clock_that_no_document_knows_is_refused() {
    let refused = Sampled::open(Chip::new(7, 200), "chip", &line("300-8N1")).err().unwrap();
    assert!(refused.what.contains("its clock is 4200 Hz where 2400 Hz were asked for"), "{}", refused.what);
}
