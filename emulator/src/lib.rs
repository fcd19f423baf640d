//! An emulator of Microsoft Entra sign-in and of the part of Microsoft Graph that Rolegrant speaks,
//! on loopback origins of their own so that cross-origin rules are really exercised.
//!
//! It is strict: what the real services refuse is refused here with the same status and body.
//! It must never share a type or a constant with the app: two readings of the same documentation,
//! so that one mistake is not made twice. All state is in memory and dies with the process.
//!
//! | origin | module | what it is |
//! | --- | --- | --- |
//! | `http://localhost:8400` | `app_host` | the built app as a static host would serve it, with its headers |
//! | `http://localhost:8401` | `signin` | discovery, authorize, token, keys, sign-out, and their pages |
//! | `http://localhost:8402` | `graph` | Graph v1.0: me, organization, service principals, applications, app role assignments, audit log, batches |
//! | `http://localhost:8403` | `control` | state, log, rules and clock for tests in another process; only if asked for |
//!
//! Each origin is one plain function from a request to an answer; `server` carries them over HTTP, with TLS if that is
//! asked for (`tls`), and `exchange` on the way records every request (`log`) and applies the failures that a test asked
//! for (`faults`). Tests whose time is their own hand requests in without HTTP (`in_process`).
//! `tenant` holds the sample directory and its rules.

mod app_host;
mod audit;
mod builder;
mod clock;
mod conditional_access;
mod control;
mod delivery;
mod exchange;
mod faults;
mod graph;
mod http;
mod in_process;
mod log;
mod missing;
mod ready;
mod replication;
mod running;
mod server;
mod signin;
mod tenant;
mod throttle;
mod tls;
mod unverified;
mod world;

pub use builder::{Builder, Emulator, StartError};
pub use conditional_access::Policy;
pub use faults::{Fault, FaultId, Matcher, Refusal, Rule};
pub use in_process::{InHand, Reply};
pub use log::{Confidence, SeenRequest, Site};
pub use ready::{Ready, ReadyAccount};
pub use replication::{Replication, ReplicationError};
pub use running::{AccountInfo, DirectoryHandle, Running};
pub use signin::forge::IdTokenForge;
pub use signin::mint::Mint;
pub use signin::registration::{RedirectKind, RegistrationError};
pub use tenant::file::TenantError;
pub use tenant::model::{AppRole, Assignment, PrincipalType, ServicePrincipal};
pub use throttle::{Throttling, ThrottlingError};
pub use unverified::Unverified;
pub use uuid::Uuid;
