//! The app roles with which an identity could take over the tenant or a whole body of its data.
//!
//! One table, each entry with its own sentence and where the judgement comes from. A role's id means something only
//! together with its API: SharePoint and Microsoft Graph use the same id for different roles.

use super::{AppId, AppRoleId};

/// Why a role is privileged.
#[derive(Debug, PartialEq, Eq)]
pub struct Risk {
    /// One sentence: what an identity that holds the role could do.
    pub how: &'static str,
    /// Who classifies it so.
    pub source: &'static str,
}

/// Rated ControlPlane in `Classification_AppRoles.json` of Cloud-Architekt/AzurePrivilegedIAM (the data of EntraOps).
const ENTRA_OPS: &str = "EntraOps, AzurePrivilegedIAM classification (MIT)";
/// Warned of by name in <https://learn.microsoft.com/graph/permissions-reference>.
const CAUTION: &str = "Microsoft Graph permissions reference, caution";
/// No public classification puts it so high; what the permission openly allows is reason enough.
const OWN: &str = "Rolegrant, from what the permission allows";

/// A role: its id, its value (for people who read this table, and for the tests), the reason.
type Entry = (u128, &'static str, Risk);

const fn entry(id: u128, value: &'static str, how: &'static str, source: &'static str) -> Entry {
    (id, value, Risk { how, source })
}

const MICROSOFT_GRAPH: &[Entry] = &[
    entry(
        0x5eb59dd3_1da2_4329_8733_9dabdc435916,
        "AdministrativeUnit.ReadWrite.All",
        "Could take administrators out of the restricted units that protect them, so that lesser administrators can reset their accounts.",
        ENTRA_OPS,
    ),
    entry(
        0x06b708a9_e830_4db3_a914_8e69da51d44f,
        "AppRoleAssignment.ReadWrite.All",
        "Could grant itself any other application permission, the one to assign directory roles included, without anyone's consent.",
        CAUTION,
    ),
    entry(
        0xfc023787_fd04_4e44_9bc7_d454f00c0f0a,
        "Application.ReadUpdate.All",
        "Could change any existing application, for instance add a credential to it, and then act with its permissions.",
        ENTRA_OPS,
    ),
    entry(
        0x1bfefb4e_e0b5_418b_a88f_73c46d2cc8e9,
        "Application.ReadWrite.All",
        "Could add a credential to any application in the tenant and sign in as the most powerful of them.",
        CAUTION,
    ),
    entry(
        0x18a4783c_866b_4cc7_a460_3d5e5662c884,
        "Application.ReadWrite.OwnedBy",
        "Could add a credential to every application it owns and act with all of their permissions.",
        ENTRA_OPS,
    ),
    entry(
        0xcc13eba4_8cd8_44c6_b4d4_f93237adce58,
        "DelegatedAdminRelationship.ReadWrite.All",
        "In a partner's tenant, could give groups it controls administrative roles in the customers' tenants.",
        ENTRA_OPS,
    ),
    entry(
        0x9241abd9_d0e6_425a_bd4f_47ba86e767a4,
        "DeviceManagementConfiguration.ReadWrite.All",
        "Could change Intune policies so that administrators' devices run its code and give away their sessions.",
        ENTRA_OPS,
    ),
    entry(
        0xe330c4f0_4170_414e_a55a_2f022ec2b57b,
        "DeviceManagementRBAC.ReadWrite.All",
        "Could make an account it controls an Intune administrator, who may run code on other administrators' devices.",
        ENTRA_OPS,
    ),
    entry(
        0x9255e99d_faf5_445e_bbf7_cb71482737c4,
        "DeviceManagementScripts.ReadWrite.All",
        "Could run scripts on every device that Intune manages, administrators' own workstations included.",
        ENTRA_OPS,
    ),
    entry(
        0x19dbc75e_c2e2_444c_a770_ec69d8559fc7,
        "Directory.ReadWrite.All",
        "Could make an account it controls member or owner of nearly any group and so inherit what that group may do.",
        ENTRA_OPS,
    ),
    entry(
        0x7e05723c_0bb0_42da_be95_ae9f08a6e53c,
        "Domain.ReadWrite.All",
        "Could turn a domain over to a sign-in service of its own and then sign in as any of the domain's users.",
        ENTRA_OPS,
    ),
    entry(
        0x9acd699f_1e81_4958_b001_93b1d2506e19,
        "EntitlementManagement.ReadWrite.All",
        "Could hand out access packages that contain powerful groups, applications or directory roles.",
        CAUTION,
    ),
    entry(
        0x2d9bd318_b883_40be_9df7_63ec4fcdc424,
        "Group-OnPremisesSyncBehavior.ReadWrite.All",
        "Could move a synchronised group's management into the cloud, where its members can then be changed.",
        ENTRA_OPS,
    ),
    entry(
        0x62a82d76_70ea_41e2_9197_370581804d09,
        "Group.ReadWrite.All",
        "Could join an account it controls to any group that is not role-assignable, those with rights in Azure included.",
        ENTRA_OPS,
    ),
    entry(
        0xdbaae8cf_10b5_4b86_a4a1_f871c94c6695,
        "GroupMember.ReadWrite.All",
        "Could change the members of all groups that are not role-assignable, and so pass on whatever those groups grant.",
        ENTRA_OPS,
    ),
    entry(
        0x292d869f_3427_49a8_9dab_8c70152b74e9,
        "Organization.ReadWrite.All",
        "Could add a certificate authority of its own to the tenant's certificate sign-in and issue itself an administrator's certificate.",
        ENTRA_OPS,
    ),
    entry(
        0x29c18626_4985_4dcd_85c0_193eef327366,
        "Policy.ReadWrite.AuthenticationMethod",
        "Could switch on ways to sign in, such as Temporary Access Pass, that open administrators' accounts to others.",
        ENTRA_OPS,
    ),
    entry(
        0x01c0a623_fc9b_48e9_b794_0756f8e8f067,
        "Policy.ReadWrite.ConditionalAccess",
        "Could lift the demand for a second factor or a known device, or lock every administrator out.",
        ENTRA_OPS,
    ),
    entry(
        0xa402ca1c_2696_4531_972d_6e5ee4aa11ea,
        "Policy.ReadWrite.PermissionGrant",
        "Could change the consent policies so that applications receive powerful permissions without an administrator.",
        ENTRA_OPS,
    ),
    entry(
        0x854d9ab1_6657_4ec8_be45_823027bcd009,
        "PrivilegedAccess.ReadWrite.AzureAD",
        "Could hand out directory roles, up to Global Administrator, through Privileged Identity Management.",
        ENTRA_OPS,
    ),
    entry(
        0x2f6817f8_7b12_4f0f_bc18_eeaf60705a9e,
        "PrivilegedAccess.ReadWrite.AzureADGroup",
        "Could make an account it controls member or owner of privileged groups, and so holder of their directory roles.",
        ENTRA_OPS,
    ),
    entry(
        0x6f9d5abc_2db6_400b_a267_7de22a40fb87,
        "PrivilegedAccess.ReadWrite.AzureResources",
        "Could hand out roles on Azure resources, up to Owner of a subscription, through Privileged Identity Management.",
        ENTRA_OPS,
    ),
    entry(
        0x41202f2c_f7ab_45be_b001_85c9728b9d69,
        "PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup",
        "Could put itself at once into a group that holds directory roles.",
        ENTRA_OPS,
    ),
    entry(
        0x618b6020_bca8_4de6_99f6_ef445fa4d857,
        "PrivilegedEligibilitySchedule.ReadWrite.AzureADGroup",
        "Could make a user it controls eligible for a group that holds directory roles; that user then activates it.",
        ENTRA_OPS,
    ),
    entry(
        0xdd199f4a_f148_40a4_a2ec_f0069cc799ec,
        "RoleAssignmentSchedule.ReadWrite.Directory",
        "Could schedule an active directory role for itself, Global Administrator included, to begin at once.",
        ENTRA_OPS,
    ),
    entry(
        0xfee28b28_e1f3_4841_818e_2704dc62245f,
        "RoleEligibilitySchedule.ReadWrite.Directory",
        "Could make a user it controls eligible for Global Administrator; that user then activates the role.",
        ENTRA_OPS,
    ),
    entry(
        0x9e3f62cf_ca93_4989_b6ce_bf83c28f9fe8,
        "RoleManagement.ReadWrite.Directory",
        "Could assign Global Administrator, or any other directory role, to itself or to anyone else.",
        CAUTION,
    ),
    entry(
        0xb38dcc4d_a239_4ed6_aa84_6c65b284f97c,
        "RoleManagementPolicy.ReadWrite.AzureADGroup",
        "Could take approval and second factor away from the activation of privileged groups.",
        ENTRA_OPS,
    ),
    entry(
        0x31e08e0a_d3f7_4ca2_ac39_7343fb83e8ad,
        "RoleManagementPolicy.ReadWrite.Directory",
        "Could take approval, second factor and expiry away from the activation of directory roles.",
        ENTRA_OPS,
    ),
    entry(
        0xaf2bf46f_7bf1_4be3_8bad_e17e279e8462,
        "SecurityIdentitiesActions.ReadWrite.All",
        "Could act on people's accounts as the security team does, for example disable administrators or force new passwords.",
        ENTRA_OPS,
    ),
    entry(
        0x7fc588a2_ea2d_4d1f_bcf7_33c324b149b8,
        "SignInIdentifier.ReadWrite.All",
        "Could change which names sign in to which accounts, and so confuse one account with another.",
        ENTRA_OPS,
    ),
    entry(
        0x9b50c33d_700f_43b1_b2eb_87e89b703581,
        "Synchronization.ReadWrite.All",
        "Could change what synchronisation writes into the directory, and so alter accounts and group members.",
        ENTRA_OPS,
    ),
    entry(
        0xcc117bb9_00cf_4eb8_b580_ea2a878fe8f7,
        "User-PasswordProfile.ReadWrite.All",
        "Could set a new password for users and sign in as those whom a password alone protects.",
        ENTRA_OPS,
    ),
    entry(
        0xeccc023d_eccf_4e7b_9683_8813ab36cecc,
        "User.DeleteRestore.All",
        "Could delete every user, all administrators included, and so lock the organisation out of its tenant.",
        ENTRA_OPS,
    ),
    entry(
        0x3011c876_62b7_4ada_afa2_506cbbecc68c,
        "User.EnableDisableAccount.All",
        "Could disable every administrator and emergency account, or wake a dormant privileged one.",
        ENTRA_OPS,
    ),
    entry(
        0x741f803b_c850_494e_b5df_cde7c675a1ca,
        "User.ReadWrite.All",
        "Could change users' attributes so that dynamic groups and access rules let an account it controls in.",
        ENTRA_OPS,
    ),
    entry(
        0x7e9ebcc1_90aa_4471_8051_e68d6b4e9c89,
        "UserAuthMethod-HardwareOATH.ReadWrite.All",
        "Could register a hardware token that it holds as any user's second factor, administrators included.",
        ENTRA_OPS,
    ),
    entry(
        0x6e85d483_7092_4375_babe_0a94a8213a58,
        "UserAuthMethod-Phone.ReadWrite.All",
        "Could register its own phone for any user and then pass the second factor or a password reset with it.",
        ENTRA_OPS,
    ),
    entry(
        0x4869299f_18c3_40c8_98f2_222657e67db1,
        "UserAuthMethod-QR.ReadWrite.All",
        "Could issue a QR code and PIN for another user and sign in with them.",
        ENTRA_OPS,
    ),
    entry(
        0x627169a8_8c15_451c_861a_5b80e383de5c,
        "UserAuthMethod-TAP.ReadWrite.All",
        "Could issue a Temporary Access Pass for any user and sign in with it, as a Global Administrator too.",
        ENTRA_OPS,
    ),
    entry(
        0x50483e42_d915_4231_9639_7fdb7fd190e5,
        "UserAuthenticationMethod.ReadWrite.All",
        "Could add or replace any user's ways to sign in and then be that user, a Global Administrator too.",
        ENTRA_OPS,
    ),
    // Beyond the list of known attack paths, equal in effect:
    entry(
        0x8e8e4742_1d95_4f68_9d56_6ee75648c72a,
        "DelegatedPermissionGrant.ReadWrite.All",
        "Could let an application it controls act with the rights of any user who signs in to it, administrators included.",
        ENTRA_OPS,
    ),
    entry(
        0x64d40371_8d58_4270_bc8a_b4a66de36b9a,
        "Domain-InternalFederation.ReadWrite.All",
        "Could change whom a federated domain trusts for sign-in and then sign in as any of the domain's users.",
        ENTRA_OPS,
    ),
    entry(
        0x0400e371_7db1_4338_a269_96069eb65227,
        "UserAuthMethod-Passkey.ReadWrite.All",
        "Could register a passkey that it holds for any user and sign in with it.",
        ENTRA_OPS,
    ),
    entry(
        0xf6d38dfd_ec08_4995_8f07_23e929df0936,
        "UserAuthMethod-Password.ReadWrite.All",
        "Could replace users' passwords and sign in as those whom a password alone protects.",
        ENTRA_OPS,
    ),
    entry(
        0xa82116e5_55eb_4c41_a434_62fe8a61c773,
        "Sites.FullControl.All",
        "Could read, change and delete every document of SharePoint and OneDrive, and open them to anyone.",
        OWN,
    ),
];

const AZURE_AD_GRAPH: &[Entry] = &[
    entry(
        0x1cda74f2_2616_4834_b122_5cb1b07f8a59,
        "Application.ReadWrite.All",
        "Could add a credential to any application, through the old Azure AD Graph, and sign in as it.",
        ENTRA_OPS,
    ),
    entry(
        0x824c81eb_e3f8_4ee6_8f6d_de7f50d565b7,
        "Application.ReadWrite.OwnedBy",
        "Could add a credential, through the old Azure AD Graph, to the applications it owns and act with their permissions.",
        ENTRA_OPS,
    ),
    entry(
        0x78c8a3c8_a07e_4b9e_af1b_b5ccab50a175,
        "Directory.ReadWrite.All",
        "Could change groups and their members through the old Azure AD Graph and so pass on whatever they grant.",
        ENTRA_OPS,
    ),
    entry(
        0xabefe9df_d5a9_41c6_a60b_27b38eac3efb,
        "Domain.ReadWrite.All",
        "Could turn a domain over to its own sign-in service through the old Azure AD Graph.",
        ENTRA_OPS,
    ),
];

const EXCHANGE: &[Entry] = &[
    entry(
        0xdc890d15_9560_4a4c_9b7f_a736ec74ec40,
        "full_access_as_app",
        "Could read, change and send mail in every mailbox, password resets of other services included.",
        OWN,
    ),
    entry(
        0xdc50a0fb_09a3_484d_be87_e023b12c6440,
        "Exchange.ManageAsApp",
        "Together with a directory role, could administer all of Exchange: open any mailbox, forward mail, change its rules.",
        OWN,
    ),
    entry(
        0xea3d980d_ebc7_4be4_8298_a167e5b8797c,
        "Exchange.ManageAsAppV2",
        "Together with a role in Exchange, could administer all of it: open any mailbox, forward mail, change its rules.",
        OWN,
    ),
];

const SHAREPOINT: &[Entry] = &[entry(
    0x678536fe_1083_478a_9c59_b99265e6b0d3,
    "Sites.FullControl.All",
    "Could read, change and delete every SharePoint and OneDrive document and change who may open it.",
    OWN,
)];

const DEFENDER: &[Entry] = &[
    entry(
        0x1629b959_c0af_42a1_92f0_f6162060bdf1,
        "Machine.LiveResponse",
        "Could run commands on every machine that Defender watches, domain controllers included.",
        ENTRA_OPS,
    ),
    entry(
        0x41d209c7_2511_4fc9_b899_8008a3976f09,
        "Library.Manage",
        "Could replace the scripts that responders run on machines through Defender, domain controllers included.",
        ENTRA_OPS,
    ),
];

const DEFENDER_FOR_IDENTITY: &[Entry] = &[entry(
    0xc613cf81_75fb_4201_a32b_7a58d1fe4dff,
    "Identity.PrivilegeAccountActions",
    "Could act on privileged accounts through Defender for Identity, for example disable them.",
    ENTRA_OPS,
)];

const RIGHTS_MANAGEMENT: &[Entry] = &[entry(
    0x7347eb49_7a1a_43c5_8eac_a5cd1d1c7cf0,
    "Content.SuperUser",
    "Could open every document and mail that the organisation's encryption protects, whoever they were meant for.",
    ENTRA_OPS,
)];

const SYNCHRONIZATION: &[Entry] = &[entry(
    0xab43b826_2c7a_4aff_9ecd_d0629d0ca6a9,
    "ADSynchronization.ReadWrite.All",
    "Could write to the directory as the synchronisation service does, accounts and group members included.",
    ENTRA_OPS,
)];

/// All of it, by the API's application id.
const TABLE: &[(AppId, &[Entry])] = &[
    (AppId::from_u128(0x00000003_0000_0000_c000_000000000000), MICROSOFT_GRAPH),
    (AppId::from_u128(0x00000002_0000_0000_c000_000000000000), AZURE_AD_GRAPH),
    (AppId::from_u128(0x00000002_0000_0ff1_ce00_000000000000), EXCHANGE),
    (AppId::from_u128(0x00000003_0000_0ff1_ce00_000000000000), SHAREPOINT),
    (AppId::from_u128(0xfc780465_2017_40d4_a0c5_307022471b92), DEFENDER),
    (AppId::from_u128(0x7b7531ad_5926_4f2d_8a1d_38495ad33e17), DEFENDER_FOR_IDENTITY),
    (AppId::from_u128(0x00000012_0000_0000_c000_000000000000), RIGHTS_MANAGEMENT),
    (AppId::from_u128(0x6bf85cfa_ac8a_4be5_b5de_425a0d0dc016), SYNCHRONIZATION),
];

/// Why a role of an API is privileged, if it is.
pub fn risk(app_id: AppId, role: AppRoleId) -> Option<&'static Risk> {
    let (_, entries) = TABLE.iter().find(|(api, _)| *api == app_id)?;
    in_entries(entries, role)
}

/// Whether some API has a privileged role of that id, for when the API is not known.
pub(super) fn is_risky_somewhere(role: AppRoleId) -> bool {
    TABLE.iter().any(|(_, entries)| in_entries(entries, role).is_some())
}

fn in_entries(entries: &'static [Entry], role: AppRoleId) -> Option<&'static Risk> {
    entries.iter().find(|(id, ..)| AppRoleId::from_u128(*id) == role).map(|(_, _, risk)| risk)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    /// The application permissions of Microsoft Graph with a publicly known path to Global Administrator, by name
    /// (emiliensocchi/azure-tiering, tier 0, August 2026).
    const TIER_0: [&str; 41] = [
        "AdministrativeUnit.ReadWrite.All",
        "AppRoleAssignment.ReadWrite.All",
        "Application.ReadUpdate.All",
        "Application.ReadWrite.All",
        "Application.ReadWrite.OwnedBy",
        "DelegatedAdminRelationship.ReadWrite.All",
        "DeviceManagementConfiguration.ReadWrite.All",
        "DeviceManagementRBAC.ReadWrite.All",
        "DeviceManagementScripts.ReadWrite.All",
        "Directory.ReadWrite.All",
        "Domain.ReadWrite.All",
        "EntitlementManagement.ReadWrite.All",
        "Group-OnPremisesSyncBehavior.ReadWrite.All",
        "Group.ReadWrite.All",
        "GroupMember.ReadWrite.All",
        "Organization.ReadWrite.All",
        "Policy.ReadWrite.AuthenticationMethod",
        "Policy.ReadWrite.ConditionalAccess",
        "Policy.ReadWrite.PermissionGrant",
        "PrivilegedAccess.ReadWrite.AzureAD",
        "PrivilegedAccess.ReadWrite.AzureADGroup",
        "PrivilegedAccess.ReadWrite.AzureResources",
        "PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup",
        "PrivilegedEligibilitySchedule.ReadWrite.AzureADGroup",
        "RoleAssignmentSchedule.ReadWrite.Directory",
        "RoleEligibilitySchedule.ReadWrite.Directory",
        "RoleManagement.ReadWrite.Directory",
        "RoleManagementPolicy.ReadWrite.AzureADGroup",
        "RoleManagementPolicy.ReadWrite.Directory",
        "SecurityIdentitiesActions.ReadWrite.All",
        "SignInIdentifier.ReadWrite.All",
        "Synchronization.ReadWrite.All",
        "User-PasswordProfile.ReadWrite.All",
        "User.DeleteRestore.All",
        "User.EnableDisableAccount.All",
        "User.ReadWrite.All",
        "UserAuthMethod-HardwareOATH.ReadWrite.All",
        "UserAuthMethod-Phone.ReadWrite.All",
        "UserAuthMethod-QR.ReadWrite.All",
        "UserAuthMethod-TAP.ReadWrite.All",
        "UserAuthenticationMethod.ReadWrite.All",
    ];

    fn all() -> impl Iterator<Item = &'static Entry> {
        TABLE.iter().flat_map(|(_, entries)| *entries)
    }

    #[test]
    fn every_known_path_to_global_administrator_is_listed() {
        for value in TIER_0 {
            assert!(MICROSOFT_GRAPH.iter().any(|(_, known, _)| *known == value), "{value}");
        }
    }

    #[test]
    fn every_role_is_listed_once() {
        for (_, entries) in TABLE {
            let ids: HashSet<_> = entries.iter().map(|(id, ..)| id).collect();
            let values: HashSet<_> = entries.iter().map(|(_, value, _)| value).collect();
            assert_eq!((ids.len(), values.len()), (entries.len(), entries.len()));
        }
        assert_eq!(TABLE.iter().map(|(api, _)| api).collect::<HashSet<_>>().len(), TABLE.len());
    }

    #[test]
    fn every_role_has_one_sentence_of_its_own() {
        let sentences: HashSet<_> = all().map(|(.., risk)| risk.how).collect();
        assert_eq!(sentences.len(), all().count());
        for (_, value, risk) in all() {
            let length = risk.how.chars().count();
            assert!((30..=160).contains(&length), "{value}: {length}");
            assert!(risk.how.ends_with('.') && risk.how.matches(". ").count() == 0, "{value}");
            assert!(!risk.source.is_empty());
        }
    }

    #[test]
    fn a_role_is_judged_within_its_api() {
        let graph: AppId = "00000003-0000-0000-c000-000000000000".parse().unwrap();
        let sharepoint: AppId = "00000003-0000-0ff1-ce00-000000000000".parse().unwrap();
        let shared_id: AppRoleId = "741f803b-c850-494e-b5df-cde7c675a1ca".parse().unwrap();
        assert!(risk(graph, shared_id).is_some());
        assert!(risk(sharepoint, shared_id).is_none());
        assert!(is_risky_somewhere(shared_id));
        let mail_send: AppRoleId = "b633e1c5-b582-4048-a93e-9f11b44c7e96".parse().unwrap();
        assert!(risk(graph, mail_send).is_none() && !is_risky_somewhere(mail_send));
        assert!(risk(graph, AppRoleId::DEFAULT_ACCESS).is_none());
        let assign: AppRoleId = "06b708a9-e830-4db3-a914-8e69da51d44f".parse().unwrap();
        assert!(risk(graph, assign).unwrap().how.contains("grant itself"));
    }
}
