//! Everything loaded from the directory so far, and the questions the screens ask of it.
//!
//! It owns the rows and their indices. It keeps no signal and asks nobody: what is not in it is not known.

use std::cmp::Ordering;
use std::sync::Arc;

use super::fold::fold;
use super::ledger::Ledger;
use super::risk::{is_risky_somewhere, risk};
use super::sort::{sort_by, sort_by_key};
use super::sorted::Sorted;
use super::table::{Row, Table};
use super::{
    Api, ApiPublisher, AppRoleId, Assignment, HostResource, Identity, ObjectId, Place, PrincipalKind, TenantId,
};

/// What has been loaded. 100,000 identities with a million assignments are expected.
#[derive(Default)]
pub struct Catalog {
    pub(super) identities: Table<Identity>,
    pub(super) apis: Table<Api>,
    pub(super) ledger: Ledger,
    tenant: Option<TenantId>,
    subscriptions: Sorted<String>,
    /// The ids of subscriptions, in lower case, with the names that are known.
    subscription_names: Vec<(String, String)>,
    walked: Sorted<ObjectId>,
}

impl Row for Identity {
    fn id(&self) -> ObjectId {
        self.id
    }

    fn name(&self) -> &str {
        &self.display_name
    }

    fn texts(&self, add: &mut dyn FnMut(&str)) {
        if let Some(host) = &self.host {
            add(&host.name());
        }
    }

    fn place(&self) -> Option<&Arc<Place>> {
        self.host.as_ref().map(HostResource::place)
    }

    fn guids(&self, add: &mut dyn FnMut((u64, u64))) {
        add(self.id.halves());
        add(self.app_id.halves());
    }
}

impl Row for Api {
    fn id(&self) -> ObjectId {
        self.id
    }

    fn name(&self) -> &str {
        &self.display_name
    }

    fn texts(&self, add: &mut dyn FnMut(&str)) {
        add(self.publisher.as_deref().unwrap_or_default());
        for role in self.application_roles() {
            add(&role.value);
        }
    }

    fn guids(&self, add: &mut dyn FnMut((u64, u64))) {
        add(self.id.halves());
        add(self.app_id.halves());
        if let Some(owner) = self.owner_tenant {
            add(owner.halves());
        }
    }
}

impl Catalog {
    /// Tells which tenant is signed in, so that its own APIs can be told from others'.
    pub fn set_tenant(&mut self, tenant: TenantId) {
        self.tenant = Some(tenant);
    }

    /// Tells the names of subscriptions, each after its id in lower case: Graph knows the ids alone.
    pub fn name_subscriptions(&mut self, names: Vec<(String, String)>) {
        self.subscription_names = names;
    }

    /// The name of a subscription; where it has none, its id in lower case.
    pub(super) fn subscription_name<'a>(&'a self, id: &'a str) -> &'a str {
        let mut named = self.subscription_names.iter();
        named.find(|(known, _)| known == id).map_or(id, |(_, name)| name)
    }

    /// Adds identities; a known one is replaced.
    pub fn add_identities(&mut self, identities: Vec<Identity>) {
        let before = self.identities.places().len();
        self.identities.add(identities);
        self.note_places(before);
    }

    /// All identities are going to be read, perhaps once more.
    pub fn begin_identities(&mut self) {
        self.identities.begin();
    }

    /// Adds identities as they were when all were read another time; what is known already is newer.
    pub fn add_old_identities(&mut self, identities: Vec<Identity>) {
        let before = self.identities.places().len();
        self.identities.add_old(identities);
        self.note_places(before);
    }

    /// All identities have been read: what has not come since that [began](Self::begin_identities) is gone. Positions in
    /// [`identities`](Self::identities) mean something else afterwards.
    pub fn end_identities(&mut self) {
        if self.identities.end() {
            self.subscriptions.clear();
            self.note_places(0);
        }
    }

    /// How many identities have been read since that began.
    pub fn identities_read(&self) -> usize {
        self.identities.read()
    }

    /// Whether this one has.
    pub fn is_identity_read(&self, id: ObjectId) -> bool {
        self.identities.is_read(id)
    }

    /// Notes what is new of the places from this one on.
    fn note_places(&mut self, before: usize) {
        for place in self.identities.places().iter().skip(before) {
            if !place.subscription.is_empty() {
                self.subscriptions.insert(place.subscription.clone());
            }
        }
    }

    /// Adds APIs; a known one is replaced.
    pub fn add_apis(&mut self, apis: Vec<Api>) {
        self.apis.add(apis);
        self.ledger.judge_again(&|resource, role| is_privileged(&self.apis, resource, role));
    }

    /// Adds an identity or replaces it.
    pub fn upsert_identity(&mut self, identity: Identity) {
        self.add_identities(vec![identity]);
    }

    /// Adds an API or replaces it.
    pub fn upsert_api(&mut self, api: Api) {
        self.add_apis(vec![api]);
    }

    /// Replaces all assignments of a principal; rows of other principals are ignored.
    pub fn set_held_by(&mut self, principal: ObjectId, assignments: Vec<Assignment>) {
        let apis = &self.apis;
        self.ledger.set_held_by(principal, assignments, &|resource, role| is_privileged(apis, resource, role));
    }

    /// Replaces all assignments of a resource; rows of other resources are ignored.
    pub fn set_holders_of(&mut self, resource: ObjectId, mut assignments: Vec<Assignment>) {
        self.walked.insert(resource);
        // Sorted once here, the rows are nearly sorted whenever they are asked for.
        sort_by_key(&mut assignments, |row| fold(&row.principal_name));
        let apis = &self.apis;
        self.ledger.set_holders_of(resource, assignments, &|resource, role| is_privileged(apis, resource, role));
    }

    /// All identities, in the order in which they came: what a query returns are positions here, until
    /// [`end_identities`](Self::end_identities).
    pub fn identities(&self) -> &[Identity] {
        self.identities.rows()
    }

    /// All APIs, in the order in which they came: what a query returns are positions here.
    pub fn apis(&self) -> &[Api] {
        self.apis.rows()
    }

    /// The subscriptions of all identities, by id.
    pub fn subscriptions(&self) -> &Sorted<String> {
        &self.subscriptions
    }

    /// The roles that anybody holds or held since they were read, each once.
    pub fn roles_held(&self) -> impl ExactSizeIterator<Item = (ObjectId, AppRoleId)> {
        self.ledger.grants().iter().map(|grant| (grant.resource, grant.role))
    }

    /// The identity with that id.
    pub fn identity(&self, id: ObjectId) -> Option<&Identity> {
        self.identities.get(id)
    }

    /// The API with that id.
    pub fn api(&self, id: ObjectId) -> Option<&Api> {
        self.apis.get(id)
    }

    /// What a principal holds, by API name, then role value.
    pub fn held_by(&self, principal: ObjectId) -> impl Iterator<Item = &Assignment> {
        let mut rows: Vec<_> = self
            .ledger
            .held_by(principal)
            .map(|row| {
                let api = self.api(row.resource);
                let name = api.map_or(&row.resource_name, |api| &api.display_name);
                let value = api.and_then(|api| api.role(row.role)).map(|role| fold(&role.value));
                (fold(name), row.resource, value, row.role, row)
            })
            .collect();
        sort_by(&mut rows, |a, b| (&a.0, a.1, &a.2, a.3).cmp(&(&b.0, b.1, &b.2, b.3)));
        rows.into_iter().map(|row| row.4)
    }

    /// The same in no promised order: for counting.
    pub fn each_held_by(&self, principal: ObjectId) -> impl Iterator<Item = &Assignment> {
        self.ledger.held_by(principal)
    }

    /// Who holds roles of an API, by the holder's name.
    pub fn holders_of(&self, resource: ObjectId) -> impl Iterator<Item = &Assignment> {
        let mut rows: Vec<&Assignment> = self.ledger.holders_of(resource).collect();
        sort_by(&mut rows, |a, b| compare_folded(&a.principal_name, &b.principal_name));
        rows.into_iter()
    }

    /// The same in no promised order: for counting.
    pub fn each_holder_of(&self, resource: ObjectId) -> impl Iterator<Item = &Assignment> {
        self.ledger.holders_of(resource)
    }

    /// How many hold each role of an API that anybody holds, by the role's id.
    pub fn holders_by_role(&self, resource: ObjectId) -> Vec<(AppRoleId, usize)> {
        let mut roles: Vec<AppRoleId> = self.each_holder_of(resource).map(|held| held.role).collect();
        sort_by(&mut roles, Ord::cmp);
        let mut counts: Vec<(AppRoleId, usize)> = Vec::new();
        for role in roles {
            match counts.last_mut() {
                Some((last, count)) if *last == role => *count += 1,
                _ => counts.push((role, 1)),
            }
        }
        counts
    }

    /// Whether the holders of an API's roles have been read.
    pub fn knows_holders_of(&self, resource: ObjectId) -> bool {
        self.walked.contains(&resource)
    }

    /// A principal's assignment of one role of an API.
    pub fn assignment(&self, principal: ObjectId, api: ObjectId, role: AppRoleId) -> Option<&Assignment> {
        self.ledger.find(principal, api, role)
    }

    /// Whether a role of an API is privileged.
    pub fn is_privileged(&self, api: ObjectId, role: AppRoleId) -> bool {
        is_privileged(&self.apis, api, role)
    }

    /// What a holder is, for people.
    pub fn holder_kind(&self, held: &Assignment) -> String {
        match (&held.principal_kind, self.identity(held.principal)) {
            (_, Some(identity)) => format!("{} identity", identity.kind.label()),
            (PrincipalKind::ServicePrincipal, None) => "Application".to_owned(),
            (PrincipalKind::User, None) => "User".to_owned(),
            (PrincipalKind::Group, None) => "Group".to_owned(),
            (PrincipalKind::Other(other), None) => other.clone(),
        }
    }

    /// The value of a role, or what stands for it.
    pub fn role_name(&self, api: ObjectId, role: AppRoleId) -> String {
        match self.api(api).and_then(|api| api.role(role)) {
            Some(role) => role.name().to_owned(),
            None if role == AppRoleId::DEFAULT_ACCESS => "Default access".to_owned(),
            None => format!("Unknown role {role}"),
        }
    }

    /// How many roles a principal holds.
    pub fn role_count(&self, principal: ObjectId) -> usize {
        self.ledger.role_count(principal)
    }

    /// How many of the roles that a principal holds are privileged.
    pub fn privileged_count(&self, principal: ObjectId) -> usize {
        self.ledger.privileged_count(principal)
    }

    /// How many assignments an API has.
    pub fn holder_count(&self, resource: ObjectId) -> usize {
        self.ledger.holder_count(resource)
    }

    /// The identities of this name, read as people read it.
    pub fn identities_named(&self, name: &str) -> Vec<ObjectId> {
        self.identities.named(&fold(name)).collect()
    }

    /// The APIs of this name, read as people read it.
    pub fn apis_named(&self, name: &str) -> Vec<ObjectId> {
        self.apis.named(&fold(name)).collect()
    }

    /// Whether another identity has the same name, read as people read it.
    pub fn is_twin_identity(&self, id: ObjectId) -> bool {
        self.identities.has_twin(id)
    }

    /// Whether another API has the same name, read as people read it.
    pub fn is_twin_api(&self, id: ObjectId) -> bool {
        self.apis.has_twin(id)
    }

    /// Who publishes an API, as seen from the signed-in tenant.
    pub fn publisher_of(&self, api: &Api) -> ApiPublisher {
        api.published_by(self.tenant)
    }
}

/// Of an API that is not loaded the role's id alone must do: one mark too many is better than one too few.
fn is_privileged(apis: &Table<Api>, resource: ObjectId, role: AppRoleId) -> bool {
    match apis.get(resource) {
        Some(api) => risk(api.app_id, role).is_some(),
        None => is_risky_somewhere(role),
    }
}

fn compare_folded(a: &str, b: &str) -> Ordering {
    if a == b { Ordering::Equal } else { fold(a).cmp(&fold(b)) }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{api, assignment, identity, role};
    use super::super::{IdentityQuery, IdentitySort, Places};
    use super::*;

    const RISKY: &str = "06b708a9-e830-4db3-a914-8e69da51d44f";

    fn id(value: u128) -> ObjectId {
        ObjectId::from_u128(value)
    }

    #[test]
    fn orders_what_is_held_by_api_then_value() {
        let mut catalog = Catalog::default();
        let mut zeta = api(10, "zeta");
        zeta.roles = vec![role(100, "Write"), role(101, "read")];
        let mut alpha = api(11, "Alpha");
        alpha.roles = vec![role(100, "Only")];
        catalog.add_apis(vec![zeta, alpha]);
        catalog.set_held_by(id(1), vec![assignment(1, 10, 100), assignment(1, 10, 101), assignment(1, 11, 100)]);
        let held: Vec<_> = catalog.held_by(id(1)).map(|row| (row.resource, row.role)).collect();
        let expected = [(11, 100), (10, 101), (10, 100)];
        assert_eq!(held, expected.map(|(api, role)| (id(api), AppRoleId::from_u128(role))));
        assert_eq!((catalog.role_count(id(1)), catalog.holder_count(id(10)), catalog.holder_count(id(11))), (3, 2, 1));
    }

    #[test]
    fn counts_the_holders_of_each_role() {
        let mut catalog = Catalog::default();
        catalog.set_holders_of(id(10), vec![assignment(1, 10, 101), assignment(2, 10, 100), assignment(3, 10, 101)]);
        let role = AppRoleId::from_u128;
        assert_eq!(catalog.holders_by_role(id(10)), [(role(100), 1), (role(101), 2)]);
        assert_eq!(catalog.holders_by_role(id(11)), []);
    }

    #[test]
    fn orders_holders_by_name() {
        let mut catalog = Catalog::default();
        let named =
            |principal, name: &str| Assignment { principal_name: name.into(), ..assignment(principal, 10, 100) };
        catalog.set_holders_of(id(10), vec![named(1, "pear"), named(2, "Apple")]);
        catalog.set_held_by(id(3), vec![named(3, "Banana")]);
        let names: Vec<_> = catalog.holders_of(id(10)).map(|row| row.principal_name.as_str()).collect();
        assert_eq!(names, ["Apple", "Banana", "pear"]);
    }

    #[test]
    fn judges_privilege_by_api_and_role_as_soon_as_the_api_is_known() {
        let mut catalog = Catalog::default();
        let mut held = assignment(1, 10, 0);
        held.role = RISKY.parse().unwrap();
        catalog.set_held_by(id(1), vec![held.clone(), assignment(1, 10, 100)]);
        assert_eq!(catalog.privileged_count(id(1)), 1, "unknown API: judged by the role alone");
        catalog.add_apis(vec![api(10, "Microsoft Graph")]);
        assert_eq!(catalog.privileged_count(id(1)), 0, "an API of that name is not Microsoft Graph");
        let graph = Api { app_id: "00000003-0000-0000-c000-000000000000".parse().unwrap(), ..api(10, "Graph") };
        catalog.upsert_api(graph);
        assert_eq!(catalog.privileged_count(id(1)), 1);
    }

    #[test]
    fn an_identity_that_is_gone_leaves_everything_that_is_asked() {
        let mut places = Places::default();
        let mut at = |id, name: &str, subscription: &str| {
            let arm_id = format!("/subscriptions/{subscription}/resourceGroups/g/providers/Microsoft.Web/sites/{name}");
            Identity { host: HostResource::parse(&arm_id, &mut places), ..identity(id, name) }
        };
        let (first, twin, other) = (at(1, "till", "s1"), at(2, "Till", "s2"), at(3, "other", "s3"));
        let found = |catalog: &Catalog, query: IdentityQuery| -> Vec<ObjectId> {
            query.run(catalog).into_iter().map(|at| catalog.identities()[at as usize].id).collect()
        };
        let named = |text: &str| IdentityQuery { text: text.into(), ..IdentityQuery::default() };

        let mut catalog = Catalog::default();
        catalog.add_identities(vec![first.clone(), twin, other.clone()]);
        catalog.set_held_by(id(3), vec![assignment(3, 10, 100)]);
        catalog.begin_identities();
        catalog.add_identities(vec![other.clone()]);
        // What fails in the middle never ends: all stays.
        assert_eq!((catalog.identities().len(), catalog.identities_read()), (3, 1));
        catalog.begin_identities();
        assert_eq!(catalog.identities_read(), 0);
        catalog.add_identities(vec![other]);
        catalog.add_old_identities(vec![at(3, "older", "s4"), at(4, "only old", "s5")]);
        assert_eq!(found(&catalog, named("only")), [id(4)], "what was kept is found");
        catalog.add_identities(vec![first.clone()]);
        assert!(catalog.is_identity_read(id(1)) && !catalog.is_identity_read(id(2)));
        catalog.end_identities();

        assert_eq!(found(&catalog, IdentityQuery::default()), [id(3), id(1)]);
        assert_eq!(found(&catalog, named("till")), [id(1)]);
        assert_eq!(found(&catalog, named("other")), [id(3)]);
        assert_eq!(found(&catalog, named("s2")), [], "found by its place");
        let by_subscription = IdentityQuery { sort: IdentitySort::Subscription, descending: true, ..named("") };
        assert_eq!(found(&catalog, by_subscription), [id(3), id(1)]);
        assert_eq!(catalog.subscriptions().iter().collect::<Vec<_>>(), ["s1", "s3"]);
        assert!(!catalog.is_twin_identity(id(1)) && catalog.identity(id(2)).is_none());
        assert_eq!((catalog.identities_named("TILL"), catalog.role_count(id(3))), (vec![id(1)], 1));
        // What comes back is at its place again.
        catalog.add_identities(vec![at(2, "Till", "s2")]);
        assert_eq!(catalog.subscriptions().iter().collect::<Vec<_>>(), ["s1", "s2", "s3"]);
        assert!(catalog.is_twin_identity(id(1)));
        assert_eq!(found(&catalog, named("s2")), [id(2)]);
    }

    #[test]
    fn tells_twins() {
        let mut catalog = Catalog::default();
        catalog.add_identities(vec![identity(1, "mi-app"), identity(2, "MI-APP"), identity(3, "other")]);
        catalog.add_apis(vec![api(4, "Orders"), api(5, "orders"), api(6, "mi-app")]);
        assert!(catalog.is_twin_identity(id(1)) && catalog.is_twin_identity(id(2)) && !catalog.is_twin_identity(id(3)));
        assert!(catalog.is_twin_api(id(4)) && !catalog.is_twin_api(id(6)));
        assert_eq!(catalog.identities_named(" Mi-App"), [id(1), id(2)]);
        assert_eq!(catalog.apis_named("orders"), [id(4), id(5)]);
        assert_eq!(catalog.apis_named("order"), []);
    }
}
