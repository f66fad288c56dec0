//! Timestamps as stores keep them: milliseconds since 1970, Django's text in UTC, and ISO 8601.

#[cfg(feature = "sql")]
use time::macros::format_description;
use time::{
    Date, Duration, OffsetDateTime, PrimitiveDateTime, UtcOffset,
    format_description::well_known::Iso8601,
};

pub(crate) fn to_millis(timestamp: OffsetDateTime) -> i64 {
    timestamp.unix_timestamp() * 1000 + i64::from(timestamp.millisecond())
}

/// `None` beyond the years that a date can have.
#[cfg(any(feature = "memcached", feature = "redis"))]
pub(crate) fn from_millis(millis: i64) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000).ok()
}

/// As Django writes it.
#[cfg(feature = "sql")]
pub(crate) fn to_text(timestamp: OffsetDateTime) -> String {
    in_utc(timestamp, ' ', "")
}

/// No fraction where it is zero.
fn in_utc(timestamp: OffsetDateTime, separator: char, zone: &str) -> String {
    let timestamp = timestamp.to_offset(UtcOffset::UTC);
    let (year, month, day) = timestamp.to_calendar_date();
    let (hour, minute, second, micros) = timestamp.to_hms_micro();
    let month = u8::from(month);
    let mut text =
        format!("{year:04}-{month:02}-{day:02}{separator}{hour:02}:{minute:02}:{second:02}");
    if micros > 0 {
        text.push_str(&format!(".{micros:06}"));
    }
    text.push_str(zone);
    text
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

/// As Python's `isoformat()`.
pub(crate) fn to_iso(timestamp: OffsetDateTime) -> String {
    in_utc(timestamp, 'T', "+00:00")
}

/// Python's `isoformat()`, and what else its `fromisoformat()` reads: without an offset, which is how
/// Django writes it where `USE_TZ` is off, it is UTC; without a time, midnight.
pub(crate) fn from_iso(text: &str) -> Option<OffsetDateTime> {
    let text = text.replacen(' ', "T", 1);
    let (text, seconds) = split_seconds(&text).unwrap_or((&text, Duration::ZERO));
    let format = &Iso8601::PARSING;
    let timestamp = OffsetDateTime::parse(text, format)
        .or_else(|_| PrimitiveDateTime::parse(text, format).map(PrimitiveDateTime::assume_utc))
        .or_else(|_| Date::parse(text, format).map(|date| date.midnight().assume_utc()));
    timestamp.ok()?.checked_sub(seconds)
}

/// The seconds of an offset, as Python has it where local time had them before there were zones.
fn split_seconds(text: &str) -> Option<(&str, Duration)> {
    let (_, offset) = text.split_at_checked(text.len().checked_sub(9)?)?;
    let [sign @ (b'+' | b'-'), _, _, b':', _, _, b':', ..] = offset.as_bytes() else {
        return None;
    };
    let seconds: i64 = offset.get(7..)?.parse().ok()?;
    let seconds = if *sign == b'+' { seconds } else { -seconds };
    Some((&text[..text.len() - 3], Duration::seconds(seconds)))
}

#[cfg(all(test, feature = "sql"))]
mod tests;
