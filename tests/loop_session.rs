//! A loopback session: the whole way from a user's byte through codec, UART, edges and back, in virtual time.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use petterm::engine::{Command, Event, Mode, Output, Session, SessionConfig, Wire};
use petterm::line::{BitOrder, LineFormat, Parity, Polarity, StopBits};
use petterm::link::sim::SimLink;
use petterm::screen::ScreenKind;
use petterm::time::{Stamp, Wake};

fn config(line: LineFormat) -> SessionConfig {
    SessionConfig::new("loop:".parse().unwrap(), line, ScreenKind::Cbm8032, Wire::Ascii)
}

/// Sends octets through a session over a loop and returns what comes back, and the notices.
fn through(line: LineFormat, octets: &[u8]) -> (Vec<u8>, String) {
    let mut session = Session::new(config(line), Mode::Raw, Stamp::ZERO).unwrap();
    let mut link = SimLink::loopback();
    let (mut heard, mut told) = (Vec::new(), String::new());
    let mut now = Stamp::ZERO;
    session.command(now, Command::Connect);
    let mut given = false;
    loop {
        let mut any = false;
        link.advance(now);
        while let Some(event) = link.poll() {
            any = true;
            session.link(now, event);
        }
        while let Some(output) = session.poll() {
            any = true;
            match output {
                Output::Link(command) => link.command(now, command),
                Output::Event(Event::Received(bytes)) => heard.extend(bytes),
                Output::Event(Event::Told(notice)) => told.push_str(&notice.text),
                Output::Event(Event::Ready) if !given => {
                    given = true;
                    session.command(now, Command::SendRaw(octets.to_vec()));
                }
                Output::Event(_) => {}
            }
        }
        if any {
            continue;
        }
        match session.wake().earliest(link.wake()) {
            Wake::At(at) => now = now.max(at),
            Wake::Now => {}
            Wake::OnInput => return (heard, told),
        }
        session.timeout(now);
    }
}

#[test]
fn every_byte_value_comes_back_in_every_framing() {
    for data_bits in 5..=9 {
        let octets: Vec<u8> = (0..=255u8).filter(|octet| data_bits >= 8 || octet >> data_bits == 0).collect();
        for parity in [Parity::None, Parity::Even, Parity::Odd, Parity::Mark, Parity::Space] {
            for stop in [StopBits::One, StopBits::OneAndHalf, StopBits::Two] {
                for order in [BitOrder::LsbFirst, BitOrder::MsbFirst] {
                    for rest in [Polarity::IdleHigh, Polarity::IdleLow] {
                        let mut line = LineFormat::new(9600);
                        (line.data_bits, line.parity, line.stop, line.order) =
                            (data_bits, parity, stop, order);
                        (line.tx, line.rx) = (rest, rest);
                        let (heard, told) = through(line, &octets);
                        assert_eq!(heard, octets, "{line}: {told}");
                    }
                }
            }
        }
    }
}

#[test]
fn what_a_frame_cannot_carry_is_refused_aloud() {
    let (heard, told) = through("300-7E1".parse().unwrap(), b"A\xC1B");
    assert_eq!(heard, b"AB");
    assert!(told.contains("1 byte needs more than the 7 bits of 300-7E1"), "{told}");
}
