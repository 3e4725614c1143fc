//! The config file, and `petterm config`.
//!
//! `config.toml` in `$XDG_CONFIG_HOME/petterm` (or `~/.config/petterm`; on Windows in `%APPDATA%\petterm`)
//! holds settings by their long options' names, and profiles of your own as tables `[profile.NAME]` of the
//! same settings. It is read whole or not at all: an unknown name, a value of the wrong kind or out of
//! range, a syntax error or a file that cannot be read ends the program with exit code 2 and says line and
//! column.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::args::{ConfigAction, nearest};
use super::exit::Problem;
use super::profile::BUILTIN;
use super::settings::{self, Conflict, Layers, PartialSettings, Refusal, Source};
use super::toml_file::{Document, FileError, kind, quoted, raw};
use super::values::Kind;

/// A config file that was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Config {
    /// The file; `None` if there is none.
    pub path: Option<PathBuf>,
    /// The settings outside the profiles.
    pub settings: PartialSettings,
    /// Your own profiles.
    pub profiles: Vec<(String, PartialSettings)>,
}

/// Where petterm's files are; `None` if the system has no home for them.
pub fn directory() -> Option<PathBuf> {
    etcetera::choose_base_strategy().ok().map(|base| base.config_dir().join("petterm"))
}

/// Your own config file's place.
pub fn own_path() -> Option<PathBuf> {
    directory().map(|directory| directory.join("config.toml"))
}

impl Config {
    /// Reads a config file; one that does not exist holds nothing, unless it was `asked_for`.
    ///
    /// # Errors
    /// What is wrong, with line and column.
    pub fn read(path: &Path, asked_for: bool) -> Result<Config, FileError> {
        match Document::read(path)? {
            Some(document) => Config::parse(&document),
            None if asked_for => {
                Err(FileError::new(path, "there is no such file; leave --config out or make it"))
            }
            None => Ok(Config::default()),
        }
    }

    fn parse(document: &Document) -> Result<Config, FileError> {
        let table = document.table()?;
        let mut config = Config { path: Some(document.path.clone()), ..Config::default() };
        for (key, value) in &table {
            if key.get_ref() == "profile" {
                config.profiles = profiles(document, value)?;
            } else {
                read_setting(document, key.get_ref(), key.span(), value, &mut config.settings, &["profile"])?;
            }
        }
        check_conflicts(document, &config.settings)?;
        Ok(config)
    }
}

fn profiles(
    document: &Document,
    value: &Spanned<DeValue<'_>>,
) -> Result<Vec<(String, PartialSettings)>, FileError> {
    let wrong = |value: &Spanned<DeValue<'_>>| {
        let what = format!("a profile is a table, [profile.NAME], not {}", kind(value.get_ref()));
        document.error(value.span(), what)
    };
    let DeValue::Table(tables) = value.get_ref() else { return Err(wrong(value)) };
    let mut out = Vec::new();
    for (name, value) in tables {
        let DeValue::Table(table) = value.get_ref() else { return Err(wrong(value)) };
        let mut profile = PartialSettings::default();
        read_settings(document, table, &mut profile)?;
        check_conflicts(document, &profile)?;
        out.push((name.get_ref().to_string(), profile));
    }
    Ok(out)
}

fn read_settings(
    document: &Document,
    table: &DeTable<'_>,
    into: &mut PartialSettings,
) -> Result<(), FileError> {
    for (key, value) in table {
        read_setting(document, key.get_ref(), key.span(), value, into, &[])?;
    }
    Ok(())
}

/// Reads one setting; `others` are names that the caller knows besides, for the suggestion.
pub(super) fn read_setting(
    document: &Document,
    key: &str,
    key_span: std::ops::Range<usize>,
    value: &Spanned<DeValue<'_>>,
    into: &mut PartialSettings,
    others: &[&str],
) -> Result<(), FileError> {
    let refusal = match raw(value.get_ref()) {
        Some(raw) => match into.set(key, raw) {
            Ok(()) => return Ok(()),
            Err(refusal) => refusal,
        },
        None if settings::names().iter().any(|name| name == key) => Refusal::Kind("a plain value".to_owned()),
        None => Refusal::Unknown,
    };
    Err(match refusal {
        Refusal::Unknown => document.error(key_span, unknown(key, others)),
        Refusal::Kind(needed) => {
            let what = format!("{key} needs {needed}, not {}", kind(value.get_ref()));
            document.error(value.span(), what)
        }
        Refusal::Value(needed) => document.error(value.span(), format!("{key}: {needed}")),
    })
}

fn unknown(key: &str, others: &[&str]) -> String {
    if matches!(key, "script" | "dump" | "fast" | "config" | "no-config") {
        return format!("{key} belongs to one run; give it on the command line as --{key}");
    }
    let names = settings::names();
    let known = names.iter().map(String::as_str).chain(others.iter().copied());
    match nearest(key, known) {
        Some(near) => format!("there is no setting '{key}'; did you mean '{near}'?"),
        None => format!("there is no setting '{key}'; 'petterm config example' lists them"),
    }
}

fn check_conflicts(document: &Document, settings: &PartialSettings) -> Result<(), FileError> {
    let source = Source::File(document.path.clone());
    Layers::new().push(source, settings.clone()).map_err(|Conflict { first, second, .. }| {
        let bare = |name: &'static str| name.trim_start_matches('-');
        let what = format!("{} and {} exclude each other; leave one out", bare(first), bare(second));
        FileError::new(&document.path, what)
    })
}

/// A setting as a line of a config file.
pub(super) fn written(name: &str, kind: Kind, value: &str) -> String {
    match kind {
        Kind::Switch | Kind::Number => format!("{name} = {value}"),
        Kind::Text => format!("{name} = {}", quoted(value)),
    }
}

/// `petterm config`: the settings in effect and where each comes from, in a form that a config file takes.
///
/// # Errors
/// If the output cannot be written.
pub fn show(out: &mut impl Write, config: &Config, layers: &Layers) -> io::Result<()> {
    match &config.path {
        Some(path) => writeln!(out, "# config file: {}", path.display())?,
        None => writeln!(out, "# config file: none")?,
    }
    let merged = layers.merged();
    let lines: Vec<(String, String)> = merged
        .entries()
        .into_iter()
        // Its parts are shown, each with where it comes from.
        .filter(|(name, ..)| name != "line")
        .map(|(name, kind, value)| (written(&name, kind, &value), layers.source(&name).to_string()))
        .collect();
    if lines.is_empty() {
        writeln!(out, "# nothing is set: every setting is the default of its target")?;
    }
    let width = lines.iter().map(|(line, _)| line.chars().count()).max().unwrap_or(0);
    for (line, source) in lines {
        writeln!(out, "{line:width$}  # {source}")?;
    }
    writeln!(out)?;
    writeln!(out, "# profiles (--profile NAME):")?;
    for (name, _) in &config.profiles {
        writeln!(out, "#   {name:12} your own")?;
    }
    for built_in in BUILTIN {
        if !config.profiles.iter().any(|(name, _)| name.eq_ignore_ascii_case(built_in.name)) {
            writeln!(out, "#   {:12} {}", built_in.name, built_in.summary)?;
        }
    }
    Ok(())
}

/// `petterm config path|check|example`.
///
/// # Errors
/// If a file has an error or the output cannot be written.
pub fn act(out: &mut impl Write, action: &ConfigAction, config: Option<&Path>) -> anyhow::Result<()> {
    let no_home = || Problem::file("this system has no place for config files; give --config FILE");
    let config_path = config.map(Path::to_owned).or_else(own_path).ok_or_else(no_home)?;
    let book_path = super::phonebook::own_path().ok_or_else(no_home)?;
    match action {
        ConfigAction::Path => {
            writeln!(out, "{}", config_path.display())?;
            writeln!(out, "{}", book_path.display())?;
        }
        ConfigAction::Check => {
            let read = Config::read(&config_path, config.is_some())?;
            let state = if read.path.is_some() { "ok" } else { "none (that is fine)" };
            writeln!(out, "{}: {state}", config_path.display())?;
            let (book, found) = super::phonebook::Book::read(&book_path)?;
            let state = if found {
                format!("ok, {} entries", book.entries().len())
            } else {
                "none (that is fine)".to_owned()
            };
            writeln!(out, "{}: {state}", book_path.display())?;
        }
        ConfigAction::Example => out.write_all(EXAMPLE.as_bytes())?,
    }
    Ok(())
}

/// A config file to begin with; every line of it is commented out or a default.
const EXAMPLE: &str = include_str!("example.toml");
