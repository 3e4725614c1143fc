//! A scope's picture: lines on one ruler, as cells for a terminal and as a drawing for files.
//!
//! [`page`] makes cells, one picture for `--text` and for the terminal front end; [`figure`] makes shapes, one
//! drawing for SVG and PNG. Both are functions of the lines and the window alone: the same scope always makes
//! the same picture. Layout and wording: `docs/scope.md`.

mod eye;
mod figure;
mod page;
mod pixels;
mod svg;
mod window;
mod words;

pub use eye::eye_page;
pub use figure::{Anchor, Figure, Shape, figure, figure_view};
pub use page::{Glyph, Ink, Page, PageOptions, page, page_columns, page_view};
pub use pixels::figure_picture;
pub use svg::figure_svg;
pub use window::{Begin, Window};
pub use words::{span_text, time_text};

use crate::wave::scope::{Line, Reader, View, signed};

/// Lines, and the part of time that shows.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// The lines, from top to bottom.
    pub lines: &'a [Line],
    /// The window.
    pub view: View,
    /// What the recording calls the lines' zero, in nanoseconds: added where a time is told.
    pub clock: i64,
}

impl Scope<'_> {
    /// The moment that the ruler calls 0: the start edge of the first frame that begins in the window, of the
    /// first line that has one; else the window's begin.
    pub fn zero(&self) -> i64 {
        let first = |line: &Line| {
            let frames = line.frames_between(Reader::Right, self.view.from, self.view.to());
            frames.iter().find(|f| !f.is_break && signed(f.start) >= self.view.from).map(|f| signed(f.start))
        };
        self.lines.iter().find_map(first).unwrap_or(self.view.from)
    }
}

#[cfg(test)]
mod tests;
