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

/// Checks whose findings are printed and don't fail yet.
const NOT_YET: &[&str] = &["lines"];

/// Prints what breaks a rule; fails if an enforced one is broken.
pub(crate) fn check() -> Result<()> {
    let files = Files::read(&repo::root())?;
    let mut broken = Vec::new();
    for (name, check) in CHECKS {
        let findings = check(&files)?;
        let enforced = !NOT_YET.contains(&name);
        let note = if enforced { "" } else { " (not enforced yet)" };
        println!("{name}: {}{note}", findings.len());
        for finding in &findings {
            println!("  {finding}");
        }
        if enforced && !findings.is_empty() {
            broken.push(name);
        }
    }
    ensure!(broken.is_empty(), "broken rules: {}", broken.join(", "));
    Ok(())
}
