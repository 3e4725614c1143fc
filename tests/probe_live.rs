//! `petterm probe` on the kernel's pseudo-terminals: a PET's program at the far end, heard by a UART at whatever
//! rate the port was set to; and the jumper test against far ends that echo well, badly, or not at all.
#![cfg(all(target_os = "linux", feature = "serial", feature = "tui"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]
#![allow(clippy::disallowed_methods, reason = "an end-to-end test waits for other processes")]

mod common;
mod pet_line;

use std::os::fd::OwnedFd;
use std::process::{Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use common::{command, eventually};
use pet_line::{Chip, Line, PROGRAMS, Policy, Program, Random, Uart, code};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::pty::{OpenptFlags, openpt, ptsname, unlockpt};
use rustix::termios::tcgetattr;
use serde_json::Value;

/// A pseudo-terminal, its far end ours.
fn pair() -> (OwnedFd, String) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    unlockpt(&master).unwrap();
    let path = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
    (master, path)
}

/// Does something at the far end until told to stop.
struct FarEnd {
    stop: Arc<AtomicBool>,
    thread: Option<thread::JoinHandle<()>>,
}

impl FarEnd {
    fn start(run: impl FnOnce(&AtomicBool) + Send + 'static) -> FarEnd {
        let stop = Arc::new(AtomicBool::new(false));
        let theirs = Arc::clone(&stop);
        FarEnd { stop, thread: Some(thread::spawn(move || run(&theirs))) }
    }

    /// Somebody types HELLO, eight keys a second, at a program whose line ends in a UART.
    fn types(master: OwnedFd, program: Program) -> FarEnd {
        FarEnd::start(move |stop| {
            let chip = Chip { marks: false, policy: Policy::WaitsForMark, latency: 0.001, hears_low: false };
            let mut random = Random(42);
            for key in b"HELLO\r".iter().cycle() {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                let mut line = Line { rest: !program.idle_low, edges: Vec::new() };
                line.draw(0.1, code(program.keys, *key), 1.0 / program.rate, program.idle_low, &mut random);
                // The port's own rate, as the other end set it.
                let rate = tcgetattr(&master).unwrap().output_speed();
                let mut uart = Uart::new(&line, chip, rate, 0.0, &mut random);
                while let Some((_, heard)) = uart.next(&mut random) {
                    let _ = rustix::io::write(&master, &[heard.octet]);
                }
                thread::sleep(Duration::from_millis(125));
            }
        })
    }

    /// What comes goes back, as `change` makes of it.
    fn echoes(master: OwnedFd, mut change: impl FnMut(usize, u8) -> Vec<u8> + Send + 'static) -> FarEnd {
        FarEnd::start(move |stop| {
            let mut buffer = [0; 256];
            let mut count = 0;
            while !stop.load(Ordering::Relaxed) {
                let mut fds = [PollFd::new(&master, PollFlags::IN)];
                let patience = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };
                let ready = poll(&mut fds, Some(&patience)).unwrap_or(0);
                if ready == 0 || !fds[0].revents().contains(PollFlags::IN) {
                    continue;
                }
                let Ok(length) = rustix::io::read(&master, &mut buffer) else { continue };
                for &byte in &buffer[..length] {
                    count += 1;
                    let back = change(count, byte);
                    let _ = rustix::io::write(&master, &back);
                }
            }
        })
    }
}

impl Drop for FarEnd {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(args: &[&str]) -> Output {
    command().args(args).stdin(Stdio::null()).output().expect("the program runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn mcterm_without_an_inverter_is_told_and_the_cheapest_cure_comes_first() {
    let (master, path) = pair();
    let _far = FarEnd::types(master, PROGRAMS[0]);
    let output = run(&["probe", &path, "--typed", "HELLO"]);
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{out}{err}");
    assert!(out.starts_with("best fit:    300 baud, 8N1, idle low, bit 7 always set"), "{out}");
    assert!(out.contains("HELLO came"), "{out}");
    let tries: Vec<&str> = out.lines().filter(|line| line.starts_with("try:")).collect();
    assert!(tries[0].contains("sysa+36") && tries[0].contains("1070"), "{out}");
    assert!(tries[1].contains("--profile mcterm "), "{out}");
    assert!(err.contains("type HELLO again and again") && err.contains("listening at 300 baud"), "{err}");
}

#[test]
fn an_upright_program_at_1200_is_told_as_json_without_known_text() {
    let (master, path) = pair();
    let _far = FarEnd::types(master, PROGRAMS[5]);
    let output = run(&["probe", &path, "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["best"]["line"], "1200-8N1", "{told}");
    assert_eq!(told["best"]["polarity"], "idle high");
    assert_eq!(told["doubt"], Value::Null);
    assert!(told["next"]["share"].as_f64().unwrap() < told["best"]["share"].as_f64().unwrap());
    assert_eq!(told["target"], path.as_str());
    assert!(told["rates"].as_array().is_some_and(|rates| !rates.is_empty()));
}

#[test]
fn a_silent_port_ends_with_7_and_says_what_to_look_at() {
    let (_master, path) = pair();
    let output = run(&["probe", &path, "--timeout", "1"]);
    assert_eq!(output.status.code(), Some(7));
    let err = text(&output.stderr);
    assert!(err.contains("nothing was heard") && err.contains("ground"), "{err}");
}

#[test]
fn too_few_keys_end_with_5() {
    let (master, path) = pair();
    let _far = FarEnd::start(move |stop| {
        while !stop.load(Ordering::Relaxed) {
            let _ = rustix::io::write(&master, b"A");
            thread::sleep(Duration::from_millis(300));
        }
    });
    let output = run(&["probe", &path, "--timeout", "2"]);
    assert_eq!(output.status.code(), Some(5));
    assert!(text(&output.stderr).contains("not enough evidence"), "{}", text(&output.stderr));
}

#[test]
fn an_interrupt_ends_it_with_what_is_known() {
    let (master, path) = pair();
    let before = tcgetattr(&master).unwrap().local_modes;
    let mut child = command()
        .args(["probe", &path])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let raw = || tcgetattr(&master).unwrap().local_modes != before;
    assert!(eventually(raw), "the port was never opened");
    let _ = rustix::io::write(&master, b"H");
    thread::sleep(Duration::from_millis(400));
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::INT)
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(tcgetattr(&master).unwrap().local_modes, before, "the port's settings are back");
}

#[test]
fn the_demo_board_and_a_recording_that_is_played_are_told_by_their_edges() {
    let output = run(&["probe", "demo:", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["best"]["line"], "1200-8N1-inv", "{told}");

    let directory = common::directory();
    let file = directory.path().join("hello.vcd");
    let words = directory.path().join("words");
    std::fs::write(&words, "The quick brown fox jumps over the lazy dog").unwrap();
    let (file, words) = (common::text(&file), common::text(&words));
    let made = run(&["encode", words, "--line", "600-7E1", "-o", file]);
    assert!(made.status.success(), "{}", text(&made.stderr));
    let output = run(&["probe", &format!("play:{file}")]);
    let out = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{out}{}", text(&output.stderr));
    assert!(out.starts_with("best fit:    600 baud, 7E1, idle high"), "{out}");
}

#[test]
fn what_has_no_line_is_refused() {
    for args in [
        &["probe", "bbs.example.com:23"][..],
        &["probe", "loop:"],
        &["probe", "demo:", "--loopback"],
        &["probe", "demo:", "--typed", "HELLO"],
        &["probe", "-"],
        &["probe", "/dev/ttyNOPE", "--typed", ""],
        &["probe", "/dev/ttyNOPE", "--channel", "x"],
    ] {
        let output = run(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", text(&output.stderr));
        assert_eq!(text(&output.stderr).lines().count(), 1, "{args:?}");
    }
    for args in [&["probe", "/dev/ttyNOPE"][..], &["probe", "/dev/ttyNOPE", "--loopback"]] {
        let output = run(args);
        assert_eq!(output.status.code(), Some(3), "{args:?}: {}", text(&output.stderr));
    }
}

fn loopback(change: impl FnMut(usize, u8) -> Vec<u8> + Send + 'static) -> (i32, Value, String) {
    let (master, path) = pair();
    let _far = FarEnd::echoes(master, change);
    let output = run(&["probe", &path, "--loopback", "--json"]);
    let told = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (output.status.code().unwrap_or(-1), told, text(&output.stderr))
}

#[test]
fn a_far_end_that_echoes_passes_and_what_a_pseudo_terminal_hides_is_not_told() {
    let (code, told, err) = loopback(|_, byte| vec![byte]);
    assert_eq!(code, 0, "{told}{err}");
    assert_eq!(told["passes"], true);
    for rate in told["rates"].as_array().unwrap() {
        assert_eq!((&rate["lost"], &rate["wrong"], &rate["extra"]), (&0.into(), &0.into(), &0.into()));
        assert_eq!(rate["bytes_per_second"], Value::Null, "a pseudo-terminal has no rate");
    }
    assert!(told["delay_ms"]["p50"].as_f64().is_some());
    assert_eq!((&told["break"], &told["bad_stop_bit"]), (&"nothing".into(), &Value::Null));
    assert_eq!(told["lines"], Value::Null);
}

#[test]
fn a_far_end_that_drops_turns_or_holds_its_peace_fails() {
    let (code, told, err) = loopback(|count, byte| if count % 100 == 0 { vec![] } else { vec![byte] });
    assert_eq!(code, 5, "{told}{err}");
    assert!(told["rates"].as_array().unwrap().iter().any(|rate| rate["lost"].as_u64() > Some(0)), "{told}");

    let (code, told, err) = loopback(|count, byte| if count == 40 { vec![byte ^ 4] } else { vec![byte] });
    assert_eq!(code, 5, "{told}{err}");
    assert!(told["rates"].as_array().unwrap().iter().any(|rate| rate["wrong"] == 1), "{told}");
    assert!(err.contains("not what was sent"), "{err}");

    let (code, told, err) = loopback(|_, _| vec![]);
    assert_eq!(code, 5, "{told}{err}");
    assert!(err.contains("is pin TXD tied to RXD?"), "{err}");
}

#[test]
fn a_far_end_that_echoes_late_passes_with_its_delay() {
    let (code, told, err) = loopback(|count, byte| {
        // Late by 25 ms once the bytes come one by one.
        if count > 32 + 256 + 256 + 512 {
            thread::sleep(Duration::from_millis(25));
        }
        vec![byte]
    });
    assert_eq!(code, 0, "{told}{err}");
    assert!(told["delay_ms"]["p50"].as_f64().unwrap() >= 20.0, "{told}");
}
