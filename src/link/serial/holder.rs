//! Who holds a device: open descriptors, locks of flock(2) and lock files.
//!
//! Sources: proc(5) for `/proc/PID/fd` and `/proc/locks`; the lock files `LCK..NAME` of UUCP, which hold a
//! process number in text or, in old programs, in four bytes.

use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Where lock files are kept.
const LOCK_DIRECTORIES: [&str; 2] = ["/var/lock", "/run/lock"];

/// A process that holds a device.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::link) struct Holder {
    /// Its program's name.
    pub(in crate::link) program: String,
    /// Its process number.
    pub(in crate::link) pid: u32,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (pid {})", self.program, self.pid)
    }
}

/// Which process has which device open, as far as we may look: one walk over `/proc`.
#[derive(Debug)]
pub(in crate::link) struct Holders {
    proc: PathBuf,
    open: HashMap<PathBuf, Vec<u32>>,
}

impl Holders {
    /// Looks at every process of the system.
    pub(in crate::link) fn scan() -> Holders {
        Holders::scan_in(Path::new("/proc"))
    }

    fn scan_in(proc: &Path) -> Holders {
        let mut open: HashMap<PathBuf, Vec<u32>> = HashMap::new();
        let processes = fs::read_dir(proc).into_iter().flatten().flatten();
        let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
        for pid in pids {
            let descriptors = fs::read_dir(proc.join(pid.to_string()).join("fd"));
            for descriptor in descriptors.into_iter().flatten().flatten() {
                let Ok(target) = fs::read_link(descriptor.path()) else { continue };
                if target.starts_with("/dev") {
                    let pids = open.entry(target).or_default();
                    if !pids.contains(&pid) {
                        pids.push(pid);
                    }
                }
            }
        }
        Holders { proc: proc.to_owned(), open }
    }

    /// Who has `device` (a canonical path) open; of several, the one that locked it.
    pub(in crate::link) fn of(&self, device: &Path) -> Option<Holder> {
        let pids = self.open.get(device)?;
        let locker = lock_owner(&self.proc, device).filter(|pid| pids.contains(pid));
        locker.or_else(|| pids.first().copied()).map(|pid| named(&self.proc, pid))
    }

    /// Whether any other process than ours has `device` open.
    pub(super) fn others_hold(&self, device: &Path) -> bool {
        self.open.get(device).is_some_and(|pids| pids.iter().any(|&pid| pid != std::process::id()))
    }
}

/// The process that holds a lock of flock(2) on `device`.
fn lock_owner(proc: &Path, device: &Path) -> Option<u32> {
    let status = fs::metadata(device).ok()?;
    let (major, minor) = (rustix::fs::major(status.dev()), rustix::fs::minor(status.dev()));
    let file = format!("{major:02x}:{minor:02x}:{}", status.ino());
    owner_in(&fs::read_to_string(proc.join("locks")).ok()?, &file)
}

/// Finds the holder of a lock on `file` in the text of `/proc/locks`; those who wait for it (`->`) do not
/// hold it.
fn owner_in(locks: &str, file: &str) -> Option<u32> {
    locks.lines().find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        match fields[..] {
            [_, "FLOCK", _, _, pid, locked, ..] if locked == file => pid.parse().ok(),
            _ => None,
        }
    })
}

/// Another live process that keeps a lock file for `device`.
pub(super) fn lock_file_holder(device: &Path) -> Option<Holder> {
    LOCK_DIRECTORIES
        .iter()
        .find_map(|directory| lock_file_in(Path::new(directory), Path::new("/proc"), device))
}

fn lock_file_in(directory: &Path, proc: &Path, device: &Path) -> Option<Holder> {
    let name = device.file_name()?.to_str()?;
    let content = fs::read(directory.join(format!("LCK..{name}"))).ok()?;
    let pid = match std::str::from_utf8(&content).ok().and_then(|text| {
        // The program's name may follow the number.
        text.split_whitespace().next()?.parse::<u32>().ok()
    }) {
        Some(pid) => pid,
        None => u32::from_ne_bytes(content.as_slice().try_into().ok()?),
    };
    let alive = pid != std::process::id() && proc.join(pid.to_string()).exists();
    alive.then(|| named(proc, pid))
}

fn named(proc: &Path, pid: u32) -> Holder {
    let program = fs::read_to_string(proc.join(pid.to_string()).join("comm"));
    let program = program.map_or_else(|_| "another program".to_owned(), |name| name.trim().to_owned());
    Holder { program, pid }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// A `/proc` with process 4121, picocom, which has /dev/ttyUSB1 open.
    fn fake_proc() -> tempfile::TempDir {
        let proc = tempfile::tempdir().unwrap();
        let process = proc.path().join("4121");
        fs::create_dir_all(process.join("fd")).unwrap();
        fs::write(process.join("comm"), "picocom\n").unwrap();
        symlink("/dev/ttyUSB1", process.join("fd/3")).unwrap();
        symlink("/etc/passwd", process.join("fd/4")).unwrap();
        proc
    }

    #[test]
    fn the_holder_is_found_and_named() {
        let proc = fake_proc();
        let holders = Holders::scan_in(proc.path());
        let holder = holders.of(Path::new("/dev/ttyUSB1")).unwrap();
        assert_eq!(holder.to_string(), "picocom (pid 4121)");
        assert!(holders.others_hold(Path::new("/dev/ttyUSB1")));
        assert_eq!(holders.of(Path::new("/dev/ttyUSB0")), None);
        assert_eq!(holders.of(Path::new("/etc/passwd")), None);
    }

    #[test]
    fn the_owner_of_a_lock_is_not_one_who_waits_for_it() {
        let locks = "1: POSIX  ADVISORY  WRITE 11 00:15:99 0 EOF\n\
                     2: -> FLOCK  ADVISORY  WRITE 12 00:15:99 0 EOF\n\
                     3: FLOCK  ADVISORY  WRITE 13 00:15:99 0 EOF\n";
        assert_eq!(owner_in(locks, "00:15:99"), Some(13));
        assert_eq!(owner_in(locks, "00:15:98"), None);
    }

    #[test]
    fn a_lock_file_counts_while_its_process_lives() {
        let (proc, locks) = (fake_proc(), tempfile::tempdir().unwrap());
        let device = Path::new("/dev/ttyUSB1");
        let holder = |content: &[u8]| {
            fs::write(locks.path().join("LCK..ttyUSB1"), content).unwrap();
            lock_file_in(locks.path(), proc.path(), device).map(|holder| holder.pid)
        };
        assert_eq!(lock_file_in(locks.path(), proc.path(), device), None);
        assert_eq!(holder(b"      4121\n"), Some(4121));
        assert_eq!(holder(b"      4121 picocom root\n"), Some(4121));
        assert_eq!(holder(&4121_u32.to_ne_bytes()), Some(4121));
        assert_eq!(holder(b"      4122\n"), None, "a process that is gone");
        assert_eq!(holder(b"rubbish"), None);
        assert_eq!(holder(b""), None);
        assert_eq!(holder(std::process::id().to_string().as_bytes()), None, "our own");
    }
}
