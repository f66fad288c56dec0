//! `cargo xtask test`.

use std::{fs, time::Instant};

use anyhow::{Context, Result};
use clap::ValueEnum;

use crate::{bench, process, repo, site, style, tools::Toolbox, weight};

/// A part of the tests.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// The rules of the repository, which need nothing compiled: lines, imports, names, links
    Style,
    /// What the workspace is made of: licences, sources, duplicates
    Dependencies,
    /// The Rust tests: they need no browser and no WebAssembly
    Unit,
    /// Programs as people have them on tower-sessions, and both of its versions
    Adoption,
    /// The instructions that a request takes
    Counts,
    /// The built site: its size, and its tests in a browser
    Browser,
}

/// A step of the tests.
type Step = (Part, &'static str, fn(&Toolbox) -> Result<()>);

const STEPS: [Step; 9] = [
    (Part::Style, "style", |_| style::check()),
    (Part::Dependencies, "licences, sources and duplicates of the dependencies", dependencies),
    (Part::Unit, "Rust tests", rust),
    (Part::Adoption, "programs on tower-sessions", adoption),
    (Part::Browser, "build of the site", site::build),
    (Part::Browser, "size of the site", |_| weight::weigh()),
    // After the build of the site, which it has most in common with.
    (Part::Counts, "instructions", bench::counts),
    (Part::Browser, "types of the browser tests", site::types),
    (Part::Browser, "browser tests", in_browser),
];

/// Runs the tests of `part`, or all of them, up to the first that fails.
pub(crate) fn test(part: Option<Part>) -> Result<()> {
    let start = Instant::now();
    let tools = match part {
        Some(Part::Style) => Toolbox::default(),
        Some(Part::Dependencies) => Toolbox::with("dependencies")?,
        Some(Part::Unit | Part::Adoption) => Toolbox::with("unit")?,
        Some(Part::Counts) => Toolbox::with("counts")?,
        Some(Part::Browser) | None => Toolbox::with("tests")?,
    };
    let wanted = |(of, ..): &&Step| part.is_none_or(|part| part == *of);
    let steps: Vec<_> = STEPS.iter().filter(wanted).collect();
    for (index, (_, name, run)) in steps.iter().enumerate() {
        let number = format!("{} of {}", index + 1, steps.len());
        println!("\n=== {number}: {name}");
        let step_start = Instant::now();
        run(&tools).with_context(|| format!("step {number} failed: {name}"))?;
        println!("=== {number}: passed in {}", process::since(step_start));
    }
    println!("\nPassed in {}.", process::since(start));
    Ok(())
}

/// The rules of `deny.toml`. Once everything is fetched they need no network; known vulnerabilities are
/// listed in a database that does, so they are left to `cargo deny check advisories`.
fn dependencies(tools: &Toolbox) -> Result<()> {
    tools.run("cargo fetch --locked --quiet")?;
    tools.run("cargo-deny --offline --workspace --all-features check bans licenses sources")
}

/// Every engine and its suite. One call for all packages compiles every dependency once; the pages
/// exist only with `ssr`.
fn rust(tools: &Toolbox) -> Result<()> {
    tools.run("cargo test --workspace --features app/ssr,huihua/full,huihua/testing")
}

/// Without a lock, as a new application starts: Cargo has to find versions that go together.
fn adoption(tools: &Toolbox) -> Result<()> {
    let lock = repo::root().join("tests/adoption/Cargo.lock");
    if lock.exists() {
        fs::remove_file(&lock)?;
    }
    tools
        .run("cargo test --manifest-path tests/adoption/Cargo.toml --target-dir target/adoption")?;
    tools.run("cargo test --package huihua --features full,testing,tower-sessions-0-15 --test http")
}

fn in_browser(tools: &Toolbox) -> Result<()> {
    // Databases and caches for the tests beside Django.
    tools.run("cargo build --package servers")?;
    site::playwright(tools, "playwright.config.ts")
}
