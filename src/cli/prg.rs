//! `petterm prg`: what is in a PRG file, a BASIC program as a listing, and a listing as a program.
//!
//! Results on stdout or in a new file, hints and errors on stderr, one a line and each with its place. No file is
//! written over. Facts: `docs/prg.md`.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::exit::{self, Exit, Problem};
use super::input;
use super::values::OneOf;
use crate::petscii::CharSet;
use crate::prg::{
    self, Basic, Content, DataSums, Info, Links, Made, MakeOptions, PrgError, Rejected, Remark,
};

/// `petterm prg`.
#[derive(clap::Subcommand, Clone, Debug, PartialEq, Eq)]
pub enum PrgAction {
    /// Load address, BASIC or machine code, size, and which machines it fits
    Info {
        /// The PRG file; - is stdin
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// A BASIC program as text in UTF-8, with control characters as {clr}
    List(ListArgs),
    /// A listing as a PRG file, as if it were typed in
    ///
    /// Tells mistakes with row and column, doubts about what was read wrong by a scanner, and the sum of the DATA.
    Make(MakeArgs),
}

/// `petterm prg list`.
#[derive(clap::Args, Clone, Debug, PartialEq, Eq)]
pub struct ListArgs {
    /// The PRG file; - is stdin
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Write the listing to a new file; - is stdout
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Which set its characters are shown in: graphics or text
    #[arg(long, value_name = "SET", value_parser = sets(), hide_possible_values = true)]
    pub set: Option<CharSet>,
    /// Which BASIC's words: 1, 2 or 4
    #[arg(long, value_name = "N", value_parser = basics(), hide_possible_values = true)]
    pub basic: Option<Basic>,
}

/// `petterm prg make`.
#[derive(clap::Args, Clone, Debug, PartialEq, Eq)]
pub struct MakeArgs {
    /// The listing in UTF-8; - is stdin
    #[arg(value_name = "LISTING")]
    pub file: PathBuf,
    /// The new PRG file; - is stdout
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// The load address in hexadecimal
    #[arg(long, value_name = "ADDRESS", default_value = "0401", value_parser = address)]
    pub at: u16,
    /// Which set the listing is in: graphics (capitals) or text (small letters)
    #[arg(long, value_name = "SET", value_parser = sets(), hide_possible_values = true)]
    pub set: Option<CharSet>,
    /// Which BASIC's words: 1, 2 or 4
    #[arg(long, value_name = "N", default_value = "4", value_parser = basics(), hide_possible_values = true)]
    pub basic: Basic,
}

fn sets() -> OneOf<CharSet> {
    OneOf::new(CharSet::ALL.map(CharSet::name), set)
}

fn set(text: &str) -> Result<CharSet, String> {
    let named = CharSet::ALL.into_iter().find(|set| set.name().eq_ignore_ascii_case(text));
    named.ok_or_else(|| "graphics or text is expected".to_owned())
}

fn basics() -> OneOf<Basic> {
    OneOf::new(["1", "2", "4"], basic)
}

fn basic(text: &str) -> Result<Basic, String> {
    let numbered = Basic::ALL.into_iter().find(|basic| basic.number().to_string() == text);
    numbered.ok_or_else(|| "1, 2 or 4 is expected; the VIC-20 and the C64 have 2".to_owned())
}

/// An address in hexadecimal, `$` or `0x` before it or not.
pub(super) fn address(text: &str) -> Result<u16, String> {
    let digits = text.strip_prefix('$').or_else(|| text.strip_prefix("0x")).unwrap_or(text);
    let is_hex = (1..=4).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let value = if is_hex { u16::from_str_radix(digits, 16).ok() } else { None };
    value.ok_or_else(|| "an address of up to four hexadecimal digits is expected, such as 0401".to_owned())
}

/// Does it, and writes to `out` what goes to stdout.
///
/// # Errors
/// If a file cannot be read or written, or is not what it should be.
pub(super) fn run(action: &PrgAction, verbose: bool, out: &mut Vec<u8>) -> Result<(), Problem> {
    match action {
        PrgAction::Info { file, json } => out.extend(info(file, *json)?.into_bytes()),
        PrgAction::List(args) => list(args, out)?,
        PrgAction::Make(args) => make(args, verbose, out)?,
    }
    Ok(())
}

fn is_stdout(path: &Path) -> bool {
    path == Path::new("-")
}

fn refused(file: &Path, error: PrgError) -> Problem {
    Problem::new(Exit::Line, format!("{}: {error}", input::name(file)))
}

fn info(file: &Path, json: bool) -> Result<String, Problem> {
    let bytes = input::read(file)?;
    let info = Info::read(&bytes).map_err(|error| refused(file, error))?;
    Ok(if json { format!("{}\n", to_json(file, &info)) } else { described(file, &info) })
}

/// A count with its noun.
fn some(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

fn described(file: &Path, info: &Info) -> String {
    let mut out = String::new();
    let what = match info.content {
        Content::Basic { .. } => "BASIC program",
        Content::Machine => "machine code or data",
    };
    // Writing to a string does not fail.
    let mut row = |name: &str, text: String| {
        let _ = writeln!(out, "{name:<10} {}", exit::one_line(&text));
    };
    row("file", input::name(file));
    row("is", what.to_owned());
    row("loads at", format!("${:04X}-${:04X}, {}", info.load, info.last, some(info.size, "byte")));
    if let Content::Basic { lines, numbers, needs, sys, .. } = info.content {
        let numbers = numbers.map_or_else(String::new, |(first, last)| format!(", {first} to {last}"));
        row("lines", format!("{lines}{numbers}"));
        row("words", format!("of BASIC {}", needs.number()));
        if let Some(target) = sys {
            row("calls", format!("SYS {target} (${target:04X})"));
        }
    }
    let fits: Vec<String> =
        info.fits.iter().map(|(name, left)| format!("{name} ({left} bytes left)")).collect();
    row("fits", if fits.is_empty() { "no machine that is known".to_owned() } else { fits.join(", ") });
    for remark in &info.remarks {
        row("note", remark.clone());
    }
    out
}

fn to_json(file: &Path, info: &Info) -> String {
    let fits: Vec<serde_json::Value> = info
        .fits
        .iter()
        .map(|(name, left)| serde_json::json!({ "machine": name, "bytes_left": left }))
        .collect();
    let mut object = serde_json::json!({
        "file": input::name(file),
        "load": info.load,
        "last": info.last,
        "size": info.size,
        "content": "machine",
        "fits": fits,
        "remarks": info.remarks,
    });
    if let Content::Basic { lines, numbers, links, bytes, behind, sys, needs } = info.content {
        object["content"] = "basic".into();
        object["lines"] = lines.into();
        object["first_line"] = numbers.map(|(first, _)| first).into();
        object["last_line"] = numbers.map(|(_, last)| last).into();
        object["links"] = match links {
            Links::Right => "right".into(),
            Links::For(start) => format!("for {start:04X}").into(),
            Links::Broken(_) => "broken".into(),
        };
        object["basic_bytes"] = bytes.into();
        object["bytes_behind"] = behind.into();
        object["sys"] = sys.into();
        object["basic"] = needs.number().into();
    }
    format!("{object:#}")
}

fn list(args: &ListArgs, out: &mut Vec<u8>) -> Result<(), Problem> {
    let bytes = input::read(&args.file)?;
    let listing = prg::list(&bytes, args.set, args.basic).map_err(|error| refused(&args.file, error))?;
    if listing.text.is_empty() {
        exit::say(&format!(
            "{}: a BASIC program without a line, so there is nothing to list",
            input::name(&args.file)
        ));
    }
    for remark in &listing.remarks {
        exit::say(&format!("{}: {remark}", input::name(&args.file)));
    }
    match args.output.as_deref().filter(|path| !is_stdout(path)) {
        None => out.extend(listing.text.into_bytes()),
        Some(path) => write_new(path, listing.text.as_bytes())?,
    }
    Ok(())
}

/// Writes a file that is not there yet.
fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Problem> {
    let mut file = File::create_new(path).map_err(|error| input::not_written(path, &error))?;
    file.write_all(bytes).map_err(|error| {
        // Half a program is none. If it cannot be removed either, the error says which file it is about.
        let _ = fs::remove_file(path);
        input::not_written(path, &error)
    })
}

/// So many errors or hints are shown; the rest are counted.
const MOST_SHOWN: usize = 40;

fn make(args: &MakeArgs, verbose: bool, out: &mut Vec<u8>) -> Result<(), Problem> {
    let to_stdout = is_stdout(&args.output);
    if !to_stdout && args.output.exists() {
        return Err(Problem::file(format!("{} exists; choose another name", args.output.display())));
    }
    let listing = input::read(&args.file)?;
    let options = MakeOptions { at: args.at, basic: args.basic, set: args.set };
    match prg::make(&listing, &options) {
        Ok(made) => {
            tell(&args.file, &made.warnings, "doubt");
            let report = report(args, &made, verbose);
            if to_stdout {
                report.lines().for_each(exit::say);
                out.extend(made.file);
            } else {
                write_new(&args.output, &made.file)?;
                out.extend(report.into_bytes());
            }
            Ok(())
        }
        Err(Rejected { errors, warnings }) => {
            tell(&args.file, &errors, "error");
            tell(&args.file, &warnings, "doubt");
            let what = some(errors.len(), "error");
            let what = format!(
                "{}: {what}, and nothing was written; correct it and try again",
                input::name(&args.file)
            );
            Err(Problem::new(Exit::Line, what))
        }
    }
}

fn tell(file: &Path, remarks: &[Remark], kind: &str) {
    for remark in remarks.iter().take(MOST_SHOWN) {
        exit::say(&format!(
            "{}:{}:{}: {kind}: {}",
            input::name(file),
            remark.row,
            remark.column,
            remark.what
        ));
    }
    if remarks.len() > MOST_SHOWN {
        exit::say(&format!("and {}", some(remarks.len() - MOST_SHOWN, &format!("more {kind}"))));
    }
}

fn report(args: &MakeArgs, made: &Made, verbose: bool) -> String {
    let mut out = String::new();
    let size = made.file.len() - 2;
    let last = usize::from(args.at) + size - 1;
    // Writing to a string does not fail.
    let _ = writeln!(
        out,
        "{}: {}, {} at ${:04X}-${last:04X}",
        if is_stdout(&args.output) {
            "stdout".to_owned()
        } else {
            exit::one_line(&args.output.display().to_string())
        },
        some(made.lines, "line"),
        some(size, "byte"),
        args.at
    );
    let DataSums { numbers, texts, sum, lines } = &made.data;
    let sum = prg::shown_sum(*sum);
    if !lines.is_empty() {
        let texts = if *texts > 0 { format!(", besides {}", some(*texts, "text")) } else { String::new() };
        let _ = writeln!(out, "DATA: {}, sum {sum}{texts}", some(*numbers, "number"));
    }
    if verbose {
        for (line, count, sum) in lines {
            let sum = prg::shown_sum(*sum);
            let _ = writeln!(out, "DATA in line {line}: {}, sum {sum}", some(*count, "number"));
        }
    }
    out
}
