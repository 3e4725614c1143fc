//! The drawing in pixels, two to a unit, with petterm's own characters.

use super::figure::{Anchor, CHAR, Figure, PAPER, Shape};
use crate::ui::render::Picture;
use crate::ui::theme::Rgb;

/// Pixels to a unit.
const SCALE: f64 = 2.0;
/// A character is eight by eight; each pixel of it so wide and high.
const LETTER: (u32, u32) = (2, 3);
/// From the top of a character to its base line, in units.
const ASCENT: f64 = 10.5;
const DOT: f64 = 4.0;
const CROSS: f64 = 5.0;

/// Paints a drawing.
pub fn figure_picture(figure: &Figure) -> Picture {
    let mut picture = Picture::new(pixel(figure.width) as u32, pixel(figure.height) as u32, PAPER);
    for shape in &figure.shapes {
        paint(&mut picture, shape);
    }
    picture
}

fn paint(picture: &mut Picture, shape: &Shape) {
    match shape {
        Shape::Rect { at: [x, y, w, h], fill, edge } => {
            let (left, top) = (pixel(*x), pixel(*y));
            let (width, height) = (side(left, x + w), side(top, y + h));
            match edge {
                None => picture.fill_rect(left, top, width, height, *fill),
                Some(edge) => {
                    // The border lies over the edge, as in the SVG.
                    picture.fill_rect(left - 1, top - 1, width + 2, height + 2, *edge);
                    let inner = (width.saturating_sub(2), height.saturating_sub(2));
                    picture.fill_rect(left + 1, top + 1, inner.0, inner.1, *fill);
                }
            }
        }
        Shape::Path { points, colour, thick, dashed } => {
            let thick = (thick * SCALE).round().max(1.0) as u32;
            for pair in points.windows(2) {
                let [from, to] = pair else { continue };
                let ends = ((pixel(from.0), pixel(from.1)), (pixel(to.0), pixel(to.1)));
                if *dashed {
                    dash(picture, ends, thick, *colour);
                } else {
                    picture.line(ends.0, ends.1, thick, *colour);
                }
            }
        }
        Shape::Dot { at, colour, filled } => {
            disc(picture, *at, DOT + 0.75, *colour);
            if !filled {
                disc(picture, *at, DOT - 0.75, PAPER);
            }
        }
        Shape::Cross { at: (x, y), colour } => {
            let (left, right) = (pixel(x - CROSS), pixel(x + CROSS));
            let (top, bottom) = (pixel(y - CROSS), pixel(y + CROSS));
            picture.line((left, top), (right, bottom), 5, *colour);
            picture.line((left, bottom), (right, top), 5, *colour);
        }
        Shape::Text { at: (x, y), anchor, colour, bold, text } => {
            let width = text.chars().count() as f64 * CHAR;
            let left = match anchor {
                Anchor::Start => *x,
                Anchor::Middle => x - width / 2.0,
                Anchor::End => x - width,
            };
            let (left, top) = (pixel(left), pixel(y - ASCENT));
            picture.text(left, top, LETTER, text, *colour);
            if *bold {
                picture.text(left + 1, top, LETTER, text, *colour);
            }
        }
    }
}

fn disc(picture: &mut Picture, (x, y): (f64, f64), radius: f64, colour: Rgb) {
    let (left, top) = (pixel(x - radius), pixel(y - radius));
    let side = (2.0 * radius * SCALE).round() as u32;
    picture.fill_round_rect(left, top, side, side, side / 2, colour);
}

/// An upright or level line in dashes.
fn dash(picture: &mut Picture, (from, to): ((i32, i32), (i32, i32)), thick: u32, colour: Rgb) {
    const DASH: i32 = 8;
    const GAP: i32 = 6;
    let length = (to.0 - from.0).abs().max((to.1 - from.1).abs());
    let at = |done: i32| {
        let part = |a: i32, b: i32| {
            a + i32::try_from(i64::from(b - a) * i64::from(done) / i64::from(length.max(1))).unwrap_or(0)
        };
        (part(from.0, to.0), part(from.1, to.1))
    };
    let mut done = 0;
    while done < length {
        picture.line(at(done), at((done + DASH).min(length)), thick, colour);
        done += DASH + GAP;
    }
}

fn pixel(units: f64) -> i32 {
    (units * SCALE).round() as i32
}

/// Pixels from `from` to a coordinate.
fn side(from: i32, to: f64) -> u32 {
    u32::try_from(pixel(to) - from).unwrap_or(0)
}
