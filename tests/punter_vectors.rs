//! Recorded transfers of real programs, played to our ends: what we answer leads to the same file, and as sender we say
//! the same bytes.
//!
//! The rules of the recordings: a message is played when we have said what stands before it; runs of equal codes count
//! as one, since how often a code is said is a matter of time; a GOO that a sender says first may be absent; the size
//! of the next block has no meaning in the last block of a phase, and its sums follow from it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::needless_range_loop,
    reason = "tests fail loudly"
)]

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use petterm::time::{Span, Stamp, Wake};
use petterm::transfer::{self, FileKind, Kept, Options, Out, OutgoingFile, Protocol, Store, Transfer};
use serde_json::Value;

struct Message {
    of_sender: bool,
    bytes: Vec<u8>,
}

struct Recording {
    name: String,
    kind: FileKind,
    block_size: u8,
    file: Vec<u8>,
    messages: Vec<Message>,
}

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(name)
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// All transcripts.
fn transcripts() -> Vec<Recording> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder("punter")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let json: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let messages = json["events"]
            .as_array()
            .unwrap()
            .iter()
            .map(|event| Message {
                of_sender: event["from"] == "S",
                bytes: unhex(event["hex"].as_str().unwrap()),
            })
            .collect();
        found.push(Recording {
            name: json["name"].as_str().unwrap().to_owned(),
            kind: if json["file_type_byte"] == 1 { FileKind::Prg } else { FileKind::Seq },
            block_size: json["max_block_size"].as_u64().unwrap() as u8,
            file: fs::read(folder("punter").join(json["payload_file"].as_str().unwrap())).unwrap(),
            messages,
        });
    }
    assert_eq!(found.len(), 7);
    found
}

/// The sessions with CGTerm as receiver; it writes a code in two pieces, which are joined here.
fn sessions() -> Vec<Recording> {
    let file = fs::read(folder("punter_sessions").join("punter-600.payload.bin")).unwrap();
    ["ok600", "bad600"]
        .map(|which| {
            let name = format!("punter__tolerant-sender-to-cgterm-{which}");
            let text = fs::read_to_string(folder("punter_sessions").join(format!("{name}.jsonl"))).unwrap();
            let mut messages: Vec<Message> = Vec::new();
            for line in text.lines() {
                let json: Value = serde_json::from_str(line).unwrap();
                let of_sender = json["dir"] == "S>C";
                // The last line says that the connection ended.
                let Some(hex) = json["hex"].as_str() else { continue };
                let bytes = unhex(hex);
                match messages.last_mut() {
                    Some(last) if !of_sender && !last.of_sender && last.bytes.len() < 3 => {
                        last.bytes.extend(bytes);
                    }
                    _ => messages.push(Message { of_sender, bytes }),
                }
            }
            Recording { name, kind: FileKind::Prg, block_size: 255, file: file.clone(), messages }
        })
        .into()
}

/// Runs of equal codes as one. A block is never equal to a code: it is longer.
fn collapsed<'a>(messages: impl IntoIterator<Item = &'a Vec<u8>>) -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = messages.into_iter().cloned().collect();
    all.dedup_by(|a, b| a == b && a.len() == 3);
    all
}

/// What one of our ends says and keeps.
struct Side {
    transfer: Box<dyn Transfer>,
    now: Stamp,
    said: Vec<Vec<u8>>,
    file: Vec<u8>,
    finished: bool,
    ended: Option<bool>,
}

impl Side {
    fn new(transfer: Box<dyn Transfer>) -> Side {
        let mut side = Side {
            transfer,
            now: Stamp::ZERO,
            said: Vec::new(),
            file: Vec::new(),
            finished: false,
            ended: None,
        };
        side.drain();
        side
    }

    fn drain(&mut self) {
        while let Some(out) = self.transfer.poll() {
            assert_eq!(self.ended, None, "something after the end: {out:?}");
            match out {
                Out::Tx(bytes) => {
                    self.said.push(bytes);
                    self.transfer.sent(self.now);
                }
                Out::Store(wish) => {
                    match wish {
                        Store::Begin(_) => {}
                        Store::Write(bytes) => self.file.extend(bytes),
                        Store::Finish { length } => {
                            self.file.truncate(length as usize);
                            self.finished = true;
                        }
                    }
                    self.transfer.stored(self.now, Ok(Kept { name: "x".into() }));
                }
                Out::Ended(result) => self.ended = Some(result.is_ok()),
                Out::Note(_) => {}
                other @ Out::Type(_) => panic!("{other:?}"),
            }
        }
    }

    /// Lets time pass up to the next time-out.
    fn wait(&mut self, what: &str) {
        let Wake::At(at) = self.transfer.wake() else { panic!("{what}: it waits for nothing") };
        self.now = self.now.max(at);
        self.transfer.timeout(self.now);
        self.drain();
    }

    fn hear(&mut self, bytes: &[u8]) {
        self.now += Span::from_millis(1);
        self.transfer.receive(self.now, bytes);
        self.drain();
    }

    /// Waits until what it said begins with `before`; `same` compares two messages.
    fn wait_for(&mut self, before: &[Vec<u8>], same: &dyn Fn(&[u8], &[u8]) -> bool, what: &str) {
        for _ in 0..20 {
            let said = collapsed(&self.said);
            for (ours, theirs) in said.iter().zip(before) {
                assert!(same(ours, theirs), "{what}: {ours:02X?} in place of {theirs:02X?}");
            }
            if said.len() >= before.len() {
                return;
            }
            self.wait(what);
        }
        panic!("{what}: it does not say {:02X?}", before.last());
    }
}

/// How the message of a number is cut.
type Cut<'a> = &'a dyn Fn(usize, &[u8]) -> Vec<Vec<u8>>;

/// Plays the sender's messages of a recording; each piece is heard by itself.
fn play_sender(recording: &Recording, pieces: Cut<'_>) {
    let what = &recording.name;
    let mut ours = Side::new(transfer::receive(Protocol::Punter, &Options::default(), Stamp::ZERO));
    let mut before: Vec<Vec<u8>> = Vec::new();
    for (number, message) in recording.messages.iter().enumerate() {
        if !message.of_sender {
            before.push(message.bytes.clone());
            continue;
        }
        ours.wait_for(&collapsed(&before), &|a, b| a == b, what);
        for piece in pieces(number, &message.bytes) {
            ours.hear(&piece);
        }
    }
    ours.wait_for(&collapsed(&before), &|a, b| a == b, what);
    while ours.ended.is_none() {
        ours.wait(what);
    }
    assert_eq!(ours.ended, Some(true), "{what}");
    assert!(ours.finished && ours.file == recording.file, "{what}: another file");
    assert_eq!(collapsed(&ours.said), collapsed(&before), "{what}");
}

#[test]
fn every_recorded_sender_gives_the_recorded_file() {
    for recording in transcripts().iter().chain(&sessions()) {
        play_sender(recording, &|_, message| vec![message.to_vec()]);
        play_sender(recording, &|_, message| message.iter().map(|&byte| vec![byte]).collect());
    }
}

#[test]
fn a_message_may_be_cut_anywhere() {
    for recording in transcripts().iter().filter(|recording| recording.file.len() <= 300) {
        for (cut, message) in recording.messages.iter().enumerate() {
            for at in 1..message.bytes.len() {
                play_sender(recording, &|number, bytes| {
                    let (head, tail) = bytes.split_at(if number == cut { at } else { bytes.len() });
                    [head, tail].into_iter().filter(|part| !part.is_empty()).map(<[u8]>::to_vec).collect()
                });
            }
        }
    }
}

fn is_last(block: &[u8]) -> bool {
    block.len() >= 7 && block[6] == 0xFF
}

/// The additive sum of a block is right.
fn is_whole(block: &[u8]) -> bool {
    let sum = block[4..].iter().fold(0_u16, |sum, &byte| sum.wrapping_add(byte.into()));
    sum.to_le_bytes() == block[..2]
}

fn play_receiver(recording: &Recording, one_by_one: bool) {
    let what = &recording.name;
    let options =
        Options { block_size: recording.block_size, avoid_one_byte_block: false, ..Options::default() };
    let data = Arc::from(recording.file.as_slice());
    let file = OutgoingFile { name: "x".into(), kind: recording.kind, data };
    let (sender, warnings) = transfer::send(Protocol::Punter, vec![file], &options, Stamp::ZERO).unwrap();
    assert!(warnings.is_empty());
    let mut ours = Side::new(sender);
    // One program counts the blocks with payload from 0.
    let from_zero = what.contains("retrobbs");
    let same = |ours: &[u8], theirs: &[u8]| {
        if ours.len() != theirs.len() {
            return false;
        }
        if ours.len() == 3 || (!from_zero && !is_last(theirs) && is_whole(theirs)) {
            return ours == theirs;
        }
        // A damaged one proves nothing but its length.
        !is_whole(theirs)
            || (ours[7..] == theirs[7..]
                && is_last(ours) == is_last(theirs)
                && (is_last(ours) || ours[4] == theirs[4])
                && (from_zero || ours[5..] == theirs[5..]))
    };
    let mut before: Vec<Vec<u8>> = Vec::new();
    for message in &recording.messages {
        if message.of_sender {
            if !(before.is_empty() && message.bytes == b"GOO") {
                before.push(message.bytes.clone());
            }
            continue;
        }
        ours.wait_for(&collapsed(&before), &same, what);
        if one_by_one {
            for &byte in &message.bytes {
                ours.hear(&[byte]);
            }
        } else {
            ours.hear(&message.bytes);
        }
    }
    let before = collapsed(&before);
    ours.wait_for(&before, &same, what);
    while ours.ended.is_none() {
        ours.wait(what);
    }
    assert_eq!(ours.ended, Some(true), "{what}");
    assert_eq!(collapsed(&ours.said).len(), before.len(), "{what}: it said more");
}

#[test]
fn every_recorded_receiver_gets_the_recorded_bytes() {
    for recording in transcripts().iter().chain(&sessions()) {
        play_receiver(recording, false);
        play_receiver(recording, true);
    }
}
