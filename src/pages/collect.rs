//! `/plan/add`: roles for several identities at once, collected for the plan: those of an API, or those that another
//! identity holds. The identities are those selected; the rest of the choice lives in the address (`?api=…&roles=…`,
//! `?from=…`), and `?for=…` selects one identity and no other.

use leptos::ev;
use leptos::prelude::*;

use super::identities::problems;
use crate::browser;
use crate::components::button::button;
use crate::components::combobox::{Choice, combobox};
use crate::components::labels::{code, name, privileged_tag};
use crate::components::list::{counted, load_problem, skeleton};
use crate::components::page_head::{breadcrumb, page_head};
use crate::components::role_choice::{RoleChoice, chip, holders};
use crate::components::toast::Toasts;
use crate::directory::{Catalog, Identity, ObjectId, fold, grouped, proposed_identities, risk, sort_by_key, visible};
use crate::navigation::{Navigation, link_to};
use crate::plan::{Grant, MOST_CHANGES, Names, Wish};
use crate::route::Route;
use crate::signals::{Memo, RwSignal};
use crate::tenant::{Load, Tenant};
use crate::view::{El, View, effect, el, live, many, show};

/// The most identities named; the list shows all of them.
const NAMED: usize = 50;

/// The page.
pub fn collect_page() -> View {
    let (tenant, navigation) = (Tenant::here(), Navigation::here());
    let planning = tenant.planning;
    planning.chosen.set(String::new());
    planning.set_spent(false);
    if let Some(id) = navigation.value("for") {
        planning.select(|selected| {
            selected.clear();
            id.parse().into_iter().for_each(|id| selected.insert(id));
        });
        navigation.change_query(&[("for", String::new())]);
    }
    let intro = "What you add is only collected. The plan then shows it against the directory, and nothing is sent \
                 before you have reviewed and applied it.";
    let title = || "Add to the plan".to_owned();
    many![
        breadcrumb(Route::Plan, "Plan", title),
        page_head(title, el("p").child(intro)),
        problems(tenant),
        identities_card(tenant, navigation),
        el("div").class("two").child(roles_form(tenant, navigation)).child(copy_card(tenant, navigation)),
    ]
}

/// Puts wishes into the plan and shows it.
fn add(tenant: Tenant, navigation: Navigation, toasts: Toasts, wishes: Vec<(Grant, Wish)>) {
    toasts.say(tenant.planning.collect(wishes).to_string());
    tenant.planning.set_spent(true);
    navigation.go(Route::Plan.to_string());
}

/// Whether so many changes fit into the plan, and what to say if not.
fn does_not_fit(tenant: Tenant, count: usize) -> Option<String> {
    let room = MOST_CHANGES.saturating_sub(tenant.planning.count());
    (count > room).then(|| format!("The plan has room for {} more: choose less.", counted(room, "change")))
}

/// The identities that get the roles.
fn identities_card(tenant: Tenant, navigation: Navigation) -> El {
    let planning = tenant.planning;
    let count = move || planning.selected.with(|selected| selected.len());
    let chips = move || {
        let mut named: Vec<_> = tenant.read(|catalog| {
            planning.selected.with(|selected| {
                let first = selected.iter().take(NAMED);
                first.map(|id| (*id, catalog.identity(*id).cloned(), catalog.is_twin_identity(*id))).collect()
            })
        });
        sort_by_key(&mut named, |(id, identity, _)| (identity.as_ref().map(|it| fold(&it.display_name)), *id));
        named.into_iter().map(|(id, identity, twin)| identity_chip(tenant, id, identity, twin)).collect::<View>()
    };
    let more = move || {
        let more = count().saturating_sub(NAMED);
        (more > 0).then(|| el("p").class("soft").child(format!("and {more} more, which the list shows")))
    };
    let find = move |text: &str| tenant.read(|catalog| proposals(catalog, text));
    let take =
        move |id: Option<ObjectId>| planning.select(|selected| id.into_iter().for_each(|id| selected.insert(id)));
    let to_list = el("a")
        .class("button")
        .attr("href", link_to(Route::Identities))
        // Selected, they come back to this choice.
        .on(ev::click, move |_| planning.chosen.set(navigation.query_text()))
        .child("Choose in the list");
    el("section")
        .class("card")
        .attr("aria-labelledby", "for-heading")
        .child(
            el("header")
                .child(el("h2").attr("id", "for-heading").child("Identities"))
                .child(
                    el("span")
                        .class("soft")
                        .attr("role", "status")
                        .child(live(move || format!("{} selected", grouped(count())))),
                )
                .child(el("span").class("grow"))
                .child(to_list),
        )
        .child(
            el("div")
                .class("pad")
                .child(el("ul").class("chosen").attr("aria-label", "Selected identities").child(live(chips)))
                .child(live(more))
                .child(combobox("Add an identity", "Name, object id, resource group", find, String::new, take)),
        )
}

fn identity_chip(tenant: Tenant, id: ObjectId, identity: Option<Identity>, twin: bool) -> El {
    let text = identity.map_or_else(|| id.to_string(), |identity| identity.display_name);
    let shown = el("span").child(name(&text)).child(twin.then(|| el("span").class("id").child(format!(" {id}"))));
    let leave_out = move || {
        tenant.planning.select(|selected| {
            selected.remove(&id);
        });
    };
    chip(id.to_string(), &text, shown.into(), "Add-an-identity-field", leave_out)
}

/// The identities that fit the letters typed.
fn proposals(catalog: &Catalog, text: &str) -> Vec<Choice<ObjectId>> {
    let found = proposed_identities(catalog, text).into_iter().take(NAMED);
    let found = found.filter_map(|at| catalog.identities().get(at as usize));
    found
        .map(|Identity { id, display_name, kind, host, .. }| {
            let place = host.as_ref().map(|host| format!(", {}", visible(&host.resource_group))).unwrap_or_default();
            let twin = if catalog.is_twin_identity(*id) { ", same name twice" } else { "" };
            Choice {
                key: *id,
                label: display_name.clone(),
                sub: format!("{}{place}{twin}\nObject id {id}", kind.label()),
            }
        })
        .collect()
}

/// Roles of an API for all of them.
fn roles_form(tenant: Tenant, navigation: Navigation) -> El {
    let toasts = expect_context::<Toasts>();
    let selected = tenant.planning.selected;
    let choice = RoleChoice::here(selected);
    // How many changes that makes, and how many roles are held already.
    let counts = Memo::new(move || {
        choice.roles.with(|roles| {
            let held = choice.held.with(|held| roles.iter().map(|role| holders(held, *role)).sum::<usize>());
            ((selected.with(|selected| selected.len()) * roles.len()).saturating_sub(held), held)
        })
    });
    let note = move || {
        let (new, held) = counts.get();
        let held = (held > 0).then(|| format!("{held} of {} are held already and left out.", new + held));
        match does_not_fit(tenant, new).or(held) {
            Some(note) => note,
            None if selected.with(|selected| selected.is_empty()) => "Choose identities first.".to_owned(),
            None if !tenant.is_loaded() => "Who holds what is still being read: more may be held already.".to_owned(),
            None => String::new(),
        }
    };
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let Some(api) = choice.api.get_untracked() else { return };
        let roles = choice.roles.get_untracked();
        let wishes = tenant.read_once(|catalog| {
            let mut wishes = Vec::new();
            selected.with_untracked(|selected| {
                for identity in selected.iter().copied() {
                    let free = roles.iter().filter(|role| catalog.assignment(identity, api, **role).is_none());
                    wishes.extend(free.map(|role| (Grant { identity, api, role: *role }, Wish::Assign)));
                }
            });
            wishes
        });
        add(tenant, navigation, toasts, wishes);
    };
    let words = move || match counts.get().0 {
        0 => "Add to the plan".to_owned(),
        count => format!("Add {} to the plan", counted(count, "change")),
    };
    let send = el("button")
        .attr("type", "submit")
        .class("button main")
        .live("disabled", move || counts.get().0 == 0 || does_not_fit(tenant, counts.get().0).is_some())
        .attr("aria-describedby", "add-note")
        .child(live(words));
    el("form")
        .class("card")
        .attr("aria-labelledby", "roles-heading")
        .on(ev::submit, submit)
        .child(el("header").child(el("h2").attr("id", "roles-heading").child("Assign roles of an API")))
        .child(
            el("div").class("pad").child(choice.fields(View::Nothing)).child(
                el("div")
                    .class("tools")
                    .child(send)
                    .child(el("span").class("sub").attr("id", "add-note").attr("role", "status").child(live(note))),
            ),
        )
}

/// What another identity holds, against what those selected hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Comparison {
    /// What it holds and they do not.
    missing: Vec<Grant>,
    /// What they hold and it does not.
    surplus: Vec<Grant>,
    /// How much of what it holds they hold too.
    shared: usize,
}

impl Comparison {
    fn of<'a>(catalog: &Catalog, source: ObjectId, identities: impl Iterator<Item = &'a ObjectId>) -> Self {
        let mut comparison = Self::default();
        for identity in identities.copied() {
            for held in catalog.each_held_by(source) {
                match catalog.assignment(identity, held.resource, held.role) {
                    Some(_) => comparison.shared += 1,
                    None => comparison.missing.push(Grant { identity, api: held.resource, role: held.role }),
                }
            }
            let surplus = catalog
                .each_held_by(identity)
                .filter(|held| catalog.assignment(source, held.resource, held.role).is_none())
                .map(|held| Grant { identity, api: held.resource, role: held.role });
            comparison.surplus.extend(surplus);
        }
        comparison
    }
}

/// The roles of another identity for all of them.
fn copy_card(tenant: Tenant, navigation: Navigation) -> El {
    let toasts = expect_context::<Toasts>();
    let selected = tenant.planning.selected;
    let source = Memo::new(move || navigation.value("from").and_then(|id| id.parse::<ObjectId>().ok()));
    let load = RwSignal::new(Load::Loaded);
    let read = move || {
        let Some(id) = source.get() else { return };
        load.set(Load::Loading);
        browser::spawn(async move {
            let result = tenant.load_identity(id).await;
            if source.get_untracked() == Some(id) {
                load.set(result.map_or_else(Load::Failed, |()| Load::Loaded));
            }
        });
    };
    effect(read);
    let ready = Memo::new(move || tenant.is_loaded() && load.get() == Load::Loaded);
    let comparison = Memo::new(move || match source.get() {
        Some(id) if ready.get() => {
            tenant.read(|catalog| selected.with(|selected| Comparison::of(catalog, id, selected.iter())))
        }
        _ => Comparison::default(),
    });
    let put = move |removing: bool| {
        let Comparison { missing, surplus, .. } = comparison.get_untracked();
        let mut wishes: Vec<_> = missing.into_iter().map(|grant| (grant, Wish::Assign)).collect();
        if removing {
            wishes.extend(surplus.into_iter().map(|grant| (grant, Wish::Remove(None))));
        }
        add(tenant, navigation, toasts, wishes);
    };
    let find = move |text: &str| tenant.read(|catalog| proposals(catalog, text));
    let source_name = move || {
        let name = |id| tenant.read(|catalog| catalog.identity(id).map(|it| visible(&it.display_name)));
        source.get().and_then(name).unwrap_or_default()
    };
    let choose = move |id: Option<ObjectId>| {
        navigation.change_query(&[("from", id.map(|id| id.to_string()).unwrap_or_default())]);
    };
    let way = move |label: &'static str, note_id: &'static str, removing: bool| {
        let numbers =
            move || comparison.with(|it| (it.missing.len(), it.shared, if removing { it.surplus.len() } else { 0 }));
        let count = move || numbers().0 + numbers().2;
        let note = move || {
            let (missing, shared, surplus) = numbers();
            match does_not_fit(tenant, count()) {
                Some(note) => note,
                None if selected.with(|selected| selected.is_empty()) => "Choose identities first.".to_owned(),
                None if !ready.get() => "Who holds what is still being read.".to_owned(),
                None if removing => format!("{missing} to assign, {surplus} to remove that it does not hold"),
                None => format!("{missing} to assign, {shared} held already"),
            }
        };
        el("div")
            .class("tools")
            .child(
                button("button", move || put(removing))
                    .live("disabled", move || count() == 0 || does_not_fit(tenant, count()).is_some())
                    .attr("aria-describedby", note_id)
                    .child(label),
            )
            .child(el("span").class("sub").attr("id", note_id).attr("role", "status").child(live(note)))
    };
    let held = move || match (source.get(), load.get()) {
        (Some(_), Load::Loading) => View::from(skeleton()),
        (Some(id), Load::Loaded) => many![
            holding(tenant, id),
            way("Add what it holds", "copy-note", false),
            way("Make equal", "equal-note", true),
        ],
        _ => View::Nothing,
    };
    el("section")
        .class("card")
        .attr("aria-labelledby", "copy-heading")
        .child(el("header").child(el("h2").attr("id", "copy-heading").child("Copy the roles of another identity")))
        .child(
            el("div")
                .class("pad")
                .child(combobox("Copy from", "Name, object id, resource group", find, source_name, choose))
                .child(load_problem(load, read))
                .child(live(held)),
        )
}

/// What an identity holds, in short.
fn holding(tenant: Tenant, id: ObjectId) -> View {
    let rows = move || {
        tenant.read(|catalog| {
            let row = |held: &crate::directory::Assignment| {
                let grant = Grant { identity: id, api: held.resource, role: held.role };
                let names = Names::of(catalog, grant);
                let role = if names.role.is_empty() { held.role.to_string() } else { names.role };
                let danger = names.api_app_id.and_then(|app| risk(app, held.role)).map(|risk| risk.how);
                let line = el("span").child(code(&role)).child(danger.map(|how| many![" ", privileged_tag(how)]));
                let of = el("span").class("sub").child("of ").child(name(&names.api));
                el("li").key(held.id.to_string()).child(el("div").child(line).child(of))
            };
            catalog.held_by(id).map(row).collect::<View>()
        })
    };
    let count = move || tenant.read(|catalog| catalog.role_count(id));
    let list = move || {
        el("ul").class("roles").attr("tabindex", "0").attr("aria-label", "Roles that it holds").child(live(rows))
    };
    many![
        el("p").child(live(move || match count() {
            0 => "It holds no app role.".to_owned(),
            count => format!("It holds {}:", counted(count, "role")),
        })),
        show(move || count() > 0, list),
    ]
}
