//! Expiry of sessions: the one place that decides it.
//!
//! The choice lives in three forms, and this module turns each into the others:
//! `tower_sessions::Expiry` in a handler, `_session_expiry` in the data (Django's form), and
//! the [`ExpiryPolicy`] that everything here reasons with.

use serde_json::{Number, Value};
use time::{Duration, OffsetDateTime, UtcOffset, macros::datetime};

use crate::{
    timestamp::{from_iso, to_iso},
    tower_sessions::Expiry,
};

/// The end of a session that never ends: the last second that every store and Django can hold.
pub const NEVER: OffsetDateTime = datetime!(9999-12-31 23:59:59 UTC);

/// `SESSION_COOKIE_AGE` unless it is set otherwise: Django's two weeks.
pub(crate) const DEFAULT_COOKIE_AGE: Duration = Duration::weeks(2);

/// The longest that browsers keep a cookie: 400 days
/// ([RFC 6265bis, section 5.5](https://www.ietf.org/archive/id/draft-ietf-httpbis-rfc6265bis-20.html#section-5.5)).
pub const LONGEST_COOKIE: Duration = Duration::days(400);

/// A touch is worth a write once this part of a session's time has passed since the last one.
const TOUCH_EVERY: i32 = 100;

/// The expiry policy of a session.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
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
    /// The policy that a handler's `set_expiry` means. `None` is the site's default, as in Django.
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

    /// The policy in `_session_expiry`: a number of any form, or a date and time in ISO 8601. Absent, null
    /// and anything that Django couldn't use either is the default.
    pub fn from_value(value: Option<&Value>) -> Self {
        match value {
            Some(Value::Number(number)) => Self::from_number(number),
            // Python's `True` and `False` are the numbers 1 and 0.
            Some(Value::Bool(is_one)) => Self::from_number(&u8::from(*is_one).into()),
            Some(Value::String(text)) => from_iso(text).map_or(Self::Default, Self::until),
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

    /// The value to keep under `_session_expiry`; `None`: nothing.
    pub fn to_value(self) -> Option<Value> {
        match self {
            Self::Default => None,
            Self::Close => Some(0.into()),
            Self::Idle(idle) => Some(idle.whole_seconds().into()),
            Self::Until(end) => Some(to_iso(end).into()),
            Self::Never => Some(to_iso(NEVER).into()),
        }
    }

    /// An end before 1970 or beyond the year 9999 can't be held by every store, and needn't be: the one is
    /// over, the other is never.
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

    /// True if a session is over. An instant always binds; otherwise the end that the store
    /// keeps for the row.
    pub fn is_over(self, row_end: OffsetDateTime, now: OffsetDateTime) -> bool {
        row_end <= now || matches!(self, Self::Until(end) if end <= now)
    }

    /// True if a visit now should move the end of the row: only sessions that end by
    /// inactivity, and at most once per 1% of their time.
    pub fn touch_due(self, row_end: OffsetDateTime, now: OffsetDateTime) -> bool {
        match self {
            Self::Idle(idle) => now.saturating_add(idle) - row_end >= idle / TOUCH_EVERY,
            _ => false,
        }
    }

    /// The time for which the browser is told to keep the cookie; `None`: until it is closed.
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
    /// The expiry of a session with this `policy` that `began` then, if it says so.
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
    timestamp.replace_nanosecond(timestamp.microsecond() * 1000).unwrap_or(timestamp)
}

#[cfg(test)]
mod tests;
