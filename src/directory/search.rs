//! Finding rows: filters and orders, how they stand in the page's address, and their result as row numbers.
//!
//! Never a copy of a row: 100,000 rows are searched at every letter typed.

use std::fmt;
use std::sync::Arc;

use super::fold::{fold, fold_into};
use super::order::{are_many, by_key, by_name, number, ranks, select};
use super::sort::sort_by_key;
use super::words::{Marks, Word, Words, holds};
use super::{Api, ApiPublisher, AppRoleId, Catalog, Identity, IdentityKind, ObjectId, Place};

/// What the list of identities shows, and in which order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IdentityQuery {
    /// Words to find; all of them must match.
    pub text: String,
    /// Only this kind.
    pub kind: Option<IdentityKind>,
    /// Only those that hold a privileged role.
    pub privileged: bool,
    /// Only those that can get tokens, or only those that cannot.
    pub enabled: Option<bool>,
    /// Only those of the subscription with this id.
    pub subscription: Option<String>,
    /// Only those that hold this.
    pub holds: Option<Holds>,
    /// The order. Equal rows stand by name.
    pub sort: IdentitySort,
    /// Whether the order is reversed.
    pub descending: bool,
}

/// What an identity must hold, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// No role at all.
    Nothing,
    /// This role of this API.
    Role(ObjectId, AppRoleId),
}

impl Holds {
    /// Reads what [`Display`](fmt::Display) writes.
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once('.') {
            Some((api, role)) => Some(Self::Role(api.parse().ok()?, role.parse().ok()?)),
            None => (text == NOTHING).then_some(Self::Nothing),
        }
    }
}

impl fmt::Display for Holds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str(NOTHING),
            Self::Role(api, role) => write!(f, "{api}.{role}"),
        }
    }
}

/// What identities are ordered by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IdentitySort {
    /// The name.
    #[default]
    Name,
    /// System- before user-assigned.
    Kind,
    /// The resource group's name.
    ResourceGroup,
    /// The subscription's id.
    Subscription,
    /// How many roles are held.
    Roles,
    /// How many privileged roles are held.
    Privileged,
    /// When it was created, unknown first.
    Created,
}

/// What the list of APIs shows, and in which order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiQuery {
    /// Words to find; all of them must match.
    pub text: String,
    /// Only this publisher's.
    pub publisher: Option<ApiPublisher>,
    /// The order. Equal rows stand by name.
    pub sort: ApiSort,
    /// Whether the order is reversed.
    pub descending: bool,
}

/// What APIs are ordered by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ApiSort {
    /// The name.
    #[default]
    Name,
    /// Microsoft, this tenant, others.
    Publisher,
    /// The application id.
    AppId,
    /// How many roles applications may hold.
    Roles,
    /// How many assignments it has.
    Holders,
}

/// The names of values in an address. The first of each list is the default and is not written.
const IDENTITY_SORTS: &[(&str, IdentitySort)] = &[
    ("name", IdentitySort::Name),
    ("kind", IdentitySort::Kind),
    ("group", IdentitySort::ResourceGroup),
    ("subscription", IdentitySort::Subscription),
    ("roles", IdentitySort::Roles),
    ("privileged", IdentitySort::Privileged),
    ("created", IdentitySort::Created),
];
const KINDS: &[(&str, IdentityKind)] =
    &[("system", IdentityKind::SystemAssigned), ("user", IdentityKind::UserAssigned)];
const ENABLED: &[(&str, bool)] = &[("yes", true), ("no", false)];
const NOTHING: &str = "nothing";
const API_SORTS: &[(&str, ApiSort)] = &[
    ("name", ApiSort::Name),
    ("publisher", ApiSort::Publisher),
    ("app", ApiSort::AppId),
    ("roles", ApiSort::Roles),
    ("holders", ApiSort::Holders),
];
const PUBLISHERS: &[(&str, ApiPublisher)] =
    &[("microsoft", ApiPublisher::Microsoft), ("tenant", ApiPublisher::Tenant), ("other", ApiPublisher::Other)];

fn value_of<T: Copy>(names: &[(&str, T)], name: &str) -> Option<T> {
    names.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
}

fn name_of<T: Copy + PartialEq>(names: &[(&'static str, T)], value: T) -> String {
    names.iter().find(|(_, known)| *known == value).map_or_else(String::new, |(name, _)| (*name).to_owned())
}

impl IdentityQuery {
    /// Reads an address's query; what it does not know counts as not there.
    pub fn from_pairs(pairs: impl Iterator<Item = (String, String)>) -> Self {
        let mut query = Self::default();
        for (name, value) in pairs {
            match name.as_str() {
                "q" => query.text = value,
                "kind" => query.kind = value_of(KINDS, &value),
                "privileged" => query.privileged = value == "yes",
                "enabled" => query.enabled = value_of(ENABLED, &value),
                "subscription" => query.subscription = Some(value).filter(|id| !id.is_empty()),
                "holds" => query.holds = Holds::parse(&value),
                "sort" => query.sort = value_of(IDENTITY_SORTS, &value).unwrap_or_default(),
                "order" => query.descending = value == "desc",
                _ => {}
            }
        }
        query
    }

    /// The pairs for an address; defaults are left out.
    pub fn to_pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = Vec::new();
        if !self.text.is_empty() {
            pairs.push(("q", self.text.clone()));
        }
        if let Some(kind) = self.kind {
            pairs.push(("kind", name_of(KINDS, kind)));
        }
        if self.privileged {
            pairs.push(("privileged", "yes".to_owned()));
        }
        if let Some(enabled) = self.enabled {
            pairs.push(("enabled", name_of(ENABLED, enabled)));
        }
        if let Some(subscription) = &self.subscription {
            pairs.push(("subscription", subscription.clone()));
        }
        if let Some(holds) = self.holds {
            pairs.push(("holds", holds.to_string()));
        }
        if self.sort != IdentitySort::default() {
            pairs.push(("sort", name_of(IDENTITY_SORTS, self.sort)));
        }
        if self.descending {
            pairs.push(("order", "desc".to_owned()));
        }
        pairs
    }

    /// Positions in [`Catalog::identities`] of what matches, in order.
    pub fn run(&self, catalog: &Catalog) -> Vec<u32> {
        let table = &catalog.identities;
        let found = self.matching(catalog, table.order());
        if self.sort == IdentitySort::Name {
            return by_name(found, self.descending);
        }
        let ranks = match self.sort {
            IdentitySort::ResourceGroup => ranks(table.places().iter().map(|place| &*place.resource_group)),
            IdentitySort::Subscription => {
                ranks(table.places().iter().map(|place| catalog.subscription_name(&place.subscription)))
            }
            _ => Vec::new(),
        };
        by_key(table, &found, self.descending, |at, identity| match self.sort {
            IdentitySort::Name => 0,
            IdentitySort::Kind => identity.kind as u64,
            // What is nowhere comes first.
            IdentitySort::ResourceGroup | IdentitySort::Subscription => {
                table.place_of(at).and_then(|place| ranks.get(place)).map_or(0, |rank| rank + 1)
            }
            IdentitySort::Roles => number(catalog.role_count(identity.id)),
            IdentitySort::Privileged => number(catalog.privileged_count(identity.id)),
            IdentitySort::Created => identity.created.map_or(0, |time| ordinal(time.unix_millis())),
        })
    }
}

impl IdentityQuery {
    /// The same, looked for among what another query has found in the same catalog; if that has to have it all. Whoever
    /// types on looks through fewer and fewer rows.
    pub fn run_within(&self, catalog: &Catalog, other: &Self, found: &[u32]) -> Option<Vec<u32>> {
        // A whole GUID is found where its beginning is not.
        let typed_on = self.text.starts_with(&other.text) && self.text.len() < SHORTEST_GUID;
        let same = Self { text: other.text.clone(), ..self.clone() } == *other;
        (typed_on && same).then(|| self.matching(catalog, found))
    }

    /// Those of some rows that match, in the order in which they are given.
    fn matching(&self, catalog: &Catalog, rows: &[u32]) -> Vec<u32> {
        let table = &catalog.identities;
        let words = Words::new(&self.text);
        // As the list is first opened, and as it loads.
        let unfiltered =
            Self { text: self.text.clone(), sort: self.sort, descending: self.descending, ..Self::default() };
        if words.is_empty() && *self == unfiltered {
            return rows.to_vec();
        }
        let marks = Marks::new(&words, catalog);
        // For each word, whether it is found by a place: there are far fewer places than identities.
        let name = |place: &Arc<Place>| fold(catalog.subscription_name(&place.subscription));
        let names: Vec<String> = table.places().iter().map(name).collect();
        let places = words.marks(|word| {
            let named = table.places().iter().zip(&names);
            named.map(|(place, name)| holds(&place.text, word) || holds(name, word)).collect()
        });
        let is_there = |word: &Word, place: Option<usize>| {
            place.and_then(|at| places.get(word.at)?.get(at).copied()) == Some(true)
        };
        // And by which texts, if many are to be looked at.
        let texts = are_many(table, rows).then(|| words.marks(|word| table.marks(word)));
        let is_written = |word: &Word, at: u32| match &texts {
            Some(texts) => texts.get(word.at).and_then(|marks| marks.get(at as usize)) == Some(&true),
            None => word.is_in(table.text(at)),
        };
        select(table, rows, |at, identity| {
            self.kind.is_none_or(|kind| identity.kind == kind)
                && self.enabled.is_none_or(|enabled| identity.enabled == enabled)
                && self.subscription.as_deref().is_none_or(|id| subscription(identity) == id)
                && self.holds.is_none_or(|holds| match holds {
                    Holds::Nothing => catalog.role_count(identity.id) == 0,
                    Holds::Role(api, role) => catalog.assignment(identity.id, api, role).is_some(),
                })
                && words.all(|word| {
                    is_written(word, at)
                        || is_there(word, table.place_of(at))
                        || word.is_in_guids(identity)
                        || marks.hold(word, catalog, identity.id)
                })
                && (!self.privileged || catalog.privileged_count(identity.id) > 0)
        })
    }
}

/// The length of the shortest form of a GUID: its digits alone.
const SHORTEST_GUID: usize = 32;

impl ApiQuery {
    /// Reads an address's query; what it does not know counts as not there.
    pub fn from_pairs(pairs: impl Iterator<Item = (String, String)>) -> Self {
        let mut query = Self::default();
        for (name, value) in pairs {
            match name.as_str() {
                "q" => query.text = value,
                "publisher" => query.publisher = value_of(PUBLISHERS, &value),
                "sort" => query.sort = value_of(API_SORTS, &value).unwrap_or_default(),
                "order" => query.descending = value == "desc",
                _ => {}
            }
        }
        query
    }

    /// The pairs for an address; defaults are left out.
    pub fn to_pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = Vec::new();
        if !self.text.is_empty() {
            pairs.push(("q", self.text.clone()));
        }
        if let Some(publisher) = self.publisher {
            pairs.push(("publisher", name_of(PUBLISHERS, publisher)));
        }
        if self.sort != ApiSort::default() {
            pairs.push(("sort", name_of(API_SORTS, self.sort)));
        }
        if self.descending {
            pairs.push(("order", "desc".to_owned()));
        }
        pairs
    }

    /// Positions in [`Catalog::apis`] of what matches, in order.
    pub fn run(&self, catalog: &Catalog) -> Vec<u32> {
        let table = &catalog.apis;
        let words = Words::new(&self.text);
        let found = select(table, table.order(), |at, api| {
            self.publisher.is_none_or(|publisher| catalog.publisher_of(api) == publisher)
                && words.all(|word| word.is_in(table.text(at)) || word.is_in_guids(api))
        });
        if self.sort == ApiSort::Name {
            return by_name(found, self.descending);
        }
        by_key(table, &found, self.descending, |_, api| match self.sort {
            ApiSort::Name => 0,
            ApiSort::Publisher => catalog.publisher_of(api) as u64,
            // The first half tells nearly any two apart.
            ApiSort::AppId => api.app_id.as_bytes().first_chunk().map_or(0, |half| u64::from_be_bytes(*half)),
            ApiSort::Roles => number(api.application_roles().count()),
            ApiSort::Holders => number(catalog.holder_count(api.id)),
        })
    }
}

/// Positions in [`Catalog::apis`] of the APIs to propose for letters typed, the likeliest first: those of that name, or
/// whose name begins so, or has it somewhere, or whose id it is; after them those of which a role fits.
pub fn proposed_apis(catalog: &Catalog, text: &str) -> Vec<u32> {
    let mut found = ApiQuery { text: text.to_owned(), ..ApiQuery::default() }.run(catalog);
    likeliest_first(&mut found, text, &|at| {
        catalog.apis().get(at).map(|api| (api.display_name.as_str(), api.id, api.app_id))
    });
    found
}

/// The same of [`Catalog::identities`], for whoever types the beginning of an identity's name.
pub fn proposed_identities(catalog: &Catalog, text: &str) -> Vec<u32> {
    let mut found = IdentityQuery { text: text.to_owned(), ..IdentityQuery::default() }.run(catalog);
    likeliest_first(&mut found, text, &|at| {
        catalog.identities().get(at).map(|identity| (identity.display_name.as_str(), identity.id, identity.app_id))
    });
    found
}

fn likeliest_first<'a>(
    found: &mut Vec<u32>,
    text: &str,
    of: &dyn Fn(usize) -> Option<(&'a str, ObjectId, super::AppId)>,
) {
    let typed = fold(text.trim());
    if typed.is_empty() {
        return;
    }
    sort_by_key(found, |at| {
        let Some((name, id, app_id)) = of(*at as usize) else { return 4 };
        let name = fold(name);
        match name.find(&typed) {
            Some(0) if name.len() == typed.len() => 0,
            Some(0) => 1,
            Some(_) => 2,
            None if app_id.to_string() == typed || id.to_string() == typed => 3,
            None => 4,
        }
    });
}

/// Positions in `api.roles` of the roles that all words of `text` match, by value, name or description; all of them if
/// there is no word. The order is the API's.
pub fn match_roles(api: &Api, text: &str) -> Vec<usize> {
    let words = Words::new(text);
    let mut texts = String::new();
    let mut found = Vec::new();
    for (at, role) in api.roles.iter().enumerate() {
        texts.clear();
        for part in [&role.value, &role.display_name, &role.description] {
            fold_into(&mut texts, part);
            texts.push('\n');
        }
        if words.all(|word| word.is_in(&texts) || word.is_in_guid(role.id.halves())) {
            found.push(at);
        }
    }
    found
}

/// A time as a number of the same order, of which none is 0.
fn ordinal(millis: i64) -> u64 {
    millis.wrapping_sub(i64::MIN).cast_unsigned().max(1)
}

fn subscription(identity: &Identity) -> &str {
    identity.host.as_ref().map_or("", |host| &host.subscription)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{api, assignment, identity, role};
    use super::super::{HostResource, MICROSOFT_TENANT, ObjectId, Places, TenantId, Timestamp};
    use super::*;
    use proptest::prelude::*;

    const SUBSCRIPTION: &str = "67883dfd-3856-47a5-9f8a-432fb0d3367d";

    fn hosted(id: u128, name: &str, group: &str, kind: &str) -> Identity {
        let arm = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/{group}/providers/{kind}/host-{id}");
        Identity { host: HostResource::parse(&arm, &mut Places::default()), ..identity(id, name) }
    }

    fn sample() -> Catalog {
        let mut catalog = Catalog::default();
        let user = Identity {
            kind: IdentityKind::UserAssigned,
            ..hosted(3, "mi-Shared", "rg-a", "Microsoft.ManagedIdentity/userAssignedIdentities")
        };
        catalog.add_identities(vec![
            hosted(1, "vm-orders", "rg-b", "Microsoft.Compute/virtualMachines"),
            hosted(2, "Func-Orders", "RG-A", "Microsoft.Web/sites"),
            user,
            identity(4, "bare"),
        ]);
        let mut mail = api(10, "Contoso Mail");
        mail.roles = vec![role(100, "Mail.Send"), role(101, "Mail.Read")];
        mail.owner_tenant = Some(MICROSOFT_TENANT);
        let mut stock = api(11, "Stock");
        stock.roles = vec![role(102, "Stock.Count")];
        stock.owner_tenant = Some(TenantId::from_u128(5));
        catalog.add_apis(vec![mail, stock, api(12, "Unused")]);
        catalog.set_tenant(TenantId::from_u128(5));
        catalog.set_held_by(ObjectId::from_u128(1), vec![assignment(1, 10, 100), assignment(1, 10, 101)]);
        catalog.set_held_by(ObjectId::from_u128(4), vec![assignment(4, 11, 102)]);
        catalog
    }

    proptest! {
        #[test]
        fn typing_on_finds_what_a_new_search_does(text in "[a-z0-9 .-]{0,6}|[a-f0-9-]{30,36}|(func|mail|rg)-?[a-z ]{0,3}", at in 0_usize..8, descending: bool) {
            let catalog = sample();
            let Some(begun) = text.get(..at) else { return Ok(()) };
            let query = |text: &str| {
                IdentityQuery { text: text.into(), sort: IdentitySort::Roles, descending, ..IdentityQuery::default() }
            };
            let (before, after) = (query(begun), query(&text));
            if let Some(within) = after.run_within(&catalog, &before, &before.run(&catalog)) {
                prop_assert_eq!(within, after.run(&catalog));
            }
            let other = IdentityQuery { privileged: true, ..before };
            prop_assert_eq!(after.run_within(&catalog, &other, &[]), None);
        }
    }

    fn found(query: &IdentityQuery, catalog: &Catalog) -> Vec<String> {
        let all = catalog.identities();
        query.run(catalog).into_iter().map(|at| all[at as usize].display_name.clone()).collect()
    }

    fn search(text: &str) -> Vec<String> {
        found(&IdentityQuery { text: text.into(), ..IdentityQuery::default() }, &sample())
    }

    #[test]
    fn finds_identities_by_all_that_is_known_of_them() {
        assert_eq!(search(""), ["bare", "Func-Orders", "mi-Shared", "vm-orders"]);
        assert_eq!(search("ORDERS"), ["Func-Orders", "vm-orders"]);
        assert_eq!(search(" orders  rg-a "), ["Func-Orders"]);
        assert_eq!(search("virtual machine"), ["vm-orders"]);
        assert_eq!(search("host-3"), ["mi-Shared"]);
        assert_eq!(search("67883DFD"), ["Func-Orders", "mi-Shared", "vm-orders"]);
        assert_eq!(search("mail.send"), ["vm-orders"]);
        assert_eq!(search("contoso mail orders"), ["vm-orders"]);
        assert_eq!(search("stock.count"), ["bare"]);
        assert_eq!(search("unused"), [""; 0]);
        assert_eq!(search(".*"), [""; 0]);
    }

    #[test]
    fn what_is_searched_for_is_taken_as_it_stands() {
        // SEC-117
        for pattern in [".*", "func|vm", "^vm", "[a-z]+", "vm.orders", "orders$", "(a+)+$", "\\"] {
            assert!(search(pattern).is_empty(), "{pattern}");
        }
    }

    #[test]
    fn finds_a_pasted_guid_in_any_clothes() {
        let id = ObjectId::from_u128(2).to_string();
        for text in [id.clone(), id.to_uppercase(), format!(" {{{id}}} "), format!("'{id}'"), id.replace('-', "")] {
            assert_eq!(search(&text), ["Func-Orders"], "{text}");
        }
        assert_eq!(search(&identity(3, "").app_id.to_string()), ["mi-Shared"]);
        assert_eq!(search(&ObjectId::from_u128(11).to_string()), ["bare"], "an API's id finds who holds its roles");
        assert_eq!(search(&role(100, "").id.to_string()), ["vm-orders"], "a role's id as well");
        assert_eq!(search("99999999-0000-0000-0000-000000000000"), [""; 0]);
    }

    #[test]
    fn filters_and_orders_identities() {
        let catalog = sample();
        let run = |sort, descending| found(&IdentityQuery { sort, descending, ..IdentityQuery::default() }, &catalog);
        assert_eq!(run(IdentitySort::Name, true), ["vm-orders", "mi-Shared", "Func-Orders", "bare"]);
        assert_eq!(run(IdentitySort::Roles, true), ["vm-orders", "bare", "Func-Orders", "mi-Shared"]);
        assert_eq!(run(IdentitySort::ResourceGroup, false), ["bare", "Func-Orders", "mi-Shared", "vm-orders"]);
        assert_eq!(run(IdentitySort::ResourceGroup, true), ["vm-orders", "Func-Orders", "mi-Shared", "bare"]);
        assert_eq!(run(IdentitySort::Kind, true), ["mi-Shared", "bare", "Func-Orders", "vm-orders"]);
        assert_eq!(run(IdentitySort::Subscription, false), ["bare", "Func-Orders", "mi-Shared", "vm-orders"]);
        assert_eq!(run(IdentitySort::Created, false), ["bare", "Func-Orders", "mi-Shared", "vm-orders"]);
        let only = IdentityQuery { kind: Some(IdentityKind::UserAssigned), ..IdentityQuery::default() };
        assert_eq!(found(&only, &catalog), ["mi-Shared"]);
        let privileged = IdentityQuery { privileged: true, ..IdentityQuery::default() };
        assert_eq!(found(&privileged, &catalog), [""; 0]);
    }

    #[test]
    fn filters_by_state_subscription_and_what_is_held() {
        let mut catalog = sample();
        catalog.upsert_identity(Identity { enabled: false, ..identity(5, "off") });
        let run = |query| found(&query, &catalog);
        let all = IdentityQuery::default();
        assert_eq!(run(IdentityQuery { enabled: Some(false), ..all.clone() }), ["off"]);
        assert_eq!(run(IdentityQuery { enabled: Some(true), ..all.clone() }).len(), 4);
        let here = IdentityQuery { subscription: Some(SUBSCRIPTION.into()), ..all.clone() };
        assert_eq!(run(here.clone()), ["Func-Orders", "mi-Shared", "vm-orders"]);
        assert_eq!(run(IdentityQuery { subscription: Some(String::new()), ..all.clone() }), ["bare", "off"]);
        assert_eq!(catalog.subscriptions().iter().collect::<Vec<_>>(), [SUBSCRIPTION]);

        let role = |api, role| Some(Holds::Role(ObjectId::from_u128(api), AppRoleId::from_u128(role)));
        assert_eq!(run(IdentityQuery { holds: role(10, 101), ..all.clone() }), ["vm-orders"]);
        assert_eq!(run(IdentityQuery { holds: role(11, 101), ..all.clone() }), [""; 0], "a role is one of its API");
        assert_eq!(run(IdentityQuery { holds: Some(Holds::Nothing), ..all }), ["Func-Orders", "mi-Shared", "off"]);
        assert_eq!(run(IdentityQuery { holds: Some(Holds::Nothing), ..here }), ["Func-Orders", "mi-Shared"]);
        assert_eq!(catalog.roles_held().len(), 3);
    }

    #[test]
    fn subscriptions_are_found_and_ordered_by_the_names_that_are_shown() {
        let other = "f0000000-0000-4000-8000-00000000000f";
        let mut catalog = sample();
        let arm = format!("/subscriptions/{other}/resourceGroups/g/providers/A.B/c/x");
        let elsewhere = HostResource::parse(&arm, &mut Places::default());
        catalog.add_identities(vec![Identity { host: elsewhere, ..identity(5, "elsewhere") }]);
        let sort = IdentitySort::Subscription;
        let run = |text: &str, catalog: &Catalog| {
            found(&IdentityQuery { text: text.into(), sort, ..IdentityQuery::default() }, catalog)
        };
        assert_eq!(run("", &catalog), ["bare", "Func-Orders", "mi-Shared", "vm-orders", "elsewhere"], "by id");
        let names = [(SUBSCRIPTION, "Zeta"), (other, "Data Production")];
        catalog.name_subscriptions(names.map(|(id, name)| (id.to_owned(), name.to_owned())).to_vec());
        assert_eq!(run("", &catalog), ["bare", "elsewhere", "Func-Orders", "mi-Shared", "vm-orders"], "by name");
        assert_eq!(run("data production", &catalog), ["elsewhere"]);
        assert_eq!(run(other, &catalog), ["elsewhere"], "by id all the same");
    }

    #[test]
    fn orders_by_privileged_roles_and_by_application_id() {
        let mut catalog = Catalog::default();
        catalog.add_identities((1..4).map(|id| identity(id, &format!("mi-{id}"))).collect());
        let graph = Api { app_id: "00000003-0000-0000-c000-000000000000".parse().unwrap(), ..api(10, "Graph") };
        catalog.add_apis(vec![graph, api(11, "B"), api(12, "A")]);
        let risky = |holder: u128, role: &str| super::super::Assignment {
            role: role.parse().unwrap(),
            ..assignment(holder, 10, role.len() as u128)
        };
        let (write, exchange) = ("06b708a9-e830-4db3-a914-8e69da51d44f", "9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8");
        catalog.set_held_by(ObjectId::from_u128(2), vec![risky(2, write), risky(2, exchange)]);
        catalog.set_held_by(ObjectId::from_u128(3), vec![risky(3, write), assignment(3, 11, 1), assignment(3, 11, 2)]);
        let sort = IdentitySort::Privileged;
        assert_eq!(
            found(&IdentityQuery { sort, descending: true, ..IdentityQuery::default() }, &catalog),
            ["mi-2", "mi-3", "mi-1"]
        );
        let apps = ApiQuery { sort: ApiSort::AppId, ..ApiQuery::default() }.run(&catalog);
        let ids: Vec<_> = apps.iter().map(|at| catalog.apis()[*at as usize].app_id).collect();
        assert_eq!(ids, [api(11, "").app_id, api(12, "").app_id, catalog.apis()[0].app_id]);
    }

    #[test]
    fn finds_filters_and_orders_apis() {
        let catalog = sample();
        let run = |query: ApiQuery| -> Vec<&str> {
            query.run(&catalog).into_iter().map(|at| catalog.apis()[at as usize].display_name.as_str()).collect()
        };
        let text = |text: &str| ApiQuery { text: text.into(), ..ApiQuery::default() };
        assert_eq!(run(text("")), ["Contoso Mail", "Stock", "Unused"]);
        assert_eq!(run(text("mail.re")), ["Contoso Mail"]);
        assert_eq!(run(text(&api(11, "").app_id.to_string())), ["Stock"]);
        let by = |sort, descending| ApiQuery { sort, descending, ..ApiQuery::default() };
        assert_eq!(run(by(ApiSort::Holders, true)), ["Contoso Mail", "Stock", "Unused"]);
        assert_eq!(run(by(ApiSort::Roles, false)), ["Unused", "Stock", "Contoso Mail"]);
        assert_eq!(run(by(ApiSort::Publisher, false)), ["Contoso Mail", "Stock", "Unused"]);
        assert_eq!(run(ApiQuery { publisher: Some(ApiPublisher::Tenant), ..ApiQuery::default() }), ["Stock"]);
        assert_eq!(run(ApiQuery { publisher: Some(ApiPublisher::Other), ..ApiQuery::default() }), ["Unused"]);
    }

    #[test]
    fn matches_roles_by_value_name_and_description() {
        let mut api = api(1, "Mail");
        api.roles = vec![role(1, "Mail.Send"), role(2, "Mail.Read"), role(3, "Other")];
        api.roles[2].description = "Sends mail as anyone".into();
        assert_eq!(match_roles(&api, ""), [0, 1, 2]);
        assert_eq!(match_roles(&api, "send"), [0, 2]);
        assert_eq!(match_roles(&api, "MAIL read"), [1]);
        assert_eq!(match_roles(&api, &role(3, "").id.to_string()), [2]);
        assert_eq!(match_roles(&api, "nothing"), [0; 0]);
    }

    #[test]
    fn wrong_values_in_an_address_count_as_absent() {
        let pairs =
            |list: &[(&str, &str)]| list.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect::<Vec<_>>();
        let wrong = pairs(&[
            ("kind", "evil"),
            ("sort", "1"),
            ("order", ""),
            ("privileged", "true"),
            ("x", "y"),
            ("enabled", "maybe"),
            ("subscription", ""),
            ("holds", "all"),
            ("holds", "x.y"),
        ]);
        assert_eq!(IdentityQuery::from_pairs(wrong.clone().into_iter()), IdentityQuery::default());
        assert_eq!(ApiQuery::from_pairs(wrong.into_iter()), ApiQuery::default());
        assert_eq!(IdentityQuery::default().to_pairs(), []);
        assert_eq!(ApiQuery::default().to_pairs(), []);
    }

    fn any_identity_query() -> impl Strategy<Value = IdentityQuery> {
        let kinds =
            prop::sample::select(vec![None, Some(IdentityKind::SystemAssigned), Some(IdentityKind::UserAssigned)]);
        let sorts = prop::sample::select(IDENTITY_SORTS.iter().map(|(_, sort)| *sort).collect::<Vec<_>>());
        let role = |(api, role)| Holds::Role(ObjectId::from_u128(api), AppRoleId::from_u128(role));
        let holds = prop::option::of(prop_oneof![Just(Holds::Nothing), any::<(u128, u128)>().prop_map(role)]);
        let subscription = prop::option::of(prop_oneof![Just(SUBSCRIPTION.to_owned()), "\\PC{1,9}"]);
        let only = (kinds, any::<bool>(), prop::option::of(any::<bool>()), subscription, holds);
        (any::<String>(), only, sorts, any::<bool>()).prop_map(|(text, only, sort, descending)| {
            let (kind, privileged, enabled, subscription, holds) = only;
            IdentityQuery { text, kind, privileged, enabled, subscription, holds, sort, descending }
        })
    }

    fn any_api_query() -> impl Strategy<Value = ApiQuery> {
        let publishers = prop::sample::select(vec![
            None,
            Some(ApiPublisher::Microsoft),
            Some(ApiPublisher::Tenant),
            Some(ApiPublisher::Other),
        ]);
        let sorts = prop::sample::select(API_SORTS.iter().map(|(_, sort)| *sort).collect::<Vec<_>>());
        (any::<String>(), publishers, sorts, any::<bool>()).prop_map(|(text, publisher, sort, descending)| ApiQuery {
            text,
            publisher,
            sort,
            descending,
        })
    }

    #[test]
    fn the_api_that_is_meant_is_proposed_first() {
        let mut catalog = Catalog::default();
        let with_role = |id, name: &str, value: &str| {
            let mut api = crate::directory::testing::api(id, name);
            api.roles = vec![crate::directory::testing::role(id, value)];
            api
        };
        catalog.add_apis(vec![
            with_role(1, "A library", "Stock.Read.All"),
            with_role(2, "My stock", "Other.Read"),
            with_role(3, "Stock API", "Other.Read"),
            with_role(4, "stock", "Other.Read"),
        ]);
        let names = |text: &str| -> Vec<_> {
            let found = proposed_apis(&catalog, text);
            found.iter().map(|at| catalog.apis()[*at as usize].display_name.as_str()).collect()
        };
        assert_eq!(names("Stock"), ["stock", "Stock API", "My stock", "A library"]);
        assert_eq!(names(""), ["A library", "My stock", "stock", "Stock API"]);
        assert_eq!(names(&catalog.apis()[2].app_id.to_string()), ["Stock API"]);
    }

    #[test]
    fn proposes_identities_in_the_same_way() {
        let mut catalog = Catalog::default();
        for (id, name) in [(1, "a-web"), (2, "web-b"), (3, "web"), (4, "other")] {
            catalog.upsert_identity(hosted(id, name, "rg-web", "X.Y/z"));
        }
        let names = |text: &str| -> Vec<&str> {
            let found = proposed_identities(&catalog, text);
            found.iter().map(|at| catalog.identities()[*at as usize].display_name.as_str()).collect()
        };
        assert_eq!(names("Web"), ["web", "web-b", "a-web", "other"]);
        assert_eq!(names(&catalog.identities()[3].id.to_string()), ["other"]);
        assert_eq!(names(""), ["a-web", "other", "web", "web-b"]);
    }

    proptest! {
        #[test]
        fn queries_survive_the_address(identities in any_identity_query(), apis in any_api_query()) {
            let through = |pairs: Vec<(&'static str, String)>| {
                let text = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
                url::form_urlencoded::parse(text.as_bytes()).into_owned().collect::<Vec<_>>().into_iter()
            };
            prop_assert_eq!(IdentityQuery::from_pairs(through(identities.to_pairs())), identities);
            prop_assert_eq!(ApiQuery::from_pairs(through(apis.to_pairs())), apis);
        }

        #[test]
        fn a_result_is_an_ordered_subset_and_nothing_that_matches_is_missing(
            rows in prop::collection::vec(("[a-c]{0,3}", "[a-cA-C]{1,2}", any::<bool>(), 0_usize..4, prop::option::of(0_i64..5)), 0..25),
            text in "[a-c]{0,2}( [a-c]{1})?",
            mut query in any_identity_query(),
        ) {
            query.text = text;
            query.privileged = false;
            if let Some(Holds::Role(..)) = query.holds {
                query.holds = Some(Holds::Role(ObjectId::from_u128(90), AppRoleId::from_u128(1)));
            }
            let mut catalog = Catalog::default();
            for (at, (name, group, user, roles, created)) in rows.iter().enumerate() {
                let id = at as u128 + 1;
                let mut row = hosted(id, name, group, "X.Y/z");
                row.kind = if *user { IdentityKind::UserAssigned } else { IdentityKind::SystemAssigned };
                row.created = created.map(Timestamp::from_unix_millis);
                catalog.upsert_identity(row);
                catalog.set_held_by(ObjectId::from_u128(id), (0..*roles).map(|r| assignment(id, 90, r as u128)).collect());
            }
            let found = query.run(&catalog);
            let mut unique = found.clone();
            unique.sort_unstable();
            unique.dedup();
            prop_assert_eq!(unique.len(), found.len());
            for (at, row) in catalog.identities().iter().enumerate() {
                let host = row.host.as_ref().unwrap();
                // Every text a row can be found by here; the API's name is "resource 90".
                let all = format!("{} {} {} x.y/z {} {} {} {}", row.display_name, host.resource_group, host.name(),
                    row.id, row.app_id, host.subscription,
                    if catalog.role_count(row.id) > 0 { "resource 90" } else { "" }).to_lowercase();
                let held = catalog.role_count(row.id);
                let expected = query.kind.is_none_or(|kind| kind == row.kind)
                    && query.enabled != Some(false)
                    && query.subscription.as_deref().is_none_or(|id| id == SUBSCRIPTION)
                    && query.holds.is_none_or(|holds| if holds == Holds::Nothing { held == 0 } else { held > 1 })
                    && query.text.split_whitespace().all(|w| all.contains(w));
                prop_assert_eq!(found.contains(&(at as u32)), expected, "{:?} in {}", query, all);
            }
            let key = |at: &u32| {
                let row = &catalog.identities()[*at as usize];
                let host = row.host.as_ref().unwrap();
                match query.sort {
                    IdentitySort::Name => row.display_name.to_lowercase(),
                    IdentitySort::Kind => format!("{:?}", row.kind),
                    IdentitySort::ResourceGroup => host.resource_group.to_lowercase(),
                    IdentitySort::Subscription => host.subscription.clone(),
                    IdentitySort::Roles => catalog.role_count(row.id).to_string(),
                    IdentitySort::Privileged => catalog.privileged_count(row.id).to_string(),
                    IdentitySort::Created => row.created.map(Timestamp::to_rfc3339).unwrap_or_default(),
                }
            };
            for pair in found.windows(2) {
                let (a, b) = (key(&pair[0]), key(&pair[1]));
                prop_assert!(if query.descending { a >= b } else { a <= b }, "{:?}: {} {}", query, a, b);
            }
        }

        #[test]
        fn any_text_is_searched_without_harm(text in any::<String>()) {
            let catalog = sample();
            let identities = IdentityQuery { text: text.clone(), ..IdentityQuery::default() };
            let apis = ApiQuery { text: text.clone(), ..ApiQuery::default() };
            prop_assert!(identities.run(&catalog).len() <= 4);
            prop_assert!(apis.run(&catalog).len() <= 3);
            prop_assert!(match_roles(&catalog.apis()[0], &text).len() <= 2);
        }
    }
}
