//! A session's data: JSON by key, as the store keeps it.
//!
//! Values keep the text that they were read as, so what this process can't hold exactly (a big
//! integer, another system's number format) goes back as it came.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;
use time::OffsetDateTime;

use crate::json;

/// The key under which Django keeps a session's own expiry.
pub(crate) const EXPIRY_KEY: &str = "_session_expiry";

/// The key under which a session keeps when it began, in seconds since 1970: at its login, or when
/// it was made. It is there where `SESSION_ABSOLUTE_AGE` is.
pub(crate) const BEGAN_KEY: &str = "_session_began";

/// The key under which what is left of a session under an old key says which one it is now.
pub(crate) const MOVED_KEY: &str = "_session_moved";

/// The changes of one request: a new value, or `None` where the key was removed.
pub(crate) type Changes = BTreeMap<String, Option<Value>>;

/// The changes that turn the values `from` into `to`. A key whose value can't be read here is not seen by
/// handlers, so it isn't theirs to remove.
pub(crate) fn changes_between(
    from: &HashMap<String, Value>,
    to: &HashMap<String, Value>,
) -> Changes {
    let removed = from.keys().filter(|key| !to.contains_key(*key));
    let removed = removed.map(|key| (key.clone(), None));
    let set = to
        .iter()
        .filter(|(key, value)| from.get(*key) != Some(*value))
        .map(|(key, value)| (key.clone(), Some(value.clone())));
    removed.chain(set).collect()
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Data {
    /// Values as they stand in the JSON.
    texts: BTreeMap<String, Box<str>>,
    /// Values that can be read here, as handlers see them.
    values: HashMap<String, Value>,
    /// Members, as they stand, whose names hold half of a surrogate pair: Python can, Rust can't.
    /// Nobody here has a name for them, so they only ever go back.
    nameless: Vec<Box<str>>,
}

impl Data {
    pub(crate) fn parse(json: &[u8]) -> Option<Self> {
        let mut data = Self::default();
        for (name, value) in json::members(std::str::from_utf8(json).ok()?)? {
            match serde_json::from_str(name) {
                Ok(key) => data.keep(key, value.into(), json::value(value)),
                Err(_) => data.nameless.push(format!("{name}:{value}").into()),
            }
        }
        Some(data)
    }

    /// Compact JSON, escaped to ASCII: Django reads payloads as latin-1.
    pub(crate) fn to_json(&self) -> String {
        let mut json = String::from("{");
        for (key, text) in &self.texts {
            push_ascii(&mut json, &Value::from(key.as_str()).to_string());
            json.push(':');
            push_ascii(&mut json, text);
            json.push(',');
        }
        for member in &self.nameless {
            push_ascii(&mut json, member);
            json.push(',');
        }
        if json.ends_with(',') {
            json.pop();
        }
        json.push('}');
        json
    }

    /// The number of keys.
    pub(crate) fn len(&self) -> usize {
        self.texts.len() + self.nameless.len()
    }

    /// About how many bytes it takes in memory.
    pub(crate) fn bytes(&self) -> usize {
        let texts = self.texts.iter().map(|(key, text)| PER_KEY + 2 * key.len() + text.len());
        let values = self.values.values().map(heap_bytes);
        let nameless = self.nameless.iter().map(|member| PER_KEY + member.len());
        texts.chain(values).chain(nameless).sum()
    }

    /// The beginning of the session, if it says so.
    pub(crate) fn began(&self) -> Option<OffsetDateTime> {
        OffsetDateTime::from_unix_timestamp(self.value(BEGAN_KEY)?.as_i64()?).ok()
    }

    pub(crate) fn value(&self, key: &str) -> Option<&Value> {
        self.values.get(key)
    }

    pub(crate) fn set(&mut self, key: &str, value: Value) {
        self.keep(key.to_owned(), value.to_string().into(), Some(value));
    }

    /// `value`: what `text` means, unless it can't be read here.
    fn keep(&mut self, key: String, text: Box<str>, value: Option<Value>) {
        match value {
            Some(value) => self.values.insert(key.clone(), value),
            None => self.values.remove(&key),
        };
        self.texts.insert(key, text);
    }

    pub(crate) fn remove(&mut self, key: &str) {
        self.texts.remove(key);
        self.values.remove(key);
    }

    /// Keeps handlers from seeing `key`. Its text stays as it is.
    pub(crate) fn hide(&mut self, key: &str) {
        self.values.remove(key);
    }

    /// Has under `key` what `other` has, for nobody to see.
    pub(crate) fn copy_hidden(&mut self, key: &str, other: &Self) {
        if let Some(text) = other.texts.get(key) {
            self.keep(key.to_owned(), text.clone(), None);
        }
    }

    /// Sets what handlers don't see.
    pub(crate) fn set_hidden(&mut self, key: &str, value: &Value) {
        self.keep(key.to_owned(), value.to_string().into(), None);
    }

    /// The data as handlers see it.
    pub(crate) fn values(&self) -> &HashMap<String, Value> {
        &self.values
    }

    pub(crate) fn into_values(self) -> HashMap<String, Value> {
        self.values
    }

    pub(crate) fn apply(&mut self, changes: &Changes) {
        for (key, change) in changes {
            match change {
                Some(value) => self.set(key, value.clone()),
                None => self.remove(key),
            };
        }
    }
}

/// Bytes that the two maps of [`Data`] take for a key, beside key, text and what the value points to.
const PER_KEY: usize = 192;

/// Bytes of a node of an object's tree: it has room for eleven members, and is half full at least.
const PER_NODE: usize = 640;

/// Bytes that a value takes beside its own place.
fn heap_bytes(value: &Value) -> usize {
    match value {
        Value::String(text) => text.capacity(),
        Value::Array(items) => {
            let places = items.capacity() * size_of::<Value>();
            places + items.iter().map(heap_bytes).sum::<usize>()
        }
        Value::Object(members) => {
            let nodes = PER_NODE * members.len().div_ceil(5);
            let members = members.iter().map(|(key, value)| key.capacity() + heap_bytes(value));
            nodes + members.sum::<usize>()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}

/// In JSON, characters beyond ASCII only stand inside strings, where an escape means the same.
/// DEL is escaped too, as Python does.
pub(crate) fn push_ascii(json: &mut String, text: &str) {
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
mod tests;
