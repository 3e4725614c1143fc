//! Which mechanisms of inversion a link has: asked before it is open for anybody.
//!
//! shift-TX and misframe-RX are done by the session on the octets of any port. What needs a port of another kind
//! opens one here; where there is none, opening is refused rather than pretended. Facts: `docs/inversion.md`.

use crate::engine::{Abilities, ByHand, Failure, Inversion, Mechanism, Target, Trouble};
use crate::line::Resting;

const INSTEAD: &str = "use --invert=shift, an inverter in the cable (--cable inverter), or McTerm's sysa+36";

/// Who makes the lines of a link to this target, if not a UART.
///
/// # Errors
/// [`Failure::Setting`], with what can be done instead, where nobody can.
pub(super) fn by_hand(inversion: Inversion, target: &Target) -> Result<Option<ByHand>, Trouble> {
    let hand = inversion.by_hand().map_err(|what| Trouble::new(Failure::Setting, what, ""))?;
    if hand.is_some() && !matches!(target, Target::Serial(_)) {
        let what = format!("{target} has no pins that could be driven by hand");
        return Err(Trouble::new(Failure::Setting, what, INSTEAD));
    }
    if hand == Some(ByHand::FtdiPins) && !cfg!(all(feature = "ftdi", target_os = "linux")) {
        let what = "this petterm was built without FTDI bit-bang";
        let next = format!("build it under Linux with `--features ftdi`; or {INSTEAD}");
        return Err(Trouble::new(Failure::Setting, what, next));
    }
    Ok(hand)
}

/// Whether the adapter's chip inverts what it shall: a remark where nobody can tell.
///
/// # Errors
/// [`Failure::Setting`] where the chip says that it does not.
#[cfg(all(feature = "ftdi", target_os = "linux"))]
pub(super) fn check_adapter(inversion: Inversion, target: &Target) -> Result<Option<String>, Trouble> {
    if !inversion.uses(Mechanism::Adapter) {
        return Ok(None);
    }
    let inverts = match super::bitbang::eeprom::read(target) {
        Ok(inverts) => inverts,
        Err(trouble) => {
            return Ok(Some(format!("whether the chip inverts was not checked: {}", trouble.what)));
        }
    };
    for (wanted, does, pin, flag) in
        [(inversion.tx, inverts.tx, "TXD", "--invert_txd"), (inversion.rx, inverts.rx, "RXD", "--invert_rxd")]
    {
        if wanted == Some(Mechanism::Adapter) && !does {
            let what = format!("the EEPROM of {target} says that its chip does not invert {pin}");
            return Err(Trouble::new(
                Failure::Setting,
                what,
                format!("ft232r_prog {flag} sets it, see docs/inversion.md"),
            ));
        }
    }
    Ok(None)
}

/// Without the feature `ftdi` nobody can tell.
#[cfg(not(all(feature = "ftdi", target_os = "linux")))]
#[expect(clippy::unnecessary_wraps, reason = "with the feature it may fail")]
pub(super) fn check_adapter(inversion: Inversion, _: &Target) -> Result<Option<String>, Trouble> {
    let words = "whether the chip inverts was not checked: this petterm was built without the feature ftdi";
    Ok(inversion.uses(Mechanism::Adapter).then(|| words.to_owned()))
}

/// Refuses to rest a line by a break that does not hold.
///
/// # Errors
/// [`Failure::Setting`], with what can be done instead.
pub(super) fn check_break(inversion: Inversion, abilities: Abilities, name: &str) -> Result<(), Trouble> {
    if inversion.shifts() == Some(Some(Resting::Break)) && abilities.holds_break == Some(false) {
        let what = format!("{name} cannot rest its line by a break: its driver's break does not hold");
        return Err(Trouble::new(Failure::Setting, what, "use --invert-tx=fill or --invert-tx=shift"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tx(mechanism: Mechanism) -> Inversion {
        Inversion { tx: Some(mechanism), rx: None }
    }

    #[test]
    fn lines_are_made_by_hand_in_both_directions_or_in_none() {
        use crate::engine::{InputPin, ModemLine, OutputPin};
        let both = |tx, rx| Inversion { tx: Some(tx), rx: Some(rx) }.by_hand();
        let lines = Mechanism::Lines(None);
        assert_eq!(both(lines, lines), Ok(Some(ByHand::Lines(OutputPin::Rts, InputPin::Cts))));
        let tx = Mechanism::Lines(Some(ModemLine::Output(OutputPin::Break)));
        let rx = Mechanism::Lines(Some(ModemLine::Input(InputPin::Ri)));
        assert_eq!(both(tx, rx), Ok(Some(ByHand::Lines(OutputPin::Break, InputPin::Ri))));
        assert_eq!(both(Mechanism::Ftdi, Mechanism::Ftdi), Ok(Some(ByHand::FtdiPins)));
        assert_eq!(both(Mechanism::Auto, Mechanism::Shift(None)), Ok(None));
        for (tx, rx) in
            [(lines, Mechanism::Auto), (Mechanism::Adapter, Mechanism::Ftdi), (lines, Mechanism::Ftdi)]
        {
            assert!(both(tx, rx).unwrap_err().contains("both directions"));
        }
        let alone = Inversion { tx: None, rx: Some(rx) };
        assert_eq!(alone.by_hand(), Ok(Some(ByHand::Lines(OutputPin::Rts, InputPin::Ri))));
        let pins = alone.at_the_pins(&crate::line::LineFormat::new(300));
        assert_eq!(pins.to_string(), "300-8N1-invrx");
    }

    #[test]
    fn a_pseudo_terminal_has_no_pins() {
        let pty = Target::Pty("/tmp/pet".into());
        let trouble = by_hand(tx(Mechanism::Lines(None)), &pty).unwrap_err();
        assert!(trouble.what.contains("pty:/tmp/pet") && trouble.next.contains("--invert=shift"));
        assert_eq!(by_hand(tx(Mechanism::Auto), &pty), Ok(None));
    }

    #[test]
    fn a_break_that_does_not_hold_rests_no_line() {
        let fake = Abilities { holds_break: Some(false), ..Abilities::default() };
        let rest = tx(Mechanism::Shift(Some(Resting::Break)));
        let trouble = check_break(rest, fake, "/dev/ttyUSB0").unwrap_err();
        assert!(trouble.what.contains("/dev/ttyUSB0") && trouble.next.contains("fill"));
        assert_eq!(check_break(rest, Abilities::default(), "x"), Ok(()), "nothing is known against it");
        for other in [Mechanism::Auto, Mechanism::Shift(Some(Resting::Fill))] {
            assert_eq!(check_break(tx(other), fake, "x"), Ok(()));
        }
    }
}
