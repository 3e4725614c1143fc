//! What noise does to Punter: rates, failures, and the damage that its two sums cannot see.
//!
//! `PETTERM_BLESS=1 cargo test --test punter_noise` writes the table `tests/punter_noise.txt` anew; look at the
//! difference before it is kept. `docs/punter.md` shows it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail loudly"
)]

mod transfer_line;

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use petterm::time::{Span, Stamp};
use petterm::transfer::{self, FileKind, Options, OutgoingFile, Protocol};
use transfer_line::{Fault, Run, Setup, run};

const SEEDS: u64 = 4;
const LENGTH: usize = 5_000;

fn bytes() -> Vec<u8> {
    (0..LENGTH).map(|at| (at * 7 + at / 251) as u8).collect()
}

fn noisy(data: &[u8], size: u8, baud: u32, round_trip: u64, rate: f64, seed: u64) -> Run {
    let mut setup = Setup::new(baud, Span::from_millis(round_trip / 2));
    setup.faults = [0, 1].map(|way| vec![Fault::Noise { rate, seed: seed * 2 + way }]);
    let options = Options { octet: setup.octet, block_size: size, ..Options::default() };
    let file = OutgoingFile { name: "x".into(), kind: FileKind::Prg, data: Arc::from(data) };
    let (mut sender, _) = transfer::send(Protocol::Punter, vec![file], &options, Stamp::ZERO).unwrap();
    let mut receiver = transfer::receive(Protocol::Punter, &options, Stamp::ZERO);
    run(sender.as_mut(), receiver.as_mut(), &setup)
}

/// Both sums of the protocol, of bytes anywhere in a block: what stands before changes neither difference.
fn sums(bytes: &[u8]) -> (u16, u16) {
    bytes.iter().fold((0, 0), |(sum, cyclic), &byte| {
        (u16::wrapping_add(sum, byte.into()), (cyclic ^ u16::from(byte)).rotate_left(1))
    })
}

/// Every block of two files has the same two sums: damage that the protocol cannot see.
fn sums_are_equal(a: &[u8], b: &[u8], payload: usize) -> bool {
    a.len() == b.len() && a.chunks(payload).zip(b.chunks(payload)).all(|(a, b)| sums(a) == sums(b))
}

#[test]
fn noise_costs_time_and_never_an_unseen_error_that_the_sums_can_see() {
    let data = bytes();
    let mut table = String::from(
        "Bytes of the file per second, 5,000 bytes, mean of the runs that came through of 4 with seeds 0-3.\n\
         Of each 4: f failed and said so, w wrong with both sums right.\n\n\
         baud   RTT   block   clean     1e-4     1e-3     1e-2\n",
    );
    for baud in [300, 1_200, 2_400, 9_600] {
        for round_trip in [0, 50, 200] {
            for size in [255_u8, 40] {
                write!(table, "{baud:<6} {round_trip:<5} {size:<5}").unwrap();
                for rate in [0.0, 1e-4, 1e-3, 1e-2] {
                    let (mut exact, mut wrong, mut failed, mut took) = (0, 0, 0, 0.0);
                    for seed in 0..SEEDS {
                        let what =
                            format!("{baud} baud, {round_trip} ms, blocks of {size}, {rate}, seed {seed}");
                        let run = noisy(&data, size, baud, round_trip, rate, seed);
                        let (end, result) = run.ended[1].clone().unwrap_or_else(|| panic!("{what}: no end"));
                        assert!(run.ended[0].is_some(), "{what}: the sender goes on for ever");
                        assert_eq!(result.is_ok(), run.file(1).is_some(), "{what}");
                        match run.file(1) {
                            None => failed += 1,
                            Some(file) if file == data => {
                                exact += 1;
                                took += end.0 as f64 / 1e9;
                            }
                            Some(file) => {
                                let payload = usize::from(size) - 7;
                                assert!(sums_are_equal(file, &data, payload), "{what}: silent corruption");
                                wrong += 1;
                            }
                        }
                        assert!(
                            run.file(1).is_some() || !matches!(run.ended[0], Some((_, Ok(())))),
                            "{what}: the sender believes in a file that is not there"
                        );
                    }
                    assert!(rate > 0.0 || exact == SEEDS);
                    let mean = if exact == 0 {
                        "-".to_owned()
                    } else {
                        format!("{:.1}", LENGTH as f64 * f64::from(exact as u32) / took)
                    };
                    let mut cell = mean;
                    if failed > 0 {
                        write!(cell, " {failed}f").unwrap();
                    }
                    if wrong > 0 {
                        write!(cell, " {wrong}w").unwrap();
                    }
                    write!(table, " {cell:>8}").unwrap();
                }
                table.push('\n');
            }
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/punter_noise.txt");
    if std::env::var_os("PETTERM_BLESS").is_some() {
        std::fs::write(&path, &table).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == table, "the table differs; PETTERM_BLESS=1 writes it anew\n{table}");
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/punter.md");
    assert!(std::fs::read_to_string(page).unwrap().contains(&table), "docs/punter.md shows another table");
}

/// The two sums see every single error; of two, only a pair of opposite flips of one bit a multiple of 16 bytes apart.
#[test]
fn the_damage_that_both_sums_let_pass_is_known() {
    let block: Vec<u8> = (0..251_u32).map(|at| (at.wrapping_mul(0x9E37_79B9) >> 13) as u8).collect();
    let right = sums(&block);
    let (mut pairs, mut unseen) = (0_u32, 0_u32);
    let mut damaged = block.clone();
    for first in 0..block.len() {
        for bit in 0..8 {
            damaged[first] ^= 1 << bit;
            assert_ne!(sums(&damaged), right, "one error");
            damaged[first] ^= 1 << bit;
        }
        // All pairs would take a minute; those with every seventh byte are like the others.
        for second in (first + 1..block.len()).filter(|second| second % 7 == 0) {
            for (one, two) in (0..8).flat_map(|one| (0..8).map(move |two| (one, two))) {
                damaged[first] ^= 1 << one;
                damaged[second] ^= 1 << two;
                pairs += 1;
                let opposite = (block[first] >> one ^ block[second] >> two) & 1 == 1;
                let expected = one == two && (second - first) % 16 == 0 && opposite;
                // A difference of the sums is linear in place; it needs no whole block.
                let change = |at: usize, bit: u32| {
                    let up = block[at] >> bit & 1 == 0;
                    let cyclic = (1_u16 << bit).rotate_left((block.len() - at) as u32);
                    (if up { 1_i32 << bit } else { -(1 << bit) }, cyclic)
                };
                let ((sum1, cyclic1), (sum2, cyclic2)) = (change(first, one), change(second, two));
                let passes = sum1 + sum2 == 0 && cyclic1 ^ cyclic2 == 0;
                assert_eq!(passes, expected, "bit {one} of {first}, bit {two} of {second}");
                if passes {
                    unseen += 1;
                    assert_eq!(sums(&damaged), right);
                }
                damaged[first] ^= 1 << one;
                damaged[second] ^= 1 << two;
            }
        }
    }
    let share = f64::from(unseen) / f64::from(pairs);
    eprintln!("{unseen} of {pairs} pairs of flips pass: {:.3} %", share * 100.0);
    assert!((0.002..0.006).contains(&share), "{share}");
}

/// A million damaged blocks of full size; the seed of each round is its number.
#[test]
fn of_a_million_damaged_blocks_few_pass() {
    let mut state = 1_u64;
    let mut random = move || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    };
    // Flips in so many places of 251 bytes; the difference of the sums is counted, which is the same as the sums.
    let mut passed = [0_u32; 5];
    let counts = [2, 3, 4, 8, 16];
    for round in 0..1_000_000_usize {
        let kind = round % counts.len();
        let (mut sum, mut cyclic) = (0_i32, 0_u16);
        let mut hit = [false; 251 * 8];
        for _ in 0..counts[kind] {
            let mut place = (random() % (251 * 8)) as usize;
            while std::mem::replace(&mut hit[place], true) {
                place = (place + 977) % (251 * 8);
            }
            let (at, bit) = (place / 8, (place % 8) as u32);
            // A random byte's bit is as often set as not.
            sum += if random() & 1 == 0 { 1 << bit } else { -(1 << bit) };
            cyclic ^= (1_u16 << bit).rotate_left((251 - at) as u32);
        }
        passed[kind] += u32::from(sum % 65_536 == 0 && cyclic == 0);
    }
    eprintln!("flips {counts:?}: of 200,000 each {passed:?} pass both sums");
    assert!((400..1_200).contains(&passed[0]), "{passed:?}");
    assert_eq!(passed[1], 0, "an odd number of flips in what is summed changes the cyclic sum");
    assert!(passed[2..].iter().all(|&count| count < 200), "{passed:?}");
}
