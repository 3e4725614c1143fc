//! A BASIC program in a PRG file: its chain of lines, followed whatever state it is in.
//!
//! Like the ROM, a chain ends at the first link whose high byte is zero. A link that does not lead to the byte behind
//! the line's zero is wrong; then the zero is believed, since the ROM rebuilds links from the zeros after a LOAD.

use super::token::{FIRST_DISK_WORD, PEEK, PI, POKE, QUOTE, REM, SYS, WAIT};
use super::{HIGHEST_LINE, PrgError, one_or};

/// Where BASIC programs begin: PET, and VIC-20 with 3K; C64; VIC-20, Plus/4; VIC-20 with 8K and more; C128.
pub(super) const STARTS: [u16; 5] = [0x0401, 0x0801, 0x1001, 0x1201, 0x1C01];

/// A line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// Where it begins in the file, the load address counted.
    pub offset: usize,
    /// Its link as it stands.
    pub link: u16,
    /// Its number, 0-65535; over 63999 it cannot be typed.
    pub number: u16,
    /// Its tokens and text, without the zero at the end.
    pub text: &'a [u8],
    /// Where the next one begins in the file.
    next: usize,
}

/// What the links of a program are like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Links {
    /// Each leads to the next line.
    Right,
    /// Each would if the program began here.
    For(u16),
    /// So many lead nowhere; the ROM rebuilds them when it loads.
    Broken(usize),
}

/// A file taken as a BASIC program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program<'a> {
    /// The load address.
    pub load: u16,
    /// The lines, as far as they can be followed.
    pub lines: Vec<Line<'a>>,
    /// The place in the file behind the two zeros that end the chain, if they are there.
    pub end: Option<usize>,
    /// What is behind the end.
    pub behind: &'a [u8],
    /// The links.
    pub links: Links,
}

fn word_at(file: &[u8], at: usize) -> Option<u16> {
    let pair = file.get(at..)?.first_chunk::<2>()?;
    Some(u16::from_le_bytes(*pair))
}

/// The load address of a file, and how many bytes belong there.
pub(super) fn load_address(file: &[u8]) -> Result<(u16, usize), PrgError> {
    let load = word_at(file, 0).filter(|_| file.len() > 2).ok_or(PrgError::TooShort(file.len()))?;
    let size = file.len() - 2;
    if usize::from(load) + size > 0x1_0000 {
        return Err(PrgError::TooLong { load, size });
    }
    Ok((load, size))
}

/// The address of a place in the file. Modulo 64 KiB, as links are.
fn address(load: u16, offset: usize) -> u16 {
    load.wrapping_add(offset.wrapping_sub(2) as u16)
}

/// The line that begins at a place: none at the end of the chain, or if there is no zero behind it.
fn line_at(file: &[u8], offset: usize) -> Option<Line<'_>> {
    let link = word_at(file, offset)?;
    let number = word_at(file, offset + 2)?;
    let rest = file.get(offset + 4..)?;
    let length = rest.iter().position(|byte| *byte == 0)?;
    let text = rest.get(..length)?;
    (link >> 8 != 0).then_some(Line { offset, link, number, text, next: offset + 4 + length + 1 })
}

/// A line whose text holds zeros: its link leads further on, to a place where a line or the end begins.
fn with_zeros<'a>(file: &'a [u8], load: u16, line: Line<'a>) -> Line<'a> {
    let target = usize::from(line.link.wrapping_sub(load)) + 2;
    let begins = || match line_at(file, target) {
        Some(next) => next.link == address(load, next.next),
        None => word_at(file, target) == Some(0),
    };
    if target > line.next && file.get(target - 1) == Some(&0) && begins() {
        let text = file.get(line.offset + 4..target - 1).unwrap_or(line.text);
        return Line { text, next: target, ..line };
    }
    line
}

impl<'a> Program<'a> {
    /// Follows the chain of a file.
    ///
    /// # Errors
    /// If it is no PRG, or nothing that looks like a chain.
    ///
    /// ```
    /// use petterm::prg::Program;
    ///
    /// // 10 END
    /// let file = [0x01, 0x04, 0x07, 0x04, 0x0A, 0x00, 0x80, 0x00, 0x00, 0x00];
    /// let program = Program::read(&file).unwrap();
    /// assert_eq!((program.lines[0].number, program.lines[0].text), (10, &[0x80][..]));
    /// assert_eq!(program.end, Some(file.len()));
    /// ```
    pub fn read(file: &'a [u8]) -> Result<Program<'a>, PrgError> {
        let (load, _) = load_address(file)?;
        let program = Program::follow(file, load);
        if program.is_plausible() { Ok(program) } else { Err(PrgError::NotBasic { load }) }
    }

    fn follow(file: &'a [u8], load: u16) -> Program<'a> {
        let mut lines = Vec::new();
        let mut offset = 2;
        while let Some(mut line) = line_at(file, offset) {
            if line.link != address(load, line.next) {
                line = with_zeros(file, load, line);
            }
            offset = line.next;
            lines.push(line);
        }
        let end = word_at(file, offset).filter(|link| link >> 8 == 0).map(|_| offset + 2);
        let behind = file.get(end.unwrap_or(offset)..).unwrap_or_default();
        let links = links(load, &lines);
        Program { load, lines, end, behind, links }
    }

    /// Whether this is BASIC and no machine code that happens to hold a zero here and there.
    fn is_plausible(&self) -> bool {
        let known = STARTS.contains(&self.load);
        match self.links {
            _ if self.lines.is_empty() => known && self.end == Some(4),
            Links::Right => true,
            Links::For(start) => STARTS.contains(&start) && self.end.is_some(),
            Links::Broken(wrong) => {
                let rising = self.lines.windows(2).all(|pair| matches!(pair, [a, b] if a.number < b.number));
                let typed = self.lines.iter().all(|line| line.number <= HIGHEST_LINE);
                wrong * 2 < self.lines.len() || known && self.end.is_some() && rising && typed
            }
        }
    }

    /// The tokens outside of quotes and remarks. Pi is none.
    pub(super) fn tokens(&self) -> impl Iterator<Item = u8> {
        self.lines
            .iter()
            .flat_map(|line| code(line.text))
            .map(|(_, byte)| byte)
            .filter(|byte| (0x80..PI).contains(byte))
    }

    /// The address that the first SYS with a number calls.
    pub fn sys(&self) -> Option<u16> {
        self.lines.iter().find_map(|line| sys_in(line.text))
    }
}

fn links(load: u16, lines: &[Line<'_>]) -> Links {
    let off = |line: &Line<'_>| line.link.wrapping_sub(address(load, line.next));
    let wrong = lines.iter().filter(|line| off(line) != 0).count();
    match lines.first() {
        Some(first) if wrong > 0 => {
            if lines.iter().all(|line| off(line) == off(first)) {
                Links::For(load.wrapping_add(off(first)))
            } else {
                Links::Broken(wrong)
            }
        }
        _ => Links::Right,
    }
}

/// The bytes of a text that are neither in quotes nor in a remark, with their places.
fn code(text: &[u8]) -> impl Iterator<Item = (usize, u8)> {
    let (mut quoted, mut remark) = (false, false);
    text.iter().copied().enumerate().filter(move |(_, byte)| {
        let outside = !quoted && !remark;
        match *byte {
            QUOTE => quoted = !quoted,
            REM if outside => remark = true,
            _ => {}
        }
        outside && *byte != QUOTE
    })
}

/// The number behind the first SYS of a text.
fn sys_in(text: &[u8]) -> Option<u16> {
    code(text).filter(|(_, byte)| *byte == SYS).find_map(|(at, _)| {
        let rest = text.get(at + 1..)?.iter().skip_while(|byte| matches!(byte, b' ' | b'('));
        let digits: String = rest
            .filter(|byte| **byte != b' ')
            .take_while(|byte| byte.is_ascii_digit())
            .map(|byte| char::from(*byte))
            .collect();
        digits.parse().ok()
    })
}

/// The place in a file behind the two zeros that end its BASIC program: what is behind them is padding, or machine
/// code that travels with it. None where the file is no BASIC program, or is cut off.
///
/// ```
/// let file = [0x01, 0x04, 0x07, 0x04, 0x0A, 0x00, 0x80, 0x00, 0x00, 0x00, 0x1A, 0x1A];
/// assert_eq!(petterm::prg::basic_end(&file), Some(10));
/// assert_eq!(petterm::prg::basic_end(&file[..9]), None);
/// ```
pub fn basic_end(file: &[u8]) -> Option<usize> {
    Program::read(file).ok()?.end
}

/// The file with its BASIC program moved to another address: the load address and every link are new, all else is
/// as it was. [`relocation_doubts`] says what that may break.
///
/// # Errors
/// If it is no BASIC program, or does not fit there.
///
/// ```
/// let c64 = [0x01, 0x08, 0x07, 0x08, 0x0A, 0x00, 0x80, 0x00, 0x00, 0x00];
/// let pet = petterm::prg::relocate_basic(&c64, 0x0401).unwrap();
/// assert_eq!(pet, [0x01, 0x04, 0x07, 0x04, 0x0A, 0x00, 0x80, 0x00, 0x00, 0x00]);
/// ```
pub fn relocate_basic(file: &[u8], to: u16) -> Result<Vec<u8>, PrgError> {
    let program = Program::read(file)?;
    let size = file.len() - 2;
    if usize::from(to) + size > 0x1_0000 {
        return Err(PrgError::NoRoom { to, size });
    }
    let mut out = file.to_vec();
    let mut write = |at: usize, value: u16| {
        if let Some(pair) = out.get_mut(at..at + 2) {
            pair.copy_from_slice(&value.to_le_bytes());
        }
    };
    write(0, to);
    for line in &program.lines {
        write(line.offset, address(to, line.next));
    }
    Ok(out)
}

/// What moving a BASIC program to another address may break, a line for each; empty where nothing is seen.
pub fn relocation_doubts(file: &[u8], to: u16) -> Vec<String> {
    let Ok(program) = Program::read(file) else { return Vec::new() };
    let mut doubts = Vec::new();
    if program.load == to {
        return doubts;
    }
    if program.end.is_none() {
        doubts.push("it is cut off: the two zeros at its end are missing".to_owned());
    } else if !program.behind.is_empty() && !is_padding(program.behind) {
        let bytes = one_or(program.behind.len(), "byte", "bytes");
        doubts.push(format!("{bytes} behind the BASIC program move with it; machine code may not run there"));
    }
    if let Some(target) = program.sys() {
        doubts.push(format!("it calls SYS {target} (${target:04X}), which does not move"));
    }
    if program.tokens().any(|token| matches!(token, POKE | PEEK | WAIT)) {
        doubts.push("it uses PEEK, POKE or WAIT, and addresses differ from machine to machine".to_owned());
    }
    if program.tokens().any(|token| token >= FIRST_DISK_WORD) {
        doubts.push("it has words from token $CC up, which differ from BASIC to BASIC".to_owned());
    }
    doubts
}

/// Whether bytes are what transfers fill their last block with.
pub(super) fn is_padding(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0) || bytes.iter().all(|byte| *byte == 0x1A)
}
