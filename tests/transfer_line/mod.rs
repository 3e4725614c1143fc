//! Two ends of a transfer over a line in virtual time, with every fault that a line can have.
//!
//! `run(&mut a, &mut b, &Setup)` lets them live until both have ended, or for a day of their time. A line takes the
//! time of its octets, and of the way; bytes arrive one by one, each at its own moment. Each end has a store in memory,
//! whose n-th answer can be a failure. Either end may be an engine of ours or a peer that a test made of the protocol's
//! description: both are a [`Transfer`].

#![allow(clippy::needless_pass_by_value, reason = "a run takes what it is given")]
#![allow(dead_code, reason = "not every test that includes it needs all of it")]

use std::collections::VecDeque;

use petterm::time::{Span, Stamp, Wake};
use petterm::transfer::{Failure, Keeper, Kept, Offer, Out, Partial, Store, Transfer};

/// What happens to the bytes of one direction; `at` counts from 0 what is sent in it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Fault {
    Flip {
        at: usize,
        bit: u8,
    },
    Drop {
        at: usize,
    },
    Insert {
        at: usize,
        byte: u8,
    },
    Duplicate {
        at: usize,
    },
    /// It and the next byte change places.
    Swap {
        at: usize,
    },
    /// It and everything behind it comes later by this.
    Delay {
        at: usize,
        by: Span,
    },
    /// It and everything behind it is lost.
    Truncate {
        at: usize,
    },
    /// This byte becomes these, wherever it stands.
    Expand {
        byte: u8,
        into: Vec<u8>,
    },
    /// Each byte is hit with this probability: a bit flips.
    Noise {
        rate: f64,
        seed: u64,
    },
}

/// The line.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    /// Time of an octet; zero: none.
    pub(crate) octet: Span,
    /// Time of one way.
    pub(crate) one_way: Span,
    /// From a to b, and from b to a.
    pub(crate) faults: [Vec<Fault>; 2],
    /// Which answer of each store fails.
    pub(crate) store_fails: [Option<usize>; 2],
    /// The link is gone then.
    pub(crate) hang_up: Option<Stamp>,
    /// Or rather both users give up then.
    pub(crate) cancels: bool,
    pub(crate) sleep: Option<Sleep>,
}

/// The machine of one end sleeps: nothing is heard, and no time passes for it, while the line brings what it brings.
#[derive(Clone, Debug)]
pub(crate) struct Sleep {
    pub(crate) end: usize,
    /// When it says something for this time, counted from 0.
    pub(crate) at: usize,
    pub(crate) span: Span,
    /// What it says then leaves when it is awake again.
    pub(crate) before_it_left: bool,
    /// Then it first sees how late it is, and reads what has come after that.
    pub(crate) clock_first: bool,
}

impl Setup {
    /// A line without faults.
    pub(crate) fn new(baud: u32, one_way: Span) -> Setup {
        let octet = if baud == 0 { Span::ZERO } else { Span(10_000_000_000 / u64::from(baud)) };
        Setup {
            octet,
            one_way,
            faults: Default::default(),
            store_fails: [None, None],
            hang_up: None,
            cancels: false,
            sleep: None,
        }
    }
}

/// A file in a store.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct StoredFile {
    pub(crate) offer: Offer,
    pub(crate) data: Vec<u8>,
    pub(crate) finished: bool,
}

/// What came of a run.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) stores: [Vec<StoredFile>; 2],
    /// How each end ended, and when.
    pub(crate) ended: [Option<(Stamp, Result<(), Failure>)>; 2],
    /// What each sent.
    pub(crate) sent: [Vec<u8>; 2],
    pub(crate) notes: [Vec<String>; 2],
    /// Blocks that each sent or asked for again.
    pub(crate) resends: [u32; 2],
    /// What came behind each end's end.
    pub(crate) unread: [Vec<u8>; 2],
}

impl Run {
    /// Whether both ends say that all went well.
    pub(crate) fn is_well(&self) -> bool {
        self.ended.iter().all(|end| matches!(end, Some((_, Ok(())))))
    }

    /// The one file of an end, if it is complete.
    pub(crate) fn file(&self, end: usize) -> Option<&[u8]> {
        match self.stores[end].as_slice() {
            [file] if file.finished => Some(&file.data),
            _ => None,
        }
    }
}

const DAY: Stamp = Stamp(86_400_000_000_000);

struct Direction {
    arriving: VecDeque<(Stamp, u8)>,
    free_at: Stamp,
    count: usize,
    held: Option<u8>,
    late: Span,
    dead: bool,
    random: u64,
    /// The sender is to be told that everything has left.
    leaving: bool,
    /// How often it spoke.
    spoke: usize,
    /// It sleeps until then.
    awake: Stamp,
}

fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl Direction {
    fn send(&mut self, now: Stamp, byte: u8, setup: &Setup, faults: &[Fault]) {
        let at = self.count;
        self.count += 1;
        let mut bytes = vec![byte];
        for fault in faults {
            match fault {
                Fault::Flip { at: hit, bit } if *hit == at => bytes[0] ^= 1 << bit,
                Fault::Drop { at: hit } if *hit == at => bytes.clear(),
                Fault::Insert { at: hit, byte } if *hit == at => bytes.insert(0, *byte),
                Fault::Duplicate { at: hit } if *hit == at => bytes.push(byte),
                Fault::Swap { at: hit } if *hit == at => self.held = bytes.pop(),
                Fault::Swap { at: hit } if hit + 1 == at => bytes.extend(self.held.take()),
                Fault::Delay { at: hit, by } if *hit == at => self.late = *by,
                Fault::Truncate { at: hit } if *hit == at => self.dead = true,
                Fault::Expand { byte: from, into } if *from == byte => bytes.clone_from(into),
                Fault::Noise { rate, seed } => {
                    if at == 0 {
                        self.random = *seed;
                    }
                    let hit = random(&mut self.random) as f64 / u64::MAX as f64;
                    let bit = random(&mut self.random) % 8;
                    if hit < *rate
                        && let Some(first) = bytes.first_mut()
                    {
                        *first ^= 1 << bit;
                    }
                }
                _ => {}
            }
        }
        self.free_at = Stamp(self.free_at.max(now).0 + setup.octet.0);
        if self.dead {
            return;
        }
        for byte in bytes {
            let arrives = self.free_at + setup.one_way + self.late;
            let arrives = self.arriving.back().map_or(arrives, |(last, _)| arrives.max(*last));
            self.arriving.push_back((arrives, byte));
        }
    }
}

/// A store's state.
struct Memory {
    files: Vec<StoredFile>,
    answers: usize,
    fails: Option<usize>,
}

impl Memory {
    fn new(fails: Option<usize>) -> Memory {
        Memory { files: Vec::new(), answers: 0, fails }
    }
}

impl Keeper for Memory {
    fn answer(&mut self, wish: Store) -> Result<Kept, String> {
        let n = self.answers;
        self.answers += 1;
        if self.fails == Some(n) {
            return Err("the disk is full".to_owned());
        }
        match wish {
            Store::Begin(offer) => self.files.push(StoredFile { offer, ..StoredFile::default() }),
            Store::Write(bytes) => self.files.last_mut().expect("begun").data.extend(bytes),
            Store::Finish { length } => {
                let file = self.files.last_mut().expect("begun");
                assert!(length <= file.data.len() as u64);
                file.data.truncate(length as usize);
                assert!(!std::mem::replace(&mut file.finished, true), "finished twice");
            }
        }
        Ok(Kept { name: format!("file{}", self.files.len()) })
    }

    fn close(&mut self) -> Option<Partial> {
        None
    }
}

/// Lets both ends live. Fails where an end breaks the contract.
pub(crate) fn run(a: &mut dyn Transfer, b: &mut dyn Transfer, setup: &Setup) -> Run {
    let [mut left, mut right] = setup.store_fails.map(Memory::new);
    let mut out = run_keeping(a, b, setup, [&mut left, &mut right]);
    out.stores = [left.files, right.files];
    out
}

/// The same with stores of the test's own.
pub(crate) fn run_keeping(
    a: &mut dyn Transfer,
    b: &mut dyn Transfer,
    setup: &Setup,
    keepers: [&mut dyn Keeper; 2],
) -> Run {
    let mut ends: [&mut dyn Transfer; 2] = [a, b];
    let direction = || Direction {
        arriving: VecDeque::new(),
        free_at: Stamp::ZERO,
        count: 0,
        held: None,
        late: Span::ZERO,
        dead: false,
        random: 0,
        leaving: false,
        spoke: 0,
        awake: Stamp::ZERO,
    };
    let mut lines = [direction(), direction()];
    let mut out = Run {
        stores: Default::default(),
        ended: [None, None],
        sent: Default::default(),
        notes: Default::default(),
        resends: [0; 2],
        unread: Default::default(),
    };
    let mut now = Stamp::ZERO;
    let mut hung_up = false;
    for _ in 0..20_000_000_u64 {
        for end in 0..2 {
            drain(end, ends[end], now, &mut lines[end], keepers[end], &mut out, setup);
        }
        if out.ended.iter().all(Option::is_some) {
            break;
        }
        // The next thing that happens.
        let mut next = DAY;
        for end in 0..2 {
            let mut own = DAY;
            if out.ended[end].is_none() {
                match ends[end].wake() {
                    Wake::At(at) => own = own.min(at),
                    Wake::Now => panic!("it wants to go on and has nothing to say"),
                    Wake::OnInput => {}
                }
            }
            if lines[end].leaving {
                own = own.min(lines[end].free_at);
            }
            if let Some((at, _)) = lines[1 - end].arriving.front() {
                own = own.min(*at);
            }
            next = next.min(own.max(lines[end].awake));
        }
        if let Some(at) = setup.hang_up.filter(|_| !hung_up) {
            next = next.min(at);
        }
        now = now.max(next);
        if now >= DAY {
            break;
        }
        if setup.hang_up.is_some_and(|at| at <= now) && !hung_up {
            hung_up = true;
            for end in &mut ends {
                if setup.cancels { end.cancel(now) } else { end.hung_up(now) }
            }
            continue;
        }
        for end in 0..2 {
            if now < lines[end].awake {
                continue;
            }
            if lines[end].leaving && lines[end].free_at <= now {
                lines[end].leaving = false;
                ends[end].sent(now);
            }
            let other = 1 - end;
            let late = matches!(ends[end].wake(), Wake::At(at) if at <= now);
            let clock_first = setup.sleep.as_ref().is_some_and(|sleep| sleep.clock_first);
            let has_come = lines[other].arriving.front().is_some_and(|(at, _)| *at <= now);
            if has_come && !(late && clock_first) {
                let (_, byte) = lines[other].arriving.pop_front().expect("just seen");
                if out.ended[end].is_none() {
                    ends[end].receive(now, &[byte]);
                } else {
                    out.unread[end].push(byte);
                }
            } else if late {
                ends[end].timeout(now);
                if let Wake::At(at) = ends[end].wake() {
                    assert!(at > now, "a time-out that was served is due again");
                }
            }
        }
    }
    out.resends = ends.map(|end| end.progress().resends);
    out
}

fn drain(
    end: usize,
    transfer: &mut dyn Transfer,
    now: Stamp,
    line: &mut Direction,
    keeper: &mut dyn Keeper,
    out: &mut Run,
    setup: &Setup,
) {
    while let Some(wish) = transfer.poll() {
        assert!(out.ended[end].is_none(), "something after the end: {wish:?}");
        match wish {
            Out::Tx(bytes) | Out::Type(bytes) => {
                assert!(!bytes.is_empty());
                let mut leaves = now;
                if let Some(sleep) = &setup.sleep
                    && (sleep.end, sleep.at) == (end, line.spoke)
                {
                    line.awake = now + sleep.span;
                    leaves = if sleep.before_it_left { line.awake } else { now };
                }
                line.spoke += 1;
                for byte in &bytes {
                    line.send(leaves, *byte, setup, &setup.faults[end]);
                }
                line.leaving = true;
                out.sent[end].extend(bytes);
            }
            Out::Store(wish) => {
                assert_eq!(transfer.poll(), None, "the store has not answered");
                let answer = keeper.answer(wish);
                out.notes[end].extend(keeper.notes());
                transfer.stored(now, answer);
            }
            Out::Note(note) => out.notes[end].push(note),
            Out::Ended(result) => out.ended[end] = Some((now, result)),
        }
    }
    assert_eq!(transfer.poll(), None, "draining twice is empty");
}
