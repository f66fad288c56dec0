//! Makes `docs/benchmarks.md` and its charts of what the benchmarks have left.

mod chart;
mod escaped;
mod machine;
mod page;
mod sections;
mod versions;

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use clap::Parser;
use report::Section;

/// Where charts are, beside the page.
const CHARTS: &str = "benchmarks";

/// Makes the report of what the benchmarks have left.
#[derive(Parser)]
struct Arguments {
    /// The folder in which benchmarks leave what they found
    #[arg(long, default_value = "target/bench")]
    from: PathBuf,
    /// The folder in which `benchmarks.md` is written
    #[arg(long, default_value = "docs")]
    to: PathBuf,
    /// Say in the report that it is of a quick run
    #[arg(long)]
    quick: bool,
}

fn main() -> Result<()> {
    let Arguments { from, to, quick } = Arguments::parse();
    let sections = sections::read(&from)?;
    let facts = page::Facts {
        quick,
        machine: machine::facts(),
        versions: versions::facts(),
    };
    let file = to.join("benchmarks.md");
    write_charts(&sections, &to.join(CHARTS))?;
    write(&file, &page::page(&sections, &facts))?;

    let aims: Vec<_> = sections
        .iter()
        .flat_map(|section| section.aims.iter().map(move |aim| (section, aim)))
        .collect();
    let missed: Vec<_> = aims.iter().filter(|(_, aim)| !aim.met).collect();
    for (section, aim) in &missed {
        println!("not met: {}: {}: {}", section.title, aim.aim, aim.measured);
    }
    let met = aims.len() - missed.len();
    println!("{met} of {} aims are met: {}", aims.len(), file.display());
    Ok(())
}

/// Writes every chart, and removes those that nobody shows any longer.
fn write_charts(sections: &[Section], folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let unreadable = || format!("cannot read {}", folder.display());
    for entry in fs::read_dir(folder).with_context(unreadable)? {
        let file = entry.with_context(unreadable)?.path();
        if file.extension() == Some(OsStr::new("svg")) {
            fs::remove_file(&file).with_context(|| format!("cannot remove {}", file.display()))?;
        }
    }
    for chart in sections.iter().flat_map(|section| &section.charts) {
        let file = folder.join(format!("{}.svg", chart.name));
        write(&file, &chart::svg(chart))?;
    }
    Ok(())
}

fn write(file: &Path, text: &str) -> Result<()> {
    fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}
