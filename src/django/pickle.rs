//! Python's pickles, as far as they hold plain data: `None`, booleans, numbers, text, lists,
//! tuples and dictionaries of such keys.
//!
//! A pickle is a program for a machine with a stack, and may name any function of Python to be
//! called. What names one, or holds anything else that is not plain data, is refused; so is what
//! is nested deeper or grows larger than a session may. Python's own description of the format is
//! in its module `pickletools`. (The crate `serde-pickle` reads instances of unknown classes as
//! empty dictionaries, and sets no bound to what shared parts grow to.)

mod machine;
mod opcodes;

use std::num::FpCategory;

use num_bigint::BigInt;
use serde_json::Value as Json;

use self::{
    machine::Machine,
    opcodes::{
        APPENDS, BINFLOAT, BININT, BINUNICODE8, EMPTY_DICT, EMPTY_LIST, LONG1, LONG4, MARK,
        NEWFALSE, NEWTRUE, NONE, PROTO, SETITEMS, STOP, TUPLE,
    },
};
use crate::{data::push_ascii, json};

/// So deep may data be nested, as in `serde_json`.
const DEEPEST: usize = 127;

/// The most bytes of an integer: 4300 digits, the most that Python turns into text.
const LONGEST_NUMBER: usize = 1786;

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
    /// What the pickle `bytes` holds, if that has at most about `max_bytes`, and surely if it is no more
    /// as JSON. Python ignores what stands behind its end, and so does this.
    pub(crate) fn unpickled(bytes: &[u8], max_bytes: usize) -> Result<Self, PickleError> {
        let mut machine = Machine::of(bytes);
        let root = machine.run()?;
        let mut room = max_bytes;
        // The root isn't counted: each of its values may be as deep as JSON.
        machine.value(root, DEEPEST + 1, &mut room)
    }

    /// A pickle that every Python 3 reads.
    pub(crate) fn pickled(&self) -> Vec<u8> {
        let mut pickle = vec![PROTO, 4];
        self.push(&mut pickle);
        pickle.push(STOP);
        pickle
    }

    fn push(&self, pickle: &mut Vec<u8>) {
        match self {
            Self::None => pickle.push(NONE),
            Self::Bool(true) => pickle.push(NEWTRUE),
            Self::Bool(false) => pickle.push(NEWFALSE),
            Self::Int(number) => match i32::try_from(number) {
                Ok(number) => {
                    pickle.push(BININT);
                    pickle.extend(number.to_le_bytes());
                }
                Err(_) => push_long(pickle, &number.to_signed_bytes_le()),
            },
            Self::Float(number) => {
                pickle.push(BINFLOAT);
                pickle.extend(number.to_be_bytes());
            }
            Self::Text(text) => {
                pickle.push(BINUNICODE8);
                pickle.extend((text.len() as u64).to_le_bytes());
                pickle.extend(text.as_bytes());
            }
            Self::List(items) => {
                pickle.extend([EMPTY_LIST, MARK]);
                items.iter().for_each(|item| item.push(pickle));
                pickle.push(APPENDS);
            }
            Self::Tuple(items) => {
                pickle.push(MARK);
                items.iter().for_each(|item| item.push(pickle));
                pickle.push(TUPLE);
            }
            Self::Dict(members) => {
                pickle.extend([EMPTY_DICT, MARK]);
                for (key, value) in members {
                    key.push(pickle);
                    value.push(pickle);
                }
                pickle.push(SETITEMS);
            }
        }
    }

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
            Self::Float(number) => json.push_str(&float_to_json(*number)),
            Self::Text(text) => push_ascii(json, &Json::from(text.as_str()).to_string()),
            Self::List(items) | Self::Tuple(items) => {
                json.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        json.push(',');
                    }
                    item.push_json(json);
                }
                json.push(']');
            }
            Self::Dict(members) => {
                json.push('{');
                for (index, (key, value)) in members.iter().enumerate() {
                    if index > 0 {
                        json.push(',');
                    }
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

    /// What Python's `json` would read. `None`: no JSON, or nested too deeply.
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
                let items = json::items(json)?.into_iter();
                let items = items.map(|item| Self::from_json_within(item, levels));
                Self::List(items.collect::<Option<_>>()?)
            }
            b'{' => {
                let members = json::members(json)?.into_iter();
                let members = members.map(|(name, value)| {
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

fn push_long(pickle: &mut Vec<u8>, bytes: &[u8]) {
    match u8::try_from(bytes.len()) {
        Ok(length) => pickle.extend([LONG1, length]),
        Err(_) => {
            pickle.push(LONG4);
            // Nobody's session is so large.
            let length = u32::try_from(bytes.len()).unwrap_or_default();
            pickle.extend(length.to_le_bytes());
        }
    }
    pickle.extend(bytes);
}

fn float_to_json(number: f64) -> String {
    match number.classify() {
        FpCategory::Nan => "NaN".to_owned(),
        FpCategory::Infinite if number > 0.0 => "Infinity".to_owned(),
        FpCategory::Infinite => "-Infinity".to_owned(),
        _ => Json::from(number).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection, prelude::*};
    use serde::Deserialize;

    use super::*;
    use crate::signing::MAX_BYTES;

    /// What `tests/vectors/pickles.py` writes.
    #[derive(Deserialize)]
    struct Case {
        pickle: String,
        json: Option<String>,
        refused: Option<String>,
    }

    fn cases() -> Vec<Case> {
        serde_json::from_str(include_str!("../../tests/vectors/pickles.json")).unwrap()
    }

    fn bytes(hex: &str) -> Vec<u8> {
        let digits = (0..hex.len()).step_by(2);
        digits
            .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
            .collect()
    }

    /// Python writes some floats in another way.
    fn same_meaning(ours: &str, pythons: &str) -> bool {
        ours == pythons || ours.replace("1e16", "1e+16").replace("1e-7", "1e-07") == pythons
    }

    #[test]
    fn what_python_pickles_is_read_as_python_would_write_it_in_json() {
        for case in cases() {
            let Some(json) = case.json else { continue };
            let value = Value::unpickled(&bytes(&case.pickle), MAX_BYTES).unwrap();
            let ours = value.to_json();
            assert!(same_meaning(&ours, &json), "{ours}\nis not\n{json}");
        }
    }

    #[test]
    fn what_is_not_plain_data_is_refused() {
        for case in cases() {
            let Some(why) = case.refused else { continue };
            let refused = Value::unpickled(&bytes(&case.pickle), MAX_BYTES).unwrap_err();
            assert_eq!(format!("{refused:?}"), why);
        }
        let long = Value::Text("x".repeat(MAX_BYTES + 1)).pickled();
        assert_eq!(
            Value::unpickled(&long, MAX_BYTES),
            Err(PickleError::TooLarge)
        );
    }

    #[test]
    fn what_is_no_pickle_is_refused() {
        for program in [
            &b""[..],
            b"N.",
            b"\x80\x04",
            b"\x80\x04.",
            b"\x80\x04N",
            b"\x80\x04e.",
            b"\x80\x04u.",
            b"\x80\x04]u.",
            b"\x80\x04](Nu.",
            b"\x80\x04}(Nu.",
            b"\x80\x04(Na.",
            b"\x80\x04N\x86.",
            b"\x80\x04h\x01.",
            b"\x80\x04\x8a\xff.",
            b"\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\xffx.",
        ] {
            assert_eq!(
                Value::unpickled(program, MAX_BYTES),
                Err(PickleError::Malformed),
                "{program:?}"
            );
        }
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::None),
            any::<bool>().prop_map(Value::Bool),
            any::<i128>().prop_map(|number| Value::Int(number.into())),
            any::<f64>().prop_map(Value::Float),
            any::<String>().prop_map(Value::Text),
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                collection::vec(inner.clone(), 0..4).prop_map(Value::List),
                collection::vec(inner.clone(), 0..4).prop_map(Value::Tuple),
                collection::btree_map(any::<String>(), inner, 0..4).prop_map(|members| {
                    let members = members.into_iter();
                    Value::Dict(
                        members
                            .map(|(key, value)| (Value::Text(key), value))
                            .collect(),
                    )
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_pickle_is_read_as_it_was_written(value in any_value()) {
            prop_assert_eq!(Value::unpickled(&value.pickled(), MAX_BYTES).unwrap(), value);
        }

        #[test]
        fn json_is_read_as_it_was_written(value in any_value()) {
            let json = value.to_json();
            prop_assert!(json.is_ascii());
            prop_assert_eq!(Value::from_json(&json).unwrap().to_json(), json);
        }

        #[test]
        fn any_bytes_are_plain_data_or_are_refused(
            program in collection::vec(prop_oneof![any::<u8>(), prop::sample::select(
                &b"(.N\x88\x89JKM\x8a\x8bG\x8cX]ae}su)t\x85\x86\x87\x94qhrj\x01\x02"[..]
            )], 0..60),
        ) {
            let pickle = [&[PROTO, 4][..], &program].concat();
            if let Ok(value) = Value::unpickled(&pickle, MAX_BYTES) {
                let again = Value::unpickled(&value.pickled(), MAX_BYTES).unwrap();
                prop_assert_eq!(again.to_json(), value.to_json());
            }
        }
    }
}
