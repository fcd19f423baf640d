//! The sign-in service as this deployment uses it: what every step of a sign-in needs.

use std::rc::Rc;

use url::Url;

use super::crypto::Crypto;
use super::discovery::{self, DiscoveryError, Metadata};
use crate::cloud::Cloud;
use crate::config::{Config, Registration};
use crate::directory::AppId;
use crate::http::{Clock, Transport};

/// Everything that signing in needs, made once.
pub struct Service {
    /// Where sign-in and Graph are.
    pub cloud: Cloud,
    /// The tenant as configured.
    pub tenant: String,
    /// The app registration.
    pub client_id: AppId,
    /// The deployment's base URL, a constant (SEC-006).
    pub redirect_uri: Url,
    /// The network.
    pub transport: Rc<dyn Transport>,
    /// Time.
    pub clock: Rc<dyn Clock>,
    /// Cryptography.
    pub crypto: Rc<dyn Crypto>,
}

impl Service {
    /// The service of a deployment, for one of its tenants.
    pub fn new(
        config: &Config,
        registration: &Registration,
        redirect_uri: Url,
        transport: Rc<dyn Transport>,
        clock: Rc<dyn Clock>,
        crypto: Rc<dyn Crypto>,
    ) -> Self {
        let (cloud, tenant, client_id) = (config.cloud.clone(), registration.tenant.clone(), registration.client_id);
        Self { cloud, tenant, client_id, redirect_uri, transport, clock, crypto }
    }

    /// Asks where the endpoints are.
    pub async fn discover(&self) -> Result<Metadata, DiscoveryError> {
        discovery::discover(&*self.transport, &self.cloud, &self.tenant).await
    }
}
