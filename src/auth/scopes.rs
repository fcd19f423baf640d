//! The permissions that are asked for, and those that were given.

use url::Url;

/// What to ask for: the least that the next thing to do needs (SEC-008).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wanted {
    /// To see identities, APIs and assignments: at sign-in.
    Read,
    /// To change assignments as well: at the first change.
    Write,
}

/// `offline_access` is for the refresh token: without it every hour would need a redirect (SEC-009).
const SIGN_IN: [&str; 3] = ["openid", "profile", "offline_access"];
const READ: [&str; 2] = ["User.Read", "Application.Read.All"];
const WRITE: &str = "AppRoleAssignment.ReadWrite.All";

impl Wanted {
    /// The scopes as the authorization request names them: those of Graph with the cloud's own Graph before them.
    pub fn scopes(self, graph: &Url) -> Vec<String> {
        let write = (self == Self::Write).then_some(WRITE);
        let permissions = READ.into_iter().chain(write);
        SIGN_IN.into_iter().map(str::to_owned).chain(permissions.map(|name| format!("{graph}{name}"))).collect()
    }
}

/// The permissions that an access token carries, as the answer's `scope` says (SEC-046).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Granted {
    /// Without Graph's address, in lower case.
    names: Vec<String>,
}

impl Granted {
    /// Reads the answer's `scope`. Entra writes a permission of Graph with Graph's address or without.
    pub fn parse(scope: &str, graph: &Url) -> Self {
        let graph = graph.as_str().trim_end_matches('/').to_lowercase();
        let name = |scope: &str| {
            let scope = scope.to_lowercase();
            match scope.strip_prefix(&graph) {
                Some(name) => name.strip_prefix('/').map(str::to_owned),
                // Another API's permission of that name is not Graph's.
                None if scope.contains('/') => None,
                None => Some(scope),
            }
        };
        Self { names: scope.split_ascii_whitespace().filter_map(name).collect() }
    }

    /// Whether app role assignments may be changed.
    pub fn may_write(&self) -> bool {
        self.names.iter().any(|name| name.eq_ignore_ascii_case(WRITE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph() -> Url {
        Url::parse("https://graph.microsoft.us").unwrap()
    }

    #[test]
    fn asks_for_the_least() {
        assert_eq!(
            Wanted::Read.scopes(&graph()).join(" "),
            "openid profile offline_access https://graph.microsoft.us/User.Read \
             https://graph.microsoft.us/Application.Read.All"
        );
        let write = Wanted::Write.scopes(&graph());
        assert_eq!(write[..5], Wanted::Read.scopes(&graph()));
        assert_eq!(write[5..], ["https://graph.microsoft.us/AppRoleAssignment.ReadWrite.All"]);
    }

    #[test]
    fn knows_the_permission_to_write() {
        for (scope, may_write) in [
            ("", false),
            ("openid profile User.Read Application.Read.All", false),
            ("AppRoleAssignment.ReadWrite.All", true),
            ("User.Read approleassignment.readwrite.ALL", true),
            ("https://graph.microsoft.us/AppRoleAssignment.ReadWrite.All openid", true),
            ("HTTPS://GRAPH.MICROSOFT.US/AppRoleAssignment.ReadWrite.All", true),
            ("https://graph.microsoft.com/AppRoleAssignment.ReadWrite.All", false),
            ("https://graph.microsoft.us.evil.test/AppRoleAssignment.ReadWrite.All", false),
            ("https://vault.azure.net/AppRoleAssignment.ReadWrite.All", false),
            ("AppRoleAssignment.ReadWrite.All.Not", false),
            ("AppRoleAssignment.Read.All", false),
        ] {
            assert_eq!(Granted::parse(scope, &graph()).may_write(), may_write, "{scope}");
        }
    }
}
