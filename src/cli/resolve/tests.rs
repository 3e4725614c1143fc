//! What auto means for every kind of target, what the profiles are, and what does not go together.

use rstest::rstest;

use super::*;
use crate::cli::profile;
use crate::cli::settings::Raw;
use crate::engine::{Echo, Inversion, Mechanism};
use crate::line::{Parity, Polarity, Resting, StopBits};

fn layers(source: Source, pairs: &[(&str, Raw<'_>)]) -> Layers {
    let mut settings = PartialSettings::default();
    for (name, raw) in pairs {
        assert_eq!(settings.set(name, *raw), Ok(()), "{name}");
    }
    let mut layers = Layers::new();
    layers.push(source, settings).unwrap();
    layers
}

fn flags(pairs: &[(&str, Raw<'_>)]) -> Layers {
    layers(Source::Flag, pairs)
}

fn session(target: &str, pairs: &[(&str, Raw<'_>)]) -> SessionConfig {
    resolve(&target.parse().unwrap(), &flags(pairs))
        .unwrap_or_else(|error| panic!("{target}: {error}"))
        .session
}

fn refused(target: &str, pairs: &[(&str, Raw<'_>)]) -> String {
    resolve(&target.parse().unwrap(), &flags(pairs)).expect_err(target).to_string()
}

#[rstest]
#[case("/dev/ttyUSB0", ScreenKind::Cbm8032, Wire::Ascii, 300, "ascii", Behaviour::Strict)]
#[case("COM3", ScreenKind::Cbm8032, Wire::Ascii, 300, "ascii", Behaviour::Strict)]
#[case("pty:/tmp/pet", ScreenKind::Cbm8032, Wire::Ascii, 300, "ascii", Behaviour::Strict)]
#[case("-", ScreenKind::Cbm8032, Wire::Ascii, 300, "ascii", Behaviour::Strict)]
#[case("loop:", ScreenKind::Cbm8032, Wire::Ascii, 300, "ascii", Behaviour::Strict)]
#[case("demo:", ScreenKind::Safe8032, Wire::Petscii, 1200, "ascii", Behaviour::Board)]
#[case("bbs.example", ScreenKind::Ansi, Wire::Ascii, 300, "cp437", Behaviour::Board)]
#[case("bbs.example:6510", ScreenKind::Ansi, Wire::Ascii, 300, "cp437", Behaviour::Board)]
#[case("bbs.example:64", ScreenKind::C64, Wire::Petscii, 300, "cp437", Behaviour::Board)]
#[case("tcp://bbs.example:6400", ScreenKind::C64, Wire::Petscii, 300, "cp437", Behaviour::Board)]
#[case("bbs.example:128", ScreenKind::C128, Wire::Petscii, 300, "cp437", Behaviour::Board)]
#[case("listen://:6400", ScreenKind::C64, Wire::Petscii, 300, "cp437", Behaviour::Board)]
#[case("listen://:2323", ScreenKind::Ansi, Wire::Ascii, 300, "cp437", Behaviour::Board)]
fn auto_by_target(
    #[case] target: &str,
    #[case] screen: ScreenKind,
    #[case] wire: Wire,
    #[case] baud: u32,
    #[case] charset: &str,
    #[case] behaviour: Behaviour,
) {
    let s = session(target, &[]);
    let mut line = LineFormat::new(baud);
    if target == "demo:" {
        (line.tx, line.rx) = (Polarity::IdleLow, Polarity::IdleLow);
    }
    assert_eq!((s.screen, s.wire, s.line, s.behaviour), (screen, wire, line, behaviour));
    assert_eq!(s.charset, charset);
    // "auto" said aloud is the same.
    let said = session(target, &[("screen", Raw::Text("auto")), ("wire", Raw::Text("auto"))]);
    assert_eq!(said, s);
}

#[test]
fn the_other_defaults() {
    let s = session("bbs.example", &[]);
    assert_eq!(s.telnet, TelnetPolicy::Auto);
    assert_eq!(s.echo, Echo::Off);
    assert_eq!(s.flow, Flow::None);
    assert_eq!(s.pacing, Pacing::default());
    assert_eq!(s.timeout, Span::from_secs(15));
    assert!(s.cr_nul && s.reconnect && s.lock);
    assert!(!(s.strip7 || s.set7 || s.view40 || s.telnet_open || s.low_latency));
    assert_eq!(s.script, None);
}

#[rstest]
// On the network one axis moves the other.
#[case("h", "c64", "auto", ScreenKind::C64, Wire::Petscii)]
#[case("h", "8032", "auto", ScreenKind::Cbm8032, Wire::Petscii)]
#[case("h", "ascii", "auto", ScreenKind::Ascii, Wire::Ascii)]
#[case("h:64", "ansi", "auto", ScreenKind::Ansi, Wire::Ascii)]
#[case("h", "auto", "petscii", ScreenKind::C64, Wire::Petscii)]
#[case("h:64", "auto", "ascii", ScreenKind::Ansi, Wire::Ascii)]
#[case("h:128", "auto", "petscii", ScreenKind::C128, Wire::Petscii)]
// On a serial line a PET's screen stays with ASCII, a board's screen calls for PETSCII.
#[case("/dev/ttyS0", "4032", "auto", ScreenKind::Cbm4032, Wire::Ascii)]
#[case("/dev/ttyS0", "ansi", "auto", ScreenKind::Ansi, Wire::Ascii)]
#[case("/dev/ttyS0", "c64", "auto", ScreenKind::C64, Wire::Petscii)]
#[case("/dev/ttyS0", "8032-safe", "auto", ScreenKind::Safe8032, Wire::Petscii)]
#[case("/dev/ttyS0", "auto", "petscii", ScreenKind::Cbm8032, Wire::Petscii)]
// The demo board speaks PETSCII whatever it is shown on.
#[case("demo:", "c64", "auto", ScreenKind::C64, Wire::Petscii)]
#[case("demo:", "8032", "auto", ScreenKind::Cbm8032, Wire::Petscii)]
// What is said stands.
#[case("h", "c64", "ascii", ScreenKind::C64, Wire::Ascii)]
#[case("/dev/ttyS0", "c64", "ascii", ScreenKind::C64, Wire::Ascii)]
fn one_axis_said(
    #[case] target: &str,
    #[case] screen: &str,
    #[case] wire: &str,
    #[case] wanted_screen: ScreenKind,
    #[case] wanted_wire: Wire,
) {
    let s = session(target, &[("screen", Raw::Text(screen)), ("wire", Raw::Text(wire))]);
    assert_eq!((s.screen, s.wire), (wanted_screen, wanted_wire));
}

#[test]
fn a_line_and_its_parts() {
    let s = session("/dev/ttyS0", &[("line", Raw::Text("1200-7E2")), ("baud", Raw::Number("600"))]);
    assert_eq!((s.line.baud, s.line.data_bits), (600, 7));
    assert_eq!((s.line.parity, s.line.stop), (Parity::Even, StopBits::Two));
    let s = session("/dev/ttyS0", &[("stopbits", Raw::Number("1.5")), ("databits", Raw::Number("5"))]);
    assert_eq!(s.line.to_string(), "300-5N1.5");
}

#[test]
fn soft_flow_control_and_a_petscii_wire_exclude_each_other() {
    let soft = ("flow", Raw::Text("soft"));
    let error = refused("/dev/ttyS0", &[soft, ("wire", Raw::Text("petscii"))]);
    assert!(error.contains("11 and 13") && error.contains("--wire ascii"), "{error}");
    assert_eq!(session("/dev/ttyS0", &[soft]).flow, Flow::Soft);
}

#[rstest]
#[case(&[("strip7", Raw::Switch(true))], "--strip7")]
#[case(&[("set7", Raw::Switch(true))], "--set7")]
#[case(&[("line", Raw::Text("1200-7E1"))], "fewer than 8 data bits")]
#[case(&[("databits", Raw::Number("7"))], "fewer than 8 data bits")]
fn a_petscii_wire_needs_bit_7(#[case] said: &[(&str, Raw<'_>)], #[case] named: &str) {
    let error = refused("demo:", said);
    assert!(error.contains(named) && error.contains("petscii"), "{error}");
    session("/dev/ttyS0", said);
}

#[rstest]
#[case("demo:", "auto", true)]
#[case("h", "ansi", false)]
#[case("h", "ascii", false)]
#[case("h", "c64", false)]
#[case("h", "vic20", false)]
#[case("/dev/ttyS0", "8032", false)]
fn strict_needs_a_rom_to_be_strict_about(
    #[case] target: &str,
    #[case] screen: &str,
    #[case] is_refused: bool,
) {
    let said = [("screen", Raw::Text(screen)), ("strict", Raw::Switch(true))];
    if is_refused {
        let error = refused(target, &said);
        assert!(error.contains("no strict form") && error.contains("--board"), "{error}");
    } else {
        assert_eq!(session(target, &said).behaviour, Behaviour::Strict);
    }
    let board = [("screen", Raw::Text(screen)), ("board", Raw::Switch(true))];
    assert_eq!(session(target, &board).behaviour, Behaviour::Board);
}

#[test]
fn forty_columns_of_eighty() {
    assert!(session("demo:", &[("cols", Raw::Number("40"))]).view40);
    assert!(!session("demo:", &[("cols", Raw::Number("80"))]).view40);
    assert!(
        !session("h:64", &[("cols", Raw::Number("40"))]).view40,
        "a 40-column screen shows all of itself"
    );
    let error = refused("h:64", &[("cols", Raw::Number("80"))]);
    assert!(error.contains("c64 has 40 columns"), "{error}");
    assert!(
        refused("h", &[("screen", Raw::Text("vic20")), ("cols", Raw::Number("40"))]).contains("22 columns")
    );
    // A config file speaks of 80-column screens in general.
    let file = layers(Source::File("config.toml".into()), &[("cols", Raw::Number("80"))]);
    assert!(!resolve(&"h:64".parse().unwrap(), &file).unwrap().session.view40);
}

#[test]
fn an_idle_low_line_is_shown_as_one() {
    for said in [("line", Raw::Text("300-8N1-inv")), ("invert", Raw::Switch(true))] {
        for target in ["/dev/ttyUSB0", "loop:"] {
            assert_eq!(session(target, &[said]).line.to_string(), "300-8N1-inv");
        }
    }
}

#[test]
fn a_cable_that_inverts_an_upright_line_is_pointed_out() {
    let notes = |pairs: &[(&str, Raw<'_>)]| {
        resolve(&"/dev/ttyUSB0".parse().unwrap(), &flags(pairs)).unwrap().notes.join("\n")
    };
    let cable = ("cable", Raw::Text("inverter"));
    assert!(notes(&[cable]).contains("take the inverter out"));
    assert_eq!(notes(&[cable, ("invert", Raw::Switch(true))]), "");
}

#[test]
fn typed_settings_without_effect_are_told_of() {
    let notes = |target: &str, source: Source, pairs: &[(&str, Raw<'_>)]| {
        resolve(&target.parse().unwrap(), &layers(source, pairs)).unwrap().notes
    };
    let baud = [("baud", Raw::Number("300"))];
    assert_eq!(notes("h:23", Source::Flag, &baud), ["--baud has no effect on h:23"]);
    assert_eq!(notes("h:23", Source::File("f".into()), &baud), [] as [&str; 0]);
    assert_eq!(notes("/dev/ttyS0", Source::Flag, &baud), [] as [&str; 0]);
    assert_eq!(
        notes("h:23", Source::Flag, &[("line", Raw::Text("300-8N1"))]),
        ["--line has no effect on h:23"]
    );
    assert_eq!(
        notes("/dev/ttyS0", Source::Flag, &[("raw", Raw::Switch(true))]),
        ["--raw has no effect on /dev/ttyS0"]
    );
    assert_eq!(
        notes("/dev/ttyS0", Source::Flag, &[("telnet", Raw::Switch(true))]),
        ["--telnet has no effect on /dev/ttyS0"]
    );
    assert_eq!(
        notes("pty:/tmp/x", Source::Flag, &[("flow", Raw::Text("hard")), ("no-lock", Raw::Switch(true))]),
        ["--flow has no effect on pty:/tmp/x", "--no-lock has no effect on pty:/tmp/x"]
    );
}

#[test]
fn virtual_time_is_for_simulated_lines() {
    assert_eq!(check_fast(&Target::Demo), Ok(()));
    assert_eq!(check_fast(&Target::Loop), Ok(()));
    assert_eq!(check_fast(&"play:a.vcd".parse().unwrap()), Ok(()));
    for real in ["h:23", "/dev/ttyS0", "pty:/tmp/x", "-", "listen://:1"] {
        let error = check_fast(&real.parse().unwrap()).expect_err(real).to_string();
        assert!(error.contains("demo:, loop: and play:"), "{error}");
    }
}

fn with_profile(name: &str, target: &str) -> SessionConfig {
    let profile = profile::find(name, &[]).unwrap();
    let mut layers = Layers::new();
    layers.push(Source::Profile(profile.name), profile.settings).unwrap();
    resolve(&target.parse().unwrap(), &layers).unwrap().session
}

#[rstest]
#[case("mcterm", "300-8N1-inv", ScreenKind::Cbm8032, Wire::Ascii, true)]
#[case("mcterm-36", "300-8N1", ScreenKind::Cbm8032, Wire::Ascii, true)]
#[case("transactor", "300-8N1-inv", ScreenKind::Cbm8032, Wire::Ascii, false)]
#[case("petterm", "1220-8N1", ScreenKind::Ansi, Wire::Ascii, false)]
#[case("c64-serial", "1200-8N1", ScreenKind::C64, Wire::Petscii, false)]
fn the_profiles_of_serial_programs(
    #[case] name: &str,
    #[case] line: &str,
    #[case] screen: ScreenKind,
    #[case] wire: Wire,
    #[case] strip7: bool,
) {
    let s = with_profile(name, "/dev/ttyUSB0");
    assert_eq!(s.line.to_string(), line);
    assert_eq!((s.screen, s.wire, s.strip7, s.set7), (screen, wire, strip7, false));
}

#[rstest]
#[case("c64-board", ScreenKind::C64, Wire::Petscii, TelnetPolicy::Auto)]
#[case("c128-board", ScreenKind::C128, Wire::Petscii, TelnetPolicy::Auto)]
#[case("level29", ScreenKind::Ansi, Wire::Ascii, TelnetPolicy::Telnet)]
fn the_profiles_of_boards(
    #[case] name: &str,
    #[case] screen: ScreenKind,
    #[case] wire: Wire,
    #[case] telnet: TelnetPolicy,
) {
    let s = with_profile(name, "bbs.example:2323");
    assert_eq!((s.screen, s.wire, s.telnet), (screen, wire, telnet));
}

#[test]
fn every_profile_has_only_settings_that_exist() {
    for built_in in profile::BUILTIN {
        assert!(!built_in.settings().entries().is_empty(), "{}", built_in.name);
    }
}

#[test]
fn a_profile_of_an_idle_low_program_inverts() {
    for name in ["mcterm", "transactor"] {
        let needed = |s: &SessionConfig| s.inverting.needed_at(&s.target, &s.line);
        let s = with_profile(name, "/dev/ttyUSB0");
        assert_eq!((needed(&s).tx, needed(&s).rx), (Some(Mechanism::Auto), Some(Mechanism::Auto)), "{name}");
        // It speaks of the PET: a board that is called with it meanwhile is none of its business.
        assert_eq!(with_profile(name, "bbs.example:23").line.to_string(), "300-8N1");
    }
    assert!(profile::find("mcterm", &[]).unwrap().note.unwrap().contains("sysa+36"));
    for name in ["mcterm-36", "petterm", "c64-serial"] {
        assert_eq!(profile::find(name, &[]).unwrap().note, None, "{name}");
        let s = with_profile(name, "/dev/ttyUSB0");
        assert_eq!(s.inverting.needed_at(&s.target, &s.line), Inversion::default());
    }
}

/// The program's polarity and the cable's inverter give what the adapter sees.
#[rstest]
#[case(&[], None, None)]
#[case(&[("invert", Raw::Switch(true))], Some(Mechanism::Auto), Some(Mechanism::Auto))]
#[case(&[("line", Raw::Text("300-8N1-inv"))], Some(Mechanism::Auto), Some(Mechanism::Auto))]
#[case(&[("invert", Raw::Switch(true)), ("cable", Raw::Text("inverter"))], None, None)]
#[case(&[("cable", Raw::Text("inverter"))], Some(Mechanism::Auto), Some(Mechanism::Auto))]
#[case(&[("invert-rx", Raw::Text("shift"))], None, Some(Mechanism::Shift(None)))]
#[case(&[("invert-tx", Raw::Text("rest"))], Some(Mechanism::Shift(Some(Resting::Break))), None)]
#[case(&[("invert", Raw::Text("adapter"))], Some(Mechanism::Adapter), Some(Mechanism::Adapter))]
fn program_and_cable_give_what_the_adapter_sees(
    #[case] said: &[(&str, Raw<'_>)],
    #[case] tx: Option<Mechanism>,
    #[case] rx: Option<Mechanism>,
) {
    for target in ["/dev/ttyUSB0", "pty:/tmp/pet"] {
        let s = session(target, said);
        assert_eq!(s.inverting.needed_at(&s.target, &s.line), Inversion { tx, rx });
    }
    // Where petterm sees edges, polarity is real and nothing has to be done.
    let s = session("loop:", said);
    assert_eq!(s.inverting.needed_at(&s.target, &s.line), Inversion::default());
}

#[rstest]
#[case("h:23", &[("invert", Raw::Switch(true))], "no line")]
#[case("h:23", &[("line", Raw::Text("300-8N1-inv"))], "no line")]
#[case("listen://:6400", &[("cable", Raw::Text("inverter"))], "no line")]
#[case("-", &[("invert-rx", Raw::Text("shift"))], "no line")]
#[case("/dev/ttyS0", &[("line", Raw::Text("300-7E1-inv"))], "8N1")]
#[case("/dev/ttyS0", &[("line", Raw::Text("300-8N2-invtx"))], "8N1")]
#[case("/dev/ttyS0", &[("invert", Raw::Switch(true)), ("set7", Raw::Switch(true))], "bit 7")]
#[case("/dev/ttyS0", &[("invert", Raw::Switch(true)), ("wire", Raw::Text("petscii"))], "--wire ascii")]
#[case("/dev/ttyS0", &[("invert-rx", Raw::Text("shift")), ("wire", Raw::Text("petscii"))], "--wire ascii")]
fn what_cannot_be_inverted_is_refused(
    #[case] target: &str,
    #[case] said: &[(&str, Raw<'_>)],
    #[case] named: &str,
) {
    let error = refused(target, said);
    assert!(error.contains(named), "{error}");
}

#[test]
fn your_own_profile_goes_before_a_built_in_one() {
    let mut own = PartialSettings::default();
    own.set("baud", Raw::Number("110")).unwrap();
    let found = profile::find("McTerm", &[("mcterm".to_owned(), own.clone())]).unwrap();
    assert_eq!((found.settings, found.note), (own, None));
    let error = profile::find("mctrem", &[]).unwrap_err().to_string();
    assert!(error.contains("did you mean 'mcterm'?") && error.contains("level29"), "{error}");
}
