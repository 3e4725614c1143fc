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

/// What a block 0 says. Time and mode are the far end's business.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// The file.
    pub(super) offer: Offer,
    /// What stands for a length and is none; its beginning.
    pub(super) no_length: Option<String>,
}

/// Reads a block 0; none when it ends the batch.
pub(super) fn parse(block: &[u8]) -> Option<Header> {
    let mut parts = block.splitn(2, |byte| *byte == 0);
    let name = parts.next().filter(|name| !name.is_empty())?;
    let field = parts.next().unwrap_or_default().split(|byte| matches!(byte, 0 | b' ')).next();
    let field = String::from_utf8_lossy(field.unwrap_or_default());
    // A plus sign would be taken as well.
    let length = field.parse().ok().filter(|_| field.starts_with(|c: char| c.is_ascii_digit()));
    let no_length = (length.is_none() && !field.is_empty()).then(|| field.chars().take(32).collect());
    Some(Header { offer: Offer { name: name.to_vec(), petscii: false, kind: None, length }, no_length })
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
        let read = parse(&header).unwrap();
        assert_eq!((read.offer.name.as_slice(), read.offer.length), (&b"game.prg"[..], Some(300)));
        assert_eq!(read.no_length, None);
    }

    #[test]
    fn a_header_may_say_less_and_nonsense_is_told() {
        assert_eq!(parse(&[0; 128]), None);
        assert_eq!(parse(b""), None);
        assert_eq!(parse(&[b'x'; 128]).unwrap().offer.name.len(), 128);
        for (field, length, told) in [
            ("", None, false),
            ("18446744073709551615 0", Some(u64::MAX), false),
            ("18446744073709551616 0", None, true),
            ("999999999999999999999999", None, true),
            ("-1 0", None, true),
            ("+1", None, true),
            ("12k", None, true),
        ] {
            let read = parse(format!("a\0{field}\0").as_bytes()).unwrap();
            assert_eq!((read.offer.length, read.no_length.is_some()), (length, told), "{field}");
        }
    }
}
