//! The people and groups of the sample tenant, and the accounts that one can sign in with.

use super::model::{DirectoryRole, Group, SignIn, User};
use super::{TENANT_DOMAIN, fixed_id};

/// May assign every role, Microsoft Graph's included.
pub(crate) const PRIVILEGED_ROLE_ADMINISTRATOR: DirectoryRole =
    DirectoryRole { name: "Privileged Role Administrator", template_id: "e8611ab8-c189-46e8-94e1-60213ab1f814" };
/// May assign every role but Microsoft Graph's.
pub(crate) const CLOUD_APPLICATION_ADMINISTRATOR: DirectoryRole =
    DirectoryRole { name: "Cloud Application Administrator", template_id: "158c047a-c907-4556-b7ef-446551a6b5f7" };

/// The people: the four accounts first, then colleagues who only hold roles.
pub(crate) fn users() -> Vec<User> {
    let mut users = vec![
        person(
            "Ada",
            "Admin",
            "Identity platform lead",
            vec![PRIVILEGED_ROLE_ADMINISTRATOR, CLOUD_APPLICATION_ADMINISTRATOR],
        ),
        person("Carl", "Cloud", "Cloud operations engineer", vec![CLOUD_APPLICATION_ADMINISTRATOR]),
        person("Rita", "Reader", "Internal auditor", Vec::new()),
        person("Sam", "Stranger", "Dispatch trainee", Vec::new()),
    ];
    let accounts = [
        SignIn {
            about: "Privileged Role Administrator and Cloud Application Administrator. May assign every role; \
                    is asked for consent when the app first wants to write.",
            consented: &["User.Read", "Application.Read.All"],
        },
        SignIn {
            about: "Cloud Application Administrator. May assign every role except those of Microsoft Graph.",
            consented: &["User.Read", "Application.Read.All", "AppRoleAssignment.ReadWrite.All"],
        },
        SignIn {
            about: "No directory role. The app has consent for her, but Graph refuses her changes.",
            consented: &["User.Read", "Application.Read.All", "AppRoleAssignment.ReadWrite.All"],
        },
        SignIn { about: "No directory role and no consent. Is told to ask an administrator.", consented: &[] },
    ];
    for (user, account) in users.iter_mut().zip(accounts) {
        user.sign_in = Some(account);
    }
    users.extend([
        person("Ines", "Okafor", "Dispatcher", Vec::new()),
        person("Tomas", "Lindqvist", "Warehouse manager", Vec::new()),
        person("Mei", "Tanaka", "Customs broker", Vec::new()),
        person("Jonas", "Weber", "Billing clerk", Vec::new()),
        person("Priya", "Raman", "Customer success manager", Vec::new()),
        person("Luca", "Ferri", "Fleet planner", Vec::new()),
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

fn person(given: &str, surname: &str, job_title: &str, directory_roles: Vec<DirectoryRole>) -> User {
    let user_name = format!("{}.{}@{TENANT_DOMAIN}", given.to_lowercase(), surname.to_lowercase());
    User {
        id: fixed_id("user", &user_name),
        given_name: given.to_owned(),
        surname: surname.to_owned(),
        user_name,
        job_title: job_title.to_owned(),
        directory_roles,
        sign_in: None,
    }
}
