//! Timestamps as stores keep them: milliseconds since 1970, and Django's text in UTC.

use time::OffsetDateTime;
#[cfg(feature = "sql")]
use time::{PrimitiveDateTime, UtcOffset, macros::format_description};

pub(crate) fn to_millis(timestamp: OffsetDateTime) -> i64 {
    timestamp.unix_timestamp() * 1000 + i64::from(timestamp.millisecond())
}

/// `None` beyond the years that a date can have.
#[cfg(any(feature = "memcached", feature = "redis"))]
pub(crate) fn from_millis(millis: i64) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000).ok()
}

/// As Django writes it: no fraction where it is zero.
#[cfg(feature = "sql")]
pub(crate) fn to_text(timestamp: OffsetDateTime) -> String {
    let timestamp = timestamp.to_offset(UtcOffset::UTC);
    let (date, time) = (timestamp.date(), timestamp.time());
    let whole = format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
        date.year(),
        u8::from(date.month()),
        date.day(),
        time.hour(),
        time.minute(),
        time.second()
    );
    match timestamp.microsecond() {
        0 => whole,
        micros => format!("{whole}.{micros:06}"),
    }
}

#[cfg(feature = "sql")]
pub(crate) fn from_text(text: &str) -> Option<OffsetDateTime> {
    let format = format_description!(
        "[year]-[month]-[day] [hour]:[minute]:[second][optional [.[subsecond]]]"
    );
    // PostgreSQL says in which zone: UTC.
    let text = text.strip_suffix("+00").unwrap_or(text);
    Some(PrimitiveDateTime::parse(text, format).ok()?.assume_utc())
}

#[cfg(all(test, feature = "sql"))]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn timestamps_are_djangos_text() {
        for (timestamp, text) in [
            (datetime!(2026-11-23 21:03:34 UTC), "2026-11-23 21:03:34"),
            (
                datetime!(2026-11-23 21:03:34.000001 UTC),
                "2026-11-23 21:03:34.000001",
            ),
            (datetime!(9999-12-31 23:59:59 UTC), "9999-12-31 23:59:59"),
        ] {
            assert_eq!(to_text(timestamp), text);
            assert_eq!(from_text(text), Some(timestamp));
        }
        assert_eq!(from_text("nonsense"), None);
    }
}
