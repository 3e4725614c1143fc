//! Pictures are complete, well formed, and the same every time.

use super::shapes::{Part, shape};
use super::*;
use crate::engine::ScreenView;
use crate::petscii::{CharSet, GlyphTier};
use crate::screen::{Attrs, Behaviour, Cell, Glyph, Ink, ScreenKind};
use crate::ui::front::Theme;

fn view(text: &[&str]) -> ScreenView {
    let mut cells = vec![Cell::BLANK_CHAR; 2000];
    for (row, line) in text.iter().enumerate() {
        for (col, c) in line.chars().enumerate() {
            cells[row * 80 + col] = Cell::plain(Glyph::Char(c));
        }
    }
    ScreenView {
        kind: ScreenKind::Ansi,
        behaviour: Behaviour::Board,
        cols: 80,
        rows: 25,
        cells,
        cursor: (24, 0),
        cursor_visible: true,
        charset: CharSet::Text,
        background: None,
        view40: false,
    }
}

#[test]
fn text_cuts_trailing_blanks_and_keeps_every_row() {
    let text = screen_text(&view(&["HELLO  WORLD", "", " x"]));
    assert!(text.starts_with("HELLO  WORLD\n\n x\n\n"));
    assert_eq!(text.lines().count(), 25);
    assert!(text.ends_with('\n'));
}

#[test]
fn hostile_characters_never_leave_their_cell() {
    let text = screen_text(&view(&["a\u{1b}]b\u{202e}c\u{9b}d漢e"]));
    assert!(text.starts_with("a?]b?c?d?e\n"), "{text:?}");
    let picture = svg(&view(&["<script>&\"\u{1b}"]), &SvgOptions::default());
    assert!(picture.contains("&lt;script&gt;&amp;&quot;?"));
    assert!(!picture.contains("<script"));
}

#[test]
fn ascii_has_a_stand_in_for_every_character() {
    for c in "─│┌┼╬█▓▒░\u{1fb70}é€".chars() {
        let cell = Cell::plain(Glyph::Char(c));
        assert!(glyph_char(ScreenKind::Ansi, CharSet::Text, &cell, GlyphTier::Ascii).is_ascii(), "{c}");
    }
}

#[test]
fn a_picture_has_every_run_of_text_in_its_place() {
    let mut screen = view(&["", "  HELLO you"]);
    screen.cells[80 + 8] = Cell::new(Glyph::Char('y'), Ink::Index(2), Ink::Default, Attrs(0));
    let picture = svg(&screen, &SvgOptions { cursor: false, ..SvgOptions::default() });
    assert!(picture.contains(
        "<text x=\"64\" y=\"79\" textLength=\"50\" lengthAdjust=\"spacingAndGlyphs\">HELLO</text>"
    ));
    assert!(
        picture.contains(
            "<text x=\"134\" y=\"79\" textLength=\"20\" lengthAdjust=\"spacingAndGlyphs\">ou</text>"
        )
    );
    assert!(picture.contains("#41FF00"));
    assert_eq!(picture, svg(&screen, &SvgOptions { cursor: false, ..SvgOptions::default() }));
}

#[test]
fn the_cursor_and_reversed_cells_have_a_ground() {
    let screen = view(&[]);
    let plain = svg(&screen, &SvgOptions { cursor: false, ..SvgOptions::default() });
    assert!(!plain.contains("<path"), "a blank screen has nothing on it");
    let with_cursor = svg(&screen, &SvgOptions::default());
    assert!(with_cursor.contains("fill=\"#41FF00\" d=\"M44 524h10v20h-10z\""), "{with_cursor}");
    let mut reversed = view(&["A"]);
    reversed.cells[0] = Cell::new(Glyph::Char('A'), Ink::Default, Ink::Default, Attrs::REVERSE);
    let picture = svg(&reversed, &SvgOptions { cursor: false, theme: Theme::Amber, ..SvgOptions::default() });
    assert!(picture.contains("fill=\"#FFA800\" d=\"M44 44h10v20h-10z\""));
    assert!(picture.contains("<g fill=\"#000000\""));
}

#[test]
fn tags_are_closed_in_order() {
    let all: String = (0x20..0x7f).filter_map(char::from_u32).filter(|c| *c != ' ').take(80).collect();
    let picture = svg(&view(&[&all, "╭─╮▒▌▐◣\u{1fb95}\u{1fb98}"]), &SvgOptions::default());
    let mut open = Vec::new();
    for tag in picture.split('<').skip(1) {
        let (tag, text) = tag.split_once('>').unwrap();
        assert!(!text.contains('>'), "{text}");
        let name = tag.split([' ', '/']).find(|part| !part.is_empty()).unwrap();
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name));
        } else if !tag.ends_with('/') {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

/// Share of the cell that fills and shades cover.
fn cover(c: char) -> f32 {
    let area = |w: u8, h: u8| f32::from(w) * f32::from(h) / 256.0;
    let of = |part: &Part| match *part {
        Part::Fill(.., w, h) => area(w, h),
        Part::Shade(.., w, h) => area(w, h) / 2.0,
        Part::Triangle(_) => 0.5,
        Part::Line(..) | Part::Arc(..) => 0.0,
    };
    shape(c).unwrap_or_default().iter().map(of).sum()
}

#[test]
fn blocks_cover_what_their_names_say() {
    for (c, share) in [
        ('▀', 0.5),
        ('▁', 0.125),
        ('▃', 0.375),
        ('█', 1.0),
        ('▉', 0.875),
        ('▏', 0.125),
        ('▐', 0.5),
        ('▒', 0.5),
        ('▔', 0.125),
        ('▕', 0.125),
        ('▖', 0.25),
        ('▙', 0.75),
        ('▚', 0.5),
        ('▟', 0.75),
        ('◤', 0.5),
        ('\u{1fb72}', 0.125),
        ('\u{1fb7a}', 0.125),
        ('\u{1fb7c}', 0.234375),
        ('\u{1fb85}', 0.75),
        ('\u{1fb8b}', 0.875),
        ('\u{1fb8f}', 0.25),
        ('\u{1fb91}', 0.75),
        ('\u{1fb95}', 0.5),
        ('\u{1fb96}', 0.5),
    ] {
        assert!((cover(c) - share).abs() < 1e-6, "{c} {:04x}: {}", u32::from(c), cover(c));
    }
}

#[test]
fn every_shape_stays_in_its_cell_and_a_reversed_pair_fills_it() {
    for c in (0x2500..0x25ff).chain(0x1fb70..0x1fb9a).filter_map(char::from_u32) {
        for part in shape(c).unwrap_or_default() {
            if let Part::Fill(x, y, w, h) | Part::Shade(x, y, w, h) = part {
                assert!(x + w <= 16 && y + h <= 16, "{c}");
            }
        }
    }
    for (a, b) in [('▀', '▄'), ('▌', '▐'), ('▘', '▟'), ('▝', '▙'), ('▚', '▞'), ('\u{1fb95}', '\u{1fb96}')]
    {
        assert!((cover(a) + cover(b) - 1.0).abs() < 1e-6, "{a}{b}");
    }
}
