//! Drawing: the session at the bottom, then whatever lies over it.

pub(super) mod bench;
mod dialogs;
mod gauge;
mod help;
mod hex;
mod lists;
mod lookback;
mod session;
mod status;

use ratatui::buffer::Buffer;

use super::app::{App, Layer};
use super::canvas::Canvas;
use super::wire;
use crate::time::Stamp;

/// Draws everything as it is at `now`.
pub(super) fn draw(app: &mut App<'_>, buffer: &mut Buffer, now: Stamp) {
    let canvas = &mut Canvas::new(buffer, app.manner());
    canvas.clear(canvas.area());
    // What lies below a layer that fills the screen need not be drawn.
    let full = |layer: &Layer| {
        matches!(
            layer,
            Layer::Help(_) | Layer::Lookback(_) | Layer::Book(_) | Layer::Chooser(_) | Layer::Scope(_)
        )
    };
    let lowest = app.layers.iter().rposition(full);
    let mut layers = std::mem::take(&mut app.layers);
    if lowest.is_none() {
        let area = session::draw(app, canvas, now, layers.is_empty());
        if let Some(view) = &app.snap.transfer {
            gauge::draw(canvas, area, view, &app.snap);
        } else if let Some(over) = app.transfer_over() {
            gauge::report(canvas, area, over, &app.snap);
        }
    }
    for layer in layers.iter_mut().skip(lowest.unwrap_or(0)) {
        match layer {
            Layer::Help(first) => help::draw(app, canvas, first),
            Layer::Picker(picker) => dialogs::picker(canvas, picker),
            Layer::Prompt(prompt) => dialogs::prompt(canvas, prompt),
            Layer::Confirm(confirm) => dialogs::confirm(canvas, confirm),
            Layer::Browser(browser) => dialogs::browser(canvas, browser),
            Layer::Form(form) => dialogs::form(canvas, form),
            Layer::Lookback(lookback) => lookback::draw(app, canvas, lookback, now),
            Layer::Book(book) => lists::book(app, canvas, book, now),
            Layer::Scope(bench) => bench::draw(canvas, bench, &wire::words(bench, &app.snap)),
            Layer::Chooser(chooser) => lists::chooser(app, canvas, chooser, now),
        }
    }
    app.layers = layers;
}
