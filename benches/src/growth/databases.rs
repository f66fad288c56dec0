//! Everything that is measured on one kind of database.

use anyhow::Result;

use super::{
    clearing::{self, NEW},
    loads::{self, AT_ONCE},
    scale::{Scale, many},
    table::{Databases, Table},
};
use crate::{
    chart,
    found::Found,
    number::{cells, megabytes, micros},
};

/// The times as long that a load may take in the largest table as in the smallest.
const LONGER: f64 = 1.5;
/// New sessions a second that count as all of them.
const ALL_CAME: f64 = 0.98 * NEW as f64;
/// The times as fast that expired sessions have to go as new ones come.
const FASTER: f64 = 2.0;
/// By what share a table may grow in the second half of the time while as many go as come.
const LEVEL: f64 = 0.05;
/// By how many bytes the server's memory may differ from table to table. Each of its connections to
/// SQLite has 2 MB in which it keeps what it read last, and a small table doesn't fill them.
const MEMORY: u64 = 10_000_000;

pub(super) async fn measure(databases: &Databases, scale: &Scale, found: &mut Found) -> Result<()> {
    let name = databases.name();
    let mut tables = Vec::new();
    for &size in scale.sizes {
        tables.push(Table::filled(databases, size).await?);
    }
    let (smallest, largest) = (&tables[0], &tables[tables.len() - 1]);
    found.add("smallest", many(smallest.size));
    found.add("largest", many(largest.size));
    let filling = format!("{:.1}", largest.filling.as_secs_f64());
    found.add(format!("{name} filled"), filling);

    let loads = loads::by_engine(&tables, scale).await?;
    let (mut bars, mut memories) = (Vec::new(), Vec::new());
    for (table, loads) in tables.iter().zip(&loads) {
        let (requests, [before, after]) = loads::by_site(table, scale).await?;
        for ((loads, requests), at_once) in loads.iter().zip(&requests).zip(AT_ONCE) {
            let row = format!("{name}, {}, {at_once} at once", many(table.size));
            let figures =
                [loads, requests].map(|took| [0.5, 0.99].map(|share| micros(took, share)));
            found.add(row, figures.map(cells).join(" | "));
        }
        let size = table.bytes().await?;
        let cells = [size, before, after].map(megabytes).join(" | ");
        found.add(format!("memory: {name}, {}", many(table.size)), cells);
        found.add(format!("{name} bytes"), megabytes(size));
        memories.push(after);
        let label = format!("{} sessions", many(table.size));
        bars.push((label, micros(&loads[0], 0.5), true));
    }
    let last = loads.len() - 1;
    let longer = |at: usize| micros(&loads[last][at], 0.5) / micros(&loads[0][at], 0.5);
    let (one, several) = (longer(0), longer(1));
    let reached = format!("{one:.2} times (1 at a time), {several:.2} times (16 at once)");
    // Of several at once, each waits for the others too.
    found.aim(format!("{name} longer"), reached, one <= LONGER);
    let chart = format!("growth-{}", name.to_lowercase());
    let title = format!("Median load from {name}, by how many sessions there are");
    found.add(&chart, chart::draw(&chart, &title, "µs", &bars)?);
    memories.sort_unstable();
    let (least, most) = (memories[0], memories[last]);
    let reached = format!("{} to {} MB", megabytes(least), megabytes(most));
    found.aim(format!("{name} memory"), reached, most - least < MEMORY);
    clear(name, &tables[1..], scale, found).await
}

/// As they expire on each table, then many at once on the largest.
async fn clear(name: &str, tables: &[Table], scale: &Scale, found: &mut Found) -> Result<()> {
    found.add("period", scale.period.as_secs());
    found.add("backlog", many(scale.backlog));
    found.add("backlogs", scale.backlogs);
    let largest = &tables[tables.len() - 1];
    let steady = tables.iter();
    let steady = steady.map(|table| ("as they expire", table, scale.periods, 0));
    let backlogs = ("many at once", largest, scale.backlogs, scale.backlog);
    let (mut came, mut went, mut growth) = (f64::INFINITY, 0.0, 0.0_f64);
    for (when, table, times, backlog) in steady.chain([backlogs]) {
        let seen = clearing::clear(table, times, scale.period, backlog).await?;
        let bytes: Vec<_> = seen.bytes.iter().copied().map(megabytes).collect();
        let [otherwise, meanwhile] = seen.late_loads;
        let figures = [seen.cleared as f64, seen.went, seen.came, otherwise, meanwhile];
        let row = format!("cleared {when}: {name}, {}", many(table.size));
        found.add(row, format!("{} | {}", cells(figures), bytes.join(", ")));
        came = came.min(seen.came);
        match backlog {
            0 => growth = growth.max(seen.growth),
            _ => went = seen.went,
        }
    }
    let keeps_up = came >= ALL_CAME && went >= FASTER * f64::from(NEW);
    let reached = format!("{went:.0} removed a second, while {came:.0} came");
    found.aim(format!("{name} keeps up"), reached, keeps_up);
    let reached = format!("{:.1}%", 100.0 * growth);
    found.aim(format!("{name} levels off"), reached, growth < LEVEL);
    Ok(())
}
