//! The ANSI screen (ECMA-48 as terminals and bulletin boards speak it) and the plain ASCII one.
//!
//! Bytes of the host's charset come in, cells change, and three questions are answered: what are you (DA1), are
//! you well (DSR), where is the cursor (CPR). No answer contains anything the far end sent. Sequences that ask
//! for more (titles, clipboard, colours, file transfer) are parsed and dropped; bytes 80-9F are glyphs or parts
//! of characters, never control codes.
//!
//! At the strict level it behaves as xterm; at the board level clearing the screen also homes the cursor and
//! FF clears, as ANSI.SYS and the boards written for it have it.
//!
//! A byte's way: [`Host`] tells text from sequences, decodes the text and has it painted by its [`Page`];
//! [`outline`] hands sequences to the `vte` crate, which calls what [`control`] makes of them.
//!
//! Facts: ECMA-48, xterm's control sequences, `docs/screen.md`.

mod cell;
mod control;
mod glyph;
mod music;
mod outline;
mod page;
mod sgr;

use super::Behaviour;
use crate::petscii::host::{HostCharset, HostDecoder};

use music::Heard;
use outline::{ESC, Sequences};
use page::Page;

/// An ASCII or ANSI screen.
#[derive(Debug)]
pub(super) struct Host {
    /// What the bytes have made of the screen.
    pub(super) page: Page,
    /// Escape sequences, on an ANSI screen.
    sequences: Option<Sequences>,
    charset: HostCharset,
    decoder: HostDecoder,
    decoded: String,
}

impl Host {
    pub(super) fn new(size: (u8, u8), behaviour: Behaviour, charset: HostCharset, sequences: bool) -> Host {
        Host {
            page: Page::new(size, behaviour, sequences),
            sequences: sequences.then(Sequences::default),
            charset,
            decoder: charset.decoder(),
            decoded: String::new(),
        }
    }

    pub(super) fn set_charset(&mut self, charset: HostCharset) {
        self.charset = charset;
        self.decoder = charset.decoder();
    }

    pub(super) fn feed(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while let Some(&byte) = rest.first() {
            let neutral = self.decoder.is_neutral();
            let begins = byte == ESC && neutral;
            let taken = if self.page.music.is_listening() {
                self.hear(byte);
                1
            } else if let Some(open) = self.sequences.as_mut().filter(|all| begins || all.is_open()) {
                open.take(rest, &mut self.page)
            } else if byte >= 0x80 || !neutral {
                self.decode(byte);
                1
            } else {
                let printed = self.page.print_run(rest);
                if printed == 0 {
                    self.ascii(byte);
                }
                printed.max(1)
            };
            rest = &rest[taken..];
        }
    }

    /// A byte that may belong to a tune.
    fn hear(&mut self, byte: u8) {
        if let Heard::Words(words) = self.page.music.hear(byte) {
            self.feed(&words);
            self.feed(&[byte]);
        }
    }

    /// A byte that is part of the charset's multi-byte or upper half.
    fn decode(&mut self, byte: u8) {
        let mut decoded = std::mem::take(&mut self.decoded);
        decoded.clear();
        self.decoder.push(byte, &mut decoded);
        for c in decoded.chars() {
            match u8::try_from(c) {
                Ok(ascii @ 0..=0x7F) => self.ascii(ascii),
                _ => self.page.print(c),
            }
        }
        self.decoded = decoded;
    }

    /// A seven-bit code.
    fn ascii(&mut self, byte: u8) {
        if let Some(sequences) = &mut self.sequences {
            if sequences.is_open() || byte == ESC {
                sequences.take(&[byte], &mut self.page);
                return;
            }
            if let Some(c) = glyph::dos_glyph(byte)
                && self.page.is_board()
                && self.charset.label() == "cp437"
            {
                self.page.print(c);
                return;
            }
        }
        self.page.ascii(byte);
    }
}

#[cfg(test)]
mod tests;
