//! The `db` engine: rows in Django's own table, in a SQL database.
//!
//! The statements of each database stand in one table; the code is the same for all.
//! SQLite runs in WAL mode, so that readers don't wait for the writer.

use std::{fmt, fs, path::Path, str::FromStr, time::Duration};

use async_trait::async_trait;
use sqlx::{
    AnyPool, ConnectOptions, Row as _,
    any::{AnyConnectOptions, AnyPoolOptions, AnyRow},
};
use time::{OffsetDateTime, PrimitiveDateTime, macros::format_description};

use super::{About, Cursor, Engine, Error, Page, Replaced, Result, Row};
use crate::{clock::Clock, key::StoredKey, settings::SettingError};

/// How long a request waits for a free connection before the store counts as broken.
const PATIENCE: Duration = Duration::from_secs(2);
/// Enough that readers of SQLite seldom wait for each other, few enough to be cheap.
const CONNECTIONS: u32 = 8;
/// So few rows go in one statement that no writer waits long for it.
const CLEAR_BATCH: i64 = 250;

/// The statements of one database.
struct Dialect {
    name: &'static str,
    version: &'static str,
    on_connect: &'static str,
    migrate: &'static [&'static str],
    load: &'static str,
    create: &'static str,
    replace: &'static str,
    delete: &'static str,
    clear: &'static str,
    scan: &'static str,
}

/// Instants are Django's text, `2026-11-23 21:03:34.000001`, in UTC: it sorts as time does. The
/// `CAST` hides the column's declared type, which `sqlx::Any` doesn't know.
static SQLITE: Dialect = Dialect {
    name: "SQLite",
    version: "SELECT sqlite_version()",
    // A commit is on the disk when it is acknowledged, so that no power cut undoes a logout.
    on_connect: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 2000",
    migrate: &[
        "CREATE TABLE IF NOT EXISTS \"django_session\" (\
         \"session_key\" varchar(40) NOT NULL PRIMARY KEY, \
         \"session_data\" text NOT NULL, \
         \"expire_date\" datetime NOT NULL)",
        "CREATE INDEX IF NOT EXISTS \"django_session_expire_date_a5c62663\" \
         ON \"django_session\" (\"expire_date\")",
    ],
    load: "SELECT session_data, CAST(expire_date AS text) FROM django_session \
           WHERE session_key = ? AND expire_date > ?",
    create: "INSERT INTO django_session (session_key, session_data, expire_date) \
             VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
    replace: "UPDATE django_session SET session_data = ?, expire_date = ? \
              WHERE session_key = ? AND session_data = ? AND expire_date > ?",
    delete: "DELETE FROM django_session WHERE session_key = ?",
    clear: "DELETE FROM django_session WHERE session_key IN \
            (SELECT session_key FROM django_session WHERE expire_date <= ? LIMIT ?)",
    scan: "SELECT session_data, CAST(expire_date AS text), session_key FROM django_session \
           WHERE session_key > ? AND expire_date > ? ORDER BY session_key LIMIT ?",
};

/// Sessions in a SQL database.
#[derive(Clone)]
pub struct Db {
    pool: AnyPool,
    dialect: &'static Dialect,
    clock: Clock,
}

impl Db {
    /// Opens the database at `url`: `sqlite:PATH`. The file and its folder are made; for the
    /// table, see [`Db::migrate`].
    ///
    /// # Errors
    /// If the address isn't one, or there is no database to be had at it.
    pub async fn connect(url: &str) -> Result<Self, SettingError> {
        let unusable = |why: String| SettingError::new("DATABASE_URL", why);
        let url = sqlite_url(url).map_err(unusable)?;
        sqlx::any::install_default_drivers();
        let dialect = &SQLITE;
        let options = AnyConnectOptions::from_str(&url)
            .map_err(|error| unusable(format!("is not the address of a database: {error}")))?
            .disable_statement_logging();
        let pool = AnyPoolOptions::new()
            .max_connections(if url.contains(":memory:") {
                1
            } else {
                CONNECTIONS
            })
            .acquire_timeout(PATIENCE)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .after_connect(move |connection, _| {
                Box::pin(async move {
                    sqlx::raw_sql(dialect.on_connect)
                        .execute(connection)
                        .await
                        .map(drop)
                })
            })
            .connect_with(options)
            .await
            .map_err(|error| unusable(format!("the database can't be opened: {error}")))?;
        Ok(Self {
            pool,
            dialect,
            clock: Clock::system(),
        })
    }

    /// Where the time comes from. Default: the machine's clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Makes the table `django_session` and its index, column for column as Django's own
    /// migration does, unless they are there.
    ///
    /// # Errors
    /// If the database can't or won't.
    pub async fn migrate(&self) -> Result<()> {
        for statement in self.dialect.migrate {
            sqlx::query(*statement)
                .execute(&self.pool)
                .await
                .map_err(|error| Error::because("making the table django_session", error))?;
        }
        Ok(())
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
        let row = sqlx::query(self.dialect.load)
            .bind(key.as_str())
            .bind(to_text(self.clock.now()))
            .fetch_optional(&self.pool)
            .await
            .map_err(|error| Error::because("loading a session", error))?;
        Ok(row.as_ref().and_then(to_row))
    }

    async fn create(&self, key: &StoredKey, row: &Row) -> Result<bool> {
        let done = sqlx::query(self.dialect.create)
            .bind(key.as_str())
            .bind(row.payload.as_str())
            .bind(to_text(row.expires_at))
            .execute(&self.pool)
            .await
            .map_err(|error| Error::because("creating a session", error))?;
        Ok(done.rows_affected() == 1)
    }

    async fn replace(&self, key: &StoredKey, seen: &Row, row: &Row) -> Result<Replaced> {
        let done = sqlx::query(self.dialect.replace)
            .bind(row.payload.as_str())
            .bind(to_text(row.expires_at))
            .bind(key.as_str())
            .bind(seen.payload.as_str())
            .bind(to_text(self.clock.now()))
            .execute(&self.pool)
            .await
            .map_err(|error| Error::because("changing a session", error))?;
        if done.rows_affected() == 1 {
            return Ok(Replaced::Done);
        }
        Ok(match self.load(key).await? {
            Some(now) => Replaced::Changed(now),
            None => Replaced::Gone,
        })
    }

    async fn delete(&self, key: &StoredKey) -> Result<()> {
        sqlx::query(self.dialect.delete)
            .bind(key.as_str())
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(|error| Error::because("deleting a session", error))
    }

    async fn clear_expired(&self) -> Result<u64> {
        let mut cleared = 0;
        loop {
            let done = sqlx::query(self.dialect.clear)
                .bind(to_text(self.clock.now()))
                .bind(CLEAR_BATCH)
                .execute(&self.pool)
                .await
                .map_err(|error| Error::because("clearing expired sessions", error))?;
            cleared += done.rows_affected();
            if done.rows_affected() < CLEAR_BATCH.unsigned_abs() {
                return Ok(cleared);
            }
            // Whoever waits to write comes first.
            tokio::task::yield_now().await;
        }
    }

    async fn scan(&self, from: Option<&Cursor>, limit: usize) -> Result<Page> {
        let rows = sqlx::query(self.dialect.scan)
            .bind(from.map_or("", Cursor::as_str))
            .bind(to_text(self.clock.now()))
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .fetch_all(&self.pool)
            .await
            .map_err(|error| Error::because("listing sessions", error))?;
        let last = rows.last().and_then(|row| row.try_get::<String, _>(2).ok());
        Ok(Page {
            next: last.filter(|_| rows.len() == limit).map(Cursor::new),
            rows: rows
                .iter()
                .filter_map(|row| {
                    let key: String = row.try_get(2).ok()?;
                    Some((StoredKey::parse(&key)?, to_row(row)?))
                })
                .collect(),
        })
    }

    async fn about(&self) -> Result<About> {
        let version: String = sqlx::query_scalar(self.dialect.version)
            .fetch_one(&self.pool)
            .await
            .map_err(|error| Error::because("asking the database for its version", error))?;
        Ok(About {
            server: format!("{} {version}", self.dialect.name),
            warnings: Vec::new(),
        })
    }
}

fn to_row(row: &AnyRow) -> Option<Row> {
    let expires_at: String = row.try_get(1).ok()?;
    Some(Row {
        payload: row.try_get(0).ok()?,
        expires_at: from_text(&expires_at)?,
    })
}

/// As Django writes it: no fraction where it is zero.
fn to_text(instant: OffsetDateTime) -> String {
    let seconds = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
    let whole = instant
        .to_offset(time::UtcOffset::UTC)
        .format(seconds)
        .unwrap_or_default();
    match instant.microsecond() {
        0 => whole,
        micros => format!("{whole}.{micros:06}"),
    }
}

fn from_text(text: &str) -> Option<OffsetDateTime> {
    let format = format_description!(
        "[year]-[month]-[day] [hour]:[minute]:[second][optional [.[subsecond]]]"
    );
    Some(PrimitiveDateTime::parse(text, format).ok()?.assume_utc())
}

/// The address as sqlx wants it, with the file's folder made.
fn sqlite_url(url: &str) -> Result<String, String> {
    let Some(rest) = url.strip_prefix("sqlite:") else {
        return Err(
            "has to begin with sqlite: and name a file, as sqlite:data/huihua.sqlite3".into(),
        );
    };
    let path = rest.strip_prefix("//").unwrap_or(rest);
    let path = path.split('?').next().unwrap_or_default();
    if path.is_empty() {
        return Err("names no file: write it as sqlite:data/huihua.sqlite3".into());
    }
    if path != ":memory:"
        && let Some(folder) = Path::new(path).parent()
    {
        fs::create_dir_all(folder)
            .map_err(|error| format!("the folder {} can't be made: {error}", folder.display()))?;
    }
    Ok(match rest.contains("mode=") || path == ":memory:" {
        true => url.to_owned(),
        false if rest.contains('?') => format!("{url}&mode=rwc"),
        false => format!("{url}?mode=rwc"),
    })
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn instants_are_djangos_text() {
        for (instant, text) in [
            (datetime!(2026-11-23 21:03:34 UTC), "2026-11-23 21:03:34"),
            (
                datetime!(2026-11-23 21:03:34.000001 UTC),
                "2026-11-23 21:03:34.000001",
            ),
            (datetime!(9999-12-31 23:59:59 UTC), "9999-12-31 23:59:59"),
        ] {
            assert_eq!(to_text(instant), text);
            assert_eq!(from_text(text), Some(instant));
        }
        assert_eq!(from_text("nonsense"), None);
    }

    #[test]
    fn addresses_that_name_no_file_are_refused() {
        for url in [
            "",
            "sqlite:",
            "sqlite://",
            "postgres://localhost/x",
            "/tmp/x",
        ] {
            assert!(sqlite_url(url).is_err(), "{url}");
        }
    }
}
