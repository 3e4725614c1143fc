//! Which reader a file is for, by what it holds; its name does not count.

use std::io::{BufReader, Read, Seek, SeekFrom};

use super::table::Layout;
use super::{Place, Reading, Recording, WaveError};
use super::{csv, no_rate, ols, raw, saleae, saleae_analog, sr, table, text, vcd, wav};

/// Magic words of formats that are known and not read, and what to do instead.
const STRANGERS: &[(usize, &[u8], &str)] = &[
    (0, b"\0\0\0\0\0\0\0\x01\x49", "this is GTKWave's FST; make a VCD of it with fst2vcd"),
    (0, b"GHDLwave", "this is GHDL's own format; let GHDL write VCD, with --vcd"),
    (8, b"serialization::archive", "this is the old Logic's own format; export it as CSV or binary"),
    (4, b"serialization::archive", "this is the old Logic's own format; export it as CSV or binary"),
    (0, b"\xFF\xFE", "this text is UTF-16; save it as UTF-8"),
    (0, b"\xFE\xFF", "this text is UTF-16; save it as UTF-8"),
    (0, b"RF64", "this is a sound over 4 GiB, RF64; save a part of it as WAV"),
    (0, b"fLaC", "this sound is compressed; save it as WAV"),
    (0, b"OggS", "this sound is compressed; save it as WAV"),
    (0, b"ID3", "this sound is compressed, and lost its edges; record it as WAV"),
];

impl<R: Read + Seek> Recording<R> {
    /// Finds out by its content what a file is, and reads its head.
    ///
    /// # Errors
    /// If it is no recording that is known here, its head is damaged or lacks something, or something was said
    /// of it that it tells itself.
    pub fn open(source: R, reading: &Reading) -> Result<Recording<R>, WaveError> {
        let mut recording = sniff(source, reading)?;
        if reading.threshold.is_some() && !recording.source.has_voltages() {
            return Err(WaveError::NeedlessThreshold);
        }
        recording.threshold = reading.threshold;
        Ok(recording)
    }
}

fn sniff<R: Read + Seek>(mut source: R, reading: &Reading) -> Result<Recording<R>, WaveError> {
    /// Of text, so much is looked at for where its rows begin.
    const MOST_HEAD: u64 = 1 << 18;
    let rate = reading.rate;
    let mut head = Vec::new();
    source.by_ref().take(512).read_to_end(&mut head)?;
    if head.is_empty() {
        return Err(WaveError::bad(Place::Offset(0), "the file is empty"));
    }
    let binary = head.iter().position(|byte| *byte < b'\t');
    let known = head.starts_with(b"PK") || head.starts_with(b"<SALEAE>") || head.starts_with(b"RIFF");
    if reading.raw.is_none() && !known && binary.is_none() {
        source.by_ref().take(MOST_HEAD).read_to_end(&mut head)?;
    }
    let whole = (head.len() as u64) < MOST_HEAD;
    source.seek(SeekFrom::Start(0))?;
    if let Some(raw) = reading.raw {
        return raw::open(buffered(source), raw, rate);
    }
    if head.starts_with(b"PK") {
        return sr::open(source, rate);
    }
    if head.starts_with(b"<SALEAE>") {
        no_rate(rate)?;
        // Version 0, type 1.
        let analog = head.get(8..16) == Some(&[0, 0, 0, 0, 1, 0, 0, 0]);
        let source = buffered(source);
        return if analog { saleae_analog::open(source) } else { saleae::open(source) };
    }
    if head.starts_with(b"RIFF") {
        no_rate(rate)?;
        return wav::open(buffered(source));
    }
    for (at, magic, what) in STRANGERS {
        if head.get(*at..).is_some_and(|rest| rest.starts_with(magic)) {
            return Err(WaveError::Unsupported((*what).to_owned()));
        }
    }
    if let Some(at) = binary {
        return Err(WaveError::bad(Place::Offset(at as u64), text::UNKNOWN));
    }
    let first = head.iter().find(|byte| !byte.is_ascii_whitespace() && **byte < 0x80);
    if first == Some(&b'$') {
        no_rate(rate)?;
        return vcd::open(buffered(source), vcd::is_fractional(&head));
    }
    if ols::is_this(&head) {
        return ols::open(buffered(source), rate);
    }
    match Layout::of(&head, whole) {
        Some(layout) => table::open(buffered(source), layout, rate),
        None => csv::open(buffered(source), rate),
    }
}

fn buffered<R: Read>(source: R) -> BufReader<R> {
    BufReader::with_capacity(1 << 16, source)
}
