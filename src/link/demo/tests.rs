//! The pages can be said in PETSCII, fit every screen, and the board is sane without any line.

use super::page::{control, encode, glyph};
use super::*;

const PAGES: [(&str, &str); 10] = [
    ("welcome", WELCOME),
    ("menu", MENU),
    ("cable-1", CABLE[0]),
    ("cable-2", CABLE[1]),
    ("echo", ECHO),
    ("facts", FACTS),
    ("files", FILES),
    ("fetch", FETCH),
    ("leave", LEAVE),
    ("goodbye", GOODBYE),
];

/// Names in braces that are filled in before a page is encoded, or end a row.
const FILLED_IN: [&str; 11] =
    ["protocol", "time", "received", "sent", "line", "rest", "errors", "breaks", "lost", "screen", "-"];

#[test]
fn every_page_is_made_of_glyphs_and_names_that_exist() {
    for (name, page) in PAGES {
        for (row, text) in page.lines().enumerate().filter(|(_, text)| !text.starts_with("{#")) {
            let mut rest = text;
            while let Some((plain, braced)) = rest.split_once('{') {
                let (word, after) = braced.split_once('}').expect("braces are closed");
                assert!(
                    control(word).is_some() || FILLED_IN.contains(&word),
                    "{name}, row {row}: {{{word}}}"
                );
                assert!(plain.chars().all(|c| glyph(c).is_some()), "{name}, row {row}: {plain}");
                rest = after;
            }
            for c in rest.chars() {
                assert!(glyph(c).is_some(), "{name}, row {row}: {c} is not PETSCII");
            }
        }
    }
}

#[test]
fn every_page_fits_40_columns_and_25_rows() {
    for (name, page) in PAGES {
        let rows: Vec<_> = page.lines().filter(|row| !row.starts_with("{#")).collect();
        assert!(rows.len() <= 24, "{name} has {} rows", rows.len());
        for row in rows {
            // Names in braces take no column; what is filled in stays short of the edge.
            let braced: usize = row
                .split('{')
                .skip(1)
                .filter_map(|part| part.split_once('}'))
                .map(|(n, _)| n.len() + 2)
                .sum();
            let columns = row.chars().count() - braced;
            assert!(columns <= 39, "{name}: {columns} columns in '{row}'");
        }
    }
    let rows = WELCOME.lines().count() - 1 + MENU.lines().count();
    assert!(rows <= 25, "the welcome and the menu take {rows} rows together");
}

#[test]
fn the_welcome_takes_at_most_600_bytes() {
    let bytes = encode(WELCOME);
    assert!(bytes.len() <= 600, "{} bytes", bytes.len());
}

#[test]
fn no_page_holds_a_code_that_a_pet_would_edit_with() {
    for (name, page) in PAGES {
        for byte in encode(page) {
            let known = matches!(byte, 0x0D | 0x0E | 0x12 | 0x92 | 0x93 | 0x20..=0x5F | 0xA1..=0xDE);
            assert!(known && byte != 0x22, "{name} holds {byte:02X}");
        }
    }
}

#[test]
fn letters_and_reversed_glyphs_become_petscii() {
    assert_eq!(encode("aZ 1{-}"), [0x41, 0xDA, 0x20, 0x31]);
    assert_eq!(encode("▌█▐▚"), [0xA1, 0x12, 0x20, 0xA1, 0x92, 0xBF, 0x0D]);
    assert_eq!(encode("{rvs on}a▐{rvs off}b{-}"), [0x12, 0x41, 0x92, 0xA1, 0x92, 0x42]);
    // RETURN ends reverse, so the next row asks again.
    assert_eq!(encode("█\n█{-}"), [0x12, 0x20, 0x0D, 0x12, 0x20]);
    assert_eq!(encode("{# remark}\n{clr}{-}"), [0x93]);
    assert_eq!(encode("é{what}{-}"), [b'?', b'?']);
}

fn visit(board: &mut Board, keys: &[u8]) -> Vec<u8> {
    for &key in keys {
        board.rx(Stamp::ZERO, key, true);
    }
    std::iter::from_fn(|| board.poll()).collect()
}

fn called() -> Board {
    let mut board = Board::new();
    board.connect(Stamp::ZERO, &LineFormat::new(1200));
    visit(&mut board, &[]);
    board
}

#[test]
fn a_choice_is_taken_in_either_case_and_code_and_with_parity() {
    for key in [b'G', b'g', b'G' | 0x80, b'g' | 0x80] {
        let mut board = called();
        visit(&mut board, &[key]);
        assert!(board.hangs_up().is_some(), "{key:02X}");
    }
    for key in [b'1', b'1' | 0x80] {
        let mut board = called();
        assert_eq!(visit(&mut board, &[key]), encode(CABLE[0]), "{key:02X}");
    }
}

#[test]
fn the_text_is_read_page_by_page_and_left_by_q_or_stop() {
    let mut board = called();
    visit(&mut board, b"1");
    assert_eq!(visit(&mut board, b" "), encode(CABLE[1]));
    assert_eq!(board.mode, Mode::AnyKey);
    visit(&mut board, b" ");
    assert_eq!(board.mode, Mode::Menu);
    for key in [b'q', b'Q', STOP] {
        visit(&mut board, &[b'1', key]);
        assert_eq!(board.mode, Mode::Menu, "{key:02X}");
    }
}

#[test]
fn stop_cuts_a_page_short() {
    let mut board = called();
    board.rx(Stamp::ZERO, b'1', true);
    let begun: Vec<_> = std::iter::from_fn(|| board.poll()).take(50).collect();
    assert_eq!(begun.len(), 50);
    let rest = visit(&mut board, &[STOP]);
    assert!(rest.len() < encode(CABLE[0]).len() - 50);
    assert_eq!(board.mode, Mode::Menu);
}

#[test]
fn the_echo_test_shows_every_byte_and_its_code() {
    let mut board = called();
    visit(&mut board, b"2");
    assert_eq!(visit(&mut board, b"A"), b"A 41  ");
    assert_eq!(visit(&mut board, &[0x22]), b"\x22\x22\x14 22  ");
    assert_eq!(visit(&mut board, &[0xC1, 0x0D]), b"\xC1 C1  . 0D  ");
    board.rx(Stamp::ZERO, STOP, false);
    assert_eq!(visit(&mut board, &[]), b". 03* ");
    assert_eq!(visit(&mut board, b"x"), b"x 78  \r");
    visit(&mut board, &[LEFT_ARROW]);
    assert_eq!(board.mode, Mode::Menu);
}

#[test]
fn a_damaged_byte_and_a_line_feed_are_no_choice() {
    let mut board = called();
    board.rx(Stamp::ZERO, b'G', false);
    board.rx(Stamp::ZERO, 0x0A, true);
    assert_eq!(board.poll(), None);
    assert_eq!((board.mode, board.facts.errors), (Mode::Menu, 1));
}

#[test]
fn another_key_gets_a_polite_line() {
    let mut board = called();
    let line = visit(&mut board, b"x");
    assert_eq!(line, encode("x\nSorry, there is nothing behind it.\nYour choice? {-}"));
}

#[test]
fn the_facts_are_those_of_the_call() {
    let mut board = called();
    board.rx_break(Stamp::ZERO);
    board.advance(Stamp::ZERO + crate::time::Span::from_secs(3_725));
    let sent = board.facts.sent;
    let page = visit(&mut board, b"3");
    let says = |text: &str| page.windows(text.len()).any(|w| w == encode(&format!("{text}{{-}}")));
    assert!(says("Time on line      1:02:05"));
    assert!(says("You sent          1 byte"));
    assert!(says(&format!("You were sent     {}", bytes(sent))));
    assert!(says("The line          1200-8N1"));
    assert!(says("Breaks            1"));
    assert!(says("takes 16.7 seconds"));
}

#[test]
fn no_input_makes_it_panic_or_grow() {
    let mut lost = 0;
    // With and without the way to the file desk, where keys belong to a transfer.
    for desk in [false, true] {
        let mut seed = 0x2545_F491_4F6C_DD1D_u64;
        let mut board = called();
        for round in 0..100_000 {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            let now = Stamp(round * 1_000_000);
            if round % 10_000 == 0 {
                lost += board.facts.lost;
                board.connect(now, &LineFormat::new(300));
            }
            let key = if letter(seed as u8) == b'4' && !desk { b'3' } else { seed as u8 };
            board.rx(now, key, seed & 0x700 != 0);
            board.advance(now);
            if seed & 0x1800 == 0 {
                board.poll();
            }
            assert!(board.keys.len() <= KEYS_WAITING && board.out.len() <= 2_000);
        }
    }
    assert!(lost > 0);
}

#[test]
fn the_gift_is_made_of_its_listing() {
    let listing = include_str!("../../../assets/board/gift.bas");
    let made = crate::prg::make(listing.as_bytes(), &crate::prg::MakeOptions::default()).unwrap();
    let gift: &[u8] = include_bytes!("../../../assets/board/gift.prg");
    assert_eq!(made.file, gift);
}

#[test]
fn whoever_goes_to_the_desk_and_changes_his_mind_is_back_at_once() {
    let mut board = called();
    for choice in [b"41".as_slice(), b"43"] {
        visit(&mut board, choice);
        visit(&mut board, b"q");
        // The page, and not a byte of the protocol behind it.
        board.advance(Stamp::ZERO);
        let Wake::At(at) = board.wake() else { panic!("nothing is due") };
        board.advance(at);
        let said = visit(&mut board, b"");
        let wanted = encode("Another time, then.{-}");
        assert!(said.windows(wanted.len()).any(|part| part == wanted), "{said:02X?}");
        visit(&mut board, b" ");
    }
    // There is nothing to have back.
    let said = visit(&mut board, b"44");
    let wanted = encode("You have left nothing yet.{-}");
    assert!(said.windows(wanted.len()).any(|part| part == wanted));
}

#[test]
fn a_caller_who_takes_minutes_to_begin_is_waited_for() {
    use super::desk::{Desk, Wish};
    use crate::transfer::Protocol;

    let mut desk = Desk::default();
    desk.begin(Stamp::ZERO, Wish::Fetch(Protocol::Punter), &LineFormat::new(9600));
    for second in 0..600 {
        assert_eq!(desk.advance(Stamp(second * 1_000_000_000)), None, "after {second} s");
    }
    let now = Stamp(600_000_000_000);
    for &byte in b"GOO" {
        desk.receive(now, byte);
    }
    let said: Vec<u8> = std::iter::from_fn(|| desk.poll(now)).collect();
    assert_eq!(said, b"ACK");
}

#[test]
fn a_caller_who_gives_up_in_the_middle_leaves_by_q_and_one_with_the_other_protocol_is_served() {
    use super::desk::{Desk, Wish};
    use crate::transfer::Protocol;

    let line = LineFormat::new(9600);
    let said = |desk: &mut Desk| -> Vec<u8> { std::iter::from_fn(|| desk.poll(Stamp::ZERO)).collect() };
    let mut desk = Desk::default();
    desk.begin(Stamp::ZERO, Wish::Fetch(Protocol::Xmodem), &line);
    for &byte in b"GOOGOO" {
        desk.receive(Stamp::ZERO, byte);
    }
    assert_eq!(said(&mut desk), b"ACK");
    for byte in *b"S/Bq" {
        desk.receive(Stamp::ZERO, byte);
    }
    said(&mut desk);
    assert_eq!(desk.advance(Stamp(2_000_000_000)).as_deref(), Some("Another time, then.\n"));
}

#[test]
fn a_caller_who_gives_up_while_he_leaves_a_file_is_back_by_a_key_that_stands_alone() {
    use super::desk::{Desk, Wish};

    let second = |at: u64| Stamp(at * 1_000_000_000);
    // What may be a byte of the file is one: it comes right behind another, or others come behind it.
    for (at, behind, left) in [(1, b"".as_slice(), false), (3, b"x", false), (3, b"", true)] {
        let mut desk = Desk::default();
        desk.begin(Stamp::ZERO, Wish::Leave, &LineFormat::new(9600));
        for &byte in b"ACK" {
            desk.receive(second(1), byte);
        }
        let said: Vec<u8> = std::iter::from_fn(|| desk.poll(second(1))).collect();
        assert_eq!(said, b"GOOS/B");
        for &byte in b"q".iter().chain(behind) {
            desk.receive(second(at), byte);
        }
        let said = (at..at + 4).find_map(|at| desk.advance(second(at)));
        assert_eq!(said.is_some(), left, "{at}, {behind:?}");
    }
}
