//! How time is shared among addresses, and what is said when none answers.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::channel;

use rstest::rstest;

use super::{Call, Dialled, distinct, is_temporary, no_such_host, not_connected, seconds, share, try_each};
use crate::engine::Failure;
use crate::link::Clock;
use crate::time::Span;

fn call(port: u16) -> Call {
    Call { host: "bbs.example".into(), port, timeout: Span::from_secs(15) }
}

fn failures(kinds: &[io::ErrorKind]) -> Vec<(SocketAddr, io::Error)> {
    kinds.iter().map(|kind| (SocketAddr::from(([192, 0, 2, 7], 23)), (*kind).into())).collect()
}

#[test]
fn each_address_has_a_fair_share_of_what_is_left() {
    assert_eq!(share(Span::from_secs(15), 3), Span::from_secs(5));
    assert_eq!(share(Span::from_secs(15), 1), Span::from_secs(15));
    assert_eq!(share(Span::from_secs(1), 16), Span::from_millis(250));
    assert_eq!(share(Span::from_millis(10), 2), Span::from_millis(10));
}

#[test]
fn an_address_is_tried_once_and_not_too_many_are() {
    let address = |n: u16| SocketAddr::from(([192, 0, 2, 7], n));
    assert_eq!(distinct([address(1), address(2), address(1)].into_iter()), [address(1), address(2)]);
    assert_eq!(distinct((0..500).map(address)).len(), 16);
}

#[rstest]
#[case(23, &[io::ErrorKind::TimedOut; 3], Failure::TimedOut, "bbs.example:23 did not answer in 15 s (3 addresses tried)", "some networks block port 23")]
#[case(64, &[io::ErrorKind::TimedOut], Failure::TimedOut, "bbs.example:64 did not answer in 15 s", "firewall")]
#[case(64, &[io::ErrorKind::ConnectionRefused], Failure::Refused, "bbs.example:64 refused the connection", "nothing listens")]
#[case(64, &[io::ErrorKind::NetworkUnreachable, io::ErrorKind::ConnectionRefused], Failure::Refused, "bbs.example:64 refused the connection (2 addresses tried: 1 refused, 1 unreachable)", "nothing listens")]
#[case(64, &[io::ErrorKind::NetworkUnreachable, io::ErrorKind::TimedOut], Failure::TimedOut, "bbs.example:64 did not answer in 15 s (2 addresses tried: 1 silent, 1 unreachable)", "firewall")]
#[case(64, &[io::ErrorKind::HostUnreachable], Failure::Refused, "bbs.example:64 cannot be reached from here", "network")]
#[case(64, &[io::ErrorKind::Other], Failure::Io, "bbs.example:64 could not be connected to: other error", "")]
#[case(64, &[], Failure::TimedOut, "bbs.example:64 did not answer in 15 s", "firewall")]
fn each_kind_of_failure_has_its_words(
    #[case] port: u16,
    #[case] kinds: &[io::ErrorKind],
    #[case] failure: Failure,
    #[case] what: &str,
    #[case] next: &str,
) {
    let trouble = not_connected(&call(port), &failures(kinds));
    assert_eq!((trouble.failure, trouble.what.as_str()), (failure, what));
    assert!(trouble.next.contains(next), "{}", trouble.next);
}

#[test]
fn an_unknown_name_without_a_dot_points_to_the_commands() {
    let error = io::Error::other("failed to lookup address information: Name or service not known");
    let trouble = no_such_host("prots", Some(&error));
    assert_eq!(trouble.failure, Failure::NotFound);
    assert_eq!(trouble.what, "no address is known for 'prots' (Name or service not known)");
    assert!(trouble.next.contains("--help"));
    assert!(!no_such_host("bbs.example", None).next.contains("--help"));
}

#[test]
fn seconds_are_short() {
    assert_eq!(seconds(Span::from_secs(15)), "15 s");
    assert_eq!(seconds(Span::from_millis(1_550)), "1.5 s");
}

#[cfg(unix)]
#[test]
fn a_dead_peer_is_not_a_timeout() {
    use rustix::io::Errno;
    assert!(is_temporary(&Errno::WOULDBLOCK.into()));
    assert!(is_temporary(&Errno::INTR.into()));
    assert!(!is_temporary(&Errno::TIMEDOUT.into()));
    assert!(!is_temporary(&Errno::CONNRESET.into()));
}

#[test]
fn the_next_address_is_tried_when_one_refuses() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let there = TcpListener::bind("127.0.0.1:0").unwrap();
    let addresses = [gone, there.local_addr().unwrap()];
    let (sender, receiver) = channel();
    let given_up = AtomicBool::new(false);
    let result = try_each(&call(23), &addresses, Clock::start(), &given_up, &sender);
    assert!(matches!(result, Dialled::Connected(_, address) if address == addresses[1]));
    let tried: Vec<(usize, usize, SocketAddr)> = receiver
        .try_iter()
        .filter_map(|told| match told {
            Dialled::Trying { number, of, address } => Some((number, of, address)),
            _ => None,
        })
        .collect();
    assert_eq!(tried, [(1, 2, addresses[0]), (2, 2, addresses[1])]);

    drop(there);
    let result = try_each(&call(23), &addresses, Clock::start(), &given_up, &sender);
    let Dialled::Failed(trouble) = result else { panic!("connected to nobody") };
    assert_eq!(trouble.failure, Failure::Refused);
    assert_eq!(trouble.what, "bbs.example:23 refused the connection (2 addresses tried)");
}
