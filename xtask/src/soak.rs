//! `cargo xtask soak`.

use std::{ffi::OsString, fs};

use anyhow::{Context, Result};

use crate::{process, repo, site, tools::Toolbox};

/// Builds the site and has many visitors use it, with `args` for the program that makes them.
pub(crate) fn soak(args: &[OsString]) -> Result<()> {
    let tools = Toolbox::for_build()?;
    site::build(&tools)?;
    // It is started in a folder of its own.
    let at = |path: std::path::PathBuf| {
        fs::canonicalize(&path).with_context(|| format!("no {}", path.display()))
    };
    process::run(
        tools
            .command("cargo")
            .args(["run", "--quiet", "--release", "--package", "visitors"])
            .args(["--bin", "soak", "--", "--huihua"])
            .arg(at(repo::huihua())?)
            .arg("--site")
            .arg(at(repo::site())?)
            .args(args)
            .current_dir(repo::root()),
    )
}
