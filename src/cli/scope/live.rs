//! The wire of a simulated line for the scope: the session is played in virtual time and its edges are kept.

use std::io;

use super::{MOST_EDGES, Shown};
use crate::cli::exit::Problem;
use crate::cli::plan::SessionPlan;
use crate::cli::session::{VISIT, ending};
use crate::engine::{Command, Event, Mode, Outcome, Session, Target, Way};
use crate::line::{Edge, LineFormat, Polarity};
use crate::link::runner::run_virtual;
use crate::time::Stamp;
use crate::wave::scope::{Line, Piece};

/// Plays a session whose every end is simulated, and keeps what both lines did.
///
/// # Errors
/// If the target is none of those, nothing would happen on it, or the session does not end as it should.
pub(super) fn capture(plan: &SessionPlan) -> anyhow::Result<Shown> {
    let Some(start) = &plan.start else {
        return Err(Problem::usage("scope of what? give a file or a target").into());
    };
    let mut config = start.session.clone();
    match (&config.target, &config.script) {
        (Target::Demo, None) => config.script = Some(VISIT.to_owned()),
        (Target::Demo | Target::Play { .. }, _) | (Target::Loop, Some(_)) => {}
        (Target::Loop, None) => {
            let what = "on loop: nothing is sent by itself; add --script 'send:HELLO sleep:500'";
            return Err(Problem::usage(what).into());
        }
        (target, _) => {
            let what = format!(
                "without a terminal the scope shows recordings, demo:, loop: and play:FILE; record with \
                 'petterm {target} --record FILE.vcd' and give it that file"
            );
            return Err(Problem::usage(what).into());
        }
    }
    let target = config.target.clone();
    let mut session = Session::new(config, Mode::Unattended, Stamp::ZERO).map_err(Problem::usage)?;
    session.command(Stamp::ZERO, Command::RecordWire(true));
    let mut heard = Heard::default();
    let mut outcome = Outcome::Done;
    let played = run_virtual(&mut session, None, |_, event| match event {
        Event::WireBegins { line, .. } => {
            heard.line = Some(line);
            Ok(())
        }
        Event::Edges { way, edges } => heard.take(way, edges),
        Event::Finished(how) => {
            outcome = how;
            Ok(())
        }
        _ => Ok(()),
    });
    match played {
        Ok(end) => {
            heard.end = end;
            ending(&outcome, &target)?;
        }
        Err(_) if heard.full => {}
        Err(error) => return Err(error.into()),
    }
    Ok(heard.shown())
}

/// What was heard on both lines.
#[derive(Default)]
struct Heard {
    line: Option<LineFormat>,
    tx: Vec<Edge>,
    rx: Vec<Edge>,
    end: Stamp,
    full: bool,
}

impl Heard {
    /// Takes edges; fails where enough are held, which ends the session.
    fn take(&mut self, way: Way, edges: Vec<Edge>) -> io::Result<()> {
        if let Some(last) = edges.last() {
            self.end = self.end.max(last.at);
        }
        let held = match way {
            Way::FromUs => &mut self.tx,
            Way::ToUs => &mut self.rx,
        };
        held.extend(edges);
        self.full = held.len() >= MOST_EDGES;
        if self.full { Err(io::Error::other("enough is held")) } else { Ok(()) }
    }

    fn shown(self) -> Shown {
        let format = self.line.unwrap_or_else(|| LineFormat::new(300));
        let end = self.end;
        let line = |name: &str, edges: Vec<Edge>, polarity: Polarity| {
            let format = LineFormat { rx: polarity, ..format };
            let mut line =
                Line::of_unknown_polarity(name, format, vec![Piece::of_edges(None, Stamp::ZERO, edges, end)]);
            line.note = self.full.then(|| format!("only the first {MOST_EDGES} edges are held"));
            line
        };
        let lines =
            vec![line("TX, what we send", self.tx, format.tx), line("RX, what we hear", self.rx, format.rx)];
        Shown { lines, clock: 0 }
    }
}
