//! Text as it is: sent like a paste, received like a capture. There is no check: what the line damages stays damaged,
//! and nobody can tell.
//!
//! A file whose name or type says SEQ, USR or PRG is in the far end's code already and goes byte for byte; any other is
//! UTF-8 text, and the session, which knows the wire's code, translates it before. What is received is kept byte for
//! byte.

use std::collections::VecDeque;

use super::{
    Failure, FileDone, FileKind, Kept, Offer, Options, Out, OutgoingFile, Progress, Refusal, Started, Store,
    Transfer,
};
use crate::time::{Span, Stamp, Wake};

/// The text of a file that is to be translated to the wire's code before it is sent; none where it is in the far end's
/// code already.
///
/// # Errors
/// It is neither in the far end's code nor UTF-8.
pub fn to_translate(file: &OutgoingFile) -> Result<Option<&str>, Refusal> {
    let extension = file.name.rsplit_once('.').map(|(_, extension)| extension);
    let is_theirs = file.kind != FileKind::Prg
        || extension.is_some_and(|extension| FileKind::from_extension(extension).is_some());
    if is_theirs {
        return Ok(None);
    }
    std::str::from_utf8(&file.data).map(Some).map_err(|error| {
        let at = error.valid_up_to();
        let byte = file.data.get(at).copied().unwrap_or_default();
        Refusal {
            what: format!("{} is not UTF-8: byte {at} is {byte:02X}", file.name),
            next: "--type seq sends its bytes as they are, petterm convert translates it".to_owned(),
        }
    })
}

/// A sender of one file, which is in the wire's code.
///
/// # Errors
/// Several files.
pub(super) fn send(files: Vec<OutgoingFile>) -> Result<Started, Refusal> {
    let mut files = files.into_iter();
    let (Some(file), None) = (files.next(), files.next()) else {
        return Err(Refusal {
            what: "text goes one file at a time".to_owned(),
            next: "send the files one after the other".to_owned(),
        });
    };
    let out = Out::Type(file.data.to_vec());
    let progress = Progress {
        doing: "sending",
        name: file.name,
        length: Some(file.data.len() as u64),
        file: 1,
        files: Some(1),
        ..Progress::default()
    };
    Ok((Box::new(Sender { outs: VecDeque::from([out]), progress, over: false }), Vec::new()))
}

/// A receiver, which begins its file at once.
pub(super) fn receive(options: &Options, now: Stamp) -> Box<dyn Transfer> {
    Box::new(Receiver {
        quiet: options.quiet,
        outs: VecDeque::from([Out::Store(Store::Begin(Offer::default()))]),
        asked: true,
        waiting: Vec::new(),
        written: 0,
        ending: None,
        last: now,
        progress: Progress { doing: "receiving", file: 1, ..Progress::default() },
        over: false,
    })
}

struct Sender {
    outs: VecDeque<Out>,
    progress: Progress,
    over: bool,
}

impl Sender {
    fn end(&mut self, result: Result<(), Failure>) {
        if !self.over {
            self.over = true;
            self.outs.push_back(Out::Ended(result));
        }
    }
}

impl Transfer for Sender {
    fn receive(&mut self, _now: Stamp, _bytes: &[u8]) {}

    fn timeout(&mut self, _now: Stamp) {}

    fn sent(&mut self, _now: Stamp) {
        if !self.over && self.outs.is_empty() {
            let bytes = self.progress.length.unwrap_or_default();
            self.progress.bytes = bytes;
            let name = self.progress.name.clone();
            self.progress.done.push(FileDone { name, bytes, remark: Some("without a check".to_owned()) });
            self.end(Ok(()));
        }
    }

    fn stored(&mut self, _now: Stamp, _outcome: Result<Kept, String>) {}

    fn cancel(&mut self, _now: Stamp) {
        self.end(Err(Failure::Cancelled));
    }

    fn hung_up(&mut self, _now: Stamp) {
        self.end(Err(Failure::LinkLost));
    }

    fn poll(&mut self) -> Option<Out> {
        self.outs.pop_front()
    }

    fn wake(&self) -> Wake {
        if self.outs.is_empty() { Wake::OnInput } else { Wake::Now }
    }

    fn progress(&self) -> Progress {
        self.progress.clone()
    }
}

struct Receiver {
    quiet: Option<Span>,
    outs: VecDeque<Out>,
    /// The store has not answered yet.
    asked: bool,
    /// What came meanwhile.
    waiting: Vec<u8>,
    /// Bytes that the store has or was asked to keep.
    written: u64,
    /// No more is wanted: how it ends once the store has everything.
    ending: Option<Result<(), Failure>>,
    last: Stamp,
    progress: Progress,
    over: bool,
}

impl Receiver {
    /// The next wish, once the store has answered the last.
    fn go_on(&mut self) {
        if self.asked || self.over {
            return;
        }
        if !self.waiting.is_empty() {
            self.written += self.waiting.len() as u64;
            self.outs.push_back(Out::Store(Store::Write(std::mem::take(&mut self.waiting))));
            self.asked = true;
        } else if let Some(result) = &self.ending {
            match result {
                Ok(()) if self.written > 0 => {
                    self.outs.push_back(Out::Store(Store::Finish { length: self.written }));
                    self.asked = true;
                }
                result => self.end(result.clone()),
            }
        }
    }

    fn end(&mut self, result: Result<(), Failure>) {
        if !self.over {
            self.over = true;
            self.outs.push_back(Out::Ended(result));
        }
    }

    fn is_silent_at(&self) -> Option<Stamp> {
        self.quiet.filter(|_| self.ending.is_none()).map(|quiet| self.last + quiet)
    }

    /// No more is wanted; nothing at all is a failure.
    fn finish(&mut self, nothing: Failure) {
        let heard = self.written > 0 || !self.waiting.is_empty();
        if self.ending.is_none() {
            self.ending = Some(if heard { Ok(()) } else { Err(nothing) });
        }
        self.go_on();
    }
}

impl Transfer for Receiver {
    fn receive(&mut self, now: Stamp, bytes: &[u8]) {
        if self.ending.is_none() && !self.over {
            self.last = now;
            self.waiting.extend_from_slice(bytes);
            self.go_on();
        }
    }

    fn timeout(&mut self, now: Stamp) {
        if let (Some(at), Some(quiet)) = (self.is_silent_at(), self.quiet)
            && at <= now
        {
            self.finish(Failure::TimedOut(format!(
                "nothing came within {quiet}; start the far end's sender, or give it longer with --timeout"
            )));
        }
    }

    fn sent(&mut self, _now: Stamp) {}

    fn stored(&mut self, _now: Stamp, outcome: Result<Kept, String>) {
        self.asked = false;
        match outcome {
            Err(why) => return self.end(Err(Failure::Store(why))),
            Ok(kept) if self.progress.name.is_empty() => self.progress.name = kept.name,
            Ok(kept)
                if self.waiting.is_empty()
                    && self.ending == Some(Ok(()))
                    && self.progress.bytes == self.written =>
            {
                let remark = Some("without a check".to_owned());
                self.progress.done.push(FileDone { name: kept.name, bytes: self.written, remark });
                return self.end(Ok(()));
            }
            Ok(_) => {}
        }
        self.progress.bytes = self.written;
        self.go_on();
    }

    fn cancel(&mut self, _now: Stamp) {
        self.finish(Failure::Cancelled);
    }

    fn hung_up(&mut self, _now: Stamp) {
        self.finish(Failure::LinkLost);
    }

    fn poll(&mut self) -> Option<Out> {
        self.outs.pop_front()
    }

    fn wake(&self) -> Wake {
        match self.is_silent_at() {
            _ if !self.outs.is_empty() => Wake::Now,
            Some(at) => Wake::At(at),
            None => Wake::OnInput,
        }
    }

    fn progress(&self) -> Progress {
        self.progress.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn file(name: &str, data: &[u8]) -> OutgoingFile {
        OutgoingFile { name: name.into(), kind: FileKind::Prg, data: Arc::from(data) }
    }

    #[test]
    fn text_is_translated_and_a_commodores_file_is_not() {
        let theirs = |file: OutgoingFile| to_translate(&file).map(|text| text.map(str::to_owned));
        assert_eq!(theirs(file("a.txt", "é".as_bytes())), Ok(Some("é".into())));
        assert_eq!(theirs(file("a.seq", b"\xC1\r")), Ok(None));
        assert_eq!(theirs(OutgoingFile { kind: FileKind::Seq, ..file("a", b"\xC1") }), Ok(None));
        let why = theirs(file("a.txt", b"ab\xC1")).unwrap_err().to_string();
        assert!(why.contains("byte 2 is C1"), "{why}");
        assert!(send(vec![file("a", b""), file("b", b"")]).is_err());
    }

    #[test]
    fn a_sender_is_done_when_everything_has_left() {
        let (mut sender, _) = send(vec![file("a.txt", b"HI")]).unwrap();
        sender.sent(Stamp(0));
        assert_eq!(sender.poll(), Some(Out::Type(b"HI".to_vec())));
        assert_eq!(sender.poll(), None);
        sender.sent(Stamp(1));
        assert_eq!(sender.poll(), Some(Out::Ended(Ok(()))));
        assert_eq!(sender.progress().done[0].bytes, 2);
        sender.cancel(Stamp(2));
        assert_eq!(sender.poll(), None);
    }

    /// Answers every wish; what was kept, whether it was finished, and how it ended.
    fn settle(receiver: &mut dyn Transfer, kept: &mut Vec<u8>) -> (bool, Option<Result<(), Failure>>) {
        let (mut finished, mut ended) = (false, None);
        while let Some(out) = receiver.poll() {
            match out {
                Out::Store(wish) => {
                    match wish {
                        Store::Begin(_) => {}
                        Store::Write(bytes) => kept.extend(bytes),
                        Store::Finish { length } => {
                            assert_eq!(length, kept.len() as u64);
                            finished = true;
                        }
                    }
                    receiver.stored(Stamp(0), Ok(Kept { name: "x".into() }));
                }
                Out::Ended(result) => ended = Some(result),
                other => panic!("{other:?}"),
            }
        }
        (finished, ended)
    }

    #[test]
    fn a_receiver_keeps_every_byte_until_silence_the_links_end_or_a_cancel() {
        let quiet = Options { quiet: Some(Span::from_secs(5)), ..Options::default() };
        for way in 0..3 {
            let mut receiver = receive(&quiet, Stamp(0));
            let mut kept = Vec::new();
            // Before the store has answered at all.
            receiver.receive(Stamp(0), b"AB");
            assert_eq!(settle(receiver.as_mut(), &mut kept), (false, None));
            receiver.receive(Stamp(0), b"\xFF\0C");
            assert_eq!(settle(receiver.as_mut(), &mut kept), (false, None));
            let Wake::At(at) = receiver.wake() else { panic!() };
            match way {
                0 => receiver.timeout(at),
                1 => receiver.hung_up(Stamp(1)),
                _ => receiver.cancel(Stamp(1)),
            }
            assert_eq!(settle(receiver.as_mut(), &mut kept), (true, Some(Ok(()))), "way {way}");
            assert_eq!((kept.as_slice(), receiver.progress().done[0].bytes), (&b"AB\xFF\0C"[..], 5));
        }
    }

    #[test]
    fn silence_from_the_beginning_is_a_failure_and_no_file() {
        let options = Options { quiet: Some(Span::from_secs(5)), ..Options::default() };
        let mut receiver = receive(&options, Stamp(0));
        assert_eq!(settle(receiver.as_mut(), &mut Vec::new()), (false, None));
        let Wake::At(at) = receiver.wake() else { panic!("it waits for ever") };
        assert_eq!(at, Stamp(0) + Span::from_secs(5));
        receiver.timeout(at);
        let (finished, ended) = settle(receiver.as_mut(), &mut Vec::new());
        assert!(!finished && matches!(ended, Some(Err(Failure::TimedOut(_)))), "{ended:?}");
    }

    #[test]
    fn nothing_received_is_no_file() {
        let mut receiver = receive(&Options::default(), Stamp(0));
        assert_eq!(settle(receiver.as_mut(), &mut Vec::new()), (false, None));
        assert_eq!(receiver.wake(), Wake::OnInput);
        receiver.hung_up(Stamp(1));
        assert_eq!(settle(receiver.as_mut(), &mut Vec::new()), (false, Some(Err(Failure::LinkLost))));
    }

    #[test]
    fn a_store_that_fails_ends_it() {
        let mut receiver = receive(&Options::default(), Stamp(0));
        receiver.poll();
        receiver.stored(Stamp(0), Err("the disk is full".into()));
        assert_eq!(receiver.poll(), Some(Out::Ended(Err(Failure::Store("the disk is full".into())))));
    }
}
