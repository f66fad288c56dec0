use std::{env, process::ExitCode};

use libtest_mimic::{Arguments, Failed, Trial};

use crate::{Missing, installed};

/// Tests with names made at run time.
///
/// A server whose program isn't installed fails its trials in CI; elsewhere they are left out, and
/// listed at the end.
pub struct Trials {
    arguments: Arguments,
    in_ci: bool,
    trials: Vec<Trial>,
    left_out: Vec<String>,
}

impl Trials {
    /// None yet, with the arguments of this process.
    pub fn from_args() -> Self {
        Self {
            arguments: Arguments::from_args(),
            in_ci: env::var_os("CI").is_some(),
            trials: Vec::new(),
            left_out: Vec::new(),
        }
    }

    /// Runs so many at once, unless the arguments say otherwise: for trials that mostly wait.
    #[must_use]
    pub fn at_once(mut self, many: usize) -> Self {
        self.arguments.test_threads.get_or_insert(many);
        self
    }

    /// One that needs `programs`.
    pub fn add(
        &mut self,
        name: String,
        programs: &[&'static str],
        run: impl FnOnce() + Send + 'static,
    ) {
        match installed(programs) {
            Err(missing) => self.add_missing(name, missing),
            Ok(()) => self.trials.push(Trial::test(name, move || {
                run();
                Ok(())
            })),
        }
    }

    /// One that can't run.
    pub fn add_missing(&mut self, name: String, missing: Missing) {
        let trial = if self.in_ci {
            Trial::test(name, move || Err(Failed::from(missing.to_string())))
        } else {
            self.left_out.push(format!("{name}: {missing}"));
            Trial::test(name, || Ok(())).with_ignored_flag(true)
        };
        self.trials.push(trial);
    }

    /// Runs them all.
    pub fn run(self) -> ExitCode {
        let conclusion = libtest_mimic::run(&self.arguments, self.trials);
        if !self.left_out.is_empty() && !self.arguments.list {
            println!("Left out:\n  {}", self.left_out.join("\n  "));
        }
        conclusion.exit_code()
    }
}
