//! The sessions page by page, in any order.
//!
//! A page begins where the last one ended, not after so many rows: so what comes and goes meanwhile
//! moves no row to another page. Many sessions may end at the same time, such as those that never do;
//! the rest of these is asked for by itself, so that an index serves for both.

use sqlx::{AssertSqlSafe, any::AnyRow};

use super::{
    database::Database,
    statement::{Statement, text},
};
use crate::{
    engine::{Cursor, Error, Order, Page, Result, Row},
    key::StoredKey,
    timestamp::from_text,
};

/// The separator in a cursor between an end and a key, which never has it.
const MARK: char = '@';
/// No key is greater, by its bytes or in any alphabet.
const LAST_KEY: &str = "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz";

impl Database {
    pub(super) async fn page(
        &self,
        order: Order,
        from: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page> {
        let from = from.map(Cursor::as_str);
        let rows = match order {
            Order::Natural => {
                let (after, by_key) = self.dialect.keys_up;
                let condition = format!("{}{after}", self.dialect.sane_key);
                self.rows(&condition, by_key, "", from.unwrap_or_default(), limit).await
            }
            Order::EndsFirst | Order::EndsLast => self.rows_by_end(order, from, limit).await,
        };
        let rows = rows.map_err(|error| Error::because("listing sessions", error))?;
        let last = rows.last().filter(|_| rows.len() == limit);
        Ok(Page {
            next: last.and_then(|row| cursor(order, row)),
            rows: rows
                .iter()
                .filter_map(|row| {
                    let key = StoredKey::parse(text(row, 2)?)?;
                    Some((key, to_row(row).ok_or_else(Error::malformed)))
                })
                .collect(),
        })
    }

    async fn rows_by_end(
        &self,
        order: Order,
        from: Option<&str>,
        limit: usize,
    ) -> sqlx::Result<Vec<AnyRow>> {
        let (now, dialect) = (self.now(), self.dialect);
        let (start, beyond, (key, by_key), direction) = if order == Order::EndsLast {
            ((dialect.last_end, LAST_KEY), '<', dialect.keys_down, " DESC")
        } else {
            ((&*now, ""), '>', dialect.keys_up, "")
        };
        let (end, last) = from.and_then(|cursor| cursor.rsplit_once(MARK)).unwrap_or(start);
        let sane = format!("{}{}", dialect.sane_key, dialect.sane_end);
        let then = format!("{sane}expire_date = {{end}} AND {key}");
        let mut rows = self.rows(&then, by_key, end, last, limit).await?;
        if rows.len() < limit {
            // PostgreSQL would take `expire_date` alone for the text that is selected.
            let by_end = format!("django_session.expire_date{direction}, {by_key}");
            let beyond = format!("{sane}expire_date {beyond} {{end}}");
            // No fewer than this page may need, so that the statement is the same for each page.
            rows.extend(self.rows(&beyond, &by_end, end, "", limit).await?);
            rows.truncate(limit);
        }
        Ok(rows)
    }

    /// The live rows under `condition`, in which `{end}` and `{key}` are parameters, in this order.
    async fn rows(
        &self,
        condition: &str,
        order: &str,
        end: &str,
        key: &str,
        limit: usize,
    ) -> sqlx::Result<Vec<AnyRow>> {
        let dialect = self.dialect;
        let mut values: Vec<String> = Vec::new();
        let mut condition = condition.to_owned();
        for (name, value, parameter) in
            [("{end}", end, dialect.time), ("{key}", key, dialect.placeholder)]
        {
            if condition.contains(name) {
                values.push(value.into());
                condition = condition.replace(name, &parameter(values.len()));
            }
        }
        let now = (dialect.time)(values.len() + 1);
        let most = i64::try_from(limit).unwrap_or(i64::MAX);
        values.push(self.now());
        let sql = format!(
            "{} WHERE {condition} AND expire_date > {now} ORDER BY {order} LIMIT {most}",
            dialect.rows
        );
        let statement = Statement::rows(AssertSqlSafe(sql), values);
        Ok(self.run(&statement).await?.rows)
    }
}

fn to_row(row: &AnyRow) -> Option<Row> {
    Some(Row::new(text(row, 0)?, from_text(text(row, 1)?)?))
}

/// The beginning of the page after `last`.
fn cursor(order: Order, last: &AnyRow) -> Option<Cursor> {
    let key = text(last, 2)?;
    if order == Order::Natural {
        return Some(Cursor::new(key));
    }
    let end = text(last, 1)?;
    Some(Cursor::new(format!("{end}{MARK}{key}")))
}

#[cfg(all(test, feature = "sqlite"))]
mod tests;
