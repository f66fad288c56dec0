//! Sessions in a store that counts what is read of it.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration as Pause,
};

use async_trait::async_trait;
use huihua::{
    Clock, Engine, Settings, Store,
    engine::{Cursor, Error, Inspect, Order, Page, Replaced, Result, Row, StoreInfo, StoreMetrics},
    key::{SessionKey, StoredKey},
    signing::{SERVER_SIDE_SALT, Signer},
};
use serde_json::json;
use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use tempfile::TempDir;
use time::{Duration, OffsetDateTime, macros::datetime};

use crate::{admin::size, *};

pub(super) const NOW: OffsetDateTime = datetime!(2026-11-23 12:00 UTC);
const SECRET: &str = "a secret for tests";

/// An engine that counts the rows it returns, and fails when it is told to.
#[derive(Debug)]
pub(super) struct Counting {
    engine: Arc<dyn Engine>,
    read: AtomicU64,
    /// The deletions that work before they fail.
    pub(super) deletes_left: AtomicU64,
}

#[async_trait]
impl Engine for Counting {
    async fn load(&self, key: &StoredKey) -> Result<Option<Row>> {
        let row = self.engine.load(key).await?;
        self.read.fetch_add(row.is_some().into(), Ordering::SeqCst);
        Ok(row)
    }

    async fn create(&self, key: &StoredKey, row: &Row) -> Result<bool> {
        self.engine.create(key, row).await
    }

    async fn replace(&self, key: &StoredKey, seen: &Row, row: &Row) -> Result<Replaced> {
        self.engine.replace(key, seen, row).await
    }

    async fn delete(&self, key: &StoredKey) -> Result<bool> {
        if self.deletes_left.fetch_sub(1, Ordering::SeqCst) == 0 {
            return Err(Error::new("the disk is full"));
        }
        self.engine.delete(key).await
    }

    async fn clear_expired(&self) -> Result<u64> {
        self.engine.clear_expired().await
    }

    fn inspect(&self) -> Option<&dyn Inspect> {
        Some(self)
    }
}

#[async_trait]
impl Inspect for Counting {
    async fn scan(&self, order: Order, from: Option<&Cursor>, limit: usize) -> Result<Page> {
        let page = self.engine.inspected()?.scan(order, from, limit).await?;
        self.read.fetch_add(size(page.rows.len()), Ordering::SeqCst);
        Ok(page)
    }

    async fn info(&self) -> Result<StoreInfo> {
        self.engine.inspected()?.info().await
    }

    fn metrics(&self) -> StoreMetrics {
        self.engine.inspect().unwrap().metrics()
    }
}

/// Sessions in SQLite, and an [`Admin`] of them.
pub(super) struct Harness {
    pub(super) admin: Admin,
    pub(super) engine: Arc<Counting>,
    signer: Signer,
    folder: TempDir,
}

impl Harness {
    pub(super) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.sqlite3");
        let texts = HashMap::from([
            ("DATABASE_URL", format!("sqlite:{}", path.display())),
            ("SECRET_KEY", SECRET.to_owned()),
        ]);
        let settings = Settings::read(|name| texts.get(name).cloned()).unwrap();
        let clock = Clock::from_fn(|| NOW);
        let store = Store::open_at(&settings, &clock).await.unwrap();
        let engine = Arc::new(Counting {
            engine: store.engine().unwrap().clone(),
            read: AtomicU64::new(0),
            deletes_left: AtomicU64::new(u64::MAX),
        });
        Self {
            admin: Admin::new(engine.clone(), &settings, clock).unwrap(),
            engine,
            signer: Signer::new(&settings.secret_keys().unwrap(), SERVER_SIDE_SALT),
            folder,
        }
    }

    pub(super) fn payload(&self, json: &str) -> String {
        self.signer.sign(json, NOW - Duration::MINUTE)
    }

    pub(super) async fn with(&self, payload: String, end: OffsetDateTime) -> SessionKey {
        let key = SessionKey::generate();
        let row = Row::new(payload, end);
        let created = self.engine.create(&key.stored(true), &row).await;
        assert!(created.unwrap());
        key
    }

    pub(super) async fn with_name(&self, uname: &str) -> SessionKey {
        let json = json!({ "uname": uname }).to_string();
        self.with(self.payload(&json), NOW + Duration::DAY).await
    }

    /// Adds many sessions of one name, past the engine.
    pub(super) async fn with_many(&self, many: u32, uname: &str) {
        let mut database = self.database().await;
        sqlx::query(
            "INSERT INTO django_session \
             WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ?) \
             SELECT lower(hex(randomblob(20))), ?, '2999-01-01 00:00:00' FROM number",
        )
        .bind(many)
        .bind(self.payload(&json!({ "uname": uname }).to_string()))
        .execute(&mut database)
        .await
        .unwrap();
    }

    /// Adds a row past the engine, with these expressions in SQL.
    pub(super) async fn insert(&self, key: &StoredKey, data: &str, end: &str) {
        let key = key.as_str();
        let insert = format!("INSERT INTO django_session VALUES ('{key}', {data}, {end})");
        let insert = sqlx::query(sqlx::AssertSqlSafe(insert));
        insert.execute(&mut self.database().await).await.unwrap();
    }

    async fn database(&self) -> SqliteConnection {
        let options = SqliteConnectOptions::new().filename(self.folder.path().join("test.sqlite3"));
        SqliteConnection::connect_with(&options).await.unwrap()
    }

    /// The number of rows read since the last call.
    pub(super) fn read(&self) -> u64 {
        self.engine.read.swap(0, Ordering::SeqCst)
    }

    pub(super) async fn names(&self) -> Vec<String> {
        let listing = self.admin.list(Order::Natural, None, 1000).await.unwrap();
        let found = listing.sessions.into_iter();
        let mut names: Vec<_> = found.filter_map(|found| found.uname).collect();
        names.sort();
        names
    }

    /// Waits until the job of this kind has ended.
    pub(super) async fn ended(&self, kind: JobKind) -> Job {
        loop {
            let jobs = self.admin.jobs().into_iter();
            let job = jobs.rev().find(|job| job.kind == kind).unwrap();
            if job.state != JobState::Running {
                return job;
            }
            tokio::time::sleep(Pause::from_millis(1)).await;
        }
    }
}
