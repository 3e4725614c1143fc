//! The command line: arguments, settings, and one file for each command.
//!
//! [`start`] reads the command line and does everything that is not a session; what is left for the
//! session's runner comes back as [`Next`].

pub mod args;
pub mod completions;
pub mod config;
mod convert;
mod debug_log;
mod decode;
mod encode;
pub mod exit;
mod front;
mod input;
pub mod man;
pub mod phonebook;
pub mod plan;
mod play;
pub mod ports;
mod prg;
pub mod probe;
pub mod profile;
pub mod recording;
pub mod resolve;
mod scope;
pub mod services;
pub mod session;
pub mod settings;
mod toml_file;
mod transfer;
pub mod values;
mod view;
mod wiring;

use std::ffi::OsString;
use std::io::{self, Write};

use args::{BookAction, Command, Invocation, Parsed};
use exit::{Exit, Problem};
use plan::{SessionPlan, Setup};

/// What is left to do.
#[derive(Debug)]
pub enum Next {
    /// Nothing: it is done.
    Done,
    /// Nothing: it ended like this.
    Ended(Exit),
    /// Run a session.
    Session(Box<SessionPlan>),
    /// List the serial ports.
    Ports {
        /// As JSON.
        json: bool,
    },
}

/// Does what a command line asks for, program name first, and says how the program ends.
pub fn run(words: impl IntoIterator<Item = OsString>) -> Exit {
    let done = start(words).and_then(|next| match next {
        Next::Done => Ok(Exit::Done),
        Next::Ended(exit) => Ok(exit),
        Next::Ports { json } => {
            to_stdout(|out| ports::run(json, out))?;
            Ok(Exit::Done)
        }
        Next::Session(plan) => session::run(*plan),
    });
    done.unwrap_or_else(|error| exit::report(&error))
}

/// Reads a command line, program name first, and does what can be done without a session or a port.
///
/// # Errors
/// With an exit code as [`exit::status_of`] finds it.
pub fn start(words: impl IntoIterator<Item = OsString>) -> anyhow::Result<Next> {
    let invocation = match args::parse(words).map_err(Problem::usage)? {
        Parsed::Run(invocation) => invocation,
        Parsed::Say(text) => {
            to_stdout(|out| Ok(out.write_all(text.as_bytes())?))?;
            return Ok(Next::Done);
        }
    };
    let args = &invocation.args;
    match &args.command {
        Some(Command::Man) => to_stdout(|out| Ok(man::write(out)?))?,
        Some(Command::Completions { shell }) => to_stdout(|out| Ok(completions::write(out, *shell)?))?,
        Some(Command::Config { action: Some(action) }) => {
            to_stdout(|out| config::act(out, action, args.config.as_deref()))?;
        }
        Some(Command::Config { action: None }) => {
            let setup = Setup::read(&invocation)?;
            let layers = setup.layers(None)?;
            to_stdout(|out| Ok(config::show(out, &setup.config, &layers)?))?;
        }
        Some(Command::Phonebook { action }) => run_phonebook(&invocation, action)?,
        Some(Command::Ports { json }) => return Ok(Next::Ports { json: *json }),
        Some(Command::Demo) | None => {
            let plan = plan::plan(args, Setup::read(&invocation)?)?;
            debug_log::start(&plan.output)?;
            tracing::info!(version = env!("CARGO_PKG_VERSION"), "petterm begins");
            tracing::debug!(start = ?plan.start, output = ?plan.output, "settings");
            return Ok(Next::Session(Box::new(plan)));
        }
        Some(Command::Send(send)) => return Ok(Next::Ended(transfer::send(send, &invocation)?)),
        Some(Command::Recv(receive)) => return Ok(Next::Ended(transfer::receive(receive, &invocation)?)),
        Some(Command::Convert(convert)) => to_stdout(|out| {
            out.extend(convert::run(convert)?);
            Ok(())
        })?,
        Some(Command::Decode(decode)) => decode::run(decode, args.settings.line)?,
        Some(Command::Probe(probe)) => {
            return Ok(Next::Ended(probe::run(probe, &Setup::read(&invocation)?)?));
        }
        Some(Command::Encode(encode)) => encode::run(encode, args.settings.line)?,
        Some(Command::Wiring(wiring)) => to_stdout(|out| {
            out.extend(wiring::run(wiring).into_bytes());
            Ok(())
        })?,
        Some(Command::Prg { action }) => to_stdout(|out| Ok(prg::run(action, args.verbose, out)?))?,
        Some(Command::Scope(scope)) => return scope::start(scope, &invocation),
        Some(Command::View(view)) => {
            let layers = Setup::read(&invocation)?.layers(None)?;
            to_stdout(|out| {
                out.extend(view::run(view, &layers, args.dump)?);
                Ok(())
            })?;
        }
    }
    Ok(Next::Done)
}

fn run_phonebook(invocation: &Invocation, action: &BookAction) -> anyhow::Result<()> {
    let setup = Setup::read(invocation)?;
    let mut book = setup.book()?;
    match action {
        BookAction::List { json: false } => to_stdout(|out| Ok(phonebook::list(out, &book)?)),
        BookAction::List { json: true } => to_stdout(|out| phonebook::list_json(out, &book)),
        BookAction::Add(add) => {
            let entry = phonebook::new_entry(add, &invocation.flags, invocation.args.profile.as_ref())?;
            // What can never be called is refused now rather than then.
            setup.resolve(&entry.address.parse()?, Some(&entry))?;
            Ok(book.add(&[entry])?)
        }
        BookAction::Remove { name } => Ok(book.remove(name)?),
        BookAction::Import { file } => Ok(book.add(&phonebook::read_import(file)?)?),
        BookAction::Export { file } => to_stdout(|out| phonebook::export(out, &book, file)),
    }
}

/// Writes to stdout what a command made, whole. Whoever closes it has seen enough: that is success.
///
/// # Errors
/// As `make`, or if stdout fails in another way than being closed.
pub(crate) fn to_stdout(make: impl FnOnce(&mut Vec<u8>) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let mut made = Vec::new();
    let result = make(&mut made);
    let mut out = io::stdout().lock();
    match out.write_all(&made).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Problem::file(format!("stdout cannot be written: {error}")).into())
        }
        _ => result,
    }
}
