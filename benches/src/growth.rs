//! What the site costs as sessions and connections become many.

mod cache;
mod clearing;
mod databases;
mod footprint;
mod loads;
mod scale;
mod table;

use std::path::Path;

use anyhow::Result;

use self::{databases::Measured, scale::Scale, table::Databases};
use crate::{program::Program, section::Section};

/// Measures, and leaves what was found in `out`.
///
/// # Errors
/// When a program is missing or answers wrongly.
pub async fn growth(quick: bool, out: &Path) -> Result<()> {
    let program = Program::built()?;
    let scale = if quick { Scale::QUICK } else { Scale::FULL };
    // First of all, because it says at once if the machine refuses so many connections.
    footprint::section(&program)
        .await?
        .leave(out, "footprint")?;
    let mut section = Section::default();
    let mut measured = Measured::default();
    for databases in [Databases::sqlite()?, Databases::postgres()?] {
        measured
            .on(&databases, &program, &scale, &mut section)
            .await?;
    }
    measured.show(&mut section);
    cache::measure(&program, &scale, &mut section).await?;
    section.leave(out, "growth")
}
