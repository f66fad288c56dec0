//! The sessions page by page, in any order.
//!
//! A page begins where the last one ended, not after so many rows: so what comes and goes meanwhile
//! moves no row from one page to another. Many sessions may end at the same time, those that never
//! do for example; the rest of these is asked for by itself, so that an index serves for both.

use sqlx::any::AnyRow;

use super::{
    Db,
    statement::{Statement, Value},
    text, to_row, to_text,
};
use crate::{
    engine::{Cursor, Error, Order, Page, Result},
    key::StoredKey,
};

/// What stands in a cursor between an end, which never has it, and a key.
const MARK: char = '@';
/// No end is later.
const LAST_END: &str = "9999-12-31 23:59:59.999999";
/// No key is greater, by its bytes or in any alphabet.
const LAST_KEY: &str = "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz";

impl Db {
    pub(super) async fn page(
        &self,
        order: Order,
        from: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page> {
        let from = from.map(Cursor::as_str);
        let rows = match order {
            Order::Own => {
                let from = vec![from.unwrap_or_default().into()];
                self.rows(self.dialect.scan, from, limit).await
            }
            Order::EndsFirst | Order::EndsLast => self.rows_by_end(order, from, limit).await,
        };
        let rows = rows.map_err(|error| Error::because("listing sessions", error))?;
        let last = rows.last().filter(|_| rows.len() == limit);
        Ok(Page {
            next: last.and_then(|row| cursor(order, row)),
            rows: rows
                .iter()
                .filter_map(|row| Some((StoredKey::parse(text(row, 2)?)?, to_row(row)?)))
                .collect(),
        })
    }

    async fn rows_by_end(
        &self,
        order: Order,
        from: Option<&str>,
        limit: usize,
    ) -> Result<Vec<AnyRow>, sqlx::Error> {
        let now = to_text(self.clock.now());
        let (then, beyond, start) = match order {
            Order::EndsLast => {
                let start = (LAST_END, LAST_KEY);
                (self.dialect.then_down, self.dialect.sooner, start)
            }
            _ => (self.dialect.then_up, self.dialect.later, (&*now, "")),
        };
        let (end, key) = from
            .and_then(|cursor| cursor.split_once(MARK))
            .unwrap_or(start);
        let from = vec![end.into(), key.into()];
        let mut rows = self.rows(then, from, limit).await?;
        if rows.len() < limit {
            let more = self.rows(beyond, vec![end.into()], limit - rows.len());
            rows.extend(more.await?);
        }
        Ok(rows)
    }

    /// What a statement finds that is alive.
    async fn rows(
        &self,
        sql: &'static str,
        mut values: Vec<Value>,
        limit: usize,
    ) -> Result<Vec<AnyRow>, sqlx::Error> {
        values.push(to_text(self.clock.now()).into());
        values.push(i64::try_from(limit).unwrap_or(i64::MAX).into());
        Ok(self.run(&Statement::rows(sql, values)).await?.rows)
    }
}

/// Where the page after `last` begins.
fn cursor(order: Order, last: &AnyRow) -> Option<Cursor> {
    let key = text(last, 2)?;
    if order == Order::Own {
        return Some(Cursor::new(key));
    }
    let end = text(last, 1)?;
    Some(Cursor::new(format!("{end}{MARK}{key}")))
}

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use futures_util::future::join_all;
    use time::{Duration, OffsetDateTime};

    use super::*;
    use crate::{
        Engine,
        engine::{Inspect, Row},
        key::SessionKey,
    };

    #[tokio::test]
    async fn whatever_sqlite_holds_harms_no_other_row() {
        let db = Db::connect("sqlite::memory:").await.unwrap();
        db.migrate().await.unwrap();
        let row = Row::new(
            "kept",
            OffsetDateTime::UNIX_EPOCH + Duration::days(365 * 100),
        );
        let new_key = || SessionKey::generate().stored(true);
        let mut keys = vec![new_key()];
        assert!(db.create(&keys[0], &row).await.unwrap());
        let end = "'2999-01-01 00:00:00'";
        for (data, end) in [
            ("CAST(x'ff' AS text)", end),
            ("x'ff00'", end),
            ("'x'", "CAST(x'39ff' AS text)"),
            ("'x'", "x'39'"),
            ("'x'", "32503680000"),
            ("'x'", "'never'"),
        ] {
            let key = new_key();
            let values = format!("VALUES ('{}', {data}, {end})", key.as_str());
            let insert = sqlx::AssertSqlSafe(format!("INSERT INTO django_session {values}"));
            db.run(&Statement::write(insert, [])).await.unwrap();
            keys.push(key);
        }
        for key in ["CAST(x'00ff' AS text)", "x'30'", "''", "'\u{e9}'"] {
            let insert = format!("INSERT INTO django_session VALUES ({key}, 'x', {end})");
            let insert = Statement::write(sqlx::AssertSqlSafe(insert), []);
            db.run(&insert).await.unwrap();
        }
        let loaded = join_all(keys.iter().map(|key| db.load(key))).await;
        let loaded: Vec<_> = loaded.into_iter().map(Result::unwrap).collect();
        assert_eq!(loaded[0], Some(row));
        assert_eq!(loaded.iter().flatten().count(), 1);
        for order in [Order::Own, Order::EndsFirst, Order::EndsLast] {
            let (mut from, mut met) = (None, 0);
            for _ in 0..50 {
                let page = db.scan(order, from.as_ref(), 1).await.unwrap();
                met += page.rows.len();
                from = page.next;
                if from.is_none() {
                    break;
                }
            }
            assert_eq!(met, 1, "{order:?}");
        }
        for key in &keys {
            db.delete(key).await.unwrap();
        }
    }
}
