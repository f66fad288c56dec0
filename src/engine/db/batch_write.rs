//! What is to be written while SQLite writes is written together.
//!
//! SQLite takes one writer at a time, and of those who wait it prefers none, so that some would wait
//! too long; here they stand in a queue. What costs a write its time is that the disk has it before
//! it is acknowledged. Whoever waits meanwhile shares that of the next: one transaction for all, and
//! nobody is answered before it is on the disk. The other databases do the same themselves.

use sqlx::Connection as _;

use super::{
    Db, WRITE_TIMEOUT,
    faults::failure,
    in_time,
    statement::{Done, Statement},
};
use crate::engine::{
    Error, Result,
    shared::batcher::{BatchPermit, Batcher, Pending},
    shared::limit::timeout,
};

/// So many go into one transaction that its first doesn't wait long.
const MOST: usize = 64;

type Answer = Result<Done, sqlx::Error>;

/// Those who write to one database.
pub(super) type WriteBatcher = Batcher<Statement, Answer>;

impl Db {
    /// Writes. `tried`: what is being done, for its error.
    pub(super) async fn write(&self, tried: &str, write: Statement) -> Result<Done> {
        let written = match &self.writes {
            Some(writes) => self.write_batched(writes, write).await?,
            None => self.write_alone(&write).await,
        };
        written.map_err(|error| failure(tried, error))
    }

    async fn write_batched(&self, writes: &WriteBatcher, write: Statement) -> Result<Answer> {
        let written = writes.submit(write, |permit| self.clone().write_batches(permit));
        let late = |_| Err(Error::new("too many are waiting to write to the database"));
        timeout(WRITE_TIMEOUT, written).await.unwrap_or_else(late)
    }

    async fn write_batches(self, mut permit: BatchPermit<Statement, Answer>) {
        while let Some(batch) = permit.next(MOST) {
            let several = batch.len() > 1;
            if several && let Ok(written) = in_time(self.write_batch(&batch)).await {
                for (pending, done) in batch.into_iter().zip(written) {
                    pending.respond(Ok(done));
                }
                continue;
            }
            // Nothing of several was done if one of them failed, and that one is nobody else's fault.
            for pending in batch {
                let written = self.write_alone(&pending.request).await;
                pending.respond(written);
            }
        }
    }

    async fn write_batch(
        &self,
        batch: &[Pending<Statement, Answer>],
    ) -> Result<Vec<Done>, sqlx::Error> {
        let mut connection = self.pool.acquire().await?;
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
        let mut written = Vec::with_capacity(batch.len());
        for pending in batch {
            written.push(pending.request.run(&mut transaction).await?);
        }
        transaction.commit().await?;
        connection.release(Ok(written))
    }

    /// Writes. A row that is there already is not written.
    async fn write_alone(&self, write: &Statement) -> Answer {
        match self.run(write).await {
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => Ok(Done::default()),
            written => written,
        }
    }
}

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use time::{Duration, OffsetDateTime};
    use tokio::task::JoinSet;

    use crate::{
        Db, Engine,
        engine::Row,
        key::{SessionKey, StoredKey},
    };

    fn new_key() -> StoredKey {
        SessionKey::generate().stored(true)
    }

    #[tokio::test]
    async fn one_that_is_refused_takes_nobody_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("db.sqlite3").display());
        let db = Db::connect(&url).await.unwrap();
        db.migrate().await.unwrap();
        let refuse = "CREATE TRIGGER refuse BEFORE INSERT ON django_session \
                      WHEN NEW.session_data = 'refused' BEGIN SELECT RAISE(ABORT, 'no'); END";
        db.run(&crate::engine::db::Statement::write(refuse, []))
            .await
            .unwrap();
        let row = |payload: &str| {
            Row::new(
                payload,
                OffsetDateTime::UNIX_EPOCH + Duration::days(365 * 100),
            )
        };
        let mut writers = JoinSet::new();
        for number in 0..40 {
            let refused = number % 20 == 7;
            let row = row(if refused { "refused" } else { "kept" });
            let db = db.clone();
            writers.spawn(async move {
                let key = new_key();
                let created = db.create(&key, &row).await;
                assert_eq!(created.is_err(), refused, "{created:?}");
                let kept = db.load(&key).await.unwrap();
                assert_eq!(kept, (!refused).then_some(row));
            });
        }
        writers.join_all().await;
    }
}
