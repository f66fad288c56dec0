//! A session's data: JSON by key, as the store keeps it.
//!
//! Values stay the text they were read as until somebody asks for them, so what this process
//! can't hold exactly (a big integer, another system's number format) goes back as it came.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, value::RawValue};

/// The key under which Django keeps a session's own expiry.
pub(crate) const EXPIRY_KEY: &str = "_session_expiry";

/// What one request changed: a new value, or `None` where the key was removed.
pub(crate) type Changes = BTreeMap<String, Option<Box<RawValue>>>;

#[derive(Debug, Clone, Default)]
pub(crate) struct Data(BTreeMap<String, Box<RawValue>>);

impl Data {
    pub(crate) fn parse(json: &[u8]) -> Option<Self> {
        serde_json::from_slice(json).ok().map(Self)
    }

    /// Compact JSON, escaped to ASCII: Django reads payloads as latin-1.
    pub(crate) fn to_json(&self) -> String {
        let mut json = String::from("{");
        for (key, value) in &self.0 {
            if json.len() > 1 {
                json.push(',');
            }
            push_ascii(&mut json, &Value::from(key.as_str()).to_string());
            json.push(':');
            push_ascii(&mut json, value.get());
        }
        json.push('}');
        json
    }

    pub(crate) fn value(&self, key: &str) -> Option<Value> {
        serde_json::from_str(self.0.get(key)?.get()).ok()
    }

    pub(crate) fn set(&mut self, key: &str, value: &Value) {
        self.0.insert(key.to_owned(), raw(value));
    }

    pub(crate) fn remove(&mut self, key: &str) {
        self.0.remove(key);
    }

    /// The data as `tower_sessions` holds it.
    pub(crate) fn to_values(&self) -> HashMap<String, Value> {
        self.0
            .keys()
            .filter_map(|key| Some((key.clone(), self.value(key)?)))
            .collect()
    }

    /// Whether any key has the same value in `values`.
    pub(crate) fn shares_with(&self, values: &HashMap<String, Value>) -> bool {
        values
            .iter()
            .any(|(key, value)| self.value(key).as_ref() == Some(value))
    }

    /// What turns this data into `values`. A key whose value can't be read here is not seen by
    /// handlers, so it isn't theirs to remove.
    pub(crate) fn changes_to(&self, values: &HashMap<String, Value>) -> Changes {
        let removed = self
            .0
            .keys()
            .filter(|key| !values.contains_key(*key) && self.value(key).is_some())
            .map(|key| (key.clone(), None));
        let set = values
            .iter()
            .filter(|(key, value)| self.value(key).as_ref() != Some(*value))
            .map(|(key, value)| (key.clone(), Some(raw(value))));
        removed.chain(set).collect()
    }

    pub(crate) fn apply(&mut self, changes: &Changes) {
        for (key, change) in changes {
            match change {
                Some(value) => self.0.insert(key.clone(), value.clone()),
                None => self.0.remove(key),
            };
        }
    }
}

fn raw(value: &Value) -> Box<RawValue> {
    #[expect(
        clippy::expect_used,
        reason = "a Value always has a text, and that text is JSON"
    )]
    RawValue::from_string(value.to_string()).expect("a Value is JSON")
}

/// In JSON, characters beyond ASCII only stand inside strings, where an escape means the same.
/// DEL is escaped too, as Python does.
fn push_ascii(json: &mut String, text: &str) {
    for character in text.chars() {
        if matches!(character, '\0'..='\x7e') {
            json.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                json.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_is_compact_ascii() {
        let mut data = Data::default();
        data.set("名", &json!("小明😀\u{7f}\n\""));
        assert_eq!(
            data.to_json(),
            r#"{"\u540d":"\u5c0f\u660e\ud83d\ude00\u007f\n\""}"#
        );
    }

    #[test]
    fn what_cannot_be_held_exactly_is_kept() {
        let text = br#"{"a":1,"big":123456789012345678901234567890,"lone":"\ud800","p":1.10}"#;
        let mut data = Data::parse(text).unwrap();
        let mut values = data.to_values();
        values.insert("a".into(), json!(2));
        let changes = data.changes_to(&values);
        data.apply(&changes);
        assert_eq!(
            data.to_json(),
            r#"{"a":2,"big":123456789012345678901234567890,"lone":"\ud800","p":1.10}"#
        );
    }

    #[test]
    fn only_objects_are_data() {
        for text in ["", "[]", "null", "1", "{", "{}x", "{\"a\":NaN}"] {
            assert!(Data::parse(text.as_bytes()).is_none(), "{text}");
        }
    }
}
