//! Front ends: what a user sees and presses.
//!
//! A front end draws [`Snapshot`](crate::engine::Snapshot)s and sends
//! [`Command`](crate::engine::Command)s; it never touches a link. Everything here but [`tui`] is pure.

pub mod action;
pub mod front;
pub mod hygiene;
pub mod keymap;
pub mod render;
pub mod theme;
#[cfg(feature = "tui")]
pub mod tui;
