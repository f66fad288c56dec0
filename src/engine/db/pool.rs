//! A pool of connections to one database.
//!
//! sqlx's own pool asks the database after every statement whether its connection is still good: one
//! more way there and back for each. Here a connection is only asked that nobody has used for a
//! while, and one whose statement failed is used no more. Once one is silent or lost, whatever made it
//! so (a firewall that forgot, a failover) has most likely met all: none that was opened before is
//! used again. A database that is merely slow is silent too, and would only be slower for being asked
//! twice: so a silent one counts as lost once the database, asked on a new connection, does nothing for
//! it.

mod connector;
mod open_connection;

use std::{
    ops::{Deref, DerefMut},
    time::Duration,
};

use deadpool::managed::{Object, Pool, PoolError, QueueMode};
use sqlx::AnyConnection;
use tokio::time::{sleep, timeout};

pub(super) use self::connector::Connector;
use super::{
    faults::{has_too_many_connections, is_conflict},
    statement::{Done, Statement},
};
use crate::engine::{self, shared::timeout::longer};

/// How long a statement may take, with the wait for a free connection.
pub(super) const TIMEOUT: Duration = Duration::from_millis(1500);
/// How long a connection may be silent that was open before, until the database is asked on a new one
/// whether it does anything for it: so there is time left to do it there.
const FIRST_TRY: Duration = Duration::from_millis(700);
/// Enough that who reads seldom waits, few enough to be cheap.
const CONNECTIONS: usize = 8;
/// How long the first connection may take.
const OPENING: Duration = Duration::from_secs(10);
/// How long to wait for one of ours where the database grants no more.
const FOR_ONE_OF_OURS: Duration = Duration::from_millis(5);

/// Connections to one database. Clones share them.
#[derive(Clone)]
pub(super) struct ConnectionPool(Pool<Connector>);

impl ConnectionPool {
    /// One is opened at once, the others when they are needed.
    pub(super) async fn open(connector: Connector) -> Result<Self, sqlx::Error> {
        let most = match connector.in_memory {
            true => 1,
            false => CONNECTIONS,
        };
        let pool = Pool::builder(connector)
            .max_size(most)
            // The one that was used last: SQLite keeps in it what it has read.
            .queue_mode(QueueMode::Lifo)
            .build()
            .map_err(sqlx::Error::config)?;
        let pool = Self(pool);
        let first = pool.acquire_within(OPENING).await?;
        if first.0.is_shared {
            tracing::info!(
                "the database is behind a pooler: nothing is prepared or set on its connections"
            );
        }
        first.release(Ok(()))?;
        Ok(pool)
    }

    /// A connection that nobody else uses meanwhile.
    pub(super) async fn acquire(&self) -> Result<PooledConnection, sqlx::Error> {
        self.acquire_within(TIMEOUT).await
    }

    async fn acquire_within(&self, limit: Duration) -> Result<PooledConnection, sqlx::Error> {
        if let Some(file) = self.0.manager().file.get() {
            file.check()?;
        }
        let acquired = async {
            loop {
                match self.0.get().await {
                    // One of ours will be free, where the database grants us no more.
                    Err(PoolError::Backend(error))
                        if has_too_many_connections(&error) && self.0.status().size > 0 =>
                    {
                        sleep(FOR_ONE_OF_OURS).await;
                    }
                    acquired => return acquired,
                }
            }
        };
        let acquired = timeout(longer(limit), acquired).await;
        let acquired = acquired.map_err(|_| sqlx::Error::PoolTimedOut)?;
        acquired.map(PooledConnection).map_err(|error| match error {
            PoolError::Backend(error) => error,
            // Nothing else that can fail is asked of it.
            _ => sqlx::Error::PoolClosed,
        })
    }

    /// Runs `statement` on a connection that may be lost: then this is an error, in time for another.
    pub(super) async fn run_unless_lost(
        &self,
        connection: &mut PooledConnection,
        statement: &Statement,
    ) -> Result<Done, sqlx::Error> {
        let id = connection.0.id.clone();
        let connector = self.0.manager();
        connector
            .unless_lost(FIRST_TRY, &id, connection.run(statement))
            .await
    }

    /// No connection that is open now is used again.
    pub(super) fn suspect_all(&self) {
        self.0.manager().suspect_all();
    }

    pub(super) fn metrics(&self) -> engine::Pool {
        let status = self.0.status();
        let number = |many: usize| u32::try_from(many).unwrap_or(u32::MAX);
        engine::Pool {
            open: number(status.size),
            idle: number(status.available),
            most: number(status.max_size),
        }
    }
}

/// An acquired connection, to be [released](PooledConnection::release). It is closed if it isn't.
pub(super) struct PooledConnection(Object<Connector>);

impl PooledConnection {
    /// Whether the network may have forgotten it.
    pub(super) fn may_be_forgotten(&self) -> bool {
        self.0.may_be_forgotten
    }

    /// Runs `statement`.
    pub(super) async fn run(&mut self, statement: &Statement) -> Result<Done, sqlx::Error> {
        self.0.run(statement).await
    }

    /// Gives it back after `answer`, unless that leaves a doubt about the connection.
    pub(super) fn release<T>(mut self, answer: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
        self.0.is_at_rest = match &answer {
            Ok(_) => true,
            // Nothing was sent.
            Err(sqlx::Error::Encode(_)) => true,
            Err(error @ sqlx::Error::Database(why)) => {
                is_conflict(error) || why.is_unique_violation()
            }
            Err(_) => false,
        };
        answer
    }
}

impl Deref for PooledConnection {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        &self.0.connection
    }
}

impl DerefMut for PooledConnection {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.0.connection
    }
}
