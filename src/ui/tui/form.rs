//! The form of an upload or a download: protocol, type, name and where to, before anything begins.
//!
//! A download's name is always one that is free. Where the protocol says nothing of the type, the form does, and the
//! name shows it; where it comes over the wire, the name is left without it.

use std::path::{Path, PathBuf};

use super::field::Field;
use super::files;
use crate::petscii::keyboard::{Key, KeyCode};
use crate::transfer::{FileKind, Protocol, name};
use crate::ui::front::{Place, TransferOrder, TransferWay};
use crate::ui::hygiene::clean;

/// A row of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Row {
    /// Chosen by left and right.
    Protocol,
    /// Download: the name of the file, where the protocol carries none.
    Name,
    /// Upload: what the files are announced as. Download: what the name is completed with.
    Kind,
    /// Download: the folder.
    Folder,
    /// Download by XMODEM: whether padding is cut.
    Trim,
}

/// What a key came to.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Reply {
    /// It goes on.
    Stay,
    /// Begin this.
    Begin(TransferOrder),
    /// Without one.
    Close,
}

/// The form.
#[derive(Clone, Debug)]
pub(super) struct Form {
    /// Upload: what is sent. Download: nothing.
    files: Option<Vec<PathBuf>>,
    protocol: usize,
    /// Which of [`KINDS`] was chosen, if any was.
    kind: Option<usize>,
    pub(super) name: Field,
    /// What stands in the name's field unless something was typed.
    offer: String,
    pub(super) folder: Field,
    trim: bool,
    pub(super) selected: usize,
    /// Relative folders are below this one.
    base: PathBuf,
    /// What was wrong with the last answer.
    pub(super) error: Option<String>,
}

/// None: as the name says, or as the wire does.
const KINDS: [Option<FileKind>; 4] = [None, Some(FileKind::Prg), Some(FileKind::Seq), Some(FileKind::Usr)];

/// Names that are tried before the user has to think of one.
const TRIES: u32 = 1_000;

impl Form {
    /// The form of an upload of these files; `protocol` is proposed if it can carry them.
    pub(super) fn upload(files: Vec<PathBuf>, protocol: Protocol) -> Form {
        let several = files.len() > 1;
        let mut form = Form::new(PathBuf::new(), "", protocol);
        form.files = Some(files);
        let protocols = form.protocols();
        let proposed = protocols.iter().position(|offered| *offered == protocol);
        let first = || protocols.iter().position(|protocol| protocol.is_batch() == several);
        form.protocol = proposed.or_else(first).unwrap_or(0);
        form
    }

    /// The form of a download; files go into `folder`, below `base`, unless another one is typed.
    pub(super) fn download(base: PathBuf, folder: &str, protocol: Protocol) -> Form {
        let mut form = Form::new(base, folder, protocol);
        form.offer_name();
        form
    }

    fn new(base: PathBuf, folder: &str, protocol: Protocol) -> Form {
        Form {
            files: None,
            protocol: Protocol::ALL.iter().position(|one| *one == protocol).unwrap_or(0),
            kind: None,
            name: Field::default(),
            offer: String::new(),
            folder: Field::with(folder),
            trim: true,
            selected: 0,
            base,
            error: None,
        }
    }

    /// Whether it is an upload.
    pub(super) fn is_upload(&self) -> bool {
        self.files.is_some()
    }

    /// What is sent, in a line.
    pub(super) fn what(&self) -> Option<String> {
        let files = self.files.as_ref()?;
        let name = |path: &PathBuf| path.file_name().map(|name| clean(&name.to_string_lossy()));
        match files.as_slice() {
            [one] => name(one),
            [first, ..] => Some(format!("{} and {} more", name(first)?, files.len() - 1)),
            [] => None,
        }
    }

    fn protocols(&self) -> Vec<Protocol> {
        let several = self.files.as_ref().is_some_and(|files| files.len() > 1);
        let fits = |protocol: &Protocol| !several || protocol.is_batch();
        Protocol::ALL.into_iter().filter(fits).collect()
    }

    /// The protocol that is chosen.
    pub(super) fn protocol(&self) -> Protocol {
        self.protocols().get(self.protocol).copied().unwrap_or(Protocol::Punter)
    }

    /// The rows that mean something now.
    pub(super) fn rows(&self) -> Vec<Row> {
        let protocol = self.protocol();
        let punter = matches!(protocol, Protocol::Punter | Protocol::MultiPunter);
        let xmodem = matches!(
            protocol,
            Protocol::Xmodem | Protocol::XmodemCrc | Protocol::Xmodem1k | Protocol::Petterm
        );
        let mut rows = vec![Row::Protocol];
        if self.is_upload() {
            rows.extend(punter.then_some(Row::Kind));
        } else {
            rows.extend([Row::Name, Row::Kind].into_iter().filter(|_| !protocol.is_batch()));
            rows.push(Row::Folder);
            rows.extend(xmodem.then_some(Row::Trim));
        }
        rows
    }

    /// How a row reads: its name and its value; text rows are drawn from their fields.
    pub(super) fn label(&self, row: Row) -> (&'static str, String) {
        match row {
            Row::Protocol => ("protocol", self.protocol().name().to_owned()),
            Row::Kind => {
                let unsaid = match self.protocol() {
                    _ if self.is_upload() => "as the name says",
                    Protocol::Punter => "as the far end says",
                    _ => "none",
                };
                ("type", self.kind().map_or(unsaid, FileKind::extension).to_owned())
            }
            Row::Name => ("save as", self.saved_as()),
            Row::Folder => ("folder", self.folder.text()),
            Row::Trim => ("padding", if self.trim { "cut off" } else { "kept" }.to_owned()),
        }
    }

    /// The type that was chosen, or that such a transfer mostly has.
    fn kind(&self) -> Option<FileKind> {
        self.kind.and_then(|at| KINDS.get(at)).copied().unwrap_or(match self.protocol() {
            _ if self.is_upload() => None,
            Protocol::Punter => None,
            // As it came, in the far end's code.
            Protocol::Text => Some(FileKind::Seq),
            _ => Some(FileKind::Prg),
        })
    }

    /// The names under which a Multi-Punter receiver will know the files, and whether two of them are the same.
    pub(super) fn announced(&self) -> Option<(Vec<String>, bool)> {
        let files = self.files.as_ref().filter(|_| self.protocol() == Protocol::MultiPunter)?;
        let announced = |path: &PathBuf| {
            let of_name = path.extension().and_then(|it| it.to_str()).and_then(FileKind::from_extension);
            let kind = self.kind().or(of_name).unwrap_or_default();
            Some(name::shown(&name::on_disk(&path.file_name()?.to_string_lossy(), kind)))
        };
        let names: Vec<String> = files.iter().filter_map(announced).collect();
        let mut sorted = names.clone();
        sorted.sort_unstable();
        let twice = sorted.windows(2).any(|pair| pair.first() == pair.last());
        Some((names, twice))
    }

    /// The name as it was typed, completed by the type that was chosen.
    fn saved_as(&self) -> String {
        let typed = self.name.text().trim().to_owned();
        match self.kind() {
            Some(kind)
                if !typed.is_empty() && !typed.ends_with('/') && Path::new(&typed).extension().is_none() =>
            {
                format!("{typed}.{}", kind.extension())
            }
            _ => typed,
        }
    }

    /// Whether the type that comes over the wire completes the name.
    fn is_untyped(&self, name: &str) -> bool {
        self.protocol() == Protocol::Punter && self.kind().is_none() && Path::new(name).extension().is_none()
    }

    /// The folder of a download.
    pub(super) fn place(&self) -> PathBuf {
        files::resolve(&self.base, &self.folder.text())
    }

    /// The folder that a file is kept in: its name may hold another.
    pub(super) fn keeps_in(&self) -> PathBuf {
        let place = self.place();
        if !self.rows().contains(&Row::Name) {
            return place;
        }
        files::resolve(&place, &self.saved_as()).parent().map_or(place, Path::to_owned)
    }

    /// Whether something has this name, or may have it once it is complete.
    fn is_taken(&self, name: &str) -> bool {
        let taken = |name: &str| files::resolve(&self.place(), name).symlink_metadata().is_ok();
        let kinds = KINDS.into_iter().flatten().filter(|_| self.is_untyped(name));
        taken(name) || kinds.into_iter().any(|kind| taken(&format!("{name}.{}", kind.extension())))
    }

    /// This name, or the first like it that is free.
    fn free(&self, name: &str) -> Option<String> {
        let (folder, last) = name.split_at(name.rfind('/').map_or(0, |at| at + 1));
        let like_it = (1..TRIES).map(|number| format!("{folder}{}", name::numbered(last, number)));
        std::iter::once(name.to_owned()).chain(like_it).find(|name| !self.is_taken(name))
    }

    /// Puts a free name into the field as long as nothing else was typed there.
    fn offer_name(&mut self) {
        if self.is_upload() || self.name.text() != self.offer {
            return;
        }
        let plain = match self.kind() {
            Some(kind) => format!("download.{}", kind.extension()),
            None => "download".to_owned(),
        };
        self.offer = self.free(&plain).unwrap_or(plain);
        self.name = Field::with(&self.offer);
    }

    /// The text of the selected row, where it is typed.
    pub(super) fn field(&mut self) -> Option<&mut Field> {
        match self.rows().get(self.selected) {
            Some(Row::Name) => Some(&mut self.name),
            Some(Row::Folder) => Some(&mut self.folder),
            _ => None,
        }
    }

    /// Takes a key.
    pub(super) fn key(&mut self, key: Key) -> Reply {
        self.error = None;
        match key.code {
            KeyCode::Escape => return Reply::Close,
            KeyCode::Enter => return self.begin(),
            KeyCode::Up => self.selected = self.selected.saturating_sub(1),
            KeyCode::Down | KeyCode::Tab => {
                self.selected = (self.selected + 1).min(self.rows().len().saturating_sub(1));
            }
            _ => match self.field() {
                Some(field) => field.key(key),
                None => self.turn(key.code),
            },
        }
        if self.rows().get(self.selected) != Some(&Row::Name) {
            self.offer_name();
        }
        Reply::Stay
    }

    /// Another value of a row that is chosen.
    fn turn(&mut self, code: KeyCode) {
        let forward = match code {
            KeyCode::Right | KeyCode::Char(' ') => true,
            KeyCode::Left => false,
            _ => return,
        };
        let step = |at: usize, count: usize| (at + if forward { 1 } else { count - 1 }) % count.max(1);
        match self.rows().get(self.selected) {
            Some(Row::Protocol) => self.protocol = step(self.protocol, self.protocols().len()),
            Some(Row::Kind) => {
                let at = KINDS.iter().position(|kind| *kind == self.kind()).unwrap_or(0);
                self.kind = Some(step(at, KINDS.len()));
                self.retype();
            }
            Some(Row::Trim) => self.trim = !self.trim,
            _ => {}
        }
    }

    /// The type was chosen anew: a name that was typed with another one follows.
    fn retype(&mut self) {
        let typed = self.name.text();
        let of_kind = |extension: &str| FileKind::from_extension(extension).is_some();
        if let (Some(kind), Some((stem, extension))) = (self.kind(), typed.rsplit_once('.'))
            && typed != self.offer
            && of_kind(extension)
        {
            self.name = Field::typed(&format!("{stem}.{}", kind.extension()));
        }
    }

    fn begin(&mut self) -> Reply {
        let rows = self.rows();
        let named = rows.contains(&Row::Name);
        let way = if let Some(files) = &self.files {
            let kind = self.kind().filter(|_| rows.contains(&Row::Kind));
            TransferWay::Send { files: files.clone(), kind }
        } else {
            let name = self.saved_as();
            let trim = self.trim && rows.contains(&Row::Trim);
            match self.free(&name) {
                _ if !named => TransferWay::Receive { place: Place::Folder(self.place()), trim },
                _ if name.ends_with('/') => {
                    return self
                        .wrong("the name ends in a folder: type the file's name behind it".to_owned());
                }
                _ if name.is_empty() => {
                    return self.wrong("the file needs a name: this protocol carries none".to_owned());
                }
                Some(free) if free == name => {
                    let path = files::resolve(&self.place(), &name);
                    let place = if self.is_untyped(&name) { Place::Untyped(path) } else { Place::File(path) };
                    TransferWay::Receive { place, trim }
                }
                Some(free) => {
                    self.name = Field::typed(&free);
                    let taken = format!("{} is taken, {} is free: Enter takes it", last(&name), last(&free));
                    return self.wrong(taken);
                }
                None => {
                    let taken = format!("{} and all names like it are taken: type another", last(&name));
                    return self.wrong(taken);
                }
            }
        };
        Reply::Begin(TransferOrder { protocol: self.protocol(), way })
    }

    fn wrong(&mut self, why: String) -> Reply {
        self.error = Some(why);
        Reply::Stay
    }
}

/// The last part of a name, as it may be shown.
fn last(name: &str) -> String {
    clean(name.rsplit('/').next().unwrap_or(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(form: &mut Form, code: KeyCode) -> Reply {
        form.key(Key::plain(code))
    }

    fn type_in(form: &mut Form, text: &str) {
        for c in text.chars() {
            press(form, KeyCode::Char(c));
        }
    }

    /// What Enter orders: the protocol, the place and whether padding is cut.
    #[track_caller]
    fn received(form: &mut Form) -> (Protocol, Place, bool) {
        match press(form, KeyCode::Enter) {
            Reply::Begin(TransferOrder { protocol, way: TransferWay::Receive { place, trim } }) => {
                (protocol, place, trim)
            }
            other => panic!("{other:?}: {:?}", form.error),
        }
    }

    fn value(form: &Form, row: Row) -> String {
        form.label(row).1
    }

    #[test]
    fn a_download_is_named_and_typed_where_the_protocol_says_neither() {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| place.path().join("./").join(name);
        let mut form = Form::download(place.path().into(), ".", Protocol::Punter);
        assert_eq!(form.rows(), [Row::Protocol, Row::Name, Row::Kind, Row::Folder]);
        // Punter says the type.
        assert_eq!(value(&form, Row::Kind), "as the far end says");
        assert_eq!(received(&mut form), (Protocol::Punter, Place::Untyped(at("download")), false));
        press(&mut form, KeyCode::Down);
        type_in(&mut form, "mine");
        assert_eq!(received(&mut form), (Protocol::Punter, Place::Untyped(at("mine")), false));
        type_in(&mut form, ".x");
        assert_eq!(received(&mut form), (Protocol::Punter, Place::File(at("mine.x")), false));
        form.name = Field::default();
        assert_eq!(press(&mut form, KeyCode::Enter), Reply::Stay);
        assert!(form.error.is_some());

        // A batch says the name as well.
        press(&mut form, KeyCode::Up);
        press(&mut form, KeyCode::Right);
        assert_eq!(form.rows(), [Row::Protocol, Row::Folder]);
        let folder = Place::Folder(place.path().join("."));
        assert_eq!(received(&mut form), (Protocol::MultiPunter, folder, false));

        // XMODEM says nothing.
        let mut form = Form::download(place.path().into(), ".", Protocol::Xmodem);
        assert_eq!(form.rows(), [Row::Protocol, Row::Name, Row::Kind, Row::Folder, Row::Trim]);
        assert_eq!(received(&mut form), (Protocol::Xmodem, Place::File(at("download.prg")), true));
        press(&mut form, KeyCode::Down);
        press(&mut form, KeyCode::Down);
        press(&mut form, KeyCode::Right);
        assert_eq!((value(&form, Row::Name), value(&form, Row::Kind)), ("download.seq".into(), "seq".into()));
        press(&mut form, KeyCode::Up);
        type_in(&mut form, "letter");
        assert_eq!(value(&form, Row::Name), "letter.seq");
        // Typed with its type, which then follows the type's row.
        type_in(&mut form, ".seq");
        press(&mut form, KeyCode::Down);
        press(&mut form, KeyCode::Right);
        assert_eq!(received(&mut form).1, Place::File(at("letter.usr")));
        press(&mut form, KeyCode::Right);
        assert_eq!(value(&form, Row::Kind), "none");
        assert_eq!(received(&mut form).1, Place::File(at("letter.usr")));
    }

    #[test]
    fn a_name_that_is_taken_is_never_offered_and_the_next_free_one_is() {
        let place = tempfile::tempdir().unwrap();
        for name in ["download.prg", "game.prg", "game-1.prg", "Grüße.prg"] {
            std::fs::write(place.path().join(name), b"1").unwrap();
        }
        let file = |name: &str| Place::File(place.path().join("./").join(name));
        let mut form = Form::download(place.path().into(), ".", Protocol::Xmodem);
        assert_eq!(form.name.text(), "download-1.prg");
        press(&mut form, KeyCode::Down);
        for (typed, free) in [("game", "game-2.prg"), ("Grüße", "Grüße-1.prg")] {
            form.name = Field::default();
            type_in(&mut form, typed);
            assert_eq!(press(&mut form, KeyCode::Enter), Reply::Stay);
            let why = form.error.clone().unwrap();
            assert_eq!(why, format!("{typed}.prg is taken, {free} is free: Enter takes it"));
            assert_eq!(form.name.text(), free);
            assert_eq!(received(&mut form).1, file(free));
        }
        // What is offered can be edited.
        press(&mut form, KeyCode::Char('x'));
        assert_eq!(form.name.text(), "Grüße-1.prgx");
        // By the wire any type may come.
        let form = Form::download(place.path().into(), ".", Protocol::Punter);
        assert_eq!(form.name.text(), "download-1");
    }

    #[test]
    fn several_files_go_by_a_batch_protocol() {
        let mut one = Form::upload(vec!["/x/a.prg".into()], Protocol::Punter);
        assert_eq!((one.what(), one.protocol()), (Some("a.prg".into()), Protocol::Punter));
        press(&mut one, KeyCode::Down);
        press(&mut one, KeyCode::Right);
        press(&mut one, KeyCode::Right);
        let send = |kind| TransferWay::Send { files: vec!["/x/a.prg".into()], kind };
        let order = TransferOrder { protocol: Protocol::Punter, way: send(Some(FileKind::Seq)) };
        assert_eq!(press(&mut one, KeyCode::Enter), Reply::Begin(order));
        let mut one = Form::upload(vec!["/x/a.prg".into()], Protocol::Xmodem);
        let order = TransferOrder { protocol: Protocol::Xmodem, way: send(None) };
        assert_eq!(press(&mut one, KeyCode::Enter), Reply::Begin(order));

        let mut two = Form::upload(vec!["/x/a.prg".into(), "/x/b.prg".into()], Protocol::Xmodem);
        assert_eq!((two.what(), two.protocol()), (Some("a.prg and 1 more".into()), Protocol::MultiPunter));
        press(&mut two, KeyCode::Right);
        assert_eq!(two.protocol(), Protocol::Ymodem);
        press(&mut two, KeyCode::Right);
        assert_eq!(two.protocol(), Protocol::MultiPunter);
    }

    #[test]
    fn the_names_that_a_far_end_will_see_are_known_before() {
        let files = ["/x/A long name for a disk.prg", "/x/a Long Name For it.prg", "/x/Ärger!.seq"];
        let form = Form::upload(files.map(PathBuf::from).to_vec(), Protocol::MultiPunter);
        let names = ["A long name for", "a Long Name For", "rger!"];
        assert_eq!(form.announced(), Some((names.map(str::to_owned).to_vec(), false)));
        let form = Form::upload(vec!["/x/a.prg".into(), "/y/a.seq".into()], Protocol::MultiPunter);
        assert_eq!(form.announced(), Some((vec!["a".into(), "a".into()], true)));
        let form = Form::upload(vec!["/x/a.prg".into()], Protocol::Punter);
        assert_eq!(form.announced(), None);
    }
}
