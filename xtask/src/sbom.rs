//! The bill of materials of the app: every crate that is linked into the WebAssembly file, as CycloneDX JSON.
//!
//! `cargo tree` is asked, since it alone resolves features for one package and one target. cargo-cyclonedx 0.5.9, which
//! reads `cargo metadata`, listed 41 crates more: macros that run in the compiler, and what other members of the
//! workspace switch on. The file has no date and no serial number, so that the same sources give the same bytes.
//! <https://cyclonedx.org/docs/1.5/json/>

use crate::process::{cargo, output_of, root};
use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process::Command,
};

const TARGET: &str = "wasm32-unknown-unknown";

/// Writes the bill into a file; gives the number of crates.
pub(crate) fn write(file: &Path) -> Result<usize> {
    let tree = output_of(cargo().args(["tree", "--locked", "--package", "rolegrant", "--target", TARGET]).args([
        "--edges",
        "normal,no-proc-macro",
        "--prefix",
        "depth",
        "--format",
        " {p}\t{l}\t{r}",
    ]))
    .context("cargo tree cannot tell what the app is made of")?;
    let lock = fs::read_to_string(root().join("Cargo.lock")).context("Cargo.lock cannot be read")?;
    let rust = output_of(Command::new("rustc").arg("--version")).context("rustc cannot be asked")?;
    let crates = crates(&tree)?;
    let text = serde_json::to_string_pretty(&bill(&crates, &lock, &rust))? + "\n";
    fs::write(file, text).with_context(|| format!("{} cannot be written", file.display()))?;
    Ok(crates.len())
}

/// A crate: what it is published under, and the crates that it needs by themselves.
#[derive(Debug, Default)]
struct Crate {
    licence: String,
    repository: String,
    needs: BTreeSet<Id>,
}

/// Name and version.
type Id = (String, String);

/// Reads the lines of `cargo tree`: depth, name, version, perhaps a path, licence, repository, perhaps ` (*)`.
fn crates(tree: &str) -> Result<BTreeMap<Id, Crate>> {
    let mut found: BTreeMap<Id, Crate> = BTreeMap::new();
    let mut above: Vec<Id> = Vec::new();
    for line in tree.lines() {
        let read = || -> Option<(usize, Id, &str, &str)> {
            let (depth, rest) = line.trim_end_matches(" (*)").split_once(' ')?;
            let mut fields = rest.split('\t');
            let mut words = fields.next()?.split(' ');
            let id = (words.next()?.to_owned(), words.next()?.strip_prefix('v')?.to_owned());
            Some((depth.parse().ok()?, id, fields.next()?, fields.next()?))
        };
        let (depth, id, licence, repository) = read().with_context(|| format!("cargo tree says `{line}`"))?;
        above.truncate(depth);
        if let Some(needed_by) = above.last().and_then(|parent| found.get_mut(parent)) {
            needed_by.needs.insert(id.clone());
        }
        let entry = found.entry(id.clone()).or_default();
        // The old way to write "or".
        entry.licence = licence.replace('/', " OR ");
        entry.repository = repository.to_owned();
        above.push(id);
    }
    Ok(found)
}

fn bill(crates: &BTreeMap<Id, Crate>, lock: &str, rust: &str) -> Value {
    let (apps, libraries): (Vec<_>, Vec<_>) = crates.iter().partition(|((name, _), _)| name == "rolegrant");
    let mut components: Vec<Value> = libraries.into_iter().map(|(id, it)| component("library", id, it, lock)).collect();
    let version = rust.split(' ').nth(1).unwrap_or_default();
    components.push(json!({
        "type": "library",
        "bom-ref": "rust-std",
        "name": "std",
        "version": version,
        "description": "The standard library of Rust",
        "licenses": [{ "expression": "MIT OR Apache-2.0" }],
        "purl": format!("pkg:generic/rust-std@{version}"),
    }));
    let dependencies: Vec<Value> = crates
        .iter()
        .map(|(id, it)| json!({ "ref": purl(id), "dependsOn": it.needs.iter().map(purl).collect::<Vec<_>>() }))
        .collect();
    json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "component": apps.first().map(|(id, it)| component("application", id, it, lock)),
            "properties": [{ "name": "cdx:rustc:sbom:target:triple", "value": TARGET }],
        },
        "components": components,
        "dependencies": dependencies,
    })
}

fn component(kind: &str, id: &Id, it: &Crate, lock: &str) -> Value {
    let hashes = checksum(lock, id).map(|checksum| json!([{ "alg": "SHA-256", "content": checksum }]));
    let places = (!it.repository.is_empty()).then(|| json!([{ "type": "vcs", "url": it.repository }]));
    let fields = [
        ("type", Some(json!(kind))),
        ("bom-ref", Some(json!(purl(id)))),
        ("name", Some(json!(id.0))),
        ("version", Some(json!(id.1))),
        ("licenses", Some(json!([{ "expression": it.licence }]))),
        ("purl", Some(json!(purl(id)))),
        ("hashes", hashes),
        ("externalReferences", places),
    ];
    fields.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// <https://github.com/package-url/purl-spec>
fn purl((name, version): &Id) -> String {
    format!("pkg:cargo/{name}@{}", version.replace('+', "%2B"))
}

/// The checksum of a crate's package in Cargo.lock.
fn checksum<'lock>(lock: &'lock str, (name, version): &Id) -> Option<&'lock str> {
    let (_, after) = lock.split_once(&format!("name = \"{name}\"\nversion = \"{version}\"\n"))?;
    let package = after.split("[[package]]").next()?;
    package.split_once("checksum = \"")?.1.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(name: &str) -> Id {
        (name.to_owned(), "1.0.0".to_owned())
    }

    #[test]
    fn the_tree_is_read_with_its_edges() {
        let tree = "0 rolegrant v1.0.0 (/x)\tMIT\t\n1 a v1.0.0\tMIT/Apache-2.0\thttps://a.example\n2 b v1.0.0\tISC\t\n\
                    1 b v1.0.0\tISC\t (*)";
        let crates = crates(tree).unwrap();
        assert_eq!(crates[&id("rolegrant")].needs, BTreeSet::from([id("a"), id("b")]));
        assert_eq!(crates[&id("a")].needs, BTreeSet::from([id("b")]));
        assert_eq!(crates[&id("a")].licence, "MIT OR Apache-2.0");
        assert!(super::crates("0 rolegrant").is_err());
    }

    /// SEC-163: what is linked is in it, what only builds or tests is not.
    #[test]
    fn the_bill_of_this_very_app_lists_what_is_linked() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (folder.path().join("one.json"), folder.path().join("two.json"));
        assert_eq!(write(&one).unwrap(), write(&two).unwrap());
        let text = fs::read_to_string(&one).unwrap();
        assert_eq!(text, fs::read_to_string(&two).unwrap());
        assert!(!text.contains(&root().display().to_string()), "a path of this machine is in it");
        let bill: Value = serde_json::from_str(&text).unwrap();
        let components = bill["components"].as_array().unwrap();
        let names: BTreeSet<&str> = components.iter().map(|it| it["name"].as_str().unwrap()).collect();
        for linked in ["leptos", "serde_json", "url", "wasm-bindgen", "web-sys", "std"] {
            assert!(names.contains(linked), "{linked} is missing");
        }
        for not_linked in
            ["serde_derive", "leptos_macro", "proptest", "wasm-bindgen-test", "tokio", "rolegrant", "emulator"]
        {
            assert!(!names.contains(not_linked), "{not_linked} is in it");
        }
        for it in components.iter().filter(|it| it["name"] != "std") {
            assert_eq!(it["hashes"][0]["content"].as_str().unwrap().len(), 64, "{it}");
            assert!(!it["licenses"][0]["expression"].as_str().unwrap().is_empty(), "{it}");
        }
    }
}
