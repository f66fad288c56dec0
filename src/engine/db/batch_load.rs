//! Sessions that are asked for while others are being loaded are loaded together.
//!
//! Of what a load costs, the way to the database and back is by far the most: with SQLite to another
//! thread, else over a network. One that comes alone goes at once; those that come meanwhile wait
//! until one is back, and go in one statement. So nobody waits longer than without it, and the
//! busier a server is, the less a load costs.
//!
//! The answer is one row with a column for each of them: SQLite's thread hands out row by row, and
//! whoever waits for several is woken for each.

use std::{iter, slice, sync::Arc};

use sqlx::AssertSqlSafe;

use super::{
    Db,
    dialect::Dialect,
    faults::{failure, is_damage, is_too_large, unreadable},
    from_text,
    statement::{Done, Statement, Value},
    text, to_text,
};
use crate::{
    engine::{
        Error, Result, Row,
        shared::batcher::{BatchPermit, Batcher, Pending},
    },
    key::StoredKey,
};

/// As many keys as the statements take; one that has fewer repeats its last.
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
                    .replace("{now}", &(dialect.placeholder)(2 * number + 2));
                format!("({load})")
            });
            format!("SELECT {}", loads.collect::<Vec<_>>().join(", ")).into()
        });
        Self {
            batcher: Batcher::new(dialect.loads_at_once),
            statements,
        }
    }
}

impl Db {
    pub(super) async fn load_batched(&self, key: &StoredKey) -> Answer {
        let loads = &self.loads.batcher;
        loads
            .submit(key.clone(), |permit| self.clone().load_batches(permit))
            .await?
    }

    async fn load_batches(self, mut permit: BatchPermit<StoredKey, Answer>) {
        while let Some(batch) = permit.next(MOST) {
            match self.load_batch(&batch).await {
                Ok(found) => answer(batch, &found),
                // One of several that is refused is nobody else's fault.
                Err(error)
                    if error.as_database_error().is_some()
                        || is_damage(&error)
                        || is_too_large(&error) =>
                {
                    for pending in batch {
                        let found = self.load_batch(slice::from_ref(&pending)).await;
                        match found {
                            Err(error) if is_damage(&error) => pending.respond(Ok(None)),
                            Err(error) => pending.respond(Err(failed(error))),
                            Ok(found) => answer(vec![pending], &found),
                        }
                    }
                }
                Err(error) => {
                    let error = failed(error);
                    for pending in batch {
                        pending.respond(Err(error.clone()));
                    }
                }
            }
        }
    }

    async fn load_batch(&self, batch: &[Pending<StoredKey, Answer>]) -> Result<Done, sqlx::Error> {
        let now = to_text(self.clock.now());
        let larger = SIZES.iter().position(|size| batch.len() <= *size);
        let size = larger.unwrap_or(SIZES.len() - 1);
        let keys = batch.iter().map(|pending| pending.request.as_str());
        let last = batch.last().map_or("", |pending| pending.request.as_str());
        let keys = keys.chain(iter::repeat(last)).take(SIZES[size]);
        let values: Vec<Value> = keys
            .flat_map(|key| [key.into(), now.as_str().into()])
            .collect();
        let sql = AssertSqlSafe(self.loads.statements[size].clone());
        self.run(&Statement::row(sql, values)).await
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
