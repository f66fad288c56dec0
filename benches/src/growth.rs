//! The costs of the site as sessions and connections become many.

mod cache;
mod clearing;
mod databases;
mod footprint;
mod loads;
mod scale;
mod table;

use anyhow::Result;

use self::{scale::Scale, table::Databases};
use crate::found::Found;

/// Measures, and leaves what was found.
pub(crate) async fn growth(quick: bool) -> Result<()> {
    let scale = if quick { Scale::QUICK } else { Scale::FULL };
    let mut found = Found::default();
    // First of all, because it says at once if the machine refuses so many connections.
    footprint::measure(&mut found).await?;
    for of in [Databases::Sqlite(tempfile::tempdir()?), Databases::postgres()?] {
        databases::measure(&of, &scale, &mut found).await?;
    }
    cache::measure(&scale, &mut found).await?;
    found.leave("growth")
}
