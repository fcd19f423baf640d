//! Who holds what of some APIs, as rows and columns. It is built from the APIs' side, so it is complete once the holders
//! of each of them have been read; which of them have not is said.

use std::collections::HashMap;

use super::fold::fold;
use super::sort::sort_by_key;
use super::words::Words;
use super::{AppRoleId, Assignment, Catalog, ObjectId, Sorted};

/// What a matrix shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MatrixQuery {
    /// The APIs whose roles are its columns.
    pub apis: Vec<ObjectId>,
    /// Words to find in the holders' names and ids; all of them must match.
    pub text: String,
    /// Only managed identities.
    pub identities_only: bool,
    /// Also the roles that nobody holds.
    pub all_roles: bool,
}

/// A row: who holds something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Its object id.
    pub id: ObjectId,
    /// Its name.
    pub name: String,
    /// What it is, where it is no managed identity.
    pub other_kind: Option<String>,
}

/// A column: a role of an API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoleColumn {
    /// The API.
    pub api: ObjectId,
    /// The role.
    pub role: AppRoleId,
    /// Whether it is privileged.
    pub privileged: bool,
}

/// Rows and columns; whether a cell is filled, [`Catalog::assignment`] tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matrix {
    /// Who holds something, by name.
    pub holders: Vec<Holder>,
    /// The roles: privileged ones first, then by API in the order chosen, then by value.
    pub columns: Vec<RoleColumn>,
    /// APIs of which it is not known who holds their roles.
    pub unknown: Vec<ObjectId>,
}

impl MatrixQuery {
    /// Rows and columns of what is known now.
    pub fn run(&self, catalog: &Catalog) -> Matrix {
        let words = Words::new(&self.text);
        // Whether someone fits is asked once, not for each role.
        let mut known: HashMap<ObjectId, u32> = HashMap::new();
        let mut rows = Vec::new();
        let mut columns = Vec::new();
        for (place, id) in self.apis.iter().enumerate() {
            let mut roles = Sorted::default();
            for held in catalog.each_holder_of(*id) {
                let fits = known.get(&held.principal).copied().unwrap_or_else(|| {
                    let name = name_of(catalog, held);
                    let fits = (!self.identities_only || catalog.identity(held.principal).is_some()) && {
                        let name = fold(name);
                        words.all(|word| word.is_in(&name) || word.is_in_guid(held.principal.halves()))
                    };
                    if fits {
                        rows.push((name, held));
                    }
                    known.insert(held.principal, u32::from(fits));
                    u32::from(fits)
                });
                if fits > 0 {
                    roles.insert(held.role);
                }
            }
            if let Some(api) = catalog.api(*id).filter(|_| self.all_roles) {
                roles.insert_all(api.application_roles().map(|role| role.id).collect());
            }
            for role in roles {
                let privileged = catalog.is_privileged(*id, role);
                let key = (!privileged, place, fold(&catalog.role_name(*id, role)), role);
                columns.push((key, RoleColumn { api: *id, role, privileged }));
            }
        }
        sort_by_key(&mut columns, |(key, _)| key.clone());
        sort_by_key(&mut rows, |(name, held)| (fold(name), held.principal));
        let holder = |(name, held): (&str, &Assignment)| Holder {
            id: held.principal,
            name: name.to_owned(),
            other_kind: catalog.identity(held.principal).is_none().then(|| catalog.holder_kind(held)),
        };
        Matrix {
            holders: rows.into_iter().map(holder).collect(),
            columns: columns.into_iter().map(|(_, column)| column).collect(),
            unknown: self.apis.iter().copied().filter(|api| !catalog.knows_holders_of(*api)).collect(),
        }
    }
}

impl Matrix {
    /// The assignments that fill its cells: row by row, in the order of the columns.
    pub fn assignments<'a>(&'a self, catalog: &'a Catalog) -> Box<dyn Iterator<Item = &'a Assignment> + 'a> {
        let column = |held: &Assignment| {
            let is = |column: &RoleColumn| (column.api, column.role) == (held.resource, held.role);
            self.columns.iter().position(is)
        };
        Box::new(self.holders.iter().flat_map(move |holder| {
            let held = catalog.each_held_by(holder.id);
            let mut row: Vec<(usize, &Assignment)> = held.filter_map(|held| Some((column(held)?, held))).collect();
            sort_by_key(&mut row, |(column, _)| *column);
            row.into_iter().map(|(_, held)| held)
        }))
    }
}

fn name_of<'a>(catalog: &'a Catalog, held: &'a Assignment) -> &'a str {
    catalog.identity(held.principal).map_or(&held.principal_name, |identity| &identity.display_name)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{api, assignment, identity, role};
    use super::super::{Api, PrincipalKind};
    use super::*;
    use proptest::prelude::*;

    const RISKY: &str = "06b708a9-e830-4db3-a914-8e69da51d44f";

    fn id(value: u128) -> ObjectId {
        ObjectId::from_u128(value)
    }

    fn sample() -> Catalog {
        let mut catalog = Catalog::default();
        catalog.add_identities(vec![identity(1, "Zeta"), identity(2, "alpha"), identity(3, "holds nothing")]);
        let mut graph = Api { app_id: "00000003-0000-0000-c000-000000000000".parse().unwrap(), ..api(10, "Graph") };
        let mut risky = role(0, "Zz.Assign");
        risky.id = RISKY.parse().unwrap();
        graph.roles = vec![role(100, "User.Read"), risky, role(101, "Mail.Send")];
        let mut stock = api(11, "Stock");
        stock.roles = vec![role(102, "Count")];
        catalog.add_apis(vec![graph, stock]);
        let risky = Assignment { role: RISKY.parse().unwrap(), ..assignment(1, 10, 0) };
        let person =
            Assignment { principal_kind: PrincipalKind::User, principal_name: "Mira".into(), ..assignment(7, 10, 100) };
        catalog.set_holders_of(id(10), vec![risky, assignment(2, 10, 100), person]);
        catalog
    }

    fn names(matrix: &Matrix) -> Vec<&str> {
        matrix.holders.iter().map(|holder| holder.name.as_str()).collect()
    }

    fn roles(catalog: &Catalog, matrix: &Matrix) -> Vec<String> {
        matrix.columns.iter().map(|column| catalog.role_name(column.api, column.role)).collect()
    }

    fn both() -> MatrixQuery {
        MatrixQuery { apis: vec![id(11), id(10)], ..MatrixQuery::default() }
    }

    #[test]
    fn shows_who_holds_what_privileged_roles_first() {
        let catalog = sample();
        let matrix = both().run(&catalog);
        assert_eq!(names(&matrix), ["alpha", "Mira", "Zeta"]);
        assert_eq!(roles(&catalog, &matrix), ["Zz.Assign", "User.Read"]);
        assert_eq!(matrix.columns.iter().map(|column| column.privileged).collect::<Vec<_>>(), [true, false]);
        let kinds: Vec<_> = matrix.holders.iter().map(|holder| holder.other_kind.as_deref()).collect();
        assert_eq!(kinds, [None, Some("User"), None]);
        let all = MatrixQuery { all_roles: true, ..both() }.run(&catalog);
        assert_eq!(roles(&catalog, &all), ["Zz.Assign", "Count", "Mail.Send", "User.Read"]);
    }

    #[test]
    fn names_the_apis_whose_holders_are_not_known() {
        let mut catalog = sample();
        assert_eq!(both().run(&catalog).unknown, [id(11)]);
        catalog.set_holders_of(id(11), Vec::new());
        assert_eq!(both().run(&catalog).unknown, []);
    }

    #[test]
    fn narrows_by_words_and_kind_and_drops_what_nobody_left_holds() {
        let catalog = sample();
        let only = MatrixQuery { identities_only: true, ..both() }.run(&catalog);
        assert_eq!(names(&only), ["alpha", "Zeta"]);
        let zeta = MatrixQuery { text: "ZETA".into(), ..both() }.run(&catalog);
        assert_eq!((names(&zeta), roles(&catalog, &zeta)), (vec!["Zeta"], vec!["Zz.Assign".to_owned()]));
        let by_id = MatrixQuery { text: id(7).to_string(), ..both() }.run(&catalog);
        assert_eq!(names(&by_id), ["Mira"]);
        assert_eq!(MatrixQuery::default().run(&catalog), Matrix::default());
    }

    proptest! {
        /// Every assignment of the APIs chosen has its row and its column, and there is no row without one.
        #[test]
        fn is_complete_by_construction(held in prop::collection::vec((1_u128..9, 10_u128..13, 0_u128..5), 0..30)) {
            let mut catalog = Catalog::default();
            catalog.add_identities(vec![identity(1, "a"), identity(2, "b")]);
            for api in 10..13 {
                let of = held.iter().filter(|(_, resource, _)| *resource == api);
                catalog.set_holders_of(id(api), of.map(|(who, api, role)| assignment(*who, *api, *role)).collect());
            }
            let matrix = MatrixQuery { apis: vec![id(10), id(11)], ..MatrixQuery::default() }.run(&catalog);
            let mut filled = Vec::new();
            for holder in &matrix.holders {
                let cells = matrix.columns.iter().filter_map(|at| catalog.assignment(holder.id, at.api, at.role));
                let before = filled.len();
                filled.extend(cells);
                prop_assert!(filled.len() > before);
            }
            prop_assert_eq!(filled.len(), catalog.holder_count(id(10)) + catalog.holder_count(id(11)));
            prop_assert_eq!(matrix.assignments(&catalog).collect::<Vec<_>>(), filled);
            prop_assert!(matrix.unknown.is_empty());
        }
    }
}
