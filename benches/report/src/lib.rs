//! What a benchmark found, in the form in which every benchmark leaves it for the report.
//!
//! Each benchmark is a program of its own that leaves one [`Section`]; `docs/benchmarks.md` is made
//! of all of them. So each can be run again alone.

mod number;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

pub use self::number::shown;

/// One heading of the report and everything under it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Section {
    /// Where it stands among the others: the lowest comes first.
    pub place: u32,
    /// Its heading.
    pub title: String,
    /// What was measured and how, in Markdown.
    pub text: String,
    /// What one types to measure it again.
    pub commands: Vec<String>,
    /// What was aimed at, and what was reached.
    pub aims: Vec<Aim>,
    /// The figures.
    pub tables: Vec<Table>,
    /// Some of them, drawn.
    pub charts: Vec<Chart>,
}

/// Something that the project promises itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Aim {
    /// What is to be reached.
    pub aim: String,
    /// What was.
    pub measured: String,
    /// Whether that is enough.
    pub met: bool,
}

/// A table: a row has as many cells as the head.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Table {
    /// What it shows, with its units.
    pub caption: String,
    /// The columns.
    pub head: Vec<String>,
    /// The rows, as they are shown.
    pub rows: Vec<Vec<String>>,
}

/// A bar for each of several, from zero.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Chart {
    /// Its file's name, without `.svg`.
    pub name: String,
    /// What it shows.
    pub title: String,
    /// What the values are counted in.
    pub unit: String,
    /// The bars, from above.
    pub bars: Vec<Bar>,
}

/// One bar.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Bar {
    /// What it stands for.
    pub label: String,
    /// How long it is.
    pub value: f64,
    /// Whether it is Huihua's.
    pub ours: bool,
}

impl Section {
    /// Leaves it in `folder`, in place of what an earlier run left there under this `name`.
    ///
    /// # Errors
    /// If the file can't be written.
    pub fn leave(&self, folder: &Path, name: &str) -> io::Result<PathBuf> {
        fs::create_dir_all(folder)?;
        let file = folder.join(name).with_extension("json");
        fs::write(&file, serde_json::to_string_pretty(self)?)?;
        Ok(file)
    }
}
