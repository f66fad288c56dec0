use std::sync::Arc;

use async_trait::async_trait;

use super::{
    super::{
        Cursor, Engine, Error, Inspect, Order, Page, Replaced, Result, Row, StoreInfo, StoreMetrics,
    },
    to_its_end,
    trust::TIMEOUT,
};
use crate::{engine::shared::timeout::within, key::StoredKey};

/// A database whose sessions Django reads through a cache of its own: its `cached_db` engine.
///
/// Everything is read from the database, so what Django did is seen at once. What is changed here is taken
/// from Django's cache. If that can't be told, a change or a logout is an error, though the database has
/// it: Django would go on with the session as it was. And Django fills its cache with no regard to others:
/// a session that it has just read may be in its cache after it was ended here.
#[derive(Debug, Clone)]
pub struct BesideDjango {
    db: Arc<dyn Engine>,
    cache: Arc<dyn Engine>,
}

impl BesideDjango {
    /// Rows in `db`; `cache` names them as Django's `cached_db` does.
    pub fn new(db: impl Engine, cache: impl Engine) -> Self {
        Self { db: Arc::new(db), cache: Arc::new(cache) }
    }

    async fn invalidate(&self, key: &StoredKey) -> Result<()> {
        let told = within(TIMEOUT, self.cache.delete(key)).await;
        told.map_err(|error| Error::because("telling Django's cache of a change", error))
    }
}

#[async_trait]
impl Engine for BesideDjango {
    async fn load(&self, key: &StoredKey) -> Result<Option<Row>> {
        self.db.load(key).await
    }

    async fn create(&self, key: &StoredKey, row: &Row) -> Result<bool> {
        self.db.create(key, row).await
    }

    async fn replace(&self, key: &StoredKey, seen: &Row, row: &Row) -> Result<Replaced> {
        let (it, key, seen, row) = (self.clone(), key.clone(), seen.clone(), row.clone());
        to_its_end(async move {
            let replaced = it.db.replace(&key, &seen, &row).await;
            // Also after an error: the database may have written all the same.
            let told = it.invalidate(&key).await;
            replaced.and_then(|replaced| told.map(|()| replaced))
        })
        .await
    }

    async fn delete(&self, key: &StoredKey) -> Result<()> {
        let (it, key) = (self.clone(), key.clone());
        to_its_end(async move {
            let deleted = it.db.delete(&key).await;
            let told = it.invalidate(&key).await;
            deleted.and(told)
        })
        .await
    }

    async fn clear_expired(&self) -> Result<u64> {
        self.db.clear_expired().await
    }

    fn inspect(&self) -> Option<&dyn Inspect> {
        self.db.inspect().map(|_| self as &dyn Inspect)
    }
}

#[async_trait]
impl Inspect for BesideDjango {
    async fn scan(&self, order: Order, from: Option<&Cursor>, limit: usize) -> Result<Page> {
        self.db.inspected()?.scan(order, from, limit).await
    }

    async fn info(&self) -> Result<StoreInfo> {
        let mut info = self.db.inspected()?.info().await?;
        let cache = async { self.cache.inspected()?.info().await };
        match cache.await {
            Ok(cache) => info.server = format!("{}, beside Django's {}", info.server, cache.server),
            Err(error) => info.warnings.push(format!("Django's cache doesn't answer: {error}")),
        }
        Ok(info)
    }

    fn metrics(&self) -> StoreMetrics {
        self.db.inspect().map(Inspect::metrics).unwrap_or_default()
    }
}
