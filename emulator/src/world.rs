//! What the origins share: options, addresses, clock, keys, the directory and its replicas, sign-in's memory, quotas, the
//! audit log, the log, the faults.
//! Locks are held for the length of one answer at most and never two at a time, but that the audit log takes entries
//! while the directory is locked.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::audit::{Activity, AuditLog, Entry};
use crate::builder::Options;
use crate::clock::Clock;
use crate::faults::Faults;
use crate::log::{Log, Site};
use crate::replication::{Replicas, Replication};
use crate::signin::keys::KeyRing;
use crate::signin::registration::Registration;
use crate::signin::store::SignInStore;
use crate::tenant::directory::Directory;
use crate::tenant::file::TenantError;
use crate::tenant::generated::Dice;
use crate::tenant::guid;
use crate::tenant::model::User;
use crate::throttle::Throttle;

/// The origins as URLs without a trailing slash.
#[derive(Clone, Debug)]
pub(crate) struct Origins {
    pub(crate) app: String,
    pub(crate) sign_in: String,
    pub(crate) graph: String,
    pub(crate) control: Option<String>,
}

impl Origins {
    /// The origin of a site.
    pub(crate) fn of(&self, site: Site) -> &str {
        match site {
            Site::App => &self.app,
            Site::SignIn => &self.sign_in,
            Site::Graph => &self.graph,
        }
    }

    /// True if they are reached over TLS.
    pub(crate) fn secure(&self) -> bool {
        self.sign_in.starts_with("https:")
    }
}

/// Makes the directory that the emulator begins with.
pub(crate) type MakeDirectory = Box<dyn Fn() -> Result<Directory, TenantError> + Send + Sync>;

/// Everything there is.
pub(crate) struct World {
    pub(crate) options: Options,
    pub(crate) origins: Origins,
    pub(crate) clock: Clock,
    pub(crate) keys: KeyRing,
    pub(crate) registration: Registration,
    pub(crate) log: Log,
    pub(crate) faults: Faults,
    make_directory: MakeDirectory,
    pub(crate) throttle: Throttle,
    pub(crate) audit: AuditLog,
    replicas: Replicas,
    rolls: AtomicU64,
    directory: Mutex<Directory>,
    sign_in: Mutex<SignInStore>,
}

impl World {
    pub(crate) fn new(
        options: Options,
        origins: Origins,
        keys: KeyRing,
        registration: Registration,
        make_directory: MakeDirectory,
    ) -> Result<Self, TenantError> {
        let directory = make_directory()?;
        let sign_in = SignInStore::new(directory.accounts());
        Ok(Self {
            clock: Clock::new(options.held_clock),
            options,
            origins,
            keys,
            registration,
            log: Log::default(),
            faults: Faults::default(),
            make_directory,
            throttle: Throttle::default(),
            audit: AuditLog::default(),
            replicas: Replicas::default(),
            rolls: AtomicU64::new(0),
            directory: Mutex::new(directory),
            sign_in: Mutex::new(sign_in),
        })
    }

    /// The directory, locked. What is changed in it now, replicas hear of later if the options say so.
    pub(crate) fn directory(&self) -> MutexGuard<'_, Directory> {
        let mut directory = self.directory.lock().unwrap_or_else(PoisonError::into_inner);
        let lags = self.options.replication != Replication::Immediate;
        directory.changing(lags.then(|| self.clock.now()));
        directory
    }

    /// Chance, as the seed will have it: other dice for every caller.
    pub(crate) fn dice(&self) -> Dice {
        Dice::new(self.options.seed, self.rolls.fetch_add(1, Ordering::Relaxed))
    }

    /// As far as which time the replica is that answers the next read; `None`: it has everything.
    pub(crate) fn next_replica(&self) -> Option<DateTime<Utc>> {
        self.replicas.next(self.options.replication, self.clock.now())
    }

    /// Enters a person's consent in the audit log.
    pub(crate) fn record_consent(&self, user: &User, scopes: &[String]) {
        let client =
            self.directory().service_principal_of_app(guid(&self.registration.client_id)).map(|found| found.id);
        self.audit.record(Entry {
            activity: Activity::Consent,
            at: self.clock.now(),
            correlation: Uuid::new_v4(),
            user: user.id,
            user_name: user.user_name.clone(),
            user_agent: None,
            target: client.unwrap_or_default(),
            target_name: self.registration.name.clone(),
            properties: vec![
                ("ConsentContext.IsAdminConsent", "False".to_owned()),
                ("ConsentAction.Permissions", scopes.join(" ")),
            ],
        });
    }

    /// Sign-in's memory, locked.
    pub(crate) fn sign_in(&self) -> MutexGuard<'_, SignInStore> {
        self.sign_in.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything as at the start: directory, sessions and consent, quotas, rules, log, clock. Tokens issued so far are
    /// of accounts that are there again, so they stay good for as long as they live; codes and refresh tokens do not.
    pub(crate) fn reset(&self) -> Result<(), TenantError> {
        let directory = (self.make_directory)()?;
        *self.sign_in() = SignInStore::new(directory.accounts());
        *self.directory.lock().unwrap_or_else(PoisonError::into_inner) = directory;
        self.throttle.clear();
        self.audit.clear();
        self.faults.clear();
        self.rolls.store(0, Ordering::Relaxed);
        self.clock.reset();
        self.log.clear();
        Ok(())
    }
}
