//! TLS of this crate's own requests: rustls on ring, as in the emulator, and no trust but in its authority.

use anyhow::Result;
use emulator::Running;

/// Chooses who does the arithmetic for every client in this process, thirtyfour's among them. The first call counts.
pub(crate) fn choose_provider() {
    let _another_was_first = rustls::crypto::ring::default_provider().install_default();
}

/// A client that trusts the emulator, and nobody if that speaks plain http.
pub(crate) fn client(emulator: &Running) -> Result<reqwest::Client> {
    choose_provider();
    let authority = emulator.ca_certificate().map(|pem| reqwest::Certificate::from_pem(pem.as_bytes())).transpose()?;
    Ok(reqwest::Client::builder().tls_certs_only(authority).build()?)
}
