//! Who the administrator is: the sign-in, its answer, the session and its renewal.
//!
//! Everything here returns values (an address to go to, a pending sign-in to keep) and reaches the outside through
//! [`Transport`](crate::http::Transport), [`Clock`](crate::http::Clock) and [`SignatureVerifier`] alone; `sign_in`
//! joins it to the browser. No token leaves it but the access token, and that only towards `graph`.

pub mod problem;
pub mod secret;
pub mod session;
pub mod signature;
pub mod token;

pub use problem::SignInProblem;
pub use session::{Account, AskError, Session};
pub use signature::{RsaKey, SignatureVerifier};
pub use token::{AccessToken, TokenError};
