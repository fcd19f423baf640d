//! A table as a file: for a spreadsheet (SEC-114) or for a script, with every name beside its ids.
//!
//! 100,000 rows are written piece by piece: the file as a whole is in the browser's memory alone.

use serde_json::Value;

use crate::directory::{Api, Assignment, Catalog, HostResource, Identity, Place, TenantId, Timestamp};
use crate::plan::{csv, quote};

/// How many bytes are handed on at once, at least.
const PIECE: usize = 256 * 1024;

/// What a file is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values; cells are no formulas.
    Csv,
    /// One object a row.
    Json,
}

impl Format {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Csv, Self::Json];

    /// Its name for people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::Json => "JSON",
        }
    }

    /// Its media type (RFC 4180, RFC 8259).
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv",
            Self::Json => "application/json",
        }
    }
}

/// Whose table it is, from when, and whether all of it was known then.
#[derive(Clone, Copy, Debug)]
pub struct Origin {
    /// The tenant.
    pub tenant: TenantId,
    /// When the file is made.
    pub at: Timestamp,
    /// Whether everything had been read.
    pub complete: bool,
}

/// A table that is to leave the app. Its rows are made while they are written.
pub struct Sheet<'a> {
    kind: &'static str,
    columns: &'static [&'static str],
    rows: Box<dyn Iterator<Item = Vec<Value>> + 'a>,
}

impl<'a> Sheet<'a> {
    /// Identities at these positions of the catalog; `subscription` knows the names of some subscriptions.
    pub fn identities(
        catalog: &'a Catalog,
        found: &'a [u32],
        subscription: &'a dyn Fn(&str) -> Option<String>,
    ) -> Self {
        let row = move |identity: &Identity| {
            let host = identity.host.as_ref();
            let of_place = |part: fn(&Place) -> &str| host.map(|host| part(host));
            let id = of_place(|place| &place.subscription);
            vec![
                text(&identity.display_name),
                text(identity.id),
                text(identity.app_id),
                text(identity.kind.label()),
                identity.enabled.into(),
                of_place(Place::type_label).into(),
                host.map(|host| host.name().into_owned()).into(),
                of_place(|place| &place.resource_group).into(),
                id.and_then(subscription).into(),
                id.into(),
                host.map(HostResource::resource_id).into(),
                catalog.role_count(identity.id).into(),
                catalog.privileged_count(identity.id).into(),
                moment(identity.created),
            ]
        };
        Self {
            kind: "identities",
            columns: &[
                "Name",
                "Object id",
                "Application id",
                "Kind",
                "Enabled",
                "Host type",
                "Host",
                "Resource group",
                "Subscription",
                "Subscription id",
                "Resource id",
                "Roles",
                "Privileged roles",
                "Created",
            ],
            rows: Box::new(found.iter().filter_map(|at| catalog.identities().get(*at as usize)).map(row)),
        }
    }

    /// APIs at these positions of the catalog.
    pub fn apis(catalog: &'a Catalog, found: &'a [u32]) -> Self {
        let row = |api: &Api| {
            vec![
                text(&api.display_name),
                text(api.id),
                text(api.app_id),
                text(catalog.publisher_of(api).label()),
                api.publisher.clone().into(),
                api.owner_tenant.map(|owner| owner.to_string()).into(),
                api.enabled.into(),
                api.assignment_required.into(),
                api.application_roles().count().into(),
                catalog.holder_count(api.id).into(),
            ]
        };
        Self {
            kind: "apis",
            columns: &[
                "Name",
                "Object id",
                "Application id",
                "Published by",
                "Verified publisher",
                "Owner tenant id",
                "Enabled",
                "Assignment required",
                "Roles",
                "Holders",
            ],
            rows: Box::new(found.iter().filter_map(|at| catalog.apis().get(*at as usize)).map(row)),
        }
    }

    /// Roles held, whoever holds them; `kind` says of whom or what, in the file's name.
    pub fn assignments(
        catalog: &'a Catalog,
        kind: &'static str,
        held: Box<dyn Iterator<Item = &'a Assignment> + 'a>,
    ) -> Self {
        let row = |held: &Assignment| {
            let (holder, api) = (catalog.identity(held.principal), catalog.api(held.resource));
            vec![
                text(holder.map_or(&held.principal_name, |holder| &holder.display_name)),
                text(held.principal),
                text(catalog.holder_kind(held)),
                text(api.map_or(&held.resource_name, |api| &api.display_name)),
                text(held.resource),
                api.map(|api| api.app_id.to_string()).into(),
                text(catalog.role_name(held.resource, held.role)),
                text(held.role),
                catalog.is_privileged(held.resource, held.role).into(),
                moment(held.created),
                text(held.id.as_str()),
            ]
        };
        Self {
            kind,
            columns: &[
                "Holder",
                "Holder id",
                "Holder kind",
                "API",
                "API id",
                "API application id",
                "Role",
                "Role id",
                "Privileged",
                "Assigned",
                "Assignment id",
            ],
            rows: Box::new(held.map(row)),
        }
    }

    /// What to call the file: what it is of, where and when, and nothing that anybody else chose (SEC-116).
    pub fn file_name(&self, origin: &Origin, format: Format) -> String {
        let part = if origin.complete { "" } else { "-incomplete" };
        let extension = format.label().to_ascii_lowercase();
        format!("rolegrant-{}-{}-{}{part}.{extension}", self.kind, origin.tenant, origin.at.for_file_name())
    }

    /// Writes the file, piece by piece.
    pub fn write(self, origin: &Origin, format: Format, piece: &mut dyn FnMut(&str)) {
        let mut out = match format {
            // Spreadsheets take a file for UTF-8 by this mark.
            Format::Csv => String::from('\u{FEFF}') + &csv::row(self.columns.iter().copied()),
            Format::Json => format!(
                "{{\n\"format\": \"rolegrant-{}\",\n\"version\": 1,\n\"tenant\": \"{}\",\n\"madeAt\": \"{}\",\n\"complete\": {},\n\"rows\": [",
                self.kind,
                origin.tenant,
                origin.at.to_rfc3339(),
                origin.complete
            ),
        };
        let members: Vec<String> = self.columns.iter().map(|title| quote(&member_name(title)) + ":").collect();
        let mut separator = "\n";
        for row in self.rows {
            match format {
                Format::Csv => {
                    let cells: Vec<String> = row.into_iter().map(cell).collect();
                    out += &csv::row(cells.iter().map(String::as_str));
                }
                Format::Json => {
                    out += separator;
                    separator = ",\n";
                    let mut before = '{';
                    for (name, value) in members.iter().zip(row) {
                        out.push(before);
                        out += name;
                        out += &match value {
                            Value::String(text) => quote(&text),
                            other => other.to_string(),
                        };
                        before = ',';
                    }
                    out.push('}');
                }
            }
            if out.len() > PIECE {
                piece(&out);
                out.clear();
            }
        }
        if format == Format::Json {
            out += "\n]\n}\n";
        }
        piece(&out);
    }
}

fn text(text: impl ToString) -> Value {
    Value::String(text.to_string())
}

fn moment(at: Option<Timestamp>) -> Value {
    at.map(Timestamp::to_rfc3339).into()
}

/// A value as a spreadsheet shows it.
fn cell(value: Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(yes) => String::from(if yes { "yes" } else { "no" }),
        Value::String(text) => text,
        other => other.to_string(),
    }
}

/// A column's title as the name of a member: `API application id` becomes `apiApplicationId`.
fn member_name(title: &str) -> String {
    let mut name = String::new();
    for word in title.split(' ') {
        match word.chars().next().filter(|_| !name.is_empty()) {
            Some(first) => {
                name.push(first.to_ascii_uppercase());
                name.extend(word.chars().skip(1));
            }
            None => name.push_str(&word.to_ascii_lowercase()),
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::ObjectId;
    use crate::directory::testing::{api, assignment, identity, role};
    use crate::plan::testing::hostile;
    use proptest::prelude::*;

    const ARM: &str =
        "/subscriptions/67883dfd-3856-47a5-9f8a-432fb0d3367d/resourceGroups/rg-a/providers/Microsoft.Web/sites/shop";
    const NONE: &[u32] = &[];

    fn origin() -> Origin {
        Origin { tenant: TenantId::from_u128(7), at: "2026-11-26T23:59:12.345Z".parse().unwrap(), complete: true }
    }

    fn written(sheet: Sheet<'_>, format: Format) -> String {
        let mut all = String::new();
        sheet.write(&origin(), format, &mut |piece| all.push_str(piece));
        all
    }

    fn sample(name: &str) -> Catalog {
        let mut catalog = Catalog::default();
        let shop = Identity {
            host: HostResource::parse(ARM, &mut crate::directory::Places::default()),
            enabled: false,
            ..identity(1, name)
        };
        catalog.add_identities(vec![shop, identity(2, "bare")]);
        let mut stock = api(10, "Stock");
        stock.roles = vec![role(100, name)];
        catalog.add_apis(vec![stock]);
        let person = Assignment { principal_kind: crate::directory::PrincipalKind::User, ..assignment(3, 10, 0) };
        catalog.set_holders_of(ObjectId::from_u128(10), vec![assignment(1, 10, 100), person, assignment(4, 10, 9)]);
        catalog
    }

    fn knows(_: &str) -> Option<String> {
        Some("Production".into())
    }

    #[test]
    fn a_spreadsheet_has_names_and_ids_in_the_order_shown() {
        let catalog = sample("=shop");
        let csv = written(Sheet::identities(&catalog, &[1, 0], &knows), Format::Csv);
        let lines: Vec<&str> = csv.split_terminator("\r\n").collect();
        assert!(lines[0].starts_with("\u{FEFF}\"Name\",\"Object id\",\"Application id\",\"Kind\",\"Enabled\""));
        let bare = "\"bare\",\"00000000-0000-0000-0000-000000000002\",\"00000000-0000-0002-0000-000000000000\",\"System-assigned\",\
                    \"yes\",\"\",\"\",\"\",\"\",\"\",\"\",\"0\",\"0\",\"\"";
        assert_eq!(lines[1], bare);
        let shop = "\"'=shop\",\"00000000-0000-0000-0000-000000000001\",\"00000000-0000-0001-0000-000000000000\",\"System-assigned\",\
                    \"no\",\"App Service or function app\",\"shop\",\"rg-a\",\"Production\",\"67883dfd-3856-47a5-9f8a-432fb0d3367d\",";
        assert_eq!(lines[2], format!("{shop}\"{ARM}\",\"1\",\"0\",\"\""));
        assert_eq!(lines.len(), 3);
    }

    #[test]
    fn json_says_whose_it_is_and_whether_it_is_whole() {
        let catalog = sample("shop");
        let mut text = String::new();
        let part = Origin { complete: false, ..origin() };
        Sheet::apis(&catalog, &[0]).write(&part, Format::Json, &mut |piece| text.push_str(piece));
        let file: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(file["format"], "rolegrant-apis");
        assert_eq!((&file["version"], &file["complete"]), (&1.into(), &false.into()));
        assert_eq!((&file["tenant"], &file["madeAt"]), (&text_of(7), &"2026-11-26T23:59:12.345Z".into()));
        let row = &file["rows"][0];
        assert_eq!((&row["name"], &row["objectId"], &row["roles"]), (&"Stock".into(), &text_of(10), &1.into()));
        assert_eq!((&row["holders"], &row["ownerTenantId"]), (&3.into(), &Value::Null));
        let none: Value = serde_json::from_str(&written(Sheet::apis(&catalog, NONE), Format::Json)).unwrap();
        assert_eq!((&none["rows"], &none["complete"]), (&Value::Array(Vec::new()), &true.into()));
    }

    fn text_of(id: u128) -> Value {
        ObjectId::from_u128(id).to_string().into()
    }

    #[test]
    fn every_holder_is_written_as_what_it_is() {
        let catalog = sample("Stock.Read");
        let held = catalog.each_holder_of(ObjectId::from_u128(10));
        let file: Value =
            serde_json::from_str(&written(Sheet::assignments(&catalog, "holders", Box::new(held)), Format::Json))
                .unwrap();
        let rows = file["rows"].as_array().unwrap();
        let of = |holder: u128| rows.iter().find(|row| row["holderId"] == text_of(holder)).unwrap();
        assert_eq!(
            (&of(1)["holder"], &of(1)["holderKind"]),
            (&"Stock.Read".into(), &"System-assigned identity".into())
        );
        assert_eq!((&of(1)["role"], &of(1)["api"]), (&"Stock.Read".into(), &"Stock".into()));
        assert_eq!(of(1)["apiApplicationId"], "00000000-0000-000a-0000-000000000000");
        assert_eq!((&of(3)["holderKind"], &of(3)["role"]), (&"User".into(), &"Default access".into()));
        assert_eq!(of(4)["holderKind"], "Application");
        assert_eq!(of(4)["role"], "Unknown role 00000000-0000-0000-0000-000000000009");
        assert!(of(1)["assignmentId"].as_str().unwrap().starts_with("assignment-1-a-64"));
    }

    /// SEC-116
    #[test]
    fn the_name_says_where_and_when_and_whether_it_is_whole() {
        let catalog = sample("../x");
        let name = |complete, format| Sheet::apis(&catalog, NONE).file_name(&Origin { complete, ..origin() }, format);
        let stem = "rolegrant-apis-00000000-0000-0000-0000-000000000007-2026-11-26T2359Z";
        assert_eq!(name(true, Format::Csv), format!("{stem}.csv"));
        assert_eq!(name(false, Format::Json), format!("{stem}-incomplete.json"));
    }

    #[test]
    fn a_long_table_comes_in_pieces() {
        let mut catalog = Catalog::default();
        catalog.add_identities((0..5_000).map(|id| identity(id, "name")).collect());
        let all: Vec<u32> = (0..5_000).collect();
        for format in Format::ALL {
            let (mut pieces, mut longest) = (0, 0);
            Sheet::identities(&catalog, &all, &knows).write(&origin(), format, &mut |piece| {
                (pieces, longest) = (pieces + 1, longest.max(piece.len()));
            });
            assert!(pieces > 2 && longest < 2 * PIECE, "{format:?}: {pieces} pieces of at most {longest} bytes");
        }
    }

    proptest! {
        /// SEC-114: no name becomes a formula, and none is lost in JSON.
        #[test]
        fn any_name_survives_and_runs_nothing(name in hostile()) {
            let catalog = sample(&name);
            let text = written(Sheet::identities(&catalog, &[0], &knows), Format::Json);
            let file: Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(&file["rows"][0]["name"], &Value::String(name.clone()));
            let csv = written(Sheet::identities(&catalog, &[0], &knows), Format::Csv);
            let row = csv.split_once("\r\n").unwrap().1;
            prop_assert!(row.starts_with('"') && row.ends_with("\"\r\n"));
            prop_assert!(!row[1..].trim_start().starts_with(['=', '+', '-', '@', '\t', '\r']), "{}", row);
            prop_assert_eq!(row.matches("\r\n").count(), 1);

            let held = catalog.assignment(ObjectId::from_u128(1), ObjectId::from_u128(10), role(100, "").id);
            let csv = written(Sheet::assignments(&catalog, "matrix", Box::new(held.into_iter())), Format::Csv);
            let row = csv.split_once("\r\n").unwrap().1;
            for cell in row.trim_end().trim_matches('"').split("\",\"") {
                prop_assert!(!cell.trim_start().starts_with(['=', '+', '-', '@', '\t', '\r']), "{}", row);
            }
        }
    }
}
