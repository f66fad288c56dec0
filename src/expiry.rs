//! When a session ends: the one place that decides it.
//!
//! The choice lives in three forms, and this module turns each into the others:
//! `tower_sessions::Expiry` in a handler, `_session_expiry` in the data (Django's form), and
//! the [`ExpiryPolicy`] that everything here reasons with.

use serde_json::{Number, Value};
use time::{
    Date, Duration, OffsetDateTime, PrimitiveDateTime, UtcOffset,
    format_description::well_known::Iso8601, macros::datetime, macros::format_description,
};
use tower_sessions::Expiry;

/// The end of a session that never ends: the last second that every store and Django can hold.
pub const NEVER: OffsetDateTime = datetime!(9999-12-31 23:59:59 UTC);

/// `SESSION_COOKIE_AGE` unless it is set otherwise: Django's two weeks.
pub(crate) const DEFAULT_COOKIE_AGE: Duration = Duration::weeks(2);

/// The longest that browsers keep a cookie: 400 days
/// ([RFC 6265bis, section 5.5](https://www.ietf.org/archive/id/draft-ietf-httpbis-rfc6265bis-20.html#section-5.5)).
pub const LONGEST_COOKIE: Duration = Duration::days(400);

/// A touch is worth a write once this part of a session's time has passed since the last one.
const TOUCH_EVERY: i32 = 100;

/// When a session ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ExpiryPolicy {
    /// `SESSION_COOKIE_AGE` after the last change. Nothing is kept in the session.
    #[default]
    Default,
    /// This long after the last *visit*: a positive whole number of seconds.
    Idle(Duration),
    /// At this instant, whatever happens.
    Until(OffsetDateTime),
    /// When the browser is closed; on the server, `SESSION_COOKIE_AGE` after the last change.
    Close,
    /// Never on the server; in the browser 400 days after the last visit.
    Never,
}

impl ExpiryPolicy {
    /// What a handler's `set_expiry` means. `None` is the site's default, as in Django.
    ///
    /// A time of inactivity is rounded up to whole seconds; one that isn't positive has passed.
    pub fn from_expiry(expiry: Option<Expiry>) -> Self {
        match expiry {
            None => Self::Default,
            Some(Expiry::OnSessionEnd) => Self::Close,
            Some(Expiry::AtDateTime(end)) => Self::until(end),
            Some(Expiry::OnInactivity(idle)) => Self::idle(ceil_seconds(idle)),
        }
    }

    /// The same for a handler to read.
    pub fn to_expiry(self) -> Option<Expiry> {
        match self {
            Self::Default => None,
            Self::Close => Some(Expiry::OnSessionEnd),
            Self::Never => Some(Expiry::AtDateTime(NEVER)),
            Self::Until(end) => Some(Expiry::AtDateTime(end)),
            Self::Idle(idle) => Some(Expiry::OnInactivity(idle)),
        }
    }

    /// What `_session_expiry` says, a number of any form or a date and time in ISO 8601. Absent, null
    /// and what Django couldn't use either is the default.
    pub fn from_value(value: Option<&Value>) -> Self {
        match value {
            Some(Value::Number(number)) => Self::from_number(number),
            // Python's `True` and `False` are the numbers 1 and 0.
            Some(Value::Bool(is_one)) => Self::from_number(&u8::from(*is_one).into()),
            Some(Value::String(text)) => parse_timestamp(text).map_or(Self::Default, Self::until),
            _ => Self::Default,
        }
    }

    /// Seconds, which `timedelta.total_seconds()` gives as a float: a part of a second is rounded up.
    fn from_number(seconds: &Number) -> Self {
        let whole = match (seconds.as_i64(), seconds.as_f64()) {
            (Some(seconds), _) => seconds,
            // Saturates, and no JSON number is a NaN.
            (None, Some(seconds)) => seconds.ceil() as i64,
            (None, None) => i64::MAX,
        };
        match whole {
            // -0.5 is no zero, and over.
            0 if seconds.as_f64().is_some_and(|seconds| seconds < 0.0) => Self::idle(-1),
            0 => Self::Close,
            seconds => Self::idle(seconds),
        }
    }

    /// What to keep under `_session_expiry`; `None`: nothing.
    pub fn to_value(self) -> Option<Value> {
        match self {
            Self::Default => None,
            Self::Close => Some(0.into()),
            Self::Idle(idle) => Some(idle.whole_seconds().into()),
            Self::Until(end) => Some(format_timestamp(end).into()),
            Self::Never => Some(format_timestamp(NEVER).into()),
        }
    }

    /// What lies before 1970 or beyond the year 9999 can't be held by every store, and needn't
    /// be: the one is over, the other is never.
    fn until(end: OffsetDateTime) -> Self {
        if end >= NEVER {
            return Self::Never;
        }
        let end = end.max(OffsetDateTime::UNIX_EPOCH);
        Self::Until(whole_micros(end.to_offset(UtcOffset::UTC)))
    }

    fn idle(seconds: i64) -> Self {
        if seconds > 0 {
            Self::Idle(Duration::seconds(seconds))
        } else {
            Self::Until(OffsetDateTime::UNIX_EPOCH)
        }
    }

    /// The end of a row that is changed, or visited, now. `age` is `SESSION_COOKIE_AGE`.
    pub fn row_end(self, now: OffsetDateTime, age: Duration) -> OffsetDateTime {
        let end = match self {
            Self::Default | Self::Close => now.saturating_add(age),
            Self::Idle(idle) => now.saturating_add(idle),
            Self::Until(end) => end,
            Self::Never => NEVER,
        };
        whole_micros(end.min(NEVER))
    }

    /// Whether a session is over. An instant always binds; otherwise the end that the store
    /// keeps for the row.
    pub fn is_over(self, row_end: OffsetDateTime, now: OffsetDateTime) -> bool {
        row_end <= now || matches!(self, Self::Until(end) if end <= now)
    }

    /// Whether a visit now should move the end of the row: only sessions that end by
    /// inactivity, and at most once per 1% of their time.
    pub fn touch_due(self, row_end: OffsetDateTime, now: OffsetDateTime) -> bool {
        match self {
            Self::Idle(idle) => now.saturating_add(idle) - row_end >= idle / TOUCH_EVERY,
            _ => false,
        }
    }

    /// How long the browser is told to keep the cookie; `None`: until it is closed.
    pub fn cookie_age(self, now: OffsetDateTime, age: Duration) -> Option<Duration> {
        match self {
            Self::Default => Some(age),
            Self::Close => None,
            Self::Idle(idle) => Some(idle),
            Self::Until(end) => Some(Duration::seconds(ceil_seconds(end - now).max(0))),
            Self::Never => Some(LONGEST_COOKIE),
        }
    }
}

/// A policy, and the end that binds whatever it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EffectiveExpiry {
    pub(crate) policy: ExpiryPolicy,
    /// `SESSION_ABSOLUTE_AGE` after the login; without one, never.
    pub(crate) latest: OffsetDateTime,
}

impl EffectiveExpiry {
    /// What `policy` comes to for a session that `began` then, if it says so.
    pub(crate) fn new(
        policy: ExpiryPolicy,
        began: Option<OffsetDateTime>,
        absolute_age: Option<Duration>,
    ) -> Self {
        let latest = began
            .zip(absolute_age)
            .map_or(NEVER, |(began, age)| began.saturating_add(age).min(NEVER));
        Self { policy, latest }
    }

    /// See [`ExpiryPolicy::row_end`].
    pub(crate) fn row_end(self, now: OffsetDateTime, age: Duration) -> OffsetDateTime {
        self.policy.row_end(now, age).min(self.latest)
    }

    /// See [`ExpiryPolicy::is_over`].
    pub(crate) fn is_over(self, row_end: OffsetDateTime, now: OffsetDateTime) -> bool {
        self.latest <= now || self.policy.is_over(row_end, now)
    }

    /// See [`ExpiryPolicy::touch_due`]. What can't be put off isn't touched.
    pub(crate) fn touch_due(self, row_end: OffsetDateTime, now: OffsetDateTime) -> bool {
        row_end < self.latest && self.policy.touch_due(row_end, now)
    }

    /// See [`ExpiryPolicy::cookie_age`].
    pub(crate) fn cookie_age(self, now: OffsetDateTime, age: Duration) -> Option<Duration> {
        let left = Duration::seconds(ceil_seconds(self.latest - now).max(0));
        self.policy.cookie_age(now, age).map(|age| age.min(left))
    }
}

/// Rounded up, so that the browser never forgets a session that the server still has.
fn ceil_seconds(duration: Duration) -> i64 {
    let part = i64::from(duration.subsec_nanoseconds() > 0);
    duration.whole_seconds().saturating_add(part)
}

/// Python's and the databases' precision.
fn whole_micros(timestamp: OffsetDateTime) -> OffsetDateTime {
    timestamp
        .replace_nanosecond(timestamp.microsecond() * 1000)
        .unwrap_or(timestamp)
}

/// As Python's `isoformat()`: no fraction where it is zero, and `+00:00` for UTC.
fn format_timestamp(timestamp: OffsetDateTime) -> String {
    let seconds = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");
    let whole = timestamp.format(seconds).unwrap_or_default();
    match timestamp.microsecond() {
        0 => format!("{whole}+00:00"),
        micros => format!("{whole}.{micros:06}+00:00"),
    }
}

/// Python's `isoformat()`, and what else its `fromisoformat()` reads: without an offset, which is how
/// Django writes it where `USE_TZ` is off, it is UTC; without a time, midnight.
fn parse_timestamp(text: &str) -> Option<OffsetDateTime> {
    let mut text = text.replacen(' ', "T", 1);
    // Python's offsets may have seconds, as local time had before there were zones.
    let mut seconds = Duration::ZERO;
    if let Some((head, tail)) = text
        .len()
        .checked_sub(9)
        .and_then(|at| text.split_at_checked(at))
        && let [sign @ (b'+' | b'-'), _, _, b':', _, _, b':', digits @ ..] = tail.as_bytes()
        && let Ok(number) = std::str::from_utf8(digits)
            .unwrap_or_default()
            .parse::<i64>()
    {
        seconds = Duration::seconds(if *sign == b'+' { number } else { -number });
        text = format!("{head}{}", &tail[..6]);
    }
    parse_plain(&text)?.checked_sub(seconds)
}

fn parse_plain(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Iso8601::PARSING)
        .ok()
        .or_else(|| {
            let naive = PrimitiveDateTime::parse(text, &Iso8601::PARSING);
            naive.ok().map(PrimitiveDateTime::assume_utc)
        })
        .or_else(|| {
            let date = Date::parse(text, &Iso8601::PARSING).ok()?;
            Some(date.midnight().assume_utc())
        })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-23 12:00:00 UTC);
    const AGE: Duration = Duration::weeks(2);
    const END: OffsetDateTime = datetime!(2031-02-03 04:05:06.789012 UTC);

    #[test]
    fn each_form_turns_into_the_others() {
        for (policy, value) in [
            (ExpiryPolicy::Default, None),
            (ExpiryPolicy::Close, Some(json!(0))),
            (ExpiryPolicy::Idle(Duration::seconds(10)), Some(json!(10))),
            (
                ExpiryPolicy::Until(END),
                Some(json!("2031-02-03T04:05:06.789012+00:00")),
            ),
            (
                ExpiryPolicy::Never,
                Some(json!("9999-12-31T23:59:59+00:00")),
            ),
        ] {
            assert_eq!(policy.to_value(), value);
            assert_eq!(ExpiryPolicy::from_value(value.as_ref()), policy);
            assert_eq!(ExpiryPolicy::from_expiry(policy.to_expiry()), policy);
        }
    }

    #[test]
    fn djangos_other_forms_are_read() {
        for (value, policy) in [
            (json!(null), ExpiryPolicy::Default),
            (
                json!("2031-02-03T04:05:06.789012"),
                ExpiryPolicy::Until(END),
            ),
            (
                json!("2031-02-03T12:05:06.789012+08:00"),
                ExpiryPolicy::Until(END),
            ),
            (
                json!("2031-02-03 04:05:06.789012+00:00"),
                ExpiryPolicy::Until(END),
            ),
            (json!("20310203T040506.789012Z"), ExpiryPolicy::Until(END)),
            (
                json!("2031-02-03T12:10:49.789012+08:05:43"),
                ExpiryPolicy::Until(END),
            ),
            (
                json!("2031-02-02T19:59:16.789012-08:05:50"),
                ExpiryPolicy::Until(END),
            ),
            (
                json!("2031-02-03"),
                ExpiryPolicy::Until(datetime!(2031-02-03 0:00 UTC)),
            ),
            (json!(1800.0), ExpiryPolicy::Idle(Duration::minutes(30))),
            (json!(1.8e3), ExpiryPolicy::Idle(Duration::minutes(30))),
            (json!(1799.01), ExpiryPolicy::Idle(Duration::minutes(30))),
            (json!(0.25), ExpiryPolicy::Idle(Duration::SECOND)),
            (json!(true), ExpiryPolicy::Idle(Duration::SECOND)),
            (
                json!(1e300),
                ExpiryPolicy::Idle(Duration::seconds(i64::MAX)),
            ),
            (
                json!(u64::MAX),
                ExpiryPolicy::Idle(Duration::seconds(i64::MAX)),
            ),
            (json!(0.0), ExpiryPolicy::Close),
            (json!(-0.0), ExpiryPolicy::Close),
            (json!(false), ExpiryPolicy::Close),
            (json!(-5), ExpiryPolicy::Until(OffsetDateTime::UNIX_EPOCH)),
            (json!(-0.5), ExpiryPolicy::Until(OffsetDateTime::UNIX_EPOCH)),
            (
                json!(-1e300),
                ExpiryPolicy::Until(OffsetDateTime::UNIX_EPOCH),
            ),
            (json!("nonsense"), ExpiryPolicy::Default),
            (json!([1]), ExpiryPolicy::Default),
        ] {
            assert_eq!(ExpiryPolicy::from_value(Some(&value)), policy, "{value}");
        }
    }

    #[test]
    fn idle_is_whole_positive_seconds() {
        let idle = |idle| ExpiryPolicy::from_expiry(Some(Expiry::OnInactivity(idle)));
        assert_eq!(
            idle(Duration::milliseconds(1500)),
            ExpiryPolicy::Idle(Duration::seconds(2))
        );
        assert!(idle(Duration::ZERO).is_over(NEVER, NOW));
        assert!(idle(Duration::seconds(-1)).is_over(NEVER, NOW));
    }

    #[test]
    fn promise_10_an_instant_binds_whatever_the_row_says() {
        assert!(ExpiryPolicy::Until(NOW).is_over(NEVER, NOW));
        assert!(!ExpiryPolicy::Until(NOW + Duration::SECOND).is_over(NEVER, NOW));
        assert!(ExpiryPolicy::Default.is_over(NOW, NOW));
        assert!(!ExpiryPolicy::Default.is_over(NOW + Duration::MICROSECOND, NOW));
    }

    #[test]
    fn promise_3_touches_wait_for_one_percent() {
        let idle = ExpiryPolicy::Idle(Duration::seconds(1000));
        let end = idle.row_end(NOW, AGE);
        assert!(!idle.touch_due(end, NOW + Duration::milliseconds(9_999)));
        assert!(idle.touch_due(end, NOW + Duration::seconds(10)));
        for still in [
            ExpiryPolicy::Default,
            ExpiryPolicy::Close,
            ExpiryPolicy::Until(END),
            ExpiryPolicy::Never,
        ] {
            assert!(!still.touch_due(NOW, NOW + Duration::days(10)));
        }
    }

    #[test]
    fn an_absolute_end_binds_whatever_the_policy_says() {
        let latest = NOW + Duration::seconds(1000);
        let expiry = |policy| EffectiveExpiry { policy, latest };
        for policy in [
            ExpiryPolicy::Default,
            ExpiryPolicy::Idle(Duration::seconds(600)),
            ExpiryPolicy::Until(END),
            ExpiryPolicy::Close,
            ExpiryPolicy::Never,
        ] {
            let late = NOW + Duration::seconds(900);
            assert_eq!(expiry(policy).row_end(late, AGE), latest, "{policy:?}");
            assert!(!expiry(policy).is_over(NEVER, latest - Duration::MICROSECOND));
            assert!(expiry(policy).is_over(NEVER, latest));
            assert!(!expiry(policy).touch_due(latest, latest - Duration::SECOND));
            let age = expiry(policy).cookie_age(late, AGE);
            assert!(
                age.is_none_or(|age| age == Duration::seconds(100)),
                "{age:?}"
            );
        }
        let idle = expiry(ExpiryPolicy::Idle(Duration::seconds(600)));
        assert!(idle.touch_due(NOW + Duration::seconds(600), NOW + Duration::seconds(300)));
    }

    #[test]
    fn far_ends_stop_at_the_last_that_stores_can_hold() {
        let idle = ExpiryPolicy::Idle(Duration::seconds(i64::MAX));
        assert_eq!(idle.row_end(NOW, AGE), NEVER);
    }

    #[test]
    fn the_cookie_lives_as_long_as_the_row_at_least() {
        let end = NOW + Duration::milliseconds(1500);
        assert_eq!(
            ExpiryPolicy::Until(end).cookie_age(NOW, AGE),
            Some(Duration::seconds(2))
        );
        assert_eq!(ExpiryPolicy::Default.cookie_age(NOW, AGE), Some(AGE));
        assert_eq!(ExpiryPolicy::Close.cookie_age(NOW, AGE), None);
        assert_eq!(
            ExpiryPolicy::Never.cookie_age(NOW, AGE),
            Some(Duration::seconds(34_560_000))
        );
    }
}
