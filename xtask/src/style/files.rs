//! The files of the repository.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context, Result};
use walkdir::{DirEntry, WalkDir};

/// Folders of code that is made, not written.
const MADE: [&str; 2] = ["target", "node_modules"];

/// Every file and folder of the repository by its path from the root; Rust and Markdown with their text.
pub(super) struct Files(BTreeMap<String, String>);

impl Files {
    /// Reads everything below `root` but hidden folders and what is made.
    pub(super) fn read(root: &Path) -> Result<Self> {
        let mut files = BTreeMap::new();
        for entry in WalkDir::new(root).into_iter().filter_entry(is_written) {
            let entry = entry?;
            let path = entry.path().strip_prefix(root)?;
            let path = path.to_string_lossy().replace('\\', "/");
            let text = if path.ends_with(".rs") || path.ends_with(".md") {
                fs::read_to_string(entry.path()).with_context(|| path.clone())?
            } else {
                String::new()
            };
            files.insert(path, text);
        }
        Ok(Self(files))
    }

    #[cfg(test)]
    pub(super) fn of(texts: &[(&str, &str)]) -> Self {
        let owned = |(path, text): &(&str, &str)| ((*path).to_owned(), (*text).to_owned());
        Self(texts.iter().map(owned).collect())
    }

    /// The text of a file. `None`: there is no such file or folder.
    pub(super) fn text(&self, path: &str) -> Option<&str> {
        self.0.get(path).map(String::as_str)
    }

    /// The files whose path ends so, and their texts.
    pub(super) fn ending(&self, ending: &'static str) -> impl Iterator<Item = (&str, &str)> {
        let files = self.0.iter();
        let files = files.filter(move |(path, _)| path.ends_with(ending));
        files.map(|(path, text)| (&**path, &**text))
    }

    /// Rust that isn't tests.
    pub(super) fn sources(&self) -> impl Iterator<Item = (&str, &str)> {
        self.ending(".rs").filter(|(path, _)| {
            let is_test = |part| ["tests", "end2end", "examples", "tests.rs"].contains(&part);
            !path.split('/').any(is_test)
        })
    }
}

fn is_written(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    entry.depth() == 0 || !(name.starts_with('.') || MADE.contains(&&*name))
}
