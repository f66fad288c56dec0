//! `docs/benchmarks.md`: `benches/benchmarks.md.in`, with what the benchmarks have left.

use std::{collections::BTreeMap, fs, process::Command};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::{found::Found, number::shown, rounds::ROUNDS};

type Figures = BTreeMap<String, String>;

/// Instructions that a session may cost a request of which one key is read.
const SESSION: f64 = 20_000.0;

/// Makes the page.
pub(crate) fn report(quick: bool) -> Result<()> {
    let mut facts = Found::default();
    let said = Command::new("sh").arg("benches/facts.sh").output()?;
    for line in String::from_utf8(said.stdout)?.lines() {
        match line.split_once('\t') {
            Some((name, fact)) if !fact.is_empty() => facts.add(name, fact),
            _ => println!("not known: {line}"),
        }
    }
    if quick {
        facts.add("quick", "Single figures may be far off.");
    }
    facts.leave("facts")?;
    instructions()?.leave("counts")?;
    let mut figures = Figures::new();
    for entry in fs::read_dir("target/bench")? {
        let file = entry?.path();
        let found: Figures = serde_json::from_slice(&fs::read(&file)?)
            .with_context(|| file.display().to_string())?;
        figures.extend(found);
    }
    let template = fs::read_to_string("benches/benchmarks.md.in")?;
    Ok(fs::write("docs/benchmarks.md", page(&template, &figures))?)
}

/// From the summaries that gungraun has left, if it has.
fn instructions() -> Result<Found> {
    let mut found = Found::default();
    let folders = fs::read_dir("target/gungraun/benches/counts/requests");
    let mut counts = BTreeMap::new();
    for folder in folders.into_iter().flatten() {
        let file = folder?.path().join("summary.json");
        let summary: Value = serde_json::from_slice(&fs::read(&file)?)?;
        let counted = summary.pointer("/profiles/0/data/total/metrics/Ir/values/new");
        let counted = counted.and_then(Value::as_u64).context("no instructions")? / ROUNDS;
        let name = summary["id"].as_str().unwrap_or_default().to_owned();
        found.add(format!("instructions of {name}"), shown(counted as f64));
        counts.insert(name, counted as f64);
    }
    if let (Some(read), Some(bare)) = (counts.get("read"), counts.get("bare")) {
        let cost = read - bare;
        found.aim("instructions of a session", shown(cost), cost <= SESSION);
    }
    Ok(found)
}

/// The template with figures in place of `{name}`. A line of whose figures none was measured is left out,
/// and so is a heading of which nothing was.
fn page(template: &str, figures: &Figures) -> String {
    let parts = template.split("\n## ").filter_map(|part| {
        let lines = part.trim_end().lines();
        let (lines, known): (Vec<_>, Vec<_>) =
            lines.filter_map(|line| filled(line, figures)).unzip();
        let measured = !part.contains('{') || known.iter().any(|figures| *figures > 0);
        measured.then(|| lines.join("\n"))
    });
    parts.collect::<Vec<_>>().join("\n\n## ") + "\n"
}

/// The line, and how many figures are in it.
fn filled(line: &str, figures: &Figures) -> Option<(String, usize)> {
    let mut parts = line.split('{');
    let mut filled = parts.next()?.to_owned();
    let (mut asked, mut known) = (0, 0);
    for part in parts {
        let (name, rest) = part.split_once('}')?;
        let figure = figures.get(name);
        asked += 1;
        known += usize::from(figure.is_some());
        filled += figure.map_or("", String::as_str);
        filled += rest;
    }
    (known > 0 || asked == 0).then_some((filled, known))
}

#[cfg(test)]
mod tests;
