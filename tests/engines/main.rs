//! The conformance suite on every engine, against real servers.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod clearing;
mod files;
mod restarts;
mod subjects;

use std::{process::ExitCode, sync::Arc, time::Duration};

use huihua::testing::{BEHAVIOURS, Subject};
use servers::{Running, Trials, stores::POSTGRES};
use tokio::time::timeout;

/// An engine under test, and the programs of the servers that it needs.
pub(crate) struct Configuration {
    name: &'static str,
    programs: &'static [&'static str],
    subject: fn(Arc<Running>) -> Arc<dyn Subject>,
}

fn main() -> ExitCode {
    let running = Arc::new(Running::default());
    let mut trials = Trials::from_args();
    for configuration in subjects::ALL {
        for behaviour in BEHAVIOURS {
            let name = format!("{}::{}", configuration.name, behaviour.name);
            let (running, behaviour) = (running.clone(), *behaviour);
            let subject = configuration.subject;
            trials.add(name, configuration.programs, move || {
                block_on((behaviour.run)(subject(running)));
            });
        }
    }
    for (module, tests) in [("restarts", restarts::ALL), ("files", files::ALL)] {
        for test in tests {
            let run = test.run;
            let name = format!("{module}::{}", test.name);
            trials.add(name, test.programs, move || block_on(run()));
        }
    }
    trials.add(
        "clearing::never_reads_the_whole_table_on_postgres".to_owned(),
        POSTGRES,
        || {
            block_on(clearing::never_reads_the_whole_table_on_postgres());
        },
    );
    trials.run()
}

/// So long a behaviour takes only if somebody waits for ever.
const TOO_LONG: Duration = Duration::from_secs(120);

fn block_on(future: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let done = runtime
        .unwrap()
        .block_on(async { timeout(TOO_LONG, future).await });
    done.unwrap();
}
