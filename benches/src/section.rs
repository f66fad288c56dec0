//! What a benchmark found, in the form in which each leaves it for the report.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// Everything under one heading of the report.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Section {
    /// What stands in the heading's text in place of `{name}`.
    pub facts: BTreeMap<String, String>,
    pub aims: Vec<Aim>,
    pub charts: Vec<Chart>,
    pub tables: Vec<Table>,
}

/// Something that the project promises itself.
#[derive(Debug, Serialize, Deserialize)]
pub struct Aim {
    pub aim: String,
    pub measured: String,
    pub met: bool,
}

/// A table: a row has as many cells as the head.
#[derive(Debug, Serialize, Deserialize)]
pub struct Table {
    /// What it shows, with its units.
    pub caption: String,
    pub head: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

/// A bar for each of several, from zero.
#[derive(Debug, Serialize, Deserialize)]
pub struct Chart {
    /// Its file's name, without `.svg`.
    pub name: String,
    pub title: String,
    pub unit: String,
    /// From above: label, value, and whether it is Huihua's.
    pub bars: Vec<(String, f64, bool)>,
}

impl Section {
    pub fn fact(&mut self, name: &str, value: impl ToString) {
        self.facts.insert(name.to_owned(), value.to_string());
    }

    pub fn aim(&mut self, aim: String, measured: String, met: bool) {
        self.aims.push(Aim { aim, measured, met });
    }

    pub fn table<const N: usize>(
        &mut self,
        caption: &str,
        head: [&str; N],
        rows: Vec<[String; N]>,
    ) {
        self.tables.push(Table {
            caption: caption.to_owned(),
            head: head.map(str::to_owned).into(),
            rows: rows.into_iter().map(Vec::from).collect(),
        });
    }

    /// Leaves it in `folder`, in place of what an earlier run left there under this `name`.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn leave(&self, folder: &Path, name: &str) -> Result<()> {
        fs::create_dir_all(folder)?;
        let file = folder.join(name).with_extension("json");
        let text = serde_json::to_vec_pretty(self)?;
        fs::write(&file, text).with_context(|| file.display().to_string())
    }
}

/// As many digits as one can compare: `12,345`, `99.5`, `0.25`.
pub fn shown(value: f64) -> String {
    let digits = match value {
        value if value.fract() == 0.0 || value >= 99.95 => 0,
        value if value >= 9.995 => 1,
        value if value >= 0.1 => 2,
        _ => 4,
    };
    let number = format!("{value:.digits$}");
    let (whole, rest) = number.split_at(number.find('.').unwrap_or(number.len()));
    let groups: Vec<_> = whole
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(String::from_utf8_lossy)
        .collect();
    groups.join(",") + rest
}

/// Bytes as MB.
pub fn megabytes(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn thousands_are_separated_and_digits_few() {
        let values = [0.0, 0.0123, 7.456, 9.999, 42.25, 999.6, 1234567.0];
        let expected = ["0", "0.0123", "7.46", "10.0", "42.2", "1,000", "1,234,567"];
        assert_eq!(values.map(shown), expected);
    }
}
