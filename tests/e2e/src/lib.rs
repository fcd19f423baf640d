//! The whole product in a real Chromium, against the emulator: what the scenarios in `tests/scenarios/` are written with.
//!
//! [`scenario`] starts an emulator and a browser of its own for each, hands over a [`World`], and afterwards fails on
//! whatever no scenario may do: a violation of the content security policy, an error in the console, a request to a
//! fourth origin, a token where a script or a person could read it ([`watch`]).
//!
//! Scenarios talk to [`pages`], which name things as the screen does. Beneath, [`find`] looks elements up by the role
//! and the accessible name that Chromium itself computes, and waits for conditions, never for time.

// All of this is test code: what panics here fails a scenario.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::panic)]

pub mod axe;
pub mod browser;
pub mod find;
pub mod graph;
pub mod keyboard;
pub mod nginx;
pub mod pages;
pub mod pictures;
mod tls;
pub mod watch;
mod world;

pub use world::{Elsewhere, Host, Setup, World, app_folder, scenario, scenario_with};

/// What a scenario gives back.
pub use anyhow::Result;
