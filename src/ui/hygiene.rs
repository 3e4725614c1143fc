//! What may stand in a cell of the host's terminal.
//!
//! The rule: every character that a front end writes is on the list of [`allowed`], one column wide, not a
//! control, not invisible, not combining, and never turns the direction of writing. Whatever the far end, a
//! file or a device name holds, anything else is shown as `?`. The list covers the glyphs of the Commodore
//! sets, of code page 437 and of the one-column alphabets among the host charsets; right-to-left scripts are
//! left out because a terminal may reorder the cells around them.

/// Ranges of allowed characters, ascending.
const ALLOWED: &[(char, char)] = &[
    (' ', '~'),
    ('\u{a1}', '\u{ac}'),
    ('\u{ae}', '\u{2ff}'),
    ('\u{370}', '\u{377}'),
    ('\u{37a}', '\u{37f}'),
    ('\u{384}', '\u{38a}'),
    ('\u{38c}', '\u{38c}'),
    ('\u{38e}', '\u{3a1}'),
    ('\u{3a3}', '\u{482}'),
    ('\u{48a}', '\u{52f}'),
    ('\u{531}', '\u{556}'),
    ('\u{559}', '\u{58a}'),
    ('\u{e01}', '\u{e30}'),
    ('\u{e3f}', '\u{e46}'),
    ('\u{e4f}', '\u{e5b}'),
    ('\u{10d0}', '\u{10ff}'),
    ('\u{1e00}', '\u{1eff}'),
    ('\u{2010}', '\u{2027}'),
    ('\u{2030}', '\u{205e}'),
    ('\u{2070}', '\u{2071}'),
    ('\u{2074}', '\u{208e}'),
    ('\u{20a0}', '\u{20bf}'),
    ('\u{2100}', '\u{218b}'),
    ('\u{2190}', '\u{22ff}'),
    ('\u{2300}', '\u{2319}'),
    ('\u{231c}', '\u{2328}'),
    ('\u{232b}', '\u{23e8}'),
    ('\u{2500}', '\u{25fc}'),
    ('\u{2639}', '\u{263c}'),
    ('\u{2640}', '\u{2640}'),
    ('\u{2642}', '\u{2642}'),
    ('\u{2660}', '\u{266f}'),
    ('\u{2713}', '\u{2713}'),
    ('\u{ff61}', '\u{ff9d}'),
    ('\u{1fb00}', '\u{1fb92}'),
    ('\u{1fb94}', '\u{1fbca}'),
    ('\u{1fbf0}', '\u{1fbf9}'),
];

/// Whether a character may be written to the host's terminal.
pub fn allowed(c: char) -> bool {
    if c.is_ascii() {
        return (' '..='~').contains(&c);
    }
    ALLOWED
        .binary_search_by(|&(first, last)| {
            if last < c {
                std::cmp::Ordering::Less
            } else if first > c {
                std::cmp::Ordering::Greater
            } else {
                std::cmp::Ordering::Equal
            }
        })
        .is_ok()
}

/// The character itself if it is allowed, a blank for the blanks of other names, otherwise `?`.
pub fn host_char(c: char) -> char {
    match c {
        _ if allowed(c) => c,
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' => ' ',
        _ => '?',
    }
}

/// A text with every character made safe; tabs and line ends become blanks.
///
/// ```
/// use petterm::ui::hygiene::clean;
/// assert_eq!(clean("a\x1b]0;x\x07b\n\u{202e}c"), "a?]0;x?b ?c");
/// ```
pub fn clean(text: &str) -> String {
    text.chars().map(|c| if matches!(c, '\t' | '\n' | '\r') { ' ' } else { host_char(c) }).collect()
}

/// At most `width` characters of a text; a text that was cut ends in `…`.
pub fn clip(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(width.saturating_sub(1)).collect();
    if width > 0 {
        cut.push('…');
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_ascending() {
        for pair in ALLOWED.windows(2) {
            assert!(pair[0].1 < pair[1].0, "{pair:?}");
        }
    }

    #[test]
    fn nothing_dangerous_is_allowed() {
        let hostile = (0..0x20u32)
            .chain(0x7f..0xa0)
            .chain([0xad, 0x300, 0x36f, 0x5d0, 0x627, 0x61c, 0x200b, 0x200d, 0x200e, 0x200f])
            .chain(0x202a..0x202f)
            .chain(0x2060..0x2070)
            .chain([0xfe0f, 0xfeff, 0xfff9, 0xfffe, 0x1f600, 0xe0001, 0x4e00, 0x3042, 0xe000]);
        for code in hostile {
            if let Some(c) = char::from_u32(code) {
                assert!(!allowed(c), "{code:04x}");
            }
        }
    }

    #[cfg(feature = "tui")]
    #[test]
    fn everything_allowed_is_one_column_wide() {
        for c in (0..=u32::from(char::MAX)).filter_map(char::from_u32).filter(|&c| allowed(c)) {
            let width = ratatui::text::Span::raw(c.to_string()).width();
            assert_eq!(width, 1, "{:04x}", u32::from(c));
        }
    }

    #[test]
    fn code_page_437_is_allowed() {
        for c in "☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼⌂ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■".chars() {
            assert!(allowed(c), "{c}");
        }
    }

    #[test]
    fn the_glyphs_of_the_commodore_sets_are_allowed() {
        let text = "£π•←↑─│┌┐└┘├┤┬┴┼╭╮╯╰╱╲╳○◘◙◢◣◤◥♠♣♥♦✓🮱";
        let blocks = (0x2580..=0x2590).chain([0x2592]).chain(0x2594..=0x259f);
        let legacy =
            (0x1fb70..=0x1fb7f).chain(0x1fb82..=0x1fb92).chain([0x1fb94, 0x1fb95, 0x1fb96, 0x1fb98, 0x1fb99]);
        for c in text.chars().chain(blocks.chain(legacy).filter_map(char::from_u32)) {
            assert!(allowed(c), "{:04x}", u32::from(c));
        }
    }

    #[test]
    fn a_cut_says_so() {
        assert_eq!(clip("abcdef", 4), "abc…");
        assert_eq!(clip("abcd", 4), "abcd");
        assert_eq!(clip("abcd", 0), "");
    }
}
