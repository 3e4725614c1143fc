//! What is done with answers to the front end's questions.

use super::super::dialog::{Ask, Confirm, GiveUp, Prompt};
use super::super::files;
use super::{App, Layer};
use crate::engine::{Command, StatusLink};
use crate::time::Stamp;
use crate::ui::front::Choice;

impl App<'_> {
    /// What was typed into a prompt. A wrong answer leaves the prompt open and says why.
    pub(super) fn answer(&mut self, ask: &Ask, text: &str, now: Stamp) {
        if text.is_empty() {
            return self.close();
        }
        let path = files::resolve(&self.look.directory, text);
        let result = match ask {
            Ask::Log => {
                self.session.log(Some(path.clone())).map(|()| Some(format!("logging to {}", path.display())))
            }
            Ask::Capture => self
                .session
                .capture(Some(path.clone()))
                .map(|()| Some(format!("capturing to {}", path.display()))),
            Ask::Dump => files::write_new(&path, &crate::ui::render::screen_text(&self.snap.screen))
                .map(|()| Some(format!("the screen is in {}", path.display()))),
            Ask::Charset => {
                self.session.command(Command::SetCharset(text.to_owned()));
                Ok(None)
            }
            Ask::Line => self.services.line_format(text).map(|line| {
                self.session.command(Command::SetLine(line));
                None
            }),
            Ask::Address => {
                let called = self.call(&Choice::Text(text.to_owned()));
                match called {
                    Ok(()) => return,
                    Err(why) => Err(why),
                }
            }
            Ask::EntryName => {
                self.close();
                let address = self.snap.status.target.to_string();
                let address = if self.snap.status.link == StatusLink::Idle { String::new() } else { address };
                let ask = Ask::EntryAddress { name: text.to_owned() };
                self.layers.push(Layer::Prompt(Prompt::new(ask, &address)));
                return;
            }
            Ask::EntryAddress { name } => self
                .services
                .session_for(&Choice::Text(text.to_owned()))
                .and_then(|config| self.services.add_to_phone_book(name, &config))
                .map(|()| Some(format!("{name} is in the phone book"))),
            Ask::Search => {
                self.close();
                if let Some(Layer::Lookback(lookback)) = self.layers.last_mut() {
                    let reply = lookback.search(text.to_owned(), &self.snap);
                    self.looked(reply, now);
                }
                return;
            }
        };
        match result {
            Ok(said) => {
                self.close();
                self.log_on = self.session.log_file().is_some();
                if let Some(said) = said {
                    self.tell(now, &said);
                }
                self.reopen_book();
            }
            Err(why) => {
                if let Some(Layer::Prompt(prompt)) = self.layers.last_mut() {
                    prompt.error = Some(why);
                }
            }
        }
    }

    /// A question was answered with yes.
    pub(super) fn confirmed(&mut self, confirm: Confirm, now: Stamp) {
        match confirm {
            Confirm::Remove(name) => {
                let removed = self.services.remove_from_phone_book(&name);
                self.report(now, removed, &format!("{name} is removed"));
                self.reopen_book();
            }
            Confirm::Transfer(GiveUp::Cancel | GiveUp::Enough) => {
                self.session.command(Command::CancelTransfer);
            }
            Confirm::Transfer(GiveUp::HangUp) => self.session.command(Command::HangUp),
            Confirm::Transfer(GiveUp::Quit) => self.quit(),
        }
    }
}
