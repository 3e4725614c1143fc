//! The C128's escape sequences: 1B and one letter.
//!
//! All letters from `@` to `Z` are understood; those that change only the shape of the machine's cursor or
//! swap its two displays have no effect here. Any other byte after 1B is swallowed.
//!
//! Facts: `docs/screen.md`, "C128".

use super::Editor;
use super::tables::Action;
use crate::screen::Attrs;
use crate::screen::grid::Area;

/// A stop at every eighth column but the first.
pub(super) const DEFAULT_TABS: u128 = {
    let mut stops = 0;
    let mut col = 8;
    while col < 80 {
        stops |= 1 << col;
        col += 8;
    }
    stops
};

/// Modes that only escape sequences set.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Modes {
    /// ESC A: every print opens a blank first.
    pub(super) auto_insert: bool,
    /// ESC M: at the bottom the cursor goes to the top instead of scrolling.
    pub(super) scroll_off: bool,
    /// ESC H.
    pub(super) bell_off: bool,
    /// ESC R: the whole screen is shown reversed.
    pub(super) reverse_screen: bool,
}

impl Editor {
    pub(super) fn escape(&mut self, byte: u8) {
        match byte & 0x7F {
            b'@' => self.erase_below(),
            b'A' => self.modes.auto_insert = true,
            b'B' => self.act(Action::WindowBottom, false),
            b'C' => self.modes.auto_insert = false,
            b'D' => self.act(Action::DeleteLine, false),
            b'G' => self.modes.bell_off = false,
            b'H' => self.modes.bell_off = true,
            b'I' => self.act(Action::InsertLine, false),
            b'J' => self.col = self.window.left,
            b'K' => self.end_of_text(),
            b'L' => self.modes.scroll_off = false,
            b'M' => self.modes.scroll_off = true,
            b'N' => self.modes.reverse_screen = false,
            b'O' => {
                self.act(Action::Cancel, false);
                self.attrs = Attrs::default();
            }
            b'P' => self.erase(self.window.left, self.col + 1),
            b'Q' => self.act(Action::EraseToEnd, false),
            b'R' => self.modes.reverse_screen = true,
            b'T' => self.act(Action::WindowTop, false),
            b'V' => self.act(Action::ScrollUp, false),
            b'W' => self.act(Action::ScrollDown, false),
            b'Y' => self.tabs = DEFAULT_TABS,
            b'Z' => self.tabs = 0,
            // E F S U: the cursor's shape and blink. X: the other display.
            _ => {}
        }
    }

    /// From the cursor to the end of the window.
    fn erase_below(&mut self) {
        self.erase(self.col, self.window.right + 1);
        if self.row < self.window.bottom {
            let below = Area { top: self.row + 1, ..self.window };
            self.grid.fill(below, self.blank());
        }
    }

    /// Just behind the last character of the row.
    fn end_of_text(&mut self) {
        let (left, right) = (self.window.left, self.window.right);
        let text = &self.grid.row(self.row)[left..=right];
        let used = text.iter().rposition(|cell| !cell.is_blank()).map_or(0, |last| last + 1);
        self.col = (left + used).min(right);
    }
}
