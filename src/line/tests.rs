//! Names of lines, bit times, and octets through the codec.

use proptest::prelude::*;
use rstest::rstest;

use super::{BitOrder, Codec, LineFormat, LineFormatError, Parity, Polarity, StopBits};
use crate::time::{Span, Stamp};

const PARITIES: [Parity; 5] = [Parity::None, Parity::Odd, Parity::Even, Parity::Mark, Parity::Space];
const STOPS: [StopBits; 3] = [StopBits::One, StopBits::OneAndHalf, StopBits::Two];
const ORDERS: [BitOrder; 2] = [BitOrder::LsbFirst, BitOrder::MsbFirst];
const POLARITIES: [Polarity; 2] = [Polarity::IdleHigh, Polarity::IdleLow];

fn every_format(baud: u32) -> Vec<LineFormat> {
    let mut all = Vec::new();
    for data_bits in 5..=9 {
        for parity in PARITIES {
            for stop in STOPS {
                for order in ORDERS {
                    for tx in POLARITIES {
                        for rx in POLARITIES {
                            all.push(LineFormat { baud, data_bits, parity, stop, order, tx, rx });
                        }
                    }
                }
            }
        }
    }
    all
}

#[test]
fn every_format_is_read_back_as_it_was_written_in_either_case() {
    for baud in [1, 45, 300, 1220, 115_200, 4_000_000] {
        for format in every_format(baud) {
            let name = format.to_string();
            assert_eq!(name.parse(), Ok(format), "{name}");
            assert_eq!(name.to_lowercase().parse(), Ok(format), "{name}");
            assert_eq!(name.to_uppercase().parse(), Ok(format), "{name}");
        }
    }
}

#[rstest]
#[case("300-8n1", "300-8N1")]
#[case("1200-7e2-inv-MSB", "1200-7E2-msb-inv")]
#[case("300-5N1.5", "300-5N1.5")]
#[case("0300-8N1-invrx-invtx", "300-8N1-inv")]
#[case("4000000-9S2-invtx", "4000000-9S2-invtx")]
fn a_line_is_printed_in_one_way(#[case] written: &str, #[case] canonical: &str) {
    assert_eq!(written.parse::<LineFormat>().unwrap().to_string(), canonical);
}

#[rstest]
#[case("", LineFormatError::Baud(String::new()))]
#[case("0-8N1", LineFormatError::Baud("0".into()))]
#[case("+300-8N1", LineFormatError::Baud("+300".into()))]
#[case("4000001-8N1", LineFormatError::Baud("4000001".into()))]
#[case("99999999999-8N1", LineFormatError::Baud("99999999999".into()))]
#[case("8N1", LineFormatError::Baud("8N1".into()))]
#[case("300", LineFormatError::Frame(String::new()))]
#[case("300-8", LineFormatError::Frame("8".into()))]
#[case("300-4N1", LineFormatError::DataBits('4'))]
#[case("300-é81", LineFormatError::DataBits('é'))]
#[case("300-8X1", LineFormatError::Parity('X'))]
#[case("300-8N3", LineFormatError::Stop("3".into()))]
#[case("300-8N", LineFormatError::Stop(String::new()))]
#[case("300-8N1-loud", LineFormatError::Suffix("loud".into()))]
#[case("300-8N1-", LineFormatError::Suffix(String::new()))]
#[case("300-8N1-msb-msb", LineFormatError::Repeated("msb".into()))]
#[case("300-8N1-inv-invrx", LineFormatError::Repeated("invrx".into()))]
fn what_is_wrong_with_a_line_is_named(#[case] written: &str, #[case] error: LineFormatError) {
    assert_eq!(written.parse::<LineFormat>(), Err(error));
}

#[test]
fn an_error_says_what_was_read_and_what_may_stand_there() {
    let text = "300-4N1".parse::<LineFormat>().unwrap_err().to_string();
    assert_eq!(text, "'4' is not a number of data bits; a frame has 5 to 9 of them, as in 300-8N1");
    let text = "5000000-8N1".parse::<LineFormat>().unwrap_err().to_string();
    assert!(text.contains("'5000000'") && text.contains("1 to 4000000"), "{text}");
}

proptest! {
    #[test]
    fn no_word_makes_the_reader_panic(word in "\\PC*") {
        let _ = word.parse::<LineFormat>();
    }

    #[test]
    fn what_is_read_is_printed_and_read_as_the_same(word in "[0-9]{1,7}-[5-9][NOEMSnoems](1|1\\.5|2)(-msb)?(-inv(rx|tx)?)?") {
        if let Ok(format) = word.parse::<LineFormat>() {
            prop_assert_eq!(format.to_string().parse(), Ok(format));
        }
    }
}

#[test]
fn bit_times_are_not_added_up() {
    let line = LineFormat::new(300);
    assert_eq!(line.span(2), Span(3_333_333));
    assert_eq!(line.edge_at(Stamp(7), 6), Stamp(10_000_007));
    // A day of half bits at 300 baud ends to the nanosecond.
    assert_eq!(line.span(600 * 86_400), Span::from_secs(86_400));
    assert_eq!(line.edge_at(Stamp(u64::MAX - 1), 2), Stamp(u64::MAX));
}

#[test]
fn the_far_end_drives_what_we_hear() {
    let ours: LineFormat = "300-8N1-invrx".parse().unwrap();
    assert_eq!(ours.far_end().to_string(), "300-8N1-invtx");
}

#[rstest]
#[case("300-8N1", true)]
#[case("300-7N2", true)]
#[case("300-7E1", true)]
#[case("300-7O1", true)]
#[case("300-7M1", true)]
#[case("300-7S1", true)]
#[case("300-7N1", false)]
#[case("300-7N1.5", false)]
#[case("300-7E2", false)]
#[case("300-8N2", false)]
#[case("300-8E1", false)]
#[case("300-9N1", false)]
#[case("300-7E1-msb", false)]
fn ten_bit_frames_run_on_an_8n1_port(#[case] name: &str, #[case] fits: bool) {
    let format: LineFormat = name.parse().unwrap();
    let native = Codec::new(&format, false, false).native();
    assert_eq!(native.to_string(), if fits { "300-8N1" } else { name });
}

fn codec(line: &str) -> Codec {
    Codec::new(&line.parse().unwrap(), false, false)
}

#[test]
fn a_dial_string_with_mark_parity_is_the_reported_one() {
    let dial = b"ATDT bbs.fozztexx.com:23\r";
    let wire = [
        0xC1, 0xD4, 0xC4, 0xD4, 0xA0, 0xE2, 0xE2, 0xF3, 0xAE, 0xE6, 0xEF, 0xFA, 0xFA, 0xF4, 0xE5, 0xF8, 0xF8,
        0xAE, 0xE3, 0xEF, 0xED, 0xBA, 0xB2, 0xB3, 0x8D,
    ];
    for line in ["300-7M1", "300-7N2"] {
        let codec = codec(line);
        let sent: Vec<u8> = dial.iter().map(|&b| codec.encode(b)).collect();
        assert_eq!(sent, wire, "{line}");
        let read: Vec<_> = wire.iter().map(|&b| codec.decode(b)).collect();
        assert_eq!(read, dial.map(|b| (b, true)), "{line}");
    }
    let strip = Codec::new(&LineFormat::new(300), true, false);
    assert_eq!(wire.map(|b| strip.decode(b).0), *dial);
    let set = Codec::new(&LineFormat::new(300), false, true);
    assert_eq!(dial.map(|b| set.encode(b)), wire);
}

#[rstest]
#[case("300-7E1", 0x41, 0x41)]
#[case("300-7E1", 0x43, 0xC3)]
#[case("300-7O1", 0x41, 0xC1)]
#[case("300-7O1", 0x43, 0x43)]
#[case("300-7M1", 0x41, 0xC1)]
#[case("300-7S1", 0x41, 0x41)]
#[case("300-7N2", 0x41, 0xC1)]
#[case("300-8N1", 0xFF, 0xFF)]
fn the_eighth_bit_is_computed(#[case] line: &str, #[case] octet: u8, #[case] wire: u8) {
    assert_eq!(codec(line).encode(octet), wire);
    assert_eq!(codec(line).decode(wire), (octet, true));
}

#[test]
fn a_wrong_eighth_bit_is_told_and_the_octet_kept() {
    for line in ["300-7E1", "300-7O1", "300-7M1", "300-7S1", "300-7N2"] {
        let codec = codec(line);
        for octet in 0..0x80 {
            let wire = codec.encode(octet);
            assert_eq!(codec.decode(wire), (octet, true), "{line} {octet:02X}");
            assert_eq!(codec.decode(wire ^ 0x80), (octet, false), "{line} {octet:02X}");
        }
    }
}

#[test]
fn an_octet_that_does_not_fit_is_not_carried() {
    for (line, most) in [("300-5N1", 0x1F), ("300-6N1", 0x3F), ("300-7N1", 0x7F), ("300-7E1", 0x7F)] {
        for octet in 0..=255 {
            assert_eq!(codec(line).carries(octet), octet <= most, "{line} {octet:02X}");
        }
    }
    for line in ["300-8N1", "300-8E2", "300-9N1"] {
        assert!((0..=255).all(|octet| codec(line).carries(octet)), "{line}");
    }
}

#[test]
fn other_frames_pass_as_they_are_and_bit_7_is_the_users() {
    for line in ["300-8E1", "300-8N2", "300-9N1"] {
        for octet in 0..=255 {
            assert_eq!(codec(line).encode(octet), octet, "{line}");
            assert_eq!(codec(line).decode(octet), (octet, true), "{line}");
        }
        let both = Codec::new(&line.parse().unwrap(), true, true);
        assert_eq!(both.encode(0x41), 0xC1, "{line}");
        assert_eq!(both.decode(0xC1), (0x41, true), "{line}");
    }
    let seven = Codec::new(&"300-7N1".parse().unwrap(), true, true);
    assert_eq!(seven.encode(0x41), 0x41);
}
