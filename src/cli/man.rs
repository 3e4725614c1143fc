//! `petterm man`: the manual page, made from the command line's own definition.

use std::io::{self, Write};

use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::args;

/// Writes the page as roff: the program, then each command.
///
/// # Errors
/// If the output cannot be written.
pub fn write(out: &mut impl Write) -> io::Result<()> {
    let mut command = args::command().mut_args(|arg| arg.hide_short_help(false));
    command.build();
    let man = Man::new(command.clone());
    man.render_title(out)?;
    man.render_name_section(out)?;
    Roff::new()
        .control("SH", ["SYNOPSIS"])
        .text([bold("petterm"), roman(" [OPTIONS] [TARGET]")])
        .control("br", [])
        .text([bold("petterm"), roman(" [OPTIONS] COMMAND")])
        .to_writer(out)?;
    man.render_description_section(out)?;
    Roff::new()
        .control("SH", ["IF THE TERMINAL IS LEFT IN A STRANGE STATE"])
        .text([
            roman("petterm puts the terminal back however it ends, except when it is killed with SIGKILL. Then type "),
            bold("reset"),
            roman(" and RETURN, blind if need be."),
        ])
        .to_writer(out)?;
    man.render_options_section(out)?;
    for sub in command.get_subcommands() {
        let title = format!("petterm {}", sub.get_name());
        Roff::new().control("SH", [title.to_uppercase().as_str()]).to_writer(out)?;
        section(out, sub)?;
        for action in sub.get_subcommands() {
            Roff::new().control("SS", [format!("{title} {}", action.get_name()).as_str()]).to_writer(out)?;
            section(out, action)?;
        }
    }
    let about_files = "config.toml and phonebook.toml in $XDG_CONFIG_HOME/petterm, or ~/.config/petterm; petterm config \
        path tells where, petterm config example prints one to begin with.";
    Roff::new().control("SH", ["FILES"]).text([roman(about_files)]).to_writer(out)?;
    man.render_extra_section(out)?;
    man.render_version_section(out)
}

/// What a command does and its own options; the common ones stand above.
fn section(out: &mut impl Write, command: &clap::Command) -> io::Result<()> {
    let mut roff = Roff::new();
    if let Some(about) = command.get_about() {
        roff.text([roman(about.to_string())]);
    }
    for arg in command.get_arguments() {
        if arg.is_global_set() || arg.is_hide_set() || arg.get_id() == "help" {
            continue;
        }
        let name = match arg.get_long() {
            Some(long) => format!("--{long}"),
            None => arg
                .get_value_names()
                .and_then(|names| names.first())
                .map_or_else(|| arg.get_id().to_string().to_uppercase(), ToString::to_string),
        };
        roff.control("TP", []);
        roff.text([bold(name)]);
        roff.text([roman(arg.get_help().map(ToString::to_string).unwrap_or_default())]);
    }
    roff.to_writer(out)
}
