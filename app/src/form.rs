//! What a visitor typed into a form, and what is wrong with it.

mod error;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::{Duration, OffsetDateTime};
use tower_sessions::Expiry;

use huihua::expiry::NEVER;

pub use self::error::{FieldError, FormErrors};
use crate::current_user::UNAME;

/// Characters that a name may have.
pub const LONGEST_NAME: usize = 150;
/// Characters that a key may have.
pub const LONGEST_KEY: usize = 100;
/// Bytes that a value may have, as JSON.
pub const LARGEST_VALUE: usize = 4096;
/// Keys that a visitor may have in their session.
pub const MOST_KEYS: usize = 64;
const LONGEST_IDLE: u32 = 31_536_000;
const LONGEST_DAYS: u32 = 3_650;

/// The fields of all forms, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormInput {
    /// The name.
    pub uname: String,
    /// Which expiry: `default`, `idle`, `days`, `close` or `never`.
    pub expiry: String,
    /// For `idle`.
    pub seconds: String,
    /// For `days`.
    pub days: String,
    /// A key of the session.
    pub key: String,
    /// Its value.
    pub value: String,
    /// What the value is: `text` or `json`.
    pub kind: String,
}

/// A form of the first page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Chooses when the session ends.
    Expiry,
    /// Writes a key.
    Set,
    /// Reads one.
    Get,
    /// Removes one.
    Delete,
}

/// A form that was not accepted: shown again with what was typed.
#[derive(Debug, Clone, Default)]
pub struct RejectedForm {
    /// What was typed.
    pub typed: FormInput,
    /// What is wrong with it.
    pub problems: FormErrors,
}

impl FormInput {
    /// The choice of expiry that a preset stands for: `idle-600` is 600 seconds of inactivity,
    /// `days-7` are 7 days.
    pub fn preset(preset: &str) -> Self {
        let (expiry, number) = match preset.split_once('-') {
            Some((expiry @ ("idle" | "days"), number)) => (expiry, number),
            _ => (preset, ""),
        };
        Self {
            expiry: expiry.into(),
            seconds: number.into(),
            days: number.into(),
            ..Self::default()
        }
    }

    /// The name, trimmed, or what is wrong with it.
    ///
    /// # Errors
    /// If it is blank, longer than [`LONGEST_NAME`], or has control characters.
    pub fn name(&self) -> Result<&str, FieldError> {
        let name = self.uname.trim();
        if name.is_empty() {
            Err(FieldError::NameMissing)
        } else if name.chars().any(char::is_control) {
            Err(FieldError::NameControl)
        } else if name.chars().count() > LONGEST_NAME {
            Err(FieldError::NameLong)
        } else {
            Ok(name)
        }
    }

    /// The key, trimmed, or what is wrong with it.
    ///
    /// # Errors
    /// If it is blank, longer than [`LONGEST_KEY`], or has control characters.
    pub fn key(&self) -> Result<&str, FieldError> {
        let key = self.key.trim();
        if key.is_empty() {
            Err(FieldError::KeyMissing)
        } else if key.chars().any(char::is_control) {
            Err(FieldError::KeyControl)
        } else if key.chars().count() > LONGEST_KEY {
            Err(FieldError::KeyLong)
        } else {
            Ok(key)
        }
    }

    /// The key, if a visitor may change it.
    ///
    /// # Errors
    /// As [`FormInput::key`], or if it is the site's own.
    pub fn key_of_visitor(&self) -> Result<&str, FieldError> {
        let key = self.key()?;
        match is_protected(key) {
            true => Err(FieldError::KeyProtected),
            false => Ok(key),
        }
    }

    /// The value: the text itself, or what it is as JSON.
    ///
    /// # Errors
    /// If it isn't JSON, or larger than [`LARGEST_VALUE`], or of no kind that there is.
    pub fn value(&self) -> Result<Value, FieldError> {
        let value = match self.kind.as_str() {
            "json" => serde_json::from_str(&self.value).map_err(|error| FieldError::NotJson {
                line: at_most_u32(error.line()),
                column: at_most_u32(error.column()),
            })?,
            "" | "text" => Value::String(self.value.clone()),
            _ => return Err(FieldError::NotOurForm),
        };
        match value.to_string().len() {
            bytes if bytes > LARGEST_VALUE => Err(FieldError::ValueLong(at_most_u32(bytes))),
            _ => Ok(value),
        }
    }

    /// The choice of expiry, counted from `now`, or what is wrong with its fields.
    ///
    /// # Errors
    /// If the choice is none of the five, or its number is out of range.
    pub fn expiry(&self, now: OffsetDateTime) -> Result<Option<Expiry>, FormErrors> {
        match self.expiry.as_str() {
            "" | "default" => Ok(None),
            "close" => Ok(Some(Expiry::OnSessionEnd)),
            "never" => Ok(Some(Expiry::AtDateTime(NEVER))),
            "idle" => match number(&self.seconds, LONGEST_IDLE) {
                Some(seconds) => Ok(Some(Expiry::OnInactivity(Duration::seconds(seconds)))),
                None => Err(FormErrors {
                    seconds: Some(FieldError::Number(LONGEST_IDLE)),
                    ..FormErrors::default()
                }),
            },
            "days" => match number(&self.days, LONGEST_DAYS) {
                Some(days) => Ok(Some(Expiry::AtDateTime(now + Duration::days(days)))),
                None => Err(FormErrors {
                    days: Some(FieldError::Number(LONGEST_DAYS)),
                    ..FormErrors::default()
                }),
            },
            _ => Err(FormErrors {
                expiry: Some(FieldError::Expiry),
                ..FormErrors::default()
            }),
        }
    }
}

/// Whether the site keeps `key` for itself.
pub fn is_protected(key: &str) -> bool {
    key == UNAME || key.starts_with('_')
}

fn number(text: &str, longest: u32) -> Option<i64> {
    let number: i64 = text.trim().parse().ok()?;
    (1..=longest.into()).contains(&number).then_some(number)
}

fn at_most_u32(number: usize) -> u32 {
    number.try_into().unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(uname: &str, expiry: &str, seconds: &str, days: &str) -> FormInput {
        FormInput {
            uname: uname.into(),
            expiry: expiry.into(),
            seconds: seconds.into(),
            days: days.into(),
            ..FormInput::default()
        }
    }

    fn entry(key: &str, kind: &str, value: &str) -> FormInput {
        FormInput {
            key: key.into(),
            kind: kind.into(),
            value: value.into(),
            ..FormInput::default()
        }
    }

    #[test]
    fn keys_are_trimmed_and_bounded_and_the_sites_own_are_protected() {
        let key = |key: &str| entry(key, "", "").key_of_visitor().map(str::to_owned);
        assert_eq!(key(" 城市 "), Ok("城市".into()));
        assert_eq!(key(" "), Err(FieldError::KeyMissing));
        assert_eq!(key(&"键".repeat(101)), Err(FieldError::KeyLong));
        assert_eq!(key("a\u{7f}"), Err(FieldError::KeyControl));
        for own in ["uname", "_auth_user_id", " _language"] {
            assert_eq!(key(own), Err(FieldError::KeyProtected), "{own}");
        }
        assert_eq!(key("uname2"), Ok("uname2".into()));
    }

    #[test]
    fn values_are_text_or_json_and_bounded() {
        assert_eq!(entry("", "text", "{}").value(), Ok("{}".into()));
        assert_eq!(entry("", "", "{}").value(), Ok("{}".into()));
        for kind in ["JSON", "jsn", "json "] {
            assert_eq!(entry("", kind, "{}").value(), Err(FieldError::NotOurForm));
        }
        assert_eq!(
            entry("", "json", "{\"a\":[1]}").value(),
            Ok(serde_json::json!({ "a": [1] }))
        );
        assert_eq!(
            entry("", "json", "[1,\n}").value(),
            Err(FieldError::NotJson { line: 2, column: 1 })
        );
        assert!(entry("", "text", &"a".repeat(4094)).value().is_ok());
        assert_eq!(
            entry("", "text", &"a".repeat(4095)).value(),
            Err(FieldError::ValueLong(4097))
        );
    }

    #[test]
    fn names_are_trimmed_and_bounded() {
        let name = |uname: &str| typed(uname, "", "", "").name().map(str::to_owned);
        assert_eq!(name("  小明\u{3000}"), Ok("小明".into()));
        assert_eq!(name(&"😀".repeat(150)), Ok("😀".repeat(150)));
        assert_eq!(name(&"😀".repeat(151)), Err(FieldError::NameLong));
        assert_eq!(name(" \t "), Err(FieldError::NameMissing));
        assert_eq!(name("a\u{0}b"), Err(FieldError::NameControl));
        assert_eq!(name("a\u{85}b"), Err(FieldError::NameControl));
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
                problems.seconds,
                Some(FieldError::Number(31_536_000)),
                "{seconds}"
            );
        }
        for days in ["0", "3651"] {
            let problems = typed("", "days", "", days).expiry(now).unwrap_err();
            assert_eq!(problems.days, Some(FieldError::Number(3_650)));
        }
        assert_eq!(
            typed("", "days", "", "2").expiry(now),
            Ok(Some(Expiry::AtDateTime(now + Duration::days(2))))
        );
    }

    #[test]
    fn a_preset_is_one_of_those_there_are() {
        let now = OffsetDateTime::UNIX_EPOCH;
        for preset in ["default", "idle-600", "days-7", "close", "never"] {
            assert!(FormInput::preset(preset).expiry(now).is_ok(), "{preset}");
        }
        for preset in [
            "never-1",
            "close-",
            "default-1",
            "idle",
            "days-0",
            "idle-600-1",
            "Never",
        ] {
            assert!(FormInput::preset(preset).expiry(now).is_err(), "{preset}");
        }
    }

    #[test]
    fn without_a_choice_it_is_the_default() {
        let now = OffsetDateTime::UNIX_EPOCH;
        assert_eq!(typed("", "", "", "").expiry(now), Ok(None));
        assert!(typed("", "forever", "", "").expiry(now).is_err());
    }
}
