//! `cargo xtask`: sets up what the site needs, builds it, serves it and tests it.
//!
//! Everything that is not in the repository (the tools that make WebAssembly, the packages of the
//! browser tests, a browser) is looked for first, and installed only where it is missing; see
//! [`tools`].

mod accepted;
mod bench;
mod browser;
mod cluster;
mod counts;
mod elapsed;
mod files;
mod process;
mod repo;
mod screenshots;
mod serve;
mod site;
mod soak;
mod style;
mod test;
mod tools;
mod weight;

use std::{ffi::OsString, process::ExitCode};

use anyhow::Result;
use clap::Parser;

use self::{test::Part, tools::Toolbox};

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
        #[arg(
            trailing_var_arg = true,
            allow_hyphen_values = true,
            value_name = "ARGS"
        )]
        args: Vec<OsString>,
    },
    /// Run three servers of the built site behind nginx, on one store, as `deploy/` sets them up
    Cluster {
        /// Where sessions are, and who comes: --engine redis|postgres|cached_db --visitors N
        #[arg(
            trailing_var_arg = true,
            allow_hyphen_values = true,
            value_name = "ARGS"
        )]
        args: Vec<OsString>,
    },
    /// Measure the built site beside others, and make `docs/benchmarks.md` of it
    Bench {
        /// Measure for minutes only, and leave out instructions and Lighthouse
        #[arg(long)]
        quick: bool,
        /// Measure only this again; may be given more than once
        #[arg(long, value_name = "NAME", value_parser = bench::names())]
        only: Vec<String>,
    },
    /// Count the instructions of a request and of what it is made of, beside the accepted numbers
    Counts {
        /// Accept what is counted, instead of comparing
        #[arg(long)]
        accept: bool,
    },
    /// Weigh what the browser fetches, beside the accepted numbers
    Weigh {
        /// Accept what it weighs, instead of comparing
        #[arg(long)]
        accept: bool,
    },
    /// Take the pictures of the pages that are in `docs/screenshots`
    Screenshots,
    /// Run the tests, all of them unless told which
    Test {
        /// The part to run
        part: Option<Part>,
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
        Task::Setup => Toolbox::for_tests().map(drop),
        Task::Serve { args } => serve::serve(&args),
        Task::Bench { quick, only } => bench::bench(quick, &only),
        Task::Weigh { accept } => weight::weigh(accept),
        Task::Counts { accept } => counts::counts(accept),
        Task::Cluster { args } => cluster::cluster(&args),
        Task::Screenshots => screenshots::screenshots(),
        Task::Soak { args } => soak::soak(&args),
        Task::Test { part } => test::test(part),
    }
}
