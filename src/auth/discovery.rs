//! Where the sign-in service's endpoints are. OpenID Connect Discovery 1.0.
//!
//! The document is believed only as far as it stays with the configured authority: every endpoint on its origin, the
//! issuer its own.

use url::Url;

use super::answer::{self, AnswerError};
use super::object::{Object, ObjectError};
use crate::cloud::Cloud;
use crate::directory::TenantId;
use crate::http::Transport;

/// The endpoints of one tenant at one authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// Who signs: `{authority}/{tenant id}/v2.0`.
    pub issuer: String,
    /// The tenant's id, even where the configuration names a domain.
    pub tenant: TenantId,
    /// Where the browser goes to sign in.
    pub authorization_endpoint: Url,
    /// Where codes and refresh tokens are redeemed.
    pub token_endpoint: Url,
    /// Where the keys are that id tokens are signed with.
    pub jwks_uri: Url,
    /// Where the browser goes to sign out.
    pub end_session_endpoint: Option<Url>,
}

/// Why the endpoints are not known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DiscoveryError {
    /// There was no answer, or none that could be read.
    #[error(transparent)]
    Answer(#[from] AnswerError),
    /// The authority knows no such tenant.
    #[error("the sign-in service knows no tenant \"{tenant}\"")]
    UnknownTenant {
        /// The tenant as configured.
        tenant: String,
    },
    /// The document names an issuer that is not the configured tenant at the configured authority.
    #[error("the sign-in service names another issuer: {issuer}")]
    ForeignIssuer {
        /// The issuer as the document names it.
        issuer: String,
    },
    /// The document names an endpoint elsewhere.
    #[error("the sign-in service names an endpoint elsewhere: {endpoint}")]
    ForeignEndpoint {
        /// The endpoint's name.
        endpoint: &'static str,
    },
}

impl From<ObjectError> for DiscoveryError {
    fn from(error: ObjectError) -> Self {
        Self::Answer(error.into())
    }
}

/// Asks the authority for the tenant's endpoints.
pub async fn discover(transport: &dyn Transport, cloud: &Cloud, tenant: &str) -> Result<Metadata, DiscoveryError> {
    let unknown = || DiscoveryError::UnknownTenant { tenant: tenant.to_owned() };
    // A tenant is letters, digits, dots and hyphens (config.rs), so the path needs no escaping.
    let path = format!("{tenant}/v2.0/.well-known/openid-configuration");
    let url = cloud.authority.join(&path).map_err(|_| unknown())?;
    let document = match answer::get_json(transport, url).await {
        Err(AnswerError::Status(400 | 404)) => return Err(unknown()),
        answer => answer?,
    };
    checked(document, cloud, tenant)
}

fn checked(mut document: Object, cloud: &Cloud, tenant: &str) -> Result<Metadata, DiscoveryError> {
    let issuer = document.required("issuer")?;
    let id = issuer
        .strip_prefix(cloud.authority.as_str())
        .and_then(|rest| rest.strip_suffix("/v2.0"))
        .and_then(|id| id.parse::<TenantId>().ok())
        // A tenant that is configured by its id is pinned to it; a domain is pinned to what the authority says it is.
        .filter(|id| tenant.parse::<TenantId>().is_ok_and(|wanted| wanted == *id) || tenant.contains('.'));
    let Some(id) = id else { return Err(DiscoveryError::ForeignIssuer { issuer }) };
    let checked = |name, text: &str| match Url::parse(text) {
        Ok(url) if url.origin() == cloud.authority.origin() && url.username().is_empty() => Ok(url),
        _ => Err(DiscoveryError::ForeignEndpoint { endpoint: name }),
    };
    let mut endpoint = |name| checked(name, &document.required(name)?);
    Ok(Metadata {
        issuer,
        tenant: id,
        authorization_endpoint: endpoint("authorization_endpoint")?,
        token_endpoint: endpoint("token_endpoint")?,
        jwks_uri: endpoint("jwks_uri")?,
        end_session_endpoint: match document.text("end_session_endpoint")? {
            Some(text) => Some(checked("end_session_endpoint", &text)?),
            None => None,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::testing::{AUTHORITY, Fake, TENANT, cloud, discovery_document};
    use crate::http::TransportError;

    async fn discovered(tenant: &str, document: serde_json::Value) -> Result<Metadata, DiscoveryError> {
        let fake = Fake::new();
        fake.answer_json("openid-configuration", 200, &document);
        discover(&fake, &cloud(), tenant).await
    }

    #[tokio::test]
    async fn reads_the_endpoints() {
        let metadata = discovered(TENANT, discovery_document()).await.unwrap();
        assert_eq!(metadata.issuer, format!("{AUTHORITY}/{TENANT}/v2.0"));
        assert_eq!(metadata.tenant.to_string(), TENANT);
        assert_eq!(metadata.token_endpoint.as_str(), format!("{AUTHORITY}/{TENANT}/oauth2/v2.0/token"));
        assert!(metadata.end_session_endpoint.is_some());
        // By a domain, the id comes from the issuer.
        assert_eq!(discovered("contoso.com", discovery_document()).await.unwrap(), metadata);
    }

    #[tokio::test]
    async fn asks_for_the_tenants_own_document() {
        let fake = Fake::new();
        fake.answer_json("openid-configuration", 200, &discovery_document());
        discover(&fake, &cloud(), "contoso.com").await.unwrap();
        assert_eq!(
            fake.requests()[0].url.as_str(),
            format!("{AUTHORITY}/contoso.com/v2.0/.well-known/openid-configuration")
        );
    }

    #[tokio::test]
    async fn refuses_another_issuer() {
        let other = "11111111-2222-3333-4444-555555555555";
        for issuer in [
            format!("{AUTHORITY}/{other}/v2.0"),
            format!("{AUTHORITY}/{{tenantid}}/v2.0"),
            format!("{AUTHORITY}/{TENANT}"),
            format!("{AUTHORITY}/{TENANT}/v2.0/"),
            format!("https://login.contoso.test.evil.test/{TENANT}/v2.0"),
            format!("http://login.contoso.test/{TENANT}/v2.0"),
            String::new(),
        ] {
            let mut document = discovery_document();
            document["issuer"] = issuer.clone().into();
            assert_eq!(discovered(TENANT, document).await, Err(DiscoveryError::ForeignIssuer { issuer }));
        }
    }

    #[tokio::test]
    async fn refuses_an_endpoint_elsewhere() {
        for endpoint in ["authorization_endpoint", "token_endpoint", "jwks_uri", "end_session_endpoint"] {
            for address in [
                "https://evil.test/token",
                "http://login.contoso.test/token",
                "https://login.contoso.test:444/token",
                "https://user@login.contoso.test/token",
                "https://login.contoso.test.evil.test/token",
                "/token",
            ] {
                let mut document = discovery_document();
                document[endpoint] = address.into();
                assert_eq!(discovered(TENANT, document).await, Err(DiscoveryError::ForeignEndpoint { endpoint }));
            }
        }
    }

    #[tokio::test]
    async fn what_lacks_an_endpoint_is_not_understood() {
        for member in ["issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"] {
            for value in [serde_json::Value::Null, 1.into()] {
                let mut document = discovery_document();
                document[member] = value;
                let error = discovered(TENANT, document).await.unwrap_err();
                assert!(matches!(error, DiscoveryError::Answer(AnswerError::NotUnderstood(_))), "{member}: {error:?}");
            }
        }
        let mut document = discovery_document();
        document["end_session_endpoint"] = serde_json::Value::Null;
        assert_eq!(discovered(TENANT, document).await.unwrap().end_session_endpoint, None);
    }

    #[tokio::test]
    async fn tells_an_unknown_tenant_from_no_answer() {
        let ask = async |fake: &Fake| discover(fake, &cloud(), "contoso.com").await.unwrap_err();
        let fake = Fake::new();
        fake.answer_json("openid-configuration", 400, &serde_json::json!({ "error": "invalid_tenant" }));
        assert_eq!(ask(&fake).await, DiscoveryError::UnknownTenant { tenant: "contoso.com".into() });
        fake.answer("openid-configuration", Err(TransportError::Network));
        assert_eq!(ask(&fake).await, DiscoveryError::Answer(AnswerError::Transport(TransportError::Network)));
        fake.answer_text("openid-configuration", 200, "<html>");
        assert!(matches!(ask(&fake).await, DiscoveryError::Answer(AnswerError::NotUnderstood(_))));
    }
}
