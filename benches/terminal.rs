//! What a user feels, measured on the built program in a pseudo-terminal: a burst beside picocom in the same
//! run, the time from a key to the line while the screen is busy, the first frame, and what an idle session
//! costs.
//!
//! `cargo bench --bench terminal` prints a table; nothing is asserted but that no byte is lost.
#![allow(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
#![allow(missing_docs, reason = "a program")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a benchmark that fails, fails loudly"
)]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "its results")]

#[path = "../tests/common/mod.rs"]
mod common;

use std::fmt::Write as _;
use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use common::{Terminal, directory, eventually, line, text};
use portable_pty::CommandBuilder;

fn main() {
    // `cargo test --benches` only wants to know that this builds.
    if std::env::args().any(|arg| arg == "--test") {
        return;
    }
    first_frame();
    idle("truecolor");
    idle("");
    latency();
    burst();
}

fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    sorted[(sorted.len() * percent / 100).min(sorted.len() - 1)]
}

fn first_frame() {
    let mut times: Vec<Duration> = (0..20)
        .map(|_| {
            let (_far, near) = line();
            let start = Instant::now();
            let terminal = Terminal::start(&[&near], 100, 30);
            let drawn = || terminal.text().contains("petterm");
            while !drawn() {
                assert!(start.elapsed() < Duration::from_secs(10), "no first frame");
                thread::sleep(Duration::from_micros(200));
            }
            start.elapsed()
        })
        .collect();
    times.sort();
    println!("first frame after exec: median {:.1?}, worst {:.1?} of 20", percentile(&times, 50), times[19]);
}

fn idle(colours: &str) {
    let (_far, near) = line();
    let terminal = Terminal::start_with(&[&near], 100, 30, &[("COLORTERM", colours)]);
    terminal.wait_for("petterm");
    thread::sleep(Duration::from_secs(2));
    let before = cpu_ticks(terminal.pid());
    thread::sleep(Duration::from_secs(20));
    let ticks = cpu_ticks(terminal.pid()) - before;
    // USER_HZ is 100 on every Linux that this runs on.
    println!(
        "idle for 20 s, {}: {:.2} % of a core, {:.1} MB resident",
        if colours.is_empty() { "256 colours" } else { colours },
        ticks as f64 / 20.0,
        resident_mb(terminal.pid())
    );
}

fn cpu_ticks(pid: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("/proc");
    let after_name = stat.rsplit(')').next().expect("a name");
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    fields[11].parse::<u64>().expect("utime") + fields[12].parse::<u64>().expect("stime")
}

fn resident_mb(pid: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("/proc");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("VmRSS");
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<f64>().ok()).expect("kB") / 1024.0
}

fn latency() {
    let (far, near) = line();
    let mut terminal = Terminal::start(&[&near], 100, 30);
    terminal.wait_for("connected");
    let mut writer = far.take_writer().expect("a writer");
    let busy = thread::spawn(move || {
        let end = Instant::now() + Duration::from_secs(8);
        let mut number = 0u32;
        while Instant::now() < end {
            number += 1;
            if writeln!(writer, "line {number:>8} of a busy screen, full of words that all must be drawn\r")
                .is_err()
            {
                return;
            }
            thread::sleep(Duration::from_millis(1));
        }
    });
    let (sent, arrived) = mpsc::channel();
    let mut reader = far.try_clone_reader().expect("a reader");
    thread::spawn(move || {
        let mut byte = [0];
        while reader.read(&mut byte).is_ok_and(|count| count == 1) {
            if sent.send(Instant::now()).is_err() {
                return;
            }
        }
    });
    thread::sleep(Duration::from_millis(500));
    let mut times = Vec::new();
    for _ in 0..300 {
        let start = Instant::now();
        terminal.send(b"k");
        let at = arrived.recv_timeout(Duration::from_secs(5)).expect("the key arrives");
        times.push(at.duration_since(start));
        thread::sleep(Duration::from_millis(20));
    }
    busy.join().expect("the writer");
    times.sort();
    println!(
        "key press to byte on the line, busy screen: median {:.2?}, p99 {:.2?} of 300",
        percentile(&times, 50),
        percentile(&times, 99)
    );
}

fn burst() {
    let mut payload = String::new();
    let mut number = 0;
    while payload.len() < 1_048_576 - 80 {
        number += 1;
        let _ = write!(payload, "line {number:>8} of a burst that fills a screen over and over again\r\n");
    }
    payload.push_str("the very last line\r\n");
    let mut ours = Vec::new();
    let mut theirs = Vec::new();
    for _ in 0..5 {
        ours.push(one_burst(&payload, true, |near, log| {
            let mut command = CommandBuilder::new(common::petterm());
            command.args([near, &format!("--log={log}")]);
            command
        }));
        if let Some(picocom) = common::peer(&["picocom"]) {
            theirs.push(one_burst(&payload, false, |near, log| {
                let mut command = CommandBuilder::new(&picocom);
                command.args(["--quiet", "--logfile", log, near]);
                command
            }));
        }
    }
    ours.sort();
    theirs.sort();
    let median = ours[ours.len() / 2];
    println!("1 MiB burst with a log: petterm {median:.3?} (median of 5), nothing lost");
    if let Some(theirs) = theirs.get(theirs.len() / 2) {
        let ratio = median.as_secs_f64() / theirs.as_secs_f64();
        println!("the same burst, picocom: {theirs:.3?}; petterm takes {ratio:.2} of its time");
    }
}

/// Time until the log holds every byte.
fn one_burst(
    payload: &str,
    check_screen: bool,
    program: impl FnOnce(&str, &str) -> CommandBuilder,
) -> Duration {
    let directory = directory();
    let log = directory.path().join("log");
    let (far, near) = line();
    let terminal = Terminal::run(program(&near, text(&log)), 100, 30, &[]);
    let size = |path: &Path| fs::metadata(path).map_or(0, |data| data.len());
    let mut writer = far.take_writer().expect("a writer");
    // The session is up once a first byte went through; one that comes too early is dropped with what the line
    // held before.
    let up = || {
        writer.write_all(b"!").expect("a first byte");
        thread::sleep(Duration::from_millis(50));
        size(&log) > 0
    };
    assert!(eventually(up), "the session never started:\n{}", terminal.text());
    thread::sleep(Duration::from_millis(200));
    let before = size(&log);
    let wanted = before + payload.len() as u64;
    let start = Instant::now();
    writer.write_all(payload.as_bytes()).expect("the line takes it");
    while size(&log) < wanted {
        assert!(start.elapsed() < Duration::from_secs(60), "{} of {wanted} bytes came", size(&log));
        thread::sleep(Duration::from_millis(1));
    }
    let took = start.elapsed();
    if check_screen {
        terminal.wait_for("the very last line");
        assert!(start.elapsed() < took + Duration::from_secs(3), "the last line was late");
    }
    let logged = fs::read(&log).expect("the log");
    assert!(logged[before as usize..] == *payload.as_bytes(), "the log differs from what was sent");
    took
}
