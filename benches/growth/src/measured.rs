//! Everything that is measured on one kind of database.

use std::time::Duration;

use crate::{
    clearing::{self, Seen},
    database::Databases,
    loads::{self, Loads},
    scale::Scale,
    site::Program,
    table::Table,
    traffic::{self, Traffic},
};

/// What was seen of one kind of database.
#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) name: &'static str,
    /// The smallest first.
    pub(crate) tables: Vec<OfTable>,
    /// Sessions that come and expire, on all tables but the smallest.
    pub(crate) steady: Vec<Cleared>,
    /// What comes in ten minutes, cleared at once, on the largest.
    pub(crate) backlogs: Cleared,
}

/// What was seen of one table.
#[derive(Debug)]
pub(crate) struct OfTable {
    pub(crate) size: u64,
    pub(crate) bytes: u64,
    pub(crate) filling: Duration,
    pub(crate) loads: Loads,
    pub(crate) traffic: Traffic,
}

/// Clearings of a table.
#[derive(Debug)]
pub(crate) struct Cleared {
    pub(crate) size: u64,
    pub(crate) seen: Seen,
}

impl Measured {
    pub(crate) async fn on(databases: &Databases, program: &Program, scale: &Scale) -> Self {
        let name = databases.name();
        let mut tables = Vec::new();
        for &size in scale.sizes {
            let table = Table::filled(databases, program, size).await;
            eprintln!(
                "{name}: {size} sessions in {:.1} s",
                table.filling.as_secs_f64()
            );
            tables.push(table);
        }
        let loads = loads::measure(&tables, scale).await;
        eprintln!("{name}: loaded");
        let mut of_tables = Vec::new();
        for (table, loads) in tables.iter().zip(loads) {
            of_tables.push(OfTable {
                size: table.size,
                bytes: table.bytes().await,
                filling: table.filling,
                loads,
                traffic: traffic::over(program, table, scale).await,
            });
        }
        eprintln!("{name}: visited");
        let mut steady = Vec::new();
        for table in tables.iter().skip(1) {
            let seen = clearing::steady(table, scale).await;
            steady.push(Cleared {
                size: table.size,
                seen,
            });
        }
        let largest = tables.last().expect("a table");
        let seen = clearing::backlogs(largest, scale).await;
        eprintln!("{name}: cleared");
        Self {
            name,
            tables: of_tables,
            steady,
            backlogs: Cleared {
                size: largest.size,
                seen,
            },
        }
    }

    pub(crate) fn smallest(&self) -> &OfTable {
        self.tables.first().expect("a table")
    }

    pub(crate) fn largest(&self) -> &OfTable {
        self.tables.last().expect("a table")
    }
}
