//! The scenarios, by what they are about.

mod accessibility;
mod assign;
mod delivery;
mod faults;
mod harness;
mod hostile;
mod hosting;
mod keyboard;
mod lists;
mod refusals;
mod remove;
mod replication;
mod rows;
mod set_up;
mod sign_in;
