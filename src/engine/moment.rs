//! Moments as stores without dates keep them: milliseconds since 1970.

use time::OffsetDateTime;

pub(super) fn to_millis(moment: OffsetDateTime) -> i64 {
    moment.unix_timestamp() * 1000 + i64::from(moment.millisecond())
}

/// `None` beyond the years that a date can have.
#[cfg(any(feature = "memcached", feature = "redis"))]
pub(super) fn from_millis(millis: i64) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000).ok()
}
