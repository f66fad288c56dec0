//! Stores opened by their settings.

use std::{sync::Arc, time::Duration as Wait};

use huihua::{Engine, Settings, Store, settings::SettingError};
use servers::{
    Server,
    stores::{MEMCACHED, REDIS},
};
use tokio::time::{sleep, timeout};

use crate::restarts::{Restart, all_are_there, hundred, new_key, row, works};

pub(crate) const ALL: &[Restart] = &[
    Restart {
        name: "redis_by_ipv6_and_as_an_acl_user",
        programs: REDIS,
        run: || Box::pin(redis_by_ipv6_and_as_an_acl_user()),
    },
    Restart {
        name: "a_cluster_as_an_acl_user",
        programs: REDIS,
        run: || Box::pin(a_cluster_as_an_acl_user()),
    },
    Restart {
        name: "sentinels_as_an_acl_user",
        programs: REDIS,
        run: || Box::pin(sentinels_as_an_acl_user()),
    },
    Restart {
        name: "a_cache_in_redis_that_is_down_at_first_is_used_when_it_is_back",
        programs: REDIS,
        run: || Box::pin(a_cache_in_redis_that_is_down_at_first_is_used_when_it_is_back()),
    },
    Restart {
        name: "a_cache_in_memcached_that_is_down_at_first_is_used_when_it_is_back",
        programs: MEMCACHED,
        run: || Box::pin(a_cache_in_memcached_that_is_down_at_first_is_used_when_it_is_back()),
    },
    Restart {
        name: "one_of_two_memcacheds_is_down_at_first",
        programs: MEMCACHED,
        run: || Box::pin(one_of_two_memcacheds_is_down_at_first()),
    },
    Restart {
        name: "what_has_to_answer_at_first_does",
        programs: &[],
        run: || Box::pin(what_has_to_answer_at_first_does()),
    },
];

/// A user whose name and password mean something in an address.
const USER: &str = "we:b@1/%41";
const PASSWORD: &str = "p w:@/?#%41é";
const ACL: &[&str] = &["ACL", "SETUSER", USER, "on", ">p w:@/?#%41é", "~*", "&*", "+@all"];

async fn opened(settings: &[(&str, &str)]) -> Arc<dyn Engine> {
    let store = open(settings).await.unwrap();
    store.engine().unwrap().clone()
}

async fn open(settings: &[(&str, &str)]) -> Result<Store, SettingError> {
    let settings = Settings::read(|name| {
        let set = settings.iter().rfind(|(set, _)| *set == name);
        set.map(|(_, text)| (*text).to_owned())
    });
    Store::open(&settings?).await
}

async fn redis_by_ipv6_and_as_an_acl_user() {
    let with = ["--bind", "127.0.0.1", "::1"];
    let server = servers::Redis::start_with(&with).unwrap();
    server.cli(ACL);
    let port = server.port().to_string();
    let dict = |name: &str| {
        serde_json::json!({ "host": "::1", "port": server.port(), name: USER, "password": PASSWORD })
            .to_string()
    };
    let socket = server.socket();
    for settings in [
        &[
            ("SESSION_REDIS_HOST", "::1"),
            ("SESSION_REDIS_PORT", port.as_str()),
            ("SESSION_REDIS_USER", USER),
            ("SESSION_REDIS_PASSWORD", PASSWORD),
        ][..],
        &[
            ("SESSION_REDIS_HOST", "[::1]"),
            ("SESSION_REDIS_PORT", &port),
            ("SESSION_REDIS_USER", USER),
            ("SESSION_REDIS_PASSWORD", PASSWORD),
        ],
        &[
            ("SESSION_REDIS_HOST", &socket),
            ("SESSION_REDIS_USER", USER),
            ("SESSION_REDIS_PASSWORD", PASSWORD),
        ],
        &[("SESSION_REDIS", &dict("username"))],
        &[("SESSION_REDIS", &dict("user"))],
    ] {
        let settings = [settings, &[("SESSION_ENGINE", "redis")]].concat();
        let engine = opened(&settings).await;
        works(&engine).await;
        let clients = server.cli(&["CLIENT", "LIST"]);
        assert!(clients.contains(&format!("user={USER}")), "{clients}");
    }
}

async fn a_cluster_as_an_acl_user() {
    let cluster = servers::Cluster::start().unwrap();
    cluster.cli(ACL);
    cluster.cli(&["ACL", "SETUSER", "default", "-@write", "-evalsha"]);
    let engine = opened(&[
        ("SESSION_ENGINE", "redis"),
        ("SESSION_REDIS_CLUSTER", &cluster.nodes().join(",")),
        ("SESSION_REDIS_USER", USER),
        ("SESSION_REDIS_PASSWORD", PASSWORD),
    ])
    .await;
    all_are_there(&engine, &hundred(&engine).await).await;
    works(&engine).await;
}

async fn sentinels_as_an_acl_user() {
    let servers = servers::Sentinels::start().unwrap();
    servers.cli(ACL);
    let engine = opened(&[
        ("SESSION_ENGINE", "redis"),
        ("SESSION_REDIS_SENTINELS", &servers.nodes().join(",")),
        ("SESSION_REDIS_USER", USER),
        ("SESSION_REDIS_PASSWORD", PASSWORD),
    ])
    .await;
    works(&engine).await;
    let clients = servers.cli(&["CLIENT", "LIST"]);
    assert!(clients.contains(&format!("user={USER}")), "{clients}");
}

async fn a_cache_in_redis_that_is_down_at_first_is_used_when_it_is_back() {
    let mut server = servers::Redis::start().unwrap();
    let url = server.url();
    let settings = [("SESSION_CACHE", "redis"), ("SESSION_REDIS_URL", &url)];
    is_used_when_it_is_back(&mut server, &settings).await;
}

async fn a_cache_in_memcached_that_is_down_at_first_is_used_when_it_is_back() {
    let mut server = servers::Memcached::start().unwrap();
    let address = server.address();
    let settings = [("SESSION_CACHE", "memcached"), ("SESSION_MEMCACHED_SERVERS", &address)];
    is_used_when_it_is_back(&mut server, &settings).await;
}

async fn is_used_when_it_is_back(server: &mut impl Server, settings: &[(&str, &str)]) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("test.sqlite3").display());
    let cached = [
        ("SESSION_ENGINE", "cached_db"),
        ("SESSION_CACHE_TTL", "1"),
        ("DATABASE_URL", url.as_str()),
    ];
    server.kill();
    let engine = opened(&[&cached, settings].concat()).await;
    let keys = hundred(&engine).await;
    all_are_there(&engine, &keys).await;
    works(&engine).await;
    server.start_again();
    let used = async {
        while engine.inspected().unwrap().metrics().cache.unwrap().hits == 0 {
            assert!(engine.load(&keys[0]).await.unwrap().is_some());
            sleep(Wait::from_millis(20)).await;
        }
    };
    timeout(Wait::from_secs(30), used).await.unwrap();
    works(&engine).await;
}

async fn one_of_two_memcacheds_is_down_at_first() {
    let mut servers = [(); 2].map(|()| servers::Memcached::start().unwrap());
    // The other one's name isn't known anywhere, as in a cluster of containers.
    let mut addresses = servers.each_ref().map(servers::Memcached::address);
    servers[0].kill();
    for nowhere in [false, true] {
        if nowhere {
            addresses[0] = "memcached.invalid:11211".into();
        }
        let engine = opened(&[
            ("SESSION_ENGINE", "memcached"),
            ("SESSION_MEMCACHED_SERVERS", &addresses.join(",")),
        ])
        .await;
        let mut made = 0;
        for _ in 0..100 {
            let created = engine.create(&new_key(), &row("x")).await;
            made += usize::from(created.is_ok());
        }
        assert!((1..100).contains(&made), "{made} of 100");
        if !nowhere {
            servers[0].start_again();
            all_are_there(&engine, &hundred(&engine).await).await;
            servers[0].kill();
        }
    }
}

async fn what_has_to_answer_at_first_does() {
    let nobody = format!("127.0.0.1:{}", servers::free_port());
    let url = format!("redis://{nobody}");
    let in_redis = [("SESSION_ENGINE", "redis"), ("SESSION_REDIS_URL", url.as_str())];
    let in_memcached =
        [("SESSION_ENGINE", "memcached"), ("SESSION_MEMCACHED_SERVERS", nobody.as_str())];
    // What can't be an address is refused also where nobody has to answer.
    let cached_nowhere = [("SESSION_CACHE", "redis"), ("SESSION_REDIS_URL", "nowhere")];
    let cached_there = [("SESSION_CACHE", "memcached"), ("SESSION_MEMCACHED_SERVERS", "::1:x")];
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("test.sqlite3").display());
    for (settings, named) in [
        (&in_redis, "SESSION_REDIS_URL"),
        (&in_memcached, "SESSION_MEMCACHED_SERVERS"),
        (&cached_nowhere, "SESSION_REDIS_URL"),
        (&cached_there, "SESSION_MEMCACHED_SERVERS"),
    ] {
        let cached = [("SESSION_ENGINE", "cached_db"), ("DATABASE_URL", &database)];
        let error = open(&[&cached, &settings[..]].concat()).await.unwrap_err();
        assert!(error.to_string().starts_with(named), "{error}");
    }
}
