//! petterm: the desktop end of a Commodore PET's serial cable.
//!
//! # The map
//!
//! | module | what it is |
//! | --- | --- |
//! | [`time`] | stamps, spans and wake-ups: time as a value |
//! | [`mod@line`] | how bytes ride a wire: level, polarity, format, UART, parity and bit 7 |
//! | [`petscii`] | codes, glyphs, Unicode, ASCII, host charsets, the keyboard |
//! | [`prg`] | PRG files: what is in one, BASIC as text and back |
//! | [`screen`] | what CHROUT does: 8032, 4032, 2001, C64, C128, VIC-20, ANSI |
//! | [`telnet`] | RFC 854/1143 without a socket |
//! | [`transfer`] | file transfer: Punter, XMODEM, YMODEM, text, without a file or a line |
//! | [`wave`] | recordings of lines: edges out of files, and into them |
//! | [`engine`] | the session: links and time in, screen and snapshots out |
//! | `files` | files on the host that transfers read and write (impure) |
//! | [`link`] | the ends of links: simulated lines (pure), ports, sockets, pseudo-terminals (impure) |
//! | [`ui`] | front ends: actions, keymap, themes, the terminal |
//!
//! # The contract of every state machine
//!
//! One input call with `now`, then outputs are drained until `None`, then `wake()` is read. There is no
//! output without input or time; draining twice is empty; feeding bytes one at a time equals feeding them
//! whole at the same `now`; time never runs backwards. Nothing in the core reads a clock, sleeps, starts a
//! thread, opens a file or a socket, or prints.

pub mod engine;
#[cfg(feature = "shell")]
pub mod files;
pub mod line;
pub mod link;
pub mod petscii;
pub mod prg;
pub mod screen;
pub mod telnet;
pub mod time;
pub mod transfer;
pub mod ui;
pub mod wave;

#[cfg(all(feature = "serial", feature = "tui"))]
pub mod cli;
