//! The front end on a test screen, with a session that records what it is told.

mod ends;
mod hygiene;
mod layers;
mod picture;
mod scope;
mod sizes;
mod support;
mod transfers;
