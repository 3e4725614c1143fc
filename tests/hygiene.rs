//! Remote bytes never reach the host terminal: the raw bytes that the program writes to a pseudo-terminal, while
//! the far end sends the worst it can.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]
#![allow(clippy::disallowed_methods, reason = "an end-to-end test waits for other processes")]

mod common;

use std::collections::BTreeSet;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::time::Instant;

use common::{Terminal, eventually};

/// A call with this screen; the far end's socket.
fn call(args: &[&str]) -> (Terminal, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let target = listener.local_addr().expect("its address").to_string();
    let terminal = Terminal::start(&[&[target.as_str(), "--raw"], args].concat(), 100, 32);
    let (far, _) = listener.accept().expect("a call");
    terminal.wait_for("connected");
    (terminal, far)
}

/// The kinds of escape sequence in host output: the bytes that are not parameters.
fn kinds(raw: &[u8]) -> BTreeSet<String> {
    let text = std::str::from_utf8(raw).expect("host output is UTF-8");
    assert!(!text.chars().any(|c| ('\u{80}'..='\u{9f}').contains(&c)), "an 8-bit control reached the host");
    let mut kinds = BTreeSet::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\x1b' {
            if c.is_control() {
                kinds.insert(format!("{:02x}", c as u32));
            }
            continue;
        }
        let introducer = chars.next().expect("something after ESC");
        let mut kind = format!("ESC {introducer}");
        if introducer == '[' {
            for c in chars.by_ref() {
                if !c.is_ascii_digit() && c != ';' && c != ':' {
                    kind.push(c);
                }
                if ('@'..='~').contains(&c) {
                    break;
                }
            }
        }
        kinds.insert(kind);
    }
    kinds
}

fn hostile() -> Vec<Vec<u8>> {
    let mut streams: Vec<Vec<u8>> = [
        &b"\x1b]0;owned\x07\x1b]2;owned\x1b\\"[..],
        b"\x1b]52;c;b3duZWQ=\x07",
        b"\x1b]8;;http://example.invalid\x07link\x1b]8;;\x07",
        b"\x1b]50;x\x07\x1b]4;1;?\x07\x1b]10;?\x07",
        b"\x1bP$qm\x1b\\\x1bP+q544e\x1b\\\x1b_Gi=1;AAAA\x1b\\\x1b^pm\x1b\\\x1bXsos\x1b\\",
        b"\x9b21t\x9d0;owned\x9c\x90q\x9c\x9fq\x9c\x8fq",
        b"\xc2\x9b21t\xc2\x9d0;owned\xc2\x9c",
        b"\x1b[21t\x1b[>c\x1b[=c\x1b[c\x1b[5n\x1b[6n\x1b[?6n\x1b[x\x1b[14t\x1b[18t\x1b[>q\x1bZ\x05",
        b"\x1b[999999999;-1;;;H\x1b[999999999A\x1b[999999999@\x1b[999999999L\x1b[999999999X",
        b"\x1b[?1049h\x1b[?1000h\x1b[?1006h\x1b[?2004l\x1b[?25l\x1b[?47h\x1b[?5h\x1b[!p\x1bc",
        b"\x1b(0lqqk\x1b)B\x0e\x0f\x1b%G\x1b#8\x1b[4i\x1b[5i",
        "\u{202e}rtl\u{200b}\u{feff}\u{2066}e\u{301}\u{301}\u{301}\u{1f468}\u{200d}\u{1f469}".as_bytes(),
    ]
    .iter()
    .map(|bytes| bytes.to_vec())
    .collect();
    let mut many = b"\x1b[".to_vec();
    many.extend(std::iter::repeat_n(b"7;".to_vec(), 10_000).flatten());
    many.extend(b"H\x1b[");
    many.extend(std::iter::repeat_n(b'9', 10_000));
    many.extend(b"m");
    streams.push(many);
    let mut random = 0x2545_f491_4f6c_dd1du64;
    for _ in 0..20 {
        streams.push(
            (0..10_000)
                .map(|_| {
                    random ^= random << 13;
                    random ^= random >> 7;
                    random ^= random << 17;
                    (random >> 32) as u8
                })
                .collect(),
        );
    }
    streams
}

#[test]
fn row_12_no_escape_reaches_the_host_that_a_benign_session_does_not_write() {
    let colour = ["--theme", "colour"];
    for charset in ["cp437", "utf-8"] {
        let args = [&["--charset", charset][..], &colour].concat();
        let (benign, mut far) = call(&args);
        // Every attribute and colour that a benign board uses, wrapped and scrolled.
        for n in 0..=255 {
            write!(far, "\x1b[1;4;5;7;38;5;{n}mx\x1b[0;2;48;5;{n}my\x1b[0m").expect("bytes");
        }
        far.write_all(b"\x07\r\nend of colours\r\n").expect("bytes");
        benign.wait_for("end of colours");
        let allowed = kinds(&benign.raw());
        let (attacked, mut far) = call(&args);
        for stream in hostile() {
            far.write_all(&stream).expect("bytes");
        }
        far.write_all(b"\x18\x1b\\\x1bc\x1b[2J\x1b[H\x1b[?25h\x1b(B\x0f still here").expect("bytes");
        attacked.wait_for("still here");
        let raw = attacked.raw();
        let strange: Vec<String> = kinds(&raw).difference(&allowed).cloned().collect();
        assert!(strange.is_empty(), "{charset}: {strange:?} beside {allowed:?}");
    }
}

#[test]
fn commodore_screens_pass_nothing_on_either() {
    for screen in ["8032", "8032-safe", "c64", "c128-80", "vic20", "ascii"] {
        let args = ["--screen", screen, "--theme", "colour"];
        let (benign, mut far) = call(&args);
        // Every colour and reverse, scrolled, and the bell; what a board sends.
        for colour in
            [0x90, 0x05, 0x1C, 0x9F, 0x9C, 0x1E, 0x1F, 0x9E, 0x81, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9A, 0x9B]
        {
            far.write_all(&[colour, b'A', 0x12, b'B', 0x92, 0x0F, b'C', 0x8F, 0x02, b'D', 0x82, 0x0D])
                .expect("bytes");
        }
        far.write_all(b"\x13\x13\x07\r\x93\x0c\rALL IS WELL").expect("bytes");
        assert!(
            eventually(|| benign.text().to_lowercase().contains("all is well")),
            "{screen}:\n{}",
            benign.text()
        );
        let allowed = kinds(&benign.raw());
        let (attacked, mut far) = call(&args);
        for stream in hostile() {
            far.write_all(&stream).expect("bytes");
        }
        far.write_all(b"\r\r\x13\x13\x93\x0c\rEND OF IT").expect("bytes");
        assert!(
            eventually(|| attacked.text().to_lowercase().contains("end of it")),
            "{screen}:\n{}",
            attacked.text()
        );
        let raw = attacked.raw();
        let strange: Vec<String> = kinds(&raw).difference(&allowed).cloned().collect();
        assert!(strange.is_empty(), "{screen}: {strange:?} beside {allowed:?}");
    }
}

#[test]
fn bells_are_at_most_ten_a_second() {
    let (terminal, mut far) = call(&[]);
    let start = Instant::now();
    while start.elapsed().as_secs() < 2 {
        far.write_all(&[7; 4_096]).expect("bells");
    }
    far.write_all(b"enough").expect("bytes");
    terminal.wait_for("enough");
    let seconds = start.elapsed().as_secs_f64();
    let bells = terminal.raw().split(|byte| *byte == 7).count() - 1;
    assert!(bells >= 1 && bells as f64 <= seconds * 10.0 + 1.0, "{bells} bells in {seconds} s");
}

fn resident_kb(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("/proc");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("VmRSS").to_owned();
    line.split_whitespace().nth(1).and_then(|kb| kb.parse().ok()).expect("kB")
}

#[test]
fn row_13_a_flood_fills_the_scrollback_and_then_costs_no_more_memory() {
    for args in [&["--screen", "8032-safe", "--wire", "petscii"][..], &[]] {
        let (terminal, mut far) = call(args);
        let rows = b"A ROW OF A FLOOD THAT FILLS THE WHOLE WIDTH OF A SCREEN OF EIGHTY COLUMNS ...\r\n"
            .repeat(1_000);
        let mut flood = |end: &str| {
            for _ in 0..300 {
                far.write_all(&rows).expect("bytes");
            }
            write!(far, "\r\n{end}").expect("bytes");
            let seen = || terminal.text().to_lowercase().contains(&end.to_lowercase());
            assert!(eventually(seen), "{}", terminal.text());
            resident_kb(terminal.pid())
        };
        let full = flood("FIRST FLOOD OVER");
        let later = flood("SECOND FLOOD OVER");
        assert!(full < 65_536, "{full} kB after the first flood");
        assert!(later < full + 6_144, "{full} kB after a flood of 24 MB, {later} kB after another");
    }
}

#[test]
fn row_13_a_string_without_end_costs_no_memory_and_ends_at_the_next_can() {
    let (terminal, mut far) = call(&[]);
    let before = resident_kb(terminal.pid());
    for introducer in [&b"\x1b]0;"[..], b"\x1bP", b"\x1b_", b"\x1b["] {
        far.write_all(introducer).expect("bytes");
        let megabyte = vec![b'1'; 1 << 20];
        for _ in 0..25 {
            far.write_all(&megabyte).expect("bytes");
        }
        far.write_all(b"\x18").expect("bytes");
    }
    far.write_all(b"\x1b[2J\x1b[Hafter it all").expect("bytes");
    terminal.wait_for("after it all");
    let after = resident_kb(terminal.pid());
    assert!(after < before + 8_192, "{before} kB before, {after} kB after 100 MB");
}
