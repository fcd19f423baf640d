//! The people and groups of the sample tenant, and the accounts that one can sign in with.

use uuid::Uuid;

use super::model::{DirectoryRole, Group, SignIn, User};
use super::{TENANT_DOMAIN, fixed_id};

/// The directory roles that matter here, by name.
pub(crate) const ROLES: &[DirectoryRole] = &[
    GLOBAL_ADMINISTRATOR,
    PRIVILEGED_ROLE_ADMINISTRATOR,
    APPLICATION_ADMINISTRATOR,
    CLOUD_APPLICATION_ADMINISTRATOR,
    role("Directory Synchronization Accounts", "d29b2b05-8046-44ba-8758-1e26182fcf32"),
    role("Directory Writers", "9360feb5-f418-4baa-8175-e2a00bac4301"),
    role("Global Reader", "f2ef992c-3afb-46b9-b7cf-a126ee74c451"),
    role("Hybrid Identity Administrator", "8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2"),
    role("Identity Governance Administrator", "45d8d3c5-c802-45c6-b32a-1d70b5e1e86e"),
    role("Reports Reader", "4a5d8f65-41da-4de4-8968-e035b65339cf"),
    role("Security Administrator", "194ae4cb-b126-40b2-bd5b-6091b380977d"),
    role("Security Operator", "5f2222b1-57c3-48ba-8ad5-d4759f1fde6f"),
    role("Security Reader", "5d6b6bb7-de71-4623-b4af-96380a352509"),
    role("User Administrator", "fe930be7-5e62-47db-91af-98c3a49a38b1"),
    APP_ROLE_OPERATOR,
];

const fn role(name: &'static str, template_id: &'static str) -> DirectoryRole {
    DirectoryRole { name, template_id, custom: false }
}

const GLOBAL_ADMINISTRATOR: DirectoryRole = role("Global Administrator", "62e90394-69f5-4237-9190-012177145e10");
/// May assign every role, Microsoft Graph's included.
const PRIVILEGED_ROLE_ADMINISTRATOR: DirectoryRole =
    role("Privileged Role Administrator", "e8611ab8-c189-46e8-94e1-60213ab1f814");
const APPLICATION_ADMINISTRATOR: DirectoryRole =
    role("Application Administrator", "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3");
/// May assign every role but Microsoft Graph's.
const CLOUD_APPLICATION_ADMINISTRATOR: DirectoryRole =
    role("Cloud Application Administrator", "158c047a-c907-4556-b7ef-446551a6b5f7");
/// The tenant's own, with `microsoft.directory/servicePrincipals/appRoleAssignedTo/update` and the consent policy for
/// every role but Microsoft Graph's.
const APP_ROLE_OPERATOR: DirectoryRole =
    DirectoryRole { custom: true, ..role("App Role Operator", "5d1c0b1e-6d53-4c5a-9a1f-2f0b7c8e4d11") };

const READS: &[&str] = &["User.Read", "Application.Read.All"];
const ASSIGNS: &[&str] = &["User.Read", "Application.Read.All", "AppRoleAssignment.ReadWrite.All"];

/// The people: the accounts first, then colleagues who only hold roles.
pub(crate) fn users() -> Vec<User> {
    let mut users = vec![
        account(
            person(
                "Ada",
                "Admin",
                "Identity platform lead",
                &[PRIVILEGED_ROLE_ADMINISTRATOR, CLOUD_APPLICATION_ADMINISTRATOR],
            ),
            "Privileged Role Administrator and Cloud Application Administrator. May assign every role; \
             is asked for consent when the app first wants to write.",
            READS,
        ),
        account(
            person("Carl", "Cloud", "Cloud operations engineer", &[CLOUD_APPLICATION_ADMINISTRATOR]),
            "Cloud Application Administrator. May assign every role except those of Microsoft Graph.",
            ASSIGNS,
        ),
        account(
            person("Rita", "Reader", "Internal auditor", &[]),
            "No directory role. The app has consent for her, but Graph refuses her changes.",
            ASSIGNS,
        ),
        account(
            person("Sam", "Stranger", "Dispatch trainee", &[]),
            "No directory role and no consent. Is told to ask an administrator.",
            &[],
        ),
        account(
            person("Gloria", "Global", "Head of IT", &[GLOBAL_ADMINISTRATOR]),
            "Global Administrator. May do everything.",
            ASSIGNS,
        ),
        account(
            person("Aron", "Apps", "Application manager", &[APPLICATION_ADMINISTRATOR]),
            "Application Administrator. May assign every role except those of Microsoft Graph.",
            ASSIGNS,
        ),
        account(
            person("Olga", "Owner", "Rates product owner", &[]),
            "No directory role, but owns Rates API. May assign its roles and no others.",
            ASSIGNS,
        ),
        account(
            person("Cora", "Custom", "Platform engineer", &[APP_ROLE_OPERATOR]),
            "A custom role that Graph does not list. May assign every role except those of Microsoft Graph.",
            ASSIGNS,
        ),
        account(
            User { guest: true, ..person("Gus", "Guest", "Consultant", &[]) },
            "A guest without a directory role. May read an application that he can name, but no lists.",
            ASSIGNS,
        ),
    ];
    users.extend([
        person("Ines", "Okafor", "Dispatcher", &[]),
        person("Tomas", "Lindqvist", "Warehouse manager", &[]),
        person("Mei", "Tanaka", "Customs broker", &[]),
        person("Jonas", "Weber", "Billing clerk", &[]),
        person("Priya", "Raman", "Customer success manager", &[]),
        person("Luca", "Ferri", "Fleet planner", &[]),
    ]);
    users
}

/// The groups.
pub(crate) fn groups() -> Vec<Group> {
    ["Dispatch office", "Warehouse leads", "Customs desk", "Billing approvers"]
        .into_iter()
        .map(|name| Group { id: fixed_id("group", name), display_name: name.to_owned() })
        .collect()
}

/// The object id of an account or colleague of the sample.
pub(crate) fn person_id(given: &str, surname: &str) -> Uuid {
    fixed_id("user", &user_name(given, surname))
}

fn user_name(given: &str, surname: &str) -> String {
    format!("{}.{}@{TENANT_DOMAIN}", given.to_lowercase(), surname.to_lowercase())
}

fn person(given: &str, surname: &str, job_title: &str, directory_roles: &[DirectoryRole]) -> User {
    User {
        id: person_id(given, surname),
        given_name: given.to_owned(),
        surname: surname.to_owned(),
        user_name: user_name(given, surname),
        job_title: job_title.to_owned(),
        guest: false,
        directory_roles: directory_roles.to_vec(),
        sign_in: None,
    }
}

fn account(user: User, about: &str, consented: &[&str]) -> User {
    let consented = consented.iter().map(|scope| (*scope).to_owned()).collect();
    User { sign_in: Some(SignIn { about: about.to_owned(), consented }), ..user }
}
