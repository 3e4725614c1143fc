//! What the end-to-end tests share: the built binary in a pseudo-terminal, and the raw bytes that it writes.
#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(clippy::disallowed_methods, reason = "an end-to-end test waits for other processes")]
#![allow(unreachable_pub, reason = "a module of tests")]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// Generous: a test waits for a condition, never for a time.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The built program.
pub fn petterm() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_petterm"))
}

/// The built program, ready for a run with nothing of this machine's settings.
pub fn command() -> Command {
    let mut command = Command::new(petterm());
    command.env("PETTERM_NO_CONFIG", "1").env_remove("NO_COLOR");
    command
}

/// Waits for a condition; false when it never came.
pub fn eventually(mut condition: impl FnMut() -> bool) -> bool {
    eventually_within(PATIENCE, &mut condition)
}

/// Waits for a condition at most this long.
pub fn eventually_within(patience: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    loop {
        if condition() {
            return true;
        }
        if start.elapsed() > patience {
            return false;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A real peer program, or `None` with a loud line when it is not installed; where peers are required
/// (`PETTERM_REQUIRE_PEERS=1`) its absence is a failure.
pub fn peer(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let dirs = std::env::split_paths(&path).chain(["/usr/sbin", "/sbin"].map(PathBuf::from));
    for dir in dirs {
        for name in names {
            let file = dir.join(name);
            if file.is_file() {
                return Some(file);
            }
        }
    }
    missing(names[0]);
    None
}

/// Says loudly that a peer is missing, or fails where it is required.
pub fn missing(name: &str) {
    assert!(
        std::env::var_os("PETTERM_REQUIRE_PEERS").is_none(),
        "{name} is required here (PETTERM_REQUIRE_PEERS is set) and not installed"
    );
    eprintln!("SKIPPED: {name} is not installed; install it to run this test");
}

/// The program in a pseudo-terminal.
pub struct Terminal {
    pub master: Box<dyn MasterPty + Send>,
    pub child: Box<dyn Child + Send + Sync>,
    writer: Box<dyn Write + Send>,
    seen: Arc<Mutex<Seen>>,
}

struct Seen {
    raw: Vec<u8>,
    parser: vt100::Parser,
}

impl Terminal {
    /// Starts petterm with these arguments in a terminal of this size.
    pub fn start(args: &[&str], cols: u16, rows: u16) -> Terminal {
        Terminal::start_with(args, cols, rows, &[])
    }

    /// The same with environment variables.
    pub fn start_with(args: &[&str], cols: u16, rows: u16, env: &[(&str, &str)]) -> Terminal {
        let mut command = CommandBuilder::new(petterm());
        command.args(args);
        Terminal::run(command, cols, rows, env)
    }

    /// Any program.
    pub fn run(mut command: CommandBuilder, cols: u16, rows: u16, env: &[(&str, &str)]) -> Terminal {
        command.env("TERM", "xterm-256color");
        command.env("COLORTERM", "truecolor");
        command.env("PETTERM_NO_CONFIG", "1");
        command.env_remove("NO_COLOR");
        for (name, value) in env {
            command.env(name, value);
        }
        let pair = native_pty_system()
            .openpty(PtySize { rows, cols, pixel_width: 0, pixel_height: 0 })
            .expect("a pseudo-terminal");
        let child = pair.slave.spawn_command(command).expect("the program starts");
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        let writer = pair.master.take_writer().expect("a writer");
        let seen = Arc::new(Mutex::new(Seen { raw: Vec::new(), parser: vt100::Parser::new(rows, cols, 0) }));
        let theirs = Arc::clone(&seen);
        std::thread::spawn(move || {
            let mut buffer = vec![0; 65_536];
            while let Ok(count) = reader.read(&mut buffer) {
                if count == 0 {
                    break;
                }
                let mut seen = theirs.lock().unwrap();
                seen.raw.extend_from_slice(&buffer[..count]);
                seen.parser.process(&buffer[..count]);
            }
        });
        Terminal { master: pair.master, child, writer, seen }
    }

    /// Types bytes.
    pub fn send(&mut self, bytes: &[u8]) {
        self.writer.write_all(bytes).and_then(|()| self.writer.flush()).expect("the terminal takes keys");
    }

    /// What a person sees.
    pub fn text(&self) -> String {
        self.seen.lock().unwrap().parser.screen().contents()
    }

    /// Looks at the parsed terminal.
    pub fn look<T>(&self, look: impl FnOnce(&vt100::Screen) -> T) -> T {
        look(self.seen.lock().unwrap().parser.screen())
    }

    /// Everything written so far.
    pub fn raw(&self) -> Vec<u8> {
        self.seen.lock().unwrap().raw.clone()
    }

    /// Waits until the text is on the terminal.
    #[track_caller]
    pub fn wait_for(&self, text: &str) {
        assert!(
            eventually(|| self.text().contains(text)),
            "'{text}' never came; the screen:\n{}",
            self.text()
        );
    }

    /// Waits until the text is gone.
    #[track_caller]
    pub fn wait_gone(&self, text: &str) {
        assert!(eventually(|| !self.text().contains(text)), "'{text}' stayed; the screen:\n{}", self.text());
    }

    /// Another size, and a fresh look at what is drawn from then on.
    pub fn resize(&self, cols: u16, rows: u16) {
        self.seen.lock().unwrap().parser = vt100::Parser::new(rows, cols, 0);
        self.resize_unseen(cols, rows);
    }

    /// Another size for the program alone: what reads along here keeps its own, for it cannot follow to every size
    /// that a terminal can have.
    pub fn resize_unseen(&self, cols: u16, rows: u16) {
        self.master.resize(PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }).expect("a resize");
    }

    /// Waits for the end; `None` when it did not come within the patience.
    pub fn exit_code(&mut self) -> Option<u32> {
        self.exit_within(PATIENCE)
    }

    /// Waits for the end at most this long.
    pub fn exit_within(&mut self, patience: Duration) -> Option<u32> {
        let mut code = None;
        eventually_within(patience, || {
            if let Ok(Some(status)) = self.child.try_wait() {
                code = Some(status.exit_code());
            }
            code.is_some()
        });
        code
    }

    /// The process number.
    pub fn pid(&self) -> u32 {
        self.child.process_id().expect("a process number")
    }

    /// Sends a signal by name.
    pub fn kill(&self, signal: &str) {
        let done = Command::new("kill").args([&format!("-{signal}"), &self.pid().to_string()]).status();
        assert!(done.is_ok_and(|status| status.success()), "kill -{signal}");
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A fresh directory that goes with the test.
pub fn directory() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

/// A path as text.
pub fn text(path: &Path) -> &str {
    path.to_str().expect("a readable path")
}

/// A serial line's stand-in: the far end's handle and the path of the near end.
#[cfg(unix)]
pub fn line() -> (Box<dyn MasterPty + Send>, String) {
    let size = PtySize { rows: 25, cols: 80, pixel_width: 0, pixel_height: 0 };
    let pair = native_pty_system().openpty(size).expect("a pseudo-terminal");
    let name = pair.master.tty_name().expect("its name");
    let slave = rustix::fs::open(
        &name,
        rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY,
        rustix::fs::Mode::empty(),
    )
    .expect("the near end");
    let mut settings = rustix::termios::tcgetattr(&slave).expect("its settings");
    settings.make_raw();
    rustix::termios::tcsetattr(&slave, rustix::termios::OptionalActions::Now, &settings).expect("raw mode");
    // One handle stays open, so that the line outlives whoever uses it.
    std::mem::forget(slave);
    drop(pair.slave);
    (pair.master, text(&name).to_owned())
}
