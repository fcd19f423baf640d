//! TLS of this crate's own requests: rustls on ring, as in the emulator, and no trust but in its authority.

use crate::nginx::Nginx;
use anyhow::Result;
use emulator::Running;
use reqwest::redirect::Policy;

/// Chooses who does the arithmetic for every client in this process, thirtyfour's among them. The first call counts.
pub(crate) fn choose_provider() {
    let _another_was_first = rustls::crypto::ring::default_provider().install_default();
}

/// A client that trusts the emulator and the nginx before it, and nobody where there is neither or all is plain http.
/// It follows no redirect.
pub(crate) fn client(emulator: &Running, nginx: Option<&Nginx>) -> Result<reqwest::Client> {
    choose_provider();
    let trusted = [emulator.ca_certificate(), nginx.map(|nginx| nginx.certificate.as_str())].into_iter().flatten();
    let trusted: Vec<_> =
        trusted.map(|pem| reqwest::Certificate::from_pem(pem.as_bytes())).collect::<Result<_, _>>()?;
    Ok(reqwest::Client::builder().tls_certs_only(trusted).redirect(Policy::none()).build()?)
}
