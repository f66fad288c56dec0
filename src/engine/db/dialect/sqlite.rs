//! The statements of SQLite.

use super::{ColumnFit, Dialect};

/// The `CAST` of `expire_date` hides the column's declared type, which `sqlx::Any` doesn't know.
pub(in crate::engine::db) static SQLITE: Dialect = Dialect {
    version: "SELECT 'SQLite ' || sqlite_version()",
    is_file: true,
    startup: None,
    // A commit is on the disk when it is acknowledged, so that no power cut undoes a logout.
    on_connect: "PRAGMA busy_timeout = 1400; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                 SELECT file FROM pragma_database_list WHERE name = 'main'",
    on_connect_to_read: Some(
        "PRAGMA busy_timeout = 1400; SELECT count(*) FROM sqlite_master; \
         SELECT file FROM pragma_database_list WHERE name = 'main'",
    ),
    busy: "SELECT 0",
    unique: "SELECT count(*) FROM pragma_index_list('django_session') AS indices \
             WHERE \"unique\" AND NOT partial AND \
             (SELECT group_concat(lower(name)) FROM pragma_index_info(indices.name)) \
             = 'session_key'",
    columns: None,
    fits: |_, _| ColumnFit::Good,
    migrate: "BEGIN IMMEDIATE; \
         CREATE TABLE IF NOT EXISTS \"django_session\" (\
         \"session_key\" varchar(40) NOT NULL PRIMARY KEY, \
         \"session_data\" text NOT NULL, \
         \"expire_date\" datetime NOT NULL); \
         CREATE INDEX IF NOT EXISTS \"django_session_expire_date_a5c62663\" \
         ON \"django_session\" (\"expire_date\"); \
         COMMIT",
    // A value that isn't text would become some, of any bytes. Text may be of any too, so it is read as bytes.
    placeholder: |_| "?".to_owned(),
    time: |_| "?".to_owned(),
    load: "SELECT CAST(expire_date || '|' || session_data AS blob) FROM django_session \
           WHERE session_key = {key} AND expire_date > {now} \
           AND typeof(session_data) = 'text' AND typeof(expire_date) = 'text'",
    loads_at_once: 1,
    create: "INSERT INTO django_session (session_key, session_data, expire_date) \
             VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
    replace: "UPDATE django_session SET session_data = ?, expire_date = ? \
              WHERE session_key = ? AND session_data = ? AND expire_date > ?",
    delete: "DELETE FROM django_session WHERE session_key = ?",
    clear: "DELETE FROM django_session WHERE session_key IN \
            (SELECT session_key FROM django_session WHERE expire_date <= ? LIMIT {most})",
    // As in `load`, no other type is read as text.
    rows: "SELECT CASE typeof(session_data) WHEN 'text' THEN CAST(session_data AS blob) END, \
           CASE typeof(expire_date) WHEN 'text' THEN CAST(expire_date AS blob) END, \
           CAST(session_key AS blob) FROM django_session",
    // `GLOB` looks no further than the first zero.
    sane_key: "typeof(session_key) = 'text' AND session_key NOT GLOB '*[^0-9a-z]*' \
               AND instr(CAST(session_key AS blob), x'00') = 0 AND ",
    sane_end: "typeof(expire_date) = 'text' AND expire_date NOT GLOB '*[^ -~]*' \
               AND instr(CAST(expire_date AS blob), x'00') = 0 AND ",
    keys_up: ("session_key > {key}", "session_key"),
    keys_down: ("session_key < {key}", "session_key DESC"),
    // It is compared as text.
    last_end: "~",
    // It only reads the index.
    counted: i64::MAX,
    estimate: "SELECT -1",
};
