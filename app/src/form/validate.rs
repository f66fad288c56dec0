//! What the fields of the forms may hold.

use serde_json::Value;

use super::{FieldError, LARGEST_VALUE, LONGEST_KEY, LONGEST_NAME};
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
    match is_protected(key) {
        true => Err(FieldError::KeyProtected),
        false => Ok(key),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_trimmed_and_bounded_and_the_sites_own_are_protected() {
        assert_eq!(key_of_user(" 城市 "), Ok("城市"));
        assert_eq!(key_of_user(" "), Err(FieldError::KeyMissing));
        assert_eq!(key_of_user(&"键".repeat(101)), Err(FieldError::KeyLong));
        assert_eq!(key_of_user("a\u{7f}"), Err(FieldError::KeyControl));
        for own in ["uname", "_auth_user_id", " _language"] {
            assert_eq!(key_of_user(own), Err(FieldError::KeyProtected), "{own}");
        }
        assert_eq!(key_of_user("uname2"), Ok("uname2"));
    }

    #[test]
    fn values_are_text_or_json_and_bounded() {
        assert_eq!(value("text", "{}"), Ok("{}".into()));
        assert_eq!(value("", "{}"), Ok("{}".into()));
        for kind in ["JSON", "jsn", "json "] {
            assert_eq!(value(kind, "{}"), Err(FieldError::NotOurForm));
        }
        assert_eq!(
            value("json", "{\"a\":[1]}"),
            Ok(serde_json::json!({ "a": [1] }))
        );
        assert_eq!(
            value("json", "[1,\n}"),
            Err(FieldError::NotJson { line: 2, column: 1 })
        );
        assert!(value("text", &"a".repeat(4094)).is_ok());
        assert_eq!(
            value("text", &"a".repeat(4095)),
            Err(FieldError::ValueLong(4097))
        );
    }

    #[test]
    fn names_are_trimmed_and_bounded() {
        assert_eq!(name("  小明\u{3000}"), Ok("小明"));
        assert_eq!(name(&"😀".repeat(150)), Ok(&*"😀".repeat(150)));
        assert_eq!(name(&"😀".repeat(151)), Err(FieldError::NameLong));
        assert_eq!(name(" \t "), Err(FieldError::NameMissing));
        assert_eq!(name("a\u{0}b"), Err(FieldError::NameControl));
        assert_eq!(name("a\u{85}b"), Err(FieldError::NameControl));
    }
}
