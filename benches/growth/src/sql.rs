//! What the generator says to each database.

/// The statements of one database.
#[derive(Debug)]
pub(crate) struct Sql {
    /// Before a new table is filled.
    pub(crate) before_filling: &'static str,
    /// What takes each index away that can be, and what makes it again: it is faster to make one
    /// when all rows are there.
    pub(crate) indexes: &'static str,
    /// Payload; keys and ends, as JSON
    pub(crate) insert: &'static str,
    /// When a new table is filled: the database tidies up now rather than while it is measured.
    pub(crate) when_filled: &'static [&'static str],
    /// Bytes that the table and its indexes take.
    pub(crate) bytes: &'static str,
}

/// A table that a power cut breaks while it is filled is filled again.
pub(crate) static SQLITE: Sql = Sql {
    before_filling: "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; \
                     PRAGMA cache_size = -2000000",
    indexes: "SELECT 'DROP INDEX \"' || name || '\"', sql FROM sqlite_master \
              WHERE type = 'index' AND tbl_name = 'django_session' AND sql IS NOT NULL",
    insert: "INSERT INTO django_session (session_key, session_data, expire_date) \
             SELECT value ->> 0, ?, value ->> 1 FROM json_each(?)",
    // A commit that waits for the disk, also for all that hasn't got there yet.
    when_filled: &["PRAGMA synchronous = FULL", "PRAGMA user_version = 0"],
    bytes: "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
};

pub(crate) static POSTGRES: Sql = Sql {
    before_filling: "SET TIME ZONE 'UTC'; SET synchronous_commit = off; \
                     SET maintenance_work_mem = '512MB'",
    indexes: "SELECT format('ALTER TABLE django_session DROP CONSTRAINT %I', conname), \
              format('ALTER TABLE django_session ADD CONSTRAINT %I %s', conname, \
              pg_get_constraintdef(oid)) \
              FROM pg_constraint \
              WHERE conrelid = 'django_session'::regclass AND contype = 'p' \
              UNION ALL \
              SELECT format('DROP INDEX %I', indexname), indexdef FROM pg_indexes \
              WHERE tablename = 'django_session' AND indexname NOT IN \
              (SELECT conname FROM pg_constraint WHERE contype = 'p')",
    insert: "INSERT INTO django_session (session_key, session_data, expire_date) \
             SELECT value ->> 0, $1, CAST(value ->> 1 AS timestamp) AT TIME ZONE 'UTC' \
             FROM json_array_elements(CAST($2 AS json))",
    when_filled: &["VACUUM (ANALYZE) django_session", "CHECKPOINT"],
    bytes: "SELECT pg_total_relation_size('django_session')",
};
