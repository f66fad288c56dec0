//! Tables full of sessions, put in past the library.

use std::{
    iter,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use huihua::{Db, key::StoredKey};
use rand::seq::IndexedRandom;
use servers::Postgres;
use sqlx::{AnyConnection, AssertSqlSafe, Connection};
use tempfile::TempDir;

use crate::program::payload;

/// The values of every session, as JSON.
pub(super) const SESSION: &str = r#"{"cart":[3,1415,92653],"uname":"小明","visits":1}"#;
/// Seconds from now until the sessions of a new table end, the first and the last: none of them while
/// it is measured.
const TWO_WEEKS: [i64; 2] = [7_200, 1_209_600];
/// When a backlog has ended: since the last clearing of a running site.
const TEN_MINUTES_AGO: [i64; 2] = [-600, 598];
/// Some of the sessions of a table, all over it.
const SOME: &str = "SELECT session_key FROM django_session ORDER BY random() LIMIT 100000";

/// The statements for one kind of database.
#[derive(Debug)]
struct Sql {
    /// Before rows are put in.
    before: &'static str,
    /// A number of rows, with random keys as `SESSION_HASH_KEYS=false` has them.
    fill: &'static str,
    /// The database tidies up now rather than while it is measured.
    filled: &'static [&'static str],
    /// Bytes that the table and its indexes take.
    bytes: &'static str,
}

static SQLITE: Sql = Sql {
    before: "PRAGMA synchronous = OFF; PRAGMA cache_size = -2000000",
    fill: "WITH RECURSIVE numbers(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < {rows})
           INSERT INTO django_session SELECT lower(hex(randomblob(16))), '{payload}',
           strftime('%Y-%m-%d %H:%M:%f000', 'now', ({first} + abs(random()) % {last}) || ' seconds')
           FROM numbers",
    // A commit that waits for the disk, also for all that hasn't got there yet.
    filled: &["PRAGMA synchronous = FULL", "PRAGMA user_version = 0", "PRAGMA wal_checkpoint(TRUNCATE)"],
    bytes: "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
};

static POSTGRES: Sql = Sql {
    before: "SET synchronous_commit = off; SET maintenance_work_mem = '512MB'",
    fill: "INSERT INTO django_session SELECT replace(gen_random_uuid()::text, '-', ''), '{payload}',
           now() + ({first} + random() * {last}) * interval '1 second' FROM generate_series(1, {rows})",
    filled: &["REINDEX TABLE django_session", "VACUUM (ANALYZE) django_session", "CHECKPOINT"],
    bytes: "SELECT pg_total_relation_size('django_session')",
};

/// The place of databases, one for each table. All of them are gone when it is dropped.
pub(super) enum Databases {
    /// Files in a folder.
    Sqlite(TempDir),
    /// PostgreSQL, with the durability and the memory that it has when nobody sets anything.
    Postgres(Box<Postgres>),
}

impl Databases {
    pub(super) fn postgres() -> Result<Self> {
        let server = Postgres::start(true).context("PostgreSQL")?;
        // Sessions come and go within seconds here, so it also looks for what to tidy up every
        // second, and not every minute.
        server.sql("postgres", "ALTER SYSTEM SET autovacuum_naptime = 1");
        server.sql("postgres", "SELECT pg_reload_conf()");
        Ok(Self::Postgres(Box::new(server)))
    }

    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        }
    }
}

/// A table in a database of its own.
#[derive(Debug)]
pub(super) struct Table {
    /// Sessions that it was filled with.
    pub(super) size: u64,
    /// For `DATABASE_URL`.
    pub(super) url: String,
    /// The time that filling it took.
    pub(super) filling: Duration,
    sql: &'static Sql,
    keys: Vec<StoredKey>,
}

impl Table {
    /// Makes a table, as the site does, and fills it with `size` sessions.
    pub(super) async fn filled(databases: &Databases, size: u64) -> Result<Self> {
        let start = Instant::now();
        let (url, sql) = match databases {
            Databases::Sqlite(folder) => {
                let file = folder.path().join(size.to_string());
                (format!("sqlite:{}", file.display()), &SQLITE)
            }
            Databases::Postgres(server) => (server.database(), &POSTGRES),
        };
        Db::connect(&url).await?.migrate().await?;
        let mut connection = connection(&url).await?;
        run(&mut connection, sql.before).await?;
        fill(&mut connection, sql, size, TWO_WEEKS).await?;
        for statement in sql.filled {
            run(&mut connection, statement).await?;
        }
        let filling = start.elapsed();
        eprintln!("{}: {size} sessions in {filling:.1?}", databases.name());
        let keys: Vec<String> = sqlx::query_scalar(SOME).fetch_all(&mut connection).await?;
        connection.close().await?;
        Ok(Self {
            size,
            url,
            filling,
            sql,
            keys: keys.iter().filter_map(|key| StoredKey::parse(key)).collect(),
        })
    }

    /// Adds sessions that have expired in the last ten minutes.
    pub(super) async fn add_expired(&self, rows: u64) -> Result<()> {
        let mut connection = connection(&self.url).await?;
        fill(&mut connection, self.sql, rows, TEN_MINUTES_AGO).await?;
        Ok(connection.close().await?)
    }

    /// The keys of any of its sessions, which are also what their cookies hold.
    pub(super) fn any_keys(&self, many: usize) -> Vec<StoredKey> {
        let keys = iter::repeat_with(|| self.keys.choose(&mut rand::rng()));
        keys.take(many).flatten().cloned().collect()
    }

    /// Bytes that the table and its indexes take.
    pub(super) async fn bytes(&self) -> Result<u64> {
        let mut connection = connection(&self.url).await?;
        let bytes = sqlx::query_scalar::<_, i64>(self.sql.bytes);
        let bytes = bytes.fetch_one(&mut connection).await?;
        connection.close().await?;
        Ok(bytes.unsigned_abs())
    }
}

async fn connection(url: &str) -> Result<AnyConnection> {
    sqlx::any::install_default_drivers();
    Ok(AnyConnection::connect(url).await?)
}

async fn run(connection: &mut AnyConnection, statement: &str) -> Result<()> {
    let statement = sqlx::raw_sql(AssertSqlSafe(statement.to_owned()));
    statement.execute(connection).await?;
    Ok(())
}

async fn fill(
    connection: &mut AnyConnection,
    sql: &Sql,
    rows: u64,
    [first, last]: [i64; 2],
) -> Result<()> {
    let mut fill = sql.fill.replace("{payload}", &payload(SESSION));
    for (name, number) in [("{rows}", rows as i64), ("{first}", first), ("{last}", last)] {
        fill = fill.replace(name, &number.to_string());
    }
    run(connection, &fill).await
}
