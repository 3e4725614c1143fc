//! The scope: ruler, lines, a map of the whole, and what the cursors measure.

use ratatui::layout::Rect;

use super::super::bench::{Bench, KEYS};
use super::super::canvas::{Canvas, inside, middle};
use crate::petscii::GlyphTier;
use crate::ui::hygiene::clip;
use crate::ui::render::scope::{Glyph, Ink, Page, PageOptions, Scope, eye_page, page};
use crate::ui::theme::{Paint, Rgb, Role, furniture};
use crate::wave::scope::{MapPart, View, signed};

/// The right reading is blue and the wrong one orange, on every theme.
const RIGHT: Rgb = Rgb(0x56, 0xB4, 0xE9);
const WRONG: Rgb = Rgb(0xE6, 0x9F, 0x00);

/// Draws the bench over everything; `more` is said below where the bench has nothing to say.
pub(in crate::ui::tui) fn draw(canvas: &mut Canvas<'_>, bench: &mut Bench, more: &str) {
    let area = canvas.area();
    canvas.clear(area);
    let tier = canvas.manner.tier;
    let width = usize::from(area.width);
    let view = bench.view(width);
    let below = match area.height {
        0..=5 => 0,
        6..=11 => 1,
        _ => 3,
    };
    let plot = Rect { height: area.height - below, ..area };
    if bench.eye {
        if let Some(line) = bench.line() {
            rows(canvas, plot, &eye_page(line, &bench.eye_view(), width, tier).rows);
        }
    } else {
        let options = PageOptions { width, tier, wrong: bench.wrong, legend: true, cursors: bench.cursors };
        let scope = Scope { lines: &bench.lines, view, clock: bench.clock };
        let whole = page(&scope, &options);
        // Where room is short the lines themselves go before what is said of them.
        let fits = |page: &Page| page.rows.len() <= usize::from(plot.height);
        let bare =
            (!fits(&whole)).then(|| page(&scope, &PageOptions { legend: false, ..options })).filter(fits);
        lines(canvas, plot, &bare.unwrap_or(whole), bench.selected);
    }
    if bench.lines.is_empty() {
        canvas.text(plot.x, plot.y, plot.width, "nothing is known of the wire yet", Role::Text);
    }
    if below == 3 {
        map(canvas, Rect { y: plot.bottom(), height: 1, ..area }, bench, &view);
        let text = bench.measured().join("  ");
        canvas.text(area.x, plot.bottom() + 1, area.width, &clip(&text, width), Role::Strong);
    }
    if below > 0 {
        bottom(canvas, Rect { y: area.bottom() - 1, height: 1, ..area }, bench, more);
    }
    if let Some(first) = &mut bench.help {
        help(canvas, first);
    }
}

/// The ruler, and the lines from the first that lets the chosen one show as a whole.
fn lines(canvas: &mut Canvas<'_>, area: Rect, page: &Page, selected: usize) {
    let height = usize::from(area.height);
    let ruler = page.starts.first().copied().unwrap_or(0);
    if page.rows.len() <= height || height <= ruler + 1 {
        return rows(canvas, area, &page.rows);
    }
    let end = page.starts.get(selected + 1).copied().unwrap_or(page.rows.len());
    let start = page.starts.get(selected).copied().unwrap_or(ruler);
    let room = height - ruler;
    let first =
        if end - ruler <= room { ruler } else { start.min(page.rows.len().saturating_sub(room)).max(ruler) };
    let shown: Vec<Vec<Glyph>> =
        page.rows.iter().take(ruler).chain(page.rows.iter().skip(first).take(room)).cloned().collect();
    rows(canvas, area, &shown);
}

fn rows(canvas: &mut Canvas<'_>, area: Rect, rows: &[Vec<Glyph>]) {
    for (y, row) in (area.top()..area.bottom()).zip(rows) {
        for (x, glyph) in (area.left()..area.right()).zip(row) {
            let paint = paint(canvas, glyph.ink);
            canvas.cell(x, y, glyph.c, paint);
        }
    }
}

fn paint(canvas: &Canvas<'_>, ink: Ink) -> Paint {
    let theme = canvas.manner.theme;
    let coloured = |fg| Paint { fg, ..furniture(theme, Role::Text) };
    match ink {
        Ink::Text => furniture(theme, Role::Text),
        Ink::Faint => furniture(theme, Role::Faint),
        Ink::Strong => furniture(theme, Role::Strong),
        Ink::Signal => furniture(theme, Role::Text),
        Ink::Right => coloured(RIGHT),
        Ink::Wrong => coloured(WRONG),
        Ink::Bad => Paint { reverse: true, bold: true, ..coloured(WRONG) },
        Ink::Cursor => furniture(theme, Role::Match),
    }
}

/// The chosen line as a whole, with the window marked.
fn map(canvas: &mut Canvas<'_>, area: Rect, bench: &Bench, view: &View) {
    let Some(line) = bench.line() else { return };
    let Some((from, to)) = line.extent().map(|(from, to)| (signed(from), signed(to))) else { return };
    let width = usize::from(area.width);
    let parts = line.map(from, to, width);
    let length = to.saturating_sub(from).max(1) as f64;
    let column =
        |at: i64| (at.saturating_sub(from) as f64 / length * width as f64).clamp(0.0, width as f64 - 1.0);
    let (first, last) = (column(view.from) as usize, column(view.to()) as usize);
    let ascii = canvas.manner.tier == GlyphTier::Ascii;
    for (at, part) in parts.iter().enumerate() {
        let (c, mut paint) = match part {
            MapPart::Rest => (if ascii { '-' } else { '─' }, furniture(canvas.manner.theme, Role::Faint)),
            MapPart::Busy => (if ascii { '=' } else { '▄' }, paint(canvas, Ink::Right)),
            MapPart::Bad => ('X', paint(canvas, Ink::Bad)),
        };
        let mut c = c;
        if (first..=last).contains(&at) {
            paint.reverse = !paint.reverse;
            if at == first {
                c = '[';
            } else if at == last {
                c = ']';
            }
        }
        canvas.cell(area.x + at as u16, area.y, c, paint);
    }
}

fn bottom(canvas: &mut Canvas<'_>, area: Rect, bench: &Bench, more: &str) {
    let width = usize::from(area.width);
    if let Some(field) = &bench.search {
        let head = "search: ";
        let x = canvas.text(area.x, area.y, area.width, head, Role::Selected);
        let room = area.right().saturating_sub(x);
        let (text, cursor) = field.window(usize::from(room));
        canvas.bar(x, area.y, room, &text, Role::Strong);
        let under = text.chars().nth(cursor).unwrap_or(' ');
        if (cursor as u16) < room {
            canvas.text(x + cursor as u16, area.y, 1, under.encode_utf8(&mut [0; 4]), Role::Selected);
        }
        return;
    }
    let keys = match bench.live {
        Some(true) => "HELD  Space follows  ? keys  Esc back",
        Some(false) => "live  Space holds  +- zoom  ? keys  Esc back",
        None => "arrows +- move, zoom  z frame  n p errors  a b cursors  / search  e eye  ? keys  q ends",
    };
    let text = match (&bench.said, more) {
        (Some(said), _) => said.clone(),
        (None, "") => keys.to_owned(),
        (None, more) => format!("{keys}  {more}"),
    };
    canvas.bar(area.x, area.y, area.width, &clip(&text, width), Role::Selected);
}

fn help(canvas: &mut Canvas<'_>, first: &mut usize) {
    let frame = middle(canvas.area(), 76, KEYS.len() as u16 + 3);
    canvas.clear(frame);
    canvas.frame(frame, "keys of the scope", Role::Text);
    let room = inside(frame);
    let shown = usize::from(room.height.saturating_sub(1)).max(1);
    *first = (*first).min(KEYS.len().saturating_sub(shown));
    for (y, (key, meaning)) in (room.y..room.bottom()).zip(KEYS.iter().skip(*first).take(shown)) {
        let text = format!(" {key:<10} {meaning}");
        canvas.text(room.x, y, room.width, &clip(&text, usize::from(room.width)), Role::Text);
    }
    if room.height > 1 {
        canvas.text(room.x, room.bottom() - 1, room.width, " any other key goes back", Role::Faint);
    }
}
