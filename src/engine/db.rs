//! The `db` engine: rows in Django's own table, in SQLite, PostgreSQL, MariaDB or MySQL.
//!
//! The statements of each database stand in one table; the code is the same for all.
//! SQLite runs in WAL mode, so that readers don't wait for the writer.

mod batch_load;
mod batch_write;
mod connector;
mod database;
mod database_url;
mod dialect;
mod faults;
#[cfg(feature = "postgres")]
mod invalidation;
mod open_connection;
mod opened_file;
mod scan;
mod statement;
mod statistics;
mod table;

use async_trait::async_trait;
use sqlx::AssertSqlSafe;

#[cfg(feature = "postgres")]
pub use self::invalidation::{Invalidation, InvalidationListener};
use self::{
    batch_load::LoadBatcher,
    connector::Connector,
    database::Database,
    database_url::{DatabaseUrl, no_database},
    faults::is_locked,
    statement::{Done, Statement, text},
};
use super::{
    Cursor, Engine, Error, ErrorKind, Inspect, Order, Page, Replaced, Result, Row, StoreInfo,
    StoreMetrics,
    shared::{UNKNOWN_END, batcher::Batcher, cleared::Cleared},
};
use crate::{clock::Clock, key::StoredKey, timestamp::to_text};

/// Rows that are cleared by one statement: so few that no writer waits long for it.
const CLEAR_BATCH: u64 = 250;

/// Sessions in a SQL database.
#[derive(Clone)]
pub struct Db {
    database: Database,
    unencrypted: bool,
    cleared: Cleared,
    loads: LoadBatcher,
    /// `None`: the database writes for several at once.
    writes: Option<Batcher<Statement, sqlx::Result<Done>>>,
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
        let connector = Connector::new(&database_url).map_err(no_database)?;
        let database = Database::open(connector).await.map_err(|error| {
            let why = match error {
                sqlx::Error::PoolTimedOut => "it doesn't answer".to_owned(),
                error if is_locked(&error) => {
                    "another program keeps the file locked; end it, or wait until it is done".into()
                }
                error => error.to_string(),
            };
            let error = Error::because("the database can't be opened", why);
            // A file can't be opened because of its path.
            error.with_kind(if dialect.is_file {
                ErrorKind::Misconfigured
            } else {
                ErrorKind::Unavailable
            })
        })?;
        Ok(Self {
            unencrypted: database_url.is_unencrypted,
            cleared: Cleared::default(),
            loads: LoadBatcher::new(dialect),
            writes: dialect.is_file.then(|| Batcher::new(1)),
            database,
        })
    }

    /// Makes the table `django_session` and its index, column for column as Django's own
    /// migration does, unless they are there: then it needs no right to make tables, and a database that
    /// takes no changes at the moment will do, which the log says. Any number of programs may do so at once.
    ///
    /// # Errors
    /// When the database can't or won't, when the table is there and has other columns or may hold a key
    /// twice, or when its user may not read and write it.
    pub async fn migrate(&self) -> Result<()> {
        self.database.migrate().await
    }

    /// Tells every server that listens (see [`InvalidationListener`]) which sessions are changed or deleted.
    /// Only PostgreSQL can; others stay as they are.
    #[cfg(feature = "postgres")]
    #[must_use]
    pub fn with_notifications(mut self) -> Self {
        if std::ptr::eq(self.database.dialect, &dialect::POSTGRES) {
            self.database.dialect = &dialect::POSTGRES_WITH_NOTIFICATIONS;
        }
        self
    }

    /// The source of the time. Default: the machine's clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.database.clock = clock;
        self
    }
}

opaque_debug!(Db);

#[async_trait]
impl Engine for Db {
    async fn load(&self, key: &StoredKey) -> Result<Option<Row>> {
        self.loads.load(&self.database, key).await
    }

    async fn create(&self, key: &StoredKey, row: &Row) -> Result<bool> {
        let values = [key.as_str().into(), row.payload().into(), to_text(row.expires_at())];
        // A first try that seems lost and arrives after the session's end would bring it back.
        let create = Statement::write(self.database.dialect.create, values).once();
        let done = self.write("creating a session", create).await?;
        Ok(done.written == 1)
    }

    async fn replace(&self, key: &StoredKey, seen: &Row, row: &Row) -> Result<Replaced> {
        let values = [
            row.payload().into(),
            to_text(row.expires_at()),
            key.as_str().into(),
            seen.payload().into(),
            self.database.now(),
        ];
        let replace = Statement::write(self.database.dialect.replace, values);
        let done = self.write("changing a session", replace).await?;
        if done.written == 1 {
            return Ok(Replaced::Done);
        }
        Ok(match self.load(key).await? {
            // The first try was done, and only its answer lost.
            Some(now) if done.repeated && now.payload() == row.payload() => Replaced::Done,
            Some(now) => Replaced::Changed(now),
            None if done.repeated && row.expires_at() <= self.database.clock.now() => {
                return Err(Error::new(UNKNOWN_END));
            }
            None => Replaced::Gone,
        })
    }

    async fn delete(&self, key: &StoredKey) -> Result<bool> {
        let delete = Statement::write(self.database.dialect.delete, [key.as_str().into()]);
        let done = self.write("deleting a session", delete).await?;
        // A policy or a trigger may keep rows without a word.
        if done.written == 0 && self.load(key).await?.is_some() {
            return Err(Error::new(
                "deleting a session: the database says that there is none, and it is still there: a \
                 policy, a trigger or a limit of the statement's time keeps it",
            ));
        }
        // The first try may have been done, and only its answer lost.
        Ok(done.written > 0 || done.repeated)
    }

    async fn clear_expired(&self) -> Result<u64> {
        let mut clearing = self.cleared.begin();
        loop {
            // A batch at a time, so that whoever waits to write comes first.
            let clear = self.database.dialect.clear.replace("{most}", &CLEAR_BATCH.to_string());
            let clear = Statement::write(AssertSqlSafe(clear), [self.database.now()]);
            let done = self.write("clearing expired sessions", clear).await?;
            clearing.removed(done.written);
            if done.written < CLEAR_BATCH {
                return Ok(clearing.rows());
            }
            tokio::task::yield_now().await;
        }
    }

    async fn close(&self) {
        self.database.close().await;
    }

    fn inspect(&self) -> Option<&dyn Inspect> {
        Some(self)
    }
}

#[async_trait]
impl Inspect for Db {
    async fn scan(&self, order: Order, from: Option<&Cursor>, limit: usize) -> Result<Page> {
        self.database.page(order, from, limit).await
    }

    async fn info(&self) -> Result<StoreInfo> {
        let version = Statement::row(self.database.dialect.version, []);
        let broken = |error| Error::because("asking the database for its version", error);
        let version = self.database.run(&version).await.map_err(broken)?;
        let version = version.rows.first().and_then(|row| text(row, 0));
        let open = "the database is on another host, and the connection need not be encrypted: \
                    add sslmode=verify-full (PostgreSQL) or ssl-mode=VERIFY_IDENTITY (MySQL)";
        let (rows, expired) = self.database.count().await;
        let mut warnings = self.database.check().await?;
        warnings.extend(self.unencrypted.then(|| open.to_owned()));
        Ok(StoreInfo {
            server: version.unwrap_or_default().to_owned(),
            warnings,
            rows,
            expired,
            orders: vec![Order::EndsFirst, Order::EndsLast],
        })
    }

    fn metrics(&self) -> StoreMetrics {
        StoreMetrics {
            pool: Some(self.database.metrics()),
            cleared: self.cleared.sum(),
            ..StoreMetrics::default()
        }
    }
}
