//! Pictures of lines: the same every time, whole at any size, and of anything.

use super::*;
use crate::line::{Edge, Level, LineFormat, Parity, Polarity, StopBits};
use crate::petscii::GlyphTier;
use crate::time::Stamp;
use crate::wave::scope::Piece;

/// A small generator of numbers (splitmix64), so that a failure can be repeated from its seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
}

/// Any line: any rate and frame, stretches with gaps, pulses of any length, a level that may be unknown.
fn any_line(random: &mut Random) -> Line {
    let parities = [Parity::None, Parity::Odd, Parity::Even, Parity::Mark, Parity::Space];
    let stops = [StopBits::One, StopBits::OneAndHalf, StopBits::Two];
    let format = LineFormat {
        baud: [1, 300, 9600, 4_000_000][random.below(4) as usize],
        data_bits: 5 + random.below(5) as u8,
        parity: parities[random.below(5) as usize],
        stop: stops[random.below(3) as usize],
        ..LineFormat::new(300)
    };
    let bit = 1_000_000_000 / u64::from(format.baud);
    let mut at = random.below(1 << 40);
    let mut pieces = Vec::new();
    for _ in 0..random.below(4) {
        let start = at;
        let mut level = if random.below(2) == 0 { Level::High } else { Level::Low };
        let known = (random.below(4) > 0).then_some(level);
        let mut edges = Vec::new();
        for _ in 0..random.below(60) {
            at += 1 + match random.below(4) {
                0 => random.below(bit / 4 + 1),
                1 => bit * (1 + random.below(9)),
                2 => bit + random.below(bit + 1),
                _ => random.below(40 * bit),
            };
            level = if level == Level::High { Level::Low } else { Level::High };
            edges.push(Edge { at: Stamp(at), level });
        }
        at += random.below(30 * bit);
        pieces.push(Piece { start: Stamp(start), level: known, edges, end: Stamp(at) });
        at += 1 + random.below(100 * bit);
    }
    let polarity = [Polarity::IdleHigh, Polarity::IdleLow][random.below(2) as usize];
    match random.below(2) {
        0 => Line::new("any", LineFormat { rx: polarity, ..format }, pieces),
        _ => Line::of_unknown_polarity("any", format, pieces),
    }
}

#[test]
fn any_line_at_any_zoom_and_size_is_a_page_of_that_width_and_a_bounded_drawing() {
    for seed in 0..60 {
        let mut random = Random(seed);
        let lines: Vec<Line> = (0..random.below(3)).map(|_| any_line(&mut random)).collect();
        let end = lines.iter().filter_map(Line::extent).map(|(_, to)| to.0).max().unwrap_or(1);
        for _ in 0..6 {
            let from = random.below(end.saturating_mul(2).max(1)) as i64 - random.below(end) as i64 / 2;
            let span = 1u64 << random.below(64);
            let scope = Scope { lines: &lines, view: View::new(from, span), clock: random.next() as i64 };
            let width = [0, 1, 2, 9, 39, 40, 41, 79, 80, 200][random.below(10) as usize];
            let tier = [GlyphTier::Unicode, GlyphTier::Box, GlyphTier::Ascii][random.below(3) as usize];
            let options = PageOptions {
                width,
                tier,
                wrong: random.below(2) == 0,
                legend: true,
                cursors: [Some(from), Some(from.saturating_add_unsigned(span / 3))],
            };
            let made = page(&scope, &options);
            assert!(made.rows.iter().all(|row| row.len() == width.max(1)), "seed {seed}, width {width}");
            let rows = 40 + 60 * lines.len();
            assert!(made.rows.len() <= rows || width < 40, "seed {seed}: {} rows", made.rows.len());
            if tier == GlyphTier::Ascii {
                assert!(made.text().is_ascii(), "seed {seed}: {}", made.text());
            }
            let drawing = figure(&scope);
            assert!(drawing.shapes.len() < 200_000, "seed {seed}: {} shapes", drawing.shapes.len());
            let outside = |x: f64| !(-1.0..=drawing.width + 1.0).contains(&x);
            for shape in &drawing.shapes {
                if let Shape::Rect { at: [x, _, w, _], .. } = shape {
                    assert!(!outside(*x) && !outside(x + w), "seed {seed}: {shape:?}");
                }
            }
            if let Some(line) = lines.first() {
                let eye = eye_page(line, &scope.view, width, tier);
                assert!(eye.rows.iter().all(|row| row.len() == width.max(1)), "seed {seed}");
            }
        }
    }
}

#[test]
fn any_drawing_is_well_formed_and_can_be_painted() {
    for seed in 1000..1012 {
        let mut random = Random(seed);
        let lines = [any_line(&mut random), any_line(&mut random)];
        let view = Window::default().of_figure(&lines);
        let drawing = figure(&Scope { lines: &lines, view, clock: 0 });
        let text = figure_svg(&drawing);
        let mut open = Vec::new();
        for tag in text.split('<').skip(1) {
            let (tag, rest) = tag.split_once('>').unwrap();
            assert!(!rest.contains('>'), "seed {seed}: {rest}");
            let name = tag.split([' ', '/']).find(|part| !part.is_empty()).unwrap();
            if tag.starts_with('/') {
                assert_eq!(open.pop(), Some(name), "seed {seed}");
            } else if !tag.ends_with('/') {
                open.push(name);
            }
        }
        assert!(open.is_empty(), "seed {seed}: {open:?}");
        assert!(!text.contains("NaN") && !text.contains("inf"), "seed {seed}");
        assert_eq!(text, figure_svg(&drawing));
        let picture = figure_picture(&drawing);
        assert_eq!(picture.width(), (drawing.width * 2.0) as u32, "seed {seed}");
    }
}

#[test]
fn a_slot_begins_in_the_column_of_its_edge() {
    let format = LineFormat::new(300);
    let mut uart = crate::line::uart::Encoder::new(&format);
    uart.send(0x55, Stamp(100_000_000));
    let edges: Vec<Edge> = std::iter::from_fn(|| uart.poll()).collect();
    let end = uart.idle_at() + crate::time::Span(50_000_000);
    let lines = [Line::new("x", format, vec![Piece::of_edges(Some(Level::High), Stamp(0), edges, end)])];
    for width in 70..140 {
        let view = Window::default().of_page(&lines, width);
        let options =
            PageOptions { width, tier: GlyphTier::Unicode, wrong: false, legend: false, cursors: [None; 2] };
        let made = page(&Scope { lines: &lines, view, clock: 0 }, &options);
        let start = made.starts[0];
        let columns = |row: usize, wanted: &[char]| -> Vec<usize> {
            let row = &made.rows[row];
            (0..row.len()).filter(|at| wanted.contains(&row[*at].c)).collect()
        };
        let edges = columns(start + 1, &['┌', '┐']);
        let walls = columns(start + 3, &['│']);
        assert_eq!(edges.len(), 10, "width {width}\n{}", made.text());
        assert_eq!(walls[..10], edges[..], "width {width}\n{}", made.text());
    }
}

#[test]
fn hostile_names_stay_text() {
    let lines = [Line::new("<a>&\u{1b}]0;x\u{7}", LineFormat::new(300), Vec::new())];
    let scope = Scope { lines: &lines, view: View::new(0, 1_000_000_000), clock: 0 };
    let text = figure_svg(&figure(&scope));
    assert!(text.contains("&lt;a&gt;&amp;?]0;x?") && !text.contains('\u{1b}'));
    let options =
        PageOptions { width: 80, tier: GlyphTier::Unicode, wrong: true, legend: true, cursors: [None; 2] };
    let page = page(&scope, &options).text();
    assert!(page.contains("<a>&?]0;x?") && !page.contains('\u{1b}'), "{page:?}");
}
