//! The serial ports of this machine: what they are, what their drivers report, who holds them.
//!
//! On Linux everything comes from sysfs, which needs no library and no permission; elsewhere from the
//! `serialport` crate. Sources: the kernel's sysfs-class-tty and sysfs-bus-usb; the drivers for what they
//! report (`docs/serial.md`).

use std::path::PathBuf;

use serde::Serialize;

use crate::engine::Identity;

#[cfg(target_os = "linux")]
mod sysfs;

#[cfg(target_os = "linux")]
pub(super) use sysfs::{describe, enumerate, group_name};
#[cfg(target_os = "linux")]
pub use sysfs::{list, list_in};

/// A serial port that is present.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Port {
    /// Its device: `/dev/ttyUSB0`.
    pub device: PathBuf,
    /// What it is, for people: `FTDI FT232R USB UART`.
    pub adapter: String,
    /// USB vendor and product numbers: `0403:6001`.
    pub usb: Option<String>,
    /// What the adapter calls its maker.
    pub manufacturer: Option<String>,
    /// What the adapter calls itself.
    pub product: Option<String>,
    /// USB serial number; cheap adapters have none, or all the same.
    pub serial: Option<String>,
    /// Interface number of the USB device: `00`.
    pub interface: Option<String>,
    /// Where it is plugged: `1-2.3`.
    pub topology: Option<String>,
    /// Its name in `/dev/serial/by-id`.
    pub by_id: Option<String>,
    /// Its driver: `ftdi_sio`.
    pub driver: Option<String>,
    /// What the driver can tell of line errors.
    pub reports: &'static str,
    /// Whether it can be opened.
    #[serde(flatten)]
    pub state: PortState,
}

/// Whether a port can be opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum PortState {
    /// Nobody has it.
    Free,
    /// A program has it open.
    InUse {
        /// The program's name.
        program: String,
        /// Its process number.
        pid: u32,
    },
    /// We may not open it.
    NoPermission {
        /// The group that may.
        group: String,
    },
}

impl Port {
    /// How this device is known again after it was unplugged; a port of the mainboard keeps its name and
    /// needs none.
    pub fn identity(&self) -> Option<Identity> {
        self.usb.as_ref()?;
        Some(Identity {
            usb: self.usb.clone(),
            serial: self.serial.clone(),
            interface: self.interface.clone(),
            topology: self.topology.clone(),
        })
    }
}

/// The one port among `ports` that is `wanted`: the same USB numbers, interface and serial number.
/// Without a serial number, or when several have the same, the place where it is plugged decides; if that
/// does not either, none is.
pub fn find<'a>(ports: &'a [Port], wanted: &Identity) -> Option<&'a Port> {
    let same = |port: &&Port| {
        port.usb.is_some()
            && port.usb == wanted.usb
            && port.interface == wanted.interface
            && port.serial == wanted.serial
    };
    let candidates: Vec<&Port> = ports.iter().filter(same).collect();
    match candidates[..] {
        [only] if wanted.serial.is_some() => Some(only),
        _ => candidates.into_iter().find(|port| port.topology.is_some() && port.topology == wanted.topology),
    }
}

/// What a driver can tell of line errors, by its name.
pub(super) fn reports(driver: Option<&str>) -> &'static str {
    match driver.unwrap_or_default() {
        "ftdi_sio" | "cp210x" => "framing errors, breaks, counters",
        "pl2303" => "framing errors, breaks",
        "ch341-uart" | "ch341" => "no framing errors",
        "cdc_acm" => "counters only",
        "serial8250" | "serial" | "port" | "uart-pl011" | "8250_pnp" | "dw-apb-uart" => {
            "framing errors, breaks, counters"
        }
        _ => "unknown",
    }
}

/// The name of an adapter for people: the chip where its numbers tell, else what it calls itself.
pub(super) fn adapter_name(usb: Option<&str>, manufacturer: Option<&str>, product: Option<&str>) -> String {
    let chip = match usb.unwrap_or_default() {
        "1a86:7523" | "1a86:7522" => Some("CH340"),
        "1a86:5523" => Some("CH341"),
        "10c4:ea60" => Some("CP210x"),
        "067b:2303" => Some("PL2303"),
        _ => None,
    };
    match (chip, manufacturer, product) {
        (Some(chip), ..) => chip.to_owned(),
        (None, Some(maker), Some(product)) if product.starts_with(maker) => product.to_owned(),
        (None, Some(maker), Some(product)) => format!("{maker} {product}"),
        (None, None, Some(product)) => product.to_owned(),
        (None, ..) => usb.map_or_else(|| "built-in port".to_owned(), |usb| format!("USB {usb}")),
    }
}

/// The ports that are present, in the order of their names.
#[cfg(not(target_os = "linux"))]
pub fn list() -> Vec<Port> {
    use serialport::SerialPortType;

    let ports = serialport::available_ports().unwrap_or_default().into_iter().map(|port| {
        let info = match port.port_type {
            SerialPortType::UsbPort(info) => Some(info),
            _ => None,
        };
        let usb = info.as_ref().map(|info| format!("{:04x}:{:04x}", info.vid, info.pid));
        let text = |pick: fn(&serialport::UsbPortInfo) -> Option<String>| info.as_ref().and_then(pick);
        let (manufacturer, product) =
            (text(|info| info.manufacturer.clone()), text(|info| info.product.clone()));
        Port {
            device: port.port_name.into(),
            adapter: adapter_name(usb.as_deref(), manufacturer.as_deref(), product.as_deref()),
            usb,
            manufacturer,
            product,
            serial: text(|info| info.serial_number.clone()),
            interface: None,
            topology: None,
            by_id: None,
            driver: None,
            reports: reports(None),
            state: PortState::Free,
        }
    });
    let mut ports: Vec<Port> = ports.collect();
    ports.sort_by(|a, b| a.device.cmp(&b.device));
    ports
}

/// A sentence that names the ports that are present, for messages about one that is not.
pub(super) fn present(ports: &[Port]) -> String {
    if ports.is_empty() {
        return "no serial port is present; is the adapter plugged in?".to_owned();
    }
    let names: Vec<String> =
        ports.iter().map(|port| format!("{} ({})", port.device.display(), port.adapter)).collect();
    format!("ports present: {}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port(device: &str, serial: Option<&str>, topology: &str) -> Port {
        Port {
            device: device.into(),
            adapter: "CH340".into(),
            usb: Some("1a86:7523".into()),
            manufacturer: None,
            product: Some("USB Serial".into()),
            serial: serial.map(Into::into),
            interface: Some("00".into()),
            topology: Some(topology.into()),
            by_id: None,
            driver: Some("ch341-uart".into()),
            reports: reports(Some("ch341-uart")),
            state: PortState::Free,
        }
    }

    fn found(ports: &[Port], wanted: &Port) -> Option<String> {
        find(ports, &wanted.identity().unwrap()).map(|port| port.device.display().to_string())
    }

    #[test]
    fn a_device_with_a_serial_number_is_known_wherever_it_is_plugged() {
        let before = port("/dev/ttyUSB0", Some("A5"), "1-2");
        let now = [port("/dev/ttyUSB0", Some("B6"), "1-2"), port("/dev/ttyUSB1", Some("A5"), "1-3")];
        assert_eq!(found(&now, &before).as_deref(), Some("/dev/ttyUSB1"));
    }

    #[test]
    fn a_different_adapter_at_the_old_name_is_not_adopted() {
        let before = port("/dev/ttyUSB0", Some("A5"), "1-2");
        assert_eq!(found(&[port("/dev/ttyUSB0", Some("B6"), "1-2")], &before), None);
        assert_eq!(found(&[port("/dev/ttyUSB0", None, "1-2")], &before), None);
        let other_chip = Port { usb: Some("0403:6001".into()), ..before.clone() };
        assert_eq!(found(&[other_chip], &before), None);
        let other_interface = Port { interface: Some("01".into()), ..before.clone() };
        assert_eq!(found(&[other_interface], &before), None);
    }

    #[test]
    fn without_a_serial_number_the_place_decides() {
        let before = port("/dev/ttyUSB0", None, "1-2");
        assert_eq!(found(&[port("/dev/ttyUSB0", None, "1-3")], &before), None);
        let now = [port("/dev/ttyUSB0", None, "1-3"), port("/dev/ttyUSB1", None, "1-2")];
        assert_eq!(found(&now, &before).as_deref(), Some("/dev/ttyUSB1"));
    }

    #[test]
    fn of_two_with_the_same_serial_number_the_place_decides() {
        let before = port("/dev/ttyUSB0", Some("0001"), "1-2");
        let now = [port("/dev/ttyUSB0", Some("0001"), "1-3"), port("/dev/ttyUSB1", Some("0001"), "1-2")];
        assert_eq!(found(&now, &before).as_deref(), Some("/dev/ttyUSB1"));
        let elsewhere =
            [port("/dev/ttyUSB0", Some("0001"), "1-3"), port("/dev/ttyUSB1", Some("0001"), "1-4")];
        assert_eq!(found(&elsewhere, &before), None);
    }

    #[test]
    fn adapters_are_named_by_their_chip() {
        assert_eq!(adapter_name(Some("1a86:7523"), None, Some("USB Serial")), "CH340");
        assert_eq!(
            adapter_name(Some("0403:6001"), Some("FTDI"), Some("FT232R USB UART")),
            "FTDI FT232R USB UART"
        );
        assert_eq!(adapter_name(Some("1:2"), Some("Acme"), Some("Acme Port")), "Acme Port");
        assert_eq!(adapter_name(None, None, None), "built-in port");
    }

    #[test]
    fn a_message_names_what_is_present() {
        assert!(present(&[]).contains("no serial port"));
        let text = present(&[port("/dev/ttyUSB0", None, "1-2")]);
        assert_eq!(text, "ports present: /dev/ttyUSB0 (CH340)");
    }
}
