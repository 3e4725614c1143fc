//! The start screen and the phone book: where to go.

use crate::engine::Target;
use crate::petscii::keyboard::{Key, KeyCode};
use crate::ui::front::{BookLine, Choice, Services};

use super::picker::move_selection;

/// What a key on one of these screens asks for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Wish {
    /// Go there.
    Call(Choice),
    /// Ask for an address.
    AskAddress,
    /// Ask for a new entry of the phone book.
    AskEntry,
    /// Remove this entry, once confirmed.
    Remove(String),
    /// Look for ports again.
    Rescan,
    /// Close this screen.
    Close,
}

/// A line of the start screen.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Row {
    /// A heading, or a remark in place of entries.
    Heading(String),
    /// Something to choose: its name, what it is, and what it is called.
    Entry { left: String, right: String, wish: Wish },
}

/// The start screen.
#[derive(Clone, Debug)]
pub(super) struct Chooser {
    pub(super) rows: Vec<Row>,
    /// The selected row, always an entry.
    pub(super) selected: usize,
}

impl Chooser {
    /// Looks at the ports and the phone book.
    pub(super) fn look(services: &dyn Services) -> Chooser {
        let mut rows = vec![Row::Heading("Ports".into())];
        let ports = services.ports();
        if ports.is_empty() {
            rows.push(Row::Heading("  none found; plug an adapter in and press r".into()));
        }
        rows.extend(ports.into_iter().map(|port| {
            Row::Entry {
                wish: Wish::Call(Choice::Target(Target::Serial(port.device.clone().into()))),
                left: port.device,
                right: [port.adapter, port.state]
                    .into_iter()
                    .filter(|s| !s.is_empty())
                    .collect::<Vec<_>>()
                    .join(", "),
            }
        }));
        rows.push(Row::Heading("Phone book".into()));
        let book = services.phone_book().unwrap_or_else(|error| {
            rows.push(Row::Heading(format!("  {error}")));
            Vec::new()
        });
        let demo_in_book = book.iter().any(|entry| entry.address == Target::Demo.to_string());
        rows.extend(book.into_iter().map(|entry| Row::Entry {
            wish: Wish::Call(Choice::Entry(entry.name.clone())),
            left: entry.name,
            right: join_detail(&entry.address, &entry.detail),
        }));
        rows.push(Row::Heading("Elsewhere".into()));
        rows.push(Row::Entry {
            left: "an address ...".into(),
            right: "HOST:PORT, or any target of the command line".into(),
            wish: Wish::AskAddress,
        });
        if !demo_in_book {
            rows.push(Row::Entry {
                left: "demo:".into(),
                right: "the built-in board, no hardware needed".into(),
                wish: Wish::Call(Choice::Target(Target::Demo)),
            });
        }
        let selected = rows.iter().position(|row| matches!(row, Row::Entry { .. })).unwrap_or(0);
        Chooser { rows, selected }
    }

    /// Takes a key.
    pub(super) fn key(&mut self, key: Key) -> Option<Wish> {
        match key.code {
            KeyCode::Char('r' | 'R') => return Some(Wish::Rescan),
            KeyCode::Char('a' | 'A') => return Some(Wish::AskAddress),
            KeyCode::Enter => {
                return match self.rows.get(self.selected) {
                    Some(Row::Entry { wish, .. }) => Some(wish.clone()),
                    _ => None,
                };
            }
            _ => {}
        }
        let entries: Vec<usize> =
            (0..self.rows.len()).filter(|&n| matches!(self.rows.get(n), Some(Row::Entry { .. }))).collect();
        let place = entries.iter().position(|&n| n == self.selected).unwrap_or(0);
        if let Some(&row) = entries.get(move_selection(place, entries.len(), key)) {
            self.selected = row;
        }
        None
    }
}

/// The phone book.
#[derive(Clone, Debug)]
pub(super) struct Book {
    pub(super) entries: Vec<BookLine>,
    /// Why it cannot be read.
    pub(super) trouble: Option<String>,
    pub(super) selected: usize,
}

impl Book {
    /// Opens the book, at the entry of that number or the last one.
    pub(super) fn open(services: &dyn Services, selected: usize) -> Book {
        let (entries, trouble) = match services.phone_book() {
            Ok(entries) => (entries, None),
            Err(error) => (Vec::new(), Some(error)),
        };
        let selected = selected.min(entries.len().saturating_sub(1));
        Book { entries, trouble, selected }
    }

    /// Takes a key.
    pub(super) fn key(&mut self, key: Key) -> Option<Wish> {
        let name = self.entries.get(self.selected).map(|entry| entry.name.clone());
        match key.code {
            KeyCode::Escape | KeyCode::Char('q' | 'Q') => Some(Wish::Close),
            KeyCode::Char('a' | 'A') => Some(Wish::AskEntry),
            KeyCode::Char('d' | 'D') | KeyCode::Delete => name.map(Wish::Remove),
            KeyCode::Enter => name.map(|name| Wish::Call(Choice::Entry(name))),
            _ => {
                self.selected = move_selection(self.selected, self.entries.len(), key);
                None
            }
        }
    }
}

/// Address and detail of an entry in one text.
pub(super) fn join_detail(address: &str, detail: &str) -> String {
    if detail.is_empty() { address.to_owned() } else { format!("{address}  {detail}") }
}
