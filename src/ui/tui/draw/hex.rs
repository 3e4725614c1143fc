//! The hex view: the latest bytes on the link, received and sent told apart, with their reading.

use ratatui::layout::Rect;

use crate::engine::{HexByte, Wire};
use crate::petscii::{CharSet, Machine, Petscii};
use crate::ui::theme::Role;

use super::super::app::App;
use super::super::canvas::{Canvas, inside};

/// Draws the pane.
pub(super) fn draw(app: &App<'_>, canvas: &mut Canvas<'_>, area: Rect) {
    canvas.frame(area, "hex: < received  > sent  ! bad", Role::Faint);
    let room = inside(area);
    // Mark, blank, three columns a byte, blank, one column a byte.
    let bytes_a_row = usize::from(room.width.saturating_sub(4) / 4).clamp(1, 16);
    let rows = rows(&app.snap.recent, bytes_a_row);
    let first = rows.len().saturating_sub(usize::from(room.height));
    for (y, row) in (room.y..room.bottom()).zip(&rows[first..]) {
        let sent = row.first().is_some_and(|b| b.sent);
        let role = if sent { Role::Faint } else { Role::Text };
        let end = room.right();
        let mut x = canvas.text(room.x, y, room.width, if sent { "> " } else { "< " }, role);
        for byte in *row {
            let (mark, role) = if byte.bad { ("!", Role::Error) } else { (" ", role) };
            x = canvas.text(x, y, end.saturating_sub(x), &format!("{:02X}", byte.byte), role);
            x = canvas.text(x, y, end.saturating_sub(x), mark, role);
        }
        x = room.x + 3 + 3 * bytes_a_row as u16;
        for byte in *row {
            let c = reading(app, *byte);
            x = canvas.text(x, y, end.saturating_sub(x), c.encode_utf8(&mut [0; 4]), role);
        }
    }
}

/// The bytes in rows of one direction each.
fn rows(bytes: &[HexByte], width: usize) -> Vec<&[HexByte]> {
    bytes.chunk_by(|a, b| a.sent == b.sent).flat_map(|run| run.chunks(width)).collect()
}

/// The byte as a character of the wire's code.
fn reading(app: &App<'_>, byte: HexByte) -> char {
    let printed = match app.snap.status.wire {
        Wire::Ascii => Some(char::from(byte.byte)).filter(|c| (' '..='~').contains(c)),
        Wire::Petscii => {
            let machine = app.snap.screen.kind.machine().unwrap_or(Machine::Pet);
            let set: CharSet = app.snap.screen.charset;
            Petscii(byte.byte).screen_code(machine).map(|code| code.glyph(machine, set, app.look.glyphs))
        }
    };
    printed.unwrap_or('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_holds_one_direction() {
        let byte = |byte, sent| HexByte { byte, sent, bad: false };
        let bytes = [byte(1, false), byte(2, false), byte(3, false), byte(4, true), byte(5, false)];
        let lengths: Vec<usize> = rows(&bytes, 2).iter().map(|row| row.len()).collect();
        assert_eq!(lengths, [2, 1, 1, 1]);
        assert!(rows(&[], 8).is_empty());
    }
}
