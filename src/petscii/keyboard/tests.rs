//! The keyboard table, as a user's fingers meet it.

use std::collections::HashSet;

use super::*;

const PET: Layout = Layout::petscii(Machine::Pet, CharSet::Text);
const C64: Layout = Layout::petscii(Machine::C64, CharSet::Graphics);
const VIC: Layout = Layout::petscii(Machine::Vic20, CharSet::Graphics);
const ANSI: Layout = Layout::host(HostCharset::CP437, true);
const DUMB: Layout = Layout::host(HostCharset::ASCII, false);

fn sent(key: Key, layout: Layout) -> Vec<u8> {
    encode(key, layout).map(|stroke| stroke.as_bytes().to_vec()).unwrap_or_default()
}

fn character(c: char) -> Key {
    Key::plain(KeyCode::Char(c))
}

fn alt(c: char) -> Key {
    Key::alt(KeyCode::Char(c))
}

#[test]
fn letters_send_the_same_codes_in_both_sets_of_every_machine() {
    for machine in Machine::ALL {
        for set in CharSet::ALL {
            let layout = Layout::petscii(machine, set);
            for (place, c) in ('a'..='z').enumerate() {
                assert_eq!(sent(character(c), layout), [0x41 + place as u8]);
                assert_eq!(sent(character(c.to_ascii_uppercase()), layout), [0xC1 + place as u8]);
                assert_eq!(sent(Key::ctrl(c), layout), [0x01 + place as u8]);
            }
        }
    }
}

#[test]
fn digits_and_signs_send_themselves() {
    for byte in (0x20..0x41).chain([b'[', b']']) {
        assert_eq!(sent(character(char::from(byte)), PET), [byte]);
    }
    assert_eq!(sent(character('\\'), PET), [0x5C]);
    assert_eq!(sent(character('£'), C64), [0x5C]);
    assert_eq!(sent(character('£'), PET), b"");
    assert_eq!(sent(character('é'), PET), b"");
}

#[test]
fn the_keys_of_a_commodore_keyboard_send_their_codes() {
    use KeyCode::{Backspace, Down, End, Enter, Escape, Home, Insert, Left, Right, Tab, Up};
    for (code, plain, shifted) in [
        (Enter, 0x0D, 0x8D),
        (Backspace, 0x14, 0x94),
        (Home, 0x13, 0x93),
        (Tab, 0x09, 0x89),
        (Escape, 0x1B, 0x9B),
        // These have no shifted meaning: shift is ignored.
        (Insert, 0x94, 0x94),
        (End, 0x93, 0x93),
        (Up, 0x91, 0x91),
        (Down, 0x11, 0x11),
        (Left, 0x9D, 0x9D),
        (Right, 0x1D, 0x1D),
    ] {
        for layout in [PET, C64, VIC] {
            assert_eq!(sent(Key::plain(code), layout), [plain], "{code:?}");
            assert_eq!(sent(Key::shifted(code), layout), [shifted], "shift {code:?}");
        }
    }
}

#[test]
fn stop_is_ctrl_c_and_shift_makes_it_run() {
    assert_eq!(sent(Key::ctrl('c'), PET), [0x03]);
    assert_eq!(sent(Key { shift: true, ..Key::ctrl('c') }, PET), [0x83]);
    assert_eq!(sent(Key::ctrl('C'), PET), [0x83]);
    assert_eq!(sent(Key::plain(KeyCode::F(10)), C64), [0x83]);
}

#[test]
fn reverse_has_a_key_that_every_terminal_reports() {
    for layout in [PET, C64, VIC] {
        for on in [Key::ctrl('9'), alt('9'), Key::plain(KeyCode::F(11))] {
            assert_eq!(sent(on, layout), [0x12]);
        }
        for off in [Key::ctrl('0'), alt('0'), Key::plain(KeyCode::F(12))] {
            assert_eq!(sent(off, layout), [0x92]);
        }
    }
    assert_eq!(sent(Key::plain(KeyCode::F(1)), PET), [0x12]);
}

/// Shift on these keys, and Ctrl with digits, is what many terminals cannot report.
#[test]
fn whatever_a_weak_terminal_cannot_report_has_a_second_way() {
    let weak = |key: &Key| {
        let silent_shift = key.shift && !matches!(key.code, KeyCode::Tab | KeyCode::Home);
        let silent_ctrl = key.ctrl && matches!(key.code, KeyCode::Char(c) if c.is_ascii_digit());
        silent_shift || silent_ctrl
    };
    for layout in [PET, C64] {
        let rows = || PETSCII_KEYS.iter().filter(|row| row.when.holds(layout));
        for row in rows().filter(|row| weak(&row.key) && row.group != Group::Colour) {
            let second = rows().any(|other| other.bytes == row.bytes && !weak(&other.key));
            assert!(second, "{} has no second way", row.key);
        }
    }
}

#[test]
fn function_keys_are_the_c64s_and_stand_in_for_keys_on_a_pet() {
    let codes = [0x85, 0x89, 0x86, 0x8A, 0x87, 0x8B, 0x88, 0x8C];
    for (number, code) in (1..).zip(codes) {
        assert_eq!(sent(Key::plain(KeyCode::F(number)), C64), [code]);
        assert_ne!(sent(Key::plain(KeyCode::F(number)), PET), [code]);
    }
    for layout in [PET, C64, ANSI] {
        assert_eq!(sent(Key::plain(KeyCode::F(9)), layout), b"", "F9 is the prefix key");
        assert_eq!(sent(Key::plain(KeyCode::F(13)), layout), b"");
    }
}

#[test]
fn colour_keys_exist_where_colours_do() {
    for (number, digit) in ('1'..='8').enumerate() {
        let low = colour(number as u8, Machine::C64).unwrap().0;
        let high = colour(number as u8 + 8, Machine::C64).unwrap().0;
        assert_eq!(sent(Key::ctrl(digit), C64), [low]);
        assert_eq!(sent(Key::ctrl(digit), VIC), [low]);
        assert_eq!(sent(Key::ctrl(digit), PET), b"");
        assert_eq!(sent(alt(digit), C64), [high]);
        assert_eq!(sent(alt(digit), VIC), b"");
        assert_eq!(sent(alt(digit), PET), b"");
    }
    assert_eq!(colour(16, Machine::C64), None);
    assert_eq!(colour(0, Machine::Pet), None);
}

#[test]
fn alt_is_the_commodore_key() {
    let codes = [
        0xB0, 0xBF, 0xBC, 0xAC, 0xB1, 0xBB, 0xA5, 0xB4, 0xA2, 0xB5, 0xA1, 0xB6, 0xA7, 0xAA, 0xB9, 0xAF, 0xAB,
        0xB2, 0xAE, 0xA3, 0xB8, 0xBE, 0xB3, 0xBD, 0xB7, 0xAD,
    ];
    for (c, code) in ('a'..='z').zip(codes) {
        assert_eq!(sent(alt(c), C64), [code]);
        assert_eq!(sent(alt(c.to_ascii_uppercase()), C64), [code]);
    }
    for (c, code) in [('+', 0xA6), ('-', 0xDC), ('@', 0xA4), ('*', 0xDF), ('£', 0xA8)] {
        assert_eq!(sent(alt(c), C64), [code]);
    }
}

/// A0-BF and C0-DF are what the C64's shift and C= keys print.
#[test]
fn every_graphic_of_the_shifted_half_can_be_typed() {
    let mut typed: HashSet<u8> = PETSCII_KEYS.iter().flat_map(|row| row.bytes).copied().collect();
    typed.extend(('A'..='Z').flat_map(|c| sent(character(c), C64)));
    for code in 0xA0..=0xDF {
        assert!(typed.contains(&code), "{code:02X}");
    }
}

#[test]
fn graphics_typed_as_characters_follow_the_set() {
    assert_eq!(sent(character('♥'), Layout::petscii(Machine::Pet, CharSet::Graphics)), [0xD3]);
    assert_eq!(sent(character('♥'), PET), b"");
    assert_eq!(sent(character('✓'), PET), [0xBA]);
}

#[test]
fn a_wide_awake_terminals_altgr_is_plain_text() {
    let altgr = |c| Key { ctrl: true, alt: true, ..character(c) };
    assert_eq!(sent(altgr('@'), PET), [0x40]);
    assert_eq!(sent(altgr('{'), DUMB), [0x7B]);
    assert_eq!(sent(altgr('q'), PET), b"");
}

#[test]
fn an_ascii_wire_has_ascii_keys() {
    for layout in [ANSI, DUMB] {
        assert_eq!(sent(Key::plain(KeyCode::Enter), layout), b"\r");
        assert_eq!(sent(Key::shifted(KeyCode::Enter), layout), b"\r");
        assert_eq!(sent(Key::plain(KeyCode::Backspace), layout), b"\x08");
        assert_eq!(sent(Key::plain(KeyCode::Delete), layout), b"\x7F");
        assert_eq!(sent(Key::plain(KeyCode::Escape), layout), b"\x1B");
        assert_eq!(sent(Key::ctrl('z'), layout), b"\x1A");
        assert_eq!(sent(Key::ctrl(']'), layout), b"\x1D");
        assert_eq!(sent(character('Q'), layout), b"Q");
    }
    assert_eq!(sent(character('é'), ANSI), [0x82]);
    assert_eq!(sent(character('é'), DUMB), b"");
    assert_eq!(sent(character('€'), Layout::host(HostCharset::UTF_8, true)), "€".as_bytes());
}

#[test]
fn cursor_keys_are_sequences_where_they_are_understood() {
    for (code, sequence) in [
        (KeyCode::Up, "\x1B[A"),
        (KeyCode::Down, "\x1B[B"),
        (KeyCode::Right, "\x1B[C"),
        (KeyCode::Left, "\x1B[D"),
        (KeyCode::Home, "\x1B[H"),
        (KeyCode::F(12), "\x1B[24~"),
    ] {
        assert_eq!(sent(Key::plain(code), ANSI), sequence.as_bytes());
        assert_eq!(sent(Key::plain(code), DUMB), b"");
    }
    assert_eq!(sent(alt('x'), ANSI), b"\x1Bx");
    assert_eq!(sent(alt('x'), DUMB), b"");
}

#[test]
fn no_key_stands_twice_in_a_layout() {
    for layout in [PET, C64, VIC, ANSI, DUMB] {
        let mut seen = HashSet::new();
        for row in rows(layout).iter().filter(|row| row.when.holds(layout)) {
            assert!(seen.insert(row.key), "{}", row.key);
        }
    }
}

#[test]
fn help_lists_exactly_what_works() {
    for layout in [PET, C64, VIC, ANSI, DUMB] {
        let lines = help(layout);
        for row in rows(layout) {
            let listed =
                lines.iter().any(|line| line.pc == row.key.to_string() && line.bytes == hex(row.bytes));
            let works = sent(row.key, layout) == row.bytes && row.when.holds(layout);
            assert_eq!(listed, works, "{}", row.key);
        }
    }
    let letters = &help(PET)[1];
    assert_eq!((letters.pc.as_str(), letters.bytes.as_str()), ("A-Z", "C1-DA"));
}

#[test]
fn no_key_panics() {
    let characters = (0..=0x2FF).filter_map(char::from_u32).map(KeyCode::Char);
    let keys = [KeyCode::F(0), KeyCode::F(255), KeyCode::PageDown, KeyCode::Char('\u{1FB72}')];
    for code in characters.chain(keys) {
        for bits in 0..8 {
            let key = Key { code, shift: bits & 1 != 0, ctrl: bits & 2 != 0, alt: bits & 4 != 0 };
            for layout in [PET, C64, VIC, ANSI, DUMB] {
                let bytes = sent(key, layout);
                assert!(bytes.len() <= 8);
            }
        }
    }
}
