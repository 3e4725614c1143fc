//! The lines below the screen: what is connected and how, what goes through, and what to know now.

use ratatui::layout::Rect;

use crate::engine::{Echo, PasteProgress, Severity, Snapshot, StatusLink, Wire};
use crate::petscii::GlyphTier;
use crate::screen::Behaviour;
use crate::time::{Span, Stamp};
use crate::transfer::{bytes_of, thousands};
use crate::ui::action::PREFIX;
use crate::ui::hygiene::{clean, clip};
use crate::ui::theme::Role;

use super::super::app::{App, Moment};
use super::super::canvas::Canvas;
use super::super::layout::Layout;
use super::super::picker::line_text;

/// Share of bad frames from which the line is called wrong.
const MANY_ERRORS: f32 = 0.2;

/// Rows that a long message takes of the screen above it, its own among them.
const MOST_ROWS: usize = 5;

/// A piece of a status line. Where room is short, those of low rank go first.
struct Piece {
    text: String,
    role: Role,
    rank: u8,
}

fn piece(text: impl Into<String>, role: Role, rank: u8) -> Piece {
    Piece { text: text.into(), role, rank }
}

/// Draws the lines.
pub(super) fn draw(app: &App<'_>, canvas: &mut Canvas<'_>, places: &Layout, now: Stamp) {
    let moment = app.moment(now);
    let mut first = connection(&app.snap);
    let second = traffic(app, moment, places.second.is_some());
    let message = message(app, now);
    if let Some(area) = places.second {
        line(canvas, area, second);
    } else {
        first.extend(second);
    }
    if let (Some(area), Some((text, role))) = (places.message.or(places.status), &message) {
        let rows = wrapped(text, usize::from(area.width));
        // News that has a row to itself stays in it; what must be known is told whole.
        if rows.len() > 1 && *role != Role::Text {
            if let (Some(status), Some(_)) = (places.status, places.message) {
                line(canvas, status, first);
            }
            let above = usize::from(area.y).min(MOST_ROWS - 1);
            for (y, row) in (0..=area.y).rev().zip(rows.iter().take(above + 1).rev()) {
                canvas.bar(area.x, y, area.width, row, *role);
            }
            return;
        }
    }
    if let Some(area) = places.status {
        match (&message, places.message) {
            // With one line only, what matters is shown in place of what stands; mere news is not.
            (Some((text, role)), None) if *role != Role::Text => {
                canvas.bar(area.x, area.y, area.width, text, *role);
            }
            _ => line(canvas, area, first),
        }
    }
    if let (Some(area), Some((text, role))) = (places.message, message) {
        canvas.text(area.x, area.y, area.width, &clip(&text, usize::from(area.width)), role);
    }
}

/// The lines of a text broken at blanks, so that each fits if it can.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut rows = Vec::new();
    for paragraph in text.lines() {
        let mut row = String::new();
        for word in paragraph.split(' ') {
            if !row.is_empty() && row.chars().count() + 1 + word.chars().count() > width {
                rows.push(std::mem::take(&mut row));
            } else if !row.is_empty() {
                row.push(' ');
            }
            row.push_str(word);
        }
        rows.push(row);
    }
    rows.iter().map(|row| clip(row, width)).collect()
}

/// Writes the pieces that fit, in their order.
fn line(canvas: &mut Canvas<'_>, area: Rect, mut pieces: Vec<Piece>) {
    let width = |pieces: &[Piece]| {
        pieces.iter().map(|p| p.text.chars().count()).sum::<usize>() + 2 * pieces.len().saturating_sub(1)
    };
    while pieces.len() > 1 && width(&pieces) > usize::from(area.width) {
        let Some(least) = (0..pieces.len()).rev().min_by_key(|&n| pieces[n].rank) else { break };
        pieces.remove(least);
    }
    let mut x = area.x;
    for piece in pieces {
        let left = area.right().saturating_sub(x);
        x = canvas.text(x, area.y, left, &clip(&piece.text, usize::from(left)), piece.role).saturating_add(2);
    }
}

/// Target, line, transport, screen and wire: the three axes, all of them.
fn connection(snap: &Snapshot) -> Vec<Piece> {
    let status = &snap.status;
    let (state, role) = match status.link {
        StatusLink::Idle => ("idle", Role::Faint),
        StatusLink::Connecting => ("connecting", Role::Warning),
        StatusLink::Up => ("up", Role::Text),
        StatusLink::Waiting => ("unplugged, waiting", Role::Warning),
        StatusLink::Down => ("down", Role::Warning),
    };
    let target = match status.link {
        StatusLink::Idle => "no target".to_owned(),
        _ => clean(&status.target.to_string()),
    };
    let mut pieces = vec![piece(clip(&target, 40), Role::Strong, 90), piece(state, role, 95)];
    if status.has_line {
        pieces.push(piece(line_text(&status.line), Role::Text, 80));
    }
    if let Some(transport) = status.transport {
        pieces.push(piece(transport.name(), Role::Text, 75));
    }
    let behaviour = match snap.screen.behaviour {
        Behaviour::Strict => "strict",
        Behaviour::Board => "board",
    };
    let view = if snap.screen.view40 { " 40 columns" } else { "" };
    pieces.push(piece(format!("{} {behaviour}{view}", snap.screen.kind.name()), Role::Text, 70));
    pieces.push(match status.wire {
        Wire::Petscii => piece("petscii", Role::Text, 65),
        Wire::Ascii if status.charset == "ascii" => piece("ascii", Role::Text, 65),
        Wire::Ascii => piece(format!("ascii {}", clip(&clean(&status.charset), 16)), Role::Text, 65),
    });
    match status.echo {
        Echo::Off => {}
        Echo::Local => pieces.push(piece("echo local", Role::Text, 50)),
        Echo::Both => pieces.push(piece("echo both", Role::Text, 50)),
    }
    pieces
}

/// Lamps, counters, errors, files, and how to get help; with a line of its own all of it in full.
fn traffic(app: &App<'_>, moment: Moment, own_line: bool) -> Vec<Piece> {
    let status = &app.snap.status;
    let (on, off) = match app.look.glyphs {
        GlyphTier::Ascii => ('*', '.'),
        _ => ('●', '○'),
    };
    let lamp = |name: &str, lit: bool, bytes: u64| {
        let role = if lit { Role::Strong } else { Role::Text };
        let count = if own_line { format!(" {}", thousands(bytes)) } else { String::new() };
        piece(format!("{name} {}{count}", if lit { on } else { off }), role, 60)
    };
    let mut pieces = vec![lamp("RX", moment.rx, status.rx_bytes), lamp("TX", moment.tx, status.tx_bytes)];
    let errors = status.errors.framing + status.errors.parity + status.errors.overrun;
    if errors > 0 || status.error_rate > 0.0 {
        let role = if status.error_rate >= MANY_ERRORS { Role::Error } else { Role::Text };
        let text = format!("errors {} ({:.0} %)", thousands(errors), 100.0 * status.error_rate);
        pieces.push(piece(text, role, 85));
    }
    if status.errors.breaks > 0 {
        pieces.push(piece(format!("breaks {}", thousands(status.errors.breaks)), Role::Text, 40));
    }
    if app.log_on {
        pieces.push(piece("LOG", Role::Strong, 82));
    }
    if status.capturing {
        pieces.push(piece("CAPTURE", Role::Strong, 82));
    }
    let lines = &status.lines;
    let named = [("CTS", lines.cts), ("DSR", lines.dsr), ("DCD", lines.dcd), ("RI", lines.ri)].into_iter();
    let raised: Vec<&str> = named.filter(|(_, level)| *level == Some(true)).map(|(name, _)| name).collect();
    if !raised.is_empty() {
        pieces.push(piece(raised.join(" "), Role::Faint, 30));
    }
    let help = if own_line { format!("{PREFIX}, then ? for help") } else { "F9 ? help".to_owned() };
    pieces.push(piece(help, Role::Faint, 62));
    pieces
}

/// What to know now: the prefix, a paste, the end, a notice, a hint, in this order.
fn message(app: &App<'_>, now: Stamp) -> Option<(String, Role)> {
    let snap = &app.snap;
    if app.keymap.pending() {
        return Some((
            "prefix: ? help  q quit  h hang up  u upload  d download  p phone book  Esc back".to_owned(),
            Role::Selected,
        ));
    }
    // A text that is sent has its gauge.
    if let Some(paste) = snap.paste.as_ref().filter(|_| snap.transfer.is_none()) {
        return Some((paste_text(paste, app.look.glyphs), Role::Strong));
    }
    // Why the link is down is said for as long as it is, together with what helps.
    let reason = snap.notices.last().map(|n| n.text.as_str()).filter(|_| app.is_down());
    if let Some((severity, text)) = app.notice(now).filter(|(_, text)| Some(*text) != reason) {
        // What was said at one time belongs together.
        let said = snap.notices.last().filter(|n| n.text == text);
        let role = match severity {
            // The answer to a key is always shown; mere news where there is room for it.
            Severity::Info if said.is_none() => Role::Strong,
            Severity::Info => Role::Text,
            Severity::Warning => Role::Warning,
            Severity::Error => Role::Error,
        };
        let together =
            said.map(|last| snap.notices.iter().filter(|n| n.at == last.at && n.severity == severity));
        let text = match together {
            Some(notices) => notices.map(|n| clean(&n.text)).collect::<Vec<_>>().join("\n"),
            None => clean(text),
        };
        return Some((text, role));
    }
    if app.is_down() {
        let why = reason.map(|text| format!("; {}", clean(text))).unwrap_or_default();
        return Some((format!("h reconnects, q quits{why}"), Role::Warning));
    }
    if let Some(hint) = &snap.hint {
        return Some((clean(hint), Role::Warning));
    }
    if snap.status.error_rate >= MANY_ERRORS {
        return Some(("many bad frames: wrong baud or polarity?".to_owned(), Role::Warning));
    }
    None
}

fn paste_text(paste: &PasteProgress, tier: GlyphTier) -> String {
    const CELLS: u64 = 16;
    let (full, empty) = if tier == GlyphTier::Ascii { ('#', '.') } else { ('█', '░') };
    let done = (paste.sent.min(paste.total) * CELLS).checked_div(paste.total).unwrap_or(CELLS);
    let bar: String = (0..CELLS).map(|n| if n < done { full } else { empty }).collect();
    let left = if paste.waiting {
        "waiting for the far end".to_owned()
    } else {
        format!("{} left", duration(paste.left))
    };
    format!("sending {bar} {}, {left}, Esc cancels", bytes_of(paste.sent, Some(paste.total)))
}

fn duration(span: Span) -> String {
    match span.0.div_ceil(1_000_000_000) {
        s @ 0..=99 => format!("{s} s"),
        s @ 100..=5999 => format!("{} min {} s", s / 60, s % 60),
        s => format!("{} h {} min", s / 3600, s / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_as_long_as_they_need() {
        for (s, text) in [(0, "0 s"), (59, "59 s"), (125, "2 min 5 s"), (7260, "2 h 1 min")] {
            assert_eq!(duration(Span::from_secs(s)), text);
        }
    }

    #[test]
    fn a_paste_of_nothing_is_done() {
        let paste = PasteProgress { sent: 0, total: 0, left: Span::ZERO, waiting: false };
        assert!(paste_text(&paste, GlyphTier::Ascii).starts_with("sending ################ 0 of 0"));
    }
}
