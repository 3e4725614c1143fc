//! A picture in pixels, what draws on it, and its PNG file.
//!
//! Pure: the same strokes always make the same picture and the same file. Drawing outside of the picture is
//! no error and costs nothing.

use std::collections::HashMap;

use super::glyphs::{SIZE, bitmap};
use crate::ui::theme::Rgb;

/// The longest side of a picture, in pixels.
pub const MOST_PIXELS: u32 = 8192;

/// Pixels, row by row from the upper left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    width: u32,
    height: u32,
    pixels: Vec<Rgb>,
}

impl Picture {
    /// A picture of one colour. A side is 1 to [`MOST_PIXELS`] long; others are taken to the nearest.
    pub fn new(width: u32, height: u32, ground: Rgb) -> Picture {
        let (width, height) = (width.clamp(1, MOST_PIXELS), height.clamp(1, MOST_PIXELS));
        Picture { width, height, pixels: vec![ground; width as usize * height as usize] }
    }

    /// Width in pixels.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// The colours, row by row from the upper left.
    pub fn pixels(&self) -> &[Rgb] {
        &self.pixels
    }

    /// The colour at a column and row from the upper left; `None` outside.
    pub fn get(&self, x: i32, y: i32) -> Option<Rgb> {
        self.index(x, y).and_then(|index| self.pixels.get(index)).copied()
    }

    /// Colours one pixel.
    pub fn set(&mut self, x: i32, y: i32, colour: Rgb) {
        if let Some(pixel) = self.index(x, y).and_then(|index| self.pixels.get_mut(index)) {
            *pixel = colour;
        }
    }

    /// Fills a rectangle of which the upper left pixel is at `x`, `y`.
    pub fn fill_rect(&mut self, x: i32, y: i32, width: u32, height: u32, colour: Rgb) {
        let (left, right) = span(x, width, self.width);
        let (top, bottom) = span(y, height, self.height);
        for row in self.pixels.chunks_mut(self.width as usize).take(bottom).skip(top) {
            if let Some(pixels) = row.get_mut(left..right) {
                pixels.fill(colour);
            }
        }
    }

    /// Draws a line between two pixels, both included, `thick` pixels across (at least one).
    pub fn line(&mut self, from: (i32, i32), to: (i32, i32), thick: u32, colour: Rgb) {
        let thick = thick.clamp(1, MOST_PIXELS);
        let before = (thick / 2) as i32;
        let flat = from.0.abs_diff(to.0) >= from.1.abs_diff(to.1);
        // Along the longer axis, so that there is no gap; only where that axis is inside the picture.
        let turn = |(x, y): (i32, i32)| if flat { (x, y) } else { (y, x) };
        let (mut start, mut end) = (turn(from), turn(to));
        if start.0 > end.0 {
            std::mem::swap(&mut start, &mut end);
        }
        let limit = if flat { self.width } else { self.height } as i32;
        // Wide enough for any two corners.
        let wide = |n: i32| i128::from(n);
        let (run, rise) = ((wide(end.0) - wide(start.0)).max(1), wide(end.1) - wide(start.1));
        for along in start.0.max(0)..=end.0.min(limit - 1) {
            let done = wide(along) - wide(start.0);
            // To the nearest pixel.
            let across = wide(start.1) + (2 * rise * done + run).div_euclid(2 * run);
            let Ok(across) = i32::try_from(across - wide(before)) else { continue };
            if flat {
                self.fill_rect(along, across, 1, thick, colour);
            } else {
                self.fill_rect(across, along, thick, 1, colour);
            }
        }
    }

    /// Draws a rectangle with rounded corners, filled; its edge is smoothed against what is there.
    pub fn fill_round_rect(&mut self, x: i32, y: i32, width: u32, height: u32, radius: u32, colour: Rgb) {
        self.round(x, y, (width, height), radius, |_, _| Some(colour));
    }

    /// Lays a picture on this one, its corners rounded off, its upper left corner at `x`, `y`.
    pub fn paste_round(&mut self, x: i32, y: i32, radius: u32, other: &Picture) {
        self.round(x, y, (other.width, other.height), radius, |col, row| other.get(col, row));
    }

    /// Fills a rounded rectangle with what `colour` says of a column and row in it.
    fn round(
        &mut self,
        x: i32,
        y: i32,
        (width, height): (u32, u32),
        radius: u32,
        colour: impl Fn(i32, i32) -> Option<Rgb>,
    ) {
        let (left, right) = span(x, width, self.width);
        let (top, bottom) = span(y, height, self.height);
        let (w, h) = (width as f32, height as f32);
        let radius = (radius as f32).min(w / 2.0).min(h / 2.0);
        // How far the middle of a pixel is beyond the middle of the nearer corner's circle.
        let beyond = |at: i32, side: f32| {
            let middle = at as f32 + 0.5;
            (radius - middle).max(middle - (side - radius)).max(0.0)
        };
        let row_pixels = self.pixels.chunks_mut(self.width as usize).enumerate().take(bottom).skip(top);
        for (row, pixels) in row_pixels {
            let inner_y = row as i32 - y;
            let far_y = beyond(inner_y, h);
            for (col, pixel) in pixels.iter_mut().enumerate().take(right).skip(left) {
                let inner_x = col as i32 - x;
                let Some(colour) = colour(inner_x, inner_y) else { continue };
                let far_x = if far_y > 0.0 { beyond(inner_x, w) } else { 0.0 };
                *pixel =
                    if far_x > 0.0 { pixel.mix(colour, radius + 0.5 - far_x.hypot(far_y)) } else { colour };
            }
        }
    }

    /// Writes text in petterm's own characters, eight pixels square, each pixel of them `scale` wide and high.
    /// `x`, `y` is the upper left corner of the first.
    pub fn text(&mut self, x: i32, y: i32, scale: (u32, u32), text: &str, colour: Rgb) {
        let advance = text_width("x", scale.0) as i32;
        let mut left = x;
        for c in text.chars() {
            if left >= self.width as i32 {
                break;
            }
            let drawing = bitmap(c);
            for (row, col) in (0..SIZE).flat_map(|row| (0..SIZE).map(move |col| (row, col))) {
                if drawing.lit(col, row) {
                    let (dx, dy) = (col as u32 * scale.0, row as u32 * scale.1);
                    self.fill_rect(
                        left.saturating_add_unsigned(dx),
                        y.saturating_add_unsigned(dy),
                        scale.0,
                        scale.1,
                        colour,
                    );
                }
            }
            left = left.saturating_add(advance);
        }
    }

    fn index(&self, x: i32, y: i32) -> Option<usize> {
        let (x, y) = (u32::try_from(x).ok()?, u32::try_from(y).ok()?);
        (x < self.width && y < self.height).then(|| y as usize * self.width as usize + x as usize)
    }
}

/// The width in pixels of text drawn by [`Picture::text`] at a horizontal scale.
pub fn text_width(text: &str, scale: u32) -> u32 {
    (text.chars().count() as u32).saturating_mul(SIZE as u32).saturating_mul(scale).min(i32::MAX as u32)
}

/// The part of a side that `length` pixels from `start` cover, end excluded.
fn span(start: i32, length: u32, side: u32) -> (usize, usize) {
    let side = i64::from(side);
    let end = i64::from(start) + i64::from(length);
    (i64::from(start).clamp(0, side) as usize, end.clamp(0, side) as usize)
}

/// Why a picture has no PNG file.
#[derive(Debug, thiserror::Error)]
#[error("the picture cannot be made into a PNG file: {0}")]
pub struct PngError(#[from] png::EncodingError);

/// A picture as a PNG file: with a palette where 256 colours do, in 24 bits otherwise.
///
/// # Errors
/// If the encoder fails, as for want of memory.
pub fn png(picture: &Picture) -> Result<Vec<u8>, PngError> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, picture.width, picture.height);
    encoder.set_compression(png::Compression::High);
    let data = if let Some((palette, indices)) = indexed(picture) {
        let (depth, bits) = match palette.len() {
            0..=2 => (png::BitDepth::One, 1),
            3..=4 => (png::BitDepth::Two, 2),
            5..=16 => (png::BitDepth::Four, 4),
            _ => (png::BitDepth::Eight, 8),
        };
        encoder.set_color(png::ColorType::Indexed);
        encoder.set_depth(depth);
        encoder.set_palette(bytes(&palette));
        // Neighbours in a palette are no neighbours in colour.
        encoder.set_filter(png::Filter::NoFilter);
        packed(&indices, picture.width as usize, bits)
    } else {
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        bytes(&picture.pixels)
    };
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&data)?;
    writer.finish()?;
    Ok(file)
}

fn bytes(colours: &[Rgb]) -> Vec<u8> {
    colours.iter().flat_map(|&Rgb(r, g, b)| [r, g, b]).collect()
}

/// The colours in the order in which they appear, and each pixel's number among them; `None` beyond 256.
fn indexed(picture: &Picture) -> Option<(Vec<Rgb>, Vec<u8>)> {
    let mut palette = Vec::new();
    let mut numbers = HashMap::new();
    let mut indices = Vec::with_capacity(picture.pixels.len());
    let mut last = None;
    for &colour in &picture.pixels {
        let number = match last {
            Some((same, number)) if same == colour => number,
            _ => {
                let fresh = palette.len();
                let number = *numbers.entry(colour).or_insert(fresh);
                if number == fresh {
                    palette.push(colour);
                }
                u8::try_from(number).ok()?
            }
        };
        last = Some((colour, number));
        indices.push(number);
    }
    Some((palette, indices))
}

/// Rows of numbers of `depth` bits, the first in the high bits; a row begins with a byte of its own.
fn packed(indices: &[u8], width: usize, depth: usize) -> Vec<u8> {
    let each = 8 / depth;
    let byte = |numbers: &[u8]| {
        let bits =
            numbers.iter().fold(0, |bits: u8, number| bits.checked_shl(depth as u32).unwrap_or(0) | number);
        bits.checked_shl((depth * (each - numbers.len())) as u32).unwrap_or(0)
    };
    indices.chunks(width).flat_map(|row| row.chunks(each).map(byte)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const INK: Rgb = Rgb(10, 200, 30);

    /// The lit pixels as rows of dots and hashes.
    fn seen(picture: &Picture) -> Vec<String> {
        let rows = picture.pixels().chunks(picture.width() as usize);
        rows.map(|row| row.iter().map(|&pixel| if pixel == INK { '#' } else { '.' }).collect()).collect()
    }

    /// What an independent run of the decoder finds in a file.
    fn decoded(file: &[u8]) -> (u32, u32, Vec<Rgb>) {
        let mut decoder = png::Decoder::new(std::io::Cursor::new(file));
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info().unwrap();
        let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut bytes).unwrap();
        assert_eq!(info.color_type, png::ColorType::Rgb);
        let pixels = bytes.chunks(3).map(|rgb| Rgb(rgb[0], rgb[1], rgb[2])).collect();
        (info.width, info.height, pixels)
    }

    #[test]
    fn a_rectangle_covers_what_it_says_and_is_cut_at_the_edges() {
        let mut picture = Picture::new(5, 4, Rgb::BLACK);
        picture.fill_rect(1, 1, 2, 2, INK);
        picture.fill_rect(4, 3, 9, 9, INK);
        picture.fill_rect(-3, -3, 4, 4, INK);
        assert_eq!(seen(&picture), ["#....", ".##..", ".##..", "....#"]);
        picture.fill_rect(i32::MIN, i32::MIN, u32::MAX, u32::MAX, Rgb::WHITE);
        picture.fill_rect(i32::MAX, 0, u32::MAX, 4, INK);
        assert!(seen(&picture).concat().find('#').is_none());
    }

    #[test]
    fn a_line_has_both_its_ends_and_no_gap() {
        let mut picture = Picture::new(6, 4, Rgb::BLACK);
        picture.line((5, 3), (0, 0), 1, INK);
        assert_eq!(seen(&picture), ["#.....", ".##...", "...##.", ".....#"]);
        let mut picture = Picture::new(6, 4, Rgb::BLACK);
        picture.line((1, 0), (1, 3), 2, INK);
        assert_eq!(seen(&picture), ["##....", "##....", "##....", "##...."]);
        let mut picture = Picture::new(3, 3, Rgb::BLACK);
        picture.line((1, 1), (1, 1), 1, INK);
        assert_eq!(seen(&picture), ["...", ".#.", "..."]);
    }

    #[test]
    fn a_line_from_far_outside_crosses_in_its_true_place() {
        let mut picture = Picture::new(5, 5, Rgb::BLACK);
        picture.line((i32::MIN, i32::MIN), (i32::MAX, i32::MAX), 1, INK);
        assert_eq!(seen(&picture), ["#....", ".#...", "..#..", "...#.", "....#"]);
        let mut picture = Picture::new(5, 2, Rgb::BLACK);
        picture.line((-100, 7), (100, 9), u32::MAX, INK);
        assert_eq!(seen(&picture), ["#####", "#####"]);
    }

    #[test]
    fn text_is_drawn_at_its_scale() {
        let mut picture = Picture::new(32, 8, Rgb::BLACK);
        picture.text(0, 0, (2, 1), "L|", INK);
        let seen = seen(&picture);
        assert_eq!(seen[0], "..####................####......");
        assert_eq!(seen[6], "..############........####......");
        assert_eq!(text_width("L|", 2), 32);
    }

    #[test]
    fn round_corners_are_off_and_the_middle_is_on() {
        let mut picture = Picture::new(20, 20, Rgb::BLACK);
        picture.fill_round_rect(0, 0, 20, 20, 6, INK);
        assert_eq!(picture.get(0, 0), Some(Rgb::BLACK));
        assert_eq!(
            (picture.get(10, 0), picture.get(0, 10), picture.get(10, 10)),
            (Some(INK), Some(INK), Some(INK))
        );
        // Smoothed, and alike in all corners.
        let edge = picture.get(1, 2).unwrap();
        assert!(edge != Rgb::BLACK && edge != INK);
        assert_eq!(picture.get(18, 17), Some(edge));
        assert_eq!(picture.get(20, 0), None);
    }

    #[test]
    fn a_png_file_holds_exactly_the_picture_with_any_number_of_colours() {
        for colours in [1_u32, 2, 3, 4, 5, 16, 17, 256, 257, 1000] {
            let mut picture = Picture::new(37, 41, Rgb::BLACK);
            for place in 0..37 * 41_u32 {
                let n = place % colours;
                picture.set((place % 37) as i32, (place / 37) as i32, Rgb(n as u8, (n >> 8) as u8, 7));
            }
            let (width, height, pixels) = decoded(&png(&picture).unwrap());
            assert_eq!((width, height), (37, 41), "{colours} colours");
            assert!(pixels == picture.pixels(), "{colours} colours");
        }
    }

    #[test]
    fn an_absurd_size_is_taken_to_the_nearest() {
        let picture = Picture::new(0, u32::MAX, INK);
        assert_eq!((picture.width(), picture.height()), (1, MOST_PIXELS));
    }
}
