//! What every reader of recordings and the UART decoder must stand: any bytes at all. Each body takes bytes and
//! panics if a promise is broken. The fuzz targets of `fuzz/` and `tests/fuzz_bodies.rs` share them.

use std::io::{Cursor, Write as _};
use std::ops::ControlFlow;

use petterm::line::uart::Decoder;
use petterm::line::{BitOrder, Edge, Level, LineFormat, Parity, Polarity, StopBits};
use petterm::time::Stamp;
use petterm::wave::{Event, Raw, Reading, Recording, Threshold};

/// A body, with the name of its corpus and of its fuzz target.
pub type Body = (&'static str, fn(&[u8]));

/// All of them.
pub const BODIES: &[Body] = &[
    ("csv", recording),
    ("ols", recording),
    ("raw", raw),
    ("saleae", recording),
    ("session", recording),
    ("session_members", session_members),
    ("table", recording),
    ("uart", uart),
    ("vcd", recording),
    ("wav", recording),
];

/// A file, as it is and with what a user may say of it.
pub fn recording(data: &[u8]) {
    let threshold = Some(Threshold { low: 0.8, high: 2.0 });
    for reading in [
        Reading::default(),
        Reading { rate: Some(1_000_000), ..Reading::default() },
        Reading { threshold, ..Reading::default() },
    ] {
        read(data, &reading);
    }
}

/// The first byte says how the samples behind it are laid out.
pub fn raw(data: &[u8]) {
    let Some((how, samples)) = data.split_first() else { return };
    let layout = match how % 6 {
        0 => Raw::LowestFirst,
        1 => Raw::HighestFirst,
        2 => Raw::Bytes(1),
        3 => Raw::Bytes(2),
        4 => Raw::Bytes(4),
        _ => Raw::Bytes(8),
    };
    read(samples, &Reading { raw: Some(layout), rate: Some(1_000), ..Reading::default() });
}

/// A sound archive around metadata, digital and analog samples, parted by `0xFF 0x00`.
pub fn session_members(data: &[u8]) {
    let mut parts = Vec::new();
    let mut rest = data;
    while let Some(at) = rest.windows(2).position(|pair| pair == [0xFF, 0x00]) {
        parts.push(&rest[..at]);
        rest = &rest[at + 2..];
    }
    parts.push(rest);
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, part) in ["metadata", "logic-1-1", "analog-1-2-1", "logic-1-2"].iter().zip(parts) {
        zip.start_file(*name, stored).expect("a member");
        zip.write_all(part).expect("its content");
    }
    read(&zip.finish().expect("an archive").into_inner(), &Reading::default());
}

/// Opens a recording and reads its first channels; whatever it is, promises are kept.
fn read(data: &[u8], reading: &Reading) {
    let Ok(first) = Recording::open(Cursor::new(data), reading) else { return };
    let names: Vec<String> = first.channels().into_iter().take(4).map(str::to_owned).collect();
    for name in names {
        let recording = Recording::open(Cursor::new(data), reading).expect("it could be opened before");
        let Ok(index) = recording.channel(Some(&name)) else { continue };
        let (mut last, mut level_now, mut open, mut left) = (i64::MIN, None, false, 100_000);
        let result = recording.read(index, &mut |event| {
            match event {
                Event::Start { at, level } => {
                    assert!(!open && at >= last, "a segment begins before the last one ends");
                    (last, level_now, open) = (at, level, true);
                }
                Event::Edge { at, level } => {
                    assert!(open && at > last, "time does not grow");
                    assert!(level_now != Some(level), "levels do not alternate");
                    (last, level_now) = (at, Some(level));
                }
                Event::End { at } => {
                    assert!(open && at >= last, "a segment ends before its last edge");
                    (last, open) = (at, false);
                }
            }
            left -= 1;
            if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        assert!(result.is_err() || !open || left == 0, "a segment without an end");
    }
}

/// Four bytes choose the line, two each the distance to the next edge.
pub fn uart(data: &[u8]) {
    let [speed, frame, tail, first, rest @ ..] = data else { return };
    let line = LineFormat {
        baud: [300, 1_200, 9_600, 115_200][usize::from(speed % 4)],
        data_bits: 5 + frame % 5,
        parity: [Parity::None, Parity::Even, Parity::Odd, Parity::Mark, Parity::Space]
            [usize::from(frame / 5 % 5)],
        stop: [StopBits::One, StopBits::OneAndHalf, StopBits::Two][usize::from(tail % 3)],
        order: if tail & 4 == 0 { BitOrder::LsbFirst } else { BitOrder::MsbFirst },
        rx: if tail & 8 == 0 { Polarity::IdleHigh } else { Polarity::IdleLow },
        ..LineFormat::new(300)
    };
    let mut level = if first & 1 == 0 { Level::High } else { Level::Low };
    let mut decoder =
        if first & 2 == 0 { Decoder::new(&line) } else { Decoder::with_level(&line, Stamp::ZERO, level) };
    let bit = 1_000_000_000 / u64::from(line.baud);
    let (mut now, mut last_start) = (Stamp::ZERO, Stamp::ZERO);
    let mut drain = |decoder: &mut Decoder| {
        while let Some(frame) = decoder.poll() {
            assert!(frame.start >= last_start && frame.end >= frame.start, "frames out of order: {frame:?}");
            assert!(frame.data >> line.data_bits == 0, "a bit too many: {frame:?}");
            assert!((0.0..=1.0).contains(&frame.margin), "no margin: {frame:?}");
            last_start = frame.start;
        }
    };
    for pair in rest.chunks_exact(2) {
        // A 4096th of a bit to sixteen bits.
        now = Stamp(now.0 + (u64::from(pair[0]) * 256 + u64::from(pair[1])) * bit / 4_096 + 1);
        level = if level == Level::High { Level::Low } else { Level::High };
        if pair[1] % 7 == 0 {
            decoder.advance(now);
            drain(&mut decoder);
        }
        decoder.push(Edge { at: now, level });
        drain(&mut decoder);
    }
    decoder.advance(Stamp(now.0 + bit * 100));
    drain(&mut decoder);
}
