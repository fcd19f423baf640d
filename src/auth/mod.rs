//! Who the administrator is: the sign-in, its answer, the session and its renewal.
//!
//! Everything here returns values (an address to go to, a pending sign-in to keep) and reaches the outside through
//! [`Transport`](crate::http::Transport), [`Clock`](crate::http::Clock) and [`Crypto`] alone; `sign_in` joins it to the
//! browser. No token leaves it but the access token, and that only towards `graph`.
//!
//! The way of a sign-in: [`start`] decides → [`authorize`] → Microsoft's pages → [`callback`] → [`Session::open`], which
//! asks the [`token_endpoint`] and verifies the [`id_token`].

pub mod admin_consent;
pub mod answer;
pub mod authorize;
pub mod callback;
pub mod challenge;
pub mod crypto;
pub mod discovery;
pub mod id_token;
pub mod idle;
pub mod keys;
pub mod moment;
pub mod object;
pub mod pending;
pub mod pkce;
pub mod problem;
#[cfg(test)]
pub(crate) mod properties;
pub mod refusal;
pub mod return_path;
pub mod scopes;
pub mod secret;
pub mod service;
pub mod session;
pub mod start;
#[cfg(test)]
pub(crate) mod testing;
pub mod token;
pub mod token_endpoint;

pub use authorize::{Ask, authorize};
pub use challenge::Claims;
pub use crypto::{Crypto, CryptoError, RsaKey};
pub use id_token::Account;
pub use pending::{AccountKey, PendingSignIn, Purpose};
pub use problem::SignInProblem;
pub use scopes::Wanted;
pub use secret::Secret;
pub use service::Service;
pub use session::{AskError, OpenError, Session};
pub use token::{AccessToken, TokenError};
