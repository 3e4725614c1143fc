//! Small windows over the rest.

use ratatui::layout::Rect;

use crate::ui::hygiene::{clean, clip};
use crate::ui::theme::Role;

use super::super::browse::Browser;
use super::super::canvas::{Canvas, inside, middle};
use super::super::dialog::{Confirm, GiveUp, Prompt};
use super::super::form::Form;
use super::super::picker::Picker;
use super::status::wrapped;

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

/// Draws the question before something is given up.
pub(super) fn confirm(canvas: &mut Canvas<'_>, confirm: &Confirm) {
    let question = match confirm {
        Confirm::Remove(name) => format!("remove {} from the phone book? y/n", clip(name, 40)),
        Confirm::Transfer(GiveUp::Enough) => "is that all? What came is kept. y/n".to_owned(),
        Confirm::Transfer(give_up) => {
            let what = match give_up {
                GiveUp::Cancel | GiveUp::Enough => "cancel the transfer",
                GiveUp::HangUp => "hang up in the middle of the transfer",
                GiveUp::Quit => "quit in the middle of the transfer",
            };
            format!("{what}? It goes on meanwhile. y/n")
        }
    };
    let width = canvas.area().width.saturating_sub(2).min(question.chars().count() as u16 + 2);
    let rows = wrapped(&question, usize::from(width));
    let room = window(canvas, "sure?", width, rows.len() as u16);
    for (y, row) in (room.y..room.bottom()).zip(&rows) {
        canvas.text(room.x, y, room.width, row, Role::Text);
    }
}

/// Draws the files to choose from.
pub(super) fn browser(canvas: &mut Canvas<'_>, browser: &Browser) {
    let rows = browser.entries.len().min(200) as u16;
    let room = window(canvas, "send which files?", 70, rows + 3);
    let width = usize::from(room.width);
    if room.height < 3 {
        return;
    }
    // The end of a path tells more than its beginning.
    let folder = clean(&browser.folder.to_string_lossy());
    let length = folder.chars().count();
    let shown: String = folder.chars().skip((length + 1).saturating_sub(width)).collect();
    canvas.text(room.x, room.y, room.width, &shown, Role::Strong);
    let list = usize::from(room.height - 2).max(1);
    let first = (browser.selected + 1).saturating_sub(list);
    for (y, (n, entry)) in
        (room.y + 1..room.bottom() - 1).zip(browser.entries.iter().enumerate().skip(first).take(list))
    {
        let mark = if browser.is_marked(entry) { '*' } else { ' ' };
        let (left, right) = Browser::label(entry);
        let name = width.saturating_sub(right.chars().count() + 5);
        let role = if n == browser.selected { Role::Selected } else { Role::Text };
        canvas.bar(room.x, y, room.width, &format!(" {mark} {:<name$} {right}", clip(&left, name)), role);
    }
    let keys = match (&browser.trouble, browser.marked.len()) {
        (Some(trouble), _) => clip(trouble, width),
        (None, 0) => "Enter takes it, Space marks, Esc back".to_owned(),
        (None, 1) => "1 file is marked: Enter takes it".to_owned(),
        (None, count) => format!("{count} files are marked: Enter takes them"),
    };
    footer(canvas, room, &keys);
}

/// Draws the form of a transfer.
pub(super) fn form(canvas: &mut Canvas<'_>, form: &mut Form) {
    let title = if form.is_upload() { "upload" } else { "download" };
    let rows = form.rows();
    let width = canvas.area().width.saturating_sub(2).min(66);
    let error = form.error.as_ref().map(|error| wrapped(error, usize::from(width))).unwrap_or_default();
    let facts = facts(form);
    let height = facts.len() + rows.len() + 1 + error.len().max(1);
    let room = window(canvas, title, width, height as u16);
    let mut y = room.y;
    let mut left = room.height;
    for (name, text, role) in facts.iter().take(usize::from(left)) {
        let text = clip(&format!(" {name:<10} {text}"), usize::from(room.width));
        canvas.text(room.x, y, room.width, &text, *role);
        (y, left) = (y + 1, left - 1);
    }
    for (n, row) in rows.iter().enumerate().take(usize::from(left)) {
        let (name, value) = form.label(*row);
        let here = n == form.selected;
        let x = canvas.text(room.x, y, room.width, &format!(" {name:<10} "), Role::Text);
        let width = room.right().saturating_sub(x);
        if let Some(field) = form.field().filter(|_| here) {
            let (text, cursor) = field.window(usize::from(width));
            canvas.bar(x, y, width, &text, Role::Strong);
            let under = text.chars().nth(cursor).unwrap_or(' ');
            canvas.text(x + cursor as u16, y, 1, under.encode_utf8(&mut [0; 4]), Role::Selected);
        } else {
            let role = if here { Role::Selected } else { Role::Text };
            let chosen = if here { format!("< {value} >") } else { value };
            canvas.text(x, y, width, &clip(&chosen, usize::from(width)), role);
        }
        y += 1;
    }
    if error.is_empty() {
        return footer(canvas, room, "arrows choose, Enter begins, Esc back");
    }
    for (y, row) in (y..room.bottom()).zip(&error) {
        canvas.bar(room.x, y, room.width, row, Role::Error);
    }
}

/// What is sent, and the names under which the far end will know it where those differ from the host's.
fn facts(form: &Form) -> Vec<(&'static str, String, Role)> {
    /// Names that are shown.
    const MOST: usize = 4;
    let mut facts = Vec::new();
    facts.extend(form.what().map(|what| ("file", what, Role::Text)));
    let Some((names, twice)) = form.announced() else { return facts };
    for (n, name) in names.iter().take(MOST).enumerate() {
        facts.push((if n == 0 { "named" } else { "" }, name.clone(), Role::Text));
    }
    if names.len() > MOST {
        facts.push(("", format!("and {} more", names.len() - MOST), Role::Text));
    }
    if twice {
        facts.push(("", "two names are the same: one may replace the other".to_owned(), Role::Warning));
    }
    facts
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
