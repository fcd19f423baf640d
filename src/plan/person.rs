//! Who made a plan or applied it.

use crate::directory::ObjectId;

/// An administrator, as her account says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The account's name; not fit to show without [`visible`](crate::directory::visible).
    pub name: String,
    /// The account's object id in the tenant.
    pub id: ObjectId,
}
