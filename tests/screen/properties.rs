//! What holds for every input: no panic, the cursor on the screen, no dependence on how bytes are split, only
//! glyphs in cells, and memory that does not grow.

use petterm::petscii::host::HostCharset;
use petterm::screen::{Behaviour, Glyph, Screen, ScreenKind, dump};
use proptest::prelude::*;

/// Pieces that reach deeper than random bytes do.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let fragments: Vec<&'static [u8]> = vec![
        b"\x1b[",
        b"\x1b]",
        b"\x1bP",
        b"\x1b7",
        b"\x1b8",
        b"\x1bM",
        b"\x1bc",
        b"\x1b[r",
        b"\x1b[?6h",
        b"\x1b[?7l",
        b"\x1b[?1049h",
        b"\x1b[?1049l",
        b"\x1b[2J",
        b"\x1b[6n",
        b"\x1b[9999b",
        b"\x1b[9999;9999H",
        b"\x1b[3;5r",
        b"\x1b[4h",
        b"\x1b[M",
        b"\x1b[MFCDE",
        b"\x1b(0",
        b"\x0e",
        b"\x1b[99L",
        b"\x1b[99M",
        b"\x1b[99@",
        b"\x1b[99P",
        b"\x1b[99X",
        b"\x1b[99S",
        b"\x1b[99T",
        b"\x1b[99Z",
        b"\x1b[1J",
        b"\x1b[1K",
        b"\x1b[38;2;1;2;3m",
        b"\xe2\x94",
        b"\x13\x13",
        b"\x13",
        b"\x0f",
        b"\x8f",
        b"\x94\x94\x94",
        b"\x14",
        b"\x22",
        b"\x95",
        b"\x15",
        b"\x99",
        b"\x19",
        b"\x1b@",
        b"\x1bA",
        b"\x1bM",
        b"\x1bT",
        b"\x1bB",
        b"\x02",
        b"\x09",
        b"\x89",
        b"\x18",
        b"\x93",
        b"\x91",
        b"\x9d",
        b"0123456789012345678901234567890123456789",
        b"\r",
        b"\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n",
        b"                 ",
    ];
    prop_oneof![
        3 => prop::sample::select(fragments).prop_map(<[u8]>::to_vec),
        2 => prop::collection::vec(any::<u8>(), 1..12),
        1 => prop::collection::vec(0x20..0x7F_u8, 1..120),
    ]
}

fn screens() -> impl Strategy<Value = (ScreenKind, Behaviour, &'static str, bool)> {
    (
        prop::sample::select(&ScreenKind::ALL[..]),
        prop::sample::select(vec![Behaviour::Strict, Behaviour::Board]),
        prop::sample::select(vec!["cp437", "utf-8", "ascii", "shift_jis", "windows-1255"]),
        any::<bool>(),
    )
}

fn screen((kind, behaviour, charset, view40): (ScreenKind, Behaviour, &str, bool)) -> Screen {
    let charset = HostCharset::from_label(charset).expect("a charset");
    let mut screen = Screen::with_charset(kind, behaviour, charset);
    screen.set_view40(view40);
    screen
}

/// Everything that can be seen of a screen.
fn seen(screen: &Screen) -> String {
    let mut cells = Vec::new();
    screen.cells(&mut cells);
    let picture = (dump::json(screen), dump::ansi(screen), screen.painted_text(), screen.last_painted());
    format!("{picture:?} {cells:?} {:?} {}", screen.background(), screen.cursor_visible())
}

fn check_invariants(screen: &Screen) {
    let (cols, rows) = screen.size();
    let (row, col) = screen.cursor();
    let [top, left, bottom, right] = screen.state().window;
    assert!(row < rows && col < cols);
    assert!(top <= bottom && bottom < rows && left <= right && right < cols);
    if screen.kind().machine().is_some() {
        assert!((top..=bottom).contains(&row) && (left..=right).contains(&col));
    }
    let mut cells = Vec::new();
    screen.cells(&mut cells);
    assert_eq!(cells.len(), usize::from(cols) * usize::from(rows));
    for cell in cells {
        match cell.glyph() {
            Glyph::Code(code) => assert!(!code.is_reversed() && screen.kind().machine().is_some()),
            Glyph::Char(c) => assert!(screen.kind().machine().is_none() && !c.is_control()),
        }
    }
    for text in [dump::text(screen), dump::json(screen)] {
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_input_leaves_a_sound_screen_however_it_is_split(
        which in screens(),
        pieces in prop::collection::vec(piece(), 0..40),
        cuts in prop::collection::vec(0..400_usize, 0..6),
    ) {
        let bytes = pieces.concat();
        let mut whole = screen(which);
        whole.feed(&bytes);
        check_invariants(&whole);
        let mut single = screen(which);
        for byte in &bytes {
            single.feed(std::slice::from_ref(byte));
            let (rows, cols) = (single.size().1, single.size().0);
            prop_assert!(single.cursor().0 < rows && single.cursor().1 < cols);
        }
        let mut cut = screen(which);
        let mut cuts: Vec<usize> = cuts.iter().map(|at| at % (bytes.len() + 1)).collect();
        cuts.sort_unstable();
        let mut from = 0;
        for at in cuts.into_iter().chain([bytes.len()]) {
            cut.feed(&bytes[from..at]);
            from = at;
        }
        prop_assert_eq!(seen(&whole), seen(&single));
        prop_assert_eq!(seen(&whole), seen(&cut));
        prop_assert_eq!(whole.take_scrolled(), single.take_scrolled());
        prop_assert_eq!(whole.take_bells(), single.take_bells());
        while let Some(reply) = whole.take_reply() {
            prop_assert_eq!(single.take_reply(), Some(reply.clone()));
            let answer = String::from_utf8(reply).unwrap();
            prop_assert!(answer.starts_with("\x1b[") && answer.ends_with(['R', 'n', 'c']), "{:?}", answer);
            prop_assert!(answer[2..answer.len() - 1].chars().all(|c| "0123456789;?".contains(c)), "{:?}", answer);
        }
    }

    #[test]
    fn settings_may_change_at_any_moment(
        which in screens(),
        steps in prop::collection::vec((piece(), 0..6), 0..30),
    ) {
        let mut screen = screen(which);
        for (bytes, change) in steps {
            screen.feed(&bytes);
            match change {
                0 => screen.set_view40(true),
                1 => screen.set_view40(false),
                2 => screen.set_behaviour(Behaviour::Strict),
                3 => screen.set_behaviour(Behaviour::Board),
                4 => screen.set_charset(HostCharset::UTF_8),
                _ => screen.mark_painted_none(),
            }
            check_invariants(&screen);
        }
    }

    /// Sequences whose meaning nobody disputes.
    #[test]
    fn the_ansi_screen_agrees_with_the_vt100_crate(
        pieces in prop::collection::vec(
            prop_oneof![
                4 => prop::collection::vec(0x20..0x7F_u8, 1..90),
                2 => Just(b"\r\n".to_vec()),
                1 => prop::sample::select(vec![&b"\r"[..], b"\n", b"\t", b"\x1bM", b"\x08"]).prop_map(<[u8]>::to_vec),
                3 => (1..30_u8, 1..90_u8).prop_map(|(row, col)| format!("\x1b[{row};{col}H").into_bytes()),
                3 => (1..30_u8, prop::sample::select(&b"ABCDGdSTX@P"[..]))
                    .prop_map(|(n, what)| format!("\x1b[{n}{}", char::from(what)).into_bytes()),
                // The return hides that the crate leaves the column where it was.
                1 => (1..30_u8, prop::sample::select(&b"LM"[..]))
                    .prop_map(|(n, what)| format!("\x1b[{n}{}\r", char::from(what)).into_bytes()),
                1 => (0..3_u8, prop::sample::select(&b"JK"[..]))
                    .prop_map(|(n, what)| format!("\x1b[{n}{}", char::from(what)).into_bytes()),
                // In a region; outside of one the crate lets IL and DL act.
                1 => (1..9_u8, 15..25_u8, 9..15_u8, 1..9_u8, prop::sample::select(vec!["A", "B", "S", "T", "L", "M", "n"]))
                    .prop_map(|(top, bottom, row, n, what)| {
                        let act = if what == "n" { "\n".repeat(12) } else { format!("\x1b[{n}{what}") };
                        format!("\x1b[{top};{bottom}r\x1b[{row}H{act}X\x1b[r\x1b[H").into_bytes()
                    }),
            ],
            0..40,
        )
    ) {
        let mut ours = Screen::new(ScreenKind::Ansi, Behaviour::Strict);
        let mut theirs = vt100::Parser::new(25, 80, 0);
        for bytes in pieces {
            ours.feed(&bytes);
            theirs.process(&bytes);
            // The crate lets a wrap that is due outlive cursor movements; xterm and we do not.
            if theirs.screen().cursor_position().1 == 80 {
                ours.feed(b"\r");
                theirs.process(b"\r");
            }
            let ours_rows: Vec<String> = ours.text_rows().iter().map(|row| row.trim_end().to_owned()).collect();
            let theirs_rows: Vec<String> =
                theirs.screen().rows(0, 80).map(|row| row.trim_end().to_owned()).collect();
            prop_assert_eq!(ours_rows, theirs_rows, "after {}", bytes.escape_ascii());
            let (row, col) = theirs.screen().cursor_position();
            prop_assert_eq!(ours.cursor(), (row as u8, col as u8), "after {}", bytes.escape_ascii());
        }
    }
}

/// Resident memory of this process in bytes, where the system tells.
fn resident() -> Option<usize> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    statm.split(' ').nth(1)?.parse::<usize>().ok().map(|pages| pages * 4096)
}

#[test]
fn hostile_streams_cost_no_memory_and_are_left_at_the_next_can_or_escape() {
    use ScreenKind::{Ansi, C64, C128};
    let streams: [(ScreenKind, &[u8], &[u8], usize); 9] = [
        (Ansi, b"\x1b]0;", b"endless title;", 100 << 20),
        (Ansi, b"\x1bPq", b"\x9c~#0;1;;", 10 << 20),
        (Ansi, b"\x1b[", b"7;", 1 << 20),
        (Ansi, b"\x1b[", b"99999999", 1 << 20),
        (Ansi, b"\x1b[", b"     ", 1 << 20),
        (Ansi, b"\x1b[MF", b"CDEFGAB", 1 << 20),
        (Ansi, b"", b"\x1b[6n\x1b[5n\x07", 1 << 20),
        (C64, b"", b"a line that scrolls\r", 8 << 20),
        (C128, b"", b"\x1bM\x1bA\x94\x22\x07", 1 << 20),
    ];
    let before = resident();
    for (kind, opening, repeated, size) in streams {
        let mut screen = Screen::new(kind, Behaviour::Board);
        screen.feed(opening);
        let block = repeated.repeat((64 << 10) / repeated.len());
        for _ in 0..size / block.len() {
            screen.feed(&block);
        }
        screen.feed(b"\x18\x1b[H\x1b[2J\x13OK");
        check_invariants(&screen);
        assert!(screen.text_rows()[0].to_lowercase().contains("ok"), "{}", opening.escape_ascii());
    }
    if let (Some(before), Some(after)) = (before, resident()) {
        assert!(after < before + (48 << 20), "grew from {before} to {after} bytes");
    }
}
