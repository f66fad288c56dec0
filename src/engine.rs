//! The contract of a store: eight methods, and nothing else.
//!
//! A store keeps rows under keys. It doesn't know what is in a row, who is logged in, or what
//! a cookie is; that is the business of [`UnitOfWork`](crate::unit_of_work::UnitOfWork). To write a store of
//! your own, implement [`Engine`]; every rule it has to keep is written at the method, and
//! `huihua::testing` (feature `testing`) tries them all on your store.

use std::{fmt::Debug, sync::Arc};

use async_trait::async_trait;
use time::OffsetDateTime;

use crate::key::StoredKey;

#[cfg(any(feature = "sql", feature = "redis"))]
mod batcher;
#[cfg(feature = "cache")]
pub mod cache;
pub mod cached_db;
#[cfg(any(feature = "sql", feature = "cache", feature = "file"))]
mod cleared;
#[cfg(feature = "sql")]
pub mod db;
#[cfg(any(feature = "redis", feature = "memcached"))]
pub mod django_cache;
mod error;
#[cfg(feature = "file")]
pub mod file;
pub(crate) mod limit;
#[cfg(feature = "memcached")]
pub mod memcached;
#[cfg(any(feature = "cache", feature = "file", feature = "memcached"))]
mod page_of_keys;
#[cfg(feature = "redis")]
pub mod redis;
mod timestamp;

pub use self::error::{Error, ErrorKind, Result};

/// One session as a store keeps it.
#[derive(Clone, PartialEq, Eq)]
pub struct Row {
    /// The session's data, signed: opaque text of printable ASCII.
    pub payload: String,
    /// The moment from which the row no longer loads, in UTC. A store keeps it to the
    /// millisecond at least; finer parts may be cut off.
    pub expires_at: OffsetDateTime,
}

impl Debug for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Row")
            .field("payload", &format_args!("{} bytes", self.payload.len()))
            .field("expires_at", &self.expires_at)
            .finish()
    }
}

/// What became of a [`replace`](Engine::replace).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replaced {
    /// The row was as the caller had seen it and is now the new one.
    Done,
    /// Somebody else changed the row first; this is what it is now. Nothing was written.
    Changed(Row),
    /// There is no such row, or it has expired. Nothing was written.
    Gone,
}

/// In which order a [`scan`](Engine::scan) goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    /// The store's own.
    #[default]
    Own,
    /// What ends first comes first.
    EndsFirst,
    /// What ends last comes first.
    EndsLast,
}

/// A part of a [`scan`](Engine::scan).
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// Live rows. In a store that several programs write to, one may appear on two pages.
    pub rows: Vec<(StoredKey, Row)>,
    /// Where the next page begins; `None`: this was the last one.
    pub next: Option<Cursor>,
}

/// Where a page of a [`scan`](Engine::scan) begins: text that only the engine that made it
/// understands, in the order in which it made it. It is printable ASCII, and holds no secret but
/// perhaps a stored key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(String);

impl Cursor {
    /// A cursor as the engine wrote it down.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// What the engine wrote down.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a store is, for its operator.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoreInfo {
    /// Name and version, such as `PostgreSQL 15.18`.
    pub server: String,
    /// What about it is unsafe in production: a sentence each, for people.
    pub warnings: Vec<String>,
    /// How many live rows it has. `None`: it can't say without reading them all, or didn't say in
    /// time.
    pub rows: Option<Count>,
    /// How many rows have expired and still lie there; in a large database this is an estimate
    /// too. `None`: nobody knows, or the store drops them by itself.
    pub expired: Option<u64>,
    /// The orders in which it can be scanned beside its own.
    pub orders: Vec<Order>,
}

/// A number of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// How many.
    pub number: u64,
    /// `false`: it is the store's estimate.
    pub exact: bool,
}

/// What an engine counts by itself, for whoever watches it. What it doesn't have is `None`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StoreMetrics {
    /// Its connections, if it keeps several.
    pub pool: Option<Pool>,
    /// What it found in its cache, if it has one.
    pub cache: Option<Lookups>,
    /// How many rows [`clear_expired`](Engine::clear_expired) has removed since the process began,
    /// those of a run that still goes on counted.
    pub cleared: u64,
}

/// Connections to a store at this moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pool {
    /// How many are open.
    pub open: u32,
    /// How many of those nobody uses.
    pub idle: u32,
    /// How many may be open. While none of these is idle, requests wait.
    pub most: u32,
}

/// Look-ups in a cache since the process began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lookups {
    /// The cache had the row.
    pub hits: u64,
    /// The store behind it had to be asked.
    pub misses: u64,
}

/// A store of sessions.
///
/// Every method may be called at any time by any number of tasks and processes. An `Err` says that the
/// store didn't do what was asked, and of which [kind](ErrorKind) that is.
#[async_trait]
pub trait Engine: Debug + Send + Sync + 'static {
    /// The row under `key`. Missing, expired and malformed all read as `None`.
    async fn load(&self, key: &StoredKey) -> Result<Option<Row>>;

    /// Writes a new row. `false`: there is a live row under that key already, and nothing was
    /// written. A row that has expired may count as there or not.
    async fn create(&self, key: &StoredKey, row: &Row) -> Result<bool>;

    /// Compare and swap: writes `row` only if the store still holds a live row whose payload
    /// is that of `seen`.
    ///
    /// This is what makes sessions safe. [`Replaced::Changed`] leads to a merge and another
    /// try; after [`Replaced::Gone`] nothing may bring the session back, so an implementation
    /// must never write a row that it didn't find. A `row` that has already expired is written
    /// all the same, and ends the session in the same step.
    async fn replace(&self, key: &StoredKey, seen: &Row, row: &Row) -> Result<Replaced>;

    /// Removes the row; one that is not there is no error. When this returns, the row no
    /// longer loads.
    async fn delete(&self, key: &StoredKey) -> Result<()>;

    /// Removes rows that have expired, in small steps that keep nobody waiting, and says how
    /// many. A store that drops expired rows by itself does nothing and returns 0.
    async fn clear_expired(&self) -> Result<u64>;

    /// About `limit` of the live rows, from the beginning or from where the last page ended: for
    /// the operator's tools, not for requests. All pages of a scan are asked for in the same
    /// `order`; a store that doesn't have it (see [`StoreInfo::orders`]) answers in its own.
    ///
    /// A row that is there from the first page to the last is on one of them, whatever comes
    /// and goes meanwhile. What isn't a session is passed over. A page may be empty without
    /// being the last. A row whose end is moved while a scan goes by the ends may be met twice or
    /// not at all.
    async fn scan(&self, order: Order, from: Option<&Cursor>, limit: usize) -> Result<Page>;

    /// Asks the store what it is, and how much it holds; it never reads all of its rows for that,
    /// unless they are few. For the operator's tools, not for requests.
    async fn info(&self) -> Result<StoreInfo>;

    /// What the engine has counted so far. It asks nobody and waits for nothing.
    fn metrics(&self) -> StoreMetrics;
}

#[async_trait]
impl<E: Engine + ?Sized> Engine for Arc<E> {
    async fn load(&self, key: &StoredKey) -> Result<Option<Row>> {
        (**self).load(key).await
    }

    async fn create(&self, key: &StoredKey, row: &Row) -> Result<bool> {
        (**self).create(key, row).await
    }

    async fn replace(&self, key: &StoredKey, seen: &Row, row: &Row) -> Result<Replaced> {
        (**self).replace(key, seen, row).await
    }

    async fn delete(&self, key: &StoredKey) -> Result<()> {
        (**self).delete(key).await
    }

    async fn clear_expired(&self) -> Result<u64> {
        (**self).clear_expired().await
    }

    async fn scan(&self, order: Order, from: Option<&Cursor>, limit: usize) -> Result<Page> {
        (**self).scan(order, from, limit).await
    }

    async fn info(&self) -> Result<StoreInfo> {
        (**self).info().await
    }

    fn metrics(&self) -> StoreMetrics {
        (**self).metrics()
    }
}
