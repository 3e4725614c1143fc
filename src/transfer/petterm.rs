//! XMODEM as the PET program PETTERM speaks it: LOAD takes a program from us, SAVE sends one to us.
//!
//! PETTERM's LOAD is not a tolerant receiver. It says one `C`, waits without a time-out, knows CRC only, and a block
//! that comes twice is copied to memory behind the program, which it shifts by 128 bytes, without a word. So:
//!
//! - A block goes out again only when PETTERM said NAK, and when every answer that may be on its way has come.
//! - When no answer comes, ESC goes out. A PETTERM whose answer was lost aborts on it; one that still waits for a
//!   byte of the block takes it for that byte, finds the check wrong and says NAK, and then the block is sent again.
//! - What may have gone wrong is never said to be complete, although PETTERM then prints "LOADING DONE!".
//! - The program is padded with 00, since padding is written to memory as well.
//!
//! Facts: PETTERM's `xmodem.s` and `basic.s` (April 2022), read, and run on a simulated 6502.

use std::collections::VecDeque;

use super::xmodem::{
    ACK, Check, EOT, NAK, Receiver, SHORT, Style, Timer, block, is_basic, line_time, only_file,
};
use super::{Failure, FileDone, Kept, Options, Out, OutgoingFile, Progress, Refusal, Transfer, words};
use crate::time::{Span, Stamp, Wake};

const ESC: u8 = 0x1B;
/// Makes a PETTERM that waits for a block say NAK: begins nothing, and shows nothing elsewhere.
const POKE: u8 = b' ';
/// Somebody walks to the PET and presses a key.
const PATIENCE: Span = Span::from_secs(180);
/// The `C` was said before we listened, when nothing came for so long.
const POKE_AFTER: Span = Span::from_secs(5);
/// Other answers to what went before come within this time.
const SETTLE: Span = Span::from_millis(500);
/// The answer to a poke that PETTERM finds with its key press comes with its `C`.
const POKED: Span = Span::from_secs(1);
const ANSWER: Span = Span::from_secs(10);
/// The answer to ESC, where there is one.
const ABORT: Span = Span::from_secs(2);
const END: Span = Span::from_secs(5);
const TRIES: u32 = 10;

/// BASIC of a PET begins here.
const BASIC: u16 = 0x0401;
/// The first address above a PET's memory.
const TOP: u64 = 0x8000;
/// Where PETTERM's builds begin, by its Makefile.
const BUILDS: [(u64, &str); 3] = [
    (0x0960, "default and the 8K build (SYS 2400, $0960)"),
    (0x2000, "16K build (SYS 8192, $2000)"),
    (0x5000, "32K build (SYS 20480, $5000)"),
];

/// Sends a program to PETTERM's LOAD.
///
/// # Errors
/// When there is not exactly one file, when it has no byte behind its load address, and, unless it is forced, when
/// it does not load where BASIC begins or would be loaded over PETTERM.
#[expect(clippy::needless_pass_by_value, reason = "every protocol's `send` takes its files")]
pub fn send(
    files: Vec<OutgoingFile>,
    options: &Options,
    now: Stamp,
) -> Result<(Box<dyn Transfer>, Vec<String>), Refusal> {
    let file = only_file("PETTERM", &files)?;
    let mut warnings = Vec::new();
    for doubt in doubts(file)? {
        if !options.force {
            return Err(doubt);
        }
        warnings.push(doubt.what);
    }
    let blocks = file.data.len().div_ceil(SHORT);
    if options.octet > Span::ZERO {
        let line = line_time(options.octet, blocks * (SHORT + 6));
        warnings.push(format!("{} takes about {:.0} s", file.name, line.as_secs_f64()));
    }
    let file = file.clone();
    Ok((Box::new(Loader::new(file, options.octet, now)), warnings))
}

/// Receives a program from PETTERM's SAVE. It cannot be stopped there: after a cancel the rest is acknowledged and
/// thrown away, until a second cancel.
pub fn receive(options: &Options, now: Stamp) -> Box<dyn Transfer> {
    Box::new(Receiver::new(Style::Petterm, options, now))
}

/// What speaks against loading this file, each with what to do.
fn doubts(file: &OutgoingFile) -> Result<Vec<Refusal>, Refusal> {
    let [low, high, _, ..] = *file.data else {
        return Err(Refusal {
            what: format!(
                "{} has {}: PETTERM wants a load address of two bytes and a program",
                file.name,
                words::bytes(file.data.len() as u64)
            ),
            next: "send a .prg".to_owned(),
        });
    };
    let name = &file.name;
    let load = u16::from_le_bytes([low, high]);
    let last = last_address(load, file.data.len());
    let mut doubts = Vec::new();
    let mut doubt = |what: String, next: &str| doubts.push(Refusal { what, next: next.to_owned() });
    if load != BASIC && is_basic(&file.data) {
        let whose = if load == 0x0801 { ", where the C64's do" } else { "" };
        doubt(
            format!(
                "{name} is a BASIC program that loads at ${load:04X}{whose}, and a PET's begin at ${BASIC:04X}"
            ),
            "move it with --relocate-basic 0401, or send it as it is with --force",
        );
    } else if load != BASIC {
        doubt(
            format!(
                "{name} loads at ${load:04X} and is not BASIC alone, so it runs where it was made for and cannot be \
                 moved: PETTERM puts it there, whatever is there, and has BASIC end behind it"
            ),
            "send it with --force if the PET has memory there",
        );
    }
    let fills = format!("{name} and PETTERM's copy of its last block would fill ${load:04X}-${last:04X}");
    let (reached, free): (Vec<_>, Vec<_>) = BUILDS.iter().partition(|(start, _)| last >= *start);
    if last >= TOP {
        doubt(
            format!("{fills}, and a PET's memory ends below $8000"),
            "make it shorter, or send it with --force",
        );
    } else if !reached.is_empty() {
        let names = |builds: &[&(u64, &str)]| {
            let names: Vec<_> = builds.iter().map(|(_, name)| format!("the {name}")).collect();
            names.join(" and ")
        };
        let (what, next) = if free.is_empty() {
            ("all of its builds".to_owned(), "make it shorter, or send it with --force")
        } else {
            let what = format!("{}, but not {}", names(&reached), names(&free));
            (
                what,
                "start one that it does not reach, by the SYS that you use for it, and send it with --force",
            )
        };
        doubt(format!("{fills}, which reaches {what}"), next);
    }
    Ok(doubts)
}

/// The last address that LOAD writes: the padded program, and its last block once more.
fn last_address(load: u16, length: usize) -> u64 {
    let blocks = length.div_ceil(SHORT) as u64;
    (u64::from(load) + SHORT as u64 * (blocks + 1)).saturating_sub(3)
}

/// What is said when EOT is not answered.
fn unconfirmed(why: &str) -> String {
    format!("all blocks acknowledged, end not confirmed: {why}; LIST the program before you trust it")
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// For `C`, or for the NAK of a poke.
    Listen,
    /// The start byte came; waits for what else is on its way.
    Started,
    /// A block went out.
    Wait,
    /// NAK came: waits for all others, then sends the block again.
    Settle,
    /// No answer came to the block, ESC went out. A NAK says that it only filled up the block.
    Probe,
    /// EOT went out.
    End,
    /// It has failed; ESC went out, and a NAK asks for another.
    Abort,
    Done,
}

/// The sender for PETTERM's LOAD.
struct Loader {
    file: OutgoingFile,
    octet: Span,
    state: State,
    timer: Timer,
    poke: Option<Stamp>,
    poked: bool,
    /// The block on its way is out by then.
    out_by: Stamp,
    offset: usize,
    number: u8,
    tries: u32,
    naks: u32,
    failure: Option<Failure>,
    out: VecDeque<Out>,
    progress: Progress,
}

impl Loader {
    fn new(file: OutgoingFile, octet: Span, now: Stamp) -> Loader {
        let progress = Progress {
            doing: "waiting for PETTERM",
            name: file.name.clone(),
            length: Some(file.data.len() as u64),
            file: 1,
            files: Some(1),
            ..Progress::default()
        };
        let mut timer = Timer::default();
        timer.start(now, PATIENCE);
        Loader {
            file,
            octet,
            state: State::Listen,
            timer,
            poke: Some(now + POKE_AFTER),
            poked: false,
            out_by: now,
            offset: 0,
            number: 1,
            tries: 0,
            naks: 0,
            failure: None,
            out: VecDeque::from([Out::Note(
                "listening: start LOAD in PETTERM and press a key when it asks for one".to_owned(),
            )]),
            progress,
        }
    }

    fn payload(&self) -> &[u8] {
        let rest = self.file.data.get(self.offset..).unwrap_or_default();
        rest.get(..SHORT).unwrap_or(rest)
    }

    fn transmit(&mut self, now: Stamp) {
        let bytes = if self.payload().is_empty() {
            self.state = State::End;
            self.progress.doing = "ending";
            vec![EOT]
        } else {
            self.state = State::Wait;
            self.progress.doing = "sending";
            block(self.number, self.payload(), 0, Check::Crc)
        };
        self.tries += 1;
        self.naks = 0;
        let line = line_time(self.octet, bytes.len());
        self.out_by = now + line;
        self.timer.start_behind(now, line, if self.state == State::End { END } else { ANSWER });
        self.out.push_back(Out::Tx(bytes));
    }

    fn error(&mut self, why: &str) {
        self.progress.errors += 1;
        self.progress.last_error = Some(why.to_owned());
    }

    /// Waits until nothing comes any more and the block is out.
    fn settle(&mut self, now: Stamp, state: State, time: Span) {
        self.state = state;
        self.timer.start(now.max(self.out_by), time);
        self.timer.sent(now.max(self.out_by));
    }

    /// PETTERM has the block.
    fn through(&mut self, now: Stamp) {
        let settle = self.naks > 0;
        self.offset += self.payload().len();
        self.number = self.number.wrapping_add(1);
        self.progress.bytes = self.offset as u64;
        self.progress.blocks += 1;
        self.tries = 0;
        if settle { self.settle(now, State::Started, SETTLE) } else { self.transmit(now) }
    }

    fn byte(&mut self, now: Stamp, byte: u8) {
        match (self.state, byte) {
            (State::Listen, b'C') => {
                self.settle(now, State::Started, if self.poked { POKED } else { SETTLE });
            }
            (State::Listen, NAK) if self.poked => self.settle(now, State::Started, SETTLE),
            (State::Wait, ACK) => self.through(now),
            (State::Wait | State::Probe, NAK) => {
                if self.state == State::Probe {
                    self.out_by = now;
                }
                self.error("PETTERM did not take the block");
                self.naks = 1;
                self.settle(now, State::Settle, SETTLE);
            }
            (State::Settle, NAK) => {
                self.naks = self.naks.saturating_add(1);
                // It runs on for as long as a block may raise one NAK for each of its bytes, and not longer.
                if self.naks <= 2 * SHORT as u32 {
                    self.settle(now, State::Settle, SETTLE);
                }
            }
            // One NAK was for a stray byte, and the block is good. More of them were for the bytes of a block whose
            // start was lost, and this is for an EOT among them.
            (State::Settle, ACK) if self.naks == 1 => self.through(now),
            (State::Settle, ACK) => self.line_error(now),
            (State::End, ACK) => {
                let bytes = self.file.data.len() as u64;
                let padding = bytes.next_multiple_of(SHORT as u64) - bytes;
                let remark = (padding > 0)
                    .then(|| format!("{} of padding (00) went behind it", words::bytes(padding)));
                self.progress.done.push(FileDone { name: self.file.name.clone(), bytes, remark });
                self.end(Ok(()));
            }
            (State::End, NAK) => self.end_again(now),
            (State::Abort, NAK) if self.tries < TRIES => {
                self.tries += 1;
                self.out.push_back(Out::Tx(vec![ESC]));
                self.timer.start(now, ABORT);
            }
            _ => {}
        }
    }

    fn end_again(&mut self, now: Stamp) {
        self.error("the end was not acknowledged");
        if self.tries < TRIES {
            return self.transmit(now);
        }
        self.end(Err(Failure::TimedOut(unconfirmed("no answer came"))));
    }

    fn line_error(&mut self, now: Stamp) {
        self.abort(
            now,
            Failure::Protocol("line error, restart LOAD; PETTERM's \"LOADING DONE!\" is not true".to_owned()),
        );
    }

    fn abort(&mut self, now: Stamp, failure: Failure) {
        self.failure = Some(failure);
        self.state = State::Abort;
        self.progress.doing = "stopping PETTERM";
        self.tries = 0;
        self.out.push_back(Out::Tx(vec![ESC]));
        self.timer.start(now, ABORT);
    }

    fn end(&mut self, how: Result<(), Failure>) {
        if self.state != State::Done {
            self.state = State::Done;
            self.timer.stop();
            self.progress.doing = "over";
            self.out.push_back(Out::Ended(how));
        }
    }
}

impl Transfer for Loader {
    fn receive(&mut self, now: Stamp, bytes: &[u8]) {
        for &byte in bytes {
            self.byte(now, byte);
        }
    }

    fn timeout(&mut self, now: Stamp) {
        if self.state == State::Listen && self.poke.is_some_and(|at| now >= at) {
            self.poke = None;
            self.poked = true;
            self.out.push_back(Out::Tx(vec![POKE]));
        }
        if !self.timer.is_due(now) {
            return;
        }
        match self.state {
            State::Listen => self.end(Err(Failure::TimedOut(format!(
                "PETTERM asked for nothing in {PATIENCE}; start its LOAD and press a key"
            )))),
            State::Started => self.transmit(now),
            State::Settle if self.tries < TRIES => {
                self.progress.resends += 1;
                self.transmit(now);
            }
            State::Settle if self.progress.blocks == 0 => {
                let what = "PETTERM refused the first block again and again; its default and 8K builds refuse every \
                            block: use the 16K build (SYS 8192) or the 32K build (SYS 20480)";
                self.abort(now, Failure::Protocol(what.to_owned()));
            }
            State::Settle => self.line_error(now),
            State::Wait => {
                self.error("no answer to a block");
                self.state = State::Probe;
                self.out.push_back(Out::Tx(vec![ESC]));
                self.timer.start(now, ABORT);
            }
            State::Probe => self.line_error(now),
            State::End => self.end_again(now),
            State::Abort => {
                let failure = self.failure.take().unwrap_or(Failure::Cancelled);
                self.end(Err(failure));
            }
            State::Done => {}
        }
    }

    fn sent(&mut self, now: Stamp) {
        if self.state == State::Wait {
            self.out_by = self.out_by.max(now);
        }
        if self.state != State::Listen {
            self.timer.sent(now);
        }
    }

    fn stored(&mut self, _: Stamp, _: Result<Kept, String>) {}

    fn cancel(&mut self, now: Stamp) {
        match self.state {
            State::Done => {}
            State::Abort => self.end(Err(Failure::Cancelled)),
            State::Listen => self.abort(now, Failure::Cancelled),
            _ => {
                let note = "PETTERM prints \"LOADING DONE!\" now, whether the program is whole or not";
                self.out.push_back(Out::Note(note.to_owned()));
                self.abort(now, Failure::Cancelled);
            }
        }
    }

    fn hung_up(&mut self, _: Stamp) {
        let failure = match self.state {
            State::End => Failure::Protocol(unconfirmed("the link ended")),
            _ => self.failure.take().unwrap_or(Failure::LinkLost),
        };
        self.end(Err(failure));
    }

    fn poll(&mut self) -> Option<Out> {
        self.out.pop_front()
    }

    fn wake(&self) -> Wake {
        if !self.out.is_empty() {
            return Wake::Now;
        }
        let timer = self.timer.at().map_or(Wake::OnInput, Wake::At);
        match (self.state, self.poke) {
            (State::Listen, Some(at)) => timer.earliest(Wake::At(at)),
            _ => timer,
        }
    }

    fn progress(&self) -> Progress {
        self.progress.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(load: u16, length: usize) -> OutgoingFile {
        let mut data = load.to_le_bytes().to_vec();
        data.resize(length, 0xEA);
        data.truncate(length);
        OutgoingFile { name: "game.prg".to_owned(), kind: super::super::FileKind::Prg, data: data.into() }
    }

    fn try_send(load: u16, length: usize, force: bool) -> Result<Vec<String>, String> {
        let options = Options { force, ..Options::default() };
        send(vec![program(load, length)], &options, Stamp::ZERO)
            .map(|(_, warnings)| warnings)
            .map_err(|refusal| refusal.to_string())
    }

    #[test]
    fn a_file_without_a_program_is_refused_even_by_force() {
        for length in [0, 1, 2] {
            let said = try_send(0x0401, length, true).unwrap_err();
            assert!(said.contains(&words::bytes(length as u64)), "{said}");
        }
    }

    #[test]
    fn a_doubtful_program_is_refused_with_the_numbers_and_goes_by_force() {
        for (load, length, words) in [
            (0x0801, 100, &["$0801", "not BASIC alone", "--force"][..]),
            (0x8000, 100, &["$8000", "not BASIC alone"]),
            (0xFFFF, 100, &["$FFFF"]),
            // 0401 + 128 * (10 + 1) - 3; then on both sides of where each build begins, and of 8000.
            (0x0401, 1280, &["$0401-$097E", "SYS 2400", "but not the 16K build", "32K build", "--force"]),
            (0x0401, 55 * 128, &["$0401-$1FFE", "SYS 2400", "but not the 16K build"]),
            (0x0401, 56 * 128, &["$0401-$207E", "2400", "8192", "but not the 32K build (SYS 20480, $5000)"]),
            (0x0401, 151 * 128, &["$0401-$4FFE", "but not the 32K build"]),
            (0x0401, 152 * 128, &["$0401-$507E", "all of its builds", "shorter"]),
            (0x0401, 247 * 128, &["$0401-$7FFE", "all of its builds"]),
            (0x0401, 248 * 128, &["$0401-$807E", "below $8000", "shorter"]),
        ] {
            let said = try_send(load, length, false).unwrap_err();
            assert!(words.iter().all(|word| said.contains(word)), "{words:?}: {said}");
            assert!(!said.contains("relocate"), "{said}");
            assert!(try_send(load, length, true).unwrap().iter().any(|warning| warning.contains(words[0])));
        }
    }

    #[test]
    fn only_a_basic_program_is_to_be_moved() {
        // 10 END, at 0801.
        let data = [1, 8, 7, 8, 10, 0, 0x80, 0, 0, 0];
        let file = |data: &[u8]| OutgoingFile { data: data.into(), ..program(0, 2) };
        let said = doubts(&file(&data)).unwrap().remove(0).to_string();
        assert!(said.contains("$0801") && said.contains("--relocate-basic 0401"), "{said}");
        // Followed by machine code, without a line, with a wrong link.
        let followed = [&data[..], &[0xA9, 0x00, 0x60]].concat();
        for other in [&followed[..], &[1, 8, 0, 0, 0], &[1, 8, 9, 8, 10, 0, 0x80, 0, 0, 0], &[0; 200]] {
            let said = doubts(&file(other)).unwrap().remove(0).to_string();
            assert!(said.contains("--force") && !said.contains("relocate"), "{said}");
        }
    }

    #[test]
    fn a_basic_program_may_be_relocated_and_machine_code_may_not() {
        let basic = [0x01, 0x08, 0x07, 0x08, 0x0A, 0, 0x80, 0, 0, 0];
        let said = |data: &[u8]| {
            let file = OutgoingFile { data: data.into(), ..program(0, 0) };
            send(vec![file], &Options::default(), Stamp::ZERO).map(|_| ()).unwrap_err().to_string()
        };
        let why = said(&basic);
        assert!(why.contains("--relocate-basic 0401") && why.contains("--force"), "{why}");
        for code in [&[&basic[..], &[0xA9, 0, 0x60]].concat()[..], &[0, 0xC0, 0x60], &[0; 200]] {
            let why = said(code);
            assert!(!why.contains("relocate") && why.contains("--force"), "{why}");
        }
    }

    #[test]
    fn a_program_that_ends_below_petterm_goes_without_a_word() {
        // 0401 + 128 * (9 + 1) - 3 = 08FE, below 0960.
        assert_eq!(last_address(0x0401, 1152), 0x08FE);
        assert_eq!(try_send(0x0401, 1152, false), Ok(vec![]));
    }
}
