//! Servers that are killed in the middle and started again, under engines that stay open.

use std::{pin::Pin, time::Duration as Wait};

use huihua::{
    Db, Engine,
    engine::{
        Replaced, Row,
        cache::Cache,
        cached_db::CachedDb,
        db::InvalidationListener,
        memcached::Memcached,
        redis::{Redis, RedisAt},
    },
    key::{SessionKey, StoredKey},
    testing::TestClock,
};
use servers::{
    Proxy, Server,
    stores::{MARIADB, MEMCACHED, POSTGRES, REDIS},
};
use time::Duration;
use tokio::time::{sleep, timeout};

/// What is tried, and the programs of the servers that it needs.
pub(crate) struct Restart {
    pub(crate) name: &'static str,
    pub(crate) programs: &'static [&'static str],
    pub(crate) run: fn() -> Pin<Box<dyn Future<Output = ()> + Send>>,
}

pub(crate) const ALL: &[Restart] = &[
    Restart {
        name: "postgres_comes_back",
        programs: POSTGRES,
        run: || Box::pin(postgres_comes_back()),
    },
    Restart {
        name: "mariadb_comes_back",
        programs: MARIADB,
        run: || Box::pin(mariadb_comes_back()),
    },
    Restart { name: "redis_comes_back", programs: REDIS, run: || Box::pin(redis_comes_back()) },
    Restart {
        name: "memcached_comes_back_empty",
        programs: MEMCACHED,
        run: || Box::pin(memcached_comes_back_empty()),
    },
    Restart {
        name: "one_of_two_memcacheds_is_lost",
        programs: MEMCACHED,
        run: || Box::pin(one_of_two_memcacheds_is_lost()),
    },
    Restart {
        name: "sentinels_name_another_master",
        programs: REDIS,
        run: || Box::pin(sentinels_name_another_master()),
    },
    Restart {
        name: "a_cluster_loses_a_primary",
        programs: REDIS,
        run: || Box::pin(a_cluster_loses_a_primary()),
    },
    Restart {
        name: "a_cache_that_fails_is_no_failure",
        programs: REDIS,
        run: || Box::pin(a_cache_that_fails_is_no_failure()),
    },
    Restart {
        name: "a_logout_while_the_cache_is_away_holds_when_it_is_back",
        programs: REDIS,
        run: || Box::pin(a_logout_while_the_cache_is_away_holds_when_it_is_back()),
    },
    Restart {
        name: "a_logout_elsewhere_is_seen_at_once_on_postgres",
        programs: POSTGRES,
        run: || Box::pin(a_logout_elsewhere_is_seen_at_once_on_postgres()),
    },
    Restart {
        name: "a_logout_elsewhere_is_seen_by_a_server_that_heard_nothing_for_long",
        programs: POSTGRES,
        run: || Box::pin(a_logout_elsewhere_is_seen_by_a_server_that_heard_nothing_for_long()),
    },
    Restart {
        name: "a_logout_elsewhere_is_seen_after_the_ttl",
        programs: &[],
        run: || Box::pin(a_logout_elsewhere_is_seen_after_the_ttl()),
    },
];

pub(crate) fn row(payload: &str) -> Row {
    Row::new(payload, TestClock::new().now() + Duration::DAY)
}

pub(crate) fn new_key() -> StoredKey {
    SessionKey::generate().stored(true)
}

/// The address `url` of the server on a port, by `way`.
pub(crate) fn by(way: &Proxy, server: u16, url: &str) -> String {
    let at = |port: u16| format!(":{port}/");
    url.replace(&at(server), &at(way.port()))
}

/// A session under the first of `tries` keys that isn't said to be taken.
pub(crate) async fn created(engine: &impl Engine, tries: usize) -> StoredKey {
    let mut tried = 0;
    loop {
        let key = new_key();
        if engine.create(&key, &row("one")).await.unwrap() {
            return key;
        }
        tried += 1;
        assert!(tried < tries, "of every key it is said that it is taken");
    }
}

pub(crate) async fn hundred(engine: &impl Engine) -> Vec<StoredKey> {
    let mut keys = Vec::new();
    for _ in 0..100 {
        let key = new_key();
        assert!(engine.create(&key, &row("kept")).await.unwrap());
        keys.push(key);
    }
    keys
}

pub(crate) async fn all_are_there(engine: &impl Engine, keys: &[StoredKey]) {
    for key in keys {
        let row = engine.load(key).await.unwrap();
        assert_eq!(row.map(Row::into_payload).as_deref(), Some("kept"));
    }
}

/// Waits for a store that is on its way back. Until then it is broken: an error within a few
/// seconds, and never a session that isn't there.
pub(crate) async fn answers(engine: &impl Engine) {
    let back = async {
        while engine.load(&new_key()).await.is_err() {
            sleep(Wait::from_millis(50)).await;
        }
    };
    timeout(Wait::from_secs(30), back).await.unwrap();
}

async fn fails_in_time(engine: &impl Engine) {
    let failing = timeout(Wait::from_secs(5), engine.load(&new_key())).await;
    assert!(failing.unwrap().is_err());
}

pub(crate) async fn works(engine: &impl Engine) {
    works_within(1, engine).await;
}

/// The same, under the first of `tries` keys that isn't said to be taken.
pub(crate) async fn works_within(tries: usize, engine: &impl Engine) {
    let (key, one, two) = (created(engine, tries).await, row("one"), row("two"));
    let replaced = engine.replace(&key, &one, &two).await.unwrap();
    assert_eq!(replaced, Replaced::Done);
    engine.delete(&key).await.unwrap();
    assert_eq!(engine.load(&key).await.unwrap(), None);
}

async fn postgres_comes_back() {
    let mut server = servers::Postgres::start(true).unwrap();
    let db = Db::connect(&server.database()).await.unwrap();
    db.migrate().await.unwrap();
    let keys = hundred(&db).await;
    server.kill();
    fails_in_time(&db).await;
    server.start_again();
    answers(&db).await;
    all_are_there(&db, &keys).await;
    works(&db).await;
}

async fn mariadb_comes_back() {
    let mut server = servers::MariaDb::start(true).unwrap();
    let db = Db::connect(&server.database()).await.unwrap();
    db.migrate().await.unwrap();
    let keys = hundred(&db).await;
    server.kill();
    fails_in_time(&db).await;
    server.start_again();
    answers(&db).await;
    all_are_there(&db, &keys).await;
    works(&db).await;
}

async fn redis_comes_back() {
    let mut server = servers::Redis::start().unwrap();
    let at = RedisAt::Server { url: server.url() };
    let redis = Redis::connect(at, "session").await.unwrap();
    let keys = hundred(&redis).await;
    server.kill();
    fails_in_time(&redis).await;
    server.start_again();
    answers(&redis).await;
    all_are_there(&redis, &keys).await;
    works(&redis).await;
}

async fn memcached_comes_back_empty() {
    let mut server = servers::Memcached::start().unwrap();
    let memcached = Memcached::connect(&[server.address()]).await.unwrap();
    let keys = hundred(&memcached).await;
    server.kill();
    fails_in_time(&memcached).await;
    server.start_again();
    // The connections that were kept are dead: nobody has to notice.
    assert_eq!(memcached.load(&keys[0]).await.unwrap(), None);
    works(&memcached).await;
}

async fn one_of_two_memcacheds_is_lost() {
    let mut servers = [(); 2].map(|()| servers::Memcached::start().unwrap());
    let addresses = servers.each_ref().map(servers::Memcached::address);
    let memcached = Memcached::connect(&addresses).await.unwrap();
    let keys = hundred(&memcached).await;
    servers[0].kill();
    let mut there = 0;
    for key in &keys {
        match memcached.load(key).await {
            Ok(row) => there += usize::from(row.is_some()),
            Err(error) => assert!(!error.to_string().contains(key.as_str())),
        }
    }
    assert!((1..100).contains(&there), "{there} of 100");
}

async fn sentinels_name_another_master() {
    let mut servers = servers::Sentinels::start().unwrap();
    // The Sentinels let in only whom they know, and some of them say so in their addresses.
    servers.ask_sentinels(&["acl", "setuser", "site", "on", "> h@sh ", "+@all"]);
    servers.ask_sentinels(&["acl", "setuser", "default", "resetpass", ">others"]);
    let at = |nodes, name: Option<&str>| RedisAt::Sentinel {
        nodes,
        sentinel_username: name.map(str::to_owned),
        sentinel_password: name.map(|_| " h@sh ".into()),
        master: servers.master().into(),
        db: 0,
        username: None,
        password: Some(servers.password().into()),
    };
    let refused = Redis::connect(at(servers.nodes(), None), "session").await;
    let refused = refused.err().unwrap().to_string();
    assert!(refused.contains("SESSION_REDIS_SENTINEL_PASSWORD"), "{refused}");
    let nodes = servers.nodes().into_iter();
    let nodes = nodes.map(|node| format!("redis://site:%20h%40sh%20@{node}"));
    let named = Redis::connect(at(nodes.collect(), None), "session").await;
    works(&named.unwrap()).await;
    let at = at(servers.nodes(), Some("site"));
    let redis = Redis::connect(at, "session").await.unwrap();
    let keys = hundred(&redis).await;
    servers.kill_the_master();
    answers(&redis).await;
    all_are_there(&redis, &keys).await;
    works(&redis).await;
}

async fn a_cluster_loses_a_primary() {
    let mut cluster = servers::Cluster::start().unwrap();
    let at = RedisAt::Cluster { nodes: cluster.nodes(), username: None, password: None };
    let redis = Redis::connect(at, "session").await.unwrap();
    hundred(&redis).await;
    cluster.kill_a_primary();
    // Every slot has to be served again: a hundred keys in a row are.
    let whole = async {
        loop {
            let mut made = 0;
            for _ in 0..100 {
                made += usize::from(redis.create(&new_key(), &row("new")).await.is_ok());
            }
            if made == 100 {
                return;
            }
            sleep(Wait::from_millis(100)).await;
        }
    };
    timeout(Wait::from_secs(60), whole).await.unwrap();
    works(&redis).await;
}

async fn a_cache_that_fails_is_no_failure() {
    let mut server = servers::Redis::start().unwrap();
    let (engine, _folder) = cached_in(&server).await;
    let keys = hundred(&engine).await;
    all_are_there(&engine, &keys).await;
    server.kill();
    all_are_there(&engine, &keys).await;
    works(&engine).await;
    server.start_again();
    all_are_there(&engine, &keys).await;
    works(&engine).await;
}

async fn a_logout_while_the_cache_is_away_holds_when_it_is_back() {
    let mut server = servers::Redis::start().unwrap();
    let (engine, _folder) = cached_in(&server).await;
    let keys = hundred(&engine).await;
    all_are_there(&engine, &keys).await;
    server.kill();
    for key in &keys[..20] {
        engine.delete(key).await.unwrap();
    }
    // Redis writes what it holds to its log: what was cached is there again.
    server.start_again();
    for key in &keys[..20] {
        assert_eq!(engine.load(key).await.unwrap(), None);
    }
    all_are_there(&engine, &keys[20..]).await;
}

async fn cached_in(server: &servers::Redis) -> (CachedDb, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("test.sqlite3").display());
    let db = Db::connect(&url).await.unwrap();
    db.migrate().await.unwrap();
    let at = RedisAt::Server { url: server.url() };
    let redis = Redis::connect(at, "session").await.unwrap();
    (CachedDb::new(db, redis, Duration::HOUR), folder)
}

async fn a_logout_elsewhere_is_seen_at_once_on_postgres() {
    let server = servers::Postgres::start(false).unwrap();
    let url = server.database();
    let mut machines = Vec::new();
    for _ in 0..2 {
        let db = Db::connect(&url).await.unwrap().with_notifications();
        db.migrate().await.unwrap();
        let listener = InvalidationListener::listen(&url).await.unwrap();
        let engine = CachedDb::new(db, Cache::new(1 << 20), Duration::HOUR);
        machines.push(engine.invalidate_on(listener));
    }
    for change in [true, false] {
        let key = new_key();
        machines[0].create(&key, &row("one")).await.unwrap();
        for machine in &machines {
            assert_eq!(machine.load(&key).await.unwrap().unwrap().payload(), "one");
        }
        let expected = change.then(|| "two".to_owned());
        if change {
            drop(machines[0].replace(&key, &row("one"), &row("two")).await);
        } else {
            assert!(machines[0].delete(&key).await.unwrap());
        }
        // The cache would hold it for an hour. The notification is on its way.
        let seen = async {
            loop {
                let now = machines[1].load(&key).await.unwrap();
                if now.map(Row::into_payload) == expected {
                    return;
                }
                tokio::task::yield_now().await;
            }
        };
        timeout(Wait::from_secs(10), seen).await.unwrap();
    }
    drop(machines);
    // Nobody listens for an engine that is gone.
    let database = sqlx::PgPool::connect(&url).await.unwrap();
    let ended = async {
        let others = "SELECT COUNT(*) FROM pg_stat_activity \
                      WHERE datname = current_database() AND pid <> pg_backend_pid()";
        while sqlx::query_scalar::<_, i64>(others).fetch_one(&database).await.unwrap() > 0 {
            tokio::task::yield_now().await;
        }
    };
    timeout(Wait::from_secs(10), ended).await.unwrap();
}

/// A firewall has forgotten the connection that listens, where nothing comes for long.
async fn a_logout_elsewhere_is_seen_by_a_server_that_heard_nothing_for_long() {
    let server = servers::Postgres::start(false).unwrap();
    let way = Proxy::to(server.port());
    let url = server.database();
    let db = Db::connect(&url).await.unwrap();
    db.migrate().await.unwrap();
    let listener = InvalidationListener::listen(&by(&way, server.port(), &url)).await.unwrap();
    let engine =
        CachedDb::new(db.clone(), Cache::new(1 << 20), Duration::HOUR).invalidate_on(listener);
    let key = created(&engine, 1).await;
    for _ in 0..2 {
        assert!(engine.load(&key).await.unwrap().is_some());
    }
    way.forget();
    // Without a notification: nobody else is told either.
    db.delete(&key).await.unwrap();
    let seen = async {
        while engine.load(&key).await.unwrap().is_some() {
            sleep(Wait::from_millis(20)).await;
        }
    };
    timeout(Wait::from_secs(60), seen).await.unwrap();
}

async fn a_logout_elsewhere_is_seen_after_the_ttl() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("test.sqlite3").display());
    let clock = TestClock::new();
    let mut machines = Vec::new();
    for _ in 0..2 {
        let db = Db::connect(&url).await.unwrap().with_clock(clock.clock());
        db.migrate().await.unwrap();
        let cache = Cache::new(1 << 20).with_clock(clock.clock());
        let engine = CachedDb::new(db, cache, Duration::seconds(5));
        machines.push(engine.with_clock(clock.clock()));
    }
    let key = new_key();
    machines[0].create(&key, &row("kept")).await.unwrap();
    assert!(machines[1].load(&key).await.unwrap().is_some());
    machines[0].delete(&key).await.unwrap();
    assert_eq!(machines[0].load(&key).await.unwrap(), None);
    clock.pass(Duration::seconds(5));
    assert_eq!(machines[1].load(&key).await.unwrap(), None);
}
