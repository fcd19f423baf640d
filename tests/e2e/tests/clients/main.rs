//! Microsoft's own clients, unchanged, in a real Chromium and over TLS, against the emulator: what they take for the real
//! thing is as good as it. Rolegrant itself is not needed here, and not built.

mod graph;
mod harness;
mod sign_in;
