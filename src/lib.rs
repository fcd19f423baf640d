//! Rolegrant: gives managed identities the app roles they need, from the browser.
//!
//! The way of the data is one street: `browser::fetch` → [`graph`] → [`directory`] → `pages` → a form → [`plan`] →
//! [`graph`] → `browser::fetch`. The modules below the line know the browser; on the host they do not exist, nor do
//! leptos and web_sys, so that the modules above it cannot name them.

pub mod auth;
pub mod cloud;
pub mod config;
pub mod directory;
pub mod export;
pub mod graph;
pub mod http;
pub mod plan;
pub mod route;
mod wipe;

#[cfg(target_arch = "wasm32")]
pub mod activity;
#[cfg(target_arch = "wasm32")]
pub mod app;
#[cfg(target_arch = "wasm32")]
pub mod applying;
#[cfg(target_arch = "wasm32")]
pub mod browser;
#[cfg(target_arch = "wasm32")]
pub mod components;
#[cfg(target_arch = "wasm32")]
pub mod kept;
#[cfg(target_arch = "wasm32")]
pub mod navigation;
#[cfg(target_arch = "wasm32")]
pub mod pages;
#[cfg(target_arch = "wasm32")]
pub mod permission;
#[cfg(target_arch = "wasm32")]
pub mod planning;
#[cfg(target_arch = "wasm32")]
pub mod run;
#[cfg(target_arch = "wasm32")]
pub mod sign_in;
#[cfg(target_arch = "wasm32")]
pub mod signals;
#[cfg(target_arch = "wasm32")]
pub mod tenant;
#[cfg(target_arch = "wasm32")]
pub mod view;
#[cfg(target_arch = "wasm32")]
pub mod waiting;
