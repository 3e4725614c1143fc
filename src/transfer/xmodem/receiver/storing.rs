//! What a receiver asks of the store, and how it goes on behind each answer: a block is acknowledged when it is kept.

use super::super::check::{ACK, CRC};
use super::{ASK, BLOCK, Receiver, State, Style};
use crate::time::Stamp;
use crate::transfer::{Failure, FileDone, Kept, Offer, Out, Store, bytes};

/// What the store was asked for, and what belongs to it.
#[derive(Debug)]
pub(super) enum Stored {
    Begin { then: Vec<u8> },
    Offered,
    Write { bytes: u64 },
    Finish { length: u64, remark: Option<String> },
}

impl Receiver {
    /// A file begins; `state` says what follows.
    pub(super) fn begin(&mut self, offer: Offer, state: Stored) {
        self.begun = true;
        self.progress.length = offer.length;
        self.progress.bytes = 0;
        self.progress.blocks = 0;
        if self.style != Style::Ymodem {
            self.progress.file = 1;
            self.progress.files = Some(1);
        }
        self.store(Store::Begin(offer), state);
    }

    /// These bytes come next in it.
    pub(super) fn write(&mut self, bytes: Vec<u8>) {
        self.padding.pass(&bytes);
        let state = Stored::Write { bytes: bytes.len() as u64 };
        self.store(Store::Write(bytes), state);
    }

    /// It is complete, without what is padding.
    pub(super) fn finish(&mut self) {
        let mut length = self.written;
        let mut remark = None;
        if self.length.is_none() && self.trim {
            let cut = self.padding.cut(self.last.len(), self.style != Style::Petterm);
            (length, remark) = (cut.length, cut.remark);
        } else if self.length.is_none() && self.padding.cut(self.last.len(), true).length < length {
            remark = Some("kept as it came: its last block seems to end in padding".to_owned());
        }
        // Padding is never a whole block.
        if self.beyond >= self.last.len().max(1) as u64 {
            remark = Some(format!(
                "{} came behind the announced length and {} not kept; ask for it by xmodem",
                bytes(self.beyond),
                if self.beyond == 1 { "is" } else { "are" }
            ));
        }
        self.progress.doing = "ending";
        self.store(Store::Finish { length }, Stored::Finish { length, remark });
    }

    fn store(&mut self, wish: Store, state: Stored) {
        self.out.push_back(Out::Store(wish));
        self.state = State::Storing(state);
        self.deadline.stop();
    }

    /// The store did what it was asked for, or could not.
    pub(super) fn store_did(&mut self, now: Stamp, outcome: Result<Kept, String>) {
        if !matches!(self.state, State::Storing(_)) {
            return;
        }
        let State::Storing(stored) = std::mem::replace(&mut self.state, State::Idle) else { return };
        let kept = match outcome {
            Ok(kept) => kept,
            Err(why) => {
                self.state = State::Storing(stored);
                return self.give_up(now, Failure::Store(why));
            }
        };
        if let (Some(failure), false) = (self.failure.take(), matches!(stored, Stored::Finish { .. })) {
            return self.end(Err(failure));
        }
        match stored {
            Stored::Begin { then } => {
                self.progress.name = kept.name;
                if then.is_empty() { self.finish() } else { self.write(then) }
            }
            Stored::Offered => {
                self.progress.name = kept.name;
                self.naming = false;
                self.expected = 1;
                self.heard = false;
                self.asked = 1;
                self.errors = 0;
                self.say(now, &[ACK, CRC], ASK);
            }
            Stored::Write { bytes } => {
                self.errors = 0;
                self.written += bytes;
                self.expected = self.expected.wrapping_add(1);
                self.progress.bytes = self.written;
                self.progress.blocks += 1;
                self.say(now, &[ACK], BLOCK);
            }
            Stored::Finish { length, remark } => {
                if !kept.name.is_empty() {
                    self.progress.name.clone_from(&kept.name);
                }
                self.progress.bytes = length;
                let name = self.progress.name.clone();
                self.progress.done.push(FileDone { name, bytes: length, remark });
                if self.style == Style::Ymodem {
                    self.next_file();
                    self.asked = 1;
                    self.say(now, &[ACK, CRC], ASK);
                } else {
                    self.out.push_back(Out::Tx(vec![ACK]));
                    self.end(Ok(()));
                }
            }
        }
    }
}
