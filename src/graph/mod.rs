//! How Microsoft Graph v1.0 is spoken.
//!
//! Requests are typed, answers are read with suspicion, reads are repeated with patience, writes are sent once. It
//! reaches the outside through [`Transport`](crate::http::Transport) and [`Clock`](crate::http::Clock) alone.

mod address;
mod client;
mod error;
mod gate;
mod page;
#[cfg(test)]
mod properties;
mod requests;
mod retry;
#[cfg(test)]
pub(crate) mod testing;
mod verdict;
mod wire;

pub use address::{odata_literal, odata_search};
pub use client::{Graph, TokenSource};
pub use error::{GraphError, GraphErrorKind, Operation};
pub use requests::Organization;
