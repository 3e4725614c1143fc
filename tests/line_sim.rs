//! The simulated line as a link: loops in every frame, time that is the wire's, faults, breaks, changes of
//! format and the ways to close.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test helpers fail loudly")]

use petterm::engine::{
    Failure, LinkCommand, LinkEvent, Mark, MarkKind, Medium, ModemLines, OpenRequest, Target, Way,
};
use petterm::line::uart::Decoder;
use petterm::line::{Edge, LineFormat};
use petterm::link::sim::{FarEnd, Fault, SimLink};
use petterm::time::{Span, Stamp, Wake};

/// A link and its time, led from wake to wake.
struct Bench {
    link: SimLink,
    now: Stamp,
    heard: Vec<u8>,
    marks: Vec<Mark>,
    stamps: Vec<Stamp>,
    drained: usize,
    edges: Vec<(Way, Edge)>,
    others: Vec<LinkEvent>,
}

fn request(native: LineFormat) -> OpenRequest {
    OpenRequest::new(Target::Loop, native)
}

impl Bench {
    fn open(link: SimLink, line: &str) -> Bench {
        let mut bench = Bench {
            link,
            now: Stamp::ZERO,
            heard: Vec::new(),
            marks: Vec::new(),
            stamps: Vec::new(),
            drained: 0,
            edges: Vec::new(),
            others: Vec::new(),
        };
        bench.tell(LinkCommand::Open(Box::new(request(line.parse().unwrap()))));
        match bench.others.pop() {
            Some(LinkEvent::Opened(info)) => assert_eq!(info.medium, Medium::Edges),
            other => panic!("not opened: {other:?}"),
        }
        bench
    }

    fn tell(&mut self, command: LinkCommand) {
        self.link.command(self.now, command);
        self.drain();
    }

    fn send(&mut self, octets: &[u8]) {
        self.tell(LinkCommand::Tx(octets.to_vec()));
    }

    fn drain(&mut self) {
        while let Some(event) = self.link.poll() {
            match event {
                LinkEvent::Rx { at, bytes, marks } => {
                    assert!(at <= self.now, "heard before it was said");
                    let shift = self.heard.len();
                    self.marks.extend(marks.into_iter().map(|m| Mark { offset: m.offset + shift, ..m }));
                    self.stamps.extend(bytes.iter().map(|_| at));
                    self.heard.extend(bytes);
                }
                LinkEvent::TxDrained { bytes } => self.drained += bytes,
                LinkEvent::Edges { way, edges } => {
                    assert!(edges.iter().all(|edge| edge.at <= self.now), "told before it happened");
                    self.edges.extend(edges.into_iter().map(|edge| (way, edge)));
                }
                other => self.others.push(other),
            }
        }
    }

    /// Until nothing more happens by itself, or `until`.
    fn run_until(&mut self, until: Stamp) {
        loop {
            match self.link.wake() {
                Wake::At(at) if at <= until => {
                    assert!(at > self.now, "time stands still at {at:?}");
                    self.now = at;
                }
                Wake::Now => {}
                _ => break,
            }
            self.link.advance(self.now);
            self.drain();
        }
    }

    fn run(&mut self) {
        self.run_until(Stamp(u64::MAX));
    }
}

fn every_frame() -> impl Iterator<Item = String> {
    let frames = |data: u8| {
        "NOEMS".chars().flat_map(move |parity| {
            ["1", "1.5", "2"].into_iter().flat_map(move |stop| {
                ["", "-msb"].into_iter().flat_map(move |order| {
                    ["", "-inv", "-invrx", "-invtx"]
                        .map(|polarity| format!("9600-{data}{parity}{stop}{order}{polarity}"))
                })
            })
        })
    };
    (5..=9).flat_map(frames)
}

#[test]
fn a_loop_carries_every_byte_value_in_every_framing() {
    let all: Vec<u8> = (0..=255).collect();
    for line in every_frame() {
        let format: LineFormat = line.parse().unwrap();
        let mut bench = Bench::open(SimLink::loopback(), &line);
        bench.send(&all);
        bench.run();
        let mask = if format.data_bits >= 8 { 0xFF } else { (1 << format.data_bits) - 1 };
        let carried: Vec<u8> = all.iter().map(|b| b & mask).collect();
        assert_eq!(bench.heard, carried, "{line}");
        assert_eq!((bench.marks.as_slice(), bench.drained), ([].as_slice(), 256), "{line}");
        // It took exactly the time that the frames take.
        assert_eq!(bench.now, format.edge_at(Stamp::ZERO, 256 * u64::from(format.half_bits())), "{line}");
    }
}

#[test]
fn every_octet_is_stamped_with_the_end_of_its_stop_bit() {
    let mut bench = Bench::open(SimLink::loopback(), "1200-8N1");
    bench.send(b"AB");
    bench.run();
    let bits = |n: u64| Stamp(n * 1_000_000_000 / 1200);
    assert_eq!(bench.stamps, [bits(10), bits(20)]);
}

#[test]
fn coarse_steps_of_time_hear_the_same_as_fine_ones() {
    let text: Vec<u8> = (0..=255).cycle().take(1_000).collect();
    let mut fine = Bench::open(SimLink::loopback(), "9600-8E1");
    fine.send(&text);
    fine.run();
    for step in [Span::from_micros(70), Span::from_millis(10), Span::from_secs(7)] {
        let mut coarse = Bench::open(SimLink::loopback(), "9600-8E1");
        coarse.send(&text);
        while coarse.link.wake() != Wake::OnInput {
            coarse.now += step;
            coarse.link.advance(coarse.now);
            coarse.drain();
        }
        assert_eq!((coarse.heard.as_slice(), coarse.drained), (text.as_slice(), 1_000));
        assert_eq!(coarse.stamps.last(), fine.stamps.last(), "steps of {step}");
    }
}

#[test]
fn octets_are_drained_only_when_their_frame_is_over() {
    let mut bench = Bench::open(SimLink::loopback(), "1000-8N1");
    bench.send(&[0x55; 3]);
    bench.run_until(Stamp(9_999_999));
    assert_eq!(bench.drained, 0);
    bench.run_until(Stamp(10_000_000));
    assert_eq!(bench.drained, 1);
    bench.run();
    assert_eq!(bench.drained, 3);
}

#[test]
fn a_huge_write_is_taken_at_once_and_sent_at_the_lines_pace() {
    let mut bench = Bench::open(SimLink::loopback(), "4000000-8N1");
    let octets: Vec<u8> = (0..200_000_u32).map(|i| (i % 251) as u8).collect();
    bench.send(&octets);
    while bench.link.wake() != Wake::OnInput {
        bench.now += Span::from_millis(10);
        bench.link.advance(bench.now);
        bench.drain();
    }
    assert_eq!(bench.heard, octets);
    assert_eq!(bench.drained, octets.len());
}

#[test]
fn a_flipped_bit_is_another_octet_and_a_flipped_stop_bit_a_mark() {
    let flip = |bit| SimLink::loopback().with_fault(Fault::flip(Way::FromUs, 1, bit));
    for bit in 0..8 {
        let mut bench = Bench::open(flip(1 + bit), "1200-8N1");
        bench.send(b"AAA");
        bench.run();
        assert_eq!(bench.heard, [b'A', b'A' ^ (1 << bit), b'A'], "bit {bit}");
        assert_eq!(bench.marks, []);
    }
    let mut bench = Bench::open(flip(9), "1200-8N1");
    bench.send(b"A\xC1\x01");
    bench.run();
    assert_eq!(bench.marks.first(), Some(&Mark { offset: 1, kind: MarkKind::Framing }));
    assert_eq!(bench.heard.get(..2), Some([b'A', 0xC1].as_slice()));

    let mut bench = Bench::open(flip(8), "1200-7E1");
    bench.send(b"AAA");
    bench.run();
    assert_eq!(bench.heard, b"AAA");
    assert_eq!(bench.marks, [Mark { offset: 1, kind: MarkKind::Parity }]);
}

#[test]
fn a_break_stands_between_the_octets_it_was_sent_between() {
    let mut bench = Bench::open(SimLink::loopback(), "300-8N1");
    bench.send(b"AB");
    bench.tell(LinkCommand::Break(Span::from_millis(250)));
    bench.send(b"C");
    bench.run();
    assert_eq!(bench.heard, b"ABC");
    assert_eq!(bench.marks, [Mark { offset: 2, kind: MarkKind::Break }]);
    assert_eq!(bench.drained, 3);
    assert!(bench.now >= Stamp::ZERO + Span::from_millis(350));
}

#[test]
fn a_format_is_changed_between_frames() {
    let mut bench = Bench::open(SimLink::loopback(), "300-8N1");
    bench.send(b"AB");
    bench.run_until(Stamp(10_000_000));
    bench.tell(LinkCommand::Reconfigure("1200-7E1".parse().unwrap()));
    bench.run();
    assert_eq!(bench.heard, b"AB", "what was queued is sent, in the old format or the new");
    let start = bench.now;
    bench.send(b"C");
    bench.run();
    assert_eq!((bench.heard.as_slice(), bench.marks.as_slice()), (b"ABC".as_slice(), [].as_slice()));
    assert_eq!(bench.now, start + "1200-7E1".parse::<LineFormat>().unwrap().span(20));
}

#[test]
fn a_loop_has_its_modem_lines_tied_together() {
    let mut bench = Bench::open(SimLink::loopback(), "300-8N1");
    bench.tell(LinkCommand::SetLines { dtr: Some(true), rts: None });
    let expected = ModemLines { cts: None, dsr: Some(true), dcd: Some(true), ri: None };
    let set = LinkEvent::LinesSet { dtr: Some(true), rts: None };
    assert_eq!(bench.others, [set, LinkEvent::Lines(expected)]);
}

#[test]
fn closing_is_told_once_and_a_closed_link_is_still() {
    let mut bench = Bench::open(SimLink::loopback(), "300-8N1");
    bench.send(b"never heard");
    bench.tell(LinkCommand::Close);
    bench.tell(LinkCommand::Close);
    bench.send(b"nor this");
    bench.run();
    assert_eq!(bench.others.len(), 1);
    assert!(matches!(&bench.others[0], LinkEvent::Closed(t) if t.failure == Failure::Local));
    assert_eq!((bench.heard.len(), bench.link.wake()), (0, Wake::OnInput));
    // And it opens again.
    bench.others.clear();
    bench.tell(LinkCommand::Open(Box::new(request(LineFormat::new(600)))));
    bench.send(b"again");
    bench.run();
    assert_eq!(bench.heard, b"again");
}

/// A far end that answers each octet with the next code, and speaks once by itself after a second.
#[derive(Default)]
struct Parrot {
    out: Vec<u8>,
    alarm: Option<Stamp>,
    gone: bool,
}

impl FarEnd for Parrot {
    fn connect(&mut self, now: Stamp, _line: &LineFormat) {
        self.alarm = Some(now + Span::from_secs(1));
    }
    fn reconfigure(&mut self, _now: Stamp, line: &LineFormat) {
        self.out.push(line.data_bits);
    }
    fn rx(&mut self, _now: Stamp, byte: u8, ok: bool) {
        self.out.push(if ok { byte.wrapping_add(1) } else { b'?' });
        self.gone = byte == b'z';
    }
    fn rx_break(&mut self, _now: Stamp) {
        self.out.push(b'!');
    }
    fn advance(&mut self, now: Stamp) {
        if self.alarm.is_some_and(|at| at <= now) {
            self.alarm = None;
            self.out.push(b'*');
        }
    }
    fn poll(&mut self) -> Option<u8> {
        (!self.out.is_empty()).then(|| self.out.remove(0))
    }
    fn wake(&self) -> Wake {
        self.alarm.map_or(Wake::OnInput, Wake::At)
    }
    fn hangs_up(&self) -> Option<&str> {
        (self.gone && self.out.is_empty()).then_some("the parrot flew away")
    }
}

fn parrot() -> SimLink {
    SimLink::new(Box::new(Parrot::default()), "parrot")
}

#[test]
fn a_far_end_answers_over_a_line_of_its_own_and_wakes_by_itself() {
    for line in ["1000-8N1", "1000-8N1-invrx", "1000-8N1-invtx", "1000-8O2-msb-inv"] {
        let mut bench = Bench::open(parrot(), line);
        bench.send(b"HAL");
        bench.tell(LinkCommand::Break(Span::from_millis(100)));
        bench.run();
        assert_eq!(bench.heard, b"IBM!*", "{line}");
        assert!(bench.now >= Stamp::ZERO + Span::from_millis(1_010), "{line}");
    }
}

#[test]
fn the_far_end_follows_a_change_of_format() {
    let mut bench = Bench::open(parrot(), "1000-8N1");
    bench.tell(LinkCommand::Reconfigure("2000-7E1".parse().unwrap()));
    bench.send(b"A");
    bench.run();
    assert_eq!(bench.heard, [7, b'B', b'*']);
    assert_eq!(bench.marks, []);
}

#[test]
fn a_fault_on_our_wire_reaches_the_far_end_as_an_error() {
    let mut bench = Bench::open(parrot().with_fault(Fault::flip(Way::FromUs, 0, 8)), "1000-7E1");
    bench.send(b"AB");
    bench.run();
    assert_eq!(bench.heard, b"?C*");
}

#[test]
fn a_far_end_that_hangs_up_is_heard_to_the_end() {
    let mut bench = Bench::open(parrot(), "1000-8N1");
    bench.send(b"yz");
    bench.run();
    assert_eq!(bench.heard, b"z{");
    match bench.others.as_slice() {
        [LinkEvent::Closed(trouble)] => {
            assert_eq!(trouble.failure, Failure::PeerClosed);
            assert_eq!(trouble.what, "the parrot flew away");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_far_end_hangs_up_when_dtr_drops() {
    let mut bench = Bench::open(parrot(), "1000-8N1");
    bench.tell(LinkCommand::SetLines { dtr: Some(true), rts: Some(false) });
    assert_eq!(bench.others, [LinkEvent::LinesSet { dtr: Some(true), rts: Some(false) }]);
    bench.tell(LinkCommand::SetLines { dtr: Some(false), rts: None });
    assert!(
        matches!(bench.others.as_slice(), [.., LinkEvent::Closed(t)] if t.failure == Failure::PeerClosed)
    );
}

/// A UART that shares nothing with the link reads one direction of what the tap told.
fn tapped(bench: &Bench, way: Way, line: &str) -> Vec<u8> {
    let line: LineFormat = line.parse().unwrap();
    let mut uart = Decoder::new(&line);
    for (_, edge) in bench.edges.iter().filter(|(of, _)| *of == way) {
        uart.push(*edge);
    }
    uart.advance(Stamp(u64::MAX / 2));
    std::iter::from_fn(|| uart.poll()).map(|frame| frame.data as u8).collect()
}

#[test]
fn the_tap_tells_both_lines_in_one_order_of_time() {
    let mut bench = Bench::open(parrot(), "1000-8N1-invtx");
    bench.send(b"ABCDEFGH");
    bench.run();
    assert!(bench.edges.is_sorted_by_key(|(_, edge)| edge.at));
    assert_eq!(tapped(&bench, Way::FromUs, "1000-8N1-inv"), b"ABCDEFGH");
    assert_eq!(tapped(&bench, Way::ToUs, "1000-8N1"), bench.heard);
    assert_eq!(bench.heard, b"BCDEFGHI*", "the parrot ends its silence with a star");
}

#[test]
fn the_tap_of_a_loop_sees_both_sides_of_its_inverter() {
    for line in ["1000-8N1", "1000-8N1-inv", "1000-8N1-invtx", "1000-8N1-invrx"] {
        let mut bench = Bench::open(SimLink::loopback(), line);
        bench.send(b"loop");
        bench.run();
        let format: LineFormat = line.parse().unwrap();
        let ours = LineFormat { rx: format.tx, ..format };
        assert_eq!(tapped(&bench, Way::FromUs, &ours.to_string()), b"loop", "{line}");
        assert_eq!(tapped(&bench, Way::ToUs, line), b"loop", "{line}");
    }
}
