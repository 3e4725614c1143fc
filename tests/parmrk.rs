//! What a Linux tty gives with `INPCK | PARMRK`, undone and taken by a session.
//!
//! No pseudo-terminal carries a bad stop bit, so the streams are written down here as termios(3) and the kernel's
//! line discipline (`n_tty_receive_parity_error`, `n_tty_receive_break`) make them: FF 00 before a bad octet, FF 00 00
//! for a break, FF FF for an FF.

#![cfg(all(feature = "serial", target_os = "linux"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use petterm::engine::{
    Command, LinkEvent, LinkInfo, Mark, MarkKind, Medium, Mode, Output, Session, SessionConfig, Wire,
};
use petterm::line::LineFormat;
use petterm::link::parmrk::Unmark;
use petterm::screen::ScreenKind;
use petterm::time::Stamp;

fn octets(hex: &str) -> Vec<u8> {
    hex.split_whitespace().map(|word| u8::from_str_radix(word, 16).unwrap()).collect()
}

/// a to g typed on a line that rests low, from opening the port on: the break of the line at rest, then letters
/// with bad stop bits.
const IDLE_LOW: &str = "FF 00 00 FF 00 4F FF 00 27 FF 00 4E FF 00 13 FF 00 4D FF 00 26 FF 00 4C";
/// A `PRESS PLAY` at the right polarity, in which one letter was hit, with an FF (a pi) at its end.
const HIT: &str = "50 52 FF 00 45 53 53 20 50 4C 41 59 FF FF";
/// p and x with bit 7 set on that line leave zeros with bad stop bits, which a driver does not tell from breaks.
const ZEROS: &str = "FF 00 08 FF 00 00 FF 00 07 FF 00 04 FF 00 00 FF 00 03";
/// A bad FF, a good FF, a zero that is right, a break, and again.
const EDGES: &str = "FF 00 FF FF FF 00 FF 00 00 FF FF FF 00 FF 00 00";

fn undone(parts: &[&[u8]]) -> (Vec<u8>, Vec<Mark>) {
    let (mut unmark, mut bytes, mut marks) = (Unmark::new(MarkKind::Framing), Vec::new(), Vec::new());
    for part in parts {
        unmark.push(part, &mut bytes, &mut marks);
    }
    (bytes, marks)
}

fn offsets(marks: &[Mark], kind: MarkKind) -> Vec<usize> {
    marks.iter().filter(|mark| mark.kind == kind).map(|mark| mark.offset).collect()
}

#[test]
fn streams_of_a_driver_are_undone_at_every_split() {
    let cases: [(&str, &str, &[usize], &[usize]); 4] = [
        (IDLE_LOW, "4F 27 4E 13 4D 26 4C", &[0, 1, 2, 3, 4, 5, 6], &[0]),
        (HIT, "50 52 45 53 53 20 50 4C 41 59 FF", &[2], &[]),
        (ZEROS, "08 07 04 03", &[0, 1, 2, 3], &[1, 3]),
        (EDGES, "FF FF 00 FF FF 00 00", &[0, 4], &[3]),
    ];
    for (raw, bytes, framing, breaks) in cases {
        let raw = octets(raw);
        let whole = undone(&[&raw]);
        assert_eq!(whole.0, octets(bytes));
        assert_eq!(offsets(&whole.1, MarkKind::Framing), framing);
        assert_eq!(offsets(&whole.1, MarkKind::Break), breaks);
        for first in 0..=raw.len() {
            for second in first..=raw.len() {
                let parts = undone(&[&raw[..first], &raw[first..second], &raw[second..]]);
                assert_eq!(parts, whole, "split at {first} and {second}");
            }
        }
        let singly: Vec<&[u8]> = raw.chunks(1).collect();
        assert_eq!(undone(&singly), whole);
    }
}

#[test]
fn a_session_counts_what_a_driver_marked_and_keeps_the_octets() {
    let config = SessionConfig::new(
        "/dev/ttyUSB0".parse().unwrap(),
        LineFormat::new(300),
        ScreenKind::Cbm8032,
        Wire::Ascii,
    );
    let mut session = Session::new(config, Mode::Raw, Stamp::ZERO).unwrap();
    session.command(Stamp::ZERO, Command::Connect);
    let info = LinkInfo {
        medium: Medium::Serial,
        name: "a port".to_owned(),
        identity: None,
        adapter: None,
        remarks: Vec::new(),
        abilities: petterm::engine::Abilities::default(),
    };
    session.link(Stamp(1), LinkEvent::Opened(Box::new(info)));
    let (bytes, marks) = undone(&[&octets(IDLE_LOW)]);
    session.link(Stamp(2), LinkEvent::Rx { at: Stamp(2), bytes, marks });
    let mut received = Vec::new();
    while let Some(output) = session.poll() {
        if let Output::Event(petterm::engine::Event::Received(bytes)) = output {
            received.extend(bytes);
        }
    }
    assert_eq!(received, octets("4F 27 4E 13 4D 26 4C"));
    let status = session.snapshot(Stamp(3)).status;
    assert_eq!((status.errors.framing, status.errors.breaks), (7, 1));
}
