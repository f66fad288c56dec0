//! The `db` engine: rows in Django's own table, in SQLite, PostgreSQL, MariaDB or MySQL.
//!
//! The statements of each database stand in one table; the code is the same for all.
//! SQLite runs in WAL mode, so that readers don't wait for the writer.

mod batch_load;
mod batch_write;
mod database_url;
mod dialect;
mod faults;
#[cfg(feature = "postgres")]
mod invalidation;
mod opened_file;
mod pool;
mod scan;
mod statement;
mod statistics;
mod table;

use std::{fmt, io, str::FromStr, time::Duration};

use async_trait::async_trait;
use sqlx::{
    ConnectOptions, Row as _,
    any::{AnyConnectOptions, AnyRow},
};

#[cfg(feature = "postgres")]
pub(crate) use self::database_url::speaks_postgres;
#[cfg(feature = "postgres")]
pub use self::invalidation::{Invalidation, InvalidationListener};
use self::{
    batch_load::LoadBatcher,
    batch_write::WriteBatcher,
    database_url::{DatabaseUrl, no_address},
    dialect::Dialect,
    faults::{Fate, fate, is_conflict},
    pool::{ConnectionPool, Connector},
    statement::{Done, Statement},
};
use super::{
    Cursor, Engine, Error, ErrorKind, Inspect, Order, Page, Replaced, Result, Row, StoreInfo,
    StoreMetrics,
    error::UNKNOWN_END,
    shared::cleared::Cleared,
    shared::limit::timeout,
    shared::timestamp::{from_text, to_text},
};
use crate::{clock::Clock, key::StoredKey};

/// How long a writer of SQLite waits for its turn before the database counts as broken.
const WRITE_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a statement may take, with the wait for a free connection.
const TIMEOUT: Duration = Duration::from_millis(1500);
/// How long a connection may be silent that was open before, until the database is asked on a new one
/// whether it does anything for it: so there is time left to do it there.
const FIRST_TRY: Duration = Duration::from_millis(700);
/// So few rows go in one statement that no writer waits long for it.
const CLEAR_BATCH: i64 = 250;
/// How often a statement is tried that the database refuses in favour of another's.
const TRIES: usize = 50;

/// Sessions in a SQL database.
#[derive(Clone)]
pub struct Db {
    pool: ConnectionPool,
    dialect: &'static Dialect,
    unencrypted: bool,
    clock: Clock,
    cleared: Cleared,
    loads: LoadBatcher,
    /// `None`: they need no queue.
    writes: Option<WriteBatcher>,
}

impl Db {
    /// Opens the database at `url`: `sqlite:PATH`, `postgres://…` or `mysql://…` (`mariadb://…`
    /// is the same). SQLite's file and its folder are made; for the table, see [`Db::migrate`].
    ///
    /// # Errors
    /// When the address isn't one, or there is no database to be had at it.
    pub async fn connect(url: &str) -> Result<Self> {
        let database_url = DatabaseUrl::parse(url)?;
        sqlx::any::install_default_drivers();
        let dialect = database_url.dialect;
        let options = AnyConnectOptions::from_str(&database_url.url)
            .map_err(|error| no_address(format!("is not the address of a database: {error}")))?
            .disable_statement_logging();
        let connector = Connector::new(options, dialect, database_url.in_memory);
        let pool = ConnectionPool::open(connector).await.map_err(|error| {
            let error = Error::because("the database can't be opened", why(&error));
            // A file can't be opened because of its path.
            error.with_kind(match dialect.has_one_writer {
                true => ErrorKind::Misconfigured,
                false => ErrorKind::Unavailable,
            })
        })?;
        Ok(Self {
            pool,
            dialect,
            unencrypted: database_url.is_unencrypted(),
            clock: Clock::system(),
            cleared: Cleared::default(),
            loads: LoadBatcher::new(dialect),
            writes: dialect.has_one_writer.then(|| WriteBatcher::new(1)),
        })
    }

    /// Tells every server that listens (see [`InvalidationListener`]) which sessions are changed or deleted.
    /// Only PostgreSQL can; others stay as they are.
    #[cfg(feature = "postgres")]
    #[must_use]
    pub fn with_notifications(mut self) -> Self {
        if std::ptr::eq(self.dialect, &dialect::POSTGRES) {
            self.dialect = &dialect::POSTGRES_WITH_NOTIFICATIONS;
        }
        self
    }

    /// Where the time comes from. Default: the machine's clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// What the database answers to `statement`, if it does in time. It is tried again where the database
    /// let another statement go first, and on a new connection where one that was open before was lost,
    /// was silent, or leads to a server that doesn't serve us any more.
    ///
    /// One that is not repeatable, and of which nobody knows what became, counts as not done.
    async fn run(&self, statement: &Statement) -> Result<Done, sqlx::Error> {
        let done = async {
            let (mut tries, mut repeated) = (1, false);
            loop {
                let mut connection = self.pool.acquire().await?;
                let may_be_forgotten = connection.may_be_forgotten() && !repeated;
                let answer = match may_be_forgotten {
                    true => self.pool.run_unless_lost(&mut connection, statement).await,
                    false => connection.run(statement).await,
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
                self.pool.suspect_all();
                if fate == Fate::Unknown && !statement.repeatable {
                    return Ok(Done::default());
                }
                repeated = true;
            }
        };
        in_time(done).await
    }
}

impl fmt::Debug for Db {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Db")
    }
}

#[async_trait]
impl Engine for Db {
    async fn load(&self, key: &StoredKey) -> Result<Option<Row>> {
        self.load_batched(key).await
    }

    async fn create(&self, key: &StoredKey, row: &Row) -> Result<bool> {
        let values = [
            key.as_str().into(),
            row.payload().into(),
            to_text(row.expires_at()).into(),
        ];
        // Should a first try that seems lost arrive after all, when the session has been deleted, it would
        // bring it back: whoever wants a session takes another key.
        let create = Statement::write(self.dialect.create, values).once();
        let done = self.write("creating a session", create).await?;
        Ok(done.written == 1)
    }

    async fn replace(&self, key: &StoredKey, seen: &Row, row: &Row) -> Result<Replaced> {
        let values = [
            row.payload().into(),
            to_text(row.expires_at()).into(),
            key.as_str().into(),
            seen.payload().into(),
            to_text(self.clock.now()).into(),
        ];
        let replace = Statement::write(self.dialect.replace, values);
        let done = self.write("changing a session", replace).await?;
        if done.written == 1 {
            return Ok(Replaced::Done);
        }
        Ok(match self.load(key).await? {
            // The first try was done, and only its answer lost.
            Some(now) if done.repeated && now.payload() == row.payload() => Replaced::Done,
            Some(now) => Replaced::Changed(now),
            None if done.repeated && row.expires_at() <= self.clock.now() => {
                return Err(Error::new(UNKNOWN_END));
            }
            None => Replaced::Gone,
        })
    }

    async fn delete(&self, key: &StoredKey) -> Result<()> {
        let delete = Statement::write(self.dialect.delete, [key.as_str().into()]);
        let done = self.write("deleting a session", delete).await?;
        // A policy or a trigger may keep rows without a word.
        if done.written == 0 && self.load(key).await?.is_some() {
            return Err(Error::new(
                "deleting a session: the database says that there is none, and it is still there: a \
                 policy, a trigger or a limit of the statement's time keeps it",
            ));
        }
        Ok(())
    }

    async fn clear_expired(&self) -> Result<u64> {
        let mut clearing = self.cleared.begin();
        loop {
            // A batch at a time, so that whoever waits to write comes first.
            let values = [to_text(self.clock.now()).into(), CLEAR_BATCH.into()];
            let clear = Statement::write(self.dialect.clear, values);
            let rows = self
                .write("clearing expired sessions", clear)
                .await?
                .written;
            clearing.removed(rows);
            if rows < CLEAR_BATCH.unsigned_abs() {
                return Ok(clearing.rows());
            }
            tokio::task::yield_now().await;
        }
    }

    fn inspect(&self) -> Option<&dyn Inspect> {
        Some(self)
    }
}

#[async_trait]
impl Inspect for Db {
    async fn scan(&self, order: Order, from: Option<&Cursor>, limit: usize) -> Result<Page> {
        self.page(order, from, limit).await
    }

    async fn info(&self) -> Result<StoreInfo> {
        let version = self.run(&Statement::row(self.dialect.version, [])).await;
        let version = version
            .map_err(|error| Error::because("asking the database for its version", error))?;
        let version = version.rows.first().and_then(|row| text(row, 0));
        let version = version.unwrap_or_default();
        // MariaDB speaks MySQL's language and puts its own name into the version.
        let name = match version.contains("MariaDB") {
            true => "MariaDB",
            false => self.dialect.name,
        };
        let open = "the database is on another host, and the connection need not be encrypted: \
                    add sslmode=verify-full (PostgreSQL) or ssl-mode=VERIFY_IDENTITY (MySQL)";
        let (rows, expired) = self.count().await;
        let mut warnings = self.check().await?;
        warnings.extend(self.unencrypted.then(|| open.to_owned()));
        Ok(StoreInfo {
            server: format!("{name} {version}"),
            warnings,
            rows,
            expired,
            orders: vec![Order::EndsFirst, Order::EndsLast],
        })
    }

    fn metrics(&self) -> StoreMetrics {
        StoreMetrics {
            pool: Some(self.pool.metrics()),
            cleared: self.cleared.sum(),
            ..StoreMetrics::default()
        }
    }
}

/// What the database answers, if it does: one that hangs keeps its connections open.
async fn in_time<T>(
    answer: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    within(TIMEOUT, answer).await
}

async fn within<T>(
    limit: Duration,
    answer: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    let late = |_| Err(silence());
    timeout(limit, answer).await.unwrap_or_else(late)
}

fn silence() -> sqlx::Error {
    io::Error::new(io::ErrorKind::TimedOut, "it has not answered in time").into()
}

/// What an error of opening the database says to people.
fn why(error: &sqlx::Error) -> String {
    match error {
        error if faults::is_locked(error) => {
            "another program keeps the file locked; end it, or wait until it is done".to_owned()
        }
        sqlx::Error::PoolTimedOut => "it doesn't answer".to_owned(),
        error => error.to_string(),
    }
}

/// Text in a column, which may come as bytes because they needn't be any.
fn text(row: &AnyRow, column: usize) -> Option<&str> {
    match row.try_get::<&str, _>(column) {
        Ok(text) => Some(text),
        Err(_) => std::str::from_utf8(row.try_get(column).ok()?).ok(),
    }
}

fn to_row(row: &AnyRow) -> Option<Row> {
    Some(Row::new(
        text(row, 0)?.to_owned(),
        from_text(text(row, 1)?)?,
    ))
}
