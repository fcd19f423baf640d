//! The adapters of `browser/`, each in a real headless browser: what they ask of it and what it really does.
//!
//! `cargo xtask test` runs them; by hand: `cargo test --target wasm32-unknown-unknown --test browser`.
#![cfg(target_arch = "wasm32")]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop where something is not as it must be")]

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

pub mod clock;
pub mod crypto;
pub mod database;
pub mod download;
pub mod fetch;
pub mod location;
pub mod lock;
pub mod page;
pub mod script;
pub mod storage;
pub mod tabs;
pub mod view;
