use proptest::{collection, prelude::*};
use serde_json::json;

use super::*;

#[test]
fn json_is_compact_ascii() {
    let mut data = Data::default();
    data.set("名", json!("小明😀\u{7f}\n\""));
    assert_eq!(data.to_json(), r#"{"\u540d":"\u5c0f\u660e\ud83d\ude00\u007f\n\""}"#);
}

#[test]
fn what_cannot_be_held_exactly_is_kept() {
    let kept = concat!(
        r#""big":123456789012345678901234567890,"lone":"\ud800","nan":[NaN,-Infinity],"#,
        r#""p":1.10,"x":1e999,"\udfffz":Infinity"#
    );
    let mut data = Data::parse(format!(r#"{{"a":1,{kept}}}"#).as_bytes()).unwrap();
    let mut values = values_of(&data);
    values.insert("a".into(), json!(2));
    let changes = changes_between(data.values(), &values);
    data.apply(&changes);
    assert_eq!(data.to_json(), format!(r#"{{"a":2,{kept}}}"#));
}

#[test]
fn only_objects_are_data() {
    for text in ["", "[]", "null", "1", "{", "{}x", "{\"a\":nan}"] {
        assert!(Data::parse(text.as_bytes()).is_none(), "{text}");
    }
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            collection::btree_map(any::<String>(), inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Few keys, so that two requests often mean the same one.
fn any_values() -> impl Strategy<Value = HashMap<String, Value>> {
    collection::hash_map("[a-e]|.{0,3}", any_value(), 0..6)
}

fn values_of(data: &Data) -> HashMap<String, Value> {
    data.values().clone()
}

fn data(values: &HashMap<String, Value>) -> Data {
    let mut data = Data::default();
    data.apply(&changes_between(data.values(), values));
    data
}

proptest! {
    #[test]
    fn data_survives_the_store(values in any_values()) {
        let json = data(&values).to_json();
        prop_assert!(json.is_ascii());
        prop_assert_eq!(values_of(&Data::parse(json.as_bytes()).unwrap()), values);
    }

    #[test]
    fn changes_lead_from_one_state_to_the_other(from in any_values(), to in any_values()) {
        let mut merged = data(&from);
        let changes = changes_between(merged.values(), &to);
        merged.apply(&changes);
        prop_assert_eq!(values_of(&merged), to);
        prop_assert!(changes_between(merged.values(), &values_of(&merged)).is_empty());
    }

    #[test]
    fn promise_2_of_two_changes_at_once_nothing_is_lost(
        seen in any_values(),
        theirs in any_values(),
        ours in any_values(),
    ) {
        let their_changes = changes_between(data(&seen).values(), &theirs);
        let our_changes = changes_between(data(&seen).values(), &ours);
        let mut merged = data(&theirs);
        merged.apply(&our_changes);
        let merged = values_of(&merged);
        let keys = seen.keys().chain(theirs.keys()).chain(ours.keys());
        for key in keys {
            // The later commit wins where both changed the same key.
            let expected = match (our_changes.get(key), their_changes.get(key)) {
                (Some(_), _) => ours.get(key),
                (None, Some(_)) => theirs.get(key),
                (None, None) => seen.get(key),
            };
            prop_assert_eq!(merged.get(key), expected);
        }
        let known = |key: &String| theirs.contains_key(key) || ours.contains_key(key);
        prop_assert!(merged.keys().all(known));
    }

    #[test]
    fn any_bytes_are_data_or_are_refused(bytes in any::<Vec<u8>>(), text in "[{}\\[\\]:,\"a0 .-]{0,40}") {
        for bytes in [&bytes[..], text.as_bytes()] {
            if let Some(data) = Data::parse(bytes) {
                prop_assert!(Data::parse(data.to_json().as_bytes()).is_some());
            }
        }
    }
}
