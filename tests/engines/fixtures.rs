//! How each engine comes to a store of its own.

use std::{
    fs,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use huihua::{
    Clock, Db, Engine, SecretKeys,
    django::DjangoEngine,
    engine::{
        Cursor, Inspect, Order, Page, Replaced, Result, Row, StoreInfo, StoreMetrics,
        cache::Cache,
        cached_db::CachedDb,
        file::File,
        memcached::Memcached,
        redis::{Redis, RedisAt},
    },
    key::StoredKey,
    signing::{MAX_BYTES, SERVER_SIDE_SALT, Signer},
    testing::Fixture,
};
use memcache::exp::AsyncMetaClient;
use serde_json::{Value, json};
use servers::stores::{MARIADB, MEMCACHED, PGBOUNCER, POSTGRES, REDIS, REDIS_TLS};
use sqlx::{AnyConnection, Connection};
use tempfile::TempDir;
use time::{Duration, OffsetDateTime};

use crate::Configuration;

const TTL: Duration = Duration::seconds(5);

pub(crate) const ALL: &[Configuration] = &[
    Configuration { name: "db_on_sqlite", programs: &[], fixture: |_| Arc::new(Sql::sqlite()) },
    Configuration {
        name: "db_on_postgres",
        programs: POSTGRES,
        fixture: |running| Arc::new(Sql::at(running.postgres().database())),
    },
    Configuration {
        // A database that refuses a statement rather than let it see another's work.
        name: "db_on_postgres_with_serializable_transactions",
        programs: POSTGRES,
        fixture: |running| {
            let serializable = "?options=-c%20default_transaction_isolation%3Dserializable";
            Arc::new(Sql::at(running.postgres().database() + serializable))
        },
    },
    Configuration {
        // Whose connections are other people's between two transactions.
        name: "db_on_postgres_behind_pgbouncer",
        programs: PGBOUNCER,
        fixture: |running| Arc::new(Sql::at(running.behind_pgbouncer())),
    },
    Configuration {
        name: "db_on_postgres_in_any_bytes",
        programs: POSTGRES,
        fixture: |running| Arc::new(Sql::at(running.postgres().database_in("SQL_ASCII"))),
    },
    Configuration {
        name: "db_on_mariadb",
        programs: MARIADB,
        fixture: |running| Arc::new(Sql::at(running.mariadb().database())),
    },
    Configuration { name: "cache", programs: &[], fixture: |_| Arc::new(Local) },
    Configuration {
        name: "cached_db_on_sqlite_and_local",
        programs: &[],
        fixture: |_| Arc::new(Cached(Sql::sqlite(), Local)),
    },
    Configuration {
        name: "cached_db_on_postgres_and_local",
        programs: POSTGRES,
        fixture: |running| Arc::new(Cached(Sql::at(running.postgres().database()), Local)),
    },
    Configuration {
        name: "file",
        programs: &[],
        fixture: |_| Arc::new(Files(tempfile::tempdir().unwrap())),
    },
    Configuration {
        name: "redis",
        programs: REDIS,
        fixture: |running| {
            let at = RedisAt::Server { url: running.redis().url() };
            Arc::new(OnRedis(at, running.prefix()))
        },
    },
    Configuration {
        name: "redis_older_than_7",
        programs: REDIS,
        fixture: |running| {
            let at = RedisAt::Server { url: running.redis_of_old().url() };
            Arc::new(OnRedis(at, running.prefix()))
        },
    },
    Configuration {
        name: "redis_older_than_7_as_django_cache",
        programs: REDIS,
        fixture: |running| {
            let at = RedisAt::Server { url: running.redis_of_old().url() };
            Arc::new(InJson(DjangoOnRedis(at, running.prefix())))
        },
    },
    Configuration {
        name: "redis_by_socket",
        programs: REDIS,
        fixture: |running| {
            let at = RedisAt::Server { url: running.redis().socket_url() };
            Arc::new(OnRedis(at, running.prefix()))
        },
    },
    Configuration {
        name: "redis_by_tls",
        programs: REDIS_TLS,
        fixture: |running| {
            let at = RedisAt::Server { url: running.redis_tls().url() };
            Arc::new(OnRedis(at, running.prefix()))
        },
    },
    Configuration {
        name: "redis_cluster",
        programs: REDIS,
        fixture: |running| {
            let at = RedisAt::Cluster {
                nodes: running.cluster().nodes(),
                username: None,
                password: None,
            };
            Arc::new(OnRedis(at, running.prefix()))
        },
    },
    Configuration {
        name: "redis_by_sentinels",
        programs: REDIS,
        fixture: |running| {
            let at = RedisAt::Sentinel {
                sentinel_username: None,
                sentinel_password: None,
                nodes: running.sentinels().nodes(),
                master: running.sentinels().master().into(),
                db: 0,
                username: None,
                password: Some(running.sentinels().password().into()),
            };
            Arc::new(OnRedis(at, running.prefix()))
        },
    },
    Configuration {
        name: "cached_db_on_sqlite_and_redis",
        programs: REDIS,
        fixture: |running| {
            let at = RedisAt::Server { url: running.redis().url() };
            Arc::new(Cached(Sql::sqlite(), OnRedis(at, running.prefix())))
        },
    },
    Configuration {
        name: "memcached",
        programs: MEMCACHED,
        fixture: |running| Arc::new(OnMemcached(running.memcached(), running.prefix())),
    },
    Configuration {
        name: "cached_db_on_sqlite_and_memcached",
        programs: MEMCACHED,
        fixture: |running| {
            let cache = OnMemcached(running.memcached(), running.prefix());
            Arc::new(Cached(Sql::sqlite(), cache))
        },
    },
    Configuration {
        name: "redis_as_django_cache",
        programs: REDIS,
        fixture: |running| {
            let at = RedisAt::Server { url: running.redis().url() };
            Arc::new(InJson(DjangoOnRedis(at, running.prefix())))
        },
    },
    Configuration {
        name: "memcached_as_django_cache",
        programs: MEMCACHED,
        fixture: |running| {
            let server = running.memcached().into_iter().take(1).collect();
            Arc::new(InJson(DjangoOnMemcached(server, running.prefix())))
        },
    },
    Configuration {
        name: "cached_db_on_sqlite_beside_django",
        programs: REDIS,
        fixture: |running| {
            let at = RedisAt::Server { url: running.redis().url() };
            Arc::new(Beside(Sql::sqlite(), OnRedis(at, running.prefix())))
        },
    },
    Configuration { name: "arc_of_arc", programs: &[], fixture: |_| Arc::new(Wrapped(Local)) },
];

/// A SQL database.
struct Sql {
    url: String,
    _folder: Option<TempDir>,
    /// For what goes past the engine.
    beside: Mutex<Option<AnyConnection>>,
}

impl Sql {
    fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            url: format!("sqlite:{}", folder.path().join("test.sqlite3").display()),
            _folder: Some(folder),
            beside: Mutex::default(),
        }
    }

    fn at(url: String) -> Self {
        Self { url, _folder: None, beside: Mutex::default() }
    }
}

#[async_trait]
impl Fixture for Sql {
    async fn engine(&self, clock: Clock) -> Arc<dyn Engine> {
        let db = Db::connect(&self.url).await.unwrap().with_clock(clock);
        db.migrate().await.unwrap();
        Arc::new(db)
    }

    async fn corrupt(&self, key: &StoredKey, bytes: &[u8]) -> bool {
        let beside = self.beside.lock().unwrap().take();
        let mut connection = match beside {
            Some(connection) => connection,
            None => AnyConnection::connect(&self.url).await.unwrap(),
        };
        let statement = match self.url.split(':').next() {
            Some("sqlite") => {
                "INSERT INTO django_session VALUES (?, CAST(? AS text), '2999-01-01 00:00:00')"
            }
            Some("mysql") => "INSERT INTO django_session VALUES (?, ?, '2999-01-01')",
            _ => "INSERT INTO django_session VALUES ($1, $2, '2999-01-01 00:00:00+00')",
        };
        if self.url.starts_with("postgres") {
            // One message, because a pooler may be between; and bytes as they are, where the
            // database takes any for text.
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            let text = format!("convert_from(decode('{hex}', 'hex'), getdatabaseencoding())");
            let statement = statement.replace("$1", &format!("'{}'", key.as_str()));
            let statement = sqlx::AssertSqlSafe(statement.replace("$2", &text));
            let done = sqlx::raw_sql(statement).execute(&mut connection).await;
            *self.beside.lock().unwrap() = Some(connection);
            return done.is_ok();
        }
        let query = sqlx::query(statement).bind(key.as_str());
        // Only SQLite takes bytes for text; the others refuse what isn't text.
        let query = match std::str::from_utf8(bytes) {
            Ok(text) if !text.contains('\0') => query.bind(text),
            _ => query.bind(bytes),
        };
        let done = query.execute(&mut connection).await;
        *self.beside.lock().unwrap() = Some(connection);
        done.is_ok()
    }
}

/// The memory of this process.
struct Local;

#[async_trait]
impl Fixture for Local {
    async fn engine(&self, clock: Clock) -> Arc<dyn Engine> {
        Arc::new(Cache::new(64 << 20).with_clock(clock))
    }

    async fn corrupt(&self, _: &StoredKey, _: &[u8]) -> bool {
        false
    }
}

/// A folder.
struct Files(TempDir);

pub(crate) const COOKIE: &str = "sessionid";

#[async_trait]
impl Fixture for Files {
    async fn engine(&self, clock: Clock) -> Arc<dyn Engine> {
        let folder = self.0.path().join("sessions");
        let files = File::open(folder, COOKIE, &secret_keys(), Duration::weeks(2)).unwrap();
        Arc::new(files.with_clock(clock))
    }

    async fn corrupt(&self, key: &StoredKey, bytes: &[u8]) -> bool {
        let name = format!("{COOKIE}{}", key.as_str());
        fs::write(self.0.path().join("sessions").join(name), bytes).unwrap();
        true
    }
}

/// Redis, with a prefix of its own.
struct OnRedis(RedisAt, String);

#[async_trait]
impl Fixture for OnRedis {
    async fn engine(&self, clock: Clock) -> Arc<dyn Engine> {
        let redis = Redis::connect(self.0.clone(), &self.1).await.unwrap();
        Arc::new(redis.with_clock(clock))
    }

    async fn corrupt(&self, key: &StoredKey, bytes: &[u8]) -> bool {
        put_into_redis(&self.0, &format!("{}:{}", self.1, key.as_str()), bytes).await
    }
}

pub(crate) async fn put_into_redis(at: &RedisAt, name: &str, bytes: &[u8]) -> bool {
    let RedisAt::Server { url } = at else {
        return false;
    };
    let client = redis::Client::open(url.as_str()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let mut put = redis::cmd(if bytes.is_empty() { "RPUSH" } else { "SET" });
    // What is empty is put there as a list: of another kind than text.
    put.arg(name).arg(if bytes.is_empty() { b"x" } else { bytes });
    put.exec_async(&mut connection).await.unwrap();
    true
}

/// Two memcacheds, with a prefix of its own.
struct OnMemcached(Vec<String>, String);

#[async_trait]
impl Fixture for OnMemcached {
    async fn engine(&self, clock: Clock) -> Arc<dyn Engine> {
        let memcached = Memcached::connect(&self.0).await.unwrap();
        let memcached = memcached.with_prefix(&self.1).unwrap();
        Arc::new(memcached.with_clock(clock))
    }

    async fn corrupt(&self, key: &StoredKey, bytes: &[u8]) -> bool {
        put_into_memcached(&self.0, &format!("{}{}", self.1, key.as_str()), bytes).await
    }
}

pub(crate) async fn put_into_memcached(servers: &[String], name: &str, bytes: &[u8]) -> bool {
    // Which server has the key is the client's business: the same client finds it.
    let client = AsyncMetaClient::connect_multiple(servers.to_vec()).await;
    let put = client.unwrap().set(name, bytes).send().await;
    put.unwrap().applied()
}

/// What Django's cache engine puts before a key.
pub(crate) const DJANGO: &str = ":1:django.contrib.sessions.cache";

/// Redis as Django's cache, with a `KEY_PREFIX` of its own.
struct DjangoOnRedis(RedisAt, String);

#[async_trait]
impl Fixture for DjangoOnRedis {
    async fn engine(&self, clock: Clock) -> Arc<dyn Engine> {
        let redis = Redis::connect(self.0.clone(), "").await.unwrap();
        let redis = redis.as_django_cache(DjangoEngine::Cache, &self.1, &secret_keys(), MAX_BYTES);
        Arc::new(redis.with_clock(clock))
    }

    async fn corrupt(&self, key: &StoredKey, bytes: &[u8]) -> bool {
        let name = format!("{}{DJANGO}{}", self.1, key.as_str());
        put_into_redis(&self.0, &name, bytes).await
    }
}

/// memcached as Django's cache, with a `KEY_PREFIX` of its own.
struct DjangoOnMemcached(Vec<String>, String);

#[async_trait]
impl Fixture for DjangoOnMemcached {
    async fn engine(&self, clock: Clock) -> Arc<dyn Engine> {
        let memcached = Memcached::connect(&self.0).await.unwrap();
        let memcached =
            memcached.as_django_cache(DjangoEngine::Cache, &self.1, &secret_keys(), MAX_BYTES);
        Arc::new(memcached.unwrap().with_clock(clock))
    }

    async fn corrupt(&self, key: &StoredKey, bytes: &[u8]) -> bool {
        let name = format!("{}{DJANGO}{}", self.1, key.as_str());
        put_into_memcached(&self.0, &name, bytes).await
    }
}

pub(crate) fn secret_keys() -> SecretKeys {
    SecretKeys::allow_short("test").unwrap()
}

/// An engine that takes nothing but sessions: what the suite has it keep is the value of a key.
struct InJson<S>(S);

#[async_trait]
impl<S: Fixture> Fixture for InJson<S> {
    async fn engine(&self, clock: Clock) -> Arc<dyn Engine> {
        Arc::new(JsonEngine {
            inner: self.0.engine(clock).await,
            signer: Signer::new(&secret_keys(), SERVER_SIDE_SALT),
        })
    }

    async fn corrupt(&self, key: &StoredKey, bytes: &[u8]) -> bool {
        self.0.corrupt(key, bytes).await
    }
}

#[derive(Debug)]
struct JsonEngine {
    inner: Arc<dyn Engine>,
    signer: Signer,
}

impl JsonEngine {
    fn session(&self, row: &Row) -> Row {
        let json = json!({ "kept": row.payload() }).to_string();
        Row::new(self.signer.sign(&json, OffsetDateTime::UNIX_EPOCH), row.expires_at())
    }

    fn kept(&self, session: &Row) -> Row {
        let verified = self.signer.verify(session.payload()).unwrap();
        let json: Value = serde_json::from_slice(&verified.json).unwrap();
        Row::new(json["kept"].as_str().unwrap().to_owned(), session.expires_at())
    }
}

#[async_trait]
impl Engine for JsonEngine {
    async fn load(&self, key: &StoredKey) -> Result<Option<Row>> {
        let session = self.inner.load(key).await?;
        Ok(session.map(|session| self.kept(&session)))
    }

    async fn create(&self, key: &StoredKey, row: &Row) -> Result<bool> {
        self.inner.create(key, &self.session(row)).await
    }

    async fn replace(&self, key: &StoredKey, seen: &Row, row: &Row) -> Result<Replaced> {
        let (seen, row) = (self.session(seen), self.session(row));
        Ok(match self.inner.replace(key, &seen, &row).await? {
            Replaced::Changed(there) => Replaced::Changed(self.kept(&there)),
            done => done,
        })
    }

    async fn delete(&self, key: &StoredKey) -> Result<bool> {
        self.inner.delete(key).await
    }

    async fn clear_expired(&self) -> Result<u64> {
        self.inner.clear_expired().await
    }

    fn inspect(&self) -> Option<&dyn Inspect> {
        Some(self)
    }
}

#[async_trait]
impl Inspect for JsonEngine {
    async fn scan(&self, order: Order, from: Option<&Cursor>, limit: usize) -> Result<Page> {
        let page = self.inner.inspected()?.scan(order, from, limit).await?;
        let rows = page.rows.into_iter();
        let rows = rows.map(|(key, row)| (key, row.map(|row| self.kept(&row))));
        Ok(Page { rows: rows.collect(), next: page.next })
    }

    async fn info(&self) -> Result<StoreInfo> {
        self.inner.inspected()?.info().await
    }

    fn metrics(&self) -> StoreMetrics {
        self.inner.inspect().unwrap().metrics()
    }
}

/// A database that Django reads through a cache.
struct Beside<D, C>(D, C);

#[async_trait]
impl<D: Fixture, C: Fixture> Fixture for Beside<D, C> {
    async fn engine(&self, clock: Clock) -> Arc<dyn Engine> {
        let db = self.0.engine(clock.clone()).await;
        Arc::new(CachedDb::beside_django(db, self.1.engine(clock).await))
    }

    async fn corrupt(&self, key: &StoredKey, bytes: &[u8]) -> bool {
        self.0.corrupt(key, bytes).await
    }
}

/// A database and a cache.
struct Cached<D, C>(D, C);

#[async_trait]
impl<D: Fixture, C: Fixture> Fixture for Cached<D, C> {
    async fn engine(&self, clock: Clock) -> Arc<dyn Engine> {
        let db = self.0.engine(clock.clone()).await;
        let cache = self.1.engine(clock.clone()).await;
        Arc::new(CachedDb::new(db, cache, TTL).with_clock(clock))
    }

    async fn corrupt(&self, key: &StoredKey, bytes: &[u8]) -> bool {
        self.0.corrupt(key, bytes).await
    }
}

/// An engine behind one more pointer.
struct Wrapped<S>(S);

#[async_trait]
impl<S: Fixture> Fixture for Wrapped<S> {
    async fn engine(&self, clock: Clock) -> Arc<dyn Engine> {
        Arc::new(self.0.engine(clock).await)
    }

    async fn corrupt(&self, key: &StoredKey, bytes: &[u8]) -> bool {
        self.0.corrupt(key, bytes).await
    }
}
