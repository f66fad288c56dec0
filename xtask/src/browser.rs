//! What is done with the built site in a browser.

use std::process::Command;

use anyhow::Result;

use crate::{
    process::{self, NPX},
    repo,
    tools::Toolbox,
};

/// Checks the types of everything that is run there.
pub(crate) fn types(tools: &Toolbox) -> Result<()> {
    process::run(npx(tools).args(["tsc", "--noEmit"]))
}

/// Runs Playwright on the built site: the tests, or what another configuration names.
pub(crate) fn playwright(tools: &Toolbox, config: Option<&str>) -> Result<()> {
    process::run(
        npx(tools)
            .args(["playwright", "test"])
            .args(config.map(|config| format!("--config={config}")))
            .env("HUIHUA_BIN", repo::huihua())
            .env("HUIHUA_SERVERS", repo::target().join("debug/servers"))
            .env("HUIHUA_SITE_ROOT", repo::site()),
    )
}

/// Runs what `npm ci` has installed; without `--no`, npx would fetch whatever package has the
/// name of a program that is missing.
fn npx(tools: &Toolbox) -> Command {
    let mut npx = tools.command(NPX);
    npx.args(["--no", "--"]).current_dir(repo::end2end());
    npx
}
