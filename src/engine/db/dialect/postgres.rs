//! The statements of PostgreSQL.

use super::{COUNTED, ColumnFit, Dialect, has_room};

/// The session's time zone is UTC, so text becomes a timestamp, and back, as it stands. Keys are
/// compared by their bytes wherever their order matters.
pub(in crate::engine::db) static POSTGRES: Dialect = Dialect {
    version: "SELECT 'PostgreSQL ' || split_part(current_setting('server_version'), ' ', 1)",
    is_file: false,
    // sqlx says when it connects that times are in UTC, and in ISO's form.
    startup: Some("-c statement_timeout=1400"),
    on_connect: "SELECT CAST(pg_backend_pid() AS text)",
    on_connect_to_read: None,
    busy: "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' \
           AND (CAST(pid AS text) = CAST($1 AS text) \
           OR starts_with(query, '/*' || CAST($1 AS text) || '*/'))",
    // One that looks only when the transaction ends refuses none that `ON CONFLICT` would pass over.
    unique: "SELECT count(*) FROM pg_index JOIN pg_attribute \
             ON attrelid = indrelid AND attnum = indkey[0] \
             WHERE indrelid = CAST('django_session' AS regclass) AND attname = 'session_key' \
             AND indisunique AND indisvalid AND indimmediate AND indnkeyatts = 1 AND indpred IS NULL",
    columns: Some(
        "SELECT CAST(attname AS text), format_type(atttypid, atttypmod) FROM pg_attribute \
         WHERE attrelid = CAST('django_session' AS regclass) AND attnum > 0",
    ),
    fits: |column, kind| {
        let is_text = kind == "text" || kind.starts_with("character varying");
        match column {
            "session_key" if !is_text || !has_room(kind, 40) => ColumnFit::Unusable("varchar(40)"),
            "session_data" if !is_text => ColumnFit::Unusable("text"),
            "session_data" if !has_room(kind, u32::MAX) => ColumnFit::TooNarrow("text"),
            "expire_date" if kind != "timestamp with time zone" => {
                ColumnFit::Unusable("timestamp with time zone")
            }
            _ => ColumnFit::Good,
        }
    },
    // One message is one transaction. `IF NOT EXISTS` looks and acts in two steps, so that of several
    // that make the table at once only one may look; the number is that of this lock alone.
    migrate: "SET LOCAL statement_timeout = 25000; \
         SELECT pg_advisory_xact_lock(7523094288207667809); \
         CREATE TABLE IF NOT EXISTS django_session (\
         session_key varchar(40) NOT NULL PRIMARY KEY, \
         session_data text NOT NULL, \
         expire_date timestamp with time zone NOT NULL); \
         CREATE INDEX IF NOT EXISTS django_session_session_key_c0390e0f_like \
         ON django_session (session_key varchar_pattern_ops); \
         CREATE INDEX IF NOT EXISTS django_session_expire_date_a5c62663 \
         ON django_session (expire_date)",
    placeholder: |number| format!("${number}"),
    time: |number| format!("CAST(CAST(${number} AS text) AS timestamptz)"),
    load: "SELECT convert_to(CAST(expire_date AS text) || '|' || session_data, 'SQL_ASCII') \
           FROM django_session \
           WHERE session_key = {key} AND expire_date > {now}",
    loads_at_once: 4,
    create: "INSERT INTO django_session (session_key, session_data, expire_date) \
             VALUES ($1, $2, CAST(CAST($3 AS text) AS timestamptz)) ON CONFLICT DO NOTHING",
    replace: "UPDATE django_session \
              SET session_data = $1, expire_date = CAST(CAST($2 AS text) AS timestamptz) \
              WHERE session_key = $3 AND session_data = $4 \
              AND expire_date > CAST(CAST($5 AS text) AS timestamptz)",
    delete: "DELETE FROM django_session WHERE session_key = $1",
    // In the order of the index and as a list, so that it isn't tempted to read the whole table for
    // them: it would, as soon as it knows that many have expired.
    clear: "DELETE FROM django_session WHERE session_key = ANY (ARRAY(\
            SELECT session_key FROM django_session \
            WHERE expire_date <= CAST(CAST($1 AS text) AS timestamptz) \
            ORDER BY expire_date LIMIT {most})) \
            AND expire_date <= CAST(CAST($1 AS text) AS timestamptz)",
    // `SQL_ASCII` means the bytes as they are stored.
    rows: "SELECT convert_to(session_data, 'SQL_ASCII'), CAST(expire_date AS text), session_key \
           FROM django_session",
    sane_key: "session_key ~ '^[0-9a-z]+$' AND ",
    sane_end: "",
    // These operators compare bytes, and are those of the index for LIKE.
    keys_up: ("session_key ~>~ CAST({key} AS text)", "session_key USING ~<~"),
    keys_down: ("session_key ~<~ CAST({key} AS text)", "session_key USING ~>~"),
    last_end: "infinity",
    counted: COUNTED,
    // As the planner does: so many rows a page as there were when it last looked.
    estimate: "SELECT CAST(CASE WHEN reltuples < 0 OR relpages = 0 THEN -1 \
               ELSE reltuples / relpages * (pg_relation_size(oid) \
               / CAST(current_setting('block_size') AS bigint)) END AS bigint) \
               FROM pg_class WHERE oid = CAST('django_session' AS regclass)",
};

/// PostgreSQL, where what changes is said to whoever listens: in the statement that changes it,
/// so that nobody is told of what then doesn't happen.
pub(in crate::engine::db) static POSTGRES_WITH_NOTIFICATIONS: Dialect = Dialect {
    replace: "WITH done AS (UPDATE django_session \
              SET session_data = $1, expire_date = CAST(CAST($2 AS text) AS timestamptz) \
              WHERE session_key = $3 AND session_data = $4 \
              AND expire_date > CAST(CAST($5 AS text) AS timestamptz) RETURNING session_key) \
              SELECT pg_notify('huihua_session', session_key) FROM done",
    delete: "WITH done AS (DELETE FROM django_session WHERE session_key = $1 \
             RETURNING session_key) \
             SELECT pg_notify('huihua_session', session_key) FROM done",
    ..POSTGRES
};
