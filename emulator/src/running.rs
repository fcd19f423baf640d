//! The handle of a running emulator: addresses, the directory behind the app's back, what was asked, failures to come.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::clock::to_ticks;
use crate::faults::{Fault, FaultId, Matcher, Rule};
use crate::log::{Confidence, SeenRequest, Site};
use crate::ready::Ready;
use crate::signin::forge::IdTokenForge;
use crate::signin::mint::Mint;
use crate::signin::tokens;
use crate::tenant::accounts::ROLES;
use crate::tenant::file::{self, TenantError};
use crate::tenant::model::{Assignment, ServicePrincipal, User};
use crate::tenant::{CLIENT_ID, TENANT_ID};
use crate::tls::Tls;
use crate::world::World;

/// A running emulator. Dropped, it stops.
pub struct Running {
    world: Arc<World>,
    tls: Option<Tls>,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

/// Someone whom one can sign in as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountInfo {
    /// The name that the account page's button bears.
    pub name: String,
    /// The user name.
    pub user_name: String,
    /// The object id.
    pub object_id: Uuid,
    /// The directory roles it holds.
    pub directory_roles: Vec<String>,
    /// What the account is good for.
    pub about: String,
}

impl Running {
    pub(crate) fn new(
        world: Arc<World>,
        tls: Option<Tls>,
        stop: watch::Sender<bool>,
        tasks: Vec<JoinHandle<()>>,
    ) -> Self {
        Self { world, tls, stop, tasks }
    }

    pub(crate) fn shared(&self) -> Arc<World> {
        Arc::clone(&self.world)
    }

    /// What a script has to know, as the program prints it.
    pub fn ready(&self) -> Ready {
        Ready::of(&self.world)
    }

    /// The certificate (PEM) of the authority to trust; `None` without TLS.
    pub fn ca_certificate(&self) -> Option<&str> {
        self.tls.as_ref().map(|tls| tls.authority.as_str())
    }

    /// What Chromium's `--ignore-certificate-errors-spki-list` takes in order to trust these origins and no others:
    /// the SHA-256 of the certificate's public key, base64; `None` without TLS.
    pub fn certificate_spki(&self) -> Option<&str> {
        self.tls.as_ref().map(|tls| tls.spki_sha256.as_str())
    }

    /// The control origin, if it was asked for.
    pub fn control_url(&self) -> Option<&str> {
        self.world.origins.control.as_deref()
    }

    /// The app's origin, for example `http://localhost:8400`.
    pub fn app_url(&self) -> &str {
        &self.world.origins.app
    }

    /// The sign-in origin.
    pub fn sign_in_url(&self) -> &str {
        &self.world.origins.sign_in
    }

    /// Graph's origin.
    pub fn graph_url(&self) -> &str {
        &self.world.origins.graph
    }

    /// The tenant's id.
    pub fn tenant_id(&self) -> &'static str {
        TENANT_ID
    }

    /// The app's client id.
    pub fn client_id(&self) -> &'static str {
        CLIENT_ID
    }

    /// Everyone whom one can sign in as.
    pub fn accounts(&self) -> Vec<AccountInfo> {
        self.world
            .directory()
            .accounts()
            .map(|user| AccountInfo {
                name: user.display_name(),
                user_name: user.user_name.clone(),
                object_id: user.id,
                directory_roles: user.directory_roles.iter().map(|role| role.name.to_owned()).collect(),
                about: user.sign_in.as_ref().map_or_else(String::new, |sign_in| sign_in.about.to_owned()),
            })
            .collect()
    }

    fn user(&self, name: &str) -> Option<User> {
        self.world.directory().accounts().find(|user| user.display_name() == name || user.user_name == name).cloned()
    }

    /// The directory, behind the app's back.
    pub fn directory(&self) -> DirectoryHandle<'_> {
        DirectoryHandle { world: &self.world }
    }

    /// A token for an account, by its name or user name, to be made to measure.
    pub fn token_for(&self, account: &str) -> Mint<'_> {
        Mint::new(&self.world, self.user(account))
    }

    /// An id token for an account in answer to a nonce (a renewal has none), to be forged.
    pub fn forge_id_token(&self, account: &str, nonce: Option<&str>) -> IdTokenForge<'_> {
        IdTokenForge::new(&self.world, self.user(account), nonce)
    }

    /// The public half of a key that nothing here is signed with but forgeries, as a JSON web key. Null if none could
    /// be made.
    pub fn unpublished_key(&self) -> Value {
        self.world.keys.unpublished().map_or(Value::Null, |key| key.public())
    }

    /// The key set as it is published.
    pub fn published_keys(&self) -> Value {
        self.world.keys.published(&tokens::id_issuer(&self.world))
    }

    /// Every request so far, on all three origins, in the order in which they came.
    pub fn requests(&self) -> Vec<SeenRequest> {
        self.world.log.all()
    }

    /// Every request so far on one origin.
    pub fn requests_to(&self, site: Site) -> Vec<SeenRequest> {
        self.requests().into_iter().filter(|request| request.site == site).collect()
    }

    /// Every token and code that was given out, and every state, nonce and code verifier that was told, since the start
    /// and whether the log was cleared or not: what must be found nowhere but in a client's memory.
    pub fn confidences(&self) -> Vec<Confidence> {
        self.world.log.confidences()
    }

    /// Every content security policy violation that a browser has reported.
    pub fn csp_reports(&self) -> Vec<Value> {
        self.world.log.reports()
    }

    /// What was asked for and answered with 501, since it is not imitated.
    pub fn unimplemented(&self) -> Vec<String> {
        self.world.log.all_missing().borrow().clone()
    }

    /// The same, to be waited for.
    pub fn watch_unimplemented(&self) -> watch::Receiver<Vec<String>> {
        self.world.log.all_missing()
    }

    /// Forgets requests, reports and what was missing.
    pub fn clear_log(&self) {
        self.world.log.clear();
    }

    /// The next matching request fails in this way.
    pub fn fail_next(&self, matcher: Matcher, fault: Fault) -> FaultId {
        self.fail_times(matcher, fault, 1)
    }

    /// The next so many matching requests fail in this way.
    pub fn fail_times(&self, matcher: Matcher, fault: Fault, times: usize) -> FaultId {
        self.set_rule(Rule { when: matcher, times: Some(times), then: fault })
    }

    /// Every matching request fails in this way until the fault is lifted.
    pub fn fail_always(&self, matcher: Matcher, fault: Fault) -> FaultId {
        self.set_rule(Rule { when: matcher, times: None, then: fault })
    }

    /// Sets a rule.
    pub fn set_rule(&self, rule: Rule) -> FaultId {
        self.world.faults.arm(rule)
    }

    /// Lifts a fault; true if it was still waiting.
    pub fn lift(&self, fault: FaultId) -> bool {
        self.world.faults.lift(fault)
    }

    /// Lifts every fault.
    pub fn lift_all(&self) {
        self.world.faults.clear();
    }

    /// How many faults have not struck yet.
    pub fn faults_waiting(&self) -> usize {
        self.world.faults.waiting().len()
    }

    /// Makes every access token that was issued so far count as expired.
    pub fn expire_access_tokens(&self) {
        self.world.sign_in().expire_access_tokens();
    }

    /// Ends every session and refuses every code, refresh and access token issued so far.
    pub fn revoke_everything(&self) {
        let now = self.world.clock.now();
        let mut sign_in = self.world.sign_in();
        sign_in.expire_access_tokens();
        sign_in.revoke_all(now);
    }

    /// Ends every session on the sign-in origin, as closing the browser would; tokens stay good.
    pub fn end_sessions(&self) {
        self.world.sign_in().end_sessions();
    }

    /// Signs with a new key from now on. The older ones stay published, and tokens signed with them good, unless they
    /// are retired. False if no key could be made.
    pub fn rotate_keys(&self, retire_older: bool) -> bool {
        self.world.keys.rotate(retire_older).is_ok()
    }

    /// Everything as at the start: directory, sessions, consent, faults, log and clock. Fails if a tenant file is no
    /// tenant any more; then nothing is changed.
    pub fn reset(&self) -> Result<(), TenantError> {
        self.world.reset()
    }

    /// Consents for an account without asking; false if there is no such account.
    pub fn consent(&self, account: &str, scopes: &[&str]) -> bool {
        let Some(user) = self.user(account) else { return false };
        let scopes: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        self.world.sign_in().consent(user.id, &scopes);
        true
    }

    /// Withdraws an account's consent to a scope; false if there was none.
    pub fn withdraw_consent(&self, account: &str, scope: &str) -> bool {
        self.user(account).is_some_and(|user| self.world.sign_in().withdraw(user.id, scope))
    }

    /// Activates a directory role for an account, as Privileged Identity Management does; false if there is no such
    /// account or role.
    pub fn activate_role(&self, account: &str, role: &str) -> bool {
        let (Some(user), Some(role)) = (self.user(account), ROLES.iter().find(|known| known.name == role)) else {
            return false;
        };
        self.world.directory().change_user(user.id, |user| user.directory_roles.push(*role))
    }

    /// Deactivates it; false if it was not active.
    pub fn deactivate_role(&self, account: &str, role: &str) -> bool {
        let Some(user) = self.user(account) else { return false };
        let active = user.directory_roles.iter().any(|active| active.name == role);
        active && self.world.directory().change_user(user.id, |user| user.directory_roles.retain(|it| it.name != role))
    }

    /// Winds the emulator's clock forward. The browser's own stays as it is.
    pub fn advance_clock(&self, by: Duration) {
        self.world.clock.advance(by);
    }

    /// The tenant as it is now, as JSON that [`Builder::tenant_file`](crate::Builder::tenant_file) reads.
    pub fn tenant_json(&self) -> String {
        file::write(&self.world.directory())
    }

    /// Stops the origins and waits until their ports are free.
    pub async fn shutdown(mut self) {
        let _nobody_listens = self.stop.send(true);
        for task in std::mem::take(&mut self.tasks) {
            let _ended = task.await;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _nobody_listens = self.stop.send(true);
    }
}

/// The directory as a test may look at and change it. Changes here obey no rule and need no right.
pub struct DirectoryHandle<'a> {
    world: &'a World,
}

impl DirectoryHandle<'_> {
    /// Every service principal.
    pub fn service_principals(&self) -> Vec<ServicePrincipal> {
        self.world.directory().service_principals().from(0, None).map(|(_, row)| row.clone()).collect()
    }

    /// Every managed identity.
    pub fn identities(&self) -> Vec<ServicePrincipal> {
        self.service_principals().into_iter().filter(|row| row.managed_identity).collect()
    }

    /// The first managed identity of this name.
    pub fn identity(&self, name: &str) -> Option<ServicePrincipal> {
        self.find(|row| row.managed_identity && row.display_name == name)
    }

    /// The first application of this name.
    pub fn api(&self, name: &str) -> Option<ServicePrincipal> {
        self.find(|row| !row.managed_identity && row.display_name == name)
    }

    fn find(&self, test: impl Fn(&ServicePrincipal) -> bool) -> Option<ServicePrincipal> {
        self.world.directory().service_principals().from(0, None).map(|(_, row)| row).find(|row| test(row)).cloned()
    }

    /// Every assignment.
    pub fn assignments(&self) -> Vec<Assignment> {
        self.world.directory().assignments().cloned().collect()
    }

    /// What a principal holds.
    pub fn held_by(&self, principal: Uuid) -> Vec<Assignment> {
        self.world.directory().held_by(principal, 0).map(|(_, row)| row.clone()).collect()
    }

    /// Who holds an API's roles.
    pub fn holders_of(&self, resource: Uuid) -> Vec<Assignment> {
        self.world.directory().holders_of(resource, 0).map(|(_, row)| row.clone()).collect()
    }

    /// True if an identity holds the role of this value on an API, all three by name.
    pub fn holds(&self, identity: &str, api: &str, role: &str) -> bool {
        let (Some(identity), Some(api)) = (self.identity(identity), self.api(api)) else { return false };
        let Some(role) = api.role(role) else { return false };
        self.held_by(identity.id).iter().any(|held| held.resource_id == api.id && held.app_role_id == role.id)
    }

    /// Assigns a role, past every rule. `None` if principal or resource do not exist.
    pub fn assign(&self, principal: Uuid, resource: Uuid, role: Uuid) -> Option<Assignment> {
        let created = to_ticks(self.world.clock.now());
        self.world.directory().put(principal, resource, role, created, Uuid::new_v4())
    }

    /// Removes an assignment; false if it was gone already.
    pub fn remove_assignment(&self, id: &str) -> bool {
        self.world.directory().remove_assignment(id).is_some()
    }

    /// Deletes a service principal and every assignment that touches it; false if it was gone already.
    pub fn delete_service_principal(&self, id: Uuid) -> bool {
        self.world.directory().remove_service_principal(id).is_some()
    }

    /// Deletes a role from its API; assignments of it stay behind. False if there is none.
    pub fn delete_role(&self, resource: Uuid, role: Uuid) -> bool {
        let deleted = self.world.directory().change_roles(resource, |roles| {
            let before = roles.len();
            roles.retain(|known| known.id != role);
            roles.len() != before
        });
        deleted.unwrap_or(false)
    }

    /// Switches a role on or off; false if there is none.
    pub fn set_role_enabled(&self, resource: Uuid, role: Uuid, enabled: bool) -> bool {
        let switched = self.world.directory().change_roles(resource, |roles| {
            roles.iter_mut().find(|known| known.id == role).map(|role| role.enabled = enabled).is_some()
        });
        switched.unwrap_or(false)
    }
}
