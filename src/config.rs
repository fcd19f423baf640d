//! `config.json`: which cloud, which tenant, which app registration.

use std::collections::BTreeMap;
use std::fmt;

use url::Url;

use crate::directory::AppId;

/// Where sign-in and Microsoft Graph are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cloud {
    /// The cloud's name, for people.
    pub name: String,
    /// The origin of the sign-in service.
    pub authority: Url,
    /// The origin of Microsoft Graph.
    pub graph: Url,
}

/// A deployment's settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The cloud.
    pub cloud: Cloud,
    /// The tenant's id or one of its domains, in lower case.
    pub tenant: String,
    /// The app registration's client id.
    pub client_id: AppId,
    /// Names of subscriptions by id, the id in lower case.
    pub subscriptions: BTreeMap<String, String>,
    /// Whether this is the demo tenant.
    pub demo: bool,
}

/// One thing that is wrong in `config.json`, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigProblem(String);

impl fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// All that is wrong in `config.json`; never empty.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("config.json cannot be used")]
pub struct ConfigError {
    problems: Vec<ConfigProblem>,
}

impl ConfigError {
    /// What is wrong, one entry a field.
    pub fn problems(&self) -> &[ConfigProblem] {
        &self.problems
    }
}

impl Config {
    /// Reads the file's content.
    pub fn parse(_json: &[u8]) -> Result<Self, ConfigError> {
        Err(ConfigError { problems: vec![ConfigProblem("not read yet".into())] })
    }
}
