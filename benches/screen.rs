//! Screens against the `vt100` crate on the same text in the same run.
//!
//! `cargo bench --bench screen` prints bytes a second for each, then how many times faster than the crate each
//! screen took a megabyte of text, scrolling included. The second figures are with scrollback: ours fetched after
//! each block, as a session does, the crate's kept by itself.

#![allow(clippy::print_stdout, clippy::disallowed_methods, reason = "a benchmark prints and measures time")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use divan::Bencher;
use divan::counter::BytesCount;
use petterm::screen::{Behaviour, Screen, ScreenKind};

/// Bytes that one read of a link delivers.
const BLOCK: usize = 4096;
const TEXT: usize = 1 << 20;

/// Lines of words up to 79 columns with some colour, ended by CR LF.
fn host_text(coloured: bool) -> Vec<u8> {
    let words = ["the", "quick", "brown", "fox", "jumps", "over", "a", "lazy", "dog", "10", "PRINT"];
    let mut text = Vec::new();
    let mut word = 0_usize;
    while text.len() < TEXT {
        let mut cols = 0;
        if coloured {
            text.extend_from_slice(format!("\x1b[{};1m", 31 + word % 7).as_bytes());
        }
        loop {
            word = word * 7 + 3;
            let next = words[word % words.len()];
            if cols + next.len() + 1 > 79 {
                break;
            }
            text.extend_from_slice(next.as_bytes());
            text.push(b' ');
            cols += next.len() + 1;
            word %= 1 << 20;
        }
        text.extend_from_slice(b"\r\n");
    }
    text
}

/// The same lines as a board sends them to a PET: letters exchanged, CR alone, colours as reverse.
fn petscii_text(coloured: bool) -> Vec<u8> {
    let mut out = Vec::new();
    for line in host_text(false).split(|byte| *byte == b'\n') {
        if coloured {
            out.push(0x12);
        }
        out.extend(line.iter().map(|byte| match byte {
            b'a'..=b'z' => byte - 0x20,
            b'A'..=b'Z' => byte + 0x80,
            other => *other,
        }));
    }
    out
}

fn feed(screen: &mut Screen, text: &[u8], take: bool) {
    for block in text.chunks(BLOCK) {
        screen.feed(block);
        if take {
            black_box(screen.take_scrolled());
        }
    }
}

fn screen(bencher: Bencher, kind: ScreenKind, text: &[u8]) {
    let mut screen = Screen::new(kind, kind.default_behaviour());
    bencher.counter(BytesCount::of_slice(text)).bench_local(|| feed(&mut screen, black_box(text), false));
}

#[divan::bench(args = [false, true])]
fn vt100_crate(bencher: Bencher, coloured: bool) {
    let text = host_text(coloured);
    let mut parser = vt100::Parser::new(25, 80, 0);
    bencher.counter(BytesCount::of_slice(&text)).bench_local(|| parser.process(black_box(&text)));
}

#[divan::bench(args = [false, true])]
fn ansi(bencher: Bencher, coloured: bool) {
    screen(bencher, ScreenKind::Ansi, &host_text(coloured));
}

#[divan::bench(args = [false, true])]
fn cbm_8032(bencher: Bencher, coloured: bool) {
    screen(bencher, ScreenKind::Cbm8032, &petscii_text(coloured));
}

#[divan::bench(args = [false, true])]
fn c64_board(bencher: Bencher, coloured: bool) {
    screen(bencher, ScreenKind::C64, &petscii_text(coloured));
}

/// The best of several runs, in bytes a second.
fn rate(bytes: usize, mut run: impl FnMut()) -> f64 {
    let best = (0..20)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .min()
        .unwrap_or(Duration::MAX);
    bytes as f64 / best.as_secs_f64()
}

fn ratios() {
    for coloured in [false, true] {
        let (host, petscii) = (host_text(coloured), petscii_text(coloured));
        let crate_rate = |scrollback| {
            let mut parser = vt100::Parser::new(25, 80, scrollback);
            rate(host.len(), || parser.process(black_box(&host)))
        };
        let (base, base_kept) = (crate_rate(0), crate_rate(10_000));
        let name = if coloured { "coloured" } else { "plain" };
        println!("\n{name} text");
        println!("  vt100     {:6.0} MB/s; with scrollback {:6.0} MB/s", base / 1e6, base_kept / 1e6);
        for (kind, text) in
            [(ScreenKind::Ansi, &host), (ScreenKind::Cbm8032, &petscii), (ScreenKind::C64, &petscii)]
        {
            let mut screen = Screen::new(kind, Behaviour::Board);
            let fed = rate(text.len(), || feed(&mut screen, black_box(text), false));
            let kept = rate(text.len(), || feed(&mut screen, black_box(text), true));
            println!(
                "  {:8}  {:6.0} MB/s, {:.1} times; with scrollback {:6.0} MB/s, {:.1} times",
                kind.name(),
                fed / 1e6,
                fed / base,
                kept / 1e6,
                kept / base_kept
            );
        }
    }
}

fn main() {
    divan::main();
    ratios();
}
