//! The sign-in service as this deployment uses it: what every step of a sign-in needs.

use std::rc::Rc;

use oauth2::basic::{BasicRevocationErrorResponse, BasicTokenIntrospectionResponse};
use oauth2::{AuthUrl, ClientId, EndpointNotSet, EndpointSet, RedirectUrl, StandardRevocableToken, TokenUrl};
use url::Url;

use super::discovery::{self, DiscoveryError, Metadata};
use super::refusal::Refusal;
use super::signature::SignatureVerifier;
use super::token_endpoint::GrantAnswer;
use crate::cloud::Cloud;
use crate::config::{Config, Registration};
use crate::directory::AppId;
use crate::http::{Clock, Transport};

/// The OAuth client with its two endpoints.
pub(super) type Client = oauth2::Client<
    Refusal,
    GrantAnswer,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

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
    pub verifier: Rc<dyn SignatureVerifier>,
}

impl Service {
    /// The service of a deployment, for one of its tenants.
    pub fn new(
        config: &Config,
        registration: &Registration,
        redirect_uri: Url,
        transport: Rc<dyn Transport>,
        clock: Rc<dyn Clock>,
        verifier: Rc<dyn SignatureVerifier>,
    ) -> Self {
        let (cloud, tenant, client_id) = (config.cloud.clone(), registration.tenant.clone(), registration.client_id);
        Self { cloud, tenant, client_id, redirect_uri, transport, clock, verifier }
    }

    /// Asks where the endpoints are.
    pub async fn discover(&self) -> Result<Metadata, DiscoveryError> {
        discovery::discover(&*self.transport, &self.cloud, &self.tenant).await
    }

    pub(super) fn client(&self, metadata: &Metadata) -> Client {
        oauth2::Client::new(ClientId::new(self.client_id.to_string()))
            .set_auth_uri(AuthUrl::from_url(metadata.authorization_endpoint.clone()))
            .set_token_uri(TokenUrl::from_url(metadata.token_endpoint.clone()))
            .set_redirect_uri(RedirectUrl::from_url(self.redirect_uri.clone()))
    }
}
