use anyhow::Result;

use super::{files::Files, finding::at, modules::Crate};

/// Files that begin so, and what they don't import.
const FORBIDDEN: &[(&str, &[&str])] = &[
    (
        "src/engine/",
        &[
            "crate::settings",
            "crate::cookie",
            "crate::unit_of_work",
            "crate::visit",
        ],
    ),
    ("src/unit_of_work", &["http"]),
    ("src/visit", &["http"]),
    (
        "crates/admin/",
        &["axum", "axum_core", "axum_extra", "leptos", "leptos_axum"],
    ),
    ("app/", &["huihua::engine", "huihua::Db"]),
];

pub(super) fn check(files: &Files) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    for of in Crate::all(files)? {
        for import in of.imports() {
            let rules = FORBIDDEN
                .iter()
                .filter(|(start, _)| import.file.starts_with(start));
            let broken = rules.flat_map(|(_, names)| *names).find(|name| {
                let name: Vec<_> = name.split("::").collect();
                import.paths.iter().any(|path| {
                    path.len() >= name.len()
                        && path.iter().zip(&name).all(|(one, other)| one == other)
                })
            });
            if let Some(name) = broken {
                findings.push(at(
                    import.file,
                    import.line,
                    format!("must not import {name}"),
                ));
            }
        }
    }
    Ok(findings)
}
