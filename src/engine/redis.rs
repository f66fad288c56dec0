//! The `redis` engine: a key for each session, in the format of django-redis-sessions or, if so
//! asked, as Django's own cache engines keep it there.
//!
//! Redis drops sessions at their end by itself, and compares and swaps in one script. One server,
//! a Cluster, or the master that Sentinels name: only the connection differs.

mod about;
mod connection;
mod loads;

use std::{fmt, sync::LazyLock};

use async_trait::async_trait;
use futures_util::future::try_join_all;
use redis::{ErrorKind, FromRedisValue, Pipeline, RedisError, RedisResult, Script, Value, cmd};

pub use self::connection::RedisAt;
use self::{
    about::about,
    connection::{Connection, Request},
    loads::{Loads, Stored},
};
use super::{
    About, Cursor, Engine, Error, Figures, Order, Page, Replaced, Result, Row,
    django_cache::{DjangoEngine, DjangoForm},
    moment::{from_millis, to_millis},
};
use crate::{
    clock::Clock, expiry::NEVER, key::StoredKey, settings::SettingError, signing::SecretKeys,
};

/// Compares what is there with what was seen, and swaps it for what is new.
/// Times are milliseconds since 1970. Answers 1 if that is done, 0 if there is none, or what is
/// there now and its end.
static SWAP: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
        local seen, new, ends, now = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
        local there = redis.pcall('GET', KEYS[1])
        if type(there) ~= 'string' then return 0 end
        local there_ends = redis.call('PEXPIRETIME', KEYS[1])
        if there_ends >= 0 and there_ends <= tonumber(now) then return 0 end
        if there ~= seen then return {there, there_ends} end
        if tonumber(ends) <= tonumber(now) then
            redis.call('DEL', KEYS[1])
        else
            redis.call('SET', KEYS[1], new, 'PXAT', ends)
        end
        return 1
        ",
    )
});

/// Sessions in Redis 7 or later, or in what speaks its language.
#[derive(Clone)]
pub struct Redis {
    connection: Connection,
    prefix: String,
    /// `None`: what is stored is the payload itself.
    form: Option<DjangoForm>,
    clock: Clock,
    /// `None`: a Cluster, where each key has a server of its own.
    loads: Option<Loads>,
}

impl Redis {
    /// Connects to what is there. Keys begin with `prefix` and a colon; with nothing, if it is
    /// empty.
    ///
    /// # Errors
    /// If an address isn't one, or nobody answers at it.
    pub async fn connect(at: RedisAt, prefix: &str) -> Result<Self, SettingError> {
        let prefix = match prefix {
            "" => String::new(),
            prefix => format!("{prefix}:"),
        };
        let in_one_place = !matches!(at, RedisAt::Cluster { .. });
        Ok(Self {
            loads: in_one_place.then(loads::loads),
            connection: Connection::open(at).await?,
            prefix,
            form: None,
            clock: Clock::system(),
        })
    }

    /// Keeps sessions as Django's own cache engines do on Redis, under the `KEY_PREFIX` of
    /// Django's cache, so that both share them. `secret_keys` are those of the layer. Keys mustn't
    /// be hashed: Django doesn't.
    #[must_use]
    pub fn as_django_cache(
        mut self,
        engine: DjangoEngine,
        key_prefix: &str,
        secret_keys: &SecretKeys,
    ) -> Self {
        self.prefix = engine.prefix(key_prefix);
        self.form = Some(DjangoForm::new(secret_keys));
        self
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

    fn key(&self, name: &str) -> Option<StoredKey> {
        StoredKey::parse(name.strip_prefix(&self.prefix)?)
    }

    /// The live row that is stored as `stored` until `ends`.
    fn row(&self, stored: Vec<u8>, ends: &Value) -> Option<Row> {
        let row = to_row(self.form.as_ref(), stored, ends);
        row.filter(|row| row.expires_at > self.clock.now())
    }

    fn row_of(&self, stored: Stored) -> Option<Row> {
        stored.and_then(|(stored, ends)| self.row(stored, &ends))
    }

    /// How `payload` is stored, where `was` is.
    fn form(&self, payload: &str, was: Option<&[u8]>) -> Result<Vec<u8>> {
        match &self.form {
            None => Ok(payload.into()),
            Some(form) => form.stored(payload, was),
        }
    }

    /// One compare and swap; `None`: what is there means the same, but isn't `was` any more.
    async fn swap(
        &self,
        key: &StoredKey,
        seen: &Row,
        was: &[u8],
        row: &Row,
    ) -> Result<Option<Replaced>> {
        let new = match row.payload == seen.payload {
            true => was.to_vec(),
            false => self.form(&row.payload, Some(was))?,
        };
        let mut swap = SWAP.prepare_invoke();
        swap.key(self.name(key))
            .arg(was)
            .arg(new)
            .arg(to_millis(row.expires_at))
            .arg(to_millis(self.clock.now()));
        let answer = self.connection.run(Request::Script(&swap)).await;
        let answer = answer.map_err(|error| broken("changing a session", error))?;
        let there = match answer {
            Value::Int(1) => return Ok(Some(Replaced::Done)),
            Value::Array(there) => there,
            _ => Vec::new(),
        };
        let there = match <[Value; 2]>::try_from(there) {
            Ok([Value::BulkString(stored), ends]) => self.row(stored, &ends),
            _ => None,
        };
        Ok(match there {
            Some(there) if there.payload == seen.payload => None,
            Some(there) => Some(Replaced::Changed(there)),
            None => Some(Replaced::Gone),
        })
    }
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redis")
    }
}

#[async_trait]
impl Engine for Redis {
    async fn load(&self, key: &StoredKey) -> Result<Option<Row>> {
        if let Some(loads) = &self.loads {
            return self.load_together(loads, key).await;
        }
        let stored = self.stored(key).await;
        let stored = stored.map_err(|error| broken("loading a session", error))?;
        Ok(self.row_of(stored))
    }

    async fn create(&self, key: &StoredKey, row: &Row) -> Result<bool> {
        let mut pipeline = Pipeline::new();
        pipeline
            .cmd("SET")
            .arg(self.name(key))
            .arg(self.form(&row.payload, None)?)
            .arg("NX")
            .arg("PXAT")
            // Redis refuses a time before 1970.
            .arg(to_millis(row.expires_at).max(1));
        let answers: Vec<Value> = self
            .connection
            .query(&pipeline)
            .await
            .map_err(|error| broken("creating a session", error))?;
        Ok(matches!(answers.first(), Some(Value::Okay)))
    }

    async fn replace(&self, key: &StoredKey, seen: &Row, row: &Row) -> Result<Replaced> {
        loop {
            let was = match &self.form {
                None => seen.payload.clone().into_bytes(),
                Some(_) => {
                    let stored = self.stored(key).await;
                    let stored = stored.map_err(|error| broken("changing a session", error))?;
                    let Some((was, ends)) = stored else {
                        return Ok(Replaced::Gone);
                    };
                    match self.row(was.clone(), &ends) {
                        Some(there) if there.payload == seen.payload => was,
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

    async fn delete(&self, key: &StoredKey) -> Result<()> {
        let mut pipeline = Pipeline::new();
        pipeline.cmd("DEL").arg(self.name(key));
        self.connection
            .query(&pipeline)
            .await
            .map(drop)
            .map_err(|error| broken("deleting a session", error))
    }

    async fn clear_expired(&self) -> Result<u64> {
        Ok(0)
    }

    async fn scan(&self, _: Order, from: Option<&Cursor>, limit: usize) -> Result<Page> {
        let tried = "listing sessions";
        let nodes = self
            .connection
            .primaries()
            .await
            .map_err(|error| broken(tried, error))?;
        let (node, cursor) = from.and_then(position).unwrap_or_default();
        let Some(at) = nodes.get(node) else {
            return Ok(Page::default());
        };
        let mut scan = cmd("SCAN");
        scan.arg(cursor)
            .arg("MATCH")
            .arg(format!("{}*", as_pattern(&self.prefix)))
            .arg("COUNT")
            .arg(limit.max(1));
        let found = self.connection.query_at(at, &scan).await;
        let (cursor, names): (u64, Vec<String>) = found.map_err(|error| broken(tried, error))?;
        let rows = names
            .iter()
            .filter_map(|name| self.key(name))
            .map(|key| async {
                let stored = self.stored(&key).await?;
                let row = stored.and_then(|(stored, ends)| self.row(stored, &ends));
                RedisResult::Ok(row.map(|row| (key, row)))
            });
        let rows = try_join_all(rows)
            .await
            .map_err(|error| broken(tried, error))?;
        let next = match cursor {
            0 => (node + 1 < nodes.len()).then_some((node + 1, 0)),
            cursor => Some((node, cursor)),
        };
        Ok(Page {
            rows: rows.into_iter().flatten().collect(),
            next: next.map(|(node, cursor)| Cursor::new(format!("{node}:{cursor}"))),
        })
    }

    async fn about(&self) -> Result<About> {
        about(&self.connection)
            .await
            .map_err(|error| broken("asking Redis what it is", error))
    }

    fn figures(&self) -> Figures {
        Figures::default()
    }
}

fn to_row(form: Option<&DjangoForm>, stored: Vec<u8>, ends: &Value) -> Option<Row> {
    Some(Row {
        payload: match form {
            None => String::from_utf8(stored).ok()?,
            Some(form) => form.payload(&stored)?,
        },
        expires_at: match i64::from_redis_value_ref(ends).ok()? {
            // It has no end: somebody else has put it there.
            -1 => NEVER,
            ends => from_millis(ends)?,
        },
    })
}

/// What any bytes in Redis, with any end, are read as: for fuzzing. With keys: in Django's cache.
#[cfg(fuzzing)]
pub fn parse_value(stored: &[u8], ends: i64, django: Option<&SecretKeys>) -> Option<Row> {
    let form = django.map(DjangoForm::new);
    to_row(form.as_ref(), stored.to_vec(), &Value::Int(ends))
}

fn broken(tried: &str, error: RedisError) -> Error {
    match error.kind() {
        // Its text would be the server's, which may name keys.
        ErrorKind::Server(kind) => Error::because(tried, format!("Redis refused: {kind:?}")),
        _ => Error::because(tried, error),
    }
}

fn position(cursor: &Cursor) -> Option<(usize, u64)> {
    let (node, cursor) = cursor.as_str().split_once(':')?;
    Some((node.parse().ok()?, cursor.parse().ok()?))
}

/// Text that a pattern of Redis finds as it stands.
fn as_pattern(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '*' | '?' | '[' | ']' | '\\' | '^') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern
}
