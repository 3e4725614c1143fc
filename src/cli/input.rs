//! Files that commands read whole, and new ones that they write.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::exit::{Exit, Problem};

/// More than this is refused rather than held in memory.
const MOST_BYTES: u64 = 256 << 20;

/// The bytes of a file, or of stdin for `-`.
///
/// # Errors
/// If it does not exist, cannot be read, or is over 256 MiB.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        io::stdin().lock().take(MOST_BYTES + 1).read_to_end(&mut bytes)
    } else {
        File::open(path).and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes))
    };
    read.map_err(|error| not_read(path, &error))?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(Problem::file(format!("{} is over 256 MiB; give a part of it", name(path))));
    }
    Ok(bytes)
}

/// What to call an input in messages.
pub(super) fn name(path: &Path) -> String {
    if path == Path::new("-") { "stdin".to_owned() } else { path.display().to_string() }
}

/// What is said when a file cannot be read.
pub(super) fn not_read(path: &Path, error: &io::Error) -> Problem {
    let exit = if error.kind() == io::ErrorKind::NotFound { Exit::NotFound } else { Exit::File };
    Problem::new(exit, format!("{} cannot be read: {error}", name(path)))
}

/// What is said when a new file cannot be written. petterm writes over none.
pub(super) fn not_written(path: &Path, error: &io::Error) -> Problem {
    Problem::file(match error.kind() {
        io::ErrorKind::AlreadyExists => format!("{} exists; choose another name", path.display()),
        _ => format!("{} cannot be written: {error}", path.display()),
    })
}
