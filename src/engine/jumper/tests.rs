use super::*;
use crate::engine::{LinkInfo, Mark, Medium};

/// An adapter with a jumper, in virtual time.
struct Adapter {
    rate: u32,
    /// The wire is free again.
    free: Stamp,
    coming: VecDeque<(Stamp, Vec<u8>, Vec<MarkKind>)>,
    lines: Option<(bool, bool)>,
    fault: Fault,
    count: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    /// No jumper.
    Open,
    /// Each so many-th byte is lost.
    Drops(usize),
    /// Each so many-th byte has bit 0 turned.
    Turns(usize),
    /// Everything twice.
    Doubles,
    /// 20 ms later.
    Late,
    /// A pseudo-terminal: at once, no breaks, no lines.
    Unpaced,
    /// A CH340: no marks, and a break of 196 ms whatever is asked.
    Ch340,
    /// It hears things before anything is sent.
    Noisy,
}

const LATENCY: Span = Span::from_millis(2);

impl Adapter {
    fn new(fault: Fault) -> Adapter {
        let mut coming = VecDeque::new();
        if fault == Fault::Noisy {
            coming.push_back((Stamp(150_000_000), vec![0x41, 0x42], Vec::new()));
        }
        Adapter { rate: 300, free: Stamp::ZERO, coming, lines: None, fault, count: 0 }
    }

    fn delay(&self) -> Span {
        if self.fault == Fault::Late { Span::from_millis(20) } else { LATENCY }
    }

    fn command(&mut self, now: Stamp, command: LinkCommand) -> Vec<LinkEvent> {
        self.free = self.free.max(now);
        match command {
            LinkCommand::Reconfigure(line) => {
                self.rate = line.baud;
                return vec![LinkEvent::Reconfigured(Ok(Vec::new()))];
            }
            LinkCommand::Tx(bytes) if self.fault != Fault::Open => {
                for byte in bytes {
                    self.send(byte);
                }
            }
            LinkCommand::Break(length) => self.send_break(now, length),
            LinkCommand::SetLines { dtr: Some(dtr), rts: Some(rts) } if self.fault != Fault::Unpaced => {
                self.lines = Some((dtr, rts));
                // Pin 7 to 8; the others lead nowhere.
                let lines =
                    ModemLines { cts: Some(rts), dsr: Some(false), dcd: Some(false), ri: Some(false) };
                return vec![LinkEvent::Lines(lines)];
            }
            _ => {}
        }
        Vec::new()
    }

    fn send(&mut self, byte: u8) {
        self.count += 1;
        if self.fault != Fault::Unpaced {
            self.free += LineFormat::new(self.rate).span(20);
        }
        let at = self.free + self.delay();
        let bytes = match self.fault {
            Fault::Drops(each) if self.count.is_multiple_of(each) => Vec::new(),
            Fault::Turns(each) if self.count.is_multiple_of(each) => vec![byte ^ 1],
            Fault::Doubles => vec![byte, byte],
            _ => vec![byte],
        };
        self.coming.push_back((at, bytes, Vec::new()));
    }

    fn send_break(&mut self, now: Stamp, length: Span) {
        match self.fault {
            Fault::Open | Fault::Unpaced => self.free = now + length,
            Fault::Ch340 => {
                self.free = now + Span::from_millis(196);
                self.coming.push_back((now + Span::from_millis(40), vec![0], Vec::new()));
            }
            _ if length == FIRST_LOW => self.free = now + length,
            _ if length == SECOND_LOW => {
                // With the first it makes start, d0 and d1 low, d2 to d6 high, d7 and stop low.
                self.free = now + length;
                self.coming.push_back((now + length, vec![0x7C], vec![MarkKind::Framing]));
            }
            _ => {
                self.free = now + length;
                self.coming.push_back((now + Span::from_millis(40), Vec::new(), vec![MarkKind::Break]));
            }
        }
    }
}

/// Runs the test on such an adapter.
fn run(fault: Fault) -> JumperReport {
    let mut jumper = Jumper::new();
    let mut adapter = Adapter::new(fault);
    let info = LinkInfo {
        medium: Medium::Serial,
        name: "x".into(),
        identity: None,
        adapter: None,
        remarks: Vec::new(),
        abilities: crate::engine::Abilities::default(),
    };
    let mut now = Stamp(1);
    jumper.event(now, &LinkEvent::Opened(Box::new(info)));
    for _ in 0..1_000_000 {
        while let Some(command) = jumper.poll() {
            for event in adapter.command(now, command) {
                jumper.event(now, &event);
            }
        }
        if jumper.is_done() {
            assert_eq!(jumper.poll(), None);
            return jumper.report().clone();
        }
        let wake = match jumper.wake() {
            Wake::Now => now,
            Wake::At(at) => at,
            Wake::OnInput => Stamp(u64::MAX),
        };
        match adapter.coming.front() {
            Some((at, ..)) if *at <= wake => {
                let (at, bytes, kinds) = adapter.coming.pop_front().expect("it is there");
                now = now.max(at);
                let marks = kinds.into_iter().map(|kind| Mark { offset: 0, kind }).collect();
                jumper.event(now, &LinkEvent::Rx { at: now, bytes, marks });
            }
            _ => {
                now = now.max(wake);
                jumper.timeout(now);
            }
        }
    }
    panic!("{fault:?}: it never ends; {:?}", jumper.phase);
}

#[test]
fn a_good_adapter_passes_and_tells_all() {
    let report = run(Fault::None);
    assert!(report.passes(), "{report:?}");
    assert_eq!(report.rates.len(), RATES.len());
    for test in &report.rates {
        let (measured, nominal) = test.bytes_a_second().unwrap();
        assert!((measured / nominal - 1.0).abs() < 0.01, "{test:?}: {measured}");
    }
    assert_eq!(report.percentile(50), Some(LATENCY));
    assert_eq!(report.percentile(99), Some(LATENCY));
    assert_eq!(report.breaks, Told::Mark);
    assert_eq!(report.held, Some(BREAK));
    assert_eq!(report.framing, Told::Mark);
    assert_eq!(report.lines, Followers { known: true, rts: vec!["CTS"], dtr: vec![] });
}

#[test]
fn without_a_jumper_it_ends_at_once() {
    let report = run(Fault::Open);
    assert!(!report.has_echo() && !report.passes());
    assert_eq!(report.rates.len(), 1);
    assert_eq!(report.breaks, Told::Unknown);
}

#[test]
fn lost_wrong_and_added_bytes_are_counted_apart() {
    let lost = run(Fault::Drops(50));
    assert!(!lost.passes());
    let all = lost
        .rates
        .iter()
        .fold((0, 0, 0), |sum, test| (sum.0 + test.lost, sum.1 + test.wrong, sum.2 + test.extra));
    // 32 + 256 + 256 + 512 bytes.
    assert_eq!(all, (21, 0, 0));

    let wrong = run(Fault::Turns(100));
    assert!(!wrong.passes());
    assert_eq!(wrong.rates.iter().map(|test| test.wrong).sum::<usize>(), 10);
    assert_eq!(wrong.rates.iter().map(|test| test.lost + test.extra).sum::<usize>(), 0);
    assert_eq!(wrong.rates[1].first_wrong, Some((67, 66)));

    let doubled = run(Fault::Doubles);
    assert!(!doubled.passes());
    assert!(doubled.rates.iter().all(|test| test.extra > 0), "{doubled:?}");
}

#[test]
fn a_slow_adapter_passes_with_its_delay() {
    let report = run(Fault::Late);
    assert!(report.passes());
    assert_eq!(report.percentile(50), Some(Span::from_millis(20)));
}

#[test]
fn a_pseudo_terminal_passes_and_what_it_cannot_tell_is_unknown() {
    let report = run(Fault::Unpaced);
    assert!(report.passes());
    assert!(report.rates.iter().all(|test| test.bytes_a_second().is_none_or(|(got, want)| got > want * 5.0)));
    assert_eq!((report.breaks, report.framing), (Told::Nothing, Told::Unknown));
    assert_eq!(report.held, None);
    assert!(!report.lines.known);
}

#[test]
fn a_chip_that_simulates_its_break_is_found_out() {
    let report = run(Fault::Ch340);
    assert!(report.passes());
    assert_eq!(report.breaks, Told::Byte);
    assert!(report.held.unwrap() > Span::from_millis(180), "{report:?}");
    // What its two breaks make is no character with a bad stop bit.
    assert_eq!(report.framing, Told::Unknown);
}

#[test]
fn what_is_heard_before_anything_is_sent_is_told() {
    assert_eq!(run(Fault::Noisy).noise, 2);
}
