//! `cargo xtask bench`, and `counts`, which is a part of it.

use std::{env, fs, process::Command, time::Instant};

use anyhow::{Result, bail, ensure};
use clap::ValueEnum;

use crate::{
    process, repo, site,
    tools::{self, Toolbox, on_path},
    weight,
};

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
    let tools = Toolbox::with(tools::bench()?)?;
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
    process::run(
        benches(&tools)
            .arg("report")
            .args(quick.then_some("--quick")),
    )?;
    ensure!(
        failed.is_empty(),
        "the report lacks what failed: {}",
        failed.join("; ")
    );
    Ok(())
}

fn measure(tools: &Toolbox, part: Part, quick: bool) -> Result<()> {
    let name = match part {
        Part::Counts => return counts(tools),
        Part::Lighthouse => {
            return site::playwright(tools, Some("playwright.lighthouse.config.ts"));
        }
        Part::Load => "load",
        Part::Growth => "growth",
        Part::Costs => "costs",
    };
    if let Part::Load = part {
        // What load is put on beside the site.
        process::run(cargo(tools, "build").args(["--package", "benches", "--bins"]))?;
        let stock = repo::root().join("benches/stock");
        let mut build = cargo(tools, "build");
        build
            .env("CARGO_TARGET_DIR", stock.join("target"))
            .current_dir(stock);
        process::run(&mut build)?;
    }
    process::run(benches(tools).arg(name).args(quick.then_some("--quick")))
}

fn benches(tools: &Toolbox) -> Command {
    let mut benches = cargo(tools, "run");
    benches.args(["--package", "benches", "--"]);
    benches
}

/// In the site's own folder, where much of it has been built for the site.
fn cargo(tools: &Toolbox, command: &str) -> Command {
    let mut cargo = tools.command("cargo");
    cargo
        .args([command, "--quiet", "--locked", "--release"])
        .env("CARGO_TARGET_DIR", repo::target())
        .current_dir(repo::root());
    cargo
}

/// Counts the instructions of a request and of what it is made of; fails if they are too many.
pub(crate) fn counts(tools: &Toolbox) -> Result<()> {
    if on_path("valgrind").is_none() {
        if env::var_os("CI").is_some() {
            bail!("there is no valgrind to count with: `cargo xtask setup` installs it");
        }
        println!("left out: there is no valgrind");
        return Ok(());
    }
    let arguments = "bench --locked --package benches --bench counts -- --save-summary=json";
    let mut bench = tools.command("cargo");
    bench.args(arguments.split(' '));
    process::run(
        bench
            .env("CARGO_TARGET_DIR", repo::target())
            .current_dir(repo::root()),
    )
}
