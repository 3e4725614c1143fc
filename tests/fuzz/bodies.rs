//! What every reader of recordings, the UART decoder and Punter must stand: any bytes at all. Each body takes bytes and
//! panics if a promise is broken. The fuzz targets of `fuzz/` and `tests/fuzz_bodies.rs` share them.

use std::io::{Cursor, Write as _};
use std::ops::ControlFlow;

use petterm::line::uart::Decoder;
use petterm::line::{BitOrder, Edge, Level, LineFormat, Parity, Polarity, StopBits};
use petterm::time::{Span, Stamp, Wake};
use petterm::transfer::xmodem::Variant;
use petterm::transfer::{self, Kept, Options, Out, Protocol, Store, Transfer};
use petterm::wave::{Event, Raw, Reading, Recording, Threshold};

/// A body, with the name of its corpus and of its fuzz target.
pub type Body = (&'static str, fn(&[u8]));

/// All of them.
pub const BODIES: &[Body] = &[
    ("csv", recording),
    ("ols", recording),
    ("prg_list", prg_list),
    ("prg_make", prg_make),
    ("punter", punter),
    ("raw", raw),
    ("saleae", recording),
    ("session", recording),
    ("session_members", session_members),
    ("table", recording),
    ("uart", uart),
    ("vcd", recording),
    ("wav", recording),
    ("xmodem", xmodem),
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

/// A program file: it is described, moved and listed, and what is listed without a remark is made again.
pub fn prg_list(data: &[u8]) {
    use petterm::prg::{Info, MakeOptions, basic_end, list, make, relocate_basic, relocation_doubts};

    let _ = Info::read(data);
    assert!(basic_end(data).is_none_or(|end| end <= data.len()), "an end behind the file");
    if let Ok(moved) = relocate_basic(data, 0x0401) {
        assert_eq!(moved.len(), data.len(), "moving changes the length");
        let _ = relocation_doubts(data, 0x0401);
    }
    if let Ok(listing) = list(data, None, None) {
        assert!(!listing.text.chars().any(|c| c.is_control() && c != '\n'), "a control character is listed");
        if listing.remarks.is_empty() && !listing.text.is_empty() {
            let made = make(listing.text.as_bytes(), &MakeOptions::default()).expect("a listing");
            assert_eq!(made.file, data, "made into another file");
        }
    }
}

/// A listing: it is refused, or made into a program that is listed.
pub fn prg_make(data: &[u8]) {
    use petterm::prg::{MakeOptions, list, make};

    if let Ok(made) = make(data, &MakeOptions::default()) {
        let listing = list(&made.file, Some(made.set), None).expect("a program");
        let options = MakeOptions { set: Some(made.set), basic: listing.basic, ..MakeOptions::default() };
        let again = make(listing.text.as_bytes(), &options).expect("a listing");
        assert_eq!(again.file, made.file, "listed as another program");
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

/// The receivers of XMODEM, YMODEM and PETTERM's SAVE, on bytes with pauses between them: `0xFE n` is a pause of
/// `n` tenths of a second, `0xFE 0xFE` the byte.
pub fn xmodem(data: &[u8]) {
    let Some((how, stream)) = data.split_first() else { return };
    let options = Options { trim: how & 8 != 0, octet: Span::from_micros(100), ..Options::default() };
    let mut engine: Box<dyn Transfer> = match how % 4 {
        0 => transfer::xmodem::receive(Variant::Any, &options, Stamp::ZERO),
        1 => transfer::xmodem::receive(Variant::Crc, &options, Stamp::ZERO),
        2 => transfer::ymodem::receive(&options, Stamp::ZERO),
        _ => transfer::petterm::receive(&options, Stamp::ZERO),
    };
    let mut desk = Desk::default();
    let mut now = Stamp::ZERO;
    let mut bytes = stream.iter();
    desk.serve(engine.as_mut(), now);
    while let Some(&byte) = bytes.next() {
        now += Span::from_micros(100);
        match (byte, bytes.as_slice().first().copied()) {
            (0xFE, Some(tenths)) if tenths != 0xFE => {
                bytes.next();
                desk.pass(engine.as_mut(), &mut now, Span::from_millis(u64::from(tenths) * 100));
            }
            (0xFE, Some(_)) => {
                bytes.next();
                engine.receive(now, &[byte]);
            }
            _ => engine.receive(now, &[byte]),
        }
        desk.serve(engine.as_mut(), now);
    }
    desk.pass(engine.as_mut(), &mut now, Span::from_secs(1_000));
    assert!(desk.ended, "it does not end by itself: {:?}", engine.progress());
}

/// A store that holds an engine to the order of its wishes.
#[derive(Default)]
struct Desk {
    open: bool,
    written: u64,
    ended: bool,
}

impl Desk {
    fn serve(&mut self, engine: &mut dyn Transfer, now: Stamp) {
        while let Some(out) = engine.poll() {
            assert!(!self.ended, "{out:?} behind the end");
            match out {
                Out::Store(wish) => {
                    match wish {
                        Store::Begin(_) => {
                            assert!(!self.open, "a file in a file");
                            (self.open, self.written) = (true, 0);
                        }
                        Store::Write(bytes) => {
                            assert!(self.open, "bytes without a file");
                            self.written += bytes.len() as u64;
                        }
                        Store::Finish { length } => {
                            assert!(self.open && length <= self.written, "{length} of {}", self.written);
                            self.open = false;
                        }
                    }
                    engine.stored(now, Ok(Kept { name: "file".to_owned() }));
                }
                Out::Tx(_) => engine.sent(now),
                Out::Ended(_) => self.ended = true,
                Out::Note(_) | Out::Type(_) => {}
            }
        }
    }

    /// Lets time pass.
    fn pass(&mut self, engine: &mut dyn Transfer, now: &mut Stamp, span: Span) {
        let until = *now + span;
        loop {
            self.serve(engine, *now);
            match engine.wake() {
                Wake::At(at) if at <= until => {
                    *now = (*now).max(at);
                    engine.timeout(*now);
                }
                _ => break,
            }
        }
        *now = until;
    }
}

/// The first byte chooses between one file and a batch, and after how many bytes a time-out runs out.
pub fn punter(data: &[u8]) {
    let Some((how, line)) = data.split_first() else { return };
    let protocol = if how & 1 == 0 { Protocol::Punter } else { Protocol::MultiPunter };
    let mut receiver = transfer::receive(protocol, &Options::default(), Stamp::ZERO);
    let (mut now, mut written, mut open, mut ended) = (Stamp::ZERO, 0, false, None);
    let every = usize::from(how >> 1);
    // Behind the line is silence, which ends it in bounded time.
    let mut bytes = line.iter().enumerate();
    for _ in 0..line.len() * 2 + 1_000 {
        while let Some(out) = receiver.poll() {
            assert!(ended.is_none(), "something after the end: {out:?}");
            match out {
                Out::Tx(bytes) => assert!(bytes.len() <= 3, "no code: {bytes:02X?}"),
                Out::Store(wish) => {
                    match wish {
                        Store::Begin(_) => (written, open) = (0, true),
                        Store::Write(bytes) => {
                            assert!(open && (1..=248).contains(&bytes.len()), "{} bytes", bytes.len());
                            written += bytes.len() as u64;
                        }
                        Store::Finish { length } => {
                            assert!(std::mem::take(&mut open) && length == written, "{length} of {written}");
                        }
                    }
                    assert_eq!(receiver.poll(), None, "the store has not answered");
                    receiver.stored(now, Ok(Kept { name: "x".to_owned() }));
                }
                Out::Ended(result) => ended = Some(result),
                Out::Note(_) => {}
                other @ Out::Type(_) => panic!("{other:?}"),
            }
        }
        if let Some(result) = &ended {
            assert!(result.is_err() || !open, "all is well and a file is not complete");
            return;
        }
        let next = bytes.next();
        if let Some((_, &byte)) = next {
            receiver.receive(now, &[byte]);
        }
        if next.is_none_or(|(at, _)| every != 0 && at % every == 0)
            && let Wake::At(at) = receiver.wake()
        {
            now = Stamp(now.0.max(at.0)) + Span(1);
            receiver.timeout(now);
        }
    }
    panic!("it goes on for ever");
}
