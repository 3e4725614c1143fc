//! Pictures of a screen: plain text, text with colours for a terminal, and JSON.
//!
//! Whatever the far end sent, a dump holds only the glyphs of the grid and the sequences and names written here.

use std::fmt::Write as _;

use super::palette::{self, Rgb};
use super::{Attrs, Cell, Glyph, Ink, Screen};
use crate::petscii::{CharSet, Machine, ScreenCode};

/// The rows, trailing blanks (shifted ones too) cut, each ended by a line feed. Text has no reverse: a reversed
/// cell is shown by the character that looks like it where Unicode has one (a reversed blank is a full block),
/// else upright.
pub fn text(screen: &Screen) -> String {
    let mut cells = Vec::new();
    screen.cells(&mut cells);
    let (cols, _) = screen.size();
    let set = screen.char_set();
    let mut out = String::new();
    for row in cells.chunks(usize::from(cols)) {
        let text: String = row
            .iter()
            .map(|cell| match (cell.glyph(), screen.kind().machine()) {
                (Glyph::Char(c), _) => c,
                (Glyph::Code(ScreenCode(0x20)), _) if cell.attrs().contains(Attrs::REVERSE) => '█',
                (Glyph::Code(code), Some(machine)) => {
                    let reversed = ScreenCode(code.0 | 0x80);
                    let solo =
                        cell.attrs().contains(Attrs::REVERSE).then(|| reversed.solo_unicode(machine, set));
                    solo.flatten().unwrap_or_else(|| code.upright().unicode(machine, set))
                }
                (Glyph::Code(_), None) => ' ',
            })
            .collect();
        out.push_str(text.trim_end_matches([' ', '\u{A0}']));
        out.push('\n');
    }
    out
}

/// The rows with their colours and attributes as SGR sequences, reset at each line's end: `cat` shows it on any
/// terminal with true colour.
pub fn ansi(screen: &Screen) -> String {
    let mut cells = Vec::new();
    screen.cells(&mut cells);
    let (cols, _) = screen.size();
    let background = screen.background().and_then(|index| palette::rgb(screen.kind(), index));
    let mut out = String::new();
    for row in cells.chunks(usize::from(cols)) {
        let used = match background {
            Some(_) => row.len(),
            None => row.iter().rposition(|cell| !is_blank(screen, *cell)).map_or(0, |last| last + 1),
        };
        let mut pen = None;
        for &cell in &row[..used] {
            let wanted = (cell.fg(), cell.bg(), cell.attrs());
            if pen != Some(wanted) {
                style(&mut out, screen, cell, background);
                pen = Some(wanted);
            }
            out.push(character(screen, cell));
        }
        if pen.is_some() {
            out.push_str("\x1b[0m");
        }
        out.push('\n');
    }
    out
}

/// A space that shows nothing.
fn is_blank(screen: &Screen, cell: Cell) -> bool {
    character(screen, cell) == ' ' && cell.bg() == Ink::Default && cell.attrs() == Attrs::default()
}

fn character(screen: &Screen, cell: Cell) -> char {
    match cell.glyph() {
        Glyph::Code(code) => code.unicode(screen.kind().machine().unwrap_or(Machine::Pet), screen.char_set()),
        Glyph::Char(c) => c,
    }
}

fn style(out: &mut String, screen: &Screen, cell: Cell, background: Option<Rgb>) {
    out.push_str("\x1b[0");
    for (attr, number) in
        [(Attrs::BOLD, 1), (Attrs::DIM, 2), (Attrs::UNDERLINE, 4), (Attrs::BLINK, 5), (Attrs::REVERSE, 7)]
    {
        if cell.attrs().contains(attr) {
            // Writing to a String cannot fail, here and below.
            let _ = write!(out, ";{number}");
        }
    }
    for (ink, base, otherwise) in [(cell.fg(), 38, None), (cell.bg(), 48, background)] {
        let colour = match ink {
            Ink::Default => otherwise,
            Ink::Index(index) => match palette::rgb(screen.kind(), index) {
                Some(rgb) if screen.kind().machine().is_some() => Some(rgb),
                _ => {
                    let _ = write!(out, ";{base};5;{index}");
                    None
                }
            },
        };
        if let Some([r, g, b]) = colour {
            let _ = write!(out, ";{base};2;{r};{g};{b}");
        }
    }
    out.push('m');
}

/// One JSON object on one line: size, screen codes in hexadecimal a string a row (or `text` on ANSI and ASCII
/// screens), colours one hexadecimal digit a cell or null, cursor and editor state. Numbers count from 0.
pub fn json(screen: &Screen) -> String {
    let (cols, rows) = screen.size();
    let state = screen.state();
    let mut out = format!("{{\"cols\":{cols},\"rows\":{rows},");
    match screen.codes() {
        Some(codes) => {
            strings(&mut out, "screen", codes.chunks(usize::from(cols)).map(|row| hex(row, 2)));
        }
        None => strings(&mut out, "text", screen.text_rows().into_iter()),
    }
    match screen.colours() {
        Some(colours) => {
            strings(&mut out, "colours", colours.chunks(usize::from(cols)).map(|row| hex(row, 1)));
        }
        None => out.push_str("\"colours\":null,"),
    }
    let (row, col) = screen.cursor();
    let [top, left, bottom, right] = state.window;
    let charset = match screen.char_set() {
        CharSet::Text => "text",
        CharSet::Graphics => "graphics",
    };
    let _ = write!(
        out,
        "\"cursor\":[{row},{col}],\"reverse\":{},\"quote\":{},\"insert\":{},\
         \"window\":[{top},{left},{bottom},{right}],\"charset\":\"{charset}\",\"bells\":{}",
        state.reverse, state.quote, state.insert, state.bells,
    );
    if let Some(colour) = state.colour {
        let _ = write!(
            out,
            ",\"colour\":{colour},\"logical_col\":{},\"shift_lock\":{}",
            state.logical_col, state.shift_lock,
        );
    }
    out.push('}');
    out
}

/// `"name":["..","..",],` with the two characters escaped that a glyph can be and JSON objects to.
fn strings(out: &mut String, name: &str, rows: impl Iterator<Item = String>) {
    let rows: Vec<String> =
        rows.map(|row| format!("\"{}\"", row.replace('\\', "\\\\").replace('"', "\\\""))).collect();
    let _ = write!(out, "\"{name}\":[{}],", rows.join(","));
}

fn hex(row: &[u8], digits: usize) -> String {
    row.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:0digits$x}");
        text
    })
}
