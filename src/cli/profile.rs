//! Profiles: named bundles of settings for the programs that run at the far end.
//!
//! Which program idles its line low is a fact of that program, so its profile says `invert`; what is in the cable is
//! said beside it. Facts: `docs/users.md`.

use super::args::nearest;
use super::settings::{PartialSettings, Raw};

/// A profile that comes with petterm.
#[derive(Clone, Copy, Debug)]
pub struct Builtin {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it is for, in a few words.
    pub summary: &'static str,
    /// Said when a session uses it.
    pub note: Option<&'static str>,
    settings: &'static [(&'static str, Raw<'static>)],
}

/// All of them.
pub const BUILTIN: &[Builtin] = &[
    Builtin {
        name: "mcterm",
        summary: "McTerm on a PET, idle low",
        note: Some(
            "McTerm needs nothing inverted once its line 1070 says sysa+36 in place of sysa; then use --profile \
             mcterm-36",
        ),
        settings: MCTERM_LOW,
    },
    Builtin {
        name: "mcterm-36",
        summary: "McTerm with sysa+36 in its line 1070: no inverter",
        note: None,
        settings: MCTERM,
    },
    Builtin {
        name: "transactor",
        summary: "Transactor's Terminal on a PET, idle low",
        note: None,
        settings: &[
            ("line", Raw::Text("300-8N1")),
            ("invert", Raw::Switch(true)),
            ("screen", Raw::Text("8032")),
            ("wire", Raw::Text("ascii")),
        ],
    },
    Builtin {
        name: "petterm",
        summary: "PETTERM on a PET, set to 1200 baud there",
        note: None,
        // PETTERM samples each bit early: it takes a rate a little above its own better than one below.
        settings: &[
            ("line", Raw::Text("1220-8N1")),
            ("screen", Raw::Text("ansi")),
            ("wire", Raw::Text("ascii")),
        ],
    },
    Builtin {
        name: "c64-serial",
        summary: "a C64 terminal program on a serial cable",
        note: None,
        settings: &[
            ("line", Raw::Text("1200-8N1")),
            ("screen", Raw::Text("c64")),
            ("wire", Raw::Text("petscii")),
        ],
    },
    Builtin {
        name: "c64-board",
        summary: "a board for C64 callers: 40 columns, PETSCII",
        note: None,
        settings: &[("screen", Raw::Text("c64")), ("wire", Raw::Text("petscii"))],
    },
    Builtin {
        name: "c128-board",
        summary: "a board for C128 callers: 80 columns, PETSCII",
        note: None,
        settings: &[("screen", Raw::Text("c128-80")), ("wire", Raw::Text("petscii"))],
    },
    Builtin {
        name: "level29",
        summary: "the board Level 29: telnet, ANSI",
        note: None,
        settings: &[
            ("screen", Raw::Text("ansi")),
            ("wire", Raw::Text("ascii")),
            ("charset", Raw::Text("cp437")),
            ("telnet", Raw::Switch(true)),
        ],
    },
];

const MCTERM_LOW: &[(&str, Raw<'static>)] = &[
    ("line", Raw::Text("300-8N1")),
    ("invert", Raw::Switch(true)),
    ("strip7", Raw::Switch(true)),
    ("screen", Raw::Text("8032")),
    ("wire", Raw::Text("ascii")),
];

const MCTERM: &[(&str, Raw<'static>)] = &[
    ("line", Raw::Text("300-8N1")),
    ("strip7", Raw::Switch(true)),
    ("screen", Raw::Text("8032")),
    ("wire", Raw::Text("ascii")),
];

impl Builtin {
    /// Its settings.
    pub fn settings(&self) -> PartialSettings {
        let mut settings = PartialSettings::default();
        for (name, value) in self.settings {
            let taken = settings.set(name, *value);
            debug_assert_eq!(taken, Ok(()), "{}: {name}", self.name);
        }
        settings
    }
}

/// A profile, yours or built in.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// Its settings.
    pub settings: PartialSettings,
    /// What a session must be told.
    pub note: Option<&'static str>,
}

/// No profile has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no profile is called '{name}'{suggestion}; the profiles are {known}")]
pub struct UnknownProfile {
    name: String,
    suggestion: String,
    known: String,
}

/// Finds a profile; one of your own goes before a built-in one of the same name.
///
/// # Errors
/// If there is none of that name.
pub fn find(name: &str, own: &[(String, PartialSettings)]) -> Result<Profile, UnknownProfile> {
    if let Some((name, settings)) = own.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
        return Ok(Profile { name: name.clone(), settings: settings.clone(), note: None });
    }
    if let Some(built_in) = BUILTIN.iter().find(|built_in| built_in.name.eq_ignore_ascii_case(name)) {
        return Ok(Profile {
            name: built_in.name.to_owned(),
            settings: built_in.settings(),
            note: built_in.note,
        });
    }
    let known: Vec<&str> =
        own.iter().map(|(name, _)| name.as_str()).chain(BUILTIN.iter().map(|b| b.name)).collect();
    let suggestion = nearest(name, known.iter().copied())
        .map_or_else(String::new, |near| format!("; did you mean '{near}'?"));
    Err(UnknownProfile { name: name.to_owned(), suggestion, known: known.join(", ") })
}
