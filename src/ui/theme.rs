//! Colours: phosphors, palettes, and what is left of them on a host with fewer colours or none.
//!
//! A phosphor has one colour and shows everything in shades of it: a palette's colours by their luminance,
//! bold brighter, dim darker. The colour theme shows the screen's own palette. [`Paint`] is the result for
//! one cell in 24-bit colour; [`Depth::reduce`] takes it down to what the host can show.
//!
//! Colour values: `docs/pictures.md`, "Colours".

mod palette;

use super::front::Theme;
use crate::screen::{Attrs, Cell, Ink, ScreenKind};

pub use palette::palette;

/// A colour, 8 bits a channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Rgb(pub u8, pub u8, pub u8);

impl Rgb {
    /// Black.
    pub const BLACK: Rgb = Rgb(0, 0, 0);
    /// White.
    pub const WHITE: Rgb = Rgb(255, 255, 255);

    /// Relative brightness, 0 to 1 (ITU-R BT.601 weights on the stored values).
    pub fn luminance(self) -> f32 {
        (0.299 * f32::from(self.0) + 0.587 * f32::from(self.1) + 0.114 * f32::from(self.2)) / 255.0
    }

    /// As `#RRGGBB`.
    pub fn hex(self) -> String {
        format!("#{:02X}{:02X}{:02X}", self.0, self.1, self.2)
    }

    /// A colour on the way to another: 0 is this one, 1 the other.
    #[must_use]
    pub fn mix(self, other: Rgb, share: f32) -> Rgb {
        let channel = |a: u8, b: u8| {
            (f32::from(a) + (f32::from(b) - f32::from(a)) * share.clamp(0.0, 1.0)).round() as u8
        };
        Rgb(channel(self.0, other.0), channel(self.1, other.1), channel(self.2, other.2))
    }

    fn distance(self, other: Rgb) -> u32 {
        let square = |a: u8, b: u8| u32::from(a.abs_diff(b)).pow(2);
        2 * square(self.0, other.0) + 4 * square(self.1, other.1) + 3 * square(self.2, other.2)
    }
}

/// How a cell is painted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paint {
    /// Foreground, before reversing.
    pub fg: Rgb,
    /// Background, before reversing.
    pub bg: Rgb,
    /// Foreground and background exchanged.
    pub reverse: bool,
    /// Bold: the colour says so already where there are colours.
    pub bold: bool,
    /// Dim: the colour says so already where there are colours.
    pub dim: bool,
    /// Underlined.
    pub underline: bool,
}

/// The parts of petterm's own furniture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Plain text.
    Text,
    /// Text that matters less, and frames.
    Faint,
    /// Text that matters more.
    Strong,
    /// The selected line of a list; also the bezel while it flashes.
    Selected,
    /// A warning.
    Warning,
    /// An error.
    Error,
    /// A match of a search.
    Match,
}

/// The phosphor's own colour; the colour theme's furniture is light grey.
pub fn phosphor(theme: Theme) -> Rgb {
    match theme {
        Theme::Green => Rgb(0x41, 0xFF, 0x00),
        Theme::Amber => Rgb(0xFF, 0xA8, 0x00),
        Theme::White => Rgb::WHITE,
        Theme::Colour => Rgb(0xAA, 0xAA, 0xAA),
    }
}

/// The theme after this one, for the key that steps through them.
pub fn next(theme: Theme) -> Theme {
    match theme {
        Theme::Green => Theme::Amber,
        Theme::Amber => Theme::White,
        Theme::White => Theme::Colour,
        Theme::Colour => Theme::Green,
    }
}

/// The name of a theme on the command line.
pub fn name(theme: Theme) -> &'static str {
    match theme {
        Theme::Green => "green",
        Theme::Amber => "amber",
        Theme::White => "white",
        Theme::Colour => "colour",
    }
}

/// A shade of a phosphor: 0 is dark, 1 its own colour, 2 white-hot.
fn shade(theme: Theme, level: f32) -> Rgb {
    let full = phosphor(theme);
    if level <= 1.0 { Rgb::BLACK.mix(full, level) } else { full.mix(Rgb::WHITE, level - 1.0) }
}

/// Paints a cell of a screen. `background` is the screen's own, as a number in its palette; `blink_off` is
/// the dark half of the blinking of cells that blink.
pub fn cell(theme: Theme, kind: ScreenKind, background: Option<u8>, cell: &Cell, blink_off: bool) -> Paint {
    let bold = cell.attrs().contains(Attrs::BOLD);
    let dim = cell.attrs().contains(Attrs::DIM) || (blink_off && cell.attrs().contains(Attrs::BLINK));
    let (fg, bg) = match theme {
        Theme::Colour => in_colour(kind, background, *cell, bold, dim),
        _ => in_shades(theme, kind, *cell, bold, dim),
    };
    Paint {
        fg,
        bg,
        reverse: cell.attrs().contains(Attrs::REVERSE),
        bold,
        dim,
        underline: cell.attrs().contains(Attrs::UNDERLINE),
    }
}

fn in_shades(theme: Theme, kind: ScreenKind, cell: Cell, bold: bool, dim: bool) -> (Rgb, Rgb) {
    let back = match cell.bg() {
        Ink::Default => 0.0,
        Ink::Index(n) => match palette(kind, n).luminance() {
            dark if dark < 0.02 => 0.0,
            luminance => 0.15 + 0.6 * luminance,
        },
    };
    let mut front = match cell.fg() {
        Ink::Default => 1.0,
        // Whoever writes in the colour of the background means it to be hidden.
        Ink::Index(_) if cell.fg() == cell.bg() => back,
        Ink::Index(n) => {
            let level = 0.35 + 0.65 * palette(kind, n).luminance();
            // Two colours of one brightness must still be told apart in shades of one.
            match back {
                b if (level - b).abs() >= 0.3 => level,
                b if b > 0.45 => 0.0,
                b => b + 0.45,
            }
        }
    };
    if bold {
        front = (front * 1.3).max(1.5 * f32::from(u8::from(matches!(cell.fg(), Ink::Default))));
    }
    if dim {
        front *= 0.55;
    }
    (shade(theme, front), shade(theme, back))
}

fn in_colour(kind: ScreenKind, background: Option<u8>, cell: Cell, bold: bool, dim: bool) -> (Rgb, Rgb) {
    let bg = match (cell.bg(), background) {
        (Ink::Index(n), _) | (Ink::Default, Some(n)) => palette(kind, n),
        (Ink::Default, None) => Rgb::BLACK,
    };
    let fg = match cell.fg() {
        // Bold is the bright half of the sixteen, as on a PC.
        Ink::Index(n @ 0..=7) if bold && kind.machine().is_none() => palette(kind, n + 8),
        Ink::Index(n) => palette(kind, n),
        Ink::Default if kind.machine().is_some() => {
            let own = phosphor(Theme::Green);
            if bold { own.mix(Rgb::WHITE, 0.5) } else { own }
        }
        Ink::Default if bold => Rgb::WHITE,
        Ink::Default => phosphor(Theme::Colour),
    };
    (if dim { fg.mix(bg, 0.45) } else { fg }, bg)
}

/// Paints petterm's own furniture.
pub fn furniture(theme: Theme, role: Role) -> Paint {
    let coloured = theme == Theme::Colour;
    let (fg, reverse, bold, dim) = match role {
        Role::Text => (shade(theme, 0.85), false, false, false),
        Role::Faint => (shade(theme, 0.5), false, false, true),
        Role::Strong => (shade(theme, 1.4), false, true, false),
        Role::Selected => (shade(theme, 0.9), true, false, false),
        Role::Match => (shade(theme, 1.4), true, true, false),
        Role::Warning if coloured => (Rgb(0xFF, 0xFF, 0x55), false, true, false),
        Role::Warning => (shade(theme, 1.4), false, true, false),
        Role::Error if coloured => (Rgb(0xFF, 0x55, 0x55), true, true, false),
        Role::Error => (shade(theme, 1.4), true, true, false),
    };
    Paint { fg, bg: Rgb::BLACK, reverse, bold, dim, underline: false }
}

/// How many colours a host shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// None: attributes only.
    None,
    /// The sixteen.
    Sixteen,
    /// xterm's 256.
    TwoFiftySix,
    /// 24 bits.
    True,
}

/// A colour as a host is told it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostColour {
    /// Whatever the host has.
    Unset,
    /// A number among the sixteen or the 256.
    Number(u8),
    /// 24 bits.
    Direct(Rgb),
}

impl Depth {
    /// What the environment says: the values of `COLORTERM` and `TERM`.
    pub fn detect(colorterm: Option<&str>, term: Option<&str>) -> Depth {
        let term = term.unwrap_or_default();
        if matches!(colorterm, Some("truecolor" | "24bit")) || term.ends_with("-direct") {
            return Depth::True;
        }
        if ["kitty", "ghostty", "alacritty", "foot", "wezterm"].iter().any(|name| term.contains(name)) {
            return Depth::True;
        }
        if term.contains("256color") {
            return Depth::TwoFiftySix;
        }
        // The DEC terminals of these names have no colour.
        if term.starts_with("vt1") || term.starts_with("vt2") || term.ends_with("-mono") {
            return Depth::None;
        }
        Depth::Sixteen
    }

    /// The nearest colour that a host of this depth has.
    pub fn reduce(self, colour: Rgb) -> HostColour {
        match self {
            Depth::None => HostColour::Unset,
            Depth::Sixteen => HostColour::Number(nearest(colour, 0, 15)),
            Depth::TwoFiftySix => HostColour::Number(nearest(colour, 16, 255)),
            Depth::True => HostColour::Direct(colour),
        }
    }
}

/// The nearest of a range of xterm's colours. The first sixteen are the user's to change, so they are used
/// only where there is nothing else.
fn nearest(colour: Rgb, first: u8, last: u8) -> u8 {
    (first..=last).min_by_key(|&n| palette::xterm(n).distance(colour)).unwrap_or(first)
}

#[cfg(test)]
mod tests;
