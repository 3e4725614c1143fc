//! Lines drawn by hand, for the decoder's proof and for benchmarks: frames at floating-point times, and what
//! real lines do to them. It shares no code with the encoder; not even the line's name is read by it.
#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(unreachable_pub, reason = "a module of tests")]

#[path = "random.rs"]
mod random;

pub use random::Random;

/// What a frame is made of.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub baud: f64,
    pub data_bits: u32,
    /// One of `NEOMS`.
    pub parity: char,
    pub stop_bits: f64,
    pub msb_first: bool,
    pub idles_low: bool,
}

impl Shape {
    pub const fn new(baud: f64) -> Shape {
        Shape { baud, data_bits: 8, parity: 'N', stop_bits: 1.0, msb_first: false, idles_low: false }
    }

    /// All frames that petterm knows.
    pub fn every(baud: f64) -> Vec<Shape> {
        let mut all = Vec::new();
        for data_bits in 5..=9 {
            for parity in "NEOMS".chars() {
                for stop_bits in [1.0, 1.5, 2.0] {
                    for (msb_first, idles_low) in [(false, false), (true, false), (false, true), (true, true)]
                    {
                        all.push(Shape { baud, data_bits, parity, stop_bits, msb_first, idles_low });
                    }
                }
            }
        }
        all
    }

    /// The name that petterm knows the line by.
    pub fn name(&self) -> String {
        let order = if self.msb_first { "-msb" } else { "" };
        let rest = if self.idles_low { "-inv" } else { "" };
        format!("{}-{}{}{}{order}{rest}", self.baud, self.data_bits, self.parity, self.stop_bits)
    }

    pub fn bits(&self) -> f64 {
        let parity = if self.parity == 'N' { 0.0 } else { 1.0 };
        1.0 + f64::from(self.data_bits) + parity + self.stop_bits
    }
}

/// What is wrong with a frame on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    None,
    Parity,
    Stop,
}

/// A frame that was drawn.
#[derive(Clone, Copy, Debug)]
pub struct Sent {
    /// Where it really starts, in nanoseconds.
    pub start: f64,
    pub data: u16,
    pub fault: Fault,
}

/// A line: times in nanoseconds, and whether it is mark from then on. It rests before the first.
#[derive(Clone, Debug)]
pub struct Signal {
    shape: Shape,
    /// A bit as the sender makes it.
    bit: f64,
    pub at: f64,
    mark: bool,
    pub edges: Vec<(f64, bool)>,
    pub sent: Vec<Sent>,
}

impl Signal {
    /// A line at rest, whose sender is off by `off` of its rate: above 0 it is too fast.
    pub fn new(shape: Shape, off: f64) -> Signal {
        let bit = 1e9 / (shape.baud * (1.0 + off));
        Signal { shape, bit, at: 0.0, mark: true, edges: Vec::new(), sent: Vec::new() }
    }

    /// The sender's rate changes.
    pub fn set_off(&mut self, off: f64) {
        self.bit = 1e9 / (self.shape.baud * (1.0 + off));
    }

    pub fn hold(&mut self, mark: bool, bits: f64) {
        if mark != self.mark {
            self.mark = mark;
            self.edges.push((self.at, mark));
        }
        self.at += bits * self.bit;
    }

    pub fn rest(&mut self, bits: f64) {
        self.hold(true, bits);
    }

    pub fn frame(&mut self, data: u16) {
        self.damaged(data, Fault::None);
    }

    pub fn frames(&mut self, data: &[u16], gap: f64) {
        for value in data {
            self.frame(*value);
            self.rest(gap);
        }
    }

    pub fn damaged(&mut self, data: u16, fault: Fault) {
        self.sent.push(Sent { start: self.at, data, fault });
        self.hold(false, 1.0);
        let shape = self.shape;
        let mut ones = 0;
        for place in 0..shape.data_bits {
            let weight = if shape.msb_first { shape.data_bits - 1 - place } else { place };
            let one = (data / (1 << weight)) % 2 == 1;
            ones += u32::from(one);
            self.hold(one, 1.0);
        }
        let parity = match shape.parity {
            'E' => Some(ones % 2 == 1),
            'O' => Some(ones % 2 == 0),
            'M' => Some(true),
            'S' => Some(false),
            _ => None,
        };
        if let Some(parity) = parity {
            self.hold(parity != (fault == Fault::Parity), 1.0);
        }
        self.hold(fault != Fault::Stop, shape.stop_bits);
    }

    /// Every edge is moved by what `by` says, in bits.
    pub fn moved(&mut self, mut by: impl FnMut(bool) -> f64) {
        for (at, mark) in &mut self.edges {
            *at += by(*mark) * self.bit;
        }
        // Edges that pass each other leave a pulse of the time between them.
        let mut times: Vec<f64> = self.edges.iter().map(|edge| edge.0.max(0.0)).collect();
        times.sort_by(f64::total_cmp);
        for (edge, at) in self.edges.iter_mut().zip(times) {
            edge.0 = at;
        }
    }

    pub fn gaussian(&mut self, random: &mut Random, sigma: f64) {
        self.moved(|_| random.normal() * sigma);
    }

    pub fn uniform(&mut self, random: &mut Random, most: f64) {
        self.moved(|_| (random.unit() * 2.0 - 1.0) * most);
    }

    /// The edges to the high level come late, as on a line that is pulled up weakly.
    pub fn skew(&mut self, bits: f64) {
        let idles_low = self.shape.idles_low;
        self.moved(|mark| if mark == idles_low { 0.0 } else { bits });
    }

    /// A sender that looks at a clock in a loop makes every edge late by up to a turn of it.
    pub fn poll_loop(&mut self, random: &mut Random, turn_us: f64) {
        let bits = turn_us * 1e3 / self.bit;
        self.moved(|_| random.unit() * bits);
    }

    /// Pulses to the other level, strewn evenly over the line.
    pub fn glitches(&mut self, random: &mut Random, count: usize, length_us: f64) {
        let mut times: Vec<f64> = self.edges.iter().map(|edge| edge.0).collect();
        for _ in 0..count {
            let at = random.unit() * self.at;
            times.extend([at, at + length_us * 1e3]);
        }
        times.sort_by(f64::total_cmp);
        // Two changes at a time are none.
        self.edges = times.iter().enumerate().map(|(index, at)| (*at, index % 2 == 1)).collect();
    }

    /// What an instrument that looks so many times a second makes of it.
    pub fn sampled(&mut self, hertz: f64) {
        let tick = 1e9 / hertz;
        let mut edges: Vec<(f64, bool)> = Vec::new();
        for &(at, mark) in &self.edges {
            let at = (at / tick).ceil() * tick;
            if edges.last().is_some_and(|last| at - last.0 < tick / 2.0) {
                edges.pop();
            } else {
                edges.push((at, mark));
            }
        }
        self.edges = edges;
    }

    pub fn is_high(&self, mark: bool) -> bool {
        mark != self.shape.idles_low
    }

    /// Whole nanoseconds and high or low, growing strictly.
    pub fn levels(&self) -> Vec<(u64, bool)> {
        let mut last = None;
        let mut levels: Vec<(u64, bool)> = Vec::new();
        for &(at, mark) in &self.edges {
            let at = at.round() as u64;
            if last == Some(at) {
                levels.pop();
            } else {
                levels.push((at, self.is_high(mark)));
            }
            last = levels.last().map(|level| level.0);
        }
        levels
    }

    /// The same as VCD with ticks of a microsecond or of a nanosecond, on one channel `RX`.
    pub fn vcd(&self, micro: bool) -> String {
        use std::fmt::Write as _;
        let (unit, tick) = if micro { ("us", 1_000) } else { ("ns", 1) };
        let mut text = format!(
            "$timescale 1 {unit} $end\n$scope module line $end\n$var wire 1 ! RX $end\n$upscope $end\n\
             $enddefinitions $end\n#0 {}!\n",
            u8::from(self.is_high(true))
        );
        for (at, high) in self.levels() {
            let _ = writeln!(text, "#{} {}!", (at + tick / 2) / tick, u8::from(high));
        }
        let _ = writeln!(text, "#{}", (self.at as u64 + tick / 2) / tick);
        text
    }
}

/// How many of the characters that were sent were read where they were sent: starts within a bit and a half.
pub fn right(sent: &[Sent], read: &[(f64, u16)], bit: f64) -> usize {
    let mut from = 0;
    let mut right = 0;
    for one in sent {
        while read.get(from).is_some_and(|frame| frame.0 < one.start - 1.5 * bit) {
            from += 1;
        }
        let near = read[from..].iter().take_while(|frame| frame.0 <= one.start + 1.5 * bit);
        right += usize::from(near.into_iter().any(|frame| frame.1 == one.data));
    }
    right
}
