//! A statement with its values, and the two ways to send it.
//!
//! On a connection of our own, the database keeps it prepared. Behind a pooler, what is prepared or set
//! is other people's too: so it goes as one message, which is a transaction, with its values in the
//! text, written in base64, whose alphabet can't end a literal.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use futures_util::TryStreamExt as _;
use sqlx::{
    AnyConnection, AssertSqlSafe, Either, Executor as _, Row as _, SqlSafeStr, SqlStr,
    any::{Any, AnyArguments, AnyRow},
    query::Query,
};

/// Precedes each statement behind a pooler, and ends with its transaction.
const LOCALLY: &str = "SET LOCAL statement_timeout = 1400; SET LOCAL TimeZone = 'UTC'; \
                       SET LOCAL DateStyle = 'ISO, YMD'; ";

/// A statement with its values.
#[derive(Debug, Clone)]
pub(super) struct Statement {
    sql: SqlStr,
    /// Those of its parameters, as text.
    values: Vec<String>,
    wanted: Wanted,
    /// True if it may be sent a second time when nobody knows what became of the first.
    pub(super) repeatable: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Row,
    Rows,
    Written,
}

/// The answer to a statement.
#[derive(Default)]
pub(super) struct Done {
    pub(super) rows: Vec<AnyRow>,
    /// The number of rows that were written.
    pub(super) written: u64,
    /// True if it was sent twice, and the first may have been done too.
    pub(super) repeated: bool,
}

impl Statement {
    /// One that answers with one row.
    pub(super) fn row(sql: impl SqlSafeStr, values: impl Into<Vec<String>>) -> Self {
        Self::new(sql, values, Wanted::Row)
    }

    /// A statement that answers with rows.
    pub(super) fn rows(sql: impl SqlSafeStr, values: impl Into<Vec<String>>) -> Self {
        Self::new(sql, values, Wanted::Rows)
    }

    /// A statement that writes.
    pub(super) fn write(sql: impl SqlSafeStr, values: impl Into<Vec<String>>) -> Self {
        Self::new(sql, values, Wanted::Written)
    }

    fn new(sql: impl SqlSafeStr, values: impl Into<Vec<String>>, wanted: Wanted) -> Self {
        Self { sql: sql.into_sql_str(), values: values.into(), wanted, repeatable: true }
    }

    /// The same, never to be sent twice.
    pub(super) fn once(mut self) -> Self {
        self.repeatable = false;
        self
    }

    /// At least as many as it takes to send it.
    pub(super) fn bytes(&self) -> usize {
        let values = self.values.iter().map(|value| value.len() + 9);
        values.sum::<usize>() + self.sql.as_str().len()
    }

    fn query(&self) -> Query<'_, Any, AnyArguments> {
        let query = sqlx::query(self.sql.clone());
        self.values.iter().fold(query, |query, value| query.bind(value.as_str()))
    }

    /// Runs it on a connection of our own.
    pub(super) async fn run(&self, on: &mut AnyConnection) -> sqlx::Result<Done> {
        let mut done = Done::default();
        match self.wanted {
            Wanted::Row => done.rows.push(self.query().fetch_one(on).await?),
            Wanted::Rows => done.rows = self.query().fetch_all(on).await?,
            Wanted::Written => done.written = self.query().execute(on).await?.rows_affected(),
        }
        Ok(done)
    }

    /// Runs it where other programs' transactions use the same connections, by `id` in the database's list.
    pub(super) async fn run_shared(&self, on: &mut AnyConnection, id: &str) -> sqlx::Result<Done> {
        let statement = with_values(self.sql.as_str(), &self.values);
        let sql = format!("/*{id}*/ {LOCALLY}{statement}");
        let mut answers = on.fetch_many(sqlx::raw_sql(AssertSqlSafe(sql)));
        let mut done = Done::default();
        while let Some(answer) = answers.try_next().await? {
            match answer {
                Either::Left(counted) => done.written += counted.rows_affected(),
                Either::Right(row) => done.rows.push(row),
            }
        }
        if self.wanted == Wanted::Row && done.rows.is_empty() {
            Err(sqlx::Error::RowNotFound)
        } else {
            Ok(done)
        }
    }
}

/// Text in a column, which may come as bytes because they needn't be any.
pub(super) fn text(row: &AnyRow, column: usize) -> Option<&str> {
    match row.try_get::<&str, _>(column) {
        Ok(text) => Some(text),
        Err(_) => std::str::from_utf8(row.try_get(column).ok()?).ok(),
    }
}

/// `sql` with its values instead of `$1`, `$2`, …
fn with_values(sql: &str, values: &[String]) -> String {
    let mut parts = sql.split('$');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|next: char| !next.is_ascii_digit());
        let (number, rest) = part.split_at(end.unwrap_or(part.len()));
        let value = number.parse::<usize>().ok();
        match value.and_then(|number| values.get(number.checked_sub(1)?)) {
            Some(value) => {
                text.push_str("convert_from(decode('");
                BASE64_STANDARD.encode_string(value, &mut text);
                text.push_str("', 'base64'), 'UTF8')");
            }
            None => text.extend(["$", number]),
        }
        text.push_str(rest);
    }
    text
}

#[cfg(test)]
mod tests;
