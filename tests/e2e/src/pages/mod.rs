//! The screens, by the words that stand on them. A page object knows how a screen is used, not what should come of it:
//! that is the scenario's part.

mod activity;
mod api;
mod collect;
mod consent;
mod dialog;
mod identities;
mod identity;
mod outcomes;
mod plan;
mod shell;
mod sign_in;

pub use activity::ActivityPage;
pub use api::{ApiPage, ApisPage};
pub use collect::CollectPage;
pub use consent::{AccountPage, ConsentPage};
pub use dialog::Question;
pub use identities::IdentitiesPage;
pub use identity::IdentityPage;
pub use outcomes::Outcomes;
pub use plan::PlanPage;
pub use shell::Shell;
pub use sign_in::SignInPage;
