//! `staticwebapp.config.json`, for Azure Static Web Apps.
//! <https://learn.microsoft.com/azure/static-web-apps/configuration>

use crate::{
    Site,
    files::{HASHED, IMMUTABLE, NO_STORE, TYPES},
};
use serde::Serialize;
use std::collections::BTreeMap;

// Types rather than `json!`, whose order of members depends on which crates are built along.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct File {
    global_headers: BTreeMap<&'static str, String>,
    mime_types: BTreeMap<String, &'static str>,
    navigation_fallback: Fallback,
    routes: [Route; 1],
}

#[derive(Serialize)]
struct Fallback {
    rewrite: String,
    exclude: [String; 1],
}

#[derive(Serialize)]
struct Route {
    route: String,
    headers: BTreeMap<&'static str, &'static str>,
}

/// The file's text. `base` is the path of the app, with a slash at both ends.
pub fn config(site: &Site<'_>, base: &str) -> Result<String, serde_json::Error> {
    let mut global_headers: BTreeMap<_, _> = site.headers().into_iter().collect();
    global_headers.insert("Cache-Control", NO_STORE.to_owned());
    let endings = TYPES.map(|(ending, _)| ending).join(",");
    let file = File {
        global_headers,
        mime_types: TYPES.iter().map(|(ending, media_type)| (format!(".{ending}"), *media_type)).collect(),
        // A file that is missing is missing; everything else is a page of the app.
        navigation_fallback: Fallback { rewrite: format!("{base}index.html"), exclude: [format!("/*.{{{endings}}}")] },
        // Every file of these kinds has a hash in its name.
        routes: [Route {
            route: format!("{base}*.{{{}}}", HASHED.join(",")),
            headers: BTreeMap::from([("Cache-Control", IMMUTABLE)]),
        }],
    };
    Ok(serde_json::to_string_pretty(&file)? + "\n")
}
