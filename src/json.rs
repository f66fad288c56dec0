//! JSON as Python writes it, split into its parts without reading them.
//!
//! Python's JSON is a little wider than the standard: it has `NaN`, `Infinity` and `-Infinity`,
//! and its strings may hold half of a surrogate pair. A part stays the text that it was, so none
//! of that is lost.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

/// The members of an object, in its order: each name and value as it stands in `json`, the name
/// with its quotes. `None`: it is no object.
pub(crate) fn members(json: &str) -> Option<Vec<(&str, &str)>> {
    let standard = standard(json);
    let members: Members<'_> = serde_json::from_str(&standard).ok()?;
    let part = |part: &str| at(json, &standard, part);
    let pairs = members.0.into_iter();
    pairs
        .map(|(name, value)| Some((part(name)?, part(value)?)))
        .collect()
}

/// The items of an array, as they stand in `json`.
#[cfg(any(feature = "redis", feature = "memcached"))]
pub(crate) fn items(json: &str) -> Option<Vec<&str>> {
    let standard = standard(json);
    let items: Vec<&RawValue> = serde_json::from_str(&standard).ok()?;
    let items = items.into_iter().map(RawValue::get);
    items.map(|item| at(json, &standard, item)).collect()
}

/// What stands in `json` where `part` stands in `standard`, which is as long.
fn at<'a>(json: &'a str, standard: &str, part: &str) -> Option<&'a str> {
    let start = (part.as_ptr() as usize).checked_sub(standard.as_ptr() as usize)?;
    json.get(start..start + part.len())
}

/// `json` with a zero, written as long, for every number that only Python knows.
fn standard(json: &str) -> Cow<'_, str> {
    if !json.contains("NaN") && !json.contains("Infinity") {
        return json.into();
    }
    let mut standard = String::with_capacity(json.len());
    let mut rest = json;
    while !rest.is_empty() {
        // Strings begin and end at quotes; what stands between them stays.
        let (between, string) = rest.split_at(rest.find('"').unwrap_or(rest.len()));
        standard.push_str(
            &between
                .replace("NaN", "0e0")
                .replace("Infinity", "0e000000"),
        );
        let end = end_of_string(string);
        standard.push_str(&string[..end]);
        rest = &string[end..];
    }
    standard.into()
}

/// Where the string ends that `text` begins with.
fn end_of_string(text: &str) -> usize {
    let mut escaped = false;
    let closing = text.char_indices().skip(1).find(|(_, character)| {
        let closes = *character == '"' && !escaped;
        escaped = *character == '\\' && !escaped;
        closes
    });
    closing.map_or(text.len(), |(quote, _)| quote + 1)
}

struct Members<'a>(Vec<(&'a str, &'a str)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some((name, value)) = map.next_entry::<&RawValue, &RawValue>()? {
            members.push((name.get(), value.get()));
        }
        Ok(Members(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_stay_as_they_stand() {
        let json = r#"{"a\"NaN": NaN,"b":[-Infinity,{"c":"Infinity\\"}] , "\ud800":1.10}"#;
        let expected = vec![
            (r#""a\"NaN""#, "NaN"),
            (r#""b""#, r#"[-Infinity,{"c":"Infinity\\"}]"#),
            (r#""\ud800""#, "1.10"),
        ];
        assert_eq!(members(json), Some(expected));
    }

    #[test]
    fn what_is_no_object_has_no_members() {
        for text in [
            "",
            "[]",
            "null",
            "1",
            "{",
            "{}x",
            "NaN",
            "{1:2}",
            "{\"a\":NaNa}",
            "{\"a\":+Infinity}",
            "\"",
            "{\"NaN",
            "{\"a\":--Infinity}",
        ] {
            assert_eq!(members(text), None, "{text}");
        }
    }
}
