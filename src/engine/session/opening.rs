//! Opening, losing and ending: when a link is opened (again), and what its end means.

use super::{Inverter, Mode, Output, Session};
use crate::engine::reconnect::Backoff;
use crate::engine::watch::ErrorRate;
use crate::engine::watch::Petsciiness;
use crate::engine::watch::Silence;
use crate::engine::{
    Counters, Event, Failure, LinkCommand, LinkInfo, Medium, ModemLines, OpenRequest, Outcome, SessionConfig,
    Severity, StatusLink, Target, Trouble,
};
use crate::line::Codec;
use crate::line::LineFormat;
use crate::petscii::host::HostCharset;
use crate::telnet::Telnet;

impl Session {
    pub(super) fn connect(&mut self) {
        if matches!(self.link, StatusLink::Up | StatusLink::Connecting) {
            self.hang_up();
        }
        self.identity = None;
        self.backoff = None;
        self.open();
    }

    pub(super) fn call(&mut self, config: SessionConfig) {
        if !matches!(self.link, StatusLink::Idle | StatusLink::Down) {
            self.hang_up();
        }
        match HostCharset::from_label(&config.charset) {
            Some(charset) => self.charset = charset,
            None => self.warn(format!("no charset is called '{}'", config.charset)),
        }
        self.first_call = false;
        self.config = config;
        // A script was for the first call.
        self.player = None;
        self.rx_bytes = 0;
        self.tx_bytes = 0;
        self.new_screen();
        self.connect();
    }

    pub(super) fn open(&mut self) {
        self.link = StatusLink::Connecting;
        if self.mode != Mode::Attended && matches!(self.config.target, Target::Listen { .. }) {
            // Whoever sits before it may wait for a caller as long as he likes.
            self.nobody_calls_at = Some(self.now + self.config.timeout);
        }
        self.codec = Codec::new(&self.config.line, self.config.strip7, self.config.set7);
        let ends_by_itself = matches!(self.config.target, Target::Play { .. });
        if self.mode == Mode::Unattended && self.player.is_none() && !ends_by_itself {
            self.give_up_at = Some(self.now + self.config.timeout);
        }
        let request = OpenRequest {
            target: self.config.target.clone(),
            native: self.native(&self.codec),
            flow: self.config.flow,
            lock: self.config.lock,
            low_latency: self.config.low_latency,
            timeout: self.config.timeout,
            identity: self.identity.clone(),
            inversion: self.config.inverting.needed_at(&self.config.target, &self.config.line),
        };
        self.outputs.push_back(Output::Link(LinkCommand::Open(Box::new(request))));
    }

    pub(super) fn open_again(&mut self) {
        if let Some(backoff) = &mut self.backoff {
            backoff.trying();
        }
        self.open();
        self.link = StatusLink::Waiting;
    }

    pub(super) fn opened(&mut self, info: LinkInfo) {
        let again = self.backoff.take().is_some();
        self.link = StatusLink::Up;
        self.first_call = false;
        self.nobody_calls_at = None;
        self.busy = true;
        self.told_offline = false;
        (self.dtr, self.rts) = (true, true);
        self.pending_line = None;
        self.opened_at = Some(self.now);
        self.errors = Counters::default();
        self.driver_errors = Counters::default();
        self.rate = ErrorRate::default();
        self.petsciiness = Petsciiness::default();
        self.identity.clone_from(&info.identity);
        self.silence = if info.medium == Medium::Serial { Silence::start(self.now) } else { Silence::none() };
        self.telnet = (info.medium == Medium::Net).then(|| Telnet::new(self.telnet_config()));
        if !matches!(info.medium, Medium::Serial | Medium::Edges) {
            let plain = LineFormat::new(self.config.line.baud);
            self.codec = Codec::new(&plain, self.config.strip7, self.config.set7);
        }
        let seen = info.medium == Medium::Edges;
        let line = if info.medium == Medium::Serial || seen {
            self.codec.native()
        } else {
            // A link without a line is drawn as one that is quick enough for most.
            LineFormat::new(115_200)
        };
        self.tap.opened(self.now, !seen, line);
        self.tapped();
        let verb = if again { "back" } else { "connected" };
        self.tell(Severity::Info, format!("{verb}: {}", info.name));
        for remark in &info.remarks {
            self.tell(Severity::Warning, remark.clone());
        }
        let abilities = info.abilities;
        self.info = Some(info);
        self.begin_inverting(abilities);
        self.telnet_events();
        if let Some(request) = self.first_transfer.take() {
            self.begin_transfer(*request);
        }
    }

    pub(super) fn hang_up(&mut self) {
        if matches!(self.link, StatusLink::Idle | StatusLink::Down) {
            return;
        }
        self.transfer_hung_up();
        self.outputs.push_back(Output::Link(LinkCommand::Close));
        self.backoff = None;
        self.down();
        self.tell(Severity::Info, "hung up".to_owned());
    }

    /// The link is gone: what was queued for it is given up, and said to be.
    pub(super) fn down(&mut self) {
        self.link = StatusLink::Down;
        self.info = None;
        self.opened_at = None;
        self.telnet = None;
        self.inverter = Inverter::default();
        self.silence = Silence::none();
        self.lines = ModemLines::default();
        if let Some(abandoned) = self.outbox.reset() {
            self.tell_abandoned(abandoned, "the link went down");
        }
    }

    pub(super) fn closed(&mut self, trouble: Trouble) {
        if self.link == StatusLink::Waiting && self.backoff.is_some() {
            // A try to open the lost device again failed; only the device's absence is a reason to go on.
            match (trouble.failure, &mut self.backoff) {
                (
                    Failure::NotFound
                    | Failure::Unplugged
                    | Failure::Busy
                    | Failure::Permission
                    | Failure::Io,
                    Some(backoff),
                ) => return backoff.failed(self.now),
                _ => self.backoff = None,
            }
        }
        self.through_telnet(|telnet, _, application| telnet.finish(application));
        self.transfer_hung_up();
        let was_up = self.link == StatusLink::Up;
        let medium = self.info.as_ref().map(|info| info.medium);
        self.down();
        let lost_device = trouble.failure == Failure::Unplugged && medium == Some(Medium::Serial);
        let caller_left = was_up && matches!(self.config.target, Target::Listen { .. });
        let attended = self.mode == Mode::Attended && self.outcome.is_none();
        if was_up && attended && self.config.reconnect && (lost_device || caller_left) {
            let what = if lost_device {
                "unplugged, waiting for it to come back"
            } else {
                "the caller left; listening again"
            };
            self.tell(Severity::Warning, format!("{}: {what}", trouble.what));
            self.link = StatusLink::Waiting;
            self.backoff = Some(Backoff::start(self.now));
            return;
        }
        let severity = if trouble.failure == Failure::PeerClosed { Severity::Info } else { Severity::Error };
        let text = if trouble.next.is_empty() {
            trouble.what.clone()
        } else {
            format!("{}; {}", trouble.what, trouble.next)
        };
        self.tell(severity, text);
        if self.mode != Mode::Attended {
            self.end_unattended(trouble, was_up);
        } else if self.first_call {
            // What was asked for on the command line cannot be had: that is an answer, not a screen to sit at.
            self.finish(Outcome::Link(trouble));
        }
    }

    /// Without a person a session ends with its link, once its script has had a last look at the screen.
    pub(super) fn end_unattended(&mut self, trouble: Trouble, was_up: bool) {
        let clean = was_up && trouble.failure == Failure::PeerClosed;
        if self.mode == Mode::Transfer && self.is_transferring() {
            // The store has the last word.
            self.lost = Some(trouble);
            return;
        }
        if let Some(outcome) = self.last_words.take() {
            return self.finish_transfer(outcome, Some(trouble));
        }
        if !clean {
            return self.finish(Outcome::Link(trouble));
        }
        self.play();
        match &self.player {
            None => self.finish(Outcome::Done),
            // What it waits for will not come; the rest of the script, a dump or a pause, can still be played.
            Some(player) => {
                if let Some(wanted) = player.wanted() {
                    let wanted = wanted.to_owned();
                    self.finish(Outcome::ScriptTimeout { wanted });
                }
            }
        }
    }

    /// The script is over: the session ends once what it sent has been handed on.
    pub(super) fn end_when_sent(&mut self) {
        self.player = None;
        if self.link == StatusLink::Up {
            self.ending = Some(self.now + self.config.timeout);
        } else {
            self.finish(Outcome::Done);
        }
    }

    pub(super) fn finish(&mut self, outcome: Outcome) {
        if self.outcome.is_some() {
            return;
        }
        self.break_transfer_off(&outcome);
        self.set_capture(false);
        self.tap.finish();
        self.tapped();
        self.player = None;
        self.outcome = Some(outcome.clone());
        self.outputs.push_back(Output::Event(Event::Finished(outcome)));
    }
}
