//! Moments and lengths of time, as pages write them.

use leptos_i18n::td_string;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::locale::Locale;

/// A moment to the second: `2026-12-07T21:03:34Z`, for `<time datetime>`, and `2026-12-07 21:03:34
/// UTC`, for people.
pub fn timestamp(instant: OffsetDateTime) -> [String; 2] {
    let whole = instant.replace_nanosecond(0).unwrap_or(instant);
    let machine = whole.format(&Rfc3339).unwrap_or_default();
    let human = match machine.trim_end_matches('Z').split_once('T') {
        Some((day, time)) => [day, " ", time, " UTC"].concat(),
        None => String::new(),
    };
    [machine, human]
}

/// A length of time in words, in the largest unit that says it exactly.
pub fn length(locale: Locale, seconds: i64) -> String {
    match seconds {
        1_209_600 => td_string!(locale, site.two_weeks).into(),
        86_400 => td_string!(locale, site.one_day).into(),
        3_600 => td_string!(locale, site.one_hour).into(),
        60 => td_string!(locale, site.one_minute).into(),
        1 => td_string!(locale, site.one_second).into(),
        _ if seconds % 86_400 == 0 => td_string!(locale, site.days, count = seconds / 86_400),
        _ if seconds % 3_600 == 0 => td_string!(locale, site.hours, count = seconds / 3_600),
        _ if seconds % 60 == 0 => td_string!(locale, site.minutes, count = seconds / 60),
        _ => td_string!(locale, site.seconds, count = seconds),
    }
}

#[cfg(test)]
mod tests;
