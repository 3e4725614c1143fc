//! The drawing as SVG: every coordinate written out, the same drawing always the same file.

use std::fmt::Write as _;

use super::figure::{Anchor, CHAR, Figure, PAPER, Shape};
use super::words::shorter;
use crate::ui::render::svg::escape;

/// Writes a drawing.
pub fn figure_svg(figure: &Figure) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write(&mut out, figure);
    out
}

fn write(out: &mut String, figure: &Figure) -> std::fmt::Result {
    let (width, height) = (number(figure.width), number(figure.height));
    writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" role=\"img\" font-family=\"'DejaVu Sans Mono',Menlo,Consolas,monospace\" \
         font-size=\"13\">"
    )?;
    writeln!(out, "<title>{}</title>", escape(&figure.title))?;
    writeln!(out, "<rect width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"{}\"/>", PAPER.hex())?;
    for shape in &figure.shapes {
        match shape {
            Shape::Rect { at: [x, y, w, h], fill, edge } => {
                write!(
                    out,
                    "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\"",
                    number(*x),
                    number(*y),
                    number(*w),
                    number(*h),
                    fill.hex()
                )?;
                if let Some(edge) = edge {
                    write!(out, " stroke=\"{}\"", edge.hex())?;
                }
                writeln!(out, "/>")?;
            }
            Shape::Path { points, colour, thick, dashed } => {
                write!(out, "<polyline fill=\"none\" stroke=\"{}\"", colour.hex())?;
                write!(out, " stroke-width=\"{}\"", number(*thick))?;
                if *dashed {
                    write!(out, " stroke-dasharray=\"4 3\"")?;
                }
                write!(out, " points=\"")?;
                for (index, (x, y)) in points.iter().enumerate() {
                    let between = if index == 0 { "" } else { " " };
                    write!(out, "{between}{},{}", number(*x), number(*y))?;
                }
                writeln!(out, "\"/>")?;
            }
            Shape::Dot { at: (x, y), colour, filled } => {
                let fill = if *filled { *colour } else { PAPER };
                writeln!(
                    out,
                    "<circle cx=\"{}\" cy=\"{}\" r=\"4\" fill=\"{}\" stroke=\"{}\" stroke-width=\"1.5\"/>",
                    number(*x),
                    number(*y),
                    fill.hex(),
                    colour.hex()
                )?;
            }
            Shape::Cross { at: (x, y), colour } => {
                let (left, right, top, bottom) =
                    (number(x - 5.0), number(x + 5.0), number(y - 5.0), number(y + 5.0));
                writeln!(
                    out,
                    "<path stroke=\"{}\" stroke-width=\"2.5\" d=\"M{left} {top}L{right} {bottom}M{left} {bottom}L{right} {top}\"/>",
                    colour.hex()
                )?;
            }
            Shape::Text { at: (x, y), anchor, colour, bold, text } => {
                // Every viewer's monospace font is stretched to the same width.
                let length = text.chars().count() as f64 * CHAR;
                write!(
                    out,
                    "<text x=\"{}\" y=\"{}\" fill=\"{}\" textLength=\"{}\" lengthAdjust=\"spacingAndGlyphs\"",
                    number(*x),
                    number(*y),
                    colour.hex(),
                    number(length)
                )?;
                match anchor {
                    Anchor::Start => {}
                    Anchor::Middle => write!(out, " text-anchor=\"middle\"")?,
                    Anchor::End => write!(out, " text-anchor=\"end\"")?,
                }
                if *bold {
                    write!(out, " font-weight=\"bold\"")?;
                }
                writeln!(out, " xml:space=\"preserve\">{}</text>", escape(text))?;
            }
        }
    }
    writeln!(out, "</svg>")
}

/// A coordinate, to a hundredth.
fn number(value: f64) -> String {
    shorter(&format!("{value:.2}")).to_owned()
}
