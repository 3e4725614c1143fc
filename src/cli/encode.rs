//! `petterm encode`: bytes as a recorded line, clean or damaged on purpose.
//!
//! The line rests for two frames before and after. Everything random follows from `--seed`, so equal runs
//! write equal files. No file is written over. Facts: `docs/waveforms.md`.

use std::fs::File;
use std::io::{self, BufWriter};

use super::args::EncodeArgs;
use super::exit::{Exit, Problem};
use super::input;
use crate::line::LineFormat;
use crate::line::uart::Encoder;
use crate::time::{Span, Stamp};
use crate::wave::{Damage, FileKind, Impair, Writer};

/// A hundred years in nanoseconds; a rate that is half as quick still fits into readers' 63 bits.
const LONGEST: f64 = 100.0 * 365.25 * 86_400.0 * 1e9;

/// Writes the recording.
///
/// # Errors
/// If there is no line format, a byte does not fit into a frame, or a file cannot be read or written.
pub(super) fn run(args: &EncodeArgs, line: Option<LineFormat>) -> Result<(), Problem> {
    let line = line.ok_or_else(|| Problem::usage("say --line BAUD-8N1, such as --line 300-7E1"))?;
    let path = &args.output;
    let kind = kind(args, &line)?;
    let bytes = input::read(&args.file)?;
    let data = characters(&bytes, &line)
        .map_err(|what| Problem::new(Exit::Line, format!("{}: {what}", input::name(&args.file))))?;

    let bit = 1e9 / f64::from(line.baud);
    let rest = line.span(u64::from(line.half_bits()) * 2);
    let gap = Span((args.gap * bit).round() as u64);
    // What the frames take, pauses included; glitches are spread over it.
    let frame = f64::from(line.half_bits()) / 2.0 * bit + gap.0 as f64;
    let end = rest.0 as f64 * 2.0 + frame * data.len() as f64;
    if end > LONGEST {
        return Err(Problem::usage("the recording would last over a hundred years; give it a smaller --gap"));
    }
    // The quickest sender in time is the slowest in rate.
    if end / (1.0 + args.baud_error / 100.0) > kind.longest().0 as f64 {
        return Err(Problem::usage(format!(
            "the recording would have over 4 GiB of samples; lower --rate, or write {}",
            path.with_extension("vcd").display()
        )));
    }
    let end = Stamp(end as u64);
    let mut uart = Encoder::new(&line);
    let damage = Damage {
        rate: args.baud_error / 100.0,
        jitter: args.jitter * bit,
        glitches: args.glitches,
        glitch: Span((bit / 10.0).round().max(1.0) as u64),
        seed: args.seed,
    };
    let mut wire = Impair::new(damage, uart.rest_level(), end);
    let file = File::create_new(path).map_err(|error| input::not_written(path, &error))?;
    let write = || -> io::Result<()> {
        let mut out = Writer::begin(BufWriter::new(file), kind, &[("TX", uart.rest_level())])?;
        let mut earliest = Stamp::ZERO + rest;
        for character in data {
            earliest = uart.send(character, earliest).end + gap;
            while let Some(edge) = uart.poll() {
                wire.push(edge);
            }
            while let Some(edge) = wire.poll() {
                out.edge(0, edge)?;
            }
        }
        let end = wire.finish(uart.idle_at() + rest);
        while let Some(edge) = wire.poll() {
            out.edge(0, edge)?;
        }
        out.end(end).map(|_| ())
    };
    write().map_err(|error| {
        // Part of a recording is of no use, and would be in the way of the next attempt. The file is new.
        let _ = std::fs::remove_file(path);
        input::not_written(path, &error)
    })
}

/// What the file is written as, by its name; for a sampled one, how often.
fn kind(args: &EncodeArgs, line: &LineFormat) -> Result<FileKind, Problem> {
    let path = &args.output;
    let kind = path.extension().and_then(|extension| extension.to_str()).and_then(FileKind::of_extension);
    let kind = kind.ok_or_else(|| {
        let what = format!("{} shall be what? petterm writes .vcd, .csv, .sr and .wav", path.display());
        Problem::usage(what)
    })?;
    let rate = match (kind, args.rate) {
        (FileKind::Vcd | FileKind::Csv, None) => return Ok(kind),
        (FileKind::Vcd, Some(_)) => {
            return Err(Problem::usage("a .vcd tells every edge to the nanosecond; leave out --rate"));
        }
        (_, Some(rate)) => rate,
        (FileKind::Rows { .. } | FileKind::Sr { .. }, None) => session_rate(line),
        (FileKind::Wav { rate }, None) => rate,
    };
    if rate < u64::from(line.baud) * LEAST_SAMPLES {
        return Err(Problem::usage(format!(
            "{rate} samples a second are too few for {} baud; a bit needs {LEAST_SAMPLES}, so --rate {} or more",
            line.baud,
            u64::from(line.baud) * LEAST_SAMPLES
        )));
    }
    if matches!(kind, FileKind::Wav { .. }) && rate > MOST_SOUND {
        return Err(Problem::usage("a .wav has no more than 100 MHz; write a .sr, or lower --rate"));
    }
    Ok(kind.at_rate(rate).unwrap_or(kind))
}

/// Fewer samples a bit than this leave no room for a sender that is off, or for receivers that take one
/// sample a bit.
const LEAST_SAMPLES: u64 = 3;

/// The quickest sound that is written.
const MOST_SOUND: u64 = 100_000_000;

/// A session's rate where none is given: a power of ten with 50 samples or more a bit, from 100 kHz on.
fn session_rate(line: &LineFormat) -> u64 {
    let mut rate = 100_000;
    while rate < u64::from(line.baud) * 50 {
        rate *= 10;
    }
    rate
}

/// The frames' values: a byte each, or two bytes, high one first, where frames have nine data bits.
fn characters(bytes: &[u8], line: &LineFormat) -> Result<Vec<u16>, String> {
    let width = if line.data_bits > 8 { 2 } else { 1 };
    if !bytes.len().is_multiple_of(width) {
        return Err("nine data bits take two bytes each, and one is missing at the end".to_owned());
    }
    let value = |(index, pair): (usize, &[u8])| {
        let value = pair.iter().fold(0, |value, byte| value << 8 | u16::from(*byte));
        if value >> line.data_bits == 0 {
            return Ok(value);
        }
        let offset = index * width;
        Err(format!("byte {offset}: {value:02X} does not fit into {} data bits", line.data_bits))
    };
    bytes.chunks(width).enumerate().map(value).collect()
}
