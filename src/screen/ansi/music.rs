//! ANSI music: a tune between `CSI |` or `CSI N` and SO, played by DOS terminals and silent here.
//!
//! `CSI M`, which began a tune for some of them, deletes a line on every terminal since, and does so here. A tune
//! is a mode letter (F B N L S) and then nothing but the alphabet of BASIC's PLAY up to SO; anything else was
//! text, and is treated so. The wait is bounded, and so is the memory.

/// The longest tune that is recognised.
const LONGEST: usize = 1024;

/// A tune that may be arriving.
#[derive(Clone, Debug, Default)]
pub(super) struct Music {
    notes: Option<Vec<u8>>,
}

/// What a byte meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// It may be music still.
    More,
    /// A tune has ended.
    Tune,
    /// It was no music: these bytes, then the present one, are text.
    Words(Vec<u8>),
}

impl Music {
    /// A tune is announced.
    pub(super) fn listen(&mut self) {
        self.notes = Some(Vec::new());
    }

    pub(super) fn is_listening(&self) -> bool {
        self.notes.is_some()
    }

    pub(super) fn hear(&mut self, byte: u8) -> Heard {
        let Some(mut notes) = self.notes.take() else { return Heard::Words(Vec::new()) };
        let fits = match byte {
            0x0E if !notes.is_empty() => return Heard::Tune,
            b'F' | b'B' | b'N' | b'L' | b'S' => true,
            b'A'..=b'G' | b'M' | b'O' | b'P' | b'T' | b'a'..=b'g' | b'l'..=b'p' | b't' => !notes.is_empty(),
            b'0'..=b'9' | b'#' | b'+' | b'-' | b'.' | b'<' | b'>' | b' ' => !notes.is_empty(),
            _ => false,
        };
        if fits && notes.len() < LONGEST {
            notes.push(byte);
            self.notes = Some(notes);
            Heard::More
        } else {
            Heard::Words(notes)
        }
    }
}
