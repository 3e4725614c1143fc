//! Which frames a port can be asked for, and how they are named.

use crate::engine::{Failure, Trouble};
use crate::line::{BitOrder, LineFormat, Polarity, StopBits};

/// `8N1`, `7E1`, `5N1.5`, `8N1-msb`: as the line is written, without its rate.
pub(super) fn name(line: &LineFormat) -> String {
    line.to_string().split_once('-').map_or_else(String::new, |(_, frame)| frame.to_owned())
}

/// Refuses what no UART of an adapter does, before anything is opened.
///
/// # Errors
/// [`Failure::Setting`], with what it can do instead.
pub(super) fn check(line: &LineFormat) -> Result<(), Trouble> {
    let refuse = |why: &str, next: &str| {
        Err(Trouble::new(Failure::Setting, format!("no serial port runs {}: {why}", name(line)), next))
    };
    if line.baud == 0 {
        return Err(Trouble::new(
            Failure::Setting,
            "a line cannot run at 0 baud",
            "give a rate such as --baud 300",
        ));
    }
    match (line.data_bits, line.stop) {
        (5, StopBits::Two) => {
            return refuse("with 5 data bits a UART sends 1.5 stop bits instead of 2", "use 5N1 or 5N1.5");
        }
        (5..=8, StopBits::One | StopBits::Two) | (5, StopBits::OneAndHalf) => {}
        (5..=8, StopBits::OneAndHalf) => {
            return refuse(
                "1.5 stop bits exist with 5 data bits alone",
                "use 2 stop bits: a receiver takes longer stop bits for a pause",
            );
        }
        (9, _) => {
            return refuse("they have 8 data bits at most", "9 data bits work on simulated lines alone");
        }
        _ => return refuse("data bits go from 5 to 8", "use 7 or 8 data bits"),
    }
    if line.order == BitOrder::MsbFirst {
        return refuse("a UART sends the least significant bit first", "leave -msb out");
    }
    if line.tx == Polarity::IdleLow || line.rx == Polarity::IdleLow {
        return refuse(
            "a UART idles high and cannot be told to idle low",
            "put an inverter (such as a 7404) into the cable and leave -inv out",
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::Parity;

    fn line(data_bits: u8, parity: Parity, stop: StopBits) -> LineFormat {
        LineFormat { data_bits, parity, stop, ..LineFormat::new(300) }
    }

    #[test]
    fn frames_are_named_as_people_write_them() {
        assert_eq!(name(&line(8, Parity::None, StopBits::One)), "8N1");
        assert_eq!(name(&line(7, Parity::Even, StopBits::Two)), "7E2");
        assert_eq!(name(&line(5, Parity::Mark, StopBits::OneAndHalf)), "5M1.5");
    }

    #[test]
    fn only_frames_that_a_uart_has_pass() {
        for (data_bits, stop, good) in [
            (8, StopBits::One, true),
            (8, StopBits::Two, true),
            (8, StopBits::OneAndHalf, false),
            (7, StopBits::OneAndHalf, false),
            (5, StopBits::OneAndHalf, true),
            (5, StopBits::Two, false),
            (6, StopBits::One, true),
            (4, StopBits::One, false),
            (9, StopBits::One, false),
        ] {
            let result = check(&line(data_bits, Parity::None, stop));
            assert_eq!(result.is_ok(), good, "{data_bits} {stop:?}");
            if let Err(trouble) = result {
                assert_eq!(trouble.failure, Failure::Setting);
                assert!(!trouble.next.is_empty());
            }
        }
    }

    #[test]
    fn a_port_is_never_said_to_invert_or_reverse() {
        let upright = LineFormat::new(300);
        assert!(check(&LineFormat { tx: Polarity::IdleLow, ..upright }).is_err());
        assert!(check(&LineFormat { rx: Polarity::IdleLow, ..upright }).is_err());
        assert!(check(&LineFormat { order: BitOrder::MsbFirst, ..upright }).is_err());
        assert!(check(&LineFormat { baud: 0, ..upright }).is_err());
    }
}
