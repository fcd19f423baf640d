//! How an emulator is set up and started.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::conditional_access::Policy;
use crate::faults::Rule;
use crate::log::Site;
use crate::replication::Replication;
use crate::running::Running;
use crate::server::{Door, serve};
use crate::signin::keys::KeyRing;
use crate::signin::registration::{RedirectKind, Registration, RegistrationError};
use crate::tenant::file::{self, TenantError};
use crate::tenant::{CLIENT_ID, CLIENT_NAME, sample};
use crate::throttle::Throttling;
use crate::tls::Tls;
use crate::unverified::Unverified;
use crate::world::{MakeDirectory, Origins, World};

/// Where it all begins.
pub struct Emulator;

impl Emulator {
    /// A builder with the usual settings: ports 8400 to 8402, http, the hand-made sample, no latency, every
    /// strictness on.
    pub fn builder() -> Builder {
        Builder {
            port: 8400,
            identities: 0,
            tenant_file: None,
            redirects: Vec::new(),
            tls: false,
            control: false,
            faults: Vec::new(),
            options: Options {
                app_dir: None,
                plain_host: false,
                ca_file: None,
                latency: Duration::ZERO,
                token_lifetime: Duration::from_secs(3600),
                wids_in_id_token: false,
                grant_all_consented: false,
                client_secret: None,
                expose_wrong_client_type: true,
                number_missing_admin: true,
                policy: None,
                seed: 0,
                bandwidth: None,
                replication: Replication::Immediate,
                throttling: Throttling::Off,
                audit_delay: Duration::ZERO,
                unverified: Unverified::default(),
                held_clock: false,
            },
        }
    }
}

/// What stays as it is while the emulator runs.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) app_dir: Option<PathBuf>,
    pub(crate) plain_host: bool,
    pub(crate) ca_file: Option<PathBuf>,
    pub(crate) latency: Duration,
    pub(crate) token_lifetime: Duration,
    pub(crate) wids_in_id_token: bool,
    pub(crate) grant_all_consented: bool,
    pub(crate) client_secret: Option<String>,
    pub(crate) expose_wrong_client_type: bool,
    pub(crate) number_missing_admin: bool,
    pub(crate) policy: Option<Policy>,
    pub(crate) seed: u64,
    /// Bytes a second.
    pub(crate) bandwidth: Option<NonZeroU32>,
    pub(crate) replication: Replication,
    pub(crate) throttling: Throttling,
    pub(crate) audit_delay: Duration,
    pub(crate) unverified: Unverified,
    pub(crate) held_clock: bool,
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
    tls: bool,
    control: bool,
    faults: Vec<Rule>,
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
    /// The base port leaves no room for those after it.
    #[error("base port {0} is too high: up to four ports in a row are needed. Choose one up to 65532 with --port")]
    PortTooHigh(u16),
    /// The folder of the app is none.
    #[error("{} is no folder: build the app first, or name its folder with --app-dir", .0.display())]
    AppDir(PathBuf),
    /// A redirect URI is none that Entra would register.
    #[error(transparent)]
    Redirect(#[from] RegistrationError),
    /// No certificate could be made.
    #[error("no certificate could be made: {0}")]
    Certificate(String),
    /// The authority's certificate could not be written.
    #[error("{} cannot be written: {source}. Choose another file with --ca-file", file.display())]
    CaFile {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
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

    /// Serves the folder without the headers of Rolegrant's own host (content security policy and such): for other apps.
    pub fn plain_host(mut self) -> Self {
        self.options.plain_host = true;
        self
    }

    /// The app's port; sign-in, Graph and control take those after it. 0: free ones.
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

    /// Id tokens name the directory roles (`wids`), as with `groupMembershipClaims: "DirectoryRole"` in the
    /// registration.
    pub fn wids_in_id_token(mut self) -> Self {
        self.options.wids_in_id_token = true;
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

    /// Serves every origin over https, with a certificate of a private authority that is made on the spot.
    pub fn tls(mut self) -> Self {
        self.tls = true;
        self
    }

    /// Where the authority's certificate is written (PEM), so that clients can be told to trust it. Nowhere unless set;
    /// [`Running::ca_certificate`] has it as well.
    pub fn ca_file(mut self, file: impl Into<PathBuf>) -> Self {
        self.options.ca_file = Some(file.into());
        self
    }

    /// Opens a fourth origin through which another process reads the state and the log and sets rules and the clock.
    pub fn control(mut self) -> Self {
        self.control = true;
        self
    }

    /// A rule that is set from the start.
    pub fn fault(mut self, rule: Rule) -> Self {
        self.faults.push(rule);
        self
    }

    /// The registration's client secret, with which codes for redirect URIs of type web are redeemed. It has none
    /// unless one is set, and then such codes cannot be redeemed at all.
    pub fn client_secret(mut self, secret: &str) -> Self {
        self.options.client_secret = Some(secret.to_owned());
        self
    }

    /// Whether a page can read AADSTS9002326, the answer to whom the registration does not call a single-page
    /// application; two sources contradict each other. It can unless switched off.
    pub fn expose_wrong_client_type(mut self, expose: bool) -> Self {
        self.options.expose_wrong_client_type = expose;
        self
    }

    /// What leaving the page "Need admin approval" tells the app. Unless switched off AADSTS90094, that an
    /// administrator is needed; else AADSTS65004, that the user declined. No capture shows which of them it is.
    pub fn number_missing_admin(mut self, number: bool) -> Self {
        self.options.number_missing_admin = number;
        self
    }

    /// A Conditional Access policy that Graph and the sign-in service keep.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.options.policy = Some(policy);
        self
    }

    /// Registers another redirect URI beside the app's own base URL. A path alone is on the app's origin.
    pub fn redirect_uri(mut self, kind: RedirectKind, uri: &str) -> Self {
        self.redirects.push((kind, uri.to_owned()));
        self
    }

    /// A clock that stands still until [`Running::advance_clock`] moves it.
    pub fn held_clock(mut self) -> Self {
        self.options.held_clock = true;
        self
    }

    /// Everything but the sockets: requests are handed in by [`Running::receive`] alone. Needs no runtime.
    pub fn in_process(self) -> Result<Running, StartError> {
        let origin = |offset: u16| format!("http://localhost:{}", self.port.saturating_add(offset));
        let origins = Origins { app: origin(0), sign_in: origin(1), graph: origin(2), control: None };
        let (stop, _) = watch::channel(false);
        Ok(Running::new(Arc::new(self.world(origins)?), None, stop, Vec::new()))
    }

    /// Starts the origins. They run until [`Running::shutdown`] or until the handle is dropped.
    pub async fn start(self) -> Result<Running, StartError> {
        if let Some(folder) = self.options.app_dir.as_ref().filter(|folder| !folder.is_dir()) {
            return Err(StartError::AppDir(folder.clone()));
        }
        let doors = [Door::Site(Site::App), Door::Site(Site::SignIn), Door::Site(Site::Graph), Door::Control];
        let mut listening = Vec::new();
        for (offset, door) in (0..).zip(doors) {
            if door == Door::Control && !self.control {
                break;
            }
            listening.push((door, self.listen_at(offset).await?));
        }
        let scheme = if self.tls { "https" } else { "http" };
        let origin = |wanted: Door| {
            let (_, found) = listening.iter().find(|(door, _)| *door == wanted)?;
            Some(format!("{scheme}://localhost:{}", found.port))
        };
        let site = |site: Site| origin(Door::Site(site)).unwrap_or_default();
        let origins = Origins {
            app: site(Site::App),
            sign_in: site(Site::SignIn),
            graph: site(Site::Graph),
            control: origin(Door::Control),
        };
        let certified = self.tls;
        // Making the key and a large tenant takes a while and must not stop others on this thread.
        let world = tokio::task::spawn_blocking(move || self.world(origins))
            .await
            .map_err(|error| StartError::Key(error.to_string()))??;
        let world = Arc::new(world);
        let tls = if certified { Some(certify(&world)?) } else { None };
        let (stop, stopped) = watch::channel(false);
        let mut tasks = Vec::new();
        for (door, listening) in listening {
            for listener in listening.listeners {
                let acceptor = tls.as_ref().map(|tls| tls.acceptor.clone());
                tasks.push(tokio::spawn(serve(listener, door, acceptor, Arc::clone(&world), stopped.clone())));
            }
        }
        Ok(Running::new(world, tls, stop, tasks))
    }

    /// Everything there is, with these addresses.
    fn world(self, origins: Origins) -> Result<World, StartError> {
        let mut redirects = vec![(RedirectKind::Spa, format!("{}/", origins.app))];
        let absolute = |uri: String| if uri.starts_with('/') { format!("{}{uri}", origins.app) } else { uri };
        redirects.extend(self.redirects.into_iter().map(|(kind, uri)| (kind, absolute(uri))));
        let registration = Registration::new(CLIENT_ID, CLIENT_NAME, &redirects)?;
        let (app_origin, identities, options) = (origins.app.clone(), self.identities, self.options);
        let (seed, tenant_file) = (options.seed, self.tenant_file);
        // Making the sample takes a while, and tests go back to it a thousand times.
        let made = OnceLock::new();
        let sample = move || sample::tenant(&app_origin, identities, seed);
        let make_directory: MakeDirectory = Box::new(move || match &tenant_file {
            Some(file) => file::load(file),
            None if identities > 0 => Ok(sample()),
            None => Ok(made.get_or_init(&sample).clone()),
        });
        let keys = KeyRing::new().map_err(StartError::Key)?;
        let world = World::new(options, origins, keys, registration, make_directory)?;
        for rule in self.faults {
            world.faults.arm(rule);
        }
        Ok(world)
    }

    async fn listen_at(&self, offset: u16) -> Result<Listening, StartError> {
        if self.port == 0 {
            return listen(0, 0).await;
        }
        let port = self.port.checked_add(offset).ok_or(StartError::PortTooHigh(self.port))?;
        listen(port, if self.port < 60_000 { self.port + 100 } else { 8500 }).await
    }
}

/// A certificate for the origins, its authority written where it was asked for.
fn certify(world: &World) -> Result<Tls, StartError> {
    // By the machine's clock, which is the one that clients check it by.
    let tls = Tls::make(chrono::Utc::now()).map_err(|error| StartError::Certificate(error.to_string()))?;
    if let Some(file) = &world.options.ca_file {
        std::fs::write(file, &tls.authority).map_err(|source| StartError::CaFile { file: file.clone(), source })?;
    }
    Ok(tls)
}

/// A port on both loopback addresses, where the machine has both.
struct Listening {
    port: u16,
    listeners: Vec<TcpListener>,
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
