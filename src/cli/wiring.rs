//! `petterm wiring`: which wire goes where, and what to know before one is touched.
//!
//! The warnings come first, in one order, whatever is asked for. Pins are those of the machines' user ports, seen
//! from outside; which of them a program uses was read in its source (PETTERM, the KERNALs) or is reported (McTerm,
//! Transactor's Terminal), and the text says which. Facts: `docs/wiring.md`.

use std::fmt::Write as _;

use clap::builder::{PossibleValue, PossibleValuesParser};

/// `petterm wiring`.
#[derive(clap::Args, Clone, Debug, PartialEq)]
pub struct WiringArgs {
    /// The program or machine at the far end; none: list them
    #[arg(value_name = "NAME", value_parser = names(), ignore_case = true)]
    pub name: Option<String>,
}

/// Profiles whose wires are those of another name.
const PROFILES: [(&str, &str); 2] = [("mcterm-36", "mcterm"), ("c64-serial", "c64")];

fn names() -> PossibleValuesParser {
    PossibleValuesParser::new(ALL.iter().map(|wiring| {
        let profiles = PROFILES.iter().filter(|(_, name)| *name == wiring.name).map(|(profile, _)| *profile);
        PossibleValue::new(wiring.name).aliases(profiles)
    }))
}

/// What every owner must know, in this order.
const WARNINGS: &str = "\
BEFORE YOU TOUCH A WIRE
 1. The user port is 0 and +5 V. RS-232 levels (plus and minus 12 V) destroy it:
    use a USB-TTL adapter at 5 V. Never plug the edge connector with power on;
    check its orientation (letters below, numbers above) and the key slots.
 2. Idle-high TTL into an input is harmless. Two outputs against each other are
    not: swapped TX and RX, or a cable for another program (PETTERM's puts the
    adapter's TXD on pin C, which Transactor's Terminal drives). So put 330-470
    ohms in series with the adapter's TXD, and 1-4.7 kilohms into the PET's TX
    line. That also keeps the adapter from powering the machine.
 3. C64, VIC-20: pins 10 and 11 carry 9 V AC. The PET's port has no +5 V: an
    inverter takes its 5 V from the adapter's own 5 V pin, not from the
    cassette port.
 4. Inverters: 74LS04, 74LS14, 74HCT14, or one NPN transistor with two
    resistors. Not 74HC14: it wants up to about 3.5 V for a high, an NMOS VIA
    guarantees 2.4 V. A 3.3 V input (ESP8266, Pico) needs a divider.
 5. 12-inch PETs: CB2 (pin M) drives the piezo too. A program that sends there
    buzzes, and the chime puts bursts of 0.5-4 kHz on the line.
";

/// Says how one is made.
const INVERTER: &str = "\
THE INVERTER, one gate for each direction, all of it reasoned and not built:
  74LS04, 74HCT04 or 74HCT14: pin 14 to the adapter's 5 V, pin 7 to ground,
  100 nF between them; in at 1, out at 2; in at 3, out at 4; the inputs 5, 9, 11
  and 13 to ground. Before an LS input the resistor of the PET's TX line is 1
  kilohm at most, or a low is none.
  Or for each direction an NPN transistor (2N3904, BC547): emitter to ground,
  base through 10 kilohms to who talks, collector to who listens and through 4.7
  kilohms to the adapter's 5 V.
  An FT232R or FT230X can invert by itself, by its EEPROM: then no inverter.
";

/// A program or machine, and its wires.
struct Wiring {
    name: &'static str,
    summary: &'static str,
    /// The level at which its lines rest, and how that is known.
    rests: &'static str,
    /// An inverter belongs into both data lines.
    inverter: bool,
    /// What costs less than the wires below.
    first: &'static str,
    /// It drives this pin: its letter and name.
    talks: (char, &'static str),
    /// It hears these: letter, name, for what.
    hears: &'static [(char, &'static str, &'static str)],
    /// Labels of numbered pins with something on them.
    numbered: &'static [(usize, &'static str)],
    /// The machine's name.
    machine: &'static str,
    /// What else there is to know.
    notes: &'static str,
    /// The session that goes with it.
    session: &'static str,
}

const PET_PINS: &[(usize, &str)] = &[(1, "GND"), (12, "GND")];
const C64_PINS: &[(usize, &str)] = &[(1, "GND"), (2, "+5V"), (10, "9V~"), (11, "9V~"), (12, "GND")];

const ALL: &[Wiring] = &[
    Wiring {
        name: "mcterm",
        summary: "McTerm on a PET: rests low, or high with sysa+36",
        rests: "low as delivered: reported, no listing of it is public",
        inverter: true,
        first: "\
THE CHEAPEST CURE FIRST
  McTerm needs no inverter. Its BASIC line 1070 reads 'sysa', with the remark
  that 'a+36' inverts. Change that line to 'sysa+36', leave the inverter out of
  the wires below, and run
      petterm PORT --profile mcterm-36
",
        talks: ('H', "VIA PA4"),
        hears: &[('B', "VIA CA1", "the edge"), ('F', "VIA PA3", "the bit; perhaps carrier detect")],
        numbered: PET_PINS,
        machine: "PET",
        notes: "  Accounts differ about pin F: receive data beside B, or carrier detect. Lift
  it while text arrives: if the text stops at once it is carrier detect, if it
  turns to garbage it is data.
",
        session: "petterm PORT --profile mcterm",
    },
    Wiring {
        name: "transactor",
        summary: "Transactor's Terminal on a PET: rests low, 300 baud",
        rests: "low: reported, no listing of it is public",
        inverter: true,
        first: "",
        talks: ('C', "VIA PA0"),
        hears: &[('B', "VIA CA1", "the edge"), ('L', "VIA PA7", "the bit")],
        numbered: PET_PINS,
        machine: "PET",
        notes: "  These are the pins of the Punter cables of its time, which drive C as it does;
  take them for a beginning and meter first. Other cables have the adapter's TXD
  at pin C: use no cable of PETTERM's for it.
",
        session: "petterm PORT --profile transactor",
    },
    Wiring {
        name: "petterm",
        summary: "PETTERM on a PET: rests high, no inverter",
        rests: "high, as every USB-TTL adapter: read in its source",
        inverter: false,
        first: "",
        talks: ('M', "VIA CB2"),
        hears: &[('B', "VIA CA1", "the edge"), ('C', "VIA PA0", "the bit")],
        numbered: PET_PINS,
        machine: "PET",
        notes: "",
        session: "petterm PORT --profile petterm",
    },
    Wiring {
        name: "c64",
        summary: "a C64's KERNAL RS-232: rests high, no inverter",
        rests: "high, as every USB-TTL adapter: read in the KERNAL",
        inverter: false,
        first: "",
        talks: ('M', "CIA2 PA2"),
        hears: &[('B', "FLAG2", "the edge"), ('C', "CIA2 PB0", "the bit")],
        numbered: C64_PINS,
        machine: "C64",
        notes: "  \"C64 uses inverted TTL\" in a cable book means: inverted beside RS-232
  volts. That is what an adapter has too.
",
        session: "petterm PORT --profile c64-serial",
    },
    Wiring {
        name: "vic20",
        summary: "a VIC-20's KERNAL RS-232: rests high, no inverter",
        rests: "high, as every USB-TTL adapter: read in the KERNAL",
        inverter: false,
        first: "",
        talks: ('M', "VIA CB2"),
        hears: &[('B', "VIA CB1", "the edge"), ('C', "VIA PB0", "the bit")],
        numbered: C64_PINS,
        machine: "VIC-20",
        notes: "",
        session: "petterm PORT --line 300-8N1 --screen vic20",
    },
];

/// The text: one program's wires, or the list of them.
pub(super) fn run(args: &WiringArgs) -> String {
    let typed = args.name.as_deref().unwrap_or_default();
    let profile = PROFILES.iter().find(|(profile, _)| profile.eq_ignore_ascii_case(typed));
    let wanted = profile.map_or(typed, |(_, name)| name);
    match ALL.iter().find(|wiring| wiring.name.eq_ignore_ascii_case(wanted)) {
        Some(wiring) => page(wiring),
        None => list(),
    }
}

fn list() -> String {
    let mut text = String::from(WARNINGS);
    text.push_str("\nWIRES FOR\n");
    for wiring in ALL {
        let _ = writeln!(text, "  petterm wiring {:<12}{}", wiring.name, wiring.summary);
    }
    text
}

fn page(wiring: &Wiring) -> String {
    let mut text = String::from(WARNINGS);
    if !wiring.first.is_empty() {
        let _ = write!(text, "\n{}", wiring.first);
    }
    let _ = write!(text, "\nTHE WIRES: {}\n  Its lines rest {}.\n\n", wiring.summary, wiring.rests);
    text.push_str(&port(wiring));
    text.push('\n');
    text.push_str(&wires(wiring));
    if !wiring.notes.is_empty() {
        let _ = write!(text, "\n{}", wiring.notes);
    }
    if wiring.inverter {
        let _ = write!(text, "\n{INVERTER}");
    }
    let _ = write!(
        text,
        "\nTHEN\n  Ground first; meter every pin against ground for shorts; power on. With the\n  \
         program running and idle, pin {} should be at {}.\n      {}\n",
        wiring.talks.0,
        if wiring.inverter { "about 0 V" } else { "4-5 V" },
        wiring.session
    );
    text
}

/// The connector as it is seen from behind the machine.
fn port(wiring: &Wiring) -> String {
    const LETTERS: &[char] = &['A', 'B', 'C', 'D', 'E', 'F', 'H', 'J', 'K', 'L', 'M', 'N'];
    let rule = format!("    +{}\n", "---+".repeat(LETTERS.len()));
    let row = |labels: Vec<&str>| {
        labels.into_iter().fold("    |".to_owned(), |row, label| row + &format!("{label:^3}|"))
    };
    let captions = |captions: Vec<String>| {
        let row = captions.into_iter().fold("    ".to_owned(), |row, caption| row + &format!("{caption:^4}"));
        row.trim_end().to_owned()
    };
    let above = (1..=12)
        .map(|number| wiring.numbered.iter().find(|(pin, _)| *pin == number).map_or("", |(_, label)| *label));
    let below = LETTERS.iter().map(|letter| match letter {
        'A' | 'N' => "GND",
        letter if *letter == wiring.talks.0 => "TX",
        letter if wiring.hears.iter().any(|(pin, ..)| pin == letter) => "RX",
        _ => "",
    });
    let numbers = captions((1..=12).map(|number: u8| number.to_string()).collect());
    let letters = captions(LETTERS.iter().map(char::to_string).collect());
    format!(
        "  The {}'s user port, seen from outside. It talks at TX and hears at RX.\n\n{numbers}\n{rule}{}  \
         above\n{rule}{}  below\n{rule}{letters}\n",
        wiring.machine,
        row(above.collect()),
        row(below.collect())
    )
}

/// From the adapter to the pins.
fn wires(wiring: &Wiring) -> String {
    let (talk, hear) = if wiring.inverter {
        ("---o<|---[1-4.7k]--------", "---|>o---[330-470]----")
    } else {
        ("---------[1-4.7k]--------", "---------[330-470]----")
    };
    let mut text = String::from("  adapter");
    let _ = writeln!(text, "{:>29}", wiring.machine);
    let _ = writeln!(text, "    GND {} N  GND", "-".repeat(25));
    let _ = writeln!(text, "    RXD {talk} {}  {}", wiring.talks.0, wiring.talks.1);
    for (index, (pin, name, what)) in wiring.hears.iter().enumerate() {
        let start = if index == 0 { format!("    TXD {hear}") } else { " ".repeat(30) };
        let _ = writeln!(text, "{start}+-- {pin}  {name}: {what}");
    }
    if wiring.inverter {
        text.push_str("\n  |>o is an inverter; with one in each line the session needs nothing else.\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page_of(name: &str) -> String {
        run(&WiringArgs { name: (!name.is_empty()).then(|| name.to_owned()) })
    }

    #[test]
    fn every_page_fits_an_old_terminal_and_begins_with_the_warnings_in_their_order() {
        for name in ALL.iter().map(|wiring| wiring.name).chain([""]) {
            let page = page_of(name);
            for line in page.lines() {
                assert!(line.len() <= 80 && line.is_ascii() && line == line.trim_end(), "{name}: '{line}'");
            }
            let places: Vec<usize> =
                ["BEFORE YOU TOUCH", "12 V) destroy", "330-470", "9 V AC", "Not 74HC14", "piezo"]
                    .iter()
                    .map(|word| page.find(word).unwrap_or_else(|| panic!("{name}: {word}")))
                    .collect();
            assert!(places.is_sorted(), "{name}: {places:?}");
            assert!(page.starts_with("BEFORE YOU TOUCH A WIRE"), "{name}");
        }
    }

    #[test]
    fn the_pages_are_what_was_looked_at() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wiring");
        for name in ALL.iter().map(|wiring| wiring.name).chain(["list"]) {
            let page = page_of(if name == "list" { "" } else { name });
            let path = folder.join(name).with_extension("txt");
            if std::env::var_os("PETTERM_BLESS").is_some() {
                std::fs::write(&path, &page).unwrap();
            }
            assert_eq!(std::fs::read_to_string(&path).unwrap(), page, "{name}");
        }
    }

    #[test]
    fn the_cheapest_cure_of_mcterm_stands_before_its_wires() {
        let page = page_of("mcterm");
        let (cure, wires) = (page.find("sysa+36").unwrap(), page.find("RXD ---").unwrap());
        assert!(cure < wires);
    }

    #[test]
    fn a_profile_has_the_wires_of_its_program() {
        assert_eq!(page_of("mcterm-36"), page_of("mcterm"));
        assert_eq!(page_of("C64-serial"), page_of("c64"));
    }

    #[test]
    fn no_wire_joins_two_outputs() {
        for wiring in ALL {
            assert!(wiring.hears.iter().all(|(pin, ..)| *pin != wiring.talks.0), "{}", wiring.name);
            let powered: Vec<usize> =
                wiring.numbered.iter().filter(|(_, label)| *label != "GND").map(|(pin, _)| *pin).collect();
            assert_eq!(powered.is_empty(), wiring.machine == "PET", "a PET has no supply at its port");
        }
    }
}
