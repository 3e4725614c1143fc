//! Lines, blocks, shades and triangles, computed from what their names in the Unicode charts say (Box Drawing,
//! Block Elements, Geometric Shapes, Symbols for Legacy Computing).
//!
//! Lines meet those of the neighbouring cells: a light one is row 4 and columns 3 and 4, as wide as the stem of
//! a letter.

use super::{Bitmap, SIZE};

/// The drawing of a character, `None` if it is none of these.
pub(super) fn drawing(c: char) -> Option<Bitmap> {
    let code = u32::from(c);
    // How many eighths, counted from the character before the first of a run.
    let eighths = |before: u32| (code - before) as usize;
    Some(match code {
        // The rows of an old terminal that are not the middle one.
        0x23BA => fill(0, 0, 8, 1),
        0x23BB => fill(0, 2, 8, 1),
        0x23BC => fill(0, 6, 8, 1),
        0x23BD => fill(0, 7, 8, 1),
        0x2500..=0x257F => line(code)?,
        0x2580 => fill(0, 0, 8, 4),
        0x2581..=0x2588 => fill(0, SIZE - eighths(0x2580), 8, eighths(0x2580)),
        0x2589..=0x258F => fill(0, 0, SIZE - eighths(0x2588), 8),
        0x2590 => fill(4, 0, 4, 8),
        0x2591 => QUARTER_SHADE,
        0x2592 => HALF_SHADE,
        0x2593 => QUARTER_SHADE.reversed(),
        0x1FB90 => HALF_SHADE.reversed(),
        0x2594 => fill(0, 0, 8, 1),
        0x2595 => fill(7, 0, 1, 8),
        0x2596..=0x259F => quadrants(code),
        // The diagonal itself is the upper triangles', so that each pair fills the cell.
        0x25E2 => Bitmap::of(|x, y| x + y > 7),
        0x25E3 => Bitmap::of(|x, y| x < y),
        0x25E4 => Bitmap::of(|x, y| x + y <= 7),
        0x25E5 => Bitmap::of(|x, y| x >= y),
        0x1FB00..=0x1FB3B => sextants(code),
        0x1FB70..=0x1FB75 => fill(eighths(0x1FB6F), 0, 1, 8),
        0x1FB76..=0x1FB7B => fill(0, eighths(0x1FB75), 8, 1),
        0x1FB7C => Bitmap::of(|x, y| x == 0 || y == 7),
        0x1FB7D => Bitmap::of(|x, y| x == 0 || y == 0),
        0x1FB7E => Bitmap::of(|x, y| x == 7 || y == 0),
        0x1FB7F => Bitmap::of(|x, y| x == 7 || y == 7),
        0x1FB80 => Bitmap::of(|_, y| y == 0 || y == 7),
        0x1FB81 => Bitmap::of(|_, y| [0, 2, 4, 7].contains(&y)),
        0x1FB82 => fill(0, 0, 8, 2),
        0x1FB83 => fill(0, 0, 8, 3),
        0x1FB84..=0x1FB86 => fill(0, 0, 8, eighths(0x1FB7F)),
        0x1FB87 => fill(6, 0, 2, 8),
        0x1FB88 => fill(5, 0, 3, 8),
        0x1FB89..=0x1FB8B => fill(SIZE - eighths(0x1FB84), 0, eighths(0x1FB84), 8),
        0x1FB8C => shaded(HALF_SHADE, |x, _| x < 4),
        0x1FB8D => shaded(HALF_SHADE, |x, _| x >= 4),
        0x1FB8E => shaded(HALF_SHADE, |_, y| y < 4),
        0x1FB8F => shaded(HALF_SHADE, |_, y| y >= 4),
        0x1FB91 => Bitmap::of(|x, y| y < 4 || !HALF_SHADE.lit(x, y)),
        0x1FB92 => Bitmap::of(|x, y| y >= 4 || !HALF_SHADE.lit(x, y)),
        0x1FB94 => Bitmap::of(|x, y| x >= 4 || !HALF_SHADE.lit(x, y)),
        0x1FB95 => CHECKER,
        0x1FB96 => CHECKER.reversed(),
        0x1FB97 => Bitmap::of(|_, y| matches!(y, 2 | 3 | 6 | 7)),
        0x1FB98 => Bitmap::of(|x, y| (SIZE + x - y) % 4 < 2),
        0x1FB99 => Bitmap::of(|x, y| (x + y) % 4 < 2),
        _ => return None,
    })
}

/// The drawing of a shade on a machine whose shades are made of fields of two by two pixels; `None` if the
/// character is no shade of its sets.
pub(super) fn coarse_shade(c: char) -> Option<Bitmap> {
    Some(match c {
        '▒' => CHECKER,
        '\u{1FB8C}' => shaded(CHECKER, |x, _| x < 4),
        '\u{1FB8F}' => shaded(CHECKER, |_, y| y >= 4),
        _ => return None,
    })
}

const QUARTER_SHADE: Bitmap = Bitmap([0x88, 0x22, 0x88, 0x22, 0x88, 0x22, 0x88, 0x22]);
const HALF_SHADE: Bitmap = Bitmap([0xAA, 0x55, 0xAA, 0x55, 0xAA, 0x55, 0xAA, 0x55]);
/// Four by four fields, the upper left one lit.
const CHECKER: Bitmap = Bitmap([0xCC, 0xCC, 0x33, 0x33, 0xCC, 0xCC, 0x33, 0x33]);

fn fill(left: usize, top: usize, width: usize, height: usize) -> Bitmap {
    Bitmap::of(|x, y| (left..left + width).contains(&x) && (top..top + height).contains(&y))
}

fn shaded(shade: Bitmap, part: impl Fn(usize, usize) -> bool) -> Bitmap {
    Bitmap::of(|x, y| part(x, y) && shade.lit(x, y))
}

/// Quarters of the cell, in the order of the characters.
fn quadrants(code: u32) -> Bitmap {
    // Bits: upper left 1, upper right 2, lower left 4, lower right 8.
    const SETS: [u8; 10] = [4, 8, 1, 13, 9, 7, 11, 2, 6, 14];
    let set = SETS[(code - 0x2596) as usize % SETS.len()];
    Bitmap::of(|x, y| set >> (x / 4 + 2 * (y / 4)) & 1 != 0)
}

/// Sixths of the cell: the characters count in binary, upper left first, but for the four that have a character
/// elsewhere (none, the two halves, all).
fn sextants(code: u32) -> Bitmap {
    let place = code - 0x1FB00 + 1;
    let set = place + u32::from(place >= 0b01_0101) + u32::from(place >= 0b10_1001);
    // Three rows do not divide eight; the middle one is the lower.
    let third = |y: usize| [0, 0, 0, 1, 1, 2, 2, 2][y % SIZE];
    Bitmap::of(|x, y| set >> (x / 4 + 2 * third(y)) & 1 != 0)
}

/// The arms of Box Drawing, an octal digit each: north, east, south, west. What has none is drawn otherwise.
#[rustfmt::skip]
const ARMS: [u16; 128] = [
    0o0101, 0o0202, 0o1010, 0o2020, 0o0000, 0o0000, 0o0000, 0o0000, // 2500 ─━│┃┄┅┆┇
    0o0000, 0o0000, 0o0000, 0o0000, 0o0110, 0o0210, 0o0120, 0o0220, // 2508 ┈┉┊┋┌┍┎┏
    0o0011, 0o0012, 0o0021, 0o0022, 0o1100, 0o1200, 0o2100, 0o2200, // 2510 ┐┑┒┓└┕┖┗
    0o1001, 0o1002, 0o2001, 0o2002, 0o1110, 0o1210, 0o2110, 0o1120, // 2518 ┘┙┚┛├┝┞┟
    0o2120, 0o2210, 0o1220, 0o2220, 0o1011, 0o1012, 0o2011, 0o1021, // 2520 ┠┡┢┣┤┥┦┧
    0o2021, 0o2012, 0o1022, 0o2022, 0o0111, 0o0112, 0o0211, 0o0212, // 2528 ┨┩┪┫┬┭┮┯
    0o0121, 0o0122, 0o0221, 0o0222, 0o1101, 0o1102, 0o1201, 0o1202, // 2530 ┰┱┲┳┴┵┶┷
    0o2101, 0o2102, 0o2201, 0o2202, 0o1111, 0o1112, 0o1211, 0o1212, // 2538 ┸┹┺┻┼┽┾┿
    0o2111, 0o1121, 0o2121, 0o2112, 0o2211, 0o1122, 0o1221, 0o2212, // 2540 ╀╁╂╃╄╅╆╇
    0o1222, 0o2122, 0o2221, 0o2222, 0o0000, 0o0000, 0o0000, 0o0000, // 2548 ╈╉╊╋╌╍╎╏
    0o0303, 0o3030, 0o0310, 0o0130, 0o0330, 0o0013, 0o0031, 0o0033, // 2550 ═║╒╓╔╕╖╗
    0o1300, 0o3100, 0o3300, 0o1003, 0o3001, 0o3003, 0o1310, 0o3130, // 2558 ╘╙╚╛╜╝╞╟
    0o3330, 0o1013, 0o3031, 0o3033, 0o0313, 0o0131, 0o0333, 0o1303, // 2560 ╠╡╢╣╤╥╦╧
    0o3101, 0o3303, 0o1313, 0o3131, 0o3333, 0o0000, 0o0000, 0o0000, // 2568 ╨╩╪╫╬╭╮╯
    0o0000, 0o0000, 0o0000, 0o0000, 0o0001, 0o1000, 0o0100, 0o0010, // 2570 ╰╱╲╳╴╵╶╷
    0o0002, 0o2000, 0o0200, 0o0020, 0o0201, 0o1020, 0o0102, 0o2010, // 2578 ╸╹╺╻╼╽╾╿
];

/// No arm; the numbers of this and the next are those of [`ARMS`].
const NONE: u16 = 0;
/// A single line.
const LIGHT: u16 = 1;
/// A thick line.
const HEAVY: u16 = 2;
/// Two lines.
const DOUBLE: u16 = 3;

fn line(code: u32) -> Option<Bitmap> {
    let arms = ARMS.get((code - 0x2500) as usize).copied()?;
    if arms != 0 {
        let arm = |place: u32| arms >> (3 * place) & 7;
        return Some(junction([arm(3), arm(1)], [arm(0), arm(2)]));
    }
    let flat =
        |rows: &'static [usize], gap: fn(usize) -> bool| Bitmap::of(|x, y| rows.contains(&y) && !gap(x));
    let tall =
        |cols: &'static [usize], gap: fn(usize) -> bool| Bitmap::of(|x, y| cols.contains(&x) && !gap(y));
    Some(match code {
        0x2504 => flat(&[4], |x| matches!(x, 2 | 5 | 7)),
        0x2505 => flat(&[3, 4, 5], |x| matches!(x, 2 | 5 | 7)),
        0x2506 => tall(&[3, 4], |y| matches!(y, 2 | 5 | 7)),
        0x2507 => tall(&[2, 3, 4, 5], |y| matches!(y, 2 | 5 | 7)),
        0x2508 => flat(&[4], |x| x % 2 == 1),
        0x2509 => flat(&[3, 4, 5], |x| x % 2 == 1),
        0x250A => tall(&[3, 4], |y| y % 2 == 1),
        0x250B => tall(&[2, 3, 4, 5], |y| y % 2 == 1),
        0x254C => flat(&[4], |x| x % 4 == 3),
        0x254D => flat(&[3, 4, 5], |x| x % 4 == 3),
        0x254E => tall(&[3, 4], |y| y % 4 == 3),
        0x254F => tall(&[2, 3, 4, 5], |y| y % 4 == 3),
        0x256D => Bitmap::of(|x, y| arc(SIZE - 1 - x, SIZE - y)),
        0x256E => Bitmap::of(|x, y| arc(x, SIZE - y)),
        0x256F => Bitmap::of(arc),
        0x2570 => Bitmap::of(|x, y| arc(SIZE - 1 - x, y)),
        0x2571 => Bitmap::of(rising),
        0x2572 => Bitmap::of(|x, y| rising(SIZE - 1 - x, y)),
        0x2573 => Bitmap::of(|x, y| rising(x, y) || rising(SIZE - 1 - x, y)),
        _ => return None,
    })
}

/// A quarter of a circle from the top's middle to the left's. Row 4 is not quite the middle, so turned upside
/// down row 8 is outside.
fn arc(x: usize, y: usize) -> bool {
    match y {
        0..=2 => matches!(x, 3 | 4),
        3 => matches!(x, 2 | 3),
        4 => x <= 1,
        _ => false,
    }
}

/// A line from the lower left corner to the upper right one, two pixels wide, the same when turned by half.
fn rising(x: usize, y: usize) -> bool {
    let diagonal = SIZE - 1 - y;
    x == diagonal || x == if y < 4 { 6 - y } else { SIZE - y }
}

/// Two arms in one line that leave the middle: towards the lower numbers of columns or rows, and the higher.
type Stroke = [u16; 2];

/// The first and last column of a standing stroke of a weight.
fn columns(weight: u16) -> (usize, usize) {
    match weight {
        DOUBLE => (1, 6),
        HEAVY => (2, 5),
        _ => (3, 4),
    }
}

/// The first and last row of a lying stroke of a weight.
fn rows(weight: u16) -> (usize, usize) {
    if matches!(weight, DOUBLE | HEAVY) { (3, 5) } else { (4, 4) }
}

/// Arms that meet in the middle.
fn junction(standing: Stroke, lying: Stroke) -> Bitmap {
    Bitmap::of(|x, y| {
        let parts =
            [stroke(standing, columns, lying, rows, y, x), stroke(lying, rows, standing, columns, x, y)];
        let any = |what: fn(&Ink) -> bool| parts.iter().any(what);
        (any(|ink| ink.thick) && !any(|ink| ink.channel)) || any(|ink| ink.over)
    })
}

/// What a stroke does to a pixel. A double line is a thick one with a channel along it.
struct Ink {
    thick: bool,
    channel: bool,
    /// A light line over the rails of a double one.
    over: bool,
}

/// What a stroke does to the pixel `along` and `across` it, where it meets another. `width` and `cross_width` are the
/// places that they cover across themselves.
fn stroke(
    own: Stroke,
    width: fn(u16) -> (usize, usize),
    cross: Stroke,
    cross_width: fn(u16) -> (usize, usize),
    along: usize,
    across: usize,
) -> Ink {
    let within = |(first, last): (usize, usize)| (first..=last).contains(&across);
    let reaches = |weight: u16, (end, begin): (usize, usize)| {
        (own[0] == weight && along <= end) || (own[1] == weight && along >= begin)
    };
    let crossing = cross[0].max(cross[1]);
    let (first, last) = cross_width(crossing);
    let (inner_first, inner_last) = cross_width(LIGHT);
    let whole = (SIZE - 1, 0);

    // Where the channel of a double arm begins: in the channel that it meets, or behind the line.
    let channel = match crossing {
        DOUBLE => (inner_last, inner_first),
        NONE => whole,
        _ if own == [DOUBLE; 2] => whole,
        _ => (first - 1, last + 1),
    };
    // A light arm goes through a double line if it goes on beyond, and otherwise ends at the nearer rail; where
    // the double line turns, at the farther.
    let over = match cross {
        [DOUBLE, DOUBLE] if own[0] == own[1] => whole,
        [DOUBLE, DOUBLE] => (inner_first - 1, inner_last + 1),
        _ => (last, first),
    };
    Ink {
        thick: (own[0] != NONE && within(width(own[0])) && along <= last)
            || (own[1] != NONE && within(width(own[1])) && along >= first),
        channel: within(width(LIGHT)) && reaches(DOUBLE, channel),
        over: crossing == DOUBLE && within(width(LIGHT)) && reaches(LIGHT, over),
    }
}
