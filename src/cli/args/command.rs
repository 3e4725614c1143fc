//! The command line as clap has it: the global options, and which command each of them means something to.

use clap::builder::TypedValueParser as _;
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, CommandFactory};

use super::Args;
use crate::cli::phonebook;
use crate::cli::settings::FIELDS;

/// The command line's definition, from which help and manual are made as well.
pub fn command() -> clap::Command {
    let command = with_global_options();
    let globals: Vec<Arg> = command.get_arguments().filter(|arg| arg.is_global_set()).cloned().collect();
    for_commands(command, &[], &globals, true)
}

/// The same without what a command refuses, for completions: their generator does not heed what is hidden.
pub fn command_as_shown() -> clap::Command {
    let command = with_global_options();
    let globals: Vec<Arg> = command
        .get_arguments()
        .filter(|arg| arg.is_global_set())
        .map(|arg| arg.clone().global(false))
        .collect();
    let command = command.mut_args(|arg| arg.global(false));
    without_files(for_commands(command, &[], &globals, false))
}

/// Offers no file names where the value of an option is none.
fn without_files(command: clap::Command) -> clap::Command {
    let is_file = |name: &clap::builder::Str| name.contains("FILE") || name.contains("DIR");
    command
        .mut_args(|arg| {
            let files = arg.get_value_names().is_some_and(|names| names.iter().any(is_file));
            if arg.is_positional() || files || !arg.get_action().takes_values() {
                arg
            } else {
                arg.value_hint(clap::ValueHint::Other)
            }
        })
        .mut_subcommands(without_files)
}

fn with_global_options() -> clap::Command {
    Args::command().mut_args(|mut arg| {
        let id = arg.get_id().to_string();
        let is_setting = FIELDS.contains(&id.as_str());
        if arg.is_positional() {
            return arg;
        }
        arg = arg.global(true);
        if arg.get_action().takes_values() {
            arg = arg.hide_possible_values(true);
        }
        if is_setting || matches!(id.as_str(), "profile" | "config" | "no_config") {
            arg = arg.env(format!("PETTERM_{}", id.to_ascii_uppercase())).hide_env(true);
        }
        if is_setting && arg.get_value_names().is_some_and(|names| names.iter().any(|n| n == "no")) {
            arg = arg.num_args(0..=1).require_equals(true).default_missing_value("yes");
        }
        if matches!(
            id.as_str(),
            "baud" | "databits" | "stopbits" | "output_delay" | "line_delay" | "timeout" | "cols"
        ) {
            // `--baud -5` is a bad value, not an unknown flag.
            arg = arg.allow_negative_numbers(true);
        }
        if id == "no_config" {
            arg = arg.value_parser(clap::builder::FalseyValueParser::new().map(|on| on));
        }
        arg
    })
}

/// Gives every command its own copy of the global options; those that mean nothing to it are hidden, or left out.
fn for_commands(
    mut command: clap::Command,
    path: &[&str],
    globals: &[Arg],
    with_hidden: bool,
) -> clap::Command {
    let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    for name in names {
        let path = [path, &[name.as_str()]].concat();
        command = command.mut_subcommand(&name, |mut sub| {
            // Where a command has a letter of its own, as `-o FILE`, the global option keeps its long name.
            let letters: Vec<char> = sub.get_arguments().filter_map(Arg::get_short).collect();
            for arg in globals {
                let shown = means_something(&path, arg.get_id().as_str());
                if !shown && !with_hidden {
                    continue;
                }
                let mut arg = arg.clone().hide(!shown);
                if path == ["probe"] && arg.get_id() == "timeout" {
                    arg = arg.help("Seconds to listen at most (default 60)");
                }
                if path == ["prg", "make"] && arg.get_id() == "verbose" {
                    arg = arg.help("Tell the sum of each line of DATA too");
                }
                if arg.get_short().is_some_and(|letter| letters.contains(&letter)) {
                    arg = arg.short(None);
                }
                sub = sub.arg(arg);
            }
            for_commands(sub.max_term_width(100), &path, globals, with_hidden)
        });
    }
    command
}

/// Whether an option, by its field's name, means anything to a command.
fn means_something(command: &[&str], option: &str) -> bool {
    if matches!(option, "config" | "no_config") {
        return true;
    }
    match command {
        ["demo"] => {
            const REAL_LINKS: &[&str] = &[
                "flow",
                "invert",
                "invert_rx",
                "invert_tx",
                "cable",
                "telnet",
                "raw",
                "telnet_open",
                "no_cr_nul",
                "no_lock",
                "low_latency",
                "no_reconnect",
            ];
            !REAL_LINKS.contains(&option)
        }
        ["view"] => matches!(option, "screen" | "strict" | "board" | "cols" | "charset" | "dump" | "theme"),
        ["decode" | "encode"] => option == "line",
        // A live line takes what a session takes; the command itself says what a recording does not.
        ["scope"] => !matches!(option, "dump" | "fast"),
        // What travels is the file's, and nothing is shown.
        ["send" | "recv"] => {
            const SHOWN: &[&str] = &[
                "dump",
                "fast",
                "script",
                "screen",
                "strict",
                "board",
                "cols",
                "theme",
                "glyphs",
                "visual_bell",
                "echo",
                "local_echo",
            ];
            !SHOWN.contains(&option)
        }
        ["probe"] => matches!(option, "timeout" | "no_lock" | "low_latency"),
        ["prg", "make"] => option == "verbose",
        ["phonebook", "add"] => phonebook::KEPT.contains(&option),
        ["config"] => option == "profile" || FIELDS.contains(&option),
        _ => false,
    }
}

/// Refuses options on the command line that mean nothing to the command.
pub(super) fn refuse_strangers(matches: &ArgMatches) -> Result<(), String> {
    let mut path = Vec::new();
    let mut inner = matches;
    while let Some((name, sub)) = inner.subcommand() {
        path.push(name);
        inner = sub;
    }
    if path.is_empty() {
        return Ok(());
    }
    for id in matches.ids().map(clap::Id::as_str) {
        let is_option = FIELDS.contains(&id)
            || matches!(id, "script" | "dump" | "fast" | "profile" | "verbose" | "record");
        let given = matches.value_source(id) == Some(ValueSource::CommandLine);
        if is_option && given && !means_something(&path, id) {
            let option = id.replace('_', "-");
            if path == ["view"] && id == "baud" {
                return Err(
                    "'petterm view --baud', the stream at its speed, is not in this version".to_owned()
                );
            }
            return Err(format!("--{option} means nothing to 'petterm {}'; leave it out", path.join(" ")));
        }
    }
    Ok(())
}
