//! Logical lines of the 40- and 22-column machines: rows linked into one line of up to 80 or 88 columns.
//!
//! The ROM keeps one bit a row, "a line begins here", and so does this. Printing past the end of a line takes
//! the next row into it, whatever stood there; 14 and 94 work across the rows of a line; scrolling removes
//! whole lines. All of it belongs to the strict level.
//!
//! Facts: `docs/screen.md`, "Linked lines".

use super::Editor;
use crate::screen::grid::Area;

impl Editor {
    pub(super) fn line_start(&self, row: usize) -> usize {
        (0..=row).rev().find(|row| self.starts[*row]).unwrap_or(0)
    }

    /// The last row of the line that `row` belongs to.
    pub(super) fn line_end(&self, row: usize) -> usize {
        let rows = self.starts.len();
        (row + 1..rows).find(|row| self.starts[*row]).unwrap_or(rows) - 1
    }

    fn line_is_full(&self, row: usize) -> bool {
        self.line_end(row) + 1 - self.line_start(row) >= self.model.linked_rows
    }

    /// After a print in the last column of a row.
    pub(super) fn advance_linked(&mut self) {
        self.col = 0;
        if self.row == self.line_end(self.row) && !self.line_is_full(self.row) {
            self.row += 1;
            if self.row == self.starts.len() {
                self.row = self.scroll_linked();
            }
            self.link(self.row);
        } else {
            self.next_row();
        }
    }

    /// Makes `row` part of the line above it; what follows begins a line of its own.
    fn link(&mut self, row: usize) {
        self.starts[row] = false;
        if let Some(next) = self.starts.get_mut(row + 1) {
            *next = true;
        }
    }

    /// Scrolls whole lines away until a line begins in the top row; returns the first row that became free.
    pub(super) fn scroll_linked(&mut self) -> usize {
        let mut free = self.starts.len();
        loop {
            self.scroll();
            self.starts.rotate_left(1);
            if let Some(last) = self.starts.last_mut() {
                *last = true;
            }
            free -= 1;
            if self.starts[0] {
                return free;
            }
        }
    }

    pub(super) fn delete_linked(&mut self) {
        let last = self.window.right;
        if self.col == 0 && self.row == self.line_start(self.row) {
            if self.row > 0 {
                // The ROM stores the colour there, but not the blank.
                self.row -= 1;
                self.col = last;
                let cell = self.grid.get(self.row, last).with_colour(self.colour);
                self.grid.set(self.row, last, cell);
            }
            return;
        }
        self.left();
        let end = self.line_end(self.row);
        for row in self.row..=end {
            let from = if row == self.row { self.col } else { 0 };
            let follows = if row < end { self.grid.get(row + 1, 0) } else { self.blank() };
            self.grid.delete_cells(row, from, last, 1, follows);
        }
    }

    pub(super) fn insert_linked(&mut self) {
        let last = self.window.right;
        let end = self.line_end(self.row);
        if !self.grid.get(end, last).is_space() || (self.row, self.col) == (end, last) {
            if self.line_is_full(self.row) {
                return;
            }
            self.open_row(end + 1);
        }
        for row in (self.row..=self.line_end(self.row)).rev() {
            let (from, precedes) =
                if row == self.row { (self.col, self.blank()) } else { (0, self.grid.get(row - 1, last)) };
            self.grid.insert_cells(row, from, last, 1, precedes);
        }
        // The ROM's counter is a byte and wraps.
        self.insert = self.insert.wrapping_add(1);
    }

    /// Opens a blank row below the cursor's line and links it to that line.
    fn open_row(&mut self, row: usize) {
        let rows = self.starts.len();
        if row < rows {
            let below = Area { top: row, ..self.whole() };
            self.grid.scroll_down(below, 1, self.blank());
            self.starts[row..].rotate_right(1);
            self.link(row);
        } else {
            let free = self.scroll_linked();
            self.row = self.row.saturating_sub(rows - free);
            self.link(free);
        }
    }
}
