//! `cargo xtask bench`, and `counts`, which is a part of it.

use std::{env, fs, time::Instant};

use anyhow::{Result, ensure};
use clap::ValueEnum;

use crate::{process, repo, site, tools::Toolbox, weight};

/// A part of the report that can be measured alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    Load,
    Growth,
    Costs,
    Counts,
    Lighthouse,
}

/// Builds the site, weighs it, measures it and makes the report. With `only`, the rest of the
/// report is of what earlier runs have left.
pub(crate) fn bench(quick: bool, only: &[Part]) -> Result<()> {
    let tools = Toolbox::with("bench")?;
    site::build(&tools)?;
    weight::weigh()?;
    let left = repo::target().join("bench");
    if only.is_empty() && left.exists() {
        fs::remove_dir_all(&left)?;
    }
    let parts = Part::value_variants().iter().filter(|part| match only {
        [] => !(quick && matches!(part, Part::Counts | Part::Lighthouse)),
        only => only.contains(part),
    });
    // An hour's figures aren't lost because the last minute's fail.
    let mut failed = Vec::new();
    for part in parts {
        println!("\n=== {part:?}");
        let start = Instant::now();
        match measure(&tools, *part, quick) {
            Ok(()) => println!("=== {part:?}: done in {}", process::since(start)),
            Err(error) => failed.push(format!("{part:?}: {error:#}")),
        }
    }
    benches(&tools, "report", quick)?;
    let failed = failed.join("; ");
    ensure!(failed.is_empty(), "the report lacks what failed: {failed}");
    Ok(())
}

fn measure(tools: &Toolbox, part: Part, quick: bool) -> Result<()> {
    match part {
        Part::Load => {
            // What load is put on beside the site.
            let bins = "cargo build --quiet --locked --release --package benches --bins";
            tools.run(bins)?;
            let stock = repo::root().join("benches/stock");
            let mut build = tools.command("cargo build --quiet --locked --release");
            build.env("CARGO_TARGET_DIR", stock.join("target"));
            process::run(build.current_dir(stock))?;
            benches(tools, "load", quick)
        }
        Part::Growth => benches(tools, "growth", quick),
        Part::Costs => benches(tools, "costs", quick),
        Part::Counts => counts(tools),
        Part::Lighthouse => site::playwright(tools, "playwright.lighthouse.config.ts"),
    }
}

fn benches(tools: &Toolbox, part: &str, quick: bool) -> Result<()> {
    let run = "cargo run --quiet --locked --release --package benches --";
    let quick = if quick { " --quick" } else { "" };
    tools.run(&format!("{run} {part}{quick}"))
}

/// Counts the instructions of a request and of what it is made of; fails if they are too many.
pub(crate) fn counts(tools: &Toolbox) -> Result<()> {
    if tools.command("valgrind --version").output().is_err() {
        let is_ci = env::var_os("CI").is_some();
        ensure!(!is_ci, "there is no valgrind: `cargo xtask setup` installs it");
        println!("left out: there is no valgrind");
        return Ok(());
    }
    tools.run("cargo bench --locked --package benches --bench counts -- --save-summary=json")
}
