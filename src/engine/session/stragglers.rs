//! The last codes of a Punter sender: it says S/B up to three times behind a file, 1.2 s apart (`docs/punter.md`), when
//! the file has long come. They are no text for the screen.
//!
//! Only whole codes right behind the end are taken away, and only for [`LONGEST`]; everything else goes on as it came,
//! the beginning of a code too, when no more of it has come for [`BROKEN_OFF`].

use crate::time::{Span, Stamp, Wake};

const CODE: [u8; 3] = *b"S/B";
/// The last of three is said 2.4 s behind the first.
const LONGEST: Span = Span::from_secs(4);
/// Three octets in one go; at 110 baud they take 0.27 s.
const BROKEN_OFF: Span = Span::from_millis(500);

/// What may still come of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stragglers {
    until: Stamp,
    /// So much of a code has come.
    held: usize,
    /// The rest of it is waited for until then.
    rest: Stamp,
}

impl Stragglers {
    pub(super) fn new(now: Stamp) -> Stragglers {
        Stragglers { until: now + LONGEST, held: 0, rest: now }
    }

    /// Takes the codes from the beginning of what came. What is text of it, and nothing else will be held any more;
    /// none while all of it is code.
    pub(super) fn text(&mut self, now: Stamp, octets: &[u8]) -> Option<Vec<u8>> {
        for (at, &octet) in octets.iter().enumerate() {
            if now >= self.until || CODE.get(self.held) != Some(&octet) {
                let held = CODE.get(..self.held).unwrap_or_default();
                return Some([held, octets.get(at..).unwrap_or_default()].concat());
            }
            self.held = (self.held + 1) % CODE.len();
            self.rest = now + BROKEN_OFF;
        }
        None
    }

    /// What is held and was no code, when its rest did not come; then nothing else will be held any more.
    pub(super) fn timeout(&self, now: Stamp) -> Option<Vec<u8>> {
        let held = CODE.get(..self.held).filter(|held| !held.is_empty())?;
        (now >= self.rest).then(|| held.to_vec())
    }

    pub(super) fn wake(&self) -> Wake {
        if self.held > 0 { Wake::At(self.rest) } else { Wake::OnInput }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_codes_behind_the_end_are_no_text_and_everything_else_is() {
        let now = Stamp(1_000);
        let text = |pieces: &[&[u8]]| -> Vec<u8> {
            let mut stragglers = Stragglers::new(now);
            let mut pieces = pieces.iter();
            let mut text = pieces.by_ref().find_map(|piece| stragglers.text(now, piece)).unwrap_or_default();
            text.extend(pieces.flat_map(|piece| piece.iter().copied()));
            text
        };
        assert_eq!(text(&[b"S/BS/BSelect", b"S/B"]), b"SelectS/B");
        assert_eq!(text(&[b"S", b"/", b"B", b"S/", b"Hello"]), b"S/Hello");
        assert_eq!(text(&[b"S/B", b"S/B"]), b"");
        let mut broken_off = Stragglers::new(now);
        assert_eq!((broken_off.wake(), broken_off.timeout(now)), (Wake::OnInput, None));
        assert_eq!(broken_off.text(now, b"S/BS/"), None);
        let Wake::At(at) = broken_off.wake() else { unreachable!("it is held for ever") };
        assert_eq!(broken_off.timeout(now), None);
        assert_eq!(broken_off.timeout(at), Some(b"S/".to_vec()));
        let late = now + LONGEST;
        assert_eq!(Stragglers::new(now).text(late, b"S/B"), Some(b"S/B".to_vec()));
    }
}
