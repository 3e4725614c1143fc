//! What a PRG file is: where it goes, BASIC or machine code, and which machines it fits.

use super::machine;
use super::program::{Links, Program, is_padding, load_address};
use super::token::Basic;
use super::{HIGHEST_LINE, PrgError, one_or};

/// A PRG file, described.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Info {
    /// The load address.
    pub load: u16,
    /// Bytes that belong there: the file without its first two.
    pub size: usize,
    /// The address of the last one.
    pub last: u16,
    /// What they are.
    pub content: Content,
    /// Machines that it fits, and the bytes left there.
    pub fits: Vec<(&'static str, usize)>,
    /// What is unusual about it, a line for each.
    pub remarks: Vec<String>,
}

/// What a PRG file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// A BASIC program.
    Basic {
        /// How many lines it has.
        lines: usize,
        /// The numbers of the first and the last line; none if there is no line.
        numbers: Option<(u16, u16)>,
        /// The links.
        links: Links,
        /// Bytes of the program, its end counted.
        bytes: usize,
        /// Bytes behind its end.
        behind: usize,
        /// What its first SYS calls.
        sys: Option<u16>,
        /// The first BASIC that has all of its words.
        needs: Basic,
    },
    /// Machine code, or data.
    Machine,
}

impl Info {
    /// Describes a file.
    ///
    /// # Errors
    /// If it is no PRG: under three bytes, or longer than memory.
    ///
    /// ```
    /// use petterm::prg::Info;
    ///
    /// let info = Info::read(&[0x00, 0x90, 0x4C, 0x00, 0x90]).unwrap();
    /// assert_eq!((info.load, info.last), (0x9000, 0x9002));
    /// assert!(info.fits.is_empty(), "a PET has no RAM there");
    /// ```
    pub fn read(file: &[u8]) -> Result<Info, PrgError> {
        let (load, size) = load_address(file)?;
        let last = (usize::from(load) + size - 1) as u16;
        let program = Program::read(file).ok();
        let (content, remarks) = match &program {
            Some(program) => (basic(program, size), basic_remarks(program, last)),
            None => (Content::Machine, machine_remarks(load, last)),
        };
        let needs = match content {
            Content::Basic { needs, .. } => Some(needs),
            Content::Machine => None,
        };
        let fits = machine::fitting(load, size, needs);
        Ok(Info { load, size, last, content, fits, remarks })
    }

    /// Whether a PET takes it as it is: BASIC at 0401, or machine code in RAM.
    pub fn fits_a_pet(&self) -> bool {
        self.fits.iter().any(|(name, _)| name.starts_with("PET"))
    }
}

fn basic(program: &Program<'_>, size: usize) -> Content {
    let number = |line: Option<&super::Line<'_>>| line.map(|line| line.number);
    let highest = program.tokens().max().unwrap_or(0);
    Content::Basic {
        lines: program.lines.len(),
        numbers: number(program.lines.first()).zip(number(program.lines.last())),
        links: program.links,
        bytes: size - program.behind.len(),
        behind: program.behind.len(),
        sys: program.sys(),
        needs: match highest {
            // Elsewhere they are words of other machines.
            0xCC.. if program.load == 0x0401 => Basic::Four,
            0xCB.. => Basic::Two,
            _ => Basic::One,
        },
    }
}

fn basic_remarks(program: &Program<'_>, last: u16) -> Vec<String> {
    let mut out = Vec::new();
    match program.links {
        Links::Right => {}
        Links::For(start) => {
            out.push(format!("its links are those of a program at ${start:04X}; LOAD rebuilds them"));
        }
        Links::Broken(count) => {
            out.push(format!("{} nowhere; LOAD rebuilds them", one_or(count, "link leads", "links lead")));
        }
    }
    if program.end.is_none() {
        out.push("the two zeros at the end are missing; it is cut off".to_owned());
    }
    if !program.behind.is_empty() {
        let count = program.behind.len();
        out.push(if is_padding(program.behind) {
            format!(
                "{} padding",
                one_or(count, "byte behind the end of BASIC is", "bytes behind the end of BASIC are")
            )
        } else {
            let bytes = one_or(count, "byte", "bytes");
            format!("{bytes} behind the end of BASIC: machine code, data, or what a transfer left")
        });
    }
    if let Some(target) = program.sys().filter(|target| (program.load..=last).contains(target)) {
        out.push(format!("SYS {target} leads into the file itself: machine code"));
    }
    let high = program.lines.iter().filter(|line| line.number > HIGHEST_LINE).count();
    if high > 0 {
        out.push(format!(
            "{} over {HIGHEST_LINE}, which cannot be typed",
            one_or(high, "line number", "line numbers")
        ));
    }
    let falling =
        program.lines.windows(2).filter(|pair| matches!(pair, [a, b] if b.number <= a.number)).count();
    if falling > 0 {
        out.push(format!(
            "{} not higher than the one before",
            one_or(falling, "line number is", "line numbers are")
        ));
    }
    let empty = program.lines.iter().filter(|line| line.text.is_empty()).count();
    if empty > 0 {
        out.push(format!("{} without text, which cannot be typed", one_or(empty, "line", "lines")));
    }
    let zeros = program.lines.iter().filter(|line| line.text.contains(&0)).count();
    if zeros > 0 {
        out.push(format!("{zeros} lines hold zeros, behind which LIST shows nothing"));
    }
    if program.load != 0x0401 && program.tokens().any(|token| token >= 0xCC)
        || program.tokens().any(|token| (0xDB..0xFF).contains(&token))
    {
        out.push("it has words that neither BASIC 2 nor BASIC 4 knows".to_owned());
    }
    out
}

fn machine_remarks(load: u16, last: u16) -> Vec<String> {
    [("loads into", load), ("ends in", last)]
        .into_iter()
        .filter_map(|(how, address)| Some(format!("it {how} {}", machine::on_a_pet(address)?)))
        .map(|remark| format!("on a PET {remark}"))
        .collect()
}
