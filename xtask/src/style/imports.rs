//! Imports that are forbidden.

use anyhow::Result;

use super::{files::Files, finding::at, modules::Crate};

/// Files that begin so, and what they don't import.
const FORBIDDEN: &[(&str, &[&str])] = &[
    ("src/engine/", &["crate::settings", "crate::cookie", "crate::unit_of_work"]),
    ("src/unit_of_work", &["http"]),
    ("crates/admin/", &["axum", "axum_core", "axum_extra", "leptos", "leptos_axum"]),
    ("app/", &["huihua::engine", "huihua::Db"]),
];

pub(super) fn check(files: &Files) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    for of in Crate::all(files)? {
        for import in of.imports() {
            let is_named = |name: &&&str| {
                let name: Vec<_> = name.split("::").map(str::to_owned).collect();
                import.paths.iter().any(|path| path.starts_with(&name))
            };
            let rules = FORBIDDEN.iter().filter(|(start, _)| import.file.starts_with(start));
            if let Some(name) = rules.flat_map(|(_, names)| *names).find(is_named) {
                let what = format!("must not import {name}");
                findings.push(at(import.file, import.line, what));
            }
        }
    }
    let engines = files.ending(".rs").filter(|(path, _)| path.starts_with("src/engine/"));
    for (path, text) in engines {
        if let Some(line) = text.lines().position(|line| line.contains("feature = \"settings\"")) {
            findings.push(at(path, line + 1, "an engine knows of no settings"));
        }
    }
    Ok(findings)
}
