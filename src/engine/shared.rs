//! Parts that several engines share.

#[cfg(any(feature = "sql", feature = "redis"))]
pub(crate) mod batcher;
#[cfg(any(feature = "sql", feature = "cache", feature = "file"))]
pub(crate) mod cleared;
#[cfg(any(feature = "cache", feature = "file", feature = "memcached"))]
pub(crate) mod page_of_keys;
pub(crate) mod timeout;

#[cfg(any(feature = "redis", feature = "memcached"))]
use time::OffsetDateTime;

#[cfg(any(feature = "redis", feature = "memcached"))]
use super::{Error, Result, Row};

/// True if what is said to `host` crosses no network.
#[cfg(any(feature = "postgres", feature = "mysql", feature = "redis", feature = "memcached"))]
pub(crate) fn is_here(host: &str) -> bool {
    matches!(host, "" | "localhost" | "::1" | "[::1]") || host.starts_with("127.")
}

/// What a scan hands out of the row that was read under a key; `None`: the row is malformed.
#[cfg(any(feature = "redis", feature = "memcached"))]
pub(crate) fn listed(row: Result<Option<Row>>, now: OffsetDateTime) -> Option<Result<Row>> {
    match row {
        Ok(Some(row)) => (row.expires_at() > now).then_some(Ok(row)),
        Ok(None) => Some(Err(Error::malformed())),
        Err(error) => Some(Err(error)),
    }
}

/// A row that was to end is gone: by the first of two tries, or by somebody who logged out.
#[cfg(any(feature = "sql", feature = "redis", feature = "memcached"))]
pub(crate) const UNKNOWN_END: &str =
    "the connection was lost while a session was being ended, so who ended it isn't known";
