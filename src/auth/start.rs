//! What to do when the page has been loaded: take a sign-in's answer, resume the tab's session, or show the sign-in
//! page. A decision from the address and from what the tab has stored, and nothing else; `sign_in` carries it out.
//!
//! It can never turn in circles: a resume is tried [`MAX_TRIES`] times between two successful sign-ins, and an answer,
//! good or bad, leads to another redirect in one case alone: a refusal, in a tab that has a session, to [`Purpose::Resume`].

use serde_json::json;

use super::authorize::Ask;
use super::callback::{Answer, Callback, CallbackError};
use super::object::Object;
use super::pending::{AccountKey, PendingSignIn, Purpose};
use super::problem::SignInProblem;
use super::refusal::Refusal;
use super::scopes::Wanted;
use super::secret::Secret;
use crate::directory::Timestamp;

/// How many resumes may be begun before one succeeds. Two, because the first may be cut off by a second reload.
const MAX_TRIES: u8 = 2;

/// Says that this tab has a session to come back to. It is no proof of anything: Entra decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marker {
    /// Whose session it is: no other account may come back.
    account: AccountKey,
    /// For Entra, to find the account.
    hint: String,
    /// The tenant, as config.json names it.
    tenant: String,
    /// Resumes begun since the last success.
    tries: u8,
}

impl Marker {
    /// The marker of a session that has just begun.
    pub fn new(account: AccountKey, hint: &str, tenant: &str) -> Self {
        Self { account, hint: hint.to_owned(), tenant: tenant.to_owned(), tries: 0 }
    }

    /// For session storage.
    pub fn to_storage(&self) -> String {
        let account = self.account.to_string();
        json!({ "account": account, "hint": self.hint, "tenant": self.tenant, "tries": self.tries }).to_string()
    }

    fn from_storage(stored: &str) -> Option<Self> {
        let mut stored = Object::parse(stored.as_bytes()).ok()?;
        let mut text = |name| stored.required(name).ok();
        let (account, hint, tenant) = (text("account")?.parse().ok()?, text("hint")?, text("tenant")?);
        Some(Self { account, hint, tenant, tries: stored.take("tries").as_u64()?.try_into().ok()? })
    }
}

/// A message that must survive a redirect. A code, never text (nobody can put words into this page).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The administrator declined the permission to change.
    WriteDeclined,
    /// The administrator may not consent to it.
    WriteNeedsAdmin,
    /// It was refused for another reason.
    WriteRefused,
    /// The administrator signed out.
    SignedOut,
    /// The administrator signed out in another tab.
    SignedOutElsewhere,
    /// Nobody touched the page for too long.
    Idle,
    /// The sign-in with another account was left or refused.
    SwitchRefused,
    /// What a policy demands, or a renewed sign-in, was left or refused.
    RenewalRefused,
    /// The address says that an administrator has consented for everybody.
    ConsentGiven,
    /// The address says that an administrator has not.
    ConsentRefused,
}

impl Notice {
    const CODES: [(Self, &str); 10] = [
        (Self::WriteDeclined, "write-declined"),
        (Self::WriteNeedsAdmin, "write-needs-admin"),
        (Self::WriteRefused, "write-refused"),
        (Self::SignedOut, "signed-out"),
        (Self::SignedOutElsewhere, "signed-out-elsewhere"),
        (Self::Idle, "idle"),
        (Self::SwitchRefused, "switch-refused"),
        (Self::RenewalRefused, "renewal-refused"),
        (Self::ConsentGiven, "consent-given"),
        (Self::ConsentRefused, "consent-refused"),
    ];

    /// For session storage.
    pub fn code(self) -> &'static str {
        Self::CODES.iter().find(|(notice, _)| *notice == self).map_or("", |(_, code)| code)
    }

    fn from_code(code: &str) -> Option<Self> {
        Self::CODES.iter().find(|(_, known)| *known == code).map(|(notice, _)| *notice)
    }

    fn of_refused_write(refusal: &Refusal) -> Self {
        match (refusal.error.as_str(), refusal.aadsts()) {
            (_, Some(90094 | 90095)) => Self::WriteNeedsAdmin,
            ("access_denied", _) => Self::WriteDeclined,
            _ => Self::WriteRefused,
        }
    }
}

/// What the tab has stored, as it is.
#[derive(Debug, Default)]
pub struct Kept {
    /// A sign-in under way.
    pub pending: Option<Secret>,
    /// A session to come back to.
    pub marker: Option<String>,
    /// A message from before a redirect.
    pub notice: Option<String>,
    /// When that began of which something is kept here, a session or what waits of one.
    pub began: Option<Timestamp>,
}

/// What to do first.
#[derive(Debug)]
pub struct First {
    /// The page that the address is to show.
    pub show: String,
    /// The marker to keep from now on.
    pub marker: Option<Marker>,
    /// When that began which a sign-out in another tab would end here: one before that is none of its business.
    pub began: Timestamp,
    /// What follows.
    pub step: Step,
}

/// What follows.
#[derive(Debug)]
pub enum Step {
    /// Show the sign-in page.
    SignedOut(Option<SignInProblem>),
    /// Leave by `prompt=none`, and keep the message for when the browser is back.
    Resume(Ask, Option<Notice>),
    /// Redeem a code, then show the message.
    Redeem(Secret, PendingSignIn, Option<Notice>),
}

/// Decides. `here` is the path and query shown now.
pub fn first(fragment: &str, here: &str, kept: Kept, now: Timestamp) -> First {
    let pending = kept.pending.as_ref().and_then(PendingSignIn::from_storage);
    let marker = kept.marker.as_deref().and_then(Marker::from_storage);
    let notice = kept.notice.as_deref().and_then(Notice::from_code);
    // What is resumed or asked in between belongs to the session that was signed in to (SEC-069).
    let began = kept.began.unwrap_or(now);
    let signed_out = |show: String, marker, problem| First { show, marker, began, step: Step::SignedOut(problem) };

    let answer = Callback::parse(fragment).map(|callback| callback.check(pending, now));
    match answer {
        // Nothing, or an error that nobody asked for, which must not look like an answer (SEC-026).
        None | Some(Err(CallbackError::StrayError)) => resume(here.to_owned(), marker, notice, began),
        Some(Err(error)) => signed_out(here.to_owned(), marker, Some(error.into())),
        Some(Ok(Answer { pending, result: Ok(code) })) => {
            let began = match kept.began {
                Some(began) if pending.purpose != Purpose::SignIn => began,
                _ => pending.started,
            };
            First { show: pending.return_path.clone(), marker, began, step: Step::Redeem(code, pending, notice) }
        }
        Some(Ok(Answer { pending, result: Err(refusal) })) => {
            let show = pending.return_path;
            let notice = match pending.purpose {
                Purpose::Write => Some(Notice::of_refused_write(&refusal)),
                Purpose::SignIn => Some(Notice::SwitchRefused),
                Purpose::Renew => Some(Notice::RenewalRefused),
                Purpose::Resume => None,
            };
            match (marker, notice) {
                // What was allowed before still is.
                (marker @ Some(_), notice @ Some(_)) => resume(show, marker, notice, began),
                _ => signed_out(show, None, Some((&refusal).into())),
            }
        }
    }
}

fn resume(show: String, marker: Option<Marker>, notice: Option<Notice>, began: Timestamp) -> First {
    match marker {
        Some(marker) if marker.tries < MAX_TRIES => {
            let ask = Ask {
                purpose: Purpose::Resume,
                tenant: marker.tenant.clone(),
                wanted: Wanted::Read,
                claims: None,
                hint: Some(marker.hint.clone()),
                account: Some(marker.account),
                return_path: show.clone(),
            };
            let marker = Some(Marker { tries: marker.tries + 1, ..marker });
            First { show, marker, began, step: Step::Resume(ask, notice) }
        }
        _ => First { show, marker: None, began, step: Step::SignedOut(notice.map(SignInProblem::from)) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::testing::{NOW, TENANT, account_key, pending};

    const HERE: &str = "/identities?q=a";

    fn marker() -> Option<String> {
        Some(Marker::new(account_key(), "ada@contoso.test", TENANT).to_storage())
    }

    fn kept(purpose: Purpose) -> Kept {
        Kept { pending: Some(pending(purpose).to_storage()), marker: marker(), ..Kept::default() }
    }

    fn at(fragment: &str, kept: Kept) -> First {
        first(fragment, HERE, kept, NOW)
    }

    /// A first step as one word and the page it shows.
    fn told(first: &First) -> (&'static str, &str) {
        let step = match &first.step {
            Step::SignedOut(None) => "signed out",
            Step::SignedOut(Some(_)) => "problem",
            Step::Resume(..) => "resume",
            Step::Redeem(..) => "redeem",
        };
        (step, &first.show)
    }

    #[test]
    fn a_fresh_tab_shows_the_sign_in_page() {
        let first = at("", Kept::default());
        assert_eq!(told(&first), ("signed out", HERE));
        assert_eq!(first.marker, None);
    }

    #[test]
    fn a_reload_resumes_without_asking() {
        let first = at("", Kept { marker: marker(), ..Kept::default() });
        assert_eq!(told(&first), ("resume", HERE));
        let Step::Resume(ask, None) = first.step else { panic!() };
        assert_eq!(ask.purpose, Purpose::Resume);
        assert_eq!((ask.hint.as_deref(), ask.tenant.as_str()), (Some("ada@contoso.test"), TENANT));
        assert_eq!(ask.return_path, HERE);
        assert_eq!(ask.account, Some(account_key()), "and nobody else comes back (SEC-044)");
    }

    #[test]
    fn an_abandoned_attempt_is_forgotten() {
        // The back button from the sign-in page.
        let kept = Kept { marker: None, ..kept(Purpose::SignIn) };
        assert_eq!(told(&at("", kept)), ("signed out", HERE));
    }

    #[test]
    fn resumes_end() {
        let mut stored = marker();
        for _ in 0..MAX_TRIES {
            let first = at("", Kept { marker: stored, ..Kept::default() });
            assert_eq!(told(&first).0, "resume");
            stored = first.marker.map(|marker| marker.to_storage());
        }
        let first = at("", Kept { marker: stored, ..Kept::default() });
        assert_eq!(told(&first).0, "signed out");
        assert_eq!(first.marker, None);
    }

    #[test]
    fn a_code_is_redeemed_where_the_attempt_began() {
        for purpose in [Purpose::SignIn, Purpose::Resume, Purpose::Write] {
            let first = at("code=the-code&state=the-state", kept(purpose));
            assert_eq!(told(&first), ("redeem", "/apis?q=b"));
            let Step::Redeem(code, pending, None) = first.step else { panic!() };
            assert_eq!((code.reveal(), pending.purpose), ("the-code", purpose));
        }
    }

    /// SEC-069: what a sign-out in another tab ends.
    #[test]
    fn a_session_begins_when_its_administrator_signed_in() {
        let before = Timestamp::from_unix_millis(NOW.unix_millis() - 3_600_000);
        let began = |fragment: &str, purpose, began| at(fragment, Kept { began, ..kept(purpose) }).began;
        let (code, started) = ("code=the-code&state=the-state", pending(Purpose::SignIn).started);
        assert_eq!(began(code, Purpose::SignIn, Some(before)), started, "whoever signs in anew means it");
        for purpose in [Purpose::Resume, Purpose::Write, Purpose::Renew] {
            assert_eq!(began(code, purpose, Some(before)), before);
            assert_eq!(began(code, purpose, None), started);
        }
        for fragment in ["", "error=access_denied&state=the-state"] {
            assert_eq!(began(fragment, Purpose::Write, Some(before)), before);
        }
        let signed_out = Kept { began: Some(before), ..Kept::default() };
        assert_eq!(at("", signed_out).began, before, "what waits of a session that is over");
        assert_eq!(at("", Kept::default()).began, NOW, "there is nothing to end");
    }

    #[test]
    fn an_answer_that_does_not_fit_is_no_answer() {
        for fragment in
            ["code=a&state=another", "code=a", "code=a&code=b&state=the-state", "id_token=x&state=the-state"]
        {
            assert_eq!(told(&at(fragment, kept(Purpose::SignIn))), ("problem", HERE), "{fragment}");
        }
        // Replayed: the attempt is gone.
        let replayed = Kept { marker: marker(), ..Kept::default() };
        assert_eq!(told(&at("code=a&state=the-state", replayed)), ("problem", HERE));
    }

    #[test]
    fn a_stray_error_changes_nothing() {
        // SEC-026
        assert_eq!(told(&at("error=access_denied&state=another", kept(Purpose::SignIn))), ("resume", HERE));
        assert_eq!(told(&at("error=access_denied", Kept::default())), ("signed out", HERE));
    }

    #[test]
    fn a_refused_sign_in_or_resume_ends_on_the_sign_in_page() {
        for purpose in [Purpose::SignIn, Purpose::Resume] {
            let marker = if purpose == Purpose::Resume { marker() } else { None };
            let first = at("error=login_required&state=the-state", Kept { marker, ..kept(purpose) });
            assert_eq!(told(&first), ("problem", "/apis?q=b"));
            assert_eq!(first.marker, None, "nothing to come back to");
        }
    }

    #[test]
    fn whoever_had_a_session_goes_back_to_it() {
        for (purpose, notice) in [(Purpose::SignIn, Notice::SwitchRefused), (Purpose::Renew, Notice::RenewalRefused)] {
            let first = at("error=access_denied&state=the-state", kept(purpose));
            assert_eq!(told(&first), ("resume", "/apis?q=b"));
            let Step::Resume(_, shown) = first.step else { panic!() };
            assert_eq!(shown, Some(notice));
        }
    }

    #[test]
    fn a_refused_permission_goes_back_to_reading() {
        for (fragment, notice) in [
            ("error=access_denied&error_description=AADSTS65004:+declined", Notice::WriteDeclined),
            ("error=access_denied&error_description=AADSTS90094:+admin", Notice::WriteNeedsAdmin),
            ("error=interaction_required&error_description=AADSTS90094:+admin", Notice::WriteNeedsAdmin),
            ("error=invalid_scope", Notice::WriteRefused),
        ] {
            let first = at(&format!("{fragment}&state=the-state"), kept(Purpose::Write));
            assert_eq!(told(&first), ("resume", "/apis?q=b"));
            let Step::Resume(ask, kept_notice) = first.step else { panic!() };
            assert_eq!(kept_notice, Some(notice));
            assert_eq!(ask.return_path, "/apis?q=b");

            // And back: the session reads again, and the message is shown.
            let mut back = kept(Purpose::Resume);
            back.notice = Some(notice.code().into());
            let Step::Redeem(_, _, shown) = at("code=c&state=the-state", back).step else { panic!() };
            assert_eq!(shown, Some(notice));

            // Or not: it ends there.
            let mut back = kept(Purpose::Resume);
            back.notice = Some(notice.code().into());
            assert_eq!(told(&at("error=login_required&state=the-state", back)).0, "problem");
        }
        // Without a session before there is nothing to go back to.
        let lone = Kept { marker: None, ..kept(Purpose::Write) };
        assert_eq!(told(&at("error=access_denied&state=the-state", lone)).0, "problem");
    }

    #[test]
    fn a_stored_message_is_one_of_ours() {
        for (notice, code) in Notice::CODES {
            assert_eq!(Notice::from_code(code), Some(notice));
            assert_eq!(notice.code(), code);
            let kept = Kept { notice: Some(code.into()), ..Kept::default() };
            assert_eq!(told(&at("", kept)).0, "problem");
        }
        let kept = Kept { notice: Some("Send your password to".into()), ..Kept::default() };
        assert_eq!(told(&at("", kept)).0, "signed out");
    }

    #[test]
    fn what_is_stored_wrongly_is_not_there() {
        let kept = Kept {
            pending: Some(Secret::new("{")),
            marker: Some("x".into()),
            notice: Some("x".into()),
            ..Kept::default()
        };
        assert_eq!(told(&at("", kept)), ("signed out", HERE));
        let nobodys = r#"{"hint":"ada@contoso.test","tenant":"contoso.test","tries":0}"#;
        let kept = Kept { marker: Some(nobodys.into()), ..Kept::default() };
        assert_eq!(told(&at("", kept)), ("signed out", HERE));
    }
}
