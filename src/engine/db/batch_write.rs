//! Writes that come while SQLite writes are written together.
//!
//! SQLite takes one writer at a time, and those who wait in no order, so that some would wait too long:
//! here they stand in a queue. A write's time is that of the disk, which has it before it is
//! acknowledged, so whoever waits shares that of the next: one transaction for all. The other databases
//! do the same themselves.

use std::time::Duration;

use sqlx::Connection as _;

use super::{
    Db,
    database::{Database, TIMEOUT},
    faults::failure,
    statement::{Done, Statement},
};
use crate::engine::{
    Result,
    shared::{
        batcher::{BatchPermit, Pending},
        timeout::within,
    },
};

/// The time that a writer of SQLite waits for its turn before the database counts as broken.
const WRITE_TIMEOUT: Duration = Duration::from_secs(2);
/// Writes in one transaction: so few that its first doesn't wait long.
const MOST: usize = 64;

impl Db {
    /// Writes. `tried`: what is being done, for its error.
    pub(super) async fn write(&self, tried: &str, write: Statement) -> Result<Done> {
        let take = |permit| write_batches(self.database.clone(), permit);
        let written = match &self.writes {
            Some(writes) => within(WRITE_TIMEOUT, writes.submit(write, take)).await?,
            None => write_alone(&self.database, &write).await,
        };
        written.map_err(|error| failure(tried, error))
    }
}

async fn write_batches(database: Database, mut permit: BatchPermit<Statement, sqlx::Result<Done>>) {
    while let Some(batch) = permit.next(MOST) {
        let several = batch.len() > 1;
        if several && let Ok(written) = within(TIMEOUT, write_batch(&database, &batch)).await {
            for (pending, done) in batch.into_iter().zip(written) {
                pending.respond(Ok(done));
            }
            continue;
        }
        // Nothing of several was done if one of them failed, and that one is nobody else's fault.
        for pending in batch {
            let written = write_alone(&database, &pending.request).await;
            pending.respond(written);
        }
    }
}

async fn write_batch(
    database: &Database,
    batch: &[Pending<Statement, sqlx::Result<Done>>],
) -> sqlx::Result<Vec<Done>> {
    let mut connection = database.acquire().await?;
    let begin = connection.connection.begin_with("BEGIN IMMEDIATE");
    let mut transaction = begin.await?;
    let mut written = Vec::with_capacity(batch.len());
    for pending in batch {
        written.push(pending.request.run(&mut transaction).await?);
    }
    transaction.commit().await?;
    connection.release(Ok(written))
}

/// Writes. A row that is there already is not written.
async fn write_alone(database: &Database, write: &Statement) -> sqlx::Result<Done> {
    match database.run(write).await {
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => Ok(Done::default()),
        written => written,
    }
}

#[cfg(all(test, feature = "sqlite"))]
mod tests;
