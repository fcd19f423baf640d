//! What is known of Graph from no source, or from two that contradict each other: one switch for each.

/// Switches for behaviour of Graph that no source settles. The default is what the better source says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unverified {
    /// How many objects a page has without `$top`. 100 is documented for users only.
    pub default_page_size: usize,
    /// Refuses to assign a disabled role.
    pub refuse_disabled_roles: bool,
    /// Refuses to give an application a role that is for users only, and the other way round.
    pub refuse_user_only_roles: bool,
    /// The refusal of a duplicate assignment ends with a full stop. Captures have none.
    pub duplicate_ends_with_stop: bool,
    /// "Permission being assigned was not found on application" names the application's id.
    pub role_not_found_names_application: bool,
    /// A missing `appRoleId` is refused by name; otherwise with "One or more properties are invalid."
    pub missing_role_is_named: bool,
    /// `Application.ReadWrite.All` alone is enough for roles of Microsoft Graph too. Its own text says it is not.
    pub application_scope_grants_graph_roles: bool,
    /// Guests without a directory role may read whole lists. They have "limited read", which nothing spells out.
    pub guests_may_list: bool,
    /// `transitiveMemberOf` lists custom roles among the directory roles. `directoryRole` is documented as an activated
    /// built-in role.
    pub lists_custom_roles: bool,
    /// A page may read `Retry-After`.
    pub expose_retry_after: bool,
    /// A throttled answer carries the CORS headers.
    pub throttled_with_cors: bool,
    /// 502, 503 and 504 have the HTML page of the front door instead of a JSON body.
    pub gateway_errors_in_html: bool,
    /// The code of the refusal of a batch with more than 20 requests.
    pub batch_too_large_code: &'static str,
    /// The code of a batch item whose `dependsOn` failed.
    pub batch_dependency_code: &'static str,
    /// Batch items without a body say `"body": null` instead of leaving it out.
    pub batch_null_bodies: bool,
    /// The audit of a removed assignment has its details as old values instead of new ones.
    pub removal_in_old_values: bool,
}

impl Default for Unverified {
    fn default() -> Self {
        Self {
            default_page_size: 100,
            refuse_disabled_roles: true,
            refuse_user_only_roles: true,
            duplicate_ends_with_stop: false,
            role_not_found_names_application: true,
            missing_role_is_named: true,
            application_scope_grants_graph_roles: false,
            guests_may_list: false,
            lists_custom_roles: false,
            expose_retry_after: true,
            throttled_with_cors: true,
            gateway_errors_in_html: false,
            batch_too_large_code: "BadRequest",
            batch_dependency_code: "FailedDependency",
            batch_null_bodies: false,
            removal_in_old_values: false,
        }
    }
}
