//! What a script has to know of a running emulator: the line that `--json` prints and the control origin repeats.

use std::path::PathBuf;

use serde::Serialize;

use crate::tenant::TENANT_ID;
use crate::world::World;

/// Addresses, ids and accounts. In JSON the names are in camel case.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ready {
    /// The sign-in origin; MSAL's authority is this, a slash and the tenant.
    pub authority: String,
    /// Graph's origin.
    pub graph: String,
    /// The app's origin.
    pub app: String,
    /// The control origin, if it was asked for.
    pub control: Option<String>,
    /// The tenant's id.
    pub tenant: String,
    /// The app's client id.
    pub client_id: String,
    /// The redirect URI that is registered for the app.
    pub redirect_uri: String,
    /// Everyone whom one can sign in as. There are no passwords.
    pub accounts: Vec<ReadyAccount>,
    /// The certificate to trust, if the origins are reached over TLS.
    pub ca_file: Option<PathBuf>,
    /// The process.
    pub pid: u32,
}

/// Someone whom one can sign in as.
#[derive(Clone, Debug, Serialize)]
pub struct ReadyAccount {
    /// The name that the account page's button bears.
    pub name: String,
    /// The user name.
    pub username: String,
    /// The directory roles it holds, by name.
    pub roles: Vec<String>,
}

impl Ready {
    pub(crate) fn of(world: &World) -> Self {
        let origins = world.origins.clone();
        let accounts = world
            .directory()
            .accounts()
            .map(|user| ReadyAccount {
                name: user.display_name(),
                username: user.user_name.clone(),
                roles: user.directory_roles.iter().map(|role| role.name.to_owned()).collect(),
            })
            .collect();
        Self {
            authority: origins.sign_in,
            graph: origins.graph,
            redirect_uri: format!("{}/", origins.app),
            app: origins.app,
            control: origins.control,
            tenant: TENANT_ID.to_owned(),
            client_id: world.registration.client_id.clone(),
            accounts,
            ca_file: world.options.ca_file.clone(),
            pid: std::process::id(),
        }
    }
}
