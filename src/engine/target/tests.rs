//! The grammar of targets, word by word, and that targets read back.

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use rstest::rstest;

use super::{Target, TargetError, TcpScheme};

fn tcp(host: &str, port: u16, scheme: Option<TcpScheme>) -> Target {
    Target::Tcp { host: host.into(), port, scheme }
}

fn listen(address: Option<&str>, port: u16) -> Target {
    Target::Listen { address: address.map(Into::into), port }
}

#[rstest]
#[case("bbs.fozztexx.com", tcp("bbs.fozztexx.com", 23, None))]
#[case("bbs.fozztexx.com:6400", tcp("bbs.fozztexx.com", 6400, None))]
#[case("localhost", tcp("localhost", 23, None))]
#[case("my_pet.local.:64", tcp("my_pet.local.", 64, None))]
#[case("192.0.2.7:1", tcp("192.0.2.7", 1, None))]
#[case("host:065535", tcp("host", 65535, None))]
#[case("3com.example", tcp("3com.example", 23, None))]
#[case("::1", tcp("::1", 23, None))]
#[case("[::1]", tcp("::1", 23, None))]
#[case("[::1]:6400", tcp("::1", 6400, None))]
#[case("[fe80::1%eth0]:23", tcp("fe80::1%eth0", 23, None))]
#[case("telnet://host", tcp("host", 23, Some(TcpScheme::Telnet)))]
#[case("TELNET://host:992/", tcp("host", 992, Some(TcpScheme::Telnet)))]
#[case("telnet://::1", tcp("::1", 23, Some(TcpScheme::Telnet)))]
#[case("tcp://host:23", tcp("host", 23, Some(TcpScheme::Raw)))]
#[case("tcp://[2001:db8::1]:64", tcp("2001:db8::1", 64, Some(TcpScheme::Raw)))]
#[case("listen://:6400", listen(None, 6400))]
#[case("listen://:0", listen(None, 0))]
#[case("listen://127.0.0.1:6400", listen(Some("127.0.0.1"), 6400))]
#[case("listen://[::1]:6400", listen(Some("::1"), 6400))]
#[case("pty:/tmp/pet", Target::Pty("/tmp/pet".into()))]
#[case("pty:pet", Target::Pty("pet".into()))]
#[case("-", Target::Stdio)]
#[case("demo:", Target::Demo)]
#[case("Demo:", Target::Demo)]
#[case("loop:", Target::Loop)]
#[case("play:a.vcd", Target::Play { file: "a.vcd".into(), channel: None })]
#[case("PLAY:./a b.sr#RX 1", Target::Play { file: "./a b.sr".into(), channel: Some("RX 1".into()) })]
#[case("play:a#b.vcd#", Target::Play { file: "a#b.vcd".into(), channel: None })]
#[case("play:a#b.vcd#c", Target::Play { file: "a#b.vcd".into(), channel: Some("c".into()) })]
#[case("demo", tcp("demo", 23, None))]
#[case("/dev/ttyUSB0", Target::Serial("/dev/ttyUSB0".into()))]
#[case("/no/such:thing", Target::Serial("/no/such:thing".into()))]
#[case("./tty", Target::Serial("./tty".into()))]
#[case("COM3", Target::Serial("COM3".into()))]
#[case("com12", Target::Serial("COM12".into()))]
#[case("COM3:", Target::Serial("COM3".into()))]
#[case(r"\\.\COM10", Target::Serial(r"\\.\COM10".into()))]
#[case("COM0", tcp("COM0", 23, None))]
#[case("comb", tcp("comb", 23, None))]
fn a_word_is_read_as(#[case] word: &str, #[case] target: Target) {
    assert_eq!(word.parse(), Ok(target));
}

#[rstest]
#[case("", TargetError::Empty)]
#[case("  ", TargetError::Empty)]
#[case("rfc2217://host:1", TargetError::Scheme("rfc2217://".into()))]
#[case("ip232://host:1", TargetError::Scheme("ip232://".into()))]
#[case("ssh://host", TargetError::Scheme("ssh://".into()))]
#[case("pet:", TargetError::Scheme("pet:".into()))]
#[case("play:", TargetError::PlayFile)]
#[case("play:#RX", TargetError::PlayFile)]
#[case("play://file.vcd", TargetError::Scheme("play://".into()))]
#[case("host:0", TargetError::Port("0".into()))]
#[case("host:65536", TargetError::Port("65536".into()))]
#[case("host:99999999999999999999", TargetError::Port("99999999999999999999".into()))]
#[case("host:", TargetError::Port(String::new()))]
#[case("host:telnet", TargetError::Port("telnet".into()))]
#[case("host:+23", TargetError::Port("+23".into()))]
#[case("host:-1", TargetError::Port("-1".into()))]
#[case("host: 23", TargetError::Port(" 23".into()))]
#[case("[::1]:0", TargetError::Port("0".into()))]
#[case(":23", TargetError::Host(":23".into()))]
#[case("a:1:2", TargetError::Port("1:2".into()))]
#[case("[host]:23", TargetError::Host("[host]:23".into()))]
#[case("[::1", TargetError::Host("[::1".into()))]
#[case("[::1]x", TargetError::Host("[::1]x".into()))]
#[case("user@host", TargetError::Host("user@host".into()))]
#[case("telnet://user@host:23", TargetError::Host("user@host:23".into()))]
#[case("telnet://", TargetError::Host(String::new()))]
#[case("a b", TargetError::Host("a b".into()))]
#[case("dev/ttyUSB0", TargetError::Host("dev/ttyUSB0".into()))]
#[case("-host", TargetError::Host("-host".into()))]
#[case("a..b", TargetError::Host("a..b".into()))]
#[case("300", TargetError::Host("300".into()))]
#[case("0x7f", TargetError::Host("0x7f".into()))]
#[case("192.0.2.256", TargetError::Host("192.0.2.256".into()))]
#[case("pty:", TargetError::PtyPath)]
#[case("demo:23", TargetError::StandsAlone("demo:23".into(), "demo"))]
#[case("host\u{1b}[2J", TargetError::Control("host\\u{1b}[2J".into()))]
#[case("/dev/tty\n", TargetError::Control("/dev/tty\\n".into()))]
fn a_word_is_refused(#[case] word: &str, #[case] error: TargetError) {
    assert_eq!(word.parse::<Target>(), Err(error));
}

#[test]
fn a_port_that_must_be_given_is_missed() {
    for word in ["tcp://host", "listen://", "listen://6400", "listen://::1"] {
        assert!(matches!(word.parse::<Target>(), Err(TargetError::MissingPort(..))), "{word}");
    }
}

#[test]
fn an_existing_path_wins_over_scheme_and_host() {
    for word in ["demo:", "host:23", "tcp://host:1", "COM3"] {
        let target = Target::parse(word, |path| path == Path::new(word)).unwrap();
        assert_eq!(target, Target::Serial(PathBuf::from(".").join(word)));
        assert_eq!(target.to_string().parse(), Ok(target));
    }
    assert_eq!(Target::parse("-", |_| true), Ok(Target::Stdio));
}

proptest! {
    #[test]
    fn every_target_reads_back(word in prop_oneof![
        "[a-zA-Z0-9.:_-]{1,20}",
        "(telnet|tcp|listen|pty|demo|loop|play|x)(:|://)[a-z0-9.:\\[\\]-]{0,20}",
        "\\[?[0-9a-f:.%]{2,20}\\]?(:[0-9]{1,5})?",
        "[./\\\\]{1,2}[ -~]{0,20}",
        any::<String>(),
    ], exists: bool) {
        if let Ok(target) = Target::parse(&word, |_| exists) {
            let shown = target.to_string();
            prop_assert!(!shown.chars().any(char::is_control));
            prop_assert_eq!(shown.parse::<Target>(), Ok(target));
        }
    }
}
