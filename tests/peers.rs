//! The program itself, on its screen, with real programs at the far end.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]
#![allow(clippy::disallowed_methods, reason = "an end-to-end test waits for other processes")]

mod common;

use std::net::{Shutdown, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::time::Duration;
use std::{fs, thread};

use common::{Terminal, directory, eventually, eventually_within, peer, text};
use portable_pty::CommandBuilder;

#[test]
fn telnetd_asks_for_a_login_within_two_seconds_in_the_right_case() {
    let Some(server) = peer(&["telnetd", "inetutils-telnetd"]) else { return };
    let directory = directory();
    let login = directory.path().join("login");
    fs::write(&login, "#!/bin/sh\nprintf 'PetHost Login: '\nread name\necho \"Welcome $name\"\nsleep 1\n")
        .unwrap();
    fs::set_permissions(&login, fs::Permissions::from_mode(0o755)).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = listener.local_addr().unwrap().to_string();
    let mut terminal = Terminal::start(&[&target], 100, 32);
    let (stream, _) = listener.accept().unwrap();
    let end = || Stdio::from(OwnedFd::from(stream.try_clone().unwrap()));
    let mut telnetd = Command::new(server)
        .args(["-h", &format!("--exec-login={}", text(&login))])
        .stdin(end())
        .stdout(end())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let asked = || terminal.text().contains("PetHost Login:");
    assert!(eventually_within(Duration::from_secs(2), asked), "no banner:\n{}", terminal.text());
    terminal.wait_for("telnet");
    terminal.send(b"Fred\r");
    terminal.wait_for("Welcome Fred");
    telnetd.wait().unwrap();
    let _ = stream.shutdown(Shutdown::Both);
    drop(stream);
    terminal.wait_for("closed");
}

#[test]
fn telnetlib3_is_told_the_terminal_and_its_size() {
    const SERVER: &str = "
import asyncio, telnetlib3
async def shell(reader, writer):
    writer.write('Hello FROM telnetlib3 %s %sx%s\\r\\n' % tuple(
        writer.get_extra_info(name) for name in ('TERM', 'cols', 'rows')))
    line = await reader.readline()
    writer.write('GOT %s\\r\\n' % line.strip())
    await writer.drain()
    writer.close()
async def main():
    server = await telnetlib3.create_server(host='127.0.0.1', port=0, shell=shell)
    inner = getattr(server, '_server', None) or server
    print(inner.sockets[0].getsockname()[1], flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
";
    let python = std::env::var("PETTERM_PYTHON").unwrap_or_else(|_| "python3".into());
    let has = Command::new(&python).args(["-c", "import telnetlib3"]).stderr(Stdio::null()).status();
    if !has.is_ok_and(|status| status.success()) {
        return common::missing("telnetlib3");
    }
    let mut server = Command::new(&python).args(["-c", SERVER]).stdout(Stdio::piped()).spawn().unwrap();
    let mut port = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(server.stdout.take().unwrap()), &mut port)
        .unwrap();
    let mut terminal = Terminal::start(&[&format!("127.0.0.1:{}", port.trim())], 100, 32);
    assert!(
        eventually(|| terminal.text().to_lowercase().contains("hello from telnetlib3 ansi 80x25")),
        "{}",
        terminal.text()
    );
    assert!(terminal.text().contains("Hello FROM"), "{}", terminal.text());
    terminal.send(b"bob\r");
    terminal.wait_for("GOT bob");
    server.kill().unwrap();
    server.wait().unwrap();
}

#[test]
fn row_7_picocom_types_to_us_leaves_and_comes_back() {
    let Some(picocom) = peer(&["picocom"]) else { return };
    let directory = directory();
    let link = directory.path().join("cable");
    let target = format!("pty:{}", text(&link));
    let mut ours = Terminal::start(&[&target], 100, 32);
    assert!(eventually(|| link.exists()), "{}", ours.text());
    for round in ["first", "second"] {
        let mut command = CommandBuilder::new(&picocom);
        command.args(["--quiet", "--noreset", text(&link)]);
        let mut theirs = Terminal::run(command, 80, 24, &[]);
        // picocom drops what arrives while it opens the port.
        let typed = || {
            theirs.send(format!("from picocom {round}\r\n").as_bytes());
            thread::sleep(Duration::from_millis(100));
            ours.text().contains(&format!("from picocom {round}"))
        };
        assert!(eventually(typed), "{}", ours.text());
        ours.send(format!("to picocom {round}").as_bytes());
        theirs.wait_for(&format!("to picocom {round}"));
        theirs.send(b"\x01\x18");
        assert!(theirs.exit_code().is_some(), "picocom stays");
    }
}

#[test]
fn row_7_an_unplugged_line_is_waited_for_and_used_again() {
    let Some(socat) = peer(&["socat"]) else { return };
    let directory = directory();
    let (near, far) = (directory.path().join("near"), directory.path().join("far"));
    let cable = || {
        let ends = [&near, &far].map(|path| format!("pty,raw,echo=0,link={}", text(path)));
        let child = Command::new(&socat).args(ends).spawn().unwrap();
        assert!(eventually(|| near.exists() && far.exists()), "socat made no cable");
        child
    };
    let say = |words: &str| fs::write(&far, words).unwrap();
    let mut plugged = cable();
    let mut terminal = Terminal::start(&[text(&near)], 100, 32);
    terminal.wait_for("connected");
    say("before\r\n");
    terminal.wait_for("before");
    plugged.kill().unwrap();
    plugged.wait().unwrap();
    terminal.wait_for("unplugged");
    let _ = (fs::remove_file(&near), fs::remove_file(&far));
    let ticks = |pid: u32| -> u64 {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
    };
    let start = ticks(terminal.pid());
    thread::sleep(Duration::from_secs(2));
    let used = ticks(terminal.pid()) - start;
    assert!(used < 40, "{used} of 200 ticks while waiting: a spin");
    let mut plugged = cable();
    terminal.wait_for("back:");
    assert!(terminal.text().contains("before"), "the screen was lost:\n{}", terminal.text());
    say("after\r\n");
    terminal.wait_for("after");
    terminal.send(b"\x1dq");
    assert_eq!(terminal.exit_code(), Some(0));
    plugged.kill().unwrap();
    plugged.wait().unwrap();
}
