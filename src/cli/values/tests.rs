//! Every spelling reads back as itself, and every limit is where the help says.

use rstest::rstest;

use super::*;

fn refused<T: Setting + std::fmt::Debug>(text: &str) -> String {
    T::parse(text).expect_err(text)
}

#[test]
fn every_listed_spelling_reads_back_as_itself() {
    fn check<T: Setting>() {
        for name in T::names() {
            let value = T::parse(name).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(value.show(), name);
            assert_eq!(T::parse(&name.to_uppercase()).map(|v| v.show()), Ok(name.to_owned()), "case");
        }
    }
    check::<Parity>();
    check::<StopBits>();
    check::<Flow>();
    check::<Echo>();
    check::<Theme>();
    check::<GlyphTier>();
    check::<ScreenChoice>();
    check::<WireChoice>();
    check::<Columns>();
    check::<TimeFormat>();
    check::<Dump>();
    check::<LogLevel>();
}

#[rstest]
#[case("1", true)]
#[case("300", true)]
#[case("4000000", true)]
#[case("0", false)]
#[case("-5", false)]
#[case("4000001", false)]
#[case("9999999999", false)]
#[case("abc", false)]
#[case("300.0", false)]
#[case("", false)]
fn baud_goes_from_1_to_4_million(#[case] text: &str, #[case] good: bool) {
    match Baud::parse(text) {
        Ok(baud) => assert!(good && baud.show() == text),
        Err(error) => {
            assert!(!good, "{text}: {error}");
            assert_eq!(error, "a whole number from 1 to 4000000 is needed");
        }
    }
}

#[test]
fn other_numbers_have_their_limits() {
    assert_eq!(DataBits::parse("5"), Ok(DataBits(5)));
    assert_eq!(DataBits::parse("9"), Ok(DataBits(9)));
    assert_eq!(refused::<DataBits>("4"), "a whole number from 5 to 9 is needed");
    assert_eq!(refused::<DataBits>("10"), "a whole number from 5 to 9 is needed");
    assert_eq!(Millis::parse("0"), Ok(Millis(0)));
    assert_eq!(Millis::parse("10000"), Ok(Millis(10_000)));
    assert_eq!(refused::<Millis>("10001"), "a whole number of milliseconds from 0 to 10000 is needed");
    assert_eq!(refused::<Millis>("-1"), "a whole number of milliseconds from 0 to 10000 is needed");
}

#[rstest]
#[case("0.001", 1)]
#[case("2.5", 2_500)]
#[case("15", 15_000)]
#[case("86400", 86_400_000)]
fn a_timeout_is_in_seconds(#[case] text: &str, #[case] ms: u64) {
    assert_eq!(Timeout::parse(text), Ok(Timeout(Span::from_millis(ms))));
    assert_eq!(Timeout(Span::from_millis(ms)).show(), text);
}

#[rstest]
#[case("0")]
#[case("-1")]
#[case("86401")]
#[case("inf")]
#[case("NaN")]
#[case("soon")]
fn a_timeout_that_is_none_is_refused(#[case] text: &str) {
    assert_eq!(refused::<Timeout>(text), "a number of seconds from 0.001 to 86400 is needed");
}

#[test]
fn a_switch_has_more_than_one_spelling() {
    for yes in ["yes", "true", "on", "1", "YES"] {
        assert_eq!(Switch::parse(yes), Ok(Switch(true)));
    }
    for no in ["no", "false", "off", "0", "No"] {
        assert_eq!(Switch::parse(no), Ok(Switch(false)));
    }
    assert_eq!(refused::<Switch>("maybe"), "yes or no is needed");
}

#[test]
fn a_charset_is_kept_by_its_own_label() {
    assert_eq!(Charset::parse("CP437"), Ok(Charset("cp437".to_owned())));
    assert_eq!(Charset::parse("utf8"), Ok(Charset("UTF-8".to_owned())));
    assert!(refused::<Charset>("klingon").contains("klingon"));
    assert!(refused::<Charset>("utf-16le").contains("ASCII"));
}

#[test]
fn a_line_says_what_is_wrong_with_it() {
    assert_eq!(LineFormat::parse("300-7e1").map(|line| line.show()), Ok("300-7E1".to_owned()));
    assert!(refused::<LineFormat>("0-8N1").contains("1 to 4000000"));
    assert!(refused::<LineFormat>("300-8X1").contains("parity"));
}

#[test]
fn a_log_is_off_named_by_petterm_or_a_file() {
    assert_eq!(LogChoice::parse("true"), Ok(LogChoice::Auto));
    assert_eq!(LogChoice::parse("false"), Ok(LogChoice::Off));
    assert_eq!(LogChoice::parse("a b.log"), Ok(LogChoice::File("a b.log".into())));
    assert_eq!(LogChoice::from_os("".into()), LogChoice::Auto);
}
