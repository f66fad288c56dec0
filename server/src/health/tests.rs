use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use huihua::{
    Clock, Engine, Settings,
    engine::{Replaced, Result, Row, cache::Cache},
    key::StoredKey,
};

use super::*;

/// An engine that counts its operations.
#[derive(Debug)]
struct Counting {
    cache: Cache,
    operations: AtomicU64,
}

impl Counting {
    fn cache(&self) -> &Cache {
        self.operations.fetch_add(1, Ordering::SeqCst);
        &self.cache
    }
}

#[async_trait]
impl Engine for Counting {
    async fn load(&self, key: &StoredKey) -> Result<Option<Row>> {
        self.cache().load(key).await
    }

    async fn create(&self, key: &StoredKey, row: &Row) -> Result<bool> {
        self.cache().create(key, row).await
    }

    async fn replace(&self, key: &StoredKey, seen: &Row, row: &Row) -> Result<Replaced> {
        self.cache().replace(key, seen, row).await
    }

    async fn delete(&self, key: &StoredKey) -> Result<bool> {
        self.cache().delete(key).await
    }

    async fn clear_expired(&self) -> Result<u64> {
        self.cache().clear_expired().await
    }
}

#[tokio::test]
async fn the_store_is_written_once_however_many_ask() {
    let engine =
        Arc::new(Counting { cache: Cache::new(1024 * 1024), operations: AtomicU64::new(0) });
    let secret = |name: &str| (name == "SECRET_KEY").then(|| "a secret for tests".to_owned());
    let settings = Settings::read(secret).unwrap();
    let readiness = Readiness {
        admin: Admin::new(engine.clone(), &settings, Clock::system()).unwrap(),
        last_try: Mutex::default(),
    };
    for _ in 0..10 {
        assert_eq!(readiness.check().await, Ok(()));
    }
    // Each asks for a key; one session is written, read and deleted.
    assert_eq!(engine.operations.load(Ordering::SeqCst), 10 + 3);
}
