//! How Microsoft Graph v1.0 is spoken.
//!
//! Requests are typed, answers are read with suspicion, reads are repeated with patience, writes are sent once. It
//! reaches the outside through [`Transport`](crate::http::Transport) and [`Clock`](crate::http::Clock) alone.
