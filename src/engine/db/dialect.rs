//! The statements of each database, in one table; the code is the same for all.
//!
//! `sqlx::Any` knows few types, so timestamps go in and out as Django's text for SQLite,
//! `2026-11-23 21:03:34.000001`, in UTC, and each database casts it. Parameters stand in the same
//! order everywhere.

/// The statements of one database.
pub(super) struct Dialect {
    pub(super) name: &'static str,
    pub(super) version: &'static str,
    /// Whether only one may write at once.
    pub(super) has_one_writer: bool,
    /// Whether the way to it is a network's, which may forget a connection.
    pub(super) over_network: bool,
    /// What a connection of our own is told when it starts, in PostgreSQL's words. `None`: there is
    /// nothing between us and the database that would make it other people's too.
    pub(super) startup: Option<&'static str>,
    /// What is said to the database first. Its last answer is how the database calls the connection; SQLite's is
    /// the path of its file, which is empty for one in memory. MySQL's says also how many bytes it takes at once.
    pub(super) on_connect: &'static str,
    /// The same to a file that can't be written to; it is read for that. `None`: there is no file.
    pub(super) on_connect_to_read: Option<&'static str>,
    /// How many statements are being done for the connection of that name, or bear it.
    pub(super) busy: &'static str,
    /// Fails if there is no table, or a column is missing.
    pub(super) probe: &'static str,
    /// How many indices allow each `session_key` once.
    pub(super) unique: &'static str,
    /// The names and types of the table's columns. `None`: any type will do.
    pub(super) columns: Option<&'static str>,
    /// Whether a column, by its name, may have a type.
    pub(super) fits: fn(&str, &str) -> Fit,
    /// Makes the table, in one step.
    pub(super) migrate: &'static str,
    /// One value: the end, a `|` and the payload. Instead of the key and now, `{key}` and `{now}`.
    pub(super) load: &'static str,
    /// How many statements load sessions at the same time.
    pub(super) loads_at_once: usize,
    /// How a parameter is written, by its number.
    pub(super) placeholder: fn(usize) -> String,
    /// key, payload, end
    pub(super) create: &'static str,
    /// payload, end, key, payload seen, now
    pub(super) replace: &'static str,
    /// key
    pub(super) delete: &'static str,
    /// now, limit
    pub(super) clear: &'static str,
    /// key after which to begin, now, limit
    pub(super) scan: &'static str,
    /// What ends later: end after which to begin, now, limit. PostgreSQL would take `expire_date`
    /// alone in `ORDER BY` for the text that is selected.
    pub(super) later: &'static str,
    /// What ends sooner: end before which to begin, now, limit
    pub(super) sooner: &'static str,
    /// What ends then, upwards: end, key after which to begin, now, limit
    pub(super) then_up: &'static str,
    /// What ends then, downwards: end, key before which to begin, now, limit
    pub(super) then_down: &'static str,
    /// now, how many to count at most
    pub(super) live: &'static str,
    /// now, how many to count at most
    pub(super) expired: &'static str,
    /// So many are counted; of more than that, `estimate` says how many.
    pub(super) counted: i64,
    /// How many rows the database believes to have, live or not; -1: it doesn't know.
    pub(super) estimate: &'static str,
}

/// Nobody waits long for so many.
#[cfg(any(feature = "postgres", feature = "mysql"))]
const COUNTED: i64 = 100_000;

/// How well a column's type suits, and what it should be. SQLite takes any.
#[cfg_attr(
    not(any(feature = "postgres", feature = "mysql")),
    expect(dead_code, reason = "SQLite takes any type")
)]
pub(super) enum Fit {
    Well,
    Badly(&'static str),
    Not(&'static str),
}

/// Whether so many characters have room in a column of this type.
#[cfg(any(feature = "postgres", feature = "mysql"))]
fn has_room(kind: &str, characters: u32) -> bool {
    let room = kind.split(['(', ')']).nth(1);
    room.is_none_or(|room| room.parse().is_ok_and(|room: u32| room >= characters))
}

const PROBE: &str = "SELECT 1 FROM django_session \
                     WHERE 1 = 0 AND session_key IS NULL AND session_data IS NULL \
                     AND expire_date IS NULL";

/// Rows as bytes, of those whose key and end are such as a cursor can name. `GLOB` looks no further than
/// the first zero.
#[cfg(feature = "sqlite")]
macro_rules! sqlite_rows {
    ($condition:literal $order:literal) => {
        concat!(
            "SELECT CAST(session_data AS blob), CAST(expire_date AS blob), \
             CAST(session_key AS blob) FROM django_session WHERE ",
            $condition,
            "typeof(session_key) = 'text' AND session_key NOT GLOB '*[^0-9a-z]*' \
             AND typeof(expire_date) = 'text' AND expire_date NOT GLOB '*[^ -~]*' \
             AND instr(CAST(session_key || expire_date AS blob), x'00') = 0 \
             AND typeof(session_data) = 'text' ",
            $order
        )
    };
}

/// The same in PostgreSQL. `SQL_ASCII` means the bytes as they are stored.
#[cfg(feature = "postgres")]
macro_rules! postgres_rows {
    ($condition:literal $order:literal) => {
        concat!(
            "SELECT convert_to(session_data, 'SQL_ASCII'), CAST(expire_date AS text), session_key \
             FROM django_session WHERE ",
            $condition,
            "session_key ~ '^[0-9a-z]+$' ",
            $order
        )
    };
}

/// The `CAST` of `expire_date` hides the column's declared type, which `sqlx::Any` doesn't know.
#[cfg(feature = "sqlite")]
pub(super) static SQLITE: Dialect = Dialect {
    name: "SQLite",
    version: "SELECT sqlite_version()",
    has_one_writer: true,
    over_network: false,
    startup: None,
    // A commit is on the disk when it is acknowledged, so that no power cut undoes a logout.
    on_connect: "PRAGMA busy_timeout = 1400; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                 SELECT file FROM pragma_database_list WHERE name = 'main'",
    on_connect_to_read: Some(
        "PRAGMA busy_timeout = 1400; SELECT count(*) FROM sqlite_master; \
         SELECT file FROM pragma_database_list WHERE name = 'main'",
    ),
    busy: "SELECT 0",
    probe: PROBE,
    unique: "SELECT count(*) FROM pragma_index_list('django_session') AS indices \
             WHERE \"unique\" AND NOT partial AND \
             (SELECT group_concat(lower(name)) FROM pragma_index_info(indices.name)) \
             = 'session_key'",
    columns: None,
    fits: |_, _| Fit::Well,
    migrate: "BEGIN IMMEDIATE; \
         CREATE TABLE IF NOT EXISTS \"django_session\" (\
         \"session_key\" varchar(40) NOT NULL PRIMARY KEY, \
         \"session_data\" text NOT NULL, \
         \"expire_date\" datetime NOT NULL); \
         CREATE INDEX IF NOT EXISTS \"django_session_expire_date_a5c62663\" \
         ON \"django_session\" (\"expire_date\"); \
         COMMIT",
    // What isn't text would become some, of any bytes. Text may be of any too, so it is read as bytes.
    load: "SELECT CAST(expire_date || '|' || session_data AS blob) FROM django_session \
           WHERE session_key = {key} AND expire_date > {now} \
           AND typeof(session_data) = 'text' AND typeof(expire_date) = 'text'",
    loads_at_once: 1,
    placeholder: |_| "?".to_owned(),
    create: "INSERT INTO django_session (session_key, session_data, expire_date) \
             VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
    replace: "UPDATE django_session SET session_data = ?, expire_date = ? \
              WHERE session_key = ? AND session_data = ? AND expire_date > ?",
    delete: "DELETE FROM django_session WHERE session_key = ?",
    clear: "DELETE FROM django_session WHERE session_key IN \
            (SELECT session_key FROM django_session WHERE expire_date <= ? LIMIT ?)",
    scan: sqlite_rows!(
        "session_key > ? AND expire_date > ? AND " "ORDER BY session_key LIMIT ?"
    ),
    later: sqlite_rows!(
        "expire_date > ? AND expire_date > ? AND "
        "ORDER BY django_session.expire_date, session_key LIMIT ?"
    ),
    sooner: sqlite_rows!(
        "expire_date < ? AND expire_date > ? AND "
        "ORDER BY django_session.expire_date DESC, session_key DESC LIMIT ?"
    ),
    then_up: sqlite_rows!(
        "expire_date = ? AND session_key > ? AND expire_date > ? AND "
        "ORDER BY session_key LIMIT ?"
    ),
    then_down: sqlite_rows!(
        "expire_date = ? AND session_key < ? AND expire_date > ? AND "
        "ORDER BY session_key DESC LIMIT ?"
    ),
    live: "SELECT count(*) FROM \
           (SELECT 1 FROM django_session WHERE expire_date > ? LIMIT ?)",
    expired: "SELECT count(*) FROM \
              (SELECT 1 FROM django_session WHERE expire_date <= ? LIMIT ?)",
    // It only reads the index.
    counted: i64::MAX,
    estimate: "SELECT -1",
};

/// The session's time zone is UTC, so text becomes a timestamp, and back, as it stands. Keys are
/// compared by their bytes wherever their order matters.
#[cfg(feature = "postgres")]
pub(super) static POSTGRES: Dialect = Dialect {
    name: "PostgreSQL",
    version: "SELECT split_part(current_setting('server_version'), ' ', 1)",
    has_one_writer: false,
    over_network: true,
    // sqlx says when it connects that times are in UTC, and in ISO's form.
    startup: Some("-c statement_timeout=1400"),
    on_connect: "SELECT CAST(pg_backend_pid() AS text)",
    on_connect_to_read: None,
    busy: "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' \
           AND (CAST(pid AS text) = CAST($1 AS text) \
           OR starts_with(query, '/*' || CAST($1 AS text) || '*/'))",
    probe: PROBE,
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
            "session_key" if !is_text || !has_room(kind, 40) => Fit::Not("varchar(40)"),
            "session_data" if !is_text => Fit::Not("text"),
            "session_data" if !has_room(kind, u32::MAX) => Fit::Badly("text"),
            "expire_date" if kind != "timestamp with time zone" => {
                Fit::Not("timestamp with time zone")
            }
            _ => Fit::Well,
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
    load: "SELECT convert_to(CAST(expire_date AS text) || '|' || session_data, 'SQL_ASCII') \
           FROM django_session \
           WHERE session_key = {key} AND expire_date > CAST(CAST({now} AS text) AS timestamptz)",
    loads_at_once: 4,
    placeholder: |number| format!("${number}"),
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
            ORDER BY expire_date LIMIT $2)) \
            AND expire_date <= CAST(CAST($1 AS text) AS timestamptz)",
    // These operators compare bytes, and are those of the index for LIKE.
    scan: postgres_rows!(
        "session_key ~>~ CAST($1 AS text) \
           AND expire_date > CAST(CAST($2 AS text) AS timestamptz) AND "
        "ORDER BY session_key USING ~<~ LIMIT $3"
    ),
    later: postgres_rows!(
        "expire_date > CAST(CAST($1 AS text) AS timestamptz) \
            AND expire_date > CAST(CAST($2 AS text) AS timestamptz) AND "
        "ORDER BY django_session.expire_date, session_key USING ~<~ LIMIT $3"
    ),
    sooner: postgres_rows!(
        "expire_date < CAST(CAST($1 AS text) AS timestamptz) \
             AND expire_date > CAST(CAST($2 AS text) AS timestamptz) AND "
        "ORDER BY django_session.expire_date DESC, session_key USING ~>~ LIMIT $3"
    ),
    then_up: postgres_rows!(
        "expire_date = CAST(CAST($1 AS text) AS timestamptz) \
              AND session_key ~>~ CAST($2 AS text) \
              AND expire_date > CAST(CAST($3 AS text) AS timestamptz) AND "
        "ORDER BY session_key USING ~<~ LIMIT $4"
    ),
    then_down: postgres_rows!(
        "expire_date = CAST(CAST($1 AS text) AS timestamptz) \
                AND session_key ~<~ CAST($2 AS text) \
                AND expire_date > CAST(CAST($3 AS text) AS timestamptz) AND "
        "ORDER BY session_key USING ~>~ LIMIT $4"
    ),
    live: "SELECT count(*) FROM (SELECT 1 FROM django_session \
           WHERE expire_date > CAST(CAST($1 AS text) AS timestamptz) LIMIT $2) AS counted",
    expired: "SELECT count(*) FROM (SELECT 1 FROM django_session \
              WHERE expire_date <= CAST(CAST($1 AS text) AS timestamptz) LIMIT $2) AS counted",
    counted: COUNTED,
    // As the planner does: so many rows a page as there were when it last looked.
    estimate: "SELECT CAST(CASE WHEN reltuples < 0 OR relpages = 0 THEN -1 \
               ELSE reltuples / relpages * (pg_relation_size(oid) \
               / CAST(current_setting('block_size') AS bigint)) END AS bigint) \
               FROM pg_class WHERE oid = CAST('django_session' AS regclass)",
};

/// PostgreSQL, where what changes is said to whoever listens: in the statement that changes it,
/// so that nobody is told of what then doesn't happen.
#[cfg(feature = "postgres")]
pub(super) static POSTGRES_WITH_NOTIFICATIONS: Dialect = Dialect {
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

/// `DATETIME(6)` has no time zone: it holds UTC, as Django writes it. The column's collation takes
/// capitals for small letters and drops trailing spaces, so payloads are compared as bytes.
#[cfg(feature = "mysql")]
pub(super) static MYSQL: Dialect = Dialect {
    name: "MySQL",
    version: "SELECT CAST(version() AS CHAR)",
    has_one_writer: false,
    // Without it, whoever clears locks the gaps in which others want to insert.
    over_network: true,
    startup: None,
    // Strict: what doesn't fit is refused, and not cut.
    on_connect: "SET SESSION sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES'); \
                 SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; \
                 SET SESSION innodb_lock_wait_timeout = 1; \
                 SELECT CAST(connection_id() AS CHAR), CAST(@@max_allowed_packet AS CHAR)",
    on_connect_to_read: None,
    busy: "SELECT count(*) FROM information_schema.processlist \
           WHERE CAST(id AS CHAR) = ? AND command <> 'Sleep'",
    probe: PROBE,
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
            "session_key" if !is_text || !has_room(kind, 40) => Fit::Not("varchar(40)"),
            "session_data" if !is_text => Fit::Not("longtext"),
            "session_data" if !["longtext", "mediumtext"].contains(&kind) => {
                Fit::Badly("longtext")
            }
            "expire_date" if !kind.starts_with("datetime") => Fit::Not("datetime(6)"),
            _ => Fit::Well,
        }
    },
    migrate:
        // MySQL knows no index that is only made if it is missing, so it comes with the table.
        "CREATE TABLE IF NOT EXISTS django_session (\
         session_key varchar(40) NOT NULL PRIMARY KEY, \
         session_data longtext NOT NULL, \
         expire_date datetime(6) NOT NULL, \
         INDEX django_session_expire_date_a5c62663 (expire_date))",
    // What is longer than `max_allowed_packet` is NULL, as if nothing were there.
    load: "SELECT COALESCE(CONCAT(CAST(expire_date AS CHAR), '|', session_data), '') \
           FROM django_session \
           WHERE session_key = {key} AND expire_date > CAST({now} AS DATETIME(6))",
    loads_at_once: 4,
    placeholder: |_| "?".to_owned(),
    // A row that is there is not touched: an error says so, see `is_unique_violation`.
    create: "INSERT INTO django_session (session_key, session_data, expire_date) \
             VALUES (?, ?, CAST(? AS DATETIME(6)))",
    replace: "UPDATE django_session SET session_data = ?, expire_date = CAST(? AS DATETIME(6)) \
              WHERE session_key = ? AND CAST(session_data AS BINARY) = CAST(? AS BINARY) \
              AND expire_date > CAST(? AS DATETIME(6))",
    delete: "DELETE FROM django_session WHERE session_key = ?",
    clear: "DELETE FROM django_session WHERE expire_date <= CAST(? AS DATETIME(6)) LIMIT ?",
    scan: "SELECT session_data, CAST(expire_date AS CHAR), session_key FROM django_session \
           WHERE session_key > ? AND expire_date > CAST(? AS DATETIME(6)) \
           ORDER BY session_key LIMIT ?",
    later: "SELECT session_data, CAST(expire_date AS CHAR), session_key FROM django_session \
            WHERE expire_date > CAST(? AS DATETIME(6)) \
            AND expire_date > CAST(? AS DATETIME(6)) \
            ORDER BY django_session.expire_date, session_key LIMIT ?",
    sooner: "SELECT session_data, CAST(expire_date AS CHAR), session_key FROM django_session \
             WHERE expire_date < CAST(? AS DATETIME(6)) \
             AND expire_date > CAST(? AS DATETIME(6)) \
             ORDER BY django_session.expire_date DESC, session_key DESC LIMIT ?",
    then_up: "SELECT session_data, CAST(expire_date AS CHAR), session_key FROM django_session \
              WHERE expire_date = CAST(? AS DATETIME(6)) \
              AND session_key > ? \
              AND expire_date > CAST(? AS DATETIME(6)) \
              ORDER BY session_key LIMIT ?",
    then_down: "SELECT session_data, CAST(expire_date AS CHAR), session_key FROM django_session \
                WHERE expire_date = CAST(? AS DATETIME(6)) \
                AND session_key < ? \
                AND expire_date > CAST(? AS DATETIME(6)) \
                ORDER BY session_key DESC LIMIT ?",
    live: "SELECT count(*) FROM (SELECT 1 FROM django_session \
           WHERE expire_date > CAST(? AS DATETIME(6)) LIMIT ?) AS counted",
    expired: "SELECT count(*) FROM (SELECT 1 FROM django_session \
              WHERE expire_date <= CAST(? AS DATETIME(6)) LIMIT ?) AS counted",
    counted: COUNTED,
    estimate: "SELECT CAST(coalesce(max(table_rows), -1) AS SIGNED) \
               FROM information_schema.tables \
               WHERE table_schema = database() AND table_name = 'django_session'",
};
