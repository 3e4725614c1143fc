//! A line of text that the user edits.

use crate::petscii::keyboard::{Key, KeyCode};

/// Characters a field takes.
const LIMIT: usize = 1000;

/// The text and the place of the cursor in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Field {
    chars: Vec<char>,
    cursor: usize,
    /// The text is an offer: the first character typed takes its place.
    offered: bool,
}

impl Field {
    /// A field that offers a text: it is taken as it is, edited, or replaced by what is typed.
    pub(super) fn with(text: &str) -> Field {
        let mut field = Field::default();
        field.insert(text);
        field.offered = true;
        field
    }

    /// A field with a text that is edited, not replaced.
    pub(super) fn typed(text: &str) -> Field {
        Field { offered: false, ..Field::with(text) }
    }

    /// The text.
    pub(super) fn text(&self) -> String {
        self.chars.iter().collect()
    }

    /// Inserts what may stand in one line; the rest is dropped.
    pub(super) fn insert(&mut self, text: &str) {
        if std::mem::take(&mut self.offered) {
            self.chars.clear();
            self.cursor = 0;
        }
        for c in text.chars().filter(|c| !c.is_control()) {
            if self.chars.len() < LIMIT {
                self.chars.insert(self.cursor, c);
                self.cursor += 1;
            }
        }
    }

    /// Takes an editing key.
    pub(super) fn key(&mut self, key: Key) {
        match key.code {
            KeyCode::Char(c) if !key.ctrl && !key.alt => self.insert(c.encode_utf8(&mut [0; 4])),
            _ => self.edit(key),
        }
    }

    fn edit(&mut self, key: Key) {
        self.offered = false;
        match key.code {
            KeyCode::Char('u' | 'U') if key.ctrl => {
                self.chars.drain(..self.cursor);
                self.cursor = 0;
            }
            KeyCode::Char('h' | 'H') if key.ctrl => self.backspace(),
            KeyCode::Backspace => self.backspace(),
            KeyCode::Delete if self.cursor < self.chars.len() => {
                self.chars.remove(self.cursor);
            }
            KeyCode::Left => self.cursor = self.cursor.saturating_sub(1),
            KeyCode::Right => self.cursor = (self.cursor + 1).min(self.chars.len()),
            KeyCode::Home => self.cursor = 0,
            KeyCode::End => self.cursor = self.chars.len(),
            _ => {}
        }
    }

    fn backspace(&mut self) {
        if self.cursor > 0 {
            self.cursor -= 1;
            self.chars.remove(self.cursor);
        }
    }

    /// The part that fits into `width` columns and the cursor's column in it.
    pub(super) fn window(&self, width: usize) -> (String, usize) {
        let width = width.max(1);
        let first = (self.cursor + 1).saturating_sub(width);
        (self.chars.iter().skip(first).take(width).collect(), self.cursor - first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(field: &mut Field, code: KeyCode) {
        field.key(Key::plain(code));
    }

    #[test]
    fn text_is_edited_where_the_cursor_stands() {
        let mut field = Field::with("host:23");
        for _ in 0..3 {
            press(&mut field, KeyCode::Left);
        }
        press(&mut field, KeyCode::Backspace);
        press(&mut field, KeyCode::Char('é'));
        press(&mut field, KeyCode::Home);
        press(&mut field, KeyCode::Delete);
        press(&mut field, KeyCode::End);
        press(&mut field, KeyCode::Char('4'));
        assert_eq!(field.text(), "osé:234");
        field.key(Key { ctrl: true, ..Key::plain(KeyCode::Char('u')) });
        assert_eq!(field.text(), "");
        press(&mut field, KeyCode::Backspace);
        press(&mut field, KeyCode::Delete);
        assert_eq!(field.window(1), (String::new(), 0));
    }

    #[test]
    fn a_paste_keeps_one_line_and_an_end() {
        let mut field = Field::default();
        field.insert("a\nb\x1b[c");
        assert_eq!(field.text(), "ab[c");
        field.insert(&"x".repeat(5000));
        assert_eq!(field.text().len(), LIMIT);
        assert_eq!(field.window(10), ("x".repeat(9), 9));
    }
}
