//! The program as a person sees it: in a terminal, parsed by `vt100`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]
#![allow(clippy::disallowed_methods, reason = "an end-to-end test waits for other processes")]

mod common;

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;

use common::{Terminal, directory, eventually, text};

const PREFIX: &[u8] = b"\x1d";

fn press(terminal: &mut Terminal, key: &[u8]) {
    terminal.send(PREFIX);
    terminal.send(key);
}

#[test]
fn the_demo_answers_and_says_goodbye() {
    let mut terminal = Terminal::start(&["demo", "--baud", "9600"], 100, 32);
    terminal.wait_for("choice?");
    terminal.send(b"3");
    terminal.wait_for("any key");
    terminal.send(b" ");
    terminal.wait_gone("any key");
    terminal.wait_for("choice?");
    terminal.send(b"g");
    terminal.wait_for("CARRIER");
    press(&mut terminal, b"q");
    assert_eq!(terminal.exit_code(), Some(0));
}

#[test]
fn the_status_line_shows_all_three_axes() {
    let terminal = Terminal::start(&["demo", "--baud", "9600"], 120, 32);
    terminal.wait_for("9600-8N1");
    for word in ["demo:", "8032-safe", "petscii", "idle low"] {
        terminal.wait_for(word);
    }
}

/// From the board's menu to the beginning of a download.
fn fetch_by_punter(terminal: &mut Terminal, save_as: &str) {
    terminal.send(b"4");
    terminal.wait_for("XMODEM");
    terminal.send(b"1");
    terminal.wait_for("a minute");
    press(terminal, b"d");
    terminal.wait_for("< punter >");
    terminal.send(b"\x1b[B");
    terminal.send(save_as.as_bytes());
    terminal.send(b"\r");
}

#[test]
fn a_newcomer_fetches_the_boards_program_and_overwrites_nothing() {
    let folder = directory();
    let file = folder.path().join("wave");
    let mut terminal = Terminal::start(&["demo", "--baud", "9600"], 80, 25);
    terminal.wait_for("choice?");
    fetch_by_punter(&mut terminal, text(&file));
    terminal.wait_for("is complete");
    let gift = include_bytes!("../assets/board/gift.prg");
    // Its type came over the wire.
    assert_eq!(fs::read(file.with_extension("prg")).unwrap(), gift);
    terminal.wait_for("-- any key");
    // The first key is for the report alone.
    terminal.send(b" ");
    terminal.wait_gone("is complete");
    terminal.wait_for("-- any key");
    terminal.send(b" ");
    terminal.wait_for("Goodbye");
    // And again: what is there is not overwritten, and another name is offered.
    fs::write(file.with_extension("prg"), b"mine").unwrap();
    fetch_by_punter(&mut terminal, text(&file));
    terminal.wait_for("wave is taken, wave-1 is free");
    terminal.send(b"\r");
    terminal.wait_for("is complete");
    assert_eq!(fs::read(file.with_extension("prg")).unwrap(), b"mine");
    assert_eq!(fs::read(folder.path().join("wave-1.prg")).unwrap(), gift);
    press(&mut terminal, b"q");
    assert_eq!(terminal.exit_code(), Some(0));
}

#[test]
fn help_lists_the_keys() {
    let mut terminal = Terminal::start(&["demo", "--baud", "9600"], 100, 60);
    terminal.wait_for("choice?");
    press(&mut terminal, b"?");
    terminal.wait_for("quit");
    let help = terminal.text().to_lowercase();
    for word in ["upload", "download"] {
        assert!(help.contains(word), "'{word}' is not in the help:\n{help}");
    }
    terminal.send(b"\x1b");
    press(&mut terminal, b"q");
    assert_eq!(terminal.exit_code(), Some(0));
}

#[test]
fn without_a_target_the_start_screen_offers_the_demo() {
    let mut terminal = Terminal::start(&[], 100, 32);
    terminal.wait_for("emo");
    press(&mut terminal, b"q");
    assert_eq!(terminal.exit_code(), Some(0));
}

#[test]
fn no_color_means_no_colour() {
    let terminal = Terminal::start_with(&["demo", "--baud", "9600"], 100, 32, &[("NO_COLOR", "1")]);
    terminal.wait_for("choice?");
    terminal.look(|screen| {
        let (rows, cols) = screen.size();
        for row in 0..rows {
            for col in 0..cols {
                let cell = screen.cell(row, col).expect("a cell");
                assert_eq!(cell.fgcolor(), vt100::Color::Default, "{row},{col}");
                assert_eq!(cell.bgcolor(), vt100::Color::Default, "{row},{col}");
            }
        }
    });
}

#[test]
fn the_screen_is_green_by_default() {
    let terminal = Terminal::start(&["demo", "--baud", "9600"], 100, 32);
    terminal.wait_for("choice?");
    let green = terminal.look(|screen| {
        let (rows, cols) = screen.size();
        (0..rows).flat_map(|row| (0..cols).map(move |col| (row, col))).any(|(row, col)| {
            screen.cell(row, col).is_some_and(|cell| cell.fgcolor() == vt100::Color::Rgb(0x41, 0xFF, 0x00))
        })
    });
    assert!(green, "no cell has the phosphor's colour");
}

#[test]
fn a_locale_without_utf_8_gets_ascii_only() {
    let locale = [("LC_ALL", "C"), ("LANG", "C")];
    let terminal = Terminal::start_with(&["demo", "--baud", "9600"], 100, 32, &locale);
    terminal.wait_for("choice?");
    assert!(terminal.raw().is_ascii(), "bytes that this locale cannot show");
}

#[test]
fn a_resize_storm_ends_with_the_picture_whole() {
    let mut terminal = Terminal::start(&["demo", "--baud", "9600"], 100, 32);
    terminal.wait_for("choice?");
    for (cols, rows) in [(1, 1), (500, 200), (2, 1), (80, 24), (1, 200), (500, 1), (20, 5)].repeat(5) {
        terminal.resize_unseen(cols, rows);
        std::thread::sleep(std::time::Duration::from_millis(40));
    }
    terminal.resize_unseen(99, 31);
    std::thread::sleep(std::time::Duration::from_millis(300));
    terminal.resize(100, 32);
    terminal.wait_for("choice?");
    press(&mut terminal, b"q");
    assert_eq!(terminal.exit_code(), Some(0));
}

#[test]
fn a_stopped_session_lends_the_terminal_and_takes_it_again() {
    let mut terminal = Terminal::start(&["demo", "--baud", "9600"], 100, 32);
    terminal.wait_for("choice?");
    terminal.kill("TSTP");
    assert!(eventually(|| terminal.look(|screen| !screen.alternate_screen() && !screen.hide_cursor())));
    terminal.kill("CONT");
    terminal.wait_for("choice?");
    assert!(terminal.look(vt100::Screen::alternate_screen));
    // Keys are keys again, and no lines of the shell's.
    press(&mut terminal, b"?");
    terminal.wait_for("phone book");
    press(&mut terminal, b"q");
    assert_eq!(terminal.exit_code(), Some(0));
}

#[test]
fn a_paste_shows_its_progress_and_escape_cancels_it() {
    let mut terminal = Terminal::start(&["loop:", "--baud", "300"], 100, 32);
    terminal.wait_for("connected");
    terminal.send(b"\x1b[200~");
    for _ in 0..64 {
        terminal.send(&[b'x'; 1_024]);
    }
    terminal.send(b"\x1b[201~");
    terminal.wait_for("of 65,536 bytes");
    terminal.wait_for("xxxx");
    terminal.send(b"\x1b");
    terminal.wait_for("were not");
}

#[test]
fn a_raw_board_and_a_telnet_server_are_told_apart() {
    for (hello, mode) in [(&b"\x93HELLO\r"[..], "raw"), (&b"\xff\xfb\x01HELLO"[..], "telnet")] {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let target = listener.local_addr().expect("its address").to_string();
        let terminal = Terminal::start(&[&target, "--screen", "8032-safe", "--wire", "petscii"], 120, 32);
        let (mut far, _) = listener.accept().expect("a call");
        far.write_all(hello).expect("a greeting");
        terminal.wait_for("hello");
        terminal.wait_for(mode);
    }
}

#[test]
fn a_peer_that_leaves_is_told_of_and_called_again() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let target = listener.local_addr().expect("its address").to_string();
    let mut terminal = Terminal::start(&[&target, "--raw"], 120, 32);
    let (mut far, _) = listener.accept().expect("a call");
    far.write_all(b"first call").expect("a greeting");
    terminal.wait_for("first call");
    drop(far);
    terminal.wait_for("closed");
    press(&mut terminal, b"h");
    let (mut far, _) = listener.accept().expect("a second call");
    far.write_all(b"second call").expect("a greeting");
    terminal.wait_for("second call");
}

#[test]
fn keys_travel_and_come_back() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let target = listener.local_addr().expect("its address").to_string();
    let mut terminal =
        Terminal::start(&[&target, "--raw", "--screen", "8032-safe", "--wire", "petscii"], 120, 32);
    let (mut far, _) = listener.accept().expect("a call");
    terminal.wait_for("connected");
    terminal.send(b"aA\r\x7f\x1b[A");
    let mut keys = [0; 5];
    far.read_exact(&mut keys).expect("the keys");
    assert_eq!(keys, [0x41, 0xC1, 0x0D, 0x14, 0x91]);
}

#[test]
fn log_capture_and_dump_are_written_and_never_over_something() {
    let directory = directory();
    let log = directory.path().join("raw.log");
    fs::write(&log, "kept").expect("an old log");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let target = listener.local_addr().expect("its address").to_string();
    let log_flag = format!("--log={}", text(&log));
    let mut terminal = Terminal::start(&[&target, "--raw", &log_flag], 120, 32);
    let (mut far, _) = listener.accept().expect("a call");
    let all: Vec<u8> = (0..=255).collect();
    far.write_all(&all).expect("bytes");
    far.write_all(b"\r\nseen").expect("bytes");
    terminal.wait_for("seen");
    press(&mut terminal, b"q");
    assert_eq!(terminal.exit_code(), Some(0));
    let logged = fs::read(&log).expect("the log");
    assert_eq!(logged, [b"kept", &all[..], b"\r\nseen"].concat());
}

#[test]
fn a_session_runs_without_a_person_and_prints_what_it_saw() {
    let output = common::command()
        .args(["demo", "--fast", "--dump", "text"])
        .stdin(std::process::Stdio::null())
        .output()
        .expect("the program runs");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let screen = String::from_utf8(output.stdout).expect("text");
    assert_eq!(screen.lines().count(), 25, "{screen}");
    assert!(screen.contains("CARRIER"), "{screen}");
    assert!(screen.lines().all(|line| line.trim_end() == line), "trailing blanks:\n{screen}");
}

#[test]
fn all_byte_values_pass_between_two_pipes() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let target = listener.local_addr().expect("its address").to_string();
    let mut child = common::command()
        .args([&target, "--raw"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("the program runs");
    let (mut far, _) = listener.accept().expect("a call");
    let all: Vec<u8> = (0..=255).collect::<Vec<u8>>().repeat(300);
    let theirs = all.clone();
    let feeder = {
        let mut stdin = child.stdin.take().expect("its stdin");
        std::thread::spawn(move || stdin.write_all(&theirs))
    };
    let mut received = vec![0; all.len()];
    far.read_exact(&mut received).expect("every byte");
    assert!(received == all, "stdin to the far end");
    far.write_all(&all).expect("bytes back");
    drop(far);
    feeder.join().expect("the feeder").expect("stdin taken");
    let output = child.wait_with_output().expect("it ends with the link");
    assert!(output.stdout == all, "the far end to stdout");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_listener_serves_a_caller() {
    let mut child = common::command()
        .args(["listen://127.0.0.1:0", "--raw", "--timeout", "20"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the program runs");
    let mut stderr = child.stderr.take().expect("its stderr");
    let mut said = String::new();
    let mut byte = [0];
    while !said.contains('\n') {
        stderr.read_exact(&mut byte).expect("where it listens");
        said.push(char::from(byte[0]));
    }
    let port =
        said.rsplit(':').next().expect("a port").trim().trim_end_matches(|c: char| !c.is_ascii_digit());
    let mut caller =
        std::net::TcpStream::connect(format!("127.0.0.1:{port}")).unwrap_or_else(|_| panic!("{said}"));
    caller.write_all(b"hello").expect("a greeting");
    drop(caller);
    let output = child.wait_with_output().expect("it ends with the call");
    assert_eq!(output.stdout, b"hello");
}

#[test]
fn a_pseudo_terminal_is_made_linked_and_taken_away() {
    let directory = directory();
    let link = directory.path().join("pet");
    let target = format!("pty:{}", text(&link));
    let mut terminal = Terminal::start(&[&target], 100, 32);
    assert!(eventually(|| link.exists()), "no link:\n{}", terminal.text());
    let mut far = fs::OpenOptions::new().read(true).write(true).open(&link).expect("the far end");
    far.write_all(b"Hello from the far end").expect("bytes");
    terminal.wait_for("Hello from the far end");
    press(&mut terminal, b"q");
    assert_eq!(terminal.exit_code(), Some(0));
    assert!(!link.exists(), "the link stayed");
}
