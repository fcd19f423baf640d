//! The scenarios, by what they are about.

mod delivery;
mod harness;
