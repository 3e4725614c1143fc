//! Choosing files to send: the folders of the host, a list at a time.
//!
//! Names are shown as the host's screen may show them and kept as they are. A folder that cannot be read says
//! why and can be left.

use std::fs;
use std::path::{Path, PathBuf};

use super::picker::move_selection;
use crate::petscii::keyboard::{Key, KeyCode};
use crate::ui::hygiene::clean;

/// Entries of a folder that are shown; more are counted.
const MOST: usize = 5_000;

/// What stands in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// The folder above.
    Up,
    /// A folder.
    Folder(String),
    /// A file and its length in bytes.
    File(String, u64),
}

/// What a key came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// It goes on.
    Stay,
    /// These files, at least one.
    Chosen(Vec<PathBuf>),
    /// Without one.
    Close,
}

/// A folder and what is marked in it.
#[derive(Clone, Debug)]
pub(super) struct Browser {
    pub(super) folder: PathBuf,
    pub(super) entries: Vec<Entry>,
    pub(super) selected: usize,
    /// Files that were marked, in the order of marking.
    pub(super) marked: Vec<PathBuf>,
    /// Why nothing, or not everything, is shown.
    pub(super) trouble: Option<String>,
}

impl Browser {
    /// Looks into a folder.
    pub(super) fn open(folder: &Path) -> Browser {
        let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        let mut browser =
            Browser { folder, entries: Vec::new(), selected: 0, marked: Vec::new(), trouble: None };
        browser.read();
        browser
    }

    fn read(&mut self) {
        self.entries.clear();
        self.selected = 0;
        self.trouble = None;
        let (mut folders, mut files) = (Vec::new(), Vec::new());
        match fs::read_dir(&self.folder) {
            Ok(entries) => {
                for entry in entries.flatten() {
                    let path = entry.path();
                    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
                    if name.starts_with('.') {
                        continue;
                    }
                    // What a link leads to counts.
                    match fs::metadata(&path) {
                        Ok(about) if about.is_dir() => folders.push(name.to_owned()),
                        Ok(about) if about.is_file() => files.push((name.to_owned(), about.len())),
                        _ => {}
                    }
                }
            }
            Err(error) => self.trouble = Some(format!("this folder cannot be read: {error}")),
        }
        folders.sort_by_key(|name| name.to_lowercase());
        files.sort_by_key(|(name, _)| name.to_lowercase());
        if self.folder.parent().is_some() {
            self.entries.push(Entry::Up);
        }
        self.entries.extend(folders.into_iter().map(Entry::Folder));
        self.entries.extend(files.into_iter().map(|(name, length)| Entry::File(name, length)));
        if self.entries.len() > MOST {
            self.trouble = Some(format!("only the first {MOST} of {} are shown", self.entries.len()));
            self.entries.truncate(MOST);
        }
    }

    /// The path of a file that is shown.
    fn file(&self, entry: &Entry) -> Option<PathBuf> {
        match entry {
            Entry::File(name, _) => Some(self.folder.join(name)),
            _ => None,
        }
    }

    /// Whether a row is marked.
    pub(super) fn is_marked(&self, entry: &Entry) -> bool {
        self.file(entry).is_some_and(|path| self.marked.contains(&path))
    }

    /// How a row reads, and what stands at its end.
    pub(super) fn label(entry: &Entry) -> (String, String) {
        match entry {
            Entry::Up => ("..".to_owned(), "the folder above".to_owned()),
            Entry::Folder(name) => (format!("{}/", clean(name)), String::new()),
            Entry::File(name, length) => (clean(name), format!("{length} bytes")),
        }
    }

    /// Takes a key.
    pub(super) fn key(&mut self, key: Key) -> Reply {
        let chosen = self.entries.get(self.selected).cloned();
        match (key.code, chosen) {
            (KeyCode::Escape, _) => return Reply::Close,
            (KeyCode::Backspace | KeyCode::Left, _) => self.go_up(),
            (KeyCode::Enter, _) if !self.marked.is_empty() => return Reply::Chosen(self.marked.clone()),
            (KeyCode::Enter | KeyCode::Right, Some(Entry::Up)) => self.go_up(),
            (KeyCode::Enter | KeyCode::Right, Some(Entry::Folder(name))) => {
                self.folder.push(name);
                self.read();
            }
            (KeyCode::Enter, Some(entry)) => {
                return self.file(&entry).map_or(Reply::Stay, |path| Reply::Chosen(vec![path]));
            }
            (KeyCode::Char(' '), Some(entry)) => {
                if let Some(path) = self.file(&entry) {
                    match self.marked.iter().position(|marked| *marked == path) {
                        Some(at) => drop(self.marked.remove(at)),
                        None => self.marked.push(path),
                    }
                }
                self.selected = (self.selected + 1).min(self.entries.len().saturating_sub(1));
            }
            // A letter goes to the next name that begins with it.
            (KeyCode::Char(c), _) => self.go_to(c),
            _ => self.selected = move_selection(self.selected, self.entries.len(), key),
        }
        Reply::Stay
    }

    fn go_up(&mut self) {
        let Some(from) = self.folder.file_name().and_then(|name| name.to_str()).map(str::to_owned) else {
            return;
        };
        if self.folder.pop() {
            self.read();
            let came_from = Entry::Folder(from);
            self.selected = self.entries.iter().position(|entry| *entry == came_from).unwrap_or(0);
        }
    }

    fn go_to(&mut self, c: char) {
        let begins = |entry: &Entry| match entry {
            Entry::Up => false,
            Entry::Folder(name) | Entry::File(name, _) => {
                name.to_lowercase().starts_with(&c.to_lowercase().to_string())
            }
        };
        let count = self.entries.len();
        let hit = (1..=count).map(|step| (self.selected + step) % count.max(1));
        if let Some(at) = hit.into_iter().find(|&at| self.entries.get(at).is_some_and(begins)) {
            self.selected = at;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(browser: &mut Browser, code: KeyCode) -> Reply {
        browser.key(Key::plain(code))
    }

    #[test]
    fn folders_come_first_and_files_are_chosen_one_or_many() {
        let place = tempfile::tempdir().unwrap();
        fs::create_dir(place.path().join("sub")).unwrap();
        fs::write(place.path().join("sub/inner.prg"), b"123").unwrap();
        for name in ["b.prg", "A.seq", ".hidden"] {
            fs::write(place.path().join(name), b"12").unwrap();
        }
        let mut browser = Browser::open(place.path());
        let file = |name: &str| Entry::File(name.into(), 2);
        assert_eq!(browser.entries, [Entry::Up, Entry::Folder("sub".into()), file("A.seq"), file("b.prg")]);

        press(&mut browser, KeyCode::Char('s'));
        assert_eq!(press(&mut browser, KeyCode::Enter), Reply::Stay);
        assert!(browser.folder.ends_with("sub"));
        press(&mut browser, KeyCode::Down);
        let inner = browser.folder.join("inner.prg");
        assert_eq!(press(&mut browser, KeyCode::Enter), Reply::Chosen(vec![inner.clone()]));

        press(&mut browser, KeyCode::Char(' '));
        assert_eq!(browser.marked, std::slice::from_ref(&inner));
        press(&mut browser, KeyCode::Backspace);
        assert_eq!(browser.entries[browser.selected], Entry::Folder("sub".into()));
        press(&mut browser, KeyCode::Char('b'));
        press(&mut browser, KeyCode::Char(' '));
        let both = vec![inner.clone(), browser.folder.join("b.prg")];
        assert_eq!(press(&mut browser, KeyCode::Enter), Reply::Chosen(both));
        // Marking once more takes the mark back.
        press(&mut browser, KeyCode::Char('b'));
        press(&mut browser, KeyCode::Char(' '));
        assert_eq!(browser.marked, [inner]);
        assert_eq!(press(&mut browser, KeyCode::Escape), Reply::Close);
    }

    #[test]
    fn a_folder_that_is_gone_says_so_and_can_be_left() {
        let place = tempfile::tempdir().unwrap();
        let gone = place.path().join("gone");
        fs::create_dir(&gone).unwrap();
        let mut browser = Browser::open(&gone);
        fs::remove_dir(&gone).unwrap();
        browser.read();
        assert!(browser.trouble.is_some());
        assert_eq!(press(&mut browser, KeyCode::Char('x')), Reply::Stay);
        press(&mut browser, KeyCode::Enter);
        assert_eq!(browser.trouble, None);
    }
}
