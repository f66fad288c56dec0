//! What several engines share.

#[cfg(any(feature = "sql", feature = "redis"))]
pub(crate) mod batcher;
#[cfg(any(feature = "sql", feature = "cache", feature = "file"))]
pub(crate) mod cleared;
pub(crate) mod limit;
#[cfg(any(feature = "cache", feature = "file", feature = "memcached"))]
pub(crate) mod page_of_keys;
pub(crate) mod timestamp;
