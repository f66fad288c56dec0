//! Limits on the lines of Rust.

use anyhow::Result;

use super::files::Files;

/// Lines of all Rust that isn't tests.
const ALL: usize = 31_000;
/// Lines of `benches/` and `xtask/`.
const TOOLING: usize = 5_500;
/// Lines of one file.
const EACH: usize = 330;

pub(super) fn all(files: &Files) -> Result<Vec<String>> {
    Ok(sum(files, |_| true, ALL))
}

pub(super) fn tooling(files: &Files) -> Result<Vec<String>> {
    let is_tooling = |path: &str| path.starts_with("benches/") || path.starts_with("xtask/");
    Ok(sum(files, is_tooling, TOOLING))
}

pub(super) fn each(files: &Files) -> Result<Vec<String>> {
    let long = files.sources().filter_map(|(path, text)| {
        let lines = text.lines().count();
        (lines > EACH).then(|| format!("{path}: {lines} lines, at most {EACH}"))
    });
    Ok(long.collect())
}

fn sum(files: &Files, counts: impl Fn(&str) -> bool, limit: usize) -> Vec<String> {
    let counted = files.sources().filter(|(path, _)| counts(path));
    let lines: usize = counted.map(|(_, text)| text.lines().count()).sum();
    let found = (lines >= limit).then(|| format!("{lines} lines, below {limit}"));
    found.into_iter().collect()
}
