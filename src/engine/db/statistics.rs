//! The number of sessions, without reading all of a large database for it.

use sqlx::AssertSqlSafe;

use super::{
    database::{Database, TIMEOUT},
    statement::Statement,
};
use crate::engine::{Count, shared::timeout::within};

impl Database {
    /// Live rows and expired ones; `None` where the database doesn't say in time.
    pub(super) async fn count(&self) -> (Option<Count>, Option<u64>) {
        let counted = async {
            let live = self.count_of(">").await?;
            let expired = self.count_of("<=").await?;
            let (live_exact, expired_exact) = (self.is_exact(live), self.is_exact(expired));
            if live_exact && expired_exact {
                return Ok::<_, sqlx::Error>((live, true, expired));
            }
            let estimate = Statement::row(self.dialect.estimate, []);
            let all = self.number(estimate).await?;
            // What is beyond is at least as much as was counted of it.
            Ok(if live_exact {
                (live, true, expired.max(all - live))
            } else {
                (live.max(all - expired), false, expired)
            })
        };
        let Ok((live, exact, expired)) = within(TIMEOUT, counted).await else {
            return (None, None);
        };
        let number = live.unsigned_abs();
        (Some(Count { number, exact }), Some(expired.unsigned_abs()))
    }

    fn is_exact(&self, counted: i64) -> bool {
        counted < self.dialect.counted
    }

    /// The number of rows that end so, of those that are counted.
    async fn count_of(&self, compared: &str) -> sqlx::Result<i64> {
        let (now, most) = ((self.dialect.time)(1), self.dialect.counted);
        let sql = format!(
            "SELECT count(*) FROM (SELECT 1 FROM django_session \
             WHERE expire_date {compared} {now} LIMIT {most}) AS counted"
        );
        let count = Statement::row(AssertSqlSafe(sql), [self.now()]);
        self.number(count).await
    }
}

#[cfg(all(test, feature = "sqlite"))]
mod tests;
