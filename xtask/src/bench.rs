//! `cargo xtask bench`.

use anyhow::Result;

use crate::{browser, site, tools::Toolbox, weight};

/// Builds the site and measures it: its bytes, and what Lighthouse says of its pages.
pub(crate) fn bench() -> Result<()> {
    let tools = Toolbox::for_bench()?;
    site::build(&tools)?;
    weight::check(&tools)?;
    browser::playwright(&tools, Some("playwright.lighthouse.config.ts"))
}
