//! The `memcached` engine: an item for each session, on one of several servers.
//!
//! memcached tells nobody when an item ends, so the end stands in the item, before the payload:
//! `<milliseconds since 1970>:<payload>`. It compares and swaps by a number that each change of an
//! item gives it. What it holds is gone when it is restarted or full.
//!
//! If so asked, sessions are kept as Django's own cache engine keeps them there. Then the end
//! stands behind the pickle, where Python doesn't look; what Django has written lasts as many
//! seconds as memcached says.

mod operator;

use std::{fmt, time::Duration as Span};

use async_trait::async_trait;
use memcache::exp::{AsyncMetaClient, Error as Failure, Meta, MutationStatus};
use time::{Duration, OffsetDateTime};

use super::{
    About, Cursor, Engine, Error, ErrorKind, Figures, Order, Page, Replaced, Result, Row,
    django_cache::{DjangoEngine, DjangoForm},
    limit::longer,
    moment::{from_millis, to_millis},
    page_of_keys::PageOfKeys,
};
use crate::{
    clock::Clock, expiry::NEVER, key::StoredKey, settings::SettingError, signing::SecretKeys,
};

const SETTING: &str = "SESSION_MEMCACHED_SERVERS";
/// How long a request waits for a server.
const PATIENCE: Span = Span::from_secs(1);
/// Connections that are kept for each server.
const IDLE: usize = 32;
/// memcached's own limit is 1 MiB, key and book-keeping counted. It answers a larger item by
/// dropping the one that is there, so none is sent.
const LARGEST: usize = 1024 * 1024 - 512;
/// Lifetimes beyond this many seconds are given as a date.
const LONGEST_SPAN: i64 = 60 * 60 * 24 * 30;
/// How the clients of Python mark an item that is a pickle.
const PICKLE: u32 = 1;

/// Sessions in memcached 1.6 or later.
#[derive(Clone)]
pub struct Memcached {
    client: AsyncMetaClient,
    servers: Vec<String>,
    prefix: String,
    /// `None`: an item is the payload, after its end.
    form: Option<DjangoForm>,
    clock: Clock,
}

/// An item as it is at this moment.
struct Item {
    value: Vec<u8>,
    /// What isn't in our form counts as ended.
    row: Option<Row>,
    version: u64,
}

impl Memcached {
    /// Connects to `servers`, each `host:port`. Which of them has a session follows from its key:
    /// give every process the same servers.
    ///
    /// # Errors
    /// If an address isn't one, or nobody answers at it.
    pub async fn connect(servers: &[String]) -> Result<Self, SettingError> {
        let unusable = |why: String| SettingError::new(SETTING, why);
        for server in servers {
            operator::version(server)
                .await
                .map_err(|error| unusable(format!("{server} can't be used: {error}")))?;
        }
        let client = AsyncMetaClient::builder()
            .connect_timeout(Some(longer(PATIENCE)))
            .io_timeout(Some(longer(PATIENCE)))
            .max_idle(IDLE)
            .connect_multiple_async(servers.to_vec())
            .await
            .map_err(|error| unusable(format!("can't be used: {error}")))?;
        Ok(Self {
            client,
            servers: servers.to_vec(),
            prefix: "session:".into(),
            form: None,
            clock: Clock::system(),
        })
    }

    /// What the names of sessions begin with. Default: `session:`.
    ///
    /// # Errors
    /// If memcached takes no such names: they have no spaces, no control characters, and are
    /// short.
    pub fn with_prefix(mut self, prefix: impl Into<String>) -> Result<Self, SettingError> {
        self.prefix = prefix.into();
        if self.prefix.len() > 100 || !self.prefix.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(SettingError::new(
                SETTING,
                "the prefix has to be at most 100 printable characters of ASCII, and no space",
            ));
        }
        Ok(self)
    }

    /// Keeps sessions as Django's own cache engines do on memcached, under the `KEY_PREFIX` of
    /// Django's cache, so that both share them. `secret_keys` are those of the layer. Keys mustn't
    /// be hashed: Django doesn't. With several servers, Django's client looks for a session on
    /// another one than this does, so it has to be one server.
    ///
    /// # Errors
    /// If there are several servers, or memcached takes no such names.
    pub fn as_django_cache(
        self,
        engine: DjangoEngine,
        key_prefix: &str,
        secret_keys: &SecretKeys,
    ) -> Result<Self, SettingError> {
        if self.servers.len() > 1 {
            return Err(SettingError::new(
                SETTING,
                "has to be one server if its sessions are shared with Django: its client spreads \
                 them over several in another way",
            ));
        }
        let mut shared = self.with_prefix(engine.prefix(key_prefix))?;
        shared.form = Some(DjangoForm::new(secret_keys));
        Ok(shared)
    }

    /// Where the time comes from. Default: the machine's clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    fn name(&self, key: &StoredKey) -> String {
        format!("{}{}", self.prefix, key.as_str())
    }

    async fn item(&self, key: &StoredKey) -> Result<Option<Item>, Failure> {
        let get = || {
            self.client
                .get(self.name(key))
                .meta(Meta::default().cas().ttl())
                .send()
        };
        let got = again_if_broken(get).await?;
        let version = got.item.cas.unwrap_or_default();
        let lasts = got.item.ttl.unwrap_or_default();
        Ok(got.value.map(|value| {
            let now = self.clock.now();
            let row = match &self.form {
                None => parse(&value),
                Some(form) => parse_pickle(form, &value, lasts, now),
            };
            Item {
                value,
                row: row.filter(|row| row.expires_at > now),
                version,
            }
        }))
    }

    /// The value of an item that holds `row`, where `was` is.
    fn value(&self, row: &Row, was: Option<&[u8]>) -> Result<Vec<u8>> {
        let ends = to_millis(row.expires_at);
        let value = match &self.form {
            None => format!("{ends}:{}", row.payload).into_bytes(),
            Some(form) => {
                let mut value = form.stored(&row.payload, was)?;
                value.extend(format!("{END_MARK}{ends}").into_bytes());
                value
            }
        };
        if value.len() > LARGEST {
            let error = Error::new(format!(
                "writing a session: it takes {} bytes, and memcached keeps {LARGEST}; nothing was \
                 changed",
                value.len()
            ));
            return Err(error.with_kind(ErrorKind::TooLarge));
        }
        Ok(value)
    }

    /// Writes `value` over what had `version`, or where nothing is.
    async fn write(
        &self,
        key: &StoredKey,
        version: Option<u64>,
        value: &[u8],
        row: &Row,
    ) -> Result<MutationStatus, Failure> {
        let flags = if self.form.is_some() { PICKLE } else { 0 };
        let set = || {
            let set = self.client.set(self.name(key), value);
            let set = set.ttl_raw(self.lifetime(row)).client_flags(flags);
            match version {
                Some(version) => set.compare_cas(version).send(),
                None => set.add().send(),
            }
        };
        Ok(again_if_broken(set).await?.status)
    }

    async fn remove(
        &self,
        key: &StoredKey,
        version: Option<u64>,
    ) -> Result<MutationStatus, Failure> {
        let delete = || {
            let delete = self.client.delete(self.name(key));
            match version {
                Some(version) => delete.compare_cas(version).send(),
                None => delete.send(),
            }
        };
        Ok(again_if_broken(delete).await?.status)
    }

    /// When memcached may drop it, in its own form: seconds, a date, or 0 for never. It is only
    /// housekeeping, and never too early.
    fn lifetime(&self, row: &Row) -> u32 {
        let seconds = (row.expires_at - self.clock.now()).whole_seconds() + 1;
        let until = row.expires_at.unix_timestamp() + 1;
        match seconds {
            ..=LONGEST_SPAN => u32::try_from(seconds.max(1)).unwrap_or_default(),
            // Dates are 32 bits wide there.
            _ if until < i64::from(i32::MAX) => u32::try_from(until).unwrap_or_default(),
            _ => 0,
        }
    }
}

impl fmt::Debug for Memcached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Memcached({} servers)", self.servers.len())
    }
}

#[async_trait]
impl Engine for Memcached {
    async fn load(&self, key: &StoredKey) -> Result<Option<Row>> {
        let item = self.item(key).await;
        let item = item.map_err(|error| broken("loading a session", error))?;
        Ok(item.and_then(|item| item.row))
    }

    async fn create(&self, key: &StoredKey, row: &Row) -> Result<bool> {
        let value = self.value(row, None)?;
        let broken = |error: Failure| broken("creating a session", error);
        let written = self.write(key, None, &value, row).await.map_err(broken)?;
        if written == MutationStatus::Applied {
            return Ok(true);
        }
        match self.item(key).await.map_err(broken)? {
            Some(Item {
                row: None, version, ..
            }) => {
                let written = self.write(key, Some(version), &value, row).await;
                Ok(written.map_err(broken)? == MutationStatus::Applied)
            }
            _ => Ok(false),
        }
    }

    async fn replace(&self, key: &StoredKey, seen: &Row, row: &Row) -> Result<Replaced> {
        let broken = |error: Failure| broken("changing a session", error);
        // Whoever changes the item in between makes it another version, and is looked at anew.
        loop {
            let Some(item) = self.item(key).await.map_err(broken)? else {
                return Ok(Replaced::Gone);
            };
            let Some(there) = item.row else {
                return Ok(Replaced::Gone);
            };
            if there.payload != seen.payload {
                return Ok(Replaced::Changed(there));
            }
            let version = Some(item.version);
            let done = match row.expires_at > self.clock.now() {
                true => {
                    let value = self.value(row, Some(&item.value))?;
                    self.write(key, version, &value, row).await
                }
                false => self.remove(key, version).await,
            };
            match done.map_err(broken)? {
                MutationStatus::Applied => return Ok(Replaced::Done),
                MutationStatus::NotFound => return Ok(Replaced::Gone),
                _ => {}
            }
        }
    }

    async fn delete(&self, key: &StoredKey) -> Result<()> {
        let done = self.remove(key, None).await;
        done.map(drop)
            .map_err(|error| broken("deleting a session", error))
    }

    async fn clear_expired(&self) -> Result<u64> {
        Ok(0)
    }

    async fn scan(&self, _: Order, from: Option<&Cursor>, limit: usize) -> Result<Page> {
        let mut page = PageOfKeys::new(from, limit);
        for server in &self.servers {
            let names = operator::names(server, |name| {
                let name = name.strip_prefix(&self.prefix);
                if let Some(key) = name.and_then(StoredKey::parse) {
                    page.show(key);
                }
            });
            let tried = format!("listing the sessions of {server}");
            names.await.map_err(|error| Error::because(&tried, error))?;
        }
        let (keys, next) = page.done();
        let mut rows = Vec::with_capacity(keys.len());
        for key in keys {
            if let Some(row) = self.load(&key).await? {
                rows.push((key, row));
            }
        }
        Ok(Page { rows, next })
    }

    async fn about(&self) -> Result<About> {
        operator::about(&self.servers).await
    }

    fn figures(&self) -> Figures {
        Figures::default()
    }
}

/// A server that was restarted has closed its connections, so what fails is tried once more. That
/// is safe: a create that is told the key is taken takes another one, a swap that was done already
/// finds its own row and merges nothing new into it, and what is deleted twice is gone.
async fn again_if_broken<T, F: Future<Output = Result<T, Failure>>>(
    request: impl Fn() -> F,
) -> Result<T, Failure> {
    match request().await {
        Err(Failure::Io(_) | Failure::Ambiguous { .. }) => request().await,
        answer => answer,
    }
}

/// The client's own texts name keys.
fn broken(tried: &str, error: Failure) -> Error {
    match error {
        Failure::Io(why) => Error::because(tried, why),
        Failure::Ambiguous { source, .. } => broken(tried, *source),
        Failure::Timeout { .. } => Error::because(tried, "memcached doesn't answer"),
        Failure::Server(why) => Error::because(tried, format!("memcached failed: {why}")),
        _ => Error::because(tried, "memcached answered what can't be understood"),
    }
}

fn parse(value: &[u8]) -> Option<Row> {
    let (ends, payload) = std::str::from_utf8(value).ok()?.split_once(':')?;
    Some(Row {
        payload: payload.to_owned(),
        expires_at: from_millis(ends.parse().ok()?)?,
    })
}

/// What stands between a pickle and the end of its session.
const END_MARK: char = '~';

/// `lasts` is how many seconds memcached will keep it; below 0: for ever.
fn parse_pickle(form: &DjangoForm, value: &[u8], lasts: i64, now: OffsetDateTime) -> Option<Row> {
    let digits = value.iter().rev().take_while(|byte| byte.is_ascii_digit());
    let (before, digits) = value.split_at(value.len() - digits.count());
    let ends = std::str::from_utf8(digits).ok()?.parse().ok();
    let expires_at = match ends.filter(|_| before.ends_with(&[END_MARK as u8])) {
        Some(ends) => from_millis(ends)?,
        None if lasts < 0 => NEVER,
        None => now.checked_add(Duration::seconds(lasts))?,
    };
    Some(Row {
        payload: form.payload(value)?,
        expires_at,
    })
}

/// What any bytes in memcached are read as: for fuzzing. With keys: in Django's cache.
#[cfg(fuzzing)]
pub fn parse_value(value: &[u8], django: Option<(&SecretKeys, i64)>) -> Option<Row> {
    match django {
        None => parse(value),
        Some((keys, lasts)) => {
            let now = OffsetDateTime::UNIX_EPOCH;
            parse_pickle(&DjangoForm::new(keys), value, lasts, now)
        }
    }
}
