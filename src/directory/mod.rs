//! What the administrator sees: identities, APIs, app roles, assignments, and how they are found and judged.
//!
//! Pure: it knows neither the network nor the browser, keeps no signal and never waits.

mod api;
mod app_role;
mod assignment;
mod catalog;
mod digits;
mod duration;
mod fold;
mod grouped;
mod held_order;
mod host;
mod identity;
mod ids;
mod ledger;
mod matrix;
mod order;
mod rights;
mod risk;
mod search;
mod snapshot;
mod sort;
mod sorted;
mod table;
#[cfg(test)]
pub(crate) mod testing;
mod text;
mod texts;
mod timestamp;
mod unsettled;
mod words;

pub use api::{Api, ApiPublisher, MICROSOFT_TENANT};
pub use app_role::AppRole;
pub use assignment::{Assignment, PROPAGATION, PrincipalKind};
pub use catalog::Catalog;
pub use duration::human;
pub(crate) use fold::fold;
pub use grouped::grouped;
pub use held_order::{HeldSort, order_held};
pub use host::{HostResource, Place, Places};
pub use identity::{Identity, IdentityKind};
pub use ids::{AppId, AppRoleId, AssignmentId, ObjectId, ParseIdError, RoleTemplateId, TenantId};
pub use matrix::{Holder, Matrix, MatrixQuery, RoleColumn};
pub use rights::{Act, DirectoryRole, Family, Right, Rights};
pub use risk::{Risk, risk};
pub use search::{
    ApiQuery, ApiSort, Holds, IdentityQuery, IdentitySort, match_roles, proposed_apis, proposed_identities,
};
pub use snapshot::{SnapshotError, SnapshotReader, write_identities};
pub use sort::{sort_by, sort_by_key};
pub use sorted::Sorted;
pub use text::{Part, one_line, parts, prose, visible};
pub use timestamp::{ParseTimestampError, Timestamp};
pub use unsettled::{SETTLING, Unsettled};
