//! Punter between two of our own ends, on good lines and bad ones, in virtual time.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::needless_range_loop,
    reason = "tests fail loudly"
)]

mod transfer_line;

use std::sync::Arc;

use petterm::time::{Span, Stamp};
use petterm::transfer::{self, FileKind, Options, OutgoingFile, Protocol};
use transfer_line::{Fault, Run, Setup, run};

/// Bytes of every value, codes of the protocol among them.
fn bytes(length: usize) -> Vec<u8> {
    let codes = b"GOOBADACKS/BSYN\xFF\r\n\r\0\x11\x13\x18";
    (0..length)
        .map(|at| if at % 97 < codes.len() { codes[at % 97] } else { (at * 7 + at / 251) as u8 })
        .collect()
}

fn file(data: Vec<u8>, kind: FileKind) -> OutgoingFile {
    OutgoingFile { name: "x.prg".into(), kind, data: Arc::from(data) }
}

fn transfer(data: &[u8], options: &Options, setup: &Setup) -> Run {
    let options = Options { octet: setup.octet, ..options.clone() };
    let files = vec![file(data.to_vec(), FileKind::Seq)];
    let (mut sender, _) = transfer::send(Protocol::Punter, files, &options, Stamp::ZERO).unwrap();
    let mut receiver = transfer::receive(Protocol::Punter, &options, Stamp::ZERO);
    run(sender.as_mut(), receiver.as_mut(), setup)
}

fn sized(block_size: u8) -> Options {
    Options { block_size, ..Options::default() }
}

#[test]
fn every_length_and_block_size_arrives_exactly() {
    let mut lengths = vec![0, 1, 2, 246, 247, 248, 249, 250, 494, 495, 496, 497, 5_000, 65_536];
    lengths.extend((1..8).flat_map(|n| [247 * n + 1, 248 * n + 1]));
    for length in lengths {
        for size in [8, 40, 64, 128, 200, 254, 255] {
            let data = bytes(length);
            if length == 65_536 && size == 8 {
                let files = vec![file(data, FileKind::Prg)];
                assert!(transfer::send(Protocol::Punter, files, &sized(size), Stamp::ZERO).is_err());
                continue;
            }
            let run = transfer(&data, &sized(size), &Setup::new(9_600, Span::ZERO));
            assert!(run.is_well(), "{length} bytes in blocks of {size}: {:?}", run.ended);
            assert_eq!(run.file(1), Some(&data[..]), "{length} bytes in blocks of {size}");
            assert_eq!(run.stores[1][0].offer.kind, Some(FileKind::Seq));
        }
    }
}

/// The bound of the protocol's description, in seconds.
fn bound(length: usize, size: usize, baud: u32) -> f64 {
    let blocks = length.div_ceil(size - 7);
    (length + 16 * blocks + 69) as f64 * 10.0 / f64::from(baud)
}

#[test]
fn two_own_ends_come_within_three_per_cent_of_the_bound() {
    for baud in [300, 1_200, 2_400, 9_600] {
        for length in [5_000, 20_000] {
            let run = transfer(&bytes(length), &Options::default(), &Setup::new(baud, Span::ZERO));
            assert!(run.is_well());
            // The receiver has it all when it has; what the sender waits for then is nobody's time.
            let took = run.ended[1].as_ref().unwrap().0.0 as f64 / 1e9;
            let share = bound(length, 255, baud) / took;
            assert!(share >= 0.97, "{length} bytes at {baud}: {:.1} % of the bound", share * 100.0);
        }
    }
}

/// Runs every fault of a list; how many ended as an exact file within five re-sends. None may end as a wrong one.
fn matrix(faults: impl Fn(usize) -> Vec<Fault>, positions: usize, way: usize, data: &[u8]) -> (usize, usize) {
    let (mut exact, mut all) = (0, 0);
    for at in 0..positions {
        for fault in faults(at) {
            let mut setup = Setup::new(9_600, Span::from_millis(5));
            setup.faults[way] = vec![fault.clone()];
            let run = transfer(data, &sized(40), &setup);
            all += 1;
            for (end, ended) in run.ended.iter().enumerate() {
                let (at, _) =
                    ended.as_ref().unwrap_or_else(|| panic!("{fault:?}: end {end} goes on for ever"));
                assert!(*at < Stamp(600_000_000_000), "{fault:?}: end {end} took {at:?}");
            }
            match run.file(1) {
                Some(file) => {
                    assert_eq!(file, data, "{fault:?} on way {way}: a wrong file that is said to be right");
                }
                None => {
                    assert!(
                        run.ended[1].as_ref().unwrap().1.is_err(),
                        "{fault:?}: nothing kept and all well"
                    );
                }
            }
            let sender = run.ended[0].as_ref().unwrap().1.is_ok();
            assert!(
                !sender || run.file(1).is_some(),
                "{fault:?}: the sender believes in a file that is not there"
            );
            exact += usize::from(run.is_well() && run.resends.iter().all(|resends| *resends <= 5));
        }
    }
    (exact, all)
}

fn three_blocks() -> (Vec<u8>, [usize; 2]) {
    let data = bytes(85);
    let run = transfer(&data, &sized(40), &Setup::new(9_600, Span::from_millis(5)));
    assert!(run.is_well());
    (data, [run.sent[0].len(), run.sent[1].len()])
}

#[test]
fn a_single_flip_drop_or_duplicate_anywhere_is_repaired() {
    let (data, lengths) = three_blocks();
    for way in 0..2 {
        let flips = |at| (0..8).map(|bit| Fault::Flip { at, bit }).collect::<Vec<_>>();
        let others = |at| vec![Fault::Drop { at }, Fault::Duplicate { at }];
        for (what, (exact, all)) in [
            ("flips", matrix(flips, lengths[way], way, &data)),
            ("drops and duplicates", matrix(others, lengths[way], way, &data)),
        ] {
            eprintln!("way {way}, {what}: {exact} of {all} exact");
            assert!(exact * 100 >= all * 95, "way {way}, {what}: {exact} of {all}");
        }
    }
}

#[test]
fn whatever_else_a_line_does_no_wrong_file_is_said_to_be_right() {
    let (data, lengths) = three_blocks();
    for way in 0..2 {
        let faults = |at| {
            let mut faults: Vec<Fault> =
                [0x00, 0x0D, 0x47, 0x53, 0xFF].map(|byte| Fault::Insert { at, byte }).into();
            faults.push(Fault::Swap { at });
            faults.extend([50, 500, 2_000, 5_000].map(|ms| Fault::Delay { at, by: Span::from_millis(ms) }));
            faults.push(Fault::Truncate { at });
            faults
        };
        let (exact, all) = matrix(faults, lengths[way], way, &data);
        eprintln!("way {way}: {exact} of {all} exact");
        let expansions = |_| {
            [
                (0xFF, vec![0xFF, 0xFF]),
                (0x0D, vec![0x0D, 0]),
                (0x0D, vec![0x0D, 0x0A]),
                (0, vec![]),
                (0xFF, vec![]),
            ]
            .into_iter()
            .map(|(byte, into)| Fault::Expand { byte, into })
            .collect()
        };
        matrix(expansions, 1, way, &data);
    }
}
