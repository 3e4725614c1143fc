//! Received files on disks that fail, in folders where somebody else writes, and in transfers over both: whatever goes
//! wrong at whatever call, nothing that was there is touched, what has a whole file's name is that file to the byte,
//! and what is said is true.

#![cfg(unix)]
#![allow(
    clippy::match_bool,
    clippy::case_sensitive_file_extension_comparisons,
    clippy::type_complexity,
    clippy::semicolon_if_nothing_returned,
    clippy::let_and_return,
    reason = "a test's tables and closures"
)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

mod bad_disk;
mod transfer_line;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;

use bad_disk::{BadDisk, Plan, Without, Wrong};
use petterm::files::Receiver;
use petterm::time::{Span, Stamp};
use petterm::transfer::{
    self, Failure, FileKind, Keeper, Kept, Offer, Options, OutgoingFile, Partial, Protocol, Store,
};
use rustix::io::Errno;
use transfer_line::{Setup, run_keeping};

const ERRORS: [Errno; 5] = [Errno::INTR, Errno::AGAIN, Errno::IO, Errno::NOSPC, Errno::ROFS];
const SYSTEMS: [Without; 3] = [Without::Nothing, Without::Rename, Without::RenameAndLinks];
const OLD: &[u8] = b"was here before";

/// The two files that come, their blocks, and the padding behind the first.
fn files() -> [(&'static str, Vec<Vec<u8>>, usize); 2] {
    let block = |n: u8| (0..100).map(|i| n.wrapping_mul(31) ^ i).collect::<Vec<u8>>();
    [("game.prg", vec![block(1), block(2), block(3)], 13), ("notes.seq", vec![block(4), block(5)], 0)]
}

fn whole(blocks: &[Vec<u8>], padding: usize) -> Vec<u8> {
    let mut data = blocks.concat();
    data.truncate(data.len() - padding);
    data
}

/// Everything in a folder that is a plain file or a link.
fn listing(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            let data = match fs::symlink_metadata(entry.path()).unwrap().is_symlink() {
                true => b"link".to_vec(),
                false => fs::read(entry.path()).unwrap(),
            };
            (name, data)
        })
        .collect()
}

/// A folder with old files in it, and one outside that a link could lead to.
struct Scene {
    place: tempfile::TempDir,
}

impl Scene {
    fn new() -> Scene {
        let place = tempfile::tempdir().unwrap();
        fs::create_dir(place.path().join("folder")).unwrap();
        for name in ["outside", "folder/notes.seq", "folder/old.part"] {
            fs::write(place.path().join(name), OLD).unwrap();
        }
        Scene { place }
    }

    fn folder(&self) -> std::path::PathBuf {
        self.place.path().join("folder")
    }

    /// What was there is as it was; what came is whole or called unfinished, and bytes of what was sent.
    #[track_caller]
    fn check(&self, sent: &[Vec<u8>], case: &str) -> BTreeMap<String, Vec<u8>> {
        assert_eq!(fs::read(self.place.path().join("outside")).unwrap(), OLD, "{case}");
        let mut there = listing(&self.folder());
        for name in ["notes.seq", "old.part"] {
            assert_eq!(there.remove(name).as_deref(), Some(OLD), "{case}: {name}");
        }
        for (name, data) in &there {
            if name.ends_with(".part") {
                assert!(
                    data == b"link" || data == OLD || sent.iter().any(|sent| sent.starts_with(data)),
                    "{case}: {name}"
                );
            } else {
                assert!(data == b"link" || sent.contains(data), "{case}: {name} has {} bytes", data.len());
            }
        }
        there
    }
}

/// What came of two files.
struct Came {
    answers: Vec<Result<Kept, String>>,
    said: Vec<String>,
    calls: Vec<&'static str>,
}

impl Came {
    fn is_well(&self) -> bool {
        self.answers.iter().all(Result::is_ok)
    }
}

/// Two files come, as an engine would hand them over: after an error nothing is wished any more.
fn two_files(scene: &Scene, plan: Plan, case: &str) -> Came {
    let (disk, calls) = BadDisk::new(&scene.folder(), plan);
    let mut receiver = Receiver::on(Box::new(disk), &scene.folder());
    let mut answers = Vec::new();
    let mut said = Vec::new();
    'all: for (name, blocks, padding) in files() {
        let length = whole(&blocks, padding).len() as u64;
        let begin = Store::Begin(Offer { name: name.into(), ..Offer::default() });
        let writes = blocks.iter().cloned().map(Store::Write);
        for wish in [begin].into_iter().chain(writes).chain([Store::Finish { length }]) {
            let finish = matches!(wish, Store::Finish { .. });
            let answer = receiver.answer(wish);
            said.extend(receiver.notes());
            if let (true, Ok(kept)) = (finish, &answer) {
                let data = fs::read(scene.folder().join(&kept.name)).unwrap_or_default();
                assert_eq!(data, whole(&blocks, padding), "{case}: {} was said to be whole", kept.name);
            }
            answers.push(answer);
            if let Some(Err(why)) = answers.last() {
                said.push(why.clone());
                break 'all;
            }
        }
    }
    said.extend(close(&mut receiver));
    let calls = calls.lock().unwrap().clone();
    Came { answers, said, calls }
}

fn sent() -> Vec<Vec<u8>> {
    files().into_iter().flat_map(|(_, blocks, padding)| [whole(&blocks, padding), blocks.concat()]).collect()
}

/// What a receiver leaves to say at its end.
fn close(receiver: &mut Receiver) -> Vec<String> {
    let left = receiver.close();
    let notes = receiver.notes();
    let unsure = notes.iter().any(|note| note.contains("could not be checked"));
    let kept = left.map(|left| {
        format!("kept {} with {}{} bytes", left.path, if unsure { "up to " } else { "" }, left.bytes)
    });
    kept.into_iter().chain(notes).collect()
}

/// What is said to be kept is there, with that length.
#[track_caller]
fn check_said(folder: &Path, said: &[String], case: &str) {
    for line in said {
        let Some(rest) = line.strip_prefix("kept ") else { continue };
        let (path, rest) = rest.split_once(" with ").unwrap();
        let (rest, exact) = rest.strip_prefix("up to ").map_or((rest, true), |rest| (rest, false));
        let count: u64 = rest.split_whitespace().next().unwrap().parse().unwrap();
        let length = match fs::symlink_metadata(path) {
            Ok(about) => about.len(),
            Err(_) if !exact => continue,
            Err(error) => panic!("{case}: {line}: {error}"),
        };
        assert!(length == count || !exact && length < count, "{case}: {line}, and it has {length}");
        assert!(Path::new(path).starts_with(folder), "{case}: {line}");
    }
}

/// What is not whole is spoken of.
#[track_caller]
fn check_untold(there: &BTreeMap<String, Vec<u8>>, said: &[String], case: &str) {
    for (name, data) in there {
        if name.ends_with(".part") && !data.is_empty() {
            assert!(
                said.iter().any(|line| line.contains(name.as_str())),
                "{case}: nothing is said of {name}: {said:?}"
            );
        }
    }
}

#[test]
fn without_faults_two_files_come_on_every_system() {
    for without in SYSTEMS {
        let scene = Scene::new();
        let came = two_files(&scene, Plan::good(without), "none");
        assert!(came.is_well(), "{without:?}: {:?}", came.said);
        assert_eq!(came.said, [""; 0], "{without:?}");
        let there = scene.check(&sent(), "none");
        assert_eq!(there.keys().collect::<Vec<_>>(), ["game.prg", "notes-1.seq"], "{without:?}");
    }
}

#[test]
fn whichever_call_fails_nothing_is_lost_and_what_is_said_is_true() {
    let mut cases = 0;
    for without in SYSTEMS {
        let count = two_files(&Scene::new(), Plan::good(without), "none").calls.len();
        let wrongs = ERRORS.map(Wrong::Error).into_iter().chain([Wrong::Short, Wrong::Nothing, Wrong::Full]);
        for wrong in wrongs.chain([Errno::INTR, Errno::IO].map(Wrong::Lost)) {
            for (at, for_ever) in (0..count).flat_map(|at| [(at, false), (at, true)]) {
                let case = format!("{without:?}, {wrong:?} at {at}, for ever: {for_ever}");
                let scene = Scene::new();
                let came = two_files(&scene, Plan { at, for_ever, wrong: Some(wrong), without }, &case);
                let mut sent = sent();
                // Where a name can only be claimed by an empty file, and the disk then fails for good, that one stays.
                if without == Without::RenameAndLinks && (for_ever || matches!(wrong, Wrong::Lost(_))) {
                    sent.push(Vec::new());
                }
                let there = scene.check(&sent, &case);
                for (name, _) in there.iter().filter(|(_, data)| data.is_empty()) {
                    // A file that was made although the disk said no cannot be known of.
                    let unknown = matches!(wrong, Wrong::Lost(_));
                    assert!(
                        unknown || came.said.iter().any(|line| line.contains(name.as_str())),
                        "{case}: {:?}",
                        came.said
                    );
                }
                check_said(&scene.folder(), &came.said, &case);
                if !matches!(wrong, Wrong::Lost(_)) {
                    check_untold(&there, &came.said, &case);
                }
                let passes = matches!(wrong, Wrong::Error(Errno::INTR | Errno::AGAIN)) && !for_ever;
                if passes || matches!(wrong, Wrong::Short) {
                    assert!(came.is_well() && came.said.is_empty(), "{case}: {:?}", came.said);
                    assert_eq!(there.len(), 2, "{case}: {there:?}");
                }
                cases += 1;
            }
        }
    }
    assert!(cases > 1_000, "{cases}");
}

#[test]
fn a_short_write_before_the_disk_is_full_is_counted() {
    let calls = two_files(&Scene::new(), Plan::good(Without::Nothing), "none").calls;
    let first = calls.iter().position(|call| *call == "write").unwrap();
    let plan = Plan { at: first, for_ever: false, wrong: Some(Wrong::Full), without: Without::Nothing };
    let scene = Scene::new();
    let came = two_files(&scene, plan, "full");
    assert!(
        came.said[0].contains("No space left") && came.said[0].contains("; make room"),
        "{:?}",
        came.said
    );
    assert!(came.said[1].contains("game.prg.part with 50 bytes"), "{:?}", came.said);
    assert_eq!(scene.check(&sent(), "full").keys().collect::<Vec<_>>(), ["game.prg.part"]);
}

/// What somebody who may write in the folder can do between any two of our calls.
const SOMEBODY: [(&str, fn(&Path)); 6] = [
    ("replaces the unfinished file by a link", |folder| {
        replace_parts(folder, |path| symlink("../outside", path).unwrap())
    }),
    ("replaces the unfinished file by another", |folder| {
        replace_parts(folder, |path| fs::write(path, OLD).unwrap())
    }),
    ("removes the unfinished file", |folder| replace_parts(folder, |_| ())),
    ("makes a link of the name", |folder| {
        for name in ["game.prg", "notes-1.seq"] {
            let _ = symlink("../outside", folder.join(name));
        }
    }),
    ("makes a link of the name of the unfinished file", |folder| {
        for name in ["game.prg.part", "notes-1.seq.part"] {
            let _ = symlink("../outside", folder.join(name));
        }
    }),
    ("makes a link that leads nowhere", |folder| {
        for name in ["game.prg", "notes-1.seq", "game.prg.part"] {
            let _ = symlink("nowhere", folder.join(name));
        }
    }),
];

fn replace_parts(folder: &Path, with: fn(&Path)) {
    for name in ["game.prg.part", "notes-1.seq.part"] {
        let path = folder.join(name);
        if fs::remove_file(&path).is_ok() {
            with(&path);
        }
    }
}

#[test]
fn whoever_else_writes_in_the_folder_gains_and_loses_nothing() {
    for without in SYSTEMS {
        let count = two_files(&Scene::new(), Plan::good(without), "none").calls.len();
        for (does, act) in SOMEBODY {
            for at in 0..count {
                let case = format!("{without:?}, somebody {does} before call {at}");
                let scene = Scene::new();
                let plan = Plan { at, for_ever: false, wrong: Some(Wrong::Somebody(act)), without };
                let came = two_files(&scene, plan, &case);
                let folder = scene.folder();
                assert_eq!(fs::read(scene.place.path().join("outside")).unwrap(), OLD, "{case}");
                assert!(!folder.join("nowhere").exists(), "{case}: a link was followed");
                let there = listing(&folder);
                assert_eq!(there.get("notes.seq").map(Vec::as_slice), Some(OLD), "{case}");
                assert!(came.is_well() || !came.said.is_empty(), "{case}");
                check_said(&folder, &came.said, &case);
            }
        }
    }
}

fn outgoing(data: &[u8]) -> OutgoingFile {
    OutgoingFile { name: "game.prg".to_owned(), kind: FileKind::Prg, data: Arc::from(data) }
}

/// A whole transfer to a disk that fails.
fn transfer(protocol: Protocol, data: &[u8], plan: Plan, case: &str) -> Vec<&'static str> {
    struct Nowhere;
    impl Keeper for Nowhere {
        fn answer(&mut self, _: Store) -> Result<Kept, String> {
            Err("a sender keeps nothing".to_owned())
        }

        fn close(&mut self) -> Option<Partial> {
            None
        }
    }
    let setup = Setup::new(9_600, Span::ZERO);
    let options = Options { octet: setup.octet, ..Options::default() };
    let (mut sender, _) = transfer::send(protocol, vec![outgoing(data)], &options, Stamp::ZERO).unwrap();
    let mut ours = transfer::receive(protocol, &options, Stamp::ZERO);
    let scene = Scene::new();
    let (disk, calls) = BadDisk::new(&scene.folder(), plan);
    let mut receiver = Receiver::on(Box::new(disk), &scene.folder());
    let out = run_keeping(sender.as_mut(), ours.as_mut(), &setup, [&mut Nowhere, &mut receiver]);
    let mut said = out.notes[1].clone();
    said.extend(close(&mut receiver));
    let [Some((_, theirs)), Some((_, end))] = &out.ended else { panic!("{case}: it never ended") };
    // Whole blocks come; what is cut off at the end is cut before the name is given.
    let padded = [data, &[0x1A; 1_024]].concat();
    let there = scene
        .check(&[data.to_vec(), padded.clone(), padded[..data.len().next_multiple_of(128)].to_vec()], case);
    check_said(&scene.folder(), &said, case);
    match end {
        Ok(()) => {
            assert!(
                there.keys().any(|name| !name.ends_with(".part")),
                "{case}: it ended well with {there:?}"
            );
        }
        Err(Failure::Store(why)) => {
            assert!(why.contains("; "), "{case}: what next? {why}");
            said.push(why.clone());
            assert!(theirs.is_err(), "{case}: the sender takes it for sent");
        }
        Err(other) => panic!("{case}: {other}"),
    }
    if !matches!(plan.wrong, Some(Wrong::Lost(_))) {
        check_untold(&there, &said, case);
    }
    let calls = calls.lock().unwrap().clone();
    calls
}

#[test]
fn whole_transfers_end_cleanly_whichever_call_fails() {
    let data: Vec<u8> = (0..600u32).map(|i| (i * 7 % 251) as u8).collect();
    for protocol in
        [Protocol::Punter, Protocol::MultiPunter, Protocol::Xmodem, Protocol::Xmodem1k, Protocol::Ymodem]
    {
        let count = transfer(protocol, &data, Plan::good(Without::Nothing), protocol.name()).len();
        let wrongs = ERRORS.map(Wrong::Error).into_iter().chain([Wrong::Short, Wrong::Nothing, Wrong::Full]);
        for wrong in wrongs {
            for (at, for_ever) in (0..count).flat_map(|at| [(at, false), (at, true)]) {
                let case = format!("{}: {wrong:?} at {at}, for ever: {for_ever}", protocol.name());
                let plan = Plan { at, for_ever, wrong: Some(wrong), without: Without::Nothing };
                transfer(protocol, &data, plan, &case);
            }
        }
    }
}
