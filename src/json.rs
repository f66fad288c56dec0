//! JSON as Python writes it, split into its parts without reading them.
//!
//! Python's JSON is a little wider than the standard: it has `NaN`, `Infinity` and `-Infinity`,
//! and its strings may hold half of a surrogate pair. A part stays the text that it was, so none
//! of that is lost. (`serde_json` splits it, as `RawValue`s, once Python's own numbers stand aside.)

use std::{borrow::Cow, fmt};

use serde::{
    Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::{Value, value::RawValue};

/// The members of an object, in its order: each name and value as it stands in `json`, the name
/// with its quotes. `None`: it is no object.
pub(crate) fn members(json: &str) -> Option<Vec<(&str, &str)>> {
    let standard = standard(json);
    let mut deserializer = serde_json::Deserializer::from_str(&standard);
    let members = deserializer.deserialize_map(Members).ok()?;
    deserializer.end().ok()?;
    let part = |part: &str| at(json, &standard, part);
    members.into_iter().map(|(name, value)| Some((part(name)?, part(value)?))).collect()
}

/// The items of an array, as they stand in `json`.
#[cfg(any(feature = "redis", feature = "memcached"))]
pub(crate) fn items(json: &str) -> Option<Vec<&str>> {
    let standard = standard(json);
    let items: Vec<&RawValue> = serde_json::from_str(&standard).ok()?;
    items.into_iter().map(|item| at(json, &standard, item.get())).collect()
}

/// The value that `json` is, with a sign for what no text of Rust's can hold. `None`: it can't be read here.
pub(crate) fn value(json: &str) -> Option<Value> {
    serde_json::from_str(json).ok().or_else(|| match whole(json) {
        Cow::Owned(whole) => serde_json::from_str(&whole).ok(),
        Cow::Borrowed(_) => None,
    })
}

/// `json` with `\ufffd`, which stands for what can't be shown, for each half of a surrogate pair.
pub(crate) fn whole(json: &str) -> Cow<'_, str> {
    if !json.contains("\\ud") && !json.contains("\\uD") {
        return json.into();
    }
    let unit = |rest: &str| u16::from_str_radix(rest.strip_prefix("\\u")?.get(..4)?, 16).ok();
    let (mut text, mut rest) = (String::with_capacity(json.len()), json);
    while let Some((before, escape)) = rest.find('\\').map(|at| rest.split_at(at)) {
        text.push_str(before);
        let second = escape.get(6..).and_then(unit);
        let (length, is_half) = match unit(escape) {
            Some(0xd800..=0xdbff) if matches!(second, Some(0xdc00..=0xdfff)) => (12, false),
            Some(0xd800..=0xdfff) => (6, true),
            _ => (2, false),
        };
        let (escape, after) = escape.split_at_checked(length).unwrap_or((escape, ""));
        text.push_str(if is_half { "\\ufffd" } else { escape });
        rest = after;
    }
    text.push_str(rest);
    text.into()
}

/// The part of `json` at the place of `part` in `standard`, which is as long.
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
        standard.push_str(&between.replace("NaN", "0e0").replace("Infinity", "0e000000"));
        let end = end_of_string(string);
        standard.push_str(&string[..end]);
        rest = &string[end..];
    }
    standard.into()
}

/// The end of the string that `text` begins with.
pub(crate) fn end_of_string(text: &str) -> usize {
    let mut escaped = false;
    let closing = text.char_indices().skip(1).find(|(_, character)| {
        let closes = *character == '"' && !escaped;
        escaped = *character == '\\' && !escaped;
        closes
    });
    closing.map_or(text.len(), |(quote, _)| quote + 1)
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Vec<(&'de str, &'de str)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some((name, value)) = map.next_entry::<&RawValue, &RawValue>()? {
            members.push((name.get(), value.get()));
        }
        Ok(members)
    }
}

#[cfg(test)]
mod tests;
