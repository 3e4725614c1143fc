//! What a front end can look up and store: ports, phone book, and the settings of a session.

use std::path::PathBuf;

use super::phonebook::{self, Book, Entry};
use super::plan::Setup;
use crate::engine::{SessionConfig, Wire};
use crate::line::{LineFormat, LineFormatError};
use crate::link::ports;
use crate::petscii::CharSet;
use crate::petscii::host::HostCharset;
use crate::petscii::keyboard::{self, Layout};
use crate::screen::ScreenKind;
use crate::ui::front::{BookLine, Choice, KeyLine, PortLine, Services};

/// The shell around a front end.
#[derive(Debug)]
pub struct Shell {
    /// The settings of this run.
    pub setup: Setup,
}

impl Shell {
    fn book_path(&self) -> Result<PathBuf, String> {
        self.setup.book_path.clone().ok_or_else(|| "this system has no place for a phone book".to_owned())
    }

    fn change_book(
        &self,
        change: impl FnOnce(&mut Book) -> Result<(), super::exit::Problem>,
    ) -> Result<(), String> {
        // Read anew: another petterm may have changed it meanwhile.
        let (mut book, _) = Book::read(&self.book_path()?).map_err(|error| error.to_string())?;
        change(&mut book).map_err(|error| error.to_string())
    }
}

impl Services for Shell {
    fn ports(&self) -> Vec<PortLine> {
        ports::list()
            .into_iter()
            .map(|port| PortLine {
                device: port.device.display().to_string(),
                state: super::ports::state(&port.state),
                adapter: port.adapter,
            })
            .collect()
    }

    fn phone_book(&self) -> Result<Vec<BookLine>, String> {
        let book = self.setup.book().map_err(|error| format!("{error:#}"))?;
        let line = |entry: &Entry| BookLine {
            name: entry.name.clone(),
            address: entry.address.clone(),
            detail: entry.detail(),
        };
        Ok(book.entries().iter().map(line).collect())
    }

    fn session_for(&self, choice: &Choice) -> Result<SessionConfig, String> {
        let resolved = match choice {
            Choice::Target(target) => self.setup.resolve(target, None),
            Choice::Text(text) => self.setup.resolve_word(text.trim().as_ref()),
            Choice::Entry(name) => self.setup.resolve_entry(name),
        };
        resolved.map(|resolved| resolved.session).map_err(|error| format!("{error:#}"))
    }

    fn add_to_phone_book(&self, name: &str, config: &SessionConfig) -> Result<(), String> {
        let entry = phonebook::entry_of(name, config).map_err(|error| error.to_string())?;
        self.change_book(|book| book.add(&[entry]))
    }

    fn remove_from_phone_book(&self, name: &str) -> Result<(), String> {
        self.change_book(|book| book.remove(name))
    }

    fn line_format(&self, text: &str) -> Result<LineFormat, String> {
        match text.trim().parse::<u32>() {
            Ok(_) => format!("{}-8N1", text.trim()).parse(),
            Err(_) => text.parse(),
        }
        .map_err(|error: LineFormatError| error.to_string())
    }

    fn keyboard_help(&self, kind: ScreenKind, wire: Wire) -> Vec<KeyLine> {
        let layout = match wire {
            Wire::Petscii => Layout::petscii(kind.machine().unwrap_or_default(), CharSet::Text),
            Wire::Ascii => Layout::host(HostCharset::CP437, kind != ScreenKind::Ascii),
        };
        keyboard::help(layout)
            .into_iter()
            .map(|line| KeyLine { key: line.pc, meaning: format!("{} ({})", line.meaning, line.bytes) })
            .collect()
    }
}
