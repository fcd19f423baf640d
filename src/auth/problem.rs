//! Why a sign-in did not come about, in words for the administrator: what happened, why, what to do.

use super::answer::AnswerError;
use super::callback::CallbackError;
use super::crypto::CryptoError;
use super::discovery::DiscoveryError;
use super::id_token::IdTokenError;
use super::refusal::Refusal;
use super::scopes::Wanted;
use super::session::OpenError;
use super::start::Notice;
use super::token_endpoint::GrantError;
use crate::http::TransportError;

/// What went wrong and what to do. `detail` is what the server said: untrusted text, to be shown as text alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInProblem {
    /// A short name for it, without a full stop.
    pub title: String,
    /// What happened and why.
    pub what: String,
    /// What to do now.
    pub next_step: String,
    /// The server's own words.
    pub detail: Option<String>,
    /// What an administrator could consent to for everybody, where that would mend it.
    pub consent: Option<Wanted>,
    /// Whether it is no trouble at all, but news.
    pub is_news: bool,
}

const AGAIN: &str = "Sign in again from this page.";
const WHENEVER: &str = "Sign in whenever you like.";
const LATER: &str = "Wait a minute, then try again.";
const CORRECT_TENANT: &str = "Correct the tenant or the cloud in config.json.";
const ASK_OWNER: &str = "Ask whoever set up this deployment to correct the app registration; its Set up page lists the \
                         steps.";

impl SignInProblem {
    fn new(title: &str, what: &str, next_step: &str) -> Self {
        let (title, what, next_step) = (title.to_owned(), what.to_owned(), next_step.to_owned());
        Self { title, what, next_step, detail: None, consent: None, is_news: false }
    }

    fn news(title: &str, what: &str, next_step: &str) -> Self {
        Self { is_news: true, ..Self::new(title, what, next_step) }
    }

    fn with(mut self, detail: impl ToString) -> Self {
        self.detail = Some(detail.to_string());
        self
    }

    /// The same, mended by an administrator's consent.
    fn mended_by_consent(mut self, wanted: Wanted) -> Self {
        self.consent = Some(wanted);
        self
    }

    /// The permission to change was just given; no trouble at all.
    pub fn permitted() -> Self {
        Self::news(
            "The permission to change assignments was given",
            "Nothing has been sent yet.",
            "Send what waits here, or choose another change.",
        )
    }

    /// The page is shown in another page's frame (SEC-011, SEC-153).
    pub fn framed() -> Self {
        Self::new(
            "Rolegrant does not run inside another page",
            "This page is shown in a frame, where another site could make you press what you do not see.",
            "Open this address in a tab of its own.",
        )
    }

    /// Session storage cannot be used.
    pub fn no_storage() -> Self {
        Self::new(
            "Your browser does not let this page store anything",
            "Signing in leaves this page and comes back, and the page must remember for that time what it asked. A \
             setting or a policy forbids it.",
            "Allow this site to store data (cookies and site data), then try again. No token is ever stored.",
        )
    }

    /// What only a signed-in administrator needs could not be fetched.
    pub fn incomplete() -> Self {
        Self::new(
            "A part of the app could not be fetched",
            "The network failed, or a new version was published while this page was open.",
            "Check the network, reload the page, and sign in again. If that does not help, something between you and \
             the site is changing its files; tell whoever runs it.",
        )
    }

    /// The browser would not leave for the sign-in page.
    pub fn cannot_leave() -> Self {
        Self::new(
            "The sign-in page could not be opened",
            "The browser did not follow.",
            "Reload the page and try again.",
        )
    }
}

impl From<CryptoError> for SignInProblem {
    fn from(_: CryptoError) -> Self {
        Self::new(
            "Your browser offers no cryptography here",
            "Signing in safely needs it, and browsers offer it only to pages that came over https:// or from this \
             computer.",
            "Open this address with https://, in a current browser.",
        )
    }
}

impl From<&AnswerError> for SignInProblem {
    fn from(error: &AnswerError) -> Self {
        match error {
            AnswerError::Transport(TransportError::Network) => Self::new(
                "Microsoft's sign-in service could not be reached",
                "No answer came. The network is down, a proxy or an extension blocks it, or the app registration lists \
                 this address as \"Web\" instead of \"Single-page application\".",
                "Check the connection and try again. If it stays so for everybody, check the app registration.",
            ),
            AnswerError::Transport(_) => Self::new(
                "Microsoft's sign-in service did not answer in time",
                "The connection is slow or was cut.",
                "Check the connection, then try again.",
            )
            .with(error),
            AnswerError::Busy { .. } => {
                Self::new("Microsoft's sign-in service is busy", "It asks to come back later.", LATER).with(error)
            }
            AnswerError::Status(_) | AnswerError::NotUnderstood(_) => Self::new(
                "Microsoft's sign-in service answered with something else",
                "Between you and the service something answers in its place, such as the sign-in page of a Wi-Fi, or \
                 config.json names a wrong authority.",
                "Check the connection, then try again.",
            )
            .with(error),
        }
    }
}

impl From<&DiscoveryError> for SignInProblem {
    fn from(error: &DiscoveryError) -> Self {
        match error {
            DiscoveryError::Answer(error) => error.into(),
            DiscoveryError::UnknownTenant { tenant } => Self::new(
                "The tenant was not found",
                &format!("Microsoft's sign-in service knows no tenant \"{tenant}\" in this cloud."),
                CORRECT_TENANT,
            ),
            DiscoveryError::ForeignIssuer { .. } | DiscoveryError::ForeignEndpoint { .. } => Self::new(
                "The sign-in service is not the configured one",
                "What it says about itself does not fit the cloud and the tenant in config.json, so nothing was sent to it.",
                "Correct config.json. If it is right, something between you and the service changes its answers.",
            )
            .with(error),
        }
    }
}

impl From<CallbackError> for SignInProblem {
    fn from(error: CallbackError) -> Self {
        match error {
            CallbackError::NotWaiting => Self::new(
                "This tab was not waiting for a sign-in",
                "The sign-in was begun in another tab, or its answer was used before: by a reload or the back button.",
                AGAIN,
            ),
            CallbackError::MissingState => Self::new(
                "The answer does not say what it answers",
                "It carries no state, so nothing shows that this tab asked for it, and it was thrown away. Perhaps \
                 somebody sent you a prepared link.",
                AGAIN,
            ),
            CallbackError::WrongState | CallbackError::StrayError => Self::new(
                "The answer belongs to another sign-in",
                "It does not fit what this tab asked, so it was thrown away. That happens when two sign-ins are begun at \
                 once, or when somebody sent you a prepared link.",
                AGAIN,
            ),
            CallbackError::Expired => Self::new(
                "The sign-in took too long",
                "More than ten minutes passed before the answer came, so it was thrown away.",
                AGAIN,
            ),
            CallbackError::WrongIssuer => Self::new(
                "The answer comes from another sign-in service",
                "It names another sender than the one that was asked, so it was thrown away.",
                AGAIN,
            ),
            CallbackError::Duplicate => Self::new(
                "The answer says a thing twice",
                "Which of the two is meant cannot be known, so it was thrown away.",
                AGAIN,
            ),
            CallbackError::Incomplete => Self::new(
                "The answer is incomplete",
                "There is neither a code nor an error in it, so it was thrown away.",
                AGAIN,
            ),
        }
    }
}

impl From<&GrantError> for SignInProblem {
    fn from(error: &GrantError) -> Self {
        match error {
            GrantError::Answer(error) => error.into(),
            GrantError::Refused(refusal) => refusal.into(),
        }
    }
}

impl From<&IdTokenError> for SignInProblem {
    fn from(error: &IdTokenError) -> Self {
        match error {
            IdTokenError::Keys(error) => error.into(),
            IdTokenError::Expired | IdTokenError::NotYetValid(_) => Self::new(
                "Your computer's clock seems to be wrong",
                "By this clock, what the sign-in service just wrote is from another time.",
                "Set the clock (more than five minutes off is too much), then sign in again.",
            )
            .with(error),
            _ => Self::new(
                "The sign-in could not be verified",
                "What the sign-in service sent does not prove who signed in, so it was thrown away.",
                AGAIN,
            )
            .with(error),
        }
    }
}

impl From<&OpenError> for SignInProblem {
    fn from(error: &OpenError) -> Self {
        match error {
            OpenError::Discovery(error) => error.into(),
            OpenError::Grant(error) => error.into(),
            OpenError::IdToken(error) => error.into(),
            OpenError::IssuerChanged => Self::new(
                "This deployment changed while you signed in",
                "The answer comes from another tenant or cloud than config.json names now, so it was thrown away.",
                AGAIN,
            ),
            OpenError::OtherAccount => Self::new(
                "You came back with another account",
                "The session belonged to one account and the answer to another, so the session was ended.",
                "Sign in again and choose the account you want to work with.",
            ),
        }
    }
}

impl From<Notice> for SignInProblem {
    fn from(notice: Notice) -> Self {
        match notice {
            Notice::WriteDeclined => Self::new(
                "You did not consent to changing assignments",
                "Rolegrant still shows everything, but cannot assign or remove until you accept the permission \
                 AppRoleAssignment.ReadWrite.All.",
                "Try again and accept, or go on reading.",
            )
            .mended_by_consent(Wanted::Write),
            Notice::WriteNeedsAdmin => Self::new(
                "An administrator has to consent first",
                "Your account may not accept the permission AppRoleAssignment.ReadWrite.All for this app.",
                "Reading still works. Send this link to a Privileged Role Administrator, who can consent for everybody.",
            )
            .mended_by_consent(Wanted::Write),
            Notice::WriteRefused => Self::new(
                "The permission to change assignments was not given",
                "Microsoft did not give Rolegrant the permission AppRoleAssignment.ReadWrite.All. Reading still works.",
                "Try the change again. If it stays so, check the app registration's permissions on the Set up page.",
            ),
            Notice::Idle => Self::new(
                "You were signed out because nobody used this page",
                "After a while without activity the page drops what it knows, in case you have left the computer.",
                "Sign in again: you come back to this page.",
            ),
            Notice::SwitchRefused => Self::new(
                "The account was not changed",
                "The other sign-in was cancelled or refused, so you go on with the account of before.",
                "Choose Switch account to try again.",
            ),
            Notice::RenewalRefused => Self::new(
                "Microsoft was not given what it asked for",
                "The sign-in was cancelled, or a policy was not met. What needs it will be refused again.",
                "Go on reading, or try again.",
            ),
            Notice::SignedOut => {
                Self::news("You are signed out", "This page and its other tabs have forgotten your session.", WHENEVER)
            }
            Notice::SignedOutElsewhere => {
                Self::news("You signed out in another tab", "Signing out ends the session in every tab.", WHENEVER)
            }
            Notice::ConsentGiven => Self::news(
                "Microsoft reports that an administrator has consented",
                "It counts for everybody in the tenant, in a minute at the latest.",
                "Sign in, or choose your change again.",
            ),
            Notice::ConsentRefused => Self::new(
                "Microsoft reports that consent was not given",
                "Whoever opened the link cancelled, or may not consent for everybody.",
                "Ask a Privileged Role Administrator to open it.",
            ),
        }
    }
}

impl From<&Refusal> for SignInProblem {
    /// By the code; where the code says little, Microsoft's number gives better help. Neither decides anything here.
    fn from(refusal: &Refusal) -> Self {
        by_code(refusal).or_else(|| by_number(refusal)).unwrap_or_else(|| by_kind(refusal)).with(refusal)
    }
}

fn by_code(refusal: &Refusal) -> Option<SignInProblem> {
    // Entra marks a declined consent as cancelled too, and only its number tells it from leaving the sign-in.
    let cancelled = refusal.suberror.as_deref() == Some("cancel") && refusal.aadsts().is_none();
    Some(match refusal.error.as_str() {
        "access_denied" if cancelled => {
            SignInProblem::new("You cancelled the sign-in", "Nothing was opened and nothing was changed.", WHENEVER)
        }
        "login_required" => SignInProblem::new(
            "Your sign-in has ended",
            "Microsoft no longer knows you in this browser, so the page could not continue where you were.",
            "Sign in again; you will come back to this page.",
        ),
        "temporarily_unavailable" => {
            SignInProblem::new("Microsoft's sign-in service is busy", "It asks to come back later.", LATER)
        }
        "consent_required" => needs_consent(),
        _ => return None,
    })
}

fn needs_consent() -> SignInProblem {
    SignInProblem::new(
        "Consent is missing",
        "Nobody has consented yet to what Rolegrant asks for, and your account may not do it alone.",
        "Send this link to a Privileged Role Administrator, who can consent for everybody.",
    )
    .mended_by_consent(Wanted::Read)
}

/// <https://learn.microsoft.com/entra/identity-platform/reference-error-codes>
fn by_number(refusal: &Refusal) -> Option<SignInProblem> {
    let new = SignInProblem::new;
    Some(match refusal.aadsts()? {
        9_002_326 | 9_002_327 | 7_000_218 => new(
            "The app registration lists this address as the wrong kind",
            "Its redirect URI is registered for \"Web\" or a native app, which may not redeem a code in the browser.",
            "In the app registration under Authentication, remove it there and add it under \"Single-page \
             application\".",
        ),
        50011 | 500_112 | 900_971 => new(
            "This address is not registered",
            "The app registration does not list this page's address as a redirect URI.",
            ASK_OWNER,
        ),
        700_016 | 700_038 | 70001 => new(
            "The app registration was not found",
            "The tenant has no app with the client id that config.json names.",
            "Correct the client id or the tenant in config.json.",
        ),
        90002 => new(
            "The tenant was not found",
            "Microsoft's sign-in service does not know the tenant that config.json names.",
            CORRECT_TENANT,
        ),
        50020 | 50034 | 50194 => new(
            "This account is not in the tenant",
            "You signed in with an account of another tenant, which is not a guest in this one.",
            "Sign in again and choose an account of this tenant.",
        ),
        50105 => new(
            "You are not assigned to this app",
            "The tenant lets only assigned users open Rolegrant, and your account is not among them.",
            "Ask an administrator to add you: Enterprise applications, this app, Users and groups.",
        ),
        65001 | 90094 | 90095 => needs_consent(),
        65005 | 70011 | 650_052..=650_057 => new(
            "The app registration lacks a permission",
            "It does not allow what Rolegrant asks for, or names a permission that does not exist.",
            ASK_OWNER,
        ),
        50005 | 53000..=53011 | 530_032..=530_036 => new(
            "A Conditional Access policy refused",
            "Your organisation lets you open this app only from a permitted device, place or network.",
            "Sign in from one that is permitted, or ask your administrator which policy applies.",
        ),
        50072 | 50074 | 50076 | 50078 | 50079 => new(
            "More proof is needed",
            "Your organisation asks for multifactor authentication.",
            "Sign in again and complete it.",
        ),
        50053 | 50055 | 50057 | 50126 => new(
            "Your account cannot sign in",
            "It is locked or disabled, or its password has expired or was wrong.",
            "Sort that out on Microsoft's own sign-in page or with your administrator, then sign in again.",
        ),
        70008 | 70043 | 50173 | 700_082 | 700_084 => new(
            "Your sign-in has ended",
            "A sign-in in a browser page lasts 24 hours at most, and yours is over or was revoked.",
            "Sign in again; you will come back to this page.",
        ),
        54005 => new("The answer was used before", "A sign-in's answer can be used once.", AGAIN),
        _ => return None,
    })
}

fn by_kind(refusal: &Refusal) -> SignInProblem {
    let new = SignInProblem::new;
    match refusal.error.as_str() {
        "access_denied" => new(
            "You did not consent",
            "Rolegrant needs the permissions that it asks for to show anything; without them nobody is signed in.",
            "Sign in again and accept, or ask an administrator to consent for the organisation.",
        ),
        "interaction_required" | "account_selection_required" | "invalid_grant" => new(
            "Microsoft wants to ask you something",
            "The sign-in could not be continued without you.",
            "Sign in again; you will come back to this page.",
        ),
        "unauthorized_client"
        | "invalid_client"
        | "invalid_request"
        | "invalid_scope"
        | "invalid_resource"
        | "unsupported_response_type" => {
            new("The app registration does not fit", "Microsoft refused the way in which Rolegrant asked.", ASK_OWNER)
        }
        "server_error" => new("Microsoft's sign-in service failed", "It reports an error of its own.", LATER),
        _ => new("The sign-in was refused", "Microsoft's sign-in service gave a reason that is unknown here.", AGAIN),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn title(error: &str, suberror: Option<&str>, description: &str) -> String {
        let refusal = Refusal {
            error: error.into(),
            suberror: suberror.map(str::to_owned),
            error_description: Some(description.into()),
            claims: None,
        };
        let problem = SignInProblem::from(&refusal);
        assert!(problem.detail.unwrap().contains(description));
        assert!(problem.what.ends_with('.') && problem.next_step.ends_with('.'));
        problem.title
    }

    #[test]
    fn each_refusal_has_its_own_words() {
        for (error, suberror, description, expected) in [
            ("access_denied", None, "AADSTS65004: User declined to consent", "You did not consent"),
            ("access_denied", Some("cancel"), "AADSTS65004: User declined to consent", "You did not consent"),
            ("access_denied", Some("cancel"), "the user canceled the authentication", "You cancelled the sign-in"),
            ("access_denied", None, "", "You did not consent"),
            ("access_denied", None, "AADSTS50105: not assigned", "You are not assigned to this app"),
            ("login_required", None, "AADSTS50058: silent", "Your sign-in has ended"),
            ("consent_required", None, "AADSTS65001: x", "Consent is missing"),
            ("invalid_grant", Some("consent_required"), "AADSTS65001: x", "Consent is missing"),
            ("interaction_required", None, "AADSTS90094: x", "Consent is missing"),
            ("interaction_required", None, "AADSTS50076: x", "More proof is needed"),
            ("interaction_required", None, "AADSTS53003: x", "A Conditional Access policy refused"),
            ("interaction_required", None, "", "Microsoft wants to ask you something"),
            ("invalid_grant", None, "AADSTS700084: x", "Your sign-in has ended"),
            ("invalid_grant", None, "AADSTS54005: x", "The answer was used before"),
            ("invalid_grant", None, "AADSTS501481: x", "Microsoft wants to ask you something"),
            ("invalid_request", None, "AADSTS9002326: x", "The app registration lists this address as the wrong kind"),
            ("unauthorized_client", None, "AADSTS700016: x", "The app registration was not found"),
            ("invalid_request", None, "AADSTS90002: x", "The tenant was not found"),
            ("invalid_request", None, "AADSTS50020: x", "This account is not in the tenant"),
            ("invalid_scope", None, "AADSTS70011: x", "The app registration lacks a permission"),
            ("invalid_request", None, "", "The app registration does not fit"),
            ("temporarily_unavailable", None, "", "Microsoft's sign-in service is busy"),
            ("server_error", None, "", "Microsoft's sign-in service failed"),
            ("something_new", None, "", "The sign-in was refused"),
        ] {
            assert_eq!(title(error, suberror, description), expected, "{error} {description}");
        }
    }

    #[test]
    fn what_the_administrator_did_is_news_and_no_trouble() {
        for (notice, is_news) in
            [(Notice::SignedOut, true), (Notice::SignedOutElsewhere, true), (Notice::RenewalRefused, false)]
        {
            assert_eq!(SignInProblem::from(notice).is_news, is_news, "{notice:?}");
        }
    }

    #[test]
    fn every_way_to_fail_at_the_callback_says_so() {
        let errors = [
            CallbackError::Duplicate,
            CallbackError::NotWaiting,
            CallbackError::MissingState,
            CallbackError::WrongState,
            CallbackError::Expired,
            CallbackError::WrongIssuer,
            CallbackError::Incomplete,
        ];
        let titles: HashSet<_> = errors.into_iter().map(|error| SignInProblem::from(error).title).collect();
        assert_eq!(titles.len(), errors.len());
    }
}
