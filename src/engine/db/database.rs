//! The database: one statement at a time, on a connection of a pool, in time, and tried again where that
//! does no harm.
//!
//! sqlx's own pool asks the database after every statement whether its connection is still good, which
//! is another way there and back. Here only one that was idle for a while is asked, and one whose
//! statement failed is closed. Whatever made one silent or lost (a firewall that forgot, a failover) has
//! most likely met all, so none that was opened before is used again. A database that is merely slow is
//! silent too: one counts as lost only if the database, asked on a new connection, does nothing for it.

use std::time::Duration;

use deadpool::managed::{Object, Pool, PoolError, QueueMode};
use sqlx::{Connection as _, Row as _};
use tokio::time::{sleep, timeout};

use super::{
    connector::Connector,
    dialect::Dialect,
    faults::{Fate, fate, has_too_many_connections, is_conflict},
    statement::{Done, Statement},
};
use crate::{
    clock::Clock,
    engine::{
        self,
        shared::timeout::{longer, within},
    },
    timestamp::to_text,
};

/// The time that a statement may take, with the wait for a free connection.
pub(super) const TIMEOUT: Duration = Duration::from_millis(1500);
const CONNECTIONS: usize = 8;
/// The time that the first connection may take.
const OPENING: Duration = Duration::from_secs(10);
/// The wait for one of ours where the database grants no more.
const FOR_ONE_OF_OURS: Duration = Duration::from_millis(5);
/// The time that a connection may be silent that was open before: there has to be some left for a new one.
const FIRST_TRY: Duration = Duration::from_millis(700);
/// The tries of a statement that the database refuses in favour of another's.
const TRIES: usize = 50;

/// A connection that nobody else uses meanwhile. It is closed unless it is
/// [released](super::open_connection::OpenConnection::release) before.
type PooledConnection = Object<Connector>;

/// A database. Clones share its connections.
#[derive(Clone)]
pub(super) struct Database {
    pool: Pool<Connector>,
    pub(super) dialect: &'static Dialect,
    pub(super) clock: Clock,
}

impl Database {
    /// One connection is opened at once, the others when they are needed.
    pub(super) async fn open(connector: Connector) -> sqlx::Result<Self> {
        let dialect = connector.dialect;
        let most = if connector.in_memory { 1 } else { CONNECTIONS };
        let pool = Pool::builder(connector)
            .max_size(most)
            // The one that was used last: SQLite keeps in it what it has read.
            .queue_mode(QueueMode::Lifo)
            .build()
            .map_err(sqlx::Error::config)?;
        let database = Self { pool, dialect, clock: Clock::system() };
        let mut first = database.acquire_within(OPENING).await?;
        if first.is_shared {
            tracing::info!(
                "the database is behind a pooler: nothing is prepared or set on its connections"
            );
        }
        first.release(Ok(()))?;
        Ok(database)
    }

    pub(super) async fn acquire(&self) -> sqlx::Result<PooledConnection> {
        self.acquire_within(TIMEOUT).await
    }

    async fn acquire_within(&self, limit: Duration) -> sqlx::Result<PooledConnection> {
        if let Some(file) = self.pool.manager().file.get() {
            file.check()?;
        }
        let acquired = async {
            loop {
                match self.pool.get().await {
                    // One of ours will be free, where the database grants us no more.
                    Err(PoolError::Backend(error))
                        if has_too_many_connections(&error) && self.pool.status().size > 0 =>
                    {
                        sleep(FOR_ONE_OF_OURS).await;
                    }
                    acquired => return acquired,
                }
            }
        };
        match timeout(longer(limit), acquired).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(PoolError::Backend(error))) => Err(error),
            // Nothing else that can fail is asked of it.
            Ok(Err(_)) => Err(sqlx::Error::PoolClosed),
            Err(_) => Err(sqlx::Error::PoolTimedOut),
        }
    }

    /// Runs `statement`, if the database answers in time. It is tried again where another statement went
    /// first, and on a new connection where one that was open before was lost or silent, or leads to a
    /// server that no longer serves us. One that is not repeatable counts as not done then.
    pub(super) async fn run(&self, statement: &Statement) -> sqlx::Result<Done> {
        let connector = self.pool.manager();
        let done = async {
            let (mut tries, mut repeated) = (1, false);
            loop {
                let mut connection = self.acquire().await?;
                let may_be_forgotten = connection.may_be_forgotten && !repeated;
                let answer = if may_be_forgotten {
                    let id = connection.id.clone();
                    connector.fail_if_lost(FIRST_TRY, &id, connection.run(statement)).await
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

    /// Closes the connections that nobody uses, and waits for it: with its last one SQLite takes what is in its
    /// `-wal` into the file.
    pub(super) async fn close(&self) {
        let closed = async {
            for open in self.pool.retain(|_, _| false).removed {
                if let Err(error) = open.connection.close().await {
                    tracing::debug!(%error, "a connection to the database isn't closed in order");
                }
            }
        };
        if timeout(longer(TIMEOUT), closed).await.is_err() {
            tracing::warn!("the connections to the database aren't closed in time");
        }
    }

    /// The number that a statement answers with.
    pub(super) async fn number(&self, asked: Statement) -> sqlx::Result<i64> {
        let found = self.run(&asked).await?;
        let row = found.rows.first().ok_or(sqlx::Error::RowNotFound)?;
        row.try_get(0)
    }

    pub(super) fn metrics(&self) -> engine::Pool {
        let status = self.pool.status();
        let number = |many: usize| u32::try_from(many).unwrap_or(u32::MAX);
        engine::Pool {
            open: number(status.size),
            idle: number(status.available),
            most: number(status.max_size),
        }
    }

    pub(super) fn now(&self) -> String {
        to_text(self.clock.now())
    }
}
