//! What the origins share: options, addresses, clock, keys, the directory, sign-in's memory, the log, the faults.
//! Locks are held for the length of one answer at most and never two at a time.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::builder::Options;
use crate::clock::Clock;
use crate::faults::Faults;
use crate::log::{Log, Site};
use crate::signin::keys::KeyRing;
use crate::signin::registration::Registration;
use crate::signin::store::SignInStore;
use crate::tenant::directory::Directory;

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
pub(crate) type MakeDirectory = Box<dyn Fn() -> Directory + Send + Sync>;

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
    ) -> Self {
        let directory = make_directory();
        let sign_in = SignInStore::new(directory.accounts());
        Self {
            options,
            origins,
            clock: Clock::default(),
            keys,
            registration,
            log: Log::default(),
            faults: Faults::default(),
            make_directory,
            directory: Mutex::new(directory),
            sign_in: Mutex::new(sign_in),
        }
    }

    /// The directory, locked.
    pub(crate) fn directory(&self) -> MutexGuard<'_, Directory> {
        self.directory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sign-in's memory, locked.
    pub(crate) fn sign_in(&self) -> MutexGuard<'_, SignInStore> {
        self.sign_in.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything as at the start: directory, sessions and consent, rules, log, clock. Tokens issued so far are of
    /// accounts that are there again, so they stay good for as long as they live; codes and refresh tokens do not.
    pub(crate) fn reset(&self) {
        let directory = (self.make_directory)();
        *self.sign_in() = SignInStore::new(directory.accounts());
        *self.directory() = directory;
        self.faults.clear();
        self.clock.reset();
        self.log.clear();
    }
}
