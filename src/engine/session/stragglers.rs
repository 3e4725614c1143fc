//! The last codes of a Punter sender: it says S/B up to three times behind a file, 1.2 s apart (`docs/punter.md`), when
//! the file has long come. They are no text for the screen.
//!
//! Only whole codes right behind the end are taken away, and only for [`LONGEST`]; everything else goes on as it came.

use crate::time::{Span, Stamp};

const CODE: [u8; 3] = *b"S/B";
/// The last of three is said 2.4 s behind the first.
const LONGEST: Span = Span::from_secs(4);

/// What may still come of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stragglers {
    until: Stamp,
    /// So much of a code has come.
    held: usize,
}

impl Stragglers {
    pub(super) fn new(now: Stamp) -> Stragglers {
        Stragglers { until: now + LONGEST, held: 0 }
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
        }
        None
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
        let late = now + LONGEST;
        assert_eq!(Stragglers::new(now).text(late, b"S/B"), Some(b"S/B".to_vec()));
    }
}
