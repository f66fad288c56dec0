//! How long the engine takes to load a session.

use std::time::Instant;

use huihua::{Db, Engine, key::StoredKey};
use measure::Timings;

use crate::{awake::Awake, scale::Scale, table::Table};

/// How many loads wait at the same time.
pub(crate) const AT_ONCE: [usize; 2] = [1, 16];

/// How long loads took, at each concurrency.
pub(crate) type Loads = [Timings; 2];

/// Loads sessions of every table. Tables take turns, so that what else the machine does hits all
/// of them alike.
pub(crate) async fn measure(tables: &[Table], scale: &Scale) -> Vec<Loads> {
    let _awake = Awake::keep();
    let mut engines = Vec::new();
    for table in tables {
        engines.push(table.engine().await);
    }
    let mut all: Vec<[Vec<Timings>; 2]> = tables.iter().map(|_| Default::default()).collect();
    // What is loaded has been loaded before: the tables are in memory, and connections open. A page
    // that has to come from the disk takes as long in a small table that nobody has read yet.
    for (table, db) in tables.iter().zip(&engines) {
        load_each(db.clone(), table.all_stored_keys()).await;
    }
    for _ in 0..scale.rounds {
        for ((table, db), all) in tables.iter().zip(&engines).zip(&mut all) {
            for (at_once, all) in AT_ONCE.into_iter().zip(all) {
                all.push(loads(table, db, at_once, scale.loads).await);
            }
        }
    }
    all.into_iter().map(|all| all.map(Timings::join)).collect()
}

async fn loads(table: &Table, db: &Db, at_once: usize, many: usize) -> Timings {
    let tasks: Vec<_> = (0..at_once)
        .map(|_| {
            let (db, keys) = (db.clone(), table.stored_keys(many / at_once));
            tokio::spawn(load_each(db, keys))
        })
        .collect();
    let mut all = Vec::new();
    for task in tasks {
        all.push(task.await.expect("a visitor"));
    }
    Timings::join(all)
}

async fn load_each(db: Db, keys: Vec<StoredKey>) -> Timings {
    let mut timings = Timings::default();
    for key in &keys {
        let start = Instant::now();
        let row = db.load(key).await.expect("loaded");
        timings.push(start.elapsed());
        assert!(row.is_some(), "a session that is alive");
    }
    timings
}
