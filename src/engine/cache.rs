//! The `cache` engine: rows in the memory of this process, and nowhere else.
//!
//! Fast, and gone with the process. When the memory it may take is full, the sessions that were
//! used least recently are thrown out, as Django's cache does: they can't be got back.

use std::time::{Duration as Lasts, Instant};

use async_trait::async_trait;
use moka::{
    Entry, Expiry,
    ops::compute::{CompResult, Op},
    policy::EvictionPolicy,
    sync::Cache as Memory,
};
use tokio::task::yield_now;

use super::{
    Count, Cursor, Engine, Inspect, Order, Page, Replaced, Result, Row, StoreInfo, StoreMetrics,
    shared::cleared::Cleared, shared::page_of_keys::PageOfKeys,
};
use crate::{clock::Clock, key::StoredKey};

/// Bytes that an entry takes beside its payload: the key, the row, and moka's own book-keeping. With
/// half a million sessions on 64-bit Linux it is 461.
const OVERHEAD: usize = 480;

/// Sessions in local memory. Clones share it.
#[derive(Clone)]
pub struct Cache {
    memory: Memory<StoredKey, Row>,
    clock: Clock,
    cleared: Cleared,
}

impl Cache {
    /// A memory of at most about `max_bytes`, payloads and what holds them counted.
    pub fn new(max_bytes: u64) -> Self {
        Self::with_rows(max_bytes, Clock::system())
    }

    /// The source of the time. Default: the machine's clock. What is in the memory is lost.
    #[must_use]
    pub fn with_clock(self, clock: Clock) -> Self {
        let max_bytes = self.memory.policy().max_capacity().unwrap_or_default();
        Self::with_rows(max_bytes, clock)
    }

    fn with_rows(max_bytes: u64, clock: Clock) -> Self {
        let memory = Memory::builder()
            .max_capacity(max_bytes)
            .weigher(|_, row: &Row| {
                u32::try_from(row.payload().len() + OVERHEAD).unwrap_or(u32::MAX)
            })
            // Other policies would rather refuse a new login than throw out a busy session.
            .eviction_policy(EvictionPolicy::lru())
            .expire_after(RowExpiry(clock.clone()))
            .build();
        Self { memory, clock, cleared: Cleared::default() }
    }

    fn is_alive(&self, row: &Row) -> bool {
        row.expires_at() > self.clock.now()
    }

    /// Decides about the row while nobody else can change it.
    fn decide(
        &self,
        key: &StoredKey,
        decision: impl FnOnce(Option<Row>) -> Op<Row>,
    ) -> CompResult<StoredKey, Row> {
        self.memory
            .entry_by_ref(key)
            .and_compute_with(|entry| decision(entry.map(Entry::into_value)))
    }
}

opaque_debug!(Cache);

#[async_trait]
impl Engine for Cache {
    async fn load(&self, key: &StoredKey) -> Result<Option<Row>> {
        Ok(self.memory.get(key).filter(|row| self.is_alive(row)))
    }

    async fn create(&self, key: &StoredKey, row: &Row) -> Result<bool> {
        let done = self.decide(key, |there| match there {
            Some(there) if self.is_alive(&there) => Op::Nop,
            _ => Op::Put(row.clone()),
        });
        Ok(!matches!(done, CompResult::Unchanged(_)))
    }

    async fn replace(&self, key: &StoredKey, seen: &Row, row: &Row) -> Result<Replaced> {
        let done = self.decide(key, |there| match there {
            Some(there) if there.payload() != seen.payload() || !self.is_alive(&there) => Op::Nop,
            Some(_) if self.is_alive(row) => Op::Put(row.clone()),
            Some(_) => Op::Remove,
            None => Op::Nop,
        });
        Ok(match done {
            CompResult::ReplacedWith(_) | CompResult::Removed(_) => Replaced::Done,
            CompResult::Unchanged(there) if self.is_alive(there.value()) => {
                Replaced::Changed(there.into_value())
            }
            _ => Replaced::Gone,
        })
    }

    async fn delete(&self, key: &StoredKey) -> Result<bool> {
        // Not `invalidate`, which doesn't wait for who is changing the row at this moment.
        let done = self.decide(key, |_| Op::Remove);
        Ok(matches!(done, CompResult::Removed(_)))
    }

    async fn clear_expired(&self) -> Result<u64> {
        let mut clearing = self.cleared.begin();
        for (number, (key, row)) in self.memory.iter().enumerate() {
            let_others_run(number).await;
            if self.is_alive(&row) {
                continue;
            }
            let done = self.decide(&key, |there| match there {
                Some(there) if !self.is_alive(&there) => Op::Remove,
                _ => Op::Nop,
            });
            clearing.removed(u64::from(matches!(done, CompResult::Removed(_))));
        }
        Ok(clearing.rows())
    }

    fn inspect(&self) -> Option<&dyn Inspect> {
        Some(self)
    }
}

#[async_trait]
impl Inspect for Cache {
    async fn scan(&self, _: Order, from: Option<&Cursor>, limit: usize) -> Result<Page> {
        let mut page = PageOfKeys::new(from, limit);
        for (number, (key, row)) in self.memory.iter().enumerate() {
            let_others_run(number).await;
            if self.is_alive(&row) {
                page.show(StoredKey::clone(&key));
            }
        }
        let (keys, next) = page.done();
        let rows = keys.into_iter().filter_map(|key| {
            let row = self.memory.get(&key)?;
            self.is_alive(&row).then_some((key, Ok(row)))
        });
        Ok(Page { rows: rows.collect(), next })
    }

    async fn info(&self) -> Result<StoreInfo> {
        // It counts when it tidies up.
        self.memory.run_pending_tasks();
        Ok(StoreInfo {
            server: "the memory of this process".into(),
            warnings: vec!["sessions end with the process, and no other server sees them".into()],
            rows: Some(Count {
                number: self.memory.entry_count(),
                // Ended rows leave a little later.
                exact: false,
            }),
            ..StoreInfo::default()
        })
    }

    fn metrics(&self) -> StoreMetrics {
        StoreMetrics { cleared: self.cleared.sum(), ..StoreMetrics::default() }
    }
}

/// Yields before every thousandth row of a walk through all of them.
async fn let_others_run(number: usize) {
    if number % 1000 == 999 {
        yield_now().await;
    }
}

/// Drops rows that have ended. Whether a row loads is decided when it is loaded.
struct RowExpiry(Clock);

impl RowExpiry {
    /// `None`: so far away that nobody waits for it.
    fn lasts(&self, row: &Row) -> Option<Lasts> {
        const LONGEST: time::Duration = time::Duration::days(365 * 100);
        let lasts = row.expires_at() - self.0.now();
        (lasts < LONGEST).then(|| lasts.unsigned_abs() * u32::from(lasts.is_positive()))
    }
}

impl Expiry<StoredKey, Row> for RowExpiry {
    fn expire_after_create(&self, _: &StoredKey, row: &Row, _: Instant) -> Option<Lasts> {
        self.lasts(row)
    }

    fn expire_after_update(
        &self,
        _: &StoredKey,
        row: &Row,
        _: Instant,
        _: Option<Lasts>,
    ) -> Option<Lasts> {
        self.lasts(row)
    }
}
