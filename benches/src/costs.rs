//! The costs of a session and a request for the store, and the needs of very many: the calculation in
//! `docs/scaling.md`, from figures that are measured each time.

mod operations;
mod stores;

use anyhow::Result;

use self::stores::Costs;
use crate::{found::Found, number::cells};

/// Sessions that are stored to see what one takes.
const STORED: u32 = 1_000_000;
const STORED_QUICKLY: u32 = 50_000;
/// The share by which a written figure may differ from the measured one.
const NEAR: f64 = 0.2;

// What is needed in all.

/// Live sessions.
const SESSIONS: f64 = 100e6;
/// Requests a second, each with a session.
const REQUESTS: f64 = 1e6;
/// Seconds without a visit after which sessions end: two weeks.
const AGE: f64 = 1_209_600.0;
/// A session is touched at most once in this part of its time.
const TOUCHED_AFTER: f64 = AGE / 100.0;
/// So much of a processor is used at most, so that the others can take a failed one's part.
const BUSY: f64 = 0.5;
/// Bytes of sessions that one Redis holds: it can copy itself in minutes, and while it does, what is
/// written meanwhile fits beside it on a machine of 32 GiB.
const A_SHARD: f64 = 16.0 * GIB;
/// Of each shard there is one that serves and one that takes its place.
const COPIES: f64 = 2.0;
/// Processors of a machine for PostgreSQL.
const CORES: f64 = 32.0;
/// Dead rows, half-empty pages: beyond what the table takes when it is new.
const BLOAT: f64 = 1.5;
const GIB: f64 = 1_073_741_824.0;

/// Measures, and leaves what was found.
pub(crate) async fn costs(quick: bool) -> Result<()> {
    let stored = if quick { STORED_QUICKLY } else { STORED };
    let mut found = Found::default();
    found.add("stored", stored);
    found.add("calls", stores::CALLS);
    operations::measure(&mut found)?;
    for costs in [stores::redis(stored).await?, stores::postgres(stored).await?] {
        let (store, bytes) = (costs.store, costs.bytes_a_session);
        let near = (bytes - costs.written).abs() <= NEAR * costs.written;
        found.aim(format!("a session in {store}"), format!("{bytes:.0} bytes"), near);
        let figures = [bytes, costs.load, costs.touch, costs.logged_a_touch];
        found.add(format!("costs of {store}"), cells(figures));
        // As Huihua does it, and as SESSION_SAVE_EVERY_REQUEST has it.
        let throttled = REQUESTS.min(SESSIONS / TOUCHED_AFTER);
        for (touches, a_second) in [("throttled", throttled), ("every request", REQUESTS)] {
            let needs = format!("needs of {store}, {touches}");
            found.add(needs, needed(&costs, a_second));
        }
    }
    found.leave("costs")
}

/// The needs of a store, if so many requests a second touch their session: cells of a table.
fn needed(costs: &Costs, touches_a_second: f64) -> String {
    let cores = (REQUESTS * costs.load + touches_a_second * costs.touch) / 1e6;
    let held = SESSIONS * costs.bytes_a_session;
    let (bytes, machines) = match costs.store {
        "Redis" => (held * COPIES, (held / A_SHARD).max(cores / BUSY).ceil()),
        // If it could be split.
        _ => (held * BLOAT, (cores / BUSY / CORES).ceil()),
    };
    let logged = touches_a_second * costs.logged_a_touch / 1e6;
    let figures = cells([touches_a_second, bytes / GIB, cores, machines]);
    format!("{figures} | {logged:.1}")
}

#[cfg(test)]
mod tests;
