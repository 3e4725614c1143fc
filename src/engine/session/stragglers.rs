//! What comes behind a transfer and is no text for the screen: the last codes of a Punter sender, which says S/B up to
//! three times behind a file, 1.2 s apart (`docs/punter.md`), when the file has long come; and the rest of a block that was
//! on its way when its receiver gave up.
//!
//! Of codes only whole ones right behind the end are taken away, for [`LONGEST`]; of a block what comes without a pause, up
//! to [`BLOCK`] octets. Everything else goes on as it came.

use crate::time::{Span, Stamp};

const CODE: [u8; 3] = *b"S/B";
/// The last of three is said 2.4 s behind the first.
const LONGEST: Span = Span::from_secs(4);
/// No protocol has longer blocks, with a FF of telnet's here and there.
const BLOCK: usize = 1_100;
/// Silence behind a block.
const PAUSE: Span = Span::from_millis(500);

/// What may still come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stragglers {
    until: Stamp,
    what: What,
}

#[derive(Clone, Copy, Debug)]
enum What {
    /// So much of a code has come.
    Codes(usize),
    /// So many octets of a block may come.
    Block(usize),
}

impl Stragglers {
    /// Behind a file by Punter.
    pub(super) fn codes(now: Stamp) -> Stragglers {
        Stragglers { until: now + LONGEST, what: What::Codes(0) }
    }

    /// Behind a transfer that was given up in the middle of a block.
    pub(super) fn block(now: Stamp) -> Stragglers {
        Stragglers { until: now + PAUSE, what: What::Block(BLOCK) }
    }

    /// Takes what is no text from the beginning of what came. What is text of it, and nothing else will be held any
    /// more; none while there is none.
    pub(super) fn text(&mut self, now: Stamp, octets: &[u8]) -> Option<Vec<u8>> {
        match &mut self.what {
            What::Codes(held) => {
                for (at, &octet) in octets.iter().enumerate() {
                    if now >= self.until || CODE.get(*held) != Some(&octet) {
                        let held = CODE.get(..*held).unwrap_or_default();
                        return Some([held, octets.get(at..).unwrap_or_default()].concat());
                    }
                    *held = (*held + 1) % CODE.len();
                }
                None
            }
            What::Block(_) if now >= self.until => Some(octets.to_vec()),
            What::Block(left) => {
                self.until = now + PAUSE;
                let text = octets.get(*left..).filter(|text| !text.is_empty());
                *left = left.saturating_sub(octets.len());
                text.map(<[u8]>::to_vec)
            }
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
        let late = now + LONGEST;
        assert_eq!(Stragglers::codes(now).text(late, b"S/B"), Some(b"S/B".to_vec()));
    }

    #[test]
    fn the_rest_of_a_block_is_no_text_and_what_comes_behind_a_pause_is() {
        let mut rest = Stragglers::block(Stamp::ZERO);
        let mut now = Stamp::ZERO;
        for _ in 0..3 {
            now += Span::from_millis(400);
            assert_eq!(rest.text(now, &[0xA9; 100]), None);
        }
        assert_eq!(rest.text(now + PAUSE, b"READY."), Some(b"READY.".to_vec()));
        // A board that does not pause is heard all the same.
        let mut rest = Stragglers::block(Stamp::ZERO);
        assert_eq!(rest.text(Stamp(1), &[b'x'; BLOCK]), None);
        assert_eq!(rest.text(Stamp(2), b"y"), Some(b"y".to_vec()));
    }
}
