//! The guard of the host's terminal: every mode that is set is reset, whatever ends the program.
//!
//! There is one terminal, so what must be undone is kept in one place that the guard's `Drop`, the panic
//! hook and the thread that watches signals all reach. Whoever comes first undoes it, once.

use std::io::{self, Write as _};
use std::sync::{Mutex, Once, PoisonError};
use std::time::Duration;

use crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, EnableBracketedPaste, EnableFocusChange,
    KeyboardEnhancementFlags, PopKeyboardEnhancementFlags, PushKeyboardEnhancementFlags,
};
use crossterm::style::ResetColor;
use crossterm::{cursor, queue, terminal};

use super::tty;

/// What must be undone; `None` while the terminal is as we found it.
static HELD: Mutex<Option<Held>> = Mutex::new(None);

struct Held {
    settings: Option<tty::Saved>,
    enhanced: bool,
}

/// Holds the terminal from [`Guard::enter`] until it is dropped.
pub(super) struct Guard {
    enhanced: bool,
}

impl Guard {
    /// Takes the terminal: raw mode, alternate screen, bracketed paste, focus reports, no cursor, and the
    /// enhanced keyboard protocol where the terminal has it.
    pub(super) fn enter() -> io::Result<Guard> {
        Guard::take(|| {
            Ok(may_be_enhanced(|name| std::env::var(name).ok()) && terminal::supports_keyboard_enhancement()?)
        })
    }

    /// Gives the terminal back, stops the process until somebody lets it go on, and takes the terminal again.
    #[cfg(unix)]
    pub(super) fn lend(self) -> io::Result<Guard> {
        let enhanced = self.enhanced;
        drop(self);
        signal_hook::low_level::raise(signal_hook::consts::SIGSTOP)?;
        // It is the same terminal, and the keyboard thread reads its answers.
        Guard::take(|| Ok(enhanced))
    }

    /// There is no job control.
    #[cfg(not(unix))]
    pub(super) fn lend(self) -> io::Result<Guard> {
        Ok(self)
    }

    fn take(enhanced: impl FnOnce() -> io::Result<bool>) -> io::Result<Guard> {
        install_panic_hook();
        *held() = Some(Held { settings: tty::Saved::take(), enhanced: false });
        // From here on dropping the guard undoes whatever was done.
        let mut guard = Guard { enhanced: false };
        terminal::enable_raw_mode()?;
        guard.enhanced = enhanced()?;
        let mut bytes = Vec::new();
        queue!(bytes, terminal::EnterAlternateScreen, EnableBracketedPaste, EnableFocusChange, cursor::Hide)?;
        if guard.enhanced {
            queue!(bytes, PushKeyboardEnhancementFlags(KeyboardEnhancementFlags::DISAMBIGUATE_ESCAPE_CODES))?;
            if let Some(held) = held().as_mut() {
                held.enhanced = true;
            }
        }
        tty::open_writer()?.write_all(&bytes)?;
        Ok(guard)
    }

    /// Whether the enhanced keyboard protocol is on.
    pub(super) fn enhanced(&self) -> bool {
        self.enhanced
    }
}

/// Whether the terminal is still ours; a panic in another thread gives it back.
pub(super) fn holds() -> bool {
    held().is_some()
}

impl Drop for Guard {
    fn drop(&mut self) {
        give_back(Duration::from_millis(500));
    }
}

/// Undoes everything, if that has not happened yet; waits for a slow terminal at most `patience`.
pub(super) fn give_back(patience: Duration) {
    let Some(was) = held().take() else { return };
    let mut bytes = Vec::new();
    if was.enhanced {
        let _ = queue!(bytes, PopKeyboardEnhancementFlags);
    }
    let _ = queue!(
        bytes,
        DisableFocusChange,
        DisableBracketedPaste,
        ResetColor,
        cursor::Show,
        terminal::LeaveAlternateScreen
    );
    tty::write_within(bytes, patience);
    let _ = terminal::disable_raw_mode();
    if let Some(settings) = was.settings {
        settings.put_back();
    }
}

fn held() -> std::sync::MutexGuard<'static, Option<Held>> {
    HELD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A panic's message belongs on the user's own screen.
fn install_panic_hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            give_back(Duration::from_millis(500));
            before(info);
        }));
    });
}

/// Whether it is worth asking for the enhanced keyboard protocol. A terminal that does not answer would
/// cost two seconds, so only those are asked that are known to.
fn may_be_enhanced(variable: impl Fn(&str) -> Option<String>) -> bool {
    let names = |name: &str, known: &[&str]| {
        variable(name)
            .is_some_and(|value| known.iter().any(|known| value.to_ascii_lowercase().contains(known)))
    };
    // A multiplexer in between answers for itself or not at all.
    if names("TERM", &["screen", "tmux"]) {
        return false;
    }
    variable("KITTY_WINDOW_ID").is_some()
        || names("TERM", &["kitty", "ghostty", "foot", "alacritty", "rio"])
        || names("TERM_PROGRAM", &["wezterm", "ghostty", "iterm", "rio"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_terminals_that_answer_are_asked() {
        let asked = |pairs: &[(&str, &str)]| {
            may_be_enhanced(|name| pairs.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
        };
        assert!(asked(&[("TERM", "xterm-kitty")]));
        assert!(asked(&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "WezTerm")]));
        assert!(!asked(&[("TERM", "xterm-256color")]));
        assert!(!asked(&[("TERM", "tmux-256color"), ("TERM_PROGRAM", "ghostty")]));
        assert!(!asked(&[]));
    }
}
