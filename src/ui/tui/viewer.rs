//! The scope of recordings as a front end of its own: a bench and nothing else.

use crossterm::event::Event;
use ratatui::buffer::Buffer;

use super::bench::{Bench, Reply};
use super::canvas::{Canvas, Manner};
use super::events::UiEvent;
use super::{Exit, Front, convert, draw};
use crate::time::Stamp;
use crate::ui::front::Look;
use crate::ui::theme::Depth;

/// The front end.
pub(super) struct Viewer {
    pub(super) bench: Bench,
    manner: Manner,
    exit: Option<Exit>,
    dirty: bool,
}

impl Viewer {
    pub(super) fn new(bench: Bench, look: &Look, depth: Depth) -> Viewer {
        let depth = if look.no_colour { Depth::None } else { depth };
        let manner = Manner { theme: look.theme, tier: look.glyphs, depth };
        Viewer { bench, manner, exit: None, dirty: true }
    }
}

impl Front for Viewer {
    fn exit(&self) -> Option<Exit> {
        self.exit.clone()
    }

    fn event(&mut self, event: UiEvent, _now: Stamp) {
        match event {
            UiEvent::Snapshot => return,
            UiEvent::Signal(number) => self.exit = Some(Exit::Signal(number)),
            UiEvent::TerminalGone => self.exit = Some(Exit::TerminalGone),
            UiEvent::Input(Event::Key(key)) => {
                // There is no far end that Ctrl-C could belong to.
                if let Some(key) = convert::key(&key) {
                    let interrupts = key.ctrl && key.code == crate::petscii::keyboard::KeyCode::Char('c');
                    if interrupts || self.bench.key(key) == Reply::Close {
                        self.exit = Some(Exit::Quit);
                    }
                }
            }
            UiEvent::Input(Event::Paste(text)) => self.bench.paste(&text),
            UiEvent::Input(_) | UiEvent::Suspend => {}
        }
        self.dirty = true;
    }

    fn wants_drawing(&self, _now: Stamp) -> bool {
        self.dirty
    }

    fn draw(&mut self, buffer: &mut Buffer, _now: Stamp) {
        draw::bench::draw(&mut Canvas::new(buffer, self.manner), &mut self.bench, "");
    }

    fn was_drawn(&mut self, _now: Stamp) {
        self.dirty = false;
    }
}
