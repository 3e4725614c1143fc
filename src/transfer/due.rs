//! A block that its sender may still send when its receiver has been cancelled: no protocol can stop it in the middle.
//! Only its own check tells it from the far end's next words.

/// What octets are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The beginning of the block, as far as can be told.
    Begun,
    /// The whole block, and its check is right.
    Whole,
    /// Something else.
    Other,
}

type Read = dyn Fn(&[u8]) -> Part + Send;

/// A block that was due.
pub struct DueBlock {
    came: Vec<u8>,
    /// So many octets of it had come before the end.
    known: usize,
    read: Box<Read>,
}

impl DueBlock {
    /// A block of which `begun` has come; `read` says what octets are.
    pub(super) fn new(begun: &[u8], read: impl Fn(&[u8]) -> Part + Send + 'static) -> DueBlock {
        DueBlock { came: begun.to_vec(), known: begun.len(), read: Box::new(read) }
    }

    /// The next octet.
    pub fn octet(&mut self, octet: u8) -> Part {
        self.came.push(octet);
        (self.read)(&self.came)
    }

    /// What has come since, where it was something else after all.
    #[must_use]
    pub fn since(&self) -> &[u8] {
        self.came.get(self.known..).unwrap_or_default()
    }
}
