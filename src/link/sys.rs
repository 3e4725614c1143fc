//! The requests to a Linux tty that no safe crate wraps: the one module with `unsafe` in it.
//!
//! Each function is one ioctl(2). The numbers are those of `asm-generic/ioctls.h`; architectures with
//! numbers of their own get `ENOTTY`, which callers treat as "this driver has no such thing". The structures are
//! those of `linux/serial.h`, field for field. Sources: `ioctl_tty(2)`, linux/serial.h.

#![expect(unsafe_code, reason = "ioctls have no safe wrapper; every call below says why it is sound")]

use std::ffi::{c_char, c_int, c_uchar, c_uint, c_ulong, c_ushort};
use std::os::fd::BorrowedFd;

use rustix::io::Errno;
use rustix::ioctl::{Getter, IntegerSetter, Opcode, Setter, ioctl};

const TIOCOUTQ: Opcode = 0x5411;
const TIOCMGET: Opcode = 0x5415;
const TIOCMBIS: Opcode = 0x5416;
const TIOCMBIC: Opcode = 0x5417;
const TIOCGSERIAL: Opcode = 0x541E;
const TIOCSSERIAL: Opcode = 0x541F;
const TIOCSBRK: Opcode = 0x5427;
const TIOCCBRK: Opcode = 0x5428;
const TIOCGICOUNT: Opcode = 0x545D;
const TIOCGEXCL: Opcode = 0x8004_5440;

/// DTR, in the modem bits.
pub(super) const DTR: u32 = 0x002;
/// RTS.
pub(super) const RTS: u32 = 0x004;
/// CTS.
pub(super) const CTS: u32 = 0x020;
/// DCD.
pub(super) const DCD: u32 = 0x040;
/// RI.
pub(super) const RI: u32 = 0x080;
/// DSR.
pub(super) const DSR: u32 = 0x100;
/// The flag in [`SerialSettings::flags`] that asks the driver to deliver at once.
pub(super) const ASYNC_LOW_LATENCY: c_int = 1 << 13;

/// The driver's counters since it was loaded (`struct serial_icounter_struct`).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(super) struct DriverCounters {
    pub(super) cts: c_int,
    pub(super) dsr: c_int,
    pub(super) ri: c_int,
    pub(super) dcd: c_int,
    pub(super) rx: c_int,
    pub(super) tx: c_int,
    pub(super) framing: c_int,
    pub(super) overrun: c_int,
    pub(super) parity: c_int,
    pub(super) breaks: c_int,
    pub(super) buffer_overrun: c_int,
    reserved: [c_int; 9],
}

/// The driver's settings beyond termios (`struct serial_struct`).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(super) struct SerialSettings {
    kind: c_int,
    line: c_int,
    port: c_uint,
    irq: c_int,
    pub(super) flags: c_int,
    xmit_fifo_size: c_int,
    custom_divisor: c_int,
    baud_base: c_int,
    close_delay: c_ushort,
    io_type: c_char,
    reserved: c_char,
    hub6: c_int,
    closing_wait: c_ushort,
    closing_wait2: c_ushort,
    /// An address in the kernel that is only handed back, never followed.
    iomem_base: *mut c_uchar,
    iomem_reg_shift: c_ushort,
    port_high: c_uint,
    iomap_base: c_ulong,
}

// SAFETY: the pointer in it is a number to us: it is given back to the kernel and never dereferenced.
unsafe impl Send for SerialSettings {}

/// Fails where the architecture numbers its requests in its own way.
fn known() -> Result<(), Errno> {
    let own_numbers = cfg!(any(
        target_arch = "mips",
        target_arch = "mips32r6",
        target_arch = "mips64",
        target_arch = "mips64r6",
        target_arch = "powerpc",
        target_arch = "powerpc64",
        target_arch = "sparc",
        target_arch = "sparc64",
    ));
    if own_numbers { Err(Errno::NOTTY) } else { Ok(()) }
}

/// Bytes that the driver still has to send.
pub(super) fn unsent(fd: BorrowedFd<'_>) -> Result<u32, Errno> {
    known()?;
    // SAFETY: TIOCOUTQ writes one int and takes nothing else.
    let unsent = unsafe { ioctl(fd, Getter::<TIOCOUTQ, c_int>::new()) }?;
    Ok(u32::try_from(unsent).unwrap_or(0))
}

/// The modem bits, inputs and outputs.
pub(super) fn modem_bits(fd: BorrowedFd<'_>) -> Result<u32, Errno> {
    known()?;
    // SAFETY: TIOCMGET writes one int and takes nothing else.
    unsafe { ioctl(fd, Getter::<TIOCMGET, c_uint>::new()) }
}

/// Raises (`true`) or lowers the given modem outputs.
pub(super) fn drive_modem_bits(fd: BorrowedFd<'_>, bits: u32, on: bool) -> Result<(), Errno> {
    known()?;
    // SAFETY: TIOCMBIS and TIOCMBIC read one int and write nothing.
    unsafe {
        if on {
            ioctl(fd, Setter::<TIOCMBIS, c_uint>::new(bits))
        } else {
            ioctl(fd, Setter::<TIOCMBIC, c_uint>::new(bits))
        }
    }
}

/// Holds the line at space, or lets it go.
pub(super) fn hold_break(fd: BorrowedFd<'_>, on: bool) -> Result<(), Errno> {
    known()?;
    // SAFETY: TIOCSBRK and TIOCCBRK ignore their argument.
    unsafe {
        if on {
            ioctl(fd, IntegerSetter::<TIOCSBRK>::new_usize(0))
        } else {
            ioctl(fd, IntegerSetter::<TIOCCBRK>::new_usize(0))
        }
    }
}

/// The driver's error counters.
pub(super) fn counters(fd: BorrowedFd<'_>) -> Result<DriverCounters, Errno> {
    known()?;
    // SAFETY: TIOCGICOUNT writes one `serial_icounter_struct`, which `DriverCounters` is.
    unsafe { ioctl(fd, Getter::<TIOCGICOUNT, DriverCounters>::new()) }
}

/// Whether some program took the tty with TIOCEXCL.
pub(super) fn is_exclusive(fd: BorrowedFd<'_>) -> Result<bool, Errno> {
    known()?;
    // SAFETY: TIOCGEXCL writes one int and takes nothing else.
    Ok(unsafe { ioctl(fd, Getter::<TIOCGEXCL, c_int>::new()) }? != 0)
}

/// The driver's settings beyond termios.
pub(super) fn settings(fd: BorrowedFd<'_>) -> Result<SerialSettings, Errno> {
    known()?;
    // SAFETY: TIOCGSERIAL writes one `serial_struct`, which `SerialSettings` is.
    unsafe { ioctl(fd, Getter::<TIOCGSERIAL, SerialSettings>::new()) }
}

/// Sets what [`settings`] read, changed.
pub(super) fn set_settings(fd: BorrowedFd<'_>, settings: SerialSettings) -> Result<(), Errno> {
    known()?;
    // SAFETY: TIOCSSERIAL reads one `serial_struct`, which `SerialSettings` is, and writes nothing.
    unsafe { ioctl(fd, Setter::<TIOCSSERIAL, SerialSettings>::new(settings)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structures_have_the_kernel_s_sizes() {
        assert_eq!(size_of::<DriverCounters>(), 80);
        assert_eq!(size_of::<SerialSettings>(), if cfg!(target_pointer_width = "64") { 72 } else { 60 });
    }

    #[test]
    fn a_pseudo_terminal_has_no_modem_lines_and_no_counters() {
        use std::os::fd::AsFd;
        let master = rustix::pty::openpt(rustix::pty::OpenptFlags::RDWR).unwrap();
        rustix::pty::unlockpt(&master).unwrap();
        let slave = rustix::pty::ioctl_tiocgptpeer(&master, rustix::pty::OpenptFlags::RDWR).unwrap();
        assert_eq!(modem_bits(slave.as_fd()), Err(Errno::NOTTY));
        assert_eq!(counters(slave.as_fd()).err(), Some(Errno::NOTTY));
        assert_eq!(settings(slave.as_fd()).err(), Some(Errno::NOTTY));
        assert_eq!(unsent(slave.as_fd()), Ok(0));
        assert_eq!(is_exclusive(slave.as_fd()), Ok(false));
        assert_eq!(hold_break(slave.as_fd(), true), Ok(()));
    }
}
