//! A screen as a picture in pixels: the tube with its lines, its bezel and badge.
//!
//! The same screen always makes the same picture. Each raster is drawn with a bright middle and a darker edge, as
//! the beam leaves it, and a lit dot shines a little on its neighbours.

use super::glyphs::SIZE;
use super::layout::{BADGE, BEZEL, CASE, EDGE, Layout, MARGIN, PRINT, PictureOptions, grounds, painted};
use super::picture::Picture;
use crate::engine::ScreenView;
use crate::ui::front::Theme;
use crate::ui::theme::{self, Rgb, Role};

/// Dots for each unit of the layout.
const SCALE: u32 = 2;
/// Brightness of the dots of a raster on a tube with one phosphor, from top to bottom.
const BEAM: [f32; 4] = [0.88, 1.0, 0.88, 0.55];
/// The same on a colour tube, where lines melt into each other.
const COLOUR_BEAM: [f32; 4] = [0.97, 1.0, 0.97, 0.84];
/// How far to the side a lit dot shines on darker ones, and how much of it they show; the farthest first.
const GLOW: [(usize, f32); 2] = [(REACH, 0.07), (1, 0.2)];

/// The farthest of these.
const REACH: usize = 2;

/// Draws a screen.
pub fn raster(view: &ScreenView, options: &PictureOptions) -> Picture {
    let layout = Layout::of(view);
    let dots = |units: u32| units * SCALE;
    let ((width, height), (tube_width, tube_height)) = (layout.whole(), layout.tube());
    let mut picture = Picture::new(dots(width), dots(height), Rgb::WHITE);
    picture.fill_round_rect(0, 0, dots(width), dots(height), dots(20), CASE);
    let (tube_at, edge) = (dots(BEZEL) as i32, dots(3));
    picture.fill_round_rect(
        tube_at - edge as i32,
        tube_at - edge as i32,
        dots(tube_width) + 2 * edge,
        dots(tube_height) + 2 * edge,
        dots(16) + edge,
        EDGE,
    );
    picture.paste_round(tube_at, tube_at, dots(16), &tube(view, options, &layout));

    let foot = dots(BEZEL + tube_height + BADGE) as i32;
    picture.text(dots(MARGIN) as i32, foot, (dots(1), dots(2)), &options.badge, PRINT);
    let lamp = dots(width - MARGIN - 10) as i32;
    picture.fill_round_rect(lamp, foot + dots(2) as i32, dots(10), dots(10), dots(5), PRINT);
    let lit = theme::furniture(options.theme, Role::Strong).fg;
    picture.fill_round_rect(lamp + dots(1) as i32, foot + dots(3) as i32, dots(8), dots(8), dots(4), lit);
    picture
}

/// What is on the tube: the screen and the border around it.
fn tube(view: &ScreenView, options: &PictureOptions, layout: &Layout) -> Picture {
    let (blank, border) = grounds(view, options);
    let ((width, height), (screen_width, screen_height)) = (layout.tube(), layout.screen());
    let mut picture = Picture::new(width * SCALE, height * SCALE, border);
    let origin = ((MARGIN - BEZEL) * SCALE) as i32;
    picture.fill_rect(origin, origin, screen_width * SCALE, screen_height * SCALE, blank);
    let (pixel_width, pixel_height) = (layout.pixel.0 * SCALE, layout.pixel.1 * SCALE);
    for cell in painted(view, options) {
        for (y, x) in (0..SIZE).flat_map(|y| (0..SIZE).map(move |x| (y, x))) {
            let colour = if cell.drawing.lit(x, y) { cell.fg } else { cell.bg };
            let across = (cell.col * SIZE as u32 + x as u32) * pixel_width;
            let down = (cell.row * layout.rasters + y as u32) * pixel_height;
            picture.fill_rect(
                origin + across as i32,
                origin + down as i32,
                pixel_width,
                pixel_height,
                colour,
            );
        }
    }
    shone(&picture, if options.theme == Theme::Colour { COLOUR_BEAM } else { BEAM })
}

/// Flat colours as a beam leaves them on the glass.
fn shone(flat: &Picture, beam: [f32; 4]) -> Picture {
    let mut picture = flat.clone();
    for (y, dots) in (0..).zip(flat.pixels().chunks(flat.width() as usize)) {
        let level = beam.get(y as usize % beam.len()).copied().unwrap_or(1.0);
        for (x, &dot) in dots.iter().enumerate() {
            let near = x.saturating_sub(REACH)..dots.len().min(x + REACH + 1);
            if dots.get(near).is_some_and(|near| near.iter().all(|dot| *dot == Rgb::BLACK)) {
                continue;
            }
            let mut colour = dot;
            for (away, share) in GLOW {
                let sides = [x.checked_sub(away), x.checked_add(away)];
                for &other in sides.into_iter().flatten().filter_map(|side| dots.get(side)) {
                    if other.luminance() > dot.luminance() + 0.1 {
                        colour = colour.mix(other, share);
                    }
                }
            }
            picture.set(x as i32, y, Rgb::BLACK.mix(colour, level));
        }
    }
    picture
}
