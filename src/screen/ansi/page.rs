//! The page of an ASCII or ANSI screen: its cells, its cursor, and all that decides how the next character
//! is shown.

use std::collections::VecDeque;

use super::cell::{CharCell, Pen};
use super::glyph::{self, Placed};
use super::music::Music;
use crate::screen::grid::{Area, Grid, Past, paint};
use crate::screen::{Attrs, Behaviour, Cell, Ink, State};

/// Answers kept for a caller that does not fetch them.
pub(super) const REPLIES: usize = 8;
/// A tab stop at every eighth column.
pub(super) const DEFAULT_TABS: u128 = 0x0101_0101_0101_0101_0101_0101_0101_0101 & !1;

/// What DECSC keeps.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Saved {
    pub(super) row: usize,
    pub(super) col: usize,
    pub(super) wraps_next: bool,
    pub(super) pen: Pen,
    pub(super) origin: bool,
    pub(super) special: [bool; 2],
    pub(super) shifted: bool,
}

/// Cells, cursor and modes.
#[derive(Debug)]
pub(in crate::screen) struct Page {
    behaviour: Behaviour,
    /// Escape sequences are obeyed.
    sequences: bool,
    pub(super) music: Music,
    pub(super) grid: Grid<CharCell>,
    /// The main screen while the alternate one is shown.
    pub(super) main: Option<Grid<CharCell>>,
    past: Past<CharCell>,
    pub(super) row: usize,
    pub(super) col: usize,
    /// The last column was printed; the next character goes to the next row first.
    pub(super) wraps_next: bool,
    /// Columns in use: 40 of 80 in the 40-column view.
    pub(super) width: usize,
    pub(super) top: usize,
    pub(super) bottom: usize,
    pub(super) pen: Pen,
    pub(super) saved: Saved,
    pub(super) wrap: bool,
    pub(super) origin: bool,
    pub(super) inserting: bool,
    pub(super) cursor_visible: bool,
    /// G0 and G1 are DEC special graphics.
    pub(super) special: [bool; 2],
    /// G1 is in use (SO).
    pub(super) shifted: bool,
    /// Bit n: a tab stop at column n.
    pub(super) tabs: u128,
    /// For REP.
    pub(super) printed: Option<char>,
    bells: u32,
    bells_rung: u64,
    replies: VecDeque<Vec<u8>>,
}

impl Page {
    pub(super) fn new(size: (u8, u8), behaviour: Behaviour, sequences: bool) -> Page {
        let (cols, rows) = (usize::from(size.0), usize::from(size.1));
        Page {
            behaviour,
            sequences,
            music: Music::default(),
            grid: Grid::new(cols, rows, CharCell::blank(Ink::Default)),
            main: None,
            past: Past::new(cols),
            row: 0,
            col: 0,
            wraps_next: false,
            width: cols,
            top: 0,
            bottom: rows - 1,
            pen: Pen::default(),
            saved: Saved::default(),
            wrap: true,
            origin: false,
            inserting: false,
            cursor_visible: true,
            special: [false; 2],
            shifted: false,
            tabs: DEFAULT_TABS,
            printed: None,
            bells: 0,
            bells_rung: 0,
            replies: VecDeque::new(),
        }
    }

    /// Prints the ASCII glyphs at the head of `bytes` that fit in the cursor's row; says how many. None are
    /// printed while each takes more than filling its cell.
    #[inline]
    pub(super) fn print_run(&mut self, bytes: &[u8]) -> usize {
        let printable = |byte: &u8| byte.wrapping_sub(0x20) < 0x5F;
        if self.inserting || self.draws() || !bytes.first().is_some_and(printable) {
            return 0;
        }
        self.wrap_if_due();
        let (pen, row, col, width) = (self.pen.cell(), self.row, self.col, self.width);
        let cells = &mut self.grid.row_mut(row)[col..width];
        let printed = paint(cells, bytes, |byte| printable(&byte), |byte| pen.with_ascii(byte));
        self.printed = Some(char::from(bytes[printed - 1]));
        self.advance(printed);
        printed
    }

    /// A seven-bit code outside every sequence.
    pub(super) fn ascii(&mut self, byte: u8) {
        match byte {
            0x20..=0x7E if self.draws() => self.print(glyph::dec_special(byte)),
            0x20..=0x7E => self.print(char::from(byte)),
            _ => self.control_code(byte),
        }
    }

    pub(super) fn is_board(&self) -> bool {
        self.behaviour == Behaviour::Board
    }

    /// Whether DEC special graphics are chosen.
    fn draws(&self) -> bool {
        self.special[usize::from(self.shifted)]
    }

    /// A control code, alone or inside a sequence.
    pub(super) fn control_code(&mut self, byte: u8) {
        match byte {
            0x07 => {
                self.bells = self.bells.saturating_add(1);
                self.bells_rung += 1;
            }
            0x08 => self.go_to_col(self.col.saturating_sub(1)),
            0x09 => self.tab(1),
            0x0A => self.line_feed(),
            0x0B if self.sequences => self.line_feed(),
            0x0C if self.sequences && !self.is_board() => self.line_feed(),
            0x0C => {
                self.clear();
                self.go_to(0, 0);
            }
            0x0D => self.go_to_col(0),
            0x0E if self.sequences => self.shifted = true,
            0x0F if self.sequences => self.shifted = false,
            0x7F if !self.sequences => {
                self.go_to_col(self.col.saturating_sub(1));
                let blank = self.blank();
                self.grid.set(self.row, self.col, blank);
            }
            _ => {}
        }
    }

    /// Prints one character, or what stands for it.
    pub(super) fn print(&mut self, c: char) {
        let Placed::Glyph(c) = glyph::place(c) else { return };
        self.wrap_if_due();
        if self.inserting {
            let blank = self.blank();
            self.grid.insert_cells(self.row, self.col, self.width - 1, 1, blank);
        }
        let cell = self.pen.cell().with_char(c);
        self.grid.set(self.row, self.col, cell);
        self.printed = Some(c);
        self.advance(1);
    }

    /// Moves over `printed` cells; in the last column the wrap waits for the next character.
    fn advance(&mut self, printed: usize) {
        self.grid.set_last(Some((self.row, self.col + printed - 1)));
        self.col += printed;
        if self.col >= self.width {
            self.col = self.width - 1;
            self.wraps_next = self.wrap;
        }
    }

    fn wrap_if_due(&mut self) {
        if self.wraps_next {
            self.go_to_col(0);
            self.line_feed();
        }
    }

    pub(super) fn line_feed(&mut self) {
        self.wraps_next = false;
        if self.row == self.bottom {
            self.scroll_up(1);
        } else if self.row + 1 < self.grid.rows() {
            self.row += 1;
        }
    }

    pub(super) fn scroll_up(&mut self, count: usize) {
        let region = self.region(self.top);
        if self.top == 0 && self.main.is_none() {
            for row in 0..count.min(self.bottom + 1) {
                self.past.push(self.grid.row(row));
            }
        }
        self.grid.scroll_up(region, count, self.blank());
    }

    pub(super) fn go_to_col(&mut self, col: usize) {
        self.col = col.min(self.width - 1);
        self.wraps_next = false;
    }

    pub(super) fn go_to(&mut self, row: usize, col: usize) {
        self.row = row.min(self.grid.rows() - 1);
        self.go_to_col(col);
    }

    pub(super) fn tab(&mut self, count: usize) {
        for _ in 0..count.min(self.width) {
            let stops = self.tabs.checked_shr(self.col as u32 + 1).unwrap_or(0);
            self.go_to_col(self.col + 1 + stops.trailing_zeros() as usize);
        }
    }

    pub(super) fn clear(&mut self) {
        let whole = Area { top: 0, left: 0, bottom: self.grid.rows() - 1, right: self.grid.cols() - 1 };
        self.grid.fill(whole, self.blank());
    }

    /// The scrolling region from `top` down.
    pub(super) fn region(&self, top: usize) -> Area {
        Area { top, left: 0, bottom: self.bottom, right: self.grid.cols() - 1 }
    }

    pub(super) fn blank(&self) -> CharCell {
        CharCell::blank(self.pen.bg)
    }

    pub(super) fn reply(&mut self, text: String) {
        if self.replies.len() < REPLIES {
            self.replies.push_back(text.into_bytes());
        }
    }
}

/// What the screen around it asks and sets.
impl Page {
    pub(in crate::screen) fn set_behaviour(&mut self, behaviour: Behaviour) {
        self.behaviour = behaviour;
    }

    pub(in crate::screen) fn behaviour(&self) -> Behaviour {
        self.behaviour
    }

    pub(in crate::screen) fn set_view40(&mut self, on: bool) {
        self.width = if on { self.grid.cols().min(40) } else { self.grid.cols() };
        self.go_to_col(self.col);
    }

    pub(in crate::screen) fn width(&self) -> usize {
        self.width
    }

    pub(in crate::screen) fn grid(&self) -> &Grid<CharCell> {
        &self.grid
    }

    pub(in crate::screen) fn forget_painted(&mut self) {
        self.grid.all_mut().iter_mut().for_each(CharCell::forget_painted);
        self.grid.set_last(None);
    }

    pub(in crate::screen) fn cells(&self, out: &mut Vec<Cell>) {
        for row in 0..self.grid.rows() {
            out.extend(self.grid.row(row).iter().map(|cell| cell.cell()));
        }
    }

    pub(in crate::screen) fn take_scrolled(&mut self) -> Vec<Box<[Cell]>> {
        self.past.take(|row| {
            let used = row.iter().rposition(|cell| !cell.is_blank()).map_or(0, |last| last + 1);
            row[..used].iter().map(|cell| cell.cell()).collect()
        })
    }

    pub(in crate::screen) fn take_bells(&mut self) -> u32 {
        std::mem::take(&mut self.bells)
    }

    pub(in crate::screen) fn take_reply(&mut self) -> Option<Vec<u8>> {
        self.replies.pop_front()
    }

    pub(in crate::screen) fn cursor(&self) -> (usize, usize) {
        (self.row, self.col)
    }

    pub(in crate::screen) fn cursor_visible(&self) -> bool {
        self.cursor_visible
    }

    pub(in crate::screen) fn state(&self) -> State {
        State {
            reverse: self.pen.attrs.contains(Attrs::REVERSE),
            quote: false,
            insert: 0,
            window: [self.top, 0, self.bottom, self.width - 1].map(|edge| edge as u8),
            colour: None,
            logical_col: self.col as u8,
            shift_lock: false,
            bells: self.bells_rung,
        }
    }
}
