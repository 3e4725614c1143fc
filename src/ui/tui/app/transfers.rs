//! Uploads and downloads: the dialogs before them.

use super::super::browse::{self, Browser};
use super::super::form::{self, Form};
use super::{App, Layer};
use crate::engine::StatusLink;
use crate::time::Stamp;

impl App<'_> {
    /// Whether a transfer can begin now; says why not.
    fn may_transfer(&mut self, now: Stamp) -> bool {
        let why = if self.snap.transfer.is_some() {
            "a transfer is under way: Esc asks whether to cancel it"
        } else if self.snap.status.link != StatusLink::Up {
            "nothing is connected: the prefix key, then h connects"
        } else {
            return true;
        };
        self.tell(now, why);
        false
    }

    pub(super) fn open_upload(&mut self, now: Stamp) {
        if self.may_transfer(now) {
            let folder = self.look.directory.join(".");
            self.show(Layer::Browser(Browser::open(&folder)));
        }
    }

    pub(super) fn open_download(&mut self, now: Stamp) {
        if self.may_transfer(now) {
            self.show(Layer::Form(Form::download(self.look.directory.clone())));
        }
    }

    /// What came of a key among the files; the form lies over them, so that Esc there goes back to them.
    pub(super) fn browsed(&mut self, reply: browse::Reply) {
        match reply {
            browse::Reply::Stay => {}
            browse::Reply::Close => self.close(),
            browse::Reply::Chosen(files) => self.layers.push(Layer::Form(Form::upload(files))),
        }
    }

    /// What came of a key in the form. What cannot begin leaves it open and says why.
    pub(super) fn filled_in(&mut self, reply: form::Reply) {
        match reply {
            form::Reply::Stay => {}
            form::Reply::Close => self.close(),
            form::Reply::Begin(order) => match self.session.transfer(order) {
                Ok(()) => self.layers.retain(|layer| !matches!(layer, Layer::Form(_) | Layer::Browser(_))),
                Err(why) => {
                    if let Some(Layer::Form(form)) = self.layers.last_mut() {
                        form.error = Some(why);
                    }
                }
            },
        }
    }
}
