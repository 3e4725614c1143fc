//! Uploads and downloads: the dialogs before them, and what is shown when they are over.

use std::path::PathBuf;
use std::sync::Arc;

use super::super::browse::{self, Browser};
use super::super::dialog::Confirm;
use super::super::form::{self, Form};
use super::{App, Layer};
use crate::engine::{StatusLink, TransferEnd, TransferReport};
use crate::time::Stamp;
use crate::transfer::Protocol;

/// What is kept between dialogs, and of what they ordered.
pub(super) struct Transfers {
    /// What was chosen last is proposed next.
    protocol: Protocol,
    from: PathBuf,
    into: String,
    ordered: Option<Ordered>,
    over: Option<Over>,
}

/// A transfer that was ordered and is not over.
struct Ordered {
    /// They come back if it is refused.
    dialogs: Vec<Layer>,
    /// The end of the transfer before.
    before: Option<Arc<TransferEnd>>,
    folder: Option<PathBuf>,
}

/// A transfer that is over; shown until a key is pressed.
pub(in super::super) struct Over {
    pub(in super::super) report: Box<TransferReport>,
    /// Where a download went.
    pub(in super::super) folder: Option<PathBuf>,
}

impl Transfers {
    /// Nothing was ordered yet; files are looked for and kept in this directory.
    pub(super) fn new(directory: &std::path::Path) -> Transfers {
        let from = directory.join(".");
        // The whole path says more, where it can be said.
        let whole = from.canonicalize().ok();
        let into = whole.and_then(|path| path.to_str().map(str::to_owned)).unwrap_or_else(|| ".".to_owned());
        Transfers { protocol: Protocol::Punter, from, into, ordered: None, over: None }
    }
}

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
            let browser = Browser::open(&self.transfers.from);
            self.show(Layer::Browser(browser));
        }
    }

    pub(super) fn open_download(&mut self, now: Stamp) {
        if self.may_transfer(now) {
            let Transfers { protocol, into, .. } = &self.transfers;
            let form = Form::download(self.look.directory.clone(), into, *protocol);
            self.show(Layer::Form(form));
        }
    }

    /// What came of a key among the files; the form lies over them, so that Esc there goes back to them.
    pub(super) fn browsed(&mut self, reply: browse::Reply) {
        match reply {
            browse::Reply::Stay => {}
            browse::Reply::Close => self.close(),
            browse::Reply::Chosen(files) => {
                self.layers.push(Layer::Form(Form::upload(files, self.transfers.protocol)));
            }
        }
    }

    /// What came of a key in the form. What cannot begin leaves it open and says why.
    pub(super) fn filled_in(&mut self, reply: form::Reply) {
        match reply {
            form::Reply::Stay => {}
            form::Reply::Close => self.close(),
            form::Reply::Begin(order) => match self.session.transfer(order) {
                Ok(()) => self.put_dialogs_away(),
                Err(why) => self.say_in_form(why),
            },
        }
    }

    fn say_in_form(&mut self, why: String) {
        if let Some(Layer::Form(form)) = self.layers.last_mut() {
            form.error = Some(why);
        }
    }

    /// A transfer was ordered: its gauge is in the picture soon, or why it is refused.
    fn put_dialogs_away(&mut self) {
        let is_dialog = |layer: &mut Layer| matches!(layer, Layer::Form(_) | Layer::Browser(_));
        let dialogs: Vec<Layer> = self.layers.extract_if(.., is_dialog).collect();
        let mut folder = None;
        for dialog in &dialogs {
            match dialog {
                Layer::Browser(browser) => self.transfers.from.clone_from(&browser.folder),
                Layer::Form(form) => {
                    self.transfers.protocol = form.protocol();
                    if !form.is_upload() {
                        self.transfers.into = form.folder.text();
                        folder = Some(form.keeps_in());
                    }
                }
                _ => {}
            }
        }
        let before = self.snap.transfer_end.clone();
        self.transfers.ordered = Some(Ordered { dialogs, before, folder });
        self.transfers.over = None;
    }

    /// Looks in a new picture for the end of what was ordered.
    pub(super) fn look_for_transfer_end(&mut self) {
        if self.snap.transfer.is_none() {
            // Too late for the question.
            self.layers.retain(|layer| !matches!(layer, Layer::Confirm(Confirm::Transfer(_))));
        }
        let Some(end) = self.snap.transfer_end.clone() else { return };
        let is_new =
            |ordered: &mut Ordered| ordered.before.as_ref().is_none_or(|before| !Arc::ptr_eq(before, &end));
        let Some(ordered) = self.transfers.ordered.take_if(is_new) else { return };
        match end.as_ref() {
            TransferEnd::Refused(why) => {
                self.layers.extend(ordered.dialogs);
                self.say_in_form(why.clone());
            }
            TransferEnd::Over(report) => {
                self.transfers.over = Some(Over { report: report.clone(), folder: ordered.folder });
            }
        }
    }

    /// The transfer that is over, as long as its report stands.
    pub(in super::super) fn transfer_over(&self) -> Option<&Over> {
        self.transfers.over.as_ref().filter(|_| self.snap.transfer.is_none())
    }

    /// A key was pressed: the report has been read. Whether there was one.
    pub(super) fn put_report_away(&mut self) -> bool {
        let stood = self.transfer_over().is_some();
        self.transfers.over = None;
        stood
    }
}
