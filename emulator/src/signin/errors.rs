//! What sign-in refuses, each with Entra's error value, AADSTS number and text.
//! One enum-like constructor a case; how it travels (page, redirect, JSON) is decided by whoever answers.

use chrono::{DateTime, Utc};
use hyper::StatusCode;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::clock::to_signin;

/// Why sign-in does not go on.
#[derive(Clone, Debug)]
pub(crate) enum Stop {
    /// Entra refuses.
    Refused(OAuthError),
    /// Entra would not, but the emulator does not imitate this.
    Missing(String),
}

impl From<OAuthError> for Stop {
    fn from(error: OAuthError) -> Self {
        Self::Refused(error)
    }
}

/// A refusal.
#[derive(Clone, Debug)]
pub(crate) struct OAuthError {
    pub(crate) status: StatusCode,
    pub(crate) error: &'static str,
    pub(crate) code: u32,
    pub(crate) text: String,
    pub(crate) suberror: Option<&'static str>,
    /// What the app has to hand on to /authorize.
    pub(crate) claims: Option<String>,
}

impl OAuthError {
    pub(crate) fn new(error: &'static str, code: u32, text: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, error, code, text: text.into(), suberror: None, claims: None }
    }

    fn suberror(mut self, suberror: &'static str) -> Self {
        self.suberror = Some(suberror);
        self
    }

    fn unauthorized(mut self) -> Self {
        self.status = StatusCode::UNAUTHORIZED;
        self
    }

    /// The refusal of a number, for faults. Texts are Entra's where they are documented; an unknown number speaks for
    /// itself.
    pub(crate) fn of_number(number: u32) -> Self {
        let interaction = |text: &str| Self::new("interaction_required", number, text).suberror("basic_action");
        match number {
            50058 => Self::login_required(),
            50074 => interaction("Strong Authentication is required."),
            50076 => interaction(
                "Due to a configuration change made by your administrator, or because you moved to a new location, you \
                 must use multi-factor authentication to access '00000003-0000-0000-c000-000000000000'.",
            ),
            50079 => {
                let mut error = interaction(
                    "Due to a configuration change made by your administrator, or because you moved to a new location, \
                     you must enroll in multi-factor authentication to access '00000003-0000-0000-c000-000000000000'.",
                );
                error.claims = Some(json!({"access_token": {"acrs": {"essential": true, "value": "c1"}}}).to_string());
                error
            }
            53003 => Self::new(
                "interaction_required",
                number,
                "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
            )
            .suberror("message_only"),
            54005 => Self::code_redeemed(),
            70000 => Self::bad_grant(),
            70008 => Self::grant_expired(),
            65004 => Self::consent_declined(),
            90094 => Self::admin_needed(),
            700_084 => Self::spa_refresh_expired(DateTime::UNIX_EPOCH),
            90006 => Self::service(StatusCode::SERVICE_UNAVAILABLE),
            90012 => {
                let mut error = Self::new("temporarily_unavailable", number, "Request to a service timed out.");
                error.status = StatusCode::GATEWAY_TIMEOUT;
                error
            }
            50000 => {
                let mut error = Self::new("server_error", number, "There was an error issuing a token.");
                error.status = StatusCode::INTERNAL_SERVER_ERROR;
                error
            }
            _ => Self::new("invalid_grant", number, "A fault was asked for by this number."),
        }
    }

    /// A policy demands what cannot be had silently.
    pub(crate) fn more_proof(claims: &Value) -> Self {
        Self { claims: Some(claims.to_string()), ..Self::of_number(50076) }
    }

    /// True if the refusal puts the redirect URI itself in doubt, so that nobody may be sent there.
    pub(crate) fn must_not_travel(&self) -> bool {
        matches!(self.code, 50011 | 90002 | 50194 | 700_016 | 700_038)
    }

    pub(crate) fn malformed() -> Self {
        Self::new("invalid_request", 9_002_313, "Invalid request. Request is malformed or invalid.")
    }

    pub(crate) fn unknown_tenant(tenant: &str) -> Self {
        Self::new(
            "invalid_request",
            90002,
            format!(
                "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into \
                 the correct cloud. Check with your subscription administrator, this may happen if there are no \
                 active subscriptions for the tenant."
            ),
        )
    }

    pub(crate) fn single_tenant(client: &str, name: &str) -> Self {
        Self::new(
            "invalid_request",
            50194,
            format!(
                "Application '{client}'({name}) is not configured as a multi-tenant application. Usage of the \
                 /common endpoint is not supported for such apps. Use a tenant-specific endpoint."
            ),
        )
    }

    pub(crate) fn missing(parameter: &str) -> Self {
        Self::new(
            "invalid_request",
            900_144,
            format!("The request body must contain the following parameter: '{parameter}'."),
        )
    }

    pub(crate) fn unknown_client(client: &str, tenant: &str) -> Self {
        if Uuid::parse_str(client).is_err() {
            return Self::new(
                "unauthorized_client",
                700_038,
                format!("'{client}' is not a valid application identifier."),
            );
        }
        Self::new(
            "unauthorized_client",
            700_016,
            format!(
                "Application with identifier '{client}' was not found in the directory '{tenant}'. This can happen \
                 if the application has not been installed by the administrator of the tenant."
            ),
        )
    }

    pub(crate) fn redirect_not_registered(uri: &str, client: &str) -> Self {
        Self::new(
            "invalid_request",
            50011,
            format!(
                "The redirect URI '{uri}' specified in the request does not match the redirect URIs configured for \
                 the application '{client}'."
            ),
        )
    }

    pub(crate) fn response_type(value: &str) -> Self {
        Self::new(
            "unsupported_response_type",
            700_054,
            format!("response_type '{value}' is not enabled for the application."),
        )
    }

    pub(crate) fn response_mode(value: &str) -> Self {
        Self::new(
            "invalid_request",
            70007,
            format!("'{value}' is not a supported value of the 'response_mode' parameter when requesting a code."),
        )
    }

    pub(crate) fn prompt(value: &str) -> Self {
        Self::new("invalid_request", 90023, format!("'{value}' is not a supported value of the 'prompt' parameter."))
    }

    pub(crate) fn challenge_method() -> Self {
        Self::new("invalid_request", 50149, "Invalid Code_Challenge_method parameter.")
    }

    pub(crate) fn challenge_size() -> Self {
        Self::new("invalid_request", 501_491, "Invalid size of Code_Challenge parameter.")
    }

    pub(crate) fn bad_scope(all: &str, scope: &str) -> Self {
        Self::new(
            "invalid_scope",
            70011,
            format!(
                "The provided request must include a 'scope' input parameter. The provided value for the input \
                 parameter 'scope' is not valid. The scope '{all}' is not valid: '{scope}'."
            ),
        )
    }

    pub(crate) fn two_resources(all: &str) -> Self {
        Self::new(
            "invalid_request",
            28000,
            format!(
                "Provided value for the input parameter scope is not valid because it contains more than one \
                 resource. Scope {all} is not valid."
            ),
        )
    }

    pub(crate) fn unknown_resource(resource: &str) -> Self {
        Self::new(
            "invalid_resource",
            500_011,
            format!(
                "The resource principal named {resource} was not found in the tenant named Larkspur Freight. This \
                 can happen if the application has not been installed by the administrator of the tenant or \
                 consented to by any user in the tenant. You might have sent your authentication request to the \
                 wrong tenant."
            ),
        )
    }

    pub(crate) fn login_required() -> Self {
        Self::new("login_required", 50058, "A silent sign-in request was sent but no user is signed in.")
    }

    pub(crate) fn several_accounts() -> Self {
        Self::new(
            "interaction_required",
            16000,
            "Either multiple user identities are available for the current request or selected account is not \
             supported for the scenario.",
        )
    }

    pub(crate) fn consent_needed(client: &str, name: &str, silent_page: bool) -> Self {
        Self::new(
            if silent_page { "interaction_required" } else { "invalid_grant" },
            65001,
            format!(
                "The user or administrator has not consented to use the application with ID '{client}' named \
                 '{name}'. Send an interactive authorization request for this user and resource."
            ),
        )
        .suberror("consent_required")
    }

    pub(crate) fn consent_declined() -> Self {
        Self::new("access_denied", 65004, "User declined to consent to access the app.")
    }

    /// An administrator would have to consent, and this person is none.
    pub(crate) fn admin_needed() -> Self {
        Self::new("access_denied", 90094, "The grant requires admin permission.")
    }

    pub(crate) fn unsupported_grant(value: &str) -> Self {
        Self::new("unsupported_grant_type", 70003, format!("The app requested an unsupported grant type '{value}'."))
    }

    pub(crate) fn secret_presented() -> Self {
        Self::new(
            "invalid_client",
            700_025,
            "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
        )
        .unauthorized()
    }

    pub(crate) fn secret_missing() -> Self {
        Self::new(
            "invalid_client",
            7_000_218,
            "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
        )
        .unauthorized()
    }

    pub(crate) fn secret_wrong(client: &str) -> Self {
        Self::new(
            "invalid_client",
            7_000_215,
            format!(
                "Invalid client secret provided. Ensure the secret being sent in the request is the client secret \
                 value, not the client secret ID, for a secret added to app '{client}'."
            ),
        )
        .unauthorized()
    }

    pub(crate) fn bad_grant() -> Self {
        Self::new("invalid_grant", 70000, "Provided grant is invalid or malformed.")
    }

    pub(crate) fn grant_expired() -> Self {
        Self::new(
            "invalid_grant",
            70008,
            "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive \
             authorization request for this user and resource.",
        )
    }

    pub(crate) fn code_redeemed() -> Self {
        Self::new(
            "invalid_grant",
            54005,
            "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing \
             refresh token.",
        )
    }

    pub(crate) fn redirect_mismatch(given: &str, asked: &str) -> Self {
        Self::new(
            "invalid_grant",
            500_112,
            format!(
                "The reply address '{given}' does not match the reply address '{asked}' provided when requesting \
                 Authorization code."
            ),
        )
    }

    pub(crate) fn pkce_required() -> Self {
        Self::new(
            "invalid_request",
            9_002_325,
            "Proof Key for Code Exchange is required for cross-origin authorization code redemption.",
        )
    }

    pub(crate) fn verifier_missing() -> Self {
        Self::new(
            "invalid_grant",
            50148,
            "The code_verifier does not match the code_challenge supplied in the authorization request for PKCE.",
        )
    }

    pub(crate) fn verifier_mismatch() -> Self {
        Self::new(
            "invalid_grant",
            501_481,
            "The Code_Verifier does not match the code_challenge supplied in the authorization request.",
        )
    }

    pub(crate) fn not_spa() -> Self {
        Self::new(
            "invalid_request",
            9_002_326,
            "Cross-origin token redemption is permitted only for the 'Single-Page Application' client-type.",
        )
    }

    pub(crate) fn no_origin() -> Self {
        Self::new(
            "invalid_request",
            9_002_327,
            "Tokens issued for the 'Single-Page Application' client-type may only be redeemed via cross-origin \
             requests.",
        )
    }

    pub(crate) fn spa_refresh_expired(issued: DateTime<Utc>) -> Self {
        Self::new(
            "invalid_grant",
            700_084,
            format!(
                "The refresh token was issued to a single page app (SPA), and therefore has a fixed, limited \
                 lifetime of 1.00:00:00, which can't be extended. It is now expired and a new sign in request must \
                 be sent by the SPA to the sign in page. The token was issued on {}.",
                crate::clock::to_ticks(issued)
            ),
        )
    }

    pub(crate) fn revoked(issued: DateTime<Utc>, valid_from: DateTime<Utc>) -> Self {
        Self::new(
            "invalid_grant",
            50173,
            format!(
                "The provided grant has expired due to it being revoked, a fresh auth token is needed. The user \
                 might have changed or reset their password. The grant was issued on '{}' and the TokensValidFrom \
                 date (before which tokens are not valid) for this user is '{}'.",
                crate::clock::to_ticks(issued),
                crate::clock::to_ticks(valid_from)
            ),
        )
        .suberror("bad_token")
    }

    /// What a test's fault says when it names a status only.
    pub(crate) fn service(status: StatusCode) -> Self {
        let mut error = Self::new("temporarily_unavailable", 90006, "The service is temporarily unavailable.");
        error.status = status;
        error
    }

    /// The whole text with number, ids and time.
    pub(crate) fn description(&self, trace: &Trace) -> String {
        format!(
            "AADSTS{}: {}\r\nTrace ID: {}\r\nCorrelation ID: {}\r\nTimestamp: {}",
            self.code, self.text, trace.id, trace.correlation, trace.at
        )
    }

    /// The address that explains the number.
    pub(crate) fn uri(&self, sign_in: &str) -> Option<String> {
        // Captures show none for an unknown client or grant type.
        (!matches!(self.code, 700_016 | 700_038 | 70003)).then(|| format!("{sign_in}/error?code={}", self.code))
    }

    /// The body of the token endpoint.
    pub(crate) fn body(&self, trace: &Trace, sign_in: &str) -> Value {
        let mut body = Map::new();
        body.insert("error".to_owned(), json!(self.error));
        body.insert("error_description".to_owned(), json!(self.description(trace)));
        body.insert("error_codes".to_owned(), json!([self.code]));
        body.insert("timestamp".to_owned(), json!(trace.at));
        body.insert("trace_id".to_owned(), json!(trace.id));
        body.insert("correlation_id".to_owned(), json!(trace.correlation));
        if let Some(uri) = self.uri(sign_in) {
            body.insert("error_uri".to_owned(), json!(uri));
        }
        if let Some(suberror) = self.suberror {
            body.insert("suberror".to_owned(), json!(suberror));
        }
        if let Some(claims) = &self.claims {
            body.insert("claims".to_owned(), json!(claims));
        }
        Value::Object(body)
    }
}

/// The ids by which one exchange with sign-in is found again.
#[derive(Clone, Debug)]
pub(crate) struct Trace {
    pub(crate) id: String,
    pub(crate) correlation: String,
    pub(crate) at: String,
}

impl Trace {
    /// A new one; the client's own request id becomes the correlation id.
    pub(crate) fn new(now: DateTime<Utc>, client_request_id: Option<&str>) -> Self {
        let correlation =
            client_request_id.and_then(|id| Uuid::parse_str(id).ok()).unwrap_or_else(Uuid::new_v4).to_string();
        Self { id: Uuid::new_v4().to_string(), correlation, at: to_signin(now) }
    }
}
