//! What CHROUT does: bytes in, a grid of cells out.
//!
//! Remote bytes change cells of a grid and nothing else. The grid is at most 255x100, a cell holds one
//! allow-listed glyph, and memory does not grow with the input.
//!
//! A [`Screen`] is fed the bytes of its own wire: PETSCII for the Commodore kinds, the host's charset for
//! [`ScreenKind::Ansi`] and [`ScreenKind::Ascii`]. Feeding bytes one at a time equals feeding them whole.
//!
//! ```
//! use petterm::screen::{Behaviour, Screen, ScreenKind, dump};
//!
//! let mut screen = Screen::new(ScreenKind::Cbm8032, Behaviour::Strict);
//! screen.feed(b"\x93\x12 READY. \x92\r");
//! assert_eq!(screen.cursor(), (1, 0));
//! assert_eq!(dump::text(&screen).lines().count(), 25);
//! ```
//!
//! Facts: `docs/screen.md`, `docs/petscii.md`.

mod ansi;
mod cbm;
mod cell;
pub mod dump;
mod grid;
mod kind;
pub mod palette;

pub use cell::{Attrs, Cell, Glyph, Ink};
pub use kind::{Behaviour, ScreenKind};

use crate::petscii::host::HostCharset;
use crate::petscii::{CharSet, Machine};

/// A screen: an editor, its cells and its cursor.
#[derive(Debug)]
pub struct Screen {
    kind: ScreenKind,
    editor: Editor,
}

/// The two families of editors.
#[derive(Debug)]
enum Editor {
    Cbm(Box<cbm::Editor>),
    Host(Box<ansi::Host>),
}

/// An editor's state besides its cells, as `view --dump json` shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// What is printed next is reversed.
    pub reverse: bool,
    /// Quote mode.
    pub quote: bool,
    /// Prints left in insert mode.
    pub insert: u8,
    /// Top, left, bottom and right of the window or scrolling region, inclusive.
    pub window: [u8; 4],
    /// The colour of what is printed next, on a colour screen.
    pub colour: Option<u8>,
    /// The cursor's column in its logical line.
    pub logical_col: u8,
    /// SHIFT+C= is locked.
    pub shift_lock: bool,
    /// Bells rung since power-up.
    pub bells: u64,
}

impl Screen {
    /// A screen at power-up. ANSI and ASCII screens use code page 437.
    pub fn new(kind: ScreenKind, behaviour: Behaviour) -> Screen {
        Screen::with_charset(kind, behaviour, HostCharset::CP437)
    }

    /// A screen at power-up; the charset matters to ANSI and ASCII screens only.
    pub fn with_charset(kind: ScreenKind, behaviour: Behaviour, charset: HostCharset) -> Screen {
        let editor = match kind {
            ScreenKind::Ansi | ScreenKind::Ascii => {
                let sequences = kind == ScreenKind::Ansi;
                Editor::Host(Box::new(ansi::Host::new(kind.size(), behaviour, charset, sequences)))
            }
            _ => Editor::Cbm(Box::new(cbm::Editor::new(kind, behaviour))),
        };
        Screen { kind, editor }
    }

    /// Takes bytes from the wire.
    pub fn feed(&mut self, bytes: &[u8]) {
        match &mut self.editor {
            Editor::Cbm(editor) => editor.feed(bytes),
            Editor::Host(editor) => editor.feed(bytes),
        }
    }

    /// Whose screen it is.
    pub fn kind(&self) -> ScreenKind {
        self.kind
    }

    /// The behaviour in force. [`ScreenKind::Safe8032`] has no strict form and is always at board level.
    pub fn behaviour(&self) -> Behaviour {
        match &self.editor {
            Editor::Cbm(editor) => editor.behaviour(),
            Editor::Host(editor) => editor.page.behaviour(),
        }
    }

    /// Columns and rows.
    pub fn size(&self) -> (u8, u8) {
        self.kind.size()
    }

    /// Changes the behaviour; cells stay, quote and insert mode end, lines are unlinked.
    pub fn set_behaviour(&mut self, behaviour: Behaviour) {
        match &mut self.editor {
            Editor::Cbm(editor) => editor.set_behaviour(behaviour),
            Editor::Host(editor) => editor.page.set_behaviour(behaviour),
        }
    }

    /// Whether a quotation mark starts quote mode at the strict level. Programs on a real PET that show ASCII
    /// from a wire switch it off, or the next control code would print as a glyph.
    pub fn set_quoting(&mut self, on: bool) {
        if let Editor::Cbm(editor) = &mut self.editor {
            editor.set_quoting(on);
        }
    }

    /// Changes the charset of an ANSI or ASCII screen; a character half received is dropped.
    pub fn set_charset(&mut self, charset: HostCharset) {
        if let Editor::Host(editor) = &mut self.editor {
            editor.set_charset(charset);
        }
    }

    /// Uses only the left 40 of 80 columns: lines wrap there, and a window reset by HOME HOME ends there. The
    /// grid keeps its size. No effect on screens of 40 columns or fewer.
    pub fn set_view40(&mut self, on: bool) {
        match &mut self.editor {
            Editor::Cbm(editor) => editor.set_view40(on),
            Editor::Host(editor) => editor.page.set_view40(on),
        }
    }

    /// Appends every cell, row by row.
    pub fn cells(&self, out: &mut Vec<Cell>) {
        match &self.editor {
            Editor::Cbm(editor) => editor.cells(out),
            Editor::Host(editor) => editor.page.cells(out),
        }
    }

    /// Row and column of the cursor, always on the screen.
    pub fn cursor(&self) -> (u8, u8) {
        let (row, col) = match &self.editor {
            Editor::Cbm(editor) => editor.cursor(),
            Editor::Host(editor) => editor.page.cursor(),
        };
        (row as u8, col as u8)
    }

    /// Whether the far end lets the cursor show.
    pub fn cursor_visible(&self) -> bool {
        match &self.editor {
            Editor::Cbm(editor) => editor.cursor_visible(),
            Editor::Host(editor) => editor.page.cursor_visible(),
        }
    }

    /// The set in force, for every cell at once; [`CharSet::Text`] on ANSI and ASCII screens.
    pub fn char_set(&self) -> CharSet {
        match &self.editor {
            Editor::Cbm(editor) => editor.set(),
            Editor::Host(_) => CharSet::Text,
        }
    }

    /// The background of a colour screen, in its palette.
    pub fn background(&self) -> Option<u8> {
        match &self.editor {
            Editor::Cbm(editor) => editor.background(),
            Editor::Host(_) => None,
        }
    }

    /// Bells rung since the last call.
    pub fn take_bells(&mut self) -> u32 {
        match &mut self.editor {
            Editor::Cbm(editor) => editor.take_bells(),
            Editor::Host(editor) => editor.page.take_bells(),
        }
    }

    /// The rows that a scroll pushed out at the top of the whole screen since the last call, oldest first,
    /// trailing blanks cut; of more than 10,000 only the newest. Clearing the screen and deleting lines push
    /// nothing.
    pub fn take_scrolled(&mut self) -> Vec<Box<[Cell]>> {
        match &mut self.editor {
            Editor::Cbm(editor) => editor.take_scrolled(),
            Editor::Host(editor) => editor.page.take_scrolled(),
        }
    }

    /// The next answer due to the far end of an ANSI screen: what it is (DA1), that it is well (DSR), where its
    /// cursor is (CPR). It never contains anything received. At most eight wait; the caller limits the rate.
    pub fn take_reply(&mut self) -> Option<Vec<u8>> {
        match &mut self.editor {
            Editor::Cbm(_) => None,
            Editor::Host(editor) => editor.page.take_reply(),
        }
    }

    /// The editor's state besides its cells.
    pub fn state(&self) -> State {
        match &self.editor {
            Editor::Cbm(editor) => editor.state(),
            Editor::Host(editor) => editor.page.state(),
        }
    }

    /// The screen codes of a Commodore screen row by row, as in its video RAM: bit 7 is the reverse bit.
    pub fn codes(&self) -> Option<Vec<u8>> {
        self.of_cbm(|cell| cell.code().0)
    }

    /// The colours of a colour screen row by row, in its palette; `None` where cells have no colour or more
    /// than one.
    pub fn colours(&self) -> Option<Vec<u8>> {
        self.state().colour?;
        self.of_cbm(cbm::CodeCell::colour)
    }

    fn of_cbm(&self, what: impl Fn(cbm::CodeCell) -> u8 + Copy) -> Option<Vec<u8>> {
        match &self.editor {
            Editor::Cbm(editor) => {
                let grid = editor.grid();
                Some((0..grid.rows()).flat_map(|row| grid.row(row).iter().map(move |c| what(*c))).collect())
            }
            Editor::Host(_) => None,
        }
    }

    /// Every row, full width, as Unicode; a reversed cell gives its upright glyph.
    pub fn text_rows(&self) -> Vec<String> {
        let (cols, rows) = self.size();
        let row_text = |row| (0..usize::from(cols)).map(|col| self.char(row, col).0).collect();
        (0..usize::from(rows)).map(row_text).collect()
    }

    /// Forgets which cells were painted.
    pub fn mark_painted_none(&mut self) {
        match &mut self.editor {
            Editor::Cbm(editor) => editor.forget_painted(),
            Editor::Host(editor) => editor.page.forget_painted(),
        }
    }

    /// The character at a row and column, reversed or not; `None` off the screen.
    pub fn char_at(&self, (row, col): (u8, u8)) -> Option<char> {
        let (cols, rows) = self.size();
        (row < rows && col < cols).then(|| self.char(usize::from(row), usize::from(col)).0)
    }

    /// The characters of all rows in one, rows joined where text wraps, with `'\0'` for every cell that no
    /// printed byte painted since [`Screen::mark_painted_none`]. Marks move with their cells; erased cells have
    /// none. In the 40-column view a row has 40 characters.
    pub fn painted_text(&self) -> String {
        let width = match &self.editor {
            Editor::Cbm(editor) => editor.width(),
            Editor::Host(editor) => editor.page.width(),
        };
        let (_, rows) = self.size();
        let cells = (0..usize::from(rows)).flat_map(|row| (0..width).map(move |col| self.char(row, col)));
        cells.map(|(c, painted)| if painted { c } else { '\0' }).collect()
    }

    /// Row and column of the cell that the latest printed byte painted; `None` if nothing was printed since
    /// [`Screen::mark_painted_none`], or that cell has scrolled away or been cleared.
    pub fn last_painted(&self) -> Option<(u8, u8)> {
        let last = match &self.editor {
            Editor::Cbm(editor) => editor.grid().last(),
            Editor::Host(editor) => editor.page.grid().last(),
        };
        last.map(|(row, col)| (row as u8, col as u8))
    }

    /// A cell's character, and whether it is marked as painted.
    fn char(&self, row: usize, col: usize) -> (char, bool) {
        match &self.editor {
            Editor::Cbm(editor) => {
                let cell = editor.grid().get(row, col);
                let machine = self.kind.machine().unwrap_or(Machine::Pet);
                (cell.code().upright().unicode(machine, editor.set()), cell.is_painted())
            }
            Editor::Host(editor) => {
                let cell = editor.page.grid().get(row, col);
                (cell.char(), cell.is_painted())
            }
        }
    }
}
