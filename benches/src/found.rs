//! The findings of a benchmark.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context, Result};

/// Figures by their names in `benches/benchmarks.md.in`.
#[derive(Debug, Default)]
pub(crate) struct Found(BTreeMap<String, String>);

impl Found {
    pub(crate) fn add(&mut self, name: impl Into<String>, figure: impl ToString) {
        self.0.insert(name.into(), figure.to_string());
    }

    /// Adds what was reached of an aim, and whether that is enough: two cells of a table.
    pub(crate) fn aim(&mut self, name: impl Into<String>, reached: String, met: bool) {
        let mark = if met { "✓" } else { "✗" };
        self.add(name, format!("{reached} | {mark}"));
    }

    /// Leaves it for the report, in place of what an earlier run left under this `name`.
    pub(crate) fn leave(&self, name: &str) -> Result<()> {
        let folder = Path::new("target/bench");
        fs::create_dir_all(folder)?;
        let file = folder.join(name).with_extension("json");
        let text = serde_json::to_vec_pretty(&self.0)?;
        fs::write(&file, text).with_context(|| file.display().to_string())
    }
}
