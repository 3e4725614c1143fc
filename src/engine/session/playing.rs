//! The script's player at work.

use super::{Mode, Output, Session};
use crate::engine::script::{Piece, Step};
use crate::engine::{Event, Failure, Outcome, StatusLink, Trouble};

impl Session {
    pub(super) fn play(&mut self) {
        while self.outcome.is_none() {
            // A link that is not up yet leaves the script where it is.
            if matches!(self.link, StatusLink::Idle | StatusLink::Connecting) {
                return;
            }
            let Some(player) = &mut self.player else { return };
            if player.wanted().is_some_and(|wanted| self.screen.painted_text().contains(wanted)) {
                player.found();
            }
            let Some(step) = player.poll(self.now) else { return };
            match step {
                Step::Send(_) | Step::Key(_) if self.link != StatusLink::Up => {
                    let what = "the far end was gone before the script had sent everything";
                    self.player = None;
                    self.warn(what.to_owned());
                    if self.mode != Mode::Attended {
                        self.finish(Outcome::Link(Trouble::new(Failure::Io, what, "")));
                    }
                }
                Step::Send(pieces) => {
                    self.screen.mark_painted_none();
                    for piece in pieces {
                        match piece {
                            Piece::Text(text) => self.paste(&text),
                            Piece::Byte(byte) => self.paste_octets(vec![byte]),
                        }
                    }
                }
                Step::Key(key) => {
                    self.screen.mark_painted_none();
                    if let Some(octets) = self.translator.key(key, self.screen.char_set()) {
                        // In its turn, behind what the script sent before.
                        self.paste_octets(octets);
                    }
                }
                Step::Transfer { .. } if self.link != StatusLink::Up => {
                    let what = "the far end was gone before the script's transfer";
                    self.no_transfer(what, Outcome::Link(Trouble::new(Failure::Io, what, "")));
                }
                Step::Transfer { sending, file, protocol } => {
                    self.screen.mark_painted_none();
                    self.outputs.push_back(Output::Event(Event::TransferWanted { sending, file, protocol }));
                }
                Step::Dump => self.outputs.push_back(Output::Event(Event::Dump)),
                Step::Quit => self.end_when_sent(),
                Step::End => {
                    self.player = None;
                    if self.mode == Mode::Unattended {
                        self.end_when_sent();
                    }
                }
                Step::TimedOut(wanted) => self.finish(Outcome::ScriptTimeout { wanted }),
            }
        }
    }
}
