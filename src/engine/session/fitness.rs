//! What is known of a transfer before its link is open: whether the line carries the protocol, and a text the wire.
//!
//! The same is asked when it begins, since the line, the code and the far end's case may have changed by then.

use super::Session;
use crate::engine::{Cargo, StatusLink, TransferRequest, Unfit};
use crate::line::{Codec, LineFormat, ShiftTx};
use crate::transfer::{FileKind, OutgoingFile, Protocol, text};

/// What a text loses on its way to the wire.
struct Loss {
    count: usize,
    /// What the first is, where it stands, and why it cannot go.
    first: String,
}

impl Session {
    /// Whether a transfer can begin, as far as that can be told without a far end.
    ///
    /// # Errors
    /// [`Unfit::Line`] and [`Unfit::Data`].
    pub fn fits(&self, request: &TransferRequest) -> Result<(), Unfit> {
        self.line_carries(request.protocol)?;
        if let (Protocol::Text, Cargo::Send(files)) = (request.protocol, &request.cargo) {
            for file in files {
                self.typed(file, request.options.force)?;
            }
        }
        Ok(())
    }

    /// Whether the line carries what a protocol needs.
    fn line_carries(&self, protocol: Protocol) -> Result<(), Unfit> {
        if !protocol.needs_eight_bits() {
            return Ok(());
        }
        let config = &self.config;
        let inversion = config.inverting.needed_at(&config.target, &config.line);
        let (why, next) = if inversion.shifts().is_some() || inversion.misframes() {
            let why = "inversion without an inverter carries text alone".to_owned();
            (why, "put an inverter in the cable".to_owned())
        } else if config.strip7 || config.set7 {
            let option = if config.strip7 { "--strip7" } else { "--set7" };
            (format!("{option} changes bit 7"), "leave it out".to_owned())
        } else if !(0..=255).all(|octet| self.present_codec().carries(octet)) {
            let why = format!("{} carries {} bits", config.line, config.line.data_bits);
            (why, format!("use a line such as {}-8N1", config.line.baud))
        } else {
            return Ok(());
        };
        Err(Unfit::Line(format!(
            "{} needs all eight bits and {why}; {next}, or use --protocol text",
            protocol.name()
        )))
    }

    /// The codec of the link, or the one that it will have.
    fn present_codec(&self) -> Codec {
        let config = &self.config;
        if self.link == StatusLink::Up {
            self.codec
        } else if config.target.has_line() {
            Codec::new(&config.line, config.strip7, config.set7)
        } else {
            Codec::new(&LineFormat::new(config.line.baud), config.strip7, config.set7)
        }
    }

    /// A file in the wire's code, as it is typed, and a warning of what is left out by force.
    ///
    /// # Errors
    /// A file that is neither in the far end's code nor UTF-8, or has something that cannot go.
    pub(super) fn typed(
        &self,
        file: &OutgoingFile,
        force: bool,
    ) -> Result<(OutgoingFile, Option<String>), Unfit> {
        let codec = self.present_codec();
        let inversion = self.config.inverting.needed_at(&self.config.target, &self.config.line);
        let goes =
            |octet: &u8| codec.carries(*octet) && (inversion.shifts().is_none() || ShiftTx::carries(*octet));
        let (octets, loss) =
            match text::to_translate(file).map_err(|refusal| Unfit::Data(refusal.to_string()))? {
                Some(text) => self.translated(text, goes),
                None => as_they_are(&file.data, goes),
            };
        let warning = match loss {
            Some(Loss { count, first }) => {
                let more =
                    if count > 1 { format!(", and {} more like it", count - 1) } else { String::new() };
                let what = format!("{}, {first}{more}", file.name);
                if !force {
                    return Err(Unfit::Data(format!(
                        "{what}; change them, or let 'petterm send --force' leave them out"
                    )));
                }
                Some(format!("left out by force: {what}"))
            }
            None => None,
        };
        // What is in the far end's code is no text of ours any more.
        Ok((OutgoingFile { kind: FileKind::Seq, data: octets.into(), ..file.clone() }, warning))
    }

    fn translated(&self, text: &str, goes: impl Fn(&u8) -> bool) -> (Vec<u8>, Option<Loss>) {
        let set = self.screen.char_set();
        let mut octets = Vec::new();
        let has_code = |c: &char| {
            let mut code = Vec::new();
            matches!(c, '\r' | '\n')
                || (self.translator.text(c.encode_utf8(&mut [0; 4]), set, &mut code).is_empty()
                    && code.iter().all(&goes))
        };
        let Some(at) = text.find(|c| !has_code(&c)) else {
            self.translator.text(text, set, &mut octets);
            return (octets, None);
        };
        let kept: String = text.chars().filter(has_code).collect();
        self.translator.text(&kept, set, &mut octets);
        let before = text.get(..at).unwrap_or_default();
        let line = before.replace("\r\n", "\n");
        let (lines, column) = (
            line.matches(['\r', '\n']).count(),
            line.rsplit(['\r', '\n']).next().map_or(0, |line| line.chars().count()),
        );
        let first = text.get(at..).and_then(|rest| rest.chars().next()).unwrap_or_default();
        let loss = Loss {
            count: text.chars().filter(|c| !has_code(c)).count(),
            first: format!(
                "line {}, column {}: {first:?} (U+{:04X}) has no code on this wire",
                lines + 1,
                column + 1,
                u32::from(first)
            ),
        };
        (octets, Some(loss))
    }
}

fn as_they_are(bytes: &[u8], goes: impl Fn(&u8) -> bool) -> (Vec<u8>, Option<Loss>) {
    let octets: Vec<u8> = bytes.iter().copied().filter(&goes).collect();
    let first = bytes.iter().enumerate().find(|(_, octet)| !goes(octet));
    let loss = first.map(|(at, octet)| Loss {
        count: bytes.len() - octets.len(),
        first: format!("byte {at}: {octet:02X} needs an eighth bit, which this line has not"),
    });
    (octets, loss)
}
