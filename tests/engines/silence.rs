//! Connections that something between here and a store has forgotten, and names that lead to another
//! server than before: whoever comes first is answered all the same.

use huihua::{
    Engine,
    engine::{
        Replaced, Row,
        memcached::Memcached,
        redis::{Redis, RedisAt},
    },
};
use servers::{
    Proxy,
    stores::{MEMCACHED, REDIS},
};
use time::OffsetDateTime;

use crate::restarts::{
    Restart, all_are_there, created, hundred, new_key, row, works, works_within,
};

pub(crate) const ALL: &[Restart] = &[
    Restart {
        name: "redis_whose_connection_was_forgotten_answers",
        programs: REDIS,
        run: || Box::pin(redis_whose_connection_was_forgotten_answers()),
    },
    Restart {
        name: "a_cluster_whose_connections_were_forgotten_answers",
        programs: REDIS,
        run: || Box::pin(a_cluster_whose_connections_were_forgotten_answers()),
    },
    Restart {
        name: "memcached_whose_connections_were_forgotten_answers",
        programs: MEMCACHED,
        run: || Box::pin(memcached_whose_connections_were_forgotten_answers()),
    },
    Restart {
        name: "redis_that_was_not_heard_does_it_once",
        programs: REDIS,
        run: || Box::pin(redis_that_was_not_heard_does_it_once()),
    },
    Restart {
        name: "memcached_that_was_not_heard_does_it_once",
        programs: MEMCACHED,
        run: || Box::pin(memcached_that_was_not_heard_does_it_once()),
    },
    Restart {
        name: "another_redis_behind_the_same_name_is_found",
        programs: REDIS,
        run: || Box::pin(another_redis_behind_the_same_name_is_found()),
    },
];

/// Whatever comes first after the connections were forgotten, one or many. Of so many keys in a row one is
/// free: a store that won't create twice asks for another.
async fn answers_after(forget: impl Fn(), engine: &impl Engine, tries: usize) {
    let keys = hundred(engine).await;
    let many = async || {
        let loads = keys.iter().map(|key| engine.load(key));
        for loaded in futures_util::future::join_all(loads).await {
            assert_eq!(loaded.unwrap().unwrap().payload(), "kept");
        }
    };
    // As many connections as they need are open.
    many().await;
    forget();
    all_are_there(engine, &keys).await;
    many().await;
    forget();
    many().await;
    forget();
    let key = created(engine, tries).await;
    many().await;
    forget();
    let replaced = engine.replace(&key, &row("one"), &row("two")).await;
    assert!(replaced.is_ok());
    many().await;
    forget();
    engine.delete(&key).await.unwrap();
    works_within(tries, engine).await;
}

/// The answers to what comes first are lost: it is done, and once.
pub(crate) async fn is_done_once(lose_answers: impl Fn(), engine: &impl Engine, tries: usize) {
    let (one, two) = (row("one"), row("two"));
    works(engine).await;
    lose_answers();
    let key = created(engine, tries).await;
    assert!(!engine.create(&key, &one).await.unwrap());
    lose_answers();
    assert!(!engine.create(&key, &two).await.unwrap());
    lose_answers();
    let replaced = engine.replace(&key, &one, &two).await.unwrap();
    let is_two = |there: &Row| there.payload() == "two";
    assert!(match &replaced {
        Replaced::Done => true,
        Replaced::Changed(there) => is_two(there),
        Replaced::Gone => false,
    });
    assert!(engine.load(&key).await.unwrap().is_some_and(|row| is_two(&row)));
    // Unless it is done in a second step, nobody knows who ended it: this, or somebody who logged out.
    lose_answers();
    let ended = Row::new(two.payload(), OffsetDateTime::UNIX_EPOCH);
    let done = engine.replace(&key, &two, &ended).await;
    assert!(matches!(done, Err(_) | Ok(Replaced::Done)), "{done:?}");
    lose_answers();
    engine.delete(&key).await.unwrap();
    assert_eq!(engine.load(&key).await.unwrap(), None);
}

async fn redis_that_was_not_heard_does_it_once() {
    let server = servers::Redis::start().unwrap();
    let (redis, proxy) = by_proxy(&server).await;
    is_done_once(|| proxy.lose_answers(), &redis, 2).await;
    // It isn't sent twice: the first might arrive when what the second made has ended.
    proxy.lose_answers();
    assert!(!redis.create(&new_key(), &row("one")).await.unwrap());
}

async fn memcached_that_was_not_heard_does_it_once() {
    let server = servers::Memcached::start().unwrap();
    let proxy = Proxy::to(server.port());
    let address = format!("127.0.0.1:{}", proxy.port());
    let memcached = Memcached::connect(&[address]).await.unwrap();
    is_done_once(|| proxy.lose_answers(), &memcached, 2).await;
}

async fn by_proxy(server: &servers::Redis) -> (Redis, Proxy) {
    let proxy = Proxy::to(server.port());
    let (port, instead) = (server.port().to_string(), proxy.port().to_string());
    let url = server.url().replace(&port, &instead);
    let redis = Redis::connect(RedisAt::Server { url }, "session").await;
    (redis.unwrap(), proxy)
}

async fn redis_whose_connection_was_forgotten_answers() {
    let server = servers::Redis::start().unwrap();
    let (redis, proxy) = by_proxy(&server).await;
    answers_after(|| proxy.forget(), &redis, 2).await;
}

async fn a_cluster_whose_connections_were_forgotten_answers() {
    let cluster = servers::Cluster::start().unwrap();
    let proxies = cluster.by_proxies();
    let at = RedisAt::Cluster {
        nodes: vec![format!("127.0.0.1:{}", proxies[0].port())],
        username: None,
        password: None,
    };
    let redis = Redis::connect(at, "session").await.unwrap();
    let forget = || proxies.iter().for_each(Proxy::forget);
    answers_after(forget, &redis, 3).await;
}

async fn memcached_whose_connections_were_forgotten_answers() {
    let servers = [(); 2].map(|()| servers::Memcached::start().unwrap());
    let proxies = servers.each_ref().map(|server| Proxy::to(server.port()));
    let addresses = proxies.each_ref().map(|proxy| format!("127.0.0.1:{}", proxy.port()));
    let memcached = Memcached::connect(&addresses).await.unwrap();
    let forget = || proxies.iter().for_each(Proxy::forget);
    answers_after(forget, &memcached, 3).await;
}

async fn another_redis_behind_the_same_name_is_found() {
    let (old, new) = (servers::Redis::start().unwrap(), servers::Redis::start().unwrap());
    let (redis, proxy) = by_proxy(&old).await;
    let (old_port, new_port) = (old.port().to_string(), new.port().to_string());
    new.cli(&["CONFIG", "SET", "masterauth", new.password()]);
    old.cli(&["CONFIG", "SET", "masterauth", old.password()]);
    new.cli(&["REPLICAOF", "127.0.0.1", &old_port]);
    let keys = hundred(&redis).await;
    while old.cli(&["WAIT", "1", "100"]) != "1\n" {}
    for (from, from_port, to) in [(&old, &new_port, &new), (&new, &old_port, &old)] {
        to.cli(&["REPLICAOF", "NO", "ONE"]);
        proxy.lead_to(to.port());
        // The connection there is stays open, and leads to a replica from now on.
        from.cli(&["REPLICAOF", "127.0.0.1", from_port]);
        assert!(redis.create(&new_key(), &row("new")).await.unwrap());
        all_are_there(&redis, &keys).await;
        works(&redis).await;
        while to.cli(&["WAIT", "1", "100"]) != "1\n" {}
    }
}
