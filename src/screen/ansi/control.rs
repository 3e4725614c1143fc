//! What escape and control sequences do.

use vte::{Params, Perform};

use super::cell::Pen;
use super::page::{DEFAULT_TABS, Page, Saved};
use super::sgr;
use crate::screen::grid::{Area, Grid};

/// The largest number that counts.
const LARGEST: u16 = 9999;

/// What `vte` finds. It knows more kinds of things, but [`super::outline`] lets only these reach it.
impl Perform for Page {
    /// A control code inside a sequence; those that end one do nothing else.
    fn execute(&mut self, byte: u8) {
        self.control_code(byte);
    }

    fn esc_dispatch(&mut self, intermediates: &[u8], _: bool, byte: u8) {
        if let Some(intermediate) = only(intermediates) {
            self.escape(intermediate, byte);
        }
    }

    fn csi_dispatch(&mut self, params: &Params, intermediates: &[u8], _: bool, action: char) {
        if let Some(marker) = only(intermediates) {
            self.control(params, marker, action as u8);
        }
    }
}

/// The private marker or intermediate byte, 0 if there is none; `None` if there are several, which no sequence
/// here has.
fn only(intermediates: &[u8]) -> Option<u8> {
    match intermediates {
        [] => Some(0),
        [one] => Some(*one),
        _ => None,
    }
}

/// The number at `index`, `default` where it is absent or zero.
fn number(params: &Params, index: usize, default: u16) -> usize {
    let value = params.iter().nth(index).and_then(|values| values.first()).copied().unwrap_or(0);
    usize::from(if value == 0 { default } else { value.min(LARGEST) })
}

/// Whether a number stands anywhere among these.
fn has(params: &Params, wanted: u16) -> bool {
    params.iter().any(|values| values == [wanted])
}

impl Page {
    /// ESC, an intermediate byte or 0, a final byte.
    fn escape(&mut self, intermediate: u8, byte: u8) {
        match (intermediate, byte) {
            (0, b'7') => self.save(),
            (0, b'8') => self.restore(),
            (0, b'D') => self.line_feed(),
            (0, b'E') => {
                self.go_to_col(0);
                self.line_feed();
            }
            (0, b'H') => self.tabs |= 1 << self.col,
            (0, b'M') => self.reverse_line_feed(),
            (0, b'c') => self.reset(),
            (b'#', b'8') => {
                for row in 0..self.grid.rows() {
                    let cell = Pen::default().cell().with_ascii(b'E');
                    let width = self.width;
                    self.grid.row_mut(row)[..width].fill(cell);
                }
                self.go_to(0, 0);
            }
            (b'(', set) => self.special[0] = set == b'0',
            (b')', set) => self.special[1] = set == b'0',
            _ => {}
        }
    }

    /// CSI, numbers, a private marker or intermediate byte or 0, a final byte.
    fn control(&mut self, params: &Params, marker: u8, byte: u8) {
        let count = number(params, 0, 1);
        match (marker, byte) {
            (b'?', b'h') => self.private_modes(params, true),
            (b'?', b'l') => self.private_modes(params, false),
            (b'!', b'p') => self.soft_reset(),
            (0, b'@') => self.change_cells(count, true),
            (0, b'A') => self.up(count),
            (0, b'B' | b'e') => self.down(count),
            (0, b'C' | b'a') => self.go_to_col(self.col + count),
            (0, b'D') => self.go_to_col(self.col.saturating_sub(count)),
            (0, b'E') => {
                self.down(count);
                self.go_to_col(0);
            }
            (0, b'F') => {
                self.up(count);
                self.go_to_col(0);
            }
            (0, b'G' | b'`') => self.go_to_col(count - 1),
            (0, b'H' | b'f') => self.position(count - 1, number(params, 1, 1) - 1),
            (0, b'I') => self.tab(count),
            (0, b'J') => self.erase_display(number(params, 0, 0)),
            (0, b'K') => self.erase_line(number(params, 0, 0)),
            (0, b'L') => self.insert_lines(count),
            (0, b'M') => self.delete_lines(count),
            (0, b'N' | b'|') if self.is_board() => self.music.listen(),
            (0, b'P') => self.change_cells(count, false),
            (0, b'S') => self.scroll_up(count),
            (0, b'T') => {
                let region = self.region(self.top);
                self.grid.scroll_down(region, count, self.blank());
            }
            (0, b'X') => {
                let (from, to) = (self.col, (self.col + count).min(self.width));
                self.erase(self.row, from, to);
            }
            (0, b'Z') => {
                for _ in 0..count.min(self.width) {
                    let before = self.tabs & ((1 << self.col) - 1);
                    self.go_to_col(before.checked_ilog2().unwrap_or(0) as usize);
                }
            }
            (0, b'b') => self.repeat(count),
            (0, b'c') if number(params, 0, 0) == 0 => self.reply("\x1b[?1;2c".into()),
            (0, b'd') => {
                let col = self.col;
                self.position(count - 1, col);
            }
            (0, b'g') => match number(params, 0, 0) {
                0 => self.tabs &= !(1 << self.col),
                3 => self.tabs = 0,
                _ => {}
            },
            (0, b'h') if has(params, 4) => self.inserting = true,
            (0, b'l') if has(params, 4) => self.inserting = false,
            (0, b'm') => sgr::apply(&mut self.pen, params),
            (0, b'n') => self.report(number(params, 0, 0)),
            (0, b'r') => self.set_region(count - 1, number(params, 1, 9999) - 1),
            (0, b's') => self.save(),
            (0, b'u') => self.restore(),
            _ => {}
        }
    }

    fn private_modes(&mut self, params: &Params, on: bool) {
        for mode in params.iter().flatten() {
            match mode {
                6 => {
                    self.origin = on;
                    self.position(0, 0);
                }
                7 => {
                    self.wrap = on;
                    self.wraps_next &= on;
                }
                25 => self.cursor_visible = on,
                47 | 1047 => self.alternate(on),
                1048 if on => self.save(),
                1048 => self.restore(),
                1049 if on => {
                    self.save();
                    self.alternate(true);
                }
                1049 => {
                    self.alternate(false);
                    self.restore();
                }
                _ => {}
            }
        }
    }

    /// Shows a blank second screen, or the main one again. Nothing of the second is kept.
    fn alternate(&mut self, on: bool) {
        if !on {
            if let Some(main) = self.main.take() {
                self.grid = main;
            }
        } else if self.main.is_none() {
            let blank = Grid::new(self.grid.cols(), self.grid.rows(), self.blank());
            self.main = Some(std::mem::replace(&mut self.grid, blank));
        }
    }

    fn save(&mut self) {
        self.saved = Saved {
            row: self.row,
            col: self.col,
            wraps_next: self.wraps_next,
            pen: self.pen,
            origin: self.origin,
            special: self.special,
            shifted: self.shifted,
        };
    }

    fn restore(&mut self) {
        let saved = self.saved;
        self.go_to(saved.row, saved.col);
        self.wraps_next = saved.wraps_next && self.col + 1 == self.width;
        self.pen = saved.pen;
        self.origin = saved.origin;
        self.special = saved.special;
        self.shifted = saved.shifted;
    }

    fn soft_reset(&mut self) {
        self.pen = Pen::default();
        self.saved = Saved::default();
        self.wrap = true;
        self.origin = false;
        self.inserting = false;
        self.cursor_visible = true;
        self.special = [false; 2];
        self.shifted = false;
        (self.top, self.bottom) = (0, self.grid.rows() - 1);
    }

    fn reset(&mut self) {
        self.alternate(false);
        self.soft_reset();
        self.tabs = DEFAULT_TABS;
        self.printed = None;
        self.clear();
        self.go_to(0, 0);
    }

    /// A place as CUP names it: with origin mode inside the region.
    fn position(&mut self, row: usize, col: usize) {
        if self.origin {
            self.go_to((self.top + row).min(self.bottom), col);
        } else {
            self.go_to(row, col);
        }
    }

    fn up(&mut self, count: usize) {
        let limit = if self.row >= self.top { self.top } else { 0 };
        let (row, col) = (self.row.saturating_sub(count).max(limit), self.col);
        self.go_to(row, col);
    }

    fn down(&mut self, count: usize) {
        let limit = if self.row <= self.bottom { self.bottom } else { self.grid.rows() - 1 };
        let (row, col) = ((self.row + count).min(limit), self.col);
        self.go_to(row, col);
    }

    fn reverse_line_feed(&mut self) {
        self.wraps_next = false;
        if self.row == self.top {
            let region = self.region(self.top);
            self.grid.scroll_down(region, 1, self.blank());
        } else {
            self.row = self.row.saturating_sub(1);
        }
    }

    fn set_region(&mut self, top: usize, bottom: usize) {
        let bottom = bottom.min(self.grid.rows() - 1);
        if top < bottom {
            (self.top, self.bottom) = (top, bottom);
            self.position(0, 0);
        }
    }

    fn in_region(&self) -> bool {
        (self.top..=self.bottom).contains(&self.row)
    }

    fn insert_lines(&mut self, count: usize) {
        if self.in_region() {
            let region = self.region(self.row);
            self.grid.scroll_down(region, count, self.blank());
            self.go_to_col(0);
        }
    }

    pub(super) fn delete_lines(&mut self, count: usize) {
        if self.in_region() {
            let region = self.region(self.row);
            self.grid.scroll_up(region, count, self.blank());
            self.go_to_col(0);
        }
    }

    fn change_cells(&mut self, count: usize, insert: bool) {
        self.wraps_next = false;
        let (row, col, right, blank) = (self.row, self.col, self.width - 1, self.blank());
        if insert {
            self.grid.insert_cells(row, col, right, count, blank);
        } else {
            self.grid.delete_cells(row, col, right, count, blank);
        }
    }

    fn erase(&mut self, row: usize, from: usize, to: usize) {
        self.wraps_next = false;
        let blank = self.blank();
        self.grid.row_mut(row)[from..to].fill(blank);
    }

    fn erase_line(&mut self, what: usize) {
        let (row, col, cols) = (self.row, self.col, self.grid.cols());
        match what {
            0 => self.erase(row, col, cols),
            1 => self.erase(row, 0, col + 1),
            2 => self.erase(row, 0, cols),
            _ => {}
        }
    }

    fn erase_display(&mut self, what: usize) {
        let (row, rows, right) = (self.row, self.grid.rows(), self.grid.cols() - 1);
        match what {
            0 => {
                self.erase_line(0);
                if row + 1 < rows {
                    let below = Area { top: row + 1, left: 0, bottom: rows - 1, right };
                    self.grid.fill(below, self.blank());
                }
            }
            1 => {
                self.erase_line(1);
                if row > 0 {
                    let above = Area { top: 0, left: 0, bottom: row - 1, right };
                    self.grid.fill(above, self.blank());
                }
            }
            2 => {
                self.wraps_next = false;
                self.clear();
                if self.is_board() {
                    self.position(0, 0);
                }
            }
            _ => {}
        }
    }

    /// REP: at most a screenful, more would not be seen.
    fn repeat(&mut self, count: usize) {
        if let Some(c) = self.printed {
            for _ in 0..count.min(self.width * self.grid.rows()) {
                self.print(c);
            }
        }
    }

    fn report(&mut self, what: usize) {
        match what {
            5 => self.reply("\x1b[0n".into()),
            6 => {
                let row = if self.origin { self.row.saturating_sub(self.top) } else { self.row };
                self.reply(format!("\x1b[{};{}R", row + 1, self.col + 1));
            }
            _ => {}
        }
    }
}
