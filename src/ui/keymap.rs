//! Keys to meanings: the prefix, what follows it, and what belongs to the far end.
//!
//! A pure state machine without any terminal library's types. The prefix is Ctrl-] or F9. Without the
//! enhanced keyboard protocol a host terminal sends the same byte (1D) for Ctrl-] and Ctrl-5 and the terminal
//! library names it Ctrl-5, so that is the prefix too; with it, Ctrl-5 is a key of its own.

use super::action::{Action, After, BINDINGS};
use crate::petscii::keyboard::{Key, KeyCode};

/// What a key press came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Press {
    /// The prefix: the next key is petterm's.
    Prefix,
    /// The prefix was taken back (Esc).
    Cancelled,
    /// A key of petterm's own.
    Action(Action),
    /// A key after the prefix that has no meaning.
    Unbound,
    /// A key for whatever has the keyboard: the far end or a dialog.
    Key(Key),
}

/// The state: whether the prefix was pressed.
#[derive(Clone, Debug, Default)]
pub struct Keymap {
    pending: bool,
    enhanced: bool,
}

impl Keymap {
    /// A keymap; `enhanced` says that the host tells Ctrl-5 from Ctrl-].
    pub fn new(enhanced: bool) -> Keymap {
        Keymap { pending: false, enhanced }
    }

    /// Whether the next key is petterm's.
    pub fn pending(&self) -> bool {
        self.pending
    }

    /// Takes a key press.
    pub fn press(&mut self, key: Key) -> Press {
        if !std::mem::take(&mut self.pending) {
            if self.is_prefix(key) {
                self.pending = true;
                return Press::Prefix;
            }
            return match key.code {
                KeyCode::PageUp | KeyCode::PageDown if key.shift => Press::Action(Action::Scrollback),
                _ => Press::Key(key),
            };
        }
        if self.is_prefix(key) {
            return Press::Action(Action::SendPrefix);
        }
        if key.code == KeyCode::Escape {
            return Press::Cancelled;
        }
        match BINDINGS.iter().find_map(|binding| meaning(binding.after, binding.action, key)) {
            Some(action) => Press::Action(action),
            None => Press::Unbound,
        }
    }

    fn is_prefix(&self, key: Key) -> bool {
        match key.code {
            KeyCode::F(9) => true,
            KeyCode::Char(']') => key.ctrl,
            KeyCode::Char('5') => key.ctrl && !self.enhanced,
            KeyCode::Char('\u{1d}') => true,
            _ => false,
        }
    }
}

/// The key that goes to the far end when the prefix is pressed twice.
pub const PREFIX_KEY: Key = Key { code: KeyCode::Char(']'), shift: false, ctrl: true, alt: false };

fn meaning(after: After, action: Action, key: Key) -> Option<Action> {
    let hit = match (after, key.code) {
        // Ctrl with the letter too: many keep Ctrl down from the prefix.
        (After::Char(wanted), KeyCode::Char(c)) => !key.alt && c.to_ascii_lowercase() == wanted,
        (After::Enter, KeyCode::Enter)
        | (After::Backspace, KeyCode::Backspace)
        | (After::Page, KeyCode::PageUp | KeyCode::PageDown) => true,
        (After::Digits(first, last), KeyCode::Char(c)) => {
            return colour(action, first, last, c).filter(|_| !key.alt);
        }
        (After::AltDigits(first, last), KeyCode::Char(c)) => {
            return colour(action, first, last, c).filter(|_| key.alt);
        }
        _ => false,
    };
    hit.then_some(action)
}

fn colour(first_action: Action, first: char, last: char, c: char) -> Option<Action> {
    let Action::Colour(base) = first_action else { return None };
    (first..=last).contains(&c).then(|| Action::Colour(base + (c as u8 - first as u8)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ctrl(c: char) -> Key {
        Key { ctrl: true, ..Key::plain(KeyCode::Char(c)) }
    }

    fn after_prefix(key: Key) -> Press {
        let mut keymap = Keymap::default();
        assert_eq!(keymap.press(ctrl(']')), Press::Prefix);
        keymap.press(key)
    }

    #[test]
    fn every_letter_of_the_table_works_in_both_cases() {
        for binding in BINDINGS {
            if let After::Char(c) = binding.after {
                for c in [c, c.to_ascii_uppercase()] {
                    assert_eq!(
                        after_prefix(Key::plain(KeyCode::Char(c))),
                        Press::Action(binding.action),
                        "{c}"
                    );
                }
            }
        }
    }

    #[test]
    fn no_key_stands_twice_in_the_table() {
        for (n, binding) in BINDINGS.iter().enumerate() {
            assert!(BINDINGS[..n].iter().all(|b| b.after != binding.after), "{binding:?}");
        }
    }

    #[test]
    fn keys_of_capabilities_that_do_not_exist_are_unbound() {
        for c in ['f', 'j', 'z', '!'] {
            assert_eq!(after_prefix(Key::plain(KeyCode::Char(c))), Press::Unbound, "{c}");
        }
    }

    #[test]
    fn digits_are_the_colour_keys_of_a_c64() {
        for n in 1..=8u8 {
            let digit = KeyCode::Char(char::from(b'0' + n));
            assert_eq!(after_prefix(Key::plain(digit)), Press::Action(Action::Colour(n - 1)));
            let alt = Key { alt: true, ..Key::plain(digit) };
            assert_eq!(after_prefix(alt), Press::Action(Action::Colour(n + 7)));
        }
        assert_eq!(after_prefix(Key::plain(KeyCode::Char('9'))), Press::Action(Action::ReverseOn));
        assert_eq!(after_prefix(Key::plain(KeyCode::Char('0'))), Press::Action(Action::ReverseOff));
    }

    #[test]
    fn the_prefix_has_three_spellings_and_escape_takes_it_back() {
        for key in [ctrl(']'), ctrl('5'), Key::plain(KeyCode::F(9))] {
            let mut keymap = Keymap::default();
            assert_eq!(keymap.press(key), Press::Prefix);
            assert!(keymap.pending());
            assert_eq!(keymap.press(Key::plain(KeyCode::Escape)), Press::Cancelled);
            assert_eq!(
                keymap.press(Key::plain(KeyCode::Char('q'))),
                Press::Key(Key::plain(KeyCode::Char('q')))
            );
            keymap.press(key);
            assert_eq!(keymap.press(key), Press::Action(Action::SendPrefix));
        }
        assert_eq!(Keymap::new(true).press(ctrl('5')), Press::Key(ctrl('5')));
    }

    #[test]
    fn ctrl_c_and_ctrl_z_belong_to_the_far_end() {
        for c in ['c', 'z'] {
            assert_eq!(Keymap::default().press(ctrl(c)), Press::Key(ctrl(c)));
        }
    }

    #[test]
    fn shifted_pages_scroll_without_the_prefix() {
        let key = Key { shift: true, ..Key::plain(KeyCode::PageUp) };
        assert_eq!(Keymap::default().press(key), Press::Action(Action::Scrollback));
        let plain = Key::plain(KeyCode::PageUp);
        assert_eq!(Keymap::default().press(plain), Press::Key(plain));
        assert_eq!(after_prefix(plain), Press::Action(Action::Scrollback));
    }
}
