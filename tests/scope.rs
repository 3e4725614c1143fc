//! `petterm scope`: the figure of the character 0, other lines, and what goes wrong.
//!
//! The pictures in `tests/drawn/` are the standard; `PETTERM_BLESS=1 cargo test --test scope` writes them anew; look
//! at the difference before it is kept.

#![cfg(all(feature = "serial", feature = "tui"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test helpers fail loudly")]
#![allow(clippy::disallowed_methods, reason = "an end-to-end test waits for other processes")]

mod common;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use common::{Terminal, command, directory, text};

const ZERO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/zero.vcd");
const HELLO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/hello.vcd");

fn run(args: &[&str]) -> Output {
    command().args(args).stdin(Stdio::null()).output().expect("the program runs")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What it writes to stdout; it must end well.
#[track_caller]
fn out(args: &[&str]) -> String {
    let output = run(args);
    assert_eq!(output.status.code(), Some(0), "{args:?}: {}", stderr(&output));
    String::from_utf8(output.stdout).expect("text")
}

#[track_caller]
fn fails(args: &[&str], code: i32, words: &[&str]) {
    let output = run(args);
    let stderr = stderr(&output);
    assert_eq!(output.status.code(), Some(code), "{args:?}: {stderr}");
    for word in words {
        assert!(stderr.contains(word), "{args:?}: '{word}' is not in: {stderr}");
    }
    assert!(!output.status.success() && output.stdout.is_empty(), "{args:?}");
}

#[track_caller]
fn golden(name: &str, seen: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/drawn").join(name);
    if std::env::var_os("PETTERM_BLESS").is_some() {
        fs::write(&path, seen).expect("the golden file is written");
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == seen, "{} differs; it is now:\n{seen}", path.display());
}

#[test]
fn the_figure_of_a_zero_upright_and_inverted() {
    golden("zero.txt", &out(&["scope", ZERO, "--line", "300-8N1"]));
    golden("zero-40.txt", &out(&["scope", ZERO, "--line", "300-8N1", "--cols", "40"]));
    golden("zero-ascii.txt", &out(&["scope", ZERO, "--line", "300-8N1", "--glyphs", "ascii"]));
    golden("zero.svg", &out(&["scope", ZERO, "--line", "300-8N1", "--svg", "-"]));
}

#[test]
fn no_row_is_wider_than_was_asked_for() {
    for (columns, limit) in [("40", 40), ("80", 80)] {
        for file in [ZERO, HELLO] {
            let drawn = out(&["scope", file, "--line", "300-8N1", "--cols", columns]);
            let widest = drawn.lines().map(|line| line.chars().count()).max();
            assert!(widest <= Some(limit), "{file} at {columns}:\n{drawn}");
        }
    }
    let ascii = out(&["scope", HELLO, "--glyphs", "ascii"]);
    assert!(ascii.is_ascii(), "{ascii}");
}

#[test]
fn a_picture_is_a_new_file_of_the_right_size() {
    let directory = directory();
    let (png, svg) = (directory.path().join("zero.png"), directory.path().join("zero.svg"));
    let both = ["scope", ZERO, "--line", "300-8N1", "--png", text(&png), "--svg", text(&svg)];
    assert_eq!(out(&both), "", "pictures alone say nothing");
    let mut reader =
        png::Decoder::new(std::io::BufReader::new(fs::File::open(&png).unwrap())).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).expect("a whole picture");
    assert_eq!(info.width, 2000);
    let drawn = fs::read_to_string(&svg).unwrap();
    assert!(drawn.contains(&format!("height=\"{}\"", info.height / 2)), "both are one drawing");
    fails(&both, 6, &["exists"]);
}

#[test]
fn lines_of_several_files_begin_together() {
    let directory = directory();
    // The same character, 15 ms and 700 ms after the begin of its file.
    let file = |name: &str, begin: u64, rest: u8| {
        let path = directory.path().join(name);
        let mut vcd = "$timescale 1 us $end\n$var wire 1 ! TX $end\n$enddefinitions $end\n".to_owned();
        writeln!(vcd, "#0 {rest}!").unwrap();
        for (edge, at) in [0, 16_667, 23_333, 30_000].into_iter().enumerate() {
            writeln!(vcd, "#{} {}!", begin + at, (edge as u8 + 1 + rest) % 2).unwrap();
        }
        writeln!(vcd, "#{}", begin + 60_000).unwrap();
        fs::write(&path, vcd).unwrap();
        path
    };
    let (up, down) = (file("up.vcd", 15_000, 1), file("down.vcd", 700_000, 0));
    let channel = format!("{}#TX", text(&down));
    let drawn = out(&["scope", text(&up), &channel, "--line", "300-8N1"]);
    let starts: Vec<usize> = drawn
        .lines()
        .filter(|line| line.contains("│ S │ 0 │ 0") && !line.contains("wrong"))
        .map(|line| line.chars().position(|c| c == 'S').unwrap())
        .collect();
    assert_eq!(starts.len(), 2, "{drawn}");
    assert_eq!(starts[0], starts[1], "{drawn}");
    assert!(drawn.contains("up.vcd#TX  idle high") && drawn.contains("down.vcd#TX  idle low"), "{drawn}");
}

#[test]
fn the_format_is_found_and_told() {
    let output = run(&["scope", HELLO]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stderr(&output).contains("300-8N1"), "{}", stderr(&output));
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("300-8N1, 1 bit = 3.333 ms"));
    // Too little to be sure of is drawn, and said.
    let output = run(&["scope", ZERO]);
    assert!(stderr(&output).contains("not enough evidence"), "{}", stderr(&output));
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn the_window_is_where_it_is_asked_for() {
    let third = out(&["scope", HELLO, "--line", "300-8N1", "--at", "#3", "--span", "14"]);
    assert!(third.contains("$4C = 76, ASCII 'L'"), "{third}");
    let late = out(&["scope", HELLO, "--line", "300-8N1", "--at", "1s"]);
    assert!(late.contains("0 is at 1"), "{late}");
    let before = out(&["scope", HELLO, "--line", "300-8N1", "--at", "-20ms", "--span", "5"]);
    assert!(before.contains("0 is at -20 ms"), "{before}");
    for (at, words) in
        [("3", "unit"), ("#0", "from 1"), ("#99", "frames"), ("soon", "unit"), ("1e300s", "unit")]
    {
        fails(&["scope", HELLO, "--line", "300-8N1", "--at", at], 2, &[words]);
    }
    for span in ["0", "-1", "nan", "1e99"] {
        fails(&["scope", HELLO, "--line", "300-8N1", "--span", span], 2, &["number"]);
    }
}

#[test]
fn failed_and_doubtful_bits_are_marked() {
    let directory = directory();
    let (bytes, file) = (directory.path().join("bytes"), directory.path().join("odd.vcd"));
    fs::write(&bytes, "AB").unwrap();
    out(&["encode", text(&bytes), "--line", "300-7E1", "-o", text(&file)]);
    let drawn = out(&["scope", text(&file), "--line", "300-7O1", "--span", "14"]);
    assert!(drawn.contains("parity error") && drawn.contains('X'), "{drawn}");
    let slow = directory.path().join("slow.vcd");
    out(&["encode", text(&bytes), "--line", "300-8N1", "--baud-error", "-4", "-o", text(&slow)]);
    let drawn = out(&["scope", text(&slow), "--line", "300-8N1", "--span", "14"]);
    assert!(drawn.contains('○') && drawn.contains("(-4.00 %)"), "{drawn}");
}

#[test]
fn a_long_recording_is_held_in_part_and_says_so() {
    let directory = directory();
    let file = directory.path().join("long.vcd");
    let mut vcd = "$timescale 1 us $end\n$var wire 1 ! TX $end\n$enddefinitions $end\n#0 1!\n".to_owned();
    // 55 hex without a pause at 9600 baud: an edge each bit.
    for edge in 1..=600_000u64 {
        writeln!(vcd, "#{} {}!", edge * 625 / 6, (edge % 2) ^ 1).unwrap();
    }
    fs::write(&file, vcd).unwrap();
    let first = out(&["scope", text(&file), "--line", "9600-8N1"]);
    assert!(first.contains("only the first 250000 edges are held"), "{first}");
    let late = out(&["scope", text(&file), "--line", "9600-8N1", "--at", "60s"]);
    assert!(late.contains("$55") && !late.contains("250000 edges"), "{late}");
}

#[test]
fn simulated_lines_are_played_and_drawn() {
    let demo = out(&["scope", "demo:", "--at", "#1"]);
    assert!(demo.contains("TX, what we send") && demo.contains("RX, what we hear  idle low"), "{demo}");
    let looped = out(&["scope", "loop:", "--script", "send:HI sleep:200"]);
    assert_eq!(looped.matches("'H'").count(), 2, "on both lines:\n{looped}");
    let target = format!("play:{HELLO}");
    let played = out(&["scope", &target, "--line", "300-8N1"]);
    assert!(played.contains("'H'"), "{played}");
}

#[test]
fn what_cannot_be_shown_says_what_to_do() {
    fails(&["scope"], 2, &["FILE"]);
    fails(&["scope", "no-such-file.vcd"], 3, &["no-such-file.vcd"]);
    fails(&["scope", ZERO, "--channel", "sideways"], 2, &["upright", "inverted"]);
    let wrong = format!("{ZERO}#sideways");
    fails(&["scope", &wrong, "--line", "300-8N1"], 2, &["upright"]);
    fails(&["scope", ZERO, "--baud", "300"], 2, &["--baud means nothing"]);
    fails(&["scope", ZERO, "--script", "quit"], 2, &["--script means nothing"]);
    fails(&["scope", ZERO, "--dump", "text"], 2, &["--dump means nothing"]);
    fails(&["scope", ZERO, "--text", "--svg", "-"], 2, &["stdout"]);
    fails(&["scope", "demo:", ZERO], 2, &["one target"]);
    fails(&["scope", "demo:", "--channel", "TX"], 2, &["play:FILE#CHANNEL"]);
    fails(&["scope", "loop:"], 2, &["--script"]);
    fails(&["scope", "localhost:1"], 2, &["--record"]);
    let directory = directory();
    let still = directory.path().join("still.vcd");
    fs::write(&still, "$timescale 1 us $end\n$var wire 1 ! TX $end\n$enddefinitions $end\n#0 1!\n#900\n")
        .unwrap();
    fails(&["scope", text(&still)], 5, &["not enough evidence", "--line"]);
    let drawn = out(&["scope", text(&still), "--line", "300-8N1"]);
    assert!(drawn.contains("0 frames"), "{drawn}");
    let broken = directory.path().join("broken.vcd");
    fs::write(&broken, "$timescale 1 us $end\n$var wire 1 ! TX $end\n$enddefinitions $end\n#0 1!\n#x\n")
        .unwrap();
    fails(&["scope", text(&broken), "--line", "300-8N1"], 5, &["broken.vcd"]);
}

// ---- on a terminal ------------------------------------------------------------------------------------

fn look_around(cols: u16, rows: u16, env: &[(&str, &str)]) -> Terminal {
    let terminal = Terminal::start_with(&["scope", HELLO, "--line", "300-8N1"], cols, rows, env);
    terminal.wait_for("'H'");
    terminal
}

#[test]
fn a_recording_is_looked_around_in() {
    let mut terminal = look_around(80, 24, &[]);
    terminal.send(b"?");
    terminal.wait_for("keys of the scope");
    terminal.send(b" ");
    terminal.wait_gone("keys of the scope");
    terminal.send(b"/LLO\r");
    terminal.wait_for("found");
    terminal.wait_for("'L'");
    terminal.wait_gone("'H'");
    terminal.send(b"z");
    terminal.wait_for("$4C = 76");
    terminal.send(b"a.b..");
    terminal.wait_for("1/dt");
    terminal.send(b"e");
    terminal.wait_for("laid over one another");
    terminal.send(b"\x1b");
    terminal.wait_gone("laid over one another");
    terminal.send(b"n");
    terminal.wait_for("no error that way");
    terminal.send(b"q");
    assert_eq!(terminal.exit_code(), Some(0));
}

#[test]
fn forty_columns_a_resize_and_no_colour_are_enough() {
    let mut terminal = look_around(40, 24, &[("NO_COLOR", "1")]);
    terminal.wait_for("idle high");
    terminal.look(|screen| {
        for (row, col) in (0..24).flat_map(|row| (0..40).map(move |col| (row, col))) {
            let cell = screen.cell(row, col).expect("a cell");
            assert_eq!(cell.fgcolor(), vt100::Color::Default, "{row},{col}");
        }
    });
    for (cols, rows) in [(1, 1), (9, 3), (200, 60), (80, 5)] {
        terminal.resize_unseen(cols, rows);
        std::thread::sleep(std::time::Duration::from_millis(40));
    }
    terminal.resize(80, 24);
    terminal.wait_for("? keys");
    terminal.send(b"\x03");
    assert_eq!(terminal.exit_code(), Some(0));
}

#[test]
fn a_locale_without_utf_8_gets_ascii_only() {
    let terminal = look_around(80, 24, &[("LC_ALL", "C"), ("LANG", "C")]);
    assert!(terminal.raw().is_ascii());
}

#[test]
fn the_session_shows_its_wire() {
    let mut terminal = Terminal::start(&["demo", "--baud", "1200"], 100, 32);
    terminal.wait_for("choice?");
    terminal.send(b"\x1dw");
    terminal.wait_for("RX, what we hear  idle low");
    terminal.wait_for("frames, 1200 baud");
    terminal.send(b" ");
    terminal.wait_for("HELD");
    terminal.send(b"q");
    terminal.wait_for("choice?");
    terminal.send(b"\x1dq");
    assert_eq!(terminal.exit_code(), Some(0));
}

#[test]
fn a_live_target_on_a_terminal_begins_with_its_scope() {
    let mut terminal = Terminal::start(&["scope", "demo:"], 100, 32);
    terminal.wait_for("RX, what we hear");
    terminal.send(b"q");
    terminal.wait_for("choice?");
    terminal.send(b"\x1dq");
    assert_eq!(terminal.exit_code(), Some(0));
}

#[test]
fn octets_alone_are_drawn_anew_and_labelled_so() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let target = listener.local_addr().expect("its address").to_string();
    let mut terminal = Terminal::start(&[&target, "--raw"], 100, 32);
    let (mut far, _) = listener.accept().expect("a call");
    terminal.wait_for("connected");
    terminal.send(b"\x1dw");
    terminal.wait_for("live");
    std::io::Write::write_all(&mut far, b"HELLO").expect("bytes");
    terminal.wait_for("reconstructed");
    terminal.wait_for("'O'");
}

/// The figure of the documents is what the command makes.
#[test]
fn the_picture_of_the_documents_is_up_to_date() {
    let kept = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/scope.svg");
    let drawn = out(&["scope", ZERO, "--line", "300-8N1", "--svg", "-"]);
    if std::env::var_os("PETTERM_BLESS").is_some() {
        fs::write(&kept, &drawn).unwrap();
    }
    assert_eq!(fs::read_to_string(kept).unwrap_or_default(), drawn);
}
