//! The sums and blocks of the protocol's description.

use std::sync::Arc;

use super::block::{Block, build, cut, sums};
use super::{Code, Window};
use crate::time::Stamp;
use crate::transfer::{FileKind, Options, OutgoingFile};

#[test]
fn both_sums_are_those_of_the_table() {
    let thousand = [0x41; 1_000];
    let every: Vec<u8> = (0..=255).collect();
    let cases: [(&[u8], u16, u16); 12] = [
        (&[], 0, 0),
        (&[0], 0, 0),
        (&[1], 1, 2),
        (&[0x80], 0x80, 0x100),
        (&[0xFF], 0xFF, 0x1FE),
        (&[0xFF, 0xFF], 0x1FE, 0x202),
        (&[0, 0, 1], 1, 2),
        (&[1, 0, 0], 1, 8),
        (b"123456789", 0x1DD, 0x406A),
        (&[1; 16], 0x10, 0xFFFF),
        (&every, 0x7F80, 0),
        (&thousand, 0xFDE8, 0x7E7E),
    ];
    for (bytes, sum, cyclic) in cases {
        assert_eq!(sums(bytes), (sum, cyclic), "{bytes:02X?}");
    }
}

#[test]
fn blocks_are_those_of_the_table() {
    let line: Vec<u8> = (0..248u32).map(|i| (7 * i + 3) as u8).collect();
    let to_sixteen: Vec<u8> = (0..16).collect();
    let cases: [(u8, u16, &[u8], [u8; 7]); 10] = [
        (4, 0xFFFF, &[1], [0x03, 0x02, 0x46, 0x04, 0x04, 0xFF, 0xFF]),
        (4, 0xFFFF, &[2], [0x04, 0x02, 0x40, 0x04, 0x04, 0xFF, 0xFF]),
        (8, 0, &[], [0x08, 0, 0x40, 0, 0x08, 0, 0]),
        (255, 0, &[], [0xFF, 0, 0xF8, 0x07, 0xFF, 0, 0]),
        (5, 0xFF01, &[0x2A], [0x2F, 0x01, 0xF0, 0x03, 0x05, 0x01, 0xFF]),
        (47, 1, &to_sixteen, [0xA8, 0, 0x92, 0x10, 0x2F, 0x01, 0]),
        (0, 0xFF02, &[0xFF; 33], [0xE0, 0x21, 0x12, 0x02, 0, 0x02, 0xFF]),
        (5, 0xFF01, b"HELLO, PET", [0xAE, 0x03, 0x7A, 0x9F, 0x05, 0x01, 0xFF]),
        (255, 3, &[0x5A; 248], [0x32, 0x58, 0x6B, 0x98, 0xFF, 0x03, 0]),
        (19, 300, &line, [0xA4, 0x78, 0x83, 0x46, 0x13, 0x2C, 0x01]),
    ];
    for (next, number, payload, head) in cases {
        let block = build(next, number, payload);
        assert_eq!(block[..7], head, "block {number:04X}");
        let read = Block::read(&block).unwrap();
        assert_eq!((read.next, read.number, read.payload), (next.into(), number, payload));
        for at in 0..block.len() {
            for bit in 0..8 {
                let mut bad = block.clone();
                bad[at] ^= 1 << bit;
                assert_eq!(Block::read(&bad), None, "bit {bit} of byte {at}");
            }
        }
    }
}

#[test]
fn seven_zero_bytes_are_no_block() {
    assert_eq!(Block::read(&[0; 7]), None);
    assert_eq!(Block::read(&build(6, 5, b"x")), None);
    assert!(Block::read(&build(0, 0xFF05, b"x")).is_some());
    assert_eq!(Block::read(&[0xFF; 6]), None);
}

#[test]
fn a_code_counts_wherever_it_stands_and_once() {
    let mut window = Window::default();
    let mut hear = |now: Stamp, bytes: &[u8]| -> Vec<Code> {
        bytes.iter().filter_map(|&byte| window.push(now, byte)).collect()
    };
    let heard = hear(Stamp::ZERO, b"xGGOO\0ACKACK BADS/BSY SYNN");
    assert_eq!(heard, [Code::Goo, Code::Ack, Code::Ack, Code::Bad, Code::SendBlock, Code::Syn]);
    // The B of a BAD that comes five seconds behind a broken S/B is no part of it.
    assert_eq!(hear(Stamp::ZERO, b"S/"), []);
    assert_eq!(hear(Stamp(5_000_000_000), b"BAD"), [Code::Bad]);
}

#[test]
fn a_file_is_cut_as_the_c64_does_save_for_a_last_block_of_one_byte() {
    let lengths = |length: usize, size: u8, avoid: bool| -> Vec<usize> {
        let file = OutgoingFile { name: "x".into(), kind: FileKind::Prg, data: Arc::from(vec![0; length]) };
        let options = Options { block_size: size, avoid_one_byte_block: avoid, ..Options::default() };
        cut(&file, &options).unwrap().into_iter().map(|cut| cut.len()).collect()
    };
    assert_eq!(lengths(0, 255, true), [0; 0]);
    assert_eq!(lengths(1, 255, true), [1]);
    assert_eq!(lengths(248, 255, true), [248]);
    assert_eq!(lengths(249, 255, true), [247, 2]);
    assert_eq!(lengths(249, 255, false), [248, 1]);
    assert_eq!(lengths(496, 255, true), [248, 248]);
    assert_eq!(lengths(497, 255, true), [248, 247, 2]);
    assert_eq!(lengths(3, 8, true), [1, 1, 1]);
    let file = OutgoingFile { name: "x".into(), kind: FileKind::Prg, data: Arc::from(vec![0; 65_536]) };
    let small = Options { block_size: 8, ..Options::default() };
    let why = cut(&file, &small).unwrap_err().to_string();
    assert!(why.contains("65,536 bytes") && why.contains("65,279"), "{why}");
}

#[test]
fn a_call_for_a_block_that_has_not_left_yet_brings_no_second_copy() {
    use super::sender::Sender;
    use crate::transfer::{Out, Transfer};

    let file = OutgoingFile { name: "x".into(), kind: FileKind::Prg, data: Arc::from(vec![7; 600]) };
    let mut sender = Sender::new(file, &Options::default(), Stamp::ZERO).unwrap();
    let said = |sender: &mut Sender| -> Vec<Out> { std::iter::from_fn(|| sender.poll()).collect() };
    sender.receive(Stamp::ZERO, b"GOO");
    sender.receive(Stamp::ZERO, b"S/B");
    assert_eq!(said(&mut sender).len(), 2, "ACK and the block");
    // The machine sleeps before the block is written; the receiver has called for it twice more by then.
    let awake = Stamp(4_000_000_000);
    sender.receive(awake, b"S/BS/B");
    assert_eq!(said(&mut sender), []);
    sender.sent(awake);
    sender.receive(awake, b"S/B");
    assert_eq!(said(&mut sender), []);
    // What comes long after it has left is meant, once.
    let late = Stamp(8_000_000_000);
    sender.receive(late, b"S/BS/BS/B");
    assert_eq!(said(&mut sender), [Out::Tx(b"ACK".to_vec())]);
    sender.sent(late);
    sender.receive(late, b"S/B");
    assert_eq!(said(&mut sender).len(), 1, "the block");
}
