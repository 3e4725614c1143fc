//! What is asked of a port, what it answers, and what is made of the difference.

use rustix::pty::{OpenptFlags, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::tcgetattr;

use super::*;

/// A terminal's ordinary settings.
fn ordinary() -> Termios {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    unlockpt(&master).unwrap();
    let slave = ioctl_tiocgptpeer(&master, OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    tcgetattr(&slave).unwrap()
}

fn line(baud: u32, data_bits: u8, parity: Parity, stop: StopBits) -> LineFormat {
    LineFormat { data_bits, parity, stop, ..LineFormat::new(baud) }
}

#[test]
fn bad_octets_are_marked_and_never_dropped() {
    let eight_n_one = LineFormat::new(300);
    let new = apply(&ordinary(), &eight_n_one, Flow::None, true);
    assert!(new.input_modes.contains(InputModes::INPCK | InputModes::PARMRK));
    for absent in [
        InputModes::IGNPAR,
        InputModes::IGNBRK,
        InputModes::BRKINT,
        InputModes::ISTRIP,
        InputModes::ICRNL,
        InputModes::IXON,
        InputModes::IXOFF,
    ] {
        assert!(!new.input_modes.intersects(absent), "{absent:?}");
    }
    assert!(!new.control_modes.contains(ControlModes::HUPCL));
    assert!(new.control_modes.contains(ControlModes::CLOCAL | ControlModes::CREAD));
    let unmarked = apply(&ordinary(), &eight_n_one, Flow::None, false);
    assert!(!unmarked.input_modes.intersects(InputModes::INPCK | InputModes::PARMRK));
}

#[test]
fn every_frame_and_rate_is_read_back_as_it_was_asked() {
    for data_bits in 5..=8 {
        for parity in [Parity::None, Parity::Odd, Parity::Even, Parity::Mark, Parity::Space] {
            for (baud, stop) in [(300, StopBits::One), (1220, StopBits::Two)] {
                let stop = if data_bits == 5 && stop == StopBits::Two { StopBits::OneAndHalf } else { stop };
                let line = line(baud, data_bits, parity, stop);
                let new = apply(&ordinary(), &line, Flow::None, false);
                assert_eq!(frame_of(&new, &line), frame::name(&line));
                assert_eq!(new.output_speed(), baud);
                assert_eq!(judge("port", &new, &new, &line), Verdict::Taken);
            }
        }
    }
}

#[test]
fn a_port_that_runs_another_frame_is_refused_with_both_named() {
    let asked_line = line(300, 7, Parity::Even, StopBits::One);
    let asked = apply(&ordinary(), &asked_line, Flow::None, false);
    let gave = apply(&ordinary(), &LineFormat::new(300), Flow::None, false);
    let Verdict::Refused(trouble) = judge("/dev/x", &asked, &gave, &asked_line) else { panic!("taken") };
    assert_eq!(trouble.failure, Failure::Setting);
    assert_eq!(trouble.what, "asked 7E1, /dev/x gave 8N1");
}

#[test]
fn flow_control_that_was_not_taken_is_refused() {
    let line = LineFormat::new(300);
    let without = apply(&ordinary(), &line, Flow::None, false);
    for flow in [Flow::Soft, Flow::Hard] {
        let with = apply(&ordinary(), &line, flow, false);
        assert!(matches!(judge("port", &with, &without, &line), Verdict::Refused(_)), "{flow:?}");
        assert_eq!(judge("port", &with, &with, &line), Verdict::Taken);
    }
}

#[test]
fn a_rate_may_be_off_by_two_and_a_half_percent() {
    let asked = |baud| apply(&ordinary(), &LineFormat::new(baud), Flow::None, false);
    for (baud, gave, good) in [(1000, 1025, true), (1000, 975, true), (1000, 1026, false), (110, 300, false)]
    {
        let verdict = judge("port", &asked(baud), &asked(gave), &LineFormat::new(baud));
        match verdict {
            Verdict::Remark(text) => assert!(good && text.contains(&gave.to_string()), "{text}"),
            Verdict::WrongRate(rate) => assert!(!good && rate == gave),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn the_nearest_rates_are_those_that_the_driver_takes() {
    assert_eq!(nearest_rates(110, |rate| rate >= 300), vec![300]);
    assert_eq!(nearest_rates(31250, |rate| rate != 38400), vec![19200, 57600]);
    assert_eq!(nearest_rates(300, |_| false), Vec::<u32>::new());
    let trouble = rate_trouble("/dev/x", 110, Some(300), &[300]);
    assert_eq!(trouble.what, "/dev/x cannot run at 110 baud (it would run at 300)");
    assert_eq!(trouble.next, "the nearest rate that it takes is 300");
    assert!(rate_trouble("/dev/x", 31250, None, &[19200, 57600]).next.contains("19200 and 57600"));
}
