//! Capturing screen text: each row once, when it leaves the screen.
//!
//! A row leaves by scrolling off at the top, by a clear of the whole screen, or by being there when the capture
//! ends. Rows are text, trailing blanks cut; colours and reverse are not kept.

use crate::petscii::CharSet;
use crate::screen::{Cell, Glyph, Screen, ScreenKind};

/// Whether an octet may be the one that clears the whole screen.
pub(super) fn may_clear(kind: ScreenKind, octet: u8) -> bool {
    match kind.machine() {
        Some(_) => octet == 0x93,
        // Form feed, and the last letter of `ESC [ 2 J` and `ESC c`.
        None => matches!(octet, 0x0C | b'J' | b'c'),
    }
}

/// The rows of a screen down to the last one that is not blank, trailing blanks cut.
pub(super) fn rows(screen: &Screen) -> Vec<String> {
    let mut rows: Vec<String> =
        screen.text_rows().iter().map(|row| row.trim_end_matches([' ', '\u{a0}']).to_owned()).collect();
    while rows.last().is_some_and(String::is_empty) {
        rows.pop();
    }
    rows
}

/// The text of a row of cells, trailing blanks cut.
pub(super) fn row_text(cells: &[Cell], kind: ScreenKind, charset: CharSet) -> String {
    let text: String = cells
        .iter()
        .map(|cell| match (cell.glyph(), kind.machine()) {
            (Glyph::Char(c), _) => c,
            (Glyph::Code(code), Some(machine)) => code.upright().unicode(machine, charset),
            (Glyph::Code(_), None) => ' ',
        })
        .collect();
    text.trim_end_matches([' ', '\u{a0}']).to_owned()
}
