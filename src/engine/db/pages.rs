//! The sessions page by page, in any order.
//!
//! A page begins where the last one ended, not after so many rows: so what comes and goes meanwhile
//! moves no row from one page to another, and each page costs the same.

use sqlx::{Row as _, any::AnyRow};

use super::{Db, to_row, to_text};
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
        let now = to_text(self.clock.now());
        let from = from.map(Cursor::as_str);
        let at = from.and_then(|cursor| cursor.split_once(MARK));
        let query = match order {
            Order::Own => sqlx::query(self.dialect.scan).bind(from.unwrap_or_default()),
            Order::EndsFirst => {
                let (end, key) = at.unwrap_or((&now, ""));
                let query = sqlx::query(self.dialect.scan_ends_first);
                query.bind(end).bind(end).bind(key)
            }
            Order::EndsLast => {
                let (end, key) = at.unwrap_or((LAST_END, LAST_KEY));
                let query = sqlx::query(self.dialect.scan_ends_last);
                query.bind(end).bind(end).bind(key)
            }
        };
        let rows = query
            .bind(now.as_str())
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .fetch_all(&self.pool)
            .await
            .map_err(|error| Error::because("listing sessions", error))?;
        let last = rows.last().filter(|_| rows.len() == limit);
        Ok(Page {
            next: last.and_then(|row| cursor(order, row)),
            rows: rows
                .iter()
                .filter_map(|row| {
                    let key: String = row.try_get(2).ok()?;
                    Some((StoredKey::parse(&key)?, to_row(row)?))
                })
                .collect(),
        })
    }
}

/// Where the page after `last` begins.
fn cursor(order: Order, last: &AnyRow) -> Option<Cursor> {
    let key: String = last.try_get(2).ok()?;
    if order == Order::Own {
        return Some(Cursor::new(key));
    }
    let end: String = last.try_get(1).ok()?;
    Some(Cursor::new(format!("{end}{MARK}{key}")))
}
