//! A private certificate authority and one certificate for the loopback names, made on the spot.
//! The authority's key is dropped as soon as the certificate is signed: nobody can make another one that its users would
//! trust.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Datelike as _, TimeDelta, Utc};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, PublicKeyData as _, date_time_ymd,
};
use rsa::sha2::{Digest as _, Sha256};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// What the certificate is for.
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];
/// As long as anybody lets one emulator run.
const LIFETIME: TimeDelta = TimeDelta::days(30);

/// What is needed to answer over TLS and to be trusted.
pub(crate) struct Tls {
    /// Takes connections.
    pub(crate) acceptor: TlsAcceptor,
    /// The authority's certificate, PEM.
    pub(crate) authority: String,
    /// The SHA-256 of the certificate's public key, as Chromium's `--ignore-certificate-errors-spki-list` takes it.
    pub(crate) spki_sha256: String,
}

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsError {
    #[error(transparent)]
    Certificate(#[from] rcgen::Error),
    #[error(transparent)]
    Server(#[from] tokio_rustls::rustls::Error),
}

impl Tls {
    /// Makes the authority, then the certificate.
    pub(crate) fn make(now: DateTime<Utc>) -> Result<Self, TlsError> {
        let mut authority = params(Vec::new(), "Rolegrant emulator, valid on this machine only", now)?;
        authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;

        let mut server = params(NAMES.map(str::to_owned).to_vec(), "localhost", now)?;
        server.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        server.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate()?;
        let certificate = server.signed_by(&key, &authority)?;

        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone(), authority.der().clone()],
                PrivateKeyDer::try_from(key.serialize_der()).map_err(|_| rcgen::Error::CouldNotParseKeyPair)?,
            )?;
        Ok(Self {
            acceptor: TlsAcceptor::from(Arc::new(config)),
            authority: authority.pem(),
            spki_sha256: STANDARD.encode(Sha256::digest(key.subject_public_key_info())),
        })
    }
}

fn params(names: Vec<String>, common_name: &str, now: DateTime<Utc>) -> Result<CertificateParams, rcgen::Error> {
    let day = |at: DateTime<Utc>| {
        let small = |number: u32| u8::try_from(number).unwrap_or(1);
        date_time_ymd(at.year(), small(at.month()), small(at.day()))
    };
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name.push(DnType::CommonName, common_name);
    // A clock that is a little behind must not find it not yet valid.
    params.not_before = day(now - TimeDelta::days(1));
    params.not_after = day(now + LIFETIME);
    Ok(params)
}
