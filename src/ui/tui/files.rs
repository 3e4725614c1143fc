//! Files that the front end writes, and the names it proposes. Nothing is ever overwritten.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// The first name of `stem-001.ext` on that is free in a directory.
pub(super) fn free_name(directory: &Path, stem: &str, ext: &str) -> PathBuf {
    (1..1000)
        .map(|n| directory.join(format!("{stem}-{n:03}.{ext}")))
        .find(|path| !path.exists())
        .unwrap_or_else(|| directory.join(format!("{stem}.{ext}")))
}

/// What the user typed as a path: relative names are below `directory`.
pub(super) fn resolve(directory: &Path, typed: &str) -> PathBuf {
    directory.join(typed.trim())
}

/// Writes a new file.
pub(super) fn write_new(path: &Path, text: &str) -> Result<(), String> {
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()));
    written.map_err(|e| match e.kind() {
        ErrorKind::AlreadyExists => format!("{} exists already; choose another name", path.display()),
        _ => format!("{} cannot be written: {e}", path.display()),
    })
}
