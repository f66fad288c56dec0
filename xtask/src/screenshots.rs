//! `cargo xtask screenshots`.

use anyhow::Result;

use crate::{browser, site, tools::Toolbox};

/// Builds the site and takes the pictures of its pages that are in `docs/screenshots`.
pub(crate) fn screenshots() -> Result<()> {
    let tools = Toolbox::for_tests()?;
    site::build(&tools)?;
    browser::playwright(&tools, Some("playwright.screenshots.config.ts"))
}
