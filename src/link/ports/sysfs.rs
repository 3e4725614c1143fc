//! The ports of a Linux machine, read from sysfs.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::Access;

use super::{Port, PortState, adapter_name, reports};
use crate::link::serial::Holders;

/// The ports that are present, in the order of their names.
pub fn list() -> Vec<Port> {
    list_in(Path::new("/sys"), Path::new("/dev"))
}

/// The ports that the tree `sys` knows and that have a device in `dev`.
pub fn list_in(sys: &Path, dev: &Path) -> Vec<Port> {
    let mut ports = enumerate_in(sys, dev);
    if !ports.is_empty() {
        let holders = Holders::scan();
        for port in &mut ports {
            port.state = state(&port.device, &holders);
        }
    }
    ports
}

/// The ports that are present, their states left at free: it takes no walk over all processes.
pub(in crate::link) fn enumerate() -> Vec<Port> {
    enumerate_in(Path::new("/sys"), Path::new("/dev"))
}

fn enumerate_in(sys: &Path, dev: &Path) -> Vec<Port> {
    let entries = fs::read_dir(sys.join("class/tty")).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut ports: Vec<Port> = names.filter_map(|name| describe(sys, dev, &name)).collect();
    ports.sort_by_key(|port| sort_key(&port.device));
    ports
}

/// What `name` (`ttyUSB0`) is; `None` if it is no serial port, or one without hardware behind it. Its
/// state is left at free.
pub(in crate::link) fn describe(sys: &Path, dev: &Path, name: &str) -> Option<Port> {
    let tty = sys.join("class/tty").join(name);
    let device = tty.join("device");
    // A look costs a twentieth of a walk, most of these are consoles, and who waits for an adapter looks all the time.
    fs::symlink_metadata(&device).ok()?;
    let place = fs::canonicalize(device).ok()?;
    // An 8250 that was not found: the driver keeps a place for it all the same.
    if text(&tty, "type").as_deref() == Some("0") {
        return None;
    }
    let device = dev.join(name);
    if !device.exists() {
        return None;
    }
    let driver = fs::read_link(place.join("driver")).ok();
    let driver = driver.and_then(|link| Some(link.file_name()?.to_str()?.to_owned()));
    let usb_device = place.ancestors().find(|directory| directory.join("idVendor").exists());
    let of_usb = |attribute| usb_device.and_then(|directory| text(directory, attribute));
    let usb =
        of_usb("idVendor").zip(of_usb("idProduct")).map(|(vendor, product)| format!("{vendor}:{product}"));
    let interface = place.ancestors().find_map(|directory| text(directory, "bInterfaceNumber"));
    let (manufacturer, product) = (of_usb("manufacturer"), of_usb("product"));
    Some(Port {
        adapter: adapter_name(usb.as_deref(), manufacturer.as_deref(), product.as_deref()),
        usb,
        manufacturer,
        product,
        serial: of_usb("serial"),
        interface,
        topology: usb_device.and_then(|directory| Some(directory.file_name()?.to_str()?.to_owned())),
        by_id: by_id(dev, &device),
        reports: reports(driver.as_deref()),
        driver,
        device,
        state: PortState::Free,
    })
}

/// The name of a group, or its number where it has none.
pub(in crate::link) fn group_name(gid: u32) -> String {
    let groups = fs::read_to_string("/etc/group").unwrap_or_default();
    name_in(&groups, gid).unwrap_or_else(|| gid.to_string())
}

fn name_in(groups: &str, gid: u32) -> Option<String> {
    groups.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(gid)).then(|| name.to_owned())
    })
}

/// An attribute of sysfs: one line, as the device's maker wrote it, without what a terminal would act on.
fn text(directory: &Path, attribute: &str) -> Option<String> {
    let bytes = fs::read(directory.join(attribute)).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let text: String = text.trim().chars().filter(|c| !c.is_control()).collect();
    (!text.is_empty()).then_some(text)
}

fn by_id(dev: &Path, device: &Path) -> Option<String> {
    let device = fs::canonicalize(device).ok()?;
    let entries = fs::read_dir(dev.join("serial/by-id")).into_iter().flatten().flatten();
    entries
        .filter(|entry| fs::canonicalize(entry.path()).is_ok_and(|target| target == device))
        .find_map(|entry| entry.file_name().into_string().ok())
}

fn state(device: &Path, holders: &Holders) -> PortState {
    if let Some(holder) = fs::canonicalize(device).ok().and_then(|device| holders.of(&device)) {
        return PortState::InUse { program: holder.program, pid: holder.pid };
    }
    if rustix::fs::access(device, Access::READ_OK | Access::WRITE_OK).is_err() {
        let group = fs::metadata(device).map_or_else(|_| "?".to_owned(), |status| group_name(status.gid()));
        return PortState::NoPermission { group };
    }
    PortState::Free
}

/// `ttyUSB2` comes before `ttyUSB10`.
fn sort_key(device: &Path) -> (String, u64, PathBuf) {
    let name = device.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
    let number = name[stem.len()..].parse().unwrap_or(0);
    (stem, number, device.to_owned())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// A tree with two USB adapters, a mainboard port, one that is not there, and a console.
    struct Tree(tempfile::TempDir);

    impl Tree {
        fn new() -> Tree {
            let tree = Tree(tempfile::tempdir().unwrap());
            tree.usb(
                "ttyUSB10",
                "1-2",
                "ftdi_sio",
                &[
                    ("idVendor", "0403"),
                    ("idProduct", "6001"),
                    ("manufacturer", "FTDI"),
                    ("product", "FT232R USB UART"),
                    ("serial", "A50285BI"),
                ],
            );
            tree.usb(
                "ttyUSB2",
                "1-3.1",
                "ch341-uart",
                &[("idVendor", "1a86"), ("idProduct", "7523"), ("product", "USB\x1b[31m Serial")],
            );
            tree.mainboard("ttyS0", "4");
            tree.mainboard("ttyS1", "0");
            tree.write("sys/devices/virtual/tty/tty1/dev", "4:1");
            tree.link("../../devices/virtual/tty/tty1", "sys/class/tty/tty1");
            tree.write("dev/tty1", "");
            tree.link("../../ttyUSB10", "dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A50285BI");
            tree
        }

        fn write(&self, path: &str, content: &str) {
            let path = self.0.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }

        fn link(&self, to: &str, path: &str) {
            let path = self.0.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            symlink(to, path).unwrap();
        }

        fn usb(&self, name: &str, port: &str, driver: &str, attributes: &[(&str, &str)]) {
            let device = format!("devices/pci0/usb1/{port}");
            for (attribute, value) in attributes {
                self.write(&format!("sys/{device}/{attribute}"), &format!("{value}\n"));
            }
            self.write(&format!("sys/{device}/{port}:1.0/bInterfaceNumber"), "00\n");
            let place = format!("{device}/{port}:1.0/{name}");
            self.write(&format!("sys/{place}/tty/{name}/dev"), "188:0\n");
            self.link("../..", &format!("sys/{place}/tty/{name}/device"));
            self.link(&format!("/sys/bus/usb-serial/drivers/{driver}"), &format!("sys/{place}/driver"));
            self.link(&format!("../../{place}/tty/{name}"), &format!("sys/class/tty/{name}"));
            self.write(&format!("dev/{name}"), "");
        }

        fn mainboard(&self, name: &str, kind: &str) {
            let place = format!("devices/platform/serial8250/{name}");
            self.write(&format!("sys/{place}/tty/{name}/type"), &format!("{kind}\n"));
            self.link("../..", &format!("sys/{place}/tty/{name}/device"));
            self.link("/sys/bus/platform/drivers/serial8250", &format!("sys/{place}/driver"));
            self.link(&format!("../../{place}/tty/{name}"), &format!("sys/class/tty/{name}"));
            self.write(&format!("dev/{name}"), "");
        }

        fn list(&self) -> Vec<Port> {
            list_in(&self.0.path().join("sys"), &self.0.path().join("dev"))
        }
    }

    #[test]
    fn ports_are_those_with_hardware_behind_them_in_order() {
        let names: Vec<String> = Tree::new()
            .list()
            .iter()
            .map(|port| port.device.file_name().unwrap().to_str().unwrap().to_owned())
            .collect();
        assert_eq!(names, ["ttyS0", "ttyUSB2", "ttyUSB10"]);
    }

    #[test]
    fn a_usb_adapter_is_described_whole() {
        let ports = Tree::new().list();
        let port = &ports[2];
        assert_eq!(port.adapter, "FTDI FT232R USB UART");
        assert_eq!(port.by_id.as_deref(), Some("usb-FTDI_FT232R_USB_UART_A50285BI"));
        assert_eq!(port.driver.as_deref(), Some("ftdi_sio"));
        assert_eq!(port.reports, "framing errors, breaks, counters");
        assert_eq!(port.state, PortState::Free);
        let identity = port.identity().unwrap();
        assert_eq!(identity.usb.as_deref(), Some("0403:6001"));
        assert_eq!(identity.serial.as_deref(), Some("A50285BI"));
        assert_eq!(identity.interface.as_deref(), Some("00"));
        assert_eq!(identity.topology.as_deref(), Some("1-2"));
    }

    #[test]
    fn an_adapter_without_a_serial_number_is_known_by_its_place() {
        let ports = Tree::new().list();
        let port = &ports[1];
        assert_eq!((port.adapter.as_str(), port.reports), ("CH340", "no framing errors"));
        assert_eq!(port.product.as_deref(), Some("USB[31m Serial"), "no escape reaches a terminal");
        let identity = port.identity().unwrap();
        assert_eq!((identity.serial, identity.topology.as_deref()), (None, Some("1-3.1")));
    }

    #[test]
    fn a_mainboard_port_keeps_its_name_and_needs_no_identity() {
        let ports = Tree::new().list();
        assert_eq!(ports[0].identity(), None);
        assert_eq!(ports[0].adapter, "built-in port");
    }

    #[test]
    fn a_tree_that_is_not_there_has_no_ports() {
        assert_eq!(list_in(Path::new("/no/such/sys"), Path::new("/no/such/dev")), vec![]);
    }

    #[test]
    fn groups_are_named() {
        let groups = "root:x:0:\ndialout:x:20:ann,bob\nbroken line\n";
        assert_eq!(name_in(groups, 20).as_deref(), Some("dialout"));
        assert_eq!(name_in(groups, 21), None);
    }
}
