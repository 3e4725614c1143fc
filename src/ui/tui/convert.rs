//! The terminal library's keys to ours.

use crossterm::event::{KeyCode as Host, KeyEvent, KeyEventKind, KeyModifiers};

use crate::petscii::keyboard::{Key, KeyCode};

/// A press or a repeat as our key; `None` for releases and keys that mean nothing here.
pub(super) fn key(event: &KeyEvent) -> Option<Key> {
    if event.kind == KeyEventKind::Release {
        return None;
    }
    let mut shift = event.modifiers.contains(KeyModifiers::SHIFT);
    let code = match event.code {
        Host::Char(c) => KeyCode::Char(c),
        Host::Enter => KeyCode::Enter,
        Host::Esc => KeyCode::Escape,
        Host::Backspace => KeyCode::Backspace,
        Host::Insert => KeyCode::Insert,
        Host::Delete => KeyCode::Delete,
        Host::Tab => KeyCode::Tab,
        Host::BackTab => {
            shift = true;
            KeyCode::Tab
        }
        Host::Home => KeyCode::Home,
        Host::End => KeyCode::End,
        Host::Up => KeyCode::Up,
        Host::Down => KeyCode::Down,
        Host::Left => KeyCode::Left,
        Host::Right => KeyCode::Right,
        Host::PageUp => KeyCode::PageUp,
        Host::PageDown => KeyCode::PageDown,
        Host::F(n @ 1..=12) => KeyCode::F(n),
        _ => return None,
    };
    Some(Key {
        code,
        shift,
        ctrl: event.modifiers.contains(KeyModifiers::CONTROL),
        alt: event.modifiers.contains(KeyModifiers::ALT),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn converted(code: Host, modifiers: KeyModifiers) -> Option<Key> {
        key(&KeyEvent::new(code, modifiers))
    }

    #[test]
    fn modifiers_come_along() {
        let all = KeyModifiers::SHIFT | KeyModifiers::CONTROL | KeyModifiers::ALT;
        let expected = Key { code: KeyCode::Char('a'), shift: true, ctrl: true, alt: true };
        assert_eq!(converted(Host::Char('a'), all), Some(expected));
        let back_tab = Key { shift: true, ..Key::plain(KeyCode::Tab) };
        assert_eq!(converted(Host::BackTab, KeyModifiers::NONE), Some(back_tab));
    }

    #[test]
    fn repeats_count_and_releases_do_not() {
        let event = |kind| KeyEvent::new_with_kind(Host::Up, KeyModifiers::NONE, kind);
        assert_eq!(key(&event(KeyEventKind::Repeat)), Some(Key::plain(KeyCode::Up)));
        assert_eq!(key(&event(KeyEventKind::Release)), None);
    }

    #[test]
    fn keys_that_no_commodore_has_are_nothing() {
        for code in [Host::Null, Host::CapsLock, Host::F(13), Host::F(0), Host::Menu] {
            assert_eq!(converted(code, KeyModifiers::NONE), None, "{code:?}");
        }
    }
}
