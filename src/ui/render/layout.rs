//! Where everything of a screen's picture is, and what stands in each cell, for the PNG and the SVG alike.
//!
//! The unit is half the width of a 40-column pixel. A raster is two units high, and a pixel one to three wide, so
//! that a screen has about the shape of its tube, four to three.
//!
//! Facts: `docs/pictures.md`.

use super::cells::visible_cols;
use super::glyphs::{Bitmap, SIZE, of_cell};
use crate::engine::ScreenView;
use crate::petscii::CharSet;
use crate::screen::{Cell, ScreenKind};
use crate::ui::front::Theme;
use crate::ui::theme::{self, Rgb};

/// From the picture's edge to the first pixel of the screen.
pub(super) const MARGIN: u32 = 40;
/// From the picture's edge to the tube.
pub(super) const BEZEL: u32 = 20;
/// Room below the tube for the badge.
pub(super) const FOOT: u32 = 22;
/// From the tube to the badge.
pub(super) const BADGE: u32 = 13;
/// The colour of a PET's case.
pub(super) const CASE: Rgb = Rgb(0xCF, 0xCA, 0xBB);
/// The edge of the tube.
pub(super) const EDGE: Rgb = Rgb(0x1A, 0x1A, 0x1A);
/// What is printed on the case.
pub(super) const PRINT: Rgb = Rgb(0x3A, 0x3A, 0x3A);

/// How a picture is to look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PictureOptions {
    /// Phosphor or palette.
    pub theme: Theme,
    /// What stands on the bezel.
    pub badge: String,
    /// Whether the cursor shows.
    pub cursor: bool,
}

impl Default for PictureOptions {
    fn default() -> PictureOptions {
        PictureOptions { theme: Theme::Green, badge: "petterm".into(), cursor: true }
    }
}

/// The measures of a screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) cols: u32,
    pub(super) rows: u32,
    /// Width and height of a pixel in units.
    pub(super) pixel: (u32, u32),
    /// Rasters from one row of characters to the next.
    pub(super) rasters: u32,
}

impl Layout {
    pub(super) fn of(view: &ScreenView) -> Layout {
        let cols = u32::from(visible_cols(view));
        let width = match cols {
            0..=22 => 3,
            23..=40 => 2,
            _ => 1,
        };
        // The video chip of these PETs is told another height of rows with each set.
        let spaced = matches!(view.kind, ScreenKind::Safe8032 | ScreenKind::Cbm8032 | ScreenKind::Cbm4032)
            && view.charset == CharSet::Text;
        Layout { cols, rows: u32::from(view.rows), pixel: (width, 2), rasters: if spaced { 10 } else { 8 } }
    }

    /// Width and height of the screen in units.
    pub(super) fn screen(&self) -> (u32, u32) {
        (self.cols * SIZE as u32 * self.pixel.0, self.rows * self.rasters * self.pixel.1)
    }

    /// Width and height of the whole picture in units.
    pub(super) fn whole(&self) -> (u32, u32) {
        let (width, height) = self.screen();
        (width + 2 * MARGIN, height + 2 * MARGIN + FOOT)
    }

    /// Width and height of the tube in units.
    pub(super) fn tube(&self) -> (u32, u32) {
        let (width, height) = self.screen();
        (width + 2 * (MARGIN - BEZEL), height + 2 * (MARGIN - BEZEL))
    }
}

/// A cell as it is drawn: the lit pixels in one colour, the others in another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Painted {
    pub(super) row: u32,
    pub(super) col: u32,
    pub(super) drawing: Bitmap,
    pub(super) fg: Rgb,
    pub(super) bg: Rgb,
}

/// Every cell that shows, row by row.
pub(super) fn painted<'a>(
    view: &'a ScreenView,
    options: &'a PictureOptions,
) -> impl Iterator<Item = Painted> + 'a {
    let shown = visible_cols(view);
    let rows = view.cells.chunks(usize::from(view.cols).max(1)).take(usize::from(view.rows));
    (0..).zip(rows).flat_map(move |(row, cells)| {
        (0..shown).zip(cells).map(move |(col, &cell)| {
            let mut paint = theme::cell(options.theme, view.kind, view.background, &cell, false);
            let here = (u16::from(view.cursor.0), u16::from(view.cursor.1)) == (row, col);
            paint.reverse ^= here && options.cursor && view.cursor_visible;
            let mut drawing = of_cell(view.kind, view.charset, cell);
            if paint.underline {
                drawing.0[SIZE - 1] = 0xFF;
            }
            let (fg, bg) = if paint.reverse { (paint.bg, paint.fg) } else { (paint.fg, paint.bg) };
            Painted { row: u32::from(row), col: u32::from(col), drawing, fg, bg }
        })
    })
}

/// The colours of a blank cell and of the border around the screen.
pub(super) fn grounds(view: &ScreenView, options: &PictureOptions) -> (Rgb, Rgb) {
    let blank = theme::cell(options.theme, view.kind, view.background, &Cell::BLANK_CHAR, false).bg;
    // Nothing on the wire sets the border. It goes with the background that the machine starts with; a program
    // that changes the one changes the other.
    let border = match (options.theme, view.kind, view.background) {
        (Theme::Colour, ScreenKind::C64, Some(6)) => theme::palette(view.kind, 14),
        (Theme::Colour, ScreenKind::Vic20, Some(1)) => theme::palette(view.kind, 3),
        _ => blank,
    };
    (blank, border)
}
