//! What is dispatched against the `vte` crate alone, the allow-list against the rules it promises, and single
//! sequences.

use proptest::prelude::*;
use vte::Perform as _;

use super::glyph::{Placed, place};
use super::page::REPLIES;
use super::sgr::nearest;
use super::*;
use crate::screen::{Attrs, Cell, Glyph, Ink};

fn board() -> Host {
    Host::new((80, 25), Behaviour::Board, HostCharset::CP437, true)
}

fn fed(bytes: &[u8]) -> Host {
    let mut host = Host::new((80, 25), Behaviour::Strict, HostCharset::CP437, true);
    host.feed(bytes);
    host
}

fn row(host: &Host, row: usize) -> String {
    let text: String = host.page.grid.row(row).iter().map(|cell| cell.char()).collect();
    text.trim_end().to_owned()
}

fn rows(host: &Host, count: usize) -> Vec<String> {
    (0..count).map(|n| row(host, n)).collect()
}

fn cell(host: &Host, row: usize, col: usize) -> Cell {
    host.page.grid.get(row, col).cell()
}

/// Hears what a parser tells its screen.
#[derive(Default)]
struct Listener(Vec<Told>);

#[derive(Debug, PartialEq, Eq)]
enum Told {
    Execute(u8),
    Escape(Vec<u8>, u8),
    Control(Vec<u8>, char, Vec<Vec<u16>>),
    Other,
}

impl vte::Perform for Listener {
    fn execute(&mut self, byte: u8) {
        // Both end sequences and strings, and do nothing else.
        if !matches!(byte, 0x18 | 0x1A) {
            self.0.push(Told::Execute(byte));
        }
    }

    fn esc_dispatch(&mut self, intermediates: &[u8], _: bool, byte: u8) {
        self.0.push(Told::Escape(intermediates.to_vec(), byte));
    }

    fn csi_dispatch(&mut self, params: &vte::Params, intermediates: &[u8], _: bool, action: char) {
        let params = params.iter().map(<[u16]>::to_vec).collect();
        self.0.push(Told::Control(intermediates.to_vec(), action, params));
    }

    fn print(&mut self, _: char) {
        self.0.push(Told::Other);
    }

    fn hook(&mut self, _: &vte::Params, _: &[u8], _: bool, _: char) {
        self.0.push(Told::Other);
    }

    fn put(&mut self, _: u8) {
        self.0.push(Told::Other);
    }

    fn osc_dispatch(&mut self, _: &[&[u8]], _: bool) {
        self.0.push(Told::Other);
    }
}

/// What is told of `bytes` cut into `pieces`, text left out.
fn told(pieces: &[&[u8]]) -> Vec<Told> {
    let mut listener = Listener::default();
    let mut sequences = Sequences::default();
    for piece in pieces {
        let mut rest = *piece;
        while let Some(&byte) = rest.first() {
            let mut taken = 1;
            if sequences.is_open() || byte == 0x1B {
                taken = sequences.take(rest, &mut listener);
                assert!(taken > 0, "after {}", rest.escape_ascii());
            } else if byte < 0x20 {
                listener.execute(byte);
            }
            rest = &rest[taken..];
        }
    }
    listener.0
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Bytes that make sequences and strings likely. `vte` alone gets no high bytes: with them it does not do what
    /// a code page needs; here they change nothing but the ends of pieces.
    #[test]
    fn every_dispatch_equals_that_of_vte_alone(
        bytes in proptest::collection::vec(
            prop_oneof![
                4 => Just(0x1B),
                3 => Just(b'['),
                1 => prop::sample::select(&b"]PX^_"[..]),
                6 => prop::sample::select(&b"0123456789;:?>!$ "[..]),
                3 => 0x40..0x7F_u8,
                1 => 0..0x80_u8,
                1 => prop::sample::select(&b"\x07\x18\x1a\\"[..]),
            ],
            0..120,
        ),
        highs in proptest::collection::vec((0..120_usize, 0x80..=0xFF_u8), 0..6),
    ) {
        let mut alone = Listener::default();
        vte::Parser::new().advance(&mut alone, &bytes);
        alone.0.retain(|told| *told != Told::Other);
        prop_assert_eq!(&told(&[&bytes]), &alone.0);
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        prop_assert_eq!(&told(&single), &alone.0);
        let mut mixed = bytes;
        for (at, high) in highs {
            mixed.insert(at.min(mixed.len()), high);
        }
        prop_assert_eq!(&told(&[&mixed]), &alone.0);
    }
}

#[test]
fn strings_never_reach_vte() {
    for opening in [&b"\x1b]"[..], b"\x1bP", b"\x1bX", b"\x1b^", b"\x1b_"] {
        for ending in [&b"\x1b\\"[..], b"\x18", b"\x1a", b"\x1b[m", b"\x1b\x1b\\"] {
            let bytes = [opening, b"52;c;\x9c\x00\n[1m\xff", ending, b"\x1bc"].concat();
            let told = told(&[&bytes]);
            assert!(!told.contains(&Told::Other), "{}", bytes.escape_ascii());
            assert_eq!(told.last(), Some(&Told::Escape(vec![], b'c')), "{}", bytes.escape_ascii());
            let dispatches = if ending.len() > 1 { 2 } else { 1 };
            assert_eq!(told.len(), dispatches, "{}", bytes.escape_ascii());
        }
    }
    assert_eq!(
        told(&[b"\x1b]0;t\x07\x07"]),
        [Told::Execute(7)],
        "the first ends the title and does not ring"
    );
    assert_eq!(told(&[b"\x1bPq\x07\x07\x1b\\"]), [Told::Escape(vec![], b'\\')], "no BEL ends other strings");
}

#[test]
fn numbers_are_clamped_and_surplus_ones_dropped() {
    assert_eq!(fed(b"\x1b[999999999;-1;;;H*").page.cursor(), (0, 1), "a minus makes it no sequence");
    assert_eq!(fed(b"\x1b[999999999;999999999H").page.cursor(), (24, 79));
    for separator in [";7", ":7", ";", ":"] {
        let sequence = format!("\x1b[5{}H*", separator.repeat(10_000));
        let host = fed(sequence.as_bytes());
        assert_eq!((host.page.cursor().0, row(&host, 4).ends_with('*')), (4, true), "{separator}");
        let sequence = format!("\x1b[1{}m*", separator.repeat(10_000));
        let bold = cell(&fed(sequence.as_bytes()), 0, 0).attrs().contains(Attrs::BOLD);
        assert_eq!(bold, separator != ";", "{separator}: only a 0 of its own ends it");
    }
}

#[test]
fn only_single_width_printable_left_to_right_characters_enter_cells() {
    for c in char::MIN..=char::MAX {
        let placed = place(c);
        if c.is_control()
            || matches!(u32::from(c), 0xAD | 0x300..=0x36F | 0x200B..=0x200F | 0x202A..=0x202E | 0x2066..=0x2069 | 0xFEFF)
        {
            assert_eq!(placed, Placed::Nothing, "{c:?}");
        }
        let Placed::Glyph(shown) = placed else { continue };
        let code = u32::from(shown);
        assert!(!shown.is_control(), "{c:?}");
        assert!(shown == ' ' || !shown.is_whitespace(), "{c:?}");
        let refused = [
            0x590..=0x8FF,       // right to left
            0x1100..=0x115F,     // wide Hangul
            0x2E80..=0xA4CF,     // CJK
            0xAC00..=0xD7A3,     // Hangul
            0xE000..=0xFAFF,     // private use, CJK
            0xFB1D..=0xFDFF,     // Hebrew and Arabic forms
            0xFE00..=0xFF60,     // selectors, Arabic forms, full width
            0x1F000..=0x1FAFF,   // emoji
            0x1FC00..=0x10_FFFF, // the rest
        ];
        assert!(!refused.iter().any(|range| range.contains(&code)), "{c:?} shows {shown:?}");
    }
    assert_eq!(place('漢'), Placed::Glyph('\u{FFFD}'));
    assert_eq!(place('\u{E000}'), Placed::Glyph('\u{FFFD}'));
    assert_eq!(place('א'), Placed::Glyph('\u{FFFD}'));
    assert_eq!(place('\u{3000}'), Placed::Glyph(' '));
    for c in "é€Ж─█▒☺♠π≤⎺ｱ\u{1FB95}".chars() {
        assert_eq!(place(c), Placed::Glyph(c));
    }
}

#[test]
fn code_page_437_is_all_glyphs() {
    let mut host = fed(b"");
    let upper: Vec<u8> = (0x80..=0xFF).collect();
    host.feed(&upper);
    assert_eq!(row(&host, 0).chars().count(), 80);
    assert!(row(&host, 0).starts_with("ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒ"), "80-9F are no control codes");
    assert_eq!(row(&host, 1).chars().next(), Some('╨'));
    assert_eq!(host.page.take_reply(), None, "9B is no CSI");
    let mut board = board();
    board.feed(b"\x01\x03\x10\x1f");
    assert_eq!(row(&board, 0), "☺♥►▼");
    assert_eq!(row(&fed(b"\x01\x03\x10\x1f"), 0), "", "xterm ignores them");
}

#[test]
fn utf_8_arrives_in_pieces_and_broken_in_the_middle() {
    let mut host = Host::new((80, 25), Behaviour::Strict, HostCharset::UTF_8, true);
    for byte in "é─漢e\u{301}\u{202E}x".bytes() {
        host.feed(&[byte]);
    }
    assert_eq!(row(&host, 0), "é─\u{FFFD}ex");
    host.feed(b"\r\xe2\x94\x1b[1mA\xc3");
    host.feed(b"B\xc2\x9b31mC");
    assert_eq!(row(&host, 0), "\u{FFFD}A\u{FFFD}B31mC", "a C1 character vanishes");
    assert_eq!(cell(&host, 0, 1).attrs(), Attrs::BOLD, "ESC ends a broken character and still counts");
}

#[test]
fn the_wrap_waits_for_the_next_character() {
    let full = vec![b'#'; 80];
    let mut host = fed(&full);
    assert_eq!(host.page.cursor(), (0, 79));
    host.feed(b"\r\nB");
    assert_eq!((row(&host, 1).as_str(), host.page.cursor()), ("B", (1, 1)), "no empty row");
    let mut host = fed(&full);
    host.feed(b"A");
    assert_eq!((row(&host, 1).as_str(), host.page.cursor()), ("A", (1, 1)));
    let mut host = fed(b"\x1b[?7l");
    host.feed(&full);
    host.feed(b"AB");
    assert_eq!((host.page.grid.get(0, 79).char(), host.page.cursor()), ('B', (0, 79)));
    let mut host = fed(&full);
    host.feed(b"\x1b[D*\x1b[1;80H\x1b[K");
    assert_eq!((host.page.grid.get(0, 78).char(), host.page.grid.get(0, 79).char()), ('*', ' '));
}

#[test]
fn the_cursor_goes_where_it_is_sent() {
    for (bytes, place) in [
        (&b"\x1b[5;10H"[..], (4, 9)),
        (b"\x1b[5;10f\x1b[A", (3, 9)),
        (b"\x1b[5;10H\x1b[99A", (0, 9)),
        (b"\x1b[2B\x1b[3C\x1b[D", (2, 2)),
        (b"\x1b[99B\x1b[99C", (24, 79)),
        (b"\x1b[5;10H\x1b[2E", (6, 0)),
        (b"\x1b[5;10H\x1b[2F", (2, 0)),
        (b"\x1b[5;10H\x1b[3G", (4, 2)),
        (b"\x1b[5;10H\x1b[3d", (2, 9)),
        (b"abc\x08\x08", (0, 1)),
        (b"abc\r\n\n", (2, 0)),
        (b"abc\x0b", (1, 3)),
        (b"\tx\t", (0, 16)),
        (b"\x1b[2I", (0, 16)),
        (b"\x1b[20G\x1b[Z", (0, 16)),
        (b"\x1b[3g\t", (0, 79)),
        (b"\x1b[5G\x1bH\r\t", (0, 4)),
        (b"\x1b[9G\x1b[g\r\t", (0, 16)),
        (b"\x1bD\x1bD\x1bM", (1, 0)),
        (b"abc\x1bE", (1, 0)),
        (b"\x1b[5;10H\x1b7\x1b[H\x1b8", (4, 9)),
        (b"\x1b[5;10H\x1b[s\x1b[H\x1b[u", (4, 9)),
        (b"\x1b[5;10r", (0, 0)),
        (b"\x1b[5;10r\x1b[?6h", (4, 0)),
        (b"\x1b[5;10r\x1b[?6h\x1b[99;3H", (9, 2)),
        (b"\x1b[5;10r\x1b[7H\x1b[99A", (4, 0)),
        (b"\x1b[5;10r\x1b[7H\x1b[99B", (9, 0)),
        (b"\x1b[10;5r\x1b[3;3H", (2, 2)),
        (b"\x1b[5;5H\x1bc", (0, 0)),
    ] {
        assert_eq!(fed(bytes).page.cursor(), place, "{}", bytes.escape_ascii());
    }
}

#[test]
fn text_is_erased_inserted_and_deleted() {
    let start = b"abcdef\r\nghijkl\r\nmnopqr\x1b[2;3H";
    for (sequence, expected) in [
        (&b"\x1b[J"[..], ["abcdef", "gh", ""]),
        (b"\x1b[1J", ["", "   jkl", "mnopqr"]),
        (b"\x1b[2J", ["", "", ""]),
        (b"\x1b[K", ["abcdef", "gh", "mnopqr"]),
        (b"\x1b[1K", ["abcdef", "   jkl", "mnopqr"]),
        (b"\x1b[2K", ["abcdef", "", "mnopqr"]),
        (b"\x1b[2X", ["abcdef", "gh  kl", "mnopqr"]),
        (b"\x1b[2@", ["abcdef", "gh  ijkl", "mnopqr"]),
        (b"\x1b[2P", ["abcdef", "ghkl", "mnopqr"]),
        (b"\x1b[L", ["abcdef", "", "ghijkl"]),
        (b"\x1b[1M", ["abcdef", "mnopqr", ""]),
        (b"\x1b[S", ["ghijkl", "mnopqr", ""]),
        (b"\x1b[T", ["", "abcdef", "ghijkl"]),
        (b"\x1b[4hXY\x1b[4lZ", ["abcdef", "ghXYZjkl", "mnopqr"]),
        (b"X\x1b[3b", ["abcdef", "ghXXXX", "mnopqr"]),
        (b"\x1b[1;2r\x1b[2H\n", ["ghijkl", "", "mnopqr"]),
        (b"\x1b[2;3r\x1b[2H\x1bM", ["abcdef", "", "ghijkl"]),
        (b"\x1b[?1049hALT", ["", "  ALT", ""]),
        (b"\x1b[?1049hALT\x1b[?1049lX", ["abcdef", "ghXjkl", "mnopqr"]),
        (b"\x1b[?47h\x1b[?47hALT\x1b[?47l", ["abcdef", "ghijkl", "mnopqr"]),
        (b"\x1b(0qx\x1b(Bq", ["abcdef", "gh─│ql", "mnopqr"]),
        (b"\x1b)0q\x0eq\x0fq", ["abcdef", "ghq─ql", "mnopqr"]),
        (b"\x1b]0;title\x07X", ["abcdef", "ghXjkl", "mnopqr"]),
        (b"\x1b]52;c;YWJj\x1b\\X", ["abcdef", "ghXjkl", "mnopqr"]),
        (b"\x1bPq#0\x07~~\x1b\\X", ["abcdef", "ghXjkl", "mnopqr"]),
        (b"\x1b_app\x1b\\\x1b^pm\x1b\\\x1bXsos\x1b\\X", ["abcdef", "ghXjkl", "mnopqr"]),
        (b"\x1b[31\x18X", ["abcdef", "ghXjkl", "mnopqr"]),
        (b"\x1b[!p\x1b[21tX", ["abcdef", "ghXjkl", "mnopqr"]),
        (b"\x0cX", ["abcdef", "ghijkl", "mnXpqr"]),
        (b"\x7fX", ["abcdef", "ghXjkl", "mnopqr"]),
    ] {
        let mut host = fed(start);
        host.feed(sequence);
        assert_eq!(rows(&host, 3), expected, "{}", sequence.escape_ascii());
    }
    assert!((0..25).all(|n| row(&fed(b"\x1b#8"), n) == "E".repeat(80)));
}

#[test]
fn boards_clear_and_home_in_one() {
    for clear in [&b"\x1b[2J"[..], b"\x0c"] {
        let mut board = board();
        board.feed(b"abc\r\ndef");
        board.feed(clear);
        board.feed(b"X");
        assert_eq!(rows(&board, 2), ["X", ""], "{}", clear.escape_ascii());
        assert!(board.page.take_scrolled().is_empty());
    }
}

#[test]
fn music_is_silent_and_a_deleted_line_is_deleted_at_once() {
    for (bytes, first) in [
        (&b"A\x1b[|FT120O3L8CDEFGAB>C\x0eB"[..], "AB"),
        (b"A\x1b[NBL16 o2 c#d+e-. <p4\x0eB", "AB"),
        (b"A\r\nNEXT\x1b[A\r\x1b[M", "NEXT"),
        (b"\x1b[|But text\r", "But text"),
        (b"A\r\nNEXT\x1b[A\r\x1b[MBut text\r", "But text"),
        (b"A\r\nNEXT\x1b[A\r\x1b[MFEED\x1b[1m", "FEED"),
    ] {
        let mut board = board();
        board.feed(bytes);
        assert_eq!(row(&board, 0), first, "{}", bytes.escape_ascii());
        assert_eq!(board.page.take_bells(), 0);
    }
    let mut endless = board();
    endless.feed(b"\x1b[|F");
    endless.feed(&vec![b'C'; 5000]);
    assert!(!endless.page.music.is_listening());
}

#[test]
fn colours_and_attributes() {
    for (sequence, fg, bg, attrs) in [
        (&b"\x1b[31;44m"[..], Ink::Index(1), Ink::Index(4), Attrs(0)),
        (b"\x1b[97;100m", Ink::Index(15), Ink::Index(8), Attrs(0)),
        (b"\x1b[38;5;200;48;5;17m", Ink::Index(200), Ink::Index(17), Attrs(0)),
        (b"\x1b[38:5:200;48:5:17m", Ink::Index(200), Ink::Index(17), Attrs(0)),
        (b"\x1b[38;2;255;0;0;1m", Ink::Index(196), Ink::Default, Attrs::BOLD),
        (b"\x1b[38:2::255:0:0;1m", Ink::Index(196), Ink::Default, Attrs::BOLD),
        (b"\x1b[38;2;8;8;8m", Ink::Index(232), Ink::Default, Attrs(0)),
        (b"\x1b[38;5;999m", Ink::Default, Ink::Default, Attrs(0)),
        (b"\x1b[1;38;2m", Ink::Default, Ink::Default, Attrs::BOLD),
        (b"\x1b[31;44;39;49m", Ink::Default, Ink::Default, Attrs(0)),
        (b"\x1b[1;2;4;5;7m", Ink::Default, Ink::Default, Attrs(31)),
        (b"\x1b[1;2;4;5;7;22;24;25;27m", Ink::Default, Ink::Default, Attrs(0)),
        (b"\x1b[4:3m", Ink::Default, Ink::Default, Attrs::UNDERLINE),
        (b"\x1b[4;4:0m", Ink::Default, Ink::Default, Attrs(0)),
        (b"\x1b[1;31m\x1b[m", Ink::Default, Ink::Default, Attrs(0)),
        (b"\x1b[>4;1m\x1b[?1m", Ink::Default, Ink::Default, Attrs(0)),
    ] {
        let mut host = fed(sequence);
        host.feed(b"X");
        let expected = Cell::new(Glyph::Char('X'), fg, bg, attrs);
        assert_eq!(cell(&host, 0, 0), expected, "{}", sequence.escape_ascii());
    }
    let host = fed(b"\x1b[44m\x1b[K");
    assert_eq!(cell(&host, 0, 40).bg(), Ink::Index(4), "erasing paints the background");
}

#[test]
fn the_nearest_colour_is_the_nearest_of_all() {
    let palette: Vec<(u8, [u8; 3])> = (16..=255)
        .filter_map(|n| crate::screen::palette::rgb(crate::screen::ScreenKind::Ansi, n).map(|rgb| (n, rgb)))
        .collect();
    let distance = |a: [u8; 3], b: [u8; 3]| -> u32 {
        a.iter().zip(b).map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum()
    };
    for n in 0..16 * 16 * 16_u32 {
        let rgb = [n >> 8, n >> 4 & 15, n & 15].map(|part| (part * 17) as u8);
        let best = palette.iter().map(|(_, to)| distance(rgb, *to)).min();
        let ours = nearest(rgb[0], rgb[1], rgb[2]);
        let ours = palette.iter().find(|(n, _)| *n == ours).map(|(_, to)| distance(rgb, *to));
        assert_eq!(ours, best, "{rgb:?}");
    }
}

#[test]
fn three_questions_are_answered_and_no_other() {
    let mut host = fed(b"\x1b[5;10H\x1b[6n\x1b[5n\x1b[c\x1b[0c");
    let mut answers = Vec::new();
    while let Some(answer) = host.page.take_reply() {
        answers.push(String::from_utf8(answer).unwrap());
    }
    assert_eq!(answers, ["\x1b[5;10R", "\x1b[0n", "\x1b[?1;2c", "\x1b[?1;2c"]);
    host.feed(b"\x1b[999;999H\x1b[6n");
    assert_eq!(host.page.take_reply().unwrap(), b"\x1b[25;80R", "bounded to the grid");
    host.feed(b"\x1b[3;7r\x1b[?6h\x1b[2;2H\x1b[6n");
    assert_eq!(host.page.take_reply().unwrap(), b"\x1b[2;2R", "in origin mode from the region's corner");
    host.feed(b"\x1b[>c\x1b[=c\x1b[1c\x1b[?6n\x1b[21t\x1b[18t\x1b]10;?\x07\x1bP$qm\x1b\\\x1b[x\x1bZ\x05\x1b]52;c;?\x07");
    assert_eq!(host.page.take_reply(), None);
    for _ in 0..1_000 {
        host.feed(b"\x1b[6n");
    }
    assert_eq!(std::iter::from_fn(|| host.page.take_reply()).count(), REPLIES);
}

#[test]
fn the_ascii_screen_knows_seven_control_codes_and_no_sequence() {
    let ascii = |bytes: &[u8]| {
        let mut host = Host::new((80, 25), Behaviour::Board, HostCharset::ASCII, false);
        host.feed(bytes);
        host
    };
    assert_eq!(rows(&ascii(b"abc\r\ndef\nx"), 3), ["abc", "def", "   x"]);
    assert_eq!(rows(&ascii(b"abc\x08X\x7f\x7fY\tZ"), 1), ["aY      Z"]);
    assert_eq!(rows(&ascii(b"abc\x0cX"), 1), ["X"]);
    assert_eq!(ascii(b"\x07\x07").page.take_bells(), 2);
    let mut host = ascii(b"\x1b[31mA\x0e\x0f\x0b\x01\x1b[6n\x1b]0;t\x07B");
    assert_eq!(row(&host, 0), "[31mA[6n]0;tB");
    assert_eq!((host.page.take_reply(), cell(&host, 0, 4).fg()), (None, Ink::Default));
}

#[test]
fn rows_leave_the_main_screen_only() {
    let mut host = fed(b"one\r\ntwo\r\n");
    host.feed(&[b'\n'; 24]);
    let rows = host.page.take_scrolled();
    assert_eq!(rows.iter().map(|row| row.len()).collect::<Vec<_>>(), [3, 3]);
    host.feed(b"\x1b[H\x1b[1M\x1b[2J");
    host.feed(b"\x1b[?1049h");
    host.feed(&[b'\n'; 50]);
    assert!(host.page.take_scrolled().is_empty());
    host.feed(b"\x1b[?1049l\x1b[2;25r\x1b[25H\n\n");
    assert!(host.page.take_scrolled().is_empty(), "the first row did not leave");
}
