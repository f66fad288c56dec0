//! The stock stores of tower-sessions 0.14, measured as Huihua's are and on the same servers.
//!
//! They are a program of their own, because their sqlx and Huihua's each bring an SQLite along,
//! and a program can only have one. `cargo bench --bench stores` starts it.

use std::env;

use async_trait::async_trait;
use measure::{AGE, SESSION, Store, measure};
use sqlx::{
    postgres::PgPoolOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use time::{Duration, OffsetDateTime};
use tower_sessions_core::{
    SessionStore,
    session::{Id, Record},
};
use tower_sessions_moka_store::MokaStore;
use tower_sessions_redis_store::{
    RedisStore,
    fred::prelude::{ClientLike, Config, Pool},
};
use tower_sessions_sqlx_store::{PostgresStore, SqliteStore};

/// As many as Huihua's own pools have.
const CONNECTIONS: u32 = 8;

#[tokio::main]
async fn main() {
    let mut arguments = env::args().skip(1);
    let mut argument = |what: &str| {
        arguments
            .next()
            .unwrap_or_else(|| panic!("no {what} given"))
    };
    let (file, postgres, redis) = (
        argument("SQLite file"),
        argument("address of PostgreSQL"),
        argument("address of Redis"),
    );

    // As durable as Huihua's: WAL, and every commit waits for the disk.
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let pool = SqlitePoolOptions::new().max_connections(CONNECTIONS);
    let store = SqliteStore::new(pool.connect_with(options).await.expect("SQLite"));
    store.migrate().await.expect("a table");
    measure("stock: SQLite", Stock(store)).await;

    let pool = PgPoolOptions::new().max_connections(CONNECTIONS);
    let store = PostgresStore::new(pool.connect(&postgres).await.expect("PostgreSQL"));
    store.migrate().await.expect("a table");
    measure("stock: PostgreSQL", Stock(store)).await;

    let config = Config::from_url(&redis).expect("an address");
    // The size that the store's own example has.
    let pool = Pool::new(config, None, None, None, 6).expect("a pool");
    pool.connect();
    pool.wait_for_connect().await.expect("Redis");
    measure("stock: Redis", Stock(RedisStore::new(pool))).await;

    measure("stock: moka", Stock(MokaStore::new(None))).await;
}

struct Stock<S>(S);

#[async_trait]
impl<S: SessionStore> Store for Stock<S> {
    type Session = Record;

    async fn create(&self) -> Record {
        let mut record = Record {
            id: Id::default(),
            data: serde_json::from_str(SESSION).expect("JSON"),
            expiry_date: OffsetDateTime::now_utc() + Duration::seconds(AGE),
        };
        self.0.create(&mut record).await.expect("created");
        record
    }

    async fn load(&self, record: &mut Record) {
        let loaded = self.0.load(&record.id).await.expect("loaded");
        *record = loaded.expect("it is there");
    }

    async fn replace(&self, record: &mut Record) {
        record.data.insert("visits".into(), 2.into());
        record.expiry_date = OffsetDateTime::now_utc() + Duration::seconds(AGE);
        self.0.save(record).await.expect("saved");
    }

    async fn touch(&self, record: &mut Record) {
        record.expiry_date = OffsetDateTime::now_utc() + Duration::seconds(AGE);
        self.0.save(record).await.expect("saved");
    }

    async fn delete(&self, record: Record) {
        self.0.delete(&record.id).await.expect("deleted");
    }
}
