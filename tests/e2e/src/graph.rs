//! What really holds: the emulator's Graph, asked over HTTP with a token of its own, past the app. It also plays the
//! colleague who changes things meanwhile.

use crate::World;
use anyhow::{Context as _, Result, bail};
use emulator::{SeenRequest, Site, Uuid};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

/// See the module.
pub struct Graph<'w> {
    world: &'w World,
    token: String,
}

/// An identity and a role of an API, by their ids.
pub type Wanted = (Uuid, Uuid);

/// An identity, an API and a role of it, all by name.
pub type Grant<'n> = (&'n str, &'n str, &'n str);

impl World {
    /// Graph, with all the rights there are.
    pub fn graph(&self) -> Graph<'_> {
        Graph { world: self, token: self.emulator.token_for("Ada Admin").may_write().sign() }
    }

    /// What the browser has asked of an origin so far, in order. What this crate asks by itself is not in it.
    pub fn asked(&self, site: Site) -> Vec<SeenRequest> {
        let requests = self.emulator.requests_to(site).into_iter();
        requests.filter(|request| request.header("user-agent").is_some_and(|agent| agent.contains("Chrome"))).collect()
    }

    /// What the app has sent to Graph in order to change something, alone or within a batch.
    pub fn changes_sent(&self) -> Vec<SeenRequest> {
        self.asked(Site::Graph)
            .into_iter()
            .filter(|request| {
                !matches!(request.method.as_str(), "GET" | "OPTIONS") && !request.path.ends_with("/$batch")
            })
            .collect()
    }

    /// How many assignments the app has made.
    pub fn assignments_made(&self) -> usize {
        self.changes_sent().iter().filter(|request| request.status == Some(201)).count()
    }

    /// Waits until every fault that was prepared has struck.
    pub async fn faults_have_struck(&self) -> Result<()> {
        crate::find::until("the faults to strike", || async {
            let waiting = self.emulator.faults_waiting();
            Ok(if waiting == 0 { Ok(()) } else { Err(format!("{waiting} wait")) })
        })
        .await
    }

    /// How often the app has asked for tokens.
    pub fn token_requests(&self) -> usize {
        let asked = self.asked(Site::SignIn).into_iter();
        asked.filter(|request| request.method == "POST" && request.path.ends_with("/token")).count()
    }

    /// The id of a managed identity of which there is one.
    pub fn identity(&self, name: &str) -> Result<Uuid> {
        Ok(self.emulator.directory().identity(name).with_context(|| format!("no identity {name}"))?.id)
    }

    /// The id of an API of which there is one.
    pub fn api(&self, name: &str) -> Result<Uuid> {
        Ok(self.emulator.directory().api(name).with_context(|| format!("no API {name}"))?.id)
    }

    /// The id of a role of an API.
    pub fn role(&self, api: &str, value: &str) -> Result<Uuid> {
        let api = self.emulator.directory().api(api).with_context(|| format!("no API {api}"))?;
        Ok(api.role(value).with_context(|| format!("no role {value}"))?.id)
    }

    /// How many of these an API's holders hold now.
    pub fn held(&self, api: &str, wanted: &[Wanted]) -> Result<usize> {
        let holders = self.emulator.directory().holders_of(self.api(api)?);
        let holds = |(identity, role): &&Wanted| {
            holders.iter().any(|held| held.principal_id == *identity && held.app_role_id == *role)
        };
        Ok(wanted.iter().filter(holds).count())
    }

    /// So many assignments of these roles that do not exist yet.
    pub fn wanted(&self, api: &str, roles: &[&str], count: usize) -> Result<Vec<Wanted>> {
        let roles = roles.iter().map(|value| self.role(api, value)).collect::<Result<Vec<_>>>()?;
        let identities = self.emulator.directory().identities();
        let mut wanted: Vec<Wanted> = Vec::new();
        for grant in identities.iter().flat_map(|identity| roles.iter().map(|role| (identity.id, *role))) {
            if wanted.len() < count && self.held(api, &[grant])? == 0 {
                wanted.push(grant);
            }
        }
        if wanted.len() < count {
            bail!("there are {} alone", wanted.len());
        }
        Ok(wanted)
    }
}

impl Graph<'_> {
    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Result<Value> {
        let url = if path.starts_with("http") {
            path.to_owned()
        } else {
            format!("{}/v1.0/{path}", self.world.emulator.graph_url())
        };
        let request: RequestBuilder = self.world.http.request(method, &url).bearer_auth(&self.token);
        let request = match &body {
            Some(body) => request.json(body),
            None => request,
        };
        let answer = request.send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        if !status.is_success() {
            bail!("Graph answered {status} to {url}: {text}");
        }
        Ok(if text.is_empty() { Value::Null } else { serde_json::from_str(&text)? })
    }

    async fn list(&self, path: &str) -> Result<Vec<Value>> {
        let mut all = Vec::new();
        let mut next = Some(path.to_owned());
        while let Some(path) = next {
            let page = self.send(Method::GET, &path, None).await?;
            all.extend(page["value"].as_array().cloned().with_context(|| format!("no list: {page}"))?);
            next = page["@odata.nextLink"].as_str().map(str::to_owned);
        }
        Ok(all)
    }

    /// The names of all managed identities.
    pub async fn identities(&self) -> Result<Vec<String>> {
        let filter = "servicePrincipals?$filter=servicePrincipalType%20eq%20'ManagedIdentity'&$top=999";
        let all = self.list(filter).await?;
        Ok(all.iter().filter_map(|identity| identity["displayName"].as_str().map(str::to_owned)).collect())
    }

    /// What an identity holds, as Graph lists it.
    pub async fn held_by(&self, identity: Uuid) -> Result<Vec<Value>> {
        self.list(&format!("servicePrincipals/{identity}/appRoleAssignments?$top=999")).await
    }

    fn ids(&self, (identity, api, role): Grant<'_>) -> Result<(Uuid, Uuid, Uuid)> {
        let resource = self.world.emulator.directory().api(api).with_context(|| format!("no API {api}"))?;
        let role = resource.role(role).with_context(|| format!("no role {role} of {api}"))?.id;
        Ok((self.world.identity(identity)?, resource.id, role))
    }

    /// The assignments of this role to this identity: none or one.
    async fn assignments(&self, grant: Grant<'_>) -> Result<Vec<Value>> {
        let (identity, api, role) = self.ids(grant)?;
        let mut held = self.held_by(identity).await?;
        held.retain(|held| held["resourceId"] == api.to_string() && held["appRoleId"] == role.to_string());
        Ok(held)
    }

    /// How often the identity holds the role.
    pub async fn count(&self, grant: Grant<'_>) -> Result<usize> {
        Ok(self.assignments(grant).await?.len())
    }

    /// Assigns, as a colleague.
    pub async fn assign(&self, grant: Grant<'_>) -> Result<()> {
        let (identity, api, role) = self.ids(grant)?;
        let body = json!({ "principalId": identity, "resourceId": api, "appRoleId": role });
        self.send(Method::POST, &format!("servicePrincipals/{api}/appRoleAssignedTo"), Some(body)).await?;
        Ok(())
    }

    /// Removes, as a colleague.
    pub async fn remove(&self, grant: Grant<'_>) -> Result<()> {
        let held = self.assignments(grant).await?;
        let id = held.first().and_then(|held| held["id"].as_str()).context("it is not assigned")?;
        let (_, api, _) = self.ids(grant)?;
        self.send(Method::DELETE, &format!("servicePrincipals/{api}/appRoleAssignedTo/{id}"), None).await?;
        Ok(())
    }
}
