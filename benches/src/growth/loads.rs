//! The time to load a session: by the engine, and by a request to a running site.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use huihua::{Db, Engine, key::StoredKey};
use tokio::{
    process::{Child, Command},
    task::JoinSet,
};

use super::{scale::Scale, table::Table};
use crate::{
    client::Client,
    program::{Site, cores},
};

/// Loads that wait at the same time.
pub(super) const AT_ONCE: [usize; 2] = [1, 16];

/// Loads sessions of every table, at each concurrency. Tables take turns, so that what else the machine
/// does hits all of them alike.
pub(super) async fn by_engine(tables: &[Table], scale: &Scale) -> Result<Vec<[Vec<Duration>; 2]>> {
    let _awake = keep_awake()?;
    let mut all: Vec<(Db, [Vec<Duration>; 2])> = Vec::new();
    for table in tables {
        let db = Db::connect(&table.url).await?;
        // Nearly all that is loaded has been loaded before: the tables are in memory, and connections open. A page
        // that has to come from the disk takes as long in a small table that nobody has read yet.
        load_each(db.clone(), table.any_keys(300_000)).await;
        all.push((db, Default::default()));
    }
    for _ in 0..scale.rounds {
        for (table, (db, timings)) in tables.iter().zip(&mut all) {
            for (at_once, timings) in AT_ONCE.into_iter().zip(timings) {
                let keys = (0..at_once).map(|_| table.any_keys(scale.loads / at_once));
                let visitors: JoinSet<_> = keys.map(|keys| load_each(db.clone(), keys)).collect();
                timings.extend(visitors.join_all().await.concat());
            }
        }
    }
    Ok(all.into_iter().map(|(_, timings)| timings).collect())
}

async fn load_each(db: Db, keys: Vec<StoredKey>) -> Vec<Duration> {
    let mut timings = Vec::new();
    for key in &keys {
        let start = Instant::now();
        let row = db.load(key).await.expect("loaded");
        timings.push(start.elapsed());
        assert!(row.is_some(), "a session that is alive");
    }
    timings
}

/// Asks a site for sessions of a table, as often whatever the table's size: a tenth of them one by one.
/// Answers how long that took at each concurrency, and the site's memory before and after.
pub(super) async fn by_site(
    table: &Table,
    scale: &Scale,
) -> Result<([Vec<Duration>; 2], [u64; 2])> {
    let settings = [("DATABASE_URL", &*table.url), ("SESSION_HASH_KEYS", "false")];
    let site = Site::start(&settings)?;
    let at_start = site.memory()?;
    let mut all = <[Vec<Duration>; 2]>::default();
    let shares = [scale.requests / 10, scale.requests - scale.requests / 10];
    for ((timings, at_once), share) in all.iter_mut().zip(AT_ONCE).zip(shares) {
        let mut visitors = JoinSet::new();
        for _ in 0..at_once {
            let keys = table.any_keys(share / at_once);
            let client = Client::new(site.huihua.url());
            visitors.spawn_blocking(move || visit_each(&client, &keys));
        }
        *timings = visitors.join_all().await.concat();
    }
    Ok((all, [at_start, site.memory()?]))
}

/// Asks for the session alone, no page.
fn visit_each(client: &Client, keys: &[StoredKey]) -> Vec<Duration> {
    let mut timings = Vec::new();
    for key in keys {
        let cookie = format!("sessionid={}", key.as_str());
        let start = Instant::now();
        let session = client.get("/session/", &cookie).expect("an answer").text;
        timings.push(start.elapsed());
        assert!(session.contains("小明"), "not the session: {session}");
    }
    timings
}

/// Keeps every processor busy with programs that give way to everything else, until they are dropped.
///
/// One that has nothing to do falls asleep, and takes longer to wake up than a load takes: about 75 µs
/// of a virtual one. Whether it does so between a question and its answer changes from one moment to the
/// next, and says nothing of the table.
fn keep_awake() -> Result<Vec<Child>> {
    // Ends with whoever started it, however that ends.
    let spin = "while kill -0 $PPID 2>&-; do :; done";
    let mut command = Command::new("chrt");
    command.args(["--idle", "0", "sh", "-c", spin]).kill_on_drop(true);
    let spinning: Result<_, _> = (0..cores()).map(|_| command.spawn()).collect();
    spinning.context("chrt, which is in Debian's util-linux")
}
