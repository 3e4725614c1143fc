//! The start screen and the phone book.

use ratatui::layout::Rect;

use crate::engine::Severity;
use crate::time::Stamp;
use crate::ui::hygiene::{clean, clip};
use crate::ui::theme::Role;

use super::super::app::App;
use super::super::canvas::{Canvas, inside, middle};
use super::super::lists::{Book, Chooser, Row, join_detail};

/// Draws the start screen.
pub(super) fn chooser(app: &App<'_>, canvas: &mut Canvas<'_>, chooser: &Chooser, now: Stamp) {
    let room = page(
        app,
        canvas,
        "petterm: where to?",
        "Enter calls, r looks for ports again, a types an address, ? help, q quits",
        now,
    );
    let first = first_row(chooser.selected, chooser.rows.len(), room.height);
    for (y, (n, row)) in (room.y..room.bottom()).zip(chooser.rows.iter().enumerate().skip(first)) {
        match row {
            Row::Heading(text) => {
                canvas.text(room.x, y, room.width, text, Role::Faint);
            }
            Row::Entry { left, right, .. } => entry(canvas, room, y, left, right, n == chooser.selected),
        }
    }
}

/// Draws the phone book.
pub(super) fn book(app: &App<'_>, canvas: &mut Canvas<'_>, book: &Book, now: Stamp) {
    let room = page(app, canvas, "phone book", "Enter calls, a adds, d removes, ? help, Esc goes back", now);
    if let Some(trouble) = &book.trouble {
        canvas.text(room.x, room.y, room.width, &clip(&clean(trouble), usize::from(room.width)), Role::Error);
    } else if book.entries.is_empty() {
        canvas.text(room.x, room.y, room.width, "the phone book is empty; a adds an entry", Role::Text);
    }
    let first = first_row(book.selected, book.entries.len(), room.height);
    for (y, (n, line)) in (room.y..room.bottom()).zip(book.entries.iter().enumerate().skip(first)) {
        let detail = join_detail(&line.address, &line.detail);
        entry(canvas, room, y, &line.name, &detail, n == book.selected);
    }
}

fn entry(canvas: &mut Canvas<'_>, room: Rect, y: u16, left: &str, right: &str, selected: bool) {
    let name = usize::from(room.width / 3).clamp(12, 30);
    let text = format!("  {:<name$}  {}", clip(&clean(left), name), clean(right));
    let role = if selected { Role::Selected } else { Role::Text };
    canvas.bar(room.x, y, room.width, &clip(&text, usize::from(room.width)), role);
}

/// The frame of a page with its keys and the latest notice; returns the room for rows.
fn page(app: &App<'_>, canvas: &mut Canvas<'_>, title: &str, keys: &str, now: Stamp) -> Rect {
    let area = canvas.area();
    let frame = middle(area, 100, area.height);
    canvas.clear(frame);
    canvas.frame(frame, title, Role::Text);
    let mut room = if frame.height >= 4 { inside(frame) } else { frame };
    if room.height > 2 {
        room.height -= 1;
        let y = room.bottom();
        match app.notice(now) {
            Some((severity, text)) => {
                let role = if severity == Severity::Error { Role::Error } else { Role::Strong };
                canvas.text(room.x, y, room.width, &clip(&clean(text), usize::from(room.width)), role);
            }
            None => {
                canvas.text(room.x, y, room.width, &clip(keys, usize::from(room.width)), Role::Faint);
            }
        }
    }
    room
}

/// The first row to show so that the selected one shows.
fn first_row(selected: usize, rows: usize, height: u16) -> usize {
    let height = usize::from(height).max(1);
    (selected + 1 + height / 3).min(rows).saturating_sub(height).min(selected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_selected_row_shows() {
        for rows in 1..40 {
            for height in 0..20u16 {
                for selected in 0..rows {
                    let first = first_row(selected, rows, height);
                    let shown = first..first + usize::from(height.max(1));
                    assert!(shown.contains(&selected), "{selected} of {rows} in {height}");
                }
            }
        }
    }
}
