//! The choice of roles of one API, for one identity or several. It lives in the address (`?api=…&roles=…`), so it
//! survives a reload and the redirect that asks for the permission to write, and can be sent to a colleague.

use leptos::ev;
use leptos::prelude::*;

use super::button::button;
use super::combobox::{Choice, combobox};
use super::icon::{Picture, icon};
use super::labels::{code, privileged_tag, prose, tag};
use super::list::counted;
use super::search_box::search_field;
use crate::browser;
use crate::directory::{Api, AppRole, AppRoleId, Catalog, ObjectId, Sorted, match_roles, proposed_apis, risk, visible};
use crate::navigation::Navigation;
use crate::signals::{Memo, RwSignal};
use crate::tenant::{Load, Tenant};
use crate::view::{El, View, either, el, live, many, show};

/// The most roles listed at once: Microsoft Graph has over 700.
const SHOWN: usize = 50;

/// The choice. A handle: copies show the same one.
#[derive(Clone, Copy)]
pub struct RoleChoice {
    tenant: Tenant,
    navigation: Navigation,
    identities: RwSignal<Sorted<ObjectId>>,
    /// The API.
    pub api: Memo<Option<ObjectId>>,
    /// How many of the identities hold each role of the API already.
    pub held: Memo<Vec<(AppRoleId, usize)>>,
    /// The roles: those that the API offers and that not all of the identities hold, whatever the address says.
    pub roles: Memo<Vec<AppRoleId>>,
}

impl RoleChoice {
    /// The choice of the page that asks, for these identities.
    pub fn here(identities: RwSignal<Sorted<ObjectId>>) -> Self {
        let (tenant, navigation) = (Tenant::here(), Navigation::here());
        let api = Memo::new(move || navigation.value("api").and_then(|id| id.parse().ok()));
        let held = Memo::new(move || {
            let mut held: Vec<(AppRoleId, usize)> = Vec::new();
            let Some(api) = api.get() else { return held };
            tenant.read(|catalog| {
                identities.with(|identities| match identities.iter().next() {
                    Some(one) if identities.len() == 1 => {
                        held.extend(catalog.each_held_by(*one).filter(|it| it.resource == api).map(|it| (it.role, 1)));
                    }
                    _ => {
                        for it in catalog.each_holder_of(api).filter(|it| identities.contains(&it.principal)) {
                            match held.iter_mut().find(|(role, _)| *role == it.role) {
                                Some((_, holders)) => *holders += 1,
                                None => held.push((it.role, 1)),
                            }
                        }
                    }
                });
            });
            held
        });
        let roles = Memo::new(move || {
            // A link may be old, and a role may be held by now.
            let ids = navigation.value("roles").unwrap_or_default();
            let wanted: Vec<AppRoleId> = ids.split(',').filter_map(|id| id.parse().ok()).collect();
            let count = identities.with(Sorted::len);
            tenant.read(|catalog| {
                let Some(api) = api.get().and_then(|id| catalog.api(id)) else { return Vec::new() };
                let free =
                    |role: &&AppRole| wanted.contains(&role.id) && held.with(|held| !held_by_all(held, count, role.id));
                api.assignable_roles().filter(free).map(|role| role.id).collect()
            })
        });
        Self { tenant, navigation, identities, api, held, roles }
    }

    /// Chooses these roles of this API, or another API.
    pub fn choose(self, api: Option<ObjectId>, roles: &[AppRoleId]) {
        let roles = roles.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        self.navigation.change_query(&[("api", api.map(|id| id.to_string()).unwrap_or_default()), ("roles", roles)]);
    }

    /// Whether the address asks for a role, whether it can be assigned or not.
    pub fn is_asked(self, role: AppRoleId) -> bool {
        self.navigation.value("roles").is_some_and(|ids| ids.contains(&role.to_string()))
    }

    /// Leaves out the roles that do not fit.
    pub fn keep(self, fits: impl Fn(&AppRoleId) -> bool) {
        let mut roles = self.roles.get_untracked();
        roles.retain(fits);
        self.choose(self.api.get_untracked(), &roles);
    }

    fn toggle(self, role: AppRoleId) {
        let mut roles = self.roles.get_untracked();
        match roles.iter().position(|chosen| *chosen == role) {
            Some(position) => {
                roles.remove(position);
            }
            None => roles.push(role),
        }
        self.choose(self.api.get_untracked(), &roles);
    }

    /// What the API tells, once it is chosen and loaded.
    pub fn read<R>(self, look: impl FnOnce(&Catalog, &Api) -> R) -> Option<R> {
        self.tenant.read(|catalog| self.api.get().and_then(|id| catalog.api(id)).map(|api| look(catalog, api)))
    }

    /// The chosen roles that are privileged, by name, with what could be done with each.
    pub fn risks(self) -> Vec<(String, &'static str)> {
        self.read(|_, api| {
            self.roles.with(|roles| {
                let roles = roles.iter().filter_map(|id| api.role(*id));
                roles
                    .filter_map(|role| risk(api.app_id, role.id).map(|risk| (role.name().to_owned(), risk.how)))
                    .collect()
            })
        })
        .unwrap_or_default()
    }

    /// The fields. The note stands before the roles: nobody ticks any and only then learns that it was in vain.
    pub fn fields(self, note: View) -> View {
        let tenant = self.tenant;
        let api_name = move || self.read(|_, api| visible(&api.display_name)).unwrap_or_default();
        let find = move |text: &str| tenant.read(|catalog| proposals(catalog, text));
        let api_field =
            combobox("API", "Name, role value or application id", find, api_name, move |id| self.choose(id, &[]));
        let told_apart = move || self.read(|catalog, api| el("div").class("sub lines").child(describe(catalog, api)));
        let loading = || el("span").class("sub").child("The APIs are still loading: more will be found in a moment.");
        many![
            api_field,
            live(told_apart),
            note,
            show(move || tenant.apis.with(|load| *load == Load::Loading), loading),
            // Another API, another list, with a filter of its own.
            live(move || self.api.get().map(|_| untrack(|| self.role_list()))),
            self.chosen_roles(),
        ]
    }

    /// The roles of the chosen API, with a filter.
    fn role_list(self) -> El {
        let filter = RwSignal::new(String::new());
        let all = RwSignal::new(false);
        let found = Memo::new(move || {
            self.read(|_, api| {
                let fits = filter.with(|text| match_roles(api, text));
                fits.into_iter()
                    .filter_map(|position| api.roles.get(position))
                    .filter(|role| role.enabled && role.for_applications)
                    .cloned()
                    .collect::<Vec<_>>()
            })
            .unwrap_or_default()
        });
        let count = Memo::new(move || self.read(|_, api| api.assignable_roles().count()).unwrap_or_default());
        let rows = move || {
            let shown = if all.get() { usize::MAX } else { SHOWN };
            found.get().into_iter().take(shown).map(|role| self.role_row(role)).collect::<View>()
        };
        let hidden = move || if all.get() { 0 } else { found.with(Vec::len).saturating_sub(SHOWN) };
        let list = move || {
            el("ul")
                .attr("id", "roles")
                .class("roles")
                .attr("tabindex", "0")
                .attr("aria-label", "Roles to choose from")
                .child(live(rows))
        };
        let none = move || {
            el("p").class("soft").child(live(move || {
                if count.get() == 0 {
                    "This API has no enabled role for applications: an administrator of the API has to add one."
                } else {
                    "No role fits the filter."
                }
            }))
        };
        let more = move || {
            let show_all = move || {
                browser::page::focus("roles");
                all.set(true);
            };
            let button = button("button small", show_all);
            el("div").child(button.child(live(move || format!("Show {} more roles", hidden()))))
        };
        el("fieldset")
            .class("labelled")
            .child(el("legend").child("Roles"))
            .child(
                search_field(move || filter.get(), move |text| filter.set(text))
                    .class("field")
                    .attr("aria-label", "Filter the roles")
                    .live("placeholder", move || format!("Filter {} roles", count.get())),
            )
            .child(either(move || found.with(|found| !found.is_empty()), list, none))
            .child(show(move || hidden() > 0, more))
    }

    fn role_row(self, role: AppRole) -> El {
        let id = role.id;
        let count = self.identities.with(Sorted::len);
        let (holders, all) = self.held.with(|held| (holders(held, id), held_by_all(held, count, id)));
        let danger = self.read(|_, api| risk(api.app_id, id)).flatten();
        let (box_id, text_id) = (format!("role-{id}"), format!("role-{id}-text"));
        let checkbox = el("input")
            .attr("id", box_id.clone())
            .attr("type", "checkbox")
            .attr("disabled", all)
            .attr("aria-describedby", text_id.clone())
            .live_checked(move || all || self.roles.with(|roles| roles.contains(&id)))
            .on(ev::change, move |_| self.toggle(id));
        let held = match (holders, count) {
            (0, _) => None,
            (_, 1) => Some("Held".to_owned()),
            (holders, count) => Some(format!("Held by {holders} of {count}")),
        };
        let line = el("span")
            .child(el("label").attr("for", box_id).child(code(role.name())))
            .child(held.map(|held| many![" ", tag("tag good").child(held)]))
            .child(danger.map(|risk| many![" ", privileged_tag(risk.how)]));
        let below = el("span")
            .attr("id", text_id)
            .class("sub")
            .child(prose(role.purpose()))
            .child(danger.map(|risk| el("strong").child(" ").child(risk.how)));
        el("li").key(id.to_string()).child(checkbox).child(el("div").child(line).child(below))
    }

    /// The roles chosen, each with a way to leave it out, so that none hides behind the filter.
    fn chosen_roles(self) -> El {
        let item = move |role: &AppRole| {
            let id = role.id;
            chip(id.to_string(), role.name(), code(role.name()).into(), "API-field", move || self.toggle(id))
        };
        let items = move || {
            self.read(|_, api| {
                self.roles.with(|roles| roles.iter().filter_map(|id| api.role(*id)).map(item).collect::<View>())
            })
        };
        el("ul").class("chosen").attr("aria-label", "Chosen roles").child(live(items))
    }
}

/// Something chosen, with a way to leave it out. The button goes with it, and the focus to the field of this id.
pub fn chip(key: String, text: &str, shown: View, then: &'static str, leave_out: impl Fn() + 'static) -> El {
    let leave_out = move || {
        browser::page::focus(then);
        leave_out();
    };
    let leave_out = button("button plain icon", leave_out)
        .attr("aria-label", format!("Leave out {}", visible(text)))
        .child(icon(Picture::Cross));
    el("li").key(key).class("tag info").child(shown).child(leave_out)
}

/// How many hold a role, by such a list.
pub fn holders(held: &[(AppRoleId, usize)], role: AppRoleId) -> usize {
    held.iter().find(|(known, _)| *known == role).map_or(0, |(_, holders)| *holders)
}

fn held_by_all(held: &[(AppRoleId, usize)], identities: usize, role: AppRoleId) -> bool {
    identities > 0 && holders(held, role) >= identities
}

/// The APIs that fit the letters typed, by name, role value or application id.
pub fn proposals(catalog: &Catalog, text: &str) -> Vec<Choice<ObjectId>> {
    let apis = proposed_apis(catalog, text).into_iter().filter_map(|index| catalog.apis().get(index as usize));
    apis.map(|api| Choice { key: api.id, label: api.display_name.clone(), sub: describe(catalog, api) }).collect()
}

/// What tells an API from others of its name, in two lines: who owns it and how many roles can be assigned, its id.
fn describe(catalog: &Catalog, api: &Api) -> String {
    let owner = catalog.publisher_of(api).label();
    let twin = if catalog.is_twin_api(api.id) { ", same name twice" } else { "" };
    let roles = api.assignable_roles().count();
    format!("{owner}, {}{twin}\nApplication id {}", counted(roles, "assignable role"), api.app_id)
}
