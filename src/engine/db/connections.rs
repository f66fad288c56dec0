//! Connections to a database, which stay open.
//!
//! sqlx's own pool asks the database after every statement whether its connection is still good: one
//! more way there and back for each. Here a connection is only asked that nobody has used for a
//! while, and one whose statement failed is used no more.

use std::{
    ops::{Deref, DerefMut},
    time::Duration,
};

use deadpool::managed::{
    Manager, Metrics, Object, Pool, PoolError, QueueMode, RecycleError, RecycleResult,
};
use sqlx::{AnyConnection, Connection as _, any::AnyConnectOptions};

use super::{PATIENCE, gave_way};
use crate::engine::{self, limit::timeout};

/// Enough that who reads seldom waits, few enough to be cheap.
const CONNECTIONS: usize = 8;
/// A connection that nobody used for so long is tried before it is used again: the server may
/// have been restarted.
const TRIED_AFTER: Duration = Duration::from_secs(1);

/// Connections to one database. Clones are the same.
#[derive(Clone)]
pub(super) struct Connections(Pool<Opener>);

impl Connections {
    /// One is opened at once, the others when they are needed.
    pub(super) async fn open(opener: Opener) -> Result<Self, sqlx::Error> {
        let most = match opener.in_memory {
            true => 1,
            false => CONNECTIONS,
        };
        let pool = Pool::builder(opener)
            .max_size(most)
            // The one that was used last: SQLite keeps in it what it has read.
            .queue_mode(QueueMode::Lifo)
            .build()
            .map_err(sqlx::Error::config)?;
        let connections = Self(pool);
        connections.lend().await?.back(Ok(()))?;
        Ok(connections)
    }

    /// A connection that nobody else uses meanwhile.
    pub(super) async fn lend(&self) -> Result<Lent, sqlx::Error> {
        let late = |_| sqlx::Error::PoolTimedOut;
        let lent = timeout(PATIENCE, self.0.get()).await.map_err(late)?;
        lent.map(Lent).map_err(|error| match error {
            PoolError::Backend(error) => error,
            // Nothing else that can fail is asked of it.
            _ => sqlx::Error::PoolClosed,
        })
    }

    pub(super) fn figures(&self) -> engine::Pool {
        let status = self.0.status();
        let number = |many: usize| u32::try_from(many).unwrap_or(u32::MAX);
        engine::Pool {
            open: number(status.size),
            idle: number(status.available),
            most: number(status.max_size),
        }
    }
}

/// How connections are opened.
#[derive(Debug)]
pub(super) struct Opener {
    pub(super) options: AnyConnectOptions,
    /// What is said to the database first.
    pub(super) on_connect: &'static str,
    /// Whether the database is in the memory of its one connection, and gone with it.
    pub(super) in_memory: bool,
}

/// An open connection.
pub(super) struct Open {
    connection: AnyConnection,
    /// Whether all that was asked has been answered: the answer for which nobody waited any longer
    /// would be taken for the next one's.
    is_at_rest: bool,
}

impl Manager for Opener {
    type Type = Open;
    type Error = sqlx::Error;

    async fn create(&self) -> Result<Open, sqlx::Error> {
        let mut connection = AnyConnection::connect_with(&self.options).await?;
        sqlx::raw_sql(self.on_connect)
            .execute(&mut connection)
            .await?;
        Ok(Open {
            connection,
            is_at_rest: false,
        })
    }

    async fn recycle(&self, open: &mut Open, metrics: &Metrics) -> RecycleResult<sqlx::Error> {
        if self.in_memory {
            return Ok(());
        }
        if !open.is_at_rest {
            return Err(RecycleError::message("its last statement failed"));
        }
        if metrics.last_used() >= TRIED_AFTER {
            open.connection.ping().await?;
        }
        open.is_at_rest = false;
        Ok(())
    }
}

/// A connection that is lent, to be given [back](Lent::back). It is closed if it isn't.
pub(super) struct Lent(Object<Opener>);

impl Lent {
    /// Gives it back after `answer`, unless that leaves a doubt about the connection.
    pub(super) fn back<T>(mut self, answer: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
        self.0.is_at_rest = match &answer {
            Ok(_) => true,
            Err(sqlx::Error::Database(why)) => gave_way(&**why) || why.is_unique_violation(),
            Err(_) => false,
        };
        answer
    }
}

impl Deref for Lent {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        &self.0.connection
    }
}

impl DerefMut for Lent {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.0.connection
    }
}
