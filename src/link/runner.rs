//! The engine's thread: one loop that owns a session, its link, its log and its capture.
//!
//! Everything that happens comes through one bounded queue; the loop waits on it until the earliest
//! [`Wake`]. Pictures are handed over through a one-slot mailbox (the latest wins), at most sixty a second, so that
//! a slow front end never holds up the line.

mod files;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender, TryRecvError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::cargo;
use super::demo::Board;
use super::driver::Driver;
use super::log::Log;
pub use super::log::{LogFormat, TimeFormat};
use super::mailbox::Mailbox;
use super::play;
use super::record::Recorder;
use super::sim::SimLink;
use super::{Clock, LinkMessage};
use crate::engine::{
    Command, Event, LinkCommand, LinkEvent, Notice, Outcome, Output, Session, Severity, Snapshot, Target,
    Trouble,
};
use crate::time::{Span, Stamp, Wake};
use crate::transfer::{Keeper, Kept, Options, Store};

/// Messages that may wait for the engine; a link that is quicker waits.
const QUEUE: usize = 64;
/// Between two pictures.
const PICTURE: Span = Span::from_millis(16);

/// A link, simulated or real, as the loop drives it.
pub struct Links {
    driver: Option<Driver>,
    simulated: Option<SimLink>,
    /// A recording could not be opened.
    refused: Option<Trouble>,
}

impl Links {
    /// Simulated lines only.
    pub fn simulated() -> Links {
        Links { driver: None, simulated: None, refused: None }
    }

    /// Every kind.
    pub fn with_driver(driver: Driver) -> Links {
        Links { driver: Some(driver), simulated: None, refused: None }
    }

    /// Does what is wanted of the link.
    pub fn command(&mut self, now: Stamp, command: LinkCommand) {
        if let LinkCommand::Open(request) = &command {
            self.refused = None;
            self.simulated = match &request.target {
                Target::Demo => Some(SimLink::demo(Board::new())),
                Target::Loop => Some(SimLink::loopback()),
                Target::Play { file, channel } => match play::load(file, channel.as_deref()) {
                    Ok((playback, remarks)) => {
                        let name = request.target.to_string();
                        Some(SimLink::playing(playback, name).with_remarks(remarks))
                    }
                    Err(trouble) => {
                        self.refused = Some(trouble);
                        return;
                    }
                },
                _ => None,
            };
        }
        match (&mut self.simulated, &mut self.driver) {
            (Some(line), _) => line.command(now, command),
            (None, Some(driver)) => driver.command(command),
            (None, None) => {}
        }
    }

    /// Lets a simulated line live until `now`.
    pub fn advance(&mut self, now: Stamp) {
        if let Some(line) = &mut self.simulated {
            line.advance(now);
        }
    }

    /// The next event of a simulated line, or of a recording that could not be opened.
    pub fn poll(&mut self) -> Option<LinkEvent> {
        let refused = self.refused.take().map(LinkEvent::Closed);
        refused.or_else(|| self.simulated.as_mut().and_then(SimLink::poll))
    }

    /// Whether what a real link says is of its latest opening.
    pub fn is_current(&self, message: &LinkMessage) -> bool {
        let current = self.driver.as_ref().map(Driver::opening);
        current == Some(message.opening) && self.simulated.is_none()
    }

    /// Closes a real link, see [`Driver::finish`].
    pub fn finish(mut self) {
        if let Some(driver) = self.driver.take() {
            driver.finish();
        }
    }

    /// When the next thing happens on a simulated line.
    pub fn wake(&self) -> Wake {
        self.simulated.as_ref().map_or(Wake::OnInput, SimLink::wake)
    }
}

/// Lockstep in virtual time: every end is simulated, nothing waits, no thread runs.
///
/// `keeper` keeps the files of a transfer that the session begins with. `on_event` sees each event with the session at that moment. Returns the virtual time at the end.
///
/// # Errors
/// What `on_event` fails with.
pub fn run_virtual(
    session: &mut Session,
    mut keeper: Option<Box<dyn Keeper>>,
    mut on_event: impl FnMut(&Session, Event) -> io::Result<()>,
) -> io::Result<Stamp> {
    let mut links = Links::simulated();
    let mut now = Stamp::ZERO;
    session.command(now, Command::Connect);
    loop {
        loop {
            let mut any = false;
            links.advance(now);
            while let Some(event) = links.poll() {
                any = true;
                session.link(now, event);
            }
            while let Some(output) = session.poll() {
                any = true;
                match output {
                    Output::Link(command) => links.command(now, command),
                    Output::Event(Event::Store(wish)) => {
                        let (answer, notes) = answer(keeper.as_deref_mut(), wish);
                        for note in notes {
                            session.command(now, Command::Warn(note));
                        }
                        session.command(now, Command::Stored(answer));
                    }
                    Output::Event(Event::TransferWanted { sending, file, protocol }) => {
                        let command = match cargo::of_script(
                            sending,
                            Path::new(&file),
                            protocol,
                            script_options(session),
                        ) {
                            Ok((request, new)) => {
                                keeper = new;
                                Command::Transfer(Box::new(request))
                            }
                            Err(unfit) => Command::NoTransfer(unfit),
                        };
                        session.command(now, command);
                    }
                    Output::Event(mut event) => {
                        for said in close_after(&mut event, &mut keeper) {
                            session.command(now, Command::Warn(said));
                        }
                        on_event(session, event)?;
                    }
                }
            }
            if !any {
                break;
            }
        }
        if session.outcome().is_some() {
            return Ok(now);
        }
        match session.wake().earliest(links.wake()) {
            Wake::Now => {}
            Wake::At(at) => now = now.max(at),
            // Nothing will ever happen again: a session without a script and without a far end that speaks.
            Wake::OnInput => {
                session.command(now, Command::Quit);
                continue;
            }
        }
        session.timeout(now);
    }
}

/// A script's transfer: received text ends with silence, as every wait of the script does.
fn script_options(session: &Session) -> Options {
    Options { quiet: Some(session.config().timeout), ..Options::default() }
}

/// What a keeper says to a wish, and what else there is to tell.
fn answer(keeper: Option<&mut (dyn Keeper + 'static)>, wish: Store) -> (Result<Kept, String>, Vec<String>) {
    match keeper {
        Some(keeper) => (keeper.answer(wish), keeper.notes()),
        None => (Err("there is nowhere to keep files".to_owned()), Vec::new()),
    }
}

/// Once a transfer is over, what is left of files that are not complete is made safe; what there is to say of it.
fn close_after(event: &mut Event, keeper: &mut Option<Box<dyn Keeper>>) -> Vec<String> {
    if !matches!(event, Event::TransferEnded(_) | Event::TransferRefused(_)) {
        return Vec::new();
    }
    let Some(mut keeper) = keeper.take() else { return Vec::new() };
    let partial = keeper.close();
    let mut said = keeper.notes();
    if let Event::TransferEnded(report) = event {
        report.partial = partial;
        said.extend(report.kept());
    }
    said
}

enum Message {
    Command(Command),
    Link(LinkMessage),
    Log(Option<PathBuf>, LogFormat, mpsc::Sender<Result<(), String>>),
    Capture(Option<PathBuf>, mpsc::Sender<Result<(), String>>),
    Record(PathBuf, mpsc::Sender<Result<(), String>>),
    Keep(Box<dyn Keeper>),
}

/// A session that runs in its own thread.
pub struct Running {
    messages: SyncSender<Message>,
    mailbox: Arc<Mailbox<Snapshot>>,
    thread: Mutex<Option<JoinHandle<Session>>>,
    log_format: LogFormat,
    log_file: Mutex<Option<PathBuf>>,
}

impl Running {
    /// Starts `session`; `notify` is called from its thread when there is a picture that was not there
    /// when the last one was taken, and `events` gets every event.
    pub fn start(
        session: Session,
        log_format: LogFormat,
        notify: impl Fn() + Send + Sync + 'static,
        events: impl FnMut(&Session, Event) + Send + 'static,
    ) -> Running {
        let clock = Clock::start();
        let (messages, receiver) = mpsc::sync_channel(QUEUE);
        let mailbox = Arc::new(Mailbox::new(session.snapshot(Stamp::ZERO), notify));
        let to_loop = messages.clone();
        let driver = Driver::new(clock, move |message| to_loop.send(Message::Link(message)).is_ok());
        let shared = Arc::clone(&mailbox);
        let thread = thread::spawn(move || {
            let mut engine = Loop {
                session,
                clock,
                links: Links::with_driver(driver),
                mailbox: shared,
                events: Box::new(events),
                log: None,
                capture: None,
                recorder: None,
                keeper: None,
                published: Stamp::ZERO,
                stale: true,
            };
            engine.run(&receiver);
            // A link that waits to deliver something must not hold up its own end.
            drop(receiver);
            engine.end()
        });
        Running {
            messages,
            mailbox,
            thread: Mutex::new(Some(thread)),
            log_format,
            log_file: Mutex::default(),
        }
    }

    /// Tells the session something.
    pub fn command(&self, command: Command) {
        // A loop that has ended has told so; what is meant for it is moot.
        let _ = self.messages.send(Message::Command(command));
    }

    /// The latest picture.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.mailbox.take()
    }

    /// Starts a log, appended to, or stops it.
    ///
    /// # Errors
    /// What went wrong and what to do.
    pub fn log(&self, file: Option<PathBuf>) -> Result<(), String> {
        let (answer, answered) = mpsc::channel();
        let result = self.ask(Message::Log(file.clone(), self.log_format, answer), &answered);
        *self.log_file.lock().unwrap_or_else(PoisonError::into_inner) = file.filter(|_| result.is_ok());
        result
    }

    /// The log being written, if there is one.
    pub fn log_file(&self) -> Option<PathBuf> {
        self.log_file.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Starts a capture into a new file, or stops it.
    ///
    /// # Errors
    /// What went wrong and what to do.
    pub fn capture(&self, file: Option<PathBuf>) -> Result<(), String> {
        let (answer, answered) = mpsc::channel();
        self.ask(Message::Capture(file, answer), &answered)
    }

    /// Records the lines of every link that is opened from now on, into a new file, until the session is over.
    ///
    /// # Errors
    /// What went wrong and what to do.
    pub fn record(&self, file: PathBuf) -> Result<(), String> {
        let (answer, answered) = mpsc::channel();
        self.ask(Message::Record(file, answer), &answered)
    }

    /// Files that a transfer brings are kept there: the one that begins next.
    pub fn keep(&self, keeper: Box<dyn Keeper>) {
        // As for commands.
        let _ = self.messages.send(Message::Keep(keeper));
    }

    fn ask(&self, message: Message, answered: &Receiver<Result<(), String>>) -> Result<(), String> {
        let over = || "the session is over".to_owned();
        self.messages.send(message).map_err(|_| over())?;
        answered.recv().map_err(|_| over())?
    }

    /// Waits for the session's end; its last state, for the first who asks.
    pub fn join(&self) -> Option<Session> {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        thread.and_then(|thread| thread.join().ok())
    }

    /// Ends the session and waits for its thread.
    pub fn finish(&self) -> Option<Session> {
        self.command(Command::Quit);
        self.join()
    }
}

type OnEvent = Box<dyn FnMut(&Session, Event) + Send>;

struct Loop {
    session: Session,
    clock: Clock,
    links: Links,
    mailbox: Arc<Mailbox<Snapshot>>,
    events: OnEvent,
    log: Option<Log>,
    capture: Option<BufWriter<File>>,
    recorder: Option<Recorder>,
    /// Where the files of a transfer are kept.
    keeper: Option<Box<dyn Keeper>>,
    published: Stamp,
    stale: bool,
}

impl Loop {
    fn run(&mut self, receiver: &Receiver<Message>) {
        loop {
            self.settle();
            if self.session.outcome().is_some() {
                self.publish(self.clock.now());
                return;
            }
            let now = self.clock.now();
            self.publish_if_due(now);
            let mut wake = self.session.wake().earliest(self.links.wake());
            if self.stale {
                wake = wake.earliest(Wake::At(self.published + PICTURE));
            }
            let message = match receiver.try_recv() {
                Ok(message) => Some(message),
                Err(TryRecvError::Disconnected) => return,
                Err(TryRecvError::Empty) => {
                    // Files are complete whenever there is nothing to do.
                    self.flush();
                    let wait = match wake {
                        Wake::Now => Duration::ZERO,
                        Wake::At(at) => at.since(self.clock.now()).as_duration(),
                        Wake::OnInput => Duration::MAX,
                    };
                    match receiver.recv_timeout(wait) {
                        Ok(message) => Some(message),
                        Err(RecvTimeoutError::Timeout) => None,
                        Err(RecvTimeoutError::Disconnected) => return,
                    }
                }
            };
            let now = self.clock.now();
            if let Some(message) = message {
                self.handle(now, message);
                // What else is there is taken along, but a picture is due now and then.
                for message in receiver.try_iter().take(QUEUE) {
                    self.settle();
                    self.handle(now, message);
                }
            }
            // Also in a stream of messages that never ends.
            self.session.timeout(self.clock.now());
            self.stale = true;
        }
    }

    fn handle(&mut self, now: Stamp, message: Message) {
        match message {
            Message::Command(command) => self.session.command(now, command),
            Message::Link(message) => {
                if self.links.is_current(&message) {
                    self.log_received(&message.event);
                    self.session.link(now, message.event);
                }
            }
            Message::Log(file, format, answer) => {
                let result = self.set_log(file, format);
                // Whoever asked may have given up.
                let _ = answer.send(result);
            }
            Message::Capture(file, answer) => {
                let _ = answer.send(self.set_capture(now, file));
            }
            Message::Record(file, answer) => {
                let _ = answer.send(self.set_record(now, &file));
            }
            Message::Keep(keeper) => self.keep(Some(keeper)),
        }
    }

    /// What the next transfer is kept by; one that is under way keeps its own, and the next is refused.
    fn keep(&mut self, keeper: Option<Box<dyn Keeper>>) {
        if !self.session.is_transferring() {
            self.keeper = keeper;
        }
    }

    /// Moves everything that waits from the session to the links and back until nothing does.
    fn settle(&mut self) {
        loop {
            let now = self.clock.now();
            let mut any = self.advance_simulated(now);
            while let Some(output) = self.session.poll() {
                any = true;
                match output {
                    Output::Link(command) => {
                        self.log_sent(&command);
                        self.links.command(now, command);
                    }
                    Output::Event(event) => self.event(event),
                }
            }
            if !any {
                return;
            }
        }
    }

    fn advance_simulated(&mut self, now: Stamp) -> bool {
        self.links.advance(now);
        let mut any = false;
        while let Some(event) = self.links.poll() {
            self.log_received(&event);
            self.session.link(now, event);
            any = true;
        }
        any
    }

    fn event(&mut self, mut event: Event) {
        match event {
            Event::Store(wish) => {
                let begins = matches!(wish, Store::Begin(_));
                let (answer, notes) = answer(self.keeper.as_deref_mut(), wish);
                for note in notes {
                    self.session.command(self.clock.now(), Command::Warn(note));
                }
                if let (true, Ok(kept)) = (begins, &answer) {
                    let said = format!("the file will be {}", kept.name);
                    self.session.command(self.clock.now(), Command::Note(said));
                }
                return self.session.command(self.clock.now(), Command::Stored(answer));
            }
            Event::TransferWanted { sending, ref file, protocol } => {
                let command =
                    match cargo::of_script(sending, Path::new(file), protocol, script_options(&self.session))
                    {
                        Ok((request, keeper)) => {
                            self.keep(keeper);
                            Command::Transfer(Box::new(request))
                        }
                        Err(unfit) => Command::NoTransfer(unfit),
                    };
                return self.session.command(self.clock.now(), command);
            }
            _ => {}
        }
        // Another transfer may be under way where one was refused.
        if !self.session.is_transferring() {
            for said in close_after(&mut event, &mut self.keeper) {
                self.tell(said);
            }
        }
        if matches!(event, Event::Finished(_))
            && let Err(trouble) = self.flush_files().and_then(|()| self.finish_record())
        {
            event = Event::Finished(Outcome::File(trouble));
        }
        let recorded = match (&mut self.recorder, &event) {
            (Some(recorder), Event::WireBegins { reconstructed, line }) => {
                Some(recorder.begins(*reconstructed, line))
            }
            (Some(recorder), Event::Edges { way, edges }) => Some(recorder.edges(*way, edges)),
            _ => None,
        };
        if let Some(recorded) = recorded {
            if let Err(trouble) = recorded {
                self.give_up_record(trouble);
            }
            return;
        }
        if let Event::Captured(line) = &event {
            if let Some(capture) = &mut self.capture
                && let Err(error) = writeln!(capture, "{line}")
            {
                let trouble = self.give_up_capture(&error);
                self.session.command(self.clock.now(), Command::FileTrouble(trouble));
            }
            return;
        }
        (self.events)(&self.session, event);
    }

    fn tell(&mut self, text: String) {
        let at = self.clock.now();
        if self.session.outcome().is_none() {
            self.session.command(at, Command::Warn(text));
        } else {
            // A session that is over tells nothing more.
            let notice = Notice { at, severity: Severity::Warning, text };
            (self.events)(&self.session, Event::Told(notice));
        }
    }

    fn publish_if_due(&mut self, now: Stamp) {
        if self.stale && now.since(self.published) >= PICTURE {
            self.publish(now);
        }
    }

    fn publish(&mut self, now: Stamp) {
        self.mailbox.put(self.session.snapshot(now));
        self.published = now;
        self.stale = false;
    }

    fn end(mut self) -> Session {
        self.settle();
        self.flush();
        if let Err(trouble) = self.finish_record() {
            tracing::error!("{trouble}");
        }
        self.links.finish();
        self.session
    }
}
