//! From a parsed command line to what a run shall do: which files are read, which layers count.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::args::{Args, Command, Invocation, nearest_command};
use super::config::{self, Config};
use super::exit::Problem;
use super::phonebook::{self, Book, Entry};
use super::profile;
use super::resolve::{self, Output, Resolved};
use super::settings::{Layers, PartialSettings, Source};
use super::values::Dump;
use crate::engine::Target;

/// The settings of a run, before a target is known.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Flags.
    pub flags: PartialSettings,
    /// Environment.
    pub environment: PartialSettings,
    /// `--profile`.
    pub profile: Option<String>,
    /// The config file.
    pub config: Config,
    /// Where the phone book is.
    pub book_path: Option<PathBuf>,
}

impl Setup {
    /// Reads the config file that the command line asks for.
    ///
    /// # Errors
    /// If it has an error, or the profile does not exist.
    pub fn read(invocation: &Invocation) -> anyhow::Result<Setup> {
        let args = &invocation.args;
        let config = match (&args.config, config::own_path()) {
            _ if args.no_config => Config::default(),
            (Some(path), _) => Config::read(path, true)?,
            (None, Some(path)) => Config::read(&path, false)?,
            (None, None) => Config::default(),
        };
        let setup = Setup {
            flags: invocation.flags.clone(),
            environment: invocation.environment.clone(),
            profile: args.profile.as_ref().map(|name| name.0.clone()),
            config,
            book_path: phonebook::own_path(),
        };
        setup.layers(None)?;
        Ok(setup)
    }

    /// All layers, with those of a phone book entry if one is called.
    ///
    /// # Errors
    /// If a layer contradicts itself or the profile does not exist.
    pub fn layers(&self, entry: Option<&Entry>) -> anyhow::Result<Layers> {
        let mut layers = Layers::new();
        layers.push(Source::Flag, self.flags.clone())?;
        layers.push(Source::Environment, self.environment.clone())?;
        if let Some(entry) = entry {
            layers.push(Source::Entry(entry.name.clone()), entry.settings.clone())?;
        }
        if let Some(profile) = self.profile(entry)? {
            layers.push(Source::Profile(profile.name), profile.settings)?;
        }
        if let Some(path) = &self.config.path {
            layers.push(Source::File(path.clone()), self.config.settings.clone())?;
        }
        Ok(layers)
    }

    /// The profile asked for, else the entry's.
    fn profile(&self, entry: Option<&Entry>) -> anyhow::Result<Option<profile::Profile>> {
        match (&self.profile, entry.and_then(|entry| entry.profile.as_ref().map(|name| (entry, name)))) {
            (Some(name), _) => Ok(Some(profile::find(name, &self.config.profiles)?)),
            (None, Some((entry, name))) => {
                let found = profile::find(name, &self.config.profiles);
                Ok(Some(found.with_context(|| format!("the phone book entry '{}'", entry.name))?))
            }
            (None, None) => Ok(None),
        }
    }

    /// The phone book.
    ///
    /// # Errors
    /// If it has an error.
    pub fn book(&self) -> anyhow::Result<Book> {
        let path = self.book_path.as_ref();
        let path = path.ok_or_else(|| Problem::file("this system has no place for a phone book"))?;
        Ok(Book::read(path)?.0)
    }

    /// The settings of a session to a target.
    ///
    /// # Errors
    /// If settings contradict each other or the target.
    pub fn resolve(&self, target: &Target, entry: Option<&Entry>) -> anyhow::Result<Resolved> {
        let layers = self.layers(entry)?;
        let mut resolved = resolve::resolve(target, &layers)?;
        if !resolve::says_line(&layers) {
            let may_strip = layers.merged().strip7.is_none();
            resolved.notes.extend(super::play::settle(
                &mut resolved.session,
                may_strip,
                resolve::says_polarity(&layers),
            ));
        }
        if let Some(profile) = self.profile(entry)? {
            let inverts_itself = matches!(target, Target::Demo | Target::Loop | Target::Play { .. });
            resolved.notes.extend(profile.note.filter(|_| !inverts_itself).map(str::to_owned));
        }
        Ok(resolved)
    }

    /// The settings of a session to what a user typed: an existing path, a scheme, a phone book entry, a
    /// host, in this order.
    ///
    /// # Errors
    /// If the word is not a target, or as [`Setup::resolve`].
    pub fn resolve_word(&self, word: &OsStr) -> anyhow::Result<Resolved> {
        let Some(text) = word.to_str() else {
            return self.resolve(&Target::Serial(PathBuf::from(word)), None);
        };
        let target = Target::parse(text, Path::exists);
        if matches!(target, Err(_) | Ok(Target::Tcp { scheme: None, .. })) {
            match self.book() {
                Ok(book) => {
                    if let Some(entry) = book.find(text) {
                        return self.resolve_address(entry);
                    }
                }
                // A book with an error is in the way of its own entries only.
                Err(error) if target.is_err() => return Err(error),
                Err(error) => tracing::warn!(%error, "the phone book cannot be read"),
            }
        }
        self.resolve(&target?, None)
    }

    /// The settings of a session to a phone book entry.
    ///
    /// # Errors
    /// If there is none of that name, or as [`Setup::resolve`].
    pub fn resolve_entry(&self, name: &str) -> anyhow::Result<Resolved> {
        let book = self.book()?;
        let entry = book.find(name).ok_or_else(|| {
            let message = format!("the phone book has no entry '{name}'; 'petterm phonebook list' shows it");
            Problem::new(super::exit::Exit::NotFound, message)
        })?;
        self.resolve_address(entry)
    }

    fn resolve_address(&self, entry: &Entry) -> anyhow::Result<Resolved> {
        let mut resolved = self.resolve(&entry.address.parse()?, Some(entry))?;
        resolved.session.binary = entry.binary == Some(true);
        Ok(resolved)
    }

    /// Everything that does not depend on the target.
    ///
    /// # Errors
    /// As [`Setup::layers`].
    pub fn output(&self) -> anyhow::Result<Output> {
        Ok(resolve::output(&self.layers(None)?))
    }
}

/// A session to run.
#[derive(Clone, Debug)]
pub struct SessionPlan {
    /// Its settings; `None` opens the start screen.
    pub start: Option<Resolved>,
    /// What was asked for the screen at the end.
    pub dump: Option<Dump>,
    /// Virtual time.
    pub fast: bool,
    /// The recording to make of the lines.
    pub record: Option<PathBuf>,
    /// The scope of the wire is shown from the beginning.
    pub scope: bool,
    /// Log, looks and the like.
    pub output: Output,
    /// `-v`.
    pub verbose: bool,
    /// The settings from which further sessions are made.
    pub setup: Setup,
}

/// Plans the session of a command line: its target, `demo`, or none.
///
/// # Errors
/// If the target is none, the settings contradict it, or the script cannot be read.
pub fn plan(args: &Args, setup: Setup) -> anyhow::Result<SessionPlan> {
    let output = setup.output()?;
    if output.debug_log.is_none() && setup.flags.log_level.is_some() {
        return Err(Problem::usage("--log-level is for the debug log; add --debug-log FILE").into());
    }
    let mut start = match (&args.target, &args.command) {
        (_, Some(Command::Scope(scope))) => match scope.what.as_slice() {
            [word] => Some(setup.resolve_word(word)?),
            _ => None,
        },
        (_, Some(Command::Send(send))) => send.target().map(|word| setup.resolve_word(word)).transpose()?,
        (_, Some(Command::Recv(receive))) => Some(setup.resolve_word(&receive.target)?),
        (_, Some(Command::Demo)) => Some(setup.resolve(&Target::Demo, None)?),
        (Some(word), _) => Some(setup.resolve_word(word)?),
        (None, _) => None,
    };
    if let Some(path) = &args.record
        && path.extension().is_none_or(|extension| !extension.eq_ignore_ascii_case("vcd"))
    {
        let what = format!("a session is recorded as VCD; --record {} should end in .vcd", path.display());
        return Err(Problem::usage(what).into());
    }
    let script = args.script.as_ref().map(|text| script_text(&text.0)).transpose()?;
    match &mut start {
        Some(resolved) => {
            if args.fast {
                resolve::check_fast(&resolved.session.target)?;
            }
            resolved.session.script = script;
        }
        None => {
            for (given, flag) in
                [(args.fast, "--fast"), (script.is_some(), "--script"), (args.dump.is_some(), "--dump")]
            {
                if given {
                    let what =
                        format!("{flag} needs a target; 'petterm demo {flag}' for one without hardware");
                    return Err(Problem::usage(what).into());
                }
            }
        }
    }
    Ok(SessionPlan {
        start,
        dump: args.dump,
        fast: args.fast,
        record: args.record.clone(),
        scope: matches!(args.command, Some(Command::Scope(_))),
        output,
        verbose: args.verbose,
        setup,
    })
}

/// A script as given, or the text of `@FILE`, at most 1 MiB.
fn script_text(given: &str) -> anyhow::Result<String> {
    let Some(path) = given.strip_prefix('@') else { return Ok(given.to_owned()) };
    let bytes = super::input::read(Path::new(path))?;
    if bytes.len() > 1 << 20 {
        return Err(Problem::file(format!("the script {path} is over 1 MiB; is it the right file?")).into());
    }
    Ok(String::from_utf8(bytes).map_err(|_| Problem::usage(format!("the script {path} is not UTF-8")))?)
}

/// What to try when a host of this name does not resolve: the command that was probably meant.
pub fn host_hint(host: &str) -> Option<String> {
    let near = (!host.contains(['.', ':'])).then(|| nearest_command(host)).flatten()?;
    Some(format!("did you mean the command 'petterm {near}'?"))
}
