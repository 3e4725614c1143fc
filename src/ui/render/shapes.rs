//! Drawing characters as geometry, so that a picture does not depend on the viewer's font.
//!
//! Coordinates are sixteenths of a cell from its upper left corner. The shapes follow the names of the
//! characters in the Unicode charts (Box Drawing, Block Elements, Geometric Shapes, Symbols for Legacy
//! Computing).

/// A piece of a character.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Part {
    /// A filled rectangle: left, top, width, height.
    Fill(u8, u8, u8, u8),
    /// A rectangle of half shade.
    Shade(u8, u8, u8, u8),
    /// A filled triangle.
    Triangle([(u8, u8); 3]),
    /// A line.
    Line((u8, u8), (u8, u8)),
    /// A quarter of a circle between two edges' middles, bent towards the middle of the cell.
    Arc((u8, u8), (u8, u8)),
}

use Part::{Arc, Fill, Line, Shade, Triangle};

/// The parts of a character, `None` if a font must draw it.
pub(super) fn shape(c: char) -> Option<Vec<Part>> {
    let code = u32::from(c);
    // Counted from the first of a run of characters, in eighths of a cell, doubled.
    let step = |first: u32| 2 * (code - first) as u8;
    Some(match code {
        0x2500..=0x253c => lines(code)?,
        0x256d => vec![Arc((16, 8), (8, 16))],
        0x256e => vec![Arc((0, 8), (8, 16))],
        0x256f => vec![Arc((0, 8), (8, 0))],
        0x2570 => vec![Arc((16, 8), (8, 0))],
        0x2571 => vec![Line((16, 0), (0, 16))],
        0x2572 => vec![Line((0, 0), (16, 16))],
        0x2573 => vec![Line((16, 0), (0, 16)), Line((0, 0), (16, 16))],
        0x2580 => vec![Fill(0, 0, 16, 8)],
        0x2581..=0x2588 => vec![Fill(0, 16 - step(0x2580), 16, step(0x2580))],
        0x2589..=0x258f => vec![Fill(0, 0, 16 - step(0x2588), 16)],
        0x2590 => vec![Fill(8, 0, 8, 16)],
        0x2592 | 0x1fb90 => vec![Shade(0, 0, 16, 16)],
        0x2594 => vec![Fill(0, 0, 16, 2)],
        0x2595 => vec![Fill(14, 0, 2, 16)],
        0x2596..=0x259f => quadrants(code),
        0x25e2 => vec![Triangle([(16, 0), (16, 16), (0, 16)])],
        0x25e3 => vec![Triangle([(0, 0), (16, 16), (0, 16)])],
        0x25e4 => vec![Triangle([(0, 0), (16, 0), (0, 16)])],
        0x25e5 => vec![Triangle([(0, 0), (16, 0), (16, 16)])],
        0x1fb70..=0x1fb75 => vec![Fill(step(0x1fb6f), 0, 2, 16)],
        0x1fb76..=0x1fb7b => vec![Fill(0, step(0x1fb75), 16, 2)],
        0x1fb7c => vec![Fill(0, 0, 2, 16), Fill(2, 14, 14, 2)],
        0x1fb7d => vec![Fill(0, 0, 2, 16), Fill(2, 0, 14, 2)],
        0x1fb7e => vec![Fill(14, 0, 2, 16), Fill(0, 0, 14, 2)],
        0x1fb7f => vec![Fill(14, 0, 2, 16), Fill(0, 14, 14, 2)],
        0x1fb82 => vec![Fill(0, 0, 16, 4)],
        0x1fb83 => vec![Fill(0, 0, 16, 6)],
        0x1fb84 => vec![Fill(0, 0, 16, 10)],
        0x1fb85 => vec![Fill(0, 0, 16, 12)],
        0x1fb86 => vec![Fill(0, 0, 16, 14)],
        0x1fb87 => vec![Fill(12, 0, 4, 16)],
        0x1fb88 => vec![Fill(10, 0, 6, 16)],
        0x1fb89 => vec![Fill(6, 0, 10, 16)],
        0x1fb8a => vec![Fill(4, 0, 12, 16)],
        0x1fb8b => vec![Fill(2, 0, 14, 16)],
        0x1fb8c => vec![Shade(0, 0, 8, 16)],
        0x1fb8d => vec![Shade(8, 0, 8, 16)],
        0x1fb8e => vec![Shade(0, 0, 16, 8)],
        0x1fb8f => vec![Shade(0, 8, 16, 8)],
        0x1fb91 => vec![Fill(0, 0, 16, 8), Shade(0, 8, 16, 8)],
        0x1fb92 => vec![Shade(0, 0, 16, 8), Fill(0, 8, 16, 8)],
        0x1fb94 => vec![Shade(0, 0, 8, 16), Fill(8, 0, 8, 16)],
        0x1fb95 => checker(0),
        0x1fb96 => checker(1),
        0x1fb98 => vec![Line((0, 8), (8, 16)), Line((0, 0), (16, 16)), Line((8, 0), (16, 8))],
        0x1fb99 => vec![Line((8, 0), (0, 8)), Line((16, 0), (0, 16)), Line((16, 8), (8, 16))],
        _ => return None,
    })
}

/// Light lines from the middle of the cell to its edges.
fn lines(code: u32) -> Option<Vec<Part>> {
    const NORTH: u8 = 1;
    const EAST: u8 = 2;
    const SOUTH: u8 = 4;
    const WEST: u8 = 8;
    let arms = match code {
        0x2500 => EAST | WEST,
        0x2502 => NORTH | SOUTH,
        0x250c => EAST | SOUTH,
        0x2510 => SOUTH | WEST,
        0x2514 => NORTH | EAST,
        0x2518 => NORTH | WEST,
        0x251c => NORTH | EAST | SOUTH,
        0x2524 => NORTH | SOUTH | WEST,
        0x252c => EAST | SOUTH | WEST,
        0x2534 => NORTH | EAST | WEST,
        0x253c => NORTH | EAST | SOUTH | WEST,
        _ => return None,
    };
    let middle = (8, 8);
    let ends = [(NORTH, (8, 0)), (EAST, (16, 8)), (SOUTH, (8, 16)), (WEST, (0, 8))];
    Some(ends.into_iter().filter(|(arm, _)| arms & arm != 0).map(|(_, end)| Line(middle, end)).collect())
}

/// Quarters of the cell, in the order of the characters.
fn quadrants(code: u32) -> Vec<Part> {
    // Bits: upper left 1, upper right 2, lower left 4, lower right 8.
    const SETS: [u8; 10] = [4, 8, 1, 13, 9, 7, 11, 2, 6, 14];
    let set = SETS[(code - 0x2596) as usize % SETS.len()];
    let places = [(1, 0, 0), (2, 8, 0), (4, 0, 8), (8, 8, 8)];
    places.into_iter().filter(|(bit, ..)| set & bit != 0).map(|(_, x, y)| Fill(x, y, 8, 8)).collect()
}

/// A board of four by four fields; `phase` says whether the upper left one is empty.
fn checker(phase: u8) -> Vec<Part> {
    (0..16u8)
        .map(|n| (n % 4, n / 4))
        .filter(|(x, y)| (x + y + phase).is_multiple_of(2))
        .map(|(x, y)| Fill(4 * x, 4 * y, 4, 4))
        .collect()
}
