//! The filters above the list of identities.

use std::rc::Rc;

use crate::components::search_box::{choice, option, pill};
use crate::directory::{Holds, IdentityKind, IdentityQuery, fold, sort_by_key, visible};
use crate::signals::Memo;
use crate::tenant::{RolesLoad, Tenant};
use crate::view::{El, View, many};

/// Changes the query.
pub(super) type With = Rc<dyn Fn(&dyn Fn(&mut IdentityQuery))>;

/// All of them.
pub(super) fn filters(tenant: Tenant, query: Memo<IdentityQuery>, with: With) -> View {
    let pill = |label, on: fn(&IdentityQuery) -> bool, turn: fn(&mut IdentityQuery, bool)| {
        let (is_on, with) = (move || query.with(on), with.clone());
        pill(label, is_on, move || with(&|query| turn(query, !on(query))))
    };
    many![
        pill(
            "System-assigned",
            |query| query.kind == Some(IdentityKind::SystemAssigned),
            |query, on| query.kind = on.then_some(IdentityKind::SystemAssigned),
        ),
        pill(
            "User-assigned",
            |query| query.kind == Some(IdentityKind::UserAssigned),
            |query, on| query.kind = on.then_some(IdentityKind::UserAssigned),
        ),
        pill("Privileged", |query| query.privileged, |query, on| query.privileged = on),
        pill("Enabled", |query| query.enabled == Some(true), |query, on| query.enabled = on.then_some(true)),
        pill("Disabled", |query| query.enabled == Some(false), |query, on| query.enabled = on.then_some(false)),
        subscriptions(tenant, query, with.clone()),
        roles(tenant, query, with),
    ]
}

/// Only those of one subscription.
fn subscriptions(tenant: Tenant, query: Memo<IdentityQuery>, with: With) -> El {
    let chosen = move || query.with(|query| query.subscription.clone()).unwrap_or_default();
    let known = Memo::new(move || {
        tenant.version();
        tenant.read_once(|catalog| catalog.subscriptions().clone())
    });
    let options = move || {
        let (mut ids, chosen) = (known.get(), chosen());
        // One that is not known, or not yet, is chosen all the same.
        if !chosen.is_empty() {
            ids.insert(chosen);
        }
        let all = option(String::new(), "Any subscription".to_owned());
        let one = |id: String| option(id.clone(), visible(&tenant.subscription(&id)));
        many![all, ids.into_iter().map(one).collect::<View>()]
    };
    let value = move || {
        known.track();
        chosen()
    };
    choice("Subscription", options, value, move |id: String| {
        with(&|query| query.subscription = Some(id.clone()).filter(|id| !id.is_empty()));
    })
}

/// Only those that hold one role, or none. What there is to choose from is said once all of it is known: hundreds of
/// options are not drawn again with every list that arrives.
fn roles(tenant: Tenant, query: Memo<IdentityQuery>, with: With) -> El {
    let chosen = move || query.with(|query| query.holds);
    let known = Memo::new(move || {
        tenant.version();
        if tenant.roles.with(RolesLoad::complete) { tenant.read_once(|catalog| catalog.roles_held().len()) } else { 0 }
    });
    let options = move || {
        let (known, chosen) = (known.get(), chosen());
        let mut named: Vec<(String, Holds)> = tenant.read_once(|catalog| {
            let mut roles: Vec<_> = catalog.roles_held().take(known).collect();
            if let Some(Holds::Role(api, role)) = chosen
                && !roles.contains(&(api, role))
            {
                roles.push((api, role));
            }
            let name = |(api, role)| {
                let of = match catalog.api(api) {
                    Some(known) if catalog.is_twin_api(api) => format!("{} ({})", known.display_name, known.app_id),
                    Some(known) => known.display_name.clone(),
                    None => api.to_string(),
                };
                let mark = if catalog.is_privileged(api, role) { " (privileged)" } else { "" };
                let text = format!("{}: {}{mark}", visible(&of), visible(&catalog.role_name(api, role)));
                (text, Holds::Role(api, role))
            };
            roles.into_iter().map(name).collect()
        });
        sort_by_key(&mut named, |(text, _)| fold(text));
        many![
            option(String::new(), "Any roles".to_owned()),
            option(Holds::Nothing.to_string(), "No role".to_owned()),
            named.into_iter().map(|(text, holds)| option(holds.to_string(), text)).collect::<View>(),
        ]
    };
    let value = move || {
        known.track();
        chosen().map(|holds| holds.to_string()).unwrap_or_default()
    };
    choice("Roles held", options, value, move |text: String| with(&|query| query.holds = Holds::parse(&text)))
}
