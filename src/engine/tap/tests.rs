//! The tap against hand-made links.

use super::*;

fn line(name: &str) -> LineFormat {
    name.parse().unwrap()
}

fn told(tap: &mut Tap) -> Vec<(Way, Edge)> {
    let mut all = Vec::new();
    while let Some(tapped) = tap.poll() {
        if let Tapped::Edges(way, edges) = tapped {
            all.extend(edges.into_iter().map(|edge| (way, edge)));
        }
    }
    all
}

fn ms(ms: u64) -> Stamp {
    Stamp(ms * 1_000_000)
}

/// A UART of this format on one direction of what was told.
fn read(edges: &[(Way, Edge)], way: Way, line: &LineFormat) -> Vec<(u64, u16)> {
    let mut uart = crate::line::uart::Decoder::with_level(line, Stamp::ZERO, line.rx.level(Bit::Mark));
    for (_, edge) in edges.iter().filter(|(of, _)| *of == way) {
        uart.push(*edge);
    }
    uart.advance(Stamp(u64::MAX / 2));
    std::iter::from_fn(|| uart.poll())
        .map(|frame| (frame.start.0 / 1_000_000, if frame.is_break { 0xFFFF } else { frame.data }))
        .collect()
}

#[test]
fn octets_are_drawn_anew_about_when_they_were_on_the_line() {
    for name in ["1000-8N1", "1000-8N1-inv", "1000-8N1-invtx", "1000-8N1-invrx"] {
        let line = line(name);
        let mut tap = Tap::default();
        tap.record(true);
        tap.opened(ms(0), true, line);
        assert_eq!(told(&mut tap).len(), 2, "where the lines rest");
        tap.sent(ms(100), b"AB");
        tap.received(ms(115), b"xy", &[Mark { offset: 1, kind: MarkKind::Break }]);
        tap.advance(ms(200));
        assert_eq!(told(&mut tap), [], "held back: a driver may still hand on what came earlier");
        tap.advance(ms(1000));
        let edges = told(&mut tap);
        assert!(edges.is_sorted_by_key(|(_, edge)| edge.at), "{edges:?}");
        let hears_us = LineFormat { rx: line.tx, ..line };
        assert_eq!(read(&edges, Way::FromUs, &hears_us), [(100, 0x41), (110, 0x42)]);
        assert_eq!(read(&edges, Way::ToUs, &line), [(95, 0x78), (105, 0xFFFF), (118, 0x79)]);
    }
}

#[test]
fn what_is_left_is_told_at_the_end() {
    let mut tap = Tap::default();
    tap.record(true);
    tap.opened(ms(0), true, line("300-8N1"));
    tap.sent(ms(0), b"the last word");
    tap.finish();
    let read = read(&told(&mut tap), Way::FromUs, &line("300-8N1"));
    assert_eq!(read.len(), 13);
}

#[test]
fn a_flood_that_no_line_carries_is_counted_and_not_kept() {
    let mut tap = Tap::default();
    tap.record(true);
    tap.opened(ms(0), true, line("300-8N1"));
    tap.received(ms(1), &vec![0x55; 100_000], &[]);
    tap.finish();
    let mut left_out = 0;
    let mut edges = 0;
    while let Some(tapped) = tap.poll() {
        match tapped {
            Tapped::LeftOut(octets) => left_out += octets,
            Tapped::Edges(_, run) => edges += run.len(),
            Tapped::Begins { .. } => {}
        }
    }
    assert_eq!(left_out + (edges as u64 - 2) / 10, 100_000);
    assert!(edges <= WAITING + 12);
}

#[test]
fn nothing_is_drawn_that_nobody_wants() {
    let mut tap = Tap::default();
    tap.opened(ms(0), true, line("300-8N1"));
    tap.sent(ms(0), b"A");
    assert_eq!(tap.wake(), Wake::OnInput);
    assert_eq!(tap.view(ms(1)), None);
    tap.watch(true);
    tap.sent(ms(10), b"A");
    assert_eq!(tap.wake(), Wake::At(ms(10) + HOLD));
    tap.advance(ms(1000));
    assert_eq!(tap.poll(), None, "watched, not recorded");
    let view = tap.view(ms(1000)).unwrap();
    assert!(view.reconstructed);
    assert_eq!((view.tx.edges.len(), view.rx.edges.len(), view.until), (6, 0, ms(750)));
}

#[test]
fn a_picture_keeps_its_own_past_while_the_line_goes_on() {
    let mut tap = Tap::default();
    tap.opened(ms(0), false, line("300-8N1"));
    let edge = |i: u64| Edge { at: ms(i), level: if i.is_multiple_of(2) { Level::Low } else { Level::High } };
    tap.edges(Way::ToUs, vec![Edge { at: ms(0), level: Level::High }]);
    tap.edges(Way::ToUs, (0..10).map(edge).collect());
    let early = tap.view(ms(10)).unwrap();
    tap.edges(Way::ToUs, (10..10_001).map(edge).collect());
    let late = tap.view(ms(10_001)).unwrap();
    assert_eq!(early.rx.edges.len(), 10, "the statement of rest is no edge");
    assert_eq!(late.rx.edges.len(), PAST);
    assert_eq!(late.rx.edges[0].at, ms(10_001 - PAST as u64));
    assert_ne!(late.rx.before, late.rx.edges[0].level);
    assert_eq!((late.rx.level(), late.until), (Level::Low, ms(10_001)));
    assert!(!late.reconstructed);
}
