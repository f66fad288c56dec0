//! Stores opened by their settings.

use std::sync::Arc;

use huihua::{Engine, Settings, Store};
use servers::stores::REDIS;

use crate::restarts::{Restart, all_are_there, hundred, works};

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
];

/// A user whose name and password mean something in an address.
const USER: &str = "we:b@1/%41";
const PASSWORD: &str = "p w:@/?#%41é";
const ACL: &[&str] = &[
    "ACL",
    "SETUSER",
    USER,
    "on",
    ">p w:@/?#%41é",
    "~*",
    "&*",
    "+@all",
];

async fn opened(settings: &[(&str, &str)]) -> Arc<dyn Engine> {
    let settings = Settings::read(|name| {
        let set = settings.iter().rfind(|(set, _)| *set == name);
        set.map(|(_, text)| (*text).to_owned())
    });
    let store = Store::open(&settings.unwrap()).await.unwrap();
    store.engine().unwrap().clone()
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
