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

/// What the user typed as a path: relative names are below `directory`, and `~/` is the user's own.
pub(super) fn resolve(directory: &Path, typed: &str) -> PathBuf {
    below(directory, std::env::home_dir().as_deref(), typed.trim())
}

fn below(directory: &Path, home: Option<&Path>, typed: &str) -> PathBuf {
    match (typed.strip_prefix('~'), home) {
        (Some(""), Some(home)) => home.to_owned(),
        (Some(rest), Some(home)) if rest.starts_with('/') => home.join(rest.trim_start_matches('/')),
        _ => directory.join(typed),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typed_path_is_below_the_folder_or_the_home_or_whole() {
        let at = |typed| below(Path::new("/here"), Some(Path::new("/home/me")), typed);
        for (typed, path) in [
            ("a.prg", "/here/a.prg"),
            ("", "/here"),
            ("~", "/home/me"),
            ("~/pet/a.prg", "/home/me/pet/a.prg"),
            ("~you", "/here/~you"),
            ("/tmp/~", "/tmp/~"),
        ] {
            assert_eq!(at(typed), Path::new(path), "{typed}");
        }
        assert_eq!(below(Path::new("/here"), None, "~/a"), Path::new("/here/~/a"));
    }
}
