//! How long every store takes to create, load, replace, touch and delete a session: median and
//! 99th percentile in µs, one and 32 at once; beside it the stock stores of tower-sessions 0.14.
//!
//! ```sh
//! cargo bench --bench stores --features full
//! ```
//!
//! Databases and Redis run on this machine, started for this, with the durability that they have
//! when nobody sets anything. A store whose server isn't installed is left out. Huihua's lines
//! hold what a request does: JSON, signing and verifying, and on replace and touch the
//! comparison with what was seen, which the stock stores don't make.

use std::{path::Path, process::Command};

use async_trait::async_trait;
use huihua::{
    Clock, Db, Engine, SecretKeys,
    engine::{
        Replaced, Row,
        cache::Cache,
        cached_db::CachedDb,
        file::File,
        memcached::Memcached,
        redis::{Redis, RedisAt},
    },
    key::{SessionKey, StoredKey},
    signing::{SERVER_SIDE_SALT, SIGNED_COOKIES_SALT, Signer},
};
use measure::{AGE, SESSION, Store, measure, print_head};
use serde_json::Value;
use servers::{MariaDb, Missing, Postgres};
use time::{Duration, OffsetDateTime};

/// Bytes of sessions in local memory.
const MEMORY: u64 = 256 * 1024 * 1024;
const TTL: Duration = Duration::seconds(5);

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    let keys = SecretKeys::allow_short("the key of the benchmark").expect("a key");
    let on = |engine: Box<dyn Engine>| Measured {
        engine,
        signer: Signer::new(&keys, SERVER_SIDE_SALT),
        clock: Clock::system(),
    };
    print_head();

    let sqlite = format!("sqlite:{}", folder.path().join("ours.sqlite3").display());
    let db = database(&sqlite).await;
    measure("db, SQLite", on(Box::new(db.clone()))).await;
    let cached = CachedDb::new(db, Cache::new(MEMORY), TTL);
    measure("cached_db, SQLite and local", on(Box::new(cached))).await;

    let postgres = started("PostgreSQL", Postgres::start(true));
    if let Some(server) = &postgres {
        let db = database(&server.database()).await;
        measure("db, PostgreSQL", on(Box::new(db.clone()))).await;
        let cached = CachedDb::new(db.with_notifications(), Cache::new(MEMORY), TTL);
        let name = "cached_db, PostgreSQL and local";
        measure(name, on(Box::new(cached))).await;
    }

    if let Some(server) = started("MariaDB", MariaDb::start(true)) {
        let db = database(&server.database()).await;
        measure("db, MariaDB", on(Box::new(db))).await;
    }

    measure("cache", on(Box::new(Cache::new(MEMORY)))).await;

    let files = folder.path().join("sessions");
    let files = File::open(files, "sessionid", &keys, Duration::seconds(AGE));
    measure("file", on(Box::new(files.expect("a folder")))).await;

    let redis = started("Redis", servers::Redis::start());
    if let Some(server) = &redis {
        let at = RedisAt::Server { url: server.url() };
        let engine = Redis::connect(at, "session").await.expect("Redis");
        measure("redis", on(Box::new(engine))).await;
    }

    if let Some(server) = started("memcached", servers::Memcached::start()) {
        let engine = Memcached::connect(&[server.address()]).await;
        measure("memcached", on(Box::new(engine.expect("memcached")))).await;
    }

    measure("signed_cookies", SignedCookies(on_cookies(&keys))).await;

    if let (Some(postgres), Some(redis)) = (&postgres, &redis) {
        stock(folder.path(), &postgres.database(), &redis.url());
    }
}

async fn database(url: &str) -> Db {
    let db = Db::connect(url).await.expect("a database");
    db.migrate().await.expect("a table");
    db
}

fn started<T>(name: &str, server: Result<T, Missing>) -> Option<T> {
    server
        .inspect_err(|missing| eprintln!("{name} is left out: {missing}"))
        .ok()
}

/// The stock stores are a program of their own: see there.
fn stock(folder: &Path, postgres: &str, redis: &str) {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/stock/Cargo.toml");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["run", "--quiet", "--release", "--manifest-path", manifest]);
    cargo.arg("--").arg(folder.join("stock.sqlite3"));
    let ran = cargo.args([postgres, redis]).status();
    assert!(
        ran.is_ok_and(|status| status.success()),
        "the stock stores could not be measured"
    );
}

struct Measured {
    engine: Box<dyn Engine>,
    signer: Signer,
    clock: Clock,
}

struct Session {
    key: SessionKey,
    row: Row,
}

impl Measured {
    fn row(&self, json: &str) -> Row {
        Row::new(self.signer.sign(json, self.clock.now()), self.end())
    }

    fn end(&self) -> OffsetDateTime {
        self.clock.now() + Duration::seconds(AGE)
    }

    async fn swap(&self, session: &mut Session, row: Row) {
        let stored = session.key.stored(true);
        let replaced = self.engine.replace(&stored, &session.row, &row).await;
        assert_eq!(replaced.expect("replaced"), Replaced::Done);
        session.row = row;
    }
}

#[async_trait]
impl Store for Measured {
    type Session = Session;

    async fn create(&self) -> Session {
        let session = Session {
            key: SessionKey::generate(),
            row: self.row(&parsed(SESSION.as_bytes()).to_string()),
        };
        let stored: StoredKey = session.key.stored(true);
        let created = self.engine.create(&stored, &session.row).await;
        assert!(created.expect("created"), "a key that is free");
        session
    }

    async fn load(&self, session: &mut Session) {
        let loaded = self.engine.load(&session.key.stored(true)).await;
        let row = loaded.expect("loaded").expect("it is there");
        parsed(&self.signer.verify(row.payload()).expect("ours").json);
        session.row = row;
    }

    async fn replace(&self, session: &mut Session) {
        let mut data = parsed(SESSION.as_bytes());
        data["visits"] = 2.into();
        self.swap(session, self.row(&data.to_string())).await;
    }

    async fn touch(&self, session: &mut Session) {
        let row = Row::new(session.row.payload(), self.end());
        self.swap(session, row).await;
    }

    async fn delete(&self, session: Session) {
        let deleted = self.engine.delete(&session.key.stored(true)).await;
        deleted.expect("deleted");
    }
}

/// Without a store there is nothing to wait for: what is left is signing and verifying.
struct SignedCookies(Measured);

fn on_cookies(keys: &SecretKeys) -> Measured {
    Measured {
        engine: Box::new(Cache::new(0)),
        signer: Signer::new(keys, SIGNED_COOKIES_SALT),
        clock: Clock::system(),
    }
}

#[async_trait]
impl Store for SignedCookies {
    type Session = Row;

    async fn create(&self) -> Row {
        self.0.row(&parsed(SESSION.as_bytes()).to_string())
    }

    async fn load(&self, row: &mut Row) {
        parsed(&self.0.signer.verify(row.payload()).expect("ours").json);
    }

    async fn replace(&self, row: &mut Row) {
        *row = self.create().await;
    }

    async fn touch(&self, row: &mut Row) {
        *row = self.create().await;
    }

    async fn delete(&self, _: Row) {}
}

fn parsed(json: &[u8]) -> Value {
    serde_json::from_slice(json).expect("JSON")
}
