//! The conformance suite on every engine, against real servers.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod caches;
mod clearing;
mod connections;
mod django_caches;
mod files;
mod fixtures;
mod refusals;
mod restarts;
mod silence;
mod starts;

use std::{process::ExitCode, sync::Arc, time::Duration};

use huihua::testing::{BEHAVIOURS, Fixture, wait_longer};
use servers::{Running, Trials, stores::POSTGRES};
use tokio::time::timeout;

/// An engine under test, and the programs of the servers that it needs.
pub(crate) struct Configuration {
    name: &'static str,
    programs: &'static [&'static str],
    fixture: fn(Arc<Running>) -> Arc<dyn Fixture>,
}

fn main() -> ExitCode {
    let running = Arc::new(Running::default());
    let mut trials = Trials::from_args();
    for configuration in fixtures::ALL {
        for behaviour in BEHAVIOURS {
            let name = format!("{}::{}", configuration.name, behaviour.name);
            let (running, behaviour) = (running.clone(), *behaviour);
            let fixture = configuration.fixture;
            trials.add(name, configuration.programs, move || {
                with_long_timeouts((behaviour.run)(fixture(running)));
            });
        }
    }
    for (place, all) in [
        ("restarts", restarts::ALL),
        ("connections", connections::ALL),
        ("caches", caches::ALL),
        ("django_caches", django_caches::ALL),
        ("files", files::ALL),
        ("refusals", refusals::ALL),
        ("silence", silence::ALL),
        ("starts", starts::ALL),
    ] {
        for restart in all {
            let run = restart.run;
            let name = format!("{place}::{}", restart.name);
            trials.add(name, restart.programs, move || match place {
                "connections" | "silence" => block_on(1, run()),
                _ => with_long_timeouts(run()),
            });
        }
    }
    trials.add("clearing::never_reads_the_whole_table_on_postgres".to_owned(), POSTGRES, || {
        with_long_timeouts(clearing::never_reads_the_whole_table_on_postgres());
    });
    trials.run()
}

/// So long a behaviour takes only if somebody waits for ever.
const TOO_LONG: Duration = Duration::from_secs(120);

/// Engines wait so many times longer for their stores than they would, on a machine that may be busy
/// with others.
const LONGER: u32 = 30;

/// Runs what isn't about how long an engine waits for its store.
fn with_long_timeouts(future: impl Future<Output = ()>) {
    block_on(LONGER, future);
}

fn block_on(longer: u32, future: impl Future<Output = ()>) {
    wait_longer(longer);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .on_thread_start(move || wait_longer(longer))
        .enable_all()
        .build();
    let done = runtime.unwrap().block_on(async { timeout(TOO_LONG, future).await });
    done.unwrap();
}
