//! Which characters may stand in a cell of an ASCII or ANSI screen.
//!
//! An allow-list: blocks of assigned, printable, left-to-right characters that every terminal draws one column
//! wide. It holds no control, format, bidirectional, zero-width, combining, private-use or unassigned character
//! and no emoji. What is not in it either vanishes ([`Placed::Nothing`]) or, where it would have taken room, is
//! replaced by U+FFFD ([`Placed::Glyph`]); wide characters and right-to-left letters are among these.
//!
//! Facts: the Unicode Character Database (general categories, East Asian Width), version 15.

/// What becomes of a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Placed {
    /// It takes a cell.
    Glyph(char),
    /// It takes no room and is dropped.
    Nothing,
}

/// Stands for what cannot be shown.
const REPLACEMENT: char = '\u{FFFD}';

/// Ranges that may stand in a cell, ascending.
const ALLOWED: &[(u32, u32)] = &[
    (0x0020, 0x007E),
    (0x00A1, 0x00AC),
    (0x00AE, 0x02FF),
    // Greek and Cyrillic
    (0x0370, 0x0377),
    (0x037A, 0x037F),
    (0x0384, 0x038A),
    (0x038C, 0x038C),
    (0x038E, 0x03A1),
    (0x03A3, 0x0482),
    (0x048A, 0x052F),
    // Armenian and Georgian
    (0x0531, 0x0556),
    (0x0559, 0x058A),
    (0x058D, 0x058F),
    (0x10A0, 0x10C5),
    (0x10D0, 0x10FF),
    // Latin and Greek with several marks
    (0x1E00, 0x1F15),
    (0x1F18, 0x1F1D),
    (0x1F20, 0x1F45),
    (0x1F48, 0x1F4D),
    (0x1F50, 0x1F57),
    (0x1F5F, 0x1F7D),
    (0x1F80, 0x1FB4),
    (0x1FB6, 0x1FC4),
    (0x1FC6, 0x1FD3),
    (0x1FD6, 0x1FDB),
    (0x1FDD, 0x1FEF),
    (0x1FF2, 0x1FF4),
    (0x1FF6, 0x1FFE),
    // punctuation, figures, currency, letterlike
    (0x2010, 0x2027),
    (0x2030, 0x205E),
    (0x2070, 0x2071),
    (0x2074, 0x208E),
    (0x2090, 0x209C),
    (0x20A0, 0x20C0),
    (0x2100, 0x218B),
    // arrows, mathematics, technical
    (0x2190, 0x2319),
    (0x231C, 0x2328),
    (0x232B, 0x23E8),
    (0x23ED, 0x23EF),
    (0x23F1, 0x23F2),
    (0x23F4, 0x2426),
    (0x2440, 0x244A),
    (0x2460, 0x25FC),
    (0x25FF, 0x2613),
    (0x2616, 0x262F),
    (0x2638, 0x2647),
    (0x2654, 0x267E),
    (0x2680, 0x2689),
    (0x2690, 0x2692),
    (0x2694, 0x26A0),
    (0x26A2, 0x26A9),
    (0x26AC, 0x26BC),
    (0x26BF, 0x26C3),
    (0x26C6, 0x26CD),
    (0x26CF, 0x26D3),
    (0x26D5, 0x26E9),
    (0x26EB, 0x26F1),
    (0x26F6, 0x26F9),
    (0x26FB, 0x26FC),
    (0x26FE, 0x2704),
    (0x2706, 0x2709),
    (0x270C, 0x2727),
    (0x2729, 0x274B),
    (0x274D, 0x274D),
    (0x274F, 0x2752),
    (0x2756, 0x2756),
    (0x2758, 0x2794),
    (0x2798, 0x27AF),
    (0x27B1, 0x27BE),
    (0x27C0, 0x2B1A),
    (0x2B1D, 0x2B4F),
    (0x2B51, 0x2B54),
    (0x2B56, 0x2B73),
    (0x2B76, 0x2B95),
    (0x2B97, 0x2BFF),
    // presentation forms: two ligatures, half-width katakana
    (0xFB00, 0xFB06),
    (0xFF61, 0xFF9D),
    (0xFFE8, 0xFFEE),
    (0xFFFD, 0xFFFD),
    // legacy computing
    (0x1FB00, 0x1FB92),
    (0x1FB94, 0x1FBCA),
    (0x1FBF0, 0x1FBF9),
];

/// Characters that take no room: controls, marks, joiners, directions, selectors, tags.
const ROOMLESS: &[(u32, u32)] = &[
    (0x0000, 0x001F),
    (0x007F, 0x009F),
    (0x00AD, 0x00AD),
    (0x0300, 0x036F),
    (0x0483, 0x0489),
    (0x0591, 0x05BD),
    (0x05BF, 0x05BF),
    (0x05C1, 0x05C2),
    (0x05C4, 0x05C5),
    (0x05C7, 0x05C7),
    (0x0610, 0x061C),
    (0x064B, 0x065F),
    (0x0670, 0x0670),
    (0x06D6, 0x06DD),
    (0x06DF, 0x06E4),
    (0x06E7, 0x06E8),
    (0x06EA, 0x06ED),
    (0x070F, 0x070F),
    (0x0E31, 0x0E31),
    (0x0E34, 0x0E3A),
    (0x0E47, 0x0E4E),
    (0x180B, 0x180F),
    (0x1AB0, 0x1AFF),
    (0x1DC0, 0x1DFF),
    (0x200B, 0x200F),
    (0x2028, 0x202E),
    (0x2060, 0x206F),
    (0x20D0, 0x20FF),
    (0x302A, 0x302F),
    (0x3099, 0x309A),
    (0xFE00, 0xFE0F),
    (0xFE20, 0xFE2F),
    (0xFEFF, 0xFEFF),
    (0xFF9E, 0xFF9F),
    (0xFFF0, 0xFFFB),
    (0xE0000, 0xE0FFF),
];

fn holds(ranges: &[(u32, u32)], c: char) -> bool {
    let c = u32::from(c);
    let next = ranges.partition_point(|(_, last)| *last < c);
    ranges.get(next).is_some_and(|(first, _)| *first <= c)
}

/// What becomes of a character sent to the screen.
pub(super) fn place(c: char) -> Placed {
    if holds(ALLOWED, c) {
        Placed::Glyph(c)
    } else if holds(ROOMLESS, c) {
        Placed::Nothing
    } else if matches!(c, '\u{A0}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{205F}' | '\u{3000}') {
        Placed::Glyph(' ')
    } else {
        Placed::Glyph(REPLACEMENT)
    }
}

/// DEC special graphics: what 5F-7E show when that set is chosen.
pub(super) fn dec_special(byte: u8) -> char {
    const SET: [char; 32] = [
        ' ', '◆', '▒', '␉', '␌', '␍', '␊', '°', '±', '␤', '␋', '┘', '┐', '┌', '└', '┼', '⎺', '⎻', '─', '⎼',
        '⎽', '├', '┤', '┴', '┬', '│', '≤', '≥', 'π', '≠', '£', '·',
    ];
    match byte {
        0x5F..=0x7E => SET[usize::from(byte - 0x5F)],
        _ => char::from(byte),
    }
}

/// CP437's glyphs of control codes that no terminal obeys: art for MS-DOS uses them.
pub(super) fn dos_glyph(byte: u8) -> Option<char> {
    Some(match byte {
        0x01 => '☺',
        0x02 => '☻',
        0x03 => '♥',
        0x04 => '♦',
        0x05 => '♣',
        0x06 => '♠',
        0x10 => '►',
        0x11 => '◄',
        0x12 => '↕',
        0x13 => '‼',
        0x14 => '¶',
        0x15 => '§',
        0x16 => '▬',
        0x17 => '↨',
        0x19 => '↓',
        0x1C => '∟',
        0x1D => '↔',
        0x1E => '▲',
        0x1F => '▼',
        _ => return None,
    })
}
