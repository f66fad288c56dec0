//! The capability of listing and counting, for operators.

use async_trait::async_trait;

use super::{Result, Row};
use crate::key::StoredKey;

/// The capability of being listed and counted, for the operator's tools.
#[async_trait]
pub trait Inspect: Send + Sync {
    /// About `limit` of the live rows, from the beginning or from where the last page ended. All pages of a
    /// scan are asked for in the same `order`; a store without it (see [`StoreInfo::orders`]) answers in
    /// its own.
    ///
    /// A row that is there from the first page to the last is on one of them. One that can't be read is
    /// there as an error, also where it loads as nothing because it is malformed; without an end it is
    /// in the store's own order alone. A page may be empty without being the last. A row whose end is moved while a scan
    /// goes by the ends may be met twice or not at all.
    async fn scan(&self, order: Order, from: Option<&Cursor>, limit: usize) -> Result<Page>;

    /// Asks the store what it is, and how much it holds; it never reads all of its rows for that,
    /// unless they are few.
    async fn info(&self) -> Result<StoreInfo>;

    /// The engine's own counts so far. It asks nobody and waits for nothing. Default: nothing.
    fn metrics(&self) -> StoreMetrics {
        StoreMetrics::default()
    }
}

/// The order of a [`scan`](Inspect::scan).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    /// The store's own.
    #[default]
    Natural,
    /// The first to end comes first.
    EndsFirst,
    /// The last to end comes first.
    EndsLast,
}

/// A part of a [`scan`](Inspect::scan).
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// Live rows, and why some can't be read. In a store that several programs write to, one may appear on
    /// two pages.
    pub rows: Vec<(StoredKey, Result<Row>)>,
    /// The beginning of the next page; `None`: this was the last one.
    pub next: Option<Cursor>,
}

/// The beginning of a page of a [`scan`](Inspect::scan): printable ASCII that only the engine that made it
/// understands, in the same order. It holds no secret but perhaps a stored key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(String);

impl Cursor {
    /// A cursor as the engine wrote it down.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text that the engine wrote down.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A store, described for its operator. An engine starts from [`StoreInfo::default`] and sets what it knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoreInfo {
    /// Name and version, such as `PostgreSQL 15.18`.
    pub server: String,
    /// Its risks in production: a sentence each, for people.
    pub warnings: Vec<String>,
    /// The number of live rows. `None`: it can't say without reading them all, or not in time.
    pub rows: Option<Count>,
    /// The number of expired rows; in a large database this is an estimate too. `None`: nobody
    /// knows, or the store drops them by itself.
    pub expired: Option<u64>,
    /// The orders in which it can be scanned beside its own.
    pub orders: Vec<Order>,
}

/// A number of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// The number itself.
    pub number: u64,
    /// `false`: it is the store's estimate.
    pub exact: bool,
}

/// Counts that an engine keeps by itself. One that it doesn't keep is `None`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoreMetrics {
    /// Its connections, if it keeps several.
    pub pool: Option<Pool>,
    /// Look-ups in its cache, if it has one.
    pub cache: Option<Lookups>,
    /// The number of rows that [`clear_expired`](super::Engine::clear_expired) has removed since the process
    /// began.
    pub cleared: u64,
}

/// Connections to a store at this moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pool {
    /// Those that are open.
    pub open: u32,
    /// Those of them that nobody uses.
    pub idle: u32,
    /// The most that may be open. While none of these is idle, requests wait.
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
