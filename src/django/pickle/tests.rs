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
    serde_json::from_str(include_str!("../../../tests/vectors/pickles.json")).unwrap()
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits = (0..hex.len()).step_by(2);
    digits.map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
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
    assert_eq!(Value::unpickled(&long, MAX_BYTES), Err(PickleError::TooLarge));
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
                Value::Dict(members.map(|(key, value)| (Value::Text(key), value)).collect())
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
