//! Everything that is measured on one kind of database, judged and shown.

use anyhow::Result;

use super::{
    clearing::{self, NEW, Seen},
    loads::{self, AT_ONCE},
    scale::{Scale, many},
    table::{Databases, Table},
};
use crate::{
    program::Program,
    section::{Chart, Section, megabytes},
};

/// How much longer a load may take in the largest table than in the smallest.
const LONGER: f64 = 1.5;
/// New sessions a second that count as all of them.
const ALL_CAME: f64 = 0.98 * NEW as f64;
/// How much faster expired sessions have to go than new ones come.
const FASTER: f64 = 2.0;
/// By what share a table may grow in the second half of the time while as many go as come.
const LEVEL: f64 = 0.05;
/// By how many bytes the server's memory may differ from table to table. Each of its connections to
/// SQLite has 2 MB in which it keeps what it read last, and a small table doesn't fill them.
const MEMORY: u64 = 10_000_000;

/// The rows of the tables in the report.
#[derive(Default)]
pub(super) struct Measured {
    filled: String,
    times: Vec<[String; 7]>,
    memory: Vec<[String; 5]>,
    clearings: Vec<[String; 9]>,
}

impl Measured {
    pub(super) async fn on(
        &mut self,
        databases: &Databases,
        program: &Program,
        scale: &Scale,
        section: &mut Section,
    ) -> Result<()> {
        let name = databases.name();
        let mut tables = Vec::new();
        for &size in scale.sizes {
            tables.push(Table::filled(databases, program, size).await?);
        }
        let (smallest, largest) = (&tables[0], &tables[tables.len() - 1]);
        self.filled += &format!(
            "{name}: {} sessions take {} MB and were put in in {:.1} s. ",
            many(largest.size),
            megabytes(largest.bytes().await?),
            largest.filling.as_secs_f64(),
        );

        let loads = loads::by_engine(&tables, scale).await?;
        let mut afterwards = Vec::new();
        for (table, loads) in tables.iter().zip(&loads) {
            let (requests, memory) = loads::by_site(program, table, scale).await?;
            afterwards.push(memory[1]);
            let [before, after] = memory.map(megabytes);
            let size = megabytes(table.bytes().await?);
            self.memory
                .push([name.to_owned(), many(table.size), size, before, after]);
            for ((loads, requests), at_once) in loads.iter().zip(&requests).zip(AT_ONCE) {
                let [median, p99] = [0.5, 0.99].map(|share| format!("{:.0}", loads.micros(share)));
                let [request, slow] =
                    [0.5, 0.99].map(|share| format!("{:.0}", requests.micros(share)));
                let of = [name.to_owned(), many(table.size), at_once.to_string()];
                let [name, size, at_once] = of;
                self.times
                    .push([name, size, at_once, median, p99, request, slow]);
            }
        }
        let [alone, together] = [0, 1]
            .map(|at: usize| loads[loads.len() - 1][at].micros(0.5) / loads[0][at].micros(0.5));
        section.aim(
            format!(
                "{name}: the median load from {} sessions takes at most {LONGER} times that from {}",
                many(largest.size),
                many(smallest.size),
            ),
            format!("{alone:.2} times (1 at a time), {together:.2} times (16 at once)"),
            // Of several at once, each waits for the others too.
            alone <= LONGER,
        );
        let bars = tables.iter().zip(&loads);
        section.charts.push(Chart {
            name: format!("growth-{}", name.to_lowercase()),
            title: format!("Median load from {name}, by how many sessions there are"),
            unit: "µs".to_owned(),
            bars: bars
                .map(|(table, loads)| {
                    (
                        format!("{} sessions", many(table.size)),
                        loads[0].micros(0.5),
                        true,
                    )
                })
                .collect(),
        });
        self.clear(name, &tables[1..], scale, section).await?;
        let least = afterwards.iter().copied().min().unwrap_or_default();
        let most = afterwards.iter().copied().max().unwrap_or_default();
        section.aim(
            format!(
                "{name}: the server's memory doesn't grow with the sessions: it differs by less than {} MB",
                MEMORY / 1_000_000,
            ),
            format!("{} to {} MB", megabytes(least), megabytes(most)),
            most - least < MEMORY,
        );
        section.fact("new", NEW);
        section.fact("period", scale.period.as_secs());
        section.fact("backlog", many(scale.backlog));
        section.fact("backlogs", scale.backlogs);
        Ok(())
    }

    /// As they expire on each table, then many at once on the largest.
    async fn clear(
        &mut self,
        name: &str,
        tables: &[Table],
        scale: &Scale,
        section: &mut Section,
    ) -> Result<()> {
        let mut came = f64::INFINITY;
        let mut growth: f64 = 0.0;
        for table in tables {
            let seen = clearing::steady(table, scale).await?;
            came = came.min(seen.came);
            growth = growth.max(seen.growth());
            self.cleared(name, table, "as they expire", &seen);
        }
        let largest = &tables[tables.len() - 1];
        let seen = clearing::backlogs(largest, scale).await?;
        self.cleared(name, largest, "many at once", &seen);
        let (came, went) = (came.min(seen.came), seen.a_second());
        section.aim(
            format!(
                "{name}: clearsessions keeps up with {NEW} new sessions a second, and could with {FASTER} \
                 times as many"
            ),
            format!("{went:.0} removed a second, while {came:.0} came"),
            came >= ALL_CAME && went >= FASTER * f64::from(NEW),
        );
        section.aim(
            format!(
                "{name}: a table that as many leave as come stops growing: by less than {:.0}% in the second \
                 half of the time",
                100.0 * LEVEL,
            ),
            format!("{:.1}%", 100.0 * growth),
            growth < LEVEL,
        );
        Ok(())
    }

    fn cleared(&mut self, name: &str, table: &Table, when: &str, seen: &Seen) {
        let [otherwise, meanwhile] = seen
            .loads
            .each_ref()
            .map(|loads| format!("{:.0}", loads.micros(0.99)));
        let bytes: Vec<_> = seen.bytes.iter().copied().map(megabytes).collect();
        self.clearings.push([
            name.to_owned(),
            many(table.size),
            when.to_owned(),
            seen.cleared.to_string(),
            format!("{:.0}", seen.a_second()),
            format!("{:.0}", seen.came),
            otherwise,
            meanwhile,
            bytes.join(", "),
        ]);
    }

    pub(super) fn show(self, section: &mut Section) {
        section.fact("filled", self.filled.trim_end());
        section.table(
            "How long a load and a request take, by how many sessions there are, in µs",
            [
                "database",
                "sessions",
                "at once",
                "load, median",
                "load, p99",
                "request, median",
                "request, p99",
            ],
            self.times,
        );
        section.table(
            "The table's size, and the server's memory before and after the same number of requests, in MB",
            ["database", "sessions", "table", "memory at start", "memory afterwards"],
            self.memory,
        );
        let cleared = [
            "rows",
            "a second",
            "new a second",
            "load p99, otherwise",
            "load p99, meanwhile",
        ];
        let [rows, went, came, otherwise, meanwhile] = cleared;
        section.table(
            "Clearing, while new sessions come: rows, loads in µs, and the table in MB after each clearing",
            ["database", "sessions", "cleared", rows, went, came, otherwise, meanwhile, "the table"],
            self.clearings,
        );
    }
}
