//! A file transfer as a session's role: who gets the bytes meanwhile, and when it begins and ends.
//!
//! While a protocol with sums runs, everything received goes to it and to nobody else: nothing is shown, echoed or
//! translated, keys are not sent, and what it sends goes out in one write, unpaced, with `FF` doubled on telnet and
//! no NUL after CR; XON/XOFF flow control rests meanwhile. A line that cannot carry eight bits is refused before a byte
//! is sent. On telnet BINARY is asked for in both directions first. Text is sent as a paste is, and received text is
//! shown as well. However the session ends, a transfer that has begun is reported once. Facts: `docs/transfer.md`.

use std::sync::Arc;

use super::stragglers::Stragglers;
use super::{Mode, Output, Session};
use crate::engine::{
    Cargo, Event, Failure as LinkFailure, Flow, LinkCommand, Medium, Outcome, Severity, StatusLink,
    TransferEnd, TransferReport, TransferRequest, TransferView, Trouble, Unfit,
};
use crate::telnet::{Side, Telnet, Transport};
use crate::time::{Span, Stamp, Wake};
use crate::transfer::{self, Failure, Kept, Options, Out, OutgoingFile, Protocol, Transfer};

/// How long answers to telnet BINARY are waited for.
const BINARY: Span = Span::from_secs(3);
/// A far end that speaks telnet says so within this time after it was called; then it is settled for the transfer.
const DECISION: Span = Span::from_millis(1_500);
/// Bytes that are kept for the engine until it begins.
const EARLY: usize = 65_536;
/// What an engine sent at its end may take so long to leave.
const LAST_BYTES: Span = Span::from_secs(5);
/// The picture is renewed at least this often, for its clock.
const TICK: Span = Span::from_millis(500);

/// A transfer that was asked for and is not over.
pub(super) struct Transferring {
    protocol: Protocol,
    sending: bool,
    stage: Stage,
    began: Stamp,
    /// When bytes of files were through for the first time, and how many: whatever was waited for before says nothing
    /// of how fast they go.
    first: Option<(Stamp, u64)>,
    ticked: Stamp,
    /// Bytes were given to the outbox, and the engine has not been told that they left.
    leaving: bool,
    /// Bytes of a text that were taken back.
    untyped: u64,
}

enum Stage {
    /// What the link is, and telnet BINARY, are being settled.
    Agreeing(Box<Agreeing>),
    Running(Box<dyn Transfer>),
}

struct Agreeing {
    request: TransferRequest,
    /// What came meanwhile.
    early: Vec<u8>,
    /// BINARY was asked for; answers are waited for until then.
    asked: Option<Stamp>,
}

impl Session {
    /// Begins with the first opening of the link, and ends the session with the transfer.
    ///
    /// # Errors
    /// As [`Session::fits`].
    pub fn transfer_first(&mut self, request: TransferRequest) -> Result<(), Unfit> {
        self.fits(&request)?;
        self.first_transfer = Some(Box::new(request));
        Ok(())
    }

    /// Whether received bytes belong to a transfer.
    pub(super) fn in_transfer(&self) -> bool {
        self.transferring.as_ref().is_some_and(|transferring| transferring.protocol.needs_eight_bits())
    }

    /// Whether a transfer is under way.
    pub fn is_transferring(&self) -> bool {
        self.transferring.is_some()
    }

    /// A transfer cannot begin: a script goes on without it before a person, and else the session ends like this.
    pub(super) fn no_transfer(&mut self, why: &str, outcome: Outcome) {
        self.tell(Severity::Error, why.to_owned());
        if let Some(player) = &mut self.player {
            player.transferred();
        }
        if self.mode != Mode::Attended {
            self.finish(outcome);
        }
    }

    /// Whether keys are refused; says so once in a while.
    pub(super) fn keys_are_held(&mut self) -> bool {
        if !self.in_transfer() {
            return false;
        }
        let text = "a transfer is under way: keys are not sent; Esc asks whether to cancel it";
        if self.notices.back().is_none_or(|notice| notice.text != text) {
            self.tell(Severity::Info, text.to_owned());
        }
        true
    }

    pub(super) fn begin_transfer(&mut self, request: TransferRequest) {
        let fits = if self.transferring.is_some() {
            Err(Unfit::Line("a transfer is under way already; cancel it first".to_owned()))
        } else if self.link != StatusLink::Up {
            Err(Unfit::Line("nothing is connected, so nothing can be transferred".to_owned()))
        } else {
            self.fits(&request)
        };
        if let Err(unfit) = fits {
            return self.refuse_transfer(unfit);
        }
        self.transfer_end = None;
        self.stragglers = None;
        self.transferring = Some(Transferring {
            protocol: request.protocol,
            sending: matches!(request.cargo, Cargo::Send(_)),
            began: self.now,
            first: None,
            ticked: self.now,
            leaving: false,
            untyped: 0,
            stage: Stage::Agreeing(Box::new(Agreeing { request, early: Vec::new(), asked: None })),
        });
        self.agree();
    }

    fn refuse_transfer(&mut self, unfit: Unfit) {
        let why = unfit.to_string();
        self.transfer_end = Some(Arc::new(TransferEnd::Refused(why.clone())));
        self.outputs.push_back(Output::Event(Event::TransferRefused(why.clone())));
        self.no_transfer(&why, Outcome::Unfit(unfit));
    }

    /// Starts the engine once it is settled what the link is and telnet has answered, or has had its time.
    pub(super) fn agree(&mut self) {
        let Some(Transferring { protocol, stage: Stage::Agreeing(agreeing), .. }) = &mut self.transferring
        else {
            return;
        };
        // What was typed and pasted before goes first, and no word of the protocol between.
        if !self.outbox.is_idle() {
            return;
        }
        let binary = protocol.needs_eight_bits();
        if let (true, Some(telnet)) = (binary, &mut self.telnet) {
            let Some(until) = agreeing.asked else {
                let decision = self.opened_at.unwrap_or_default() + DECISION;
                if telnet.is_undecided() && self.now < decision {
                    return;
                }
                agreeing.asked = Some(self.now + BINARY);
                let nul = self.config.transfer_cr_nul;
                self.through_telnet(|telnet, _, application| {
                    telnet.begin_transfer(nul, application);
                    telnet.request_binary();
                });
                return self.agree();
            };
            if telnet.is_asking_binary() && self.now < until {
                return;
            }
            self.warn_of_refused_binary();
        }
        let Some(Transferring { protocol, stage: Stage::Agreeing(agreeing), began, .. }) =
            self.transferring.take()
        else {
            return;
        };
        let Agreeing { request, early, .. } = *agreeing;
        let octet = if self.has_line() { self.octet_time() } else { Span::ZERO };
        let options = Options { octet, ..request.options };
        let sending = matches!(request.cargo, Cargo::Send(_));
        let engine = match request.cargo {
            Cargo::Send(files) => self.sender(protocol, files, &options),
            Cargo::Receive => Ok(transfer::receive(protocol, &options, self.now)),
        };
        match engine {
            Ok(engine) => {
                self.suspend_xon_xoff(protocol, true);
                self.transferring = Some(Transferring {
                    protocol,
                    sending,
                    stage: Stage::Running(engine),
                    began,
                    first: None,
                    ticked: self.now,
                    leaving: false,
                    untyped: 0,
                });
                self.drain_transfer();
                if !early.is_empty() {
                    self.drive_transfer(|engine, now| engine.receive(now, &early));
                }
            }
            Err(unfit) => {
                self.line_after_transfer(protocol);
                self.refuse_transfer(unfit);
            }
        }
    }

    /// The engine that sends these files.
    fn sender(
        &mut self,
        protocol: Protocol,
        mut files: Vec<OutgoingFile>,
        options: &Options,
    ) -> Result<Box<dyn Transfer>, Unfit> {
        let mut warnings = Vec::new();
        if protocol == Protocol::Text {
            for file in &mut files {
                let (typed, warning) = self.typed(file, options.force)?;
                *file = typed;
                warnings.extend(warning);
            }
        }
        let (engine, more) = transfer::send(protocol, files, options, self.now)
            .map_err(|refusal| Unfit::Data(refusal.to_string()))?;
        for warning in warnings.into_iter().chain(more) {
            self.warn(warning);
        }
        Ok(engine)
    }

    fn warn_of_refused_binary(&mut self) {
        let Some(telnet) = self.telnet.as_ref().filter(|telnet| telnet.transport() == Transport::Telnet)
        else {
            return;
        };
        let lacks: Vec<&str> = [(Side::Ours, "to"), (Side::Theirs, "from")]
            .into_iter()
            .filter(|(side, _)| !telnet.is_binary(*side))
            .map(|(_, way)| way)
            .collect();
        self.warn(format!(
            "telnet BINARY is not agreed {} the far end: FF is doubled all the same; if the transfer fails, try --raw \
             or another port of the board",
            lacks.join(" and ")
        ));
    }

    /// 11 and 13 (hex) are data in a file, and flow control again behind it.
    fn suspend_xon_xoff(&mut self, protocol: Protocol, suspended: bool) {
        let on_a_port = self.info.as_ref().is_some_and(|info| info.medium == Medium::Serial);
        if protocol.needs_eight_bits() && self.config.flow == Flow::Soft && on_a_port {
            let flow = if suspended { Flow::None } else { Flow::Soft };
            self.outputs.push_back(Output::Link(LinkCommand::SetFlow(flow)));
        }
    }

    /// Telnet and flow control as they were before the transfer.
    fn line_after_transfer(&mut self, protocol: Protocol) {
        self.suspend_xon_xoff(protocol, false);
        if let (true, Some(telnet)) = (protocol.needs_eight_bits(), &mut self.telnet) {
            telnet.end_transfer();
        }
    }

    /// Octets of the far end's, as its program meant them.
    pub(super) fn transfer_received(&mut self, octets: &[u8]) {
        match &mut self.transferring {
            Some(Transferring { stage: Stage::Agreeing(agreeing), .. }) => {
                let room = EARLY.saturating_sub(agreeing.early.len());
                agreeing.early.extend(octets.iter().take(room));
                self.agree();
            }
            _ => self.drive_transfer(|engine, now| engine.receive(now, octets)),
        }
    }

    /// Gives the engine octets for as long as it goes on; what is behind its end is the session's again.
    pub(super) fn transfer_takes<'a>(&mut self, octets: &'a [u8]) -> &'a [u8] {
        let mut rest = octets;
        while let Some((octet, after)) = rest.split_first() {
            if self.transferring.is_none() {
                break;
            }
            self.transfer_received(std::slice::from_ref(octet));
            rest = after;
        }
        rest
    }

    /// Gives the engine something and does what it wants.
    pub(super) fn drive_transfer(&mut self, act: impl FnOnce(&mut dyn Transfer, Stamp)) {
        let now = self.now;
        if let Some(Transferring { stage: Stage::Running(engine), .. }) = &mut self.transferring {
            act(engine.as_mut(), now);
            self.drain_transfer();
            self.look_for_first_bytes();
        }
    }

    fn look_for_first_bytes(&mut self) {
        if self.transferring.as_ref().is_none_or(|transferring| transferring.first.is_some()) {
            return;
        }
        let through = self.transfer_progress().map_or(0, |progress| through(&progress));
        if let Some(transferring) = self.transferring.as_mut().filter(|_| through > 0) {
            transferring.first = Some((self.now, through));
        }
    }

    /// Time has passed, or bytes have left.
    pub(super) fn transfer_timeout(&mut self) {
        self.agree();
        let idle = self.outbox.done_at().is_some_and(|at| at <= self.now);
        let now = self.now;
        let Some(transferring) = &mut self.transferring else { return };
        transferring.ticked = now;
        let left = transferring.leaving && idle;
        if left {
            transferring.leaving = false;
        }
        self.drive_transfer(|engine, now| {
            if left {
                engine.sent(now);
            }
            engine.timeout(now);
        });
    }

    pub(super) fn transfer_wake(&self) -> Wake {
        let Some(transferring) = &self.transferring else { return Wake::OnInput };
        let tick = Wake::At(transferring.ticked + TICK);
        let left = match self.outbox.done_at() {
            Some(at) if transferring.leaving => Wake::At(at),
            _ => Wake::OnInput,
        };
        match &transferring.stage {
            // Its leaving is an event.
            Stage::Agreeing(_) if !self.outbox.is_idle() => tick,
            Stage::Agreeing(agreeing) => {
                let until = agreeing.asked.unwrap_or(self.opened_at.unwrap_or_default() + DECISION);
                Wake::At(until).earliest(tick)
            }
            Stage::Running(engine) => engine.wake().earliest(tick).earliest(left),
        }
    }

    /// How the shell did what the engine wished.
    pub(super) fn transfer_stored(&mut self, outcome: Result<Kept, String>) {
        self.drive_transfer(|engine, now| engine.stored(now, outcome));
    }

    pub(super) fn cancel_transfer(&mut self) {
        let types = self.is_transferring() && !self.in_transfer();
        match &self.transferring {
            // The link is still being opened.
            None if self.first_transfer.take().is_some() => {
                self.finish(Outcome::Transfer(Failure::Cancelled));
            }
            None => {}
            Some(Transferring { stage: Stage::Agreeing(..), .. }) => {
                self.end_transfer(Err(Failure::Cancelled));
            }
            Some(Transferring { stage: Stage::Running(engine), .. }) => {
                let due = engine.due_block();
                self.drive_transfer(|engine, now| engine.cancel(now));
                if self.transferring.is_none() {
                    self.stragglers = due.map(|block| Stragglers::block(self.now, block));
                }
            }
        }
        if types {
            // What is still to be typed of a text is taken back.
            self.outbox.cancel();
        }
    }

    /// The far end did not take its text as it was told to be waited for.
    pub(super) fn transfer_overdue(&mut self, unsent: u64) {
        let waited = "the far end sent no echo or prompt in time".to_owned();
        if let Some(
            transferring @ Transferring {
                sending: true,
                protocol: Protocol::Text,
                stage: Stage::Running(_),
                ..
            },
        ) = &mut self.transferring
        {
            transferring.untyped = unsent;
            self.end_transfer(Err(Failure::TimedOut(waited)));
        }
    }

    /// The link is gone.
    pub(super) fn transfer_hung_up(&mut self) {
        if let Some(Transferring { stage: Stage::Agreeing(..), .. }) = &self.transferring {
            return self.end_transfer(Err(Failure::LinkLost));
        }
        self.drive_transfer(|engine, now| engine.hung_up(now));
    }

    fn drain_transfer(&mut self) {
        while let Some(Transferring { stage: Stage::Running(engine), leaving, .. }) = &mut self.transferring {
            let Some(out) = engine.poll() else { return };
            match out {
                Out::Tx(bytes) => {
                    *leaving = true;
                    self.outbox.push_typed(bytes);
                    // In a write of its own.
                    self.pump();
                }
                Out::Type(bytes) => {
                    *leaving = true;
                    self.paste_octets(bytes);
                    self.pump();
                }
                Out::Store(wish) => self.outputs.push_back(Output::Event(Event::Store(wish))),
                Out::Note(text) => self.tell(Severity::Info, text),
                Out::Ended(result) => {
                    let leftover = engine.leftover();
                    self.end_transfer(result);
                    // The far end has gone on meanwhile.
                    self.application(&leftover);
                }
            }
        }
    }

    /// The session is over in the middle.
    pub(super) fn break_transfer_off(&mut self, outcome: &Outcome) {
        let failure = match outcome {
            Outcome::Transfer(failure) => failure.clone(),
            Outcome::File(trouble) => Failure::Store(trouble.clone()),
            Outcome::Link(_) => Failure::LinkLost,
            _ => Failure::Cancelled,
        };
        self.report_transfer(Err(failure));
    }

    /// Tells how the transfer ended, if there is one.
    fn report_transfer(&mut self, result: Result<(), Failure>) -> Option<Outcome> {
        let progress = self.transfer_progress()?;
        let ended = self.transferring.take()?;
        self.line_after_transfer(ended.protocol);
        let report = TransferReport {
            protocol: ended.protocol,
            sending: ended.sending,
            result,
            progress,
            began: ended.began,
            elapsed: self.now.since(ended.began),
            partial: None,
        };
        let remarked = report.progress.done.iter().any(|done| done.remark.is_some());
        let severity = match &report.result {
            Ok(()) if remarked => Severity::Warning,
            Ok(()) => Severity::Info,
            Err(_) => Severity::Error,
        };
        self.tell(severity, report.to_string());
        let outcome = match &report.result {
            Ok(()) => Outcome::Done,
            Err(failure) => Outcome::Transfer(failure.clone()),
        };
        if report.protocol == Protocol::Punter && !report.sending && report.result.is_ok() {
            self.stragglers = Some(Stragglers::codes(self.now));
        }
        let report = Box::new(report);
        self.transfer_end = Some(Arc::new(TransferEnd::Over(report.clone())));
        self.outputs.push_back(Output::Event(Event::TransferEnded(report)));
        Some(outcome)
    }

    fn end_transfer(&mut self, result: Result<(), Failure>) {
        let Some(outcome) = self.report_transfer(result) else { return };
        if let Some(player) = &mut self.player {
            player.transferred();
            if outcome != Outcome::Done && self.mode != Mode::Attended {
                return self.finish(outcome);
            }
        }
        if self.mode != Mode::Transfer {
            return;
        }
        if let Some(trouble) = self.lost.take() {
            self.finish_transfer(outcome, Some(trouble));
        } else {
            self.last_words = Some(outcome);
            self.ending = Some(self.now + LAST_BYTES);
        }
    }

    /// Ends a session that was for a transfer. A link that broke in the middle says more than that it is lost.
    pub(super) fn finish_transfer(&mut self, outcome: Outcome, trouble: Option<Trouble>) {
        let lost = outcome == Outcome::Transfer(Failure::LinkLost);
        self.finish(match trouble {
            Some(trouble) if lost && trouble.failure != LinkFailure::PeerClosed => Outcome::Link(trouble),
            _ => outcome,
        });
    }

    /// Where it stands. Of a text the engine knows the length alone, and the outbox how much has not left.
    fn transfer_progress(&self) -> Option<transfer::Progress> {
        let transferring = self.transferring.as_ref()?;
        Some(match &transferring.stage {
            Stage::Agreeing(agreeing) => transfer::Progress {
                doing: match agreeing.asked {
                    _ if !self.outbox.is_idle() => "waiting for what was typed before to leave",
                    Some(_) => "asking for telnet BINARY",
                    None => "finding out whether it is telnet",
                },
                ..transfer::Progress::default()
            },
            Stage::Running(engine) => {
                let mut progress = engine.progress();
                if transferring.sending && !transferring.protocol.needs_eight_bits() {
                    let waits = self.outbox.backlog() as u64 + transferring.untyped;
                    progress.bytes = progress.length.unwrap_or_default().saturating_sub(waits);
                }
                progress
            }
        })
    }

    /// The transfer in the picture.
    pub(super) fn transfer_view(&self, now: Stamp) -> Option<TransferView> {
        let transferring = self.transferring.as_ref()?;
        let progress = self.transfer_progress()?;
        let elapsed = now.since(transferring.began);
        let through = through(&progress);
        let (since, before) = match transferring.first {
            Some((at, bytes)) if through > bytes => (at, bytes),
            _ => (transferring.began, 0),
        };
        let rate = (through - before) as f64 / now.since(since).as_secs_f64().max(0.001);
        let left = progress
            .length
            .filter(|_| rate >= 1.0)
            .map(|length| Span((length.saturating_sub(progress.bytes) as f64 / rate * 1e9) as u64));
        Some(TransferView {
            sending: transferring.sending,
            protocol: transferring.protocol,
            transport: self.telnet.as_ref().map(Telnet::transport),
            progress,
            elapsed,
            rate,
            left,
        })
    }
}

/// Bytes of files that are through.
fn through(progress: &transfer::Progress) -> u64 {
    let at_hand = if progress.done.len() < progress.file { progress.bytes } else { 0 };
    at_hand + progress.done.iter().map(|done| done.bytes).sum::<u64>()
}
