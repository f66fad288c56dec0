//! A pool of connections to one database.
//!
//! sqlx's own pool asks the database after every statement whether its connection is still good, which
//! is another way there and back. Here only one that was idle for a while is asked, and one whose
//! statement failed is closed. Whatever made one silent or lost (a firewall that forgot, a failover) has
//! most likely met all, so none that was opened before is used again. A database that is merely slow is
//! silent too: one counts as lost only if the database, asked on a new connection, does nothing for it.

use std::time::Duration;

use deadpool::managed::{Object, Pool, PoolError, QueueMode};
use tokio::time::{sleep, timeout};

use super::{connector::Connector, faults::has_too_many_connections};
use crate::engine::{self, shared::timeout::longer};

/// The time that a statement may take, with the wait for a free connection.
pub(super) const TIMEOUT: Duration = Duration::from_millis(1500);
const CONNECTIONS: usize = 8;
/// The time that the first connection may take.
const OPENING: Duration = Duration::from_secs(10);
/// The wait for one of ours where the database grants no more.
const FOR_ONE_OF_OURS: Duration = Duration::from_millis(5);

/// A connection that nobody else uses meanwhile. It is closed unless it is
/// [released](super::open_connection::OpenConnection::release) before.
type PooledConnection = Object<Connector>;

/// Connections to one database. Clones share them.
#[derive(Clone)]
pub(super) struct ConnectionPool(Pool<Connector>);

impl ConnectionPool {
    /// One is opened at once, the others when they are needed.
    pub(super) async fn open(connector: Connector) -> sqlx::Result<Self> {
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
        let mut first = pool.acquire_within(OPENING).await?;
        if first.is_shared {
            tracing::info!(
                "the database is behind a pooler: nothing is prepared or set on its connections"
            );
        }
        first.release(Ok(()))?;
        Ok(pool)
    }

    pub(super) async fn acquire(&self) -> sqlx::Result<PooledConnection> {
        self.acquire_within(TIMEOUT).await
    }

    async fn acquire_within(&self, limit: Duration) -> sqlx::Result<PooledConnection> {
        if let Some(file) = self.connector().file.get() {
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
        match timeout(longer(limit), acquired).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(PoolError::Backend(error))) => Err(error),
            // Nothing else that can fail is asked of it.
            Ok(Err(_)) => Err(sqlx::Error::PoolClosed),
            Err(_) => Err(sqlx::Error::PoolTimedOut),
        }
    }

    pub(super) fn connector(&self) -> &Connector {
        self.0.manager()
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
