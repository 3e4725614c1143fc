//! What a poorer font shows in place of a character.
//!
//! Two guarantees: at [`GlyphTier::Box`] every glyph of a Commodore set is one that code page 437 has, and at
//! [`GlyphTier::Ascii`] every character whatsoever is ASCII. Letters and symbols that are no graphics are
//! left alone at `Box`: whether the font has Cyrillic is the user's affair.

use super::GlyphTier;

/// What to show for `c` at a tier; one character for one, so that columns keep.
///
/// ```
/// use petterm::petscii::{GlyphTier, tier_char};
///
/// assert_eq!(tier_char('╭', GlyphTier::Unicode), '╭');
/// assert_eq!(tier_char('╭', GlyphTier::Box), '┌');
/// assert_eq!(tier_char('╭', GlyphTier::Ascii), '+');
/// assert_eq!(tier_char('é', GlyphTier::Ascii), 'e');
/// ```
pub const fn tier_char(c: char, tier: GlyphTier) -> char {
    if c.is_ascii() {
        return c;
    }
    match tier {
        GlyphTier::Unicode => c,
        GlyphTier::Box => boxed(c),
        GlyphTier::Ascii => plain(boxed(c)),
    }
}

/// The light line drawing character of the same shape, for any other weight or style; others as they are.
pub(super) const fn light(c: char) -> char {
    match c {
        '━' | '┄' | '┅' | '┈' | '┉' | '╌' | '╍' | '═' | '╴' | '╶' | '╸' | '╺' | '╼' | '╾' => {
            '─'
        }
        '┃' | '┆' | '┇' | '┊' | '┋' | '╎' | '╏' | '║' | '╵' | '╷' | '╹' | '╻' | '╽' | '╿' => {
            '│'
        }
        '┌'..='┏' | '╒'..='╔' | '╭' => '┌',
        '┐'..='┓' | '╕'..='╗' | '╮' => '┐',
        '└'..='┗' | '╘'..='╚' | '╰' => '└',
        '┘'..='┛' | '╛'..='╝' | '╯' => '┘',
        '├'..='┣' | '╞'..='╠' => '├',
        '┤'..='┫' | '╡'..='╣' => '┤',
        '┬'..='┳' | '╤'..='╦' => '┬',
        '┴'..='┻' | '╧'..='╩' => '┴',
        '┼'..='╋' | '╪'..='╬' => '┼',
        _ => c,
    }
}

/// The nearest graphic of code page 437.
const fn boxed(c: char) -> char {
    match c {
        // Code page 437 has these and their double forms; see `light`.
        '═'..='╬' => c,
        '\u{2500}'..='\u{254F}' | '╭'..='╰' | '\u{2574}'..='\u{257F}' => light(c),
        '╱' => '/',
        '╲' => '\\',
        '╳' => 'X',
        // Eighths of a cell, drawn as lines where they are thin and as halves where they are not.
        '▁' | '\u{1FB7B}' => '_',
        '▔' | '\u{1FB76}'..='\u{1FB7A}' => '─',
        '▏' | '▕' | '\u{1FB70}'..='\u{1FB75}' => '│',
        '▂' | '▃' | '▅' | '▖' | '▗' | '◢' | '◣' => '▄',
        '▘' | '▝' | '◤' | '◥' | '\u{1FB82}'..='\u{1FB84}' => '▀',
        '▎' | '▍' | '▋' => '▌',
        '\u{1FB87}'..='\u{1FB89}' => '▐',
        '▆' | '▇' | '▉' | '▊' | '▙' | '▛' | '▜' | '▟' => '█',
        '\u{1FB85}' | '\u{1FB86}' | '\u{1FB8A}' | '\u{1FB8B}' => '█',
        '\u{1FB7C}' => '└',
        '\u{1FB7D}' => '┌',
        '\u{1FB7E}' => '┐',
        '\u{1FB7F}' => '┘',
        '\u{1FB91}' | '\u{1FB94}' => '▓',
        '▚' | '▞' => '▒',
        '✓' | '\u{1FBB1}' => '√',
        '●' => '•',
        '◦' => '○',
        // The rest of the block "symbols for legacy computing": sextants, wedges and fills.
        '\u{1FB00}'..='\u{1FBAF}' => '▒',
        _ => c,
    }
}

/// ASCII for what `boxed` gives; `?` for what nothing in ASCII resembles.
const fn plain(c: char) -> char {
    match c {
        '\0'..='\x7F' => c,
        '\u{A0}'..='\u{FF}' => LATIN_1[c as usize - 0xA0] as char,
        '═' => '=',
        '║' => '|',
        '─' => '-',
        '│' => '|',
        '\u{2500}'..='\u{257F}' => '+',
        '▀' => '"',
        '▄' => '_',
        '█' | '■' => '#',
        '▌' => '[',
        '▐' => ']',
        '░' => '.',
        '▒' => ':',
        '▓' => '%',
        '↑' | '▲' => '^',
        '↓' | '▼' => 'v',
        '←' | '◄' | '≤' | '⟨' => '<',
        '→' | '►' | '≥' | '⟩' => '>',
        '♠' => 'S',
        '♥' => 'H',
        '♦' => 'D',
        '♣' => 'C',
        '•' | '◘' => '*',
        '○' | '◙' => 'o',
        'π' => 'n',
        '√' => 'v',
        '∙' => '.',
        '…' => '.',
        '‐'..='―' | '−' => '-',
        '‘'..='‛' => '\'',
        '“'..='‟' => '"',
        '≈' => '~',
        '€' => 'E',
        _ => '?',
    }
}

/// U+00A0-00FF without accents.
const LATIN_1: [u8; 96] = *b" !c#$Y|S\"ca<--r-o+23'uP.,1o>????\
AAAAAAACEEEEIIIIDNOOOOOxOUUUUYTsaaaaaaaceeeeiiiidnooooo/ouuuuyty";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::petscii::host::HostCharset;
    use crate::petscii::{CharSet, Machine, ScreenCode};

    fn every_commodore_glyph() -> impl Iterator<Item = char> {
        Machine::ALL.into_iter().flat_map(|machine| {
            CharSet::ALL.into_iter().flat_map(move |set| {
                (0..=0xFF).filter_map(move |code| ScreenCode(code).solo_unicode(machine, set))
            })
        })
    }

    #[test]
    fn box_tier_stays_within_code_page_437() {
        let cp437 = HostCharset::from_label("cp437").unwrap();
        // The font's glyphs for 01-1F, which no charset decodes to.
        let low = "☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼";
        for c in every_commodore_glyph() {
            let shown = tier_char(c, GlyphTier::Box);
            assert!(low.contains(shown) || cp437.encode(shown).is_some(), "{c:?} is shown as {shown:?}");
        }
    }

    #[test]
    fn box_tier_keeps_what_code_page_437_has() {
        let cp437 = HostCharset::from_label("cp437").unwrap();
        let mut decoder = cp437.decoder();
        let mut all = String::new();
        for byte in 0x20..=0xFF {
            decoder.push(byte, &mut all);
        }
        for c in all.chars() {
            assert_eq!(tier_char(c, GlyphTier::Box), c);
        }
    }

    #[test]
    fn ascii_tier_is_ascii_for_every_character() {
        for c in '\0'..=char::MAX {
            assert!(tier_char(c, GlyphTier::Ascii).is_ascii(), "{c:?}");
        }
    }

    #[test]
    fn every_commodore_glyph_resembles_something_in_ascii() {
        for c in every_commodore_glyph().filter(|c| *c != '?') {
            assert_ne!(tier_char(c, GlyphTier::Ascii), '?', "{c:?}");
        }
    }
}
