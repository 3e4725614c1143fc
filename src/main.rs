//! `petterm`: parse, run, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    petterm::cli::run(std::env::args_os()).into()
}
