//! Plain data of Python, and its JSON.

use num_bigint::BigInt;
use serde_json::{Number, Value as Json};

use crate::{data::push_ascii, json};

/// The deepest that data may be nested, as in `serde_json`.
pub(super) const DEEPEST: usize = 127;

/// The most bytes of an integer: 4300 digits, the most that Python turns into text.
pub(super) const LONGEST_NUMBER: usize = 1786;

/// Plain data of Python.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    None,
    Bool(bool),
    Int(BigInt),
    Float(f64),
    Text(String),
    List(Vec<Value>),
    Tuple(Vec<Value>),
    Dict(Vec<(Value, Value)>),
}

/// Why a pickle was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PickleError {
    #[error("it is no pickle of protocol 2 or later")]
    Malformed,
    #[error("it holds more than plain data: text, numbers, booleans, None, lists and dictionaries")]
    NotPlain,
    #[error("it is nested deeper than 127 levels")]
    TooDeep,
    #[error("a number in it has more than 4300 digits")]
    LongNumber,
    #[error("it grows to more bytes than are allowed")]
    TooLarge,
}

impl Value {
    /// The JSON that Python's `json` would make of it, in ASCII. Not all of it comes back the
    /// same: a tuple becomes a list, and every key of a dictionary text.
    pub(crate) fn to_json(&self) -> String {
        let mut json = String::new();
        self.push_json(&mut json);
        json
    }

    fn push_json(&self, json: &mut String) {
        match self {
            Self::None => json.push_str("null"),
            Self::Bool(flag) => json.push_str(if *flag { "true" } else { "false" }),
            Self::Int(number) => json.push_str(&number.to_string()),
            Self::Float(number) => match Number::from_f64(*number) {
                Some(number) => json.push_str(&number.to_string()),
                // Rust calls them NaN, inf and -inf.
                None => json.push_str(&number.to_string().replace("inf", "Infinity")),
            },
            Self::Text(text) => push_ascii(json, &Json::from(text.as_str()).to_string()),
            Self::List(items) | Self::Tuple(items) => {
                json.push('[');
                for (index, item) in items.iter().enumerate() {
                    json.push_str(if index > 0 { "," } else { "" });
                    item.push_json(json);
                }
                json.push(']');
            }
            Self::Dict(members) => {
                json.push('{');
                for (index, (key, value)) in members.iter().enumerate() {
                    json.push_str(if index > 0 { "," } else { "" });
                    json.push_str(&key.to_json_name());
                    json.push(':');
                    value.push_json(json);
                }
                json.push('}');
            }
        }
    }

    /// The JSON of a dictionary's key: text, with its quotes.
    pub(crate) fn to_json_name(&self) -> String {
        match self {
            Self::Text(_) => self.to_json(),
            other => format!("\"{}\"", other.to_json()),
        }
    }

    /// The value that Python's `json` would read. `None`: no JSON, or nested too deeply.
    pub(crate) fn from_json(json: &str) -> Option<Self> {
        Self::from_json_within(json, DEEPEST)
    }

    fn from_json_within(json: &str, levels: usize) -> Option<Self> {
        let levels = levels.checked_sub(1)?;
        Some(match json.as_bytes().first()? {
            b'n' => Self::None,
            b't' => Self::Bool(true),
            b'f' => Self::Bool(false),
            b'"' => Self::Text(serde_json::from_str(json).ok()?),
            b'[' => {
                let items = json::items(json)?;
                let items = items.into_iter().map(|item| Self::from_json_within(item, levels));
                Self::List(items.collect::<Option<_>>()?)
            }
            b'{' => {
                let members = json::members(json)?.into_iter().map(|(name, value)| {
                    let key = Self::Text(serde_json::from_str(name).ok()?);
                    Some((key, Self::from_json_within(value, levels)?))
                });
                Self::Dict(members.collect::<Option<_>>()?)
            }
            _ => match json.parse::<BigInt>() {
                Ok(number) => Self::Int(number),
                Err(_) => Self::Float(json.parse().ok()?),
            },
        })
    }
}
