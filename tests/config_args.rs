//! The command line as the built program reads it: what is refused, with which exit code and words.

#![cfg(all(feature = "serial", feature = "tui"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use std::ffi::OsString;
use std::process::{Command, Output, Stdio};

use petterm::cli::args::{Command as Verb, Invocation, Parsed, nearest_command, parse};
use petterm::cli::values::{Baud, LogChoice, Switch};
use rstest::rstest;

fn words(line: &str) -> Vec<OsString> {
    std::iter::once("petterm").chain(line.split_whitespace()).map(OsString::from).collect()
}

fn run(line: &str) -> Invocation {
    match parse(words(line)) {
        Ok(Parsed::Run(invocation)) => *invocation,
        other => panic!("{line}: {other:?}"),
    }
}

fn refusal(line: &str) -> String {
    match parse(words(line)) {
        Err(refusal) => {
            assert_eq!(refusal.lines().count(), 1, "{refusal}");
            refusal
        }
        Ok(_) => panic!("{line} was taken"),
    }
}

#[rstest]
#[case("--baud 0")]
#[case("--baud -5")]
#[case("--baud=-5")]
#[case("-b -5")]
#[case("--baud 9999999999")]
#[case("--baud abc")]
#[case("--baudrate 0")]
fn a_bad_baud_is_a_bad_value_and_names_the_range(#[case] said: &str) {
    for line in [format!("{said} /dev/ttyNOPE"), format!("/dev/ttyNOPE {said}"), format!("demo {said}")] {
        let refusal = refusal(&line);
        assert!(refusal.contains("invalid value") && refusal.contains("1 to 4000000"), "{refusal}");
    }
}

#[rstest]
#[case("--databits 4", "5 to 9")]
#[case("--parity odd2", "none, even, odd, mark, space")]
#[case("--stopbits 3", "1, 1.5, 2")]
#[case("--flow xon", "none, soft, hard")]
#[case("--output-delay -3", "0 to 10000")]
#[case("-O 10001", "0 to 10000")]
#[case("--line 300-8X1", "parity")]
#[case("--screen c65", "8032-safe, 8032, 4032")]
#[case("--cols 50", "40, 80")]
#[case("--wire ebcdic", "petscii, ascii")]
#[case("--charset klingon", "klingon")]
#[case("--theme pink", "green, amber, white, colour")]
#[case("--timeout 0", "0.001 to 86400")]
#[case("--timestamp=never", "24hour, iso8601, relative")]
#[case("--dump png", "text, ansi, json")]
#[case("--strip7=perhaps", "yes or no")]
fn a_bad_value_is_told_what_would_be_good(#[case] said: &str, #[case] wanted: &str) {
    let refusal = refusal(&format!("{said} host"));
    assert!(refusal.contains(wanted), "{refusal}");
}

#[test]
fn an_optional_value_is_taken_with_an_equals_sign_only() {
    for (line, log) in [
        ("--log /dev/ttyUSB0", LogChoice::Auto),
        ("--log=pet.log /dev/ttyUSB0", LogChoice::File("pet.log".into())),
        ("-L /dev/ttyUSB0", LogChoice::Auto),
        ("-L=pet.log /dev/ttyUSB0", LogChoice::File("pet.log".into())),
    ] {
        let invocation = run(line);
        assert_eq!(invocation.args.target, Some("/dev/ttyUSB0".into()), "{line}");
        assert_eq!(invocation.flags.log, Some(log), "{line}");
    }
    let invocation = run("-t --strip7 -e /dev/ttyUSB0");
    assert_eq!(invocation.args.target, Some("/dev/ttyUSB0".into()));
    assert_eq!(invocation.flags.strip7, Some(Switch(true)));
    assert_eq!(run("--strip7=no h").flags.strip7, Some(Switch(false)));
}

#[test]
fn short_switches_may_stand_together() {
    let flags = run("-enL h").flags;
    assert_eq!((flags.local_echo, flags.no_reconnect), (Some(Switch(true)), Some(Switch(true))));
    assert_eq!(flags.log, Some(LogChoice::Auto));
}

#[test]
fn options_stand_before_or_after_a_command() {
    for line in ["--baud 600 demo", "demo --baud 600", "demo -b600", "--baud=600 demo"] {
        let invocation = run(line);
        assert_eq!(invocation.args.command, Some(Verb::Demo));
        assert_eq!(invocation.flags.baud, Some(Baud(600)), "{line}");
    }
    assert!(run("--fast demo").args.fast && run("demo --fast").args.fast);
}

#[rstest]
#[case("ports --baud 300", "--baud", "petterm ports")]
#[case("--baud 300 ports", "--baud", "petterm ports")]
#[case("convert --from ascii --to cp437 --strip7", "--strip7", "petterm convert")]
#[case("demo --telnet", "--telnet", "petterm demo")]
#[case("view - --script x", "--script", "petterm view")]
#[case("man --fast", "--fast", "petterm man")]
#[case("ports -v", "--verbose", "petterm ports")]
#[case("view - --debug-log x", "--debug-log", "petterm view")]
#[case("phonebook list --screen c64", "--screen", "petterm phonebook list")]
#[case("phonebook add a b --theme green", "--theme", "petterm phonebook add")]
fn an_option_that_means_nothing_to_a_command_is_refused(
    #[case] line: &str,
    #[case] option: &str,
    #[case] command: &str,
) {
    let refusal = refusal(line);
    assert!(refusal.starts_with(option) && refusal.contains(command), "{refusal}");
}

#[rstest]
#[case("demo --pet")]
#[case("sim")]
#[case("rom build")]
#[case("modem /dev/ttyUSB0")]
fn what_this_version_lacks_is_refused_with_a_word_about_it(#[case] line: &str) {
    let refusal = refusal(line);
    assert!(refusal.contains("not in this version"), "{refusal}");
}

#[test]
fn an_unknown_option_is_refused_with_the_nearest_known_one() {
    assert!(refusal("--bawd 300 h").contains("--baud"));
    assert!(refusal("--nonsense h").contains("--nonsense"));
    assert!(refusal("h surplus").contains("surplus"));
    assert!(refusal("h demo").contains("a target or a command"));
}

#[test]
fn the_nearest_command_to_a_slip() {
    assert_eq!(nearest_command("prots"), Some("ports"));
    assert_eq!(nearest_command("dmeo"), Some("demo"));
    assert_eq!(nearest_command("phonebok"), Some("phonebook"));
    assert_eq!(nearest_command("Convert"), Some("convert"));
    assert_eq!(nearest_command("kirk"), None);
    assert_eq!(nearest_command(""), None);
    assert_eq!(nearest_command("sned"), Some("send"));
    let said = refusal("sned a.prg demo:");
    assert_eq!(said, "there is no command 'sned'; did you mean 'send'?");
    let said = refusal("send --protcol punter a.prg demo:");
    assert_eq!(said, "unexpected argument '--protcol' found; did you mean '--protocol'?");
    // --strict is the nearest, and nothing to it.
    let said = refusal("send --trim a.prg demo:");
    assert_eq!(said, "unexpected argument '--trim' found; 'petterm send --help' lists the options");
}

#[test]
fn the_short_help_fits_a_screen_and_begins_with_examples() {
    let help = String::from_utf8(petterm("-h", &[("COLUMNS", "80")]).stdout).unwrap();
    let lines: Vec<_> = help.lines().collect();
    assert!(lines.len() < 60, "{} lines", lines.len());
    assert_eq!(lines[0], "Examples:");
    assert!(help.contains("petterm /dev/ttyUSB0 --baud 300"));
    let Ok(Parsed::Say(long)) = parse(words("--help")) else { panic!("no help") };
    for heading in ["Line:", "Screen:", "Network:", "Session:", "Set-up:", "Commands:"] {
        assert!(help.contains(heading) && long.contains(heading), "{heading}");
    }
    for word in ["--set7", "--wait-prompt", "Exit codes:", "listen://"] {
        assert!(long.contains(word) && !help.contains(word), "{word}");
    }
}

#[test]
fn a_commands_help_shows_only_what_it_takes() {
    let Ok(Parsed::Say(help)) = parse(words("ports --help")) else { panic!("no help") };
    assert!(help.contains("--json") && help.contains("--config") && !help.contains("--baud"), "{help}");
    let Ok(Parsed::Say(help)) = parse(words("phonebook add --help")) else { panic!("no help") };
    assert!(help.contains("--screen") && help.contains("--note") && !help.contains("--theme"), "{help}");
}

#[test]
fn clap_finds_no_fault_with_the_definition() {
    petterm::cli::args::command().debug_assert();
}

fn petterm(line: &str, variables: &[(&str, &str)]) -> Output {
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_petterm"));
    command.args(line.split_whitespace()).stdin(Stdio::null()).env("XDG_CONFIG_HOME", home.path());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("PETTERM_")) {
        command.env_remove(name);
    }
    command.envs(variables.iter().copied()).output().unwrap()
}

#[test]
fn usage_errors_end_with_2_and_one_line_on_stderr() {
    for line in [
        "demo --log-level debug",
        "--baud 0 /dev/ttyNOPE",
        "--nonsense",
        "probe",
        "rfc2217://h:1",
        "ports --baud 3",
        "phonebook",
    ] {
        let out = petterm(line, &[]);
        let stderr = String::from_utf8(out.stderr).unwrap();
        assert_eq!(out.status.code(), Some(2), "{line}: {stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        assert!(stderr.starts_with("petterm: "), "{stderr}");
        assert!(out.stdout.is_empty(), "{line}");
    }
}

#[test]
fn a_variable_is_below_a_flag_and_above_a_profile() {
    let shown = |line: &str| {
        let out = petterm(line, &[("PETTERM_BAUD", "600"), ("PETTERM_NO_RECONNECT", "yes")]);
        assert_eq!(out.status.code(), Some(0), "{}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap()
    };
    let environment = shown("config --profile mcterm");
    assert!(environment.contains("baud = 600 ") && environment.contains("# environment"), "{environment}");
    assert!(
        environment.contains("strip7 = true") && environment.contains("# profile mcterm"),
        "{environment}"
    );
    assert!(environment.contains("no-reconnect = true"), "{environment}");
    let flag = shown("config --profile mcterm --baud 110");
    assert!(flag.contains("baud = 110 ") && flag.contains("# command line"), "{flag}");
    let line = shown("config --line 110-7E1");
    assert!(line.contains("baud = 110 "), "a flag's line goes before a variable's baud: {line}");
}

#[test]
fn a_bad_variable_is_named() {
    let out = petterm("demo", &[("PETTERM_BAUD", "fast")]);
    assert_eq!(out.status.code(), Some(2));
    let stderr = String::from_utf8(out.stderr).unwrap();
    assert!(stderr.contains("PETTERM_BAUD") && stderr.contains("1 to 4000000"), "{stderr}");
}

#[cfg(unix)]
#[test]
fn a_closed_stdout_is_success() {
    for line in ["man", "completions bash", "--help", "config example", "phonebook list"] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let status = Command::new(env!("CARGO_BIN_EXE_petterm"))
            .args(line.split_whitespace())
            .stdin(Stdio::null())
            .stdout(writer)
            .env("XDG_CONFIG_HOME", "/nonexistent")
            .output()
            .unwrap();
        assert_eq!(status.status.code(), Some(0), "{line}: {}", String::from_utf8_lossy(&status.stderr));
        assert!(status.stderr.is_empty(), "{line}: {}", String::from_utf8_lossy(&status.stderr));
    }
}

#[test]
fn the_manual_and_the_completions_know_every_option() {
    let man = String::from_utf8(petterm("man", &[]).stdout).unwrap().replace("\\-", "-");
    let bash = String::from_utf8(petterm("completions bash", &[]).stdout).unwrap();
    for arg in petterm::cli::args::command().get_arguments() {
        let Some(long) = arg.get_long() else { continue };
        assert!(man.contains(&format!("--{long}")), "{long} is not in the manual");
        assert!(bash.contains(&format!("--{long}")), "{long} is not in the completions");
    }
    let of = |command: &str| {
        let block = bash.split_once(&format!("        petterm__subcmd__{command})\n")).expect("a command").1;
        block.lines().next().unwrap().to_owned()
    };
    for (command, offered, refused) in [
        ("recv", "--baud", ["--screen ", "--visual-bell", "--dump"]),
        ("prg__subcmd__info", "--json", ["--baud", "--log", "--script"]),
    ] {
        assert!(of(command).contains(offered), "{command}: {}", of(command));
        for option in refused {
            assert!(!of(command).contains(option), "{command} refuses {option}: {}", of(command));
        }
    }
    assert!(man.find("reset").unwrap() < man.find(".SH LINE").unwrap(), "the way out comes first");
}
