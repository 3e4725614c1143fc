//! What still comes of a transfer that is over, and is no text for the screen.
//!
//! A Punter sender says S/B up to three times behind a file, 1.2 s apart (`docs/punter.md`), when the file has long come:
//! whole codes right behind the end are taken away, for [`LONGEST`]. Of a download that was cancelled the block that was
//! due is, if it comes and its check is right. Everything else goes on as it came; what may be either is held until it
//! is whole, or until no more has come for [`PAUSE`].

use crate::time::{Span, Stamp, Wake};
use crate::transfer::{DueBlock, Part};

const CODE: [u8; 3] = *b"S/B";
/// The last of three is said 2.4 s behind the first.
const LONGEST: Span = Span::from_secs(4);
/// Octets of one code or block come without this; at 110 baud one takes 0.1 s, and a C64 builds a block in 0.32 s.
const PAUSE: Span = Span::from_millis(500);

/// What may still come.
pub(super) enum Stragglers {
    /// Codes, until then.
    Codes {
        until: Stamp,
        /// So much of one has come.
        held: usize,
        /// The rest of it is waited for until then.
        rest: Stamp,
    },
    /// A block, the next octet of it until then.
    Block { block: DueBlock, next: Stamp },
}

impl Stragglers {
    /// Behind a file by Punter.
    pub(super) fn codes(now: Stamp) -> Stragglers {
        Stragglers::Codes { until: now + LONGEST, held: 0, rest: now }
    }

    /// Behind a cancel, when this block was due.
    pub(super) fn block(now: Stamp, block: DueBlock) -> Stragglers {
        Stragglers::Block { block, next: now + PAUSE }
    }

    /// Takes what is no text from the beginning of what came. What is text of it, and nothing else will be held any
    /// more; none while there is none.
    pub(super) fn text(&mut self, now: Stamp, octets: &[u8]) -> Option<Vec<u8>> {
        for (at, &octet) in octets.iter().enumerate() {
            let behind = octets.get(at..).unwrap_or_default();
            match self {
                Stragglers::Codes { until, held, rest } => {
                    if now >= *until || CODE.get(*held) != Some(&octet) {
                        return Some([self.held(), behind].concat());
                    }
                    *held = (*held + 1) % CODE.len();
                    *rest = now + PAUSE;
                }
                Stragglers::Block { next, .. } if now >= *next => {
                    return Some([self.held(), behind].concat());
                }
                Stragglers::Block { block, next } => {
                    *next = now + PAUSE;
                    let behind = behind.get(1..).unwrap_or_default();
                    match block.octet(octet) {
                        Part::Begun => {}
                        Part::Whole => return Some(behind.to_vec()),
                        Part::Other => return Some([self.held(), behind].concat()),
                    }
                }
            }
        }
        None
    }

    fn held(&self) -> &[u8] {
        match self {
            Stragglers::Codes { held, .. } => CODE.get(..*held).unwrap_or_default(),
            Stragglers::Block { block, .. } => block.since(),
        }
    }

    /// When what is held is text, if any is.
    fn due(&self) -> Option<Stamp> {
        let (Stragglers::Codes { rest: due, .. } | Stragglers::Block { next: due, .. }) = self;
        (!self.held().is_empty()).then_some(*due)
    }

    /// What was held and is text, since no more of it came; then nothing else will be held any more.
    pub(super) fn timeout(&self, now: Stamp) -> Option<Vec<u8>> {
        self.due().filter(|due| *due <= now).map(|_| self.held().to_vec())
    }

    pub(super) fn wake(&self) -> Wake {
        self.due().map_or(Wake::OnInput, Wake::At)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_codes_behind_the_end_are_no_text_and_everything_else_is() {
        let now = Stamp(1_000);
        let text = |pieces: &[&[u8]]| -> Vec<u8> {
            let mut stragglers = Stragglers::codes(now);
            let mut pieces = pieces.iter();
            let mut text = pieces.by_ref().find_map(|piece| stragglers.text(now, piece)).unwrap_or_default();
            text.extend(pieces.flat_map(|piece| piece.iter().copied()));
            text
        };
        assert_eq!(text(&[b"S/BS/BSelect", b"S/B"]), b"SelectS/B");
        assert_eq!(text(&[b"S", b"/", b"B", b"S/", b"Hello"]), b"S/Hello");
        assert_eq!(text(&[b"S/B", b"S/B"]), b"");
        let mut broken_off = Stragglers::codes(now);
        assert_eq!((broken_off.wake(), broken_off.timeout(now)), (Wake::OnInput, None));
        assert_eq!(broken_off.text(now, b"S/BS/"), None);
        let Wake::At(at) = broken_off.wake() else { unreachable!("it is held for ever") };
        assert_eq!(broken_off.timeout(now), None);
        assert_eq!(broken_off.timeout(at), Some(b"S/".to_vec()));
        let late = now + LONGEST;
        assert_eq!(Stragglers::codes(now).text(late, b"S/B"), Some(b"S/B".to_vec()));
    }
}
