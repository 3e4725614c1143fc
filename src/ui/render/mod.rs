//! Pictures of a screen, made without touching anything: characters of cells, plain text, SVG.

mod cells;
mod shapes;
mod svg;

pub use cells::{glyph_char, row_text, screen_text, visible_cols};
pub use svg::{SvgOptions, svg};

#[cfg(test)]
mod tests;
