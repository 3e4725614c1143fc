//! One name for a setting everywhere, and the order of the layers.

use std::collections::BTreeSet;
use std::path::Path;

use rstest::rstest;

use super::*;
use crate::cli::args;

/// Two different values for every setting, by long name.
const SAMPLES: &[(&str, Raw<'static>, Raw<'static>)] = &[
    ("baud", Raw::Number("300"), Raw::Number("1200")),
    ("databits", Raw::Number("7"), Raw::Number("8")),
    ("parity", Raw::Text("even"), Raw::Text("odd")),
    ("stopbits", Raw::Number("1.5"), Raw::Number("2")),
    ("flow", Raw::Text("hard"), Raw::Text("soft")),
    ("line", Raw::Text("300-7E1"), Raw::Text("1200-8N1-inv")),
    ("invert", Raw::Text("adapter"), Raw::Text("shift")),
    ("invert-rx", Raw::Text("auto"), Raw::Text("no")),
    ("invert-tx", Raw::Text("fill"), Raw::Text("rest")),
    ("cable", Raw::Text("inverter"), Raw::Text("plain")),
    ("strip7", Raw::Switch(true), Raw::Switch(false)),
    ("set7", Raw::Switch(true), Raw::Switch(false)),
    ("output-delay", Raw::Number("5"), Raw::Number("0")),
    ("line-delay", Raw::Number("100"), Raw::Number("200")),
    ("wait-echo", Raw::Switch(true), Raw::Switch(false)),
    ("wait-prompt", Raw::Text(")"), Raw::Text("OK")),
    ("low-latency", Raw::Switch(true), Raw::Switch(false)),
    ("no-lock", Raw::Switch(true), Raw::Switch(false)),
    ("no-reconnect", Raw::Switch(true), Raw::Switch(false)),
    ("screen", Raw::Text("c64"), Raw::Text("auto")),
    ("strict", Raw::Switch(true), Raw::Switch(false)),
    ("board", Raw::Switch(true), Raw::Switch(false)),
    ("cols", Raw::Number("40"), Raw::Number("80")),
    ("wire", Raw::Text("petscii"), Raw::Text("auto")),
    ("charset", Raw::Text("cp437"), Raw::Text("ascii")),
    ("theme", Raw::Text("amber"), Raw::Text("green")),
    ("glyphs", Raw::Text("box"), Raw::Text("ascii")),
    ("visual-bell", Raw::Switch(true), Raw::Switch(false)),
    ("telnet", Raw::Switch(true), Raw::Switch(false)),
    ("raw", Raw::Switch(true), Raw::Switch(false)),
    ("telnet-open", Raw::Switch(true), Raw::Switch(false)),
    ("no-cr-nul", Raw::Switch(true), Raw::Switch(false)),
    ("timeout", Raw::Number("0.5"), Raw::Number("60")),
    ("local-echo", Raw::Switch(true), Raw::Switch(false)),
    ("echo", Raw::Text("both"), Raw::Text("off")),
    ("log", Raw::Text("pet.log"), Raw::Switch(true)),
    ("timestamp", Raw::Text("iso8601"), Raw::Text("relative")),
    ("log-level", Raw::Text("debug"), Raw::Text("error")),
    ("debug-log", Raw::Text("a.log"), Raw::Text("b.log")),
];

fn with(pairs: &[(&str, Raw<'_>)]) -> PartialSettings {
    let mut settings = PartialSettings::default();
    for (name, raw) in pairs {
        assert_eq!(settings.set(name, *raw), Ok(()), "{name}");
    }
    settings
}

fn text_of(raw: Raw<'_>) -> String {
    match raw {
        Raw::Switch(on) => on.to_string(),
        Raw::Number(text) | Raw::Text(text) => text.to_owned(),
    }
}

#[test]
fn the_samples_name_every_setting_in_order() {
    let sampled: Vec<_> = SAMPLES.iter().map(|(name, ..)| (*name).to_owned()).collect();
    assert_eq!(sampled, names());
}

#[test]
fn every_setting_is_an_option_and_a_variable_of_its_name() {
    let command = args::command();
    let known: BTreeSet<&str> = command.get_arguments().map(|arg| arg.get_id().as_str()).collect();
    for field in FIELDS {
        assert!(known.contains(field), "{field} is no option");
        let arg = command.get_arguments().find(|arg| arg.get_id() == *field).unwrap();
        assert_eq!(arg.get_long(), Some(field.replace('_', "-").as_str()));
        assert_eq!(
            arg.get_env().unwrap().to_str(),
            Some(format!("PETTERM_{}", field.to_uppercase()).as_str())
        );
        assert!(arg.is_global_set(), "{field} stands on one side of a command only");
        assert!(arg.get_help().is_some(), "{field} has no help");
    }
    let beside = ["target", "script", "dump", "record", "fast", "profile", "config", "no_config", "verbose"];
    for id in known {
        assert!(FIELDS.contains(&id) || beside.contains(&id), "{id} is an option but no setting");
    }
}

#[test]
fn what_is_set_is_written_as_it_is_read() {
    for (name, first, second) in SAMPLES {
        for raw in [first, second] {
            let settings = with(&[(name, *raw)]);
            let entries = settings.entries();
            assert_eq!(entries.len(), 1, "{name}");
            let (shown, kind, value) = &entries[0];
            assert_eq!(shown, name);
            assert_eq!(*value, text_of(*raw));
            let again = match kind {
                Kind::Switch => Raw::Switch(value == "true"),
                Kind::Number => Raw::Number(value),
                Kind::Text => Raw::Text(value),
            };
            assert_eq!(with(&[(name, again)]), settings, "{name}");
        }
    }
}

#[test]
fn a_name_is_spelled_one_way() {
    let mut settings = PartialSettings::default();
    for name in ["output_delay", "Baud", "baudrate", "b", "", "script", "dump", "fast", "profile", "config"] {
        assert_eq!(settings.set(name, Raw::Number("5")), Err(Refusal::Unknown), "{name}");
    }
    assert_eq!(settings, PartialSettings::default());
}

#[rstest]
#[case("baud", Raw::Text("300"), "a number")]
#[case("strip7", Raw::Text("yes"), "true or false")]
#[case("theme", Raw::Number("3"), "a string")]
#[case("log", Raw::Number("3"), "true or false or a string")]
#[case("stopbits", Raw::Switch(true), "a number or a string")]
fn the_wrong_kind_is_refused_with_the_right_one(
    #[case] name: &str,
    #[case] raw: Raw<'_>,
    #[case] needed: &str,
) {
    let refusal = PartialSettings::default().set(name, raw);
    assert_eq!(refusal, Err(Refusal::Kind(needed.to_owned())));
}

#[test]
fn every_layer_goes_before_those_below_it() {
    let order = |path: &str| {
        [
            Source::Flag,
            Source::Environment,
            Source::Entry("Level 29".to_owned()),
            Source::Profile("mcterm".to_owned()),
            Source::File(path.into()),
        ]
    };
    // Pairs of spellings for one thing are brought to one and have tests of their own.
    let paired = ["line", "invert", "telnet", "raw", "strict", "board", "local-echo"];
    for (name, first, second) in SAMPLES.iter().filter(|(name, ..)| !paired.contains(name)) {
        let sources = order("config.toml");
        for (above, source) in sources.iter().enumerate() {
            for below in sources.iter().skip(above + 1) {
                let mut layers = Layers::new();
                layers.push(source.clone(), with(&[(name, *first)])).unwrap();
                layers.push(below.clone(), with(&[(name, *second)])).unwrap();
                assert_eq!(layers.merged(), with(&[(name, *first)]), "{name}: {source} before {below}");
                assert_eq!(layers.source(name), *source);
            }
        }
    }
}

#[test]
fn a_layer_that_says_nothing_lets_the_next_one_speak() {
    let mut layers = Layers::new();
    layers.push(Source::Flag, with(&[("baud", Raw::Number("600"))])).unwrap();
    layers.push(Source::Environment, PartialSettings::default()).unwrap();
    layers.push(Source::Profile("p".to_owned()), with(&[("strip7", Raw::Switch(true))])).unwrap();
    assert_eq!(layers.source("baud"), Source::Flag);
    assert_eq!(layers.source("strip7"), Source::Profile("p".to_owned()));
    assert_eq!(layers.source("theme"), Source::Default);
}

#[test]
fn single_options_override_their_part_of_the_line_in_their_layer_and_below() {
    let mut layers = Layers::new();
    layers.push(Source::Flag, with(&[("parity", Raw::Text("odd"))])).unwrap();
    let environment = with(&[("line", Raw::Text("1200-7E2")), ("stopbits", Raw::Number("1"))]);
    layers.push(Source::Environment, environment).unwrap();
    layers.push(Source::File("f".into()), with(&[("baud", Raw::Number("110"))])).unwrap();
    let merged = layers.merged();
    assert_eq!(merged.baud, Some(Baud(1200)), "the line above the file's baud");
    assert_eq!(merged.databits, Some(DataBits(7)));
    assert_eq!(merged.parity, Some(Parity::Odd), "the flag above the line");
    assert_eq!(merged.stopbits, Some(StopBits::One), "the single option beside the line");
}

#[rstest]
#[case(&[("invert", Raw::Text("shift"))], Some(Mechanism::Shift(None)), Some(Mechanism::Shift(None)))]
#[case(&[("invert", Raw::Switch(true)), ("invert-tx", Raw::Text("no"))], None, Some(Mechanism::Auto))]
#[case(&[("line", Raw::Text("300-8N1-invrx"))], None, Some(Mechanism::Auto))]
#[case(&[("line", Raw::Text("300-8N1-inv")), ("invert", Raw::Text("adapter"))],
    Some(Mechanism::Adapter), Some(Mechanism::Adapter))]
#[case(&[("line", Raw::Text("300-8N1"))], None, None)]
fn inv_and_invert_mean_the_same(
    #[case] said: &[(&str, Raw<'_>)],
    #[case] tx: Option<Mechanism>,
    #[case] rx: Option<Mechanism>,
) {
    let mut layers = Layers::new();
    layers.push(Source::Flag, with(said)).unwrap();
    let merged = layers.merged();
    assert_eq!(merged.invert_tx.and_then(|invert| invert.0), tx);
    assert_eq!(merged.invert_rx.and_then(|invert| invert.0), rx);
}

#[test]
fn a_flag_takes_the_inversion_of_a_profile_back() {
    let mut layers = Layers::new();
    layers.push(Source::Flag, with(&[("invert", Raw::Text("no"))])).unwrap();
    layers.push(Source::Profile("p".to_owned()), with(&[("line", Raw::Text("300-8N1-inv"))])).unwrap();
    let merged = layers.merged();
    assert_eq!((merged.invert_tx, merged.invert_rx), (Some(InvertTx(None)), Some(InvertRx(None))));
}

#[rstest]
#[case("telnet", "raw")]
#[case("raw", "telnet")]
fn a_word_about_telnet_replaces_a_lower_one_about_raw(#[case] upper: &str, #[case] lower: &str) {
    let mut layers = Layers::new();
    layers.push(Source::Flag, with(&[(upper, Raw::Switch(true))])).unwrap();
    layers.push(Source::File("f".into()), with(&[(lower, Raw::Switch(true))])).unwrap();
    let merged = layers.merged();
    assert_eq!(merged.telnet, Some(Switch(upper == "telnet")));
    assert_eq!(merged.raw, Some(Switch(upper == "raw")));
}

#[rstest]
#[case(&[("strict", true)], Some(true))]
#[case(&[("strict", false)], Some(false))]
#[case(&[("board", true)], Some(false))]
#[case(&[("board", false)], Some(true))]
#[case(&[("strict", true), ("board", false)], Some(true))]
#[case(&[("strict", false), ("board", true)], Some(false))]
#[case(&[("strict", false), ("board", false)], None)]
#[case(&[], None)]
fn strict_and_board_are_one_choice(#[case] said: &[(&str, bool)], #[case] strict: Option<bool>) {
    let said: Vec<_> = said.iter().map(|(name, on)| (*name, Raw::Switch(*on))).collect();
    let mut layers = Layers::new();
    layers.push(Source::Flag, with(&said)).unwrap();
    assert_eq!(layers.merged().strict, strict.map(Switch));
    assert_eq!(layers.merged().board, None);
}

#[test]
fn local_echo_is_a_spelling_of_echo() {
    for (on, echo) in [(true, Echo::Local), (false, Echo::Off)] {
        let mut layers = Layers::new();
        layers.push(Source::Flag, with(&[("local-echo", Raw::Switch(on))])).unwrap();
        layers.push(Source::File("f".into()), with(&[("echo", Raw::Text("both"))])).unwrap();
        assert_eq!(layers.merged().echo, Some(echo));
    }
}

#[rstest]
#[case(&[("telnet", Raw::Switch(true)), ("raw", Raw::Switch(true))], "--telnet and --raw")]
#[case(&[("strict", Raw::Switch(true)), ("board", Raw::Switch(true))], "--strict and --board")]
#[case(&[("line", Raw::Text("300-8N1-invtx")), ("invert", Raw::Text("no"))], "-inv in --line and --invert=no")]
#[case(&[("local-echo", Raw::Switch(true)), ("echo", Raw::Text("off"))], "--local-echo and --echo")]
fn a_layer_that_contradicts_itself_is_refused(#[case] said: &[(&str, Raw<'_>)], #[case] named: &str) {
    let error = Layers::new().push(Source::Environment, with(said)).unwrap_err().to_string();
    assert!(error.contains(named) && error.contains("environment"), "{error}");
}

#[test]
fn a_filter_keeps_the_named_settings_only() {
    let settings = with(&[("baud", Raw::Number("300")), ("output-delay", Raw::Number("5"))]);
    let kept = settings.filtered(|field| field == "output_delay");
    assert_eq!(kept, with(&[("output-delay", Raw::Number("5"))]));
}

#[test]
fn sources_are_told_apart_in_words() {
    assert_eq!(Source::Flag.to_string(), "command line");
    assert_eq!(Source::File(Path::new("/x/config.toml").to_owned()).to_string(), "/x/config.toml");
    assert_eq!(Source::Entry("Level 29".to_owned()).to_string(), "phone book entry 'Level 29'");
}
