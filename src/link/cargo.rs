//! What a transfer needs of the host before it begins: files that are read, a place that can be written.

use std::path::Path;

use crate::engine::{Cargo, TransferRequest};
use crate::files::{self, FileTrouble};
use crate::transfer::{FileKind, Keeper, Options, Protocol};

/// A transfer that can begin, and where its files are kept.
pub type Prepared = (TransferRequest, Option<Box<dyn Keeper>>);

/// Reads the files of an upload.
///
/// # Errors
/// The first that cannot be read.
pub fn upload<P: AsRef<Path>>(
    paths: &[P],
    kind: Option<FileKind>,
    protocol: Protocol,
    options: Options,
) -> Result<Prepared, FileTrouble> {
    let files: Result<Vec<_>, _> =
        paths.iter().map(|path| files::read_outgoing(path.as_ref(), kind)).collect();
    Ok((TransferRequest { protocol, cargo: Cargo::Send(files?), options }, None))
}

/// Opens the place of a download: a folder that exists, else a file that does not.
///
/// # Errors
/// If it cannot be written, or the file exists.
pub fn download(place: &Path, protocol: Protocol, options: Options) -> Result<Prepared, FileTrouble> {
    let receiver =
        if place.is_dir() { files::Receiver::in_folder(place)? } else { files::Receiver::as_file(place)? };
    Ok((TransferRequest { protocol, cargo: Cargo::Receive, options }, Some(Box::new(receiver))))
}

/// Opens the place of a download whose type comes over the wire and completes the file's name.
///
/// # Errors
/// If its folder cannot be written.
pub fn untyped_download(place: &Path, protocol: Protocol, options: Options) -> Result<Prepared, FileTrouble> {
    let receiver = files::Receiver::as_untyped(place)?;
    Ok((TransferRequest { protocol, cargo: Cargo::Receive, options }, Some(Box::new(receiver))))
}

/// What a script asks for.
///
/// # Errors
/// As [`upload`] and [`download`], in one line.
pub(super) fn of_script(
    sending: bool,
    path: &Path,
    protocol: Protocol,
    options: Options,
) -> Result<Prepared, String> {
    let prepared =
        if sending { upload(&[path], None, protocol, options) } else { download(path, protocol, options) };
    prepared.map_err(|trouble| trouble.to_string())
}
