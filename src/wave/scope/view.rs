//! The part of time that shows.

/// A window on time, in nanoseconds from the zero of the lines; it may begin before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// Where it begins.
    pub from: i64,
    /// How long it is, at least 1.
    pub span: u64,
}

/// A window is never longer than this: a century.
const LONGEST: u64 = 3_155_760_000_000_000_000;

impl View {
    /// A window; what makes no sense is brought into range.
    pub fn new(from: i64, span: u64) -> View {
        let span = span.clamp(1, LONGEST);
        View { from: from.clamp(i64::MIN / 4, i64::MAX / 2), span }
    }

    /// The moment after the window.
    pub fn to(&self) -> i64 {
        self.from.saturating_add_unsigned(self.span)
    }

    /// Where the boundary before column `n` of `columns` lies.
    pub fn column(&self, n: u64, columns: u64) -> i64 {
        let offset = u128::from(self.span) * u128::from(n) / u128::from(columns.max(1));
        self.from.saturating_add_unsigned(u64::try_from(offset).unwrap_or(u64::MAX))
    }

    /// The column of `columns` in which a moment lies, if it is in the window.
    pub fn column_of(&self, at: i64, columns: u64) -> Option<u64> {
        let offset = u64::try_from(at.checked_sub(self.from)?).ok()?;
        if offset >= self.span {
            return None;
        }
        // Boundaries are rounded down, so that the column is found by trying its neighbours.
        let guess = (u128::from(offset) * u128::from(columns) / u128::from(self.span)) as u64;
        let up = guess + 1 < columns && self.column(guess + 1, columns) <= at;
        Some(guess + u64::from(up))
    }

    /// How far into the window a moment lies: 0 at its begin, 1 at its end, beyond outside of it.
    pub fn share(&self, at: i64) -> f64 {
        (i128::from(at) - i128::from(self.from)) as f64 / self.span as f64
    }

    /// Moved by so many nanoseconds.
    #[must_use]
    pub fn moved(&self, by: i64) -> View {
        View::new(self.from.saturating_add(by), self.span)
    }

    /// `factor` times as long, with `around` staying where it is on the screen.
    #[must_use]
    pub fn zoomed(&self, factor: f64, around: i64) -> View {
        let share = self.share(around).clamp(0.0, 1.0);
        let span = (self.span as f64 * factor).round().clamp(1.0, LONGEST as f64) as u64;
        let anchor = self.from.saturating_add((self.span as f64 * share).round() as i64);
        View::new(anchor.saturating_sub((span as f64 * share).round() as i64), span)
    }

    /// Moved so that a moment lies in it: a third from its begin, if it does not lie in it already.
    #[must_use]
    pub fn showing(&self, at: i64) -> View {
        if (self.from..self.to()).contains(&at) {
            return *self;
        }
        View::new(at.saturating_sub_unsigned(self.span / 3), self.span)
    }
}
