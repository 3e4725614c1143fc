//! A rectangle of cells whose rows move by renumbering, and the rows that have left it.
//!
//! Every screen editor keeps its cells here. A scroll over the whole width rotates a table of row numbers and
//! blanks one row; nothing is copied. A scroll in a narrower window copies the cells of that window.

/// A rectangle of a grid, every edge inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) top: usize,
    pub(super) left: usize,
    pub(super) bottom: usize,
    pub(super) right: usize,
}

impl Area {
    pub(super) fn contains(&self, row: usize, col: usize) -> bool {
        (self.top..=self.bottom).contains(&row) && (self.left..=self.right).contains(&col)
    }
}

/// Cells of type `T`, addressed by row and column from 0.
#[derive(Clone, Debug)]
pub(super) struct Grid<T> {
    cols: usize,
    /// `order[row]` is the place in `cells` where that row is stored.
    order: Vec<u8>,
    cells: Vec<T>,
    /// The cell painted last, as long as it is on the screen.
    last: Option<(usize, usize)>,
}

impl<T: Copy> Grid<T> {
    pub(super) fn new(cols: usize, rows: usize, blank: T) -> Grid<T> {
        Grid { cols, order: (0..rows as u8).collect(), cells: vec![blank; cols * rows], last: None }
    }

    pub(super) fn rows(&self) -> usize {
        self.order.len()
    }

    pub(super) fn cols(&self) -> usize {
        self.cols
    }

    fn start(&self, row: usize) -> usize {
        usize::from(self.order[row]) * self.cols
    }

    pub(super) fn row(&self, row: usize) -> &[T] {
        let start = self.start(row);
        &self.cells[start..start + self.cols]
    }

    pub(super) fn row_mut(&mut self, row: usize) -> &mut [T] {
        let start = self.start(row);
        &mut self.cells[start..start + self.cols]
    }

    pub(super) fn get(&self, row: usize, col: usize) -> T {
        self.row(row)[col]
    }

    pub(super) fn set(&mut self, row: usize, col: usize, cell: T) {
        self.row_mut(row)[col] = cell;
    }

    /// Every cell, in no particular order.
    pub(super) fn all_mut(&mut self) -> &mut [T] {
        &mut self.cells
    }

    pub(super) fn last(&self) -> Option<(usize, usize)> {
        self.last
    }

    pub(super) fn set_last(&mut self, last: Option<(usize, usize)>) {
        self.last = last;
    }

    pub(super) fn fill(&mut self, area: Area, blank: T) {
        for row in area.top..=area.bottom {
            self.row_mut(row)[area.left..=area.right].fill(blank);
        }
        if self.last.is_some_and(|(row, col)| area.contains(row, col)) {
            self.last = None;
        }
    }

    /// Moves the rows of `area` up by `count`; blank rows come in at the bottom.
    pub(super) fn scroll_up(&mut self, area: Area, count: usize, blank: T) {
        let Area { top, left, bottom, right } = area;
        let count = count.min(bottom - top + 1);
        if left == 0 && right + 1 == self.cols {
            let order = &mut self.order[top..=bottom];
            if count == 1 {
                // By far the most frequent case, and faster so than as a rotation.
                let freed = order[0];
                order.copy_within(1.., 0);
                order[bottom - top] = freed;
            } else {
                order.rotate_left(count);
            }
        } else {
            for row in top..bottom + 1 - count {
                self.copy(row + count, row, left, right);
            }
        }
        for row in bottom + 1 - count..=bottom {
            self.row_mut(row)[left..=right].fill(blank);
        }
        self.last = match self.last {
            Some((row, col)) if area.contains(row, col) => (row >= top + count).then(|| (row - count, col)),
            other => other,
        };
    }

    /// Moves the rows of `area` down by `count`; blank rows come in at the top.
    pub(super) fn scroll_down(&mut self, area: Area, count: usize, blank: T) {
        let Area { top, left, bottom, right } = area;
        let count = count.min(bottom - top + 1);
        if left == 0 && right + 1 == self.cols {
            self.order[top..=bottom].rotate_right(count);
        } else {
            for row in (top + count..=bottom).rev() {
                self.copy(row - count, row, left, right);
            }
        }
        for row in top..top + count {
            self.row_mut(row)[left..=right].fill(blank);
        }
        self.last = match self.last {
            Some((row, col)) if area.contains(row, col) => {
                (row + count <= bottom).then(|| (row + count, col))
            }
            other => other,
        };
    }

    /// Opens `count` blanks at `col`; cells pushed beyond `right` are lost.
    pub(super) fn insert_cells(&mut self, row: usize, col: usize, right: usize, count: usize, blank: T) {
        let count = count.min(right + 1 - col);
        let cells = &mut self.row_mut(row)[col..=right];
        let kept = cells.len() - count;
        cells.copy_within(..kept, count);
        cells[..count].fill(blank);
    }

    /// Removes `count` cells at `col`; the rest up to `right` moves left and blanks follow.
    pub(super) fn delete_cells(&mut self, row: usize, col: usize, right: usize, count: usize, blank: T) {
        let count = count.min(right + 1 - col);
        let cells = &mut self.row_mut(row)[col..=right];
        let kept = cells.len() - count;
        cells.copy_within(count.., 0);
        cells[kept..].fill(blank);
    }

    fn copy(&mut self, from: usize, to: usize, left: usize, right: usize) {
        let (from, to) = (self.start(from), self.start(to));
        self.cells.copy_within(from + left..=from + right, to + left);
    }
}

/// Paints bytes into cells for as long as `prints` accepts them and cells are left; says how many.
///
/// Eight at a time, without a branch for each byte: this is where a fast text stream spends its time.
#[inline]
pub(super) fn paint<T>(
    cells: &mut [T],
    bytes: &[u8],
    prints: impl Fn(u8) -> bool,
    cell: impl Fn(u8) -> T,
) -> usize {
    let mut painted = 0;
    for (cells, bytes) in cells.as_chunks_mut::<8>().0.iter_mut().zip(bytes.as_chunks::<8>().0) {
        if !bytes.iter().fold(true, |all, byte| all & prints(*byte)) {
            break;
        }
        *cells = bytes.map(&cell);
        painted += 8;
    }
    for (place, byte) in cells[painted..].iter_mut().zip(&bytes[painted..]) {
        if !prints(*byte) {
            break;
        }
        *place = cell(*byte);
        painted += 1;
    }
    painted
}

/// Rows kept until somebody asks for them; older ones are overwritten.
const KEPT: usize = 10_000;
/// Rows for which room is kept once they were taken: more than a read's worth of short lines.
const ROOM: usize = 512;

/// Rows that left a grid at the top, in the grid's own cells: pushing one is a copy of the row.
#[derive(Clone, Debug)]
pub(super) struct Past<T> {
    cols: usize,
    rows: Vec<T>,
    /// The slot that the next row goes to.
    next: usize,
    len: usize,
}

impl<T: Copy> Past<T> {
    pub(super) fn new(cols: usize) -> Past<T> {
        Past { cols, rows: Vec::new(), next: 0, len: 0 }
    }

    pub(super) fn push(&mut self, row: &[T]) {
        let start = self.next * self.cols;
        match self.rows.get_mut(start..start + self.cols) {
            Some(slot) => slot.copy_from_slice(row),
            None => self.rows.extend_from_slice(row),
        }
        self.next = (self.next + 1) % KEPT;
        self.len = (self.len + 1).min(KEPT);
    }

    /// Takes every row, oldest first.
    pub(super) fn take<R>(&mut self, mut each: impl FnMut(&[T]) -> R) -> Vec<R> {
        if self.len == 0 {
            return Vec::new();
        }
        let first = (self.next + KEPT - self.len) % KEPT;
        let taken = (0..self.len)
            .map(|i| {
                let start = (first + i) % KEPT * self.cols;
                each(&self.rows[start..start + self.cols])
            })
            .collect();
        self.rows.clear();
        self.rows.shrink_to(ROOM * self.cols);
        self.next = 0;
        self.len = 0;
        taken
    }
}

#[cfg(test)]
mod tests;
