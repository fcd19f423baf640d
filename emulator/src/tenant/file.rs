//! A tenant as a JSON file, to bring a shape of one's own or to keep one. Objects are written as Graph writes them,
//! as far as the directory knows them; what the emulator does not know is refused rather than dropped.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::accounts::ROLES;
use super::directory::Directory;
use super::fixed_id;
use super::model::{AppRole, Application, DelegatedScope, Group, ServicePrincipal, SignIn, User};

/// Why a file is no tenant.
#[derive(Debug, thiserror::Error)]
pub enum TenantError {
    /// The file cannot be read.
    #[error("cannot read the tenant file {path}: {source}")]
    Read {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is not JSON, or a member is missing, unknown or of another type.
    #[error("the tenant file is not as it should be: {0}")]
    Json(#[from] serde_json::Error),
    /// Two objects have one id.
    #[error("two objects of the tenant file have the id {0}")]
    Twice(Uuid),
    /// An assignment names something that is not in the file.
    #[error("assignment {number} of the tenant file: its {end} {id} is not in the file")]
    Dangling {
        /// Counted from 1.
        number: usize,
        /// `principalId` or `resourceId`.
        end: &'static str,
        /// The id.
        id: Uuid,
    },
    /// A person has a directory role that the emulator does not know.
    #[error("{user} has the directory role {role:?}, which is not one of {}", ROLES.iter().map(|role| role.name).collect::<Vec<_>>().join(", "))]
    Role {
        /// Whose.
        user: String,
        /// Which.
        role: String,
    },
    /// A role has an allowed member type other than `User` and `Application`.
    #[error("the app role {role} has the allowed member type {member:?}, which is neither User nor Application")]
    Member {
        /// The role's value.
        role: String,
        /// The type.
        member: String,
    },
    /// Nobody has a `signIn`.
    #[error("nobody in the tenant file can sign in: give a user a \"signIn\": {{}}")]
    Nobody,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TenantFile {
    users: Vec<UserRow>,
    #[serde(default)]
    groups: Vec<GroupRow>,
    #[serde(default)]
    applications: Vec<ApplicationRow>,
    service_principals: Vec<ServicePrincipalRow>,
    #[serde(default)]
    assignments: Vec<AssignmentRow>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UserRow {
    id: Uuid,
    given_name: String,
    surname: String,
    user_principal_name: String,
    #[serde(default)]
    job_title: String,
    #[serde(default)]
    guest: bool,
    #[serde(default)]
    directory_roles: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sign_in: Option<SignInRow>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct SignInRow {
    #[serde(default)]
    about: String,
    #[serde(default)]
    consented: Vec<String>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct GroupRow {
    id: Uuid,
    display_name: String,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RoleRow {
    id: Uuid,
    value: String,
    display_name: String,
    description: String,
    is_enabled: bool,
    allowed_member_types: Vec<String>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ScopeRow {
    id: Uuid,
    value: String,
    display_name: String,
    description: String,
    admin_only: bool,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ApplicationRow {
    id: Uuid,
    app_id: Uuid,
    display_name: String,
    #[serde(default)]
    description: Option<String>,
    created_date_time: String,
    sign_in_audience: String,
    #[serde(default)]
    identifier_uris: Vec<String>,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    app_roles: Vec<RoleRow>,
    #[serde(default)]
    scopes: Vec<ScopeRow>,
    #[serde(default)]
    spa_redirect_uris: Vec<String>,
    #[serde(default)]
    web_redirect_uris: Vec<String>,
    #[serde(default)]
    native_redirect_uris: Vec<String>,
    #[serde(default)]
    owners: Vec<Uuid>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ServicePrincipalRow {
    id: Uuid,
    app_id: Uuid,
    display_name: String,
    #[serde(default = "yes")]
    account_enabled: bool,
    managed_identity: bool,
    #[serde(default)]
    alternative_names: Vec<String>,
    #[serde(default)]
    app_owner_organization_id: Option<Uuid>,
    #[serde(default)]
    app_role_assignment_required: bool,
    created_date_time: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    service_principal_names: Vec<String>,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    homepage: Option<String>,
    #[serde(default)]
    reply_urls: Vec<String>,
    #[serde(default)]
    verified_publisher: Option<String>,
    #[serde(default)]
    app_roles: Vec<RoleRow>,
    #[serde(default)]
    scopes: Vec<ScopeRow>,
    #[serde(default)]
    owners: Vec<Uuid>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AssignmentRow {
    principal_id: Uuid,
    resource_id: Uuid,
    app_role_id: Uuid,
    created_date_time: String,
    /// The second half of the assignment's id; made from the other three ids unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    salt: Option<Uuid>,
}

fn yes() -> bool {
    true
}

/// Reads the tenant in a file.
pub(crate) fn load(path: &Path) -> Result<Directory, TenantError> {
    let text = std::fs::read_to_string(path).map_err(|source| TenantError::Read { path: path.to_owned(), source })?;
    parse(&text)
}

/// Reads a tenant.
pub(crate) fn parse(text: &str) -> Result<Directory, TenantError> {
    let file: TenantFile = serde_json::from_str(text)?;
    let mut ids = HashSet::new();
    let mut once = |id: Uuid| if ids.insert(id) { Ok(()) } else { Err(TenantError::Twice(id)) };
    file.users.iter().map(|row| row.id).try_for_each(&mut once)?;
    file.groups.iter().map(|row| row.id).try_for_each(&mut once)?;
    file.applications.iter().map(|row| row.id).try_for_each(&mut once)?;
    file.service_principals.iter().flat_map(|row| [row.id, row.app_id]).try_for_each(&mut once)?;
    let users = file.users.into_iter().map(user).collect::<Result<Vec<_>, _>>()?;
    if !users.iter().any(|user| user.sign_in.is_some()) {
        return Err(TenantError::Nobody);
    }
    let groups = file.groups.into_iter().map(|row| Group { id: row.id, display_name: row.display_name }).collect();
    let mut directory = Directory::new(users, groups);
    for row in file.applications {
        directory.add_application(application(row)?);
    }
    for row in file.service_principals {
        directory.add(service_principal(row)?);
    }
    for (index, row) in file.assignments.into_iter().enumerate() {
        let dangling = |end, id| TenantError::Dangling { number: index + 1, end, id };
        if directory.principal(row.principal_id).is_none() {
            return Err(dangling("principalId", row.principal_id));
        }
        let salt = row.salt.unwrap_or_else(|| {
            fixed_id("assignment", &format!("{}/{}/{}", row.principal_id, row.resource_id, row.app_role_id))
        });
        directory
            .put(row.principal_id, row.resource_id, row.app_role_id, row.created_date_time, salt)
            .ok_or_else(|| dangling("resourceId", row.resource_id))?;
    }
    Ok(directory)
}

/// Writes a tenant.
pub(crate) fn write(directory: &Directory) -> String {
    let file = TenantFile {
        users: directory.users().iter().map(user_row).collect(),
        groups: directory
            .groups()
            .iter()
            .map(|group| GroupRow { id: group.id, display_name: group.display_name.clone() })
            .collect(),
        applications: directory.applications().from(0, None).map(|(_, row)| application_row(row)).collect(),
        service_principals: directory
            .service_principals()
            .from(0, None)
            .map(|(_, row)| service_principal_row(row))
            .collect(),
        assignments: directory
            .assignments()
            .map(|row| AssignmentRow {
                principal_id: row.principal_id,
                resource_id: row.resource_id,
                app_role_id: row.app_role_id,
                created_date_time: row.created.clone(),
                salt: URL_SAFE_NO_PAD
                    .decode(&row.id)
                    .ok()
                    .and_then(|bytes| Uuid::from_slice(bytes.get(16..).unwrap_or_default()).ok()),
            })
            .collect(),
    };
    // Plain data with texts as keys always has a JSON form.
    serde_json::to_string_pretty(&file).unwrap_or_default()
}

fn user(row: UserRow) -> Result<User, TenantError> {
    let directory_roles = row
        .directory_roles
        .into_iter()
        .map(|name| {
            let known = ROLES.iter().find(|role| role.name == name).copied();
            known.ok_or_else(|| TenantError::Role { user: row.user_principal_name.clone(), role: name })
        })
        .collect::<Result<_, _>>()?;
    Ok(User {
        id: row.id,
        given_name: row.given_name,
        surname: row.surname,
        user_name: row.user_principal_name,
        job_title: row.job_title,
        guest: row.guest,
        directory_roles,
        sign_in: row.sign_in.map(|row| SignIn { about: row.about, consented: row.consented }),
    })
}

fn user_row(user: &User) -> UserRow {
    UserRow {
        id: user.id,
        given_name: user.given_name.clone(),
        surname: user.surname.clone(),
        user_principal_name: user.user_name.clone(),
        job_title: user.job_title.clone(),
        guest: user.guest,
        directory_roles: user.directory_roles.iter().map(|role| role.name.to_owned()).collect(),
        sign_in: user.sign_in.as_ref().map(|it| SignInRow { about: it.about.clone(), consented: it.consented.clone() }),
    }
}

fn roles(rows: Vec<RoleRow>) -> Result<Vec<AppRole>, TenantError> {
    rows.into_iter()
        .map(|row| {
            let foreign = row.allowed_member_types.iter().find(|kind| !matches!(kind.as_str(), "User" | "Application"));
            if let Some(member) = foreign {
                return Err(TenantError::Member { role: row.value, member: member.clone() });
            }
            let has = |kind: &str| row.allowed_member_types.iter().any(|known| known == kind);
            let (for_users, for_applications) = (has("User"), has("Application"));
            Ok(AppRole {
                id: row.id,
                value: row.value,
                display_name: row.display_name,
                description: row.description,
                enabled: row.is_enabled,
                for_applications,
                for_users,
            })
        })
        .collect()
}

fn role_rows(roles: &[AppRole]) -> Vec<RoleRow> {
    roles
        .iter()
        .map(|role| RoleRow {
            id: role.id,
            value: role.value.clone(),
            display_name: role.display_name.clone(),
            description: role.description.clone(),
            is_enabled: role.enabled,
            allowed_member_types: role.member_types().map(str::to_owned).collect(),
        })
        .collect()
}

fn scopes(rows: Vec<ScopeRow>) -> Vec<DelegatedScope> {
    let scope = |row: ScopeRow| DelegatedScope {
        id: row.id,
        value: row.value,
        display_name: row.display_name,
        description: row.description,
        admin_only: row.admin_only,
    };
    rows.into_iter().map(scope).collect()
}

fn scope_rows(scopes: &[DelegatedScope]) -> Vec<ScopeRow> {
    let row = |scope: &DelegatedScope| ScopeRow {
        id: scope.id,
        value: scope.value.clone(),
        display_name: scope.display_name.clone(),
        description: scope.description.clone(),
        admin_only: scope.admin_only,
    };
    scopes.iter().map(row).collect()
}

fn application(row: ApplicationRow) -> Result<Application, TenantError> {
    Ok(Application {
        id: row.id,
        app_id: row.app_id,
        display_name: row.display_name,
        description: row.description,
        created: row.created_date_time,
        sign_in_audience: row.sign_in_audience,
        identifier_uris: row.identifier_uris,
        tags: row.tags,
        app_roles: roles(row.app_roles)?,
        scopes: scopes(row.scopes),
        spa_redirects: row.spa_redirect_uris,
        web_redirects: row.web_redirect_uris,
        native_redirects: row.native_redirect_uris,
        owners: row.owners,
    })
}

fn application_row(row: &Application) -> ApplicationRow {
    ApplicationRow {
        id: row.id,
        app_id: row.app_id,
        display_name: row.display_name.clone(),
        description: row.description.clone(),
        created_date_time: row.created.clone(),
        sign_in_audience: row.sign_in_audience.clone(),
        identifier_uris: row.identifier_uris.clone(),
        tags: row.tags.clone(),
        app_roles: role_rows(&row.app_roles),
        scopes: scope_rows(&row.scopes),
        spa_redirect_uris: row.spa_redirects.clone(),
        web_redirect_uris: row.web_redirects.clone(),
        native_redirect_uris: row.native_redirects.clone(),
        owners: row.owners.clone(),
    }
}

fn service_principal(row: ServicePrincipalRow) -> Result<ServicePrincipal, TenantError> {
    Ok(ServicePrincipal {
        id: row.id,
        app_id: row.app_id,
        display_name: row.display_name,
        account_enabled: row.account_enabled,
        managed_identity: row.managed_identity,
        alternative_names: row.alternative_names,
        owner_tenant: row.app_owner_organization_id,
        assignment_required: row.app_role_assignment_required,
        created: row.created_date_time,
        app_roles: roles(row.app_roles)?,
        description: row.description,
        names: row.service_principal_names,
        tags: row.tags,
        homepage: row.homepage,
        reply_urls: row.reply_urls,
        verified_publisher: row.verified_publisher,
        scopes: scopes(row.scopes),
        owners: row.owners,
    })
}

fn service_principal_row(row: &ServicePrincipal) -> ServicePrincipalRow {
    ServicePrincipalRow {
        id: row.id,
        app_id: row.app_id,
        display_name: row.display_name.clone(),
        account_enabled: row.account_enabled,
        managed_identity: row.managed_identity,
        alternative_names: row.alternative_names.clone(),
        app_owner_organization_id: row.owner_tenant,
        app_role_assignment_required: row.assignment_required,
        created_date_time: row.created.clone(),
        description: row.description.clone(),
        service_principal_names: row.names.clone(),
        tags: row.tags.clone(),
        homepage: row.homepage.clone(),
        reply_urls: row.reply_urls.clone(),
        verified_publisher: row.verified_publisher.clone(),
        app_roles: role_rows(&row.app_roles),
        scopes: scope_rows(&row.scopes),
        owners: row.owners.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tenant::sample;

    #[test]
    fn what_is_written_is_read_again() {
        let directory = sample::tenant("http://localhost:8400", 100, 3);
        let text = write(&directory);
        let again = parse(&text).unwrap();
        assert_eq!(write(&again), text);
        let assignments = |directory: &Directory| directory.assignments().cloned().collect::<Vec<_>>();
        assert_eq!(assignments(&again), assignments(&directory));
    }

    #[test]
    fn a_bad_file_says_what_is_wrong() {
        let id = "11111111-1111-4111-8111-111111111111";
        let app = "22222222-2222-4222-8222-222222222222";
        let user = format!(
            r#"{{"id":"{id}","givenName":"A","surname":"B","userPrincipalName":"a@b.example","signIn":{{}},"directoryRoles":[ROLES]}}"#
        );
        let file = |roles: &str, rest: &str| format!(r#"{{"users":[{}],{rest}}}"#, user.replace("ROLES", roles));
        let principal = |id: &str, roles: &str| {
            format!(
                r#"{{"id":"{id}","appId":"{app}","displayName":"x","managedIdentity":true,"createdDateTime":"2026-01-01T00:00:00Z","appRoles":[{roles}]}}"#
            )
        };
        let empty = r#""servicePrincipals":[]"#;
        let other = "33333333-3333-4333-8333-333333333333";
        let cases = [
            ("{".to_owned(), "line 1 column 1"),
            (r#"{"users":[],"servicePrincipals":[]}"#.to_owned(), "nobody in the tenant file can sign in"),
            (file("", r#""servicePrincipals":[],"extra":1"#), "unknown field `extra`"),
            (file(r#""Emperor""#, empty), "the directory role \"Emperor\", which is not one of Global Administrator"),
            (file("", &format!(r#""servicePrincipals":[{}]"#, principal(id, ""))), "two objects"),
            (
                file(
                    "",
                    &format!(
                        r#""servicePrincipals":[{}]"#,
                        principal(
                            other,
                            &format!(
                                r#"{{"id":"{id}","value":"X","displayName":"x","description":"x","isEnabled":true,"allowedMemberTypes":["Robot"]}}"#
                            )
                        )
                    ),
                ),
                "the allowed member type \"Robot\"",
            ),
            (
                file(
                    "",
                    &format!(
                        r#"{empty},"assignments":[{{"principalId":"{id}","resourceId":"{app}","appRoleId":"{id}","createdDateTime":"x"}}]"#
                    ),
                ),
                "assignment 1 of the tenant file: its resourceId",
            ),
        ];
        for (text, part) in cases {
            let message = parse(&text).unwrap_err().to_string();
            assert!(message.contains(part), "{message}");
        }
        let missing = load(Path::new("no-such-tenant.json")).unwrap_err().to_string();
        assert!(missing.contains("no-such-tenant.json"), "{missing}");
    }
}
