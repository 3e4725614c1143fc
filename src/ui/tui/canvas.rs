//! The only way onto the host's screen: one allowed character a cell, clipped to the buffer.

use std::collections::HashMap;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};

use crate::petscii::GlyphTier;
use crate::ui::front::Theme;
use crate::ui::hygiene::host_char;
use crate::ui::theme::{Depth, HostColour, Paint, Rgb, Role, furniture};

/// What everything that is drawn has in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Manner {
    pub(super) theme: Theme,
    pub(super) tier: GlyphTier,
    pub(super) depth: Depth,
}

/// A buffer to draw on.
pub(super) struct Canvas<'a> {
    buffer: &'a mut Buffer,
    pub(super) manner: Manner,
    /// Colours already taken down to the host's: a picture has few, and each takes a search.
    known: HashMap<Rgb, Color>,
}

impl<'a> Canvas<'a> {
    pub(super) fn new(buffer: &'a mut Buffer, manner: Manner) -> Canvas<'a> {
        Canvas { buffer, manner, known: HashMap::new() }
    }

    /// The whole of it.
    pub(super) fn area(&self) -> Rect {
        self.buffer.area
    }

    /// One cell; what lies outside is not drawn.
    pub(super) fn cell(&mut self, x: u16, y: u16, c: char, paint: Paint) {
        let depth = self.manner.depth;
        let (fg, bg) = (self.host(paint.fg), self.host(paint.bg));
        let Some(cell) = self.buffer.cell_mut((x, y)) else { return };
        cell.set_char(match host_char(c) {
            '…' if self.manner.tier == GlyphTier::Ascii => '~',
            c if self.manner.tier == GlyphTier::Ascii && !c.is_ascii() => '?',
            c => c,
        });
        let mut modifier = Modifier::empty();
        modifier.set(Modifier::REVERSED, paint.reverse);
        modifier.set(Modifier::UNDERLINED, paint.underline);
        if depth == Depth::None {
            modifier.set(Modifier::BOLD, paint.bold);
            modifier.set(Modifier::DIM, paint.dim && !paint.bold);
        }
        cell.modifier = modifier;
        cell.fg = fg;
        cell.bg = bg;
    }

    fn host(&mut self, wanted: Rgb) -> Color {
        let depth = self.manner.depth;
        *self.known.entry(wanted).or_insert_with(|| colour(depth.reduce(wanted)))
    }

    /// A text from `x` on, at most `width` cells; returns the column behind it.
    pub(super) fn text(&mut self, x: u16, y: u16, width: u16, text: &str, role: Role) -> u16 {
        let paint = furniture(self.manner.theme, role);
        let mut at = x;
        for c in text.chars().take(usize::from(width)) {
            self.cell(at, y, c, paint);
            at = at.saturating_add(1);
        }
        at
    }

    /// A text that fills its width with blanks.
    pub(super) fn bar(&mut self, x: u16, y: u16, width: u16, text: &str, role: Role) {
        let end = self.text(x, y, width, text, role);
        let paint = furniture(self.manner.theme, role);
        for x in end..x.saturating_add(width) {
            self.cell(x, y, ' ', paint);
        }
    }

    /// Blanks.
    pub(super) fn clear(&mut self, area: Rect) {
        let paint = furniture(self.manner.theme, Role::Text);
        for y in area.top()..area.bottom() {
            for x in area.left()..area.right() {
                self.cell(x, y, ' ', paint);
            }
        }
    }

    /// A frame with a title.
    pub(super) fn frame(&mut self, area: Rect, title: &str, role: Role) {
        if area.width < 2 || area.height < 2 {
            return;
        }
        let [corner_nw, corner_ne, corner_sw, corner_se, across, down] = match self.manner.tier {
            GlyphTier::Ascii => ['+', '+', '+', '+', '-', '|'],
            _ => ['╭', '╮', '╰', '╯', '─', '│'],
        };
        let paint = furniture(self.manner.theme, role);
        let (left, right) = (area.left(), area.right() - 1);
        let (top, bottom) = (area.top(), area.bottom() - 1);
        for x in left..=right {
            self.cell(x, top, across, paint);
            self.cell(x, bottom, across, paint);
        }
        for y in top..=bottom {
            self.cell(left, y, down, paint);
            self.cell(right, y, down, paint);
        }
        for (x, y, c) in [
            (left, top, corner_nw),
            (right, top, corner_ne),
            (left, bottom, corner_sw),
            (right, bottom, corner_se),
        ] {
            self.cell(x, y, c, paint);
        }
        if !title.is_empty() && area.width > 6 {
            let role = if role == Role::Faint { Role::Text } else { role };
            self.text(left + 2, top, area.width - 4, &format!(" {title} "), role);
        }
    }
}

fn colour(colour: HostColour) -> Color {
    match colour {
        HostColour::Unset => Color::Reset,
        HostColour::Number(n) => Color::Indexed(n),
        HostColour::Direct(Rgb(r, g, b)) => Color::Rgb(r, g, b),
    }
}

/// A box of at most this size in the middle of an area.
pub(super) fn middle(area: Rect, width: u16, height: u16) -> Rect {
    let width = width.min(area.width);
    let height = height.min(area.height);
    Rect::new(area.x + (area.width - width) / 2, area.y + (area.height - height) / 2, width, height)
}

/// The inside of a frame.
pub(super) fn inside(area: Rect) -> Rect {
    if area.width < 2 || area.height < 2 {
        return Rect::new(area.x, area.y, 0, 0);
    }
    Rect::new(area.x + 1, area.y + 1, area.width - 2, area.height - 2)
}
