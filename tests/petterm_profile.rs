//! The `petterm` profile against a model of PETTERM's LOAD and SAVE.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail loudly")]

mod xmodem_line;

use petterm::time::Stamp;
use petterm::transfer::{Failure, petterm as profile};
use xmodem_line::{End, Fault, Kind, Line, Ours, PettermLoad, PettermSave, Random, SECOND, file, options};

/// 2400 baud, 8N1.
const OCTET: u64 = 4_166_667;
const HOUR: u64 = 3600 * SECOND;

/// A BASIC program of one long REM a line.
fn program(length: usize) -> Vec<u8> {
    let mut bytes = vec![0x01, 0x04];
    let mut dice = Random(77);
    while bytes.len() + 12 < length {
        let text = (length - bytes.len() - 8).min(70);
        let next = 0x0401 + bytes.len() - 2 + 4 + text + 1;
        bytes.extend((next as u16).to_le_bytes());
        bytes.extend([10, 0]);
        bytes.extend((0..text).map(|_| (dice.next() >> 40) as u8 | 1));
        bytes.push(0);
    }
    bytes.extend([0, 0]);
    bytes
}

fn loader(data: &[u8]) -> Ours {
    Ours::new(profile::send(vec![file("game.prg", data)], &options(OCTET), Stamp::ZERO).unwrap().0)
}

fn saver() -> Ours {
    Ours::new(profile::receive(&options(OCTET), Stamp::ZERO))
}

/// What LOAD must have: the program, padded with 00.
fn padded(data: &[u8]) -> Vec<u8> {
    let mut data = data.to_vec();
    data.resize(data.len().next_multiple_of(128), 0);
    data
}

fn load(data: &[u8], key: u64, fault: Option<Fault>) -> (Ours, PettermLoad, Line) {
    let (mut from, mut pet, mut line) = (loader(data), PettermLoad::new(key), Line::new(OCTET));
    line.fault = fault;
    line.run(&mut [&mut from, &mut pet], HOUR);
    (from, pet, line)
}

fn save(data: &[u8], fault: Option<Fault>) -> (PettermSave, Ours, Line) {
    let (mut pet, mut to, mut line) = (PettermSave::new(data), saver(), Line::new(OCTET));
    line.fault = fault;
    line.run(&mut [&mut pet, &mut to], HOUR);
    (pet, to, line)
}

#[test]
fn a_program_is_loaded_whenever_the_key_is_pressed() {
    for length in [3, 128, 129, 256, 1000] {
        for key in [0, 1, 4, 5, 20, 100] {
            let data = Random(length as u64).bytes(length - 2);
            let data = [&[1, 4], data.as_slice()].concat();
            let (from, pet, _) = load(&data, key * SECOND, None);
            assert!(from.is_good(), "{length} {key}: {:?}", from.ended);
            assert!(pet.memory == padded(&data) && pet.ended && !pet.shifted, "{length} {key}");
        }
    }
}

#[test]
fn a_c_that_was_said_before_we_listened_is_made_up_for_by_a_poke() {
    let data = program(300);
    let (from, pet, _) = load(&data, 0, Some(Fault { way: 1, at: 0, kind: Kind::Drop }));
    assert!(from.is_good(), "{:?}", from.ended);
    assert!(pet.memory == padded(&data) && !pet.shifted);
}

#[test]
fn a_lost_ack_ends_it_and_no_block_goes_out_again() {
    let data = program(300);
    // C, then an ACK for each of three blocks.
    for at in 1..=3 {
        let (from, pet, line) = load(&data, SECOND, Some(Fault { way: 1, at, kind: Kind::Drop }));
        let said = from.ended.clone().unwrap().unwrap_err().to_string();
        assert!(said.starts_with("line error, restart LOAD"), "{said}");
        assert!(pet.aborted && !pet.shifted && !pet.ended);
        assert!(pet.memory == padded(&data)[..at * 128]);
        assert_eq!((from.progress().resends, from.progress().done.len()), (0, 0));
        // The blocks, one ESC for the silence, one to end it.
        assert_eq!(line.count(0), at * 133 + 2);
    }
}

#[test]
fn an_end_without_answer_is_not_called_complete() {
    let (from, pet, _) = load(&program(300), SECOND, Some(Fault { way: 1, at: 4, kind: Kind::Drop }));
    let said = from.ended.clone().unwrap().unwrap_err().to_string();
    assert!(said.starts_with("all blocks acknowledged, end not confirmed"), "{said}");
    assert!(pet.ended && from.progress().done.is_empty());
}

#[test]
fn a_link_that_ends_before_the_end_is_confirmed_is_told_so() {
    let data = program(100);
    let (mut from, mut pet) = (loader(&data), PettermLoad::new(0));
    let mut line = Line::new(OCTET);
    line.fault = Some(Fault { way: 1, at: 2, kind: Kind::Drop });
    line.run(&mut [&mut from, &mut pet], 4 * SECOND);
    assert!(pet.ended && from.progress().bytes == data.len() as u64);
    from.engine.hung_up(Stamp(line.now));
    from.say(line.now);
    let said = from.ended.clone().unwrap().unwrap_err().to_string();
    assert!(said.starts_with("all blocks acknowledged, end not confirmed: the link ended"), "{said}");
}

#[test]
fn one_fault_anywhere_on_the_way_to_load_is_healed_or_told() {
    let data = program(384);
    assert_eq!(data.len().div_ceil(128), 3);
    let (_, _, clean) = load(&data, SECOND, None);
    let (mut single, mut healed, mut good) = (0, 0, 0);
    for way in 0..2 {
        for at in 0..clean.count(way) {
            for kind in (0..8).map(Kind::Flip).chain(OTHERS) {
                let fault = Fault { way, at, kind };
                let (from, pet, _) = load(&data, SECOND, Some(fault));
                assert!(from.is_over(), "{fault:?}: no end");
                let right = pet.memory == padded(&data) && pet.ended && !pet.shifted;
                assert!(!from.is_good() || right, "{fault:?}: said to be complete");
                good += usize::from(from.is_good());
                if matches!(kind, Kind::Flip(_) | Kind::Drop | Kind::Duplicate) {
                    single += 1;
                    healed += usize::from(from.is_good() && from.progress().resends <= 5);
                }
            }
        }
    }
    println!("LOAD: {good} complete; flips, drops and doubles healed: {healed} of {single}");
    assert!(healed * 100 >= single * 95, "{healed} of {single}");
}

const OTHERS: [Kind; 9] = [
    Kind::Drop,
    Kind::Insert(0x55),
    Kind::Insert(6),
    Kind::Insert(0x15),
    Kind::Duplicate,
    Kind::Swap,
    Kind::Delay,
    Kind::Truncate,
    Kind::Expand,
];

#[test]
fn one_fault_anywhere_on_the_way_from_save_is_healed_or_told() {
    let data = program(380);
    let (_, _, clean) = save(&data, None);
    let (mut single, mut healed) = (0, 0);
    for way in 0..2 {
        for at in 0..clean.count(way) {
            for kind in (0..8).map(Kind::Flip).chain(OTHERS) {
                let fault = Fault { way, at, kind };
                let (pet, to, _) = save(&data, Some(fault));
                assert!(to.is_over(), "{fault:?}: no end");
                // Where not one byte comes, nobody can know that SAVE has begun, and `C` goes on.
                let mute = way == 0 && at == 0 && kind == Kind::Truncate;
                assert!(!pet.wrecked || mute, "{fault:?}: PETTERM was wrecked");
                let right = to.files == [data.clone()];
                assert!(!to.is_good() || right, "{fault:?}: a wrong file");
                if matches!(kind, Kind::Flip(_) | Kind::Drop | Kind::Duplicate) {
                    single += 1;
                    healed += usize::from(to.is_good());
                    // The end is known by the program's links, whatever becomes of EOT and of what is said to it.
                    let blocks = 3 * 133;
                    assert!(way == 1 || at < blocks || to.is_good(), "{fault:?}: {:?}", to.ended);
                }
            }
        }
    }
    println!("SAVE: flips, drops and doubles healed: {healed} of {single}");
    assert!(healed * 100 >= single * 95, "{healed} of {single}");
}

#[test]
fn a_saved_program_has_no_padding() {
    for length in [20, 100, 128, 380, 2000] {
        let data = program(length);
        let (pet, to, _) = save(&data, None);
        assert!(pet.done && to.is_good(), "{:?}", to.ended);
        assert!(to.files == [data], "{length}");
    }
}

#[test]
fn a_cancelled_or_failed_save_is_acknowledged_to_its_end() {
    let data = program(2000);
    for n in 0..6 {
        let (mut pet, mut to, mut line) = (PettermSave::new(&data), saver(), Line::new(OCTET));
        if n == 0 {
            line.run(&mut [&mut pet, &mut to], 3 * SECOND);
            to.engine.cancel(Stamp(line.now));
        } else {
            to.fails_at = Some(n);
        }
        line.run(&mut [&mut pet, &mut to], HOUR);
        assert!(pet.done && !pet.wrecked, "{n}: PETTERM was left alone");
        let failure = to.ended.clone().unwrap().unwrap_err();
        assert_eq!(failure == Failure::Cancelled, n == 0, "{failure:?}");
        assert!(to.files.is_empty());
    }
}

#[test]
fn a_cancelled_load_is_aborted_by_esc() {
    let data = program(1000);
    let (mut from, mut pet, mut line) = (loader(&data), PettermLoad::new(0), Line::new(OCTET));
    line.run(&mut [&mut from, &mut pet], 2 * SECOND);
    from.engine.cancel(Stamp(line.now));
    line.run(&mut [&mut from, &mut pet], HOUR);
    assert_eq!(from.ended, Some(Err(Failure::Cancelled)));
    assert!(pet.aborted);
}
