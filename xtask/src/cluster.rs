//! `cargo xtask cluster`.

use std::{ffi::OsString, fs};

use anyhow::{Context, Result};

use crate::{repo, serve, site, tools::Toolbox};

/// Builds the site and runs three servers of it behind nginx, with `args` for the program that
/// starts them.
pub(crate) fn cluster(args: &[OsString]) -> Result<()> {
    let tools = Toolbox::for_cluster()?;
    site::build(&tools)?;
    // Each is started in a folder of its own.
    let at = |path: std::path::PathBuf| {
        fs::canonicalize(&path).with_context(|| format!("no {}", path.display()))
    };
    let mut cluster = tools.command("cargo");
    cluster
        .args(["run", "--quiet", "--release", "--package", "visitors"])
        .args(["--bin", "cluster", "--", "--huihua"])
        .arg(at(repo::huihua())?)
        .arg("--site")
        .arg(at(repo::site())?)
        .args(args)
        .current_dir(repo::root());
    serve::hand_over(cluster)
}
