//! The picture in cells.
//!
//! Levels take two rows, a rail each, joined where an edge is. Edges and slots are put into columns by the same
//! rule, so that a slot's first column is the column of its edge. What does not fit is left out rather than
//! written over something else.

use super::Scope;
use super::words::{
    fitting, measured, reading_texts, ruler_number, ruler_unit, span_text, time_text, titles, volts,
    without_polarity, wrapped,
};
use crate::line::uart::Frame;
use crate::line::{Level, LineFormat};
use crate::petscii::{GlyphTier, tier_char};
use crate::ui::hygiene::host_char;
use crate::wave::scope::{Line, Reader, Slot, SlotKind, View, bit_nanos, signed};

/// What a cell is part of; a front end gives it its colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ink {
    /// Text.
    #[default]
    Text,
    /// What matters less.
    Faint,
    /// Names.
    Strong,
    /// A line's level.
    Signal,
    /// What a receiver of the line's polarity reads.
    Right,
    /// What a receiver of the other polarity reads.
    Wrong,
    /// What went wrong.
    Bad,
    /// A cursor.
    Cursor,
}

/// A cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glyph {
    /// The character, one column wide.
    pub c: char,
    /// What it is part of.
    pub ink: Ink,
}

/// Rows of cells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The rows, each as wide as was asked for.
    pub rows: Vec<Vec<Glyph>>,
    /// The row at which each line's part begins.
    pub starts: Vec<usize>,
}

/// How a page is to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageOptions {
    /// Columns in all.
    pub width: usize,
    /// What the font has.
    pub tier: GlyphTier,
    /// What a receiver of the other polarity reads is shown too.
    pub wrong: bool,
    /// What is measured is told below.
    pub legend: bool,
    /// Two cursors.
    pub cursors: [Option<i64>; 2],
}

/// Narrower pages have a narrow margin.
const NARROW: usize = 60;

/// Columns of the plot of a page so wide.
pub fn page_columns(width: usize) -> usize {
    width.saturating_sub(gutter(width)).max(1)
}

fn gutter(width: usize) -> usize {
    match width {
        0..=11 => 0,
        12..NARROW => 6,
        _ => 7,
    }
}

/// A window of about `bits` bits that begins `before` bits before a moment. A bit is a whole number of columns where
/// it can be; where the moment is a frame's start, with something before it, edges lie in the middle of a column.
pub fn page_view(width: usize, format: &LineFormat, at: i64, before: f64, bits: f64) -> View {
    let columns = page_columns(width) as f64;
    let bit = bit_nanos(format);
    let a_bit = columns / bits.max(0.001);
    let a_bit = if a_bit >= 1.0 { a_bit.floor() } else { a_bit };
    let before = if before > 0.0 { ((before * a_bit).floor() + 0.5) / a_bit } else { 0.0 };
    let from = at.saturating_sub((before * bit).round() as i64);
    View::new(from, (columns / a_bit * bit).round().max(1.0) as u64)
}

impl Page {
    /// As text, without trailing blanks.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for row in &self.rows {
            let line: String = row.iter().map(|glyph| glyph.c).collect();
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

/// A page being made.
pub(super) struct Maker {
    page: Page,
    width: usize,
    gutter: usize,
    tier: GlyphTier,
}

impl Maker {
    pub(super) fn new(width: usize, gutter: usize, tier: GlyphTier) -> Maker {
        Maker { page: Page::default(), width, gutter, tier }
    }

    pub(super) fn finish(self) -> Page {
        self.page
    }

    /// A new row with its name in the margin.
    pub(super) fn row(&mut self, name: &str) {
        self.page.rows.push(vec![Glyph { c: ' ', ink: Ink::Text }; self.width]);
        let name: String = name.chars().take(self.gutter).collect();
        let at = self.gutter.saturating_sub(name.chars().count() + 1);
        self.put(at as i64 - self.gutter as i64, &name, Ink::Faint);
    }

    /// A text in the last row from a column of the plot on; columns before 0 are in the margin.
    pub(super) fn put(&mut self, column: i64, text: &str, ink: Ink) {
        let Some(row) = self.page.rows.last_mut() else { return };
        for (at, c) in (column + self.gutter as i64..).zip(text.chars()) {
            if let Some(glyph) = usize::try_from(at).ok().and_then(|at| row.get_mut(at)) {
                // A name is whatever a file says.
                *glyph = Glyph { c: tier_char(host_char(c), self.tier), ink };
            }
        }
    }

    /// A row of text over the whole width.
    pub(super) fn text(&mut self, text: &str, ink: Ink) {
        self.row("");
        self.put(-(self.gutter as i64), text, ink);
    }

    fn is_free(&self, column: i64, width: usize) -> bool {
        let from = column + self.gutter as i64;
        self.page.rows.last().is_some_and(|row| {
            (from..from + width as i64).all(|at| {
                usize::try_from(at).ok().and_then(|at| row.get(at)).is_some_and(|glyph| glyph.c == ' ')
            })
        })
    }
}

/// Draws a page.
pub fn page(scope: &Scope<'_>, options: &PageOptions) -> Page {
    let width = options.width.max(1);
    let mut maker = Maker::new(width, gutter(width), options.tier);
    let plot = Plot { scope, columns: page_columns(width) as u64, options };
    let Some(first) = scope.lines.first() else { return maker.finish() };
    plot.ruler(&mut maker, &first.format);
    if options.cursors.iter().any(Option::is_some) {
        maker.row("");
    }
    for line in scope.lines {
        maker.page.starts.push(maker.page.rows.len());
        plot.line(&mut maker, line);
    }
    if options.legend {
        for line in scope.lines {
            let measure = line.measure(scope.view.from, scope.view.to());
            for row in wrapped(&format!("{}:", line.name), &measured(line, &measure), width) {
                maker.text(&row, Ink::Text);
            }
        }
    }
    plot.cursors(&mut maker);
    maker.finish()
}

struct Plot<'a> {
    scope: &'a Scope<'a>,
    columns: u64,
    options: &'a PageOptions,
}

impl Plot<'_> {
    /// The column of a moment; outside of the window the nearest one beyond it.
    fn column(&self, at: i64) -> i64 {
        match self.scope.view.column_of(at, self.columns) {
            Some(column) => column as i64,
            None if at < self.scope.view.from => -1,
            None => self.columns as i64,
        }
    }

    /// The middle column of a slot that is in the window as a whole: where its label and its sample stand.
    fn middle(&self, slot: &Slot) -> Option<i64> {
        let view = self.scope.view;
        let whole = signed(slot.from) >= view.from && signed(slot.to) <= view.to();
        whole.then(|| i64::midpoint(self.column(signed(slot.from)), self.column(signed(slot.to))))
    }

    /// Two rows of numbers, in bits and in time, from the same zero.
    fn ruler(&self, maker: &mut Maker, format: &LineFormat) {
        let view = self.scope.view;
        let zero = self.scope.zero();
        let bit = bit_nanos(format);
        let (unit, scale) = ruler_unit(bit);
        let head = [
            format!("{}, 1 bit = {}", without_polarity(format), span_text(bit)),
            format!("0 is at {}", time_text(zero.saturating_add(self.scope.clock))),
        ];
        for row in wrapped("", &head, self.options.width) {
            maker.text(row.trim_start(), Ink::Text);
        }
        let a_bit = self.columns as f64 * bit / view.span as f64;
        for name in ["bit", unit] {
            maker.row(name);
            let in_bits = name == "bit";
            let room = if in_bits { 4.0 } else { 7.0 };
            let step = step(room / a_bit);
            let first = ((view.from as f64 - zero as f64) / (bit * step)).floor() as i64;
            let mut free = 0;
            for n in (first..).take(self.columns as usize + 2) {
                let bits = n as f64 * step;
                let at = zero.saturating_add((bits * bit).floor() as i64);
                let column = self.column(at);
                if column >= self.columns as i64 {
                    break;
                }
                let text = if in_bits {
                    super::words::shorter(&format!("{bits:.3}")).to_owned()
                } else {
                    ruler_number(bits * bit / scale, step * bit / scale)
                };
                let fits = column + text.chars().count() as i64 <= self.columns as i64;
                if column >= free && fits {
                    maker.put(column, &text, Ink::Faint);
                    free = column + text.chars().count() as i64 + 1;
                }
            }
        }
    }

    fn line(&self, maker: &mut Maker, line: &Line) {
        let narrow = self.options.width < NARROW;
        let titles = titles(line);
        let title = fitting(&titles, self.options.width);
        maker.text(if title.is_empty() { &line.name } else { title }, Ink::Strong);
        let arrow = match line.format.order {
            crate::line::BitOrder::LsbFirst => "LSB first ─→",
            crate::line::BitOrder::MsbFirst => "MSB first ─→",
        };
        let place = self.columns as i64 - arrow.chars().count() as i64;
        if maker.is_free(place - 2, arrow.chars().count() + 2) {
            maker.put(place, arrow, Ink::Faint);
        }
        for level in [Level::High, Level::Low] {
            maker.row(&if narrow { volts(level).replace(' ', "") } else { volts(level).to_owned() });
            for column in 0..self.columns {
                let c = self.rail(line, level, column);
                maker.put(column as i64, c.encode_utf8(&mut [0; 4]), Ink::Signal);
            }
        }
        self.reading(maker, line, Reader::Right);
        if self.options.wrong {
            self.reading(maker, line, Reader::Wrong);
        }
    }

    /// What one rail shows in a column.
    fn rail(&self, line: &Line, rail: Level, column: u64) -> char {
        let view = self.scope.view;
        let (from, to) = (view.column(column, self.columns), view.column(column + 1, self.columns));
        let high = rail == Level::High;
        let mut edges = line.edges(from, to.max(from.saturating_add(1)));
        match (edges.next(), edges.next(), edges.next()) {
            (None, ..) => match line.level(from) {
                Some(level) if level == rail => '─',
                Some(_) => ' ',
                None if high => ' ',
                None => '·',
            },
            (Some(edge), None, _) => match (edge.level, high) {
                (Level::High, true) => '┌',
                (Level::High, false) => '┘',
                (Level::Low, true) => '┐',
                (Level::Low, false) => '└',
            },
            (Some(edge), Some(_), None) => match (edge.level, high) {
                // There and back: the rail that is left and come back to is whole.
                (Level::High, true) | (Level::Low, false) => '│',
                (Level::High, false) => '┴',
                (Level::Low, true) => '┬',
            },
            _ => '▒',
        }
    }

    /// Slots, samples and value of everything that a receiver reads.
    fn reading(&self, maker: &mut Maker, line: &Line, reader: Reader) {
        let view = self.scope.view;
        let frames = line.frames_between(reader, view.from, view.to());
        let (name, ink) = match reader {
            Reader::Right => ("", Ink::Right),
            Reader::Wrong => ("wrong", Ink::Wrong),
        };
        // A window is whole nanoseconds long, which may make a bit a hair narrower.
        let bit_columns = self.columns as f64 * bit_nanos(&line.format) / view.span as f64 + 0.01;
        maker.row(name);
        let mut rests_from = -1;
        for frame in frames {
            let (first, end) = (self.column(signed(frame.start)), self.column(signed(frame.end)));
            if reader == Reader::Right {
                self.idle(maker, line, rests_from, first);
            }
            rests_from = end;
            self.slots(maker, line, reader, frame, bit_columns, ink);
        }
        if reader == Reader::Right {
            self.idle(maker, line, rests_from, self.columns as i64);
        }
        if reader == Reader::Right && bit_columns >= 2.0 {
            maker.row("");
            for slot in frames.iter().flat_map(|frame| line.slots(reader, frame)) {
                let mark = match (slot.ok, slot.is_doubtful()) {
                    (false, _) => "X",
                    (true, true) => "○",
                    (true, false) => "●",
                };
                let ink = if slot.ok && !slot.is_doubtful() { ink } else { Ink::Bad };
                if let Some(column) = self.middle(&slot) {
                    maker.put(column, mark, ink);
                }
            }
        }
        let label = if reader == Reader::Right { "value" } else { "reads" };
        maker.row(label);
        for (index, frame) in frames.iter().enumerate() {
            let first = self.column(signed(frame.start)).max(0);
            let end = self.column(signed(frame.end)).min(self.columns as i64);
            // A value may be longer than its frame where nothing follows.
            let next =
                frames.get(index + 1).map_or(self.columns as i64, |next| self.column(signed(next.start)));
            // A frame of a single column is one of many.
            let room = if end - first < 2 { 0 } else { next.min(self.columns as i64) - first - 1 };
            let room = usize::try_from(room).unwrap_or(0);
            let texts = reading_texts(line, reader, frame, self.options.tier);
            let text = fitting(&texts, room);
            let width = text.chars().count() as i64;
            let column = first + ((end - first - width) / 2).max(0);
            let bad = reader == Reader::Right && super::words::fault(frame).is_some();
            let ink = if bad { Ink::Bad } else { ink };
            if width > 0 && maker.is_free(column, width as usize) {
                maker.put(column, text, ink);
            }
        }
    }

    /// Names a stretch at rest.
    fn idle(&self, maker: &mut Maker, line: &Line, from: i64, to: i64) {
        let first = (from + 1).max(0);
        let middle =
            self.scope.view.column(u64::try_from(i64::midpoint(first, to)).unwrap_or(0), self.columns);
        if line.level(middle).is_none() {
            return;
        }
        for text in ["idle = mark", "idle"] {
            let width = text.len() as i64;
            if to - first >= width + 2 {
                maker.put(first + (to - first - width) / 2, text, Ink::Faint);
                return;
            }
        }
    }

    fn slots(
        &self,
        maker: &mut Maker,
        line: &Line,
        reader: Reader,
        frame: &Frame,
        bit_columns: f64,
        ink: Ink,
    ) {
        let (first, end) = (self.column(signed(frame.start)), self.column(signed(frame.end)));
        let columns = self.columns as i64;
        if frame.is_break || bit_columns < 2.0 {
            // A box without its bits.
            let bad = reader == Reader::Right && super::words::fault(frame).is_some();
            let ink = if bad { Ink::Bad } else { ink };
            for column in first.max(0)..end.min(columns) {
                maker.put(column, if frame.is_break { "╌" } else { "─" }, ink);
            }
            if end - first >= 2 {
                if first >= 0 {
                    maker.put(first, "├", ink);
                }
                if end <= columns && signed(frame.end) <= self.scope.view.to() {
                    maker.put(end - 1, "┤", ink);
                }
            } else if (0..columns).contains(&first) {
                maker.put(first, "│", ink);
            }
            return;
        }
        for slot in line.slots(reader, frame) {
            let (from, to) = (self.column(signed(slot.from)), self.column(signed(slot.to)));
            let walls = bit_columns >= 3.0;
            let ink = match slot.ok {
                true if reader == Reader::Right && matches!(slot.kind, SlotKind::Data(_)) => Ink::Strong,
                true => ink,
                false => Ink::Bad,
            };
            let label = if slot.ok { slot.label() } else { 'X' };
            if let Some(place) = self.middle(&slot) {
                maker.put(place, label.encode_utf8(&mut [0; 4]), ink);
            }
            if walls {
                for wall in [from, to] {
                    if (0..columns).contains(&wall) {
                        maker.put(wall, "│", Ink::Faint);
                    }
                }
            }
        }
    }

    fn cursors(&self, maker: &mut Maker) {
        for (at, name) in self.options.cursors.iter().zip(['A', 'B']) {
            let Some(column) = at.and_then(|at| self.scope.view.column_of(at, self.columns)) else {
                continue;
            };
            let column = column as usize + maker.gutter;
            let tier = maker.tier;
            let mut named = false;
            let starts = maker.page.starts.clone();
            for (index, row) in maker.page.rows.iter_mut().enumerate() {
                let Some(glyph) = row.get_mut(column) else { continue };
                // The row before the first line is there for the names.
                if !named && starts.first().is_some_and(|first| index + 1 == *first) {
                    *glyph = Glyph { c: name, ink: Ink::Cursor };
                    named = true;
                } else if named && glyph.c == ' ' && !starts.contains(&index) {
                    *glyph = Glyph { c: tier_char('┊', tier), ink: Ink::Cursor };
                } else if named && glyph.ink == Ink::Signal {
                    glyph.ink = Ink::Cursor;
                }
            }
        }
    }
}

/// The least step of 1, 2 or 5 times a power of ten that is not below `least`; whole where it can be.
pub(super) fn step(least: f64) -> f64 {
    let mut power = 1.0;
    if least < 1.0 {
        // Between two bits there are halves, fifths and tenths.
        for part in [0.01, 0.02, 0.05, 0.1, 0.2, 0.5] {
            if part >= least {
                return part;
            }
        }
        return 1.0;
    }
    loop {
        for factor in [1.0, 2.0, 5.0] {
            if power * factor >= least {
                return power * factor;
            }
        }
        power *= 10.0;
        if power > 1e18 {
            return power;
        }
    }
}
