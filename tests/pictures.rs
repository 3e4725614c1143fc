//! Pictures of screens, pixel by pixel: the characters of both sets against drawings that a person can read, and
//! what a whole screen looks like.
//!
//! `PETTERM_BLESS=1` writes the drawings in `tests/pictures/` anew; look at the difference before it is kept.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]

use std::fmt::Write as _;
use std::path::Path;

use petterm::engine::ScreenView;
use petterm::petscii::host::HostCharset;
use petterm::petscii::{CharSet, ScreenCode};
use petterm::screen::{Attrs, Behaviour, Cell, Glyph, Ink, Screen, ScreenKind};
use petterm::ui::front::Theme;
use petterm::ui::render::glyphs::{Bitmap, bitmap, of_cell};
use petterm::ui::render::{Picture, PictureOptions, raster, svg};
use petterm::ui::theme::{Rgb, phosphor};
use proptest::prelude::*;

/// Compares with a file of `tests/pictures/`.
fn golden(name: &str, drawn: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pictures").join(name);
    if std::env::var_os("PETTERM_BLESS").is_some() {
        std::fs::write(&file, drawn).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    let place = kept.lines().zip(drawn.lines()).position(|(kept, drawn)| kept != drawn);
    assert!(kept == drawn, "{name} differs from line {place:?}; PETTERM_BLESS=1 writes it anew\n{drawn}");
}

/// Characters, eight side by side under their labels.
fn chart(characters: impl Iterator<Item = (String, Bitmap)>) -> String {
    let all: Vec<(String, Bitmap)> = characters.collect();
    let mut out = String::new();
    for band in all.chunks(8) {
        let labels: Vec<String> = band.iter().map(|(label, _)| format!("{label:8}")).collect();
        writeln!(out, "{}", labels.join(" ").trim_end()).unwrap();
        for y in 0..8 {
            let row =
                |bitmap: Bitmap| (0..8).map(|x| if bitmap.lit(x, y) { '#' } else { '.' }).collect::<String>();
            writeln!(out, "{}", band.iter().map(|(_, bitmap)| row(*bitmap)).collect::<Vec<_>>().join(" "))
                .unwrap();
        }
        out.push('\n');
    }
    out
}

/// The 128 upright characters of a set of the PET.
fn set_of_the_pet(set: CharSet) -> impl Iterator<Item = (String, Bitmap)> {
    (0..0x80).map(move |code| {
        let cell = Cell::plain(Glyph::Code(ScreenCode(code)));
        (format!("{code:02X}"), of_cell(ScreenKind::Cbm8032, set, cell))
    })
}

#[test]
fn the_characters_of_the_graphics_set() {
    golden("pet-graphics.txt", &chart(set_of_the_pet(CharSet::Graphics)));
}

#[test]
fn the_characters_of_the_text_set() {
    golden("pet-text.txt", &chart(set_of_the_pet(CharSet::Text)));
}

#[test]
fn the_lines_and_blocks_of_unicode() {
    let characters = (0x2500..0x25A0).filter_map(char::from_u32);
    golden(
        "lines-and-blocks.txt",
        &chart(characters.map(|c| (format!("{:04X} {c}", u32::from(c)), bitmap(c)))),
    );
}

fn fed(kind: ScreenKind, behaviour: Behaviour, bytes: &[u8]) -> ScreenView {
    let mut screen = Screen::with_charset(kind, behaviour, HostCharset::CP437);
    screen.feed(bytes);
    let (cols, rows) = screen.size();
    let mut cells = Vec::new();
    screen.cells(&mut cells);
    ScreenView {
        kind,
        behaviour,
        cols,
        rows,
        cells,
        cursor: screen.cursor(),
        cursor_visible: screen.cursor_visible(),
        charset: screen.char_set(),
        background: screen.background(),
        view40: false,
    }
}

fn drawn(view: &ScreenView, theme: Theme) -> Picture {
    raster(view, &PictureOptions { theme, cursor: false, ..PictureOptions::default() })
}

/// From the picture's edge to the screen's first pixel, in dots.
const ORIGIN: i32 = 80;

/// The brightest dot of the pixel at a column and raster of the screen; a pixel is `width` by 4 dots.
fn pixel(picture: &Picture, width: i32, x: i32, raster: i32) -> Rgb {
    picture.get(ORIGIN + x * width + width / 2, ORIGIN + raster * 4 + 1).unwrap()
}

/// A part of a screen as rows of dots and hashes; whatever is not black is lit.
fn seen(picture: &Picture, width: i32, (cols, rasters): (i32, i32)) -> Vec<String> {
    let lit = |x, y| if pixel(picture, width, x, y).luminance() > 0.2 { '#' } else { '.' };
    (0..rasters).map(|y| (0..cols).map(|x| lit(x, y)).collect()).collect()
}

#[test]
fn a_small_screen_of_an_8032_in_text() {
    let view = fed(
        ScreenKind::Cbm8032,
        Behaviour::Strict,
        b"\x0e\x93\xd0\xc5\xd4 ready.\r\x12 rvs \x92\xc0\xc0\xae",
    );
    golden("screen-8032-text.txt", &(seen(&drawn(&view, Theme::Green), 2, (88, 20)).join("\n") + "\n"));
}

#[test]
fn a_small_screen_of_an_8032_in_graphics() {
    let view = fed(
        ScreenKind::Cbm8032,
        Behaviour::Strict,
        b"\x8e\x93PET \xc1\xd3 \xb0\xae\r\x12 rvs \x92\xc0\xad\xbd",
    );
    golden("screen-8032-graphics.txt", &(seen(&drawn(&view, Theme::Green), 2, (88, 16)).join("\n") + "\n"));
}

#[test]
fn rows_of_the_text_set_stand_apart_and_those_of_the_graphics_set_touch() {
    for (kind, set, rasters) in [
        (ScreenKind::Cbm8032, 0x0E, 10),
        (ScreenKind::Safe8032, 0x0E, 10),
        (ScreenKind::Cbm4032, 0x0E, 10),
        (ScreenKind::Cbm8032, 0x8E, 8),
        (ScreenKind::Cbm4032, 0x8E, 8),
        (ScreenKind::Pet2001N, 0x8E, 8),
        (ScreenKind::C64, 0x0E, 8),
        (ScreenKind::Vic20, 0x0E, 8),
    ] {
        let view = fed(kind, kind.default_behaviour(), &[set, 0x93, 0x12, 0x20, 0x0D, 0x12, 0x20]);
        let picture = drawn(&view, Theme::Green);
        let (cols, rows) = kind.size();
        let width = match cols {
            80 => 2,
            40 => 4,
            _ => 6,
        };
        let height = u32::from(rows) * rasters * 4;
        let expected = (u32::from(cols) * 8 * width + 160, height + 160 + 44);
        assert_eq!((picture.width(), picture.height()), expected, "{kind} {set:02X}");
        let column: String = seen(&picture, width as i32, (1, 2 * rasters as i32)).concat();
        let gap = ".".repeat(rasters as usize - 8);
        assert_eq!(column, format!("########{gap}########{gap}"), "{kind} {set:02X}");
    }
}

#[test]
fn a_reversed_screen_is_the_complement_in_every_pixel() {
    for set in [0x0E, 0x8E] {
        let codes: Vec<u8> = (0x20..0x60).chain(0xA0..0xFF).filter(|byte| *byte != 0x22).collect();
        let page = |reverse: bool| {
            let mut bytes = vec![set, 0x93];
            for &code in &codes {
                if reverse {
                    bytes.push(0x12);
                }
                bytes.push(code);
            }
            drawn(&fed(ScreenKind::Pet2001N, Behaviour::Board, &bytes), Theme::Amber)
        };
        let rasters = (codes.len() as i32).div_euclid(40) * 8;
        let (upright, reversed) =
            (seen(&page(false), 4, (320, rasters)), seen(&page(true), 4, (320, rasters)));
        let negative = |c: char| if c == '#' { '.' } else { '#' };
        for (a, b) in upright.iter().zip(&reversed) {
            assert_eq!(&a.chars().map(negative).collect::<String>(), b);
        }
        assert!(upright.concat().contains('#'));
    }
}

#[test]
fn the_cursor_reverses_its_cell() {
    let view = fed(ScreenKind::Cbm8032, Behaviour::Strict, b"\x8e\x93A\x9d");
    let at =
        |cursor| seen(&raster(&view, &PictureOptions { cursor, ..PictureOptions::default() }), 2, (8, 8));
    let negative = |c: char| if c == '#' { '.' } else { '#' };
    let turned: Vec<String> = at(false).iter().map(|row| row.chars().map(negative).collect()).collect();
    assert_eq!(at(true), turned);
}

#[test]
fn a_phosphor_has_its_own_colour_and_a_dark_line_between_rasters() {
    let view = fed(ScreenKind::Cbm8032, Behaviour::Strict, b"\x8e\x93\x12  ");
    for theme in [Theme::Green, Theme::Amber, Theme::White] {
        let picture = drawn(&view, theme);
        assert_eq!(pixel(&picture, 2, 3, 3), phosphor(theme));
        let line = picture.get(ORIGIN + 6, ORIGIN + 3).unwrap();
        assert!(line.luminance() < 0.7 * phosphor(theme).luminance() && line != Rgb::BLACK);
        assert_eq!(pixel(&picture, 2, 100, 50), Rgb::BLACK);
        // The light spreads a little to the side, and only a little.
        let halo = picture.get(ORIGIN + 32, ORIGIN + 1).unwrap().luminance();
        assert!(halo > 0.02 && halo < 0.3 * phosphor(theme).luminance(), "{halo}");
    }
}

#[test]
fn a_colour_machine_has_its_colours_and_its_border() {
    let paper = |kind, behaviour| drawn(&fed(kind, behaviour, b"\x93\x1c\x12 "), Theme::Colour);
    let border = |picture: &Picture| picture.get(ORIGIN - 10, ORIGIN + 201).unwrap();
    // At power-up a C64 is blue in a light blue border; boards draw on black.
    let strict = paper(ScreenKind::C64, Behaviour::Strict);
    assert_eq!(pixel(&strict, 4, 100, 100), Rgb(0x27, 0x24, 0xC4));
    assert_eq!(border(&strict), Rgb(0x68, 0x64, 0xFF));
    assert_eq!(pixel(&strict, 4, 3, 3), Rgb(0x96, 0x28, 0x2E));
    let board = paper(ScreenKind::C64, Behaviour::Board);
    assert_eq!((pixel(&board, 4, 100, 100), border(&board)), (Rgb::BLACK, Rgb::BLACK));
    let vic = paper(ScreenKind::Vic20, Behaviour::Strict);
    assert_eq!((pixel(&vic, 6, 100, 100), border(&vic)), (Rgb::WHITE, Rgb(0x4D, 0xF0, 0xFF)));
}

#[test]
fn an_underlined_character_has_a_line_under_it() {
    let view = fed(ScreenKind::Ansi, Behaviour::Board, b"\x1b[4mx \x1b[0mx");
    let seen = seen(&drawn(&view, Theme::White), 2, (24, 8));
    assert_eq!(seen[7], "################........");
}

#[test]
fn every_character_of_code_page_437_shows_on_an_ansi_screen() {
    let mut bytes: Vec<u8> = (0x20..0x7F).chain(0x80..=0xFE).collect();
    bytes.retain(|byte| *byte != b' ');
    let view = fed(ScreenKind::Ansi, Behaviour::Board, &bytes);
    for (cell, byte) in view.cells.iter().zip(&bytes) {
        let bitmap = of_cell(view.kind, view.charset, *cell);
        assert!(bitmap != Bitmap::MISSING && bitmap != Bitmap::BLANK, "{byte:02X}");
    }
    let stranger = Cell::plain(Glyph::Char('\u{2BFF}'));
    assert_eq!(of_cell(view.kind, view.charset, stranger), Bitmap::MISSING, "never a blank");
}

fn cells() -> impl Strategy<Value = Vec<Cell>> {
    let glyph = prop_oneof![
        any::<u8>().prop_map(|code| Glyph::Code(ScreenCode(code & 0x7F))),
        any::<char>().prop_map(Glyph::Char),
    ];
    let ink = || prop_oneof![Just(Ink::Default), any::<u8>().prop_map(Ink::Index)];
    let cell = (glyph, ink(), ink(), any::<u8>())
        .prop_map(|(glyph, fg, bg, attrs)| Cell::new(glyph, fg, bg, Attrs(attrs & 31)));
    prop::collection::vec(cell, 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    /// Whatever stands in a cell, and however few cells there are, there is a picture of the right size.
    #[test]
    fn any_screen_has_its_picture(
        cells in cells(),
        kind in prop::sample::select(&ScreenKind::ALL[..]),
        theme in prop::sample::select(&[Theme::Green, Theme::Amber, Theme::White, Theme::Colour][..]),
        size in (0..14_u8, 0..6_u8),
        cursor in any::<(u8, u8)>(),
        text in any::<bool>(),
        background in any::<Option<u8>>(),
    ) {
        let view = ScreenView {
            kind,
            behaviour: kind.default_behaviour(),
            cols: size.0,
            rows: size.1,
            cells,
            cursor,
            cursor_visible: true,
            charset: if text { CharSet::Text } else { CharSet::Graphics },
            background,
            view40: false,
        };
        let options = PictureOptions { theme, ..PictureOptions::default() };
        let picture = raster(&view, &options);
        prop_assert_eq!(picture.pixels().len(), (picture.width() * picture.height()) as usize);
        prop_assert_eq!(picture.width(), u32::from(size.0) * 48 + 160);
        let drawing = svg(&view, &options);
        prop_assert!(drawing.ends_with("</svg>\n"));
        let height = format!("height=\"{}\"", picture.height() / 2);
        prop_assert!(drawing.contains(&height));
    }
}
