//! A visit to the demo board, in virtual time: what it shows, how long the line takes, and that the line
//! is real.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test helpers fail loudly")]

use petterm::engine::{Failure, LinkCommand, LinkEvent, OpenRequest, Target, Way};
use petterm::line::LineFormat;
use petterm::link::demo::Board;
use petterm::link::sim::{Fault, SimLink};
use petterm::time::{Stamp, Wake};

/// A visitor with the simplest screen that can show the pages: 40 columns, no scrolling.
struct Visit {
    link: SimLink,
    now: Stamp,
    bytes: Vec<u8>,
    screen: Vec<Vec<char>>,
    row: usize,
    column: usize,
    /// A row ran into the right edge of a 40-column screen.
    wrapped: bool,
    closed: Option<(Failure, String)>,
}

impl Visit {
    fn begin(link: SimLink, line: &str) -> Visit {
        let native: LineFormat = line.parse().unwrap();
        let mut visit = Visit {
            link,
            now: Stamp::ZERO,
            bytes: Vec::new(),
            screen: vec![vec![' '; 40]; 100],
            row: 0,
            column: 0,
            wrapped: false,
            closed: None,
        };
        visit.tell(LinkCommand::Open(Box::new(OpenRequest::new(Target::Demo, native))));
        visit.run();
        visit
    }

    fn tell(&mut self, command: LinkCommand) {
        self.link.command(self.now, command);
        self.drain();
    }

    fn key(&mut self, key: u8) {
        self.tell(LinkCommand::Tx(vec![key]));
        self.run();
    }

    fn run(&mut self) {
        while let Wake::At(at) = self.link.wake() {
            self.now = at;
            self.link.advance(at);
            self.drain();
        }
    }

    fn drain(&mut self) {
        while let Some(event) = self.link.poll() {
            match event {
                LinkEvent::Rx { bytes, marks, .. } => {
                    assert_eq!(marks, []);
                    self.bytes.extend(&bytes);
                    for byte in bytes {
                        self.print(byte);
                    }
                }
                LinkEvent::Closed(trouble) => self.closed = Some((trouble.failure, trouble.what)),
                _ => {}
            }
        }
    }

    fn print(&mut self, byte: u8) {
        let c = match byte {
            0x93 => {
                self.screen.iter_mut().flatten().for_each(|cell| *cell = ' ');
                (self.row, self.column) = (0, 0);
                return;
            }
            0x0D => {
                (self.row, self.column) = (self.row + 1, 0);
                return;
            }
            0x14 => {
                self.column = self.column.saturating_sub(1);
                self.screen[self.row][self.column] = ' ';
                return;
            }
            0x00..=0x1F | 0x80..=0x9F => return,
            0x41..=0x5A => (byte + 0x20) as char,
            0xC1..=0xDA => (byte - 0x80) as char,
            0x20..=0x7F => byte as char,
            _ => '#',
        };
        self.screen[self.row][self.column] = c;
        self.column += 1;
        if self.column == 40 {
            self.wrapped = true;
            (self.row, self.column) = (self.row + 1, 0);
        }
    }

    fn text(&self) -> String {
        let row = |row: &Vec<char>| row.iter().collect::<String>().trim_end().to_owned();
        self.screen.iter().map(row).collect::<Vec<_>>().join("\n").trim_end().to_owned()
    }

    fn shows(&self, text: &str) -> bool {
        self.text().contains(text)
    }
}

fn board() -> SimLink {
    SimLink::demo(Board::new())
}

#[test]
fn a_visit_reads_everything_and_says_goodbye() {
    let mut visit = Visit::begin(board(), "1200-8N1");
    assert!(visit.shows("ready.") && visit.shows("1  How the cable works"), "{}", visit.text());
    assert!(visit.shows("Your choice?"));
    assert!(visit.row < 25, "the first screen does not scroll");
    visit.key(b'1');
    assert!(visit.shows("How the cable works                1/2"), "{}", visit.text());
    visit.key(b' ');
    assert!(visit.shows("2/2") && visit.shows("The line that you are on rests low"));
    visit.key(b' ');
    visit.key(b'2');
    visit.key(b'a');
    assert!(visit.shows("a 61"), "{}", visit.text());
    visit.key(0x03);
    visit.key(b'3');
    assert!(visit.shows("The line          1200-8N1"), "{}", visit.text());
    assert!(visit.shows("Polarity          idle low"), "{}", visit.text());
    assert!(visit.shows("You sent          7 bytes"), "{}", visit.text());
    visit.key(0x0D);
    visit.key(b'x');
    assert!(visit.shows("Sorry, there is nothing behind it."));
    visit.key(b'G');
    assert!(visit.shows("Thank you for calling") && visit.shows("NO CARRIER"));
    assert_eq!(visit.closed, Some((Failure::PeerClosed, "the demo board hung up".to_owned())));
    assert_eq!(visit.link.wake(), Wake::OnInput);
    assert!(!visit.wrapped, "every row fits 40 columns");
}

#[test]
fn the_line_takes_its_time_at_every_rate() {
    for (line, bits, baud) in [("1200-8N1", 10, 1200), ("300-8N1", 10, 300), ("9600-8E2", 12, 9600)] {
        let visit = Visit::begin(board(), line);
        assert!(visit.bytes.len() > 500);
        let nanos = visit.bytes.len() as u128 * bits * 1_000_000_000 / baud;
        assert_eq!(u128::from(visit.now.0), nanos, "{line}: the board sends without a pause");
    }
}

#[test]
fn a_bit_flipped_on_the_edges_shows_on_the_screen() {
    let clean = Visit::begin(board(), "1200-8N1");
    // "ready." in PETSCII; its 'e' is 45, and with data bit 0 flipped 44.
    let place = clean.bytes.windows(6).position(|w| w == b"READY.").expect("the picture is there");
    let fault = Fault::flip(Way::ToUs, place as u64 + 1, 1);
    let flipped = Visit::begin(board().with_fault(fault), "1200-8N1");
    assert!(clean.shows("ready.") && flipped.shows("rdady."), "{}", flipped.text());
    let different = flipped.text().chars().zip(clean.text().chars()).filter(|(a, b)| a != b).count();
    assert_eq!(different, 1, "and nothing else changed");
}

#[test]
fn a_bit_flipped_on_the_way_to_the_board_is_another_key() {
    // 1 is 31, and 3 is 33: data bit 1 is slot 2 of the frame.
    let link = board().with_fault(Fault::flip(Way::FromUs, 0, 2));
    let mut visit = Visit::begin(link, "1200-8N1");
    visit.key(b'1');
    assert!(visit.shows("Time on line"), "{}", visit.text());
}

#[test]
fn the_board_answers_at_a_new_rate() {
    let mut visit = Visit::begin(board(), "300-8N1");
    visit.tell(LinkCommand::Reconfigure(LineFormat::new(2400)));
    visit.run();
    let (start, bytes) = (visit.now, visit.bytes.len());
    visit.key(b'3');
    assert!(visit.shows("2400-8"), "{}", visit.text());
    let (line, sent) = (LineFormat::new(2400), (visit.bytes.len() - bytes) as u64);
    assert_eq!(visit.now, line.edge_at(line.edge_at(start, 20), 20 * sent), "one key and the answer");
}

#[test]
fn two_visits_with_the_same_keys_are_the_same() {
    let visit = || {
        let mut visit = Visit::begin(board(), "1200-8N1");
        b"1  2hello\x0333 qz".iter().for_each(|&key| visit.key(key));
        (visit.text(), visit.bytes, visit.now)
    };
    assert_eq!(visit(), visit());
}

#[test]
fn the_board_can_be_called_again() {
    let mut visit = Visit::begin(board(), "1200-8N1");
    visit.key(b'g');
    assert!(visit.closed.is_some());
    let open = OpenRequest::new(Target::Demo, LineFormat::new(600));
    visit.tell(LinkCommand::Open(Box::new(open)));
    visit.run();
    assert!(visit.shows("Your choice?"));
    visit.key(b'3');
    assert!(visit.shows("You sent          1 byte"), "the facts are those of this call");
}
