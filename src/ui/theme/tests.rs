//! Shades stay legible, palettes are the published ones, and a host without colours gets none.

use super::*;
use crate::screen::Glyph;

fn with(fg: Ink, bg: Ink, attrs: Attrs) -> Cell {
    Cell::new(Glyph::Char('x'), fg, bg, attrs)
}

#[test]
fn phosphors_are_the_published_colours() {
    for (theme, hex) in [(Theme::Green, "#41FF00"), (Theme::Amber, "#FFA800"), (Theme::White, "#FFFFFF")] {
        let plain = cell(theme, ScreenKind::Cbm8032, None, &Cell::BLANK_CODE, false);
        assert_eq!((plain.fg.hex().as_str(), plain.bg), (hex, Rgb::BLACK));
    }
}

#[test]
fn bold_is_brighter_and_dim_is_darker() {
    for theme in [Theme::Green, Theme::Amber, Theme::Colour] {
        for ink in [Ink::Default, Ink::Index(2)] {
            let of = |attrs| {
                cell(theme, ScreenKind::Ansi, None, &with(ink, Ink::Default, attrs), false).fg.luminance()
            };
            assert!(of(Attrs::BOLD) > of(Attrs(0)), "{theme:?} {ink:?}");
            assert!(of(Attrs::DIM) < of(Attrs(0)), "{theme:?} {ink:?}");
        }
    }
}

#[test]
fn different_colours_never_vanish_on_a_phosphor() {
    for kind in [ScreenKind::C64, ScreenKind::Ansi, ScreenKind::C128] {
        for (fg, bg) in (0..16).flat_map(|fg| (0..16).map(move |bg| (fg, bg))).filter(|(fg, bg)| fg != bg) {
            let paint =
                cell(Theme::Green, kind, None, &with(Ink::Index(fg), Ink::Index(bg), Attrs(0)), false);
            let contrast = (paint.fg.luminance() - paint.bg.luminance()).abs();
            assert!(contrast > 0.15, "{kind} {fg} on {bg}: {contrast}");
        }
    }
}

#[test]
fn text_in_the_colour_of_its_background_stays_hidden() {
    let paint =
        cell(Theme::Green, ScreenKind::C64, None, &with(Ink::Index(5), Ink::Index(5), Attrs(0)), false);
    assert_eq!(paint.fg, paint.bg);
}

#[test]
fn the_colour_theme_shows_the_screens_own_palette() {
    let cell_of =
        |kind, n| cell(Theme::Colour, kind, Some(6), &with(Ink::Index(n), Ink::Default, Attrs(0)), false);
    assert_eq!(cell_of(ScreenKind::C64, 14).fg.hex(), "#6864FF");
    assert_eq!(cell_of(ScreenKind::C64, 14).bg.hex(), "#2724C4");
    assert_eq!(cell_of(ScreenKind::C128, 12).fg.hex(), "#AA5500");
    assert_eq!(cell_of(ScreenKind::Vic20, 7).fg.hex(), "#DCD71B");
    assert_eq!(cell_of(ScreenKind::Ansi, 196).fg.hex(), "#FF0000");
}

#[test]
fn depths_come_from_the_environment() {
    for (colorterm, term, depth) in [
        (Some("truecolor"), Some("xterm-256color"), Depth::True),
        (None, Some("xterm-256color"), Depth::TwoFiftySix),
        (None, Some("xterm-kitty"), Depth::True),
        (None, Some("linux"), Depth::Sixteen),
        (None, Some("vt220"), Depth::None),
        (None, None, Depth::Sixteen),
    ] {
        assert_eq!(Depth::detect(colorterm, term), depth, "{colorterm:?} {term:?}");
    }
}

#[test]
fn colours_are_reduced_to_what_the_host_has() {
    let green = phosphor(Theme::Green);
    assert_eq!(Depth::True.reduce(green), HostColour::Direct(green));
    assert_eq!(Depth::TwoFiftySix.reduce(green), HostColour::Number(82));
    assert_eq!(Depth::Sixteen.reduce(green), HostColour::Number(10));
    assert_eq!(Depth::Sixteen.reduce(Rgb::BLACK), HostColour::Number(0));
    assert_eq!(Depth::None.reduce(green), HostColour::Unset);
}

#[test]
fn four_steps_through_the_themes_come_back() {
    let mut theme = Theme::Green;
    for _ in 0..4 {
        theme = next(theme);
    }
    assert_eq!(theme, Theme::Green);
}
