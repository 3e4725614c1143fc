//! The screens that petterm can be, by the names of the command line.

use std::fmt;
use std::str::FromStr;

use crate::petscii::Machine;

/// Whose screen editor draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScreenKind {
    /// 80x25 PET grid that swallows C64 colours and case locks; what boards are shown on.
    Safe8032,
    /// CBM 8032, 80x25.
    Cbm8032,
    /// CBM 4032, 40x25.
    Cbm4032,
    /// PET 2001-N and 3032, 40x25.
    Pet2001N,
    /// C64, 40x25, 16 colours.
    C64,
    /// C128 in 80 columns, RGBI colours.
    C128,
    /// VIC-20, 22x23, 8 colours.
    Vic20,
    /// ANSI (ECMA-48) on 80x25.
    Ansi,
    /// Plain ASCII on 80x25: control codes only, no escape sequences.
    Ascii,
}

impl ScreenKind {
    /// Every kind, in the order of the command line's help.
    pub const ALL: [ScreenKind; 9] = [
        ScreenKind::Safe8032,
        ScreenKind::Cbm8032,
        ScreenKind::Cbm4032,
        ScreenKind::Pet2001N,
        ScreenKind::C64,
        ScreenKind::C128,
        ScreenKind::Vic20,
        ScreenKind::Ansi,
        ScreenKind::Ascii,
    ];

    /// The name on the command line and in the status line.
    pub const fn name(self) -> &'static str {
        match self {
            ScreenKind::Safe8032 => "8032-safe",
            ScreenKind::Cbm8032 => "8032",
            ScreenKind::Cbm4032 => "4032",
            ScreenKind::Pet2001N => "2001-n",
            ScreenKind::C64 => "c64",
            ScreenKind::C128 => "c128-80",
            ScreenKind::Vic20 => "vic20",
            ScreenKind::Ansi => "ansi",
            ScreenKind::Ascii => "ascii",
        }
    }

    /// Columns and rows.
    pub const fn size(self) -> (u8, u8) {
        match self {
            ScreenKind::Safe8032
            | ScreenKind::Cbm8032
            | ScreenKind::C128
            | ScreenKind::Ansi
            | ScreenKind::Ascii => (80, 25),
            ScreenKind::Cbm4032 | ScreenKind::Pet2001N | ScreenKind::C64 => (40, 25),
            ScreenKind::Vic20 => (22, 23),
        }
    }

    /// The machine whose glyphs it shows; `None` for ASCII and ANSI.
    pub const fn machine(self) -> Option<Machine> {
        match self {
            ScreenKind::Safe8032 | ScreenKind::Cbm8032 | ScreenKind::Cbm4032 | ScreenKind::Pet2001N => {
                Some(Machine::Pet)
            }
            ScreenKind::C64 | ScreenKind::C128 => Some(Machine::C64),
            ScreenKind::Vic20 => Some(Machine::Vic20),
            ScreenKind::Ansi | ScreenKind::Ascii => None,
        }
    }

    /// The behaviour used unless the user says otherwise.
    pub const fn default_behaviour(self) -> Behaviour {
        match self {
            ScreenKind::Cbm8032 | ScreenKind::Cbm4032 | ScreenKind::Pet2001N => Behaviour::Strict,
            _ => Behaviour::Board,
        }
    }

    /// The terminal type announced to a telnet server that asks.
    pub const fn terminal_type(self) -> &'static str {
        match self {
            ScreenKind::Ansi => "ANSI",
            ScreenKind::Ascii => "DUMB",
            _ => "PETSCII",
        }
    }
}

impl fmt::Display for ScreenKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for ScreenKind {
    type Err = String;

    fn from_str(s: &str) -> Result<ScreenKind, String> {
        let wanted = s.to_ascii_lowercase();
        ScreenKind::ALL.into_iter().find(|kind| kind.name() == wanted).ok_or_else(|| {
            let names: Vec<_> = ScreenKind::ALL.iter().map(|kind| kind.name()).collect();
            format!("no screen is called '{s}'; the screens are {}", names.join(", "))
        })
    }
}

/// How exactly the editor ROM is followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Behaviour {
    /// Byte-exact to the ROM: quote mode, linked lines, 60-7F as that machine prints them.
    Strict,
    /// What bulletin boards expect: no quote mode, no linked lines, 60-7F as C0-DF.
    #[default]
    Board,
}
