//! The contract of a store: four methods, and capabilities that it may have.
//!
//! A store keeps rows under keys, and doesn't know what is in a row, who is logged in, or what a cookie
//! is. To write one of your own, implement [`Engine`]; every rule is written at its method, and
//! `huihua::testing` (feature `testing`) tries them all on your store.

use std::{fmt::Debug, sync::Arc};

use async_trait::async_trait;

use crate::key::StoredKey;

#[cfg(feature = "cache")]
pub mod cache;
pub mod cached_db;
#[cfg(feature = "sql")]
pub mod db;
mod error;
#[cfg(feature = "file")]
pub mod file;
mod inspect;
#[cfg(feature = "memcached")]
pub mod memcached;
#[cfg(feature = "redis")]
pub mod redis;
mod row;
pub(crate) mod shared;

pub use self::{
    error::{Error, ErrorKind, Result},
    inspect::{Count, Cursor, Inspect, Lookups, Order, Page, Pool, StoreInfo, StoreMetrics},
    row::{Replaced, Row},
};

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

    /// Removes whatever lies under `key`, also what doesn't load, and says whether anything did: nothing
    /// is no error. An expired row may count as there or not, and so may one that the store was asked twice to
    /// delete because an answer was lost. When this returns, the row no longer loads.
    async fn delete(&self, key: &StoredKey) -> Result<bool>;

    /// Removes rows that have expired, in small steps that keep nobody waiting, and says how
    /// many. Default: nothing, for a store that drops them by itself.
    async fn clear_expired(&self) -> Result<u64> {
        Ok(0)
    }

    /// Lets go in order of what is open, once nothing is asked any more. Default: nothing, for a store that
    /// may be left as it stands.
    async fn close(&self) {}

    /// Listing, counts and health, for operators. Default: the store has none of it.
    fn inspect(&self) -> Option<&dyn Inspect> {
        None
    }
}

impl dyn Engine {
    /// The capability of listing and counting.
    ///
    /// # Errors
    /// When the engine doesn't have it.
    pub fn inspected(&self) -> Result<&dyn Inspect> {
        self.inspect().ok_or_else(|| Error::new("this store can't be listed or counted"))
    }
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

    async fn delete(&self, key: &StoredKey) -> Result<bool> {
        (**self).delete(key).await
    }

    async fn clear_expired(&self) -> Result<u64> {
        (**self).clear_expired().await
    }

    async fn close(&self) {
        (**self).close().await;
    }

    fn inspect(&self) -> Option<&dyn Inspect> {
        (**self).inspect()
    }
}
