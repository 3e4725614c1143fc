//! PRG files: what is in one, BASIC as text, and text as BASIC again.
//!
//! A PRG is two bytes of load address, low byte first, and what belongs there. A BASIC program is a chain of lines:
//!
//! ```text
//! | link lo hi | number lo hi | text ... | 00 |  ...  | 00 00 |
//!   address of the next line     tokens           end of the chain
//! ```
//!
//! What is guaranteed: no bytes and no text panic; what [`list`] writes without a remark, [`make`] turns into the same
//! bytes; [`relocate_basic`] changes links and the load address and nothing else. Facts, and what was compared with
//! what: `docs/prg.md`.

mod chars;
mod check;
mod data;
mod info;
mod list;
mod machine;
mod make;
mod program;
mod token;

pub use data::{DataSums, shown_sum};
pub use info::{Content, Info};
pub use list::{Listing, list};
pub use make::{Made, MakeOptions, Rejected, Remark, make};
pub use program::{Line, Links, Program, basic_end, relocate_basic, relocation_doubts};
pub use token::Basic;

/// Why a file is no PRG, or not one for this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PrgError {
    /// There is no load address, or nothing behind it.
    #[error("{} no program: two bytes of load address and what belongs there are expected", one_or(*.0, "byte is", "bytes are"))]
    TooShort(usize),
    /// It does not end at FFFF or before.
    #[error("{size} bytes from ${load:04X} on end behind $FFFF, so it is no program")]
    TooLong {
        /// The load address.
        load: u16,
        /// Bytes behind the load address.
        size: usize,
    },
    /// It is no BASIC program.
    #[error("it loads at ${load:04X} and holds no chain of BASIC lines; it is machine code or data")]
    NotBasic {
        /// The load address.
        load: u16,
    },
    /// It does not fit at another address.
    #[error("{size} bytes from ${to:04X} on would end behind $FFFF; choose a lower address")]
    NoRoom {
        /// The address asked for.
        to: u16,
        /// Bytes behind the load address.
        size: usize,
    },
}

/// A count with the words for one, or for none and many.
fn one_or(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// The highest number of a line that can be typed.
pub const HIGHEST_LINE: u16 = 63_999;
