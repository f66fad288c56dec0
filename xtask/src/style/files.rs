use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use anyhow::{Context, Result};
use walkdir::{DirEntry, WalkDir};

/// Folders of code that is made, not written.
const MADE: [&str; 2] = ["target", "node_modules"];

/// The repository's files by their paths from its root.
#[derive(Default)]
pub(super) struct Files {
    /// Rust and Markdown, with their text.
    texts: BTreeMap<String, String>,
    /// Every file and folder.
    paths: BTreeSet<String>,
}

impl Files {
    /// Reads everything below `root` but hidden folders and what is made.
    pub(super) fn read(root: &Path) -> Result<Self> {
        let mut files = Self::default();
        let entries = WalkDir::new(root).into_iter().filter_entry(is_written);
        for entry in entries {
            let entry = entry?;
            let path = entry.path().strip_prefix(root)?;
            let path = path.to_string_lossy().replace('\\', "/");
            if path.ends_with(".rs") || path.ends_with(".md") {
                let text = fs::read_to_string(entry.path());
                let text = text.with_context(|| format!("cannot read {path}"))?;
                files.texts.insert(path.clone(), text);
            }
            files.paths.insert(path);
        }
        Ok(files)
    }

    #[cfg(test)]
    pub(super) fn of(texts: &[(&str, &str)]) -> Self {
        let owned = |(path, text): &(&str, &str)| ((*path).to_owned(), (*text).to_owned());
        Self {
            texts: texts.iter().map(owned).collect(),
            paths: texts.iter().map(|(path, _)| (*path).to_owned()).collect(),
        }
    }

    pub(super) fn text(&self, path: &str) -> Option<&str> {
        self.texts.get(path).map(String::as_str)
    }

    /// Whether there is a file or folder of this path.
    pub(super) fn has(&self, path: &str) -> bool {
        self.paths.contains(path)
    }

    pub(super) fn rust(&self) -> impl Iterator<Item = (&str, &str)> {
        self.with_ending(".rs")
    }

    pub(super) fn markdown(&self) -> impl Iterator<Item = (&str, &str)> {
        self.with_ending(".md")
    }

    /// Rust that isn't tests.
    pub(super) fn sources(&self) -> impl Iterator<Item = (&str, &str)> {
        self.rust().filter(|(path, _)| {
            let folders = ["tests", "end2end", "examples"];
            let is_test = |part: &str| folders.contains(&part) || part == "tests.rs";
            !path.split('/').any(is_test)
        })
    }

    fn with_ending(&self, ending: &'static str) -> impl Iterator<Item = (&str, &str)> {
        let texts = self.texts.iter();
        texts
            .filter(move |(path, _)| path.ends_with(ending))
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }
}

fn is_written(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    entry.depth() == 0 || !(name.starts_with('.') || MADE.contains(&&*name))
}
