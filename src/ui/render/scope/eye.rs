//! The eye: every bit of the window laid over one another, and where the edges lie.

use super::page::{Ink, Maker, Page};
use super::words::{shorter, wrapped};
use crate::petscii::GlyphTier;
use crate::wave::scope::{Line, View};

/// Rows of the histogram.
const ROWS: u32 = 5;

/// Draws a line's eye, and below it the histogram of its edges and what that comes to.
pub fn eye_page(line: &Line, view: &View, width: usize, tier: GlyphTier) -> Page {
    let width = width.max(1);
    // Odd, so that there is a middle; two bits wide, so that the opening is whole.
    let bins = (width.saturating_sub(8).clamp(5, 121) - 1) | 1;
    let eye = line.eye(view.from, view.to(), bins);
    let mut maker = Maker::new(width, if width > 20 { 6 } else { 0 }, tier);
    maker.text(&format!("eye of {}: {} edges laid over one another", line.name, eye.edges), Ink::Strong);
    if eye.edges == 0 {
        maker.text("no frame without error has an edge here; show more of the line", Ink::Text);
        return maker.finish();
    }
    // A bit from middle to middle has its edges in the middle of the picture.
    let most = eye.offsets.iter().copied().max().unwrap_or(1).max(1);
    let crossing: Vec<bool> = eye.offsets.iter().map(|count| *count > 0).collect();
    let first = crossing.iter().position(|edge| *edge).unwrap_or(0);
    let last = crossing.iter().rposition(|edge| *edge).unwrap_or(0);
    for row in 0..3 {
        maker.row(["+5 V", "", "0 V"][row]);
        let text: String = (0..bins)
            .map(|bin| match (row, crossing.get(bin).copied().unwrap_or(false)) {
                (0 | 2, true) => '▒',
                (0 | 2, false) => '─',
                (_, true) => '╳',
                (_, false) if bin > first && bin < last => '·',
                _ => ' ',
            })
            .collect();
        maker.put(0, &text, Ink::Signal);
    }
    maker.row("edges");
    for level in (0..ROWS).rev() {
        let text: String = eye.offsets.iter().map(|count| bar(*count, most, level)).collect();
        maker.put(0, &text, Ink::Right);
        if level > 0 {
            maker.row("");
        }
    }
    maker.row("");
    maker.put(0, "early", Ink::Faint);
    maker.put(bins as i64 / 2, "0", Ink::Faint);
    maker.put(bins as i64 - 4, "late", Ink::Faint);
    maker.row("");
    maker.put(0, "-0.5 bit", Ink::Faint);
    maker.put(bins as i64 - 8, "+0.5 bit", Ink::Faint);
    let bits = |value: f64| {
        let text = format!("{value:+.3}");
        if text == "-0.000" { "+0.000".to_owned() } else { text }
    };
    let mut parts = vec![
        format!("open for {} bit", shorter(&format!("{:.3}", eye.opening))),
        format!("mean {} bit", bits(eye.mean)),
        format!("jitter {} bit rms", shorter(&format!("{:.3}", eye.jitter))),
    ];
    if let (Some(mark), Some(space)) = (eye.to_mark, eye.to_space) {
        parts.push(format!("edges to mark {}", bits(mark)));
        parts.push(format!("to space {}", bits(space)));
    }
    for row in wrapped("", &parts, width) {
        maker.text(&row, Ink::Text);
    }
    let slant: Vec<String> = eye
        .by_bit
        .iter()
        .enumerate()
        .filter_map(|(boundary, offset)| offset.map(|offset| format!("{boundary}: {}", bits(offset))))
        .collect();
    for row in wrapped("mean at bit", &slant, width) {
        maker.text(&row, Ink::Text);
    }
    maker.finish()
}

/// What row `level` of a histogram shows for a count; any count that is not nothing shows.
fn bar(count: u32, most: u32, level: u32) -> char {
    const PARTS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let eighths = (u64::from(count) * u64::from(ROWS) * 8).div_ceil(u64::from(most)) as i64;
    let here = (eighths - i64::from(level) * 8).clamp(0, 8);
    PARTS.get(here as usize).copied().unwrap_or('█')
}
