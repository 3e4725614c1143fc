//! The Commodore screen editors: what CHROUT does with a byte, by seven machines' rules.
//!
//! One engine; the machines differ in a table of control codes and a handful of facts ([`tables`]), in linked
//! lines ([`linked`]) and in the C128's escape sequences ([`escape`]). At the strict level every state below
//! equals that of the editor ROM; the board level leaves out what boards do not expect.
//!
//! The cursor is always inside the window and the window inside the screen: every move is clamped to the
//! window, and a window's corner can only be set where the cursor is.
//!
//! Facts: `docs/screen.md`.

mod cell;
mod escape;
mod linked;
mod tables;

use super::grid::{Area, Grid, Past, paint};
use super::{Attrs, Behaviour, Cell, ScreenKind};
use crate::petscii::CharSet;

pub(super) use cell::CodeCell;
use tables::{Action, CONTROL, Codes, Model, QUOTE};

/// What the byte before asked of the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Prefix {
    None,
    /// C128: 1B.
    Escape,
    /// CCGMS: 02.
    Background,
}

/// A Commodore screen editor.
#[derive(Debug)]
pub(super) struct Editor {
    kind: ScreenKind,
    model: Model,
    strict: bool,
    codes: &'static Codes,
    grid: Grid<CodeCell>,
    past: Past<CodeCell>,
    row: usize,
    col: usize,
    window: Area,
    /// Columns in use: 40 of 80 in the 40-column view.
    width: usize,
    set: CharSet,
    colour: u8,
    background: Option<u8>,
    attrs: Attrs,
    reverse: bool,
    quote: bool,
    /// A quotation mark toggles quote mode.
    quoting: bool,
    /// Prints left in insert mode.
    insert: u8,
    prefix: Prefix,
    /// The byte before was the first HOME of a pair.
    homed: bool,
    /// Bit n: a tab stop at column n.
    tabs: u128,
    /// Rows that begin a logical line; all of them where lines are not linked.
    starts: Vec<bool>,
    shift_lock: bool,
    cursor_visible: bool,
    bells: u32,
    bells_rung: u64,
    /// C128 modes, set by escape sequences.
    modes: escape::Modes,
}

impl Editor {
    pub(super) fn new(kind: ScreenKind, behaviour: Behaviour) -> Editor {
        let (cols, rows) = kind.size();
        let (cols, rows) = (usize::from(cols), usize::from(rows));
        let model = Model::of(kind);
        let strict = is_strict(kind, behaviour);
        let colour = model.colour.unwrap_or(0);
        Editor {
            kind,
            model,
            strict,
            codes: tables::codes_of(kind, strict),
            grid: Grid::new(cols, rows, CodeCell::blank(colour)),
            past: Past::new(cols),
            row: 0,
            col: 0,
            window: Area { top: 0, left: 0, bottom: rows - 1, right: cols - 1 },
            width: cols,
            set: model.set,
            colour,
            background: model.background.map(|(rom, board)| if strict { rom } else { board }),
            attrs: Attrs::default(),
            reverse: false,
            quote: false,
            quoting: true,
            insert: 0,
            prefix: Prefix::None,
            homed: false,
            tabs: if model.tabs { escape::DEFAULT_TABS } else { 0 },
            starts: vec![true; rows],
            shift_lock: false,
            cursor_visible: true,
            bells: 0,
            bells_rung: 0,
            modes: escape::Modes::default(),
        }
    }

    pub(super) fn feed(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while let Some(&byte) = rest.first() {
            let run = if self.insert == 0 && self.prefix == Prefix::None && !self.modes.auto_insert {
                self.print_run(rest)
            } else {
                0
            };
            if run == 0 {
                self.byte(byte);
                rest = &rest[1..];
            } else {
                rest = &rest[run..];
            }
        }
    }

    /// Prints the glyphs at the head of `bytes` that fit in the cursor's row; says how many.
    fn print_run(&mut self, bytes: &[u8]) -> usize {
        let pen = self.pen();
        let (codes, row, col, right) = (self.codes, self.row, self.col, self.window.right);
        let code = |byte: u8| codes[usize::from(byte)];
        let cells = &mut self.grid.row_mut(row)[col..=right];
        let printed = paint(cells, bytes, |byte| code(byte) & 0x80 == 0, |byte| pen.with_code(code(byte)));
        if printed > 0 {
            self.homed = false;
            self.grid.set_last(Some((row, col + printed - 1)));
            self.col = col + printed - 1;
            self.advance();
        }
        printed
    }

    fn byte(&mut self, byte: u8) {
        match std::mem::replace(&mut self.prefix, Prefix::None) {
            Prefix::Escape => return self.escape(byte),
            Prefix::Background => {
                if let Some(colour) = tables::colour_of(byte) {
                    self.background = Some(colour);
                    return;
                }
            }
            Prefix::None => {}
        }
        let paired = std::mem::replace(&mut self.homed, false);
        let code = self.codes[usize::from(byte)];
        if code == CONTROL {
            if self.prints_controls(byte) {
                self.put(byte & 0x1F | byte >> 1 & 0x40 | CodeCell::REVERSE);
            } else {
                self.act(tables::action(self.kind, self.strict, byte), paired);
            }
        } else {
            if code & QUOTE != 0 && self.quoting {
                self.quote = !self.quote;
            }
            self.put(code & !QUOTE);
        }
    }

    /// Whether quote or insert mode turns this control code into a reversed glyph.
    fn prints_controls(&self, byte: u8) -> bool {
        let (quoted, inserting) = (self.quote, self.insert > 0);
        match byte {
            0x0D | 0x8D => false,
            0x1B | 0x9B if self.model.cancels => false,
            0x1B if self.kind == ScreenKind::C128 => false,
            0x14 => inserting,
            0x94 => quoted,
            _ => quoted || inserting,
        }
    }

    fn act(&mut self, action: Action, paired: bool) {
        match action {
            Action::Nothing => {}
            Action::Return => self.carriage_return(),
            Action::LineFeed | Action::Down => self.next_row(),
            Action::Up => self.row = self.row.saturating_sub(1).max(self.window.top),
            Action::Right => self.advance_unlinked(),
            Action::Left => self.left(),
            Action::Home => {
                if paired {
                    self.window = self.whole();
                }
                self.homed = self.model.has_window && !paired;
                (self.row, self.col) = (self.window.top, self.window.left);
            }
            Action::Clear => {
                self.grid.fill(self.window, self.blank());
                self.starts.fill(true);
                (self.row, self.col) = (self.window.top, self.window.left);
            }
            Action::Delete => self.delete(),
            Action::Insert => self.insert(),
            Action::ReverseOn => self.reverse = true,
            Action::ReverseOff => self.reverse = false,
            Action::TextSet => {
                self.set = CharSet::Text;
                if self.kind == ScreenKind::C64 && !self.strict {
                    self.background = Some(0);
                }
            }
            Action::GraphicsSet => self.set = CharSet::Graphics,
            Action::Bell => {
                if !self.modes.bell_off {
                    self.bells = self.bells.saturating_add(1);
                    self.bells_rung += 1;
                }
            }
            Action::Tab => {
                let stops = self.tabs.checked_shr(self.col as u32 + 1).unwrap_or(0);
                let next = self.col + 1 + stops.trailing_zeros() as usize;
                self.col = next.min(self.window.right);
            }
            Action::TabToggle => self.tabs ^= 1 << self.col,
            Action::WindowTop => (self.window.top, self.window.left) = (self.row, self.col),
            Action::WindowBottom => (self.window.bottom, self.window.right) = (self.row, self.col),
            Action::DeleteLine => {
                let below = Area { top: self.row, ..self.window };
                self.grid.scroll_up(below, 1, self.blank());
                self.col = self.window.left;
            }
            Action::InsertLine => {
                let below = Area { top: self.row, ..self.window };
                self.grid.scroll_down(below, 1, self.blank());
                self.col = self.window.left;
            }
            Action::EraseToEnd => self.erase(self.col, self.window.right + 1),
            Action::EraseToStart => self.erase(self.window.left, self.col),
            Action::ScrollUp => self.scroll(),
            Action::ScrollDown => self.grid.scroll_down(self.window, 1, self.blank()),
            Action::Cancel => {
                self.reverse = false;
                self.quote = false;
                self.insert = 0;
            }
            Action::Colour(colour) => self.colour = colour,
            Action::Lock(locked) => self.shift_lock = locked,
            Action::Underline(on) => self.set_attr(Attrs::UNDERLINE, on),
            Action::Flash(on) => self.set_attr(Attrs::BLINK, on),
            Action::Escape => self.prefix = Prefix::Escape,
            Action::Background => self.prefix = Prefix::Background,
            Action::Cursor(shown) => self.cursor_visible = shown,
        }
    }

    /// Prints one screen code at the cursor, reversed if reverse is on.
    fn put(&mut self, code: u8) {
        if self.modes.auto_insert {
            let (row, col, right, blank) = (self.row, self.col, self.window.right, self.blank());
            self.grid.insert_cells(row, col, right, 1, blank);
        }
        self.insert = self.insert.saturating_sub(1);
        let cell = self.pen().with_code(code);
        self.grid.set(self.row, self.col, cell);
        self.grid.set_last(Some((self.row, self.col)));
        self.advance();
    }

    /// Moves on after a print: there is no pending wrap.
    fn advance(&mut self) {
        if self.linking() && self.col == self.window.right {
            self.advance_linked();
        } else {
            self.advance_unlinked();
        }
    }

    fn advance_unlinked(&mut self) {
        if self.col < self.window.right {
            self.col += 1;
        } else {
            self.col = self.window.left;
            self.next_row();
        }
    }

    fn left(&mut self) {
        if self.col > self.window.left {
            self.col -= 1;
        } else if self.row > self.window.top {
            self.row -= 1;
            self.col = self.window.right;
        }
    }

    fn carriage_return(&mut self) {
        self.reverse = false;
        self.quote = false;
        self.insert = 0;
        self.attrs = Attrs::default();
        self.col = self.window.left;
        self.row = self.line_end(self.row);
        self.next_row();
    }

    /// One row down, scrolling at the bottom of the window.
    fn next_row(&mut self) {
        if self.row < self.window.bottom {
            self.row += 1;
        } else if self.modes.scroll_off {
            self.row = self.window.top;
        } else if self.linking() {
            self.row = self.scroll_linked();
        } else {
            self.scroll();
        }
    }

    /// Scrolls the window up by one row.
    fn scroll(&mut self) {
        if self.window == self.whole() {
            self.past.push(self.grid.row(0));
        }
        self.grid.scroll_up(self.window, 1, self.blank());
    }

    fn delete(&mut self) {
        if self.linking() {
            return self.delete_linked();
        }
        let blank = self.blank();
        if self.col > self.window.left {
            self.col -= 1;
            self.grid.delete_cells(self.row, self.col, self.window.right, 1, blank);
        } else if self.row > self.window.top {
            self.row -= 1;
            self.col = self.window.right;
            self.grid.set(self.row, self.col, blank);
        }
    }

    fn insert(&mut self) {
        if self.linking() {
            return self.insert_linked();
        }
        let (row, col, right) = (self.row, self.col, self.window.right);
        if col < right && self.grid.get(row, right).is_space() {
            self.grid.insert_cells(row, col, right, 1, self.blank());
            if self.strict && usize::from(self.insert) < right - col {
                self.insert += 1;
            }
        }
    }

    /// Blanks the cells of the cursor's row from `from` up to, not including, `to`.
    fn erase(&mut self, from: usize, to: usize) {
        let blank = self.blank();
        self.grid.row_mut(self.row)[from..to].fill(blank);
    }

    fn set_attr(&mut self, attr: Attrs, on: bool) {
        self.attrs = if on { self.attrs.with(attr) } else { self.attrs.without(attr) };
    }

    fn linking(&self) -> bool {
        self.strict && self.model.linked_rows > 1
    }

    fn pen(&self) -> CodeCell {
        CodeCell::pen(self.reverse, self.colour, self.attrs)
    }

    fn blank(&self) -> CodeCell {
        CodeCell::blank(self.colour)
    }

    /// The whole screen, or the 40 columns of it in use.
    fn whole(&self) -> Area {
        Area { top: 0, left: 0, bottom: self.grid.rows() - 1, right: self.width - 1 }
    }
}

/// What the screen around the editor asks and sets.
impl Editor {
    pub(super) fn set_behaviour(&mut self, behaviour: Behaviour) {
        self.strict = is_strict(self.kind, behaviour);
        self.codes = tables::codes_of(self.kind, self.strict);
        self.starts.fill(true);
        self.quote = false;
        self.insert = 0;
        self.prefix = Prefix::None;
    }

    pub(super) fn set_quoting(&mut self, on: bool) {
        self.quoting = on;
        self.quote &= on;
    }

    pub(super) fn behaviour(&self) -> Behaviour {
        if self.strict { Behaviour::Strict } else { Behaviour::Board }
    }

    pub(super) fn set_view40(&mut self, on: bool) {
        let was_whole = self.window == self.whole();
        self.width = if on { self.grid.cols().min(40) } else { self.grid.cols() };
        if was_whole || self.window.left >= self.width {
            self.window = self.whole();
        }
        self.window.right = self.window.right.min(self.width - 1);
        self.row = self.row.clamp(self.window.top, self.window.bottom);
        self.col = self.col.clamp(self.window.left, self.window.right);
    }

    pub(super) fn width(&self) -> usize {
        self.width
    }

    pub(super) fn grid(&self) -> &Grid<CodeCell> {
        &self.grid
    }

    pub(super) fn forget_painted(&mut self) {
        self.grid.all_mut().iter_mut().for_each(CodeCell::forget_painted);
        self.grid.set_last(None);
    }

    pub(super) fn cells(&self, out: &mut Vec<Cell>) {
        for row in 0..self.grid.rows() {
            out.extend(self.grid.row(row).iter().map(|cell| self.cell(*cell)));
        }
    }

    fn cell(&self, cell: CodeCell) -> Cell {
        cell.cell(self.model.colour.is_some(), self.modes.reverse_screen)
    }

    pub(super) fn take_scrolled(&mut self) -> Vec<Box<[Cell]>> {
        let (coloured, reversed) = (self.model.colour.is_some(), self.modes.reverse_screen);
        self.past.take(|row| {
            let used = row.iter().rposition(|cell| !cell.is_blank()).map_or(0, |last| last + 1);
            row[..used].iter().map(move |cell| cell.cell(coloured, reversed)).collect()
        })
    }

    pub(super) fn take_bells(&mut self) -> u32 {
        std::mem::take(&mut self.bells)
    }

    pub(super) fn cursor(&self) -> (usize, usize) {
        (self.row, self.col)
    }

    pub(super) fn cursor_visible(&self) -> bool {
        self.cursor_visible
    }

    pub(super) fn set(&self) -> CharSet {
        self.set
    }

    pub(super) fn background(&self) -> Option<u8> {
        self.background
    }

    pub(super) fn state(&self) -> super::State {
        super::State {
            reverse: self.reverse,
            quote: self.quote,
            insert: self.insert,
            window: [self.window.top, self.window.left, self.window.bottom, self.window.right]
                .map(|edge| edge as u8),
            colour: self.model.colour.map(|_| self.colour),
            logical_col: (self.col + self.width * (self.row - self.line_start(self.row))) as u8,
            shift_lock: self.shift_lock,
            bells: self.bells_rung,
        }
    }
}

/// The 8032 that swallows colours has no strict form: it is no machine's ROM.
fn is_strict(kind: ScreenKind, behaviour: Behaviour) -> bool {
    behaviour == Behaviour::Strict && kind != ScreenKind::Safe8032
}
