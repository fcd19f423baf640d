//! The bench of the apply engine.
fn main() {}
