//! `petterm completions SHELL`: made from the command line's own definition.

use std::io::{self, Write};

use clap_complete::Shell;

use super::args;

/// Writes the completions for a shell.
///
/// # Errors
/// If the output cannot be written.
pub fn write(out: &mut impl Write, shell: Shell) -> io::Result<()> {
    // The generator panics on a writer that fails: a closed pipe is no reason to.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut args::command_as_shown(), "petterm", &mut script);
    out.write_all(&script)
}
