use anyhow::Result;

use super::{
    files::Files,
    finding::at,
    modules::{Modules, above},
};

/// Files that begin so, and what they don't import.
const FORBIDDEN: &[(&str, &[&str])] = &[
    (
        "src/engine/",
        &["src/settings", "src/cookie", "src/unit_of_work"],
    ),
    ("src/unit_of_work", &["http"]),
    ("app/", &["huihua/engine", "huihua/Db"]),
];

pub(super) fn check(files: &Files) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    for import in Modules::of(files).imports() {
        let paths: Vec<_> = import.paths.iter().flat_map(|path| above(path)).collect();
        let is_named = |name: &&&str| paths.contains(*name);
        let rules = FORBIDDEN
            .iter()
            .filter(|(start, _)| import.file.starts_with(start));
        if let Some(name) = rules.flat_map(|(_, names)| *names).find(is_named) {
            let what = format!("must not import {name}");
            findings.push(at(import.file, import.line, what));
        }
    }
    Ok(findings)
}
