//! `petterm view`: what a byte stream looks like on a screen.
//!
//! The bytes are fed to the screen engine at once; the screen they leave is printed as text, as text with
//! colours, or as JSON, or drawn as a picture, SVG or PNG. The codes are taken as they are: for an `ansi` or `ascii`
//! screen they are in the host charset, for the others they are PETSCII.

use std::fs::File;
use std::io::{self, IsTerminal, Write};
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
use crate::ui::render::{PictureOptions, png, raster, svg};

/// What stdout gets: the dump of the screen that a file leaves, or its picture.
///
/// # Errors
/// If settings contradict each other, the file cannot be read or a picture cannot be written.
pub(super) fn run(args: &ViewArgs, layers: &Layers, how: Option<Dump>) -> anyhow::Result<Vec<u8>> {
    let stdout = Path::new("-");
    let pictures = [args.svg.as_deref(), args.png.as_deref()];
    let on_stdout = pictures.into_iter().filter(|file| *file == Some(stdout)).count();
    if on_stdout + usize::from(how.is_some()) > 1 && on_stdout > 0 {
        let what = "--dump, --svg - and --png - all want stdout; name files for all but one";
        return Err(Problem::usage(what).into());
    }
    if args.png.as_deref() == Some(stdout) && io::stdout().is_terminal() {
        let what = "--png - would write a picture's bytes to this terminal; name a file, or pipe them on";
        return Err(Problem::usage(what).into());
    }
    let mut screen = screen(layers)?;
    screen.feed(&input::read(&args.file)?);
    let mut out = match how {
        None if pictures.iter().any(Option::is_some) => String::new(),
        None | Some(Dump::Text) => dump::text(&screen),
        Some(Dump::Ansi) => dump::ansi(&screen),
        Some(Dump::Json) => dump::json(&screen) + "\n",
    }
    .into_bytes();
    let (view, options) = view(&screen, layers);
    if let Some(file) = &args.svg {
        deliver(file, svg(&view, &options).into_bytes(), &mut out)?;
    }
    if let Some(file) = &args.png {
        deliver(file, png(&raster(&view, &options))?, &mut out)?;
    }
    Ok(out)
}

/// Writes a picture into a new file, or among what stdout gets.
fn deliver(file: &Path, mut picture: Vec<u8>, stdout: &mut Vec<u8>) -> Result<(), Problem> {
    if file == Path::new("-") {
        stdout.append(&mut picture);
        return Ok(());
    }
    let written = File::create_new(file).and_then(|mut out| out.write_all(&picture));
    written.map_err(|error| input::not_written(file, &error))
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

/// The screen as front ends draw it, and how.
fn view(screen: &Screen, layers: &Layers) -> (ScreenView, PictureOptions) {
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
    (view, PictureOptions { theme: s.theme.unwrap_or_default(), ..PictureOptions::default() })
}
