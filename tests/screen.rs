//! The screen editors against the original ROMs' own states, boards' habits, and hostile input.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests fail as tests do")]

#[path = "screen/boards.rs"]
mod boards;
#[path = "screen/dumps.rs"]
mod dumps;
#[path = "screen/properties.rs"]
mod properties;
#[path = "screen/vectors.rs"]
mod vectors;
