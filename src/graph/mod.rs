//! How Microsoft Graph v1.0 is spoken.
//!
//! Requests are typed, answers are read with suspicion, reads are repeated with patience, writes are sent once. It
//! reaches the outside through [`Transport`](crate::http::Transport) and [`Clock`](crate::http::Clock) alone.

mod address;
mod batch;
mod client;
mod error;
mod gate;
mod json;
mod pace;
mod page;
#[cfg(test)]
mod properties;
mod requests;
mod retry;
mod short_lists;
#[cfg(test)]
pub(crate) mod testing;
mod verdict;
mod wire;
mod write;

pub use address::{odata_literal, odata_search};
pub use batch::LARGEST_BATCH;
pub use client::{Graph, Retry, TokenSource};
pub use error::{GraphError, GraphErrorKind, Operation};
pub use requests::Organization;
pub use write::{Write, Written};
