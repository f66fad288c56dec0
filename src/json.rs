//! JSON as Python writes it, split into its parts without reading them.
//!
//! Python's JSON is a little wider than the standard: it has `NaN`, `Infinity` and `-Infinity`,
//! and its strings may hold half of a surrogate pair. A part stays the text that it was, so none
//! of that is lost.

use std::{borrow::Cow, fmt, iter};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::{Value, value::RawValue};

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

/// Deeper than this, one value is one line: else indentation would grow by the square of what there is.
const LINES_WITHIN: usize = 16;

/// JSON that can be read here, laid out for people to read.
#[doc(hidden)]
pub fn laid_out(json: &str) -> String {
    lay_out(json, LINES_WITHIN, readable)
}

/// An object as everybody's JSON: Python's own numbers become text, and half of a surrogate pair a sign.
pub(crate) fn standard_text(json: &str) -> Option<String> {
    members(json)?;
    Some(lay_out(json, 0, |value| match value {
        "NaN" | "Infinity" | "-Infinity" => format!("\"{value}\"").into(),
        value => whole(value),
    }))
}

/// `json` with every name and value as `leaf` says, and those that are nested no deeper than `lines_within`
/// on lines of their own. It recurses for nothing, so what is nested as deep as it is long is read too.
fn lay_out(json: &str, lines_within: usize, leaf: fn(&str) -> Cow<'_, str>) -> String {
    let mut text = String::with_capacity(json.len());
    let break_line = |text: &mut String, inside: usize, depth: usize| {
        if inside <= lines_within {
            text.push('\n');
            text.extend(iter::repeat_n("  ", depth));
        }
    };
    let (mut depth, mut is_empty) = (0_usize, false);
    let mut rest = json.trim_start();
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '"' => end_of_string(rest),
            '{' | '}' | '[' | ']' | ',' | ':' => 1,
            _ => rest.find(ends_a_word).unwrap_or(rest.len()),
        };
        let (token, after) = rest.split_at(end);
        rest = after.trim_start();
        match first {
            '{' | '[' => {
                text.push(first);
                depth += 1;
                is_empty = rest.starts_with(['}', ']']);
                if !is_empty {
                    break_line(&mut text, depth, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                if !is_empty {
                    break_line(&mut text, depth + 1, depth);
                }
                is_empty = false;
                text.push(first);
            }
            ',' => {
                text.push(',');
                break_line(&mut text, depth, depth);
            }
            ':' => text.push_str(if lines_within > 0 { ": " } else { ":" }),
            _ => text.push_str(&leaf(token)),
        }
    }
    text
}

fn ends_a_word(character: char) -> bool {
    matches!(character, '{' | '}' | '[' | ']' | ',' | ':' | '"') || character.is_ascii_whitespace()
}

/// The value that `json` is, with a sign for what no text of Rust's can hold. `None`: it can't be read here.
pub(crate) fn value(json: &str) -> Option<Value> {
    let read = serde_json::from_str(json).ok();
    read.or_else(|| match whole(json) {
        Cow::Owned(whole) => serde_json::from_str(&whole).ok(),
        Cow::Borrowed(_) => None,
    })
}

/// `json` with `\ufffd`, which stands for what can't be shown, for each half of a surrogate pair.
fn whole(json: &str) -> Cow<'_, str> {
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

/// Text without the escapes that nobody needs; everything else as it stands.
fn readable(json: &str) -> Cow<'_, str> {
    match serde_json::from_str::<String>(json) {
        Ok(text) => for_terminals(&Value::from(text).to_string()).into(),
        Err(_) => for_terminals(json).into(),
    }
}

/// `text` with an escape, as JSON has it, for every character that a terminal would follow instead
/// of showing it: for whoever prints what visitors have typed.
pub fn for_terminals(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match commands_a_terminal(character) {
            true => shown.push_str(&format!("\\u{:04x}", u32::from(character))),
            false => shown.push(character),
        }
    }
    shown
}

/// Whether a terminal does something else at this character than show it: control characters, and
/// those that change the direction of what stands around them.
fn commands_a_terminal(character: char) -> bool {
    let turns = matches!(character,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    character.is_control() || turns
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
        let between = between.replace("NaN", "0e0");
        standard.push_str(&between.replace("Infinity", "0e000000"));
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
    fn people_and_programs_can_read_it() {
        let json = r#"{"\u540d":"\u5c0f\u660e\n","big":123456789012345678901234567890,"e":{},"n":[NaN,-Infinity,{"a":"NaN"}]}"#;
        let expected = r#"{
  "名": "小明\n",
  "big": 123456789012345678901234567890,
  "e": {},
  "n": [
    NaN,
    -Infinity,
    {
      "a": "NaN"
    }
  ]
}"#;
        assert_eq!(laid_out(json), expected);
        assert_eq!(laid_out("{}"), "{}");
        let one_line = json.replace("[NaN,-Infinity", r#"["NaN","-Infinity""#);
        assert_eq!(standard_text(json).unwrap(), one_line);
    }

    #[test]
    fn what_people_read_commands_no_terminal() {
        let name = "\u{1b}[31m\u{7f}\u{9b}31m\u{202e}gnim\u{2066}";
        let json = serde_json::json!({ name: name }).to_string();
        let shown = laid_out(&json);
        let escaped = r#""\u001b[31m\u007f\u009b31m\u202egnim\u2066""#;
        assert_eq!(shown, format!("{{\n  {escaped}: {escaped}\n}}"));
        let read: serde_json::Value = serde_json::from_str(&shown).unwrap();
        assert_eq!(read[name], name);
    }

    #[test]
    fn what_is_nested_deep_takes_no_more_room_than_it_is_long() {
        for levels in [10, 17, 1_000_000] {
            let (open, close) = ("[".repeat(levels), "]".repeat(levels));
            let json = format!(r#"{{"a":{open}1,2{close},"b":{{"c" : []}}}}"#);
            let shown = laid_out(&json);
            assert!(shown.len() < json.len() + 1000, "{levels}");
            assert!(
                shown.ends_with("\n  ],\n  \"b\": {\n    \"c\": []\n  }\n}"),
                "{levels}"
            );
            let nested = if levels > 16 { "[1,2]" } else { "2\n" };
            assert!(shown.contains(nested), "{levels}");
            let read: String = shown.split_ascii_whitespace().collect();
            assert_eq!(read, json.replace(' ', ""));
            assert_eq!(standard_text(&json).unwrap(), read);
        }
    }

    #[test]
    fn half_a_surrogate_pair_is_a_sign() {
        for (json, text) in [
            (r#""\ud83d\ude00""#, "😀"),
            (r#""a\uD83Db""#, "a\u{fffd}b"),
            (r#""\ude00\ud83d""#, "\u{fffd}\u{fffd}"),
            (r#""\ud83d\ud83d\ude00""#, "\u{fffd}😀"),
            (r#""\ud83d\\ude00\n""#, "\u{fffd}\\ude00\n"),
            (r#""\\ud83d小\ud800\u0041""#, "\\ud83d小\u{fffd}A"),
        ] {
            assert_eq!(value(json), Some(text.into()), "{json}");
            let object = format!("{{{json}:[{json}]}}");
            let read: Value = serde_json::from_str(&standard_text(&object).unwrap()).unwrap();
            assert_eq!(read[text][0], text, "{json}");
        }
        assert_eq!(value(r#"["\ud800",NaN]"#), None);
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
