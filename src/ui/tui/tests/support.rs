//! A session and a shell made of tables, and a screen to draw on.

use std::cell::RefCell;
use std::path::PathBuf;
use std::sync::Arc;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;

use super::super::app::App;
use super::super::draw;
use super::super::events::UiEvent;
use crate::engine::{
    Command, Counters, Echo, Flow, ModemLines, Notice, PastRow, ScreenView, Scrollback, SessionConfig,
    Severity, Snapshot, Status, StatusLink, Target, Wire,
};
use crate::line::LineFormat;
use crate::petscii::{CharSet, GlyphTier, ScreenCode};
use crate::screen::{Attrs, Cell, Glyph, Ink, ScreenKind};
use crate::time::{Span, Stamp};
use crate::ui::front::{
    BookLine, Choice, KeyLine, Look, PortLine, Services, Session, Start, Theme, TransferOrder,
};
use crate::ui::theme::Depth;

/// A session that shows what it is given and records what it is told.
pub(super) struct Fake {
    pub(super) snap: RefCell<Arc<Snapshot>>,
    pub(super) told: RefCell<Vec<Command>>,
    pub(super) log: RefCell<Option<PathBuf>>,
    pub(super) capture: RefCell<Option<PathBuf>>,
    pub(super) ordered: RefCell<Vec<TransferOrder>>,
    pub(super) refuse: bool,
}

impl Fake {
    pub(super) fn new(snap: Snapshot) -> Fake {
        Fake {
            snap: RefCell::new(Arc::new(snap)),
            told: RefCell::default(),
            log: RefCell::default(),
            capture: RefCell::default(),
            ordered: RefCell::default(),
            refuse: false,
        }
    }

    pub(super) fn show(&self, change: impl FnOnce(&mut Snapshot)) {
        let mut snap = Snapshot::clone(&self.snap.borrow());
        change(&mut snap);
        *self.snap.borrow_mut() = Arc::new(snap);
    }

    pub(super) fn take(&self) -> Vec<Command> {
        std::mem::take(&mut self.told.borrow_mut())
    }
}

impl Session for Fake {
    fn command(&self, command: Command) {
        self.told.borrow_mut().push(command);
    }

    fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snap.borrow())
    }

    fn log(&self, file: Option<PathBuf>) -> Result<(), String> {
        if self.refuse {
            return Err("the disk is full; choose another place".into());
        }
        *self.log.borrow_mut() = file;
        Ok(())
    }

    fn capture(&self, file: Option<PathBuf>) -> Result<(), String> {
        self.show(|snap| snap.status.capturing = file.is_some());
        *self.capture.borrow_mut() = file;
        Ok(())
    }

    fn log_file(&self) -> Option<PathBuf> {
        self.log.borrow().clone()
    }

    fn transfer(&self, order: TransferOrder) -> Result<(), String> {
        if self.refuse {
            return Err(
                "the line carries 7 bits; this protocol needs 8: take text, or another line format".into()
            );
        }
        self.ordered.borrow_mut().push(order);
        Ok(())
    }
}

/// The shell's services over a phone book in memory.
pub(super) struct Shell {
    pub(super) ports: Vec<PortLine>,
    pub(super) book: RefCell<Vec<BookLine>>,
}

impl Shell {
    pub(super) fn new() -> Shell {
        let line = |name: &str, address: &str, detail: &str| BookLine {
            name: name.into(),
            address: address.into(),
            detail: detail.into(),
        };
        Shell {
            ports: vec![PortLine {
                device: "/dev/ttyUSB0".into(),
                adapter: "FTDI FT232R".into(),
                state: "free".into(),
            }],
            book: RefCell::new(vec![
                line("Level 29", "bbs.fozztexx.com:23", "ansi, unverified"),
                line("Demo board", "demo:", "8032-safe"),
            ]),
        }
    }
}

impl Services for Shell {
    fn ports(&self) -> Vec<PortLine> {
        self.ports.clone()
    }

    fn phone_book(&self) -> Result<Vec<BookLine>, String> {
        Ok(self.book.borrow().clone())
    }

    fn session_for(&self, choice: &Choice) -> Result<SessionConfig, String> {
        match choice {
            Choice::Target(target) => Ok(config(target.clone())),
            Choice::Entry(name) if name == "Demo board" => Ok(config(Target::Demo)),
            Choice::Entry(name) => Ok(config(tcp(name))),
            Choice::Text(text) if text.contains(' ') => Err(format!("'{text}' is not a host name")),
            Choice::Text(text) => Ok(config(tcp(text))),
        }
    }

    fn add_to_phone_book(&self, name: &str, config: &SessionConfig) -> Result<(), String> {
        self.book.borrow_mut().push(BookLine {
            name: name.into(),
            address: config.target.to_string(),
            detail: String::new(),
        });
        Ok(())
    }

    fn remove_from_phone_book(&self, name: &str) -> Result<(), String> {
        self.book.borrow_mut().retain(|entry| entry.name != name);
        Ok(())
    }

    fn line_format(&self, text: &str) -> Result<LineFormat, String> {
        text.parse().map(LineFormat::new).map_err(|_| format!("'{text}' is not a line format"))
    }

    fn keyboard_help(&self, _kind: ScreenKind, _wire: Wire) -> Vec<KeyLine> {
        vec![KeyLine { key: "Shift-Home".into(), meaning: "CLR".into() }]
    }
}

fn tcp(host: &str) -> Target {
    Target::Tcp { host: host.into(), port: 23, scheme: None }
}

/// A session's settings for a target.
pub(super) fn config(target: Target) -> SessionConfig {
    SessionConfig::new(target, LineFormat::new(300), ScreenKind::Cbm8032, Wire::Ascii)
}

/// A cell of an ANSI screen.
pub(super) fn letter(c: char) -> Cell {
    Cell::plain(Glyph::Char(c))
}

/// Text as cells.
pub(super) fn cells(text: &str) -> Vec<Cell> {
    text.chars().map(letter).collect()
}

/// A row of the past.
pub(super) fn past_row(cells: Vec<Cell>, kind: ScreenKind, charset: CharSet) -> PastRow {
    PastRow { cells: cells.into_boxed_slice(), kind, charset }
}

/// A screen full of marks: every row says which it is.
pub(super) fn view(kind: ScreenKind) -> ScreenView {
    let (cols, rows) = kind.size();
    let mut all = Vec::new();
    for row in 0..rows {
        let mut line = cells(&format!("row {row:02} begins"));
        line.resize(usize::from(cols), letter(' '));
        for (at, c) in (usize::from(cols) - 3..).zip("end".chars()) {
            line[at] = letter(c);
        }
        all.extend(line);
    }
    ScreenView {
        kind,
        behaviour: kind.default_behaviour(),
        cols,
        rows,
        cells: all,
        cursor: (0, 0),
        cursor_visible: true,
        charset: CharSet::Text,
        background: None,
        view40: false,
    }
}

/// A session on an idle-high serial line at 300 baud.
pub(super) fn snapshot() -> Snapshot {
    Snapshot {
        at: Stamp(1_000_000_000_000),
        screen: view(ScreenKind::Cbm8032),
        scrollback: Scrollback::default(),
        status: Status {
            target: Target::Serial("/dev/ttyUSB0".into()),
            link_name: Some("/dev/ttyUSB0".into()),
            adapter: Some("FTDI FT232R".into()),
            identity: None,
            link: StatusLink::Up,
            transport: None,
            line: LineFormat::new(300),
            has_line: true,
            flow: Flow::None,
            wire: Wire::Ascii,
            charset: "cp437".into(),
            echo: Echo::Off,
            rx_bytes: 1234,
            tx_bytes: 56,
            last_rx: None,
            last_tx: None,
            errors: Counters::default(),
            error_rate: 0.0,
            lines: ModemLines::default(),
            dtr: true,
            rts: true,
            capturing: false,
            connected_for: None,
        },
        notices: Vec::new(),
        hint: None,
        bells: 0,
        recent: Vec::new(),
        wire: None,
        paste: None,
        transfer: None,
        transfer_end: None,
        outcome: None,
    }
}

/// A notice as old as the snapshot.
pub(super) fn notice(text: &str) -> Notice {
    Notice { at: snapshot().at, severity: Severity::Info, text: text.into() }
}

/// Any cell: every glyph kind, colour and attribute, hostile characters among them.
pub(super) fn any_cell(random: u64) -> Cell {
    let c = char::from_u32((random % 0x11_0000) as u32).unwrap_or('\u{1b}');
    let c = if random & (1 << 40) == 0 { char::from((random % 0xa0) as u8) } else { c };
    Cell::new(
        if random & (1 << 41) == 0 { Glyph::Char(c) } else { Glyph::Code(ScreenCode((random >> 8) as u8)) },
        if random & (1 << 42) == 0 { Ink::Default } else { Ink::Index((random >> 16) as u8) },
        if random & (1 << 43) == 0 { Ink::Default } else { Ink::Index((random >> 24) as u8) },
        Attrs((random >> 32) as u8 & 31),
    )
}

/// A small generator of numbers (splitmix64), so that a failure can be repeated from its seed.
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
}

/// How a test looks at things.
pub(super) fn look() -> Look {
    Look {
        theme: Theme::Green,
        glyphs: GlyphTier::Unicode,
        no_colour: false,
        visual_bell: false,
        directory: std::env::temp_dir().join("petterm-no-such-directory"),
    }
}

/// The front end with a screen and a clock.
pub(super) struct Desk<'a> {
    pub(super) app: App<'a>,
    pub(super) terminal: Terminal<TestBackend>,
    pub(super) now: Stamp,
}

impl<'a> Desk<'a> {
    pub(super) fn new(fake: &'a Fake, shell: &'a Shell) -> Desk<'a> {
        Desk::with(fake, shell, look(), Start::Session, (100, 30))
    }

    pub(super) fn with(
        fake: &'a Fake,
        shell: &'a Shell,
        look: Look,
        start: Start,
        (width, height): (u16, u16),
    ) -> Desk<'a> {
        let app = App::new(fake, shell, look, Depth::True, false, start);
        let terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        Desk { app, terminal, now: Stamp::ZERO }
    }

    pub(super) fn pass(&mut self, time: Span) {
        self.now += time;
    }

    pub(super) fn event(&mut self, event: Event) {
        self.app.refresh(self.now);
        self.app.event(UiEvent::Input(event), self.now);
    }

    pub(super) fn press(&mut self, code: KeyCode, modifiers: KeyModifiers) {
        self.event(Event::Key(KeyEvent::new(code, modifiers)));
    }

    pub(super) fn code(&mut self, code: KeyCode) {
        self.press(code, KeyModifiers::NONE);
    }

    pub(super) fn keys(&mut self, text: &str) {
        for c in text.chars() {
            self.code(KeyCode::Char(c));
        }
    }

    /// The prefix and a key.
    pub(super) fn prefix(&mut self, c: char) {
        self.code(KeyCode::F(9));
        self.code(KeyCode::Char(c));
    }

    pub(super) fn draw(&mut self) -> &Buffer {
        self.app.refresh(self.now);
        let (app, now) = (&mut self.app, self.now);
        self.terminal.draw(|frame| draw::draw(app, frame.buffer_mut(), now)).unwrap();
        self.app.was_drawn(now);
        self.terminal.backend().buffer()
    }

    /// The rows of the picture.
    pub(super) fn rows(&mut self) -> Vec<String> {
        let buffer = self.draw();
        let width = usize::from(buffer.area.width).max(1);
        buffer
            .content
            .chunks(width)
            .map(|row| row.iter().map(ratatui::buffer::Cell::symbol).collect())
            .collect()
    }

    pub(super) fn text(&mut self) -> String {
        self.rows().join("\n")
    }

    /// Whether a text stands somewhere in the picture.
    #[track_caller]
    pub(super) fn sees(&mut self, wanted: &str) {
        let text = self.text();
        assert!(text.contains(wanted), "no {wanted:?} in\n{text}");
    }

    #[track_caller]
    pub(super) fn sees_no(&mut self, unwanted: &str) {
        let text = self.text();
        assert!(!text.contains(unwanted), "{unwanted:?} in\n{text}");
    }
}
