//! A screen as an SVG picture, for documents: the tube, its bezel and badge, every cell in its place.
//!
//! The same screen always makes the same file. Blocks and lines are drawn as geometry; other characters are
//! text in the viewer's monospace font, stretched to the grid.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::cells::{glyph_char, visible_cols};
use super::shapes::{Part, shape};
use crate::engine::ScreenView;
use crate::petscii::GlyphTier;
use crate::screen::Cell;
use crate::ui::front::Theme;
use crate::ui::theme::{self, Role};

/// Width of a cell.
const CELL_W: u16 = 10;
/// Height of a cell: a PET's pixel is twice as high as it is wide.
const CELL_H: u16 = 20;
/// From the picture's edge to the first cell.
const MARGIN: u16 = 44;
/// Room below the screen for the badge.
const FOOT: u16 = 24;

/// How a picture is to look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SvgOptions {
    /// Phosphor or palette.
    pub theme: Theme,
    /// What stands on the bezel.
    pub badge: String,
    /// Whether the cursor shows.
    pub cursor: bool,
}

impl Default for SvgOptions {
    fn default() -> SvgOptions {
        SvgOptions { theme: Theme::Green, badge: "petterm".into(), cursor: true }
    }
}

/// Pieces of one colour, as path data.
#[derive(Default)]
struct Ink {
    fill: String,
    shade: String,
    stroke: String,
    text: String,
}

/// Draws a screen.
pub fn svg(view: &ScreenView, options: &SvgOptions) -> String {
    let (cols, rows) = (visible_cols(view), u16::from(view.rows));
    let (width, height) = (cols * CELL_W + 2 * MARGIN, rows * CELL_H + 2 * MARGIN + FOOT);
    let blank = theme::cell(options.theme, view.kind, view.background, &Cell::BLANK_CHAR, false);
    let mut grounds: BTreeMap<String, String> = BTreeMap::new();
    let mut inks: BTreeMap<String, Ink> = BTreeMap::new();
    for row in 0..rows {
        draw_row(view, options, row, cols, &mut grounds, &mut inks);
    }
    grounds.remove(&blank.bg.hex());

    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write_picture(&mut out, options, (width, height), &blank.bg.hex(), &grounds, &inks);
    out
}

fn draw_row(
    view: &ScreenView,
    options: &SvgOptions,
    row: u16,
    cols: u16,
    grounds: &mut BTreeMap<String, String>,
    inks: &mut BTreeMap<String, Ink>,
) {
    let mut run = Run::default();
    let y = MARGIN + row * CELL_H;
    for col in 0..cols {
        let index = usize::from(row) * usize::from(view.cols) + usize::from(col);
        let Some(cell) = view.cells.get(index) else { break };
        let mut paint = theme::cell(options.theme, view.kind, view.background, cell, false);
        let here = (u16::from(view.cursor.0), u16::from(view.cursor.1)) == (row, col);
        paint.reverse ^= here && options.cursor && view.cursor_visible;
        let (fg, bg) = if paint.reverse { (paint.bg, paint.fg) } else { (paint.fg, paint.bg) };
        let (fg, x) = (fg.hex(), MARGIN + col * CELL_W);
        let _ = write!(grounds.entry(bg.hex()).or_default(), "M{x} {y}h{CELL_W}v{CELL_H}h-{CELL_W}z");
        let ink = inks.entry(fg.clone()).or_default();
        if paint.underline {
            let _ = write!(ink.stroke, "M{x} {}h{CELL_W}", y + CELL_H - 2);
        }
        let c = glyph_char(view.kind, view.charset, cell, GlyphTier::Unicode);
        let parts = shape(c);
        if c == ' ' || parts.is_some() || run.colour != fg {
            run.end(inks);
        }
        match parts {
            Some(parts) => {
                let ink = inks.entry(fg).or_default();
                for part in parts {
                    draw_part(ink, part, x, y);
                }
            }
            None if c != ' ' => run.push(c, fg, x, y),
            None => {}
        }
    }
    run.end(inks);
}

/// Characters side by side in one colour.
#[derive(Default)]
struct Run {
    colour: String,
    text: String,
    x: u16,
    y: u16,
}

impl Run {
    fn push(&mut self, c: char, colour: String, x: u16, y: u16) {
        if self.text.is_empty() {
            (self.colour, self.x, self.y) = (colour, x, y);
        }
        self.text.push(c);
    }

    fn end(&mut self, inks: &mut BTreeMap<String, Ink>) {
        if self.text.is_empty() {
            return;
        }
        let text = std::mem::take(&mut self.text);
        let length = text.chars().count() as u16 * CELL_W;
        let ink = inks.entry(std::mem::take(&mut self.colour)).or_default();
        let _ = writeln!(
            ink.text,
            "<text x=\"{}\" y=\"{}\" textLength=\"{length}\" lengthAdjust=\"spacingAndGlyphs\">{}</text>",
            self.x,
            self.y + 15,
            escape(&text)
        );
    }
}

fn draw_part(ink: &mut Ink, part: Part, x: u16, y: u16) {
    let across = |n: u8| f32::from(x) + f32::from(n) * f32::from(CELL_W) / 16.0;
    let down = |n: u8| f32::from(y) + f32::from(n) * f32::from(CELL_H) / 16.0;
    let _ = match part {
        Part::Fill(left, top, width, height) | Part::Shade(left, top, width, height) => {
            let out = if matches!(part, Part::Fill(..)) { &mut ink.fill } else { &mut ink.shade };
            let (right, bottom) = (across(left + width), down(top + height));
            write!(out, "M{} {}H{right}V{bottom}H{}z", across(left), down(top), across(left))
        }
        Part::Triangle([start, next, end]) => write!(
            ink.fill,
            "M{} {}L{} {}L{} {}z",
            across(start.0),
            down(start.1),
            across(next.0),
            down(next.1),
            across(end.0),
            down(end.1)
        ),
        Part::Line(start, end) => {
            let out = &mut ink.stroke;
            write!(out, "M{} {}L{} {}", across(start.0), down(start.1), across(end.0), down(end.1))
        }
        Part::Arc(start, end) => write!(
            ink.stroke,
            "M{} {}Q{} {} {} {}",
            across(start.0),
            down(start.1),
            across(8),
            down(8),
            across(end.0),
            down(end.1)
        ),
    };
}

fn write_picture(
    out: &mut String,
    options: &SvgOptions,
    (width, height): (u16, u16),
    background: &str,
    grounds: &BTreeMap<String, String>,
    inks: &BTreeMap<String, Ink>,
) -> std::fmt::Result {
    let badge = escape(&options.badge);
    writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" role=\"img\">"
    )?;
    writeln!(out, "<title>{badge}</title>")?;
    writeln!(out, "<rect width=\"{width}\" height=\"{height}\" rx=\"22\" fill=\"#CFCABB\"/>")?;
    let inner = (width - MARGIN, height - MARGIN - FOOT);
    writeln!(
        out,
        "<rect x=\"{0}\" y=\"{0}\" width=\"{1}\" height=\"{2}\" rx=\"16\" fill=\"{background}\" \
         stroke=\"#1A1A1A\" stroke-width=\"6\"/>",
        MARGIN / 2,
        inner.0,
        inner.1
    )?;
    for (colour, path) in grounds {
        writeln!(out, "<path shape-rendering=\"crispEdges\" fill=\"{colour}\" d=\"{path}\"/>")?;
    }
    for (colour, ink) in inks {
        if !ink.shade.is_empty() {
            writeln!(out, "<path fill=\"{colour}\" fill-opacity=\".5\" d=\"{}\"/>", ink.shade)?;
        }
        if !ink.fill.is_empty() {
            writeln!(out, "<path shape-rendering=\"crispEdges\" fill=\"{colour}\" d=\"{}\"/>", ink.fill)?;
        }
        if !ink.stroke.is_empty() {
            writeln!(
                out,
                "<path fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.8\" stroke-linecap=\"square\" d=\"{}\"/>",
                ink.stroke
            )?;
        }
        if !ink.text.is_empty() {
            writeln!(
                out,
                "<g fill=\"{colour}\" font-family=\"'DejaVu Sans Mono',Menlo,Consolas,monospace\" \
                 font-size=\"16.6\" xml:space=\"preserve\">\n{}</g>",
                ink.text
            )?;
        }
    }
    let lit = theme::furniture(options.theme, Role::Strong).fg.hex();
    let foot = height - MARGIN / 2 - 4;
    writeln!(
        out,
        "<text x=\"{MARGIN}\" y=\"{foot}\" font-family=\"Helvetica,Arial,'DejaVu Sans',sans-serif\" font-size=\"19\" \
         font-weight=\"bold\" fill=\"#3A3A3A\">{badge}</text>"
    )?;
    writeln!(
        out,
        "<circle cx=\"{}\" cy=\"{}\" r=\"5\" fill=\"{lit}\" stroke=\"#3A3A3A\"/>",
        width - MARGIN,
        foot - 6
    )?;
    writeln!(out, "</svg>")
}

fn escape(text: &str) -> String {
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
