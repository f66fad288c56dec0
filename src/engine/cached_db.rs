//! The `cached_db` engine: a database, and in front of it a cache.
//!
//! The database has the truth. Writes go to it first, and then take what they outdated from the cache,
//! which may be any engine, may lose what it likes, and may fail: then the database serves alone.
//!
//! The first load that misses leaves a lease in the cache, reads the database, and then swaps the lease
//! for the row. A logout or a change takes the lease away with whatever else is there, so a row that
//! was read before it can't be put into the cache after it.

mod invalidation;
mod trust;

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use async_trait::async_trait;
use time::{Duration, OffsetDateTime};
use tokio_util::task::AbortOnDropHandle;

use self::trust::{CircuitBreaker, DeleteProbe, LEASE, TIMEOUT};
use super::{
    Cursor, Engine, Error, ErrorKind, Inspect, Lookups, Order, Page, Replaced, Result, Row,
    StoreInfo, StoreMetrics, shared::timeout::within,
};
use crate::{Clock, key::SessionKey, key::StoredKey};

/// The beginning of a lease. No cached row has it: those begin with a number.
const LEASE_MARK: &str = "lease:";
/// Microseconds of a second.
const MICROS: i64 = 1_000_000;

/// A database, and in front of it a cache.
#[derive(Debug, Clone)]
pub struct CachedDb {
    db: Arc<dyn Engine>,
    cache: Arc<dyn Engine>,
    /// True if Django reads through the cache, and fills it.
    is_djangos: bool,
    ttl: Duration,
    clock: Clock,
    breaker: Arc<CircuitBreaker>,
    probe: Arc<DeleteProbe>,
    hits: Arc<AtomicU64>,
    misses: Arc<AtomicU64>,
    /// Takes other servers' changes from the cache, until the last clone is dropped.
    _invalidation: Option<Arc<AbortOnDropHandle<()>>>,
}

impl CachedDb {
    /// Rows in `db`, cached in `cache` for `ttl` at most. Nothing else may write to `cache`.
    ///
    /// With one cache for all servers, or one server, a logout holds at once. With several
    /// servers that each have a cache of their own, the others may see an ended session for
    /// `ttl` more, unless they are told: see `CachedDb::invalidate_on` (feature `postgres`).
    pub fn new(db: impl Engine, cache: impl Engine, ttl: Duration) -> Self {
        Self {
            db: Arc::new(db),
            cache: Arc::new(cache),
            is_djangos: false,
            ttl,
            clock: Clock::system(),
            breaker: Arc::default(),
            probe: Arc::default(),
            hits: Arc::default(),
            misses: Arc::default(),
            _invalidation: None,
        }
    }

    /// Rows in `db`, which Django reads through a cache of its own, by its `cached_db` engine; `cache` names them
    /// as Django does.
    ///
    /// Everything is read from the database, so what Django did is seen at once. What is changed here is taken
    /// from Django's cache. If that can't be told, a change or a logout is an error, though the database has
    /// it: Django would go on with the session as it was. And Django fills its cache with no regard to others:
    /// a session that it has just read may be in its cache after it was ended here.
    pub fn beside_django(db: impl Engine, cache: impl Engine) -> Self {
        Self { is_djangos: true, ..Self::new(db, cache, Duration::ZERO) }
    }

    /// The source of the time. Default: the machine's clock. Give `db` and `cache` the same.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Begins with a cache that is down: reads nothing from it while it may hold what it wasn't told to
    /// forget.
    #[must_use]
    pub fn with_cache_unavailable(self) -> Self {
        self.breaker.trip(&self.clock, self.ttl);
        self
    }

    /// Takes from the cache whatever another server has changed, until this engine and all its
    /// clones are dropped.
    #[cfg(feature = "postgres")]
    #[must_use]
    pub fn invalidate_on(mut self, mut listener: super::db::InvalidationListener) -> Self {
        use super::db::Invalidation;

        let cache = self.cache.clone();
        let (breaker, clock, ttl) = (self.breaker.clone(), self.clock.clone(), self.ttl);
        let invalidation = tokio::spawn(async move {
            loop {
                let told = match listener.next().await {
                    Invalidation::Changed(key) => cache.delete(&key).await.is_ok(),
                    // The changes meanwhile are unknown, so nothing cached may be used.
                    Invalidation::Lost => false,
                };
                if !told {
                    breaker.trip(&clock, ttl);
                }
            }
        });
        self._invalidation = Some(Arc::new(AbortOnDropHandle::new(invalidation)));
        self
    }

    /// Leaves a lease where the cache has nothing.
    async fn lease(&self, key: &StoredKey) -> Option<Row> {
        let lease = format!("{LEASE_MARK}{}", SessionKey::generate().expose());
        let lease = Row::new(lease, self.clock.now() + LEASE);
        let left = within(TIMEOUT, self.cache.create(key, &lease)).await;
        self.record(left)?.then_some(lease)
    }

    /// Swaps the lease for the row that was read under it. One that the cache doesn't take keeps nobody
    /// from the rest of the cache.
    async fn fill(&self, key: &StoredKey, lease: &Row, row: &Row) {
        let entry = self.entry(row);
        match within(TIMEOUT, self.cache.replace(key, lease, &entry)).await {
            Err(error) if error.kind() != ErrorKind::Unavailable => {
                tracing::debug!(%error, "the cache doesn't take a session");
                _ = self.invalidate(key).await;
            }
            answer => drop(self.record(answer)),
        }
    }

    /// A row as the cache keeps it: its own end, and that of the entry.
    fn entry(&self, row: &Row) -> Row {
        let micros = row.expires_at().unix_timestamp_nanos() / 1000;
        let end = row.expires_at().min(self.clock.now() + self.ttl);
        Row::new(format!("{micros}:{}", row.payload()), end)
    }

    /// The cache's answer. `None`: the database has to serve; alone for a while, if the cache as a
    /// whole failed.
    fn record<T>(&self, answer: Result<T>) -> Option<T> {
        let error = match answer {
            Ok(answer) => return Some(answer),
            Err(error) => error,
        };
        if error.kind() != ErrorKind::Unavailable {
            tracing::debug!(%error, "the cache can't be used for a session");
            return None;
        }
        if !self.breaker.is_open(&self.clock) {
            tracing::warn!(%error, "the cache failed; the database serves alone");
        }
        self.breaker.trip(&self.clock, self.ttl);
        None
    }
}

/// Finishes a change also if nobody waits for it any more: else the database would have forgotten what the
/// cache still shows.
async fn to_its_end<T: Send + 'static>(
    change: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    let stopping = |_| Err(Error::new("the program is stopping"));
    tokio::spawn(change).await.unwrap_or_else(stopping)
}

#[async_trait]
impl Engine for CachedDb {
    async fn load(&self, key: &StoredKey) -> Result<Option<Row>> {
        if self.is_djangos {
            return self.db.load(key).await;
        }
        let cached = if self.is_trusted().await {
            self.record(within(TIMEOUT, self.cache.load(key)).await)
        } else {
            None
        };
        let lease = match cached {
            Some(Some(entry)) => {
                if let Some(row) = row_of(entry) {
                    self.hits.fetch_add(1, Relaxed);
                    // It hasn't ended: its entry in the cache ends no later.
                    return Ok(Some(row));
                }
                None
            }
            Some(None) => self.lease(key).await,
            None => None,
        };
        self.misses.fetch_add(1, Relaxed);
        let row = self.db.load(key).await?;
        match (&row, &lease) {
            (Some(row), Some(lease)) => self.fill(key, lease, row).await,
            // Nothing stays behind of a cookie that names no session.
            (None, Some(_)) => _ = self.invalidate(key).await,
            (_, None) => {}
        }
        Ok(row)
    }

    async fn create(&self, key: &StoredKey, row: &Row) -> Result<bool> {
        // The first visit fills the cache: most who only look in never come back.
        self.db.create(key, row).await
    }

    async fn replace(&self, key: &StoredKey, seen: &Row, row: &Row) -> Result<Replaced> {
        let (it, key, seen, row) = (self.clone(), key.clone(), seen.clone(), row.clone());
        to_its_end(async move {
            let replaced = it.db.replace(&key, &seen, &row).await;
            // Also after an error: the database may have written all the same.
            let told = it.invalidate_everywhere(&key).await;
            replaced.and_then(|replaced| told.map(|_| replaced))
        })
        .await
    }

    async fn delete(&self, key: &StoredKey) -> Result<bool> {
        let (it, key) = (self.clone(), key.clone());
        to_its_end(async move {
            let deleted = it.db.delete(&key).await;
            let told = it.invalidate_everywhere(&key).await;
            deleted.and_then(|deleted| told.map(|cached| deleted || cached))
        })
        .await
    }

    async fn clear_expired(&self) -> Result<u64> {
        self.db.clear_expired().await
    }

    async fn close(&self) {
        self.db.close().await;
        self.cache.close().await;
    }

    fn inspect(&self) -> Option<&dyn Inspect> {
        self.db.inspect().map(|_| self as &dyn Inspect)
    }
}

#[async_trait]
impl Inspect for CachedDb {
    async fn scan(&self, order: Order, from: Option<&Cursor>, limit: usize) -> Result<Page> {
        self.db.inspected()?.scan(order, from, limit).await
    }

    async fn info(&self) -> Result<StoreInfo> {
        let db = self.db.inspected()?.info().await?;
        let (relation, name, some) = if self.is_djangos {
            ("beside Django's", "Django's cache", "cache")
        } else {
            ("cached in", "the cache", "a cache")
        };
        let mut warnings = db.warnings;
        let cache = async { Ok(self.cache.inspected()?.info().await?.server) };
        let cache = cache.await.unwrap_or_else(|error: Error| {
            warnings.push(format!("{name} doesn't answer: {error}"));
            format!("{some} that doesn't answer")
        });
        Ok(StoreInfo { server: format!("{}, {relation} {cache}", db.server), warnings, ..db })
    }

    fn metrics(&self) -> StoreMetrics {
        let (hits, misses) = (self.hits.load(Relaxed), self.misses.load(Relaxed));
        StoreMetrics {
            cache: (!self.is_djangos).then_some(Lookups { hits, misses }),
            ..self.db.inspect().map(Inspect::metrics).unwrap_or_default()
        }
    }
}

fn row_of(entry: Row) -> Option<Row> {
    let mut payload = entry.into_payload();
    let colon = payload.find(':')?;
    let micros: i64 = payload[..colon].parse().ok()?;
    payload.drain(..=colon);
    let seconds = OffsetDateTime::from_unix_timestamp(micros.div_euclid(MICROS)).ok()?;
    let part = Duration::microseconds(micros.rem_euclid(MICROS));
    Some(Row::new(payload, seconds + part))
}
