//! The database: one statement at a time, in time, and tried again where that does no harm.

use std::time::Duration;

use sqlx::Row as _;

use super::{
    dialect::Dialect,
    faults::{Fate, fate, is_conflict},
    pool::{ConnectionPool, TIMEOUT},
    statement::{Done, Statement},
};
use crate::{clock::Clock, engine::shared::timeout::within, timestamp::to_text};

/// The time that a connection may be silent that was open before: there has to be some left for a new one.
const FIRST_TRY: Duration = Duration::from_millis(700);
/// The tries of a statement that the database refuses in favour of another's.
const TRIES: usize = 50;

/// A database. Clones share its connections.
#[derive(Clone)]
pub(super) struct Database {
    pub(super) pool: ConnectionPool,
    pub(super) dialect: &'static Dialect,
    pub(super) clock: Clock,
}

impl Database {
    /// Runs `statement`, if the database answers in time. It is tried again where another statement went
    /// first, and on a new connection where one that was open before was lost or silent, or leads to a
    /// server that no longer serves us. One that is not repeatable counts as not done then.
    pub(super) async fn run(&self, statement: &Statement) -> sqlx::Result<Done> {
        let connector = self.pool.connector();
        let done = async {
            let (mut tries, mut repeated) = (1, false);
            loop {
                let mut connection = self.pool.acquire().await?;
                let may_be_forgotten = connection.may_be_forgotten && !repeated;
                let answer = if may_be_forgotten {
                    let id = connection.id.clone();
                    connector.unless_lost(FIRST_TRY, &id, connection.run(statement)).await
                } else {
                    connection.run(statement).await
                };
                let error = match connection.release(answer) {
                    Ok(done) => return Ok(Done { repeated, ..done }),
                    Err(error) => error,
                };
                if is_conflict(&error) && tries < TRIES {
                    tries += 1;
                    continue;
                }
                let fate = fate(&error).filter(|_| may_be_forgotten);
                let Some(fate) = fate else { return Err(error) };
                tracing::debug!(%error, "a connection to the database is made anew, and all others");
                connector.suspect_all();
                if fate == Fate::Unknown && !statement.repeatable {
                    return Ok(Done::default());
                }
                repeated = true;
            }
        };
        within(TIMEOUT, done).await
    }

    /// The number that a statement answers with.
    pub(super) async fn number(&self, asked: Statement) -> sqlx::Result<i64> {
        let found = self.run(&asked).await?;
        let row = found.rows.first().ok_or(sqlx::Error::RowNotFound)?;
        row.try_get(0)
    }

    pub(super) fn now(&self) -> String {
        to_text(self.clock.now())
    }
}
