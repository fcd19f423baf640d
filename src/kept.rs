//! The list of identities as it was read last in this tab: the next load of the page shows it at once, while Graph's is
//! read anew.
//!
//! It lies in IndexedDB, encrypted by a key that is made for it alone and is in the tab's session storage and nowhere
//! else, and bound to the account and the deployment (SECURITY.md says what that is good for). Where the browser keeps
//! nothing, or not what was given to it, or does not answer, everything goes on as if there had never been one.

use std::time::Duration;

use crate::auth::{Secret, Session};
use crate::browser::crypto::{self, WebCrypto};
use crate::browser::{self, clock, database, location, storage};
use crate::directory::{SnapshotReader, Timestamp, write_identities};
use crate::tenant::Tenant;

/// Storage: the account, a line, and what the list is called, how many parts it has and its key.
const KEPT: &str = "list";
/// How the keys of all such lists in the database begin, whosever.
pub const KEYS: &str = "list ";
/// How many identities lie under one key of the database.
const PART: usize = 2_000;
/// How many are taken in at once: as many as a page of Graph has.
const SLICE: usize = 1_000;
/// As long as a session.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// A list that is kept.
struct Kept {
    /// The time when its reading began, in milliseconds since 1970, of always as many digits; and what tells it from
    /// those of other tabs.
    name: String,
    parts: usize,
    secret: Secret,
    account: String,
}

impl Kept {
    /// What the tab says of one, whosever it is.
    fn find() -> Option<Self> {
        let stored = Secret::new(storage::get(KEPT).ok()??);
        let (account, rest) = stored.reveal().split_once('\n')?;
        let mut words = rest.split(' ');
        let (name, parts, secret) = (words.next()?, words.next()?.parse().ok()?, words.next()?);
        Some(Self { name: name.to_owned(), parts, secret: Secret::new(secret), account: account.to_owned() })
    }

    /// When its reading began.
    fn read(&self) -> Option<Timestamp> {
        self.name.split('-').next()?.parse().ok().map(Timestamp::from_unix_millis)
    }

    fn key(&self, part: usize) -> String {
        format!("{}{part:06}", keys_of(&self.name))
    }

    /// What a part is bound to: nothing else can be put in its place.
    fn about(&self, part: usize) -> String {
        format!("{}\n{}\n{}\n{part} of {}", location::base_url(), self.account, self.name, self.parts)
    }

    /// Shows it. `None` where something of it is not as it was written.
    async fn show(&self, tenant: Tenant, read: Timestamp) -> Option<()> {
        for part in 0..self.parts {
            let sealed = database::read_bytes(&self.key(part)).await.ok()??;
            let bytes = crypto::unseal(&self.secret, &self.about(part), &sealed).await.ok()?;
            let mut reader = SnapshotReader::new(&bytes).ok()?;
            while !tenant.has_identities() {
                let identities = reader.next(SLICE, &mut tenant.graph().places()).ok()?;
                if identities.is_empty() {
                    break;
                }
                tenant.identities_as_of.set(Some(read));
                tenant.fill(|catalog| catalog.add_old_identities(identities));
                clock::sleep(Duration::ZERO).await;
            }
        }
        Some(())
    }

    /// Writes it. `None` where that cannot be, or the list is being read anew.
    async fn write(&self, tenant: Tenant, turn: u32) -> Option<()> {
        for part in 0..self.parts {
            let bytes = tenant.read_once(|catalog| {
                let identities = catalog.identities();
                let from = part * PART;
                identities.get(from..identities.len().min(from + PART)).map(write_identities)
            });
            let sealed = crypto::seal(&self.secret, &self.about(part), &bytes?).await.ok()?;
            database::put_bytes(&self.key(part), &sealed).await.ok()?;
            clock::sleep(Duration::ZERO).await;
            if tenant.turn() != turn {
                return None;
            }
        }
        let stored = format!("{}\n{} {} {}", self.account, self.name, self.parts, self.secret.reveal());
        storage::set(KEPT, Secret::new(stored).reveal()).ok()
    }
}

fn account_of(session: &Session) -> String {
    session.account().key().to_string()
}

/// Shows what is kept for the account that is signed in, as long as Graph's list has not been read.
pub async fn show(tenant: Tenant) {
    let turn = tenant.turn();
    let (now, account) = (tenant.now(), account_of(&tenant.session()));
    let found = Kept::find().filter(|kept| kept.account == account).and_then(|kept| Some((kept.read()?, kept)));
    let Some((read, kept)) = found.filter(|(read, _)| *read <= now && now <= *read + LONGEST) else { return forget() };
    match kept.show(tenant, read).await {
        Some(()) => tenant.show(),
        None => {
            forget();
            tenant.drop_old_identities(turn);
        }
    }
}

/// Keeps the list of identities, whose reading began then, in the place of the one that was kept before.
pub async fn keep(tenant: Tenant, read: Timestamp, turn: u32) {
    let count = tenant.read_once(|catalog| catalog.identities().len());
    let (Ok(secret), Ok(mark)) = (Secret::random(&WebCrypto), Secret::random(&WebCrypto)) else { return };
    let mark = mark.reveal().get(..8).unwrap_or_default().replace('-', "_");
    let name = format!("{:015}-{mark}", read.unix_millis());
    let kept = Kept { name, parts: count.div_ceil(PART), secret, account: account_of(&tenant.session()) };
    let before = Kept::find().map(|kept| kept.name);
    let outdated = match kept.write(tenant, turn).await {
        Some(()) => before,
        None => Some(kept.name),
    };
    if let Some(name) = outdated {
        let _ = database::remove(&keys_of(&name)).await;
    }
}

fn keys_of(name: &str) -> String {
    format!("{KEYS}{name} ")
}

/// Makes what the tab has kept unreadable, and says under which keys it lies.
pub fn take_keys() -> Option<String> {
    let kept = Kept::find();
    storage::remove(KEPT);
    kept.map(|kept| keys_of(&kept.name))
}

/// Forgets what the tab has kept.
pub fn forget() {
    if let Some(keys) = take_keys() {
        browser::spawn(async move {
            let _ = database::remove(&keys).await;
        });
    }
}

/// Removes what other tabs have left behind.
pub fn sweep(now: Timestamp) {
    let oldest = now.unix_millis() - i64::try_from(LONGEST.as_millis()).unwrap_or_default();
    browser::spawn(async move {
        let _ = database::remove_between(KEYS, &format!("{KEYS}{oldest:015}")).await;
    });
}
