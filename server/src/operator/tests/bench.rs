//! A site's sessions, and who operates them.

use std::{
    collections::HashMap,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration as Pause,
};

use app::console::{Job, JobKind, JobState};
use async_trait::async_trait;
use huihua::{
    Store,
    engine::{Error, Page, Replaced, StoreInfo, StoreMetrics},
};
use serde_json::json;
use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use tempfile::TempDir;
use time::{Duration, OffsetDateTime, macros::datetime};

use crate::operator::*;

pub(super) const NOW: OffsetDateTime = datetime!(2026-11-23 12:00 UTC);
const SECRET: &str = "a secret for tests";

/// An engine that counts the rows it hands out, and breaks when it is told to.
#[derive(Debug)]
pub(super) struct Counting {
    engine: Arc<dyn Engine>,
    read: AtomicU64,
    /// After so many it is broken.
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

    async fn delete(&self, key: &StoredKey) -> Result<()> {
        if self.deletes_left.fetch_sub(1, Ordering::SeqCst) == 0 {
            return Err(Error::new("the disk is full"));
        }
        self.engine.delete(key).await
    }

    async fn clear_expired(&self) -> Result<u64> {
        self.engine.clear_expired().await
    }

    async fn scan(&self, order: Order, from: Option<&Cursor>, limit: usize) -> Result<Page> {
        let page = self.engine.scan(order, from, limit).await?;
        self.read.fetch_add(size(page.rows.len()), Ordering::SeqCst);
        Ok(page)
    }

    async fn info(&self) -> Result<StoreInfo> {
        self.engine.info().await
    }

    fn metrics(&self) -> StoreMetrics {
        self.engine.metrics()
    }
}

/// Sessions in SQLite, and who operates them.
pub(super) struct Bench {
    pub(super) operator: Operator,
    pub(super) engine: Arc<Counting>,
    signer: Signer,
    folder: TempDir,
}

impl Bench {
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
            operator: Operator::new(engine.clone(), &settings, clock).unwrap(),
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
        let row = Row {
            payload,
            expires_at: end,
        };
        let created = self.engine.create(&key.stored(true), &row).await;
        assert!(created.unwrap());
        key
    }

    pub(super) async fn with_name(&self, uname: &str) -> SessionKey {
        let json = json!({ "uname": uname }).to_string();
        self.with(self.payload(&json), NOW + Duration::DAY).await
    }

    /// Many sessions of one name, past the engine.
    pub(super) async fn with_many(&self, many: u32, uname: &str) {
        let options = SqliteConnectOptions::new().filename(self.folder.path().join("test.sqlite3"));
        let mut database = SqliteConnection::connect_with(&options).await.unwrap();
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

    /// How many rows were read since it was asked last.
    pub(super) fn read(&self) -> u64 {
        self.engine.read.swap(0, Ordering::SeqCst)
    }

    pub(super) async fn names(&self) -> Vec<String> {
        let listing = self.operator.list(Order::Own, None, 1000).await.unwrap();
        let found = listing.found.into_iter();
        let mut names: Vec<_> = found.filter_map(|found| found.uname).collect();
        names.sort();
        names
    }

    /// The job of that kind, when it has ended.
    pub(super) async fn ended(&self, kind: JobKind) -> Job {
        loop {
            let jobs = self.operator.jobs().into_iter();
            let job = jobs.rev().find(|job| job.kind == kind).unwrap();
            if job.state != JobState::Running {
                return job;
            }
            tokio::time::sleep(Pause::from_millis(1)).await;
        }
    }
}
