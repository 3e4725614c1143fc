//! `decode` and `encode`: real captures, round trips, and what goes wrong.

#![cfg(all(feature = "serial", feature = "tui"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test helpers fail loudly")]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

mod common;

use std::fs;
use std::path::PathBuf;
use std::process::{Output, Stdio};

use common::{command, directory, text};
use rstest::rstest;

fn run(args: &[&str]) -> Output {
    command().args(args).stdin(Stdio::null()).output().expect("the program runs")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What it writes to stdout; it must end well.
#[track_caller]
fn out(args: &[&str]) -> Vec<u8> {
    let output = run(args);
    assert_eq!(output.status.code(), Some(0), "{args:?}: {}", stderr(&output));
    output.stdout
}

#[track_caller]
fn fails(args: &[&str], code: i32, words: &[&str]) {
    let output = run(args);
    let stderr = stderr(&output);
    assert_eq!(output.status.code(), Some(code), "{args:?}: {stderr}");
    for word in words {
        assert!(stderr.contains(word), "{args:?}: '{word}' is not in: {stderr}");
    }
    assert_eq!(stderr.lines().count(), 1, "{args:?}: {stderr}");
}

/// A public capture, if they are here.
fn capture(name: &str) -> Option<PathBuf> {
    let shared = std::env::var_os("PETTERM_SHARED")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared")), PathBuf::from);
    let file = shared.join("vectors/waveforms").join(name);
    if file.is_file() {
        return Some(file);
    }
    eprintln!("SKIPPED: {} is not here; PETTERM_SHARED names the folder of captures", file.display());
    None
}

#[rstest]
#[case("hello_world_8n1_1200.sr", "TX", "1200-8N1", b"Hello World!\r\n".repeat(4))]
#[case("hello_world_7e1_115200.sr", "TX", "115200-7E1", b"Hello World!\r\n".repeat(4))]
#[case("uart_count_19200_5n1.sr", "tx", "19200-5N1",
    [31].into_iter().chain((0..32).chain(0..32)).chain([0, 1, 2]).collect())]
#[case("ampel64_4800_8n1_ok.sr", "TX", "4800-8N1", b"AMPEL 64\n".to_vec())]
#[case("max3232e_hello_world_57600_8n1.sr", "MAX3232E DIN1", "57600-8N1", b"Hello world\r\n".repeat(5))]
#[case("max3232e_hello_world_57600_8n1.sr", "MAX3232E DOUT1", "57600-8N1-inv", b"Hello world\r\n".repeat(5))]
#[case("kern_ew_6200-2nm_127_2g_15byte_packet.sr", "RX", "1200-8N2", b"+00127.20 G S\r\n".to_vec())]
#[case("glitch_0x0a.sr", "RX", "115200-8N1", vec![0x0A])]
fn public_captures_say_what_they_say(
    #[case] name: &str,
    #[case] channel: &str,
    #[case] line: &str,
    #[case] bytes: Vec<u8>,
) {
    let Some(file) = capture(name) else { return };
    let decode = ["decode", text(&file), "--channel", channel, "--text"];
    let output = run(&[&decode[..], &["--line", line]].concat());
    assert_eq!(output.stdout, bytes, "{name}");
    assert_eq!((output.status.code(), stderr(&output).as_str()), (Some(0), ""), "{name}");
    for auto in [&[][..], &["--line", "auto"], &["--line=auto"]] {
        let output = run(&[&decode[..], auto].concat());
        let said = stderr(&output);
        if bytes.len() == 1 {
            assert_eq!((output.status.code(), output.stdout.len()), (Some(5), 0), "{name}: {said}");
            assert!(said.contains("not enough evidence") && said.contains("115200-8N1 would fit"), "{said}");
        } else {
            assert_eq!((output.status.code(), output.stdout), (Some(0), bytes.clone()), "{name}: {said}");
            assert!(said.contains(&format!(": {line}, ")) && said.contains("; next "), "{name}: {said}");
        }
    }
}

/// The rates are those of the captures' own clocks, from the length of their longest dense passages.
#[rstest]
#[case("hello_world_8n1_1200.sr", "TX", "1200-8N1", 1200.0, "1200-8N1-inv")]
#[case("hello_world_7e1_115200.sr", "TX", "115200-7E1", 115_188.0, "115200-8N1")]
#[case("uart_count_19200_5n1.sr", "tx", "19200-5N1", 19_231.0, "")]
#[case("ampel64_4800_8n1_ok.sr", "TX", "4800-8N1", 4_794.0, "")]
#[case("max3232e_hello_world_57600_8n1.sr", "MAX3232E DIN1", "57600-8N1", 58_158.0, "")]
#[case("max3232e_hello_world_57600_8n1.sr", "MAX3232E DOUT1", "57600-8N1-inv", 58_158.0, "")]
#[case("kern_ew_6200-2nm_127_2g_15byte_packet.sr", "RX", "1200-8N2", 1_221.0, "")]
fn public_captures_are_named(
    #[case] name: &str,
    #[case] channel: &str,
    #[case] line: &str,
    #[case] rate: f64,
    #[case] next: &str,
) {
    let Some(file) = capture(name) else { return };
    let told: serde_json::Value =
        serde_json::from_slice(&out(&["probe", text(&file), "--channel", channel, "--json"])).unwrap();
    assert_eq!(told["best"]["line"], line, "{told}");
    let measured = told["best"]["baud_measured"].as_f64().unwrap();
    assert!((measured / rate - 1.0).abs() < 0.005, "{told}");
    assert!(next.is_empty() || told["next"]["line"] == next, "{told}");
    assert!(told["next"]["score"].as_f64() < told["best"]["score"].as_f64(), "{told}");
    assert_eq!(told["doubt"], serde_json::Value::Null);
    let words = String::from_utf8(out(&["probe", text(&file)])).unwrap();
    assert!(words.contains("best fit:") && words.contains(&format!(" --line {line}\n")), "{words}");
}

#[test]
fn a_capture_of_volts_that_begins_inside_a_frame() {
    let Some(file) = capture("analog_10700_8n2_excerpt_start_increment.csv") else { return };
    let said = out(&["decode", text(&file), "--line", "10681-8N2", "--hex"]);
    assert_eq!(said, b"1B 00 1B 00 1B 00 1B\n");
    let said = out(&["decode", text(&file), "--line", "10681-8N2", "--hex", "--threshold", "0.8,2.0"]);
    assert_eq!(said, b"1B 00 1B 00 1B 00 1B\n");
}

#[test]
fn a_capture_read_upside_down_is_suspected() {
    let Some(file) = capture("max3232e_hello_world_57600_8n1.sr") else { return };
    let output = run(&["decode", text(&file), "--channel", "MAX3232E DOUT1", "--line", "57600-8N1", "--hex"]);
    assert!(output.stdout.starts_with(b"AB 3A 3A 0A FA 8B 21 1B"));
    assert!(stderr(&output).contains("inverted"), "{}", stderr(&output));
}

#[rstest]
#[case("300-8N1")]
#[case("1200-7E1")]
#[case("9600-8N2-msb")]
#[case("110-5O1.5")]
#[case("4000000-8M1-inv")]
#[case("2400-6S1")]
fn what_is_encoded_is_decoded(#[case] line: &str) {
    let directory = directory();
    let bits = line.split('-').nth(1).unwrap()[..1].parse::<u32>().unwrap();
    let bytes: Vec<u8> = (0..=255_u8).filter(|byte| u32::from(*byte) < 1 << bits).collect();
    let source = directory.path().join("bytes");
    fs::write(&source, &bytes).unwrap();
    let baud: u32 = line.split('-').next().unwrap().parse().unwrap();
    let [four, eight, forty] = [4, 8, 40].map(|times| (times * u64::from(baud)).min(100_000_000).to_string());
    for (name, extra) in [
        ("a.vcd", &[][..]),
        ("b.csv", &["--gap", "2.5"]),
        ("c.vcd", &["--baud-error", "-3", "--gap", "1"]),
        ("e.sr", &[]),
        ("f.sr", &["--rate", &four, "--gap", "0.3"]),
        ("g.wav", &["--rate", &eight]),
        ("h.wav", &["--rate", &four, "--gap", "1.1"]),
        ("i.csv", &["--rate", &eight]),
        ("j.wav", &["--rate", &forty, "--jitter", "0.05", "--seed", "3"]),
        ("d.vcd", &["--jitter", "0.05", "--glitches", "20", "--seed", "7"]),
    ] {
        let file = directory.path().join(name);
        let args = ["encode", text(&source), "--line", line, "-o", text(&file)];
        assert!(out(&[&args[..], extra].concat()).is_empty());
        assert_eq!(out(&["decode", text(&file), "--line", line]), bytes, "{line} {name}");
    }
}

#[test]
fn nine_bits_are_two_bytes_high_one_first() {
    let directory = directory();
    let (source, file) = (directory.path().join("bytes"), directory.path().join("a.csv"));
    fs::write(&source, [1, 0xFF, 0, 0x41]).unwrap();
    let line = ["--line", "9600-9N1"];
    out(&["encode", text(&source), line[0], line[1], "-o", text(&file)]);
    assert_eq!(out(&["decode", text(&file), line[0], line[1]]), [1, 0xFF, 0, 0x41]);
    assert_eq!(out(&["decode", text(&file), line[0], line[1], "--hex"]), b"1FF 041\n");
    fs::write(&source, [1, 0xFF, 0]).unwrap();
    let other = directory.path().join("b.csv");
    fails(&["encode", text(&source), line[0], line[1], "-o", text(&other)], 5, &["two bytes"]);
    assert!(!other.exists());
}

/// 1000 baud 8E1: A, a 42 with wrong parity, a break, a C without its stop bit.
const DAMAGED: &str = "$timescale 1 ms $end $var wire 1 ! RX $end $enddefinitions $end\n\
    #0 1!\n#20 0! #21 1! #22 0! #27 1! #28 0! #30 1!\n#40 0! #42 1! #43 0! #47 1! #48 0! #49 1!\n\
    #60 0! #90 1!\n#120 0! #121 1! #123 0! #127 1! #128 0! #129 1! #130 0! #131 1!\n#160\n";

#[test]
fn json_tells_every_frame_and_text_every_datum() {
    let directory = directory();
    let file = directory.path().join("damaged.vcd");
    fs::write(&file, DAMAGED).unwrap();
    let args = ["decode", text(&file), "--line", "1000-8E1"];
    let output = run(&[&args[..], &["--json"]].concat());
    assert_eq!(output.status.code(), Some(0));
    let frames: Vec<serde_json::Value> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let seen: Vec<_> = frames
        .iter()
        .map(|frame| {
            let flag = |name: &str| frame[name].as_bool().unwrap();
            let number = |name: &str| frame[name].as_i64().unwrap();
            assert!((0.0..=1.0).contains(&frame["margin"].as_f64().unwrap()));
            (number("t_ns"), number("data"), flag("parity_ok"), flag("framing_ok"), flag("break"))
        })
        .collect();
    assert_eq!(seen[0], (20_000_000, 0x41, true, true, false));
    assert_eq!(seen[1], (40_000_000, 0x42, false, true, false));
    assert_eq!((seen[2].0, seen[2].4), (60_000_000, true));
    assert_eq!(seen[3], (120_000_000, 0x43, true, false, false));
    assert_eq!(seen.len(), 4);
    let output = run(&args);
    assert_eq!(output.stdout, b"\x41\x42\x43");
    let said = stderr(&output);
    assert!(said.contains("1 parity error, 1 framing error, 1 break in 3 frames"), "{said}");
}

#[test]
fn times_before_the_trigger_are_below_zero() {
    let directory = directory();
    let file = directory.path().join("a.csv");
    fs::write(&file, "Time [s],A\n-0.05,1\n-0.02,0\n-0.019,1\n0.05,1\n").unwrap();
    let json = out(&["decode", text(&file), "--line", "1000-8N1", "--json"]);
    assert!(json.starts_with(b"{\"t_ns\":-20000000,\"data\":255,"), "{}", String::from_utf8_lossy(&json));
}

#[test]
fn a_frame_that_the_end_cuts_is_told() {
    let directory = directory();
    let file = directory.path().join("a.csv");
    fs::write(&file, "Time [s],A\n0,1\n0.02,0\n0.021,1\n0.025,1\n").unwrap();
    let output = run(&["decode", text(&file), "--line", "1000-8N1"]);
    assert!(output.stdout.is_empty());
    assert!(stderr(&output).contains("no frame, 1 frame or break cut by the end"), "{}", stderr(&output));
}

#[test]
fn nothing_is_written_over() {
    let directory = directory();
    let (source, file) = (directory.path().join("bytes"), directory.path().join("a.vcd"));
    fs::write(&source, "READY.").unwrap();
    let encode = ["encode", text(&source), "--line", "300-8N1", "-o", text(&file)];
    out(&encode);
    let before = fs::read(&file).unwrap();
    fails(&encode, 6, &["a.vcd exists"]);
    let decode = ["decode", text(&file), "--line", "300-8N1", "-o"];
    fails(&[&decode[..], &[text(&source)]].concat(), 6, &["exists"]);
    assert_eq!((fs::read(&file).unwrap(), fs::read(&source).unwrap()), (before, b"READY.".to_vec()));
    let fresh = directory.path().join("fresh");
    assert!(out(&[&decode[..], &[text(&fresh)]].concat()).is_empty());
    assert_eq!(fs::read(&fresh).unwrap(), b"READY.");
}

#[test]
fn what_goes_wrong_is_told() {
    let directory = directory();
    let path = |name: &str, content: &[u8]| {
        let path = directory.path().join(name);
        fs::write(&path, content).unwrap();
        path
    };
    let bad =
        path("bad.vcd", b"$timescale 1 us $end $var wire 1 ! a $end\n$enddefinitions $end\n#0 1!\n#5 what\n");
    let good = path("good.vcd", DAMAGED.as_bytes());
    let zip = path("cut.sr", b"PK\x03\x04cut");
    let line = ["--line", "300-8N1"];
    fails(&["decode", text(&bad), line[0], line[1]], 5, &["bad.vcd: line 4", "'what'"]);
    fails(&["decode", text(&zip), line[0], line[1]], 5, &["cut.sr: ZIP archive"]);
    fails(&["decode", "/nonexistent/a.vcd", line[0], line[1]], 3, &["/nonexistent/a.vcd"]);
    fails(&["decode", text(directory.path()), line[0], line[1]], 2, &["recording"]);
    fails(&["encode", text(&good), "--line", "auto", "-o", "x.vcd"], 2, &["decode", "say --line BAUD-8N1"]);
    fails(&["loop:", "--line=auto"], 2, &["decode", "petterm probe"]);
    fails(&["decode", text(&bad)], 5, &["bad.vcd: line 4", "'what'"]);
    fails(&["decode", text(&good), line[0], line[1], "--channel", "CTS"], 2, &["'CTS'", "'RX'"]);
    fails(&["decode", text(&good), line[0], line[1], "--rate", "1000"], 2, &["--rate"]);
    fails(&["decode", text(&good), line[0], line[1], "--rate", "0"], 2, &["--rate"]);
    fails(&["decode", text(&good), line[0], line[1], "--json", "--hex"], 2, &["--json", "--hex"]);
    fails(&["decode", text(&good), line[0], line[1], "--baud", "300"], 2, &["--baud", "decode"]);
    let far = path(
        "far.vcd",
        b"$timescale 1 s $end $var wire 1 ! a $end $enddefinitions $end #0 1! #99999999999 0!",
    );
    fails(&["decode", text(&far), line[0], line[1]], 5, &["far.vcd", "584 years"]);
    let long = path("long", &[0; 10_000]);
    fails(&["encode", text(&long), "--line", "1-8N1", "-o", "x.vcd", "--gap", "1000000"], 2, &["--gap"]);
    let wide = path("wide", b"ab\xC1");
    let to = directory.path().join("x.vcd");
    fails(&["encode", text(&wide), "--line", "300-7E1", "-o", text(&to)], 5, &["wide: byte 2", "C1"]);
    fails(&["encode", text(&wide), line[0], line[1], "-o", "x.doc"], 2, &["x.doc", ".vcd"]);
    for (name, rate, words) in [
        ("x.wav", "9600", ["too few for 9600 baud", "--rate 28800"]),
        ("x.sr", "28799", ["too few for 9600 baud", "--rate 28800"]),
        ("x.csv", "1", ["too few for 9600 baud", "--rate 28800"]),
        ("x.vcd", "100000", ["nanosecond", "leave out --rate"]),
        ("x.wav", "100000001", ["100 MHz", "lower --rate"]),
        ("x.sr", "100000000000", ["4 GiB", "lower --rate"]),
    ] {
        let to = directory.path().join(name);
        fails(&["encode", text(&long), "--line", "9600-8N1", "-o", text(&to), "--rate", rate], 2, &words);
        assert!(!to.exists());
    }
    fails(&["encode", text(&wide), "-o", text(&to)], 2, &["--line"]);
    fails(&["encode", text(&wide), line[0], line[1], "-o", text(&to), "--jitter", "2"], 2, &["from 0 to 1"]);
    assert!(!to.exists());
}

/// A typed line of a program that idles low, seven bits and mark, as an encoder draws it.
fn mcterm(directory: &std::path::Path) -> PathBuf {
    let (source, file) = (directory.join("typed"), directory.join("pet.vcd"));
    let typed: Vec<u8> = b"HELLO FROM A PET\r".iter().map(|byte| byte | 0x80).collect();
    fs::write(&source, typed).unwrap();
    let line = ["--line", "300-8N1-inv", "--gap", "37.5"];
    out(&[&["encode", text(&source), "-o", text(&file)][..], &line].concat());
    file
}

#[test]
fn probe_names_a_line_its_causes_and_the_commands() {
    let directory = directory();
    let file = mcterm(directory.path());
    let words = String::from_utf8(out(&["probe", text(&file)])).unwrap();
    for part in [
        "best fit:    300 baud, 8N1, idle low, bit 7 always set",
        "17 characters, no errors",
        "also fits:   300-",
        "measured:    300.00 baud",
        "sysa+36",
        "--strip7",
        "pet.vcd --line 300-8N1-inv",
        "petterm PORT --profile mcterm  (= --line 300-8N1-inv --strip7)",
    ] {
        assert!(words.contains(part), "'{part}' is not in:\n{words}");
    }
    let told: serde_json::Value = serde_json::from_slice(&out(&["probe", text(&file), "--json"])).unwrap();
    assert_eq!((&told["idle"], &told["bit7_always_set"]), (&"low".into(), &true.into()), "{told}");
    // What is told to be tried works, up to the file's name.
    let output = run(&["decode", text(&file), "--line", "300-8N1-inv", "--hex"]);
    assert_eq!(output.stdout, b"C8 C5 CC CC CF A0 C6 D2 CF CD A0 C1 A0 D0 C5 D4\n8D\n");
}

#[test]
fn what_decode_finds_out_it_says_and_uses() {
    let directory = directory();
    let file = mcterm(directory.path());
    let output = run(&["decode", text(&file), "--json"]);
    let said = stderr(&output);
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 17);
    assert!(said.contains("300-8N1-inv, 300.00 baud") && said.lines().count() == 1, "{said}");
    // A flag goes before a variable, and so does its word that nothing is known.
    let output = command().args(["decode", text(&file)]).env("PETTERM_LINE", "1200-8N1").output().unwrap();
    assert_ne!(output.stdout.len(), 17);
    let output = command()
        .args(["decode", text(&file), "--line", "auto"])
        .env("PETTERM_LINE", "1200-8N1")
        .output()
        .unwrap();
    assert_eq!(output.stdout.len(), 17, "{}", stderr(&output));
}

#[test]
fn what_probe_cannot_do_it_says() {
    let directory = directory();
    let path = |name: &str, content: &str| {
        let path = directory.path().join(name);
        fs::write(&path, content).unwrap();
        path
    };
    let quiet = path("quiet.csv", "Time [s],A,B\n0,1,0\n1,1,0\n");
    let output = run(&["probe", text(&quiet)]);
    assert_eq!(output.status.code(), Some(5));
    let words = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(words, "high always: A\nlow always:  B\n");
    assert!(stderr(&output).contains("not enough evidence on any channel"));
    let output = run(&["probe", text(&quiet), "--channel", "B"]);
    assert!(String::from_utf8_lossy(&output.stdout).contains("the line is low all the time"));
    fails(&["probe", text(&quiet), "--channel", "C"], 2, &["'C'", "'A'"]);
    fails(&["probe", "/nonexistent/a.vcd"], 3, &["/nonexistent/a.vcd", "No such file"]);
    fails(&["probe", "/dev/null"], 2, &["/dev/null", "not a serial device"]);
    fails(&["probe", text(&path("x", "nothing like it"))], 5, &["x: line 1"]);
    let bad =
        path("bad.vcd", "$timescale 1 us $end $var wire 1 ! a $end\n$enddefinitions $end\n#0 1!\n#5 what\n");
    fails(&["probe", text(&bad)], 5, &["bad.vcd: line 4"]);
    fails(
        &["decode", text(&quiet), "--channel", "A"],
        5,
        &["not enough evidence", "high all the time", "--line"],
    );
}

#[test]
fn a_recording_that_begins_inside_a_character_says_so() {
    let directory = directory();
    let file = directory.path().join("cut.csv");
    fs::write(&file, "Time [s],A\n0,0\n0.001,1\n0.02,0\n0.021,1\n0.05,1\n").unwrap();
    let output = run(&["decode", text(&file), "--line", "1000-8N1", "--hex"]);
    assert_eq!(output.stdout, b"FF\n");
    assert!(stderr(&output).contains("1 beginning inside a character"), "{}", stderr(&output));
}

#[test]
fn a_list_of_changes_ends_with_a_whole_character_if_its_data_bits_are_there() {
    let directory = directory();
    let file = directory.path().join("changes.csv");
    // A line feed, whose last change is to the stop bit.
    let changes = "Time [s],A\n0,1\n0.02,0\n0.022,1\n0.023,0\n0.024,1\n0.025,0\n0.029,1\n";
    fs::write(&file, changes).unwrap();
    let output = run(&["decode", text(&file), "--line", "1000-8N1", "--hex"]);
    assert_eq!((&output.stdout[..], &stderr(&output)[..]), (&b"0A\n"[..], ""));
    // With the last change among the data bits, nobody knows what came then.
    for rest in ["0.0281,1\n", "0.0291,1\n"] {
        fs::write(&file, changes.replace("0.029,1\n", "") + rest).unwrap();
        let output = run(&["decode", text(&file), "--line", "1000-9N1", "--hex"]);
        assert!(output.stdout.is_empty() && stderr(&output).contains("cut by the end"), "{rest}");
    }
}

#[test]
fn a_wrong_rate_is_not_taken_for_a_wrong_polarity() {
    let directory = directory();
    let (file, bytes) = (directory.path().join("text.vcd"), directory.path().join("bytes"));
    fs::write(&bytes, b"THE QUICK BROWN FOX JUMPS OVER THE LAZY DOG").unwrap();
    assert!(run(&["encode", text(&bytes), "--line", "300-8N1", "-o", text(&file)]).status.success());
    let words = stderr(&run(&["decode", text(&file), "--line", "1200-8N1", "--hex"]));
    assert!(words.contains("at another rate") && !words.contains("Add -inv"), "{words}");
    fails(&["decode", "-", "--line", "300-8N1"], 2, &["stdin"]);
}

#[test]
fn advice_on_polarity_fits_what_was_said_and_needs_a_sign() {
    let directory = directory();
    let file = directory.path().join("text.vcd");
    let bytes = directory.path().join("bytes");
    fs::write(&bytes, b"UPRIGHT LINE").unwrap();
    let encoded = run(&["encode", text(&bytes), "--line", "300-8N1", "--gap", "40", "-o", text(&file)]);
    assert!(encoded.status.success(), "{}", stderr(&encoded));
    let output = run(&["decode", text(&file), "--line", "300-8N1-inv", "--hex"]);
    assert!(stderr(&output).contains("Take -inv out of --line"), "{}", stderr(&output));
    // It ends low, and all before is well.
    let cut = directory.path().join("cut.csv");
    fs::write(&cut, "Time [s],A\n0,1\n0.02,0\n0.029,1\n0.03,0\n0.2,0\n").unwrap();
    let output = run(&["decode", text(&cut), "--line", "1000-8N1", "--hex"]);
    assert_eq!(output.stdout, b"00\n", "{}", stderr(&output));
    assert!(!stderr(&output).contains("-inv"), "{}", stderr(&output));
}

#[test]
fn a_rate_that_changes_in_the_middle_is_told() {
    let directory = directory();
    let path = |name: &str| directory.path().join(name);
    fs::write(path("text"), "The quick brown fox jumps over the lazy dog. ".repeat(12)).unwrap();
    let draw = |line: &str, name: &str| {
        let (input, output) = (path("text"), path(name));
        out(&["encode", text(&input), "--line", line, "-o", text(&output)]);
        fs::read_to_string(output).unwrap()
    };
    let (first, then) = (draw("1200-8N1", "first.vcd"), draw("4800-8N1", "then.vcd"));
    let times = |vcd: &str| vcd.split_whitespace().filter_map(|w| w.strip_prefix('#')?.parse().ok()).max();
    let end: u64 = times(&first).unwrap();
    let (_, body) = then.split_once("$enddefinitions $end").unwrap();
    let moved = body.split_whitespace().map(|word| match word.strip_prefix('#') {
        Some(time) => format!("#{}", time.parse::<u64>().unwrap() + end),
        None => word.to_owned(),
    });
    let both = path("both.vcd");
    fs::write(&both, format!("{first}\n{}\n", moved.collect::<Vec<_>>().join("\n"))).unwrap();
    let output = run(&["decode", text(&both), "--line", "1200-8N1"]);
    let words = stderr(&output);
    assert_eq!(output.status.code(), Some(0), "{words}");
    assert!(output.stdout.starts_with(b"The quick brown fox"));
    assert!(words.contains("fit no frame") && words.contains("on it looks like 4800-8N1"), "{words}");
}
