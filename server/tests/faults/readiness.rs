//! Readiness of the site while its store can't keep a login.

use reqwest::{Client, StatusCode};
use servers::{Huihua, Redis, Trials, folder_with_site, stores::REDIS};
use tokio::{
    task::JoinSet,
    time::{Duration, sleep, timeout},
};

use crate::running::{block_on, program, settings};

pub(crate) fn add(trials: &mut Trials) {
    let name = "the_site_is_ready_only_while_a_login_could_be_stored";
    trials.add(name.into(), REDIS, || block_on(readiness()));
}

async fn says(client: &Client, url: &str, status: StatusCode) {
    let said = async {
        while client.get(url).send().await.unwrap().status() != status {
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(Duration::from_secs(30), said).await.unwrap();
}

async fn readiness() {
    let (server, folder) = (Redis::start().unwrap(), folder_with_site());
    let url = server.url();
    let more = [("SESSION_ENGINE", "redis"), ("SESSION_REDIS_URL", &url)];
    let site = Huihua::start(program(), &settings(&folder, folder.path(), &more), folder.path());
    let (client, url) = (Client::new(), format!("{}/readyz", site.url()));
    says(&client, &url, StatusCode::OK).await;
    for (breaks, mends) in [
        ("CONFIG SET maxmemory 1", "CONFIG SET maxmemory 0"),
        ("REPLICAOF 127.0.0.1 1", "REPLICAOF NO ONE"),
        ("ACL SETUSER default -set", "ACL SETUSER default +set"),
        ("ACL SETUSER default -del", "ACL SETUSER default +del"),
    ] {
        server.cli(&breaks.split(' ').collect::<Vec<_>>());
        says(&client, &url, StatusCode::SERVICE_UNAVAILABLE).await;
        server.cli(&mends.split(' ').collect::<Vec<_>>());
        says(&client, &url, StatusCode::OK).await;
    }

    // However many ask, it is tried once a second.
    // Where nothing could be deleted, something stayed behind.
    server.cli(&["FLUSHALL"]);
    server.cli(&["CONFIG", "RESETSTAT"]);
    let mut asking = JoinSet::new();
    for _ in 0..300 {
        asking.spawn(client.get(&url).send());
    }
    for asked in asking.join_all().await {
        assert_eq!(asked.unwrap().status(), StatusCode::OK);
    }
    let writes = server.cli(&["INFO", "commandstats"]);
    let writes = writes.lines().find_map(|line| line.strip_prefix("cmdstat_set:calls="));
    let writes = writes.map_or(0, |rest| {
        let digits = rest.split(',').next().unwrap();
        digits.parse::<u32>().unwrap()
    });
    assert!(writes < 100, "{writes} writes for 300 who asked");
    assert_eq!(server.cli(&["DBSIZE"]), "0\n", "nothing stays behind");
}
