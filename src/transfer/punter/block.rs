//! Blocks: their two sums, their sizes, and how a file is cut into them.

use std::ops::Range;

use crate::transfer::{FileKind, Options, OutgoingFile, Refusal, bytes, thousands};

/// Bytes of a block before its payload.
pub(super) const HEAD: usize = 7;
/// Size of the block that carries the type.
pub(super) const TYPE_BLOCK: usize = 8;
/// Blocks with payload that have a number of their own: those from FF00 on say "last".
const MOST_BLOCKS: usize = 0xFEFF;

/// The additive and the cyclic sum of what stands from offset 4 on.
pub(super) fn sums(bytes: &[u8]) -> (u16, u16) {
    bytes.iter().fold((0, 0), |(sum, cyclic): (u16, u16), &byte| {
        (sum.wrapping_add(byte.into()), (cyclic ^ u16::from(byte)).rotate_left(1))
    })
}

/// A block.
pub(super) fn build(next: u8, number: u16, payload: &[u8]) -> Vec<u8> {
    let mut block = vec![0; 4];
    block.push(next);
    block.extend(number.to_le_bytes());
    block.extend(payload);
    let (sum, cyclic) = sums(block.get(4..).unwrap_or_default());
    let sums = sum.to_le_bytes().into_iter().chain(cyclic.to_le_bytes());
    for (place, byte) in block.iter_mut().zip(sums) {
        *place = byte;
    }
    block
}

/// A block that was read, with sums that are right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Block<'a> {
    /// Size of the next one.
    pub(super) next: usize,
    pub(super) number: u16,
    pub(super) payload: &'a [u8],
}

impl<'a> Block<'a> {
    /// Reads a block; nothing if a sum is wrong, or if it says that a block follows and that this has no room for a
    /// head. An all-zero block has right sums, and is refused by the latter.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Block<'a>> {
        let (&[sum_low, sum_high, cyclic_low, cyclic_high, next, low, high], payload) =
            bytes.split_first_chunk::<HEAD>()?;
        let said = (u16::from_le_bytes([sum_low, sum_high]), u16::from_le_bytes([cyclic_low, cyclic_high]));
        let block = Block { next: next.into(), number: u16::from_le_bytes([low, high]), payload };
        let right = sums(bytes.get(4..)?) == said;
        (right && (block.is_last() || block.next >= HEAD)).then_some(block)
    }

    /// Whether it is the last of its phase.
    pub(super) fn is_last(&self) -> bool {
        self.number >= 0xFF00
    }
}

/// The byte that tells a file's type.
pub(super) const fn type_byte(kind: FileKind) -> u8 {
    match kind {
        FileKind::Prg => 1,
        FileKind::Seq => 2,
        FileKind::Usr => 3,
    }
}

/// The type that a byte tells; 0 is PRG of those who count from there.
pub(super) const fn type_of(byte: u8) -> Option<FileKind> {
    match byte {
        0 | 1 => Some(FileKind::Prg),
        2 => Some(FileKind::Seq),
        3 => Some(FileKind::Usr),
        _ => None,
    }
}

/// How a file is cut: the payload of each block.
pub(super) fn cut(file: &OutgoingFile, options: &Options) -> Result<Vec<Range<usize>>, Refusal> {
    let room = usize::from(options.block_size).saturating_sub(HEAD).max(1);
    let length = file.data.len();
    let blocks = length.div_ceil(room);
    if blocks > MOST_BLOCKS {
        let (size, most) = (options.block_size, MOST_BLOCKS * room);
        return Err(Refusal {
            what: format!(
                "{} has {}, and blocks of {size} carry {} of them at most",
                file.name,
                bytes(length as u64),
                thousands(most as u64)
            ),
            next: if size < u8::MAX { "use larger blocks" } else { "send it in parts" }.to_owned(),
        });
    }
    let mut cuts: Vec<Range<usize>> =
        (0..length).step_by(room).map(|at| at..(at + room).min(length)).collect();
    // Some receivers store nothing of a block of eight bytes or less.
    if let [.., before, last] = cuts.as_mut_slice()
        && options.avoid_one_byte_block
        && last.len() == 1
        && before.len() > 1
    {
        before.end -= 1;
        last.start -= 1;
    }
    Ok(cuts)
}

/// What is to be known of a file that some receivers take and do not keep.
pub(super) fn dropped_by_some(file: &OutgoingFile, options: &Options) -> Option<String> {
    let single = cut(file, options).ok()?.iter().any(|cut| cut.len() == 1);
    let next = match file.data.len() {
        1 => "nothing helps a file of one byte",
        _ => "blocks of 10 bytes or more have none",
    };
    (single && options.avoid_one_byte_block).then(|| {
        format!("{} goes in blocks of a single byte, which CGTerm 1.7 and testpunter drop; {next}", file.name)
    })
}
