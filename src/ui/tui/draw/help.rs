//! The help overlay: every key that works, and no other.

use crate::ui::action::{BINDINGS, DIRECT, LISTS, PREFIX};
use crate::ui::hygiene::clip;
use crate::ui::theme::Role;

use super::super::app::App;
use super::super::canvas::{Canvas, inside, middle};

/// Draws the help from line `first` on, which is kept inside the text.
pub(super) fn draw(app: &App<'_>, canvas: &mut Canvas<'_>, first: &mut usize) {
    let lines = lines(app);
    let area = canvas.area();
    let frame = middle(area, 90, lines.len() as u16 + 3);
    let room = inside(frame);
    canvas.frame(frame, "keys", Role::Text);
    let shown = usize::from(room.height.saturating_sub(1)).max(1);
    *first = (*first).min(lines.len().saturating_sub(shown));
    for (y, (text, role)) in (room.y..room.bottom()).zip(lines.iter().skip(*first).take(shown)) {
        canvas.text(room.x, y, room.width, &clip(text, usize::from(room.width)), *role);
    }
    if room.height > 1 {
        let more = if lines.len() > shown { "Up, Down, PgUp, PgDn scroll; " } else { "" };
        let text = format!("{more}Esc goes back");
        canvas.text(room.x, room.bottom() - 1, room.width, &text, Role::Faint);
    }
}

fn lines(app: &App<'_>) -> Vec<(String, Role)> {
    let mut lines = vec![(format!("After the prefix ({PREFIX}):"), Role::Strong)];
    let entry = |key: &str, meaning: &str| (format!("  {key:<24} {meaning}"), Role::Text);
    lines.extend(BINDINGS.iter().map(|b| (format!("  {:<10} {}", b.label, b.help), Role::Text)));
    lines.push((String::new(), Role::Text));
    lines.push(("Without the prefix:".into(), Role::Strong));
    lines.extend(DIRECT.iter().map(|(key, meaning)| entry(key, meaning)));
    lines.push((String::new(), Role::Text));
    lines.push(("On the start screen and in the phone book:".into(), Role::Strong));
    lines.extend(LISTS.iter().map(|(key, meaning)| entry(key, meaning)));
    let keyboard = app.keyboard_help();
    if !keyboard.is_empty() {
        lines.push((String::new(), Role::Text));
        lines.push((format!("The keyboard of the far end (screen {}):", app.snap.screen.kind), Role::Strong));
        lines.extend(keyboard.iter().map(|line| entry(&line.key, &line.meaning)));
    }
    lines
}
