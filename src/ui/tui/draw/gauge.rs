//! The gauge of a transfer: how far it is, how fast, how long still, and what went wrong last.

use ratatui::layout::Rect;

use crate::engine::TransferView;
use crate::petscii::GlyphTier;
use crate::time::Span;
use crate::ui::hygiene::{clean, clip};
use crate::ui::theme::Role;

use super::super::canvas::{Canvas, inside, middle};

/// Columns of the window, its frame included, where there is room for them.
const WIDTH: u16 = 64;

/// Draws the window over the session.
pub(super) fn draw(canvas: &mut Canvas<'_>, view: &TransferView) {
    let rows = rows(view);
    let area = canvas.area();
    // Below the middle: what the far end said before stays to be read.
    let mut frame = middle(area, WIDTH, rows.len() as u16 + 3);
    frame.y = area.y + (area.height - frame.height).saturating_sub(4);
    canvas.clear(frame);
    let way = if view.sending { "upload" } else { "download" };
    let transport = view.transport.map(|transport| format!(", {}", transport.name())).unwrap_or_default();
    canvas.frame(frame, &format!("{way} by {}{transport}", view.protocol.name()), Role::Text);
    let room = if frame.height >= 3 { inside(frame) } else { frame };
    let mut y = room.y;
    if room.height > 1 {
        bar(canvas, Rect { y, height: 1, ..room }, view);
        y += 1;
    }
    let width = usize::from(room.width);
    for (text, role) in rows.into_iter().take(usize::from(room.bottom() - y)) {
        canvas.bar(room.x, y, room.width, &clip(&text, width), role);
        y += 1;
    }
}

/// The share that is through where the length is known, else a block that wanders with the bytes.
fn bar(canvas: &mut Canvas<'_>, area: Rect, view: &TransferView) {
    let (full, empty) = match canvas.manner.tier {
        GlyphTier::Ascii => ('#', '-'),
        _ => ('█', '░'),
    };
    let width = usize::from(area.width.saturating_sub(6)).max(1);
    let progress = &view.progress;
    let (from, to, share) = if let Some(length) = progress.length.filter(|&length| length > 0) {
        let share = (progress.bytes as f64 / length as f64).min(1.0);
        (0, (share * width as f64) as usize, format!("{:3.0} %", share * 100.0))
    } else {
        let at = usize::try_from(progress.blocks).unwrap_or(0) % width;
        (at, (at + 3).min(width), String::new())
    };
    let cells: String = (0..width).map(|at| if (from..to).contains(&at) { full } else { empty }).collect();
    canvas.text(area.x, area.y, area.width, &format!("{cells} {share}"), Role::Strong);
}

fn rows(view: &TransferView) -> Vec<(String, Role)> {
    let progress = &view.progress;
    let mut rows = Vec::new();
    let name = if progress.name.is_empty() { "no name yet".to_owned() } else { clean(&progress.name) };
    let place = match (progress.file, progress.files) {
        (_, Some(1)) | (0 | 1, None) => String::new(),
        (file, Some(files)) => format!("file {file} of {files}: "),
        (file, None) => format!("file {file}: "),
    };
    rows.push((format!("{place}{name}"), Role::Strong));
    let of = progress.length.map(|length| format!(" of {length}")).unwrap_or_default();
    rows.push((
        format!(
            "{}{of} bytes, block {}, {} sent again, {} {}",
            progress.bytes,
            progress.blocks,
            progress.resends,
            progress.errors,
            if progress.errors == 1 { "error" } else { "errors" }
        ),
        Role::Text,
    ));
    let left = view.left.map(|left| format!(", {} left", clock(left))).unwrap_or_default();
    rows.push((
        format!("{}: {:.0} bytes/s, {} so far{left}", progress.doing, view.rate, clock(view.elapsed)),
        Role::Text,
    ));
    if let Some(error) = &progress.last_error {
        rows.push((format!("last error: {}", clean(error)), Role::Warning));
    }
    rows.push(("Esc asks whether to cancel".to_owned(), Role::Faint));
    rows
}

/// Minutes and seconds.
fn clock(span: Span) -> String {
    let seconds = span.as_millis() / 1_000;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}
