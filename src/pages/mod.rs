//! The screens: one route a file.

pub mod activity;
pub mod api;
pub mod apis;
pub mod collect;
pub mod identities;
pub mod identity;
pub mod matrix;
pub mod not_found;
pub mod plan;
pub mod set_up;
pub mod sign_in;
