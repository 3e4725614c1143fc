//! Small windows over the rest.

use ratatui::layout::Rect;

use crate::ui::hygiene::clip;
use crate::ui::theme::Role;

use super::super::canvas::{Canvas, inside, middle};
use super::super::dialog::{Confirm, Prompt};
use super::super::picker::Picker;

/// Draws a list to choose from, scrolled so that the selected item shows.
pub(super) fn picker(canvas: &mut Canvas<'_>, picker: &Picker) {
    let widest = picker.items.iter().map(|item| item.label.chars().count()).max().unwrap_or(0).max(30);
    let room = window(canvas, picker.title, widest as u16 + 4, picker.items.len() as u16 + 1);
    let shown = usize::from(room.height.saturating_sub(1)).max(1);
    let first = (picker.selected + 1).saturating_sub(shown);
    for (y, (n, item)) in (room.y..room.bottom()).zip(picker.items.iter().enumerate().skip(first).take(shown))
    {
        let mark = if item.current { '*' } else { ' ' };
        let role = if n == picker.selected { Role::Selected } else { Role::Text };
        canvas.bar(room.x, y, room.width, &format!(" {mark} {}", item.label), role);
    }
    footer(canvas, room, "Enter chooses, Esc goes back");
}

/// Draws a question.
pub(super) fn prompt(canvas: &mut Canvas<'_>, prompt: &Prompt) {
    let width = canvas.area().width.saturating_sub(8).clamp(1, 74);
    let room = window(canvas, prompt.ask.title(), width, 3);
    let (text, cursor) = prompt.field.window(usize::from(room.width));
    if room.height == 0 {
        return;
    }
    canvas.text(room.x, room.y, room.width, &text, Role::Strong);
    let under = text.chars().nth(cursor).unwrap_or(' ');
    let at = room.x + cursor as u16;
    canvas.text(at, room.y, 1, under.encode_utf8(&mut [0; 4]), Role::Selected);
    if let Some(error) = prompt.error.as_ref().filter(|_| room.height > 1) {
        canvas.text(room.x, room.y + 1, room.width, &clip(error, usize::from(room.width)), Role::Error);
    }
    footer(canvas, room, "Enter takes it, Esc goes back");
}

/// Draws the question before something is removed.
pub(super) fn confirm(canvas: &mut Canvas<'_>, confirm: &Confirm) {
    let question = format!("remove {} from the phone book? y/n", clip(&confirm.name, 40));
    let room = window(canvas, "sure?", question.chars().count() as u16 + 2, 1);
    canvas.text(room.x, room.y, room.width.min(room.height * 200), &question, Role::Text);
}

fn window(canvas: &mut Canvas<'_>, title: &str, width: u16, height: u16) -> Rect {
    let area = middle(canvas.area(), width.saturating_add(2), height.saturating_add(2));
    canvas.clear(area);
    canvas.frame(area, title, Role::Text);
    inside(area)
}

fn footer(canvas: &mut Canvas<'_>, room: Rect, text: &str) {
    if room.height > 1 {
        canvas.text(room.x, room.bottom() - 1, room.width, text, Role::Faint);
    }
}
