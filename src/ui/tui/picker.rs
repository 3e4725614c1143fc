//! Lists to choose from: screen, wire, echo, line, DTR and RTS.

use crate::engine::{Command, Echo, Snapshot, Status, Wire};
use crate::line::{LineFormat, Polarity};
use crate::petscii::keyboard::{Key, KeyCode};
use crate::screen::{Behaviour, ScreenKind};

/// What choosing an item does.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Pick {
    /// Tell the session.
    Command(Command),
    /// Ask for a charset.
    AskCharset,
    /// Ask for a line format.
    AskLine,
}

/// An item.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Item {
    pub(super) label: String,
    /// It is so now.
    pub(super) current: bool,
    pick: Pick,
}

/// A list with a selected item.
#[derive(Clone, Debug)]
pub(super) struct Picker {
    pub(super) title: &'static str,
    pub(super) items: Vec<Item>,
    pub(super) selected: usize,
}

/// Rates that are offered by name; any other can be typed.
const RATES: [u32; 11] = [110, 300, 600, 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200];

/// Charsets that are offered by name; any other can be typed.
const CHARSETS: [(&str, &str); 5] = [
    ("cp437", "PC boards"),
    ("utf-8", "Unix hosts"),
    ("windows-1252", "also what latin1 means"),
    ("iso-8859-15", "Latin-9"),
    ("ascii", "7 bits"),
];

impl Picker {
    fn new(title: &'static str, items: Vec<Item>) -> Picker {
        let selected = items.iter().position(|item| item.current).unwrap_or(0);
        Picker { title, items, selected }
    }

    /// Which machine, and how faithfully.
    pub(super) fn screen(snap: &Snapshot) -> Picker {
        let view = &snap.screen;
        let mut items: Vec<Item> = ScreenKind::ALL
            .iter()
            .map(|&kind| {
                let (cols, rows) = kind.size();
                Item {
                    label: format!("{:<10} {cols}x{rows}", kind.name()),
                    current: kind == view.kind,
                    pick: Pick::Command(Command::SetScreen(kind)),
                }
            })
            .collect();
        for (behaviour, label) in
            [(Behaviour::Strict, "strict: exact to the ROM"), (Behaviour::Board, "board: as boards expect")]
        {
            items.push(Item {
                label: label.to_owned(),
                current: behaviour == view.behaviour,
                pick: Pick::Command(Command::SetBehaviour(behaviour)),
            });
        }
        Picker::new("screen", items)
    }

    /// Which code travels, and the charset of an ASCII wire.
    pub(super) fn wire(status: &Status) -> Picker {
        let mut items = Vec::new();
        for (wire, label) in [(Wire::Petscii, "PETSCII: Commodore codes"), (Wire::Ascii, "ASCII")] {
            items.push(Item {
                label: label.to_owned(),
                current: wire == status.wire,
                pick: Pick::Command(Command::SetWire(wire)),
            });
        }
        let mut known = false;
        for (charset, note) in CHARSETS {
            let current = status.charset.eq_ignore_ascii_case(charset);
            known |= current;
            items.push(Item {
                label: format!("charset {charset} ({note})"),
                current,
                pick: Pick::Command(Command::SetCharset(charset.to_owned())),
            });
        }
        items.push(Item {
            label: if known {
                "another charset ...".into()
            } else {
                format!("charset {} ...", status.charset)
            },
            current: !known,
            pick: Pick::AskCharset,
        });
        let mut picker = Picker::new("wire", items);
        picker.selected = usize::from(status.wire == Wire::Ascii);
        picker
    }

    /// What is done with typed characters.
    pub(super) fn echo(status: &Status) -> Picker {
        let items = [
            (Echo::Off, "off: the far end echoes"),
            (Echo::Local, "local: what you type is shown"),
            (Echo::Both, "both: and what arrives is echoed back"),
        ];
        let item = |(echo, label): (Echo, &str)| Item {
            label: label.to_owned(),
            current: echo == status.echo,
            pick: Pick::Command(Command::SetEcho(echo)),
        };
        Picker::new("echo", items.into_iter().map(item).collect())
    }

    /// Speed and frame.
    pub(super) fn line(status: &Status) -> Picker {
        let mut items: Vec<Item> = RATES
            .iter()
            .map(|&baud| Item {
                label: format!("{baud} baud"),
                current: baud == status.line.baud,
                pick: Pick::Command(Command::SetLine(LineFormat { baud, ..status.line })),
            })
            .collect();
        items.push(Item {
            label: "another line format, such as 1200-7E1 ...".into(),
            current: !RATES.contains(&status.line.baud),
            pick: Pick::AskLine,
        });
        Picker::new("baud and line", items)
    }

    /// DTR and RTS.
    pub(super) fn modem_lines(status: &Status) -> Picker {
        let word = |on: bool| if on { "on" } else { "off" };
        let item = |name: &str, on: bool, command: Command| Item {
            label: format!("{name} is {}: turn it {}", word(on), word(!on)),
            current: on,
            pick: Pick::Command(command),
        };
        let mut picker = Picker::new(
            "DTR and RTS",
            vec![
                item("DTR", status.dtr, Command::SetLines { dtr: Some(!status.dtr), rts: None }),
                item("RTS", status.rts, Command::SetLines { dtr: None, rts: Some(!status.rts) }),
            ],
        );
        picker.selected = 0;
        picker
    }

    /// Takes a key; RETURN chooses.
    pub(super) fn key(&mut self, key: Key) -> Option<Pick> {
        if matches!(key.code, KeyCode::Enter | KeyCode::Char(' ')) {
            return self.items.get(self.selected).map(|item| item.pick.clone());
        }
        self.selected = move_selection(self.selected, self.items.len(), key);
        None
    }
}

/// The selected index of a list of `len` after a key.
pub(super) fn move_selection(selected: usize, len: usize, key: Key) -> usize {
    let last = len.saturating_sub(1);
    match key.code {
        KeyCode::Up => selected.saturating_sub(1),
        KeyCode::Down => selected + 1,
        KeyCode::PageUp => selected.saturating_sub(10),
        KeyCode::PageDown => selected + 10,
        KeyCode::Home => 0,
        KeyCode::End => last,
        _ => selected,
    }
    .min(last)
}

/// Speed, frame and polarity as the status line shows them: `300-8N1 idle high`.
pub(super) fn line_text(line: &LineFormat) -> String {
    let frame = LineFormat { tx: Polarity::IdleHigh, rx: Polarity::IdleHigh, ..*line };
    match (line.tx, line.rx) {
        (tx, rx) if tx == rx => format!("{frame} {}", tx.name()),
        (tx, rx) => format!("{frame} tx {}, rx {}", tx.name(), rx.name()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_what_can_be_typed_back_and_the_polarity_in_words() {
        let high = LineFormat::new(1200);
        assert_eq!(line_text(&high), "1200-8N1 idle high");
        let low = LineFormat { tx: Polarity::IdleLow, rx: Polarity::IdleLow, ..high };
        assert_eq!(line_text(&low), "1200-8N1 idle low");
        let mixed = LineFormat { tx: Polarity::IdleLow, ..high };
        assert_eq!(line_text(&mixed), "1200-8N1 tx idle low, rx idle high");
    }

    #[test]
    fn a_selection_stays_in_its_list() {
        for (len, code, from, to) in [
            (3, KeyCode::Up, 0, 0),
            (3, KeyCode::Down, 2, 2),
            (3, KeyCode::PageDown, 0, 2),
            (3, KeyCode::End, 0, 2),
            (0, KeyCode::Down, 0, 0),
            (0, KeyCode::End, 0, 0),
        ] {
            assert_eq!(move_selection(from, len, Key::plain(code)), to, "{code:?} in {len}");
        }
    }
}
