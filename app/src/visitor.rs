//! Who is here, and until when: what pages show of a session.

use huihua::{Session, expiry::Policy};
use serde::Serialize;
use serde_json::Value;
use time::{Duration, OffsetDateTime, macros::format_description};

/// The key of the session under which the name is kept, as in the manual.
pub const UNAME: &str = "uname";

/// Somebody who is logged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visitor {
    /// Their name, as they typed it.
    pub uname: String,
    /// When their session ends.
    pub policy: Policy,
    /// The moment that it ends on the server.
    pub end: OffsetDateTime,
    /// How long it lasts from now.
    pub age: Duration,
}

impl Visitor {
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
        Ok(Some(Self {
            uname,
            policy: session.policy(),
            end: session.expiry_date(),
            age: session.expiry_age(),
        }))
    }

    /// The end in milliseconds since 1970, as browsers count; `None`: it has no end.
    pub fn end_millis(&self) -> Option<f64> {
        let millis = (self.end - OffsetDateTime::UNIX_EPOCH).as_seconds_f64() * 1000.0;
        (self.policy != Policy::Never).then(|| millis.ceil())
    }
}

/// The same for the script of an open page.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct State {
    /// Who is logged in.
    pub uname: Option<String>,
    /// When their session ends, in milliseconds since 1970.
    pub end: Option<f64>,
}

impl State {
    /// Of `visitor`, or of nobody.
    pub fn of(visitor: Option<&Visitor>) -> Self {
        Self {
            uname: visitor.map(|visitor| visitor.uname.clone()),
            end: visitor.and_then(Visitor::end_millis),
        }
    }
}

/// `2026-12-07T21:03:34Z`, for `<time datetime>`.
pub fn machine_time(instant: OffsetDateTime) -> String {
    let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
    instant.format(format).unwrap_or_default()
}

/// `2026-12-07 21:03:34 UTC`, for people.
pub fn human_time(instant: OffsetDateTime) -> String {
    let format = format_description!("[year]-[month]-[day] [hour]:[minute]:[second] UTC");
    instant.format(format).unwrap_or_default()
}

/// A length of time in Chinese, in the largest unit that says it exactly.
pub fn length(seconds: i64) -> String {
    match seconds {
        1_209_600 => "两个星期".into(),
        _ if seconds % 86_400 == 0 => format!("{} 天", seconds / 86_400),
        _ if seconds % 3_600 == 0 => format!("{} 小时", seconds / 3_600),
        _ if seconds % 60 == 0 => format!("{} 分钟", seconds / 60),
        _ => format!("{seconds} 秒"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_said_in_their_largest_unit() {
        for (seconds, text) in [
            (10, "10 秒"),
            (90, "90 秒"),
            (120, "2 分钟"),
            (7_200, "2 小时"),
            (86_400, "1 天"),
            (1_209_600, "两个星期"),
        ] {
            assert_eq!(length(seconds), text);
        }
    }
}
