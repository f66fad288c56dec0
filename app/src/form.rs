//! What a visitor typed into a form, and what is wrong with it.

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};
use tower_sessions::Expiry;

use huihua::expiry::NEVER;

/// Characters that a name may have.
pub const LONGEST_NAME: usize = 150;
const LONGEST_IDLE: i64 = 31_536_000;
const LONGEST_DAYS: i64 = 3_650;

/// The fields of the login form and of the expiry form, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Typed {
    /// The name.
    pub uname: String,
    /// Which expiry: `default`, `idle`, `days`, `close` or `never`.
    pub expiry: String,
    /// For `idle`.
    pub seconds: String,
    /// For `days`.
    pub days: String,
}

/// What is wrong with each field, for the visitor to read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problems {
    /// With the name.
    pub uname: Option<String>,
    /// With the choice of expiry.
    pub expiry: Option<String>,
    /// With the seconds.
    pub seconds: Option<String>,
    /// With the days.
    pub days: Option<String>,
    /// With the form as a whole.
    pub form: Option<String>,
}

impl Problems {
    /// A problem with the form as a whole.
    pub fn with_form(text: &str) -> Self {
        Self {
            form: Some(text.into()),
            ..Self::default()
        }
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A form that was not accepted: shown again with what was typed.
#[derive(Debug, Clone, Default)]
pub struct Refused {
    /// What was typed.
    pub typed: Typed,
    /// What is wrong with it.
    pub problems: Problems,
}

impl Typed {
    /// The name, trimmed, or what is wrong with it.
    ///
    /// # Errors
    /// If it is blank, longer than [`LONGEST_NAME`], or has control characters.
    pub fn name(&self) -> Result<&str, &'static str> {
        let name = self.uname.trim();
        if name.is_empty() {
            Err("请输入名字")
        } else if name.chars().any(char::is_control) {
            Err("名字里不能有控制字符")
        } else if name.chars().count() > LONGEST_NAME {
            Err("名字最多 150 个字符")
        } else {
            Ok(name)
        }
    }

    /// The choice of expiry, counted from `now`, or what is wrong with its fields.
    ///
    /// # Errors
    /// If the choice is none of the five, or its number is out of range.
    pub fn expiry(&self, now: OffsetDateTime) -> Result<Option<Expiry>, Problems> {
        match self.expiry.as_str() {
            "" | "default" => Ok(None),
            "close" => Ok(Some(Expiry::OnSessionEnd)),
            "never" => Ok(Some(Expiry::AtDateTime(NEVER))),
            "idle" => match number(&self.seconds, LONGEST_IDLE) {
                Some(seconds) => Ok(Some(Expiry::OnInactivity(Duration::seconds(seconds)))),
                None => Err(Problems {
                    seconds: Some(range(LONGEST_IDLE)),
                    ..Problems::default()
                }),
            },
            "days" => match number(&self.days, LONGEST_DAYS) {
                Some(days) => Ok(Some(Expiry::AtDateTime(now + Duration::days(days)))),
                None => Err(Problems {
                    days: Some(range(LONGEST_DAYS)),
                    ..Problems::default()
                }),
            },
            _ => Err(Problems {
                expiry: Some("请选择一种有效期".into()),
                ..Problems::default()
            }),
        }
    }
}

fn range(longest: i64) -> String {
    format!("请输入 1 到 {longest} 之间的整数")
}

fn number(text: &str, longest: i64) -> Option<i64> {
    let number = text.trim().parse().ok()?;
    (1..=longest).contains(&number).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(uname: &str, expiry: &str, seconds: &str, days: &str) -> Typed {
        Typed {
            uname: uname.into(),
            expiry: expiry.into(),
            seconds: seconds.into(),
            days: days.into(),
        }
    }

    #[test]
    fn names_are_trimmed_and_bounded() {
        let name = |uname: &str| typed(uname, "", "", "").name().map(str::to_owned);
        assert_eq!(name("  小明\u{3000}"), Ok("小明".into()));
        assert_eq!(name(&"😀".repeat(150)), Ok("😀".repeat(150)));
        assert_eq!(name(&"😀".repeat(151)), Err("名字最多 150 个字符"));
        assert_eq!(name(" \t "), Err("请输入名字"));
        assert_eq!(name("a\u{0}b"), Err("名字里不能有控制字符"));
        assert_eq!(name("a\u{85}b"), Err("名字里不能有控制字符"));
    }

    #[test]
    fn numbers_are_whole_and_in_range() {
        let now = OffsetDateTime::UNIX_EPOCH;
        for seconds in ["1", "31536000", " 10 "] {
            assert!(
                typed("", "idle", seconds, "").expiry(now).is_ok(),
                "{seconds}"
            );
        }
        for seconds in [
            "",
            "0",
            "-1",
            "1.5",
            "31536001",
            "abc",
            "99999999999999999999",
        ] {
            let problems = typed("", "idle", seconds, "").expiry(now).unwrap_err();
            assert_eq!(
                problems.seconds.as_deref(),
                Some("请输入 1 到 31536000 之间的整数"),
                "{seconds}"
            );
        }
        for days in ["0", "3651"] {
            let problems = typed("", "days", "", days).expiry(now).unwrap_err();
            assert_eq!(
                problems.days.as_deref(),
                Some("请输入 1 到 3650 之间的整数")
            );
        }
        assert_eq!(
            typed("", "days", "", "2").expiry(now),
            Ok(Some(Expiry::AtDateTime(now + Duration::days(2))))
        );
    }

    #[test]
    fn without_a_choice_it_is_the_default() {
        let now = OffsetDateTime::UNIX_EPOCH;
        assert_eq!(typed("", "", "", "").expiry(now), Ok(None));
        assert!(typed("", "forever", "", "").expiry(now).is_err());
    }
}
