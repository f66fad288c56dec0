//! Instants as Django's text, in UTC.

use time::{OffsetDateTime, PrimitiveDateTime, UtcOffset, macros::format_description};

/// As Django writes it: no fraction where it is zero.
pub(super) fn to_text(instant: OffsetDateTime) -> String {
    let instant = instant.to_offset(UtcOffset::UTC);
    let (date, time) = (instant.date(), instant.time());
    let whole = format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
        date.year(),
        u8::from(date.month()),
        date.day(),
        time.hour(),
        time.minute(),
        time.second()
    );
    match instant.microsecond() {
        0 => whole,
        micros => format!("{whole}.{micros:06}"),
    }
}

pub(super) fn from_text(text: &str) -> Option<OffsetDateTime> {
    let format = format_description!(
        "[year]-[month]-[day] [hour]:[minute]:[second][optional [.[subsecond]]]"
    );
    // PostgreSQL says in which zone: UTC.
    let text = text.strip_suffix("+00").unwrap_or(text);
    Some(PrimitiveDateTime::parse(text, format).ok()?.assume_utc())
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn instants_are_djangos_text() {
        for (instant, text) in [
            (datetime!(2026-11-23 21:03:34 UTC), "2026-11-23 21:03:34"),
            (
                datetime!(2026-11-23 21:03:34.000001 UTC),
                "2026-11-23 21:03:34.000001",
            ),
            (datetime!(9999-12-31 23:59:59 UTC), "9999-12-31 23:59:59"),
        ] {
            assert_eq!(to_text(instant), text);
            assert_eq!(from_text(text), Some(instant));
        }
        assert_eq!(from_text("nonsense"), None);
    }
}
