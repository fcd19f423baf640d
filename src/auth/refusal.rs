//! What the sign-in service says when it refuses, be it in the address or in the token endpoint's answer.
//! RFC 6749, sections 4.1.2.1 and 5.2, with Microsoft's additions.

use std::fmt;

/// A refusal. `error`, `suberror` and nothing else may decide what happens next; the rest is for people.
/// <https://learn.microsoft.com/entra/identity-platform/reference-error-codes>
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    /// The code, such as `access_denied`.
    pub error: String,
    /// The service's own words. Untrusted text.
    pub error_description: Option<String>,
    /// A finer code, such as `consent_required`.
    pub suberror: Option<String>,
    /// What a policy demands, as the text of a claims request.
    pub claims: Option<String>,
}

/// Codes that say: nothing but the administrator herself, on Microsoft's own pages, can mend this.
/// `invalid_grant` is among them: the refresh token is over (24 hours), revoked, or needs more than was shown.
const NEEDS_PERSON: [&str; 6] = [
    "invalid_grant",
    "interaction_required",
    "login_required",
    "consent_required",
    "account_selection_required",
    "access_denied",
];

impl Refusal {
    /// Reads a refusal by its parameters' names; without `error` it is none.
    pub fn read(parameter: &mut dyn FnMut(&'static str) -> Option<String>) -> Option<Self> {
        Some(Self {
            error: parameter("error")?,
            error_description: parameter("error_description"),
            // In an address it has the other name.
            suberror: parameter("suberror").or_else(|| parameter("error_subcode")),
            claims: parameter("claims"),
        })
    }

    /// Whether signing in again may mend it.
    pub fn needs_person(&self) -> bool {
        NEEDS_PERSON.contains(&self.error.as_str())
    }

    /// Whether waiting may mend it.
    pub fn is_temporary(&self) -> bool {
        matches!(self.error.as_str(), "temporarily_unavailable" | "server_error")
    }

    /// The number in `AADSTS50011`, for help texts alone: Microsoft may change it at any time.
    pub fn aadsts(&self) -> Option<u32> {
        let description = self.error_description.as_deref()?;
        let (_, rest) = description.split_once("AADSTS")?;
        let digits = rest.split(|char: char| !char.is_ascii_digit()).next()?;
        digits.parse().ok()
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.error)?;
        if let Some(suberror) = &self.suberror {
            write!(f, " ({suberror})")?;
        }
        match &self.error_description {
            Some(description) => write!(f, ": {description}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_microsofts_number() {
        for (description, number) in [
            ("AADSTS50011: The redirect URI …", Some(50011)),
            ("Error: AADSTS9002326: Cross-origin", Some(9_002_326)),
            ("AADSTS: none", None),
            ("no number 50011", None),
            ("AADSTS99999999999999", None),
        ] {
            let refusal = Refusal { error_description: Some(description.into()), ..Refusal::default() };
            assert_eq!(refusal.aadsts(), number, "{description}");
        }
        assert_eq!(Refusal::default().aadsts(), None);
    }
}
