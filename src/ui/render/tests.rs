//! Pictures are complete, well formed, and the same every time.

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
    let picture = svg(&view(&["<script>&\"\u{1b}"]), &PictureOptions::default());
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
fn an_svg_has_every_character_in_its_place_and_its_text_over_it() {
    let mut screen = view(&["", "  HELLO you"]);
    screen.cells[80 + 8] = Cell::new(Glyph::Char('y'), Ink::Index(2), Ink::Default, Attrs(0));
    let options = PictureOptions { cursor: false, badge: "E".into(), ..PictureOptions::default() };
    let picture = svg(&screen, &options);
    assert!(picture.contains(
        "<text x=\"56\" y=\"70\" textLength=\"72\" lengthAdjust=\"spacingAndGlyphs\">HELLO you</text>"
    ));
    // E, with its bars and stem, once in the file; L stands twice.
    let e = "<path id=\"g7e60607c60607e00\" d=\"M1 0h6v1h-6zM1 1h2v1h-2z";
    assert_eq!(picture.matches(e).count(), 1, "{picture}");
    assert!(picture.contains("<use href=\"#g7e60607c60607e00\" x=\"24\" y=\"8\"/>"));
    assert_eq!(picture.matches("<use href=\"#g6060606060607e00\"").count(), 2);
    assert!(picture.contains("<g fill=\"#41FF00\"><use"));
    assert_eq!(picture.matches("<use ").count(), 9, "eight on the screen, one on the bezel");
    assert_eq!(picture, svg(&screen, &options));
}

#[test]
fn every_drawing_that_an_svg_uses_is_in_it() {
    let line: String = (0x21..0x71).filter_map(char::from_u32).collect();
    let picture = svg(&view(&[&line, "╭─╮▒▌▐◣█ "]), &PictureOptions::default());
    let names: Vec<&str> =
        picture.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(names.len(), 80 + 7 + 7, "a full cell is a field; the badge is seven");
    for name in names {
        assert_eq!(picture.matches(&format!("<path id=\"{name}\"")).count(), 1, "{name}");
    }
}

#[test]
fn the_cursor_and_reversed_cells_have_a_ground() {
    let screen = view(&[]);
    let without = PictureOptions { cursor: false, ..PictureOptions::default() };
    assert!(!svg(&screen, &without).contains("<path fill"), "a blank screen has nothing on it");
    let with_cursor = svg(&screen, &PictureOptions::default());
    assert!(with_cursor.contains("fill=\"#41FF00\" d=\"M0 192h8v8h-8z\""), "{with_cursor}");
    let mut reversed = view(&["AB"]);
    for (cell, c) in reversed.cells.iter_mut().zip("AB".chars()) {
        *cell = Cell::new(Glyph::Char(c), Ink::Default, Ink::Default, Attrs::REVERSE);
    }
    let picture = svg(&reversed, &PictureOptions { theme: Theme::Amber, ..without });
    assert!(picture.contains("fill=\"#FFA800\" d=\"M0 0h16v8h-16z\""));
    assert!(picture.contains("<g fill=\"#000000\"><use"));
}

#[test]
fn tags_are_closed_in_order() {
    let all: String = (0x20..0x7f).filter_map(char::from_u32).filter(|c| *c != ' ').take(80).collect();
    let picture = svg(&view(&[&all, "╭─╮▒▌▐◣\u{1fb95}\u{1fb98}"]), &PictureOptions::default());
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
