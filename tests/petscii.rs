//! The character codes against the vectors in `tests/petscii/` (their README says where they come from),
//! against what other programs send, and as round trips.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test's helpers fail the test")]

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use petterm::petscii::ascii::{self, Place, Receiver};
use petterm::petscii::convert::{ConvertError, Encoding, convert};
use petterm::petscii::host::HostCharset;
use petterm::petscii::{CharSet, Machine, Petscii, ScreenCode};
use proptest::prelude::*;

/// The rows of a table, without its header.
fn table(name: &str) -> Vec<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/petscii").join(name);
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    text.lines().skip(1).map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

fn hex(field: &str) -> u8 {
    u8::from_str_radix(field, 16).unwrap_or_else(|e| panic!("'{field}': {e}"))
}

fn code_point(field: &str) -> char {
    u32::from_str_radix(field, 16).ok().and_then(char::from_u32).unwrap_or_else(|| panic!("'{field}'"))
}

fn every_set() -> impl Iterator<Item = (Machine, CharSet)> {
    Machine::ALL.into_iter().flat_map(|machine| CharSet::ALL.into_iter().map(move |set| (machine, set)))
}

fn file(kind: &str, machine: Machine, set: CharSet) -> String {
    format!("{kind}_{}_{}.tsv", machine.name(), set.name())
}

#[test]
fn every_screen_code_has_its_code_points() {
    for (machine, set) in every_set() {
        let name = file("screen", machine, set);
        let rows = table(&name);
        assert_eq!(rows.len(), 256, "{name}");
        for row in rows {
            let code = ScreenCode(hex(&row[0]));
            assert_eq!(code.is_reversed(), row[1] == "1", "{name} {}", row[0]);
            assert_eq!(code.unicode(machine, set), code_point(&row[2]), "{name} {}", row[0]);
            let solo = (!row[3].is_empty()).then(|| code_point(&row[3]));
            assert_eq!(code.solo_unicode(machine, set), solo, "{name} {}", row[0]);
        }
    }
}

#[test]
fn every_byte_prints_its_glyph() {
    for (machine, set) in every_set() {
        let name = file("petscii", machine, set);
        let rows = table(&name);
        assert_eq!(rows.len(), 256, "{name}");
        for row in rows {
            let byte = Petscii(hex(&row[0]));
            if row[1] == "control" {
                assert_eq!(byte.screen_code(machine), None, "{name} {}", row[0]);
                assert_eq!(byte.unicode(machine, set), None, "{name} {}", row[0]);
                continue;
            }
            assert_eq!(row[1], "print", "{name} {}", row[0]);
            let code = byte.screen_code(machine).unwrap();
            assert_eq!(code, ScreenCode(hex(&row[2])), "{name} {}", row[0]);
            assert_eq!(byte.unicode(machine, set), Some(code_point(&row[3])), "{name} {}", row[0]);
            assert_eq!(code.canonical(), Petscii(hex(&row[4])), "{name} {}", row[0]);
            let printing = Petscii::all_from_unicode(code_point(&row[3]), machine, set).count();
            assert_eq!(printing == 1, row[5] == "1", "{name} {}", row[0]);
        }
    }
}

#[test]
fn every_glyph_finds_its_bytes() {
    for (machine, set) in every_set() {
        let name = file("unicode", machine, set);
        let rows = table(&name);
        assert_eq!(rows.len(), 128, "{name}");
        for row in rows {
            let c = code_point(&row[0]);
            assert_eq!(
                Petscii::from_unicode(c, machine, set),
                Some(Petscii(hex(&row[2]))),
                "{name} {}",
                row[0]
            );
            let all: Vec<_> = Petscii::all_from_unicode(c, machine, set).collect();
            let listed: Vec<_> = row[3].split(' ').map(|code| Petscii(hex(code))).collect();
            assert_eq!(all, listed, "{name} {}", row[0]);
        }
        assert_eq!(Petscii::from_unicode('é', machine, set), None);
        assert_eq!(Petscii::all_from_unicode('é', machine, set).count(), 0);
    }
}

/// 160 code points for upright cells, 28 more for reversed ones.
#[test]
fn the_repertoire_is_188_code_points() {
    let (mut upright, mut all) = (HashSet::new(), HashSet::new());
    for (machine, set) in every_set() {
        for code in 0..=0xFF {
            let code = ScreenCode(code);
            upright.insert(code.unicode(machine, set));
            all.extend(code.solo_unicode(machine, set));
        }
    }
    assert_eq!((upright.len(), all.len()), (160, 188));
}

/// Measured with the crate that the terminal front end uses.
#[cfg(feature = "tui")]
#[test]
fn every_glyph_is_one_column_wide_at_every_tier() {
    use petterm::petscii::GlyphTier;
    for (machine, set) in every_set() {
        for code in 0..=0xFF {
            let solo = ScreenCode(code).solo_unicode(machine, set);
            let glyphs = GlyphTier::ALL.map(|tier| ScreenCode(code).glyph(machine, set, tier));
            for c in glyphs.into_iter().chain(solo) {
                assert_eq!(ratatui::text::Span::raw(c.to_string()).width(), 1, "{c:?}");
            }
        }
    }
}

/// Two board programs send capitals as 61-7A: right on a C64, punctuation on a PET as its ROM prints it, and
/// right again with 60-7F read as C0-DF.
#[test]
fn capitals_sent_as_61_to_7a() {
    let hello = b"hello".map(Petscii);
    let shown = |machine, fold: bool| -> String {
        hello
            .into_iter()
            .map(|byte| if fold { byte.as_board() } else { byte })
            .filter_map(|byte| byte.unicode(machine, CharSet::Text))
            .collect()
    };
    assert_eq!(shown(Machine::C64, false), "HELLO");
    assert_eq!(shown(Machine::Vic20, false), "HELLO");
    assert_eq!(shown(Machine::Pet, false), "(%,,/");
    assert_eq!(shown(Machine::Pet, true), "HELLO");
}

#[test]
fn board_codes_are_the_same_glyphs_as_a_c64s() {
    for byte in 0..=0xFF {
        let byte = Petscii(byte);
        assert_eq!(byte.as_board().screen_code(Machine::Pet), byte.screen_code(Machine::C64), "{byte:02X?}");
    }
}

const TEXT: Place = Place { set: CharSet::Text, column: 0, columns: 80 };

fn received(bytes: &[u8], machine: Machine, charset: HostCharset, place: Place) -> Vec<u8> {
    let mut receiver = Receiver::new(machine, charset);
    let mut out = Vec::new();
    for byte in bytes {
        receiver.push(*byte, place, &mut out);
    }
    out
}

fn on_a_pet(bytes: &[u8]) -> Vec<u8> {
    received(bytes, Machine::Pet, HostCharset::CP437, TEXT)
}

#[test]
fn the_pairs_of_a_newline_are_one_return() {
    assert_eq!(on_a_pet(b"a\r\nb"), b"A\rB");
    assert_eq!(on_a_pet(b"a\rb"), b"A\rB");
    assert_eq!(on_a_pet(b"a\nb"), b"A\rB");
    assert_eq!(on_a_pet(b"a\r\0b"), b"A\rB");
    assert_eq!(on_a_pet(b"a\r\0\nb"), b"A\rB");
    assert_eq!(on_a_pet(b"a\r\n\r\nb"), b"A\r\rB");
    assert_eq!(on_a_pet(b"\r\r\n\n"), b"\r\r\r");
    assert_eq!(on_a_pet(b"\0\r\x01\n"), b"\r\r");
}

#[test]
fn controls_become_the_screens_or_nothing() {
    assert_eq!(on_a_pet(b"\x07\x08\x7F\x0C"), [0x07, 0x14, 0x14, 0x93]);
    let ignored: Vec<u8> = (0..0x20).filter(|byte| !b"\x07\x08\t\n\x0C\r".contains(byte)).collect();
    assert_eq!(on_a_pet(&ignored), Vec::<u8>::new());
    let c1 = "\u{80}\u{85}\u{9B}";
    assert_eq!(received(c1.as_bytes(), Machine::Pet, HostCharset::UTF_8, TEXT), Vec::<u8>::new());
}

#[test]
fn tab_goes_to_the_next_eighth_column_and_stops_at_the_edge() {
    for (column, columns, spaces) in
        [(0, 80, 8), (7, 80, 1), (8, 80, 8), (70, 80, 2), (72, 80, 7), (79, 80, 0)]
    {
        let place = Place { column, columns, ..TEXT };
        let out = received(b"\t", Machine::Pet, HostCharset::CP437, place);
        assert_eq!(out, vec![b' '; spaces], "column {column}");
    }
    let absurd = Place { column: 255, columns: 0, ..TEXT };
    assert_eq!(received(b"\t", Machine::Pet, HostCharset::CP437, absurd), Vec::<u8>::new());
}

#[test]
fn letters_keep_their_case_in_the_text_set_and_are_capitals_in_the_other() {
    assert_eq!(on_a_pet(b"azAZ"), [0x41, 0x5A, 0xC1, 0xDA]);
    let graphics = Place { set: CharSet::Graphics, ..TEXT };
    assert_eq!(received(b"azAZ", Machine::C64, HostCharset::CP437, graphics), *b"AZAZ");
}

/// The same glyphs that the 6502 program PETTERM shows for digits and signs in its mixed-case mode.
#[test]
fn signs_look_as_petterm_shows_them() {
    for row in table("peers.tsv") {
        let byte = hex(&row[0]);
        if !(0x20..0x7F).contains(&byte) || byte.is_ascii_alphabetic() {
            continue;
        }
        let out = on_a_pet(&[byte]);
        let shown = Petscii(out[0]).screen_code(Machine::Pet);
        assert_eq!(shown, Some(ScreenCode(hex(&row[10]))), "{byte:02X}");
    }
}

#[test]
fn letters_out_agree_with_zimodem_but_for_its_lost_z() {
    for row in table("peers.tsv") {
        let byte = hex(&row[0]);
        let expected = hex(&row[1]);
        if matches!(byte, 0x41..=0x5A | 0x61..=0x7A | 0xC1..=0xD9) {
            assert_eq!(ascii::to_ascii(Petscii(byte)), Some(expected), "{byte:02X}");
        }
    }
    assert_eq!(ascii::to_ascii(Petscii(0xDA)), Some(b'Z'));
}

#[test]
fn letters_in_agree_with_zimodem_and_ccgms() {
    for row in table("peers.tsv") {
        let byte = hex(&row[0]);
        if byte.is_ascii_alphabetic() {
            assert_eq!(on_a_pet(&[byte]), [hex(&row[2])], "{byte:02X}");
            assert_eq!(on_a_pet(&[byte]), [hex(&row[4])], "{byte:02X}");
        }
    }
}

#[test]
fn what_is_sent_as_ascii() {
    for (code, expected) in [
        (0x0D, Some(b'\r')),
        (0x8D, Some(b'\r')),
        (0x14, Some(0x08)),
        (0x93, Some(0x0C)),
        (0x03, Some(0x03)),
        (0xA0, Some(b' ')),
        (0xE0, Some(b' ')),
        (0x5E, Some(b'^')),
        (0x5F, Some(b'_')),
        (0xA4, Some(b'_')),
        (0xE4, Some(b'_')),
        (0xDD, Some(b'|')),
        (0x7D, Some(b'|')),
        (0xC0, None),
        (0x91, None),
        (0x05, None),
        (0xFF, None),
    ] {
        assert_eq!(ascii::to_ascii(Petscii(code)), expected, "{code:02X}");
    }
}

/// Printable ASCII comes back from the codes that show it.
#[test]
fn ascii_survives_the_screen_and_back() {
    for byte in 0x20..0x7F {
        for machine in Machine::ALL {
            let out = received(&[byte], machine, HostCharset::ASCII, TEXT);
            assert_eq!(out.len(), 1);
            assert_eq!(ascii::to_ascii(Petscii(out[0])), Some(byte), "{byte:02X}");
        }
    }
}

#[test]
fn bytes_from_80_up_show_what_the_machine_has() {
    // Double lines as single ones, blocks as reversed glyphs, letters without accents.
    assert_eq!(on_a_pet(b"\xC9\xCD\xBB"), [0xB0, 0xC0, 0xAE]);
    assert_eq!(on_a_pet(b"\xDB\xDC\xDF"), [0x12, 0xA0, 0x92, 0xA2, 0x12, 0xA2, 0x92]);
    assert_eq!(on_a_pet(b"\xB0\xB1\xB2"), [0xA6, 0xA6, 0xA6]);
    assert_eq!(on_a_pet(b"\x82\xFF\x9E"), [0x45, 0x20, b'?']);
    assert_eq!(received(b"\x9C", Machine::C64, HostCharset::CP437, TEXT), [0x5C]);
    assert_eq!(received(b"\xE9", Machine::Pet, HostCharset::ASCII, TEXT), b"?");
}

/// A character split between reads, and marks that take no cell.
#[test]
fn utf_8_is_decoded_across_reads() {
    let out = received("√é✓e\u{301}".as_bytes(), Machine::Pet, HostCharset::UTF_8, TEXT);
    assert_eq!(out, [0x56, 0x45, 0xBA, 0x45]);
}

#[test]
fn typed_text_sends_letters_as_keys_and_refuses_what_is_not_there() {
    let typed = |c| ascii::typed(c, Machine::Pet, CharSet::Graphics).map(|code| code.0);
    assert_eq!(typed('a'), Some(0x41));
    assert_eq!(typed('\n'), Some(0x0D));
    assert_eq!(typed('♠'), Some(0xC1));
    assert_eq!(typed('{'), None);
    assert_eq!(typed('é'), None);
    assert_eq!(typed('\x01'), None);
}

fn every_encoding() -> impl Strategy<Value = Encoding> {
    prop::sample::select(
        every_set().map(|(machine, set)| Encoding::Petscii(machine, set)).collect::<Vec<_>>(),
    )
}

/// The 128 canonical codes and RETURN.
fn canonical_text() -> impl Strategy<Value = Vec<u8>> {
    let codes: Vec<u8> = (0..0x80).map(|code| ScreenCode(code).canonical().0).chain([0x0D]).collect();
    prop::collection::vec(prop::sample::select(codes), 0..200)
}

fn host_charset() -> impl Strategy<Value = HostCharset> {
    let labels = ["utf-8", "cp437", "ascii", "windows-1252", "shift_jis", "gb18030", "big5", "euc-jp"];
    prop::sample::select(labels.map(|label| HostCharset::from_label(label).unwrap()).to_vec())
}

proptest! {
    #[test]
    fn canonical_text_survives_utf_8(text in canonical_text(), encoding in every_encoding()) {
        let utf8 = Encoding::Host(HostCharset::UTF_8);
        let host = convert(&text, encoding, utf8, false).unwrap();
        prop_assert_eq!(convert(&host, utf8, encoding, false).unwrap(), text);
    }

    #[test]
    fn lossy_never_fails_and_strict_success_is_its_result(
        input in prop::collection::vec(any::<u8>(), 0..100),
        petscii in every_encoding(),
        charset in host_charset(),
    ) {
        let host = Encoding::Host(charset);
        for (from, to) in [(petscii, host), (host, petscii), (host, Encoding::Host(HostCharset::UTF_8))] {
            let lossy = convert(&input, from, to, true).unwrap();
            match convert(&input, from, to, false) {
                Ok(strict) => prop_assert_eq!(strict, lossy),
                Err(ConvertError { offset, byte, .. }) => {
                    prop_assert_eq!(input.get(offset), Some(&byte));
                    // What stands before the offending byte is fine by itself.
                    prop_assert!(convert(&input[..offset], from, to, false).is_ok());
                }
            }
        }
    }

    #[test]
    fn anything_received_prints_canonical_codes_only(
        input in prop::collection::vec(any::<u8>(), 0..200),
        charset in host_charset(),
        column in any::<u8>(),
        columns in any::<u8>(),
        graphics in any::<bool>(),
    ) {
        let set = if graphics { CharSet::Graphics } else { CharSet::Text };
        for machine in Machine::ALL {
            for byte in received(&input, machine, charset, Place { set, column, columns }) {
                let canonical = Petscii(byte).screen_code(machine).map(ScreenCode::canonical);
                let allowed = canonical == Some(Petscii(byte))
                    || [0x07, 0x0D, 0x12, 0x14, 0x92, 0x93].contains(&byte);
                prop_assert!(allowed, "{byte:02X}");
            }
        }
    }

    #[test]
    fn host_text_survives_its_own_charset(text in any::<String>(), charset in host_charset()) {
        let mut decoder = charset.decoder();
        for c in text.chars() {
            let Some(bytes) = charset.encode(c) else { continue };
            let mut back = String::new();
            for byte in bytes {
                decoder.push(byte, &mut back);
            }
            prop_assert!(decoder.is_neutral());
            // Legacy charsets fold a few compatibility characters into one another.
            if charset == HostCharset::UTF_8 || charset == HostCharset::CP437 {
                prop_assert_eq!(back, c.to_string());
            } else {
                prop_assert_eq!(back.chars().count(), 1);
            }
        }
    }
}
