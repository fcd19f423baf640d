//! The screens: one route a file.

pub mod api;
pub mod apis;
pub mod identities;
pub mod identity;
pub mod not_found;
pub mod set_up;
pub mod sign_in;
