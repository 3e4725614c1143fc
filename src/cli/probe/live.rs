//! Live lines: a serial port is swept, and where the edges of a line are seen they are surveyed.

use super::drive::{End, Machine, drive};
use super::heard;
use super::report::{self, Report};
use super::{Port, ProbeArgs};
use crate::cli::exit::{Exit, Problem, say};
use crate::cli::to_stdout;
use crate::engine::{Failure, LinkCommand, LinkEvent, LinkInfo, Mark, MarkKind, OpenRequest, Target, Way};
use crate::line::LineFormat;
use crate::line::detect::Survey;
use crate::line::sweep::{Heard, Step, Sweep, SweepSettings, Verdict};
use crate::time::{Span, Stamp, Wake};

/// Sweeps a serial port and reports.
///
/// # Errors
/// If the port cannot be opened, is lost, or has not said enough.
pub(super) fn port(args: &ProbeArgs, port: &Port) -> anyhow::Result<Exit> {
    let typed = args.typed.clone().map(String::into_bytes).unwrap_or_default();
    let mut listening = Listening::new(port, typed, invitation(args));
    let (end, now) = drive(&mut listening)?;
    listening.sweep.stop(now);
    let finding = listening.sweep.finding();
    let told = heard::Told {
        target: port.target.to_string(),
        adapter: listening.info.and_then(|info| info.adapter),
        typed: args.typed.clone(),
        seconds: now.since(listening.opened.unwrap_or(now)).as_secs_f64(),
        finding,
    };
    if let End::Trouble(trouble) = &end
        && listening.opened.is_none()
    {
        return Err(Problem::trouble(trouble, &port.target).into());
    }
    to_stdout(|out| Ok(heard::write(out, &told, args.json)?))?;
    match end {
        End::Signal(number) => Ok(Exit::Signal(number)),
        End::Trouble(trouble) => Err(Problem::trouble(&trouble, &port.target).into()),
        End::Done => match told.finding.verdict {
            Verdict::Found => Ok(Exit::Done),
            Verdict::Nothing => Err(Problem::new(Exit::TimedOut, told.doubt()).into()),
            _ => Err(Problem::new(Exit::Line, told.doubt()).into()),
        },
    }
}

/// What somebody at the PET shall do.
fn invitation(args: &ProbeArgs) -> String {
    let what = match &args.typed {
        Some(text) => format!("type {text} again and again"),
        None => "press different keys".to_owned(),
    };
    format!("with the program running on the PET {what}, about two keys a second; Ctrl-C ends")
}

/// A sweep on a link.
struct Listening {
    sweep: Sweep,
    invitation: String,
    port: Port,
    opened: Option<Stamp>,
    info: Option<LinkInfo>,
    done: bool,
}

impl Listening {
    fn new(port: &Port, typed: Vec<u8>, invitation: String) -> Listening {
        let sweep = Sweep::new(SweepSettings { typed, patience: port.patience });
        Listening { sweep, invitation, port: port.clone(), opened: None, info: None, done: false }
    }
}

impl Machine for Listening {
    fn event(&mut self, now: Stamp, event: LinkEvent) {
        match event {
            LinkEvent::Opened(info) => {
                say(&self.invitation);
                self.opened = Some(now);
                self.info = Some(*info);
                self.sweep.tuned(now);
            }
            LinkEvent::Reconfigured(Ok(_)) => self.sweep.tuned(now),
            LinkEvent::Reconfigured(Err(_)) => self.sweep.refused(now),
            LinkEvent::Rx { at, bytes, marks } => self.sweep.heard(at, &octets(&bytes, &marks)),
            _ => {}
        }
    }

    fn timeout(&mut self, now: Stamp) {
        self.sweep.timeout(now);
    }

    fn poll(&mut self) -> Option<LinkCommand> {
        match self.sweep.poll()? {
            Step::Tune(rate) if self.opened.is_none() => {
                Some(LinkCommand::Open(Box::new(self.port.request(rate))))
            }
            Step::Tune(rate) => Some(LinkCommand::Reconfigure(LineFormat::new(rate))),
            Step::Done => {
                self.done = true;
                None
            }
        }
    }

    fn wake(&self) -> Wake {
        self.sweep.wake()
    }

    fn is_done(&self) -> bool {
        self.done
    }

    fn progress(&self) -> (String, String) {
        match self.sweep.listening() {
            Some((rate, octets)) => (
                format!("listening at {rate} baud ..."),
                format!("{octets} bytes, {} in all", self.sweep.octets()),
            ),
            None => Default::default(),
        }
    }
}

/// What a driver delivered, as octets with a mark each; a break counts as a bad 00, as it does with drivers
/// that tell nothing.
fn octets(bytes: &[u8], marks: &[Mark]) -> Vec<Heard> {
    let mut heard = Vec::with_capacity(bytes.len());
    let mut marks = marks.iter().peekable();
    for offset in 0..=bytes.len() {
        let mut bad = false;
        while let Some(mark) = marks.next_if(|mark| mark.offset <= offset) {
            match mark.kind {
                MarkKind::Break => heard.push(Heard { octet: 0, bad: true }),
                MarkKind::Framing | MarkKind::Parity => bad = true,
                MarkKind::Overrun => {}
            }
        }
        if let Some(&octet) = bytes.get(offset) {
            heard.push(Heard { octet, bad });
        }
    }
    heard
}

/// Surveys a line whose edges are seen, and reports.
///
/// # Errors
/// If it cannot be opened, or has not said enough.
pub(super) fn edges(args: &ProbeArgs, port: &Port) -> anyhow::Result<Exit> {
    let mut watching = Watching {
        survey: Survey::new(),
        port: port.clone(),
        asked: false,
        begun: false,
        opened: None,
        last: Stamp::ZERO,
        judged: 0,
        done: false,
    };
    let (end, now) = drive(&mut watching)?;
    watching.survey.end(now);
    if let End::Trouble(trouble) = &end {
        // A recording that is over and a board that hangs up have said what they had to say.
        let is_over = matches!(trouble.failure, Failure::PeerClosed | Failure::Local);
        if watching.opened.is_none() || !is_over {
            return Err(Problem::trouble(trouble, &port.target).into());
        }
    }
    let verdict = watching.survey.verdict();
    let nothing = watching.survey.edges() == 0;
    let report = Report { target: port.target.to_string(), channel: None, is_recording: false, verdict };
    let reports = [report];
    to_stdout(|out| Ok(report::write(out, &reports, args.json)?))?;
    match (end, &reports) {
        (End::Signal(number), _) => Ok(Exit::Signal(number)),
        (_, [report]) if report.verdict.doubt.is_some() => {
            let status = if nothing { Exit::TimedOut } else { Exit::Line };
            let why = report::doubt(&report.verdict).unwrap_or_default();
            Err(Problem::new(status, format!("{}: {why}", port.target)).into())
        }
        _ => Ok(Exit::Done),
    }
}

/// So long after the last edge a line is judged.
const QUIET: Span = Span::from_millis(1500);
/// So many new edges are worth a judgement without a rest; a line that never rests hides its polarity.
const WORTH: usize = 6_000;

/// A survey on a link.
struct Watching {
    survey: Survey,
    port: Port,
    asked: bool,
    begun: bool,
    opened: Option<Stamp>,
    last: Stamp,
    /// Edges at the last judgement.
    judged: usize,
    done: bool,
}

impl Machine for Watching {
    fn event(&mut self, now: Stamp, event: LinkEvent) {
        match event {
            LinkEvent::Opened(_) => {
                self.opened = Some(now);
                self.last = now;
            }
            LinkEvent::Edges { way: Way::ToUs, edges } => {
                for edge in edges {
                    // The first one says only at which level the line rests.
                    if !std::mem::replace(&mut self.begun, true) {
                        self.survey.start(edge.at, Some(edge.level));
                    }
                    self.survey.edge(edge);
                    self.last = self.last.max(edge.at);
                }
            }
            _ => {}
        }
    }

    fn timeout(&mut self, now: Stamp) {
        let Some(opened) = self.opened else { return };
        let edges = self.survey.edges();
        let news = edges > self.judged;
        if news && (now.since(self.last) >= QUIET || edges >= self.judged + WORTH) {
            self.survey.end(now.min(self.last + QUIET));
            self.judged = edges;
            self.done |= self.survey.verdict().doubt.is_none();
        }
        self.done |= self.survey.is_full() || now.since(opened) >= self.port.patience;
    }

    fn poll(&mut self) -> Option<LinkCommand> {
        if std::mem::replace(&mut self.asked, true) {
            return None;
        }
        // Edges are what they are; the rate says how our own UART and the demo board talk.
        let rate = if self.port.target == Target::Demo { 1200 } else { 300 };
        Some(LinkCommand::Open(Box::new(self.port.request(rate))))
    }

    fn wake(&self) -> Wake {
        match self.opened {
            Some(opened) if self.survey.edges() > self.judged => {
                Wake::At((opened + self.port.patience).min(self.last + QUIET))
            }
            Some(opened) => Wake::At(opened + self.port.patience),
            None => Wake::OnInput,
        }
    }

    fn is_done(&self) -> bool {
        self.done
    }

    fn progress(&self) -> (String, String) {
        (format!("watching {} ...", self.port.target), format!("{} edges", self.survey.edges()))
    }
}

impl Port {
    /// The request that opens it at 8N1.
    pub(super) fn request(&self, rate: u32) -> OpenRequest {
        OpenRequest {
            lock: self.lock,
            low_latency: self.low_latency,
            ..OpenRequest::new(self.target.clone(), LineFormat::new(rate))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_become_bad_octets_and_breaks_bad_zeros() {
        let mark = |offset, kind| Mark { offset, kind };
        let marks = [
            mark(0, MarkKind::Break),
            mark(1, MarkKind::Framing),
            mark(2, MarkKind::Break),
            mark(2, MarkKind::Break),
        ];
        let heard: Vec<(u8, bool)> =
            octets(b"AB", &marks).into_iter().map(|heard| (heard.octet, heard.bad)).collect();
        assert_eq!(heard, [(0, true), (b'A', false), (b'B', true), (0, true), (0, true)]);
    }
}
