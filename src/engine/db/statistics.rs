//! How many sessions there are, without reading all of a large database for it.

use sqlx::Row as _;

use super::{Db, in_time, statement::Statement, to_text};
use crate::engine::Count;

impl Db {
    /// Live rows and expired ones; `None` where the database doesn't say in time.
    pub(super) async fn count(&self) -> (Option<Count>, Option<u64>) {
        let counted = async {
            let live = self.count_of(self.dialect.live).await?;
            let expired = self.count_of(self.dialect.expired).await?;
            let (live_exact, expired_exact) = (self.is_exact(live), self.is_exact(expired));
            if live_exact && expired_exact {
                return Ok((live, true, expired));
            }
            let all = self
                .number(Statement::row(self.dialect.estimate, []))
                .await?;
            // What is beyond is at least as much as was counted of it.
            Ok(match live_exact {
                true => (live, true, expired.max(all - live)),
                false => (live.max(all - expired), false, expired),
            })
        };
        let Ok((live, exact, expired)) = in_time(counted).await else {
            return (None, None);
        };
        let number = live.unsigned_abs();
        (Some(Count { number, exact }), Some(expired.unsigned_abs()))
    }

    fn is_exact(&self, counted: i64) -> bool {
        counted < self.dialect.counted
    }

    async fn count_of(&self, statement: &'static str) -> Result<i64, sqlx::Error> {
        let values = [
            to_text(self.clock.now()).into(),
            self.dialect.counted.into(),
        ];
        self.number(Statement::row(statement, values)).await
    }

    /// The number that a statement answers with.
    pub(super) async fn number(&self, asked: Statement) -> Result<i64, sqlx::Error> {
        let found = self.run(&asked).await?;
        let row = found.rows.first().ok_or(sqlx::Error::RowNotFound)?;
        row.try_get(0)
    }
}

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use time::Duration;

    use super::*;
    use crate::{
        Engine,
        engine::{
            Row,
            db::dialect::{Dialect, SQLITE},
        },
        key::SessionKey,
    };

    #[tokio::test]
    async fn of_what_is_too_much_to_count_there_is_an_estimate() {
        static DOUBTFUL: Dialect = Dialect {
            counted: 4,
            estimate: "SELECT 1000",
            ..SQLITE
        };
        let mut db = Db::connect("sqlite::memory:").await.unwrap();
        db.dialect = &DOUBTFUL;
        db.migrate().await.unwrap();
        let fill = async |rows, lasts| {
            for _ in 0..rows {
                let row = Row::new("x", db.clock.now() + lasts);
                let key = SessionKey::generate().stored(true);
                assert!(db.create(&key, &row).await.unwrap());
            }
        };
        let count = |number, exact| Some(Count { number, exact });
        fill(3, Duration::DAY).await;
        fill(2, -Duration::DAY).await;
        assert_eq!(db.count().await, (count(3, true), Some(2)));
        fill(1, Duration::DAY).await;
        assert_eq!(db.count().await, (count(998, false), Some(2)));
        fill(2, -Duration::DAY).await;
        assert_eq!(db.count().await, (count(996, false), Some(4)));
        db.clear_expired().await.unwrap();
        assert_eq!(db.count().await, (count(1000, false), Some(0)));
    }
}
