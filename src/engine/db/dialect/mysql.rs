//! The statements of MySQL and MariaDB.

use super::{COUNTED, ColumnFit, Dialect, has_room};

/// `DATETIME(6)` has no time zone: it holds UTC, as Django writes it. The column's collation takes
/// capitals for small letters and drops trailing spaces, so payloads are compared as bytes.
pub(in crate::engine::db) static MYSQL: Dialect = Dialect {
    // MariaDB speaks MySQL's language and puts its own name into the version.
    version: "SELECT CAST(CONCAT(IF(version() LIKE '%MariaDB%', 'MariaDB ', 'MySQL '), version()) AS CHAR)",
    is_file: false,
    startup: None,
    // Strict: what doesn't fit is refused, and not cut. READ COMMITTED: else whoever clears locks the
    // gaps in which others want to insert.
    on_connect: "SET SESSION sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES'); \
                 SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; \
                 SET SESSION innodb_lock_wait_timeout = 1; \
                 SELECT CAST(connection_id() AS CHAR), CAST(@@max_allowed_packet AS CHAR)",
    on_connect_to_read: None,
    busy: "SELECT count(*) FROM information_schema.processlist \
           WHERE CAST(id AS CHAR) = ? AND command <> 'Sleep'",
    unique: "SELECT count(*) FROM (SELECT index_name FROM information_schema.statistics \
             WHERE table_schema = database() AND table_name = 'django_session' AND non_unique = 0 \
             GROUP BY index_name HAVING count(*) = 1 AND max(column_name) = 'session_key') AS indices",
    columns: Some(
        "SELECT CAST(column_name AS CHAR), CAST(column_type AS CHAR) \
         FROM information_schema.columns \
         WHERE table_schema = database() AND table_name = 'django_session'",
    ),
    fits: |column, kind| {
        let is_text = kind.contains("text") || kind.contains("char");
        match column {
            "session_key" if !is_text || !has_room(kind, 40) => ColumnFit::Unusable("varchar(40)"),
            "session_data" if !is_text => ColumnFit::Unusable("longtext"),
            "session_data" if !["longtext", "mediumtext"].contains(&kind) => {
                ColumnFit::TooNarrow("longtext")
            }
            "expire_date" if !kind.starts_with("datetime") => ColumnFit::Unusable("datetime(6)"),
            _ => ColumnFit::Good,
        }
    },
    migrate:
        // MySQL knows no index that is only made if it is missing, so it comes with the table.
        "CREATE TABLE IF NOT EXISTS django_session (\
         session_key varchar(40) NOT NULL PRIMARY KEY, \
         session_data longtext NOT NULL, \
         expire_date datetime(6) NOT NULL, \
         INDEX django_session_expire_date_a5c62663 (expire_date))",
    placeholder: |_| "?".to_owned(),
    time: |_| "CAST(? AS DATETIME(6))".to_owned(),
    // A value longer than `max_allowed_packet` is NULL, as if nothing were there.
    load: "SELECT COALESCE(CONCAT(CAST(expire_date AS CHAR), '|', session_data), '') \
           FROM django_session \
           WHERE session_key = {key} AND expire_date > {now}",
    loads_at_once: 4,
    // A row that is there is not touched: an error says so, see `is_unique_violation`.
    create: "INSERT INTO django_session (session_key, session_data, expire_date) \
             VALUES (?, ?, CAST(? AS DATETIME(6)))",
    replace: "UPDATE django_session SET session_data = ?, expire_date = CAST(? AS DATETIME(6)) \
              WHERE session_key = ? AND CAST(session_data AS BINARY) = CAST(? AS BINARY) \
              AND expire_date > CAST(? AS DATETIME(6))",
    delete: "DELETE FROM django_session WHERE session_key = ?",
    clear: "DELETE FROM django_session WHERE expire_date <= CAST(? AS DATETIME(6)) LIMIT {most}",
    rows: "SELECT session_data, CAST(expire_date AS CHAR), session_key FROM django_session",
    sane_key: "",
    sane_end: "",
    keys_up: ("session_key > {key}", "session_key"),
    keys_down: ("session_key < {key}", "session_key DESC"),
    last_end: "9999-12-31 23:59:59.999999",
    counted: COUNTED,
    estimate: "SELECT CAST(coalesce(max(table_rows), -1) AS SIGNED) \
               FROM information_schema.tables \
               WHERE table_schema = database() AND table_name = 'django_session'",
};
