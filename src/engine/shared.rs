//! Parts that several engines share.

#[cfg(any(feature = "sql", feature = "redis"))]
pub(crate) mod batcher;
#[cfg(any(feature = "sql", feature = "cache", feature = "file"))]
pub(crate) mod cleared;
#[cfg(any(feature = "cache", feature = "file", feature = "memcached"))]
pub(crate) mod page_of_keys;
pub(crate) mod timeout;

/// True if what is said to `host` crosses no network.
#[cfg(any(feature = "postgres", feature = "mysql", feature = "redis", feature = "memcached"))]
pub(crate) fn is_here(host: &str) -> bool {
    matches!(host, "" | "localhost" | "::1" | "[::1]") || host.starts_with("127.")
}

/// A row that was to end is gone: by the first of two tries, or by somebody who logged out.
#[cfg(any(feature = "sql", feature = "redis", feature = "memcached"))]
pub(crate) const UNKNOWN_END: &str =
    "the connection was lost while a session was being ended, so who ended it isn't known";
