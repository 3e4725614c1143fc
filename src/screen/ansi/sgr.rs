//! Select graphic rendition: CSI ... m.
//!
//! Sixteen and 256 colours are kept as xterm's palette numbers; a true colour becomes the nearest of the 240
//! that are not the user's own theme. Both spellings of extended colours are read, `38;5;n` and `38:5:n`.
//!
//! Facts: ECMA-48 8.3.117, xterm's control sequences (ctlseqs).

use vte::{Params, ParamsIter};

use super::cell::Pen;
use crate::screen::{Attrs, Ink};

/// Applies every number of the sequence in turn.
pub(super) fn apply(pen: &mut Pen, params: &Params) {
    let mut rest = params.iter();
    while let Some(values) = rest.next() {
        let set = |attr: Attrs| pen.attrs.with(attr);
        let clear = |attr: Attrs| pen.attrs.without(attr);
        match *values {
            [0, ..] => *pen = Pen::default(),
            [1, ..] => pen.attrs = set(Attrs::BOLD),
            [2, ..] => pen.attrs = set(Attrs::DIM),
            [4, 0, ..] => pen.attrs = clear(Attrs::UNDERLINE),
            [4 | 21, ..] => pen.attrs = set(Attrs::UNDERLINE),
            [5 | 6, ..] => pen.attrs = set(Attrs::BLINK),
            [7, ..] => pen.attrs = set(Attrs::REVERSE),
            [22, ..] => pen.attrs = clear(Attrs::BOLD.with(Attrs::DIM)),
            [24, ..] => pen.attrs = clear(Attrs::UNDERLINE),
            [25, ..] => pen.attrs = clear(Attrs::BLINK),
            [27, ..] => pen.attrs = clear(Attrs::REVERSE),
            [colour @ 30..=37, ..] => pen.fg = Ink::Index((colour - 30) as u8),
            [39, ..] => pen.fg = Ink::Default,
            [colour @ 40..=47, ..] => pen.bg = Ink::Index((colour - 40) as u8),
            [49, ..] => pen.bg = Ink::Default,
            [colour @ 90..=97, ..] => pen.fg = Ink::Index((colour - 90 + 8) as u8),
            [colour @ 100..=107, ..] => pen.bg = Ink::Index((colour - 100 + 8) as u8),
            [which @ (38 | 48), ref subs @ ..] => {
                let ink = if subs.is_empty() { extended(&mut rest) } else { extended_subs(subs) };
                match ink {
                    Some(ink) if which == 38 => pen.fg = ink,
                    Some(ink) => pen.bg = ink,
                    None => {}
                }
            }
            _ => {}
        }
    }
}

/// The colour in the numbers after 38 or 48, which are taken. One cut short or of an unknown kind takes all that
/// follows: none of it can be read with certainty.
fn extended(rest: &mut ParamsIter<'_>) -> Option<Ink> {
    let mut next = || rest.next()?.first().copied();
    match next()? {
        5 => index(next()?),
        2 => rgb(next()?, next()?, next()?),
        _ => {
            rest.for_each(drop);
            None
        }
    }
}

/// The colour in the sub-parameters of 38 or 48: with red, green and blue a colour space, usually empty, stands
/// before them.
fn extended_subs(subs: &[u16]) -> Option<Ink> {
    match *subs {
        [5, n, ..] => index(n),
        [2, _, r, g, b, ..] | [2, r, g, b] => rgb(r, g, b),
        _ => None,
    }
}

fn index(n: u16) -> Option<Ink> {
    u8::try_from(n).ok().map(Ink::Index)
}

fn rgb(r: u16, g: u16, b: u16) -> Option<Ink> {
    let (r, g, b) = (u8::try_from(r).ok()?, u8::try_from(g).ok()?, u8::try_from(b).ok()?);
    Some(Ink::Index(nearest(r, g, b)))
}

/// The nearest of xterm's colours 16-255: a 6x6x6 cube and 24 greys.
pub(super) fn nearest(r: u8, g: u8, b: u8) -> u8 {
    /// Levels of the cube: 0, 95, 135, 175, 215, 255.
    fn level(step: u8) -> u8 {
        if step == 0 { 0 } else { 55 + 40 * step }
    }
    fn step(value: u8) -> u8 {
        match value {
            0..48 => 0,
            48..115 => 1,
            _ => (value - 35) / 40,
        }
    }
    let distance =
        |to: [u8; 3]| -> u32 { [r, g, b].iter().zip(to).map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum() };
    let steps = [step(r), step(g), step(b)];
    let cube = distance(steps.map(level));
    let mean = ((u16::from(r) + u16::from(g) + u16::from(b)) / 3) as u8;
    let grey = (mean.saturating_sub(3) / 10).min(23);
    if distance([8 + 10 * grey; 3]) < cube {
        232 + grey
    } else {
        16 + 36 * steps[0] + 6 * steps[1] + steps[2]
    }
}
