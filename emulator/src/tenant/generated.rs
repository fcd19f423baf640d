//! More identities than anyone would write by hand, believable and the same in every run.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::directory::Directory;
use super::fixed_id;
use super::identities::{Host, SUBSCRIPTIONS, identity};
use super::model::ServicePrincipal;
use crate::clock::{to_seconds, to_ticks};

const HOSTS: &[(&str, &str)] = &[
    ("app", "Microsoft.Web/sites"),
    ("func", "Microsoft.Web/sites"),
    ("vm", "Microsoft.Compute/virtualMachines"),
    ("vmss", "Microsoft.Compute/virtualMachineScaleSets"),
    ("aks", "Microsoft.ContainerService/managedClusters"),
    ("logic", "Microsoft.Logic/workflows"),
    ("aa", "Microsoft.Automation/automationAccounts"),
    ("adf", "Microsoft.DataFactory/factories"),
    ("srch", "Microsoft.Search/searchServices"),
    ("ca", "Microsoft.App/containerApps"),
    ("arc", "Microsoft.HybridCompute/machines"),
    ("id", ""),
    ("id", ""),
    ("id", ""),
];
const TEAMS: &[&str] = &[
    "shipments",
    "stock",
    "billing",
    "customs",
    "schedule",
    "portal",
    "rates",
    "fleet",
    "claims",
    "payroll",
    "planning",
    "sales",
    "support",
    "hr",
    "legal",
    "quality",
    "safety",
    "energy",
];
const WORKS: &[&str] = &[
    "intake", "export", "sync", "worker", "report", "archive", "gateway", "monitor", "planner", "loader", "notifier",
    "cleanup", "index", "import", "bridge", "review",
];
const STAGES: &[&str] = &["prod", "prod", "test", "dev"];
/// Roles that ordinary identities hold.
const ROLES: &[(&str, &str)] = &[
    ("shipments", "Shipments.Read.All"),
    ("shipments", "Tracking.Publish"),
    ("stock", "Stock.Read.All"),
    ("stock", "Stock.Adjust"),
    ("billing", "Invoices.Read.All"),
    ("customs", "Documents.Read.All"),
    ("rates", "Rates.Read"),
    ("telemetry", "Telemetry.Read.All"),
    ("Microsoft Graph", "User.Read.All"),
    ("Microsoft Graph", "Group.Read.All"),
    ("Microsoft Graph", "Mail.Send"),
    ("Microsoft Graph", "Sites.Selected"),
];
/// 2019-01-07, the first day on which one was made.
const FIRST_DAY: i64 = 1_546_819_200;

/// Adds so many identities and, to two of three, some roles. Another seed makes others.
pub(crate) fn fill(directory: &mut Directory, apis: &[(String, Uuid)], count: usize, seed: u64) {
    let roles: Vec<(Uuid, Uuid)> = ROLES
        .iter()
        .filter_map(|(api, value)| {
            let resource = apis.iter().find(|(name, _)| name == api)?.1;
            Some((resource, directory.service_principal(resource)?.role(value)?.id))
        })
        .collect();
    for index in 0..count {
        let mut dice = Dice::new(seed, index as u64);
        if let Some((identity, made)) = row(&mut dice, index) {
            let principal = identity.id;
            directory.add(identity);
            grant(directory, &mut dice, &roles, principal, made);
        }
    }
}

fn row(dice: &mut Dice, index: usize) -> Option<(ServicePrincipal, DateTime<Utc>)> {
    let &(prefix, kind) = dice.pick(HOSTS)?;
    let team = dice.pick(TEAMS)?;
    let work = dice.pick(WORKS)?;
    let stage = dice.pick(STAGES)?;
    let &(_, subscription, _) = dice.pick(SUBSCRIPTIONS)?;
    let minutes = i64::try_from(dice.roll(60 * 24 * 365 * 7)).ok()?;
    let made = DateTime::from_timestamp(FIRST_DAY, 0)? + TimeDelta::minutes(minutes);
    let name = format!("{prefix}-{team}-{work}-{stage}-{index:05}");
    let host = if kind.is_empty() { Host::Own } else { Host::On(kind) };
    Some((identity(&name, &name, host, subscription, &format!("rg-{team}-{stage}"), &to_seconds(made)), made))
}

fn grant(directory: &mut Directory, dice: &mut Dice, roles: &[(Uuid, Uuid)], principal: Uuid, made: DateTime<Utc>) {
    for turn in 0..dice.roll(6).saturating_sub(1) {
        let Some(&(resource, role)) = dice.pick(roles) else { continue };
        if directory.held_by(principal, 0).any(|(_, it)| it.resource_id == resource && it.app_role_id == role) {
            continue;
        }
        let since = made + TimeDelta::seconds(i64::try_from(turn + 1).unwrap_or(1) * 61);
        let salt = fixed_id("assignment", &format!("{principal}/{turn}"));
        directory.put(principal, resource, role, to_ticks(since), salt);
    }
}

/// A small deterministic generator (SplitMix64); nothing here needs to be unpredictable.
pub(crate) struct Dice(u64);

impl Dice {
    /// The throws of a seed; `number` tells its generators apart.
    pub(crate) fn new(seed: u64, number: u64) -> Self {
        Self(seed.wrapping_mul(0x2545_F491_4F6C_DD1D) ^ number)
    }

    /// A number below `sides`.
    pub(crate) fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % sides.max(1)
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(usize::try_from(self.roll(from.len() as u64)).ok()?)
    }
}
