//! Pictures of a screen, made without touching anything: characters of cells, plain text, pixels, PNG, SVG.

mod cells;
pub mod glyphs;
mod layout;
mod picture;
mod raster;
pub mod scope;
mod svg;

pub use cells::{glyph_char, row_text, screen_text, visible_cols};
pub use layout::PictureOptions;
pub use picture::{MOST_PIXELS, Picture, PngError, png, text_width};
pub use raster::raster;
pub use svg::svg;

#[cfg(test)]
mod tests;
