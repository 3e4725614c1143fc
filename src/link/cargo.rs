//! What a transfer needs of the host before it begins: files that are read, a place that can be written.

use std::path::Path;

use crate::engine::script::{self, Word};
use crate::engine::{Cargo, Session, TransferRequest, Unfit};
use crate::files::{self, FileTrouble};
use crate::time::Stamp;
use crate::transfer::{self, FileKind, Keeper, Options, OutgoingFile, Protocol};

/// A transfer that can begin, and where its files are kept.
pub type Prepared = (TransferRequest, Option<Box<dyn Keeper>>);

/// Reads the files of an upload.
///
/// # Errors
/// The first that cannot be read.
pub fn read<P: AsRef<Path>>(paths: &[P], kind: Option<FileKind>) -> Result<Vec<OutgoingFile>, Unfit> {
    paths
        .iter()
        .map(|path| files::read_outgoing(path.as_ref(), kind).map_err(|trouble| unfit(&trouble)))
        .collect()
}

/// An upload of these files.
///
/// # Errors
/// What the protocol cannot carry.
pub fn upload(
    files: Vec<OutgoingFile>,
    protocol: Protocol,
    options: Options,
) -> Result<TransferRequest, Unfit> {
    // An engine refuses at its beginning; that is asked for before anybody is called.
    transfer::send(protocol, files.clone(), &options, Stamp::ZERO)
        .map_err(|refusal| Unfit::Data(refusal.to_string()))?;
    Ok(TransferRequest { protocol, cargo: Cargo::Send(files), options })
}

/// Opens the place of a download: a folder that exists, else a file that does not.
///
/// # Errors
/// If it cannot be written, or the file exists.
pub fn download(place: &Path, protocol: Protocol, options: Options) -> Result<Prepared, Unfit> {
    let receiver =
        if place.is_dir() { files::Receiver::in_folder(place) } else { files::Receiver::as_file(place) };
    // A folder that is not there is trouble with this disk too.
    let receiver = receiver.map_err(|trouble| Unfit::File(trouble.to_string()))?;
    Ok((TransferRequest { protocol, cargo: Cargo::Receive, options }, Some(Box::new(receiver))))
}

/// Opens the place of a download whose type comes over the wire and completes the file's name.
///
/// # Errors
/// If its folder cannot be written.
pub fn untyped_download(place: &Path, protocol: Protocol, options: Options) -> Result<Prepared, Unfit> {
    let receiver = files::Receiver::as_untyped(place).map_err(|trouble| unfit(&trouble))?;
    Ok((TransferRequest { protocol, cargo: Cargo::Receive, options }, Some(Box::new(receiver))))
}

/// What a script asks for.
///
/// # Errors
/// As [`read`], [`upload`] and [`download`].
pub(super) fn of_script(
    sending: bool,
    path: &Path,
    protocol: Protocol,
    options: Options,
) -> Result<Prepared, Unfit> {
    if sending {
        Ok((upload(read(&[path], None)?, protocol, options)?, None))
    } else {
        download(path, protocol, options)
    }
}

/// Looks at a script's transfers before its session calls anybody: whether the line carries them, and whether the
/// files can be sent. What stands behind a download may be what it brings, and is looked at in its turn.
///
/// # Errors
/// The first that could not begin.
pub fn check_script(session: &Session) -> Result<(), Unfit> {
    let words = session.config().script.as_deref().map(script::parse).and_then(Result::ok);
    let mut downloaded = false;
    for word in words.unwrap_or_default() {
        let Word::Transfer { sending, file, protocol } = word else { continue };
        let (cargo, options) = (Cargo::Receive, Options::default());
        let request = if sending && !downloaded {
            upload(read(&[&file], None)?, protocol, options)?
        } else {
            TransferRequest { protocol, cargo, options }
        };
        session.fits(&request)?;
        downloaded |= !sending;
    }
    Ok(())
}

fn unfit(trouble: &FileTrouble) -> Unfit {
    if trouble.is_not_found() {
        Unfit::NotFound(trouble.to_string())
    } else {
        Unfit::File(trouble.to_string())
    }
}
