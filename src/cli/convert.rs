//! `petterm convert`: text between PETSCII and the host's encodings, whole or not at all.
//!
//! Strict unless told otherwise: the first byte without a counterpart ends the command with exit code 5 and
//! its offset, and nothing is written. Nothing is added at the end. Facts: `docs/petscii.md`.

use super::args::ConvertArgs;
use super::exit::{Exit, Problem};
use super::input;
use crate::petscii::convert::{Encoding, EncodingError, convert};

/// The converted text.
///
/// # Errors
/// If an encoding has an unknown name, the file cannot be read, or a byte has no counterpart.
pub(super) fn run(args: &ConvertArgs) -> Result<Vec<u8>, Problem> {
    let encoding = |option: &str, name: &str| {
        name.parse::<Encoding>()
            .map_err(|error: EncodingError| Problem::usage(format!("{option} {name}: {error}")))
    };
    let from = encoding("--from", &args.from)?;
    let to = encoding("--to", &args.to)?;
    let text = input::read(&args.file)?;
    convert(&text, from, to, args.lossy)
        .map_err(|error| Problem::new(Exit::Line, format!("{}: {error}", input::name(&args.file))))
}
