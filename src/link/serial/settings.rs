//! A line's settings as termios has them, and what a port made of them.
//!
//! A driver takes what it can and says that all is well, so what it took is read back. Sources: termios(3),
//! `docs/serial.md`.

use rustix::termios::{ControlModes, InputModes, SpecialCodeIndex, Termios};

use super::frame;
use crate::engine::{Failure, Flow, Trouble};
use crate::line::{LineFormat, Parity, StopBits};

/// Rates that adapters and their drivers know by name.
const STANDARD_RATES: [u32; 20] = [
    50, 75, 110, 134, 150, 200, 300, 600, 1200, 1800, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400,
    460800, 921600,
];
/// How far a rate may be off, in thousandths: with more, the last bit of a frame is read in its neighbour's
/// half.
const TOLERANCE: u64 = 25;

/// What `before` becomes for this line. With `marks` the driver says which octets are bad, see
/// [`parmrk`](crate::link::parmrk).
pub(super) fn apply(before: &Termios, line: &LineFormat, flow: Flow, marks: bool) -> Termios {
    let mut new = before.clone();
    new.make_raw();
    // A read takes what is there, one octet at least: no octet is the end of the device, not of patience.
    new.special_codes[SpecialCodeIndex::VMIN] = 1;
    new.special_codes[SpecialCodeIndex::VTIME] = 0;
    // With IGNPAR an octet whose stop bit was bad would vanish.
    new.input_modes -= InputModes::IGNPAR
        | InputModes::INPCK
        | InputModes::PARMRK
        | InputModes::IGNBRK
        | InputModes::BRKINT
        | InputModes::IXON
        | InputModes::IXOFF
        | InputModes::IXANY;
    if marks {
        new.input_modes |= InputModes::INPCK | InputModes::PARMRK;
    }
    new.control_modes -= ControlModes::CSIZE
        | ControlModes::PARENB
        | ControlModes::PARODD
        | ControlModes::CMSPAR
        | ControlModes::CSTOPB
        | ControlModes::CRTSCTS
        | ControlModes::HUPCL;
    new.control_modes |= ControlModes::CREAD | ControlModes::CLOCAL | frame_bits(line);
    match flow {
        Flow::None => {}
        Flow::Soft => new.input_modes |= InputModes::IXON | InputModes::IXOFF,
        Flow::Hard => new.control_modes |= ControlModes::CRTSCTS,
    }
    // Any rate fits on Linux; where it does not, reading back tells.
    let _ = new.set_speed(line.baud);
    new
}

fn frame_bits(line: &LineFormat) -> ControlModes {
    let size = match line.data_bits {
        5 => ControlModes::CS5,
        6 => ControlModes::CS6,
        7 => ControlModes::CS7,
        _ => ControlModes::CS8,
    };
    let parity = match line.parity {
        Parity::None => ControlModes::empty(),
        Parity::Even => ControlModes::PARENB,
        Parity::Odd => ControlModes::PARENB | ControlModes::PARODD,
        Parity::Space => ControlModes::PARENB | ControlModes::CMSPAR,
        Parity::Mark => ControlModes::PARENB | ControlModes::CMSPAR | ControlModes::PARODD,
    };
    let stop = match line.stop {
        StopBits::One => ControlModes::empty(),
        StopBits::OneAndHalf | StopBits::Two => ControlModes::CSTOPB,
    };
    size | parity | stop
}

/// The frame that `termios` says; `line` tells the two meanings of its long stop apart.
fn frame_of(termios: &Termios, line: &LineFormat) -> String {
    let modes = termios.control_modes;
    let data_bits = match modes & ControlModes::CSIZE {
        size if size == ControlModes::CS5 => 5,
        size if size == ControlModes::CS6 => 6,
        size if size == ControlModes::CS7 => 7,
        _ => 8,
    };
    let parity = match (
        modes.contains(ControlModes::PARENB),
        modes.contains(ControlModes::CMSPAR),
        modes.contains(ControlModes::PARODD),
    ) {
        (false, ..) => Parity::None,
        (true, false, false) => Parity::Even,
        (true, false, true) => Parity::Odd,
        (true, true, false) => Parity::Space,
        (true, true, true) => Parity::Mark,
    };
    let stop = match (modes.contains(ControlModes::CSTOPB), data_bits) {
        (false, _) => StopBits::One,
        (true, 5) => StopBits::OneAndHalf,
        (true, _) => StopBits::Two,
    };
    frame::name(&LineFormat { data_bits, parity, stop, ..*line })
}

/// What came of the settings.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// All as asked.
    Taken,
    /// Usable, with something to say.
    Remark(String),
    /// The port runs another frame or flow control.
    Refused(Trouble),
    /// The port runs at this rate instead.
    WrongRate(u32),
}

/// Compares what was `asked` with what the port `gave`.
pub(super) fn judge(device: &str, asked: &Termios, gave: &Termios, line: &LineFormat) -> Verdict {
    let (wanted, got) = (frame_of(asked, line), frame_of(gave, line));
    let refused = |what: String, next: &str| Verdict::Refused(Trouble::new(Failure::Setting, what, next));
    if wanted != got {
        return refused(
            format!("asked {wanted}, {device} gave {got}"),
            "this driver lacks that frame; 8N1, 7N2, 7E1, 7O1, 7M1 and 7S1 work on any port",
        );
    }
    let flow = |termios: &Termios| {
        (
            termios.control_modes.contains(ControlModes::CRTSCTS),
            termios.input_modes & (InputModes::IXON | InputModes::IXOFF),
        )
    };
    if flow(asked) != flow(gave) {
        return refused(
            format!("{device} did not take the flow control that was asked for"),
            "use --flow none, or another adapter",
        );
    }
    match (u64::from(line.baud), u64::from(gave.output_speed())) {
        (wanted, got) if wanted == got => Verdict::Taken,
        (wanted, got) if wanted.abs_diff(got) * 1000 <= wanted * TOLERANCE => Verdict::Remark(format!(
            "asked {wanted} baud, {device} runs at {got}; a difference that a line stands"
        )),
        _ => Verdict::WrongRate(gave.output_speed()),
    }
}

/// The nearest standard rates below and above `baud` that `accepts` says yes to, at most one each.
pub(super) fn nearest_rates(baud: u32, mut accepts: impl FnMut(u32) -> bool) -> Vec<u32> {
    let below = STANDARD_RATES.iter().rev().filter(|&&rate| rate < baud).find(|&&rate| accepts(rate));
    let below = below.copied();
    let above = STANDARD_RATES.iter().filter(|&&rate| rate > baud).find(|&&rate| accepts(rate)).copied();
    below.into_iter().chain(above).collect()
}

/// The trouble of a rate that the driver refused (`gave`: the rate it ran instead, where it said so).
pub(super) fn rate_trouble(device: &str, baud: u32, gave: Option<u32>, nearest: &[u32]) -> Trouble {
    let instead = gave.map_or(String::new(), |rate| format!(" (it would run at {rate})"));
    let next = match nearest {
        [] => "no standard rate works either; is it a serial port?".to_owned(),
        [one] => format!("the nearest rate that it takes is {one}"),
        [below, above, ..] => format!("the nearest rates that it takes are {below} and {above}"),
    };
    Trouble::new(Failure::Setting, format!("{device} cannot run at {baud} baud{instead}"), next)
}

#[cfg(test)]
mod tests;
