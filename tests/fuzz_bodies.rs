//! The bodies of the fuzz targets, over their corpus and some thousand mutations of it, with a stable compiler.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test helpers fail loudly")]

#[path = "fuzz/bodies.rs"]
#[allow(clippy::expect_used, unreachable_pub, reason = "a body fails loudly")]
mod bodies;
#[path = "common/recording.rs"]
mod recording;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use recording::Random;

/// Mutations of each file of a corpus.
const ROUNDS: u64 = 400;

fn corpus(name: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(name);
    let mut files: Vec<_> = fs::read_dir(&folder).expect(name).map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "{name} has no corpus");
    files.iter().map(|file| (file.display().to_string(), fs::read(file).unwrap())).collect()
}

/// Cuts, flips, doubles, splices and writes over.
fn mutate(random: &mut Random, bytes: &mut Vec<u8>, other: &[u8]) {
    const WORDS: &[&[u8]] = &[
        b"-1",
        b"0",
        b"9223372036854775807",
        b"1e300",
        b"NaN",
        b"$end",
        b";",
        b",",
        b"\xFF\xFF\xFF\xFF",
        b"\0\0\0\0",
        b"\r\n",
    ];
    for _ in 0..=random.number(4) {
        let place = |random: &mut Random, length: usize| random.number(length as u64 + 1) as usize;
        let at = place(random, bytes.len());
        let to = at + place(random, (bytes.len() - at).min(64));
        match random.number(7) {
            0 => bytes.truncate(at),
            1 if at < bytes.len() => bytes[at] ^= 1 << random.number(8),
            2 => {
                let part = bytes[at..to].to_vec();
                bytes.splice(at..at, part);
            }
            3 => drop(bytes.drain(at..to)),
            4 => {
                let from = place(random, other.len());
                bytes.truncate(at);
                bytes.extend_from_slice(&other[from..]);
            }
            5 => {
                let word = WORDS[random.number(WORDS.len() as u64) as usize];
                bytes.splice(at..to, word.iter().copied());
            }
            _ if at < bytes.len() => bytes[at] = random.number(256) as u8,
            _ => {}
        }
    }
}

#[test]
fn every_body_stands_its_corpus_and_what_is_near_it() {
    for (name, body) in bodies::BODIES {
        let corpus = corpus(name);
        for (number, (file, whole)) in corpus.iter().enumerate() {
            let run = |bytes: &[u8], what: &str| {
                let stood = catch_unwind(AssertUnwindSafe(|| body(bytes))).is_ok();
                let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(2_000)]);
                assert!(stood, "{name}, {file}, {what}: {shown:?}");
            };
            run(whole, "as it is");
            let (_, other) = &corpus[(number + 1) % corpus.len()];
            for seed in 0..ROUNDS {
                let mut random = Random(seed * 1_000 + number as u64);
                let mut bytes = whole.clone();
                mutate(&mut random, &mut bytes, other);
                run(&bytes, &format!("seed {seed}"));
            }
        }
    }
}

/// A corpus of files that nobody can read would prove nothing.
#[test]
fn the_corpus_is_made_of_recordings() {
    for (name, _) in bodies::BODIES.iter().filter(|(name, _)| {
        !matches!(*name, "uart" | "raw" | "session_members" | "prg_list" | "prg_make" | "xmodem" | "punter")
    }) {
        for (file, bytes) in corpus(name) {
            let opened = petterm::wave::Recording::open(
                std::io::Cursor::new(&bytes),
                &petterm::wave::Reading::default(),
            );
            assert!(opened.is_ok(), "{file}: {}", opened.unwrap_err());
        }
    }
}

/// Every body is a fuzz target, and every target has its body.
#[test]
fn targets_and_bodies_are_the_same() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    let mut targets: Vec<String> = fs::read_dir(folder.join("fuzz_targets"))
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    targets.sort();
    let names: Vec<&str> = bodies::BODIES.iter().map(|(name, _)| *name).collect();
    assert_eq!(targets, names);
    for name in names {
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
        let target = fs::read_to_string(folder.join(format!("fuzz_targets/{name}.rs"))).unwrap();
        assert!(target.contains("mod bodies;") && target.contains("fuzz_target!"), "{name}");
    }
}
