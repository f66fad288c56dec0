//! The values that the fields of forms may have.

use huihua::{
    expiry::{ExpiryPolicy, NEVER},
    tower_sessions::Expiry,
};
use serde_json::Value;
use time::{Duration, OffsetDateTime};

use super::{
    ExpiryInput, FieldError, FormErrors, LARGEST_VALUE, LONGEST_IDLE, LONGEST_KEY, LONGEST_NAME,
    MOST_DAYS,
};
use crate::current_user::is_protected;

/// A name, trimmed.
///
/// # Errors
/// If it is blank, longer than [`LONGEST_NAME`], or has control characters.
pub fn name(typed: &str) -> Result<&str, FieldError> {
    let name = typed.trim();
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

/// A key of the session, trimmed.
///
/// # Errors
/// If it is blank, longer than [`LONGEST_KEY`], or has control characters.
pub fn key(typed: &str) -> Result<&str, FieldError> {
    let key = typed.trim();
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

/// A key that a user may change.
///
/// # Errors
/// As [`key`], or if it is the site's own.
pub fn key_of_user(typed: &str) -> Result<&str, FieldError> {
    let key = key(typed)?;
    if is_protected(key) { Err(FieldError::KeyProtected) } else { Ok(key) }
}

/// A value: text as it was typed, or JSON.
///
/// # Errors
/// If it isn't JSON, or larger than [`LARGEST_VALUE`], or of a kind that doesn't exist.
pub fn value(kind: &str, typed: &str) -> Result<Value, FieldError> {
    let value = match kind {
        "json" => serde_json::from_str(typed).map_err(|error| FieldError::NotJson {
            line: at_most_u32(error.line()),
            column: at_most_u32(error.column()),
        })?,
        "" | "text" => Value::String(typed.to_owned()),
        _ => return Err(FieldError::NotOurForm),
    };
    match value.to_string().len() {
        bytes if bytes > LARGEST_VALUE => Err(FieldError::ValueLong(at_most_u32(bytes))),
        _ => Ok(value),
    }
}

fn at_most_u32(number: usize) -> u32 {
    number.try_into().unwrap_or(u32::MAX)
}

impl ExpiryInput {
    /// The choice that leads to `policy`.
    pub fn of(policy: ExpiryPolicy, now: OffsetDateTime) -> Self {
        Self::preset(&match policy {
            ExpiryPolicy::Default => "default".to_owned(),
            ExpiryPolicy::Idle(idle) => format!("idle-{}", idle.whole_seconds()),
            ExpiryPolicy::Until(end) => format!("days-{}", (end - now).whole_days()),
            ExpiryPolicy::Close => "close".to_owned(),
            ExpiryPolicy::Never => "never".to_owned(),
        })
    }

    /// The expiry, counted from `now`; `None`: the site's default.
    ///
    /// # Errors
    /// If the choice is none of the five, or its number is out of range.
    pub fn expiry(&self, now: OffsetDateTime) -> Result<Option<Expiry>, FormErrors> {
        Ok(Some(match self.expiry.as_str() {
            "" | "default" => return Ok(None),
            "close" => Expiry::OnSessionEnd,
            "never" => Expiry::AtDateTime(NEVER),
            "idle" => {
                let seconds = number("seconds", &self.seconds, LONGEST_IDLE)?;
                Expiry::OnInactivity(Duration::seconds(seconds))
            }
            "days" => {
                let days = number("days", &self.days, MOST_DAYS)?;
                Expiry::AtDateTime(now + Duration::days(days))
            }
            _ => return Err(FormErrors::of("expiry", FieldError::Expiry)),
        }))
    }
}

/// The whole number in a field, from 1 to `most`.
fn number(field: &str, typed: &str, most: u32) -> Result<i64, FormErrors> {
    let number = typed.trim().parse().ok().filter(|number| (1..=most.into()).contains(number));
    number.ok_or_else(|| FormErrors::of(field, FieldError::Number(most)))
}

#[cfg(test)]
mod tests;
