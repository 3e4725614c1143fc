//! A command line that cannot be read, in one line: what, why, what next.

use std::ffi::OsString;
use std::fmt::Write as _;

pub(super) const LINE_AUTO: &str = "--line auto means something to 'petterm decode' and 'petterm scope' alone; say --line BAUD-8N1, such as \
    --line 300-7E1; 'petterm probe' finds out which";

/// Whether it is about `--line auto`, which is no line and which `decode` takes nevertheless.
pub(super) fn is_line_auto(error: &clap::Error) -> bool {
    use clap::error::{ContextKind, ContextValue};
    let is = |kind, wanted: &dyn Fn(&str) -> bool| matches!(error.get(kind), Some(ContextValue::String(text)) if wanted(text));
    is(ContextKind::InvalidArg, &|arg| arg.starts_with("--line "))
        && is(ContextKind::InvalidValue, &|value| value == "auto")
}

/// The words without `--line auto`.
pub(super) fn without_line_auto(words: &[OsString]) -> Vec<OsString> {
    let mut left: Vec<OsString> = Vec::with_capacity(words.len());
    for word in words {
        if word == "auto" && left.last().is_some_and(|last| last == "--line") {
            left.pop();
        } else if word != "--line=auto" {
            left.push(word.clone());
        }
    }
    left
}

/// Commands of the settled command line that this version does not have.
pub(super) const LATER_COMMANDS: &[&str] = &["modem", "sim", "rom"];

/// Those that it has.
const COMMANDS: &[&str] = &[
    "demo",
    "ports",
    "view",
    "convert",
    "decode",
    "probe",
    "encode",
    "wiring",
    "scope",
    "send",
    "recv",
    "prg",
    "phonebook",
    "config",
    "man",
    "completions",
];

/// Options of the settled command line that this version does not have, and what to do without them.
const LATER_OPTIONS: &[(&str, &str)] = &[
    ("--pet", "'petterm demo' needs no PET"),
    ("--map", "--charset and --wire choose the code that travels"),
];

pub(super) fn later_command(word: &str) -> String {
    format!("'petterm {word}' is not in this version")
}

/// A clap error as one line: what, why, what next.
pub(super) fn explain(error: &clap::Error, words: &[OsString]) -> String {
    use clap::error::{ContextKind, ContextValue, ErrorKind};
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    if error.kind() == ErrorKind::UnknownArgument {
        let name = text(ContextKind::InvalidArg).and_then(|flag| flag.split('=').next());
        if let Some((later, instead)) = LATER_OPTIONS.iter().find(|(later, _)| Some(*later) == name) {
            return format!("{later} is not in this version; {instead}");
        }
        let mut said = words.iter().skip(1).filter_map(|word| word.to_str());
        if let Some(word) = said.find(|word| LATER_COMMANDS.contains(word)) {
            return later_command(word);
        }
        if let Some(word) = words.get(1).and_then(|word| word.to_str())
            && let Some(near) = nearest_command(word).filter(|near| *near != word)
        {
            return format!("there is no command '{word}'; did you mean '{near}'?");
        }
    }
    if is_line_auto(error) {
        return LINE_AUTO.to_owned();
    }
    let rendered = error.render().to_string();
    let mut line = String::new();
    let meant = text(ContextKind::InvalidArg).and_then(|option| nearest_option(option, words));
    for part in rendered.lines().map(str::trim) {
        if part.starts_with("Usage:") || part.starts_with("For more information") {
            break;
        }
        if part.is_empty() || part.starts_with("tip: to pass") {
            continue;
        }
        let part = part.strip_prefix("error: ").unwrap_or(part);
        let similar;
        let part = match part.strip_prefix("tip: ") {
            // Of what the command takes; clap proposes what is hidden from it, too.
            Some(tip) if tip.starts_with("a similar argument exists") => {
                let Some(meant) = &meant else { continue };
                similar = format!("did you mean '--{meant}'?");
                &similar
            }
            Some(tip) => tip,
            None => part,
        };
        if !line.is_empty() {
            line.push_str(if line.ends_with(':') { " " } else { "; " });
        }
        line.push_str(part);
    }
    if let (Some(arg), Some(value)) = (text(ContextKind::InvalidArg), text(ContextKind::InvalidValue)) {
        let typed = words.iter().any(|word| word.to_string_lossy().contains(value));
        let long = arg.trim_start_matches('-').split([' ', '=', '[']).next().unwrap_or_default();
        if !typed && !long.is_empty() {
            let variable = format!("PETTERM_{}", long.replace('-', "_").to_ascii_uppercase());
            let _ = write!(line, " (the variable {variable} says so)");
        }
    }
    if !line.ends_with('?') && !matches!(error.kind(), ErrorKind::InvalidValue | ErrorKind::ValueValidation) {
        let command = words.get(1).and_then(|word| COMMANDS.iter().find(|command| *word == **command));
        let command = command.map(|command| format!("{command} ")).unwrap_or_default();
        let _ = write!(line, "; 'petterm {command}--help' lists the options");
    }
    line
}

/// The option of the command at hand that a wrong one is probably meant to be.
fn nearest_option(wrong: &str, words: &[OsString]) -> Option<String> {
    let shown = super::command_as_shown();
    let mut command = &shown;
    for word in words.iter().skip(1).filter_map(|word| word.to_str()) {
        command = command.find_subcommand(word).unwrap_or(command);
    }
    let options = command.get_arguments().filter_map(clap::Arg::get_long);
    nearest(wrong.trim_start_matches('-'), options).map(str::to_owned)
}

/// The command that a word is probably meant to be, if one is near.
///
/// For a dotless name that does not resolve as a host.
pub fn nearest_command(word: &str) -> Option<&'static str> {
    nearest(word, COMMANDS.iter().copied())
}

/// The nearest of some names, if it is near enough to be meant.
pub(in crate::cli) fn nearest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    names
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&word, name), name))
        .filter(|(distance, name)| *distance <= (name.len() / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}
