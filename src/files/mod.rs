//! Files on the host that transfers read and write.
//!
//! What it guarantees:
//!
//! - Nothing that exists is overwritten, truncated or followed: a file is made new as `NAME.part` (exclusively, without
//!   following a link, readable by its owner alone, never executable) and gets its name only when it is complete and
//!   safe on the disk, by a rename that fails where something has the name by then.
//! - Every step is relative to a handle of the folder, so that a folder that is moved or replaced meanwhile changes
//!   nothing. A folder may itself be a link: it was the user who named it.
//! - Nothing is renamed or removed by its name alone: before and after, the name is compared with the open file.
//! - A file with its own name is whole. What is not whole stays as `.part`, and is told with its length; an empty one
//!   is removed.
//! - What the disk refuses is told in one line: what, why, what next. A call that was interrupted is made again.
//!
//! Facts: `docs/files.md`.

pub mod disk;
mod outgoing;
#[cfg(any(test, not(unix)))]
#[cfg_attr(unix, allow(dead_code, unreachable_pub, reason = "a test compiles the other systems' way"))]
mod portable;
mod receiver;
#[cfg(unix)]
mod unix;

#[cfg(not(unix))]
use self::portable as system;
#[cfg(unix)]
use self::unix as system;

pub use outgoing::{FileTrouble, read_outgoing};
pub use receiver::Receiver;
pub use system::Folder;

#[cfg(test)]
mod tests;
