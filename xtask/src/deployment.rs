//! A deployment: one config.json, and what the host has to send because of it.

use anyhow::{Context as _, Result, bail};
use hosting::{Site, nginx, policy, static_web_apps};
use rolegrant::config::Config;
use std::{fs, path::Path};

/// The two origins that a page with these settings talks to: sign-in and Graph.
pub(crate) fn origins(config: &Config) -> [String; 2] {
    [&config.cloud.authority, &config.cloud.graph].map(|url| url.origin().ascii_serialization())
}

/// The settings of a deployment, read as the app will read them.
pub(crate) struct Deployment {
    text: Vec<u8>,
    authority: String,
    graph: String,
}

impl Deployment {
    /// Reads a config.json, and says all that is wrong with it.
    pub(crate) fn read(file: &Path) -> Result<Self> {
        let text = fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
        Self::parse(text).with_context(|| format!("{} cannot be used", file.display()))
    }

    fn parse(text: Vec<u8>) -> Result<Self> {
        let config = Config::parse(&text)?;
        if config.demo {
            bail!("it is the demo's (\"demo\": true), which shows test accounts on the sign-in page");
        }
        let [authority, graph] = origins(&config);
        Ok(Self { text, authority, graph })
    }

    /// Puts the settings among the built files, and its two origins into the page's own policy.
    pub(crate) fn put_into(&self, dist: &Path) -> Result<()> {
        fs::write(dist.join("config.json"), &self.text).context("config.json cannot be written")?;
        let index = dist.join("index.html");
        let page = fs::read_to_string(&index).context("index.html cannot be read")?;
        fs::write(&index, self.pinned(&page)?).context("index.html cannot be written")
    }

    /// The page with a policy that allows no connection but to the two origins: all that a host without headers has.
    fn pinned(&self, page: &str) -> Result<String> {
        let general = policy::meta(policy::ANYWHERE);
        if page.matches(&general).count() != 1 {
            bail!("index.html does not carry the policy of hosting/src/policy.rs");
        }
        Ok(page.replace(&general, &policy::meta(&format!("{} {}", self.authority, self.graph))))
    }

    /// Writes what hosts are configured with. Never among the files that they serve.
    pub(crate) fn write_host_files(&self, folder: &Path, base: &str) -> Result<()> {
        let site = Site::published(&self.authority, &self.graph);
        let files = [
            ("nginx.conf", nginx::site(&site, base, &nginx::Machine::default())),
            ("staticwebapp.config.json", static_web_apps::config(&site, base)?),
        ];
        for (name, text) in files {
            fs::write(folder.join(name), text).with_context(|| format!("{name} cannot be written"))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Deployment;
    use crate::process::root;
    use hosting::policy;
    use std::fs;

    const CHINA: &str =
        r#"{"cloud": "china", "tenant": "contoso.cn", "clientId": "11111111-2222-3333-4444-555555555555"}"#;
    const ORIGINS: &str =
        "connect-src 'self' https://login.partner.microsoftonline.cn https://microsoftgraph.chinacloudapi.cn;";

    /// SEC-150: the origins in the headers are those of the very file that the app reads.
    #[test]
    fn the_headers_name_the_cloud_of_the_settings() {
        let folder = tempfile::tempdir().unwrap();
        Deployment::parse(CHINA.into()).unwrap().write_host_files(folder.path(), "/").unwrap();
        for name in ["nginx.conf", "staticwebapp.config.json"] {
            assert!(fs::read_to_string(folder.path().join(name)).unwrap().contains(ORIGINS), "{name}");
        }
    }

    #[test]
    fn the_page_itself_connects_to_that_cloud_alone() {
        let page = fs::read_to_string(root().join("index.html")).unwrap();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("index.html"), &page).unwrap();
        Deployment::parse(CHINA.into()).unwrap().put_into(folder.path()).unwrap();
        let pinned = fs::read_to_string(folder.path().join("index.html")).unwrap();
        assert!(pinned.contains(ORIGINS) && !pinned.contains(policy::ANYWHERE));
        assert_eq!(fs::read(folder.path().join("config.json")).unwrap(), CHINA.as_bytes());
        // A page with another policy is not passed off as ours.
        assert!(Deployment::parse(CHINA.into()).unwrap().pinned(&pinned).is_err());
    }

    /// SEC-163: no demo is published.
    #[test]
    fn settings_that_the_app_would_refuse_are_refused_here() {
        for wrong in [
            "{}",
            r#"{"cloud": "moon", "tenant": "contoso.com", "clientId": "11111111-2222-3333-4444-555555555555"}"#,
            r#"{"cloud": "global", "tenant": "contoso.com", "clientId": "11111111-2222-3333-4444-555555555555", "demo": true}"#,
        ] {
            assert!(Deployment::parse(wrong.into()).is_err(), "{wrong}");
        }
    }
}
