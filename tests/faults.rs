//! What goes wrong outside, and what the program says of it: exit code, and what, why and what next.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]
#![allow(clippy::disallowed_methods, reason = "an end-to-end test waits for other processes")]

mod common;

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::process::{Command, Output, Stdio};

use common::{command, directory, eventually, petterm, text};
use portable_pty::{MasterPty, PtySize, native_pty_system};

fn run(args: &[&str]) -> Output {
    command().args(args).stdin(Stdio::null()).output().expect("the program runs")
}

/// Runs it and checks the exit code and what stderr says; one line of it.
#[track_caller]
fn fails(args: &[&str], code: i32, words: &[&str]) {
    check(args, &run(args), code, words);
}

#[track_caller]
fn check(args: &[&str], output: &Output, code: i32, words: &[&str]) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{args:?}: {stderr}");
    for word in words {
        assert!(stderr.contains(word), "{args:?}: '{word}' is not in: {stderr}");
    }
    assert_eq!(stderr.lines().count(), 1, "{args:?}: {stderr}");
    assert!(output.stdout.is_empty(), "{args:?}: stdout holds something");
}

fn line() -> (Box<dyn MasterPty + Send>, String) {
    let size = PtySize { rows: 25, cols: 80, pixel_width: 0, pixel_height: 0 };
    let pair = native_pty_system().openpty(size).expect("a pseudo-terminal");
    let name = pair.master.tty_name().expect("its name");
    (pair.master, text(&name).to_owned())
}

#[test]
fn row_1_a_port_that_is_not_there() {
    fails(&["/dev/ttyNOPE"], 3, &["/dev/ttyNOPE", "port"]);
}

#[test]
fn row_1_a_port_that_is_not_there_before_a_terminal() {
    let mut terminal = common::Terminal::start(&["/dev/ttyNOPE"], 80, 24);
    assert_eq!(terminal.exit_code(), Some(3), "{}", terminal.text());
    terminal.wait_for("no such port: /dev/ttyNOPE");
}

#[test]
fn row_2_a_port_that_we_may_not_open() {
    let (_far, near) = line();
    let data = fs::metadata(&near).expect("the port");
    let directory = directory();
    let program = directory.path().join("petterm");
    fs::copy(petterm(), &program).expect("a copy that another user can run");
    for path in [directory.path(), &program] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("permissions");
    }
    // As a distribution gives it to its users: to the group dialout, which is 20 on Debian.
    let grouped = std::os::unix::fs::chown(&near, None, Some(20)).is_ok();
    let mode = if grouped { 0o660 } else { 0o000 };
    fs::set_permissions(&near, fs::Permissions::from_mode(mode)).expect("permissions");
    let mut command = Command::new(&program);
    command.env("PETTERM_NO_CONFIG", "1").arg(&near).stdin(Stdio::null()).current_dir("/");
    if rustix::process::geteuid().is_root() {
        // Root may open everything; nobody may not.
        command.uid(65_534).gid(65_534);
    }
    let output = command.output().expect("the program runs");
    let advice: &[&str] = if grouped { &["dialout", "usermod -aG", "log out"] } else { &["setfacl"] };
    check(&[&near], &output, 4, &[&[near.as_str()], advice].concat());
    assert_eq!(fs::metadata(&near).expect("the port").ino(), data.ino());
}

#[test]
fn row_3_a_port_that_another_program_has() {
    let (mut far, near) = line();
    let mut first =
        command().arg(&near).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("a first");
    let holds = || run(&["ports", "--json"]).status.success() && holder(&near, first.id());
    assert!(eventually(holds), "the first never opened the port");
    let pid = first.id().to_string();
    fails(&[&near], 4, &[&near, "petterm", &pid]);
    // Nothing but what the first sends is on the line.
    first.stdin.take().expect("its stdin").write_all(b"first").expect("a line");
    let mut seen = [0; 5];
    let mut reader = far.try_clone_reader().expect("a reader");
    std::io::Read::read_exact(&mut reader, &mut seen).expect("its bytes");
    assert_eq!(&seen, b"first");
    first.kill().expect("the first ends");
    first.wait().expect("the first ended");
    let _ = far.take_writer();
    let _ = &mut far;
}

fn holder(near: &str, pid: u32) -> bool {
    fs::read_dir(format!("/proc/{pid}/fd")).is_ok_and(|files| {
        files.flatten().any(|file| fs::read_link(file.path()).is_ok_and(|path| path.to_str() == Some(near)))
    })
}

#[test]
fn row_23_a_killed_session_leaves_no_lock() {
    let (_far, near) = line();
    let mut first =
        command().arg(&near).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("a first");
    assert!(eventually(|| holder(&near, first.id())), "the first never opened the port");
    first.kill().expect("kill -9");
    first.wait().expect("it ended");
    let output = command().args([&near, "--timeout", "0.2"]).stdin(Stdio::null()).output().expect("a second");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn row_4_what_is_no_serial_device_is_left_alone() {
    let directory = directory();
    let file = directory.path().join("letter.txt");
    fs::write(&file, "dear PET").expect("a file");
    for path in [text(&file), text(directory.path()), "/dev/null"] {
        fails(&[path], 2, &[path, "not a serial device"]);
    }
    assert_eq!(fs::read_to_string(&file).expect("the file"), "dear PET");
}

#[test]
fn row_5_a_rate_that_is_none_is_refused_before_anything_is_opened() {
    for baud in ["0", "-5", "9999999999", "abc"] {
        fails(&["/dev/ttyNOPE", "--baud", baud], 2, &["1 to 4000000"]);
    }
}

#[test]
fn flags_of_later_versions_are_refused() {
    for flag in ["--map", "--nonsense"] {
        let output = run(&["demo", flag]);
        assert_eq!(output.status.code(), Some(2), "{flag}");
    }
    for word in ["rom", "modem"] {
        fails(&[word], 2, &[word, "not in this version"]);
    }
}

#[test]
fn virtual_time_is_refused_on_a_real_line() {
    fails(&["/dev/ttyNOPE", "--fast"], 2, &["--fast", "demo:"]);
}

#[test]
fn row_20_a_log_that_cannot_be_written() {
    fails(&["loop:", "--log=/nonexistent/dir/log", "--timeout", "1"], 6, &["/nonexistent/dir/log"]);
    fails(&["demo", "--debug-log", "/nonexistent/dir/log"], 6, &["/nonexistent/dir/log"]);
}

#[test]
fn row_28_without_a_terminal_there_is_no_start_screen() {
    fails(&[], 2, &["terminal", "demo:"]);
}

#[test]
fn row_28_a_dumb_terminal_gets_advice() {
    let mut terminal = common::Terminal::start_with(&["demo"], 80, 24, &[("TERM", "dumb")]);
    assert_eq!(terminal.exit_code(), Some(2));
    terminal.wait_for("TERM");
    assert!(!terminal.raw().contains(&0x1B), "an escape on a dumb terminal");
}

#[test]
fn row_31_an_error_in_the_config_file_has_its_place() {
    let directory = directory();
    let file = directory.path().join("config.toml");
    for (content, words) in [
        ("baud = 300\nbaudd = 1\n", ["2:1", "baud"]),
        ("baud = \"fast\"\n", ["1:8", "baud"]),
        ("baud = \n", ["1:", "config.toml"]),
    ] {
        fs::write(&file, content).expect("a file");
        let output = Command::new(petterm())
            .env_remove("PETTERM_NO_CONFIG")
            .args(["--config", text(&file), "demo", "--fast", "--dump", "text"])
            .stdin(Stdio::null())
            .output()
            .expect("the program runs");
        check(&[content], &output, 2, &words);
    }
}

#[test]
fn row_32_a_host_that_refuses_or_is_not_there() {
    let port =
        TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port();
    let refused = format!("127.0.0.1:{port}");
    fails(&[&refused], 7, &[&refused, "refused"]);
    fails(&["no.such.host.invalid:6400"], 7, &["no.such.host.invalid"]);
    fails(&["phonbook"], 7, &["petterm phonebook"]);
}

#[test]
fn a_script_that_waits_in_vain_shows_the_screen() {
    let output = run(&["demo", "--fast", "--script", "wait:NEVER"]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(7), "{stderr}");
    assert!(stderr.contains("'NEVER'") && stderr.lines().count() > 20, "{stderr}");
}

#[test]
fn a_script_that_means_nothing_is_refused_with_its_word() {
    fails(&["demo", "--fast", "--script", "wait:A snd:B"], 2, &["word 2", "snd:B"]);
}

#[test]
fn a_closed_stdout_is_success() {
    let mut child = command()
        .args(["demo", "--fast", "--dump", "text"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_picture_for_stdout_before_a_terminal() {
    let directory = directory();
    let file = directory.path().join("a.seq");
    fs::write(&file, b"HELLO").unwrap();
    let mut terminal = common::Terminal::start(&["view", text(&file), "--png", "-"], 80, 24);
    assert_eq!(terminal.exit_code(), Some(2), "{}", terminal.text());
    terminal.wait_for("name a file");
}
