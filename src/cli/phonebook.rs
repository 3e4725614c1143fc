//! The phone book, and `petterm phonebook`.
//!
//! `phonebook.toml` stands beside the config file. Each `[[entry]]` has a name (its own, upper or lower
//! case) and an address (a target); all else is optional. A book that does not exist yet holds two entries.
//!
//! A change is written to a temporary file in the same directory, flushed, and renamed over the old book: at
//! every moment there is one whole book. What you wrote by hand, comments included, stays as it is. A book
//! with an error in it is never written to.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::DeValue;

use super::args::{AddArgs, nearest};
use super::config::{self, read_setting, written};
use super::exit::{Exit, Problem};
use super::settings::{PartialSettings, Refusal};
use super::toml_file::{Document, FileError, kind, quoted, raw};
use super::values::{Columns, Phrase, ScreenChoice, Setting, Switch, WireChoice};
use crate::engine::{SessionConfig, Target, TelnetPolicy};

/// The settings that an entry keeps, as clap names them; `cols`, `telnet`, `raw` and `no_cr_nul` are written
/// as `columns`, `mode` and `cr-nul`.
pub(super) const KEPT: &[&str] = &[
    "screen",
    "wire",
    "cols",
    "charset",
    "telnet",
    "raw",
    "no_cr_nul",
    "line",
    "baud",
    "databits",
    "parity",
    "stopbits",
    "invert",
    "invert_rx",
    "invert_tx",
    "cable",
    "strip7",
    "set7",
    "echo",
    "local_echo",
    "profile",
];

/// Keys that an entry may hold under their own long names.
const SETTINGS: &[&str] = &[
    "screen",
    "wire",
    "charset",
    "line",
    "invert",
    "invert-rx",
    "invert-tx",
    "cable",
    "strip7",
    "set7",
    "echo",
];

/// Keys that only a phone book has.
const OWN_KEYS: &[&str] =
    &["name", "number", "address", "mode", "columns", "cr-nul", "binary", "profile", "note"];

const INITIAL: &str = "\
# petterm's phone book. petterm NAME calls an entry; petterm phonebook add, remove and list manage them.

[[entry]]
name = \"Demo board\"
address = \"demo:\"
note = \"built in, no hardware needed\"

[[entry]]
name = \"Level 29\"
address = \"bbs.fozztexx.com:23\"
profile = \"level29\"
note = \"from the article that petterm began with; unverified\"
";

/// An entry.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entry {
    /// What it is called; no two entries differ in case only.
    pub name: String,
    /// A number to dial it by, kept for modems.
    pub number: Option<String>,
    /// A target.
    pub address: String,
    /// Whether transfers ask for telnet BINARY, kept for them.
    pub binary: Option<bool>,
    /// A profile to take the settings from that the entry does not have.
    pub profile: Option<String>,
    /// Anything worth knowing.
    pub note: Option<String>,
    /// Its settings.
    pub settings: PartialSettings,
}

impl Entry {
    /// auto, telnet or raw.
    pub fn mode(&self) -> &'static str {
        match (self.settings.telnet, self.settings.raw) {
            (Some(Switch(true)), _) => "telnet",
            (_, Some(Switch(true))) => "raw",
            _ => "auto",
        }
    }

    /// The lines after `[[entry]]`, as the file holds them, values already written as TOML.
    fn lines(&self) -> Vec<(String, String)> {
        let text = |key: &str, value: &Option<String>| value.as_ref().map(|v| (key.to_owned(), quoted(v)));
        let mut lines = vec![("name".to_owned(), quoted(&self.name))];
        lines.extend(text("number", &self.number));
        lines.push(("address".to_owned(), quoted(&self.address)));
        if self.mode() != "auto" {
            lines.push(("mode".to_owned(), quoted(self.mode())));
        }
        for (name, kind, value) in self.settings.entries() {
            if SETTINGS.contains(&name.as_str()) {
                let line = written(&name, kind, &value);
                let value = line.split_once(" = ").map_or(String::new(), |(_, value)| value.to_owned());
                lines.push((name, value));
            }
        }
        if let Some(columns) = self.settings.cols {
            lines.push(("columns".to_owned(), columns.show()));
        }
        if let Some(Switch(without)) = self.settings.no_cr_nul {
            lines.push(("cr-nul".to_owned(), (!without).to_string()));
        }
        if let Some(binary) = self.binary {
            lines.push(("binary".to_owned(), binary.to_string()));
        }
        lines.extend(text("profile", &self.profile));
        lines.extend(text("note", &self.note));
        lines
    }

    fn to_toml(&self) -> String {
        let mut out = "[[entry]]\n".to_owned();
        for (key, value) in self.lines() {
            out.extend([&key, " = ", &value, "\n"]);
        }
        out
    }

    /// Screen, mode and note in a few words.
    pub fn detail(&self) -> String {
        let mut words: Vec<String> = Vec::new();
        if let Some(ScreenChoice(Some(screen))) = self.settings.screen {
            words.push(screen.to_string());
        }
        if let Some(WireChoice(Some(_))) = self.settings.wire {
            words.extend(self.settings.wire.map(|wire| wire.show()));
        }
        words.extend(self.settings.line.map(|line| line.show()));
        words.extend(self.profile.as_ref().map(|profile| format!("profile {profile}")));
        if self.mode() != "auto" {
            words.push(self.mode().to_owned());
        }
        words.extend(self.note.clone());
        words.join(", ")
    }
}

/// The phone book and the file it is in.
#[derive(Clone, Debug)]
pub struct Book {
    document: Document,
    entries: Vec<Entry>,
}

/// Where your phone book is; `None` if the system has no home for it.
pub fn own_path() -> Option<PathBuf> {
    config::directory().map(|directory| directory.join("phonebook.toml"))
}

impl Book {
    /// Reads a book; the flag says whether there was a file. Without one it is the initial book.
    ///
    /// # Errors
    /// What is wrong with the file, with line and column.
    pub fn read(path: &Path) -> Result<(Book, bool), FileError> {
        let (document, found) = match Document::read(path)? {
            Some(document) => (document, true),
            None => (Document { path: path.to_owned(), text: INITIAL.to_owned() }, false),
        };
        Book::parse(document).map(|book| (book, found))
    }

    fn parse(document: Document) -> Result<Book, FileError> {
        let entries = read_entries(&document)?;
        Ok(Book { document, entries })
    }

    /// The entries, in the file's order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entry of this name, upper or lower case.
    pub fn find(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| same_name(&entry.name, name))
    }

    /// Adds entries and saves the book; none is added if a name is there already.
    ///
    /// # Errors
    /// If a name is there already, or the book cannot be written.
    pub fn add(&mut self, new: &[Entry]) -> Result<(), Problem> {
        let twice: Vec<String> =
            new.iter().filter(|e| self.find(&e.name).is_some()).map(|e| format!("'{}'", e.name)).collect();
        if !twice.is_empty() {
            return Err(Problem::usage(format!(
                "the phone book has {} already; remove it first or choose another name",
                twice.join(", ")
            )));
        }
        let mut text = self.document.text.clone();
        for entry in new {
            if !text.is_empty() {
                text.push_str(if text.ends_with('\n') { "\n" } else { "\n\n" });
            }
            text.push_str(&entry.to_toml());
        }
        let wanted = [self.entries.as_slice(), new].concat();
        self.replace(text, &wanted)
    }

    /// Removes an entry and saves the book.
    ///
    /// # Errors
    /// If there is none of that name, or the book cannot be written.
    pub fn remove(&mut self, name: &str) -> Result<(), Problem> {
        let Some(index) = self.entries.iter().position(|entry| same_name(&entry.name, name)) else {
            let near = nearest(name, self.entries.iter().map(|entry| entry.name.as_str())).map_or_else(
                || "; 'petterm phonebook list' shows it".to_owned(),
                |n| format!("; did you mean '{n}'?"),
            );
            return Err(Problem::new(Exit::NotFound, format!("the phone book has no entry '{name}'{near}")));
        };
        let mut wanted = self.entries.clone();
        wanted.remove(index);
        self.replace(without_entry(&self.document, index), &wanted)
    }

    /// Makes `text` the book if it holds the entries that are wanted; else writes those afresh, without the
    /// comments (a file can be laid out in ways that a change by lines does not understand).
    fn replace(&mut self, text: String, wanted: &[Entry]) -> Result<(), Problem> {
        let document = Document { path: self.document.path.clone(), text };
        let book = match Book::parse(document) {
            Ok(book) if book.entries == wanted => book,
            _ => {
                let text = wanted.iter().map(Entry::to_toml).collect::<Vec<_>>().join("\n");
                let document = Document { path: self.document.path.clone(), text };
                Book::parse(document).map_err(|error| Problem::usage(error.what))?
            }
        };
        write_whole(&book.document.path, &book.document.text).map_err(|error| {
            let what = format!(
                "{} cannot be written: {error}; the old book is as it was",
                self.document.path.display()
            );
            Problem::file(what)
        })?;
        *self = book;
        Ok(())
    }
}

fn same_name(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}

/// The text without the lines of its `index`-th `[[entry]]`, up to the comment above the next one; the text as
/// it is if the entry is not laid out so.
fn without_entry(document: &Document, index: usize) -> String {
    let text = document.text.as_str();
    let starts = entry_starts(document);
    let line_of = |at: usize| text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
    let Some(&start) = starts.get(index) else { return text.to_owned() };
    let start = line_of(start);
    let end = starts.get(index + 1).map_or(text.len(), |&next| {
        let mut end = line_of(next);
        while end > start {
            let above = line_of(end - 1);
            if !text.get(above..end).is_some_and(|line| line.starts_with('#')) {
                break;
            }
            end = above;
        }
        end
    });
    let (before, after) = (text.get(..start).unwrap_or_default(), text.get(end..).unwrap_or_default());
    match (before.trim_end(), after) {
        ("", "") => String::new(),
        (before, "") => format!("{before}\n"),
        _ => format!("{before}{after}"),
    }
}

/// Where each entry begins.
fn entry_starts(document: &Document) -> Vec<usize> {
    let Ok(table) = document.table() else { return Vec::new() };
    match table.get("entry").map(Spanned::get_ref) {
        Some(DeValue::Array(list)) => list.iter().map(|entry| entry.span().start).collect(),
        _ => Vec::new(),
    }
}

/// Replaces a file by way of a temporary one beside it, so that there is a whole file at every moment. A
/// link is followed, not replaced.
fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let directory = path.parent().ok_or_else(|| io::Error::other("it has no directory"))?;
    fs::create_dir_all(directory)?;
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let temporary = directory.join(name);
    let written = (|| {
        let mut file = OpenOptions::new().write(true).create_new(true).open(&temporary)?;
        if let Ok(old) = fs::metadata(&path) {
            file.set_permissions(old.permissions())?;
        }
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&temporary, &path)
    })();
    if written.is_err() {
        // What is left of it is ours; the book was not touched.
        let _ = fs::remove_file(&temporary);
    }
    written
}

fn read_entries(document: &Document) -> Result<Vec<Entry>, FileError> {
    let table = document.table()?;
    let mut entries: Vec<Entry> = Vec::new();
    for (key, value) in &table {
        if key.get_ref() != "entry" {
            let what =
                format!("there is no '{}' in a phone book; entries begin with [[entry]]", key.get_ref());
            return Err(document.error(key.span(), what));
        }
        let DeValue::Array(list) = value.get_ref() else {
            return Err(document.error(value.span(), "entries begin with [[entry]], in double brackets"));
        };
        for value in list {
            let entry = read_entry(document, value)?;
            if entries.iter().any(|other| same_name(&other.name, &entry.name)) {
                let what = format!("a second entry is called '{}'; rename one of them", entry.name);
                return Err(document.error(value.span(), what));
            }
            entries.push(entry);
        }
    }
    Ok(entries)
}

fn read_entry(document: &Document, value: &Spanned<DeValue<'_>>) -> Result<Entry, FileError> {
    let DeValue::Table(table) = value.get_ref() else {
        return Err(
            document.error(value.span(), format!("an entry is a table, not {}", kind(value.get_ref())))
        );
    };
    let mut entry = Entry::default();
    for (key, value) in table {
        let name: &str = key.get_ref();
        let text = || match value.get_ref() {
            DeValue::String(text) => Ok(text.to_string()),
            other => Err(document.error(value.span(), format!("{name} needs a string, not {}", kind(other)))),
        };
        let switch = || match value.get_ref() {
            DeValue::Boolean(on) => Ok(*on),
            other => {
                Err(document.error(value.span(), format!("{name} needs true or false, not {}", kind(other))))
            }
        };
        let bad = |what: String| document.error(value.span(), format!("{name}: {what}"));
        match name {
            "name" => entry.name = check_name(&text()?).map_err(bad)?,
            "number" => entry.number = Some(check_number(&text()?).map_err(bad)?),
            "address" => entry.address = check_address(&text()?).map_err(bad)?,
            "mode" => match text()?.as_str() {
                "auto" => {}
                "telnet" => entry.settings.telnet = Some(Switch(true)),
                "raw" => entry.settings.raw = Some(Switch(true)),
                _ => return Err(bad("one of auto, telnet, raw is needed".to_owned())),
            },
            "columns" => match raw(value.get_ref()).map(|raw| entry.settings.set("cols", raw)) {
                Some(Ok(())) => {}
                Some(Err(Refusal::Value(needed))) => return Err(bad(needed)),
                _ => return Err(bad("40 or 80 is needed".to_owned())),
            },
            "cr-nul" => entry.settings.no_cr_nul = Some(Switch(!switch()?)),
            "binary" => entry.binary = Some(switch()?),
            "profile" => entry.profile = Some(text()?),
            "note" => entry.note = Some(text()?),
            known if SETTINGS.contains(&known) => {
                read_setting(document, name, key.span(), value, &mut entry.settings, &[])?;
            }
            unknown => {
                let names = OWN_KEYS.iter().chain(SETTINGS).copied();
                let known = names.clone().collect::<Vec<_>>().join(", ");
                let what = nearest(unknown, names).map_or_else(
                    || format!("an entry has no '{unknown}'; it may have {known}"),
                    |near| format!("an entry has no '{unknown}'; did you mean '{near}'?"),
                );
                return Err(document.error(key.span(), what));
            }
        }
    }
    for (key, value_) in [("name", &entry.name), ("address", &entry.address)] {
        if value_.is_empty() {
            return Err(document.error(value.span(), format!("this entry has no {key}; add {key} = \"...\"")));
        }
    }
    Ok(entry)
}

fn check_name(name: &str) -> Result<String, String> {
    let trimmed = name.trim();
    if trimmed.is_empty()
        || trimmed != name
        || name.chars().count() > 60
        || name.chars().any(char::is_control)
    {
        return Err("1 to 60 characters are needed, without blanks at the ends".to_owned());
    }
    Ok(name.to_owned())
}

fn check_number(number: &str) -> Result<String, String> {
    let dialable = |c: char| c.is_ascii_digit() || " -()+*#/.,".contains(c);
    if !number.is_empty() && number.len() <= 40 && number.chars().all(dialable) {
        Ok(number.to_owned())
    } else {
        Err("up to 40 digits and - ( ) + * # / . , or blanks are needed".to_owned())
    }
}

fn check_address(address: &str) -> Result<String, String> {
    let target: Result<Target, _> = address.parse();
    target.map(|_| address.to_owned()).map_err(|error| error.to_string())
}

/// What `petterm phonebook add` was asked to add.
///
/// # Errors
/// If a part of it is not what it should be.
pub fn new_entry(
    args: &AddArgs,
    flags: &PartialSettings,
    profile: Option<&Phrase>,
) -> Result<Entry, Problem> {
    let bad = |part: &str, error: String| Problem::usage(format!("{part}: {error}"));
    let mut settings = flags.clone();
    if settings.baud.is_some()
        || settings.databits.is_some()
        || settings.parity.is_some()
        || settings.stopbits.is_some()
    {
        let mut line = settings.line.unwrap_or_else(|| crate::line::LineFormat::new(300));
        line.baud = settings.baud.take().map_or(line.baud, |baud| baud.0);
        line.data_bits = settings.databits.take().map_or(line.data_bits, |bits| bits.0);
        line.parity = settings.parity.take().unwrap_or(line.parity);
        line.stop = settings.stopbits.take().unwrap_or(line.stop);
        settings.line = Some(line);
    }
    if let Some(Switch(true)) = settings.local_echo.take() {
        settings.echo = Some(crate::engine::Echo::Local);
    }
    if settings.telnet == Some(Switch(true)) && settings.raw == Some(Switch(true)) {
        return Err(Problem::usage("--telnet and --raw exclude each other; leave one out"));
    }
    Ok(Entry {
        name: check_name(&args.name).map_err(|e| bad("the name", e))?,
        number: args.number.as_deref().map(check_number).transpose().map_err(|e| bad("--number", e))?,
        address: check_address(&args.address).map_err(|e| bad("the address", e))?,
        binary: args.binary.map(|switch| switch.0),
        profile: profile.map(|name| name.0.clone()),
        note: args.note.clone(),
        settings,
    })
}

/// A session as an entry: everything that an entry keeps.
pub(super) fn entry_of(name: &str, session: &SessionConfig) -> Result<Entry, Problem> {
    let has_line = session.target.has_line();
    let is_network = matches!(session.target, Target::Tcp { .. } | Target::Listen { .. });
    let on = |on: bool| on.then_some(Switch(true));
    let wide = session.screen.size().0 > 40;
    Ok(Entry {
        name: check_name(name).map_err(|error| Problem::usage(format!("the name: {error}")))?,
        address: session.target.to_string(),
        settings: PartialSettings {
            screen: Some(ScreenChoice(Some(session.screen))),
            wire: Some(WireChoice(Some(session.wire))),
            charset: Some(super::values::Charset(session.charset.clone())),
            cols: (wide && session.view40).then_some(Columns::Forty),
            line: has_line.then_some(session.line),
            strip7: on(session.strip7),
            set7: on(session.set7),
            echo: Some(session.echo),
            telnet: on(is_network && session.telnet == TelnetPolicy::Telnet),
            raw: on(is_network && session.telnet == TelnetPolicy::Raw),
            no_cr_nul: on(is_network && !session.cr_nul),
            ..PartialSettings::default()
        },
        ..Entry::default()
    })
}

/// Prints the book as a table.
///
/// # Errors
/// If the output cannot be written.
pub fn list(out: &mut impl Write, book: &Book) -> io::Result<()> {
    if book.entries.is_empty() {
        return writeln!(out, "the phone book is empty");
    }
    let width = |of: fn(&Entry) -> &str| {
        book.entries.iter().map(|entry| of(entry).chars().count()).max().unwrap_or(0)
    };
    let (names, addresses) = (width(|entry| &entry.name), width(|entry| &entry.address));
    for entry in &book.entries {
        let line = format!("{:names$}  {:addresses$}  {}", entry.name, entry.address, entry.detail());
        writeln!(out, "{}", super::exit::one_line(line.trim_end()))?;
    }
    Ok(())
}

/// Prints the book as a JSON list, the keys as in the file.
///
/// # Errors
/// If the output cannot be written.
pub fn list_json(out: &mut impl Write, book: &Book) -> anyhow::Result<()> {
    let list: Vec<serde_json::Value> = book
        .entries
        .iter()
        .map(|entry| {
            let s = &entry.settings;
            serde_json::json!({
                "name": entry.name,
                "number": entry.number,
                "address": entry.address,
                "mode": entry.mode(),
                "screen": s.screen.map_or_else(|| "auto".to_owned(), |screen| screen.show()),
                "wire": s.wire.map_or_else(|| "auto".to_owned(), |wire| wire.show()),
                "columns": s.cols.map(|columns| if columns == Columns::Forty { 40 } else { 80 }),
                "charset": s.charset.as_ref().map(Setting::show),
                "line": s.line.map(|line| line.show()),
                "strip7": s.strip7.map(|switch| switch.0),
                "set7": s.set7.map(|switch| switch.0),
                "echo": s.echo.map(|echo| echo.show()),
                "cr-nul": s.no_cr_nul.map(|without| !without.0),
                "binary": entry.binary,
                "profile": entry.profile,
                "note": entry.note,
            })
        })
        .collect();
    serde_json::to_writer_pretty(&mut *out, &list)?;
    writeln!(out)?;
    Ok(())
}

/// The entries of another book's file; `-` is stdin.
///
/// # Errors
/// If it cannot be read or has an error.
pub fn read_import(path: &Path) -> anyhow::Result<Vec<Entry>> {
    let document = if path == Path::new("-") {
        Document::from_reader(Path::new("stdin"), io::stdin().lock())?
    } else {
        Document::read(path)?.ok_or_else(|| {
            let what = format!("{}: there is no such file to import", path.display());
            Problem::new(Exit::NotFound, what)
        })?
    };
    Ok(read_entries(&document)?)
}

/// Writes the book to a new file, or to `out` for `-`.
///
/// # Errors
/// If the file exists or cannot be written.
pub fn export(out: &mut impl Write, book: &Book, path: &Path) -> anyhow::Result<()> {
    if path == Path::new("-") {
        out.write_all(book.document.text.as_bytes())?;
        return Ok(());
    }
    let trouble = |error: io::Error| super::input::not_written(path, &error);
    let mut file = File::create_new(path).map_err(trouble)?;
    file.write_all(book.document.text.as_bytes()).and_then(|()| file.sync_all()).map_err(trouble)?;
    Ok(())
}
