//! Settings that change while a session runs.

use super::{Output, Session, new_outbox};
use crate::engine::translate::Translator;
use crate::engine::watch::ErrorRate;
use crate::engine::watch::Petsciiness;
use crate::engine::{LinkCommand, Medium, Severity, StatusLink, Target, Trouble, Wire};
use crate::line::Codec;
use crate::line::{LineFormat, Polarity};
use crate::screen::Screen;

impl Session {
    pub(super) fn new_screen(&mut self) {
        self.screen = Screen::with_charset(self.config.screen, self.config.behaviour, self.charset);
        self.screen.set_view40(self.config.view40);
        self.new_translator();
        self.announce_size();
    }

    pub(super) fn new_translator(&mut self) {
        self.petsciiness = Petsciiness::default();
        self.translator = Translator::new(self.config.screen, self.config.wire, self.charset);
        self.screen.set_quoting(self.config.wire == Wire::Petscii);
        if self.outbox.is_idle() {
            self.outbox = new_outbox(&self.config, &self.translator);
        }
    }

    pub(super) fn set_line(&mut self, line: LineFormat) {
        if let Some(why) =
            self.config.inverting.needed_at(&self.config.target, &line).unfit(&line, self.config.set7)
        {
            return self.tell(Severity::Error, format!("{why}; the line stays at {}", self.config.line));
        }
        if self.link == StatusLink::Up && self.has_line() {
            let native = self.native(&Codec::new(&line, self.config.strip7, self.config.set7));
            self.pending_line = Some(line);
            self.outputs.push_back(Output::Link(LinkCommand::Reconfigure(native)));
        } else {
            self.config.line = line;
        }
    }

    /// The port took the new format, or it goes on in the old one.
    pub(super) fn reconfigured(&mut self, result: Result<Vec<String>, Trouble>) {
        let Some(line) = self.pending_line.take() else { return };
        match result {
            Ok(remarks) => {
                self.config.line = line;
                self.codec = Codec::new(&line, self.config.strip7, self.config.set7);
                self.rate = ErrorRate::default();
                self.tap.reconfigured(self.now, self.codec.native());
                self.tapped();
                for remark in remarks {
                    self.warn(remark);
                }
                self.begin_inverting_again();
            }
            Err(trouble) => {
                let text = format!("{}; the line stays at {}", trouble.what, self.config.line);
                self.tell(Severity::Error, text);
            }
        }
    }

    /// The format that the link itself shall run. A UART rests high whatever the far end does; what that takes is
    /// [`inverting`](super::inverting)'s business.
    pub(super) fn native(&self, codec: &Codec) -> LineFormat {
        let native = codec.native();
        match self.config.target {
            Target::Serial(_) | Target::Pty(_) => {
                LineFormat { tx: Polarity::IdleHigh, rx: Polarity::IdleHigh, ..native }
            }
            _ => native,
        }
    }

    /// Whether the link is a line with a rate and a frame.
    pub(super) fn has_line(&self) -> bool {
        self.info.as_ref().is_some_and(|info| matches!(info.medium, Medium::Serial | Medium::Edges))
    }
}
