//! The front end's state: what is shown, what the keys do, and when something must be drawn again.
//!
//! Events and the time come in, commands to the session and exits go out; nothing here touches the
//! terminal, so tests drive it with a clock of their own.

mod answers;
mod moments;
mod transfers;

use std::sync::Arc;

use crossterm::event::Event;

pub(super) use self::transfers::Over;
use self::transfers::Transfers;
use super::bench::{Bench, Reply};
use super::browse::Browser;
use super::convert;
use super::dialog::{Ask, Confirm, GiveUp, Prompt};
use super::events::UiEvent;
use super::files;
use super::form::Form;
use super::lists::{Book, Chooser, Wish};
use super::lookback::{Look as LookReply, Lookback};
use super::picker::{Pick, Picker};
use super::wire;
use super::{Exit, canvas::Manner};
use crate::engine::{Command, Severity, Snapshot, StatusLink};
use crate::petscii::keyboard::{Key, KeyCode};
use crate::time::{Span, Stamp};
use crate::transfer::Protocol;
use crate::ui::action::Action;
use crate::ui::front::{Choice, Look, Services, Session, Start};
use crate::ui::keymap::{Keymap, PREFIX_KEY, Press};
use crate::ui::theme::{self, Depth};

/// Half a period of the cursor's blinking: 20 interrupts of a 60 Hz PET.
pub(super) const BLINK: Span = Span(333_333_333);
/// How long a lamp stays lit after a byte.
pub(super) const LAMP: Span = Span::from_millis(150);
/// How long a notice stands.
pub(super) const NOTICE: Span = Span::from_secs(6);
/// How long the bezel flashes.
const FLASH: Span = Span::from_millis(150);
/// The host's bell rings at most this often.
const BELL: Span = Span::from_millis(100);

/// Something that lies over the session.
pub(super) enum Layer {
    /// The keys; the first line that shows.
    Help(usize),
    Picker(Picker),
    Prompt(Prompt),
    Confirm(Confirm),
    /// Files to send.
    Browser(Browser),
    /// The form of a transfer.
    Form(Form),
    Lookback(Lookback),
    Book(Book),
    Chooser(Chooser),
    /// The scope of the wire.
    Scope(Box<Bench>),
}

/// What shows and changes with time alone; compared to know whether to draw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Moment {
    /// The cursor is in its lit half.
    pub(super) cursor_lit: bool,
    pub(super) rx: bool,
    pub(super) tx: bool,
    pub(super) notice: bool,
    pub(super) flash: bool,
}

/// The front end.
pub(super) struct App<'a> {
    session: &'a dyn Session,
    services: &'a dyn Services,
    pub(super) look: Look,
    depth: Depth,
    pub(super) keymap: Keymap,
    pub(super) snap: Arc<Snapshot>,
    /// When `snap` was first seen, on the front end's clock.
    snap_seen: Stamp,
    pub(super) layers: Vec<Layer>,
    transfers: Transfers,
    /// A notice of the front end's own.
    note: Option<(Stamp, Severity, String)>,
    pub(super) log_on: bool,
    pub(super) hex: bool,
    /// First row and column of the screen that shows; drawing moves it.
    pub(super) pan: (u16, u16),
    focused: bool,
    blink_from: Stamp,
    bells: u64,
    rung_at: Option<Stamp>,
    flash_until: Stamp,
    exit: Option<Exit>,
    dirty: bool,
    drawn: Moment,
}

impl<'a> App<'a> {
    pub(super) fn new(
        session: &'a dyn Session,
        services: &'a dyn Services,
        look: Look,
        depth: Depth,
        enhanced: bool,
        start: Start,
    ) -> App<'a> {
        let snap = session.snapshot();
        let mut app = App {
            session,
            services,
            transfers: Transfers::new(&look.directory),
            depth: if look.no_colour { Depth::None } else { depth },
            look,
            keymap: Keymap::new(enhanced),
            bells: snap.bells,
            snap,
            snap_seen: Stamp::ZERO,
            layers: Vec::new(),
            note: None,
            log_on: session.log_file().is_some(),
            hex: false,
            pan: (0, 0),
            focused: true,
            blink_from: Stamp::ZERO,
            rung_at: None,
            flash_until: Stamp::ZERO,
            exit: None,
            dirty: true,
            drawn: Moment::default(),
        };
        match start {
            Start::Session => {}
            Start::Scope => app.open_scope(),
            Start::Chooser => app.layers.push(Layer::Chooser(Chooser::look(services))),
        }
        app
    }

    /// How things are drawn.
    pub(super) fn manner(&self) -> Manner {
        Manner { theme: self.look.theme, tier: self.look.glyphs, depth: self.depth }
    }

    /// Set once the front end is done; when the session is over there is nothing to stay for.
    pub(super) fn exit(&self) -> Option<Exit> {
        let over = self.snap.outcome.is_some().then_some(Exit::Quit);
        self.exit.clone().or(over)
    }

    /// Whether the link is closed: the picture stays, and keys have no one to go to.
    pub(super) fn is_down(&self) -> bool {
        self.snap.status.link == StatusLink::Down
    }

    /// Looks whether there is a new picture.
    pub(super) fn refresh(&mut self, now: Stamp) {
        let snap = self.session.snapshot();
        if Arc::ptr_eq(&snap, &self.snap) {
            return;
        }
        if snap.screen.cursor != self.snap.screen.cursor {
            self.blink_from = now;
        }
        self.snap = snap;
        self.snap_seen = now;
        self.look_for_transfer_end();
        self.log_on = self.session.log_file().is_some();
        match self.layers.last_mut() {
            Some(Layer::Lookback(lookback)) => lookback.clamp(&self.snap),
            Some(Layer::Scope(bench)) => wire::update(bench, &self.snap),
            _ => {}
        }
        self.dirty = true;
    }

    /// Whether the host's bell is to be rung now; bells that come too fast are one.
    pub(super) fn bell(&mut self, now: Stamp) -> bool {
        let due = self.rung_at.is_none_or(|at| now.since(at) >= BELL);
        if self.snap.bells == self.bells || !due {
            return false;
        }
        self.bells = self.snap.bells;
        self.rung_at = Some(now);
        if self.look.visual_bell {
            self.flash_until = now + FLASH;
        }
        !self.look.visual_bell
    }

    /// Takes an event.
    pub(super) fn event(&mut self, event: UiEvent, now: Stamp) {
        match event {
            UiEvent::Snapshot => {}
            UiEvent::Suspend => self.dirty = true,
            UiEvent::Signal(number) => self.exit = Some(Exit::Signal(number)),
            UiEvent::TerminalGone => self.exit = Some(Exit::TerminalGone),
            UiEvent::Input(Event::Key(key)) => {
                if let Some(key) = convert::key(&key) {
                    self.dirty = true;
                    self.key(key, now);
                }
            }
            UiEvent::Input(Event::Paste(text)) => {
                self.dirty = true;
                self.paste(text, now);
            }
            UiEvent::Input(Event::FocusGained) => {
                self.focused = true;
                self.dirty = true;
            }
            UiEvent::Input(Event::FocusLost) => {
                self.focused = false;
                self.dirty = true;
            }
            UiEvent::Input(Event::Resize(..)) => self.dirty = true,
            UiEvent::Input(Event::Mouse(_)) => {}
        }
    }

    fn paste(&mut self, text: String, now: Stamp) {
        let down = self.is_down();
        match self.layers.last_mut() {
            Some(Layer::Prompt(prompt)) => prompt.field.insert(&text),
            Some(Layer::Form(form)) => {
                if let Some(field) = form.field() {
                    field.insert(&text);
                }
            }
            Some(Layer::Scope(bench)) => bench.paste(&text),
            Some(_) => {}
            None if down => self.tell(now, "nothing is connected; the paste went nowhere"),
            None => self.session.command(Command::Paste(text)),
        }
    }

    fn key(&mut self, key: Key, now: Stamp) {
        match self.keymap.press(key) {
            Press::Prefix | Press::Cancelled => {}
            Press::Unbound => self.tell(now, "nothing is on that key; the prefix, then ? lists the keys"),
            Press::Action(action) => {
                self.put_report_away();
                self.act(action, key, now);
            }
            Press::Key(_) if self.layers.is_empty() && self.put_report_away() => {}
            Press::Key(key) if self.layers.is_empty() => self.session_key(key, now),
            Press::Key(key) => self.layer_key(key, now),
        }
    }

    fn session_key(&mut self, key: Key, now: Stamp) {
        // A text that is sent is a paste as well, and its transfer ends with it.
        if let Some(view) = self.snap.transfer.as_ref().filter(|_| key.code == KeyCode::Escape) {
            let is_text = view.protocol == Protocol::Text && !view.sending;
            let give_up = if is_text { GiveUp::Enough } else { GiveUp::Cancel };
            return self.layers.push(Layer::Confirm(Confirm::Transfer(give_up)));
        }
        if key.code == KeyCode::Escape && self.snap.paste.is_some() {
            self.session.command(Command::CancelPaste);
            return self.tell(now, "the rest of the paste is cancelled");
        }
        if !self.is_down() {
            return self.session.command(Command::Key(key));
        }
        // The far end is gone: the keys that help have no one else to go to.
        match key.code {
            KeyCode::Char('h' | 'H') => self.session.command(Command::Connect),
            KeyCode::Char('q' | 'Q') => self.quit(),
            KeyCode::Char('p' | 'P') => self.act(Action::PhoneBook, key, now),
            KeyCode::Char('?') => self.act(Action::Help, key, now),
            _ => {}
        }
    }

    /// Asks before a transfer is given up, unless that very question stands.
    fn asks_first(&mut self, action: Action) -> bool {
        let give_up = if action == Action::Quit { GiveUp::Quit } else { GiveUp::HangUp };
        let stands =
            matches!(self.layers.last(), Some(Layer::Confirm(Confirm::Transfer(asked))) if *asked == give_up);
        let asks = self.snap.transfer.is_some() && !stands;
        if asks {
            self.show(Layer::Confirm(Confirm::Transfer(give_up)));
        }
        asks
    }

    pub(super) fn quit(&mut self) {
        self.session.command(Command::Quit);
        self.exit = Some(Exit::Quit);
    }

    /// Does what a key of petterm's own says.
    fn act(&mut self, action: Action, key: Key, now: Stamp) {
        let snap = Arc::clone(&self.snap);
        let status = &snap.status;
        match action {
            Action::Quit | Action::HangUp if self.asks_first(action) => {}
            Action::Quit => self.quit(),
            Action::Help if matches!(self.layers.last(), Some(Layer::Help(_))) => {}
            Action::Help => self.layers.push(Layer::Help(0)),
            Action::HangUp => {
                let open =
                    matches!(status.link, StatusLink::Up | StatusLink::Connecting | StatusLink::Waiting);
                self.session.command(if open { Command::HangUp } else { Command::Connect });
            }
            Action::PhoneBook => self.show(Layer::Book(Book::open(self.services, 0))),
            Action::Screen => self.show(Layer::Picker(Picker::screen(&snap))),
            Action::Wire => self.show(Layer::Picker(Picker::wire(status))),
            Action::Echo => self.show(Layer::Picker(Picker::echo(status))),
            Action::Line | Action::ModemLines | Action::Break if snap.transfer.is_some() => {
                self.tell(now, "a transfer is under way, and its line stays as it is");
            }
            Action::Line if status.has_line => self.show(Layer::Picker(Picker::line(status))),
            Action::Line => self.tell(now, "this link has no baud rate: only serial and simulated lines do"),
            Action::ModemLines => self.show(Layer::Picker(Picker::modem_lines(status))),
            Action::Break => self.session.command(Command::Break),
            Action::View40 => self.session.command(Command::SetView40(!snap.screen.view40)),
            Action::Hex => self.hex = !self.hex,
            Action::Scope => self.open_scope(),
            Action::Theme => {
                self.look.theme = theme::next(self.look.theme);
                self.tell(now, &format!("theme: {}", theme::name(self.look.theme)));
            }
            Action::Upload => self.open_upload(now),
            Action::Download => self.open_download(now),
            Action::Capture if status.capturing => {
                let stopped = self.session.capture(None);
                self.report(now, stopped, "capture ended");
            }
            Action::Capture => self.ask_file(Ask::Capture, "capture", "txt"),
            Action::Log if self.log_on => {
                let stopped = self.session.log(None);
                self.log_on = self.session.log_file().is_some();
                self.report(now, stopped, "log ended");
            }
            Action::Log => self.ask_file(Ask::Log, "petterm", "log"),
            Action::Dump => self.ask_file(Ask::Dump, "screen", "txt"),
            Action::Scrollback => self.look_back(key),
            Action::Search => {
                if !matches!(self.layers.last(), Some(Layer::Lookback(_))) {
                    self.look_back(key);
                }
                self.layers.push(Layer::Prompt(Prompt::new(Ask::Search, "")));
            }
            Action::Colour(colour) => self.session.command(Command::Colour(colour)),
            Action::ReverseOn => self.send(Key { ctrl: true, ..Key::plain(KeyCode::Char('9')) }),
            Action::ReverseOff => self.send(Key { ctrl: true, ..Key::plain(KeyCode::Char('0')) }),
            Action::ShiftReturn => self.send(Key { shift: true, ..Key::plain(KeyCode::Enter) }),
            Action::Inst => self.send(Key::plain(KeyCode::Insert)),
            Action::SendPrefix => self.send(PREFIX_KEY),
        }
    }

    /// Shows the scope, or puts it away.
    fn open_scope(&mut self) {
        if matches!(self.layers.last(), Some(Layer::Scope(_))) {
            return self.close();
        }
        self.session.command(Command::WatchWire(true));
        let mut bench = Box::new(Bench::live());
        wire::update(&mut bench, &self.snap);
        self.show(Layer::Scope(bench));
    }

    fn send(&mut self, key: Key) {
        self.session.command(Command::Key(key));
    }

    /// Shows a layer in place of dialogs that are open; the start screen stays below.
    fn show(&mut self, layer: Layer) {
        if !matches!(layer, Layer::Scope(_)) {
            self.stop_scope();
        }
        self.layers.retain(|layer| matches!(layer, Layer::Chooser(_)));
        self.layers.push(layer);
    }

    fn look_back(&mut self, key: Key) {
        let down = key.code == KeyCode::PageDown;
        if let Some(Layer::Lookback(lookback)) = self.layers.last_mut() {
            lookback.key(Key::plain(if down { KeyCode::PageDown } else { KeyCode::PageUp }), &self.snap);
        } else if !down {
            let height = u64::from(self.snap.screen.rows);
            self.show(Layer::Lookback(Lookback::open(&self.snap, height)));
        }
    }

    fn ask_file(&mut self, ask: Ask, stem: &str, ext: &str) {
        let path = files::free_name(&self.look.directory, stem, ext);
        self.show(Layer::Prompt(Prompt::new(ask, &path.to_string_lossy())));
    }

    /// A key for the topmost layer.
    fn layer_key(&mut self, key: Key, now: Stamp) {
        let Some(layer) = self.layers.last_mut() else { return };
        let escape = key.code == KeyCode::Escape;
        match layer {
            Layer::Help(first) => match key.code {
                KeyCode::Escape | KeyCode::Char('q' | 'Q' | '?') | KeyCode::Enter => self.close(),
                KeyCode::Up => *first = first.saturating_sub(1),
                KeyCode::Down => *first += 1,
                KeyCode::PageUp => *first = first.saturating_sub(10),
                KeyCode::PageDown | KeyCode::Char(' ') => *first += 10,
                KeyCode::Home => *first = 0,
                _ => {}
            },
            Layer::Scope(bench) => {
                if bench.key(key) == Reply::Close {
                    self.close();
                }
            }
            Layer::Picker(_) if escape => self.close(),
            Layer::Picker(picker) => {
                if let Some(pick) = picker.key(key) {
                    self.close();
                    self.picked(pick);
                }
            }
            Layer::Prompt(_) if escape => self.close(),
            Layer::Prompt(prompt) if key.code == KeyCode::Enter => {
                let (ask, text) = (prompt.ask.clone(), prompt.field.text());
                self.answer(&ask, text.trim(), now);
            }
            Layer::Prompt(prompt) => {
                prompt.error = None;
                prompt.field.key(key);
            }
            Layer::Confirm(confirm) => {
                let confirmed = matches!(key.code, KeyCode::Char('y' | 'Y')).then(|| confirm.clone());
                self.close();
                if let Some(confirmed) = confirmed {
                    self.confirmed(confirmed, now);
                }
            }
            Layer::Browser(browser) => {
                let reply = browser.key(key);
                self.browsed(reply);
            }
            Layer::Form(form) => {
                let reply = form.key(key);
                self.filled_in(reply);
            }
            Layer::Lookback(lookback) => {
                let reply = lookback.key(key, &self.snap);
                self.looked(reply, now);
            }
            Layer::Book(_) if key.code == KeyCode::Char('?') => self.layers.push(Layer::Help(0)),
            Layer::Book(book) => {
                if let Some(wish) = book.key(key) {
                    self.wished(wish, now);
                }
            }
            Layer::Chooser(_) if matches!(key.code, KeyCode::Char('q' | 'Q')) || escape => self.quit(),
            Layer::Chooser(_) if key.code == KeyCode::Char('?') => self.layers.push(Layer::Help(0)),
            Layer::Chooser(chooser) => {
                if let Some(wish) = chooser.key(key) {
                    self.wished(wish, now);
                }
            }
        }
    }

    fn close(&mut self) {
        self.stop_scope();
        self.layers.pop();
    }

    /// Nobody looks at the wire any more.
    fn stop_scope(&mut self) {
        if matches!(self.layers.last(), Some(Layer::Scope(_))) {
            self.session.command(Command::WatchWire(false));
        }
    }

    fn picked(&mut self, pick: Pick) {
        match pick {
            Pick::Command(command) => self.session.command(command),
            Pick::AskCharset => {
                let now = self.snap.status.charset.clone();
                self.layers.push(Layer::Prompt(Prompt::new(Ask::Charset, &now)));
            }
            Pick::AskLine => {
                let now = self.snap.status.line.to_string();
                self.layers.push(Layer::Prompt(Prompt::new(Ask::Line, &now)));
            }
        }
    }

    fn wished(&mut self, wish: Wish, now: Stamp) {
        match wish {
            Wish::Call(choice) => match self.call(&choice) {
                Ok(()) => {}
                Err(why) => self.note = Some((now, Severity::Error, why)),
            },
            Wish::AskAddress => self.layers.push(Layer::Prompt(Prompt::new(Ask::Address, ""))),
            Wish::AskEntry => self.layers.push(Layer::Prompt(Prompt::new(Ask::EntryName, ""))),
            Wish::Remove(name) => self.layers.push(Layer::Confirm(Confirm::Remove(name))),
            Wish::Rescan => {
                if let Some(Layer::Chooser(chooser)) = self.layers.last_mut() {
                    *chooser = Chooser::look(self.services);
                }
                self.tell(now, "looked for ports again");
            }
            Wish::Close => self.close(),
        }
    }

    fn call(&mut self, choice: &Choice) -> Result<(), String> {
        if self.snap.transfer.is_some() {
            return Err("a transfer is under way; hang up before another is called".to_owned());
        }
        let config = self.services.session_for(choice)?;
        self.layers.clear();
        self.session.command(Command::Call(Box::new(config)));
        Ok(())
    }

    fn looked(&mut self, reply: LookReply, now: Stamp) {
        match reply {
            LookReply::Done => {}
            LookReply::AskQuery => self.layers.push(Layer::Prompt(Prompt::new(Ask::Search, ""))),
            LookReply::NotFound => self.tell(now, "nothing more is found"),
            LookReply::Close => self.close(),
        }
    }

    fn reopen_book(&mut self) {
        if let Some(Layer::Book(book)) = self.layers.last_mut() {
            *book = Book::open(self.services, book.selected);
        }
    }

    fn tell(&mut self, now: Stamp, text: &str) {
        self.note = Some((now, Severity::Info, text.to_owned()));
    }

    fn report(&mut self, now: Stamp, result: Result<(), String>, done: &str) {
        match result {
            Ok(()) => self.tell(now, done),
            Err(why) => self.note = Some((now, Severity::Error, why)),
        }
    }

    /// The keyboard help of the screen in use.
    pub(super) fn keyboard_help(&self) -> Vec<crate::ui::front::KeyLine> {
        self.services.keyboard_help(self.snap.screen.kind, self.snap.status.wire)
    }
}
