//! What `petterm decode` reads of damaged lines and what it costs, beside sigrok-cli on the same files.
//!
//! `cargo bench --bench wave` prints both tables of `docs/performance.md`; `-- accuracy` or `-- speed` prints
//! one. The lines are drawn by `tests/common/generator.rs`, which shares no code with the encoder. Nothing is
//! asserted but that what is timed is right. Without sigrok-cli its columns are empty.
#![allow(clippy::disallowed_methods, reason = "a benchmark waits for processes")]
#![allow(missing_docs, reason = "a program")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a benchmark that fails, fails loudly"
)]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "its results")]

#[path = "../tests/common/generator.rs"]
mod generator;

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use generator::{Random, Shape, Signal, right};

const SEEDS: u64 = 20;
const CHARACTERS: usize = 600;

fn main() {
    // `cargo test --benches` only wants to know that this builds.
    if std::env::args().any(|arg| arg == "--test") {
        return;
    }
    let wanted = |name: &str| {
        std::env::args().any(|arg| arg == name)
            || !std::env::args().any(|arg| ["accuracy", "speed"].contains(&arg.as_str()))
    };
    let directory = tempfile::tempdir().expect("a directory");
    if sigrok(&["--version"]).output().is_err() {
        eprintln!("sigrok-cli is not installed: its columns are empty");
    }
    if wanted("accuracy") {
        accuracy(directory.path());
    }
    if wanted("speed") {
        speed(directory.path());
    }
}

fn petterm(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_petterm"));
    command.args(args).env("PETTERM_NO_CONFIG", "1").stdin(Stdio::null());
    command
}

fn sigrok(args: &[&str]) -> Command {
    let mut command = Command::new("sigrok-cli");
    command.args(args).stdin(Stdio::null()).stderr(Stdio::null());
    command
}

type Damage = Box<dyn Fn(&mut Signal, &mut Random)>;

fn accuracy(directory: &Path) {
    println!("| 9600 8N1, {SEEDS} x {CHARACTERS} random characters | petterm | sigrok-cli |");
    println!("| --- | --- | --- |");
    let none = || -> Damage { Box::new(|_, _| {}) };
    let row = |name: &str, off: f64, gap: f64, damage: Damage| {
        let (ours, theirs) = shares(directory, off, gap, &damage);
        let theirs = theirs.map_or_else(String::new, |share| format!("{share:.1}"));
        println!("| {name} | {ours:.1} | {theirs} |");
    };
    for off in [-8.0, -6.0, -5.0, 5.0, 6.0, 8.0] {
        row(&format!("rate {off:+} %"), off / 100.0, 0.0, none());
    }
    for sigma in [0.10, 0.15, 0.20, 0.25] {
        let name = format!("edges jitter, normal, sigma {sigma:.2} bit");
        row(&name, 0.0, 0.0, Box::new(move |signal, random| signal.gaussian(random, sigma)));
    }
    for sigma in [0.15, 0.20] {
        let name = format!("the same, sigma {sigma:.2} bit, pauses of 3 bits");
        row(&name, 0.0, 3.0, Box::new(move |signal, random| signal.gaussian(random, sigma)));
    }
    row("sigma 0.15 bit and rate +4 %", 0.04, 0.0, Box::new(|signal, random| signal.gaussian(random, 0.15)));
    for most in [0.2, 0.3, 0.4] {
        let name = format!("edges jitter, even, up to {most} bit either way");
        row(&name, 0.0, 0.0, Box::new(move |signal, random| signal.uniform(random, most)));
    }
    row("edges to high 0.45 bit late", 0.0, 0.0, Box::new(|signal, _| signal.skew(0.45)));
    for turn in [40.0, 80.0] {
        let name = format!("every edge up to {turn} us late");
        row(&name, 0.0, 0.0, Box::new(move |signal, random| signal.poll_loop(random, turn)));
    }
    for (count, length) in [(200, 2.0), (1000, 2.0), (200, 10.0), (1000, 10.0), (1000, 20.0)] {
        let name = format!("{count} glitches of {length} us in each {CHARACTERS}");
        row(&name, 0.0, 0.0, Box::new(move |signal, random| signal.glitches(random, count, length)));
    }
    for hertz in [20_000.0, 30_000.0, 48_000.0] {
        let name = format!("{hertz} samples a second");
        row(&name, 0.0, 0.0, Box::new(move |signal, _| signal.sampled(hertz)));
    }
}

/// How much each of both reads right of the same file, in per cent.
fn shares(directory: &Path, off: f64, gap: f64, damage: &Damage) -> (f64, Option<f64>) {
    let shape = Shape::new(9600.0);
    let bit = 1e9 / shape.baud;
    let (mut text, mut sent) = (None::<Signal>, Vec::new());
    for seed in 0..SEEDS {
        let mut random = Random(seed * 7919 + 1);
        let mut signal = Signal::new(shape, off);
        signal.rest(20.0);
        signal.frames(&random.text(CHARACTERS), gap);
        signal.rest(20.0);
        damage(&mut signal, &mut random);
        let whole = text.get_or_insert_with(|| Signal::new(shape, off));
        let begin = whole.at;
        whole.edges.extend(signal.edges.iter().map(|edge| (edge.0 + begin, edge.1)));
        whole.at += signal.at;
        sent.extend(signal.sent.iter().map(|one| generator::Sent { start: one.start + begin, ..*one }));
    }
    let file = directory.join("line.vcd");
    fs::write(&file, text.expect("a signal").vcd(true)).expect("the file");
    let path = file.to_str().expect("a name");
    let share = |read: &[(f64, u16)]| 100.0 * right(&sent, read, bit) as f64 / sent.len() as f64;

    let output = petterm(&["decode", path, "--line", "9600-8N1", "--json"]).output().expect("petterm");
    let ours: Vec<(f64, u16)> = String::from_utf8(output.stdout)
        .expect("JSON")
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"))
        .filter(|frame| frame["break"] == false)
        .map(|frame| (frame["t_ns"].as_f64().expect("a time"), frame["data"].as_u64().expect("data") as u16))
        .collect();
    let output = sigrok(&["-I", "vcd", "-i", path, "-P", "uart:rx=RX:baudrate=9600"])
        .args(["-A", "uart=rx-data", "--protocol-decoder-samplenum"])
        .output();
    let theirs = output.ok().map(|output| {
        // `2104-2938 uart-1: 44`, in microseconds, from the first data bit on.
        let frame = |line: &str| {
            let (at, data) = (line.split('-').next()?, line.rsplit(' ').next()?);
            Some((at.parse::<f64>().ok()? * 1e3 - bit, u16::from_str_radix(data, 16).ok()?))
        };
        String::from_utf8_lossy(&output.stdout).lines().filter_map(frame).collect::<Vec<_>>()
    });
    (share(&ours), theirs.map(|read| share(&read)))
}

/// A recording of so many random bytes at 9600 8N1 and 1 MHz, in three formats.
struct Files {
    bytes: Vec<u8>,
    vcd: PathBuf,
    sr: PathBuf,
    saleae: PathBuf,
}

fn draw(directory: &Path, count: usize) -> Files {
    let mut random = Random(count as u64);
    let bytes: Vec<u8> = (0..count).map(|_| random.next() as u8).collect();
    let mut signal = Signal::new(Shape::new(9600.0), 0.0);
    signal.rest(20.0);
    for byte in &bytes {
        signal.frame(u16::from(*byte));
    }
    signal.rest(20.0);
    signal.sent = Vec::new();
    let name = |extension: &str| directory.join(format!("{count}.{extension}"));
    let files = Files { bytes, vcd: name("vcd"), sr: name("sr"), saleae: name("bin") };
    fs::write(&files.vcd, signal.vcd(true)).expect("the VCD file");

    let levels: Vec<(u64, bool)> =
        signal.levels().into_iter().map(|(at, high)| ((at + 500) / 1_000, high)).collect();
    let end = signal.at as u64 / 1_000;
    let mut out = BufWriter::new(File::create(&files.saleae).expect("the Saleae file"));
    out.write_all(b"<SALEAE>\0\0\0\0\0\0\0\0\x01\0\0\0").expect("its head");
    out.write_all(&0_f64.to_le_bytes()).expect("its head");
    out.write_all(&(end as f64 / 1e6).to_le_bytes()).expect("its head");
    out.write_all(&(levels.len() as u64).to_le_bytes()).expect("its head");
    for (at, _) in &levels {
        out.write_all(&(*at as f64 / 1e6).to_le_bytes()).expect("a time");
    }
    out.flush().expect("the Saleae file");

    let options =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    let mut archive = zip::ZipWriter::new(BufWriter::new(File::create(&files.sr).expect("the session file")));
    let mut member = |name: &str, content: &[u8]| {
        archive.start_file(name, options).expect("a member");
        archive.write_all(content).expect("a member");
    };
    member("version", b"2");
    member(
        "metadata",
        b"[global]\nsigrok version=0.5.2\n\n[device 1]\ncapturefile=logic-1\ntotal probes=1\n\
            samplerate=1 MHz\ntotal analog=0\nprobe1=RX\nunitsize=1\n",
    );
    let (mut chunk, mut number) = (Vec::with_capacity(4 << 20), 1);
    let mut edges = levels.iter().peekable();
    let mut high = true;
    for sample in 0..end {
        while let Some(edge) = edges.next_if(|edge| edge.0 <= sample) {
            high = edge.1;
        }
        chunk.push(u8::from(high));
        if chunk.len() == 4 << 20 || sample + 1 == end {
            member(&format!("logic-1-{number}"), &chunk);
            number += 1;
            chunk.clear();
        }
    }
    archive.finish().expect("the session file").flush().expect("the session file");
    files
}

fn speed(directory: &Path) {
    println!("| 9600 8N1 at 1 MHz | petterm, CPU s | peak RSS, MB | sigrok-cli, CPU s | ratio |");
    println!("| --- | --- | --- | --- | --- |");
    for count in [100_000, 1_000_000] {
        let files = draw(directory, count);
        let runs = if count == 100_000 { 15 } else { 3 };
        for (name, file) in [(".vcd", &files.vcd), (".sr", &files.sr), ("Saleae v0", &files.saleae)] {
            let path = file.to_str().expect("a name");
            let args = ["decode", path, "--line", "9600-8N1"];
            let output = petterm(&args).output().expect("petterm");
            assert!(output.stdout == files.bytes, "{name} is not read right");
            let costs: Vec<Cost> = (0..runs).map(|_| cost(petterm(&args))).collect();
            let mut times: Vec<f64> = costs.iter().map(|cost| cost.seconds).collect();
            times.sort_by(f64::total_cmp);
            let ours = times[times.len() / 2];
            let memory = costs.iter().map(|cost| cost.megabytes).fold(0.0, f64::max);
            let format: &[&str] = if name == ".vcd" { &["-I", "vcd"] } else { &[] };
            // sigrok-cli takes minutes for the long ones, and in Debian cannot read Saleae's.
            let theirs = (count == 100_000 && name != "Saleae v0").then(|| {
                let mut command = sigrok(format);
                command.args(["-i", path, "-P", "uart:rx=RX:baudrate=9600", "-B", "uart=rx"]);
                command
            });
            let theirs = theirs
                .filter(|_| sigrok(&["--version"]).output().is_ok())
                .map(|command| cost(command).seconds);
            let (theirs, ratio) = theirs.map_or_else(Default::default, |theirs| {
                (format!("{theirs:.1}"), format!("{:.0}", theirs / ours))
            });
            println!("| {count} bytes, {name} | {ours:.3} | {memory:.1} | {theirs} | {ratio} |");
        }
    }
}

struct Cost {
    seconds: f64,
    megabytes: f64,
}

/// Runs a program to its end: what it used of the processor in all its threads, and its greatest size.
fn cost(mut command: Command) -> Cost {
    let mut child = command.stdout(Stdio::null()).spawn().expect("the program");
    let process = PathBuf::from(format!("/proc/{}", child.id()));
    let read = |name: &str| fs::read_to_string(process.join(name)).unwrap_or_default();
    let mut cost = Cost { seconds: 0.0, megabytes: 0.0 };
    loop {
        let stat = read("stat");
        let fields: Vec<&str> = stat.rsplit(')').next().expect("a state").split_whitespace().collect();
        let status = read("status");
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        if let Some(kilobytes) = peak.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok()) {
            cost.megabytes = cost.megabytes.max(kilobytes / 1024.0);
        }
        if fields.first() == Some(&"Z") {
            // Hundredths of a second over all threads, or nanoseconds of the only one.
            let ticks: f64 = fields[11..13].iter().map(|field| field.parse::<f64>().expect("ticks")).sum();
            let exact = read("schedstat").split(' ').next().and_then(|field| field.parse::<f64>().ok());
            cost.seconds = (ticks / 100.0).max(exact.unwrap_or_default() / 1e9);
            break;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    child.wait().expect("it ends");
    cost
}
