//! The wire of a running session as lines of the scope.

use super::bench::Bench;
use crate::engine::{Snapshot, WirePast, WireView};
use crate::line::{LineFormat, Polarity};
use crate::wave::scope::{Line, Piece, signed};

/// Gives the bench the lines of a snapshot.
pub(super) fn update(bench: &mut Bench, snap: &Snapshot) {
    let Some(wire) = snap.wire.as_ref().filter(|_| bench.follows()) else { return };
    let mut lines = vec![
        line("TX, what we send", wire, &wire.tx, wire.line.tx),
        line("RX, what we hear", wire, &wire.rx, wire.line.rx),
    ];
    if wire.reconstructed {
        for line in &mut lines {
            line.note = Some("reconstructed from the bytes: nobody saw the line itself".to_owned());
        }
    }
    bench.update(lines, -signed(wire.since));
}

fn line(name: &str, wire: &WireView, past: &WirePast, polarity: Polarity) -> Line {
    let format = LineFormat { rx: polarity, ..wire.line };
    // Before the oldest edge that is kept there may have been others.
    let oldest = past.edges.front().map(|edge| edge.at);
    let start = match oldest {
        Some(oldest) if past.edges.len() >= KEPT => oldest,
        oldest => oldest.map_or(wire.since, |oldest| oldest.min(wire.since)),
    };
    let piece = Piece::of_edges(Some(past.before), start, past.edges.iter().copied(), wire.until);
    Line::of_unknown_polarity(name, format, vec![piece])
}

/// From so many edges on the oldest are forgotten.
const KEPT: usize = 4_096;

/// What is to be said of the picture.
pub(super) fn words(bench: &Bench, snap: &Snapshot) -> String {
    match &snap.wire {
        None => "this link shows no wire".to_owned(),
        Some(wire) if wire.reconstructed => "reconstructed from bytes".to_owned(),
        Some(wire) if bench.misheard(wire.line.rx) => {
            format!("the session hears it as {}: the wrong reading", wire.line.rx.name())
        }
        Some(_) => String::new(),
    }
}
