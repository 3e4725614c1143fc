//! What stands at a path, whether it may be opened, and what is said when it may not.
//!
//! Nothing is opened here: opening some devices has effects.

use std::fs;
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use super::holder::Holder;
use crate::engine::{Failure, Identity, Trouble};
use crate::link::ports;

/// Character devices with these major numbers are slaves of pseudo-terminals.
const PTY_MAJORS: std::ops::RangeInclusive<u32> = 136..=143;

/// The kinds of device that a serial link runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Has a UART, however far away.
    Uart,
    /// Carries octets alone: it cannot mark bad ones, and its exclusive mode outlives whoever set it.
    Pty,
}

/// Where the device with this identity is now.
pub(super) fn find_again(path: &Path, identity: &Identity) -> Result<PathBuf, Trouble> {
    let ports = ports::enumerate();
    ports::find(&ports, identity).map(|port| port.device.clone()).ok_or_else(|| {
        let which = match (&identity.usb, &identity.serial) {
            (Some(usb), Some(serial)) => format!("USB {usb}, serial number {serial}"),
            (Some(usb), None) => format!("USB {usb}"),
            _ => "unknown".to_owned(),
        };
        Trouble::new(
            Failure::NotFound,
            format!("the adapter that was {} ({which}) is not plugged in", path.display()),
            ports::present(&ports),
        )
    })
}

/// Finds out what is at `path` without opening it: opening some devices has effects.
pub(super) fn examine(path: &Path) -> Result<Kind, Trouble> {
    let shown = path.display();
    let not_a_port = |what: &str| {
        Trouble::new(
            Failure::NotADevice,
            format!("{shown} is {what}, not a serial device"),
            "see `petterm ports` for the ports of this machine",
        )
    };
    let status = match fs::metadata(path) {
        Ok(status) => status,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Err(Trouble::new(
                Failure::NotFound,
                format!("no such port: {shown}"),
                ports::present(&ports::enumerate()),
            ));
        }
        Err(error) => {
            return Err(Trouble::new(Failure::Permission, format!("cannot look at {shown}: {error}"), ""));
        }
    };
    let file_type = status.file_type();
    if !file_type.is_char_device() {
        return Err(not_a_port(match () {
            () if file_type.is_dir() => "a directory",
            () if file_type.is_file() => "a regular file",
            () => "no character device",
        }));
    }
    let (major, minor) = (rustix::fs::major(status.rdev()), rustix::fs::minor(status.rdev()));
    if PTY_MAJORS.contains(&major) {
        return Ok(Kind::Pty);
    }
    if matches!((major, minor), (4, 0..=63) | (5, 0..=2)) {
        return Err(not_a_port("a console or terminal of this machine"));
    }
    match fs::read_link(format!("/sys/dev/char/{major}:{minor}/subsystem")) {
        Ok(class) if class.file_name().is_none_or(|class| class != "tty") => {
            Err(not_a_port("another kind of device"))
        }
        // Without sysfs, asking the device itself decides.
        Ok(_) | Err(_) => Ok(Kind::Uart),
    }
}

pub(super) fn nothing_behind(path: &Path) -> Trouble {
    Trouble::new(
        Failure::NotFound,
        format!("{} exists, but there is no port behind it", path.display()),
        ports::present(&ports::enumerate()),
    )
}

pub(super) fn no_permission(path: &Path) -> Trouble {
    let (gid, mode) = fs::metadata(path).map_or((0, 0), |status| (status.gid(), status.mode()));
    permission_trouble(&path.display().to_string(), &ports::group_name(gid), mode)
}

/// The message for a device of this group and mode.
pub(super) fn permission_trouble(name: &str, group: &str, mode: u32) -> Trouble {
    let next = if group != "root" && mode & 0o060 == 0o060 {
        format!("run `sudo usermod -aG {group} $USER`, then log out and in again")
    } else {
        format!("run `sudo setfacl -m u:$USER:rw {name}`, which lasts until it is plugged in again")
    };
    Trouble::new(
        Failure::Permission,
        format!("you may not open {name}: it belongs to the group {group}"),
        next,
    )
}

pub(super) fn busy(path: &Path, holder: Option<Holder>) -> Trouble {
    let shown = path.display();
    match holder {
        Some(holder) => {
            let next = if holder.program == "ModemManager" {
                "ModemManager probes new ports; set ID_MM_DEVICE_IGNORE for it in a udev rule, see docs/serial.md"
            } else {
                "end that program, or name another port"
            };
            Trouble::new(Failure::Busy, format!("{shown} is in use by {holder}"), next)
        }
        None => Trouble::new(
            Failure::Busy,
            format!("{shown} is in use by another program"),
            format!("`sudo fuser -v {shown}` names it"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_that_gives_permission_names_the_group() {
        let trouble = permission_trouble("/dev/ttyUSB0", "dialout", 0o660);
        assert_eq!(trouble.failure, Failure::Permission);
        assert_eq!(trouble.what, "you may not open /dev/ttyUSB0: it belongs to the group dialout");
        assert_eq!(trouble.next, "run `sudo usermod -aG dialout $USER`, then log out and in again");
        assert!(permission_trouble("/dev/ttyUSB0", "uucp", 0o660).next.contains("-aG uucp $USER"));
    }

    #[test]
    fn a_group_that_may_not_open_it_either_is_not_recommended() {
        for (group, mode) in [("root", 0o600), ("dialout", 0o600), ("root", 0o660)] {
            let next = permission_trouble("/dev/ttyUSB0", group, mode).next;
            assert!(next.contains("setfacl -m u:$USER:rw /dev/ttyUSB0"), "{next}");
        }
    }

    #[test]
    fn a_busy_port_names_its_holder() {
        let holder = |program: &str| Some(Holder { program: program.into(), pid: 4121 });
        let trouble = busy(Path::new("/dev/ttyUSB1"), holder("picocom"));
        assert_eq!(trouble.what, "/dev/ttyUSB1 is in use by picocom (pid 4121)");
        assert_eq!(trouble.failure, Failure::Busy);
        let trouble = busy(Path::new("/dev/ttyUSB1"), holder("ModemManager"));
        assert!(trouble.next.contains("ID_MM_DEVICE_IGNORE"));
        assert!(busy(Path::new("/dev/ttyUSB1"), None).next.contains("fuser"));
    }
}
