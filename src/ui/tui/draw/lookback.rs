//! The scrollback with the matches of a search.

use crate::time::Stamp;
use crate::ui::hygiene::clean;
use crate::ui::render::glyph_char;
use crate::ui::theme::{self, Role, furniture};

use super::super::app::App;
use super::super::canvas::Canvas;
use super::super::lookback::{Lookback, extent, matches, row};
use super::gauge;

/// Draws the sheet; what is drawn decides how far a page is.
pub(super) fn draw(app: &App<'_>, canvas: &mut Canvas<'_>, lookback: &mut Lookback, now: Stamp) {
    let area = canvas.area();
    canvas.clear(area);
    let lines = if area.height > 1 { area.height - 1 } else { area.height };
    lookback.height = u64::from(lines);
    lookback.clamp(&app.snap);
    let theme_now = app.look.theme;
    let matched = furniture(theme_now, Role::Match);
    for y in 0..lines {
        let number = lookback.top + u64::from(y);
        let Some(sheet) = row(&app.snap, number) else { continue };
        let hits = matches(&sheet, &lookback.query);
        let length = lookback.query.chars().count();
        for (x, cell) in sheet.cells.iter().enumerate().take(usize::from(area.width)) {
            let mut paint = theme::cell(theme_now, sheet.kind, None, cell, false);
            if hits.iter().any(|&at| (at..at + length).contains(&x)) {
                paint = matched;
                paint.underline =
                    lookback.hit.is_some_and(|(row, at)| row == number && (at..at + length).contains(&x));
            }
            let c = glyph_char(sheet.kind, sheet.charset, cell, app.look.glyphs);
            canvas.cell(area.x + x as u16, area.y + y, c, paint);
        }
    }
    if area.height > 1 {
        let (first, end) = extent(&app.snap);
        let shown = (lookback.top + lookback.height).min(end);
        let text = match app.notice(now) {
            Some((_, text)) => clean(text),
            None => format!(
                " {}scrollback, rows {}-{} of {}   / searches, n older, N newer, Esc goes back",
                app.snap.transfer.as_ref().map(gauge::in_short).unwrap_or_default(),
                lookback.top - first + 1,
                shown.saturating_sub(first),
                end - first
            ),
        };
        canvas.bar(area.x, area.bottom() - 1, area.width, &text, Role::Selected);
    }
}
