//! Cells to characters.

use crate::engine::ScreenView;
use crate::petscii::{CharSet, GlyphTier};
use crate::screen::{Attrs, Cell, Glyph, ScreenKind};
use crate::ui::hygiene::host_char;

/// The character to put in a host's cell, always one of [`hygiene::allowed`](crate::ui::hygiene::allowed);
/// the reverse attribute is left to the host.
pub fn glyph_char(kind: ScreenKind, set: CharSet, cell: &Cell, tier: GlyphTier) -> char {
    match cell.glyph() {
        Glyph::Code(code) => host_char(code.upright().glyph(kind.machine().unwrap_or_default(), set, tier)),
        Glyph::Char(c) if tier == GlyphTier::Ascii && !c.is_ascii() => ascii(c),
        Glyph::Char(c) => host_char(c),
    }
}

/// Drawing characters of code page 437 in plain ASCII.
fn ascii(c: char) -> char {
    match c {
        '─' | '━' | '═' | '╌' | '┄' => '-',
        '│' | '┃' | '║' | '╎' | '┆' => '|',
        '\u{250c}'..='\u{254b}' | '\u{2552}'..='\u{2570}' => '+',
        '█' | '▓' | '■' | '▄' | '▀' | '▌' | '▐' => '#',
        '▒' | '░' => ':',
        '\u{a0}' => ' ',
        _ => '?',
    }
}

/// Columns of a view that are shown.
pub fn visible_cols(view: &ScreenView) -> u16 {
    let cols = u16::from(view.cols);
    if view.view40 { cols.min(40) } else { cols }
}

/// A cell's character in a text file: reversed cells that have a code point of their own are shown by it.
fn text_char(kind: ScreenKind, set: CharSet, cell: Cell) -> char {
    if let Glyph::Code(code) = cell.glyph() {
        let reversed = cell.attrs().contains(Attrs::REVERSE);
        let whole = crate::petscii::ScreenCode(code.upright().0 | if reversed { 0x80 } else { 0 });
        let machine = kind.machine().unwrap_or_default();
        if let Some(c) = reversed.then(|| whole.solo_unicode(machine, set)).flatten() {
            return host_char(c);
        }
    }
    glyph_char(kind, set, &cell, GlyphTier::Unicode)
}

/// Cells as text, trailing blanks cut.
pub fn row_text(kind: ScreenKind, set: CharSet, cells: &[Cell]) -> String {
    let text: String = cells.iter().map(|cell| text_char(kind, set, *cell)).collect();
    text.trim_end_matches(' ').to_owned()
}

/// The whole screen as text, a line a row, each ended by a line feed.
pub fn screen_text(view: &ScreenView) -> String {
    let cols = usize::from(view.cols).max(1);
    let mut text = String::new();
    for row in view.cells.chunks(cols).take(usize::from(view.rows)) {
        text.push_str(&row_text(view.kind, view.charset, row));
        text.push('\n');
    }
    text
}
