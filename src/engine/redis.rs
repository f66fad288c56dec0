//! The `redis` engine: a key for each session, in the format of django-redis-sessions or, if so
//! asked, as Django's own cache engines keep it there.
//!
//! Redis drops sessions at their end by itself, and compares and swaps in one script. One server,
//! a Cluster, or the master that Sentinels name: only the connection differs.

mod batch_load;
mod connection;
mod inspect;
mod refusal;
mod request;
mod scripts;
mod source;

use std::sync::Arc;

use async_trait::async_trait;
use redis::{FromRedisValue, Value, cmd};

pub use self::source::RedisAt;
use self::{
    connection::Connection,
    refusal::{broken, nonsense},
    request::{Request, Stored},
    scripts::SWAP,
};
use super::{
    Cursor, Engine, Inspect, Order, Page, Replaced, Result, Row, StoreInfo,
    shared::{batcher::Batcher, listed},
};
use crate::{
    clock::Clock,
    django::cache_format::{DjangoEngine, DjangoForm},
    expiry::NEVER,
    key::StoredKey,
    signing::SecretKeys,
    timestamp::{from_millis, to_millis},
};

/// Pipelines of loads that are under way at once: another while one is being answered.
const LOADS_AT_ONCE: usize = 2;

/// The loads of one server.
type LoadBatcher = Batcher<StoredKey, Result<Option<Row>>>;

/// Sessions in Redis 6 or later, or in what speaks its language.
#[derive(Clone)]
pub struct Redis {
    connection: Arc<Connection>,
    prefix: String,
    /// `None`: what is stored is the payload itself.
    form: Option<DjangoForm>,
    clock: Clock,
    /// `None`: a Cluster, where each key has a server of its own.
    loads: Option<LoadBatcher>,
}

impl Redis {
    /// Connects to what is there. Keys begin with `prefix` and a colon; with nothing, if it is empty.
    ///
    /// # Errors
    /// When an address isn't one, or nobody answers at it.
    pub async fn connect(at: RedisAt, prefix: &str) -> Result<Self> {
        let redis = Self::lazy(at, prefix)?;
        redis.check().await?;
        Ok(redis)
    }

    /// The same, but connects when it is first asked for something, and again until it can.
    ///
    /// # Errors
    /// When an address isn't one.
    pub fn lazy(at: RedisAt, prefix: &str) -> Result<Self> {
        let prefix = match prefix {
            "" => String::new(),
            prefix => format!("{prefix}:"),
        };
        let in_one_place = !matches!(at, RedisAt::Cluster { .. });
        Ok(Self {
            loads: in_one_place.then(|| Batcher::new(LOADS_AT_ONCE)),
            connection: Arc::new(Connection::new(at)?),
            prefix,
            form: None,
            clock: Clock::system(),
        })
    }

    /// Asks Redis for an answer.
    ///
    /// # Errors
    /// When Redis can't be reached, doesn't answer in time, or refuses, as where it wants a password.
    pub async fn check(&self) -> Result<()> {
        match self.connection.run(Request::At(&None, &cmd("PING"))).await {
            // Its user may do less than ask whether it is there.
            Err(error) if error.code() != Some("NOPERM") => {
                Err(broken("Redis can't be used")(error))
            }
            _ => Ok(()),
        }
    }

    /// Keeps sessions as Django's own cache engines do on Redis, under the `KEY_PREFIX` of
    /// Django's cache, so that both share them. `secret_keys` and `max_bytes` are those of the
    /// layer. Keys mustn't be hashed: Django doesn't.
    #[must_use]
    pub fn as_django_cache(
        mut self,
        engine: DjangoEngine,
        key_prefix: &str,
        secret_keys: &SecretKeys,
        max_bytes: usize,
    ) -> Self {
        self.prefix = engine.prefix(key_prefix);
        self.form = Some(DjangoForm::new(secret_keys, max_bytes));
        self
    }

    /// The source of the time. Default: the machine's clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    fn name(&self, key: &StoredKey) -> String {
        format!("{}{}", self.prefix, key.as_str())
    }

    fn key(&self, name: &str) -> Option<StoredKey> {
        StoredKey::parse(name.strip_prefix(&self.prefix)?)
    }

    /// The live row that is stored as `stored` until `ends`.
    fn row(&self, stored: Vec<u8>, ends: &Value) -> Result<Option<Row>> {
        let row = to_row(self.form.as_ref(), stored, ends)?;
        Ok(row.filter(|row| row.expires_at() > self.clock.now()))
    }

    fn row_of(&self, stored: Stored) -> Result<Option<Row>> {
        match stored {
            Some((Some(stored), ends)) => self.row(stored, &ends),
            _ => Ok(None),
        }
    }

    fn listed(&self, stored: Stored) -> Option<Result<Row>> {
        let (stored, ends) = stored?;
        let row = stored.map_or(Ok(None), |stored| to_row(self.form.as_ref(), stored, &ends));
        listed(row, self.clock.now())
    }

    /// The stored form of `payload`, where `was` is.
    fn form(&self, payload: &str, was: Option<&[u8]>) -> Result<Vec<u8>> {
        match &self.form {
            None => Ok(payload.into()),
            Some(form) => form.stored(payload, was),
        }
    }

    /// One compare and swap; `None`: what is there means the same, but isn't `was`.
    async fn swap(
        &self,
        key: &StoredKey,
        seen: &Row,
        was: &[u8],
        row: &Row,
    ) -> Result<Option<Replaced>> {
        let new = if row.payload() == seen.payload() {
            was.to_vec()
        } else {
            self.form(row.payload(), Some(was))?
        };
        let mut swap = SWAP.prepare_invoke();
        swap.key(self.name(key))
            .arg(was)
            .arg(new)
            .arg(to_millis(row.expires_at()))
            .arg(to_millis(self.clock.now()));
        let broken = broken("changing a session");
        let answer = self.connection.run(Request::Script(&swap)).await;
        let there = match answer.map_err(&broken)? {
            Value::Int(1) => return Ok(Some(Replaced::Done)),
            Value::Int(0) => return Ok(Some(Replaced::Gone)),
            Value::Array(there) => <[Value; 2]>::try_from(there).ok(),
            _ => None,
        };
        let Some([Value::BulkString(stored), ends]) = there else {
            return Err(broken(nonsense()));
        };
        Ok(match self.row(stored, &ends)? {
            Some(there) if there.payload() == seen.payload() => None,
            Some(there) => Some(Replaced::Changed(there)),
            None => Some(Replaced::Gone),
        })
    }
}

opaque_debug!(Redis);

#[async_trait]
impl Engine for Redis {
    async fn load(&self, key: &StoredKey) -> Result<Option<Row>> {
        if let Some(loads) = &self.loads {
            return self.load_batched(loads, key).await;
        }
        self.row_of(self.stored(key).await.map_err(broken("loading a session"))?)
    }

    async fn create(&self, key: &StoredKey, row: &Row) -> Result<bool> {
        // Redis refuses a time before 1970.
        let ends = to_millis(row.expires_at()).max(1);
        let (name, stored) = (self.name(key), self.form(row.payload(), None)?);
        let answer = self.connection.run(Request::Create { name: &name, stored: &stored, ends });
        let created = answer.await.and_then(|answer| match answer.as_sequence() {
            Some([Value::Okay]) => Ok(true),
            Some([Value::Nil]) => Ok(false),
            _ => Err(nonsense()),
        });
        created.map_err(broken("creating a session"))
    }

    async fn replace(&self, key: &StoredKey, seen: &Row, row: &Row) -> Result<Replaced> {
        loop {
            let was = match &self.form {
                None => seen.payload().into(),
                Some(_) => {
                    let stored = self.stored(key).await.map_err(broken("changing a session"))?;
                    let Some((Some(was), ends)) = stored else {
                        return Ok(Replaced::Gone);
                    };
                    match self.row(was.clone(), &ends)? {
                        Some(there) if there.payload() == seen.payload() => was,
                        Some(there) => return Ok(Replaced::Changed(there)),
                        None => return Ok(Replaced::Gone),
                    }
                }
            };
            if let Some(replaced) = self.swap(key, seen, &was, row).await? {
                return Ok(replaced);
            }
        }
    }

    async fn delete(&self, key: &StoredKey) -> Result<bool> {
        let deleted = self.connection.run(Request::Delete(&self.name(key))).await;
        deleted
            .and_then(|deleted| Ok(bool::from_redis_value(deleted)?))
            .map_err(broken("deleting a session"))
    }

    fn inspect(&self) -> Option<&dyn Inspect> {
        Some(self)
    }
}

#[async_trait]
impl Inspect for Redis {
    async fn scan(&self, _: Order, from: Option<&Cursor>, limit: usize) -> Result<Page> {
        self.page(from, limit).await.map_err(broken("listing sessions"))
    }

    async fn info(&self) -> Result<StoreInfo> {
        self.description().await.map_err(broken("asking Redis what it is"))
    }
}

fn to_row(form: Option<&DjangoForm>, stored: Vec<u8>, ends: &Value) -> Result<Option<Row>> {
    let payload = match form {
        None => String::from_utf8(stored).ok(),
        Some(form) => form.payload(&stored)?,
    };
    let expires_at = match i64::from_redis_value_ref(ends) {
        // It has no end: somebody else has put it there.
        Ok(-1) => Some(NEVER),
        ends => ends.ok().and_then(from_millis),
    };
    let row = payload.zip(expires_at);
    Ok(row.map(|(payload, expires_at)| Row::new(payload, expires_at)))
}

/// The row that any bytes in Redis, with any end, are read as: for fuzzing. With keys: in Django's cache.
#[cfg(fuzzing)]
pub fn parse_value(stored: &[u8], ends: i64, django: Option<&SecretKeys>) -> Option<Row> {
    let form = django.map(|keys| DjangoForm::new(keys, crate::signing::MAX_BYTES));
    let row = to_row(form.as_ref(), stored.to_vec(), &Value::Int(ends));
    row.ok().flatten()
}
