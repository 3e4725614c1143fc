//! The scope's bench: lines, the window on them, cursors, and what the keys do.
//!
//! It knows nothing of a terminal or a session: lines come in, whole, as often as they change; keys come in;
//! [`draw`](super::draw) looks at it. The window is kept as a moment and a number of columns to a bit, so that
//! another terminal size shows more or less of the same scale.

use super::field::Field;
use crate::line::Polarity;
use crate::petscii::keyboard::{Key, KeyCode};
use crate::ui::render::scope::{Scope, Window, page_columns, span_text};
use crate::wave::scope::{Line, Query, Reader, View, bit_nanos, signed};

/// Columns to a bit, at least and at most.
const LEAST: f64 = 1e-7;
const MOST: f64 = 1e4;

/// Every key and what it does, for the help.
pub(super) const KEYS: &[(&str, &str)] = &[
    ("Left Right", "move by an eighth of the window"),
    ("PgUp PgDn", "move by a window"),
    ("Home End", "to the begin, to the end"),
    ("+ -", "zoom in, zoom out"),
    ("0", "the whole recording"),
    ("z", "zoom to the frame in the middle, or at the cursor"),
    ("f F", "next frame, frame before"),
    ("n p", "next error, error before"),
    ("/ r", "search text or bytes ($0D 0A); repeat the search"),
    ("Up Down", "choose the line"),
    ("a b", "set cursor A or B at the nearest edge; the keys below move it"),
    (", .", "the cursor to the edge before, to the next edge"),
    ("< >", "the cursor by a column"),
    ("c", "take the cursors away"),
    ("w", "hide or show what a receiver of the other polarity reads"),
    ("e", "the eye: all bits, or those between the cursors, over one another"),
    ("Space", "live: hold the picture, follow the line again"),
    ("?", "this list"),
    ("q Esc", "end"),
];

/// What the front end is to do after a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// Nothing but to draw again.
    Done,
    /// Put the scope away.
    Close,
}

/// The bench.
#[derive(Debug)]
pub(super) struct Bench {
    pub(super) lines: Vec<Line>,
    /// Added to a moment where a time is told.
    pub(super) clock: i64,
    /// The begin of the window, and columns to a bit; `None` until the width is known.
    place: Option<(i64, f64)>,
    window: Window,
    pub(super) selected: usize,
    pub(super) cursors: [Option<i64>; 2],
    active: usize,
    pub(super) eye: bool,
    pub(super) wrong: bool,
    /// The first line of the help that shows.
    pub(super) help: Option<usize>,
    pub(super) search: Option<Field>,
    query: Option<(String, Query)>,
    /// What to say of the last key.
    pub(super) said: Option<String>,
    /// Lines that go on: whether the picture is held.
    pub(super) live: Option<bool>,
    /// The width that was drawn last.
    width: usize,
}

impl Bench {
    /// A bench with a recording.
    pub(super) fn new(lines: Vec<Line>, clock: i64, window: Window) -> Bench {
        Bench {
            lines,
            clock,
            place: None,
            window,
            selected: 0,
            cursors: [None; 2],
            active: 0,
            eye: false,
            wrong: true,
            help: None,
            search: None,
            query: None,
            said: None,
            live: None,
            width: 80,
        }
    }

    /// A bench for lines that go on.
    pub(super) fn live() -> Bench {
        // What is heard is what one looks for.
        Bench { live: Some(false), selected: 1, ..Bench::new(Vec::new(), 0, Window::default()) }
    }

    /// Whether new lines are wanted.
    pub(super) fn follows(&self) -> bool {
        self.live == Some(false)
    }

    /// The lines as they are now. The window moves to what was sent last.
    pub(super) fn update(&mut self, lines: Vec<Line>, clock: i64) {
        if !self.follows() {
            return;
        }
        (self.lines, self.clock) = (lines, clock);
        self.catch_up();
    }

    /// Moves the window to what was sent last.
    fn catch_up(&mut self) {
        let (Some((_, a_bit)), Some(last)) = (self.place, self.last()) else { return };
        let span = self.span(a_bit);
        let rest = (2.0 * self.bit()) as u64;
        self.place = Some((last.saturating_sub_unsigned(span.saturating_sub(rest.min(span))), a_bit));
    }

    /// The end of what was sent last on any line.
    fn last(&self) -> Option<i64> {
        let end = |line: &Line| {
            let frame = line.frames(Reader::Right).iter().rev().find(|frame| !frame.is_break);
            frame.map(|frame| signed(frame.end)).or_else(|| line.next_edge(i64::MAX, false))
        };
        self.lines.iter().filter_map(end).max()
    }

    fn bit(&self) -> f64 {
        self.lines.first().map_or(1e6, |line| bit_nanos(&line.format))
    }

    fn span(&self, a_bit: f64) -> u64 {
        (page_columns(self.width) as f64 / a_bit * self.bit()).round().clamp(1.0, 1e18) as u64
    }

    /// The window on a picture of this width. Edges at bit times lie in the middle of a column.
    pub(super) fn view(&mut self, width: usize) -> View {
        self.width = width.max(1);
        let (from, a_bit) = self.place();
        let view = View::new(from, self.span(a_bit));
        let column = view.span as f64 / page_columns(self.width) as f64;
        let zero = Scope { lines: &self.lines, view, clock: 0 }.zero();
        if zero == view.from || column < 2.0 {
            return view;
        }
        let off = ((zero - view.from) as f64 / column).fract() - 0.5;
        view.moved((off * column).round() as i64)
    }

    fn place(&mut self) -> (i64, f64) {
        if let Some(place) = self.place {
            return place;
        }
        let view = self.window.of_page(&self.lines, self.width);
        let a_bit = page_columns(self.width) as f64 * self.bit() / view.span as f64;
        let place = (view.from, a_bit.clamp(LEAST, MOST));
        // Lines that go on may not have begun.
        if !self.lines.is_empty() {
            self.place = Some(place);
            if self.follows() {
                self.catch_up();
            }
        }
        self.place.unwrap_or(place)
    }

    fn shown(&mut self) -> View {
        let width = self.width;
        self.view(width)
    }

    /// The whole of what is held.
    pub(super) fn extent(&self) -> Option<(i64, i64)> {
        let extents = self.lines.iter().filter_map(Line::extent);
        extents.map(|(from, to)| (signed(from), signed(to))).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
    }

    /// What the eye is made of: the time between the cursors, or everything.
    pub(super) fn eye_view(&self) -> View {
        let (from, to) = match self.cursors {
            [Some(a), Some(b)] if a != b => (a.min(b), a.max(b)),
            _ => self.extent().unwrap_or((0, 1)),
        };
        View::new(from, to.abs_diff(from))
    }

    /// The chosen line.
    pub(super) fn line(&self) -> Option<&Line> {
        self.lines.get(self.selected)
    }

    /// Takes a key.
    pub(super) fn key(&mut self, key: Key) -> Reply {
        self.said = None;
        if self.search.is_some() {
            self.search_key(key);
            return Reply::Done;
        }
        if let Some(first) = &mut self.help {
            match key.code {
                KeyCode::Up => *first = first.saturating_sub(1),
                KeyCode::Down => *first += 1,
                KeyCode::PageUp => *first = first.saturating_sub(10),
                KeyCode::PageDown => *first += 10,
                _ => self.help = None,
            }
            return Reply::Done;
        }
        if moves(key.code) && self.live.is_some() {
            // Whoever looks around wants the picture to stay.
            self.live = Some(true);
        }
        match key.code {
            KeyCode::Char('q' | 'Q') => return Reply::Close,
            KeyCode::Escape if self.eye => self.eye = false,
            KeyCode::Escape => return Reply::Close,
            KeyCode::Char('?') => self.help = Some(0),
            KeyCode::Char('e' | 'E') => self.eye = !self.eye,
            KeyCode::Char('w' | 'W') => self.wrong = !self.wrong,
            KeyCode::Char('/') => {
                let last = self.query.as_ref().map_or("", |(text, _)| text);
                self.search = Some(Field::with(last));
            }
            KeyCode::Char('r' | 'R') => self.find(),
            KeyCode::Char(' ') => match self.live {
                Some(held) => self.live = Some(!held),
                None => self.said = Some("a recording stands still already".to_owned()),
            },
            KeyCode::Up => self.selected = self.selected.saturating_sub(1),
            KeyCode::Down => self.selected = (self.selected + 1).min(self.lines.len().saturating_sub(1)),
            code if self.cursor_key(code) => {}
            code => self.look_around(code),
        }
        Reply::Done
    }

    fn look_around(&mut self, code: KeyCode) {
        let view = self.shown();
        let window = view.span as i64;
        match code {
            KeyCode::Left => self.pan(view, -(window / 8)),
            KeyCode::Right => self.pan(view, window / 8),
            KeyCode::PageUp => self.pan(view, -window),
            KeyCode::PageDown => self.pan(view, window),
            KeyCode::Home => self.show(self.extent().map(|(from, _)| from)),
            KeyCode::End => self.show(self.extent().map(|(_, to)| to.saturating_sub(window * 9 / 10))),
            KeyCode::Char('+' | '=') => self.zoom(2.0),
            KeyCode::Char('-') => self.zoom(0.5),
            KeyCode::Char('0') => {
                if let Some((from, to)) = self.extent() {
                    let bits = (to.saturating_sub(from)).max(1) as f64 / self.bit();
                    let a_bit = (page_columns(self.width) as f64 / bits).clamp(LEAST, MOST);
                    self.place = Some((from, a_bit));
                }
            }
            KeyCode::Char('z') => self.zoom_to_frame(view),
            KeyCode::Char('f') => self.step_frame(view, true),
            KeyCode::Char('F') => self.step_frame(view, false),
            KeyCode::Char('n') => self.step_error(view, true),
            KeyCode::Char('p') => self.step_error(view, false),
            _ => {}
        }
    }

    /// Moves the window, but not away from everything that is held.
    fn pan(&mut self, view: View, by: i64) {
        let (_, a_bit) = self.place();
        let from = view.from.saturating_add(by);
        let (least, most) = self.extent().unwrap_or((0, 0));
        let half = view.span as i64 / 2;
        let from =
            from.clamp(least.saturating_sub(half), most.saturating_sub(half).max(least.saturating_sub(half)));
        self.place = Some((from, a_bit));
    }

    fn show(&mut self, from: Option<i64>) {
        let (_, a_bit) = self.place();
        if let Some(from) = from {
            self.place = Some((from, a_bit));
        }
    }

    fn zoom(&mut self, factor: f64) {
        // Not the window as it is drawn, which is moved by a part of a column.
        let (from, a_bit) = self.place();
        let view = View::new(from, self.span(a_bit));
        let wanted = (a_bit * factor).clamp(LEAST, MOST);
        let around = self.cursors[self.active.min(1)]
            .filter(|at| (view.from..view.to()).contains(at))
            .unwrap_or_else(|| view.from.saturating_add_unsigned(view.span / 2));
        let next = view.zoomed(a_bit / wanted, around);
        self.place = Some((next.from, wanted));
    }

    /// Where a key that goes from place to place counts from: the cursor, or the begin of the frame that shows first.
    fn here(&self, view: View) -> i64 {
        let cursor = self.cursors[self.active.min(1)].filter(|at| (view.from..view.to()).contains(at));
        cursor.unwrap_or_else(|| {
            Scope { lines: self.lines.get(self.selected..).unwrap_or_default(), view, clock: 0 }.zero()
        })
    }

    /// Shows a frame two bits from the begin of the window, and puts the cursor on it if there is one.
    fn go(&mut self, at: Option<i64>, what: &str) {
        let Some(at) = at else {
            self.said = Some(format!("there is no {what} that way"));
            return;
        };
        let (_, a_bit) = self.place();
        self.place = Some((at.saturating_sub((2.0 * self.bit()) as i64), a_bit));
        let active = self.active.min(1);
        if self.cursors[active].is_some() {
            self.cursors[active] = Some(at);
        }
    }

    fn step_frame(&mut self, view: View, forward: bool) {
        let here = self.here(view);
        let next = self.line().and_then(|line| line.next_frame(here, forward)).map(|f| signed(f.start));
        self.go(next, "frame");
    }

    fn step_error(&mut self, view: View, forward: bool) {
        let here = self.here(view);
        let next = self.line().and_then(|line| line.next_error(here, forward)).map(|f| signed(f.start));
        self.go(next, "error");
    }

    fn find(&mut self) {
        let view = self.shown();
        let here = self.here(view);
        let Some((text, query)) = self.query.clone() else {
            self.said = Some("nothing was searched for; / asks".to_owned());
            return;
        };
        let hit = |from| self.line().and_then(|line| line.find(&query, from, true)).map(|f| signed(f.start));
        // From the begin again after the end.
        let found = hit(here).or_else(|| hit(i64::MIN));
        match found {
            Some(at) => {
                self.said = Some(if at <= here { "found, from the begin again" } else { "found" }.to_owned());
                self.go(Some(at), "");
            }
            None => self.said = Some(format!("'{text}' is not on this line")),
        }
    }

    fn search_key(&mut self, key: Key) {
        let Some(field) = &mut self.search else { return };
        match key.code {
            KeyCode::Escape => self.search = None,
            KeyCode::Enter => {
                let text = field.text();
                self.search = None;
                if let Some(query) = Query::parse(&text) {
                    self.query = Some((text, query));
                    self.find();
                }
            }
            _ => field.key(key),
        }
    }

    /// A paste goes where text is asked for.
    pub(super) fn paste(&mut self, text: &str) {
        if let Some(field) = &mut self.search {
            field.insert(text);
        }
    }

    fn zoom_to_frame(&mut self, view: View) {
        let middle = view.from.saturating_add_unsigned(view.span / 2);
        let here = self.cursors[self.active.min(1)]
            .filter(|at| (view.from..view.to()).contains(at))
            .unwrap_or(middle);
        let Some(line) = self.line() else { return };
        let frame = line
            .frames_between(Reader::Right, here, here.saturating_add(1))
            .first()
            .or_else(|| line.next_frame(here, false))
            .or_else(|| line.next_frame(here, true));
        let Some(frame) = frame else {
            self.said = Some("there is no frame on this line".to_owned());
            return;
        };
        let (start, end) = (signed(frame.start), signed(frame.end));
        let bits = (end - start) as f64 / self.bit() + 4.0;
        let a_bit = page_columns(self.width) as f64 / bits;
        let a_bit = if a_bit >= 1.0 { a_bit.floor() } else { a_bit };
        self.place = Some((start.saturating_sub((2.0 * self.bit()) as i64), a_bit.clamp(LEAST, MOST)));
    }

    fn cursor_key(&mut self, code: KeyCode) -> bool {
        let view = self.shown();
        let middle = view.from.saturating_add_unsigned(view.span / 2);
        let column = (view.span / page_columns(self.width) as u64).max(1) as i64;
        let active = self.active.min(1);
        let moved = |bench: &Bench, forward: bool| {
            let at = bench.cursors[active].unwrap_or(middle);
            bench.line().and_then(|line| line.next_edge(at, forward)).or(bench.cursors[active])
        };
        match code {
            KeyCode::Char(c @ ('a' | 'b' | 'A' | 'B')) => {
                self.active = usize::from(c.eq_ignore_ascii_case(&'b'));
                let near = self.line().and_then(|line| line.nearest_edge(middle, view.span / 2));
                self.cursors[self.active.min(1)] = Some(near.unwrap_or(middle));
                return true;
            }
            KeyCode::Char(',') => self.cursors[active] = moved(self, false),
            KeyCode::Char('.') => self.cursors[active] = moved(self, true),
            KeyCode::Char('<') => {
                self.cursors[active] = Some(self.cursors[active].unwrap_or(middle).saturating_sub(column));
            }
            KeyCode::Char('>') => {
                self.cursors[active] = Some(self.cursors[active].unwrap_or(middle).saturating_add(column));
            }
            KeyCode::Char('c' | 'C') => {
                self.cursors = [None; 2];
                return true;
            }
            _ => return false,
        }
        // A cursor that leaves the window takes it along.
        if let Some(at) = self.cursors[active] {
            let (_, a_bit) = self.place();
            self.place = Some((view.showing(at).from, a_bit));
        }
        true
    }

    /// What the cursors measure, shortest things first.
    pub(super) fn measured(&self) -> Vec<String> {
        let mut parts = Vec::new();
        for (name, at) in ["A", "B"].into_iter().zip(self.cursors) {
            if let Some(at) = at {
                let time = crate::ui::render::scope::time_text(at.saturating_add(self.clock));
                parts.push(format!("{name} {time}"));
            }
        }
        if let [Some(a), Some(b)] = self.cursors {
            let (from, to) = (a.min(b), a.max(b));
            let nanos = (to - from) as f64;
            parts.push(format!("dt {}", span_text(nanos)));
            parts.push(format!("{:.2} bit", nanos / self.bit()));
            if nanos > 0.0 {
                parts.push(format!("1/dt {:.1}", 1e9 / nanos));
            }
            let edges = self.line().map_or(0, |line| line.edge_count(from, to));
            parts.push(format!("{edges} {}", if edges == 1 { "edge" } else { "edges" }));
        }
        parts
    }

    /// Which way the session hears a line, if not as it rests.
    pub(super) fn misheard(&self, hears: Polarity) -> bool {
        self.lines.last().is_some_and(|line| line.format.rx != hears)
    }
}

/// Whether a key changes what part of time shows.
fn moves(code: KeyCode) -> bool {
    !matches!(code, KeyCode::Char('q' | 'Q' | '?' | 'e' | 'E' | 'w' | 'W' | ' ' | '+' | '=' | '-'))
        && !matches!(code, KeyCode::Up | KeyCode::Down | KeyCode::Escape)
}
