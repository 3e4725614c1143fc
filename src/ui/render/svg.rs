//! A screen as an SVG picture, for documents: the tube, its bezel and badge, every cell in its place.
//!
//! The same screen always makes the same file. Characters are petterm's own drawings, each once in the file, so
//! that nothing depends on the viewer's fonts; the same text lies over them unseen, to be searched, copied and read
//! aloud.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};

use super::cells::row_text;
use super::glyphs::{Bitmap, SIZE, bitmap};
use super::layout::{
    BADGE, BEZEL, CASE, EDGE, Layout, MARGIN, PRINT, Painted, PictureOptions, grounds, painted,
};
use crate::engine::ScreenView;
use crate::ui::theme::{self, Rgb, Role};

/// Draws a screen.
pub fn svg(view: &ScreenView, options: &PictureOptions) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write_picture(&mut out, view, options, &Layout::of(view));
    out
}

fn write_picture(
    out: &mut String,
    view: &ScreenView,
    options: &PictureOptions,
    layout: &Layout,
) -> fmt::Result {
    let (blank, border) = grounds(view, options);
    let cells: Vec<Painted> = painted(view, options).collect();
    let ((width, height), (screen_width, screen_height)) = (layout.whole(), layout.screen());
    let (tube_width, tube_height) = layout.tube();
    let badge = escape(&options.badge);
    writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" role=\"img\">"
    )?;
    writeln!(out, "<title>{badge}</title>")?;
    write_drawings(out, &cells, &options.badge)?;
    writeln!(out, "<rect width=\"{width}\" height=\"{height}\" rx=\"20\" fill=\"{}\"/>", CASE.hex())?;
    for (out_by, radius, colour) in [(3, 19, EDGE), (0, 16, border)] {
        writeln!(
            out,
            "<rect x=\"{0}\" y=\"{0}\" width=\"{1}\" height=\"{2}\" rx=\"{radius}\" fill=\"{3}\"/>",
            BEZEL - out_by,
            tube_width + 2 * out_by,
            tube_height + 2 * out_by,
            colour.hex()
        )?;
    }
    if border != blank {
        writeln!(
            out,
            "<rect x=\"{MARGIN}\" y=\"{MARGIN}\" width=\"{screen_width}\" height=\"{screen_height}\" fill=\"{}\"/>",
            blank.hex()
        )?;
    }
    let (pixel_width, pixel_height) = layout.pixel;
    writeln!(
        out,
        "<g shape-rendering=\"crispEdges\" transform=\"translate({MARGIN} {MARGIN}) scale({pixel_width} {pixel_height})\">"
    )?;
    for (colour, path) in fields(&cells, layout, blank) {
        writeln!(out, "<path fill=\"{colour}\" d=\"{path}\"/>")?;
    }
    for (colour, uses) in characters(&cells, layout) {
        writeln!(out, "<g fill=\"{colour}\">{uses}</g>")?;
    }
    writeln!(out, "</g>")?;
    write_text(out, view, layout)?;

    let foot = BEZEL + tube_height + BADGE;
    let lit = theme::furniture(options.theme, Role::Strong).fg.hex();
    let print = PRINT.hex();
    write!(out, "<g fill=\"{print}\" transform=\"translate({MARGIN} {foot}) scale(1 2)\">")?;
    for (place, c) in options.badge.chars().enumerate() {
        write!(out, "<use href=\"#{}\" x=\"{}\"/>", name(bitmap(c)), place * SIZE)?;
    }
    writeln!(out, "</g>")?;
    writeln!(
        out,
        "<circle cx=\"{}\" cy=\"{}\" r=\"5\" fill=\"{lit}\" stroke=\"{print}\"/>",
        width - MARGIN - 5,
        foot + 7
    )?;
    writeln!(out, "</svg>")
}

/// The name of a drawing in the file: its rows in hexadecimal.
fn name(drawing: Bitmap) -> String {
    drawing.0.iter().fold("g".to_owned(), |mut name, row| {
        let _ = write!(name, "{row:02x}");
        name
    })
}

/// Whether a cell's drawing shows at all, and does not fill the cell.
fn has_character(cell: &Painted) -> bool {
    cell.fg != cell.bg && cell.drawing != Bitmap::BLANK && cell.drawing != Bitmap::FULL
}

/// Every drawing in use, once.
fn write_drawings(out: &mut String, cells: &[Painted], badge: &str) -> fmt::Result {
    let shown = cells.iter().filter(|cell| has_character(cell)).map(|cell| cell.drawing.0);
    let used: BTreeSet<[u8; SIZE]> = shown.chain(badge.chars().map(|c| bitmap(c).0)).collect();
    write!(out, "<defs>")?;
    for drawing in used.into_iter().map(Bitmap) {
        write!(out, "<path id=\"{}\" d=\"", name(drawing))?;
        for y in 0..SIZE {
            let mut x = 0;
            while x < SIZE {
                let run = (x..SIZE).take_while(|x| drawing.lit(*x, y)).count();
                if run > 0 {
                    write!(out, "M{x} {y}h{run}v1h-{run}z")?;
                }
                x += run.max(1);
            }
        }
        write!(out, "\"/>")?;
    }
    writeln!(out, "</defs>")
}

/// The backgrounds of cells, and what fills them, as path data by colour: cells side by side in one piece.
fn fields(cells: &[Painted], layout: &Layout, blank: Rgb) -> BTreeMap<String, String> {
    let mut paths: BTreeMap<String, String> = BTreeMap::new();
    let field = |cell: &Painted| if cell.drawing == Bitmap::FULL { cell.fg } else { cell.bg };
    for run in cells.chunk_by(|a, b| a.row == b.row && field(a) == field(b)) {
        if let Some(first) = run.first().filter(|first| field(first) != blank) {
            let (x, y) = (first.col * SIZE as u32, first.row * layout.rasters);
            let width = run.len() * SIZE;
            let path = paths.entry(field(first).hex()).or_default();
            let _ = write!(path, "M{x} {y}h{width}v{SIZE}h-{width}z");
        }
    }
    paths
}

/// The characters, by colour.
fn characters(cells: &[Painted], layout: &Layout) -> BTreeMap<String, String> {
    let mut groups: BTreeMap<String, String> = BTreeMap::new();
    for cell in cells.iter().filter(|cell| has_character(cell)) {
        let (x, y) = (cell.col * SIZE as u32, cell.row * layout.rasters);
        let group = groups.entry(cell.fg.hex()).or_default();
        let _ = write!(group, "<use href=\"#{}\" x=\"{x}\" y=\"{y}\"/>", name(cell.drawing));
    }
    groups
}

/// The rows as text that is not seen.
fn write_text(out: &mut String, view: &ScreenView, layout: &Layout) -> fmt::Result {
    let (width, height) = (SIZE as u32 * layout.pixel.0, layout.rasters * layout.pixel.1);
    writeln!(
        out,
        "<g fill-opacity=\"0\" font-family=\"monospace\" font-size=\"{}\" xml:space=\"preserve\">",
        SIZE as u32 * layout.pixel.1
    )?;
    let rows = view.cells.chunks(usize::from(view.cols).max(1)).take(usize::from(view.rows));
    for (row, cells) in (0..).zip(rows) {
        let shown = cells.get(..layout.cols as usize).unwrap_or(cells);
        let text = row_text(view.kind, view.charset, shown);
        let (count, all) = (text.trim_start_matches(' ').chars().count(), text.chars().count());
        if count > 0 {
            writeln!(
                out,
                "<text x=\"{}\" y=\"{}\" textLength=\"{}\" lengthAdjust=\"spacingAndGlyphs\">{}</text>",
                MARGIN + (all - count) as u32 * width,
                MARGIN + row * height + SIZE as u32 * layout.pixel.1 - 2,
                count as u32 * width,
                escape(text.trim_start_matches(' '))
            )?;
        }
    }
    writeln!(out, "</g>")
}

/// Text as a picture may hold it: nothing in it is markup, and nothing is hidden.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(crate::ui::hygiene::host_char(c)),
        }
    }
    out
}
