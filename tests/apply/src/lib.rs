//! The apply engine against the emulator, through the real `graph::Graph`.
//!
//! [`Stage`] joins the two in one process, without sockets and on a clock that nobody waits for; [`watch`] sees every
//! request and complains of what may never happen; [`schedule`] makes, out of a number, a plan and all that goes wrong
//! with it. `tests/model.rs` runs thousands of these, `src/main.rs` is the bench over real HTTP.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may panic, and this crate is nothing else; what its fields are is in their names"
)]

pub mod clock;
pub mod dice;
pub mod quota;
pub mod schedule;
pub mod stage;
pub mod watch;
pub mod wire;

pub use stage::Stage;
