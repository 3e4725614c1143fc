//! Samples without a head, OLS text, what is only known by name, and damage to each.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test helpers fail loudly")]

#[path = "common/recording.rs"]
mod recording;

use petterm::wave::{Raw, Reading};
use recording::{error, events, samples, short};
use rstest::rstest;

fn raw(raw: Raw) -> Reading {
    Reading { raw: Some(raw), rate: Some(1_000), ..Reading::default() }
}

#[rstest]
#[case(1)]
#[case(2)]
#[case(4)]
#[case(8)]
fn a_bit_of_samples_of_some_bytes(#[case] size: u8) {
    let length = 200_000;
    let line = samples(&[5, 70_000, 199_999], length);
    for bit in [0, 3, usize::from(size) * 8 - 1] {
        let mut file = vec![0; length * usize::from(size)];
        for (at, level) in line.iter().enumerate() {
            file[at * usize::from(size) + bit / 8] = level << (bit % 8);
        }
        let read =
            |bit: usize| short(&events(&file, Some(&bit.to_string()), &raw(Raw::Bytes(size))).unwrap());
        assert_eq!(read(bit), "0L 5H 70000L 199999H 200000.");
        assert_eq!(read((bit + 1) % (usize::from(size) * 8)), "0L 200000.");
        if size > 1 {
            let cut = error(&file[..file.len() - 1], Some("0"), &raw(Raw::Bytes(size)));
            assert!(cut.contains("inside a sample"), "{cut}");
        }
    }
}

#[test]
fn a_bit_a_sample_is_packed_from_either_end() {
    let line = samples(&[3, 17, 18, 31], 40);
    let pack = |lowest: bool| -> Vec<u8> {
        let place = |at: usize| if lowest { at } else { 7 - at };
        line.chunks(8).map(|eight| eight.iter().enumerate().map(|(at, bit)| bit << place(at)).sum()).collect()
    };
    for (lowest, how) in [(true, Raw::LowestFirst), (false, Raw::HighestFirst)] {
        let got = short(&events(&pack(lowest), None, &raw(how)).unwrap());
        assert_eq!(got, "0L 3H 17L 18H 31L 40.");
    }
}

#[test]
fn raw_samples_need_a_rate_and_a_channel() {
    let without = Reading { rate: None, ..raw(Raw::Bytes(1)) };
    assert!(error(&[0, 1], Some("0"), &without).contains("--rate"));
    assert!(error(&[0, 1], None, &raw(Raw::Bytes(1))).contains("say which --channel: '0'"));
    assert!(error(&[0, 1], Some("8"), &raw(Raw::Bytes(1))).contains("'8'"));
    assert!(error(&[], Some("0"), &raw(Raw::Bytes(1))).contains("empty"));
    let quick = Reading { rate: Some(u64::MAX), ..raw(Raw::Bytes(1)) };
    assert!(error(&[0, 1], Some("0"), &quick).contains("1 THz"));
}

const OLS: &str = ";Size: 5\n;Rate: 500000\n;Channels: 16\n;EnabledChannels: -1\n;Compressed: true\n\
    ;AbsoluteLength: 900\n;CursorEnabled: false\n00000000@0\n00000001@100\n00008003@120\n00008000@700\n";

#[test]
fn ols_rows_are_changes() {
    let of = |channel: &str| short(&events(OLS.as_bytes(), Some(channel), &Reading::default()).unwrap());
    assert_eq!(of("0"), "0L 100H 700L 900.");
    assert_eq!(of("1"), "0L 120H 700L 900.");
    assert_eq!(of("15"), "0L 120H 900.");
    let short_one = OLS.replace(";AbsoluteLength: 900\n", "");
    let events = events(short_one.as_bytes(), Some("0"), &Reading::default()).unwrap();
    assert_eq!(short(&events), "0L 100H 700L 701.");
}

#[rstest]
#[case(";Rate: often\n0@0\n", "line 1", "'often'")]
#[case(";Rate: 0\n0@0\n", "--rate", "")]
#[case(";Rate: 9999999999999999\n0@0\n", "1 THz", "")]
#[case(";Rate: 1000\n;Channels: 900\n0@0\n", "line 2", "'900'")]
#[case(";Rate: 1000\n0@0\n1@5\n2@4\n", "line 4", "backwards")]
#[case(";Rate: 1000\n0@0\nqq@5\n", "line 3", "'qq@5'")]
#[case(";Rate: 1000\n0@0\n1@9223372036854775808\n", "line 3", "HEX@SAMPLE")]
#[case(";Rate: 1000\n0@0\n11111111111111111@5\n", "line 3", "HEX@SAMPLE")]
fn damaged_ols_is_told_with_its_line(#[case] text: &str, #[case] place: &str, #[case] what: &str) {
    let error = error(text.as_bytes(), Some("0"), &Reading::default());
    assert!(error.contains(place) && error.contains(what), "{error}");
}

#[rstest]
#[case(b"\0\0\0\0\0\0\0\x01\x49rest", "fst2vcd")]
#[case(b"GHDLwave\n", "VCD")]
#[case(b"\x16\0\0\0\0\0\0\0serialization::archive", "export")]
#[case(b"RF64\xFF\xFF\xFF\xFFWAVE", "WAV")]
#[case(b"fLaC\0\0\0\x22", "WAV")]
#[case(b"\x7FELF\0", "VCD, sigrok .sr")]
fn what_is_known_and_not_read_says_what_to_do(#[case] head: &[u8], #[case] what: &str) {
    let error = error(head, None, &Reading::default());
    assert!(error.contains(what), "{error}");
}
