//! Numbers in recordings.

use rstest::rstest;

use super::text::{decimal, rate};
use super::{FileKind, Timebase};
use crate::time::Stamp;

#[rstest]
#[case("0", 12, Some(0))]
#[case("1.5", 12, Some(1_500_000_000_000))]
#[case("-0.000000000001", 12, Some(-1))]
#[case("1e-06", 12, Some(1_000_000))]
#[case("2.5E3", 0, Some(2_500))]
#[case("1.0000000000004", 12, Some(1_000_000_000_000))]
#[case("1.0000000000005", 12, Some(1_000_000_000_001))]
#[case("14e-1", 0, Some(1))]
#[case("15e-1", 0, Some(2))]
#[case("1e-20", 0, Some(0))]
#[case("9300000", 12, None)]
#[case("1e400", 12, None)]
#[case("", 12, None)]
#[case("-", 12, None)]
#[case(".", 12, None)]
#[case("1.2.3", 12, None)]
#[case("2024-01-01T00:00:00", 12, None)]
fn decimals_are_exact_or_rounded_once(#[case] text: &str, #[case] zeros: i32, #[case] value: Option<i64>) {
    assert_eq!(decimal(text.as_bytes(), zeros), value);
}

#[rstest]
#[case("625 kHz", Some(625_000))]
#[case("2.5 MHz", Some(2_500_000))]
#[case(" 1 GHz", Some(1_000_000_000))]
#[case("1000000", Some(1_000_000))]
#[case("0", Some(0))]
#[case("fast", None)]
#[case("1 MBd", None)]
#[case("-1", None)]
#[case("99999999999 GHz", None)]
fn sample_rates_are_read_with_their_unit(#[case] text: &str, #[case] hertz: Option<u64>) {
    assert_eq!(rate(text), hertz);
}

#[test]
fn a_tick_becomes_the_nearest_nanosecond_and_only_once() {
    let third = Timebase::of_rate(3);
    assert_eq!(third.stamp(0, 1), Some(Stamp(333_333_333)));
    assert_eq!(third.stamp(0, 2), Some(Stamp(666_666_667)));
    assert_eq!(third.stamp(0, 3_000_000), Some(Stamp(1_000_000_000_000_000)));
    assert_eq!(third.stamp(-3, 0), Some(Stamp(1_000_000_000)));
    assert_eq!(third.stamp(0, -1), None);
    assert_eq!(third.stamp(i64::MIN, i64::MAX), None);
}

#[test]
fn a_file_is_written_by_its_extension() {
    assert_eq!(FileKind::of_extension("VCD"), Some(FileKind::Vcd));
    assert_eq!(FileKind::of_extension("csv"), Some(FileKind::Csv));
    assert_eq!(FileKind::of_extension("sr"), Some(FileKind::Sr { rate: 1_000_000 }));
    assert_eq!(FileKind::of_extension("WAV"), Some(FileKind::Wav { rate: 48_000 }));
    assert_eq!(FileKind::of_extension("doc"), None);
}
