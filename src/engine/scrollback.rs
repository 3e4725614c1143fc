//! Rows that left the screen at the top, oldest first, at most 10,000.
//!
//! Rows are shared, so that a snapshot costs a few pointers however long the history is.

use std::sync::Arc;

use crate::petscii::CharSet;
use crate::screen::{Cell, ScreenKind};

/// A row of the past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastRow {
    /// Cells, trailing blanks cut.
    pub cells: Box<[Cell]>,
    /// The screen it was on.
    pub kind: ScreenKind,
    /// The set in force when it left.
    pub charset: CharSet,
}

/// Rows in one shared block.
const BLOCK: usize = 250;
/// Rows kept.
pub(super) const LIMIT: usize = 10_000;

/// The history of a session.
#[derive(Clone, Debug, Default)]
pub struct Scrollback {
    blocks: Vec<Arc<Vec<Arc<PastRow>>>>,
    /// Rows ever pushed, those dropped included.
    total: u64,
}

impl Scrollback {
    /// Adds a row; the oldest rows go once there are more than 10,000.
    pub fn push(&mut self, row: PastRow) {
        match self.blocks.last_mut() {
            Some(block) if block.len() < BLOCK => Arc::make_mut(block).push(Arc::new(row)),
            _ => self.blocks.push(Arc::new(vec![Arc::new(row)])),
        }
        self.total += 1;
        if self.len() > LIMIT {
            self.blocks.remove(0);
        }
    }

    /// Rows held.
    pub fn len(&self) -> usize {
        match self.blocks.last() {
            Some(last) => (self.blocks.len() - 1) * BLOCK + last.len(),
            None => 0,
        }
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// Rows ever pushed, those dropped included: a reader keeps its place by it.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The row at `index`, 0 being the oldest held.
    pub fn row(&self, index: usize) -> Option<&PastRow> {
        self.blocks.get(index / BLOCK)?.get(index % BLOCK).map(Arc::as_ref)
    }
}
