//! The other systems' way, on a pseudo-terminal.

use std::os::fd::OwnedFd;
use std::sync::mpsc::{Receiver, sync_channel};

use rustix::pty::{OpenptFlags, openpt, ptsname, unlockpt};

use super::*;
use crate::link::{Clock, LinkMessage};

fn pair() -> (OwnedFd, String) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
    (master, name)
}

fn open_at(name: &str, native: LineFormat) -> (Result<OpenLink, Trouble>, Receiver<LinkMessage>) {
    let request = OpenRequest::new(Target::Serial(name.into()), native);
    let (sender, receiver) = sync_channel(1000);
    let sink = EventSink::to_channel(0, Clock::start(), sender);
    (open(&request, sink, &Cancel::default()), receiver)
}

fn failure(name: &str, native: LineFormat) -> Failure {
    open_at(name, native).0.err().unwrap().failure
}

#[test]
fn all_octets_pass_both_ways_and_the_far_end_s_end_is_told_once() {
    let (master, name) = pair();
    let (link, events) = open_at(&name, LineFormat::new(300));
    let (mut endpoint, info) = link.unwrap();
    assert_eq!(info.medium, Medium::Serial);
    let all: Vec<u8> = (0..=255).collect();

    assert_eq!(endpoint.write(&all).unwrap(), 256);
    let mut heard = vec![0; 256];
    let mut length = 0;
    while length < 256 {
        length += rustix::io::read(&master, &mut heard[length..]).unwrap();
    }
    assert_eq!(heard, all);

    rustix::io::write(&master, &all).unwrap();
    let mut heard = Vec::new();
    while heard.len() < 256 {
        match events.recv_timeout(Duration::from_secs(10)).unwrap().event {
            LinkEvent::Rx { bytes, .. } => heard.extend(bytes),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(heard, all);

    drop(master);
    match events.recv_timeout(Duration::from_secs(10)).unwrap().event {
        LinkEvent::Closed(trouble) => assert_eq!(trouble.failure, Failure::Unplugged),
        other => panic!("{other:?}"),
    }
    assert!(events.recv_timeout(Duration::from_secs(10)).is_err(), "the reader is gone and said no more");
}

#[test]
fn what_the_port_did_not_take_is_refused() {
    let (_master, name) = pair();
    let seven_e_one = LineFormat { data_bits: 7, parity: Parity::Even, ..LineFormat::new(300) };
    assert_eq!(failure(&name, seven_e_one), Failure::Setting);
    let mark = LineFormat { parity: Parity::Mark, ..LineFormat::new(300) };
    assert_eq!(failure(&name, mark), Failure::Setting);
}

#[test]
fn what_cannot_be_opened_says_why() {
    let (_master, name) = pair();
    let (_first, _events) = open_at(&name, LineFormat::new(300));
    assert_eq!(failure(&name, LineFormat::new(300)), Failure::Busy);
    assert_eq!(failure("/dev/ttyNOPE", LineFormat::new(300)), Failure::NotFound);
    assert_eq!(failure("/tmp", LineFormat::new(300)), Failure::NotADevice);
}

#[test]
fn a_refused_change_leaves_the_port_as_it_was() {
    let (_master, name) = pair();
    let (link, _events) = open_at(&name, LineFormat::new(300));
    let (mut endpoint, _) = link.unwrap();
    let seven_e_one = LineFormat { data_bits: 7, parity: Parity::Even, ..LineFormat::new(1200) };
    assert!(endpoint.reconfigure(&seven_e_one).is_err());
    assert!(endpoint.reconfigure(&LineFormat::new(1200)).is_ok());
    endpoint.close();
    assert!(endpoint.write(b"late").is_err());
}
