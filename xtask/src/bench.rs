//! `cargo xtask bench`.

use std::{ffi::OsStr, fs, path::PathBuf, process::Command, time::Instant};

use anyhow::{Context, Result, ensure};

use crate::{browser, counts, elapsed, files, process, repo, site, tools::Toolbox, weight};

/// What leaves sections of the report.
struct Part {
    name: &'static str,
    run: Run,
}

enum Run {
    /// The package and program of the same name: what is built before it, and what makes it quick.
    Program {
        needs: fn(&Toolbox) -> Result<()>,
        quick: &'static [&'static str],
    },
    /// A task of this program, which is left out of a quick run.
    Task(fn(&Toolbox) -> Result<()>),
}

const PARTS: [Part; 5] = [
    program("load", sites_beside, &["--quick"]),
    program("growth", nothing, &["--quick"]),
    program("costs", nothing, &["--sessions", "50000"]),
    task("counts", counts::check),
    task("lighthouse", lighthouse),
];

const fn program(
    name: &'static str,
    needs: fn(&Toolbox) -> Result<()>,
    quick: &'static [&'static str],
) -> Part {
    let run = Run::Program { needs, quick };
    Part { name, run }
}

const fn task(name: &'static str, run: fn(&Toolbox) -> Result<()>) -> Part {
    let run = Run::Task(run);
    Part { name, run }
}

/// What can be asked for alone.
pub(crate) fn names() -> [&'static str; PARTS.len()] {
    PARTS.each_ref().map(|part| part.name)
}

/// Builds the site, weighs it, measures it and makes the report. With `only`, the rest of the
/// report is of what earlier runs have left.
pub(crate) fn bench(quick: bool, only: &[String]) -> Result<()> {
    let tools = Toolbox::for_bench()?;
    site::build(&tools)?;
    weight::check(&tools)?;
    if only.is_empty() {
        forget()?;
    }
    // An hour's figures aren't lost because the last minute's fail.
    let mut failures = Vec::new();
    for part in PARTS.iter().filter(|part| part.is_wanted(only)) {
        if quick && only.is_empty() && matches!(part.run, Run::Task(_)) {
            println!("\n=== {}: left out of a quick run", part.name);
            continue;
        }
        println!("\n=== {}", part.name);
        let start = Instant::now();
        match part.run(&tools, quick) {
            Ok(()) => println!("=== {}: done in {}", part.name, elapsed::since(start)),
            Err(error) => failures.push((part.name, error)),
        }
    }
    println!();
    let mut report = cargo(&tools, "run", "report");
    report.arg("--").arg("--from").arg(left());
    report.arg("--to").arg(repo::root().join("docs"));
    report.args(quick.then_some("--quick"));
    process::run(&mut report)?;
    for (name, error) in &failures {
        eprintln!("{name} failed: {error:#}. `cargo xtask bench --only {name}` does it alone.");
    }
    ensure!(failures.is_empty(), "the report lacks what failed");
    Ok(())
}

impl Part {
    fn is_wanted(&self, only: &[String]) -> bool {
        only.is_empty() || only.iter().any(|name| name == self.name)
    }

    fn run(&self, tools: &Toolbox, quick: bool) -> Result<()> {
        let (needs, faster) = match self.run {
            Run::Program { needs, quick } => (needs, quick),
            Run::Task(run) => return run(tools),
        };
        needs(tools)?;
        let mut program = cargo(tools, "run", self.name);
        program.args(["--bin", self.name, "--"]);
        program.arg("--huihua").arg(repo::huihua());
        program.arg("--site").arg(repo::site());
        program.arg("--out").arg(left());
        program.args(faster.iter().filter(|_| quick));
        process::run(&mut program)
    }
}

/// Where what was found is left for the report.
fn left() -> PathBuf {
    repo::target().join("bench")
}

/// Removes what earlier runs have left: the report is of one run.
fn forget() -> Result<()> {
    if !left().exists() {
        return Ok(());
    }
    for (file, _) in files::below(&left())? {
        if file.extension() == Some(OsStr::new("json")) {
            fs::remove_file(&file).with_context(|| format!("cannot remove {}", file.display()))?;
        }
    }
    Ok(())
}

/// In the site's own folder, where much of it has been built for the site.
fn cargo(tools: &Toolbox, command: &str, package: &str) -> Command {
    let mut cargo = tools.command("cargo");
    cargo
        .args([command, "--quiet", "--locked", "--release"])
        .args(["--package", package])
        .env("CARGO_TARGET_DIR", repo::target())
        .current_dir(repo::root());
    cargo
}

fn nothing(_: &Toolbox) -> Result<()> {
    Ok(())
}

/// What load is put on beside the site: on stock tower-sessions, and on axum alone.
fn sites_beside(tools: &Toolbox) -> Result<()> {
    process::run(cargo(tools, "build", "load").arg("--bins"))?;
    let stock = repo::root().join("benches/stock");
    process::run(
        tools
            .command("cargo")
            .args(["build", "--quiet", "--locked", "--release", "--bins"])
            // It is looked for here.
            .env("CARGO_TARGET_DIR", stock.join("target"))
            .current_dir(stock),
    )
}

fn lighthouse(tools: &Toolbox) -> Result<()> {
    browser::playwright(tools, Some("playwright.lighthouse.config.ts"))
}
