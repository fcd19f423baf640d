//! Barriers: axe-core, run in the page.

use crate::browser::Browser;
use anyhow::{Context as _, Result, bail};
use serde::Deserialize;
use serde_json::json;
use std::{fmt::Write as _, fs, path::Path};

/// What the product promises: WCAG 2.2, levels A and AA.
const TAGS: [&str; 5] = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

#[derive(Deserialize)]
struct Violation {
    id: String,
    help: String,
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    html: String,
    #[serde(rename = "failureSummary")]
    summary: Option<String>,
}

/// Fails when axe-core finds a barrier on the page as it is now. `what` names the page in the message.
pub async fn no_barriers(browser: &Browser, what: &str) -> Result<()> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("node_modules/axe-core/axe.min.js");
    let source = fs::read_to_string(&file)
        .with_context(|| format!("{} is not there; `cargo xtask test e2e` installs it", file.display()))?;
    if browser.script("return typeof axe", Vec::new()).await? != "object" {
        browser.script(&source, Vec::new()).await?;
    }
    let run = r#"
        const [tags, done] = arguments;
        axe.run(document, { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] })
          .then((results) => done({ violations: results.violations, passes: results.passes.length }))
          .catch((error) => done({ error: String(error) }));
    "#;
    let results = browser.driver.execute_async(run, vec![json!(TAGS)]).await?.json().clone();
    if let Some(error) = results.get("error") {
        bail!("axe-core could not examine {what}: {error}");
    }
    if results["passes"].as_u64().unwrap_or(0) < 5 {
        bail!("axe-core found next to nothing to examine on {what}: is the page there?");
    }
    let violations: Vec<Violation> = serde_json::from_value(results["violations"].clone())?;
    if violations.is_empty() {
        return Ok(());
    }
    let mut report = format!("barriers on {what}:");
    for Violation { id, help, nodes } in &violations {
        write!(report, "\n- {id}: {help}")?;
        for Node { html, summary } in nodes.iter().take(5) {
            write!(report, "\n    {html}\n    {}", summary.as_deref().unwrap_or_default().replace('\n', "\n    "))?;
        }
    }
    bail!(report)
}
