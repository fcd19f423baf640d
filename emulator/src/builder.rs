//! How an emulator is set up and started.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::log::Site;
use crate::replication::Replication;
use crate::running::Running;
use crate::server::serve;
use crate::signin::keys::Keys;
use crate::signin::registration::{RedirectKind, Registration};
use crate::tenant::file::{self, TenantError};
use crate::tenant::{CLIENT_ID, CLIENT_NAME, sample};
use crate::throttle::Throttling;
use crate::unverified::Unverified;
use crate::world::{Origins, World};

/// Where it all begins.
pub struct Emulator;

impl Emulator {
    /// A builder with the usual settings: ports 8400 to 8402, the hand-made sample, no latency, every strictness on.
    pub fn builder() -> Builder {
        Builder {
            port: 8400,
            identities: 0,
            tenant_file: None,
            redirects: Vec::new(),
            options: Options {
                app_dir: None,
                latency: Duration::ZERO,
                token_lifetime: Duration::from_secs(3600),
                grant_all_consented: false,
                seed: 0,
                bandwidth: None,
                replication: Replication::Immediate,
                throttling: Throttling::Off,
                audit_delay: Duration::ZERO,
                unverified: Unverified::default(),
            },
        }
    }
}

/// What stays as it is while the emulator runs.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) app_dir: Option<PathBuf>,
    pub(crate) latency: Duration,
    pub(crate) token_lifetime: Duration,
    pub(crate) grant_all_consented: bool,
    pub(crate) seed: u64,
    /// Bytes a second.
    pub(crate) bandwidth: Option<NonZeroU32>,
    pub(crate) replication: Replication,
    pub(crate) throttling: Throttling,
    pub(crate) audit_delay: Duration,
    pub(crate) unverified: Unverified,
}

impl Options {
    /// How long a body of so many bytes is on its way.
    pub(crate) fn transfer(&self, bytes: usize) -> Duration {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        self.bandwidth.map_or(Duration::ZERO, |rate| Duration::from_secs_f64(f64::from(bytes) / f64::from(rate.get())))
    }
}

/// Settings of an emulator that has not started.
#[derive(Clone, Debug)]
pub struct Builder {
    port: u16,
    identities: usize,
    tenant_file: Option<PathBuf>,
    redirects: Vec<(RedirectKind, String)>,
    options: Options,
}

/// Why an emulator did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Something else listens on a port.
    #[error("port {port} is taken: another demo may still run. End it, or choose other ports with --port {suggestion}")]
    PortTaken {
        /// The port.
        port: u16,
        /// A base port to try.
        suggestion: u16,
    },
    /// A port cannot be listened on for another reason.
    #[error("cannot listen on port {port}: {source}. Choose other ports with --port")]
    Listen {
        /// The port.
        port: u16,
        /// What the system said.
        source: io::Error,
    },
    /// The base port leaves no room for three.
    #[error("base port {0} is too high: three ports in a row are needed. Choose one up to 65533 with --port")]
    PortTooHigh(u16),
    /// The tenant file is no tenant.
    #[error(transparent)]
    Tenant(#[from] TenantError),
    /// No signing key could be made.
    #[error("no signing key could be made: {0}. Try again; if it stays, the system's random source is at fault")]
    Key(String),
}

impl Builder {
    /// The folder of the built app. Without one the app's origin says how to build it.
    pub fn app_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.options.app_dir = Some(folder.into());
        self
    }

    /// The app's port; sign-in and Graph take the two after it. 0: three free ones.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// How many managed identities there are; fewer than the hand-made sample has mean that sample.
    pub fn identities(mut self, count: usize) -> Self {
        self.identities = count;
        self
    }

    /// How long sign-in and Graph wait before every answer.
    pub fn latency(mut self, latency: Duration) -> Self {
        self.options.latency = latency;
        self
    }

    /// Whether a disabled role can be assigned; the facts are silent. Refused unless switched off.
    pub fn refuse_disabled_roles(mut self, refuse: bool) -> Self {
        self.options.unverified.refuse_disabled_roles = refuse;
        self
    }

    /// Whether an application may be given a role that is for users only; the facts are silent.
    /// Refused unless switched off.
    pub fn refuse_user_only_roles(mut self, refuse: bool) -> Self {
        self.options.unverified.refuse_user_only_roles = refuse;
        self
    }

    /// How long access and id tokens live. An hour unless set.
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.options.token_lifetime = lifetime;
        self
    }

    /// Whether a page can read Graph's Retry-After; two sources contradict each other. It can unless switched off.
    pub fn expose_retry_after(mut self, expose: bool) -> Self {
        self.options.unverified.expose_retry_after = expose;
        self
    }

    /// Whether a token carries every scope that was ever consented instead of those asked for.
    pub fn grant_all_consented(mut self, all: bool) -> Self {
        self.options.grant_all_consented = all;
        self
    }

    /// Which generated identities there are: the same seed, the same identities.
    pub fn seed(mut self, seed: u64) -> Self {
        self.options.seed = seed;
        self
    }

    /// A tenant of one's own instead of the sample, from a JSON file as [`Running::tenant_json`] writes it.
    pub fn tenant_file(mut self, file: impl Into<PathBuf>) -> Self {
        self.tenant_file = Some(file.into());
        self
    }

    /// How many bytes a second sign-in and Graph answer with. As many as the machine can unless set.
    pub fn bandwidth(mut self, bytes_per_second: NonZeroU32) -> Self {
        self.options.bandwidth = Some(bytes_per_second);
        self
    }

    /// How Graph's reads lag behind its writes. Not at all unless set.
    pub fn replication(mut self, replication: Replication) -> Self {
        self.options.replication = replication;
        self
    }

    /// Which of Graph's quotas apply. None unless set.
    pub fn throttling(mut self, throttling: Throttling) -> Self {
        self.options.throttling = throttling;
        self
    }

    /// How late entries of the audit log can be read; really 5 to 15 minutes. At once unless set.
    pub fn audit_delay(mut self, delay: Duration) -> Self {
        self.options.audit_delay = delay;
        self
    }

    /// What no source settles about Graph, switch by switch.
    pub fn unverified(mut self, unverified: Unverified) -> Self {
        self.options.unverified = unverified;
        self
    }

    /// Registers another redirect URI beside the app's own base URL.
    pub fn redirect_uri(mut self, kind: RedirectKind, uri: &str) -> Self {
        self.redirects.push((kind, uri.to_owned()));
        self
    }

    /// Starts the three origins. They run until [`Running::shutdown`] or until the handle is dropped.
    pub async fn start(self) -> Result<Running, StartError> {
        let (app, sign_in, graph) = if self.port == 0 {
            (listen(0, 0).await?, listen(0, 0).await?, listen(0, 0).await?)
        } else {
            let port = |offset: u16| self.port.checked_add(offset).ok_or(StartError::PortTooHigh(self.port));
            let (second, third) = (port(1)?, port(2)?);
            let suggestion = if self.port < 60_000 { self.port + 100 } else { 8500 };
            (listen(self.port, suggestion).await?, listen(second, suggestion).await?, listen(third, suggestion).await?)
        };
        let origins = Origins { app: app.origin(), sign_in: sign_in.origin(), graph: graph.origin() };
        let mut redirects = vec![(RedirectKind::Spa, format!("{}/", origins.app))];
        redirects.extend(self.redirects);
        let registration = Registration::new(CLIENT_ID, CLIENT_NAME, &redirects);
        // Making the key and a large tenant takes a while and must not stop others on this thread.
        let (app_origin, identities, seed, tenant_file) =
            (origins.app.clone(), self.identities, self.options.seed, self.tenant_file);
        let keys = tokio::task::spawn_blocking(|| Keys::get().map_err(StartError::Key));
        let directory = tokio::task::spawn_blocking(move || match tenant_file {
            Some(file) => file::load(&file).map_err(StartError::Tenant),
            None => Ok(sample::tenant(&app_origin, identities, seed)),
        });
        let broken = |error: tokio::task::JoinError| StartError::Key(error.to_string());
        let (keys, directory) = (keys.await.map_err(broken)??, directory.await.map_err(broken)??);
        let world = Arc::new(World::new(self.options, origins, keys, registration, directory));
        let (stop, stopped) = watch::channel(false);
        let mut tasks = Vec::new();
        for (site, listening) in [(Site::App, app), (Site::SignIn, sign_in), (Site::Graph, graph)] {
            for listener in listening.listeners {
                tasks.push(tokio::spawn(serve(listener, site, Arc::clone(&world), stopped.clone())));
            }
        }
        Ok(Running::new(world, stop, tasks))
    }
}

/// A port on both loopback addresses, where the machine has both.
struct Listening {
    port: u16,
    listeners: Vec<TcpListener>,
}

impl Listening {
    fn origin(&self) -> String {
        format!("http://localhost:{}", self.port)
    }
}

async fn listen(port: u16, suggestion: u16) -> Result<Listening, StartError> {
    let refused = |source: io::Error| {
        if source.kind() == io::ErrorKind::AddrInUse {
            StartError::PortTaken { port, suggestion }
        } else {
            StartError::Listen { port, source }
        }
    };
    let first = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(refused)?;
    let bound = first.local_addr().map_err(refused)?.port();
    let mut listeners = vec![first];
    // "localhost" may mean either address. Whoever else holds the other one would get the app's requests.
    match TcpListener::bind((Ipv6Addr::LOCALHOST, bound)).await {
        Ok(second) => listeners.push(second),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse && port != 0 => return Err(refused(error)),
        Err(_) => {}
    }
    Ok(Listening { port: bound, listeners })
}
