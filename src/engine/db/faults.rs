//! Errors of the database, and their meaning for the connection, the statement and the row.

use sqlx::Error;

use crate::engine::{self, ErrorKind};

/// The codes for a statement that the database refuses in favour of another's: a serialization failure
/// (a deadlock too, in MySQL), and a deadlock in PostgreSQL. Nothing of the statement was done.
const CONFLICTS: [&str; 2] = ["40001", "40P01"];
/// The codes of one that doesn't serve us on this connection, and did nothing: it is read-only after a
/// failover, shuts down, starts, or would have to plan its statement anew.
const ELSEWHERE: [&str; 6] = ["25006", "57P01", "57P02", "57P03", "57P05", "0A000"];
/// The same in MySQL's numbers: it runs with --read-only, is read-only, shuts down, or has closed the
/// connection.
const ELSEWHERE_MYSQL: [u16; 6] = [1290, 1836, 1792, 1053, 1927, 4031];
/// The codes for a right that was not granted: PostgreSQL's, and MySQL's of tables and columns.
const DENIED: [&str; 1] = ["42501"];
const DENIED_MYSQL: [u16; 3] = [1142, 1143, 1044];
/// The codes for a table that isn't there: PostgreSQL's and MySQL's.
const NO_TABLE: [&str; 2] = ["42P01", "42S02"];
/// The same for a column.
const NO_COLUMN: [&str; 2] = ["42703", "42S22"];
/// The codes for more connections than the database, or the user, may have: PostgreSQL's and MySQL's.
const TOO_MANY: [&str; 1] = ["53300"];
const TOO_MANY_MYSQL: [u16; 3] = [1040, 1203, 1226];
/// The codes for text longer than its column.
const TOO_LONG: &str = "22001";
/// MySQL's numbers for a statement larger than it takes.
const TOO_LARGE_MYSQL: [u16; 2] = [1153, 1301];

/// The fate of a statement that a connection didn't answer as it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    NotDone,
    Unknown,
}

/// True if the connection is to blame, so that another one may do better.
pub(super) fn fate(error: &Error) -> Option<Fate> {
    if has_code(error, &ELSEWHERE) || has_number(error, &ELSEWHERE_MYSQL) {
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

/// True if the database let another statement go first.
pub(super) fn is_conflict(error: &Error) -> bool {
    has_code(error, &CONFLICTS)
}

/// True if the database grants no further connection.
pub(super) fn has_too_many_connections(error: &Error) -> bool {
    has_code(error, &TOO_MANY) || has_number(error, &TOO_MANY_MYSQL)
}

pub(super) fn is_denied(error: &Error) -> bool {
    has_code(error, &DENIED) || has_number(error, &DENIED_MYSQL)
}

pub(super) fn lacks_table(error: &Error) -> bool {
    has_code(error, &NO_TABLE) || says(error, "no such table")
}

pub(super) fn lacks_column(error: &Error) -> bool {
    has_code(error, &NO_COLUMN) || says(error, "no such column")
}

/// True if SQLite waits for another program: `SQLITE_BUSY` and its kinds, `SQLITE_LOCKED`.
pub(super) fn is_locked(error: &Error) -> bool {
    has_code(error, &["5", "6", "261", "517", "773"])
}

/// True if SQLite can't write to its file, or beside it: `SQLITE_READONLY` and its kinds, `SQLITE_CANTOPEN`;
/// on a full disk `SQLITE_FULL`, `SQLITE_IOERR_WRITE` and `SQLITE_IOERR_SHMSIZE`.
pub(super) fn is_read_only(error: &Error) -> bool {
    let codes = "8 264 520 776 1288 1544 14 13 778 4874";
    code(error).is_some_and(|code| codes.split(' ').any(|known| known == code))
}

/// True if the row is larger than the database takes.
pub(super) fn is_too_large(error: &Error) -> bool {
    let is_ours = matches!(error, Error::Encode(_));
    is_ours || has_code(error, &[TOO_LONG]) || has_number(error, &TOO_LARGE_MYSQL)
}

/// A statement's error, with its kind. `tried`: what was being done.
pub(super) fn failure(tried: &str, error: Error) -> engine::Error {
    let kind = match is_too_large(&error) {
        true => ErrorKind::TooLarge,
        false => ErrorKind::Unavailable,
    };
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

fn code(error: &Error) -> Option<std::borrow::Cow<'_, str>> {
    error.as_database_error()?.code()
}

fn has_code(error: &Error, codes: &[&str]) -> bool {
    code(error).is_some_and(|code| codes.contains(&&*code))
}

fn says(error: &Error, words: &str) -> bool {
    let error = error.as_database_error();
    error.is_some_and(|error| error.message().contains(words))
}

#[cfg(feature = "mysql")]
fn has_number(error: &Error, numbers: &[u16]) -> bool {
    use sqlx::mysql::MySqlDatabaseError;

    let error = error.as_database_error();
    let error = error.and_then(|error| error.try_downcast_ref::<MySqlDatabaseError>());
    error.is_some_and(|error| numbers.contains(&error.number()))
}

#[cfg(not(feature = "mysql"))]
fn has_number(_: &Error, _: &[u16]) -> bool {
    false
}
