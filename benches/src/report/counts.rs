//! Instructions, from the summaries that gungraun has left.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::{
    counts::{ROUNDS, SCENARIOS},
    section::{Section, shown},
};

const SUMMARIES: &str = "target/gungraun/benches/counts/requests";
/// What a session may cost a request of which one key is read.
const SESSION: f64 = 20_000.0;

/// Nothing if nothing was counted.
pub(super) fn section() -> Result<Option<Section>> {
    if !Path::new(SUMMARIES).exists() {
        return Ok(None);
    }
    let mut section = Section::default();
    let costs = count("read")? - count("bare")?;
    section.aim(
        format!(
            "a session, of which one key is read, costs a request at most {} instructions",
            shown(SESSION)
        ),
        shown(costs),
        costs <= SESSION,
    );
    let row =
        |(name, what): (&str, &str)| Ok([name.to_owned(), what.to_owned(), shown(count(name)?)]);
    let rows: Result<_> = SCENARIOS.into_iter().map(row).collect();
    section.table(
        "Instructions a round",
        ["scenario", "a round is", "instructions"],
        rows?,
    );
    Ok(Some(section))
}

/// Instructions a round.
fn count(name: &str) -> Result<f64> {
    let file = Path::new(SUMMARIES).join(format!("scenario.{name}/summary.json"));
    let text = fs::read(&file).with_context(|| format!("no {}", file.display()))?;
    let summary: Value = serde_json::from_slice(&text)?;
    let instructions = summary.pointer("/profiles/0/data/total/metrics/Ir/values/new");
    let instructions = instructions.and_then(Value::as_u64);
    let instructions =
        instructions.with_context(|| format!("{}: no instructions", file.display()))?;
    Ok((instructions / ROUNDS) as f64)
}
