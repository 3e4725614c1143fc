//! The decision between telnet and raw, the options, the two CR rules, and what holds for any input.

use proptest::prelude::*;
use rstest::rstest;

use super::{Event, Policy, Side, Telnet, TelnetConfig, Transport};
use crate::time::{Span, Stamp, Wake};

const AUTO: Policy = Policy::Auto { port23: false };
const AUTO23: Policy = Policy::Auto { port23: true };
const T0: Stamp = Stamp(7_000_000_000);

fn config(policy: Policy) -> TelnetConfig {
    TelnetConfig {
        policy,
        terminal_types: vec!["PETSCII", "ANSI"],
        size: (80, 25),
        cr_nul: true,
        open_actively: false,
    }
}

fn at(ms: u64) -> Stamp {
    T0 + Span::from_millis(ms)
}

/// What came of some input: application bytes, bytes to send, other events.
#[derive(Debug, Default, PartialEq)]
struct Outcome {
    app: Vec<u8>,
    wire: Vec<u8>,
    events: Vec<Event>,
}

fn drain(telnet: &mut Telnet, outcome: &mut Outcome) {
    while let Some(event) = telnet.poll() {
        match event {
            Event::Send(bytes) => outcome.wire.extend(bytes),
            other => outcome.events.push(other),
        }
    }
    assert_eq!(telnet.poll(), None);
}

fn feed_at(telnet: &mut Telnet, now: Stamp, bytes: &[u8]) -> Outcome {
    let mut outcome = Outcome::default();
    telnet.receive(now, bytes, &mut outcome.app);
    drain(telnet, &mut outcome);
    outcome
}

fn feed(telnet: &mut Telnet, bytes: &[u8]) -> Outcome {
    feed_at(telnet, T0, bytes)
}

fn wake(telnet: &mut Telnet, now: Stamp) -> Outcome {
    let mut outcome = Outcome::default();
    telnet.timeout(now, &mut outcome.app);
    drain(telnet, &mut outcome);
    outcome
}

fn sent(telnet: &mut Telnet, bytes: &[u8]) -> Vec<u8> {
    let mut wire = Vec::new();
    telnet.send(bytes, &mut wire);
    wire
}

/// A session that has heard a command, so that everything of telnet is in force.
fn spoken() -> Telnet {
    let mut telnet = Telnet::new(config(AUTO));
    assert_eq!(feed(&mut telnet, b"\xFF\xF1").events, [Event::Transport(Transport::Telnet)]);
    telnet
}

fn binary() -> Telnet {
    let mut telnet = spoken();
    feed(&mut telnet, b"\xFF\xFB\x00\xFF\xFD\x00");
    assert_eq!(telnet.transport(), Transport::TelnetBinary);
    telnet
}

// --- telnet or raw -------------------------------------------------------------------------------------

#[rstest]
#[case(AUTO, Transport::Raw)]
#[case(AUTO23, Transport::Undecided)]
#[case(Policy::Telnet, Transport::Telnet)]
#[case(Policy::Raw, Transport::Raw)]
fn nothing_is_sent_before_the_peer_has_spoken(#[case] policy: Policy, #[case] shown: Transport) {
    let mut telnet = Telnet::new(config(policy));
    assert_eq!(telnet.transport(), shown);
    assert_eq!(wake(&mut telnet, at(60_000)), Outcome::default());
    assert_eq!(feed(&mut telnet, b"HELLO\r\x93").wire, b"");
    telnet.set_size(T0, (40, 25));
    assert_eq!(wake(&mut telnet, at(120_000)).wire, b"");
}

#[rstest]
#[case(b"\xFF\xF1", b"")]
#[case(b"\xFF\xF9", b"")]
#[case(b"\xFF\xFB\x01", b"\xFF\xFD\x01")]
#[case(b"\xFF\xFC\x01", b"")]
#[case(b"\xFF\xFD\x63", b"\xFF\xFC\x63")]
#[case(b"\xFF\xFE\x18", b"")]
#[case(b"\xFF\xFA\x18\x01\xFF\xF0", b"")]
#[case(b"\xFF\xFA\x18\xFF\xFF\xF0\xFF\xF0", b"")]
fn a_whole_command_means_telnet(#[case] command: &[u8], #[case] answer: &[u8]) {
    for policy in [AUTO, AUTO23] {
        let mut telnet = Telnet::new(config(policy));
        assert_eq!(feed(&mut telnet, b"pi \xFF! ").app, b"pi \xFF! ");
        for cut in 0..=command.len() {
            let mut telnet = Telnet::new(config(policy));
            let mut outcome = feed(&mut telnet, b"x");
            for part in [&command[..cut], &command[cut..]] {
                let next = feed(&mut telnet, part);
                outcome.app.extend(next.app);
                outcome.wire.extend(next.wire);
                outcome.events.extend(next.events);
            }
            assert_eq!(outcome.app, b"x");
            assert_eq!(outcome.wire, answer);
            assert_eq!(outcome.events[0], Event::Transport(Transport::Telnet));
        }
    }
}

#[rstest]
#[case(b"\xFF", b"\xFF")]
#[case(b"\xFFA", b"\xFFA")]
#[case(b"\xFF\x93\xFF\xF0\xFF\xEF", b"\xFF\x93\xFF\xF0\xFF\xEF")]
#[case(b"\xFF\xFF", b"\xFF\xFF")]
#[case(b"\xFF\xFF\xFB\x01", b"\xFF\xFF\xFB\x01")]
#[case(b"\xFF\xFB\xFF\xFB\xFF", b"\xFF\xFB\xFF\xFB\xFF")]
#[case(b"\xFF\xFA\x18\x01\xFF\xFF\xF0", b"\xFF\xFA\x18\x01\xFF\xFF\xF0")]
#[case(b"\r\x00\x0D\x0A", b"\r\x00\x0D\x0A")]
fn what_is_no_whole_command_is_data(#[case] bytes: &[u8], #[case] app: &[u8]) {
    let mut telnet = Telnet::new(config(AUTO));
    let mut got = feed(&mut telnet, bytes).app;
    got.extend(wake(&mut telnet, at(50)).app);
    // FF and a verb are waited for longer.
    got.extend(wake(&mut telnet, at(500)).app);
    assert_eq!(got, app);
    assert_eq!(telnet.transport(), Transport::Raw);
    assert_eq!(sent(&mut telnet, b"\xFF\r"), b"\xFF\r");
}

#[test]
fn pi_as_the_last_byte_is_shown_after_a_moment() {
    for policy in [AUTO, AUTO23] {
        let mut telnet = Telnet::new(config(policy));
        assert_eq!(feed(&mut telnet, b"2\xFF").app, b"2");
        assert_eq!(telnet.wake(), Wake::At(at(50)));
        assert_eq!(wake(&mut telnet, at(49)).app, b"");
        assert_eq!(wake(&mut telnet, at(50)).app, b"\xFF");
        assert_eq!(wake(&mut telnet, at(51)).app, b"");
        assert_eq!(feed_at(&mut telnet, at(60), b"R").app, b"R");
    }
}

#[test]
fn a_command_torn_apart_by_the_network_still_counts() {
    let mut telnet = Telnet::new(config(AUTO));
    assert_eq!(feed(&mut telnet, b"\xFF").app, b"");
    assert_eq!(wake(&mut telnet, at(50)).app, b"\xFF");
    assert_eq!(feed_at(&mut telnet, at(300), b"\xFD").app, b"");
    let outcome = feed_at(&mut telnet, at(310), b"\x18A");
    assert_eq!(outcome.app, b"A");
    assert_eq!(outcome.wire, b"\xFF\xFB\x18");
}

#[test]
fn pi_held_back_at_the_end_of_the_connection_is_shown() {
    let mut telnet = Telnet::new(config(AUTO));
    let mut app = feed(&mut telnet, b"\xFF").app;
    telnet.finish(&mut app);
    telnet.finish(&mut app);
    assert_eq!(app, b"\xFF");
}

#[test]
fn after_256_bytes_a_command_is_data() {
    for lead in [253, 254, 255, 256, 300] {
        let mut telnet = Telnet::new(config(AUTO));
        let mut bytes = vec![b'x'; lead];
        bytes.extend(b"\xFF\xFD\x18");
        let outcome = feed(&mut telnet, &bytes);
        if lead == 253 {
            assert_eq!((outcome.app.len(), telnet.transport()), (253, Transport::Telnet));
        } else {
            assert_eq!((&outcome.app, telnet.transport()), (&bytes, Transport::Raw));
            assert_eq!(outcome.wire, b"");
            assert_eq!(telnet.wake(), Wake::OnInput);
        }
    }
}

#[test]
fn five_seconds_after_the_first_byte_a_command_is_data() {
    for (ms, mode) in [(4_999, Transport::Telnet), (5_000, Transport::Raw)] {
        let mut telnet = Telnet::new(config(AUTO));
        feed(&mut telnet, b"x");
        assert_eq!(telnet.wake(), Wake::At(at(5_000)));
        feed_at(&mut telnet, at(ms), b"\xFF\xFD\x18");
        assert_eq!(telnet.transport(), mode);
    }
    // A host that is silent at first has not used up its window.
    let mut telnet = Telnet::new(config(AUTO));
    assert_eq!(telnet.wake(), Wake::OnInput);
    feed_at(&mut telnet, at(60_000), b"\xFF\xFD\x18");
    assert_eq!(telnet.transport(), Transport::Telnet);
}

#[test]
fn a_file_full_of_commands_never_flips_a_raw_stream() {
    let mut telnet = Telnet::new(config(AUTO));
    feed(&mut telnet, &[b'x'; 256]);
    let file: Vec<u8> = (0..=255).flat_map(|n| [0xFF, 0xFB + n % 4, n, 0xFF, n, 0xFF, 0xFF]).collect();
    let outcome = feed(&mut telnet, &file);
    assert_eq!(outcome, Outcome { app: file, ..Outcome::default() });
}

#[test]
fn a_raw_server_on_port_23_is_recognised() {
    // By a lone pi at once, else when the window closes.
    let mut telnet = Telnet::new(config(AUTO23));
    assert_eq!(sent(&mut telnet, b"\xFF\r"), b"\xFF\xFF\r");
    let outcome = feed(&mut telnet, b"\x93HI\r\xFFX\xFF\xFF\xFF\xFB\xF0\xFF\xFB\xFF\xFF\x01");
    assert_eq!(outcome.app, b"\x93HI\r\xFFX\xFF\xFF\xFF\xFB\xF0\xFF\xFB\xFF\xFF\x01");
    assert_eq!(outcome.events, [Event::Transport(Transport::Raw)]);
    assert_eq!(sent(&mut telnet, b"\xFF\r"), b"\xFF\r");

    let mut telnet = Telnet::new(config(AUTO23));
    feed(&mut telnet, b"READY.");
    assert_eq!(telnet.transport(), Transport::Undecided);
    assert_eq!(wake(&mut telnet, at(5_000)).events, [Event::Transport(Transport::Raw)]);
    assert_eq!(sent(&mut telnet, b"\xFF\r"), b"\xFF\r");
}

#[test]
fn on_port_23_a_late_negotiation_is_believed() {
    let mut telnet = Telnet::new(config(AUTO23));
    feed(&mut telnet, &[b'x'; 300]);
    assert_eq!(telnet.transport(), Transport::Raw);
    let outcome = feed_at(&mut telnet, at(60_000), b"Password: \xFF\xFB\x01");
    assert_eq!(outcome.app, b"Password: ");
    assert_eq!(outcome.wire, b"\xFF\xFD\x01");
    assert_eq!(outcome.events, [Event::Transport(Transport::Telnet), Event::Echo(true)]);
}

#[test]
fn raw_means_raw_and_telnet_means_telnet() {
    let mut telnet = Telnet::new(config(Policy::Raw));
    let bytes = b"\xFF\xFD\x18\xFF\xFF\r\0";
    assert_eq!(feed(&mut telnet, bytes), Outcome { app: bytes.to_vec(), ..Outcome::default() });
    telnet.request_binary();
    assert_eq!(feed(&mut telnet, b""), Outcome::default());

    let mut telnet = Telnet::new(config(Policy::Telnet));
    // Doubled from the start; CR NUL only once the peer has spoken telnet.
    assert_eq!(sent(&mut telnet, b"\xFF\r"), b"\xFF\xFF\r");
    assert_eq!(feed(&mut telnet, &[b'x'; 300]).app.len(), 300);
    assert_eq!(feed(&mut telnet, b"\xFF\xFD\x18").wire, b"\xFF\xFB\x18");
    assert_eq!(sent(&mut telnet, b"\xFF\r"), b"\xFF\xFF\r\0");
}

// --- bytes ---------------------------------------------------------------------------------------------

#[rstest]
#[case(b"\x01\xFF\xFF\x02", b"\x01\xFF\x02", b"")]
#[case(b"\xFF\xFF", b"\xFF", b"")]
#[case(b"\xFF\xFD\x18\x42", b"\x42", b"\xFF\xFB\x18")]
#[case(b"\x41\x0D\x00\x42", b"\x41\x0D\x42", b"")]
#[case(b"\xFF\xFD\x24\xFF\xFD\x24", b"", b"\xFF\xFC\x24\xFF\xFC\x24")]
#[case(b"\r\n\n\r\r\0\0", b"\r\n\n\r\r\0", b"")]
#[case(b"\xFFA\xFF\x93", b"\xFFA\xFF\x93", b"")]
#[case(b"\xFF\xF1\xFF\xF2\xFF\xF3\xFF\xF9\xFF\xF0\xFF\xEFx", b"x", b"")]
#[case(b"\xFF\xF6", b"", b"\xFF\xF1")]
fn telnet_gives_and_answers(#[case] bytes: &[u8], #[case] app: &[u8], #[case] wire: &[u8]) {
    for cut in 0..=bytes.len() {
        let mut telnet = spoken();
        let mut got = feed(&mut telnet, &bytes[..cut]);
        let rest = feed(&mut telnet, &bytes[cut..]);
        got.app.extend(rest.app);
        got.wire.extend(rest.wire);
        assert_eq!((&got.app[..], &got.wire[..]), (app, wire), "cut at {cut}");
    }
}

#[test]
fn return_is_cr_nul_only_on_telnet_without_binary() {
    let mut telnet = spoken();
    assert_eq!(sent(&mut telnet, b"a\rb\r\nc\n\r"), b"a\r\0b\r\nc\n\r\0");
    let mut telnet = Telnet::new(TelnetConfig { cr_nul: false, ..config(AUTO) });
    feed(&mut telnet, b"\xFF\xF1");
    assert_eq!(sent(&mut telnet, b"\r"), b"\r");
    let mut telnet = binary();
    assert_eq!(sent(&mut telnet, b"\r\xFF\0"), b"\r\xFF\xFF\0");
    assert_eq!(feed(&mut telnet, b"\r\0\xFF\xFF").app, b"\r\0\xFF");
}

#[test]
fn binary_of_one_direction_does_not_touch_the_other() {
    let mut telnet = spoken();
    assert_eq!(feed(&mut telnet, b"\xFF\xFD\x00").wire, b"\xFF\xFB\x00");
    assert_eq!(telnet.transport(), Transport::Telnet);
    assert_eq!(sent(&mut telnet, b"\r"), b"\r");
    assert_eq!(feed(&mut telnet, b"\r\0").app, b"\r");
    assert!(telnet.is_binary(Side::Ours) && !telnet.is_binary(Side::Theirs));
}

#[test]
fn a_reply_goes_out_before_what_is_sent_after_it() {
    let mut telnet = spoken();
    let mut app = Vec::new();
    telnet.receive(T0, b"\xFF\xFD\x00", &mut app);
    // The CR follows WILL BINARY on the wire, and so goes alone.
    assert_eq!(sent(&mut telnet, b"\r"), b"\xFF\xFB\x00\r");
    assert_eq!(telnet.poll(), None);
}

// --- options -------------------------------------------------------------------------------------------

#[rstest]
// What we accept, both ways, and what we refuse: AUTH, ENCRYPT, STATUS offered; ECHO, TM, TSPEED, LFLOW,
// LINEMODE, XDISPLOC, ENVIRON, NEW-ENVIRON, CHARSET, COM-PORT, an unknown one asked for.
#[case(0xFB, &[0, 1, 3], &[5, 6, 24, 31, 34, 37, 38, 44, 99, 255])]
#[case(0xFD, &[0, 3, 24, 31], &[1, 5, 6, 32, 33, 34, 35, 36, 39, 42, 44, 99, 255])]
fn options_are_accepted_or_refused(#[case] verb: u8, #[case] yes: &[u8], #[case] no: &[u8]) {
    let (agree, refuse) = if verb == 0xFB { (0xFD, 0xFE) } else { (0xFB, 0xFC) };
    for option in yes.iter().chain(no) {
        let mut telnet = spoken();
        let reply = feed(&mut telnet, &[0xFF, verb, *option]).wire;
        let answer = if yes.contains(option) { agree } else { refuse };
        assert_eq!(&reply[..3], [0xFF, answer, *option]);
        // Agreed once, it is not agreed again; and switching it off is confirmed once.
        let again = feed(&mut telnet, &[0xFF, verb, *option]).wire;
        let off = feed(&mut telnet, &[0xFF, verb + 1, *option]).wire;
        let off_again = feed(&mut telnet, &[0xFF, verb + 1, *option]).wire;
        if yes.contains(option) {
            assert_eq!((&again[..], &off[..]), (&[][..], &[0xFF, refuse, *option][..]));
        } else {
            assert_eq!((&again[..], &off[..]), (&[0xFF, refuse, *option][..], &[][..]));
        }
        assert_eq!(off_again, b"");
    }
}

#[test]
fn the_environment_is_never_told() {
    let mut telnet = spoken();
    for option in [39, 36, 32, 35, 42, 34, 5] {
        let bytes = [0xFF, 0xFD, option, 0xFF, 0xFA, option, 1, 0, b'U', b'S', b'E', b'R', 0xFF, 0xF0];
        assert_eq!(feed(&mut telnet, &bytes).wire, [0xFF, 0xFC, option]);
    }
}

#[test]
fn terminal_types_are_told_in_turn() {
    let told = |telnet: &mut Telnet| {
        let wire = feed(telnet, b"\xFF\xFA\x18\x01\xFF\xF0").wire;
        let inner = wire.strip_prefix(b"\xFF\xFA\x18\0").unwrap().strip_suffix(b"\xFF\xF0").unwrap();
        String::from_utf8(inner.to_vec()).unwrap()
    };
    let mut telnet = spoken();
    // Not before it was agreed.
    assert_eq!(feed(&mut telnet, b"\xFF\xFA\x18\x01\xFF\xF0").wire, b"");
    feed(&mut telnet, b"\xFF\xFD\x18");
    let names: Vec<String> = (0..5).map(|_| told(&mut telnet)).collect();
    assert_eq!(names, ["PETSCII", "ANSI", "ANSI", "PETSCII", "ANSI"]);
    telnet.set_terminal_types(vec!["VT\u{ff} 100"]);
    assert_eq!(told(&mut telnet), "VT100");
    assert_eq!(told(&mut telnet), "VT100");
    telnet.set_terminal_types(Vec::new());
    assert_eq!(told(&mut telnet), "UNKNOWN");
    // IS and malformed requests get no answer.
    assert_eq!(feed(&mut telnet, b"\xFF\xFA\x18\x00X\xFF\xF0\xFF\xFA\x18\xFF\xF0\xFF\xFA\xFF\xF0").wire, b"");
}

#[test]
fn the_size_is_told_on_agreement_and_when_it_changes() {
    let mut telnet = spoken();
    telnet.set_size(T0, (255, 0x1FF));
    let outcome = feed(&mut telnet, b"\xFF\xFD\x1F");
    assert_eq!(outcome.wire, b"\xFF\xFB\x1F\xFF\xFA\x1F\x00\xFF\xFF\x01\xFF\xFF\xFF\xF0");
    // A storm of changes: the latest goes out, a quarter of a second later.
    for cols in 1..=200 {
        telnet.set_size(at(10), (cols, 25));
    }
    assert_eq!(telnet.wake(), Wake::At(at(250)));
    assert_eq!(wake(&mut telnet, at(249)).wire, b"");
    assert_eq!(wake(&mut telnet, at(250)).wire, b"\xFF\xFA\x1F\x00\xC8\x00\x19\xFF\xF0");
    assert_eq!(telnet.wake(), Wake::OnInput);
    telnet.set_size(at(600), (200, 25));
    assert_eq!(wake(&mut telnet, at(900)).wire, b"");
    telnet.set_size(at(1_000), (40, 25));
    assert_eq!(wake(&mut telnet, at(1_000)).wire, b"\xFF\xFA\x1F\x00\x28\x00\x19\xFF\xF0");
    feed_at(&mut telnet, at(1_000), b"\xFF\xFE\x1F");
    telnet.set_size(at(2_000), (80, 25));
    assert_eq!(wake(&mut telnet, at(3_000)).wire, b"");
}

#[test]
fn echo_is_reported() {
    let mut telnet = spoken();
    assert_eq!(feed(&mut telnet, b"\xFF\xFB\x01").events, [Event::Echo(true)]);
    assert!(telnet.remote_echo());
    let off = feed(&mut telnet, b"\xFF\xFC\x01");
    assert_eq!((off.events, off.wire), (vec![Event::Echo(false)], b"\xFF\xFE\x01".to_vec()));
    assert!(!telnet.remote_echo());
}

#[test]
fn binary_is_asked_for_once_and_answered() {
    let mut telnet = spoken();
    telnet.request_binary();
    telnet.request_binary();
    assert_eq!(feed(&mut telnet, b"").wire, b"\xFF\xFD\x00\xFF\xFB\x00");
    let agreed = feed(&mut telnet, b"\xFF\xFB\x00\xFF\xFD\x00");
    assert_eq!(agreed.wire, b"");
    assert_eq!(agreed.events, [Event::Transport(Transport::TelnetBinary)]);
    telnet.request_binary();
    assert_eq!(feed(&mut telnet, b"\xFF\xFB\x00\xFF\xFD\x00").wire, b"");

    let mut telnet = spoken();
    telnet.request_binary();
    let refused = feed(&mut telnet, b"\xFF\xFC\x00\xFF\xFE\x00");
    assert_eq!(refused.wire, b"\xFF\xFD\x00\xFF\xFB\x00");
    assert_eq!(refused.events, [Event::BinaryRefused(Side::Theirs), Event::BinaryRefused(Side::Ours)]);
    assert_eq!(telnet.transport(), Transport::Telnet);
}

#[test]
fn opening_actively_offers_and_asks() {
    let mut telnet = Telnet::new(TelnetConfig { open_actively: true, ..config(AUTO) });
    let wire = feed(&mut telnet, b"").wire;
    assert_eq!(wire, b"\xFF\xFB\x03\xFF\xFD\x03\xFF\xFD\x01\xFF\xFB\x18\xFF\xFB\x1F");
    assert_eq!(telnet.transport(), Transport::Telnet);
    // The peer's agreement is not acknowledged; the size follows it.
    let outcome = feed(&mut telnet, b"\xFF\xFD\x03\xFF\xFB\x03\xFF\xFB\x01\xFF\xFD\x18\xFF\xFD\x1F");
    assert_eq!(outcome.wire, b"\xFF\xFA\x1F\x00\x50\x00\x19\xFF\xF0");
    let mut raw = Telnet::new(TelnetConfig { open_actively: true, ..config(Policy::Raw) });
    assert_eq!(feed(&mut raw, b"").wire, b"");
}

#[test]
fn more_than_64_requests_a_second_are_not_answered() {
    let mut telnet = spoken();
    let storm = b"\xFF\xFD\x63\xFF\xFB\x62".repeat(10_000);
    assert_eq!(feed(&mut telnet, &storm).wire.len(), 64 * 3);
    assert_eq!(feed_at(&mut telnet, at(999), &storm).wire.len(), 0);
    assert_eq!(feed_at(&mut telnet, at(1_000), &storm).wire.len(), 64 * 3);
    // Switching off is heeded even then.
    let mut telnet = spoken();
    feed(&mut telnet, b"\xFF\xFB\x01");
    feed(&mut telnet, &storm);
    assert_eq!(feed(&mut telnet, b"\xFF\xFC\x01").events, [Event::Echo(false)]);
    assert_eq!(feed(&mut telnet, &b"\xFF\xFB\x01\xFF\xFC\x01".repeat(1000)), Outcome::default());
}

#[test]
fn a_subnegotiation_without_end_is_swallowed_in_bounded_memory() {
    let mut telnet = spoken();
    feed(&mut telnet, b"\xFF\xFD\x18\xFF\xFA\x18\x01");
    let block = vec![0x41; 65_536];
    for _ in 0..160 {
        assert_eq!(feed(&mut telnet, &block), Outcome::default());
        assert!(telnet.held() <= 4096);
    }
    // Its end is found, what was cut is not acted on, and the link goes on.
    let outcome = feed(&mut telnet, b"\xFF\xF0OK\xFF\xFA\x18\x01\xFF\xF0");
    assert_eq!(outcome.app, b"OK");
    assert_eq!(outcome.wire, b"\xFF\xFA\x18\0PETSCII\xFF\xF0");
}

#[test]
fn a_doubled_ff_before_f0_does_not_end_a_subnegotiation() {
    let mut telnet = spoken();
    feed(&mut telnet, b"\xFF\xFD\x18");
    let outcome = feed(&mut telnet, b"\xFF\xFA\x18\x01\xFF\xFF\xF0HIDDEN\xFF\xF0SHOWN");
    assert_eq!((&outcome.app[..], &outcome.wire[..]), (&b"SHOWN"[..], &b""[..]));
    // An FF that was not doubled stays inside as well; a command ends what was left open.
    let outcome = feed(&mut telnet, b"\xFF\xFA\x2A\x01\xFF\x05HIDDEN\xFF\xFB\x01SHOWN");
    assert_eq!((&outcome.app[..], &outcome.wire[..]), (&b"SHOWN"[..], &b"\xFF\xFD\x01"[..]));
}

// --- properties ----------------------------------------------------------------------------------------

/// Bytes that are mostly telnet.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => (0xFB..=0xFEu8, prop_oneof![0..40u8, any::<u8>()]).prop_map(|(verb, option)| vec![0xFF, verb, option]),
        2 => prop::collection::vec(any::<u8>(), 0..8),
        2 => Just(vec![0xFF]),
        1 => Just(vec![0xFF, 0xFF]),
        1 => Just(vec![0x0D, 0x00]),
        1 => Just(b"\xFF\xFA\x18\x01\xFF\xF0".to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..8).prop_map(|body| [&b"\xFF\xFA"[..], &body, b"\xFF\xF0"].concat()),
        1 => (0xECu8..=0xFA).prop_map(|verb| vec![0xFF, verb]),
    ];
    prop::collection::vec(piece, 0..120).prop_map(|pieces| pieces.concat())
}

fn policy() -> impl Strategy<Value = Policy> {
    prop_oneof![Just(AUTO), Just(AUTO23), Just(Policy::Telnet), Just(Policy::Raw)]
}

/// Counts the negotiations in a stream of telnet: by verb and option.
fn negotiations(bytes: &[u8]) -> std::collections::HashMap<(u8, u8), usize> {
    let mut parser = super::parser::Parser::default();
    let mut counts = std::collections::HashMap::new();
    for byte in bytes {
        if let Some(super::parser::Token::Negotiate(verb, option)) = parser.push(*byte) {
            *counts.entry((verb, option)).or_default() += 1;
        }
    }
    counts
}

proptest! {
    #[test]
    fn reads_may_be_split_anywhere(bytes in stream(), policy in policy(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8)) {
        let mut whole = Telnet::new(config(policy));
        let expected = feed(&mut whole, &bytes);
        let mut single = Telnet::new(config(policy));
        let mut pieces = Telnet::new(config(policy));
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        let (mut by_byte, mut by_cut) = (Outcome::default(), Outcome::default());
        for byte in &bytes {
            single.receive(T0, &[*byte], &mut by_byte.app);
            drain(&mut single, &mut by_byte);
        }
        for pair in cuts.windows(2) {
            pieces.receive(T0, &bytes[pair[0]..pair[1]], &mut by_cut.app);
            drain(&mut pieces, &mut by_cut);
        }
        prop_assert_eq!(&by_byte, &expected);
        prop_assert_eq!(&by_cut, &expected);
        prop_assert_eq!(single.wake(), whole.wake());
        prop_assert_eq!(single.transport(), whole.transport());
    }

    #[test]
    fn never_more_answers_than_requests(bytes in stream()) {
        let mut telnet = spoken();
        let answers = negotiations(&feed(&mut telnet, &bytes).wire);
        let requests = negotiations(&bytes);
        let count = |counts: &std::collections::HashMap<(u8, u8), usize>, verbs: [u8; 2], option| {
            verbs.iter().map(|verb| counts.get(&(*verb, option)).copied().unwrap_or(0)).sum::<usize>()
        };
        for option in 0..=255 {
            prop_assert!(count(&answers, [0xFB, 0xFC], option) <= count(&requests, [0xFD, 0xFE], option));
            prop_assert!(count(&answers, [0xFD, 0xFE], option) <= count(&requests, [0xFB, 0xFC], option));
        }
    }

    #[test]
    fn all_bytes_cross_between_two_of_us(data in prop::collection::vec(prop_oneof![any::<u8>(), Just(0xFF), Just(0x0D), Just(0)], 0..300), binary: bool) {
        let mut a = Telnet::new(TelnetConfig { open_actively: true, ..config(Policy::Telnet) });
        let mut b = Telnet::new(TelnetConfig { open_actively: true, ..config(Policy::Telnet) });
        if binary {
            a.request_binary();
        }
        // They settle, and fall silent.
        let (mut to_b, mut to_a) = (feed(&mut a, b"").wire, feed(&mut b, b"").wire);
        let mut rounds = 0;
        while !to_a.is_empty() || !to_b.is_empty() {
            let (from_b, from_a) = (feed(&mut b, &to_b), feed(&mut a, &to_a));
            prop_assert!(from_b.app.is_empty() && from_a.app.is_empty());
            (to_a, to_b) = (from_b.wire, from_a.wire);
            rounds += 1;
            prop_assert!(rounds < 5);
        }
        prop_assert_eq!(a.transport() == Transport::TelnetBinary, binary);
        let wire = sent(&mut a, &data);
        prop_assert_eq!(feed(&mut b, &wire).app, data);
    }

    #[test]
    fn time_and_garbage_do_no_harm(steps in prop::collection::vec((0u64..3_000, stream(), 0..4u8), 0..12), policy in policy(), open_actively: bool) {
        let mut telnet = Telnet::new(TelnetConfig { open_actively, ..config(policy) });
        let mut now = T0;
        let (mut given, mut got) = (0, Outcome::default());
        for (ms, bytes, action) in steps {
            now += Span::from_millis(ms);
            match action {
                0 => telnet.set_size(now, (ms as u16, 25)),
                1 => telnet.request_binary(),
                _ => {}
            }
            telnet.timeout(now, &mut got.app);
            telnet.receive(now, &bytes, &mut got.app);
            given += bytes.len();
            drain(&mut telnet, &mut got);
            prop_assert!(telnet.wake() == Wake::OnInput || matches!(telnet.wake(), Wake::At(at) if at > now));
            prop_assert!(telnet.held() <= 4096);
        }
        telnet.finish(&mut got.app);
        prop_assert!(got.app.len() <= given);
        if policy == Policy::Raw {
            prop_assert_eq!(got.app.len(), given);
        }
    }
}
