//! The form of an upload or a download: protocol, type, name and where to, before anything begins.

use std::path::PathBuf;

use super::field::Field;
use super::files;
use crate::petscii::keyboard::{Key, KeyCode};
use crate::transfer::{FileKind, Protocol};
use crate::ui::front::{TransferOrder, TransferWay};
use crate::ui::hygiene::clean;

/// A row of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Row {
    /// Chosen by left and right.
    Protocol,
    /// Upload: what the files are announced as. Download: what a name is completed with.
    Kind,
    /// Download: the name of the file, where the protocol carries none.
    Name,
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
    /// Number 0 is "as the name says" or "as the far end says".
    kind: usize,
    pub(super) name: Field,
    pub(super) folder: Field,
    trim: bool,
    pub(super) selected: usize,
    /// Relative folders are below this one.
    base: PathBuf,
    /// What was wrong with the last answer.
    pub(super) error: Option<String>,
}

const KINDS: [FileKind; 3] = [FileKind::Prg, FileKind::Seq, FileKind::Usr];

impl Form {
    /// The form of an upload of these files.
    pub(super) fn upload(files: Vec<PathBuf>) -> Form {
        let several = files.len() > 1;
        let mut form = Form::new(PathBuf::new());
        form.files = Some(files);
        let protocols = form.protocols();
        form.protocol = protocols.iter().position(|protocol| protocol.is_batch() == several).unwrap_or(0);
        form
    }

    /// The form of a download; files go below `base` unless another folder is typed.
    pub(super) fn download(base: PathBuf) -> Form {
        Form::new(base)
    }

    fn new(base: PathBuf) -> Form {
        Form {
            files: None,
            protocol: 0,
            kind: 0,
            name: Field::with("download"),
            folder: Field::with("."),
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
            rows.extend((!protocol.is_batch()).then_some(Row::Name));
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
                let kind = self.kind().map_or("as the name says", FileKind::extension);
                ("type", kind.to_owned())
            }
            Row::Name => ("save as", self.name.text()),
            Row::Folder => ("folder", self.folder.text()),
            Row::Trim => ("padding", if self.trim { "cut off" } else { "kept" }.to_owned()),
        }
    }

    fn kind(&self) -> Option<FileKind> {
        self.kind.checked_sub(1).and_then(|number| KINDS.get(number)).copied()
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
            Some(Row::Kind) => self.kind = step(self.kind, KINDS.len() + 1),
            Some(Row::Trim) => self.trim = !self.trim,
            _ => {}
        }
    }

    fn begin(&mut self) -> Reply {
        let rows = self.rows();
        let way = if let Some(files) = &self.files {
            TransferWay::Send { files: files.clone(), kind: self.kind() }
        } else {
            let name = self.name.text().trim().to_owned();
            if rows.contains(&Row::Name) && name.is_empty() {
                self.error = Some("the file needs a name: this protocol carries none".to_owned());
                return Reply::Stay;
            }
            TransferWay::Receive {
                folder: files::resolve(&self.base, &self.folder.text()),
                name: rows.contains(&Row::Name).then_some(name),
                trim: self.trim && rows.contains(&Row::Trim),
            }
        };
        Reply::Begin(TransferOrder { protocol: self.protocol(), way })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(form: &mut Form, code: KeyCode) -> Reply {
        form.key(Key::plain(code))
    }

    #[test]
    fn a_download_needs_a_name_where_the_protocol_carries_none() {
        let mut form = Form::download("/base".into());
        assert_eq!(form.rows(), [Row::Protocol, Row::Name, Row::Folder]);
        press(&mut form, KeyCode::Down);
        for c in "a.prg".chars() {
            press(&mut form, KeyCode::Char(c));
        }
        let receive = |name: Option<&str>, trim| TransferWay::Receive {
            folder: "/base/.".into(),
            name: name.map(str::to_owned),
            trim,
        };
        let order = TransferOrder { protocol: Protocol::Punter, way: receive(Some("a.prg"), false) };
        assert_eq!(press(&mut form, KeyCode::Enter), Reply::Begin(order));
        form.name = Field::default();
        assert_eq!(press(&mut form, KeyCode::Enter), Reply::Stay);
        assert!(form.error.is_some());
        press(&mut form, KeyCode::Up);
        press(&mut form, KeyCode::Right);
        assert_eq!(form.protocol(), Protocol::MultiPunter);
        assert_eq!(form.rows(), [Row::Protocol, Row::Folder]);
        press(&mut form, KeyCode::Right);
        assert_eq!((form.protocol(), form.rows().last()), (Protocol::Xmodem, Some(&Row::Trim)));
        press(&mut form, KeyCode::Left);
        let order = TransferOrder { protocol: Protocol::MultiPunter, way: receive(None, false) };
        assert_eq!(press(&mut form, KeyCode::Enter), Reply::Begin(order));
    }

    #[test]
    fn several_files_go_by_a_batch_protocol() {
        let mut one = Form::upload(vec!["/x/a.prg".into()]);
        assert_eq!((one.what(), one.protocol()), (Some("a.prg".into()), Protocol::Punter));
        press(&mut one, KeyCode::Down);
        press(&mut one, KeyCode::Right);
        press(&mut one, KeyCode::Right);
        let way = TransferWay::Send { files: vec!["/x/a.prg".into()], kind: Some(FileKind::Seq) };
        let order = TransferOrder { protocol: Protocol::Punter, way };
        assert_eq!(press(&mut one, KeyCode::Enter), Reply::Begin(order));

        let mut two = Form::upload(vec!["/x/a.prg".into(), "/x/b.prg".into()]);
        assert_eq!((two.what(), two.protocol()), (Some("a.prg and 1 more".into()), Protocol::MultiPunter));
        press(&mut two, KeyCode::Right);
        assert_eq!(two.protocol(), Protocol::Ymodem);
        press(&mut two, KeyCode::Right);
        assert_eq!(two.protocol(), Protocol::MultiPunter);
    }
}
