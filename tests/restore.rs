//! The terminal is given back as it was: settings, modes, cursor and main screen, whatever ends the program.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]
#![allow(clippy::disallowed_methods, reason = "an end-to-end test waits for other processes")]

mod common;

use std::fs::File;
use std::io::Write;
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::process::Stdio;
use std::time::Duration;

use common::{Terminal, eventually};
use portable_pty::CommandBuilder;

/// Runs petterm under a shell that prints its terminal's settings before and after.
fn start(target: &str) -> Terminal {
    let mut command = CommandBuilder::new("/bin/sh");
    let program = common::petterm();
    command.args([
        "-c",
        "stty -g; \"$0\" $1; code=$?; stty -g; echo \"ended $code\"; exec sleep 60",
        common::text(&program),
        target,
    ]);
    // The settings before and after must both be readable, so the terminal is large.
    Terminal::run(command, 120, 40, &[])
}

/// The process number of petterm below the shell.
fn petterm_pid(terminal: &Terminal) -> u32 {
    let mut found = None;
    assert!(
        eventually(|| {
            let children = format!("/proc/{0}/task/{0}/children", terminal.pid());
            found = std::fs::read_to_string(children)
                .ok()
                .and_then(|list| list.split_whitespace().next()?.parse().ok());
            found.is_some()
        }),
        "petterm never started"
    );
    found.expect("a process number")
}

fn kill(pid: u32, signal: &str) {
    let status = std::process::Command::new("kill").args([&format!("-{signal}"), &pid.to_string()]).status();
    assert!(status.is_ok_and(|status| status.success()), "kill");
}

/// Everything that was set is reset, and the settings are those from before.
#[track_caller]
fn is_restored(terminal: &Terminal, code: i32) {
    terminal.wait_for(&format!("ended {code}"));
    let settings: Vec<String> = terminal
        .text()
        .lines()
        .filter(|line| line.split(':').count() > 10)
        .map(|line| line.trim().to_owned())
        .collect();
    assert_eq!(settings.len(), 2, "{}", terminal.text());
    assert_eq!(settings[0], settings[1], "the terminal's settings changed");
    terminal.look(|screen| {
        assert!(!screen.alternate_screen(), "still on the alternate screen");
        assert!(!screen.hide_cursor(), "the cursor is hidden");
        assert!(!screen.bracketed_paste(), "bracketed paste is on");
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
    });
    let raw = String::from_utf8_lossy(&terminal.raw()).into_owned();
    let mut modes = std::collections::BTreeMap::new();
    let mut rest = raw.as_str();
    while let Some(at) = rest.find("\x1b[?") {
        rest = &rest[at + 3..];
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != ';').unwrap_or(rest.len());
        let on = rest[end..].starts_with('h');
        if on || rest[end..].starts_with('l') {
            for mode in rest[..end].split(';') {
                modes.insert(mode.to_owned(), on);
            }
        }
    }
    for (mode, on) in &modes {
        assert_eq!(
            *on,
            mode == "25" || mode == "7",
            "mode {mode} was left {}",
            if *on { "on" } else { "off" }
        );
    }
}

fn shown() -> (Terminal, std::net::TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let terminal = start(&listener.local_addr().expect("its address").to_string());
    let (mut far, _) = listener.accept().expect("a call");
    far.write_all(b"on the screen").expect("a greeting");
    terminal.wait_for("on the screen");
    (terminal, far)
}

#[test]
fn after_quit() {
    let (mut terminal, _far) = shown();
    terminal.send(b"\x1dq");
    is_restored(&terminal, 0);
}

#[test]
fn after_an_error() {
    let terminal = start("/dev/ttyNOPE");
    is_restored(&terminal, 3);
}

#[test]
fn after_the_peer_closed_and_a_quit() {
    let (mut terminal, far) = shown();
    drop(far);
    terminal.wait_for("closed");
    terminal.send(b"\x1dq");
    is_restored(&terminal, 0);
}

#[test]
fn row_22_after_signals() {
    for (signal, code) in [("TERM", 143), ("HUP", 129), ("INT", 130), ("QUIT", 131)] {
        let (terminal, _far) = shown();
        kill(petterm_pid(&terminal), signal);
        is_restored(&terminal, code);
    }
}

#[test]
fn a_typed_control_c_is_the_far_ends() {
    let (mut terminal, mut far) = shown();
    terminal.send(b"\x03");
    let mut byte = [0];
    std::io::Read::read_exact(&mut far, &mut byte).expect("the key");
    assert_eq!(byte, [3]);
    terminal.send(b"\x1dq");
    is_restored(&terminal, 0);
}

/// A terminal whose master has one handle only, so that dropping it takes the terminal away.
fn bare_terminal() -> (OwnedFd, File) {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    let master =
        openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).expect("a pseudo-terminal");
    grantpt(&master).expect("granted");
    unlockpt(&master).expect("unlocked");
    let name = ptsname(&master, Vec::new()).expect("its name");
    let size = rustix::termios::Winsize { ws_row: 32, ws_col: 100, ws_xpixel: 0, ws_ypixel: 0 };
    rustix::termios::tcsetwinsize(&master, size).expect("a size");
    let slave =
        File::options().read(true).write(true).open(name.to_str().expect("a path")).expect("the near end");
    (master, slave)
}

/// A front end whose session fails: run by the test below in a terminal of its own.
#[test]
fn child_that_panics() {
    use petterm::engine::{Command, Mode, Session, SessionConfig, Snapshot};
    use petterm::time::Stamp;
    use petterm::ui::front::{self, Look, Start, Theme};
    use petterm::ui::tui::{Events, run};
    use std::path::PathBuf;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    struct Failing(Arc<Snapshot>, AtomicU32);
    impl front::Session for Failing {
        fn command(&self, _: Command) {}
        fn snapshot(&self) -> Arc<Snapshot> {
            assert!(self.1.fetch_add(1, Ordering::Relaxed) < 3, "a part of the program failed");
            Arc::clone(&self.0)
        }
        fn log(&self, _: Option<PathBuf>) -> Result<(), String> {
            Ok(())
        }
        fn capture(&self, _: Option<PathBuf>) -> Result<(), String> {
            Ok(())
        }
        fn log_file(&self) -> Option<PathBuf> {
            None
        }
        fn transfer(&self, _: front::TransferOrder) -> Result<(), String> {
            Ok(())
        }
    }

    if std::env::var_os("PETTERM_TEST_PANIC").is_none() {
        return;
    }
    let setup = petterm::cli::plan::Setup {
        flags: petterm::cli::settings::PartialSettings::default(),
        environment: petterm::cli::settings::PartialSettings::default(),
        profile: None,
        config: petterm::cli::config::Config::default(),
        book_path: None,
    };
    let config: SessionConfig = setup.resolve(&"demo:".parse().unwrap(), None).unwrap().session;
    let picture = Session::new(config, Mode::Attended, Stamp::ZERO).unwrap().snapshot(Stamp::ZERO);
    let look = Look {
        theme: Theme::Green,
        glyphs: petterm::petscii::GlyphTier::Unicode,
        no_colour: false,
        visual_bell: false,
        directory: PathBuf::from("."),
    };
    let shell = petterm::cli::services::Shell { setup };
    let _ = run(&Failing(Arc::new(picture), AtomicU32::new(0)), &shell, look, Events::new(), Start::Session);
}

#[test]
fn row_22_after_a_panic() {
    let mut command = CommandBuilder::new("/bin/sh");
    command.args([
        "-c",
        "stty -g; \"$0\" --exact child_that_panics --nocapture >/dev/tty 2>/tmp/petterm-panic-$$; code=$?; \
         rm -f /tmp/petterm-panic-$$; stty -g; echo \"ended $code\"; exec sleep 60",
        common::text(&std::env::current_exe().unwrap()),
    ]);
    let terminal = Terminal::run(command, 120, 40, &[("PETTERM_TEST_PANIC", "1")]);
    is_restored(&terminal, 101);
    let raw = String::from_utf8_lossy(&terminal.raw()).into_owned();
    assert!(raw.contains("\x1b[?1049h"), "the front end never took the terminal");
}

#[test]
fn a_vanished_terminal_ends_the_process() {
    let (master, slave) = bare_terminal();
    let copy = || Stdio::from(slave.try_clone().expect("a handle"));
    let mut child = common::command()
        .args(["demo", "--baud", "9600"])
        .env("TERM", "xterm")
        .stdin(copy())
        .stdout(copy())
        .stderr(copy())
        .spawn()
        .expect("the program starts");
    drop(slave);
    let mut seen = Vec::new();
    let mut buffer = [0; 4_096];
    while !String::from_utf8_lossy(&seen).contains("choice?") {
        let count = rustix::io::read(&master, &mut buffer).expect("its picture");
        seen.extend_from_slice(&buffer[..count]);
    }
    drop(master);
    let mut ended = None;
    common::eventually_within(Duration::from_secs(4), || {
        ended = child.try_wait().ok().flatten();
        ended.is_some()
    });
    let _ = child.kill();
    assert!(ended.is_some(), "it lives on without a terminal");
}

#[test]
fn a_terminal_that_takes_nothing_does_not_hold_up_a_signal() {
    // Nobody reads this terminal's output: writes to it block in the end.
    let pair = portable_pty::native_pty_system()
        .openpty(portable_pty::PtySize { rows: 60, cols: 200, pixel_width: 0, pixel_height: 0 })
        .expect("a pseudo-terminal");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let mut command = CommandBuilder::new(common::petterm());
    command.args([&listener.local_addr().expect("its address").to_string(), "--raw"]);
    command.env("TERM", "xterm");
    command.env("PETTERM_NO_CONFIG", "1");
    let mut child = pair.slave.spawn_command(command).expect("the program starts");
    drop(pair.slave);
    let (mut far, _) = listener.accept().expect("a call");
    for round in 0..200 {
        let text = format!("\x1b[{};{}H{}", round % 25 + 1, round % 70 + 1, "x".repeat(70));
        far.write_all(text.as_bytes()).expect("bytes");
        common::eventually_within(Duration::from_millis(20), || false);
    }
    let pid = child.process_id().expect("a process number");
    kill(pid, "TERM");
    let mut ended = None;
    common::eventually_within(Duration::from_secs(10), || {
        ended = child.try_wait().ok().flatten();
        ended.is_some()
    });
    let _ = child.kill();
    assert!(ended.is_some(), "a blocked terminal kept it alive");
}
