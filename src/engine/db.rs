//! The `db` engine: rows in Django's own table, in SQLite, PostgreSQL, MariaDB or MySQL.
//!
//! The statements of each database stand in one table; the code is the same for all.
//! SQLite runs in WAL mode, so that readers don't wait for the writer.

mod address;
mod connections;
mod counts;
mod dialect;
mod instants;
mod loads;
#[cfg(feature = "postgres")]
mod notices;
mod pages;
mod writes;

use std::{fmt, io, str::FromStr, time::Duration};

use async_trait::async_trait;
use sqlx::{
    Any, ConnectOptions, FromRow, Row as _,
    any::{AnyArguments, AnyConnectOptions, AnyRow},
    error::DatabaseError,
    query::QueryScalar,
};

#[cfg(feature = "postgres")]
pub(crate) use self::address::speaks_postgres;
#[cfg(feature = "postgres")]
pub use self::notices::{Notice, Notices};
use self::{
    address::Address,
    connections::{Connections, Opener},
    dialect::Dialect,
    instants::{from_text, to_text},
    loads::Loads,
    writes::{Write, Writes},
};
use super::{
    About, Cursor, Engine, Error, Figures, Order, Page, Replaced, Result, Row, cleared::Cleared,
    limit::timeout,
};
use crate::{clock::Clock, key::StoredKey, settings::SettingError};

/// How long a writer of SQLite waits for its turn before the database counts as broken.
const TURN: Duration = Duration::from_secs(2);
/// How long a statement may take, with the wait for a free connection.
const PATIENCE: Duration = Duration::from_millis(1500);
/// So few rows go in one statement that no writer waits long for it.
const CLEAR_BATCH: i64 = 250;
/// How often a statement is tried that the database refuses in favour of another's.
const TRIES: usize = 10;
/// The database's codes for that: a serialization failure (a deadlock too, in MySQL), and a
/// deadlock in PostgreSQL. Nothing of the statement was done.
const GAVE_WAY: [&str; 2] = ["40001", "40P01"];

/// Sessions in a SQL database.
#[derive(Clone)]
pub struct Db {
    connections: Connections,
    dialect: &'static Dialect,
    open_to_others: bool,
    clock: Clock,
    cleared: Cleared,
    loads: Loads,
    /// `None`: they need no queue.
    writes: Option<Writes>,
}

impl Db {
    /// Opens the database at `url`: `sqlite:PATH`, `postgres://…` or `mysql://…` (`mariadb://…`
    /// is the same). SQLite's file and its folder are made; for the table, see [`Db::migrate`].
    ///
    /// # Errors
    /// If the address isn't one, or there is no database to be had at it.
    pub async fn connect(url: &str) -> Result<Self, SettingError> {
        let unusable = |why: String| SettingError::new("DATABASE_URL", why);
        let address = Address::parse(url).map_err(unusable)?;
        sqlx::any::install_default_drivers();
        let dialect = address.dialect;
        let options = AnyConnectOptions::from_str(&address.url)
            .map_err(|error| unusable(format!("is not the address of a database: {error}")))?
            .disable_statement_logging();
        let opener = Opener {
            options,
            on_connect: dialect.on_connect,
            in_memory: address.in_memory,
        };
        let connections = Connections::open(opener)
            .await
            .map_err(|error| unusable(format!("the database can't be opened: {error}")))?;
        Ok(Self {
            connections,
            dialect,
            open_to_others: address.is_open_to_others(),
            clock: Clock::system(),
            cleared: Cleared::default(),
            loads: Loads::new(dialect),
            writes: dialect.has_one_writer.then(|| Writes::new(1)),
        })
    }

    /// Tells every server that listens (see [`Notices`]) which sessions are changed or deleted.
    /// Only PostgreSQL can; others stay as they are.
    #[cfg(feature = "postgres")]
    #[must_use]
    pub fn with_notices(mut self) -> Self {
        if std::ptr::eq(self.dialect, &dialect::POSTGRES) {
            self.dialect = &dialect::POSTGRES_WITH_NOTICES;
        }
        self
    }

    /// Where the time comes from. Default: the machine's clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Makes the table `django_session` and its index, column for column as Django's own
    /// migration does, unless they are there: then it needs no right to make tables.
    ///
    /// # Errors
    /// If the database can't or won't.
    pub async fn migrate(&self) -> Result<()> {
        if self.execute(self.dialect.probe).await.is_ok() {
            return Ok(());
        }
        for statement in self.dialect.migrate {
            self.execute(statement)
                .await
                .map_err(|error| Error::because("making the table django_session", error))?;
        }
        Ok(())
    }

    async fn execute(&self, statement: &'static str) -> Result<(), sqlx::Error> {
        let mut lent = self.connections.lend().await?;
        let done = sqlx::query(statement).execute(&mut *lent).await;
        lent.back(done).map(drop)
    }

    /// The one value that is asked for.
    async fn scalar<T>(
        &self,
        asked: QueryScalar<'_, Any, T, AnyArguments>,
    ) -> Result<T, sqlx::Error>
    where
        T: Send + Unpin,
        (T,): for<'r> FromRow<'r, AnyRow> + Send + Unpin,
    {
        let mut lent = self.connections.lend().await?;
        let found = asked.fetch_one(&mut *lent).await;
        lent.back(found)
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
        self.load_together(key).await
    }

    async fn create(&self, key: &StoredKey, row: &Row) -> Result<bool> {
        let values = [
            key.as_str().into(),
            row.payload.as_str().into(),
            to_text(row.expires_at).into(),
        ];
        let create = Write::new(self.dialect.create, values);
        let written = self.write("creating a session", create).await?;
        Ok(written == 1)
    }

    async fn replace(&self, key: &StoredKey, seen: &Row, row: &Row) -> Result<Replaced> {
        let values = [
            row.payload.as_str().into(),
            to_text(row.expires_at).into(),
            key.as_str().into(),
            seen.payload.as_str().into(),
            to_text(self.clock.now()).into(),
        ];
        let replace = Write::new(self.dialect.replace, values);
        if self.write("changing a session", replace).await? == 1 {
            return Ok(Replaced::Done);
        }
        Ok(match self.load(key).await? {
            Some(now) => Replaced::Changed(now),
            None => Replaced::Gone,
        })
    }

    async fn delete(&self, key: &StoredKey) -> Result<()> {
        let delete = Write::new(self.dialect.delete, [key.as_str().into()]);
        self.write("deleting a session", delete).await.map(drop)
    }

    async fn clear_expired(&self) -> Result<u64> {
        let mut clearing = self.cleared.begin();
        loop {
            // A batch at a time, so that whoever waits to write comes first.
            let values = [to_text(self.clock.now()).into(), CLEAR_BATCH.into()];
            let clear = Write::new(self.dialect.clear, values);
            let rows = self.write("clearing expired sessions", clear).await?;
            clearing.removed(rows);
            if rows < CLEAR_BATCH.unsigned_abs() {
                return Ok(clearing.rows());
            }
            tokio::task::yield_now().await;
        }
    }

    async fn scan(&self, order: Order, from: Option<&Cursor>, limit: usize) -> Result<Page> {
        self.page(order, from, limit).await
    }

    async fn about(&self) -> Result<About> {
        let version: String = in_time(self.scalar(sqlx::query_scalar(self.dialect.version)))
            .await
            .map_err(|error| Error::because("asking the database for its version", error))?;
        // MariaDB speaks MySQL's language and puts its own name into the version.
        let name = match version.contains("MariaDB") {
            true => "MariaDB",
            false => self.dialect.name,
        };
        let open = "the database is on another host, and the connection need not be encrypted: \
                    add sslmode=verify-full (PostgreSQL) or ssl-mode=VERIFY_IDENTITY (MySQL)";
        let (rows, expired) = self.count().await;
        Ok(About {
            server: format!("{name} {version}"),
            warnings: self
                .open_to_others
                .then(|| open.to_owned())
                .into_iter()
                .collect(),
            rows,
            expired,
            orders: vec![Order::EndsFirst, Order::EndsLast],
        })
    }

    fn figures(&self) -> Figures {
        Figures {
            pool: Some(self.connections.figures()),
            cleared: self.cleared.sum(),
            ..Figures::default()
        }
    }
}

/// What the database answers, if it does: one that hangs keeps its connections open.
async fn in_time<T>(
    answer: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    let silence = || io::Error::new(io::ErrorKind::TimedOut, "it has not answered in time");
    let late = |_| Err(sqlx::Error::Io(silence()));
    timeout(PATIENCE, answer).await.unwrap_or_else(late)
}

fn gave_way(why: &dyn DatabaseError) -> bool {
    why.code().is_some_and(|code| GAVE_WAY.contains(&&*code))
}

fn to_row(row: &AnyRow) -> Option<Row> {
    let expires_at: String = row.try_get(1).ok()?;
    Some(Row {
        payload: row.try_get(0).ok()?,
        expires_at: from_text(&expires_at)?,
    })
}
