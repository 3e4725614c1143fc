//! YMODEM batch both ways: XMODEM with CRC and blocks of 1,024 bytes, and a block 0 with name and length before each
//! file.
//!
//! ```text
//! receiver:  C           ACK C         ACK ..      NAK     ACK C            ACK
//! sender:      block 0         block 1 ..      EOT     EOT       block 0 ..     (the end: a block 0 without name)
//! block 0:   name 00 length SP time SP mode 00 ..   length decimal, time and mode octal; padded with 00
//! ```
//!
//! The length cuts the padding, so files are exact. Facts: what lrzsz sends and takes.

use super::xmodem::{Batch, Receiver, Sender, Style};
use super::{Offer, Options, OutgoingFile, Refusal, Transfer};
use crate::time::Stamp;

/// A name is at most so long: with the length behind it, it fits the block of 128 bytes that every receiver takes.
const LONGEST_NAME: usize = 96;

/// Sends files with their names.
///
/// # Errors
/// When there is no file, or a name that block 0 cannot carry.
pub fn send(
    files: Vec<OutgoingFile>,
    options: &Options,
    now: Stamp,
) -> Result<(Box<dyn Transfer>, Vec<String>), Refusal> {
    if files.is_empty() {
        return Err(Refusal { what: "there is no file to send".to_owned(), next: "name one".to_owned() });
    }
    let bad = |file: &&OutgoingFile| {
        file.name.is_empty()
            || file.name.len() > LONGEST_NAME
            || file.name.contains(|c: char| c.is_control() || c == '/')
    };
    if let Some(file) = files.iter().find(bad) {
        return Err(Refusal {
            what: format!(
                "YMODEM cannot carry the name {:?}: 1-{LONGEST_NAME} bytes, printable, no slash",
                file.name
            ),
            next: "rename the file".to_owned(),
        });
    }
    Ok((Box::new(Sender::new(Batch::Ymodem, files, options, now)), Vec::new()))
}

/// Receives files until the far end has no more.
pub fn receive(options: &Options, now: Stamp) -> Box<dyn Transfer> {
    Box::new(Receiver::new(Style::Ymodem, options, now))
}

/// What stands in block 0 for a file. The time is 0, which means unknown; the mode is a plain file's.
pub(super) fn header(file: &OutgoingFile) -> Vec<u8> {
    let mut bytes = file.name.clone().into_bytes();
    bytes.push(0);
    bytes.extend(format!("{} 0 100644", file.data.len()).bytes());
    bytes
}

/// What a block 0 says; none when it ends the batch. Time and mode are the far end's business.
pub(super) fn parse(block: &[u8]) -> Option<Offer> {
    let mut parts = block.splitn(2, |byte| *byte == 0);
    let name = parts.next().filter(|name| !name.is_empty())?;
    let digits: Vec<u8> =
        parts.next().unwrap_or_default().iter().copied().take_while(u8::is_ascii_digit).collect();
    let length = std::str::from_utf8(&digits).ok().and_then(|digits| digits.parse().ok());
    Some(Offer { name: name.to_vec(), petscii: false, kind: None, length })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transfer::FileKind;

    #[test]
    fn a_header_says_name_and_length_and_reads_back() {
        let file =
            OutgoingFile { name: "game.prg".to_owned(), kind: FileKind::Prg, data: vec![7; 300].into() };
        let header = header(&file);
        assert_eq!(header, b"game.prg\x00300 0 100644");
        let offer = parse(&header).unwrap();
        assert_eq!((offer.name.as_slice(), offer.length), (&b"game.prg"[..], Some(300)));
    }

    #[test]
    fn a_header_may_say_less_or_nonsense() {
        assert_eq!(parse(&[0; 128]), None);
        assert_eq!(parse(b"").map(|offer| offer.length), None);
        assert_eq!(parse(b"a\0\0\0").unwrap().length, None);
        assert_eq!(parse(b"a\0-1 0").unwrap().length, None);
        assert_eq!(parse(b"a\x0099999999999999999999999").unwrap().length, None);
        assert_eq!(parse(&[b'x'; 128]).unwrap().name.len(), 128);
    }
}
