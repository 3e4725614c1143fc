//! What still comes of a transfer that is over, and is no text for the screen.
//!
//! A Punter sender says S/B up to three times behind a file, 1.2 s apart (`docs/punter.md`), when the file has long come:
//! whole codes right behind the end are taken away, for [`LONGEST`]. Of a block in whose middle its receiver was
//! cancelled, as many octets as it had still to come are, until they pause. Everything else goes on as it came, the
//! beginning of a code too when no more of it has come for [`PAUSE`].

use crate::time::{Span, Stamp, Wake};

const CODE: [u8; 3] = *b"S/B";
/// The last of three is said 2.4 s behind the first.
const LONGEST: Span = Span::from_secs(4);
/// Octets of one code or block come without this; at 110 baud one takes 0.1 s.
const PAUSE: Span = Span::from_millis(500);

/// What may still come.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stragglers {
    /// Codes, until then.
    Codes {
        until: Stamp,
        /// So much of one has come.
        held: usize,
        /// The rest of it is waited for until then.
        rest: Stamp,
    },
    /// So many octets of a block, the next of them until then.
    Block { left: usize, next: Stamp },
}

impl Stragglers {
    /// Behind a file by Punter.
    pub(super) fn codes(now: Stamp) -> Stragglers {
        Stragglers::Codes { until: now + LONGEST, held: 0, rest: now }
    }

    /// Behind a cancel, when so many octets of a block were still to come.
    pub(super) fn block(now: Stamp, left: usize) -> Stragglers {
        Stragglers::Block { left, next: now + PAUSE }
    }

    /// Takes what is no text from the beginning of what came. What is text of it, and nothing else will be held any
    /// more; none while there is none.
    pub(super) fn text(&mut self, now: Stamp, octets: &[u8]) -> Option<Vec<u8>> {
        match self {
            Stragglers::Codes { until, held, rest } => {
                for (at, &octet) in octets.iter().enumerate() {
                    if now >= *until || CODE.get(*held) != Some(&octet) {
                        let held = CODE.get(..*held).unwrap_or_default();
                        return Some([held, octets.get(at..).unwrap_or_default()].concat());
                    }
                    *held = (*held + 1) % CODE.len();
                    *rest = now + PAUSE;
                }
                None
            }
            Stragglers::Block { next, .. } if now >= *next => Some(octets.to_vec()),
            Stragglers::Block { left, next } => {
                let text = octets.get(*left..).filter(|text| !text.is_empty());
                *left = left.saturating_sub(octets.len());
                *next = now + PAUSE;
                text.map(<[u8]>::to_vec)
            }
        }
    }

    /// What is held and was no code, when its rest did not come; then nothing else will be held any more.
    pub(super) fn timeout(&self, now: Stamp) -> Option<Vec<u8>> {
        let Stragglers::Codes { held, rest, .. } = self else { return None };
        let held = CODE.get(..*held).filter(|held| !held.is_empty() && now >= *rest);
        held.map(<[u8]>::to_vec)
    }

    pub(super) fn wake(&self) -> Wake {
        match self {
            Stragglers::Codes { held: 1.., rest, .. } => Wake::At(*rest),
            _ => Wake::OnInput,
        }
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

    #[test]
    fn the_rest_of_a_block_is_no_text_and_what_comes_behind_it_or_a_pause_is() {
        let mut now = Stamp::ZERO;
        let mut rest = Stragglers::block(now, 100);
        for _ in 0..4 {
            now += Span::from_millis(499);
            assert_eq!(rest.text(now, &[0xA9; 20]), None);
        }
        assert_eq!((rest.wake(), rest.timeout(now)), (Wake::OnInput, None));
        let mut paused = rest;
        assert_eq!(paused.text(now + PAUSE, b"READY."), Some(b"READY.".to_vec()));
        assert_eq!(rest.text(now, &[0xA9; 20]), None);
        assert_eq!(rest.text(now, b"READY."), Some(b"READY.".to_vec()));
        let both = [[0xA9; 5].as_slice(), b"READY."].concat();
        assert_eq!(Stragglers::block(now, 5).text(now, &both), Some(b"READY.".to_vec()));
    }
}
