//! `cargo xtask`: sets up what the site needs, builds it, serves it and tests it.
//!
//! Everything that is not in the repository (the tools that make WebAssembly, the packages of the
//! browser tests, a browser) is looked for first, and installed only where it is missing; see
//! `xtask/tools.sh`.

mod bench;
mod process;
mod repo;
mod site;
mod style;
mod test;
mod tools;
mod weight;

use std::{
    ffi::OsString,
    process::{Command, ExitCode},
};

use anyhow::Result;
use clap::Parser;

use self::tools::Toolbox;

/// Sets up, builds, serves and tests the site.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
enum Task {
    /// Install whatever `serve` and `test` would find missing, and do no more
    Setup,
    /// Build the site for production and run it
    Serve {
        /// Arguments for `huihua serve`
        #[arg(last = true, value_name = "ARGS")]
        args: Vec<OsString>,
    },
    /// Have many visitors use the built site at full speed, and check every answer
    Soak {
        /// How long and where: --minutes N --engine NAME
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<OsString>,
    },
    /// Run three servers of the built site behind nginx, on one store, as `deploy/` sets them up
    Cluster {
        /// Where sessions are, and who comes: --engine redis|postgres|cached_db --visitors N
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<OsString>,
    },
    /// Measure the built site beside others, and make `docs/benchmarks.md` of it
    Bench {
        /// Measure for minutes only, and leave out instructions and Lighthouse
        #[arg(long)]
        quick: bool,
        /// Measure only this again; may be given more than once
        #[arg(long, value_name = "NAME", value_enum)]
        only: Vec<bench::Part>,
    },
    /// Count the instructions of a request and of what it is made of, beside their limits
    Counts,
    /// Weigh what the browser fetches, beside its limits
    Weigh,
    /// Take the pictures of the pages that are in `docs/screenshots`
    Screenshots,
    /// Run the tests, all of them unless told which
    Test {
        /// The part to run
        part: Option<test::Part>,
    },
}

fn main() -> ExitCode {
    match run(Task::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<()> {
    match task {
        Task::Setup => Toolbox::with("tests").map(drop),
        Task::Serve { args } => {
            site::build(&Toolbox::with("build")?)?;
            let mut huihua = Command::new(repo::huihua());
            huihua.arg("serve").args(args).current_dir(repo::root());
            process::hand_over(huihua)
        }
        Task::Soak { args } => site::visit("soak", "build", &args),
        Task::Cluster { args } => site::visit("cluster", "cluster", &args),
        Task::Bench { quick, only } => bench::bench(quick, &only),
        Task::Counts => bench::counts(&Toolbox::with("counts")?),
        Task::Weigh => {
            site::build(&Toolbox::with("build")?)?;
            weight::weigh()
        }
        Task::Screenshots => {
            let tools = Toolbox::with("tests")?;
            site::build(&tools)?;
            site::playwright(&tools, "playwright.screenshots.config.ts")
        }
        Task::Test { part } => test::test(part),
    }
}
