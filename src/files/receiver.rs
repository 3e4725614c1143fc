//! Keeps received files in a folder: `.part` while they come, their name when they are whole.

use std::io;
use std::path::{Path, PathBuf};

use super::disk::{About, Disk, DiskFile, Unnamed, give_name, is_ours, patient};
use super::outgoing::FileTrouble;
use super::system::Folder;
use crate::transfer::{Keeper, Kept, Offer, Partial, Store, bytes, name};

/// Names that are tried before giving up.
const TRIES: u32 = 1_000;
/// Bytes of a name that is given, so that `-999.part` fits behind it wherever names have up to 255.
const LONGEST_GIVEN: usize = 200;

/// Where received files go.
#[derive(Debug)]
enum Names {
    /// As the far end says, made harmless, and free.
    Offered,
    /// This name, once.
    Given(String),
    /// This name, once, with the extension of the type that comes over the wire, and free.
    Untyped(String),
    /// This name was used.
    Used,
}

/// Keeps received files in a folder.
#[derive(Debug)]
pub struct Receiver {
    disk: Box<dyn Disk>,
    /// As the user named it.
    folder: PathBuf,
    names: Names,
    current: Option<Current>,
    notes: Vec<String>,
    /// It was told that the folder cannot be made safe.
    doubted: bool,
}

#[derive(Debug)]
struct Current {
    file: Box<dyn DiskFile>,
    /// What its handle says of it.
    about: About,
    /// Its name for now.
    part: String,
    /// The name that it shall have.
    name: String,
    /// Whether another one will do.
    may_differ: bool,
    /// Bytes that are in it.
    written: u64,
    /// Writing failed: what would come next does not belong behind what is there.
    broken: bool,
}

impl Receiver {
    /// Keeps files in `folder`, under names that the far end offers.
    ///
    /// # Errors
    /// If the folder does not exist or cannot be written.
    pub fn in_folder(folder: &Path) -> Result<Receiver, FileTrouble> {
        Ok(Receiver::on(Box::new(open(folder)?), folder))
    }

    /// Keeps files on this disk, under names that the far end offers; `folder` is what it is called in messages.
    pub fn on(disk: Box<dyn Disk>, folder: &Path) -> Receiver {
        Receiver {
            disk,
            folder: folder.to_owned(),
            names: Names::Offered,
            current: None,
            notes: Vec::new(),
            doubted: false,
        }
    }

    /// Keeps one file, as `path`.
    ///
    /// # Errors
    /// If something has that name already, or its folder cannot be written.
    pub fn as_file(path: &Path) -> Result<Receiver, FileTrouble> {
        let (mut receiver, name) = Receiver::beside(path)?;
        match patient(|| receiver.disk.about(&name)) {
            Ok(None) => {}
            Ok(Some(_)) => return Err(FileTrouble::Exists(path.to_owned())),
            Err(error) => return Err(FileTrouble::Unwritable { path: receiver.folder.clone(), error }),
        }
        receiver.names = Names::Given(name);
        Ok(receiver)
    }

    /// Keeps one file, as `path` with the extension of the type that comes over the wire, and under a name that is free.
    ///
    /// # Errors
    /// If its folder cannot be written.
    pub fn as_untyped(path: &Path) -> Result<Receiver, FileTrouble> {
        let (mut receiver, name) = Receiver::beside(path)?;
        receiver.names = Names::Untyped(name);
        Ok(receiver)
    }

    /// A receiver on the folder of a path, and the name that is the path's last part.
    fn beside(path: &Path) -> Result<(Receiver, String), FileTrouble> {
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.ok_or_else(|| FileTrouble::Nameless(path.to_owned()))?.to_owned();
        if name.len() > LONGEST_GIVEN {
            return Err(FileTrouble::LongName(path.to_owned()));
        }
        if name::looks_unfinished(&name) {
            return Err(FileTrouble::LooksUnfinished(path.to_owned()));
        }
        let folder = match path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        Ok((Receiver::on(Box::new(open(folder)?), folder), name))
    }

    /// How a name of this folder is told.
    fn shown(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    /// The name that the next file shall have, and whether another one will do.
    fn choose(&mut self, offer: &Offer) -> Result<(String, bool), String> {
        let offered = match std::mem::replace(&mut self.names, Names::Used) {
            Names::Offered => {
                self.names = Names::Offered;
                name::of_offer(offer)
            }
            Names::Given(name) => return Ok((name, false)),
            Names::Untyped(name) => match offer.kind {
                Some(kind) => format!("{name}.{}", kind.extension()),
                None => name,
            },
            Names::Used => {
                return Err("a second file came, and -o names one; --dir takes any number".to_owned());
            }
        };
        for number in 0..TRIES {
            let candidate = numbered(&offered, number);
            match patient(|| self.disk.about(&candidate)) {
                Ok(None) => return Ok((candidate, true)),
                // Whoever put it there wants something of the file that comes.
                Ok(Some(about)) if about.is_link && number == 0 => {
                    return Err(format!(
                        "{} is a link, and links are neither followed nor replaced; remove it or choose another folder",
                        self.shown(&candidate)
                    ));
                }
                Ok(Some(_)) => {}
                Err(error) => {
                    return Err(format!(
                        "it is not known whether {} exists: {error}; choose another folder",
                        self.shown(&candidate)
                    ));
                }
            }
        }
        Err(format!("{} and {TRIES} names like it are taken; choose another folder", self.shown(&offered)))
    }

    /// Makes the file at hand, under a name that is free.
    fn begin(&mut self, offer: &Offer) -> Result<Kept, String> {
        if let Some(left) = self.close() {
            self.notes.push(format!("kept {} with {}", left.path, bytes(left.bytes)));
        }
        let (name, may_differ) = self.choose(offer)?;
        for number in 0..TRIES {
            let part = match number {
                0 => format!("{name}.part"),
                _ => format!("{name}-{number}.part"),
            };
            match patient(|| self.disk.create(&part)) {
                Ok(mut file) => {
                    let about = patient(|| file.about()).map_err(|error| {
                        let part = self.shown(&part);
                        format!("{part} cannot be checked: {error}; it is empty, remove it and choose another folder")
                    })?;
                    let kept = Kept { name: name.clone() };
                    let written = 0;
                    self.current =
                        Some(Current { file, about, part, name, may_differ, written, broken: false });
                    return Ok(kept);
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    self.notes.push(format!("{} of an earlier transfer is left alone", self.shown(&part)));
                }
                Err(error) => {
                    return Err(format!(
                        "{} cannot be made: {error}; make room there or choose another folder",
                        self.shown(&part)
                    ));
                }
            }
        }
        Err(format!("{}.part and {TRIES} names like it are taken; remove what is old", self.shown(&name)))
    }

    fn write(&mut self, bytes: &[u8]) -> Result<Kept, String> {
        let current = self.current.as_mut().ok_or("no file was begun; this is a mistake in the program")?;
        let part = self.folder.join(&current.part);
        let part = part.display();
        if current.broken {
            return Err(format!("{part} could not be written before; begin the transfer again"));
        }
        let mut rest = bytes;
        while !rest.is_empty() {
            let written = patient(|| current.file.write(rest)).and_then(|count| match rest.get(count..) {
                Some(left) if count > 0 => Ok((count, left)),
                _ => Err(io::ErrorKind::WriteZero.into()),
            });
            match written {
                Ok((count, left)) => {
                    current.written += count as u64;
                    rest = left;
                }
                Err(error) => {
                    current.broken = true;
                    return Err(format!(
                        "{part} cannot be written: {error}; make room there or choose another folder, and begin again"
                    ));
                }
            }
        }
        Ok(Kept { name: current.name.clone() })
    }

    /// Cuts the file to its length, makes it safe and gives it its name.
    fn finish(&mut self, length: u64) -> Result<Kept, String> {
        let current = self.current.as_mut().ok_or("no file was begun; this is a mistake in the program")?;
        let part = self.folder.join(&current.part);
        let part = part.display();
        let incomplete = |error: io::Error| {
            format!("{part} cannot be completed: {error}; choose another folder, and begin again")
        };
        if current.broken || length > current.written {
            return Err(format!(
                "{part} has {}, not {length}; begin the transfer again",
                bytes(current.written)
            ));
        }
        if length < current.written {
            patient(|| current.file.set_len(length)).map_err(incomplete)?;
            current.written = length;
        }
        patient(|| current.file.sync()).map_err(incomplete)?;
        for number in 0..TRIES {
            let candidate = numbered(&current.name, number);
            match give_name(self.disk.as_mut(), &current.about, &current.part, &candidate) {
                Ok(note) => {
                    self.current = None;
                    self.notes.extend(note);
                    self.sync_folder(&candidate);
                    return Ok(Kept { name: candidate });
                }
                Err(Unnamed::Taken) if current.may_differ => {}
                Err(Unnamed::Taken) => {
                    return Err(format!(
                        "{candidate} came to exist meanwhile; the file is complete as {part}, rename it"
                    ));
                }
                Err(Unnamed::Swapped) => {
                    return Err(format!(
                        "{part} was moved or replaced by another program while it came, and what is there now cannot be trusted; begin again in another folder"
                    ));
                }
                Err(Unnamed::Trouble(error)) => {
                    return Err(format!(
                        "{part} is complete but cannot be named {candidate}: {error}; rename it"
                    ));
                }
            }
        }
        Err(format!("{part} is complete, and every name for it is taken; rename it"))
    }

    /// Makes the names safe; what cannot be is told once.
    fn sync_folder(&mut self, name: &str) {
        if let Err(error) = patient(|| self.disk.sync())
            && !std::mem::replace(&mut self.doubted, true)
        {
            let path = self.shown(name);
            self.notes.push(format!(
                "{path} is complete, but whether its name survives a power cut is not known: {error}"
            ));
        }
    }
}

/// Opens a folder, and makes a file in it for a moment: what a system says of its rights is not all there is to know.
fn open(folder: &Path) -> Result<Folder, FileTrouble> {
    Folder::open(folder)
        .and_then(|mut disk| {
            let name = format!(".petterm-{}.part", std::process::id());
            match try_out(&mut disk, &name) {
                // Somebody could make it.
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
                _ => Ok(disk),
            }
        })
        .map_err(|error| match error.kind() {
            io::ErrorKind::NotFound if !folder.exists() => FileTrouble::NotFound(folder.to_owned()),
            _ => FileTrouble::Unwritable { path: folder.to_owned(), error },
        })
}

/// Makes a new file and removes it.
fn try_out(disk: &mut dyn Disk, name: &str) -> io::Result<()> {
    let mut file = patient(|| disk.create(name))?;
    let about = patient(|| file.about())?;
    if is_ours(disk, name, &about)? { patient(|| disk.remove(name)) } else { Ok(()) }
}

fn numbered(name: &str, number: u32) -> String {
    if number == 0 { name.to_owned() } else { name::numbered(name, number) }
}

impl Keeper for Receiver {
    fn answer(&mut self, wish: Store) -> Result<Kept, String> {
        match wish {
            Store::Begin(offer) => self.begin(&offer),
            Store::Write(bytes) => self.write(&bytes),
            Store::Finish { length } => self.finish(length),
        }
    }

    fn notes(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notes)
    }

    fn close(&mut self) -> Option<Partial> {
        let mut current = self.current.take()?;
        let path = self.shown(&current.part);
        let ours = is_ours(self.disk.as_mut(), &current.part, &current.about);
        if let Ok(false) = ours {
            self.notes.push(format!(
                "{path} was moved or replaced by another program; what is there now is left alone"
            ));
            return None;
        }
        // The handle knows best. Where it says nothing, a cut may have been made all the same.
        let told = patient(|| current.file.about());
        let bytes = told.as_ref().map_or(current.written, |about| about.length);
        if bytes == 0 {
            if let Err(error) = ours.and_then(|_| patient(|| self.disk.remove(&current.part))) {
                self.notes.push(format!("{path} is empty and cannot be removed: {error}; remove it"));
            }
            return None;
        }
        if let Err(error) = told.and(ours) {
            self.notes.push(format!("{path} could not be checked: {error}; look there yourself"));
        }
        if let Err(error) = patient(|| current.file.sync()) {
            self.notes.push(format!("{path} may not survive a power cut: {error}"));
        }
        Some(Partial { path, bytes })
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        // Whoever was not told cannot be told here; what is there stays.
        self.close();
    }
}
