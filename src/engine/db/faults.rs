//! Errors of the database, and their meaning for the connection, the statement and the row.
//!
//! A code is an SQLSTATE, as PostgreSQL and MySQL have it, or a number: one of SQLite's, or, with an `M` before
//! it, one of MySQL's, which say more than its SQLSTATEs.

use std::borrow::Cow;

use sqlx::Error;

use crate::engine::{self, ErrorKind};

/// The fate of a statement that a connection didn't answer as it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    NotDone,
    Unknown,
}

/// True if the connection is to blame, so that another one may do better.
pub(super) fn fate(error: &Error) -> Option<Fate> {
    // One that doesn't serve us on this connection, and did nothing. PostgreSQL is read-only after a failover,
    // shuts down, starts, or would have to plan its statement anew.
    let postgres = ["25006", "57P01", "57P02", "57P03", "57P05", "0A000"];
    // MySQL runs with --read-only, is read-only, shuts down, or has closed the connection.
    let mysql = ["M1290", "M1836", "M1792", "M1053", "M1927", "M4031"];
    if has_code(error, &postgres) || has_code(error, &mysql) {
        return Some(Fate::NotDone);
    }
    match error {
        Error::Database(_) => {
            let is_lost = code(error).is_some_and(|code| code.starts_with("08"));
            (is_lost && !is_too_large(error)).then_some(Fate::Unknown)
        }
        Error::Io(_) | Error::Protocol(_) | Error::WorkerCrashed => Some(Fate::Unknown),
        _ => None,
    }
}

/// True if the database let another statement go first, and did nothing of this one: a serialization failure
/// (a deadlock too, in MySQL), and a deadlock in PostgreSQL.
pub(super) fn is_conflict(error: &Error) -> bool {
    has_code(error, &["40001", "40P01"])
}

/// True if the database grants no further connection, or none to the user: PostgreSQL's code, and MySQL's.
pub(super) fn has_too_many_connections(error: &Error) -> bool {
    has_code(error, &["53300", "M1040", "M1203", "M1226"])
}

/// True if a right was not granted: PostgreSQL's code, and MySQL's for tables and columns.
pub(super) fn is_denied(error: &Error) -> bool {
    has_code(error, &["42501", "M1142", "M1143", "M1044"])
}

/// True if the table isn't there: PostgreSQL's code, MySQL's, and SQLite's words.
pub(super) fn lacks_table(error: &Error) -> bool {
    has_code(error, &["42P01", "42S02"]) || says(error, "no such table")
}

/// The same for a column.
pub(super) fn lacks_column(error: &Error) -> bool {
    has_code(error, &["42703", "42S22"]) || says(error, "no such column")
}

/// True if SQLite waits for another program: `SQLITE_BUSY` and its kinds, `SQLITE_LOCKED`.
pub(super) fn is_locked(error: &Error) -> bool {
    has_code(error, &["5", "6", "261", "517", "773"])
}

/// True if SQLite can't write to its file, or beside it: `SQLITE_READONLY` and its kinds, `SQLITE_CANTOPEN`;
/// on a full disk `SQLITE_FULL`, `SQLITE_IOERR_WRITE` and `SQLITE_IOERR_SHMSIZE`.
pub(super) fn is_read_only(error: &Error) -> bool {
    has_code(error, &["8", "264", "520", "776", "1288", "1544", "14", "13", "778", "4874"])
}

/// True if the row is larger than the database takes: text longer than its column, or a statement longer than
/// MySQL takes.
pub(super) fn is_too_large(error: &Error) -> bool {
    let is_ours = matches!(error, Error::Encode(_));
    is_ours || has_code(error, &["22001", "M1153", "M1301"])
}

/// A statement's error, with its kind. `tried`: what was being done.
pub(super) fn failure(tried: &str, error: Error) -> engine::Error {
    let kind = if is_too_large(&error) { ErrorKind::TooLarge } else { ErrorKind::Unavailable };
    let failure = match error {
        Error::Encode(why) => engine::Error::because(tried, why),
        error => engine::Error::because(tried, error),
    };
    failure.with_kind(kind)
}

/// The error of a statement that isn't sent, because MySQL would close the connection over it.
pub(super) fn too_large(bytes: usize, most: usize) -> Error {
    let why = format!(
        "the statement has {bytes} bytes, and the database takes {most} at once (max_allowed_packet); \
         nothing was changed"
    );
    Error::Encode(why.into())
}

/// The error of a row that MySQL doesn't hand out, because it was set to take less since then.
pub(super) fn unreadable() -> Error {
    let why = "the session has more bytes than the database hands out (max_allowed_packet)";
    Error::Encode(why.into())
}

/// True if a row that was to be read is damaged.
pub(super) fn is_damage(error: &Error) -> bool {
    match error {
        Error::Decode(_) | Error::ColumnDecode { .. } | Error::AnyDriverError(_) => true,
        Error::Database(_) => code(error).is_some_and(|code| code.starts_with("22")),
        _ => false,
    }
}

fn code(error: &Error) -> Option<Cow<'_, str>> {
    error.as_database_error()?.code()
}

fn has_code(error: &Error, codes: &[&str]) -> bool {
    let is_one = |code: Cow<'_, str>| codes.contains(&&*code);
    code(error).is_some_and(is_one) || mysql_number(error).is_some_and(is_one)
}

fn says(error: &Error, words: &str) -> bool {
    let error = error.as_database_error();
    error.is_some_and(|error| error.message().contains(words))
}

#[cfg(feature = "mysql")]
fn mysql_number(error: &Error) -> Option<Cow<'_, str>> {
    let error = error.as_database_error()?.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>()?;
    Some(format!("M{}", error.number()).into())
}

#[cfg(not(feature = "mysql"))]
fn mysql_number(_: &Error) -> Option<Cow<'_, str>> {
    None
}
