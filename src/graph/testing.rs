//! A scripted Graph and a clock that jumps, for tests of what waits and what is sent.
