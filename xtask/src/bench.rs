//! `cargo xtask bench`.

use anyhow::Result;

use crate::{browser, process, repo, site, tools::Toolbox, weight};

/// Builds the site and measures it: its bytes, what Lighthouse says of its pages, and what sessions
/// and requests cost a store.
pub(crate) fn bench() -> Result<()> {
    let tools = Toolbox::for_bench()?;
    site::build(&tools)?;
    weight::check(&tools)?;
    browser::playwright(&tools, Some("playwright.lighthouse.config.ts"))?;
    costs(&tools)
}

fn costs(tools: &Toolbox) -> Result<()> {
    process::run(
        tools
            .command("cargo")
            .args(["run", "--quiet", "--release", "--package", "costs", "--"])
            .arg("--huihua")
            .arg(repo::huihua())
            .arg("--site")
            .arg(repo::site())
            .arg("--out")
            .arg(repo::target().join("bench"))
            .current_dir(repo::root()),
    )
}
