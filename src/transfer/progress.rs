//! Where a transfer stands: what gauges, reports and tests look at.

/// Where a transfer stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// What it is doing, in a few words: "waiting for the far end", "sending", "ending".
    pub doing: &'static str,
    /// The file at hand: its name on the host, or as offered; empty before there is one.
    pub name: String,
    /// Bytes of the file at hand that the other side, or the store, has.
    pub bytes: u64,
    /// Bytes of the file at hand, where known.
    pub length: Option<u64>,
    /// Blocks of the file at hand that are through.
    pub blocks: u64,
    /// Blocks that had to be sent again or asked for again, over all files.
    pub resends: u32,
    /// Damaged blocks, wrong codes and time-outs, over all files.
    pub errors: u32,
    /// The last of these, in words.
    pub last_error: Option<String>,
    /// The file at hand is the n-th, from 1.
    pub file: usize,
    /// How many there are, where known.
    pub files: Option<usize>,
    /// Files that are complete.
    pub done: Vec<FileDone>,
}

/// A file that is through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileDone {
    /// Its name on the host.
    pub name: String,
    /// Its length in bytes, as it is kept.
    pub bytes: u64,
    /// What the user should know of it: padding that was cut, an empty last block.
    pub remark: Option<String>,
}
