//! `cargo xtask test style`: rules of the repository that read its files and compile nothing.

mod circles;
mod files;
mod finding;
mod imports;
mod lines;
mod links;
mod modules;
mod names;
mod readmes;
#[cfg(test)]
mod tests;

use anyhow::{Result, ensure};

use self::files::Files;
use crate::repo;

type Check = fn(&Files) -> Result<Vec<String>>;

const CHECKS: [(&str, Check); 8] = [
    ("lines", lines::all),
    ("lines of tooling", lines::tooling),
    ("length of files", lines::each),
    ("import circles", circles::check),
    ("forbidden imports", imports::check),
    ("old names", names::check),
    ("links", links::check),
    ("READMEs in step", readmes::check),
];

/// Prints what breaks a rule; fails if one is broken.
pub(crate) fn check() -> Result<()> {
    let files = Files::read(&repo::root())?;
    let mut broken = Vec::new();
    for (name, check) in CHECKS {
        let findings = check(&files)?;
        println!("{name}: {}", findings.len());
        for finding in &findings {
            println!("  {finding}");
        }
        if !findings.is_empty() {
            broken.push(name);
        }
    }
    ensure!(broken.is_empty(), "broken rules: {}", broken.join(", "));
    Ok(())
}
