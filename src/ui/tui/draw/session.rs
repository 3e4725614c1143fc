//! The far end's screen in its bezel, with the lines below.

use ratatui::layout::Rect;

use crate::screen::{Attrs, Cell};
use crate::time::Stamp;
use crate::ui::render::{glyph_char, visible_cols};
use crate::ui::theme::{self, Role};

use super::super::app::App;
use super::super::canvas::Canvas;
use super::super::layout::{layout, pan};
use super::{hex, status};

/// Draws the session; `top` says that nothing lies over it. Where the window of a transfer may lie.
pub(super) fn draw(app: &mut App<'_>, canvas: &mut Canvas<'_>, now: Stamp, top: bool) -> Rect {
    let snap = std::sync::Arc::clone(&app.snap);
    let view = &snap.screen;
    let (cols, rows) = (visible_cols(view), u16::from(view.rows));
    let places = layout(canvas.area(), cols, rows, app.hex);
    let moment = app.moment(now);

    let (cursor_row, cursor_col) = (u16::from(view.cursor.0), u16::from(view.cursor.1));
    app.pan = (
        pan(app.pan.0, places.screen.height, rows, cursor_row.min(rows.saturating_sub(1))),
        pan(app.pan.1, places.screen.width, cols, cursor_col.min(cols.saturating_sub(1))),
    );
    let show_cursor = top && view.cursor_visible && moment.cursor_lit && !app.is_down();
    for y in 0..places.screen.height {
        for x in 0..places.screen.width {
            let (row, col) = (y + app.pan.0, x + app.pan.1);
            let index = usize::from(row) * usize::from(view.cols) + usize::from(col);
            let cell = view.cells.get(index).copied().unwrap_or(Cell::BLANK_CHAR);
            let mut paint =
                theme::cell(app.look.theme, view.kind, view.background, &cell, !moment.cursor_lit);
            if show_cursor && (row, col) == (cursor_row, cursor_col) {
                paint.reverse = !cell.attrs().contains(Attrs::REVERSE);
            }
            let c = glyph_char(view.kind, view.charset, &cell, app.look.glyphs);
            canvas.cell(places.screen.x + x, places.screen.y + y, c, paint);
        }
    }

    if let Some(bezel) = places.bezel {
        let role = if moment.flash { Role::Selected } else { Role::Faint };
        canvas.frame(bezel, "petterm", role);
        let name = format!(" {} ", view.kind.name());
        let width = name.len() as u16;
        if bezel.width > width + 14 {
            canvas.text(bezel.right() - width - 2, bezel.top(), width, &name, Role::Faint);
        }
    }
    if let Some(pane) = places.hex {
        hex::draw(app, canvas, pane);
    }
    status::draw(app, canvas, &places, now);
    places.above_hex(canvas.area())
}
