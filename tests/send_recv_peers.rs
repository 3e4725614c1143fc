//! Transfers with programs that share nothing with petterm: a Punter peer behind inetutils-telnetd and on a line, a
//! telnet server that refuses BINARY, and lrzsz.

#![cfg(all(target_os = "linux", feature = "serial", feature = "tui"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]
#![allow(clippy::disallowed_methods, reason = "an end-to-end test waits for other processes")]

mod common;
mod transfers;

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};
use std::thread;

use common::{directory, eventually, peer, text};
use transfers::{Run, assert_same, hard_bytes, punter_peer, python, write};

/// The hard bytes, and more of what telnet likes to change.
fn file() -> Vec<u8> {
    [hard_bytes(), b"\r\0\r\0\0\r\n\xFF\r\xFF\0\r\0".repeat(60)].concat()
}

#[test]
fn a_punter_peer_that_shares_nothing_with_petterm_takes_and_gives_a_file() {
    if peer(&["python3"]).is_none() || peer(&["socat"]).is_none() {
        return;
    }
    for length in [1, 247, 248, 249, 496, 5_000] {
        let folder = directory();
        let sent: Vec<u8> = file().into_iter().cycle().take(length).collect();
        let given = write(folder.path(), "given.seq", &sent);
        for ours_sends in [true, false] {
            let line = folder.path().join("line");
            let (taken, kept) = (folder.path().join("taken"), folder.path().join("kept"));
            let target = format!("pty:{}", text(&line));
            let (words, theirs) = if ours_sends {
                (vec!["send", text(&given), &target], format!("recv {}", text(&taken)))
            } else {
                (vec!["recv", &target, "-o", text(&kept)], format!("send {} 2", text(&given)))
            };
            let ours = Run::start(&[words, vec!["--protocol", "punter"]].concat());
            assert!(eventually(|| line.exists()), "{}", ours.said());
            let program = format!("EXEC:{} {} {theirs}", python(), text(&punter_peer()));
            let mut theirs = Command::new("socat")
                .args([&format!("FILE:{},raw,echo=0", text(&line)), &program])
                .spawn()
                .expect("socat");
            let ended = ours.end_well();
            theirs.wait().unwrap();
            let received = if ours_sends { &taken } else { &kept };
            assert_same(received, &sent, false, &format!("{length} bytes, we send: {ours_sends}; {ended:?}"));
            if ours_sends {
                let kind = fs::read(folder.path().join("taken.type")).unwrap();
                assert_eq!(kind, [2], "a .seq is announced as SEQ");
            }
            let _ = fs::remove_file(received);
        }
    }
}

// ---- telnet -------------------------------------------------------------------------------------------

/// inetutils-telnetd on a connection, whose login is the Punter peer.
fn telnetd(server: &std::path::Path, folder: &std::path::Path, work: &str, stream: &TcpStream) -> Child {
    let login = folder.join("login");
    let script =
        format!("#!/bin/sh\nstty raw -echo -iexten\nexec {} {} {work}\n", python(), text(&punter_peer()));
    fs::write(&login, script).unwrap();
    fs::set_permissions(&login, fs::Permissions::from_mode(0o755)).unwrap();
    let end = || Stdio::from(OwnedFd::from(stream.try_clone().unwrap()));
    Command::new(server)
        .args(["-h", &format!("--exec-login={}", text(&login))])
        .stdin(end())
        .stdout(end())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn punter_goes_through_telnetd_both_ways() {
    let (Some(server), Some(_)) = (peer(&["telnetd", "inetutils-telnetd"]), peer(&["python3"])) else {
        return;
    };
    for ours_sends in [true, false] {
        let folder = directory();
        let given = write(folder.path(), "given.prg", &file());
        let (taken, kept) = (folder.path().join("taken"), folder.path().join("kept"));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let target = listener.local_addr().unwrap().to_string();
        let (words, work) = if ours_sends {
            (vec!["send", text(&given), &target], format!("recv {}", text(&taken)))
        } else {
            (vec!["recv", &target, "-o", text(&kept)], format!("send {}", text(&given)))
        };
        let ours = Run::start(&[words, vec!["--protocol", "punter"]].concat());
        let (stream, _) = listener.accept().unwrap();
        let mut theirs = telnetd(&server, folder.path(), &work, &stream);
        let received = if ours_sends { &taken } else { &kept };
        let ended = ours.end();
        if ours_sends {
            assert!(eventually(|| received.exists()), "{ended:?}");
        }
        let _ = stream.shutdown(Shutdown::Both);
        drop(stream);
        let _ = theirs.kill();
        theirs.wait().unwrap();
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert_same(received, &file(), false, &format!("we send: {ours_sends}; {ended:?}"));
        assert!(!ended.said.contains("not agreed"), "telnetd agrees to BINARY: {ended:?}");
    }
}

/// A telnet server before a raw one: doubles FF, refuses BINARY both ways, and leaves CR and NUL alone.
fn proxy(listener: TcpListener, raw: String) {
    thread::spawn(move || {
        let (mut telnet, _) = listener.accept().unwrap();
        let mut raw = TcpStream::connect(raw).unwrap();
        telnet.set_nodelay(true).unwrap();
        raw.set_nodelay(true).unwrap();
        // It speaks telnet and says so.
        telnet.write_all(b"\xFF\xFB\x03").unwrap();
        let (mut from_raw, mut to_telnet) = (raw.try_clone().unwrap(), telnet.try_clone().unwrap());
        thread::spawn(move || {
            let mut buffer = [0; 4_096];
            while let Ok(count @ 1..) = from_raw.read(&mut buffer) {
                let doubled: Vec<u8> = buffer[..count]
                    .iter()
                    .flat_map(|byte| std::iter::repeat_n(*byte, if *byte == 0xFF { 2 } else { 1 }))
                    .collect();
                if to_telnet.write_all(&doubled).is_err() {
                    break;
                }
            }
            let _ = to_telnet.shutdown(Shutdown::Both);
        });
        let mut command = Vec::new();
        let mut buffer = [0; 4_096];
        while let Ok(count @ 1..) = telnet.read(&mut buffer) {
            let mut data = Vec::new();
            for &byte in &buffer[..count] {
                match (command.as_slice(), byte) {
                    ([], 0xFF) => command.push(byte),
                    ([], _) => data.push(byte),
                    ([_], 0xFF) => {
                        data.push(0xFF);
                        command.clear();
                    }
                    ([_], 251..=254) => command.push(byte),
                    ([_], _) => command.clear(),
                    ([_, verb], option) => {
                        // WILL is answered by DONT, DO by WONT.
                        let answer = match *verb {
                            251 => Some(254),
                            253 => Some(252),
                            _ => None,
                        };
                        if let Some(verb) = answer.filter(|_| option == 0) {
                            telnet.write_all(&[0xFF, verb, option]).unwrap();
                        }
                        command.clear();
                    }
                    _ => unreachable!(),
                }
            }
            if raw.write_all(&data).is_err() {
                break;
            }
        }
        let _ = raw.shutdown(Shutdown::Both);
    });
}

#[test]
fn a_server_that_doubles_ff_and_refuses_binary_is_warned_of_and_passed() {
    for protocol in ["punter", "xmodem-crc", "ymodem"] {
        for telnet_sends in [true, false] {
            let folder = directory();
            let given = write(folder.path(), "given.prg", &file());
            let kept = folder.path().join("kept");
            let send = ["send", text(&given), "--protocol", protocol];
            let receive = ["recv", "-o", text(&kept), "--protocol", protocol];
            let (behind, before) =
                if telnet_sends { (&receive[..], &send[..]) } else { (&send[..], &receive[..]) };
            let far = Run::start(&[behind, &["listen://127.0.0.1:0", "--raw"]].concat());
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let target = listener.local_addr().unwrap().to_string();
            proxy(listener, far.address());
            let ours = Run::start(&[before, &[&target]].concat());
            let (ours, far) = (ours.end(), far.end());
            let why = format!("{protocol}, telnet sends: {telnet_sends}; {ours:?} {far:?}");
            assert_eq!((ours.code, far.code), (Some(0), Some(0)), "{why}");
            assert_same(&kept, &file(), protocol == "xmodem-crc", &why);
            assert!(ours.said.contains("BINARY is not agreed to and from the far end"), "{why}");
        }
    }
}

// ---- lrzsz --------------------------------------------------------------------------------------------

#[test]
fn lrzsz_takes_and_gives_files_over_a_line() {
    let (Some(sz), Some(rz), Some(_)) = (peer(&["sz", "lsz"]), peer(&["rz", "lrz"]), peer(&["socat"])) else {
        return;
    };
    for (protocol, option) in [
        ("xmodem", "--xmodem"),
        ("xmodem-crc", "--xmodem"),
        ("xmodem-1k", "--xmodem -k"),
        ("ymodem", "--ymodem"),
    ] {
        for ours_sends in [true, false] {
            let folder = directory();
            let given = write(folder.path(), "given.prg", &file());
            let into = folder.path().join("into");
            fs::create_dir(&into).unwrap();
            let line = folder.path().join("line");
            let target = format!("pty:{}", text(&line));
            let received = into.join("given.prg");
            let (words, theirs) = if ours_sends {
                let name = if protocol == "ymodem" { "" } else { "given.prg" };
                let option = match protocol {
                    // Without, it asks for sums.
                    "xmodem-crc" | "xmodem-1k" => "--xmodem --with-crc",
                    _ => option,
                };
                (vec!["send", text(&given), &target], format!("{} {option} --binary {name}", text(&rz)))
            } else if protocol == "ymodem" {
                let theirs = format!("{} {option} --binary {}", text(&sz), text(&given));
                (vec!["recv", &target, "--dir", text(&into)], theirs)
            } else {
                let theirs = format!("{} {option} --binary {}", text(&sz), text(&given));
                (vec!["recv", &target, "-o", text(&received)], theirs)
            };
            let ours = Run::start(&[words, vec!["--protocol", protocol]].concat());
            assert!(eventually(|| line.exists()), "{}", ours.said());
            let mut peer = Command::new("socat")
                .current_dir(&into)
                .args([&format!("FILE:{},raw,echo=0", text(&line)), &format!("EXEC:{}", theirs.trim())])
                .stderr(Stdio::null())
                .spawn()
                .expect("socat");
            let ended = ours.end();
            peer.wait().unwrap();
            let why = format!("{protocol}, we send: {ours_sends}; {ended:?}");
            assert_eq!(ended.code, Some(0), "{why}");
            assert_same(&received, &file(), protocol != "ymodem", &why);
        }
    }
}
