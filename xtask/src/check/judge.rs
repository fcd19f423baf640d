//! What is wrong with an answer: pure comparisons with what `hosting` says, in sentences.

use hosting::{Site, files};
use reqwest::header::HeaderMap;
use std::collections::{BTreeMap, BTreeSet};

/// A year, in seconds.
const YEAR: u64 = 31_536_000;

/// What is wrong with the headers that every answer has to have.
pub(super) fn headers(sent: &HeaderMap, site: &Site<'_>) -> Vec<String> {
    let mut wrong = Vec::new();
    for (name, wanted) in site.headers() {
        let values: Vec<&str> = sent.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
        if values.is_empty() {
            wrong.push(format!("{name} is missing: {wanted}"));
            continue;
        }
        let value = values.join(", ");
        match name {
            // Several policies all hold, so one that is ours suffices.
            "Content-Security-Policy" => {
                let judged: Vec<_> = value.split(',').map(|policy| content_policy(policy, &wanted)).collect();
                if judged.iter().all(|wrong| !wrong.is_empty()) {
                    wrong.extend(judged.into_iter().flatten().map(|what| format!("{name} {what}")));
                }
            }
            "Permissions-Policy" => {
                let granted = features(&value);
                let missing = features(&wanted).into_iter().filter(|(name, to)| granted.get(name) != Some(to));
                wrong.extend(missing.map(|(feature, to)| format!("{name} does not say {feature}={to}")));
            }
            "Strict-Transport-Security" => {
                if !value.to_lowercase().contains("includesubdomains") || seconds(&value) < Some(YEAR) {
                    wrong.push(format!("{name} is `{value}`, less than {wanted}"));
                }
            }
            _ if value.eq_ignore_ascii_case(&wanted) => {}
            _ => wrong.push(format!("{name} is `{value}`, not {wanted}")),
        }
    }
    wrong
}

/// What is wrong with one policy: every directive has to be there with the same sources. Others may only report.
fn content_policy(policy: &str, wanted: &str) -> Vec<String> {
    let (said, wanted) = (directives(policy), directives(wanted));
    let mut wrong = Vec::new();
    let written = |name: &str, sources: &BTreeSet<&str>| {
        [name].into_iter().chain(sources.iter().copied()).collect::<Vec<_>>().join(" ")
    };
    for (name, sources) in &wanted {
        match said.get(name) {
            None => wrong.push(format!("does not say `{}`", written(name, sources))),
            Some(other) if other != sources => {
                wrong.push(format!("says `{}`, not `{}`", written(name, other), written(name, sources)));
            }
            Some(_) => {}
        }
    }
    let more = said.keys().filter(|name| !wanted.contains_key(*name) && !["report-uri", "report-to"].contains(name));
    wrong.extend(more.map(|name| format!("also has `{name}`, which can widen what the others say")));
    wrong
}

fn directives(policy: &str) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut found = BTreeMap::new();
    for directive in policy.split(';') {
        let mut words = directive.split_whitespace();
        if let Some(name) = words.next() {
            // Of a directive that is said twice browsers take the first.
            found.entry(name).or_insert_with(|| words.map(|source| source.trim_end_matches('/')).collect());
        }
    }
    found
}

fn features(policy: &str) -> BTreeMap<&str, &str> {
    policy.split(',').filter_map(|entry| entry.trim().split_once('=')).collect()
}

/// The `max-age` in a header.
fn seconds(value: &str) -> Option<u64> {
    value.split([',', ';']).find_map(|part| part.trim().strip_prefix("max-age=")?.parse().ok())
}

/// What is wrong with how long an answer may be kept.
pub(super) fn lifetime(sent: &HeaderMap, wanted: &str) -> Option<String> {
    let value = text(sent, "cache-control");
    let says = |word: &str| value.split(',').any(|part| part.trim().eq_ignore_ascii_case(word));
    let right = match wanted {
        files::NO_STORE => says("no-store"),
        files::IMMUTABLE => says("immutable") && seconds(&value) >= Some(YEAR),
        _ => says("no-store") || says("no-cache") || seconds(&value) == Some(0),
    };
    (!right).then(|| format!("Cache-Control is `{value}`, not {wanted}"))
}

/// What is wrong with the label of a file.
pub(super) fn media_type(sent: &HeaderMap, wanted: &str) -> Option<String> {
    let plain =
        |value: &str| value.to_lowercase().replace([' ', '"'], "").replace("application/javascript", "text/javascript");
    let value = text(sent, "content-type");
    (plain(&value) != plain(wanted)).then(|| format!("Content-Type is `{value}`, not {wanted}"))
}

/// The text of a header; empty if there is none.
pub(super) fn text(sent: &HeaderMap, name: &str) -> String {
    sent.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::{HeaderName, HeaderValue};

    const SITE: Site<'static> =
        Site { authority: "https://a.example", graph: "https://g.example", published: true, report_to: None };

    fn sent(change: impl Fn(&str, String) -> Option<String>) -> HeaderMap {
        let headers = SITE.headers().into_iter().filter_map(|(name, value)| {
            let value = change(name, value)?;
            Some((HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(&value).unwrap()))
        });
        headers.collect()
    }

    #[test]
    fn what_hosting_says_is_right_and_each_missing_header_is_not() {
        assert_eq!(headers(&sent(|_, value| Some(value)), &SITE), Vec::<String>::new());
        for (missing, _) in SITE.headers() {
            let wrong = headers(&sent(|name, value| (name != missing).then_some(value)), &SITE);
            assert_eq!(wrong.len(), 1, "{wrong:?}");
            assert!(wrong[0].starts_with(&format!("{missing} is missing")), "{wrong:?}");
        }
    }

    #[test]
    fn a_wider_policy_is_wrong_in_the_directive_that_is_wider() {
        for (from, to, named) in [
            ("script-src 'self'", "script-src 'self' 'unsafe-inline'", "script-src"),
            ("connect-src 'self'", "connect-src 'self' https:", "connect-src"),
            ("frame-ancestors 'none'", "frame-ancestors 'self'", "frame-ancestors"),
            ("; trusted-types 'none'", "", "does not say `trusted-types 'none'`"),
            ("; upgrade-insecure-requests", "", "does not say `upgrade-insecure-requests`"),
            ("base-uri", "script-src-elem *; base-uri", "script-src-elem"),
            ("default-src", "style-src *; default-src", "style-src"),
        ] {
            let wrong = headers(&sent(|_, value| Some(value.replace(from, to))), &SITE);
            assert!(wrong.len() == 1 && wrong[0].contains(named), "{to}: {wrong:?}");
        }
        let reported = sent(|_, value| Some(value.replace("; frame-anc", "; report-uri /r; frame-anc")));
        assert!(headers(&reported, &SITE).is_empty());
        let twice = sent(|name, value| {
            Some(if name.starts_with("Content") { format!("default-src https:, {value}") } else { value })
        });
        assert!(headers(&twice, &SITE).is_empty(), "ours holds beside any other");
    }

    #[test]
    fn weaker_values_are_wrong() {
        for (from, to) in [
            ("31536000", "3600"),
            ("; includeSubDomains", ""),
            ("nosniff", "sniff"),
            ("no-referrer", "origin"),
            ("usb=()", "usb=*"),
            (", payment=()", ""),
        ] {
            assert_eq!(headers(&sent(|_, value| Some(value.replace(from, to))), &SITE).len(), 1, "{from}");
        }
    }

    #[test]
    fn lifetimes_and_media_types_are_compared_by_what_they_mean() {
        let with = |name: &'static str, value: &'static str| {
            HeaderMap::from_iter([(HeaderName::from_static(name), HeaderValue::from_static(value))])
        };
        let cache = |value| with("cache-control", value);
        assert_eq!(lifetime(&cache("no-cache, no-store"), files::NO_STORE), None);
        assert!(lifetime(&cache("no-cache"), files::NO_STORE).is_some());
        assert!(lifetime(&cache("public, max-age=600"), files::IMMUTABLE).is_some());
        assert_eq!(lifetime(&cache("max-age=31536000, immutable"), files::IMMUTABLE), None);
        assert_eq!(lifetime(&cache("max-age=0, must-revalidate"), files::REVALIDATE), None);
        assert!(lifetime(&HeaderMap::new(), files::REVALIDATE).is_some());
        assert_eq!(media_type(&with("content-type", "text/html;charset=UTF-8"), "text/html; charset=utf-8"), None);
        assert!(media_type(&with("content-type", "text/html"), "text/html; charset=utf-8").is_some());
        assert!(media_type(&with("content-type", "application/octet-stream"), "application/wasm").is_some());
    }
}
