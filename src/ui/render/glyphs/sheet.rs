//! Reads the sheets of drawings in `assets/glyphs/`.
//!
//! A sheet is bands, parted by empty lines; a line that begins with `# ` is a remark. A band is a line of
//! labels and eight rows of up to eight drawings side by side. A label is the character's code point in
//! hexadecimal and, for people, the character; it begins above its drawing. A drawing is eight columns wide,
//! `#` lit and `.` dark, and one blank parts it from the next.

use super::{Bitmap, SIZE};

/// Columns from one drawing to the next.
const PITCH: usize = SIZE + 1;

/// The drawings of a sheet. What is not well formed is left out; a test says where.
pub(super) fn drawings(sheet: &str) -> Vec<(char, Bitmap)> {
    let mut found = Vec::new();
    let mut lines = sheet.lines().filter(|line| !line.starts_with("# "));
    while let Some(labels) = lines.next() {
        if labels.is_empty() {
            continue;
        }
        let rows: Vec<&str> = lines.by_ref().take(SIZE).collect();
        let labels: Vec<char> = labels.chars().collect();
        for (place, label) in labels.chunks(PITCH).enumerate() {
            let label: String = label.iter().collect();
            let code = label.split(' ').next().and_then(|code| u32::from_str_radix(code, 16).ok());
            if let (Some(c), Some(bitmap)) = (code.and_then(char::from_u32), drawing(&rows, place)) {
                found.push((c, bitmap));
            }
        }
    }
    found
}

/// The drawing at a place of a band, counted from the left.
fn drawing(rows: &[&str], place: usize) -> Option<Bitmap> {
    let mut bitmap = Bitmap::BLANK;
    for (y, bits) in bitmap.0.iter_mut().enumerate() {
        let row = rows.get(y)?.get(place * PITCH..place * PITCH + SIZE)?;
        for pixel in row.chars() {
            *bits = *bits << 1
                | match pixel {
                    '#' => 1,
                    '.' => 0,
                    _ => return None,
                };
        }
    }
    Some(bitmap)
}
