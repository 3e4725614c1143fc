//! What bulletin boards rely on, at both levels, and what sets the machines apart.

use petterm::petscii::CharSet;
use petterm::screen::{Attrs, Behaviour, Cell, Glyph, Ink, Screen, ScreenKind};

use Behaviour::{Board, Strict};

const COMMODORE: [ScreenKind; 7] = [
    ScreenKind::Safe8032,
    ScreenKind::Cbm8032,
    ScreenKind::Cbm4032,
    ScreenKind::Pet2001N,
    ScreenKind::C64,
    ScreenKind::C128,
    ScreenKind::Vic20,
];

fn fed(kind: ScreenKind, behaviour: Behaviour, bytes: &[u8]) -> Screen {
    let mut screen = Screen::new(kind, behaviour);
    screen.feed(bytes);
    screen
}

fn code(screen: &Screen, row: u8, col: u8) -> u8 {
    let cols = usize::from(screen.size().0);
    screen.codes().unwrap()[usize::from(row) * cols + usize::from(col)]
}

fn cell(screen: &Screen, row: u8, col: u8) -> Cell {
    let mut cells = Vec::new();
    screen.cells(&mut cells);
    cells[usize::from(row) * usize::from(screen.size().0) + usize::from(col)]
}

fn row(screen: &Screen, row: usize) -> String {
    screen.text_rows()[row].trim_end().to_owned()
}

/// Every Commodore screen at both levels.
fn everywhere(mut check: impl FnMut(ScreenKind, Behaviour)) {
    for kind in COMMODORE {
        check(kind, Strict);
        check(kind, Board);
    }
}

#[test]
fn a_print_in_the_last_column_wraps_at_once_and_scrolls_at_bottom_right() {
    everywhere(|kind, behaviour| {
        let (cols, rows) = kind.size();
        let mut screen = fed(kind, behaviour, &vec![b'*'; usize::from(cols)]);
        assert_eq!(screen.cursor(), (1, 0), "{kind} {behaviour:?}");
        screen.feed(b"\r\x13");
        screen.feed(&vec![0x11; usize::from(rows) - 1]);
        screen.feed(&vec![0x1D; usize::from(cols) - 1]);
        assert_eq!(screen.cursor(), (rows - 1, cols - 1));
        screen.feed(b"+");
        // A linked first line scrolls away whole: then two rows are gone.
        let gone = u8::from(behaviour == Strict && kind.size().0 < 80 && kind != ScreenKind::Safe8032) + 1;
        assert_eq!(screen.cursor(), (rows - gone, 0), "{kind} {behaviour:?}");
        assert_eq!(code(&screen, rows - gone - 1, cols - 1), 0x2B);
    });
}

#[test]
fn reverse_outlives_colours_clear_and_home_and_ends_at_either_return() {
    everywhere(|kind, behaviour| {
        // Colours that no machine takes for an editing code.
        let mut screen = fed(kind, behaviour, b"\x12\x05A\x1cB\x13\x93C");
        assert_eq!(code(&screen, 0, 0), 0x83, "{kind}");
        for end in [0x0D, 0x8D] {
            screen.feed(&[0x12, b'D', end, b'E']);
            assert_eq!(code(&screen, screen.cursor().0, 0), 0x05, "{kind} {end:02X}");
        }
    });
}

#[test]
fn quote_quote_delete_shows_one_quote_and_leaves_quote_mode() {
    everywhere(|kind, behaviour| {
        let screen = fed(kind, behaviour, b"\x22\x22\x14\x11X");
        assert_eq!((code(&screen, 0, 0), code(&screen, 0, 1)), (0x22, 0x20), "{kind} {behaviour:?}");
        assert!(!screen.state().quote);
        assert_eq!(code(&screen, 1, 1), 0x18, "11 moved down");
    });
}

#[test]
fn e0_is_a_blank_and_reversed_a_block() {
    everywhere(|kind, behaviour| {
        let screen = fed(kind, behaviour, b"\xe0\x12\xe0");
        assert_eq!((code(&screen, 0, 0), code(&screen, 0, 1)), (0x60, 0xE0), "{kind}");
        assert!(cell(&screen, 0, 1).attrs().contains(Attrs::REVERSE));
        assert_eq!(cell(&screen, 0, 0).glyph(), cell(&screen, 0, 1).glyph());
    });
}

#[test]
fn clear_keeps_reverse_and_colour() {
    let screen = fed(ScreenKind::C64, Board, b"\x12\x1cA\x93B");
    assert_eq!(code(&screen, 0, 0), 0x82);
    assert_eq!(cell(&screen, 0, 0).fg(), Ink::Index(2));
    assert_eq!(screen.state().colour, Some(2));
}

#[test]
fn the_set_is_global_and_changes_what_already_stands() {
    for kind in [ScreenKind::Cbm8032, ScreenKind::C64, ScreenKind::Vic20, ScreenKind::C128] {
        let mut screen = fed(kind, Board, b"\x8eA\xc1");
        assert_eq!(row(&screen, 0), "A\u{2660}", "{kind}");
        screen.feed(b"\x0e");
        assert_eq!((screen.char_set(), row(&screen, 0).as_str()), (CharSet::Text, "aA"), "{kind}");
        screen.feed(b"\x8e");
        assert_eq!(row(&screen, 0), "A\u{2660}", "{kind}");
    }
}

#[test]
fn capitals_sent_as_61_to_7a_are_capitals_except_on_a_strict_pet() {
    let hello = b"\x0e\x68\x65\x6c\x6c\x6f";
    for kind in [ScreenKind::Safe8032, ScreenKind::Cbm8032, ScreenKind::C64, ScreenKind::C128] {
        assert_eq!(row(&fed(kind, Board, hello), 0), "HELLO", "{kind}");
    }
    assert_eq!(row(&fed(ScreenKind::C64, Strict, hello), 0), "HELLO");
    assert_eq!(row(&fed(ScreenKind::Cbm8032, Strict, hello), 0), "(%,,/");
    assert_eq!(row(&fed(ScreenKind::Safe8032, Strict, hello), 0), "HELLO", "it has no strict form");
}

#[test]
fn delete_goes_back_to_the_previous_row() {
    everywhere(|kind, behaviour| {
        let (cols, _) = kind.size();
        let mut screen = fed(kind, behaviour, &vec![b'*'; usize::from(cols) + 1]);
        screen.feed(b"\x14\x14");
        assert_eq!(screen.cursor(), (0, cols - 1), "{kind} {behaviour:?}");
        assert_eq!(code(&screen, 0, cols - 1), 0x20, "{kind} {behaviour:?}");
        assert_eq!(code(&screen, 0, cols - 2), 0x2A);
    });
}

#[test]
fn a_lone_ff_is_pi_or_the_checker() {
    everywhere(|kind, behaviour| {
        let mut screen = fed(kind, behaviour, b"\xff");
        assert_eq!(code(&screen, 0, 0), 0x5E, "{kind}");
        if screen.char_set() == CharSet::Graphics {
            assert_eq!(row(&screen, 0), "\u{3C0}", "{kind}");
        }
        screen.feed(b"\x0e");
        if screen.char_set() == CharSet::Text {
            let checker = row(&screen, 0);
            assert!(checker == "\u{1FB95}" || checker == "\u{1FB96}", "{kind}: {checker}");
        }
    });
}

#[test]
fn board_level_has_no_quote_or_insert_glyphs_and_links_no_lines() {
    for kind in COMMODORE {
        let screen = fed(kind, Board, b"\x22A\x13B");
        assert_eq!(code(&screen, 0, 0), 0x02, "{kind}: HOME acts between quotes");
        let screen = fed(kind, Board, b"AB\x9d\x94\x1dX");
        assert_eq!(screen.state().insert, 0);
        assert_eq!(&screen.codes().unwrap()[..3], [1, 0x20, 0x18], "{kind}: 1D acts after 94");
        let (cols, _) = kind.size();
        let mut linked = fed(kind, Board, &vec![b'*'; usize::from(cols) + 1]);
        linked.feed(b"\x13\x11\r");
        assert_eq!(linked.cursor().0, 2, "{kind}");
        assert_eq!(linked.state().logical_col, 0);
    }
}

#[test]
fn the_safe_8032_swallows_colours_locks_and_window_corners() {
    let mut screen = fed(ScreenKind::Safe8032, Board, b"ROW0\rROW1\x12");
    let before = screen.codes();
    let cursor = screen.cursor();
    screen.feed(&[
        0x05, 0x1C, 0x1E, 0x1F, 0x81, 0x90, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9A, 0x9B, 0x9C, 0x9E, 0x9F,
    ]);
    screen.feed(&[0x08, 0x09, 0x0F, 0x8F, 0x02, 0x82, 0x0A, 0x0B]);
    assert_eq!((screen.codes(), screen.cursor(), screen.state().reverse), (before, cursor, true));
    assert_eq!(screen.state().window, [0, 0, 24, 79]);
    // Other editing codes of the 8032 still act.
    screen.feed(b"\x13\x15\x07");
    assert_eq!((row(&screen, 0).as_str(), screen.take_bells()), ("row1", 1));
}

#[test]
fn forty_column_pets_obey_what_their_roms_obey() {
    // A filled row, the cursor in its middle, one control code.
    let after = |kind, byte| {
        let mut screen = fed(kind, Strict, b"\x13\x11");
        screen.feed(&[b'*'; 39]);
        screen.feed(&[0x9D; 20]);
        let (cells, cursor, set) = (screen.codes(), screen.cursor(), screen.char_set());
        screen.feed(b"\x12");
        screen.feed(&[byte]);
        let same = screen.codes() == cells && screen.cursor() == cursor && screen.char_set() == set;
        (screen, same)
    };
    let (screen, _) = after(ScreenKind::Cbm4032, 0x09);
    assert_eq!(screen.cursor(), (1, 39), "no stop is set");
    let (screen, _) = after(ScreenKind::Cbm4032, 0x0E);
    assert_eq!(screen.char_set(), CharSet::Text);
    for byte in [0x1B, 0x9B] {
        assert!(!after(ScreenKind::Cbm4032, byte).0.state().reverse);
        assert!(after(ScreenKind::Pet2001N, byte).0.state().reverse);
    }
    let (screen, _) = after(ScreenKind::Cbm4032, 0x96);
    assert_eq!((code(&screen, 1, 18), code(&screen, 1, 19)), (0x20, 0x2A));
    for byte in [0x07, 0x0F, 0x8F, 0x15, 0x95, 0x16, 0x19, 0x99] {
        let (screen, same) = after(ScreenKind::Cbm4032, byte);
        assert!(same && screen.state().reverse, "4032 {byte:02X}");
    }
    for byte in [0x07, 0x09, 0x0E, 0x8E, 0x0F, 0x8F, 0x15, 0x95, 0x16, 0x96, 0x19, 0x99, 0x1B, 0x9B] {
        let (screen, same) = after(ScreenKind::Pet2001N, byte);
        assert!(same && screen.state().reverse, "2001-N {byte:02X}");
    }
    for kind in [ScreenKind::Cbm4032, ScreenKind::Pet2001N] {
        assert_eq!(fed(kind, Strict, &[b'*'; 60]).state().logical_col, 60, "{kind}: two rows are one line");
        assert_eq!(fed(kind, Strict, &[b'*'; 81]).state().logical_col, 1, "{kind}: never three");
    }
}

#[test]
fn ccgms_additions_act_on_a_c64_at_board_level_only() {
    let sent = b"\x02\x1c\x07\x17\x0b";
    let mut board = fed(ScreenKind::C64, Board, sent);
    assert_eq!((board.background(), board.take_bells(), board.cursor_visible()), (Some(2), 2, false));
    board.feed(b"\x0a");
    assert!(board.cursor_visible());
    board.feed(b"\x02A");
    assert_eq!((board.background(), code(&board, 0, 0)), (Some(2), 1), "02 without a colour is ignored");
    board.feed(b"\x0e");
    assert_eq!(board.background(), Some(0));
    let mut strict = fed(ScreenKind::C64, Strict, sent);
    assert_eq!((strict.background(), strict.take_bells(), strict.cursor_visible()), (Some(6), 0, true));
    assert_eq!(strict.state().colour, Some(2), "1C is red, 02 nothing");
}

#[test]
fn the_c128_has_rgbi_colours_underline_flash_tabs_and_line_feed() {
    let codes =
        [0x90, 0x05, 0x1C, 0x9F, 0x9C, 0x1E, 0x1F, 0x9E, 0x81, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9A, 0x9B];
    let nibbles = [0x0, 0xF, 0x8, 0x7, 0xB, 0x4, 0x2, 0xD, 0xA, 0xC, 0x9, 0x6, 0x1, 0x5, 0x3, 0xE];
    let mut screen = Screen::new(ScreenKind::C128, Board);
    for byte in codes {
        screen.feed(&[byte, b'X']);
    }
    assert_eq!(&screen.colours().unwrap()[..16], nibbles);
    let screen = fed(ScreenKind::C128, Board, b"\x02\x0fA\x82B\x8fC\x02\rD");
    assert_eq!(cell(&screen, 0, 0).attrs(), Attrs::UNDERLINE.with(Attrs::BLINK));
    assert_eq!(cell(&screen, 0, 1).attrs(), Attrs::BLINK);
    assert_eq!(cell(&screen, 0, 2).attrs(), Attrs(0));
    assert_eq!(cell(&screen, 1, 0).attrs(), Attrs(0), "a return ends them");
    let mut screen = fed(ScreenKind::C128, Board, b"\x09\x09");
    assert_eq!(screen.cursor(), (0, 16), "a stop every eight columns");
    screen.feed(b"\x18\x13\x09\x09");
    assert_eq!(screen.cursor(), (0, 24), "18 took one away");
    screen.feed(b"\x0a\x07");
    assert_eq!((screen.cursor(), screen.take_bells()), ((1, 24), 1));
}

#[test]
fn the_c128_obeys_its_escape_sequences_and_swallows_the_rest() {
    let start = || fed(ScreenKind::C128, Board, b"0123456789\r0123456789\r0123456789\x13\x11\x1d\x1d\x1d");
    let mut screens = Vec::new();
    for letter in b'@'..=b'Z' {
        let mut screen = start();
        screen.feed(&[0x1B, letter]);
        screens.push(screen);
    }
    let after = |letter: u8| &screens[usize::from(letter - b'@')];
    let rows = |letter| [0, 1, 2].map(|n| row(after(letter), n));
    let full = "0123456789";
    assert_eq!(rows(b'@'), [full, "012", ""]);
    assert_eq!(rows(b'D'), [full, full, ""]);
    assert_eq!(rows(b'I'), [full, "", full]);
    assert_eq!(rows(b'P'), [full, "    456789", full]);
    assert_eq!(rows(b'Q'), [full, "012", full]);
    assert_eq!(rows(b'V'), [full, full, ""]);
    assert_eq!(rows(b'W'), ["", full, full]);
    assert_eq!(after(b'J').cursor(), (1, 0));
    assert_eq!(after(b'K').cursor(), (1, 10));
    assert_eq!(after(b'T').state().window, [1, 3, 24, 79]);
    assert_eq!(after(b'B').state().window, [0, 0, 1, 3]);
    assert!(cell(after(b'R'), 0, 0).attrs().contains(Attrs::REVERSE));
    for letter in *b"CEFGHLMNOSUXYZ" {
        assert_eq!((rows(letter), after(letter).cursor()), ([full, full, full].map(str::to_owned), (1, 3)));
    }
    let mut screen = start();
    screen.feed(b"\x1bAxy\x1bCz\x1b7");
    assert_eq!(row(&screen, 1), "012XYZ456789", "insertion, then not, then a swallowed sequence");
    let mut screen = start();
    screen.feed(b"\x1bH\x07\x1bG\x07");
    assert_eq!(screen.take_bells(), 1);
    let mut screen = start();
    screen.feed(b"\x1bM");
    screen.feed(&[0x11; 24]);
    assert_eq!(screen.cursor(), (0, 3), "without scrolling the cursor goes to the top");
    let mut screen = start();
    screen.feed(b"\x1bT\x13\x13");
    assert_eq!((screen.state().window, screen.cursor()), ([0, 0, 24, 79], (0, 0)));
    let mut screen = start();
    screen.feed(b"\x12\x02\x1bO*\x1bZ\x09");
    assert_eq!((cell(&screen, 1, 3).attrs(), screen.cursor()), (Attrs(0), (1, 79)));
}

#[test]
fn the_40_column_view_wraps_at_40_whatever_becomes_of_the_window() {
    let mut screen = Screen::new(ScreenKind::Safe8032, Board);
    screen.set_view40(true);
    // Art as boards send it: rows exactly 40 wide, without returns.
    screen.feed(b"\x93\x13\x13");
    screen.feed(&[b'A'; 40]);
    screen.feed(&[b'B'; 40]);
    screen.feed(b"\x13\x13C\x9d\x9d\x1d\x1d");
    assert_eq!(row(&screen, 0), "c".to_owned() + &"a".repeat(39));
    assert_eq!(row(&screen, 1), "b".repeat(40));
    assert_eq!((screen.size(), screen.state().window), ((80, 25), [0, 0, 24, 39]));
    assert_eq!(screen.painted_text().chars().count(), 40 * 25);
    screen.feed(b"\x13");
    screen.feed(&[0x1D; 39]);
    screen.set_view40(false);
    screen.feed(b"XY");
    assert_eq!((code(&screen, 0, 39), code(&screen, 0, 40)), (0x18, 0x19));
    assert_eq!(screen.state().window, [0, 0, 24, 79]);
    screen.set_view40(true);
    assert_eq!(screen.cursor(), (0, 39), "a cursor beyond comes to the edge");
    let mut scrolled = Screen::new(ScreenKind::C128, Board);
    scrolled.set_view40(true);
    scrolled.feed(b"TOP");
    scrolled.feed(&[0x11; 25]);
    assert_eq!(scrolled.take_scrolled().len(), 1);
}

#[test]
fn rows_that_scroll_off_the_whole_screen_are_kept_and_cleared_or_windowed_ones_are_not() {
    for kind in COMMODORE {
        let mut screen = fed(kind, Board, b"ONE  \rTWO\r");
        screen.feed(&[0x0D; 24]);
        let rows = screen.take_scrolled();
        let texts: Vec<usize> = rows.iter().map(|row| row.len()).collect();
        let expected = if kind == ScreenKind::Vic20 { vec![3, 3, 0, 0] } else { vec![3, 3] };
        assert_eq!(texts, expected, "{kind}");
        assert!(matches!(rows[0][0].glyph(), Glyph::Code(code) if code.0 == 0x0F));
        assert!(screen.take_scrolled().is_empty());
        screen.feed(b"\x93");
        assert!(screen.take_scrolled().is_empty(), "{kind}: clearing scrolls nothing");
    }
    let mut screen = fed(ScreenKind::Cbm8032, Strict, b"TOP\r\x0f");
    screen.feed(&[0x0D; 30]);
    screen.feed(b"\x13\x13\x15");
    assert!(screen.take_scrolled().is_empty());
    screen.feed(b"\x19");
    assert_eq!(screen.take_scrolled().len(), 1);
}

#[test]
fn painted_marks_follow_their_cells() {
    let mut screen = fed(ScreenKind::Cbm8032, Board, b"OLD\r");
    screen.mark_painted_none();
    assert_eq!((screen.last_painted(), screen.painted_text().trim_matches('\0')), (None, ""));
    screen.feed(b"NEW");
    assert_eq!(screen.painted_text().find("new"), Some(80));
    assert_eq!(screen.last_painted().and_then(|at| screen.char_at(at)), Some('w'));
    screen.feed(b"\x13\x15");
    assert_eq!(screen.painted_text().find("new"), Some(0), "deleting the first line moved it up");
    assert_eq!(screen.last_painted(), Some((0, 2)));
    screen.feed(b"\x94\x94");
    assert_eq!(screen.painted_text().find("\0\0new"), Some(0), "inserted blanks are not painted");
    screen.feed(b"\x13\x16");
    assert_eq!(screen.painted_text().trim_matches('\0'), "", "erased cells are not painted");
    assert_eq!(screen.char_at((25, 0)), None);
    screen.feed(&[b'Z'; 79]);
    screen.feed(b"END OF LINE");
    assert!(screen.painted_text().contains("zzend of line"), "rows are joined where text wraps");
    // The last print scrolls at once, and its cell is found where it went.
    screen.feed(b"\x93");
    screen.feed(&[0x11; 24]);
    screen.feed(&[0x1D; 79]);
    screen.feed(b"Q");
    assert_eq!(screen.last_painted(), Some((23, 79)));
}

#[test]
fn linked_lines_take_the_next_row_and_let_go_of_what_followed() {
    let mut screen = fed(ScreenKind::C64, Strict, b"\r");
    screen.feed(&[b'A'; 41]);
    screen.feed(b"\x13");
    screen.feed(&[b'X'; 45]);
    assert_eq!((screen.cursor(), screen.state().logical_col), ((1, 5), 45));
    assert_eq!(row(&screen, 1), "X".repeat(5) + &"A".repeat(35), "overwritten, not pushed down");
    screen.feed(b"\r");
    assert_eq!(screen.cursor(), (2, 0), "the rest of the old line is a line of its own");
    screen.feed(b"\x91\x14");
    assert_eq!((screen.cursor(), row(&screen, 0)), ((0, 39), "X".repeat(40)));
    assert_eq!(row(&screen, 1), "X".repeat(4) + &"A".repeat(35), "delete pulls across the link");
    let vic = |count| fed(ScreenKind::Vic20, Strict, &vec![b'*'; count]).state().logical_col;
    assert_eq!((vic(66), vic(87), vic(88), vic(89)), (66, 87, 0, 1), "four rows are one line");
}

#[test]
fn insertion_on_a_full_line_opens_a_row_and_pushes_the_rest_down() {
    // 39 printed and one inserted: full, and not linked as printing in the last column would.
    let full = |screen: &mut Screen| {
        screen.feed(&[b'#'; 39]);
        screen.feed(&[0x9D; 39]);
        screen.feed(b"\x94\r\x91");
    };
    let mut screen = fed(ScreenKind::C64, Strict, b"\rBELOW\x13");
    full(&mut screen);
    assert_eq!(row(&screen, 1), "BELOW", "a blank last cell needs no row");
    screen.feed(b"\x94!");
    assert_eq!(
        [0, 1, 2].map(|n| row(&screen, n)),
        ["! ".to_owned() + &"#".repeat(38), "#".into(), "BELOW".into()]
    );
    screen.feed(b"\x1d\x1d\x91\x11\x11");
    assert_eq!(screen.state().logical_col, 3, "the third row is a line of its own");
    // At the bottom the row comes from scrolling.
    let mut screen = fed(ScreenKind::C64, Strict, b"TOP\x13");
    screen.feed(&[0x11; 24]);
    screen.feed(&[b'#'; 39]);
    screen.feed(&[0x9D; 39]);
    screen.feed(b"\x94!\x9d");
    assert_eq!((screen.take_scrolled().len(), screen.cursor()), (0, (24, 0)));
    screen.feed(b"\x94?");
    assert_eq!([22, 23, 24].map(|n| row(&screen, n).len()), [0, 40, 1]);
    assert!(row(&screen, 23).starts_with("?!#"));
    assert_eq!((screen.take_scrolled().len(), screen.cursor()), (1, (23, 1)));
}
