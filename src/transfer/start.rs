//! The engine of each protocol.

use super::xmodem::{self, Variant};
use super::{Options, OutgoingFile, Protocol, Refusal, Started, Transfer, petterm, punter, text, ymodem};
use crate::time::Stamp;

/// An engine that sends files, with warnings for the user.
///
/// # Errors
/// What cannot be sent by this protocol, before a byte is.
pub fn send(
    protocol: Protocol,
    files: Vec<OutgoingFile>,
    options: &Options,
    now: Stamp,
) -> Result<Started, Refusal> {
    if files.len() != 1 && !protocol.is_batch() {
        return Err(Refusal {
            what: format!("{} sends one file at a time, not {}", protocol.name(), files.len()),
            next: "multi-punter and ymodem send several".to_owned(),
        });
    }
    match protocol {
        Protocol::Punter => punter::send(files, options, now),
        Protocol::MultiPunter => punter::send_batch(files, options, now),
        Protocol::Text => text::send(files),
        Protocol::Xmodem => xmodem::send(Variant::Any, files, options, now),
        Protocol::XmodemCrc => xmodem::send(Variant::Crc, files, options, now),
        Protocol::Xmodem1k => xmodem::send(Variant::OneK, files, options, now),
        Protocol::Petterm => petterm::send(files, options, now),
        Protocol::Ymodem => ymodem::send(files, options, now),
    }
}

/// An engine that receives.
pub fn receive(protocol: Protocol, options: &Options, now: Stamp) -> Box<dyn Transfer> {
    match protocol {
        Protocol::Punter => punter::receive(options, now),
        Protocol::MultiPunter => punter::receive_batch(options, now),
        Protocol::Text => text::receive(options, now),
        Protocol::Xmodem => xmodem::receive(Variant::Any, options, now),
        Protocol::XmodemCrc => xmodem::receive(Variant::Crc, options, now),
        Protocol::Xmodem1k => xmodem::receive(Variant::OneK, options, now),
        Protocol::Petterm => petterm::receive(options, now),
        Protocol::Ymodem => ymodem::receive(options, now),
    }
}
