//! What the end-to-end tests of transfers share: `petterm send` and `petterm recv` as processes, files that are hard
//! to carry, and a Punter peer that was written apart from them.
#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(unreachable_pub, reason = "a module of tests")]

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use super::common::{command, eventually, eventually_within, text};

/// Generous: a test waits for a condition, never for a time.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(45);

/// A `petterm` under way, with what it says.
pub struct Run {
    child: Child,
    said: Arc<Mutex<String>>,
    readers: Vec<JoinHandle<()>>,
    printed: Arc<Mutex<String>>,
}

/// How a run ended.
#[derive(Debug)]
pub struct Ended {
    /// The exit code.
    pub code: Option<i32>,
    /// Standard error.
    pub said: String,
    /// Standard output.
    pub printed: String,
}

impl Ended {
    /// The report of `--json`: the one line on standard output.
    #[track_caller]
    pub fn report(&self) -> serde_json::Value {
        assert_eq!(self.printed.lines().count(), 1, "one report: {self:?}");
        serde_json::from_str(&self.printed).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

fn follow(mut from: impl Read + Send + 'static) -> (Arc<Mutex<String>>, JoinHandle<()>) {
    let kept = Arc::new(Mutex::new(String::new()));
    let theirs = Arc::clone(&kept);
    let reader = thread::spawn(move || {
        let mut buffer = [0; 4_096];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            theirs.lock().unwrap().push_str(&String::from_utf8_lossy(&buffer[..count]));
        }
    });
    (kept, reader)
}

impl Run {
    /// Starts the program with these words.
    pub fn start(words: &[&str]) -> Run {
        Run::of(command().args(words))
    }

    /// Starts a program.
    pub fn of(command: &mut Command) -> Run {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let (said, one) = follow(child.stderr.take().expect("its stderr"));
        let (printed, two) = follow(child.stdout.take().expect("its stdout"));
        Run { child, said, readers: vec![one, two], printed }
    }

    /// What it has said on stderr so far.
    pub fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// Waits until it says this.
    #[track_caller]
    pub fn wait_for(&self, words: &str) {
        assert!(eventually(|| self.said().contains(words)), "'{words}' was never said: {}", self.said());
    }

    /// Where it listens, as HOST:PORT.
    #[track_caller]
    pub fn address(&self) -> String {
        self.wait_for("listening on ");
        assert!(eventually(|| self
            .said()
            .split("listening on ")
            .nth(1)
            .is_some_and(|rest| rest.contains('\n'))));
        let said = self.said();
        said.split("listening on ")
            .nth(1)
            .and_then(|rest| rest.lines().next())
            .expect("an address")
            .to_owned()
    }

    /// Sends a signal by name.
    pub fn signal(&self, name: &str) {
        let done = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(done.is_ok_and(|status| status.success()), "kill -{name}");
    }

    /// Waits for the end.
    #[track_caller]
    pub fn end(mut self) -> Ended {
        let mut code = None;
        let ended = eventually_within(PATIENCE, || {
            code = self.child.try_wait().expect("a child");
            code.is_some()
        });
        let said = self.said();
        let last: Vec<&str> = said.lines().rev().take(12).collect();
        assert!(ended, "it hangs; it said at last, latest first: {last:#?}");
        for reader in self.readers.drain(..) {
            reader.join().expect("a reader");
        }
        let (said, printed) = (self.said(), self.printed.lock().unwrap().clone());
        Ended { code: code.and_then(|status| status.code()), said, printed }
    }

    /// Waits for the end, which must be a good one.
    #[track_caller]
    pub fn end_well(self) -> Ended {
        let ended = self.end();
        assert_eq!(ended.code, Some(0), "{ended:?}");
        ended
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What layers between two programs like to eat, double or add to: FF, CR, NUL, XON, XOFF and RVS ON at every place of a
/// block, every byte after CR and after FF, and the words of the protocols.
pub fn hard_bytes() -> Vec<u8> {
    const HARD: [u8; 6] = [0xFF, b'\r', 0, 0x11, 0x13, 0x12];
    let mut bytes = vec![0x01, 0x04];
    for byte in HARD {
        bytes.extend([byte; 300]);
    }
    for byte in 0..=255 {
        bytes.extend([byte, b'\r', byte, 0xFF, byte]);
    }
    for pair in HARD.iter().flat_map(|one| HARD.map(|two| [*one, two])) {
        bytes.extend(pair);
    }
    bytes.extend(b"\r\0\r\n\r\0GOO BAD ACK S/B SYN S/BGOOACK\x18\x18\x01\x02\x04\x06\x15C\xFF\xF4\xFF\xFB\x00\xFF\xF0\xFF\xFF\r\0");
    bytes
}

/// Writes a file; answers its path.
pub fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, bytes).expect("a file");
    path
}

/// The names in a folder, in order.
pub fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// What was received must be what was sent. XMODEM has no length: there, padding to a whole block may follow.
#[track_caller]
pub fn assert_same(received: &Path, sent: &[u8], padded: bool, why: &str) {
    let bytes = fs::read(received).unwrap_or_else(|error| panic!("{}: {error}; {why}", received.display()));
    let at = bytes.iter().zip(sent).position(|(one, two)| one != two);
    assert_eq!(at, None, "the first wrong byte; {why}");
    if padded {
        assert!(
            bytes.len() >= sent.len() && bytes.len() < sent.len() + 128,
            "{} of {}; {why}",
            bytes.len(),
            sent.len()
        );
        assert!(bytes[sent.len()..].iter().all(|byte| matches!(byte, 0x1A | 0)), "{why}");
    } else {
        assert_eq!(bytes.len(), sent.len(), "{why}");
    }
}

/// The Punter peer's script.
pub fn punter_peer() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/transfers/punter.py"))
}

/// A Python, for peers.
pub fn python() -> String {
    std::env::var("PETTERM_PYTHON").unwrap_or_else(|_| "python3".into())
}

/// The path as a word of a command line.
pub fn word(path: &Path) -> String {
    text(path).to_owned()
}
