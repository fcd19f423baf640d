//! What the three origins share: options, addresses, clock, keys, the directory, sign-in's memory, the log, the faults.
//! Locks are held for the length of one answer at most and never two at a time.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::builder::Options;
use crate::clock::Clock;
use crate::faults::Faults;
use crate::log::Log;
use crate::signin::keys::Keys;
use crate::signin::registration::Registration;
use crate::signin::store::SignInStore;
use crate::tenant::directory::Directory;

/// The three origins as URLs without a trailing slash.
#[derive(Clone, Debug)]
pub(crate) struct Origins {
    pub(crate) app: String,
    pub(crate) sign_in: String,
    pub(crate) graph: String,
}

/// Everything there is.
pub(crate) struct World {
    pub(crate) options: Options,
    pub(crate) origins: Origins,
    pub(crate) clock: Clock,
    pub(crate) keys: &'static Keys,
    pub(crate) registration: Registration,
    pub(crate) log: Log,
    pub(crate) faults: Faults,
    directory: Mutex<Directory>,
    sign_in: Mutex<SignInStore>,
}

impl World {
    pub(crate) fn new(
        options: Options,
        origins: Origins,
        keys: &'static Keys,
        registration: Registration,
        directory: Directory,
    ) -> Self {
        let sign_in = SignInStore::new(directory.accounts());
        Self {
            options,
            origins,
            clock: Clock::default(),
            keys,
            registration,
            log: Log::default(),
            faults: Faults::default(),
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
}
