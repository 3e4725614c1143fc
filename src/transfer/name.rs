//! Names that the far end sends: hints, of which only harmless characters are kept; and names that it is sent.
//!
//! [`sanitise`] guarantees: what it returns is a single path component of 1 to 64 characters out of
//! `A-Z a-z 0-9 . _ - ` and blank, does not begin with a dot, a dash or a blank, does not end with a dot or a blank,
//! is no name that Windows reserves, and does not end like the name of an unfinished file. Nothing of the far end's decides about a folder.

use super::{FileKind, Offer};

/// Most characters of a name.
pub const LONGEST: usize = 64;

/// The name for a file of which nothing usable is said.
const NAMELESS: &str = "download";

/// Names that Windows takes for devices, with any extension.
/// (`CONIN$` and `CONOUT$` lose their last character anyway.)
const RESERVED: [&str; 24] = [
    "con", "prn", "aux", "nul", "com0", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8",
    "com9", "lpt0", "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
];

/// What a file that is not complete is called, behind its name.
const UNFINISHED: &str = ".part";

/// Characters of an extension that a number is put before; a longer one is part of the name.
const LONGEST_EXTENSION: usize = 16;

/// The name under which an offered file may be kept, its kind as extension where it says one and the name has no
/// extension of a Commodore file.
///
/// ```
/// use petterm::transfer::{FileKind, Offer, name};
/// let offer = Offer { name: b"../../.bashrc".to_vec(), kind: Some(FileKind::Seq), ..Offer::default() };
/// assert_eq!(name::of_offer(&offer), "bashrc.seq");
/// ```
pub fn of_offer(offer: &Offer) -> String {
    let text: String =
        offer.name.iter().map(|&byte| if offer.petscii { letter(byte) } else { char::from(byte) }).collect();
    let name = sanitise(&text);
    match offer.kind {
        Some(kind) if !has_extension(&name) => with_extension(&name, kind.extension()),
        _ => name,
    }
}

/// A name of a Commodore disk for people's eyes.
pub fn shown(name: &[u8]) -> String {
    name.iter().map(|&byte| letter(byte)).collect()
}

/// A PETSCII byte as a letter of a host's name: unshifted letters are small ones, shifted ones are capitals.
fn letter(byte: u8) -> char {
    match byte {
        0x41..=0x5A => char::from(byte + 0x20),
        0x61..=0x7A => char::from(byte - 0x20),
        0xC1..=0xDA => char::from(byte - 0x80),
        0x20..=0x40 | 0x5B..=0x5F => char::from(byte),
        // Shifted space pads names on Commodore disks.
        0xA0 => ' ',
        _ => '\0',
    }
}

fn has_extension(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, extension)| FileKind::from_extension(extension).is_some())
}

fn with_extension(name: &str, extension: &str) -> String {
    let stem: String = name.chars().take(LONGEST - 1 - extension.len()).collect();
    format!("{}.{extension}", stem.trim_end_matches(['.', ' ']))
}

/// What may be kept of a text as a file's name.
pub fn sanitise(text: &str) -> String {
    // A colon stands behind the number of a drive, here and there.
    let last = text.rsplit(['/', '\\', ':']).next().unwrap_or_default();
    let kept: String =
        last.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | ' ' | '-')).collect();
    let begins = kept.trim_start_matches(['.', '-', ' ']);
    let short = match begins.rsplit_once('.') {
        // What the file is outlives its name.
        Some((stem, extension))
            if begins.len() > LONGEST && FileKind::from_extension(extension).is_some() =>
        {
            with_extension(stem, extension)
        }
        None if kept.ends_with(&format!(".{begins}")) && FileKind::from_extension(begins).is_some() => {
            with_extension(NAMELESS, begins)
        }
        _ => begins.chars().take(LONGEST).collect(),
    };
    let name = finished(&short);
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_lowercase();
    match name {
        "" => NAMELESS.to_owned(),
        _ if RESERVED.contains(&stem.as_str()) => {
            let rest: String = name.chars().take(LONGEST - 1).collect();
            format!("_{rest}").trim_end_matches(['.', ' ']).to_owned()
        }
        name => name.to_owned(),
    }
}

/// Whether a name is that of a file that is not complete.
pub fn looks_unfinished(name: &str) -> bool {
    name.len()
        .checked_sub(UNFINISHED.len())
        .and_then(|at| name.get(at..))
        .is_some_and(|ending| ending.eq_ignore_ascii_case(UNFINISHED))
}

/// A name without what would let a whole file look unfinished, and without blanks and dots at its end.
fn finished(mut name: &str) -> &str {
    loop {
        name = name.trim_end_matches(['.', ' ']);
        if !looks_unfinished(name) {
            return name;
        }
        name = name.get(..name.len() - UNFINISHED.len()).unwrap_or_default();
    }
}

/// The same name with a number before its extension, which is not cut off; no longer than it was, or than [`LONGEST`].
pub fn numbered(name: &str, number: u32) -> String {
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() && extension.len() <= LONGEST_EXTENSION => {
            (stem, format!(".{extension}"))
        }
        _ => (name, String::new()),
    };
    let tail = format!("-{number}{extension}");
    let longest = LONGEST.max(name.chars().count());
    let stem: String = stem.chars().take(longest.saturating_sub(tail.chars().count()).max(1)).collect();
    format!("{stem}{tail}")
}

/// A host's name as one of a Commodore disk: 1 to 16 PETSCII bytes, without the extension that its kind stands for.
/// Small letters are unshifted and capitals are shifted, but a name without a small letter is unshifted: systems that
/// know capitals alone mean nothing by them.
pub fn on_disk(name: &str, kind: FileKind) -> Vec<u8> {
    let stem = match name.rsplit_once('.') {
        Some((stem, extension)) if FileKind::from_extension(extension) == Some(kind) && !stem.is_empty() => {
            stem
        }
        _ => name,
    };
    let plain = !stem.contains(|c: char| c.is_ascii_lowercase());
    let byte = |c: char| match c {
        'A'..='Z' if plain => Some(c as u8),
        'a'..='z' => Some(c as u8 - 0x20),
        'A'..='Z' => Some(c as u8 + 0x80),
        // A comma ends the name, and the others mean something to the drive.
        ',' | ':' | '*' | '?' | '"' | '$' | '@' | '=' => None,
        ' '..='_' => Some(c as u8),
        _ => None,
    };
    let bytes: Vec<u8> = stem.chars().filter_map(byte).take(16).collect();
    match bytes.trim_ascii() {
        [] => b"FILE".to_vec(),
        bytes => bytes.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hostile_names_become_harmless_ones() {
        for (hostile, name) in [
            ("../../.bashrc", "bashrc"),
            ("/etc/passwd", "passwd"),
            (r"C:\Windows\x.prg", "x.prg"),
            ("CON", "_CON"),
            ("nul.prg", "_nul.prg"),
            ("con .txt", "_con .txt"),
            ("", "download"),
            ("...", "download"),
            ("--help", "help"),
            ("a\0b", "ab"),
            ("name. . ", "name"),
            ("..", "download"),
            ("\u{202e}gpj.exe", "gpj.exe"),
            ("0:GAME", "GAME"),
            ("C:nul", "_nul"),
            ("COM0", "_COM0"),
            ("lpt0.x", "_lpt0.x"),
            ("CONIN$", "CONIN"),
            ("game.prg.part", "game.prg"),
            ("a.PART.part. ", "a"),
            (".part", "part"),
            ("a.part.b", "a.part.b"),
            ("con.part", "_con"),
            ("ü日.seq", "download.seq"),
            ("..prg", "download.prg"),
            ("prg", "prg"),
        ] {
            assert_eq!(sanitise(hostile), name, "{hostile:?}");
        }
        assert_eq!(sanitise(&"x".repeat(300)).len(), LONGEST);
        assert_eq!(sanitise(&format!("{}.prg", "A".repeat(70))), format!("{}.prg", "A".repeat(60)));
    }

    #[test]
    fn petscii_names_keep_their_letters_and_get_their_kind() {
        let offer = |name: &[u8], kind| Offer { name: name.to_vec(), petscii: true, kind, length: None };
        assert_eq!(of_offer(&offer(b"\xC8ELLO\xA0\xA0", Some(FileKind::Prg))), "Hello.prg");
        assert_eq!(of_offer(&offer(b"NOTES.SEQ", Some(FileKind::Seq))), "notes.seq");
        assert_eq!(of_offer(&offer(b"\xA6\xDB\x93", Some(FileKind::Usr))), "download.usr");
        assert_eq!(of_offer(&offer(b"", None)), "download");
        assert_eq!(of_offer(&offer(b"NOTES.SEQ", Some(FileKind::Prg))), "notes.seq");
        assert_eq!(of_offer(&offer(b"GAME.PART", Some(FileKind::Prg))), "game.prg");
        let long = of_offer(&offer(&[0x41; 300], Some(FileKind::Prg)));
        assert!(long.len() == LONGEST && long.rsplit('.').next() == Some("prg"));
    }

    #[test]
    fn a_number_stands_before_the_extension() {
        assert_eq!(numbered("a.prg", 1), "a-1.prg");
        assert_eq!(numbered("a", 12), "a-12");
        assert!(numbered(&format!("{}.prg", "x".repeat(60)), 3).ends_with("-3.prg"));
        let long = numbered(&format!("a.{}", "x".repeat(62)), 999);
        assert!(long.len() == LONGEST && long.ends_with("x-999"), "{long}");
    }

    #[test]
    fn names_on_disk_are_short_petscii() {
        assert_eq!(on_disk("Hello, World.prg", FileKind::Prg), b"\xC8ELLO \xD7ORLD");
        assert_eq!(on_disk("notes.seq", FileKind::Prg), b"NOTES.SEQ");
        assert_eq!(on_disk("äöü", FileKind::Seq), b"FILE");
        assert_eq!(on_disk("  :  ", FileKind::Seq), b"FILE");
        assert_eq!(on_disk("GAME 2.PRG", FileKind::Prg), b"GAME 2");
        assert_eq!(on_disk(&"a".repeat(40), FileKind::Usr).len(), 16);
        assert_eq!(on_disk(" fifteen letters too", FileKind::Seq), b"FIFTEEN LETTERS");
    }

    proptest! {
        #[test]
        fn whatever_comes_the_rule_holds(name in proptest::collection::vec(any::<u8>(), 0..400), petscii: bool, n in 0..1000u32) {
            let kind = [None, Some(FileKind::Prg), Some(FileKind::Seq), Some(FileKind::Usr)][n as usize % 4];
            let name = of_offer(&Offer { name, petscii, kind, length: None });
            for name in [numbered(&name, n), name] {
                prop_assert!((1..=LONGEST).contains(&name.len()), "{}", name);
                prop_assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || "._- ".contains(c)), "{}", name);
                prop_assert!(!name.starts_with(['.', '-', ' ']) && !name.ends_with(['.', ' ']), "{}", name);
                prop_assert!(!name.to_ascii_lowercase().ends_with(".part"), "{}", name);
                let stem = name.split('.').next().unwrap().trim_end().to_ascii_lowercase();
                prop_assert!(!RESERVED.contains(&stem.as_str()), "{}", name);
            }
        }
    }
}
