//! Imports between files that import each other, directly or by way of others.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use super::{files::Files, finding::at, modules::Crate};

/// For each file those that it imports, and in which line first.
type Imports<'a> = BTreeMap<&'a str, BTreeMap<&'a str, usize>>;

pub(super) fn check(files: &Files) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    for of in Crate::all(files)? {
        let mut imports = Imports::new();
        for import in of.imports() {
            for file in import.paths.iter().filter_map(|path| of.file(path)) {
                if file != import.file {
                    let lines = imports.entry(import.file).or_default();
                    lines.entry(file).or_insert(import.line);
                }
            }
        }
        let reached: BTreeMap<_, _> =
            imports.keys().map(|&file| (file, reached(&imports, file))).collect();
        for (&file, imported) in &imports {
            let imports_it =
                |other: &&str| reached.get(other).is_some_and(|all| all.contains(file));
            let size = reached[file].iter().filter(|other| imports_it(other)).count();
            for (other, &line) in imported.iter().filter(|(other, _)| imports_it(other)) {
                let again = format!("which imports it again (a circle of {size} files)");
                findings.push(at(file, line, format!("imports {other}, {again}")));
            }
        }
    }
    Ok(findings)
}

/// Every file that is imported from `file` on.
fn reached<'a>(imports: &Imports<'a>, file: &str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut waiting = vec![file];
    while let Some(file) = waiting.pop() {
        for &other in imports.get(file).into_iter().flat_map(BTreeMap::keys) {
            if reached.insert(other) {
                waiting.push(other);
            }
        }
    }
    reached
}
