//! `cargo xtask test`.

use std::time::Instant;

use anyhow::{Context, Result};
use clap::ValueEnum;

use crate::{browser, counts, elapsed, process, repo, site, style, tools::Toolbox, weight};

/// A part of the tests.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// The rules of the repository, which need nothing compiled: lines, imports, names, links
    Style,
    /// What the workspace is made of: licences, sources, duplicates
    Dependencies,
    /// The Rust tests: they need no browser and no WebAssembly
    Unit,
    /// The instructions that a request takes
    Counts,
    /// The built site: its size, and its tests in a browser
    Browser,
}

/// One thing that can pass or fail.
struct Step {
    part: Part,
    name: &'static str,
    run: fn(&Toolbox) -> Result<()>,
}

const STEPS: [Step; 8] = [
    Step {
        part: Part::Style,
        name: "style",
        run: |_| style::check(),
    },
    Step {
        part: Part::Dependencies,
        name: "licences, sources and duplicates of the dependencies",
        run: dependencies,
    },
    Step {
        part: Part::Unit,
        name: "Rust tests",
        run: rust,
    },
    Step {
        part: Part::Browser,
        name: "build of the site",
        run: site::build,
    },
    Step {
        part: Part::Browser,
        name: "size of the site",
        run: weight::check,
    },
    // After the build of the site, which it has most in common with.
    Step {
        part: Part::Counts,
        name: "instructions",
        run: counts::check,
    },
    Step {
        part: Part::Browser,
        name: "types of the browser tests",
        run: browser::types,
    },
    Step {
        part: Part::Browser,
        name: "browser tests",
        run: in_browser,
    },
];

/// Runs the tests of `part`, or all of them, up to the first that fails.
pub(crate) fn test(part: Option<Part>) -> Result<()> {
    let start = Instant::now();
    let tools = match part {
        Some(Part::Style) => Toolbox::default(),
        Some(Part::Dependencies) => Toolbox::for_dependencies()?,
        Some(Part::Unit) => Toolbox::for_rust_tests()?,
        Some(Part::Counts) => Toolbox::for_counts()?,
        Some(Part::Browser) | None => Toolbox::for_tests()?,
    };
    let steps: Vec<_> = STEPS
        .iter()
        .filter(|step| part.is_none_or(|part| part == step.part))
        .collect();

    for (index, step) in steps.iter().enumerate() {
        let number = format!("{} of {}", index + 1, steps.len());
        println!("\n=== {number}: {}", step.name);
        let step_start = Instant::now();
        (step.run)(&tools).with_context(|| format!("step {number} failed: {}", step.name))?;
        println!("=== {number}: passed in {}", elapsed::since(step_start));
    }

    let names: Vec<_> = steps.iter().map(|step| step.name).collect();
    println!(
        "\nPassed in {}: {}.",
        elapsed::since(start),
        names.join(", ")
    );
    Ok(())
}

/// What `deny.toml` asks. Once everything is fetched it needs no network; known vulnerabilities are
/// listed in a database that does, so they are left to `cargo deny check advisories`.
fn dependencies(tools: &Toolbox) -> Result<()> {
    let root = repo::root();
    process::run(
        tools
            .command("cargo")
            .args(["fetch", "--locked", "--quiet"])
            .current_dir(&root),
    )?;
    process::run(
        tools
            .command("cargo-deny")
            .args(["--offline", "--workspace", "--all-features", "check"])
            .args(["bans", "licenses", "sources"])
            .current_dir(&root),
    )
}

/// Every engine and its suite.
const FEATURES: &str = "app/ssr,huihua/full,huihua/testing";

fn rust(tools: &Toolbox) -> Result<()> {
    // One call for all packages compiles every dependency once; the pages exist only with `ssr`.
    process::run(
        tools
            .command("cargo")
            .args(["test", "--workspace", "--features", FEATURES])
            .current_dir(repo::root()),
    )
}

fn in_browser(tools: &Toolbox) -> Result<()> {
    // Databases and caches for the tests beside Django.
    process::run(
        tools
            .command("cargo")
            .args(["build", "--package", "servers"])
            .current_dir(repo::root()),
    )?;
    browser::playwright(tools, None)
}
