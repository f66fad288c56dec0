//! Sessions that are asked for while others are being loaded are loaded together.
//!
//! A load's cost is by far that of the way to the database and back: with SQLite to another thread, else
//! over a network. One that comes alone goes at once; those that come meanwhile wait until one is back,
//! and go in one statement. The answer is one row with a column for each of them: SQLite's thread hands
//! out row by row, and whoever waits for several is woken for each.

use std::{slice, sync::Arc};

use sqlx::AssertSqlSafe;

use super::{
    database::Database,
    dialect::Dialect,
    faults::{failure, is_damage, is_too_large, unreadable},
    statement::{Done, Statement, text},
};
use crate::{
    engine::{
        Error, Result, Row,
        shared::batcher::{BatchPermit, Batcher, Pending},
    },
    key::StoredKey,
    timestamp::from_text,
};

/// As many keys as the statements take; a batch that has fewer begins anew.
const SIZES: [usize; 3] = [1, 4, 16];
const MOST: usize = SIZES[SIZES.len() - 1];

type Answer = Result<Option<Row>>;

/// The loads of one database.
#[derive(Clone)]
pub(super) struct LoadBatcher {
    batcher: Batcher<StoredKey, Answer>,
    statements: [Arc<str>; SIZES.len()],
}

impl LoadBatcher {
    pub(super) fn new(dialect: &Dialect) -> Self {
        let statements = SIZES.map(|size| {
            let loads = (0..size).map(|number| {
                let load = dialect
                    .load
                    .replace("{key}", &(dialect.placeholder)(2 * number + 1))
                    .replace("{now}", &(dialect.time)(2 * number + 2));
                format!("({load})")
            });
            format!("SELECT {}", loads.collect::<Vec<_>>().join(", ")).into()
        });
        Self { batcher: Batcher::new(dialect.loads_at_once), statements }
    }

    pub(super) async fn load(&self, database: &Database, key: &StoredKey) -> Answer {
        let take = |permit| self.clone().load_batches(database.clone(), permit);
        self.batcher.submit(key.clone(), take).await?
    }

    async fn load_batches(self, database: Database, mut permit: BatchPermit<StoredKey, Answer>) {
        while let Some(batch) = permit.next(MOST) {
            let error = match self.load_batch(&database, &batch).await {
                Ok(found) => {
                    answer(batch, &found);
                    continue;
                }
                Err(error) => error,
            };
            // One of several that is refused is nobody else's fault.
            let is_of_one =
                error.as_database_error().is_some() || is_damage(&error) || is_too_large(&error);
            let error = failed(error);
            for pending in batch {
                if !is_of_one {
                    pending.respond(Err(error.clone()));
                    continue;
                }
                let found = self.load_batch(&database, slice::from_ref(&pending)).await;
                match found {
                    Err(error) if is_damage(&error) => pending.respond(Ok(None)),
                    Err(error) => pending.respond(Err(failed(error))),
                    Ok(found) => answer(vec![pending], &found),
                }
            }
        }
    }

    async fn load_batch(
        &self,
        database: &Database,
        batch: &[Pending<StoredKey, Answer>],
    ) -> sqlx::Result<Done> {
        let now = database.now();
        let larger = SIZES.iter().position(|size| batch.len() <= *size);
        let size = larger.unwrap_or(SIZES.len() - 1);
        let keys = batch.iter().cycle().take(SIZES[size]);
        let keys = keys.map(|pending| pending.request.as_str());
        let values = keys.flat_map(|key| [key.into(), now.as_str().into()]);
        let values: Vec<String> = values.collect();
        let sql = AssertSqlSafe(self.statements[size].clone());
        database.run(&Statement::row(sql, values)).await
    }
}

fn failed(error: sqlx::Error) -> Error {
    failure("loading a session", error)
}

/// Tells everybody what was found in their column.
fn answer(batch: Vec<Pending<StoredKey, Answer>>, found: &Done) {
    let row = found.rows.first();
    for (column, pending) in batch.into_iter().enumerate() {
        let found = row.and_then(|row| text(row, column));
        pending.respond(match found {
            Some("") => Err(failed(unreadable())),
            found => Ok(found.and_then(to_row)),
        });
    }
}

fn to_row(found: &str) -> Option<Row> {
    let (end, payload) = found.split_once('|')?;
    Some(Row::new(payload, from_text(end)?))
}
