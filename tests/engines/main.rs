//! The conformance suite on every engine, against real servers.
//!
//! A server whose program isn't installed fails its trials in CI; elsewhere they are left out and
//! listed at the end.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod over_http;
mod restarts;
mod running;
mod subjects;

use std::{env, process::ExitCode, sync::Arc, time::Duration};

use huihua::testing::{BEHAVIOURS, Subject};
use libtest_mimic::{Arguments, Failed, Trial};
use tokio::time::timeout;

use self::running::Running;

/// An engine under test, and the programs of the servers that it needs.
pub(crate) struct Configuration {
    name: &'static str,
    programs: &'static [&'static str],
    subject: fn(Arc<Running>) -> Arc<dyn Subject>,
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let running = Arc::new(Running::default());
    let mut trials = Trials {
        in_ci: env::var_os("CI").is_some(),
        trials: Vec::new(),
        left_out: Vec::new(),
    };
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
    for configuration in subjects::ALL {
        for race in over_http::ALL {
            let name = format!("{}::over_http::{}", configuration.name, race.name);
            let (running, run) = (running.clone(), race.run);
            let subject = configuration.subject;
            trials.add(name, configuration.programs, move || {
                block_on(run(subject(running)));
            });
        }
    }
    for restart in restarts::ALL {
        let run = restart.run;
        let name = format!("restarts::{}", restart.name);
        trials.add(name, restart.programs, move || block_on(run()));
    }
    let Trials {
        trials, left_out, ..
    } = trials;
    let conclusion = libtest_mimic::run(&arguments, trials);
    drop(running);
    if !left_out.is_empty() && !arguments.list {
        println!("Left out:\n  {}", left_out.join("\n  "));
    }
    conclusion.exit_code()
}

struct Trials {
    in_ci: bool,
    trials: Vec<Trial>,
    left_out: Vec<String>,
}

impl Trials {
    fn add(
        &mut self,
        name: String,
        programs: &[&'static str],
        run: impl FnOnce() + Send + 'static,
    ) {
        let trial = match servers::installed(programs) {
            Err(missing) if self.in_ci => {
                Trial::test(name, move || Err(Failed::from(missing.to_string())))
            }
            Err(missing) => {
                self.left_out.push(format!("{name}: {missing}"));
                Trial::test(name, || Ok(())).with_ignored_flag(true)
            }
            Ok(()) => Trial::test(name, move || {
                run();
                Ok(())
            }),
        };
        self.trials.push(trial);
    }
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
