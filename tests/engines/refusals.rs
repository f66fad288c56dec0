//! Stores that answer, but with an error: that is a broken store, and never a missing session.

use futures_util::future::join_all;
use huihua::{
    Db, Engine,
    engine::{
        ErrorKind, Inspect, Order, Replaced,
        memcached::Memcached,
        redis::{Redis, RedisAt},
    },
    key::StoredKey,
};
use servers::stores::{MARIADB, MEMCACHED, POSTGRES, REDIS};

use crate::restarts::{Restart, all_are_there, answers, hundred, new_key, row, works};

pub(crate) const ALL: &[Restart] = &[
    Restart {
        name: "a_row_beyond_every_date_is_in_each_order",
        programs: POSTGRES,
        run: || Box::pin(a_row_beyond_every_date_is_in_each_order()),
    },
    Restart {
        name: "redis_that_refuses_is_broken",
        programs: REDIS,
        run: || Box::pin(redis_that_refuses_is_broken()),
    },
    Restart {
        name: "redis_that_loads_is_broken",
        programs: REDIS,
        run: || Box::pin(redis_that_loads_is_broken()),
    },
    Restart {
        name: "a_right_that_redis_takes_away_is_missed_at_once",
        programs: REDIS,
        run: || Box::pin(a_right_that_redis_takes_away_is_missed_at_once()),
    },
    Restart {
        name: "what_is_no_row_in_redis_harms_nobody_beside_it",
        programs: REDIS,
        run: || Box::pin(what_is_no_row_in_redis_harms_nobody_beside_it()),
    },
    Restart {
        name: "memcached_keeps_what_is_there_when_it_refuses_a_larger_one",
        programs: MEMCACHED,
        run: || Box::pin(memcached_keeps_what_is_there_when_it_refuses_a_larger_one()),
    },
    Restart {
        name: "memcached_that_is_full_and_throws_nothing_out_keeps_what_is_there",
        programs: MEMCACHED,
        run: || Box::pin(memcached_that_is_full_and_throws_nothing_out_keeps_what_is_there()),
    },
    Restart {
        name: "mysql_that_takes_only_smaller_statements_says_so_and_harms_nobody_else",
        programs: MARIADB,
        run: || Box::pin(mysql_that_takes_only_smaller_statements_says_so_and_harms_nobody_else()),
    },
];

async fn redis_at(url: String) -> Redis {
    let at = RedisAt::Server { url };
    Redis::connect(at, "session").await.unwrap()
}

/// None of what a session needs is told that there is none.
async fn refuses_everything(redis: &Redis, key: &StoredKey, when: &str) {
    let (kept, new) = (row("kept"), row("new"));
    assert!(redis.load(key).await.is_err(), "load, {when}");
    let replaced = redis.replace(key, &kept, &new).await;
    assert!(replaced.is_err(), "replace, {when}");
    assert!(redis.create(&new_key(), &new).await.is_err(), "{when}");
    assert!(redis.delete(key).await.is_err(), "delete, {when}");
    let scanned = redis.scan(Order::Natural, None, 10).await;
    assert!(scanned.is_err(), "scan, {when}");
    // Nor are those who are loaded together.
    let loads = (0..20).map(|_| redis.load(key));
    for loaded in join_all(loads).await {
        let error = loaded.unwrap_err().to_string();
        assert!(!error.contains(key.as_str()), "{error}");
    }
}

async fn redis_that_refuses_is_broken() {
    let server = servers::Redis::start().unwrap();
    let redis = redis_at(server.url()).await;
    let keys = hundred(&redis).await;

    server.cli(&["CONFIG", "SET", "busy-reply-threshold", "50"]);
    std::thread::scope(|scope| {
        scope.spawn(|| server.cli(&["EVAL", "for i = 1, 2e9 do end", "0"]));
        while !server.cli(&["GET", "x"]).starts_with("BUSY") {}
        let runtime = tokio::runtime::Handle::current();
        tokio::task::block_in_place(|| {
            runtime.block_on(refuses_everything(&redis, &keys[0], "BUSY"));
        });
        server.cli(&["SCRIPT", "KILL"]);
    });
    all_are_there(&redis, &keys).await;

    // A replica that has lost its primary, and may not say what it remembers.
    server.cli(&["CONFIG", "SET", "replica-serve-stale-data", "no"]);
    server.cli(&["REPLICAOF", "127.0.0.1", "1"]);
    refuses_everything(&redis, &keys[0], "MASTERDOWN").await;
    server.cli(&["CONFIG", "SET", "replica-serve-stale-data", "yes"]);
    assert!(redis.create(&new_key(), &row("x")).await.is_err());
    assert!(redis.delete(&keys[0]).await.is_err());
    let replaced = redis.replace(&keys[0], &row("kept"), &row("new")).await;
    assert!(replaced.is_err());
    server.cli(&["REPLICAOF", "NO", "ONE"]);

    server.cli(&["CONFIG", "SET", "maxmemory", "1"]);
    assert!(redis.create(&new_key(), &row("x")).await.is_err());
    let replaced = redis.replace(&keys[0], &row("kept"), &row("new")).await;
    assert!(replaced.is_err());
    all_are_there(&redis, &keys).await;
    server.cli(&["CONFIG", "SET", "maxmemory", "0"]);
    works(&redis).await;
}

async fn redis_that_loads_is_broken() {
    let mut server = servers::Redis::start().unwrap();
    let redis = redis_at(server.url()).await;
    let keys = hundred(&redis).await;
    server.start_loading();
    refuses_everything(&redis, &keys[0], "LOADING").await;
    server.cli(&["CONFIG", "SET", "key-load-delay", "0"]);
    answers(&redis).await;
    all_are_there(&redis, &keys).await;
}

async fn a_right_that_redis_takes_away_is_missed_at_once() {
    for old in [false, true] {
        let without = ["--rename-command", "PEXPIRETIME", ""];
        let server = servers::Redis::start_with(if old { &without } else { &[] }).unwrap();
        let user = "~* &* +@all";
        let all: Vec<_> =
            ["ACL", "SETUSER", "web", "on", ">pw"].into_iter().chain(user.split(' ')).collect();
        server.cli(&all);
        let redis = redis_at(format!("redis://web:pw@127.0.0.1:{}", server.port())).await;
        let keys = hundred(&redis).await;
        let (kept, new) = (row("kept"), row("new"));
        // Redis 7 without PEXPIRETIME for this user is misconfigured; where it isn't there, it is old.
        let reading: &[_] =
            if old { &["-get", "-pttl", "-time", "-evalsha"] } else { &["-get", "-pexpiretime"] };
        for right in reading {
            server.cli(&["ACL", "SETUSER", "web", right]);
            assert!(redis.load(&keys[0]).await.is_err(), "load, {right}");
            let replaced = redis.replace(&keys[0], &kept, &new).await;
            assert!(replaced.is_err(), "replace, {right}");
            let scanned = redis.scan(Order::Natural, None, 1000).await;
            assert!(scanned.is_err(), "scan, {right}");
            server.cli(&["ACL", "SETUSER", "web", &right.replace('-', "+")]);
        }
        for right in ["-set", "-evalsha"] {
            server.cli(&["ACL", "SETUSER", "web", right]);
            let replaced = redis.replace(&keys[0], &kept, &new).await;
            assert!(replaced.is_err(), "replace, {right}");
            server.cli(&["ACL", "SETUSER", "web", &right.replace('-', "+")]);
        }
        server.cli(&["ACL", "SETUSER", "web", "-del", "-set", "-scan"]);
        assert!(redis.delete(&keys[0]).await.is_err());
        assert!(redis.create(&new_key(), &new).await.is_err());
        assert!(redis.scan(Order::Natural, None, 10).await.is_err());
        server.cli(&["ACL", "SETUSER", "web", "+del", "+set", "+scan"]);
        // The keys of others, which this user may not see.
        server.cli(&["ACL", "SETUSER", "web", "resetkeys", "~other:*"]);
        assert!(redis.load(&keys[0]).await.is_err());
        server.cli(&["ACL", "SETUSER", "web", "resetkeys", "~*"]);
        all_are_there(&redis, &keys).await;
        works(&redis).await;
    }
}

async fn a_row_beyond_every_date_is_in_each_order() {
    let server = servers::Postgres::start(false).unwrap();
    let url = server.database();
    let name = url.rsplit('/').next().unwrap();
    let db = Db::connect(&url).await.unwrap();
    db.migrate().await.unwrap();
    for end in ["infinity", "infinity", "200000-01-01", "2999-01-01"] {
        let key = new_key();
        let values = format!("('{}', 'x', '{end}')", key.as_str());
        server.sql(name, &format!("INSERT INTO django_session VALUES {values}"));
    }
    for order in [Order::Natural, Order::EndsFirst, Order::EndsLast] {
        let (mut met, mut from) = (Vec::new(), None);
        loop {
            let page = db.scan(order, from.as_ref(), 1).await.unwrap();
            met.extend(page.rows.into_iter().map(|(_, row)| row.is_ok()));
            from = page.next;
            if from.is_none() {
                break;
            }
        }
        met.sort_unstable();
        assert_eq!(met, [false, false, false, true], "{order:?}");
    }
}

async fn what_is_no_row_in_redis_harms_nobody_beside_it() {
    for old in [false, true] {
        let without = ["--rename-command", "PEXPIRETIME", ""];
        let server = servers::Redis::start_with(if old { &without } else { &[] }).unwrap();
        let redis = redis_at(server.url()).await;
        let keys = hundred(&redis).await;
        let (list, bytes, ended) = (new_key(), new_key(), new_key());
        let name = |key: &StoredKey| format!("session:{}", key.as_str());
        server.cli(&["RPUSH", &name(&list), "x"]);
        let put = "redis.call('SET', KEYS[1], '\\255\\254')";
        server.cli(&["EVAL", put, "1", &name(&bytes)]);
        server.cli(&["SET", &name(&ended), "x", "PX", "1"]);
        // A name that is no text.
        server.cli(&["EVAL", "redis.call('SET', 'session:\\255', 'x')", "0"]);
        let damaged = [&list, &bytes, &ended];
        let loads = keys.iter().chain(damaged).map(|key| redis.load(key));
        let loaded = join_all(loads).await;
        for (place, loaded) in loaded.into_iter().enumerate() {
            assert_eq!(loaded.unwrap().is_some(), place < 100, "{place}");
        }
        for key in damaged {
            let replaced = redis.replace(key, &row("x"), &row("y")).await;
            assert_eq!(replaced.unwrap(), Replaced::Gone);
        }
        let mut found = Vec::new();
        let mut from = None;
        loop {
            let page = redis.scan(Order::Natural, from.as_ref(), 50).await.unwrap();
            found.extend(page.rows.into_iter().map(|(key, row)| (key, row.is_ok())));
            from = page.next;
            if from.is_none() {
                break;
            }
        }
        found.sort();
        found.dedup();
        let mut there: Vec<_> = keys.into_iter().map(|key| (key, true)).collect();
        there.extend([&list, &bytes].map(|key| (key.clone(), false)));
        there.sort();
        assert_eq!(found, there);
        for (key, there) in [(list, true), (bytes, true), (ended, false)] {
            assert_eq!(redis.delete(&key).await.unwrap(), there);
        }
        works(&redis).await;
    }
}

async fn memcached_keeps_what_is_there_when_it_refuses_a_larger_one() {
    for (limit, kept, refused) in [
        (&["-I", "512k"][..], 500_000, 525_000),
        (&[], 1_000_000, 1 << 20),
        (&["-I", "4m"], 4_000_000, 4 << 20),
    ] {
        let server = servers::Memcached::start_with(limit).unwrap();
        let memcached = Memcached::connect(&[server.address()]).await.unwrap();
        let (key, there) = (new_key(), row("kept"));
        assert!(memcached.create(&key, &there).await.unwrap());
        let large = row(&"x".repeat(refused));
        let replaced = memcached.replace(&key, &there, &large).await.unwrap_err();
        assert_eq!(replaced.kind(), ErrorKind::TooLarge, "{replaced}");
        assert!(replaced.to_string().contains("-I"), "{replaced}");
        // One that is there already, whose key somebody else draws too.
        let created = memcached.create(&key, &large).await;
        assert!(!matches!(created, Ok(true)));
        all_are_there(&memcached, std::slice::from_ref(&key)).await;
        works(&memcached).await;
        let fits = row(&"x".repeat(kept));
        let replaced = memcached.replace(&key, &there, &fits).await.unwrap();
        assert_eq!(replaced, Replaced::Done);
        assert!(memcached.load(&key).await.unwrap().unwrap().payload() == fits.payload());
    }
}

async fn memcached_that_is_full_and_throws_nothing_out_keeps_what_is_there() {
    let server = servers::Memcached::start_with(&["-M", "-m", "8"]).unwrap();
    let memcached = Memcached::connect(&[server.address()]).await.unwrap();
    let sizes = [10, 10, 4_000, 40_000, 300_000, 700_000];
    let rows = sizes.map(|size| row(&"x".repeat(size)));
    let keys = sizes.map(|_| new_key());
    for (key, row) in keys.iter().zip(&rows) {
        assert!(memcached.create(key, row).await.unwrap());
    }
    for filling in rows.iter().rev() {
        while memcached.create(&new_key(), filling).await.is_ok() {}
    }
    for (key, there) in keys.iter().zip(&rows) {
        for size in sizes {
            let new = row(&"y".repeat(size));
            let refused = memcached.replace(key, there, &new).await.unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::Unavailable, "{refused}");
            assert!(memcached.load(key).await.unwrap().as_ref() == Some(there));
        }
    }
    for key in &keys {
        memcached.delete(key).await.unwrap();
        assert_eq!(memcached.load(key).await.unwrap(), None);
    }
    works(&memcached).await;
}

async fn mysql_that_takes_only_smaller_statements_says_so_and_harms_nobody_else() {
    let server = servers::MariaDb::start(false).unwrap();
    server.sql("SET GLOBAL max_allowed_packet = 1048576");
    let address = server.database();
    let db = Db::connect(&address).await.unwrap();
    db.migrate().await.unwrap();
    let keys = hundred(&db).await;
    for size in [1_047_900, 1_048_575, 1_050_000, 3_000_000, 17_000_000, 40_000_000] {
        let large = row(&"x".repeat(size));
        let fits = size < 1_048_000;
        let others = (0..2).map(|_| async {
            for key in &keys {
                let there = db.load(key).await.unwrap();
                assert!(there.is_some_and(|there| there.payload() == "kept"));
            }
        });
        let key = new_key();
        let refused = async {
            let created = db.create(&new_key(), &large).await;
            assert!(db.create(&key, &row("kept")).await.unwrap());
            let replaced = db.replace(&key, &row("kept"), &large).await;
            if fits {
                assert_eq!(replaced.unwrap(), Replaced::Done);
                return assert!(created.unwrap());
            }
            let [created, replaced] = [created.unwrap_err(), replaced.unwrap_err()];
            for error in [created, replaced] {
                assert_eq!(error.kind(), ErrorKind::TooLarge, "{size}: {error}");
                assert!(error.to_string().contains("max_allowed_packet"), "{error}");
            }
            all_are_there(&db, std::slice::from_ref(&key)).await;
        };
        futures_util::future::join(join_all(others), refused).await;
    }
    // What it doesn't hand out any more isn't missing.
    let large = new_key();
    let size = 600_000;
    assert!(db.create(&large, &row(&"x".repeat(size))).await.unwrap());
    server.sql("SET GLOBAL max_allowed_packet = 524288");
    let db = Db::connect(&address).await.unwrap();
    let error = db.load(&large).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge, "{error}");
    all_are_there(&db, &keys).await;
    db.delete(&large).await.unwrap();
    assert_eq!(db.load(&large).await.unwrap(), None);
    works(&db).await;
}
