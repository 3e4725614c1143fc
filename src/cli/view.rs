//! `petterm view`: what a byte stream looks like on a screen.
//!
//! The bytes are fed to the screen engine at once; the screen they leave is printed as text, as text with
//! colours, or as JSON, or drawn as an SVG picture. The codes are taken as they are: for an `ansi` or `ascii`
//! screen they are in the host charset, for the others they are PETSCII.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use super::args::ViewArgs;
use super::exit::Problem;
use super::input;
use super::resolve::{behaviour, view40};
use super::settings::Layers;
use super::values::{Charset, Columns, Dump, ScreenChoice};
use crate::engine::ScreenView;
use crate::petscii::host::{CharsetError, HostCharset};
use crate::screen::{Screen, ScreenKind, dump};
use crate::ui::render::{SvgOptions, svg};

/// What stdout gets: the dump of the screen that a file leaves, or its picture.
///
/// # Errors
/// If settings contradict each other, the file cannot be read or the picture cannot be written.
pub(super) fn run(args: &ViewArgs, layers: &Layers, how: Option<Dump>) -> anyhow::Result<String> {
    let mut screen = screen(layers)?;
    screen.feed(&input::read(&args.file)?);
    let dumped = |how| match how {
        Dump::Text => dump::text(&screen),
        Dump::Ansi => dump::ansi(&screen),
        Dump::Json => dump::json(&screen) + "\n",
    };
    let Some(file) = &args.svg else { return Ok(dumped(how.unwrap_or(Dump::Text))) };
    let picture = picture(&screen, layers);
    if file == Path::new("-") {
        return match how {
            None => Ok(picture),
            Some(_) => Err(Problem::usage("--dump and --svg - both want stdout; name a file for one").into()),
        };
    }
    let mut out = File::create_new(file).map_err(|error| input::not_written(file, &error))?;
    out.write_all(picture.as_bytes()).map_err(|error| input::not_written(file, &error))?;
    Ok(how.map_or_else(String::new, dumped))
}

fn screen(layers: &Layers) -> anyhow::Result<Screen> {
    let s = layers.merged();
    let kind = s.screen.and_then(|ScreenChoice(kind)| kind).unwrap_or(ScreenKind::Cbm8032);
    let behaviour = behaviour(kind, s.strict, layers)?;
    let charset = match s.charset {
        None => HostCharset::CP437,
        Some(Charset(label)) => {
            label.parse().map_err(|error: CharsetError| Problem::usage(error.to_string()))?
        }
    };
    let mut screen = Screen::with_charset(kind, behaviour, charset);
    screen.set_view40(view40(kind, s.cols, layers)?);
    Ok(screen)
}

fn picture(screen: &Screen, layers: &Layers) -> String {
    let s = layers.merged();
    let (cols, rows) = screen.size();
    let mut cells = Vec::new();
    screen.cells(&mut cells);
    let view = ScreenView {
        kind: screen.kind(),
        behaviour: screen.behaviour(),
        cols,
        rows,
        cells,
        cursor: screen.cursor(),
        cursor_visible: screen.cursor_visible(),
        charset: screen.char_set(),
        background: screen.background(),
        view40: s.cols == Some(Columns::Forty) && cols > 40,
    };
    svg(&view, &SvgOptions { theme: s.theme.unwrap_or_default(), ..SvgOptions::default() })
}
