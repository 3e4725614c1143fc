//! The sheets are well formed, every character that a screen can show is drawn, and lines meet.

use std::collections::HashMap;

use super::*;
use crate::petscii::ScreenCode;
use crate::petscii::host::HostCharset;

const MACHINES: [Machine; 3] = [Machine::Pet, Machine::C64, Machine::Vic20];
const SETS: [CharSet; 2] = [CharSet::Graphics, CharSet::Text];

fn drawn(c: char) -> Bitmap {
    drawing(c).unwrap_or_else(|| panic!("{c} {:04X} has no drawing", u32::from(c)))
}

#[test]
fn every_sheet_is_well_formed_and_no_character_is_drawn_twice() {
    let mut all: HashMap<char, Bitmap> = HashMap::new();
    for sheet in SHEETS {
        assert!(sheet.starts_with("# "), "a sheet says what it is");
        let lines: Vec<&str> =
            sheet.lines().filter(|line| !line.starts_with("# ") && !line.is_empty()).collect();
        for band in lines.chunks(9) {
            let (labels, rows) = band.split_first().unwrap();
            let labels: Vec<String> =
                labels.chars().collect::<Vec<_>>().chunks(9).map(|label| label.iter().collect()).collect();
            assert!((1..=8).contains(&labels.len()) && rows.len() == 8, "{labels:?}");
            for row in rows {
                let drawings: Vec<&str> = row.split(' ').collect();
                assert_eq!(drawings.len(), labels.len(), "{labels:?}: {row}");
                assert!(
                    drawings.iter().all(|d| d.len() == 8 && d.chars().all(|p| ".#".contains(p))),
                    "{row}"
                );
            }
            for label in &labels {
                let (code, shown) = label.split_once(' ').unwrap_or((label, ""));
                let c = char::from_u32(u32::from_str_radix(code, 16).unwrap()).unwrap();
                assert_eq!(
                    shown.trim(),
                    c.to_string().trim(),
                    "a label shows another character than its code"
                );
            }
        }
        for (c, bitmap) in sheet::drawings(sheet) {
            assert!(all.insert(c, bitmap).is_none(), "{c} is drawn twice");
            assert!(boxes::drawing(c).is_none(), "{c} is drawn and computed");
        }
        let labels = lines
            .chunks(9)
            .flat_map(|band| band[0].split_whitespace())
            .filter(|word| word.chars().count() > 3);
        assert_eq!(sheet::drawings(sheet).len(), labels.count(), "a drawing was left out");
    }
    assert!(all.len() > 250);
}

#[test]
fn a_sheet_that_is_broken_gives_what_is_whole_in_it() {
    assert_eq!(sheet::drawings(""), []);
    assert_eq!(sheet::drawings("0041 A\n####\n"), []);
    let whole = "0041 A   0042 B\n".to_owned() + &"######## ###x####\n".repeat(8);
    assert_eq!(sheet::drawings(&whole), [('A', Bitmap::FULL)]);
    assert_eq!(sheet::drawings(&whole.replace("0041 A", "zz    ")), []);
}

#[test]
fn every_screen_code_of_every_set_has_a_drawing_of_its_own() {
    for (machine, set) in MACHINES.into_iter().flat_map(|machine| SETS.map(|set| (machine, set))) {
        let mut seen: HashMap<Bitmap, u8> = HashMap::new();
        for code in 0..0x80 {
            let c = ScreenCode(code).unicode(machine, set);
            let kind = match machine {
                Machine::Pet => ScreenKind::Cbm8032,
                Machine::C64 => ScreenKind::C64,
                Machine::Vic20 => ScreenKind::Vic20,
            };
            assert!(drawing(c).is_some(), "{machine:?} {set:?} {code:02X} {c}");
            let bitmap = of_cell(kind, set, Cell::plain(Glyph::Code(ScreenCode(code))));
            let other = seen.insert(bitmap, code);
            // The space and the shifted space look alike on the machines too.
            let alike = code == 0x60 && other == Some(0x20);
            assert!(other.is_none() || alike, "{machine:?} {set:?} {code:02X} looks like {other:02X?}");
        }
    }
}

#[test]
fn the_negative_of_a_character_is_its_reversed_code() {
    let mut pairs = 0;
    for (machine, set) in MACHINES.into_iter().flat_map(|machine| SETS.map(|set| (machine, set))) {
        for code in 0..0x80 {
            let upright = ScreenCode(code).unicode(machine, set);
            if let Some(reversed) = ScreenCode(code | 0x80).solo_unicode(machine, set) {
                assert_eq!(drawn(reversed), drawn(upright).reversed(), "{upright} {reversed}");
                pairs += 1;
            }
        }
    }
    assert!(pairs > 100, "{pairs}");
}

#[test]
fn every_byte_of_the_charsets_of_the_west_is_drawn() {
    for charset in [HostCharset::CP437, HostCharset::from_label("windows-1252").unwrap()] {
        for byte in (0x20..0x7F).chain(0x80..=0xFF) {
            let mut text = String::new();
            charset.decoder().push(byte, &mut text);
            for c in text.chars().filter(|c| !c.is_control() && *c != '\u{AD}') {
                assert!(drawing(c).is_some(), "{} {byte:02X} {c}", charset.label());
            }
        }
    }
    for c in "☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼⌂".chars()
    {
        assert!(drawing(c).is_some(), "{c}");
    }
}

#[test]
fn letters_are_legible_alone() {
    let printable: Vec<char> =
        (0x21..0x7F).filter_map(char::from_u32).chain("ÄÖÜäöüéèêñçß£".chars()).collect();
    for (place, &a) in printable.iter().enumerate() {
        for &b in &printable[..place] {
            let apart: u32 = drawn(a).0.iter().zip(drawn(b).0).map(|(a, b)| (a ^ b).count_ones()).sum();
            assert!(apart >= 2, "{a} and {b} differ in {apart} pixels");
        }
    }
    // A column is left on one side at least, or letters run into each other.
    for c in ('a'..='z').chain('A'..='Z').chain('0'..='9') {
        assert!(drawn(c).0.iter().all(|row| row & 1 == 0), "{c} leaves no room on its right");
    }
}

#[test]
fn what_has_no_drawing_is_a_box() {
    for c in ['漢', '\u{FFFD}', '\u{1F600}', '\u{2BFF}'] {
        assert_eq!(bitmap(c), Bitmap::MISSING);
    }
    assert!(drawing('\u{FFFD}').is_none() && Bitmap::MISSING != Bitmap::BLANK);
}

/// The lit pixels of an edge: north and south from the left, east and west from the top.
fn edges(bitmap: Bitmap) -> [u8; 4] {
    let column = |x| (0..SIZE).fold(0, |bits, y| bits << 1 | u8::from(bitmap.lit(x, y)));
    [bitmap.0[0], column(SIZE - 1), bitmap.0[SIZE - 1], column(0)]
}

#[test]
fn lines_reach_the_edges_that_their_names_say_and_no_other() {
    const LIGHT_TALL: u8 = 0b0001_1000;
    const LIGHT_FLAT: u8 = 0b0000_1000;
    const HEAVY_TALL: u8 = 0b0011_1100;
    const HEAVY_FLAT: u8 = 0b0001_1100;
    const DOUBLE_TALL: u8 = 0b0110_0110;
    const DOUBLE_FLAT: u8 = 0b0001_0100;
    let expected = |arms: &str| {
        let mut edges = [0; 4];
        for (place, (arm, edge)) in arms.chars().zip(&mut edges).enumerate() {
            let tall = place % 2 == 0;
            *edge = match arm {
                '1' => {
                    if tall {
                        LIGHT_TALL
                    } else {
                        LIGHT_FLAT
                    }
                }
                '2' => {
                    if tall {
                        HEAVY_TALL
                    } else {
                        HEAVY_FLAT
                    }
                }
                '3' => {
                    if tall {
                        DOUBLE_TALL
                    } else {
                        DOUBLE_FLAT
                    }
                }
                _ => 0,
            };
        }
        edges
    };
    // North, east, south, west: the PET's own, code page 437's, and some heavy ones.
    for (characters, arms) in [
        ("─", "0101"),
        ("│", "1010"),
        ("┌╭", "0110"),
        ("┐╮", "0011"),
        ("└╰", "1100"),
        ("┘╯", "1001"),
        ("├", "1110"),
        ("┤", "1011"),
        ("┬", "0111"),
        ("┴", "1101"),
        ("┼", "1111"),
        ("═", "0303"),
        ("║", "3030"),
        ("╔", "0330"),
        ("╗", "0033"),
        ("╚", "3300"),
        ("╝", "3003"),
        ("╠", "3330"),
        ("╣", "3033"),
        ("╦", "0333"),
        ("╩", "3303"),
        ("╬", "3333"),
        ("╒", "0310"),
        ("╓", "0130"),
        ("╕", "0013"),
        ("╖", "0031"),
        ("╘", "1300"),
        ("╙", "3100"),
        ("╛", "1003"),
        ("╜", "3001"),
        ("╞", "1310"),
        ("╟", "3130"),
        ("╡", "1013"),
        ("╢", "3031"),
        ("╤", "0313"),
        ("╥", "0131"),
        ("╧", "1303"),
        ("╨", "3101"),
        ("╪", "1313"),
        ("╫", "3131"),
        ("━", "0202"),
        ("┃", "2020"),
        ("┏", "0220"),
        ("╋", "2222"),
        ("┿", "1212"),
        ("╂", "2121"),
    ] {
        for c in characters.chars() {
            assert_eq!(edges(drawn(c)), expected(arms), "{c}");
        }
    }
}

#[test]
fn a_line_is_in_one_piece() {
    for c in (0x250C..0x254C).chain(0x2574..0x2580).chain(0x256D..0x2574).filter_map(char::from_u32) {
        let bitmap = drawn(c);
        let lit = |x: i32, y: i32| x >= 0 && y >= 0 && bitmap.lit(x as usize, y as usize);
        let all: Vec<(i32, i32)> =
            (0..8).flat_map(|y| (0..8).map(move |x| (x, y))).filter(|&(x, y)| lit(x, y)).collect();
        let mut found = vec![all[0]];
        let mut next = 0;
        while let Some(&(x, y)) = found.get(next) {
            next += 1;
            for near in (-1..=1).flat_map(|dy| (-1..=1).map(move |dx| (x + dx, y + dy))) {
                if lit(near.0, near.1) && !found.contains(&near) {
                    found.push(near);
                }
            }
        }
        assert_eq!(found.len(), all.len(), "{c} falls apart");
    }
}

#[test]
fn diagonals_go_from_corner_to_corner_and_cross() {
    let (down, up) = (drawn('╲'), drawn('╱'));
    assert!(down.lit(0, 0) && down.lit(7, 7) && up.lit(7, 0) && up.lit(0, 7));
    assert_eq!(up, Bitmap(down.0.map(u8::reverse_bits)));
    let both = Bitmap::of(|x, y| down.lit(x, y) || up.lit(x, y));
    assert_eq!(drawn('╳'), both);
}

/// Pixels that are lit.
fn cover(c: char) -> u32 {
    drawn(c).0.iter().map(|row| row.count_ones()).sum()
}

#[test]
fn blocks_cover_what_their_names_say() {
    for (c, pixels) in [
        ('▀', 32),
        ('▁', 8),
        ('▃', 24),
        ('█', 64),
        ('▉', 56),
        ('▏', 8),
        ('▐', 32),
        ('░', 16),
        ('▒', 32),
        ('▓', 48),
        ('▔', 8),
        ('▕', 8),
        ('▖', 16),
        ('▙', 48),
        ('▚', 32),
        ('▟', 48),
        ('◤', 36),
        ('\u{1fb72}', 8),
        ('\u{1fb7a}', 8),
        ('\u{1fb7c}', 15),
        ('\u{1fb85}', 48),
        ('\u{1fb8b}', 56),
        ('\u{1fb8f}', 16),
        ('\u{1fb91}', 48),
        ('\u{1fb95}', 32),
        ('\u{1fb96}', 32),
        ('\u{1fb98}', 32),
        ('\u{1fb99}', 32),
        // The uppermost two of six sixths; all but the last.
        ('\u{1fb02}', 24),
        ('\u{1fb1d}', 52),
    ] {
        assert_eq!(cover(c), pixels, "{c} {:04x}", u32::from(c));
    }
}

#[test]
fn the_shades_of_a_c64_are_coarser_than_those_of_a_pet() {
    let shade = |kind, code| of_cell(kind, CharSet::Graphics, Cell::plain(Glyph::Code(ScreenCode(code))));
    for code in [0x66, 0x5C, 0x68] {
        let (pet, c64) = (shade(ScreenKind::Cbm8032, code), shade(ScreenKind::C64, code));
        let ones = |bitmap: Bitmap| bitmap.0.iter().map(|row| row.count_ones()).sum::<u32>();
        assert!(pet != c64 && ones(pet) == ones(c64), "{code:02X}");
        assert_eq!(shade(ScreenKind::Vic20, code), pet);
    }
}
