//! The scenarios, by what they are about.

mod accessibility;
mod activity;
mod assign;
mod collect;
mod delivery;
mod faults;
mod forged;
mod harness;
mod hostile;
mod hosting;
mod import;
mod keyboard;
mod lists;
mod plan;
mod provider;
mod refusals;
mod remove;
mod replication;
mod rights;
mod rows;
mod session;
mod set_up;
mod sign_in;
mod stopped;
mod untrusted_graph;
mod waiting;
