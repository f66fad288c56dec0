//! Tables full of sessions: rows as the library makes them, put in past it.

use std::{
    ops::Range,
    time::{Duration as Lasts, Instant},
};

use huihua::{
    Clock, Db, SecretKeys,
    key::{SessionKey, StoredKey},
    signing::{SERVER_SIDE_SALT, Signer},
};
use measure::SESSION;
use rand::{Rng, seq::IndexedRandom};
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Row};
use time::{Duration, format_description::BorrowedFormatItem, macros::format_description};

use crate::{
    database::Databases,
    site::{Program, SECRET},
    sql::Sql,
};

/// So many rows go in at once.
const BATCH: u64 = 10_000;
/// So many keys are remembered, of sessions all over the table.
const REMEMBERED: u64 = 100_000;
/// When the sessions of a new table end, in seconds from now: none of them while it is measured.
const TWO_WEEKS: Range<i64> = 7_200..1_216_800;
/// When a backlog has ended: since the last clearing of a running site.
const TEN_MINUTES_AGO: Range<i64> = -600..-1;
/// As the library writes instants.
const INSTANT: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day] [hour]:[minute]:[second].[subsecond digits:6]");

/// A table in a database of its own.
#[derive(Debug)]
pub(crate) struct Table {
    /// How many sessions it was filled with.
    pub(crate) size: u64,
    /// For `DATABASE_URL`.
    pub(crate) url: String,
    /// How long it took to fill it.
    pub(crate) filling: Lasts,
    sql: &'static Sql,
    keys: Vec<SessionKey>,
}

impl Table {
    /// Makes a table, by the program's own migration, and fills it with `size` sessions.
    pub(crate) async fn filled(databases: &Databases, program: &Program, size: u64) -> Self {
        let mut table = Self {
            size,
            url: databases.another(),
            filling: Lasts::ZERO,
            sql: databases.sql(),
            keys: Vec::new(),
        };
        let start = Instant::now();
        program.migrate(&table.url);
        let mut connection = table.connection().await;
        run(&mut connection, table.sql.before_filling).await;
        let indexes = sqlx::query(table.sql.indexes)
            .fetch_all(&mut connection)
            .await;
        let indexes = indexes.expect("the indexes of the table");
        assert!(!indexes.is_empty(), "the migration makes an index");
        for index in &indexes {
            run(&mut connection, index.get(0)).await;
        }
        run(&mut connection, "BEGIN").await;
        table.keys = insert(&mut connection, table.sql, size, TWO_WEEKS).await;
        run(&mut connection, "COMMIT").await;
        for index in &indexes {
            run(&mut connection, index.get(1)).await;
        }
        for statement in table.sql.when_filled {
            run(&mut connection, statement).await;
        }
        connection.close().await.expect("closed");
        table.filling = start.elapsed();
        table
    }

    /// Adds sessions that have expired in the last ten minutes.
    pub(crate) async fn add_expired(&self, rows: u64) {
        let mut connection = self.connection().await;
        insert(&mut connection, self.sql, rows, TEN_MINUTES_AGO).await;
        connection.close().await.expect("closed");
    }

    /// The engine, on this table.
    pub(crate) async fn engine(&self) -> Db {
        Db::connect(&self.url).await.expect("the database")
    }

    /// Any of the sessions that it was filled with.
    pub(crate) fn key(&self) -> &SessionKey {
        self.keys.choose(&mut rand::rng()).expect("a key")
    }

    /// Each stored key that it remembers.
    pub(crate) fn all_stored_keys(&self) -> Vec<StoredKey> {
        self.keys.iter().map(|key| key.stored(true)).collect()
    }

    /// Stored keys in any order.
    pub(crate) fn stored_keys(&self, many: usize) -> Vec<StoredKey> {
        (0..many).map(|_| self.key().stored(true)).collect()
    }

    /// Bytes that the table and its indexes take.
    pub(crate) async fn bytes(&self) -> u64 {
        let mut connection = self.connection().await;
        let bytes: i64 = sqlx::query_scalar(self.sql.bytes)
            .fetch_one(&mut connection)
            .await
            .expect("the size of the table");
        connection.close().await.expect("closed");
        bytes.unsigned_abs()
    }

    async fn connection(&self) -> AnyConnection {
        sqlx::any::install_default_drivers();
        let connection = AnyConnection::connect(&self.url).await;
        connection.expect("the database")
    }
}

/// What every session holds, signed. It opens whichever row it is in.
pub(crate) fn payload() -> String {
    let keys = SecretKeys::allow_short(SECRET).expect("a key");
    Signer::new(&keys, SERVER_SIDE_SALT).sign(SESSION, Clock::system().now())
}

async fn run(connection: &mut AnyConnection, statement: &str) {
    let done = sqlx::raw_sql(AssertSqlSafe(statement.to_owned()))
        .execute(connection)
        .await;
    // The statement says what was being done.
    done.expect(statement);
}

/// Puts `rows` sessions in, which end so many seconds from now, and answers some of their keys.
async fn insert(
    connection: &mut AnyConnection,
    sql: &Sql,
    rows: u64,
    ends: Range<i64>,
) -> Vec<SessionKey> {
    let (payload, now) = (payload(), Clock::system().now());
    let every = usize::try_from((rows / REMEMBERED).max(1)).expect("a small number");
    let (mut remembered, mut left) = (Vec::new(), rows);
    while left > 0 {
        let keys: Vec<_> = (0..left.min(BATCH))
            .map(|_| SessionKey::generate())
            .collect();
        left -= keys.len() as u64;
        let batch: Vec<[String; 2]> = keys
            .iter()
            .map(|key| {
                let end = now + Duration::seconds(rand::rng().random_range(ends.clone()));
                let end = end.format(INSTANT).expect("an instant");
                [key.stored(true).as_str().to_owned(), end]
            })
            .collect();
        let done = sqlx::query(sql.insert)
            .bind(&payload)
            .bind(serde_json::to_string(&batch).expect("JSON"))
            .execute(&mut *connection)
            .await;
        assert_eq!(done.expect("rows").rows_affected(), keys.len() as u64);
        remembered.extend(keys.into_iter().step_by(every));
    }
    remembered
}
