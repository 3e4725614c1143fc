//! The board's pages: text that people can edit to the PETSCII bytes that go down the line.
//!
//! A page is a text file, a line a row; a row ends in RETURN unless it ends in `{-}`. Letters are the small
//! and capital ones of the text set (41-5A and C1-DA), and the block and line glyphs below stand for
//! themselves; where a glyph exists only reversed, the reversing is done here. Control codes are written by
//! name, as in `{clr}`. A line that begins with `{#` is a remark. The codes are those of the PET's text set,
//! which PET, C64 and C128 share for these glyphs.

/// Control codes by name.
const CONTROLS: [(&str, u8); 7] = [
    ("clr", 0x93),
    ("home", 0x13),
    ("down", 0x11),
    ("text", 0x0E),
    ("del", 0x14),
    ("rvs on", REVERSE_ON),
    ("rvs off", REVERSE_OFF),
];

/// Glyphs that are no letters, by code; the second half is made by reversing.
const GLYPHS: [(char, u8, bool); 29] = [
    ('─', 0xC0, false),
    ('│', 0xDD, false),
    ('┌', 0xB0, false),
    ('┐', 0xAE, false),
    ('└', 0xAD, false),
    ('┘', 0xBD, false),
    ('┬', 0xB2, false),
    ('┴', 0xB1, false),
    ('├', 0xAB, false),
    ('┤', 0xB3, false),
    ('▁', 0xA4, false),
    ('▔', 0xA3, false),
    ('▒', 0xA6, false),
    ('↑', 0x5E, false),
    ('←', 0x5F, false),
    ('▌', 0xA1, false),
    ('▄', 0xA2, false),
    ('▗', 0xAC, false),
    ('▖', 0xBB, false),
    ('▝', 0xBC, false),
    ('▘', 0xBE, false),
    ('▚', 0xBF, false),
    ('█', 0x20, true),
    ('▐', 0xA1, true),
    ('▀', 0xA2, true),
    ('▛', 0xAC, true),
    ('▜', 0xBB, true),
    ('▙', 0xBC, true),
    ('▟', 0xBE, true),
];

const RETURN: u8 = 0x0D;
const REVERSE_ON: u8 = 0x12;
const REVERSE_OFF: u8 = 0x92;

/// The bytes of a page. What a page cannot say becomes a question mark.
pub(super) fn encode(page: &str) -> Vec<u8> {
    let mut out = Encoder::default();
    for row in page.lines().filter(|row| !row.starts_with("{#")) {
        let (row, stays) = match row.strip_suffix("{-}") {
            Some(row) => (row, true),
            None => (row, false),
        };
        out.row(row);
        if !stays {
            out.control(RETURN);
        }
    }
    out.bytes
}

#[derive(Default)]
struct Encoder {
    bytes: Vec<u8>,
    /// What the page asks for.
    wanted: bool,
    /// What the screen is set to.
    reverse: bool,
}

impl Encoder {
    fn row(&mut self, row: &str) {
        let mut rest = row;
        while let Some(c) = rest.chars().next() {
            rest = rest.get(c.len_utf8()..).unwrap_or("");
            match rest.split_once('}') {
                Some((name, after)) if c == '{' => {
                    self.control(control(name).unwrap_or(b'?'));
                    rest = after;
                }
                _ => self.glyph(c),
            }
        }
    }

    fn control(&mut self, code: u8) {
        match code {
            REVERSE_ON => self.wanted = true,
            REVERSE_OFF => self.wanted = false,
            // RETURN ends reverse on every machine; the others leave it.
            RETURN => (self.wanted, self.reverse) = (false, false),
            _ => {}
        }
        if code == REVERSE_OFF {
            self.reverse = false;
        }
        if code != REVERSE_ON {
            self.bytes.push(code);
        }
    }

    fn glyph(&mut self, c: char) {
        let (code, reversed) = glyph(c).unwrap_or((b'?', false));
        let reverse = self.wanted != reversed;
        if reverse != self.reverse {
            self.bytes.push(if reverse { REVERSE_ON } else { REVERSE_OFF });
            self.reverse = reverse;
        }
        self.bytes.push(code);
    }
}

/// The code of a control by its name.
pub(super) fn control(name: &str) -> Option<u8> {
    CONTROLS.iter().find(|(known, _)| *known == name).map(|&(_, code)| code)
}

/// The code of a glyph, and whether it has to be reversed.
pub(super) fn glyph(c: char) -> Option<(u8, bool)> {
    match c {
        'a'..='z' => Some((c as u8 - b'a' + 0x41, false)),
        'A'..='Z' => Some((c as u8 - b'A' + 0xC1, false)),
        // 22 would start quote mode on a strict screen.
        ' ' | '!' | '#'..='@' | '[' | ']' => Some((c as u8, false)),
        _ => GLYPHS.iter().find(|(known, ..)| *known == c).map(|&(_, code, reversed)| (code, reversed)),
    }
}
