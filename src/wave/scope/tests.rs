//! What a scope shows is what is on the line.

use super::*;
use crate::line::uart::Encoder;
use crate::line::{Parity, StopBits};

const BIT: u64 = 1_000_000;

/// Bytes sent one after the other at 1000 baud, from 20 ms on.
fn sent(format: &LineFormat, bytes: &[u16], gap: u64) -> Vec<Piece> {
    let mut uart = Encoder::new(format);
    let mut at = Stamp(20 * BIT);
    let mut edges = Vec::new();
    for byte in bytes {
        at = uart.send(*byte, at).end + Span(gap * BIT);
        edges.extend(std::iter::from_fn(|| uart.poll()));
    }
    let end = uart.idle_at() + Span(20 * BIT);
    vec![Piece { start: Stamp(0), level: Some(uart.rest_level()), edges, end }]
}

fn inverted() -> LineFormat {
    LineFormat { tx: Polarity::IdleLow, rx: Polarity::IdleLow, ..LineFormat::new(1000) }
}

fn bytes(line: &Line, reader: Reader) -> Vec<u16> {
    line.frames(reader).iter().filter(|frame| !frame.is_break).map(|frame| frame.data).collect()
}

#[test]
fn the_slots_of_a_zero_are_those_of_the_textbook() {
    for format in [LineFormat::new(1000), inverted()] {
        let line = Line::of_unknown_polarity("x", LineFormat::new(1000), sent(&format, &[0x30], 0));
        assert_eq!(line.format.rx, format.rx, "the polarity is that of the line");
        let frame = line.frames(Reader::Right).iter().find(|frame| !frame.is_break).unwrap();
        let slots = line.slots(Reader::Right, frame);
        let labels: String = slots.iter().map(Slot::label).collect();
        assert_eq!(labels, "S00001100T");
        assert!(slots.iter().all(|slot| slot.ok && !slot.is_doubtful() && slot.clearance > 0.49));
        assert_eq!((slots[0].from, slots[9].to), (Stamp(20 * BIT), Stamp(30 * BIT)));
        assert_eq!(slots[5].sample, Stamp(25 * BIT + BIT / 2));
    }
}

#[test]
fn the_wrong_receiver_starts_late_and_reads_the_published_bytes() {
    // docs/wiring.md, single characters with bit 7 low and high.
    for (sent_byte, read) in
        [(0x61, 0x4F), (0x41, 0x5F), (0x68, 0x09), (0x30, 0x06), (0xE1, 0x0F), (0xB0, 0x02)]
    {
        let line = Line::new("x", inverted(), sent(&inverted(), &[sent_byte], 0));
        let frame = line.frames(Reader::Wrong).iter().find(|frame| !frame.is_break).unwrap();
        assert_eq!((frame.data, frame.framing_ok), (read, false), "{sent_byte:02X}");
        let late = u64::from(sent_byte.trailing_zeros()) + 1;
        assert_eq!(frame.start, Stamp((20 + late) * BIT), "{sent_byte:02X}");
        let slots = line.slots(Reader::Wrong, frame);
        assert!(slots.iter().any(|slot| slot.kind == SlotKind::Stop && !slot.ok), "{sent_byte:02X}");
    }
}

#[test]
fn space_that_began_within_a_frame_is_told_from_its_end_on() {
    let line = Line::new("x", inverted(), sent(&inverted(), &[0x30], 0));
    let frames = line.frames(Reader::Wrong);
    assert!(frames.windows(2).all(|pair| pair[0].end <= pair[1].start), "{frames:?}");
    assert!(frames.first().unwrap().is_break && frames.last().unwrap().is_break);
}

#[test]
fn parity_and_a_second_stop_bit_have_slots() {
    let format =
        LineFormat { data_bits: 7, parity: Parity::Even, stop: StopBits::Two, ..LineFormat::new(1000) };
    let line = Line::new("x", format, sent(&format, &[0x43], 0));
    let labels: String =
        line.slots(Reader::Right, &line.frames(Reader::Right)[0]).iter().map(Slot::label).collect();
    assert_eq!(labels, "S1100001PTT");
    // The same with odd parity on the receiver: its parity bit fails and is shown as it is.
    let line = Line::new("x", LineFormat { parity: Parity::Odd, ..format }, sent(&format, &[0x43], 0));
    let slots = line.slots(Reader::Right, &line.frames(Reader::Right)[0]);
    let failed: Vec<SlotKind> = slots.iter().filter(|slot| !slot.ok).map(|slot| slot.kind).collect();
    assert_eq!(failed, [SlotKind::Parity]);
    assert_eq!(slots[8].bit, Bit::Mark, "three ones and a one are even");
}

#[test]
fn the_rate_is_measured_from_the_edges() {
    for per_mille in [-20i32, -5, 0, 5, 20] {
        let sender = LineFormat::new((1000 + per_mille) as u32);
        let line = Line::new("x", LineFormat::new(1000), sent(&sender, &[0x48, 0x65, 0x79, 0x30], 2));
        let measure = line.measure(0, i64::MAX);
        let error = measure.baud_error.unwrap();
        assert!((error - f64::from(per_mille) / 10.0).abs() < 0.01, "{per_mille}: {error}");
        let expected = 0.5 - f64::from(per_mille.abs()) * 9.5 / 1000.0;
        let clearance = measure.clearance.unwrap();
        assert!((clearance - expected).abs() < 0.15, "{per_mille}: {clearance}");
    }
}

#[test]
fn an_eye_is_open_where_no_edge_is() {
    let clean = Line::new("x", LineFormat::new(1000), sent(&LineFormat::new(1000), &[0x48, 0x30], 3));
    let eye = clean.eye(0, i64::MAX, 41);
    assert_eq!(eye.offsets.iter().sum::<u32>(), eye.edges);
    assert_eq!(eye.offsets[20], eye.edges, "every edge is where it should be");
    assert!(eye.opening > 0.99 && eye.jitter < 0.001);

    let fast = Line::new("x", LineFormat::new(1000), sent(&LineFormat::new(1020), &[0x48, 0x30, 0x55], 3));
    let eye = fast.eye(0, i64::MAX, 41);
    let by_bit: Vec<f64> = eye.by_bit.iter().flatten().copied().collect();
    assert!(by_bit.windows(2).all(|pair| pair[1] < pair[0]), "a slant: {by_bit:?}");
    assert!(eye.opening < 0.7 && eye.mean < 0.0);
}

#[test]
fn edges_frames_errors_and_text_are_found() {
    let format = LineFormat::new(1000);
    let mut pieces = sent(&format, &[0x48, 0x49, 0xC8, 0x0D], 5);
    let line = Line::new("x", format, pieces.clone());
    let at = |n: usize| signed(line.frames(Reader::Right)[n].start);
    assert_eq!(line.next_frame(at(0), true).map(|f| signed(f.start)), Some(at(1)));
    assert_eq!(line.next_frame(at(1), false).map(|f| signed(f.start)), Some(at(0)));
    assert_eq!(line.next_frame(at(0), false), None);
    let find = |text: &str, from: i64| {
        line.find(&Query::parse(text).unwrap(), from, true).map(|frame| signed(frame.start))
    };
    assert_eq!(find("HI", i64::MIN), Some(at(0)));
    assert_eq!(find("H", at(0)), Some(at(2)), "with bit 7 set as well");
    assert_eq!(find("$0D", i64::MIN), Some(at(3)));
    assert_eq!(find("0xC8 0D", i64::MIN), Some(at(2)));
    assert_eq!(find("HELLO", i64::MIN), None);
    assert_eq!(Query::parse(""), None);
    assert_eq!(line.next_error(i64::MIN, true), None);
    assert_eq!(line.nearest_edge(at(1) + 300_000, BIT), Some(at(1)));
    assert_eq!(line.nearest_edge(0, BIT), None);
    assert_eq!(line.next_edge(at(1), false).map(|edge| edge < at(1)), Some(true));
    // Without its last edge the last frame does not end: the line stays at space.
    pieces[0].edges.pop();
    let cut = Line::new("x", format, pieces);
    assert!(cut.next_error(i64::MIN, true).is_some());
    assert!(cut.map(0, signed(cut.extent().unwrap().1), 50).contains(&MapPart::Bad));
}

#[test]
fn a_recording_may_begin_inside_and_have_gaps() {
    let format = LineFormat::new(1000);
    let mut pieces = sent(&format, &[0x48], 0);
    let shift = |at: Stamp| Stamp(at.0 + 200 * BIT);
    let mut second = pieces[0].clone();
    second.edges.iter_mut().for_each(|edge| edge.at = shift(edge.at));
    (second.start, second.end) = (shift(second.start), shift(second.end));
    pieces.push(second);
    let line = Line::new("x", format, pieces);
    assert_eq!(bytes(&line, Reader::Right), [0x48, 0x48]);
    assert_eq!(line.level(100 * BIT as i64), None, "nothing is known within the gap");
    assert_eq!(line.level(210 * BIT as i64), Some(Level::High));
    assert_eq!(line.edges(i64::MIN, i64::MAX).count(), line.edge_count(i64::MIN, i64::MAX));
}

#[test]
fn edges_as_they_were_seen_become_a_stretch() {
    let edge = |at, level| Edge { at: Stamp(at), level };
    let seen = [
        edge(5, Level::Low),
        edge(9, Level::Low),
        edge(12, Level::High),
        edge(12, Level::Low),
        edge(20, Level::High),
    ];
    let piece = Piece::of_edges(None, Stamp(5), seen, Stamp(15));
    assert_eq!((piece.level, piece.end), (Some(Level::Low), Stamp(20)));
    assert_eq!(piece.edges, [edge(12, Level::High), edge(13, Level::Low), edge(20, Level::High)]);
    assert_eq!(Piece::of_edges(None, Stamp(0), [edge(5, Level::Low)], Stamp(9)).level, None);
}

#[test]
fn a_window_keeps_a_moment_where_it_is_when_it_zooms() {
    let view = View::new(1_000, 10_000);
    for factor in [0.1, 0.5, 2.0, 1e6] {
        let zoomed = view.zoomed(factor, 6_000);
        assert!((zoomed.share(6_000) - 0.5).abs() < 0.01, "{factor}: {zoomed:?}");
    }
    assert_eq!(view.moved(i64::MAX).moved(i64::MIN).span, view.span);
    assert_eq!(view.showing(5_000), view);
    assert!((view.from..view.to()).contains(&5_000));
    for columns in [1, 7, 73, 1000] {
        for column in 0..columns {
            assert_eq!(view.column_of(view.column(column, columns), columns), Some(column), "{columns}");
        }
    }
}

#[test]
fn ticks_nearer_than_a_nanosecond_are_one_moment() {
    let trace = Trace {
        timebase: Timebase::of_rate(10_000_000_000),
        segments: vec![super::super::Segment {
            start: -5,
            level: Some(Level::High),
            edges: vec![(0, Level::Low), (1, Level::High), (2, Level::Low), (30, Level::High)],
            end: 40,
        }],
        cut: false,
    };
    let pieces = pieces(&trace, -5).unwrap();
    let edges = &pieces[0].edges;
    assert!(
        edges.windows(2).all(|pair| pair[0].at < pair[1].at && pair[0].level != pair[1].level),
        "{edges:?}"
    );
    assert_eq!(edges.last().unwrap().level, Level::High);
}
