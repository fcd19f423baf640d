//! "Can I?": what the administrator's directory roles let her change, foreseen before anything is sent.
//!
//! Graph decides; this only foresees, and errs on her side. Graph does not list custom roles, nor roles held for one
//! API alone, among a person's directory roles: what is missing here may be there all the same, and the page lets her
//! try. <https://learn.microsoft.com/graph/api/serviceprincipal-post-approleassignedto>

use super::{Api, ObjectId, RoleTemplateId};

/// Which directory role guards an API's application roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Microsoft Graph or Azure AD Graph: Privileged Role Administrator.
    Guarded,
    /// Any other API: an application administrator will do.
    Ordinary,
    /// Not known which, or both.
    Unknown,
}

impl Family {
    /// The family of an API.
    pub fn of(api: &Api) -> Self {
        if api.is_specially_guarded() { Self::Guarded } else { Self::Ordinary }
    }

    /// The directory role with the fewest rights that will do.
    pub fn role_needed(self) -> &'static str {
        match self {
            Self::Guarded => "Privileged Role Administrator",
            Self::Ordinary => "Cloud Application Administrator or Application Administrator",
            Self::Unknown => {
                "Privileged Role Administrator (for Microsoft Graph) or Cloud Application Administrator (for other APIs)"
            }
        }
    }
}

/// What is to be done with a role of an API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Assign it.
    Assign,
    /// Remove it.
    Remove,
}

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// She may.
    Held,
    /// She may not, as far as can be seen.
    Missing,
    /// None of her roles is known to allow it, but one may, or the documentation leaves it open.
    Doubtful,
    /// Her roles could not be read: Graph decides.
    Unknown,
}

/// A directory role that she holds, directly or by a group, active now.
/// <https://learn.microsoft.com/graph/api/resources/directoryrole>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryRole {
    /// What it is, in every tenant.
    pub template: RoleTemplateId,
    /// Its name.
    pub display_name: String,
}

/// What is known of the administrator's rights.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rights {
    /// Her directory roles; `None` until they have been read.
    pub roles: Option<Vec<DirectoryRole>>,
    /// What she owns: an API's owner may assign its roles. `None` until it has been read.
    pub owned: Option<Vec<ObjectId>>,
    /// The role templates in the id token, if it carries them: at sign-in she held these. They stand in for the roles
    /// until those have been read.
    pub claimed: Vec<RoleTemplateId>,
}

impl Rights {
    /// Whether she may do this with roles of that API.
    pub fn to(&self, act: Act, api: &Api) -> Right {
        let guarded = api.is_specially_guarded();
        let ordinary = self.hold(&MAY_GRANT_OTHERS) || self.owned.as_ref().is_some_and(|owned| owned.contains(&api.id));
        if self.hold(&MAY_GRANT_ANY) || (ordinary && !guarded) {
            return Right::Held;
        }
        if self.roles.is_none() {
            return Right::Unknown;
        }
        // Microsoft's list for removals names the same roles as for assignments, but no exception for Microsoft Graph.
        // <https://learn.microsoft.com/graph/api/serviceprincipal-delete-approleassignedto>
        let might = (ordinary || self.owned.is_none()) && (!guarded || act == Act::Remove);
        if might || !self.all_known() { Right::Doubtful } else { Right::Missing }
    }

    /// What her directory roles let her change, in words.
    pub fn in_words(&self) -> &'static str {
        if self.hold(&MAY_GRANT_ANY) {
            "Changing the roles of every API"
        } else if self.hold(&MAY_GRANT_OTHERS) {
            "Changing the roles of every API but Microsoft Graph"
        } else if self.roles.is_none() || !self.all_known() {
            "Not known: Microsoft Graph decides"
        } else if self.owned.as_ref().is_none_or(|owned| !owned.is_empty()) {
            "No changes, but for the roles of an API that you own"
        } else {
            "No changes"
        }
    }

    fn held(&self) -> Vec<RoleTemplateId> {
        match &self.roles {
            Some(roles) => roles.iter().map(|role| role.template).collect(),
            None => self.claimed.clone(),
        }
    }

    fn hold(&self, one_of: &[RoleTemplateId]) -> bool {
        self.held().iter().any(|role| one_of.contains(role))
    }

    fn all_known(&self) -> bool {
        self.held().iter().all(|role| MAY_GRANT_OTHERS.contains(role) || MAY_NOT.contains(role))
    }
}

const fn template(id: u128) -> RoleTemplateId {
    RoleTemplateId::from_u128(id)
}

/// Grant every role.
const MAY_GRANT_ANY: [RoleTemplateId; 2] = [
    // Global Administrator, Privileged Role Administrator
    template(0x62e90394_69f5_4237_9190_012177145e10),
    template(0xe8611ab8_c189_46e8_94e1_60213ab1f814),
];

/// Grant the roles of every API but the guarded ones.
const MAY_GRANT_OTHERS: [RoleTemplateId; 7] = [
    // Application Administrator, Cloud Application Administrator
    template(0x9b895d92_2cd3_44c7_9d02_a6ac2d5ea5c3),
    template(0x158c047a_c907_4556_b7ef_446551a6b5f7),
    // Directory Synchronization Accounts, Directory Writers
    template(0xd29b2b05_8046_44ba_8758_1e26182fcf32),
    template(0x9360feb5_f418_4baa_8175_e2a00bac4301),
    // Hybrid Identity Administrator, Identity Governance Administrator, User Administrator
    template(0x8ac3fc64_6eca_42ea_9e69_59f4c7b60eb2),
    template(0x45d8d3c5_c802_45c6_b32a_1d70b5e1e86e),
    template(0xfe930be7_5e62_47db_91af_98c3a49a38b1),
];

/// Grant nothing: the roles of those who read and watch. A role that is in no list here is doubted, not denied.
const MAY_NOT: [RoleTemplateId; 6] = [
    // Directory Readers, Global Reader, Reports Reader
    template(0x88d8e3e3_8f55_4a1e_953a_9b9898b8876b),
    template(0xf2ef992c_3afb_46b9_b7cf_a126ee74c451),
    template(0x4a5d8f65_41da_4de4_8968_e035b65339cf),
    // Security Reader, Security Operator, Security Administrator
    template(0x5d6b6bb7_de71_4623_b4af_96380a352509),
    template(0x5f2222b1_57c3_48ba_8ad5_d4759f1fde6f),
    template(0x194ae4cb_b126_40b2_bd5b_6091b380977d),
];

#[cfg(test)]
mod tests {
    use super::super::testing::api;
    use super::*;

    const GLOBAL_ADMINISTRATOR: &str = "62e90394-69f5-4237-9190-012177145e10";
    const PRIVILEGED_ROLE_ADMINISTRATOR: &str = "e8611ab8-c189-46e8-94e1-60213ab1f814";
    const CLOUD_APPLICATION_ADMINISTRATOR: &str = "158c047a-c907-4556-b7ef-446551a6b5f7";
    const GLOBAL_READER: &str = "f2ef992c-3afb-46b9-b7cf-a126ee74c451";
    /// No list knows it: a custom role, or one that Microsoft has added since.
    const STRANGER: &str = "11111111-2222-4333-8444-555555555555";

    fn templates(ids: &[&str]) -> Vec<RoleTemplateId> {
        ids.iter().map(|id| id.parse().unwrap()).collect()
    }

    fn rights(ids: &[&str]) -> Rights {
        let role = |template| DirectoryRole { template, display_name: String::new() };
        let roles = templates(ids).into_iter().map(role).collect();
        Rights { roles: Some(roles), owned: Some(Vec::new()), claimed: Vec::new() }
    }

    fn guarded(app_id: &str) -> Api {
        Api { app_id: app_id.parse().unwrap(), ..api(3, "Graph") }
    }

    /// To assign and to remove roles of Microsoft Graph, then of another API.
    fn answers(rights: &Rights) -> [Right; 4] {
        let (graph, orders) = (guarded("00000003-0000-0000-c000-000000000000"), api(7, "Orders"));
        let old = guarded("00000002-0000-0000-c000-000000000000");
        for act in [Act::Assign, Act::Remove] {
            assert_eq!(rights.to(act, &graph), rights.to(act, &old), "Azure AD Graph is guarded alike");
        }
        [
            rights.to(Act::Assign, &graph),
            rights.to(Act::Remove, &graph),
            rights.to(Act::Assign, &orders),
            rights.to(Act::Remove, &orders),
        ]
    }

    #[test]
    fn foresees_what_graph_will_answer() {
        use Right::*;
        for (roles, expected) in [
            (&[GLOBAL_ADMINISTRATOR][..], [Held; 4]),
            (&[GLOBAL_READER, PRIVILEGED_ROLE_ADMINISTRATOR], [Held; 4]),
            (&[CLOUD_APPLICATION_ADMINISTRATOR], [Missing, Doubtful, Held, Held]),
            (&["9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"], [Missing, Doubtful, Held, Held]),
            (&["fe930be7-5e62-47db-91af-98c3a49a38b1"], [Missing, Doubtful, Held, Held]),
            (&[], [Missing; 4]),
            (&[GLOBAL_READER], [Missing; 4]),
            // A custom role may allow anything.
            (&[STRANGER], [Doubtful; 4]),
            (&[STRANGER, GLOBAL_READER], [Doubtful; 4]),
            (&[STRANGER, CLOUD_APPLICATION_ADMINISTRATOR], [Doubtful, Doubtful, Held, Held]),
        ] {
            assert_eq!(answers(&rights(roles)), expected, "{roles:?}");
        }
    }

    #[test]
    fn says_what_the_roles_allow() {
        for (roles, words) in [
            (&[PRIVILEGED_ROLE_ADMINISTRATOR, STRANGER][..], "every API"),
            (&[CLOUD_APPLICATION_ADMINISTRATOR], "every API but Microsoft Graph"),
            (&[STRANGER], "Microsoft Graph decides"),
            (&[GLOBAL_READER], "No changes"),
        ] {
            assert!(rights(roles).in_words().ends_with(words), "{roles:?}");
        }
        assert!(Rights::default().in_words().starts_with("Not known"));
        let owner = Rights { owned: Some(vec![api(7, "Orders").id]), ..rights(&[]) };
        assert!(owner.in_words().ends_with("that you own"));
    }

    #[test]
    fn what_could_not_be_read_is_denied_to_nobody() {
        use Right::*;
        assert_eq!(answers(&Rights::default()), [Unknown; 4]);
        // Whether she owns the API is not known.
        assert_eq!(answers(&Rights { owned: None, ..rights(&[]) }), [Missing, Doubtful, Doubtful, Doubtful]);
    }

    #[test]
    fn the_owner_of_an_api_may_assign_its_roles_and_no_others() {
        use Right::*;
        let (graph, orders) = (guarded("00000003-0000-0000-c000-000000000000"), api(7, "Orders"));
        let owner = Rights { owned: Some(vec![orders.id, graph.id]), ..rights(&[]) };
        assert_eq!(answers(&owner), [Missing, Doubtful, Held, Held]);
        assert_eq!(owner.to(Act::Assign, &api(8, "Rates")), Missing);
    }

    #[test]
    fn the_claim_counts_until_the_roles_have_been_read() {
        use Right::*;
        let claimed = templates(&[CLOUD_APPLICATION_ADMINISTRATOR]);
        let before = Rights { claimed: claimed.clone(), ..Rights::default() };
        assert_eq!(answers(&before), [Unknown, Unknown, Held, Held]);
        // Deactivated meanwhile.
        assert_eq!(answers(&Rights { claimed, ..rights(&[]) }), [Missing; 4]);
    }
}
