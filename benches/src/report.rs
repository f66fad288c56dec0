//! `docs/benchmarks.md` and its charts: `benches/benchmarks.md.in`, filled with what the benchmarks have
//! left.

mod chart;
mod counts;
mod facts;
mod page;

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context, Result};

use crate::section::Section;

/// Makes the page in `docs` of every section in the folder `from`.
///
/// # Errors
/// When a file can't be read or written.
pub fn report(from: &Path, docs: &Path, quick: bool) -> Result<()> {
    let mut sections = BTreeMap::from([
        ("machine".to_owned(), facts::machine()),
        ("versions".to_owned(), facts::versions()),
    ]);
    if quick {
        sections.insert("quick".to_owned(), Section::default());
    }
    if let Some(counts) = counts::section()? {
        sections.insert("counts".to_owned(), counts);
    }
    for entry in fs::read_dir(from).with_context(|| format!("no {}", from.display()))? {
        let file = entry?.path();
        let section = serde_json::from_slice(&fs::read(&file)?);
        let section = section.with_context(|| format!("{} is no section", file.display()))?;
        let name = file
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        sections.insert(name, section);
    }
    for chart in sections.values().flat_map(|section| &section.charts) {
        let file = docs
            .join(page::CHARTS)
            .join(&chart.name)
            .with_extension("svg");
        fs::write(file, chart::svg(chart)?)?;
    }
    let template = fs::read_to_string("benches/benchmarks.md.in")?;
    fs::write(docs.join("benchmarks.md"), page::page(&template, sections))?;
    Ok(())
}
