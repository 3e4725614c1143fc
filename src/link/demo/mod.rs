//! The demo board: a small bulletin board at the far end of a simulated line.
//!
//! It sends PETSCII for an 80- or 40-column screen (no row is longer than 39, so that no machine wraps),
//! takes letters of either case and either code, and paces itself only by its UART. It has a file desk, where
//! transfers are tried. It rolls no dice: the same keys at the same times give the same bytes. It reads its keys when it has nothing left to send, so
//! no input makes it hold more than a page and the keys that wait.

mod desk;
mod page;

use std::collections::VecDeque;

use self::desk::{Desk, Wish};
use super::sim::FarEnd;
use crate::line::{LineFormat, Polarity};
use crate::time::{Stamp, Wake};
use crate::transfer::{Protocol, bytes, counted};

const WELCOME: &str = include_str!("../../../assets/board/welcome.txt");
const MENU: &str = include_str!("../../../assets/board/menu.txt");
const CABLE: [&str; 2] =
    [include_str!("../../../assets/board/cable-1.txt"), include_str!("../../../assets/board/cable-2.txt")];
const ECHO: &str = include_str!("../../../assets/board/echo.txt");
const FACTS: &str = include_str!("../../../assets/board/facts.txt");
const FILES: &str = include_str!("../../../assets/board/files.txt");
const FETCH: &str = include_str!("../../../assets/board/fetch.txt");
const LEAVE: &str = include_str!("../../../assets/board/leave.txt");
const GOODBYE: &str = include_str!("../../../assets/board/goodbye.txt");

/// Keys that may wait while the board sends; more are lost and counted.
const KEYS_WAITING: usize = 4096;
/// Echoed bytes in a row.
const ECHOES_IN_A_ROW: usize = 6;

const STOP: u8 = 0x03;
const LEFT_ARROW: u8 = 0x5F;
const RETURN: u8 = 0x0D;
const DELETE: u8 = 0x14;
const LINE_FEED: u8 = 0x0A;

/// What the board waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// A choice from the menu.
    Menu,
    /// A key to go on to this page of the text.
    More(usize),
    /// A key to go back to the menu.
    AnyKey,
    /// Bytes to echo; so many stand in the present row.
    Echo(usize),
    /// A choice at the file desk.
    Files,
    /// The end of a transfer.
    Desk,
    /// Nothing: it has said goodbye.
    Gone,
}

/// What is known of the call.
#[derive(Clone, Copy, Debug, Default)]
struct Facts {
    connected: Stamp,
    received: u64,
    sent: u64,
    errors: u64,
    breaks: u64,
    lost: u64,
}

/// The board; give it to [`SimLink::demo`](super::sim::SimLink::demo).
pub struct Board {
    mode: Mode,
    line: LineFormat,
    facts: Facts,
    now: Stamp,
    /// Received and not looked at, with whether the frame was right.
    keys: VecDeque<(u8, bool)>,
    out: VecDeque<u8>,
    desk: Desk,
}

impl Default for Board {
    fn default() -> Board {
        Board::new()
    }
}

impl Board {
    /// A board that nobody has called yet.
    pub fn new() -> Board {
        Board {
            mode: Mode::Menu,
            line: LineFormat::new(1200),
            facts: Facts::default(),
            now: Stamp::ZERO,
            keys: VecDeque::new(),
            out: VecDeque::new(),
            desk: Desk::default(),
        }
    }

    fn say(&mut self, page: &str) {
        self.out.extend(page::encode(page));
    }

    fn key(&mut self, byte: u8, ok: bool) {
        let ignored = !ok || byte & 0x7F == LINE_FEED;
        if ignored && !matches!(self.mode, Mode::Echo(_)) {
            // A damaged byte is nobody's choice, and a line feed only follows a RETURN.
            return;
        }
        match self.mode {
            Mode::Menu => self.choose(byte),
            Mode::More(_) if is_stop(byte) || letter(byte) == b'q' => self.menu(),
            Mode::More(page) => self.text(page),
            Mode::AnyKey => self.menu(),
            Mode::Files if is_stop(byte) || matches!(letter(byte), b'q' | b' ' | RETURN) => self.menu(),
            Mode::Files => self.choose_file(byte),
            Mode::Echo(_) if ok && (is_stop(byte) || byte == LEFT_ARROW) => self.menu(),
            Mode::Echo(column) => self.echo(byte, ok, column),
            Mode::Desk | Mode::Gone => {}
        }
    }

    fn menu(&mut self) {
        self.mode = Mode::Menu;
        self.say("{rvs off}{clr}petterm demo board{-}");
        self.say(MENU);
    }

    fn choose(&mut self, byte: u8) {
        match letter(byte) {
            b'1' => self.text(0),
            b'2' => {
                self.mode = Mode::Echo(0);
                self.say(ECHO);
            }
            b'3' => self.facts_page(),
            b'4' => self.files(),
            b'g' => {
                self.mode = Mode::Gone;
                self.say(GOODBYE);
            }
            b' ' | RETURN => self.menu(),
            key => {
                let name = if page::glyph(key as char).is_some() { key as char } else { '?' };
                self.say(&format!("{name}\nSorry, there is nothing behind it.\nYour choice? {{-}}"));
            }
        }
    }

    fn files(&mut self) {
        self.mode = Mode::Files;
        self.say("{rvs off}{clr}{-}");
        self.say(FILES);
    }

    fn choose_file(&mut self, byte: u8) {
        let (wish, page) = match letter(byte) {
            b'1' => (Wish::Fetch(Protocol::Punter), FETCH.replace("{protocol}", "punter")),
            b'2' => (Wish::Fetch(Protocol::Xmodem), FETCH.replace("{protocol}", "xmodem")),
            b'3' => (Wish::Leave, LEAVE.to_owned()),
            b'4' if self.desk.has_left() => (Wish::FetchBack, FETCH.replace("{protocol}", "punter")),
            b'4' => return self.say("4\nYou have left nothing yet.\nYour choice? {-}"),
            _ => return self.say("?\nThere is no such file.\nYour choice? {-}"),
        };
        self.mode = Mode::Desk;
        self.say(&page);
        self.desk.begin(self.now, wish, &self.line);
    }

    /// What a transfer wants done by now.
    fn attend_desk(&mut self) {
        if let Some(report) = self.desk.advance(self.now) {
            self.mode = Mode::AnyKey;
            self.say("{rvs off}{clr}{-}");
            self.say(&report);
            self.say("\n-- any key -- {-}");
        }
    }

    fn text(&mut self, page: usize) {
        self.mode = if page + 1 < CABLE.len() { Mode::More(page + 1) } else { Mode::AnyKey };
        self.say(CABLE.get(page).copied().unwrap_or_default());
    }

    fn echo(&mut self, byte: u8, ok: bool, column: usize) {
        match byte {
            // A quote, twice and one taken back, leaves quote mode off on a strict screen; on a PET 62 is a
            // quote as well.
            0x22 | 0x62 => self.out.extend([byte, byte, DELETE]),
            0x20..=0x7F | 0xA0..=0xFF => self.out.push_back(byte),
            _ => self.out.push_back(b'.'),
        }
        // A star marks a frame with an error.
        self.out.extend(format!(" {byte:02x}{} ", if ok { ' ' } else { '*' }).bytes().map(hex_digit));
        let column = (column + 1) % ECHOES_IN_A_ROW;
        if column == 0 {
            self.out.push_back(RETURN);
        }
        self.mode = Mode::Echo(column);
    }

    fn facts_page(&mut self) {
        self.mode = Mode::AnyKey;
        let seconds = self.now.since(self.facts.connected).as_millis() / 1_000;
        let time = format!("{}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60);
        let screen = self.line.span(2_000 * u64::from(self.line.half_bits())).as_secs_f64();
        // The frame alone; the polarity has a row of its own.
        let line = LineFormat { tx: Polarity::IdleHigh, rx: Polarity::IdleHigh, ..self.line };
        let page = FACTS
            .replace("{time}", &time)
            .replace("{received}", &bytes(self.facts.received))
            .replace("{sent}", &bytes(self.facts.sent))
            .replace("{line}", &line.to_string())
            .replace("{rest}", self.line.rx.name())
            .replace("{errors}", &counted(self.facts.errors, "error", "errors"))
            .replace("{breaks}", &self.facts.breaks.to_string())
            .replace("{lost}", &self.facts.lost.to_string())
            .replace("{screen}", &format!("{screen:.1}"));
        self.say(&page);
    }
}

impl FarEnd for Board {
    fn connect(&mut self, now: Stamp, line: &LineFormat) {
        *self = Board::new();
        self.now = now;
        self.line = *line;
        self.facts.connected = now;
        self.mode = Mode::Menu;
        self.say(WELCOME);
        self.say(MENU);
    }

    fn reconfigure(&mut self, _now: Stamp, line: &LineFormat) {
        self.line = *line;
    }

    fn rx(&mut self, now: Stamp, byte: u8, ok: bool) {
        self.now = self.now.max(now);
        self.facts.received += 1;
        self.facts.errors += u64::from(!ok);
        if self.desk.is_busy() {
            self.desk.receive(self.now, byte);
        } else if ok && is_stop(byte) && matches!(self.mode, Mode::More(_) | Mode::AnyKey | Mode::Files) {
            // STOP does not wait for the end of the page.
            self.out.clear();
            self.keys.clear();
            self.menu();
        } else if self.keys.len() < KEYS_WAITING {
            self.keys.push_back((byte, ok));
        } else {
            self.facts.lost += 1;
        }
    }

    fn rx_break(&mut self, now: Stamp) {
        self.now = self.now.max(now);
        self.facts.breaks += 1;
    }

    fn advance(&mut self, now: Stamp) {
        self.now = self.now.max(now);
        self.attend_desk();
    }

    fn poll(&mut self) -> Option<u8> {
        while self.out.is_empty() && !self.desk.is_busy() {
            let (byte, ok) = self.keys.pop_front()?;
            self.key(byte, ok);
        }
        let byte = match self.out.pop_front() {
            Some(byte) => byte,
            None => self.desk.poll(self.now)?,
        };
        self.facts.sent += 1;
        Some(byte)
    }

    fn wake(&self) -> Wake {
        self.desk.wake()
    }

    fn hangs_up(&self) -> Option<&str> {
        (self.mode == Mode::Gone && self.out.is_empty()).then_some("the demo board hung up")
    }
}

fn is_stop(byte: u8) -> bool {
    byte & 0x7F == STOP
}

/// A key as a choice: bit 7 is parity on many lines and the case of PETSCII letters, and no choice needs it.
fn letter(byte: u8) -> u8 {
    (byte & 0x7F).to_ascii_lowercase()
}

/// A hexadecimal digit of either case as PETSCII: small letters are 41-46.
fn hex_digit(ascii: u8) -> u8 {
    ascii.to_ascii_uppercase()
}

#[cfg(test)]
mod tests;
