//! Small marks that mean the same on every screen: names from the directory, privileged, held, disabled, times.

use super::icon::{Picture, icon};
use crate::directory::{ObjectId, Part, Timestamp, one_line, parts};
use crate::tenant::Tenant;
use crate::view::{El, View, el, many};

/// A name out of the directory: text alone, isolated from the direction of the text around it, with invisible and
/// direction-changing characters written out and set apart, so that no name can pass for another (SEC-110, SEC-111).
pub fn name(text: &str) -> El {
    let mut name = el("bdi");
    for part in parts(text) {
        name = match part {
            Part::Plain(text) => name.child(text),
            Part::Mark(codes) => {
                name.child(el("span").class("mark").attr("title", "A character that does not show").child(codes))
            }
        };
    }
    name
}

/// A role's value, in fixed-width letters.
pub fn code(text: &str) -> El {
    el("code").child(name(text))
}

/// An identity's name with the id that tells it from others of that name (SEC-111).
pub fn named_identity(text: &str, id: ObjectId) -> View {
    named(text, "Object id ", id.to_string())
}

/// An API's name with its application id, the one that administrators know; as long as that is not known, with the
/// object id.
pub fn named_api(tenant: Tenant, text: &str, id: ObjectId) -> View {
    match tenant.read_once(|catalog| catalog.api(id).map(|api| api.app_id)) {
        Some(app) => named(text, "Application id ", app.to_string()),
        None => named(text, "Object id ", id.to_string()),
    }
}

fn named(text: &str, kind: &'static str, id: String) -> View {
    let id = el("div").class("sub").child(kind).child(el("span").class("id").child(id));
    many![el("strong").child(name(text)), id]
}

/// A description out of the directory, which may be broken into lines, or missing.
pub fn prose(text: &str) -> Option<El> {
    let text = one_line(text);
    (!text.is_empty()).then(|| name(&text))
}

/// Marks a role with which an identity could take over the tenant; `how` says in one sentence by what way.
pub fn privileged_tag(how: &'static str) -> El {
    tag("tag warn").attr("title", how).child(icon(Picture::Shield)).child("Privileged")
}

/// "Disabled" beside a role that its API has switched off.
pub fn disabled_tag() -> El {
    tag("tag")
        .attr("title", "The API has disabled this role. Those who hold it keep it in their tokens.")
        .child("Role disabled")
}

/// Another object bears the same name.
pub fn twin_tag() -> El {
    tag("tag warn").attr("title", "Another one has the same name: compare the ids").child("Same name twice")
}

/// A small mark; the classes say of what kind.
pub fn tag(classes: &'static str) -> El {
    el("span").class(classes)
}

/// The instant in words, with the exact time on hover.
pub fn since(at: Timestamp, now: Timestamp) -> El {
    el("time").attr("datetime", at.to_rfc3339()).attr("title", at.to_string()).child(ago(at, now))
}

/// How long ago, in the largest unit that fits.
fn ago(at: Timestamp, now: Timestamp) -> String {
    let minutes = (now.unix_millis() - at.unix_millis()) / 60_000;
    let (count, unit) = match minutes {
        i64::MIN..=0 => return "just now".to_owned(),
        1..60 => (minutes, "minute"),
        60..1_440 => (minutes / 60, "hour"),
        1_440..43_200 => (minutes / 1_440, "day"),
        43_200..525_600 => (minutes / 43_200, "month"),
        _ => (minutes / 525_600, "year"),
    };
    format!("{count} {unit}{} ago", if count == 1 { "" } else { "s" })
}
