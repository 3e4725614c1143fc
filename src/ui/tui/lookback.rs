//! Looking back: the rows that scrolled off and the screen below them, as one long sheet, with a search.
//!
//! Rows are numbered from the first of the session, so that a place stays where it is while new rows arrive
//! underneath.

use crate::engine::Snapshot;
use crate::petscii::keyboard::{Key, KeyCode};
use crate::petscii::{CharSet, GlyphTier};
use crate::screen::{Cell, ScreenKind};
use crate::ui::render::glyph_char;

/// A place in the history.
#[derive(Clone, Debug, Default)]
pub(super) struct Lookback {
    /// The first row that shows.
    pub(super) top: u64,
    /// Rows that show, as last drawn.
    pub(super) height: u64,
    /// What is searched for; empty before the first search.
    pub(super) query: String,
    /// Row and column of the match the search stands at.
    pub(super) hit: Option<(u64, usize)>,
}

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// Nothing more.
    Done,
    /// Ask what to search for.
    AskQuery,
    /// The search found nothing further.
    NotFound,
    /// Back to the session.
    Close,
}

/// A row of the sheet.
pub(super) struct SheetRow<'a> {
    pub(super) cells: &'a [Cell],
    pub(super) kind: ScreenKind,
    pub(super) charset: CharSet,
}

/// The first row still held, and the row behind the last.
pub(super) fn extent(snap: &Snapshot) -> (u64, u64) {
    let total = snap.scrollback.total();
    (total.saturating_sub(snap.scrollback.len() as u64), total + u64::from(snap.screen.rows))
}

/// A row by its number.
pub(super) fn row(snap: &Snapshot, number: u64) -> Option<SheetRow<'_>> {
    let total = snap.scrollback.total();
    if let Some(below) = number.checked_sub(total) {
        let cols = usize::from(snap.screen.cols).max(1);
        let cells = snap.screen.cells.chunks(cols).nth(usize::try_from(below).ok()?)?;
        return Some(SheetRow { cells, kind: snap.screen.kind, charset: snap.screen.charset });
    }
    let index = number.checked_sub(extent(snap).0)?;
    let past = snap.scrollback.row(usize::try_from(index).ok()?)?;
    Some(SheetRow { cells: &past.cells, kind: past.kind, charset: past.charset })
}

/// The columns at which a text stands in a row; case does not matter.
pub(super) fn matches(row: &SheetRow<'_>, query: &str) -> Vec<usize> {
    let fold = |c: char| c.to_lowercase().next().unwrap_or(c);
    let wanted: Vec<char> = query.chars().map(fold).collect();
    let text: Vec<char> = row
        .cells
        .iter()
        .map(|cell| fold(glyph_char(row.kind, row.charset, cell, GlyphTier::Unicode)))
        .collect();
    if wanted.is_empty() {
        return Vec::new();
    }
    text.windows(wanted.len()).enumerate().filter(|(_, part)| *part == wanted).map(|(at, _)| at).collect()
}

impl Lookback {
    /// One page above the screen.
    pub(super) fn open(snap: &Snapshot, height: u64) -> Lookback {
        let mut lookback = Lookback { height, ..Lookback::default() };
        lookback.top = extent(snap).1.saturating_sub(2 * height);
        lookback.clamp(snap);
        lookback
    }

    /// Keeps the place inside what is still held.
    pub(super) fn clamp(&mut self, snap: &Snapshot) {
        let (first, end) = extent(snap);
        self.top = self.top.min(end.saturating_sub(self.height)).max(first);
    }

    /// Takes a key.
    pub(super) fn key(&mut self, key: Key, snap: &Snapshot) -> Look {
        let page = self.height.saturating_sub(1).max(1);
        match key.code {
            KeyCode::Escape | KeyCode::Char('q' | 'Q') => return Look::Close,
            KeyCode::Char('/') => return Look::AskQuery,
            KeyCode::Char('n') => return self.find(snap, true),
            KeyCode::Char('N') => return self.find(snap, false),
            KeyCode::Up => self.top = self.top.saturating_sub(1),
            KeyCode::Down => self.top += 1,
            KeyCode::PageUp => self.top = self.top.saturating_sub(page),
            KeyCode::PageDown | KeyCode::Char(' ') => self.top += page,
            KeyCode::Home => self.top = 0,
            KeyCode::End => self.top = u64::MAX / 2,
            _ => {}
        }
        self.clamp(snap);
        Look::Done
    }

    /// Starts a search from the latest row backwards.
    pub(super) fn search(&mut self, query: String, snap: &Snapshot) -> Look {
        self.query = query;
        self.hit = None;
        self.find(snap, true)
    }

    /// The next match, older or newer than the one the search stands at.
    fn find(&mut self, snap: &Snapshot, older: bool) -> Look {
        if self.query.is_empty() {
            return Look::AskQuery;
        }
        let (first, end) = extent(snap);
        let from = self.hit.unwrap_or((if older { end } else { first }, 0));
        let in_row = |number: u64| row(snap, number).map(|r| matches(&r, &self.query)).unwrap_or_default();
        let found = if older {
            (first..=from.0.min(end)).rev().find_map(|number| {
                in_row(number).into_iter().rev().map(|at| (number, at)).find(|place| *place < from)
            })
        } else {
            let beyond = |place: &(u64, usize)| self.hit.is_none() || *place > from;
            (from.0.max(first)..end)
                .find_map(|number| in_row(number).into_iter().map(|at| (number, at)).find(beyond))
        };
        let Some(hit) = found else { return Look::NotFound };
        self.hit = Some(hit);
        if hit.0 < self.top || hit.0 >= self.top + self.height.max(1) {
            self.top = hit.0.saturating_sub(self.height / 2);
        }
        self.clamp(snap);
        Look::Done
    }
}
