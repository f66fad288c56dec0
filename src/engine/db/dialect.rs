//! The statements of each database, in one table; the code is the same for all.
//!
//! `sqlx::Any` knows few types, so timestamps go in and out as Django's text for SQLite,
//! `2026-11-23 21:03:34.000001`, in UTC, and each database casts it. Parameters stand in the same
//! order everywhere.

#[cfg(feature = "mysql")]
mod mysql;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

#[cfg(feature = "mysql")]
pub(super) use self::mysql::MYSQL;
#[cfg(feature = "postgres")]
pub(super) use self::postgres::{POSTGRES, POSTGRES_WITH_NOTIFICATIONS};
#[cfg(feature = "sqlite")]
pub(super) use self::sqlite::SQLITE;

/// The statements of one database.
pub(in crate::engine::db) struct Dialect {
    /// Asks for its name and version.
    pub(in crate::engine::db) version: &'static str,
    /// True if it is a file here: only one may write to it at once. The way to any other is a network's, which
    /// may forget a connection.
    pub(in crate::engine::db) is_file: bool,
    /// Options with which a connection of our own starts, in PostgreSQL's words. `None`: there is
    /// nothing between us and the database that would make it other people's too.
    pub(in crate::engine::db) startup: Option<&'static str>,
    /// The first statements on a connection. Their last answer is how the database calls the connection;
    /// SQLite's is the path of its file, which is empty for one in memory. MySQL's says also how many bytes it
    /// takes at once.
    pub(in crate::engine::db) on_connect: &'static str,
    /// The same to a file that can't be written to; it is read for that. `None`: there is no file.
    pub(in crate::engine::db) on_connect_to_read: Option<&'static str>,
    /// Counts the statements that are being done for the connection of that name, or are marked with it.
    pub(in crate::engine::db) busy: &'static str,
    /// Counts the indices that allow each `session_key` once.
    pub(in crate::engine::db) unique: &'static str,
    /// The names and types of the table's columns. `None`: any type will do.
    pub(in crate::engine::db) columns: Option<&'static str>,
    /// The fit of a column, by its name, and a type.
    pub(in crate::engine::db) fits: fn(&str, &str) -> ColumnFit,
    /// Makes the table, in one step.
    pub(in crate::engine::db) migrate: &'static str,
    /// A parameter, by its number.
    pub(in crate::engine::db) placeholder: fn(usize) -> String,
    /// A parameter that is a timestamp, by its number.
    pub(in crate::engine::db) time: fn(usize) -> String,
    /// One value: the end, a `|` and the payload. `{key}` and `{now}` are parameters.
    pub(in crate::engine::db) load: &'static str,
    /// The number of statements that load sessions at the same time.
    pub(in crate::engine::db) loads_at_once: usize,
    /// key, payload, end
    pub(in crate::engine::db) create: &'static str,
    /// payload, end, key, payload seen, now
    pub(in crate::engine::db) replace: &'static str,
    /// key
    pub(in crate::engine::db) delete: &'static str,
    /// now; `{most}` is the limit.
    pub(in crate::engine::db) clear: &'static str,
    /// Rows as text or bytes: payload, end, key.
    pub(in crate::engine::db) rows: &'static str,
    /// Condition: the key is such as a cursor can name. With an `AND` after it, unless it is empty.
    pub(in crate::engine::db) sane_key: &'static str,
    /// The same of the end.
    pub(in crate::engine::db) sane_end: &'static str,
    /// The condition that a key comes after `{key}`, and this order: by their bytes.
    pub(in crate::engine::db) keys_up: (&'static str, &'static str),
    /// The same the other way round.
    pub(in crate::engine::db) keys_down: (&'static str, &'static str),
    /// An end after every other.
    pub(in crate::engine::db) last_end: &'static str,
    /// The most rows that are counted; of more than that, `estimate` says how many.
    pub(in crate::engine::db) counted: i64,
    /// Asks how many rows the database believes to have, live or not; -1: it doesn't know.
    pub(in crate::engine::db) estimate: &'static str,
}

/// Nobody waits long for so many.
#[cfg(any(feature = "postgres", feature = "mysql"))]
const COUNTED: i64 = 100_000;

/// The fit of a column's type, and what it should be. SQLite takes any.
#[cfg_attr(
    not(any(feature = "postgres", feature = "mysql")),
    expect(dead_code, reason = "SQLite takes any type")
)]
pub(in crate::engine::db) enum ColumnFit {
    Good,
    /// Sessions that are too large for it are refused.
    TooNarrow(&'static str),
    Unusable(&'static str),
}

/// True if so many characters have room in a column of this type.
#[cfg(any(feature = "postgres", feature = "mysql"))]
fn has_room(kind: &str, characters: u32) -> bool {
    let room = kind.split(['(', ')']).nth(1);
    room.is_none_or(|room| room.parse().is_ok_and(|room: u32| room >= characters))
}
