//! What the tests of BASIC programs share: the tokeniser written again from the ROM's rule, and random programs.
#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(unreachable_pub, reason = "a module of tests")]

use std::sync::LazyLock;

/// The words of BASIC 4 in the order of their tokens, read off RESLST in the source of the ROMs 901465-23, -20, -21.
pub const WORDS: &str = "END FOR NEXT DATA INPUT# INPUT DIM READ LET GOTO RUN IF RESTORE GOSUB RETURN REM STOP ON WAIT \
    LOAD SAVE VERIFY DEF POKE PRINT# PRINT CONT LIST CLR CMD SYS OPEN CLOSE GET NEW TAB( TO FN SPC( THEN NOT STEP + - * \
    / ^ AND OR > = < SGN INT ABS USR FRE POS SQR RND LOG EXP COS SIN TAN ATN PEEK LEN STR$ VAL ASC CHR$ LEFT$ RIGHT$ \
    MID$ GO CONCAT DOPEN DCLOSE RECORD HEADER COLLECT BACKUP COPY APPEND DSAVE DLOAD CATALOG RENAME SCRATCH DIRECTORY";

pub fn words() -> &'static [&'static [u8]] {
    static SPLIT: LazyLock<Vec<&[u8]>> =
        LazyLock::new(|| WORDS.split_whitespace().map(str::as_bytes).collect());
    &SPLIT
}

/// How many typed bytes a word takes here: whole, or cut short by a shifted letter behind the first.
fn fits(word: &[u8], typed: &[u8]) -> Option<usize> {
    for (index, letter) in word.iter().enumerate() {
        match typed.get(index) {
            Some(byte) if byte == letter => {}
            Some(byte) if index > 0 && *byte == letter + 0x80 => return Some(index + 1),
            _ => return None,
        }
    }
    Some(word.len())
}

/// What the ROM keeps of a line's text: written from the rule, without a look at the one under test.
pub fn tokenised(typed: &[u8]) -> Vec<u8> {
    fn rest(typed: &[u8], data: bool, out: &mut Vec<u8>) {
        let Some((&first, behind)) = typed.split_first() else { return };
        if first == b'"' {
            let end = behind.iter().position(|byte| *byte == b'"').map_or(typed.len(), |end| end + 2);
            out.extend(&typed[..end]);
            return rest(&typed[end..], data, out);
        }
        if first >= 0x80 && first != 0xFF {
            return rest(behind, data, out);
        }
        if data || first == b' ' || first == 0xFF || (b'0'..=b';').contains(&first) {
            out.push(first);
            return rest(behind, data && first != b':', out);
        }
        if first == b'?' {
            out.push(0x99);
            return rest(behind, data, out);
        }
        let word = words().iter().enumerate().find_map(|(index, word)| Some((index, fits(word, typed)?)));
        match word {
            Some((0x0F, length)) => {
                out.push(0x8F);
                out.extend(&typed[length..]);
            }
            Some((index, length)) => {
                out.push(0x80 + index as u8);
                rest(&typed[length..], index == 3, out);
            }
            None => {
                out.push(first);
                rest(behind, data, out);
            }
        }
    }
    let mut out = Vec::new();
    rest(typed, false, &mut out);
    out
}

/// A kept text as it is typed: words written out, but in quotes, DATA and remarks.
pub fn typed_out(text: &[u8]) -> Vec<u8> {
    let words = words();
    let (mut out, mut quoted, mut data) = (Vec::new(), false, false);
    for (at, byte) in text.iter().copied().enumerate() {
        if byte >= 0x80 && byte != 0xFF && !quoted && !data {
            let Some(word) = words.get(usize::from(byte) - 0x80) else {
                out.push(byte);
                continue;
            };
            out.extend(*word);
            if byte == 0x8F {
                out.extend(&text[at + 1..]);
                return out;
            }
        } else {
            out.push(byte);
        }
        match byte {
            b'"' => quoted = !quoted,
            0x83 if !quoted => data = true,
            b':' if !quoted => data = false,
            _ => {}
        }
    }
    out
}

/// A program of these lines.
pub fn linked(load: u16, lines: &[(u16, Vec<u8>)]) -> Vec<u8> {
    let mut file = load.to_le_bytes().to_vec();
    let mut address = load;
    for (number, text) in lines {
        address += text.len() as u16 + 5;
        file.extend(address.to_le_bytes());
        file.extend(number.to_le_bytes());
        file.extend(text);
        file.push(0);
    }
    file.extend([0, 0]);
    file
}

/// A line's text that typing gives, of random statements.
pub fn random_text(below: &mut dyn FnMut(u64) -> u64) -> Vec<u8> {
    loop {
        let mut text = Vec::new();
        for statement in 0..=below(4) {
            if statement > 0 {
                text.push(b':');
            }
            piece(below, &mut text);
        }
        if below(6) == 0 {
            text.push(0x8F);
            let length = below(40);
            text.extend((0..length).map(|_| below(255) as u8 + 1));
        }
        let good = !text.is_empty() && text.len() <= 250;
        // What stands together may make another word.
        if good && tokenised(&typed_out(&text)) == text && text[0] != b' ' && !text[0].is_ascii_digit() {
            return text;
        }
    }
}

fn piece(below: &mut dyn FnMut(u64) -> u64, text: &mut Vec<u8>) {
    if below(5) == 0 {
        text.push(0x83);
        for item in 0..=below(6) {
            if item > 0 {
                text.push(b',');
            }
            match below(4) {
                0 => string(below, text),
                1 => text.extend((0..below(5)).map(|_| b"AZ TO?<+@^_[]!%&'(;="[below(20) as usize])),
                _ => text.extend(below(70_000).to_string().bytes()),
            }
        }
        return;
    }
    for _ in 0..=below(6) {
        match below(8) {
            0..4 => text.push(0x80 + [below(91), 0x4C + below(15)][below(2) as usize] as u8),
            4 => string(below, text),
            5 => text.extend(below(1_000).to_string().bytes()),
            6 => text.push(b" ,;.#()$%!&'@[]\\_\xFF"[below(18) as usize]),
            _ => text.push(b'A' + below(26) as u8),
        }
        if text.last() == Some(&0x8F) {
            text.pop();
        }
    }
    if text.last() == Some(&0x83) {
        text.push(b'1');
    }
}

/// A string of any bytes that one can hold, closed.
fn string(below: &mut dyn FnMut(u64) -> u64, text: &mut Vec<u8>) {
    text.push(b'"');
    for _ in 0..below(16) {
        let byte = below(255) as u8 + 1;
        let times = if below(8) == 0 { 3 } else { 1 };
        text.extend((0..times).map(|_| if byte == b'"' { b'.' } else { byte }));
    }
    text.push(b'"');
}
