//! What is to be written while SQLite writes is written together.
//!
//! SQLite takes one writer at a time, and of those who wait it prefers none, so that some would wait
//! too long; here they stand in a queue. What costs a write its time is that the disk has it before
//! it is acknowledged. Whoever waits meanwhile shares that of the next: one transaction for all, and
//! nobody is answered before it is on the disk. The other databases do the same themselves.

use sqlx::{
    Connection as _,
    any::{Any, AnyArguments},
    query::Query,
};

use super::{Db, TRIES, TURN, gave_way, in_time};
use crate::engine::{
    Error, Result,
    limit::timeout,
    together::{Asked, Together, Turn},
};

/// So many go into one transaction that its first doesn't wait long.
const MOST: usize = 64;

/// A statement that writes.
#[derive(Debug, Clone)]
pub(super) struct Write {
    statement: &'static str,
    values: Vec<Value>,
}

/// What is bound to one of its parameters.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Text(String),
    Number(i64),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl Write {
    pub(super) fn new(statement: &'static str, values: impl Into<Vec<Value>>) -> Self {
        Self {
            statement,
            values: values.into(),
        }
    }

    fn query(&self) -> Query<'_, Any, AnyArguments> {
        let query = sqlx::query(self.statement);
        self.values.iter().fold(query, |query, value| match value {
            Value::Text(text) => query.bind(text.as_str()),
            Value::Number(number) => query.bind(*number),
        })
    }
}

/// How many rows were written.
type Answer = Result<u64, sqlx::Error>;

/// Those who write to one database.
pub(super) type Writes = Together<Write, Answer>;

impl Db {
    /// Writes, and says how many rows that were. `tried`: what is being done, for its error.
    pub(super) async fn write(&self, tried: &str, write: Write) -> Result<u64> {
        let written = match &self.writes {
            Some(writes) => self.write_together(writes, write).await?,
            None => self.write_alone(&write).await,
        };
        written.map_err(|error| Error::because(tried, error))
    }

    async fn write_together(&self, writes: &Writes, write: Write) -> Result<Answer> {
        let asked = writes.ask(write, |turn| self.clone().write_all(turn));
        let late = |_| Err(Error::new("too many are waiting to write to the database"));
        timeout(TURN, asked).await.unwrap_or_else(late)
    }

    async fn write_all(self, mut turn: Turn<Write, Answer>) {
        while let Some(asked) = turn.next(MOST) {
            let several = asked.len() > 1;
            if several && let Ok(written) = in_time(self.write_in_one(&asked)).await {
                for (asked, rows) in asked.into_iter().zip(written) {
                    asked.answer(Ok(rows));
                }
                continue;
            }
            // Nothing of several was done if one of them failed, and that one is nobody else's fault.
            for asked in asked {
                let written = self.write_alone(&asked.question).await;
                asked.answer(written);
            }
        }
    }

    async fn write_in_one(&self, asked: &[Asked<Write, Answer>]) -> Result<Vec<u64>, sqlx::Error> {
        let mut lent = self.connections.lend().await?;
        let mut transaction = lent.begin_with("BEGIN IMMEDIATE").await?;
        let mut written = Vec::with_capacity(asked.len());
        for asked in asked {
            let done = asked.question.query().execute(&mut *transaction).await?;
            written.push(done.rows_affected());
        }
        transaction.commit().await?;
        lent.back(Ok(written))
    }

    /// Writes, and tries again where the database let another statement go first. A row that is
    /// there already is not written.
    async fn write_alone(&self, write: &Write) -> Answer {
        let written = in_time(async {
            let mut tries = 1;
            loop {
                let mut lent = self.connections.lend().await?;
                let done = write.query().execute(&mut *lent).await;
                match lent.back(done) {
                    Err(sqlx::Error::Database(why)) if tries < TRIES && gave_way(&*why) => {
                        tries += 1;
                    }
                    done => return done,
                }
            }
        });
        match written.await {
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => Ok(0),
            written => written.map(|done| done.rows_affected()),
        }
    }
}

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use time::{Duration, OffsetDateTime};
    use tokio::task::JoinSet;

    use crate::{
        Db, Engine,
        engine::Row,
        key::{SessionKey, StoredKey},
    };

    fn new_key() -> StoredKey {
        SessionKey::generate().stored(true)
    }

    #[tokio::test]
    async fn one_that_is_refused_takes_nobody_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("db.sqlite3").display());
        let db = Db::connect(&url).await.unwrap();
        db.migrate().await.unwrap();
        let refuse = "CREATE TRIGGER refuse BEFORE INSERT ON django_session \
                      WHEN NEW.session_data = 'refused' BEGIN SELECT RAISE(ABORT, 'no'); END";
        db.execute(refuse).await.unwrap();
        let row = |payload: &str| Row {
            payload: payload.into(),
            expires_at: OffsetDateTime::UNIX_EPOCH + Duration::days(365 * 100),
        };
        let mut writers = JoinSet::new();
        for number in 0..40 {
            let refused = number % 20 == 7;
            let row = row(if refused { "refused" } else { "kept" });
            let db = db.clone();
            writers.spawn(async move {
                let key = new_key();
                let created = db.create(&key, &row).await;
                assert_eq!(created.is_err(), refused, "{created:?}");
                let kept = db.load(&key).await.unwrap();
                assert_eq!(kept, (!refused).then_some(row));
            });
        }
        writers.join_all().await;
    }
}
