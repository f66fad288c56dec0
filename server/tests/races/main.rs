//! Races of a visitor's own requests with each other, on the real site and on every store.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod ours;

use std::{process::ExitCode, sync::Arc};

use races::Race;
use servers::{
    Running, Trials,
    stores::{STORES, Store},
};

/// Runs of each race on each store.
const ROUNDS: usize = 200;

fn main() -> ExitCode {
    let running = Arc::new(Running::default());
    let mut trials = Trials::from_args();
    for store in STORES {
        for race in races::ALL {
            let name = format!("{}::{}", store.name, race.name);
            let running = running.clone();
            trials.add(name, store.programs, move || run(race, store, &running));
        }
    }
    trials.run()
}

fn run(race: &Race, store: &Store, running: &Running) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let tally = runtime.unwrap().block_on(async {
        let ours = ours::Ours::start(store, running).await;
        race.run(&ours.site, ROUNDS).await
    });
    assert!(tally.violations.is_empty(), "{tally}");
}
