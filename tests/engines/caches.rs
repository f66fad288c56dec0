//! A cache before a database: what it doesn't take, and who leaves in the middle.

use std::{sync::Arc, time::Duration as Wait};

use async_trait::async_trait;
use futures_util::future::poll_immediate;
use huihua::{
    Db, Engine,
    engine::{
        ErrorKind, Inspect, Replaced, Result, Row,
        cache::Cache,
        cached_db::CachedDb,
        memcached::Memcached,
        redis::{Redis, RedisAt},
    },
    key::StoredKey,
    testing::TestClock,
};
use servers::stores::{MEMCACHED, REDIS};
use time::Duration;
use tokio::{
    sync::Semaphore,
    time::{sleep, timeout},
};

use crate::restarts::{Restart, created, new_key, row, works};

pub(crate) const ALL: &[Restart] = &[
    Restart {
        name: "what_a_cache_does_not_take_costs_nobody_else_the_cache",
        programs: MEMCACHED,
        run: || Box::pin(what_a_cache_does_not_take_costs_nobody_else_the_cache()),
    },
    Restart {
        name: "promise_1_a_cache_that_takes_no_changes_shows_nothing_that_has_ended",
        programs: REDIS,
        run: || Box::pin(promise_1_a_cache_that_takes_no_changes_shows_nothing_that_has_ended()),
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
            assert!(loaded.unwrap().payload() == large.payload());
            assert!(engine.load(&small_key).await.unwrap().is_some());
            assert_eq!(engine.metrics().cache.unwrap().hits, visit);
        }
        // Grown while it was in the cache, and shrunk again.
        let (small, grown) = (row("small"), &large);
        let replaced = engine.replace(&small_key, &small, grown).await.unwrap();
        assert_eq!(replaced, Replaced::Done);
        let loaded = engine.load(&small_key).await.unwrap().unwrap();
        assert!(loaded.payload() == large.payload());
        engine.replace(&small_key, grown, &small).await.unwrap();
        for _ in 0..2 {
            let loaded = engine.load(&small_key).await.unwrap().unwrap();
            assert_eq!(loaded.payload(), "small");
        }
        assert_eq!(engine.metrics().cache.unwrap().hits, 4);
    }
}

/// It answers who reads, and refuses deletes.
async fn promise_1_a_cache_that_takes_no_changes_shows_nothing_that_has_ended() {
    let server = servers::Redis::start().unwrap();
    let port = server.port();
    let cli = |line: &str| {
        let said = server.cli(&line.split(' ').collect::<Vec<_>>());
        assert_eq!(said, "OK\n", "{line}");
    };
    cli("acl setuser site on >hush ~* +@all");
    for (refuse, take) in [
        ("config set min-replicas-to-write 1", "config set min-replicas-to-write 0"),
        ("replicaof 127.0.0.1 1", "replicaof no one"),
        ("acl setuser site -del -eval -evalsha", "acl setuser site +del +eval +evalsha"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("test.sqlite3").display());
        let clock = TestClock::new();
        let mut both = Vec::new();
        for _ in 0..2 {
            let db = Db::connect(&url).await.unwrap().with_clock(clock.clock());
            db.migrate().await.unwrap();
            let url = format!("redis://site:hush@127.0.0.1:{port}/0");
            let redis = Redis::connect(RedisAt::Server { url }, "session").await;
            let redis = redis.unwrap().with_clock(clock.clock());
            both.push(CachedDb::new(db, redis, Duration::HOUR).with_clock(clock.clock()));
        }
        let hits = |site: &CachedDb| site.metrics().cache.unwrap().hits;
        let (ended, changed, kept) = (new_key(), new_key(), new_key());
        for key in [&ended, &changed, &kept] {
            both[0].create(key, &row("one")).await.unwrap();
            for site in &both {
                assert!(site.load(key).await.unwrap().is_some());
            }
        }
        assert_eq!(hits(&both[1]), 3);

        let (db, _folder) = database().await;
        let url = format!("redis://site:hush@127.0.0.1:{port}/0");
        let djangos = Redis::connect(RedisAt::Server { url }, "django").await.unwrap();
        let beside = CachedDb::beside_django(db, djangos.clone());
        let key = created(&beside, 1).await;
        assert!(djangos.create(&key, &row("one")).await.unwrap());

        cli(refuse);
        // Django would go on with what it has in its cache.
        let changed_too = beside.replace(&key, &row("one"), &row("two")).await;
        assert!(changed_too.is_err(), "{refuse}");
        assert!(beside.delete(&key).await.is_err(), "{refuse}");
        both[0].delete(&ended).await.unwrap();
        assert_eq!(both[1].load(&ended).await.unwrap(), None, "{refuse}");
        let replaced = both[0].replace(&changed, &row("one"), &row("two")).await;
        assert_eq!(replaced.unwrap(), Replaced::Done);
        for site in &both {
            let loaded = site.load(&changed).await.unwrap().unwrap();
            assert_eq!(loaded.payload(), "two", "{refuse}");
            assert!(site.load(&kept).await.unwrap().is_some(), "{refuse}");
            works(site).await;
        }
        assert_eq!(hits(&both[1]), 3);

        // What it couldn't be told to forget has run out when it is used again.
        cli(take);
        // The database has nothing any more, and Django's cache has.
        for was_there in [true, false] {
            assert_eq!(beside.delete(&key).await.unwrap(), was_there, "{refuse}");
        }
        clock.pass(Duration::HOUR + Duration::seconds(2));
        let key = new_key();
        both[0].create(&key, &row("new")).await.unwrap();
        for site in &both {
            assert!(site.load(&key).await.unwrap().is_some());
            assert_eq!(site.load(&ended).await.unwrap(), None);
        }
        assert_eq!(hits(&both[1]), 4, "{take}");
    }
}

async fn a_change_that_nobody_waits_for_is_not_shown_from_the_cache() {
    for (beside_django, ends) in [(false, false), (false, true), (true, false), (true, true)] {
        let (db, _folder) = database().await;
        let (db, cache) = (Arc::new(Slow::new(db)), Arc::new(Cache::new(1 << 20)));
        let engine: Arc<dyn Engine> = if beside_django {
            Arc::new(CachedDb::beside_django(db.clone(), cache.clone()))
        } else {
            Arc::new(CachedDb::new(db.clone(), cache.clone(), Duration::HOUR))
        };
        let (key, one, two) = (new_key(), row("one"), row("two"));
        assert!(engine.create(&key, &one).await.unwrap());
        engine.load(&key).await.unwrap();
        if beside_django {
            cache.create(&key, &one).await.unwrap();
        }
        assert!(cache.load(&key).await.unwrap().is_some());
        // Who asks leaves before the database has answered.
        let left = if ends {
            poll_immediate(engine.delete(&key)).await.is_none()
        } else {
            poll_immediate(engine.replace(&key, &one, &two)).await.is_none()
        };
        assert!(left);
        db.answers.add_permits(9);
        let told = async {
            while cache.load(&key).await.unwrap().is_some() {
                sleep(Wait::from_millis(5)).await;
            }
        };
        timeout(Wait::from_secs(30), told).await.unwrap();
        let there = db.load(&key).await.unwrap().map(Row::into_payload);
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
        Self { db, answers: Semaphore::new(0) }
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

    async fn delete(&self, key: &StoredKey) -> Result<bool> {
        self.late(self.db.delete(key).await).await
    }
}
