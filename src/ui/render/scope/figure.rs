//! The picture as shapes: one drawing that the SVG writer and the pixel painter both follow.
//!
//! Units are those of the SVG; a character is 8 wide. Nothing is drawn that the cells do not say as well, but
//! edges are where they are and not in a column.

use super::Scope;
use super::words::{
    fault, fitting, measured, reading_texts, ruler_number, ruler_unit, shorter, span_text, time_text, titles,
    volts, without_polarity, wrapped,
};
use crate::line::uart::Frame;
use crate::line::{BitOrder, Level, LineFormat};
use crate::petscii::GlyphTier;
use crate::ui::theme::Rgb;
use crate::wave::scope::{Line, Reader, SlotKind, View, bit_nanos, signed};

/// Paper.
pub(super) const PAPER: Rgb = Rgb(0xFF, 0xFF, 0xFF);
const TEXT: Rgb = Rgb(0x20, 0x20, 0x20);
const FAINT: Rgb = Rgb(0x6A, 0x6A, 0x6A);
const RAIL: Rgb = Rgb(0xC8, 0xC8, 0xC8);
const SIGNAL: Rgb = Rgb(0x10, 0x10, 0x10);
/// The right reading is blue, the wrong one orange: they are told apart by everyone, and by their shape.
const RIGHT: Rgb = Rgb(0x00, 0x5A, 0x9C);
const RIGHT_PALE: Rgb = Rgb(0xE4, 0xF0, 0xFA);
const RIGHT_PALER: Rgb = Rgb(0xF3, 0xF8, 0xFD);
const WRONG: Rgb = Rgb(0x9A, 0x52, 0x00);
const WRONG_PALE: Rgb = Rgb(0xFF, 0xEA, 0xCC);
const BAD: Rgb = Rgb(0xC2, 0x2F, 0x00);

/// Width of a character.
pub(super) const CHAR: f64 = 8.0;
const WIDTH: f64 = 1000.0;
const LEFT: f64 = 72.0;
const RIGHT_MARGIN: f64 = 16.0;
/// Between the rails.
const SWING: f64 = 40.0;
const BOX: f64 = 22.0;
const ROW: f64 = 20.0;
/// More levels than this in a picture are drawn as a grey band.
const MOST_EDGES: usize = 4_000;

/// Where a text is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// At its left end.
    Start,
    /// In its middle.
    Middle,
    /// At its right end.
    End,
}

/// A piece of the drawing; later ones lie over earlier ones.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// A filled rectangle, with a border if there is a colour for it.
    Rect {
        /// Left, top, width, height.
        at: [f64; 4],
        /// Inside.
        fill: Rgb,
        /// Border.
        edge: Option<Rgb>,
    },
    /// Straight lines from point to point.
    Path {
        /// The points.
        points: Vec<(f64, f64)>,
        /// Colour.
        colour: Rgb,
        /// How thick.
        thick: f64,
        /// Dashed.
        dashed: bool,
    },
    /// A sample point.
    Dot {
        /// Its middle.
        at: (f64, f64),
        /// Colour.
        colour: Rgb,
        /// Filled or hollow.
        filled: bool,
    },
    /// Something that failed.
    Cross {
        /// Its middle.
        at: (f64, f64),
        /// Colour.
        colour: Rgb,
    },
    /// A text on its base line.
    Text {
        /// The point that holds it.
        at: (f64, f64),
        /// Which of its points that is.
        anchor: Anchor,
        /// Colour.
        colour: Rgb,
        /// Bold.
        bold: bool,
        /// The text.
        text: String,
    },
}

/// A drawing.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
    /// What it is, for those who cannot see it.
    pub title: String,
    /// What is drawn.
    pub shapes: Vec<Shape>,
}

/// The window of a drawing that shows `bits` bits from `before` bits before a moment on.
pub fn figure_view(format: &LineFormat, at: i64, before: f64, bits: f64) -> View {
    let bit = bit_nanos(format);
    View::new(at.saturating_sub((before * bit).round() as i64), (bits * bit).round().max(1.0) as u64)
}

/// Draws the lines.
pub fn figure(scope: &Scope<'_>) -> Figure {
    let title = match scope.lines {
        [] => "nothing".to_owned(),
        lines => lines.iter().map(|line| titles(line)[0].clone()).collect::<Vec<_>>().join("; "),
    };
    let mut draw = Draw { scope, shapes: Vec::new(), y: 14.0 };
    draw.ruler();
    for line in scope.lines {
        draw.line(line);
    }
    draw.legend();
    Figure { width: WIDTH, height: (draw.y + 10.0).round(), title, shapes: draw.shapes }
}

struct Draw<'a> {
    scope: &'a Scope<'a>,
    shapes: Vec<Shape>,
    y: f64,
}

impl Draw<'_> {
    fn x(&self, at: i64) -> f64 {
        let share = self.scope.view.share(at).clamp(0.0, 1.0);
        LEFT + share * (WIDTH - LEFT - RIGHT_MARGIN)
    }

    fn text(&mut self, x: f64, y: f64, anchor: Anchor, colour: Rgb, text: impl Into<String>) {
        self.shapes.push(Shape::Text { at: (x, y), anchor, colour, bold: false, text: text.into() });
    }

    fn stroke(&mut self, points: Vec<(f64, f64)>, colour: Rgb, thick: f64, dashed: bool) {
        self.shapes.push(Shape::Path { points, colour, thick, dashed });
    }

    fn ruler(&mut self) {
        let Some(first) = self.scope.lines.first() else { return };
        let view = self.scope.view;
        let zero = self.scope.zero();
        let bit = bit_nanos(&first.format);
        let (unit, scale) = ruler_unit(bit);
        let head = format!(
            "{}, 1 bit = {}, 0 is at {}",
            without_polarity(&first.format),
            span_text(bit),
            time_text(zero.saturating_add(self.scope.clock))
        );
        self.text(LEFT, self.y + 6.0, Anchor::Start, TEXT, head);
        let top = self.y + 20.0;
        self.text(LEFT - 40.0, top + 11.0, Anchor::End, FAINT, "bit");
        self.text(LEFT - 40.0, top + 36.0, Anchor::End, FAINT, unit);
        let a_bit = bit / view.span as f64 * (WIDTH - LEFT - RIGHT_MARGIN);
        let step = super::page::step(45.0 / a_bit);
        let first_step = ((view.from as f64 - zero as f64) / (bit * step)).ceil() as i64;
        let axis = top + 18.0;
        self.stroke(vec![(LEFT, axis), (WIDTH - RIGHT_MARGIN, axis)], FAINT, 1.0, false);
        for n in (first_step..).take(400) {
            let bits = n as f64 * step;
            let at = zero.saturating_add((bits * bit).round() as i64);
            if at > view.to() {
                break;
            }
            let x = self.x(at);
            self.stroke(vec![(x, axis - 4.0), (x, axis + 4.0)], FAINT, 1.0, false);
            self.text(x, top + 11.0, Anchor::Middle, TEXT, shorter(&format!("{bits:.3}")));
            let time = ruler_number(bits * bit / scale, step * bit / scale);
            self.text(x, top + 36.0, Anchor::Middle, TEXT, time);
        }
        self.y = top + 52.0;
    }

    fn line(&mut self, line: &Line) {
        let view = self.scope.view;
        let top = self.y;
        self.shapes.push(Shape::Text {
            at: (LEFT, top + 10.0),
            anchor: Anchor::Start,
            colour: TEXT,
            bold: true,
            text: titles(line)[0].clone(),
        });
        let order = match line.format.order {
            BitOrder::LsbFirst => "least significant bit first",
            BitOrder::MsbFirst => "most significant bit first",
        };
        let right = WIDTH - RIGHT_MARGIN;
        self.text(right - 36.0, top + 10.0, Anchor::End, FAINT, order);
        self.stroke(vec![(right - 30.0, top + 6.0), (right, top + 6.0)], FAINT, 1.2, false);
        self.stroke(
            vec![(right - 6.0, top + 2.0), (right, top + 6.0), (right - 6.0, top + 10.0)],
            FAINT,
            1.2,
            false,
        );
        let high = top + 26.0;
        let low = high + SWING;
        let boxes = low + 12.0;
        let frames = line.frames_between(Reader::Right, view.from, view.to());
        let wrong = line.frames_between(Reader::Wrong, view.from, view.to());
        self.shade(line, frames, high - 8.0, boxes + BOX);
        for (level, y) in [(Level::High, high), (Level::Low, low)] {
            self.stroke(vec![(LEFT, y), (right, y)], RAIL, 1.0, false);
            self.text(LEFT - 12.0, y + 4.0, Anchor::End, FAINT, volts(level));
        }
        // The wrong receiver's start lies below the edge that it took for one.
        for frame in wrong.iter().filter(|frame| !frame.is_break) {
            let x = self.x(signed(frame.start));
            if signed(frame.start) >= view.from {
                // Not through the value between.
                self.stroke(vec![(x, high - 8.0), (x, boxes + BOX)], WRONG, 1.0, true);
                self.stroke(vec![(x, boxes + BOX + ROW), (x, boxes + BOX + ROW + 6.0)], WRONG, 1.0, true);
            }
        }
        self.levels(line, high, low);
        self.boxes(line, Reader::Right, frames, boxes);
        self.samples(line, frames, high, low);
        self.idle(line, frames, boxes);
        self.text(LEFT - 12.0, boxes + 15.0, Anchor::End, FAINT, "reads");
        self.values(line, Reader::Right, frames, boxes + BOX + 14.0);
        let second = boxes + BOX + ROW + 6.0;
        self.text(LEFT - 12.0, second + 15.0, Anchor::End, WRONG, "wrong");
        self.boxes(line, Reader::Wrong, wrong, second);
        self.values(line, Reader::Wrong, wrong, second + BOX + 14.0);
        self.y = second + BOX + ROW + 22.0;
    }

    /// Bands behind every second slot.
    fn shade(&mut self, line: &Line, frames: &[Frame], top: f64, bottom: f64) {
        if self.slot_width(line) < 4.0 {
            return;
        }
        for slots in frames.iter().map(|frame| line.slots(Reader::Right, frame)) {
            for (index, slot) in slots.iter().enumerate() {
                let (from, to) = (self.x(signed(slot.from)), self.x(signed(slot.to)));
                let fill = if index.is_multiple_of(2) { RIGHT_PALE } else { RIGHT_PALER };
                if to > from {
                    self.shapes.push(Shape::Rect {
                        at: [from, top, to - from, bottom - top],
                        fill,
                        edge: None,
                    });
                }
            }
        }
    }

    fn slot_width(&self, line: &Line) -> f64 {
        bit_nanos(&line.format) / self.scope.view.span as f64 * (WIDTH - LEFT - RIGHT_MARGIN)
    }

    fn levels(&mut self, line: &Line, high: f64, low: f64) {
        let view = self.scope.view;
        let (from, to) = (view.from, view.to());
        if line.edge_count(from, to) > MOST_EDGES {
            let (left, right) = (self.x(from), self.x(to));
            self.shapes.push(Shape::Rect {
                at: [left, high, right - left, low - high],
                fill: RAIL,
                edge: None,
            });
            return;
        }
        let y = |level: Level| if level == Level::High { high } else { low };
        for piece in line.pieces() {
            let (start, end) = (signed(piece.start).max(from), signed(piece.end).min(to));
            if start > end {
                continue;
            }
            let mut points = Vec::new();
            let mut level = line.level(start);
            if let Some(level) = level {
                points.push((self.x(start), y(level)));
            }
            for edge in line.edges(start, end) {
                let x = self.x(signed(edge.at));
                if let Some(before) = level {
                    points.push((x, y(before)));
                }
                points.push((x, y(edge.level)));
                level = Some(edge.level);
            }
            if let Some(level) = level {
                points.push((self.x(end), y(level)));
            }
            self.stroke(points, SIGNAL, 2.0, false);
        }
    }

    fn boxes(&mut self, line: &Line, reader: Reader, frames: &[Frame], top: f64) {
        let (colour, fill) = match reader {
            Reader::Right => (RIGHT, PAPER),
            Reader::Wrong => (WRONG, WRONG_PALE),
        };
        let wide = self.slot_width(line) >= 9.0;
        for frame in frames {
            let (from, to) = (self.x(signed(frame.start)), self.x(signed(frame.end)));
            if frame.is_break || !wide {
                let edge = Some(if reader == Reader::Right && fault(frame).is_some() { BAD } else { colour });
                self.shapes.push(Shape::Rect { at: [from, top, (to - from).max(1.0), BOX], fill, edge });
                continue;
            }
            for slot in line.slots(reader, frame) {
                let (left, right) = (self.x(signed(slot.from)), self.x(signed(slot.to)));
                if right <= left {
                    continue;
                }
                let at = [left, top, right - left, BOX];
                self.shapes.push(Shape::Rect { at, fill, edge: Some(colour) });
                let middle = f64::midpoint(left, right);
                if right - left < CHAR {
                    continue;
                }
                if slot.ok {
                    self.shapes.push(Shape::Text {
                        at: (middle, top + 15.0),
                        anchor: Anchor::Middle,
                        colour: if matches!(slot.kind, SlotKind::Data(_)) { TEXT } else { colour },
                        bold: matches!(slot.kind, SlotKind::Data(_)),
                        text: slot.label().to_string(),
                    });
                } else {
                    self.shapes.push(Shape::Cross { at: (middle, top + BOX / 2.0), colour: BAD });
                }
            }
        }
    }

    fn samples(&mut self, line: &Line, frames: &[Frame], high: f64, low: f64) {
        if self.slot_width(line) < 6.0 {
            return;
        }
        for slot in frames.iter().flat_map(|frame| line.slots(Reader::Right, frame)) {
            let at = signed(slot.sample);
            if !(self.scope.view.from..self.scope.view.to()).contains(&at) {
                continue;
            }
            let Some(level) = slot.level else { continue };
            let at = (self.x(at), if level == Level::High { high } else { low });
            if slot.ok {
                let doubtful = slot.is_doubtful();
                let colour = if doubtful { BAD } else { RIGHT };
                self.shapes.push(Shape::Dot { at, colour, filled: !doubtful });
            } else {
                self.shapes.push(Shape::Cross { at, colour: BAD });
            }
        }
    }

    /// Names the longest stretch at rest at either side of the frames.
    fn idle(&mut self, line: &Line, frames: &[Frame], boxes: f64) {
        let view = self.scope.view;
        let mut from = view.from;
        let ends = frames.iter().map(|frame| (signed(frame.start), signed(frame.end)));
        for (start, end) in ends.chain([(view.to(), view.to())]) {
            let (left, right) = (self.x(from), self.x(start.max(from)));
            if line.level(i64::midpoint(from, start)).is_some()
                && let Some(text) =
                    ["idle = mark", "idle"].into_iter().find(|t| (t.len() + 1) as f64 * CHAR <= right - left)
            {
                self.text(f64::midpoint(left, right), boxes + 15.0, Anchor::Middle, FAINT, text);
            }
            from = end;
        }
    }

    fn values(&mut self, line: &Line, reader: Reader, frames: &[Frame], y: f64) {
        let mut free = LEFT;
        for (index, frame) in frames.iter().enumerate() {
            let (from, to) = (self.x(signed(frame.start)).max(free), self.x(signed(frame.end)));
            let next = frames.get(index + 1).map_or(WIDTH - RIGHT_MARGIN, |next| self.x(signed(next.start)));
            let texts = reading_texts(line, reader, frame, GlyphTier::Unicode);
            let room = ((next - from) / CHAR).max(0.0) as usize;
            let text = fitting(&texts, room).to_owned();
            if text.is_empty() {
                continue;
            }
            let width = text.chars().count() as f64 * CHAR;
            let x = if width <= to - from { f64::midpoint(from, to) - width / 2.0 } else { from };
            let colour = match (fault(frame), reader) {
                (Some(_), Reader::Right) => BAD,
                (_, Reader::Right) => RIGHT,
                (_, Reader::Wrong) => WRONG,
            };
            free = x + width + CHAR;
            self.text(x, y, Anchor::Start, colour, text);
        }
    }

    fn legend(&mut self) {
        let view = self.scope.view;
        let width = ((WIDTH - LEFT - RIGHT_MARGIN) / CHAR) as usize;
        for line in self.scope.lines {
            let measure = line.measure(view.from, view.to());
            for row in wrapped(&format!("{}:", line.name), &measured(line, &measure), width) {
                self.text(LEFT, self.y, Anchor::Start, TEXT, row);
                self.y += 18.0;
            }
        }
        let (y, x) = (self.y, LEFT);
        self.shapes.push(Shape::Dot { at: (x + 4.0, y - 4.0), colour: RIGHT, filled: true });
        self.text(x + 14.0, y, Anchor::Start, FAINT, "sample");
        self.shapes.push(Shape::Dot { at: (x + 84.0, y - 4.0), colour: BAD, filled: false });
        self.text(x + 94.0, y, Anchor::Start, FAINT, "an edge within 0.2 bit");
        self.shapes.push(Shape::Cross { at: (x + 292.0, y - 4.0), colour: BAD });
        self.text(x + 302.0, y, Anchor::Start, FAINT, "failed stop or parity bit");
        self.shapes.push(Shape::Rect {
            at: [x + 522.0, y - 10.0, 12.0, 12.0],
            fill: WRONG_PALE,
            edge: Some(WRONG),
        });
        self.text(x + 540.0, y, Anchor::Start, FAINT, "as a receiver of the other polarity reads it");
        self.y += 8.0;
    }
}
