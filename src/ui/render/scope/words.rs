//! How a scope writes times, values and measurements.

use crate::line::uart::Frame;
use crate::line::{Bit, Level, LineFormat, Polarity};
use crate::petscii::{CharSet, GlyphTier, Machine, Petscii};
use crate::wave::scope::{Line, Measure, Reader, bit_nanos};

/// A length of time with its unit: `3.333 ms`, `-12.5 us`.
pub fn span_text(nanos: f64) -> String {
    let (scale, unit) = match nanos.abs() {
        n if n < 1e3 => (1.0, "ns"),
        n if n < 1e6 => (1e3, "us"),
        n if n < 1e9 => (1e6, "ms"),
        _ => (1e9, "s"),
    };
    let value = nanos / scale;
    let text = match value.abs() {
        v if v >= 100.0 => format!("{value:.1}"),
        v if v >= 10.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    };
    format!("{} {unit}", shorter(&text))
}

/// A moment of the recording.
pub fn time_text(nanos: i64) -> String {
    let (scale, digits, unit) = match nanos.unsigned_abs() {
        n if n < 1_000_000 => (1e3, 3, "us"),
        n if n < 1_000_000_000 => (1e6, 3, "ms"),
        _ => (1e9, 6, "s"),
    };
    format!("{} {unit}", shorter(&format!("{:.digits$}", nanos as f64 / scale)))
}

/// A decimal number without trailing zeros.
pub(super) fn shorter(text: &str) -> &str {
    let cut = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text };
    if cut == "-0" { "0" } else { cut }
}

/// The unit of a ruler and how many nanoseconds it is, for bits of this length.
pub(super) fn ruler_unit(bit: f64) -> (&'static str, f64) {
    match bit {
        b if b >= 1e8 => ("s", 1e9),
        b if b >= 1e5 => ("ms", 1e6),
        b if b >= 1e2 => ("us", 1e3),
        _ => ("ns", 1.0),
    }
}

/// A ruler's number: as short as its step allows.
pub(super) fn ruler_number(value: f64, step: f64) -> String {
    let digits = match step {
        s if s >= 100.0 => 0,
        s if s >= 1.0 => 1,
        s if s >= 0.1 => 2,
        _ => 3,
    };
    shorter(&format!("{value:.digits$}")).to_owned()
}

/// What a receiver of one of both polarities says of a frame, from the fullest to the shortest.
pub(super) fn reading_texts(line: &Line, reader: Reader, frame: &Frame, tier: GlyphTier) -> Vec<String> {
    let mut texts = value_texts(frame, &line.format, tier);
    if reader == Reader::Right {
        return texts;
    }
    if frame.is_break {
        // To this receiver the line at rest is at space, and it waits for the end of that.
        return ["at space: waits for mark", "at space", "wait"].map(str::to_owned).into();
    }
    let receiver = match line.format.rx {
        Polarity::IdleHigh => Polarity::IdleLow.name(),
        Polarity::IdleLow => Polarity::IdleHigh.name(),
    };
    let full = texts.first().map(|full| format!("{receiver} receiver: {full}"));
    texts.splice(..0, full);
    texts
}

/// A format for the ruler: which way up a line is, is said of each.
pub(super) fn without_polarity(format: &LineFormat) -> LineFormat {
    LineFormat { tx: Polarity::IdleHigh, rx: Polarity::IdleHigh, ..*format }
}

/// Volts of a rail.
pub(super) fn volts(level: Level) -> &'static str {
    match level {
        Level::High => "+5 V",
        Level::Low => "0 V",
    }
}

/// A byte as ASCII, controls by their name.
fn ascii(value: u16) -> Option<String> {
    const NAMES: [&str; 32] = [
        "NUL", "SOH", "STX", "ETX", "EOT", "ENQ", "ACK", "BEL", "BS", "TAB", "LF", "VT", "FF", "CR", "SO",
        "SI", "DLE", "DC1", "DC2", "DC3", "DC4", "NAK", "SYN", "ETB", "CAN", "EM", "SUB", "ESC", "FS", "GS",
        "RS", "US",
    ];
    let byte = u8::try_from(value).ok()?;
    match byte {
        0x20 => Some("blank".to_owned()),
        b'!'..=b'~' => Some(format!("'{}'", char::from(byte))),
        0x7F => Some("DEL".to_owned()),
        _ => NAMES.get(usize::from(byte)).map(|name| (*name).to_owned()),
    }
}

/// What a PET in its graphics set prints for a byte.
fn petscii(value: u16, tier: GlyphTier) -> Option<String> {
    let byte = u8::try_from(value).ok()?;
    let Some(code) = Petscii(byte).screen_code(Machine::Pet) else { return Some("control".to_owned()) };
    match code.glyph(Machine::Pet, CharSet::Graphics, tier) {
        ' ' | '\u{a0}' => Some("blank".to_owned()),
        glyph => Some(glyph.to_string()),
    }
}

/// What went wrong with a frame.
pub(super) fn fault(frame: &Frame) -> Option<&'static str> {
    match (frame.is_break, frame.framing_ok, frame.parity_ok) {
        (true, ..) => Some("break"),
        (_, false, _) => Some("framing error"),
        (_, _, false) => Some("parity error"),
        _ => None,
    }
}

/// A frame's value in every reading, from the fullest to the shortest.
fn value_texts(frame: &Frame, format: &LineFormat, tier: GlyphTier) -> Vec<String> {
    if frame.is_break {
        let long = frame.end.since(frame.start).0 as f64;
        let bits = long / bit_nanos(format);
        let texts = [format!("break, {} ({bits:.1} bits)", span_text(long)), "break".into(), "B".into()];
        return texts.into();
    }
    let value = frame.data;
    let width = usize::from(format.data_bits);
    let hex = if width > 8 { format!("{value:03X}") } else { format!("{value:02X}") };
    let ascii = ascii(value);
    let petscii = petscii(value, tier);
    let with = |before: &str, name: &Option<String>| {
        name.as_ref().map_or_else(String::new, |c| format!("{before}{c}"))
    };
    let mut texts = vec![
        format!(
            "%{value:0width$b} = ${hex} = {value}{}{}",
            with(", ASCII ", &ascii),
            with(", PETSCII ", &petscii)
        ),
        format!("${hex} {value}{}{}", with(" ", &ascii), with(" PET ", &petscii)),
        format!("${hex}{}", with(" ", &ascii)),
        format!("${hex}"),
        hex,
    ];
    if let Some(fault) = fault(frame) {
        for (index, text) in texts.iter_mut().enumerate() {
            *text = match index {
                0 | 1 => format!("{text}, {fault}"),
                _ => format!("{text} X"),
            };
        }
    }
    texts
}

/// The fullest of some texts that fits into `width` characters.
pub(super) fn fitting(texts: &[String], width: usize) -> &str {
    texts.iter().find(|text| text.chars().count() <= width).map_or("", String::as_str)
}

/// A line's title, name and rest, from the fullest to the shortest.
pub(super) fn titles(line: &Line) -> [String; 4] {
    let (name, rest) = (&line.name, line.format.rx.name());
    let mark = volts(line.format.rx.level(Bit::Mark));
    [
        format!("{name}  {rest} (idle = mark = {mark})"),
        format!("{name}  {rest} (idle = mark)"),
        format!("{name}  {rest}"),
        name.clone(),
    ]
}

/// What was measured, as pieces that may be broken into rows.
pub(super) fn measured(line: &Line, measure: &Measure) -> Vec<String> {
    let count = |n: usize, one: &str, many: &str| format!("{n} {}", if n == 1 { one } else { many });
    let mut parts = vec![count(measure.frames, "frame", "frames")];
    for (n, one, many) in [
        (measure.framing, "framing error", "framing errors"),
        (measure.parity, "parity error", "parity errors"),
        (measure.breaks, "break", "breaks"),
    ] {
        if n > 0 {
            parts.push(count(n, one, many));
        }
    }
    if let (Some(baud), Some(error)) = (measure.baud, measure.baud_error) {
        let error = format!("{error:+.2}");
        let error = if error == "-0.00" { "+0.00" } else { &error };
        parts.push(format!("{} baud ({error} %)", shorter(&format!("{baud:.1}"))));
    }
    if let Some(margin) = measure.margin {
        parts.push(format!("margin {margin:.2}"));
    }
    if let Some(clearance) = measure.clearance {
        parts.push(format!("nearest edge {clearance:.2} bit from a sample"));
    }
    if let Some(note) = &line.note {
        parts.push(note.clone());
    }
    if let (Some(to), Some((start, _))) = (line.read_to(), line.extent()) {
        let read = time_text(to.since(start).0.cast_signed());
        parts.push(format!(
            "so much is unclear that only the first {read} are read; --at and --line decide where and how"
        ));
    }
    parts
}

/// Pieces in rows of at most `width` characters, with commas; rows after the first are set in.
pub(super) fn wrapped(head: &str, parts: &[String], width: usize) -> Vec<String> {
    let mut rows = vec![head.to_owned()];
    let mut fresh = true;
    for part in parts {
        let Some(row) = rows.last_mut() else { break };
        let joint = if fresh { " " } else { ", " };
        if row.chars().count() + joint.len() + part.chars().count() <= width || row.trim().is_empty() {
            row.push_str(joint);
            row.push_str(part);
        } else {
            if !fresh {
                row.push(',');
            }
            rows.push(format!("  {part}"));
        }
        fresh = false;
    }
    rows
}
