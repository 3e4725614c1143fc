//! `petterm recv` against real folders: a full disk, a folder that cannot be written, links, what an earlier run left.

#![cfg(all(target_os = "linux", feature = "serial", feature = "tui"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]
#![allow(clippy::print_stderr, reason = "what is skipped is said")]

mod common;
mod transfers;

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{command, directory, text};
use transfers::{Ended, Run, names};

const CAN: u8 = 0x18;

/// A sender of XMODEM with CRC, played by hand: blocks until it is cancelled or has sent so many.
struct Hand(TcpStream);

fn crc(data: &[u8]) -> u16 {
    data.iter().fold(0, |crc, byte| {
        (0..8).fold(
            crc ^ u16::from(*byte) << 8,
            |crc: u16, _| {
                if crc & 0x8000 == 0 { crc << 1 } else { crc << 1 ^ 0x1021 }
            },
        )
    })
}

impl Hand {
    fn byte(&mut self) -> Option<u8> {
        let mut byte = [0];
        self.0.read_exact(&mut byte).ok().map(|()| byte[0])
    }

    /// How many blocks were taken, and what came instead of a taking.
    fn send(&mut self, blocks: u32) -> (u32, Vec<u8>) {
        while self.byte().expect("a call for blocks") != b'C' {}
        for n in 1..=blocks {
            let number = n as u8;
            let data = [number; 128];
            let block = [&[1, number, !number], &data[..], &crc(&data).to_be_bytes()].concat();
            if self.0.write_all(&block).is_err() {
                return (n - 1, self.rest(Vec::new()));
            }
            match self.byte() {
                Some(6) => {}
                Some(other) => return (n - 1, self.rest(vec![other])),
                None => return (n - 1, Vec::new()),
            }
        }
        (blocks, Vec::new())
    }

    fn end(&mut self) {
        loop {
            self.0.write_all(&[4]).expect("an end");
            if self.byte().expect("an answer") == 6 {
                return;
            }
        }
    }

    fn rest(&mut self, mut came: Vec<u8>) -> Vec<u8> {
        let _ = self.0.read_to_end(&mut came);
        came
    }
}

/// `petterm recv` that calls us, and whoever it called.
fn receive(words: &[&str]) -> (Run, Hand) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = format!("tcp://{}", listener.local_addr().unwrap());
    let ours = Run::start(&[&["recv", &target, "--raw", "--protocol", "xmodem"], words].concat());
    let far = Hand(listener.accept().unwrap().0);
    (ours, far)
}

/// A file system of its own with this much room, unmounted at the end.
struct Small(PathBuf);

impl Small {
    /// None where the test may not mount.
    fn new(at: &Path, size: &str) -> Option<Small> {
        if !rustix::process::geteuid().is_root() {
            return None;
        }
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size},mode=777"), "petterm-test", text(at)])
            .output();
        mounted.is_ok_and(|output| output.status.success()).then(|| Small(at.to_owned()))
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

#[track_caller]
fn says(ended: &Ended, code: i32, words: &[&str]) {
    assert_eq!(ended.code, Some(code), "{ended:?}");
    for word in words {
        assert!(ended.said.contains(word), "'{word}' is missing: {ended:?}");
    }
}

#[test]
fn row_21_a_disk_that_gets_full_cancels_the_far_end_and_keeps_what_there_is_room_for() {
    let folder = directory();
    let Some(small) = Small::new(folder.path(), "64k") else {
        eprintln!("SKIPPED: a small file system cannot be mounted here (it takes root)");
        return;
    };
    let old = small.0.join("old.prg");
    fs::write(&old, vec![7; 20_000]).unwrap();
    let (ours, mut far) = receive(&["-o", text(&small.0.join("new.prg")), "--json"]);
    let (taken, answer) = far.send(2_000);
    assert!(answer.windows(2).any(|two| two == [CAN, CAN]), "{answer:?}");
    drop(far);
    let ended = ours.end();
    says(&ended, 6, &["No space left on device", "make room"]);
    assert_eq!(fs::read(&old).unwrap(), vec![7; 20_000]);
    assert_eq!(names(&small.0), ["new.prg.part", "old.prg"]);
    let kept = fs::read(small.0.join("new.prg.part")).unwrap();
    // All that was acknowledged, and the piece of the next block that still had room.
    assert!(
        kept.len() >= taken as usize * 128 && kept.len() < (taken as usize + 1) * 128,
        "{taken}: {}",
        kept.len()
    );
    assert!(kept.iter().enumerate().all(|(at, byte)| *byte == (at / 128 + 1) as u8));
    says(&ended, 6, &["new.prg.part (", " verified blocks, ", " bytes); XMODEM cannot resume"]);
    let report = ended.report();
    let partial = &report["partial"];
    assert_eq!((&partial["bytes"], &partial["blocks"]), (&kept.len().into(), &taken.into()), "{ended:?}");
    assert_eq!(report["bytes"], kept.len(), "{ended:?}");
}

#[test]
fn a_disk_that_is_full_from_the_start_ends_with_6_and_leaves_nothing() {
    let folder = directory();
    let Some(small) = Small::new(folder.path(), "64k") else {
        eprintln!("SKIPPED: a small file system cannot be mounted here (it takes root)");
        return;
    };
    // Whatever goes in.
    let mut filler = fs::File::create(small.0.join("filler")).unwrap();
    while filler.write(&[1; 4_096]).is_ok_and(|count| count > 0) {}
    drop(filler);
    let (ours, mut far) = receive(&["--dir", text(&small.0)]);
    let (taken, answer) = far.send(10);
    assert_eq!(taken, 0);
    assert!(answer.windows(2).any(|two| two == [CAN, CAN]), "{answer:?}");
    says(&ours.end(), 6, &["No space left on device"]);
    assert_eq!(names(&small.0), ["filler"]);
}

#[test]
fn row_20_a_folder_that_cannot_be_written_is_refused_before_anybody_is_called() {
    let folder = directory();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let target = format!("tcp://{}", listener.local_addr().unwrap());
    let locked = folder.path().join("locked");
    fs::create_dir(&locked).unwrap();
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o555)).unwrap();
    // The program where nobody can read it, too.
    let program = folder.path().join("petterm");
    fs::copy(common::petterm(), &program).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    for place in [["--dir", text(&locked)], ["-o", text(&locked.join("a.prg"))]] {
        let mut command = Command::new(&program);
        command
            .env("PETTERM_NO_CONFIG", "1")
            .args(["recv", &target, "--protocol", "xmodem"])
            .args(place)
            .current_dir("/");
        if rustix::process::geteuid().is_root() {
            command.uid(65_534).gid(65_534);
        }
        let ended = Run::of(&mut command).end();
        says(&ended, 6, &["nothing can be written in", "Permission denied", "choose another folder"]);
    }
    assert!(listener.accept().is_err(), "somebody was called");
    assert_eq!(names(&locked), [""; 0]);
}

#[test]
fn row_20_a_folder_that_says_it_can_be_written_and_takes_no_file_is_refused_before_anybody_is_called() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let target = format!("tcp://{}", listener.local_addr().unwrap());
    // Root may write there, as far as rights go.
    let ended = Run::start(&["recv", &target, "--protocol", "punter", "--dir", "/proc"]).end();
    says(&ended, 6, &["nothing can be written in /proc", "choose another folder"]);
    assert!(listener.accept().is_err(), "somebody was called");
}

#[test]
fn row_20_a_link_is_refused_as_a_name_and_its_end_is_not_touched() {
    let folder = directory();
    let outside = folder.path().join("outside");
    let place = folder.path().join("place");
    fs::create_dir(&place).unwrap();
    fs::write(&outside, b"old").unwrap();
    symlink(&outside, place.join("download")).unwrap();
    // A name that is given is looked at before anybody is called.
    let given = place.join("download");
    let output = command()
        .args(["recv", "tcp://127.0.0.1:9", "--protocol", "xmodem", "-o", text(&given)])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(6), "{output:?}");
    // One that is offered (XMODEM offers none, so it is the name for that), when it comes.
    let (ours, mut far) = receive(&["--dir", text(&place)]);
    let (taken, _) = far.send(1);
    assert_eq!(taken, 0);
    says(
        &ours.end(),
        6,
        &["is a link", "neither followed nor replaced", "remove it or choose another folder"],
    );
    assert_eq!(fs::read(&outside).unwrap(), b"old");
    assert_eq!(names(&place), ["download"]);
}

#[test]
fn row_23_what_a_run_that_was_killed_left_is_told_and_left_alone() {
    let folder = directory();
    let kept = folder.path().join("kept.prg");
    let (ours, mut far) = receive(&["-o", text(&kept)]);
    assert_eq!(far.send(3).0, 3);
    ours.signal("KILL");
    drop(ours);
    drop(far);
    assert_eq!(names(folder.path()), ["kept.prg.part"]);
    let left = fs::read(folder.path().join("kept.prg.part")).unwrap();
    let (ours, mut far) = receive(&["-o", text(&kept)]);
    assert_eq!(far.send(2).0, 2);
    far.end();
    says(&ours.end(), 0, &["kept.prg.part of an earlier transfer is left alone"]);
    assert_eq!(names(folder.path()), ["kept.prg", "kept.prg.part"]);
    assert_eq!(fs::read(&kept).unwrap().len(), 256);
    assert_eq!(fs::read(folder.path().join("kept.prg.part")).unwrap(), left);
}

#[test]
fn a_path_that_would_turn_the_line_around_is_shown_escaped() {
    let folder = directory();
    let name = folder.path().join("a\u{202e}gpj.\u{1b}]0;x");
    let output =
        command().args(["send", text(&name), "tcp://127.0.0.1:9", "--protocol", "xmodem"]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains(r"a\u{202e}gpj.\u{1b}]0;x") && !said.contains('\u{202e}'), "{said}");
}
