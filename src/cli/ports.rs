//! `petterm ports`: the serial ports of this machine, as a table or as JSON.

use std::fmt::Write as _;
use std::io::{self, Write};

use anyhow::Context;

use crate::link::ports::{self, Port, PortState};

/// Writes the ports that are present to `out`: with `json` one array, else a table. When there is none, standard error says
/// what to check.
///
/// # Errors
/// When `out` cannot be written to.
pub fn run(json: bool, out: &mut dyn Write) -> anyhow::Result<()> {
    let ports = ports::list();
    if ports.is_empty() {
        writeln!(io::stderr(), "{}", nothing()).context("standard error")?;
    }
    let text = match (json, ports.is_empty()) {
        (true, _) => to_json(&ports)?,
        (false, true) => String::new(),
        (false, false) => table(&ports),
    };
    out.write_all(text.as_bytes()).context("standard output")
}

/// What to check when there is no port.
const fn nothing() -> &'static str {
    "no serial ports. Is the adapter plugged in? `sudo dmesg | tail` says what the system made of it; \
     docs/serial.md lists drivers and programs that take ports away"
}

fn to_json(ports: &[Port]) -> anyhow::Result<String> {
    let mut text = serde_json::to_string_pretty(ports).context("the list of ports")?;
    text.push('\n');
    Ok(text)
}

fn table(ports: &[Port]) -> String {
    let mut rows = vec![["PORT", "ADAPTER", "ID", "STATE"].map(str::to_owned)];
    rows.extend(ports.iter().map(|port| {
        let note = match port.reports {
            "unknown" => String::new(),
            reports => format!(" ({reports})"),
        };
        [
            port.device.display().to_string(),
            port.adapter.clone(),
            port.by_id.clone().or_else(|| port.topology.clone()).unwrap_or_else(|| "-".to_owned()),
            format!("{}{note}", state(&port.state)),
        ]
    }));
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths = [width(0), width(1), width(2)];
    rows.iter().fold(String::new(), |mut text, [port, adapter, id, state]| {
        let [first, second, third] = widths;
        // Writing to a string does not fail.
        let _ = writeln!(text, "{port:first$}  {adapter:second$}  {id:third$}  {state}");
        text
    })
}

pub(super) fn state(state: &PortState) -> String {
    match state {
        PortState::Free => "free".to_owned(),
        PortState::InUse { program, pid } => format!("in use by {program} (pid {pid})"),
        PortState::NoPermission { group } => format!("no permission (group {group})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ports() -> Vec<Port> {
        let free = Port {
            device: "/dev/ttyUSB0".into(),
            adapter: "FTDI FT232R USB UART".into(),
            usb: Some("0403:6001".into()),
            manufacturer: Some("FTDI".into()),
            product: Some("FT232R USB UART".into()),
            serial: Some("A50285BI".into()),
            interface: Some("00".into()),
            topology: Some("1-2".into()),
            by_id: Some("usb-FTDI_FT232R_USB_UART_A50285BI".into()),
            driver: Some("ftdi_sio".into()),
            reports: "framing errors, breaks, counters",
            state: PortState::Free,
        };
        let held = Port {
            device: "/dev/ttyUSB1".into(),
            adapter: "CH340".into(),
            serial: None,
            by_id: None,
            reports: "unknown",
            state: PortState::InUse { program: "picocom".into(), pid: 4121 },
            ..free.clone()
        };
        vec![free, held]
    }

    #[test]
    fn the_table_lines_up() {
        assert_eq!(
            table(&ports()),
            "PORT          ADAPTER               ID                                 STATE\n\
             /dev/ttyUSB0  FTDI FT232R USB UART  usb-FTDI_FT232R_USB_UART_A50285BI  free (framing errors, breaks, counters)\n\
             /dev/ttyUSB1  CH340                 1-2                                in use by picocom (pid 4121)\n"
        );
    }

    #[test]
    fn json_is_one_array_with_the_state_in_words() {
        let json: serde_json::Value = serde_json::from_str(&to_json(&ports()).unwrap()).unwrap();
        assert_eq!(json[0]["device"], "/dev/ttyUSB0");
        assert_eq!(json[0]["state"], "free");
        assert_eq!(json[1]["state"], "in_use");
        assert_eq!(json[1]["pid"], 4121);
        assert_eq!(to_json(&[]).unwrap(), "[]\n");
    }

    #[test]
    fn a_port_without_permission_names_the_group() {
        let denied = PortState::NoPermission { group: "dialout".into() };
        assert_eq!(state(&denied), "no permission (group dialout)");
    }
}
