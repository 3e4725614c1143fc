//! The gauge of a transfer: how far it is, how fast, how long still, and what went wrong last; and the report at its
//! end.

use ratatui::layout::Rect;

use crate::engine::{Notice, Severity, Snapshot, TransferView};
use crate::petscii::GlyphTier;
use crate::time::{Span, Stamp};
use crate::transfer::{Failure, Progress, Protocol, bytes, bytes_of, clock, counted, thousands};
use crate::ui::hygiene::clean;
use crate::ui::theme::Role;

use super::super::app::Over;
use super::super::canvas::{Canvas, inside, middle};
use super::status::wrapped;

/// Columns of the window, its frame included, where there is room for them.
const WIDTH: u16 = 64;
/// Warnings that are shown while it goes on.
const WARNINGS: usize = 2;
/// Files that a report names.
const NAMED: usize = 4;

/// So long behind its end what is told is of the transfer.
const BEHIND: Span = Span::from_secs(1);

/// A line of the window.
type Row = (String, Role);

/// Draws the window over the session, in `area`.
pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, view: &TransferView, snap: &Snapshot) {
    let way = if view.sending { "upload" } else { "download" };
    let transport = view.transport.map(|transport| format!(", {}", transport.name())).unwrap_or_default();
    let title = format!("{way} by {}{transport}", view.protocol.name());
    let room = window(canvas, area, &title, 1, rows(view, snap));
    if room.height > 0 {
        bar(canvas, Rect { height: 1, ..room }, view);
    }
}

/// How far a transfer is, where there is no room for its window.
pub(super) fn in_short(view: &TransferView) -> String {
    let progress = &view.progress;
    format!("{} {}; ", progress.doing, bytes_of(progress.bytes, progress.length))
}

/// Draws what became of a transfer, in `area`.
pub(super) fn report(canvas: &mut Canvas<'_>, area: Rect, over: &Over, snap: &Snapshot) {
    let report = &over.report;
    let way = if report.sending { "upload" } else { "download" };
    let end = match &report.result {
        Ok(()) => "is complete",
        Err(Failure::Cancelled) => "is cancelled",
        Err(_) => "failed",
    };
    window(canvas, area, &format!("{way} by {} {end}", report.protocol.name()), 0, report_rows(over, snap));
}

/// Clears a window for these rows below the middle of `area`, where what the far end said before stays to be read, and writes them
/// under `free` rows. What is inside. Where room is short, those before the last one are left out.
fn window(canvas: &mut Canvas<'_>, area: Rect, title: &str, free: u16, rows: Vec<Row>) -> Rect {
    let width = usize::from(WIDTH.min(area.width).saturating_sub(2));
    let mut lines: Vec<Row> = rows
        .into_iter()
        .flat_map(|(text, role)| wrapped(&text, width).into_iter().map(move |row| (row, role)))
        .collect();
    let mut frame =
        middle(area, WIDTH, u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(2 + free));
    frame.y = area.y + (area.height - frame.height).saturating_sub(4);
    canvas.clear(frame);
    canvas.frame(frame, title, Role::Text);
    let room = if frame.height >= 3 { inside(frame) } else { frame };
    let fit = usize::from(room.height.saturating_sub(free));
    if let Some(last) = lines.len().checked_sub(1).filter(|_| lines.len() > fit) {
        lines.drain(fit.saturating_sub(1)..last);
    }
    for (y, (text, role)) in (room.y + free..room.bottom()).zip(lines) {
        canvas.bar(room.x, y, room.width, &text, role);
    }
    room
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

fn rows(view: &TransferView, snap: &Snapshot) -> Vec<Row> {
    let progress = &view.progress;
    let mut rows = Vec::new();
    let name = if progress.name.is_empty() { "no name yet".to_owned() } else { clean(&progress.name) };
    let place = match (progress.file, progress.files) {
        (_, Some(1)) | (0 | 1, None) => String::new(),
        (file, Some(files)) => format!("file {file} of {files}: "),
        (file, None) => format!("file {file}: "),
    };
    rows.push((format!("{place}{name}"), Role::Strong));
    rows.push((
        format!(
            "{}, block {}, {}",
            bytes_of(progress.bytes, progress.length),
            thousands(progress.blocks),
            trouble(progress),
        ),
        Role::Text,
    ));
    let left = view.left.map(|left| format!(", {} left", clock(left))).unwrap_or_default();
    rows.push((
        format!("{}: {:.0} bytes/s, {} so far{left}", progress.doing, view.rate, clock(view.elapsed)),
        Role::Text,
    ));
    rows.extend(last_error(progress.last_error.as_ref()));
    let warnings = warnings_since(snap, Stamp(snap.at.0.saturating_sub(view.elapsed.0)));
    rows.extend(warnings.into_iter().rev().take(WARNINGS).rev());
    let esc = match view.protocol {
        Protocol::Text if view.sending => "Esc asks whether to cancel",
        Protocol::Text => "Esc asks whether it is all: what came is kept",
        _ => "keys are not sent meanwhile; Esc asks whether to cancel",
    };
    rows.push((esc.to_owned(), Role::Faint));
    rows
}

fn report_rows(over: &Over, snap: &Snapshot) -> Vec<Row> {
    let report = &over.report;
    let progress = &report.progress;
    let mut rows = Vec::new();
    match &report.result {
        Ok(()) if progress.done.is_empty() => rows.push(("the far end had no files".to_owned(), Role::Text)),
        Ok(()) | Err(Failure::Cancelled) => {}
        Err(failure) => rows.push((clean(&failure.to_string()), Role::Error)),
    }
    if report.result.is_err() && progress.bytes > 0 && progress.done.len() < progress.file {
        let (through, name) = (bytes_of(progress.bytes, progress.length), clean(&progress.name));
        rows.push((format!("{through} of {name} were through"), Role::Text));
    }
    let verb = if report.sending { "sent" } else { "received" };
    for done in progress.done.iter().take(NAMED) {
        let remark = done.remark.as_ref().map(|remark| format!(" ({})", clean(remark))).unwrap_or_default();
        rows.push((format!("{verb} {}: {}{remark}", clean(&done.name), bytes(done.bytes)), Role::Strong));
    }
    if let Some(more) = progress.done.len().checked_sub(NAMED).filter(|&more| more > 0) {
        rows.push((format!("and {more} more, {} in all", bytes(report.bytes())), Role::Strong));
    }
    if let Some(folder) = over.folder.as_ref().filter(|_| !progress.done.is_empty()) {
        rows.push((format!("in {}", clean(&folder.to_string_lossy())), Role::Text));
    }
    // It counts complete files.
    let rate = if report.bytes() > 0 { format!(", {:.0} bytes/s", report.rate()) } else { String::new() };
    rows.push((format!("{}{rate}, {}", clock(report.elapsed), trouble(progress)), Role::Text));
    rows.extend(last_error(progress.last_error.as_ref()));
    // What became of a file that is not complete is told right behind the end.
    let ended = report.began + report.elapsed;
    let said = report.to_string();
    let told = |since: Stamp, severity: Severity| {
        let notices = snap.notices.iter().filter(move |notice| (since..ended + BEHIND).contains(&notice.at));
        notices.filter(move |notice| notice.severity == severity)
    };
    let others = |notice: &&Notice| notice.text != said;
    let warnings = told(report.began, Severity::Warning).filter(others);
    rows.extend(warnings.map(|notice| (clean(&notice.text), Role::Warning)));
    let notes = told(ended, Severity::Info).filter(others);
    rows.extend(notes.map(|notice| (clean(&notice.text), Role::Text)));
    rows.push(("any key goes on".to_owned(), Role::Faint));
    rows
}

fn last_error(error: Option<&String>) -> Option<Row> {
    error.map(|error| (format!("last error: {}", clean(error)), Role::Warning))
}

fn warnings_since(snap: &Snapshot, began: Stamp) -> Vec<Row> {
    let warnings =
        snap.notices.iter().filter(|notice| notice.at >= began && notice.severity == Severity::Warning);
    warnings.map(|notice| (clean(&notice.text), Role::Warning)).collect()
}

fn trouble(progress: &Progress) -> String {
    let retries = counted(progress.resends.into(), "retry", "retries");
    format!("{retries}, {}", counted(progress.errors.into(), "error", "errors"))
}
