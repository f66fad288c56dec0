//! A store that is killed, or hangs, under fifty requests a second, and comes back.

use servers::{
    Cluster, Huihua, MariaDb, Memcached, Postgres, Redis, Sentinels, Server, Trials,
    folder_with_site,
    stores::{MARIADB, MEMCACHED, POSTGRES, REDIS},
};
use visitors::Crowd;

use crate::running::{block_on, log_is_fit_to_read, nothing_was_wrong, program, settings, until};

const A_SECOND: u32 = 50;
/// More than wait at once, if each waits two seconds.
const VISITORS: usize = 300;
const STORE_FAILED: &str = "the session store is broken";

pub(crate) fn add(trials: &mut Trials) {
    for (name, programs, start) in [
        ("postgres", POSTGRES, postgres as fn() -> Outage),
        ("mariadb", MARIADB, mariadb),
        ("redis", REDIS, redis),
        ("memcached", MEMCACHED, memcached),
        ("cached_db_on_postgres", POSTGRES, cached_on_postgres),
        ("cached_db_in_redis", REDIS, cached_in_redis),
    ] {
        let killed = format!("promise_7_{name}_is_killed_under_load");
        trials.add(killed.clone(), programs, move || {
            block_on(start().under_load(
                &killed,
                |server| server.kill(),
                |server| server.start_again(),
            ));
        });
        let hangs = format!("promise_7_{name}_hangs_under_load");
        trials.add(hangs.clone(), programs, move || {
            block_on(start().under_load(&hangs, |server| server.freeze(), |server| server.thaw()));
        });
    }
    trials.add("sentinels_name_another_master_under_load".into(), REDIS, || block_on(sentinels()));
    trials.add("a_cluster_loses_a_primary_under_load".into(), REDIS, || {
        block_on(cluster());
    });
}

struct Outage {
    server: Box<dyn Server>,
    settings: Vec<(&'static str, String)>,
    /// `true`: what was acknowledged may be lost.
    forgets: bool,
    /// `true`: visitors notice.
    is_seen: bool,
}

fn postgres() -> Outage {
    let server = Postgres::start(true).unwrap();
    let url = server.database();
    Outage::of(server, "db", "DATABASE_URL", url)
}

fn mariadb() -> Outage {
    let server = MariaDb::start(true).unwrap();
    let url = server.database();
    Outage::of(server, "db", "DATABASE_URL", url)
}

fn redis() -> Outage {
    let server = Redis::start().unwrap();
    let url = server.url();
    Outage::of(server, "redis", "SESSION_REDIS_URL", url)
}

fn memcached() -> Outage {
    let server = Memcached::start().unwrap();
    let address = server.address();
    let mut outage = Outage::of(server, "memcached", "SESSION_MEMCACHED_SERVERS", address);
    outage.forgets = true;
    outage
}

fn cached_on_postgres() -> Outage {
    let mut outage = postgres();
    outage.settings.push(("SESSION_ENGINE", "cached_db".into()));
    outage
}

fn cached_in_redis() -> Outage {
    let mut outage = redis();
    outage.settings.push(("SESSION_ENGINE", "cached_db".into()));
    outage.settings.push(("SESSION_CACHE", "redis".into()));
    outage.is_seen = false;
    outage
}

impl Outage {
    fn of(
        server: impl Server + 'static,
        engine: &str,
        setting: &'static str,
        address: String,
    ) -> Self {
        Self {
            server: Box::new(server),
            settings: vec![("SESSION_ENGINE", engine.into()), (setting, address)],
            forgets: false,
            is_seen: true,
        }
    }

    async fn under_load(
        mut self,
        name: &str,
        begins: fn(&mut dyn Server),
        ends: fn(&mut dyn Server),
    ) {
        let folder = folder_with_site();
        let more: Vec<_> =
            self.settings.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let settings = settings(&folder, folder.path(), &more);
        let site = Huihua::start(program(), &settings, folder.path());
        let crowd = if self.forgets {
            Crowd::of_a_store_that_forgets(site.url(), VISITORS).unwrap()
        } else {
            Crowd::new(site.url(), VISITORS).unwrap()
        };
        let (strolling, tally) = (crowd.clone(), crowd.tally());
        let strolling = tokio::spawn(async move { strolling.stroll(A_SECOND).await });
        until("fifty writes", tally, |tally| tally.acknowledgements() >= 50).await;
        for round in 1..=2 {
            let (seen, answered) = (tally.unavailables(), tally.answers());
            begins(&mut *self.server);
            if self.is_seen {
                until("503", tally, |tally| tally.unavailables() >= seen + 50).await
            } else {
                until("answers", tally, |tally| tally.answers() >= answered + 150).await
            }
            ends(&mut *self.server);
            let (written, answered) = (tally.acknowledgements(), tally.answers());
            until("its return", tally, |tally| {
                tally.acknowledgements() >= written + 20 && tally.answers() >= answered + 100
            })
            .await;
            nothing_was_wrong(&crowd);
            println!(
                "{name}, round {round}: {} answered, {} writes acknowledged, {} lost, {} answered \
                 503, {} not answered, the slowest took {:?}",
                tally.answers(),
                tally.acknowledgements(),
                tally.losses(),
                tally.unavailables(),
                tally.breaks(),
                tally.longest(),
            );
        }
        crowd.go_home();
        strolling.await.unwrap();
        crowd.check_all().await;
        nothing_was_wrong(&crowd);
        assert_eq!(tally.breaks(), 0, "the site itself was always there");
        assert_eq!(tally.unavailables() > 0, self.is_seen);
        let says = if self.is_seen { STORE_FAILED } else { "the cache failed" };
        log_is_fit_to_read(&site, &crowd, says);
    }
}

async fn sentinels() {
    let mut servers = Sentinels::start().unwrap();
    let nodes = servers.nodes().join(",");
    let more = [
        ("SESSION_REDIS_SENTINELS", nodes.as_str()),
        ("SESSION_REDIS_PASSWORD", servers.password()),
    ];
    failover("sentinels", &more, || servers.kill_the_master()).await;
}

async fn cluster() {
    let mut servers = Cluster::start().unwrap();
    let nodes = servers.nodes().join(",");
    failover("cluster", &[("SESSION_REDIS_CLUSTER", &nodes)], || {
        servers.kill_a_primary();
    })
    .await;
}

/// Redis copies to replicas after it has acknowledged, so what was written last may be lost.
async fn failover(name: &str, more: &[(&str, &str)], kill: impl FnOnce()) {
    let folder = folder_with_site();
    let more = [&[("SESSION_ENGINE", "redis")], more].concat();
    let settings = settings(&folder, folder.path(), &more);
    let site = Huihua::start(program(), &settings, folder.path());
    let crowd = Crowd::of_a_store_that_forgets(site.url(), VISITORS).unwrap();
    let (strolling, tally) = (crowd.clone(), crowd.tally());
    let strolling = tokio::spawn(async move { strolling.stroll(A_SECOND).await });
    until("fifty writes", tally, |tally| tally.acknowledgements() >= 50).await;
    kill();
    until("503", tally, |tally| tally.unavailables() >= 1).await;
    // Whoever takes its place serves everything that it did: a hundred answers in a row.
    let mut unavailables = 0;
    while unavailables != tally.unavailables() {
        unavailables = tally.unavailables();
        let answered = tally.answers();
        until("its successor", tally, |tally| tally.answers() >= answered + 100).await;
    }
    crowd.go_home();
    strolling.await.unwrap();
    crowd.check_all().await;
    nothing_was_wrong(&crowd);
    assert_eq!(tally.breaks(), 0, "the site itself was always there");
    println!(
        "{name}: {} answered, {} writes acknowledged, {} lost, {} answered 503, the slowest took \
         {:?}",
        tally.answers(),
        tally.acknowledgements(),
        tally.losses(),
        tally.unavailables(),
        tally.longest(),
    );
    log_is_fit_to_read(&site, &crowd, STORE_FAILED);
}
