//! Who is here, and until when: what pages show of a session.

use huihua::{Session, expiry::Policy};
use leptos_i18n::td_string;
use serde::Serialize;
use serde_json::Value;
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use crate::locale::Locale;

pub use admin::UNAME;

/// Somebody who is logged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CurrentUser {
    /// Their name, as they typed it.
    pub uname: String,
    /// When their session ends.
    pub policy: Policy,
    /// The moment that it ends on the server.
    pub end: OffsetDateTime,
    /// How long it lasts from now.
    pub age: Duration,
    /// The present moment, by the server's clock.
    pub now: OffsetDateTime,
}

impl CurrentUser {
    /// Whoever is logged in in this session.
    ///
    /// # Errors
    /// None that a visitor can cause.
    pub async fn of(session: &Session) -> Result<Option<Self>, huihua::session::Error> {
        let uname = match session.get_value(UNAME).await? {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::String(uname)) => uname,
            // Another program that shares the store may keep something else there.
            Some(other) => other.to_string(),
        };
        let (end, now) = (session.expiry_date(), session.now());
        Ok(Some(Self {
            uname,
            policy: session.policy(),
            end,
            age: (end - now).max(Duration::ZERO),
            now,
        }))
    }

    /// The end in milliseconds since 1970, as browsers count; `None`: it has no end.
    pub fn end_millis(&self) -> Option<f64> {
        (self.policy != Policy::Never).then(|| millis(self.end))
    }

    /// How long the session lasts in all, in milliseconds: what a full ring of the countdown
    /// stands for. Of a fixed end nobody knows when it was chosen, so that is in whole days.
    pub fn span_millis(&self, cookie_age: i64) -> f64 {
        let seconds = match self.policy {
            Policy::Idle(idle) => idle.whole_seconds(),
            Policy::Until(_) => (self.age.whole_days() + 1) * 86_400,
            Policy::Default | Policy::Close | Policy::Never => cookie_age,
        };
        seconds as f64 * 1000.0
    }
}

/// Milliseconds since 1970, rounded up, so that no clock of a browser is early.
pub fn millis(instant: OffsetDateTime) -> f64 {
    ((instant - OffsetDateTime::UNIX_EPOCH).as_seconds_f64() * 1000.0).ceil()
}

/// The same for the script of an open page.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct State {
    /// Who is logged in.
    pub uname: Option<String>,
    /// When their session ends, in milliseconds since 1970.
    pub end: Option<f64>,
    /// What the server's clock says, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub now: Option<f64>,
}

impl State {
    /// Of `visitor`, or of nobody.
    pub fn of(visitor: Option<&CurrentUser>) -> Self {
        Self {
            uname: visitor.map(|visitor| visitor.uname.clone()),
            end: visitor.and_then(CurrentUser::end_millis),
            now: visitor.map(|visitor| millis(visitor.now)),
        }
    }
}

/// A moment, as pages write it.
#[derive(Debug, Clone)]
pub struct Timestamp {
    /// `2026-12-07T21:03:34Z`, for `<time datetime>`.
    pub machine: String,
    /// `2026-12-07 21:03:34 UTC`, for people.
    pub human: String,
}

impl From<OffsetDateTime> for Timestamp {
    /// To the second.
    fn from(instant: OffsetDateTime) -> Self {
        let whole = instant.replace_nanosecond(0).unwrap_or(instant);
        let machine = whole.format(&Rfc3339).unwrap_or_default();
        let human = machine.replace('T', " ").replace('Z', " UTC");
        Self { machine, human }
    }
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
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn moments_are_written_to_the_second_and_in_utc() {
        let Timestamp { machine, human } = datetime!(2026-12-07 21:03:04.999 UTC).into();
        assert_eq!(machine, "2026-12-07T21:03:04Z");
        assert_eq!(human, "2026-12-07 21:03:04 UTC");
    }

    #[test]
    fn lengths_are_said_in_their_largest_unit() {
        for (seconds, chinese, english) in [
            (1, "1 秒", "1 second"),
            (10, "10 秒", "10 seconds"),
            (90, "90 秒", "90 seconds"),
            (120, "2 分钟", "2 minutes"),
            (7_200, "2 小时", "2 hours"),
            (86_400, "1 天", "1 day"),
            (1_209_600, "两个星期", "two weeks"),
        ] {
            assert_eq!(length(Locale::zh_CN, seconds), chinese);
            assert_eq!(length(Locale::en, seconds), english);
        }
    }
}
