//! `--debug-log FILE`: what petterm itself does, line by line, for whoever looks for a fault.

use std::fs::OpenOptions;
use std::sync::Mutex;

use tracing::Level;

use super::exit::Problem;
use super::resolve::Output;
use super::values::LogLevel;

/// Begins the debug log, if one is wanted. It is appended to.
///
/// # Errors
/// If the file cannot be written.
pub(super) fn start(output: &Output) -> Result<(), Problem> {
    let Some(path) = &output.debug_log else { return Ok(()) };
    let file = OpenOptions::new().append(true).create(true).open(path).map_err(|error| {
        Problem::file(format!("the debug log {} cannot be written: {error}", path.display()))
    })?;
    let level = match output.log_level {
        LogLevel::Error => Level::ERROR,
        LogLevel::Warn => Level::WARN,
        LogLevel::Info => Level::INFO,
        LogLevel::Debug => Level::DEBUG,
        LogLevel::Trace => Level::TRACE,
    };
    tracing_subscriber::fmt()
        .with_ansi(false)
        .with_max_level(level)
        .with_writer(Mutex::new(file))
        .try_init()
        .map_err(|error| Problem::other(format!("the debug log cannot begin: {error}")))
}
