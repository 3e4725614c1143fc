//! XMODEM and YMODEM against lrzsz over a pseudo-terminal, in real time, both ways.
//!
//! Without lrzsz it is skipped with a line on stderr, or fails where `PETTERM_REQUIRE_PEERS=1`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "tests fail loudly, and say what they skip"
)]
#![allow(clippy::disallowed_methods, reason = "an end-to-end test waits for other processes")]

mod xmodem_line;

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use petterm::time::Stamp;
use petterm::transfer::xmodem::{self, Variant};
use petterm::transfer::{Failure, Options, Transfer, ymodem};
use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use xmodem_line::{End, Ours, Random, file};

const BUDGET: Duration = Duration::from_secs(90);

fn is_there(program: &str) -> bool {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    if std::env::split_paths(&paths).any(|folder| folder.join(program).exists()) {
        return true;
    }
    assert!(
        std::env::var_os("PETTERM_REQUIRE_PEERS").is_none_or(|value| value != "1"),
        "{program} (lrzsz) is not installed, but PETTERM_REQUIRE_PEERS=1"
    );
    eprintln!("skipped: {program} (lrzsz) is not installed");
    false
}

/// How often a run may lose its last answer: busy machines read late.
const TRIES: u32 = 12;

/// lrzsz empties the terminal's buffers when it leaves, its own last ACK with them if nobody was quick enough to read
/// it: then we cannot know, and it is done once more. A pipe behind it makes that rare.
fn until_its_last_answer_is_heard(mut once: impl FnMut() -> Ours) {
    for _ in 0..TRIES {
        let ours = once();
        if ours.is_good() {
            return;
        }
        let unconfirmed =
            matches!(&ours.ended, Some(Err(Failure::Protocol(why))) if why.contains("not confirmed"));
        assert!(unconfirmed, "{:?}", ours.ended);
    }
    panic!("the last answer was lost {TRIES} times");
}

/// Runs `program` in `folder` at one end of a pseudo-terminal and our engine at the other.
fn meet(program: &str, arguments: &[&str], folder: &Path, engine: Box<dyn Transfer>) -> Ours {
    let pair = native_pty_system().openpty(PtySize::default()).unwrap();
    // Raw from the first byte on, not only when the program says so.
    let path = pair.master.tty_name().unwrap();
    let tty = fs::File::options().read(true).write(true).open(path).unwrap();
    let mut modes = tcgetattr(&tty).unwrap();
    modes.make_raw();
    tcsetattr(&tty, OptionalActions::Now, &modes).unwrap();
    // What it writes goes through a pipe, which it cannot empty when it leaves.
    let mut command = CommandBuilder::new("sh");
    command.args(["-c", "\"$@\" | cat", "sh", program]);
    command.args(arguments);
    command.cwd(folder);
    let mut child = pair.slave.spawn_command(command).unwrap();
    let mut reader = pair.master.try_clone_reader().unwrap();
    let mut writer = pair.master.take_writer().unwrap();
    let (put, get) = mpsc::channel();
    let thread = std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(n @ 1..) = reader.read(&mut buffer) {
            if put.send(buffer[..n].to_vec()).is_err() {
                return;
            }
        }
    });
    let start = Instant::now();
    let now = || Stamp(u64::try_from(start.elapsed().as_nanos()).unwrap());
    let mut ours = Ours::new(engine);
    let mut left = None;
    loop {
        let said = ours.say(now().0);
        if !said.is_empty() {
            writer.write_all(&said).unwrap();
        }
        if ours.is_over() {
            break;
        }
        assert!(start.elapsed() < BUDGET, "{program} {arguments:?}: {:?}", ours.progress());
        let wake =
            ours.wake().map_or(Duration::from_secs(1), |at| Duration::from_nanos(at.saturating_sub(now().0)));
        match get.recv_timeout(wake.min(Duration::from_secs(1))) {
            Ok(bytes) => ours.engine.receive(now(), &bytes),
            Err(_) => ours.timeout(now().0),
        }
        if left.is_none() && child.try_wait().unwrap().is_some() {
            left = Some(Instant::now());
        }
        if left.is_some_and(|left| left.elapsed() > Duration::from_secs(2)) {
            ours.engine.hung_up(now());
        }
    }
    let status = child.wait().unwrap();
    assert!(status.success(), "{program} {arguments:?}: {status:?}");
    drop((writer, pair, tty));
    drop(get);
    // The reader ends with the terminal or with the test.
    drop(thread);
    ours
}

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    (folder, path)
}

fn data(length: usize) -> Vec<u8> {
    Random(length as u64 + 11).bytes(length)
}

#[test]
fn lrzsz_receives_what_we_send() {
    if !is_there("rx") {
        return;
    }
    for (variant, arguments) in [
        (Variant::Any, vec!["-q", "got"]),
        (Variant::Crc, vec!["-q", "-c", "got"]),
        (Variant::OneK, vec!["-q", "-c", "got"]),
    ] {
        for length in [1, 128, 5000] {
            until_its_last_answer_is_heard(|| {
                let (_keep, path) = folder();
                let sent = data(length);
                let (engine, _) =
                    xmodem::send(variant, vec![file("f", &sent)], &Options::default(), Stamp::ZERO).unwrap();
                let ours = meet("rx", &arguments, &path, engine);
                let got = fs::read(path.join("got")).unwrap();
                assert!(got.starts_with(&sent), "{variant:?} {length}");
                assert!(got[length..].iter().all(|byte| *byte == 0x1A), "{variant:?} {length}");
                ours
            });
        }
    }
}

#[test]
fn we_receive_what_lrzsz_sends() {
    if !is_there("sx") {
        return;
    }
    for (variant, arguments) in [
        (Variant::Any, vec!["-q", "f"]),
        (Variant::Crc, vec!["-q", "f"]),
        (Variant::OneK, vec!["-q", "-k", "f"]),
    ] {
        for length in [1, 128, 5000] {
            let (_keep, path) = folder();
            let sent = data(length);
            fs::write(path.join("f"), &sent).unwrap();
            let options = Options { trim: true, ..Options::default() };
            let ours = meet("sx", &arguments, &path, xmodem::receive(variant, &options, Stamp::ZERO));
            assert!(ours.is_good(), "{variant:?} {length}: {:?}", ours.ended);
            assert!(ours.files == [sent], "{variant:?} {length}");
        }
    }
}

#[test]
fn a_batch_goes_to_lrzsz_and_comes_back() {
    if !is_there("rb") {
        return;
    }
    let files = [("one.prg", data(1)), ("two.seq", data(5000)), ("three.prg", data(1024)), ("none", vec![])];
    let (mut keep, mut path) = folder();
    until_its_last_answer_is_heard(|| {
        (keep, path) = folder();
        let out = files.iter().map(|(name, data)| file(name, data)).collect();
        let (engine, _) = ymodem::send(out, &Options::default(), Stamp::ZERO).unwrap();
        let ours = meet("rb", &["-q"], &path, engine);
        for (name, data) in &files {
            assert!(fs::read(path.join(name)).unwrap() == *data, "{name}");
        }
        ours
    });
    let mut arguments = vec!["-q"];
    arguments.extend(files.iter().map(|(name, _)| *name));
    let ours = meet("sb", &arguments, &path, ymodem::receive(&Options::default(), Stamp::ZERO));
    assert!(ours.is_good(), "{:?}", ours.ended);
    assert!(ours.files.iter().eq(files.iter().map(|(_, data)| data)));
}
