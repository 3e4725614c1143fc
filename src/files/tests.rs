//! Against real folders: nothing is overwritten or followed, and what is not whole is called `.part`.

use std::fs::{self, File};
use std::path::Path;

use super::outgoing::LARGEST;
use super::*;
use crate::transfer::{FileKind, Keeper, Kept, Offer, Partial, Store};

fn offer(name: &str) -> Store {
    Store::Begin(Offer { name: name.as_bytes().to_vec(), ..Offer::default() })
}

fn receive(receiver: &mut Receiver, name: &str, data: &[u8]) -> Result<Kept, String> {
    receiver.answer(offer(name))?;
    receiver.answer(Store::Write(data.to_vec()))?;
    receiver.answer(Store::Finish { length: data.len() as u64 })
}

fn listing(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_file_gets_its_name_when_it_is_whole_and_another_where_that_is_taken() {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("a.prg"), b"old").unwrap();
    let mut receiver = Receiver::in_folder(place.path()).unwrap();
    assert_eq!(receiver.answer(offer("../a.prg")).unwrap().name, "a-1.prg");
    assert_eq!(listing(place.path()), ["a-1.prg.part", "a.prg"]);
    assert_eq!(receiver.notes(), [""; 0]);
    receiver.answer(Store::Write(b"new and padded".to_vec())).unwrap();
    assert_eq!(receiver.answer(Store::Finish { length: 3 }).unwrap().name, "a-1.prg");
    assert_eq!(fs::read(place.path().join("a-1.prg")).unwrap(), b"new");
    assert_eq!(fs::read(place.path().join("a.prg")).unwrap(), b"old");
    // And the next, in the same batch.
    assert_eq!(receive(&mut receiver, "a.prg", b"third").unwrap().name, "a-2.prg");
    assert_eq!(receiver.close(), None);
    assert_eq!(listing(place.path()), ["a-1.prg", "a-2.prg", "a.prg"]);
}

#[test]
fn a_name_that_is_taken_meanwhile_is_left_alone() {
    let place = tempfile::tempdir().unwrap();
    let mut receiver = Receiver::in_folder(place.path()).unwrap();
    receiver.answer(offer("a")).unwrap();
    receiver.answer(Store::Write(b"x".to_vec())).unwrap();
    fs::write(place.path().join("a"), b"someone's").unwrap();
    assert_eq!(receiver.answer(Store::Finish { length: 1 }).unwrap().name, "a-1");
    assert_eq!(fs::read(place.path().join("a")).unwrap(), b"someone's");

    let path = place.path().join("b");
    let mut receiver = Receiver::as_file(&path).unwrap();
    receiver.answer(offer("whatever")).unwrap();
    receiver.answer(Store::Write(b"x".to_vec())).unwrap();
    fs::write(&path, b"someone's").unwrap();
    let why = receiver.answer(Store::Finish { length: 1 }).unwrap_err();
    assert!(why.contains("b came to exist meanwhile") && why.contains("b.part"), "{why}");
    assert_eq!(fs::read(&path).unwrap(), b"someone's");
    assert_eq!(fs::read(place.path().join("b.part")).unwrap(), b"x");
}

#[test]
fn what_is_given_must_be_free_and_is_used_once() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("mine.seq");
    let mut receiver = Receiver::as_file(&path).unwrap();
    assert_eq!(receive(&mut receiver, "/etc/passwd", b"1").unwrap().name, "mine.seq");
    assert!(receiver.answer(offer("second")).unwrap_err().contains("--dir"));
    assert!(matches!(Receiver::as_file(&path), Err(FileTrouble::Exists(_))));
    assert!(Receiver::as_file(&place.path().join("no/such")).unwrap_err().is_not_found());
    assert!(Receiver::in_folder(&path).is_err(), "a file is no folder");
}

#[test]
fn the_type_that_comes_over_the_wire_completes_the_name() {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("Grüße.seq"), b"old").unwrap();
    for (kind, kept) in
        [(Some(FileKind::Seq), "Grüße-1.seq"), (Some(FileKind::Usr), "Grüße.usr"), (None, "Grüße")]
    {
        let mut receiver = Receiver::as_untyped(&place.path().join("Grüße")).unwrap();
        let theirs = Offer { name: b"theirs".to_vec(), kind, ..Offer::default() };
        assert_eq!(receiver.answer(Store::Begin(theirs)).unwrap().name, kept);
        assert_eq!(receiver.answer(Store::Finish { length: 0 }).unwrap().name, kept);
        assert!(receiver.answer(offer("second")).is_err());
    }
    assert_eq!(fs::read(place.path().join("Grüße.seq")).unwrap(), b"old");
    assert!(Receiver::as_untyped(&place.path().join("no/such")).unwrap_err().is_not_found());
}

#[test]
fn a_partial_is_kept_and_counted_and_an_empty_one_is_not() {
    let place = tempfile::tempdir().unwrap();
    let mut receiver = Receiver::in_folder(place.path()).unwrap();
    receiver.answer(offer("a")).unwrap();
    receiver.answer(Store::Write(b"12345".to_vec())).unwrap();
    let path = place.path().join("a.part").display().to_string();
    assert_eq!(receiver.close(), Some(Partial { path, bytes: 5 }));
    // The next run says so, leaves it alone, and has its name all the same.
    let mut receiver = Receiver::in_folder(place.path()).unwrap();
    assert_eq!(receive(&mut receiver, "a", b"whole").unwrap().name, "a");
    let notes = receiver.notes();
    assert!(
        matches!(notes.as_slice(), [note] if note.ends_with("a.part of an earlier transfer is left alone")),
        "{notes:?}"
    );
    assert_eq!(listing(place.path()), ["a", "a.part"]);
    fs::remove_file(place.path().join("a")).unwrap();
    // One of which nothing came is not left.
    receiver.answer(offer("a")).unwrap();
    assert_eq!(listing(place.path()), ["a-1.part", "a.part"]);
    assert_eq!(receiver.close(), None);
    assert_eq!(listing(place.path()), ["a.part"]);
    assert_eq!(fs::read(place.path().join("a.part")).unwrap(), b"12345");
    // Nor is it lost when nobody closes.
    let mut receiver = Receiver::in_folder(place.path()).unwrap();
    receiver.answer(offer("b")).unwrap();
    receiver.answer(Store::Write(b"1".to_vec())).unwrap();
    drop(receiver);
    assert_eq!(listing(place.path()), ["a.part", "b.part"]);
}

#[cfg(unix)]
#[test]
fn links_are_not_followed_and_modes_are_tight() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let place = tempfile::tempdir().unwrap();
    let target = place.path().join("target");
    symlink(&target, place.path().join("a")).unwrap();
    symlink(&target, place.path().join("b.part")).unwrap();
    let mut receiver = Receiver::in_folder(place.path()).unwrap();
    let why = receive(&mut receiver, "a", b"1").unwrap_err();
    assert!(why.contains("a is a link") && why.contains("remove it"), "{why}");
    assert_eq!(receive(&mut receiver, "b", b"1").unwrap().name, "b");
    assert!(fs::symlink_metadata(place.path().join("b.part")).unwrap().is_symlink());
    assert!(!target.exists());
    let mode = fs::metadata(place.path().join("b")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(matches!(Receiver::as_file(&place.path().join("a")), Err(FileTrouble::Exists(_))));
}

#[cfg(unix)]
#[test]
fn a_folder_that_moves_takes_the_file_along() {
    use std::os::unix::fs::symlink;

    let place = tempfile::tempdir().unwrap();
    let (folder, moved, elsewhere) =
        (place.path().join("folder"), place.path().join("moved"), place.path().join("elsewhere"));
    for path in [&folder, &elsewhere] {
        fs::create_dir(path).unwrap();
    }
    let mut receiver = Receiver::in_folder(&folder).unwrap();
    receiver.answer(offer("a")).unwrap();
    fs::rename(&folder, &moved).unwrap();
    symlink(&elsewhere, &folder).unwrap();
    receiver.answer(Store::Write(b"1".to_vec())).unwrap();
    receiver.answer(Store::Finish { length: 1 }).unwrap();
    assert_eq!(listing(&moved), ["a"]);
    assert_eq!(listing(&elsewhere), [""; 0]);
}

#[test]
fn what_is_sent_is_read_whole_first() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("notes.SEQ");
    fs::write(&path, b"hello").unwrap();
    let file = read_outgoing(&path, None).unwrap();
    assert_eq!((file.name.as_str(), file.kind, &*file.data), ("notes.SEQ", FileKind::Seq, &b"hello"[..]));
    assert_eq!(read_outgoing(&path, Some(FileKind::Usr)).unwrap().kind, FileKind::Usr);
    assert!(read_outgoing(&place.path().join("none"), None).unwrap_err().is_not_found());
    assert!(matches!(read_outgoing(place.path(), None), Err(FileTrouble::NotAFile(_))));
    let large = place.path().join("large");
    File::create(&large).unwrap().set_len(LARGEST + 1).unwrap();
    assert!(matches!(read_outgoing(&large, None), Err(FileTrouble::TooLarge { .. })));
}

#[test]
fn a_file_that_is_not_finished_when_the_next_begins_is_kept_and_told() {
    let place = tempfile::tempdir().unwrap();
    let mut receiver = Receiver::in_folder(place.path()).unwrap();
    receiver.answer(offer("a")).unwrap();
    receiver.answer(Store::Write(b"12".to_vec())).unwrap();
    receiver.answer(offer("b")).unwrap();
    let notes = receiver.notes();
    assert!(matches!(notes.as_slice(), [note] if note.contains("a.part with 2 bytes")), "{notes:?}");
    assert_eq!(fs::read(place.path().join("a.part")).unwrap(), b"12");
}

#[test]
fn names_that_cannot_be_are_refused_before_anything_is_made() {
    let place = tempfile::tempdir().unwrap();
    let long = place.path().join("x".repeat(240));
    assert!(matches!(Receiver::as_file(&long), Err(FileTrouble::LongName(_))));
    assert!(matches!(Receiver::as_file(Path::new("/")), Err(FileTrouble::Nameless(_))));
    assert_eq!(listing(place.path()), [""; 0]);
}

/// The way of systems without handles, against the same folder.
#[test]
fn by_paths_nothing_is_overwritten_either() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path();
    let mut receiver = Receiver::on(Box::new(portable::Folder::open(path).unwrap()), path);
    fs::write(path.join("a"), b"old").unwrap();
    assert_eq!(receive(&mut receiver, "a", b"1").unwrap().name, "a-1");
    receiver.answer(offer("b")).unwrap();
    receiver.answer(Store::Write(b"2".to_vec())).unwrap();
    fs::write(path.join("b"), b"someone's").unwrap();
    assert_eq!(receiver.answer(Store::Finish { length: 1 }).unwrap().name, "b-1");
    receiver.answer(offer("c")).unwrap();
    receiver.answer(Store::Write(b"3".to_vec())).unwrap();
    assert_eq!(receiver.close().map(|left| left.bytes), Some(1));
    assert_eq!(fs::read(path.join("a")).unwrap(), b"old");
    assert_eq!(fs::read(path.join("b")).unwrap(), b"someone's");
    assert_eq!(listing(path), ["a", "a-1", "b", "b-1", "c.part"]);
    assert!(portable::Folder::open(&path.join("a")).is_err());
}

#[cfg(unix)]
#[test]
fn a_pipe_or_a_device_is_refused_at_once() {
    let place = tempfile::tempdir().unwrap();
    let pipe = place.path().join("pipe");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &pipe,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
        0,
    )
    .unwrap();
    assert!(matches!(read_outgoing(&pipe, None), Err(FileTrouble::NotAFile(_))));
    assert!(matches!(read_outgoing(Path::new("/dev/null"), None), Err(FileTrouble::NotAFile(_))));
    // One that takes the file's place behind the first look does not stop us either.
    assert!(!unix::open_to_read(&pipe).unwrap().metadata().unwrap().is_file());
}
