//! A cache before a database: what it doesn't take, and who leaves in the middle.

use std::{sync::Arc, time::Duration as Wait};

use async_trait::async_trait;
use futures_util::future::poll_immediate;
use huihua::{
    Db, Engine,
    engine::{
        About, Cursor, ErrorKind, Figures, Order, Page, Replaced, Result, Row,
        cache::Cache,
        cached_db::{BesideDjango, CachedDb},
        memcached::Memcached,
    },
    key::StoredKey,
};
use servers::stores::MEMCACHED;
use time::Duration;
use tokio::{
    sync::Semaphore,
    time::{sleep, timeout},
};

use crate::restarts::{Restart, new_key, row};

pub(crate) const ALL: &[Restart] = &[
    Restart {
        name: "what_a_cache_does_not_take_costs_nobody_else_the_cache",
        programs: MEMCACHED,
        run: || Box::pin(what_a_cache_does_not_take_costs_nobody_else_the_cache()),
    },
    Restart {
        name: "a_change_that_nobody_waits_for_is_not_shown_from_the_cache",
        programs: &[],
        run: || Box::pin(a_change_that_nobody_waits_for_is_not_shown_from_the_cache()),
    },
];

async fn database() -> (Db, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("test.sqlite3").display());
    let db = Db::connect(&url).await.unwrap();
    db.migrate().await.unwrap();
    (db, folder)
}

async fn what_a_cache_does_not_take_costs_nobody_else_the_cache() {
    // The second takes less than it says of itself.
    for more in [&[][..], &["-I", "64k", "-o", "slab_chunk_max=32768"]] {
        let server = servers::Memcached::start_with(more).unwrap();
        let memcached = Memcached::connect(&[server.address()]).await.unwrap();
        let large = row(&"x".repeat(if more.is_empty() { 1 << 20 } else { 1 << 17 }));
        let refused = memcached.create(&new_key(), &large).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::TooLarge, "{refused}");

        let (db, _folder) = database().await;
        let engine = CachedDb::new(db, memcached, Duration::HOUR);
        let (small_key, large_key) = (new_key(), new_key());
        assert!(engine.create(&small_key, &row("small")).await.unwrap());
        assert!(engine.create(&large_key, &large).await.unwrap());
        assert!(engine.load(&small_key).await.unwrap().is_some());
        for visit in 1..=3 {
            let loaded = engine.load(&large_key).await.unwrap();
            assert!(loaded.unwrap().payload == large.payload);
            assert!(engine.load(&small_key).await.unwrap().is_some());
            assert_eq!(engine.figures().cache.unwrap().hits, visit);
        }
        // Grown while it was in the cache, and shrunk again.
        let (small, grown) = (row("small"), &large);
        let replaced = engine.replace(&small_key, &small, grown).await.unwrap();
        assert_eq!(replaced, Replaced::Done);
        let loaded = engine.load(&small_key).await.unwrap().unwrap();
        assert!(loaded.payload == large.payload);
        engine.replace(&small_key, grown, &small).await.unwrap();
        for _ in 0..2 {
            let loaded = engine.load(&small_key).await.unwrap().unwrap();
            assert_eq!(loaded.payload, "small");
        }
        assert_eq!(engine.figures().cache.unwrap().hits, 4);
    }
}

async fn a_change_that_nobody_waits_for_is_not_shown_from_the_cache() {
    for (beside_django, ends) in [(false, false), (false, true), (true, false), (true, true)] {
        let (db, _folder) = database().await;
        let (db, cache) = (Arc::new(Slow::new(db)), Arc::new(Cache::new(1 << 20)));
        let engine: Arc<dyn Engine> = match beside_django {
            false => Arc::new(CachedDb::new(db.clone(), cache.clone(), Duration::HOUR)),
            true => Arc::new(BesideDjango::new(db.clone(), cache.clone())),
        };
        let (key, one, two) = (new_key(), row("one"), row("two"));
        assert!(engine.create(&key, &one).await.unwrap());
        engine.load(&key).await.unwrap();
        if beside_django {
            cache.create(&key, &one).await.unwrap();
        }
        assert!(cache.load(&key).await.unwrap().is_some());
        // Who asks leaves before the database has answered.
        let left = match ends {
            true => poll_immediate(engine.delete(&key)).await.is_none(),
            false => poll_immediate(engine.replace(&key, &one, &two))
                .await
                .is_none(),
        };
        assert!(left);
        db.answers.add_permits(9);
        let told = async {
            while cache.load(&key).await.unwrap().is_some() {
                sleep(Wait::from_millis(5)).await;
            }
        };
        timeout(Wait::from_secs(30), told).await.unwrap();
        let there = db.load(&key).await.unwrap().map(|row| row.payload);
        assert_eq!(there, (!ends).then(|| "two".to_owned()));
    }
}

/// A database whose answer to a change is long on its way.
#[derive(Debug)]
struct Slow {
    db: Db,
    answers: Semaphore,
}

impl Slow {
    fn new(db: Db) -> Self {
        Self {
            db,
            answers: Semaphore::new(0),
        }
    }

    async fn late<T>(&self, answer: Result<T>) -> Result<T> {
        let _ = self.answers.acquire().await.unwrap();
        answer
    }
}

#[async_trait]
impl Engine for Slow {
    async fn load(&self, key: &StoredKey) -> Result<Option<Row>> {
        self.db.load(key).await
    }

    async fn create(&self, key: &StoredKey, row: &Row) -> Result<bool> {
        self.db.create(key, row).await
    }

    async fn replace(&self, key: &StoredKey, seen: &Row, row: &Row) -> Result<Replaced> {
        self.late(self.db.replace(key, seen, row).await).await
    }

    async fn delete(&self, key: &StoredKey) -> Result<()> {
        self.late(self.db.delete(key).await).await
    }

    async fn clear_expired(&self) -> Result<u64> {
        self.db.clear_expired().await
    }

    async fn scan(&self, order: Order, from: Option<&Cursor>, limit: usize) -> Result<Page> {
        self.db.scan(order, from, limit).await
    }

    async fn about(&self) -> Result<About> {
        self.db.about().await
    }

    fn figures(&self) -> Figures {
        self.db.figures()
    }
}
