//! Recorded telnet sessions, played to our side of the line.
//!
//! `tests/telnet/NAME.jsonl` holds what servers and clients in use really sent, a read a line:
//! `{"t_ms", "dir": "S>C"|"C>S", "hex"}` or `"eof"`. `NAME.expect.json` has the application's bytes of each
//! direction (`app_hex`, commands removed, FF undoubled, CR NUL not folded) and a readable list of the
//! commands. Each direction is played as recorded, byte by byte, and cut in two at every byte. Sessions that
//! may not be copied are read from `PETTERM_SHARED` (`../shared` if not set) where that exists.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "the helpers of a test fail as the test does"
)]

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use petterm::telnet::{Event, Policy, Side, Telnet, TelnetConfig, Transport};
use petterm::time::{Span, Stamp};
use serde_json::Value;

const RAW_BOARDS: [&str; 2] = ["petsciibbs-welcome__cgterm", "petsciibbs-echokey__plink-telnet"];

/// One direction of a session.
struct Direction {
    name: String,
    reads: Vec<(Stamp, Vec<u8>)>,
    /// The application's bytes, as our rules want them.
    app: Vec<u8>,
    /// The peer agreed to BINARY for what it sends.
    binary: bool,
    /// There is a command in it.
    telnet: bool,
}

impl Direction {
    fn bytes(&self) -> Vec<u8> {
        self.reads.iter().flat_map(|(_, bytes)| bytes.clone()).collect()
    }
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// What `dir` of a session consists of; `None` if nothing was sent that way.
fn load(folder: &Path, name: &str, dir: &str) -> Option<Direction> {
    let text = fs::read_to_string(folder.join(format!("{name}.jsonl"))).unwrap();
    let reads: Vec<(Stamp, Vec<u8>)> = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|read| read["dir"] == dir)
        .filter_map(|read| {
            let at = Stamp::ZERO + Span::from_millis(read["t_ms"].as_u64().unwrap());
            Some((at, unhex(read["hex"].as_str()?)))
        })
        .collect();
    if reads.is_empty() {
        return None;
    }
    let raw: Vec<u8> = reads.iter().flat_map(|(_, bytes)| bytes.clone()).collect();
    let expect = &json(&folder.join(format!("{name}.expect.json")))[dir];
    let commands: Vec<String> = expect["telnet"]
        .as_array()
        .map(|list| list.iter().map(|entry| entry.as_str().unwrap().to_owned()).collect())
        .unwrap_or_default();
    let telnet =
        commands.iter().any(|c| ["WILL ", "WONT ", "DO ", "DONT ", "SB "].iter().any(|v| c.starts_with(v)));
    let binary = commands.iter().any(|c| c == "WILL BINARY");
    let app = match expect["app_hex"].as_str() {
        // A direction without a command is raw: an FF in it is data, whatever follows.
        _ if !telnet => raw,
        Some(hex) if binary => unhex(hex),
        Some(hex) => fold(&unhex(hex)),
        None => panic!("{name} {dir}: commands without app_hex"),
    };
    Some(Direction { name: format!("{name} {dir}"), reads, app, binary, telnet })
}

/// CR NUL is CR.
fn fold(bytes: &[u8]) -> Vec<u8> {
    let mut folded = Vec::new();
    for (i, byte) in bytes.iter().enumerate() {
        if *byte != 0 || i == 0 || bytes[i - 1] != b'\r' {
            folded.push(*byte);
        }
    }
    folded
}

fn ours() -> Vec<Direction> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/telnet"));
    let mut names: Vec<String> = fs::read_dir(&folder)
        .unwrap()
        .filter_map(|entry| Some(entry.unwrap().file_name().to_str()?.strip_suffix(".jsonl")?.to_owned()))
        .collect();
    names.sort();
    assert!(names.len() >= 5, "sessions are missing in {}", folder.display());
    names.iter().flat_map(|name| ["S>C", "C>S"].map(|dir| load(&folder, name, dir))).flatten().collect()
}

/// A directory of material that cannot be part of this package.
fn shared() -> Option<PathBuf> {
    let root = std::env::var_os("PETTERM_SHARED")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared")), PathBuf::from);
    let folder = root.join("vectors/telnet");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: {} is not there; set PETTERM_SHARED", folder.display());
    None
}

fn client(policy: Policy) -> Telnet {
    Telnet::new(TelnetConfig {
        policy,
        terminal_types: vec!["PETSCII", "ANSI"],
        size: (80, 25),
        cr_nul: true,
        open_actively: false,
    })
}

#[derive(Default)]
struct Played {
    app: Vec<u8>,
    replies: Vec<u8>,
    transport: Option<Transport>,
}

fn play<'a>(policy: Policy, reads: impl IntoIterator<Item = (Stamp, &'a [u8])>) -> Played {
    let mut telnet = client(policy);
    let mut played = Played::default();
    let (mut seen, mut replied_at) = (0, None);
    for (now, bytes) in reads {
        telnet.receive(now, bytes, &mut played.app);
        seen += bytes.len();
        while let Some(event) = telnet.poll() {
            if let Event::Send(bytes) = event {
                replied_at.get_or_insert(seen);
                played.replies.extend(bytes);
            }
        }
    }
    telnet.finish(&mut played.app);
    // The shortest command that is answered has three bytes.
    assert!(replied_at.is_none_or(|at| at >= 3));
    played.transport = Some(telnet.transport());
    played
}

/// The negotiations in what a telnet side sent, in order; nothing else but data may be in it, and the
/// subnegotiations are given whole.
fn commands(bytes: &[u8]) -> (Vec<(u8, u8)>, Vec<Vec<u8>>) {
    let (mut verbs, mut subs) = (Vec::new(), Vec::new());
    let mut i = 0;
    while i < bytes.len() {
        match &bytes[i..] {
            [0xFF, verb @ 0xFB..=0xFE, option, ..] => {
                verbs.push((*verb, *option));
                i += 3;
            }
            [0xFF, 0xFA, rest @ ..] => {
                let mut end = 0;
                while rest[end..end + 2] != [0xFF, 0xF0] {
                    end += if rest[end] == 0xFF { 2 } else { 1 };
                }
                subs.push(rest[..end].to_vec());
                i += end + 4;
            }
            [0xFF, 0xFF | 0xF0..=0xF9, ..] => i += 2,
            _ => i += 1,
        }
    }
    (verbs, subs)
}

fn check_replies(direction: &Direction, replies: &[u8]) {
    let (verbs, subs) = commands(replies);
    let (requests, _) = commands(&direction.bytes());
    let mut balance: HashMap<(bool, u8), i32> = HashMap::new();
    for (verb, option) in requests {
        *balance.entry((matches!(verb, 0xFD | 0xFE), option)).or_default() += 1;
    }
    for (verb, option) in &verbs {
        let ours = matches!(verb, 0xFB | 0xFC);
        let left = balance.entry((ours, *option)).or_default();
        *left -= 1;
        assert!(*left >= 0, "{}: {verb:02x} {option} answers nothing", direction.name);
        let agreed = matches!((ours, option), (true, 0 | 3 | 24 | 31) | (false, 0 | 1 | 3));
        assert_eq!(matches!(verb, 0xFB | 0xFD), agreed, "{}: {verb:02x} {option}", direction.name);
    }
    for sub in subs {
        let name = String::from_utf8_lossy(&sub);
        assert!(
            matches!(&sub[..], [24, 0, b'P' | b'A', ..] | [31, 0, 80, 0, 25]),
            "{}: told {name:?}",
            direction.name
        );
    }
}

#[test]
fn recorded_sessions_give_the_applications_bytes() {
    for direction in ours() {
        let reads = || direction.reads.iter().map(|(at, bytes)| (*at, &bytes[..]));
        let played = play(Policy::Auto { port23: false }, reads());
        assert_eq!(played.app, direction.app, "{}", direction.name);
        check_replies(&direction, &played.replies);
        let expected = if direction.telnet { Transport::Telnet } else { Transport::Raw };
        let shown = match played.transport {
            Some(Transport::TelnetBinary) => Transport::Telnet,
            other => other.unwrap(),
        };
        assert_eq!(shown, expected, "{}", direction.name);
    }
}

#[test]
fn recorded_sessions_may_be_cut_anywhere() {
    for direction in ours() {
        for policy in [Policy::Auto { port23: false }, Policy::Auto { port23: true }] {
            let bytes = direction.bytes();
            let whole = play(policy, [(Stamp::ZERO, &bytes[..])]);
            assert_eq!(whole.app, direction.app, "{}", direction.name);
            let single = play(policy, bytes.chunks(1).map(|byte| (Stamp::ZERO, byte)));
            assert_eq!((&single.app, &single.replies), (&whole.app, &whole.replies), "{}", direction.name);
            for cut in 0..=bytes.len() {
                let halves = play(policy, [(Stamp::ZERO, &bytes[..cut]), (Stamp::ZERO, &bytes[cut..])]);
                assert_eq!(halves.app, whole.app, "{} cut at {cut}", direction.name);
                assert_eq!(halves.replies, whole.replies, "{} cut at {cut}", direction.name);
            }
        }
    }
}

#[test]
fn binary_is_agreed_where_the_peer_offered_it() {
    for direction in ours().into_iter().filter(|direction| direction.telnet) {
        let mut telnet = client(Policy::Telnet);
        telnet.receive(Stamp::ZERO, &direction.bytes(), &mut Vec::new());
        assert_eq!(telnet.is_binary(Side::Theirs), direction.binary, "{}", direction.name);
    }
}

#[test]
fn a_raw_board_hears_nothing_of_telnet() {
    let Some(folder) = shared() else { return };
    for name in RAW_BOARDS {
        let board = load(&folder, name, "S>C").unwrap();
        assert_eq!(board.app, board.bytes());
        for policy in [Policy::Auto { port23: false }, Policy::Auto { port23: true }] {
            let reads = board.reads.iter().map(|(at, bytes)| (*at, &bytes[..]));
            let as_recorded = play(policy, reads);
            let single = play(policy, board.bytes().chunks(1).map(|byte| (Stamp::ZERO, byte)));
            for played in [as_recorded, single] {
                assert_eq!(played.app, board.app, "{name}");
                assert_eq!(played.replies, b"", "{name}");
            }
        }
    }
}

/// A file transfer on a raw link holds FF in all company and must come through untouched, however it is cut.
#[test]
fn a_raw_transfer_stays_raw() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/telnet/raw");
    let mut played = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        for dir in ["S>C", "C>S"] {
            let reads: Vec<(Stamp, Vec<u8>)> = text
                .lines()
                .map(|line| serde_json::from_str::<Value>(line).unwrap())
                .filter(|read| read["dir"] == dir && read["hex"].is_string())
                .map(|read| {
                    let at = Stamp::ZERO + Span::from_millis(read["t_ms"].as_u64().unwrap());
                    (at, unhex(read["hex"].as_str().unwrap()))
                })
                .collect();
            let all: Vec<u8> = reads.iter().flat_map(|(_, bytes)| bytes.clone()).collect();
            assert!(!all.is_empty());
            let auto = Policy::Auto { port23: false };
            let recorded = play(auto, reads.iter().map(|(at, bytes)| (*at, &bytes[..])));
            let single = play(auto, all.chunks(1).map(|byte| (Stamp::ZERO, byte)));
            for way in [recorded, single] {
                assert_eq!(way.app, all);
                assert_eq!((way.replies, way.transport), (Vec::new(), Some(Transport::Raw)));
            }
            for cut in 1..all.len() {
                let (first, second) = all.split_at(cut);
                let way = play(auto, [(Stamp::ZERO, first), (Stamp::ZERO, second)]);
                assert!(way.app == all && way.replies.is_empty(), "cut at {cut}");
            }
            played += 1;
        }
    }
    assert_eq!(played, 4);
}
